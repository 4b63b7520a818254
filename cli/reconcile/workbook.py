"""The paper of a reconciliation as a workbook: a sheet for each of its parts, amounts in units, exact."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from cli.columns import Column
from cli.reconcile import sheets
from cli.reconcile.words import moment, subject_of, verdict_of
from ledger.values import Timestamp
from projections.exports import workbook
from projections.reconciliation.document import hash_of
from projections.reconciliation.paper import Paper

if TYPE_CHECKING:
    from projections.reconciliation.signing.signing import SignOff


def workbook_of(paper: Paper, sign_off: "SignOff | None") -> bytes:
    """The bytes of the workbook, the same for the same paper. Raises `UsageError` for what it has no place for."""
    found = [_laid_out(name, columns) for name, columns in _parts(paper, sign_off)]
    day = paper.closed_at[:10]
    created = Timestamp(paper.closed_at if "T" in paper.closed_at else f"{day}T00:00:00Z") if day else None
    try:
        return workbook.workbook([*_about(paper, sign_off)], found, created=created)
    except workbook.TooLarge as error:
        raise click.UsageError(f"{error}; -O json and html have no such limits") from None


def _about(paper: Paper, sign_off: "SignOff | None") -> Iterator[tuple[str, str]]:
    stands = paper.standing
    yield "reconciliation of", subject_of(paper)
    yield "from", moment(paper.opened_at)
    yield "to", moment(paper.closed_at)
    yield "result", verdict_of(paper)
    if sign_off and sign_off.stale:
        yield "stale", f"{len(sign_off.stale):,} entries were recorded for this account since: the sheet stale has them"
    yield "book", stands.book
    yield "position", str(stands.position)
    yield "last entry", stands.through
    yield "its SHA-256", stands.head
    yield "report", hash_of(paper)
    yield "report before", paper.previous or "none: this is the first"
    yield "list of matches", paper.matched_sha256


def _parts(paper: Paper, sign_off: "SignOff | None") -> Iterator[tuple[str, list[Column]]]:
    yield "proof", sheets.proof(paper)
    yield "summary", sheets.summary(paper)
    yield "open breaks", sheets.breaks(paper.breaks, paper.decimals)
    yield "resolved", sheets.breaks(paper.resolved, paper.decimals)
    yield "movements", sheets.movement_columns(sheets.movements(paper), paper.decimals)
    yield "roll-forward", sheets.continued(paper)
    yield "suggestions", sheets.suggestions(paper)
    yield "proposed entries", sheets.proposals(paper)
    yield "traces", sheets.traces(paper)
    yield "matched", sheets.matched(paper)
    yield "appendix", sheets.appendix(paper)
    yield "files", sheets.files(paper)
    yield "rules", sheets.rules(paper)
    yield "sign-off", sheets.steps(sign_off)
    if sign_off and sign_off.stale:
        yield "stale", sheets.stale(sign_off, paper)


def _laid_out(name: str, columns: Sequence[Column]) -> workbook.Sheet:
    return workbook.Sheet(name, [workbook.Column(one.heading, one.cells, one.numeric) for one in columns])
