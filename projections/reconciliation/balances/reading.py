"""A report under way through a journal: stopped at moment after moment, each time with what counts then.

The folds go on through the entries in order of position. Where an entry that counts at a moment stands behind one that
does not yet, the folds are copied at the moment, and the copy goes on through what is left of it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from ledger.accounts import Charters
from ledger.errors import BooksBroken
from ledger.events import AnyEvent
from ledger.journal import Entry, Journal
from ledger.values import Timestamp
from projections.balances import BalancesFold
from projections.kept import Kept
from projections.reading import Asked, Handler, Selection, Shown, Watch
from projections.reconciliation.balances.moments import Counting
from projections.reports import Begun, Folded, Report

Row = tuple[Any, ...]


class Folds:
    """The folds of a report, with the accounts where those are asked for."""

    def __init__(self, report: Report, charters: Charters, *, with_accounts: bool) -> None:
        if not isinstance(report.make, Folded):
            raise BooksBroken(f"the report {report.name} is not made of folds alone")
        self._made_of = report, charters, with_accounts
        self.begun: Begun = report.make.begin(charters, {})
        self.accounts = BalancesFold(charters) if with_accounts else None
        beside = () if self.accounts is None else (self.accounts,)
        kept = tuple(fold for fold in self.begun.folds if isinstance(fold, Kept))
        if len(kept) < len(self.begun.folds):
            raise BooksBroken(f"a fold of the report {report.name} cannot be copied")
        self._all: tuple[Kept, ...] = (*kept, *beside)
        self._handlers: dict[str, list[Handler]] = {}
        for fold in (*self.begun.folds, *beside):
            for name, handler in fold.handlers.items():
                self._handlers.setdefault(name, []).append(handler)

    def handles(self, event_type: str) -> bool:
        """Whether such an event changes anything here."""
        return event_type in self._handlers

    def take(self, position: int, event: AnyEvent) -> None:
        """Fold an event."""
        for handler in self._handlers.get(event.type, ()):
            handler(position, event)

    def copy(self) -> "Folds":
        """The same at this point; what is folded there from now on is not folded here."""
        report, charters, with_accounts = self._made_of
        other = Folds(report, charters, with_accounts=with_accounts)
        for mine, its in zip(self._all, other._all, strict=True):
            its.restore(deepcopy(mine.state()))
        return other

    def rows(self, at: str) -> Iterator[Row]:
        """The rows of the report; ages count to the time given."""
        return self.begun.rows(Timestamp(at) if at else None)


Heard = Callable[[Entry, AnyEvent, Folds], None]
"""Hears of an entry right after the folds took it."""


class Stop(NamedTuple):
    """The folds at a moment; a moment is told by its number."""

    moment: int
    folds: Folds


def stops(
    journal: Journal, counting: Counting, course: range, folds: Folds, watch: Watch = iter, heard: Heard | None = None
) -> Iterator[Stop]:
    """The folds at each moment of a course, in one pass through the journal. They are to be read before the next stop.

    `heard` hears of every entry that counts at the end of the course or at no moment at all, up to the last position.
    """
    ends, late = _ends(counting, course)
    waiting = deque(course)
    behind = _Behind(journal, late)
    for entry in watch(journal.read(through=counting.position)):
        while waiting and ends[waiting[0] - course.start] < entry.position:
            yield behind.stop(waiting.popleft(), folds)
        if not waiting and heard is None:
            return
        if folds.handles(entry.type) and _stands(counting, entry.position, course):
            event = entry.event()
            folds.take(entry.position, event)
            if heard is not None:
                heard(entry, event, folds)
    for moment in waiting:
        yield behind.stop(moment, folds)


def _stands(counting: Counting, position: int, course: range) -> bool:
    """Whether an entry is not undone by a moment of the course, or by what is beyond it all."""
    gone = counting.undone.get(position)
    return gone is None or (counting.first[position - 1] < gone and gone >= course.stop)


def _ends(counting: Counting, course: range) -> tuple[list[int], dict[int, list[int]]]:
    """Up to where all that stands counts at each moment of a course, and the positions behind that count there too."""
    first, last = counting.first, counting.position
    ends = dict.fromkeys(course, last)
    reached = course.stop - 1
    late: dict[int, list[int]] = {}
    lowest: dict[int, int] = {}
    for place, begins in enumerate(first):
        if begins not in lowest and _stands(counting, place + 1, course):
            lowest[begins] = place
    for moment in course:
        ends[moment] = min((place for begins, place in lowest.items() if begins > moment), default=last)
    smallest = ends[course.start] if course else last
    for place in range(smallest, last):
        begins = first[place]
        if begins <= reached and _stands(counting, place + 1, course):
            for moment in range(max(begins, course.start), course.stop):
                if ends[moment] > place:
                    break
                late.setdefault(moment, []).append(place + 1)
    return [ends[moment] for moment in course], late


class _Behind:
    """What counts at a moment, and stands behind an entry that does not."""

    def __init__(self, journal: Journal, late: dict[int, list[int]]) -> None:
        self._journal = journal
        self._late = late

    def stop(self, moment: int, folds: Folds) -> Stop:
        """The folds at a moment: themselves where nothing is behind, otherwise a copy that took it."""
        positions = self._late.get(moment)
        if not positions:
            return Stop(moment, folds)
        copied, wanted = folds.copy(), set(positions)
        for entry in self._journal.read(positions[0] - 1, positions[-1]):
            if entry.position in wanted:
                copied.take(entry.position, entry.event())
        return Stop(moment, copied)


def made(
    report: Report,
    journal: Journal,
    counting: Counting,
    moment: int,
    further: Sequence[AnyEvent],
    watch: Watch = iter,
) -> Iterator[Row]:
    """The rows at a moment of a report that is not made of folds alone; `further` events count as the last entries."""
    return report.make(_Chosen(journal, counting, moment, further), {}, watch).rows


class _Further(Entry):
    """An entry of what is not recorded."""

    _of: AnyEvent

    @classmethod
    def made(cls, position: int, event: AnyEvent) -> "_Further":
        found = cls(position, event.type, event.id, event.at, "", event.canonical())
        found._of = event
        return found

    def event(self) -> AnyEvent:
        return self._of


class _Chosen(Selection):
    """The entries that count at a moment, under charters that are known."""

    def __init__(self, journal: Journal, counting: Counting, moment: int, further: Sequence[AnyEvent]) -> None:
        super().__init__(journal, Asked(position=counting.position))
        self.charters = counting.charters
        self._of = journal, counting, moment, further

    def _read(self, watch: Watch, *, every: bool) -> Iterator[Entry]:  # noqa: ARG002  (all that is chosen counts)
        journal, counting, moment, further = self._of
        entries: Iterable[Entry] = journal.read(through=counting.position)
        yield from watch(entry for entry in entries if counting.counts(entry.position, moment))
        for number, event in enumerate(further, 1):
            yield _Further.made(counting.position + number, event)

    def shown(self) -> Shown:
        _, counting, moment, _ = self._of
        at = counting.moments[moment].at
        return Shown(counting.position, Timestamp(at) if at else None, None, 0, 0)
