"""The tables held against the fold of the journal: each projection as far as it is, and each point where it stands.

The journal is folded anew from its first entry, and nothing that is kept has a part in that. A table that is behind is
compared where it is. What cannot be compared is told as that, never passed over.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, inspect, select
from sqlalchemy import Row as Read

from ledger.errors import JournalLocked, JournalReadOnly, NotABook, StorageFailed
from ledger.journal import Journal
from projections.store.amounts import encoder
from projections.store.database import Database
from projections.store.folded_again import FoldedAgain
from projections.store.folds import Folds
from projections.store.kept_beside import of_no_fold
from projections.store.points import stands
from projections.store.refresh import NAMES, Watched, unwatched
from projections.store.schema import POINTS, PROJECTED, PROJECTIONS
from projections.store.source import is_of_this_code
from projections.store.unequal import Finding
from projections.undone import undone_through

MOST: Final = 1_000
"""So many findings are spelled out; all are counted."""

_FAILED: Final = (StorageFailed, NotABook, JournalLocked, JournalReadOnly)
"""What tells of a database that cannot be read."""


class Compared:
    """What a comparison found: the first of its findings, how many there are, and what could not be checked.

    `positions` tell where the projections that were compared stand, `points` how many of these were.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.found = 0
        self.unchecked: list[str] = []
        self.positions: dict[str, int] = {}
        self.points = 0

    def find(self, findings: Iterable[Finding]) -> None:
        """Take in findings."""
        for finding in findings:
            self.found += 1
            if self.found <= MOST:
                self.findings.append(finding)


def compare(
    database: Database, journal: Journal, *, through: int | None = None, watch: Watched = unwatched
) -> Compared:
    """Hold the tables of a journal, and the points, against its fold. All of them are read of one moment.

    Projections that are beyond a position `through` cannot be checked. Raises `JournalDamaged` where entries are
    missing.
    """
    compared = Compared()
    try:
        with database.reading() as connection:
            groups = _groups(database, connection, journal, through, compared)
            if groups:
                _compare(connection, journal, groups, compared, watch)
    except _FAILED as failed:
        compared.unchecked.append(str(failed))
    return compared


def _groups(
    database: Database, connection: Connection, journal: Journal, through: int | None, compared: Compared
) -> dict[int, list[Read[Any]]]:
    """The cursors of what can be compared, by their positions, the last first. What cannot is told."""
    if not inspect(connection).has_table(PROJECTIONS.name):
        return {}
    if not is_of_this_code(connection):
        compared.unchecked.append(f"{database.shown}: its projections are of other code; refresh makes them anew")
        return {}
    if not database.is_whole(connection):
        compared.unchecked.append(f"{database.shown}: tables or views are missing; refresh makes them anew")
        return {}
    groups: dict[int, list[Read[Any]]] = defaultdict(list)
    cursors = connection.execute(select(PROJECTIONS).order_by(PROJECTIONS.c.name)).all()
    for cursor in cursors:
        hindered = _hindered(cursor, journal, through)
        if hindered:
            compared.unchecked.append(f"{database.shown}: {cursor.name} {hindered}")
        else:
            groups[cursor.position].append(cursor)
            compared.positions[cursor.name] = cursor.position
    for name in sorted(PROJECTED.keys() - {cursor.name for cursor in cursors}):
        if connection.execute(select(*PROJECTED[name].primary_key.columns).limit(1)).first() is not None:
            compared.unchecked.append(f"{database.shown}: {name} has rows, and nothing tells how far it is")
    return dict(sorted(groups.items(), reverse=True))


def _hindered(cursor: Read[Any], journal: Journal, through: int | None) -> str:
    """Why a projection cannot be compared; nothing where it can."""
    if cursor.name not in PROJECTED:
        return "is no projection"
    if not isinstance(cursor.position, int) or not stands(cursor.position, cursor.entry_sha256, journal):
        return f"is of another book, {cursor.book}, or of one that has changed"
    if through is not None and cursor.position > through:
        return f"is at position {cursor.position}, beyond {through}"
    return ""


def _compare(
    connection: Connection,
    journal: Journal,
    groups: Mapping[int, Sequence[Read[Any]]],
    compared: Compared,
    watch: Watched,
) -> None:
    """Fold the journal once for each position at which projections stand."""
    kept = connection.execute(select(POINTS).order_by(POINTS.c.position)).all()
    points = {point.position: point for point in kept if isinstance(point.position, int)}
    for number, (position, cursors) in enumerate(groups.items()):
        before = {at: point for at, point in points.items() if at <= position}
        names = NAMES if before else tuple(cursor.name for cursor in cursors)
        folds = Folds(names, encoder(connection.dialect))
        again = FoldedAgain(connection, journal, folds, undone_through(journal, position), compared.find)
        again.compare(cursors, before, watch, charts=number == 0)
        compared.points += len(again.checked)
        points = {at: point for at, point in points.items() if at not in again.checked}
    if not compared.unchecked:
        compared.find(of_no_fold(connection, points.values(), journal))
