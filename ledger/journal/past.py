"""The past of a journal, as the laws and the sources ask for it: events by id, after a position, and back from one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from ledger.events import AnyEvent
from ledger.journal.stored import Entry
from ledger.values import EventId

_FIRST_BLOCK: Final = 8
_BLOCK: Final = 512
"""Entries that are read at once on the way back: few at first, for mostly the newest is enough."""


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
        through, size = position, _FIRST_BLOCK
        while through > 0:
            block = list(self._entries.read(max(through - size, 0), through))
            yield from ((entry.position, entry.event()) for entry in reversed(block))
            through, size = through - size, min(2 * size, _BLOCK)
