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
from projections.rows import Quantity, Shares, Units, Wad, measures

_ALWAYS: Final = frozenset({"balance", "debt", "open"})
"""What a reader looks for, also where it is zero."""

_BESIDE: Final = frozenset({"type", "at", "id", "evidence"})
"""Fields of an event that have columns of their own, or are for machines."""

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
    return columns(rows, row_type, charters)


def columns(rows: Rows, row_type: type[tuple[Any, ...]], charters: Charters) -> list[Column]:
    """A column for each field of the rows; a mapping has one for each of its names."""
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
    if measure is Wad:
        return 18
    of = None if measure in (Shares, Quantity) else getattr(row, "asset", None) or getattr(row, "commodity", None)
    return charters.assets.get(AssetId(of), 0) if of else 0
