"""A loan falls into default with all that it owes, costs are advanced on it, and what is left of it is cured."""

from functools import partial
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.commands import AdvanceCost, CureLoan, DeclareDefault
from ledger.commands.debt import owed
from ledger.errors import CommandRefused, NameTaken, UnknownName, WrongState
from ledger.events import CostAdvanced, LoanDefaulted
from ledger.values import CaseId, DebtMode, EventId, LoanId, PartyId
from tests.commanded import AS_ASKED, follows, refused
from tests.story import (
    AT,
    CASE,
    LENDER,
    LOAN,
    OTHER_LENDER,
    OTHER_LOAN,
    POOL,
    Story,
    a_default,
    a_loan,
    asset_registered,
    cost_advanced,
    deposited,
    interest_accrued,
    interest_allocated,
    loan_cured,
    loan_defaulted,
    loan_drawn,
    loan_originated,
    pool_opened,
    repaid,
    told,
)

declare: Final = partial(DeclareDefault, at=AT, id=AS_ASKED, pool=POOL, loan=LOAN, case=CASE, reason="margin")
advance: Final = partial(AdvanceCost, at=AT, id=AS_ASKED, pool=POOL, case=CASE)
cure: Final = partial(CureLoan, at=AT, id=AS_ASKED, pool=POOL, case=CASE, reason="cured")


def an_indexed_loan() -> Story:
    """A loan of 300 at index 1000, which has risen to 1105 since."""
    return told(
        asset_registered(),
        pool_opened(debt="indexed"),
        deposited(assets=1000, shares=1000),
        interest_accrued(loan=None, interest=0, index=1000),
        loan_originated(principal=300),
        interest_accrued(loan=None, interest=31, index=1105),
    )


def two_pooled_loans() -> Story:
    """Loans of 300 and 100 debt shares, which are worth a half more by now."""
    return told(
        asset_registered(),
        pool_opened(debt="pooled"),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=300, debt_shares=300),
        loan_originated(loan=OTHER_LOAN, principal=100, debt_shares=100),
        interest_accrued(loan=None, interest=201),
    )


def test_a_default_takes_all_that_a_loan_owes() -> None:
    story = a_loan(principal=600, interest=20)
    assert follows(story, declare()) == (loan_defaulted(principal=600, interest=20),)


def test_a_default_says_what_it_was_told() -> None:
    story = a_loan(principal=600)
    asked = declare(reason="late", fees=5, health=7, collateral_value=9)
    assert follows(story, asked) == (
        loan_defaulted(principal=600, interest=0, reason="late", fees=5, health=7, collateral_value=9),
    )


def test_an_indexed_loan_takes_its_interest_before_it_falls_into_default() -> None:
    assert follows(an_indexed_loan(), declare()) == (
        interest_allocated(interest=32),  # 31.5
        loan_defaulted(principal=300, interest=32),
    )


def test_a_pooled_loan_falls_into_default_with_what_its_debt_shares_are_worth() -> None:
    assert follows(two_pooled_loans(), declare()) == (loan_defaulted(principal=451, interest=0),)  # 450.75


def test_the_only_pooled_loan_owes_no_more_than_all_loans() -> None:
    story = told(
        asset_registered(),
        pool_opened(debt="pooled", virtual_assets=1, virtual_shares=1),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=300, debt_shares=600),
    )
    assert owed(story.books, POOL, LOAN).total == 301  # 600 * 301 / 601 = 300.5
    assert follows(story, declare()) == (loan_defaulted(principal=300, interest=0),)


def test_a_loan_in_default_falls_into_none_again() -> None:
    refused(a_default(), declare(case=CaseId("again")), WrongState, "in default under case case, not performing")


def test_a_case_is_opened_once() -> None:
    story = a_default().then(loan_cured(principal=600, interest=0))
    refused(story, declare(), NameTaken, "case case was opened already")


def test_a_loan_that_was_not_originated_is_unknown() -> None:
    refused(a_default(), declare(loan=LoanId("nowhere")), UnknownName, "pool pool has no loan nowhere")


def test_a_cost_is_advanced_in_cash_on_the_loan_of_the_case() -> None:
    story = a_default()
    assert follows(story, advance(amount=7, payee=PartyId("court"))) == (
        cost_advanced(amount=7, payee=PartyId("court")),
    )
    assert story.books.cases[CASE].in_default == 607


def test_a_cost_is_advanced_in_new_shares_rounded_down() -> None:
    story = a_default(principal=600).then(interest_accrued(case=CASE, interest=500))
    assert follows(story, advance(amount=7, lender=OTHER_LENDER)) == (
        cost_advanced(amount=7, lender=OTHER_LENDER, shares=4),  # 7 * 1000 / 1500 = 4.7
    )


def test_a_cost_worth_no_share_is_refused() -> None:
    story = a_default(principal=600).then(interest_accrued(case=CASE, interest=500))
    refused(story, advance(amount=1, lender=LENDER), CommandRefused, "1 is worth less than one share")


def test_a_cost_on_a_pooled_loan_is_its_own_debt_and_nobody_elses() -> None:
    story = two_pooled_loans()
    follows(story, declare(id=EventId("default")))
    others = owed(story.books, POOL, OTHER_LOAN).total
    assert follows(story, advance(amount=90)) == (
        cost_advanced(amount=90),
        loan_drawn(case=CASE, principal=0, debt_shares=60),  # 90 * 400 / 601 = 59.9
    )
    assert owed(story.books, POOL, OTHER_LOAN).total == others
    assert owed(story.books, POOL, LOAN).total == story.books.cases[CASE].in_default == 541


def test_no_cost_is_advanced_on_a_loan_that_performs_again() -> None:
    story = a_default().then(loan_cured(principal=600, interest=0))
    refused(story, advance(amount=1), WrongState, "loan loan of pool pool is performing")


def test_a_cure_takes_all_that_is_still_in_default() -> None:
    story = a_default(principal=600, interest=20).then(repaid(case=CASE, principal=100, interest=20))
    assert follows(story, cure(reason="residual")) == (loan_cured(principal=500, interest=0, reason="residual"),)


def test_an_indexed_loan_takes_its_interest_before_it_is_cured() -> None:
    story = an_indexed_loan()
    follows(story, declare(id=EventId("default")))
    story.then(interest_accrued(loan=None, interest=33, index=1215))
    assert follows(story, cure()) == (
        interest_allocated(case=CASE, interest=34),  # 332 * 110 / 1105 = 33.05
        loan_cured(principal=300, interest=66),
    )


def test_a_pooled_loan_is_cured_of_what_its_case_holds() -> None:
    story = two_pooled_loans()
    follows(story, declare(id=EventId("default")))
    story.then(interest_accrued(loan=None, interest=50))
    assert follows(story, cure()) == (loan_cured(principal=451, interest=0),)
    assert owed(story.books, POOL, LOAN).total == 489  # 300 * 651 / 400 = 488.25


def test_a_case_that_is_cured_is_not_cured_again() -> None:
    story = a_default().then(loan_cured(principal=600, interest=0))
    refused(story, cure(), WrongState, "loan loan of pool pool is performing")


def test_a_case_of_another_pool_is_unknown() -> None:
    refused(a_default(), cure(case=CaseId("nowhere")), UnknownName, "pool pool has no case nowhere")


@pytest.mark.parametrize("debt", ["bilateral", "pooled", "indexed"])
@given(principal=st.integers(0, 5) | st.integers(0, 2**120), cost=st.integers(0, 5) | st.integers(0, 2**100))
def test_what_is_in_default_is_what_the_loan_owes_and_what_was_advanced(
    debt: DebtMode, principal: int, cost: int
) -> None:
    story = told(
        asset_registered(),
        pool_opened(debt=debt),
        deposited(assets=2**130, shares=2**130),
        loan_originated(principal=principal, debt_shares=principal if debt == "pooled" else 0),
    )
    (default,) = follows(story, declare(id=EventId("default")))
    assert isinstance(default, LoanDefaulted)
    assert default.principal + default.interest == principal
    advanced, *_ = follows(story, advance(amount=cost))
    assert isinstance(advanced, CostAdvanced)
    assert story.books.cases[CASE].in_default == principal + cost == owed(story.books, POOL, LOAN).total
