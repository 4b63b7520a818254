"""The reports of what comes back after a loss, and of all else that moves claims, funds and cases: by example."""

from typing import Final

from ledger.events import AnyEvent, RedistributedPart
from ledger.values import LENDERS, CaseId, EventId, PartyId, Timestamp, TrancheId
from ledger.waterfall import ReserveLayer
from projections.reading import Asked
from tests.histories import NOW, Row, recorded, rows_of
from tests.story import (
    FUND,
    HOLD,
    JUNIOR,
    OTHER_LENDER,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    Story,
    a_deficit,
    a_pool,
    adjustment_posted,
    allowance_changed,
    bad_debt_socialized,
    case_closed,
    cost_advanced,
    debt_redistributed,
    debt_transferred,
    deficit_covered,
    deficit_recapitalized,
    deposited,
    fund_drawn,
    fund_layer,
    guarantee_paid,
    income_received,
    loan_cured,
    loan_defaulted,
    loan_originated,
    part,
    posted,
    recovery_allocated,
    recovery_received,
    reserve_contributed,
    reserve_drawn,
    reserve_withdrawn,
    restitution_paid,
    shortfall_recognized,
    withdrawn,
)

THIRD_LENDER: Final = PartyId("third-lender")
MONDAY, THURSDAY = Timestamp("2022-11-21T12:00:00Z"), Timestamp("2022-11-24T12:00:00Z")
LOSS, COVER = EventId("loss"), EventId("cover")


def report(name: str, story: Story, asked: Asked = NOW, **named: str) -> list[Row]:
    return rows_of(name, recorded(story.facts), asked, **named)


def lender_row(lender: str, **columns: int) -> Row:
    """A row of a lender, in which whatever is not told is 0."""
    amounts = ("shares", "balance", "deposited", "withdrawn", "transferred", "earned", "losses", "covered")
    none = dict.fromkeys((*amounts, "recoveries", "restitution"), 0)
    return {"pool": "pool", "tranche": "lenders", "lender": lender, "asset": "USD"} | none | columns


def all_to(tranche: TrancheId, amount: int) -> tuple[AnyEvent, AnyEvent]:
    """A recovery that is allocated to the present holders of a tranche."""
    allocated = recovery_allocated(parts=(part("tranche", amount, name=tranche),))
    return recovery_received(amount=amount), allocated


def claims_that_move_in_every_way() -> Story:
    """Three lenders, whose shares are worth 1.1 before a loss, 1 after it and 31/30 after a recovery."""
    return a_pool(HOLD, tranches=(JUNIOR,)).then(
        deposited(lender=OTHER_LENDER, assets=500, shares=500),
        deposited(tranche=JUNIOR, assets=300, shares=300),
        income_received(amount=150, to=LENDERS),
        income_received(amount=7, to=TrancheId("reserve")),
        reserve_contributed(amount=22, lender=OTHER_LENDER, shares=20),
        reserve_withdrawn(amount=11, lender=THIRD_LENDER, shares=10),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        cost_advanced(amount=33, lender=THIRD_LENDER, shares=30),
        shortfall_recognized(principal=633),
        deficit_covered(id=COVER, lender=OTHER_LENDER, amount=55, shares=50),
        bad_debt_socialized(amount=147),
        bad_debt_socialized(tranche=JUNIOR, amount=30),
        recovery_received(amount=100, costs=2),
        recovery_allocated(
            parts=(part("tranche", 49), part("tranche", 15, name="junior"), part("bearers", 20, basis="cover"))
        ),
        restitution_paid(holder=OTHER_LENDER, amount=12),
    )


def a_case_that_everyone_bears() -> Story:
    """A case on which guarantees, other loans, adjustments and every kind of bearer leave their mark."""
    return a_pool(HOLD, fund=100, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=200, shares=200),
        reserve_contributed(amount=50),
        loan_originated(principal=600),
        loan_originated(loan=OTHER_LOAN, principal=100),
        loan_defaulted(at=MONDAY, principal=600, interest=0),
        cost_advanced(amount=10),
        adjustment_posted(
            pool=POOL,
            postings=posted(
                ("assets:pool:defaulted:loan:principal", 7),
                ("assets:pool:defaulted:loan:interest", 3),
                ("equity:pool:rounding", -10),
            ),
        ),
        guarantee_paid(principal=50, interest=3, costs=4, surplus=2),
        debt_transferred(case=CaseId("case"), principal=67),
        shortfall_recognized(principal=480),
        guarantee_paid(principal=5, recovery=9, costs=1),
        fund_drawn(amount=40),
        reserve_drawn(amount=30),
        deficit_covered(id=COVER, amount=25, shares=25),
        deficit_recapitalized(amount=20),
        debt_redistributed(parts=(RedistributedPart(loan=OTHER_LOAN, principal=35),)),
        bad_debt_socialized(tranche=JUNIOR, amount=50),
        bad_debt_socialized(amount=100),
        adjustment_posted(pool=POOL, postings=posted(("assets:pool:deficit:case", -8), ("equity:pool:rounding", 8))),
        recovery_received(amount=300),
        recovery_allocated(
            parts=(
                part("deficit", 22),
                part("fund", 15, name="fund"),
                part("reserve", 45),
                part("tranche", 120),
                part("tranche", 10, name="junior"),
                part("bearers", 5, basis="cover"),
                part("borrower", 3, name="loan"),
            )
        ),
        restitution_paid(amount=5),
    )


# Lenders.


def test_income_pays_in_shares_covers_recoveries_and_restitution_have_their_columns() -> None:
    rows = report("lenders", claims_that_move_in_every_way())

    assert rows == [
        lender_row("lender", shares=300, balance=285, deposited=300, losses=30, recoveries=15) | {"tranche": "junior"},
        lender_row("lender", shares=1000, balance=1033, deposited=1000, earned=100, losses=100, recoveries=33),
        lender_row("other-lender", shares=430, balance=444, deposited=500, withdrawn=22, earned=50)
        | {"losses": 43, "covered": 55, "recoveries": 14, "restitution": 12},
        lender_row("third-lender", shares=40, balance=41, deposited=11 + 33, losses=4, recoveries=1),
    ]


def test_a_recovery_of_a_tranche_goes_to_whoever_holds_its_shares_by_then() -> None:
    story = a_deficit(SOCIALIZE).then(
        bad_debt_socialized(amount=600),
        deposited(lender=OTHER_LENDER, assets=4, shares=10),
        *all_to(LENDERS, 101),
        deposited(lender=THIRD_LENDER, assets=5, shares=10),
        *all_to(LENDERS, 51),
        withdrawn(lender=OTHER_LENDER, assets=5, shares=10),
        *all_to(LENDERS, 10),
    )

    # 404 on 1010 shares, then 505; 510 on 1020, then 561; 556 on 1010, then 566.
    assert report("lenders", story) == [
        lender_row("lender", shares=1000, balance=560, deposited=1000, losses=600, recoveries=100 + 50 + 10),
        lender_row("other-lender", deposited=4, withdrawn=5, recoveries=1),
        lender_row("third-lender", shares=10, balance=5, deposited=5),
    ]


def test_a_loss_between_two_recoveries_is_no_part_of_either() -> None:
    story = a_deficit(SOCIALIZE).then(
        bad_debt_socialized(amount=300), *all_to(LENDERS, 100), bad_debt_socialized(amount=300), *all_to(LENDERS, 50)
    )

    assert report("lenders", story) == [
        lender_row("lender", shares=1000, balance=550, deposited=1000, losses=600, recoveries=150)
    ]


def test_restitution_is_told_of_one_who_left_and_of_one_who_never_lent() -> None:
    story = a_deficit(HOLD).then(
        bad_debt_socialized(id=LOSS, amount=500),
        deficit_recapitalized(id=COVER, amount=100),
        withdrawn(assets=500, shares=1000),
        recovery_received(amount=60),
        recovery_allocated(parts=(part("bearers", 50, basis="loss"), part("bearers", 10, basis="cover"))),
        restitution_paid(amount=50),
        restitution_paid(holder=PartyId("investor"), amount=9),
    )

    assert report("lenders", story) == [
        lender_row("investor", restitution=9),
        lender_row("lender", deposited=1000, withdrawn=500, losses=500, restitution=50),
    ]


def test_what_adjustments_do_to_claims_and_shares_counts_as_earned() -> None:
    shares = "shares:pool:lenders"
    story = a_pool(assets=1000).then(
        adjustment_posted(
            pool=POOL, postings=posted(("assets:pool:cash", 10), ("liabilities:pool:claims:lenders", -10))
        ),
        adjustment_posted(
            pool=POOL,
            postings=posted(
                ("register:pool:lenders:lender", -100, shares), ("register:pool:lenders:other-lender", 100, shares)
            ),
        ),
        adjustment_posted(
            pool=POOL,
            postings=posted(("register:pool:lenders:third-lender", 10, shares), ("register:pool:lenders", -10, shares)),
        ),
    )

    assert report("lenders", story) == [
        lender_row("lender", shares=900, balance=900, deposited=1000, earned=-100),
        lender_row("other-lender", shares=100, balance=100, earned=100),
        lender_row("third-lender", shares=10, balance=10, earned=10),
    ]


# Funds.


def test_a_fund_is_told_what_recoveries_and_adjustments_brought_it() -> None:
    story = a_deficit(fund_layer(), principal=20, fund=100).then(
        fund_drawn(amount=20, paid=25),
        recovery_received(amount=30),
        recovery_allocated(parts=(part("fund", 9, name="fund"), part("reserve", 1), part("fund", 6, name="fund"))),
        adjustment_posted(fund=FUND, postings=posted(("assets:fund:cash", -4), ("equity:fund:fund", 4))),
    )

    assert report("funds", story) == [
        {"fund": "fund", "asset": "USD", "balance": 86, "contributed": 100, "withdrawn": 0, "drawn": 25}
        | {"reimbursed": 15, "adjusted": -4}
    ]


def test_an_adjustment_of_a_fund_s_shares_changes_nothing_of_what_it_holds() -> None:
    shares = "shares:fund"
    story = a_pool(fund=100).then(
        adjustment_posted(
            fund=FUND, postings=posted(("register:fund:treasury", 5, shares), ("register:fund", -5, shares))
        )
    )

    assert [(row["balance"], row["adjusted"]) for row in report("funds", story)] == [(100, 0)]


# Deficits.


def test_a_case_is_told_who_paid_who_bore_and_what_they_got_back() -> None:
    rows = report("deficits", a_case_that_everyone_bears())

    # 600 + 10 + 10 = 16 - 5 - 11 + 58 + 67 + 480 + 15, and 480 - 8 = 40 + 30 + 50 + 25 + 20 + 35 + 100 + 22 + 150.
    assert rows == [
        {
            "pool": "pool",
            "loan": "loan",
            "case": "case",
            "asset": "USD",
            "exposure": 600,
            "added": 10,
            "adjusted_in_default": 7 + 3,
            "proceeds": 4 + 2 + 1 + 9,
            "costs": 4 + 1,
            "other": 2 + 9,
            "guaranteed": 50 + 3 + 5,
            "repaid": 0,
            "transferred": 67,
            "cured": 0,
            "in_default": 15,
            "recognized": 480,
            "adjusted_open": -8,
            "fund": 40,
            "reserve": 30,
            "tranches": 50,
            "covered": 25,
            "recapitalized": 20,
            "redistributed": 35,
            "socialized": 100,
            "recovered": 22,
            "open": 150,
            "restored": 15 + 30 + 100 + 10 + 5,
            "opened_at": "2022-11-21T12:00:00Z",
            "age_days": 1,
        }
    ]


def test_what_a_tranche_or_the_reserve_gets_beyond_what_it_bore_restores_nothing() -> None:
    story = a_deficit(HOLD).then(
        reserve_contributed(amount=10),
        reserve_drawn(amount=4),
        bad_debt_socialized(amount=6),
        recovery_received(amount=100),
        recovery_allocated(parts=(part("reserve", 3), part("tranche", 5))),
    )
    assert [row["restored"] for row in report("deficits", story)] == [8]

    story.then(recovery_allocated(parts=(part("reserve", 50), part("tranche", 40))))
    assert [row["restored"] for row in report("deficits", story)] == [10]


def test_what_a_tranche_and_those_who_bore_its_loss_get_restores_no_more_than_it_was() -> None:
    to_bearers = recovery_allocated(parts=(part("bearers", 70, basis="loss"),))
    to_holders = recovery_allocated(parts=(part("tranche", 70),))
    story = a_deficit(HOLD).then(bad_debt_socialized(id=LOSS, amount=100), recovery_received(amount=140), to_bearers)
    assert [row["restored"] for row in report("deficits", story)] == [70]

    story.then(to_holders)
    assert [(row["socialized"], row["restored"]) for row in report("deficits", story)] == [(100, 100)]


def test_what_one_tranche_gets_restores_nothing_of_what_another_bore() -> None:
    story = a_pool(HOLD, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=10, shares=10),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        bad_debt_socialized(tranche=JUNIOR, amount=10),
        recovery_received(amount=7),
        recovery_allocated(parts=(part("tranche", 7),)),
    )

    assert [(row["tranches"], row["restored"]) for row in report("deficits", story)] == [(10, 0)]


def test_a_recovery_of_a_closed_case_restores_and_does_not_age_it() -> None:
    story = a_deficit(SOCIALIZE).then(
        bad_debt_socialized(id=LOSS, amount=600),
        case_closed(),
        recovery_received(at=THURSDAY, amount=30),
        recovery_allocated(at=THURSDAY, parts=(part("bearers", 30, basis="loss"),)),
    )

    [row] = report("deficits", story)
    assert (row["recovered"], row["open"], row["restored"], row["age_days"]) == (0, 0, 30, None)


def test_a_deficit_that_an_adjustment_settles_is_open_no_longer() -> None:
    story = a_deficit(HOLD, principal=600).then(
        adjustment_posted(
            pool=POOL, postings=posted(("assets:pool:deficit:case", -600), ("liabilities:pool:claims:lenders", 600))
        ),
        case_closed(),
    )

    [row] = report("deficits", story)
    assert (row["recognized"], row["adjusted_open"], row["open"], row["age_days"]) == (600, -600, 0, None)


def test_what_is_adjusted_in_default_is_of_the_case_that_the_loan_is_under_or_of_none_that_is_shown() -> None:
    lines = posted(("assets:pool:defaulted:loan:principal", 9), ("equity:pool:rounding", -9))
    story = a_pool().then(
        loan_originated(at=MONDAY, principal=600),
        loan_defaulted(at=MONDAY, principal=600, interest=0),
        loan_cured(at=MONDAY, principal=600, interest=0),
        loan_defaulted(at=THURSDAY, case=CaseId("case-2"), principal=600, interest=0),
        adjustment_posted(at=MONDAY, pool=POOL, postings=lines),
    )

    rows = report("deficits", story)
    assert [(row["case"], row["adjusted_in_default"]) for row in rows] == [("case", 0), ("case-2", 9)]
    rows = report("deficits", story, Asked(as_of=MONDAY))
    assert [(row["case"], row["adjusted_in_default"]) for row in rows] == [("case", 0)]


# A case, step by step.

STEP: Final = ("event", "source", "available", "borne", "remaining")


def steps_of(story: Story) -> list[tuple[object, ...]]:
    return [tuple(step[column] for column in STEP) for step in report("case", story, case="case")]


def test_every_event_of_a_case_is_a_step_of_it() -> None:
    assert steps_of(a_case_that_everyone_bears()) == [
        ("loan-defaulted", "exposure", None, 0, 600),
        ("cost-advanced", "cost", None, 0, 610),
        ("adjustment-posted", "adjustment", None, 0, 620),
        ("guarantee-paid", "guarantor guarantor", 55, 53, 567),
        ("debt-transferred", "loan other-loan", 67, 67, 500),
        ("shortfall-recognized", "shortfall", None, 0, 500),
        ("guarantee-paid", "guarantor guarantor", 14, 5, 495),
        ("fund-drawn", "fund fund", 100, 40, 455),
        ("reserve-drawn", "reserve", 50, 30, 425),
        ("deficit-covered", "lender lender", 25, 25, 400),
        ("deficit-recapitalized", "investor investor", 20, 20, 380),
        ("debt-redistributed", "other loans", 35, 35, 345),
        ("bad-debt-socialized", "tranche junior", 200, 50, 295),
        ("bad-debt-socialized", "tranche lenders", 975, 100, 195),
        ("adjustment-posted", "adjustment", None, 0, 187),
        ("recovery-received", "recovery", 300, 0, 187),
        ("recovery-allocated", "recoveries", 309, 22, 165),
        ("restitution-paid", "restitution lender", 5, 0, 165),
    ]


def test_the_reserve_has_available_what_is_above_its_floor() -> None:
    layer = ReserveLayer(layer="reserve", floor=20)
    story = a_pool(layer, HOLD).then(
        reserve_contributed(amount=50),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        reserve_drawn(amount=30),
        reserve_drawn(amount=5, override="the board decided"),
    )

    assert steps_of(story)[2:] == [("reserve-drawn", "reserve", 30, 30, 570), ("reserve-drawn", "reserve", 0, 5, 565)]


def test_a_reserve_that_may_go_below_zero_has_no_bound() -> None:
    story = a_deficit(ReserveLayer(layer="reserve", negative=True)).then(reserve_drawn(amount=600))

    assert steps_of(story)[-1] == ("reserve-drawn", "reserve", None, 600, 0)


def test_what_comes_in_after_a_case_is_closed_is_told_in_it() -> None:
    story = a_deficit(SOCIALIZE).then(
        bad_debt_socialized(amount=600),
        case_closed(),
        recovery_received(amount=9, costs=2),
        recovery_allocated(parts=()),
    )

    assert steps_of(story)[-3:] == [
        ("case-closed", "closed", None, 0, 0),
        ("recovery-received", "recovery", 7, 0, 0),
        ("recovery-allocated", "recoveries", 7, 0, 0),
    ]


def test_an_adjustment_that_changes_nothing_of_a_case_is_no_step_of_it() -> None:
    cash = posted(("assets:pool:cash", 1), ("equity:pool:rounding", -1))
    other = posted(("assets:pool:loans:other-loan:principal", 1), ("equity:pool:rounding", -1))
    told = a_deficit(HOLD).then(loan_originated(loan=OTHER_LOAN, principal=1))

    adjusted = steps_of(told.then(*(adjustment_posted(pool=POOL, postings=lines) for lines in (cash, other))))

    assert [step[0] for step in adjusted] == ["loan-defaulted", "shortfall-recognized"]


# Pools.


def test_a_pool_ties_with_what_it_expects_to_lose_and_what_it_owes_of_recoveries() -> None:
    story = a_case_that_everyone_bears().then(
        allowance_changed(loan=OTHER_LOAN, increase=40), allowance_changed(loan=OTHER_LOAN, decrease=15)
    )

    # Cash: deposits 1200, reserve 50, loans -700, cost -10, guarantees 55 + 14, fund 40, purchase 20, recovery 300,
    # to the fund -15, restitution -5. 949 + 202 + 15 + 150 - 25 = 1291 = 995 + 160 + 65 + 2 + 5 + 89 - 25.
    [row] = report("pools", story)
    assert row == {
        "pool": "pool",
        "asset": "USD",
        "cash": 949,
        "loans": 100 + 67 + 35,
        "interest": 0,
        "defaulted": 15,
        "deficit": 150,
        "allowance": 25,
        "claims": {"lenders": 1000 - 25 - 100 + 120, "junior": 200 - 50 + 10},
        "reserve": 50 - 30 + 45,
        "rounding": 10 - 8,
        "surplus": 2 + 3,
        "recoveries": 309 - 220,
        "restitution": 0,
        "unrealized": 25,
        "share_price": {"lenders": 995 * 10**18 // 975, "junior": 8 * 10**17},
    }
