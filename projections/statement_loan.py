"""The statement of a loan: its debt and its collateral, from the postings to its accounts."""

from collections.abc import Iterator
from typing import Final

from ledger.accounts import Charters, PoolCharter
from ledger.errors import BooksBroken
from ledger.events import (
    CATALOGUE,
    AdjustmentPosted,
    AnyEvent,
    DebtRedistributed,
    DebtTransferred,
    EntryReversed,
    InterestAccrued,
)
from ledger.journal import Entry
from ledger.shares import borrowing
from ledger.values import Account, Commodity, EventId, LoanId, PoolId, Timestamp, instant_key, mul_div_down, mul_div_up
from projections.balances import BalancesFold
from projections.loans import LoansFold
from projections.movements import kind_of
from projections.reading import Handler
from projections.statement_rows import AccountOf, Line, StatementRow, other_side
from projections.ties import Tie, tied

_OF_THE_STATE: Final = {"loan-originated", "loan-defaulted", "loan-cured", "case-closed"}
"""Entries that stand in the statement of their loan also where they move nothing."""

_COLLATERAL: Final = {"collateral-posted": "posted", "collateral-released": "released", "collateral-sold": "sold"}


class _Owed:
    """What the loan owes in one pool, as the postings add up, with what its pool keeps for all loans."""

    def __init__(self, charter: PoolCharter) -> None:
        self.charter = charter
        self.begun = False
        self.principal = self.interest = self.shares = 0
        self.of_all = self.issued = 0
        self.index: int | None = None
        self.first_index: int | None = None
        self.index_then: int | None = None
        self.collateral: dict[Commodity, int] = {}

    def debt(self) -> int:
        """What is owed, as the report of loans reckons it."""
        if self.charter.pooled:
            return borrowing(self.of_all, self.issued, self.charter).debt(self.shares)
        booked = self.principal + self.interest
        then = self.index_then if self.index_then is not None else self.first_index
        if not then or self.index is None:
            return booked
        rounded = mul_div_down if self.charter.rate_scale else mul_div_up
        return rounded(booked, self.index, then)

    def take(self, event: AnyEvent, loan: LoanId, charters: Charters) -> None:
        """Add an entry of the pool."""
        if isinstance(event, InterestAccrued) and event.loan is None and event.index is not None:
            self.index = event.index
            self.first_index = event.index if self.first_index is None else self.first_index
        changed = event.type == "interest-allocated" and getattr(event, "loan", None) == loan
        for account, commodity, amount in event.lines(charters):
            changed = self._post(account, commodity, amount, loan) or changed
        if changed and event.type not in ("loan-defaulted", "loan-cured"):
            self.index_then = self.index

    def _post(self, account: Account, commodity: Commodity, amount: int, loan: LoanId) -> bool:
        """Add a posting. Gives whether it is one to the loan's principal or interest."""
        side, owner, holds, *rest = account.split(":")
        if owner != self.charter.pool:
            return False
        match side, holds, rest:
            case "assets", "loans", []:
                self.of_all += amount
            case "register", "debt", []:
                self.issued -= amount
            case "register", "debt", [name] if name == loan:
                self.shares += amount
            case "assets", "collateral", [name] if name == loan:
                self.collateral[commodity] = self.collateral.get(commodity, 0) + amount
            case "assets", "loans" | "defaulted", [name, "principal"] if name == loan:
                self.principal += amount
                return True
            case "assets", "loans" | "defaulted", [name, "interest"] if name == loan:
                self.interest += amount
                return True
            case _:
                pass
        return False


class LoanStatement:
    """The fold of one loan, in each pool that has a loan of its name. What comes before `open` is in the opening."""

    def __init__(self, charters: Charters, loan: LoanId) -> None:
        self.name = loan
        self._charters = charters
        self._owed: dict[PoolId, _Owed] = {}
        self._accounts: dict[tuple[PoolId, str, Commodity], AccountOf] = {}
        self._since: str | None = None
        self._originals: set[EventId] = set()
        self.handlers: dict[str, Handler] = dict.fromkeys(CATALOGUE, self._take)

    def open(self, since: str = "") -> None:
        """What was folded so far is the opening; of what follows, entries of an earlier time than `since` are in it."""
        self._since = since
        for pool, owed in self._owed.items():
            if owed.begun:
                self._debt(pool, owed, opening=True)
                for commodity in owed.collateral:
                    self._collateral(pool, commodity, owed.collateral[commodity])

    def undone(self, entry: Entry) -> None:
        """An entry that is reversed, or its reversal: a line where the opening has it and what follows undoes it."""
        since = self._since or ""
        event = entry.event()
        if not isinstance(event, EntryReversed):
            if instant_key(event.at) < since:
                self._originals.add(event.id)
        elif event.of in self._originals and instant_key(event.at) >= since:
            self._take(entry.position, event)

    def begun(self, pool: str | None, tranche: str | None) -> bool:
        """Whether the loan has had an entry, there; a loan is of no tranche."""
        return tranche is None and any(True for _ in self._limited(pool))

    def rows(
        self, since: Timestamp | None, through: Timestamp | None, pool: str | None, _: str | None
    ) -> Iterator[StatementRow]:
        """The rows by pool: the debt, then each asset held."""
        for account in self._limited(pool):
            yield from account.rows(since, through)

    def ties(self, booked: BalancesFold, pool: str | None, _: str | None) -> Iterator[Tie]:
        """What the lines come to, held against the loan's accounts, or its part of pooled debt.

        Raises `BooksBroken` where they differ.
        """
        for account in self._limited(pool):
            charter = self._charters.pools[PoolId(account.pool)]
            if account.account == "collateral":
                holds = charter.collateral(self.name)
                balance = booked.balance(holds, Commodity(account.asset))
                yield tied(holds, account.asset, reported=account.balance(), booked=balance)
            elif charter.pooled:
                holds = charter.debtor(self.name)
                balance = booked.balance(holds, charter.debt_shares)
                yield tied(holds, charter.debt_shares, reported=account.shares(), booked=balance)
                issued = -booked.balance(charter.debt_issued, charter.debt_shares)
                owed = borrowing(booked.balance(charter.loans, charter.asset), issued, charter).debt(balance)
                said = f"the part of {holds} in {charter.loans}"
                yield tied(said, charter.asset, reported=account.balance(), booked=owed)
            else:
                yield self._tied(account, charter, booked)

    def _tied(self, account: AccountOf, charter: PoolCharter, booked: BalancesFold) -> Tie:
        lines = [account.opening, *account.lines]
        reported = sum((line.principal or 0) + (line.interest or 0) for line in lines)
        names = [Account(f"assets:{charter.pool}:{state}:{self.name}") for state in ("loans", "defaulted")]
        parts = [Account(f"{name}:{part}") for name in names for part in ("principal", "interest")]
        balance = sum(booked.balance(part, charter.asset) for part in parts)
        return tied(" + ".join(f"{name}:*" for name in names), charter.asset, reported=reported, booked=balance)

    def end_as(self, loans: LoansFold) -> None:
        """Close with what the report of loans says. The difference is what the order of entries makes of an index.

        Raises `BooksBroken` where there is no opening, and so no other order.
        """
        for pool, owed in self._owed.items():
            if not owed.begun:
                continue
            [row] = loans.rows([(pool, self.name)])
            if (late := row.debt - owed.debt()) and not self._since:
                raise BooksBroken(f"the statement of loan {self.name} ends with {owed.debt()}, not with {row.debt}")
            if late:
                parts = (None, None) if owed.charter.pooled else (0, 0)
                account = self._debt(pool, owed)
                account.lines.append(Line(None, None, "late", late, row.debt, 0, 0, *parts))

    def _limited(self, pool: str | None) -> Iterator[AccountOf]:
        order = sorted(self._accounts, key=lambda key: (key[0], key[1] != "debt", key[2]))
        yield from (self._accounts[key] for key in order if pool in (None, key[0]))

    def _debt(self, pool: PoolId, owed: _Owed, *, opening: bool = False) -> AccountOf:
        key = pool, "debt", owed.charter.asset
        if key not in self._accounts:
            line = Line(None, None, "opening", 0, 0)
            if opening:
                line = Line(None, None, "opening", owed.debt(), owed.debt(), owed.shares)
            parts = (owed.principal, owed.interest) if opening else (0, 0)
            if not owed.charter.pooled:
                line = line._replace(principal=parts[0], interest=parts[1])
            self._accounts[key] = AccountOf(pool, "debt", self.name, owed.charter.asset, line, [])
        return self._accounts[key]

    def _collateral(self, pool: PoolId, commodity: Commodity, held: int = 0) -> AccountOf:
        key = pool, "collateral", commodity
        if key not in self._accounts:
            line = Line(None, None, "opening", held, held)
            self._accounts[key] = AccountOf(pool, "collateral", self.name, commodity, line, [])
        return self._accounts[key]

    def _take(self, position: int, event: AnyEvent) -> None:
        if self._since and instant_key(event.at) < self._since:
            return
        for pool in self._pools(event):
            owed = self._owed.get(pool)
            if owed is None:
                owed = self._owed[pool] = _Owed(self._charters.pools[pool])
            own = self._names(event, pool)
            owed.begun = owed.begun or own
            before = owed.debt(), owed.principal, owed.interest, owed.shares, dict(owed.collateral)
            owed.take(event, self.name, self._charters)
            if owed.begun and self._since is not None:
                self._tell(position, event, owed, before, own=own)

    def _tell(
        self,
        position: int,
        event: AnyEvent,
        owed: _Owed,
        before: tuple[int, int, int, int, dict[Commodity, int]],
        *,
        own: bool,
    ) -> None:
        """Write down what an entry changed."""
        pool, debt = owed.charter.pool, owed.debt()
        amount, shares = debt - before[0], owed.shares - before[3]
        parts = owed.principal - before[1], owed.interest - before[2]
        account = self._debt(pool, owed)
        other = other_side(event, self.name) if own else ""
        if amount or shares or any(parts) or (own and event.type in _OF_THE_STATE):
            line = Line(position, event, _kind(event, own=own), amount, debt, shares, 0, counterparty=other)
            if not owed.charter.pooled:
                line = line._replace(principal=parts[0], interest=parts[1])
            account.lines.append(line)
        for commodity, held in owed.collateral.items():
            if change := held - before[4].get(commodity, 0):
                kind = "reversed" if event.type == "entry-reversed" else _COLLATERAL.get(event.type, "adjusted")
                line = Line(position, event, kind, change, held, counterparty=other)
                self._collateral(pool, commodity).lines.append(line)

    def _pools(self, event: AnyEvent) -> list[PoolId]:
        if isinstance(event, EntryReversed):
            owners = {line.account.split(":")[1] for line in event.postings}
            return [pool for pool in self._charters.pools if pool in owners]
        pool = getattr(event, "pool", None)
        return [] if pool is None else [pool]

    def _names(self, event: AnyEvent, pool: PoolId) -> bool:
        """Whether an entry is of the loan's own."""
        match event:
            case DebtTransferred():
                return self.name in (event.sender, event.receiver)
            case DebtRedistributed():
                return any(part.loan == self.name for part in event.parts)
            case AdjustmentPosted() | EntryReversed():
                ends = (line.account.split(":") for line in event.postings)
                return any(end[1] == pool and end[2] in _OF_LOANS and end[3:4] == [self.name] for end in ends)
            case _:
                return getattr(event, "loan", None) == self.name


_OF_LOANS: Final = ("loans", "defaulted", "debt", "collateral", "allowance", "surplus")


def _kind(event: AnyEvent, *, own: bool) -> str:
    if event.type == "entry-reversed":
        return "reversed"
    if event.type == "case-closed":
        return "closed"
    return kind_of(event, "loans") if own else "grown"
