"""Setting up: assets, pools and funds are opened, terms change, prices are observed. None of these moves an amount."""

import json
from collections.abc import Iterator
from itertools import takewhile
from typing import Any, Final, Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, FundCharter, Known, Moves, PoolCharter, fund_charter, pool_charter
from ledger.books import Books
from ledger.cases import Entries, no_entries
from ledger.errors import NameTaken, UnknownName, WrongSide
from ledger.events.envelope import Event
from ledger.terms import CollateralTerms, ExitPrice, ProceedsOrder, RecoveryPolicy, Terms, Wad
from ledger.values import (
    BORDER,
    LENDERS,
    Amount,
    AssetId,
    DebtMode,
    FundId,
    Named,
    PartyId,
    PoolId,
    Scale,
    Text,
    TrancheId,
)
from ledger.waterfall import FundLayer, ReserveLayer, TrancheLayer, Waterfall, source_of


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
        if self.reference is not None:
            books.references.setdefault(self.reference.lower(), []).append(self.asset)

    def unfold(self, books: Books) -> None:
        del books.charters.assets[self.asset]
        if self.reference is not None:
            assets = books.references[self.reference.lower()]
            assets.remove(self.asset)
            if not assets:
                del books.references[self.reference.lower()]

    def dependents(self, books: Books, position: int) -> list[int]:
        return _naming(self.asset, books, position)

    def chart(self, charters: Charters) -> None:
        """Enter the asset among the charters."""
        charters.assets[self.asset] = self.decimals


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
    proceeds_order: ProceedsOrder = ("interest", "principal")
    recovery: RecoveryPolicy = "reverse-waterfall"
    exit_price: ExitPrice = "claims"
    fee_recipient: Named[PartyId] | None = None
    reserve_factor_wad: Wad = 0
    collateral: tuple[CollateralTerms, ...] = ()

    def moves(self, charters: Charters) -> Moves:
        return ()

    def laws(self, books: Books) -> None:
        books.require_new_holder_of_money(self.pool)
        books.require_same_as_before(self.pool, self.charter())
        books.require_asset(self.asset)
        if "debt" in self.tranches:
            raise NameTaken("no tranche is named debt: the register of debt shares has that name")
        _refuse_twice("tranches", [LENDERS, *self.tranches])
        _require_terms(books, self.terms(), (LENDERS, *self.tranches))

    def terms(self) -> Terms:
        """The terms that the pool begins with."""
        return Terms(
            waterfall=self.waterfall,
            proceeds_order=self.proceeds_order,
            recovery=self.recovery,
            exit_price=self.exit_price,
            fee_recipient=self.fee_recipient,
            reserve_factor_wad=self.reserve_factor_wad,
            collateral=self.collateral,
        )

    def fold(self, books: Books) -> None:
        self.chart(books.charters)
        books.openings[self.pool] = self.id
        books.terms[self.pool] = [self.terms()]
        books.terms_entries[self.pool] = no_entries()
        books.loans[self.pool] = Known(f"pool {self.pool} has no loan {{}}")
        _let_reserve_be_negative(books, self.pool)
        if self.debt == "indexed":
            books.sums.either.add(books.charters.pools[self.pool].unallocated)

    def unfold(self, books: Books) -> None:
        pool = books.charters.pools.pop(self.pool)
        books.sums.either -= {pool.reserve, pool.unallocated}
        del books.openings[self.pool], books.terms[self.pool], books.terms_entries[self.pool], books.loans[self.pool]

    def dependents(self, books: Books, position: int) -> list[int]:
        return _naming(self.pool, books, position)

    def chart(self, charters: Charters) -> None:
        """Enter the pool's charter among the charters."""
        charters.pools[self.pool] = self.charter()

    def charter(self) -> PoolCharter:
        """What the opening fixes for ever."""
        return pool_charter(
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
        books.require_same_as_before(self.fund, self.charter())
        books.require_asset(self.asset)

    def fold(self, books: Books) -> None:
        self.chart(books.charters)

    def unfold(self, books: Books) -> None:
        del books.charters.funds[self.fund]

    def dependents(self, books: Books, position: int) -> list[int]:
        return _naming(self.fund, books, position)

    def chart(self, charters: Charters) -> None:
        """Enter the fund's charter among the charters."""
        charters.funds[self.fund] = self.charter()

    def charter(self) -> FundCharter:
        """What the opening fixes for ever."""
        return fund_charter(self.fund, self.asset)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class TermsChanged(Event):
    """Some terms of a pool change; those that are absent stay. No postings.

    A case whose terms are fixed keeps those (law 6).
    """

    type: Literal["terms-changed"] = "terms-changed"
    pool: Named[PoolId]
    waterfall: Waterfall | None = None
    proceeds_order: ProceedsOrder | None = None
    recovery: RecoveryPolicy | None = None
    exit_price: ExitPrice | None = None
    fee_recipient: Named[PartyId] | None = None
    reserve_factor_wad: Wad | None = None
    collateral: tuple[CollateralTerms, ...] | None = None

    def moves(self, charters: Charters) -> Moves:
        return ()

    def changed(self) -> dict[str, Any]:
        """The terms that change, by name."""
        return {name: new for name in Terms._fields if (new := getattr(self, name)) is not None}

    def laws(self, books: Books) -> None:
        pool = books.charters.pools[self.pool]
        _require_terms(books, books.terms[self.pool][-1]._replace(**self.changed()), tuple(pool.tranches))

    def fold(self, books: Books) -> None:
        books.terms[self.pool].append(books.terms[self.pool][-1]._replace(**self.changed()))
        _let_reserve_be_negative(books, self.pool)

    def unfold(self, books: Books) -> None:
        books.terms[self.pool].pop()
        _let_reserve_be_negative(books, self.pool)

    def require_undoable(self, books: Books) -> None:
        *_, before, present = books.terms[self.pool]
        reserve = books.reserve(self.pool)
        if reserve < 0 and _may_be_negative(present) and not _may_be_negative(before):
            raise WrongSide(f"the reserve of pool {self.pool} is {reserve}, and the terms before do not let it be")

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return (books.terms_entries[self.pool],)

    def dependents(self, books: Books, position: int) -> list[int]:
        fixed = (case.terms_fixed_at for case in books.cases.values() if case.pool == self.pool)
        return sorted({*super().dependents(books, position), *(entry for entry in fixed if entry > position)})


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


def _require_terms(books: Books, terms: Terms, tranches: tuple[TrancheId, ...]) -> None:
    """Terms name what exists, and nothing twice."""
    for collateral in terms.collateral:
        books.require_asset(collateral.asset)
    for layer in terms.waterfall:
        if isinstance(layer, FundLayer):
            _ = books.charters.funds[layer.fund]
        if isinstance(layer, TrancheLayer) and layer.tranche not in tranches:
            raise UnknownName(f"the waterfall names a tranche {layer.tranche}, the pool has {', '.join(tranches)}")
    _refuse_twice("collateral", [collateral.asset for collateral in terms.collateral])
    _refuse_twice("proceeds_order", list(terms.proceeds_order))
    _refuse_twice("waterfall", [source for source in map(source_of, terms.waterfall) if source])


def _let_reserve_be_negative(books: Books, pool: PoolId) -> None:
    """The reserve may stand in debit where the present terms say so."""
    let = books.sums.either.add if _may_be_negative(books.terms[pool][-1]) else books.sums.either.discard
    let(books.charters.pools[pool].reserve)


def _may_be_negative(terms: Terms) -> bool:
    return any(isinstance(layer, ReserveLayer) and layer.negative for layer in terms.waterfall)


def _refuse_twice(field: str, named: list[object]) -> None:
    seen: set[object] = set()
    for name in named:
        if name in seen:
            raise NameTaken(f"{field} names {' '.join(name) if isinstance(name, tuple) else name} twice")
        seen.add(name)


_NAMES: Final = frozenset({"pool", "fund", "asset", "quote", "account", "commodity", "name"})
"""The fields, of events and of what stands in them, that name an asset, a pool or a fund, or what is owned by one."""


def _naming(name: str, books: Books, position: int) -> list[int]:
    """The later entries that name an asset, pool or fund, save those that were reversed, and reversals."""
    so_far = takewhile(lambda entry: entry[0] <= books.position, books.past.since(position))
    return [
        later
        for later, event in so_far
        if event.id not in books.reversed and event.type != "entry-reversed"
        if name in _named(json.loads(event.canonical()))
    ]


def _named(content: object) -> Iterator[str]:
    if isinstance(content, list):
        for part in content:
            yield from _named(part)
    elif isinstance(content, dict):
        for field, value in content.items():
            if isinstance(value, str) and field in _NAMES:
                yield value.split(":")[1] if ":" in value else value
            elif isinstance(value, list | dict):
                yield from _named(value)
