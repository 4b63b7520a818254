"""Collateral: what is held for a loan, in its own asset. It moves no money until it is sold."""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves
from ledger.books import Books
from ledger.cases import Entries
from ledger.events.envelope import Event
from ledger.values import BORDER, Amount, Held, LoanId, Named, PoolId


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

    def unfold(self, books: Books) -> None:
        books.note_pledge(self.pool, self.loan, self.asset)

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, None)


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

    def unfold(self, books: Books) -> None:
        books.note_pledge(self.pool, self.loan, self.asset)

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, None)
