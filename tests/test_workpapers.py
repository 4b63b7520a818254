"""The working papers: append-only, of one book, each file once, statement after statement, all or nothing."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from ledger.errors import (
    AskedAmiss,
    BooksBroken,
    CommandRefused,
    InputRefused,
    JournalDamaged,
    JournalLocked,
    NewerJournal,
    NotABook,
)
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from projections.reconciliation.breaks import Match
from projections.reconciliation.document import hash_of
from projections.reconciliation.items import FileMark, Held, Item, Snapshot, Statement
from projections.reconciliation.movements.matches import matches_document
from projections.reconciliation.paper import Confirmed, Paper, Standing
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import moment_key
from projections.reconciliation.workpapers import WorkingPapers, path_beside
from tests.command_line import OPENING, bytes_of, environment, held_to_permissions, recorded

SUBJECT: Final = "account:assets:alpha:cash"
AT: Final = "2026-02-02T09:00:00Z"
LATER: Final = "2026-03-02T09:00:00Z"
IBAN: Final = "GB33BUKB20201555555555"


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> SqliteJournal:
    path = recorded(tmp_path_factory.mktemp("book") / "book.db", OPENING)
    return SqliteJournal.open(path, patience=5)


@pytest.fixture
def papers(journal: SqliteJournal, tmp_path: Path) -> WorkingPapers:
    return WorkingPapers(tmp_path / "book.db.workpapers", journal, patience=5)


def mark(name: str) -> FileMark:
    return FileMark(name, sha256(name.encode()).hexdigest(), "csv", 1, {"credits": "5"})


def statement(name: str, opened_at: str, opening: int, closed_at: str, closing: int, account: str = IBAN) -> Statement:
    """A statement whose one line is all that moved."""
    line = Item(2, account, "EUR", closed_at, closing - opening, reference="r-1")
    return Statement(mark(name), account, "EUR", opened_at, opening, closed_at, closing, (line,))


def snapshot(name: str, at: str, block: int | None = None) -> Snapshot:
    return Snapshot(mark(name), at, block, None, (Held(1, (("lender", "alice"),), "balance", 7),))


def standing_at(position: int) -> Standing:
    return Standing("book.db", position, "id", "00")


def paper_on(said: Sequence[Statement | Snapshot], previous: str = "", **others: object) -> Paper:
    """A paper on what the other side said, with nothing in it."""
    made = Paper(
        subject=SUBJECT,
        level="transactions",
        standing=standing_at(5),
        opened_at="2025-12-31",
        closed_at="2026-01-31",
        files=tuple(one.file for one in said),
        rules=Rules(fee_max=7),
        decimals={"EUR": 2},
        previous=previous,
        proof=(),
        summary=(),
        breaks=(),
        resolved=(),
        continued=(),
        matched=(),
        matched_sha256=sha256(b"").hexdigest(),
        suggestions=(),
        proposals=(),
        traces=(),
        appendix=(),
    )
    return made._replace(**others)  # type: ignore[arg-type]


JANUARY: Final = statement("january.csv", "2025-12-31", 0, "2026-01-31", 500)
FEBRUARY: Final = statement("february.csv", "2026-01-31", 500, "2026-02-28", 900)


def added(papers: WorkingPapers, *said: Statement | Snapshot, subject: str = SUBJECT) -> None:
    with papers.writing(at=AT, by="accountant") as writing:
        writing.add(said, subject)


def ran(papers: WorkingPapers, said: Statement | Snapshot, previous: str = "", **others: object) -> str:
    """What a run leaves: the statement and the paper on it, which is empty. Gives the paper's SHA-256."""
    with papers.writing(at=AT, by="accountant") as writing:
        writing.add((said,), SUBJECT)
        return writing.keep(paper_on([said], previous, **others), ())


def changed(papers: WorkingPapers, statement: str) -> None:
    """Change the file as another program might."""
    with closing(sqlite3.connect(papers.path)) as connection:
        connection.execute(statement)
        connection.commit()


# What is kept.


def test_the_papers_are_beside_the_book() -> None:
    assert path_beside(Path("books/desk.db")) == Path("books/desk.db.workpapers")


def test_before_the_first_run_there_is_nothing_and_no_file_is_made(papers: WorkingPapers) -> None:
    assert papers.subjects() == ()
    assert papers.statements(SUBJECT) == ()
    assert papers.latest(SUBJECT) is None
    assert papers.before(SUBJECT) is None
    assert papers.confirmed(SUBJECT) == ()
    assert not papers.path.exists()


@pytest.mark.parametrize(
    "said",
    [
        JANUARY,
        statement("large.csv", "2025-12-31T23:00:00Z", 0, "2026-01-31", 2**256 - 1),
        statement("overdrawn.csv", "", -5, "2026-01-31", -(2**255)),
        snapshot("chain.jsonl", "2026-01-31T00:00:00Z", 17_000_000),
        snapshot("balances.csv", "2026-01-31"),
    ],
    ids=lambda said: said.file.name,
)
def test_what_the_other_side_said_comes_back_as_it_was(said: Statement | Snapshot, papers: WorkingPapers) -> None:
    added(papers, said)
    assert papers.statements(SUBJECT) == (said,)


def test_a_paper_comes_back_as_it_was_and_is_found_by_its_hash(papers: WorkingPapers) -> None:
    digest = ran(papers, JANUARY)
    kept = papers.latest(SUBJECT)
    assert kept is not None
    assert kept == papers.paper(digest) == papers.paper(digest[:4])
    assert (kept.paper, kept.period, kept.made_at, kept.made_by) == (paper_on([JANUARY]), 1, AT, "accountant")
    assert digest == hash_of(kept.paper)
    assert papers.subjects() == (SUBJECT,)


def test_the_matches_are_kept_as_they_were_hashed(papers: WorkingPapers) -> None:
    matches = (Match("reference", (JANUARY.items[0]._replace(id="D"),), JANUARY.items),)
    document = matches_document(matches)
    with papers.writing(at=AT, by="accountant") as writing:
        writing.add((JANUARY,), SUBJECT)
        digest = writing.keep(paper_on([JANUARY], matched_sha256=sha256(document).hexdigest()), matches)
    assert papers.matches(digest) == document


def test_matches_that_are_not_the_papers_are_refused(papers: WorkingPapers) -> None:
    with pytest.raises(BooksBroken, match="not those that it was made with"):
        ran(papers, JANUARY, matched_sha256="0" * 64)
    assert papers.statements(SUBJECT) == ()
    assert ran(papers, JANUARY) == hash_of(paper_on([JANUARY]))


def test_the_same_paper_again_is_kept_once(papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    before = bytes_of(papers.path)
    with papers.writing(at=LATER, by="controller") as writing:
        writing.keep(paper_on([JANUARY]), ())
    assert bytes_of(papers.path) == before


def test_another_paper_on_the_same_statement_is_the_latest(papers: WorkingPapers) -> None:
    first = ran(papers, JANUARY)
    with papers.writing(at=LATER, by="controller") as writing:
        second = writing.keep(paper_on([JANUARY], standing=standing_at(6)), ())
    assert papers.latest(SUBJECT) == papers.paper(second)
    assert papers.paper(first).made_at == AT
    assert papers.before(SUBJECT) is None


def test_a_paper_that_comes_back_after_another_one_is_the_latest_again(papers: WorkingPapers) -> None:
    first = ran(papers, JANUARY)
    for position in (6, 5):
        with papers.writing(at=LATER, by="controller") as writing:
            writing.keep(paper_on([JANUARY], standing=standing_at(position)), ())
    assert papers.latest(SUBJECT)._replace(made_at="", made_by="") == papers.paper(first)._replace(  # type: ignore[union-attr]
        made_at="", made_by=""
    )


def test_the_paper_before_is_the_last_one_on_the_statement_before(papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    with papers.writing(at=AT, by="accountant") as writing:
        last_of_january = writing.keep(paper_on([JANUARY], standing=standing_at(6)), ())
    ran(papers, FEBRUARY, last_of_january)
    assert papers.before(SUBJECT) == papers.paper(last_of_january)
    assert papers.statements(SUBJECT) == (FEBRUARY,)


@pytest.mark.parametrize("digest", ["", "abc", "xyz12345", "ABCDEF01", "%%%%", "ffffffff"])
def test_what_names_no_paper_is_refused(digest: str, papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    with pytest.raises(AskedAmiss, match=r"no SHA-256|no paper has it"):
        papers.paper(digest)


# Each file once.


def test_a_file_that_is_known_is_refused_naming_the_subject_and_when(papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    with pytest.raises(InputRefused, match=f"{SUBJECT} was reconciled with it as january.csv at {AT}, by accountant"):
        papers.require_new(SUBJECT, "copy.csv", JANUARY.file.sha256)
    with pytest.raises(InputRefused, match="this file is known"):
        added(papers, FEBRUARY._replace(file=JANUARY.file))


def test_a_snapshot_that_is_known_is_refused(papers: WorkingPapers) -> None:
    first = snapshot("chain.jsonl", "2026-01-31")
    added(papers, first)
    with pytest.raises(InputRefused, match="this file is known"):
        added(papers, first._replace(at="2026-02-28"))


def test_a_file_is_new_to_another_subject(papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    papers.require_new("account:assets:beta:cash", "january.csv", JANUARY.file.sha256)
    added(papers, JANUARY._replace(account="another"), subject="account:assets:beta:cash")
    assert papers.statements(SUBJECT) == (JANUARY,)


def test_one_statement_is_not_taken_for_two_subjects(papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    with pytest.raises(InputRefused, match=f"this file is known .*: {SUBJECT} was reconciled"):
        added(papers, JANUARY, subject="account:assets:beta:cash")


def test_a_snapshot_may_be_of_two_subjects(papers: WorkingPapers) -> None:
    for subject in ("lenders:balance", "lenders:shares"):
        added(papers, snapshot("chain.jsonl", "2026-01-31"), subject=subject)
    assert papers.statements("lenders:shares") == (snapshot("chain.jsonl", "2026-01-31"),)


# One statement after the other.


@pytest.mark.parametrize(
    ("following", "reason"),
    [
        (statement("f.csv", "2026-01-31", 499, "2026-02-28", 900), "opens with 499, .* january.csv|closed with 500"),
        (statement("f.csv", "2026-01-30", 500, "2026-02-28", 900), "overlaps january.csv: it begins at 2026-01-30"),
        (statement("f.csv", "2026-01-31T12:00:00Z", 500, "2026-02-28", 900), "overlaps january.csv"),
        (statement("f.csv", "", 500, "2026-01-31", 900), "ends at 2026-01-31, not after january.csv"),
        (statement("f.csv", "2025-11-30", 500, "2025-12-31", 900), "ends at 2025-12-31, not after january.csv"),
        (statement("f.csv", "2026-01-31", 499, "2026-02-28", 9, "new"), "an account of before is left out"),
    ],
)
def test_a_statement_that_does_not_continue_is_refused(
    following: Statement, reason: str, papers: WorkingPapers
) -> None:
    ran(papers, JANUARY)
    with pytest.raises(InputRefused, match=reason):
        papers.require_addable([following], SUBJECT)
    with pytest.raises(InputRefused, match=reason):
        added(papers, following)
    assert papers.statements(SUBJECT) == (JANUARY,)


def test_a_refusal_for_amounts_names_both_numbers(papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    with pytest.raises(InputRefused) as refused:
        added(papers, FEBRUARY._replace(opening=501))
    assert str(refused.value) == (
        f"{SUBJECT}: february.csv: does not continue january.csv: it opens with 501, and that one closed with 500 "
        "(base units of EUR)"
    )


@pytest.mark.parametrize("opened_at", ["2026-01-31", "2026-02-01", "2026-02-01T00:00:00Z", ""])
def test_a_statement_continues_from_the_end_of_a_day(opened_at: str, papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    added(papers, FEBRUARY._replace(opened_at=opened_at))
    assert papers.statements(SUBJECT) == (FEBRUARY._replace(opened_at=opened_at),)


def test_a_day_ends_after_all_its_instants_and_before_the_next_one_begins() -> None:
    moments = ["", "2026-01-31T00:00:00Z", "2026-01-31T23:59:59.5Z", "2026-01-31", "2026-02-01T00:00:00Z"]
    assert sorted({*moments}, key=moment_key) == moments


def test_statements_of_one_run_follow_each_other_in_whatever_order_they_come(papers: WorkingPapers) -> None:
    added(papers, FEBRUARY, JANUARY)
    assert papers.statements(SUBJECT) == (JANUARY, FEBRUARY)
    with pytest.raises(InputRefused, match=r"does not continue march\.csv"):
        added(
            papers,
            statement("april.csv", "2026-03-31", 1, "2026-04-30", 2),
            statement("march.csv", "2026-02-28", 900, "2026-03-31", 1000),
        )


def test_a_statement_that_begins_after_it_ends_is_refused(papers: WorkingPapers) -> None:
    with pytest.raises(InputRefused, match=r"x\.csv: begins at 2026-02-28, after it ends at 2026-01-31"):
        added(papers, statement("x.csv", "2026-02-28", 0, "2026-01-31", 5))
    added(papers, statement("x.csv", "2026-01-31", 0, "2026-01-31", 5))


@pytest.mark.parametrize("opened_at", ["2026-01-31", "2026-02-01", "2026-02-01T00:00:00Z", ""])
def test_between_a_closing_and_an_opening_that_goes_on_nothing_is_left_out(
    opened_at: str, papers: WorkingPapers
) -> None:
    ran(papers, JANUARY)
    assert papers.require_addable([FEBRUARY._replace(opened_at=opened_at)], SUBJECT) == ()


def test_days_of_which_nothing_is_stated_are_told_once_and_taken(papers: WorkingPapers) -> None:
    march = statement("march.csv", "2026-02-28", 500, "2026-03-31", 700)
    may = statement("may.csv", "2026-04-30", 700, "2026-05-31", 900)
    ran(papers, JANUARY)
    assert papers.require_addable([may, march], SUBJECT) == (
        "nothing is stated between 2026-01-31 and 2026-02-28",
        "nothing is stated between 2026-03-31 and 2026-04-30",
    )
    added(papers, may, march)
    june = statement("june.csv", "2026-05-31", 900, "2026-06-30", 950)
    assert papers.require_addable([june], SUBJECT) == ()


def test_all_flaws_are_told_at_once(papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    with pytest.raises(InputRefused) as refused:
        added(papers, statement("january.csv", "2026-01-15", 7, "2026-02-28", 8))
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (snapshot("a", "2026-01-31"), snapshot("b", "2026-01-31"), "ends at 2026-01-31, not after a"),
        (snapshot("a", "2026-01-31"), snapshot("b", "2026-01-30T00:00:00Z"), "not after a"),
        (snapshot("a", "", 7), snapshot("b", "", 7), "ends at block 7, not after a, which ends at block 7"),
    ],
)
def test_a_snapshot_is_later_than_the_one_before(
    first: Snapshot, second: Snapshot, reason: str, papers: WorkingPapers
) -> None:
    added(papers, first)
    with pytest.raises(InputRefused, match=reason):
        added(papers, second)


def test_snapshots_follow_by_block(papers: WorkingPapers) -> None:
    added(papers, snapshot("b", "", 8), snapshot("a", "", 7))
    added(papers, snapshot("c", "2026-01-31", 9))
    assert papers.statements(SUBJECT) == (snapshot("c", "2026-01-31", 9),)


# A paper is built on what is kept.


def test_a_paper_on_other_files_than_are_kept_is_refused(papers: WorkingPapers) -> None:
    first = ran(papers, JANUARY)
    ran(papers, FEBRUARY, first)
    with pytest.raises(JournalLocked, match="its statements are others by now"), papers.writing(at=AT, by="a") as late:
        late.keep(paper_on([JANUARY]), ())


def test_a_paper_that_goes_on_from_an_older_one_is_refused_and_leaves_nothing(papers: WorkingPapers) -> None:
    first = ran(papers, JANUARY)
    with papers.writing(at=AT, by="controller") as writing:
        writing.keep(paper_on([JANUARY], standing=standing_at(6)), ())
    with pytest.raises(JournalLocked, match="its paper on the period before is another by now"):
        ran(papers, FEBRUARY, first)
    assert papers.statements(SUBJECT) == (JANUARY,)


# What is confirmed.


def test_a_confirmation_holds_until_it_is_undone(papers: WorkingPapers) -> None:
    confirmed = Confirmed(("D-1", "D-2"), ("0123456789abcdef#2",), "controller", AT, "one wire for both")
    with papers.writing(at=AT, by="controller") as writing:
        number = writing.confirm(SUBJECT, confirmed)
        writing.confirm("account:other", confirmed)
    assert papers.confirmed(SUBJECT) == (confirmed,)
    with papers.writing(at=LATER, by="controller") as writing:
        writing.undo(SUBJECT, number, reason="it was not")
    assert papers.confirmed(SUBJECT) == ()
    assert papers.confirmed("account:other") == (confirmed,)


@pytest.mark.parametrize(("subject", "number"), [(SUBJECT, 2), (SUBJECT, 9), ("account:other", 1)])
def test_only_a_confirmation_of_the_subject_is_undone(subject: str, number: int, papers: WorkingPapers) -> None:
    with papers.writing(at=AT, by="controller") as writing:
        writing.confirm(SUBJECT, Confirmed(("a",), ("b",), "controller", AT, "same"))
        writing.confirm(SUBJECT, Confirmed(("c",), ("d",), "controller", AT, "same"))
        writing.undo(SUBJECT, 2, reason="")
    with pytest.raises(AskedAmiss), papers.writing(at=AT, by="controller") as writing:
        writing.undo(subject, number, reason="")


def confirmed_at(papers: WorkingPapers, at: str) -> int:
    with papers.writing(at=at, by="controller") as writing:
        return writing.confirm(SUBJECT, Confirmed(("a",), ("b",), "controller", at, "same"))


def undo(papers: WorkingPapers, number: int) -> None:
    with papers.writing(at=LATER, by="controller") as writing:
        writing.undo(SUBJECT, number, reason="")


def test_what_a_paper_of_an_earlier_period_has_settled_is_not_undone(papers: WorkingPapers) -> None:
    number = confirmed_at(papers, "2026-02-01T09:00:00Z")
    january = ran(papers, JANUARY)
    ran(papers, FEBRUARY, january)
    with pytest.raises(CommandRefused, match=f"confirmation {number} of {SUBJECT} is settled in the paper of 2026-01"):
        undo(papers, number)
    assert len(papers.confirmed(SUBJECT)) == 1


def test_what_a_paper_of_the_last_period_was_made_with_is_undone(papers: WorkingPapers) -> None:
    number = confirmed_at(papers, "2026-02-01T09:00:00Z")
    ran(papers, JANUARY)
    undo(papers, number)
    assert papers.confirmed(SUBJECT) == ()


def test_what_is_confirmed_after_the_last_paper_of_an_earlier_period_is_undone(papers: WorkingPapers) -> None:
    january = ran(papers, JANUARY)
    number = confirmed_at(papers, "2026-02-02T09:00:00.5Z")
    ran(papers, FEBRUARY, january)
    undo(papers, number)
    assert papers.confirmed(SUBJECT) == ()


# The file.


@pytest.mark.parametrize("table", ["statements", "papers", "confirmations", "book"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET number = number", "DELETE FROM {}", "INSERT OR REPLACE INTO {} SELECT * FROM {}"]
)
def test_the_database_itself_refuses_to_change_what_is_kept(table: str, statement: str, papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    with papers.writing(at=AT, by="controller") as writing:
        writing.confirm(SUBJECT, Confirmed(("a",), ("b",), "controller", AT, "same"))
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|takes the next number"):
        changed(papers, statement.format(table, table))


def test_the_papers_of_another_book_are_refused(papers: WorkingPapers, tmp_path: Path) -> None:
    ran(papers, JANUARY)
    other = SqliteJournal.open(recorded(tmp_path / "other.db", OPENING, at="2026-01-01T00:00:00Z"), patience=5)
    strange = WorkingPapers(papers.path, other, patience=5)
    with pytest.raises(NotABook, match=r"has the working papers of the book book\.db .* not of this other\.db"):
        strange.latest(SUBJECT)
    with pytest.raises(NotABook, match="not of this other"):
        added(strange, FEBRUARY)
    assert papers.statements(SUBJECT) == (JANUARY,)


def test_a_copy_of_the_book_has_the_same_papers(papers: WorkingPapers, journal: SqliteJournal, tmp_path: Path) -> None:
    ran(papers, JANUARY)
    copy = tmp_path / "copy.db"
    copy.write_bytes(journal.path.read_bytes())
    again = WorkingPapers(papers.path, SqliteJournal.open(copy, patience=5), patience=5)
    assert again.statements(SUBJECT) == (JANUARY,)


def test_a_book_without_entries_has_no_papers(tmp_path: Path) -> None:
    empty = WorkingPapers(tmp_path / "papers", MemoryJournal("empty.db"), patience=5)
    with pytest.raises(NotABook, match=r"empty\.db has no entry yet"):
        added(empty, JANUARY)
    assert empty.subjects() == ()


def test_a_foreign_database_is_refused_and_left_as_it_is(papers: WorkingPapers) -> None:
    changed(papers, "CREATE TABLE statements (number INTEGER)")
    before = bytes_of(papers.path)
    with pytest.raises(NotABook, match="is a database of something else"):
        papers.subjects()
    with pytest.raises(NotABook, match="is a database of something else"):
        added(papers, JANUARY)
    assert bytes_of(papers.path) == before


def test_the_book_itself_is_no_file_of_papers(journal: SqliteJournal) -> None:
    with pytest.raises(NotABook, match="is a database of something else"):
        WorkingPapers(journal.path, journal, patience=5).subjects()


def test_a_file_that_is_no_database_is_refused(papers: WorkingPapers) -> None:
    papers.path.write_bytes(b"date,amount\n" * 100)
    with pytest.raises(NotABook, match="not a database, so no working papers"):
        papers.subjects()
    with pytest.raises(NotABook, match="not a database, so no working papers"):
        added(papers, JANUARY)


def test_papers_of_a_newer_form_are_refused(papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    changed(papers, "PRAGMA user_version = 2")
    with pytest.raises(NewerJournal, match="has form 2, from a newer Recoup"):
        papers.subjects()
    with pytest.raises(NewerJournal, match="has form 2, from a newer Recoup"):
        added(papers, FEBRUARY)


@pytest.mark.parametrize("damaged", ["x'00'", "'text'", "7"])
def test_content_that_was_damaged_is_told(damaged: str, papers: WorkingPapers) -> None:
    digest = ran(papers, JANUARY)
    changed(papers, "DROP TRIGGER papers_refuse_update")
    changed(papers, "DROP TRIGGER statements_refuse_update")
    changed(papers, f"UPDATE papers SET document = {damaged}, matches = {damaged}")  # noqa: S608  (the test's own words)
    changed(papers, f"UPDATE statements SET content = {damaged}")  # noqa: S608  (likewise)
    with pytest.raises(JournalDamaged, match="cannot be read"):
        papers.latest(SUBJECT)
    with pytest.raises(JournalDamaged, match=r"january\.csv cannot be read"):
        papers.statements(SUBJECT)
    with pytest.raises(JournalDamaged, match=r"the matches of paper \w+ cannot be read"):
        papers.matches(digest)


@pytest.mark.parametrize("damaged", ["x'00'", "'text'", "7"])
def test_a_confirmation_that_was_damaged_is_told(damaged: str, papers: WorkingPapers) -> None:
    confirmed_at(papers, AT)
    changed(papers, "DROP TRIGGER confirmations_refuse_update")
    changed(papers, f"UPDATE confirmations SET ours = {damaged}")  # noqa: S608  (likewise)
    with pytest.raises(JournalDamaged, match="confirmation 1 cannot be read"):
        papers.confirmed(SUBJECT)


def test_a_balance_that_was_damaged_is_told(papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    changed(papers, "DROP TRIGGER statements_refuse_update")
    changed(papers, "UPDATE statements SET closing = 'five hundred'")
    with pytest.raises(JournalDamaged, match=r"january\.csv cannot be read"):
        papers.require_addable([FEBRUARY], SUBJECT)


@pytest.mark.parametrize("table", ["book", "papers", "statements", "confirmations"])
def test_papers_that_have_lost_a_table_are_damaged(table: str, papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    changed(papers, f"DROP TABLE {table}")
    with pytest.raises(JournalDamaged, match=f"has lost what was in {table}"):
        papers.latest(SUBJECT)
    with pytest.raises(JournalDamaged, match=f"has lost what was in {table}"):
        added(papers, FEBRUARY)


def test_a_paper_that_is_not_what_its_hash_says_is_told(papers: WorkingPapers) -> None:
    digest = ran(papers, JANUARY)
    changed(papers, "DROP TRIGGER papers_refuse_update")
    changed(papers, "UPDATE papers SET sha256 = printf('%064d', 0)")
    with pytest.raises(JournalDamaged, match=f"has the hash {digest}"):
        papers.latest(SUBJECT)


def test_readers_change_no_byte(papers: WorkingPapers) -> None:
    ran(papers, JANUARY)
    before = (bytes_of(papers.path), papers.path.stat().st_mtime_ns)
    papers.latest(SUBJECT)
    papers.statements(SUBJECT)
    papers.require_new(SUBJECT, "f", "0" * 64)
    assert (bytes_of(papers.path), papers.path.stat().st_mtime_ns) == before


def test_another_writer_is_waited_for_and_then_given_up(papers: WorkingPapers, journal: SqliteJournal) -> None:
    ran(papers, JANUARY)
    hurried = WorkingPapers(papers.path, journal, patience=0)
    with papers.writing(at=AT, by="accountant") as writing:
        writing.add((FEBRUARY,), SUBJECT)
        with pytest.raises(JournalLocked, match="another one is writing it"):
            added(hurried, FEBRUARY)
        assert hurried.statements(SUBJECT) == (JANUARY,)
    assert hurried.statements(SUBJECT) == (FEBRUARY,)


# Other processes.

PROGRAM: Final = """
import os, signal, sys
from pathlib import Path
from ledger.errors import LedgerError
from ledger.journal.sqlite import SqliteJournal
from projections.reconciliation.workpapers import WorkingPapers
from tests.test_workpapers import AT, JANUARY, SUBJECT, paper_on

papers = WorkingPapers(Path(sys.argv[2]), SqliteJournal.open(Path(sys.argv[1]), patience=5), patience=30)
sys.stdin.readline()
try:
    with papers.writing(at=AT, by=sys.argv[3]) as writing:
        writing.add((JANUARY,), SUBJECT)
        writing.keep(paper_on([JANUARY]), ())
        if sys.argv[3] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
except LedgerError as error:
    sys.exit(str(error))
"""


def running(journal: SqliteJournal, papers: WorkingPapers, who: str) -> "subprocess.Popen[str]":
    """A process that waits for a line, and then runs on January's statement."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", PROGRAM, str(journal.path), str(papers.path), who]
    root = Path(__file__).parents[1]
    return subprocess.Popen(command, cwd=root, env=environment(), stdin=pipe, stderr=pipe, text=True)


def test_a_run_that_is_killed_in_the_middle_leaves_nothing(papers: WorkingPapers, journal: SqliteJournal) -> None:
    with running(journal, papers, "killed") as process:
        process.communicate("\n")
    assert process.returncode == -signal.SIGKILL
    assert papers.path.exists()
    assert papers.statements(SUBJECT) == ()
    assert papers.latest(SUBJECT) is None
    assert ran(papers, JANUARY) == hash_of(paper_on([JANUARY]))


def test_of_two_runs_at_once_one_takes_the_file_and_the_other_is_told(
    papers: WorkingPapers, journal: SqliteJournal
) -> None:
    with running(journal, papers, "first") as one, running(journal, papers, "second") as other:
        for process in (one, other):
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        said = sorted(process.communicate()[1] for process in (one, other))
    assert sorted((one.returncode, other.returncode)) == [0, 1]
    assert said[0] == ""
    assert "this file is known" in said[1]
    assert papers.statements(SUBJECT) == (JANUARY,)


def test_a_folder_that_cannot_be_written_can_be_read(papers: WorkingPapers, journal: SqliteJournal) -> None:
    ran(papers, JANUARY)
    program = (
        "import sys\nfrom pathlib import Path\nfrom ledger.errors import JournalReadOnly\n"
        "from ledger.journal.sqlite import SqliteJournal\n"
        "from projections.reconciliation.workpapers import WorkingPapers\n"
        "from tests.test_workpapers import FEBRUARY, JANUARY, SUBJECT, added\n"
        "papers = WorkingPapers(Path(sys.argv[2]), SqliteJournal.open(Path(sys.argv[1]), patience=5), patience=5)\n"
        "assert papers.statements(SUBJECT) == (JANUARY,)\n"
        "try:\n    added(papers, FEBRUARY)\nexcept JournalReadOnly as error:\n    print(error)\n"
    )
    papers.path.chmod(0o444)
    papers.path.parent.chmod(0o555)
    command = [sys.executable, "-c", program, str(journal.path), str(papers.path)]
    done = subprocess.run(
        command,
        cwd=Path(__file__).parents[1],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=held_to_permissions,
    )
    papers.path.parent.chmod(0o755)
    assert (done.returncode, done.stderr) == (0, "")
    assert "read-only" in done.stdout
