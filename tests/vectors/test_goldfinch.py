"""Goldfinch: a senior and a junior tranche; what borrowers pay of a debt in arrears makes the senior whole first."""

from ledger.values import PartyId
from ledger.waterfall import TrancheLayer
from tests.story import (
    JUNIOR,
    SOCIALIZE,
    asset_registered,
    bad_debt_socialized,
    deposited,
    loan_defaulted,
    loan_originated,
    part,
    pool_opened,
    recovery_allocated,
    recovery_received,
    shortfall_recognized,
)
from tests.vectors.scenario import Reading, scenario

SENIOR_LENDER, JUNIOR_LENDER = PartyId("senior"), PartyId("junior")


def test_recoveries_make_the_senior_tranche_whole_before_the_junior() -> None:
    given = scenario("goldfinch-01-senior-first-recovery")
    terms, then, asked = given.params, given.expected, given.steps
    written_down = (
        asset_registered(),
        pool_opened(tranches=(JUNIOR,), waterfall=(TrancheLayer(layer="tranche", tranche=JUNIOR), SOCIALIZE)),
        deposited(lender=SENIOR_LENDER, assets=terms["senior"], shares=terms["senior"]),
        deposited(lender=JUNIOR_LENDER, tranche=JUNIOR, assets=terms["junior"], shares=terms["junior"]),
        loan_originated(principal=given.initial["principalAccrued"]),
        loan_defaulted(principal=given.initial["principalAccrued"], interest=0),
        shortfall_recognized(principal=given.initial["principalAccrued"]),
        bad_debt_socialized(tranche=JUNIOR, amount=terms["junior"]),
        bad_debt_socialized(amount=terms["senior"]),
    )
    first_payment = (
        recovery_received(amount=asked["0.amount"]),
        recovery_allocated(parts=(part("tranche", then["after_1.to_senior"]),)),
    )
    second_payment = (
        recovery_received(amount=asked["1.amount"]),
        recovery_allocated(
            parts=(
                part("tranche", then["after_2.to_senior"]),
                part("tranche", then["after_2.to_junior"], name=JUNIOR),
            )
        ),
    )

    before = Reading(*written_down)
    after_1, after_2 = Reading(*written_down, *first_payment), Reading(*written_down, *first_payment, *second_payment)
    senior_0, junior_0 = before.lender(SENIOR_LENDER), before.lender(JUNIOR_LENDER, tranche=JUNIOR)
    senior_1, junior_1 = after_1.lender(SENIOR_LENDER), after_1.lender(JUNIOR_LENDER, tranche=JUNIOR)
    senior_2, junior_2 = after_2.lender(SENIOR_LENDER), after_2.lender(JUNIOR_LENDER, tranche=JUNIOR)

    assert before.pool()["share_price"] == {
        "lenders": given.initial["senior_principalSharePrice"],
        "junior": given.initial["junior_principalSharePrice"],
    }
    assert after_2.pool()["recoveries"] == 0
    given.is_met_by(
        {
            "after_1.senior_sp": after_1.pool()["share_price"]["lenders"],
            "after_1.junior_sp": after_1.pool()["share_price"]["junior"],
            "after_1.to_senior": senior_1["recoveries"] - senior_0["recoveries"],
            "after_1.to_junior": junior_1["recoveries"] - junior_0["recoveries"],
            "after_1.senior_shortfall": senior_1["losses"] - senior_1["recoveries"],
            "after_1.junior_shortfall": junior_1["losses"] - junior_1["recoveries"],
            "after_2.senior_sp": after_2.pool()["share_price"]["lenders"],
            "after_2.junior_sp": after_2.pool()["share_price"]["junior"],
            "after_2.to_senior": senior_2["recoveries"] - senior_1["recoveries"],
            "after_2.to_junior": junior_2["recoveries"] - junior_1["recoveries"],
            "after_2.junior_loss": junior_2["losses"] - junior_2["recoveries"],
        },
        beside={},
    )
