"""Liquity v1: the Stability Pool pays a debt with its depositors' claims; what it cannot pay other borrowers owe."""

from ledger.events import RedistributedPart
from ledger.values import LoanId, PartyId, TrancheId
from ledger.waterfall import HoldLayer
from tests.story import (
    ETH,
    asset_registered,
    case_closed,
    collateral_posted,
    collateral_released,
    collateral_sold,
    debt_redistributed,
    deposited,
    loan_defaulted,
    loan_originated,
    pool_opened,
    shortfall_recognized,
    withdrawn,
)
from tests.vectors.scenario import Reading, scenario

STABILITY = TrancheId("stability")
A, B = LoanId("A"), LoanId("B")
TROVE, DEPOSITORS = PartyId("trove"), PartyId("depositors")


def test_the_stability_pool_pays_what_it_can_and_other_borrowers_take_over_the_rest() -> None:
    given = scenario("liquity-02-partial-offset-then-redistribution")
    first, then = given.initial, given.expected
    minted, deposits = first["trove.debt"], first["sp_deposits"]
    opening = (
        asset_registered(decimals=18),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(tranches=(STABILITY,), waterfall=(HoldLayer(layer="hold"),)),
        loan_originated(borrower=TROVE, principal=minted, lender=TROVE, shares=minted),
        collateral_posted(quantity=first["trove.coll"]),
        loan_originated(loan=A, borrower=PartyId("A"), principal=0),
        collateral_posted(loan=A, quantity=first["stakes.A"]),
        loan_originated(loan=B, borrower=PartyId("B"), principal=0),
        collateral_posted(loan=B, quantity=first["stakes.B"]),
        deposited(tranche=STABILITY, lender=DEPOSITORS, assets=deposits, shares=deposits),
        withdrawn(lender=TROVE, assets=deposits, shares=deposits),
    )
    compensation = (
        loan_defaulted(principal=minted, interest=0),
        collateral_sold(
            quantity=then["collGasCompensation"],
            proceeds=0,
            principal=0,
            buyer=PartyId("liquidator"),
            memo="what the liquidator gets for its gas",
        ),
    )
    offset = collateral_sold(
        quantity=then["collToSendToSP"],
        proceeds=then["debtToOffset"],
        principal=then["debtToOffset"],
        lender=DEPOSITORS,
        tranche=STABILITY,
        buyer=DEPOSITORS,
        memo="all depositors pay pro rata: their shares stay, and are worth less",
    )
    redistribution = (
        shortfall_recognized(principal=then["debtToRedistribute"]),
        debt_redistributed(
            parts=(
                RedistributedPart(loan=A, principal=then["pending.A.debt"]),
                RedistributedPart(loan=B, principal=then["pending.B.debt"]),
            )
        ),
        collateral_released(quantity=then["collToRedistribute"], memo="to the other troves"),
        collateral_posted(loan=A, quantity=then["pending.A.coll"]),
        collateral_posted(loan=B, quantity=then["pending.B.coll"]),
        case_closed(),
    )

    before, paid = Reading(*opening), Reading(*opening, *compensation)
    offsetted = Reading(*opening, *compensation, offset)
    after = Reading(*opening, *compensation, offset, *redistribution)

    assert after.pool()["cash"] == 0
    assert after.pool()["loans"] == then["debtToRedistribute"]
    assert after.collateral(ETH) == 0
    assert after.lender(DEPOSITORS, tranche=STABILITY)["balance"] == then["offset.totalDeposits"]
    given.is_met_by(
        {
            "collGasCompensation": before.collateral(ETH) - paid.collateral(ETH),
            "debtToOffset": after.deficit()["proceeds"],
            "collToSendToSP": paid.collateral(ETH) - offsetted.collateral(ETH),
            "debtToRedistribute": after.deficit()["redistributed"],
            "collToRedistribute": offsetted.collateral(ETH),
            "offset.LUSDLossPerUnit": (
                before.pool()["share_price"][STABILITY] - after.pool()["share_price"][STABILITY]
            ),
            "offset.P": after.pool()["share_price"][STABILITY],
            "offset.totalDeposits": after.pool()["claims"][STABILITY],
            "pending.A.coll": after.collateral(ETH, A) - before.collateral(ETH, A),
            "pending.A.debt": after.loan(A)["debt"] - before.loan(A)["debt"],
            "pending.B.coll": after.collateral(ETH, B) - before.collateral(ETH, B),
            "pending.B.debt": after.loan(B)["debt"] - before.loan(B)["debt"],
        },
        beside={
            "offset.ETHGainPerUnit": "what depositors gain in another asset is not attributed to each",
            "offset.S": "the protocol's running sum of that gain",
            "offset.last*Error": "the protocol's own rounding, carried on",
            "L_*": "the protocol's running sums per unit of stake",
            "*Error": "the protocol's own rounding, carried on",
        },
    )
