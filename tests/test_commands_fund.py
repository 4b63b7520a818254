"""A fund's shares: issued rounded down, burnt rounded up, and none where the fund keeps none."""

from functools import partial
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.commands import AnyCommand, Contribute, WithdrawFromFund, decide
from ledger.errors import CommandRefused, UnknownName, WrongSide
from ledger.events import AnyEvent
from ledger.values import EventId, FundId, PartyId
from tests.story import (
    AT,
    FUND,
    Story,
    a_deficit,
    asset_registered,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    fund_withdrawn,
    told,
)

TREASURY, OTHER = PartyId("treasury"), PartyId("other")
contribute: Final = partial(Contribute, at=AT, id=EventId("command"), fund=FUND, contributor=TREASURY)
withdraw: Final = partial(WithdrawFromFund, at=AT, id=EventId("command"), fund=FUND, contributor=TREASURY)

SMALL: Final = st.integers(min_value=0, max_value=5)
LARGE: Final = st.integers(min_value=1, max_value=2**120)


def a_fund(amount: int = 0, shares: int = 0) -> Story:
    """A fund that holds so much, with so many shares out."""
    return told(asset_registered(), fund_opened(), fund_contributed(amount=amount, shares=shares))


def facts(story: Story, command: AnyCommand) -> tuple[AnyEvent, ...]:
    """What follows from a command, without what the command itself gives its facts; it is admitted."""
    decided = decide(command, story.books)
    story.then(*decided)
    return decided


def figures(story: Story, command: AnyCommand) -> tuple[int, int]:
    """The amount and the shares of the one fact that follows."""
    (fact,) = facts(story, command)
    assert isinstance(fact, type(fund_contributed(amount=0)) | type(fund_withdrawn(amount=0)))
    return fact.amount, fact.shares


def test_the_first_money_of_an_empty_fund_makes_a_share_a_unit() -> None:
    assert figures(told(asset_registered(), fund_opened()), contribute(amount=70)) == (70, 70)


def test_later_money_makes_shares_at_their_price_rounded_down() -> None:
    assert figures(a_fund(amount=100, shares=30), contribute(amount=9)) == (9, 2)  # 9 * 30 / 100 = 2.7


def test_money_worth_less_than_a_share_is_refused() -> None:
    with pytest.raises(CommandRefused, match="3 is worth less than one share of fund fund"):
        decide(contribute(amount=3), a_fund(amount=100, shares=30).books)


def test_nothing_is_contributed_for_no_shares() -> None:
    assert figures(a_fund(amount=100, shares=30), contribute(amount=0)) == (0, 0)


def test_a_fund_that_holds_money_without_shares_keeps_none() -> None:
    assert figures(a_fund(amount=100), contribute(amount=9)) == (9, 0)


def test_an_empty_fund_with_shares_out_takes_no_money() -> None:
    with pytest.raises(CommandRefused, match="fund fund is empty with 30 shares out: no share has a price"):
        decide(contribute(amount=9), a_fund(amount=0, shares=30).books)


def test_an_amount_taken_out_burns_shares_rounded_up() -> None:
    assert figures(a_fund(amount=100, shares=30), withdraw(amount=9)) == (9, 3)  # 2.7


def test_shares_given_back_are_worth_an_amount_rounded_down() -> None:
    assert figures(a_fund(amount=100, shares=30), withdraw(shares=7)) == (23, 7)  # 23.3


def test_the_last_share_takes_all_that_the_fund_holds() -> None:
    story = a_fund(amount=100, shares=30)
    assert figures(story, withdraw(shares=30)) == (100, 30)
    assert story.books.fund_balance(FUND) == 0


def test_a_fund_without_shares_pays_an_amount_for_none() -> None:
    assert figures(a_fund(amount=100), withdraw(amount=9)) == (9, 0)


def test_a_fund_without_shares_takes_none_back() -> None:
    with pytest.raises(CommandRefused, match="fund fund has no shares out: an amount says what is withdrawn"):
        decide(withdraw(shares=1), a_fund(amount=100).books)


def test_shares_of_an_empty_fund_pay_nothing_out() -> None:
    with pytest.raises(CommandRefused, match="fund fund is empty: its 30 shares are worth nothing"):
        decide(withdraw(amount=1), a_fund(amount=0, shares=30).books)
    assert figures(a_fund(amount=0, shares=30), withdraw(shares=30)) == (0, 30)


def test_a_draw_lowers_what_a_share_is_worth() -> None:
    story = a_deficit(fund_layer(), principal=50, fund=0)
    facts(story, contribute(amount=100))
    story.then(fund_drawn(amount=50))
    assert figures(story, withdraw(shares=100)) == (50, 100)


def test_nobody_withdraws_more_shares_than_it_holds() -> None:
    story = a_fund(amount=100, shares=30)
    facts(story, contribute(amount=100, contributor=OTHER))
    with pytest.raises(WrongSide, match="register:fund:other"):
        facts(story, withdraw(shares=31, contributor=OTHER))


def test_exactly_one_of_amount_and_shares_says_how_much() -> None:
    with pytest.raises(ValidationError, match="exactly one of them is given"):
        withdraw()
    with pytest.raises(ValidationError, match="exactly one of them is given"):
        withdraw(amount=1, shares=1)


def test_a_fund_that_was_not_opened_is_unknown() -> None:
    with pytest.raises(UnknownName, match="no fund nowhere was opened"):
        decide(contribute(fund=FundId("nowhere"), amount=1), a_fund().books)


@given(balance=SMALL | LARGE, shares=SMALL | LARGE, amount=SMALL | LARGE)
def test_what_is_put_in_and_taken_out_again_never_grows(balance: int, shares: int, amount: int) -> None:
    story = a_fund(amount=balance, shares=shares)
    try:
        _, issued = figures(story, contribute(amount=amount, contributor=OTHER))
    except CommandRefused:
        return
    if issued:
        taken, _ = figures(story, withdraw(shares=issued, contributor=OTHER))
        assert taken <= amount


@given(balance=LARGE, shares=LARGE, amount=SMALL | LARGE)
def test_what_is_taken_out_never_lowers_the_price_of_the_shares_that_stay(
    balance: int, shares: int, amount: int
) -> None:
    story = a_fund(amount=balance, shares=shares)
    taken = min(amount, balance)
    _, burnt = figures(story, withdraw(amount=taken))
    assert (balance - taken) * shares >= balance * (shares - burnt)
