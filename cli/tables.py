"""Rows as a table for people: right-aligned amounts, exact; columns that say nothing are left out, and named."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.amounts import in_units, printable, width_of
from cli.columns import Column, columns_of
from ledger.accounts import Charters
from ledger.values import AssetId, Json

_PIPE_WIDTH: Final = 120
"""The width of a table that is not printed on a terminal, unless it needs more."""

_WRAPPED_WIDTH: Final = 60
"""The least width of a column of long text."""

_TURNED_MAX: Final = 3
"""Up to so many rows, a table that is too wide is turned on its side."""

_DRAWN_MAX: Final = 1_000
"""Up to so many rows a table is drawn; a longer one is written in the same columns, a hundred times as fast."""

_TIES_MAX: Final = 5
"""So many ties to the trial balance are told one by one; JSON has all."""

_GAP: Final = "  "

_DIFFERENCE: Final = "recoup.diff/1"


def print_table(
    rows: Sequence[tuple[Any, ...]], row_type: type[tuple[Any, ...]], charters: Charters, head: Json, out: TextIO
) -> None:
    """Print rows under a line that says what they are: exact, whatever the width of the terminal."""
    out.write(f"{printable(caption(head))}\n")
    if rows:
        print_columns(columns_of(rows, row_type, charters), out)
    else:
        out.write("no difference\n" if head["schema"] == _DIFFERENCE else "no rows\n")
    out.writelines(_tied(head.get("ties", ()), charters))


def _tied(ties: Sequence[Json], charters: Charters) -> Iterator[str]:
    """What of a report was held against the trial balance, and is the same there."""
    for tie in ties[:_TIES_MAX]:
        decimals = charters.assets.get(AssetId(tie["commodity"]), 0)
        amount = in_units(int(tie["amount"]), decimals)
        told = f"ties to the trial balance: {tie['accounts']} {amount} {tie['commodity']}"
        yield f"{printable(told)}\n"
    if len(ties) > _TIES_MAX:
        yield f"ties to the trial balance: {len(ties) - _TIES_MAX} further sums of accounts\n"


def caption(head: Mapping[str, Any]) -> str:
    """What a table is of, and as of when; of a difference, from when to when."""
    name = str(head["schema"]).removeprefix("recoup.").removesuffix("/1").replace("-", " ")
    if head["schema"] == _DIFFERENCE:
        return f"{head['report']} of {head['book']} from {_stands(head['before'])} to {_stands(head)}"
    return f"{name} of {head['book']}, {_stands(head)}"


def _stands(head: Mapping[str, Any]) -> str:
    told = [f"position {head['position']}"]
    told += [f"as of {head['as_of']}"] if head.get("as_of") else []
    told += [f"known at {head['known_at']}"] if head.get("known_at") else []
    told += [f"{head['late']} late"] if head.get("late") else []
    told += [f"{head['adjusted']} adjusted"] if head.get("adjusted") else []
    return ", ".join(told)


def print_columns(found: Sequence[Column], out: TextIO) -> None:
    """Print columns. A table too wide for the terminal is turned if it has few rows, otherwise it keeps its width."""
    kept = [one for one in found if not one.is_zero()]
    number = len(kept[0].cells)
    if number > _DRAWN_MAX:
        out.writelines(_written(kept))
    else:
        _draw(kept, number, out)
    if left_out := [one.heading for one in found if one not in kept]:
        out.write(f"zero or empty throughout: {', '.join(left_out)}\n")


def _draw(kept: Sequence[Column], number: int, out: TextIO) -> None:
    console = Console(file=out, width=None if out.isatty() else _PIPE_WIDTH, highlight=False, emoji=False)
    table = _upright(kept)
    if _least_width(table, console) > console.width and number <= _TURNED_MAX:
        table = _turned(kept)
    console.width = max(console.width, _least_width(table, console))
    console.print(table)


def _upright(shown: Sequence[Column]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for one in shown:
        width = _WRAPPED_WIDTH if one.wrapped else one.width()
        table.add_column(_cell(one, one.heading), no_wrap=not one.wrapped, min_width=width, overflow="fold")
    for cells in zip(*(one.cells for one in shown), strict=True):
        table.add_row(*(_cell(one, text) for one, text in zip(shown, cells, strict=True)))
    return table


def _turned(shown: Sequence[Column]) -> Table:
    """The same with a line for each column, for few rows of many."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, min_width=max(len(one.heading) for one in shown))
    for number in range(len(shown[0].cells)):
        width = max(width_of(one.cells[number]) for one in shown if not one.wrapped)
        table.add_column(justify="right", min_width=width, overflow="fold")
    for one in shown:
        table.add_row(Text(one.heading, style="bold"), *(Text(cell) for cell in one.cells))
    return table


def _written(shown: Sequence[Column]) -> Iterator[str]:
    """A table's lines, padded to the widths of its columns."""
    widths = [min(one.width(), _WRAPPED_WIDTH) if one.wrapped else one.width() for one in shown]
    yield _line(shown, widths, [one.heading for one in shown])
    yield "─" * (sum(widths) + len(_GAP) * (len(shown) - 1)) + "\n"
    for cells in zip(*(one.cells for one in shown), strict=True):
        yield _line(shown, widths, cells)


def _line(shown: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    padded = []
    for one, width, cell in zip(shown, widths, cells, strict=True):
        space = " " * (width - width_of(cell))
        padded.append(space + cell if one.numeric else cell + space)
    return f"{_GAP.join(padded).rstrip()}\n"


def _cell(of: Column, text: str) -> Text:
    return Text(text, justify="right" if of.numeric else "left")


def _least_width(table: Table, console: Console) -> int:
    return console.measure(table, options=console.options.update(width=1_000_000)).minimum
