"""The columns of a table for people: cells as text, amounts in units, one column for each name of a mapping."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from cli.amounts import aligned, printable, width_of
from ledger.accounts import Charters
from ledger.values import AssetId
from projections.balances import TrialBalanceRow
from projections.case import STOCKS, CaseRow
from projections.difference import DifferenceRow
from projections.reports import REPORTS
from projections.rollforward import RollforwardRow
from projections.rows import Quantity, Shares, Units, Wad, measures
from projections.statement_rows import StatementRow

_ALWAYS: Final = frozenset({"balance", "debt", "open", "opening", "closing"})
"""What a reader looks for, also where it is zero."""

_BESIDE: Final = frozenset({"type", "at", "id", "evidence"})
"""Fields of an event that have columns of their own, or are for machines."""

_LONG: Final = 60
"""Longer text than this may be wrapped."""

_CAUSES_MAX: Final = 3
"""So many of the entries that changed a field are shown."""

Rows = Sequence[tuple[Any, ...]]


class Column(NamedTuple):
    """A column: its cells as text; whether they are numbers, or long text that may be wrapped."""

    name: str
    cells: list[str]
    numeric: bool = False
    wrapped: bool = False

    @property
    def heading(self) -> str:
        """The name in words."""
        return self.name.replace("_", " ")

    def width(self) -> int:
        """How wide the widest of it is on a terminal."""
        return max(map(width_of, (self.heading, *self.cells)))

    def is_zero(self) -> bool:
        """Whether it says nothing: all zero, or all empty."""
        zeros = {"", "0"} if self.numeric else {""}
        return self.name not in _ALWAYS and zeros.issuperset(self.cells)


def columns_of(rows: Rows, row_type: type[tuple[Any, ...]], charters: Charters) -> list[Column]:
    """The columns of rows: as their fields stand, or as a report of their kind is read by people."""
    if row_type is CaseRow:
        return case_columns([row for row in rows if isinstance(row, CaseRow)], charters)
    if row_type is TrialBalanceRow:
        balances = [row for row in rows if isinstance(row, TrialBalanceRow)]
        return columns([*balances, *_totals(balances)], row_type, charters)
    if row_type in (RollforwardRow, StatementRow):
        from cli.movement_columns import rollforward_columns, statement_columns

        if row_type is StatementRow:
            return statement_columns([row for row in rows if isinstance(row, StatementRow)], charters)
        return rollforward_columns([row for row in rows if isinstance(row, RollforwardRow)], charters)
    return columns(rows, row_type, charters)


def columns(rows: Rows, row_type: type[tuple[Any, ...]], charters: Charters) -> list[Column]:
    """A column for each field of the rows; a mapping has one for each of its names."""
    if row_type is DifferenceRow:
        return difference_columns([row for row in rows if isinstance(row, DifferenceRow)], charters)
    found: list[Column] = []
    for position, (name, measure) in enumerate(measures(row_type).items()):
        values = [row[position] for row in rows]
        decimals = [_decimals(row, measure, charters) for row in rows]
        if measure is not None and any(isinstance(value, Mapping) for value in values):
            found += _by_name(name, values, decimals, measure, charters)
        elif measure is not None:
            found.append(Column(name, _amounts(values, decimals), numeric=True))
        else:
            found.append(_text(name, values))
    return found


def difference_columns(rows: Sequence[DifferenceRow], charters: Charters) -> list[Column]:
    """What names a row, the field that differs, how it differs, and the first of the entries that changed it."""
    named = [_text(key, [row.row[key] for row in rows]) for key in (rows[0].row if rows else ())]
    places = [_places(row, charters) for row in rows]
    sides = [_side(name, [getattr(row, name) for row in rows], places) for name in ("before", "after", "difference")]
    causes = [_causes(row.entries) for row in rows]
    last = Column("entries", causes, wrapped=max(map(len, causes), default=0) > _LONG)
    return [*named, Column("field", [row.field for row in rows]), *sides, last]


def _places(row: DifferenceRow, charters: Charters) -> int:
    """The decimals of the field of another report."""
    name, _, part = row.field.partition(".")
    measure = measures(REPORTS[row.report].row_type).get(name)
    if measure is Quantity:
        return charters.assets.get(AssetId(part), 0)
    return 0 if measure is None else _decimals_of(measure, row.row.get("asset") or row.row.get("commodity"), charters)


def _side(name: str, values: list[Units | str | None], places: list[int]) -> Column:
    """A column of amounts, among which text may stand."""
    cells = _amounts([value if isinstance(value, int) else None for value in values], places)
    texts = [printable(value) if isinstance(value, str) else None for value in values]
    mixed = [cell if text is None else text for text, cell in zip(texts, cells, strict=True)]
    wrapped = max(map(len, mixed), default=0) > _LONG
    return Column(name, mixed, numeric=not any(texts), wrapped=wrapped)


def _causes(entries: list[Any] | None) -> str:
    """The first of the entries, and how many more there are; all of them are in JSON."""
    if not entries:
        return "" if entries is None else "time alone"
    shown = ", ".join(_cause(entry) for entry in entries[:_CAUSES_MAX])
    return f"{shown} and {len(entries) - _CAUSES_MAX:,} more" if len(entries) > _CAUSES_MAX else shown


def _cause(entry: Mapping[str, Any]) -> str:
    return f"{'less ' if entry['counts'] == 'before' else ''}{entry['position']} {entry['type']}"


def case_columns(rows: Sequence[CaseRow], charters: Charters) -> list[Column]:
    """The steps of a case, where steps of one kind in a row stand in one line, with their number and their sums."""
    runs = [list(run) for _, run in groupby(rows, key=lambda row: (row.event, row.source))]
    found = {one.name: one for one in columns([_merged(run) for run in runs], CaseRow, charters)}
    through = Column("through", [run[-1].at if len(run) > 1 else "" for run in runs])
    steps = Column("steps", [f"{len(run):,}" for run in runs], numeric=True)
    told = (found["event"], found["source"], found["at"], through, steps)
    return [*told, *(found[name] for name in ("available", "borne", "remaining", "asset"))]


def _merged(run: Sequence[CaseRow]) -> CaseRow:
    flows = run[0].available is not None and run[0].event not in STOCKS
    available = Units(sum(row.available or 0 for row in run)) if flows else run[0].available
    borne = Units(sum(row.borne for row in run))
    return run[0]._replace(available=available, borne=borne, remaining=run[-1].remaining)


def _totals(rows: Sequence[TrialBalanceRow]) -> list[TrialBalanceRow]:
    """The sums of each commodity: equal on both sides where all of its accounts are shown."""
    totals = []
    for commodity in sorted({row.commodity for row in rows}):
        of = [row for row in rows if row.commodity == commodity]
        debit, credit = Units(sum(row.debit for row in of)), Units(sum(row.credit for row in of))
        totals.append(TrialBalanceRow("total", commodity, debit, credit))
    return totals


def _by_name(name: str, values: list[Any], decimals: list[int], measure: object, charters: Charters) -> list[Column]:
    """A column for each name that the mappings hold; a quantity is of the commodity that names it."""
    found = []
    for key in sorted({key for value in values for key in value}):
        places = [charters.assets.get(AssetId(key), 0)] * len(values) if measure is Quantity else decimals
        found.append(Column(f"{name} {key}", _amounts([value.get(key) for value in values], places), numeric=True))
    return found


def _amounts(values: list[Any], decimals: list[int]) -> list[str]:
    return aligned([None if value is None else (value, places) for value, places in zip(values, decimals, strict=True)])


def _text(name: str, values: list[Any]) -> Column:
    if any(isinstance(value, Mapping) for value in values):
        return Column(name, [printable(_told(value)) for value in values], wrapped=True)
    cells = ["" if value is None else printable(str(value)) for value in values]
    return Column(name, cells, numeric=any(isinstance(value, int) for value in values))


def _told(event: Mapping[str, Any]) -> str:
    told = {name: part for name, part in event.items() if name not in _BESIDE}
    return ", ".join(f"{name}={part if isinstance(part, str) else _json(part)}" for name, part in told.items())


def _json(part: object) -> str:
    return json.dumps(part, ensure_ascii=False, separators=(",", ":"))


def _decimals(row: tuple[Any, ...], measure: object, charters: Charters) -> int:
    return _decimals_of(measure, getattr(row, "asset", None) or getattr(row, "commodity", None), charters)


def _decimals_of(measure: object, commodity: str | None, charters: Charters) -> int:
    if measure is Wad:
        return 18
    of = None if measure in (Shares, Quantity) else commodity
    return charters.assets.get(AssetId(of), 0) if of else 0
