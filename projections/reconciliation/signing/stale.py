"""What was recorded since a paper was made and would have been in it: by these entries its sign-off is stale."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ledger.accounts import net
from ledger.chart import side_of
from ledger.events import EntryReversed
from ledger.journal import Entry, Journal
from ledger.values import Timestamp
from projections.difference import DifferenceRow, difference
from projections.reading import Asked, Selection
from projections.reconciliation.items import Money
from projections.reconciliation.paper import OF_ACCOUNTS, Paper
from projections.reconciliation.standing import moment_of
from projections.reports import REPORTS


class StaleEntry(NamedTuple):
    """An entry that was recorded after a paper was made, and changes what the book says by its closing.

    `amount` (base units) is what it moves `account` by, positive where that grows on its normal side. At the level of
    balances `account` is the first number that it changed, by the fields that name it, and `amount` what that has
    changed by since in all.
    """

    position: int
    id: str
    type: str
    account: str
    amount: Money


def stale_entries(journal: Journal, paper: Paper, later: Sequence[Entry]) -> tuple[StaleEntry, ...]:
    """Which of the `later` entries, which follow the paper's position, change what it says. Those that are effective
    after its closing may be left out.

    An entry that was recorded since and undone since, both by the closing, changes nothing.
    """
    closing = moment_of(paper.closed_at)
    counting = _counting(later, closing[:-1].encode())
    if not counting:
        return ()
    if paper.subject.startswith(OF_ACCOUNTS):
        return tuple(_moving(journal, counting, paper.subject.removeprefix(OF_ACCOUNTS).split(",")))
    return tuple(_changing(journal, paper, closing, counting))


def _counting(later: Sequence[Entry], closing: bytes) -> list[Entry]:
    """Those that are effective by a time, without pairs of an entry and its reversal."""
    by_then = [entry for entry in later if entry.effective_key() <= closing]
    events = (entry.event() for entry in by_then if entry.type == EntryReversed.type)
    pairs = {event.id: event.of for event in events if isinstance(event, EntryReversed)}
    there = {entry.id for entry in by_then}
    undone = {i for reversal, of in pairs.items() if of in there for i in (reversal, of)}
    return [entry for entry in by_then if entry.id not in undone]


def _moving(journal: Journal, counting: Sequence[Entry], accounts: Sequence[str]) -> Iterator[StaleEntry]:
    owners = {owner.encode() for account in accounts for owner in account.split(":")[1:2]}
    named = [entry for entry in counting if any(owner in entry.content for owner in owners)]
    if not named:
        return
    selection = Selection(journal, Asked())
    selection.read_through()
    for entry in named:
        for (account, commodity), amount in sorted(net(entry.event().lines(selection.charters)).items()):
            if account in accounts and amount:
                signed = -amount if side_of(account, commodity) == "credit" else amount
                yield StaleEntry(entry.position, entry.id, entry.type, account, signed)


def _changing(journal: Journal, paper: Paper, closing: Timestamp, counting: Sequence[Entry]) -> Iterator[StaleEntry]:
    """The entries that changed a number of the report that is reconciled, by the closing."""
    name, _, field = paper.subject.partition(":")
    then = Asked(as_of=closing, position=paper.standing.position)
    now = Asked(as_of=closing, position=journal.head().position)
    rows = difference(REPORTS[name], journal, (then, now), {}).rows
    changed: dict[int, DifferenceRow] = {}
    undoing = {entry.event().of: entry for entry in counting if entry.type == EntryReversed.type}  # type: ignore[union-attr]  # what is of this type is a reversal
    for row in rows:
        if row.difference and (not field or row.field == field):
            for position in _causes(row, counting, undoing):
                changed.setdefault(position, row)
    for entry in counting:
        if (row_of := changed.get(entry.position)) is not None:
            yield StaleEntry(entry.position, entry.id, entry.type, _named(row_of), row_of.difference or 0)


def _causes(row: DifferenceRow, counting: Sequence[Entry], undoing: dict[Any, Entry]) -> list[int]:
    """The later entries that changed a number; all of them where they cannot be told apart.

    An entry of before that does not count any more was undone by a later one.
    """
    if row.entries is None:
        return [entry.position for entry in counting]
    return [undoing[one["id"]].position if one["id"] in undoing else one["position"] for one in row.entries]


def _named(row: DifferenceRow) -> str:
    """A number of a report, by the fields that name it."""
    return " ".join((row.report, *map(str, row.row.values()), row.field))
