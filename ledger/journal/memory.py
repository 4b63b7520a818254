"""A journal in memory, on the event store's own recorder of plain objects: for a what-if, a test, a notebook."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Final

from eventsourcing.persistence import StoredEvent
from eventsourcing.popo import POPOAggregateRecorder

from ledger.errors import JournalDamaged
from ledger.journal.stored import Entry, Head, NewEntry, head_of, opened
from ledger.values import EventId

STREAM: Final = "book"
"""The one stream of a book: `originator_version` is the position."""

PAGE: Final = 5_000


class MemoryJournal:
    """A journal that is gone with the process."""

    def __init__(self, name: str = "memory") -> None:
        self.name = name
        self._recorder = POPOAggregateRecorder()
        self._ids: dict[EventId, int] = {}
        self._id_at: dict[int, EventId] = {}
        self._lock = RLock()

    def head(self) -> Head:
        return head_of(next(self._entries(self._recorder.select_events(STREAM, desc=True, limit=1)), None))

    def read(self, after: int = 0, through: int | None = None) -> Iterator[Entry]:
        while page := self._recorder.select_events(STREAM, gt=after, lte=through, limit=PAGE):
            yield from self._entries(page)
            after = page[-1].originator_version

    @contextmanager
    def write(self, *, keep: bool = True) -> Iterator["MemoryWriter"]:
        with self._lock:
            writer = MemoryWriter(self)
            yield writer
            if keep:
                self._recorder.insert_events([event for _, event in writer.pending])
                self._ids.update({event_id: event.originator_version for event_id, event in writer.pending})
                self._id_at.update({event.originator_version: event_id for event_id, event in writer.pending})

    def known(self, ids: Iterable[EventId]) -> dict[EventId, Entry]:
        """The entries that have these ids."""
        positions = {event_id: self._ids[event_id] for event_id in ids if event_id in self._ids}
        return {event_id: next(self.read(position - 1, position)) for event_id, position in positions.items()}

    def _entries(self, events: Iterable[StoredEvent]) -> Iterator[Entry]:
        return opened(
            (event.originator_version, event.topic, self._id_at[event.originator_version], event.state)
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
        known = self.known([entry.id for entry in entries])
        for position, entry in enumerate(entries, self.head().position + 1):
            if entry.id in known:
                raise JournalDamaged(f"id {entry.id} is recorded already, at position {known[entry.id].position}")
            self.pending.append((entry.id, StoredEvent(STREAM, position, entry.type, entry.state)))

    @staticmethod
    def _appended(pending: Iterable[tuple[EventId, StoredEvent]]) -> Iterator[Entry]:
        return opened((event.originator_version, event.topic, event_id, event.state) for event_id, event in pending)
