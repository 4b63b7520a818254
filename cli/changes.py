"""What a rehearsal would change in the reports: the rows that differ, before and after."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TextIO

import click

from cli.columns import Column, columns
from cli.progress import undisturbed
from cli.tables import print_columns
from ledger.accounts import Charters, no_charters
from ledger.journal.rehearsal import Rehearsal
from ledger.values import Json
from projections.differing import Pair, Row, Rows, by_key, differing
from projections.reading import Asked, Selection
from projections.reports import REPORTS
from projections.rows import json_row

COMPARED: Final = ("lenders", "funds", "deficits", "loans", "pools")
"""The reports that are held against each other."""

_PASSING: Final = frozenset({"age_days"})
"""What grows with time alone."""


class Changes(NamedTuple):
    """The rows that would change, by report, with the charters that tell decimals."""

    rows: dict[str, list[Pair]]
    charters: Charters


def changes(rehearsal: Rehearsal) -> Changes:
    """What the entries that a rehearsal appended change in each report."""
    found: dict[str, list[Pair]] = {}
    charters = no_charters()
    with undisturbed():
        for name in COMPARED:
            before, _ = _rows(name, rehearsal, Asked(position=rehearsal.began_at))
            after, charters = _rows(name, rehearsal, Asked())
            found[name] = [pair for pair in differing(before, after) if _lasts(pair)]
    return Changes(found, charters)


def _rows(name: str, rehearsal: Rehearsal, asked: Asked) -> tuple[Rows, Charters]:
    selection = Selection(rehearsal, asked)
    rows = REPORTS[name].make(selection, {}, iter).rows
    return by_key(REPORTS[name], rows), selection.charters


def _lasts(change: Pair) -> bool:
    return _lasting(change.before) != _lasting(change.after)


def _lasting(row: Row | None) -> Json:
    """A row without what grows with time alone."""
    return {field: part for field, part in (json_row(row) if row else {}).items() if field not in _PASSING}


def json_changes(found: Changes) -> Iterator[Json]:
    """Each row that changes: what names it, and the fields that differ, before and after."""
    for name, rows in found.rows.items():
        for change in rows:
            before, after = _lasting(change.before), _lasting(change.after)
            differing = [
                field
                for field in before or after
                if field not in REPORTS[name].keys and before.get(field) != after.get(field)
            ]
            yield {
                "report": name,
                "row": {field: (before or after)[field] for field in REPORTS[name].keys},
                "before": {field: before[field] for field in differing} if before else None,
                "after": {field: after[field] for field in differing} if after else None,
            }


def print_changes(found: Changes, out: TextIO) -> None:
    """Print each report's change as a table: two lines for a row, and only the columns that differ."""
    for name, rows in found.rows.items():
        if rows:
            click.secho(f"\nWhat changes in {name}", bold=True, file=out)
            print_columns(list(_columns(name, rows, found.charters)), out)
    if not any(found.rows.values()):
        out.write("\nno report changes\n")


def _columns(name: str, rows: list[Pair], charters: Charters) -> Iterator[Column]:
    """The columns that name the rows, and those that differ: two cells for each row."""
    pairs = [(before or after, after or before) for _, before, after in rows]
    shown = columns([row for pair in pairs for row in pair if row], REPORTS[name].row_type, charters)
    for one in shown:
        if one.name in REPORTS[name].keys:
            yield one._replace(cells=[part for cell in one.cells[::2] for part in (cell, "")])
    yield Column("when", ["before", "after"] * len(rows))
    is_there = [row is not None for change in rows for row in (change.before, change.after)]
    for one in shown:
        cells = [cell if there else "" for cell, there in zip(one.cells, is_there, strict=True)]
        if one.name not in REPORTS[name].keys and one.name not in _PASSING and _differ(cells):
            yield one._replace(cells=cells)


def _differ(cells: Sequence[str]) -> bool:
    """Whether a cell is another before than after. Nothing is as good as zero."""
    return any((before or "0") != (after or "0") for before, after in zip(cells[::2], cells[1::2], strict=True))
