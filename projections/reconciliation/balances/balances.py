"""The level of balances: the numbers of a report held against snapshots of them, and the paper that this comes to.

A number of a pool for which the snapshot says what had accrued is compared with that, folded on a copy of the books.

A number that is apart at one moment and at the following ones too is one break, as of the last of them. So the proof is
of the last moment, with every number that is compared, by commodity; by `COMMODITY FIELD` where several fields are in
one. A break that is gone by then is counted by itself, in `COMMODITY @ MOMENT`, whose balances are the sums of just the
numbers that are told there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from ledger.accounts import Charters
from ledger.errors import AskedAmiss
from ledger.journal import Journal
from ledger.values import AssetId, Json
from projections.reading import Asked, Selection, Watch
from projections.reconciliation.balances.causes import Cause, Within, causes
from projections.reconciliation.balances.compared import Compared, compared, runs_of
from projections.reconciliation.balances.covered import Before, key_of
from projections.reconciliation.balances.moments import Counting, Moment, counting
from projections.reconciliation.balances.stated import Subject, subject_of
from projections.reconciliation.balances.trace import Change
from projections.reconciliation.breaks import Break, Trace
from projections.reconciliation.continued import continued, movements_of
from projections.reconciliation.document import hash_of
from projections.reconciliation.items import FileMark, Snapshot
from projections.reconciliation.paper import EntryLine, Paper
from projections.reconciliation.proof import proof_of, summary_of
from projections.reconciliation.proposals.proposals import proposals_of
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import require_of_book, standing_of

AT: Final = " @ "
"""Stands between a commodity and the moment that a break is of, where that is not the last."""


def reconcile_balances(
    select: Callable[[Asked], Selection],
    journal: Journal,
    subject: str,
    snapshots: Sequence[Snapshot],
    rules: Rules,
    previous: Paper | None,
    *,
    watch: Watch = iter,
) -> Paper:
    """The paper of a subject, `REPORT` or `REPORT:FIELD`, against snapshots of one moment or of several.

    `previous` is the paper of the same subject before this one, None for the first. Raises `AskedAmiss` for a subject
    that is none, and for a paper before that is not of it or of this book; `SourceRefused` for a snapshot that cannot
    be compared.
    """
    of = subject_of(subject)
    _require(journal, subject, snapshots, previous)
    standing = standing_of(journal)
    counts = counting(select, standing.position, snapshots, watch)
    found = compared(journal, counts, of, watch)
    moments, closed_at = counts.moments, counts.moments[-1].said
    before = None if previous is None else Before(previous)
    told = causes(Within(journal, counts, of, rules, before), runs_of(found), watch)
    breaks = [_break(one, of, found, counts) for one in told]
    ours, theirs = _balances(found, told, moments)
    now = continued(breaks, previous, subject=subject, closed_at=closed_at, rules=rules)
    by_movement = {movements_of(one): one for one in now.breaks}
    named = [(by_movement[movements_of(one)], cause) for one, cause in zip(breaks, told, strict=True)]
    proof = proof_of(ours, theirs, now.breaks)
    return Paper(
        subject=subject,
        level="balances",
        standing=standing,
        opened_at=previous.closed_at if previous is not None else "",
        closed_at=closed_at,
        files=_files(moments),
        rules=rules,
        decimals=_decimals((row.commodity for row in proof), counts.charters),
        previous="" if previous is None else hash_of(previous),
        proof=proof,
        summary=summary_of(now.breaks),
        breaks=now.breaks,
        resolved=now.resolved,
        continued=now.rows,
        matched=found.matched,
        matched_sha256=found.matched_sha256,
        suggestions=(),
        proposals=proposals_of(now.breaks, journal, standing.position),
        traces=tuple(
            sorted((_trace(one, cause) for one, cause in named), key=lambda trace: (trace.commodity, trace.of))
        ),
        appendix=_appendix(named),
        covered=found.last,
        closed_block=moments[-1].block,
    )


def _require(journal: Journal, subject: str, snapshots: Sequence[Snapshot], previous: Paper | None) -> None:
    if not snapshots:
        raise AskedAmiss(f"{subject} is compared with a snapshot, and there is none")
    if previous is not None:
        if previous.subject != subject:
            raise AskedAmiss(f"the paper before is of {previous.subject}, not of {subject}")
        require_of_book(previous, journal)


def _break(cause: Cause, subject: Subject, found: Compared, counts: Counting) -> Break:
    """The break of a number, without its identity and age."""
    moments = counts.moments
    pair, verdict, moment = cause.run.pair, cause.verdict, moments[cause.run.moment]
    key: Json = key_of(subject, pair.name, counts.charters)
    if cause.run.moment < len(moments) - 1:
        key |= {"at": moment.at} if moment.block is None else {"block": moment.block}
    return Break(
        id="",
        class_=verdict.class_,
        commodity=_proven(cause, found, moments),
        effect=pair.apart,
        party=verdict.party,
        rule=verdict.rule,
        evidence=verdict.evidence,
        key=key,
        since=cause.parted_on,
        trace=tuple(sorted({one.position for one in cause.entries or cause.made})),
    )


def _proven(cause: Cause, found: Compared, moments: Sequence[Moment]) -> str:
    """Under which name a number is summed, at its moment."""
    pair, moment = cause.run.pair, cause.run.moment
    name = found.proven[pair.name.field, pair.commodity]
    return name if moment == len(moments) - 1 else f"{name}{AT}{moments[moment].told()}"


def _balances(
    found: Compared, told: Iterable[Cause], moments: Sequence[Moment]
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """What both sides come to: at the last moment in all, and at moments before in the numbers that are told there."""
    ours, theirs = dict(found.ours), dict(found.theirs)
    for cause in told:
        if cause.run.moment < len(moments) - 1:
            name, pair = _proven(cause, found, moments), cause.run.pair
            ours[name] = ours.get(name, 0) + (pair.ours or 0)
            theirs[name] = theirs.get(name, 0) + (pair.theirs or 0)
    return ours, theirs


def _trace(one: Break, cause: Cause) -> Trace:
    return Trace(
        of=one.id,
        commodity=one.commodity,
        difference=one.effect,
        agreed_at=cause.agreed_at,
        parted_on=cause.parted_on,
        entries=tuple(sorted(change.position for change in cause.entries)),
    )


def _appendix(named: Iterable[tuple[Break, Cause]]) -> tuple[EntryLine, ...]:
    """The entries that breaks name, each with what it changed."""
    cited: dict[tuple[Change, str, str], list[str]] = {}
    for one, cause in named:
        account = cause.run.pair.name.told()
        for change in dict.fromkeys((*cause.entries, *(cause.made if not cause.entries else ()))):
            cited.setdefault((change, account, cause.run.pair.commodity), []).append(one.id)
    return tuple(_lines(cited))


def _lines(cited: Mapping[tuple[Change, str, str], list[str]]) -> Iterator[EntryLine]:
    for (change, account, commodity), ids in sorted(cited.items()):
        yield EntryLine(
            position=change.position,
            at=change.at,
            type=change.type,
            id=change.id,
            account=account,
            commodity=commodity,
            amount=change.amount,
            cited_by=tuple(sorted(ids)),
        )


def _files(moments: Sequence[Moment]) -> tuple[FileMark, ...]:
    """The files, in the order of their moments; each once."""
    marks = (snapshot.file for moment in moments for snapshot in moment.snapshots)
    return tuple({mark.sha256: mark for mark in marks}.values())


def _decimals(names: Iterable[str], charters: Charters) -> dict[str, int]:
    """The decimals of what is proven, whose name begins with the commodity; shares and counts have none."""
    return {name: charters.assets.get(AssetId(name.split(" ")[0]), 0) for name in names}
