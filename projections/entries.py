"""The entries themselves, and the register of their postings: reports read through entry by entry."""

import json
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.chart import part_of
from ledger.events import (
    AdjustmentPosted,
    AnyEvent,
    BalanceAsserted,
    DebtRedistributed,
    DebtTransferred,
    EntryReversed,
    PostedLine,
    RecoveryAllocated,
    SharesTransferred,
)
from ledger.values import EventId, Json
from projections.reading import Selection, Watch
from projections.rows import Units

KINDS: Final = ("pool", "fund", "loan", "case", "lender")
"""Kinds of names by which entries can be chosen."""


class EventRow(NamedTuple):
    """An entry of the journal, with its event as stored."""

    position: int
    recorded_at: str
    recorded_by: str
    type: str
    at: str
    id: str
    event: Json


class RegisterRow(NamedTuple):
    """A posting, with the balance of its account after it. Amounts are signed, debit positive."""

    position: int
    at: str
    type: str
    account: str
    commodity: str
    amount: Units
    balance: Units


def event_rows(selection: Selection, named: Mapping[str, str], watch: Watch) -> Iterator[EventRow]:
    """The entries shown whose events name what is asked for; a reversal names what its original does."""
    chosen = _Chosen(named, selection)
    for entry in selection.entries(watch):
        if not named or chosen.takes(entry.event()):
            yield EventRow(
                position=entry.position,
                recorded_at=entry.recorded_at,
                recorded_by=entry.recorded_by,
                type=entry.type,
                at=entry.effective_at(),
                id=entry.id,
                event=json.loads(entry.content),
            )


def register_rows(selection: Selection, named: Mapping[str, str], watch: Watch) -> Iterator[RegisterRow]:
    """The postings of the entries shown whose events name what is asked for; balances count all that is shown."""
    chosen = _Chosen(named, selection)
    balances: dict[tuple[str, str], int] = {}
    for entry in selection.entries(watch):
        event = entry.event()
        asked = chosen.takes(event)
        for account, commodity, amount in event.lines(selection.charters):
            balance = balances[account, commodity] = balances.get((account, commodity), 0) + amount
            if asked:
                yield RegisterRow(
                    entry.position, event.at, event.type, account, commodity, Units(amount), Units(balance)
                )


def never_named(selection: Selection, named: Mapping[str, str], watch: Watch) -> dict[str, set[str]]:
    """Those kinds of `named` whose name no entry of a selection has, each with the names of that kind that there are.

    It reads only until it has met all that is asked for.
    """
    others: dict[str, set[str]] = {kind: set() for kind in named}
    for entry in selection.entries(watch):
        if not others:
            break
        for kind, name in _names(entry.event(), selection.charters):
            if kind in others:
                others[kind].add(name)
                if name == named[kind]:
                    del others[kind]
    return others


class _Chosen:
    """Which events name all that is asked for. What is reversed later is remembered until its reversal comes."""

    def __init__(self, named: Mapping[str, str], selection: Selection) -> None:
        self._named = named
        self._selection = selection
        self._undone: dict[EventId, bool] = {}

    def takes(self, event: AnyEvent) -> bool:
        if not self._named:
            return True
        if isinstance(event, EntryReversed):
            return self._undone.get(event.of, False)
        names = set(_names(event, self._selection.charters))
        taken = names.issuperset(self._named.items())
        if event.id in self._selection.undone:
            self._undone[event.id] = taken
        return taken


def _names(event: AnyEvent, charters: Charters) -> Iterator[tuple[str, str]]:
    """What an event names, by kind."""
    for kind, fields in _FIELDS:
        yield from ((kind, name) for field in fields if (name := getattr(event, field, None)) is not None)
    match event:
        case SharesTransferred():
            yield from (("lender", event.sender), ("lender", event.receiver))
        case DebtTransferred():
            yield from (("loan", event.sender), ("loan", event.receiver))
        case DebtRedistributed():
            yield from (("loan", part.loan) for part in event.parts)
        case RecoveryAllocated():
            kinds = {"fund": "fund", "borrower": "loan"}
            yield from ((kinds[part.to], part.name) for part in event.parts if part.to in kinds and part.name)
        case BalanceAsserted():
            yield from _of_account(event, charters)
        case AdjustmentPosted():
            for line in event.postings:
                yield from _of_account(line, charters)
        case _:
            pass


def _of_account(named: BalanceAsserted | PostedLine, charters: Charters) -> Iterator[tuple[str, str]]:
    """What the name of an account names."""
    part = part_of(named.account, named.commodity, charters)
    owner = ("pool" if part.owner in charters.pools else "fund", part.owner)
    kinds = (owner, ("loan", part.loan), ("case", part.case), ("lender", part.holder))
    yield from ((kind, name) for kind, name in kinds if name is not None)


_FIELDS: Final = (
    *((kind, (kind,)) for kind in ("pool", "fund", "loan", "case")),
    ("lender", ("lender", "fee_recipient", "holder", "investor")),
)
"""By which fields an event names a pool, fund, loan, case or lender; fields of other kinds have the same names."""
