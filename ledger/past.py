"""The past of the books: the entries so far, for what a reversal or a source asks of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from ledger.values import EventId

if TYPE_CHECKING:
    from ledger.events.envelope import Event


class Past(Protocol):
    """The entries so far, for what a reversal or a source asks of them. Positions are those of the journal."""

    def find(self, event_id: EventId) -> tuple[int, "Event"] | None:
        """The entry with an id, and its position."""

    def since(self, position: int) -> Iterator[tuple[int, "Event"]]:
        """The entries after a position."""

    def back_from(self, position: int) -> Iterator[tuple[int, "Event"]]:
        """The entries up to a position, newest first."""


class NoPast:
    """Of a book that begins with its next entry."""

    def find(self, _: EventId) -> None:
        """Nothing is known by any id."""

    def since(self, _: int) -> Iterator[tuple[int, "Event"]]:
        """Nothing follows."""
        return iter(())

    def back_from(self, _: int) -> Iterator[tuple[int, "Event"]]:
        """Nothing went before."""
        return iter(())
