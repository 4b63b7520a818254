"""The verbs that write: `init` and `import`."""

import gzip
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import IO, cast

import click

from cli.main import Settings
from cli.places import made, tried
from cli.progress import opened, undisturbed
from ledger.book import Book, Fact, Receipt
from ledger.errors import InputRefused, Malformed
from ledger.sources.json_lines import facts, lines
from ledger.values import Timestamp, timestamp


@click.command("init")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.pass_obj
def init_(settings: Settings, /, *, dry_run: bool) -> None:
    """Create an empty book; a book that is there stays as it is."""
    if dry_run:
        click.echo(f"recoup: {settings.db}, entries it would hold: {tried(settings).head().position}", err=True)
        return
    click.echo(f"recoup: {settings.db}, entries it holds: {made(settings).head().position}", err=True)


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True), metavar="FILE...")
@click.option("--by", default=None, metavar="NAME", envvar="RECOUP_BY", help="Who records it, or who is logged in.")
@click.option("--chunk", type=click.IntRange(min=1), metavar="LINES", help="Commit after every so many facts.")
@click.option("--dry-run", is_flag=True, help="Check everything, and record nothing.")
@click.pass_obj
def import_(
    settings: Settings, /, files: tuple[Path, ...], by: str | None, chunk: int | None, *, dry_run: bool
) -> None:
    """Record the facts of files of JSON Lines (also `.gz`, or `-`): all of a file, or nothing of it."""
    for file in files:
        _require_readable(file)
    who = by or _logged_in()
    if not who.isprintable():
        raise click.UsageError(f"{who!r} is no name to record by")
    if dry_run:
        book, verb = Book(tried(settings)), "would be recorded"
        done = book.rehearse(((str(file), _facts(file)) for file in files), clock=now, recorded_by=who)
    else:
        book, verb = Book(made(settings)), "recorded"
        done = ((str(file), _record(book, file, who, chunk)) for file in files)
    with undisturbed():
        for name, receipt in done:
            if receipt == Receipt(0, 0):
                raise InputRefused(name, ("holds no facts",))
            click.echo(f"recoup: {name}: {receipt.recorded} {verb}, {receipt.already} already recorded", err=True)


def _logged_in() -> str:
    """Who is logged in, where the machine knows."""
    try:
        return getuser()
    except (KeyError, OSError):
        return "unknown"


def now() -> Timestamp:
    """The clock, in whole seconds."""
    return timestamp(datetime.now(UTC).isoformat(timespec="seconds"))


def _record(book: Book, file: Path, who: str, chunk: int | None) -> Receipt:
    return book.record(_facts(file), source=str(file), clock=now, recorded_by=who, chunk=chunk)


def _facts(file: Path) -> Iterator[Fact | Malformed]:
    """The facts of a file, read as they are taken."""
    try:
        with _opened(file) as content:
            yield from facts(lines(content))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputRefused(str(file), (f"not a whole gzip file: {error}",)) from error


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    """A file's bytes: standard input for `-`, unpacked for `.gz`."""
    if file == Path("-"):
        yield sys.stdin.buffer
        return
    with opened(file, doing=file.name) as content:
        if file.suffix.lower() == ".gz":
            with gzip.GzipFile(fileobj=content) as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            yield content


def _require_readable(file: Path) -> None:
    if file == Path("-"):
        if sys.stdin is None:
            raise click.UsageError("standard input is closed")
        return
    if file.is_dir():
        raise click.UsageError(f"{file} is a directory, not a file of facts")
    if not os.access(file, os.R_OK):
        raise click.UsageError(f"{file} {'may not be read' if file.exists() else 'is not there'}")
