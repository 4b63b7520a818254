"""Compound v2: nothing is ever recognized; what is left of a debt goes on earning, and may be repaid late."""

from collections.abc import Iterable
from typing import Final

from ledger.events import AnyEvent
from ledger.values import WAD, AssetId, Commodity, PartyId, PoolId
from tests.story import (
    asset_registered,
    case_closed,
    collateral_posted,
    collateral_sold,
    deposited,
    interest_accrued,
    interest_allocated,
    loan_cured,
    loan_defaulted,
    loan_originated,
    pool_opened,
    repaid,
    reserve_contributed,
    shares_transferred,
)
from tests.vectors.scenario import Numbers, Reading, Scenario, scenario

BAT, ZRX = PoolId("cBAT"), PoolId("cZRX")
GEOFF, JARED = PartyId("Geoff"), PartyId("Jared")
ZRX_SHARES: Final = Commodity(f"shares:{ZRX}:lenders")


def opening(given: Scenario) -> tuple[AnyEvent, ...]:
    """Two markets: Geoff has borrowed in one, and holds the shares of the other that back it."""
    first = given.initial
    return (
        asset_registered(asset=AssetId("BAT"), decimals=18),
        asset_registered(asset=AssetId("ZRX"), decimals=18),
        pool_opened(pool=BAT, asset=AssetId("BAT"), debt="indexed", rate_scale=WAD),
        pool_opened(pool=ZRX, asset=AssetId("ZRX"), debt="indexed", rate_scale=WAD),
        deposited(pool=BAT, lender=PartyId("Lender"), assets=10 * WAD, shares=first["cBAT.users.Lender.cTokens"]),
        deposited(pool=ZRX, lender=GEOFF, assets=first["cZRX.cash"], shares=first["cZRX.users.Geoff.cTokens"]),
        interest_accrued(pool=BAT, loan=None, interest=0, index=first["cBAT.borrowIndex"]),
        loan_originated(pool=BAT, borrower=GEOFF, principal=first["cBAT.users.Geoff.borrowBalance"]),
    )


def default(given: Scenario) -> AnyEvent:
    return loan_defaulted(pool=BAT, principal=given.initial["cBAT.users.Geoff.borrowBalance"], interest=0)


def liquidated(repay: int, *, seized: int, to_liquidator: int, to_reserve: int) -> tuple[AnyEvent, ...]:
    """Jared repays and takes shares of Geoff's; the market whose they are keeps a part of them for its reserve."""
    return (
        collateral_posted(pool=BAT, asset=ZRX_SHARES, quantity=seized),
        collateral_sold(pool=BAT, asset=ZRX_SHARES, quantity=seized, proceeds=repay, principal=repay, buyer=JARED),
        shares_transferred(pool=ZRX, sender=GEOFF, receiver=JARED, shares=to_liquidator),
        reserve_contributed(pool=ZRX, lender=GEOFF, shares=seized - to_liquidator, amount=to_reserve),
    )


def of_market(stage: str, reading: Reading, pool: PoolId, users: Iterable[str]) -> Numbers:
    """What the books say of one market and its users at one stage."""
    sheet = reading.pool(pool)
    market: Numbers = {
        f"{stage}.{pool}.cash": sheet["cash"],
        f"{stage}.{pool}.totalBorrows": sheet["loans"] + sheet["interest"] + sheet["defaulted"],
        f"{stage}.{pool}.totalReserves": sheet["reserve"],
        f"{stage}.{pool}.totalSupply": reading.issued(pool),
        f"{stage}.{pool}.exchangeRate": sheet["share_price"]["lenders"],
    }
    for user in users:
        market[f"{stage}.{pool}.users.{user}.cTokens"] = reading.shares(user, pool)
        market[f"{stage}.{pool}.users.{user}.borrowBalance"] = reading.debt_of(user, pool)
    return market


def test_an_insolvent_debt_stays_goes_on_earning_and_is_repaid_late() -> None:
    given = scenario("compv2-02-insolvent-borrow-never-written-off")
    then, asked = given.expected, given.steps
    residual, late = then["unbacked_borrow"], asked["7.amount"]
    first_sale = liquidated(
        asked["1.repay"],
        seized=then["seizeTokens1"],
        to_liquidator=then["after_liq1.cZRX.users.Jared.cTokens"],
        to_reserve=then["after_liq1.cZRX.totalReserves"],
    )
    second_sale = liquidated(
        asked["2.repay"],
        seized=then["seizeTokens2"],
        to_liquidator=then["after_liq2.cZRX.users.Jared.cTokens"] - then["after_liq1.cZRX.users.Jared.cTokens"],
        to_reserve=then["after_liq2.cZRX.totalReserves"] - then["after_liq1.cZRX.totalReserves"],
    )
    cure = (
        loan_cured(pool=BAT, principal=residual, interest=0, reason="residual"),
        case_closed(pool=BAT),
    )
    accrual = interest_accrued(
        pool=BAT,
        loan=None,
        interest=late - residual,
        index=then["after_100000_blocks.cBAT.borrowIndex"],
        reserve=then["after_100000_blocks.cBAT.totalReserves"],
    )
    added = reserve_contributed(pool=BAT, amount=asked["6.amount"])
    repayment = (
        interest_allocated(pool=BAT, interest=late - residual),
        repaid(pool=BAT, payer=PartyId("governance"), principal=residual, interest=late - residual),
    )

    after_1 = (*opening(given), default(given), *first_sale)
    after_2 = (*after_1, *second_sale, *cure)
    at_first, liq1, liq2 = Reading(*opening(given)), Reading(*after_1), Reading(*after_2)
    later, reserved = Reading(*after_2, accrual), Reading(*after_2, accrual, added)
    at_last = Reading(*after_2, accrual, added, *repayment)

    assert at_first.pool(BAT)["share_price"]["lenders"] == given.initial["cBAT.exchangeRate"]
    assert at_first.pool(ZRX)["share_price"]["lenders"] == given.initial["cZRX.exchangeRate"]
    assert at_first.pool(BAT)["cash"] == given.initial["cBAT.cash"]
    assert liq2.deficit()["cured"] == residual
    assert liq2.deficit()["recognized"] == 0
    given.is_met_by(
        {
            "seizeTokens1": at_first.shares(GEOFF, ZRX) - liq1.shares(GEOFF, ZRX),
            "seizeTokens2": liq1.shares(GEOFF, ZRX) - liq2.shares(GEOFF, ZRX),
            "unbacked_borrow": liq2.loan(pool=BAT)["debt"],
        }
        | of_market("after_liq1", liq1, BAT, ("Lender", "Geoff", "Jared"))
        | of_market("after_liq1", liq1, ZRX, ("Geoff", "Jared"))
        | of_market("after_liq2", liq2, BAT, ("Lender", "Geoff", "Jared"))
        | of_market("after_liq2", liq2, ZRX, ("Jared",))
        | of_market("after_100000_blocks", later, BAT, ("Lender", "Geoff", "Jared"))
        | of_market("after_100000_blocks", later, ZRX, ("Jared",))
        | of_market("after_add_reserves", reserved, BAT, ("Lender", "Geoff", "Jared"))
        | of_market("after_add_reserves", reserved, ZRX, ("Jared",))
        | of_market("after_late_repay", at_last, BAT, ("Lender", "Geoff", "Jared"))
        | of_market("after_late_repay", at_last, ZRX, ("Jared",)),
        beside={
            "*.underlyingWallet": "a wallet outside the pool",
            "*.borrowIndex": "an index comes in with the accrual; the debt that follows from it is compared",
        },
    )
