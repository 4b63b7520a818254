"""Keeping the tables up with the journal: rows, cursors and points are committed together, so each entry counts once.

Many entries are caught up with in several transactions, each for as many as the tables hold already. A runner that is
killed leaves what its last transaction committed; two at once take turns, and the second finds the work done.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, select

from ledger.errors import JournalDamaged, NotABook
from ledger.journal import Entry, Journal
from projections.store import points, tables
from projections.store.amounts import encoder
from projections.store.database import Database
from projections.store.folds import NEEDED, Folds
from projections.store.points import marked, next_point
from projections.store.rows import put
from projections.store.schema import BY_ACCOUNT, CASES, PROJECTED, PROJECTIONS
from projections.store.source import code_version, is_of_this_code
from projections.store.states import digest
from projections.undone import Undone, undone_through

CHUNK: Final = 50_000
"""The least number of entries that are caught up with in one transaction."""

FLUSHED: Final = 2_000
"""Entries after which their lines go to the tables: so many are held in memory."""

NAMES: Final = tuple(PROJECTED)


Watched = Callable[[Iterable[Entry], int], Iterable[Entry]]
"""Wraps the entries of a transaction, of which there are so many, to show its progress."""


def unwatched(entries: Iterable[Entry], _: int) -> Iterable[Entry]:
    """Nobody looks on."""
    return entries


class Cursor(NamedTuple):
    """How far a projection is. `undone` tells which of its entries are reversed."""

    position: int
    undone: str


START: Final = Cursor(0, marked((), 0))


class Done(NamedTuple):
    """What a refresh did for a projection: from where to where it was brought."""

    name: str
    began_at: int
    position: int


class Runner:
    """Brings projections up to the journal, and keeps their folds in memory between two times."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        self._folds: dict[tuple[str, ...], tuple[Cursor, Folds]] = {}

    def refresh(
        self,
        names: Sequence[str] = NAMES,
        *,
        through: int | None = None,
        rebuild: bool = False,
        watch: Watched = unwatched,
    ) -> list[Done]:
        """Bring projections up to the journal's head, or to a position of it; `rebuild` folds them from position 1.

        Raises `NotABook` where the database holds the projections of another book or something else, `JournalLocked`
        where another runner is at work for too long, `StorageFailed` where the database fails.
        """
        head = self._journal.head().position
        target = head if through is None else min(through, head)
        with self._database.writing() as connection:
            self._prepare(connection, names, rebuild=rebuild)
            began = {name: _cursor(connection, name).position for name in names}
            behind = self._bring_up(connection, names, target, watch)
        while behind:
            with self._database.writing() as connection:
                behind = self._bring_up(connection, names, target, watch)
        return [Done(name, began[name], max(began[name], target)) for name in names]

    def _bring_up(self, connection: Connection, names: Sequence[str], target: int, watch: Watched) -> bool:
        """Bring those that are furthest behind up in one transaction, or a part of the way. Tells whether any were."""
        cursors = {name: _cursor(connection, name) for name in names}
        behind = min((cursor for cursor in cursors.values() if cursor.position < target), default=None)
        if behind is None:
            if "register" in names:
                BY_ACCOUNT.create(connection, checkfirst=True)
            return False
        group = tuple(name for name in names if cursors[name] == behind)
        end = min(target, max(behind.position + CHUNK, 2 * behind.position))
        self._advance(connection, group, behind, end, watch)
        return True

    def _prepare(self, connection: Connection, names: Sequence[str], *, rebuild: bool) -> None:
        """Have tables of this code, of this book; empty ones where they are to be rebuilt."""
        whole = self._database.is_whole(connection) and is_of_this_code(connection)
        another = self._other_book(connection) if whole else None
        if another is not None and not rebuild:
            raise NotABook(
                f"{self._database.shown} holds the projections of another book, {another}, or of one that has changed; "
                f"refresh --rebuild puts those of {self._journal.name} in their place"
            )
        if not whole or another is not None:
            self._database.make(connection)
        elif rebuild:
            points.forget(connection, {state for name in names for state in NEEDED[name]})
            tables.empty(connection, names)
        if not whole or rebuild:
            self._folds.clear()

    def _other_book(self, connection: Connection) -> str | None:
        """The name of the book that a projection is of, if that is not this one."""
        for cursor in connection.execute(select(PROJECTIONS).order_by(PROJECTIONS.c.name)).all():
            if not points.stands(cursor.position, cursor.entry_sha256, self._journal):
                return str(cursor.book)
        return None

    def _advance(
        self, connection: Connection, names: tuple[str, ...], cursor: Cursor, through: int, watch: Watched
    ) -> None:
        """Bring projections that are equally far to a position."""
        undone = undone_through(self._journal, through)
        held = self._folds.pop(names, None)
        as_before = marked(undone.positions, cursor.position) == cursor.undone
        if held is not None and as_before and held[0] == cursor:
            folds = held[1]
        else:
            folds = self._caught_up(connection, names, cursor, undone, as_before=as_before)
        self._fold(connection, folds, through, undone, watch=watch, lines=True, kept=True)
        tables.write(connection, folds, everything=not as_before or not cursor.position)
        now = Cursor(through, marked(undone.positions, through))
        self._move(connection, folds, now)
        self._folds[names] = now, folds

    def _caught_up(
        self, connection: Connection, names: tuple[str, ...], cursor: Cursor, undone: Undone, *, as_before: bool
    ) -> Folds:
        """Folds as they are at a cursor, from the last point before it. What is in the tables already is not written.

        Where something that was counted is reversed, they go back to a point before that; the steps of cases since
        then are others.
        """
        folds = Folds(names, encoder(connection.dialect))
        position, kept = cursor.position, folds.kept
        point = points.newest(connection, self._journal, kept, through=position, undone=undone.positions)
        if point is not None:
            folds.go_on_from(point)
        again = not as_before and "cases" in names
        if again:
            connection.execute(delete(CASES).where(CASES.c.position > folds.position))
        self._fold(connection, folds, position, undone, watch=unwatched, lines=False, kept=not as_before, steps=again)
        folds.settle()
        return folds

    def _fold(
        self,
        connection: Connection,
        folds: Folds,
        through: int,
        undone: Undone,
        *,
        watch: Watched,
        lines: bool,
        kept: bool,
        steps: bool = True,
    ) -> None:
        """Fold entries up to a position, with points on the way where they are to be `kept`."""
        entries = iter(watch(self._journal.read(folds.position, through), through - folds.position))
        while folds.position < through:
            point = next_point(folds.position)
            end = min(folds.position + FLUSHED, point, through)
            before = folds.position
            folds.take(islice(entries, end - before), undone.ids, enter=lines and "register" in folds.names)
            if folds.position != end:
                raise JournalDamaged(f"{self._journal.name} ends at entry {folds.position}, before {end}")
            tables.append_lines(connection, folds, lines=lines, steps=steps)
            if end == point and kept:
                points.keep(connection, folds, self._journal, undone.positions)

    def _move(self, connection: Connection, folds: Folds, to: Cursor) -> None:
        """Have the cursors of projections where their folds are."""
        book, latest = self._journal.name, f"{folds.latest}Z" if folds.latest else None
        entry = digest(self._journal.stored(to.position) or b"")
        shown = latest, folds.adjusted, to.undone, folds.opened.hexdigest(), code_version()
        put(connection, PROJECTIONS, [(name, book, to.position, entry, *shown) for name in folds.names])


def _cursor(connection: Connection, name: str) -> Cursor:
    found = connection.execute(select(PROJECTIONS).where(PROJECTIONS.c.name == name)).first()
    return START if found is None else Cursor(found.position, found.undone)
