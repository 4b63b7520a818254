"""Shortfall and waterfall: bad debt is recognized, sources bear it in their order, and the case is closed."""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves
from ledger.books import Books
from ledger.errors import CaseUnsettled, DrawUnpriced, ShortfallExceeded, UnbalancedEntry, WrongState
from ledger.events.envelope import Event
from ledger.events.lending import burnt_from, purse, require_purse
from ledger.events.loans import require_no_debt_shares
from ledger.values import (
    BORDER,
    LENDERS,
    Amount,
    CaseId,
    Count,
    FundId,
    LoanId,
    Named,
    PartyId,
    PoolId,
    Text,
    TrancheId,
)
from ledger.waterfall import Source, hold_to_order


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
            (pool.asset, deficit, pool.principal(self.loan, self.case), self.principal),
            (pool.asset, deficit, pool.interest(self.loan, self.case), self.interest),
        )

    def laws(self, books: Books) -> None:
        require_no_debt_shares(self.pool, self.debt_shares)
        books.require_case_of(self.pool, self.loan, self.case)
        principal, interest = books.in_default(self.pool, self.loan, self.case)
        if self.principal > principal or self.interest > interest:
            raise ShortfallExceeded(
                f"principal {principal} and interest {interest} are in default under case {self.case}, "
                f"{self.principal} and {self.interest} cannot be recognized"
            )

    def fold(self, books: Books) -> None:
        case = books.cases[self.case]
        books.fix_terms(case)
        case.recognized += self.principal + self.interest


@dataclass(frozen=True, kw_only=True, config=BORDER)
class FundDrawn(Event):
    """An insurance fund bears a deficit. Dr the pool's cash (or the claims of `lender`) / Cr deficit, `amount`;
    Dr fund equity / Cr fund cash, `paid`, in the fund's asset.

    Without `paid` the fund pays the amount it bears, in the same asset.
    """

    type: Literal["fund-drawn"] = "fund-drawn"
    fund: Named[FundId]
    pool: Named[PoolId]
    case: Named[CaseId]
    amount: Amount
    paid: Amount | None = None
    lender: Named[PartyId] | None = None
    shares: Amount = 0
    tranche: Named[TrancheId] = LENDERS

    def moves(self, charters: Charters) -> Moves:
        pool, fund = charters.pools[self.pool], charters.funds[self.fund]
        return (
            *burnt_from(pool, self.tranche, self.lender, self.shares),
            (pool.asset, purse(pool, self.tranche, self.lender), pool.deficit(self.case), self.amount),
            (fund.asset, fund.equity, fund.cash, self.price()),
        )

    def price(self) -> int:
        """What the fund pays, in its own asset."""
        return self.amount if self.paid is None else self.paid

    def laws(self, books: Books) -> None:
        require_purse(books, self.pool, self.tranche, self.lender, self.shares)
        fund = books.charters.funds[self.fund]
        require_open_deficit(books, self.pool, self.case, self.amount)
        if fund.asset != books.charters.pools[self.pool].asset:
            if self.paid is None:
                raise DrawUnpriced(
                    f"fund {self.fund} holds {fund.asset}: paid must say how much of it pays {self.amount}"
                )
        elif self.price() < self.amount:
            raise DrawUnpriced(f"paid {self.paid} is less than the {self.amount} it covers, in the same asset")
        if self.price() and books.cases[self.case].waterfall is None:
            raise WrongState(f"no shortfall of case {self.case} is recognized yet, so no fund pays for it")
        require_turn(self, books, ("fund", self.fund), self.price())

    def fold(self, books: Books) -> None:
        paid = books.cases[self.case].paid
        paid[self.fund] = paid.get(self.fund, 0) + self.price()


@dataclass(frozen=True, kw_only=True, config=BORDER)
class DeficitRecapitalized(Event):
    """Someone buys a deficit away: a debt auction, a treasury's purchase. Dr cash (or claims of `lender`) / Cr deficit.

    `instrument` and `quantity` say what the investor received for it.
    """

    type: Literal["deficit-recapitalized"] = "deficit-recapitalized"
    pool: Named[PoolId]
    case: Named[CaseId]
    investor: Named[PartyId]
    amount: Amount
    lender: Named[PartyId] | None = None
    shares: Amount = 0
    tranche: Named[TrancheId] = LENDERS
    instrument: Named[str] | None = None
    quantity: Amount | None = None

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        return (
            *burnt_from(pool, self.tranche, self.lender, self.shares),
            (pool.asset, purse(pool, self.tranche, self.lender), pool.deficit(self.case), self.amount),
        )

    def laws(self, books: Books) -> None:
        require_purse(books, self.pool, self.tranche, self.lender, self.shares)
        require_open_deficit(books, self.pool, self.case, self.amount)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class BadDebtSocialized(Event):
    """A deficit is charged to the claims of a tranche, pro rata by shares. Dr claims / Cr deficit; shares stay.

    `claims_before`, `shares` and `holder_count` state what the loss fell on; where given, they must be true.
    """

    type: Literal["bad-debt-socialized"] = "bad-debt-socialized"
    pool: Named[PoolId]
    case: Named[CaseId]
    tranche: Named[TrancheId]
    amount: Amount
    claims_before: Amount | None = None
    shares: Amount | None = None
    holder_count: Count | None = None

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        return ((pool.asset, pool.tranches[self.tranche].claims, pool.deficit(self.case), self.amount),)

    def laws(self, books: Books) -> None:
        require_open_deficit(books, self.pool, self.case, self.amount)
        for name, stated, true in (
            ("claims_before", self.claims_before, books.claims(self.pool, self.tranche)),
            ("shares", self.shares, books.issued(self.pool, self.tranche)),
            ("holder_count", self.holder_count, books.holder_count(self.pool, self.tranche)),
        ):
            if stated is not None and stated != true:
                raise UnbalancedEntry(f"{name} of tranche {self.tranche} is {true}, not {stated}")
        require_turn(self, books, ("tranche", self.tranche), self.amount)


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
        principal, interest = books.in_default(self.pool, self.loan, self.case) if case.status == "open" else (0, 0)
        deficit = books.deficit(self.pool, self.case)
        if principal or interest or deficit:
            raise CaseUnsettled(
                f"case {self.case} has principal {principal} and interest {interest} in default "
                f"and a deficit of {deficit}"
            )

    def fold(self, books: Books) -> None:
        case = books.cases[self.case]
        if case.status == "open":
            books.loans[self.pool][self.loan].case = None
        case.status = "closed"


def require_open_deficit(books: Books, pool: PoolId, case: CaseId, amount: int) -> None:
    """The case is not closed, and its open deficit is at least the amount to be borne (law 5)."""
    books.require_open_case(pool, case)
    deficit = books.deficit(pool, case)
    if amount > deficit:
        raise ShortfallExceeded(f"case {case} has an open deficit of {deficit}, {amount} of it cannot be borne")


def require_turn(event: FundDrawn | BadDebtSocialized, books: Books, source: Source, amount: int) -> None:
    """The source bears in its turn and within its limit (law 6), unless the event says why not.

    `amount` is what it costs the source, in its own asset.
    """
    case = books.cases[event.case]
    bears_something = event.amount or amount
    if bears_something and event.override is None and case.waterfall is not None:
        hold_to_order(case.waterfall, source, amount, lambda layer: books.room(case, layer))
