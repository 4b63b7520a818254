"""Who asks random commands that nearly fit: it looks at a naive desk, never at the ledger's own books."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeVar

from hypothesis import strategies as st

from ledger.commands import AnyCommand
from ledger.events import AnyEvent
from ledger.terms import RecoveryPolicy
from ledger.values import CaseId, EventId, LoanId, PartyId, PoolId, Timestamp, TrancheId
from tests.drawn import between
from tests.naive_desk import Case, Loan, Pool
from tests.naive_desk_book import NaiveDesk

T = TypeVar("T")
Asked = AnyCommand | AnyEvent

JUNIOR: Final = TrancheId("junior")
PARTIES: Final = tuple(PartyId(f"party-{number}") for number in range(1, 4))
LOANS: Final = tuple(LoanId(f"loan-{number}") for number in range(1, 4))
TIMES: Final = tuple(Timestamp(f"2022-11-{day}T13:31:23Z") for day in range(11, 29))
HUGE: Final = 2**200
SMALL: Final = st.integers(0, 5)
ANY: Final = st.one_of(st.integers(0, 5), st.integers(0, 10**24), st.integers(HUGE - 5, HUGE))


class Leaning(NamedTuple):
    """What a history asks more of than of other things: proposals by the state they need, most of them of one pool.

    The layer that mostly comes first in a waterfall and the recovery policy may be given too, and what is asked at the
    beginning, so that rare states are not far.
    """

    pool: str | None = None
    first_layer: str | None = None
    recovery: RecoveryPolicy | None = None
    begins_with: tuple[Callable[["Asker"], Asked], ...] = ()
    with_a_loan: tuple[Callable[["Asker"], Asked], ...] = ()
    in_default: tuple[Callable[["Asker"], Asked], ...] = ()
    with_a_deficit: tuple[Callable[["Asker"], Asked], ...] = ()
    after_a_loss: tuple[Callable[["Asker"], Asked], ...] = ()


class Asker:
    """What was asked so far, the naive desk that it was asked of, and the draws that say how it goes on."""

    def __init__(self, draw: st.DrawFn, leaning: Leaning) -> None:
        self.leaning = leaning
        self.desk = NaiveDesk()
        self.asked: list[Asked] = []
        self._draw = draw
        self._now = 0
        self._amounts = draw(st.sampled_from((SMALL, SMALL, SMALL, ANY)))

    def goes_on_by(self, draw: st.DrawFn) -> None:
        """Take the draws of the next step."""
        self._draw = draw

    def ask(self, asked: Asked) -> None:
        """Ask it of the naive desk, under an id of its own."""
        named = replace(asked, id=EventId(f"asked-{len(self.asked) + 1}"))
        self.desk.ask(named)
        self.asked.append(named)

    # Draws.

    def one(self, options: Sequence[T]) -> T:
        return options[self._draw(between(0, len(options) - 1))]

    def seldom(self, times: int) -> bool:
        """True about once in so many times."""
        return self._draw(between(1, times)) == times

    def amount(self) -> int:
        return self._draw(self._amounts)

    def much(self) -> int:
        """An amount that others can be taken from."""
        return 4 * self.amount()

    def up_to(self, limit: int) -> int:
        """Part of what there is, often all of it, now and then one unit more."""
        most = min(max(limit, 0), HUGE)
        part = self._draw(between(0, 11))
        if part < 5:
            return most
        return most + 1 if part == 5 else self._draw(st.integers(0, most))

    def maybe(self, value: T, times: int = 2) -> T | None:
        """A value, or nothing once in so many times."""
        return None if self.seldom(times) else value

    def at(self) -> Timestamp:
        """Mostly the present time, which goes on now and then; seldom an earlier one."""
        step = self._draw(between(0, 19))
        self._now = min(self._now + (step < 2), len(TIMES) - 1)
        return self.one(TIMES[: self._now + 1]) if step == 19 else TIMES[self._now]

    # What there is.

    def pool(self) -> PoolId:
        if self.leaning.pool is not None and not self.seldom(5):
            return PoolId(self.leaning.pool)
        return PoolId("no-pool") if self.seldom(60) else PoolId(self.one(list(self.desk.pools)))

    def tranche(self, pool: str) -> TrancheId:
        if pool not in self.desk.pools or self.seldom(40):
            return JUNIOR
        return TrancheId(self.one(list(self.desk.pools[pool].claims)))

    def holder(self, pool: str, tranche: str) -> PartyId:
        """Mostly one who has shares."""
        found = self.desk.pools.get(pool)
        holders = [lender for lender, held in found.shares.get(tranche, {}).items() if held] if found else []
        return PartyId(self.one(PARTIES if not holders or self.seldom(8) else holders))

    def loans(self) -> list[tuple[str, str, Pool, Loan]]:
        """Every loan, by its pool's name and its own."""
        return [
            (name, loan, pool, found) for name, pool in self.desk.pools.items() for loan, found in pool.loans.items()
        ]

    def cases(self) -> list[tuple[str, str, Pool, Case]]:
        """Every case, by its pool's name and its own."""
        return [
            (name, case, pool, found) for name, pool in self.desk.pools.items() for case, found in pool.cases.items()
        ]

    def loan(self) -> dict[str, Any]:
        """A loan, mostly one that is there."""
        loans = self.loans()
        if not loans or self.seldom(40):
            return {"pool": self.pool(), "loan": self.one(LOANS)}
        pool, loan, _, _ = self.one(loans)
        return {"pool": PoolId(pool), "loan": LoanId(loan)}

    def case(self, *, wanted: Callable[[Case], object] = bool) -> dict[str, Any]:
        """A case: mostly one that is as wanted, else any, else one that is not there."""
        cases = self.cases()
        fit = [(pool, name) for pool, name, _, case in cases if wanted(case)]
        others = [(pool, name) for pool, name, _, _ in cases]
        pool, name = self.one((others if self.seldom(10) else fit) or others or [(self.pool(), "no-case")])
        return {"pool": self.pool() if self.seldom(40) else PoolId(pool), "case": CaseId(name)}

    def found(self, named: dict[str, Any]) -> tuple[Pool, Loan, Case | None] | None:
        """The loan that was named by itself or by its case, if it is there."""
        pool = self.desk.pools.get(named["pool"])
        case = pool.cases.get(named.get("case", "")) if pool else None
        loan = pool.loans.get(case.loan if case else named.get("loan", "")) if pool else None
        return (pool, loan, case) if pool and loan else None

    def purse(self, pool: str) -> dict[str, Any]:
        """Nothing, for cash; or the lender whose claims move."""
        if not self.seldom(5):
            return {}
        tranche = self.tranche(pool)
        return {"lender": self.holder(pool, tranche), "tranche": tranche}

    def cash(self, pool: str) -> int:
        return self.desk.pools[pool].cash if pool in self.desk.pools else 0

    def balance(self, pool: str, tranche: str, lender: str) -> int:
        found = self.desk.pools.get(pool)
        return self.desk.balance(found, tranche, lender) if found and tranche in found.claims else 0

    def shares(self, pool: str, tranche: str, lender: str) -> int:
        found = self.desk.pools.get(pool)
        return found.shares.get(tranche, {}).get(lender, 0) if found else 0
