"""Loans at the prices observed: loan to value, health, what is unbacked; and what would cover a pool's shortfall.

A row for each loan, and one for each pool that sums them. A value that takes a price which was never observed is left
empty, never taken as zero.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

from ledger.accounts import Charters
from ledger.events import PoolOpened, PriceObserved, TermsChanged
from ledger.terms import CollateralTerms
from ledger.values import LENDERS, WAD, PoolId, Timestamp, instant_key, mul_div_down, mul_div_up
from ledger.waterfall import FundLayer, Layer, TrancheLayer, Waterfall, fund_limit, fund_room, source_of
from projections.balances import BalancesFold
from projections.control_totals import control_totals
from projections.loans import LoanRow, LoansFold
from projections.reading import Handler, Selection, Watch, fold
from projections.rows import Units, Wad
from projections.ties import Tie


class RiskRow(NamedTuple):
    """One loan; or, with `loan` empty, all loans of a pool, with what covers their expected shortfall.

    `collateral_value` is in the pool's asset, each asset held rounded down, at the last price observed between the two,
    either way round. With `ltv` = debt / value, rounded up; `health` = sum of value · liquidation threshold / debt, as
    in Aave's health factor, rounded down: below 10^18 a loan may be liquidated; `buffer` = 1 - debt / sum of value ·
    threshold, the part of its value that collateral may lose until then, rounded down; `leverage` = value / (value -
    debt), rounded up. `unbacked` is what the debt is above the value, `unpriced` debt whose collateral has no price:
    the other figures of a pool are of the rest. `price_at` is when the oldest price used was observed, counted in whole
    seconds to the time of the report. Thresholds are the terms' as they stand.

    Of a pool, `fund` is what the funds that bear a loss before the lenders would pay for one case, by their caps and
    floors, and `junior` the claims of the tranches that do: the layers of its waterfall down to the first that
    socializes, charges `lenders`, or holds the deficit open. `cover` is both / unbacked, rounded down. A fund that
    several pools share covers each of them here.
    """

    pool: str
    loan: str
    borrower: str
    asset: str
    status: str
    debt: Units
    collateral_value: Units | None
    ltv: Wad | None
    health: Wad | None
    buffer: Wad | None
    leverage: Wad | None
    unbacked: Units | None
    unpriced: Units
    price_at: str
    price_age_seconds: int | None
    fund: Units | None
    junior: Units | None
    cover: Wad | None


class _Valued(NamedTuple):
    """A value in another asset, and when its price was observed; None where it takes no price."""

    value: int
    at: Timestamp | None


class PricesFold:
    """The fold of prices: the last one of each pair, by effective time, whichever way round it is quoted."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], tuple[str, int, PriceObserved]] = {}
        self.handlers: dict[str, Handler] = {"price-observed": self._observed}

    def value(self, asset: str, quantity: int, quote: str) -> _Valued | None:
        """What a quantity of an asset is worth in another, rounded down; None where no price was observed."""
        if asset == quote:
            return _Valued(quantity, None)
        pairs = ((asset, quote), (quote, asset))
        found = [self._last[pair] for pair in pairs if pair in self._last]
        if not found:
            return None
        last = max(found, key=lambda seen: seen[:2])[2]
        if last.asset == asset:
            return _Valued(mul_div_down(quantity, last.price, 10**last.scale), last.at)
        return _Valued(mul_div_down(quantity, 10**last.scale, last.price), last.at) if last.price else None

    def _observed(self, position: int, event: PriceObserved) -> None:
        pair, at = (event.asset, event.quote), instant_key(event.at)
        if pair not in self._last or self._last[pair][0] <= at:
            self._last[pair] = at, position, event


class TermsFold:
    """The fold of each pool's terms, as far as they tell risk: its waterfall, and thresholds by asset, as wads."""

    def __init__(self) -> None:
        self.waterfalls: dict[PoolId, Waterfall] = {}
        self.thresholds: dict[PoolId, dict[str, int]] = {}
        self.handlers: dict[str, Handler] = {"pool-opened": self._set, "terms-changed": self._set}

    def _set(self, _: int, event: PoolOpened | TermsChanged) -> None:
        if event.waterfall is not None:
            self.waterfalls[event.pool] = event.waterfall
        if event.collateral is not None:
            self.thresholds[event.pool] = _thresholds(event.collateral)


def _thresholds(collateral: Iterable[CollateralTerms]) -> dict[str, int]:
    return {terms.asset: terms.liquidation_threshold_wad for terms in collateral}


@dataclass(frozen=True, slots=True)
class _Market:
    """What risk is told by, beside the loans themselves."""

    charters: Charters
    prices: PricesFold
    terms: TermsFold
    balances: BalancesFold
    as_of: Timestamp | None


def risk(
    selection: Selection, named: Mapping[str, str], watch: Watch = iter
) -> tuple[Iterator[RiskRow], tuple[Tie, ...]]:
    """The rows of a selection, of all loans or of those named, and their ties to the accounts.

    Tied are the debts as they are booked, and the quantities of collateral; of a pool or loan that is named, its own.
    A debt that is shown may be above what is booked: by the interest that an index implies, and in a pooled pool, which
    has one account for all loans and no tie here, by rounding.
    """
    loans, prices, terms = LoansFold(selection.charters), PricesFold(), TermsFold()
    balances = BalancesFold(selection.charters)
    shown = fold(selection, [loans, prices, terms, balances], watch)
    found = [row for row in loans.rows() if all(getattr(row, kind) == name for kind, name in named.items())]
    ties = tuple(_ties(found, balances, named.get("pool"), named.get("loan")))
    market = _Market(selection.charters, prices, terms, balances, shown.as_of)
    return _rows(found, market, with_pools="loan" not in named), ties


def _ties(loans: Iterable[LoanRow], balances: BalancesFold, pool: str | None, loan: str | None) -> Iterator[Tie]:
    debts: dict[str, int] = {}
    quantities: dict[str, int] = {}
    for row in loans:
        if row.principal is not None and row.interest is not None:
            debts[row.asset] = debts.get(row.asset, 0) + row.principal + row.interest
        for asset, quantity in row.collateral.items():
            quantities[asset] = quantities.get(asset, 0) + quantity
    yield from control_totals(balances, "assets", ("loans", "defaulted"), debts, pool, loan)
    yield from control_totals(balances, "assets", ("collateral",), quantities, pool, loan)


def _rows(loans: Iterable[LoanRow], market: _Market, *, with_pools: bool) -> Iterator[RiskRow]:
    """The rows in order of pool and loan, each pool's own after its loans."""
    by_pool: dict[str, list[RiskRow]] = {}
    for loan in loans:
        by_pool.setdefault(loan.pool, []).append(_of_loan(loan, market))
    for pool, rows in sorted(by_pool.items()):
        yield from rows
        if with_pools:
            yield _of_pool(PoolId(pool), rows, market)


def _of_loan(loan: LoanRow, market: _Market) -> RiskRow:
    held = {asset: quantity for asset, quantity in loan.collateral.items() if quantity}
    valued = {asset: market.prices.value(asset, quantity, loan.asset) for asset, quantity in held.items()}
    known = {asset: one for asset, one in valued.items() if one is not None}
    value = sum(one.value for one in known.values()) if len(known) == len(held) else None
    weighted = _weighted(known, market.terms.thresholds.get(PoolId(loan.pool), {})) if value is not None else None
    at = min((one.at for one in known.values() if one.at), key=instant_key, default=None)
    debt = loan.debt
    return RiskRow(
        pool=loan.pool,
        loan=loan.loan,
        borrower=loan.borrower,
        asset=loan.asset,
        status=loan.status,
        debt=debt,
        collateral_value=None if value is None else Units(value),
        ltv=_ltv(debt, value),
        health=None if weighted is None or debt <= 0 else Wad(weighted // debt),
        buffer=Wad(WAD - mul_div_up(debt * WAD, WAD, weighted)) if weighted else None,
        leverage=Wad(mul_div_up(value, WAD, value - debt)) if value is not None and value > debt else None,
        unbacked=None if value is None else Units(max(debt - value, 0)),
        unpriced=debt if value is None else Units(0),
        price_at=at or "",
        price_age_seconds=None if at is None else seconds_between(at, market.as_of or at),
        fund=None,
        junior=None,
        cover=None,
    )


def _weighted(values: Mapping[str, _Valued], thresholds: Mapping[str, int]) -> int | None:
    """The sum of values times their thresholds; None without collateral, and where the terms do not name some of it."""
    if not values or not thresholds.keys() >= values.keys():
        return None
    return sum(one.value * thresholds[asset] for asset, one in values.items())


def _ltv(debt: int, value: int | None) -> Wad | None:
    return Wad(mul_div_up(debt, WAD, value)) if value is not None and value > 0 else None


def _of_pool(pool: PoolId, loans: list[RiskRow], market: _Market) -> RiskRow:
    debt, unpriced = sum(row.debt for row in loans), sum(row.unpriced for row in loans)
    value, unbacked = sum(row.collateral_value or 0 for row in loans), sum(row.unbacked or 0 for row in loans)
    fund, junior = _fund(pool, market), _junior(pool, market)
    oldest = min((row for row in loans if row.price_at), key=lambda row: row.price_at[:-1], default=None)
    return RiskRow(
        pool=pool,
        loan="",
        borrower="",
        asset=market.charters.pools[pool].asset,
        status="",
        debt=Units(debt),
        collateral_value=Units(value),
        ltv=_ltv(debt - unpriced, value),
        health=None,
        buffer=None,
        leverage=None,
        unbacked=Units(unbacked),
        unpriced=Units(unpriced),
        price_at=oldest.price_at if oldest else "",
        price_age_seconds=oldest.price_age_seconds if oldest else None,
        fund=None if fund is None else Units(fund),
        junior=Units(junior),
        cover=Wad(mul_div_down(fund + junior, WAD, unbacked)) if fund is not None and unbacked > 0 else None,
    )


def _fund(pool: PoolId, market: _Market) -> int | None:
    """What the funds before the lenders would pay for one case, in the pool's asset; None where one has no price."""
    total = 0
    for layer in _first_loss(pool, market):
        if isinstance(layer, FundLayer):
            charter = market.charters.funds[layer.fund]
            balance = market.balances.balance(charter.cash, charter.asset)
            room = fund_room(layer, limit=fund_limit(layer, balance), paid=0, balance=balance)
            valued = market.prices.value(charter.asset, room, market.charters.pools[pool].asset)
            if valued is None:
                return None
            total += valued.value
    return total


def _junior(pool: PoolId, market: _Market) -> int:
    """The claims of the tranches that bear a loss before the lenders."""
    charter = market.charters.pools[pool]
    tranches = (layer.tranche for layer in _first_loss(pool, market) if isinstance(layer, TrancheLayer))
    return sum(-market.balances.balance(charter.tranches[name].claims, charter.asset) for name in tranches)


def _first_loss(pool: PoolId, market: _Market) -> Iterator[Layer]:
    """The layers that bear a loss before it falls on the lenders or is left open."""
    return takewhile(_bears_first, market.terms.waterfalls.get(pool, ()))


def _bears_first(layer: Layer) -> bool:
    return source_of(layer) not in (None, ("tranche", LENDERS))


def seconds_between(earlier: Timestamp, later: Timestamp) -> int:
    """Whole seconds from `earlier` to `later`, rounded down; negative when `later` comes first."""
    whole = datetime.fromisoformat(later[:19]) - datetime.fromisoformat(earlier[:19])
    fraction = later[19:-1] < earlier[19:-1]
    return whole.days * 86_400 + whole.seconds - fraction
