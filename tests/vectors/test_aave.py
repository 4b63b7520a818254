"""Aave v3.5: bad debt is held as a deficit, and covered later by burning the claims of whoever covers it."""

from typing import Final

from ledger.errors import ShortfallExceeded
from ledger.values import PartyId
from tests.story import (
    ETH,
    HOLD,
    asset_registered,
    collateral_posted,
    collateral_sold,
    deficit_covered,
    deposited,
    loan_defaulted,
    loan_originated,
    pool_opened,
    shortfall_recognized,
    told,
)
from tests.vectors.scenario import Reading, scenario

UMBRELLA: Final = PartyId("umbrella")


def test_what_collateral_does_not_cover_becomes_a_deficit_that_is_held() -> None:
    given = scenario("aave-04-bad-debt-deficit-created")
    first, then = given.initial, given.expected
    opening = (
        asset_registered(),
        asset_registered(asset=ETH, decimals=8),
        pool_opened(debt="indexed", waterfall=(HOLD,)),
        deposited(assets=first["scaledDebt"], shares=first["scaledDebt"]),
        loan_originated(principal=first["scaledDebt"]),
        collateral_posted(quantity=first["scaledCollateral"]),
    )
    liquidation = (
        loan_defaulted(principal=then["borrowerDebt"], interest=0),
        collateral_sold(
            quantity=then["actualCollateralToLiquidate"],
            proceeds=then["actualDebtToLiquidate"],
            principal=then["actualDebtToLiquidate"],
            buyer=PartyId("liquidator"),
        ),
    )
    fee_in_kind = collateral_sold(
        quantity=then["feeEffectivelyTransferred"],
        proceeds=0,
        principal=0,
        buyer=PartyId("treasury"),
        memo="the liquidation protocol fee, in collateral",
    )
    recognition = shortfall_recognized(principal=then["DeficitCreated"])

    before, sold = Reading(*opening), Reading(*opening, *liquidation)
    feed = Reading(*opening, *liquidation, fee_in_kind)
    after = Reading(*opening, *liquidation, fee_in_kind, recognition)

    assert feed.deficit()["in_default"] == then["DeficitCreated"]
    assert after.claims() == before.claims()
    given.is_met_by(
        {
            "borrowerCollateral": before.collateral(ETH),
            "borrowerDebt": before.loan()["debt"],
            "actualDebtToLiquidate": after.deficit()["proceeds"],
            "actualCollateralToLiquidate": before.collateral(ETH) - sold.collateral(ETH),
            "liquidationProtocolFee": sold.collateral(ETH),
            "feeEffectivelyTransferred": sold.collateral(ETH) - feed.collateral(ETH),
            "hasNoCollateralLeft": after.loan()["collateral"] == {ETH: 0},
            "DeficitCreated": after.deficit()["open"],
            "scaledCollateral_after": after.collateral(ETH),
            "scaledDebt_after": after.loan()["principal"],
            "debt_after": after.loan()["debt"],
        },
        beside={"healthFactor_informational_floor": "a health factor"},
    )


def test_a_deficit_is_covered_in_parts_by_burning_claims_and_no_further() -> None:
    given = scenario("aave-07-eliminate-deficit-partial-then-surplus")
    first, then = given.initial, given.expected
    opening = (
        asset_registered(),
        pool_opened(debt="indexed", waterfall=(HOLD,)),
        deposited(lender=UMBRELLA, assets=given.steps["1.amount"], shares=first["umbrella_scaled_aTokens"]),
        loan_originated(principal=first["deficit"]),
        loan_defaulted(principal=first["deficit"], interest=0),
        shortfall_recognized(principal=first["deficit"]),
    )
    in_part = deficit_covered(lender=UMBRELLA, amount=given.steps["0.amount"], shares=then["after_1.scaled_burned"])
    the_rest = deficit_covered(lender=UMBRELLA, amount=then["after_2.covered"], shares=then["after_2.scaled_burned"])

    before, after_1 = Reading(*opening), Reading(*opening, in_part)
    after_2 = Reading(*opening, in_part, the_rest)

    told(*opening, in_part).refuses(
        deficit_covered(lender=UMBRELLA, amount=given.steps["1.amount"], shares=1),
        ShortfallExceeded,
        "an open deficit of 414285714, 714286714 of it cannot be borne",
    )
    told(*opening, in_part, the_rest).refuses(
        deficit_covered(lender=UMBRELLA, amount=1, shares=1), ShortfallExceeded, "an open deficit of 0"
    )
    assert before.pool()["cash"] == after_2.pool()["cash"]
    given.is_met_by(
        {
            "after_1.covered": before.claims() - after_1.claims(),
            "after_1.scaled_burned": before.issued() - after_1.issued(),
            "after_1.deficit": after_1.deficit()["open"],
            "after_1.umbrella_scaled": after_1.lender(UMBRELLA)["shares"],
            "after_2.covered": after_1.claims() - after_2.claims(),
            "after_2.scaled_burned": after_1.issued() - after_2.issued(),
            "after_2.deficit": after_2.deficit()["open"],
            "after_2.umbrella_scaled": after_2.lender(UMBRELLA)["shares"],
        },
        beside={"third_call": "the protocol's words for a refusal; the books refuse it as well"},
    )
