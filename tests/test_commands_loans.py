"""Loans and their collateral by command: what is lent, drawn, repaid, posted and released, and what follows from it."""

from functools import partial
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.commands import (
    AnyCommand,
    DrawLoan,
    OriginateLoan,
    PostCollateral,
    ReleaseCollateral,
    Repay,
    decide,
    read_back,
)
from ledger.errors import CommandRefused, LawBroken, NameTaken, UnknownName, WrongSide
from ledger.events import AnyEvent, InterestAllocated, LoanDrawn, LoanOriginated, Repaid
from ledger.values import AMOUNT_MAX, WAD, Commodity, DebtMode, EventId, PartyId, Timestamp
from tests.story import (
    AT,
    BORROWER,
    CASE,
    ETH,
    LENDER,
    LOAN,
    OTHER_LOAN,
    POOL,
    Story,
    a_default,
    a_loan,
    asset_registered,
    bad_debt_socialized,
    deposited,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    picture,
    pool_opened,
    repaid,
    shortfall_recognized,
    terms_changed,
    told,
)

K: Final = EventId("K")
originate = partial(OriginateLoan, at=AT, id=K, pool=POOL, loan=LOAN, borrower=BORROWER)
draw = partial(DrawLoan, at=AT, id=K, pool=POOL, loan=LOAN)
repay = partial(Repay, at=AT, id=K, pool=POOL, loan=LOAN)
post = partial(PostCollateral, at=AT, id=K, pool=POOL, loan=LOAN, asset=Commodity(ETH))
release = partial(ReleaseCollateral, at=AT, id=K, pool=POOL, loan=LOAN, asset=Commodity(ETH))


def a_pool(debt: DebtMode = "bilateral", assets: int = 1000, shares: int | None = None, **fields: Any) -> Story:
    """A pool in which one lender has deposited."""
    return told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(debt=debt, **fields),
        deposited(assets=assets, shares=assets if shares is None else shares),
    )


def follows(command: AnyCommand, story: Story) -> tuple[AnyEvent, ...]:
    """The facts that follow from a command: lawful, and worked out without a change of the books."""
    before = picture(story.books)
    facts = decide(command, story.books)
    assert picture(story.books) == before
    assert read_back(facts[0]) == command
    story.then(*facts)
    return facts


def refused(command: AnyCommand, story: Story, saying: str, error: type[Exception] = CommandRefused) -> None:
    with pytest.raises(error) as caught:
        decide(command, story.books)
    assert saying in str(caught.value)


# Originated and drawn.


def test_a_loan_of_a_bilateral_pool_begins_without_debt_shares() -> None:
    command = originate(principal=600, maturity=Timestamp("2023-01-01T00:00:00Z"), rate=WAD // 20)

    (fact,) = follows(command, a_pool())

    assert fact == LoanOriginated(
        at=AT,
        id=K,
        pool=POOL,
        loan=LOAN,
        borrower=BORROWER,
        principal=600,
        maturity=Timestamp("2023-01-01T00:00:00Z"),
        rate=WAD // 20,
        command=command.asked(),
    )


def test_the_first_loan_of_a_pooled_pool_owes_a_debt_share_for_each_unit() -> None:
    (fact,) = follows(originate(principal=600), a_pool("pooled"))

    assert isinstance(fact, LoanOriginated)
    assert fact.debt_shares == 600


def test_a_later_loan_owes_debt_shares_rounded_up() -> None:
    story = a_pool("pooled").then(
        loan_originated(loan=OTHER_LOAN, principal=300, debt_shares=300), interest_accrued(loan=None, interest=100)
    )

    (fact,) = follows(originate(principal=101), story)

    assert isinstance(fact, LoanOriginated)
    assert fact.debt_shares == 76  # 101 · 300 / 400 is 75.75


def test_a_name_is_given_to_one_loan_only() -> None:
    story = a_loan()

    with pytest.raises(NameTaken):
        story.then(*decide(originate(principal=1), story.books))


def test_a_lender_receives_shares_for_what_is_lent_in_its_claims() -> None:
    story = a_pool(assets=1000, shares=500)

    (fact,) = follows(originate(principal=101, lender=PartyId("minter")), story)

    assert isinstance(fact, LoanOriginated)
    assert (fact.lender, fact.shares) == ("minter", 50)
    assert story.books.claims(POOL, fact.tranche) == 1101


def test_a_draw_on_a_loan_in_default_is_made_under_its_case() -> None:
    (fact,) = follows(draw(principal=50), a_default())

    assert isinstance(fact, LoanDrawn)
    assert (fact.case, fact.principal, fact.debt_shares) == (CASE, 50, 0)


def test_a_draw_on_an_unknown_loan_is_refused() -> None:
    refused(draw(principal=50), a_pool(), "pool pool has no loan loan", UnknownName)


def test_an_indexed_loan_takes_its_interest_before_more_is_drawn() -> None:
    story = an_indexed_loan(index=WAD * 11 // 10)

    allocation, fact = follows(draw(principal=50), story)

    assert isinstance(allocation, InterestAllocated)
    assert isinstance(fact, LoanDrawn)
    assert (allocation.interest, fact.principal) == (10, 50)
    assert (allocation.id, fact.id, fact.cause) == ("K", "K/2", "K")


# Repaid.


def an_indexed_loan(index: int = WAD, **fields: Any) -> Story:
    """A loan of 100, drawn at an index of one wad, whose pool's index then moved."""
    return a_pool("indexed", **fields).then(
        interest_accrued(loan=None, interest=0, index=WAD),
        loan_originated(principal=100),
        interest_accrued(loan=None, interest=10, index=index),
    )


@pytest.mark.parametrize(
    ("order", "principal", "interest"), [(("interest", "principal"), 20, 50), (("principal", "interest"), 70, 0)]
)
def test_a_repayment_is_applied_in_the_order_of_the_terms(order: Any, principal: int, interest: int) -> None:
    story = a_loan(principal=600, interest=50).then(terms_changed(proceeds_order=order))

    (fact,) = follows(repay(amount=70, payer=PartyId("payer")), story)

    assert isinstance(fact, Repaid)
    assert (fact.principal, fact.interest, fact.payer) == (principal, interest, "payer")


def test_a_loan_in_default_is_repaid_under_its_case() -> None:
    (fact,) = follows(repay(amount=70), a_default())

    assert isinstance(fact, Repaid)
    assert (fact.case, fact.principal) == (CASE, 70)


def test_no_more_is_repaid_than_is_owed() -> None:
    refused(repay(amount=651), a_loan(principal=600, interest=50), "owes 650, 651 cannot be repaid")


def test_an_indexed_loan_is_repaid_with_the_interest_that_its_index_tells() -> None:
    story = an_indexed_loan(index=WAD * 11 // 10)
    refused(repay(amount=111), story, "owes 110, 111 cannot be repaid")

    allocation, fact = follows(repay(amount=110), story)

    assert isinstance(allocation, InterestAllocated)
    assert isinstance(fact, Repaid)
    assert (allocation.interest, fact.principal, fact.interest) == (10, 100, 10)


def a_pooled_loan(lent: int = 300, interest: int = 100, **fields: Any) -> Story:
    """A pooled loan and the interest on it."""
    return a_pool("pooled", **fields).then(
        loan_originated(principal=lent, debt_shares=lent), interest_accrued(loan=None, interest=interest)
    )


def test_an_amount_repays_debt_shares_rounded_down() -> None:
    (fact,) = follows(repay(amount=101), a_pooled_loan())

    assert isinstance(fact, Repaid)
    assert (fact.principal, fact.debt_shares) == (101, 75)  # 101 · 300 / 400 is 75.75


def test_debt_shares_are_repaid_by_what_they_are_worth_rounded_up() -> None:
    (fact,) = follows(repay(debt_shares=2), a_pooled_loan())

    assert isinstance(fact, Repaid)
    assert (fact.principal, fact.debt_shares) == (3, 2)  # 2 · 400 / 300 is 2.67


def test_what_pays_the_whole_debt_pays_all_debt_shares() -> None:
    story = a_pooled_loan()

    (part,) = follows(repay(amount=101), story)
    (rest,) = follows(repay(amount=299), story)

    assert isinstance(part, Repaid)
    assert isinstance(rest, Repaid)
    assert (part.debt_shares, rest.debt_shares) == (75, 225)
    assert story.balance("register:pool:debt:loan", "debt:pool") == 0


@pytest.mark.parametrize("asked", [{"amount": 2}, {"debt_shares": 3}])
def test_what_is_paid_above_all_that_is_lent_is_rounding(asked: dict[str, Any]) -> None:
    story = a_pooled_loan(lent=3, interest=0, virtual_assets=1, virtual_shares=2).then(repaid(principal=2))

    (fact,) = follows(repay(**asked), story)  # (1 + 1) · 3 / (3 + 2) is 1.2

    assert isinstance(fact, Repaid)
    assert (fact.principal, fact.rounding, fact.debt_shares) == (1, 1, 3)


def test_more_debt_shares_than_a_loan_owes_are_not_repaid() -> None:
    refused(repay(debt_shares=301), a_pooled_loan(), "owes 300 debt shares, 301 cannot be repaid")


def test_debt_shares_are_not_repaid_where_a_loan_has_none() -> None:
    refused(repay(debt_shares=0), a_loan(), "pool pool is bilateral: a loan has no debt shares")


@pytest.mark.parametrize("fields", [{}, {"amount": 1, "debt_shares": 1}])
def test_a_repayment_says_how_much_in_one_way(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="exactly one of them is given"):
        repay(**fields)


def test_a_lenders_shares_are_burnt_for_what_its_claims_repay() -> None:
    story = a_loan(principal=600, interest=200)  # 1000 shares are worth 1200

    (fact,) = follows(repay(amount=101, lender=LENDER), story)

    assert isinstance(fact, Repaid)
    assert (fact.lender, fact.shares) == (LENDER, 85)  # 101 · 1000 / 1200 is 84.17


def test_shares_that_are_worth_nothing_repay_nothing() -> None:
    story = a_pool().then(
        loan_originated(principal=1000),
        loan_originated(loan=OTHER_LOAN, principal=0),
        loan_defaulted(principal=1000, interest=0),
        shortfall_recognized(principal=1000),
        bad_debt_socialized(amount=1000),
    )

    assert follows(repay(amount=0, loan=OTHER_LOAN, lender=LENDER), story)
    story.then(interest_accrued(loan=OTHER_LOAN, interest=5, reserve=5))
    refused(repay(amount=1, loan=OTHER_LOAN, lender=LENDER), story, "are worth nothing: 1 cannot be taken for them")


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 1), st.integers(0, 12))
def test_borrowing_and_repaying_at_once_never_gains(lent: int, interest: int, virtual: int, drawn: int) -> None:
    story = a_pooled_loan(lent + 1, interest, virtual_assets=virtual, virtual_shares=virtual)
    (loan,) = follows(originate(loan=OTHER_LOAN, principal=drawn), story)
    assert isinstance(loan, LoanOriginated)

    (fact,) = follows(repay(loan=OTHER_LOAN, debt_shares=loan.debt_shares), story)

    assert isinstance(fact, Repaid)
    assert fact.principal + fact.rounding >= drawn


@pytest.mark.parametrize("debt", ["bilateral", "pooled", "indexed"])
def test_the_largest_loan_is_drawn_and_repaid_in_full(debt: DebtMode) -> None:
    story = a_pool(debt, assets=AMOUNT_MAX)

    follows(originate(principal=AMOUNT_MAX), story)
    (fact,) = follows(repay(amount=AMOUNT_MAX), story)

    assert isinstance(fact, Repaid)
    assert fact.principal == AMOUNT_MAX
    assert story.books.sums.balance(story.books.charters.pools[POOL].principal(LOAN), Commodity("USD")) == 0


def test_what_would_follow_in_an_amount_too_large_is_refused() -> None:
    story = a_pool("pooled", assets=AMOUNT_MAX, virtual_shares=2**200, virtual_assets=1)

    refused(
        originate(principal=AMOUNT_MAX),
        story,
        f"originate-loan K: debt_shares {AMOUNT_MAX * 2**200} of LoanOriginated does not fit",
    )


# Collateral.


def test_collateral_is_posted_and_all_of_it_released() -> None:
    story = a_loan(quantity=10)

    follows(post(quantity=5), story)
    (fact,) = follows(release(), story)

    assert fact.quantity == 15  # type: ignore[union-attr]  # a release
    assert story.balance("assets:pool:collateral:loan", ETH) == 0


def test_a_part_of_the_collateral_is_released() -> None:
    story = a_loan(quantity=10)

    follows(release(quantity=4), story)

    assert story.balance("assets:pool:collateral:loan", ETH) == 6


def test_no_more_collateral_is_released_than_is_held() -> None:
    story = a_loan(quantity=10)

    with pytest.raises(WrongSide):
        story.then(*decide(release(quantity=11), story.books))


def test_all_of_no_collateral_is_not_released() -> None:
    refused(release(), a_loan(quantity=0), "loan loan of pool pool holds no ETH to be released")


@pytest.mark.parametrize("command", [draw(principal=1), repay(amount=1), release(), release(quantity=1)])
def test_a_command_on_an_unknown_loan_names_it_and_itself(command: AnyCommand) -> None:
    story = a_pool()

    with pytest.raises(LawBroken, match=rf"{command.type} K: law 2.*pool pool has no loan loan"):
        story.then(*decide(command, story.books))
