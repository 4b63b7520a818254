"""The laws of income and reserve: what comes in for whom, what may be taken out, and when it stands below zero."""

import pytest

from ledger.errors import UnbalancedEntry, UnknownName, WrongSide
from ledger.events import AnyEvent
from ledger.values import AMOUNT_MAX, LENDERS, Commodity, PartyId, PoolId, TrancheId
from ledger.waterfall import Layer, ReserveLayer
from tests.story import (
    HOLD,
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    OTHER_LOAN,
    SOCIALIZE,
    USD,
    Story,
    a_deficit,
    a_loan,
    a_pool,
    collateral_sold,
    deposited,
    income_received,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    reserve_contributed,
    reserve_drawn,
    reserve_withdrawn,
    shares_transferred,
    shortfall_recognized,
    withdrawn,
)

MONEY = Commodity(USD)
NOWHERE = PoolId("nowhere")
NO_TRANCHE = TrancheId("no-tranche")
POOL_SHARES = Commodity("shares:pool:lenders")
JUNIOR_SHARES = Commodity("shares:pool:junior")
RESERVE = TrancheId("reserve")
"""The other taker of income beside the tranches."""
BELOW_ZERO = ReserveLayer(layer="reserve", negative=True)


def a_reserve(*waterfall: Layer, reserve: int = 50) -> Story:
    """A pool of 1000 with a reserve."""
    return a_pool(*waterfall).then(reserve_contributed(amount=reserve))


def an_overdrawn_reserve(*, below_zero: int = 100) -> Story:
    """A pool whose waterfall let its reserve go below zero, by so much, for a deficit of 600."""
    return a_deficit(BELOW_ZERO, principal=600).then(reserve_drawn(amount=below_zero))


# Income.


def test_income_to_the_reserve_adds_cash_and_reserve() -> None:
    story = a_pool().then(income_received(amount=10, to=RESERVE, source="origination fees"))

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 1010),
        ("equity:pool:reserve", -10),
        ("liabilities:pool:claims:lenders", -1000),
    ]


@pytest.mark.parametrize(("to", "lenders", "junior"), [(LENDERS, 1010, 20), (JUNIOR, 1000, 30)])
def test_income_to_a_tranche_adds_cash_and_claims_and_issues_no_shares(
    to: TrancheId, lenders: int, junior: int
) -> None:
    story = a_pool(tranches=(JUNIOR,)).then(deposited(tranche=JUNIOR, assets=20, shares=20))

    story.then(income_received(amount=10, to=to))

    assert dict(story.books.sums.commodities()) == {
        MONEY: [
            ("assets:pool:cash", 1030),
            ("liabilities:pool:claims:junior", -junior),
            ("liabilities:pool:claims:lenders", -lenders),
        ],
        JUNIOR_SHARES: [("register:pool:junior", -20), ("register:pool:junior:lender", 20)],
        POOL_SHARES: [("register:pool:lenders", -1000), ("register:pool:lenders:lender", 1000)],
    }


def test_income_also_goes_to_a_tranche_without_shares() -> None:
    story = a_pool(tranches=(JUNIOR,)).then(income_received(amount=10, to=JUNIOR))

    assert story.balance("liabilities:pool:claims:junior") == -10


# What the reserve is given.


def test_a_contribution_in_cash_adds_cash_and_reserve() -> None:
    story = a_pool().then(reserve_contributed(amount=50))

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 1050),
        ("equity:pool:reserve", -50),
        ("liabilities:pool:claims:lenders", -1000),
    ]


def test_a_contribution_in_shares_burns_them_and_moves_no_cash() -> None:
    story = a_pool().then(reserve_contributed(amount=50, lender=LENDER, shares=40))

    assert dict(story.books.sums.commodities()) == {
        MONEY: [
            ("assets:pool:cash", 1000),
            ("equity:pool:reserve", -50),
            ("liabilities:pool:claims:lenders", -950),
        ],
        POOL_SHARES: [("register:pool:lenders", -960), ("register:pool:lenders:lender", 960)],
    }


def test_a_contribution_burns_no_more_shares_than_the_lender_holds() -> None:
    story = a_pool(assets=1000).then(shares_transferred(shares=10))

    story.refuses(
        reserve_contributed(amount=1, lender=OTHER_LENDER, shares=11),
        WrongSide,
        "register:pool:lenders:other-lender holds 10 of shares:pool:lenders, 11 cannot be taken from it",
    )
    story.then(reserve_contributed(amount=1, lender=OTHER_LENDER, shares=10))


def test_a_contribution_in_shares_takes_no_more_than_the_claims_of_their_tranche() -> None:
    story = a_pool(tranches=(JUNIOR,)).then(deposited(tranche=JUNIOR, assets=20, shares=20))

    story.refuses(
        reserve_contributed(amount=21, lender=LENDER, shares=19, tranche=JUNIOR),
        WrongSide,
        "liabilities:pool:claims:junior holds 20 of USD, 21 cannot be taken from it",
    )
    story.then(reserve_contributed(amount=20, lender=LENDER, shares=19, tranche=JUNIOR))

    assert story.balance("liabilities:pool:claims:junior") == 0
    assert story.balance("liabilities:pool:claims:lenders") == -1000
    assert story.balance("register:pool:junior", JUNIOR_SHARES) == -1


# What the reserve pays out.


def test_a_withdrawal_in_cash_takes_cash_and_reserve() -> None:
    story = a_reserve(reserve=50).then(reserve_withdrawn(amount=20, recipient=PartyId("treasury")))

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 1030),
        ("equity:pool:reserve", -30),
        ("liabilities:pool:claims:lenders", -1000),
    ]


def test_a_withdrawal_in_shares_issues_them_and_moves_no_cash() -> None:
    story = a_reserve(reserve=50).then(reserve_withdrawn(amount=20, lender=OTHER_LENDER, shares=15))

    assert dict(story.books.sums.commodities()) == {
        MONEY: [
            ("assets:pool:cash", 1050),
            ("equity:pool:reserve", -30),
            ("liabilities:pool:claims:lenders", -1020),
        ],
        POOL_SHARES: [
            ("register:pool:lenders", -1015),
            ("register:pool:lenders:lender", 1000),
            ("register:pool:lenders:other-lender", 15),
        ],
    }


def test_a_withdrawal_may_issue_the_shares_of_any_tranche() -> None:
    story = a_pool(tranches=(JUNIOR,)).then(
        reserve_contributed(amount=50), reserve_withdrawn(amount=20, lender=OTHER_LENDER, shares=15, tranche=JUNIOR)
    )

    assert story.balance("liabilities:pool:claims:junior") == -20
    assert story.balance("liabilities:pool:claims:lenders") == -1000
    assert story.balance("register:pool:junior:other-lender", JUNIOR_SHARES) == 15


@pytest.mark.parametrize(
    ("too_much", "all_of_it"),
    [
        (reserve_withdrawn(amount=51), reserve_withdrawn(amount=50)),
        (
            reserve_withdrawn(amount=51, lender=LENDER, shares=51),
            reserve_withdrawn(amount=50, lender=LENDER, shares=51),
        ),
    ],
    ids=["cash", "shares"],
)
def test_no_more_is_withdrawn_than_the_reserve_holds(too_much: AnyEvent, all_of_it: AnyEvent) -> None:
    story = a_reserve(reserve=50)

    story.refuses(
        too_much,
        WrongSide,
        "law 3, no account leaves its normal side: the reserve of pool pool is 50, 51 cannot be taken from it",
    )
    story.then(all_of_it)

    assert story.balance("equity:pool:reserve") == 0


def test_a_reserve_that_is_lent_out_is_not_paid_in_cash_but_it_is_in_shares() -> None:
    story = a_loan(principal=600).then(interest_accrued(interest=10, reserve=10), withdrawn(assets=391, shares=391))

    story.refuses(reserve_withdrawn(amount=10), WrongSide, "assets:pool:cash holds 9 of USD, 10 cannot be taken")
    story.then(reserve_withdrawn(amount=9), reserve_withdrawn(amount=1, lender=LENDER, shares=1))

    assert story.balance("assets:pool:cash") == 0
    assert story.balance("equity:pool:reserve") == 0


def test_what_the_reserve_earned_is_withdrawn_from_wherever_it_came() -> None:
    story = a_loan(principal=600).then(
        interest_accrued(interest=10, reserve=4),
        income_received(amount=3, to=RESERVE),
        reserve_contributed(amount=2),
        loan_defaulted(principal=600, interest=10),
        collateral_sold(quantity=1, proceeds=1, principal=0, penalty=1),
    )

    story.refuses(reserve_withdrawn(amount=11), WrongSide, "the reserve of pool pool is 10, 11 cannot be taken")
    story.then(reserve_withdrawn(amount=10))


def test_shares_are_issued_only_once_claims_that_stand_in_debit_are_made_good() -> None:
    story = a_pool(tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=5, shares=1),
        withdrawn(tranche=JUNIOR, assets=7, shares=1),
        reserve_contributed(amount=50),
    )

    story.refuses(
        reserve_withdrawn(amount=1, lender=LENDER, shares=3, tranche=JUNIOR),
        WrongSide,
        "claims of tranche junior are -2: 3 shares cannot be issued for 1",
    )
    story.then(reserve_withdrawn(amount=2, lender=LENDER, shares=3, tranche=JUNIOR))

    assert story.balance("liabilities:pool:claims:junior") == 0


# Below zero.


def test_the_reserve_goes_below_zero_for_a_deficit_where_the_waterfall_says_so() -> None:
    story = an_overdrawn_reserve(below_zero=100)

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 400),
        ("assets:pool:deficit:case", 500),
        ("equity:pool:reserve", 100),
        ("liabilities:pool:claims:lenders", -1000),
    ]


@pytest.mark.parametrize(
    "waterfall",
    [(), (HOLD,), (SOCIALIZE,), (HOLD, ReserveLayer(layer="reserve"))],
    ids=["none", "hold", "lenders", "0"],
)
def test_in_any_other_pool_a_deficit_takes_no_more_than_the_reserve_holds(waterfall: tuple[Layer, ...]) -> None:
    story = a_deficit(*waterfall, principal=600).then(reserve_contributed(amount=50))

    story.refuses(
        reserve_drawn(amount=51, override="the board resolved it"),
        WrongSide,
        "the reserve of pool pool is 50, 51 cannot be taken from it",
    )
    story.then(reserve_drawn(amount=50))

    assert story.balance("equity:pool:reserve") == 0


@pytest.mark.parametrize("reserve", [0, 50])
def test_where_a_deficit_may_overdraw_it_nobody_else_may(reserve: int) -> None:
    story = a_reserve(BELOW_ZERO, reserve=reserve)

    story.refuses(
        reserve_withdrawn(amount=reserve + 1),
        WrongSide,
        f"the reserve of pool pool is {reserve}, {reserve + 1} cannot be taken from it",
    )
    story.then(reserve_withdrawn(amount=reserve))


def test_from_a_reserve_below_zero_nothing_is_withdrawn() -> None:
    story = an_overdrawn_reserve(below_zero=100)

    story.refuses(reserve_withdrawn(amount=1), WrongSide, "the reserve of pool pool is -100, 1 cannot be taken from it")
    story.refuses(
        reserve_withdrawn(amount=1, lender=LENDER, shares=1), WrongSide, "the reserve of pool pool is -100, 1 cannot"
    )
    story.then(reserve_withdrawn(amount=0))


@pytest.mark.parametrize(
    "fact",
    [
        income_received(amount=40, to=RESERVE),
        reserve_contributed(amount=40),
        reserve_contributed(amount=40, lender=LENDER, shares=40),
        interest_accrued(loan=OTHER_LOAN, interest=40, reserve=40),
        collateral_sold(quantity=1, proceeds=40, principal=0, penalty=40),
    ],
    ids=["income", "cash", "shares", "interest", "penalty"],
)
def test_a_reserve_below_zero_is_made_good_by_what_comes_in(fact: AnyEvent) -> None:
    story = an_overdrawn_reserve(below_zero=100).then(loan_originated(loan=OTHER_LOAN, principal=0))

    story.then(fact, reserve_contributed(amount=60))
    story.refuses(reserve_withdrawn(amount=1), WrongSide, "the reserve of pool pool is 0, 1 cannot be taken from it")
    story.then(reserve_contributed(amount=1), reserve_withdrawn(amount=1))


# Law 2: what is named exists.


@pytest.mark.parametrize(
    ("fact", "unknown"),
    [
        (income_received(pool=NOWHERE, amount=0, to=RESERVE), "no pool nowhere was opened"),
        (income_received(pool=NOWHERE, amount=0, to=LENDERS), "no pool nowhere was opened"),
        (income_received(amount=0, to=NO_TRANCHE), "pool pool has no tranche no-tranche"),
        (income_received(amount=0, to=TrancheId("Reserve")), "pool pool has no tranche Reserve"),
        (reserve_contributed(pool=NOWHERE, amount=0), "no pool nowhere was opened"),
        (reserve_contributed(amount=0, tranche=NO_TRANCHE), "pool pool has no tranche no-tranche"),
        (reserve_contributed(amount=0, lender=LENDER, tranche=NO_TRANCHE), "pool pool has no tranche no-tranche"),
        (reserve_withdrawn(pool=NOWHERE, amount=0), "no pool nowhere was opened"),
        (reserve_withdrawn(amount=0, tranche=NO_TRANCHE), "pool pool has no tranche no-tranche"),
        (reserve_withdrawn(amount=0, lender=LENDER, tranche=NO_TRANCHE), "pool pool has no tranche no-tranche"),
    ],
)
def test_a_pool_or_tranche_that_nobody_opened_is_refused(fact: AnyEvent, unknown: str) -> None:
    a_reserve().refuses(fact, UnknownName, f"law 2, what is named exists: {unknown}")


# Law 1: shares are somebody's.


@pytest.mark.parametrize(
    ("nobodys", "somebodys"),
    [
        (reserve_contributed(amount=1, shares=1), reserve_contributed(amount=1, shares=1, lender=LENDER)),
        (reserve_withdrawn(amount=1, shares=1), reserve_withdrawn(amount=1, shares=1, lender=LENDER)),
    ],
    ids=["reserve-contributed", "reserve-withdrawn"],
)
def test_shares_name_the_lender_whose_they_are(nobodys: AnyEvent, somebodys: AnyEvent) -> None:
    story = a_reserve()

    story.refuses(nobodys, UnbalancedEntry, "law 1, entries balance: 1 shares without the lender whose they are")
    story.then(somebodys)


# Law 11: nothing is a lawful amount, and so is the largest.


@pytest.mark.parametrize(
    "fact",
    [
        income_received(amount=0, to=RESERVE),
        income_received(amount=0, to=LENDERS),
        reserve_contributed(amount=0),
        reserve_contributed(amount=0, lender=LENDER, shares=5),
        reserve_contributed(amount=5, lender=OTHER_LENDER, shares=0),
        reserve_withdrawn(amount=0),
        reserve_withdrawn(amount=0, lender=OTHER_LENDER, shares=5),
        reserve_withdrawn(amount=5, lender=OTHER_LENDER, shares=0),
    ],
)
def test_zero_is_lawful_of_income_and_reserve(fact: AnyEvent) -> None:
    a_reserve(reserve=5).then(fact)


def test_the_largest_amount_comes_in_and_goes_out_to_the_unit() -> None:
    story = a_pool(assets=0).then(
        income_received(amount=AMOUNT_MAX, to=RESERVE),
        reserve_contributed(amount=AMOUNT_MAX),
        reserve_withdrawn(amount=AMOUNT_MAX),
        reserve_withdrawn(amount=AMOUNT_MAX),
    )

    assert list(story.books.sums.commodities()) == []


def test_what_a_reserve_below_zero_bore_is_as_large_as_the_deficit() -> None:
    story = a_pool(BELOW_ZERO, assets=AMOUNT_MAX).then(
        loan_originated(principal=AMOUNT_MAX),
        loan_defaulted(principal=AMOUNT_MAX, interest=0),
        shortfall_recognized(principal=AMOUNT_MAX),
        reserve_drawn(amount=AMOUNT_MAX),
    )

    assert story.balance("equity:pool:reserve") == AMOUNT_MAX
    assert story.balance("liabilities:pool:claims:lenders") == -AMOUNT_MAX
