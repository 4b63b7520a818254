"""A rehearsal: a journal that keeps what is appended to it only in memory, behind the entries of another.

It needs neither the write lock nor a book that can be written. It stays on the entries that were there when it began,
whatever is recorded meanwhile.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Self

from ledger.errors import JournalDamaged
from ledger.journal import Entry, Head, Journal, NewEntry
from ledger.journal.stored import REVERSAL, opened
from ledger.values import EventId


class Rehearsal:
    """Decides as a transaction would, on a journal that it only reads; afterwards it reads as a journal of both."""

    def __init__(self, journal: Journal) -> None:
        self.name = journal.name
        self._journal = journal
        self._head = journal.head()
        self.began_at = self._head.position
        self._appended: dict[EventId, Entry] = {}
        self._states: list[bytes] = []

    def head(self) -> Head:
        """The end of the journal, with what would have been appended."""
        return self._head

    def stored(self, position: int) -> bytes | None:
        """The bytes of the entry at a position, or those that would be stored there."""
        if position <= self.began_at:
            return self._journal.stored(position)
        return self._states[position - self.began_at - 1] if position <= self._head.position else None

    def read(self, after: int = 0, through: int | None = None) -> Iterator[Entry]:
        """The entries that are really there, and those that would have followed."""
        there = self.began_at if through is None else min(through, self.began_at)
        if after < there:
            yield from self._journal.read(after, there)
        until = None if through is None else max(through - self.began_at, 0)
        yield from islice(self._appended.values(), max(after - self.began_at, 0), until)

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        """The entries that have these ids, or would have them."""
        there = self._journal.known(ids).items()
        found = {event_id: entry for event_id, entry in there if entry.position <= self.began_at}
        return found | {event_id: self._appended[event_id] for event_id in ids if event_id in self._appended}

    def reversals(self, through: int | None = None) -> Iterator[Entry]:
        """The entries that reverse others, those that would be recorded among them."""
        there = self.began_at if through is None else min(through, self.began_at)
        yield from self._journal.reversals(there)
        yield from (entry for entry in self.read(self.began_at, through) if entry.type == REVERSAL)

    @contextmanager
    def write(self) -> Iterator[Self]:
        """A transaction on the rehearsal: all that is appended stays, or nothing of it where it fails."""
        head, count = self._head, len(self._states)
        try:
            yield self
        except BaseException:
            self._head = head
            self._appended = dict(islice(self._appended.items(), count))
            del self._states[count:]
            raise

    def append(self, entries: Sequence[NewEntry]) -> None:
        """Remember what would be appended. Raises `JournalDamaged` where an id is taken."""
        for taken in self.known([entry.id for entry in entries]):
            raise JournalDamaged(f"id {taken} is recorded already")
        first = self._head.position + 1
        rows = ((position, entry.type, entry.id, entry.state) for position, entry in enumerate(entries, first))
        for entry in opened(rows):
            self._appended[entry.id] = entry
            self._head = Head(entry.position, entry.recorded_at)
        self._states += [entry.state for entry in entries]

    def close(self) -> None:
        """Let go of what the journal beneath keeps open."""
        self._journal.close()
