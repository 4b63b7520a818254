"""The insurance fund's own capital: contributed and withdrawn, with shares where the fund keeps them."""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves
from ledger.books import Books
from ledger.events.envelope import Event
from ledger.values import BORDER, Amount, FundId, Named, PartyId


@dataclass(frozen=True, kw_only=True, config=BORDER)
class FundContributed(Event):
    """Capital is added to a fund. Dr fund cash / Cr fund equity; Dr the contributor's shares / Cr shares issued."""

    type: Literal["fund-contributed"] = "fund-contributed"
    fund: Named[FundId]
    contributor: Named[PartyId]
    amount: Amount
    shares: Amount = 0

    def moves(self, charters: Charters) -> Moves:
        fund = charters.funds[self.fund]
        return (
            (fund.shares, fund.holder(self.contributor), fund.issued, self.shares),
            (fund.asset, fund.cash, fund.equity, self.amount),
        )

    def laws(self, books: Books) -> None:
        """None of its own."""

    def dependents(self, books: Books, position: int) -> list[int]:
        return sorted({*super().dependents(books, position), *books.limits_fixed_on(self.fund, position)})


@dataclass(frozen=True, kw_only=True, config=BORDER)
class FundWithdrawn(Event):
    """Capital is taken out of a fund. Dr fund equity / Cr fund cash; Dr shares issued / Cr the contributor's shares."""

    type: Literal["fund-withdrawn"] = "fund-withdrawn"
    fund: Named[FundId]
    contributor: Named[PartyId]
    amount: Amount
    shares: Amount = 0

    def moves(self, charters: Charters) -> Moves:
        fund = charters.funds[self.fund]
        return (
            (fund.shares, fund.issued, fund.holder(self.contributor), self.shares),
            (fund.asset, fund.equity, fund.cash, self.amount),
        )

    def laws(self, books: Books) -> None:
        """None of its own."""

    def dependents(self, books: Books, position: int) -> list[int]:
        return sorted({*super().dependents(books, position), *books.limits_fixed_on(self.fund, position)})
