"""Snapshots: the books as they were at one position, kept in a file beside the journal, so that opening reads less.

A snapshot is never trusted over the journal. It counts only where the journal still has the very entry that it ends
with, and where this code wrote it, whole; in any doubt the books are folded from the journal as if there were none.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final, NamedTuple

from ledger.books import Books
from ledger.errors import LedgerError
from ledger.journal import Journal
from ledger.snapshot.form import UNREADABLE, packed, unpacked

_NAME: Final = b"recoup snapshot 1"
_DIGITS_MAX: Final = 18
"""Every position of so many digits fits into 63 bits."""


class Snapshot(NamedTuple):
    """The snapshot of one book: the file in which it is, or will be, and the code that may read it.

    SHA-256 of all that follows
    recoup snapshot 1 | position | SHA-256 of the stored bytes of the entry there | code
    the books
    """

    path: Path
    code: str

    @classmethod
    def beside(cls, book: Path) -> "Snapshot":
        """That of the book in a file, as the code that runs now keeps it."""
        return cls(book.with_name(f"{book.name}.snapshot"), code_version())

    def load(self, journal: Journal) -> Books | None:
        """The books at some position of the journal; None where there is no snapshot of it that is beyond doubt."""
        with suppress(OSError, LedgerError):
            digest, _, rest = self.path.read_bytes().partition(b"\n")
            key, _, content = rest.partition(b"\n")
            position = _position(key)
            if position and key == self._key(position, journal) and sha256(rest).hexdigest().encode() == digest:
                return _books(content, position)
        return None

    def save(self, books: Books, journal: Journal) -> bool:
        """Keep the books, in the place of what was kept before. Tells whether that could be done.

        They must be as the journal is at their position. A folder that cannot be written is no error.
        """
        with suppress(OSError, LedgerError):
            key = self._key(books.position, journal)
            if key is not None:
                rest = b"%b\n%b" % (key, _content(books))
                _replace(self.path, b"%b\n%b" % (sha256(rest).hexdigest().encode(), rest))
                return True
        return False

    def _key(self, position: int, journal: Journal) -> bytes | None:
        """What tells that a snapshot is of this journal and this code; None where the journal has no such position."""
        stored = journal.stored(position)
        if stored is None:
            return None
        return b"%b|%d|%b|%b" % (_NAME, position, sha256(stored).hexdigest().encode(), self.code.encode())


def _position(key: bytes) -> int:
    """The position that a key names, 0 where it names none."""
    named = key.split(b"|")[1:2]
    return int(named[0]) if named and named[0].isdigit() and len(named[0]) <= _DIGITS_MAX else 0


_STATE: Final = tuple(name for name in Books.__slots__ if name != "past")
"""All that books are, but the way to their journal."""


def _content(books: Books) -> bytes:
    return packed({name: getattr(books, name) for name in _STATE})


def _books(content: bytes, position: int) -> Books | None:
    """The books of a snapshot; None where it cannot be read."""
    try:
        with _uncollected():
            state = unpacked(content)
    except UNREADABLE:
        return None
    if not isinstance(state, dict) or state.keys() != set(_STATE) or state["position"] != position:
        return None
    books = Books()
    for name, value in state.items():
        setattr(books, name, value)
    return books


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without a search for garbage: of a million new objects none is any."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole, or leave what was there."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
        new = Path(file.name)
        try:
            file.write(content)
            file.close()
            new.chmod(path.with_suffix("").stat().st_mode & 0o777)
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)


@cache
def code_version() -> str:
    """The SHA-256 of the ledger's own code, and of the Python that runs it."""
    digest = sha256(f"{sys.version} {sys.byteorder}\n".encode())
    for name, code in sources("ledger"):
        digest.update(b"%b %d\n%b" % (name.encode(), len(code), code))
    return digest.hexdigest()


def sources(package: str) -> list[tuple[str, bytes]]:
    """The name and the bytes of every file of Python in a package, in order of name."""
    return sorted(_sources(files(package)))


def _sources(folder: Traversable, within: str = "") -> Iterator[tuple[str, bytes]]:
    for one in folder.iterdir():
        name = f"{within}/{one.name}"
        if one.name.endswith(".py"):
            yield name, one.read_bytes()
        elif one.is_dir() and one.name != "__pycache__":
            yield from _sources(one, name)
