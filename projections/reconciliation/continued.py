"""Breaks from one paper to the next: each keeps its identity and its age, and the two lists are rolled forward."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from ledger.errors import BooksBroken
from projections.aging import bucket_of
from projections.reconciliation.breaks import CLASSES, ID_LENGTH, Break, Class
from projections.reconciliation.items import Item
from projections.reconciliation.paper import ContinuedRow, Paper
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import day_number

_ELSEWHERE: Final[frozenset[Class]] = frozenset({"cut-off", "wrong account"})
"""The classes of a line whose other half, an entry, is in no balance that is compared."""

_RANK: Final = {name: rank for rank, name in enumerate(CLASSES)}


class Continued(NamedTuple):
    """The open breaks with identity and age, those of the paper before that are no more, and the roll-forward."""

    breaks: tuple[Break, ...]
    resolved: tuple[Break, ...]
    rows: tuple[ContinuedRow, ...]


def continued(
    breaks: Sequence[Break], previous: Paper | None, *, subject: str, closed_at: str, rules: Rules
) -> Continued:
    """Open breaks as those of the paper before go on in them, and the two lists rolled forward.

    Raises `BooksBroken` where a break does not add up from the paper before to this one.
    """
    return rolled_forward(recognized(breaks, previous, subject=subject, closed_at=closed_at, rules=rules), previous)


def recognized(
    breaks: Sequence[Break], previous: Paper | None, *, subject: str, closed_at: str, rules: Rules
) -> tuple[Break, ...]:
    """Open breaks with identity and age, whatever the order in which they come.

    A break that has a movement or the key of an open break of the paper before keeps its id and `first_seen`, of
    several the oldest one's, and of two breaks that part from one only the first; any other is known by a hash of the
    subject and its movements. What has no `since` ages from its earliest movement, and without any from when its key
    was first open.
    """
    before = _open_in(previous)
    origins = _Origins(before)
    reserved = frozenset(one.id for one in before)
    named: list[Break] = []
    taken: set[str] = set()
    for one in sorted(breaks, key=_order):
        origin = origins.of(one, taken)
        made = _named(one, origin, subject, taken, reserved)
        taken.add(made.id)
        named.append(_aged(made, origin, closed_at, rules))
    return tuple(named)


def rolled_forward(breaks: Iterable[Break], previous: Paper | None) -> Continued:
    """Open breaks that have identity and age, in order, with those of the paper before that are no more.

    Raises `BooksBroken` where a break does not add up from the paper before to this one.
    """
    before = _open_in(previous)
    ordered = tuple(sorted(breaks, key=lambda one: (one.commodity, _RANK[one.class_], one.since, one.id)))
    still = {one.id for one in ordered}
    resolved = tuple(one for one in before if one.id not in still)
    rows = tuple(_rows(before, ordered, resolved))
    _require_footing(rows, before, ordered)
    return Continued(ordered, resolved, rows)


def movements_of(one: Break) -> tuple[tuple[str, ...], ...]:
    """By what a break is known: its movements of either side, and its key where it has one."""
    ours = (("entry", item.account, item.id) for item in one.ours)
    theirs = (("line", item.id) for item in one.theirs)
    key = () if one.key is None else (("key", json.dumps(one.key, sort_keys=True, ensure_ascii=False)),)
    return tuple(sorted((*ours, *theirs, *key)))


def _open_in(previous: Paper | None) -> tuple[Break, ...]:
    return previous.breaks if previous is not None else ()


class _Origins:
    """Which open breaks of the paper before have a movement."""

    def __init__(self, before: Iterable[Break]) -> None:
        self._having: dict[tuple[str, ...], list[Break]] = defaultdict(list)
        for one in before:
            for movement in movements_of(one):
                self._having[movement].append(one)

    def of(self, one: Break, taken: set[str]) -> Break | None:
        """The break that another one goes on from: the oldest that nothing else goes on from, or the oldest of all."""
        found = {each.id: each for movement in movements_of(one) for each in self._having.get(movement, ())}
        oldest_first = sorted(found.values(), key=lambda each: (each.first_seen, each.id))
        free = (each for each in oldest_first if each.id not in taken)
        return next(free, oldest_first[0] if oldest_first else None)


def _order(one: Break) -> tuple[tuple[tuple[str, ...], ...], str, int, int]:
    return movements_of(one), one.commodity, _RANK[one.class_], one.effect


def _named(one: Break, origin: Break | None, subject: str, taken: set[str], reserved: frozenset[str]) -> Break:
    if origin is not None and origin.id not in taken:
        return one._replace(id=origin.id)
    copy = 1
    while (made := _hash(one, subject, copy)) in taken or made in reserved:
        copy += 1
    return one._replace(id=made)


def _hash(one: Break, subject: str, copy: int) -> str:
    """By its movements that are in a balance: the other half may be found or lost, and it stays the same break."""
    booked = tuple(line for line in one.theirs if line.status == "booked")
    own = one._replace(ours=() if one.class_ in _ELSEWHERE and booked else one.ours, theirs=booked)
    said = [subject, one.commodity, *("\0".join(movement) for movement in movements_of(own))]
    return sha256("\n".join([*said, str(copy)] if copy > 1 else said).encode()).hexdigest()[:ID_LENGTH]


def _aged(one: Break, origin: Break | None, closed_at: str, rules: Rules) -> Break:
    since = one.since or _earliest((*one.ours, *one.theirs)) or (origin.since if origin is not None else closed_at[:10])
    age_days = max(day_number(closed_at) - day_number(since), 0)
    return one._replace(
        since=since,
        age_days=age_days,
        bucket=bucket_of(age_days),
        material=abs(one.effect) >= rules.material,
        first_seen=origin.first_seen if origin is not None else closed_at,
    )


def _earliest(items: Iterable[Item]) -> str:
    return min((item.day for item in items), default="")


def _rows(before: Sequence[Break], now: Sequence[Break], resolved: Sequence[Break]) -> Iterator[ContinuedRow]:
    was = {one.id: one for one in before}
    tallies: Mapping[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for one in before:
        _count(tallies, one, "opening")
    for one in resolved:
        _count(tallies, one, "resolved")
    for one in now:
        _count(tallies, one, "closing")
        if one.id in was:
            _count(tallies, was[one.id], "changed", -1)
            _count(tallies, one, "changed")
        else:
            _count(tallies, one, "new")
    for (commodity, rank), tally in sorted(tallies.items()):
        yield ContinuedRow(CLASSES[rank], commodity, **{name: tally[name] for name in ContinuedRow._fields[2:]})


def _count(tallies: Mapping[tuple[str, int], Counter[str]], one: Break, column: str, sign: int = 1) -> None:
    tally = tallies[one.commodity, _RANK[one.class_]]
    tally[f"{column}_count"] += sign
    tally[column] += sign * one.effect


def _require_footing(rows: Iterable[ContinuedRow], before: Sequence[Break], now: Sequence[Break]) -> None:
    for row in rows:
        number = row.opening_count + row.new_count + row.changed_count - row.resolved_count
        effect = row.opening + row.new + row.changed - row.resolved
        if (number, effect) != (row.closing_count, row.closing):
            raise BooksBroken(
                f"breaks of the class {row.class_} roll forward to {number} of {effect} {row.commodity}, "
                f"and are {row.closing_count} of {row.closing}"
            )
    for breaks, name in ((before, "the paper before"), (now, "this paper")):
        if len({one.id for one in breaks}) != len(breaks):
            raise BooksBroken(f"two breaks of {name} have one id")
