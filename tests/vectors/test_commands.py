"""What real protocols work out, worked out by commands: shares, debt shares, fees, indices and interest to the unit."""

from functools import partial
from typing import Any, Final

import pytest

from ledger.commands import AccrueInterest, AnyCommand, Deposit, DrawLoan, OriginateLoan, Repay, Withdraw
from ledger.events import AnyEvent
from ledger.values import LENDERS, WAD, AssetId, LoanId, PartyId, PoolId
from tests.story import (
    AT,
    CASE,
    ETH,
    LENDER,
    LOAN,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    debt_transferred,
    deposited,
    interest_accrued,
    loan_defaulted,
    loan_drawn,
    pool_opened,
    reserve_contributed,
    shortfall_recognized,
    terms_changed,
)
from tests.vectors.scenario import Numbers, Reading, Scenario, done, scenario

A, B, BORROWER = PartyId("SupplierA"), PartyId("SupplierB"), PartyId("Borrower")
deposit = partial(Deposit, at=AT, pool=POOL)
withdraw = partial(Withdraw, at=AT, pool=POOL)
originate = partial(OriginateLoan, at=AT, pool=POOL, loan=LOAN, borrower=BORROWER)
accrue = partial(AccrueInterest, at=AT, pool=POOL)
repay = partial(Repay, at=AT, pool=POOL, loan=LOAN)


# Morpho Blue.


def a_market(**fields: Any) -> tuple[AnyEvent, ...]:
    return (
        asset_registered(),
        pool_opened(debt="pooled", virtual_assets=1, virtual_shares=10**6, waterfall=(SOCIALIZE,), **fields),
    )


def of_the_market(reading: Reading) -> Numbers:
    """What the books say of a market."""
    return {
        "totalSupplyAssets": reading.claims(),
        "totalSupplyShares": reading.issued(),
        "totalBorrowAssets": reading.pool()["loans"],
        "totalBorrowShares": reading.debt_shares(),
        "morphoLoanTokenBalance": reading.pool()["cash"],
        "positions.Borrower.borrowShares": reading.debt_shares(LOAN),
        "positions.SupplierA.supplyShares": reading.shares(A),
    }


def told_in(given: Scenario, figures: Numbers, under: str = "") -> Numbers:
    """The same figures as a scenario begins with them, or as it expects them under a path."""
    return {path: given.expected[under + path] if under else given.initial[path] for path in figures}


@pytest.mark.parametrize(
    ("name", "commands"),
    [
        (
            "morpho-01-bad-debt-single",
            [
                deposit(lender=A, assets=600 * WAD),
                deposit(lender=B, assets=400 * WAD),
                originate(principal=80 * WAD),
            ],
        ),
        (
            "morpho-02-bad-debt-two-borrowers-odd",
            [
                deposit(lender=A, assets=1_000_000_007),
                deposit(lender=B, assets=333_333_337),
                originate(principal=98_765_431),
                originate(loan=OTHER_LOAN, borrower=PartyId("Borrower2"), principal=777_777_777),
            ],
        ),
        (
            "morpho-03-bad-debt-capped-by-total-borrow",
            [
                deposit(lender=A, assets=WAD),
                originate(principal=WAD),
                loan_drawn(principal=0, debt_shares=1),
            ],
        ),
    ],
    ids=["one-borrower", "two-borrowers", "one-share-more"],
)
def test_supplying_and_borrowing_make_the_shares_of_morpho_blue(
    name: str, commands: list[AnyEvent | AnyCommand]
) -> None:
    given = scenario(name)

    figures = of_the_market(Reading(*done(*a_market(), *commands)))

    assert figures == told_in(given, figures)


def test_interest_makes_the_fee_shares_of_morpho_blue() -> None:
    given = scenario("morpho-06-interest-fee-then-bad-debt-then-donation")
    opening = (
        *a_market(fee_recipient=PartyId("FeeRecipient"), reserve_factor_wad=given.steps["0.fee"]),
        deposit(lender=A, assets=1000 * WAD),
        deposit(lender=B, assets=500 * WAD),
        originate(principal=given.expected["state_before_accrual.totalBorrowAssets"]),
    )
    interest = accrue(interest=given.expected["accrual.interest"])

    before, after = Reading(*done(*opening)), Reading(*done(*opening, interest))

    figures = of_the_market(before)
    assert figures == told_in(given, figures, under="state_before_accrual.")
    figures = of_the_market(after)
    assert figures == told_in(given, figures)
    assert after.shares("FeeRecipient") == given.expected["accrual.feeShares"]
    assert after.lender("FeeRecipient")["balance"] == given.expected["lenders.FeeRecipient.claim_before"]


def test_debt_is_repaid_and_supply_withdrawn_as_in_morpho_blue() -> None:
    given = scenario("morpho-06-interest-fee-then-bad-debt-then-donation")
    then = given.expected
    owed, repaid_shares = then["Liquidate.badDebtAssets"], then["Liquidate.repaidShares"]
    opening = (
        *a_market(fee_recipient=PartyId("FeeRecipient"), reserve_factor_wad=given.steps["0.fee"]),
        deposit(lender=A, assets=1000 * WAD),
        deposit(lender=B, assets=500 * WAD),
        originate(principal=then["state_before_accrual.totalBorrowAssets"]),
        accrue(interest=then["accrual.interest"]),
        repay(debt_shares=repaid_shares),
    )
    loss = (
        loan_defaulted(principal=owed, interest=0),
        shortfall_recognized(principal=owed, debt_shares=then["Liquidate.badDebtShares"]),
        bad_debt_socialized(amount=owed),
        case_closed(),
    )

    paid = Reading(*done(*opening))
    after = Reading(*done(*opening, *loss))
    gone = Reading(*done(*opening, *loss, withdraw(lender=A, shares=then["supplierA_withdraw_all.shares"])))

    assert paid.pool()["cash"] == then["cash_after"]
    assert paid.loan()["debt"] == owed
    assert paid.debt_shares(LOAN) == then["Liquidate.badDebtShares"]
    assert after.claims() == then["market_after.totalSupplyAssets"]
    assert after.claims() - gone.claims() == then["supplierA_withdraw_all.assets"]


# Compound v2.

BAT: Final = PoolId("cBAT")


def test_interest_accrues_and_is_repaid_late_as_in_compound_v2() -> None:
    given = scenario("compv2-02-insolvent-borrow-never-written-off")
    first, then, asked = given.initial, given.expected, given.steps
    rate = given.params["borrowRatePerBlock"] * asked["4.n"]
    opening = (
        asset_registered(asset=AssetId("BAT"), decimals=18),
        pool_opened(pool=BAT, asset=AssetId("BAT"), debt="indexed", rate_scale=WAD),
        deposited(pool=BAT, lender=PartyId("Lender"), assets=10 * WAD, shares=first["cBAT.users.Lender.cTokens"]),
        interest_accrued(pool=BAT, loan=None, interest=0, index=first["cBAT.borrowIndex"]),
        originate(pool=BAT, principal=first["cBAT.users.Geoff.borrowBalance"]),
        repay(pool=BAT, amount=asked["1.repay"], payer=PartyId("Jared")),
        repay(pool=BAT, amount=asked["2.repay"], payer=PartyId("Jared")),
        terms_changed(pool=BAT, reserve_factor_wad=asked["3.value"]),
        accrue(pool=BAT, rate_wad=rate),
    )
    late = (
        reserve_contributed(pool=BAT, amount=asked["6.amount"]),
        repay(pool=BAT, amount=asked["7.amount"], payer=PartyId("governance")),
    )

    facts = done(*opening, *late)
    accrued, at_last = Reading(*done(*opening)), Reading(*facts)

    assert of_compound(accrued) == expected_of_compound(then, "after_100000_blocks")
    assert of_compound(at_last) == expected_of_compound(then, "after_late_repay")
    assert [fact.index for fact in facts if fact.type == "interest-accrued"][-1] == then[
        "after_100000_blocks.cBAT.borrowIndex"
    ]


def of_compound(reading: Reading) -> Numbers:
    """What the books say of the market, and of its one borrower."""
    sheet = reading.pool(BAT)
    return {
        "cash": sheet["cash"],
        "totalBorrows": sheet["loans"] + sheet["interest"],
        "totalReserves": sheet["reserve"],
        "totalSupply": reading.issued(BAT),
        "exchangeRate": sheet["share_price"][LENDERS],
        "users.Geoff.borrowBalance": reading.debt_of(BORROWER, BAT),
    }


def expected_of_compound(then: Numbers, stage: str) -> Numbers:
    figures = ("cash", "totalBorrows", "totalReserves", "totalSupply", "exchangeRate", "users.Geoff.borrowBalance")
    return {figure: then[f"{stage}.cBAT.{figure}"] for figure in figures}


# Euler v2.


def test_deposits_and_loans_make_the_shares_and_debts_of_euler_v2() -> None:
    given = scenario("euler-01-debt-socialization")
    first, then = given.initial, given.expected
    bystander, liquidator = PartyId("bystander"), PartyId("liquidator")
    opening = (
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(debt="indexed", virtual_assets=10**6, virtual_shares=10**6, waterfall=(SOCIALIZE,)),
        deposit(lender=LENDER, assets=100 * WAD),
        deposit(lender=bystander, assets=30 * WAD),
        originate(principal=first["borrower_debt"]),
        originate(loan=LoanId("another"), principal=first["totalBorrows"] - first["borrower_debt"]),
        originate(loan=OTHER_LOAN, borrower=liquidator, principal=0),
    )
    loss = (
        loan_defaulted(principal=first["borrower_debt"], interest=0),
        debt_transferred(case=CASE, principal=then["maxRepay"]),
        shortfall_recognized(principal=then["debtSocialized"]),
        bad_debt_socialized(amount=then["debtSocialized"]),
        case_closed(),
    )
    exit_of_the_lender = withdraw(lender=LENDER, shares=first["lender_shares"])

    before, after = Reading(*done(*opening)), Reading(*done(*opening, *loss))
    gone = Reading(*done(*opening, *loss, exit_of_the_lender))
    repaid = Reading(*done(*opening, *loss, repay(loan=OTHER_LOAN, amount=then["liquidator_debt"])))

    assert before.issued() == first["totalShares"]
    assert before.shares(LENDER) == first["lender_shares"]
    assert before.shares(bystander) == first["bystander_shares"]
    assert before.pool()["cash"] == first["cash"]
    assert before.pool()["loans"] == first["totalBorrows"]
    assert after.claims() - gone.claims() == then["claims_after.lender"]
    assert repaid.loan(OTHER_LOAN)["status"] == "repaid"


def test_what_stays_a_debt_in_euler_v2_is_repaid_and_drawn_again() -> None:
    given = scenario("euler-04-socialization-disabled")
    first, then = given.initial, given.expected
    opening = (
        asset_registered(),
        pool_opened(debt="indexed", virtual_assets=10**6, virtual_shares=10**6),
        deposit(lender=LENDER, assets=first["totalShares"]),
        originate(principal=first["borrower_debt"]),
        originate(loan=OTHER_LOAN, borrower=PartyId("liquidator"), principal=0),
    )
    taken_over = debt_transferred(principal=then["maxRepay"])
    repayment = repay(amount=then["borrower_debt_after"])
    draw = DrawLoan(at=AT, pool=POOL, loan=LOAN, principal=1)

    before, after = Reading(*done(*opening)), Reading(*done(*opening, taken_over))
    at_last = Reading(*done(*opening, taken_over, repayment, draw))

    assert before.issued() == first["totalShares"]
    assert before.pool()["cash"] == first["cash"]
    assert after.loan()["debt"] == then["borrower_debt_after"]
    assert after.loan(OTHER_LOAN)["debt"] == then["liquidator_debt"]
    assert at_last.loan()["debt"] == 1
