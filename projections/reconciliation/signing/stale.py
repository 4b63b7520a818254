"""What was recorded since a paper was made and would have been in it: by these entries its sign-off is stale."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ledger.accounts import net
from ledger.chart import side_of
from ledger.events import EntryReversed
from ledger.journal import Entry, Journal
from ledger.values import EventId, Timestamp
from projections.attribution import Attribution, Points, attributed
from projections.differing import Rows, by_key, differing, fields_of
from projections.reading import Asked, Selection, Shown
from projections.reconciliation.balances.covered import Covered
from projections.reconciliation.balances.moments import Counting, Moment, counting_again
from projections.reconciliation.balances.numbers import number_of
from projections.reconciliation.balances.reading import made
from projections.reconciliation.balances.stated import Name, subject_of
from projections.reconciliation.items import Money
from projections.reconciliation.paper import OF_ACCOUNTS, Paper
from projections.reconciliation.standing import moment_of
from projections.reports import Report


class StaleEntry(NamedTuple):
    """An entry that was recorded after a paper was made, and changes what the book says by its closing.

    `amount` (base units of `commodity`) is what it moves `account` by, positive where that grows on its normal side. At
    the level of balances `account` is the first number that it changed, by the fields that name it, `amount` what that
    has changed by since in all, and `commodity` under what the paper sums it.
    """

    position: int
    id: str
    type: str
    account: str
    amount: Money
    commodity: str = ""


def closing_of(paper: Paper) -> Moment:
    """The moment of a paper's closing, by which entries count."""
    return Moment(moment_of(paper.closed_at), paper.closed_block, ())


def stale_entries(journal: Journal, paper: Paper, later: Iterable[Entry]) -> tuple[StaleEntry, ...]:
    """Which of the `later` entries, which follow the paper's position, change what it says. Those that do not count by
    its closing may be left out.

    An entry that was recorded since and undone since, both by the closing, changes nothing.
    """
    closing = closing_of(paper)
    counting = [entry for entry in later if closing.has(entry)]
    if not counting:
        return ()
    if paper.subject.startswith(OF_ACCOUNTS):
        return tuple(_moving(journal, _standing(counting), paper.subject.removeprefix(OF_ACCOUNTS).split(",")))
    return tuple(_changing(journal, paper, closing, counting))


def _undoing(entries: Iterable[Entry]) -> dict[EventId, Entry]:
    """The reversals among entries, by what they undo."""
    events = ((entry, entry.event()) for entry in entries if entry.type == EntryReversed.type)
    return {event.of: entry for entry, event in events if isinstance(event, EntryReversed)}


def _standing(entries: Sequence[Entry]) -> list[Entry]:
    """The entries without pairs of one and its reversal."""
    there, undoing = {entry.id for entry in entries}, _undoing(entries)
    gone = {i for of, reversal in undoing.items() if of in there for i in (reversal.id, of)}
    return [entry for entry in entries if entry.id not in gone]


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
                yield StaleEntry(entry.position, entry.id, entry.type, account, signed, commodity)


class _Changed:
    """A number that is compared, and is another now: by how much, and by which entries."""

    def __init__(self, commodity: str) -> None:
        self.commodity = commodity
        self.amount = 0
        self.entries: dict[int, Entry] = {}


def _changing(journal: Journal, paper: Paper, closing: Moment, counting: Sequence[Entry]) -> Iterator[StaleEntry]:
    """The entries that changed a number that is compared, each with the first of these; all that count, where those
    that changed it cannot be told apart.
    """
    undoing, named = _undoing(counting), dict[int, tuple[Entry, Name, _Changed]]()
    for name, changed in _changed(journal, paper, closing).items():
        for cause in (changed.entries.values() or counting) if changed.amount else ():
            entry = undoing.get(cause.id, cause)
            named.setdefault(entry.position, (entry, name, changed))
    for position, (entry, name, changed) in sorted(named.items()):
        yield StaleEntry(position, entry.id, entry.type, name.told(), changed.amount, changed.commodity)


def _changed(journal: Journal, paper: Paper, closing: Moment) -> dict[Name, _Changed]:
    """The numbers that are compared and touched by what counts now and did not when the paper was made, or did."""
    report, covered = subject_of(paper.subject).report, Covered(paper.covered)
    (before, after), found = _ends(journal, report, paper.standing.position, closing)
    changed: dict[Name, _Changed] = {}
    for pair in differing(before, after):
        row = pair.after or pair.before or ()
        keys = tuple((key, str(getattr(row, key))) for key in report.keys)
        differs = [field.name for field in fields_of(report, pair)]
        for field in covered.fields(differs):
            name, number = covered.name_of(field, keys), number_of(report, field)
            if name is not None:
                one = changed.setdefault(name, _Changed(_summed_as(number(row)[1], field, paper)))
                one.amount += sum(sign * number(end)[0] for sign, end in ((-1, pair.before), (1, pair.after)) if end)
                parts = [part for part in differs if part == field or part.startswith(f"{field}.")]
                causes = [entry for part in parts for entry in (found.of(pair, part) if found else ())]
                one.entries |= {entry.position: entry for entry in causes}
    return changed


def _ends(
    journal: Journal, report: Report, position: int, closing: Moment
) -> tuple[tuple[Rows, Rows], Attribution | None]:
    """The rows by the closing, as of a position and as of now, with what changed them unless that takes too much."""
    then, now = (Selection(journal, Asked(position=last)) for last in (position, journal.head().position))
    here, there = counting_again(then, now, closing)
    shown = Shown(there.position, Timestamp(closing.at), None, 0, 0)
    points = Points((_taken(here), _taken(there)), (shown, shown), there.charters)
    found = attributed(report, journal, points, {})
    if found is not None and found.ends is not None:
        return found.ends, found
    before, after = (by_key(report, made(report, journal, one, 0, ())) for one in (here, there))
    return (before, after), found


def _taken(of: Counting) -> set[int]:
    return {position for position in range(1, of.position + 1) if of.counts(position, 0)}


def _summed_as(commodity: str, field: str, paper: Paper) -> str:
    """Under which name the paper sums what is counted in a commodity."""
    return next((name for name in (commodity, f"{commodity} {field}") if name in paper.decimals), commodity)
