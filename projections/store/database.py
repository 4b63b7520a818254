"""The database that the tables are in: an SQLite file beside the book, or one of PostgreSQL.

One writes at a time, and readers see what was committed. A reader changes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from ledger.errors import AskedAmiss, NotABook
from ledger.journal.sqlite_reader import reader_of
from projections.store.failures import told
from projections.store.locking import begin_immediate
from projections.store.schema import METADATA, PROJECTIONS
from projections.store.views import NAMES as VIEWS
from projections.store.views import create_views, drop_views

APPLICATION_ID: Final = 0x52637677
"""`Rcvw`, in the header of an SQLite file: what tells the tables of a book from another program's database."""

_SQLITE: Final = "sqlite"
_POSTGRESQL: Final = "postgresql"
_LOCK: Final = 0x52637677
"""The advisory lock that a writer takes in PostgreSQL."""

_MARKS: Final = frozenset({"name", "book", "entry_sha256", "code"})
"""Columns by which the table of cursors is known for ours."""


class Database:
    """A database of projections. A writer waits `patience` seconds for another one.

    Raises `AskedAmiss` for a URL that leads nowhere.
    """

    def __init__(self, url: str | URL, *, patience: int) -> None:
        made = _url(url)
        self.dialect = made.get_backend_name()
        self._file = _file(made) if self.dialect == _SQLITE else None
        self.shown = str(self._file) if self._file else made.set(query={}).render_as_string(hide_password=True)
        self._patience = patience
        self._engine = _engine(made, self.shown)
        self._reader = self._engine if self._file is None else _reader(self._file)

    @classmethod
    def beside(cls, book: Path, *, patience: int) -> "Database":
        """That of the book in a file: `<book>.views`, unless another one is named."""
        return cls.in_file(path_beside(book), patience=patience)

    @classmethod
    def in_file(cls, path: Path, *, patience: int) -> "Database":
        """That in an SQLite file, whatever its name."""
        return cls(URL.create(_SQLITE, database=str(path)), patience=patience)

    def is_there(self) -> bool:
        """Whether there is anything to read: a file where it is one."""
        return self._file is None or self._file.exists()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment, and writes nothing.

        Raises `StorageFailed` where the database cannot be read.
        """
        with told(self.shown, self._reader.dialect), self._reader.connect() as connection:
            if self.dialect == _SQLITE:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that nobody else writes beside: all of it is committed at its end, or nothing.

        Raises `JournalLocked` where another one writes for too long, `NotABook` where the database is not for this,
        `JournalReadOnly` and `StorageFailed` where it cannot be written.
        """
        with told(self.shown, self._engine.dialect), self._engine.connect() as connection:
            self._require_ours(connection)
            self._lock(connection)
            yield connection
            connection.commit()

    def is_whole(self, connection: Connection) -> bool:
        """Whether every table and view of ours is there."""
        return {*METADATA.tables, *VIEWS} <= _there(connection)

    def make(self, connection: Connection) -> None:
        """Make the tables and views anew, in the place of those that are there."""
        drop_views(connection)
        METADATA.drop_all(connection)
        METADATA.create_all(connection)
        create_views(connection)
        if self.dialect == _SQLITE:
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")

    def _lock(self, connection: Connection) -> None:
        if self.dialect == _POSTGRESQL:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{max(self._patience, 1)}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            return
        begin_immediate(connection, patience=self._patience)

    def _require_ours(self, connection: Connection) -> None:
        """Refuse a database in which something else is, or others have what is called as ours is."""
        if self.dialect == _SQLITE:
            ((application,),) = connection.exec_driver_sql("PRAGMA application_id")
            ((objects,),) = connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema")
            ours = application == APPLICATION_ID or not objects
        else:
            there = _there(connection)
            ours = not there & {*METADATA.tables, *VIEWS} or (PROJECTIONS.name in there and _marked(connection))
        if not ours:
            raise NotABook(f"{self.shown} is a database of something else; projections are not put into it")


def path_beside(book: Path) -> Path:
    """Where the projections of a book in a file are, unless another place is named."""
    return book.with_name(f"{book.name}.views")


def _there(connection: Connection) -> set[str]:
    """The names of the tables and views of a database."""
    inspector = inspect(connection)
    return {*inspector.get_table_names(), *inspector.get_view_names()}


def _marked(connection: Connection) -> bool:
    """Whether the table of cursors is ours."""
    return {column["name"] for column in inspect(connection).get_columns(PROJECTIONS.name)} >= _MARKS


def _url(text: str | URL) -> URL:
    """A URL, which may hold a password and is not shown where it cannot be read."""
    try:
        made = make_url(text)
        kind = made.get_backend_name()
    except (ArgumentError, ValueError):
        raise AskedAmiss("the database of the projections is named by no URL that can be read") from None
    if kind not in (_SQLITE, _POSTGRESQL):
        raise AskedAmiss(f"projections are kept in SQLite and PostgreSQL, not in {kind}")
    return made.set(drivername="postgresql+psycopg") if made.drivername == _POSTGRESQL else made


def _file(made: URL) -> Path:
    if not made.database or made.database == ":memory:" or made.query:
        raise AskedAmiss(f"{made.render_as_string()} names no file; one is named as sqlite:///PATH")
    return Path(made.database)


def _engine(made: URL, shown: str) -> Engine:
    """What makes connections. In PostgreSQL a writer is to see what was committed before it had the lock."""
    isolation = {} if made.get_backend_name() == _SQLITE else {"isolation_level": "READ COMMITTED"}
    try:
        engine = create_engine(made, poolclass=NullPool, **isolation)
    except ModuleNotFoundError as error:
        raise AskedAmiss(f"PostgreSQL needs {error.name}: pip install 'recoup[postgres]'") from None
    except NoSuchModuleError as error:
        raise AskedAmiss(f"{shown}: {error}") from None
    if made.get_backend_name() == _SQLITE:
        event.listen(engine, "connect", _prepare)
    return engine


def _reader(file: Path) -> Engine:
    """What makes connections that change no file, also where none can be written."""
    return create_engine("sqlite://", poolclass=NullPool, creator=lambda: reader_of(file.resolve()).connection)


def _prepare(connection: object, _: object) -> None:
    """SQLite: transactions begin where we say so."""
    connection.isolation_level = None  # type: ignore[attr-defined]  # the driver's connection, which SQLAlchemy does not type
    cursor = connection.cursor()  # type: ignore[attr-defined]  # likewise
    for pragma in ("busy_timeout = 200", "page_size = 16384", "synchronous = NORMAL", "cache_size = -16384"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
