"""Control: an earlier entry is undone, a period closed."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.envelope import Command
from ledger.errors import UnknownName
from ledger.events import AnyEvent, EntryReversed, PeriodClosed, PostedLine
from ledger.values import (
    BORDER,
    EventId,
    Instant,
    Named,
    Text,
    instant_key,
)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReverseEntry(Command):
    """An earlier entry is undone by its postings, negated: at its own time while that is open."""

    type: Literal["reverse-entry"] = "reverse-entry"
    of: Named[EventId]
    reason: Text

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        found = books.past.find(self.of)
        if found is None or found[0] > books.position:
            raise UnknownName(f"no entry {self.of} was recorded before")
        original = found[1]
        is_open = instant_key(original.at) > books.closed_through
        yield EntryReversed(
            at=original.at if is_open else self.at,
            occurred_at=None if is_open else original.at,
            of=self.of,
            reason=self.reason,
            postings=tuple(
                PostedLine(account=account, commodity=commodity, amount=-amount)
                for account, commodity, amount in original.lines(books.charters)
            ),
        )


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ClosePeriod(Command):
    """Nothing more is recorded with a time in the period."""

    type: Literal["close-period"] = "close-period"
    through: Instant

    def follows(self, books: Books) -> Iterator[AnyEvent]:  # noqa: ARG002  (a close needs no arithmetic)
        yield PeriodClosed(at=self.at, through=self.through)
