"""Who bears a deficit: funds, the reserve, tranches and single lenders, investors, other borrowers."""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves
from ledger.books import Books
from ledger.cases import Bearing, Case, Entries, LossBorne, count
from ledger.errors import DrawUnpriced, NameTaken, ShortfallExceeded, UnbalancedEntry, WrongSide, WrongState
from ledger.events.envelope import Event
from ledger.events.lending import burnt_from, purse, require_purse
from ledger.events.loans import debt_issued
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
    TrancheId,
)
from ledger.waterfall import ReserveLayer, Source, hold_to_order


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
        case = require_open_deficit(books, self.pool, self.case, self.amount)
        if fund.asset != books.charters.pools[self.pool].asset:
            if self.paid is None:
                raise DrawUnpriced(
                    f"fund {self.fund} holds {fund.asset}: paid must say how much of it pays {self.amount}"
                )
        elif self.price() < self.amount:
            raise DrawUnpriced(f"paid {self.paid} is less than the {self.amount} it covers, in the same asset")
        if self.price() and not case.is_recognized:
            raise WrongState(f"no shortfall of case {self.case} is recognized yet, so no fund pays for it")
        require_turn(self, case, books, ("fund", self.fund), self.price())

    def fold(self, books: Books) -> None:
        self._pay(books, self.price(), self.amount)
        books.cases[self.case].bearings[self.id] = Bearing("fund", self.fund, self.amount)

    def unfold(self, books: Books) -> None:
        self._pay(books, -self.price(), -self.amount)
        del books.cases[self.case].bearings[self.id]

    def dependents(self, books: Books, position: int) -> list[int]:
        return sorted({*super().dependents(books, position), *books.limits_fixed_on(self.fund, position)})

    def _pay(self, books: Books, paid: int, amount: int) -> None:
        case = books.cases[self.case]
        count(case.paid, self.fund, paid)
        count(case.drawn, self.fund, amount)

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return (books.cases[self.case].entries,)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReserveDrawn(Event):
    """The pool's own reserve bears a deficit. Dr reserve / Cr deficit.

    It goes below zero only where the case's waterfall lets it.
    """

    type: Literal["reserve-drawn"] = "reserve-drawn"
    pool: Named[PoolId]
    case: Named[CaseId]
    amount: Amount

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        return ((pool.asset, pool.reserve, pool.deficit(self.case), self.amount),)

    def laws(self, books: Books) -> None:
        case = require_open_deficit(books, self.pool, self.case, self.amount)
        require_turn(self, case, books, ("reserve",), self.amount)
        if not any(isinstance(layer, ReserveLayer) and layer.negative for layer in case.waterfall or ()):
            require_reserve(books, self.pool, self.amount)

    def post(self, books: Books) -> None:
        """Its own laws hold both accounts: a case keeps the terms it was fixed on, whatever the pool's are by now."""
        books.sums.add(self.moves(books.charters))

    def fold(self, books: Books) -> None:
        books.cases[self.case].bearings[self.id] = Bearing("reserve", "", self.amount)

    def unfold(self, books: Books) -> None:
        del books.cases[self.case].bearings[self.id]

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return (books.cases[self.case].entries,)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class DeficitCovered(Event):
    """A lender's claims bear a deficit: its shares are burnt, no cash moves. Dr claims / Cr deficit."""

    type: Literal["deficit-covered"] = "deficit-covered"
    pool: Named[PoolId]
    case: Named[CaseId]
    lender: Named[PartyId]
    amount: Amount
    shares: Amount
    tranche: Named[TrancheId] = LENDERS

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        return (
            *burnt_from(pool, self.tranche, self.lender, self.shares),
            (pool.asset, pool.tranches[self.tranche].claims, pool.deficit(self.case), self.amount),
        )

    def laws(self, books: Books) -> None:
        _ = books.charters.pools[self.pool].tranches[self.tranche]
        require_open_deficit(books, self.pool, self.case, self.amount)

    def fold(self, books: Books) -> None:
        case = books.cases[self.case]
        case.bearings[self.id] = Bearing("lender", self.lender, self.amount)
        case.losses[self.id] = LossBorne(books.position, self.tranche, self.amount, self.lender)

    def unfold(self, books: Books) -> None:
        case = books.cases[self.case]
        del case.bearings[self.id], case.losses[self.id]

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return (books.cases[self.case].entries,)


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

    def fold(self, books: Books) -> None:
        case = books.cases[self.case]
        case.bearings[self.id] = Bearing("investor", self.investor, self.amount)
        case.losses[self.id] = LossBorne(books.position, self.tranche, self.amount, self.investor)

    def unfold(self, books: Books) -> None:
        case = books.cases[self.case]
        del case.bearings[self.id], case.losses[self.id]

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return (books.cases[self.case].entries,)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class RedistributedPart:
    """A borrower's part of a deficit."""

    loan: Named[LoanId]
    principal: Amount
    debt_shares: Amount = 0


@dataclass(frozen=True, kw_only=True, config=BORDER)
class DebtRedistributed(Event):
    """Other borrowers take over a deficit, which their performing loans then owe. Dr loans / Cr deficit."""

    type: Literal["debt-redistributed"] = "debt-redistributed"
    pool: Named[PoolId]
    case: Named[CaseId]
    parts: tuple[RedistributedPart, ...]

    def moves(self, charters: Charters) -> Moves:
        pool = charters.pools[self.pool]
        shares = (move for part in self.parts for move in debt_issued(pool, part.loan, part.debt_shares))
        deficit = pool.deficit(self.case)
        return (*shares, *((pool.asset, pool.principal(part.loan), deficit, part.principal) for part in self.parts))

    def amount(self) -> int:
        """The deficit that is taken over."""
        return sum(part.principal for part in self.parts)

    def laws(self, books: Books) -> None:
        require_open_deficit(books, self.pool, self.case, self.amount())
        seen: set[LoanId] = set()
        for part in self.parts:
            books.require_loan_under(self.pool, part.loan, None)
            books.require_debt_shares(self.pool, part.debt_shares)
            if part.loan in seen:
                raise NameTaken(f"parts name loan {part.loan} twice")
            seen.add(part.loan)

    def fold(self, books: Books) -> None:
        books.cases[self.case].bearings[self.id] = Bearing("borrowers", "", self.amount())
        for part in self.parts:
            books.owe(self.pool, part.loan, None, part.principal, 0)

    def unfold(self, books: Books) -> None:
        del books.cases[self.case].bearings[self.id]
        for part in self.parts:
            books.owe_no_more(self.pool, part.loan, None, part.principal, 0)

    def histories(self, books: Books) -> tuple[Entries, ...]:
        loans = books.loans[self.pool]
        return (books.cases[self.case].entries, *(loans[part.loan].entries for part in self.parts))


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
        case = require_open_deficit(books, self.pool, self.case, self.amount)
        pool, tranche = books.tranche(self.pool, self.tranche)
        if self.claims_before is not None:
            self._require_true("claims_before", self.claims_before, books.sums.owed(tranche.claims, pool.asset))
        if self.shares is not None:
            self._require_true("shares", self.shares, books.sums.owed(tranche.issued, tranche.shares))
        if self.holder_count is not None:
            self._require_true("holder_count", self.holder_count, books.holder_count(self.pool, self.tranche))
        require_turn(self, case, books, ("tranche", self.tranche), self.amount)

    def _require_true(self, name: str, stated: int, true: int) -> None:
        if stated != true:
            raise UnbalancedEntry(f"{name} of tranche {self.tranche} is {true}, not {stated}")

    def fold(self, books: Books) -> None:
        case = books.cases[self.case]
        case.bearings[self.id] = Bearing("tranche", self.tranche, self.amount)
        case.losses[self.id] = LossBorne(books.position, self.tranche, self.amount, None)
        books.registers.lose(books.charters.pools[self.pool].tranches[self.tranche].shares, books.position)

    def unfold(self, books: Books) -> None:
        case = books.cases[self.case]
        del case.bearings[self.id]
        loss = case.losses.pop(self.id)
        books.registers.lose_no_more(loss.position)

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return (books.cases[self.case].entries,)


def require_open_deficit(books: Books, pool: PoolId, case: CaseId, amount: int) -> Case:
    """The case, which is not closed, and whose open deficit is at least the amount to be borne (law 5)."""
    found = books.require_open_case(pool, case)
    deficit = books.deficit(pool, case)
    if amount > deficit:
        raise ShortfallExceeded(f"case {case} has an open deficit of {deficit}, {amount} of it cannot be borne")
    return found


def require_turn(
    event: FundDrawn | ReserveDrawn | BadDebtSocialized, case: Case, books: Books, source: Source, amount: int
) -> None:
    """The source bears in its turn and within its limit (law 6), unless the event says why not.

    `amount` is what it costs the source, in its own asset.
    """
    if (event.amount or amount) and event.override is None and case.waterfall is not None:
        hold_to_order(case.waterfall, source, amount, lambda layer: books.room(case, layer))


def require_reserve(books: Books, pool: PoolId, amount: int) -> None:
    """The reserve holds so much: below zero it goes only for a deficit, and only where the waterfall says so."""
    reserve = books.reserve(pool)
    if amount > max(reserve, 0):
        raise WrongSide(f"the reserve of pool {pool} is {reserve}, {amount} cannot be taken from it")
