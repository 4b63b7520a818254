"""Import, replay and report folds beside `ledger bal --flat` and `hledger bal` on the same postings, in one run.

With `reconciliation` only that: entries against lines of a statement, beside `datacompy` on the same files.

CPU seconds, user and system together, of cold processes; each figure is the median of several rounds, and in a round
everything is measured once, one after the other. What tells something on a noisy machine is the last column.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from tests.benchmarks.cost import RECOUP, TIMEOUT, WORK, Cost, cost
from tests.benchmarks.sides import print_sides

MILLION: Final = 1_000_000
REPORTS: Final = ("lenders", "deficits", "pools", "trial-balance")
FEW: Final = 1_000
COMMANDS: Final = 2_000
"""At the desk, of all processes together."""
YARDSTICK: Final = "ledger bal --flat"


class Task(NamedTuple):
    """What is measured: a command. With `inner` its time is what it says of itself; with `once`, in one round only."""

    what: str
    command: tuple[str, ...]
    inner: bool = False
    once: bool = False


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    if asked.part == "reconciliation":
        _print_reconciliations(asked)
        return
    _say(f"median of {asked.repeat}; times as quick as `{YARDSTICK}`; given up after {TIMEOUT} seconds\n")
    for events in asked.events:
        with TemporaryDirectory(prefix="recoup-benchmarks-") as folder:
            _print_size(events, Path(folder), rounds=asked.repeat, with_hledger=asked.with_hledger_at_1e6)
    for logs in asked.logs:
        with TemporaryDirectory(prefix="recoup-benchmarks-") as folder:
            _print_logs(logs, Path(folder), rounds=asked.repeat)
    _print_losses(asked.repeat)
    _print_desk(asked.repeat)
    _print_reconciliations(asked)
    helps = [cost((*RECOUP, "--help"), quiet=True).seconds for _ in range(asked.repeat)]
    _say(f"recoup --help: {median(helps):.2f} CPU s\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("all", "reconciliation"), default="all", help="What is measured.")
    parser.add_argument(
        "--lines", type=int, nargs="*", default=[100_000, MILLION], help="How many lines of a statement."
    )
    parser.add_argument("--events", type=int, nargs="+", default=[10_000, 100_000, MILLION], help="How many facts.")
    parser.add_argument("--logs", type=int, nargs="*", default=[10_000, 100_000], help="How many logs of a chain.")
    parser.add_argument("--with-hledger-at-1e6", action="store_true", help="Takes minutes, and some 12 GB.")
    parser.add_argument("--repeat", type=int, default=3, metavar="ROUNDS", help="Rounds to take the median of.")
    return parser.parse_args()


def _print_size(events: int, folder: Path, *, rounds: int, with_hledger: bool) -> None:
    content, journal, book = folder / "facts.jsonl", folder / "facts.journal", folder / "book.db"
    written = json.loads(cost((*WORK, "write", str(events), str(content), str(journal))).said)
    sizes = f"{content.stat().st_size / 10**6:,.1f} MB of JSON Lines, {journal.stat().st_size / 10**6:,.1f} MB as text"
    _say(f"\n{events:,} events, {written['accounts']:,} accounts, {sizes}\n")
    tasks = [*_ours(content, book, events), *_theirs(journal, events, with_hledger=with_hledger)]
    costs: dict[str, list[Cost]] = {task.what: [] for task in tasks}
    for number in range(rounds):
        _remove(folder)
        for task in tasks:
            if number == 0 or not task.once:
                costs[task.what] += _measured(task)
    _print_table(events, costs)
    _print_tables(book, rounds)
    _print_opening(content, book, rounds)


def _ours(content: Path, book: Path, events: int) -> Iterator[Task]:
    recoup = (*RECOUP, "--db", str(book))
    yield Task("recoup import", (*recoup, "import", str(content)))
    yield Task("recoup replay", (*recoup, "replay"))
    for report in REPORTS:
        yield Task(f"recoup {report} -O csv", (*recoup, report, "-O", "csv"))
    if events < MILLION:
        yield Task("recoup trial-balance, as table", (*recoup, "trial-balance"))
    yield Task("import, by itself", (*WORK, "import", str(content), str(book.with_name("book.db.2"))), inner=True)
    if events < MILLION:
        yield Task("import in memory, by itself", (*WORK, "import", str(content)), inner=True)
    yield Task("replay, by itself", (*WORK, "replay", str(book)), inner=True)
    for fold in ("lenders", "deficits", "balances"):
        yield Task(f"fold {fold}, by itself", (*WORK, "fold", fold, str(book)), inner=True)
    yield Task("all folds of the tables, by itself", (*WORK, "folds", str(book)), inner=True)
    yield Task("recoup refresh, by itself", (*WORK, "refresh", str(book)), inner=True)
    yield Task("recoup lenders -O csv, from its table", (*recoup, "lenders", "-O", "csv"))


def _theirs(journal: Path, events: int, *, with_hledger: bool) -> Iterator[Task]:
    if shutil.which("ledger"):
        yield Task(YARDSTICK, ("ledger", "--args-only", "-f", str(journal), "bal", "--flat"))
    if shutil.which("hledger") and (events < MILLION or with_hledger):
        yield Task("hledger bal", ("hledger", "-f", str(journal), "bal"), once=events >= MILLION)


def _measured(task: Task) -> list[Cost]:
    """What a task costs; nothing where it is given up."""
    try:
        found = cost(task.command, quiet=not task.inner)
    except subprocess.TimeoutExpired:
        return []
    return [found._replace(seconds=json.loads(found.said)["seconds"]) if task.inner else found]


def _print_table(events: int, costs: dict[str, list[Cost]]) -> None:
    yardstick = _seconds(costs.get(YARDSTICK, []))
    _say(f"{'':<38}{'events per CPU s':>18}{'CPU s':>10}{'peak MB':>10}{'times as quick':>16}\n")
    for what, found in costs.items():
        if seconds := _seconds(found):
            memory, times = max(one.memory for one in found) / 10**6, f"{yardstick / seconds:.2f}" if yardstick else "-"
            _say(f"{what:<38}{events / seconds:>18,.0f}{seconds:>10.2f}{memory:>10,.0f}{times:>16}\n")
        else:
            _say(f"{what:<38}{'given up':>18}\n")


def _print_tables(book: Path, rounds: int) -> None:
    """What is read from the tables, beside the same from the fold; by then they are at the book's head."""
    present = [json.loads(cost((*WORK, "present", str(book))).said) for _ in range(rounds)]
    table, fold = (median(one[how] for one in present) for how in ("table", "fold"))
    _say(f"\n{present[0]['rows']:,} rows of lenders: {table:.2f} CPU s from their table, {fold:.2f} from the fold: ")
    _say(f"{table / fold:.2f} times\n")
    past = [json.loads(cost((*WORK, "past", str(book))).said) for _ in range(rounds)]
    for place in past[0]:
        point, fold = (median(one[place][how] for one in past) for how in ("point", "fold"))
        _say(f"lenders at an {place}: " if place.startswith("early") else f"lenders at a {place}: ")
        _say(f"{point:.2f} CPU s from a point, {fold:.2f} from the first entry: {point / fold:.2f} times\n")


def _print_opening(content: Path, book: Path, rounds: int) -> None:
    """How soon a book is open, and what a command costs in it beside one in a book of a few facts."""
    saved = json.loads(cost((*WORK, "save", str(book))).said)
    _say(f"\na snapshot saved: {saved['seconds']:.2f} CPU s, {saved['bytes'] / 10**6:.1f} MB\n")
    for how in ("with", "without"):
        found = [cost((*WORK, "open", str(book), how)) for _ in range(rounds)]
        opened, whole = median(json.loads(one.said)["seconds"] for one in found), _seconds(found)
        _say(f"opened {how} it: {opened:.3f} CPU s, {whole:.2f} with the start of the process and its imports\n")
    few = book.with_name("book.db.few")
    first = content.with_name("few.jsonl")
    with content.open("rb") as lines, first.open("wb") as out:
        out.writelines(islice(lines, FEW))
    cost((*WORK, "import", str(first), str(few)))
    caught_up = json.loads(cost((*WORK, "catch-up", str(few), str(book))).said)
    for how in ("once", "following"):
        small, large = caught_up[f"few_{how}"], caught_up[f"many_{how}"]
        _say(f"tables brought up by ten entries, {how}: {large:,.0f} CPU ms here, {small:,.0f} in a book of {FEW:,}: ")
        _say(f"{large / small:.2f} times\n")
    costs = json.loads(cost((*WORK, "commands", str(few), str(book))).said)
    for kind, name in (("cpu", "CPU"), ("wall", "")):
        small, large = costs[f"few_{kind}"], costs[f"many_{kind}"]
        _say(f"a command: {large:,.0f} {name} µs here, {small:,.0f} in a book of {FEW:,}: ")
        _say(f"{large / small:.2f} times\n")


def _print_reconciliations(asked: argparse.Namespace) -> None:
    for number in asked.lines:
        print_sides(number, 1 if number >= MILLION else asked.repeat)


def _print_desk(rounds: int) -> None:
    """Commands of one process at the desk of a book, and of eight at once."""
    for processes in (1, 8):
        with TemporaryDirectory(prefix="recoup-benchmarks-") as folder:
            books = (str(Path(folder) / f"{number}.db") for number in range(rounds))
            work = ("desk-several", str(processes), str(COMMANDS))
            said = [json.loads(cost((*WORK, work[0], book, *work[1:])).said) for book in books]
        per_second, cpu = (median(one[name] for one in said) for name in ("per_second", "cpu"))
        _say(f"{processes} at the desk: {per_second:,.0f} commands a second, {cpu:,.0f} CPU µs a command\n")


def _seconds(found: list[Cost]) -> float | None:
    return median(one.seconds for one in found) if found else None


def _print_logs(logs: int, folder: Path, *, rounds: int) -> None:
    """A chain's logs, and beside them the facts that follow from them, as JSON Lines."""
    content, facts, book = str(folder / "logs.jsonl"), str(folder / "facts.jsonl"), str(folder / "book.db")
    cost((*WORK, "write-logs", str(logs), content))
    of_logs: list[Cost] = []
    of_facts: list[Cost] = []
    number = 0
    for _ in range(rounds):
        of_logs += _measured(Task("logs", (*WORK, "import-logs", content, book), inner=True))
        number = json.loads(cost((*WORK, "write-facts", book, facts)).said)["facts"]
        _remove(folder)
        of_facts += _measured(Task("facts", (*WORK, "import", facts, book), inner=True))
        _remove(folder)
    if (seconds := _seconds(of_logs)) and (beside := _seconds(of_facts)):
        memory, other = (max(one.memory for one in costs) / 10**6 for costs in (of_logs, of_facts))
        _say(f"\n{logs:,} logs of a chain imported: {logs / seconds:,.0f} per CPU s, {memory:,.0f} MB\n")
        _say(f"the {number:,} facts that follow, as JSON Lines: {number / beside:,.0f} per CPU s, {other:,.0f} MB\n")
        _say(f"logs take {seconds / beside:.2f} times as long as their facts\n")


def _remove(folder: Path) -> None:
    """Remove the book, which is made anew each time."""
    for file in folder.glob("book.db*"):
        file.unlink()


def _print_losses(rounds: int) -> None:
    found = [json.loads(cost((*WORK, "losses")).said) for _ in range(rounds)]
    of = {name: median(one[name] for one in found) for name in found[0]}
    _say("\n")
    for name, doing in (("fold", "folded into lenders' balances"), ("admit", "admitted under the laws")):
        few, many = of[f"{name}_few"], of[f"{name}_many"]
        figures = f"{few:.2f} µs with {of['few']} lenders, {many:.2f} µs with {of['many']:,}: {many / few:.2f} times"
        _say(f"a loss {doing}: {figures}\n")
    _say(f"one lender settled over {of['losses']:,} losses: {of['settle']:.2f} ms\n")


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
