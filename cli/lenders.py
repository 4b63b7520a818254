"""The verb that reports on lenders: what each is owed, or who bore which case."""

from typing import Any

import click

from cli.main import VERBS, Settings
from cli.options import asked, asked_form, form, limited_to, named, point
from cli.reports import show
from cli.views import Views, views_of
from projections.reading import Asked
from projections.reports import REPORTS


@click.command("lenders", help=VERBS["lenders"].purpose)
@click.option("--losses", is_flag=True, help="Who bore which case, and what came back of it.")
@limited_to("pool", "lender")
@click.option("--case", metavar="NAME", help="Only this case; with --losses.")
@point
@form
@click.pass_obj
def lenders_(settings: Settings, /, *, losses: bool, **options: Any) -> None:  # noqa: ANN401  (click hands them over)
    """Show what each lender is owed, or what it bore of each case."""
    point_asked, to, limits = asked(options), asked_form(options), named(options)
    if "case" in limits and not losses:
        raise click.UsageError("--case limits what lenders bore: it goes with --losses")
    views = views_of(settings)
    if "case" in limits:
        _require_case(limits["case"], views, point_asked)
    show(views, REPORTS["lender-losses" if losses else "lenders"], point_asked, limits, to)


def _require_case(case: str, views: Views, point_asked: Asked) -> None:
    """A case that is not there is a slip of the pen, not one that no lender bore anything of."""
    if not any(REPORTS["deficits"].make(views.selection(point_asked), {"case": case}, iter).rows):
        raise click.UsageError(f"no case {case} in this book at that point")
