"""A report at two points: the fields that differ, each with the entries between the points that changed it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ledger.accounts import Charters
from ledger.journal import Entry, Journal
from ledger.values import Json
from projections.attribution import WORK_MAX, Points, attributed
from projections.differing import Field, Pair, Rows, Value, by_key, differing, differing_lines, fields_of
from projections.reading import Asked, Selection, Shown, Watch
from projections.reports import Report
from projections.rows import Units
from projections.statement import Unclear


class DifferenceRow(NamedTuple):
    """A field of a row that is not the same at two points. `row` has the fields that name the row in its report.

    Amounts are in base units; what a mapping holds is a field of its own, such as `claims.lenders`; a row
    that is not there at one of the points has nothing there, and then only what says something is told of it.
    `entries` are those that count at one of the points only and changed the field, in order: position, id, type, and at
    which point it `counts`. What was reversed in between counts before. There are none where time alone changed the
    field, and null stands where too many lie between to be told apart.
    """

    report: str
    row: dict[str, Any]
    field: str
    before: Units | str | None
    after: Units | str | None
    difference: Units | None
    entries: list[Any] | None


class Difference(NamedTuple):
    """What differs, where the two points stand, how many entries count at one of them only, and the charters of both.

    `told` is whether the entries that changed each field were found out; `is_empty` whether there is no row at either.
    """

    rows: Sequence[DifferenceRow]
    before: Shown
    after: Shown
    between: int
    told: bool
    is_empty: bool
    charters: Charters


Causes = Callable[[Pair, str], Sequence[Entry]]
"""The entries that changed a field of a row."""


def difference(
    report: Report,
    journal: Journal,
    asked: tuple[Asked, Asked],
    named: Mapping[str, str],
    watch: Watch = iter,
    *,
    work_max: int = WORK_MAX,
) -> Difference:
    """What differs in a report between two points, in the report's order, with the entries that made it so.

    `work_max` bounds what is done to find them out, see `attributed`. Raises `ValueError` for limits that the report
    makes nothing of.
    """
    asked = _through_one_head(journal, asked)
    points, before, after = _points(report, journal, asked, watch)
    is_empty = False
    causes: Causes | None
    if report.streams:
        sides = [report.make(selection, named, watch).rows for selection in (before, after)]
        pairs, causes = differing_lines(report, *sides), _Moved(journal, points).causes
    else:
        found = attributed(report, journal, points, named, work_max=work_max)
        here, there = (found and found.ends) or _ends(report, (before, after), named, watch)
        pairs, causes, is_empty = differing(here, there), None if found is None else found.of, not (here or there)
    rows = [_told(report, points, pair, field, causes) for pair in pairs for field in fields_of(report, pair)]
    return Difference(rows, *points.shown, len(points.between()), causes is not None, is_empty, points.charters)


def _through_one_head(journal: Journal, asked: tuple[Asked, Asked]) -> tuple[Asked, Asked]:
    """The same points, however far the journal grows meanwhile."""
    head = journal.head().position
    before, after = (one._replace(position=head if one.position is None else min(head, one.position)) for one in asked)
    return before, after


def _points(
    report: Report, journal: Journal, asked: tuple[Asked, Asked], watch: Watch
) -> tuple[Points, Selection, Selection]:
    """What counts at each of the points, and selections that are still to be read."""
    read = [Selection(journal, one) for one in asked]
    before, after = (
        {entry.position for entry in (one.entries(watch) if report.streams else one.counted(watch))} for one in read
    )
    shown = (read[0].shown(), read[1].shown())
    charters = max(zip(shown, read, strict=True), key=lambda one: one[0].position)[1].charters
    return Points((before, after), shown, charters), Selection(journal, asked[0]), Selection(journal, asked[1])


def _ends(report: Report, at: Sequence[Selection], named: Mapping[str, str], watch: Watch) -> list[Rows]:
    """The rows at each of the points. Raises `Unclear` where a statement has nobody to be of at any of them."""
    found: list[Rows] = []
    unclear: list[Unclear] = []
    for selection in at:
        try:
            found.append(by_key(report, report.make(selection, named, watch).rows))
        except Unclear as error:
            found.append({})
            unclear.append(error)
    if len(unclear) == len(at):
        raise unclear[-1]
    return found


class _Moved:
    """The entries that are shown at one of the points only, with the accounts that they move."""

    def __init__(self, journal: Journal, points: Points) -> None:
        self._entries: dict[int, Entry] = {}
        self._moving: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        between = points.between()
        for entry in journal.read(min(between, default=1) - 1, max(between, default=0)):
            if entry.position in between:
                self._entries[entry.position] = entry
                self._note(entry, points.charters)

    def _note(self, entry: Entry, charters: Charters) -> None:
        moved: dict[tuple[str, str], int] = defaultdict(int)
        for account, commodity, amount in entry.event().lines(charters):
            moved[account, commodity] += amount
        for of, amount in moved.items():
            if amount:
                self._moving[of].append(entry)

    def causes(self, pair: Pair, _: str) -> Sequence[Entry]:
        """The entry of a line that is there at one point only; of one whose balance differs, what moved it before."""
        line: Any = pair.after or pair.before
        if line.position in self._entries:
            return [self._entries[line.position]]
        moving = self._moving[line.account, line.commodity] if hasattr(line, "account") else []
        return [entry for entry in moving if entry.position < line.position]


def _told(report: Report, points: Points, pair: Pair, field: Field, causes: Causes | None) -> DifferenceRow:
    row = pair.after or pair.before
    return DifferenceRow(
        report=report.name,
        row={name: getattr(row, name) for name in report.keys},
        field=field.name,
        before=_amount(field.before),
        after=_amount(field.after),
        difference=_more(pair, field),
        entries=None if causes is None else [_cited(entry, points) for entry in causes(pair, field.name)],
    )


def _more(pair: Pair, field: Field) -> Units | None:
    """How much more there is after than before, where both are numbers; a row that is not there has nothing."""
    before, after = (0 if row is None else value for row, value in zip(pair[1:], field[1:], strict=True))
    return Units(after - before) if isinstance(before, int) and isinstance(after, int) else None


def _cited(entry: Entry, points: Points) -> Json:
    counts = "before" if entry.position in points.taken[0] else "after"
    return {"position": entry.position, "id": entry.id, "type": entry.type, "counts": counts}


def _amount(value: Value) -> Units | str | None:
    return Units(value) if isinstance(value, int) else value
