"""Loans: originated, drawn and repaid. Debt shares are rounded against the borrower."""

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
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, config=BORDER)
class DrawLoan(Command):
    """ore is drawn on a loan already there, in default or not; an indexed loan first takes the interest that it owes."""

    type: Literal["draw-loan"] = "draw-loan"
    pool: Named[PoolId]
    loan: Named[LoanId]
    principal: PoolAmount
    lender: Named[PartyId] | None = None
    tranche: Named[TrancheId] = LENDERS

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Repay(Command):
    """A loan is repaid by an amount, or (pooled) by debt shares. Exactly one of `amount` and `debt_shares` is given."""

    type: Literal["repay"] = "repay"
    pool: Named[PoolId]
    loan: Named[LoanId]
    amount: PoolAmount | None = None
    debt_shares: Amount | None = None
    payer: Named[PartyId] | None = None
    lender: Named[PartyId] | None = None
    tranche: Named[TrancheId] = LENDERS

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError
