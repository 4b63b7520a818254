"""The desk: a book that decides. Commands and facts go in, receipts come out; what it knows can be read at any time.

    with Desk.open(Path("book.db"), clock=clock, ids=ids, recorded_by="treasury") as desk:
        receipt = desk.record(Deposit(at=clock(), pool=PoolId("alpha"), lender=PartyId("alice"), assets=100))

One desk may be used by several threads, and several desks, in one process or in many, may use one book.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Final, Self

from ledger.accounts import Charters, no_charters
from ledger.book import Book, before_event, further_taken
from ledger.books import Books
from ledger.commands import AnyCommand, Command, decide
from ledger.entitlements import Entitlement, entitlements
from ledger.errors import CommandRefused, IdConflict, LawBroken, UnknownName
from ledger.events import AnyEvent, FundOpened, PoolOpened
from ledger.journal import Entry, Journal, NewEntry, Writer
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from ledger.laws import admit_all, rehearse
from ledger.receipt import Receipt, receipt
from ledger.snapshot import Snapshot
from ledger.states import (
    CaseState,
    FundState,
    LenderState,
    LoanState,
    PoolState,
    case_state,
    fund_state,
    lender_state,
    loan_state,
    pool_state,
)
from ledger.values import LENDERS, CaseId, EventId, FundId, LoanId, PartyId, PoolId, Timestamp, TrancheId

PATIENCE: Final = 60
"""Seconds to wait for another writer, unless told otherwise."""


class Desk:
    """A book, with the clock that its entries are recorded by and the source of ids for what comes without one.

    `clock` gives the time of recording, `ids` a new id each time it is called, `recorded_by` who records.
    """

    def __init__(
        self, book: Book, *, clock: Callable[[], Timestamp], ids: Callable[[], EventId], recorded_by: str
    ) -> None:
        self._book = book
        self._clock = clock
        self._ids = ids
        self._recorded_by = recorded_by
        self._lock = RLock()
        self._current()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Callable[[], Timestamp],
        ids: Callable[[], EventId],
        recorded_by: str,
        patience: int = PATIENCE,
    ) -> Self:
        """The desk of a book that is there, opened by its snapshot where that is beyond doubt.

        `patience` is how many seconds to wait for another writer. Raises `BookMissing`, `NotABook` or `NewerJournal`
        where no such book is there, `JournalDamaged` where an entry of it cannot be read or is not lawful.
        """
        journal = SqliteJournal.open(path, patience=patience)
        return cls(Book(journal, Snapshot.beside(journal.path)), clock=clock, ids=ids, recorded_by=recorded_by)

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        clock: Callable[[], Timestamp],
        ids: Callable[[], EventId],
        recorded_by: str,
        patience: int = PATIENCE,
    ) -> Self:
        """The same, of a book that is made where there is none."""
        SqliteJournal.create(path, patience=patience).close()
        return cls.open(path, clock=clock, ids=ids, recorded_by=recorded_by, patience=patience)

    @classmethod
    def in_memory(
        cls, *, clock: Callable[[], Timestamp], ids: Callable[[], EventId], recorded_by: str, name: str = "memory"
    ) -> Self:
        """The desk of a book that is gone with the process."""
        return cls(Book(MemoryJournal(name)), clock=clock, ids=ids, recorded_by=recorded_by)

    # Recording.

    def record(self, asked: AnyCommand | AnyEvent, *, id: str | None = None, dry_run: bool = False) -> Receipt:  # noqa: A002  (an entry's own word)
        """Decide what follows from a command, and record it: all of its facts or none. A fact is recorded as it is.

        Under an `id` that is known nothing is recorded: the same command or fact gives its old receipt, another raises
        `IdConflict`. Its time is part of what is asked, so keep what you asked, and repeat that very one. `dry_run`
        records nothing, and gives the receipt as it would be.

        Raises `ValueError` where the id is no name, `CommandRefused` where the numbers cannot be worked out and
        `LawBroken` where a fact is unlawful, with the books as they were; `JournalLocked`, `JournalReadOnly` or
        `StorageFailed` where the book cannot take it.
        """
        named = replace(asked, id=EventId(id or asked.id or self._ids()))
        with self._lock:
            return self._rehearsed(named) if dry_run else self._recorded(named)

    def _recorded(self, asked: AnyCommand | AnyEvent) -> Receipt:
        book, admitting = self._book, False
        try:
            with book.writing() as writer:
                if (stored := writer.known([asked.id]).get(asked.id)) is not None:
                    return _repeated(asked, stored, writer, book.books.charters)
                events = _facts_of(asked, book.books)
                _require_free(events[1:], writer)
                admitting = True
                admit_all(events, book.books)
                before = before_event(writer, self._clock, self._recorded_by)
                writer.append(
                    [NewEntry(event.type, event.id, b"%b%b}" % (before, event.canonical())) for event in events]
                )
        except LawBroken:
            raise  # the books are as they were
        except BaseException:
            if admitting:  # and not recorded, so the books are ahead of the journal
                book.forget()
            raise
        book.keep()
        return receipt(enumerate(events, book.position - len(events) + 1), book.books.charters)

    def _rehearsed(self, asked: AnyCommand | AnyEvent) -> Receipt:
        books = self._current()
        if (stored := self._book.journal.known([asked.id]).get(asked.id)) is not None:
            return _repeated(asked, stored, self._book.journal, books.charters)
        events = _facts_of(asked, books)
        _require_free(events[1:], self._book.journal)
        try:
            rehearse(events, books)
        except LawBroken:
            raise  # the books are as they were
        except BaseException:
            self._book.forget()  # some of the events may be in the books still
            raise
        return receipt(enumerate(events, books.position + 1), books.charters, rehearsed=True)

    # Reading.

    @property
    def name(self) -> str:
        """The book's name: its path, or the one it was given."""
        return self._book.journal.name

    @property
    def journal(self) -> Journal:
        """The journal, for reports: `projections.table.table(desk.journal, "lenders")`."""
        return self._book.journal

    @property
    def position(self) -> int:
        """The position of the last entry of the journal."""
        with self._lock:
            return self._current().position

    @property
    def charters(self) -> Charters:
        """What the book's pools and funds were opened with, and the decimals of its assets."""
        with self._lock:
            return self._current().charters

    def pool(self, pool: str) -> PoolState:
        """What a pool holds and owes now. Raises `UnknownName` where it was not opened; so do all of these."""
        with self._lock:
            return pool_state(self._current(), PoolId(pool))

    def loan(self, pool: str, loan: str) -> LoanState:
        """What a loan owes now."""
        with self._lock:
            return loan_state(self._current(), PoolId(pool), LoanId(loan))

    def lender(self, pool: str, lender: str, *, tranche: str = LENDERS) -> LenderState:
        """What a lender is owed now. One who never had a share is owed nothing."""
        with self._lock:
            return lender_state(self._current(), PoolId(pool), TrancheId(tranche), PartyId(lender))

    def fund(self, fund: str) -> FundState:
        """What an insurance fund holds now."""
        with self._lock:
            return fund_state(self._current(), FundId(fund))

    def case(self, pool: str, case: str) -> CaseState:
        """Where a case stands now: what is in default, what is open, and what each layer can still bear."""
        with self._lock:
            return case_state(self._current(), PoolId(pool), CaseId(case))

    def entitlements(self, pool: str, case: str) -> tuple[Entitlement, ...]:
        """What those who bore a case were given back of it, were paid, and are still due."""
        with self._lock:
            books = self._current()
            return tuple(entitlements(books, PoolId(pool), CaseId(case)))

    def _current(self) -> Books:
        """The books, current with the journal: only what was recorded since is read."""
        self._book.catch_up(self._book.journal.read(self._book.position))
        return self._book.books

    # Ending.

    def close(self) -> None:
        """Close the book, and keep a snapshot of it where enough was recorded since the last."""
        with self._lock:
            self._book.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _facts_of(asked: AnyCommand | AnyEvent, books: Books) -> tuple[AnyEvent, ...]:
    """The facts to be admitted: those that follow from a command, or a fact as it is."""
    if isinstance(asked, Command):
        return decide(asked, books)
    if asked.command is not None or asked.cause is not None:
        raise CommandRefused(f"{asked.type} {asked.id}: command and cause are written by the ledger itself")
    return (asked,)


def _repeated(asked: AnyCommand | AnyEvent, stored: Entry, entries: Writer | Journal, charters: Charters) -> Receipt:
    """The receipt of what is recorded under the id. Raises `IdConflict` where that is something else."""
    event = stored.event()
    same = event.command == asked.asked() if isinstance(asked, Command) else stored.content == asked.canonical()
    if not same:
        raise IdConflict(f"id {asked.id} is recorded at position {stored.position} with other content")
    events = [event]
    if event.command is not None:
        further = (entry.event() for entry in entries.read(stored.position))
        events += takewhile(lambda one: one.cause == asked.id, further)
    try:
        return receipt(enumerate(events, stored.position), charters, already=True)
    except UnknownName:  # the opening of what they name was reversed since
        return receipt(enumerate(events, stored.position), _all_charters(entries, stored.position), already=True)


def _all_charters(entries: Writer | Journal, through: int) -> Charters:
    """What pools and funds were opened with by then, those included whose opening was reversed since."""
    charters = no_charters()
    for entry in entries.read(0, through):
        event = entry.event()
        if isinstance(event, PoolOpened | FundOpened):
            event.chart(charters)
    return charters


def _require_free(events: Sequence[AnyEvent], entries: Writer | Journal) -> None:
    """The further facts of a command have ids of their own, which nothing else has."""
    for taken in entries.known([event.id for event in events]) if events else ():
        raise further_taken(taken)
