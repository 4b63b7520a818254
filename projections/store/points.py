"""Points: positions at which the folds are kept, so that what is asked of the past need not be folded from the first
entry.

A point is used only where the journal still has the very entry that it stands at, where the same entries are undone,
and where its bytes are whole; in any doubt an earlier one is, or none. That the code which made it is the one that
reads it is a condition of the whole database.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, func, select

from ledger.events import DECODE
from ledger.journal import Entry, Journal
from ledger.values import EventId, Timestamp, instant_key
from projections.kept import Plain
from projections.store.folds import Folds
from projections.store.rows import put
from projections.store.schema import CHARTERS, POINTS, STATES
from projections.store.states import UNREADABLE, digest, packed, unpacked

FIRST: Final = 10_000
"""The first point, and the least distance of two."""

_PART: Final = 16
"""From one point to the next it is a 16th of the way so far, so that their number grows with the logarithm."""


def next_point(position: int) -> int:
    """The first point after a position. Every runner has points at the same positions."""
    point = FIRST
    while point <= position:
        point += max(FIRST, point // _PART)
    return point


class Point(NamedTuple):
    """A point, with the states of the folds asked for. `chartered` are the entries up to it that opened something."""

    position: int
    latest: str
    highest: str
    adjusted: int
    chartered: list[Entry]
    states: dict[str, Plain]


def keep(connection: Connection, folds: Folds, journal: Journal, undone: Collection[int]) -> None:
    """Keep the folds at their position, in the place of what was kept there."""
    position = folds.position
    entry = next(journal.read(position - 1, position))
    point = (
        position,
        digest(journal.stored(position) or b""),
        entry.recorded_at,
        folds.lowest or "",
        folds.highest,
        folds.latest,
        folds.adjusted,
        marked(undone, position),
    )
    put(connection, POINTS, [point])
    states = ((name, packed(state)) for name, state in folds.states().items())
    put(connection, STATES, ((position, name, digest(content), content) for name, content in states))
    folds.lowest = None


def marked(undone: Iterable[int], position: int) -> str:
    """What tells which of the entries up to a position are undone: the SHA-256 of their positions."""
    return digest(",".join(map(str, sorted(one for one in undone if one <= position))).encode())


def newest(
    connection: Connection,
    journal: Journal,
    kept: Sequence[str],
    *,
    through: int,
    undone: Collection[int],
    as_of: str | None = None,
    known_at: Timestamp | None = None,
) -> Point | None:
    """The last point up to a position at which all of some states are kept, and beyond doubt.

    All entries up to it are effective by `as_of` and recorded by `known_at`; `undone` are the positions of the entries
    that are reversed in what is asked for.
    """
    points = select(POINTS).where(POINTS.c.position <= through).order_by(POINTS.c.position.desc())
    for point in connection.execute(points).all():
        if as_of is not None and point.highest > as_of:
            continue
        if known_at is not None and instant_key(Timestamp(point.recorded_at)) > instant_key(known_at):
            continue
        if point.undone != marked(undone, point.position) or not stands(point.position, point.entry_sha256, journal):
            continue
        states = _states(connection, point.position, kept)
        if states is not None:
            chartered = charters(connection, point.position)
            return Point(point.position, point.latest, point.highest, point.adjusted, chartered, states)
    return None


def stands(position: int, entry_sha256: str, journal: Journal) -> bool:
    """Whether the journal still has the very entry at a position."""
    stored = journal.stored(position)
    return stored is not None and digest(stored) == entry_sha256


def last_by(connection: Connection, as_of: str) -> int:
    """The last point such that an entry since the one before it is effective by a time; 0 where there is none."""
    lowest = select(func.max(POINTS.c.position)).where(POINTS.c.lowest <= as_of)
    return connection.execute(lowest).scalar() or 0


def end_of(connection: Connection) -> int:
    """The last point, 0 where there is none."""
    return connection.execute(select(func.max(POINTS.c.position))).scalar() or 0


def _states(connection: Connection, position: int, kept: Sequence[str]) -> dict[str, Plain] | None:
    """The states of a point; None where one is missing or cannot be read."""
    found: dict[str, Plain] = {}
    stored = select(STATES).where(STATES.c.position == position, STATES.c.fold.in_(kept))
    for state in connection.execute(stored):
        content = bytes(state.content)
        if digest(content) != state.sha256:
            return None
        try:
            found[state.fold] = unpacked(content)
        except UNREADABLE:
            return None
    return found if found.keys() == {*kept} else None


def charters(connection: Connection, through: int) -> list[Entry]:
    """The entries up to a position that opened something."""
    chartered = select(CHARTERS).where(CHARTERS.c.position <= through).order_by(CHARTERS.c.position)
    return [
        Entry(row.position, row.type, EventId(row.id), Timestamp(""), "", row.content.encode())
        for row in connection.execute(chartered)
        if row.type in DECODE
    ]


def forget(connection: Connection, after: int) -> None:
    """Remove the points after a position."""
    for table in (STATES, POINTS):
        connection.execute(delete(table).where(table.c.position > after))
