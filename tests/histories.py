"""Random lawful histories over every event type, for the property tests; and what reads them.

A history is told step by step. Each step proposes a fact that nearly fits the books as they stand: a default of exactly
what is owed, a draw up to what the fund has room for, now and then one unit more. The laws themselves are the filter:
what they refuse is left out. Amounts are mostly 0 to 5, so that rare states become likely, or anything up to 2^256 - 1.
"""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ledger import events
from ledger.book import Book, Fact
from ledger.books import Books, Case
from ledger.errors import LawBroken
from ledger.events import AnyEvent
from ledger.journal import Journal, NewEntry, envelope
from ledger.journal.memory import MemoryJournal
from ledger.laws import admit
from ledger.values import (
    AMOUNT_MAX,
    LENDERS,
    WAD,
    Account,
    AssetId,
    CaseId,
    Commodity,
    EventId,
    FundId,
    LoanId,
    PartyId,
    PoolId,
    Timestamp,
    TrancheId,
)
from ledger.waterfall import FundLayer, HoldLayer, Layer, SocializeLayer
from projections.reading import Asked, Selection, Shown
from projections.reports import REPORTS
from projections.rows import measures

Row = dict[str, Any]
T = TypeVar("T")


class History(tuple[AnyEvent, ...]):
    """Facts in their order. One that fails a test is shown as JSON Lines, ready to be imported."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "".join(f"\n{event.canonical().decode()}" for event in self)


settings.register_profile("histories", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("many-histories", settings.get_profile("histories"), max_examples=1_000)
HISTORIES: Final = settings.get_profile(os.environ.get("RECOUP_HISTORIES", "histories"))
"""How many histories a property is held against: `RECOUP_HISTORIES=many-histories` asks for many."""

STEPS: Final = 80
USD, ETH = AssetId("USD"), AssetId("ETH")
FUND, ETH_FUND = FundId("fund"), FundId("eth-fund")
JUNIOR: Final = TrancheId("junior")
POOLS: Final = (PoolId("pool"), PoolId("other-pool"))
PARTIES: Final = tuple(PartyId(f"party-{number}") for number in range(1, 5))
LOANS: Final = tuple(LoanId(f"loan-{number}") for number in range(1, 4))
TIMES: Final = tuple(
    map(
        Timestamp,
        (
            "2022-11-22T13:31:23Z",
            "2022-11-22T13:31:23.000000001Z",
            "2022-11-22T13:31:23.5Z",
            "2022-11-22T13:31:24Z",
            "2022-11-23T13:31:22.999999999Z",
            "2022-11-23T13:31:23Z",
            "2022-12-31T23:59:59Z",
            "2023-01-01T00:00:00Z",
            "2024-02-29T12:00:00Z",
            "2024-03-01T12:00:00Z",
        ),
    )
)
"""Effective times, in order: near each other, a day apart but for a nanosecond, and over the ends of months."""

CHARTERS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"virtual_assets": 1, "virtual_shares": 10**6},
    {"virtual_assets": 10**6, "virtual_shares": 10**6},
    {"rate_scale": WAD},
)
SMALL: Final = st.integers(0, 5)
ANY: Final = st.one_of(st.integers(0, 10**24), st.integers(2**200, AMOUNT_MAX), st.integers(AMOUNT_MAX - 5, AMOUNT_MAX))


class Teller:
    """A history as far as it is told, its books, and the draws that say how it goes on."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.books = Books()
        self.told: list[AnyEvent] = []
        self._draw = draw
        self._now = 0
        self._amounts = draw(st.sampled_from((SMALL, SMALL, SMALL, ANY, ANY)))

    def goes_on_by(self, draw: st.DrawFn) -> None:
        """Take the draws of the next step."""
        self._draw = draw

    def tell(self, fact: AnyEvent) -> None:
        """Tell a fact, if it is lawful."""
        try:
            admit(fact, self.books)
        except LawBroken:
            return
        self.told.append(fact)

    def one(self, options: Sequence[T]) -> T:
        return self._draw(st.sampled_from(options))

    def seldom(self, times: int) -> bool:
        """True about once in so many times."""
        return self._draw(st.integers(1, times)) == times

    def amount(self) -> int:
        return self._draw(self._amounts)

    def up_to(self, limit: int) -> int:
        """Part of what there is, often all of it, now and then one unit more."""
        most = min(max(limit, 0), AMOUNT_MAX)
        part = self._draw(st.integers(0, 15))
        if part < 8:
            return most
        return min(most + 1, AMOUNT_MAX) if part == 8 else self.part_of(most)

    def part_of(self, whole: int) -> int:
        return self._draw(st.integers(0, whole))

    def envelope(self) -> dict[str, Any]:
        """A time that mostly goes on, and an id; seldom what else a fact may carry."""
        step = self._draw(st.integers(0, 9))
        self._now = min(self._now + (step in (5, 6)), len(TIMES) - 1)
        at = self.one(TIMES) if step in (7, 8) else TIMES[self._now]
        further = {"memo": "as told", "occurred_at": TIMES[0], "evidence": events.Evidence(block=1)}
        return {"at": at, "id": EventId(f"fact-{len(self.told) + 1}")} | (further if step == 9 else {})

    # What the books hold.

    def pool(self) -> PoolId:
        return self.one(list(self.books.charters.pools))

    def fund(self) -> FundId:
        return self.one(list(self.books.charters.funds))

    def tranche(self, pool: PoolId) -> TrancheId:
        return self.one(list(self.books.charters.pools[pool].tranches))

    def balance(self, account: str, commodity: str) -> int:
        """A balance on the side where it stands."""
        return abs(self.books.sums.balance(Account(account), Commodity(commodity)))

    def cash(self, pool: PoolId) -> int:
        return self.balance(f"assets:{pool}:cash", self.books.charters.pools[pool].asset)

    def shares(self, pool: PoolId, tranche: TrancheId, lender: PartyId) -> int:
        return self.balance(f"register:{pool}:{tranche}:{lender}", f"shares:{pool}:{tranche}")

    def loans(self) -> list[tuple[PoolId, LoanId, CaseId | None]]:
        """Every loan, with the case it is in default under."""
        return [(pool, loan, found.case) for pool, all_ in self.books.loans.items() for loan, found in all_.items()]

    def owed(self, pool: PoolId, loan: LoanId, case: CaseId | None) -> tuple[int, int]:
        """Principal and interest of a loan."""
        state, asset = "loans" if case is None else "defaulted", self.books.charters.pools[pool].asset
        return (
            self.balance(f"assets:{pool}:{state}:{loan}:principal", asset),
            self.balance(f"assets:{pool}:{state}:{loan}:interest", asset),
        )

    def cases(self) -> list[tuple[CaseId, Case]]:
        return [(name, case) for name, case in self.books.cases.items() if case.status != "closed"]

    def deficits(self) -> list[tuple[CaseId, Case]]:
        return [(name, case) for name, case in self.cases() if self.books.deficit(case.pool, name)]

    # Parts of several facts.

    def lent_by(self, pool: PoolId, most: int) -> dict[str, Any]:
        """A principal that is paid out in cash, or issued to a lender as shares."""
        if self.seldom(4):
            tranche = self.tranche(pool)
            minted = {"lender": self.one(PARTIES), "tranche": tranche, "shares": self.amount()}
            return {"principal": self.amount(), **minted}
        return {"principal": self.up_to(most)}

    def paid_in(self, pool: PoolId) -> dict[str, Any]:
        """Nothing, for cash; or the lender who pays in shares, and how many are burnt."""
        if not self.seldom(3):
            return {}
        tranches = self.books.charters.pools[pool].tranches
        holders = [
            (tranche, lender) for tranche in tranches for lender in PARTIES if self.shares(pool, tranche, lender)
        ]
        tranche, lender = self.one(holders or [(LENDERS, PARTIES[0])])
        return {"lender": lender, "tranche": tranche, "shares": self.up_to(self.shares(pool, tranche, lender))}

    def override(self) -> str | None:
        return "the board decided" if self.seldom(2) else None


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
    return events.PoolOpened(
        **teller.envelope(),
        **teller.one(CHARTERS),
        pool=name,
        asset=teller.one((USD, USD, ETH)),
        debt="bilateral",
        tranches=teller.one(((), (JUNIOR,))),
        waterfall=waterfall(teller),
    )


def waterfall(teller: Teller) -> tuple[Layer, ...]:
    socialize, hold = SocializeLayer(layer="socialize"), HoldLayer(layer="hold")
    layers: dict[str, tuple[Layer, ...]] = {
        "fund": (fund_layer(teller, FUND),),
        "eth-fund": (fund_layer(teller, ETH_FUND),),
        "socialize": (socialize,),
        "hold": (hold,),
    }
    orders = (
        *(("fund", "socialize"), ("fund", "eth-fund", "socialize"), ("eth-fund", "socialize", "hold")),
        *(("eth-fund", "fund", "hold", "socialize"), ("fund", "socialize", "eth-fund")),
        *(("socialize", "fund"), ("socialize", "hold"), ("fund", "hold"), ("hold",), ()),
    )
    return tuple(chain.from_iterable(layers[name] for name in teller.one(orders)))


def fund_layer(teller: Teller, fund: FundId) -> Layer:
    limits: dict[str, Any] = teller.one(({}, {"cap": 2}, {"share_wad": WAD // 2}, {"floor": 1}, {"cap": 3, "floor": 1}))
    return FundLayer(layer="fund", fund=fund, **limits)


def observe_price(teller: Teller) -> AnyEvent:
    price = teller.amount()
    return events.PriceObserved(**teller.envelope(), asset=ETH, quote=USD, price=price, scale=18)


# Lending.


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
    claims = teller.balance(f"liabilities:{pool}:claims:{tranche}", teller.books.charters.pools[pool].asset)
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
    tranche, sender = teller.tranche(pool), teller.one(PARTIES)
    shares = teller.up_to(teller.shares(pool, tranche, sender))
    return events.SharesTransferred(
        **teller.envelope(), pool=pool, tranche=tranche, sender=sender, receiver=teller.one(PARTIES), shares=shares
    )


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
    pool, loan, case = teller.one(teller.loans())
    interest = teller.amount()
    reserve = teller.up_to(interest) if teller.seldom(3) else 0
    fee = (teller.one(PARTIES), teller.amount()) if teller.seldom(4) else (None, 0)
    allocation: tuple[events.Allocation, ...] = ()
    if teller.seldom(3):
        junior = min(teller.up_to(interest - reserve), max(interest - reserve, 0))
        parts = {JUNIOR: junior, LENDERS: max(interest - reserve, 0) - junior}
        allocation = tuple(events.Allocation(tranche=tranche, amount=part) for tranche, part in parts.items())
    return events.InterestAccrued(
        **teller.envelope(),
        pool=pool,
        loan=loan,
        case=case,
        interest=interest,
        reserve=reserve,
        fee_recipient=fee[0],
        fee_shares=fee[1],
        allocation=allocation,
    )


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
        rounding=teller.amount() if teller.seldom(5) else 0,
    )


def post(teller: Teller) -> AnyEvent:
    pool, loan, _ = teller.one(teller.loans())
    asset = teller.one((*map(Commodity, (ETH, ETH, USD)), *shares_of(teller)))
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


# Default and sale.


def default(teller: Teller) -> AnyEvent:
    performing = [found for found in teller.loans() if found[2] is None]
    owing = [found for found in performing if any(teller.owed(*found))]
    pool, loan, _ = teller.one(performing if teller.seldom(10) else owing or performing)
    principal, interest = teller.owed(pool, loan, None)
    return events.LoanDefaulted(
        **teller.envelope(),
        pool=pool,
        loan=loan,
        case=CaseId(f"case-{len(teller.books.cases) + 1}"),
        reason="unpaid",
        principal=min(principal, AMOUNT_MAX),
        interest=min(interest, AMOUNT_MAX),
    )


def in_default(teller: Teller) -> tuple[PoolId, LoanId, CaseId]:
    defaulted = [(pool, loan, case) for pool, loan, case in teller.loans() if case is not None]
    owing = [found for found in defaulted if any(teller.owed(*found))]
    return teller.one(defaulted if teller.seldom(10) else owing or defaulted)


def sell(teller: Teller) -> AnyEvent:
    pool, loan, case = in_default(teller)
    principal, interest = teller.owed(pool, loan, case)
    asset, quantity = held(teller, pool, loan)
    if asset.startswith("shares:"):
        borrower = teller.books.loans[pool][loan].borrower
        quantity = min(quantity, teller.balance(f"register:{asset.removeprefix('shares:')}:{borrower}", asset))
    recognized = teller.books.cases[case].recognized
    costs = teller.amount() if teller.seldom(3) else 0
    applied: dict[str, Any] = {
        "principal": teller.up_to(principal),
        "interest": teller.up_to(interest),
        "penalty": teller.amount() if teller.seldom(4) else 0,
        "recovery": teller.amount() if recognized and teller.seldom(2) else 0,
        "surplus": teller.amount() if teller.seldom(3) else 0,
        "rounding": teller.amount() if teller.seldom(6) else 0,
    }
    return events.CollateralSold(
        **teller.envelope(),
        **teller.paid_in(pool),
        **applied,
        pool=pool,
        loan=loan,
        case=case,
        asset=asset,
        quantity=teller.up_to(quantity),
        proceeds=min(sum(applied.values()) + costs, AMOUNT_MAX),
        costs=costs,
        source=teller.one(("collateral", "secondary")),
    )


def return_surplus(teller: Teller) -> AnyEvent:
    surpluses = [
        (pool, loan, teller.balance(f"liabilities:{pool}:surplus:{loan}", teller.books.charters.pools[pool].asset))
        for pool, loan, _ in teller.loans()
    ]
    pool, loan, surplus = teller.one([found for found in surpluses if found[2]] or surpluses)
    return events.SurplusReturned(**teller.envelope(), pool=pool, loan=loan, amount=teller.up_to(surplus))


def cure(teller: Teller) -> AnyEvent:
    pool, loan, case = in_default(teller)
    principal, interest = teller.owed(pool, loan, case)
    return events.LoanCured(
        **teller.envelope(),
        pool=pool,
        loan=loan,
        case=case,
        principal=min(principal, AMOUNT_MAX),
        interest=min(interest, AMOUNT_MAX),
        reason=teller.one(("cured", "residual")),
    )


# Shortfall and waterfall.


def recognize(teller: Teller) -> AnyEvent:
    pool, loan, case = in_default(teller)
    principal, interest = map(teller.up_to, teller.owed(pool, loan, case))
    return events.ShortfallRecognized(
        **teller.envelope(), pool=pool, loan=loan, case=case, principal=principal, interest=interest
    )


def draw_fund(teller: Teller) -> AnyEvent:
    name, case = teller.one(teller.deficits() or teller.cases())
    fund = teller.fund()
    layers = [layer for layer in case.waterfall or () if isinstance(layer, FundLayer) and layer.fund == fund]
    room = teller.books.room(case, layers[0]) if layers else teller.books.fund_balance(fund)
    deficit, charters = teller.books.deficit(case.pool, name), teller.books.charters
    if charters.funds[fund].asset == charters.pools[case.pool].asset:
        paid = teller.up_to(room) if teller.seldom(2) else None
        amount = teller.up_to(min(deficit, room)) if paid is None else min(deficit, teller.part_of(paid))
    else:
        amount, paid = teller.up_to(deficit), teller.up_to(room)
    return events.FundDrawn(
        **teller.envelope(),
        **teller.paid_in(case.pool),
        fund=fund,
        pool=case.pool,
        case=name,
        amount=amount,
        paid=paid,
        override=teller.override(),
    )


def recapitalize(teller: Teller) -> AnyEvent:
    name, case = teller.one(teller.deficits() or teller.cases())
    return events.DeficitRecapitalized(
        **teller.envelope(),
        **teller.paid_in(case.pool),
        pool=case.pool,
        case=name,
        investor=teller.one(PARTIES),
        amount=teller.up_to(teller.books.deficit(case.pool, name)),
    )


def socialize(teller: Teller) -> AnyEvent:
    name, case = teller.one(teller.deficits() or teller.cases())
    tranche = teller.tranche(case.pool)
    claims, shares = teller.books.claims(case.pool, tranche), teller.books.issued(case.pool, tranche)
    stated = teller.seldom(3) and 0 <= claims <= AMOUNT_MAX and shares <= AMOUNT_MAX
    return events.BadDebtSocialized(
        **teller.envelope(),
        claims_before=claims if stated else None,
        shares=shares if stated else None,
        pool=case.pool,
        case=name,
        tranche=tranche,
        amount=teller.up_to(min(teller.books.deficit(case.pool, name), max(claims, 0))),
        override=teller.override(),
    )


def close(teller: Teller) -> AnyEvent:
    name, case = teller.one(teller.cases())
    return events.CaseClosed(**teller.envelope(), pool=case.pool, loan=case.loan, case=name, outcome="ended")


# The fund.


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


Proposal = Callable[[Teller], AnyEvent]
AT_ANY_TIME: Final[tuple[Proposal, ...]] = (
    *(deposit, deposit, withdraw, transfer, originate, originate, originate),
    *(contribute, withdraw_from_fund, observe_price),
)
WITH_A_LOAN: Final[tuple[Proposal, ...]] = (
    *(draw_loan, accrue, accrue, repay, repay, repay, post, post, post, release, return_surplus),
)
WITH_A_LOAN_IN_DEFAULT: Final[tuple[Proposal, ...]] = (sell, sell, sell, recognize, recognize, recognize, cure)
WITH_A_DEFICIT: Final[tuple[Proposal, ...]] = (draw_fund, draw_fund, draw_fund, socialize, socialize, recapitalize)


def proposals(teller: Teller) -> list[Proposal]:
    """Kinds of facts of which one may be told next: the rarer the state, the more of what only it allows."""
    loans, groups = teller.loans(), [AT_ANY_TIME]
    if loans:
        groups.append(WITH_A_LOAN)
    if any(case is None for _, _, case in loans):
        groups.append((default,))
    if any(case is not None for _, _, case in loans):
        groups += [WITH_A_LOAN_IN_DEFAULT] * 2
    if teller.cases():
        groups.append((close, *WITH_A_DEFICIT) if teller.deficits() else (close, close, close, *WITH_A_DEFICIT))
    if teller.deficits():
        groups += [WITH_A_DEFICIT] * 2
    return list(teller.one(groups))


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A lawful history: the facts that open a book, and up to `STEPS` more."""
    teller = Teller(draw)
    open_book(teller)
    least = draw(st.sampled_from((0, 20, 40, 60)))
    draw(st.lists(steps(teller), min_size=least, max_size=STEPS))
    return History(teller.told)


@st.composite
def steps(draw: st.DrawFn, teller: Teller) -> None:
    """The next step: a proposal, told if it is lawful. As elements of a list, steps can be left out one by one."""
    teller.goes_on_by(draw)
    teller.tell(teller.one(proposals(teller))(teller))


# Reading a history.

NOW: Final = Asked()
"""All that there is, as it stands."""


def facts_of(history: Iterable[AnyEvent]) -> list[Row]:
    """The facts as JSON objects."""
    return [json.loads(event.canonical()) for event in history]


def recorded(history: Iterable[AnyEvent], clock: Iterable[Timestamp] = repeat(TIMES[-1])) -> MemoryJournal:
    """A journal of a history, two entries a recording, each at the clock's next time."""
    journal, times = MemoryJournal(), iter(clock)
    facts = [Fact.of(line, event) for line, event in enumerate(history, 1)]
    Book(journal).record(facts, source="history", clock=lambda: next(times), recorded_by="teller", chunk=2)
    return journal


def written(chosen: Iterable[AnyEvent]) -> MemoryJournal:
    """A journal of any choice of events in any order, lawful by themselves or not."""
    journal, before_event = MemoryJournal(), envelope(TIMES[-1], "teller")
    with journal.write() as writer:
        writer.append([NewEntry(event.type, event.id, before_event + event.canonical() + b"}") for event in chosen])
    return journal


def rows_of(report: str, journal: Journal, asked: Asked = NOW, **named: str) -> list[Row]:
    """The rows of a report, as dictionaries."""
    return rows_selected(report, Selection(journal, asked), **named)


def rows_selected(report: str, selection: Selection, **named: str) -> list[Row]:
    """The same of a selection that is at hand."""
    keys = measures(REPORTS[report].row_type)
    return [dict(zip(keys, row, strict=True)) for row in REPORTS[report].rows(selection, named, iter)]


def shown(journal: Journal, asked: Asked = NOW) -> Shown:
    """Where a report stands."""
    selection = Selection(journal, asked)
    selection.read_through()
    return selection.shown()
