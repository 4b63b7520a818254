"""The past of a journal, as the laws and the sources ask for it: events by id, after a position, and back from one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ledger.events import AnyEvent
from ledger.journal.stored import Entry
from ledger.values import EventId


class _Entries(Protocol):
    """What a journal and a writer have in common."""

    def read(self, after: int, through: int | None = None) -> Iterator[Entry]:
        """The entries after a position, through another."""

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        """The entries that have these ids."""


class JournalPast:
    """The entries of a journal, or of a transaction that sees its own.

    `settle` is called before every question: it hands over what is admitted but not in the journal yet.
    """

    def __init__(self, entries: _Entries, settle: Callable[[], None] = lambda: None) -> None:
        self._entries = entries
        self._settle = settle

    def find(self, event_id: EventId) -> tuple[int, AnyEvent] | None:
        """The entry with an id, and its position."""
        self._settle()
        found = self._entries.known([event_id]).get(event_id)
        return None if found is None else (found.position, found.event())

    def since(self, position: int) -> Iterator[tuple[int, AnyEvent]]:
        """The entries after a position."""
        self._settle()
        return ((entry.position, entry.event()) for entry in self._entries.read(position))

    def back_from(self, position: int) -> Iterator[tuple[int, AnyEvent]]:
        """The entries up to a position, newest first."""
        self._settle()
        for wanted in range(position, 0, -1):
            yield from ((entry.position, entry.event()) for entry in self._entries.read(wanted - 1, wanted))
