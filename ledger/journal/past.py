"""The past of a journal, as the laws ask for it: events by id, and those after a position."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from ledger.events import AnyEvent
from ledger.journal.stored import Entry
from ledger.values import EventId


class _Entries(Protocol):
    """What a journal and a writer have in common."""

    def read(self, after: int) -> Iterator[Entry]:
        """The entries after a position."""

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        """The entries that have these ids."""


class JournalPast:
    """The entries of a journal, or of a transaction that sees its own."""

    def __init__(self, entries: _Entries) -> None:
        self._entries = entries

    def find(self, event_id: EventId) -> tuple[int, AnyEvent] | None:
        """The entry with an id, and its position."""
        found = self._entries.known([event_id]).get(event_id)
        return None if found is None else (found.position, found.event())

    def since(self, position: int) -> Iterator[tuple[int, AnyEvent]]:
        """The entries after a position."""
        return ((entry.position, entry.event()) for entry in self._entries.read(position))
