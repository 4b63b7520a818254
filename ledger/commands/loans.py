"""Loans: originated, drawn and repaid. Debt shares are rounded against the borrower."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.debt import Owed, allocated, debt_price, debt_shares_drawn, payment
from ledger.commands.envelope import Command, PoolAmount
from ledger.commands.lending import burnt, exit_price, minted
from ledger.errors import CommandRefused
from ledger.events import AnyEvent, LoanDrawn, LoanOriginated, Repaid
from ledger.values import (
    BORDER,
    LENDERS,
    Amount,
    Instant,
    LoanId,
    Named,
    PartyId,
    PoolId,
    TrancheId,
)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class OriginateLoan(Command):
    """A loan begins, with the debt shares that its principal makes in a pooled pool.

    With `lender`, its shares are minted for it instead of cash paid out.
    """

    type: Literal["originate-loan"] = "originate-loan"
    pool: Named[PoolId]
    loan: Named[LoanId]
    borrower: Named[PartyId]
    principal: PoolAmount
    lender: Named[PartyId] | None = None
    tranche: Named[TrancheId] = LENDERS
    maturity: Instant | None = None
    rate: Amount | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        yield LoanOriginated(
            at=self.at,
            pool=self.pool,
            loan=self.loan,
            borrower=self.borrower,
            principal=self.principal,
            debt_shares=debt_shares_drawn(books, self.pool, self.principal),
            lender=self.lender,
            shares=_minted_to(books, self.pool, self.tranche, self.lender, self.principal),
            tranche=self.tranche,
            maturity=self.maturity,
            rate=self.rate,
        )


@dataclass(frozen=True, kw_only=True, config=BORDER)
class DrawLoan(Command):
    """More is drawn on a loan already there, in default or not; an indexed loan first takes the interest it owes."""

    type: Literal["draw-loan"] = "draw-loan"
    pool: Named[PoolId]
    loan: Named[LoanId]
    principal: PoolAmount
    lender: Named[PartyId] | None = None
    tranche: Named[TrancheId] = LENDERS

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        interest, _ = allocated(books, self.at, self.pool, self.loan)
        yield from interest
        yield LoanDrawn(
            at=self.at,
            pool=self.pool,
            loan=self.loan,
            case=books.loans[self.pool][self.loan].case,
            principal=self.principal,
            debt_shares=debt_shares_drawn(books, self.pool, self.principal),
            lender=self.lender,
            shares=_minted_to(books, self.pool, self.tranche, self.lender, self.principal),
            tranche=self.tranche,
        )


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Repay(Command):
    """A loan is repaid by an amount, or (pooled) by debt shares. Exactly one of `amount` and `debt_shares` is given.

    An amount pays interest and principal in the order of the pool's terms, and (pooled) debt shares rounded down; debt
    shares are paid by what they are worth, rounded up. What pays all that a loan owes pays all its debt shares. With
    `lender`, its shares are burnt instead of cash brought in.
    """

    type: Literal["repay"] = "repay"
    pool: Named[PoolId]
    loan: Named[LoanId]
    amount: PoolAmount | None = None
    debt_shares: Amount | None = None
    payer: Named[PartyId] | None = None
    lender: Named[PartyId] | None = None
    tranche: Named[TrancheId] = LENDERS

    def __post_init__(self) -> None:
        """One of the two says how much."""
        if (self.amount is None) == (self.debt_shares is None):
            raise ValueError("amount or debt_shares say how much is repaid: exactly one of them is given")

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        interest, owes = allocated(books, self.at, self.pool, self.loan)
        amount = self._amount(books, owes)
        if amount > owes.total:
            raise CommandRefused(f"loan {self.loan} of pool {self.pool} owes {owes.total}, {amount} cannot be repaid")
        paid = payment(books, self.pool, owes, amount)
        yield from interest
        yield Repaid(
            at=self.at,
            pool=self.pool,
            loan=self.loan,
            case=books.loans[self.pool][self.loan].case,
            payer=self.payer,
            principal=paid.principal,
            interest=paid.interest,
            debt_shares=paid.debt_shares if self.debt_shares is None else self.debt_shares,
            rounding=paid.rounding,
            lender=self.lender,
            shares=_burnt_from(books, self.pool, self.tranche, self.lender, amount),
            tranche=self.tranche,
        )

    def _amount(self, books: Books, owes: Owed) -> int:
        """What is repaid: as asked, or what so many debt shares are worth, rounded up."""
        if self.debt_shares is None:
            return self.amount or 0
        debt = books.charters.pools[self.pool].debt
        if debt != "pooled":
            raise CommandRefused(f"pool {self.pool} is {debt}: a loan has no debt shares, an amount is repaid")
        if self.debt_shares > owes.debt_shares:
            raise CommandRefused(
                f"loan {self.loan} of pool {self.pool} owes {owes.debt_shares} debt shares, "
                f"{self.debt_shares} cannot be repaid"
            )
        return debt_price(books, self.pool).debt(self.debt_shares)


def _minted_to(books: Books, pool: PoolId, tranche: TrancheId, lender: PartyId | None, assets: int) -> int:
    """The shares minted for a lender whose claims grow by what is lent; none where cash is paid out."""
    return 0 if lender is None else minted(books, pool, tranche, assets)


def _burnt_from(books: Books, pool: PoolId, tranche: TrancheId, lender: PartyId | None, assets: int) -> int:
    """The shares burnt of a lender whose claims pay; none where cash comes in."""
    if lender is None:
        return 0
    return burnt(exit_price(books, pool, tranche), assets, f"tranche {tranche} of pool {pool}")
