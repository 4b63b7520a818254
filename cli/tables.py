"""Rows as a table for people: amounts in units, right-aligned; columns that say nothing are left out, and named."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.amounts import aligned, in_units, printable
from ledger.accounts import Charters
from ledger.values import AssetId
from projections.case import CaseRow
from projections.rows import Shares, Units, Wad, measures

_PIPE_WIDTH: Final = 120
"""The width of a table that is not printed on a terminal, unless it needs more."""

_WRAPPED_WIDTH: Final = 60
"""The least width of a column of long text."""

_TURNED_MAX: Final = 3
"""Up to so many rows, a table that is too wide is turned on its side."""

_ALWAYS: Final = frozenset({"balance", "debt", "open"})
"""What a reader looks for, also where it is zero."""

_BESIDE: Final = frozenset({"type", "at", "id", "evidence"})
"""Fields of an event that have columns of their own, or are for machines."""

Rows = Sequence[tuple[Any, ...]]


class Column(NamedTuple):
    """A column of a table: its cells as text; whether they are numbers, or long text that may be wrapped."""

    name: str
    cells: list[str]
    numeric: bool = False
    wrapped: bool = False

    @property
    def heading(self) -> str:
        """The name in words."""
        return self.name.replace("_", " ")

    def is_zero(self) -> bool:
        """Whether it says nothing: all zero, or all empty."""
        zeros = {"", "0"} if self.numeric else {""}
        return self.name not in _ALWAYS and zeros.issuperset(self.cells)


def print_table(rows: Rows, row_type: type[tuple[Any, ...]], charters: Charters, out: TextIO) -> None:
    """Print rows, exact whatever the width of the terminal."""
    steps = [row for row in rows if isinstance(row, CaseRow)]
    print_columns(case_columns(steps, charters) if steps else columns(rows, row_type, charters), out)


def print_columns(found: Sequence[Column], out: TextIO) -> None:
    """Print columns. A table too wide for the terminal is turned if it has few rows, otherwise it keeps its width."""
    kept = [one for one in found if not (one.cells and one.is_zero())]
    console = Console(file=out, width=None if out.isatty() else _PIPE_WIDTH, highlight=False, emoji=False)
    table = _upright(kept)
    if _least_width(table, console) > console.width and len(kept[0].cells) <= _TURNED_MAX:
        table = _turned(kept)
    console.width = max(console.width, _least_width(table, console))
    console.print(table)
    if left_out := [one.heading for one in found if one not in kept]:
        console.print(Text(f"zero or empty throughout: {', '.join(left_out)}", style="dim"), soft_wrap=True)


def columns(rows: Rows, row_type: type[tuple[Any, ...]], charters: Charters) -> list[Column]:
    """The columns of rows, as text."""
    found = []
    for position, (name, measure) in enumerate(measures(row_type).items()):
        values = [row[position] for row in rows]
        decimals = [_decimals(row, measure, charters) for row in rows]
        found.append(_column(name, values, measure, decimals, charters))
    return found


def case_columns(rows: Sequence[CaseRow], charters: Charters) -> list[Column]:
    """The steps of a case, where steps of one kind in a row stand in one line, with their number and their sums."""
    runs = [list(run) for _, run in groupby(rows, key=lambda row: (row.event, row.source))]
    found = {one.name: one for one in columns([_merged(run) for run in runs], CaseRow, charters)}
    steps = Column("steps", [f"{len(run):,}" for run in runs], numeric=True)
    return [*(found[name] for name in ("at", "event", "source")), steps, *(found[name] for name in _CASE_AMOUNTS)]


_CASE_AMOUNTS: Final = ("available", "borne", "remaining", "asset")


def _merged(run: Sequence[CaseRow]) -> CaseRow:
    available = None if run[0].available is None else Units(sum(row.available or 0 for row in run))
    return run[-1]._replace(available=available, borne=Units(sum(row.borne for row in run)))


def _column(name: str, values: list[Any], measure: object, decimals: list[int], charters: Charters) -> Column:
    if any(isinstance(value, Mapping) for value in values):
        cells = [_mapping(value, places, measure, charters) for value, places in zip(values, decimals, strict=True)]
        return Column(name, cells, wrapped=measure is None)
    if measure is not None:
        pairs = zip(values, decimals, strict=True)
        return Column(
            name, aligned([None if value is None else (value, places) for value, places in pairs]), numeric=True
        )
    cells = ["" if value is None else printable(str(value)) for value in values]
    return Column(name, cells, numeric=any(isinstance(value, int) for value in values))


def _mapping(value: Mapping[str, Any], decimals: int, measure: object, charters: Charters) -> str:
    """A cell that holds something for each of several names; where a name is an asset, an amount of it."""
    if measure is None:
        return printable(", ".join(f"{name}={part}" for name, part in value.items() if name not in _BESIDE))
    known = charters.assets
    return ", ".join(
        f"{name} {'' if part is None else in_units(part, known.get(AssetId(name), decimals))}"
        for name, part in value.items()
    )


def _decimals(row: tuple[Any, ...], measure: object, charters: Charters) -> int:
    if measure is Wad:
        return 18
    of = None if measure is Shares else getattr(row, "asset", None) or getattr(row, "commodity", None)
    return charters.assets.get(AssetId(of), 0) if of else 0


def _upright(shown: Sequence[Column]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for one in shown:
        width = _WRAPPED_WIDTH if one.wrapped else max(map(len, one.cells), default=0)
        heading = Text(one.heading, justify="right" if one.numeric else "left")
        table.add_column(heading, no_wrap=not one.wrapped, min_width=width, overflow="fold")
    for cells in zip(*(one.cells for one in shown), strict=True):
        table.add_row(
            *(Text(cell, justify="right" if one.numeric else "left") for one, cell in zip(shown, cells, strict=True))
        )
    return table


def _turned(shown: Sequence[Column]) -> Table:
    """The same with a line for each column, for few rows of many."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    for number in range(len(shown[0].cells)):
        width = max(len(one.cells[number]) for one in shown if not one.wrapped)
        table.add_column(justify="right", min_width=width, overflow="fold")
    for one in shown:
        table.add_row(Text(one.heading, style="bold"), *(Text(cell) for cell in one.cells))
    return table


def _least_width(table: Table, console: Console) -> int:
    return console.measure(table, options=console.options.update(width=1_000_000)).minimum
