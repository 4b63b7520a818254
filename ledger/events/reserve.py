"""Money that is no lender's deposit and no borrower's debt: the pool's income, and what its reserve takes and gives."""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves
from ledger.books import Books
from ledger.events.bearing import require_reserve
from ledger.events.envelope import Event
from ledger.events.lending import burnt_from, issued_to, purse, require_claims, require_purse
from ledger.values import BORDER, LENDERS, Amount, Named, PartyId, PoolId, Text, TrancheId


@dataclass(frozen=True, kw_only=True, config=BORDER)
class IncomeReceived(Event):
    """The pool earns something that is no interest on a loan. Dr cash / Cr reserve, or claims of the tranche named.

    `to` is `reserve` or a tranche; `source` says what paid it.
    """

    type: Literal["income-received"] = "income-received"
    pool: Named[PoolId]
    amount: Amount
    to: Named[TrancheId]
    source: Text | None = None

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        credited = pool.reserve if self.to == "reserve" else pool.tranches[self.to].claims
        return ((pool.asset, pool.cash, credited, self.amount),)

    def laws(self, books: Books) -> None:
        if self.to != "reserve":
            _ = books.charters.pools[self.pool].tranches[self.to]


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReserveContributed(Event):
    """Someone adds to the reserve. Dr cash, or the claims of `lender` with its shares burnt / Cr reserve."""

    type: Literal["reserve-contributed"] = "reserve-contributed"
    pool: Named[PoolId]
    amount: Amount
    lender: Named[PartyId] | None = None
    shares: Amount = 0
    tranche: Named[TrancheId] = LENDERS

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        received = purse(pool, self.tranche, self.lender)
        return (
            *burnt_from(pool, self.tranche, self.lender, self.shares),
            (pool.asset, received, pool.reserve, self.amount),
        )

    def laws(self, books: Books) -> None:
        require_purse(books, self.pool, self.tranche, self.lender, self.shares)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReserveWithdrawn(Event):
    """The reserve pays out. Dr reserve / Cr cash, or the claims of `lender`, to whom shares are issued."""

    type: Literal["reserve-withdrawn"] = "reserve-withdrawn"
    pool: Named[PoolId]
    amount: Amount
    recipient: Named[PartyId] | None = None
    lender: Named[PartyId] | None = None
    shares: Amount = 0
    tranche: Named[TrancheId] = LENDERS

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        paid_from = purse(pool, self.tranche, self.lender)
        return (
            *issued_to(pool, self.tranche, self.lender, self.shares),
            (pool.asset, pool.reserve, paid_from, self.amount),
        )

    def laws(self, books: Books) -> None:
        require_purse(books, self.pool, self.tranche, self.lender, self.shares)
        require_claims(books, self.pool, self.tranche, shares=self.shares, added=self.amount)
        require_reserve(books, self.pool, self.amount)
