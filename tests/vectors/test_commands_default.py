"""What real protocols make of a default, worked out by commands: what is repaid, recognized and borne, and by whom."""

from functools import partial
from typing import Any, Final

import pytest

from ledger.commands import (
    AllocateRecovery,
    AnyCommand,
    CloseCase,
    CoverDeficit,
    CureLoan,
    DeclareDefault,
    ReceiveRecovery,
    ResolveShortfall,
    SellCollateral,
)
from ledger.events import AnyEvent
from ledger.values import AssetId, CaseId, Commodity, LoanId, PartyId, TrancheId
from ledger.waterfall import ReserveLayer, TrancheLayer
from tests.story import (
    AT,
    CASE,
    ETH,
    HOLD,
    JUNIOR,
    LENDER,
    LOAN,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    allowance_changed,
    asset_registered,
    collateral_posted,
    debt_transferred,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    interest_accrued,
    loan_originated,
    pool_opened,
    reserve_contributed,
    shortfall_recognized,
    withdrawn,
)
from tests.vectors.scenario import Reading, Scenario, done, scenario

declare: Final = partial(DeclareDefault, at=AT, pool=POOL, loan=LOAN, case=CASE, reason="liquidation")
sell: Final = partial(SellCollateral, at=AT, pool=POOL, case=CASE, asset=Commodity(ETH))
resolve: Final = partial(ResolveShortfall, at=AT, pool=POOL, case=CASE)
cover: Final = partial(CoverDeficit, at=AT, pool=POOL, case=CASE)
cure: Final = partial(CureLoan, at=AT, pool=POOL, case=CASE)
receive: Final = partial(ReceiveRecovery, at=AT, pool=POOL, case=CASE)
allocate: Final = partial(AllocateRecovery, at=AT, pool=POOL, case=CASE)
close: Final = partial(CloseCase, at=AT, pool=POOL, case=CASE)

Steps = tuple[AnyEvent | AnyCommand, ...]
ASSETS: Final = (asset_registered(), asset_registered(asset=ETH, decimals=18))


def lent(principal: int, *, quantity: int = 0, assets: int | None = None, **pool: Any) -> Steps:
    """A pool in which one loan is lent, and as much collateral posted."""
    brought = principal if assets is None else assets
    return (
        *ASSETS,
        pool_opened(**pool),
        deposited(assets=brought, shares=brought),
        loan_originated(principal=principal),
        collateral_posted(quantity=quantity),
    )


def reading(*steps: AnyEvent | AnyCommand) -> Reading:
    return Reading(*done(*steps))


# Morpho Blue.


def liquidated_market(given: Scenario) -> Steps:
    """A market as it stands, and the liquidation of its borrower, who leaves bad debt."""
    first, log = given.initial, given.expected
    suppliers = [name for name in ("SupplierA", "SupplierB") if f"positions.{name}.supplyShares" in first]
    others = first["totalBorrowShares"] - first["positions.Borrower.borrowShares"]
    owed_by_others = log["market_after.totalBorrowAssets"]
    shares = {name: first[f"positions.{name}.supplyShares"] for name in suppliers}
    fee_shares = first["totalSupplyShares"] - sum(shares.values())
    return (
        *ASSETS,
        pool_opened(debt="pooled", virtual_assets=1, virtual_shares=10**6, waterfall=(SOCIALIZE,)),
        *(deposited(lender=PartyId(name), assets=0, shares=held) for name, held in shares.items()),
        deposited(lender=PartyId("FeeRecipient"), assets=first["totalSupplyAssets"], shares=fee_shares),
        loan_originated(
            principal=first["totalBorrowAssets"] - owed_by_others,
            debt_shares=first["positions.Borrower.borrowShares"],
        ),
        loan_originated(loan=OTHER_LOAN, principal=owed_by_others, debt_shares=others),
        collateral_posted(quantity=first["positions.Borrower.collateral"]),
        declare(),
        sell(quantity=log["Liquidate.seizedAssets"], proceeds=log["Liquidate.repaidAssets"]),
        resolve(),
        close(),
    )


@pytest.mark.parametrize(
    "name",
    [
        "morpho-01-bad-debt-single",
        "morpho-02-bad-debt-two-borrowers-odd",
        "morpho-03-bad-debt-capped-by-total-borrow",
        "morpho-06-interest-fee-then-bad-debt-then-donation",
    ],
)
def test_bad_debt_is_recognized_and_socialized_as_in_morpho_blue(name: str) -> None:
    given = scenario(name)
    then = given.expected

    after = reading(*liquidated_market(given))

    assert after.deficit()["proceeds"] == then["Liquidate.repaidAssets"]
    assert after.deficit()["socialized"] == then["Liquidate.badDebtAssets"]
    assert after.claims() == then["market_after.totalSupplyAssets"]
    assert after.issued() == then["market_after.totalSupplyShares"]
    assert after.pool()["loans"] == then["market_after.totalBorrowAssets"]
    assert after.debt_shares() == then["market_after.totalBorrowShares"]
    assert after.debt_shares(LOAN) == then["borrower_after.borrowShares"] == 0
    assert after.collateral(ETH) == then["borrower_after.collateral"]
    assert after.pool()["cash"] == then["cash_after"]
    assert after.lender("SupplierA")["balance"] == then["lenders.SupplierA.claim_after"]


# Euler v2.


def taken_over(given: Scenario, **pool: Any) -> Steps:
    """The liquidator takes over debt with all the collateral."""
    first, then = given.initial, given.expected
    return (
        *ASSETS,
        pool_opened(debt="indexed", virtual_assets=10**6, virtual_shares=10**6, **pool),
        deposited(assets=100 * 10**18, shares=100 * 10**18),
        deposited(lender=PartyId("bystander"), assets=30 * 10**18, shares=30 * 10**18),
        loan_originated(principal=first["borrower_debt"]),
        collateral_posted(quantity=100 * 10**18),
        loan_originated(
            loan=OTHER_LOAN,
            borrower=PartyId("liquidator"),
            principal=first["totalBorrows"] - first["borrower_debt"],
        ),
        declare(),
        debt_transferred(case=CASE, principal=then["maxRepay"]),
        sell(quantity=100 * 10**18, proceeds=0),
    )


def test_what_a_liquidator_leaves_is_socialized_as_in_euler() -> None:
    given = scenario("euler-01-debt-socialization")
    then = given.expected

    after = reading(*taken_over(given, waterfall=(SOCIALIZE,)), resolve(), close())

    assert after.deficit()["socialized"] == then["debtSocialized"]
    assert after.pool()["loans"] == then["totalBorrows_after"]
    assert after.loan()["debt"] == then["borrower_debt"]
    assert after.lender(LENDER)["balance"] == then["claims_after.lender"]
    assert after.lender("bystander")["balance"] == then["claims_after.bystander"]


def test_what_a_liquidator_leaves_stays_the_borrowers_debt_where_euler_does_not_socialize() -> None:
    given = scenario("euler-04-socialization-disabled")
    then = given.expected

    facts = done(*taken_over(given), cure(reason="residual"), close())
    after = Reading(*facts)

    assert getattr(facts[-1], "outcome", None) == "residual"
    assert after.loan()["debt"] == after.deficit()["cured"] == then["borrower_debt_after"]
    assert after.pool()["loans"] == then["totalBorrows_after"]
    assert after.lender(LENDER)["balance"] == then["claims_unchanged.lender"]


# Aave and Umbrella.


def test_what_collateral_does_not_cover_is_held_as_in_aave() -> None:
    given = scenario("aave-04-bad-debt-deficit-created")
    first, then = given.initial, given.expected
    opening = lent(first["scaledDebt"], quantity=first["scaledCollateral"], debt="indexed", waterfall=(HOLD,))
    liquidation = sell(
        quantity=then["actualCollateralToLiquidate"], proceeds=then["actualDebtToLiquidate"], lender=LENDER
    )
    fee_in_kind = sell(quantity=then["feeEffectivelyTransferred"], proceeds=0, buyer=PartyId("treasury"))

    after = reading(*opening, declare(), liquidation, fee_in_kind, resolve())

    assert after.deficit()["exposure"] == then["borrowerDebt"]
    assert after.deficit()["proceeds"] == then["actualDebtToLiquidate"]
    assert after.deficit()["open"] == then["DeficitCreated"]
    assert after.collateral(ETH) == then["scaledCollateral_after"]
    assert after.loan()["debt"] == then["debt_after"]


def test_a_deficit_is_covered_by_burning_claims_as_in_aave() -> None:
    given = scenario("aave-07-eliminate-deficit-partial-then-surplus")
    first, then, umbrella = given.initial, given.expected, PartyId("umbrella")
    scaled, index = 10**21, given.params["liquidityIndex"]
    opening: Steps = (
        *ASSETS,
        pool_opened(debt="indexed", waterfall=(HOLD,)),
        deposited(lender=umbrella, assets=0, shares=first["umbrella_scaled_aTokens"]),
        deposited(assets=scaled * index // 10**27, shares=scaled - first["umbrella_scaled_aTokens"]),
        loan_originated(principal=first["deficit"]),
        declare(),
        resolve(),
    )
    in_part = cover(amount=given.steps["0.amount"], source="lender", name=umbrella)
    the_rest = cover(amount=then["after_2.covered"], source="lender", name=umbrella, case=None)

    before, after_1 = reading(*opening), reading(*opening, in_part)
    after_2 = reading(*opening, in_part, the_rest)

    assert before.deficit()["open"] == first["deficit"]
    assert after_1.deficit()["open"] == then["after_1.deficit"]
    assert before.issued() - after_1.issued() == then["after_1.scaled_burned"]
    assert after_1.lender(umbrella)["shares"] == then["after_1.umbrella_scaled"]
    assert after_2.deficit()["open"] == then["after_2.deficit"]
    assert after_1.issued() - after_2.issued() == then["after_2.scaled_burned"]
    assert after_2.lender(umbrella)["shares"] == then["after_2.umbrella_scaled"]


def test_a_slash_leaves_the_least_that_must_stay_staked_as_in_umbrella() -> None:
    given = scenario("umbrella-02-slash-partial-min-assets")
    first, then = given.initial, given.expected
    staked = (fund_opened(), fund_contributed(amount=first["stakeTotalAssets"], shares=first["stakeTotalAssets"]))
    layer = fund_layer(floor=given.params["MIN_ASSETS_REMAINING"])
    opening = (asset_registered(), *staked, *lent(first["poolDeficit"], debt="indexed", waterfall=(layer, HOLD))[1:])

    after = reading(*opening, declare(), resolve())

    assert after.deficit()["recognized"] == then["newDeficit"]
    assert after.deficit()["fund"] == then["realSlashed"] == then["newCoveredAmount"]
    assert after.fund()["balance"] == then["stakeTotalAssets_after"]
    assert after.deficit()["open"] == then["uncovered"]


def test_the_daos_offset_pays_the_deficit_as_in_umbrella() -> None:
    given = scenario("umbrella-06-deficit-offset-first-loss-by-dao")
    deficit, then = given.initial["poolDeficit"], given.expected
    opening = (*lent(deficit, debt="indexed", waterfall=(HOLD,)), declare(), resolve())

    after = reading(*opening, cover(amount=then["payer_spent"], source="investor", name="dao"))

    assert after.deficit()["open"] == then["poolDeficit"]
    assert after.deficit()["recapitalized"] == after.pool()["cash"] == then["payer_spent"]


# Compound v3.


def test_the_reserve_bears_three_debts_as_in_compound_v3() -> None:
    given = scenario("comet-01-absorb-3-accounts")
    first, then = given.initial, given.expected
    cases = [CaseId(f"case-{number}") for number in range(4)]
    debts = [-then["reserves_before"], *(first[f"accounts.{number}.debt"] for number in range(3))]
    opening: Steps = (
        *ASSETS,
        pool_opened(debt="indexed", waterfall=(ReserveLayer(layer="reserve", negative=True),)),
        deposited(assets=first["totalSupplyBase"], shares=first["totalSupplyBase"]),
        *(loan_originated(loan=LoanId(case), principal=debt) for case, debt in zip(cases, debts, strict=True)),
        loan_originated(loan=LoanId("others"), principal=then["totalBorrowBase"]),
    )
    absorbed: list[AnyCommand] = []
    for case in cases:
        absorbed += [declare(loan=LoanId(case), case=case), resolve(case=case)]

    before, after = reading(*opening, *absorbed[:2]), reading(*opening, *absorbed)

    assert before.pool()["reserve"] == then["reserves_before"]
    assert after.pool()["reserve"] == then["reserves_after"]
    assert after.pool()["loans"] == then["totalBorrowBase"]
    assert after.claims() == then["totalSupplyBase"]
    for number in range(3):
        assert after.deficit(cases[number + 1])["reserve"] == then[f"AbsorbDebt_basePaidOut.{number}"]


def test_what_absorbed_collateral_fetches_goes_back_to_the_reserve_as_in_compound_v3() -> None:
    given = scenario("comet-04-lifecycle-absorb-then-two-partial-sales")
    first, then, asked = given.initial, given.expected, given.steps
    reserve = ReserveLayer(layer="reserve", negative=True)
    opening: Steps = (
        *lent(
            first["totalBorrow"],
            quantity=first["WETH"],
            assets=first["lender_supply"],
            debt="indexed",
            waterfall=(reserve,),
            recovery="reserve",
        ),
        reserve_contributed(amount=first["reserves"]),
        declare(),
        resolve(),
    )
    first_sale = (sell(quantity=then["WETH_out_1"], proceeds=asked["1.base"]), allocate())
    second_sale = (sell(quantity=then["WETH_out_2"], proceeds=asked["2.base"]), allocate(), close())

    bare, after = reading(*opening), reading(*opening, *first_sale, *second_sale)

    assert bare.deficit()["reserve"] == then["basePaidOut"]
    assert bare.pool()["reserve"] == then["reserves_after_absorb"]
    assert after.pool()["reserve"] == then["reserves_final"]
    assert after.claims() == then["lender_claims_unchanged"]
    assert after.collateral(ETH) == then["WETH_left"]


# Maple.


def covered_pool(given: Scenario) -> Steps:
    """A pool with one loan in default, late interest added, and the delegate's cover: at most 40 % for a case."""
    first, terms = given.initial, given.params
    layer = fund_layer(share_wad=terms["maxCoverLiquidationPercent"] * 10**12)
    return (
        *ASSETS,
        fund_opened(),
        fund_contributed(amount=first["cover"]),
        pool_opened(waterfall=(layer, SOCIALIZE), exit_price="net"),
        deposited(assets=first["lp_shares"], shares=first["lp_shares"]),
        loan_originated(principal=terms["principal"]),
        interest_accrued(interest=terms["netInterest"]),
        collateral_posted(quantity=10**20),
        allowance_changed(increase=terms["principal"] + terms["netInterest"]),
        declare(fees=terms["platformFees"]),
        interest_accrued(case=CASE, interest=terms["netLateInterest"]),
        allowance_changed(decrease=terms["principal"] + terms["netInterest"]),
    )


def test_the_cover_pays_its_share_of_what_collateral_leaves_as_in_maple() -> None:
    given = scenario("maple-02-partial-cover")
    then, asked = given.expected, given.steps
    sale = sell(quantity=asked["1.collateral"], proceeds=asked["1.proceeds"], costs=given.params["platformFees"])

    after = reading(*covered_pool(given), sale, resolve(), close())

    assert after.deficit()["recognized"] == then["remaining_loss_after_collateral"]
    assert after.pool()["surplus"] == then["collateral_to_borrower"]
    assert after.step("fund-drawn")["available"] == then["available_cover"]
    assert after.deficit()["fund"] == then["cover_to_pool"]
    assert after.fund()["balance"] == then["cover_after"]
    assert after.deficit()["socialized"] == then["realized_loss_to_LPs"]
    assert after.pool()["cash"] == then["pool_cash_after"]
    assert after.claims() == then["totalAssets_after"]


def test_the_lenders_bear_what_a_cover_leaves_that_paid_fees_as_well_as_in_maple() -> None:
    given = scenario("maple-03-partial-cover-no-collateral")
    terms, then = given.params, given.expected
    interest = terms["netInterest"] + terms["netLateInterest"]
    with_fees = fund_drawn(amount=then["cover_to_pool"], paid=then["cover_to_pool"] + then["cover_to_treasury"])
    recognition = shortfall_recognized(principal=terms["principal"], interest=interest)

    after = reading(*covered_pool(given), recognition, with_fees, resolve(), close())

    assert after.deficit()["recognized"] == then["remaining_loss_after_collateral"]
    assert after.fund()["balance"] == then["cover_after"]
    assert after.deficit()["socialized"] == then["realized_loss_to_LPs"]
    assert after.claims() == then["totalAssets_after"]


# Goldfinch, Liquity, Maker, Venus.


def test_the_junior_tranche_bears_first_and_recoveries_make_the_senior_whole_as_in_goldfinch() -> None:
    given = scenario("goldfinch-01-senior-first-recovery")
    terms, then, senior, junior = given.params, given.expected, PartyId("senior"), PartyId("junior")
    written_down = (
        *ASSETS,
        pool_opened(tranches=(JUNIOR,), waterfall=(TrancheLayer(layer="tranche", tranche=JUNIOR), SOCIALIZE)),
        deposited(lender=senior, assets=terms["senior"], shares=terms["senior"]),
        deposited(lender=junior, tranche=JUNIOR, assets=terms["junior"], shares=terms["junior"]),
        loan_originated(principal=given.initial["principalAccrued"]),
        declare(),
        resolve(),
    )
    once = (receive(amount=given.steps["0.amount"]), allocate())
    twice = (receive(amount=given.steps["1.amount"]), allocate())

    before, after_1 = reading(*written_down), reading(*written_down, *once)
    after_2 = reading(*written_down, *once, *twice)

    assert before.pool()["share_price"] == {"lenders": 0, "junior": 0}
    assert after_1.lender(senior)["recoveries"] == then["after_1.to_senior"]
    assert after_1.lender(junior, tranche=JUNIOR)["recoveries"] == then["after_1.to_junior"]
    assert after_2.pool()["share_price"]["lenders"] == then["after_2.senior_sp"]
    assert after_2.pool()["share_price"]["junior"] == then["after_2.junior_sp"]


def test_the_stability_pool_pays_with_claims_as_in_liquity() -> None:
    given = scenario("liquity-02-partial-offset-then-redistribution")
    first, then = given.initial, given.expected
    stability, trove, depositors = TrancheId("stability"), PartyId("trove"), PartyId("depositors")
    minted, deposits = first["trove.debt"], first["sp_deposits"]
    opening: Steps = (
        *ASSETS,
        pool_opened(tranches=(stability,), waterfall=(HOLD,)),
        loan_originated(borrower=trove, principal=minted, lender=trove, shares=minted),
        collateral_posted(quantity=first["trove.coll"]),
        deposited(tranche=stability, lender=depositors, assets=deposits, shares=deposits),
        withdrawn(lender=trove, assets=deposits, shares=deposits),
    )
    compensation = sell(quantity=then["collGasCompensation"], proceeds=0)
    offset = sell(quantity=then["collToSendToSP"], proceeds=then["debtToOffset"], lender=depositors, tranche=stability)

    after = reading(*opening, declare(), compensation, offset, resolve())

    assert after.deficit()["proceeds"] == then["debtToOffset"]
    assert after.deficit()["open"] == then["debtToRedistribute"]
    assert after.collateral(ETH) == then["collToRedistribute"]
    assert after.pool()["claims"][stability] == then["offset.totalDeposits"]


RAY, RAD = 10**27, 10**45
ALI, BOB, ME = PartyId("ali"), PartyId("bob"), PartyId("me")


def barked(given: Scenario) -> Steps:
    """DAI is drawn against collateral, others hold more of it; all that the loan owes is the deficit at once."""
    art, ink = given.params["art"], given.params["ink"]
    return (
        *ASSETS,
        pool_opened(debt="pooled", waterfall=(ReserveLayer(layer="reserve"), HOLD)),
        deposited(lender=ALI, assets=1000 * RAD, shares=1000 * RAD),
        deposited(lender=BOB, assets=1000 * RAD, shares=1000 * RAD),
        loan_originated(borrower=ME, principal=art * RAY, debt_shares=art, lender=ME, shares=art * RAY),
        collateral_posted(quantity=ink),
        declare(),
        resolve(),
    )


def test_a_deficit_is_healed_by_the_auction_and_bought_away_as_in_maker() -> None:
    given = scenario("dss-02-shortfall-flop-debt-auction")
    then, asked = given.expected, given.steps
    owe = then["after_take.dai_vow"]
    take = sell(quantity=asked["2.amt"], proceeds=owe, lender=ALI, buyer=ALI)
    heal = allocate(amount=asked["4.rad"])
    flops = [cover(amount=asked[f"{3 * flop + 6}.bid"], source="lender", name=BOB) for flop in range(3)]

    taken, healed = reading(*barked(given), take), reading(*barked(given), take, heal)
    after = reading(*barked(given), take, heal, *flops)

    assert taken.lender(ALI)["balance"] == then["after_take.dai_ali"]
    assert taken.pool()["recoveries"] == owe
    assert healed.deficit()["open"] == then["woe_after_heal"]
    assert healed.pool()["recoveries"] == then["after_heal.dai_vow"]
    assert after.deficit()["open"] == then["final.sin_vow"]
    assert after.lender(BOB)["balance"] == then["final.dai_bob"]
    assert after.debt_shares() == then["final.ilk_Art"]


def test_two_buyers_pay_the_debt_and_its_penalty_as_in_maker() -> None:
    given = scenario("dss-04-multiple-partial-fills-different-prices")
    then, asked = given.expected, given.steps
    penalty = then["after_take2.dai_vow"] - given.params["art"] * RAY
    take_1 = sell(quantity=asked["1.amt"], proceeds=then["after_take1.owe"], lender=ALI)
    take_2 = sell(quantity=then["after_take2.gem_bob"], proceeds=then["after_take2.owe"], penalty=penalty, lender=BOB)

    after = reading(*barked(given), take_1, take_2)

    assert after.pool()["recoveries"] == given.params["art"] * RAY
    assert after.pool()["reserve"] == penalty
    assert after.pool()["surplus"] == 0
    assert after.lender(ALI)["balance"] == then["final.dai_ali"]
    assert after.lender(BOB)["balance"] == then["final.dai_bob"]


def test_an_account_is_healed_and_leaves_bad_debt_as_in_venus() -> None:
    given = scenario("venus-03-heal-account")
    then, wad = given.expected, 10**18
    collateral = Commodity(AssetId("vOMG"))
    opening: Steps = (
        asset_registered(asset=AssetId("vOMG"), decimals=8),
        *lent(given.initial["borrows.ZRX"], debt="indexed", rate_scale=wad, waterfall=(HOLD,)),
        collateral_posted(asset=collateral, quantity=given.initial["collateral.OMG"]),
    )
    heal = sell(asset=collateral, quantity=then["seized.OMG"], proceeds=then["repaid.ZRX"], buyer=PartyId("healer"))

    before, after = reading(*opening), reading(*opening, declare(), heal, resolve())

    assert after.deficit()["open"] == then["badDebtIncreased.ZRX"]
    assert after.deficit()["proceeds"] * wad // after.deficit()["exposure"] == then["percentage"]
    assert after.claims() == before.claims()
