"""A fund covers up to 40 % of what it holds, the lenders bear the rest; what comes back later goes to those who bore
it, also to one who has sold since.
"""

from typing import Final

from ledger.errors import RecoveryExceeded, WaterfallOrder
from ledger.values import EventId, PartyId, Timestamp
from tests.stories.telling import holds_together, rows, steps, trial_balance
from tests.story import (
    ETH,
    SOCIALIZE,
    Story,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_sold,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    part,
    pool_opened,
    recovery_allocated,
    recovery_received,
    restitution_paid,
    shares_transferred,
    shortfall_recognized,
    told,
)

JANUARY: Final = Timestamp("2023-01-02T00:00:00Z")
MARCH: Final = Timestamp("2023-03-01T12:00:00Z")
APRIL: Final = Timestamp("2023-04-03T00:00:00Z")
MAY: Final = Timestamp("2023-05-05T00:00:00Z")
NEXT_YEAR: Final = Timestamp("2024-02-29T00:00:00Z")
FIRST, SECOND, THIRD, BUYER = PartyId("lender-1"), PartyId("lender-2"), PartyId("lender-3"), PartyId("lender-4")
FORTY_PERCENT: Final = fund_layer(share_wad=400_000_000_000_000_000)
THE_LOSS: Final = EventId("the-loss")


def lent() -> Story:
    """Three lenders bring 1000, the treasury brings the fund 500. 700 are lent, and earn 35, of which 5 are reserve."""
    return told(
        asset_registered(at=JANUARY),
        asset_registered(at=JANUARY, asset=ETH, decimals=18),
        fund_opened(at=JANUARY),
        pool_opened(at=JANUARY, waterfall=(FORTY_PERCENT, SOCIALIZE), recovery="bearers"),
        fund_contributed(at=JANUARY, amount=500, shares=500),
        deposited(at=JANUARY, lender=FIRST, assets=500, shares=500),
        deposited(at=JANUARY, lender=SECOND, assets=300, shares=300),
        deposited(at=JANUARY, lender=THIRD, assets=200, shares=200),
        loan_originated(at=JANUARY, principal=700),
        collateral_posted(at=JANUARY, quantity=10),
        interest_accrued(at=MARCH, interest=35, reserve=5),
    )


def sold_up() -> Story:
    """The loan defaults, and its collateral is sold in two lots."""
    return lent().then(
        loan_defaulted(at=MARCH, principal=700, interest=35),
        collateral_sold(at=APRIL, quantity=6, proceeds=320, costs=20, interest=35, principal=265),
        collateral_sold(at=APRIL, quantity=4, proceeds=190, costs=15, principal=175),
    )


def recognized() -> Story:
    """What the sales left, 700 - 265 - 175, is recognized, which fixes the fund's limit at 40 % of 500."""
    return sold_up().then(shortfall_recognized(at=APRIL, principal=260))


def drawn() -> Story:
    """The fund bears its 200."""
    return recognized().then(fund_drawn(at=APRIL, amount=200))


def borne() -> Story:
    """The lenders bear the 60 that are left, and the case is closed."""
    return drawn().then(
        bad_debt_socialized(at=APRIL, id=THE_LOSS, amount=60, claims_before=1030, shares=1000, holder_count=3),
        case_closed(at=APRIL),
    )


def shares_sold() -> Story:
    """The second lender sells all of its shares."""
    return borne().then(shares_transferred(at=MAY, sender=SECOND, receiver=BUYER, shares=300))


def allocated() -> Story:
    """Of 45 that arrive, 2 were spent; the 43 go back to those who bore the loss."""
    return shares_sold().then(
        recovery_received(at=NEXT_YEAR, amount=45, costs=2),
        recovery_allocated(at=NEXT_YEAR, parts=(part("bearers", 43, basis=THE_LOSS),)),
    )


def restored() -> Story:
    """All three are paid."""
    return allocated().then(
        restitution_paid(at=NEXT_YEAR, holder=FIRST, amount=21),
        restitution_paid(at=NEXT_YEAR, holder=SECOND, amount=13),
        restitution_paid(at=NEXT_YEAR, holder=THIRD, amount=9),
    )


def made_whole() -> Story:
    """Of 100 more, the bearers get the 17 that their loss still is, the fund the other 83."""
    return restored().then(
        recovery_received(at=NEXT_YEAR, amount=100),
        recovery_allocated(at=NEXT_YEAR, parts=(part("bearers", 17, basis=THE_LOSS), part("fund", 83, name="fund"))),
        restitution_paid(at=NEXT_YEAR, holder=FIRST, amount=9),
        restitution_paid(at=NEXT_YEAR, holder=SECOND, amount=5),
        restitution_paid(at=NEXT_YEAR, holder=THIRD, amount=3),
    )


REGISTER_OF_THE_FUND: Final = {"register:fund:treasury": 500, "register:fund": -500}
REGISTER: Final = {
    "register:pool:lenders:lender-1": 500,
    "register:pool:lenders:lender-2": 300,
    "register:pool:lenders:lender-3": 200,
    "register:pool:lenders": -1000,
}
REGISTER_AFTER_THE_SALE: Final = {
    "register:pool:lenders:lender-1": 500,
    "register:pool:lenders:lender-3": 200,
    "register:pool:lenders:lender-4": 300,
    "register:pool:lenders": -1000,
}


def test_before_the_default_interest_has_gone_to_the_lenders_and_the_reserve() -> None:
    story = lent()
    assert trial_balance(story) == {
        "USD": {
            "assets:fund:cash": 500,
            "equity:fund:fund": -500,
            "assets:pool:cash": 300,  # 1000 - 700
            "assets:pool:loans:loan:principal": 700,
            "assets:pool:loans:loan:interest": 35,
            "liabilities:pool:claims:lenders": -1030,  # 1000 + 35 - 5
            "equity:pool:reserve": -5,
        },
        "ETH": {"assets:pool:collateral:loan": 10, "liabilities:pool:collateral:loan": -10},
        "shares:fund": REGISTER_OF_THE_FUND,
        "shares:pool:lenders": REGISTER,
    }
    assert rows(story, "lenders") == {
        "pool lenders lender-1": {"shares": 500, "balance": 515, "deposited": 500, "earned": 15},  # 500 * 1.03
        "pool lenders lender-2": {"shares": 300, "balance": 309, "deposited": 300, "earned": 9},
        "pool lenders lender-3": {"shares": 200, "balance": 206, "deposited": 200, "earned": 6},
    }
    assert rows(story, "funds") == {"fund": {"balance": 500, "contributed": 500}}


def test_the_sales_pay_interest_first_and_leave_260_of_the_principal() -> None:
    story = sold_up()
    assert trial_balance(story) == {
        "USD": {
            "assets:fund:cash": 500,
            "equity:fund:fund": -500,
            "assets:pool:cash": 775,  # 300 + (320 - 20) + (190 - 15)
            "assets:pool:defaulted:loan:principal": 260,  # 700 - 265 - 175
            "liabilities:pool:claims:lenders": -1030,
            "equity:pool:reserve": -5,
        },
        "shares:fund": REGISTER_OF_THE_FUND,
        "shares:pool:lenders": REGISTER,
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 735,
            "proceeds": 510,
            "costs": 35,
            "in_default": 260,  # 735 - (510 - 35)
            "opened_at": "2023-03-01T12:00:00Z",
            "age_days": 32,  # 30 days to the end of March, two and a half in April less half a day
        }
    }
    assert rows(story, "loans") == {
        "pool loan": {
            "borrower": "borrower",
            "status": "in-default",
            "principal": 260,
            "debt": 260,
            "collateral": {"ETH": 0},
        }
    }


def test_the_fund_bears_no_more_than_40_percent_of_what_it_held_at_the_recognition() -> None:
    recognized().refuses(fund_drawn(at=APRIL, amount=201), WaterfallOrder, "layer fund fund can still bear 200")


def test_the_lenders_bear_nothing_before_the_fund_has_borne_its_part() -> None:
    recognized().refuses(bad_debt_socialized(at=APRIL, amount=60), WaterfallOrder, "layer fund fund comes first")


def test_the_fund_is_drawn_to_its_limit_though_it_holds_more() -> None:
    story = drawn()
    story.refuses(fund_drawn(at=APRIL, amount=1), WaterfallOrder, "layer fund fund can still bear 0")
    assert trial_balance(story) == {
        "USD": {
            "assets:fund:cash": 300,  # 500 - 200
            "equity:fund:fund": -300,
            "assets:pool:cash": 975,  # 775 + 200
            "assets:pool:deficit:case": 60,  # 260 - 200
            "liabilities:pool:claims:lenders": -1030,
            "equity:pool:reserve": -5,
        },
        "shares:fund": REGISTER_OF_THE_FUND,
        "shares:pool:lenders": REGISTER,
    }
    assert rows(story, "funds") == {"fund": {"balance": 300, "contributed": 500, "drawn": 200}}


def test_the_lenders_bear_what_is_left_by_their_shares() -> None:
    story = borne()
    assert trial_balance(story) == {
        "USD": {
            "assets:fund:cash": 300,
            "equity:fund:fund": -300,
            "assets:pool:cash": 975,
            "liabilities:pool:claims:lenders": -970,  # 1030 - 60
            "equity:pool:reserve": -5,
        },
        "shares:fund": REGISTER_OF_THE_FUND,
        "shares:pool:lenders": REGISTER,
    }
    assert rows(story, "lenders") == {
        "pool lenders lender-1": {"shares": 500, "balance": 485, "deposited": 500, "earned": 15, "losses": 30},
        "pool lenders lender-2": {"shares": 300, "balance": 291, "deposited": 300, "earned": 9, "losses": 18},
        "pool lenders lender-3": {"shares": 200, "balance": 194, "deposited": 200, "earned": 6, "losses": 12},
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 735,
            "proceeds": 510,
            "costs": 35,
            "recognized": 260,
            "fund": 200,
            "socialized": 60,
            "opened_at": "2023-03-01T12:00:00Z",
            "age_days": None,
        }
    }
    assert rows(story, "loans") == {"pool loan": {"borrower": "borrower", "status": "closed", "collateral": {"ETH": 0}}}
    assert rows(story, "pools") == {
        "pool": {
            "cash": 975,
            "claims": {"lenders": 970},
            "reserve": 5,
            "share_price": {"lenders": 970_000_000_000_000_000},
        }
    }


def test_the_shares_sold_take_their_value_along_and_leave_the_loss_behind() -> None:
    assert rows(shares_sold(), "lenders") == {
        "pool lenders lender-1": {"shares": 500, "balance": 485, "deposited": 500, "earned": 15, "losses": 30},
        "pool lenders lender-2": {"deposited": 300, "transferred": -291, "earned": 9, "losses": 18},
        "pool lenders lender-3": {"shares": 200, "balance": 194, "deposited": 200, "earned": 6, "losses": 12},
        "pool lenders lender-4": {"shares": 300, "balance": 291, "transferred": 291},
    }


def test_a_recovery_is_owed_to_those_who_bore_the_loss_exactly_by_what_they_held_then() -> None:
    story = allocated()
    assert trial_balance(story) == {
        "USD": {
            "assets:fund:cash": 300,
            "equity:fund:fund": -300,
            "assets:pool:cash": 1018,  # 975 + 45 - 2
            "liabilities:pool:claims:lenders": -970,
            "liabilities:pool:restitution:case": -43,
            "equity:pool:reserve": -5,
        },
        "shares:fund": REGISTER_OF_THE_FUND,
        "shares:pool:lenders": REGISTER_AFTER_THE_SALE,
    }
    # 21.5, 12.9 and 8.6: the two units that are left go to the remainders .9 and .6.
    story.refuses(restitution_paid(holder=FIRST, amount=22), RecoveryExceeded, "lender-1 is due 21")
    story.refuses(restitution_paid(holder=SECOND, amount=14), RecoveryExceeded, "lender-2 is due 13")
    story.refuses(restitution_paid(holder=THIRD, amount=10), RecoveryExceeded, "lender-3 is due 9")
    story.refuses(restitution_paid(holder=BUYER, amount=1), RecoveryExceeded, "lender-4 is due 0")


def test_restitution_reaches_the_lender_who_has_sold_and_not_the_one_who_bought() -> None:
    story = restored()
    assert trial_balance(story) == {
        "USD": {
            "assets:fund:cash": 300,
            "equity:fund:fund": -300,
            "assets:pool:cash": 975,  # 1018 - 21 - 13 - 9
            "liabilities:pool:claims:lenders": -970,
            "equity:pool:reserve": -5,
        },
        "shares:fund": REGISTER_OF_THE_FUND,
        "shares:pool:lenders": REGISTER_AFTER_THE_SALE,
    }
    assert rows(story, "lenders") == {
        "pool lenders lender-1": {
            "shares": 500,
            "balance": 485,
            "deposited": 500,
            "earned": 15,
            "losses": 30,
            "restitution": 21,
        },
        "pool lenders lender-2": {
            "deposited": 300,
            "transferred": -291,
            "earned": 9,
            "losses": 18,
            "restitution": 13,
        },
        "pool lenders lender-3": {
            "shares": 200,
            "balance": 194,
            "deposited": 200,
            "earned": 6,
            "losses": 12,
            "restitution": 9,
        },
        "pool lenders lender-4": {"shares": 300, "balance": 291, "transferred": 291},
    }


def test_the_bearers_get_back_no_more_than_they_bore_and_the_fund_the_rest() -> None:
    story = made_whole()
    assert trial_balance(story) == {
        "USD": {
            "assets:fund:cash": 383,  # 300 + 83
            "equity:fund:fund": -383,
            "assets:pool:cash": 975,  # 975 + 100 - 83 - 9 - 5 - 3
            "liabilities:pool:claims:lenders": -970,
            "equity:pool:reserve": -5,
        },
        "shares:fund": REGISTER_OF_THE_FUND,
        "shares:pool:lenders": REGISTER_AFTER_THE_SALE,
    }
    assert rows(story, "lenders") == {
        "pool lenders lender-1": {
            "shares": 500,
            "balance": 485,
            "deposited": 500,
            "earned": 15,
            "losses": 30,
            "restitution": 30,  # 21 + 9
        },
        "pool lenders lender-2": {
            "deposited": 300,
            "transferred": -291,
            "earned": 9,
            "losses": 18,
            "restitution": 18,  # 13 + 5
        },
        "pool lenders lender-3": {
            "shares": 200,
            "balance": 194,
            "deposited": 200,
            "earned": 6,
            "losses": 12,
            "restitution": 12,  # 9 + 3
        },
        "pool lenders lender-4": {"shares": 300, "balance": 291, "transferred": 291},
    }
    assert rows(story, "funds") == {"fund": {"balance": 383, "contributed": 500, "drawn": 200, "reimbursed": 83}}
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 735,
            "proceeds": 510,
            "costs": 35,
            "recognized": 260,
            "fund": 200,
            "socialized": 60,
            "restored": 143,  # 43 + 17 + 83
            "opened_at": "2023-03-01T12:00:00Z",
            "age_days": None,
        }
    }


def test_once_the_bearers_are_made_whole_only_the_fund_has_something_to_get_back() -> None:
    story = made_whole().then(recovery_received(at=NEXT_YEAR, amount=200))
    to_bearers = recovery_allocated(at=NEXT_YEAR, parts=(part("bearers", 1, basis=THE_LOSS),))
    to_the_fund = recovery_allocated(at=NEXT_YEAR, parts=(part("fund", 118, name="fund"),))
    story.refuses(to_bearers, RecoveryExceeded, "of loss the-loss 0 was not given back yet")
    story.refuses(to_the_fund, RecoveryExceeded, "fund fund bore 117 of case case and has not got it back")


def test_the_case_tells_what_each_step_had_and_bore() -> None:
    assert steps(made_whole()) == [
        ("loan-defaulted", "exposure", None, 0, 735),
        ("collateral-sold", "collateral", 300, 300, 435),
        ("collateral-sold", "collateral", 175, 175, 260),
        ("shortfall-recognized", "shortfall", None, 0, 260),
        ("fund-drawn", "fund fund", 200, 200, 60),
        ("bad-debt-socialized", "tranche lenders", 1030, 60, 0),
        ("case-closed", "closed", None, 0, 0),
        ("recovery-received", "recovery", 43, 0, 0),
        ("recovery-allocated", "recoveries", 43, 0, 0),
        ("restitution-paid", "restitution lender-1", 21, 0, 0),
        ("restitution-paid", "restitution lender-2", 13, 0, 0),
        ("restitution-paid", "restitution lender-3", 9, 0, 0),
        ("recovery-received", "recovery", 100, 0, 0),
        ("recovery-allocated", "recoveries", 100, 0, 0),
        ("restitution-paid", "restitution lender-1", 9, 0, 0),
        ("restitution-paid", "restitution lender-2", 5, 0, 0),
        ("restitution-paid", "restitution lender-3", 3, 0, 0),
    ]


def test_the_story_holds_together_at_every_position() -> None:
    holds_together(made_whole())
