"""The verb `report`: one self-contained page for a period or a case, to be opened, printed or sent."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import click

from cli.main import Settings
from cli.options import asked, limited_to, point
from cli.output import opened
from cli.progress import undisturbed, watched
from cli.reports import require_known
from cli.views import views_of
from ledger.values import Timestamp
from projections.page.content import Content, Scope, content
from projections.periods import Period, just_before, period_named, start_of
from projections.reading import Asked

_LIBRARIES: Final = ("altair", "jinja2", "vl_convert")
_NEEDS: Final = "a page needs altair, jinja2 and vl-convert-python: pip install 'recoup[html]'"


class Named(click.ParamType[Period]):
    """A calendar period by its name."""

    name = "period"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Period:  # noqa: ANN401
        """The period."""
        try:
            return period_named(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command("report")
@click.option(
    "-o",
    "--output-file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="The file to write, such as page.html; - for standard output.",
)
@click.option("--period", type=Named(), metavar="PERIOD", help="What moved in a day, month, quarter or year: 2026-Q1.")
@limited_to("case", "pool")
@click.option("--title", metavar="TEXT", help="What the page is headed.")
@point
@click.pass_obj
def report_(
    settings: Settings,
    /,
    output_file: Path,
    period: Period | None,
    case: str | None,
    pool: str | None,
    title: str | None,
    **options: Any,  # noqa: ANN401
) -> None:
    """Write one page for a period or a case: key figures, waterfall, funds over time, who bore what, and the tables.

    The file loads nothing when it is viewed. Without a period or a case it is of all that is shown.
    """
    _require_libraries()
    point_asked = asked(options)
    scope = Scope(point_asked, pool=pool, case=case) if period is None else _of_period(period, point_asked, case, pool)
    views = views_of(settings)
    total = views.journal.head().position
    with undisturbed():
        read = content(views.selection, total, scope, lambda entries: watched(entries, total=total, doing="report"))
        _require_there(read, scope)
        text = _written(read, title or _title(scope, period), views.journal.name)
    with opened(None if str(output_file) == "-" else output_file) as out:
        out.write(text)


def _require_libraries() -> None:
    """Refuse a page that could not be drawn, before anything is read for it."""
    if not all(find_spec(library) for library in _LIBRARIES):
        raise click.UsageError(_NEEDS)


def _of_period(period: Period, point_asked: Asked, case: str | None, pool: str | None) -> Scope:
    if point_asked.as_of is not None:
        raise click.UsageError("--period says as of when: its end; leave out --as-of")
    if case is not None:
        raise click.UsageError("a page is of a period or of a case; leave out --period or --case")
    opening = just_before(start_of(period.start.isoformat()))
    return Scope(point_asked._replace(as_of=Timestamp(period.last())), opening=opening, pool=pool)


def _require_there(read: Content, scope: Scope) -> None:
    """A pool or a case that is not there is a slip of the pen."""
    require_known(scope.limits("pool"), read.charters)
    if scope.case is not None and not (read.steps and read.deficits):
        where = "this book" if scope.pool is None else f"pool {scope.pool}"
        raise click.UsageError(f"no case {scope.case} in {where} at that point")


def _title(scope: Scope, period: Period | None) -> str:
    if scope.case is not None:
        return f"Case {scope.case}"
    of = "" if scope.pool is None else f" of pool {scope.pool}"
    return f"Defaults and recoveries{of}" + ("" if period is None else f", {period.name}")


def _written(read: Content, title: str, book: str) -> str:
    from cli.page_text import page_of
    from projections.page.html import html

    return html(page_of(read, title, book))
