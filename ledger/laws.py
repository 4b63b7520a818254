"""The gate: every fact, commanded or imported, passes `admit` before it is an entry, and again at every replay."""

from ledger.books import Books
from ledger.errors import LawBroken
from ledger.events import AnyEvent


def admit(event: AnyEvent, books: Books) -> None:
    """Move the books forward by one event, or refuse it and leave them as they were.

    Its time must be in an open period. The event's own laws come next; then it is posted, which holds every account to
    its normal side; then the states it changes. Raises `LawBroken`, naming the event.
    """
    try:
        if books.closed_through:
            books.require_open_period(event.at)
        event.laws(books)
        event.post(books)
    except LawBroken as broken:
        broken.entry = f"{event.type} {event.id}"
        raise
    books.position += 1
    event.fold(books)
    for entries in event.histories(books):
        entries.append(books.position)
