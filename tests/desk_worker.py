"""A process that works at the desk of a book others work at too: `python -m tests.desk_worker BOOK WORKER COMMANDS`.

It records deposits and withdrawals of its own lender, each command twice, beside commands that every worker records
under the same id, and prints a line for each receipt: its id, and the position and type of each entry.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ledger.commands import AnyCommand, Deposit, Withdraw
from ledger.desk import Desk
from ledger.receipt import Receipt
from ledger.values import EventId, PartyId, PoolId, Timestamp

AT: Final = Timestamp("2026-01-01T00:00:00Z")
POOL: Final = PoolId("alpha")
EVERYBODY: Final = PartyId("everybody")
SHARED: Final = 5
"""Every so many commands one follows that all workers record."""


def commands(worker: int, number: int) -> Iterator[tuple[str, AnyCommand]]:
    """The commands of a worker, each with its id: deposits of 3, after each a withdrawal of 1."""
    lender = PartyId(f"worker-{worker}")
    for step in range(number):
        if step % SHARED == 0:
            yield f"shared-{step}", Deposit(at=AT, pool=POOL, lender=EVERYBODY, assets=step + 1)
        if step % 2:
            yield f"{worker}-{step}", Withdraw(at=AT, pool=POOL, lender=lender, assets=1)
        else:
            yield f"{worker}-{step}", Deposit(at=AT, pool=POOL, lender=lender, assets=3)


def told(receipt: Receipt) -> str:
    """A receipt as a line."""
    return " ".join([receipt.id, *(f"{entry.position}:{entry.event.type}" for entry in receipt.entries)])


def main(book: str, worker: str, number: str) -> None:
    """Work, and print."""
    desk = Desk.open(
        Path(book), clock=lambda: AT, ids=lambda: EventId("none is asked for"), recorded_by=f"worker-{worker}"
    )
    with desk:
        for name, command in commands(int(worker), int(number)):
            receipt = desk.record(command, id=name)
            if receipt != desk.record(command, id=name):
                raise ValueError(f"{name}: another receipt the second time")
            sys.stdout.write(f"{told(receipt)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
