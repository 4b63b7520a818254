"""An auction that fills in three parts: a keeper is paid, a penalty goes to the reserve, which then bears what is
missing down to its floor; new capital bears the rest.
"""

from typing import Final

from ledger.errors import CaseUnsettled, SaleUnbalanced, ShortfallExceeded, WaterfallOrder
from ledger.values import PartyId, Timestamp
from ledger.waterfall import ReserveLayer
from tests.stories.telling import holds_together, rows, steps, trial_balance
from tests.story import (
    ETH,
    HOLD,
    Story,
    asset_registered,
    case_closed,
    collateral_posted,
    collateral_sold,
    cost_advanced,
    deficit_recapitalized,
    deposited,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    pool_opened,
    reserve_contributed,
    reserve_drawn,
    shortfall_recognized,
    told,
)

JANUARY: Final = Timestamp("2023-01-02T00:00:00Z")
STARTED: Final = Timestamp("2023-03-01T12:00:00Z")
FIRST_FILL: Final = Timestamp("2023-03-01T13:00:00Z")
SECOND_FILL: Final = Timestamp("2023-03-01T14:30:00Z")
THIRD_FILL: Final = Timestamp("2023-03-02T08:00:00Z")
A_WEEK_LATER: Final = Timestamp("2023-03-08T12:00:00Z")
KEEPER, BIDDER, OTHER_BIDDER = PartyId("keeper"), PartyId("bidder"), PartyId("other-bidder")
ABOVE_40: Final = ReserveLayer(layer="reserve", floor=40)


def lent() -> Story:
    """2000 are deposited, 900 lent, which earn 60; half of that is reserve, which 70 more are contributed to."""
    return told(
        asset_registered(at=JANUARY),
        asset_registered(at=JANUARY, asset=ETH, decimals=18),
        pool_opened(at=JANUARY, waterfall=(ABOVE_40, HOLD)),
        deposited(at=JANUARY, assets=2000, shares=2000),
        reserve_contributed(at=JANUARY, amount=70),
        loan_originated(at=JANUARY, principal=900),
        collateral_posted(at=JANUARY, quantity=10),
        interest_accrued(at=STARTED, interest=60, reserve=30),
    )


def started() -> Story:
    """The loan defaults, and the keeper who starts the auction gets 25, which the loan owes from now on."""
    return lent().then(
        loan_defaulted(at=STARTED, principal=900, interest=60),
        cost_advanced(at=STARTED, amount=25, payee=KEEPER),
    )


def filled_once() -> Story:
    """4 of 10 go for 450: 10 are costs, 60 interest, 25 penalty, and 355 are left for the principal."""
    return started().then(
        collateral_sold(
            at=FIRST_FILL,
            quantity=4,
            proceeds=450,
            costs=10,
            interest=60,
            principal=355,
            penalty=25,
            buyer=BIDDER,
            auction="auction-7",
            started_at=STARTED,
        )
    )


def filled() -> Story:
    """The other two fills fetch less: 3 go for 300, the last 3 for 180."""
    return filled_once().then(
        collateral_sold(
            at=SECOND_FILL,
            quantity=3,
            proceeds=300,
            costs=10,
            principal=270,
            penalty=20,
            buyer=OTHER_BIDDER,
            auction="auction-7",
            started_at=STARTED,
        ),
        collateral_sold(
            at=THIRD_FILL,
            quantity=3,
            proceeds=180,
            costs=5,
            principal=175,
            buyer=BIDDER,
            auction="auction-7",
            started_at=STARTED,
        ),
    )


def recognized() -> Story:
    """What the auction left is recognized: 900 + 25 - 355 - 270 - 175."""
    return filled().then(shortfall_recognized(at=THIRD_FILL, principal=125))


def drawn() -> Story:
    """The reserve bears all that it has above its floor."""
    return recognized().then(reserve_drawn(at=THIRD_FILL, amount=105))


def recapitalized() -> Story:
    """An investor pays the last 20 and gets 2 new tokens for it; the case is closed."""
    return drawn().then(
        deficit_recapitalized(at=A_WEEK_LATER, amount=20, instrument="governance-token", quantity=2),
        case_closed(at=A_WEEK_LATER),
    )


REGISTER: Final = {"register:pool:lenders:lender": 2000, "register:pool:lenders": -2000}


def test_before_the_default_the_reserve_has_100() -> None:
    assert trial_balance(lent()) == {
        "USD": {
            "assets:pool:cash": 1170,  # 2000 + 70 - 900
            "assets:pool:loans:loan:principal": 900,
            "assets:pool:loans:loan:interest": 60,
            "liabilities:pool:claims:lenders": -2030,  # 2000 + 60 - 30
            "equity:pool:reserve": -100,  # 70 + 30
        },
        "ETH": {"assets:pool:collateral:loan": 10, "liabilities:pool:collateral:loan": -10},
        "shares:pool:lenders": REGISTER,
    }


def test_what_the_keeper_is_paid_is_owed_by_the_loan() -> None:
    story = started()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 1145,  # 1170 - 25
            "assets:pool:defaulted:loan:principal": 925,  # 900 + 25
            "assets:pool:defaulted:loan:interest": 60,
            "liabilities:pool:claims:lenders": -2030,
            "equity:pool:reserve": -100,
        },
        "ETH": {"assets:pool:collateral:loan": 10, "liabilities:pool:collateral:loan": -10},
        "shares:pool:lenders": REGISTER,
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 960,
            "added": 25,
            "in_default": 985,
            "opened_at": "2023-03-01T12:00:00Z",
            "age_days": 0,
        }
    }


def test_the_first_fill_pays_the_interest_and_a_penalty_to_the_reserve() -> None:
    story = filled_once()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 1585,  # 1145 + 450 - 10
            "assets:pool:defaulted:loan:principal": 570,  # 925 - 355
            "liabilities:pool:claims:lenders": -2030,
            "equity:pool:reserve": -125,  # 100 + 25
        },
        "ETH": {"assets:pool:collateral:loan": 6, "liabilities:pool:collateral:loan": -6},
        "shares:pool:lenders": REGISTER,
    }
    assert rows(story, "loans") == {
        "pool loan": {
            "borrower": "borrower",
            "status": "in-default",
            "principal": 570,
            "debt": 570,
            "collateral": {"ETH": 6},
        }
    }


def test_the_last_fill_leaves_125_and_no_collateral() -> None:
    story = filled()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 2050,  # 1585 + (300 - 10) + (180 - 5)
            "assets:pool:defaulted:loan:principal": 125,  # 570 - 270 - 175
            "liabilities:pool:claims:lenders": -2030,
            "equity:pool:reserve": -145,  # 125 + 20
        },
        "shares:pool:lenders": REGISTER,
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 960,
            "added": 25,
            "proceeds": 930,  # 450 + 300 + 180
            "costs": 25,  # 10 + 10 + 5
            "other": 45,  # the penalties, 25 + 20
            "in_default": 125,  # 960 + 25 - (930 - 25 - 45)
            "opened_at": "2023-03-01T12:00:00Z",
            "age_days": 0,
        }
    }


def test_an_auction_sells_no_more_than_is_left() -> None:
    filled_once().refuses(
        collateral_sold(at=SECOND_FILL, quantity=7, proceeds=0, principal=0), SaleUnbalanced, "loan loan holds 6"
    )


def test_the_reserve_bears_what_it_has_above_its_floor_and_no_more() -> None:
    recognized().refuses(
        reserve_drawn(at=THIRD_FILL, amount=106), WaterfallOrder, "layer reserve can still bear 105, not 106"
    )
    assert trial_balance(drawn()) == {
        "USD": {
            "assets:pool:cash": 2050,
            "assets:pool:deficit:case": 20,  # 125 - 105
            "liabilities:pool:claims:lenders": -2030,
            "equity:pool:reserve": -40,  # 145 - 105
        },
        "shares:pool:lenders": REGISTER,
    }


def test_the_case_stays_open_until_new_capital_bears_the_rest() -> None:
    story = drawn()
    story.refuses(case_closed(at=THIRD_FILL), CaseUnsettled, "a deficit of 20")
    story.refuses(deficit_recapitalized(at=A_WEEK_LATER, amount=21), ShortfallExceeded, "an open deficit of 20")


def test_new_capital_bears_the_rest_and_the_lenders_lost_nothing() -> None:
    story = recapitalized()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 2070,  # 2050 + 20
            "liabilities:pool:claims:lenders": -2030,
            "equity:pool:reserve": -40,
        },
        "shares:pool:lenders": REGISTER,
    }
    assert rows(story, "lenders") == {
        "pool lenders lender": {"shares": 2000, "balance": 2030, "deposited": 2000, "earned": 30}
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 960,
            "added": 25,
            "proceeds": 930,
            "costs": 25,
            "other": 45,
            "recognized": 125,
            "reserve": 105,
            "recapitalized": 20,
            "opened_at": "2023-03-01T12:00:00Z",
            "age_days": None,
        }
    }
    assert rows(story, "loans") == {"pool loan": {"borrower": "borrower", "status": "closed", "collateral": {"ETH": 0}}}
    assert rows(story, "pools") == {
        "pool": {
            "cash": 2070,
            "claims": {"lenders": 2030},
            "reserve": 40,
            "share_price": {"lenders": 1_015_000_000_000_000_000},
        }
    }


def test_the_case_tells_each_fill_less_its_costs_and_what_of_it_was_owed() -> None:
    assert steps(recapitalized()) == [
        ("loan-defaulted", "exposure", None, 0, 960),
        ("cost-advanced", "cost", None, 0, 985),
        ("collateral-sold", "collateral", 440, 415, 570),  # 450 - 10, of which 25 are penalty
        ("collateral-sold", "collateral", 290, 270, 300),
        ("collateral-sold", "collateral", 175, 175, 125),
        ("shortfall-recognized", "shortfall", None, 0, 125),
        ("reserve-drawn", "reserve", 105, 105, 20),
        ("deficit-recapitalized", "investor investor", 20, 20, 0),
        ("case-closed", "closed", None, 0, 0),
    ]


def test_the_story_holds_together_at_every_position() -> None:
    holds_together(recapitalized())
