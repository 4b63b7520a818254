"""Where the projections of a book are in SQL: beside it, or where `--views` says; and what a report takes of them."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.amounts import printable
from cli.main import Settings
from cli.places import existing
from ledger.errors import LedgerError
from ledger.journal import Journal
from ledger.journal.sqlite import SqliteJournal
from projections.reading import Asked, Begun, Gap, Points, Selection
from projections.reports import Report, Reported

if TYPE_CHECKING:
    from projections.store.database import Database


def views_of(settings: Settings) -> "Views":
    """The journal of a book that is there, with its projections as far as they are. A missing one is refused."""
    journal = existing(settings)
    return Views(kept_of(settings, journal), journal)


def kept_of(settings: Settings, journal: SqliteJournal) -> "Database | None":
    """The database that the projections of a book are in; None where there is none."""
    named = settings.views is not None or journal.path.with_name(f"{journal.path.name}.views").exists()
    database = database_of(settings, journal) if named else None
    return database if database is not None and database.is_there() else None


def database_of(settings: Settings, journal: SqliteJournal) -> "Database":
    """The database that the projections of a book are in, or will be."""
    from projections.store.database import Database

    if settings.views is None:
        return Database.beside(journal.path, patience=settings.wait)
    if "://" not in settings.views:
        return Database.in_file(Path(settings.views), patience=settings.wait)
    return Database(settings.views, patience=settings.wait)


class Views:
    """The projections of a journal in SQL. They are never needed: where they fail, that is said, and all is folded."""

    def __init__(self, database: "Database | None", journal: Journal) -> None:
        self._database = database
        self.journal = journal

    def selection(self, asked: Asked) -> Selection:
        """What a report is asked about, which goes on from a point of the past where one is kept."""
        return Selection(self.journal, asked, None if self._database is None else _Careful(self))

    def served(self, report: Report, limits: Mapping[str, str], asked: Asked) -> Reported | None:
        """A report of the present out of its table; None where that does not say it."""
        if self._database is None or asked != Asked():
            return None
        from projections.store.served import served

        try:
            found = served(self._database, self.journal, report, limits)
        except LedgerError as error:
            self.give_up(error)
            return None
        return found and found._replace(made=found.made._replace(rows=self._to_the_end(found, report, limits)))

    def points(self) -> Points | None:
        """The points that are kept."""
        if self._database is None:
            return None
        from projections.store.past import KeptPoints

        return KeptPoints(self._database, self.journal)

    def _to_the_end(self, found: Reported, report: Report, limits: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
        """The rows of tables; where these fail on the way, the fold's rows from there on, which are the same."""
        taken = 0
        try:
            for row in found.made.rows:
                yield row
                taken += 1
        except LedgerError as error:
            self.give_up(error)
            selection = Selection(self.journal, Asked(position=found.shown.position))
            yield from islice(report.make(selection, limits, iter).rows, taken, None)

    def give_up(self, error: LedgerError) -> None:
        """Do without them from now on."""
        click.echo(f"recoup: {printable(str(error))}; folded from the journal", err=True)
        self._database = None


class _Careful:
    """Points that are none where they cannot be read."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def newest(self, *asked: object, **further: object) -> Begun | None:
        """A point to go on from."""
        points = self._views.points()
        try:
            return None if points is None else points.newest(*asked, **further)  # type: ignore[arg-type]  # handed through
        except LedgerError as error:
            self._views.give_up(error)
            return None

    def gap(self, as_of: str) -> Gap:
        """What need not be read."""
        points = self._views.points()
        try:
            return Gap() if points is None else points.gap(as_of)
        except LedgerError as error:
            self._views.give_up(error)
            return Gap()
