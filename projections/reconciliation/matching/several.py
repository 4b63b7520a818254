"""What is matched as several at once: movements that bear one key and sum to the same, and what a side undid itself."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, takewhile

from projections.reconciliation.items import Item
from projections.reconciliation.matching.keys import group_ways, meetings, strong, ways_of
from projections.reconciliation.matching.sides import Places, Sides
from projections.reconciliation.matching.undone import give_way
from projections.reconciliation.rules import Rules


def match_groups(sides: Sides, rules: Rules) -> None:
    """Match all that is left of either side with one key, where both sum to the same; one match for all of them."""
    ways = [(key, way) for key in strong(rules.keys) for way in ways_of(key, sides.originals)]
    for key, way in [*ways, *(("group", way) for way in group_ways())]:
        for mine, others in meetings(way, sides.ours, sides.theirs, sides.left()):
            for ours, theirs in _by_commodity(sides, mine, others):
                if sum(sides.ours[place].amount for place in ours) == sum(
                    sides.theirs[place].amount for place in theirs
                ):
                    sides.match(f"grouped {key}", ours, theirs)


def match_contras(sides: Sides, rules: Rules) -> None:
    """Match what a side undid itself, where the other side has neither: an entry or a line with its reversal.

    A line that says only that it is a reversal undoes the one line before it with the opposite amount, and with a key
    that it bears too, if it bears any. An entry that a line met gives way first to what was recorded in its place.
    """
    for original, reversal in _undone_lines(sides.theirs, sides.left()[1]):
        sides.match("contra", (), (original, reversal))
    give_way(sides, rules.keys)
    for places in _undone_entries(sides.ours, sides.left()[0]):
        sides.match("contra", places, ())


def _by_commodity(sides: Sides, ours: Places, theirs: Places) -> Iterator[tuple[Places, Places]]:
    commodities = dict.fromkeys(sides.ours[place].commodity for place in ours)
    for commodity in commodities:
        mine = [place for place in ours if sides.ours[place].commodity == commodity]
        others = [place for place in theirs if sides.theirs[place].commodity == commodity]
        if others:
            yield mine, others


def _undone_entries(items: Sequence[Item], left: Places) -> Iterator[Places]:
    """Entries with their reversals, in the order of the reversals. An entry may move the account more than once."""
    of_id: dict[tuple[str, str], list[int]] = {}
    reversals: dict[tuple[str, str], list[int]] = {}
    for place in left:
        item = items[place]
        of_id.setdefault((item.id, item.commodity), []).append(place)
        if item.reverses:
            reversals.setdefault((item.reverses, item.commodity), []).append(place)
    taken: set[int] = set()
    for undone, places in reversals.items():
        both = sorted({*of_id.get(undone, ()), *places} - taken)
        originals = len(both) > len(places)
        if originals and sum(items[place].amount for place in both) == 0:
            taken.update(both)
            yield both


def _undone_lines(items: Sequence[Item], left: Places) -> Iterator[tuple[int, int]]:
    """Lines with the lines that undo them, in the order of the lines; only where one alone can be meant."""
    reversals = [place for place in left if items[place].reverses]
    if not reversals:
        return
    of_name: dict[tuple[str, int, str], list[int]] = {}
    for place in sorted(left, key=lambda place: items[place].at):
        line = items[place]
        for name in {"", *_names(line)} if not line.reverses else ():
            of_name.setdefault((line.commodity, line.amount, name), []).append(place)
    claims: dict[int, list[int]] = {}
    for place in reversals:
        line = items[place]
        names = _names(line) - {""} if line.reverses == "?" else {line.reverses}
        known = [of_name.get((line.commodity, -line.amount, name), []) for name in names or ("",)]
        undone = {one for places in known for one in islice(_before(line, items, places), 2)}
        if len(undone) == 1:
            claims.setdefault(undone.pop(), []).append(place)
    yield from ((original, claimed[0]) for original, claimed in sorted(claims.items()) if len(claimed) == 1)


def _before(reversal: Item, items: Sequence[Item], places: Iterable[int]) -> Iterator[int]:
    """Of lines in the order of their time those up to a reversal, where it does not name the one that it undoes."""
    early = reversal.reverses != "?"
    return takewhile(lambda place: early or items[place].at <= reversal.at, places)


def _names(line: Item) -> set[str]:
    """By what a line can be named."""
    return {line.reference, line.end_to_end, line.chain}
