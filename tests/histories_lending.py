"""Proposals for random histories: a book is opened, money is lent, and nothing is wrong yet."""

from itertools import chain
from typing import Any, Final

from ledger import events
from ledger.events import AnyEvent
from ledger.values import AMOUNT_MAX, LENDERS, WAD, CaseId, Commodity, FundId, LoanId, PoolId, TrancheId
from ledger.waterfall import FundLayer, HoldLayer, Layer, ReserveLayer, SocializeLayer, TrancheLayer
from tests.histories_teller import ETH, ETH_FUND, FUND, JUNIOR, LOANS, PARTIES, POOLS, USD, Teller

CHARTERS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"virtual_assets": 1, "virtual_shares": 10**6},
    {"virtual_assets": 10**6, "virtual_shares": 10**6},
    {"rate_scale": WAD},
)
ORDERS: Final[tuple[tuple[str, ...], ...]] = (
    *(("fund", "socialize"), ("fund", "eth-fund", "socialize"), ("eth-fund", "socialize", "hold")),
    *(("eth-fund", "fund", "hold", "socialize"), ("fund", "socialize", "eth-fund")),
    *(("socialize", "fund"), ("socialize", "hold"), ("fund", "hold"), ("hold",), ()),
    *(("junior", "socialize"), ("reserve", "junior", "socialize"), ("reserve",)),
    *(("fund", "junior", "socialize"), ("reserve", "hold")),
)
"""In which order the layers of a waterfall may stand."""


# Setting up.


def open_book(teller: Teller) -> None:
    """Two assets, a fund in each, one or two pools, and the first money in them."""
    for asset, decimals in ((USD, 6), (ETH, 18)):
        teller.tell(events.AssetRegistered(**teller.envelope(), asset=asset, decimals=decimals))
    for fund, asset in ((FUND, USD), (ETH_FUND, ETH)):
        teller.tell(events.FundOpened(**teller.envelope(), fund=fund, asset=asset))
        teller.tell(contribute(teller))
    for name in POOLS[: teller.one((1, 2))]:
        teller.tell(open_pool(teller, name))
        for _ in range(teller.one((1, 2, 3))):
            teller.tell(deposit(teller))


def open_pool(teller: Teller, name: PoolId) -> AnyEvent:
    either: tuple[tuple[TrancheId, ...], ...] = ((), (JUNIOR,))
    tranches = (JUNIOR,) if teller.leaning.first_layer == "junior" else teller.one(either)
    return events.PoolOpened(
        **teller.envelope(),
        **teller.one(CHARTERS),
        pool=name,
        asset=teller.one((USD, USD, ETH)),
        debt=teller.one(teller.leaning.debts),
        tranches=tranches,
        waterfall=waterfall(teller, junior=bool(tranches)),
    )


def waterfall(teller: Teller, *, junior: bool) -> tuple[Layer, ...]:
    negative, floor = teller.seldom(2), teller.one((0, 0, 1))
    layers: dict[str, tuple[Layer, ...]] = {
        "fund": (fund_layer(teller, FUND),),
        "eth-fund": (fund_layer(teller, ETH_FUND),),
        "junior": (TrancheLayer(layer="tranche", tranche=JUNIOR),) if junior else (),
        "reserve": (ReserveLayer(layer="reserve", floor=floor, negative=negative),),
        "socialize": (SocializeLayer(layer="socialize"),),
        "hold": (HoldLayer(layer="hold"),),
    }
    leant_to = [order for order in ORDERS if order[:1] == (teller.leaning.first_layer,)]
    return tuple(chain.from_iterable(layers[name] for name in teller.one(leant_to or ORDERS)))


def fund_layer(teller: Teller, fund: FundId) -> Layer:
    limits: dict[str, Any] = teller.one(({}, {"cap": 2}, {"share_wad": WAD // 2}, {"floor": 1}, {"cap": 3, "floor": 1}))
    return FundLayer(layer="fund", fund=fund, **limits)


def change_terms(teller: Teller) -> AnyEvent:
    pool = teller.pool()
    junior = JUNIOR in teller.books.charters.pools[pool].tranches
    changed: dict[str, Any] = teller.one(
        (
            {"waterfall": waterfall(teller, junior=junior)},
            {"waterfall": waterfall(teller, junior=True)},
            {"recovery": "bearers", "exit_price": "net"},
            {"fee_recipient": PARTIES[0], "reserve_factor_wad": WAD // 10},
            {"collateral": (events.CollateralTerms(asset=Commodity(ETH), liquidation_threshold_wad=WAD // 2),)},
        )
    )
    return events.TermsChanged(**teller.envelope(), **changed, pool=pool)


def observe_price(teller: Teller) -> AnyEvent:
    price = teller.amount()
    return events.PriceObserved(**teller.envelope(), asset=ETH, quote=USD, price=price, scale=18)


# Lenders, and the pool's own money.


def deposit(teller: Teller) -> AnyEvent:
    pool, assets = teller.pool(), teller.amount()
    return events.Deposited(
        **teller.envelope(),
        pool=pool,
        tranche=teller.tranche(pool),
        lender=teller.one(PARTIES),
        assets=assets,
        shares=assets if teller.seldom(2) else teller.amount(),
    )


def withdraw(teller: Teller) -> AnyEvent:
    pool = teller.pool()
    tranche, lender = teller.tranche(pool), teller.one(PARTIES)
    claims = teller.in_asset(pool, f"liabilities:{pool}:claims:{tranche}")
    return events.Withdrawn(
        **teller.envelope(),
        pool=pool,
        tranche=tranche,
        lender=lender,
        assets=teller.up_to(min(teller.cash(pool), claims + 1)),
        shares=teller.up_to(teller.shares(pool, tranche, lender)),
    )


def transfer(teller: Teller) -> AnyEvent:
    pool = teller.pool()
    tranche, sender = teller.holder(pool) if teller.seldom(2) else (teller.tranche(pool), teller.one(PARTIES))
    shares = teller.up_to(teller.shares(pool, tranche, sender))
    return events.SharesTransferred(
        **teller.envelope(), pool=pool, tranche=tranche, sender=sender, receiver=teller.one(PARTIES), shares=shares
    )


def receive_income(teller: Teller) -> AnyEvent:
    pool = teller.pool()
    to = TrancheId("reserve") if teller.seldom(2) else teller.tranche(pool)
    return events.IncomeReceived(**teller.envelope(), pool=pool, amount=teller.amount(), to=to)


def contribute_to_reserve(teller: Teller) -> AnyEvent:
    pool = teller.pool()
    return events.ReserveContributed(**teller.envelope(), **teller.paid_in(pool), pool=pool, amount=teller.amount())


def withdraw_from_reserve(teller: Teller) -> AnyEvent:
    pool = teller.pool()
    amount = teller.up_to(teller.books.reserve(pool))
    return events.ReserveWithdrawn(
        **teller.envelope(), **teller.paid_out(pool), pool=pool, amount=amount, recipient=teller.one(PARTIES)
    )


def contribute(teller: Teller) -> AnyEvent:
    return events.FundContributed(
        **teller.envelope(),
        fund=teller.fund(),
        contributor=teller.one(PARTIES),
        amount=teller.amount(),
        shares=teller.amount() if teller.seldom(2) else 0,
    )


def withdraw_from_fund(teller: Teller) -> AnyEvent:
    fund, contributor = teller.fund(), teller.one(PARTIES)
    return events.FundWithdrawn(
        **teller.envelope(),
        fund=fund,
        contributor=contributor,
        amount=teller.up_to(teller.books.fund_balance(fund)),
        shares=teller.up_to(teller.balance(f"register:{fund}:{contributor}", f"shares:{fund}")),
    )


# Loans.


def originate(teller: Teller) -> AnyEvent:
    pool = teller.pool()
    lent = teller.lent_by(pool, teller.cash(pool))
    new = [loan for loan in LOANS if loan not in teller.books.loans[pool]]
    return events.LoanOriginated(
        **teller.envelope(), **lent, pool=pool, loan=teller.one(new or LOANS), borrower=teller.one(PARTIES)
    )


def draw_loan(teller: Teller) -> AnyEvent:
    pool, loan, case = teller.one(teller.loans())
    return events.LoanDrawn(
        **teller.envelope(), **teller.lent_by(pool, teller.cash(pool)), pool=pool, loan=loan, case=case
    )


def accrue(teller: Teller) -> AnyEvent:
    pool, found, in_default = teller.one(teller.loans())
    debt, interest = teller.books.charters.pools[pool].debt, teller.amount()
    of_pool = debt != "bilateral" and not teller.seldom(3)
    loan, case = (None, None) if of_pool else (found, in_default)
    reserve = teller.up_to(interest) if teller.seldom(3) else 0
    fee = (teller.one(PARTIES), teller.amount()) if teller.seldom(4) else (None, 0)
    return events.InterestAccrued(
        **teller.envelope(),
        pool=pool,
        loan=loan,
        case=case,
        interest=interest,
        index=min(1 + teller.amount(), AMOUNT_MAX) if of_pool and debt == "indexed" and not teller.seldom(4) else None,
        reserve=reserve,
        fee_recipient=fee[0],
        fee_shares=fee[1],
        allocation=allocation(teller, max(interest - reserve, 0)) if teller.seldom(3) else (),
    )


def allocation(teller: Teller, amount: int) -> tuple[events.Allocation, ...]:
    """An amount that juniors and lenders share."""
    junior = min(teller.up_to(amount), amount)
    parts = {JUNIOR: junior, LENDERS: amount - junior}
    return tuple(events.Allocation(tranche=tranche, amount=part) for tranche, part in parts.items())


def allocate_interest(teller: Teller) -> AnyEvent:
    indexed = [found for found in teller.loans() if teller.books.charters.pools[found[0]].debt == "indexed"]
    pool, loan, case = teller.one(indexed or teller.loans())
    unallocated = teller.in_asset(pool, f"assets:{pool}:interest")
    due = teller.owed(pool, loan, case)[1]
    interest = teller.one((teller.up_to(unallocated), teller.amount(), -teller.up_to(due)))
    return events.InterestAllocated(**teller.envelope(), pool=pool, loan=loan, case=case, interest=interest)


def repay(teller: Teller) -> AnyEvent:
    pool, loan, case = teller.one(teller.loans())
    principal, interest = teller.owed(pool, loan, case)
    return events.Repaid(
        **teller.envelope(),
        **teller.paid_in(pool),
        pool=pool,
        loan=loan,
        case=case,
        principal=teller.up_to(principal),
        interest=teller.up_to(interest),
        debt_shares=teller.debt_shares_of(pool, loan),
        rounding=teller.amount() if teller.seldom(5) else 0,
    )


def transfer_debt(teller: Teller) -> AnyEvent:
    loans = teller.loans()
    performing = [(pool, loan) for pool, loan, case in loans if case is None]
    with_others = [found for found in loans if any(of == found[0] and loan != found[1] for of, loan in performing)]
    owing = [found for found in with_others if any(teller.owed(*found))]
    pool, sender, case = teller.one(owing or with_others or loans)
    principal, interest = map(teller.up_to, teller.owed(pool, sender, case))
    return events.DebtTransferred(
        **teller.envelope(),
        pool=pool,
        sender=sender,
        receiver=receiver(teller, pool, sender),
        case=case,
        principal=principal,
        interest=interest,
        debt_shares=teller.debt_shares_of(pool, sender),
    )


def receiver(teller: Teller, pool: PoolId, sender: LoanId) -> LoanId:
    """A performing loan that debt can go to; seldom the one it comes from."""
    performing = [loan for of, loan, case in teller.loans() if of == pool and case is None]
    others = [loan for loan in performing if loan != sender]
    return teller.one(others if others and not teller.seldom(6) else [sender])


def post(teller: Teller) -> AnyEvent:
    pool, loan, _ = teller.one(teller.loans())
    asset = teller.one((*map(Commodity, (ETH, ETH, USD)), *shares_of(teller) * 2))
    return events.CollateralPosted(**teller.envelope(), pool=pool, loan=loan, asset=asset, quantity=teller.amount())


def release(teller: Teller) -> AnyEvent:
    pool, loan, _ = teller.one(teller.loans())
    asset, quantity = held(teller, pool, loan)
    return events.CollateralReleased(
        **teller.envelope(), pool=pool, loan=loan, asset=asset, quantity=teller.up_to(quantity)
    )


def held(teller: Teller, pool: PoolId, loan: LoanId) -> tuple[Commodity, int]:
    """One kind of a loan's collateral, and how much of it is held."""
    quantities = [
        (asset, teller.balance(f"assets:{pool}:collateral:{loan}", asset))
        for asset in (Commodity(ETH), Commodity(USD), *shares_of(teller))
    ]
    return teller.one([found for found in quantities if found[1]] or quantities[:1])


def shares_of(teller: Teller) -> list[Commodity]:
    """The shares of lenders, of every pool."""
    return [Commodity(f"shares:{pool}:{LENDERS}") for pool in teller.books.charters.pools]


def change_allowance(teller: Teller) -> AnyEvent:
    loans = [(pool, loan, teller.in_asset(pool, f"assets:{pool}:allowance:{loan}")) for pool, loan, _ in teller.loans()]
    pool, loan, held_ = teller.one([found for found in loans if found[2]] or loans)
    less = teller.up_to(held_) if held_ and teller.seldom(2) else None
    more = teller.amount() if less is None else None
    return events.AllowanceChanged(**teller.envelope(), pool=pool, loan=loan, increase=more, decrease=less)


def in_default(teller: Teller) -> tuple[PoolId, LoanId, CaseId]:
    """A loan in default, mostly one that owes something."""
    defaulted = [(pool, loan, case) for pool, loan, case in teller.loans() if case is not None]
    owing = [found for found in defaulted if any(teller.owed(*found))]
    return teller.one(defaulted if teller.seldom(10) else owing or defaulted)
