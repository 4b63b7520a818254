"""Reversal: an earlier entry is undone by a further one that names it."""

from itertools import islice
from typing import Final, Literal, NamedTuple

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves, Posting, net, opposite, paired
from ledger.books import Books
from ledger.errors import ReversalRefused, UnknownName
from ledger.events.envelope import Event
from ledger.events.posted import PostedLine, lines_of, require_covered_shares
from ledger.events.setup import FundOpened, PoolOpened
from ledger.values import BORDER, EventId, Named, Text, instant_key

_NAMED_MAX: Final = 20
"""So many of the entries that stand in a reversal's way are named."""


class Reversed(NamedTuple):
    """The entry that a reversal undoes."""

    position: int
    event: Event


@dataclass(frozen=True, kw_only=True, config=BORDER)
class EntryReversed(Event):
    """An earlier entry is undone: its postings, its status and its part in every column of every report.

    `postings` are the original's, negated. It takes the original's time while that is in an open period, and else names
    it as `occurred_at`.
    """

    type: Literal["entry-reversed"] = "entry-reversed"
    of: Named[EventId]
    reason: Text
    postings: tuple[PostedLine, ...]

    def moves(self, charters: Charters) -> Moves:
        return paired(self.lines(charters))

    def lines(self, charters: Charters) -> list[Posting]:
        return lines_of(self.postings)

    def laws(self, books: Books) -> None:
        position, original = self._original(books)
        if original.type in ("entry-reversed", "period-closed"):
            raise ReversalRefused(f"{original.type} {self.of} stays: it is never reversed")
        if self.of in books.reversed:
            raise ReversalRefused(f"{original.type} {self.of} is reversed already")
        self._require_time(original, books)
        self._require_opposite(original, books)
        books.registers.require_correctable(self.moves(books.charters), position)
        require_covered_shares(self.lines(books.charters), books)
        if later := original.dependents(books, position):
            raise ReversalRefused(
                f"{original.type} {self.of} at position {position} has later entries that depend on it: "
                f"{_named(later, books)}; reverse them first, newest first, or post an adjustment"
            )
        original.require_undoable(books)

    def _original(self, books: Books) -> Reversed:
        found = books.past.find(self.of)
        if found is None or found[0] > books.position:
            raise UnknownName(f"no entry {self.of} was recorded before")
        return Reversed(*found)

    def _require_time(self, original: Event, books: Books) -> None:
        is_open = instant_key(original.at) > books.closed_through
        if is_open and self.at != original.at:
            raise ReversalRefused(f"the reversal of an entry of {original.at} takes its time, not {self.at}")
        if not is_open and self.occurred_at != original.at:
            raise ReversalRefused(
                f"the time of the original, {original.at}, is in a closed period: occurred_at must say it"
            )

    def _require_opposite(self, original: Event, books: Books) -> None:
        undone = net(original.lines(books.charters))
        for (account, commodity), amount in net(self.lines(books.charters)).items():
            if undone.pop((account, commodity), None) != -amount:
                raise ReversalRefused(f"{self.of} did not post {-amount} of {commodity} to {account}")
        for (account, commodity), amount in undone.items():
            if amount:
                raise ReversalRefused(f"{self.of} posted {amount} of {commodity} to {account}, which is not undone")

    def post(self, books: Books) -> None:
        books.sums.post_lines(self.lines(books.charters))
        books.registers.correct(self.moves(books.charters), self._original(books).position)

    def unpost(self, books: Books) -> None:
        undone = opposite(self.moves(books.charters))
        books.sums.add(undone)
        books.registers.correct(undone, self._original(books).position)

    def fold(self, books: Books) -> None:
        original = self._original(books).event
        for entries in original.histories(books):
            entries.pop()
        original.unfold(books)
        if self.at != original.at and isinstance(original, PoolOpened | FundOpened):
            books.former[original.charter().name] = original.charter()
        books.reversed.add(self.of)


def _named(positions: list[int], books: Books) -> str:
    """The ids of entries, of many only the first."""
    first, further = positions[:_NAMED_MAX], len(positions) - _NAMED_MAX
    ids = (event.id for at, event in books.past.since(first[0] - 1) if at in first)
    return ", ".join(islice(ids, len(first))) + (f" and {further} more" if further > 0 else "")
