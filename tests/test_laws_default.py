"""The laws of default, sale, recognition and closing: the states of a case, and that nothing of it is lost."""

from dataclasses import replace

import pytest

from ledger.errors import CaseUnsettled, NameTaken, SaleUnbalanced, ShortfallExceeded, WrongSide, WrongState
from ledger.events import AnyEvent
from ledger.values import CaseId, Commodity, EventId, LoanId, PoolId
from tests.story import (
    BORROWER,
    CASE,
    LENDER,
    Story,
    a_default,
    a_deficit,
    a_loan,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_sold,
    deficit_recapitalized,
    deposited,
    fund_drawn,
    loan_cured,
    loan_defaulted,
    loan_drawn,
    loan_originated,
    pool_opened,
    repaid,
    shares_transferred,
    shortfall_recognized,
    surplus_returned,
)

OTHER_CASE = CaseId("other-case")
OTHER_LOAN = LoanId("other-loan")
OTHER_POOL = PoolId("other-pool")
POOL_SHARES = Commodity("shares:pool:lenders")


# Law 2: a default takes a whole performing loan, and opens a case.


@pytest.mark.parametrize(("principal", "interest"), [(599, 7), (601, 7), (600, 6), (600, 8), (607, 0), (0, 0)])
def test_a_default_takes_no_part_of_a_loan_and_no_more_than_it(principal: int, interest: int) -> None:
    story = a_loan(principal=600, interest=7)

    story.refuses(
        loan_defaulted(principal=principal, interest=interest),
        WrongState,
        f"loan owes principal 600 and interest 7, not {principal} and {interest}",
    )


def test_a_default_takes_the_whole_loan() -> None:
    story = a_loan(principal=600, interest=7).then(loan_defaulted(principal=600, interest=7))

    assert story.balance("assets:pool:loans:loan:principal") == 0
    assert story.balance("assets:pool:loans:loan:interest") == 0
    assert story.balance("assets:pool:defaulted:loan:principal") == 600
    assert story.balance("assets:pool:defaulted:loan:interest") == 7


def test_a_loan_that_owes_nothing_may_default() -> None:
    story = a_loan(principal=0).then(loan_defaulted(principal=0, interest=0))

    assert story.books.cases[CASE].status == "open"


def test_a_loan_defaults_once_at_a_time() -> None:
    fact = loan_defaulted(case=OTHER_CASE, principal=0, interest=0)

    a_default().refuses(fact, WrongState, "loan loan of pool pool is in default under case case, not performing")


def test_a_case_id_is_given_once_in_the_book() -> None:
    again = loan_defaulted(principal=600, interest=0)
    elsewhere = loan_defaulted(pool=OTHER_POOL, principal=0, interest=0)
    story = a_default().then(
        loan_cured(principal=600, interest=0),
        pool_opened(pool=OTHER_POOL),
        loan_originated(pool=OTHER_POOL, principal=0),
    )

    story.refuses(again, NameTaken, "law 2, names are given once: case case was opened already")
    story.refuses(elsewhere, NameTaken, "case case was opened already")
    story.then(loan_defaulted(case=OTHER_CASE, principal=600, interest=0))


# Law 2: the events of a case follow its default.


@pytest.mark.parametrize(
    "fact",
    [
        collateral_sold(quantity=0, proceeds=0, principal=0),
        loan_cured(principal=0, interest=0),
        shortfall_recognized(principal=0),
    ],
    ids=lambda fact: fact.type,
)
def test_once_its_loan_is_cured_a_case_takes_no_sale_cure_or_recognition(fact: AnyEvent) -> None:
    story = a_default().then(loan_cured(principal=600, interest=0))

    story.refuses(fact, WrongState, "loan loan of pool pool is performing, not in default under case case")


@pytest.mark.parametrize(
    "fact",
    [
        collateral_sold(loan=OTHER_LOAN, quantity=0, proceeds=0, principal=0),
        loan_cured(loan=OTHER_LOAN, principal=0, interest=0),
        shortfall_recognized(loan=OTHER_LOAN, principal=0),
        case_closed(loan=OTHER_LOAN),
    ],
    ids=lambda fact: fact.type,
)
def test_a_case_is_of_one_loan(fact: AnyEvent) -> None:
    story = a_default().then(loan_originated(loan=OTHER_LOAN, principal=0))

    story.refuses(fact, WrongState, "case case is of loan loan, not of other-loan")


def test_an_older_case_of_a_loan_that_defaulted_again_takes_no_sale() -> None:
    story = a_default().then(
        loan_cured(principal=600, interest=0), loan_defaulted(case=OTHER_CASE, principal=600, interest=0)
    )

    story.refuses(
        collateral_sold(quantity=0, proceeds=0, principal=0), WrongState, "is in default under case other-case, not in"
    )
    story.then(collateral_sold(case=OTHER_CASE, quantity=0, proceeds=0, principal=0))


@pytest.mark.parametrize(
    "fact",
    [
        collateral_sold(quantity=0, proceeds=0, principal=0, debt_shares=1),
        shortfall_recognized(principal=0, debt_shares=1),
    ],
    ids=lambda fact: fact.type,
)
def test_a_bilateral_loan_in_default_has_no_debt_shares(fact: AnyEvent) -> None:
    a_default().refuses(fact, WrongState, "pool pool is bilateral: a loan has no debt shares, 1 were given")


# Law 4: a sale adds up.


SALE = collateral_sold(
    id=EventId("sale"),
    quantity=10,
    proceeds=100,
    costs=10,
    principal=70,
    interest=7,
    penalty=7,
    surplus=5,
    rounding=1,
)


@pytest.mark.parametrize(
    "sale",
    [
        replace(SALE, proceeds=99),
        replace(SALE, proceeds=101),
        replace(SALE, costs=9),
        replace(SALE, costs=11),
        replace(SALE, principal=69),
        replace(SALE, principal=71),
        replace(SALE, interest=6),
        replace(SALE, penalty=6),
        replace(SALE, surplus=4),
        replace(SALE, rounding=0),
    ],
)
def test_a_sale_whose_parts_are_one_unit_off_its_net_proceeds_is_refused(sale: AnyEvent) -> None:
    a_default(principal=600, interest=7).refuses(sale, SaleUnbalanced, "law 4, a sale adds up: proceeds ")


def test_a_sale_is_applied_part_by_part() -> None:
    story = a_default(principal=600, interest=7).then(SALE)

    assert story.balance("assets:pool:cash") == 490
    assert story.balance("assets:pool:defaulted:loan:principal") == 530
    assert story.balance("assets:pool:defaulted:loan:interest") == 0
    assert story.balance("equity:pool:reserve") == -7
    assert story.balance("liabilities:pool:surplus:loan") == -5
    assert story.balance("equity:pool:rounding") == -1
    assert story.balance("assets:pool:collateral:loan", "ETH") == 0


def test_the_costs_of_a_sale_are_no_more_than_its_proceeds() -> None:
    story = a_default()

    story.refuses(
        collateral_sold(quantity=1, proceeds=1, costs=2, principal=0),
        SaleUnbalanced,
        "proceeds 1 less costs 2 is -1, but 0 is applied",
    )
    story.then(collateral_sold(quantity=1, proceeds=2, costs=2, principal=0))


def test_no_more_collateral_is_sold_than_is_held() -> None:
    story = a_default()

    story.refuses(
        collateral_sold(quantity=11, proceeds=1, principal=1), SaleUnbalanced, "11 of ETH is sold, loan loan holds 10"
    )
    story.then(collateral_sold(quantity=4, proceeds=1, principal=1))
    story.refuses(
        collateral_sold(quantity=7, proceeds=1, principal=1), SaleUnbalanced, "7 of ETH is sold, loan loan holds 6"
    )
    story.then(collateral_sold(quantity=6, proceeds=1, principal=1))


def test_no_more_of_a_share_register_is_sold_than_the_borrower_holds() -> None:
    story = a_default().then(
        deposited(lender=BORROWER, assets=50, shares=50),
        collateral_posted(asset=POOL_SHARES, quantity=60),
        shares_transferred(sender=BORROWER, receiver=LENDER, shares=1),
    )

    story.refuses(
        collateral_sold(asset=POOL_SHARES, quantity=50, proceeds=40, principal=40),
        SaleUnbalanced,
        "50 of shares:pool:lenders is sold, the borrower holds 49",
    )
    story.then(collateral_sold(asset=POOL_SHARES, quantity=49, proceeds=40, principal=40))

    assert story.balance("assets:pool:collateral:loan", POOL_SHARES) == 11


def test_a_sale_brings_a_recovery_only_after_a_recognition() -> None:
    recovery = collateral_sold(quantity=1, proceeds=5, principal=0, recovery=5)
    story = a_default()

    story.refuses(recovery, SaleUnbalanced, "recovery 5 before a shortfall of case case was recognized")
    story.then(shortfall_recognized(principal=1), recovery)

    assert story.balance("liabilities:pool:recoveries:case") == -5


def test_a_sale_may_be_settled_in_shares_that_are_burnt() -> None:
    sale = collateral_sold(quantity=10, proceeds=100, principal=100, lender=LENDER, shares=100)

    story = a_default().then(sale)

    assert story.balance("assets:pool:cash") == 400
    assert story.balance("liabilities:pool:claims:lenders") == -900
    assert story.balance("register:pool:lenders:lender", POOL_SHARES) == 900


def test_a_sale_repays_no_more_than_is_in_default() -> None:
    story = a_default(principal=600)

    story.refuses(
        collateral_sold(quantity=1, proceeds=601, principal=601),
        WrongSide,
        "law 3, no account leaves its normal side: assets:pool:defaulted:loan:principal holds 600 of USD, 601 cannot",
    )
    story.then(collateral_sold(quantity=1, proceeds=601, principal=600, surplus=1))


def test_no_more_surplus_is_returned_than_there_is() -> None:
    story = a_default().then(collateral_sold(quantity=1, proceeds=605, principal=600, surplus=5))

    story.refuses(surplus_returned(amount=6), WrongSide, "liabilities:pool:surplus:loan holds 5 of USD, 6 cannot")
    story.then(surplus_returned(amount=5))

    assert story.balance("assets:pool:cash") == 1000


# Law 2: a cure takes all that is still in default.


@pytest.mark.parametrize(("principal", "interest"), [(499, 7), (501, 7), (500, 6), (500, 8), (0, 0)])
def test_a_cure_takes_no_part_of_what_is_in_default_and_no_more(principal: int, interest: int) -> None:
    story = a_default(principal=600, interest=7).then(repaid(case=CASE, principal=100))

    story.refuses(
        loan_cured(principal=principal, interest=interest), WrongState, "still in default: principal 500 and interest 7"
    )


def test_a_cured_loan_performs() -> None:
    story = a_default(principal=600, interest=7).then(loan_cured(principal=600, interest=7), loan_drawn(principal=1))

    assert story.balance("assets:pool:loans:loan:principal") == 601
    assert story.balance("assets:pool:loans:loan:interest") == 7
    assert story.books.cases[CASE].status == "cured"


# Law 5: no more is recognized than is in default.


@pytest.mark.parametrize(("principal", "interest"), [(601, 7), (600, 8), (0, 8), (601, 0), (607, 0)])
def test_no_more_is_recognized_than_is_in_default(principal: int, interest: int) -> None:
    story = a_default(principal=600, interest=7)

    story.refuses(
        shortfall_recognized(principal=principal, interest=interest),
        ShortfallExceeded,
        f"principal 600 and interest 7 are in default under case case, {principal} and {interest} cannot be recognized",
    )


def test_a_shortfall_is_recognized_in_parts() -> None:
    story = a_default(principal=600, interest=7).then(shortfall_recognized(principal=599, interest=7))

    story.refuses(shortfall_recognized(principal=2), ShortfallExceeded, "principal 1 and interest 0 are in default")
    story.then(shortfall_recognized(principal=1))

    assert story.balance("assets:pool:deficit:case") == 607
    assert story.books.cases[CASE].recognized == 607


def test_what_is_added_in_default_is_recognized_too_and_what_is_repaid_is_not() -> None:
    story = a_default(principal=600).then(loan_drawn(case=CASE, principal=10), repaid(case=CASE, principal=30))

    story.refuses(shortfall_recognized(principal=581), ShortfallExceeded, "principal 580 and interest 0")
    story.then(shortfall_recognized(principal=580))


# Law 8: a case closes settled.


@pytest.mark.parametrize(("principal", "interest"), [(599, 7), (600, 6)])
def test_a_case_with_one_unit_in_default_is_not_closed(principal: int, interest: int) -> None:
    story = a_default(principal=600, interest=7).then(repaid(case=CASE, principal=principal, interest=interest))

    story.refuses(
        case_closed(),
        CaseUnsettled,
        f"law 8, a case closes settled: case case has principal {600 - principal} and interest {7 - interest} in",
    )
    story.then(repaid(case=CASE, principal=600 - principal, interest=7 - interest), case_closed())


def test_a_case_with_one_unit_of_deficit_is_not_closed() -> None:
    story = a_deficit(principal=600).then(deficit_recapitalized(amount=599))

    story.refuses(case_closed(), CaseUnsettled, "in default and a deficit of 1")
    story.then(deficit_recapitalized(amount=1), case_closed())


def test_the_deficit_of_a_cured_case_is_settled_before_it_closes() -> None:
    story = a_default(principal=600).then(shortfall_recognized(principal=100), loan_cured(principal=500, interest=0))

    story.refuses(case_closed(), CaseUnsettled, "has principal 0 and interest 0 in default and a deficit of 100")
    story.then(bad_debt_socialized(amount=100), case_closed())

    assert story.balance("assets:pool:loans:loan:principal") == 500


def test_a_cured_case_closes_whatever_the_loan_owes_under_a_later_case() -> None:
    story = a_default(principal=600).then(
        loan_cured(principal=600, interest=0), loan_defaulted(case=OTHER_CASE, principal=600, interest=0)
    )

    story.then(case_closed())
    story.refuses(case_closed(case=OTHER_CASE), CaseUnsettled, "case other-case has principal 600")

    assert story.books.loans[PoolId("pool")][LoanId("loan")].case == OTHER_CASE


@pytest.fixture
def closed() -> Story:
    return a_default(principal=600).then(repaid(case=CASE, principal=600), case_closed())


@pytest.mark.parametrize(
    ("fact", "state"),
    [
        (case_closed(), "case case is closed"),
        (fund_drawn(amount=0), "case case is closed"),
        (deficit_recapitalized(amount=0), "case case is closed"),
        (bad_debt_socialized(amount=0), "case case is closed"),
        (shortfall_recognized(principal=0), "is performing, not in default"),
        (collateral_sold(quantity=0, proceeds=0, principal=0), "is performing, not in default"),
        (loan_cured(principal=0, interest=0), "is performing, not in default"),
        (repaid(case=CASE, principal=0), "is performing, not in default"),
    ],
)
def test_a_closed_case_takes_none_of_its_events(closed: Story, fact: AnyEvent, state: str) -> None:
    closed.refuses(fact, WrongState, state)


def test_after_its_case_is_closed_a_loan_is_drawn_again_and_may_default_again(closed: Story) -> None:
    closed.then(loan_drawn(principal=5), loan_defaulted(case=OTHER_CASE, principal=5, interest=0))

    assert closed.balance("assets:pool:defaulted:loan:principal") == 5
