"""A journal in an SQLite file, on the event store's own recorder: WAL, `synchronous=FULL`, append-only by trigger."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal, cast

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteAggregateRecorder, SQLiteCursor, SQLiteDatastore

from ledger.errors import BookMissing, NewerJournal, NotABook
from ledger.journal.memory import STREAM
from ledger.journal.sqlite_errors import translated
from ledger.journal.stored import Entry, Head, NewEntry, head_of, opened
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

_SELECT: Final = """SELECT originator_version, topic, id, state
    FROM stored_events LEFT JOIN entry_ids ON position = originator_version WHERE originator_id = 'book' """


class BookRecorder(SQLiteAggregateRecorder):
    """The event store's recorder, with a unique id for each entry in the same transaction, and the triggers."""

    def construct_create_table_statements(self) -> list[str]:
        return [*super().construct_create_table_statements(), *_APPEND_ONLY]

    def create_tables(self, cursor: SQLiteCursor) -> None:
        """Create what is missing, in the caller's transaction."""
        self._create_table(cursor)

    def insert(self, cursor: SQLiteCursor, events: Sequence[StoredEvent], ids: Sequence[EventId]) -> None:
        """Append events and their ids, in the caller's transaction."""
        self._insert_events(cursor, events, ids=ids)

    def _insert_events(self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **kwargs: object) -> None:
        super()._insert_events(c, stored_events)
        ids = cast("Sequence[EventId]", kwargs["ids"])
        positions = (event.originator_version for event in stored_events)
        c.executemany("INSERT INTO entry_ids (position, id) VALUES (?, ?)", list(zip(positions, ids, strict=True)))


class SqliteJournal:
    """A journal in one SQLite file. Reading never changes it; a writer waits `patience` seconds for the lock."""

    def __init__(self, path: Path, *, patience: int) -> None:
        self.name = path.name
        self._path = path
        self._patience = patience

    @classmethod
    def open(cls, path: Path, *, patience: int) -> "SqliteJournal":
        """The journal of an existing book.

        Raises `BookMissing`, `NotABook` (another program's database, or no database at all) or `NewerJournal`.
        """
        if not path.exists():
            raise BookMissing(f"no book at {path}")
        with _reading(path) as connection:
            if _what(connection, path) == "blank":
                raise NotABook(f"{path} is an empty database, not a Recoup book")
        return cls(path, patience=patience)

    @classmethod
    def create(cls, path: Path, *, patience: int) -> "SqliteJournal":
        """The journal of a book, made where there is none. What is already a book stays as it is.

        Raises `NotABook` or `NewerJournal` where the place is taken by something else.
        """
        if path.exists():
            with _reading(path) as connection:
                if _what(connection, path) == "book":
                    return cls(path, patience=patience)
        journal = cls(path, patience=patience)
        with translated(path), closing(sqlite3.connect(path, timeout=patience)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        with journal._transaction() as (recorder, cursor):
            recorder.create_tables(cursor)
        return journal

    def head(self) -> Head:
        with _reading(self._path) as connection:
            return _head(connection.cursor())

    def read(self, after: int = 0, through: int | None = None) -> Iterator[Entry]:
        with _reading(self._path) as connection:
            yield from _entries(connection.cursor(), after, through)

    @contextmanager
    def write(self, *, keep: bool = True) -> Iterator["SqliteWriter"]:
        with self._transaction(keep=keep) as (recorder, cursor):
            yield SqliteWriter(recorder, cursor)

    @contextmanager
    def _transaction(self, *, keep: bool = True) -> Iterator[tuple[BookRecorder, SQLiteCursor]]:
        """A transaction under the write lock from its first moment; the event store's own would take it only later."""
        with (
            translated(self._path),
            closing(self._datastore()) as store,
            store.get_connection(commit=True) as connection,
        ):
            cursor = connection.cursor()
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute("PRAGMA cache_size = -32768")
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield BookRecorder(store, _EVENTS), cursor
                if keep:
                    connection.commit()
                else:
                    connection.rollback()
            except BaseException:
                connection.rollback()
                raise

    def _datastore(self) -> SQLiteDatastore:
        place = f"{self._path.absolute().as_uri()}?mode=rwc"
        return SQLiteDatastore(place, lock_timeout=self._patience, pool_size=1, originator_id_type="text")


class SqliteWriter:
    """A transaction of an SQLite journal, under the write lock."""

    def __init__(self, recorder: BookRecorder, cursor: SQLiteCursor) -> None:
        self._recorder = recorder
        self._cursor = cursor
        self._head = _head(cursor.sqlite_cursor)

    def head(self) -> Head:
        return self._head

    def read(self, after: int) -> Iterator[Entry]:
        return _entries(self._cursor.sqlite_cursor.connection.cursor(), after, None)

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        cursor = self._cursor.sqlite_cursor.connection.cursor()
        rows = cursor.execute(_KNOWN, (json.dumps(ids),))
        return {entry.id: entry for entry in opened(rows)}

    def append(self, entries: Sequence[NewEntry]) -> None:
        if not entries:
            return
        first = self._head.position + 1
        events = [
            StoredEvent(STREAM, position, entry.type, entry.state) for position, entry in enumerate(entries, first)
        ]
        self._recorder.insert(self._cursor, events, [entry.id for entry in entries])
        self._head = head_of(
            next(opened([(events[-1].originator_version, events[-1].topic, entries[-1].id, events[-1].state)]))
        )


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection. In a folder that cannot be written SQLite needs the promise that nobody writes there."""
    with translated(path):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30, isolation_level=None)
        try:
            connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            wal = path.with_name(path.name + "-wal")
            if error.sqlite_errorcode not in (sqlite3.SQLITE_READONLY_DIRECTORY, sqlite3.SQLITE_CANTOPEN) or (
                wal.exists() and wal.stat().st_size
            ):
                raise
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None
            )
        with closing(connection):
            yield connection


def _what(connection: sqlite3.Connection, path: Path) -> Literal["blank", "book"]:
    """Whether a database is a book or still nothing; anything else is refused."""
    application, version, objects = (
        connection.execute(query).fetchone()[0]
        for query in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_schema")
    )
    if application == 0 and objects == 0:
        return "blank"
    if application != APPLICATION_ID:
        raise NotABook(f"{path} is a database of another program, not a Recoup book")
    if version > FORMAT:
        raise NewerJournal(f"{path} has journal format {version}; this Recoup knows formats up to {FORMAT}")
    return "book"


def _head(cursor: sqlite3.Cursor) -> Head:
    return head_of(next(_select(cursor, "ORDER BY originator_version DESC LIMIT 1", ()), None))


def _entries(cursor: sqlite3.Cursor, after: int, through: int | None) -> Iterator[Entry]:
    until = 2**63 - 1 if through is None else through
    return _select(
        cursor, "AND originator_version > ? AND originator_version <= ? ORDER BY originator_version", (after, until)
    )


def _select(cursor: sqlite3.Cursor, which: str, parameters: tuple[int, ...]) -> Iterator[Entry]:
    cursor.row_factory = None
    return opened(cursor.execute(_SELECT + which, parameters))
