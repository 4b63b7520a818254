"""Recording: a source's facts become entries, all of a transaction or none, and a second time they change nothing."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from ledger.audit import replay
from ledger.book import BATCH, Book, Fact, Recording
from ledger.errors import InputRefused, JournalDamaged, JournalLocked, Malformed
from ledger.journal import Entry, Journal, NewEntry, envelope
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from ledger.sources.json_lines import facts
from ledger.values import Account, Commodity, EventId, PoolId, Timestamp
from tests.ledger_lines import lines

NOON: Final = Timestamp("2022-12-01T12:00:00Z")
NONSENSE: Final = b"nonsense\n"


@pytest.fixture
def journal() -> Journal:
    return MemoryJournal()


def record(book: Book, source: Iterable[bytes], *, chunk: int | None = None) -> Recording:
    return book.record(facts(source), source="facts.jsonl", clock=lambda: NOON, recorded_by="treasury", chunk=chunk)


def rehearse(book: Book, *sources: Iterable[bytes]) -> list[Recording]:
    named = [(f"{number}.jsonl", facts(source)) for number, source in enumerate(sources, 1)]
    return [receipt for _, receipt in book.rehearse(named, clock=lambda: NOON, recorded_by="treasury")]


def refusal(book: Book, source: Iterable[bytes], *, chunk: int | None = None) -> InputRefused:
    """How a recording is refused."""
    with pytest.raises(InputRefused) as refused:
        record(book, source, chunk=chunk)
    return refused.value


def contents(journal: Journal) -> list[bytes]:
    return [entry.content for entry in journal.read()]


def expected(number: int) -> list[bytes]:
    return [line.strip() for line in lines(number)]


def changed(line: bytes, **fields: object) -> bytes:
    """A line with other values in some of its fields."""
    return json.dumps(json.loads(line) | fields).encode() + b"\n"


def places(refused: InputRefused) -> list[str]:
    """Where the problems of a refusal are."""
    return [problem.partition(":")[0] for problem in refused.problems]


def whole(entries: Iterable[Entry]) -> Iterable[Entry]:
    return entries


# One file.


def test_the_facts_of_a_file_become_entries_in_their_order(journal: Journal) -> None:
    receipt = record(Book(journal), lines(40))

    assert receipt == Recording(recorded=40, already=0)
    assert contents(journal) == expected(40)
    assert [entry.id for entry in journal.read()] == [f"desk/{number}" for number in range(1, 41)]
    assert {(entry.recorded_at, entry.recorded_by) for entry in journal.read()} == {(NOON, "treasury")}


def test_an_empty_file_records_nothing(journal: Journal) -> None:
    assert record(Book(journal), []) == Recording(0, 0)
    assert journal.head().position == 0


def test_a_file_of_many_batches_is_recorded_whole(journal: Journal) -> None:
    number = 2 * BATCH + 7

    assert record(Book(journal), lines(number)) == Recording(number, 0)
    assert contents(journal) == expected(number)


def test_what_is_recorded_replays_under_every_law(journal: Journal) -> None:
    record(Book(journal), lines(400))

    assert replay(journal, through=None, watch=whole).entries == 400


def test_nothing_of_a_file_is_committed_before_its_end(tmp_path: Path) -> None:
    journal = SqliteJournal.create(tmp_path / "book.db", patience=5)
    seen = []

    def watched() -> Iterator[bytes]:
        yield from lines(2 * BATCH)
        seen.append(journal.head().position)

    record(Book(journal), watched())

    assert seen == [0]
    assert journal.head().position == 2 * BATCH


# The same facts again.


def test_the_same_file_a_second_time_adds_nothing_and_is_counted(journal: Journal) -> None:
    book = Book(journal)
    record(book, lines(40))

    assert record(book, lines(40)) == Recording(recorded=0, already=40)
    assert contents(journal) == expected(40)


def test_the_same_file_adds_nothing_to_a_book_opened_anew(journal: Journal) -> None:
    record(Book(journal), lines(40))

    assert record(Book(journal), lines(40)) == Recording(recorded=0, already=40)


def test_a_file_that_has_grown_adds_what_is_new(journal: Journal) -> None:
    record(Book(journal), lines(40))

    assert record(Book(journal), lines(60)) == Recording(recorded=20, already=40)
    assert contents(journal) == expected(60)


def test_the_same_fact_written_otherwise_is_the_same_fact(journal: Journal) -> None:
    record(Book(journal), lines(4))

    otherwise = changed(lines(4)[3], tranche="lenders", at="2022-11-01T01:04:00+01:00")

    assert record(Book(journal), [otherwise]) == Recording(recorded=0, already=1)


def test_a_fact_that_stands_twice_in_a_file_is_recorded_once(journal: Journal) -> None:
    assert record(Book(journal), [*lines(4), lines(4)[3]]) == Recording(recorded=4, already=1)
    assert contents(journal) == expected(4)


def test_a_fact_that_stands_twice_in_a_file_batches_apart_is_recorded_once(journal: Journal) -> None:
    number = BATCH + 10

    assert record(Book(journal), [*lines(number), lines(4)[3]]) == Recording(recorded=number, already=1)


def test_equal_lines_without_an_id_are_each_recorded_and_known_again(journal: Journal) -> None:
    deposit = (
        b'{"type":"deposited","at":"2022-11-02T00:00:00Z","pool":"desk-pool","lender":"a","assets":"1","shares":"1"}\n'
    )
    source = [*lines(3), deposit, deposit]

    assert record(Book(journal), source) == Recording(recorded=5, already=0)
    assert record(Book(journal), source) == Recording(recorded=0, already=5)


def test_an_id_with_other_content_is_refused_and_its_position_named(journal: Journal) -> None:
    book = Book(journal)
    record(book, lines(40))

    refused = refusal(book, [*lines(50), changed(lines(4)[3], assets="1001")])

    assert refused.problems == ("line 51: id desk/4 is recorded at position 4 with other content",)
    assert contents(journal) == expected(40)


def test_an_id_given_twice_in_a_file_with_other_content_is_refused(journal: Journal) -> None:
    refused = refusal(Book(journal), [*lines(4), changed(lines(4)[3], assets="1001")])

    assert refused.problems == ("line 5: id desk/4 is recorded earlier in the same source with other content",)
    assert contents(journal) == []


# What is refused.


def test_every_malformed_line_and_the_first_breach_of_law_are_told_in_one_run(journal: Journal) -> None:
    source = lines(12)
    source[3] = changed(source[3], pool="elsewhere")
    source[5] = NONSENSE
    source[6] = changed(source[6], pool="elsewhere")
    source[7] = changed(source[7], assets=1000)
    source[11] = changed(source[11], surprise="yes")

    refused = refusal(Book(journal), source)

    assert places(refused) == ["line 4", "line 6", "line 8", "line 12"]
    assert "law 2" in refused.problems[0]


def test_a_refusal_names_the_file_with_every_problem(journal: Journal) -> None:
    refused = refusal(Book(journal), [NONSENSE, NONSENSE])

    assert [line[: len("facts.jsonl: line 1: ")] for line in str(refused).splitlines()] == [
        "facts.jsonl: line 1: ",
        "facts.jsonl: line 2: ",
    ]


def test_malformed_lines_are_told_however_far_they_stand_from_a_breach(journal: Journal) -> None:
    source = lines(3 * BATCH)
    source[3] = changed(source[3], pool="elsewhere")
    source[BATCH] = NONSENSE
    source[3 * BATCH - 1] = NONSENSE

    assert places(refusal(Book(journal), source)) == ["line 4", f"line {BATCH + 1}", f"line {3 * BATCH}"]


def test_a_breach_after_a_malformed_line_is_not_judged_for_it_may_follow_from_it(journal: Journal) -> None:
    source = lines(10)
    source[2] = NONSENSE

    assert places(refusal(Book(journal), source)) == ["line 3"]


@pytest.mark.parametrize("place", [0, 1, 39, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH - 1])
def test_a_breach_leaves_nothing_recorded(journal: Journal, place: int) -> None:
    source = lines(2 * BATCH)
    source[place] = changed(lines(4)[3], id="other", pool="elsewhere")

    assert places(refusal(Book(journal), source)) == [f"line {place + 1}"]
    assert contents(journal) == []


def test_a_malformed_line_leaves_nothing_recorded(journal: Journal) -> None:
    refusal(Book(journal), [*lines(40), NONSENSE])

    assert contents(journal) == []


def test_an_exception_of_the_source_leaves_nothing_recorded(journal: Journal) -> None:
    def torn() -> Iterator[bytes]:
        yield from lines(2 * BATCH)
        raise OSError("cannot be read further")

    with pytest.raises(OSError, match="read further"):
        record(Book(journal), torn())

    assert contents(journal) == []


# The same Book after a failure.


def test_after_a_refusal_the_same_book_records_correctly(journal: Journal) -> None:
    book = Book(journal)
    record(book, lines(20))
    refusal(book, [*lines(300), NONSENSE])

    assert record(book, lines(300)) == Recording(recorded=280, already=20)
    assert contents(journal) == expected(300)
    assert replay(journal, through=None, watch=whole).entries == 300


def test_after_an_exception_of_the_source_the_same_book_records_correctly(journal: Journal) -> None:
    def torn() -> Iterator[Fact | Malformed]:
        yield from facts(lines(1_500))
        raise KeyboardInterrupt

    book = Book(journal)
    with pytest.raises(KeyboardInterrupt):
        book.record(torn(), source="facts.jsonl", clock=lambda: NOON, recorded_by="treasury")

    assert record(book, lines(300)) == Recording(recorded=300, already=0)


def test_after_a_locked_journal_the_same_book_records_correctly(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    book = Book(SqliteJournal.create(path, patience=1))
    with SqliteJournal.open(path, patience=1).write(), pytest.raises(JournalLocked):
        record(book, lines(40))

    assert record(book, lines(40)) == Recording(recorded=40, already=0)


def test_after_a_rehearsal_the_same_book_records_correctly(journal: Journal) -> None:
    book = Book(journal)

    assert rehearse(book, lines(40)) == [Recording(recorded=40, already=0)]
    assert contents(journal) == []
    assert record(book, lines(40)) == Recording(recorded=40, already=0)
    assert contents(journal) == expected(40)


def test_two_books_of_one_journal_take_turns(journal: Journal) -> None:
    first, second = Book(journal), Book(journal)

    record(first, lines(40, "a"))
    record(second, lines(40, "b"))
    record(first, lines(80, "a"))
    record(second, lines(80, "b"))

    assert first.position == 120
    assert second.position == 160
    assert replay(journal, through=None, watch=whole).entries == 160


# Chunks.


@pytest.mark.parametrize("chunk", [1, 7, 300, 1_000, 1_300, 5_000])
def test_chunks_record_the_same_entries(journal: Journal, chunk: int) -> None:
    assert record(Book(journal), lines(1_300), chunk=chunk) == Recording(recorded=1_300, already=0)
    assert contents(journal) == expected(1_300)


def test_each_chunk_is_committed_before_the_next_is_read(tmp_path: Path) -> None:
    journal = SqliteJournal.create(tmp_path / "book.db", patience=5)
    seen = []

    def watched() -> Iterator[bytes]:
        for line in lines(30):
            seen.append(journal.head().position)
            yield line

    record(Book(journal), watched(), chunk=10)

    assert seen == [0] * 10 + [10] * 10 + [20] * 10


@pytest.mark.parametrize(("chunk", "kept"), [(1, 44), (7, 42), (10, 40), (44, 44), (45, 0), (100, 0)])
def test_committed_chunks_stay_and_the_refusal_counts_them(journal: Journal, chunk: int, kept: int) -> None:
    source = lines(60)
    source[44] = changed(source[44], pool="elsewhere")
    source[59] = NONSENSE

    refused = refusal(Book(journal), source, chunk=chunk)

    assert refused.recorded == kept
    assert places(refused) == ["line 45", "line 60"]
    assert contents(journal) == expected(kept)


def test_a_chunk_larger_than_a_batch_ends_at_its_own_length(journal: Journal) -> None:
    source = lines(2 * BATCH)
    source[BATCH + 400] = NONSENSE

    assert refusal(Book(journal), source, chunk=BATCH + 300).recorded == BATCH + 300


@pytest.mark.parametrize("again", [None, 10, 7])
def test_running_again_resumes(journal: Journal, again: int | None) -> None:
    book = Book(journal)
    refusal(book, [*lines(45), NONSENSE], chunk=10)

    assert record(book, lines(60), chunk=again) == Recording(recorded=20, already=40)
    assert contents(journal) == expected(60)


def test_a_refusal_counts_only_what_this_run_recorded(journal: Journal) -> None:
    record(Book(journal), lines(30))

    assert refusal(Book(journal), [*lines(45), NONSENSE], chunk=10).recorded == 10


def test_without_chunks_a_refusal_counts_nothing(journal: Journal) -> None:
    assert refusal(Book(journal), [*lines(45), NONSENSE]).recorded == 0


def test_a_rehearsal_of_several_sources_comes_to_what_their_recording_does(journal: Journal) -> None:
    sources = [lines(4), [lines(4)[3]], lines(8), [*lines(12), lines(12)[11]]]

    rehearsed = rehearse(Book(journal), *sources)

    assert rehearsed == [record(Book(journal), source) for source in sources]


def test_a_rehearsal_is_refused_as_a_recording_is_and_leaves_nothing(journal: Journal) -> None:
    with pytest.raises(InputRefused) as rehearsed:
        rehearse(Book(journal), lines(4), [*lines(6), NONSENSE])

    assert contents(journal) == []
    record(Book(journal), lines(4))
    recorded = refusal(Book(journal), [*lines(6), NONSENSE])
    assert rehearsed.value.problems == recorded.problems


def test_a_chunk_is_at_least_one_fact(journal: Journal) -> None:
    with pytest.raises(ValueError, match="chunk is a number of facts from 1 on, not 0"):
        record(Book(journal), lines(4), chunk=0)


# Reversals.


def reversal(of: bytes, *postings: tuple[str, str, str], **fields: object) -> bytes:
    """The reversal of a line, by lines of account, commodity and amount."""
    original = json.loads(of)
    lines_of_it = [dict(zip(("account", "commodity", "amount"), posting, strict=True)) for posting in postings]
    fact = {"type": "entry-reversed", "at": original["at"], "id": f"undo/{original['id']}", "of": original["id"]}
    return json.dumps(fact | {"reason": "entered twice", "postings": lines_of_it} | fields).encode() + b"\n"


DEPOSIT: Final = lines(4)[3]
UNDONE: Final = reversal(
    DEPOSIT,
    ("register:desk-pool:lenders:lender-0", "shares:desk-pool:lenders", "-1000"),
    ("register:desk-pool:lenders", "shares:desk-pool:lenders", "1000"),
    ("assets:desk-pool:cash", "desk-usd", "-1000"),
    ("liabilities:desk-pool:claims:lenders", "desk-usd", "1000"),
)
PRICE: Final = (
    b'{"type":"price-observed","at":"2022-11-01T00:00:00Z","id":"price","asset":"desk-usd","quote":"desk-usd",'
    b'"price":"1","scale":0}\n'
)
UNPRICED: Final = reversal(PRICE)


def cash(journal: Journal) -> int:
    """What the desk's pool holds in cash, by a replay."""
    sums = replay(journal, through=None, watch=whole).books.sums
    return sums.balance(Account("assets:desk-pool:cash"), Commodity("desk-usd"))


@pytest.fixture(params=["memory", "sqlite"])
def any_journal(request: pytest.FixtureRequest, tmp_path: Path) -> Journal:
    return MemoryJournal() if request.param == "memory" else SqliteJournal.create(tmp_path / "book.db", patience=5)


@pytest.mark.parametrize("chunk", [None, 1, 2, 4, 5, 100])
def test_a_reversal_is_recorded_in_the_file_batch_and_chunk_of_its_original(
    any_journal: Journal, chunk: int | None
) -> None:
    assert record(Book(any_journal), [*lines(4), UNDONE], chunk=chunk) == Recording(recorded=5, already=0)
    assert contents(any_journal) == [*expected(4), json.dumps(json.loads(UNDONE), separators=(",", ":")).encode()]
    assert cash(any_journal) == 0


def test_a_reversal_is_recorded_in_another_file_than_its_original(any_journal: Journal) -> None:
    record(Book(any_journal), lines(4))

    assert record(Book(any_journal), [UNDONE]) == Recording(recorded=1, already=0)
    assert cash(any_journal) == 0


def test_a_reversal_is_recorded_batches_after_its_original_in_one_file(any_journal: Journal) -> None:
    number = 2 * BATCH + 7
    source = [*lines(3), PRICE, *lines(number)[3:], UNPRICED]

    assert record(Book(any_journal), source) == Recording(recorded=number + 2, already=0)
    assert replay(any_journal, through=None, watch=whole).books.reversed == {"price"}


def test_facts_after_a_reversal_stand_on_the_books_without_its_original(any_journal: Journal) -> None:
    lent = lines(5)[4]

    refused = refusal(Book(any_journal), [*lines(4), UNDONE, lent])

    assert places(refused) == ["line 6"]
    assert "assets:desk-pool:cash holds 0 of desk-usd" in refused.problems[0]
    assert contents(any_journal) == []


def test_the_same_file_with_a_reversal_a_second_time_adds_nothing(any_journal: Journal) -> None:
    book, source = Book(any_journal), [*lines(4), UNDONE, changed(DEPOSIT, id="again"), *lines(12)[4:]]
    assert record(book, source) == Recording(recorded=14, already=0)

    assert record(book, source) == Recording(recorded=0, already=14)
    assert record(Book(any_journal), source) == Recording(recorded=0, already=14)


def test_a_fact_that_was_reversed_is_recorded_already_though_it_no_longer_counts(any_journal: Journal) -> None:
    record(Book(any_journal), [*lines(4), UNDONE])

    assert record(Book(any_journal), [DEPOSIT]) == Recording(recorded=0, already=1)
    assert cash(any_journal) == 0


@pytest.mark.parametrize("again", [DEPOSIT, UNDONE, lines(1)[0]])
def test_a_fact_that_stands_twice_in_a_batch_is_known_again_after_a_reversal(
    any_journal: Journal, again: bytes
) -> None:
    assert record(Book(any_journal), [*lines(4), UNDONE, again]) == Recording(recorded=5, already=1)
    assert any_journal.head().position == 5


@pytest.mark.parametrize("before", [0, 1])
def test_an_id_given_twice_in_a_batch_is_refused_also_after_a_reversal(any_journal: Journal, before: int) -> None:
    other = changed(DEPOSIT, assets="1001")
    source = [*lines(4), *[PRICE] * before, UNDONE, other]

    refused = refusal(Book(any_journal), source)

    assert refused.problems == (
        f"line {6 + before}: id desk/4 is recorded earlier in the same source with other content",
    )
    assert contents(any_journal) == []


def test_a_reversal_before_its_original_is_refused_though_that_stands_in_the_same_file(any_journal: Journal) -> None:
    refused = refusal(Book(any_journal), [*lines(3), UNDONE, DEPOSIT])

    assert places(refused) == ["line 4"]
    assert "no entry desk/4 was recorded before" in refused.problems[0]


def test_a_second_reversal_in_one_file_is_refused_and_nothing_is_recorded(any_journal: Journal) -> None:
    refused = refusal(Book(any_journal), [*lines(4), UNDONE, changed(UNDONE, id="undo/again")])

    assert places(refused) == ["line 6"]
    assert "deposited desk/4 is reversed already" in refused.problems[0]
    assert contents(any_journal) == []


@pytest.mark.parametrize("flaw", [NONSENSE, changed(UNDONE, id="undo/again"), changed(DEPOSIT, assets="1001")])
def test_after_a_refused_file_with_a_reversal_the_same_book_goes_on_well(any_journal: Journal, flaw: bytes) -> None:
    book = Book(any_journal)
    record(book, lines(4))
    refusal(book, [UNDONE, flaw])
    assert any_journal.head().position == 4

    assert record(book, [lines(5)[4], *lines(12)[5:]]) == Recording(recorded=8, already=0)
    assert record(book, [PRICE, UNPRICED]) == Recording(recorded=2, already=0)
    assert replay(any_journal, through=None, watch=whole).books.reversed == {"price"}


def test_after_a_refused_first_fact_the_same_book_asks_the_journal_for_what_is_past(any_journal: Journal) -> None:
    book = Book(any_journal)
    record(book, lines(4))
    refusal(book, [changed(UNDONE, of="no-entry")])

    assert record(book, [UNDONE]) == Recording(recorded=1, already=0)


def test_committed_chunks_keep_their_reversals_when_a_later_one_is_refused(any_journal: Journal) -> None:
    book = Book(any_journal)

    refused = refusal(book, [*lines(4), UNDONE, NONSENSE], chunk=5)

    assert refused.recorded == 5
    assert record(book, [changed(DEPOSIT, id="again")]) == Recording(recorded=1, already=0)
    assert cash(any_journal) == 1000


def test_a_rehearsal_reverses_what_it_would_have_recorded(any_journal: Journal) -> None:
    book = Book(any_journal)

    rehearsed = rehearse(book, [*lines(4), UNDONE], [changed(DEPOSIT, id="again")], [PRICE], [UNPRICED, DEPOSIT])

    assert rehearsed == [Recording(5, 0), Recording(1, 0), Recording(1, 0), Recording(1, 1)]
    assert contents(any_journal) == []


def test_a_rehearsal_reverses_what_is_recorded_and_leaves_it(any_journal: Journal) -> None:
    book = Book(any_journal)
    record(book, lines(4))

    assert rehearse(book, [UNDONE]) == [Recording(1, 0)]
    assert cash(any_journal) == 1000
    assert record(book, [UNDONE]) == Recording(1, 0)


def test_a_rehearsal_refuses_a_second_reversal_as_a_recording_does(any_journal: Journal) -> None:
    with pytest.raises(InputRefused, match="deposited desk/4 is reversed already"):
        rehearse(Book(any_journal), lines(4), [UNDONE], [changed(UNDONE, id="undo/again")])


def test_a_book_that_another_writer_went_on_with_reverses_what_that_recorded(any_journal: Journal) -> None:
    first, second = Book(any_journal), Book(any_journal)
    record(first, lines(3))
    record(second, [DEPOSIT])

    assert record(first, [UNDONE]) == Recording(1, 0)
    refused = refusal(second, [changed(UNDONE, id="undo/again")])
    assert "deposited desk/4 is reversed already" in refused.problems[0]


def test_an_opening_is_reversed_in_the_file_of_all_that_named_it(any_journal: Journal) -> None:
    pool = lines(3)[2]
    source = [*lines(4), UNDONE, reversal(pool), changed(pool, id="reopened", virtual_assets="1"), PRICE]

    assert record(Book(any_journal), source) == Recording(recorded=8, already=0)
    charter = replay(any_journal, through=None, watch=whole).books.charters.pools[PoolId("desk-pool")]
    assert charter.virtual_assets == 1


def test_a_reversal_refused_for_entries_of_its_own_file_names_them(any_journal: Journal) -> None:
    unlent = reversal(
        lines(5)[4],
        ("assets:desk-pool:loans:L0:principal", "desk-usd", "-600"),
        ("assets:desk-pool:cash", "desk-usd", "600"),
    )

    refused = refusal(Book(any_journal), [*lines(7), unlent])

    assert places(refused) == ["line 8"]
    assert "later entries that depend on it: desk/6, desk/7; reverse them first" in refused.problems[0]


def test_a_sign_off_names_an_entry_of_its_own_batch(any_journal: Journal) -> None:
    prepared = (
        b'{"type":"reconciliation-prepared","at":"2022-11-02T00:00:00Z","id":"prepared","subject":"cash",'
        b'"person":"preparer","report":"%b","files":[],"through":"desk/4","head":"%b"}\n' % (b"a" * 64, b"c" * 64)
    )

    assert record(Book(any_journal), [*lines(4), prepared, DEPOSIT]) == Recording(recorded=5, already=1)
    refused = refusal(Book(any_journal), [changed(prepared, id="other", subject="shares", through="desk/5")])
    assert "no entry desk/5 was recorded before" in refused.problems[0]


# A journal that breaks its own rules.


def smuggle(journal: Journal, kind: str, event_id: str, content: bytes) -> None:
    """Append an entry past the laws."""
    with journal.write() as writer:
        writer.append([NewEntry(kind, EventId(event_id), envelope(NOON, "nobody") + content + b"}")])


UNLAWFUL: Final = changed(lines(4)[3], id="other", pool="elsewhere").strip()


def test_catching_up_refuses_an_entry_that_breaks_a_law(journal: Journal) -> None:
    record(Book(journal), lines(3))
    smuggle(journal, "deposited", "other", UNLAWFUL)
    book = Book(journal)

    with pytest.raises(JournalDamaged, match=r"entry 4 of memory: .*law 2"):
        book.catch_up(journal.read())

    assert book.position == 3


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("unheard-of", UNLAWFUL),
        ("withdrawn", UNLAWFUL),
        ("deposited", b"{}"),
        ("deposited", b"\xff"),
        ("deposited", b""),
    ],
)
def test_catching_up_refuses_an_entry_that_cannot_be_read(journal: Journal, kind: str, content: bytes) -> None:
    smuggle(journal, kind, "other", content)

    with pytest.raises(JournalDamaged, match="entry 1"):
        Book(journal).catch_up(journal.read())


def test_nothing_is_recorded_after_an_unlawful_entry(journal: Journal) -> None:
    record(Book(journal), lines(3))
    smuggle(journal, "deposited", "other", UNLAWFUL)

    with pytest.raises(JournalDamaged):
        record(Book(journal), lines(10))

    assert journal.head().position == 4


def test_catching_up_refuses_an_entry_that_the_index_calls_otherwise(journal: Journal) -> None:
    record(Book(journal), lines(3))
    smuggle(journal, "deposited", "other", lines(4)[3].strip())

    with pytest.raises(JournalDamaged):
        record(Book(journal), lines(4))


def test_catching_up_refuses_a_reversal_of_an_entry_that_stands_after_it(journal: Journal) -> None:
    record(Book(journal), lines(3))
    undone = json.dumps(json.loads(UNDONE), separators=(",", ":")).encode()
    smuggle(journal, "entry-reversed", "undo/desk/4", undone)
    smuggle(journal, "deposited", "desk/4", expected(4)[3])

    with pytest.raises(JournalDamaged, match="no entry desk/4 was recorded before"):
        Book(journal).catch_up(journal.read())


def test_catching_up_refuses_a_sign_off_of_an_entry_that_stands_after_it(journal: Journal) -> None:
    record(Book(journal), lines(3))
    prepared = (
        b'{"type":"reconciliation-prepared","at":"2022-11-02T00:00:00Z","id":"prepared","subject":"cash",'
        b'"person":"preparer","report":"%b","files":[],"through":"desk/4","head":"%b"}' % (b"a" * 64, b"c" * 64)
    )
    smuggle(journal, "reconciliation-prepared", "prepared", prepared)
    smuggle(journal, "deposited", "desk/4", expected(4)[3])

    with pytest.raises(JournalDamaged, match="no entry desk/4 was recorded before"):
        Book(journal).catch_up(journal.read())


# Two processes at once.

RECORDER: Final = """
import sys
from pathlib import Path
from ledger.book import Book
from ledger.journal.sqlite import SqliteJournal
from ledger.sources.json_lines import facts
from tests.ledger_lines import lines

path, desk, chunk = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) or None
source = [*lines(1_500, "shared"), *lines(1_500, desk)] if sys.argv[4] == "shared" else lines(1_500, desk)
book = Book(SqliteJournal.open(path, patience=60))
print("ready", flush=True)
sys.stdin.readline()
receipt = book.record(facts(source), source=desk, clock=lambda: "2022-12-01T12:00:00Z", recorded_by=desk, chunk=chunk)
print(receipt.recorded, receipt.already)
"""


def at_once(path: Path, desks: str, *, chunk: int, first: str) -> list[str]:
    """What processes print that begin to record into one book at the same moment, one for each desk."""
    processes: list[subprocess.Popen[Any]] = [
        subprocess.Popen(
            [sys.executable, "-c", RECORDER, path, desk, str(chunk), first],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for desk in desks
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate(timeout=60)[0].strip() for process in processes]


@pytest.mark.parametrize("chunk", [0, 50])
def test_two_processes_that_import_at_once_lose_nothing(tmp_path: Path, chunk: int) -> None:
    journal = SqliteJournal.create(tmp_path / "book.db", patience=60)

    receipts = at_once(tmp_path / "book.db", "ab", chunk=chunk, first="own")

    assert receipts == ["1500 0", "1500 0"]
    assert sorted(contents(journal)) == sorted(line.strip() for desk in "ab" for line in lines(1_500, desk))
    assert replay(journal, through=None, watch=whole).entries == 3_000


@pytest.mark.parametrize("chunk", [0, 50])
def test_what_two_processes_both_import_is_recorded_once(tmp_path: Path, chunk: int) -> None:
    journal = SqliteJournal.create(tmp_path / "book.db", patience=60)

    receipts = at_once(tmp_path / "book.db", "ab", chunk=chunk, first="shared")

    counts = [[int(count) for count in receipt.split()] for receipt in receipts]
    assert [sum(column) for column in zip(*counts, strict=True)] == [4_500, 1_500]
    assert replay(journal, through=None, watch=whole).entries == 4_500
