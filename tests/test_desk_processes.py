"""Eight processes at the desks of one book: every receipt is true, nothing is lost, nothing is recorded twice."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from ledger.audit import replay
from ledger.desk import Desk
from ledger.events import AssetRegistered, PoolOpened
from ledger.journal.sqlite import SqliteJournal
from ledger.values import AssetId, EventId
from ledger.waterfall import SocializeLayer
from tests.command_line import PATIENCE, environment
from tests.desk_worker import AT, POOL, SHARED, commands

PROCESSES: Final = 8
COMMANDS: Final = 40


def test_eight_processes_record_at_once_and_every_receipt_is_true(tmp_path: Path) -> None:
    book = a_book(tmp_path / "book.db")
    lines = worked(book)
    journal = SqliteJournal.open(book, patience=1)
    stored = {entry.id: f"{entry.id} {entry.position}:{entry.type}" for entry in journal.read()}
    asked = {name for worker in range(PROCESSES) for name, _ in commands(worker, COMMANDS)}
    shared = COMMANDS // SHARED
    assert [len(of_worker) for of_worker in lines] == [COMMANDS + shared] * PROCESSES
    assert all(line == stored[EventId(line.split()[0])] for of_worker in lines for line in of_worker)
    assert stored.keys() - asked == {"asset", "pool"}
    assert journal.head().position == 2 + PROCESSES * COMMANDS + shared
    assert replay(journal, through=None, watch=iter).entries == journal.head().position
    with desk_of(book) as desk:
        own = [desk.lender(POOL, f"worker-{worker}").balance for worker in range(PROCESSES)]
        assert own == [COMMANDS // 2 * (3 - 1)] * PROCESSES
        assert desk.lender(POOL, "everybody").balance == sum(range(1, COMMANDS + 1, SHARED))


def a_book(path: Path) -> Path:
    """A book with an empty pool."""
    with desk_of(path) as desk:
        desk.record(AssetRegistered(at=AT, asset=AssetId("EUR"), decimals=2), id="asset")
        layers = (SocializeLayer(layer="socialize"),)
        desk.record(PoolOpened(at=AT, pool=POOL, asset=AssetId("EUR"), debt="bilateral", waterfall=layers), id="pool")
    return path


def desk_of(path: Path) -> Desk:
    return Desk.create(path, clock=lambda: AT, ids=lambda: EventId("none"), recorded_by="test")


def worked(book: Path) -> list[list[str]]:
    """What each of the processes printed."""
    command = [sys.executable, "-m", "tests.desk_worker", str(book)]
    processes = [
        subprocess.Popen(
            [*command, str(worker), str(COMMANDS)],
            cwd=Path(__file__).parents[1],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for worker in range(PROCESSES)
    ]
    ended = [process.communicate(timeout=PATIENCE) for process in processes]
    assert [(process.returncode, told[1]) for process, told in zip(processes, ended, strict=True)] == [
        (0, "")
    ] * PROCESSES
    return [told[0].splitlines() for told in ended]
