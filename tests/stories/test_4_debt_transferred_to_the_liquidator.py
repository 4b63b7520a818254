"""A liquidator takes over a loan's debt and seizes its collateral; the rest falls on the lenders. All debt is kept in
one account, as shares of it, and prices are made with virtual amounts: 1 asset and 10^6 shares.
"""

from typing import Final

from ledger.errors import SaleUnbalanced, ShortfallExceeded, WrongSide, WrongState
from ledger.values import LoanId, PartyId, Timestamp
from tests.stories.telling import holds_together, rows, steps, trial_balance
from tests.story import (
    CASE,
    ETH,
    SOCIALIZE,
    Story,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_released,
    collateral_sold,
    debt_transferred,
    deposited,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    pool_opened,
    repaid,
    shortfall_recognized,
    told,
)

JANUARY: Final = Timestamp("2023-01-02T00:00:00Z")
JULY: Final = Timestamp("2023-07-01T00:00:00Z")
AUGUST: Final = Timestamp("2023-08-01T00:00:00Z")
CURATOR, LIQUIDATOR = PartyId("curator"), PartyId("liquidator")
ITS_LOAN: Final = LoanId("liquidator-loan")


def lent() -> Story:
    """1000 are deposited and 600 lent, each unit for 10^6 shares; the liquidator has a loan of nothing yet."""
    return told(
        asset_registered(at=JANUARY),
        asset_registered(at=JANUARY, asset=ETH, decimals=18),
        pool_opened(at=JANUARY, debt="pooled", virtual_assets=1, virtual_shares=10**6, waterfall=(SOCIALIZE,)),
        deposited(at=JANUARY, assets=1000, shares=1_000_000_000),
        loan_originated(at=JANUARY, principal=600, debt_shares=600_000_000),
        collateral_posted(at=JANUARY, quantity=10),
        loan_originated(at=JANUARY, loan=ITS_LOAN, borrower=LIQUIDATOR, principal=0),
    )


def accrued() -> Story:
    """All loans together earn 70, of which the curator takes 7 as shares: 7 * 1 001 000 000 / (1070 - 7 + 1)."""
    return lent().then(
        interest_accrued(at=JULY, loan=None, interest=70, fee_recipient=CURATOR, fee_shares=6_585_526),
    )


def taken_over() -> Story:
    """Of the 670 that are owed the liquidator takes over 400, for 400 * 601 000 000 / 671 shares of the debt."""
    return accrued().then(
        loan_defaulted(at=JULY, principal=600, interest=70),
        debt_transferred(at=JULY, receiver=ITS_LOAN, case=CASE, principal=330, interest=70, debt_shares=358_271_236),
    )


def seized() -> Story:
    """It seizes all the collateral, for no cash, and leaves it as the collateral of its own loan."""
    return taken_over().then(
        collateral_sold(at=JULY, quantity=10, proceeds=0, principal=0, buyer=LIQUIDATOR, mark_value=440),
        collateral_posted(at=JULY, loan=ITS_LOAN, quantity=10),
    )


def socialized() -> Story:
    """The other 270, with all debt shares that are left of the loan, are recognized and fall on the lenders."""
    return seized().then(
        shortfall_recognized(at=JULY, principal=270, debt_shares=241_728_764),
        bad_debt_socialized(at=JULY, amount=270, claims_before=1070, shares=1_006_585_526, holder_count=2),
        case_closed(at=JULY),
    )


def wound_up() -> Story:
    """The liquidator repays what it took over, and takes the collateral out."""
    return socialized().then(
        repaid(at=AUGUST, loan=ITS_LOAN, principal=330, interest=70, debt_shares=358_271_236),
        collateral_released(at=AUGUST, loan=ITS_LOAN, quantity=10),
    )


COLLATERAL: Final = {"assets:pool:collateral:loan": 10, "liabilities:pool:collateral:loan": -10}
COLLATERAL_SEIZED: Final = {
    "assets:pool:collateral:liquidator-loan": 10,
    "liabilities:pool:collateral:liquidator-loan": -10,
}
REGISTER: Final = {"register:pool:lenders:lender": 1_000_000_000, "register:pool:lenders": -1_000_000_000}
REGISTER_WITH_FEE: Final = {
    "register:pool:lenders:lender": 1_000_000_000,
    "register:pool:lenders:curator": 6_585_526,
    "register:pool:lenders": -1_006_585_526,
}


def test_a_loan_is_a_share_of_all_debt() -> None:
    story = lent()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 400,  # 1000 - 600
            "assets:pool:loans": 600,
            "liabilities:pool:claims:lenders": -1000,
        },
        "ETH": COLLATERAL,
        "debt:pool": {"register:pool:debt:loan": 600_000_000, "register:pool:debt": -600_000_000},
        "shares:pool:lenders": REGISTER,
    }
    assert rows(story, "loans") == {
        "pool liquidator-loan": {
            "borrower": "liquidator",
            "status": "undrawn",
            "principal": None,
            "interest": None,
            "collateral": {},
        },
        "pool loan": {
            "borrower": "borrower",
            "status": "performing",
            "principal": None,
            "interest": None,
            "debt": 600,
            "collateral": {"ETH": 10},
        },
    }


def test_interest_makes_every_share_dearer_and_the_fee_is_new_shares() -> None:
    story = accrued()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 400,
            "assets:pool:loans": 670,  # 600 + 70
            "liabilities:pool:claims:lenders": -1070,
        },
        "ETH": COLLATERAL,
        "debt:pool": {"register:pool:debt:loan": 600_000_000, "register:pool:debt": -600_000_000},
        "shares:pool:lenders": REGISTER_WITH_FEE,
    }
    assert rows(story, "lenders") == {
        # 6 585 526 * 1071 / 1 007 585 526 = 6.999…
        "pool lenders curator": {"shares": 6_585_526, "balance": 6, "earned": 6},
        # 1 000 000 000 * 1071 / 1 007 585 526 = 1062.9…
        "pool lenders lender": {"shares": 1_000_000_000, "balance": 1062, "deposited": 1000, "earned": 62},
    }
    # 600 000 000 * 671 / 601 000 000 = 669.8…, rounded up
    assert rows(story, "loans")["pool loan"]["debt"] == 670


def test_a_default_in_a_pooled_pool_posts_nothing_and_a_transfer_moves_debt_shares() -> None:
    story = taken_over()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 400,
            "assets:pool:loans": 670,
            "liabilities:pool:claims:lenders": -1070,
        },
        "ETH": COLLATERAL,
        "debt:pool": {
            "register:pool:debt:liquidator-loan": 358_271_236,
            "register:pool:debt:loan": 241_728_764,  # 600 000 000 - 358 271 236
            "register:pool:debt": -600_000_000,
        },
        "shares:pool:lenders": REGISTER_WITH_FEE,
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 670,
            "transferred": 400,
            "in_default": 270,
            "opened_at": "2023-07-01T00:00:00Z",
            "age_days": 0,
        }
    }
    assert rows(story, "loans") == {
        "pool liquidator-loan": {
            "borrower": "liquidator",
            "status": "performing",
            "principal": None,
            "interest": None,
            "debt": 400,  # 358 271 236 * 671 / 601 000 000 = 399.9…
            "collateral": {},
        },
        "pool loan": {
            "borrower": "borrower",
            "status": "in-default",
            "principal": None,
            "interest": None,
            "debt": 270,  # 241 728 764 * 671 / 601 000 000 = 269.8…
            "collateral": {"ETH": 10},
        },
    }


def test_no_more_debt_is_taken_over_than_is_in_default() -> None:
    story = taken_over()
    too_much = debt_transferred(receiver=ITS_LOAN, case=CASE, principal=271)
    too_many = debt_transferred(receiver=ITS_LOAN, case=CASE, principal=270, debt_shares=241_728_765)
    story.refuses(too_much, WrongSide, "case case has 270 in default, 271 cannot be taken off it")
    story.refuses(too_many, WrongSide, "register:pool:debt:loan holds 241728764")
    story.refuses(debt_transferred(receiver=ITS_LOAN, principal=1), WrongState, "in default under case case")


def test_the_collateral_goes_with_the_debt_and_no_cash_moves() -> None:
    story = seized()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 400,
            "assets:pool:loans": 670,
            "liabilities:pool:claims:lenders": -1070,
        },
        "ETH": COLLATERAL_SEIZED,
        "debt:pool": {
            "register:pool:debt:liquidator-loan": 358_271_236,
            "register:pool:debt:loan": 241_728_764,
            "register:pool:debt": -600_000_000,
        },
        "shares:pool:lenders": REGISTER_WITH_FEE,
    }
    story.refuses(
        collateral_sold(quantity=1, proceeds=0, principal=0), SaleUnbalanced, "1 of ETH is sold, loan loan holds 0"
    )


def test_no_more_is_recognized_than_the_liquidator_left() -> None:
    seized().refuses(
        shortfall_recognized(principal=271, debt_shares=241_728_764),
        ShortfallExceeded,
        "270 is in default under case case",
    )


def test_the_rest_falls_on_the_lenders_and_on_the_shares_of_the_fee() -> None:
    story = socialized()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 400,
            "assets:pool:loans": 400,  # 670 - 270
            "liabilities:pool:claims:lenders": -800,  # 1070 - 270
        },
        "ETH": COLLATERAL_SEIZED,
        "debt:pool": {"register:pool:debt:liquidator-loan": 358_271_236, "register:pool:debt": -358_271_236},
        "shares:pool:lenders": REGISTER_WITH_FEE,
    }
    assert rows(story, "lenders") == {
        # 6 585 526 * 801 / 1 007 585 526 = 5.2…
        "pool lenders curator": {"shares": 6_585_526, "balance": 5, "earned": 6, "losses": 1},
        # 1 000 000 000 * 801 / 1 007 585 526 = 794.9…; of the 270 one unit is the virtual shares' and rounding
        "pool lenders lender": {
            "shares": 1_000_000_000,
            "balance": 794,
            "deposited": 1000,
            "earned": 62,
            "losses": 268,
        },
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 670,
            "transferred": 400,
            "recognized": 270,
            "socialized": 270,
            "opened_at": "2023-07-01T00:00:00Z",
            "age_days": None,
        }
    }
    assert rows(story, "pools") == {
        "pool": {
            "cash": 400,
            "loans": 400,
            "claims": {"lenders": 800},
            "share_price": {"lenders": 794_969_736_395},  # 10^18 * 801 / 1 007 585 526
        }
    }


def test_what_was_taken_over_is_repaid_like_any_loan() -> None:
    story = wound_up()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 800,  # 400 + 400
            "liabilities:pool:claims:lenders": -800,
        },
        "shares:pool:lenders": REGISTER_WITH_FEE,
    }
    assert rows(story, "loans") == {
        "pool liquidator-loan": {
            "borrower": "liquidator",
            "status": "repaid",
            "principal": None,
            "interest": None,
            "collateral": {"ETH": 0},
        },
        "pool loan": {
            "borrower": "borrower",
            "status": "closed",
            "principal": None,
            "interest": None,
            "collateral": {"ETH": 0},
        },
    }


def test_the_case_tells_whose_loan_took_the_debt_over() -> None:
    assert steps(wound_up()) == [
        ("loan-defaulted", "exposure", None, 0, 670),
        ("debt-transferred", "loan liquidator-loan", 400, 400, 270),
        ("collateral-sold", "collateral", 0, 0, 270),
        ("shortfall-recognized", "shortfall", None, 0, 270),
        ("bad-debt-socialized", "tranche lenders", 1070, 270, 0),
        ("case-closed", "closed", None, 0, 0),
    ]


def test_the_story_holds_together_at_every_position() -> None:
    holds_together(wound_up())
