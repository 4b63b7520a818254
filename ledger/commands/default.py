"""Default: a loan falls into it or is cured, and costs are advanced."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.envelope import Command, PoolAmount
from ledger.events import AnyEvent
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
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, config=BORDER)
class AdvanceCost(Command):
    """The pool pays a cost of the recovery, which the loan then owes."""

    type: Literal["advance-cost"] = "advance-cost"
    pool: Named[PoolId]
    case: Named[CaseId]
    amount: PoolAmount
    payee: Named[PartyId] | None = None
    lender: Named[PartyId] | None = None
    tranche: Named[TrancheId] = LENDERS

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, config=BORDER)
class CureLoan(Command):
    """All that a loan in default still owes performs again."""

    type: Literal["cure-loan"] = "cure-loan"
    pool: Named[PoolId]
    case: Named[CaseId]
    reason: Literal["cured", "residual"]

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError
