"""Interest by command: on a loan, on every loan, on a pool as a whole; its fee, its index and who is credited."""

from functools import partial
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.commands import AccrueInterest, decide, read_back
from ledger.commands.debt import debt_of
from ledger.commands.interest import TrancheShare
from ledger.errors import CommandRefused, LawBroken, UnknownName, WrongState
from ledger.events import Allocation, InterestAccrued, InterestAllocated
from ledger.values import AMOUNT_MAX, LENDERS, WAD, DebtMode, EventId, LoanId, PartyId, TrancheId
from tests.story import (
    AT,
    CASE,
    JUNIOR,
    LOAN,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    Story,
    asset_registered,
    bad_debt_socialized,
    deposited,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    picture,
    pool_opened,
    shortfall_recognized,
    told,
)

FEES: Final = PartyId("fees")
TENTH: Final = WAD // 10
accrue = partial(AccrueInterest, at=AT, id=EventId("K"), pool=POOL)


def lending(debt: DebtMode, *loans: int, assets: int = 1000, **fields: Any) -> Story:
    """A pool in which one lender has deposited, and `loan-1`, `loan-2` … owe so much."""
    return told(
        asset_registered(),
        pool_opened(debt=debt, **fields),
        deposited(assets=assets, shares=assets),
        *(
            loan_originated(loan=named(number), principal=owed, debt_shares=owed if debt == "pooled" else 0)
            for number, owed in enumerate(loans, 1)
        ),
    )


def named(number: int) -> LoanId:
    return LoanId(f"loan-{number}")


def follows(command: AccrueInterest, story: Story) -> list[InterestAccrued]:
    """The accruals that follow: lawful, and worked out without a change of the books."""
    before = picture(story.books)
    facts = decide(command, story.books)
    assert picture(story.books) == before
    assert read_back(facts[0]) == command
    story.then(*facts)
    return [fact for fact in facts if isinstance(fact, InterestAccrued)]


def refused(command: AccrueInterest, story: Story, saying: str, error: type[Exception] = CommandRefused) -> None:
    with pytest.raises(error) as caught:
        story.then(*decide(command, story.books))
    assert saying in str(caught.value)


# What is asked.


@pytest.mark.parametrize("fields", [{}, {"interest": 1, "rate_wad": 1}])
def test_interest_or_a_rate_is_asked_for(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="exactly one of them is given"):
        accrue(**fields)


@pytest.mark.parametrize(
    ("shares", "saying"),
    [([("lenders", WAD - 1)], "sum to"), ([("lenders", WAD // 2), ("lenders", WAD // 2)], "names each tranche once")],
)
def test_an_allocation_shares_out_the_whole_once(shares: list[tuple[str, int]], saying: str) -> None:
    with pytest.raises(ValidationError, match=saying):
        accrue(interest=1, allocation=shared(*shares))


def shared(*shares: tuple[str, int]) -> tuple[TrancheShare, ...]:
    return tuple(TrancheShare(tranche=TrancheId(tranche), share_wad=share) for tranche, share in shares)


# On a loan.


def test_a_rate_is_of_what_the_loan_owes_rounded_down() -> None:
    (fact,) = follows(accrue(loan=named(1), rate_wad=TENTH), lending("bilateral", 99, 50))

    assert (fact.loan, fact.case, fact.interest, fact.index) == (named(1), None, 9, None)


def test_interest_is_taken_as_it_is_asked() -> None:
    (fact,) = follows(accrue(loan=named(1), interest=7), lending("bilateral", 99))

    assert fact.interest == 7


def a_default(debt: DebtMode) -> Story:
    return lending(debt, 100, 50).then(loan_defaulted(loan=named(1), principal=100, interest=0))


def test_a_loan_in_default_earns_only_where_it_is_said() -> None:
    story = a_default("bilateral")
    refused(accrue(loan=named(1), interest=7), story, "is in default under case case: it accrues only with in_default")

    (fact,) = follows(accrue(loan=named(1), rate_wad=TENTH, in_default=True), story)

    assert (fact.case, fact.interest) == (CASE, 10)


def test_an_indexed_loan_takes_its_interest_before_more_accrues_on_it() -> None:
    story = lending("indexed").then(
        interest_accrued(loan=None, interest=0, index=WAD),
        loan_originated(principal=100),
        interest_accrued(loan=None, interest=20, index=WAD * 6 // 5),
    )

    allocation, accrual = decide(accrue(loan=LOAN, rate_wad=TENTH), story.books)

    assert isinstance(allocation, InterestAllocated)
    assert isinstance(accrual, InterestAccrued)
    assert (allocation.interest, accrual.interest) == (20, 12)
    assert debt_of(story.then(allocation, accrual).books, POOL, LOAN) == 132


def test_a_loan_has_no_index_of_its_own() -> None:
    refused(accrue(loan=named(1), interest=1, index=WAD), lending("indexed", 9), "index is of a pool", WrongState)


def test_an_unknown_loan_is_named() -> None:
    refused(accrue(loan=named(3), interest=1), lending("bilateral", 9), "has no loan loan-3", UnknownName)


# On every loan of a bilateral pool.


def test_a_rate_falls_on_every_performing_loan_that_owes_something() -> None:
    story = lending("bilateral", 100, 0, 59).then(
        loan_originated(loan=OTHER_LOAN, principal=70), loan_defaulted(loan=OTHER_LOAN, principal=70, interest=0)
    )

    facts = follows(accrue(rate_wad=TENTH), story)

    assert [(fact.id, fact.loan, fact.interest) for fact in facts] == [("K", "loan-1", 10), ("K/2", "loan-3", 5)]


def test_loans_in_default_earn_with_the_others_where_it_is_said() -> None:
    facts = follows(accrue(rate_wad=TENTH, in_default=True), a_default("bilateral"))

    assert [(fact.loan, fact.case, fact.interest) for fact in facts] == [("loan-1", CASE, 10), ("loan-2", None, 5)]


def test_an_amount_is_split_by_what_the_loans_owe() -> None:
    facts = follows(accrue(interest=10), lending("bilateral", 100, 50, 50))

    assert [fact.interest for fact in facts] == [5, 3, 2]  # 2.5 each: the unit left goes to the first name


def test_interest_that_no_loan_could_owe_is_refused() -> None:
    refused(accrue(interest=10), lending("bilateral", 0), "no loan of pool pool owes anything")


@given(st.lists(st.integers(0, 5) | st.integers(0, 2**200), min_size=1, max_size=6), st.integers(0, 2**200))
def test_an_amount_on_every_loan_is_split_exactly(owed: list[int], interest: int) -> None:
    story = lending("bilateral", *owed, 1, assets=sum(owed) + 1)

    assert sum(fact.interest for fact in follows(accrue(interest=interest), story)) == interest


# On a pool as a whole.


def test_a_rate_on_a_pooled_pool_is_of_all_that_it_has_lent() -> None:
    (fact,) = follows(accrue(rate_wad=TENTH), a_default("pooled"))

    assert (fact.loan, fact.interest, fact.index) == (None, 15, None)


def test_a_pooled_pool_may_state_an_index() -> None:
    (fact,) = follows(accrue(rate_wad=TENTH, index=5), lending("pooled", 100))

    assert (fact.interest, fact.index) == (10, 5)


@pytest.mark.parametrize(("in_default", "interest"), [(False, 5), (True, 15)])
def test_a_rate_on_an_indexed_pool_is_of_what_performs_unless_it_is_said(in_default: bool, interest: int) -> None:  # noqa: FBT001
    *_, fact = follows(accrue(rate_wad=TENTH, in_default=in_default), a_default("indexed"))

    assert fact.interest == interest


@pytest.mark.parametrize(("in_default", "grown"), [(False, 0), (True, 10)])
def test_a_loan_in_default_grows_with_the_index_only_where_it_earns(in_default: bool, grown: int) -> None:  # noqa: FBT001
    story = a_default("indexed")

    follows(accrue(rate_wad=TENTH, in_default=in_default), story)

    assert debt_of(story.books, POOL, named(1)) == 100 + grown
    assert debt_of(story.books, POOL, named(2)) == 55


def test_the_index_compounds_by_the_rate_rounded_down() -> None:
    story = lending("indexed", 100).then(interest_accrued(loan=None, interest=0, index=19))

    (first,) = follows(accrue(rate_wad=TENTH, id=EventId("first")), story)
    (second,) = follows(accrue(rate_wad=TENTH, id=EventId("second")), story)

    assert [(fact.interest, fact.index) for fact in (first, second)] == [(10, 20), (11, 22)]
    assert debt_of(story.books, POOL, named(1)) == 116  # 100 · 22 / 19 is 115.8


def test_a_first_index_is_stated_before_it_grows_so_that_older_loans_owe_by_it() -> None:
    story = lending("indexed", 100)

    begun, grown = follows(accrue(rate_wad=TENTH), story)

    assert (begun.interest, begun.index) == (0, WAD)
    assert (grown.interest, grown.index) == (10, WAD + TENTH)
    assert debt_of(story.books, POOL, named(1)) == 110


def test_interest_makes_an_index_grow_as_it_makes_the_debt() -> None:
    story = lending("indexed", 100, 50).then(interest_accrued(loan=None, interest=0, index=1000))

    (fact,) = follows(accrue(interest=31), story)

    assert fact.index == 1206  # 1000 · 181 / 150 is 1206.67


def test_no_interest_makes_no_index_grow() -> None:
    (fact,) = follows(accrue(interest=0), lending("indexed"))

    assert (fact.interest, fact.index) == (0, WAD)


def test_an_index_that_is_given_is_stated() -> None:
    (fact,) = follows(accrue(interest=31, index=7), lending("indexed", 100))

    assert fact.index == 7


def test_interest_on_an_indexed_pool_that_lends_nothing_makes_no_index() -> None:
    refused(accrue(interest=5), lending("indexed"), "no loan of pool pool owes anything that 5 could accrue on")


def test_interest_without_a_loan_in_a_bilateral_pool_states_no_index() -> None:
    refused(accrue(interest=5, index=WAD), lending("bilateral", 9), "index is of a pool as a whole", WrongState)


# Its fee, and who is credited.


def test_a_fee_without_a_recipient_goes_to_the_reserve() -> None:
    story = lending("pooled", 100, reserve_factor_wad=TENTH)

    (fact,) = follows(accrue(interest=59), story)

    assert (fact.reserve, fact.fee_recipient, fact.fee_shares, fact.allocation) == (5, None, 0, ())
    assert story.books.claims(POOL, LENDERS) == 1054


@pytest.mark.parametrize(
    ("debt", "fee_shares"),
    [
        ("pooled", 5 * (1000 + 10**6) // (1000 + 54 + 1)),
        ("bilateral", 5 * (1000 + 10**6) // (1000 + 54 + 1)),
        ("indexed", 5 * 1000 // (1000 + 54)),
    ],
)
def test_a_fee_with_a_recipient_is_taken_by_dilution(debt: DebtMode, fee_shares: int) -> None:
    story = lending(debt, 100, reserve_factor_wad=TENTH, fee_recipient=FEES, virtual_assets=1, virtual_shares=10**6)

    *_, fact = follows(accrue(interest=59), story)

    assert (fact.reserve, fact.fee_recipient, fact.fee_shares) == (0, FEES, fee_shares)
    assert story.books.claims(POOL, LENDERS) == 1059


def test_each_of_several_fees_is_priced_after_those_before_it() -> None:
    story = lending("bilateral", 100, 100, reserve_factor_wad=WAD // 2, fee_recipient=FEES)

    facts = follows(accrue(rate_wad=WAD), story)

    assert [fact.fee_shares for fact in facts] == [50 * 1000 // 1050, 50 * 1047 // 1150]


def test_a_fee_too_small_for_a_share_stays_with_the_lenders() -> None:
    story = lending("pooled", 100, reserve_factor_wad=TENTH, fee_recipient=FEES).then(
        interest_accrued(loan=None, interest=2000)
    )

    (fact,) = follows(accrue(interest=10), story)

    assert (fact.interest, fact.fee_recipient, fact.fee_shares, fact.reserve) == (10, None, 0, 0)


def test_a_fee_is_refused_where_shares_are_worth_nothing() -> None:
    story = lending("bilateral", 1000, waterfall=(SOCIALIZE,), reserve_factor_wad=WAD, fee_recipient=FEES).then(
        loan_originated(loan=OTHER_LOAN, principal=0),
        loan_defaulted(loan=named(1), principal=1000, interest=0),
        shortfall_recognized(loan=named(1), principal=1000),
        bad_debt_socialized(amount=1000),
    )

    refused(accrue(loan=OTHER_LOAN, interest=5), story, "no share has a price for a fee")


def test_what_the_reserve_does_not_take_is_split_among_the_tranches() -> None:
    story = lending("bilateral", 100, tranches=(JUNIOR,), reserve_factor_wad=TENTH)

    (fact,) = follows(
        accrue(interest=59, allocation=shared(("lenders", WAD // 3 * 2 + 1), ("junior", WAD // 3))), story
    )

    assert fact.reserve == 5
    assert fact.allocation == (Allocation(tranche=LENDERS, amount=36), Allocation(tranche=JUNIOR, amount=18))


def test_every_tranche_bears_a_fee_taken_by_dilution() -> None:
    story = lending("bilateral", 100, tranches=(JUNIOR,), reserve_factor_wad=TENTH, fee_recipient=FEES)

    (fact,) = follows(accrue(interest=60, allocation=shared(("junior", WAD))), story)

    assert fact.allocation == (Allocation(tranche=JUNIOR, amount=54), Allocation(tranche=LENDERS, amount=6))
    assert fact.fee_shares == 6  # of lenders, whose other shares are worth what they were


def test_an_unknown_tranche_gets_nothing() -> None:
    refused(
        accrue(interest=5, allocation=shared(("senior", WAD))), lending("pooled", 9), "no tranche senior", LawBroken
    )


@given(
    st.sampled_from(["bilateral", "pooled", "indexed"]),
    st.integers(1, 5) | st.integers(1, 2**200),
    st.integers(0, 5) | st.integers(0, 2**190),  # more on a debt of 1 would make an index of more than 2^256
    st.integers(0, WAD),
    st.integers(0, 1),
)
def test_a_fee_takes_no_more_than_its_part(
    debt: DebtMode, assets: int, interest: int, factor: int, virtual: int
) -> None:
    fields = {"virtual_assets": virtual, "virtual_shares": virtual, "fee_recipient": FEES}
    story = lending(debt, assets, assets=assets, reserve_factor_wad=factor, **fields)

    *_, fact = follows(accrue(interest=interest), story)

    claims, issued = story.books.claims(POOL, LENDERS), story.books.issued(POOL, LENDERS)
    assert claims == assets + interest
    assert fact.fee_shares * claims // issued <= interest * factor // WAD
    assert claims >= issued  # a share is worth no less than before


@pytest.mark.parametrize("debt", ["bilateral", "pooled", "indexed"])
def test_interest_too_large_for_an_amount_is_refused(debt: DebtMode) -> None:
    story = lending(debt, AMOUNT_MAX, assets=AMOUNT_MAX)

    refused(accrue(rate_wad=2 * WAD), story, f"interest {2 * AMOUNT_MAX} of InterestAccrued does not fit")
