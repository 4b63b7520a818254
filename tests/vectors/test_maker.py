"""Maker: a debt is the system's deficit from its default on; auctions, the surplus and new MKR make it good.

Amounts of DAI are in rad, and its claims are its supply: what DAI pays for is paid in claims, without any cash.
"""

from typing import Any, Final

from ledger.events import AnyEvent
from ledger.values import WAD, PartyId
from ledger.waterfall import ReserveLayer
from tests.story import (
    ETH,
    HOLD,
    LOAN,
    asset_registered,
    collateral_posted,
    collateral_released,
    collateral_sold,
    deficit_recapitalized,
    deposited,
    loan_defaulted,
    loan_originated,
    part,
    pool_opened,
    recovery_allocated,
    shortfall_recognized,
)
from tests.vectors.scenario import Numbers, Reading, Scenario, scenario

ME, ALI, BOB = PartyId("me"), PartyId("ali"), PartyId("bob")
RAY: Final = 10**27
RAD: Final = WAD * RAY

OF_THE_AUCTIONS: Final = {
    "*.gem_me": "a wallet outside the pool",
    "*.gem_kpr": "a wallet outside the pool",
    "*.vow_Sin": "how much of the deficit still waits in a queue",
    "*.vow_Ash": "how much of the deficit is up for auction",
    "*.ilk_rate": "an index of the protocol's own",
    "*.sale.tab": "what an auction may still raise",
    "*.sale.top": "pricing",
    "*.dog_Dirt": "what all auctions may still raise",
}


def barked(given: Scenario) -> tuple[AnyEvent, ...]:
    """DAI is drawn against collateral, others hold more of it; the loan defaults, and all of it is the deficit."""
    art, ink = given.params["art"], given.params["ink"]
    return (
        asset_registered(decimals=45),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(debt="pooled", waterfall=(ReserveLayer(layer="reserve"), HOLD)),
        deposited(lender=ALI, assets=1000 * RAD, shares=1000 * RAD),
        deposited(lender=BOB, assets=1000 * RAD, shares=1000 * RAD),
        loan_originated(borrower=ME, principal=art * RAY, debt_shares=art, lender=ME, shares=art * RAY),
        collateral_posted(quantity=ink),
        loan_defaulted(principal=art * RAY, interest=0),
        shortfall_recognized(principal=art * RAY, debt_shares=art),
    )


def taken(buyer: PartyId, quantity: int, owe: int, **applied: Any) -> AnyEvent:
    """A buyer takes collateral from an auction and pays in DAI."""
    return collateral_sold(
        quantity=quantity, proceeds=owe, principal=0, lender=buyer, shares=owe, buyer=buyer, auction="1", **applied
    )


def of_the_vat(stage: str, reading: Reading) -> Numbers:
    """What the books say of DAI, of the deficit, and of the borrower's position."""
    sheet = reading.pool()
    surplus = sheet["recoveries"] + sheet["reserve"]
    return {
        f"{stage}.dai_me": reading.lender(ME)["balance"],
        f"{stage}.dai_ali": reading.lender(ALI)["balance"],
        f"{stage}.dai_bob": reading.lender(BOB)["balance"],
        f"{stage}.dai_kpr": reading.shares("kpr"),
        f"{stage}.dai_vow": surplus,
        f"{stage}.sin_vow": reading.deficit()["open"],
        f"{stage}.vat_debt": reading.claims() + surplus,
        f"{stage}.vat_vice": sheet["deficit"],
        f"{stage}.urn_ink": reading.loan()["collateral"][ETH],
        f"{stage}.urn_art": reading.debt_shares(LOAN),
        f"{stage}.ilk_Art": reading.debt_shares(),
        f"{stage}.sale.lot": reading.collateral(ETH),
        f"{stage}.gem_clip": reading.collateral(ETH),
    }


def flopped(given: Scenario, flop: int) -> AnyEvent:
    """An investor pays DAI for new MKR, and the deficit falls by it."""
    bid, lot = given.steps[f"{3 * flop + 6}.bid"], given.steps[f"{3 * flop + 6}.lot"]
    return deficit_recapitalized(
        investor=BOB, amount=bid, lender=BOB, shares=bid, instrument="MKR", quantity=lot, memo=f"flop {flop + 1}"
    )


def of_the_flop(flop: int, kicked: Reading, dealt: Reading) -> Numbers:
    """What the books say before and after a debt auction."""
    return {
        f"flops.{flop}.after_flop.sin": kicked.deficit()["open"],
        f"flops.{flop}.after_flop.dai": kicked.pool()["recoveries"] + kicked.pool()["reserve"],
        f"flops.{flop}.after_dent.sin": dealt.deficit()["open"],
        f"flops.{flop}.after_dent.dai_bob": dealt.lender(BOB)["balance"],
        f"flops.{flop}.after_dent.debt": dealt.claims(),
    }


def test_a_deficit_is_healed_by_the_auction_and_bought_away_by_three_flops() -> None:
    given = scenario("dss-02-shortfall-flop-debt-auction")
    first, then = given.initial, given.expected
    opening = barked(given)
    owe = then["after_take.dai_vow"]
    take = taken(ALI, given.steps["2.amt"], owe, recovery=owe)
    heal = recovery_allocated(parts=(part("deficit", given.steps["4.rad"]),))
    flops = (flopped(given, 0), flopped(given, 1), flopped(given, 2))

    before, after_take = Reading(*opening), Reading(*opening, take)
    after_heal = Reading(*opening, take, heal)
    after_flop_1 = Reading(*opening, take, heal, *flops[:1])
    after_flop_2 = Reading(*opening, take, heal, *flops[:2])
    at_last = Reading(*opening, take, heal, *flops)

    assert before.deficit()["open"] == first["sin_vow"] == first["vat_vice"]
    assert before.claims() == first["vat_debt"]
    assert before.collateral(ETH) == first["gem_clip"]
    assert before.debt_shares() == first["ilk_Art"]
    assert at_last.deficit()["recapitalized"] == 30 * RAD
    given.is_met_by(
        of_the_vat("after_take", after_take)
        | of_the_vat("after_heal", after_heal)
        | of_the_vat("final", at_last)
        | of_the_flop(0, after_heal, after_flop_1)
        | of_the_flop(1, after_flop_1, after_flop_2)
        | of_the_flop(2, after_flop_2, at_last)
        | {
            "woe_after_heal": after_heal.deficit()["open"],
            "after_take.gem_ali": before.collateral(ETH) - after_take.collateral(ETH),
            "after_heal.gem_ali": before.collateral(ETH) - after_heal.collateral(ETH),
            "final.gem_ali": before.collateral(ETH) - at_last.collateral(ETH),
        },
        beside=OF_THE_AUCTIONS
        | {
            "*.gem_bob": "a wallet outside the pool",
            "flops.[012].after_*.Ash": "how much of the deficit is up for auction",
            "flops.[012].gov_bob": "the supply of MKR, which is no money of the pool",
            "mkr_minted_total": "the supply of MKR, which is no money of the pool",
        },
    )


def test_two_buyers_pay_the_debt_and_its_penalty_and_the_rest_of_the_collateral_goes_back() -> None:
    given = scenario("dss-04-multiple-partial-fills-different-prices")
    then, asked = given.expected, given.steps
    opening = barked(given)
    penalty = then["after_take2.dai_vow"] - given.params["art"] * RAY
    take_1 = taken(ALI, asked["1.amt"], then["after_take1.owe"], recovery=then["after_take1.owe"])
    take_2 = taken(
        BOB,
        then["after_take2.gem_bob"],
        then["after_take2.owe"],
        recovery=then["after_take2.owe"] - penalty,
        penalty=penalty,
    )
    returned = collateral_released(quantity=then["after_take2.gem_returned_to_owner"])

    before, once, twice = Reading(*opening), Reading(*opening, take_1), Reading(*opening, take_1, take_2)
    at_last = Reading(*opening, take_1, take_2, returned)

    given.is_met_by(
        of_the_vat("final", at_last)
        | {
            "after_take1.owe": once.deficit()["proceeds"],
            "after_take1.lot": once.collateral(ETH),
            "after_take2.owe": twice.deficit()["proceeds"] - once.deficit()["proceeds"],
            "after_take2.gem_bob": once.collateral(ETH) - twice.collateral(ETH),
            "after_take2.gem_returned_to_owner": twice.collateral(ETH) - at_last.collateral(ETH),
            "after_take2.dai_vow": twice.pool()["recoveries"] + twice.pool()["reserve"],
            "final.gem_ali": before.collateral(ETH) - once.collateral(ETH),
            "final.gem_bob": once.collateral(ETH) - twice.collateral(ETH),
        },
        beside=OF_THE_AUCTIONS | {"price30": "pricing", "after_take1.tab": "what an auction may still raise"},
    )
