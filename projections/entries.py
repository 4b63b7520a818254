"""The entries themselves, and the register of their postings: reports read through entry by entry."""

import json
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from ledger.accounts import postings
from ledger.events import AnyEvent
from ledger.values import Json
from projections.reading import Selection, Watch
from projections.rows import Units

NAMED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "pool": ("pool",),
    "fund": ("fund",),
    "loan": ("loan",),
    "case": ("case",),
    "lender": ("lender", "sender", "receiver", "fee_recipient"),
}
"""By which fields an event names a pool, fund, loan, case or lender."""


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
    """The entries shown whose events name what is asked for."""
    for entry in selection.entries(watch):
        if not named or _names(entry.event(), named):
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
    balances: dict[tuple[str, str], int] = {}
    for entry in selection.entries(watch):
        event = entry.event()
        asked = not named or _names(event, named)
        for account, commodity, amount in postings(event.moves(selection.charters)):
            balance = balances[account, commodity] = balances.get((account, commodity), 0) + amount
            if asked:
                yield RegisterRow(
                    entry.position, event.at, event.type, account, commodity, Units(amount), Units(balance)
                )


def _names(event: AnyEvent, named: Mapping[str, str]) -> bool:
    return all(any(getattr(event, field, None) == name for field in NAMED_BY[kind]) for kind, name in named.items())
