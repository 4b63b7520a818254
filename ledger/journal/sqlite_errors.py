"""What SQLite and the event store report, told in the ledger's own errors, with the file's name."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from eventsourcing.persistence import PersistenceError

from ledger.errors import (
    BookMissing,
    JournalDamaged,
    JournalLocked,
    JournalReadOnly,
    LedgerError,
    NotABook,
    StorageFailed,
)

_MEANINGS: Final[dict[int, tuple[type[LedgerError], str]]] = {
    sqlite3.SQLITE_BUSY: (JournalLocked, "another writer holds the book; try again"),
    sqlite3.SQLITE_LOCKED: (JournalLocked, "another writer holds the book; try again"),
    sqlite3.SQLITE_READONLY: (JournalReadOnly, "the file or its folder is read-only"),
    sqlite3.SQLITE_PERM: (JournalReadOnly, "there is no permission to write it"),
    sqlite3.SQLITE_CANTOPEN: (JournalReadOnly, "it cannot be opened: no permission, or no such folder"),
    sqlite3.SQLITE_FULL: (StorageFailed, "the disk is full, what was being written is not recorded"),
    sqlite3.SQLITE_IOERR: (StorageFailed, "the disk is full or failing, what was being written is not recorded"),
    sqlite3.SQLITE_NOTADB: (NotABook, "not a database, so not a Recoup book"),
    sqlite3.SQLITE_ERROR: (JournalDamaged, "the database is not as a book is"),
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
        raise _ledger_error(error.__cause__ or error, path) from error
    except UnicodeDecodeError as error:
        raise JournalDamaged(f"{path}: the database holds text that is not text ({error})") from error
    except FileNotFoundError as error:
        raise BookMissing(f"no book at {path}: no such folder") from error
    except PermissionError as error:
        raise JournalReadOnly(f"{path}: there is no permission ({error.strerror})") from error
    except OSError as error:
        raise StorageFailed(f"{path}: {error.strerror}") from error


def _ledger_error(error: BaseException, path: Path) -> LedgerError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    kind, meaning = _MEANINGS.get(code & 0xFF, (StorageFailed, "the database reports"))
    return kind(f"{path}: {meaning} ({error})")
