"""Sums: additions commute, an account at zero is nothing, and a refused post leaves every balance as it was."""

from collections import Counter
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.accounts import Move, Moves, Posting, net, paired, postings
from ledger.errors import WrongSide
from ledger.sums import Sums
from ledger.values import AMOUNT_MAX, Account, Commodity

USD, SHARES = Commodity("USD"), Commodity("shares:pool:lenders")
CASH, LOANS, DEFICIT = Account("assets:pool:cash"), Account("assets:pool:loans"), Account("assets:pool:deficit:case")
CLAIMS, RESERVE = Account("liabilities:pool:claims:lenders"), Account("equity:pool:reserve")
ROUNDING = Account("equity:pool:rounding")
ISSUED, HOLDER = Account("register:pool:lenders"), Account("register:pool:lenders:one")
OTHER_HOLDER = Account("register:pool:lenders:other")
ALLOWANCE, UNREALIZED = Account("assets:pool:allowance:loan"), Account("equity:pool:unrealized")
UNALLOCATED: Final = Account("assets:pool:interest")
FUND_SHARES, FUND_ISSUED, FUND_HOLDER = Commodity("shares:fund"), Account("register:fund"), Account("register:fund:one")

few_accounts = st.sampled_from([CASH, LOANS, CLAIMS, RESERVE, ROUNDING, ISSUED, HOLDER])
amounts = st.integers(0, 5) | st.integers(0, AMOUNT_MAX)
moves = st.tuples(st.sampled_from([USD, SHARES]), few_accounts, few_accounts, amounts)
small_moves = st.tuples(st.sampled_from([USD, SHARES]), few_accounts, few_accounts, st.integers(0, 3))


def summed(*facts: Move) -> Sums:
    """The sums of moves, whatever they do."""
    sums = Sums()
    sums.add(facts)
    return sums


def balances(sums: Sums) -> dict[tuple[Commodity, Account], int]:
    """All balances that are not zero."""
    return {(commodity, account): balance for commodity, of in sums.commodities() for account, balance in of}


# Adding.


def test_a_move_debits_one_account_and_credits_another() -> None:
    sums = summed((USD, CASH, CLAIMS, 7))

    assert (sums.balance(CASH, USD), sums.balance(CLAIMS, USD), sums.owed(CLAIMS, USD)) == (7, -7, 7)


def test_a_balance_that_nothing_was_posted_to_is_zero() -> None:
    sums = summed((USD, CASH, CLAIMS, 7))

    assert (sums.balance(LOANS, USD), sums.balance(CASH, SHARES), sums.owed(CASH, SHARES)) == (0, 0, 0)


@given(st.lists(moves, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_moves_does_not_matter(facts: list[Move], random: Random) -> None:
    shuffled = random.sample(facts, len(facts))

    assert balances(summed(*facts)) == balances(summed(*shuffled))


@given(st.lists(moves, max_size=20), st.integers(0, 20))
def test_two_halves_make_the_sums_of_the_whole(facts: list[Move], half: int) -> None:
    sums = summed(*facts[:half])

    sums.add(facts[half:])

    assert balances(sums) == balances(summed(*facts))


@given(st.lists(moves, max_size=20))
def test_sums_are_those_of_the_postings_and_balance_in_every_commodity(facts: list[Move]) -> None:
    expected: Counter[tuple[Commodity, Account]] = Counter()
    for account, commodity, amount in postings(facts):
        expected[commodity, account] += amount

    sums = summed(*facts)

    assert balances(sums) == {key: balance for key, balance in expected.items() if balance}
    assert all(sum(balance for _, balance in of) == 0 for _, of in sums.commodities())


@given(st.lists(moves, max_size=20))
def test_moves_and_their_reverse_leave_nothing(facts: list[Move]) -> None:
    reverse = [(commodity, credit, debit, amount) for commodity, debit, credit, amount in facts]

    assert balances(summed(*facts, *reverse)) == {}


def test_balances_are_listed_in_order_of_name_without_those_at_zero() -> None:
    sums = summed((USD, LOANS, CASH, 5), (SHARES, HOLDER, ISSUED, 2), (USD, CASH, CLAIMS, 5))

    assert list(sums.commodities()) == [(USD, [(LOANS, 5), (CLAIMS, -5)]), (SHARES, [(ISSUED, -2), (HOLDER, 2)])]


def test_a_commodity_that_nobody_holds_any_more_is_not_listed() -> None:
    assert list(summed((USD, CASH, CLAIMS, 5), (USD, CLAIMS, CASH, 5)).commodities()) == []


# Postings.


def test_a_move_writes_two_postings_and_a_move_of_nothing_none() -> None:
    written = list(postings([(USD, CASH, CLAIMS, 7), (USD, LOANS, CASH, 0)]))

    assert written == [(CASH, USD, 7), (CLAIMS, USD, -7)]


def test_net_is_what_lines_come_to_for_each_account_and_commodity() -> None:
    lines = [Posting(CASH, USD, 7), Posting(CLAIMS, USD, -5), Posting(CASH, USD, -2), Posting(HOLDER, SHARES, 5)]

    assert net(lines) == {(CASH, USD): 5, (CLAIMS, USD): -5, (HOLDER, SHARES): 5}


def test_lines_that_cancel_come_to_nothing_of_what_they_name() -> None:
    lines = [Posting(CASH, USD, 7), Posting(CLAIMS, USD, 1), Posting(CASH, USD, -7), Posting(CLAIMS, USD, -1)]

    assert net(lines) == {(CASH, USD): 0, (CLAIMS, USD): 0}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], ()),
        ([Posting(CASH, USD, 7), Posting(CLAIMS, USD, -7)], ((USD, CASH, CLAIMS, 7),)),
        ([Posting(CLAIMS, USD, -7), Posting(CASH, USD, 7)], ((USD, CASH, CLAIMS, 7),)),
        (
            [Posting(CASH, USD, 7), Posting(CLAIMS, USD, -4), Posting(RESERVE, USD, -3)],
            ((USD, CASH, CLAIMS, 4), (USD, CASH, RESERVE, 3)),
        ),
        (
            [Posting(CASH, USD, 4), Posting(LOANS, USD, 3), Posting(CLAIMS, USD, -7)],
            ((USD, CASH, CLAIMS, 4), (USD, LOANS, CLAIMS, 3)),
        ),
        (
            [Posting(CASH, USD, 4), Posting(CLAIMS, USD, -1), Posting(LOANS, USD, 3), Posting(RESERVE, USD, -6)],
            ((USD, CASH, CLAIMS, 1), (USD, CASH, RESERVE, 3), (USD, LOANS, RESERVE, 3)),
        ),
        (
            [Posting(CASH, USD, 4), Posting(HOLDER, SHARES, 2), Posting(CLAIMS, USD, -4), Posting(ISSUED, SHARES, -2)],
            ((USD, CASH, CLAIMS, 4), (SHARES, HOLDER, ISSUED, 2)),
        ),
        ([Posting(CASH, USD, 4), Posting(CASH, USD, -4)], ((USD, CASH, CASH, 4),)),
    ],
)
def test_lines_that_balance_are_paired_into_moves_in_their_order(lines: list[Posting], expected: Moves) -> None:
    assert paired(lines) == expected


@given(st.lists(moves, max_size=20))
def test_paired_lines_write_what_they_came_to(facts: list[Move]) -> None:
    lines = list(postings(facts))

    assert net(postings(paired(lines))) == net(lines)


# Open accounts.


def test_accounts_are_counted_while_they_are_not_at_zero() -> None:
    sums = Sums()
    assert sums.open_accounts(SHARES) == 0

    sums.add([(SHARES, HOLDER, ISSUED, 5)])
    assert sums.open_accounts(SHARES) == 2

    sums.add([(SHARES, OTHER_HOLDER, HOLDER, 2)])
    assert sums.open_accounts(SHARES) == 3

    sums.add([(SHARES, OTHER_HOLDER, HOLDER, 3), (SHARES, ISSUED, OTHER_HOLDER, 5)])
    assert sums.open_accounts(SHARES) == 0
    assert sums.open_accounts(USD) == 0


# Posting holds each account to its side.


@given(st.lists(moves, max_size=20))
def test_what_is_posted_adds_up_as_what_is_added(facts: list[Move]) -> None:
    sums, posted = Sums(), []

    for move in facts:
        posted += [move] if _posted(sums, (move,)) else []

    assert balances(sums) == balances(summed(*posted))


@given(st.lists(small_moves, max_size=15), st.lists(small_moves, min_size=1, max_size=6).map(tuple))
def test_a_post_that_is_refused_changes_nothing(before: list[Move], entry: Moves) -> None:
    sums = summed(*before)
    seen = balances(sums)

    posted = _posted(sums, entry)

    assert balances(sums) == (balances(summed(*before, *entry)) if posted else seen)


def test_a_post_refused_at_the_second_of_two_equal_moves_undoes_the_first() -> None:
    sums = summed((USD, CASH, CLAIMS, 5))
    twice = (USD, LOANS, CASH, 4)

    with pytest.raises(WrongSide):
        sums.post((twice, twice))

    assert balances(sums) == {(USD, CASH): 5, (USD, CLAIMS): -5}


def _posted(sums: Sums, entry: Moves) -> bool:
    try:
        sums.post(entry)
    except WrongSide:
        return False
    return True


@pytest.mark.parametrize(
    ("before", "entry", "refusal"),
    [
        ((USD, CASH, CLAIMS, 5), (USD, LOANS, CASH, 6), "assets:pool:cash holds 5 of USD, 6 cannot be taken from it"),
        (
            (SHARES, HOLDER, ISSUED, 5),
            (SHARES, OTHER_HOLDER, HOLDER, 6),
            "lenders:one holds 5 of shares:pool:lenders, 6",
        ),
        ((USD, CASH, RESERVE, 5), (USD, RESERVE, DEFICIT, 6), "assets:pool:deficit:case holds 0 of USD, 6 cannot"),
        ((USD, DEFICIT, RESERVE, 5), (USD, RESERVE, ROUNDING, 6), "equity:pool:reserve holds 5 of USD, 6 cannot"),
    ],
)
def test_a_move_that_takes_one_more_than_is_held_is_refused(before: Move, entry: Move, refusal: str) -> None:
    sums = summed(before)

    with pytest.raises(WrongSide, match=refusal):
        sums.post((entry,))

    assert balances(sums) == balances(summed(before))


@pytest.mark.parametrize(
    ("before", "entry"),
    [
        ((USD, CASH, CLAIMS, 5), (USD, LOANS, CASH, 5)),
        ((SHARES, HOLDER, ISSUED, 5), (SHARES, OTHER_HOLDER, HOLDER, 5)),
        ((USD, DEFICIT, RESERVE, 5), (USD, RESERVE, DEFICIT, 5)),
        ((SHARES, HOLDER, ISSUED, 5), (SHARES, HOLDER, ISSUED, AMOUNT_MAX)),
        ((USD, CASH, CLAIMS, AMOUNT_MAX), (USD, CASH, CLAIMS, AMOUNT_MAX)),
    ],
)
def test_a_move_that_takes_all_that_is_held_is_posted(before: Move, entry: Move) -> None:
    sums = summed(before)

    sums.post((entry,))

    assert balances(sums) == balances(summed(before, entry))


def test_rounding_may_stand_on_either_side() -> None:
    sums = summed((USD, CASH, CLAIMS, 5))

    sums.post(((USD, ROUNDING, CASH, 5),))

    assert sums.balance(ROUNDING, USD) == 5


def test_claims_may_stand_in_debit_only_while_no_share_is_issued() -> None:
    sums = summed((USD, CASH, CLAIMS, 5), (USD, CASH, RESERVE, 5), (SHARES, HOLDER, ISSUED, 1))
    too_much = (USD, CLAIMS, CASH, 6)

    with pytest.raises(WrongSide, match="liabilities:pool:claims:lenders holds 5 of USD, 6 cannot"):
        sums.post((too_much,))
    sums.post(((SHARES, ISSUED, HOLDER, 1), too_much))

    assert sums.owed(CLAIMS, USD) == -1


def test_a_transfer_to_oneself_takes_no_more_than_is_held() -> None:
    sums = summed((SHARES, HOLDER, ISSUED, 5))

    with pytest.raises(WrongSide, match="holds 5 of shares:pool:lenders, 6 cannot"):
        sums.post(((SHARES, HOLDER, HOLDER, 6),))
    sums.post(((SHARES, HOLDER, HOLDER, 5),))
    sums.post(((SHARES, HOLDER, HOLDER, 4),))

    assert sums.balance(HOLDER, SHARES) == 5


def test_the_shares_issued_stand_in_credit_without_bound() -> None:
    sums = Sums()

    sums.post(((SHARES, HOLDER, ISSUED, AMOUNT_MAX), (SHARES, HOLDER, ISSUED, AMOUNT_MAX)))

    assert sums.owed(ISSUED, SHARES) == 2 * AMOUNT_MAX


def test_an_allowance_stands_in_credit_and_what_is_unrealized_in_debit() -> None:
    sums = Sums()

    sums.post(((USD, UNREALIZED, ALLOWANCE, 5),))

    assert (sums.owed(ALLOWANCE, USD), sums.balance(UNREALIZED, USD)) == (5, 5)


NAMED_ALLOWANCE: Final[list[tuple[str, str]]] = [
    ("register:pool:allowance:one", "shares:pool:allowance"),
    ("register:fund:allowance", "shares:fund"),
    ("register:pool:debt:allowance", "debt:pool"),
    ("register:pool:lenders:allowance", "shares:pool:lenders"),
    ("assets:pool:loans:allowance:principal", "USD"),
    ("assets:pool:collateral:allowance", "ETH"),
    ("assets:pool:deficit:allowance", "USD"),
    ("assets:allowance:cash", "USD"),
]
"""Accounts of a tranche, party, loan, case or pool of that name: none of them is an allowance."""


@pytest.mark.parametrize(("account", "commodity"), NAMED_ALLOWANCE)
def test_only_an_allowance_may_stand_in_credit_whatever_the_other_is_called(account: str, commodity: str) -> None:
    sums = Sums()
    taken = (Commodity(commodity), Account("assets:other"), Account(account), 5)

    with pytest.raises(WrongSide, match=f"{account} holds 0 of {commodity}, 5 cannot be taken from it"):
        sums.post((taken,))


@pytest.mark.parametrize(
    "account",
    [
        "liabilities:pool:surplus:rounding",
        "liabilities:pool:recoveries:unrealized",
        "liabilities:pool:claims:rounding",
        "equity:rounding:fund",
        "equity:unrealized:reserve",
    ],
)
def test_only_rounding_and_the_unrealized_may_stand_in_debit_whatever_another_is_called(account: str) -> None:
    sums = summed(
        (USD, CASH, CLAIMS, 5), (Commodity("shares:pool:rounding"), HOLDER, Account("register:pool:rounding"), 1)
    )

    with pytest.raises(WrongSide, match=f"{account} holds 0 of USD, 5 cannot be taken from it"):
        sums.post(((USD, Account(account), CASH, 5),))


def test_where_terms_say_so_an_account_may_stand_on_either_side() -> None:
    sums = summed((USD, CASH, CLAIMS, 5))
    sums.either |= {RESERVE, UNALLOCATED}

    sums.post(((USD, RESERVE, CASH, 5), (USD, CASH, UNALLOCATED, 5)))

    assert (sums.balance(RESERVE, USD), sums.balance(UNALLOCATED, USD)) == (5, -5)


# Free lines.


def lines_of(*lines: tuple[Account, int]) -> list[Posting]:
    """Lines in dollars."""
    return [Posting(account, USD, amount) for account, amount in lines]


def test_free_lines_add_up() -> None:
    sums = summed((USD, CASH, CLAIMS, 5))

    sums.post_lines([*lines_of((CASH, -5), (LOANS, 5)), Posting(HOLDER, SHARES, 2), Posting(ISSUED, SHARES, -2)])

    assert balances(sums) == {(USD, LOANS): 5, (USD, CLAIMS): -5, (SHARES, HOLDER): 2, (SHARES, ISSUED): -2}


def test_free_lines_may_pass_through_the_wrong_side_so_long_as_they_end_on_the_right_one() -> None:
    sums = summed((USD, CASH, CLAIMS, 5))

    sums.post_lines(lines_of((CASH, -9), (LOANS, 5), (CASH, 4)))

    assert balances(sums) == {(USD, LOANS): 5, (USD, CLAIMS): -5}


def test_no_lines_change_nothing() -> None:
    sums = summed((USD, CASH, CLAIMS, 5))

    sums.post_lines([])

    assert balances(sums) == {(USD, CASH): 5, (USD, CLAIMS): -5}


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        (lines_of((LOANS, 6), (CASH, -6)), "assets:pool:cash holds 5 of USD, 6 cannot be taken from it"),
        (lines_of((CASH, -3), (LOANS, 6), (CASH, -3)), "assets:pool:cash holds 5 of USD, 6 cannot be taken from it"),
        (lines_of((CLAIMS, 6), (RESERVE, -6)), "liabilities:pool:claims:lenders holds 5 of USD, 6 cannot"),
        (lines_of((RESERVE, 1), (CLAIMS, -1)), "equity:pool:reserve holds 0 of USD, 1 cannot be taken from it"),
        (lines_of((ALLOWANCE, 1), (CASH, -1)), "assets:pool:allowance:loan holds 0 of USD, 1 cannot be taken from it"),
        (lines_of((CASH, 1), (UNREALIZED, -1)), "equity:pool:unrealized holds 0 of USD, 1 cannot be taken from it"),
        (
            [Posting(HOLDER, SHARES, -2), Posting(ISSUED, SHARES, 2)],
            "register:pool:lenders:one holds 1 of shares:pool:lenders, 2 cannot be taken from it",
        ),
        (
            [Posting(ISSUED, SHARES, 2), Posting(HOLDER, SHARES, -2)],
            "register:pool:lenders holds 1 of shares:pool:lenders, 2 cannot be taken from it",
        ),
        (
            [Posting(FUND_HOLDER, FUND_SHARES, -2), Posting(FUND_ISSUED, FUND_SHARES, 2)],
            "register:fund:one holds 0 of shares:fund, 2 cannot be taken from it",
        ),
        (
            [Posting(FUND_ISSUED, FUND_SHARES, 2), Posting(FUND_HOLDER, FUND_SHARES, -2)],
            "register:fund holds 0 of shares:fund, 2 cannot be taken from it",
        ),
    ],
)
def test_free_lines_that_end_on_the_wrong_side_are_refused_and_change_nothing(
    lines: list[Posting], refusal: str
) -> None:
    before = [(USD, CASH, CLAIMS, 5), (SHARES, HOLDER, ISSUED, 1)]
    sums = summed(*before)

    with pytest.raises(WrongSide, match=f"^law 3, no account leaves its normal side: {refusal}"):
        sums.post_lines(lines)

    assert balances(sums) == balances(summed(*before))


def test_free_lines_may_take_claims_into_debit_only_while_no_share_is_issued() -> None:
    sums = summed((USD, CASH, CLAIMS, 5), (USD, CASH, RESERVE, 5), (SHARES, HOLDER, ISSUED, 1))
    too_much = lines_of((CLAIMS, 6), (CASH, -6))

    with pytest.raises(WrongSide, match="claims:lenders holds 5 of USD, 6 cannot"):
        sums.post_lines(too_much)
    sums.post_lines([*too_much, Posting(ISSUED, SHARES, 1), Posting(HOLDER, SHARES, -1)])

    assert sums.owed(CLAIMS, USD) == -1


def test_rounding_and_what_terms_let_stand_on_either_side_are_not_held_to_one() -> None:
    sums = summed((USD, CASH, CLAIMS, 9))
    sums.either |= {RESERVE, UNALLOCATED}

    sums.post_lines(lines_of((ROUNDING, 3), (CASH, -3)))
    sums.post_lines(lines_of((ROUNDING, -6), (CASH, 6)))
    sums.post_lines(lines_of((RESERVE, 3), (UNALLOCATED, -3)))

    assert balances(sums) == {
        (USD, CASH): 12,
        (USD, CLAIMS): -9,
        (USD, RESERVE): 3,
        (USD, ROUNDING): -3,
        (USD, UNALLOCATED): -3,
    }


@given(st.lists(small_moves, max_size=15), st.lists(small_moves, max_size=6))
def test_free_lines_that_are_refused_change_nothing(before: list[Move], entry: list[Move]) -> None:
    sums = summed(*before)

    accepted = _accepted(sums, entry)

    assert balances(sums) == balances(summed(*before, *(entry if accepted else ())))


def _accepted(sums: Sums, moves_of_lines: list[Move]) -> bool:
    try:
        sums.post_lines(postings(moves_of_lines))
    except WrongSide:
        return False
    return True
