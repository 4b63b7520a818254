"""After the loss: what comes in for a case, whom it is allocated to, and what is paid to those who bore the loss."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Literal, assert_never

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Move, Moves, PoolCharter
from ledger.books import Books
from ledger.cases import Case, Entries, LossBorne, count
from ledger.errors import NobodyToCredit, RecoveryExceeded, UnbalancedEntry, UnknownName, WrongState
from ledger.events.envelope import Event
from ledger.values import (
    BORDER,
    LENDERS,
    Amount,
    CaseId,
    EventId,
    FundId,
    LoanId,
    Named,
    PartyId,
    PoolId,
    TrancheId,
)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class RecoveryReceived(Event):
    """Cash arrives for a case after its shortfall was recognized, open or closed. Dr cash, amount less costs / Cr
    recoveries.
    """

    type: Literal["recovery-received"] = "recovery-received"
    pool: Named[PoolId]
    case: Named[CaseId]
    amount: Amount
    costs: Amount = 0
    payer: Named[PartyId] | None = None

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        return ((pool.asset, pool.cash, pool.recoveries(self.case), self.amount - self.costs),)

    def laws(self, books: Books) -> None:
        books.require_recognized(self.pool, self.case)
        if self.costs > self.amount:
            raise UnbalancedEntry(f"costs {self.costs} are more than the {self.amount} that was recovered")

    def fold(self, books: Books) -> None:
        books.cases[self.case].recovered += self.amount - self.costs

    def unfold(self, books: Books) -> None:
        books.cases[self.case].recovered -= self.amount - self.costs

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, None, self.case)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class RecoveryPart:
    """Whom a part of a recovery goes to.

    `name` is the fund's, the tranche's (`lenders` if absent) or the loan's whose borrower gets it; `basis` the id of
    the loss that is given back to those who bore it.
    """

    to: Literal["deficit", "fund", "reserve", "tranche", "bearers", "borrower"]
    name: Named[str] | None = None
    amount: Amount
    basis: Named[EventId] | None = None

    def __post_init__(self) -> None:
        """Each kind of part names what it needs, and nothing else."""
        named, needs_name = self.name is not None, self.to in ("fund", "borrower")
        if needs_name and not named:
            raise ValueError(f"a part to a {self.to} names the {'fund' if self.to == 'fund' else 'loan'}")
        if named and not needs_name and self.to != "tranche":
            raise ValueError(f"a part to {self.to} has no name")
        if (self.basis is None) == (self.to == "bearers"):
            raise ValueError("the basis is the loss that a part to bearers gives back, and of no other part")


@dataclass(frozen=True, kw_only=True, config=BORDER)
class RecoveryAllocated(Event):
    """Recoveries of a case go to their owners. Dr recoveries / Cr deficit, reserve, claims, surplus, restitution; to a
    fund: Cr cash, and in the fund Dr cash / Cr equity.
    """

    type: Literal["recovery-allocated"] = "recovery-allocated"
    pool: Named[PoolId]
    case: Named[CaseId]
    parts: tuple[RecoveryPart, ...]

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        return tuple(move for part in self.parts for move in self._credited(part, pool, charters))

    def _credited(self, part: RecoveryPart, pool: PoolCharter, charters: Charters) -> Iterator[Move]:
        recoveries, name = pool.recoveries(self.case), part.name or LENDERS
        match part.to:
            case "deficit":
                yield pool.asset, recoveries, pool.deficit(self.case), part.amount
            case "fund":
                fund = charters.funds[FundId(name)]
                yield pool.asset, recoveries, pool.cash, part.amount
                yield fund.asset, fund.cash, fund.equity, part.amount
            case "reserve":
                yield pool.asset, recoveries, pool.reserve, part.amount
            case "tranche":
                yield pool.asset, recoveries, pool.tranches[TrancheId(name)].claims, part.amount
            case "bearers":
                yield pool.asset, recoveries, pool.restitution(self.case), part.amount
            case "borrower":
                yield pool.asset, recoveries, pool.surplus(LoanId(name)), part.amount
            case _ as unreachable:
                assert_never(unreachable)

    def given_back(self, to: Literal["fund", "bearers"]) -> Iterator[tuple[str, int]]:
        """The parts that give a loss back: by fund, or by the id of the loss."""
        for part in self.parts:
            if part.to == to:
                yield part.name or part.basis or "", part.amount

    def _credit(self, case: Case, sign: int) -> None:
        """Count what comes back directly to what bore it, or less of it."""
        for part in self.parts:
            if part.to == "tranche":
                count(case.credited, (part.to, part.name or LENDERS), sign * part.amount)
            elif part.to in ("deficit", "reserve"):
                count(case.credited, (part.to, ""), sign * part.amount)

    def laws(self, books: Books) -> None:
        case = books.require_recognized(self.pool, self.case)
        for part in self.parts:
            self._require_taker(part, case, books)
        to_deficit = sum(part.amount for part in self.parts if part.to == "deficit")
        still_open = books.deficit(self.pool, self.case)
        if to_deficit > still_open:
            raise RecoveryExceeded(f"case {self.case} has an open deficit of {still_open}, not of {to_deficit}")
        for fund, amount in _totals(self.given_back("fund")).items():
            left = case.drawn.get(FundId(fund), 0) - case.reimbursed.get(FundId(fund), 0)
            if amount > left:
                raise RecoveryExceeded(
                    f"fund {fund} bore {left} of case {self.case} and has not got it back, not {amount}"
                )
        for basis, amount in _totals(self.given_back("bearers")).items():
            loss = self._loss_with_bearers(case, EventId(basis), books)
            left = loss.amount - sum(loss.given_back)
            if amount > left:
                raise RecoveryExceeded(f"of loss {basis} {left} was not given back yet, not {amount}")

    def _require_taker(self, part: RecoveryPart, case: Case, books: Books) -> None:
        pool, name = books.charters.pools[self.pool], part.name or LENDERS
        if part.to == "fund" and books.charters.funds[FundId(name)].asset != pool.asset:
            raise NobodyToCredit(f"fund {name} does not hold {pool.asset}, in which the recovery came")
        if part.to == "tranche" and not books.issued(self.pool, TrancheId(name)) and not pool.virtual_shares:
            raise NobodyToCredit(f"tranche {name} of pool {self.pool} has no shares")
        if part.to == "borrower" and name != case.loan:
            raise WrongState(f"case {self.case} is of loan {case.loan}, not of {name}")

    def _loss_with_bearers(self, case: Case, basis: EventId, books: Books) -> LossBorne:
        loss = case.losses.get(basis)
        if loss is None:
            raise UnknownName(f"case {self.case} has no loss {basis}")
        if not loss.given_back and not books.bearers(self.pool, loss):
            raise NobodyToCredit(f"nobody had shares of tranche {loss.tranche} when loss {basis} fell on it")
        return loss

    def fold(self, books: Books) -> None:
        case = books.cases[self.case]
        self._credit(case, 1)
        for fund, amount in self.given_back("fund"):
            count(case.reimbursed, FundId(fund), amount)
        for basis, amount in self.given_back("bearers"):
            loss = case.losses[EventId(basis)]
            books.give_back(self.pool, loss, amount)
            if loss.holder is None:
                shares = books.charters.pools[self.pool].tranches[loss.tranche].shares
                books.registers.rely(shares, loss.position, self.id)

    def unfold(self, books: Books) -> None:
        case = books.cases[self.case]
        self._credit(case, -1)
        for fund, amount in self.given_back("fund"):
            count(case.reimbursed, FundId(fund), -amount)
        for basis, parts in Counter(basis for basis, _ in self.given_back("bearers")).items():
            loss = case.losses[EventId(basis)]
            books.take_back(self.pool, loss, parts)
            if loss.holder is None:
                books.registers.rely_no_more(books.charters.pools[self.pool].tranches[loss.tranche].shares, self.id)

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, None, self.case)

    def dependents(self, books: Books, position: int) -> list[int]:
        limits = (books.limits_fixed_on(FundId(fund), position) for fund, _ in self.given_back("fund"))
        return sorted({*super().dependents(books, position), *chain.from_iterable(limits)})


@dataclass(frozen=True, kw_only=True, config=BORDER)
class RestitutionPaid(Event):
    """Someone who bore a loss is paid what recoveries gave back of it. Dr restitution / Cr cash.

    `tranche` is the one whose claims or shares bore it. A loss of a whole tranche is split exactly by the shares held
    when it fell, and each amount given back by what each has not got back yet.
    """

    type: Literal["restitution-paid"] = "restitution-paid"
    pool: Named[PoolId]
    case: Named[CaseId]
    holder: Named[PartyId]
    amount: Amount
    tranche: Named[TrancheId] = LENDERS

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        return ((pool.asset, pool.restitution(self.case), pool.cash, self.amount),)

    def laws(self, books: Books) -> None:
        case = books.require_recognized(self.pool, self.case)
        _ = books.charters.pools[self.pool].tranches[self.tranche]
        key = self.tranche, self.holder
        left = books.due_to(case, *key) - case.restored.get(key, 0)
        if self.amount > left:
            raise RecoveryExceeded(
                f"{self.holder} is due {left} for what tranche {self.tranche} bore of case {self.case}, "
                f"not {self.amount}"
            )

    def fold(self, books: Books) -> None:
        count(books.cases[self.case].restored, (self.tranche, self.holder), self.amount)

    def unfold(self, books: Books) -> None:
        count(books.cases[self.case].restored, (self.tranche, self.holder), -self.amount)

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, None, self.case)


def _totals(parts: Iterator[tuple[str, int]]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for name, amount in parts:
        totals[name] = totals.get(name, 0) + amount
    return totals
