"""Setting up: assets, pools and funds are opened, prices observed. None of these moves an amount."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Known, Moves, fund_charter, pool_charter
from ledger.books import Books
from ledger.errors import NameTaken
from ledger.events.envelope import Event
from ledger.values import (
    BORDER,
    LENDERS,
    WAD,
    Amount,
    AssetId,
    DebtMode,
    FundId,
    Held,
    Named,
    PartyId,
    PoolId,
    Scale,
    Text,
    TrancheId,
)
from ledger.waterfall import FundLayer, Waterfall, source_of

Wad = Annotated[Amount, Field(le=WAD)]
Proceeds = Literal["interest", "principal"]
RecoveryPolicy = Literal["reverse-waterfall", "bearers", "current-holders", "reserve", "none"]


@dataclass(frozen=True, kw_only=True, config=BORDER)
class AssetRegistered(Event):
    """An asset is known, with the decimals it is shown with. No postings."""

    type: Literal["asset-registered"] = "asset-registered"
    asset: Named[AssetId]
    decimals: Scale
    reference: Text | None = None

    def moves(self, charters: Charters) -> Moves:
        return ()

    def laws(self, books: Books) -> None:
        if self.asset in books.charters.assets:
            raise NameTaken(f"asset {self.asset} is registered already")

    def fold(self, books: Books) -> None:
        self.chart(books.charters)

    def chart(self, charters: Charters) -> None:
        """Enter the asset among the charters."""
        charters.assets[self.asset] = self.decimals


@dataclass(frozen=True, kw_only=True, config=BORDER)
class CollateralTerms:
    """On which terms an asset is taken as collateral: ratios as wads."""

    asset: Held
    liquidation_threshold_wad: Amount
    liquidation_bonus_wad: Amount = 0


@dataclass(frozen=True, kw_only=True, config=BORDER)
class PoolOpened(Event):
    """A pool of lenders' money in one asset is opened, with its charter and its terms. No postings."""

    type: Literal["pool-opened"] = "pool-opened"
    pool: Named[PoolId]
    asset: Named[AssetId]
    debt: DebtMode
    virtual_assets: Amount = 0
    virtual_shares: Amount = 0
    rate_scale: Amount = 0
    tranches: tuple[Named[TrancheId], ...] = ()
    waterfall: Waterfall
    proceeds_order: tuple[Proceeds, ...] = Field(default=("interest", "principal"), min_length=2, max_length=2)
    recovery: RecoveryPolicy = "reverse-waterfall"
    exit_price: Literal["claims", "net"] = "claims"
    fee_recipient: Named[PartyId] | None = None
    reserve_factor_wad: Wad = 0
    collateral: tuple[CollateralTerms, ...] = ()

    def moves(self, charters: Charters) -> Moves:
        return ()

    def laws(self, books: Books) -> None:
        books.require_new_holder_of_money(self.pool)
        books.require_asset(self.asset)
        for terms in self.collateral:
            books.require_asset(terms.asset)
        for layer in self.waterfall:
            if isinstance(layer, FundLayer):
                _ = books.charters.funds[layer.fund]
        if "debt" in self.tranches:
            raise NameTaken("no tranche is named debt: the register of debt shares has that name")
        _refuse_twice("tranches", [LENDERS, *self.tranches])
        _refuse_twice("collateral", [terms.asset for terms in self.collateral])
        _refuse_twice("proceeds_order", list(self.proceeds_order))
        _refuse_twice("waterfall", [source for source in map(source_of, self.waterfall) if source])

    def fold(self, books: Books) -> None:
        self.chart(books.charters)
        books.waterfalls[self.pool] = self.waterfall
        books.loans[self.pool] = Known(f"pool {self.pool} has no loan {{}}")

    def chart(self, charters: Charters) -> None:
        """Enter the pool's charter among the charters."""
        charters.pools[self.pool] = pool_charter(
            pool=self.pool,
            asset=self.asset,
            debt=self.debt,
            virtual_assets=self.virtual_assets,
            virtual_shares=self.virtual_shares,
            rate_scale=self.rate_scale,
            tranches=self.tranches,
        )


@dataclass(frozen=True, kw_only=True, config=BORDER)
class FundOpened(Event):
    """An insurance fund is opened: ring-fenced capital in one asset. No postings."""

    type: Literal["fund-opened"] = "fund-opened"
    fund: Named[FundId]
    asset: Named[AssetId]

    def moves(self, charters: Charters) -> Moves:
        return ()

    def laws(self, books: Books) -> None:
        books.require_new_holder_of_money(self.fund)
        books.require_asset(self.asset)

    def fold(self, books: Books) -> None:
        self.chart(books.charters)

    def chart(self, charters: Charters) -> None:
        """Enter the fund's charter among the charters."""
        charters.funds[self.fund] = fund_charter(self.fund, self.asset)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class PriceObserved(Event):
    """A price is seen: quote base units for one asset base unit, times 10^scale. No postings."""

    type: Literal["price-observed"] = "price-observed"
    asset: Named[AssetId]
    quote: Named[AssetId]
    price: Amount
    scale: Scale
    source: Text | None = None

    def moves(self, charters: Charters) -> Moves:
        return ()

    def laws(self, books: Books) -> None:
        books.require_asset(self.asset)
        books.require_asset(self.quote)


def _refuse_twice(field: str, named: list[object]) -> None:
    twice = next((name for position, name in enumerate(named) if name in named[:position]), None)
    if twice is not None:
        spoken = " ".join(twice) if isinstance(twice, tuple) else twice
        raise NameTaken(f"{field} names {spoken} twice")
