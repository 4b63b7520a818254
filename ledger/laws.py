"""The gate: every fact, commanded or imported, passes `admit` before it is an entry, and again at every replay."""

from collections.abc import Iterable, Sequence

from ledger.books import Books
from ledger.errors import LawBroken
from ledger.events import AnyEvent


def admit(event: AnyEvent, books: Books) -> None:
    """Move the books forward by one event, or refuse it and leave them as they were.

    Its time must be in an open period. The event's own laws come next; then it is posted, which holds every account to
    its normal side; then the states it changes. Raises `LawBroken`, naming the event.
    """
    _weigh(event, books)
    books.position += 1
    event.fold(books)
    for entries in event.histories(books):
        entries.append(books.position)


def _weigh(event: AnyEvent, books: Books) -> None:
    """Hold an event to every law. It is posted afterwards."""
    try:
        if books.closed_through:
            books.require_open_period(event.at)
        event.laws(books)
        event.post(books)
    except LawBroken as broken:
        broken.entry = f"{event.type} {event.id}"
        raise


def admit_all(events: Iterable[AnyEvent], books: Books) -> None:
    """Move the books forward by all events, one after the other, or refuse them and leave the books as they were.

    Raises `LawBroken`, naming the event that is refused.
    """
    admitted: list[AnyEvent] = []
    try:
        for event in events:
            admit(event, books)
            admitted.append(event)
    except LawBroken:
        take_back(admitted, books)
        raise


def rehearse(events: Sequence[AnyEvent], books: Books) -> None:
    """Refuse the events as `admit_all` would, and leave the books as they were either way.

    The last one is only weighed: what cannot be taken back is always the only event of its command.
    """
    *first, last = events
    admit_all(first, books)
    try:
        _weigh(last, books)
        last.unpost(books)
    finally:
        take_back(first, books)


def take_back(events: Sequence[AnyEvent], books: Books) -> None:
    """Undo the last admissions: these events, in the order they were admitted. The books are as before.

    Not for reversals and the closing of a period: what they replace is not known any more.
    """
    for event in reversed(events):
        event.unpost(books)
        for entries in event.histories(books):
            entries.pop()
        event.unfold(books)
        books.position -= 1
    books.registers.rewind(books.position)
