"""Why a number is apart: what our entries say of it, and of which class that makes it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from ledger.events import EntryReversed
from ledger.journal import Entry, Journal
from ledger.shares import borrowing, price
from ledger.values import LoanId, PartyId, PoolId, TrancheId
from projections.balances import BalancesFold
from projections.reading import Watch
from projections.reconciliation.balances.accrual import accruals, with_accrued
from projections.reconciliation.balances.classes import Apart, Quotient, Undone, Verdict, verdict_of
from projections.reconciliation.balances.compared import Run
from projections.reconciliation.balances.covered import Before
from projections.reconciliation.balances.moments import Counting
from projections.reconciliation.balances.numbers import Pair
from projections.reconciliation.balances.reading import Folds, stops
from projections.reconciliation.balances.stated import Subject
from projections.reconciliation.balances.trace import (
    Change,
    Tracing,
    Watched,
    change_by,
    entries_max,
    read,
    smallest_set,
)
from projections.reconciliation.paper import Paper
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import moment_key
from projections.reports import Folded

_UNDONE_MAX: Final = 24
"""So many of the newest entries that are reversed are tried."""

_MADE_MAX: Final = 50
"""So many of the newest entries that made a number are named."""


class Within(NamedTuple):
    """What causes are looked for in, and the paper before, None for the first."""

    journal: Journal
    counting: Counting
    subject: Subject
    rules: Rules
    before: Before | None


class Cause(NamedTuple):
    """A number that is apart, its class, and where it comes from.

    `agreed_at` is when both sides agreed last, and `parted_on` the first day on which they do not. `entries` are those
    that show the class, or the smallest set since then that makes the difference; none where none was found. `made`
    are the newest of all entries since then that changed our number.
    """

    run: Run
    verdict: Verdict
    agreed_at: str
    parted_on: str
    entries: tuple[Change, ...]
    made: tuple[Change, ...]


class _Facts(NamedTuple):
    """What the books say of a number at its moment, beside the number itself."""

    plain: int | None = None
    quotient: Quotient | None = None
    undone: tuple[Undone, ...] = ()


def causes(within: Within, runs: Sequence[Run], watch: Watch) -> list[Cause]:
    """The cause of each number that is apart, in order, with one more reading of the journal for all of them."""
    watched = [Watched(within.subject.report, run.pair, within.counting.charters) for run in runs]
    _open_windows(within, runs, watched)
    facts: dict[int, _Facts] = {}
    if isinstance(within.subject.report.make, Folded):
        for course in within.counting.courses():
            places = [place for place, run in enumerate(runs) if run.moment in course]
            if places:
                facts |= _follow(
                    within, course, {place: (runs[place].moment, watched[place]) for place in places}, watch
                )
    return [_cause(within, run, watched[place], facts.get(place, _Facts())) for place, run in enumerate(runs)]


def _open_windows(within: Within, runs: Iterable[Run], watched: Sequence[Watched]) -> None:
    """Of which entries each number hears: the newest by its moment, and a quarter as many after that."""
    first = within.counting.first
    newest = entries_max(within.subject.report, sum(len(one.rows) for one in watched))
    reached: dict[int, int] = {}
    for run, one in zip(runs, watched, strict=True):
        if run.moment not in reached:
            reached[run.moment] = max((place for place, at in enumerate(first, 1) if at <= run.moment), default=0)
        one.window = range(max(reached[run.moment] - newest, 0), reached[run.moment] + (newest >> 2) + 1)


def _follow(
    within: Within, course: range, watched: Mapping[int, tuple[int, Watched]], watch: Watch
) -> dict[int, _Facts]:
    """Hear of every entry of a course, and look at each number at its moment."""
    found: dict[int, _Facts] = {}
    folds = Folds(within.subject.report, within.counting.charters, with_accounts=True)
    tracing = Tracing(within.subject.report, [one for _, one in watched.values()])
    for moment, stopped in stops(within.journal, within.counting, course, folds, watch, tracing.heard):
        here = {place: one for place, (at, one) in watched.items() if at == moment}
        if here:
            found |= _facts(within, moment, stopped, here)
    return found


def _facts(within: Within, moment: int, folds: Folds, watched: Mapping[int, Watched]) -> Iterator[tuple[int, _Facts]]:
    counting, report = within.counting, within.subject.report
    events = accruals(counting.moments[moment], counting.charters)
    accounts = (with_accrued(folds, events, counting.position) if events else folds).accounts
    keys = {values for one in watched.values() for values in one.rows}
    plain = read(report, folds, keys)
    undone: dict[int, list[Undone]] = {place: [] for place in watched}
    for entry, reversal in _undone(within, moment, {owner for one in watched.values() for owner in one.owners}):
        copied = folds.copy()
        copied.take(entry.position, entry.event())
        rows = read(report, copied, keys)
        for place, one in watched.items():
            if change := one.of(rows) - one.of(plain):
                undone[place].append(Undone(change_by(reversal, -change), change_by(entry, change).told()))
    for place, one in watched.items():
        yield (
            place,
            _Facts(
                plain=one.of(plain) if events else None,
                quotient=None if accounts is None else _quotient(within, one.pair, accounts),
                undone=tuple(undone[place]),
            ),
        )


def _undone(within: Within, moment: int, owners: Iterable[str]) -> Iterator[tuple[Entry, Entry]]:
    """The newest entries of some pools and funds that a moment finds undone, each with its reversal."""
    counting, left = within.counting, _UNDONE_MAX
    known, reversals = {*owners}, dict[str, Entry]()
    for position in sorted(counting.undone, reverse=True):
        if not left:
            return
        if counting.first[position - 1] <= moment and counting.undone[position] <= moment:
            entry = next(within.journal.read(position - 1, position))
            event = entry.event()
            if isinstance(event, EntryReversed):
                reversals[event.of] = entry
            elif known & {getattr(event, "pool", ""), getattr(event, "fund", "")}:
                left -= 1
                yield entry, reversals[entry.id]


def _quotient(within: Within, pair: Pair, accounts: BalancesFold) -> Quotient | None:
    """How a number of shares is rounded; None for any other."""
    if len(pair.rows) != 1:
        return None
    match within.subject.report.name, pair.name.field:
        case "lenders", "balance":
            return _worth(within, pair, accounts)
        case "loans", "debt":
            return _debt(within, pair, accounts)
        case _:
            return None


def _worth(within: Within, pair: Pair, accounts: BalancesFold) -> Quotient:
    """A lender's balance: shares of what the tranche owes, rounded down."""
    pool, tranche, lender, _ = pair.rows[0]
    charter = within.counting.charters.pools[PoolId(pool)]
    register = charter.tranches[TrancheId(tranche)]
    claims = -accounts.balance(register.claims, charter.asset)
    at = price(claims, -accounts.balance(register.issued, register.shares), charter)
    shares = accounts.balance(register.holder(PartyId(lender)), register.shares)
    return Quotient(shares, at.numerator, at.denominator, "down")


def _debt(within: Within, pair: Pair, accounts: BalancesFold) -> Quotient | None:
    """A loan's debt where a pool keeps it in shares: its part of what all loans owe, rounded up."""
    pool, loan, _ = pair.rows[0]
    charter = within.counting.charters.pools[PoolId(pool)]
    if not charter.pooled:
        return None
    issued = -accounts.balance(charter.debt_issued, charter.debt_shares)
    of = borrowing(accounts.balance(charter.loans, charter.asset), issued, charter)
    return Quotient(accounts.balance(charter.debtor(LoanId(loan)), charter.debt_shares), of.owed, of.issued, "up")


def _cause(within: Within, run: Run, watched: Watched, facts: _Facts) -> Cause:
    counting, pair = within.counting, run.pair
    moment = counting.moments[run.moment]
    before = _agreed_before(within, run)
    agreed_at = counting.moments[run.agreed].said if run.agreed is not None else (before.closed_at if before else "")
    changes = watched.changes
    counted = [one for one in changes if counting.counts(one.position, run.moment)]
    since = [one for one in counted if _is_since(one, counting, run, before)]
    snapshots = moment.snapshots if pair.snapshot is None else (pair.snapshot,)
    verdict = verdict_of(
        Apart(
            name=pair.name.told(),
            ours=pair.ours,
            theirs=pair.theirs,
            day=moment.day,
            rules=within.rules,
            precisions=(within.rules.precision, *(snapshot.precision for snapshot in snapshots)),
            finalized=max((one.finalized for one in snapshots if one.finalized is not None), default=None),
            agreed=_told(agreed_at, counting, run),
            plain=facts.plain,
            quotient=facts.quotient,
            changes=tuple(changes),
            since=tuple(since),
            later=tuple(one for one in changes if counting.first[one.position - 1] > run.moment),
            undone=tuple(one for one in facts.undone if _is_since(one.by, counting, run, before)),
            opposite=run.opposite,
        )
    )
    if run.again is not None:
        verdict = verdict._replace(evidence=f"{verdict.evidence}; equal again at {counting.moments[run.again].told()}")
    entries = verdict.entries or (smallest_set(since, pair.apart, within.rules) if agreed_at else ())
    began = counting.moments[run.began].day
    parted_on = min((began, *(_counts_from(one, agreed_at) for one in entries)))
    return Cause(run, verdict, agreed_at, parted_on, entries, tuple(since[-_MADE_MAX:]))


def _counts_from(change: Change, agreed_at: str) -> str:
    """The day from which on a change counts, as seen from when both sides agreed.

    That is the day of its effect, or that of its recording where it was learnt of later.
    """
    if not agreed_at or moment_key(change.at) > moment_key(agreed_at):
        return change.day
    return max(change.recorded[:10], agreed_at[:10])


def _told(agreed_at: str, counting: Counting, run: Run) -> str:
    return agreed_at if run.agreed is None else counting.moments[run.agreed].told()


def _is_since(change: Change, counting: Counting, run: Run, before: Paper | None) -> bool:
    """Whether an entry did not count where both sides agreed last."""
    if run.agreed is not None:
        return counting.first[change.position - 1] > run.agreed
    if before is None:
        return True
    if change.position > before.standing.position:
        return True
    if change.block is not None and before.closed_block is not None:
        return change.block > before.closed_block
    return moment_key(change.at) > moment_key(before.closed_at)


def _agreed_before(within: Within, run: Run) -> Paper | None:
    """The paper before, where both sides agreed on a number at its closing, and at no moment since."""
    before = within.before
    agreed = (
        run.agreed is None
        and before is not None
        and before.has(within.subject, run.pair.name, within.counting.charters)
    )
    return before.paper if before is not None and agreed else None
