"""Senior and junior lenders: the junior claims bear first and are wiped out, new lenders come in, a recovery follows.

Two senior lenders bring 900, a junior one 100. A loan of 800 defaults and leaves a shortfall of 370: the junior claims
bear 145 of it, all they have, and the senior ones 225. Then newcomers deposit into both tranches, the junior one while
its claims are nothing and its shares are still out; what they get is stated, not worked out. A recovery of 300 gives
the last bearer back first, and goes to whoever holds shares by then.
"""

from typing import Final

from ledger.errors import NobodyToCredit, RecoveryExceeded, UnbalancedEntry, WaterfallOrder
from ledger.events import Allocation
from ledger.values import LENDERS, EventId, PartyId
from ledger.waterfall import TrancheLayer
from tests.stories.telling import holds_together, rows, steps, trial_balance
from tests.story import (
    ETH,
    JUNIOR,
    SOCIALIZE,
    Story,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_sold,
    deposited,
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
    withdrawn,
)

SENIOR_1, SENIOR_2, JUNIOR_1 = PartyId("senior-1"), PartyId("senior-2"), PartyId("junior-1")
SENIOR_3, JUNIOR_2 = PartyId("senior-3"), PartyId("junior-2")
JUNIOR_LOSS, SENIOR_LOSS = EventId("junior-loss"), EventId("senior-loss")
FIRST_LOSS: Final = TrancheLayer(layer="tranche", tranche=JUNIOR)


def a_loan_out_of_both_tranches() -> Story:
    """Seniors 600 + 300, junior 100; 800 lent against 10 ETH."""
    return told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(waterfall=(FIRST_LOSS, SOCIALIZE), tranches=(JUNIOR,)),
        deposited(lender=SENIOR_1, assets=600, shares=600),
        deposited(lender=SENIOR_2, assets=300, shares=300),
        deposited(lender=JUNIOR_1, tranche=JUNIOR, assets=100, shares=100),
        loan_originated(principal=800),
        collateral_posted(quantity=10),
    )


def interest_shared() -> Story:
    """Interest of 90, half to each tranche: who bears first earns more on each share."""
    shared = (Allocation(tranche=LENDERS, amount=45), Allocation(tranche=JUNIOR, amount=45))
    return a_loan_out_of_both_tranches().then(interest_accrued(interest=90, allocation=shared))


def a_shortfall_recognized() -> Story:
    """All collateral is sold for 525 less 5: interest 90 and principal 430; the other 370 are a deficit."""
    return interest_shared().then(
        loan_defaulted(principal=800, interest=90),
        collateral_sold(quantity=10, proceeds=525, costs=5, principal=430, interest=90),
        shortfall_recognized(principal=370),
    )


def junior_wiped_out() -> Story:
    """The junior claims bear 145, all they are; the senior ones the other 225."""
    return a_shortfall_recognized().then(
        bad_debt_socialized(id=JUNIOR_LOSS, tranche=JUNIOR, amount=145, claims_before=145, shares=100, holder_count=1),
        bad_debt_socialized(id=SENIOR_LOSS, amount=225, claims_before=945, shares=900, holder_count=2),
        case_closed(outcome="charged off"),
    )


def newcomers() -> Story:
    """A third senior brings 80 at the price of 0.8, a second junior 60, for 300 shares of what has no price."""
    return junior_wiped_out().then(
        deposited(lender=SENIOR_3, assets=80, shares=100),
        deposited(lender=JUNIOR_2, tranche=JUNIOR, assets=60, shares=300),
    )


def a_recovery() -> Story:
    """310 less 10 come in: 225 to the seniors, who bore last, and the other 75 to the juniors."""
    return newcomers().then(
        recovery_received(amount=310, costs=10),
        recovery_allocated(parts=(part("tranche", 225), part("tranche", 75, name="junior"))),
    )


def a_recovery_to_bearers() -> Story:
    """The same 300, told the other way: back to those who held shares when the losses fell, paid outside the pool."""
    given_back = (part("bearers", 225, basis=SENIOR_LOSS), part("bearers", 75, basis=JUNIOR_LOSS))
    return newcomers().then(
        recovery_received(amount=310, costs=10),
        recovery_allocated(parts=given_back),
        restitution_paid(holder=SENIOR_1, amount=150),
        restitution_paid(holder=JUNIOR_1, tranche=JUNIOR, amount=75),
    )


def everyone_leaves() -> Story:
    """Each at the price of the moment, rounded down; the last of a tranche takes what is left of it."""
    return a_recovery().then(
        withdrawn(lender=SENIOR_1, assets=615, shares=600),
        withdrawn(lender=SENIOR_2, assets=307, shares=300),
        withdrawn(lender=SENIOR_3, assets=103, shares=100),
        withdrawn(lender=JUNIOR_2, tranche=JUNIOR, assets=101, shares=300),
        withdrawn(lender=JUNIOR_1, tranche=JUNIOR, assets=34, shares=100),
    )


def test_a_loan_is_made_out_of_both_tranches() -> None:
    story = a_loan_out_of_both_tranches()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 200,  # 1000 - 800
            "assets:pool:loans:loan:principal": 800,
            "liabilities:pool:claims:junior": -100,
            "liabilities:pool:claims:lenders": -900,
        },
        "ETH": {"assets:pool:collateral:loan": 10, "liabilities:pool:collateral:loan": -10},
        "shares:pool:lenders": {
            "register:pool:lenders": -900,
            "register:pool:lenders:senior-1": 600,
            "register:pool:lenders:senior-2": 300,
        },
        "shares:pool:junior": {"register:pool:junior": -100, "register:pool:junior:junior-1": 100},
    }
    assert rows(story, "pools") == {
        "pool": {
            "cash": 200,
            "loans": 800,
            "claims": {"lenders": 900, "junior": 100},
            "share_price": {"lenders": 10**18, "junior": 10**18},
        }
    }


def test_interest_is_shared_between_the_tranches_as_it_says() -> None:
    story = interest_shared()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 200,
            "assets:pool:loans:loan:interest": 90,
            "assets:pool:loans:loan:principal": 800,
            "liabilities:pool:claims:junior": -145,
            "liabilities:pool:claims:lenders": -945,
        },
        "ETH": {"assets:pool:collateral:loan": 10, "liabilities:pool:collateral:loan": -10},
        "shares:pool:lenders": {
            "register:pool:lenders": -900,
            "register:pool:lenders:senior-1": 600,
            "register:pool:lenders:senior-2": 300,
        },
        "shares:pool:junior": {"register:pool:junior": -100, "register:pool:junior:junior-1": 100},
    }
    assert rows(story, "lenders") == {
        "pool junior junior-1": {"shares": 100, "balance": 145, "deposited": 100, "earned": 45},
        "pool lenders senior-1": {"shares": 600, "balance": 630, "deposited": 600, "earned": 30},
        "pool lenders senior-2": {"shares": 300, "balance": 315, "deposited": 300, "earned": 15},
    }
    assert rows(story, "pools") == {
        "pool": {
            "cash": 200,
            "loans": 800,
            "interest": 90,
            "claims": {"lenders": 945, "junior": 145},
            "share_price": {"lenders": 1_050000000000000000, "junior": 1_450000000000000000},
        }
    }


def test_interest_that_is_not_shared_whole_is_refused() -> None:
    halves = (Allocation(tranche=LENDERS, amount=45), Allocation(tranche=JUNIOR, amount=44))
    fact = interest_accrued(interest=90, allocation=halves)

    a_loan_out_of_both_tranches().refuses(
        fact, UnbalancedEntry, "reserve 0 and allocation 89 do not make the interest 90"
    )


def test_what_the_collateral_did_not_cover_is_a_deficit_that_nobody_has_borne() -> None:
    story = a_shortfall_recognized()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 720,  # 200 + 525 - 5
            "assets:pool:deficit:case": 370,  # 800 - 430
            "liabilities:pool:claims:junior": -145,
            "liabilities:pool:claims:lenders": -945,
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -900,
            "register:pool:lenders:senior-1": 600,
            "register:pool:lenders:senior-2": 300,
        },
        "shares:pool:junior": {"register:pool:junior": -100, "register:pool:junior:junior-1": 100},
    }


def test_the_seniors_bear_nothing_while_the_juniors_can() -> None:
    story = a_shortfall_recognized()

    story.refuses(
        bad_debt_socialized(amount=1), WaterfallOrder, "layer tranche junior comes first and can still bear 145"
    )
    story.refuses(bad_debt_socialized(tranche=JUNIOR, amount=146), WaterfallOrder, "can still bear 145, not 146")


def test_the_junior_claims_are_wiped_out_and_the_seniors_bear_the_rest() -> None:
    story = junior_wiped_out()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 720,
            "liabilities:pool:claims:lenders": -720,  # 945 - 225
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -900,
            "register:pool:lenders:senior-1": 600,
            "register:pool:lenders:senior-2": 300,
        },
        "shares:pool:junior": {"register:pool:junior": -100, "register:pool:junior:junior-1": 100},
    }
    assert rows(story, "lenders") == {
        "pool junior junior-1": {"shares": 100, "deposited": 100, "earned": 45, "losses": 145},
        "pool lenders senior-1": {"shares": 600, "balance": 480, "deposited": 600, "earned": 30, "losses": 150},
        "pool lenders senior-2": {"shares": 300, "balance": 240, "deposited": 300, "earned": 15, "losses": 75},
    }
    assert rows(story, "pools") == {
        "pool": {
            "cash": 720,
            "claims": {"lenders": 720, "junior": 0},
            "share_price": {"lenders": 800000000000000000, "junior": 0},
        }
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 890,
            "proceeds": 525,
            "costs": 5,
            "recognized": 370,
            "tranches": 145,
            "socialized": 225,
            "opened_at": "2022-11-22T13:31:23Z",
            "age_days": None,
        }
    }
    assert steps(story) == [
        ("loan-defaulted", "exposure", None, 0, 890),
        ("collateral-sold", "collateral", 520, 520, 370),
        ("shortfall-recognized", "shortfall", None, 0, 370),
        ("bad-debt-socialized", "tranche junior", 145, 145, 225),
        ("bad-debt-socialized", "tranche lenders", 945, 225, 0),
        ("case-closed", "closed", None, 0, 0),
    ]


def test_newcomers_get_the_shares_that_are_stated() -> None:
    story = newcomers()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 860,  # 720 + 80 + 60
            "liabilities:pool:claims:junior": -60,
            "liabilities:pool:claims:lenders": -800,
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -1000,
            "register:pool:lenders:senior-1": 600,
            "register:pool:lenders:senior-2": 300,
            "register:pool:lenders:senior-3": 100,
        },
        "shares:pool:junior": {
            "register:pool:junior": -400,
            "register:pool:junior:junior-1": 100,
            "register:pool:junior:junior-2": 300,
        },
    }
    # Junior: 60 / 400 = 0.15. The second paid 60 for what is worth 45; the other 15 fall to the first.
    assert rows(story, "lenders") == {
        "pool junior junior-1": {"shares": 100, "balance": 15, "deposited": 100, "earned": 60, "losses": 145},
        "pool junior junior-2": {"shares": 300, "balance": 45, "deposited": 60, "earned": -15},
        "pool lenders senior-1": {"shares": 600, "balance": 480, "deposited": 600, "earned": 30, "losses": 150},
        "pool lenders senior-2": {"shares": 300, "balance": 240, "deposited": 300, "earned": 15, "losses": 75},
        "pool lenders senior-3": {"shares": 100, "balance": 80, "deposited": 80},
    }
    assert rows(story, "pools") == {
        "pool": {
            "cash": 860,
            "claims": {"lenders": 800, "junior": 60},
            "share_price": {"lenders": 800000000000000000, "junior": 150000000000000000},
        }
    }


def test_a_recovery_goes_to_the_last_bearer_first_and_to_whoever_holds_shares_by_then() -> None:
    story = a_recovery()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 1160,  # 860 + 310 - 10
            "liabilities:pool:claims:junior": -135,  # 60 + 75
            "liabilities:pool:claims:lenders": -1025,  # 800 + 225
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -1000,
            "register:pool:lenders:senior-1": 600,
            "register:pool:lenders:senior-2": 300,
            "register:pool:lenders:senior-3": 100,
        },
        "shares:pool:junior": {
            "register:pool:junior": -400,
            "register:pool:junior:junior-1": 100,
            "register:pool:junior:junior-2": 300,
        },
    }
    # Senior: 0.8 to 1.025 a share. The second 307.5 - 240, the third 102.5 - 80, both rounded down.
    # Junior: 0.15 to 0.3375 a share. The first 33.75 - 15, the second 101.25 - 45, both rounded down.
    assert rows(story, "lenders") == {
        "pool junior junior-1": {
            "shares": 100,
            "balance": 33,
            "deposited": 100,
            "earned": 60,
            "losses": 145,
            "recoveries": 18,
        },
        "pool junior junior-2": {"shares": 300, "balance": 101, "deposited": 60, "earned": -15, "recoveries": 56},
        "pool lenders senior-1": {
            "shares": 600,
            "balance": 615,
            "deposited": 600,
            "earned": 30,
            "losses": 150,
            "recoveries": 135,
        },
        "pool lenders senior-2": {
            "shares": 300,
            "balance": 307,
            "deposited": 300,
            "earned": 15,
            "losses": 75,
            "recoveries": 67,
        },
        "pool lenders senior-3": {"shares": 100, "balance": 102, "deposited": 80, "recoveries": 22},
    }
    assert rows(story, "pools") == {
        "pool": {
            "cash": 1160,
            "claims": {"lenders": 1025, "junior": 135},
            "share_price": {"lenders": 1_025000000000000000, "junior": 337500000000000000},
        }
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 890,
            "proceeds": 525,
            "costs": 5,
            "recognized": 370,
            "tranches": 145,
            "socialized": 225,
            "restored": 300,
            "opened_at": "2022-11-22T13:31:23Z",
            "age_days": None,
        }
    }
    assert steps(story)[-2:] == [
        ("recovery-received", "recovery", 300, 0, 0),
        ("recovery-allocated", "recoveries", 300, 0, 0),
    ]


def test_a_recovery_to_the_bearers_leaves_the_newcomers_out() -> None:
    story = a_recovery_to_bearers()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 935,  # 860 + 300 - 150 - 75
            "liabilities:pool:claims:junior": -60,
            "liabilities:pool:claims:lenders": -800,
            "liabilities:pool:restitution:case": -75,  # the second senior lender's third of the 225
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -1000,
            "register:pool:lenders:senior-1": 600,
            "register:pool:lenders:senior-2": 300,
            "register:pool:lenders:senior-3": 100,
        },
        "shares:pool:junior": {
            "register:pool:junior": -400,
            "register:pool:junior:junior-1": 100,
            "register:pool:junior:junior-2": 300,
        },
    }
    assert rows(story, "lenders") == {
        "pool junior junior-1": {
            "shares": 100,
            "balance": 15,
            "deposited": 100,
            "earned": 60,
            "losses": 145,
            "restitution": 75,
        },
        "pool junior junior-2": {"shares": 300, "balance": 45, "deposited": 60, "earned": -15},
        "pool lenders senior-1": {
            "shares": 600,
            "balance": 480,
            "deposited": 600,
            "earned": 30,
            "losses": 150,
            "restitution": 150,
        },
        "pool lenders senior-2": {"shares": 300, "balance": 240, "deposited": 300, "earned": 15, "losses": 75},
        "pool lenders senior-3": {"shares": 100, "balance": 80, "deposited": 80},
    }
    story.refuses(restitution_paid(holder=SENIOR_3, amount=1), RecoveryExceeded, "senior-3 is due 0")
    story.refuses(restitution_paid(holder=SENIOR_2, amount=76), RecoveryExceeded, "senior-2 is due 75")


def test_everyone_leaves_and_nothing_is_left() -> None:
    story = everyone_leaves()

    assert trial_balance(story) == {}  # 1160 - 615 - 307 - 103 - 101 - 34
    # Who leaves a tranche last takes what rounding left the others: the third senior 103 of 102.5, the first junior
    # 34 of 33.75.
    assert rows(story, "lenders") == {
        "pool junior junior-1": {
            "deposited": 100,
            "withdrawn": 34,
            "earned": 61,
            "losses": 145,
            "recoveries": 18,
        },
        "pool junior junior-2": {"deposited": 60, "withdrawn": 101, "earned": -15, "recoveries": 56},
        "pool lenders senior-1": {
            "deposited": 600,
            "withdrawn": 615,
            "earned": 30,
            "losses": 150,
            "recoveries": 135,
        },
        "pool lenders senior-2": {
            "deposited": 300,
            "withdrawn": 307,
            "earned": 15,
            "losses": 75,
            "recoveries": 67,
        },
        "pool lenders senior-3": {"deposited": 80, "withdrawn": 103, "earned": 1, "recoveries": 22},
    }
    assert rows(story, "pools") == {
        "pool": {"claims": {"lenders": 0, "junior": 0}, "share_price": {"lenders": None, "junior": None}}
    }


def test_a_recovery_after_everyone_left_finds_nobody_to_credit() -> None:
    story = everyone_leaves().then(recovery_received(amount=7))

    to_junior = recovery_allocated(parts=(part("tranche", 7, name="junior"),))
    story.refuses(to_junior, NobodyToCredit, "tranche junior of pool pool has no shares")
    assert trial_balance(story) == {
        "USD": {"assets:pool:cash": 7, "liabilities:pool:recoveries:case": -7},
    }


def test_both_tellings_hold_together_at_every_position() -> None:
    holds_together(everyone_leaves())
    holds_together(a_recovery_to_bearers())
