"""The tables of a book beside the fold of it: what each report says by the one and by the other."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from ledger.journal import Entry, Head, Journal
from ledger.values import EventId
from projections.reading import Asked, Selection, Shown
from projections.reports import REPORTS
from projections.store import points, refresh
from projections.store.database import Database
from projections.store.past import KeptPoints
from projections.store.refresh import NAMES, Runner
from projections.store.served import served

Said = tuple[list[tuple[Any, ...]], Shown]

SERVED: Final = ("lenders", "funds", "deficits", "loans", "pools", "trial-balance", "register")
"""The reports that tables serve, but for those of a case."""

FIRST, CHUNK, FLUSHED = 7, 11, 3
"""So near to each other that a short history has many points, transactions and batches."""


@contextmanager
def small_steps() -> Iterator[None]:
    """While it lasts, points, transactions and batches are small."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(points, "FIRST", FIRST)
        patched.setattr(refresh, "CHUNK", CHUNK)
        patched.setattr(refresh, "FLUSHED", FLUSHED)
        yield


class Earlier:
    """A journal as it was when it ended at a position."""

    def __init__(self, journal: Journal, position: int) -> None:
        self.name = journal.name
        self._journal = journal
        self.position = position

    def head(self) -> Head:
        last = next(self._journal.read(self.position - 1, self.position), None) if self.position else None
        return Head(self.position, last and last.recorded_at)

    def stored(self, position: int) -> bytes | None:
        return self._journal.stored(position) if position <= self.position else None

    def read(self, after: int = 0, through: int | None = None) -> Iterator[Entry]:
        return self._journal.read(after, self._until(through))

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        return {name: entry for name, entry in self._journal.known(ids).items() if entry.position <= self.position}

    def reversals(self, through: int | None = None) -> Iterator[Entry]:
        return self._journal.reversals(self._until(through))

    def write(self) -> Any:
        raise NotImplementedError("the past is not written")

    def close(self) -> None:
        self._journal.close()

    def _until(self, through: int | None) -> int:
        return self.position if through is None else min(through, self.position)


@contextmanager
def a_database() -> Iterator[Database]:
    """While it lasts: an empty database of SQLite."""
    with TemporaryDirectory() as folder:
        yield in_file(Path(folder))


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
    """Every report that tables serve, by the fold; and of the cases nine, spread over all, where there are more."""
    cases = [row[2] for row in by_fold(journal, "deficits")[0]]
    cases = cases[:: 1 + len(cases) // 9]
    return {name: by_fold(journal, name) for name in SERVED} | {
        f"case {case}": by_fold(journal, "case", case=case) for case in cases
    }


def everything_by_tables(database: Database, journal: Journal, names: Iterable[str]) -> dict[str, Said | None]:
    """The same out of the tables."""
    return {
        name: by_tables(database, journal, name.split()[0], **({"case": name.split()[1]} if " " in name else {}))
        for name in names
    }


def refreshed(database: Database, journal: Journal, through: int | None = None, names: Collection[str] = NAMES) -> None:
    """Bring tables up to the journal, or to a position, by a runner of its own."""
    Runner(database, journal).refresh(tuple(names), through=through)


def differing(database: Database, journal: Journal, position: int | None = None) -> list[str]:
    """The reports of which the tables say something else than the fold; all are to be at the journal's head.

    With a position: as the journal was when it ended there.
    """
    then = journal if position is None else Earlier(journal, position)
    folded = everything_by_fold(then)
    return _unequal(folded, everything_by_tables(database, then, folded))


def differing_at_the_head(database: Database, journal: Journal) -> list[str]:
    """The same of those tables that are at the head, and of as many as there are."""
    folded = everything_by_fold(journal)
    tables = everything_by_tables(database, journal, folded)
    return _unequal(folded, {name: folded[name] if said is None else said for name, said in tables.items()})


def differing_at(database: Database, journal: Journal, asked: Asked, reports: Iterable[str] = SERVED) -> list[str]:
    """The reports that say something else of a point when they go on from what is kept."""
    by_the_fold = {name: by_fold(journal, name, asked) for name in reports}
    return _unequal(by_the_fold, {name: by_points(database, journal, name, asked) for name in by_the_fold})


def _unequal(some: Mapping[str, Said | None], others: Mapping[str, Said | None]) -> list[str]:
    return [name for name in some if some[name] != others[name]]
