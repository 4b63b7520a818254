"""Sale: what collateral and guarantees bring in for a loan in default, and a surplus that goes back."""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves
from ledger.books import Books
from ledger.cases import Case, Entries
from ledger.errors import SaleUnbalanced
from ledger.events.envelope import Event
from ledger.events.lending import burnt_from, purse, require_purse
from ledger.events.loans import debt_burnt
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
            *debt_burnt(pool, self.loan, self.debt_shares),
            (pool.asset, received, pool.principal(self.loan, self.case), self.principal),
            (pool.asset, received, pool.interest(self.loan, self.case), self.interest),
            (pool.asset, received, pool.reserve, self.penalty),
            (pool.asset, received, pool.recoveries(self.case), self.recovery),
            (pool.asset, received, pool.surplus(self.loan), self.surplus),
            (pool.asset, received, pool.rounding, self.rounding),
        )

    def laws(self, books: Books) -> None:
        require_purse(books, self.pool, self.tranche, self.lender, self.shares)
        books.require_debt_shares(self.pool, self.debt_shares)
        books.require_asset(self.asset)
        case = books.require_case_of(self.pool, self.loan, self.case)
        applied = self.principal + self.interest + self.penalty + self.recovery + self.surplus + self.rounding
        if applied != self.proceeds - self.costs:
            raise SaleUnbalanced(
                f"proceeds {self.proceeds} less costs {self.costs} is {self.proceeds - self.costs}, "
                f"but {applied} is applied to principal, interest, penalty, recovery, surplus and rounding"
            )
        require_recovery_after_loss(self.case, case, self.recovery)
        books.require_in_default(self.pool, self.case, self.principal, self.interest)
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
        books.owe(self.pool, self.loan, self.case, -self.principal, -self.interest)
        books.cases[self.case].recovered += self.recovery

    def unfold(self, books: Books) -> None:
        books.note_pledge(self.pool, self.loan, self.asset)
        books.owe_no_more(self.pool, self.loan, self.case, -self.principal, -self.interest)
        books.cases[self.case].recovered -= self.recovery

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, self.case)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class GuaranteePaid(Event):
    """A guarantor pays for a loan in default. Dr cash / Cr defaulted principal and interest, recoveries (after a
    recognition), surplus.

    What is credited is what came in; `costs` were kept back from it before, and are a memo.
    """

    type: Literal["guarantee-paid"] = "guarantee-paid"
    pool: Named[PoolId]
    loan: Named[LoanId]
    case: Named[CaseId]
    guarantor: Named[PartyId]
    principal: Amount
    interest: Amount = 0
    recovery: Amount = 0
    surplus: Amount = 0
    costs: Amount = 0
    debt_shares: Amount = 0

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        return (
            *debt_burnt(pool, self.loan, self.debt_shares),
            (pool.asset, pool.cash, pool.principal(self.loan, self.case), self.principal),
            (pool.asset, pool.cash, pool.interest(self.loan, self.case), self.interest),
            (pool.asset, pool.cash, pool.recoveries(self.case), self.recovery),
            (pool.asset, pool.cash, pool.surplus(self.loan), self.surplus),
        )

    def laws(self, books: Books) -> None:
        books.require_debt_shares(self.pool, self.debt_shares)
        case = books.require_case_of(self.pool, self.loan, self.case)
        require_recovery_after_loss(self.case, case, self.recovery)
        books.require_in_default(self.pool, self.case, self.principal, self.interest)

    def fold(self, books: Books) -> None:
        books.owe(self.pool, self.loan, self.case, -self.principal, -self.interest)
        books.cases[self.case].recovered += self.recovery

    def unfold(self, books: Books) -> None:
        books.owe_no_more(self.pool, self.loan, self.case, -self.principal, -self.interest)
        books.cases[self.case].recovered -= self.recovery

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, self.case)


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

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, None)


def require_recovery_after_loss(name: CaseId, case: Case, recovery: int) -> None:
    """What comes in for a case is a recovery only after a recognition (law 4)."""
    if recovery and not case.is_recognized:
        raise SaleUnbalanced(f"recovery {recovery} before a shortfall of case {name} was recognized")
