"""Shortfall: recognized and borne along the waterfall, covered later, and the case closed."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.envelope import Command, PoolAmount
from ledger.events import AnyEvent
from ledger.values import (
    BORDER,
    LENDERS,
    Amount,
    CaseId,
    FundId,
    Named,
    PoolId,
    Scale,
    Text,
    TrancheId,
)


@dataclass(frozen=True, config=BORDER)
class FundPrice:
    """What a base unit of a fund's asset is worth in base units of the pool's, times 10^scale."""

    fund: Named[FundId]
    price: Amount
    scale: Scale


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ResolveShortfall(Command):
    """What is left in default is recognized, and the waterfall walked: one fact for each layer that bears something."""

    type: Literal["resolve-shortfall"] = "resolve-shortfall"
    pool: Named[PoolId]
    case: Named[CaseId]
    prices: tuple[FundPrice, ...] = ()

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, config=BORDER)
class CoverDeficit(Command):
    """An open deficit is covered: by a fund, the reserve, a lender whose shares are burnt, or an investor.

    Without `case` it is split over the open cases of the pool, oldest first.
    """

    type: Literal["cover-deficit"] = "cover-deficit"
    pool: Named[PoolId]
    case: Named[CaseId] | None = None
    amount: PoolAmount
    source: Literal["fund", "reserve", "lender", "investor"]
    name: Named[str] | None = None
    tranche: Named[TrancheId] = LENDERS
    prices: tuple[FundPrice, ...] = ()

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, config=BORDER)
class CloseCase(Command):
    """A case ends. Its outcome, unless said, is what became of it: `repaid`, `cured`, `residual` or `borne`."""

    type: Literal["close-case"] = "close-case"
    pool: Named[PoolId]
    case: Named[CaseId]
    outcome: Text | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError
