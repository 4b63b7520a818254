"""The steps of a reconciliation that show: `show`, `breaks` and `export`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cli.exits import Exit
from cli.options import FORMATS, Form
from cli.options import asked_form as asked_rows_form
from cli.output import Sheet, opened, write
from cli.places import existing
from cli.reconcile.group import Reconciling
from cli.reconcile.options import FORMS, asked_form, paper_asked, paper_form, say
from cli.reconcile.rows import BreakRow, row_of
from cli.reconcile.subject import subject_of
from ledger.accounts import Charters, no_charters
from ledger.journal import Journal
from ledger.values import AssetId, Json
from projections.reconciliation.breaks import CLASSES, Break
from projections.rows import Units

if TYPE_CHECKING:
    from projections.reconciliation.paper import Paper
    from projections.reconciliation.workpapers import WorkingPapers
    from projections.reconciliation.workpapers.rows import KeptPaper


class SubjectRow(NamedTuple):
    """A subject and a commodity of its last paper: as each side closes, what is open and unexplained, who signed it.

    `sign_off` is `none`, `prepared`, `reviewed` or `signed`; `stale` how many entries were recorded for it since.
    """

    subject: str
    commodity: str
    closed_at: str
    statement: Units
    book: Units
    open: int
    difference: Units
    unexplained: Units
    sign_off: str
    stale: int
    report: str


@click.command("show")
@click.argument("subject", metavar="[SUBJECT]", required=False)
@click.option("--paper", metavar="SHA256", help="Another paper than the last one; its first digits do.")
@paper_form
@click.pass_obj
def show_(
    at: Reconciling,
    /,
    subject: str | None,
    paper: str | None,
    output_format: str | None,
    output_file: Path | None,
) -> int:
    """Show the last paper of a subject; without one, every subject: as it closes, what is open, who signed it."""
    journal = existing(at.settings)
    papers = at.papers(journal)
    if subject is None:
        if paper is not None:
            raise click.UsageError("--paper is of a SUBJECT")
        return _show_subjects(journal, papers, output_format, output_file)
    to = asked_form(output_format, output_file)
    found = paper_asked(papers, subject_of(subject), paper).paper
    _write(found, journal, to)
    return Exit.FINDINGS if found.breaks else Exit.CLEAN


@click.command("export")
@click.argument("subject", metavar="SUBJECT")
@click.option(
    "-o",
    "--output-file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="FILE.html, .xlsx, .csv or .json; by its end it is told which.",
)
@click.option("-O", "--output-format", type=click.Choice(FORMS[1:]), help="By default as the file ends.")
@click.option("--paper", metavar="SHA256", help="Another paper than the last one; its first digits do.")
@click.pass_obj
def export_(at: Reconciling, /, subject: str, output_file: Path, output_format: str | None, paper: str | None) -> None:
    """Write the paper for others: a page to read and to print, a workbook, the breaks as CSV, the document as JSON."""
    to = asked_form(output_format, output_file)
    if to.format == "table":
        raise click.UsageError(f"{output_file} ends as none of {', '.join(FORMS[1:])}; -O names one of them")
    journal = existing(at.settings)
    found = paper_asked(at.papers(journal), subject_of(subject), paper)
    _write(found.paper, journal, to)
    say(f"{output_file}: paper {found.sha256} of {found.paper.subject}")


@click.command("breaks")
@click.argument("subject", metavar="[SUBJECT]", required=False)
@click.option("--class", "class_", type=click.Choice(CLASSES), metavar="CLASS", help="Only this class.")
@click.option("--resolved", is_flag=True, help="Those that the last paper found resolved, not those that are open.")
@click.option("-o", "--output-file", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
@click.option("-O", "--output-format", type=click.Choice(FORMATS), help="By default as the file ends, or table.")
@click.pass_obj
def breaks_(
    at: Reconciling,
    /,
    subject: str | None,
    class_: str | None,
    *,
    resolved: bool,
    **options: Any,  # noqa: ANN401  (click hands the options over)
) -> int:
    """Show the open breaks of the last paper of a subject, or of every subject, each with its rule and evidence."""
    to = asked_rows_form(options)
    journal = existing(at.settings)
    papers = at.papers(journal)
    kept = _latest(papers) if subject is None else iter((paper_asked(papers, subject_of(subject), None),))
    found = [
        (one.paper, tuple(of for of in (one.paper.resolved if resolved else one.paper.breaks) if _is_of(of, class_)))
        for one in kept
    ]
    if to.format == "table":
        _print(found, to)
    else:
        rows = [row_of(paper.subject, one) for paper, breaks in found for one in breaks]
        write(Sheet(BreakRow, rows, _head("reconciliation-breaks", journal), _charters(found)), to)
    return Exit.FINDINGS if not resolved and any(breaks for _, breaks in found) else Exit.CLEAN


def _is_of(one: Break, class_: str | None) -> bool:
    return class_ in (None, one.class_)


def _write(paper: "Paper", journal: Journal, to: Form) -> None:
    from cli.reconcile.paper import write_paper
    from projections.reconciliation.signing.signing import sign_off_of

    write_paper(paper, sign_off_of(journal, paper), to)


def _print(found: "list[tuple[Paper, tuple[Break, ...]]]", to: Form) -> None:
    from cli.reconcile.paper import print_breaks

    with opened(to.file) as out:
        for paper, breaks in found:
            if len(found) > 1:
                out.write(f"{paper.subject}, {paper.closed_at}\n")
            print_breaks(breaks, paper.decimals, out)


# All subjects.


def _show_subjects(journal: Journal, papers: "WorkingPapers", name: str | None, file: Path | None) -> int:
    if name == "html" or (name is None and file is not None and file.suffix == ".html"):
        raise click.UsageError("a page is of one SUBJECT")
    head, kept = _head("reconciliations", journal), list(_latest(papers))
    rows = [row for one in kept for row in _subject_rows(one, journal)]
    to = asked_rows_form({"output_format": name, "output_file": file})
    found = [(one.paper, one.paper.breaks) for one in kept]
    write(Sheet(SubjectRow, rows, head, _charters(found)), to)
    return Exit.FINDINGS if any(one.paper.breaks for one in kept) else Exit.CLEAN


def _latest(papers: "WorkingPapers") -> "Iterator[KeptPaper]":
    """The last paper of every subject."""
    return (one for subject in papers.subjects() if (one := papers.latest(subject)) is not None)


def _subject_rows(kept: "KeptPaper", journal: Journal) -> Iterator[SubjectRow]:
    """A subject, commodity by commodity."""
    from projections.reconciliation.signing.signing import sign_off_of

    paper, sign_off = kept.paper, sign_off_of(journal, kept.paper)
    for commodity in dict.fromkeys(row.commodity for row in paper.proof):
        said = {row.line: row.amount for row in paper.proof if row.commodity == commodity and row.side != "proof"}
        breaks = [one for one in paper.breaks if one.commodity == commodity]
        statement, book = said.get("balance per statement", 0), said.get("balance per book", 0)
        yield SubjectRow(
            subject=paper.subject,
            commodity=commodity,
            closed_at=paper.closed_at,
            statement=Units(statement),
            book=Units(book),
            open=len(breaks),
            difference=Units(book - statement),
            unexplained=Units(paper.unexplained().get(commodity, 0)),
            sign_off=sign_off.state,
            stale=len(sign_off.stale),
            report=kept.sha256,
        )


def _head(report: str, journal: Journal) -> Json:
    return {"schema": f"recoup.{report}/1", "book": journal.name, "position": journal.head().position}


def _charters(found: "list[tuple[Paper, tuple[Break, ...]]]") -> Charters:
    """What tells the decimals of the commodities: the papers do."""
    charters = no_charters()
    for paper, _ in found:
        charters.assets.update({AssetId(name): decimals for name, decimals in paper.decimals.items()})
    return charters
