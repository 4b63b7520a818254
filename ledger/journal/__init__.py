"""The journal: the ordered, gapless list of entries, behind one small interface, in memory or in an SQLite file.

Nothing outside this folder knows the event store.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from ledger.journal.stored import Entry, Head, NewEntry, envelope
from ledger.values import EventId

__all__ = ["Entry", "Head", "Journal", "NewEntry", "Writer", "envelope"]


class Writer(Protocol):
    """A transaction that holds the write lock: all that is appended is committed together at its end, or nothing is."""

    def head(self) -> Head:
        """The end of the journal, with what this transaction appended."""

    def read(self, after: int, through: int | None = None) -> Iterator[Entry]:
        """The entries after a position, through another, as this transaction sees them."""

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        """The entries that have these ids."""

    def append(self, entries: Sequence[NewEntry]) -> None:
        """Append entries at the next positions. Raises `JournalDamaged` where an id is taken, `StorageFailed` where
        the store cannot take them; the transaction then records nothing.
        """


class Journal(Protocol):
    """A journal of one book. Positions are 1, 2, 3 …; an entry is never changed or removed."""

    name: str

    def head(self) -> Head:
        """The end of the journal."""

    def stored(self, position: int) -> bytes | None:
        """The bytes that are stored of the entry at a position, None where there is none."""

    def read(self, after: int = 0, through: int | None = None) -> Iterator[Entry]:
        """The entries after a position, through another, in order and in bounded memory."""

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        """The entries that have these ids."""

    def reversals(self, through: int | None = None) -> Iterator[Entry]:
        """The entries that reverse others, in order, without reading the rest."""

    def write(self) -> AbstractContextManager[Writer]:
        """Take the write lock and begin. Raises `JournalLocked` where another writer keeps it too long."""

    def close(self) -> None:
        """Let go of what is kept open between uses. What is asked afterwards opens it again."""
