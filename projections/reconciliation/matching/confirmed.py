"""What someone confirmed as the same, matched again in every run as long as all of it is there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from projections.reconciliation.items import identity
from projections.reconciliation.matching.sides import Sides
from projections.reconciliation.paper import Confirmed

CONFIRMED: Final = "confirmed"


def match_confirmed(sides: Sides, confirmed: Sequence[Confirmed]) -> None:
    """Match what someone confirmed, where it is all there, of one commodity, and sums to the same.

    Of two that want the same movement the earlier counts. Which of equal lines is meant makes no difference.
    """
    if not confirmed:
        return
    ids = {id_ for one in confirmed for id_ in one.ours}
    entries: dict[str, list[int]] = {}
    for place, entry in enumerate(sides.ours):
        if entry.id in ids:
            entries.setdefault(entry.id, []).append(place)
    digests = {_digest(name) for one in confirmed for name in one.theirs}
    lines: dict[str, list[int]] = {}
    for place in sides.theirs_in_order(range(len(sides.theirs))):
        if (digest := identity(sides.theirs[place])) in digests:
            lines.setdefault(digest, []).append(place)
    for one in sorted(confirmed, key=lambda one: (one.at, one)):
        ours = [place for id_ in sorted(set(one.ours)) for place in entries.get(id_, ())]
        theirs = _first_of_each(lines, (_digest(name) for name in one.theirs))
        if theirs is not None and all(entries.get(id_) for id_ in one.ours) and _is_one_sum(sides, ours, theirs):
            sides.match(CONFIRMED, ours, theirs)
            _remove(entries, ours)
            _remove(lines, theirs)


def _digest(name: str) -> str:
    """The hash of what a line says, without the number of the copy."""
    return name.partition("#")[0]


def _first_of_each(lines: Mapping[str, Sequence[int]], digests: Iterable[str]) -> list[int] | None:
    """So many lines of each hash as it is named; None where there are fewer."""
    wanted: dict[str, int] = {}
    for digest in digests:
        wanted[digest] = wanted.get(digest, 0) + 1
    found = {digest: lines.get(digest, ())[:number] for digest, number in wanted.items()}
    if any(len(found[digest]) < number for digest, number in wanted.items()):
        return None
    return sorted(place for places in found.values() for place in places)


def _is_one_sum(sides: Sides, ours: Sequence[int], theirs: Sequence[int]) -> bool:
    entries, lines = [sides.ours[place] for place in ours], [sides.theirs[place] for place in theirs]
    if len({item.commodity for item in (*entries, *lines)}) != 1:
        return False
    return sum(entry.amount for entry in entries) == sum(line.amount for line in lines)


def _remove(of: dict[str, list[int]], places: Iterable[int]) -> None:
    gone = set(places)
    for name, known in of.items():
        of[name] = [place for place in known if place not in gone]
