"""Connections that a journal keeps open between uses: to open one takes longer than most of what is asked of it."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar
from weakref import finalize

from eventsourcing.persistence import PersistenceError

from ledger.errors import JournalDamaged, JournalReadOnly, StorageFailed


class Connection(Protocol):
    """What can be kept."""

    def close(self) -> None:
        """Close it for good."""

    def is_reusable(self) -> bool:
        """Whether nothing is under way on it, and nothing has to be found out again at the next use."""


Kind = TypeVar("Kind", bound=Connection)
_Identity = tuple[int, int] | None
"""The device and number of a file, None where there is none: another file in its place has others."""

_FAILURES: Final = (sqlite3.Error, PersistenceError, JournalDamaged, JournalReadOnly, StorageFailed)
"""After any of these a connection is not trusted any more; what else ends a use is no fault of the connection's."""

_IDLE_MAX: Final = 4
"""As many are kept while nobody uses them."""

_INHERITED: Final[list[object]] = []
"""What another process opened and a fork left in this one. SQLite must not even be asked to close it."""


class Kept(Generic[Kind]):
    """Connections of one kind to one file, each lent to one thread at a time, and as many as are needed at once.

    One is opened anew where the name has come to mean another file, or where something failed on the last. A process
    that was forked off opens its own.
    """

    def __init__(self, path: Path, connect: Callable[[], Kind]) -> None:
        self._path = path
        self._connect = connect
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._idle: list[tuple[_Identity, Kind]] = []
        self._end = finalize(self, _close_all, self._process, self._idle)

    @contextmanager
    def lent(self) -> Iterator[Kind]:
        """A connection, for one use."""
        identity, connection = self._taken()
        failed = False
        try:
            yield connection
        except _FAILURES:
            failed = True
            raise
        finally:
            if failed or len(self._idle) >= _IDLE_MAX or not connection.is_reusable():
                connection.close()
            else:
                self._idle.append((identity, connection))

    def close(self) -> None:
        """Close those that nobody uses. The next use opens one again."""
        self._end()
        self._begin()

    def _taken(self) -> tuple[_Identity, Kind]:
        if self._process != os.getpid():
            self.close()
        identity = _identity(self._path)
        while self._idle:
            known, connection = self._idle.pop()
            if known == identity:
                return known, connection
            connection.close()
        return identity, self._connect()


def _identity(path: Path) -> _Identity:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _close_all(process: int, idle: list[tuple[_Identity, Kind]]) -> None:
    if process != os.getpid():
        _INHERITED.append(idle)
        return
    while idle:
        idle.pop()[1].close()
