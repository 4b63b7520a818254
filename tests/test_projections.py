"""The reports by example: every column worked out by hand, late facts, limits; and that no fold forgets an event."""

from typing import Final, get_args

import pytest

from ledger.accounts import no_charters
from ledger.events import CATALOGUE, AdjustmentPosted, Allocation, AnyEvent
from ledger.values import (
    LENDERS,
    WAD,
    Account,
    CaseId,
    Commodity,
    EventId,
    FundId,
    LoanId,
    PartyId,
    PoolId,
    Timestamp,
)
from projections.aging import OpenItemsFold
from projections.balances import BalancesFold
from projections.case import CaseEvent, CasesFold
from projections.charged import ChargedFold
from projections.deficits import DeficitsFold
from projections.funds import FundsFold
from projections.in_default import GapsFold
from projections.lender_losses import LenderLossesFold
from projections.lenders import LendersFold
from projections.loans import LoansFold
from projections.reading import Asked, Fold, Selection, Shown
from projections.recovery import RecoveryFold
from projections.reports import REPORTS
from projections.rows import head, json_row, measures
from tests.histories import NOW, Row, recorded, rows_of, shown
from tests.story import (
    ETH,
    HOLD,
    JUNIOR,
    OTHER_LENDER,
    SOCIALIZE,
    USD,
    Story,
    a_default,
    a_deficit,
    a_loan,
    a_pool,
    allowance_changed,
    asset_registered,
    bad_debt_socialized,
    balance_asserted,
    case_closed,
    collateral_posted,
    collateral_released,
    collateral_sold,
    deficit_recapitalized,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    fund_withdrawn,
    interest_accrued,
    loan_cured,
    loan_defaulted,
    loan_drawn,
    loan_originated,
    period_closed,
    pool_opened,
    price_observed,
    reconciliation_prepared,
    reconciliation_reviewed,
    reconciliation_signed,
    repaid,
    shares_transferred,
    shortfall_recognized,
    surplus_returned,
    terms_changed,
    told,
    withdrawn,
)

THIRD_LENDER, FEES = PartyId("third-lender"), PartyId("fees")
OTHER_POOL, OTHER_FUND = PoolId("other-pool"), FundId("other-fund")
OTHER_LOAN, THIRD_LOAN, FOURTH_LOAN = LoanId("other-loan"), LoanId("third-loan"), LoanId("fourth-loan")
OTHER_CASE = CaseId("other-case")
MONDAY, TUESDAY, WEDNESDAY = (Timestamp(f"2022-11-2{day}T12:00:00Z") for day in (1, 2, 3))
MONDAY_NIGHT = Timestamp("2022-11-21T23:59:59.999999999Z")


def report(name: str, story: Story, asked: Asked = NOW, **named: str) -> list[Row]:
    return rows_of(name, recorded(story.facts), asked, **named)


def selection_of(story: Story) -> Selection:
    return Selection(recorded(story.facts), NOW)


def a_whole_case() -> Story:
    """A default on Monday with everything that may happen in it, of which a deficit of 40 is left open."""
    return a_pool(fund_layer(), SOCIALIZE, fund=55, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=200, shares=100),
        loan_originated(principal=600),
        interest_accrued(interest=20),
        collateral_posted(quantity=8),
        loan_defaulted(at=MONDAY, principal=600, interest=20),
        interest_accrued(case=CaseId("case"), interest=5),
        loan_drawn(case=CaseId("case"), principal=10),
        collateral_sold(
            quantity=5, proceeds=300, costs=10, principal=250, interest=25, penalty=5, surplus=4, rounding=6
        ),
        repaid(case=CaseId("case"), principal=40),
        shortfall_recognized(principal=200),
        collateral_sold(quantity=1, proceeds=30, principal=20, recovery=10, source="secondary"),
        shortfall_recognized(principal=40),
        fund_drawn(amount=50, paid=55),
        bad_debt_socialized(tranche=JUNIOR, amount=30),
        deficit_recapitalized(amount=20),
        bad_debt_socialized(amount=100),
        loan_cured(at=WEDNESDAY, principal=60, interest=0, reason="residual"),
    )


def lenders_through_two_losses() -> Story:
    """Three lenders, a fee by dilution and a junior tranche; 100 and then 3 are socialized, and 10 of the juniors."""
    return a_pool(SOCIALIZE, assets=1000, fund=50, tranches=(JUNIOR,)).then(
        deposited(lender=OTHER_LENDER, assets=500, shares=500),
        deposited(tranche=JUNIOR, assets=300, shares=300),
        loan_originated(principal=600),
        interest_accrued(
            interest=7,
            reserve=1,
            allocation=(Allocation(tranche=JUNIOR, amount=1), Allocation(tranche=LENDERS, amount=5)),
            fee_recipient=FEES,
            fee_shares=3,
        ),
        shares_transferred(receiver=THIRD_LENDER, shares=100),
        loan_defaulted(principal=600, interest=7),
        shortfall_recognized(principal=600, interest=7),
        fund_drawn(amount=50, lender=OTHER_LENDER, shares=49),
        bad_debt_socialized(amount=100),
        bad_debt_socialized(amount=3),
        bad_debt_socialized(tranche=JUNIOR, amount=10),
        withdrawn(lender=THIRD_LENDER, assets=92, shares=100),
    )


# Lenders.


def lender_row(lender: str, **columns: int) -> Row:
    """A row of a lender, in which whatever is not told is 0."""
    amounts = ("shares", "balance", "deposited", "withdrawn", "transferred", "earned", "losses", "covered")
    none = dict.fromkeys((*amounts, "recoveries", "restitution"), 0)
    return {"pool": "pool", "tranche": "lenders", "lender": lender, "asset": "USD"} | none | columns


def test_each_lender_is_told_what_it_is_owed_and_how_it_came_to_that() -> None:
    rows = report("lenders", lenders_through_two_losses())

    assert rows == [
        lender_row("lender", shares=300, balance=291, deposited=300, earned=1, losses=10) | {"tranche": "junior"},
        lender_row("fees", shares=3, balance=2, earned=3, losses=1),
        lender_row("lender", shares=900, balance=837, deposited=1000, transferred=-100, earned=1, losses=62 + 2),
        lender_row("other-lender", shares=451, balance=419, deposited=500, earned=1, losses=31 + 1, covered=50),
        lender_row("third-lender", withdrawn=92, transferred=100, losses=7 + 1),
    ]


def test_claims_that_are_minted_count_as_deposited_and_those_burnt_to_pay_as_withdrawn() -> None:
    story = a_pool(assets=1000).then(
        loan_originated(principal=60, lender=OTHER_LENDER, shares=60),
        loan_drawn(principal=40, lender=OTHER_LENDER, shares=40),
        collateral_posted(quantity=1),
        interest_accrued(interest=11),
        repaid(principal=20, interest=1, rounding=1, lender=OTHER_LENDER, shares=22),
        loan_defaulted(principal=80, interest=10),
        collateral_sold(quantity=1, proceeds=35, costs=5, principal=30, lender=OTHER_LENDER, shares=30),
        shortfall_recognized(principal=50),
        deficit_recapitalized(amount=5, lender=OTHER_LENDER, shares=5),
    )

    # Claims 1000 + 100 + 11 - 22 - 30 - 5 = 1054 on 1000 + 100 - 22 - 30 - 5 = 1043 shares: 43 of them are worth 43.
    assert report("lenders", story, lender="other-lender") == [
        lender_row("other-lender", shares=43, balance=43, deposited=100, withdrawn=52, covered=5)
    ]


def test_whoever_joins_after_a_loss_bears_nothing_of_it() -> None:
    story = a_deficit(SOCIALIZE, principal=600).then(
        bad_debt_socialized(amount=600), deposited(lender=OTHER_LENDER, assets=4, shares=10)
    )

    assert report("lenders", story) == [
        lender_row("lender", shares=1000, balance=400, deposited=1000, losses=600),
        lender_row("other-lender", shares=10, balance=4, deposited=4),
    ]


def test_lenders_can_be_limited_to_a_pool_and_a_lender() -> None:
    story = a_pool(assets=10).then(
        deposited(lender=OTHER_LENDER, assets=1, shares=1),
        pool_opened(pool=OTHER_POOL),
        deposited(pool=OTHER_POOL, assets=3, shares=3),
    )

    assert [row["pool"] for row in report("lenders", story, lender="lender")] == ["other-pool", "pool"]
    assert [row["lender"] for row in report("lenders", story, pool="pool")] == ["lender", "other-lender"]
    assert [row["balance"] for row in report("lenders", story, pool="pool", lender="lender")] == [10]


# Funds.


def test_each_fund_is_told_what_it_holds_and_what_came_and_went() -> None:
    story = a_deficit(fund_layer(), principal=20, fund=100).then(
        fund_contributed(amount=20),
        fund_withdrawn(amount=30),
        fund_drawn(amount=20, paid=25),
        fund_opened(fund=OTHER_FUND, asset=ETH),
    )

    fund = {"fund": "fund", "asset": "USD", "balance": 65, "contributed": 120, "withdrawn": 30, "drawn": 25}
    nothing = {"balance": 0, "contributed": 0, "withdrawn": 0, "drawn": 0, "reimbursed": 0, "adjusted": 0}
    assert report("funds", story) == [
        fund | {"reimbursed": 0, "adjusted": 0},
        {"fund": "other-fund", "asset": "ETH"} | nothing,
    ]
    assert report("funds", story, fund="fund") == [fund | {"reimbursed": 0, "adjusted": 0}]


# Deficits.


def test_a_case_is_told_from_its_exposure_to_who_bore_what() -> None:
    rows = report("deficits", a_whole_case())

    assert rows == [
        {
            "pool": "pool",
            "loan": "loan",
            "case": "case",
            "asset": "USD",
            "exposure": 620,
            "added": 15,
            "adjusted_in_default": 0,
            "proceeds": 330,
            "costs": 10,
            "other": 25,
            "guaranteed": 0,
            "repaid": 40,
            "transferred": 0,
            "cured": 60,
            "in_default": 0,
            "recognized": 240,
            "adjusted_open": 0,
            "fund": 50,
            "reserve": 0,
            "tranches": 30,
            "covered": 0,
            "recapitalized": 20,
            "redistributed": 0,
            "socialized": 100,
            "recovered": 0,
            "open": 40,
            "restored": 0,
            "opened_at": "2022-11-21T12:00:00Z",
            "age_days": 2,
        }
    ]


def test_a_case_ages_in_whole_days_to_the_time_asked_for() -> None:
    case = (
        a_default()
        .then(loan_cured(principal=600, interest=0, reason="cured"))
        .then(loan_defaulted(at=MONDAY, principal=600, interest=0, case=OTHER_CASE))
    )

    [young] = report("deficits", case, Asked(as_of=Timestamp("2022-11-22T11:59:59.999999999Z")), case="other-case")
    [older] = report("deficits", case, Asked(as_of=TUESDAY), case="other-case")

    assert (young["age_days"], older["age_days"]) == (0, 1)


def test_a_case_with_nothing_left_in_default_or_open_has_no_age() -> None:
    [row] = report("deficits", a_whole_case().then(deficit_recapitalized(amount=40)))

    assert (row["in_default"], row["open"], row["recapitalized"], row["age_days"]) == (0, 0, 60, None)


def test_cases_can_be_limited_to_a_pool_a_loan_and_a_case() -> None:
    story = a_default().then(
        loan_originated(loan=OTHER_LOAN, principal=5),
        loan_defaulted(loan=OTHER_LOAN, case=OTHER_CASE, principal=5, interest=0),
    )

    assert [row["case"] for row in report("deficits", story, pool="pool")] == ["case", "other-case"]
    assert [row["case"] for row in report("deficits", story, loan="other-loan")] == ["other-case"]
    assert [row["case"] for row in report("deficits", story, case="case")] == ["case"]
    assert report("deficits", story, pool="pool", loan="loan", case="other-case") == []


# Loans.


def loan_row(loan: str, status: str, principal: int, interest: int, **collateral: int) -> Row:
    named = {"pool": "pool", "loan": loan, "borrower": "borrower", "asset": "USD", "status": status}
    owed = {"principal": principal, "interest": interest, "debt": principal + interest}
    return {**named, **owed, "collateral": collateral}


def test_each_loan_is_told_its_state_what_it_owes_and_what_is_held_for_it() -> None:
    story = a_pool(SOCIALIZE, assets=1000).then(
        loan_originated(principal=300),
        interest_accrued(interest=7),
        collateral_posted(quantity=10),
        collateral_posted(asset=Commodity(USD), quantity=4),
        collateral_released(quantity=3),
        repaid(principal=100, interest=2),
        loan_originated(loan=OTHER_LOAN, principal=200),
        collateral_posted(loan=OTHER_LOAN, quantity=6),
        loan_defaulted(loan=OTHER_LOAN, principal=200, interest=0),
        loan_drawn(loan=OTHER_LOAN, case=CaseId("case"), principal=1),
        collateral_sold(loan=OTHER_LOAN, quantity=2, proceeds=50, principal=50),
        shortfall_recognized(loan=OTHER_LOAN, principal=31),
        loan_originated(loan=THIRD_LOAN, principal=0),
        collateral_posted(loan=THIRD_LOAN, quantity=1),
        collateral_released(loan=THIRD_LOAN, quantity=1),
        loan_originated(loan=FOURTH_LOAN, principal=100),
        loan_defaulted(loan=FOURTH_LOAN, case=OTHER_CASE, principal=100, interest=0),
        shortfall_recognized(loan=FOURTH_LOAN, case=OTHER_CASE, principal=100),
        bad_debt_socialized(case=OTHER_CASE, amount=100),
        case_closed(loan=FOURTH_LOAN, case=OTHER_CASE),
    )

    assert report("loans", story) == [
        loan_row("fourth-loan", "closed", 0, 0),
        loan_row("loan", "performing", 200, 5, ETH=7, USD=4),
        loan_row("other-loan", "in-default", 120, 0, ETH=4),
        loan_row("third-loan", "undrawn", 0, 0, ETH=0),
    ]
    assert report("loans", story, pool="pool", loan="third-loan") == [loan_row("third-loan", "undrawn", 0, 0, ETH=0)]


def test_a_cured_loan_performs_until_it_is_repaid() -> None:
    cured = a_default(principal=600).then(loan_cured(principal=600, interest=0, reason="cured"))
    assert report("loans", cured) == [loan_row("loan", "performing", 600, 0, ETH=10)]

    cured.then(repaid(principal=600))
    assert report("loans", cured) == [loan_row("loan", "repaid", 0, 0, ETH=10)]


def test_a_loan_stays_in_default_under_its_second_case_when_the_first_one_closes() -> None:
    story = a_default(principal=600).then(
        loan_cured(principal=600, interest=0, reason="cured"),
        loan_defaulted(case=OTHER_CASE, principal=600, interest=0),
        case_closed(),
    )

    assert report("loans", story) == [loan_row("loan", "in-default", 600, 0, ETH=10)]


@pytest.mark.parametrize("first", [allowance_changed(at=MONDAY, increase=1), surplus_returned(at=MONDAY, amount=0)])
def test_a_loan_has_a_row_once_an_entry_of_it_is_shown_whatever_it_is(first: AnyEvent) -> None:
    story = a_pool().then(loan_originated(principal=5), first)

    assert report("loans", story, Asked(as_of=MONDAY)) == [loan_row("loan", "undrawn", 0, 0) | {"borrower": ""}]


# Pools.


def test_a_pool_is_told_as_a_balance_sheet_that_ties() -> None:
    story = a_pool(assets=1000, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=200, shares=100),
        loan_originated(principal=600),
        loan_originated(loan=OTHER_LOAN, principal=50),
        interest_accrued(loan=OTHER_LOAN, interest=8, reserve=2),
        collateral_posted(asset=Commodity(USD), quantity=9),
        loan_defaulted(principal=600, interest=0),
        collateral_sold(
            asset=Commodity(USD), quantity=2, proceeds=210, costs=10, principal=180, penalty=5, surplus=9, rounding=6
        ),
        shortfall_recognized(principal=300),
        collateral_sold(asset=Commodity(USD), quantity=1, proceeds=12, principal=0, recovery=12),
        deficit_recapitalized(amount=30),
        pool_opened(pool=OTHER_POOL, asset=ETH),
    )

    # 792 + 50 + 8 + 120 + 270 = 1240 = 1006 + 200 + 7 + 6 + 9 + 12
    pool = {
        "pool": "pool",
        "asset": "USD",
        "cash": 1200 - 650 + 200 + 12 + 30,
        "loans": 50,
        "interest": 8,
        "defaulted": 120,
        "deficit": 270,
        "allowance": 0,
        "claims": {"lenders": 1006, "junior": 200},
        "reserve": 7,
        "rounding": 6,
        "surplus": 9,
        "recoveries": 12,
        "restitution": 0,
        "unrealized": 0,
        "share_price": {"lenders": 1_006 * WAD // 1_000, "junior": 2 * WAD},
    }
    empty = dict.fromkeys(pool, 0) | {"claims": {"lenders": 0}, "share_price": {"lenders": None}}
    assert report("pools", story) == [empty | {"pool": "other-pool", "asset": "ETH"}, pool]
    assert report("pools", story, pool="pool") == [pool]


# A case.


def test_a_case_is_told_step_by_step_until_nothing_remains() -> None:
    story = a_whole_case().then(deficit_recapitalized(amount=40), case_closed())

    steps = report("case", story, case="case")

    columns = ("position", "event", "source", "available", "borne", "remaining")
    assert [tuple(step[column] for column in columns) for step in steps] == [
        (11, "loan-defaulted", "exposure", None, 0, 620),
        (12, "interest-accrued", "interest", None, 0, 625),
        (13, "loan-drawn", "draw", None, 0, 635),
        (14, "collateral-sold", "collateral", 290, 275, 360),
        (15, "repaid", "repayment", 40, 40, 320),
        (16, "shortfall-recognized", "shortfall", None, 0, 320),
        (17, "collateral-sold", "secondary", 30, 20, 300),
        (18, "shortfall-recognized", "shortfall", None, 0, 300),
        (19, "fund-drawn", "fund fund", 55, 50, 250),
        (20, "bad-debt-socialized", "tranche junior", 200, 30, 220),
        (21, "deficit-recapitalized", "investor investor", 20, 20, 200),
        (22, "bad-debt-socialized", "tranche lenders", 1025, 100, 100),
        (23, "loan-cured", "residual", None, 60, 40),
        (24, "deficit-recapitalized", "investor investor", 40, 40, 0),
        (25, "case-closed", "closed", None, 0, 0),
    ]
    assert {step["asset"] for step in steps} == {"USD"}
    assert [steps[0]["at"], steps[12]["at"]] == ["2022-11-21T12:00:00Z", "2022-11-23T12:00:00Z"]


def test_a_fund_has_available_what_its_layer_still_allows_the_case() -> None:
    story = a_deficit(fund_layer(cap=70, share_wad=WAD // 4, floor=10), HOLD, principal=600, fund=400).then(
        fund_drawn(amount=60),
        fund_contributed(amount=1000),
        fund_drawn(amount=10),
        fund_drawn(amount=5, override="the board decided"),
    )

    draws = report("case", story, case="case")[2:]

    assert [(step["available"], step["borne"]) for step in draws] == [(70, 60), (10, 10), (0, 5)]


def test_what_a_fund_has_available_is_limited_by_its_balance_at_the_first_recognition() -> None:
    story = a_default(fund_layer(share_wad=WAD // 4), HOLD, principal=600, fund=400).then(
        shortfall_recognized(principal=200),
        fund_contributed(amount=1000),
        shortfall_recognized(principal=400),
        fund_drawn(amount=70),
    )

    step = report("case", story, case="case")[-1]

    assert (step["available"], step["borne"]) == (100, 70)


def test_a_fund_in_another_asset_bears_an_amount_and_what_it_had_is_not_told() -> None:
    story = a_pool(assets=1000).then(
        fund_opened(fund=OTHER_FUND, asset=ETH),
        fund_contributed(fund=OTHER_FUND, amount=9),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        fund_drawn(fund=OTHER_FUND, amount=500, paid=3),
    )

    step = report("case", story, case="case")[-1]

    assert (step["source"], step["asset"], step["available"]) == ("fund other-fund", "USD", None)
    assert (step["borne"], step["remaining"]) == (500, 100)
    assert [row["balance"] for row in report("funds", story, fund="other-fund")] == [6]


def test_a_case_that_no_entry_names_has_no_steps() -> None:
    assert report("case", a_deficit(), case="other-case") == []


# Accounts and entries.


def test_the_trial_balance_keeps_an_account_that_came_to_zero() -> None:
    story = a_pool(assets=10, fund=2).then(loan_originated(principal=4), withdrawn(assets=6, shares=6))

    fund = [
        {"account": "assets:fund:cash", "commodity": "USD", "debit": 2, "credit": 0},
        {"account": "equity:fund:fund", "commodity": "USD", "debit": 0, "credit": 2},
    ]
    pool = [
        {"account": "assets:pool:cash", "commodity": "USD", "debit": 0, "credit": 0},
        {"account": "assets:pool:loans:loan:principal", "commodity": "USD", "debit": 4, "credit": 0},
        {"account": "liabilities:pool:claims:lenders", "commodity": "USD", "debit": 0, "credit": 4},
        {"account": "register:pool:lenders", "commodity": "shares:pool:lenders", "debit": 0, "credit": 4},
        {"account": "register:pool:lenders:lender", "commodity": "shares:pool:lenders", "debit": 4, "credit": 0},
    ]
    assert report("trial-balance", story, fund="fund") == fund
    assert report("trial-balance", story, pool="pool") == pool
    assert report("trial-balance", story) == [fund[0], *pool[:2], fund[1], *pool[2:]]


def test_the_register_runs_the_balance_of_each_account_over_all_entries() -> None:
    story = a_pool(assets=10).then(
        deposited(assets=1, shares=2), deposited(at=MONDAY, lender=OTHER_LENDER, assets=5, shares=6)
    )

    assert report("register", story, lender="other-lender") == [
        {"position": 8, "at": MONDAY, "type": "deposited", "account": account, "commodity": commodity}
        | {"amount": amount, "balance": balance}
        for account, commodity, amount, balance in (
            ("register:pool:lenders:other-lender", "shares:pool:lenders", 6, 6),
            ("register:pool:lenders", "shares:pool:lenders", -6, -18),
            ("assets:pool:cash", "USD", 5, 16),
            ("liabilities:pool:claims:lenders", "USD", -5, -16),
        )
    ]


def test_an_entry_is_told_with_its_event_as_stored() -> None:
    story = told(asset_registered(at=MONDAY, decimals=6))

    assert report("events", story) == [
        {
            "position": 1,
            "recorded_at": "2024-03-01T12:00:00Z",
            "recorded_by": "teller",
            "type": "asset-registered",
            "at": "2022-11-21T12:00:00Z",
            "id": "fact-1",
            "event": {"type": "asset-registered", "at": MONDAY, "id": "fact-1", "asset": "USD", "decimals": 6},
        }
    ]


@pytest.mark.parametrize(
    ("named", "positions"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]),
        ({"pool": "pool"}, [5, 6, 7, 8, 9, 10, 12, 13, 14]),
        ({"fund": "fund"}, [3, 4, 12]),
        ({"loan": "loan"}, [7, 8, 9, 10, 13]),
        ({"case": "case"}, [9, 10, 12, 13]),
        ({"lender": "lender"}, [6, 14]),
        ({"lender": "other-lender"}, [8, 14]),
        ({"lender": "third-lender"}, [12]),
        ({"pool": "pool", "fund": "fund"}, [12]),
        ({"pool": "other-pool"}, []),
    ],
    ids=str,
)
def test_entries_and_their_postings_can_be_limited_to_what_they_name(
    named: dict[str, str], positions: list[int]
) -> None:
    story = a_pool(assets=10, fund=5).then(
        loan_originated(principal=6),
        interest_accrued(interest=1, fee_recipient=OTHER_LENDER, fee_shares=1),
        loan_defaulted(principal=6, interest=1),
        shortfall_recognized(principal=4),
        price_observed(price=1),
        fund_drawn(amount=4, lender=THIRD_LENDER),
        repaid(case=CaseId("case"), principal=2),
        shares_transferred(shares=1),
    )

    assert [row["position"] for row in report("events", story, NOW, **named)] == positions
    assert {row["position"] for row in report("register", story, NOW, **named)} == set(positions) - {1, 2, 3, 5, 11}


# Late facts.


def a_deposit_that_came_in_late() -> Story:
    """Deposits of Monday and of Wednesday; one of Tuesday comes in last."""
    return told(
        asset_registered(at=MONDAY, decimals=6),
        pool_opened(at=MONDAY),
        deposited(at=MONDAY, assets=10, shares=10),
        deposited(at=WEDNESDAY, lender=OTHER_LENDER, assets=5, shares=5),
        deposited(at=TUESDAY, lender=THIRD_LENDER, assets=3, shares=3),
    )


@pytest.mark.parametrize(
    ("asked", "lenders", "stands"),
    [
        (NOW, {"lender": 10, "other-lender": 5, "third-lender": 3}, Shown(5, WEDNESDAY, None, 0, 0)),
        (Asked(as_of=TUESDAY), {"lender": 10, "third-lender": 3}, Shown(5, TUESDAY, None, 1, 0)),
        (Asked(as_of=TUESDAY, position=4), {"lender": 10}, Shown(4, TUESDAY, None, 0, 0)),
        (Asked(as_of=MONDAY), {"lender": 10}, Shown(5, MONDAY, None, 0, 0)),
        (Asked(as_of=WEDNESDAY, position=4), {"lender": 10, "other-lender": 5}, Shown(4, WEDNESDAY, None, 0, 0)),
        (Asked(position=3), {"lender": 10}, Shown(3, MONDAY, None, 0, 0)),
        (Asked(position=0), {}, Shown(0, None, None, 0, 0)),
    ],
    ids=str,
)
def test_a_late_fact_is_shown_and_counted_as_of_its_time_once_it_is_known(
    asked: Asked, lenders: dict[str, int], stands: Shown
) -> None:
    story = a_deposit_that_came_in_late()

    assert {row["lender"]: row["balance"] for row in report("lenders", story, asked)} == lenders
    assert shown(recorded(story.facts), asked) == stands


def test_a_late_fact_is_not_known_before_it_is_recorded() -> None:
    journal = recorded(a_deposit_that_came_in_late().facts, clock=(MONDAY, WEDNESDAY, WEDNESDAY, WEDNESDAY))

    assert shown(journal, Asked(known_at=TUESDAY)) == Shown(2, MONDAY, TUESDAY, 0, 0)
    assert shown(journal, Asked(as_of=TUESDAY, known_at=WEDNESDAY)) == Shown(5, TUESDAY, WEDNESDAY, 1, 0)


@pytest.mark.parametrize(
    ("as_of", "balances"),
    [("2022-11-21T12:00:00Z", [10]), ("2022-11-21T12:00:00.49Z", [10]), ("2022-11-21T12:00:00.5Z", [10, 3])],
)
def test_a_time_asked_for_is_inclusive_to_the_fraction(as_of: str, balances: list[int]) -> None:
    story = a_deposit_that_came_in_late().then(
        deposited(at=Timestamp("2022-11-21T12:00:00.5Z"), lender=FEES, assets=3, shares=3)
    )

    rows = report("lenders", story, Asked(as_of=Timestamp(as_of)))

    assert sorted((row["balance"] for row in rows), reverse=True) == balances


def test_a_late_deposit_bears_no_loss_that_stands_before_it() -> None:
    story = a_deficit(SOCIALIZE, principal=600).then(
        bad_debt_socialized(amount=600), deposited(at=MONDAY, lender=OTHER_LENDER, assets=4, shares=10)
    )

    [_, late_lender] = report("lenders", story)

    assert late_lender == lender_row("other-lender", shares=10, balance=4, deposited=4)


def test_a_loss_falls_in_full_on_the_lenders_shown_where_others_count_only_later() -> None:
    story = told(
        asset_registered(at=MONDAY, decimals=6),
        pool_opened(at=MONDAY, waterfall=(SOCIALIZE,)),
        deposited(at=MONDAY, assets=10, shares=10),
        deposited(at=WEDNESDAY, lender=OTHER_LENDER, assets=90, shares=90),
        loan_originated(at=TUESDAY, principal=50),
        loan_defaulted(at=TUESDAY, principal=50, interest=0),
        shortfall_recognized(at=TUESDAY, principal=50),
        bad_debt_socialized(at=TUESDAY, amount=50),
    )

    assert report("lenders", story, Asked(as_of=TUESDAY)) == [
        lender_row("lender", shares=10, balance=-40, deposited=10, losses=50)
    ]
    assert report("lenders", story, Asked(as_of=WEDNESDAY)) == [
        lender_row("lender", shares=10, balance=5, deposited=10, losses=5),
        lender_row("other-lender", shares=90, balance=45, deposited=90, losses=45),
    ]


def test_a_late_fact_finds_the_charter_of_a_pool_opened_after_it() -> None:
    story = a_pool(assets=10).then(deposited(at=MONDAY, lender=OTHER_LENDER, assets=4, shares=4))

    rows = report("lenders", story, Asked(as_of=MONDAY))

    assert rows == [lender_row("other-lender", shares=4, balance=4, deposited=4)]


# The form of a report.

KEYS: Final = {
    "lenders": "pool tranche lender asset shares balance deposited withdrawn transferred earned losses covered "
    "recoveries restitution",
    "funds": "fund asset balance contributed withdrawn drawn reimbursed adjusted",
    "deficits": "pool loan case asset exposure added adjusted_in_default proceeds costs other guaranteed repaid "
    "transferred cured in_default recognized adjusted_open fund reserve tranches covered recapitalized redistributed "
    "socialized recovered open restored opened_at age_days",
    "loans": "pool loan borrower asset status principal interest debt collateral",
    "pools": "pool asset cash loans interest defaulted deficit allowance claims reserve rounding surplus recoveries "
    "restitution unrealized share_price",
    "case": "event position at source asset available borne remaining",
    "statement": "pool account name asset position at type movement case counterparty "
    "principal interest amount balance shares outside id",
    "rollforward": "what period start end of tranche asset movement amount",
    "aging": "pool asset bucket cases open cases_in_default in_default",
    "recovery": "pool loan case asset cases exposure added collateral guaranteed repaid transferred cured residual "
    "recognized in_default recoveries base recovery_rate lgd defaulted_at first_sale_at closed_at days_to_sale "
    "days_to_close marked slippage slippage_wad margin_wad health ltv",
    "risk": "pool loan borrower asset status debt collateral_value ltv health buffer leverage unbacked unpriced "
    "price_at price_age_seconds fund junior cover",
    "lender-losses": "pool case tranche lender asset "
    "shares losses covered recapitalized recoveries allocated restitution due",
    "trial-balance": "account commodity debit credit",
    "register": "position at type account commodity amount balance",
    "events": "position recorded_at recorded_by type at id event",
}
"""The keys of each report's rows, in their order: what a reader of its JSON relies on."""


def test_the_rows_of_every_report_have_their_keys_in_order() -> None:
    assert {name: " ".join(measures(made.row_type)) for name, made in REPORTS.items()} == KEYS


def test_amounts_are_text_in_json_and_counts_are_numbers() -> None:
    selected = next(REPORTS["case"].make(selection_of(a_default(principal=600)), {"case": "case"}, iter).rows)

    assert json_row(selected) == {
        "position": 10,
        "at": "2022-11-22T13:31:23Z",
        "event": "loan-defaulted",
        "source": "exposure",
        "asset": "USD",
        "available": None,
        "borne": "0",
        "remaining": "600",
    }


def test_amounts_by_name_are_text_in_json_too() -> None:
    selected = next(REPORTS["loans"].make(selection_of(a_loan(principal=600, quantity=10)), {}, iter).rows)

    assert json_row(selected)["collateral"] == {"ETH": "10"}


def test_the_head_of_a_report_says_where_it_stands() -> None:
    assert head("lenders", "book.db", Shown(5, TUESDAY, None, 1, 2)) == {
        "schema": "recoup.lenders/1",
        "book": "book.db",
        "position": 5,
        "as_of": "2022-11-22T12:00:00Z",
        "known_at": None,
        "late": 1,
        "adjusted": 2,
    }


# Every fold knows every event: it handles it, or is meant to pass it over. A new event turns this red.

SETTING_UP: Final = {"asset-registered", "pool-opened", "fund-opened", "terms-changed", "price-observed"}
COLLATERAL: Final = {"collateral-posted", "collateral-released"}
CAPITAL: Final = {"fund-contributed", "fund-withdrawn"}
RESERVE: Final = {"income-received", "reserve-contributed", "reserve-withdrawn"}
LENDING: Final = {"deposited", "withdrawn", "shares-transferred"}
CASES: Final = {"loan-defaulted", "loan-cured", "shortfall-recognized", "case-closed"}
BEARING: Final = {"fund-drawn", "reserve-drawn", "deficit-covered", "deficit-recapitalized", "bad-debt-socialized"}
RECOVERING: Final = {"recovery-received", "recovery-allocated", "restitution-paid"}
RECONCILING: Final = {"reconciliation-prepared", "reconciliation-reviewed", "reconciliation-signed"}
CHECKING: Final = {"balance-asserted", "period-closed", *RECONCILING}
NEVER_COUNTED: Final = {"entry-reversed"}
SILENT: Final = SETTING_UP | CHECKING | NEVER_COUNTED
"""Events that change no amount of any report but the register, and the one that is left out with what it reverses."""
EXPECTED_OR_RETURNED: Final = {"allowance-changed", "surplus-returned"}
OF_NO_CASE: Final = {
    *(SILENT - {"pool-opened", "terms-changed"}),
    *(LENDING | COLLATERAL | CAPITAL | RESERVE | EXPECTED_OR_RETURNED),
    "loan-originated",
}

FOLDS: Final[list[tuple[Fold, set[str]]]] = [
    (
        LendersFold(no_charters()),
        SILENT
        | COLLATERAL
        | CASES
        | CAPITAL
        | EXPECTED_OR_RETURNED
        | {"interest-allocated", "debt-transferred", "guarantee-paid", "reserve-drawn", "debt-redistributed"}
        | {"recovery-received"},
    ),
    (
        FundsFold(no_charters()),
        set(CATALOGUE) - CAPITAL - {"fund-opened", "fund-drawn", "recovery-allocated", "adjustment-posted"},
    ),
    (
        DeficitsFold(no_charters()),
        SILENT
        | LENDING
        | COLLATERAL
        | CAPITAL
        | RESERVE
        | EXPECTED_OR_RETURNED
        | {"loan-originated", "recovery-received", "restitution-paid"},
    ),
    (LoansFold(no_charters()), SILENT | LENDING | BEARING | CAPITAL | RESERVE | RECOVERING),
    (
        OpenItemsFold(no_charters()),
        SILENT
        | LENDING
        | COLLATERAL
        | CAPITAL
        | RESERVE
        | EXPECTED_OR_RETURNED
        | (CASES - {"shortfall-recognized"})
        | (RECOVERING - {"recovery-allocated"})
        | {"loan-originated", "loan-drawn", "interest-accrued", "interest-allocated", "cost-advanced", "repaid"}
        | {"debt-transferred", "collateral-sold", "guarantee-paid"},
    ),
    (
        GapsFold(no_charters()),
        SILENT | LENDING | COLLATERAL | CAPITAL | RESERVE | EXPECTED_OR_RETURNED | {"loan-originated"},
    ),
    (
        RecoveryFold(DeficitsFold(no_charters())),
        set(CATALOGUE)
        - {"loan-defaulted", "loan-cured", "case-closed", "collateral-sold", "debt-transferred", "guarantee-paid"}
        - {"recovery-received", "recovery-allocated"},
    ),
    (LenderLossesFold(no_charters()), set()),
    (
        ChargedFold(no_charters()),
        set(CATALOGUE) - (BEARING - {"reserve-drawn"}) - {"recovery-allocated"},
    ),
    (
        BalancesFold(no_charters()),
        {"asset-registered", "fund-opened", "terms-changed", "price-observed", "case-closed"} | CHECKING,
    ),
    (CasesFold(no_charters(), BalancesFold(no_charters())), OF_NO_CASE),
]
"""Each fold, with the events that it passes over."""


@pytest.mark.parametrize(("fold", "passed_over"), FOLDS, ids=lambda value: type(value).__name__)
def test_a_fold_handles_an_event_or_passes_it_over_on_purpose(fold: Fold, passed_over: set[str]) -> None:
    assert set(fold.handlers) & passed_over == set()
    assert set(fold.handlers) | passed_over == set(CATALOGUE)


def test_what_the_fold_of_balances_passes_over_posts_nothing() -> None:
    story = a_deficit(SOCIALIZE).then(
        price_observed(price=1),
        bad_debt_socialized(amount=600),
        case_closed(),
        pool_opened(pool=OTHER_POOL),
        terms_changed(waterfall=()),
        balance_asserted(account=Account("assets:pool:cash"), commodity=Commodity(USD), amount=400),
        reconciliation_prepared(through=EventId("fact-1")),
        reconciliation_reviewed(through=EventId("fact-1")),
        reconciliation_signed(through=EventId("fact-1")),
        period_closed(through=MONDAY),
    )
    handled = BalancesFold(no_charters()).handlers

    silent = {event.type for event in story.facts if not event.moves(story.books.charters)}

    assert silent == {*set(CATALOGUE).difference(handled), "pool-opened"}


def test_every_event_that_names_a_case_is_a_step_of_one_and_an_adjustment_is_where_it_changes_what_remains() -> None:
    assert set(get_args(CaseEvent)) == {
        event for event in CATALOGUE.values() if "case" in vars(event)["__pydantic_fields__"]
    } - {AdjustmentPosted}
