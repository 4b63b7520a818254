"""The verb `record`: a command or a fact, or a file of both, becomes entries, and what they are is shown."""

import json
import sys
from dataclasses import replace
from inspect import getdoc
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

import click
from click.shell_completion import CompletionItem

from cli.amounts import printable_lines
from cli.arguments import KINDS, fields_of, from_units, read, require_kind
from cli.changes import changes, json_changes, print_changes
from cli.files import Source
from cli.main import Settings
from cli.places import existing, kept, made, tried
from cli.progress import undisturbed
from cli.receipts import document, entries, open_deficits, print_entries, print_receipt
from cli.recording import fresh_id, name_of, now, recorder
from ledger.book import Book, Recording
from ledger.commands import COMMANDS, AnyCommand, read_back
from ledger.desk import Desk
from ledger.errors import InputRefused
from ledger.events import CATALOGUE, AnyEvent
from ledger.journal.rehearsal import Rehearsal
from ledger.receipt import Receipt
from ledger.receipt import receipt as receipt_of
from ledger.sources.commands import told
from ledger.sources.json_lines import LINE_MAX
from ledger.values import Json


class RecordCommand(click.Command):
    """A command whose help lists all that can be recorded."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  (click's)
        """The commands in groups, and the facts."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, command in COMMANDS.items():
            group = command.__module__.rpartition(".")[2].capitalize()
            groups.setdefault(group, []).append((name, (getdoc(command) or "").partition("\n")[0]))
        for group, commands in groups.items():
            with formatter.section(group):
                formatter.write_dl(commands)
        with formatter.section("Facts, recorded as they are"):
            for line in wrap(", ".join(CATALOGUE), formatter.width - 2, break_on_hyphens=False):
                formatter.write(f"  {line}\n")


def _names(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in KINDS if name.startswith(incomplete)]


@click.command("record", cls=RecordCommand)
@click.argument("name", metavar="COMMAND", required=False, shell_complete=_names)
@click.argument("fields", nargs=-1, metavar="KEY=VALUE...")
@click.option("--id", metavar="ID", help="Its id: the same again adds nothing. Default: a fresh one.")
@click.option(
    "--at", metavar="TIME", help="When it takes effect, in RFC 3339. Default: now; for a known id, the time it has."
)
@click.option("--units", is_flag=True, help="Amounts are in units of their asset (12.50), not in base units (1250).")
@click.option(
    "--file",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Record the commands and facts of a file of JSON Lines (also .gz, or -): all of it or nothing.",
)
@recorder
@click.option("--dry-run", is_flag=True, help="Record nothing; show what would be, and each report's change.")
@click.option(
    "-O", "--output-format", type=click.Choice(("table", "json")), default="table", help="By default a table."
)
@click.pass_obj
def record_(
    settings: Settings,
    /,
    name: str | None,
    fields: tuple[str, ...],
    id: str | None,  # noqa: A002  (an entry's own word)
    at: str | None,
    file: Path | None,
    by: str | None,
    output_format: str,
    *,
    units: bool,
    dry_run: bool,
) -> None:
    """Record a command or a fact, and show the entries it becomes and who bears what.

    A command says what is asked (deposit, repay, resolve-shortfall); its numbers are worked out. `recoup schema
    COMMAND` tells its fields. Lists and objects are JSON; several names may be given with commas between them.
    """
    how = _How(settings, name_of(by), dry_run=dry_run, as_json=output_format == "json")
    if file is not None:
        if name is not None or id is not None or at is not None or units:
            raise click.UsageError("--file goes with --by, --dry-run and -O, and with nothing else")
        _record_file(file, how)
    elif name is None:
        raise click.UsageError("nothing to record: name a COMMAND (recoup record --help lists them) or a --file")
    else:
        require_kind(name)
        _record_one(name, fields_of(fields, id=id, at=at), how, units=units)


class _How(NamedTuple):
    """In which book, by whom, whether really, and how it is shown."""

    settings: Settings
    who: str
    dry_run: bool
    as_json: bool


# One command or fact.


def _record_one(name: str, given: dict[str, str], how: _How, *, units: bool) -> None:
    texts = {"at": now(), **given}
    if units:
        existing(how.settings).close()  # its assets tell the decimals, so that none is made here
        with _desk(_book(how), how) as desk:
            asked = read(name, from_units(name, texts, desk.charters))
            _show(desk, asked if "at" in given else _as_before(desk, asked), how)
        return
    asked = read(name, texts)
    with _desk(_book(how), how) as desk:
        _show(desk, asked if "at" in given else _as_before(desk, asked), how)


def _as_before(desk: Desk, asked: AnyCommand | AnyEvent) -> AnyCommand | AnyEvent:
    """What is asked at no time of its own: where its id is recorded already, at the time that it had then."""
    stored = desk.journal.known([asked.id]).get(asked.id) if asked.id else None
    if stored is None:
        return asked
    event = stored.event()
    return replace(asked, at=(read_back(event) or event).at)


def _desk(book: Book, how: _How) -> Desk:
    return Desk(book, clock=now, ids=fresh_id, recorded_by=how.who)


def _book(how: _How) -> Book:
    """The book that is recorded in, or one that only rehearses, which keeps no snapshot."""
    return Book(Rehearsal(tried(how.settings))) if how.dry_run else kept(made(how.settings))


def _show(desk: Desk, asked: AnyCommand | AnyEvent, how: _How) -> None:
    """Record what is asked and show its receipt; of a rehearsal also what it changes."""
    with undisturbed():
        receipt = replace(desk.record(asked), rehearsed=how.dry_run)
    if receipt.already:
        _say(f"{asked.type} {receipt.id} is already recorded, at position {receipt.entries[0].position}")
    left = open_deficits(receipt, desk)
    found = changes(desk.journal) if isinstance(desk.journal, Rehearsal) else None
    if how.as_json:
        _write_json({**document(receipt, left, desk.name), "changes": list(json_changes(found)) if found else []})
        return
    print_receipt(receipt, left, desk.charters, desk.name, sys.stdout)
    if found:
        print_changes(found, sys.stdout)


# A file.


def _record_file(path: Path, how: _How) -> None:
    source = Source(path, longest=LINE_MAX)
    source.require_readable()
    book = _book(how)
    journal = book.journal
    with undisturbed():
        receipt = book.record(told(source.lines()), source=source.name, clock=now, recorded_by=how.who)
    if receipt == Recording(0, 0):
        raise InputRefused(source.name, ("holds no commands and no facts",))
    _report(source.name, receipt, how)
    found = changes(journal) if isinstance(journal, Rehearsal) else None
    would_be = _rehearsed(journal, book) if isinstance(journal, Rehearsal) and receipt.recorded else None
    if how.as_json:
        before = {"schema": "recoup.recorded/1", "book": journal.name, "file": source.name, "rehearsed": how.dry_run}
        counts = {"recorded": receipt.recorded, "already": receipt.already, "by_type": dict(receipt.by_type)}
        counts["entries"] = entries(would_be) if would_be else []
        _write_json({**before, **counts, "changes": list(json_changes(found)) if found else []})
    elif found:
        if would_be:
            print_entries(would_be, (), book.books.charters, sys.stdout, would=True)
        print_changes(found, sys.stdout)


def _rehearsed(journal: Rehearsal, book: Book) -> Receipt:
    """What a file would become, as one receipt."""
    events = ((entry.position, entry.event()) for entry in journal.read(journal.began_at))
    return receipt_of(events, book.books.charters, rehearsed=True)


def _report(name: str, receipt: Recording, how: _How) -> None:
    """Say how many entries a file became."""
    types = ", ".join(f"{kind} {count}" for kind, count in sorted(receipt.by_type.items()))
    entries = "1 entry" if receipt.recorded == 1 else f"{receipt.recorded} entries"
    verb = "would be recorded" if how.dry_run else "recorded"
    _say(f"{name}: {entries} {verb}{f' ({types})' if types else ''}, {receipt.already} already recorded")


def _write_json(content: Json) -> None:
    click.echo(json.dumps(content, indent=2, ensure_ascii=False))


def _say(text: str) -> None:
    click.echo(printable_lines(f"recoup: {text}"), err=True)
