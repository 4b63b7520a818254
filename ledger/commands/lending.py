"""Lenders' money: deposits, withdrawals, transfers of shares. Shares are rounded against whoever asks."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.envelope import Command, PoolAmount
from ledger.errors import CommandRefused
from ledger.events import AnyEvent, Deposited, SharesTransferred, Withdrawn
from ledger.shares import Price, burnt_for, minted_for, worth
from ledger.shares import price as price_per_share
from ledger.terms import Terms
from ledger.values import BORDER, LENDERS, Amount, Named, PartyId, PoolId, TrancheId
from ledger.waterfall import TrancheLayer


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Deposit(Command):
    """A lender brings assets: floor(assets · (S + S0) / (A + A0)) shares are minted, one for one before the first."""

    type: Literal["deposit"] = "deposit"
    pool: Named[PoolId]
    tranche: Named[TrancheId] = LENDERS
    lender: Named[PartyId]
    assets: PoolAmount

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        shares = minted(books, self.pool, self.tranche, self.assets)
        yield Deposited(
            at=self.at, pool=self.pool, tranche=self.tranche, lender=self.lender, assets=self.assets, shares=shares
        )


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Withdraw(Command):
    """A lender takes assets, for ceil(assets · (S + S0) / (A + A0)) shares; or what so many shares are worth.

    Exactly one of `assets` and `shares` is given. Where the pool's exit price is `net`, A is less its unrealized loss.
    """

    type: Literal["withdraw"] = "withdraw"
    pool: Named[PoolId]
    tranche: Named[TrancheId] = LENDERS
    lender: Named[PartyId]
    assets: PoolAmount | None = None
    shares: Amount | None = None

    def __post_init__(self) -> None:
        """One of the two says how much."""
        if (self.assets is None) == (self.shares is None):
            raise ValueError("assets or shares say how much is withdrawn: exactly one of them is given")

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        price = exit_price(books, self.pool, self.tranche)
        if self.shares is not None:
            assets, shares = worth(self.shares, price), self.shares
        else:
            assets = self.assets or 0
            shares = burnt(price, assets, f"tranche {self.tranche} of pool {self.pool}")
        self._require_held(books, shares, price)
        yield Withdrawn(
            at=self.at, pool=self.pool, tranche=self.tranche, lender=self.lender, assets=assets, shares=shares
        )

    def _require_held(self, books: Books, shares: int, price: Price) -> None:
        """No lender withdraws more than it has."""
        _, register = books.tranche(self.pool, self.tranche)
        held = books.sums.balance(register.holder(self.lender), register.shares)
        if shares > held:
            raise CommandRefused(
                f"{self.lender} holds {held} shares of tranche {self.tranche} of pool {self.pool}, "
                f"worth {worth(held, price)} base units: {shares} cannot be burnt"
            )


@dataclass(frozen=True, kw_only=True, config=BORDER)
class TransferShares(Command):
    """A lender gives shares to another."""

    type: Literal["transfer-shares"] = "transfer-shares"
    pool: Named[PoolId]
    tranche: Named[TrancheId] = LENDERS
    sender: Named[PartyId]
    receiver: Named[PartyId]
    shares: Amount

    def follows(self, books: Books) -> Iterator[AnyEvent]:  # noqa: ARG002  (a transfer needs no arithmetic)
        yield SharesTransferred(
            at=self.at,
            pool=self.pool,
            tranche=self.tranche,
            sender=self.sender,
            receiver=self.receiver,
            shares=self.shares,
        )


def minted(books: Books, pool: PoolId, tranche: TrancheId, assets: int) -> int:
    """The shares for assets that come into a tranche, rounded down.

    Raises `CommandRefused` where shares are out that are worth nothing, or where the assets are worth no share.
    """
    charter, _ = books.tranche(pool, tranche)
    claims, issued = books.claims(pool, tranche), books.issued(pool, tranche)
    shares = minted_for(assets, claims, issued, charter)
    if shares is None:
        raise CommandRefused(
            f"tranche {tranche} of pool {pool} has {issued} shares for claims of {claims}: no share has a price"
        )
    if assets and not shares:
        raise CommandRefused(f"{assets} is worth less than one share of tranche {tranche} of pool {pool}")
    return shares


def burnt(price: Price, assets: int, of: str) -> int:
    """The shares to be burnt for assets that leave a tranche, rounded up. Raises `CommandRefused` without a price."""
    shares = burnt_for(assets, price)
    if shares is None:
        raise CommandRefused(f"shares of {of} are worth nothing: {assets} cannot be taken for them")
    return shares


def exit_price(books: Books, pool: PoolId, tranche: TrancheId) -> Price:
    """The price of a share that is withdrawn: by claims, or by claims less unrealized loss where the terms say `net`.

    An unrealized loss falls on the tranches as the waterfall would let it: first on those that it names, in order.
    """
    charter, _ = books.tranche(pool, tranche)
    claims, terms = books.claims(pool, tranche), books.terms[pool][-1]
    if terms.exit_price == "net":
        claims = max(claims - _unrealized(books, pool, tranche, terms), 0)
    return price_per_share(claims, books.issued(pool, tranche), charter)


def _unrealized(books: Books, pool: PoolId, tranche: TrancheId, terms: Terms) -> int:
    """What of the pool's unrealized loss would fall on a tranche."""
    charter = books.charters.pools[pool]
    left = books.sums.balance(charter.unrealized, charter.asset)
    for layer in terms.waterfall:
        if isinstance(layer, TrancheLayer) and layer.tranche != LENDERS:
            borne = min(left, max(books.claims(pool, layer.tranche), 0))
            if layer.tranche == tranche:
                return borne
            left -= borne
    return left if tranche == LENDERS else 0
