"""What insurance funds held and what deficit was open at each effective time: series that are exact at every point."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.events import AnyEvent, EntryReversed
from ledger.values import EventId, Timestamp, instant_key
from projections.case import CaseRow
from projections.reading import Selection, Watch

POINTS_MAX: Final = 400
"""At most about so many points of a series are drawn."""


class Point(NamedTuple):
    """What a series comes to from a time on, in base units."""

    at: Timestamp
    amount: int


class Line(NamedTuple):
    """A series: what it is of, its asset, and its points in order of time, one for each time at which it changed."""

    name: str
    asset: str
    points: tuple[Point, ...]

    def drawn(self) -> tuple[Point, ...]:
        """The points to be drawn: all of them, or of every run the lowest and the highest, and always the last."""
        run = -(-2 * len(self.points) // POINTS_MAX)
        if len(self.points) <= POINTS_MAX:
            return self.points
        kept: set[int] = {0, len(self.points) - 1}
        for first in range(0, len(self.points), run):
            indices = range(first, min(first + run, len(self.points)))
            kept |= {min(indices, key=self._amount), max(indices, key=self._amount)}
        return tuple(self.points[index] for index in sorted(kept))

    def _amount(self, index: int) -> int:
        return self.points[index].amount


class Series:
    """The changes of funds' cash and of pools' open deficits, gathered by effective time.

    A reversal takes its original back at its own time, as in every report asked for as of that time.
    """

    def __init__(self, charters: Charters) -> None:
        self._charters = charters
        self._changes: dict[tuple[str, str, str], dict[str, int]] = {}
        self._times: dict[str, Timestamp] = {}
        self._seen: dict[EventId, Timestamp] = {}

    def read(self, selection: Selection, watch: Watch = iter) -> None:
        """Read the entries shown."""
        for entry in selection.entries(watch):
            if entry.type not in _MOVES:
                continue
            event = entry.event()
            at = event.at
            if entry.id in selection.undone:
                found = self._seen.get(event.of) if isinstance(event, EntryReversed) else at
                if found is None:
                    continue
                at = max(found, at, key=instant_key)
                self._seen[entry.id] = at
            self._add(event, at)

    def _add(self, event: AnyEvent, at: Timestamp) -> None:
        for account, commodity, amount in event.lines(self._charters):
            kind, name, *rest = account.split(":")
            if kind != "assets" or not amount:
                continue
            if rest == ["cash"] and name in self._charters.funds:
                self._change(("fund", name, commodity), at, amount)
            elif rest[:1] == ["deficit"]:
                self._change(("deficit", f"{name}:{rest[1]}", commodity), at, amount)

    def _change(self, key: tuple[str, str, str], at: Timestamp, amount: int) -> None:
        instant = instant_key(at)
        self._times[instant] = at
        changes = self._changes.setdefault(key, {})
        changes[instant] = changes.get(instant, 0) + amount

    def funds(self, names: Iterable[str]) -> Iterator[Line]:
        """What each of these funds held, in order of name."""
        chosen = set(names)
        for kind, name, asset in sorted(self._changes):
            if kind == "fund" and name in chosen:
                yield Line(f"fund {name}", asset, self._points([(kind, name, asset)]))

    def deficits(self, pools: Iterable[str], case: str | None = None) -> Iterator[Line]:
        """The open deficit of these pools together, or of one case, a line for each asset."""
        chosen, by_asset = set(pools), dict[str, list[tuple[str, str, str]]]()
        for kind, name, asset in sorted(self._changes):
            pool, _, of = name.partition(":")
            if kind == "deficit" and pool in chosen and case in (None, of):
                by_asset.setdefault(asset, []).append((kind, name, asset))
        for asset, keys in by_asset.items():
            yield Line("open deficit", asset, self._points(keys))

    def _points(self, keys: Iterable[tuple[str, str, str]]) -> tuple[Point, ...]:
        changes: dict[str, int] = {}
        for key in keys:
            for instant, amount in self._changes[key].items():
                changes[instant] = changes.get(instant, 0) + amount
        return _summed(changes, self._times)


def unrecovered_of(steps: Sequence[CaseRow]) -> Line:
    """What of a case was in default or an open deficit, by effective time."""
    changes: dict[str, int] = {}
    times: dict[str, Timestamp] = {}
    before = 0
    for step in steps:
        at = Timestamp(step.at)
        times[instant_key(at)] = at
        changes[instant_key(at)] = changes.get(instant_key(at), 0) + step.remaining - before
        before = step.remaining
    return Line("unrecovered", steps[0].asset, _summed(changes, times))


def between(line: Line, start: Timestamp, end: Timestamp) -> Line:
    """The part of a line from a time on up to another, begun with what it came to there, ended with what it is."""
    first, last = instant_key(start), instant_key(end)
    before = [point for point in line.points if instant_key(point.at) <= first]
    inside = [point for point in line.points if first < instant_key(point.at) <= last]
    points = [Point(start, before[-1].amount if before else 0), *inside]
    if points[-1].at != end:
        points.append(Point(end, points[-1].amount))
    return line._replace(points=tuple(points))


def _summed(changes: Mapping[str, int], times: Mapping[str, Timestamp]) -> tuple[Point, ...]:
    amount, points = 0, []
    for instant in sorted(changes):
        amount += changes[instant]
        points.append(Point(times[instant], amount))
    return tuple(points)


_MOVES: Final = frozenset(
    {
        *("fund-contributed", "fund-withdrawn", "fund-drawn", "shortfall-recognized", "reserve-drawn"),
        *("deficit-covered", "deficit-recapitalized", "debt-redistributed", "bad-debt-socialized"),
        *("recovery-allocated", "adjustment-posted", "entry-reversed"),
    }
)
"""The events that may move a fund's cash or an open deficit; a test holds that no others do."""
