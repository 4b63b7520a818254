"""A case's course: its shortfall becomes the pool's deficit, and once that is borne the case is closed."""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves
from ledger.books import Books
from ledger.cases import Case, Entries
from ledger.errors import CaseUnsettled, ShortfallExceeded, WrongState
from ledger.events.envelope import Event
from ledger.events.loans import debt_burnt
from ledger.values import BORDER, Amount, CaseId, LoanId, Named, PoolId, Text


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ShortfallRecognized(Event):
    """What collateral did not cover becomes the pool's deficit, in one or several parts. Dr deficit / Cr defaulted.

    The first one fixes the terms of the case: its waterfall, and what each fund pays at most.
    """

    type: Literal["shortfall-recognized"] = "shortfall-recognized"
    pool: Named[PoolId]
    loan: Named[LoanId]
    case: Named[CaseId]
    principal: Amount
    interest: Amount = 0
    debt_shares: Amount = 0

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        deficit = pool.deficit(self.case)
        return (
            *debt_burnt(pool, self.loan, self.debt_shares),
            (pool.asset, deficit, pool.principal(self.loan, self.case), self.principal),
            (pool.asset, deficit, pool.interest(self.loan, self.case), self.interest),
        )

    def laws(self, books: Books) -> None:
        books.require_debt_shares(self.pool, self.debt_shares)
        case = books.require_case_of(self.pool, self.loan, self.case)
        if books.charters.pools[self.pool].pooled:
            if self.principal + self.interest > case.in_default:
                raise ShortfallExceeded(
                    f"{case.in_default} is in default under case {self.case}, "
                    f"{self.principal + self.interest} cannot be recognized"
                )
        elif self.principal > case.principal or self.interest > case.interest:
            raise ShortfallExceeded(
                f"principal {case.principal} and interest {case.interest} are in default under case {self.case}, "
                f"{self.principal} and {self.interest} cannot be recognized"
            )

    def fold(self, books: Books) -> None:
        case = books.cases[self.case]
        books.fix_terms(case)
        case.recognized += self.principal + self.interest
        books.owe(self.pool, self.loan, self.case, -self.principal, -self.interest)

    def unfold(self, books: Books) -> None:
        case = books.cases[self.case]
        case.recognized -= self.principal + self.interest
        books.owe_no_more(self.pool, self.loan, self.case, -self.principal, -self.interest)
        if case.terms_fixed_at not in case.entries:  # this entry is no more among them: it was the first
            case.waterfall, case.terms_fixed_at, case.limits = None, 0, {}

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, self.case)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class CaseClosed(Event):
    """A case ends: nothing of it is in default or open any more. No postings; recoveries may arrive after."""

    type: Literal["case-closed"] = "case-closed"
    pool: Named[PoolId]
    loan: Named[LoanId]
    case: Named[CaseId]
    outcome: Text

    def moves(self, charters: Charters) -> Moves:
        return ()

    def laws(self, books: Books) -> None:
        case = books.require_open_case(self.pool, self.case)
        if case.loan != self.loan:
            raise WrongState(f"case {self.case} is of loan {case.loan}, not of {self.loan}")
        deficit = books.deficit(self.pool, self.case)
        pooled = books.charters.pools[self.pool].pooled
        if (case.in_default if pooled else case.principal or case.interest) or deficit:
            apart = f"principal {case.principal} and interest {case.interest}"
            left = f"{case.in_default}" if pooled else apart
            raise CaseUnsettled(f"case {self.case} has {left} in default and a deficit of {deficit}")
        self._require_no_debt_left(case, books)

    def _require_no_debt_left(self, case: Case, books: Books) -> None:
        """In a pooled pool a loan may owe more than was stated at its default: that performs again, through a cure."""
        pool = books.charters.pools[self.pool]
        shares = books.sums.balance(pool.debtor(self.loan), pool.debt_shares) if pool.pooled else 0
        if shares and not case.cured:
            raise CaseUnsettled(f"loan {self.loan} owes {shares} debt shares: what goes on performing is cured first")

    def fold(self, books: Books) -> None:
        case = books.cases[self.case]
        case.closed = True
        if not case.cured:
            books.loans[self.pool][self.loan].case = None

    def unfold(self, books: Books) -> None:
        case = books.cases[self.case]
        case.closed = False
        if not case.cured:
            books.loans[self.pool][self.loan].case = self.case

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return books.entries_of(self.pool, self.loan, self.case)
