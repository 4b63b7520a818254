"""Another book as the other side: a mirror of ours has no break on any report and on any account."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.book import Book, Fact
from ledger.errors import AskedAmiss
from ledger.events import Evidence
from ledger.journal import Journal
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from ledger.values import EventId, Timestamp
from projections.reconciliation.items import Item
from projections.reconciliation.movements.transactions import reconcile_account
from projections.reconciliation.rules import Rules
from projections.reconciliation.sources.other_book import snapshot_of_book, statement_of_book
from tests.histories import HISTORIES, History, histories, recorded, rows_of
from tests.histories_teller import TIMES
from tests.reconciled_balances import CLOSING, OPENED, book, on, paper
from tests.story import (
    ETH,
    JUNIOR,
    LENDER,
    collateral_posted,
    deposited,
    entry_reversed,
    loan_originated,
    posted,
    withdrawn,
)

CASH = "assets:pool:cash"
KEPT_ELSEWHERE = Timestamp("2026-02-02T02:02:02Z")


def mirror(journal: Journal) -> MemoryJournal:
    """A book elsewhere into which every fact of another one was imported."""
    other = MemoryJournal("elsewhere")
    facts = [Fact(entry.position, entry.event(), entry.content) for entry in journal.read()]
    Book(other).record(facts, source="export", clock=lambda: KEPT_ELSEWHERE, recorded_by="custodian")
    return other


@HISTORIES
@given(histories(), st.data())
def test_a_mirror_has_no_break_on_any_report_and_any_account_of_one_commodity(history: History, data: Any) -> None:
    journal = recorded(history)
    other = mirror(journal)
    report = data.draw(st.sampled_from(("lenders", "loans", "deficits", "funds", "pools", "trial-balance")))
    assert paper(journal, report, snapshot_of_book(other, report, "", None)).breaks == ()
    rows = [row for row in rows_of("trial-balance", journal) if ":collateral:" not in row["account"]]
    assume(rows)
    row = data.draw(st.sampled_from(rows))
    opened, closed = sorted(data.draw(st.lists(st.sampled_from(TIMES), min_size=2, max_size=2)))
    statement = statement_of_book(other, [row["account"]], opened, closed, row["commodity"])
    made, _ = reconcile_account(journal, f"account:{row['account']}", [statement], Rules(), None, ())
    assert (made.breaks, made.unexplained()) == ((), {})


def test_a_book_is_known_by_all_its_stored_bytes(tmp_path: Path) -> None:
    journal = SqliteJournal.create(tmp_path / "book.db", patience=0)
    facts = [Fact(entry.position, entry.event(), entry.content) for entry in book().read()]
    Book(journal).record(facts, source="facts", clock=lambda: KEPT_ELSEWHERE, recorded_by="“treasury”")
    stored = b"".join(journal.stored(position) or b"" for position in range(1, 6))
    mark = snapshot_of_book(journal, "lenders", "shares", None).file
    assert (mark.sha256, mark.rows, mark.kind) == (sha256(stored).hexdigest(), 5, "book")
    assert mark.totals == {"count": 2, "sum": "1500"}
    journal.close()


def test_a_snapshot_of_a_book_has_the_rows_of_the_report_at_the_time() -> None:
    journal = book(deposited(at=on("2023-02-01"), assets=5, shares=5))
    at_the_end, before = (snapshot_of_book(journal, "lenders", "shares", day) for day in ("2023-02-01", "2023-01-31"))
    assert [one.amount for one in at_the_end.held] == [1005, 500]
    assert [one.amount for one in before.held] == [1000, 500]
    assert before.held[0].keys == (("pool", "pool"), ("tranche", "lenders"), ("lender", LENDER), ("asset", "USD"))
    assert (before.at, snapshot_of_book(journal, "lenders", "shares", None).at) == (
        "2023-01-31",
        on("2023-02-01"),
    )


def test_a_snapshot_of_all_fields_names_what_is_held_by_name() -> None:
    held = snapshot_of_book(book(), "pools", "", None).held
    assert {one.field: one.amount for one in held if one.amount} == {
        "cash": 1500,
        "claims.lenders": 1500,
        "share_price.lenders": 10**18,
    }


def test_a_line_of_a_books_statement_says_what_its_entry_is_known_by() -> None:
    evidence = Evidence(tx="0xAB", log_index=3)
    journal = book(deposited(at=on("2023-02-01"), assets=5, shares=5, evidence=evidence, id=EventId("one")))
    statement = statement_of_book(journal, [CASH], "2023-01-31", CLOSING, "USD")
    assert (statement.opening, statement.closing) == (1500, 1505)
    assert statement.items == (
        Item(
            place=6,
            account=CASH,
            commodity="USD",
            at=on("2023-02-01"),
            amount=5,
            chain="0xab:3",
            end_to_end="one",
            reference="one",
            counterparty=LENDER,
        ),
    )
    assert statement.file.totals == {"credits": "5", "debits": "0", "count": 1}


def test_what_a_book_reversed_is_two_lines_one_of_which_undoes_the_other() -> None:
    wrong = deposited(at=on("2023-02-01"), assets=4, shares=0, id=EventId("wrong"))
    undone = entry_reversed(
        at=wrong.at,
        of=wrong.id,
        id=EventId("undone"),
        postings=posted((CASH, -4), ("liabilities:pool:claims:lenders", 4)),
    )
    statement = statement_of_book(book(wrong, undone), [CASH], "2023-01-31", "", "USD")
    assert [(line.amount, line.reverses) for line in statement.items] == [(4, ""), (-4, "wrong")]
    assert statement.closed_at == wrong.at


def test_what_the_other_book_lacks_is_missing_there() -> None:
    journal = book(withdrawn(at=on("2023-02-01"), assets=5, shares=5))
    statement = statement_of_book(book(), [CASH], "2023-01-31", CLOSING, "USD")
    made, _ = reconcile_account(journal, f"account:{CASH}", [statement], Rules(), None, ())
    assert [(one.class_, one.effect) for one in made.breaks] == [("missing in statement", -5)]


def test_another_book_may_be_without_any_row_of_a_report() -> None:
    empty = recorded([entry.event() for entry in book().read()][:3])
    made = paper(book(), "lenders:shares", snapshot_of_book(empty, "lenders", "shares", CLOSING))
    assert sorted((one.effect, one.class_) for one in made.breaks) == [
        (500, "missing in statement"),
        (1000, "missing in statement"),
    ]


LENT = (loan_originated(at=OPENED, principal=600, debt_shares=600), collateral_posted(at=OPENED, quantity=5))


def test_a_book_states_every_field_also_where_it_has_no_row() -> None:
    breaks = paper(book(*LENT), "loans", snapshot_of_book(book(), "loans", "", CLOSING)).breaks
    effects = {one.key["field"]: one.effect for one in breaks if one.key is not None}
    assert {"debt": 600, f"collateral.{ETH}": 5}.items() <= effects.items()
    assert {one.class_ for one in breaks} == {"missing in statement"}


def test_what_is_held_by_name_in_one_book_alone_is_found() -> None:
    (found,) = paper(book(*LENT), "loans", snapshot_of_book(book(LENT[0]), "loans", "", CLOSING)).breaks
    assert (found.class_, found.effect, found.commodity) == ("missing in statement", 5, ETH)


@pytest.mark.parametrize("subject", ["pools:claims", "pools:claims.lenders", "pools:share_price", "loans:collateral"])
def test_a_field_stands_for_all_its_parts(subject: str) -> None:
    report, _, field = subject.partition(":")
    other, less = (
        book(*LENT),
        book(*LENT, withdrawn(at=OPENED, assets=5, shares=7), collateral_posted(at=OPENED, quantity=1)),
    )
    assert paper(book(*LENT), subject, snapshot_of_book(other, report, field, None)).breaks == ()
    assert len(paper(less, subject, snapshot_of_book(other, report, field, None)).breaks) == 1


def test_a_tranche_without_shares_has_no_price_and_that_is_no_break() -> None:
    journal = book(tranches=(JUNIOR,), virtual_assets=0, virtual_shares=0)
    assert paper(journal, "pools:share_price", snapshot_of_book(journal, "pools", "share_price", None)).breaks == ()


def test_what_a_book_does_not_have_is_refused() -> None:
    with pytest.raises(AskedAmiss, match="register is no report of balances by name"):
        snapshot_of_book(book(), "register", "", None)
    with pytest.raises(AskedAmiss, match="assets:pool:cash of memory is kept in USD, not in EUR"):
        statement_of_book(book(), [CASH], "", "", "EUR")
    with pytest.raises(AskedAmiss, match="no account assets:pool:cask in memory"):
        statement_of_book(book(), ["assets:pool:cask"], "", "", "USD")
    with pytest.raises(AskedAmiss, match="memory has no entries"):
        statement_of_book(MemoryJournal(), [CASH], "", "", "USD")
    with pytest.raises(AskedAmiss, match="memory has no entries"):
        snapshot_of_book(MemoryJournal(), "lenders", "", None)


def test_fields_of_one_commodity_are_proven_one_by_one() -> None:
    journal = book()
    found = paper(journal, "lenders", snapshot_of_book(mirror(journal), "lenders", "", None))
    proven = {row.commodity: row.amount for row in found.proof if row.line == "balance per book"}
    assert {"USD balance": 1_500, "USD deposited": 1_500, "USD losses": 0}.items() <= proven.items()
    assert found.decimals["USD balance"] == 6
