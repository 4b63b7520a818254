"""Venus: one account that owes in two markets is healed; both keep the rest of its debt as an asset that is bad."""

from ledger.events import AnyEvent
from ledger.values import WAD, AssetId, CaseId, Commodity, PartyId, PoolId
from tests.story import (
    HOLD,
    asset_registered,
    collateral_posted,
    collateral_sold,
    deposited,
    loan_defaulted,
    loan_originated,
    pool_opened,
    shares_transferred,
    shortfall_recognized,
)
from tests.vectors.scenario import Reading, Scenario, scenario

ZRX, BAT = PoolId("vZRX"), PoolId("vBAT")
IN_ZRX, IN_BAT = CaseId("zrx"), CaseId("bat")
ACCOUNT, HEALER = PartyId("account"), PartyId("healer")
OMG_SHARES = Commodity("vOMG")
ZRX_SHARES = Commodity(f"shares:{ZRX}:lenders")


def opening(given: Scenario) -> tuple[AnyEvent, ...]:
    """Two markets that lent to one account, which lends to one of them itself."""
    first = given.initial
    zrx, bat, own = first["borrows.ZRX"], first["borrows.BAT"], first["collateral.ZRX"]
    return (
        asset_registered(asset=AssetId("ZRX"), decimals=18),
        asset_registered(asset=AssetId("BAT"), decimals=18),
        asset_registered(asset=AssetId("vOMG"), decimals=8),
        pool_opened(pool=ZRX, asset=AssetId("ZRX"), debt="indexed", rate_scale=WAD, waterfall=(HOLD,)),
        pool_opened(pool=BAT, asset=AssetId("BAT"), debt="indexed", rate_scale=WAD, waterfall=(HOLD,)),
        deposited(pool=ZRX, assets=zrx, shares=zrx),
        deposited(pool=ZRX, lender=ACCOUNT, assets=own, shares=own),
        deposited(pool=BAT, assets=bat, shares=bat),
        loan_originated(pool=ZRX, borrower=ACCOUNT, principal=zrx),
        loan_originated(pool=BAT, borrower=ACCOUNT, principal=bat),
        loan_defaulted(pool=ZRX, case=IN_ZRX, principal=zrx, interest=0),
        loan_defaulted(pool=BAT, case=IN_BAT, principal=bat, interest=0),
    )


def pledged() -> tuple[AnyEvent, ...]:
    """Collateral that backs both debts, split by what each is: three fifths and two fifths."""
    return (
        collateral_posted(pool=ZRX, asset=OMG_SHARES, quantity=2_400000000000000000),
        collateral_posted(pool=ZRX, asset=ZRX_SHARES, quantity=4_200000000000000000),
        collateral_posted(pool=BAT, asset=OMG_SHARES, quantity=1_600000000000000000),
        collateral_posted(pool=BAT, asset=ZRX_SHARES, quantity=2_800000000000000000),
    )


def sold(pool: PoolId, case: CaseId, asset: Commodity, quantity: int, proceeds: int) -> AnyEvent:
    return collateral_sold(
        pool=pool, case=case, asset=asset, quantity=quantity, proceeds=proceeds, principal=proceeds, buyer=HEALER
    )


def healed(given: Scenario) -> tuple[AnyEvent, ...]:
    """The healer pays one sum in each market for all the collateral: split by what each asset of it is worth."""
    lost = given.expected
    return (
        sold(ZRX, IN_ZRX, OMG_SHARES, 2_400000000000000000, 2_181818181818181818),
        sold(ZRX, IN_ZRX, ZRX_SHARES, 4_200000000000000000, 3_818181818181818182),
        sold(BAT, IN_BAT, OMG_SHARES, 1_600000000000000000, 1_454545454545454545),
        sold(BAT, IN_BAT, ZRX_SHARES, 2_800000000000000000, 2_545454545454545455),
        shares_transferred(pool=ZRX, sender=ACCOUNT, receiver=HEALER, shares=given.initial["collateral.ZRX"]),
        shortfall_recognized(pool=ZRX, case=IN_ZRX, principal=lost["badDebtIncreased.ZRX"]),
        shortfall_recognized(pool=BAT, case=IN_BAT, principal=lost["badDebtIncreased.BAT"]),
    )


def held(reading: Reading, asset: Commodity) -> int:
    """What both markets hold of an asset."""
    return reading.collateral(asset, pool=ZRX) + reading.collateral(asset, pool=BAT)


def test_an_account_is_healed_in_two_markets_whose_lenders_are_not_written_down() -> None:
    given = scenario("venus-03-heal-account")

    before = Reading(*opening(given), *pledged())
    after = Reading(*opening(given), *pledged(), *healed(given))
    in_zrx, in_bat = after.deficit(IN_ZRX), after.deficit(IN_BAT)

    assert (after.claims(ZRX), after.claims(BAT)) == (before.claims(ZRX), before.claims(BAT))
    assert after.shares(HEALER, ZRX) == given.initial["collateral.ZRX"]
    assert in_zrx["proceeds"] * WAD // in_zrx["exposure"] == in_bat["proceeds"] * WAD // in_bat["exposure"]
    given.is_met_by(
        {
            "percentage": in_zrx["proceeds"] * WAD // in_zrx["exposure"],
            "repaid.ZRX": in_zrx["proceeds"],
            "repaid.BAT": in_bat["proceeds"],
            "badDebtIncreased.ZRX": in_zrx["open"],
            "badDebtIncreased.BAT": in_bat["open"],
            "seized.OMG": held(before, OMG_SHARES) - held(after, OMG_SHARES),
            "seized.ZRX": held(before, ZRX_SHARES) - held(after, ZRX_SHARES),
        },
        beside={},
    )
