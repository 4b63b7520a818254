"""What an entry of ours says, as the movements of accounts that are compared with what the other side says."""

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from sys import intern
from typing import Final

from ledger.accounts import Posting
from ledger.events import CATALOGUE, AnyEvent, Evidence
from ledger.journal import Entry
from projections.reconciliation.items import Item
from projections.reconciliation.rules import Rules

_PARTIES: Final = (
    *("lender", "contributor", "borrower", "payer", "payee", "recipient", "buyer", "guarantor", "investor", "holder"),
    "source",
)
"""The fields in which an event names who is on the other side of it; the first that is there counts."""

_OWN: Final = {"id", "memo", "evidence", "command", "cause"}
"""What two entries that say the same may differ in."""


class Said:
    """Makes items of entries. What one command decided in several facts is of one group."""

    def __init__(self, rules: Rules) -> None:
        self._by_memo = rules.our_reference == "memo"
        self._commands: set[str] = set()

    def items(self, entry: Entry, event: AnyEvent, moved: Sequence[Posting]) -> list[Item]:
        """The movements of an entry, one for each account that it moves: `moved` are signed as items are."""
        group, memo, event_id = event.cause or "", event.memo or "", event.id
        if group:
            self._commands.add(group)
        reference = memo.strip() if self._by_memo else event_id
        at, said = (
            event.at,
            (
                *(event_id, _chain(event.evidence), event_id, reference, group, type(event).type, "booked"),
                *(getattr(event, "of", ""), counterparty_of(event), memo or getattr(event, "reason", "")),
                *(0, _twin(entry, event), 0),
            ),
        )
        return [
            _make(Item, (entry.position, account, commodity, at, amount, *said)) for account, commodity, amount in moved
        ]

    def grouped(self, items: Sequence[Item]) -> tuple[Item, ...]:
        """The same, with the first fact of each command in the group of those that follow from it."""
        commands = self._commands
        return tuple(item._replace(group=item.id) if item.id in commands else item for item in items)


def counterparty_of(event: AnyEvent) -> str:
    """Who is on the other side of a fact, as far as it says so."""
    for field in _parties_of(event.type):
        if (name := getattr(event, field)) is not None:
            return intern(name)
    return ""


@cache
def _parties_of(event_type: str) -> tuple[str, ...]:
    fields = CATALOGUE[event_type].__dataclass_fields__
    return tuple(field for field in _PARTIES if field in fields)


def _chain(evidence: Evidence | None) -> str:
    if evidence is None or evidence.tx is None:
        return ""
    tx = evidence.tx.lower()
    return tx if evidence.log_index is None else f"{tx}:{evidence.log_index}"


def _twin(entry: Entry, event: AnyEvent) -> str:
    """A hash of what an entry says: equal for two that say the same under two ids."""
    if all(said is None for said in (event.memo, event.evidence, event.command, event.cause)):
        before, _, after = entry.content.partition(b',"id":"%b"' % event.id.encode())
        content = before + after  # the same as below, without writing the event again
    else:
        fields = event.__pydantic_serializer__.to_json(event, exclude=_OWN, exclude_defaults=True)
        content = b'{"type":"%b",%b' % (event.type.encode(), fields[1:])
    return blake2b(content, digest_size=8).hexdigest()


_make: Final = tuple.__new__
"""Makes a named tuple in a third of the time that its own constructor takes."""
