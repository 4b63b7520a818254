"""The verbs that report: one for each line in the register of reports."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from itertools import chain
from typing import Any, Final

import click

from cli.main import VERBS, Settings
from cli.options import HEADED, Form, asked, asked_form, form, limited_to, named, point
from cli.output import Sheet, write
from cli.progress import undisturbed, watched
from cli.views import Views, views_of
from ledger.accounts import Charters
from projections.entries import never_named
from projections.reading import Asked, Selection
from projections.reports import REPORTS, Report, Reported
from projections.rows import head

_NEAR: Final = 3
"""So many names like one that is not there are told."""

_LOOKED_AT: Final = 10_000
"""Of more names than these none is looked for: it would take longer than the report."""


def show(views: Views, report: Report, point_asked: Asked, limits: dict[str, str], to: Form) -> None:
    """Write a report of a book.

    Raises `UsageError` for a case, pool or fund that is not there at the point asked for, and for another name if there
    are no rows and no entry of the book has it.
    """
    with undisturbed():
        found = views.served(report, limits, point_asked) or _folded(views, report, point_asked, limits, to)
        rows = found.made.rows if report.name != "case" else iter(_of_a_case(found.made.rows, limits["case"]))
        first = next(rows, None)
        if first is None or not report.streams or to.format in HEADED:
            require_known(limits, found.charters)
        if first is None:
            _require_named(limits, views)
        else:
            rows = chain((first,), rows)
        before = head(report.name, views.journal.name, found.shown, found.made.ties)
        write(Sheet(report.row_type, rows, before, found.charters), to)


def _folded(views: Views, report: Report, point_asked: Asked, limits: dict[str, str], to: Form) -> Reported:
    """A report folded from the journal. Of one that streams, what stands before it is found out first."""
    total = views.journal.head().position
    selection = survey = views.selection(point_asked)
    if report.streams and to.format in HEADED:
        survey.read_through()
        selection = views.selection(point_asked._replace(position=survey.shown().position))
    made = report.make(selection, limits, lambda entries: watched(entries, total=total, doing=report.name))
    charters = survey.charters if report.streams and to.format in HEADED else selection.charters
    return Reported(made, survey.shown(), charters)


def require_known(limits: Mapping[str, str], charters: Charters) -> None:
    """A pool or fund that was never opened is a slip of the pen, not one without losses."""
    for kind, known in (("pool", charters.pools), ("fund", charters.funds)):
        if kind in limits and limits[kind] not in known:
            raise click.UsageError(f"no {kind} {limits[kind]} in this book at that point")


def _require_named(limits: Mapping[str, str], views: Views) -> None:
    """A loan, case or lender that no entry ever named is a slip of the pen too, not one of which there is nothing."""
    asked = {kind: limits[kind] for kind in ("loan", "case", "lender") if kind in limits}
    if not asked:
        return
    total = views.journal.head().position
    selection = Selection(views.journal, Asked())
    others = never_named(selection, asked, lambda entries: watched(entries, total=total, doing="names"))
    if others:
        told = (f"no {kind} {asked[kind]} in this book{_near(asked[kind], names)}" for kind, names in others.items())
        raise click.UsageError("; ".join(told))


def _near(name: str, names: Collection[str]) -> str:
    """Names like one, unless there are too many names to look for them."""
    near = get_close_matches(name, sorted(names), n=_NEAR) if len(names) <= _LOOKED_AT else []
    return f", near it are {', '.join(near)}" if near else ""


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
        show(views_of(settings), report, point_asked, named(options), to)

    limited = limited_to(*report.limits)(point(form(verb)))
    return click.command(name, help=VERBS[name].purpose)(limited)


funds_ = verb_of("funds")
deficits_ = verb_of("deficits")
loans_ = verb_of("loans")
pools_ = verb_of("pools")
trial_balance_ = verb_of("trial-balance")
register_ = verb_of("register")
events_ = verb_of("events")
aging_ = verb_of("aging")
recovery_ = verb_of("recovery")
risk_ = verb_of("risk")


@click.command("case")
@click.argument("case", metavar="ID")
@point
@form
@click.pass_obj
def case_(settings: Settings, /, case: str, **options: Any) -> None:  # noqa: ANN401
    """Show one case as a waterfall, step by step."""
    point_asked, to = asked(options), asked_form(options)
    show(views_of(settings), REPORTS["case"], point_asked, {"case": case}, to)
