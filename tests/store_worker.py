"""A process that refreshes the projections of a book for ever, and is killed: `python -m tests.store_worker BOOK URL`.

For each number on standard input a child begins to work and is killed so much later, where 1 is the time that two
strides take on an SQLite file. A line tells how it ended. Children are forked, so that none of that time goes by while
a Python starts and finds out which code it runs.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Final

from ledger.journal.sqlite import SqliteJournal
from projections.store.database import Database
from projections.store.refresh import Runner
from projections.store.source import code_version
from tests.projected import a_database, small_steps

STRIDE: Final = 12
"""Entries by which the tables are brought forward at once."""

PATIENCE: Final = 60


def ends(head: int) -> list[int]:
    """The positions to which the tables are brought, one after the other, up to the head of the journal."""
    return [*range(STRIDE, head, STRIDE), head]


def work(book: Path, url: str) -> None:
    """Bring the tables forward stride by stride, and then make them anew, for ever."""
    journal = SqliteJournal.open(book, patience=PATIENCE)
    database = Database(url, patience=PATIENCE)
    runner, every = Runner(database, journal), ends(journal.head().position)
    while True:
        for through in every:
            runner.refresh(through=through)
        runner.refresh(through=STRIDE, rebuild=True)


def seconds_of_work(book: Path) -> float:
    """How long the first two strides take."""
    journal = SqliteJournal.open(book, patience=PATIENCE)
    with a_database() as database:
        began, runner = time.monotonic(), Runner(database, journal)
        for through in ends(journal.head().position)[:2]:
            runner.refresh(through=through)
        return time.monotonic() - began


def killed(book: Path, url: str, *, after: float) -> int:
    """The signal that ended a child which was killed some seconds after it began."""
    began, begins = os.pipe()
    child = os.fork()
    if not child:
        os.write(begins, b".")
        work(book, url)
    os.read(began, 1)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    for end in (began, begins):
        os.close(end)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def main(book: str, url: str) -> None:
    """Let a child work, and kill it, for each line that comes."""
    code_version()
    Database(url, patience=PATIENCE)
    with small_steps():
        unit = seconds_of_work(Path(book))
        for line in sys.stdin:
            print(killed(Path(book), url, after=float(line) * unit), flush=True)  # noqa: T201  (what the test reads)


if __name__ == "__main__":
    main(*sys.argv[1:])
