"""Reading a journal into folds: as it stood at an effective time, a recorded time or a position."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, starmap, takewhile
from typing import Any, Final, NamedTuple, Protocol

from ledger.accounts import Charters, no_charters
from ledger.errors import JournalDamaged
from ledger.events import AssetRegistered, EntryReversed, FundOpened, PoolOpened
from ledger.journal import Entry, Journal
from ledger.values import EventId, Timestamp, instant_key

Handler = Callable[[int, Any], None]
"""Takes the position of an entry, and its event."""

Watch = Callable[[Iterable[Entry]], Iterable[Entry]]
"""Wraps the entries of a long reading, to show its progress."""

CHARTERED: Final = frozenset({"asset-registered", "fund-opened", "pool-opened"})

_NOTED: Final = CHARTERED | {"adjustment-posted", "entry-reversed"}


class Asked(NamedTuple):
    """The point at which a report is asked for: effective time (inclusive), recorded time (inclusive), position."""

    as_of: Timestamp | None = None
    known_at: Timestamp | None = None
    position: int | None = None


class Shown(NamedTuple):
    """The point at which a report stands.

    `position` is the last one considered, `as_of` the effective time asked for or else the latest that counts, `late`
    how many entries shown stand after one whose effective time is later than the one asked for, `adjusted` how many are
    adjustments that count.
    """

    position: int
    as_of: Timestamp | None
    known_at: Timestamp | None
    late: int
    adjusted: int


class Fold(Protocol):
    """A projection: handlers by the stored names of the events it folds. A test names those it passes over.

    A fold is total: it takes any choice of entries, lawful by themselves or not, and never refuses one.
    """

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What is done with an event of each name."""


class Begun(Protocol):
    """A point at which folds are kept: where it stands, what it has seen, and the folds' states by name."""

    @property
    def position(self) -> int:
        """The last entry that is folded."""

    @property
    def latest(self) -> str:
        """The latest effective time of what counts."""

    @property
    def adjusted(self) -> int:
        """How many adjustments count."""

    @property
    def chartered(self) -> Sequence[Entry]:
        """The entries that opened something."""

    @property
    def states(self) -> Mapping[str, Any]:
        """The states of the folds."""


class Points(Protocol):
    """Points from which a report of the past may go on, so that it is not folded from the first entry."""

    def newest(
        self,
        kept: Sequence[str],
        *,
        through: int,
        undone: Collection[int],
        as_of: str | None,
        known_at: Timestamp | None,
    ) -> Begun | None:
        """The last one up to a position at which all of some folds are kept, and that is beyond doubt.

        All entries up to it are effective by `as_of` and recorded by `known_at`; just those of them count that are not
        at a position in `undone`.
        """

    def gap(self, as_of: str) -> "Gap":
        """The entries that need not be read of what is asked as of a time."""


class Gap(NamedTuple):
    """No entry after a position and up to another is effective by a time; `opened` are those that opened something."""

    after: int = 0
    through: int = 0
    opened: Sequence[Entry] = ()


class Selection:
    """The entries that a report is asked about, with the charters, which are read unfiltered.

    A reversal that is among them undoes an entry: neither of the two counts. `undone` are the ids of both, known once
    the first entry is read.
    """

    def __init__(self, journal: Journal, asked: Asked, points: Points | None = None) -> None:
        self.charters: Charters = no_charters()
        self._journal = journal
        self._asked = asked
        self._points = points
        self._begun = 0
        self._as_of = None if asked.as_of is None else instant_key(asked.as_of).encode()
        self._position = 0
        self._late = 0
        self._adjusted = 0
        self._latest = b""
        self._fixed: tuple[int, frozenset[EventId]] | None = None
        self.undone: frozenset[EventId] = frozenset()

    def begin(self, folds: Sequence[Fold]) -> None:
        """Go on from a point at which all of these folds are kept, if there is one: what is read next begins there."""
        from projections.kept import Kept

        kept = [fold for fold in folds if isinstance(fold, Kept)]
        if self._points is None or len(kept) < len(folds):
            return
        (through, ids), known_at = self._fix(), self._asked.known_at
        as_of = None if self._as_of is None else self._as_of.decode()
        undone = [entry.position for entry in self._journal.known([*ids]).values() if entry.type != "entry-reversed"]
        names = [fold.name for fold in kept]
        point = self._points.newest(names, through=through, undone=undone, as_of=as_of, known_at=known_at)
        if point is not None:
            for entry in point.chartered:
                self._note(entry)
            for fold in kept:
                fold.restore(point.states[fold.name])
            self._begun, self._latest, self._adjusted = point.position, point.latest.encode(), point.adjusted

    def entries(self, watch: Watch = iter) -> Iterator[Entry]:
        """The entries to be shown, in order of position, whether they count or not."""
        return self._read(watch, every=True)

    def counted(self, watch: Watch = iter) -> Iterator[Entry]:
        """The entries that count: those that are neither reversed nor reversals."""
        return self._read(watch, every=False)

    def _read(self, watch: Watch, *, every: bool) -> Iterator[Entry]:
        as_of, (through, undone) = self._as_of, self._fix()
        self.undone, latest = undone, self._latest
        spans, passed = self._spans(through), False
        gap_ends = spans[-1][0] if len(spans) > 1 else through
        self._position, self._begun = self._begun, 0
        try:
            for entry in watch(self._known(chain.from_iterable(starmap(self._journal.read, spans)))):
                self._position = entry.position
                effective = entry.effective_key()
                noted = entry.type in _NOTED
                if noted:
                    self._note(entry)
                if as_of is not None:
                    passed = passed or effective > as_of or entry.position > gap_ends
                    if effective > as_of:
                        continue
                    self._late += passed
                if not undone or entry.id not in undone:
                    latest = max(latest, effective)
                    self._adjusted += noted and entry.type == "adjustment-posted"
                elif not every:
                    continue
                yield entry
            if self._asked.known_at is None:
                self._position = through
        finally:
            self._latest = latest

    def _spans(self, through: int) -> list[tuple[int, int]]:
        """What is to be read, from which position to which.

        Where points tell that nothing between two of them was effective by then, it is left out.
        """
        begun = self._begun
        if self._points is None or self._as_of is None or self._asked.known_at is not None:
            return [(begun, through)]
        gap = self._points.gap(self._as_of.decode())
        if not begun <= gap.after < min(gap.through, through):
            return [(begun, through)]
        for entry in gap.opened:
            if entry.position <= through:
                self._note(entry)
        before = (begun, gap.after)
        return [before, (gap.through, through)] if gap.through < through else [before]

    def _fix(self) -> tuple[int, frozenset[EventId]]:
        """The last position to be read, and what is undone by then: found out once, lest a reversal come between."""
        if self._fixed is None:
            head, asked = self._journal.head().position, self._asked.position
            through = head if asked is None else min(head, asked)
            self._fixed = through, self._undone(through)
        return self._fixed

    def _shows(self, entry: Entry) -> bool:
        return self._as_of is None or entry.effective_key() <= self._as_of

    def _undone(self, through: int) -> frozenset[EventId]:
        """The reversals among the entries to be shown, and what they reverse."""
        found: set[EventId] = set()
        for entry in self._known(self._journal.reversals(through)):
            if self._shows(entry):
                event = entry.event()
                if isinstance(event, EntryReversed):
                    found |= {event.id, event.of}
        return frozenset(found)

    def until(self, as_of: Timestamp) -> "Selection":
        """Those of them that are effective by a time, under the same charters. From now on both end at one position."""
        self._asked = self._asked._replace(position=self._fix()[0])
        by_then = min(as_of, self._asked.as_of or as_of, key=instant_key)
        found = Selection(self._journal, self._asked._replace(as_of=by_then))
        found.charters = self.charters
        return found

    def read_through(self) -> None:
        """Read the entries only to learn where the report stands."""
        for _ in self.entries():
            pass

    def shown(self) -> Shown:
        """Where the report stands, once its entries are read."""
        latest = Timestamp(f"{self._latest.decode()}Z") if self._latest else None
        return Shown(self._position, self._asked.as_of or latest, self._asked.known_at, self._late, self._adjusted)

    def _known(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        if self._asked.known_at is None:
            return entries
        known_at = instant_key(self._asked.known_at)
        return takewhile(lambda entry: instant_key(entry.recorded_at) <= known_at, entries)

    def _note(self, entry: Entry) -> None:
        event = entry.event()
        if isinstance(event, AssetRegistered | FundOpened | PoolOpened):
            event.chart(self.charters)
        elif isinstance(event, EntryReversed) and event.id not in self.undone and self._shows(entry):
            raise JournalDamaged(f"entry {entry.position} is a reversal that the index of reversals does not hold")


def fold(selection: Selection, folds: Iterable[Fold], watch: Watch = iter) -> Shown:
    """Run what counts of a selection through folds.

    An entry that no fold handles is not read beyond its effective time.
    """
    begun = tuple(folds)
    selection.begin(begun)
    handlers: dict[str, list[Handler]] = {}
    for one in begun:
        for name, handler in one.handlers.items():
            handlers.setdefault(name, []).append(handler)
    for entry in selection.counted(watch):
        if entry.type in handlers:
            event = entry.event()
            for handler in handlers[entry.type]:
                handler(entry.position, event)
    return selection.shown()
