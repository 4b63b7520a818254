"""What is meant for the same and does not say so exactly: within the tolerances, or one key with two amounts."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from projections.reconciliation.items import Item, content_of
from projections.reconciliation.matching.exact import twins_of_ours, twins_of_theirs, uncontradicted
from projections.reconciliation.matching.keys import meetings, strong, ways_of
from projections.reconciliation.matching.sides import Places, Sides, content_of_entry
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import day_number

WITHIN: Final = "within tolerance"


def match_within(sides: Sides, rules: Rules) -> None:
    """Pair what is left where amounts and days differ by no more than the rules tolerate, and only one can be meant.

    Only one is meant where neither has another within the tolerances. Of different amounts it is a near match.
    """
    if not (rules.amount_tolerance or rules.day_tolerance):
        return
    ours, theirs = uncontradicted(sides, strong(rules.keys))
    of_theirs, of_ours = Windows(sides.theirs, theirs), Windows(sides.ours, ours)
    for one in ours:
        found = list(islice(of_theirs.around(sides.ours[one], rules), 2))
        if len(found) == 1 and len(list(islice(of_ours.around(sides.theirs[found[0]], rules), 2))) == 1:
            if sides.ours[one].amount == sides.theirs[found[0]].amount:
                sides.match(WITHIN, (one,), found)
            else:
                sides.match_nearly(WITHIN, (one,), found)


def match_nearly(sides: Sides, rules: Rules) -> None:
    """Pair what bears one key, one of ours and one of theirs, with two amounts. Twins of one are left.

    Where one of a side meets several of the other, such as a payment in parts, they are all meant together, but for a
    charge or interest that bears the key of what it came with. What undoes something is never what it undoes, whichever
    key they share.
    """
    for key in strong(rules.keys):
        for way in ways_of(key, sides.originals):
            for met in meetings(way, sides.ours, sides.theirs, sides.left()):
                for undoes in (False, True):
                    mine = [place for place in met[0] if bool(sides.ours[place].reverses) == undoes]
                    others = [place for place in met[1] if bool(sides.theirs[place].reverses) == undoes]
                    if mine and others:
                        _pair_nearly(sides, key, sides.ours_in_order(mine), sides.theirs_in_order(others))


def _pair_nearly(sides: Sides, key: str, ours: Places, theirs: Places) -> None:
    entries, lines = [sides.ours[place] for place in ours], [sides.theirs[place] for place in theirs]
    if len({item.commodity for item in (*entries, *lines)}) > 1:
        return
    more_of_theirs = len(ours) == 1 and twins_of_theirs(lines)
    more_of_ours = len(theirs) == 1 and twins_of_ours(entries)
    if more_of_theirs or more_of_ours:
        sides.match_nearly(key, ours[:1], theirs[:1])
        return
    paid = [place for place in theirs if len(theirs) == 1 or not sides.theirs[place].kind]
    if paid and 1 in (len(ours), len(paid)):
        sides.match_nearly(key, ours, paid)


def find_copies(sides: Sides) -> None:
    """Of what is left, find what only says again what was paired already: a twin of an entry, a line word for word.

    An entry that we undid is no copy, and none is a copy of it: what says the same was recorded in its place.
    """
    ours, theirs = sides.left()
    ours = sides.standing(ours)
    twins = {content_of_entry(sides.ours[place]) for place in ours if sides.ours[place].twin}
    amounts = {sides.theirs[place].amount for place in theirs}
    if not twins and not amounts:
        return
    paired_ours, paired_theirs = sides.paired()
    first_ours: dict[tuple[str, str, int], int] = {}
    for place in sides.standing(paired_ours) if twins else ():
        if sides.ours[place].twin and content_of_entry(sides.ours[place]) in twins:
            first_ours.setdefault(content_of_entry(sides.ours[place]), place)
    first_theirs: dict[tuple[str, ...], int] = {}
    for place in paired_theirs if amounts else ():
        if sides.theirs[place].amount in amounts and twins_of_theirs([sides.theirs[place]]):
            first_theirs.setdefault(content_of(sides.theirs[place]), place)
    for place in ours:
        if (of := first_ours.get(content_of_entry(sides.ours[place]))) is not None:
            sides.repeat_ours(place, of)
    for place in theirs if first_theirs else ():
        if (of := first_theirs.get(content_of(sides.theirs[place]))) is not None:
            sides.repeat_theirs(place, of)


class Windows:
    """Items by commodity, amount and day, so that those around another are found without a look at all of them."""

    def __init__(self, items: Sequence[Item], places: Places) -> None:
        self._items = items
        self._days: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for place in places:
            item = items[place]
            self._days.setdefault((item.commodity, item.amount), []).append((day_number(item.day), place))
        self._amounts: Mapping[str, list[int]] = _amounts(self._days)
        for days in self._days.values():
            days.sort()

    def around(self, item: Item, rules: Rules) -> Iterator[int]:
        """The places of what is within the tolerances of an item of the other side, by amount, then by day."""
        amounts = self._amounts.get(item.commodity, [])
        low = bisect_left(amounts, item.amount - rules.amount_tolerance)
        high = bisect_right(amounts, item.amount + rules.amount_tolerance)
        day = day_number(item.day)
        for amount in amounts[low:high]:
            days = self._days[item.commodity, amount]
            first = bisect_left(days, (day - rules.day_tolerance, -1))
            for other, place in islice(days, first, None):
                if other > day + rules.day_tolerance:
                    break
                if not (item.chain and self._items[place].chain):
                    yield place


def _amounts(days: Mapping[tuple[str, int], object]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for commodity, amount in sorted(days):
        found.setdefault(commodity, []).append(amount)
    return found
