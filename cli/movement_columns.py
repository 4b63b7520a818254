"""The columns of statements and roll-forwards for people."""

from collections.abc import Sequence
from itertools import groupby

from cli.amounts import aligned, printable
from cli.columns import Column, columns
from ledger.accounts import Charters
from ledger.values import AssetId
from projections.movements import MOVEMENTS, WHAT
from projections.rollforward import RollforwardRow
from projections.statement_rows import StatementRow


def statement_columns(rows: Sequence[StatementRow], charters: Charters) -> list[Column]:
    """A statement without what it is asked for by, and without ids: the position says which entry it is."""
    return [one for one in columns(rows, StatementRow, charters) if one.name not in ("name", "id")]


def rollforward_columns(rows: Sequence[RollforwardRow], charters: Charters) -> list[Column]:
    """One line a period, from left to right: opening, a column for each kind of movement, closing."""
    lines = [list(line) for _, line in groupby(rows, key=lambda row: (row.of, row.tranche, row.asset, row.period))]
    amounts = [{row.movement: row.amount for row in line} for line in lines]
    found = {row.movement for row in rows}
    order = next(MOVEMENTS[what] for what in WHAT if what == rows[0].what)
    places = [charters.assets.get(AssetId(line[0].asset), 0) for line in lines]
    told = [
        Column(name, [printable(getattr(line[0], name)) for line in lines])
        for name in ("what", "of", "tranche", "period")
    ]
    for movement in (movement for movement in order if movement in found):
        cells = aligned([(of.get(movement, 0), to) for of, to in zip(amounts, places, strict=True)])
        told.append(Column(movement, cells, numeric=True))
    return [*told, Column("asset", [printable(line[0].asset) for line in lines])]
