"""Where the book is: from what stands after `--db` to a journal, read or written."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.main import Settings
from ledger.errors import BookMissing
from ledger.journal import Journal
from ledger.journal.sqlite import SqliteJournal

if TYPE_CHECKING:
    from ledger.book import Book


def existing(settings: Settings) -> SqliteJournal:
    """The journal of a book that is there. A missing one is refused with a hint."""
    path = _path(settings.db)
    try:
        return SqliteJournal.open(path, patience=settings.wait)
    except BookMissing as error:
        hint = "import and record make one, recoup demo makes ./recoup-demo.db, --db names another place"
        raise BookMissing(f"{error} ({hint})") from None


def made(settings: Settings) -> SqliteJournal:
    """The journal of a book, created where there is none; then that is said."""
    path = _path(settings.db)
    missing = not path.exists()
    journal = SqliteJournal.create(path, patience=settings.wait)
    if missing:
        click.echo(f"recoup: created {path}", err=True)
    return journal


def kept(journal: SqliteJournal) -> "Book":
    """The book of a journal that is written, with its snapshot, so that the next time it opens sooner."""
    from ledger.book import Book
    from ledger.snapshot import Snapshot

    return Book(journal, Snapshot.beside(journal.path))


def tried(settings: Settings) -> Journal:
    """The journal for a dry run: the book where there is one, otherwise one in memory; nothing is created."""
    from ledger.journal.memory import MemoryJournal

    path = _path(settings.db)
    return SqliteJournal.open(path, patience=settings.wait) if path.exists() else MemoryJournal(path.name)


def _path(db: str) -> Path:
    scheme, separator, rest = db.partition("://")
    if separator and scheme != "sqlite":
        raise click.UsageError(f"a book is an SQLite file; {scheme}:// is not supported")
    path = Path(rest.removeprefix("/") if separator else db)
    if path.is_dir():
        raise click.UsageError(f"{path} is a directory, not a book")
    return path
