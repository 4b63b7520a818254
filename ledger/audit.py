"""Audit: fold a journal again from position 1, under every law, and say what it comes to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from ledger.accounts import Charters
from ledger.books import Books
from ledger.chart import owner
from ledger.errors import BooksBroken, JournalDamaged, LawBroken
from ledger.events import AnyEvent, EntryReversed
from ledger.journal import Entry, Journal
from ledger.journal.past import JournalPast
from ledger.laws import admit
from ledger.sums import Sums
from ledger.values import Commodity, EventId, Timestamp, instant_key


class Totals(NamedTuple):
    """The trial balance of one commodity: how many accounts are open, and the sum of debits and of credits."""

    commodity: Commodity
    accounts: int
    debit: int
    credit: int


class Override(NamedTuple):
    """An entry that left the waterfall's order, and the reason it gives (law 6)."""

    position: int
    id: EventId
    reason: str


class Replay(NamedTuple):
    """What a journal comes to.

    `events` is the SHA-256 of all canonical event bytes, each with a line feed; `sums` of the lines
    `commodity account balance`, sorted. Neither holds a recorded time: equal facts, equal digests, on any machine.
    """

    entries: int
    events: str
    sums: str
    totals: tuple[Totals, ...]
    overrides: tuple[Override, ...]
    books: Books


Beside = Callable[[Charters], Mapping[str, Sequence[Callable[[int, Any], None]]]]
"""Handlers of folds by the names of the events that they take, given the charters that the replay fills."""

Weigh = Callable[[Entry, AnyEvent, Books], None]
"""Is shown an entry, its event, and the books before they take it."""


def replay(
    journal: Journal,
    *,
    through: int | None,
    watch: Callable[[Iterable[Entry]], Iterable[Entry]],
    beside: Beside = lambda _: {},
    weigh: Weigh | None = None,
) -> Replay:
    """Fold the entries of a journal, through a position, into fresh books.

    `watch` wraps the entries, to show progress; folds that run `beside` are told the events that count: those that are
    neither reversed nor reversals. `weigh` is shown each entry before the books take it. Raises `JournalDamaged` at
    the first entry that has a wrong position or id, an earlier recorded time than the one before, a form that cannot
    be read, or that breaks a law.
    """
    books, digest = Books(JournalPast(journal)), _LineDigest()
    head = journal.head().position
    through = head if through is None else min(through, head)
    handlers, undone = beside(books.charters), _undone(journal, through)
    overrides: list[Override] = []
    last, recorded_at = 0, Timestamp("")
    for entry in watch(journal.read(through=through)):
        if entry.position != last + 1:
            raise JournalDamaged(f"entry {entry.position} of {journal.name} stands after {last}")
        if entry.recorded_at is not recorded_at:
            if instant_key(entry.recorded_at) < instant_key(recorded_at):
                raise JournalDamaged(f"entry {entry.position} of {journal.name} was recorded before the one before it")
            recorded_at = entry.recorded_at
        event = entry.event()
        if weigh is not None:
            weigh(entry, event, books)
        try:
            admit(event, books)
        except LawBroken as broken:
            raise JournalDamaged(f"entry {entry.position} of {journal.name}: {broken}") from broken
        if event.override is not None and event.id not in undone:
            overrides.append(Override(entry.position, event.id, event.override))
        if not undone or entry.id not in undone:
            for handler in handlers.get(entry.type, ()):
                handler(entry.position, event)
        digest.add(entry.content)
        last = entry.position
    sums, totals = _weigh(books.sums)
    return Replay(last, digest.hexdigest(), sums, totals, tuple(overrides), books)


def _undone(journal: Journal, through: int) -> frozenset[EventId]:
    """The reversals by then, and what they reverse."""
    reversals = (entry.event() for entry in journal.reversals(through))
    return frozenset(i for event in reversals if isinstance(event, EntryReversed) for i in (event.id, event.of))


class _LineDigest:
    """The SHA-256 of lines, each with its line feed; it takes them in by the hundred, which is quicker."""

    def __init__(self) -> None:
        self._digest = sha256()
        self._lines: list[bytes] = []

    def add(self, line: bytes) -> None:
        """Take in one line."""
        self._lines.append(line)
        if len(self._lines) == 100:  # noqa: PLR2004  (any number would do)
            self._take_in()

    def hexdigest(self) -> str:
        """The digest of all lines so far."""
        self._take_in()
        return self._digest.hexdigest()

    def _take_in(self) -> None:
        if self._lines:
            self._digest.update(b"%b\n" % b"\n".join(self._lines))
            self._lines.clear()


def _weigh(sums: Sums) -> tuple[str, tuple[Totals, ...]]:
    """The digest of all balances, and the trial balance of every commodity.

    Raises `BooksBroken` where the debits and credits of a pool or fund differ, which moves make impossible.
    """
    digest, totals = sha256(), []
    for commodity, balances in sums.commodities():
        owned: dict[str, int] = {}
        for account, balance in balances:
            name = owner(account)
            owned[name] = owned.get(name, 0) + balance
        if unequal := sorted(name for name, balance in owned.items() if balance):
            raise BooksBroken(f"{commodity}: debits and credits of {', '.join(unequal)} differ")
        digest.update("".join(f"{commodity} {account} {balance}\n" for account, balance in balances).encode())
        debit = sum(balance for _, balance in balances if balance > 0)
        totals.append(Totals(commodity, len(balances), debit, debit))
    return digest.hexdigest(), tuple(totals)
