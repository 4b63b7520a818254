"""Collateral: taken for a loan, and given back."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.envelope import Command, Quantity
from ledger.errors import CommandRefused
from ledger.events import AnyEvent, CollateralPosted, CollateralReleased
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

    def follows(self, books: Books) -> Iterator[AnyEvent]:  # noqa: ARG002  (what is posted is what was asked)
        yield CollateralPosted(at=self.at, pool=self.pool, loan=self.loan, asset=self.asset, quantity=self.quantity)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReleaseCollateral(Command):
    """Collateral goes back to the borrower: so much, or all of it."""

    type: Literal["release-collateral"] = "release-collateral"
    pool: Named[PoolId]
    loan: Named[LoanId]
    asset: Held
    quantity: Quantity | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        _ = books.loans[self.pool][self.loan]
        held = books.sums.balance(books.charters.pools[self.pool].collateral(self.loan), self.asset)
        if self.quantity is None and not held:
            raise CommandRefused(f"loan {self.loan} of pool {self.pool} holds no {self.asset} to be released")
        quantity = held if self.quantity is None else self.quantity
        yield CollateralReleased(at=self.at, pool=self.pool, loan=self.loan, asset=self.asset, quantity=quantity)
