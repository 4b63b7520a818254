"""Euler v2: the liquidator takes over debt with the collateral; what is left is socialized, or stays a debt."""

from ledger.values import LoanId, PartyId
from tests.story import (
    CASE,
    ETH,
    LENDER,
    LOAN,
    OTHER_LOAN,
    SOCIALIZE,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_sold,
    debt_transferred,
    deposited,
    loan_cured,
    loan_defaulted,
    loan_originated,
    pool_opened,
    shortfall_recognized,
)
from tests.vectors.scenario import Reading, scenario

BYSTANDER, LIQUIDATOR = PartyId("bystander"), PartyId("liquidator")


def test_the_liquidator_takes_over_debt_and_the_rest_lowers_the_share_price() -> None:
    given = scenario("euler-01-debt-socialization")
    first, then = given.initial, given.expected
    opening = (
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(debt="indexed", virtual_assets=10**6, virtual_shares=10**6, waterfall=(SOCIALIZE,)),
        deposited(lender=LENDER, assets=first["lender_shares"], shares=first["lender_shares"]),
        deposited(lender=BYSTANDER, assets=first["bystander_shares"], shares=first["bystander_shares"]),
        loan_originated(principal=first["borrower_debt"]),
        collateral_posted(quantity=first["borrower_collateral_shares"]),
        loan_originated(
            loan=LoanId("another"),
            borrower=PartyId("another"),
            principal=first["totalBorrows"] - first["borrower_debt"],
        ),
        loan_originated(loan=OTHER_LOAN, borrower=LIQUIDATOR, principal=0),
    )
    liquidation = (
        loan_defaulted(principal=first["borrower_debt"], interest=0),
        debt_transferred(case=CASE, principal=then["maxRepay"]),
        collateral_sold(quantity=then["maxYield"], proceeds=0, principal=0, buyer=LIQUIDATOR),
        collateral_posted(loan=OTHER_LOAN, quantity=then["maxYield"]),
    )
    socialization = (
        shortfall_recognized(principal=then["debtSocialized"]),
        bad_debt_socialized(amount=then["debtSocialized"], shares=first["totalShares"], holder_count=2),
        case_closed(),
    )

    before, taken = Reading(*opening), Reading(*opening, *liquidation)
    after = Reading(*opening, *liquidation, *socialization)

    assert before.pool()["cash"] == first["cash"]
    assert before.pool()["loans"] == first["totalBorrows"]
    assert before.issued() == after.issued() == first["totalShares"]
    assert taken.deficit()["in_default"] == then["debtSocialized"]
    given.is_met_by(
        {
            "maxRepay": after.deficit()["transferred"],
            "maxYield": before.collateral(ETH) - after.collateral(ETH),
            "debtSocialized": after.deficit()["socialized"],
            "totalBorrows_after": after.pool()["loans"],
            "liquidator_debt": after.loan(OTHER_LOAN)["debt"],
            "borrower_debt": after.loan()["debt"],
            "claims_before.lender": before.lender(LENDER)["balance"],
            "claims_before.bystander": before.lender(BYSTANDER)["balance"],
            "claims_after.lender": after.lender(LENDER)["balance"],
            "claims_after.bystander": after.lender(BYSTANDER)["balance"],
        },
        beside={"events.[0-3]": "the names of the protocol's own logs"},
    )


def test_without_socialization_the_residual_stays_the_borrowers_debt() -> None:
    given = scenario("euler-04-socialization-disabled")
    first, then = given.initial, given.expected
    opening = (
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(debt="indexed", virtual_assets=10**6, virtual_shares=10**6),
        deposited(lender=LENDER, assets=100 * 10**18, shares=100 * 10**18),
        deposited(lender=BYSTANDER, assets=30 * 10**18, shares=30 * 10**18),
        loan_originated(principal=first["borrower_debt"]),
        collateral_posted(quantity=100 * 10**18),
        loan_originated(loan=OTHER_LOAN, borrower=LIQUIDATOR, principal=0),
    )
    liquidation = (
        loan_defaulted(principal=first["borrower_debt"], interest=0),
        debt_transferred(case=CASE, principal=then["maxRepay"]),
        collateral_sold(quantity=100 * 10**18, proceeds=0, principal=0, buyer=LIQUIDATOR),
        collateral_posted(loan=OTHER_LOAN, quantity=100 * 10**18),
        loan_cured(principal=then["borrower_debt_after"], interest=0, reason="residual"),
        case_closed(),
    )

    before, after = Reading(*opening), Reading(*opening, *liquidation)

    assert before.pool()["cash"] == after.pool()["cash"] == first["cash"]
    assert before.pool()["loans"] == first["totalBorrows"]
    assert before.issued() == first["totalShares"]
    assert after.loan(LOAN)["status"] == "performing"
    assert after.deficit()["recognized"] == 0
    given.is_met_by(
        {
            "maxRepay": after.deficit()["transferred"],
            "borrower_debt_after": after.loan(LOAN)["debt"],
            "liquidator_debt": after.loan(OTHER_LOAN)["debt"],
            "totalBorrows_after": after.pool()["loans"],
            "claims_unchanged.lender": after.lender(LENDER)["balance"],
        },
        beside={"residual_liability_value": "pricing: the residual debt in the unit of account"},
    )
