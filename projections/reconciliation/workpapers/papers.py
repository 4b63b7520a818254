"""The working papers of a book, read and added to: in one transaction what a run leaves, or nothing of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, Select, func, select

from ledger.errors import AskedAmiss, InputRefused, NotABook
from ledger.journal import Journal
from projections.reconciliation.paper import Confirmed
from projections.reconciliation.workpapers.checks import known_as, require_addable, told_known
from projections.reconciliation.workpapers.file import PapersFile
from projections.reconciliation.workpapers.rows import KeptPaper, Said, confirmed_of, kept_paper, matches_of, said_of
from projections.reconciliation.workpapers.tables import BOOK, CONFIRMATIONS, PAPERS, STATEMENTS
from projections.reconciliation.workpapers.writing import Writing

_SHORTEST: Final = 4
"""So many digits of a paper's SHA-256 name it, where no other begins with them."""


class _Begins(NamedTuple):
    """By what a book is known for the same: its first entry."""

    id: str
    sha256: str


class WorkingPapers:
    """The working papers of one book, in a file that is made with the first of them.

    A writer waits `patience` seconds for another one. All raise `NotABook` where the file is something else or the
    papers of another book, `NewerJournal` where a newer Recoup wrote it, `StorageFailed` where it cannot be read.
    """

    def __init__(self, path: Path, journal: Journal, *, patience: int) -> None:
        self.path = path
        self._journal = journal
        self._file = PapersFile(path, patience=patience)

    def subjects(self) -> tuple[str, ...]:
        """What was reconciled, by name."""
        return tuple(row.subject for row in self._rows(select(PAPERS.c.subject).distinct().order_by(PAPERS.c.subject)))

    def statements(self, subject: str) -> tuple[Said, ...]:
        """What the other side said last of a subject."""
        last = select(func.max(STATEMENTS.c.period)).where(STATEMENTS.c.subject == subject).scalar_subquery()
        asked = select(STATEMENTS).where(STATEMENTS.c.subject == subject, STATEMENTS.c.period == last)
        return tuple(map(said_of, self._rows(asked.order_by(STATEMENTS.c.number))))

    def require_new(self, subject: str, name: str, digest: str) -> None:
        """Refuse a file that this subject was reconciled with. Raises `InputRefused`, naming when that was."""
        for row in self._rows(known_as(subject, [digest])):
            raise InputRefused(name, (told_known(row),))

    def require_addable(self, said: Sequence[Said], subject: str) -> tuple[str, ...]:
        """Refuse what cannot be the next period of a subject, as adding it would. Raises `InputRefused`.

        Gives what is not stated between the last period and this one, in words; nothing where nothing is left out.
        """
        with self._file.reading() as connection:
            if connection is not None:
                self._require_book(connection.execute(select(BOOK)).all(), self._begins())
            return require_addable(connection, said, subject)

    def latest(self, subject: str) -> KeptPaper | None:
        """The last paper of a subject."""
        return self._paper(select(PAPERS).where(PAPERS.c.subject == subject))

    def before(self, subject: str) -> KeptPaper | None:
        """The last paper on the period before the last one: that of which open breaks are carried on."""
        last = select(func.max(STATEMENTS.c.period)).where(STATEMENTS.c.subject == subject).scalar_subquery()
        return self._paper(select(PAPERS).where(PAPERS.c.subject == subject, PAPERS.c.period < last))

    def paper(self, digest: str) -> KeptPaper:
        """The paper of a SHA-256, or of the first digits of one. Raises `AskedAmiss` for none, and for several."""
        if len(digest) < _SHORTEST or not set(digest) <= set("0123456789abcdef"):
            raise AskedAmiss(f"{digest!r} is no SHA-256, nor {_SHORTEST} or more of its first digits")
        begins = func.substr(PAPERS.c.sha256, 1, len(digest)) == digest
        found = {row.sha256: row for row in self._rows(select(PAPERS).where(begins).order_by(PAPERS.c.number))}
        if len(found) != 1:
            told = f"so begin {', '.join(sorted(found))}" if found else "no paper has it"
            raise AskedAmiss(f"{digest} names no one paper: {told}")
        return kept_paper(found.popitem()[1])

    def matches(self, digest: str) -> bytes:
        """The list of matches of the paper of a SHA-256, empty where there is none: a line each, in JSON."""
        rows = self._rows(select(PAPERS).where(PAPERS.c.sha256 == digest).limit(1))
        return matches_of(rows[0]) if rows else b""

    def confirmed(self, subject: str) -> tuple[Confirmed, ...]:
        """What is confirmed of a subject and not undone."""
        return tuple(self.confirmations(subject).values())

    def confirmations(self, subject: str) -> dict[int, Confirmed]:
        """The same by number."""
        rows = self._rows(
            select(CONFIRMATIONS).where(CONFIRMATIONS.c.subject == subject).order_by(CONFIRMATIONS.c.number)
        )
        undone = {row.undoes for row in rows}
        return {row.number: confirmed_of(row) for row in rows if row.undoes is None and row.number not in undone}

    @contextmanager
    def writing(self, *, at: str, by: str) -> Iterator[Writing]:
        """A transaction, in which all is added at a time and by someone: committed at its end, or nothing is.

        Raises `JournalLocked` and `JournalReadOnly` where the file cannot be written.
        """
        begins = self._begins()
        with self._file.writing() as connection:
            rows = connection.execute(select(BOOK)).all()
            if not rows:
                if begins is None:
                    raise NotABook(f"{self._journal.name} has no entry yet: there is nothing to reconcile")
                first = {"first_id": begins.id, "first_sha256": begins.sha256}
                connection.execute(BOOK.insert().values(number=1, name=self._journal.name, **first))
            else:
                self._require_book(rows, begins)
            yield Writing(connection, at=at, by=by)

    def _rows(self, asked: Select[Any]) -> Sequence[Row[Any]]:
        """What is there, of one moment; nothing where no papers are."""
        with self._file.reading() as connection:
            if connection is None:
                return ()
            self._require_book(connection.execute(select(BOOK)).all(), self._begins())
            return connection.execute(asked).all()

    def _paper(self, asked: Select[Any]) -> KeptPaper | None:
        rows = self._rows(asked.order_by(PAPERS.c.number.desc()).limit(1))
        return kept_paper(rows[0]) if rows else None

    def _begins(self) -> _Begins | None:
        stored = self._journal.stored(1)
        first = next(self._journal.read(0, 1), None)
        return None if stored is None or first is None else _Begins(first.id, sha256(stored).hexdigest())

    def _require_book(self, rows: Sequence[Row[Any]], begins: _Begins | None) -> None:
        for row in rows:
            if begins != (row.first_id, row.first_sha256):
                raise NotABook(
                    f"{self.path} has the working papers of the book {row.name} that begins with entry {row.first_id}, "
                    f"not of this {self._journal.name}"
                )


def path_beside(book: Path) -> Path:
    """Where the working papers of a book in a file are, unless another place is named."""
    return book.with_name(f"{book.name}.workpapers")
