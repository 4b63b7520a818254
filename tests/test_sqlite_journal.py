"""The journal in an SQLite file: append-only against anyone, read without a trace, and honest about a failing world."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from ledger.book import Book
from ledger.errors import (
    BookMissing,
    JournalDamaged,
    JournalLocked,
    LedgerError,
    NewerJournal,
    NotABook,
)
from ledger.journal import Head, NewEntry, envelope
from ledger.journal.sqlite import SqliteJournal
from ledger.sources.json_lines import facts
from ledger.values import EventId, Timestamp
from tests.ledger_lines import lines

NOON: Final = Timestamp("2022-12-01T12:00:00Z")
PAGE: Final = 4_096

Reach = Callable[..., SqliteJournal]
REACHES: Final = pytest.mark.parametrize("reach", [SqliteJournal.open, SqliteJournal.create], ids=["open", "create"])


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A book of three entries."""
    return recorded(tmp_path / "book.db", 3)


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user of the machine may enter."""
    folder = Path(tempfile.mkdtemp(prefix="recoup-"))
    folder.chmod(0o755)
    yield folder
    for inner in folder.rglob("*"):
        inner.chmod(0o700)
    shutil.rmtree(folder)


def recorded(path: Path, number: int) -> Path:
    """A book with the first facts of a desk, made or added to."""
    record(SqliteJournal.create(path, patience=5), number)
    return path


def record(journal: SqliteJournal, number: int, now: Timestamp = NOON) -> None:
    Book(journal).record(facts(lines(number)), source="facts.jsonl", clock=lambda: now, recorded_by="treasury")


def opened(path: Path) -> SqliteJournal:
    return SqliteJournal.open(path, patience=5)


def contents(path: Path) -> list[bytes]:
    return [entry.content for entry in opened(path).read()]


def expected(number: int) -> list[bytes]:
    return [line.strip() for line in lines(number)]


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def execute(path: Path, *statements: str) -> None:
    """Run SQL on a file as any other program would, each statement by itself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


# Append-only, against plain SQL.

HISTORY_CHANGED: Final = [
    "UPDATE stored_events SET state = x'00' WHERE originator_version = 2",
    "UPDATE stored_events SET state = state",
    "UPDATE OR REPLACE stored_events SET originator_version = 1 WHERE originator_version = 2",
    "UPDATE OR IGNORE stored_events SET originator_version = 9 WHERE originator_version = 3",
    "UPDATE stored_events SET originator_id = 'other' WHERE originator_version = 3",
    "DELETE FROM stored_events",
    "DELETE FROM stored_events WHERE originator_version = 3",
    "INSERT INTO stored_events VALUES ('book', 2, 'deposited', x'00')",
    "INSERT OR REPLACE INTO stored_events VALUES ('book', 2, 'deposited', x'00')",
    "REPLACE INTO stored_events VALUES ('book', 3, 'deposited', x'00')",
    "INSERT OR IGNORE INTO stored_events VALUES ('book', 2, 'deposited', x'00')",
    "INSERT INTO stored_events VALUES ('book', 2, 'deposited', x'00') ON CONFLICT DO UPDATE SET state = x'00'",
    "INSERT INTO stored_events VALUES ('book', 2, 'deposited', x'00') ON CONFLICT DO NOTHING",
    "INSERT INTO stored_events VALUES ('book', 5, 'deposited', x'00')",
    "INSERT INTO stored_events VALUES ('book', 0, 'deposited', x'00')",
    "INSERT INTO stored_events VALUES ('book', -1, 'deposited', x'00')",
    "INSERT INTO stored_events VALUES ('book', 3.5, 'deposited', x'00')",
    "INSERT INTO stored_events VALUES ('book', 'four', 'deposited', x'00')",
    "INSERT INTO stored_events VALUES ('book', NULL, 'deposited', x'00')",
    "INSERT INTO stored_events VALUES ('other', 1, 'deposited', x'00')",
    "INSERT INTO stored_events VALUES ('other', 4, 'deposited', x'00')",
    "INSERT INTO stored_events VALUES ('BOOK', 4, 'deposited', x'00')",
    "INSERT INTO stored_events VALUES (NULL, 4, 'deposited', x'00')",
    "UPDATE entry_ids SET id = 'other' WHERE position = 2",
    "UPDATE entry_ids SET id = id",
    "UPDATE OR REPLACE entry_ids SET id = 'desk/1' WHERE position = 2",
    "UPDATE entry_ids SET position = 9 WHERE position = 3",
    "DELETE FROM entry_ids",
    "DELETE FROM entry_ids WHERE position = 3",
    "INSERT INTO entry_ids VALUES (2, 'other')",
    "INSERT OR REPLACE INTO entry_ids VALUES (2, 'other')",
    "INSERT OR REPLACE INTO entry_ids VALUES (4, 'desk/1')",
    "REPLACE INTO entry_ids VALUES (3, 'desk/1')",
    "INSERT OR IGNORE INTO entry_ids VALUES (4, 'desk/1')",
    "INSERT INTO entry_ids VALUES (2, 'other') ON CONFLICT DO UPDATE SET id = 'other'",
    "INSERT INTO entry_ids VALUES (4, 'desk/1') ON CONFLICT (id) DO UPDATE SET position = 4",
    "INSERT INTO entry_ids VALUES (5, 'other')",
    "INSERT INTO entry_ids VALUES (0, 'other')",
    "INSERT INTO entry_ids VALUES (NULL, 'other')",
    "INSERT INTO entry_ids (id) VALUES ('other')",
    "INSERT INTO entry_ids VALUES (4, NULL)",
]


@pytest.mark.parametrize("statement", HISTORY_CHANGED)
def test_sql_that_would_change_history_is_refused_and_changes_no_byte(book: Path, statement: str) -> None:
    before = digest(book)

    with pytest.raises(sqlite3.IntegrityError):
        execute(book, statement)

    assert digest(book) == before
    assert contents(book) == expected(3)


def test_sql_that_would_change_history_is_refused_in_the_middle_of_a_transaction_too(book: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        execute(book, "BEGIN", "INSERT INTO stored_events VALUES ('book', 4, 't', x'')", "DELETE FROM stored_events")

    assert contents(book) == expected(3)


def test_an_entry_of_the_journal_itself_takes_the_next_position(book: Path) -> None:
    recorded(book, 4)

    assert contents(book) == expected(4)


# How it writes.


def test_a_writer_uses_a_write_ahead_log_and_waits_for_the_disk(book: Path) -> None:
    with opened(book).write() as writer:
        connection = writer._cursor.sqlite_cursor.connection  # noqa: SLF001  (only its own connection can tell)
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_a_book_stays_in_write_ahead_mode(book: Path) -> None:
    with closing(sqlite3.connect(book)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_creating_a_book_that_is_there_changes_no_byte(book: Path) -> None:
    before = digest(book)

    SqliteJournal.create(book, patience=5)

    assert digest(book) == before


def test_a_new_book_is_empty(tmp_path: Path) -> None:
    SqliteJournal.create(tmp_path / "book.db", patience=5)

    assert opened(tmp_path / "book.db").head() == Head(0, None)


def test_an_empty_file_is_not_made_a_book_for_it_may_be_anothers_beginning(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    path.touch()

    with pytest.raises(NotABook, match="empty"):
        SqliteJournal.create(path, patience=5)

    assert path.read_bytes() == b""


def test_recorded_time_never_runs_backwards_when_the_clock_does(tmp_path: Path) -> None:
    journal = SqliteJournal.create(tmp_path / "book.db", patience=5)

    record(journal, 1, Timestamp("2022-12-01T12:00:00Z"))
    record(journal, 2, Timestamp("2022-12-01T11:59:59.999Z"))
    record(journal, 3, Timestamp("2022-12-01T12:00:00.5Z"))
    record(journal, 4, Timestamp("2022-12-01T12:00:00Z"))
    record(journal, 5, Timestamp("2022-12-01T12:00:01Z"))

    assert [entry.recorded_at for entry in journal.read()] == [
        "2022-12-01T12:00:00Z",
        "2022-12-01T12:00:00Z",
        "2022-12-01T12:00:00.5Z",
        "2022-12-01T12:00:00.5Z",
        "2022-12-01T12:00:01Z",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "two words.db",
        "100%.db",
        "a%20b.db",
        "#1.db",
        "really?.db",
        "a?mode=memory&b=c.db",
        "Bücher 帳簿.db",
        "semi;colon&'quote'\".db",
        "line\nfeed.db",
        "back\\slash.db",
        os.fsdecode(b"not-utf-8-\xff.db"),
    ],
    ids=ascii,
)
def test_a_book_may_have_any_name_that_a_file_may_have(tmp_path: Path, name: str) -> None:
    path = tmp_path / name

    recorded(path, 3)

    assert contents(path) == expected(3)
    assert path.stat().st_size


@pytest.mark.parametrize("name", [":memory:", "~", "-"])
def test_a_book_may_have_a_name_that_means_something_else_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)

    recorded(Path(name), 3)

    assert contents(tmp_path / name) == expected(3)


def test_a_book_whose_name_begins_with_file_touches_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    execute(tmp_path / "other.db", "CREATE TABLE accounts (name TEXT)")
    before = digest(tmp_path / "other.db")

    recorded(Path("file:other.db"), 3)

    assert digest(tmp_path / "other.db") == before


# What is not ours.


def another_database(path: Path) -> None:
    execute(path, "CREATE TABLE accounts (name TEXT)", "INSERT INTO accounts VALUES ('cash')")


def another_event_store(path: Path) -> None:
    execute(path, "CREATE TABLE stored_events (originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB)")


def another_application(path: Path) -> None:
    execute(path, "PRAGMA application_id = 7")


def text_file(path: Path) -> None:
    path.write_bytes(b"".join(lines(100)))


def short_text_file(path: Path) -> None:
    path.write_bytes(b"cash")


def newer_journal(path: Path) -> None:
    recorded(path, 3)
    with closing(sqlite3.connect(path)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    execute(path, f"PRAGMA user_version = {version + 1}")


@REACHES
@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (another_database, NotABook),
        (another_event_store, NotABook),
        (another_application, NotABook),
        (text_file, NotABook),
        (short_text_file, NotABook),
        (newer_journal, NewerJournal),
    ],
)
def test_what_is_not_ours_is_refused_and_keeps_every_byte(
    tmp_path: Path, reach: Reach, make: Callable[[Path], None], refusal: type[LedgerError]
) -> None:
    path = tmp_path / "ours.db"
    make(path)
    before = digest(path)

    with pytest.raises(refusal, match=r"ours\.db"):
        reach(path, patience=5)

    assert digest(path) == before


@REACHES
def test_another_programs_database_gets_no_companion_files(tmp_path: Path, reach: Reach) -> None:
    another_database(tmp_path / "ours.db")

    with pytest.raises(NotABook):
        reach(tmp_path / "ours.db", patience=5)

    assert list(tmp_path.iterdir()) == [tmp_path / "ours.db"]


def test_an_empty_file_is_not_opened_as_a_book_and_stays_empty(tmp_path: Path) -> None:
    path = tmp_path / "book.db"
    path.touch()

    with pytest.raises(NotABook, match="empty"):
        opened(path)

    assert path.stat().st_size == 0


def test_a_missing_book_is_not_made_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(BookMissing, match=r"book\.db"):
        opened(tmp_path / "book.db")

    assert list(tmp_path.iterdir()) == []


def test_a_book_below_a_file_is_missing(book: Path) -> None:
    with pytest.raises(BookMissing):
        opened(book / "book.db")


def test_a_book_is_not_made_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no such folder"):
        SqliteJournal.create(tmp_path / "missing" / "book.db", patience=5)

    assert list(tmp_path.iterdir()) == []


@REACHES
def test_a_directory_is_no_book(tmp_path: Path, reach: Reach) -> None:
    with pytest.raises((BookMissing, NotABook)):
        reach(tmp_path, patience=5)


@REACHES
def test_a_name_that_no_file_may_have_is_refused_in_our_own_words(tmp_path: Path, reach: Reach) -> None:
    with pytest.raises(LedgerError):
        reach(tmp_path / ("x" * 1_000), patience=5)


# Reading leaves no trace.


def test_readers_change_no_byte_of_the_file(book: Path) -> None:
    before = digest(book)
    journal = opened(book)

    assert journal.head() == Head(3, NOON)
    reading = journal.read()
    next(reading)
    during = digest(book)
    assert len(list(reading)) == 2

    assert during == before
    assert digest(book) == before


def test_readers_change_no_byte_of_what_is_not_yet_moved_into_the_file(book: Path) -> None:
    with closing(sqlite3.connect(book)) as other, closing(other.execute("SELECT * FROM entry_ids")) as unfinished:
        unfinished.fetchone()
        recorded(book, 200)
        log = book.with_name("book.db-wal")
        before = digest(book), digest(log)
        assert contents(book) == expected(200)
        assert (digest(book), digest(log)) == before
        assert log.stat().st_size


def test_a_long_reading_shows_one_moment(book: Path) -> None:
    recorded(book, 200)
    reading = opened(book).read()
    first = next(reading)

    recorded(book, 300)

    assert [entry.content for entry in (first, *reading)] == expected(200)


def test_memory_stays_bounded_while_reading(tmp_path: Path) -> None:
    journal = SqliteJournal.create(tmp_path / "book.db", patience=5)
    state = envelope(NOON, "treasury") + b'{"type":"deposited","memo":"%b"}}' % (b"x" * 200)
    with journal.write() as writer:
        for start in range(0, 60_000, 1_000):
            writer.append(
                [NewEntry("deposited", EventId(f"fact-{number}"), state) for number in range(start, start + 1_000)]
            )

    some, all_of_them = peak_of_reading(journal, 20_000), peak_of_reading(journal, 60_000)

    assert all_of_them < some + 100_000
    assert all_of_them < 1_000_000


def peak_of_reading(journal: SqliteJournal, number: int) -> int:
    """The most memory, in bytes, that Python held at once while it read so many entries."""
    tracemalloc.start()
    try:
        last = deque(journal.read(through=number), maxlen=1)[0]
        assert last.position == number
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# Where writing is not allowed. Root may write everywhere, so a process without its rights does it.

UNPRIVILEGED: Final = """
import os, sys
import urllib.parse  # what Path.as_uri loads only when it is called, and nobody may read then
from pathlib import Path
from ledger.book import Book
from ledger.errors import LedgerError
from ledger.journal.sqlite import SqliteJournal
from ledger.sources.json_lines import facts
from tests.ledger_lines import lines

path, verb, new = Path(sys.argv[1]), sys.argv[2], lines(60)
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
try:
    if verb == "create":
        SqliteJournal.create(path, patience=1)
    journal = SqliteJournal.open(path, patience=1)
    if verb == "write":
        Book(journal).record(facts(new), source="", clock=lambda: "2022-12-01T12:00:00Z", recorded_by="nobody")
    print(journal.head().position, len(list(journal.read())))
except LedgerError as error:
    print(type(error).__name__)
finally:
    os.seteuid(os.getuid())
"""


def unprivileged(verb: str, path: Path) -> str:
    """What a user without rights gets: the head's position and the number of entries read, or an error's name."""
    done = subprocess.run(
        [sys.executable, "-c", UNPRIVILEGED, path, verb], capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout.strip() or done.stderr


def published(public_folder: Path, *sources: Path, file_mode: int, folder_mode: int) -> Path:
    """Copies of files in a folder of their own with these modes; the first is given back."""
    folder = public_folder / "books"
    folder.mkdir()
    for source in sources:
        shutil.copyfile(source, folder / source.name)
        (folder / source.name).chmod(file_mode)
    folder.chmod(folder_mode)
    return folder / sources[0].name


@pytest.mark.parametrize("file_mode", [0o444, 0o666])
@pytest.mark.parametrize("folder_mode", [0o555, 0o777])
def test_a_book_is_read_whatever_may_be_written_there(
    book: Path, public_folder: Path, file_mode: int, folder_mode: int
) -> None:
    path = published(public_folder, book, file_mode=file_mode, folder_mode=folder_mode)

    assert unprivileged("read", path) == "3 3"
    assert digest(path) == digest(book)


def test_a_book_is_read_in_a_read_only_folder_where_a_reader_left_companion_files(
    book: Path, public_folder: Path
) -> None:
    left = book.with_name("book.db-wal"), book.with_name("book.db-shm")
    opened(book).head()
    path = published(public_folder, book, *left, file_mode=0o444, folder_mode=0o555)

    assert unprivileged("read", path) == "3 3"


def test_a_book_on_a_read_only_place_cannot_be_written(book: Path, public_folder: Path) -> None:
    path = published(public_folder, book, file_mode=0o444, folder_mode=0o555)

    assert unprivileged("write", path) == "JournalReadOnly"
    assert digest(path) == digest(book)


def test_a_read_only_file_cannot_be_written_in_a_folder_that_can(book: Path, public_folder: Path) -> None:
    path = published(public_folder, book, file_mode=0o444, folder_mode=0o777)

    assert unprivileged("write", path) == "JournalReadOnly"
    assert digest(path) == digest(book)


def test_a_book_is_not_made_in_a_read_only_folder(book: Path, public_folder: Path) -> None:
    path = published(public_folder, book, file_mode=0o444, folder_mode=0o555)

    assert unprivileged("create", path.with_name("new.db")) == "JournalReadOnly"
    assert list(path.parent.iterdir()) == [path]


def test_a_book_that_may_not_be_read_is_refused(book: Path, public_folder: Path) -> None:
    path = published(public_folder, book, file_mode=0o000, folder_mode=0o555)

    assert unprivileged("read", path) == "JournalReadOnly"


def test_a_book_in_a_folder_that_may_not_be_entered_is_refused(book: Path, public_folder: Path) -> None:
    path = published(public_folder, book, file_mode=0o444, folder_mode=0o000)

    assert unprivileged("read", path) == "JournalReadOnly"


@pytest.fixture
def unfinished(book: Path, public_folder: Path) -> Path:
    """A book of 200 entries in a read-only folder, of which 197 stand only in the log beside it."""
    with closing(sqlite3.connect(book)) as other, closing(other.execute("SELECT * FROM entry_ids")) as reading:
        reading.fetchone()
        recorded(book, 200)
        return published(public_folder, book, book.with_name("book.db-wal"), file_mode=0o444, folder_mode=0o555)


def test_a_book_whose_log_cannot_be_read_is_refused_rather_than_shown_as_it_was(unfinished: Path) -> None:
    assert unprivileged("read", unfinished) == "JournalReadOnly"


def test_a_book_reached_by_a_link_is_not_shown_as_it_was_either(unfinished: Path, public_folder: Path) -> None:
    link = public_folder / "link.db"
    link.symlink_to(unfinished)

    assert unprivileged("read", link) == "JournalReadOnly"


# A locked book.


def test_a_locked_book_is_told_after_the_patience_and_stays_unchanged(book: Path) -> None:
    journal = SqliteJournal.open(book, patience=1)
    with closing(sqlite3.connect(book, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalLocked, match=r"book\.db: another writer holds the book"):
            record(journal, 10)

    assert contents(book) == expected(3)


def test_a_locked_book_can_be_read(book: Path) -> None:
    with closing(sqlite3.connect(book, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert contents(book) == expected(3)


def released_soon(connection: sqlite3.Connection) -> threading.Timer:
    """Let another's lock go one and a half seconds from now."""
    timer = threading.Timer(1.5, connection.close)
    timer.start()
    return timer


def test_a_writer_waits_for_the_lock_and_then_records(book: Path) -> None:
    other = sqlite3.connect(book, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    released = released_soon(other)

    recorded(book, 10)

    released.join()
    assert contents(book) == expected(10)


def test_of_many_who_make_a_book_at_once_all_have_the_same(tmp_path: Path) -> None:
    path = tmp_path / "book.db"

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: SqliteJournal.create(path, patience=5), range(24)))
    recorded(path, 10)

    assert [journal.head().position for journal in made] == [10] * 24
    assert [one.name for one in tmp_path.iterdir() if not one.name.startswith("book.db")] == []


# A full disk: no file of the process may grow beyond a limit.

ON_A_FULL_DISK: Final = """
import resource, sys
from pathlib import Path
from ledger.book import Book
from ledger.errors import LedgerError
from ledger.journal.sqlite import SqliteJournal
from ledger.sources.json_lines import facts
from tests.ledger_lines import lines

new = lines(2_000)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
try:
    journal = SqliteJournal.create(Path(sys.argv[1]), patience=1)
    Book(journal).record(facts(new), source="", clock=lambda: "2022-12-01T12:00:00Z", recorded_by="treasury")
    outcome = "recorded"
except LedgerError as error:
    outcome = type(error).__name__
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
print(outcome)
"""


def on_a_full_disk(path: Path, *, size_max: int) -> str:
    """What comes of recording 2,000 facts where no file can be larger than so many bytes."""
    done = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, path, str(size_max)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout.strip() or done.stderr


@pytest.mark.parametrize("size_max", [0, 4_096, 33_000, 100_000, 400_000])
def test_a_full_disk_leaves_the_book_as_it_was_and_usable(book: Path, size_max: int) -> None:
    before = digest(book)

    outcome = on_a_full_disk(book, size_max=size_max)

    assert outcome == "StorageFailed"
    assert digest(book) == before
    assert contents(book) == expected(3)
    recorded(book, 2_000)
    assert contents(book) == expected(2_000)


def test_a_disk_that_is_large_enough_takes_the_facts(book: Path) -> None:
    assert on_a_full_disk(book, size_max=10_000_000) == "recorded"
    assert contents(book) == expected(2_000)


@pytest.mark.parametrize("size_max", [0, 4_096, 20_000])
def test_a_book_that_found_no_space_can_be_made_later(tmp_path: Path, size_max: int) -> None:
    path = tmp_path / "book.db"

    assert on_a_full_disk(path, size_max=size_max) == "StorageFailed"

    assert contents(recorded(path, 3)) == expected(3)


# Damage.

JUNK: Final = pytest.mark.parametrize("junk", [b"\0", b"\xff", b"a", b'{"'], ids=["zeros", "ones", "letters", "braces"])


def damaged(book: Path, page: int, junk: bytes) -> Path:
    """A copy of a book in which one page is overwritten."""
    whole = book.read_bytes()
    copy = book.with_name(f"damaged-{page}.db")
    copy.write_bytes(whole[: page * PAGE] + (junk * PAGE)[:PAGE] + whole[(page + 1) * PAGE :])
    return copy


def outcome_of(read: Callable[[Path], object], path: Path) -> object:
    """What a reading gives, or the kind of `LedgerError` it raises; anything else is raised."""
    try:
        return read(path)
    except LedgerError as error:
        return type(error)


@JUNK
def test_a_damaged_page_is_told_wherever_reading_meets_it(tmp_path: Path, junk: bytes) -> None:
    book = recorded(tmp_path / "book.db", 300)
    pages = book.stat().st_size // PAGE

    outcomes = [outcome_of(contents, damaged(book, page, junk)) for page in range(1, pages)]

    unharmed = [outcome for outcome in outcomes if outcome != JournalDamaged]
    assert unharmed == [expected(300)] * len(unharmed)
    assert len(unharmed) < pages / 4


@JUNK
def test_nothing_is_recorded_after_a_damaged_page(tmp_path: Path, junk: bytes) -> None:
    book = recorded(tmp_path / "book.db", 300)
    pages = book.stat().st_size // PAGE

    outcomes = [
        outcome_of(lambda path: contents(recorded(path, 310)), damaged(book, page, junk)) for page in range(1, pages)
    ]

    # The index of reversals is a page that nothing needs before there is one.
    unharmed = [outcome for outcome in outcomes if outcome != JournalDamaged]
    assert unharmed == [expected(310)]


@JUNK
def test_a_damaged_first_page_is_no_book(book: Path, junk: bytes) -> None:
    path = damaged(book, 0, junk)
    before = digest(path)

    with pytest.raises(NotABook):
        opened(path)

    assert digest(path) == before


def test_a_file_cut_short_is_damaged(tmp_path: Path) -> None:
    book = recorded(tmp_path / "book.db", 300)
    os.truncate(book, 10 * PAGE)

    with pytest.raises(JournalDamaged):
        contents(book)


@pytest.mark.parametrize(
    "state",
    [
        "x''",
        "x'7b'",
        "CAST('{}' AS BLOB)",
        """CAST('{"recorded_at":"2022-12-01T12:00:00Z","recorded_by":' AS BLOB)""",
        """CAST('{"recorded_by":"x","event":{}}' AS BLOB)""",
        "zeroblob(9)",
        "NULL",
        "'text'",
        "5",
        """CAST('{"recorded_at":5,"recorded_by":"x","event":{}}' AS BLOB)""",
    ],
)
def test_an_entry_without_a_readable_envelope_is_damage(book: Path, state: str) -> None:
    execute(
        book,
        f"INSERT INTO stored_events VALUES ('book', 4, 'deposited', {state})",  # noqa: S608  (the test writes what it likes)
        "INSERT INTO entry_ids VALUES (4, 'other')",
    )

    with pytest.raises(JournalDamaged):
        opened(book).head()


def test_an_entry_whose_type_is_not_utf_8_is_damage(book: Path) -> None:
    execute(book, "INSERT INTO stored_events VALUES ('book', 4, CAST(x'ff' AS TEXT), x'00')")

    with pytest.raises(JournalDamaged):
        contents(book)
