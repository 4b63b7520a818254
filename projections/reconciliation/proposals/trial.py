"""Trying what is proposed: on a rehearsal of the book as it stood at a position, of which nothing is ever recorded."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Final

from ledger.book import Book, Decision
from ledger.books import Books
from ledger.errors import AskedAmiss, CommandRefused, InputRefused
from ledger.events import AnyEvent
from ledger.journal import Entry, Head, Journal, Writer
from ledger.journal.rehearsal import Rehearsal
from ledger.journal.sqlite import SqliteJournal
from ledger.snapshot import Snapshot
from ledger.sources.commands import told
from ledger.values import Account, Commodity, EventId, Json, Timestamp

_EARLY: Final = Timestamp("1970-01-01T00:00:00Z")
"""What the clock says here: recorded time is then that of the last entry."""

_PLACE: Final = "proposal"
_LAST: Final = EventId("tried")


class Trial:
    """A book on which facts are tried one after the other: what is admitted stays for those that follow."""

    def __init__(self, journal: Journal, position: int) -> None:
        snapshot = _Kept.beside(journal.path) if isinstance(journal, SqliteJournal) else None
        self._book = Book(Rehearsal(_Through(journal, position)), snapshot)
        with self._book.writing():
            pass  # the books are caught up

    @property
    def books(self) -> Books:
        """The books, with all that was admitted."""
        return self._book.books

    def balance(self, account: str, commodity: str) -> int:
        """The balance of an account, debit positive."""
        return self.books.sums.balance(Account(account), Commodity(commodity))

    def refused(self, facts: Sequence[Json], wrong: Callable[[], str]) -> str:
        """Try facts and commands, all or none of them. Gives the words why they are refused, else nothing.

        The laws may refuse them; and where these admit them, `wrong` says what is wrong with the books then, if any is.
        """

        def last(_books: Books, _recorded: bytes | None) -> Sequence[AnyEvent]:
            if words := wrong():
                raise CommandRefused(words)
            return ()

        lines = [json.dumps(fact, ensure_ascii=False).encode() for fact in facts]
        tried = (*told(lines), Decision(_LAST, lambda: _PLACE, last))
        try:
            self._book.record(tried, source=_PLACE, clock=lambda: _EARLY, recorded_by=_PLACE)
        except InputRefused as refused:
            with self._book.writing():
                pass  # where some of them were admitted first, the books are begun again
            return "; ".join(problem.partition(": ")[2] for problem in refused.problems)
        return ""


class _Kept(Snapshot):
    """The snapshot of a book, to begin with: what is only rehearsed is not kept there."""

    def save(self, books: Books, journal: Journal) -> bool:  # noqa: ARG002  (nothing is saved)
        return False


class _Through:
    """A journal that seems to end with a position. What is rehearsed on it asks for nothing beyond its head."""

    def __init__(self, journal: Journal, position: int) -> None:
        self.name = journal.name
        self._journal = journal
        self._position = position

    def head(self) -> Head:
        last = next(self._journal.read(self._position - 1, self._position), None) if self._position else None
        return Head(0, None) if last is None else Head(last.position, last.recorded_at)

    def stored(self, position: int) -> bytes | None:
        return self._journal.stored(position)

    def read(self, after: int = 0, through: int | None = None) -> Iterator[Entry]:
        return self._journal.read(after, through)

    def known(self, ids: Sequence[EventId]) -> dict[EventId, Entry]:
        return self._journal.known(ids)

    def reversals(self, through: int | None = None) -> Iterator[Entry]:
        return self._journal.reversals(through)

    def write(self) -> AbstractContextManager[Writer]:
        raise AskedAmiss(f"{self.name} is only read here")

    def close(self) -> None:
        self._journal.close()
