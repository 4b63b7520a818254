"""Two courses side by side: what lenders, funds and cases come to in each, one row for each measure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ledger.journal import Journal
from projections.reading import Asked, Selection, Watch
from projections.reports import REPORTS
from projections.rows import Units

_COMPARED: Final[Mapping[str, tuple[str, ...]]] = {
    "lenders": ("balance", "losses", "covered", "recoveries", "restitution"),
    "funds": ("balance", "drawn", "reimbursed"),
    "deficits": (
        "recognized",
        "fund",
        "reserve",
        "tranches",
        "covered",
        "recapitalized",
        "redistributed",
        "socialized",
        "recovered",
        "open",
        "restored",
    ),
}
"""The reports that are compared, and their columns that are."""

_NAMED: Final = {"lenders": "lender", "funds": "fund", "deficits": "case"}
"""What a row of each is of."""


class WhatIfRow(NamedTuple):
    """A column of a row of a report: what it is in the recorded course and in the other one, and how much more that is.

    `name` is the lender's, the fund's or the case's. What one of the courses has no row of is 0 there.
    """

    report: str
    pool: str
    tranche: str
    name: str
    asset: str
    column: str
    recorded: Units
    what_if: Units
    difference: Units


_Key = tuple[str, str, str, str]


def what_if_rows(recorded: Journal, other: Journal, *, through: int, every: bool, watch: Watch) -> Iterator[WhatIfRow]:
    """The rows that differ, or `every` one: lenders, funds, then cases, each in the order of its report.

    `through` is the position up to which the recorded course was told again.
    """
    for report, columns in _COMPARED.items():
        here = _rows(recorded, report, Asked(position=through), watch)
        there = _rows(other, report, Asked(), watch)
        for key in sorted({**here, **there}):
            pool, tranche, name, asset = key
            for column in columns:
                before, after = (Units(getattr(rows.get(key), column, 0)) for rows in (here, there))
                if every or before != after:
                    more = Units(after - before)
                    yield WhatIfRow(report, pool, tranche, name, asset, column, before, after, more)


def _rows(journal: Journal, report: str, asked: Asked, watch: Watch) -> dict[_Key, tuple[Any, ...]]:
    """The rows of a report by what they are of."""
    selection = Selection(journal, asked)
    return {
        (
            getattr(row, "pool", ""),
            getattr(row, "tranche", ""),
            getattr(row, _NAMED[report]),
            getattr(row, "asset", ""),
        ): row
        for row in REPORTS[report].make(selection, {}, watch).rows
    }
