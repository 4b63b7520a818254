"""Sales and guarantees pay what is in default in the order of the terms, then what was recognized; then surplus."""

from functools import partial
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from ledger.commands import CallGuarantee, ReturnSurplus, SellCollateral
from ledger.commands.debt import owed
from ledger.errors import CommandRefused, SaleUnbalanced, UnknownName, WrongSide, WrongState
from ledger.events import CollateralSold, GuaranteePaid
from ledger.values import CaseId, Commodity, EventId, LoanId, PartyId, Timestamp
from tests.commanded import AS_ASKED, follows, refused
from tests.story import (
    AT,
    CASE,
    ETH,
    GUARANTOR,
    HOLD,
    LENDER,
    LOAN,
    OTHER_LOAN,
    POOL,
    Story,
    a_default,
    a_deficit,
    allowance_changed,
    asset_registered,
    collateral_posted,
    collateral_sold,
    deposited,
    guarantee_paid,
    interest_accrued,
    interest_allocated,
    loan_cured,
    loan_defaulted,
    loan_originated,
    pool_opened,
    recovery_received,
    shortfall_recognized,
    surplus_returned,
    terms_changed,
    told,
)

sell: Final = partial(SellCollateral, at=AT, id=AS_ASKED, pool=POOL, case=CASE, asset=Commodity(ETH), quantity=1)
call: Final = partial(CallGuarantee, at=AT, id=AS_ASKED, pool=POOL, case=CASE, guarantor=GUARANTOR)
give_back: Final = partial(ReturnSurplus, at=AT, id=AS_ASKED, pool=POOL, loan=LOAN)

AMOUNTS: Final = st.integers(0, 5) | st.integers(0, 2**100)
PARTS: Final = ("principal", "interest", "recovery", "surplus")


def a_pooled_default(principal: int = 300, debt_shares: int = 300, others: int = 100, **charter: Any) -> Story:
    """A pooled loan in default beside another one, which has as many debt shares as it owes."""
    return told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(debt="pooled", **charter),
        deposited(assets=2**130, shares=2**130),
        loan_originated(principal=principal, debt_shares=debt_shares),
        loan_originated(loan=OTHER_LOAN, principal=others, debt_shares=others),
        collateral_posted(quantity=10),
        loan_defaulted(principal=principal, interest=0),
    )


def applied(fact: object) -> dict[str, int]:
    """What a sale or a guarantee was applied to."""
    assert isinstance(fact, CollateralSold | GuaranteePaid)
    return {name: getattr(fact, name) for name in PARTS if getattr(fact, name)}


def test_proceeds_pay_interest_before_principal_unless_the_terms_say_otherwise() -> None:
    sale = sell(proceeds=100, quantity=4)
    assert follows(a_default(principal=600, interest=20), sale) == (
        collateral_sold(quantity=4, proceeds=100, principal=80, interest=20),
    )


def test_proceeds_pay_principal_first_where_the_terms_say_so() -> None:
    story = a_default(principal=60, interest=20).then(terms_changed(proceeds_order=("principal", "interest")))
    (sale,) = follows(story, sell(proceeds=70))
    assert applied(sale) == {"principal": 60, "interest": 10}


def test_a_case_keeps_the_order_that_it_was_fixed_on() -> None:
    story = a_default(HOLD, principal=60, interest=20).then(
        shortfall_recognized(principal=0), terms_changed(proceeds_order=("principal", "interest"))
    )
    (sale,) = follows(story, sell(proceeds=70))
    assert applied(sale) == {"principal": 50, "interest": 20}


def test_costs_and_penalty_come_off_the_proceeds_first() -> None:
    story = a_default(principal=600, interest=20)
    assert follows(story, sell(proceeds=100, costs=7, penalty=3)) == (
        collateral_sold(quantity=1, proceeds=100, costs=7, penalty=3, principal=70, interest=20),
    )


def test_costs_and_penalty_above_the_proceeds_are_refused() -> None:
    refused(
        a_default(),
        sell(proceeds=9, costs=7, penalty=3),
        CommandRefused,
        "costs 7 and penalty 3 are more than proceeds 9",
    )


def test_what_is_above_the_debt_is_surplus_before_anything_was_recognized() -> None:
    (sale,) = follows(a_default(principal=60), sell(proceeds=100))
    assert applied(sale) == {"principal": 60, "surplus": 40}


def test_what_is_above_the_debt_recovers_what_was_recognized_and_no_more() -> None:
    story = a_default(HOLD, principal=60).then(shortfall_recognized(principal=50))
    (sale,) = follows(story, sell(proceeds=100))
    assert applied(sale) == {"principal": 10, "recovery": 50, "surplus": 40}


def test_what_came_in_before_is_not_recovered_again() -> None:
    story = a_deficit(HOLD, principal=60).then(
        recovery_received(amount=25, costs=5), guarantee_paid(principal=0, recovery=7)
    )
    (sale,) = follows(story, sell(proceeds=30))
    assert applied(sale) == {"recovery": 30}
    (last,) = follows(story, sell(id=EventId("another"), proceeds=30))
    assert applied(last) == {"recovery": 3, "surplus": 27}


def test_what_came_in_and_was_reversed_is_recovered_after_all() -> None:
    story = a_deficit(HOLD, principal=60).then(recovery_received(id=EventId("cash"), amount=25, costs=5))
    story.then(story.reversal("cash"))
    (sale,) = follows(story, sell(proceeds=100))
    assert applied(sale) == {"recovery": 60, "surplus": 40}


def test_a_sale_says_what_it_was_told() -> None:
    told_of_it: dict[str, Any] = {
        "buyer": PartyId("buyer"),
        "mark_value": 77,
        "source": "secondary",
        "auction": "a-1",
        "started_at": Timestamp("2022-11-01T00:00:00Z"),
    }
    assert follows(a_default(), sell(proceeds=5, **told_of_it)) == (
        collateral_sold(quantity=1, proceeds=5, principal=5, **told_of_it),
    )


def test_a_buyer_who_is_a_lender_pays_with_shares_rounded_up_at_the_exit_price() -> None:
    story = a_default(principal=600).then(
        interest_accrued(case=CASE, interest=500), allowance_changed(increase=200), terms_changed(exit_price="net")
    )
    assert follows(story, sell(proceeds=100, costs=1, lender=LENDER)) == (
        collateral_sold(
            quantity=1,
            proceeds=100,
            costs=1,
            principal=0,
            interest=99,
            lender=LENDER,
            shares=77,  # 99 * 1000 / (1500 - 200) = 76.2
        ),
    )


def test_an_indexed_loan_takes_its_interest_before_the_sale() -> None:
    story = told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(debt="indexed"),
        deposited(assets=1000, shares=1000),
        interest_accrued(loan=None, interest=0, index=1000),
        loan_originated(principal=300),
        collateral_posted(quantity=10),
        loan_defaulted(principal=300, interest=0),
        interest_accrued(loan=None, interest=31, index=1105),
    )
    assert follows(story, sell(proceeds=100)) == (
        interest_allocated(case=CASE, interest=32),
        collateral_sold(quantity=1, proceeds=100, principal=68, interest=32),
    )


def test_a_pooled_sale_burns_the_debt_shares_that_it_pays_rounded_down() -> None:
    story = a_pooled_default(principal=450, debt_shares=300, others=100)
    assert follows(story, sell(proceeds=100)) == (
        collateral_sold(quantity=1, proceeds=100, principal=100, debt_shares=72),  # 100 * 400 / 550 = 72.7
    )


def test_a_pooled_sale_that_pays_all_burns_every_debt_share() -> None:
    story = a_pooled_default()
    assert follows(story, sell(proceeds=310)) == (
        collateral_sold(quantity=1, proceeds=310, principal=300, surplus=10, debt_shares=300),
    )
    assert owed(story.books, POOL, OTHER_LOAN).total == 100


def test_a_pooled_sale_that_leaves_a_unit_in_default_leaves_it_debt_shares() -> None:
    story = told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(debt="pooled"),
        deposited(assets=2000, shares=2000),
        loan_originated(principal=10, debt_shares=10),
        loan_originated(loan=OTHER_LOAN, principal=993, debt_shares=1000),
        collateral_posted(quantity=10),
        loan_defaulted(principal=10, interest=0),
    )
    assert owed(story.books, POOL, LOAN).total == 10  # 10 * 1003 / 1010 = 9.93
    assert follows(story, sell(proceeds=9)) == (
        collateral_sold(quantity=1, proceeds=9, principal=9, debt_shares=9),  # 9 * 1010 / 1003 = 9.06
    )


def test_interest_on_a_pool_since_a_default_goes_on_as_debt_that_is_not_in_default() -> None:
    story = a_pooled_default().then(interest_accrued(loan=None, interest=40))
    (sale,) = follows(story, sell(proceeds=400))
    assert isinstance(sale, CollateralSold)
    assert (sale.principal, sale.surplus, sale.debt_shares) == (300, 100, 272)  # 300 * 400 / 440 = 272.7
    assert owed(story.books, POOL, LOAN).total == 31  # 28 * 140 / 128 = 30.6


def test_a_stated_default_above_the_debt_takes_nothing_from_other_borrowers() -> None:
    story = told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(debt="pooled"),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=300, debt_shares=300),
        loan_originated(loan=OTHER_LOAN, principal=100, debt_shares=100),
        collateral_posted(quantity=10),
        loan_defaulted(principal=350, interest=0),
    )
    (sale,) = follows(story, sell(proceeds=400))
    assert applied(sale) == {"principal": 300, "surplus": 100}
    assert owed(story.books, POOL, OTHER_LOAN).total == 100


def test_no_more_collateral_is_sold_than_is_held() -> None:
    refused(a_default(), sell(quantity=11, proceeds=1), SaleUnbalanced, "11 of ETH is sold, loan loan holds 10")


def test_nothing_is_sold_for_a_loan_that_performs_again() -> None:
    story = a_default().then(loan_cured(principal=600, interest=0))
    refused(story, sell(proceeds=1), WrongState, "loan loan of pool pool is performing")
    refused(story, sell(case=CaseId("nowhere"), proceeds=1), UnknownName, "pool pool has no case nowhere")


def test_a_guarantee_less_its_costs_is_applied_as_a_sale_is() -> None:
    story = a_default(HOLD, principal=60, interest=20).then(shortfall_recognized(principal=50))
    assert follows(story, call(amount=100, costs=5)) == (
        guarantee_paid(principal=10, interest=20, recovery=50, surplus=15, costs=5),
    )


def test_a_guarantee_on_a_pooled_loan_burns_its_debt_shares() -> None:
    assert follows(a_pooled_default(), call(amount=100)) == (guarantee_paid(principal=100, debt_shares=100),)


def test_costs_above_what_the_guarantor_pays_are_refused() -> None:
    refused(a_default(), call(amount=4, costs=5), CommandRefused, "costs 5 are more than the 4 that the guarantor pays")


def test_all_of_a_surplus_goes_back_unless_told_how_much() -> None:
    story = a_default(principal=60).then(collateral_sold(quantity=1, proceeds=100, principal=60, surplus=40))
    assert follows(story, give_back(id=EventId("part"), amount=15, payee=PartyId("estate"))) == (
        surplus_returned(amount=15, payee=PartyId("estate")),
    )
    assert follows(story, give_back()) == (surplus_returned(amount=25),)


def test_there_is_no_surplus_to_return_where_there_is_none() -> None:
    refused(a_default(), give_back(), CommandRefused, "loan loan of pool pool has no surplus to return")
    refused(a_default(), give_back(amount=1), WrongSide, "liabilities:pool:surplus:loan")
    refused(a_default(), give_back(loan=LoanId("nowhere")), UnknownName, "pool pool has no loan nowhere")


@given(principal=AMOUNTS, interest=AMOUNTS, recognized=AMOUNTS, sales=st.lists(AMOUNTS, max_size=4))
def test_every_sale_adds_up_and_pays_no_more_than_is_due(
    principal: int, interest: int, recognized: int, sales: list[int]
) -> None:
    recognized = min(recognized, principal)
    story = told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(waterfall=(HOLD,)),
        deposited(assets=2**110, shares=2**110),
        loan_originated(principal=principal),
        interest_accrued(interest=interest),
        collateral_posted(quantity=4),
        loan_defaulted(principal=principal, interest=interest),
        shortfall_recognized(principal=recognized),
    )
    parts = [applied(*follows(story, sell(id=EventId(f"sale-{n}"), proceeds=net))) for n, net in enumerate(sales)]
    totals = {name: sum(sale.get(name, 0) for sale in parts) for name in PARTS}
    came_in = sum(sales)
    assert [sum(sale.values()) for sale in parts] == sales
    assert totals["principal"] + totals["interest"] == min(came_in, principal - recognized + interest)
    assert totals["recovery"] == min(came_in - totals["principal"] - totals["interest"], recognized)
    assert story.books.cases[CASE].recovered == totals["recovery"]


@given(principal=st.integers(1, 2**100), shares=st.integers(1, 2**100), others=AMOUNTS, sales=st.lists(AMOUNTS))
def test_a_pooled_sale_never_makes_other_borrowers_owe_more(
    principal: int, shares: int, others: int, sales: list[int]
) -> None:
    story = a_pooled_default(principal, shares, others)
    before = owed(story.books, POOL, OTHER_LOAN)
    for number, net in enumerate(sales[:3]):
        follows(story, sell(id=EventId(f"sale-{number}"), proceeds=net))
        after = owed(story.books, POOL, OTHER_LOAN)
        assert after.total <= before.total or not owed(story.books, POOL, LOAN).debt_shares
        assert after.total <= before.total + 1
        assert after.debt_shares == before.debt_shares
