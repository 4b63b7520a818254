"""Default: a loan falls into it or is cured; costs are advanced, and loss is expected before any is recognized."""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves
from ledger.books import Books
from ledger.cases import Case, Entries
from ledger.errors import NameTaken, WrongSide, WrongState
from ledger.events.envelope import Event
from ledger.events.lending import issued_to, purse, require_claims, require_purse
from ledger.values import BORDER, LENDERS, Amount, CaseId, LoanId, Named, PartyId, PoolId, Text, TrancheId


@dataclass(frozen=True, kw_only=True, config=BORDER)
class LoanDefaulted(Event):
    """A whole performing loan falls into default, which opens a case. Dr defaulted / Cr loans, principal and interest.

    In a pooled pool the amounts are as stated and nothing is posted: all loans stay in one account. `fees` and `health`
    (a wad) are memos; `collateral_value` is what the collateral was worth, in the pool's asset.
    """

    type: Literal["loan-defaulted"] = "loan-defaulted"
    pool: Named[PoolId]
    loan: Named[LoanId]
    case: Named[CaseId]
    reason: Text
    principal: Amount
    interest: Amount
    fees: Amount = 0
    health: Amount | None = None
    collateral_value: Amount | None = None

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        if pool.pooled:
            return ()
        return (
            (pool.asset, pool.principal(self.loan, self.case), pool.principal(self.loan), self.principal),
            (pool.asset, pool.interest(self.loan, self.case), pool.interest(self.loan), self.interest),
        )

    def laws(self, books: Books) -> None:
        pool = books.charters.pools[self.pool]
        books.require_loan_under(self.pool, self.loan, None)
        if self.case in books.cases:
            raise NameTaken(f"case {self.case} was opened already")
        if pool.pooled:
            return
        balance = books.sums.balance
        owed = balance(pool.principal(self.loan), pool.asset), balance(pool.interest(self.loan), pool.asset)
        if (self.principal, self.interest) != owed:
            raise WrongState(
                f"a default takes the whole loan: {self.loan} owes principal {owed[0]} and interest {owed[1]}, "
                f"not {self.principal} and {self.interest}"
            )

    def fold(self, books: Books) -> None:
        books.loans[self.pool][self.loan].case = self.case
        books.cases[self.case] = Case(self.pool, self.loan, self.principal, self.interest)

    def unfold(self, books: Books) -> None:
        books.loans[self.pool][self.loan].case = None
        del books.cases[self.case]

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, self.case)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class LoanCured(Event):
    """What a loan in default still owes performs again. Dr loans / Cr defaulted, principal and interest.

    `residual` marks debt that merely stays behind after a liquidation, `cured` one that the borrower made good.
    """

    type: Literal["loan-cured"] = "loan-cured"
    pool: Named[PoolId]
    loan: Named[LoanId]
    case: Named[CaseId]
    principal: Amount
    interest: Amount
    reason: Literal["cured", "residual"]

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        if pool.pooled:
            return ()
        return (
            (pool.asset, pool.principal(self.loan), pool.principal(self.loan, self.case), self.principal),
            (pool.asset, pool.interest(self.loan), pool.interest(self.loan, self.case), self.interest),
        )

    def laws(self, books: Books) -> None:
        case = books.require_case_of(self.pool, self.loan, self.case)
        pooled = books.charters.pools[self.pool].pooled
        takes_all = (self.principal, self.interest) == (case.principal, case.interest)
        if not (self.principal + self.interest == case.in_default if pooled else takes_all):
            left = f"{case.in_default}" if pooled else f"principal {case.principal} and interest {case.interest}"
            raise WrongState(
                f"a cure takes all that is still in default: {left}, not {self.principal} and {self.interest}"
            )

    def fold(self, books: Books) -> None:
        books.loans[self.pool][self.loan].case = None
        books.cases[self.case].cured, books.cases[self.case].residual = True, self.reason == "residual"
        books.change_in_default(self.case, -self.principal, -self.interest)

    def unfold(self, books: Books) -> None:
        books.loans[self.pool][self.loan].case = self.case
        books.cases[self.case].cured, books.cases[self.case].residual = False, False
        books.change_in_default(self.case, self.principal, self.interest)

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, self.case)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class CostAdvanced(Event):
    """The pool pays a cost of the recovery, which the loan then owes. Dr defaulted principal / Cr cash (or the claims
    of `lender`).
    """

    type: Literal["cost-advanced"] = "cost-advanced"
    pool: Named[PoolId]
    loan: Named[LoanId]
    case: Named[CaseId]
    amount: Amount
    payee: Named[PartyId] | None = None
    lender: Named[PartyId] | None = None
    shares: Amount = 0
    tranche: Named[TrancheId] = LENDERS

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        return (
            *issued_to(pool, self.tranche, self.lender, self.shares),
            (
                pool.asset,
                pool.principal(self.loan, self.case),
                purse(pool, self.tranche, self.lender),
                self.amount,
            ),
        )

    def laws(self, books: Books) -> None:
        require_purse(books, self.pool, self.tranche, self.lender, self.shares)
        require_claims(books, self.pool, self.tranche, shares=self.shares, added=self.amount)
        books.require_case_of(self.pool, self.loan, self.case)

    def fold(self, books: Books) -> None:
        books.owe(self.pool, self.loan, self.case, self.amount, 0)

    def unfold(self, books: Books) -> None:
        books.owe_no_more(self.pool, self.loan, self.case, self.amount, 0)

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, self.case)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class AllowanceChanged(Event):
    """More or less loss is expected of a loan, none of it recognized. Dr unrealized / Cr allowance, or the reverse.

    Exactly one of `increase` and `decrease` is given.
    """

    type: Literal["allowance-changed"] = "allowance-changed"
    pool: Named[PoolId]
    loan: Named[LoanId]
    increase: Amount | None = None
    decrease: Amount | None = None

    def __post_init__(self) -> None:
        """One of the two says how it changes."""
        if (self.increase is None) == (self.decrease is None):
            raise ValueError("an allowance changes by an increase or by a decrease: exactly one of them is given")

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        allowance = pool.allowance(self.loan)
        if self.decrease is None:
            return ((pool.asset, pool.unrealized, allowance, self.increase or 0),)
        return ((pool.asset, allowance, pool.unrealized, self.decrease),)

    def laws(self, books: Books) -> None:
        _ = books.loans[self.pool][self.loan]
        pool = books.charters.pools[self.pool]
        held = books.sums.owed(pool.allowance(self.loan), pool.asset)
        if (self.decrease or 0) > held:
            raise WrongSide(f"the allowance of loan {self.loan} is {held}, it cannot decrease by {self.decrease}")
        unrealized = books.sums.balance(pool.unrealized, pool.asset)
        if (self.decrease or 0) > unrealized:
            raise WrongSide(f"{pool.unrealized} is {unrealized}, it cannot decrease by {self.decrease}")

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, None)
