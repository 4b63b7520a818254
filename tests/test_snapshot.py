"""Snapshots: what is loaded is what was saved, whole; and in any doubt there is none."""

import builtins
import gc
import os
import pickle
from array import array
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given

from ledger.book import SNAPSHOT_EVERY, Book, Fact, Recording
from ledger.books import Books
from ledger.errors import InputRefused
from ledger.events import AnyEvent
from ledger.journal import Journal
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from ledger.snapshot import Snapshot, code_version
from ledger.snapshot.form import packed
from ledger.sources.json_lines import facts
from ledger.sums import Sums
from ledger.values import Timestamp
from tests.histories import HISTORIES, History, histories_with_a_place, written
from tests.ledger_lines import lines

NOON: Final = Timestamp("2022-12-01T12:00:00Z")


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    (tmp_path / "book.db").touch()
    return Snapshot.beside(tmp_path / "book.db")


@pytest.fixture
def journal() -> Journal:
    """A journal of forty entries, with defaults, sales, and losses borne."""
    journal = MemoryJournal()
    record(Book(journal), lines(40))
    return journal


def record(book: Book, source: list[bytes]) -> Recording:
    return book.record(facts(source), source="facts.jsonl", clock=lambda: NOON, recorded_by="treasury")


def folded(journal: Journal) -> Books:
    book = Book(journal)
    book.catch_up(journal.read())
    return book.books


def whole(books: Books) -> dict[str, object]:
    """All that books are, to the last part, but for the way to their journal."""
    return {name: seen(getattr(books, name)) for name in Books.__slots__ if name != "past"}


def seen(one: Any) -> object:
    """A value, or the class of an object with all that it holds, in its order."""
    match one:
        case None | str() | int() | bytes():
            return type(one), one
        case dict():
            return type(one), attributes(one), [(seen(key), seen(value)) for key, value in one.items()]
        case list() | tuple() | array():
            return type(one), [seen(part) for part in one]
        case set() | frozenset():
            return type(one), sorted(one)
        case _:
            return type(one), attributes(one)


def attributes(one: object) -> dict[str, object]:
    slots = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    return {name: seen(getattr(one, name)) for name in (*slots, *getattr(one, "__dict__", ()))}


# What is loaded is what was saved.


def test_books_are_loaded_as_they_were_saved(snapshot: Snapshot, journal: Journal) -> None:
    books = folded(journal)

    assert snapshot.save(books, journal)

    loaded = snapshot.load(journal)
    assert loaded is not None
    assert whole(loaded) == whole(books)


@HISTORIES
@given(histories_with_a_place())
def test_books_of_any_history_go_on_from_a_snapshot_as_without_one(
    tmp_path_factory: pytest.TempPathFactory, history_and_place: tuple[History, int]
) -> None:
    history, place = history_and_place
    path = tmp_path_factory.mktemp("history") / "book.db"
    path.touch()
    snapshot, first, second = Snapshot.beside(path), written(history[:place]), written(history[:place])
    assert snapshot.save(folded(first), first) == (place > 0)

    opened, unaided = Book(first, snapshot), Book(second)
    assert opened.position == place
    unaided.catch_up(second.read())
    assert whole(opened.books) == whole(unaided.books)

    again = (*history[place:], *history)
    assert [outcome(opened, number, event) for number, event in enumerate(again)] == [
        outcome(unaided, number, event) for number, event in enumerate(again)
    ]
    assert whole(opened.books) == whole(unaided.books)


def outcome(book: Book, number: int, event: AnyEvent) -> object:
    """What comes of recording a fact, under an id of its own once it is told again."""
    fact = Fact.of(1, event)
    try:
        return book.record([fact], source=f"fact {number}", clock=lambda: NOON, recorded_by="teller")
    except InputRefused as refused:
        return str(refused)


def test_what_a_snapshot_does_not_know_cannot_be_left_out_of_it_unnoticed() -> None:
    class Unknown:
        pass

    with pytest.raises(TypeError, match="knows of no"):
        packed({"cases": {"case": Unknown()}})


def test_amounts_of_any_size_are_kept(snapshot: Snapshot, journal: Journal) -> None:
    books = folded(journal)
    books.references = {"amounts": [0, -1, 2**63, -(2**63), 2**256 - 1, -(2**4000)]}  # type: ignore[list-item]
    snapshot.save(books, journal)

    loaded = snapshot.load(journal)

    assert loaded is not None
    assert loaded.references == books.references


@pytest.mark.parametrize("collects", [True, False])
def test_loading_leaves_garbage_collection_as_it_was(snapshot: Snapshot, journal: Journal, collects: bool) -> None:  # noqa: FBT001  (a parameter of the test)
    snapshot.save(folded(journal), journal)
    (gc.enable if collects else gc.disable)()
    try:
        snapshot.load(journal)
        assert gc.isenabled() == collects
    finally:
        gc.enable()


# In doubt there is none.


@pytest.fixture
def saved(snapshot: Snapshot, journal: Journal) -> Snapshot:
    snapshot.save(folded(journal), journal)
    return snapshot


def test_there_is_none_before_one_was_saved(snapshot: Snapshot, journal: Journal) -> None:
    assert snapshot.load(journal) is None


def test_of_an_empty_book_none_is_saved(snapshot: Snapshot) -> None:
    assert not snapshot.save(Books(), MemoryJournal())
    assert not snapshot.path.exists()


def test_a_snapshot_of_other_code_counts_for_nothing(saved: Snapshot, journal: Journal) -> None:
    assert saved._replace(code="0" * 64).load(journal) is None


def test_a_snapshot_ahead_of_the_journal_counts_for_nothing(saved: Snapshot) -> None:
    shorter = MemoryJournal()
    record(Book(shorter), lines(39))

    assert saved.load(shorter) is None


def test_a_snapshot_that_ends_with_another_entry_counts_for_nothing(saved: Snapshot) -> None:
    other = MemoryJournal()
    record(Book(other), lines(40, "other"))

    assert saved.load(other) is None


def test_an_entry_recorded_at_another_time_is_another_entry(saved: Snapshot) -> None:
    later = MemoryJournal()
    Book(later).record(facts(lines(40)), source="", clock=lambda: Timestamp("2023-01-01T00:00:00Z"), recorded_by="x")

    assert saved.load(later) is None


def test_a_journal_that_has_grown_since_keeps_its_snapshot(saved: Snapshot, journal: Journal) -> None:
    record(Book(journal), lines(60))

    loaded = saved.load(journal)

    assert loaded is not None
    assert loaded.position == 40


def test_a_byte_changed_anywhere_is_noticed(saved: Snapshot, journal: Journal) -> None:
    content = saved.path.read_bytes()

    def damaged(place: int) -> object:
        saved.path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        return saved.load(journal)

    places = [*range(300), *range(300, len(content), 97), len(content) - 1]
    assert [place for place in places if damaged(place) is not None] == []


@pytest.mark.parametrize("kept", [0, 1, 64, 65, 66, 200, 300, 1_000, -1])
def test_a_file_cut_short_is_noticed(saved: Snapshot, journal: Journal, kept: int) -> None:
    saved.path.write_bytes(saved.path.read_bytes()[:kept])

    assert saved.load(journal) is None


@pytest.mark.parametrize(
    "content",
    [
        b"\n",
        b"\n\n\n",
        b"nonsense",
        b"\xff" * 100,
        b"0\nrecoup snapshot 1|-1|0|0\n",
        b"0\nrecoup snapshot 1|" + b"9" * 6_000 + b"|0|0\n",
        b"0\nrecoup snapshot 1|9223372036854775808|0|0\n",
        "0\nrecoup snapshot 1|²|0|0\n".encode(),
    ],
)
def test_another_file_in_its_place_counts_for_nothing(tmp_path: Path, content: bytes) -> None:
    journal = SqliteJournal.create(tmp_path / "book.db", patience=5)
    record(Book(journal), lines(4))
    snapshot = Snapshot.beside(journal.path)
    snapshot.path.write_bytes(content)

    assert snapshot.load(journal) is None


def test_a_folder_in_its_place_is_no_error(snapshot: Snapshot, journal: Journal) -> None:
    snapshot.path.mkdir()

    assert snapshot.load(journal) is None
    assert not snapshot.save(folded(journal), journal)
    assert sorted(path.name for path in snapshot.path.parent.iterdir()) == ["book.db", "book.db.snapshot"]


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, journal: Journal) -> None:
    assert not Snapshot.beside(tmp_path / "missing" / "book.db").save(folded(journal), journal)
    assert list(tmp_path.iterdir()) == []


def test_a_snapshot_takes_the_place_of_the_one_before_and_leaves_nothing_else(
    saved: Snapshot, journal: Journal
) -> None:
    record(Book(journal), lines(60))

    saved.save(folded(journal), journal)

    loaded = saved.load(journal)
    assert loaded is not None
    assert loaded.position == 60
    assert sorted(path.name for path in saved.path.parent.iterdir()) == ["book.db", "book.db.snapshot"]


def test_a_snapshot_is_open_to_those_to_whom_its_book_is(snapshot: Snapshot, journal: Journal) -> None:
    snapshot.path.with_suffix("").chmod(0o640)

    snapshot.save(folded(journal), journal)

    assert snapshot.path.stat().st_mode & 0o777 == 0o640


def test_the_version_of_the_code_is_a_digest() -> None:
    assert len(code_version()) == 64
    assert code_version() == code_version()


# A file that someone made to do harm.


class Call:
    """Pickled, a call of a function."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._call = function, arguments

    def __reduce__(self) -> Any:
        return self._call


def forged(snapshot: Snapshot, content: bytes) -> None:
    """Put other content into a snapshot, with its digest."""
    _, key, _ = snapshot.path.read_bytes().split(b"\n", 2)
    rest = key + b"\n" + content
    snapshot.path.write_bytes(sha256(rest).hexdigest().encode() + b"\n" + rest)


HOSTILE: Final[list[Callable[[Path], Call]]] = [
    lambda mark: Call(os.mkdir, str(mark)),
    lambda mark: Call(os.system, f"mkdir {mark}"),
    lambda mark: Call(builtins.eval, f"__import__('os').mkdir({str(mark)!r})"),
    lambda mark: Call(builtins.exec, f"import os; os.mkdir({str(mark)!r})"),
    lambda mark: Call(getattr, Path(mark), "mkdir"),
    lambda mark: Call(Path.mkdir, Path(mark)),
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_hostile_file_runs_no_code(
    saved: Snapshot, journal: Journal, tmp_path: Path, hostile: Callable[[Path], Call], protocol: int
) -> None:
    mark = tmp_path / "mark"
    forged(saved, pickle.dumps({"position": 40, "cases": hostile(mark)}, protocol))

    assert saved.load(journal) is None
    assert not mark.exists()


def pieces() -> Iterator[bytes]:
    """Pickles that would change a class that is there: its attributes, or what makes its objects."""
    sums = b"cledger.sums\nSums\n"
    yield sums + b"}S'post'\nNsb."
    yield sums + b"(}}S'post'\nNstb."
    yield sums + b")\x81."
    yield b"cledger.accounts\nKnown\n}S'get'\nNsb."
    yield b"cledger.accounts\nKnown\n(}}S'get'\nNstb."
    yield b"carray\narray\n(}}S'append'\nNstb."
    yield b"cledger.sums\nSums.post\n."
    yield b"\x80\x04\x8c\x0bledger.sums\x8c\x09Sums.post\x93."


@pytest.mark.parametrize("content", [*pieces(), b"", b".", b"N.", b"}.", b"I1\n.", b"garbage", pickle.dumps(Books)])
def test_a_file_that_is_no_state_of_books_changes_nothing(saved: Snapshot, journal: Journal, content: bytes) -> None:
    before = dict(vars(Sums))
    forged(saved, content)

    assert saved.load(journal) is None
    assert dict(vars(Sums)) == before
    assert whole(folded(journal))


def test_a_state_of_another_position_is_none_of_this_one(saved: Snapshot, journal: Journal) -> None:
    books = folded(journal)
    state = {name: getattr(books, name) for name in Books.__slots__ if name != "past"}
    forged(saved, packed(state | {"position": 39}))
    assert saved.load(journal) is None

    forged(saved, packed(state))
    assert saved.load(journal) is not None


# A book with a snapshot.


def positions(book: Book) -> tuple[int, int]:
    """Where a book begins when it is opened, and where it ends."""
    begun = book.position
    book.catch_up(book.journal.read(book.position))
    return begun, book.position


def test_a_book_begins_from_its_snapshot_and_folds_what_follows(saved: Snapshot, journal: Journal) -> None:
    record(Book(journal), lines(60))

    assert positions(Book(journal, saved)) == (40, 60)
    assert positions(Book(journal)) == (0, 60)


def test_a_book_with_a_snapshot_in_doubt_begins_from_the_journal(saved: Snapshot, journal: Journal) -> None:
    saved.path.write_bytes(b"nonsense")

    assert positions(Book(journal, saved)) == (0, 40)


def test_a_refusal_begins_again_from_the_snapshot(saved: Snapshot, journal: Journal) -> None:
    book = Book(journal, saved)

    with pytest.raises(InputRefused):
        record(book, [*lines(60), b"nonsense\n"])

    assert book.position == 40
    assert record(book, lines(60)) == Recording(20, 40)
    assert whole(book.books) == whole(folded(journal))


def test_a_book_is_saved_when_asked(snapshot: Snapshot, journal: Journal) -> None:
    book = Book(journal, snapshot)
    book.catch_up(journal.read())

    book.save()

    assert Book(journal, snapshot).position == 40


def test_few_entries_are_not_worth_a_snapshot(snapshot: Snapshot) -> None:
    book = Book(MemoryJournal(), snapshot)

    record(book, lines(40))
    book.close()

    assert not snapshot.path.exists()


def test_many_entries_are_and_few_more_not(snapshot: Snapshot) -> None:
    journal = MemoryJournal()
    book = Book(journal, snapshot)

    record(book, lines(SNAPSHOT_EVERY))
    assert Book(journal, snapshot).position == SNAPSHOT_EVERY
    record(book, lines(SNAPSHOT_EVERY + 40))
    assert Book(journal, snapshot).position == SNAPSHOT_EVERY


def test_one_in_doubt_is_replaced_at_once(saved: Snapshot, journal: Journal) -> None:
    saved.path.write_bytes(b"nonsense")

    record(Book(journal, saved), lines(60))

    assert Book(journal, saved).position == 60


def test_one_that_a_removed_book_left_behind_does_not_outlive_the_first_recording(saved: Snapshot) -> None:
    new = MemoryJournal()

    record(Book(new, saved), lines(4))

    assert Book(new, saved).position == 4


def test_a_book_in_a_folder_that_cannot_be_written_records_all_the_same(tmp_path: Path, journal: Journal) -> None:
    book = Book(journal, Snapshot.beside(tmp_path / "missing" / "book.db"))

    assert record(book, lines(60)) == Recording(20, 40)
    book.save()
    book.close()


def test_a_rehearsal_leaves_no_snapshot_of_what_was_not_recorded(saved: Snapshot, journal: Journal) -> None:
    book = Book(journal, saved)

    list(book.rehearse([("facts", facts(lines(60)))], clock=lambda: NOON, recorded_by="treasury"))
    book.save()

    assert book.position == 40
    assert whole(Book(journal, saved).books) == whole(folded(journal))


def test_a_book_in_a_file_opens_from_the_snapshot_beside_it(tmp_path: Path) -> None:
    journal = SqliteJournal.create(tmp_path / "book.db", patience=5)
    book = Book(journal, Snapshot.beside(journal.path))
    record(book, lines(40))
    book.save()
    book.close()

    again = SqliteJournal.open(tmp_path / "book.db", patience=5)

    assert positions(Book(again, Snapshot.beside(again.path))) == (40, 40)
    assert sorted(path.name for path in tmp_path.iterdir() if "-" not in path.name) == ["book.db", "book.db.snapshot"]
