"""Sign-offs held against the journal: each names an entry, and the hash of the bytes that are stored there.

It goes on beside a replay: `replay(journal, ..., weigh=signed_off.weigh)`.
"""

from hashlib import sha256

from ledger.books import Books
from ledger.decided_again import Finding
from ledger.events import (
    AnyEvent,
    EntryReversed,
    ReconciliationPrepared,
    ReconciliationReviewed,
    ReconciliationSigned,
)
from ledger.journal import Entry, Journal
from ledger.values import EventId


class SignedOff:
    """The steps of sign-offs in a journal. `steps` counts those that were held against what is stored."""

    def __init__(self, journal: Journal) -> None:
        self.steps = 0
        self._journal = journal
        self._found: dict[EventId, Finding] = {}

    @property
    def findings(self) -> list[Finding]:
        """The steps that are bound to other bytes than are stored, in order; those that were reversed are left out."""
        return list(self._found.values())

    def weigh(self, entry: Entry, event: AnyEvent, books: Books) -> None:
        """Hold an entry, which is about to be admitted to these books, against what is stored of the one it names."""
        if isinstance(event, EntryReversed):
            self._found.pop(event.of, None)
        elif isinstance(event, ReconciliationPrepared | ReconciliationReviewed | ReconciliationSigned):
            self.steps += 1
            through = books.past.find(event.through)
            stored = None if through is None else self._journal.stored(through[0])
            head = "none" if stored is None else sha256(stored).hexdigest()
            if head != event.head:
                message = f"is bound to entry {event.through} with SHA-256 {event.head}, but what is stored has {head}"
                self._found[event.id] = Finding(entry.position, entry.id, message)
