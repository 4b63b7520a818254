"""A reconciliation of entries with as many lines of a statement, printed beside `datacompy` on the same two files.

The time is what the work says of itself, without the start of the process and its imports; the memory is the process's.
"""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.benchmarks.cost import WORK, cost

COLUMNS: Final = ("CPU s", "reading", "matching", "peak MB", "times as long")
FOUND: Final = ("same", "one unit off", "ours alone", "theirs alone")


def print_sides(number: int, rounds: int) -> None:
    """Measure so many movements of either side, in each round once by each, and print the medians."""
    costs: dict[str, list[dict[str, Any]]] = {}
    with TemporaryDirectory(prefix="recoup-benchmarks-") as folder:
        ours, theirs = str(Path(folder) / "ours.csv"), str(Path(folder) / "theirs.csv")
        closings = json.loads(cost((*WORK, "write-sides", str(number), ours, theirs)).said)
        for _ in range(rounds):
            _measure(costs, "recoup", "sides", ours, theirs, closings["ours"], closings["theirs"])
            if find_spec("datacompy"):
                _measure(costs, "datacompy, pandas", "sides-pandas", ours, theirs)
                _measure(costs, "datacompy, polars", "sides-polars", ours, theirs)
    _print(number, costs)


def _measure(costs: dict[str, list[dict[str, Any]]], what: str, *work: str) -> None:
    found = cost((*WORK, *work))
    costs.setdefault(what, []).append(json.loads(found.said) | {"memory": found.memory})


def _print(number: int, costs: dict[str, list[dict[str, Any]]]) -> None:
    sys.stdout.write(f"\n{number:,} entries against as many lines, by reference and amount; median of ")
    sys.stdout.write(f"{len(costs['recoup'])}\n{'':<20}{''.join(f'{name:>15}' for name in (*COLUMNS, *FOUND))}\n")
    yardstick = _seconds(costs["recoup"])
    for what, found in costs.items():
        reading, matching = (median(one[part] for one in found) for part in ("read", "matched"))
        seconds, memory = _seconds(found), max(one["memory"] for one in found) / 10**6
        figures = [
            f"{seconds:.2f}",
            f"{reading:.2f}",
            f"{matching:.2f}",
            f"{memory:,.0f}",
            f"{seconds / yardstick:.2f}",
        ]
        counts = [f"{count:,}" for count in found[0]["found"]]
        sys.stdout.write(f"{what:<20}{''.join(f'{figure:>15}' for figure in (*figures, *counts))}\n")
    sys.stdout.flush()


def _seconds(found: list[dict[str, Any]]) -> float:
    return float(median(one["read"] + one["matched"] for one in found))
