"""The SQLite file that the working papers are in: written by one at a time, read without a change to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.pool import NullPool

from ledger.errors import JournalDamaged, NewerJournal, NotABook
from ledger.journal.sqlite_reader import reader_of
from projections.reconciliation.workpapers.tables import APPEND_ONLY, APPLICATION_ID, FORMAT, METADATA
from projections.store.failures import OF_PAPERS, told
from projections.store.locking import begin_immediate


class PapersFile:
    """A file of working papers, there or not yet. A writer waits `patience` seconds for another one."""

    def __init__(self, path: Path, *, patience: int) -> None:
        self.path = path
        self._shown = str(path)
        self._patience = patience
        self._writer = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
        event.listen(self._writer, "connect", _prepare)
        self._reader = create_engine(
            "sqlite://", poolclass=NullPool, creator=lambda: reader_of(path.resolve()).connection
        )

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """A connection that sees one moment and writes nothing; None where there are no papers yet.

        Raises `NotABook`, `NewerJournal` and `StorageFailed` for what are no papers, or cannot be read.
        """
        if not self.path.exists():
            yield None
            return
        with told(self._shown, self._reader.dialect, OF_PAPERS), self._reader.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection if self._require_ours(connection) else None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that nobody else writes beside: all of it is committed at its end, or nothing.

        Raises `JournalLocked` where another one writes for too long, `NotABook` and `NewerJournal` for what are no
        papers, `JournalReadOnly` and `StorageFailed` where they cannot be written.
        """
        with told(self._shown, self._writer.dialect, OF_PAPERS), self._writer.connect() as connection:
            self._require_ours(connection)
            begin_immediate(connection, patience=self._patience)
            if not self._require_ours(connection):
                _make(connection)
            yield connection
            connection.commit()

    def _require_ours(self, connection: Connection) -> bool:
        """Whether the tables are there; nothing at all may be. Refuses everything else."""
        ((application,),) = connection.exec_driver_sql("PRAGMA application_id")
        ((form,),) = connection.exec_driver_sql("PRAGMA user_version")
        ((objects,),) = connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema")
        if not objects:
            return False
        if application != APPLICATION_ID:
            raise NotABook(f"{self._shown} is a database of something else; it holds no working papers")
        if form > FORMAT:
            raise NewerJournal(f"{self._shown} has form {form}, from a newer Recoup; this one knows form {FORMAT}")
        there = {name for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if lost := sorted(METADATA.tables.keys() - there):
            raise JournalDamaged(f"{self._shown} has lost what was in {', '.join(lost)}; bring back a copy of it")
        return True


def _make(connection: Connection) -> None:
    METADATA.create_all(connection)
    for statement in (*APPEND_ONLY, f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {FORMAT}"):
        connection.exec_driver_sql(statement)


def _prepare(connection: object, _: object) -> None:
    """SQLite: transactions begin where we say so, and what is committed is on the disk."""
    connection.isolation_level = None  # type: ignore[attr-defined]  # the driver's connection, which SQLAlchemy does not type
    cursor = connection.cursor()  # type: ignore[attr-defined]  # likewise
    for pragma in ("busy_timeout = 200", "synchronous = FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
