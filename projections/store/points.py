"""Points: positions at which the folds are kept, so that what is asked of the past need not be folded from the first
entry.

A point is used only where the journal still has the very entry that it stands at, where the same entries are undone,
and where its bytes are whole; in any doubt an earlier one is, or none. That the code which made it is the one that
reads it is a condition of the whole database. Whether somebody changed the journal before that entry is not looked at
here: an audit does, which folds everything again.
"""

from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, delete, select

from ledger.journal import Entry, Journal
from ledger.snapshot.form import UNREADABLE
from ledger.values import EventId, Timestamp, instant_key
from projections.kept import Plain
from projections.reading import Gap
from projections.store.folds import Folds
from projections.store.rows import put
from projections.store.schema import CHARTERS, POINTS, STATES
from projections.store.states import digest, packed, unpacked

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
    """Keep the folds at their position, in the place of what was kept there.

    What other folds kept there, when other entries were undone, is not of this point.
    """
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
        folds.opened.hexdigest(),
    )
    others = connection.execute(select(POINTS).where(POINTS.c.position == position)).first()
    if others is not None and others.undone != marked(undone, position):
        connection.execute(delete(STATES).where(STATES.c.position == position))
    put(connection, POINTS, [(*point, _sealed(point))])
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
        if not is_whole(point) or (as_of is not None and point.highest > as_of):
            continue
        if known_at is not None and instant_key(Timestamp(point.recorded_at)) > instant_key(known_at):
            continue
        if point.undone != marked(undone, point.position) or not stands(point.position, point.entry_sha256, journal):
            continue
        states = _states(connection, point.position, kept)
        chartered = charters(connection, point.position, point.charters)
        if states is not None and chartered is not None:
            return Point(point.position, point.latest, point.highest, point.adjusted, chartered, states)
    return None


def stands(position: int, entry_sha256: str, journal: Journal) -> bool:
    """Whether the journal still has the very entry at a position."""
    stored = journal.stored(position)
    return stored is not None and digest(stored) == entry_sha256


def gap(connection: Connection, journal: Journal, as_of: str) -> Gap:
    """What need not be read as of a time: the entries between two points, none of which is effective by then.

    The last point stands for those before it, none of which is missing.
    """
    after, last = 0, None
    for point in connection.execute(select(POINTS).order_by(POINTS.c.position)).all():
        if point.position != next_point(0 if last is None else last.position) or not is_whole(point):
            break
        last = point
        if point.lowest <= as_of:
            after = point.position
    if last is None or not stands(last.position, last.entry_sha256, journal):
        return Gap()
    opened = charters(connection, last.position, last.charters)
    return Gap() if opened is None else Gap(after, last.position, [one for one in opened if one.position > after])


def _sealed(point: Sequence[Any]) -> str:
    """The SHA-256 of all that is said of a point."""
    return digest(repr(tuple(point)).encode())


def is_whole(point: Row[Any]) -> bool:
    """Whether all that is said of a point is as it was written."""
    return bool(_sealed(point[:-1]) == point[-1])


def _states(connection: Connection, position: int, kept: Sequence[str]) -> dict[str, Plain] | None:
    """The states of a point; None where one is missing or cannot be read."""
    found: dict[str, Plain] = {}
    stored = select(STATES).where(STATES.c.position == position, STATES.c.fold.in_(kept))
    try:
        for state in connection.execute(stored):
            if digest(state.content) != state.sha256:
                return None
            found[state.fold] = unpacked(state.content)
    except UNREADABLE:
        return None
    return found if found.keys() == {*kept} else None


def charters(connection: Connection, through: int, opened: str) -> list[Entry] | None:
    """The entries up to a position that opened something; None where the digest of them is not the one given."""
    chartered = select(CHARTERS).where(CHARTERS.c.position <= through).order_by(CHARTERS.c.position)
    found, contents = [], sha256()
    for row in connection.execute(chartered):
        content = str(row.content).encode()
        contents.update(content)
        found.append(Entry(row.position, row.type, EventId(row.id), Timestamp(""), "", content))
    return found if contents.hexdigest() == opened else None


def forget(connection: Connection, kept: Collection[str]) -> None:
    """Remove the states of some folds, and what was opened."""
    connection.execute(delete(STATES).where(STATES.c.fold.in_(kept)))
    connection.execute(delete(CHARTERS))
