"""Which entries changed a report between two points: the way from one point to the other, entry by entry.

The entries that count at one of the points only are taken in order of position. At each of them the choice that is made
at the one point gives way to that of the other, and an entry changed a field if the field is another after that step
than before it. An entry that was learnt late so is told of all that it changed by then, also of how a later loss fell.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.events import AnyEvent
from ledger.journal import Entry, Journal
from projections.differing import Key, Pair, Rows, by_key, differing, fields_of
from projections.reading import Asked, Selection, Shown, Watch
from projections.reports import Folded, Report
from projections.statement import Unclear

WORK_MAX: Final = 20_000_000
"""So many entries are folded again, or rows made again, to find out what changed what; beyond that it is not told."""

Changed = Mapping[tuple[Key, str], Sequence[Entry]]

_THE_ROW: Final = ""
"""In the place of a field: that the row came to be there, or went."""


class Points(NamedTuple):
    """Two points of a journal: the positions that count at each, where each stands, and the charters known by both."""

    taken: tuple[AbstractSet[int], AbstractSet[int]]
    shown: tuple[Shown, Shown]
    charters: Charters

    def between(self) -> AbstractSet[int]:
        """The positions that count at one of the points only."""
        return self.taken[0] ^ self.taken[1]


class Attribution(NamedTuple):
    """The entries that changed each field of each row, in order of position.

    `ends` are the rows before and after, where they were met on the way.
    """

    changed: Changed
    ends: tuple[Rows, Rows] | None

    def of(self, pair: Pair, field: str) -> Sequence[Entry]:
        """The entries that changed a field; of a field of which a row at one point only says nothing, the row."""
        found = self.changed.get((pair.key, field), ())
        return found or (self.changed.get((pair.key, _THE_ROW), ()) if None in pair[1:] else ())


def attributed(
    report: Report, journal: Journal, points: Points, named: Mapping[str, str], *, work_max: int = WORK_MAX
) -> Attribution | None:
    """Which entries between two points changed what in a report. None where that takes more than `work_max` steps."""
    walk = _Walk(report, journal, points, named)
    if walk.work() > work_max:
        return None
    return Attribution(walk.changed, walk.ends) if walk.go(work_max) else None


class _Read(Entry):
    """An entry that is read once, however often it is folded."""

    @cached_property
    def _event(self) -> AnyEvent:
        return super().event()

    def event(self) -> AnyEvent:
        return self._event


class _Chosen(Selection):
    """Any choice of entries, under charters that are known."""

    def __init__(self, journal: Journal, points: Points, shown: Shown, chosen: Iterable[Entry]) -> None:
        super().__init__(journal, Asked(position=shown.position))
        self.charters = points.charters
        self._shown = shown
        self._chosen = chosen

    def _read(self, watch: Watch, *, every: bool) -> Iterator[Entry]:  # noqa: ARG002  (all that is chosen counts)
        yield from watch(self._chosen)

    def shown(self) -> Shown:
        return self._shown


class _Walk:
    """The way from the point that reaches less far to the other one: what is changed is the same there and back.

    The report is made again after each of the entries that are `early`, which stand among those of the nearer point.
    Those of the `tail` stand behind them all; folds go on through these.
    """

    def __init__(self, report: Report, journal: Journal, points: Points, named: Mapping[str, str]) -> None:
        self.changed: dict[tuple[Key, str], list[Entry]] = defaultdict(list)
        self.ends: tuple[Rows, Rows] | None = None
        self._report, self._journal, self._points, self._named = report, journal, points, named
        near, far = sorted((0, 1), key=lambda side: (max(points.taken[side], default=0), sorted(points.taken[side])))
        self._sides = near, far
        self._near, self._far, self._shown = points.taken[near], points.taken[far], points.shown[far]
        self._end, between = max(self._near, default=0), sorted(points.between())
        self._early = [position for position in between if position <= self._end]
        self._tail = [position for position in between if position > self._end]

    def work(self) -> int:
        """How many entries are folded again."""
        return len(self._near | self._far) * len(self._made_again())

    def go(self, work_max: int) -> bool:
        """Go all the way, unless the rows of the tail are too many."""
        every: Iterable[Entry] = self._read()
        if again := self._made_again():
            every = list(every)
            self._go_again(every, again)
        if not self._tail or not isinstance(self._report.make, Folded):
            return True
        return self._go_on(self._report.make, every, work_max)

    def _made_again(self) -> list[int]:
        return self._early if isinstance(self._report.make, Folded) else [*self._early, *self._tail]

    def _read(self) -> Iterator[Entry]:
        """The entries of both points."""
        either = self._near | self._far
        entries = self._journal.read(through=max(either, default=0))
        return (_Read(*entry) for entry in entries if entry.position in either)

    def _go_again(self, every: Sequence[Entry], between: Sequence[int]) -> None:
        """Make the report again after each of these entries."""
        rows = self._made(every, 0)
        by_position = {entry.position: entry for entry in every}
        for position in between:
            made = self._made(every, position)
            self._note(by_position[position], rows, made)
            rows = made

    def _made(self, every: Sequence[Entry], through: int) -> Rows:
        chosen = _Chosen(self._journal, self._points, self._shown, self._at(every, through))
        try:
            return by_key(self._report, self._report.make(chosen, self._named, iter).rows)
        except Unclear:  # nobody of that name is there yet
            return {}

    def _at(self, every: Iterable[Entry], through: int) -> Iterator[Entry]:
        """The choice once the way has come through a position: the farther point's up to there, the nearer's beyond."""
        return (entry for entry in every if entry.position in (self._far if entry.position <= through else self._near))

    def _go_on(self, folded: Folded, every: Iterable[Entry], work_max: int) -> bool:
        """Let folds go on through the tail, once they have taken all before it."""
        begun, as_of = folded.begin(self._points.charters, self._named), self._shown.as_of
        near: Rows = {}
        rows: Rows | None = None
        for entry in self._at(every, max(self._far, default=0)):
            if rows is None and entry.position > self._end:
                near = by_key(self._report, begun.rows(self._points.shown[self._sides[0]].as_of))
                rows = by_key(self._report, begun.rows(as_of))
            handlers = [one.handlers[entry.type] for one in begun.folds if entry.type in one.handlers]
            for handler in handlers:
                handler(entry.position, entry.event())
            if handlers and rows is not None:
                made = begun.changed(entry.event(), as_of) if begun.changed else begun.rows(as_of)
                changed = by_key(self._report, made)
                self._note(entry, {key: row for key in changed if (row := rows.get(key)) is not None}, changed)
                rows.update(changed)
                work_max -= len(changed)
                if work_max < 0:
                    return False
        if rows is not None and not self._early:
            ends = dict(zip(self._sides, (near, by_key(self._report, begun.rows(as_of))), strict=True))
            self.ends = ends[0], ends[1]
        return True

    def _note(self, entry: Entry, before: Rows, after: Rows) -> None:
        """What an entry changed."""
        for pair in differing(before, after):
            in_both = pair.before is not None and pair.after is not None
            if not in_both:
                self.changed[pair.key, _THE_ROW].append(entry)
            for field in fields_of(self._report, pair):
                if in_both or field.says_something():
                    self.changed[pair.key, field.name].append(entry)
