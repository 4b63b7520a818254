"""The verb `diff`: a report at two points, field by field, with the entries between them that changed it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from cli.main import Settings
from cli.options import Moment, Verb, asked_form, form, limited_to, named
from cli.output import Sheet, write
from cli.places import existing
from cli.progress import undisturbed, watched
from cli.reports import require_known
from ledger.journal import Journal
from ledger.values import Json
from projections.difference import Difference, DifferenceRow, difference
from projections.entries import KINDS
from projections.reading import Asked, Shown
from projections.reports import REPORTS, Report
from projections.rows import head

_LIMITS: Final = tuple(dict.fromkeys(kind for report in REPORTS.values() for kind in (*report.limits, *report.needs)))
_KNOWN: Final = "known:"


class Point(click.ParamType[Asked]):
    """A position, a time or a date, `known:` and a time or a date, or `now`."""

    name = "point"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Asked:  # noqa: ANN401
        """What a report is asked for."""
        text = str(value)
        if text == "now":
            return Asked()
        if text.isascii() and text.isdigit():
            return Asked(position=int(text))
        if text.startswith(_KNOWN):
            return Asked(known_at=Moment().convert(text.removeprefix(_KNOWN), param, ctx))
        return Asked(as_of=Moment().convert(text, param, ctx))


def _as_its_own_verb(*kinds: str) -> Callable[[Verb], Verb]:
    """Options such as `--period`, which say what a report is of."""

    def add(verb: Verb) -> Verb:
        for kind in reversed(kinds):
            of = ", ".join(report.name for report in REPORTS.values() if kind in (*report.limits, *report.needs))
            verb = click.option(f"--{kind}", metavar="TEXT", help=f"Of {of}, as in its own verb.")(verb)
        return verb

    return add


@click.command("diff")
@click.argument("report", type=click.Choice(list(REPORTS)), metavar="REPORT")
@click.argument("before", type=Point(), metavar="A")
@click.argument("after", type=Point(), metavar="B")
@limited_to(*(kind for kind in _LIMITS if kind in KINDS))
@_as_its_own_verb(*(kind for kind in _LIMITS if kind not in KINDS))
@form
@click.pass_obj
def diff_(
    settings: Settings,
    /,
    report: str,
    before: Asked,
    after: Asked,
    **options: Any,  # noqa: ANN401  (click hands the options over)
) -> None:
    """Show how a report differs between two points, and which entries between them changed each field.

    A and B are each a position (120), a time or a date by which things took effect (2022-11-30), by which they were
    recorded (known:2022-11-30), or now. An entry changed a field if the field is another once it is folded.
    """
    to, limits, of = asked_form(options), named(options), REPORTS[report]
    _require_apt(of, limits)
    journal = existing(settings)
    with undisturbed():
        found = _compared(of, journal, (before, after), limits)
        _require_there(found, limits)
        write(Sheet(DifferenceRow, found.rows, _head(of, journal.name, found), found.charters), to)
    if not found.told:
        click.echo(
            f"recoup: there are too many entries between the two points, {found.between:,}, to tell which of them "
            "changed what; points that are closer, or a report of fewer rows, let it",
            err=True,
        )


def _compared(report: Report, journal: Journal, points: tuple[Asked, Asked], limits: Mapping[str, str]) -> Difference:
    """The difference. What a report makes nothing of is a slip of the pen, where it is more than a name."""
    total = journal.head().position
    try:
        return difference(report, journal, points, limits, lambda entries: watched(entries, total=total, doing="diff"))
    except ValueError as error:
        if limits.keys() <= {*KINDS}:
            raise
        raise click.UsageError(str(error)) from None


def _require_apt(report: Report, limits: Mapping[str, str]) -> None:
    """Only limits that the report has, and those that it needs."""
    for kind in limits.keys() - {*report.limits, *report.needs}:
        raise click.UsageError(f"--{kind} does not limit the report {report.name}")
    for kind in sorted({*report.needs} - limits.keys()):
        raise click.UsageError(f"the report {report.name} is of one {kind}: --{kind} names it")


def _require_there(found: Difference, limits: Mapping[str, str]) -> None:
    """A name that no row has at either point is a slip of the pen; a pool or a fund may be without rows."""
    require_known(limits, found.charters)
    others = [f"{kind} {name}" for kind, name in limits.items() if kind not in ("pool", "fund")]
    if others and found.is_empty:
        raise click.UsageError(f"no {', '.join(others)} in this book at either point")


def _head(report: Report, book: str, found: Difference) -> Json:
    return {
        **head("diff", book, found.after),
        "report": report.name,
        "before": _stands(found.before),
        "between": found.between,
    }


def _stands(shown: Shown) -> Json:
    return {name: part for name, part in head("", "", shown).items() if name not in ("schema", "book")}
