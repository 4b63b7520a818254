"""What we undid ourselves: it gives way to what stands, unless the other side undid it as well."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from projections.reconciliation.breaks import Match
from projections.reconciliation.items import Item
from projections.reconciliation.matching.confirmed import CONFIRMED
from projections.reconciliation.matching.keys import AmountAndDate, amount_and_date, meetings, strong, ways_of
from projections.reconciliation.matching.sides import Sides, content_of_entry
from projections.reconciliation.rules import Key


def undone_alone(sides: Sides) -> dict[int, int]:
    """The places of entries that we undid, each with that of its reversal, where no line is left that can be this one.

    A line can be where it undoes something of that amount, or where more lines have its amount and day than entries
    that stand.
    """
    if not sides.originals:
        return {}
    ours, theirs = sides.left()
    reversals = {_undoing(item): place for place in ours if (item := sides.ours[place]).reverses}
    if not reversals:
        return {}
    wanted = {amount_and_date(sides.ours[place]) for place in reversals.values()}
    spare: Counter[AmountAndDate] = Counter()
    undoing = set()
    for place in theirs:
        line = sides.theirs[place]
        if line.reverses:
            undoing.add((line.amount, line.commodity))
        elif (said := amount_and_date(line)) in wanted:
            spare[said] += 1
    spare.subtract(said for place in sides.standing(ours) if (said := amount_and_date(sides.ours[place])) in wanted)
    found = {}
    for place, entry in enumerate(sides.ours):
        key = (entry.id, entry.account, entry.commodity, entry.amount)
        if entry.id in sides.originals and (by := reversals.get(key)) is not None:
            reversal = sides.ours[by]
            if spare[amount_and_date(reversal)] <= 0 and (reversal.amount, reversal.commodity) not in undoing:
                found[place] = by
    return found


def set_aside(sides: Sides) -> frozenset[int]:
    """The places of entries and of what undid them, both left, where the other side need have neither."""
    pairs = undone_alone(sides)
    left = set(sides.left()[0]) if pairs else set()
    return frozenset(place for pair in pairs.items() if pair[0] in left for place in pair)


def give_way(sides: Sides, keys: Sequence[Key]) -> None:
    """What a line meets in an entry that we undid, and they did not, it meets in what we recorded in its place.

    That is what stands, is left, and says the same under another id; or, where nothing does, the only one of its amount
    and day. No line that is left names it. So the entry and its reversal are a contra, and no proposal takes back the
    right one as one too many. What someone confirmed stays.
    """
    undone = {id(sides.ours[place]): place for place in undone_alone(sides)}
    if not undone:
        return
    free: dict[AmountAndDate, list[int]] = {}
    named = _named(sides, keys)
    for place in sides.standing(sides.left()[0]):
        if place not in named:
            free.setdefault(amount_and_date(sides.ours[place]), []).append(place)
    for at, place in list(_met(sides.matches, undone)):
        others = free.get(amount_and_date(sides.ours[place]), [])
        if (by := _in_place_of(sides, place, others, sides.matches[at].theirs)) is not None:
            others.remove(by)
            sides.replace(at, place, by)


def _named(sides: Sides, keys: Sequence[Key]) -> set[int]:
    """The entries that are left which a line that is left names."""
    ways = [way for key in strong(keys) for way in ways_of(key, sides.originals)]
    met = (mine for way in ways for mine, _ in meetings(way, sides.ours, sides.theirs, sides.left()))
    return {place for mine in met for place in mine}


def _undoing(reversal: Item) -> tuple[str, str, str, int]:
    return reversal.reverses, reversal.account, reversal.commodity, -reversal.amount


def _met(matches: Sequence[Match], undone: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Which match has which of the entries that we undid."""
    for at, match in enumerate(matches):
        if match.theirs and match.key != CONFIRMED:
            yield from ((at, undone[id(entry)]) for entry in match.ours if id(entry) in undone)


def _in_place_of(sides: Sides, place: int, others: Sequence[int], lines: Sequence[Item]) -> int | None:
    """Which of the entries of its amount and day was recorded in the place of one, if that is plain."""
    entry = sides.ours[place]
    if any(line.chain for line in lines):
        others = [other for other in others if sides.ours[other].chain in ("", entry.chain)]
    twins = [other for other in others if entry.twin and content_of_entry(sides.ours[other]) == content_of_entry(entry)]
    if twins:
        return sides.ours_in_order(twins)[0]
    return others[0] if len(others) == 1 else None
