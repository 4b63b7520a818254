"""What a database reports, told in the ledger's own errors: where it is, and what that means for the projections."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ledger.errors import JournalDamaged, JournalLocked, JournalReadOnly, LedgerError, NotABook, StorageFailed

Meanings = Mapping[int, tuple[type[LedgerError], str]]

_OF_SQLITE: Final[Meanings] = {
    sqlite3.SQLITE_BUSY: (JournalLocked, "another one is writing it; try again"),
    sqlite3.SQLITE_LOCKED: (JournalLocked, "another one is writing it; try again"),
    sqlite3.SQLITE_READONLY: (JournalReadOnly, "the file or its folder is read-only"),
    sqlite3.SQLITE_PERM: (JournalReadOnly, "there is no permission to write it"),
    sqlite3.SQLITE_CANTOPEN: (JournalReadOnly, "it cannot be opened: no permission, or no such folder"),
    sqlite3.SQLITE_FULL: (StorageFailed, "the disk is full, what was being written is not kept"),
    sqlite3.SQLITE_IOERR: (StorageFailed, "the disk is full or failing, what was being written is not kept"),
    sqlite3.SQLITE_NOTADB: (NotABook, "not a database, so no projections"),
    sqlite3.SQLITE_CORRUPT: (StorageFailed, "the file is damaged; delete it and refresh, it holds nothing of its own"),
}
"""What a primary result code of SQLite means."""

OF_PAPERS: Final[Meanings] = {
    **_OF_SQLITE,
    sqlite3.SQLITE_NOTADB: (NotABook, "not a database, so no working papers"),
    sqlite3.SQLITE_CORRUPT: (JournalDamaged, "the file is damaged; bring back a copy of it"),
}
"""The same of working papers, which nothing else holds."""

_OF_POSTGRESQL: Final[dict[str, tuple[type[LedgerError], str]]] = {
    "55P03": (JournalLocked, "another one is writing it; try again"),
    "40001": (JournalLocked, "another one is writing it; try again"),
    "40P01": (JournalLocked, "another one is writing it; try again"),
    "25006": (JournalReadOnly, "it is read-only"),
    "42501": (JournalReadOnly, "there is no permission"),
    "53100": (StorageFailed, "the disk is full, what was being written is not kept"),
}
"""What an SQLSTATE of PostgreSQL means."""


@contextmanager
def told(where: str, dialect: Dialect, of_sqlite: Meanings = _OF_SQLITE) -> Iterator[None]:
    """Turn an error of the database into a `LedgerError` that says where it is, be it SQLAlchemy's or its driver's."""
    try:
        yield
    except DBAPIError as error:
        raise _ledger_error(error.orig, where, of_sqlite) from error
    except dialect.loaded_dbapi.Error as error:
        raise _ledger_error(error, where, of_sqlite) from error
    except SQLAlchemyError as error:
        raise StorageFailed(f"{where}: {error}") from error


def is_busy(error: DBAPIError) -> bool:
    """Whether SQLite reports that another one writes."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _ledger_error(error: BaseException | None, where: str, of_sqlite: Meanings) -> LedgerError:
    said = (str(error).strip() or type(error).__name__).splitlines()[0]
    code, state = getattr(error, "sqlite_errorcode", 0) & 0xFF, getattr(error, "sqlstate", None) or ""
    meant = of_sqlite.get(code) or _OF_POSTGRESQL.get(state)
    return StorageFailed(f"{where}: {said}") if meant is None else meant[0](f"{where}: {meant[1]} ({said})")
