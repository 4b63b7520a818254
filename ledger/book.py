"""A book: a journal with its books. Facts become entries here, all of a transaction or none, under the write lock."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.books import Books
from ledger.errors import CommandRefused, FactRefused, IdConflict, InputRefused, JournalDamaged, LawBroken, Malformed
from ledger.events import AnyEvent
from ledger.journal import Entry, Journal, NewEntry, Writer, envelope
from ledger.journal.past import JournalPast
from ledger.journal.rehearsal import Rehearsal
from ledger.laws import admit
from ledger.values import EventId, Timestamp, instant_key

if TYPE_CHECKING:
    from ledger.snapshot import Snapshot

BATCH: Final = 1_000
"""Entries appended at once: the event store is quickest with about so many."""

SNAPSHOT_EVERY: Final = 10_000
"""A snapshot is kept after so many entries, or a 64th of the book if that is more: to fold so much takes no longer than
to read a snapshot, and to keep one at each costs little beside recording them.
"""


class Fact(NamedTuple):
    """A well-formed fact of a source: the line it stands on, the event, and the canonical bytes that will be stored."""

    line: int
    event: AnyEvent
    content: bytes

    @classmethod
    def of(cls, line: int, event: AnyEvent) -> "Fact":
        """The fact of an event; one without an id gets the hash of its canonical bytes."""
        known = event if event.id else event.identified()
        return cls(line, known, known.canonical())

    @property
    def id(self) -> EventId:
        """The id of the event."""
        return self.event.id

    def place(self) -> str:
        """Where it stands in its source."""
        return f"line {self.line}"


class Decision(NamedTuple):
    """What a source tells that becomes facts only beside the books: decided once every fact before it is admitted.

    `id` is the first fact's; `place` says where it stands in its source. `decide` takes the books, and the
    canonical bytes of what is recorded under `id`, None where nothing is. It gives the facts to admit, or None where
    they are recorded already, and may raise `FactRefused` or `CommandRefused`.
    """

    id: EventId
    place: Callable[[], str]
    decide: Callable[[Books, bytes | None], Sequence[AnyEvent] | None]


Told = Fact | Decision | Malformed
"""What a source yields."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a recording did: how many entries it recorded, and how much it passed over as recorded already.

    `by_type` counts the entries by the type of their events.
    """

    recorded: int
    already: int
    by_type: Counter[str] = field(default_factory=Counter, compare=False)

    def plus(self, other: "Recording") -> "Recording":
        """Both together."""
        return Recording(self.recorded + other.recorded, self.already + other.already, self.by_type + other.by_type)


class Book:
    """A journal with the books folded from it so far; with a `snapshot`, from there on."""

    def __init__(self, journal: Journal, snapshot: "Snapshot | None" = None) -> None:
        self.journal = journal
        self._snapshot = snapshot
        self._books: Books | None = None
        self._kept_at = 0

    @property
    def books(self) -> Books:
        """The books as they are folded so far."""
        if self._books is None:
            self._books = self._begun()
        return self._books

    @property
    def position(self) -> int:
        """The position that the books are folded through."""
        return self.books.position

    def catch_up(self, entries: Iterable[Entry]) -> None:
        """Fold the entries that follow `position`, under every law.

        Raises `JournalDamaged` where one of them cannot be read or is not lawful.
        """
        books = self.books
        for entry in entries:
            event = entry.event()
            try:
                admit(event, books)
            except LawBroken as broken:
                raise JournalDamaged(f"entry {entry.position} of {self.journal.name}: {broken}") from broken
            except BaseException:
                self.forget()  # it may be folded in part
                raise

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """A transaction, with the books caught up with the journal and asking it for what is past.

        What is far behind catches up before it takes the lock, and leaves others the book meanwhile.
        """
        books, behind = self.books, True
        while behind:
            with self.journal.write() as writer:
                behind = writer.head().position - books.position > BATCH
                if not behind:
                    books.past = JournalPast(writer)
                    try:
                        self.catch_up(writer.read(books.position))
                        yield writer
                    finally:
                        books.past = JournalPast(self.journal)
            if behind:
                self.catch_up(self.journal.read(books.position))

    def record(
        self,
        facts: Iterable[Told],
        *,
        source: str,
        clock: Callable[[], Timestamp],
        recorded_by: str,
        chunk: int | None = None,
    ) -> Recording:
        """Record the facts of one source, in one transaction, or in one for every `chunk` of them where that is given.

        A fact whose id is recorded already with the same content is passed over. Raises `InputRefused` with every
        malformed line and the first breach of law; nothing of that transaction is then recorded.
        """
        if chunk is not None and chunk < 1:
            raise ValueError(f"chunk is a number of facts from 1 on, not {chunk}")
        feed, total, intake, more = iter(facts), Recording(0, 0), None, True
        try:
            while more:
                with self.writing() as writer:
                    intake = _Intake(self.books, writer, before_event(writer, clock, recorded_by))
                    more = intake.take(feed, chunk, source=source, committed=total.recorded)
                total, intake = total.plus(intake.receipt()), None
        finally:
            if intake is not None and intake.admitted:
                self.forget()
        self.keep()
        return total

    def rehearse(
        self,
        sources: Iterable[tuple[str, Iterable[Told]]],
        *,
        clock: Callable[[], Timestamp],
        recorded_by: str,
    ) -> Iterator[tuple[str, Recording]]:
        """Decide of source after source what `record` would do, and record nothing. Raises as `record` does."""
        writer = Rehearsal(self.journal)
        try:
            self.books.past = JournalPast(writer)
            self.catch_up(writer.read(self.position))
            before = before_event(writer, clock, recorded_by)
            for source, facts in sources:
                intake = _Intake(self.books, writer, before)
                intake.take(iter(facts), None, source=source, committed=0)
                yield source, intake.receipt()
        finally:
            self.forget()

    def forget(self) -> None:
        """Begin again from the journal: the books hold what was never recorded."""
        self._books = None

    def keep(self) -> None:
        """Save a snapshot where many entries were folded since the last one, or that was not to be relied on."""
        if self.position - self._kept_at >= max(SNAPSHOT_EVERY, self.position // 64) or self._kept_at < 0:
            self.save()

    def save(self) -> None:
        """Save a snapshot of the books, which are as the journal is at their position."""
        if self._snapshot is not None and self._snapshot.save(self.books, self.journal):
            self._kept_at = self.position

    def close(self) -> None:
        """Keep a snapshot where it is time, and close the journal."""
        if self._books is not None:
            self.keep()
        self.journal.close()

    def _begun(self) -> Books:
        """The books of the snapshot, if it is beyond doubt; otherwise those of before the first entry."""
        books = None if self._snapshot is None else self._snapshot.load(self.journal)
        if books is None:
            books = Books()
            self._kept_at = -1 if self._snapshot is not None and self._snapshot.path.exists() else 0
        else:
            self._kept_at = books.position
        books.past = JournalPast(self.journal)
        return books


def further_taken(event_id: EventId) -> IdConflict:
    """The refusal of a command, one of whose further facts would have an id that something else has."""
    return IdConflict(f"id {event_id} is recorded already, and a further fact of this command would have it")


class _Intake:
    """One transaction's facts on their way into the journal."""

    def __init__(self, books: Books, writer: Writer, before_event: bytes) -> None:
        self.recorded = 0
        self.already = 0
        self.admitted = 0
        self._by_type: Counter[str] = Counter()
        self._books = books
        self._writer = writer
        self._before_event = before_event
        self._problems: list[str] = []
        self._batch: dict[EventId, bytes] = {}
        self._pending: list[NewEntry] = []
        self._further: dict[EventId, Decision] = {}
        books.past = JournalPast(writer, settle=self._append)

    def receipt(self) -> Recording:
        """What was done so far."""
        return Recording(self.recorded, self.already, self._by_type)

    def take(self, feed: Iterator[Told], limit: int | None, *, source: str, committed: int) -> bool:
        """Take up to `limit` facts, or all. Tells whether there may be more.

        Raises `InputRefused` where there was a problem, once the rest of the source is read for malformed lines.
        """
        taken = 0
        while limit is None or taken < limit:
            batch = list(islice(feed, BATCH if limit is None else min(BATCH, limit - taken)))
            if not batch:
                return False
            taken += len(batch)
            self._take(batch)
            if self._problems:
                self._problems += [str(item) for item in feed if isinstance(item, Malformed)]
                raise InputRefused(source, tuple(self._problems), committed)
        return True

    def _take(self, batch: list[Told]) -> None:
        known = self._writer.known([item.id for item in batch if not isinstance(item, Malformed)])
        self._batch.clear()
        for item in batch:
            if isinstance(item, Malformed):
                self._problems.append(str(item))
            elif not self._problems:
                try:
                    self._take_one(item, known.get(item.id))
                except (LawBroken, IdConflict, FactRefused, CommandRefused) as broken:
                    self._problems.append(f"{item.place()}: {broken}")
        if not self._problems:
            try:
                self._append()
            except IdConflict as conflict:
                self._problems.append(str(conflict))

    def _take_one(self, item: Fact | Decision, stored: Entry | None) -> None:
        recorded = stored.content if stored else self._batch.get(item.id)
        if isinstance(item, Decision):
            events = item.decide(self._books, recorded)
            self.already += events is None
            for event in events or ():
                if event.id != item.id:
                    if event.id in self._batch:
                        raise further_taken(event.id)
                    self._further[event.id] = item
                self._admit(event, event.canonical())
        elif recorded is None:
            self._admit(item.event, item.content)
        elif recorded == item.content:
            self.already += 1
        else:
            where = f"at position {stored.position}" if stored else "earlier in the same source"
            raise IdConflict(f"id {item.id} is recorded {where} with other content")

    def _admit(self, event: AnyEvent, content: bytes) -> None:
        admit(event, self._books)
        self.admitted += 1
        self._batch[event.id] = content
        self._pending.append(NewEntry(event.type, event.id, b"%b%b}" % (self._before_event, content)))
        self._by_type[event.type] += 1

    def _append(self) -> None:
        """Hand what is admitted to the writer. Raises `IdConflict` where a decision gave a fact an id that is taken."""
        for taken in self._writer.known(list(self._further)) if self._further else ():
            raise IdConflict(f"{self._further[taken].place()}: id {taken} is recorded with other content")
        self._further.clear()
        self._writer.append(self._pending)
        self.recorded += len(self._pending)
        self._pending = []


def before_event(writer: Writer, clock: Callable[[], Timestamp], recorded_by: str) -> bytes:
    """The envelope of this transaction's entries. Recorded time never runs backwards, whatever the clock says."""
    now, last = clock(), writer.head().recorded_at
    return envelope(now if last is None else max(now, last, key=instant_key), recorded_by)
