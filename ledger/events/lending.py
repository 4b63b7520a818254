"""Lenders' money: deposits, withdrawals and transfers of shares; and the purse that other entries pay from.

Where an event carries `lender` and `shares`, that lender's claims move instead of the pool's cash: shares are issued
for money the pool lends (a minted stablecoin), or burnt for money it receives (a deposit used to pay).
"""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Move, Moves, PoolCharter
from ledger.books import Books
from ledger.errors import UnbalancedEntry, WrongSide
from ledger.events.envelope import Event
from ledger.values import BORDER, LENDERS, Account, Amount, Named, PartyId, PoolId, TrancheId


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Deposited(Event):
    """A lender brings assets and receives shares. Dr cash / Cr claims; Dr the lender's shares / Cr shares issued."""

    type: Literal["deposited"] = "deposited"
    pool: Named[PoolId]
    tranche: Named[TrancheId] = LENDERS
    lender: Named[PartyId]
    assets: Amount
    shares: Amount

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        tranche = pool.tranches[self.tranche]
        return (
            (tranche.shares, tranche.holder(self.lender), tranche.issued, self.shares),
            (pool.asset, pool.cash, tranche.claims, self.assets),
        )

    def laws(self, books: Books) -> None:
        require_claims(books, self.pool, self.tranche, shares=self.shares, added=self.assets)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Withdrawn(Event):
    """A lender gives shares back and takes assets. Dr claims / Cr cash; Dr shares issued / Cr the lender's shares."""

    type: Literal["withdrawn"] = "withdrawn"
    pool: Named[PoolId]
    tranche: Named[TrancheId] = LENDERS
    lender: Named[PartyId]
    assets: Amount
    shares: Amount

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        tranche = pool.tranches[self.tranche]
        return (
            (tranche.shares, tranche.issued, tranche.holder(self.lender), self.shares),
            (pool.asset, tranche.claims, pool.cash, self.assets),
        )

    def laws(self, books: Books) -> None:
        """None of its own."""


@dataclass(frozen=True, kw_only=True, config=BORDER)
class SharesTransferred(Event):
    """Shares go from one lender to another. Dr the receiver's shares / Cr the sender's."""

    type: Literal["shares-transferred"] = "shares-transferred"
    pool: Named[PoolId]
    tranche: Named[TrancheId] = LENDERS
    sender: Named[PartyId]
    receiver: Named[PartyId]
    shares: Amount

    def moves(self, charters: Charters) -> Moves:
        tranche = charters.pools[self.pool].tranches[self.tranche]
        return ((tranche.shares, tranche.holder(self.receiver), tranche.holder(self.sender), self.shares),)

    def laws(self, books: Books) -> None:
        """None of its own."""


def purse(pool: PoolCharter, tranche: TrancheId, lender: PartyId | None) -> Account:
    """What stands for the pool's money: its cash, or the claims of the lender who pays or is paid in shares."""
    return pool.cash if lender is None else pool.tranches[tranche].claims


def issued_to(pool: PoolCharter, tranche: TrancheId, lender: PartyId | None, shares: int) -> tuple[Move, ...]:
    """Shares issued to a lender; no move without one."""
    if lender is None:
        return ()
    register = pool.tranches[tranche]
    return ((register.shares, register.holder(lender), register.issued, shares),)


def burnt_from(pool: PoolCharter, tranche: TrancheId, lender: PartyId | None, shares: int) -> tuple[Move, ...]:
    """Shares burnt from a lender; no move without one. They come first, for claims may only then be without shares."""
    if lender is None:
        return ()
    register = pool.tranches[tranche]
    return ((register.shares, register.issued, register.holder(lender), shares),)


def require_claims(books: Books, pool: PoolId, tranche: TrancheId, *, shares: int, added: int) -> None:
    """Claims that stand in debit, as may those of a tranche without shares, are made good by what issues some."""
    if shares and (claims := books.claims(pool, tranche)) + added < 0:
        raise WrongSide(f"claims of tranche {tranche} are {claims}: {shares} shares cannot be issued for {added}")


def require_purse(books: Books, pool: PoolId, tranche: TrancheId, lender: PartyId | None, shares: int) -> None:
    """The tranche exists, and shares name the lender whose they are."""
    _ = books.charters.pools[pool].tranches[tranche]
    if shares and lender is None:
        raise UnbalancedEntry(f"{shares} shares without the lender whose they are")
