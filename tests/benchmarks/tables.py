"""What the projections in SQL cost, and what they save: each figure beside that of the fold they stand for."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, Final

from ledger.commands import Deposit
from ledger.desk import Desk
from ledger.journal import Journal
from ledger.journal.sqlite import SqliteJournal
from ledger.values import EventId, PartyId, PoolId, Timestamp
from projections.balances import BalancesFold
from projections.case import CasesFold
from projections.deficits import DeficitsFold
from projections.funds import FundsFold
from projections.lenders import LendersFold
from projections.loans import LoansFold
from projections.reading import Asked, Selection, fold
from projections.store.database import Database
from projections.store.refresh import Runner
from tests.projected import Said, by_fold, by_points, by_tables

AT: Final = Timestamp("2030-01-01T00:00:00Z")
ENTRIES: Final = 10
"""That are caught up with, so many each time."""

ROUNDS: Final = 5
PLACES: Final = {"early": 50, "middle": 500, "late": 995}
"""Where the past is asked for, in thousandths of the journal."""


def refresh(path: str) -> dict[str, Any]:
    """Fill the tables beside a book from its first entry. Gives the CPU seconds of that alone."""
    journal, database = _book(path)
    begun = process_time()
    Runner(database, journal).refresh(rebuild=True)
    return {"seconds": process_time() - begun}


def folds(path: str) -> dict[str, Any]:
    """Run a book through all the folds that the tables are made of, in memory. Gives the CPU seconds of that alone."""
    selection = Selection(_book(path)[0], Asked())
    of, balances = selection.charters, BalancesFold(selection.charters)
    beside = (LendersFold(of), FundsFold(of), DeficitsFold(of), LoansFold(of), CasesFold(of, balances))
    begun = process_time()
    fold(selection, [*beside, balances])
    return {"seconds": process_time() - begun}


def present(path: str) -> dict[str, Any]:
    """The rows of `lenders` out of their table, and by the fold. Gives their number, and the CPU seconds of both."""
    journal, database = _book(path)
    by_table, said = _timed(lambda: by_tables(database, journal, "lenders"))
    by_folding, folded = _timed(lambda: by_fold(journal, "lenders"))
    _require_same(said, folded)
    return {"rows": len(folded[0]), "table": by_table, "fold": by_folding}


def past(path: str) -> dict[str, Any]:
    """`lenders` at positions and times of the past, from a point and from the first entry. Gives CPU seconds of both.

    The places are `early position`, `early time`, and so on.
    """
    journal, database = _book(path)
    found: dict[str, Any] = {}
    for place, asked in _places(journal):
        by_point, said = _timed(lambda asked=asked: by_points(database, journal, "lenders", asked))  # type: ignore[misc]  # bound now
        by_folding, folded = _timed(lambda asked=asked: by_fold(journal, "lenders", asked))  # type: ignore[misc]  # likewise
        _require_same(said, folded)
        found[place] = {"point": by_point, "fold": by_folding}
    return found


def catch_up(few: str, many: str) -> dict[str, Any]:
    """Catch up with a few new entries in two books in turns. Gives milliseconds of CPU of each.

    `once` is a runner that begins, `following` one that has its folds in memory.
    """
    books = {"few": _Kept(few), "many": _Kept(many)}
    found: dict[str, list[float]] = {f"{name}_{how}": [] for name in books for how in ("once", "following")}
    for _ in range(ROUNDS):
        for name, book in books.items():
            for how, seconds in (("once", book.once()), ("following", book.following())):
                found[f"{name}_{how}"].append(seconds * 1_000)
    return {name: median(times) for name, times in found.items()}


class _Kept:
    """A book with its tables, a desk that records in it, and a runner that follows it."""

    def __init__(self, path: str) -> None:
        self._journal, self._database = _book(path)
        ids = count(self._journal.head().position)
        self._desk = Desk.open(
            Path(path), clock=lambda: AT, ids=lambda: EventId(f"tables/{next(ids)}"), recorded_by="benchmarks"
        )
        self._runner = Runner(self._database, self._journal)
        self._runner.refresh()

    def once(self) -> float:
        """The CPU seconds of a runner that begins."""
        self._record()
        return _timed(lambda: Runner(self._database, self._journal).refresh())[0]

    def following(self) -> float:
        """The CPU seconds of the runner that follows, which did the refresh before this one too."""
        self._record()
        self._runner.refresh()
        self._record()
        return _timed(self._runner.refresh)[0]

    def _record(self) -> None:
        for _ in range(ENTRIES):
            self._desk.record(Deposit(at=AT, pool=PoolId("pool-0"), lender=PartyId("benchmark"), assets=10**9))


def _book(path: str) -> tuple[Journal, Database]:
    book = Path(path)
    return SqliteJournal.open(book, patience=1), Database.beside(book, patience=1)


def _places(journal: Journal) -> Iterator[tuple[str, Asked]]:
    for place, thousandths in PLACES.items():
        position = max(journal.head().position * thousandths // 1_000, 1)
        entry = next(journal.read(position - 1, position))
        yield f"{place} position", Asked(position=position)
        yield f"{place} time", Asked(as_of=entry.effective_at())


def _timed(doing: Callable[[], Any]) -> tuple[float, Any]:
    begun = process_time()
    made = doing()
    return process_time() - begun, made


def _require_same(said: Said | None, folded: Said) -> None:
    if said != folded:
        raise RuntimeError("the tables say something else than the fold")
