"""The receipt of a command or fact: the entries it became, their postings, and what each source bore of a deficit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ledger.accounts import Charters, Posting, net
from ledger.events import (
    AnyEvent,
    BadDebtSocialized,
    DebtRedistributed,
    DeficitCovered,
    DeficitRecapitalized,
    FundDrawn,
    ReserveDrawn,
)
from ledger.notebook import table_of
from ledger.values import CaseId, EventId, PoolId

Bearer = Literal["fund", "reserve", "tranche", "lender", "investor", "borrower"]


class Recorded(NamedTuple):
    """One entry: its position in the journal, its event, and the lines it posted."""

    position: int
    event: AnyEvent
    postings: tuple[Posting, ...]


class Borne(NamedTuple):
    """What one source bore of a deficit, in the pool's asset. `paid` is what it cost a fund, in the fund's own."""

    pool: PoolId
    case: CaseId
    source: Bearer
    name: str
    amount: int
    paid: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a command or fact became.

    The same id gives the same receipt, however often it is asked for. `already` tells that it was recorded before, and
    `rehearsed` that nothing was recorded; neither is part of what a receipt says.
    """

    id: EventId
    entries: tuple[Recorded, ...]
    borne: tuple[Borne, ...]
    already: bool = field(default=False, compare=False)
    rehearsed: bool = field(default=False, compare=False)

    @property
    def events(self) -> tuple[AnyEvent, ...]:
        """The events of the entries."""
        return tuple(entry.event for entry in self.entries)

    def _repr_html_(self) -> str:
        """For a notebook: a row for each entry, with what it posts, and one for each source that bore something."""
        posted = [
            (
                f"{entry.position} {entry.event.type}",
                {account: sum_ for (account, _), sum_ in net(entry.postings).items()},
            )
            for entry in self.entries
        ]
        borne = [(f"borne by {part.source} {part.name}", part.amount) for part in self.borne]
        return table_of(f"{self.id}{', rehearsed' if self.rehearsed else ''}", [*posted, *borne])


def receipt(
    entries: Iterable[tuple[int, AnyEvent]], charters: Charters, *, already: bool = False, rehearsed: bool = False
) -> Receipt:
    """The receipt of the entries of one command, first its own. `charters` are those they were posted by."""
    recorded = tuple(Recorded(position, event, tuple(event.lines(charters))) for position, event in entries)
    borne = tuple(part for entry in recorded for part in borne_by(entry.event))
    return Receipt(recorded[0].event.id, recorded, borne, already, rehearsed)


def borne_by(event: AnyEvent) -> Iterator[Borne]:
    """What the sources that an event names bore by it."""
    match event:
        case FundDrawn():
            yield Borne(event.pool, event.case, "fund", event.fund, event.amount, event.price())
        case ReserveDrawn():
            yield Borne(event.pool, event.case, "reserve", event.pool, event.amount, event.amount)
        case BadDebtSocialized():
            yield Borne(event.pool, event.case, "tranche", event.tranche, event.amount, event.amount)
        case DeficitCovered():
            yield Borne(event.pool, event.case, "lender", event.lender, event.amount, event.amount)
        case DeficitRecapitalized():
            yield Borne(event.pool, event.case, "investor", event.investor, event.amount, event.amount)
        case DebtRedistributed():
            for part in event.parts:
                yield Borne(event.pool, event.case, "borrower", part.loan, part.principal, part.principal)
        case _:
            return
