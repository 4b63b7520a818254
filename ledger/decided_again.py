"""Deciding again: every stored command on the books as they were then, held against the facts that are stored.

It goes on beside a replay: `replay(journal, ..., weigh=again.weigh)`, and `again.end()` after it.
"""

from collections import deque
from typing import NamedTuple

from pydantic import ValidationError

from ledger.books import Books
from ledger.commands import decide, read_back
from ledger.errors import CommandRefused, LawBroken
from ledger.events import AnyEvent
from ledger.journal import Entry
from ledger.values import EventId


class Finding(NamedTuple):
    """A stored fact that does not follow from its command; where not `checked`, a command that cannot be read."""

    position: int
    id: EventId
    message: str
    checked: bool = True


class DecidedAgain:
    """The commands of a journal, decided again. `commands` counts them, `findings` are in order of position."""

    def __init__(self) -> None:
        self.commands = 0
        self.findings: list[Finding] = []
        self._last = (0, EventId(""))
        self._expected: deque[bytes] = deque()
        self._of: EventId | None = None
        self._decided = False

    def weigh(self, entry: Entry, event: AnyEvent, books: Books) -> None:
        """Hold an entry, which is about to be admitted to these books, against the command that it follows from."""
        if self._of is not None and event.cause == self._of:
            if self._decided:  # else the first fact says why nothing can be compared
                self._compare(entry)
        else:
            self.end()
            if event.cause is not None:
                self._find(entry, f"follows from no command before it, though it names {event.cause}")
            elif event.command is not None:
                self._begin(entry, event, books)
        self._last = entry.position, entry.id

    def end(self) -> None:
        """No further fact follows from the last command."""
        if missing := len(self._expected):
            more = "1 further fact follows" if missing == 1 else f"{missing} further facts follow"
            stored = "is" if missing == 1 else "are"
            self.findings.append(Finding(*self._last, f"{more} from the command, which {stored} not stored"))
        self._expected.clear()
        self._of = None

    def _begin(self, entry: Entry, event: AnyEvent, books: Books) -> None:
        self.commands += 1
        self._of, self._decided = event.id, False
        try:
            command = read_back(event)
            events = () if command is None else decide(command, books)
        except ValidationError:
            self._find(entry, "its command cannot be read, so it could not be checked", checked=False)
        except (CommandRefused, LawBroken) as refused:
            self._find(entry, f"its command is refused: {refused}")
        else:
            self._decided = True
            self._expected.extend(one.canonical() for one in events)
            self._compare(entry)

    def _compare(self, entry: Entry) -> None:
        follows = self._expected.popleft() if self._expected else b"nothing"
        if follows != entry.content:
            self._find(entry, f"{follows.decode()} follows from its command, not {entry.content.decode()}")

    def _find(self, entry: Entry, message: str, *, checked: bool = True) -> None:
        self.findings.append(Finding(entry.position, entry.id, message, checked))
