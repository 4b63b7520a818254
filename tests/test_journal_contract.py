"""What every journal promises, whatever keeps it: one suite, run over each of `JOURNALS`."""

import json
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from ledger.errors import JournalDamaged
from ledger.journal import Entry, Head, Journal, NewEntry, envelope
from ledger.journal.memory import MemoryJournal
from ledger.journal.rehearsal import Rehearsal
from ledger.journal.sqlite import SqliteJournal
from ledger.values import EventId, Timestamp

JOURNALS: Final[dict[str, Callable[[Path], Journal]]] = {
    "memory": lambda _: MemoryJournal(),
    "sqlite": lambda folder: SqliteJournal.create(folder / "book.db", patience=60),
}
"""How each journal is made, given an empty folder. A further one joins by its line here."""

NOON: Final = Timestamp("2022-12-01T12:00:00Z")
LATER: Final = Timestamp("2022-12-01T12:00:00.5Z")


@pytest.fixture(params=JOURNALS)
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Journal:
    return JOURNALS[request.param](tmp_path)


@pytest.fixture
def _hasty_threads() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def content(name: str) -> bytes:
    return b'{"type":"deposited","at":"2022-11-01T00:00:00Z","memo":"%b"}' % name.encode()


def new(name: str, recorded_at: Timestamp = NOON, recorded_by: str = "treasury") -> NewEntry:
    return NewEntry("deposited", EventId(name), envelope(recorded_at, recorded_by) + content(name) + b"}")


def stored(position: int, name: str) -> Entry:
    return Entry(position, "deposited", EventId(name), NOON, "treasury", content(name))


def append(journal: Journal, *names: str) -> None:
    with journal.write() as writer:
        writer.append([new(name) for name in names])


def append_one_by_one(journal: Journal, *names: str, failure: type[BaseException] | None = None) -> None:
    """Append names in one transaction, each by itself, and then fail if told to."""
    with journal.write() as writer:
        for name in names:
            writer.append([new(name)])
        if failure:
            raise failure


def names(journal: Journal, after: int = 0, through: int | None = None) -> list[str]:
    return [entry.id for entry in journal.read(after, through)]


def ids(*some: str) -> list[EventId]:
    return [EventId(name) for name in some]


# Positions and what stands at them.


def test_an_empty_journal_has_its_head_at_zero_and_no_entries(journal: Journal) -> None:
    assert journal.head() == Head(0, None)
    assert list(journal.read()) == []


def test_an_empty_journal_knows_no_id(journal: Journal) -> None:
    with journal.write() as writer:
        assert writer.head() == Head(0, None)
        assert writer.known(ids("a")) == {}


def test_entries_take_the_positions_from_one_in_the_order_they_are_appended(journal: Journal) -> None:
    append(journal, "c", "a", "b")

    assert list(journal.read()) == [stored(1, "c"), stored(2, "a"), stored(3, "b")]


def test_a_further_transaction_goes_on_where_the_one_before_ended(journal: Journal) -> None:
    append(journal, "a", "b")
    append(journal, "c")

    assert list(journal.read()) == [stored(1, "a"), stored(2, "b"), stored(3, "c")]


def test_the_head_is_the_last_position_and_when_it_was_recorded(journal: Journal) -> None:
    with journal.write() as writer:
        writer.append([new("a", NOON), new("b", LATER)])

    assert journal.head() == Head(2, LATER)


def test_a_transaction_without_entries_leaves_the_journal_as_it_is(journal: Journal) -> None:
    append(journal, "a")
    append(journal)

    assert list(journal.read()) == [stored(1, "a")]


@pytest.mark.parametrize(
    "recorded_by", ["", "Zoë", "金庫", 'a "quoted" name', 'x","event":{', "back\\slash", "line\nfeed", "\x00"]
)
def test_who_recorded_an_entry_comes_back_as_it_was_given(journal: Journal, recorded_by: str) -> None:
    with journal.write() as writer:
        writer.append([new("a"), new("b", recorded_by=recorded_by), new("c")])

    assert [entry.recorded_by for entry in journal.read()] == ["treasury", recorded_by, "treasury"]
    assert [entry.content for entry in journal.read()] == [content("a"), content("b"), content("c")]


@pytest.mark.parametrize("memo", ["Zoë 金庫", '","event":', "\x00\n\\", "}" * 3, "é" * 100_000])
def test_the_bytes_of_an_event_come_back_as_they_were_given(journal: Journal, memo: str) -> None:
    event = b'{"type":"deposited","memo":%b}' % json.dumps(memo, ensure_ascii=False).encode()

    with journal.write() as writer:
        writer.append([NewEntry("deposited", EventId("a"), envelope(NOON, "treasury") + event + b"}")])

    assert [entry.content for entry in journal.read()] == [event]


# Reading.


@pytest.mark.parametrize(
    ("after", "through", "expected"),
    [
        (0, None, ["a", "b", "c", "d"]),
        (1, None, ["b", "c", "d"]),
        (3, None, ["d"]),
        (4, None, []),
        (9, None, []),
        (0, 0, []),
        (0, 1, ["a"]),
        (1, 3, ["b", "c"]),
        (2, 2, []),
        (3, 2, []),
        (0, 9, ["a", "b", "c", "d"]),
    ],
)
def test_reading_begins_after_a_position_and_ends_with_another(
    journal: Journal, after: int, through: int | None, expected: list[str]
) -> None:
    append(journal, "a", "b", "c", "d")

    assert names(journal, after, through) == expected


def test_a_long_journal_is_read_in_order_and_whole(journal: Journal) -> None:
    many = [f"fact-{number}" for number in range(10_500)]
    append(journal, *many)

    assert names(journal) == many
    assert names(journal, 4_999, 10_001) == many[4_999:10_001]


def test_a_reading_under_way_hinders_no_writer(journal: Journal) -> None:
    append(journal, "a", "b")
    reading = journal.read(through=2)
    first = next(reading)

    append(journal, "c")

    assert [first, *reading] == [stored(1, "a"), stored(2, "b")]
    assert names(journal) == ["a", "b", "c"]


def test_two_readings_at_once_do_not_disturb_each_other(journal: Journal) -> None:
    append(journal, "a", "b")

    assert list(zip(names(journal), journal.read(), strict=True)) == [("a", stored(1, "a")), ("b", stored(2, "b"))]


def test_the_stored_bytes_of_an_entry_are_those_that_were_appended(journal: Journal) -> None:
    append(journal, "a", "b", "c")

    assert [journal.stored(position) for position in range(5)] == [
        None,
        *(new(name).state for name in "abc"),
        None,
    ]


def test_a_journal_that_was_closed_can_be_used_again(journal: Journal) -> None:
    append(journal, "a")
    journal.close()

    append(journal, "b")
    journal.close()
    journal.close()

    assert names(journal) == ["a", "b"]


# The index of ids.


def test_known_finds_the_entries_that_have_the_ids_asked_for(journal: Journal) -> None:
    append(journal, "a", "b", "c")

    with journal.write() as writer:
        assert writer.known(ids("c", "x", "a", "c")) == {"a": stored(1, "a"), "c": stored(3, "c")}


def test_known_asked_for_nothing_finds_nothing(journal: Journal) -> None:
    append(journal, "a")

    with journal.write() as writer:
        assert writer.known([]) == {}


def test_known_tells_ids_apart_that_differ_only_in_case(journal: Journal) -> None:
    append(journal, "a", "A")

    with journal.write() as writer:
        assert writer.known(ids("A")) == {"A": stored(2, "A")}


def test_known_takes_thousands_of_ids_at_once(journal: Journal) -> None:
    many = [f"fact-{number}" for number in range(5_000)]
    append(journal, *many)

    with journal.write() as writer:
        found = writer.known(ids("other", *many))

    assert {name: entry.position for name, entry in found.items()} == dict(zip(many, range(1, 5_001), strict=True))


# The entries that reverse others.


def append_with_reversals(journal: Journal, *names: str) -> None:
    """Append names in one transaction; those that begin with `undo` reverse others."""
    with journal.write() as writer:
        writer.append([new(name)._replace(type=KINDS[name.startswith("undo")]) for name in names])


KINDS: Final = ("deposited", "entry-reversed")


def reversals(journal: Journal, through: int | None = None) -> list[tuple[int, str]]:
    return [(entry.position, entry.id) for entry in journal.reversals(through)]


def test_an_empty_journal_has_no_reversals(journal: Journal) -> None:
    assert reversals(journal) == []


def test_a_journal_without_reversals_has_none(journal: Journal) -> None:
    append(journal, "a", "b")

    assert reversals(journal) == []


@pytest.mark.parametrize(
    ("through", "expected"),
    [
        (None, [(2, "undo-z"), (4, "undo-a"), (5, "undo-c")]),
        (0, []),
        (1, []),
        (2, [(2, "undo-z")]),
        (3, [(2, "undo-z")]),
        (4, [(2, "undo-z"), (4, "undo-a")]),
        (9, [(2, "undo-z"), (4, "undo-a"), (5, "undo-c")]),
    ],
)
def test_reversals_are_found_in_order_through_a_position(
    journal: Journal, through: int | None, expected: list[tuple[int, str]]
) -> None:
    append_with_reversals(journal, "a", "undo-z", "b")
    append_with_reversals(journal, "undo-a", "undo-c", "c")

    assert reversals(journal, through) == expected


def test_a_reversal_is_found_whole(journal: Journal) -> None:
    append_with_reversals(journal, "a", "undo")

    assert list(journal.reversals()) == [stored(2, "undo")._replace(type="entry-reversed")]


def test_reversals_are_found_once_they_are_committed(journal: Journal) -> None:
    with journal.write() as writer:
        writer.append([new("undo")._replace(type="entry-reversed")])
        assert reversals(journal) == []

    assert reversals(journal) == [(1, "undo")]


def test_a_reading_of_reversals_under_way_hinders_no_writer(journal: Journal) -> None:
    append_with_reversals(journal, "a", "undo-1", "undo-2")
    reading = journal.reversals(through=3)
    first = next(reading)

    append_with_reversals(journal, "undo-3")

    assert [entry.id for entry in (first, *reading)] == ["undo-1", "undo-2"]
    assert reversals(journal) == [(2, "undo-1"), (3, "undo-2"), (4, "undo-3")]


def test_a_book_that_was_made_without_an_index_of_reversals_finds_them_too(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    journal = SqliteJournal.create(path, patience=60)
    append_with_reversals(journal, "a", "undo-1")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP INDEX reversals")

    older = SqliteJournal.open(path, patience=60)
    append_with_reversals(older, "b", "undo-2")

    assert reversals(older) == [(2, "undo-1"), (4, "undo-2")]
    assert reversals(older, 3) == [(2, "undo-1")]


# All or nothing.


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, GeneratorExit])
def test_an_exception_in_a_transaction_undoes_all_of_it(journal: Journal, failure: type[BaseException]) -> None:
    append(journal, "a")

    with pytest.raises(failure):
        append_one_by_one(journal, "b", "c", "d", failure=failure)

    assert list(journal.read()) == [stored(1, "a")]
    assert journal.head() == Head(1, NOON)


def test_what_was_undone_can_be_appended_again(journal: Journal) -> None:
    with pytest.raises(RuntimeError):
        append_one_by_one(journal, "a", "b", failure=RuntimeError)

    append(journal, "b")

    assert list(journal.read()) == [stored(1, "b")]


def test_a_rehearsal_sees_what_it_would_append_and_records_nothing(journal: Journal) -> None:
    append(journal, "a")
    rehearsal = Rehearsal(journal)

    rehearsal.append([new("b")])

    assert rehearsal.head() == Head(2, NOON)
    assert rehearsal.known(ids("a", "b", "c")) == {entry.id: entry for entry in (stored(1, "a"), stored(2, "b"))}
    assert list(journal.read()) == [stored(1, "a")]
    assert journal.known(ids("a", "b")) == {stored(1, "a").id: stored(1, "a")}


def test_a_rehearsal_reads_as_a_journal_of_what_is_there_and_what_would_be(journal: Journal) -> None:
    append(journal, "a", "b")
    rehearsal = Rehearsal(journal)
    append(rehearsal, "c", "d")

    assert rehearsal.name == journal.name
    assert rehearsal.began_at == 2
    assert [names(rehearsal, after) for after in range(5)] == [
        ["a", "b", "c", "d"],
        ["b", "c", "d"],
        ["c", "d"],
        ["d"],
        [],
    ]
    assert [names(rehearsal, 0, through) for through in (0, 1, 2, 3, 9)] == [
        [],
        *(list("abcd"[:n]) for n in (1, 2, 3, 4)),
    ]
    assert names(rehearsal, 1, 3) == ["b", "c"]
    assert [rehearsal.stored(position) for position in (1, 4, 5)] == [new("a").state, new("d").state, None]


def test_a_rehearsal_stays_on_what_was_there_when_it_began(journal: Journal) -> None:
    append(journal, "a")
    rehearsal = Rehearsal(journal)
    append(journal, "b")
    append(rehearsal, "c")

    assert names(rehearsal) == ["a", "c"]
    assert set(rehearsal.known(ids("a", "b", "c"))) == {"a", "c"}
    assert rehearsal.stored(2) == new("c").state


def test_a_transaction_of_a_rehearsal_that_fails_leaves_nothing_in_it(journal: Journal) -> None:
    append(journal, "a")
    rehearsal = Rehearsal(journal)
    append(rehearsal, "b")
    with pytest.raises(RuntimeError):
        append_one_by_one(rehearsal, "c", "d", failure=RuntimeError)
    with pytest.raises(JournalDamaged, match="id a is recorded already"):
        append(rehearsal, "a")

    assert names(rehearsal) == ["a", "b"]
    assert rehearsal.head() == Head(2, NOON)


def test_a_rehearsal_knows_the_reversals_of_both(journal: Journal) -> None:
    with journal.write() as writer:
        writer.append([new("a"), new("b")._replace(type="entry-reversed")])
    rehearsal = Rehearsal(journal)
    with rehearsal.write() as writer:
        writer.append([new("c"), new("d")._replace(type="entry-reversed")])

    assert [entry.id for entry in rehearsal.reversals()] == ["b", "d"]
    assert [entry.id for entry in rehearsal.reversals(3)] == ["b"]
    assert [entry.id for entry in rehearsal.reversals(1)] == []


def test_a_reader_sees_only_what_is_committed(journal: Journal) -> None:
    append(journal, "a")

    with journal.write() as writer:
        writer.append([new("b")])
        assert journal.head() == Head(1, NOON)
        assert names(journal) == ["a"]

    assert names(journal) == ["a", "b"]


def test_a_reader_in_another_thread_sees_only_what_is_committed(journal: Journal) -> None:
    append(journal, "a")

    with journal.write() as writer, ThreadPoolExecutor(1) as pool:
        writer.append([new("b")])
        assert pool.submit(names, journal).result() == ["a"]


def test_a_writer_sees_what_it_appended(journal: Journal) -> None:
    append(journal, "a")

    with journal.write() as writer:
        writer.append([new("b"), new("c", LATER)])
        writer.append([new("d")])
        assert writer.head() == Head(4, NOON)
        assert [entry.id for entry in writer.read(0)] == ["a", "b", "c", "d"]
        assert [entry.id for entry in writer.read(2)] == ["c", "d"]
        assert writer.known(ids("a", "d")) == {"a": stored(1, "a"), "d": stored(4, "d")}


# An id is given once.


@pytest.mark.parametrize("again", ["a", "b", "c"])
def test_an_id_that_an_earlier_transaction_gave_is_refused(journal: Journal, again: str) -> None:
    append(journal, "a", "b", "c")

    with pytest.raises(JournalDamaged):
        append(journal, "d", again)

    assert names(journal) == ["a", "b", "c"]


def test_an_id_that_the_same_transaction_gave_is_refused(journal: Journal) -> None:
    with pytest.raises(JournalDamaged):
        append_one_by_one(journal, "a", "b", "a")

    assert names(journal) == []


@pytest.mark.parametrize(
    "journal",
    [
        "memory",
        "sqlite",
    ],
    indirect=True,
)
def test_an_id_given_twice_in_one_append_is_refused(journal: Journal) -> None:
    with pytest.raises(JournalDamaged):
        append(journal, "a", "b", "a")

    assert names(journal) == []


# Many at once.


@pytest.mark.usefixtures("_hasty_threads")
def test_two_threads_that_write_at_once_lose_and_double_nothing(journal: Journal) -> None:
    start = threading.Barrier(2)

    def write(who: str) -> list[tuple[str, str]]:
        transactions = [(f"{who}-{number}-first", f"{who}-{number}-second") for number in range(25)]
        start.wait()
        for transaction in transactions:
            append(journal, *transaction)
        return transactions

    with ThreadPoolExecutor(2) as pool:
        written = [transaction for transactions in pool.map(write, "ab") for transaction in transactions]

    entries = list(journal.read())
    recorded = [entry.id for entry in entries]
    assert [entry.position for entry in entries] == list(range(1, 101))
    assert sorted(zip(recorded[::2], recorded[1::2], strict=True)) == sorted(written)


@pytest.mark.usefixtures("_hasty_threads")
@pytest.mark.parametrize(
    "journal",
    [
        "memory",
        "sqlite",
    ],
    indirect=True,
)
def test_a_reader_of_reversals_beside_a_writer_sees_whole_transactions_only(journal: Journal) -> None:
    def write() -> None:
        for number in range(40):
            append_with_reversals(
                journal, *(f"{kind}-{number}-{part}" for part in range(25) for kind in ("undo", "do"))
            )

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        seen = [len(reversals(journal)) for _ in iter(writing.done, True)]  # noqa: FBT003  (iter's sentinel)

    assert {number % 25 for number in seen} == {0}
    assert len(reversals(journal)) == 1_000


@pytest.mark.usefixtures("_hasty_threads")
@pytest.mark.parametrize(
    "journal",
    [
        "memory",
        "sqlite",
    ],
    indirect=True,
)
def test_a_reader_beside_a_writer_sees_whole_transactions_only(journal: Journal) -> None:
    def write() -> None:
        for number in range(40):
            append(journal, *(f"{number}-{part}" for part in range(100)))

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        seen = [journal.head().position for _ in iter(writing.done, True)]  # noqa: FBT003  (iter's sentinel)

    assert {position % 100 for position in seen} == {0}
    assert journal.head().position == 4_000
