"""From opening to closing, period by period: lenders' claims, funds, open deficits or loans, by kind of movement.

Entries count in the period of their effective time, whenever they were recorded, so that what stands at the end of a
period is what a report says as of then.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.events import CATALOGUE, AnyEvent, EntryReversed
from ledger.journal import Entry
from ledger.values import EventId, Timestamp, instant_key
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


_ACCOUNTS: Final[dict[What, str]] = {
    "lenders": "liabilities:{0}:claims:{1}",
    "fund": "assets:{0}:cash",
    "deficit": "assets:{0}:deficit",
    "loans": "assets:{0}:loans, assets:{0}:defaulted, assets:{0}:interest",
}
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
    found = RollforwardFold(selection.charters, what, named["period"])
    shown = fold(selection, [found], passing(selection, watch, found.undone))
    owners = {named[kind] for kind in ("pool", "fund") if kind in named}
    rows = [row for row in found.rows(shown.as_of) if not owners or row.of in owners]
    return iter(rows), tuple(found.ties())


class RollforwardFold:
    """The fold of movements: sums by group, period and kind, with the accounts that they are held against.

    Sums commute: entries may come in any order. Of one period named, what comes after it is passed over.
    """

    def __init__(self, charters: Charters, what: What, period: str) -> None:
        self._charters = charters
        self._what: What = what
        self._length: Length | None = next((length for length in LENGTHS if length == period), None)
        self._only = None if self._length else period_named(period)
        self._sums: dict[_Group, dict[date, dict[str, int]]] = {}
        self._begins = lru_cache(maxsize=4096)(self._beginning)
        self._days: set[date] = set()
        self._balances = BalancesFold(charters)
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
        """The rows in order of pool or fund, tranche and period, through the period of a point."""
        periods = list(self._periods(as_of))
        for group, by_period in sorted(self._sums.items()):
            opening, begun = sum(by_period.get(_EARLIER, {}).values()), min(by_period)
            for period in periods:
                if period.end >= begun:
                    moved = by_period.get(period.start, {})
                    closing = opening + sum(moved.values())
                    yield from self._told(period, group, {**moved, "opening": opening, "closing": closing})
                    opening = closing

    def ties(self) -> Iterator[Tie]:
        """The last closings, held against the accounts as of then. Raises `BooksBroken` where they differ."""
        booked: dict[_Group, int] = {}
        for commodity, balances in self._balances.by_commodity.items():
            for account, balance in balances.items():
                if moved := moved_of(account, self._what, self._charters):
                    group = _Group(*moved, commodity)
                    booked[group] = booked.get(group, 0) + self._sign * balance
        for group in sorted(booked.keys() | self._sums.keys()):
            reported = sum(sum(moved.values()) for moved in self._sums.get(group, {}).values())
            accounts = _ACCOUNTS[self._what].format(group.of, group.tranche)
            yield tied(accounts, group.asset, reported=reported, booked=booked.get(group, 0))

    @property
    def _sign(self) -> int:
        """Claims stand in credit, all else in debit."""
        return -1 if self._what == "lenders" else 1

    def _take(self, _: int, event: AnyEvent) -> None:
        self._add(event, event, event.at)

    def _add(self, posting: AnyEvent, told: AnyEvent, at: Timestamp) -> None:
        """Add what an event posts, as a movement of the kind that another (for a reversal, its original) is of."""
        begins = self._begins(at[:10])
        if begins is None:
            return
        self._days.add(begins)
        if posting.type in self._balances.handlers:
            self._balances.handlers[posting.type](0, posting)
        for account, commodity, amount in posting.lines(self._charters):
            if moved := moved_of(account, self._what, self._charters):
                self._move(_Group(*moved, commodity), begins, kind_of(told, self._what), self._sign * amount)

    def _move(self, group: _Group, begins: date, kind: str, amount: int) -> None:
        moved = self._sums.setdefault(group, {}).setdefault(begins, {})
        moved[kind] = moved.get(kind, 0) + amount

    def _beginning(self, day: str) -> date | None:
        """The first day of the period that a day is in; of one period asked for, None for a day after it."""
        found = date.fromisoformat(day)
        if self._length is not None:
            return period_of(found, self._length).start
        if self._only is None or found > self._only.end:
            return None
        return self._only.start if found >= self._only.start else _EARLIER

    def _periods(self, as_of: Timestamp | None) -> Iterator[Period]:
        if self._only is not None:
            yield self._only
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
