"""Where a book stands when a paper is made of it, and whether a paper is of this book."""

from datetime import date
from hashlib import sha256
from typing import Final

from ledger.errors import AskedAmiss
from ledger.journal import Journal
from ledger.values import Timestamp, instant_key, timestamp
from projections.reconciliation.paper import Paper, Standing

_DAY: Final = len("2026-01-31")
_LAST_MOMENT: Final = "T23:59:59.999999999Z"


def standing_of(journal: Journal, position: int | None = None) -> Standing:
    """Where a book stands, or stood at a position. Of an empty book nothing but the position, 0, is said.

    Raises `AskedAmiss` for a position that the journal does not have.
    """
    head = journal.head().position
    at = head if position is None else position
    if not 0 <= at <= head:
        raise AskedAmiss(f"{journal.name} has no entry {at}: its last one is {head}")
    stored = journal.stored(at) if at else None
    if stored is None:
        return Standing(journal.name, 0, "", "")
    entry = next(journal.read(at - 1, at))
    return Standing(journal.name, at, entry.id, sha256(stored).hexdigest())


def require_of_book(paper: Paper, journal: Journal) -> None:
    """Refuse a paper that was not made of this book, by an `AskedAmiss`.

    The bytes that are stored at its position have to be those that it was made of.
    """
    then, head = paper.standing, journal.head().position
    if then.position > head:
        raise AskedAmiss(
            f"the paper of {paper.subject} was made of {then.book} at position {then.position}, "
            f"but {journal.name} ends with position {head}"
        )
    now = standing_of(journal, then.position)
    if now.head != then.head:
        raise AskedAmiss(
            f"the paper of {paper.subject} was made of another book: at position {then.position} {journal.name} holds "
            f"entry {now.through or 'none'} with SHA-256 {now.head or 'none'}, not {then.head or 'none'}"
        )


def moment_of(text: str) -> Timestamp:
    """An instant, or the end of a bare day in UTC. Raises `ValueError` for other text."""
    return timestamp(f"{text}{_LAST_MOMENT}" if len(text) == _DAY else text)


def moment_key(text: str) -> str:
    """A key that sorts instants and days by time: a day stands for its end, in UTC; what says nothing is first."""
    return instant_key(moment_of(text)) if text else ""


def day_number(at: str) -> int:
    """The day of an instant or day, counted; the difference of two is in days."""
    return date.fromisoformat(at[:10]).toordinal()
