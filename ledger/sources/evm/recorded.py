"""What of a contract's logs is in the journal, and what of it stands.

A log stands while one of its facts is not reversed. It is withdrawn where that was done because its block left the
chain; what people reverse stays recorded all the same.
"""

from collections.abc import Iterator
from itertools import count
from typing import Final, NamedTuple

from ledger.accounts import net
from ledger.books import Books
from ledger.events import DECODE, AnyEvent, EntryReversed, PoolOpened, PostedLine
from ledger.events.envelope import Event, Evidence
from ledger.sources.evm.ids import again, contract_of, nth_id, withdrawal
from ledger.values import EventId

_NOWHERE: Final = -1
_TYPE: Final = b'{"type":"'


class Recording(NamedTuple):
    """The entries that followed from one log: the position of the first, and all of them."""

    position: int
    events: list[Event]

    def standing(self, books: Books) -> list[Event]:
        """Those that are not reversed."""
        return [event for event in self.events if event.id not in books.reversed]


def recordings(first: EventId, books: Books) -> Iterator[EventId]:
    """The ids under which a log was recorded, those that were withdrawn again first."""
    for event_id in again(first):
        if books.past.find(event_id) is None:
            return
        yield event_id


def is_withdrawn(event_id: EventId, books: Books) -> bool:
    """Whether an entry was reversed because its block left the chain."""
    return event_id in books.reversed and books.past.find(withdrawal(event_id)) is not None


def recording(first: EventId, books: Books) -> Recording:
    """The entries of one log, by the id of the first, which is recorded."""
    position, events = 0, []
    for number in count(1):
        found = books.past.find(nth_id(first, number))
        if found is None:
            break
        position = position or found[0]
        events.append(found[1])
    return Recording(position, events)


def event_of(content: bytes) -> AnyEvent:
    """The event of canonical bytes."""
    return DECODE[content[len(_TYPE) : content.index(b'"', len(_TYPE))].decode()](content)


def reversal(event: Event, evidence: Evidence, books: Books) -> EntryReversed:
    """The reversal of a fact whose block left the chain."""
    undone = net(event.lines(books.charters))
    return EntryReversed(
        at=event.at,
        id=withdrawal(event.id),
        evidence=evidence,
        of=event.id,
        reason=f"block {evidence.block} ({evidence.block_hash}) left the chain",
        postings=tuple(
            PostedLine(account=account, commodity=commodity, amount=-amount)
            for (account, commodity), amount in undone.items()
            if amount
        ),
    )


def withdrawn_openings(contract: str, books: Books) -> Iterator[PoolOpened]:
    """The openings of a contract's pools that left the chain, newest first."""
    if any(contract_of(event_id) == contract for event_id in books.reversed):
        for _, event in books.past.back_from(books.position):
            if isinstance(event, PoolOpened) and contract_of(event.id) == contract and is_withdrawn(event.id, books):
                yield event


class Newest:
    """The newest log of a contract that stands, known without a look at the journal while one import goes on."""

    def __init__(self) -> None:
        self._position = _NOWHERE
        self._below: int | None = None
        self._evidence: Evidence | None = None

    def of(self, contract: str | None, books: Books) -> Evidence | None:
        """Its evidence; None where none stands."""
        if self._position != books.position:
            self._position = self._below = books.position
        if self._below is not None:
            self._evidence = _newest(contract, self._below, books)
            self._below = None
        return self._evidence

    def add(self, evidence: Evidence, entries: int, books: Books) -> None:
        """Take note of the log that is recorded next, with so many entries."""
        self._position, self._evidence, self._below = books.position + entries, evidence, None

    def take_back(self, position: int, reversals: int, books: Books) -> None:
        """Take note that it is withdrawn next, with so many reversals: the newest is then below its first entry."""
        self._position, self._below = books.position + reversals, position - 1


def _newest(contract: str | None, position: int, books: Books) -> Evidence | None:
    """The evidence of the newest log up to a position. A contract without pools has none."""
    if not any(contract_of(opening) == contract for opening in books.openings.values()):
        return None
    for _, event in books.past.back_from(position):
        if event.id not in books.reversed and contract_of(event.id) == contract and _names_a_log(event.evidence):
            return event.evidence
    return None


def _names_a_log(evidence: Evidence | None) -> bool:
    return evidence is not None and evidence.block is not None and evidence.log_index is not None
