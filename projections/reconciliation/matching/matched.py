"""The matching of two lists of movements: exact and deterministic, in phases from the surest to the least sure."""

from collections.abc import Sequence

from projections.reconciliation.breaks import Match
from projections.reconciliation.items import Item
from projections.reconciliation.matching.confirmed import match_confirmed
from projections.reconciliation.matching.exact import match_exactly
from projections.reconciliation.matching.near import find_copies, match_nearly, match_within
from projections.reconciliation.matching.several import match_contras, match_groups
from projections.reconciliation.matching.sides import Places, Sides, named
from projections.reconciliation.matching.suggestions import suggested
from projections.reconciliation.paper import Confirmed, Matched
from projections.reconciliation.rules import Rules


def matched(ours: Sequence[Item], theirs: Sequence[Item], rules: Rules, confirmed: Sequence[Confirmed] = ()) -> Matched:
    """What the entries and the lines of a statement have in common, all of them booked, and what is left of either.

    First what someone confirmed; then, one to one, what bears a key and an amount, in the order of the rules' keys;
    what bears a key and sums to the same; what a side undid itself, after it has given way to what stands; what is
    within the tolerances, where only one can be meant; and what bears one key and two amounts. Every item is in one
    place of the result. No match is of two commodities, and all but the near ones have equal sums. The order of either
    list, or of the files, changes nothing.
    """
    sides = Sides(ours, theirs)
    match_confirmed(sides, confirmed)
    match_exactly(sides, rules)
    match_groups(sides, rules)
    match_contras(sides, rules)
    match_within(sides, rules)
    match_nearly(sides, rules)
    find_copies(sides)
    return _result(sides, rules)


def _result(sides: Sides, rules: Rules) -> Matched:
    """What was found, each line that is not matched under its identity."""
    left_ours, left_theirs = sides.left()
    ours, theirs = sides.ours, _identified(sides, left_theirs)
    near, ambiguous = (
        tuple(
            Match(key, tuple(ours[place] for place in mine), tuple(theirs[place] for place in others))
            for key, mine, others in found
        )
        for found in (sides.near, sides.ambiguous)
    )
    rest = tuple(ours[place] for place in left_ours), tuple(theirs[place] for place in left_theirs)
    return Matched(
        matches=tuple(sides.matches),
        near=near,
        copies_ours=tuple((ours[copy], ours[of]) for copy, of in sides.copies_ours),
        copies_theirs=tuple((theirs[copy], theirs[of]) for copy, of in sides.copies_theirs),
        ambiguous=ambiguous,
        ours=rest[0],
        theirs=rest[1],
        suggestions=suggested(*rest, ambiguous, rules),
    )


def _identified(sides: Sides, left: Places) -> Sequence[Item]:
    """The lines, those that are not matched under their identity; in the order in which equal ones are numbered."""
    places = {*left, *(copy for copy, _ in sides.copies_theirs)}
    places.update(place for _, _, others in (*sides.near, *sides.ambiguous) for place in others)
    order = sides.theirs_in_order(places)
    theirs = list(sides.theirs)
    for place, line in zip(order, named([theirs[place] for place in order]), strict=True):
        theirs[place] = line
    return theirs
