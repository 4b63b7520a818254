"""Loans: originated, drawn, repaid and transferred."""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Move, Moves, PoolCharter
from ledger.books import Books
from ledger.cases import Entries, Loan, no_entries
from ledger.errors import NameTaken, WrongState
from ledger.events.envelope import Event
from ledger.events.lending import burnt_from, issued_to, purse, require_claims, require_purse
from ledger.values import (
    BORDER,
    LENDERS,
    Amount,
    CaseId,
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
            *debt_issued(pool, self.loan, self.debt_shares),
            (pool.asset, pool.principal(self.loan), purse(pool, self.tranche, self.lender), self.principal),
        )

    def laws(self, books: Books) -> None:
        require_purse(books, self.pool, self.tranche, self.lender, self.shares)
        require_claims(books, self.pool, self.tranche, shares=self.shares, added=self.principal)
        books.require_debt_shares(self.pool, self.debt_shares)
        if self.loan in books.loans[self.pool]:
            raise NameTaken(f"pool {self.pool} has a loan {self.loan} already")

    def fold(self, books: Books) -> None:
        indexed = books.charters.pools[self.pool].debt == "indexed"
        books.loans[self.pool][self.loan] = Loan(self.borrower, changes=no_entries() if indexed else None)
        books.owe(self.pool, self.loan, None, self.principal, 0)

    def unfold(self, books: Books) -> None:
        del books.loans[self.pool][self.loan]

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, None)


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
            *debt_issued(pool, self.loan, self.debt_shares),
            (pool.asset, pool.principal(self.loan, self.case), paid_from, self.principal),
        )

    def laws(self, books: Books) -> None:
        require_purse(books, self.pool, self.tranche, self.lender, self.shares)
        require_claims(books, self.pool, self.tranche, shares=self.shares, added=self.principal)
        books.require_debt_shares(self.pool, self.debt_shares)
        books.require_loan_under(self.pool, self.loan, self.case)

    def fold(self, books: Books) -> None:
        books.owe(self.pool, self.loan, self.case, self.principal, 0)

    def unfold(self, books: Books) -> None:
        books.owe_no_more(self.pool, self.loan, self.case, self.principal, 0)

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, self.case)


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
            *debt_burnt(pool, self.loan, self.debt_shares),
            (pool.asset, received, pool.principal(self.loan, self.case), self.principal),
            (pool.asset, received, pool.interest(self.loan, self.case), self.interest),
            (pool.asset, received, pool.rounding, self.rounding),
        )

    def laws(self, books: Books) -> None:
        require_purse(books, self.pool, self.tranche, self.lender, self.shares)
        books.require_debt_shares(self.pool, self.debt_shares)
        books.require_loan_under(self.pool, self.loan, self.case)
        books.require_in_default(self.pool, self.case, self.principal, self.interest)

    def fold(self, books: Books) -> None:
        books.owe(self.pool, self.loan, self.case, -self.principal, -self.interest)

    def unfold(self, books: Books) -> None:
        books.owe_no_more(self.pool, self.loan, self.case, -self.principal, -self.interest)

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, self.case)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class DebtTransferred(Event):
    """A performing loan takes over debt of another, such as a liquidator's. Dr the receiver's loan / Cr the sender's.

    `case` is the sender's.
    """

    type: Literal["debt-transferred"] = "debt-transferred"
    pool: Named[PoolId]
    sender: Named[LoanId]
    receiver: Named[LoanId]
    case: Named[CaseId] | None = None
    principal: Amount
    interest: Amount = 0
    debt_shares: Amount = 0

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        shares = (pool.debt_shares, pool.debtor(self.receiver), pool.debtor(self.sender), self.debt_shares)
        if pool.pooled:
            return (shares,)
        return (
            (pool.asset, pool.principal(self.receiver), pool.principal(self.sender, self.case), self.principal),
            (pool.asset, pool.interest(self.receiver), pool.interest(self.sender, self.case), self.interest),
        )

    def laws(self, books: Books) -> None:
        if self.sender == self.receiver:
            raise WrongState(f"loan {self.sender} cannot take over debt of its own")
        books.require_debt_shares(self.pool, self.debt_shares)
        books.require_loan_under(self.pool, self.sender, self.case)
        books.require_loan_under(self.pool, self.receiver, None)
        books.require_in_default(self.pool, self.case, self.principal, self.interest)

    def fold(self, books: Books) -> None:
        books.owe(self.pool, self.sender, self.case, -self.principal, -self.interest)
        books.owe(self.pool, self.receiver, None, self.principal, self.interest)

    def unfold(self, books: Books) -> None:
        books.owe_no_more(self.pool, self.sender, self.case, -self.principal, -self.interest)
        books.owe_no_more(self.pool, self.receiver, None, self.principal, self.interest)

    def histories(self, books: Books) -> tuple[Entries, ...]:
        of_sender = books.entries_of(self.pool, self.sender, self.case)
        return (*of_sender, books.loans[self.pool][self.receiver].entries)


def debt_issued(pool: PoolCharter, loan: LoanId, shares: int) -> tuple[Move, ...]:
    """Debt shares that a loan owes from now on; no move of none."""
    return ((pool.debt_shares, pool.debtor(loan), pool.debt_issued, shares),) if shares else ()


def debt_burnt(pool: PoolCharter, loan: LoanId, shares: int) -> tuple[Move, ...]:
    """Debt shares that a loan no longer owes; no move of none."""
    return ((pool.debt_shares, pool.debt_issued, pool.debtor(loan), shares),) if shares else ()
