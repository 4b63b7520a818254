"""The reconciliation of an account with statements, entry by line: the paper, whole, and what was matched."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from ledger.errors import AskedAmiss
from ledger.journal import Journal
from ledger.values import Json
from projections.exports.text import in_units
from projections.reading import Watch
from projections.reconciliation.breaks import Break, Match, Proposal
from projections.reconciliation.continued import Continued, recognized, rolled_forward
from projections.reconciliation.document import hash_of
from projections.reconciliation.items import Item, SourceRefused, Statement
from projections.reconciliation.matching.matched import matched
from projections.reconciliation.movements.appendix import appendix_of, matched_rows
from projections.reconciliation.movements.beside import entry_of
from projections.reconciliation.movements.classes import classified
from projections.reconciliation.movements.first_period import after_opening, with_outstanding
from projections.reconciliation.movements.matches import matches_document
from projections.reconciliation.movements.ours import ours_of
from projections.reconciliation.movements.period import Period, identified, period_of
from projections.reconciliation.movements.settled import cut_off_by, met_since, proposed_among, settled_by
from projections.reconciliation.movements.tracing import trace_of
from projections.reconciliation.paper import OF_ACCOUNTS, UNEXPLAINED, Confirmed, Matched, Ours, Paper
from projections.reconciliation.proof import proof_of, summary_of
from projections.reconciliation.proposals.proposals import proposals_of
from projections.reconciliation.rules import Rules


def reconcile_account(
    journal: Journal,
    subject: str,
    statements: Sequence[Statement],
    rules: Rules,
    previous: Paper | None,
    confirmed: Sequence[Confirmed] = (),
    *,
    position: int | None = None,
    watch: Watch = iter,
) -> tuple[Paper, Matched]:
    """The paper of a subject `account:NAME[,NAME...]` beside statements, and what was matched for it.

    `previous` is the paper on the statement before, None for the first; `confirmed` is what people said belongs
    together; `position` is of the last entry that counts, None for all. The same is asked and stands in the book: the
    same paper, whatever the order of statements, lines and confirmations.

    Raises `SourceRefused` for statements that do not follow each other or the paper before, and `AskedAmiss` for a
    subject, a position or a paper before that is not of this book.
    """
    accounts = _accounts_of(subject, previous)
    period = period_of(statements, previous)
    ours = ours_of(
        journal,
        accounts,
        rules,
        opened_at=period.opened_at,
        closed_at=period.closed_at,
        carried=previous,
        position=position,
        watch=watch,
    )
    _require_commodity(ours, period)
    ours = with_outstanding(ours, period.lines, rules)
    asked = _Asked(subject, rules, previous, tuple(confirmed), period, ours)
    found, open_ = _compared(asked)
    return _paper(asked, found, open_, journal), found


class _Asked(NamedTuple):
    """What is compared: both sides, by which rules, and what was before."""

    subject: str
    rules: Rules
    previous: Paper | None
    confirmed: tuple[Confirmed, ...]
    period: Period
    ours: Ours

    def before(self) -> tuple[Break, ...]:
        """The open breaks of the paper before."""
        return self.previous.breaks if self.previous is not None else ()


def _accounts_of(subject: str, previous: Paper | None) -> tuple[str, ...]:
    accounts = tuple(dict.fromkeys(subject.removeprefix(OF_ACCOUNTS).split(",")))
    if not subject.startswith(OF_ACCOUNTS) or not all(accounts):
        raise AskedAmiss(f"{subject} names no account: {OF_ACCOUNTS}NAME[,NAME...] is compared with statements")
    if previous is not None and previous.subject != subject:
        raise AskedAmiss(f"the paper before is of {previous.subject}, not of {subject}")
    return accounts


def _require_commodity(ours: Ours, period: Period) -> None:
    stated = period.statements[0]
    if stated.commodity != ours.commodity:
        of = ", ".join(ours.accounts)
        raise SourceRefused(stated.file.name, (f"is in {stated.commodity}, but {of} is kept in {ours.commodity}",))


def _compared(asked: _Asked) -> tuple[Matched, Continued]:
    """What is matched and what is open, with what was proposed for breaks, and recorded, matched to these.

    What is proposed for a break settles it once the break is known: so all is compared without these entries first,
    then with those that settle nothing, until nothing more is settled.
    """
    items = asked.ours.items
    settled: tuple[Match, ...] = ()
    unused, compared = proposed_among(items)
    own = {entry_of(item) for item in items} if unused else set()
    whole = not unused
    while True:
        found, open_ = _compared_with(asked, compared, settled)
        more = tuple(settled_by(unused, open_.breaks, own))
        if whole and not more:
            return found, open_
        asked = asked._replace(period=identified(asked.period, [line for one in open_.breaks for line in one.theirs]))
        settled = (*settled, *more)
        used = {entry_of(item) for one in settled for item in one.ours}
        unused = {name: entries for name, entries in unused.items() if used.isdisjoint(map(entry_of, entries))}
        whole = not (more and unused)
        compared = _without(items if whole else compared, settled)


def _without(items: Sequence[Item], settled: Sequence[Match]) -> tuple[Item, ...]:
    used = {entry_of(item) for one in settled for item in one.ours}
    return tuple(item for item in items if entry_of(item) not in used)


def _compared_with(asked: _Asked, items: Sequence[Item], settled: Sequence[Match]) -> tuple[Matched, Continued]:
    """What is matched and what is open among these movements of ours and all lines, beside what is settled."""
    rules, period, previous = asked.rules, asked.period, asked.previous
    found = matched(items, _unsettled(period.lines, settled), rules, asked.confirmed)
    found = met_since(found, asked.before())
    later = proposed_among(asked.ours.later)
    breaks = classified(
        found,
        asked.ours._replace(later=later.others),
        period.pending,
        rules,
        closed_at=period.closed_at,
        previous=previous,
        files=[file.name for file in period.files],
    )
    compared = sum(item.amount for item in (*items, *(item for one in settled for item in one.ours)))
    held_back = sum(item.amount for item in asked.ours.items) - compared
    breaks = (*breaks, *_remainder(asked, breaks, held_back))
    known = recognized(breaks, previous, subject=asked.subject, closed_at=period.closed_at, rules=rules)
    open_ = rolled_forward(cut_off_by(later.of, known), previous)
    return found._replace(matches=(*settled, *found.matches)), open_


def _unsettled(lines: Sequence[Item], settled: Sequence[Match]) -> Sequence[Item]:
    """The lines without those that are settled, which have their identity."""
    gone = {line.id for one in settled for line in one.theirs}
    return [line for line in lines if line.id not in gone] if gone else lines


def _remainder(asked: _Asked, breaks: Sequence[Break], held_back: int) -> Iterator[Break]:
    """What of the difference no movement shows, such as an opening unlike ours; `held_back` is not compared yet."""
    ours, period = asked.ours, asked.period
    difference = ours.closing - held_back - period.closing
    remainder = difference - sum(one.effect for one in breaks)
    if not remainder:
        return
    key: Json = {"remainder": ours.commodity}
    if asked.previous is None and ours.opening - period.opening == remainder:
        rule = "the balances differed before the first statement"
        told = f"we open with {_told(ours, ours.opening)}, they with {_told(ours, period.opening)}"
    else:
        rule = "a difference of the balances that no movement shows"
        told = (
            f"the balances are {_told(ours, difference)} apart, all other breaks {_told(ours, difference - remainder)}"
        )
    yield Break(
        id="",
        class_=UNEXPLAINED,
        commodity=ours.commodity,
        effect=remainder,
        party="unknown",
        rule=rule,
        evidence=told,
        key=key,
        since="" if any(one.key == key for one in asked.before()) else period.opened_at[:10],
    )


def _told(ours: Ours, amount: int) -> str:
    return f"{in_units(amount, ours.decimals)} {ours.commodity}"


def _proposals(asked: _Asked, breaks: Sequence[Break], journal: Journal) -> tuple[Proposal, ...]:
    ours, opened_at = asked.ours, asked.period.opened_at
    proposals = proposals_of(breaks, journal, ours.standing.position, accounts=ours.accounts)
    return after_opening(proposals, opened_at) if asked.previous is None and opened_at else proposals


def _paper(asked: _Asked, found: Matched, open_: Continued, journal: Journal) -> Paper:
    ours, period, commodity = asked.ours, asked.period, asked.ours.commodity
    traces = trace_of(asked.subject, ours, period, open_.breaks, asked.rules, asked.previous)
    return Paper(
        subject=asked.subject,
        level="transactions",
        standing=ours.standing,
        opened_at=period.opened_at,
        closed_at=period.closed_at,
        files=period.files,
        rules=asked.rules,
        decimals={commodity: ours.decimals},
        previous=hash_of(asked.previous) if asked.previous is not None else "",
        proof=proof_of({commodity: ours.closing}, {commodity: period.closing}, open_.breaks),
        summary=summary_of(open_.breaks),
        breaks=open_.breaks,
        resolved=open_.resolved,
        continued=open_.rows,
        matched=matched_rows(found.matches),
        matched_sha256=sha256(matches_document(found.matches)).hexdigest(),
        suggestions=found.suggestions,
        proposals=_proposals(asked, open_.breaks, journal),
        traces=traces,
        appendix=appendix_of((*ours.items, *ours.later, *ours.elsewhere), open_.breaks, found.suggestions, traces),
    )
