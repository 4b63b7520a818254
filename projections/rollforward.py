"""From opening to closing, period by period: lenders' claims, funds, open deficits or loans, by kind of movement.

Entries count in the period of their effective time, whenever they were recorded, so that what stands at the end of a
period is what a report says as of then.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from ledger.accounts import Charters, PoolCharter
from ledger.events import CATALOGUE, AnyEvent, EntryReversed
from ledger.journal import Entry
from ledger.values import Commodity, EventId, Timestamp, instant_key
from projections.balances import BalancesFold
from projections.movements import MOVEMENTS, WHAT, What, kind_of, moved_of
from projections.periods import LENGTHS, Length, Period, day_of, period_named, period_of, periods_between
from projections.reading import Handler, Selection, Watch, fold
from projections.rows import Units
from projections.ties import Tie, tied
from projections.undone import passing

PERIODS_MAX: Final = 20_000
"""More periods than these are refused: a year is mistyped, or the point is far off."""


class TooMany(ValueError):
    """More than `PERIODS_MAX` periods were asked for."""


_EARLIER: Final = date.min
"""Under this day stands what came before the one period asked for."""


class RollforwardRow(NamedTuple):
    """opening + movements = closing, for each period and each pool and tranche, pool, or fund in `of`.

    Amounts are signed: what takes away is negative. A closing is the opening of the next period, and what the accounts
    hold as of the period's end, or of the point asked for where that is earlier: of `lenders` a tranche's claims, to
    which its lenders' balances add up but for their rounding, of `fund` its cash, of `deficit` what is open in a pool,
    of `loans` all that is owed in one, performing or in default, with interest not yet allocated. Movements that come
    to nothing are left out. What is reversed in a later period stays in its own; there the reversal takes it off.
    """

    what: str
    period: str
    start: str
    end: str
    of: str
    tranche: str
    asset: str
    movement: str
    amount: Units


class _Group(NamedTuple):
    of: str
    tranche: str
    asset: str


def rollforward(
    selection: Selection, named: Mapping[str, str], watch: Watch
) -> tuple[Iterator[RollforwardRow], tuple[Tie, ...]]:
    """The rows of `what` by `period` (a length such as `month`, or one period such as `2026-01`), and their ties.

    Raises `ValueError` for what is neither, and `TooMany` for more than `PERIODS_MAX` periods.
    """
    what = next((what for what in WHAT if what == named["what"]), None)
    if what is None:
        raise ValueError(f"no roll-forward of {named['what']}: there are {', '.join(WHAT)}")
    found, balances = RollforwardFold(selection.charters, what, named["period"]), BalancesFold(selection.charters)
    through = selection if found.only is None else selection.until(found.only.last())
    shown = fold(through, [found, balances], passing(through, watch, found.undone))
    if through is not selection:
        selection.read_through()
    owners = {named[kind] for kind in ("pool", "fund") if kind in named}
    rows = [row for row in found.rows(shown.as_of) if not owners or row.of in owners]
    return iter(rows), tuple(_ties(what, rows, balances, selection.charters, owners))


class RollforwardFold:
    """The fold of movements: sums by group, period and kind. Sums commute: entries may come in any order.

    `only` is the one period named, if one is: nothing that is later is to be folded then.
    """

    def __init__(self, charters: Charters, what: What, period: str) -> None:
        self._charters = charters
        self._what: What = what
        self._length: Length | None = next((length for length in LENGTHS if length == period), None)
        self.only = None if self._length else period_named(period)
        self._sums: dict[_Group, dict[date, dict[str, int]]] = {}
        self._begins = lru_cache(maxsize=4096)(self._beginning)
        self._days: set[date] = set()
        self._originals: dict[EventId, AnyEvent] = {}
        self.handlers: dict[str, Handler] = dict.fromkeys(CATALOGUE, self._take)

    def undone(self, entry: Entry) -> None:
        """An entry that is reversed, or its reversal: each counts at its time, so in one period they are nothing."""
        event = entry.event()
        if not isinstance(event, EntryReversed):
            self._originals[event.id] = event
            self._add(event, event, event.at)
        elif (original := self._originals.get(event.of)) is not None:
            self._add(event, original, max(event.at, original.at, key=instant_key))

    def rows(self, as_of: Timestamp | None) -> Iterator[RollforwardRow]:
        """The rows in order of pool or fund, tranche and period, through the period of a point.

        A closing is what the rows above it come to.
        """
        periods = list(self._periods(as_of))
        for group, by_period in sorted(self._sums.items()):
            opening, begun = sum(by_period.get(_EARLIER, {}).values()), min(by_period)
            for period in periods:
                if period.end >= begun:
                    moved = by_period.get(period.start, {})
                    closing = opening + sum(moved.get(movement, 0) for movement in MOVEMENTS[self._what])
                    yield from self._told(period, group, {**moved, "opening": opening, "closing": closing})
                    opening = closing

    def _take(self, _: int, event: AnyEvent) -> None:
        self._add(event, event, event.at)

    def _add(self, posting: AnyEvent, told: AnyEvent, at: Timestamp) -> None:
        """Add what an event posts, as a movement of the kind that another (for a reversal, its original) is of."""
        begins = self._begins(at[:10])
        self._days.add(begins)
        for account, commodity, amount in posting.lines(self._charters):
            if moved := moved_of(account, self._what, self._charters):
                self._move(_Group(*moved, commodity), begins, kind_of(told, self._what), _sign(self._what) * amount)

    def _move(self, group: _Group, begins: date, kind: str, amount: int) -> None:
        moved = self._sums.setdefault(group, {}).setdefault(begins, {})
        moved[kind] = moved.get(kind, 0) + amount

    def _beginning(self, day: str) -> date:
        """The first day of the period that a day is in."""
        found = date.fromisoformat(day)
        if self._length is not None:
            return period_of(found, self._length).start
        return self.only.start if self.only is not None and found >= self.only.start else _EARLIER

    def _periods(self, as_of: Timestamp | None) -> Iterator[Period]:
        if self.only is not None:
            yield self.only
        elif self._length is not None and self._days:
            last = max(self._days) if as_of is None else max(*self._days, day_of(as_of))
            for number, period in enumerate(periods_between(min(self._days), last, self._length), 1):
                if number > PERIODS_MAX:
                    raise TooMany(f"from {min(self._days)} to {last} there are more than {PERIODS_MAX:,} periods")
                yield period

    def _told(self, period: Period, group: _Group, amounts: Mapping[str, int]) -> Iterator[RollforwardRow]:
        for movement in MOVEMENTS[self._what]:
            if amounts.get(movement) or movement in ("opening", "closing"):
                yield RollforwardRow(
                    what=self._what,
                    period=period.name,
                    start=period.start.isoformat(),
                    end=period.end.isoformat(),
                    of=group.of,
                    tranche=group.tranche,
                    asset=group.asset,
                    movement=movement,
                    amount=Units(amounts.get(movement, 0)),
                )


def _sign(what: What) -> int:
    """Claims stand in credit, all else in debit."""
    return -1 if what == "lenders" else 1


def _ties(
    what: What, rows: Iterable[RollforwardRow], balances: BalancesFold, charters: Charters, owners: Collection[str]
) -> Iterator[Tie]:
    """The last closings, held against the accounts of all pools and funds, or of `owners`.

    Which accounts these are follows from their names alone. Raises `BooksBroken` where the two differ.
    """
    closings = {_Group(row.of, row.tranche, row.asset): row.amount for row in rows if row.movement == "closing"}
    charted = {group: names for group, names in _charted(what, charters) if not owners or group.of in owners}
    booked = _booked(balances, {group.asset for group in charted})
    for group in sorted({*closings, *charted}):
        names = charted.get(group, (f"no account of {group.of}",))
        amounts = [booked[name, group.asset] for name in names if (name, group.asset) in booked]
        if amounts or group in closings:
            reported, balance = closings.get(group, 0), _sign(what) * sum(amounts)
            yield tied(" + ".join(names), group.asset, reported=reported, booked=balance)


def _charted(what: What, charters: Charters) -> Iterator[tuple[_Group, tuple[str, ...]]]:
    """The accounts that there may be of each pool and tranche, pool, or fund; `*` stands for any loan or case."""
    if what == "fund":
        for fund in charters.funds.values():
            yield _Group(fund.fund, "", fund.asset), (fund.cash,)
        return
    for pool in charters.pools.values():
        match what:
            case "lenders":
                for tranche, accounts in pool.tranches.items():
                    yield _Group(pool.pool, tranche, pool.asset), (accounts.claims,)
            case "deficit":
                yield _Group(pool.pool, "", pool.asset), (f"assets:{pool.pool}:deficit:*",)
            case "loans":
                yield _Group(pool.pool, "", pool.asset), _of_loans(pool)


def _of_loans(pool: PoolCharter) -> tuple[str, ...]:
    """The accounts of what is owed to a pool, as its loans are kept."""
    if pool.pooled:
        return (pool.loans,)
    each = tuple(f"assets:{pool.pool}:{state}:*" for state in ("loans", "defaulted"))
    return (*each, pool.unallocated) if pool.debt == "indexed" else each


def _booked(balances: BalancesFold, commodities: Collection[str]) -> dict[tuple[str, str], int]:
    """The balances in some commodities by account, those of assets that are kept by loan or case summed as `*`."""
    booked: dict[tuple[str, str], int] = {}
    for commodity in commodities:
        for account, amount in balances.by_commodity.get(Commodity(commodity), {}).items():
            kind, owner, holds, *rest = account.split(":")
            name = f"{kind}:{owner}:{holds}:*" if kind == "assets" and rest else account
            booked[name, commodity] = booked.get((name, commodity), 0) + amount
    return booked
