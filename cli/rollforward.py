"""The verb `rollforward`: from opening to closing, period by period."""

from typing import Any

import click

from cli.main import Settings
from cli.options import asked, asked_form, form, limited_to, named, point
from cli.reports import show
from cli.views import views_of
from projections.movements import WHAT
from projections.periods import LENGTHS, period_named
from projections.reading import Asked
from projections.reports import REPORTS
from projections.rollforward import TooMany


@click.command("rollforward")
@click.argument("what", type=click.Choice(WHAT))
@click.option(
    "--period",
    required=True,
    metavar="PERIOD",
    help="Each day, month, quarter or year; or one period: 2026-01-15, 2026-01, 2026-Q1, 2026.",
)
@limited_to("pool", "fund")
@point
@form
@click.pass_obj
def rollforward_(settings: Settings, /, *, period: str, **options: Any) -> None:  # noqa: ANN401
    """Show lenders' claims, funds, open deficits or loans from opening to closing, by kind of movement.

    Entries count in the period of their effective time, in UTC. One period is shown as of its end, unless an earlier
    time is asked for.
    """
    point_asked, to = asked(options), asked_form(options)
    point_asked, limits = _as_of_its_end(period, point_asked), named(options)
    owner = "fund" if limits["what"] == "fund" else "pool"
    if other := {"pool", "fund"} & limits.keys() - {owner}:
        raise click.UsageError(f"--{other.pop()} does not limit {limits['what']}: --{owner} does")
    try:
        show(views_of(settings), REPORTS["rollforward"], point_asked, {"period": period, **limits}, to)
    except TooMany as error:
        raise click.UsageError(f"{error}: name one, or ask for longer ones") from None


def _as_of_its_end(period: str, point_asked: Asked) -> Asked:
    """The point, not later than the end of the one period named. Raises `UsageError` for what is no period."""
    if period in LENGTHS:
        return point_asked
    try:
        last = period_named(period).last()
    except ValueError as error:
        raise click.UsageError(f"--period: {error}") from None
    as_of = point_asked.as_of
    return point_asked._replace(as_of=last if as_of is None or as_of[:-1] > last[:-1] else as_of)
