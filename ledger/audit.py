"""Audit: fold a journal again from position 1, under every law, and say what it comes to."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import NamedTuple

from ledger.books import Books
from ledger.errors import BooksBroken, JournalDamaged, LawBroken
from ledger.journal import Entry, Journal
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


def replay(journal: Journal, *, through: int | None, watch: Callable[[Iterable[Entry]], Iterable[Entry]]) -> Replay:
    """Fold the entries of a journal, through a position, into fresh books.

    `watch` wraps the entries, to show progress. Raises `JournalDamaged` at the first entry that has a wrong
    position or id, an earlier recorded time than the one before, a form that cannot be read, or that breaks a law.
    """
    books, digest = Books(), _LineDigest()
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
        try:
            admit(event, books)
        except LawBroken as broken:
            raise JournalDamaged(f"entry {entry.position} of {journal.name}: {broken}") from broken
        if event.override is not None:
            overrides.append(Override(entry.position, event.id, event.override))
        digest.add(entry.content)
        last = entry.position
    sums, totals = _weigh(books.sums)
    return Replay(last, digest.hexdigest(), sums, totals, tuple(overrides), books)


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
        self._digest.update(b"".join(line + b"\n" for line in self._lines))
        self._lines.clear()


def _weigh(sums: Sums) -> tuple[str, tuple[Totals, ...]]:
    """The digest of all balances, and the trial balance of every commodity.

    Raises `BooksBroken` where debits and credits differ, which moves make impossible.
    """
    digest, totals = sha256(), []
    for commodity, balances in sums.commodities():
        debit = sum(balance for _, balance in balances if balance > 0)
        credit = debit - sum(balance for _, balance in balances)
        if debit != credit:
            raise BooksBroken(f"{commodity}: debits {debit} and credits {credit} differ")
        digest.update("".join(f"{commodity} {account} {balance}\n" for account, balance in balances).encode())
        totals.append(Totals(commodity, len(balances), debit, credit))
    return digest.hexdigest(), tuple(totals)
