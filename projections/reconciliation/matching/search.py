"""The bounded search for the smallest set of amounts that sums to a given one: exact, in integers."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import combinations


def smallest_sum(amounts: Sequence[int], target: int, *, parts_max: int, entries_max: int) -> tuple[int, ...] | None:
    """The places of the smallest set that sums to the target, ascending; None where none does within the bounds.

    Looks at the first `entries_max` amounts, for sets of up to `parts_max`. Of sets of one size it is the one of the
    earliest places: the first in lexicographic order. A target of zero is the sum of no amounts.

    A set of k is looked for as its first half, against a table of all second halves by their sum. So with n amounts it
    costs as many steps, and as much memory, as there are sets of k/2 of n, rounded up: 300 at most for 24 amounts and
    4 parts, 640,000 at the widest bounds of the rules, 64 and 8. What no set of k can reach costs nothing.
    """
    known = list(amounts[:entries_max])
    ascending = sorted(known)
    for parts in range(min(parts_max, len(known)) + 1):
        if not sum(ascending[:parts]) <= target <= sum(ascending[len(known) - parts :]):
            continue
        if (found := _first_of(known, target, parts)) is not None:
            return found
    return None


def _first_of(amounts: Sequence[int], target: int, parts: int) -> tuple[int, ...] | None:
    """The lexicographically first set of exactly so many parts, found in two halves."""
    latter = parts >> 1
    table: dict[int, list[tuple[int, ...]]] = {}
    for places in combinations(range(len(amounts)), latter):
        table.setdefault(_sum(amounts, places), []).append(places)
    for places in combinations(range(len(amounts)), parts - latter):
        second_halves = table.get(target - _sum(amounts, places))
        if second_halves is None:
            continue
        after = places[-1] + 1 if places else 0
        begin = bisect_left(second_halves, (after,)) if latter else 0
        if begin < len(second_halves):
            return places + second_halves[begin]
    return None


def _sum(amounts: Sequence[int], places: tuple[int, ...]) -> int:
    return sum(amounts[place] for place in places)
