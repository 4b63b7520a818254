"""How an SQLite file is read without a change to it, also where nothing can be written."""

import sqlite3
from pathlib import Path
from typing import Final, NamedTuple

_NO_SIDE_FILES: Final = (sqlite3.SQLITE_READONLY_DIRECTORY, sqlite3.SQLITE_CANTOPEN)
"""How SQLite says that it cannot make the files that it shares with writers."""


class Reader(NamedTuple):
    """A read-only connection.

    In a folder that cannot be written SQLite needs the promise that nobody writes there: such a one is used once.
    """

    connection: sqlite3.Connection
    promised: bool

    def is_reusable(self) -> bool:
        return not self.promised

    def close(self) -> None:
        self.connection.close()


def reader_of(path: Path) -> Reader:
    """Open a connection to a file that is there."""
    try:
        return Reader(_tried(f"{path.as_uri()}?mode=ro"), promised=False)
    except sqlite3.OperationalError as error:
        log = path.with_name(f"{path.name}-wal")
        if error.sqlite_errorcode not in _NO_SIDE_FILES or (log.exists() and log.stat().st_size):
            raise
    return Reader(_tried(f"{path.as_uri()}?mode=ro&immutable=1"), promised=True)


def _tried(uri: str) -> sqlite3.Connection:
    """A connection that has read something, closed again where it cannot."""
    connection = sqlite3.connect(uri, uri=True, timeout=30, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection
