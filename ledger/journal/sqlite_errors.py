"""What SQLite and the event store report, told in the ledger's own errors, with the file's name."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from eventsourcing.persistence import PersistenceError

from ledger.errors import (
    JournalDamaged,
    JournalLocked,
    JournalReadOnly,
    LedgerError,
    NotABook,
    StorageFailed,
)

_MEANINGS: Final[dict[int, tuple[type[LedgerError], str]]] = {
    sqlite3.SQLITE_BUSY: (JournalLocked, "another writer holds the book; nothing was recorded, try again"),
    sqlite3.SQLITE_LOCKED: (JournalLocked, "another writer holds the book; nothing was recorded, try again"),
    sqlite3.SQLITE_READONLY: (JournalReadOnly, "the file or its folder is read-only"),
    sqlite3.SQLITE_PERM: (JournalReadOnly, "there is no permission to write it"),
    sqlite3.SQLITE_CANTOPEN: (JournalReadOnly, "it cannot be opened: no permission, or no such folder"),
    sqlite3.SQLITE_FULL: (StorageFailed, "the disk is full; nothing was recorded"),
    sqlite3.SQLITE_IOERR: (StorageFailed, "the disk is full or failing; nothing was recorded"),
    sqlite3.SQLITE_NOTADB: (NotABook, "not a database, so not a Recoup book"),
    sqlite3.SQLITE_CORRUPT: (JournalDamaged, "the file is damaged"),
    sqlite3.SQLITE_CONSTRAINT: (JournalDamaged, "the journal refused an entry"),
}
"""What a primary result code of SQLite means for a book."""


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn an error of the database into a `LedgerError` that names the file and what it means for it."""
    try:
        yield
    except sqlite3.Error as error:
        raise _ledger_error(error, path) from error
    except PersistenceError as error:
        cause = error.__cause__
        raise (
            _ledger_error(cause, path) if isinstance(cause, sqlite3.Error) else StorageFailed(f"{path}: {error}")
        ) from error


def _ledger_error(error: sqlite3.Error, path: Path) -> LedgerError:
    kind, meaning = _MEANINGS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, (StorageFailed, "the database reports"))
    return kind(f"{path}: {meaning} ({error})")
