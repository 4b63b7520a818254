"""Commands a second at the desk of one book, of one process and of several: each is a transaction of its own."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, process_time
from typing import Any, Final

from ledger.commands import Deposit
from ledger.desk import Desk
from ledger.events import AssetRegistered, PoolOpened
from ledger.values import AssetId, EventId, PartyId, PoolId, Timestamp
from ledger.waterfall import SocializeLayer

AT: Final = Timestamp("2030-01-01T00:00:00Z")
POOL: Final = PoolId("alpha")
WORK: Final = (sys.executable, "-m", "tests.benchmarks.work")


def several(path: str, processes: str, number: str) -> dict[str, Any]:
    """Record so many commands in all, by so many processes at once. Gives what one takes, by the clock and of CPU."""
    with _desk(path) as desk:
        desk.record(AssetRegistered(at=AT, asset=AssetId("EUR"), decimals=2), id="asset")
        layers = (SocializeLayer(layer="socialize"),)
        desk.record(PoolOpened(at=AT, pool=POOL, asset=AssetId("EUR"), debt="bilateral", waterfall=layers), id="pool")
    each = str(int(number) // int(processes))
    started = [
        subprocess.Popen([*WORK, "desk-one", path, str(worker), each], stdout=subprocess.PIPE)
        for worker in range(int(processes))
    ]
    said = [json.loads(process.communicate()[0]) for process in started]
    recorded = int(each) * int(processes)
    wall = max(one["ended"] for one in said) - min(one["begun"] for one in said)
    return {"per_second": recorded / wall, "cpu": sum(one["cpu"] for one in said) / recorded * 10**6}


def one(path: str, worker: str, number: str) -> dict[str, Any]:
    """Record deposits of one lender. Gives when that began and ended, and its CPU seconds, without the start."""
    with _desk(path) as desk:
        begun, cpu = monotonic(), process_time()
        for step in range(int(number)):
            deposit = Deposit(at=AT, pool=POOL, lender=PartyId(f"worker-{worker}"), assets=step + 1)
            desk.record(deposit, id=f"{worker}-{step}")
        return {"begun": begun, "ended": monotonic(), "cpu": process_time() - cpu}


def _desk(path: str) -> Desk:
    ids: Callable[[], EventId] = lambda: EventId("none is asked for")  # noqa: E731  (typed, and of one line)
    return Desk.create(Path(path), clock=lambda: AT, ids=ids, recorded_by="benchmarks")
