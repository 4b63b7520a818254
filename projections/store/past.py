"""The points of a database, as a report of the past asks for them."""

from collections.abc import Collection, Sequence

from ledger.journal import Journal
from ledger.values import Timestamp
from projections.reading import Gap
from projections.store import points
from projections.store.database import Database
from projections.store.points import Point
from projections.store.source import is_of_this_code


class KeptPoints:
    """The points that are kept of a journal; none where the database is of another code."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal

    def newest(
        self,
        kept: Sequence[str],
        *,
        through: int,
        undone: Collection[int],
        as_of: str | None,
        known_at: Timestamp | None,
    ) -> Point | None:
        """The last point at which all of these folds are kept, and which what is asked for may go on from."""
        with self._database.reading() as connection:
            if not is_of_this_code(connection):
                return None
            return points.newest(
                connection, self._journal, kept, through=through, undone=undone, as_of=as_of, known_at=known_at
            )

    def gap(self, as_of: str) -> Gap:
        """The entries that need not be read of what is asked as of a time."""
        with self._database.reading() as connection:
            return points.gap(connection, self._journal, as_of) if is_of_this_code(connection) else Gap()
