"""Sale: what collateral and guarantees bring in, applied to what is in default; and a surplus that goes back."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.envelope import Command, PoolAmount, Quantity
from ledger.commands.exposure import applied, exposed
from ledger.commands.lending import burnt, exit_price
from ledger.errors import CommandRefused
from ledger.events import AnyEvent, CollateralSold, GuaranteePaid, SurplusReturned
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
    """Collateral is sold, and what it fetched applied to what is owed.

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
        net = self.proceeds - self.costs - self.penalty
        if net < 0:
            raise CommandRefused(
                f"costs {self.costs} and penalty {self.penalty} are more than proceeds {self.proceeds}"
            )
        facts, left = exposed(books, self.at, self.pool, self.case)
        yield from facts
        case = books.case(self.pool, self.case)
        principal, interest, recovery, surplus, debt_shares = applied(books, self.pool, case, left, net)
        yield CollateralSold(
            at=self.at,
            pool=self.pool,
            loan=case.loan,
            case=self.case,
            asset=self.asset,
            quantity=self.quantity,
            proceeds=self.proceeds,
            costs=self.costs,
            principal=principal,
            interest=interest,
            penalty=self.penalty,
            recovery=recovery,
            surplus=surplus,
            debt_shares=debt_shares,
            lender=self.lender,
            shares=self._burnt(books),
            tranche=self.tranche,
            buyer=self.buyer,
            mark_value=self.mark_value,
            source=self.source,
            auction=self.auction,
            started_at=self.started_at,
        )

    def _burnt(self, books: Books) -> int:
        """The shares of the lender who pays with its claims, as of a withdrawal of what it pays."""
        if self.lender is None:
            return 0
        price = exit_price(books, self.pool, self.tranche)
        return burnt(price, self.proceeds - self.costs, f"tranche {self.tranche} of pool {self.pool}")


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
        if self.costs > self.amount:
            raise CommandRefused(f"costs {self.costs} are more than the {self.amount} that the guarantor pays")
        facts, left = exposed(books, self.at, self.pool, self.case)
        yield from facts
        case = books.case(self.pool, self.case)
        principal, interest, recovery, surplus, debt_shares = applied(
            books, self.pool, case, left, self.amount - self.costs
        )
        yield GuaranteePaid(
            at=self.at,
            pool=self.pool,
            loan=case.loan,
            case=self.case,
            guarantor=self.guarantor,
            principal=principal,
            interest=interest,
            recovery=recovery,
            surplus=surplus,
            costs=self.costs,
            debt_shares=debt_shares,
        )


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReturnSurplus(Command):
    """Proceeds above the debt go back to the borrower: so much, or all of them."""

    type: Literal["return-surplus"] = "return-surplus"
    pool: Named[PoolId]
    loan: Named[LoanId]
    amount: PoolAmount | None = None
    payee: Named[PartyId] | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        charter, _ = books.charters.pools[self.pool], books.loans[self.pool][self.loan]
        amount = books.sums.owed(charter.surplus(self.loan), charter.asset) if self.amount is None else self.amount
        if self.amount is None and not amount:
            raise CommandRefused(f"loan {self.loan} of pool {self.pool} has no surplus to return")
        yield SurplusReturned(at=self.at, pool=self.pool, loan=self.loan, amount=amount, payee=self.payee)
