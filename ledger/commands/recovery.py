"""After the loss: what comes in for a case, whom it is allocated to by policy, and what is paid out."""

from collections.abc import Iterator
from typing import Literal, assert_never

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.cases import Bearing, Case
from ledger.commands.envelope import Command, PoolAmount
from ledger.commands.split import Split
from ledger.errors import CommandRefused
from ledger.events import AnyEvent, RecoveryAllocated, RecoveryReceived, RestitutionPaid
from ledger.terms import RecoveryPolicy
from ledger.values import BORDER, LENDERS, CaseId, EventId, FundId, Named, PartyId, PoolId, TrancheId


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReceiveRecovery(Command):
    """Cash arrives for a case after its shortfall was recognized."""

    type: Literal["receive-recovery"] = "receive-recovery"
    pool: Named[PoolId]
    case: Named[CaseId]
    amount: PoolAmount
    costs: PoolAmount = 0
    payer: Named[PartyId] | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:  # noqa: ARG002  (what comes in needs no arithmetic)
        yield RecoveryReceived(
            at=self.at, pool=self.pool, case=self.case, amount=self.amount, costs=self.costs, payer=self.payer
        )


@dataclass(frozen=True, kw_only=True, config=BORDER)
class AllocateRecovery(Command):
    """Recoveries of a case go to their owners, by the policy that its terms fix or by another.

    So much, or all that is unallocated: the open deficit first, then who bore it, or whom the policy names. What nobody
    can be credited with stays unallocated: a fund's part in another asset, that of a tranche without shares and without
    virtual shares, that of a loss that fell on nobody.
    """

    type: Literal["allocate-recovery"] = "allocate-recovery"
    pool: Named[PoolId]
    case: Named[CaseId]
    amount: PoolAmount | None = None
    policy: RecoveryPolicy | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        case = books.require_recognized(self.pool, self.case)
        policy = self.policy or books.terms_of(case).recovery
        split = self._begun(books)
        split.give("deficit", books.deficit(self.pool, self.case))
        self._by_policy(policy, split, case, books)
        if not split.parts:
            held = f": {'; '.join(split.held)}" if split.held else ""
            raise CommandRefused(f"nothing recovered of case {self.case} can be allocated{held}")
        yield RecoveryAllocated(at=self.at, pool=self.pool, case=self.case, parts=split.as_parts())

    def _begun(self, books: Books) -> Split:
        """What is allocated, whole."""
        pool = books.charters.pools[self.pool]
        unallocated = books.sums.owed(pool.recoveries(self.case), pool.asset)
        amount = unallocated if self.amount is None else self.amount
        if amount > unallocated:
            raise CommandRefused(f"{unallocated} recovered of case {self.case} is unallocated, not {amount}")
        return Split(amount, spare=unallocated - amount)

    def _by_policy(self, policy: RecoveryPolicy, split: Split, case: Case, books: Books) -> None:
        """What the deficit leaves: to the reserve, to present lenders, or to what bore it, the last bearer first."""
        match policy:
            case "none":
                raise CommandRefused(f"recoveries of case {self.case} stay unallocated by policy none: name another")
            case "reserve":
                split.give("reserve", split.left)
            case "current-holders":
                self._give_to_tranche(split, split.left, LENDERS, books)
            case "reverse-waterfall" | "bearers":
                for event_id, bearing in case.not_given_back():
                    self._give_back(split, event_id, bearing, books, by_register=policy == "bearers")
                self._give_to_borrower(split, case, books)
            case _ as unreachable:
                assert_never(unreachable)

    def _give_to_borrower(self, split: Split, case: Case, books: Books) -> None:
        """What is left when each has got back what it bore.

        But not what other borrowers took over, what was adjusted off the deficit, so that nobody knows who bore it, nor
        what is still in default.
        """
        split.hold(_taken_over(case), "other borrowers took over a part of the deficit")
        split.hold(case.adjusted_off(books.deficit(self.pool, self.case)), "a part of the deficit was adjusted")
        split.hold(case.in_default, "a part of the loan is still in default")
        split.give("borrower", split.left, name=case.loan)

    def _give_back(self, split: Split, event_id: EventId, bearing: Bearing, books: Books, *, by_register: bool) -> None:
        """What a source bore and has not got back: directly, or to those who held the shares or bore it alone."""
        match bearing.by:
            case "fund":
                self._give_to_fund(split, bearing.amount, FundId(bearing.name), books)
            case "reserve":
                split.give("reserve", bearing.amount)
            case "tranche" if not by_register:
                self._give_to_tranche(split, bearing.amount, TrancheId(bearing.name), books)
            case "tranche" | "lender" | "investor":
                self._give_to_bearers(split, bearing.amount, event_id, books)
            case "borrowers":
                pass
            case _ as unreachable:
                assert_never(unreachable)

    def _give_to_fund(self, split: Split, amount: int, fund: FundId, books: Books) -> None:
        asset = books.charters.funds[fund].asset
        if asset == books.charters.pools[self.pool].asset:
            split.give("fund", amount, name=fund)
        else:
            split.hold(amount, f"fund {fund} holds {asset}")

    def _give_to_tranche(self, split: Split, amount: int, tranche: TrancheId, books: Books) -> None:
        if books.issued(self.pool, tranche) or books.charters.pools[self.pool].virtual_shares:
            split.give("tranche", amount, name=tranche)
        else:
            split.hold(amount, f"tranche {tranche} has no shares")

    def _give_to_bearers(self, split: Split, amount: int, basis: EventId, books: Books) -> None:
        loss = books.cases[self.case].losses[basis]
        if not amount or not split.left or loss.given_back or books.bearers(self.pool, loss):
            split.give("bearers", amount, basis=basis)
        else:
            split.hold(amount, f"nobody had shares of tranche {loss.tranche} when loss {basis} fell on it")


@dataclass(frozen=True, kw_only=True, config=BORDER)
class PayRestitution(Command):
    """Those who bore a loss are paid what recoveries gave back of it.

    All of them all that is due, or those of one tranche, or one holder: all that is due to it, or a part.
    """

    type: Literal["pay-restitution"] = "pay-restitution"
    pool: Named[PoolId]
    case: Named[CaseId]
    holder: Named[PartyId] | None = None
    tranche: Named[TrancheId] | None = None
    amount: PoolAmount | None = None

    def __post_init__(self) -> None:
        """A part is paid to one."""
        if self.amount is not None and self.holder is None:
            raise ValueError("an amount is paid to one holder: name it")

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        due = self._due(books.require_recognized(self.pool, self.case), books)
        if not due:
            of = "" if self.tranche is None else f" for what tranche {self.tranche} bore"
            raise CommandRefused(f"nothing is due to {self.holder or 'anybody'} of case {self.case}{of}")
        if self.amount is not None and len(due) > 1:
            tranches = " and ".join(tranche for tranche, _ in due)
            raise CommandRefused(f"{self.holder} is due something for what {tranches} bore: name the tranche")
        for (tranche, holder), left in due.items():
            amount = left if self.amount is None else self.amount
            yield RestitutionPaid(
                at=self.at, pool=self.pool, case=self.case, holder=holder, amount=amount, tranche=tranche
            )

    def _due(self, case: Case, books: Books) -> dict[tuple[TrancheId, PartyId], int]:
        """What is due and not paid yet to those who are asked for, by tranche and holder."""
        tranches = sorted(books.charters.pools[self.pool].tranches)
        if self.tranche is not None:
            _ = books.tranche(self.pool, self.tranche)
            tranches = [self.tranche]
        if self.holder is None:
            allocated = books.due(case)
        else:
            allocated = {(tranche, self.holder): books.due_to(case, tranche, self.holder) for tranche in tranches}
        due = {key: amount - case.restored.get(key, 0) for key, amount in allocated.items() if key[0] in tranches}
        return {key: left for key, left in due.items() if left}


def _taken_over(case: Case) -> int:
    """What other borrowers took over of a deficit."""
    return sum(bearing.amount for bearing in case.bearings.values() if bearing.by == "borrowers")
