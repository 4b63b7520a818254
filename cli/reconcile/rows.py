"""The rows of a reconciliation's breaks, as CSV, JSON and a workbook have them: those of a paper and those of many."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cli.reconcile.words import key_of, positions
from projections.reconciliation.breaks import Break
from projections.reconciliation.items import Item
from projections.rows import Units


class BreakRow(NamedTuple):
    """A break of a paper of a subject; the movements of a side stand apart by `; `, their amounts in base units."""

    subject: str
    break_id: str
    break_class: str
    party: str
    commodity: str
    effect: Units
    since: str
    age_days: int
    bucket: str
    material: str
    first_seen: str
    row: str
    ours: str
    ours_dates: str
    ours_amounts: str
    theirs: str
    theirs_references: str
    theirs_dates: str
    theirs_amounts: str
    entries: str
    rule: str
    evidence: str


def row_of(subject: str, one: Break) -> BreakRow:
    """The row of a break."""

    def joined(of: Sequence[Item], said: Callable[[Item], object]) -> str:
        return "; ".join(str(said(item)) for item in of)

    return BreakRow(
        subject=subject,
        break_id=one.id,
        break_class=one.class_,
        party=one.party,
        commodity=one.commodity,
        effect=Units(one.effect),
        since=one.since,
        age_days=one.age_days,
        bucket=one.bucket,
        material="yes" if one.material else "no",
        first_seen=one.first_seen,
        row=key_of(one),
        ours=joined(one.ours, lambda item: item.id),
        ours_dates=joined(one.ours, lambda item: item.day),
        ours_amounts=joined(one.ours, lambda item: item.amount),
        theirs=joined(one.theirs, lambda item: item.id),
        theirs_references=joined(one.theirs, lambda item: item.reference),
        theirs_dates=joined(one.theirs, lambda item: item.day),
        theirs_amounts=joined(one.theirs, lambda item: item.amount),
        entries=positions(one.trace),
        rule=one.rule,
        evidence=one.evidence,
    )
