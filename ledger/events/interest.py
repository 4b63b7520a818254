"""Interest: earned on a loan or on a pool as a whole, and allocated to the loans of an indexed pool."""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves
from ledger.books import Books
from ledger.cases import Entries
from ledger.errors import UnbalancedEntry, WrongState
from ledger.events.envelope import Event
from ledger.events.lending import issued_to, require_claims
from ledger.values import BORDER, LENDERS, Amount, CaseId, LoanId, Named, PartyId, PoolId, Signed, TrancheId


@dataclass(frozen=True, config=BORDER)
class Allocation:
    """A tranche's part of an amount of interest."""

    tranche: Named[TrancheId]
    amount: Amount


@dataclass(frozen=True, kw_only=True, config=BORDER)
class InterestAccrued(Event):
    """Interest is earned on a loan, or on the pool as a whole. Dr the loan's interest; without a loan
    `assets:P:loans` (pooled) or `assets:P:interest` (indexed) / Cr reserve, and claims by `allocation`.

    Without an allocation all but the reserve's part goes to `lenders`. `fee_shares` of `lenders` are issued to
    `fee_recipient`: a fee taken by dilution. `index` is the pool's after it, in a scale of the protocol's own.
    """

    type: Literal["interest-accrued"] = "interest-accrued"
    pool: Named[PoolId]
    loan: Named[LoanId] | None = None
    case: Named[CaseId] | None = None
    interest: Amount
    index: Amount | None = None
    reserve: Amount = 0
    fee_recipient: Named[PartyId] | None = None
    fee_shares: Amount = 0
    allocation: tuple[Allocation, ...] = ()

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        due = pool.accrued() if self.loan is None else pool.interest(self.loan, self.case)
        fee = issued_to(pool, LENDERS, self.fee_recipient, self.fee_shares)
        to_reserve = (pool.asset, due, pool.reserve, self.reserve)
        if not self.allocation:
            lenders = pool.tranches[LENDERS].claims
            return (*fee, to_reserve, (pool.asset, due, lenders, self.interest - self.reserve))
        credited = ((pool.asset, due, pool.tranches[part.tranche].claims, part.amount) for part in self.allocation)
        return (*fee, to_reserve, *credited)

    def allocated(self) -> list[tuple[TrancheId, int]]:
        """The tranches' parts of the interest, as stated or by default."""
        return [(part.tranche, part.amount) for part in self.allocation] or [(LENDERS, self.interest - self.reserve)]

    def laws(self, books: Books) -> None:
        self._require_loan_or_pool(books)
        if self.reserve > self.interest:
            raise UnbalancedEntry(f"reserve {self.reserve} is more than the interest {self.interest}")
        if self.allocation:
            shared = sum(part.amount for part in self.allocation)
            if self.reserve + shared != self.interest:
                raise UnbalancedEntry(
                    f"reserve {self.reserve} and allocation {shared} do not make the interest {self.interest}"
                )
        if self.fee_shares:
            if self.fee_recipient is None:
                raise UnbalancedEntry(f"fee_shares {self.fee_shares} without a fee_recipient")
            added = sum(amount for tranche, amount in self.allocated() if tranche == LENDERS)
            require_claims(books, self.pool, LENDERS, shares=self.fee_shares, added=added)

    def _require_loan_or_pool(self, books: Books) -> None:
        """Interest is of a loan; of the pool as a whole only where the pool keeps it so."""
        if self.loan is not None:
            if self.index is not None:
                raise WrongState(f"an index is of a pool as a whole, loan {self.loan} has none of its own")
            books.require_loan_under(self.pool, self.loan, self.case)
        elif self.case is not None:
            raise WrongState(f"interest under case {self.case} names the loan of the case")
        elif books.charters.pools[self.pool].debt == "bilateral":
            raise WrongState(f"pool {self.pool} is bilateral: interest accrues on a loan")

    def fold(self, books: Books) -> None:
        if self.loan is not None:
            books.owe(self.pool, self.loan, self.case, 0, self.interest)
        elif self.index is not None:
            books.indices.note(self.pool, books.position, self.index)

    def unfold(self, books: Books) -> None:
        if self.loan is not None:
            books.owe_no_more(self.pool, self.loan, self.case, 0, self.interest)
        elif self.index is not None:
            books.indices.forget(self.pool, self._position(books))

    def _position(self, books: Books) -> int:
        """Where it stands: last, while it is not recorded yet; else where its reversal finds it."""
        found = None if books.indices.is_at(self.pool, books.position) else books.past.find(self.id)
        return books.position if found is None else found[0]

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, self.case)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class InterestAllocated(Event):
    """A loan of an indexed pool takes its part of the pool's interest. Dr the loan's interest / Cr `assets:P:interest`.

    `interest` is signed: before a recognition a loan is trued down to what the pool's total loses. Loans round up and
    the pool down, so what is left to allocate may stand in credit.
    """

    type: Literal["interest-allocated"] = "interest-allocated"
    pool: Named[PoolId]
    loan: Named[LoanId]
    case: Named[CaseId] | None = None
    interest: Signed

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        due = pool.interest(self.loan, self.case)
        if self.interest < 0:
            return ((pool.asset, pool.unallocated, due, -self.interest),)
        return ((pool.asset, due, pool.unallocated, self.interest),)

    def laws(self, books: Books) -> None:
        pool = books.charters.pools[self.pool]
        if pool.debt != "indexed":
            raise WrongState(f"pool {self.pool} is {pool.debt}: it has no interest to allocate")
        books.require_loan_under(self.pool, self.loan, self.case)

    def fold(self, books: Books) -> None:
        if self.case is not None:
            books.change_in_default(self.case, 0, self.interest)
        books.note_change(self.pool, self.loan)

    def unfold(self, books: Books) -> None:
        if self.case is not None:
            books.change_in_default(self.case, 0, -self.interest)
        books.forget_change(self.pool, self.loan)

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, self.case)
