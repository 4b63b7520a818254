"""A fold of the journal from its first entry to a position, and what the tables say beside it on the way and there."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from sqlalchemy import Column, Connection, Table
from sqlalchemy import Row as Read

from ledger.chart import owner
from ledger.errors import JournalDamaged
from ledger.journal import Journal
from ledger.values import Account, Timestamp
from projections.pools import pool_rows
from projections.store.folds import Folds
from projections.store.kept_beside import of_point
from projections.store.points import marked
from projections.store.refresh import FLUSHED, Watched
from projections.store.rows import encoded
from projections.store.schema import (
    ASSETS,
    CASES,
    CHARTERS,
    DEFICITS,
    ENTRIES,
    FUNDS,
    LENDERS,
    LOANS,
    POOLS,
    PROJECTIONS,
    REGISTER,
    TRIAL_BALANCE,
)
from projections.store.unequal import Finding, Row, differences, stored, unequal
from projections.undone import Undone

Find = Callable[[Iterable[Finding]], None]
"""Takes in findings."""


class FoldedAgain:
    """A fold under way, with the rows of tables that are read beside it. `checked` are the points that were compared.

    The rows of what was opened are compared by the one that `charts`.
    """

    def __init__(
        self,
        connection: Connection,
        journal: Journal,
        folds: Folds,
        undone: Undone,
        find: Find,
    ) -> None:
        self._connection = connection
        self._journal = journal
        self._folds = folds
        self._undone = undone
        self._find = find
        self._lines: dict[str, _Lines] = {}
        self.checked: set[int] = set()

    def compare(
        self, cursors: Sequence[Read[Any]], points: Mapping[int, Read[Any]], watch: Watched, *, charts: bool
    ) -> None:
        """Compare projections that stand at one position, and the points up to it at which the same is undone."""
        through, names = cursors[0].position, {cursor.name for cursor in cursors}
        followed = [table for table, name in _FOLLOWED.items() if name in names] + [CHARTERS] * charts
        self._lines = {table.name: _Lines(self._connection, table) for table in followed}
        folds, journal = self._folds, self._journal
        entries = iter(watch(journal.read(0, through), through))
        while folds.position < through:
            point = min((at for at in points if at > folds.position), default=through)
            end = min(folds.position + FLUSHED, point, through)
            folds.take(islice(entries, end - folds.position), self._undone.ids, enter="register" in names)
            if folds.position != end:
                raise JournalDamaged(f"{journal.name} ends at entry {folds.position}, before {end}")
            self._follow(end)
            if end in points:
                self._compare_point(points[end])
        self._follow(None)
        for cursor in cursors:
            self._compare_rows(cursor)
        if charts:
            self._compare_table("assets", ASSETS, sorted(folds.charters.assets.items()))

    def _follow(self, through: int | None) -> None:
        """Compare the lines of the entries that were just folded; at the end, that there are no more."""
        folds = self._folds
        lines: dict[str, Iterable[Row]] = {
            ENTRIES.name: folds.entries,
            REGISTER.name: folds.accounts.lines,
            CASES.name: sorted(((case, *row) for case, row in folds.cases.steps), key=lambda row: (row[2], row[0])),
            CHARTERS.name: [(one.position, one.type, one.id, one.content.decode()) for one in folds.chartered],
        }
        for name, followed in self._lines.items():
            self._find(followed.beside(lines[name], through))
        folds.settle()

    def _compare_point(self, point: Read[Any]) -> None:
        if point.undone == marked(self._undone.positions, point.position):
            self._find(of_point(self._connection, point, self._folds, self._journal))
            self.checked.add(point.position)
        self._folds.lowest = None

    def _compare_rows(self, cursor: Read[Any]) -> None:
        """Compare the rows of a projection, and what is told of where it stands."""
        folds = self._folds
        latest = f"{folds.latest}Z" if folds.latest else None
        marks = marked(self._undone.positions, folds.position)
        standing = {
            "as_of": latest,
            "adjusted": folds.adjusted,
            "undone": marks,
            "charters": folds.opened.hexdigest(),
        }
        self._find(unequal(PROJECTIONS, cursor.name, cursor, standing, self._connection.dialect))
        if cursor.name in _ROWS:
            table, rows = _ROWS[cursor.name]
            self._compare_table(cursor.name, table, rows(folds))

    def _compare_table(self, name: str, table: Table, rows: Iterable[Row]) -> None:
        dialect, order = self._connection.dialect, list(table.primary_key.columns)
        expected = encoded(rows, table, dialect)
        found = stored(self._connection, table, order)
        self._find(differences(name, table, dialect, order=order, expected=expected, found=found))


class _Lines:
    """The rows of a table that follow the entries, read as these are folded."""

    def __init__(self, connection: Connection, table: Table) -> None:
        self._table = table
        self._dialect = connection.dialect
        others = [column for column in table.primary_key.columns if column.name != "position"]
        self._order: list[Column[Any]] = [table.c.position, *others]
        self._at = list(table.columns).index(table.c.position)
        self._rows = stored(connection, table, self._order)
        self._next = next(self._rows, None)

    def beside(self, lines: Iterable[Row], through: int | None) -> Iterator[Finding]:
        """What is different of the rows up to a position; without one, of all that are left."""
        as_driven = lines if self._table in (ENTRIES, REGISTER) else encoded(lines, self._table, self._dialect)
        rows = self._up_to(through)
        return differences(
            self._table.name, self._table, self._dialect, order=self._order, expected=as_driven, found=rows
        )

    def _up_to(self, through: int | None) -> Iterator[Row]:
        while self._next is not None:
            position = self._next[self._at]
            if through is not None and not (isinstance(position, int) and position <= through):
                return
            yield self._next
            self._next = next(self._rows, None)


_FOLLOWED: Final = {ENTRIES: "register", REGISTER: "register", CASES: "cases"}
"""The tables whose rows come with the entries, and of which projection each is."""


def _deficits(folds: Folds) -> Iterable[Row]:
    return folds.deficits.rows(Timestamp(f"{folds.latest}Z") if folds.latest else None)


def _trial_balance(folds: Folds) -> Iterable[Row]:
    return ((*row, owner(Account(row.account))) for row in folds.accounts.rows())


_ROWS: Final[Mapping[str, tuple[Table, Callable[[Folds], Iterable[Row]]]]] = {
    "lenders": (LENDERS, lambda folds: folds.lenders.rows()),
    "funds": (FUNDS, lambda folds: folds.funds.rows()),
    "deficits": (DEFICITS, _deficits),
    "loans": (LOANS, lambda folds: folds.loans.rows()),
    "pools": (POOLS, lambda folds: pool_rows(folds.accounts, folds.charters)),
    "trial-balance": (TRIAL_BALANCE, _trial_balance),
}
"""The tables whose rows are compared where the fold ends, with the rows that it has there."""
