"""Open deficits by age: how much bad debt is borne by nobody yet, and for how long it has been so."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.chart import part_of
from ledger.events import (
    AdjustmentPosted,
    BadDebtSocialized,
    DebtRedistributed,
    DeficitCovered,
    DeficitRecapitalized,
    FundDrawn,
    RecoveryAllocated,
    ReserveDrawn,
    ShortfallRecognized,
)
from ledger.values import CaseId, PoolId, Timestamp, days_between, instant_key
from projections.balances import BalancesFold
from projections.control_totals import control_totals
from projections.deficits import DeficitRow, DeficitsFold
from projections.in_default import GapsFold
from projections.reading import Handler, Selection, Watch, fold
from projections.rows import Units
from projections.ties import Tie

BUCKETS: Final = ((30, "0-30"), (60, "31-60"), (90, "61-90"), (180, "91-180"), (365, "181-365"))
"""The last day of each bucket but the last one, and what it is called."""

OLDEST: Final = "over 365"
TOTAL: Final = "total"


class AgingRow(NamedTuple):
    """What is open in one bucket of days. The row `total` of each asset, without a pool, sums those above it.

    `open` are the deficits of `cases`, which sum to the accounts `assets:POOL:deficit:CASE`. What is recognized ages
    from its own `shortfall-recognized`, which made it the pool's; not from the default, as `age_days` of the report
    `deficits` does. What bears a deficit or is recovered for it does not say of which recognition, and takes off the
    oldest first (FIFO, as is usual with open items). A case may so be in several buckets; a total counts it once.
    `in_default` is what is not recognized yet, of `cases_in_default`; it ages from the default.
    """

    pool: str
    asset: str
    bucket: str
    cases: int
    open: Units
    cases_in_default: int
    in_default: Units


class OpenItem(NamedTuple):
    """What is open of a recognition of a case, and since when it is."""

    pool: PoolId
    case: CaseId
    amount: int
    since: Timestamp


class _Deficit:
    """What was recognized of a case, each at its time, and how much was taken off that; `begun` is its first entry."""

    __slots__ = ("begun", "recognized", "taken_off")

    def __init__(self, begun: Timestamp) -> None:
        self.begun = begun
        self.recognized: list[tuple[Timestamp, int]] = []
        self.taken_off = 0

    def open(self) -> Iterator[tuple[Timestamp, int]]:
        """What is open of each recognition, the oldest one, which is taken off first, first.

        More may be taken off than is shown to be recognized: what is too much is open, negative, since it began.
        """
        taken_off = self.taken_off
        for at, amount in sorted(self.recognized, key=lambda one: instant_key(one[0])):
            if amount > taken_off:
                yield at, amount - taken_off
            taken_off = max(taken_off - amount, 0)
        if taken_off:
            yield self.begun, -taken_off


class OpenItemsFold:
    """The fold of open deficits. They are kept whether or not the default that began a case is shown."""

    def __init__(self, charters: Charters) -> None:
        self._charters = charters
        self._deficits: dict[tuple[PoolId, CaseId], _Deficit] = {}
        self.handlers: dict[str, Handler] = {
            "shortfall-recognized": self._recognized,
            "fund-drawn": self._borne,
            "reserve-drawn": self._borne,
            "deficit-covered": self._borne,
            "deficit-recapitalized": self._borne,
            "debt-redistributed": self._redistributed,
            "bad-debt-socialized": self._borne,
            "recovery-allocated": self._recovered,
            "adjustment-posted": self._adjusted,
        }

    def items(self) -> Iterator[OpenItem]:
        """What is open of every case that has ever had a deficit, in order of pool, case and age.

        One of which nothing is open has one item, of 0. An adjustment opens an item of its own, or takes off.
        """
        for (pool, case), deficit in sorted(self._deficits.items(), key=lambda one: one[0]):
            for since, amount in list(deficit.open()) or [(deficit.begun, 0)]:
                yield OpenItem(pool, case, amount, since)

    def _change(self, pool: PoolId, case: CaseId, amount: int, at: Timestamp) -> None:
        """A deficit opens by an amount; negative, so much is taken off."""
        deficit = self._deficits.setdefault((pool, case), _Deficit(at))
        if amount > 0:
            deficit.recognized.append((at, amount))
        else:
            deficit.taken_off -= amount

    def _recognized(self, _: int, event: ShortfallRecognized) -> None:
        self._change(event.pool, event.case, event.principal + event.interest, event.at)

    def _borne(
        self, _: int, event: FundDrawn | ReserveDrawn | DeficitCovered | DeficitRecapitalized | BadDebtSocialized
    ) -> None:
        self._change(event.pool, event.case, -event.amount, event.at)

    def _redistributed(self, _: int, event: DebtRedistributed) -> None:
        self._change(event.pool, event.case, -event.amount(), event.at)

    def _recovered(self, _: int, event: RecoveryAllocated) -> None:
        for part in event.parts:
            if part.to == "deficit":
                self._change(event.pool, event.case, -part.amount, event.at)

    def _adjusted(self, _: int, event: AdjustmentPosted) -> None:
        for line in event.postings if event.pool is not None else ():
            part = part_of(line.account, line.commodity, self._charters)
            if event.pool is not None and part.holds == "deficit" and part.case is not None:
                self._change(event.pool, part.case, line.amount, event.at)


class _Bucket:
    """What falls into one bucket, or into all: of which cases, and how much."""

    __slots__ = ("cases", "cases_in_default", "in_default", "open")

    def __init__(self) -> None:
        self.cases: set[str] = set()
        self.cases_in_default: set[str] = set()
        self.open = self.in_default = 0

    def add(self, other: "_Bucket") -> None:
        """Count another one in."""
        self.cases |= other.cases
        self.cases_in_default |= other.cases_in_default
        self.open += other.open
        self.in_default += other.in_default


def aging(
    selection: Selection, named: Mapping[str, str], watch: Watch = iter
) -> tuple[Iterator[AgingRow], tuple[Tie, ...]]:
    """The rows of a selection, of all pools or of one that is named, and their ties to the accounts.

    Those of open deficits hold for any choice of entries. What is in default is tied where no entry shown belongs to a
    default that is not, and where it has accounts of its own: a pooled pool keeps its loans in one account, in default
    or not.
    """
    items, deficits = OpenItemsFold(selection.charters), DeficitsFold(selection.charters)
    gaps, balances = GapsFold(selection.charters), BalancesFold(selection.charters)
    shown = fold(selection, [items, deficits, gaps, balances], watch)
    of = named.get("pool")
    found = [item for item in items.items() if of in (None, item.pool)]
    cases = [row for row in deficits.rows(shown.as_of) if of in (None, row.pool)]
    reported: dict[str, int] = {}
    for item in found:
        asset = selection.charters.pools[item.pool].asset
        reported[asset] = reported.get(asset, 0) + item.amount
    ties = control_totals(balances, "assets", ("deficit",), reported, of), gaps.ties(cases, balances, pool=of)
    return _rows(found, cases, shown.as_of, selection.charters), tuple(chain.from_iterable(ties))


def bucket_of(days: int) -> str:
    """The bucket of an age in whole days."""
    return next((name for last, name in BUCKETS if days <= last), OLDEST)


def _rows(
    items: Iterable[OpenItem], cases: Iterable[DeficitRow], as_of: Timestamp | None, charters: Charters
) -> Iterator[AgingRow]:
    """Every bucket of each pool that has had a case, in order of pool and age, and the total of each asset."""
    pools: dict[PoolId, dict[str, _Bucket]] = {}
    for item in items:
        in_pool = pools.setdefault(item.pool, _buckets())
        if item.amount:
            bucket = in_pool[bucket_of(days_between(item.since, as_of or item.since))]
            bucket.cases.add(item.case)
            bucket.open += item.amount
    for case in cases:
        in_pool = pools.setdefault(PoolId(case.pool), _buckets())
        if case.in_default:
            bucket = in_pool[bucket_of(case.age_days or 0)]
            bucket.cases_in_default.add(case.case)
            bucket.in_default += case.in_default
    totals: dict[str, _Bucket] = {}
    for pool, in_pool in sorted(pools.items()):
        asset = charters.pools[pool].asset
        for name, bucket in in_pool.items():
            totals.setdefault(asset, _Bucket()).add(bucket)
            yield _row(pool, asset, name, bucket)
    yield from (_row("", asset, TOTAL, total) for asset, total in sorted(totals.items()))


def _buckets() -> dict[str, _Bucket]:
    return {name: _Bucket() for name in (*(name for _, name in BUCKETS), OLDEST)}


def _row(pool: str, asset: str, name: str, bucket: _Bucket) -> AgingRow:
    return AgingRow(
        pool=pool,
        asset=asset,
        bucket=name,
        cases=len(bucket.cases),
        open=Units(bucket.open),
        cases_in_default=len(bucket.cases_in_default),
        in_default=Units(bucket.in_default),
    )
