"""The row of a statement, and what the statements of a lender and of a loan have in common."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final, NamedTuple

from ledger.events import AnyEvent
from ledger.values import Timestamp
from projections.rows import Shares, Units

GATHERED: Final = frozenset({"earned", "grown"})
"""Movements that no entry of the lender's or the loan's own makes: many small ones, which can stand in one line."""

_OTHERS: Final = (
    *("payer", "payee", "recipient", "buyer", "guarantor", "investor", "fund", "lender", "borrower", "loan"),
)
"""By which field an event names the other side, the nearest first."""


class StatementRow(NamedTuple):
    """A line of a statement: opening + movements = closing, in `amount` and in `shares`, for each pool and account.

    `account` is a tranche, of a lender; `debt` or `collateral`, of a loan. Amounts are signed, `balance` is what stands
    after the line. Of a lender, `earned` is the rest, as in the report of lenders: interest, fees, other income,
    adjustments, rounding, each where an entry changed what the shares are worth; `outside` is restitution, paid outside
    the balance. Of a loan's debt, `principal` and `interest` are the parts of the amount that are booked (empty in a
    pooled pool), and `grown` is debt that came without an entry of the loan's own. `reversed` is an entry that the
    opening counts and a later one undid; `late` what a loan owes more or less because entries were recorded late.
    """

    pool: str
    account: str
    name: str
    asset: str
    position: int | None
    at: str
    type: str
    movement: str
    case: str
    counterparty: str
    principal: Units | None
    interest: Units | None
    amount: Units
    balance: Units
    shares: Shares
    outside: Units
    id: str


class Line(NamedTuple):
    """A movement before it stands in its account: what it adds, and the entry that made it."""

    position: int | None
    event: AnyEvent | None
    movement: str
    amount: int
    balance: int
    shares: int = 0
    outside: int = 0
    principal: int | None = None
    interest: int | None = None
    counterparty: str = ""


class AccountOf(NamedTuple):
    """One account of a statement: what it opened with, its lines in order."""

    pool: str
    account: str
    name: str
    asset: str
    opening: Line
    lines: list[Line]

    def balance(self) -> int:
        """What the lines come to."""
        return self.opening.balance + sum(line.amount for line in self.lines)

    def shares(self) -> int:
        """The shares after the last line."""
        return self.opening.shares + sum(line.shares for line in self.lines)

    def rows(self, since: Timestamp | None, through: Timestamp | None) -> Iterator[StatementRow]:
        """Opening, lines, closing. The opening has no outside: what was paid before is not of this statement."""
        yield self._row(self.opening)._replace(at=since or "")
        yield from map(self._row, self.lines)
        closing = Line(
            None,
            None,
            "closing",
            self.balance(),
            self.balance(),
            self.shares(),
            sum(line.outside for line in self.lines),
            _sum([self.opening.principal, *(line.principal for line in self.lines)]),
            _sum([self.opening.interest, *(line.interest for line in self.lines)]),
        )
        yield self._row(closing)._replace(at=max(since or "", through or ""))

    def _row(self, line: Line) -> StatementRow:
        event = line.event
        return StatementRow(
            pool=self.pool,
            account=self.account,
            name=self.name,
            asset=self.asset,
            position=line.position,
            at="" if event is None else event.at,
            type="" if event is None else event.type,
            movement=line.movement,
            case=getattr(event, "case", None) or "",
            counterparty=line.counterparty,
            principal=None if line.principal is None else Units(line.principal),
            interest=None if line.interest is None else Units(line.interest),
            amount=Units(line.amount),
            balance=Units(line.balance),
            shares=Shares(line.shares),
            outside=Units(line.outside),
            id="" if event is None else event.id,
        )


def gathered(rows: Iterable[StatementRow]) -> Iterator[StatementRow]:
    """The rows, with what is earned or grown between two other movements in one line, the last entry's."""
    for (_, movement), run in groupby(rows, key=lambda row: ((row.pool, row.account, row.asset), row.movement)):
        lines = list(run)
        if movement not in GATHERED:
            yield from lines
            continue
        yield lines[-1]._replace(
            type=lines[-1].type if len({line.type for line in lines}) == 1 else "",
            amount=Units(sum(line.amount for line in lines)),
            shares=Shares(sum(line.shares for line in lines)),
            counterparty="",
            case="",
            principal=None if lines[-1].principal is None else Units(sum(line.principal or 0 for line in lines)),
            interest=None if lines[-1].interest is None else Units(sum(line.interest or 0 for line in lines)),
        )


def other_side(event: AnyEvent, name: str) -> str:
    """Who stands on the other side of an entry, as far as it says."""
    if event.type in ("shares-transferred", "debt-transferred"):
        sides = [getattr(event, "sender", ""), getattr(event, "receiver", "")]
        return next((side for side in sides if side != name), name)
    found = (getattr(event, field, None) for field in _OTHERS)
    return next((str(side) for side in found if side and side != name), "")


def _sum(parts: list[int | None]) -> int | None:
    return None if parts[0] is None else sum(part or 0 for part in parts)
