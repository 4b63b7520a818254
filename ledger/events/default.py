"""Default and sale: a loan falls into default, its collateral is sold, a surplus goes back, the loan is cured."""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves
from ledger.books import Books, Case
from ledger.errors import NameTaken, SaleUnbalanced, WrongState
from ledger.events.envelope import Event
from ledger.events.lending import burnt_from, purse, require_purse
from ledger.events.loans import require_no_debt_shares
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
    Text,
    TrancheId,
)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class LoanDefaulted(Event):
    """A whole performing loan falls into default, which opens a case. Dr defaulted / Cr loans, principal and interest.

    `fees` and `health` (a wad) are memos; `collateral_value` is what the collateral was worth, in the pool's asset.
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
        return (
            (pool.asset, pool.principal(self.loan, self.case), pool.principal(self.loan), self.principal),
            (pool.asset, pool.interest(self.loan, self.case), pool.interest(self.loan), self.interest),
        )

    def laws(self, books: Books) -> None:
        pool = books.charters.pools[self.pool]
        books.require_loan_under(self.pool, self.loan, None)
        if self.case in books.cases:
            raise NameTaken(f"case {self.case} was opened already")
        balance = books.sums.balance
        owed = balance(pool.principal(self.loan), pool.asset), balance(pool.interest(self.loan), pool.asset)
        if (self.principal, self.interest) != owed:
            raise WrongState(
                f"a default takes the whole loan: {self.loan} owes principal {owed[0]} and interest {owed[1]}, "
                f"not {self.principal} and {self.interest}"
            )

    def fold(self, books: Books) -> None:
        books.loans[self.pool][self.loan].case = self.case
        books.cases[self.case] = Case(self.pool, self.loan)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class CollateralSold(Event):
    """Collateral of a loan in default is sold. An auction fills in several such events.

    Dr cash (or the claims of `lender`), proceeds less costs / Cr defaulted principal and interest, reserve (`penalty`),
    recoveries (after a recognition), surplus, rounding. In its asset: Dr collateral owed back / Cr collateral held.
    `mark_value` is what the quantity was worth by the market, in the pool's asset.
    """

    type: Literal["collateral-sold"] = "collateral-sold"
    pool: Named[PoolId]
    loan: Named[LoanId]
    case: Named[CaseId]
    asset: Held
    quantity: Amount
    proceeds: Amount
    costs: Amount = 0
    principal: Amount
    interest: Amount = 0
    penalty: Amount = 0
    recovery: Amount = 0
    surplus: Amount = 0
    rounding: Amount = 0
    debt_shares: Amount = 0
    lender: Named[PartyId] | None = None
    shares: Amount = 0
    tranche: Named[TrancheId] = LENDERS
    buyer: Named[PartyId] | None = None
    mark_value: Amount | None = None
    source: Literal["collateral", "secondary"] = "collateral"
    auction: Named[str] | None = None
    started_at: Instant | None = None

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        received = purse(pool, self.tranche, self.lender)
        return (
            (self.asset, pool.collateral_owed(self.loan), pool.collateral(self.loan), self.quantity),
            *burnt_from(pool, self.tranche, self.lender, self.shares),
            (pool.asset, received, pool.principal(self.loan, self.case), self.principal),
            (pool.asset, received, pool.interest(self.loan, self.case), self.interest),
            (pool.asset, received, pool.reserve, self.penalty),
            (pool.asset, received, pool.recoveries(self.case), self.recovery),
            (pool.asset, received, pool.surplus(self.loan), self.surplus),
            (pool.asset, received, pool.rounding, self.rounding),
        )

    def laws(self, books: Books) -> None:
        require_purse(books, self.pool, self.tranche, self.lender, self.shares)
        require_no_debt_shares(self.pool, self.debt_shares)
        books.require_asset(self.asset)
        case = books.require_case_of(self.pool, self.loan, self.case)
        applied = self.principal + self.interest + self.penalty + self.recovery + self.surplus + self.rounding
        if applied != self.proceeds - self.costs:
            raise SaleUnbalanced(
                f"proceeds {self.proceeds} less costs {self.costs} is {self.proceeds - self.costs}, "
                f"but {applied} is applied to principal, interest, penalty, recovery, surplus and rounding"
            )
        if self.recovery and not case.recognized:
            raise SaleUnbalanced(f"recovery {self.recovery} before a shortfall of case {self.case} was recognized")
        self._sell_no_more_than_is_held(books)

    def _sell_no_more_than_is_held(self, books: Books) -> None:
        held = books.sums.balance(books.charters.pools[self.pool].collateral(self.loan), self.asset)
        if self.quantity > held:
            raise SaleUnbalanced(f"{self.quantity} of {self.asset} is sold, loan {self.loan} holds {held}")
        if self.asset.startswith("shares:"):
            _, pool, tranche = self.asset.split(":")
            register = books.charters.pools[PoolId(pool)].tranches[TrancheId(tranche)]
            owned = books.sums.balance(register.holder(books.loans[self.pool][self.loan].borrower), self.asset)
            if self.quantity > owned:
                raise SaleUnbalanced(f"{self.quantity} of {self.asset} is sold, the borrower holds {owned}")

    def fold(self, books: Books) -> None:
        books.note_pledge(self.pool, self.loan, self.asset)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class SurplusReturned(Event):
    """Proceeds above the debt go back to the borrower. Dr surplus / Cr cash."""

    type: Literal["surplus-returned"] = "surplus-returned"
    pool: Named[PoolId]
    loan: Named[LoanId]
    amount: Amount
    payee: Named[PartyId] | None = None

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        return ((pool.asset, pool.surplus(self.loan), pool.cash, self.amount),)

    def laws(self, books: Books) -> None:
        _ = books.loans[self.pool][self.loan]


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
        return (
            (pool.asset, pool.principal(self.loan), pool.principal(self.loan, self.case), self.principal),
            (pool.asset, pool.interest(self.loan), pool.interest(self.loan, self.case), self.interest),
        )

    def laws(self, books: Books) -> None:
        books.require_case_of(self.pool, self.loan, self.case)
        owed = books.in_default(self.pool, self.loan, self.case)
        if (self.principal, self.interest) != owed:
            raise WrongState(
                f"a cure takes all that is still in default: principal {owed[0]} and interest {owed[1]}, "
                f"not {self.principal} and {self.interest}"
            )

    def fold(self, books: Books) -> None:
        books.loans[self.pool][self.loan].case = None
        books.cases[self.case].status = "cured"
