"""An import that is killed at any moment and run again comes to the same journal as one that nothing disturbed."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import pytest

from ledger.book import Book, Recording
from ledger.journal.sqlite import SqliteJournal
from ledger.sources.json_lines import facts
from ledger.values import Timestamp
from tests.ledger_lines import lines

FACTS: Final = 3_000
CHUNK: Final = 100


class Undisturbed(NamedTuple):
    """What an import comes to that nothing disturbs.

    `seconds` go by between the moment its file appears and its end; `events` is the SHA-256 of all event bytes.
    """

    seconds: float
    events: str


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "facts.jsonl"
    path.write_bytes(b"".join(lines(FACTS)))
    return path


@pytest.fixture(scope="module")
def undisturbed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    path = tmp_path_factory.mktemp("undisturbed") / "book.db"
    process = begun(path, source)
    start = time.monotonic()
    process.wait(timeout=60)
    return Undisturbed(time.monotonic() - start, events(path))


def begun(path: Path, source: Path) -> subprocess.Popen[Any]:
    """An import under way: the process, as soon as its book's file is there."""
    process = started(path, source)
    while not path.exists() and process.poll() is None:
        time.sleep(0.001)
    return process


def started(path: Path, source: Path, *options: str) -> subprocess.Popen[Any]:
    """An import; its coverage is not measured, for a measurement that is killed leaves a broken file."""
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-m", "cli.main", "--db", str(path), "import", *options, str(source)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, env=unmeasured)


def kill(process: subprocess.Popen[Any], *, after: float) -> int:
    """Kill a process after so many seconds, and tell how it ended."""
    time.sleep(after)
    process.kill()
    return process.wait(timeout=60)


def kill_past(position: int, process: subprocess.Popen[Any], path: Path) -> None:
    """Kill an import once its book has so many entries."""
    journal = SqliteJournal.open(path, patience=5)
    while journal.head().position < position and process.poll() is None:
        time.sleep(0.001)
    kill(process, after=0)


def run_again(path: Path, source: Path, chunk: int | None = None) -> Recording:
    with source.open("rb") as file:
        return Book(SqliteJournal.create(path, patience=5)).record(
            facts(file),
            source=source.name,
            clock=lambda: Timestamp("2022-12-01T12:00:00Z"),
            recorded_by="again",
            chunk=chunk,
        )


def events(path: Path) -> str:
    entries = SqliteJournal.open(path, patience=5).read()
    return sha256(b"".join(entry.content + b"\n" for entry in entries)).hexdigest()


def moments(number: int, undisturbed: Undisturbed) -> Iterator[float]:
    """Moments spread at random over an undisturbed import, the same at every run but for its length."""
    random = Random(2022)  # noqa: S311  (moments, not secrets)
    return (undisturbed.seconds * random.random() for _ in range(number))


def test_an_import_that_nothing_disturbs_records_every_line(source: Path, undisturbed: Undisturbed) -> None:
    assert undisturbed.events == sha256(source.read_bytes()).hexdigest()


def test_an_import_killed_at_fifty_moments_and_run_again_leaves_the_same_bytes(
    source: Path, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    books = {tmp_path / f"{number}.db": moment for number, moment in enumerate(moments(50, undisturbed))}

    ends = [kill(begun(path, source), after=moment) for path, moment in books.items()]
    receipts = [run_again(path, source) for path in books]

    assert {events(path) for path in books} == {undisturbed.events}
    assert set(receipts) <= {Recording(FACTS, 0), Recording(0, FACTS)}
    assert Recording(FACTS, 0) in receipts
    assert -9 in ends


def test_an_import_in_chunks_killed_again_and_again_resumes_where_it_was(
    source: Path, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    path = tmp_path / "book.db"
    SqliteJournal.create(path, patience=5)

    for position in (200, 900, 1_500):
        kill_past(position, started(path, source, "--chunk", str(CHUNK)), path)
    receipt = run_again(path, source, CHUNK)

    assert events(path) == undisturbed.events
    assert receipt.already >= 1_500
    assert receipt.already % CHUNK == 0
    assert receipt.already + receipt.recorded == FACTS
