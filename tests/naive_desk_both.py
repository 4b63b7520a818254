"""A history of commands, asked of the desk and of the naive one side by side."""

from collections.abc import Iterator
from itertools import count

from ledger.desk import Desk
from ledger.errors import CommandRefused, LawBroken
from ledger.receipt import Receipt
from ledger.values import EventId, Timestamp
from tests.histories_asker import Asked
from tests.histories_commands import CommandHistory
from tests.naive_desk_book import NaiveDesk


def a_desk() -> Desk:
    """An empty desk in memory."""
    numbers = count(1)
    return Desk.in_memory(
        clock=lambda: Timestamp("2024-03-01T12:00:00Z"),
        ids=lambda: EventId(f"id-{next(numbers)}"),
        recorded_by="teller",
    )


def receipt_of(desk: Desk, asked: Asked, *, dry_run: bool = False) -> Receipt | None:
    """What comes of a command; None where it is refused."""
    try:
        return desk.record(asked, dry_run=dry_run)
    except (CommandRefused, LawBroken):
        return None


def both(history: CommandHistory) -> Iterator[tuple[Desk, NaiveDesk, Asked, Receipt | None]]:
    """Each command, asked of both desks, with its receipt: both refuse it, or the same facts follow from it."""
    desk, naive = a_desk(), NaiveDesk()
    for asked in history:
        facts = naive.ask(asked)
        receipt = receipt_of(desk, asked)
        followed = None if receipt is None else tuple(event.type for event in receipt.events)
        assert followed == facts, (asked.type, asked, followed, facts)
        yield desk, naive, asked, receipt
