"""The database that the tables are in: an SQLite file beside the book, or whatever SQLAlchemy has a URL for.

One writes at a time, and readers see what was committed. What the database reports is told in the ledger's own errors.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from ledger.errors import AskedAmiss, JournalLocked, NotABook, StorageFailed
from projections.store.schema import METADATA, PROJECTIONS
from projections.store.views import create_views, drop_views

APPLICATION_ID: Final = 0x52637677
"""`Rcvw`, in the header of an SQLite file: what tells the tables of a book from another program's database."""

_KINDS: Final = ("sqlite", "postgresql")
_LOCK: Final = 0x52637677
"""The advisory lock that a writer takes in PostgreSQL."""


class Database:
    """A database of projections. A writer waits `patience` seconds for another one."""

    def __init__(self, url: str, *, patience: int) -> None:
        self.shown = _shown(url)
        self._patience = patience
        self._engine = _engine(url)

    @classmethod
    def beside(cls, book: Path, *, patience: int) -> "Database":
        """That of the book in a file: `<book>.views`, unless another one is named."""
        return cls(f"sqlite:///{path_beside(book)}", patience=patience)

    @property
    def dialect(self) -> str:
        """The kind of the database: `sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment. Raises `StorageFailed` where the database cannot be read."""
        with self._told(), self._engine.connect() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that nobody else writes beside: all of it is committed at its end, or nothing.

        Raises `JournalLocked` where another one writes for too long, `NotABook` where the database is not for this.
        """
        with self._told(), self._engine.connect() as connection:
            self._lock(connection)
            self._require_ours(connection)
            yield connection
            connection.commit()

    def make(self, connection: Connection) -> None:
        """Make the tables and views that are missing."""
        METADATA.create_all(connection)
        create_views(connection)
        if self.dialect == "sqlite":
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")

    def drop(self, connection: Connection) -> None:
        """Drop every table and view of ours."""
        drop_views(connection)
        METADATA.drop_all(connection)

    def close(self) -> None:
        """Let go of its connections."""
        self._engine.dispose()

    def _lock(self, connection: Connection) -> None:
        if self.dialect == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{max(self._patience, 1)}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            return
        until = monotonic() + self._patience
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as error:
                if "locked" not in str(error.orig) or monotonic() >= until:
                    raise
            else:
                return

    def _require_ours(self, connection: Connection) -> None:
        """Refuse a database in which others have tables called as ours are."""
        if self.dialect == "sqlite":
            ((application,),) = connection.exec_driver_sql("PRAGMA application_id")
            ((objects,),) = connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema")
            ours = application == APPLICATION_ID or not objects
        else:
            there = {*inspect(connection).get_table_names()}
            ours = PROJECTIONS.name in there or not there & METADATA.tables.keys()
        if not ours:
            raise NotABook(f"{self.shown} is a database of something else; projections are not put into it")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            told = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
            kind = JournalLocked if "lock" in told else NotABook if "not a database" in told else StorageFailed
            raise kind(f"{self.shown}: {told}") from error
        except SQLAlchemyError as error:
            raise StorageFailed(f"{self.shown}: {error}") from error


def path_beside(book: Path) -> Path:
    """Where the projections of a book in a file are, unless another place is named."""
    return book.with_name(f"{book.name}.views")


def _shown(url: str) -> str:
    """A URL without its password, or the path of a file."""
    try:
        made = make_url(url)
    except ArgumentError as error:
        raise AskedAmiss(f"{url!r} is no URL of a database: {error}") from None
    return str(made.database) if made.get_backend_name() == "sqlite" else made.render_as_string(hide_password=True)


def _engine(url: str) -> Engine:
    """What makes connections. Raises `AskedAmiss` for a URL that leads nowhere."""
    made = make_url(url)
    kind = made.get_backend_name()
    if kind not in _KINDS:
        raise AskedAmiss(f"projections are kept in SQLite and PostgreSQL, not in {kind}")
    if made.drivername == "postgresql":
        made = made.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(made, poolclass=NullPool)
    except ModuleNotFoundError as error:
        raise AskedAmiss(f"PostgreSQL needs {error.name}: pip install 'recoup[postgres]'") from None
    except NoSuchModuleError as error:
        raise AskedAmiss(f"{_shown(url)}: {error}") from None
    if kind == "sqlite":
        event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: object, _: object) -> None:
    """SQLite: transactions begin where we say so, and readers do not wait for a writer."""
    connection.isolation_level = None  # type: ignore[attr-defined]  # the driver's connection, which SQLAlchemy does not type
    cursor = connection.cursor()  # type: ignore[attr-defined]  # likewise
    for pragma in ("busy_timeout = 200", "journal_mode = WAL", "synchronous = NORMAL", "cache_size = -65536"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
