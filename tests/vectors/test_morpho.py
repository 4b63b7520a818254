"""Morpho Blue: pooled debt shares, virtual amounts, bad debt socialized in the liquidation itself."""

from typing import Final

from ledger.errors import WrongSide
from ledger.events import AnyEvent
from ledger.values import LoanId, PartyId, TrancheId
from tests.story import (
    ETH,
    LOAN,
    OTHER_LOAN,
    SOCIALIZE,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_sold,
    deposited,
    income_received,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    pool_opened,
    repaid,
    shortfall_recognized,
    told,
    withdrawn,
)
from tests.vectors.scenario import Numbers, Reading, Scenario, scenario

A, B, BORROWER = PartyId("SupplierA"), PartyId("SupplierB"), PartyId("Borrower")

A_MARKET: Final = (
    asset_registered(),
    asset_registered(asset=ETH, decimals=18),
    pool_opened(debt="pooled", virtual_assets=1, virtual_shares=10**6, waterfall=(SOCIALIZE,)),
)


def supplied(lender: PartyId, assets: int, shares: int) -> AnyEvent:
    return deposited(lender=lender, assets=assets, shares=shares)


def borrowed(
    given: Scenario, principal: int, *, borrower: PartyId = BORROWER, loan: LoanId = LOAN
) -> tuple[AnyEvent, ...]:
    """A borrower's position as the scenario begins: its debt shares and its collateral."""
    at_first = given.initial
    return (
        loan_originated(
            loan=loan,
            borrower=borrower,
            principal=principal,
            debt_shares=at_first[f"positions.{borrower}.borrowShares"],
        ),
        collateral_posted(loan=loan, quantity=at_first[f"positions.{borrower}.collateral"]),
    )


def seized(given: Scenario, *, interest: int = 0) -> tuple[AnyEvent, ...]:
    """The liquidator's part of a `Liquidate` log: interest is paid first, of what the loan owes."""
    log = given.expected
    owed = log["Liquidate.repaidAssets"] + log["Liquidate.badDebtAssets"]
    return (
        loan_defaulted(principal=owed - interest, interest=interest),
        collateral_sold(
            quantity=log["Liquidate.seizedAssets"],
            proceeds=log["Liquidate.repaidAssets"],
            principal=log["Liquidate.repaidAssets"] - interest,
            interest=interest,
            debt_shares=log["Liquidate.repaidShares"],
        ),
    )


def written_off(given: Scenario, *, holder_count: int) -> tuple[AnyEvent, ...]:
    """The bad debt of a `Liquidate` log: recognized, and borne by the lenders at once."""
    log = given.expected
    return (
        shortfall_recognized(principal=log["Liquidate.badDebtAssets"], debt_shares=log["Liquidate.badDebtShares"]),
        bad_debt_socialized(
            amount=log["Liquidate.badDebtAssets"],
            claims_before=given.initial["totalSupplyAssets"],
            shares=given.initial["totalSupplyShares"],
            holder_count=holder_count,
        ),
        case_closed(),
    )


def of_the_liquidation(before: Reading, sold: Reading, after: Reading) -> Numbers:
    """What the books say of the log, the market, the borrower and the cash."""
    return {
        "Liquidate.repaidAssets": after.deficit()["proceeds"],
        "Liquidate.repaidShares": before.debt_shares(LOAN) - sold.debt_shares(LOAN),
        "Liquidate.seizedAssets": before.collateral(ETH) - after.collateral(ETH),
        "Liquidate.badDebtAssets": after.deficit()["socialized"],
        "Liquidate.badDebtShares": sold.debt_shares(LOAN) - after.debt_shares(LOAN),
        "market_after.totalSupplyAssets": after.claims(),
        "market_after.totalSupplyShares": after.issued(),
        "market_after.totalBorrowAssets": after.pool()["loans"],
        "market_after.totalBorrowShares": after.debt_shares(),
        "borrower_after.supplyShares": after.shares(BORROWER),
        "borrower_after.borrowShares": after.debt_shares(LOAN),
        "borrower_after.collateral": after.collateral(ETH),
        "cash_after": after.pool()["cash"],
    }


def of_the_lender(lender: str, before: Reading, after: Reading) -> Numbers:
    """What the books say of one lender."""
    return {
        f"lenders.{lender}.supplyShares": after.lender(lender)["shares"],
        f"lenders.{lender}.claim_before": before.lender(lender)["balance"],
        f"lenders.{lender}.claim_after": after.lender(lender)["balance"],
    }


def test_bad_debt_of_one_borrower_is_borne_by_two_lenders() -> None:
    given = scenario("morpho-01-bad-debt-single")
    opening = (
        *A_MARKET,
        supplied(A, 600 * 10**18, given.initial["positions.SupplierA.supplyShares"]),
        supplied(B, 400 * 10**18, given.initial["positions.SupplierB.supplyShares"]),
        *borrowed(given, given.initial["totalBorrowAssets"]),
    )
    sale = seized(given)
    loss = written_off(given, holder_count=2)

    before, sold, after = Reading(*opening), Reading(*opening, *sale), Reading(*opening, *sale, *loss)

    assert before.claims() == given.initial["totalSupplyAssets"]
    assert before.pool()["cash"] == given.initial["morphoLoanTokenBalance"]
    assert before.collateral(ETH) == given.initial["morphoCollateralBalance"]
    assert sold.loan()["debt"] == given.expected["Liquidate.badDebtAssets"]
    given.is_met_by(
        of_the_liquidation(before, sold, after) | of_the_lender(A, before, after) | of_the_lender(B, before, after),
        beside={"liquidationIncentiveFactor": "pricing"},
    )


def test_odd_amounts_leave_a_second_borrower_what_it_owed() -> None:
    given = scenario("morpho-02-bad-debt-two-borrowers-odd")
    opening = (
        *A_MARKET,
        supplied(A, 1_000_000_007, given.initial["positions.SupplierA.supplyShares"]),
        supplied(B, 333_333_337, given.initial["positions.SupplierB.supplyShares"]),
        *borrowed(given, 98_765_431),
        *borrowed(given, 777_777_777, borrower=PartyId("Borrower2"), loan=OTHER_LOAN),
    )
    sale = seized(given)
    loss = written_off(given, holder_count=2)

    before, sold, after = Reading(*opening), Reading(*opening, *sale), Reading(*opening, *sale, *loss)

    assert before.pool()["loans"] == given.initial["totalBorrowAssets"]
    assert before.pool()["cash"] == given.initial["morphoLoanTokenBalance"]
    assert sold.loan()["debt"] == given.expected["Liquidate.badDebtAssets"]
    assert after.loan(OTHER_LOAN)["debt"] == given.expected["market_after.totalBorrowAssets"] == 777_777_777
    given.is_met_by(
        of_the_liquidation(before, sold, after) | of_the_lender(A, before, after) | of_the_lender(B, before, after),
        beside={"liquidationIncentiveFactor": "pricing"},
    )


def test_bad_debt_never_exceeds_what_all_loans_owe() -> None:
    given = scenario("morpho-03-bad-debt-capped-by-total-borrow")
    opening = (
        *A_MARKET,
        supplied(A, 10**18, given.initial["positions.SupplierA.supplyShares"]),
        *borrowed(given, given.initial["totalBorrowAssets"]),
    )
    sale = seized(given)
    loss = written_off(given, holder_count=1)

    before, sold, after = Reading(*opening), Reading(*opening, *sale), Reading(*opening, *sale, *loss)

    assert sold.loan()["debt"] == given.expected["Liquidate.badDebtAssets"] + 1
    assert sold.pool()["loans"] == given.expected["Liquidate.badDebtAssets"]
    given.is_met_by(
        of_the_liquidation(before, sold, after) | of_the_lender(A, before, after),
        beside={"liquidationIncentiveFactor": "pricing"},
    )


def test_fee_shares_bear_bad_debt_and_a_donation_is_no_lenders() -> None:
    given = scenario("morpho-06-interest-fee-then-bad-debt-then-donation")
    interest = given.expected["accrual.interest"]
    opening = (
        *A_MARKET,
        supplied(A, 1000 * 10**18, given.initial["positions.SupplierA.supplyShares"]),
        supplied(B, 500 * 10**18, given.initial["positions.SupplierB.supplyShares"]),
        *borrowed(given, given.expected["state_before_accrual.totalBorrowAssets"]),
    )
    accrual = interest_accrued(
        loan=None,
        interest=interest,
        fee_recipient=PartyId("FeeRecipient"),
        fee_shares=given.expected["accrual.feeShares"],
    )
    sale = seized(given, interest=interest)
    loss = written_off(given, holder_count=3)
    donation = income_received(amount=50 * 10**18, to=TrancheId("reserve"), source="a donation that no claim follows")
    exit_of_a = withdrawn(
        lender=A,
        assets=given.expected["supplierA_withdraw_all.assets"],
        shares=given.expected["supplierA_withdraw_all.shares"],
    )

    at_first = Reading(*opening)
    before = Reading(*opening, accrual)
    sold = Reading(*opening, accrual, *sale)
    after = Reading(*opening, accrual, *sale, *loss)
    donated = Reading(*opening, accrual, *sale, *loss, donation)
    gone = Reading(*opening, accrual, *sale, *loss, donation, exit_of_a)

    assert before.claims() == given.initial["totalSupplyAssets"]
    assert before.issued() == given.initial["totalSupplyShares"]
    assert sold.loan()["debt"] == given.expected["Liquidate.badDebtAssets"]
    told(*opening, accrual, *sale, *loss).refuses(repaid(principal=1), WrongSide, "assets:pool:loans holds 0 of USD")
    given.is_met_by(
        of_the_liquidation(before, sold, after)
        | of_the_lender(A, before, after)
        | of_the_lender(B, before, after)
        | of_the_lender("FeeRecipient", before, after)
        | {
            "accrual.interest": before.pool()["loans"] - at_first.pool()["loans"],
            "accrual.feeShares": before.issued() - at_first.issued(),
            "state_before_accrual.totalSupplyAssets": at_first.claims(),
            "state_before_accrual.totalSupplyShares": at_first.issued(),
            "state_before_accrual.totalBorrowAssets": at_first.pool()["loans"],
            "state_before_accrual.totalBorrowShares": at_first.debt_shares(),
            "state_before_accrual.positions.SupplierA.supplyShares": at_first.lender(A)["shares"],
            "state_before_accrual.positions.SupplierA.borrowShares": at_first.debt_of(A),
            "state_before_accrual.positions.SupplierB.supplyShares": at_first.lender(B)["shares"],
            "state_before_accrual.positions.SupplierB.borrowShares": at_first.debt_of(B),
            "state_before_accrual.positions.Borrower.supplyShares": at_first.shares(BORROWER),
            "state_before_accrual.positions.Borrower.borrowShares": at_first.debt_shares(LOAN),
            "state_before_accrual.positions.Borrower.collateral": at_first.collateral(ETH),
            "state_before_accrual.morphoLoanTokenBalance": at_first.pool()["cash"],
            "state_before_accrual.morphoCollateralBalance": at_first.collateral(ETH),
            "after_token_donation_50e18.totalSupplyAssets": donated.claims(),
            "after_token_donation_50e18.morphoLoanTokenBalance": donated.pool()["cash"],
            "supplierA_withdraw_all.assets": donated.lender(A)["balance"] - gone.lender(A)["balance"],
            "supplierA_withdraw_all.shares": donated.issued() - gone.issued(),
        },
        beside={
            "liquidationIncentiveFactor": "pricing",
            "accrual.prevBorrowRate": "the interest model",
            "state_before_accrual.positions.Supplier[AB].collateral": "lenders have no loan to hold collateral for",
            "late_repay_on_behalf": "the protocol's words for a refusal; the books refuse it as well",
        },
    )
