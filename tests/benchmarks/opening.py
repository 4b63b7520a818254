"""What opening a book costs, with a snapshot and without; and a command, in a small book and a large one."""

from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, Final

from ledger.book import Book
from ledger.commands import Deposit
from ledger.desk import Desk
from ledger.journal.sqlite import SqliteJournal
from ledger.snapshot import Snapshot
from ledger.values import EventId, PartyId, PoolId, Timestamp

AT: Final = Timestamp("2030-01-01T00:00:00Z")
ROUNDS: Final = 9
COMMANDS: Final = 100
"""In a round, in each of the books, in turns."""


def save(path: str) -> dict[str, Any]:
    """Save a snapshot of a book. Gives the CPU seconds of that alone, and its bytes."""
    book = _opened(path)
    book.catch_up(book.journal.read(book.position))
    begun = process_time()
    book.save()
    seconds = process_time() - begun
    return {"seconds": seconds, "bytes": Snapshot.beside(Path(path)).path.stat().st_size}


def open_(path: str, how: str) -> dict[str, Any]:
    """Open a book `with` its snapshot or `without`, and be current with its journal. Gives the CPU seconds of that."""
    begun = process_time()
    book = _opened(path) if how == "with" else Book(SqliteJournal.open(Path(path), patience=1))
    found = book.position
    book.catch_up(book.journal.read(found))
    seconds = process_time() - begun
    if (how == "with") != (found > 0):
        raise RuntimeError(f"opened {how} its snapshot, the book begins at {found}")
    return {"seconds": seconds}


def commands(few: str, many: str) -> dict[str, Any]:
    """Record single commands, each in a transaction of its own, in two books in turns. Gives microseconds of each."""
    desks = {"few": _desk(few), "many": _desk(many)}
    found: dict[str, list[float]] = {f"{name}_{kind}": [] for name in desks for kind in ("cpu", "wall")}
    for desk in desks.values():
        _record(desk)
    for _ in range(ROUNDS):
        for name, desk in desks.items():
            cpu, wall = process_time(), perf_counter()
            _record(desk)
            found[f"{name}_cpu"].append((process_time() - cpu) / COMMANDS * 10**6)
            found[f"{name}_wall"].append((perf_counter() - wall) / COMMANDS * 10**6)
    return {name: median(times) for name, times in found.items()}


def _opened(path: str) -> Book:
    return Book(SqliteJournal.open(Path(path), patience=1), Snapshot.beside(Path(path)))


def _desk(path: str) -> Desk:
    numbers = count()
    return Desk.open(
        Path(path), clock=lambda: AT, ids=lambda: EventId(f"benchmark/{next(numbers)}"), recorded_by="benchmarks"
    )


def _record(desk: Desk) -> None:
    for _ in range(COMMANDS):
        desk.record(Deposit(at=AT, pool=PoolId("pool-0"), lender=PartyId("benchmark"), assets=10**9))
