"""Control: what no other event says is adjusted, balances are asserted, periods closed."""

from collections.abc import Callable
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves, Posting, paired
from ledger.books import Books
from ledger.cases import Entries
from ledger.chart import Part, side_of
from ledger.errors import AssertionFailed, ClosedPeriod, UnbalancedEntry, WrongState
from ledger.events.envelope import Event
from ledger.events.posted import PostedLine, lines_of, require_covered_shares
from ledger.values import (
    BORDER,
    AccountName,
    Amount,
    CaseId,
    Counted,
    FundId,
    Instant,
    LoanId,
    Named,
    PoolId,
    Text,
    instant_key,
)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class AdjustmentPosted(Event):
    """Free postings correct what no other event can. Of one pool or one fund, and flagged in every report.

    In a pooled pool `case` says that the lines of the account of all loans change what is in default under it; in other
    pools the accounts themselves say so.
    """

    type: Literal["adjustment-posted"] = "adjustment-posted"
    pool: Named[PoolId] | None = None
    fund: Named[FundId] | None = None
    case: Named[CaseId] | None = None
    reason: Text
    postings: tuple[PostedLine, ...]

    def __post_init__(self) -> None:
        """An adjustment has one owner."""
        if (self.pool is None) == (self.fund is None):
            raise ValueError("an adjustment is of a pool or of a fund: exactly one of them is named")

    def moves(self, charters: Charters) -> Moves:
        return paired(self.lines(charters))

    def lines(self, charters: Charters) -> list[Posting]:
        return lines_of(self.postings)

    def laws(self, books: Books) -> None:
        _ = books.charters.funds[self.fund] if self.fund is not None else books.charters.pools[PoolId(self.pool or "")]
        sums: dict[tuple[str, str, str], int] = {}
        for line in self.postings:
            part = books.require_account(line.account, line.commodity)
            if part.owner != (self.pool or self.fund):
                raise WrongState(f"account {line.account} is of {part.owner}, not of {self.pool or self.fund}")
            self._require_state(part, books)
            family = f"{part.family} of loan {part.loan}" if part.family == "collateral" else part.family
            key = part.owner, family, line.commodity
            sums[key] = sums.get(key, 0) + line.amount
        for (_, family, commodity), amount in sums.items():
            if amount:
                raise UnbalancedEntry(f"postings to accounts of {family} in {commodity} sum to {amount}, not to 0")
        require_covered_shares(self.lines(books.charters), books)
        self._require_case(books)

    def in_default(self, charters: Charters) -> int:
        """What the lines add to the principal that is in default under `case`, in a pooled pool."""
        if self.case is None or self.pool is None:
            return 0
        loans = charters.pools[self.pool].loans
        return sum(line.amount for line in self.postings if line.account == loans)

    def _require_case(self, books: Books) -> None:
        if self.case is None:
            return
        if self.pool is None or not books.charters.pools[self.pool].pooled:
            raise WrongState(f"case {self.case} is named only where all loans are in one account")
        case = books.require_open_case(self.pool, self.case)
        books.require_loan_under(self.pool, case.loan, self.case)
        books.require_in_default(self.pool, self.case, max(-self.in_default(books.charters), 0), 0)

    def _require_state(self, part: Part, books: Books) -> None:
        """What a loan owes is adjusted where it stands: among performing loans, or in default."""
        if self.pool is not None and part.loan is not None and part.holds.startswith(("loans-", "defaulted-")):
            case = books.loans[self.pool][part.loan].case
            if (case is None) != part.holds.startswith("loans-"):
                state = "performing" if case is None else f"in default under case {case}"
                raise WrongState(f"loan {part.loan} of pool {self.pool} is {state}: its debt stands there")
        if self.pool is not None and part.holds == "deficit" and part.case is not None:
            books.require_open_case(self.pool, part.case)

    def post(self, books: Books) -> None:
        books.sums.post_lines(self.lines(books.charters))
        books.registers.note_any(self.moves(books.charters), books.sums)

    def fold(self, books: Books) -> None:
        if self.case is not None:
            books.change_in_default(self.case, self.in_default(books.charters), 0)
        self._adjust(books, books.owe)

    def unfold(self, books: Books) -> None:
        if self.case is not None:
            books.change_in_default(self.case, -self.in_default(books.charters), 0)
        self._adjust(books, books.owe_no_more)

    def _adjust(self, books: Books, owe: Callable[[PoolId, LoanId, CaseId | None, int, int], None]) -> None:
        for part, line in self._parts(books):
            if self.pool is None or part.loan is None:
                continue
            if part.holds.startswith(("loans-", "defaulted-")):
                case = books.loans[self.pool][part.loan].case
                principal = line.amount if part.holds.endswith("-principal") else 0
                owe(self.pool, part.loan, case, principal, line.amount - principal)
            elif part.holds == "collateral":
                books.note_pledge(self.pool, part.loan, line.commodity)

    def _parts(self, books: Books) -> list[tuple[Part, PostedLine]]:
        return [(books.require_account(line.account, line.commodity), line) for line in self.postings]

    def dependents(self, books: Books, position: int) -> list[int]:
        limits = [] if self.fund is None else books.limits_fixed_on(self.fund, position)
        return sorted({*super().dependents(books, position), *limits})

    def histories(self, books: Books) -> tuple[Entries, ...]:
        found: list[Entries] = []
        if self.pool is not None and self.case is not None:
            found += books.entries_of(self.pool, books.cases[self.case].loan, self.case)
        for part, _ in self._parts(books):
            if self.pool is not None and part.loan is not None:
                case = books.loans[self.pool][part.loan].case if part.holds.startswith("defaulted-") else None
                found += books.entries_of(self.pool, part.loan, case)
            if self.pool is not None and part.case is not None:
                found += books.entries_of(self.pool, None, part.case)
        return tuple({id(entries): entries for entries in found}.values())


@dataclass(frozen=True, kw_only=True, config=BORDER)
class BalanceAsserted(Event):
    """An account's balance is said to be so much, on the side where such an account stands. Refused where it is not."""

    type: Literal["balance-asserted"] = "balance-asserted"
    account: AccountName
    commodity: Counted
    amount: Amount
    source: Text | None = None

    def moves(self, charters: Charters) -> Moves:
        return ()

    def laws(self, books: Books) -> None:
        books.require_account(self.account, self.commodity)
        balance = books.sums.balance(self.account, self.commodity)
        stands = balance if side_of(self.account, self.commodity) == "debit" else -balance
        if stands != self.amount:
            raise AssertionFailed(f"{self.account} holds {stands} of {self.commodity}, not {self.amount}")


@dataclass(frozen=True, kw_only=True, config=BORDER)
class PeriodClosed(Event):
    """Nothing more is recorded with a time in the period, which ends with `through`. It stays closed."""

    type: Literal["period-closed"] = "period-closed"
    through: Instant

    def moves(self, charters: Charters) -> Moves:
        return ()

    def laws(self, books: Books) -> None:
        if instant_key(self.through) <= books.closed_through:
            raise ClosedPeriod(f"the books are closed through {books.closed_through}Z already")
        if instant_key(self.at) < instant_key(self.through):
            raise ClosedPeriod(f"a period through {self.through} is not over at {self.at}")

    def fold(self, books: Books) -> None:
        books.closed_through = instant_key(self.through)
