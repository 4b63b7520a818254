"""Collateral: taken for a loan, and given back."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.envelope import Command, Quantity
from ledger.events import AnyEvent
from ledger.values import (
    BORDER,
    Held,
    LoanId,
    Named,
    PoolId,
)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class PostCollateral(Command):
    """Collateral is taken for a loan."""

    type: Literal["post-collateral"] = "post-collateral"
    pool: Named[PoolId]
    loan: Named[LoanId]
    asset: Held
    quantity: Quantity

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReleaseCollateral(Command):
    """Collateral goes back to the borrower: so much, or all of it."""

    type: Literal["release-collateral"] = "release-collateral"
    pool: Named[PoolId]
    loan: Named[LoanId]
    asset: Held
    quantity: Quantity | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError
