"""The other course: entry after entry is told again to books of its own, beside the books as they are recorded."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Literal

from pydantic import ValidationError

from ledger.books import Books
from ledger.commands import AnyCommand, ReverseEntry, decide, read_back
from ledger.errors import CommandRefused, JournalDamaged, LawBroken, LedgerError
from ledger.events import (
    AnyEvent,
    BadDebtSocialized,
    EntryReversed,
    FundContributed,
    FundDrawn,
    FundOpened,
    FundWithdrawn,
    PoolOpened,
    PostedLine,
    RecoveryAllocated,
    ReserveDrawn,
    ShortfallRecognized,
    TermsChanged,
)
from ledger.journal import Entry, Journal, NewEntry, Writer, envelope
from ledger.journal.past import JournalPast
from ledger.laws import admit, admit_all
from ledger.values import AMOUNT_MAX, CaseId, EventId, FundId, PartyId, PoolId
from ledger.waterfall import FundLayer, Waterfall
from ledger.what_if.asked import Otherwise
from ledger.what_if.fitted import fitted, restated
from ledger.what_if.report import Impossible, told
from ledger.what_if.resolving import allocated, resolved, walk
from ledger.what_if.survey import Resolving, Survey, source_of_fact

Group = list[tuple[Entry, AnyEvent]]
"""What was decided at once: the entries of a command, or one other."""

ASKER: Final = PartyId("what-if")
"""Who puts into a fund, or takes out of it, what it would have held more or less."""


class Course:
    """The other course as far as it is told. `impossible` is what it cannot have as it is recorded."""

    def __init__(self, journal: Journal, survey: Survey, otherwise: Otherwise, writer: Writer) -> None:
        self.impossible: list[Impossible] = []
        self._journal, self._survey, self._otherwise, self._writer = journal, survey, otherwise, writer
        self._books = Books(JournalPast(writer))
        self._recorded = Books(JournalPast(journal))
        self._waiting: set[PoolId] = set()
        self._different: set[CaseId] = set()
        self._replaced: set[EventId] = set()
        self._added = 0
        self._entry: Entry

    def tell(self, group: Group) -> None:
        """Tell what was decided at once. It is told to the recorded books after that."""
        self._entry, first = group[0]
        if self._entry.position == self._survey.first_recognition:
            for fund, amount in self._otherwise.funds.items():
                self._endow(fund, amount, first)
        if first.command is not None:
            self._decide(first)
        else:
            self._tell(first)
        admit_all((event for _, event in group), self._recorded)
        if first.command is None:
            self._follow(first)

    # Commands.

    def _decide(self, first: AnyEvent) -> None:
        """Decide a command again: its facts take the place of the recorded ones."""
        command = self._command(first)
        if command is None or (isinstance(command, ReverseEntry) and command.of in self._replaced):
            return
        try:
            events = decide(command, self._books)
            self._require_free(events)
            admit_all(events, self._books)
        except (CommandRefused, LawBroken) as refused:
            self._report(first.id, command.type, "left out", told(refused))
        else:
            self._append(events)

    def _command(self, first: AnyEvent) -> AnyCommand | None:
        try:
            return read_back(first)
        except ValidationError:
            raise JournalDamaged(
                f"entry {self._entry.position}, {first.id}, has a command that cannot be read"
            ) from None

    # Facts.

    def _tell(self, event: AnyEvent) -> None:
        match event:
            case PoolOpened():
                self._keep(self._opened(event))
            case TermsChanged():
                if (changed := self._changed(event)) is None:
                    self._replaced.add(event.id)
                else:
                    self._keep(changed)
            case FundDrawn() | ReserveDrawn() | BadDebtSocialized() if event.id in self._survey.layered:
                self._resolve_as(event)
            case RecoveryAllocated():
                self._allocate_as(event)
            case EntryReversed():
                self._reverse_as(event)
            case _:
                self._keep(event)

    def _follow(self, event: AnyEvent) -> None:
        """What follows at once under the other terms, once both books hold a fact."""
        if isinstance(event, FundOpened | PoolOpened):
            for pool in sorted(self._waiting):
                self._change_waiting(pool, event)
        elif isinstance(event, ShortfallRecognized) and event.id not in self._survey.undone:
            later = self._survey.resolved_after(event.case, self._entry.position)
            if not later and self._is_different(event.case):
                self._resolve(event.pool, event.case, event)

    def _keep(self, event: AnyEvent) -> None:
        """Have a fact as it is, or else cut to what is possible, or else left out."""
        try:
            self._admit(restated(event, self._books))
        except (CommandRefused, LawBroken) as refused:
            self._cut(event, refused)

    def _cut(self, event: AnyEvent, refused: CommandRefused | LawBroken) -> None:
        try:
            cut = fitted(event, self._books)
            if cut is None or not 0 < cut[1] < cut[2]:
                return self._leave_out(event, refused)
            self._admit(restated(cut[0], self._books))
        except (CommandRefused, LawBroken):
            return self._leave_out(event, refused)
        return self._report(event.id, event.type, "cut", f"{cut[1]} in place of {cut[2]}: {told(refused)}")

    def _leave_out(self, event: AnyEvent, why: LedgerError) -> None:
        self._report(event.id, event.type, "left out", told(why))

    # Terms, and what funds hold.

    def _opened(self, event: PoolOpened) -> PoolOpened:
        """The pool on its other terms. A waterfall with a fund that is not opened yet waits for it."""
        waterfall, recovery = self._otherwise.waterfall_of(event.pool), self._otherwise.recovery_of(event.pool)
        self._waiting.discard(event.pool)
        if waterfall is not None and not self._are_funds_open(waterfall):
            self._waiting.add(event.pool)
            waterfall = None
        return replace(
            event,
            waterfall=event.waterfall if waterfall is None else waterfall,
            recovery=event.recovery if recovery is None else recovery,
        )

    def _changed(self, event: TermsChanged) -> TermsChanged | None:
        """A change without what the other terms hold fixed; None where nothing is left of it."""
        waterfall, recovery = self._otherwise.waterfall_of(event.pool), self._otherwise.recovery_of(event.pool)
        fixed = waterfall is not None and event.pool not in self._waiting
        changed = replace(
            event,
            waterfall=None if fixed else event.waterfall,
            recovery=event.recovery if recovery is None else None,
        )
        return None if changed != event and not changed.changed() else changed

    def _change_waiting(self, pool: PoolId, opened: AnyEvent) -> None:
        """The waterfall that waited for its funds is the pool's now, if they are there."""
        waterfall = self._otherwise.waterfall_of(pool)
        if waterfall is not None and self._are_funds_open(waterfall) and pool in self._books.charters.pools:
            self._waiting.discard(pool)
            self._keep(TermsChanged(at=opened.at, id=self._new_id(), pool=pool, waterfall=waterfall))

    def _are_funds_open(self, waterfall: Waterfall) -> bool:
        funds = self._books.charters.funds
        return all(layer.fund in funds for layer in waterfall if isinstance(layer, FundLayer))

    def _endow(self, fund: FundId, amount: int, first: AnyEvent) -> None:
        """Have a fund hold an amount, by contributions or withdrawals of what it lacks or has more: mostly one."""
        while more := amount - self._books.fund_balance(fund):
            kind = FundContributed if more > 0 else FundWithdrawn
            moved = min(abs(more), AMOUNT_MAX)
            self._admit(kind(at=first.at, id=self._new_id(), fund=fund, contributor=ASKER, amount=moved))

    # Resolutions.

    def _is_different(self, case: CaseId) -> bool:
        """Whether a case is resolved again: for its waterfall, or what the layers bear of it now, is another one.

        Once it is, it stays so: what its layers bore as recorded is no more to be kept.
        """
        if case not in self._different and case in self._books.cases:
            here, there = self._books.cases[case], self._recorded.cases[case]
            prices = self._survey.prices(case)
            if here.waterfall != there.waterfall or walk(self._books, case, prices) != walk(
                self._recorded, case, prices
            ):
                self._different.add(case)
        return case in self._different

    def _resolve_as(self, event: Resolving) -> None:
        """Where layers bore a deficit in their turn, they do so again; where nothing is different the fact stays."""
        if not self._is_different(event.case):
            self._keep(event)
            return
        if event.id not in self._survey.undone:
            self._resolve(event.pool, event.case, event)
        if not self._writer.known([event.id]):
            self._replaced.add(event.id)

    def _resolve(self, pool: PoolId, case: CaseId, event: AnyEvent) -> None:
        """Walk the waterfall of a case for what is open of it now."""
        try:
            for fact in resolved(self._books, pool, case, event.at, self._survey.prices(case)):
                self._admit(self._as_recorded(fact))
        except (CommandRefused, LawBroken) as refused:
            self._report(event.id, event.type, "left out", f"case {case} is not resolved: {told(refused)}")

    def _as_recorded(self, fact: Resolving) -> AnyEvent:
        """The fact under the id of the recorded one by the same source that comes next, and as that one if equal."""
        for position, recorded in self._survey.resolutions.get(fact.case, ()):
            if position < self._entry.position or source_of_fact(recorded) != source_of_fact(fact):
                continue
            if self._writer.known([recorded.id]):
                continue
            if _weight(recorded) == _weight(fact):
                return restated(recorded, self._books)
            return replace(fact, id=recorded.id)
        return replace(fact, id=self._new_id())

    # After the loss.

    def _allocate_as(self, event: RecoveryAllocated) -> None:
        """Allocate a recovery again by the policy; or as it was, where the policy would give the same to the same."""
        here, there = allocated(event, self._books), allocated(event, self._recorded)
        if (here.policy, here.parts) == (there.policy, there.parts) and self._can_keep(event):
            return
        if here.refused is not None:
            self._leave_out(event, here.refused)
        else:
            self._keep(replace(event, parts=here.parts))

    def _can_keep(self, event: AnyEvent) -> bool:
        try:
            self._admit(event)
        except (CommandRefused, LawBroken):
            return False
        return True

    def _reverse_as(self, event: EntryReversed) -> None:
        """Undo what is undone, as it stands in this course. What was decided again without it needs no reversal."""
        if event.of in self._replaced:
            self._replaced.add(event.id)
            return
        found, recorded = self._books.past.find(event.of), self._recorded.past.find(event.of)
        if found is None or recorded is None or found[1] == recorded[1]:
            self._keep(event)
        else:
            lines = found[1].lines(self._books.charters)
            postings = (
                PostedLine(account=account, commodity=kept_in, amount=-amount) for account, kept_in, amount in lines
            )
            self._keep(replace(event, postings=tuple(postings)))

    # The journal.

    def _admit(self, event: AnyEvent) -> None:
        self._require_free((event,))
        admit(event, self._books)
        self._append((event,))

    def _require_free(self, events: Iterable[AnyEvent]) -> None:
        for taken in self._writer.known([event.id for event in events]):
            raise CommandRefused(f"id {taken} is another entry's in this course")

    def _append(self, events: Iterable[AnyEvent]) -> None:
        before = envelope(self._entry.recorded_at, self._entry.recorded_by)
        self._writer.append([NewEntry(one.type, one.id, b"%b%b}" % (before, one.canonical())) for one in events])

    def _new_id(self) -> EventId:
        """An id for what only this course has."""
        while True:
            self._added += 1
            new = EventId(f"what-if/{self._added}")
            if not self._journal.known([new]) and not self._writer.known([new]):
                return new

    def _report(self, event_id: EventId, kind: str, outcome: Literal["left out", "cut"], reason: str) -> None:
        self.impossible.append(Impossible(self._entry.position, event_id, kind, outcome, reason))


def _weight(fact: Resolving) -> tuple[int, int]:
    """What a source bears, and what that costs it."""
    return fact.amount, fact.price() if isinstance(fact, FundDrawn) else fact.amount
