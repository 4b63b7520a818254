"""A journal in an SQLite file, on the event store's own recorder: WAL, `synchronous=FULL`, append-only by trigger."""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Final, NamedTuple, cast

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteAggregateRecorder, SQLiteCursor, SQLiteDatastore

from ledger.errors import BookMissing, JournalDamaged, NewerJournal, NotABook
from ledger.journal.kept import Kept
from ledger.journal.sqlite_errors import translated
from ledger.journal.sqlite_reader import reader_of
from ledger.journal.stored import REVERSAL, STREAM, Entry, Head, NewEntry, head_of, opened
from ledger.values import EventId

APPLICATION_ID: Final = 0x52636F70
"""`Rcop`, in the file's header: what tells a book from another program's database."""

FORMAT: Final = 1
"""The form of the journal, in the file's `user_version`. A file of a higher one is a newer Recoup's."""

_EVENTS: Final = "stored_events"
"""The event store's table: `originator_version` is the position in the one stream, `book`."""

_APPEND_ONLY: Final = (
    "CREATE TABLE IF NOT EXISTS entry_ids (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
    """CREATE TRIGGER IF NOT EXISTS entries_are_gapless BEFORE INSERT ON stored_events
        WHEN NEW.originator_id <> 'book' OR NEW.originator_version <>
            (SELECT coalesce(max(originator_version), 0) + 1 FROM stored_events WHERE originator_id = 'book')
        BEGIN SELECT raise(ABORT, 'an entry takes the next position of the book'); END""",
    """CREATE TRIGGER IF NOT EXISTS ids_are_unique BEFORE INSERT ON entry_ids
        WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM entry_ids)
            OR EXISTS (SELECT 1 FROM entry_ids WHERE id = NEW.id)
        BEGIN SELECT raise(ABORT, 'an id is given once, to the next position'); END""",
    f"""CREATE INDEX IF NOT EXISTS reversals ON stored_events (originator_id, originator_version)
        WHERE topic = '{REVERSAL}'""",
    *(
        f"""CREATE TRIGGER IF NOT EXISTS {table}_refuse_{verb} BEFORE {verb} ON {table}
            BEGIN SELECT raise(ABORT, 'the journal is append-only'); END"""
        for table in ("stored_events", "entry_ids")
        for verb in ("update", "delete")
    ),
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {FORMAT}",
)
_KNOWN: Final = """SELECT originator_version, topic, entry_ids.id, state
    FROM json_each(?) AS asked
    CROSS JOIN entry_ids ON entry_ids.id = asked.value
    CROSS JOIN stored_events ON originator_id = 'book' AND originator_version = entry_ids.position"""
"""CROSS JOIN keeps SQLite to this order: from the ids asked, by index, to their entries."""

_LAST: Final = """SELECT (SELECT coalesce(max(originator_version), 0) FROM stored_events WHERE originator_id = 'book'),
    (SELECT coalesce(max(position), 0) FROM entry_ids)"""
"""One statement, so that both are read of one moment."""

_STATE: Final = "SELECT state FROM stored_events WHERE originator_id = 'book' AND originator_version = ?"

_SELECT: Final = """SELECT originator_version, topic, id, state
    FROM stored_events LEFT JOIN entry_ids ON position = originator_version WHERE originator_id = 'book' """


class BookRecorder(SQLiteAggregateRecorder):
    """The event store's recorder, with a unique id for each entry in the same transaction, and the triggers."""

    def construct_create_table_statements(self) -> list[str]:
        return [*super().construct_create_table_statements(), *_APPEND_ONLY]

    def insert(self, cursor: SQLiteCursor, events: Sequence[StoredEvent], ids: Sequence[EventId]) -> None:
        """Append events and their ids, in the caller's transaction."""
        self._insert_events(cursor, events, ids=ids)

    def _insert_events(self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **kwargs: object) -> None:
        super()._insert_events(c, stored_events)
        ids = cast("Sequence[EventId]", kwargs["ids"])
        positions = (event.originator_version for event in stored_events)
        c.executemany("INSERT INTO entry_ids (position, id) VALUES (?, ?)", list(zip(positions, ids, strict=True)))


class SqliteJournal:
    """A journal in one SQLite file. Reading never changes it; a writer waits `patience` seconds for the lock.

    It keeps its connections open until it is closed, and can be used again after that.
    """

    def __init__(self, path: Path, *, patience: int) -> None:
        self.name = path.name
        self.path = path.resolve()
        self._shown = path
        self._patience = patience
        self._readers = Kept(self.path, partial(reader_of, self.path))
        self._writers = Kept(self.path, partial(_Store.opened, self.path))

    @classmethod
    def open(cls, path: Path, *, patience: int) -> "SqliteJournal":
        """The journal of an existing book.

        Raises `BookMissing`, `NotABook` (another program's database, or no database at all) or `NewerJournal`.
        """
        with translated(path):
            if not path.exists():
                raise BookMissing(f"no book at {path}")
            if path.is_dir():
                raise NotABook(f"{path} is a directory, not a Recoup book")
            journal = cls(path, patience=patience)
            with closing(reader_of(journal.path)) as reader:
                _require_book(reader.connection, path)
        return journal

    @classmethod
    def create(cls, path: Path, *, patience: int) -> "SqliteJournal":
        """The journal of a book, made where there is none. What is already a book stays as it is.

        Raises `NotABook` or `NewerJournal` where the place is taken by something else.
        """
        with translated(path):
            if not path.exists():
                _make(path)
        return cls.open(path, patience=patience)

    def head(self) -> Head:
        with self._reading() as cursor:
            return _head(cursor)

    def stored(self, position: int) -> bytes | None:
        with self._reading() as cursor:
            return _stored(cursor, position)

    def read(self, after: int = 0, through: int | None = None) -> Iterator[Entry]:
        with self._reading() as cursor:
            yield from _entries(cursor, after, through)

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        with self._reading() as cursor:
            return _known(cursor, ids)

    def reversals(self, through: int | None = None) -> Iterator[Entry]:
        with self._reading() as cursor:
            yield from _reversals(cursor, through)

    @contextmanager
    def write(self) -> Iterator["SqliteWriter"]:
        with translated(self._shown), self._writers.lent() as store, closing(store.cursor()) as cursor:
            writer = SqliteWriter(store.recorder, SQLiteCursor(cursor), self._shown, self._patience)
            ended = store.rollback
            try:
                yield writer
                ended = store.rollback if writer.failed else store.commit
            finally:
                ended()

    def close(self) -> None:
        self._readers.close()
        self._writers.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Cursor]:
        """A cursor for one question. Closed at its end, it holds no moment of the book any longer."""
        with translated(self._shown), self._readers.lent() as reader, closing(reader.connection.cursor()) as cursor:
            yield cursor


class SqliteWriter:
    """A transaction of an SQLite journal, under the write lock from its first moment: the event store's own takes it
    only at its first write, which may be too late for what was read before.
    """

    def __init__(self, recorder: BookRecorder, cursor: SQLiteCursor, shown: Path, patience: int) -> None:
        self.failed = False
        self._recorder = recorder
        self._cursor = cursor
        self._shown = shown
        _begin(cursor, patience)
        self._head = _head(cursor.sqlite_cursor)

    def head(self) -> Head:
        return self._head

    def read(self, after: int, through: int | None = None) -> Iterator[Entry]:
        return _entries(self._cursor.sqlite_cursor.connection.cursor(), after, through)

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        return _known(self._cursor.sqlite_cursor.connection.cursor(), ids)

    def append(self, entries: Sequence[NewEntry]) -> None:
        if not entries:
            return
        if self.failed:
            raise JournalDamaged(f"{self._shown}: an append failed before, the transaction will record nothing")
        first = self._head.position + 1
        events = [
            StoredEvent(STREAM, position, entry.type, entry.state) for position, entry in enumerate(entries, first)
        ]
        self.failed = True
        with translated(self._shown):
            self._recorder.insert(self._cursor, events, [entry.id for entry in entries])
        self.failed = False
        last = (events[-1].originator_version, events[-1].topic, entries[-1].id, events[-1].state)
        self._head = head_of(next(opened([last])))


def _begin(cursor: SQLiteCursor, patience: int) -> None:
    """Take the write lock. SQLite waits for it in short turns, for it hears of no interrupt while it waits."""
    until = monotonic() + patience
    while True:
        try:
            cursor.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() >= until:
                raise
        else:
            return


def _make(path: Path) -> None:
    """Make an empty book beside the place where it belongs, and put it there whole.

    If another has put one there in the meantime, that one stays.
    """
    with TemporaryDirectory(prefix=".recoup-", dir=path.resolve().parent) as folder:
        whole = Path(folder) / "book"
        with closing(SQLiteDatastore(f"{whole.as_uri()}?mode=rwc", pool_size=1)) as store:
            BookRecorder(store, _EVENTS).create_table()
        try:
            os.link(whole, path)
        except FileExistsError:
            return
        except OSError:  # a file system without links: the next best, which is not proof against another who makes one
            whole.replace(path)


class _Store(NamedTuple):
    """A connection of the event store, for writing."""

    store: SQLiteDatastore
    recorder: BookRecorder
    connection: sqlite3.Connection

    @classmethod
    def opened(cls, path: Path) -> "_Store":
        """Open one, which waits for the disk at every commit."""
        store = SQLiteDatastore(f"{path.as_uri()}?mode=rw", pool_size=1, originator_id_type="text")
        cursor = store.pool.get_connection(is_writer=True).cursor().sqlite_cursor
        for statement in ("PRAGMA synchronous = FULL", "PRAGMA cache_size = -65536", "PRAGMA busy_timeout = 20"):
            cursor.execute(statement)
        return cls(store, BookRecorder(store, _EVENTS), cursor.connection)

    def cursor(self) -> sqlite3.Cursor:
        return self.connection.cursor()

    def commit(self) -> None:
        self.connection.commit()

    def rollback(self) -> None:
        self.connection.rollback()

    def is_reusable(self) -> bool:
        return not self.connection.in_transaction

    def close(self) -> None:
        self.store.close()


def _require_book(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a database that is not a book, or is one of a newer Recoup."""
    ((application,),) = connection.execute("PRAGMA application_id")
    ((version,),) = connection.execute("PRAGMA user_version")
    ((objects,),) = connection.execute("SELECT count(*) FROM sqlite_schema")
    if not objects:
        raise NotABook(f"{path} is empty, not a Recoup book; remove it first")
    if application != APPLICATION_ID:
        raise NotABook(f"{path} is a database of another program, not a Recoup book")
    if version > FORMAT:
        raise NewerJournal(f"{path} has journal format {version}; this Recoup knows formats up to {FORMAT}")


def _head(cursor: sqlite3.Cursor) -> Head:
    cursor.row_factory = None
    ((last, indexed),) = cursor.execute(_LAST)
    if indexed != last:
        raise JournalDamaged(f"the journal ends at entry {last}, its index of ids at {indexed}")
    return head_of(next(_entries(cursor, last - 1, last), None))


def _stored(cursor: sqlite3.Cursor, position: int) -> bytes | None:
    row = cursor.execute(_STATE, (position,)).fetchone()
    return row[0] if row is not None and isinstance(row[0], bytes) else None


def _known(cursor: sqlite3.Cursor, ids: Sequence[EventId]) -> dict[EventId, Entry]:
    cursor.row_factory = None
    return {entry.id: entry for entry in opened(cursor.execute(_KNOWN, (json.dumps(ids),)))}


def _entries(cursor: sqlite3.Cursor, after: int, through: int | None) -> Iterator[Entry]:
    until = 2**63 - 1 if through is None else through
    return _select(
        cursor, "AND originator_version > ? AND originator_version <= ? ORDER BY originator_version", (after, until)
    )


def _reversals(cursor: sqlite3.Cursor, through: int | None) -> Iterator[Entry]:
    until = 2**63 - 1 if through is None else through
    which = f"AND topic = '{REVERSAL}' AND originator_version <= ? ORDER BY originator_version"
    return _select(cursor, which, (until,))


def _select(cursor: sqlite3.Cursor, which: str, parameters: tuple[int, ...]) -> Iterator[Entry]:
    cursor.row_factory = None
    return opened(cursor.execute(_SELECT + which, parameters))
