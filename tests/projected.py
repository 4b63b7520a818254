"""The tables of a book beside the fold of it: what each report says by the one and by the other."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from ledger.journal import Journal
from projections.reading import Asked, Selection, Shown
from projections.reports import REPORTS
from projections.store.database import Database
from projections.store.past import KeptPoints
from projections.store.refresh import Runner
from projections.store.served import served

Said = tuple[list[tuple[Any, ...]], Shown]

SERVED: Final = ("lenders", "funds", "deficits", "loans", "pools", "trial-balance", "register")
"""The reports that tables serve, but for those of a case."""


def in_file(folder: Path, name: str = "book.db.views") -> Database:
    """An empty database of SQLite."""
    return Database(f"sqlite:///{folder / name}", patience=20)


def by_fold(journal: Journal, report: str, asked: Asked = Asked(), **named: str) -> Said:  # noqa: B008  (a constant)
    """A report as its fold makes it, from the first entry."""
    selection = Selection(journal, asked)
    rows = list(REPORTS[report].make(selection, named, iter).rows)
    return rows, selection.shown()


def by_points(database: Database, journal: Journal, report: str, asked: Asked, **named: str) -> Said:
    """The same from the nearest point."""
    selection = Selection(journal, asked, KeptPoints(database, journal))
    rows = list(REPORTS[report].make(selection, named, iter).rows)
    return rows, selection.shown()


def by_tables(database: Database, journal: Journal, report: str, **named: str) -> Said | None:
    """The same out of its table; None where that is not at the journal's head."""
    found = served(database, journal, REPORTS[report], named)
    return None if found is None else (list(found.made.rows), found.shown)


def everything_by_fold(journal: Journal) -> dict[str, Said]:
    """Every report that tables serve, and each case, by the fold."""
    cases = [row[2] for row in by_fold(journal, "deficits")[0]]
    return {name: by_fold(journal, name) for name in SERVED} | {
        f"case {case}": by_fold(journal, "case", case=case) for case in cases
    }


def everything_by_tables(database: Database, journal: Journal, names: Iterable[str]) -> dict[str, Said | None]:
    """The same out of the tables."""
    return {
        name: by_tables(database, journal, name.split()[0], **({"case": name.split()[1]} if " " in name else {}))
        for name in names
    }


def refreshed(database: Database, journal: Journal, through: int | None = None) -> None:
    """Bring the tables up to the journal, or to a position, by a runner of its own."""
    Runner(database, journal).refresh(through=through)


Refresh = Callable[[Database, Journal, int | None], None]
