"""The verb `export workbook`: reports as the sheets of one XLSX file; and what `-O xlsx` makes of a single report."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from cli.amounts import in_units
from cli.columns import columns, columns_of
from cli.main import Settings
from cli.options import asked, limited_to, named, point, require_workbook
from cli.output import Sheet, opened
from cli.places import existing
from cli.progress import undisturbed, watched
from cli.reports import require_known
from ledger.accounts import Charters
from ledger.journal import Journal
from ledger.values import AssetId, Json, Timestamp
from projections.difference import DifferenceRow
from projections.exports import workbook
from projections.reading import Asked, Selection
from projections.reports import REPORTS, Report
from projections.rollforward import RollforwardRow
from projections.rows import head

NAMELESS: Final = {name: report for name, report in REPORTS.items() if not report.needs}
"""The reports that need no name, and so can be sheets of one workbook."""

_RESHAPED: Final = (DifferenceRow, RollforwardRow)
"""What has its decimals from another report; what has a line for each period."""

_LIMITS: Final = tuple(dict.fromkeys(kind for report in NAMELESS.values() for kind in report.limits))


@click.command("workbook")
@click.option(
    "--report",
    "reports",
    type=click.Choice(list(NAMELESS)),
    multiple=True,
    metavar="NAME",
    help="A sheet of this report; may be given again. By default all but register and events.",
)
@limited_to(*_LIMITS)
@point
@click.option("-o", "--output-file", type=click.Path(path_type=Path, dir_okay=False), help="The file, FILE.xlsx.")
@click.pass_obj
def workbook_(
    settings: Settings,
    /,
    reports: tuple[str, ...],
    *,
    output_file: Path | None,
    **options: Any,  # noqa: ANN401  (click hands the options over)
) -> None:
    """Write reports as the sheets of one XLSX workbook, with a first sheet on where they stand.

    Amounts are in units. A column is numbers where a spreadsheet's 15 digits hold every amount and their sum, and
    otherwise text, exact to the last digit; the first sheet names those. A name such as @x is marked as text, so that
    no spreadsheet takes it for a formula. Under limits it holds the reports that all of them apply to.
    """
    require_workbook(output_file)
    point_asked, limits = asked(options), named(options)
    chosen = _chosen(reports, limits)
    journal = existing(settings)
    with undisturbed():
        sheets = _sheets(journal, chosen, point_asked, limits)
        with opened(output_file) as out:
            out.buffer.write(workbook_of(sheets, limits))


def workbook_of(sheets: Sequence[Sheet], limits: Mapping[str, str] | None = None) -> bytes:
    """The workbook of reports that stand at one point. Raises `UsageError` for what it has no place for."""
    about = [*_about(sheets[0].head), *(("limited to", f"{kind} {name}") for kind, name in (limits or {}).items())]
    for sheet in sheets:
        about += _ties(sheet)
    as_of: Timestamp | None = sheets[0].head.get("as_of")
    try:
        return workbook.workbook(about, [_laid_out(sheet) for sheet in sheets], created=as_of)
    except workbook.TooLarge as error:
        raise click.UsageError(f"{error}; -O csv, json and jsonl have no such limits") from None


def _chosen(reports: Sequence[str], limits: Mapping[str, str]) -> list[Report]:
    """The reports named, or else those that are not entry by entry and that every limit applies to."""
    asked_for = [NAMELESS[name] for name in dict.fromkeys(reports)]
    for report in asked_for:
        for kind in limits.keys() - {*report.limits}:
            raise click.UsageError(f"--{kind} does not limit the report {report.name}")
    apt = [report for report in NAMELESS.values() if not report.streams and limits.keys() <= {*report.limits}]
    if not (asked_for or apt):
        raise click.UsageError(f"no report is limited by {' and '.join(f'--{kind}' for kind in limits)}")
    return asked_for or apt


def _sheets(journal: Journal, reports: Sequence[Report], at: Asked, limits: Mapping[str, str]) -> list[Sheet]:
    """The reports, all of the same entries, whoever writes meanwhile."""
    head_position = journal.head().position
    fixed = at._replace(position=head_position if at.position is None else min(at.position, head_position))
    return [_sheet(journal, report, fixed, limits) for report in reports]


def _sheet(journal: Journal, report: Report, at: Asked, limits: Mapping[str, str]) -> Sheet:
    selection, total = Selection(journal, at), journal.head().position
    made = report.make(selection, limits, lambda entries: watched(entries, total=total, doing=report.name))
    rows = list(made.rows)
    require_known(limits, selection.charters)
    before = head(report.name, journal.name, selection.shown(), made.ties)
    return Sheet(report.row_type, rows, before, selection.charters)


def _laid_out(sheet: Sheet) -> workbook.Sheet:
    """A sheet row by row, without totals, so that a column can be summed; some reports are told in another shape."""
    rows = list(sheet.rows)
    laid_out = columns_of if rows and sheet.row_type in _RESHAPED else columns
    found = laid_out(rows, sheet.row_type, sheet.charters)
    return workbook.Sheet(_name(sheet), [workbook.Column(one.heading, one.cells, one.numeric) for one in found])


def _name(sheet: Sheet) -> str:
    return str(sheet.head["schema"]).removeprefix("recoup.").removesuffix("/1")


def _about(before: Json) -> Iterator[tuple[str, str]]:
    """What stands before a report's rows, a line for each part of it that says something."""
    for name, value in before.items():
        if name in ("schema", "ties") or value is None:
            continue
        for part in value if isinstance(value, list) else [value]:
            yield name.replace("_", " "), _told(part)


def _told(part: object) -> str:
    return ", ".join(f"{name} {value}" for name, value in part.items()) if isinstance(part, dict) else str(part)


def _ties(sheet: Sheet) -> Iterator[tuple[str, str]]:
    """What of a report was held against the trial balance."""
    for tie in sheet.head.get("ties", ()):
        amount = in_units(int(tie["amount"]), _decimals(tie["commodity"], sheet.charters))
        yield f"{_name(sheet)} ties to", f"{tie['accounts']}: {amount} {tie['commodity']}"


def _decimals(commodity: str, charters: Charters) -> int:
    return charters.assets.get(AssetId(commodity), 0)
