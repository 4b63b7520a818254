"""A journal in memory, on the event store's own recorder of plain objects: for a what-if, a test, a notebook."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Final

from eventsourcing.persistence import StoredEvent
from eventsourcing.popo import POPOAggregateRecorder

from ledger.errors import JournalDamaged, JournalLocked
from ledger.journal.stored import Entry, Head, NewEntry, head_of, opened
from ledger.values import EventId

STREAM: Final = "book"
"""The one stream of a book: `originator_version` is the position."""


class MemoryJournal:
    """A journal that is gone with the process."""

    def __init__(self, name: str = "memory", *, patience: int = 5) -> None:
        self.name = name
        self._recorder = POPOAggregateRecorder()
        self._positions: dict[EventId, int] = {}
        self._ids: dict[int, EventId] = {}
        self._lock = Lock()
        self._patience = patience

    def head(self) -> Head:
        return head_of(next(self._entries(self._recorder.select_events(STREAM, desc=True, limit=1)), None))

    def read(self, after: int = 0, through: int | None = None) -> Iterator[Entry]:
        return self._entries(self._recorder.select_events(STREAM, gt=after, lte=through))

    @contextmanager
    def write(self) -> Iterator["MemoryWriter"]:
        if not self._lock.acquire(timeout=self._patience):
            raise JournalLocked(f"{self.name}: another writer holds the book; try again")
        try:
            writer = MemoryWriter(self)
            yield writer
            self._commit(writer.pending)
        finally:
            self._lock.release()

    def _commit(self, pending: list[tuple[EventId, StoredEvent]]) -> None:
        """Ids first: a reader may be under way, and asks for the id of every event it sees."""
        self._positions.update({event_id: event.originator_version for event_id, event in pending})
        self._ids.update({event.originator_version: event_id for event_id, event in pending})
        self._recorder.insert_events([event for _, event in pending])

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        positions = {event_id: self._positions[event_id] for event_id in ids if event_id in self._positions}
        return {event_id: next(self.read(position - 1, position)) for event_id, position in positions.items()}

    def _entries(self, events: Iterable[StoredEvent]) -> Iterator[Entry]:
        return opened(
            (event.originator_version, event.topic, self._ids[event.originator_version], event.state)
            for event in events
        )


class MemoryWriter:
    """What is appended waits here until the transaction ends well."""

    def __init__(self, journal: MemoryJournal) -> None:
        self.pending: list[tuple[EventId, StoredEvent]] = []
        self._journal = journal
        self._committed = journal.head()

    def head(self) -> Head:
        last = next(self._appended(self.pending[-1:]), None)
        return head_of(last) if last else self._committed

    def read(self, after: int) -> Iterator[Entry]:
        yield from self._journal.read(after)
        yield from (entry for entry in self._appended(self.pending) if entry.position > after)

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        asked = set(ids)
        appended = [pair for pair in self.pending if pair[0] in asked]
        return self._journal.known(ids) | {entry.id: entry for entry in self._appended(appended)}

    def append(self, entries: Sequence[NewEntry]) -> None:
        taken = set(self.known([entry.id for entry in entries]))
        for position, entry in enumerate(entries, self.head().position + 1):
            if entry.id in taken:
                raise JournalDamaged(f"id {entry.id} is recorded already")
            taken.add(entry.id)
            self.pending.append((entry.id, StoredEvent(STREAM, position, entry.type, entry.state)))

    @staticmethod
    def _appended(pending: Iterable[tuple[EventId, StoredEvent]]) -> Iterator[Entry]:
        return opened((event.originator_version, event.topic, event_id, event.state) for event_id, event in pending)
