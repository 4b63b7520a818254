"""The bounded search for a sum, held to the search through all sets."""

from collections.abc import Sequence
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.reconciliation.matching.search import smallest_sum

SMALL = st.lists(st.integers(-5, 5), max_size=9)
HUGE = 2**256 - 1


def by_brute_force(amounts: Sequence[int], target: int, parts_max: int, entries_max: int) -> tuple[int, ...] | None:
    """The first set in order of size, then of places, that sums to the target."""
    places = range(min(len(amounts), entries_max))
    sets = chain.from_iterable(combinations(places, parts) for parts in range(parts_max + 1))
    return next((one for one in sets if sum(amounts[place] for place in one) == target), None)


@given(amounts=SMALL, target=st.integers(-12, 12), parts_max=st.integers(0, 8), entries_max=st.integers(0, 9))
def test_the_search_finds_what_the_search_through_all_sets_finds(
    amounts: list[int], target: int, parts_max: int, entries_max: int
) -> None:
    found = smallest_sum(amounts, target, parts_max=parts_max, entries_max=entries_max)
    assert found == by_brute_force(amounts, target, parts_max, entries_max)


@given(amounts=st.lists(st.integers(-HUGE, HUGE), min_size=1, max_size=24), data=st.data())
def test_a_set_that_is_there_is_found_however_large_its_amounts(amounts: list[int], data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(range(len(amounts))), max_size=4))
    target = sum(amounts[place] for place in chosen)
    found = smallest_sum(amounts, target, parts_max=4, entries_max=24)
    assert found is not None
    assert sum(amounts[place] for place in found) == target
    assert len(found) <= len(chosen)


@pytest.mark.parametrize(
    ("amounts", "target", "found"),
    [
        pytest.param([5, 2, 3, 5], 5, (0,), id="fewest parts first"),
        pytest.param([1, 4, 2, 3], 5, (0, 1), id="of one size the earliest"),
        pytest.param([4, 1, 1, 4], 5, (0, 1), id="of equal amounts the earliest"),
        pytest.param([7, -2, 9], 5, (0, 1), id="amounts of either sign"),
        pytest.param([1, 2], 0, (), id="nothing sums to zero"),
        pytest.param([], 1, None, id="nothing to search"),
        pytest.param([10**18 + 1, 10**18], 2 * 10**18, None, id="one unit off is off"),
    ],
)
def test_which_of_several_sets_is_found(amounts: list[int], target: int, found: tuple[int, ...] | None) -> None:
    assert smallest_sum(amounts, target, parts_max=4, entries_max=24) == found


def test_no_set_has_more_parts_than_may_be() -> None:
    assert smallest_sum([1, 1, 1], 3, parts_max=2, entries_max=24) is None


def test_only_the_first_amounts_are_looked_at() -> None:
    assert smallest_sum([1, 1, 7], 7, parts_max=4, entries_max=2) is None


def test_eight_parts_of_forty_are_within_reach() -> None:
    amounts = [3**place for place in range(40)]
    assert smallest_sum(amounts, sum(amounts[30:38]), parts_max=8, entries_max=64) == tuple(range(30, 38))
