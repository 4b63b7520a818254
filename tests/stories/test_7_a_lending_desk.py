"""A lending desk: two loans agreed one by one, a guaranteed one that ends in a surplus, an unsecured one charged off.

The guaranteed loan is repaid in part, defaults, bears default interest and costs; its guarantor pays, its collateral is
sold in three lots, and the surplus goes to the guarantor, who has taken the borrower's place. Of the unsecured loan
2200 is charged off in two parts; two years later 2600 come in, 400 more than was lost. An allowance is built for both
before, and released as what was expected comes or does not.
"""

from ledger.errors import (
    RecoveryExceeded,
    SaleUnbalanced,
    ShortfallExceeded,
    WaterfallOrder,
    WrongSide,
    WrongState,
)
from ledger.values import CaseId, LoanId, PartyId, Timestamp
from ledger.waterfall import ReserveLayer
from tests.stories.telling import holds_together, rows, steps, trial_balance
from tests.story import (
    ETH,
    GUARANTOR,
    OTHER_LENDER,
    SOCIALIZE,
    Story,
    allowance_changed,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_sold,
    cost_advanced,
    deposited,
    guarantee_paid,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    part,
    pool_opened,
    recovery_allocated,
    recovery_received,
    repaid,
    reserve_drawn,
    shortfall_recognized,
    surplus_returned,
    told,
)

GUARANTEED, UNSECURED = LoanId("guaranteed-loan"), LoanId("unsecured-loan")
GUARANTEED_CASE, UNSECURED_CASE = CaseId("guaranteed-case"), CaseId("unsecured-case")
BORROWER_1, BORROWER_2, LAWYER = PartyId("borrower-1"), PartyId("borrower-2"), PartyId("lawyer")
OPENED = Timestamp("2020-01-02T09:00:00Z")
YEAR_END = Timestamp("2020-12-31T18:00:00Z")
PAID, EXPECTED = Timestamp("2021-01-05T09:00:00Z"), Timestamp("2021-01-31T18:00:00Z")
DEFAULTED = Timestamp("2021-03-01T09:00:00Z")
HALF_YEAR, CALLED = Timestamp("2021-06-30T18:00:00Z"), Timestamp("2021-07-15T09:00:00Z")
LOT_1, LOT_2, LOT_3 = (Timestamp(f"2021-08-{day}T09:00:00Z") for day in ("02", "09", "16"))
SETTLED = Timestamp("2021-08-20T09:00:00Z")
CHARGED_OFF, WRITTEN_DOWN = Timestamp("2021-12-31T18:00:00Z"), Timestamp("2022-06-30T18:00:00Z")
RECOVERED = Timestamp("2024-06-30T09:00:00Z")


def two_loans() -> Story:
    """6000 + 4000 deposited; 5000 lent against 30 ETH and a guarantee, 2000 against nothing. The reserve keeps 10."""
    return told(
        asset_registered(at=OPENED),
        asset_registered(at=OPENED, asset=ETH, decimals=18),
        pool_opened(at=OPENED, waterfall=(ReserveLayer(layer="reserve", floor=10), SOCIALIZE)),
        deposited(at=OPENED, assets=6000, shares=6000),
        deposited(at=OPENED, lender=OTHER_LENDER, assets=4000, shares=4000),
        loan_originated(at=OPENED, loan=GUARANTEED, borrower=BORROWER_1, principal=5000, rate=10**17),
        collateral_posted(at=OPENED, loan=GUARANTEED, quantity=30),
        loan_originated(at=OPENED, loan=UNSECURED, borrower=BORROWER_2, principal=2000, rate=15 * 10**16),
    )


def a_year_on() -> Story:
    """A tenth of the interest goes to the reserve. One loan pays its interest and 1000; 600 of loss are expected."""
    return two_loans().then(
        interest_accrued(at=YEAR_END, loan=GUARANTEED, interest=500, reserve=50),
        interest_accrued(at=YEAR_END, loan=UNSECURED, interest=300, reserve=30),
        repaid(at=PAID, loan=GUARANTEED, principal=1000, interest=500),
        allowance_changed(at=EXPECTED, loan=GUARANTEED, increase=200),
        allowance_changed(at=EXPECTED, loan=UNSECURED, increase=400),
    )


def both_in_default() -> Story:
    """Both default; another 300 and 1100 of loss are expected."""
    return a_year_on().then(
        interest_accrued(at=DEFAULTED, loan=GUARANTEED, interest=100, reserve=10),
        loan_defaulted(at=DEFAULTED, loan=GUARANTEED, case=GUARANTEED_CASE, principal=4000, interest=100),
        loan_defaulted(at=DEFAULTED, loan=UNSECURED, case=UNSECURED_CASE, principal=2000, interest=300),
        allowance_changed(at=DEFAULTED, loan=GUARANTEED, increase=300),
        allowance_changed(at=DEFAULTED, loan=UNSECURED, increase=1100),
    )


def the_guarantor_pays() -> Story:
    """Default interest of 200, costs of 150; the guarantor pays 2000: interest 300, principal 1700."""
    return both_in_default().then(
        interest_accrued(at=HALF_YEAR, loan=GUARANTEED, case=GUARANTEED_CASE, interest=200, reserve=20),
        cost_advanced(at=HALF_YEAR, loan=GUARANTEED, case=GUARANTEED_CASE, amount=150, payee=LAWYER),
        guarantee_paid(
            at=CALLED,
            loan=GUARANTEED,
            case=GUARANTEED_CASE,
            guarantor=GUARANTOR,
            principal=1700,
            interest=300,
            costs=30,
        ),
    )


def three_lots_sold() -> Story:
    """1050, 960 and 990 after costs, of which 2450 were still owed."""
    return the_guarantor_pays().then(
        collateral_sold(
            at=LOT_1,
            loan=GUARANTEED,
            case=GUARANTEED_CASE,
            quantity=10,
            proceeds=1100,
            costs=50,
            principal=1050,
        ),
        collateral_sold(
            at=LOT_2,
            loan=GUARANTEED,
            case=GUARANTEED_CASE,
            quantity=10,
            proceeds=1000,
            costs=40,
            principal=960,
        ),
        collateral_sold(
            at=LOT_3,
            loan=GUARANTEED,
            case=GUARANTEED_CASE,
            quantity=10,
            proceeds=1050,
            costs=60,
            principal=440,
            surplus=550,
        ),
    )


def surplus_to_the_guarantor() -> Story:
    """The guarantor gets the surplus; nothing was lost, so the allowance of 500 is released."""
    return three_lots_sold().then(
        surplus_returned(at=SETTLED, loan=GUARANTEED, amount=550, payee=GUARANTOR),
        case_closed(at=SETTLED, loan=GUARANTEED, case=GUARANTEED_CASE, outcome="paid in full"),
        allowance_changed(at=SETTLED, loan=GUARANTEED, decrease=500),
    )


def charged_off_in_part() -> Story:
    """1500 of the principal is charged off: the reserve bears 100, the lenders 1400; 1200 of it was expected."""
    return surplus_to_the_guarantor().then(
        shortfall_recognized(at=CHARGED_OFF, loan=UNSECURED, case=UNSECURED_CASE, principal=1500),
        reserve_drawn(at=CHARGED_OFF, case=UNSECURED_CASE, amount=100),
        bad_debt_socialized(at=CHARGED_OFF, case=UNSECURED_CASE, amount=1400),
        allowance_changed(at=CHARGED_OFF, loan=UNSECURED, decrease=1200),
    )


def charged_off_whole() -> Story:
    """The borrower pays 100 of the interest; the other 200 and the last 500 of principal are charged off."""
    return charged_off_in_part().then(
        repaid(at=WRITTEN_DOWN, loan=UNSECURED, case=UNSECURED_CASE, payer=BORROWER_2, principal=0, interest=100),
        shortfall_recognized(at=WRITTEN_DOWN, loan=UNSECURED, case=UNSECURED_CASE, principal=500, interest=200),
        bad_debt_socialized(at=WRITTEN_DOWN, case=UNSECURED_CASE, amount=700),
        allowance_changed(at=WRITTEN_DOWN, loan=UNSECURED, decrease=300),
        case_closed(at=WRITTEN_DOWN, loan=UNSECURED, case=UNSECURED_CASE, outcome="charged off"),
    )


def recovered_two_years_later() -> Story:
    """2700 less 100 come in: 2200 make good the loss, 300 are interest of the two years, 100 were paid too much."""
    return charged_off_whole().then(
        recovery_received(at=RECOVERED, case=UNSECURED_CASE, amount=2700, costs=100, payer=BORROWER_2),
        recovery_allocated(
            at=RECOVERED,
            case=UNSECURED_CASE,
            parts=(
                part("tranche", 2100),
                part("reserve", 100),
                part("reserve", 300),
                part("borrower", 100, name=UNSECURED),
            ),
        ),
        surplus_returned(at=RECOVERED, loan=UNSECURED, amount=100, payee=BORROWER_2),
    )


def test_two_loans_are_lent() -> None:
    story = two_loans()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 3000,  # 10000 - 5000 - 2000
            "assets:pool:loans:guaranteed-loan:principal": 5000,
            "assets:pool:loans:unsecured-loan:principal": 2000,
            "liabilities:pool:claims:lenders": -10_000,
        },
        "ETH": {"assets:pool:collateral:guaranteed-loan": 30, "liabilities:pool:collateral:guaranteed-loan": -30},
        "shares:pool:lenders": {
            "register:pool:lenders": -10_000,
            "register:pool:lenders:lender": 6000,
            "register:pool:lenders:other-lender": 4000,
        },
    }


def test_interest_is_earned_a_part_is_repaid_and_a_loss_is_expected() -> None:
    story = a_year_on()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:allowance:guaranteed-loan": -200,
            "assets:pool:allowance:unsecured-loan": -400,
            "assets:pool:cash": 4500,  # 3000 + 1000 + 500
            "assets:pool:loans:guaranteed-loan:principal": 4000,
            "assets:pool:loans:unsecured-loan:interest": 300,
            "assets:pool:loans:unsecured-loan:principal": 2000,
            "equity:pool:reserve": -80,  # 50 + 30
            "equity:pool:unrealized": 600,
            "liabilities:pool:claims:lenders": -10_720,  # 10000 + 450 + 270
        },
        "ETH": {"assets:pool:collateral:guaranteed-loan": 30, "liabilities:pool:collateral:guaranteed-loan": -30},
        "shares:pool:lenders": {
            "register:pool:lenders": -10_000,
            "register:pool:lenders:lender": 6000,
            "register:pool:lenders:other-lender": 4000,
        },
    }
    assert rows(story, "lenders") == {
        "pool lenders lender": {"shares": 6000, "balance": 6432, "deposited": 6000, "earned": 432},
        "pool lenders other-lender": {"shares": 4000, "balance": 4288, "deposited": 4000, "earned": 288},
    }


def test_both_loans_are_in_default_whole() -> None:
    story = both_in_default()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:allowance:guaranteed-loan": -500,
            "assets:pool:allowance:unsecured-loan": -1500,
            "assets:pool:cash": 4500,
            "assets:pool:defaulted:guaranteed-loan:interest": 100,
            "assets:pool:defaulted:guaranteed-loan:principal": 4000,
            "assets:pool:defaulted:unsecured-loan:interest": 300,
            "assets:pool:defaulted:unsecured-loan:principal": 2000,
            "equity:pool:reserve": -90,
            "equity:pool:unrealized": 2000,
            "liabilities:pool:claims:lenders": -10_810,  # 10720 + 90
        },
        "ETH": {"assets:pool:collateral:guaranteed-loan": 30, "liabilities:pool:collateral:guaranteed-loan": -30},
        "shares:pool:lenders": {
            "register:pool:lenders": -10_000,
            "register:pool:lenders:lender": 6000,
            "register:pool:lenders:other-lender": 4000,
        },
    }
    assert rows(story, "pools") == {
        "pool": {
            "cash": 4500,
            "defaulted": 6400,
            "allowance": 2000,
            "claims": {"lenders": 10_810},
            "reserve": 90,
            "unrealized": 2000,
            "share_price": {"lenders": 1_081000000000000000},
        }
    }


def test_a_loan_in_default_is_not_repaid_as_if_it_performed() -> None:
    fact = repaid(at=CALLED, loan=GUARANTEED, principal=1)

    both_in_default().refuses(fact, WrongState, "is in default under case guaranteed-case, not performing")


def test_the_guarantor_pays_what_it_guaranteed() -> None:
    story = the_guarantor_pays()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:allowance:guaranteed-loan": -500,
            "assets:pool:allowance:unsecured-loan": -1500,
            "assets:pool:cash": 6350,  # 4500 - 150 + 2000
            "assets:pool:defaulted:guaranteed-loan:principal": 2450,  # 4000 + 150 - 1700
            "assets:pool:defaulted:unsecured-loan:interest": 300,
            "assets:pool:defaulted:unsecured-loan:principal": 2000,
            "equity:pool:reserve": -110,
            "equity:pool:unrealized": 2000,
            "liabilities:pool:claims:lenders": -10_990,  # 10810 + 180
        },
        "ETH": {"assets:pool:collateral:guaranteed-loan": 30, "liabilities:pool:collateral:guaranteed-loan": -30},
        "shares:pool:lenders": {
            "register:pool:lenders": -10_000,
            "register:pool:lenders:lender": 6000,
            "register:pool:lenders:other-lender": 4000,
        },
    }
    assert rows(story, "deficits") == {
        "pool guaranteed-loan guaranteed-case": {
            "exposure": 4100,
            "added": 350,  # 200 + 150
            "proceeds": 30,  # what the guarantee cost was kept back from it: proceeds and costs alike
            "costs": 30,
            "guaranteed": 2000,
            "in_default": 2450,
            "opened_at": "2021-03-01T09:00:00Z",
            "age_days": 136,  # 1 March to 15 July
        },
        "pool unsecured-loan unsecured-case": {
            "exposure": 2300,
            "in_default": 2300,
            "opened_at": "2021-03-01T09:00:00Z",
            "age_days": 136,
        },
    }


def test_three_lots_bring_more_than_is_owed() -> None:
    story = three_lots_sold()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:allowance:guaranteed-loan": -500,
            "assets:pool:allowance:unsecured-loan": -1500,
            "assets:pool:cash": 9350,  # 6350 + 1050 + 960 + 990
            "assets:pool:defaulted:unsecured-loan:interest": 300,
            "assets:pool:defaulted:unsecured-loan:principal": 2000,
            "equity:pool:reserve": -110,
            "equity:pool:unrealized": 2000,
            "liabilities:pool:claims:lenders": -10_990,
            "liabilities:pool:surplus:guaranteed-loan": -550,  # 990 - 440
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -10_000,
            "register:pool:lenders:lender": 6000,
            "register:pool:lenders:other-lender": 4000,
        },
    }
    assert steps(story, GUARANTEED_CASE) == [
        ("loan-defaulted", "exposure", None, 0, 4100),
        ("interest-accrued", "interest", None, 0, 4300),
        ("cost-advanced", "cost", None, 0, 4450),
        ("guarantee-paid", "guarantor guarantor", 2000, 2000, 2450),
        ("collateral-sold", "collateral", 1050, 1050, 1400),
        ("collateral-sold", "collateral", 960, 960, 440),
        ("collateral-sold", "collateral", 990, 440, 0),
    ]


def test_no_fourth_lot_is_sold_and_no_sale_applies_more_than_it_brought() -> None:
    fourth = collateral_sold(
        at=SETTLED, loan=GUARANTEED, case=GUARANTEED_CASE, quantity=1, proceeds=9, principal=0, surplus=9
    )
    second = collateral_sold(
        at=LOT_2, loan=GUARANTEED, case=GUARANTEED_CASE, quantity=10, proceeds=1000, costs=40, principal=1000
    )

    three_lots_sold().refuses(fourth, SaleUnbalanced, "1 of ETH is sold, loan guaranteed-loan holds 0")
    the_guarantor_pays().refuses(second, SaleUnbalanced, "proceeds 1000 less costs 40 is 960, but 1000 is applied")


def test_the_surplus_goes_to_the_guarantor_and_the_allowance_is_released() -> None:
    story = surplus_to_the_guarantor()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:allowance:unsecured-loan": -1500,
            "assets:pool:cash": 8800,  # 9350 - 550
            "assets:pool:defaulted:unsecured-loan:interest": 300,
            "assets:pool:defaulted:unsecured-loan:principal": 2000,
            "equity:pool:reserve": -110,
            "equity:pool:unrealized": 1500,
            "liabilities:pool:claims:lenders": -10_990,
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -10_000,
            "register:pool:lenders:lender": 6000,
            "register:pool:lenders:other-lender": 4000,
        },
    }
    assert rows(story, "deficits") == {
        "pool guaranteed-loan guaranteed-case": {
            "exposure": 4100,
            "added": 350,
            "proceeds": 3180,  # 1100 + 1000 + 1050 + 30
            "costs": 180,  # 50 + 40 + 60 + 30
            "other": 550,
            "guaranteed": 2000,
            "opened_at": "2021-03-01T09:00:00Z",
            "age_days": None,
        },
        "pool unsecured-loan unsecured-case": {
            "exposure": 2300,
            "in_default": 2300,
            "opened_at": "2021-03-01T09:00:00Z",
            "age_days": 172,  # 1 March to 20 August
        },
    }
    assert rows(story, "loans") == {
        "pool guaranteed-loan": {"borrower": "borrower-1", "status": "closed", "collateral": {"ETH": 0}},
        "pool unsecured-loan": {
            "borrower": "borrower-2",
            "status": "in-default",
            "principal": 2000,
            "interest": 300,
            "debt": 2300,
            "collateral": {},
        },
    }


def test_no_more_surplus_or_allowance_goes_than_there_is() -> None:
    story = surplus_to_the_guarantor()

    story.refuses(surplus_returned(at=SETTLED, loan=GUARANTEED, amount=1), WrongSide, "holds 0 of USD")
    story.refuses(
        allowance_changed(at=SETTLED, loan=UNSECURED, decrease=1501),
        WrongSide,
        "the allowance of loan unsecured-loan is 1500, it cannot decrease by 1501",
    )


def test_the_reserve_bears_before_the_lenders() -> None:
    story = surplus_to_the_guarantor()
    nothing_lost = recovery_received(at=SETTLED, case=UNSECURED_CASE, amount=1)

    story.refuses(nothing_lost, WrongState, "no shortfall of case unsecured-case was recognized")
    story.then(shortfall_recognized(at=CHARGED_OFF, loan=UNSECURED, case=UNSECURED_CASE, principal=1500))
    story.refuses(
        bad_debt_socialized(at=CHARGED_OFF, case=UNSECURED_CASE, amount=1500),
        WaterfallOrder,
        "layer reserve comes first and can still bear 100",
    )
    story.refuses(
        reserve_drawn(at=CHARGED_OFF, case=UNSECURED_CASE, amount=101), WaterfallOrder, "can still bear 100, not 101"
    )


def test_a_part_is_charged_off() -> None:
    story = charged_off_in_part()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:allowance:unsecured-loan": -300,  # 1500 - 1200
            "assets:pool:cash": 8800,
            "assets:pool:defaulted:unsecured-loan:interest": 300,
            "assets:pool:defaulted:unsecured-loan:principal": 500,  # 2000 - 1500
            "equity:pool:reserve": -10,  # 110 - 100
            "equity:pool:unrealized": 300,
            "liabilities:pool:claims:lenders": -9590,  # 10990 - 1400
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -10_000,
            "register:pool:lenders:lender": 6000,
            "register:pool:lenders:other-lender": 4000,
        },
    }
    too_much = shortfall_recognized(at=WRITTEN_DOWN, loan=UNSECURED, case=UNSECURED_CASE, principal=501)
    story.refuses(too_much, ShortfallExceeded, "principal 500 and interest 300 are in default")


def test_the_rest_is_charged_off_and_the_case_closed() -> None:
    story = charged_off_whole()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 8900,  # 8800 + 100
            "equity:pool:reserve": -10,
            "liabilities:pool:claims:lenders": -8890,  # 9590 - 700
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -10_000,
            "register:pool:lenders:lender": 6000,
            "register:pool:lenders:other-lender": 4000,
        },
    }
    # Interest of 990 for the lenders in all: 594 and 396. A loss of 2100: 840 + 420 and 560 + 280.
    assert rows(story, "lenders") == {
        "pool lenders lender": {
            "shares": 6000,
            "balance": 5334,
            "deposited": 6000,
            "earned": 594,
            "losses": 1260,
        },
        "pool lenders other-lender": {
            "shares": 4000,
            "balance": 3556,
            "deposited": 4000,
            "earned": 396,
            "losses": 840,
        },
    }
    assert steps(story, UNSECURED_CASE) == [
        ("loan-defaulted", "exposure", None, 0, 2300),
        ("shortfall-recognized", "shortfall", None, 0, 2300),
        ("reserve-drawn", "reserve", 100, 100, 2200),
        ("bad-debt-socialized", "tranche lenders", 10_990, 1400, 800),
        ("repaid", "repayment", 100, 100, 700),
        ("shortfall-recognized", "shortfall", None, 0, 700),
        ("bad-debt-socialized", "tranche lenders", 9590, 700, 0),
        ("case-closed", "closed", None, 0, 0),
    ]


def test_two_years_later_more_comes_in_than_was_lost() -> None:
    story = recovered_two_years_later()

    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 11_400,  # 8900 + 2700 - 100 - 100
            "equity:pool:reserve": -410,  # 10 + 100 + 300
            "liabilities:pool:claims:lenders": -10_990,  # 8890 + 2100
        },
        "shares:pool:lenders": {
            "register:pool:lenders": -10_000,
            "register:pool:lenders:lender": 6000,
            "register:pool:lenders:other-lender": 4000,
        },
    }
    assert rows(story, "lenders") == {
        "pool lenders lender": {
            "shares": 6000,
            "balance": 6594,
            "deposited": 6000,
            "earned": 594,
            "losses": 1260,
            "recoveries": 1260,
        },
        "pool lenders other-lender": {
            "shares": 4000,
            "balance": 4396,
            "deposited": 4000,
            "earned": 396,
            "losses": 840,
            "recoveries": 840,
        },
    }
    # What the reserve earns on top of the 100 that it bore gives nothing back.
    assert rows(story, "deficits") == {
        "pool guaranteed-loan guaranteed-case": {
            "exposure": 4100,
            "added": 350,
            "proceeds": 3180,
            "costs": 180,
            "other": 550,
            "guaranteed": 2000,
            "opened_at": "2021-03-01T09:00:00Z",
            "age_days": None,
        },
        "pool unsecured-loan unsecured-case": {
            "exposure": 2300,
            "repaid": 100,
            "recognized": 2200,
            "reserve": 100,
            "socialized": 2100,
            "restored": 2200,  # 2100 + 100: the reserve bore 100
            "opened_at": "2021-03-01T09:00:00Z",
            "age_days": None,
        },
    }
    assert steps(story, UNSECURED_CASE)[-2:] == [
        ("recovery-received", "recovery", 2600, 0, 0),
        ("recovery-allocated", "recoveries", 2600, 0, 0),
    ]


def test_nothing_is_left_of_a_recovery_that_went_to_its_owners() -> None:
    story = recovered_two_years_later()
    of_the_other_loan = recovery_allocated(
        at=RECOVERED, case=UNSECURED_CASE, parts=(part("borrower", 1, name=GUARANTEED),)
    )

    story.refuses(
        recovery_allocated(at=RECOVERED, case=UNSECURED_CASE, parts=(part("reserve", 1),)),
        WrongSide,
        "liabilities:pool:recoveries:unsecured-case holds 0 of USD",
    )
    story.refuses(
        recovery_allocated(at=RECOVERED, case=UNSECURED_CASE, parts=(part("deficit", 1),)),
        RecoveryExceeded,
        "case unsecured-case has an open deficit of 0, not of 1",
    )
    story.refuses(
        of_the_other_loan, WrongState, "case unsecured-case is of loan unsecured-loan, not of guaranteed-loan"
    )


def test_the_year_can_be_read_as_it_ended() -> None:
    story = recovered_two_years_later()

    assert trial_balance(story, as_of="2021-12-31T23:59:59Z") == trial_balance(charged_off_in_part())
    assert trial_balance(story, as_of="2021-07-15T09:00:00Z") == trial_balance(the_guarantor_pays())


def test_the_story_holds_together_at_every_position() -> None:
    holds_together(recovered_two_years_later())
