"""Offset and redistribution: a stability pool takes over part of a debt, other borrowers the rest, as in Liquity.

A borrower's stablecoins are minted: they are claims of `lenders`, and the debt is what stands behind them. Who deposits
them for stability moves into the tranche `stability`. When a loan is liquidated, what is there is burnt against its
debt; the rest, with the collateral that backs it, goes to the other borrowers by stake, here three to one.

Told twice. In a bilateral pool the offset is a sale paid in shares: the depositors buy the collateral with their
claims. In a pooled one, where interest makes the shares of debt and of stability dearer, the depositors cover a
recognized deficit. Collateral is in thousandths of an ETH.
"""

from ledger.errors import CaseUnsettled, ShortfallExceeded, WrongSide, WrongState
from ledger.events import Allocation, RedistributedPart
from ledger.values import LoanId, PartyId, TrancheId
from tests.stories.telling import holds_together, rows, steps, trial_balance
from tests.story import (
    ETH,
    HOLD,
    Story,
    asset_registered,
    case_closed,
    collateral_posted,
    collateral_released,
    collateral_sold,
    debt_redistributed,
    deficit_covered,
    deposited,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    pool_opened,
    repaid,
    shares_transferred,
    shortfall_recognized,
    told,
    withdrawn,
)

LOAN_A, LOAN_B, LOAN_C = LoanId("loan-a"), LoanId("loan-b"), LoanId("loan-c")
BORROWER_A, BORROWER_B, BORROWER_C = PartyId("borrower-a"), PartyId("borrower-b"), PartyId("borrower-c")
DEPOSITOR_1, DEPOSITOR_2 = PartyId("depositor-1"), PartyId("depositor-2")
STABILITY = TrancheId("stability")


# The bilateral telling.


def minted() -> Story:
    """1000, 2000 and 500 are minted against 10, 30 and 10 ETH: no cash, the borrowers hold what they owe."""
    return told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=3),
        pool_opened(waterfall=(HOLD,), tranches=(STABILITY,), recovery="none"),
        loan_originated(loan=LOAN_A, borrower=BORROWER_A, principal=1000, lender=BORROWER_A, shares=1000),
        loan_originated(loan=LOAN_B, borrower=BORROWER_B, principal=2000, lender=BORROWER_B, shares=2000),
        loan_originated(loan=LOAN_C, borrower=BORROWER_C, principal=500, lender=BORROWER_C, shares=500),
        collateral_posted(loan=LOAN_A, quantity=10_000),
        collateral_posted(loan=LOAN_B, quantity=30_000),
        collateral_posted(loan=LOAN_C, quantity=10_000),
    )


def stability_deposited() -> Story:
    """Two depositors buy 400 and 200 from the first borrower and deposit them.

    No event moves claims from one tranche to another: they come into the one as cash before they leave the other.
    """
    return minted().then(
        shares_transferred(sender=BORROWER_A, receiver=DEPOSITOR_1, shares=400),
        shares_transferred(sender=BORROWER_A, receiver=DEPOSITOR_2, shares=200),
        deposited(tranche=STABILITY, lender=DEPOSITOR_1, assets=400, shares=400),
        withdrawn(lender=DEPOSITOR_1, assets=400, shares=400),
        deposited(tranche=STABILITY, lender=DEPOSITOR_2, assets=200, shares=200),
        withdrawn(lender=DEPOSITOR_2, assets=200, shares=200),
    )


def offset() -> Story:
    """The liquidator takes half a percent of the collateral; 600 / 1000 of the other 9950 are sold for the deposits."""
    return stability_deposited().then(
        loan_defaulted(loan=LOAN_A, principal=1000, interest=0, reason="below 110 percent"),
        collateral_released(loan=LOAN_A, quantity=50),
        collateral_sold(
            loan=LOAN_A,
            quantity=3980,
            proceeds=400,
            principal=400,
            tranche=STABILITY,
            lender=DEPOSITOR_1,
            shares=400,
            buyer=DEPOSITOR_1,
            mark_value=420,
        ),
        collateral_sold(
            loan=LOAN_A,
            quantity=1990,
            proceeds=200,
            principal=200,
            tranche=STABILITY,
            lender=DEPOSITOR_2,
            shares=200,
            buyer=DEPOSITOR_2,
            mark_value=210,
        ),
    )


def redistributed() -> Story:
    """The other 400, and the other 3980 of collateral, go to the other borrowers by their stakes, 30 to 10."""
    return offset().then(
        shortfall_recognized(loan=LOAN_A, principal=400),
        debt_redistributed(
            parts=(RedistributedPart(loan=LOAN_B, principal=300), RedistributedPart(loan=LOAN_C, principal=100))
        ),
        collateral_released(loan=LOAN_A, quantity=3980),
        collateral_posted(loan=LOAN_B, quantity=2985),
        collateral_posted(loan=LOAN_C, quantity=995),
        case_closed(loan=LOAN_A, outcome="redistributed"),
    )


def repaid_in_stablecoins() -> Story:
    """The second borrower buys 300 from the first, burns all 2300 and takes its collateral."""
    return redistributed().then(
        shares_transferred(sender=BORROWER_A, receiver=BORROWER_B, shares=300),
        repaid(loan=LOAN_B, principal=2300, lender=BORROWER_B, shares=2300),
        collateral_released(loan=LOAN_B, quantity=32_985),
    )


def test_what_is_minted_is_owed_and_held_by_the_same() -> None:
    story = minted()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:loans:loan-a:principal": 1000,
            "assets:pool:loans:loan-b:principal": 2000,
            "assets:pool:loans:loan-c:principal": 500,
            "liabilities:pool:claims:lenders": -3500,
        },
        "ETH": {
            "assets:pool:collateral:loan-a": 10_000,
            "assets:pool:collateral:loan-b": 30_000,
            "assets:pool:collateral:loan-c": 10_000,
            "liabilities:pool:collateral:loan-a": -10_000,
            "liabilities:pool:collateral:loan-b": -30_000,
            "liabilities:pool:collateral:loan-c": -10_000,
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -3500,
            "register:pool:lenders:borrower-a": 1000,
            "register:pool:lenders:borrower-b": 2000,
            "register:pool:lenders:borrower-c": 500,
        },
    }
    assert rows(story, "lenders") == {
        "pool lenders borrower-a": {"shares": 1000, "balance": 1000, "deposited": 1000},
        "pool lenders borrower-b": {"shares": 2000, "balance": 2000, "deposited": 2000},
        "pool lenders borrower-c": {"shares": 500, "balance": 500, "deposited": 500},
    }


def test_claims_do_not_leave_a_tranche_for_another_before_they_are_there() -> None:
    leaves_first = withdrawn(lender=BORROWER_A, assets=400, shares=400)

    minted().refuses(leaves_first, WrongSide, "assets:pool:cash holds 0 of USD, 400 cannot be taken from it")


def test_stablecoins_are_deposited_for_stability() -> None:
    story = stability_deposited()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:loans:loan-a:principal": 1000,
            "assets:pool:loans:loan-b:principal": 2000,
            "assets:pool:loans:loan-c:principal": 500,
            "liabilities:pool:claims:lenders": -2900,  # 3500 - 600
            "liabilities:pool:claims:stability": -600,
        },
        "ETH": {
            "assets:pool:collateral:loan-a": 10_000,
            "assets:pool:collateral:loan-b": 30_000,
            "assets:pool:collateral:loan-c": 10_000,
            "liabilities:pool:collateral:loan-a": -10_000,
            "liabilities:pool:collateral:loan-b": -30_000,
            "liabilities:pool:collateral:loan-c": -10_000,
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -2900,
            "register:pool:lenders:borrower-a": 400,
            "register:pool:lenders:borrower-b": 2000,
            "register:pool:lenders:borrower-c": 500,
        },
        "shares:pool:stability": {
            "register:pool:stability": -600,
            "register:pool:stability:depositor-1": 400,
            "register:pool:stability:depositor-2": 200,
        },
    }
    assert rows(story, "lenders") == {
        "pool lenders borrower-a": {"shares": 400, "balance": 400, "deposited": 1000, "transferred": -600},
        "pool lenders borrower-b": {"shares": 2000, "balance": 2000, "deposited": 2000},
        "pool lenders borrower-c": {"shares": 500, "balance": 500, "deposited": 500},
        "pool lenders depositor-1": {"transferred": 400, "withdrawn": 400},
        "pool lenders depositor-2": {"transferred": 200, "withdrawn": 200},
        "pool stability depositor-1": {"shares": 400, "balance": 400, "deposited": 400},
        "pool stability depositor-2": {"shares": 200, "balance": 200, "deposited": 200},
    }


def test_the_deposits_are_burnt_for_their_part_of_the_debt_and_buy_the_collateral_behind_it() -> None:
    story = offset()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:defaulted:loan-a:principal": 400,  # 1000 - 400 - 200
            "assets:pool:loans:loan-b:principal": 2000,
            "assets:pool:loans:loan-c:principal": 500,
            "liabilities:pool:claims:lenders": -2900,
        },
        "ETH": {
            "assets:pool:collateral:loan-a": 3980,  # 10000 - 50 - 3980 - 1990
            "assets:pool:collateral:loan-b": 30_000,
            "assets:pool:collateral:loan-c": 10_000,
            "liabilities:pool:collateral:loan-a": -3980,
            "liabilities:pool:collateral:loan-b": -30_000,
            "liabilities:pool:collateral:loan-c": -10_000,
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -2900,
            "register:pool:lenders:borrower-a": 400,
            "register:pool:lenders:borrower-b": 2000,
            "register:pool:lenders:borrower-c": 500,
        },
    }
    assert rows(story, "lenders") == {
        "pool lenders borrower-a": {"shares": 400, "balance": 400, "deposited": 1000, "transferred": -600},
        "pool lenders borrower-b": {"shares": 2000, "balance": 2000, "deposited": 2000},
        "pool lenders borrower-c": {"shares": 500, "balance": 500, "deposited": 500},
        "pool lenders depositor-1": {"transferred": 400, "withdrawn": 400},
        "pool lenders depositor-2": {"transferred": 200, "withdrawn": 200},
        "pool stability depositor-1": {"deposited": 400, "withdrawn": 400},
        "pool stability depositor-2": {"deposited": 200, "withdrawn": 200},
    }


def test_no_more_is_offset_than_a_depositor_has_shares_for() -> None:
    fact = collateral_sold(
        loan=LOAN_A,
        quantity=1,
        proceeds=1,
        principal=1,
        tranche=STABILITY,
        lender=DEPOSITOR_1,
        shares=1,
    )

    offset().refuses(fact, WrongSide, "register:pool:stability:depositor-1 holds 0 of shares:pool:stability")


def test_a_debt_is_redistributed_once_it_is_recognized_and_to_other_loans_only() -> None:
    story = offset()
    to_b = debt_redistributed(parts=(RedistributedPart(loan=LOAN_B, principal=300),))
    to_itself = debt_redistributed(parts=(RedistributedPart(loan=LOAN_A, principal=300),))

    story.refuses(to_b, ShortfallExceeded, "case case has an open deficit of 0, 300 of it cannot be borne")
    story.then(shortfall_recognized(loan=LOAN_A, principal=400))
    story.refuses(to_itself, WrongState, "loan loan-a of pool pool is in default under case case, not performing")
    story.refuses(case_closed(loan=LOAN_A, outcome="redistributed"), CaseUnsettled, "a deficit of 400")


def test_the_rest_of_the_debt_goes_to_the_other_borrowers_with_its_collateral() -> None:
    story = redistributed()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:loans:loan-b:principal": 2300,  # 2000 + 400 * 30 / 40
            "assets:pool:loans:loan-c:principal": 600,  # 500 + 400 * 10 / 40
            "liabilities:pool:claims:lenders": -2900,
        },
        "ETH": {
            "assets:pool:collateral:loan-b": 32_985,  # 30000 + 3980 * 30 / 40
            "assets:pool:collateral:loan-c": 10_995,  # 10000 + 3980 * 10 / 40
            "liabilities:pool:collateral:loan-b": -32_985,
            "liabilities:pool:collateral:loan-c": -10_995,
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -2900,
            "register:pool:lenders:borrower-a": 400,
            "register:pool:lenders:borrower-b": 2000,
            "register:pool:lenders:borrower-c": 500,
        },
    }
    assert rows(story, "loans") == {
        "pool loan-a": {"borrower": "borrower-a", "status": "closed", "collateral": {"ETH": 0}},
        "pool loan-b": {
            "borrower": "borrower-b",
            "status": "performing",
            "principal": 2300,
            "debt": 2300,
            "collateral": {"ETH": 32_985},
        },
        "pool loan-c": {
            "borrower": "borrower-c",
            "status": "performing",
            "principal": 600,
            "debt": 600,
            "collateral": {"ETH": 10_995},
        },
    }
    assert rows(story, "deficits") == {
        "pool loan-a case": {
            "exposure": 1000,
            "proceeds": 600,
            "recognized": 400,
            "redistributed": 400,
            "opened_at": "2022-11-22T13:31:23Z",
            "age_days": None,
        }
    }
    assert steps(story) == [
        ("loan-defaulted", "exposure", None, 0, 1000),
        ("collateral-sold", "collateral", 400, 400, 600),
        ("collateral-sold", "collateral", 200, 200, 400),
        ("shortfall-recognized", "shortfall", None, 0, 400),
        ("debt-redistributed", "other loans", 400, 400, 0),
        ("case-closed", "closed", None, 0, 0),
    ]
    assert rows(story, "pools") == {
        "pool": {
            "loans": 2900,
            "claims": {"lenders": 2900, "stability": 0},
            "share_price": {"lenders": 10**18, "stability": None},
        }
    }


def test_a_borrower_repays_its_own_debt_and_what_it_took_over() -> None:
    story = repaid_in_stablecoins()

    assert trial_balance(story) == {
        "USD": {"assets:pool:loans:loan-c:principal": 600, "liabilities:pool:claims:lenders": -600},
        "ETH": {"assets:pool:collateral:loan-c": 10_995, "liabilities:pool:collateral:loan-c": -10_995},
        "shares:pool:lenders": {
            "register:pool:lenders": -600,
            "register:pool:lenders:borrower-a": 100,  # 400 - 300
            "register:pool:lenders:borrower-c": 500,
        },
    }
    assert rows(story, "lenders") == {
        "pool lenders borrower-a": {"shares": 100, "balance": 100, "deposited": 1000, "transferred": -900},
        "pool lenders borrower-b": {"deposited": 2000, "transferred": 300, "withdrawn": 2300},
        "pool lenders borrower-c": {"shares": 500, "balance": 500, "deposited": 500},
        "pool lenders depositor-1": {"transferred": 400, "withdrawn": 400},
        "pool lenders depositor-2": {"transferred": 200, "withdrawn": 200},
        "pool stability depositor-1": {"deposited": 400, "withdrawn": 400},
        "pool stability depositor-2": {"deposited": 200, "withdrawn": 200},
    }


# The pooled telling.


def minted_in_a_pool() -> Story:
    """The same three loans, each a share of one debt: a debt share is worth 1; 600 are deposited for stability."""
    return told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=3),
        pool_opened(debt="pooled", waterfall=(HOLD,), tranches=(STABILITY,), recovery="none"),
        loan_originated(
            loan=LOAN_A, borrower=BORROWER_A, principal=1000, debt_shares=1000, lender=BORROWER_A, shares=1000
        ),
        loan_originated(
            loan=LOAN_B, borrower=BORROWER_B, principal=2000, debt_shares=2000, lender=BORROWER_B, shares=2000
        ),
        loan_originated(
            loan=LOAN_C, borrower=BORROWER_C, principal=500, debt_shares=500, lender=BORROWER_C, shares=500
        ),
        collateral_posted(loan=LOAN_A, quantity=10_000),
        collateral_posted(loan=LOAN_B, quantity=30_000),
        collateral_posted(loan=LOAN_C, quantity=10_000),
        shares_transferred(sender=BORROWER_A, receiver=DEPOSITOR_1, shares=400),
        shares_transferred(sender=BORROWER_A, receiver=DEPOSITOR_2, shares=200),
        deposited(tranche=STABILITY, lender=DEPOSITOR_1, assets=400, shares=400),
        withdrawn(lender=DEPOSITOR_1, assets=400, shares=400),
        deposited(tranche=STABILITY, lender=DEPOSITOR_2, assets=200, shares=200),
        withdrawn(lender=DEPOSITOR_2, assets=200, shares=200),
    )


def interest_for_stability() -> Story:
    """700 of interest: a debt share is worth 4200 / 3500 = 1.2, one of stability (600 + 480) / 600 = 1.8."""
    stability = (Allocation(tranche=STABILITY, amount=480),)
    return minted_in_a_pool().then(interest_accrued(loan=None, interest=700, reserve=220, allocation=stability))


def covered_by_the_depositors() -> Story:
    """All 1200 of the loan are recognized; the depositors cover 1080 of it, and take 9000 of its collateral."""
    return interest_for_stability().then(
        loan_defaulted(loan=LOAN_A, principal=1200, interest=0, reason="below 110 percent"),
        shortfall_recognized(loan=LOAN_A, principal=1200, debt_shares=1000),
        deficit_covered(tranche=STABILITY, lender=DEPOSITOR_1, amount=720, shares=400),
        deficit_covered(tranche=STABILITY, lender=DEPOSITOR_2, amount=360, shares=200),
        collateral_released(loan=LOAN_A, quantity=9000),
    )


def redistributed_in_a_pool() -> Story:
    """The other 120 go to the other borrowers, 90 and 30: 75 and 25 debt shares at 1.2."""
    return covered_by_the_depositors().then(
        debt_redistributed(
            parts=(
                RedistributedPart(loan=LOAN_B, principal=90, debt_shares=75),
                RedistributedPart(loan=LOAN_C, principal=30, debt_shares=25),
            )
        ),
        collateral_released(loan=LOAN_A, quantity=1000),
        collateral_posted(loan=LOAN_B, quantity=750),
        collateral_posted(loan=LOAN_C, quantity=250),
        case_closed(loan=LOAN_A, outcome="redistributed"),
    )


def repaid_in_a_pool() -> Story:
    """The third borrower buys 130 from the first and burns the 630 that its 525 debt shares are worth."""
    return redistributed_in_a_pool().then(
        shares_transferred(sender=BORROWER_A, receiver=BORROWER_C, shares=130),
        repaid(loan=LOAN_C, principal=630, debt_shares=525, lender=BORROWER_C, shares=630),
        collateral_released(loan=LOAN_C, quantity=10_250),
    )


def test_interest_on_the_pool_makes_the_shares_of_debt_and_of_stability_dearer() -> None:
    story = interest_for_stability()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:loans": 4200,  # 3500 + 700
            "equity:pool:reserve": -220,
            "liabilities:pool:claims:lenders": -2900,
            "liabilities:pool:claims:stability": -1080,
        },
        "ETH": {
            "assets:pool:collateral:loan-a": 10_000,
            "assets:pool:collateral:loan-b": 30_000,
            "assets:pool:collateral:loan-c": 10_000,
            "liabilities:pool:collateral:loan-a": -10_000,
            "liabilities:pool:collateral:loan-b": -30_000,
            "liabilities:pool:collateral:loan-c": -10_000,
        },
        "debt:pool": {
            "register:pool:debt": -3500,
            "register:pool:debt:loan-a": 1000,
            "register:pool:debt:loan-b": 2000,
            "register:pool:debt:loan-c": 500,
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -2900,
            "register:pool:lenders:borrower-a": 400,
            "register:pool:lenders:borrower-b": 2000,
            "register:pool:lenders:borrower-c": 500,
        },
        "shares:pool:stability": {
            "register:pool:stability": -600,
            "register:pool:stability:depositor-1": 400,
            "register:pool:stability:depositor-2": 200,
        },
    }
    assert rows(story, "loans") == {
        "pool loan-a": {
            "borrower": "borrower-a",
            "status": "performing",
            "principal": None,
            "interest": None,
            "debt": 1200,
            "collateral": {"ETH": 10_000},
        },
        "pool loan-b": {
            "borrower": "borrower-b",
            "status": "performing",
            "principal": None,
            "interest": None,
            "debt": 2400,
            "collateral": {"ETH": 30_000},
        },
        "pool loan-c": {
            "borrower": "borrower-c",
            "status": "performing",
            "principal": None,
            "interest": None,
            "debt": 600,
            "collateral": {"ETH": 10_000},
        },
    }
    assert rows(story, "pools") == {
        "pool": {
            "loans": 4200,
            "claims": {"lenders": 2900, "stability": 1080},
            "reserve": 220,
            "share_price": {"lenders": 10**18, "stability": 1_800000000000000000},
        }
    }


def test_the_depositors_cover_a_recognized_deficit_with_their_shares() -> None:
    story = covered_by_the_depositors()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:deficit:case": 120,  # 1200 - 720 - 360
            "assets:pool:loans": 3000,  # 4200 - 1200
            "equity:pool:reserve": -220,
            "liabilities:pool:claims:lenders": -2900,
        },
        "ETH": {
            "assets:pool:collateral:loan-a": 1000,
            "assets:pool:collateral:loan-b": 30_000,
            "assets:pool:collateral:loan-c": 10_000,
            "liabilities:pool:collateral:loan-a": -1000,
            "liabilities:pool:collateral:loan-b": -30_000,
            "liabilities:pool:collateral:loan-c": -10_000,
        },
        "debt:pool": {
            "register:pool:debt": -2500,
            "register:pool:debt:loan-b": 2000,
            "register:pool:debt:loan-c": 500,
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -2900,
            "register:pool:lenders:borrower-a": 400,
            "register:pool:lenders:borrower-b": 2000,
            "register:pool:lenders:borrower-c": 500,
        },
    }
    assert rows(story, "lenders") == {
        "pool lenders borrower-a": {"shares": 400, "balance": 400, "deposited": 1000, "transferred": -600},
        "pool lenders borrower-b": {"shares": 2000, "balance": 2000, "deposited": 2000},
        "pool lenders borrower-c": {"shares": 500, "balance": 500, "deposited": 500},
        "pool lenders depositor-1": {"transferred": 400, "withdrawn": 400},
        "pool lenders depositor-2": {"transferred": 200, "withdrawn": 200},
        "pool stability depositor-1": {"deposited": 400, "earned": 320, "covered": 720},
        "pool stability depositor-2": {"deposited": 200, "earned": 160, "covered": 360},
    }
    assert rows(story, "deficits") == {
        "pool loan-a case": {
            "exposure": 1200,
            "recognized": 1200,
            "covered": 1080,
            "open": 120,
            "opened_at": "2022-11-22T13:31:23Z",
            "age_days": 0,
        }
    }


def test_the_rest_of_the_debt_goes_to_the_other_borrowers_as_debt_shares() -> None:
    story = redistributed_in_a_pool()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:loans": 3120,  # 3000 + 90 + 30
            "equity:pool:reserve": -220,
            "liabilities:pool:claims:lenders": -2900,
        },
        "ETH": {
            "assets:pool:collateral:loan-b": 30_750,  # 30000 + 1000 * 30 / 40
            "assets:pool:collateral:loan-c": 10_250,  # 10000 + 1000 * 10 / 40
            "liabilities:pool:collateral:loan-b": -30_750,
            "liabilities:pool:collateral:loan-c": -10_250,
        },
        "debt:pool": {
            "register:pool:debt": -2600,
            "register:pool:debt:loan-b": 2075,
            "register:pool:debt:loan-c": 525,
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -2900,
            "register:pool:lenders:borrower-a": 400,
            "register:pool:lenders:borrower-b": 2000,
            "register:pool:lenders:borrower-c": 500,
        },
    }
    assert rows(story, "loans") == {
        "pool loan-a": {
            "borrower": "borrower-a",
            "status": "closed",
            "principal": None,
            "interest": None,
            "collateral": {"ETH": 0},
        },
        "pool loan-b": {
            "borrower": "borrower-b",
            "status": "performing",
            "principal": None,
            "interest": None,
            "debt": 2490,  # 2075 * 1.2
            "collateral": {"ETH": 30_750},
        },
        "pool loan-c": {
            "borrower": "borrower-c",
            "status": "performing",
            "principal": None,
            "interest": None,
            "debt": 630,  # 525 * 1.2
            "collateral": {"ETH": 10_250},
        },
    }
    assert steps(story) == [
        ("loan-defaulted", "exposure", None, 0, 1200),
        ("shortfall-recognized", "shortfall", None, 0, 1200),
        ("deficit-covered", "lender depositor-1", 720, 720, 480),
        ("deficit-covered", "lender depositor-2", 360, 360, 120),
        ("debt-redistributed", "other loans", 120, 120, 0),
        ("case-closed", "closed", None, 0, 0),
    ]


def test_a_borrower_repays_all_that_its_debt_shares_are_worth() -> None:
    story = repaid_in_a_pool()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:loans": 2490,  # 3120 - 630
            "equity:pool:reserve": -220,
            "liabilities:pool:claims:lenders": -2270,  # 2900 - 630
        },
        "ETH": {"assets:pool:collateral:loan-b": 30_750, "liabilities:pool:collateral:loan-b": -30_750},
        "debt:pool": {"register:pool:debt": -2075, "register:pool:debt:loan-b": 2075},
        "shares:pool:lenders": {
            "register:pool:lenders": -2270,
            "register:pool:lenders:borrower-a": 270,  # 400 - 130
            "register:pool:lenders:borrower-b": 2000,
        },
    }
    assert rows(story, "pools") == {
        "pool": {
            "loans": 2490,
            "claims": {"lenders": 2270, "stability": 0},
            "reserve": 220,
            "share_price": {"lenders": 10**18, "stability": None},
        }
    }


def test_both_tellings_hold_together_at_every_position() -> None:
    holds_together(repaid_in_stablecoins())
    holds_together(repaid_in_a_pool())
