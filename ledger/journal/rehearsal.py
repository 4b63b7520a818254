"""A rehearsal: a writer that appends to nothing. It needs neither the write lock nor a book that can be written."""

from collections.abc import Iterator, Sequence
from itertools import islice

from ledger.journal import Entry, Head, Journal, NewEntry
from ledger.journal.stored import opened
from ledger.values import EventId


class Rehearsal:
    """Decides as a transaction would, on a journal that it only reads."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._head = journal.head()
        self._appended: dict[EventId, Entry] = {}

    def head(self) -> Head:
        """The end of the journal, with what would have been appended."""
        return self._head

    def read(self, after: int, through: int | None = None) -> Iterator[Entry]:
        """The entries that are really there, and those that would have followed."""
        yield from self._journal.read(after, through)
        before = self._head.position - len(self._appended)
        until = None if through is None else max(through - before, 0)
        yield from islice(self._appended.values(), max(after - before, 0), until)

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        """The entries that have these ids, or would have them."""
        appended = {event_id: self._appended[event_id] for event_id in ids if event_id in self._appended}
        return self._journal.known(ids) | appended

    def append(self, entries: Sequence[NewEntry]) -> None:
        """Remember what would be appended."""
        first = self._head.position + 1
        rows = ((position, entry.type, entry.id, entry.state) for position, entry in enumerate(entries, first))
        for entry in opened(rows):
            self._appended[entry.id] = entry
            self._head = Head(entry.position, entry.recorded_at)
