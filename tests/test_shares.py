"""What shares are worth: exact at any size, rounded down, and by the conventions of the protocols they come from."""

from random import Random
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.accounts import PoolCharter, pool_charter
from ledger.shares import Borrowing, Loss, Price, borrowing, price, price_wad, pro_rata, worth
from ledger.values import AMOUNT_MAX, WAD, AssetId, PoolId, mul_div_down, mul_div_up

amounts = st.integers(0, 5) | st.integers(0, AMOUNT_MAX)
positive = st.integers(1, 5) | st.integers(1, AMOUNT_MAX)


def charter(*, virtual_assets: int = 0, virtual_shares: int = 0, rate_scale: int = 0) -> PoolCharter:
    """A charter with these amounts."""
    return pool_charter(
        pool=PoolId("pool"),
        asset=AssetId("USD"),
        debt="bilateral",
        virtual_assets=virtual_assets,
        virtual_shares=virtual_shares,
        rate_scale=rate_scale,
        tranches=(),
    )


PLAIN: Final = charter()
MORPHO: Final = charter(virtual_assets=1, virtual_shares=10**6)
EULER: Final = charter(virtual_assets=10**6, virtual_shares=10**6)
COMPOUND: Final = charter(rate_scale=WAD)
charters = st.sampled_from([PLAIN, MORPHO, EULER, COMPOUND])


# The price.


def test_before_the_first_share_there_is_no_price_and_no_worth() -> None:
    nothing = price(0, 0, PLAIN)

    assert nothing == Price(0, 0)
    assert worth(5, nothing) == 0
    assert price_wad(nothing) is None


def test_before_the_first_share_a_rate_has_no_price_either() -> None:
    assert price(7, 0, COMPOUND) == Price(7, 0)
    assert price_wad(price(7, 0, COMPOUND)) is None


def test_claims_without_shares_are_worth_nothing_to_anybody() -> None:
    assert worth(5, price(100, 0, PLAIN)) == 0


def test_a_price_is_claims_over_shares() -> None:
    assert price(150, 100, PLAIN) == Price(150, 100)
    assert worth(3, price(150, 100, PLAIN)) == 4
    assert price_wad(price(150, 100, PLAIN)) == 15 * 10**17


def test_virtual_amounts_count_beside_the_real_ones() -> None:
    at = price(999, 10**9 - 10**6, MORPHO)

    assert at == Price(1000, 10**9)
    assert worth(10**9 - 10**6, at) == 999
    assert worth(999_999, at) == 0
    assert worth(10**6, at) == 1


def test_with_virtual_shares_the_first_price_is_set_before_any_deposit() -> None:
    assert price(0, 0, MORPHO) == Price(1, 10**6)
    assert price_wad(price(0, 0, MORPHO)) == 10**12
    assert price_wad(price(0, 0, EULER)) == WAD


def test_a_rate_is_rounded_down_before_the_shares_are_multiplied() -> None:
    at = price(2, 3, COMPOUND)

    assert at == Price(666_666_666_666_666_666, WAD)
    assert worth(3, at) == 1
    assert worth(3, price(2, 3, PLAIN)) == 2
    assert price_wad(at) == 666_666_666_666_666_666


def test_a_rate_may_be_rounded_to_nothing() -> None:
    at = price(1, WAD + 1, COMPOUND)

    assert at == Price(0, WAD)
    assert worth(AMOUNT_MAX, at) == 0


def test_a_coarse_scale_rounds_coarsely() -> None:
    at = price(19, 10, charter(rate_scale=1))

    assert at == Price(1, 1)
    assert worth(10, at) == 10


def test_virtual_amounts_and_a_scale_go_together() -> None:
    assert price(5, 2, charter(virtual_assets=1, virtual_shares=1, rate_scale=10)) == Price(20, 10)


@given(amounts, amounts, charters)
def test_a_price_in_wads_is_the_fraction_rounded_down(claims: int, issued: int, of: PoolCharter) -> None:
    at = price(claims, issued, of)
    assume(at.denominator)

    wad = price_wad(at)

    assert wad is not None
    assert wad * at.denominator <= WAD * at.numerator < (wad + 1) * at.denominator


# What shares are worth.


@given(amounts, positive, amounts)
def test_worth_is_the_exact_share_of_the_claims_rounded_down(claims: int, issued: int, shares: int) -> None:
    found = worth(shares, price(claims, issued, PLAIN))

    assert found * issued <= shares * claims < (found + 1) * issued


@given(amounts, st.lists(amounts, min_size=1, max_size=6), charters)
def test_holders_together_are_owed_no_more_than_claims_and_virtual_assets(
    claims: int, held: list[int], of: PoolCharter
) -> None:
    at = price(claims, sum(held), of)

    assert sum(worth(shares, at) for shares in held) <= claims + of.virtual_assets


@given(amounts, st.lists(positive, min_size=1, max_size=6))
def test_without_virtual_amounts_rounding_keeps_less_than_a_unit_for_each_holder(claims: int, held: list[int]) -> None:
    at = price(claims, sum(held), PLAIN)

    kept = claims - sum(worth(shares, at) for shares in held)

    assert 0 <= kept < len(held)


@given(amounts, amounts, amounts, amounts, charters)
def test_more_shares_are_worth_no_less(claims: int, issued: int, shares: int, more: int, of: PoolCharter) -> None:
    at = price(claims, issued, of)

    assert worth(shares, at) <= worth(shares + more, at)


@given(amounts, amounts, amounts, amounts, charters)
def test_splitting_a_holding_gains_nothing(claims: int, issued: int, one: int, other: int, of: PoolCharter) -> None:
    at = price(claims, issued, of)

    assert worth(one, at) + worth(other, at) <= worth(one + other, at)


@pytest.mark.parametrize("of", [PLAIN, MORPHO, EULER, COMPOUND], ids=["plain", "morpho", "euler", "compound"])
def test_the_largest_amounts_are_exact(of: PoolCharter) -> None:
    at = price(AMOUNT_MAX, AMOUNT_MAX, of)

    assert worth(AMOUNT_MAX, at) == AMOUNT_MAX * at.numerator // at.denominator
    assert worth(AMOUNT_MAX, price(AMOUNT_MAX, AMOUNT_MAX, PLAIN)) == AMOUNT_MAX


# What a loss takes.


def test_a_loss_is_the_worth_before_less_the_worth_after() -> None:
    loss = Loss(before=price(1000, 1000, PLAIN), after=price(700, 1000, PLAIN))

    assert [loss.borne_by(shares) for shares in (0, 1, 5, 10, 1000)] == [0, 1, 2, 3, 300]


def test_virtual_shares_bear_their_part_of_a_loss() -> None:
    loss = Loss(before=price(3 * 10**6, 10**6, EULER), after=price(0, 10**6, EULER))

    assert loss.borne_by(10**6) == 2 * 10**6 - 5 * 10**5


def test_a_loss_below_the_rate_is_not_seen() -> None:
    before, after = price(2 * WAD + 1, 2 * WAD, COMPOUND), price(2 * WAD, 2 * WAD, COMPOUND)

    assert Loss(before, after).borne_by(2 * WAD) == 0


@given(amounts, amounts, st.lists(positive, min_size=1, max_size=6), charters)
def test_holders_bear_a_loss_to_less_than_a_unit_each(
    claims: int, amount: int, held: list[int], of: PoolCharter
) -> None:
    issued, lost = sum(held), min(amount, claims)
    loss = Loss(before=price(claims, issued, of), after=price(claims - lost, issued, of))

    borne = [loss.borne_by(shares) for shares in held]

    assert all(part >= 0 for part in borne)
    assert sum(borne) == sum(worth(n, loss.before) for n in held) - sum(worth(n, loss.after) for n in held)


@given(amounts, amounts, st.lists(positive, min_size=1, max_size=6))
def test_without_virtual_amounts_the_parts_of_a_loss_differ_from_it_by_less_than_a_unit_each(
    claims: int, amount: int, held: list[int]
) -> None:
    issued, lost = sum(held), min(amount, claims)
    loss = Loss(before=price(claims, issued, PLAIN), after=price(claims - lost, issued, PLAIN))

    borne = sum(loss.borne_by(shares) for shares in held)

    assert abs(borne - lost) < len(held)


@given(amounts, amounts, positive)
def test_a_sole_holder_bears_all_of_a_loss(claims: int, amount: int, issued: int) -> None:
    lost = min(amount, claims)

    loss = Loss(before=price(claims, issued, PLAIN), after=price(claims - lost, issued, PLAIN))

    assert loss.borne_by(issued) == lost


# What a loan owes by its debt shares.


def test_before_the_first_debt_share_nothing_is_owed() -> None:
    assert borrowing(0, 0, PLAIN) == Borrowing(owed=0, issued=0)
    assert borrowing(0, 0, PLAIN).debt(5) == 0
    assert borrowing(7, 0, PLAIN).debt(5) == 0


def test_a_debt_is_rounded_up_against_the_borrower() -> None:
    of_all = borrowing(100, 3, PLAIN)

    assert [of_all.debt(shares) for shares in (0, 1, 2, 3)] == [0, 34, 67, 100]


def test_virtual_amounts_count_in_a_debt_beside_the_real_ones() -> None:
    assert borrowing(999, 10**9 - 10**6, MORPHO) == Borrowing(owed=1000, issued=10**9)
    assert borrowing(999, 10**9 - 10**6, MORPHO).debt(10**9 - 10**6) == 999
    assert borrowing(999, 10**9 - 10**6, MORPHO).debt(1) == 1
    assert borrowing(0, 0, MORPHO).debt(10**6) == 1
    assert borrowing(0, 0, EULER).debt(5) == 5


def test_a_rate_scale_rounds_no_debt() -> None:
    assert borrowing(2, 3, COMPOUND) == Borrowing(owed=2, issued=3)
    assert borrowing(2, 3, COMPOUND).debt(3) == 2


@given(amounts, positive, amounts)
def test_a_debt_is_the_exact_share_of_what_all_owe_rounded_up(owed: int, issued: int, shares: int) -> None:
    debt = borrowing(owed, issued, PLAIN).debt(shares)

    assert (debt - 1) * issued < shares * owed <= debt * issued


@given(amounts, st.lists(positive, min_size=1, max_size=6))
def test_debts_together_are_no_less_than_what_all_owe_and_less_than_a_unit_each_above_it(
    owed: int, held: list[int]
) -> None:
    of_all = borrowing(owed, sum(held), PLAIN)

    above = sum(of_all.debt(shares) for shares in held) - owed

    assert 0 <= above < len(held)


@given(amounts, amounts, amounts, amounts, charters)
def test_splitting_a_debt_gains_nothing(owed: int, issued: int, one: int, other: int, of: PoolCharter) -> None:
    of_all = borrowing(owed, issued, of)

    assert of_all.debt(one) + of_all.debt(other) >= of_all.debt(one + other)


def test_the_largest_debt_is_exact() -> None:
    assert borrowing(AMOUNT_MAX, AMOUNT_MAX, PLAIN).debt(AMOUNT_MAX) == AMOUNT_MAX
    assert borrowing(AMOUNT_MAX, AMOUNT_MAX, PLAIN).debt(1) == 1
    assert borrowing(AMOUNT_MAX, 2, PLAIN).debt(1) == 2**255


# Rounding up.


@given(amounts, amounts, positive)
def test_a_product_divided_up_is_the_smallest_whole_that_is_not_below_it(a: int, b: int, c: int) -> None:
    quotient = mul_div_up(a, b, c)

    assert (quotient - 1) * c < a * b <= quotient * c


@given(amounts, amounts, positive)
def test_up_and_down_differ_by_one_unless_the_division_is_exact(a: int, b: int, c: int) -> None:
    assert mul_div_up(a, b, c) - mul_div_down(a, b, c) == (1 if a * b % c else 0)


def test_products_of_the_largest_and_of_the_smallest_amounts_are_divided_up_exactly() -> None:
    assert mul_div_up(AMOUNT_MAX, AMOUNT_MAX, AMOUNT_MAX) == AMOUNT_MAX
    assert mul_div_up(AMOUNT_MAX, AMOUNT_MAX, AMOUNT_MAX - 1) == AMOUNT_MAX + 2
    assert mul_div_up(1, 1, AMOUNT_MAX) == 1
    assert mul_div_up(0, AMOUNT_MAX, 1) == 0


# An exact split.

holders = st.sampled_from(["a", "b", "c", "d", "e", "f"])
holdings = st.dictionaries(holders, amounts, max_size=6)


@pytest.mark.parametrize(
    ("amount", "shares", "parts"),
    [
        (10, {"a": 1, "b": 1}, {"a": 5, "b": 5}),
        (10, {"a": 1, "b": 3}, {"a": 3, "b": 7}),
        (10, {"a": 3, "b": 1}, {"a": 8, "b": 2}),
        (1, {"a": 1, "b": 2}, {"a": 0, "b": 1}),
        (10, {"a": 1, "b": 1, "c": 1}, {"a": 4, "b": 3, "c": 3}),
        (11, {"a": 1, "b": 1, "c": 1}, {"a": 4, "b": 4, "c": 3}),
        (100, {"a": 6, "b": 5, "c": 4}, {"a": 40, "b": 33, "c": 27}),
        (5, {"a": 0, "b": 1}, {"a": 0, "b": 5}),
        (0, {"a": 1, "b": 1}, {"a": 0, "b": 0}),
        (7, {"a": 9}, {"a": 7}),
    ],
)
def test_an_amount_is_split_by_shares_and_spare_units_go_to_the_largest_remainders(
    amount: int, shares: dict[str, int], parts: dict[str, int]
) -> None:
    assert pro_rata(amount, shares) == parts


def test_of_equal_remainders_the_lower_id_gets_the_spare_unit_in_whatever_order_they_come() -> None:
    assert pro_rata(1, {"b": 1, "a": 1, "c": 1}) == {"a": 1, "b": 0, "c": 0}
    assert pro_rata(2, {"c": 5, "b": 5, "B": 5}) == {"B": 1, "b": 1, "c": 0}
    assert pro_rata(1, {"lender-9": 1, "lender-10": 1}) == {"lender-10": 1, "lender-9": 0}


@pytest.mark.parametrize("shares", [{}, {"a": 0}, {"a": 0, "b": 0}])
def test_where_nobody_has_a_share_nothing_is_split(shares: dict[str, int]) -> None:
    assert pro_rata(5, shares) == {}


@given(amounts, holdings)
def test_the_parts_of_a_split_sum_to_the_whole(amount: int, shares: dict[str, int]) -> None:
    assume(sum(shares.values()))

    parts = pro_rata(amount, shares)

    assert sum(parts.values()) == amount
    assert parts.keys() == shares.keys()


@given(amounts, holdings)
def test_each_part_of_a_split_is_less_than_a_unit_from_its_exact_share(amount: int, shares: dict[str, int]) -> None:
    total = sum(shares.values())

    parts = pro_rata(amount, shares)

    assert all(abs(part * total - amount * shares[holder]) < total for holder, part in parts.items())


@given(amounts, holdings)
def test_a_spare_unit_goes_to_no_smaller_remainder_and_among_equal_ones_to_no_later_id(
    amount: int, shares: dict[str, int]
) -> None:
    total = sum(shares.values())

    parts = pro_rata(amount, shares)

    rank = {holder: (-(amount * shares[holder] % total), holder) for holder in parts}
    got = [rank[holder] for holder in parts if parts[holder] > mul_div_down(amount, shares[holder], total)]
    got_none = [rank[holder] for holder in parts if parts[holder] == mul_div_down(amount, shares[holder], total)]
    assert max(got, default=(-total, "")) < min(got_none, default=(1, ""))


@given(amounts, holdings, st.randoms(use_true_random=False))
def test_a_split_does_not_depend_on_the_order_of_the_holders(
    amount: int, shares: dict[str, int], random: Random
) -> None:
    shuffled = dict(random.sample(list(shares.items()), len(shares)))

    assert pro_rata(amount, shuffled) == pro_rata(amount, shares)


def test_the_largest_amount_is_split_to_the_unit() -> None:
    third = AMOUNT_MAX // 3

    assert pro_rata(AMOUNT_MAX, {"a": 1, "b": 1, "c": 1}) == {"a": third, "b": third, "c": third}
    assert pro_rata(AMOUNT_MAX, {"a": AMOUNT_MAX, "b": AMOUNT_MAX}) == {"a": 2**255, "b": 2**255 - 1}
    assert pro_rata(AMOUNT_MAX, {"a": 1, "b": AMOUNT_MAX}) == {"a": 1, "b": AMOUNT_MAX - 1}
    assert pro_rata(1, {"a": 1, "b": AMOUNT_MAX}) == {"a": 0, "b": 1}
