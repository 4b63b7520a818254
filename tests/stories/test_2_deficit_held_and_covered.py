"""A deficit that nobody bears at first: it ages until a treasury, a fund and a staker have covered it, each in part."""

from typing import Final

from ledger.errors import CaseUnsettled, RecoveryExceeded, ShortfallExceeded, WrongSide
from ledger.values import EventId, PartyId, Timestamp
from tests.stories.telling import holds_together, rows, steps, trial_balance
from tests.story import (
    ETH,
    HOLD,
    Story,
    asset_registered,
    case_closed,
    collateral_posted,
    collateral_sold,
    deficit_covered,
    deficit_recapitalized,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_opened,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    part,
    pool_opened,
    recovery_allocated,
    recovery_received,
    restitution_paid,
    shortfall_recognized,
    told,
)

DECEMBER: Final = Timestamp("2022-12-01T00:00:00Z")
NEW_YEAR: Final = Timestamp("2023-01-01T00:00:00Z")
FEBRUARY: Final = Timestamp("2023-02-10T00:00:00Z")
MARCH: Final = Timestamp("2023-03-10T00:00:00Z")
APRIL: Final = Timestamp("2023-04-10T00:00:00Z")
MAY: Final = Timestamp("2023-05-10T00:00:00Z")
STAKER, TREASURY = PartyId("staker"), PartyId("treasury")
THE_COVER: Final = EventId("the-cover")


def held() -> Story:
    """A loan of 550 leaves 250 when its collateral is sold. It is recognized, and no layer is there to bear it."""
    return told(
        asset_registered(at=DECEMBER),
        asset_registered(at=DECEMBER, asset=ETH, decimals=18),
        fund_opened(at=DECEMBER),
        fund_contributed(at=DECEMBER, amount=80),
        pool_opened(at=DECEMBER, waterfall=(HOLD,)),
        deposited(at=DECEMBER, assets=600, shares=600),
        deposited(at=DECEMBER, lender=STAKER, assets=400, shares=400),
        loan_originated(at=DECEMBER, principal=500),
        collateral_posted(at=DECEMBER, quantity=10),
        interest_accrued(at=NEW_YEAR, interest=50),
        loan_defaulted(at=NEW_YEAR, principal=500, interest=50),
        collateral_sold(at=NEW_YEAR, quantity=10, proceeds=300, interest=50, principal=250),
        shortfall_recognized(at=NEW_YEAR, principal=250),
    )


def covered() -> Story:
    """The treasury pays 100 in February, the fund 45 in March; in April the staker's claims are burnt for the rest."""
    return held().then(
        deficit_recapitalized(at=FEBRUARY, investor=TREASURY, amount=100),
        fund_drawn(at=MARCH, amount=45),
        deficit_covered(at=APRIL, id=THE_COVER, lender=STAKER, amount=105, shares=100),
        case_closed(at=APRIL),
    )


def given_back() -> Story:
    """Of 130 that the borrower pays after all, the staker, who bore last, gets its 105, and the fund the next 25."""
    return covered().then(
        recovery_received(at=MAY, amount=130),
        recovery_allocated(at=MAY, parts=(part("bearers", 105, basis=THE_COVER), part("fund", 25, name="fund"))),
        restitution_paid(at=MAY, holder=STAKER, amount=105),
    )


FUND_BEFORE: Final = {"assets:fund:cash": 80, "equity:fund:fund": -80}
FUND_AFTER: Final = {"assets:fund:cash": 35, "equity:fund:fund": -35}
REGISTER: Final = {
    "register:pool:lenders:lender": 600,
    "register:pool:lenders:staker": 400,
    "register:pool:lenders": -1000,
}
REGISTER_AFTER_THE_COVER: Final = {
    "register:pool:lenders:lender": 600,
    "register:pool:lenders:staker": 300,
    "register:pool:lenders": -900,
}


def test_a_deficit_that_is_held_is_an_asset_and_costs_the_lenders_nothing() -> None:
    story = held()
    assert trial_balance(story) == {
        "USD": {
            **FUND_BEFORE,
            "assets:pool:cash": 800,  # 1000 - 500 + 300
            "assets:pool:deficit:case": 250,  # 550 - 300
            "liabilities:pool:claims:lenders": -1050,  # 1000 + 50
        },
        "shares:pool:lenders": REGISTER,
    }
    assert rows(story, "lenders") == {
        "pool lenders lender": {"shares": 600, "balance": 630, "deposited": 600, "earned": 30},  # 600 * 1.05
        "pool lenders staker": {"shares": 400, "balance": 420, "deposited": 400, "earned": 20},
    }
    assert rows(story, "pools") == {
        "pool": {
            "cash": 800,
            "deficit": 250,
            "claims": {"lenders": 1050},
            "share_price": {"lenders": 1_050_000_000_000_000_000},
        }
    }


def test_a_case_with_an_open_deficit_is_not_closed() -> None:
    held().refuses(case_closed(at=NEW_YEAR), CaseUnsettled, "a deficit of 250")


def test_by_the_end_of_january_all_of_it_is_open() -> None:
    as_of = "2023-01-31T23:59:59Z"
    assert rows(covered(), "deficits", as_of) == {
        "pool loan case": {
            "exposure": 550,
            "proceeds": 300,
            "recognized": 250,
            "open": 250,
            "opened_at": "2023-01-01T00:00:00Z",
            "age_days": 30,
        }
    }
    assert trial_balance(covered(), as_of) == trial_balance(held())


def test_by_the_end_of_february_the_treasury_has_paid_100() -> None:
    as_of = "2023-02-28T23:59:59Z"
    assert rows(covered(), "deficits", as_of) == {
        "pool loan case": {
            "exposure": 550,
            "proceeds": 300,
            "recognized": 250,
            "recapitalized": 100,
            "open": 150,
            "opened_at": "2023-01-01T00:00:00Z",
            "age_days": 58,
        }
    }
    assert trial_balance(covered(), as_of) == {
        "USD": {
            **FUND_BEFORE,
            "assets:pool:cash": 900,  # 800 + 100
            "assets:pool:deficit:case": 150,  # 250 - 100
            "liabilities:pool:claims:lenders": -1050,
        },
        "shares:pool:lenders": REGISTER,
    }


def test_by_the_end_of_march_the_fund_has_paid_45_though_no_layer_names_it() -> None:
    as_of = "2023-03-31T23:59:59Z"
    assert rows(covered(), "deficits", as_of) == {
        "pool loan case": {
            "exposure": 550,
            "proceeds": 300,
            "recognized": 250,
            "recapitalized": 100,
            "fund": 45,
            "open": 105,
            "opened_at": "2023-01-01T00:00:00Z",
            "age_days": 89,
        }
    }
    assert trial_balance(covered(), as_of) == {
        "USD": {
            **FUND_AFTER,
            "assets:pool:cash": 945,  # 900 + 45
            "assets:pool:deficit:case": 105,  # 150 - 45
            "liabilities:pool:claims:lenders": -1050,
        },
        "shares:pool:lenders": REGISTER,
    }
    assert rows(covered(), "funds", as_of) == {"fund": {"balance": 35, "contributed": 80, "drawn": 45}}


def test_the_staker_covers_the_rest_with_claims_and_no_cash_moves() -> None:
    story = covered()
    assert trial_balance(story) == {
        "USD": {
            **FUND_AFTER,
            "assets:pool:cash": 945,
            "liabilities:pool:claims:lenders": -945,  # 1050 - 105
        },
        "shares:pool:lenders": REGISTER_AFTER_THE_COVER,
    }
    assert rows(story, "lenders") == {
        "pool lenders lender": {"shares": 600, "balance": 630, "deposited": 600, "earned": 30},
        # 100 of its shares at 1.05 were burnt
        "pool lenders staker": {"shares": 300, "balance": 315, "deposited": 400, "earned": 20, "covered": 105},
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 550,
            "proceeds": 300,
            "recognized": 250,
            "recapitalized": 100,
            "fund": 45,
            "covered": 105,
            "opened_at": "2023-01-01T00:00:00Z",
            "age_days": None,
        }
    }
    assert rows(story, "loans") == {"pool loan": {"borrower": "borrower", "status": "closed", "collateral": {"ETH": 0}}}


def test_nobody_covers_more_than_is_open() -> None:
    story = held()
    story.refuses(deficit_recapitalized(amount=251), ShortfallExceeded, "has an open deficit of 250")
    story.refuses(deficit_covered(lender=STAKER, amount=251, shares=240), ShortfallExceeded, "an open deficit of 250")


def test_a_staker_covers_with_no_more_shares_than_it_has() -> None:
    held().refuses(deficit_covered(lender=STAKER, amount=250, shares=401), WrongSide, "holds 400")


def test_what_comes_back_goes_to_the_last_who_bore_first() -> None:
    story = given_back()
    assert trial_balance(story) == {
        "USD": {
            "assets:fund:cash": 60,  # 35 + 25
            "equity:fund:fund": -60,
            "assets:pool:cash": 945,  # 945 + 130 - 25 - 105
            "liabilities:pool:claims:lenders": -945,
        },
        "shares:pool:lenders": REGISTER_AFTER_THE_COVER,
    }
    assert rows(story, "lenders") == {
        "pool lenders lender": {"shares": 600, "balance": 630, "deposited": 600, "earned": 30},
        "pool lenders staker": {
            "shares": 300,
            "balance": 315,
            "deposited": 400,
            "earned": 20,
            "covered": 105,
            "restitution": 105,
        },
    }
    assert rows(story, "funds") == {"fund": {"balance": 60, "contributed": 80, "drawn": 45, "reimbursed": 25}}
    assert rows(story, "deficits")["pool loan case"]["restored"] == 130


def test_a_coverer_gets_back_no_more_than_it_bore() -> None:
    given_back().refuses(restitution_paid(holder=STAKER, amount=1), RecoveryExceeded, "staker is due 0")


def test_the_case_tells_what_each_step_bore() -> None:
    assert steps(given_back()) == [
        ("loan-defaulted", "exposure", None, 0, 550),
        ("collateral-sold", "collateral", 300, 300, 250),
        ("shortfall-recognized", "shortfall", None, 0, 250),
        ("deficit-recapitalized", "investor treasury", 100, 100, 150),
        ("fund-drawn", "fund fund", 80, 45, 105),
        ("deficit-covered", "lender staker", 105, 105, 0),
        ("case-closed", "closed", None, 0, 0),
        ("recovery-received", "recovery", 130, 0, 0),
        ("recovery-allocated", "recoveries", 130, 0, 0),
        ("restitution-paid", "restitution staker", 105, 0, 0),
    ]


def test_the_story_holds_together_at_every_position() -> None:
    holds_together(given_back())
