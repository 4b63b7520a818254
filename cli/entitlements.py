"""The verb `entitlements`: what those who bore a case were given back of it, were paid, and are still due."""

from typing import Any

import click

from cli.main import Settings
from cli.options import asked_form, form
from cli.output import Sheet, write
from cli.places import existing, kept
from cli.progress import undisturbed, watched
from ledger.book import Book
from ledger.values import CaseId, Json
from projections.entitlements import EntitlementRow, entitlement_rows


@click.command("entitlements")
@click.argument("case", metavar="ID")
@click.option("--position", type=click.IntRange(min=0), metavar="N", help="As the book stood at position N.")
@form
@click.pass_obj
def entitlements_(settings: Settings, /, case: str, *, position: int | None, **options: Any) -> None:  # noqa: ANN401
    """Show what each who bore a loss of a case bore of it, was given back, was paid, and is still due.

    A loss of a whole tranche was borne by those who held its shares when it fell, whoever holds them now.
    """
    to = asked_form(options)
    journal = existing(settings)
    head = journal.head().position
    book, through = (kept(journal), head) if position is None else (Book(journal), min(position, head))
    with undisturbed():
        entries = journal.read(book.position, through)
        book.catch_up(watched(entries, total=through, doing="entitlements"))
    if case not in book.books.cases:
        raise click.UsageError(f"no case {case} in this book at that point")
    before: Json = {"schema": "recoup.entitlements/1", "book": journal.name, "position": book.position}
    write(Sheet(EntitlementRow, list(entitlement_rows(book.books, CaseId(case))), before, book.books.charters), to)
