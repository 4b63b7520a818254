"""Sale: what collateral and guarantees bring in, applied to what is in default; and a surplus that goes back."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.envelope import Command, PoolAmount, Quantity
from ledger.events import AnyEvent
from ledger.values import (
    BORDER,
    LENDERS,
    CaseId,
    Held,
    Instant,
    LoanId,
    Named,
    PartyId,
    PoolId,
    TrancheId,
)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class SellCollateral(Command):
    """Collateral is sold.

    Net proceeds pay what is in default in the order of the terms, then recover what was recognized; the rest is
    surplus.
    """

    type: Literal["sell-collateral"] = "sell-collateral"
    pool: Named[PoolId]
    case: Named[CaseId]
    asset: Held
    quantity: Quantity
    proceeds: PoolAmount
    costs: PoolAmount = 0
    penalty: PoolAmount = 0
    lender: Named[PartyId] | None = None
    tranche: Named[TrancheId] = LENDERS
    buyer: Named[PartyId] | None = None
    mark_value: PoolAmount | None = None
    source: Literal["collateral", "secondary"] = "collateral"
    auction: Named[str] | None = None
    started_at: Instant | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, config=BORDER)
class CallGuarantee(Command):
    """A guarantor pays: `amount`, of which `costs` are kept back. Applied as a sale is."""

    type: Literal["call-guarantee"] = "call-guarantee"
    pool: Named[PoolId]
    case: Named[CaseId]
    guarantor: Named[PartyId]
    amount: PoolAmount
    costs: PoolAmount = 0

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReturnSurplus(Command):
    """Proceeds above the debt go back to the borrower: so much, or all of them."""

    type: Literal["return-surplus"] = "return-surplus"
    pool: Named[PoolId]
    loan: Named[LoanId]
    amount: PoolAmount | None = None
    payee: Named[PartyId] | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError
