"""Shortfall: recognized and borne along the waterfall, covered later, and the case closed."""

from collections.abc import Iterator
from typing import Literal, assert_never

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.cases import Case
from ledger.commands.envelope import Command, PoolAmount
from ledger.commands.exposure import debt_shares_off, to_recognize
from ledger.commands.lending import burnt
from ledger.commands.walk import FundPrice, price_of, resolution
from ledger.errors import CommandRefused
from ledger.events import (
    AnyEvent,
    CaseClosed,
    DeficitCovered,
    DeficitRecapitalized,
    FundDrawn,
    InterestAllocated,
    ReserveDrawn,
    ShortfallRecognized,
)
from ledger.shares import price as price_per_share
from ledger.values import BORDER, LENDERS, CaseId, FundId, Named, PartyId, PoolId, Text, TrancheId

__all__ = ["CloseCase", "CoverDeficit", "FundPrice", "ResolveShortfall"]


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ResolveShortfall(Command):
    """What is left in default is recognized, and the waterfall walked: one fact for each layer that bears something."""

    type: Literal["resolve-shortfall"] = "resolve-shortfall"
    pool: Named[PoolId]
    case: Named[CaseId]
    prices: tuple[FundPrice, ...] = ()

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        case = books.require_open_case(self.pool, self.case)
        in_default = books.loans[self.pool][case.loan].case == self.case
        recognition = tuple(self._recognition(books)) if in_default else ()
        recognized = sum(
            fact.principal + fact.interest for fact in recognition if isinstance(fact, ShortfallRecognized)
        )
        if not recognition and not books.deficit(self.pool, self.case):
            raise CommandRefused(f"nothing is in default under case {self.case}, and no deficit of it is open")
        steps = tuple(resolution(books, self.pool, self.case, self.at, self.prices, recognized=recognized))
        if not recognition and not steps:
            raise CommandRefused(f"nothing is in default under case {self.case}, and no layer can bear its deficit")
        yield from (*recognition, *steps)

    def _recognition(self, books: Books) -> Iterator[InterestAllocated | ShortfallRecognized]:
        """What is left in default becomes a deficit; nothing where nothing is left."""
        facts, left = to_recognize(books, self.at, self.pool, self.case)
        debt_shares = debt_shares_off(books, self.pool, left, left.total)
        if not (facts or left.total or debt_shares):
            return
        yield from facts
        yield ShortfallRecognized(
            at=self.at,
            pool=self.pool,
            loan=books.cases[self.case].loan,
            case=self.case,
            principal=left.principal,
            interest=left.interest,
            debt_shares=debt_shares,
        )


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

    def __post_init__(self) -> None:
        """The reserve is the pool's own; every other source has a name."""
        if (self.name is None) != (self.source == "reserve"):
            raise ValueError("name says which fund, lender or investor covers the deficit; the reserve has none")

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        parts = [(self.case, self.amount)] if self.case is not None else list(self._split(books))
        match self.source:
            case "fund":
                yield from self._drawn(books, parts)
            case "reserve":
                for name, amount in parts:
                    yield ReserveDrawn(at=self.at, pool=self.pool, case=name, amount=amount)
            case "lender":
                yield from self._burnt(books, parts)
            case "investor":
                for name, amount in parts:
                    yield DeficitRecapitalized(
                        at=self.at, pool=self.pool, case=name, investor=PartyId(self._named), amount=amount
                    )
            case _ as unreachable:
                assert_never(unreachable)

    @property
    def _named(self) -> str:
        """Who covers it, of every source but the reserve."""
        return self.name or ""

    def _split(self, books: Books) -> Iterator[tuple[CaseId, int]]:
        """What of the amount each open deficit of the pool takes, that first recognized first."""
        deficits = (
            (case.terms_fixed_at, name, books.deficit(self.pool, name))
            for name, case in books.cases.items()
            if case.pool == self.pool
        )
        left = self.amount
        for _, name, deficit in sorted(part for part in deficits if part[2]):
            if left:
                yield name, min(left, deficit)
                left -= min(left, deficit)
        if not self.amount:
            raise CommandRefused(f"0 covers no deficit of pool {self.pool}: name a case")
        if left:
            raise CommandRefused(f"pool {self.pool} has open deficits of {self.amount - left}, not of {self.amount}")

    def _drawn(self, books: Books, parts: list[tuple[CaseId, int]]) -> Iterator[AnyEvent]:
        """A fund pays, in its own asset."""
        fund = FundId(self._named)
        price = price_of(books, self.pool, fund, self.prices)
        for name, amount in parts:
            paid = None if price is None else price.cost(amount)
            yield FundDrawn(at=self.at, fund=fund, pool=self.pool, case=name, amount=amount, paid=paid)

    def _burnt(self, books: Books, parts: list[tuple[CaseId, int]]) -> Iterator[AnyEvent]:
        """A lender pays with its claims, for shares rounded up, each time at the price that the time before left."""
        charter, _ = books.tranche(self.pool, self.tranche)
        claims, issued = books.claims(self.pool, self.tranche), books.issued(self.pool, self.tranche)
        for name, amount in parts:
            at_price = price_per_share(claims, issued, charter)
            shares = burnt(at_price, amount, f"tranche {self.tranche} of pool {self.pool}")
            yield DeficitCovered(
                at=self.at,
                pool=self.pool,
                case=name,
                lender=PartyId(self._named),
                amount=amount,
                shares=shares,
                tranche=self.tranche,
            )
            claims, issued = claims - amount, issued - shares


@dataclass(frozen=True, kw_only=True, config=BORDER)
class CloseCase(Command):
    """A case ends. Its outcome, unless said, is what became of it: `repaid`, `cured`, `residual` or `borne`."""

    type: Literal["close-case"] = "close-case"
    pool: Named[PoolId]
    case: Named[CaseId]
    outcome: Text | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        case = books.case(self.pool, self.case)
        outcome = self.outcome or _outcome(case)
        yield CaseClosed(at=self.at, pool=self.pool, loan=case.loan, case=self.case, outcome=outcome)


def _outcome(case: Case) -> str:
    """What became of a case: a loss that was borne, in whole or part; else a loan that performs again; else repaid."""
    if case.recognized:
        return "borne"
    if case.cured:
        return "residual" if case.residual else "cured"
    return "repaid"
