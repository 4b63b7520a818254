"""The verbs that report: one for each line in the register of reports."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from cli.main import VERBS, Settings
from cli.options import Form, asked, asked_form, form, limited_to, named, point
from cli.output import Sheet, write
from cli.places import existing
from cli.progress import undisturbed, watched
from ledger.accounts import Charters
from ledger.journal import Journal
from projections.reading import Asked, Selection
from projections.reports import REPORTS, Report
from projections.rows import head


def show(journal: Journal, report: Report, point_asked: Asked, limits: dict[str, str], to: Form) -> None:
    """Write a report of a journal. Raises `UsageError` for a case that is not there at the point asked for."""
    total = journal.head().position
    selection = survey = Selection(journal, point_asked)
    with undisturbed():
        if report.streams and to.format in ("json", "table"):
            survey.read_through()
            selection = Selection(journal, point_asked._replace(position=survey.shown().position))
        made = report.make(selection, limits, lambda entries: watched(entries, total=total, doing=report.name))
        rows = made.rows
        if not report.streams or to.format in ("json", "table"):
            _require_known(limits, survey.charters)
        if report.name == "case":
            rows = iter(_of_a_case(rows, limits["case"]))
        before = head(report.name, journal.name, survey.shown(), made.ties)
        write(Sheet(report.row_type, rows, before, selection.charters), to)


def _require_known(limits: Mapping[str, str], charters: Charters) -> None:
    """A pool or fund that was never opened is a slip of the pen, not one without losses."""
    for kind, known in (("pool", charters.pools), ("fund", charters.funds)):
        if kind in limits and limits[kind] not in known:
            raise click.UsageError(f"no {kind} {limits[kind]} in this book at that point")


def _of_a_case(rows: Iterable[tuple[Any, ...]], case: str) -> list[tuple[Any, ...]]:
    found = list(rows)
    if not found:
        raise click.UsageError(f"no case {case} in this book at that point")
    return found


def verb_of(name: str) -> click.Command:
    """The verb of a report, with the options that it takes."""
    report = REPORTS[name]

    @click.pass_obj
    def verb(settings: Settings, /, **options: Any) -> None:  # noqa: ANN401  (click hands the options over)
        point_asked, to = asked(options), asked_form(options)
        show(existing(settings), report, point_asked, named(options), to)

    limited = limited_to(*report.limits)(point(form(verb)))
    return click.command(name, help=VERBS[name].purpose)(limited)


funds_ = verb_of("funds")
deficits_ = verb_of("deficits")
loans_ = verb_of("loans")
pools_ = verb_of("pools")
trial_balance_ = verb_of("trial-balance")
register_ = verb_of("register")
events_ = verb_of("events")


@click.command("case")
@click.argument("case", metavar="ID")
@point
@form
@click.pass_obj
def case_(settings: Settings, /, case: str, **options: Any) -> None:  # noqa: ANN401
    """Show one case as a waterfall, step by step."""
    point_asked, to = asked(options), asked_form(options)
    show(existing(settings), REPORTS["case"], point_asked, {"case": case}, to)
