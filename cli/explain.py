"""The verb `explain`: a number opened, down to the entries that made it."""

from typing import Any, Final

import click

from cli.main import Settings
from cli.options import Form, asked, asked_form, form, point
from cli.output import Sheet, opened, write
from cli.places import existing
from cli.progress import undisturbed, watched
from ledger.values import Json
from projections.explain.asked import KINDS, Explained, Subject, explain
from projections.explain.tree import NodeRow, PathRow, folded, nested, paths, within
from projections.rows import head

_MOST: Final = 10
"""So many parts of a number are shown to people, unless all are asked for."""


@click.command("explain")
@click.argument("ref", metavar="REF")
@click.option("--pool", metavar="NAME", help="Of a lender that is in several pools: this one.")
@click.option("--tranche", metavar="NAME", help="Of a lender that is in several tranches: this one.")
@click.option("--commodity", metavar="NAME", help="Of an account that holds several commodities: this one.")
@click.option("--depth", type=click.IntRange(min=0), metavar="N", help="Only N levels below the number.")
@click.option("--all", "everything", is_flag=True, help=f"In a table, more than {_MOST} parts of a number one by one.")
@point
@form
@click.pass_obj
def explain_(settings: Settings, /, ref: str, *, depth: int | None, everything: bool, **options: Any) -> None:  # noqa: ANN401
    """Open a number: the entries that made it, and behind each loss the loan, sales, draws and share.

    REF is lender:ID (what it is owed), fund:ID (what it holds), deficit:CASE (what is open of it) or account:NAME.
    Each number is the sum of the parts below it. What stands below as "because" explains it, and is not summed.
    In csv and jsonl each part is a row, with its path; in json parts stand in each other.
    """
    point_asked, to = asked(options), asked_form(options)
    subject = _subject(ref, **options)
    journal = existing(settings)
    total = journal.head().position
    with undisturbed():
        made = explain(journal, point_asked, subject, lambda entries: watched(entries, total=total, doing="explain"))
        tree = within(made.tree, depth)
        if to.format == "table" and not everything:
            tree = folded(tree, _MOST)
        before = {**head("explain", journal.name, made.shown), "ref": ref}
        _show(made._replace(tree=tree), before, to)


def _subject(ref: str, pool: str | None, tranche: str | None, commodity: str | None) -> Subject:
    """What REF names. Options that tell nothing apart are slips of the pen."""
    kind, separator, name = ref.partition(":")
    found = next((one for one in KINDS if one == kind), None)
    if found is None or not separator or not name:
        raise click.UsageError(f"{ref} is none of {', '.join(f'{one}:NAME' for one in KINDS)}")
    if found != "lender" and (pool or tranche):
        raise click.UsageError(f"--pool and --tranche tell lenders apart, {ref} is none")
    if found != "account" and commodity:
        raise click.UsageError(f"--commodity tells apart what an account holds, {ref} is none")
    return Subject(found, name, pool, tranche, commodity)


def _show(made: Explained, before: Json, to: Form) -> None:
    match to.format:
        case "table":
            from cli.tables import caption
            from cli.trees import print_tree

            with opened(to.file) as out:
                out.write(f"{caption(before)}\n")
                print_tree(made.tree, made.charters, out)
        case "json":
            write(Sheet(NodeRow, [nested(made.tree)], before, made.charters), to)
        case _:
            write(Sheet(PathRow, paths(made.tree), before, made.charters), to)
