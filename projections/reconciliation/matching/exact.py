"""What is matched by a key and an amount, exactly: one to one, and only where no other pairing can be meant."""

from collections.abc import Iterable, Iterator, Sequence

from projections.reconciliation.items import Item, content_of
from projections.reconciliation.matching.keys import AMOUNT_AND_DATE, Said, Value, Way, meetings, strong, ways_of
from projections.reconciliation.matching.sides import Places, Sides, content_of_entry
from projections.reconciliation.matching.undone import give_way, set_aside
from projections.reconciliation.rules import Key, Rules


def exact_pairs(
    ours: Sequence[Item],
    theirs: Sequence[Item],
    keys: Sequence[Key],
    *,
    strong_only: bool = False,
) -> tuple[tuple[Item, Item], ...]:
    """Pairs of one of ours and one of theirs that bear a key and an amount which no other item of either side bears.

    The keys are tried in their order, and what one has paired no later one sees. With `strong_only` an amount and its
    date are not enough. No pair is of two commodities. The order of either list does not change what is found.
    """
    sides = Sides(ours, theirs)
    found = []
    for key in strong(keys) if strong_only else keys:
        for way in ways_of(key, sides.originals):
            for mine, others in equal_amounts(sides, way, candidates(sides, key, keys)):
                if len(mine) == len(others) == 1 and _may_be(sides, key, mine[0], others[0]):
                    found.append((sides.ours[mine[0]], sides.theirs[others[0]]))
                    sides.take(mine, others)
    return tuple(found)


def match_exactly(sides: Sides, rules: Rules) -> None:
    """Match what bears a key and an amount, key by key in the order of the rules.

    Equal numbers on both sides are paired in order. Where we have more, and enough that stands, what we undid ourselves
    is set aside. Where one side still has more, and all that it has of these are twins, the rest are left, and are
    copies in the end unless their side undid them; otherwise all are ambiguous, and no weaker key sees them. What a
    line names and we undid gives way to what stands before amounts are looked at.
    """
    for key in rules.keys:
        if key == AMOUNT_AND_DATE:
            give_way(sides, rules.keys)
        aside = set_aside(sides)
        for way in ways_of(key, sides.originals):
            left = candidates(sides, key, rules.keys)
            for met, others in equal_amounts(sides, way, left):
                mine = _enough(met, others, aside)
                if len(mine) == len(others) == 1:
                    if _may_be(sides, key, mine[0], others[0]):
                        sides.pair(key, mine[0], others[0])
                else:
                    _settle(sides, key, mine, others)


def candidates(sides: Sides, key: Key, keys: Sequence[Key]) -> tuple[Iterable[int], Iterable[int]]:
    """The places that a key is tried on: what is left, for an amount without what a stronger key speaks against."""
    left = sides.left()
    if key != AMOUNT_AND_DATE:
        return left
    return uncontradicted(sides, strong(keys[: keys.index(key)]))


def uncontradicted(sides: Sides, keys: Sequence[Key]) -> tuple[Places, Places]:
    """What is left of either side, without what bears one of these keys that someone on the other side bears too.

    Such an item is that other one, whatever became of it, and not any that has its amount. An entry that we undid
    ourselves speaks against nothing: what was recorded in its place has an id of its own.
    """
    ours, theirs = sides.left()
    if not ours or not theirs:
        return ours, theirs
    kept_ours, kept_theirs = set(ours), set(theirs)
    standing = [entry for entry in sides.ours if entry.id not in sides.originals] if sides.originals else sides.ours
    for key in keys:
        for way in ways_of(key, sides.originals):
            kept_ours -= _borne(ours, sides.ours, way.ours, by=map(way.theirs, sides.theirs))
            kept_theirs -= _borne(theirs, sides.theirs, way.theirs, by=map(way.ours, standing))
    return sorted(kept_ours), sorted(kept_theirs)


def _borne(places: Places, items: Sequence[Item], value: Value, *, by: Iterable[Said]) -> set[int]:
    """The places of items that say in a way what any of the other side says."""
    said = {place: name for place in places if (name := value(items[place]))}
    known = set(said.values())
    met = {name for name in by if name in known} if known else set()
    return {place for place, name in said.items() if name in met}


def equal_amounts(sides: Sides, way: Way, left: tuple[Iterable[int], Iterable[int]]) -> Iterator[tuple[Places, Places]]:
    """Where items of both sides meet in a way with an equal amount of one commodity."""
    ours, theirs = sides.ours, sides.theirs
    for mine, others in meetings(way, ours, theirs, left):
        if len(mine) == len(others) == 1:
            one, other = ours[mine[0]], theirs[others[0]]
            if one.amount == other.amount and one.commodity == other.commodity:
                yield mine, others
            continue
        by_amount: dict[tuple[str, int], tuple[list[int], list[int]]] = {}
        for place in mine:
            by_amount.setdefault((ours[place].commodity, ours[place].amount), ([], []))[0].append(place)
        for place in others:
            by_amount.setdefault((theirs[place].commodity, theirs[place].amount), ([], []))[1].append(place)
        yield from (both for both in by_amount.values() if both[0] and both[1])


def twins_of_ours(entries: Sequence[Item]) -> bool:
    """Whether all of these entries say the same, under ids of their own."""
    return bool(entries[0].twin) and all(content_of_entry(entry) == content_of_entry(entries[0]) for entry in entries)


def twins_of_theirs(lines: Sequence[Item]) -> bool:
    """Whether all of these lines say the same, and name what of: two equal sums alone may be two payments."""
    named = bool(lines[0].chain or lines[0].end_to_end or lines[0].reference)
    return named and all(content_of(line) == content_of(lines[0]) for line in lines)


def _enough(ours: Places, theirs: Places, aside: frozenset[int]) -> Places:
    """Of more entries than lines those that are not set aside, where they suffice."""
    if len(ours) <= len(theirs) or not aside:
        return ours
    rest = [place for place in ours if place not in aside]
    return rest if len(rest) >= len(theirs) else ours


def _settle(sides: Sides, key: Key, ours: Places, theirs: Places) -> None:
    """What becomes of several that bear one key and one amount."""
    if key == AMOUNT_AND_DATE:
        ours, theirs = _possible(sides, ours, theirs)
    mine, others = sides.ours_in_order(ours), sides.theirs_in_order(theirs)
    if key == AMOUNT_AND_DATE:
        mine.sort(key=lambda place: not sides.ours[place].chain)
        others.sort(key=lambda place: bool(sides.theirs[place].chain))
    number = min(len(mine), len(others))
    if not number:
        return
    pairs = list(zip(mine, others, strict=False))
    lawful = all(_may_be(sides, key, one, other) for one, other in pairs)
    more_of_ours = len(mine) == number or twins_of_ours([sides.ours[place] for place in mine])
    more_of_theirs = len(others) == number or twins_of_theirs([sides.theirs[place] for place in others])
    if not (lawful and more_of_ours and more_of_theirs):
        sides.leave_ambiguous(key, mine, others)
        return
    for one, other in pairs:
        sides.pair(key, one, other)


def _possible(sides: Sides, ours: Places, theirs: Places) -> tuple[Places, Places]:
    """Without what cannot be any of the other side: all bear a chain reference there, and so does it, another one."""
    if all(sides.theirs[place].chain for place in theirs):
        ours = [place for place in ours if not sides.ours[place].chain]
    if all(sides.ours[place].chain for place in ours):
        theirs = [place for place in theirs if not sides.theirs[place].chain]
    return ours, theirs


def _may_be(sides: Sides, key: Key, one: int, other: int) -> bool:
    """Whether an entry and a line that bear a key are the same: not by amount alone, if both bear a chain reference."""
    return key != AMOUNT_AND_DATE or not (sides.ours[one].chain and sides.theirs[other].chain)
