"""A history as it is told: its facts so far, the books they make, and the draws that say how it goes on.

Each proposal asks the teller what the books hold and how much of it to take: mostly all or part of what there is, now
and then one unit more. Amounts are mostly 0 to 5, so that rare states become likely, or anything up to 2^256 - 1.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from hypothesis import strategies as st

from ledger import events
from ledger.books import Books
from ledger.cases import Case
from ledger.errors import LawBroken
from ledger.events import AnyEvent
from ledger.laws import admit
from ledger.values import (
    AMOUNT_MAX,
    LENDERS,
    Account,
    AssetId,
    CaseId,
    Commodity,
    DebtMode,
    EventId,
    FundId,
    LoanId,
    PartyId,
    PoolId,
    Timestamp,
    TrancheId,
    instant_key,
)
from tests.drawn import between

T = TypeVar("T")

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

SMALL: Final = st.integers(0, 5)
ANY: Final = st.one_of(st.integers(0, 10**24), st.integers(2**200, AMOUNT_MAX), st.integers(AMOUNT_MAX - 5, AMOUNT_MAX))


class Told(list[AnyEvent]):
    """Facts that were told, in their order: the past of their own books."""

    def __bool__(self) -> bool:
        """Also before the first one."""
        return True

    def find(self, event_id: EventId) -> tuple[int, AnyEvent] | None:
        """The fact with an id, and its place."""
        return next((found for found in self.since(0) if found[1].id == event_id), None)

    def since(self, position: int) -> Iterator[tuple[int, AnyEvent]]:
        """The facts after a place."""
        return iter(list(enumerate(self, 1))[position:])

    def back_from(self, position: int) -> Iterator[tuple[int, AnyEvent]]:
        """The facts up to a place, the last first."""
        return reversed(list(enumerate(self, 1))[:position])


def steps_of(history: Iterable[AnyEvent]) -> Iterator[tuple[int, AnyEvent, Books]]:
    """Fact after fact: its position, itself, and the books as they are before it is told."""
    told = Told()
    books = Books(told)
    for position, event in enumerate(history, 1):
        yield position, event, books
        admit(event, books)
        told.append(event)


def books_of(history: Iterable[AnyEvent]) -> Books:
    """The books that a history makes."""
    told = Told()
    books = Books(told)
    for event in history:
        admit(event, books)
        told.append(event)
    return books


class Leaning(NamedTuple):
    """What a history is told more of than of other things: kinds of pools, and proposals by the state they need."""

    debts: tuple[DebtMode, ...] = ("bilateral", "bilateral", "pooled", "indexed")
    first_layer: str | None = None
    with_a_loan: tuple[Callable[["Teller"], AnyEvent], ...] = ()
    in_default: tuple[Callable[["Teller"], AnyEvent], ...] = ()
    with_a_deficit: tuple[Callable[["Teller"], AnyEvent], ...] = ()
    after_a_loss: tuple[Callable[["Teller"], AnyEvent], ...] = ()


class Teller:
    """A history as far as it is told, its books, and the draws that say how it goes on."""

    def __init__(self, draw: st.DrawFn, leaning: Leaning) -> None:
        self.leaning = leaning
        self.told = Told()
        self.books = Books(self.told)
        self._draw = draw
        self._now = 0
        self._amounts = draw(st.sampled_from((SMALL, SMALL, SMALL, ANY, ANY)))

    def goes_on_by(self, draw: st.DrawFn) -> None:
        """Take the draws of the next step."""
        self._draw = draw

    def tell(self, fact: AnyEvent) -> bool:
        """Tell a fact, if it is lawful."""
        try:
            admit(fact, self.books)
        except LawBroken:
            return False
        self.told.append(fact)
        return True

    def one(self, options: Sequence[T]) -> T:
        return options[self._draw(between(0, len(options) - 1))]

    def seldom(self, times: int) -> bool:
        """True about once in so many times."""
        return self._draw(between(1, times)) == times

    def amount(self) -> int:
        return self._draw(self._amounts)

    def up_to(self, limit: int) -> int:
        """Part of what there is, often all of it, now and then one unit more."""
        most = min(max(limit, 0), AMOUNT_MAX)
        part = self._draw(between(0, 15))
        if part < 8:
            return most
        return min(most + 1, AMOUNT_MAX) if part == 8 else self.part_of(most)

    def part_of(self, whole: int) -> int:
        return self._draw(st.integers(0, min(max(whole, 0), AMOUNT_MAX)))

    def envelope(self) -> dict[str, Any]:
        """A time that mostly goes on, and an id; seldom what else a fact may carry."""
        step = self._draw(between(0, 9))
        self._now = min(self._now + (step in (5, 6)), len(TIMES) - 1)
        at = self.one(TIMES) if step in (7, 8) else max(TIMES[self._now], self.first_open(), key=instant_key)
        further = {"memo": "as told", "occurred_at": TIMES[0], "evidence": events.Evidence(block=1)}
        return {"at": at, "id": self.next_id()} | (further if step == 9 else {})

    def next_id(self) -> EventId:
        return EventId(f"fact-{len(self.told) + 1}")

    def first_open(self) -> Timestamp:
        """The first time that is in no closed period."""
        return next(time for time in TIMES if instant_key(time) > self.books.closed_through)

    # What the books hold.

    def pool(self) -> PoolId:
        return self.one(list(self.books.charters.pools))

    def fund(self) -> FundId:
        return self.one(list(self.books.charters.funds))

    def tranche(self, pool: PoolId) -> TrancheId:
        return self.one(list(self.books.charters.pools[pool].tranches))

    def asset(self, pool: PoolId) -> Commodity:
        return self.books.charters.pools[pool].asset

    def balance(self, account: str, commodity: str) -> int:
        """A balance on the side where it stands."""
        return abs(self.books.sums.balance(Account(account), Commodity(commodity)))

    def in_asset(self, pool: PoolId, account: str) -> int:
        """A balance of a pool in its asset, on the side where it stands."""
        return self.balance(account, self.asset(pool))

    def cash(self, pool: PoolId) -> int:
        return self.in_asset(pool, f"assets:{pool}:cash")

    def shares(self, pool: PoolId, tranche: TrancheId, lender: PartyId) -> int:
        return self.balance(f"register:{pool}:{tranche}:{lender}", f"shares:{pool}:{tranche}")

    def loans(self) -> list[tuple[PoolId, LoanId, CaseId | None]]:
        """Every loan, with the case it is in default under."""
        return [(pool, loan, found.case) for pool, all_ in self.books.loans.items() for loan, found in all_.items()]

    def owed(self, pool: PoolId, loan: LoanId, case: CaseId | None) -> tuple[int, int]:
        """Principal and interest of a loan; of one that is kept with all others, what its debt shares are worth."""
        if case is not None:
            found = self.books.cases[case]
            interest = max(min(found.interest, found.in_default), 0)
            return found.in_default - interest, interest
        if self.books.charters.pools[pool].pooled:
            owed, issued = self.in_asset(pool, f"assets:{pool}:loans"), self.debt_shares(pool)
            return (owed * self.debt_shares(pool, loan) // issued if issued else owed), 0
        return (
            self.in_asset(pool, f"assets:{pool}:loans:{loan}:principal"),
            self.in_asset(pool, f"assets:{pool}:loans:{loan}:interest"),
        )

    def debt_shares(self, pool: PoolId, loan: LoanId | None = None) -> int:
        """The debt shares of a loan, or of all loans of a pool."""
        return self.balance(f"register:{pool}:debt" + (f":{loan}" if loan else ""), f"debt:{pool}")

    def cases(self) -> list[tuple[CaseId, Case]]:
        return [(name, case) for name, case in self.books.cases.items() if case.status != "closed"]

    def deficits(self) -> list[tuple[CaseId, Case]]:
        return [(name, case) for name, case in self.cases() if self.books.deficit(case.pool, name)]

    def recognized(self) -> list[tuple[CaseId, Case]]:
        """The cases, open or closed, of which a shortfall was recognized."""
        return [(name, case) for name, case in self.books.cases.items() if case.recognized]

    # Parts of several facts.

    def lent_by(self, pool: PoolId, most: int) -> dict[str, Any]:
        """A principal that is paid out in cash, or issued to a lender as shares; for debt shares in a pooled pool."""
        minted = self.paid_out(pool)
        principal = self.amount() if minted else self.up_to(most)
        return {"principal": principal, **minted, "debt_shares": self.debt_shares_for(pool, principal)}

    def paid_out(self, pool: PoolId) -> dict[str, Any]:
        """Nothing, for cash; or the lender who is paid in shares, and how many are issued."""
        if not self.seldom(4):
            return {}
        return {"lender": self.one(PARTIES), "tranche": self.tranche(pool), "shares": self.amount()}

    def debt_shares_for(self, pool: PoolId, principal: int) -> int:
        """Debt shares that are issued for a principal: mostly one a unit. None in a pool that keeps each loan apart."""
        if not self.books.charters.pools[pool].pooled:
            return 0
        return self.amount() if self.seldom(3) else principal

    def debt_shares_of(self, pool: PoolId, loan: LoanId) -> int:
        """Debt shares that a loan gives back."""
        return self.up_to(self.debt_shares(pool, loan)) if self.books.charters.pools[pool].pooled else 0

    def paid_in(self, pool: PoolId) -> dict[str, Any]:
        """Nothing, for cash; or the lender who pays in shares, and how many are burnt."""
        if not self.seldom(3):
            return {}
        tranche, lender = self.holder(pool)
        return {"lender": lender, "tranche": tranche, "shares": self.up_to(self.shares(pool, tranche, lender))}

    def holder(self, pool: PoolId) -> tuple[TrancheId, PartyId]:
        """Someone who holds shares of a tranche, if anyone does."""
        tranches = self.books.charters.pools[pool].tranches
        holders = [
            (tranche, lender) for tranche in tranches for lender in PARTIES if self.shares(pool, tranche, lender)
        ]
        return self.one(holders or [(LENDERS, PARTIES[0])])

    def override(self) -> str | None:
        return "the board decided" if self.seldom(2) else None
