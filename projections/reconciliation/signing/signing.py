"""Sign-off of a paper: it is prepared, reviewed by someone else and signed, each an entry in the book itself."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, NamedTuple

from ledger.book import Book, Decision, Fact
from ledger.books import Books
from ledger.errors import CommandRefused, InputRefused
from ledger.events import AnyEvent, EntryReversed, ReconciliationPrepared, ReconciliationReviewed, ReconciliationSigned
from ledger.journal import Entry, Journal
from ledger.values import EventId, Timestamp, timestamp
from projections.reconciliation.document import hash_of
from projections.reconciliation.paper import UNEXPLAINED, Paper
from projections.reconciliation.signing.stale import StaleEntry, closing_of, stale_entries
from projections.reconciliation.standing import require_of_book

Step = Literal["prepare", "review", "sign"]
Done = Literal["prepared", "reviewed", "signed"]

_DONE: Final[dict[Step, Done]] = {"prepare": "prepared", "review": "reviewed", "sign": "signed"}
_EVENTS: Final[dict[Step, Any]] = {
    "prepare": ReconciliationPrepared,
    "review": ReconciliationReviewed,
    "sign": ReconciliationSigned,
}
_TYPES: Final[dict[str, Done]] = {_EVENTS[step].type: done for step, done in _DONE.items()}
_READ: Final = {*_TYPES, EntryReversed.type}
_SOME: Final = 5


class StepTaken(NamedTuple):
    """A step of a sign-off: who took it, and the entry that says so."""

    step: Done
    person: str
    position: int
    id: str
    at: str
    recorded_at: str
    recorded_by: str


class SignOff(NamedTuple):
    """How far a paper is signed off, and the entries recorded since that make it stale."""

    steps: tuple[StepTaken, ...]
    stale: tuple[StaleEntry, ...]

    @property
    def state(self) -> Literal["none", "prepared", "reviewed", "signed"]:
        """The last step that was taken."""
        return self.steps[-1].step if self.steps else "none"


class Signed(NamedTuple):
    """A step that is recorded: with the paper's SHA-256, and the entry's id and position."""

    step: Done
    report: str
    id: str
    position: int


def sign(
    book: Book,
    paper: Paper,
    step: Step,
    *,
    person: str,
    clock: Callable[[], Timestamp],
    recorded_by: str,
    at: str | None = None,
) -> Signed:
    """Record that a person takes a step of a paper's sign-off, effective `at` a time, or now.

    It is bound to the paper's SHA-256, to its files, and to the entry with which the book ended then. Raises
    `CommandRefused` for a paper that may not be signed, a step out of its order, another person than may take it, a
    name or time that is none, and a paper that is stale; `AskedAmiss` for a paper of another book. Nothing is recorded
    then. What is recorded while this is being found out is looked at too, under the write lock.
    """
    _require_signable(paper)
    seen = book.journal.head().position
    _require_may_be_taken(step, paper, book.journal)
    event: AnyEvent = Fact.of(1, _event(paper, step, person, at or clock())).event

    def decide(books: Books, recorded: bytes | None) -> Sequence[AnyEvent]:
        if books.position > seen:
            _require_may_be_taken(step, paper, book.journal)
        if recorded is not None:
            raise CommandRefused(f"{event.id} is recorded already, and was reversed: take the step at another time")
        return (event,)

    try:
        decision = Decision(event.id, lambda: step, decide)
        book.record([decision], source=paper.subject, clock=clock, recorded_by=recorded_by)
    except InputRefused as refused:
        raise CommandRefused("; ".join(told.removeprefix(f"{step}: ") for told in refused.problems)) from None
    return Signed(_DONE[step], hash_of(paper), event.id, book.journal.known([event.id])[event.id].position)


def sign_off_of(journal: Journal, paper: Paper) -> SignOff:
    """The steps that were taken of a paper's sign-off, and what makes it stale. Steps that were reversed are left out.

    Reads what was recorded since the paper was made. Raises `AskedAmiss` for a paper of another book.
    """
    require_of_book(paper, journal)
    closing = closing_of(paper)
    later = [entry for entry in journal.read(paper.standing.position) if entry.type in _READ or closing.has(entry)]
    return SignOff(_steps(paper, later), stale_entries(journal, paper, later))


def _steps(paper: Paper, later: list[Entry]) -> tuple[StepTaken, ...]:
    """The steps among later entries: they name the paper, so they were recorded after it was made."""
    report, taken = hash_of(paper), dict[str, StepTaken]()
    for entry in later:
        if entry.type in _READ:
            event = entry.event()
            if isinstance(event, EntryReversed):
                taken.pop(event.of, None)
            elif isinstance(event, ReconciliationPrepared | ReconciliationReviewed | ReconciliationSigned) and (
                (event.subject, event.report) == (paper.subject, report)
            ):
                taken[entry.id] = StepTaken(
                    _TYPES[entry.type],
                    event.person,
                    entry.position,
                    entry.id,
                    event.at,
                    entry.recorded_at,
                    entry.recorded_by,
                )
    return tuple(taken.values())


def _require_signable(paper: Paper) -> None:
    """Nothing is left unexplained, in any commodity."""
    if not paper.standing.through:
        raise CommandRefused(
            f"the paper of {paper.subject} was made of a book without entries: there is nothing to sign"
        )
    if paper.may_be_signed():
        return
    amounts = [f"{amount} base units of {commodity}" for commodity, amount in sorted(paper.unexplained().items())]
    breaks = [
        f"break {one.id} of {one.effect} base units of {one.commodity}"
        for one in paper.breaks
        if one.class_ == UNEXPLAINED
    ]
    told = amounts + breaks
    raise CommandRefused(f"the paper of {paper.subject} cannot be signed: unexplained {_are(told)} {_some(told)}")


def _require_may_be_taken(step: Step, paper: Paper, journal: Journal) -> None:
    """As the journal is now, the step is the next one, and the paper is not stale."""
    signed_off = sign_off_of(journal, paper)
    _require_next(paper, signed_off, step)
    _require_fresh(paper, signed_off)


def _require_next(paper: Paper, signed_off: SignOff, step: Step) -> None:
    """The steps are taken in their order, each once."""
    steps: tuple[Step, ...] = ("prepare", "review", "sign")
    taken = len(signed_off.steps)
    if step in steps[:taken]:
        done = signed_off.steps[steps.index(step)]
        raise CommandRefused(f"the paper of {paper.subject} is {done.step} already, by {done.person} as {done.id}")
    if step != steps[taken]:
        missing = " and ".join(_DONE[one] for one in steps[taken : steps.index(step)])
        raise CommandRefused(f"the paper of {paper.subject} is not {missing} yet: it cannot be {_DONE[step]}")


def _require_fresh(paper: Paper, signed_off: SignOff) -> None:
    """Nothing was recorded since that would change it."""
    if signed_off.stale:
        named = [f"{one.type} {one.id} at position {one.position}" for one in signed_off.stale]
        raise CommandRefused(
            f"the paper of {paper.subject} is stale: {_some(named)} {_were(named)} recorded since; make it again"
        )


def _event(paper: Paper, step: Step, person: str, at: str) -> Any:  # noqa: ANN401  (one of three events)
    from pydantic import ValidationError

    try:
        return _EVENTS[step](
            at=timestamp(at),
            subject=paper.subject,
            person=person,
            report=hash_of(paper),
            files=tuple(file.sha256 for file in paper.files),
            through=EventId(paper.standing.through),
            head=paper.standing.head,
        )
    except ValidationError as error:
        flaw = error.errors(include_url=False)[0]
        raise CommandRefused(f"{'.'.join(map(str, flaw['loc']))}: {flaw['msg']}, not {flaw['input']!r}") from None
    except ValueError as error:
        raise CommandRefused(f"at: {error}, not {at!r}") from None


def _some(told: list[str]) -> str:
    more = f" and {len(told) - _SOME} more" if len(told) > _SOME else ""
    return ", ".join(told[:_SOME]) + more


def _are(told: list[str]) -> str:
    return "is" if len(told) == 1 else "are"


def _were(told: list[str]) -> str:
    return "was" if len(told) == 1 else "were"
