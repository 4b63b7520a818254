"""Default: a loan falls into it or is cured, and costs are advanced."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.debt import all_loans, allocated, debt_shares_drawn
from ledger.commands.envelope import Command, PoolAmount
from ledger.commands.lending import minted
from ledger.events import AnyEvent, CostAdvanced, LoanCured, LoanDefaulted, LoanDrawn
from ledger.values import (
    BORDER,
    LENDERS,
    Amount,
    CaseId,
    LoanId,
    Named,
    PartyId,
    PoolId,
    Text,
    TrancheId,
)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class DeclareDefault(Command):
    """A whole performing loan falls into default, with all that it owes, which opens a case."""

    type: Literal["declare-default"] = "declare-default"
    pool: Named[PoolId]
    loan: Named[LoanId]
    case: Named[CaseId]
    reason: Text
    fees: PoolAmount = 0
    health: Amount | None = None
    collateral_value: PoolAmount | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        books.require_loan_under(self.pool, self.loan, None)
        facts, owes = allocated(books, self.at, self.pool, self.loan)
        yield from facts
        pooled = books.charters.pools[self.pool].pooled
        yield LoanDefaulted(
            at=self.at,
            pool=self.pool,
            loan=self.loan,
            case=self.case,
            reason=self.reason,
            principal=min(owes.principal, all_loans(books, self.pool)) if pooled else owes.principal,
            interest=owes.interest,
            fees=self.fees,
            health=self.health,
            collateral_value=self.collateral_value,
        )


@dataclass(frozen=True, kw_only=True, config=BORDER)
class AdvanceCost(Command):
    """The pool pays a cost of the recovery, which the loan then owes: in a pooled pool by debt shares, as of a draw.

    An indexed loan first takes the interest that it owes.
    """

    type: Literal["advance-cost"] = "advance-cost"
    pool: Named[PoolId]
    case: Named[CaseId]
    amount: PoolAmount
    payee: Named[PartyId] | None = None
    lender: Named[PartyId] | None = None
    tranche: Named[TrancheId] = LENDERS

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        loan = books.case(self.pool, self.case).loan
        facts, _ = allocated(books, self.at, self.pool, loan)
        yield from facts
        yield CostAdvanced(
            at=self.at,
            pool=self.pool,
            loan=loan,
            case=self.case,
            amount=self.amount,
            payee=self.payee,
            lender=self.lender,
            shares=0 if self.lender is None else minted(books, self.pool, self.tranche, self.amount),
            tranche=self.tranche,
        )
        if debt_shares := debt_shares_drawn(books, self.pool, self.amount):
            yield LoanDrawn(at=self.at, pool=self.pool, loan=loan, case=self.case, principal=0, debt_shares=debt_shares)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class CureLoan(Command):
    """All that a loan in default still owes performs again."""

    type: Literal["cure-loan"] = "cure-loan"
    pool: Named[PoolId]
    case: Named[CaseId]
    reason: Literal["cured", "residual"]

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        case = books.require_case_of(self.pool, books.case(self.pool, self.case).loan, self.case)
        facts, _ = allocated(books, self.at, self.pool, case.loan)
        yield from facts
        yield LoanCured(
            at=self.at,
            pool=self.pool,
            loan=case.loan,
            case=self.case,
            principal=case.principal,
            interest=case.interest + sum(fact.interest for fact in facts),
            reason=self.reason,
        )
