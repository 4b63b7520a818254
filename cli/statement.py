"""The verb `statement`: the account of one lender or one loan."""

from typing import Any

import click

from cli.main import Settings
from cli.options import Moment, asked, asked_form, form, limited_to, named, point
from cli.reports import show
from cli.views import views_of
from ledger.values import Timestamp
from projections.periods import start_of
from projections.reports import REPORTS
from projections.statement import KINDS, Unclear


class Beginning(Moment):
    """An instant in RFC 3339, or a bare date: the beginning of that day, UTC."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Timestamp:  # noqa: ANN401
        """The canonical instant."""
        try:
            return start_of(str(value))
        except ValueError as error:
            self.fail(f"{value!r}: {error}, or a date such as 2022-11-30", param, ctx)


@click.command("statement")
@click.argument("name", metavar="LENDER|LOAN")
@click.option("--kind", type=click.Choice(KINDS), help="Which of the two, where one name is of both.")
@limited_to("pool", "tranche")
@click.option("--from", "since", type=Beginning(), metavar="TIME", help="Open with what stood just before.")
@click.option("--sum-earned", is_flag=True, help="Interest and rounding between other movements in one line.")
@point
@form
@click.pass_obj
def statement_(settings: Settings, /, *, sum_earned: bool, **options: Any) -> None:  # noqa: ANN401
    """Show the account of one lender or loan: opening, each movement with the entry that made it, closing.

    A lender has an account for each pool and tranche, a loan one for its debt and one for each asset held for it.
    """
    point_asked, to = asked(options), asked_form(options)
    since = options["since"]
    if since is not None and point_asked.as_of is not None and since[:-1] > point_asked.as_of[:-1]:
        raise click.UsageError(f"--from {since} is later than --as-of {point_asked.as_of}")
    limits = {**named(options), **({"earned": "sum"} if sum_earned else {})}
    try:
        show(views_of(settings), REPORTS["statement"], point_asked, limits, to)
    except Unclear as error:
        raise click.UsageError(f"{error}{_hint(str(error))}") from None


def _hint(said: str) -> str:
    return ", with --kind lender or --kind loan" if said.endswith("which kind") else ""
