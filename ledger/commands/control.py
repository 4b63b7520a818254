"""Control: an earlier entry is undone, a period closed."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.envelope import Command
from ledger.events import AnyEvent
from ledger.values import (
    BORDER,
    EventId,
    Instant,
    Named,
    Text,
)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReverseEntry(Command):
    """An earlier entry is undone by its postings, negated: at its own time while that is open."""

    type: Literal["reverse-entry"] = "reverse-entry"
    of: Named[EventId]
    reason: Text

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ClosePeriod(Command):
    """Nothing more is recorded with a time in the period."""

    type: Literal["close-period"] = "close-period"
    through: Instant

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError
