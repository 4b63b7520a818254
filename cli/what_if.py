"""The verb `what-if`: the book under other terms, beside the book as it is."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, get_args

import click
from pydantic import TypeAdapter, ValidationError

from cli.amounts import printable_lines
from cli.exits import Exit
from cli.files import Source
from cli.main import Settings
from cli.options import Form, asked_form, form
from cli.output import Sheet, write
from cli.places import existing
from cli.progress import undisturbed, watched
from ledger.journal import Journal
from ledger.terms import RecoveryPolicy
from ledger.values import Amount, FundId, Json, Named, PoolId
from ledger.waterfall import Waterfall
from ledger.what_if import Impossible, OtherCourse, Otherwise, what_if
from projections.reading import Asked, Selection
from projections.rows import head
from projections.what_if import WhatIfRow, what_if_rows

_WATERFALL: Final[TypeAdapter[Waterfall]] = TypeAdapter(Waterfall)
_BY_POOL: Final[TypeAdapter[dict[PoolId, Waterfall]]] = TypeAdapter(dict[Named[PoolId], Waterfall])
_AMOUNT: Final[TypeAdapter[int]] = TypeAdapter(Amount)
_LONGEST: Final = 1 << 20


@click.command("what-if")
@click.option(
    "--waterfall",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="JSON: the layers of every pool, or an object of each pool's.",
)
@click.option(
    "--fund",
    "funds",
    multiple=True,
    metavar="NAME=AMOUNT",
    help="As if the fund had held so much, in base units, at the first recognition of a shortfall.",
)
@click.option("--recovery", type=click.Choice(get_args(RecoveryPolicy)), help="The policy of every pool.")
@click.option("--pool", metavar="NAME", help="The waterfall and the policy are of this pool only.")
@click.option("--all", "every", is_flag=True, help="Show also what is the same in both.")
@form
@click.pass_obj
def what_if_(
    settings: Settings,
    /,
    waterfall: Path | None,
    funds: tuple[str, ...],
    recovery: RecoveryPolicy | None,
    pool: str | None,
    *,
    every: bool,
    **options: Any,  # noqa: ANN401  (click hands the options over)
) -> None:
    """Decide the book again under other terms, and show both outcomes side by side. Nothing is written to the book.

    Commands are decided again, and so are the resolutions and the allocations of imported facts; the rest stays. What
    the other terms make impossible is told, and then the exit code is 1.
    """
    to = asked_form(options)
    otherwise = Otherwise(
        waterfall=None if waterfall is None else read_waterfall(waterfall),
        recovery=recovery,
        pool=None if pool is None else PoolId(pool),
        funds=_amounts(funds),
    )
    journal = existing(settings)
    with undisturbed():
        other = what_if(
            journal,
            otherwise,
            watch=lambda entries: watched(entries, total=journal.head().position, doing="what-if"),
        )
        _show(journal, other, to, every=every)
    for one in other.impossible:
        click.echo(printable_lines(f"recoup: {spoken(one)}"), err=True)
    if other.impossible:
        raise click.exceptions.Exit(Exit.FINDINGS)


def read_waterfall(path: Path) -> Waterfall | Mapping[PoolId, Waterfall]:
    """The waterfall of a file: a list of layers, or one of each pool by name. Raises `UsageError` for anything else."""
    file = Source(path, longest=_LONGEST)
    file.require_readable()
    content = b"".join(file.lines()).strip()
    try:
        return _BY_POOL.validate_json(content) if content.startswith(b"{") else _WATERFALL.validate_json(content)
    except ValidationError as error:
        flaw = error.errors(include_url=False)[0]
        where = ".".join(map(str, flaw["loc"]))
        raise click.UsageError(f"{path}: {f'{where}: ' if where else ''}{flaw['msg']}") from None


def _amounts(funds: Iterable[str]) -> dict[FundId, int]:
    """The amounts of `NAME=AMOUNT`, by fund."""
    found: dict[FundId, int] = {}
    for told in funds:
        name, equals, text = told.partition("=")
        try:
            amount = _AMOUNT.validate_json(f'"{text}"')
        except ValidationError:
            equals = ""
            amount = 0
        if not name or not equals:
            raise click.UsageError(f"{told!r}: a fund is told as NAME=AMOUNT, in base units of its asset")
        if name in found:
            raise click.UsageError(f"fund {name} is told twice")
        found[FundId(name)] = amount
    return found


def _show(journal: Journal, other: OtherCourse, to: Form, *, every: bool) -> None:
    selection = Selection(journal, Asked(position=other.through))
    selection.read_through()
    rows = what_if_rows(journal, other.journal, through=other.through, every=every, watch=iter)
    before: Json = {
        **head("what-if", journal.name, selection.shown()),
        "impossible": [one._asdict() for one in other.impossible],
    }
    write(Sheet(WhatIfRow, rows, before, selection.charters), to)


def spoken(one: Impossible) -> str:
    """What is impossible, in words."""
    return f"entry {one.position}, {one.id}: {one.type} is {one.outcome}: {one.reason}"
