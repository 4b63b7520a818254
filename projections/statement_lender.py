"""The statement of a lender: each change of its row in the report of lenders, at the entry that made it."""

from collections.abc import Iterator
from typing import Final

from ledger.accounts import Charters
from ledger.events import AdjustmentPosted, AnyEvent, EntryReversed, RestitutionPaid
from ledger.journal import Entry
from ledger.shares import price, worth
from ledger.values import EventId, PartyId, PoolId, Timestamp, TrancheId, instant_key
from projections.balances import BalancesFold
from projections.lenders import LenderRow, LendersFold
from projections.reading import Handler
from projections.statement_rows import AccountOf, Line, StatementRow, other_side
from projections.ties import Tie, tied

_SIGNS: Final = {
    "deposited": 1,
    "withdrawn": -1,
    "transferred": 1,
    "losses": -1,
    "covered": -1,
    "recoveries": 1,
    "earned": 1,
}
"""What each column of a lender does to its balance, in the order of the lines that one entry makes."""


class LenderStatement:
    """The fold of one lender's balances. What comes before `open` is in the opening.

    Only this lender's worth is computed at each entry, however many others the pool has.
    """

    def __init__(self, charters: Charters, lender: PartyId) -> None:
        self.name = lender
        self._charters = charters
        self._lenders = LendersFold(charters)
        self._rows: dict[tuple[PoolId, TrancheId], LenderRow] = {}
        self._accounts: dict[tuple[PoolId, TrancheId], AccountOf] = {}
        self._since: str | None = None
        self._originals: dict[EventId, AnyEvent] = {}
        self.handlers: dict[str, Handler] = dict.fromkeys(self._lenders.handlers, self._before)

    def open(self, since: str = "") -> None:
        """What was folded so far is the opening; of what follows, entries of an earlier time than `since` are in it."""
        self._since = since
        for pool, charter in self._charters.pools.items():
            for tranche in charter.tranches:
                if row := self._lenders.row(pool, tranche, self.name):
                    self._rows[pool, tranche] = row
                    self._accounts[pool, tranche] = self._opened(row, row.balance, row.shares)
        self.handlers = dict.fromkeys(self._lenders.handlers, self._take)

    def undone(self, entry: Entry) -> None:
        """An entry that is reversed, or its reversal: a line where the opening has it and what follows undoes it."""
        since = self._since or ""
        event = entry.event()
        if not isinstance(event, EntryReversed):
            if instant_key(event.at) < since:
                self._originals[event.id] = event
        elif event.of in self._originals and instant_key(event.at) >= since:
            self._reverse(entry.position, event, self._originals[event.of])

    def begun(self, pool: str | None, tranche: str | None) -> bool:
        """Whether the lender has had an entry, there."""
        return any(True for _ in self._limited(pool, tranche))

    def rows(
        self, since: Timestamp | None, through: Timestamp | None, pool: str | None, tranche: str | None
    ) -> Iterator[StatementRow]:
        """The rows by pool and tranche."""
        for account in self._limited(pool, tranche):
            yield from account.rows(since, through)

    def ties(self, booked: BalancesFold, pool: str | None, tranche: str | None) -> Iterator[Tie]:
        """The shares and the balance that the lines come to, held against the register and what it says they are worth.

        Raises `BooksBroken` where they differ.
        """
        for account in self._limited(pool, tranche):
            charter = self._charters.pools[PoolId(account.pool)]
            of = charter.tranches[TrancheId(account.account)]
            holder = of.holder(self.name)
            held, issued = booked.balance(holder, of.shares), -booked.balance(of.issued, of.shares)
            yield tied(holder, of.shares, reported=account.shares(), booked=held)
            worth_of = worth(held, price(-booked.balance(of.claims, charter.asset), issued, charter))
            said = f"the part of {holder} in {of.claims}"
            yield tied(said, charter.asset, reported=account.balance(), booked=worth_of)

    def _limited(self, pool: str | None, tranche: str | None) -> Iterator[AccountOf]:
        for (of, name), account in sorted(self._accounts.items()):
            if pool in (None, of) and tranche in (None, name):
                yield account

    def _opened(self, row: LenderRow, balance: int = 0, shares: int = 0) -> AccountOf:
        opening = Line(None, None, "opening", balance, balance, shares)
        return AccountOf(row.pool, row.tranche, self.name, row.asset, opening, [])

    def _before(self, position: int, event: AnyEvent) -> None:
        self._lenders.handlers[event.type](position, event)

    def _take(self, position: int, event: AnyEvent) -> None:
        if not self._since or instant_key(event.at) >= self._since:
            self._before(position, event)
            self._tell(position, event)

    def _reverse(self, position: int, event: EntryReversed, original: AnyEvent) -> None:
        """Undo what the postings say, as an adjustment would, and call it by its name."""
        for pool in self._charters.pools:
            if lines := tuple(line for line in event.postings if line.account.split(":")[1] == pool):
                undo = AdjustmentPosted(at=event.at, pool=pool, reason=event.reason, postings=lines)
                self._before(position, undo)
                self._tell(position, event, pool)
        if isinstance(original, RestitutionPaid) and original.holder == self.name:
            account = self._accounts[original.pool, original.tranche]
            account.lines.append(Line(position, event, "reversed", 0, account.balance(), 0, -original.amount))

    def _tell(self, position: int, event: AnyEvent, of: PoolId | None = None) -> None:
        """Write down what an entry changed, in each tranche of its pool that the lender has part in."""
        pool: PoolId | None = of or getattr(event, "pool", None)
        if pool is None:
            return
        for tranche in self._charters.pools[pool].tranches:
            after = self._lenders.row(pool, tranche, self.name)
            if after is None:
                continue
            account = self._accounts.get((pool, tranche))
            if account is None:
                account = self._accounts[pool, tranche] = self._opened(after)
            before = self._rows.get((pool, tranche))
            if after != before:
                self._rows[pool, tranche] = after
                account.lines.extend(self._lines(position, event, before, after))

    def _lines(self, position: int, event: AnyEvent, before: LenderRow | None, after: LenderRow) -> Iterator[Line]:
        """One line for each column that changed; the first has the shares, and there is one for those alone."""
        changes = {name: getattr(after, name) - (getattr(before, name) if before else 0) for name in (*_SIGNS, *_MORE)}
        shares, outside = changes.pop("shares"), changes.pop("restitution")
        moved = {name: _SIGNS[name] * amount for name, amount in changes.items() if amount}
        if event.type == "entry-reversed":
            moved = {"reversed": sum(moved.values())}
        elif outside:
            moved = {"restitution": 0, **moved}
        elif shares and not moved:
            moved = {_NAMED.get(event.type, "earned"): 0}
        balance = before.balance if before else 0
        for movement, amount in moved.items():
            balance += amount
            other = other_side(event, self.name)
            yield Line(position, event, movement, amount, balance, shares, outside, counterparty=other)
            shares = outside = 0


_MORE: Final = ("shares", "restitution")
_NAMED: Final = {"deposited": "deposited", "withdrawn": "withdrawn", "shares-transferred": "transferred"}
"""What moves shares alone, where they are worth nothing."""
