"""The laws of guarantees, of costs that the pool advances, and of the loss it expects before any is recognized."""

from typing import Any

import pytest
from pydantic import ValidationError

from ledger.errors import (
    AssertionFailed,
    CaseUnsettled,
    SaleUnbalanced,
    ShortfallExceeded,
    UnbalancedEntry,
    UnknownName,
    WrongSide,
    WrongState,
)
from ledger.events import AnyEvent
from ledger.values import AMOUNT_MAX, Account, CaseId, Commodity, LoanId, PartyId, PoolId, TrancheId
from tests.story import (
    CASE,
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    OTHER_LOAN,
    POOL,
    USD,
    a_default,
    a_deficit,
    a_loan,
    a_pool,
    adjustment_posted,
    allowance_changed,
    asset_registered,
    balance_asserted,
    case_closed,
    collateral_sold,
    cost_advanced,
    deposited,
    fund_contributed,
    fund_withdrawn,
    guarantee_paid,
    loan_cured,
    loan_defaulted,
    loan_originated,
    pool_opened,
    posted,
    repaid,
    shortfall_recognized,
    surplus_returned,
    told,
    withdrawn,
)

MONEY = Commodity(USD)
NOWHERE = PoolId("nowhere")
NO_CASE = CaseId("no-case")
NO_LOAN = LoanId("no-loan")
NO_TRANCHE = TrancheId("no-tranche")
ALLOWANCE = TrancheId("allowance")
OTHER_CASE = CaseId("other-case")
OTHER_POOL = PoolId("other-pool")
POOL_SHARES = Commodity("shares:pool:lenders")


# A guarantor pays.


def test_a_guarantee_repays_principal_and_interest_of_the_loan_in_default() -> None:
    story = a_default(principal=600, interest=7).then(guarantee_paid(principal=100, interest=5))

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 505),
        ("assets:pool:defaulted:loan:interest", 2),
        ("assets:pool:defaulted:loan:principal", 500),
        ("liabilities:pool:claims:lenders", -1007),
    ]
    assert (story.books.cases[CASE].principal, story.books.cases[CASE].interest) == (500, 2)


def test_a_guarantee_is_applied_part_by_part_and_its_costs_are_a_memo() -> None:
    story = a_default(principal=600, interest=7).then(
        shortfall_recognized(principal=90),
        guarantee_paid(principal=100, interest=5, recovery=30, surplus=2, costs=1000),
    )

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 537),
        ("assets:pool:defaulted:loan:interest", 2),
        ("assets:pool:defaulted:loan:principal", 410),
        ("assets:pool:deficit:case", 90),
        ("liabilities:pool:claims:lenders", -1007),
        ("liabilities:pool:recoveries:case", -30),
        ("liabilities:pool:surplus:loan", -2),
    ]


def test_a_guarantee_brings_a_recovery_only_after_a_recognition() -> None:
    recovery = guarantee_paid(principal=0, recovery=5)
    story = a_default()

    story.refuses(recovery, SaleUnbalanced, "recovery 5 before a shortfall of case case was recognized")
    story.then(shortfall_recognized(principal=0), recovery)

    assert story.balance("liabilities:pool:recoveries:case") == -5


@pytest.mark.parametrize(
    ("too_much", "refusal"),
    [
        (guarantee_paid(principal=601), "assets:pool:defaulted:loan:principal holds 600 of USD, 601 cannot be taken"),
        (
            guarantee_paid(principal=600, interest=8),
            "assets:pool:defaulted:loan:interest holds 7 of USD, 8 cannot be taken",
        ),
    ],
    ids=["principal", "interest"],
)
def test_a_guarantee_repays_no_more_than_is_in_default(too_much: AnyEvent, refusal: str) -> None:
    story = a_default(principal=600, interest=7)

    story.refuses(too_much, WrongSide, refusal)
    story.then(guarantee_paid(principal=600, interest=7, surplus=1), case_closed())

    assert story.balance("liabilities:pool:surplus:loan") == -1


def test_what_a_guarantee_repaid_is_not_recognized() -> None:
    story = a_default(principal=600).then(guarantee_paid(principal=250))

    story.refuses(shortfall_recognized(principal=351), ShortfallExceeded, "principal 350 and interest 0 are in default")
    story.then(shortfall_recognized(principal=350))


def test_a_surplus_of_a_guarantee_is_returned_to_the_unit() -> None:
    story = a_default(principal=600).then(guarantee_paid(principal=600, surplus=5))

    story.refuses(surplus_returned(amount=6), WrongSide, "liabilities:pool:surplus:loan holds 5 of USD, 6 cannot")
    story.then(surplus_returned(amount=5))


def test_guarantees_and_sales_together_bring_no_more_than_is_in_default() -> None:
    story = a_default(principal=600).then(
        guarantee_paid(principal=100, guarantor=PartyId("first")),
        collateral_sold(quantity=1, proceeds=300, principal=300),
        repaid(case=CASE, principal=50),
    )

    story.refuses(guarantee_paid(principal=151), WrongSide, "holds 150 of USD, 151 cannot be taken")
    story.then(guarantee_paid(principal=150), case_closed())


# Costs that the pool advances.


def test_a_cost_is_paid_in_cash_and_the_loan_in_default_owes_it() -> None:
    story = a_default(principal=600, interest=7).then(cost_advanced(amount=40, payee=PartyId("counsel")))

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 360),
        ("assets:pool:defaulted:loan:interest", 7),
        ("assets:pool:defaulted:loan:principal", 640),
        ("liabilities:pool:claims:lenders", -1007),
    ]
    assert (story.books.cases[CASE].principal, story.books.cases[CASE].interest) == (640, 7)


def test_a_cost_is_paid_in_shares_that_are_issued() -> None:
    story = a_default(principal=600).then(cost_advanced(amount=40, lender=OTHER_LENDER, shares=30))

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 400),
        ("assets:pool:defaulted:loan:principal", 640),
        ("liabilities:pool:claims:lenders", -1040),
    ]
    assert dict(story.books.sums.commodities())[POOL_SHARES] == [
        ("register:pool:lenders", -1030),
        ("register:pool:lenders:lender", 1000),
        ("register:pool:lenders:other-lender", 30),
    ]


def test_a_cost_in_a_pooled_pool_is_owed_in_the_account_of_all_loans() -> None:
    story = told(
        asset_registered(),
        pool_opened(debt="pooled"),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=600, debt_shares=600),
        loan_defaulted(principal=500, interest=0),
        cost_advanced(amount=40),
    )

    assert story.balance("assets:pool:cash") == 360
    assert story.balance("assets:pool:loans") == 640
    assert story.books.cases[CASE].principal == 540


def test_no_more_is_advanced_than_the_cash() -> None:
    story = a_default(principal=600)

    story.refuses(cost_advanced(amount=401), WrongSide, "assets:pool:cash holds 400 of USD, 401 cannot be taken")
    story.then(cost_advanced(amount=400))


def test_what_was_advanced_is_recognized_repaid_or_cured_like_the_rest() -> None:
    story = a_default(principal=600).then(cost_advanced(amount=40))

    story.refuses(shortfall_recognized(principal=641), ShortfallExceeded, "principal 640 and interest 0 are in default")
    story.refuses(loan_cured(principal=600, interest=0), WrongState, "still in default: principal 640 and interest 0")
    story.refuses(guarantee_paid(principal=641), WrongSide, "holds 640 of USD, 641 cannot")
    story.then(shortfall_recognized(principal=10), guarantee_paid(principal=30), loan_cured(principal=600, interest=0))

    assert story.balance("assets:pool:loans:loan:principal") == 600


def test_a_case_with_one_unit_of_costs_is_not_closed() -> None:
    story = a_default(principal=600).then(cost_advanced(amount=1), repaid(case=CASE, principal=600))

    story.refuses(case_closed(), CaseUnsettled, "case case has principal 1 and interest 0 in default")
    story.then(repaid(case=CASE, principal=1), case_closed())


def test_a_cost_in_shares_first_makes_good_claims_that_stand_in_debit() -> None:
    story = a_pool(tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=5, shares=1),
        withdrawn(tranche=JUNIOR, assets=7, shares=1),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
    )

    story.refuses(
        cost_advanced(amount=1, lender=LENDER, shares=3, tranche=JUNIOR),
        WrongSide,
        "claims of tranche junior are -2: 3 shares cannot be issued for 1",
    )
    story.then(cost_advanced(amount=2, lender=LENDER, shares=3, tranche=JUNIOR))


def test_shares_of_a_cost_name_the_lender_whose_they_are() -> None:
    story = a_default()

    story.refuses(cost_advanced(amount=1, shares=1), UnbalancedEntry, "1 shares without the lender whose they are")
    story.then(cost_advanced(amount=1, shares=1, lender=LENDER))


# Law 2: guarantees and costs are of a loan in default under the case named.

OF_A_CASE = [guarantee_paid(principal=0), cost_advanced(amount=0)]


@pytest.mark.parametrize("fact", OF_A_CASE, ids=lambda fact: fact.type)
def test_before_its_default_a_loan_takes_no_guarantee_and_no_cost(fact: AnyEvent) -> None:
    story = a_loan(principal=600)

    story.refuses(fact, UnknownName, "pool pool has no case case")
    story.then(loan_defaulted(principal=600, interest=0), fact)


@pytest.mark.parametrize("fact", OF_A_CASE, ids=lambda fact: fact.type)
def test_once_its_loan_is_cured_a_case_takes_no_guarantee_and_no_cost(fact: AnyEvent) -> None:
    story = a_default(principal=600).then(fact, loan_cured(principal=600, interest=0))

    story.refuses(fact, WrongState, "loan loan of pool pool is performing, not in default under case case")


@pytest.mark.parametrize("fact", OF_A_CASE, ids=lambda fact: fact.type)
def test_a_closed_case_takes_no_guarantee_and_no_cost(fact: AnyEvent) -> None:
    story = a_default(principal=600).then(repaid(case=CASE, principal=600), fact, case_closed())

    story.refuses(fact, WrongState, "loan loan of pool pool is performing, not in default under case case")


@pytest.mark.parametrize("fact", OF_A_CASE, ids=lambda fact: fact.type)
def test_an_older_case_takes_no_guarantee_and_no_cost_of_a_later_one(fact: AnyEvent) -> None:
    story = a_default(principal=600).then(
        loan_cured(principal=600, interest=0), loan_defaulted(case=OTHER_CASE, principal=600, interest=0)
    )

    story.refuses(fact, WrongState, "is in default under case other-case, not in default under case case")


@pytest.mark.parametrize(
    "fact",
    [guarantee_paid(loan=OTHER_LOAN, principal=0), cost_advanced(loan=OTHER_LOAN, amount=0)],
    ids=lambda fact: fact.type,
)
def test_a_guarantee_and_a_cost_are_of_the_loan_of_the_case(fact: AnyEvent) -> None:
    story = a_default().then(loan_originated(loan=OTHER_LOAN, principal=0))

    story.refuses(fact, WrongState, "case case is of loan loan, not of other-loan")


@pytest.mark.parametrize(
    ("fact", "unknown"),
    [
        (guarantee_paid(pool=NOWHERE, principal=0), "no pool nowhere was opened"),
        (guarantee_paid(case=NO_CASE, principal=0), "pool pool has no case no-case"),
        (guarantee_paid(pool=OTHER_POOL, principal=0), "pool other-pool has no case case"),
        (cost_advanced(pool=NOWHERE, amount=0), "no pool nowhere was opened"),
        (cost_advanced(case=NO_CASE, amount=0), "pool pool has no case no-case"),
        (cost_advanced(pool=OTHER_POOL, amount=0), "pool other-pool has no case case"),
        (cost_advanced(amount=0, tranche=NO_TRANCHE), "pool pool has no tranche no-tranche"),
        (cost_advanced(amount=0, lender=LENDER, tranche=NO_TRANCHE), "pool pool has no tranche no-tranche"),
        (allowance_changed(pool=NOWHERE, increase=0), "no pool nowhere was opened"),
        (allowance_changed(loan=NO_LOAN, increase=0), "pool pool has no loan no-loan"),
        (allowance_changed(loan=NO_LOAN, decrease=0), "pool pool has no loan no-loan"),
    ],
)
def test_a_pool_loan_case_or_tranche_that_nobody_opened_is_refused(fact: AnyEvent, unknown: str) -> None:
    story = a_default().then(pool_opened(pool=OTHER_POOL))

    story.refuses(fact, UnknownName, f"law 2, what is named exists: {unknown}")


# Loss that is expected.


def test_an_allowance_stands_against_the_assets_and_leaves_claims_and_loan_as_they_are() -> None:
    story = a_loan(principal=600, interest=7).then(allowance_changed(increase=50))

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:allowance:loan", -50),
        ("assets:pool:cash", 400),
        ("assets:pool:loans:loan:interest", 7),
        ("assets:pool:loans:loan:principal", 600),
        ("equity:pool:unrealized", 50),
        ("liabilities:pool:claims:lenders", -1007),
    ]


def test_an_allowance_goes_up_and_down() -> None:
    story = a_loan().then(allowance_changed(increase=50), allowance_changed(decrease=20), allowance_changed(increase=3))

    assert story.balance("assets:pool:allowance:loan") == -33
    assert story.balance("equity:pool:unrealized") == 33


def test_an_allowance_decreases_by_no_more_than_it_is() -> None:
    story = a_loan().then(allowance_changed(increase=50))

    story.refuses(
        allowance_changed(decrease=51),
        WrongSide,
        "law 3, no account leaves its normal side: the allowance of loan loan is 50, it cannot decrease by 51",
    )
    story.then(allowance_changed(decrease=50))
    story.refuses(allowance_changed(decrease=1), WrongSide, "the allowance of loan loan is 0, it cannot decrease by 1")

    assert story.balance("assets:pool:allowance:loan") == 0
    assert story.balance("equity:pool:unrealized") == 0


def test_the_allowance_of_each_loan_is_its_own() -> None:
    story = a_loan().then(
        loan_originated(loan=OTHER_LOAN, principal=0),
        allowance_changed(increase=50),
        allowance_changed(loan=OTHER_LOAN, increase=5),
    )

    story.refuses(
        allowance_changed(loan=OTHER_LOAN, decrease=6), WrongSide, "the allowance of loan other-loan is 5, it cannot"
    )
    story.then(allowance_changed(loan=OTHER_LOAN, decrease=5))

    assert story.balance("assets:pool:allowance:loan") == -50
    assert story.balance("equity:pool:unrealized") == 50


@pytest.mark.parametrize("amounts", [{}, {"increase": 5, "decrease": 5}, {"increase": 0, "decrease": 0}])
def test_an_allowance_changes_in_exactly_one_direction(amounts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="by an increase or by a decrease: exactly one of them is given"):
        allowance_changed(**amounts)


def test_loss_is_expected_of_a_loan_in_any_state() -> None:
    story = a_loan(principal=600).then(allowance_changed(increase=1))

    story.then(loan_defaulted(principal=600, interest=0), allowance_changed(increase=1))
    story.then(shortfall_recognized(principal=1), allowance_changed(decrease=1))
    story.then(loan_cured(principal=599, interest=0), allowance_changed(decrease=1))

    assert story.balance("assets:pool:allowance:loan") == 0


def test_more_loss_may_be_expected_than_the_loan_owes() -> None:
    a_loan(principal=600).then(allowance_changed(increase=601))


def test_an_allowance_is_asserted_as_a_credit_and_what_is_unrealized_as_a_debit() -> None:
    allowance, unrealized = Account("assets:pool:allowance:loan"), Account("equity:pool:unrealized")
    story = a_loan().then(allowance_changed(increase=50))

    story.refuses(
        balance_asserted(account=allowance, commodity=MONEY, amount=49), AssertionFailed, "loan holds 50 of USD, not 49"
    )
    story.refuses(
        balance_asserted(account=unrealized, commodity=MONEY, amount=51), AssertionFailed, "holds 50 of USD, not 51"
    )
    story.then(
        balance_asserted(account=allowance, commodity=MONEY, amount=50),
        balance_asserted(account=unrealized, commodity=MONEY, amount=50),
    )


@pytest.mark.parametrize(
    ("account", "amount"), [("assets:pool:allowance:loan", 51), ("equity:pool:unrealized", -51)], ids=str
)
def test_an_adjustment_takes_neither_side_of_an_allowance_through_zero(account: str, amount: int) -> None:
    story = a_loan().then(allowance_changed(increase=50))
    too_much = posted((account, amount), ("equity:pool:rounding", -amount))

    story.refuses(
        adjustment_posted(pool=POOL, postings=too_much), WrongSide, f"{account} holds 50 of USD, 51 cannot be taken"
    )


def test_an_allowance_does_not_decrease_what_is_unrealized_below_zero() -> None:
    story = a_loan().then(
        allowance_changed(increase=50),
        adjustment_posted(pool=POOL, postings=posted(("assets:pool:cash", 10), ("equity:pool:unrealized", -10))),
    )

    story.refuses(allowance_changed(decrease=41), WrongSide, "41")
    story.then(allowance_changed(decrease=40))


def test_shares_of_a_tranche_that_is_called_allowance_are_held_to_their_side() -> None:
    story = a_pool(tranches=(ALLOWANCE,)).then(deposited(tranche=ALLOWANCE, assets=5, shares=5))

    story.refuses(withdrawn(tranche=ALLOWANCE, assets=5, shares=6), WrongSide, "holds 5 of shares:pool:allowance, 6")
    story.then(withdrawn(tranche=ALLOWANCE, assets=5, shares=5))


def test_fund_shares_of_a_contributor_who_is_called_allowance_are_held_to_their_side() -> None:
    allowance = PartyId("allowance")
    story = a_pool().then(fund_contributed(contributor=allowance, amount=5, shares=5))

    story.refuses(fund_withdrawn(contributor=allowance, amount=5, shares=6), WrongSide, "holds 5 of shares:fund, 6")
    story.then(fund_withdrawn(contributor=allowance, amount=5, shares=5))


# Law 11: nothing is a lawful amount, and so is the largest.


@pytest.mark.parametrize(
    "fact",
    [
        guarantee_paid(principal=0),
        guarantee_paid(principal=0, costs=5),
        guarantee_paid(principal=0, surplus=5),
        cost_advanced(amount=0),
        cost_advanced(amount=0, lender=OTHER_LENDER, shares=5),
        cost_advanced(amount=5, lender=OTHER_LENDER, shares=0),
        allowance_changed(increase=0),
        allowance_changed(decrease=0),
    ],
)
def test_zero_is_lawful_in_a_default(fact: AnyEvent) -> None:
    a_default().then(fact)
    a_deficit(principal=600).then(fact)


def test_the_largest_amount_is_expected_advanced_and_guaranteed_to_the_unit() -> None:
    story = a_pool(assets=AMOUNT_MAX).then(
        loan_originated(principal=0),
        allowance_changed(increase=AMOUNT_MAX),
        allowance_changed(increase=AMOUNT_MAX),
        loan_defaulted(principal=0, interest=0),
        cost_advanced(amount=AMOUNT_MAX),
        guarantee_paid(principal=AMOUNT_MAX, surplus=AMOUNT_MAX),
        allowance_changed(decrease=AMOUNT_MAX),
        case_closed(),
    )

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:allowance:loan", -AMOUNT_MAX),
        ("assets:pool:cash", 2 * AMOUNT_MAX),
        ("equity:pool:unrealized", AMOUNT_MAX),
        ("liabilities:pool:claims:lenders", -AMOUNT_MAX),
        ("liabilities:pool:surplus:loan", -AMOUNT_MAX),
    ]
