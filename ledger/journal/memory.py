"""A journal in memory, on the event store's own recorder of plain objects: for a what-if, a test, a notebook."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from threading import Lock

from eventsourcing.persistence import StoredEvent
from eventsourcing.popo import POPOAggregateRecorder

from ledger.errors import JournalDamaged, JournalLocked
from ledger.journal.stored import REVERSAL, STREAM, Entry, Head, NewEntry, head_of, opened
from ledger.values import EventId


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

    def stored(self, position: int) -> bytes | None:
        found = self._recorder.select_events(STREAM, gt=position - 1, lte=position)
        return found[0].state if found else None

    def reversals(self, through: int | None = None) -> Iterator[Entry]:
        return (entry for entry in self.read(through=through) if entry.type == REVERSAL)

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

    def close(self) -> None:
        """Nothing is kept open."""

    def _commit(self, pending: dict[EventId, StoredEvent]) -> None:
        """Ids first: a reader may be under way, and asks for the id of every event it sees."""
        self._positions.update({event_id: event.originator_version for event_id, event in pending.items()})
        self._ids.update({event.originator_version: event_id for event_id, event in pending.items()})
        self._recorder.insert_events(list(pending.values()))

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
        self.pending: dict[EventId, StoredEvent] = {}
        self._journal = journal
        self._head = journal.head()

    def head(self) -> Head:
        return self._head

    def read(self, after: int, through: int | None = None) -> Iterator[Entry]:
        yield from self._journal.read(after, through)
        before = self._head.position - len(self.pending)
        until = None if through is None else max(through - before, 0)
        yield from self._appended(islice(self.pending, max(after - before, 0), until))

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        appended = self._appended(event_id for event_id in ids if event_id in self.pending)
        return self._journal.known(ids) | {entry.id: entry for entry in appended}

    def append(self, entries: Sequence[NewEntry]) -> None:
        recorded = self._journal.known([entry.id for entry in entries])
        for position, entry in enumerate(entries, self._head.position + 1):
            if entry.id in recorded or entry.id in self.pending:
                raise JournalDamaged(f"id {entry.id} is recorded already")
            self.pending[entry.id] = StoredEvent(STREAM, position, entry.type, entry.state)
        if entries:
            self._head = head_of(next(self._appended([entries[-1].id])))

    def _appended(self, ids: Iterable[EventId]) -> Iterator[Entry]:
        events = ((event_id, self.pending[event_id]) for event_id in ids)
        return opened((event.originator_version, event.topic, event_id, event.state) for event_id, event in events)
