"""The moments at which balances are compared, and which entries count at each: one reading of the journal for them all.

A moment is told by a block, by a time, or by both. An entry whose evidence names a block counts from the first moment
whose block is not before it; any other, and all of them where a moment names no block, from the first moment that is
not before its effective time. So a block wins over the time that is said with it. Where only a block is said, its time
is the latest effective time of the entries of blocks up to it.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.events import EntryReversed
from ledger.journal import Entry
from ledger.values import EventId, Timestamp, instant_key
from projections.reading import Asked, Selection, Watch
from projections.reconciliation.items import Snapshot, SourceRefused
from projections.reconciliation.standing import moment_of

_BLOCK: Final = re.compile(rb'"evidence":\{(?:"chain_id":\d+,)?"block":(\d+)')
"""Where an event's canonical bytes tell a block; inside a text every quote is escaped, so it stands nowhere else."""

_NO_TIME: Final = ""

_MANY: Final = 1 << 62


class Moment(NamedTuple):
    """A moment, with what is said of it. `at` is an instant."""

    at: str
    block: int | None
    snapshots: tuple[Snapshot, ...]

    @property
    def day(self) -> str:
        """The day on which it is, in UTC."""
        return self.at[:10]

    @property
    def said(self) -> str:
        """The moment as it was said: a day for its end."""
        said = self.snapshots[0].at if self.snapshots else ""
        return said if len(said) == len(self.day) else self.at

    def told(self) -> str:
        """The moment in words."""
        return self.said if self.block is None else f"block {self.block}"

    def has(self, entry: Entry) -> bool:
        """Whether an entry counts by then, unless it is undone."""
        if self.block is not None and (block := block_of(entry)) is not None:
            return block <= self.block
        return entry.effective_key().decode() <= instant_key(Timestamp(self.at))


class Counting(NamedTuple):
    """From which moment on each entry counts, and from which on no longer.

    `first` has one place for each position from 1 on: the number of the first moment at which the entry counts, as many
    as there are moments where it counts at none. `undone` are the entries and reversals that a moment finds undone,
    each with the number of that moment. `position` is the last that was read.
    """

    moments: tuple[Moment, ...]
    first: Sequence[int]
    undone: dict[int, int]
    charters: Charters
    position: int

    def counts(self, position: int, moment: int) -> bool:
        """Whether an entry counts at a moment."""
        return self.first[position - 1] <= moment < self.undone.get(position, _MANY)

    def courses(self) -> Iterator[range]:
        """The moments in runs in which nothing that counted is undone: each can be read in one pass."""
        begun = 0
        cuts = {gone for position, gone in self.undone.items() if self.first[position - 1] < gone}
        for cut in sorted(cut for cut in cuts if cut < len(self.moments)):
            yield range(begun, cut)
            begun = cut
        yield range(begun, len(self.moments))


def block_of(entry: Entry) -> int | None:
    """The block that an entry's evidence names, read without reading the rest of the event."""
    found = _BLOCK.search(entry.content)
    return None if found is None else int(found[1])


def counting(
    select: Callable[[Asked], Selection], position: int, snapshots: Sequence[Snapshot], watch: Watch
) -> Counting:
    """Which entries up to a position count at the moments of some snapshots.

    Raises `SourceRefused` for a moment that is not told, or only by a block before every entry, and where the moments
    cannot be put in one order, for blocks and times contradict each other.
    """
    read = _read(select(Asked(position=position)), watch)
    return read.at(_moments(snapshots, read.marks))


def counting_again(then: Selection, now: Selection, moment: Moment) -> tuple[Counting, Counting]:
    """Which entries counted at a moment when it was compared, and which of all that are there now would.

    A moment that had its time from the entries of its block has it from those that are there now.
    """
    read, again = _read(then, iter), _read(now, iter)
    at = again.time_of(moment.block) if read.time_of(moment.block) == moment.at else moment.at
    return read.at((moment,)), again.at((moment._replace(at=at),))


class _Marks(NamedTuple):
    """What is read of entries: the block and the time of each, those that are undone, and the reversals among them."""

    marks: Sequence[tuple[int | None, str]]
    reversals: Sequence[tuple[int, EntryReversed]]
    places: dict[EventId, int]
    charters: Charters

    def time_of(self, block: int | None) -> str:
        """The time of a block, as far as its entries tell it."""
        return _times([] if block is None else [block], self.marks).get(block, _NO_TIME)

    def at(self, moments: tuple[Moment, ...]) -> Counting:
        """Which of them count at these moments."""
        first = _firsts(moments, self.marks)
        undone = _undone(self.reversals, self.places, self.marks, first)
        return Counting(moments, first, undone, self.charters, len(self.marks))


def _read(selection: Selection, watch: Watch) -> _Marks:
    marks: list[tuple[int | None, str]] = []
    reversals: list[tuple[int, EntryReversed]] = []
    places: dict[EventId, int] = {}
    for entry in selection.entries(watch):
        marks.append((block_of(entry), entry.effective_key().decode()))
        if entry.id in selection.undone:
            places[entry.id] = entry.position
            if entry.type == "entry-reversed" and isinstance(event := entry.event(), EntryReversed):
                reversals.append((entry.position, event))
    return _Marks(marks, reversals, places, selection.charters)


def _moments(snapshots: Sequence[Snapshot], marks: Sequence[tuple[int | None, str]]) -> tuple[Moment, ...]:
    """The moments in order, each with all that is said of it."""
    for one in snapshots:
        if not one.at and one.block is None:
            raise SourceRefused(one.file.name, ("it says neither the time nor the block that its balances are of",))
    by_moment: dict[tuple[str, int | None], list[Snapshot]] = {}
    for one in sorted(snapshots, key=lambda one: (one.at, one.block or 0, one.file.sha256, one.held)):
        by_moment.setdefault((moment_of(one.at) if one.at else _NO_TIME, one.block), []).append(one)
    times = _times(sorted({block for at, block in by_moment if not at and block is not None}), marks)
    found = [Moment(at or times.get(block, _NO_TIME), block, tuple(said)) for (at, block), said in by_moment.items()]
    ordered = sorted(found, key=lambda moment: (moment.at[:-1], moment.block or 0))
    latest = -1
    for moment in ordered:
        if not moment.at:
            problem = f"block {moment.block} is before every entry of the book"
            raise SourceRefused(moment.snapshots[0].file.name, (problem,))
        if moment.block is not None:
            if moment.block < latest:
                problem = f"block {moment.block} is said to be of {moment.at}, after block {latest}"
                raise SourceRefused(moment.snapshots[0].file.name, (problem,))
            latest = moment.block
    return tuple(ordered)


def _times(blocks: Sequence[int], marks: Iterable[tuple[int | None, str]]) -> dict[int | None, str]:
    """The time of each block: the latest effective time of the entries of blocks up to it."""
    latest = [""] * (len(blocks) + 1)
    for block, key in marks if blocks else ():
        if block is not None:
            place = bisect_left(blocks, block)
            latest[place] = max(latest[place], key)
    found: dict[int | None, str] = {}
    so_far = ""
    for block, key in zip(blocks, latest, strict=False):
        so_far = max(so_far, key)
        found[block] = Timestamp(f"{so_far}Z") if so_far else _NO_TIME
    return found


def _firsts(moments: Sequence[Moment], marks: Iterable[tuple[int | None, str]]) -> list[int]:
    """The first moment at which each entry counts."""
    by_block = [(moment.block, number) for number, moment in enumerate(moments) if moment.block is not None]
    by_time = [(moment.at[:-1], number) for number, moment in enumerate(moments) if moment.block is None]
    times = [moment.at[:-1] for moment in moments]

    def first(block: int | None, key: str) -> int:
        if block is None:
            return bisect_left(times, key)
        return min(_first(by_block, block), _first(by_time, key))

    def _first(of: Sequence[tuple[int | str, int]], mark: int | str) -> int:
        place = bisect_left(of, mark, key=lambda one: one[0])
        return of[place][1] if place < len(of) else len(moments)

    return [first(block, key) for block, key in marks]


def _undone(
    reversals: Iterable[tuple[int, EntryReversed]],
    places: dict[EventId, int],
    marks: Sequence[tuple[int | None, str]],
    first: Sequence[int],
) -> dict[int, int]:
    """From which moment on each entry and its reversal count no more.

    A reversal that takes the original's time counts wherever that does, so that neither ever counts.
    """
    found: dict[int, int] = {}
    for position, event in reversals:
        original = places[event.of]
        same_time = marks[original - 1][1] == marks[position - 1][1]
        found[original] = first[original - 1] if same_time else first[position - 1]
        found[position] = first[position - 1]
    return found
