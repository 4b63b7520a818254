"""What the other side says, from the files that are given: statements, snapshots, or another book."""

import os
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from cli.reconcile.subject import Subject
from ledger.errors import InputRefused
from ledger.events import AssetRegistered, FundOpened, PoolOpened
from ledger.journal import Journal
from ledger.journal.sqlite import SqliteJournal
from ledger.values import AssetId
from projections.reading import CHARTERED

if TYPE_CHECKING:
    from projections.reconciliation.items import Snapshot, Statement
    from projections.reconciliation.sources.profile import Kind, Profile
    from projections.reconciliation.sources.wanted import Wanted

_DATABASE: Final = b"SQLite format 3\0"
_LARGEST: Final = 1 << 30
"""A file of more bytes than these is read by nobody: 1 GiB."""


class Given(NamedTuple):
    """How files are to be read: for which subject of a book, what is wanted of them, and how they are written.

    `since` is when the statement before ended: another book, which has all of the past, is asked from there on.
    """

    subject: Subject
    wanted: "Wanted | None"
    profile: "Profile | None"
    since: str
    journal: Journal


def profile_from(file: Path | None, subject: Subject) -> "Profile | None":
    """The profile in a file: of statements or of snapshots, as the subject is compared with, unless it says otherwise.

    Raises `SourceRefused` with every mistake in it.
    """
    if file is None:
        return None
    from projections.reconciliation.sources.profile import profile_of

    return profile_of(content_of(file), name_of_file(file), _kind_of(subject))


def asset_of(named: str | None, journal: Journal) -> tuple[AssetId, int]:
    """The asset that whole units in a snapshot are of, with its decimals: as it is named, or the one that all
    pools and funds of a book are in.

    Raises `UsageError` where it is not told which.
    """
    events = [entry.event() for entry in journal.read() if entry.type in CHARTERED]
    decimals = {event.asset: event.decimals for event in events if isinstance(event, AssetRegistered)}
    meant = {event.asset for event in events if isinstance(event, FundOpened | PoolOpened)}
    if named is not None:
        meant = {AssetId(named)} & decimals.keys()
    if len(meant) != 1:
        there = ", ".join(sorted(decimals))
        raise click.UsageError(f"whole units are of one asset, --commodity names which: {there or 'the book has none'}")
    (asset,) = meant
    return asset, decimals[asset]


def said_in(
    files: Sequence[Path], given: Given, require_new: Callable[[str, str], None]
) -> "tuple[Statement | Snapshot, ...]":
    """What the other side says in files. What is wrong with any of them is told of all in one run.

    `require_new` takes the name of a file and its SHA-256, and refuses one that is known. Raises `InputRefused`.
    """
    read = {file: b"" if is_book(file) else content_of(file) for file in dict.fromkeys(files)}
    first: dict[str, Path] = {}
    problems: list[InputRefused] = []
    for file, content in read.items():
        digest = sha256(content or str(file.resolve()).encode()).hexdigest()
        if digest in first:
            problems.append(InputRefused(name_of_file(file), (f"is the same file as {name_of_file(first[digest])}",)))
        first.setdefault(digest, file)
        try:
            require_new(name_of_file(file), digest)
        except InputRefused as refused:
            problems.append(refused)
    refuse(problems)
    said: list[Statement | Snapshot] = []
    for file, content in read.items():
        try:
            said += _of_book(file, given) if is_book(file) else _of_file(file, content, given)
        except InputRefused as refused:
            problems.append(refused)
    refuse(problems)
    _require_stated(said, given.subject)
    return tuple(said)


class FilesRefused(InputRefused):
    """Several files that cannot be relied on, each with its flaws."""

    def __init__(self, refused: Sequence[InputRefused]) -> None:
        super().__init__("", tuple(problem for one in refused for problem in one.problems))
        self.args = ("\n".join(map(str, refused)),)


def refuse(problems: Sequence[InputRefused]) -> None:
    """Raise what was found, if anything, all of it at once."""
    if problems:
        raise problems[0] if len(problems) == 1 else FilesRefused(problems)


def name_of_file(file: Path) -> str:
    """The name of a file without its folder, as text; what is no text in it is replaced."""
    return file.name.encode(errors="replace").decode()


def is_book(file: Path) -> bool:
    """Whether a file is an SQLite database, as another book is. Raises `UsageError` for what cannot be read."""
    if file.is_dir():
        raise click.UsageError(f"{file} is a directory, not a file")
    if not os.access(file, os.R_OK):
        raise click.UsageError(f"{file} {'may not be read' if file.exists() else 'is not there'}")
    if not file.is_file():
        return False
    with file.open("rb") as content:
        return content.read(len(_DATABASE)) == _DATABASE


def content_of(file: Path) -> bytes:
    """All bytes of a file. Raises `UsageError` where it cannot be read, `InputRefused` where it is too large."""
    is_book(file)
    read = b""
    if file.stat().st_size <= _LARGEST:
        with file.open("rb") as content:
            read = content.read(_LARGEST + 1)
    if len(read) > _LARGEST or file.stat().st_size > _LARGEST:
        raise InputRefused(name_of_file(file), (f"has more than {_LARGEST:,} bytes",))
    return read


def _of_file(file: Path, content: bytes, given: Given) -> "Sequence[Statement | Snapshot]":
    """What a file says; it has to be of the kind that the subject is compared with."""
    from projections.reconciliation.items import Snapshot
    from projections.reconciliation.sources.given import default_profile, read

    of_accounts = bool(given.subject.accounts)
    profile = given.profile or default_profile(_kind_of(given.subject))
    said = read(content, name_of_file(file), given.wanted, profile)
    if any(isinstance(one, Snapshot) is of_accounts for one in said):
        told = "movements, and it states balances" if of_accounts else "balances, and it states movements"
        raise InputRefused(name_of_file(file), (f"{given.subject.name} is compared with {told} (kind in the profile)",))
    return said


def _require_stated(said: "Sequence[Statement | Snapshot]", subject: Subject) -> None:
    """Refuse snapshots that have all nothing of the field that is compared. A book states what it has not, too."""
    from projections.reconciliation.items import Snapshot
    from projections.reconciliation.sources.other_book import BOOK

    snapshots = [one for one in said if isinstance(one, Snapshot)]
    fields = {held.field for one in snapshots for held in one.held}
    if subject.field and subject.field not in fields and all(one.file.kind != BOOK for one in snapshots):
        names = ", ".join(dict.fromkeys(one.file.name for one in snapshots))
        there = f"only of {', '.join(sorted(fields))}" if fields else "and no other balance"
        raise InputRefused(names, (f"states nothing of {subject.name}, {there}",))


def _kind_of(subject: Subject) -> "Kind":
    return "statement" if subject.accounts else "snapshot"


def _of_book(file: Path, given: Given) -> "Sequence[Statement | Snapshot]":
    """What another book says of the same. The book itself says nothing that it has not said already."""
    if isinstance(given.journal, SqliteJournal) and file.samefile(given.journal.path):
        raise InputRefused(name_of_file(file), ("is the book itself, which proves nothing of it",))
    from projections.reconciliation.sources.other_book import snapshot_of_book, statement_of_book

    journal, wanted, subject = SqliteJournal.open(file, patience=0), given.wanted, given.subject
    try:
        if wanted is None or not subject.accounts:
            return [snapshot_of_book(journal, subject.report, subject.field, wanted.closed_at if wanted else None)]
        accounts = wanted.account.split(",") if wanted.account else list(subject.accounts)
        since = wanted.opened_at or given.since
        return [statement_of_book(journal, accounts, since, wanted.closed_at, wanted.commodity)]
    finally:
        journal.close()
