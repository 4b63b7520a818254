"""A report as a table to work with: its rows, a data frame of pandas or polars, a table in a notebook.

`table(desk.journal, "lenders", as_of="2022-11-30T23:59:59Z", pool="alpha").to_frame("pandas")`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final, Literal, overload

from ledger.journal import Journal
from ledger.notebook import cell
from ledger.values import Json, timestamp
from projections.reading import Asked, Selection
from projections.reports import REPORTS, Report, Reported
from projections.rows import head, json_row, measures

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from projections.store.database import Database

SHOWN_MAX: Final = 200
"""So many rows are shown in a notebook."""


@dataclass(frozen=True, slots=True)
class Table:
    """A report at one point: `head` says which report, of which book and where it stands; `rows` are of `row_type`.

    Amounts are in base units, as `int`.
    """

    head: Json
    row_type: type[tuple[Any, ...]]
    rows: Sequence[tuple[Any, ...]]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """The rows."""
        return iter(self.rows)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    @overload
    def to_frame(self, library: Literal["pandas"]) -> "pd.DataFrame": ...

    @overload
    def to_frame(self, library: Literal["polars"]) -> "pl.DataFrame": ...

    def to_frame(self, library: Literal["pandas", "polars"]) -> "pd.DataFrame | pl.DataFrame":
        """A data frame, one column a key; needs the extra of that name.

        In pandas amounts are Python integers in columns of objects, so that their sums are exact. In polars they are
        decimal text, for no type of its columns holds 256 bits.
        """
        names = list(measures(self.row_type))
        if library == "pandas":
            import pandas as pd

            return pd.DataFrame([list(row) for row in self.rows], columns=names, dtype=object)
        import polars as pl

        texts = [{name: _text(value) for name, value in json_row(row).items()} for row in self.rows]
        return pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String))

    def _repr_html_(self) -> str:
        """For a notebook."""
        names = list(measures(self.row_type))
        top = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join(
            "<tr>" + "".join(f"<td>{cell(value)}</td>" for value in row) + "</tr>" for row in self.rows[:SHOWN_MAX]
        )
        left = len(self.rows) - SHOWN_MAX
        more = f"<p>and {left:,} further rows</p>" if left > 0 else ""
        caption = escape(f"{self.head['schema']} at position {self.head['position']}")
        return f"<table><caption>{caption}</caption><tr>{top}</tr>{body}</table>{more}"


def table(
    journal: Journal,
    report: str,
    views: "Database | None" = None,
    /,
    *,
    as_of: str | None = None,
    known_at: str | None = None,
    position: int | None = None,
    **limits: str,
) -> Table:
    """A report of a journal, now or as of an effective time, a recorded time (both RFC 3339) or a position.

    `limits` are names that the rows are limited to, such as `pool="alpha"`. `views` are the projections of the journal
    in SQL: a report of the present is read from them where they are at its head, and one of the past goes on from a
    point that is kept there; it says the same without. Raises `ValueError` for a report that is not there, for a limit
    that it does not have, for a name that it needs, for a time that is none, and for a position below 0.
    """
    if report not in REPORTS:
        raise ValueError(f"no report {report}: there are {', '.join(REPORTS)}")
    found = REPORTS[report]
    if unknown := limits.keys() - {*found.limits}:
        raise ValueError(f"{report} is not limited by {', '.join(sorted(unknown))}, but by {', '.join(found.limits)}")
    if missing := {*found.needs} - limits.keys():
        raise ValueError(f"the report {report} names the {', the '.join(sorted(missing))}")
    if position is not None and position < 0:
        raise ValueError(f"a position is 0 or more, not {position}")
    asked = Asked(
        as_of=None if as_of is None else timestamp(as_of),
        known_at=None if known_at is None else timestamp(known_at),
        position=position,
    )
    made, shown, _ = _reported(journal, found, asked, limits, views)
    return Table(head(report, journal.name, shown, made.ties), found.row_type, tuple(made.rows))


def _reported(
    journal: Journal, report: Report, asked: Asked, limits: Mapping[str, str], views: "Database | None"
) -> Reported:
    """The report out of its table, or folded."""
    points = None
    if views is not None:
        from projections.store.past import KeptPoints
        from projections.store.served import served

        if asked == Asked() and (found := served(views, journal, report, limits)):
            return found
        points = KeptPoints(views, journal)
    selection = Selection(journal, asked, points)
    made = report.make(selection, limits, iter)
    read = made._replace(rows=iter(list(made.rows)))
    return Reported(read, selection.shown(), selection.charters)


def _text(value: object) -> str | None:
    return None if value is None else json.dumps(value) if isinstance(value, dict) else str(value)
