"""A point that is kept, beside the folds at its position: what is said of it, and the state of each fold."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, select, type_coerce
from sqlalchemy import Row as Read
from sqlalchemy.types import NULLTYPE

from ledger.accounts import Charters
from ledger.journal import Journal
from ledger.snapshot.form import UNREADABLE
from projections.kept import Plain
from projections.lenders import LendersFold
from projections.loans import LoansFold
from projections.store.folds import Folds
from projections.store.points import is_whole, stands
from projections.store.schema import POINTS, STATES
from projections.store.states import digest, unpacked
from projections.store.unequal import Finding, unequal


def of_point(connection: Connection, point: Read[Any], folds: Folds, journal: Journal) -> Iterator[Finding]:
    """What is different of a point and of the states kept at it.

    A point may say that entries since the one before it are effective earlier than they are: it is only used the less.
    """
    entry = next(journal.read(point.position - 1, point.position))
    lowest = folds.lowest or ""
    earlier = isinstance(point.lowest, str) and point.lowest <= lowest
    said = {
        "entry_sha256": digest(journal.stored(point.position) or b""),
        "recorded_at": entry.recorded_at,
        "lowest": point.lowest if earlier else lowest,
        "highest": folds.highest,
        "latest": folds.latest,
        "adjusted": folds.adjusted,
        "charters": folds.opened.hexdigest(),
    }
    yield from unequal(POINTS, str(point.position), point, said, connection.dialect)
    yield from _unsealed(point)
    states = folds.states()
    for fold in connection.execute(
        select(STATES.c.fold).where(STATES.c.position == point.position).order_by(STATES.c.fold)
    ).scalars():
        yield from _of_state(connection, point.position, fold, states.get(fold), folds.charters)


def of_no_fold(connection: Connection, points: Iterable[Read[Any]], journal: Journal) -> Iterator[Finding]:
    """What is wrong of points that no projection has come to, or at which other entries were undone than are now.

    Without states they are of no use but to tell the times of entries.
    """
    for point in points:
        key = str(point.position)
        yield from _unsealed(point)
        if not stands(point.position, point.entry_sha256, journal):
            yield Finding(POINTS.name, key, "entry_sha256", str(point.entry_sha256), "another")
        states = select(STATES.c.fold).where(STATES.c.position == point.position).order_by(STATES.c.fold)
        for fold in connection.execute(states).scalars():
            yield Finding(STATES.name, f"{key} {fold}", "", "a state", "none, for no projection has come to it")


def _unsealed(point: Read[Any]) -> Iterator[Finding]:
    if not is_whole(point):
        yield Finding(POINTS.name, str(point.position), "sha256", str(point.sha256), "another")


def _of_state(
    connection: Connection, position: int, fold: str, expected: Plain, charters: Charters
) -> Iterator[Finding]:
    columns = STATES.c.sha256, type_coerce(STATES.c.content, NULLTYPE)
    sha256, content = connection.execute(
        select(*columns).where(STATES.c.position == position, STATES.c.fold == fold)
    ).one()
    key = f"{position} {fold}"
    if not isinstance(content, bytes) or digest(content) != sha256:
        yield Finding(STATES.name, key, "content", "not what its digest is of", "a state")
        return
    try:
        found = _settled(fold, unpacked(content), charters)
    except UNREADABLE as error:
        yield Finding(STATES.name, key, "", f"a state that cannot be read ({error})", "another")
        return
    if expected is None or found != _settled(fold, expected, charters):
        yield Finding(STATES.name, key, "", "a state", "another" if expected is not None else "none")


def _settled(fold: str, state: Plain, charters: Charters) -> Plain:
    """A state in the form that does not depend on when its rows were read last."""
    match fold:
        case "lenders" | "loans":
            kind: type[LendersFold | LoansFold] = LendersFold if fold == "lenders" else LoansFold
            again = kind(charters)
            again.restore(state)
            for _ in again.rows():
                pass
            return again.state()
        case "balances":
            balances, pools = state
            return balances, {*pools}
        case _:
            return state
