"""Proposed entries: what we have to record so that a break of ours is settled, tried on a rehearsal of the book."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from ledger.accounts import net
from ledger.books import Books
from ledger.events import AnyEvent
from ledger.journal import Journal
from ledger.values import EventId, Json, Timestamp, instant_key
from projections.reconciliation.breaks import GUESS, Break, Proposal, proposed_id
from projections.reconciliation.items import Item
from projections.reconciliation.proposals.booked import (
    Candidate,
    Place,
    charged,
    known,
    place_of,
    unidentified,
)
from projections.reconciliation.proposals.corrected import again, elsewhere, reversal, undone
from projections.reconciliation.proposals.counterparts import Counterparts
from projections.reconciliation.proposals.guesses import is_guess
from projections.reconciliation.proposals.trial import Trial

TRIED_MAX: Final = 200
"""So many breaks are proposed for in one paper. Once these are recorded, the next paper goes on."""


def proposals_of(
    breaks: Sequence[Break], journal: Journal, position: int, *, accounts: Sequence[str] = ()
) -> tuple[Proposal, ...]:
    """What would settle the breaks that are ours: facts and commands, `break-ID`, `break-ID-2` and so on.

    They are tried in the order of the breaks on the book as it stood at a position, all that is certain before any
    guess, each beside those before it that were admitted; so those that are not `refused` can be recorded in their
    order, with the guesses or without. Of several ways to settle a break the first
    that is admitted, and moves the accounts by just what is apart, is proposed; where none is, the first of all, with
    the words why it is refused. The reason of a guess says that it is one. `accounts` are those that are reconciled:
    what the book does not have at all is booked on the first. Of a number of a report only an entry that is there twice
    is undone. Where an open movement of the other side may be the same nothing is proposed, and that is said. Only the
    first `TRIED_MAX` breaks are proposed for.
    """
    mine = [one for one in breaks if one.party == "ours"][:TRIED_MAX]
    if not mine:
        return ()
    trial, counterparts = Trial(journal, position), Counterparts(breaks, accounts)
    asked: list[_Asked] = []
    waiting: list[Proposal] = []
    for one in mine:
        if told := counterparts.told(one):
            waiting.append(Proposal(one.id, (), f"{one.class_}: {one.evidence}", told))
        else:
            asked.append(_Asked(one, journal, trial, accounts))
    return (*_tried(asked, trial), *waiting)


def _tried(asked: Sequence["_Asked"], trial: Trial) -> Iterable[Proposal]:
    """What is proposed, in the order in which it may be recorded: all that is certain, and then the guesses."""
    found: dict[_Asked, Proposal] = {}
    for guesses in (False, True):
        for one in asked:
            before = found.get(one)
            if before is None or before.refused:
                now = _proposal(one, trial, guesses=guesses)
                if now is not None and (before is None or not now.refused):
                    found.pop(one, None)
                    found[one] = now
    return found.values()


def _proposal(asked: "_Asked", trial: Trial, *, guesses: bool) -> Proposal | None:
    """The first way that settles a break, else the first of all, of guesses or of what is certain; None for none."""
    first: Proposal | None = None
    for candidate in tuple(asked.candidates(guesses=guesses)):
        facts = tuple(
            _named(asked.id, number, fact, candidate.at, trial.books) for number, fact in enumerate(candidate.facts, 1)
        )
        proposal = Proposal(asked.id, facts, candidate.reason, trial.refused(facts, asked.other_than_needed()))
        if not proposal.refused:
            return proposal
        first = first or proposal
    return first


class _Asked:
    """What is to be settled, and the accounts that it is about."""

    def __init__(self, one: Break, journal: Journal, trial: Trial, accounts: Sequence[str]) -> None:
        self._break = one
        self._journal = journal
        self._trial = trial
        self.id = one.id
        self._mine = [item for item in one.ours if not accounts or item.account in accounts]
        names = list(accounts) or [item.account for item in (*self._mine, *one.theirs)]
        places = (place_of(name, one.commodity, trial.books) for name in names)
        self._places = [place for place in places if place is not None]

    def candidates(self, *, guesses: bool) -> Iterator[Candidate]:
        """The ways to settle it, the best first: those that are guesses, whose reason says so, or the others."""
        of_guess = is_guess(self._break, self._events(self._at_trace()))
        for one in self._ways():
            if (one.guess or of_guess) == guesses:
                yield one._replace(reason=f"{GUESS}{one.reason}") if guesses else one

    def _ways(self) -> Iterator[Candidate]:
        match self._break.class_:
            case "duplicate in ledger" | "reversal pending":
                yield from self._undone()
            case "amount" | "sign":
                yield from self._again()
            case "wrong account":
                yield from self._elsewhere()
            case "fee" | "accrual":
                yield from self._kept()
            case "missing in ledger":
                yield from self._missing()
            case _:
                return

    def other_than_needed(self) -> Callable[[], str]:
        """What tells later what is wrong where the accounts have not moved from now on by just what is apart."""
        before, needed = self._balance(), -self._break.effect

        def told() -> str:
            moved = self._balance() - before
            if not self._places or moved == needed:
                return ""
            return f"it moves {', '.join(place.account for place in self._places)} by {moved}, where {needed} is apart"

        return told

    def _balance(self) -> int:
        """The balance of the accounts, on their normal side."""
        return sum(place.debit(self._trial.balance(place.account, place.commodity)) for place in self._places)

    def _undone(self) -> Iterator[Candidate]:
        """What we have twice, or the other side undid, is undone."""
        one, books = self._break, self._trial.books
        if one.key is not None and len(one.trace) != 1:
            return  # of a number whose entry is not known
        events = self._events([item.id for item in self._mine] or self._cited())
        reason = f"{one.class_}: {one.evidence}"
        if len(events) == 1:
            place = self._place_moved_by(events[0])
            if place is not None:
                yield from undone(events[0], place, self._moved_by(events[0], place), reason, books)
            else:
                yield Candidate((reversal(events[0], reason, books),), reason, events[0].at)
        elif events:
            yield Candidate(tuple(reversal(event, reason, books) for event in events), reason, events[-1].at)
        elif one.theirs and self._places:
            line = one.theirs[0]
            yield unidentified(self._places[0], line, _told(line), _at(line))

    def _again(self) -> Iterator[Candidate]:
        """What both sides have, with another amount or sign, is told again as the other side has it."""
        one, books = self._break, self._trial.books
        stated, reason = sum(line.amount for line in one.theirs), f"{one.class_}: {one.evidence}"
        for event in self._events([item.id for item in self._mine])[:1]:
            place = self._place_moved_by(event)
            if place is not None and one.theirs:
                yield from again(event, place, self._moved_by(event, place), stated, reason, books)

    def _elsewhere(self) -> Iterator[Candidate]:
        """What we have on another account is told of this one."""
        one, books = self._break, self._trial.books
        others = [item.id for item in one.ours if item not in self._mine] or self._cited()
        for event in self._events(others)[:1]:
            stated, reason = sum(line.amount for line in one.theirs), f"{one.class_}: {one.evidence}"
            for place in self._places[:1]:
                yield from elsewhere(event, place, stated, reason, books)

    def _kept(self) -> Iterator[Candidate]:
        """What the keeper took or gave."""
        one = self._break
        names = [item.account for item in self._mine]
        for place in [place for place in self._places if place.account in names or not names][:1]:
            for line in one.theirs[:1]:
                what = "interest" if one.class_ == "accrual" else "fee"
                yield from charged(place, -one.effect, what, _told(line), _at(line))

    def _missing(self) -> Iterator[Candidate]:
        """What only the other side has."""
        for line in self._break.theirs[:1]:
            for place in self._places:
                yield from known(place, line, self._trial.books, _told(line), _at(line))
            for place in self._places[:1]:
                yield unidentified(place, line, _told(line), _at(line))

    def _events(self, ids: Sequence[str]) -> list[AnyEvent]:
        """The entries of these ids, in order."""
        found = self._journal.known([EventId(name) for name in ids]).values()
        return [entry.event() for entry in sorted(found) if entry.position <= self._trial.books.position]

    def _cited(self) -> list[str]:
        """The entries that the break comes from; else that which its line names."""
        return self._at_trace() or [line.reverses for line in self._break.theirs if line.reverses]

    def _at_trace(self) -> list[str]:
        return [next(self._journal.read(position - 1, position)).id for position in self._break.trace]

    def _place_moved_by(self, event: AnyEvent) -> Place | None:
        return next((place for place in self._places if self._moved_by(event, place)), None)

    def _moved_by(self, event: AnyEvent, place: Place) -> int:
        """What an entry moves an account by, on its normal side."""
        return place.debit(net(event.lines(self._trial.books.charters)).get((place.account, place.commodity), 0))


def _named(break_id: str, number: int, fact: Json, at: Timestamp, books: Books) -> Json:
    """A proposed fact with its id and time: in a closed period that is the next one, and `occurred_at` says when."""
    kind, *others = fact
    when: Json = {"at": at}
    if instant_key(at) <= books.closed_through:
        when = {"at": _first_open(books.closed_through), "occurred_at": at}
    return {kind: fact[kind], **when, "id": proposed_id(break_id, number), **{other: fact[other] for other in others}}


def _first_open(closed_through: str) -> Timestamp:
    """The first instant after a closed period: the next day where that ends with its last second."""
    day, time = date.fromisoformat(closed_through[:10]), closed_through[11:]
    if time[:8] == "23:59:59":
        return Timestamp(f"{day + timedelta(days=1)}T00:00:00Z")
    whole, _, fraction = time.partition(".")
    nanoseconds = str(int(fraction.ljust(9, "0")) + 1)
    if len(nanoseconds) <= 9:  # noqa: PLR2004  (the digits of a nanosecond)
        return Timestamp(f"{day}T{whole}.{nanoseconds.rjust(9, '0').rstrip('0')}Z")
    later = datetime.fromisoformat(f"{day}T{whole}") + timedelta(seconds=1)
    return Timestamp(f"{later.isoformat()}Z")


def _at(line: Item) -> Timestamp:
    """When a line counts: its instant, or the beginning of its day."""
    return Timestamp(line.at) if "T" in line.at else Timestamp(f"{line.at}T00:00:00Z")


def _told(line: Item) -> str:
    """A line of a statement, by its place and by what it is called there."""
    called = line.reference or line.end_to_end or line.chain or line.text
    return f"line {line.place} of {line.day}" + (f" ({called})" if called else "")
