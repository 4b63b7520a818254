"""Aave Umbrella: staked assets pay a deficit down to a floor; the DAO's offset pays what it promised, and no more."""

from ledger.errors import ShortfallExceeded, WaterfallOrder
from ledger.values import PartyId
from tests.story import (
    HOLD,
    asset_registered,
    deficit_recapitalized,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    loan_defaulted,
    loan_originated,
    pool_opened,
    shortfall_recognized,
    told,
)
from tests.vectors.scenario import Reading, scenario

COLLECTOR, DAO = PartyId("collector"), PartyId("dao")


def test_a_slash_leaves_the_least_that_must_stay_staked() -> None:
    given = scenario("umbrella-02-slash-partial-min-assets")
    first, then = given.initial, given.expected
    deficit, slashed = first["poolDeficit"], then["realSlashed"]
    opening = (
        asset_registered(),
        fund_opened(),
        fund_contributed(
            contributor=PartyId("stakers"), amount=first["stakeTotalAssets"], shares=first["stakeTotalAssets"]
        ),
        pool_opened(debt="indexed", waterfall=(fund_layer(floor=given.params["MIN_ASSETS_REMAINING"]), HOLD)),
        deposited(assets=deficit, shares=deficit),
        deposited(lender=COLLECTOR, assets=slashed, shares=slashed),
        loan_originated(principal=deficit),
        loan_defaulted(principal=deficit, interest=0),
        shortfall_recognized(principal=deficit),
    )
    cover = fund_drawn(amount=then["newCoveredAmount"], lender=COLLECTOR, shares=then["newCoveredAmount"])

    before, covered = Reading(*opening), Reading(*opening, cover)

    told(*opening).refuses(
        fund_drawn(amount=slashed + 1), WaterfallOrder, "layer fund fund can still bear 500000000, not 500000001"
    )
    assert before.pool()["cash"] == covered.pool()["cash"]
    assert covered.lender(COLLECTOR)["covered"] == then["newCoveredAmount"]
    given.is_met_by(
        {
            "newDeficit": before.deficit()["recognized"],
            "amountToSlash": before.deficit()["open"],
            "realSlashed": covered.step("fund-drawn")["available"],
            "newCoveredAmount": covered.deficit()["fund"],
            "liquidationFeeAmount": covered.fund()["drawn"] - covered.deficit()["fund"],
            "stakeTotalAssets_after": covered.fund()["balance"],
            "collector_received": covered.fund()["drawn"],
            "uncovered": covered.deficit()["open"],
        },
        beside={
            "pendingDeficit_after": "a slash that waits for its cover is recorded at the cover",
            "poolDeficit_after": "likewise: the pool's deficit falls by the slash only once that is paid in",
        },
    )


def test_an_offset_never_covers_more_than_the_deficit() -> None:
    given = scenario("umbrella-06-deficit-offset-first-loss-by-dao")
    first, then = given.initial, given.expected
    deficit = first["poolDeficit"]
    opening = (
        asset_registered(),
        pool_opened(debt="indexed", waterfall=(HOLD,)),
        deposited(assets=deficit, shares=deficit),
        loan_originated(principal=deficit),
        loan_defaulted(principal=deficit, interest=0),
        shortfall_recognized(principal=deficit),
    )
    offset = deficit_recapitalized(investor=DAO, amount=then["payer_spent"])

    before, after = Reading(*opening), Reading(*opening, offset)

    told(*opening).refuses(
        deficit_recapitalized(investor=DAO, amount=given.steps["1.amount"]),
        ShortfallExceeded,
        "an open deficit of 1000000000, 1500000000 of it cannot be borne",
    )
    given.is_met_by(
        {
            "poolDeficit": after.deficit()["open"],
            "payer_spent": after.pool()["cash"] - before.pool()["cash"],
        },
        beside={
            "deficitOffset": "what the DAO still promises: no money until it is paid",
            "pendingDeficit": "a slash that waits for its cover is recorded at the cover",
        },
    )
