"""Pieces of work that are measured in cold processes of their own. Each prints what it found as JSON."""

import gc
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Any, Final

from ledger.accounts import Charters
from ledger.audit import replay
from ledger.book import Book, Fact
from ledger.events import AnyEvent
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from ledger.sources.evm.feed import Feed
from ledger.sources.json_lines import facts, lines
from ledger.sources.morpho_blue import PROTOCOL
from ledger.values import Timestamp
from projections.balances import BalancesFold
from projections.deficits import DeficitsFold
from projections.identities import Identities
from projections.lenders import LendersFold
from projections.reading import Asked, Fold, Selection, fold
from tests.benchmarks import chain, desk, ledger_text, losses, mix, opening, reconciliation, tables

RECORDED_AT: Final = Timestamp("2024-01-01T00:00:00Z")
FOLDS: Final[dict[str, Callable[[Charters], Fold]]] = {
    "lenders": LendersFold,
    "deficits": DeficitsFold,
    "balances": BalancesFold,
}


def write(number: str, content: str, journal: str) -> dict[str, Any]:
    """Write the mix as JSON Lines, and its postings as a plain-text journal."""
    with Path(content).open("wb") as out:
        out.writelines(mix.lines(int(number)))
    with Path(content).open("rb") as file, Path(journal).open("w", encoding="utf-8") as text:
        accounts = ledger_text.write((_event(fact) for fact in facts(lines(file))), text)
    return {"accounts": accounts}


def import_(content: str, path: str = "") -> dict[str, Any]:
    """Record the mix in a new book, or without a path in memory. Gives the CPU seconds of that alone."""
    book = Book(SqliteJournal.create(Path(path), patience=1) if path else MemoryJournal())
    begun = process_time()
    with Path(content).open("rb") as file:
        book.record(facts(lines(file)), source=content, clock=lambda: RECORDED_AT, recorded_by="benchmarks")
    return {"seconds": process_time() - begun}


def write_logs(number: str, content: str) -> dict[str, Any]:
    """Write a chain's logs."""
    with Path(content).open("wb") as out:
        out.writelines(chain.lines(int(number)))
    return {}


def import_logs(content: str, path: str) -> dict[str, Any]:
    """Record what follows from a chain's logs in a new book. Gives the CPU seconds of that alone."""
    book = Book(SqliteJournal.create(Path(path), patience=1))
    begun = process_time()
    feed = Feed(PROTOCOL, lambda: _read(content), tokens={}, chain_id=1)
    book.record(feed, source=content, clock=lambda: RECORDED_AT, recorded_by="benchmarks")
    return {"seconds": process_time() - begun}


def write_facts(path: str, content: str) -> dict[str, Any]:
    """Write the facts of a book as JSON Lines."""
    with Path(content).open("wb") as out:
        out.writelines(entry.content + b"\n" for entry in SqliteJournal.open(Path(path), patience=1).read())
    return {"facts": SqliteJournal.open(Path(path), patience=1).head().position}


def replay_(path: str) -> dict[str, Any]:
    """Replay a book under every law, and hold its reports to it. Gives the CPU seconds of that alone."""
    journal, identities = SqliteJournal.open(Path(path), patience=1), Identities()
    begun = process_time()
    identities.hold(replay(journal, through=None, watch=iter, beside=identities.beside).books)
    return {"seconds": process_time() - begun}


def fold_(name: str, path: str) -> dict[str, Any]:
    """Run a book through the fold of a report, without its rows. Gives the CPU seconds of that alone."""
    selection = Selection(SqliteJournal.open(Path(path), patience=1), Asked())
    one = FOLDS[name](selection.charters)
    begun = process_time()
    fold(selection, [one])
    return {"seconds": process_time() - begun}


def _read(content: str) -> Iterator[bytes]:
    with Path(content).open("rb") as file:
        yield from file


def _event(fact: object) -> AnyEvent:
    if not isinstance(fact, Fact):
        raise TypeError(f"the mix holds a malformed line: {fact}")
    return fact.event


WORK: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "write": write,
    "import": import_,
    "write-logs": write_logs,
    "import-logs": import_logs,
    "write-facts": write_facts,
    "replay": replay_,
    "fold": fold_,
    "losses": losses.measured,
    "save": opening.save,
    "open": opening.open_,
    "commands": opening.commands,
    "refresh": tables.refresh,
    "folds": tables.folds,
    "present": tables.present,
    "past": tables.past,
    "catch-up": tables.catch_up,
    "write-sides": reconciliation.write,
    "sides": reconciliation.recoup,
    "sides-pandas": reconciliation.with_pandas,
    "sides-polars": reconciliation.with_polars,
    "desk-one": desk.one,
    "desk-several": desk.several,
}


def main() -> None:
    """Do the piece of work that is named, without garbage collection, as the command line does."""
    name, *arguments = sys.argv[1:]
    gc.disable()
    sys.stdout.write(json.dumps(WORK[name](*arguments)))


if __name__ == "__main__":
    main()
