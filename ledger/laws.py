"""The gate: every fact, commanded or imported, passes `admit` before it is an entry, and again at every replay."""

from ledger.books import Books
from ledger.errors import LawBroken
from ledger.events import AnyEvent


def admit(event: AnyEvent, books: Books) -> None:
    """Move the books forward by one event, or refuse it and leave them as they were.

    The event's own laws come first; then its moves are posted, which hold every account to its normal side and, being
    moves, balance in every commodity; then the states it changes. Raises `LawBroken`, naming the event.
    """
    try:
        event.laws(books)
        books.sums.post(event.moves(books.charters))
    except LawBroken as broken:
        broken.entry = f"{event.type} {event.id}"
        raise
    event.fold(books)
