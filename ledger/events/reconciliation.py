"""Sign-off: a reconciliation's report is prepared, reviewed by someone else, and signed, in that order."""

from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves
from ledger.books import Books
from ledger.cases import Entries, Signing
from ledger.errors import UnknownName, WrongState
from ledger.events.envelope import Event
from ledger.values import BORDER, EventId, Named, PartyId, Sha256, Text


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Reconciliation(Event):
    """What the three steps share: what was reconciled, and who takes the step. No postings.

    `report` and `files` are the SHA-256 of the report and of what the other side said; `through` is the id of the last
    entry that was looked at, `head` the SHA-256 of its stored bytes.
    """

    subject: Text
    person: Named[PartyId]
    report: Sha256
    files: tuple[Sha256, ...]
    through: Named[EventId]
    head: Sha256

    def moves(self, charters: Charters) -> Moves:
        return ()

    def require_step(self, books: Books, taken: int) -> Signing | None:
        """The sign-off so far, bound to the same files and entry, after so many steps. Raises `WrongState`."""
        through = books.past.find(self.through)
        if through is None or through[0] > books.position:
            raise UnknownName(f"no entry {self.through} was recorded before")
        found = books.signings.get((self.subject, self.report))
        steps = len(found.persons) if found else 0
        if steps != taken:
            done = ("not prepared", "prepared", "prepared and reviewed", "signed")[steps]
            raise WrongState(f"report {self.report} of {self.subject} is {done}")
        if found and found.bound_to != self._bound_to():
            raise WrongState(f"report {self.report} of {self.subject} was prepared from other files or another entry")
        return found

    def fold(self, books: Books) -> None:
        signing = books.signings.setdefault((self.subject, self.report), Signing(self._bound_to()))
        signing.persons.append(self.person)

    def unfold(self, books: Books) -> None:
        signing = books.signings[self.subject, self.report]
        signing.persons.pop()
        if not signing.persons:
            del books.signings[self.subject, self.report]

    def histories(self, books: Books) -> tuple[Entries, ...]:
        return (books.signings[self.subject, self.report].entries,)

    def _bound_to(self) -> tuple[str, ...]:
        return (*self.files, self.through, self.head)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReconciliationPrepared(Reconciliation):
    """A reconciliation's report is prepared."""

    type: Literal["reconciliation-prepared"] = "reconciliation-prepared"

    def laws(self, books: Books) -> None:
        self.require_step(books, 0)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReconciliationReviewed(Reconciliation):
    """It is reviewed, by another person than the one who prepared it."""

    type: Literal["reconciliation-reviewed"] = "reconciliation-reviewed"

    def laws(self, books: Books) -> None:
        signing = self.require_step(books, 1)
        if signing and self.person in signing.persons:
            raise WrongState(
                f"{self.person} prepared report {self.report} of {self.subject}: another person reviews it"
            )


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReconciliationSigned(Reconciliation):
    """It is signed, once it was reviewed."""

    type: Literal["reconciliation-signed"] = "reconciliation-signed"

    def laws(self, books: Books) -> None:
        self.require_step(books, 2)
