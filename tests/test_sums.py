"""Sums: additions commute, an account at zero is nothing, and a refused post leaves every balance as it was."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.accounts import Move, Moves, is_issued, owner, postings
from ledger.errors import WrongSide
from ledger.sums import Sums
from ledger.values import AMOUNT_MAX, Account, Commodity

USD, SHARES = Commodity("USD"), Commodity("shares:pool:lenders")
CASH, LOANS, DEFICIT = Account("assets:pool:cash"), Account("assets:pool:loans"), Account("assets:pool:deficit:case")
CLAIMS, RESERVE = Account("liabilities:pool:claims:lenders"), Account("equity:pool:reserve")
ROUNDING = Account("equity:pool:rounding")
ISSUED, HOLDER = Account("register:pool:lenders"), Account("register:pool:lenders:one")
OTHER_HOLDER = Account("register:pool:lenders:other")

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


@pytest.mark.parametrize(
    ("account", "commodity", "issued"),
    [
        ("register:pool:lenders", "shares:pool:lenders", True),
        ("register:fund", "shares:fund", True),
        ("register:pool:lenders:one", "shares:pool:lenders", False),
        ("register:pool:lenders", "shares:pool:junior", False),
        ("assets:pool:collateral:loan", "shares:pool:lenders", False),
    ],
)
def test_of_a_register_one_account_is_that_of_the_shares_issued(account: str, commodity: str, issued: bool) -> None:  # noqa: FBT001  (a column of the table)
    assert is_issued(Account(account), Commodity(commodity)) == issued


@pytest.mark.parametrize("account", [CASH, CLAIMS, ISSUED, HOLDER, Account("register:pool"), RESERVE])
def test_an_account_is_owned_by_the_second_part_of_its_name(account: Account) -> None:
    assert owner(account) == "pool"


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
