"""Three pools, one of each debt mode, and two funds, one of them in another asset: set up at random."""

from typing import Any, Final, get_args

from ledger import commands, events
from ledger.commands.walk import FundPrice
from ledger.terms import RecoveryPolicy
from ledger.values import LENDERS, WAD, AssetId, DebtMode, FundId, PoolId, TrancheId
from ledger.waterfall import FundLayer, HoldLayer, Layer, ReserveLayer, SocializeLayer, TrancheLayer, Waterfall
from tests.histories_asker import JUNIOR, PARTIES, TIMES, Asked, Asker

USD, ETH = AssetId("USD"), AssetId("ETH")
FUND, ETH_FUND = FundId("fund"), FundId("eth-fund")
MODES: Final[tuple[DebtMode, ...]] = get_args(DebtMode)
POOLS: Final = tuple(map(PoolId, MODES))
"""Each pool is called after its debt mode."""
POLICIES: Final[tuple[RecoveryPolicy, ...]] = get_args(RecoveryPolicy)
PRICES: Final = (FundPrice(fund=ETH_FUND, price=3, scale=0), FundPrice(fund=ETH_FUND, price=7, scale=1))
VIRTUAL: Final[dict[DebtMode, tuple[tuple[int, int, int], ...]]] = {
    "bilateral": ((0, 0, 0), (0, 0, 0), (10**6, 10**6, 0), (3, 2, 0)),
    "pooled": ((1, 10**6, 0), (1, 10**6, 0), (0, 0, 0)),
    "indexed": ((0, 0, WAD), (0, 0, WAD), (0, 0, 7), (0, 0, 0), (2, 3, 0)),
}
"""Virtual assets and shares, and rate scale, of each debt mode."""


def waterfall(asker: Asker, *, junior: bool) -> Waterfall:
    """Layers in any order, some left out."""
    fund = FundLayer(
        layer="fund",
        fund=FUND,
        cap=asker.one((None, 1, 3, 10**20)),
        share_wad=asker.one((None, None, WAD // 2, WAD // 3)),
        floor=asker.one((0, 0, 0, 1)),
    )
    layers: list[Layer] = [
        *([TrancheLayer(layer="tranche", tranche=JUNIOR)] if junior else []),
        fund,
        FundLayer(layer="fund", fund=ETH_FUND, cap=asker.one((None, 2))),
        ReserveLayer(layer="reserve", floor=asker.one((0, 0, 1)), negative=asker.seldom(3)),
        SocializeLayer(layer="socialize"),
        HoldLayer(layer="hold"),
    ]
    first = [layer for layer in layers if layer.layer == asker.leaning.first_layer and not asker.seldom(4)]
    layers = [layer for layer in layers if layer not in first]
    chosen: list[Layer] = first[-1:]
    while layers and len(chosen) < 5 and not asker.seldom(6):
        chosen.append(layers.pop(0 if not asker.seldom(3) else asker.one(range(len(layers)))))
    return tuple(chosen)


def terms(asker: Asker, *, junior: bool) -> dict[str, Any]:
    """The terms of a pool."""
    return {
        "waterfall": waterfall(asker, junior=junior),
        "proceeds_order": asker.one((("interest", "principal"), ("principal", "interest"))),
        "recovery": asker.one(POLICIES) if asker.leaning.recovery is None else asker.leaning.recovery,
        "exit_price": asker.one(("claims", "claims", "net")),
        "fee_recipient": asker.maybe(PARTIES[0]),
        "reserve_factor_wad": asker.one((0, WAD // 10, WAD // 2, WAD)),
    }


def open_desk(asker: Asker) -> None:
    """Assets, funds, pools, and some money for each."""
    at = TIMES[0]
    for asset in (USD, ETH):
        asker.ask(events.AssetRegistered(at=at, asset=asset, decimals=2))
    for fund, asset in ((FUND, USD), (ETH_FUND, ETH)):
        asker.ask(events.FundOpened(at=at, fund=fund, asset=asset))
        asker.ask(commands.Contribute(at=at, fund=fund, contributor=PARTIES[0], amount=asker.amount()))
    for pool, mode in zip(POOLS, MODES, strict=True):
        virtual_assets, virtual_shares, rate_scale = asker.one(VIRTUAL[mode])
        tranches = () if asker.seldom(3) else (JUNIOR,)
        asker.ask(
            events.PoolOpened(
                at=at,
                pool=pool,
                asset=USD,
                debt=mode,
                virtual_assets=virtual_assets,
                virtual_shares=virtual_shares,
                rate_scale=rate_scale,
                tranches=tranches,
                **terms(asker, junior=bool(tranches)),
            )
        )
        for tranche, lender in zip((LENDERS, LENDERS, *tranches), PARTIES, strict=False):
            asker.ask(commands.Deposit(at=at, pool=pool, tranche=tranche, lender=lender, assets=asker.much()))


def change_terms(asker: Asker) -> Asked:
    pool = asker.one(POOLS)
    return events.TermsChanged(at=asker.at(), pool=pool, **terms(asker, junior=JUNIOR in asker.desk.pools[pool].claims))


def receive_income(asker: Asker) -> Asked:
    pool = asker.pool()
    return events.IncomeReceived(
        at=asker.at(),
        pool=pool,
        amount=asker.amount(),
        to=TrancheId("reserve") if asker.seldom(2) else asker.tranche(pool),
    )


def change_allowance(asker: Asker) -> Asked:
    amount = asker.amount()
    change: dict[str, Any] = {"increase": amount} if not asker.seldom(3) else {"decrease": amount}
    return events.AllowanceChanged(at=asker.at(), **asker.loan(), **change)
