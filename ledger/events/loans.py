"""Loans: originated, drawn and repaid; the interest they earn; the collateral that is held for them."""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves
from ledger.books import Books, Loan
from ledger.errors import NameTaken, UnbalancedEntry, WrongState
from ledger.events.envelope import Event
from ledger.events.lending import burnt_from, issued_to, purse, require_claims, require_purse
from ledger.values import (
    BORDER,
    LENDERS,
    Amount,
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
class LoanOriginated(Event):
    """A loan begins, at zero if need be. Dr principal / Cr cash (or the claims of `lender`).

    `rate` is the yearly interest as a wad; it and `maturity` are memos: interest comes in as facts of its own.
    """

    type: Literal["loan-originated"] = "loan-originated"
    pool: Named[PoolId]
    loan: Named[LoanId]
    borrower: Named[PartyId]
    principal: Amount
    debt_shares: Amount = 0
    lender: Named[PartyId] | None = None
    shares: Amount = 0
    tranche: Named[TrancheId] = LENDERS
    maturity: Instant | None = None
    rate: Amount | None = None

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        return (
            *issued_to(pool, self.tranche, self.lender, self.shares),
            (pool.asset, pool.principal(self.loan), purse(pool, self.tranche, self.lender), self.principal),
        )

    def laws(self, books: Books) -> None:
        require_purse(books, self.pool, self.tranche, self.lender, self.shares)
        require_claims(books, self.pool, self.tranche, shares=self.shares, added=self.principal)
        require_no_debt_shares(self.pool, self.debt_shares)
        if self.loan in books.loans[self.pool]:
            raise NameTaken(f"pool {self.pool} has a loan {self.loan} already")

    def fold(self, books: Books) -> None:
        books.loans[self.pool][self.loan] = Loan(self.borrower)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class LoanDrawn(Event):
    """More is drawn on a loan already there. Dr principal / Cr cash (or the claims of `lender`)."""

    type: Literal["loan-drawn"] = "loan-drawn"
    pool: Named[PoolId]
    loan: Named[LoanId]
    case: Named[CaseId] | None = None
    principal: Amount
    debt_shares: Amount = 0
    lender: Named[PartyId] | None = None
    shares: Amount = 0
    tranche: Named[TrancheId] = LENDERS

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        paid_from = purse(pool, self.tranche, self.lender)
        return (
            *issued_to(pool, self.tranche, self.lender, self.shares),
            (pool.asset, pool.principal(self.loan, self.case), paid_from, self.principal),
        )

    def laws(self, books: Books) -> None:
        require_purse(books, self.pool, self.tranche, self.lender, self.shares)
        require_claims(books, self.pool, self.tranche, shares=self.shares, added=self.principal)
        require_no_debt_shares(self.pool, self.debt_shares)
        books.require_loan_under(self.pool, self.loan, self.case)


@dataclass(frozen=True, config=BORDER)
class Allocation:
    """A tranche's part of an amount of interest."""

    tranche: Named[TrancheId]
    amount: Amount


@dataclass(frozen=True, kw_only=True, config=BORDER)
class InterestAccrued(Event):
    """Interest is earned on a loan. Dr the loan's interest / Cr reserve, and claims by `allocation`.

    Without an allocation all but the reserve's part goes to `lenders`. `fee_shares` of `lenders` are issued to
    `fee_recipient`: a fee taken by dilution.
    """

    type: Literal["interest-accrued"] = "interest-accrued"
    pool: Named[PoolId]
    loan: Named[LoanId] | None = None
    case: Named[CaseId] | None = None
    interest: Amount
    index: Amount | None = None
    reserve: Amount = 0
    fee_recipient: Named[PartyId] | None = None
    fee_shares: Amount = 0
    allocation: tuple[Allocation, ...] = ()

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        due = pool.unallocated if self.loan is None else pool.interest(self.loan, self.case)
        credited = [(pool.asset, due, pool.tranches[tranche].claims, amount) for tranche, amount in self.allocated()]
        fee = issued_to(pool, LENDERS, self.fee_recipient, self.fee_shares)
        return (*fee, (pool.asset, due, pool.reserve, self.reserve), *credited)

    def allocated(self) -> list[tuple[TrancheId, int]]:
        """The tranches' parts of the interest, as stated or by default."""
        return [(part.tranche, part.amount) for part in self.allocation] or [(LENDERS, self.interest - self.reserve)]

    def laws(self, books: Books) -> None:
        pool = books.charters.pools[self.pool]
        if self.loan is None or self.index is not None:
            raise WrongState(f"pool {self.pool} is {pool.debt}: interest accrues on a loan, without an index")
        books.require_loan_under(self.pool, self.loan, self.case)
        if self.reserve > self.interest:
            raise UnbalancedEntry(f"reserve {self.reserve} is more than the interest {self.interest}")
        shared = sum(amount for _, amount in self.allocated())
        if self.reserve + shared != self.interest:
            raise UnbalancedEntry(
                f"reserve {self.reserve} and allocation {shared} do not make the interest {self.interest}"
            )
        if self.fee_shares and self.fee_recipient is None:
            raise UnbalancedEntry(f"fee_shares {self.fee_shares} without a fee_recipient")
        added = sum(amount for tranche, amount in self.allocated() if tranche == LENDERS)
        require_claims(books, self.pool, LENDERS, shares=self.fee_shares, added=added)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Repaid(Event):
    """A loan is repaid, in whole or part. Dr cash (or the claims of `lender`) / Cr principal, interest, rounding."""

    type: Literal["repaid"] = "repaid"
    pool: Named[PoolId]
    loan: Named[LoanId]
    case: Named[CaseId] | None = None
    payer: Named[PartyId] | None = None
    principal: Amount
    interest: Amount = 0
    debt_shares: Amount = 0
    rounding: Amount = 0
    lender: Named[PartyId] | None = None
    shares: Amount = 0
    tranche: Named[TrancheId] = LENDERS

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        received = purse(pool, self.tranche, self.lender)
        return (
            *burnt_from(pool, self.tranche, self.lender, self.shares),
            (pool.asset, received, pool.principal(self.loan, self.case), self.principal),
            (pool.asset, received, pool.interest(self.loan, self.case), self.interest),
            (pool.asset, received, pool.rounding, self.rounding),
        )

    def laws(self, books: Books) -> None:
        require_purse(books, self.pool, self.tranche, self.lender, self.shares)
        require_no_debt_shares(self.pool, self.debt_shares)
        books.require_loan_under(self.pool, self.loan, self.case)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class CollateralPosted(Event):
    """Collateral is taken for a loan. In its asset: Dr collateral held / Cr collateral owed back."""

    type: Literal["collateral-posted"] = "collateral-posted"
    pool: Named[PoolId]
    loan: Named[LoanId]
    asset: Held
    quantity: Amount

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        return ((self.asset, pool.collateral(self.loan), pool.collateral_owed(self.loan), self.quantity),)

    def laws(self, books: Books) -> None:
        _ = books.loans[self.pool][self.loan]
        books.require_asset(self.asset)

    def fold(self, books: Books) -> None:
        books.note_pledge(self.pool, self.loan, self.asset)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class CollateralReleased(Event):
    """Collateral goes back to the borrower. In its asset: Dr collateral owed back / Cr collateral held."""

    type: Literal["collateral-released"] = "collateral-released"
    pool: Named[PoolId]
    loan: Named[LoanId]
    asset: Held
    quantity: Amount

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        return ((self.asset, pool.collateral_owed(self.loan), pool.collateral(self.loan), self.quantity),)

    def laws(self, books: Books) -> None:
        _ = books.loans[self.pool][self.loan]
        books.require_asset(self.asset)

    def fold(self, books: Books) -> None:
        books.note_pledge(self.pool, self.loan, self.asset)


def require_no_debt_shares(pool: PoolId, debt_shares: int) -> None:
    """A bilateral pool keeps each loan by itself: it has no debt shares."""
    if debt_shares:
        raise WrongState(f"pool {pool} is bilateral: a loan has no debt shares, {debt_shares} were given")
