"""The verbs that write: `init` and `import`."""

import gzip
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
from ledger.book import Book, Receipt
from ledger.errors import InputRefused
from ledger.sources.json_lines import facts, lines
from ledger.values import Timestamp, timestamp


@click.command("init")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.pass_obj
def init_(settings: Settings, /, *, dry_run: bool) -> None:
    """Create an empty book; a book that is there stays as it is."""
    if dry_run:
        click.echo(f"recoup: {settings.db} would hold {tried(settings).head().position} entries", err=True)
        return
    journal = made(settings)
    click.echo(f"recoup: {settings.db} holds {journal.head().position} entries", err=True)


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
    book = Book(tried(settings) if dry_run else made(settings))
    for file in files:
        with undisturbed():
            receipt = _import(book, file, by or getuser(), chunk, keep=not dry_run)
        verb = "would be recorded" if dry_run else "recorded"
        click.echo(f"recoup: {file}: {receipt.recorded} {verb}, {receipt.already} already recorded", err=True)


def now() -> Timestamp:
    """The clock, in whole seconds."""
    return timestamp(datetime.now(UTC).isoformat(timespec="seconds"))


def _import(book: Book, file: Path, by: str, chunk: int | None, *, keep: bool) -> Receipt:
    name = "-" if file == Path("-") else str(file)
    try:
        with _opened(file) as content:
            receipt = book.record(facts(lines(content)), source=name, clock=now, recorded_by=by, chunk=chunk, keep=keep)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputRefused(name, (f"not a whole gzip file: {error}",)) from error
    if receipt == Receipt(0, 0):
        raise InputRefused(name, ("holds no facts",))
    return receipt


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    """A file's bytes: standard input for `-`, unpacked for `.gz`."""
    if file == Path("-"):
        yield sys.stdin.buffer
        return
    with opened(file, doing=file.name) as content:
        if file.suffix == ".gz":
            with gzip.GzipFile(fileobj=content) as unpacked:
                yield cast("IO[bytes]", unpacked)
        else:
            yield content


def _require_readable(file: Path) -> None:
    if file == Path("-"):
        return
    if file.is_dir():
        raise click.UsageError(f"{file} is a directory, not a file of facts")
    try:
        file.open("rb").close()
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}") from None
