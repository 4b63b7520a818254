"""The verbs that check: `replay`."""

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cli.amounts import printable, printable_lines
from cli.exits import Exit
from cli.main import Settings
from cli.options import asked_form, form
from cli.output import Sheet, write
from cli.places import existing
from cli.progress import undisturbed, watched
from cli.views import kept_of
from ledger.audit import Override, Replay, replay
from ledger.books import Books
from ledger.decided_again import DecidedAgain
from ledger.events import AnyEvent
from ledger.journal import Entry, Journal
from ledger.journal.sqlite import SqliteJournal
from ledger.signed_off import SignedOff
from ledger.values import Json
from projections.identities import Identities
from projections.rows import Units

if TYPE_CHECKING:
    from projections.store.compared import Compared


class TotalsRow(NamedTuple):
    """The trial balance of one commodity: its accounts that are not at zero, and the sum of each side."""

    commodity: str
    accounts: int
    debit: Units
    credit: Units


@click.command("replay")
@click.option("--position", type=click.IntRange(min=0), metavar="N", help="Only through position N.")
@click.option("--audit", is_flag=True, help="Decide every stored command again, and compare.")
@form
@click.pass_obj
def replay_(settings: Settings, /, *, position: int | None, audit: bool, **options: Any) -> int:  # noqa: ANN401
    """Fold the journal into fresh books, checking every law again, and prove the trial balance of each commodity.

    With --audit every command that is stored is decided again on the books as they then were, and what follows from it
    has to be what is stored; sign-offs are held against the bytes of the entries that they name; and the projections in
    SQL, if there are any, are compared with the fold. A finding ends it with exit code 1, what could not be checked
    with 7.

    The two digests are of the events' bytes and of the balances, without recorded times: the same facts give the same
    digests on every machine.
    """
    to = asked_form(options)
    journal = existing(settings)
    again, signed_off = (DecidedAgain(), SignedOff(journal)) if audit else (None, None)
    proven = replayed(journal, position, again, signed_off)
    write(Sheet(TotalsRow, totals_rows(proven), _head(journal, proven), proven.books.charters), to)
    click.echo(spoken(proven), err=to.format != "table")
    if again is None or signed_off is None:
        return Exit.CLEAN
    ends = (
        _decided_again(again, proven.entries, err=to.format != "table"),
        _signed_off(signed_off, err=to.format != "table"),
        _compared(settings, journal, position, err=to.format != "table"),
    )
    return Exit.UNCHECKED if Exit.UNCHECKED in ends else max(ends)


def _compared(settings: Settings, journal: SqliteJournal, position: int | None, *, err: bool) -> Exit:
    """Compare the projections in SQL with the fold, where there are any, and say what that found."""
    database = kept_of(settings, journal)
    if database is None:
        return Exit.CLEAN
    from projections.store.compared import compare

    with undisturbed():
        found = compare(
            database,
            journal,
            through=position,
            watch=lambda entries, total: watched(entries, total=total, doing="compare"),
        )
    for finding in found.findings:
        click.echo(printable(f"projections: {finding}"), err=True)
    if unsaid := found.found - len(found.findings):
        click.echo(f"projections: {unsaid} further findings", err=True)
    for hindered in found.unchecked:
        click.echo(printable(f"projections: {hindered}"), err=True)
    if found.positions or found.unchecked:
        click.echo(_told_compared(found, journal.head().position), err=err)
    return Exit.UNCHECKED if found.unchecked else Exit.FINDINGS if found.found else Exit.CLEAN


def _told_compared(found: "Compared", head: int) -> str:
    """What comparing projections came to, and where those stand that are behind."""
    standing = sorted(set(found.positions.values()))
    at = f" at position {', '.join(map(str, standing))}" if standing else ""
    behind = f" (the journal is at {head})" if standing and standing != [head] else ""
    points = f" and {found.points} points" if found.points else ""
    unchecked = f", {len(found.unchecked)} could not be checked" if found.unchecked else ""
    projections = f"{len(found.positions)} projections{at}{behind}{points}"
    return f"{projections} compared with the fold: {found.found} findings{unchecked}"


def _decided_again(again: DecidedAgain, position: int, *, err: bool) -> Exit:
    """Say what deciding again found."""
    for finding in again.findings:
        click.echo(printable_lines(f"entry {finding.position}, {finding.id}: {finding.message}"), err=True)
    unchecked = sum(not finding.checked for finding in again.findings)
    found = len(again.findings) - unchecked
    told = f"{again.commands} commands of {position} entries decided again: {found} findings"
    click.echo(told + (f", {unchecked} could not be checked" if unchecked else ""), err=err)
    return Exit.UNCHECKED if unchecked else Exit.FINDINGS if found else Exit.CLEAN


def _signed_off(signed_off: SignedOff, *, err: bool) -> Exit:
    """Say what holding sign-offs against the journal found; nothing where there are none."""
    for finding in signed_off.findings:
        click.echo(printable_lines(f"entry {finding.position}, {finding.id}: {finding.message}"), err=True)
    if signed_off.steps:
        found = len(signed_off.findings)
        click.echo(f"{signed_off.steps} steps of sign-offs held against the journal: {found} findings", err=err)
    return Exit.FINDINGS if signed_off.findings else Exit.CLEAN


def replayed(
    journal: Journal,
    position: int | None,
    again: DecidedAgain | None = None,
    signed_off: SignedOff | None = None,
) -> Replay:
    """The replay of a journal, with progress, and with the identities of the reports held against it."""
    total = journal.head().position if position is None else position
    identities = Identities()
    weighing = [one.weigh for one in (again, signed_off) if one is not None]

    def weigh(entry: Entry, event: AnyEvent, books: Books) -> None:
        for one in weighing:
            one(entry, event, books)

    with undisturbed():
        proven = replay(
            journal,
            through=position,
            watch=lambda entries: watched(entries, total=total, doing="replay"),
            beside=identities.beside,
            weigh=weigh if weighing else None,
        )
        if again is not None:
            again.end()
        identities.hold(proven.books)
    return proven


def totals_rows(proven: Replay) -> list[TotalsRow]:
    """The trial balance of every commodity."""
    return [TotalsRow(one.commodity, one.accounts, Units(one.debit), Units(one.credit)) for one in proven.totals]


def spoken(proven: Replay) -> str:
    """What a replay found, in words."""
    balanced = f"debits equal credits in {len(proven.totals)} commodities"
    digests = f"events sha256 {proven.events}\nsums   sha256 {proven.sums}"
    overrides = "".join(f"{_told(one)}\n" for one in proven.overrides)
    laws = f"every law holds, overrides: {len(proven.overrides)}" if overrides else "every law holds"
    return printable_lines(f"{proven.entries} entries replayed, {laws}, {balanced}\n{overrides}{digests}")


def _told(one: Override) -> str:
    return f"entry {one.position}, {one.id}, leaves the waterfall's order: {printable(one.reason)}"


def _head(journal: Journal, proven: Replay) -> Json:
    return {
        "schema": "recoup.replay/1",
        "book": journal.name,
        "position": proven.entries,
        "events_sha256": proven.events,
        "sums_sha256": proven.sums,
        "overrides": [one._asdict() for one in proven.overrides],
    }
