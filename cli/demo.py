"""`recoup demo`: Aave's CRV default of November 2022, replayed from its facts; then the same without the treasury."""

import sys
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from shlex import quote
from shutil import which
from typing import Final

import click

from cli.check import replayed, spoken
from cli.columns import case_columns, columns
from cli.recording import now
from cli.tables import print_columns
from ledger.book import Book, Fact
from ledger.errors import InputRefused, Malformed
from ledger.journal import Journal
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from ledger.sources.json_lines import facts
from ledger.values import CaseId
from ledger.waterfall import SocializeLayer
from ledger.what_if import Otherwise, what_if
from projections.balances import BalancesFold
from projections.case import CaseFold
from projections.deficits import DeficitRow, DeficitsFold
from projections.funds import FundRow, FundsFold
from projections.lenders import LenderRow, LendersFold
from projections.reading import Asked, Selection, fold

BOOK: Final = Path("recoup-demo.db")
SAMPLE: Final = "aave-crv-2022.jsonl"
CASE: Final = CaseId("crv-2022-11-22")
RECORDER: Final = "recoup demo"
WITHOUT_THE_TREASURY: Final = Otherwise(waterfall=(SocializeLayer(layer="socialize"),))
"""The treasury keeps what it has, and the lenders bear the loss."""
_NARROWED: Final = frozenset({"event", "through", "available", "asset"})
"""Columns of a case that the story does without."""

_STORY: Final = """\
In November 2022 one account borrowed 92,000,000 CRV from Aave v2 in 14 draws against USDC, to sell it.
CRV rose. On the 22nd, 385 liquidations sold all of its collateral; the debt was not covered.
"""
_PASTE: Final = (
    f"--db {BOOK} deficits --as-of 2022-12-31",
    f"--db {BOOK} case {CASE} -O csv",
    f"--db {BOOK} register --fund aave-treasury",
)


@click.command("demo")
@click.option("--dry-run", is_flag=True, help="Show everything, and write no book.")
def demo_(*, dry_run: bool) -> None:
    """Replay Aave's CRV default of November 2022 from 538 facts, and show who bore what.

    Writes ./recoup-demo.db, replacing only what it wrote itself. What the public data do not hold is an assumption, and
    said to be one in the memo of its entry.
    """
    sample = list(_sample())
    journal: Journal = MemoryJournal(str(BOOK)) if dry_run else _fresh_book(sample)
    _record(journal, sample)
    click.echo(_STORY)
    click.echo(f"{spoken(replayed(journal, None))}\n")
    _show(journal)
    click.echo("\nWithout the treasury in the waterfall the same facts would have fallen on the lenders:\n")
    _show(what_if(journal, WITHOUT_THE_TREASURY).journal)
    click.echo("Look further:")
    for further in _PASTE:
        click.echo(f"  {_called_as()} {further}")


def _sample() -> Iterator[Fact]:
    with files("cli").joinpath("samples", SAMPLE).open("rb") as lines:
        for fact in facts(lines):
            if isinstance(fact, Malformed):
                raise InputRefused(SAMPLE, (str(fact),))
            yield fact


def _record(journal: Journal, sample: Sequence[Fact]) -> None:
    Book(journal).record(sample, source=SAMPLE, clock=now, recorded_by=RECORDER)


def _fresh_book(sample: Sequence[Fact]) -> SqliteJournal:
    """A new book in the working folder, in the place of one that holds only what the demo wrote."""
    if BOOK.is_dir():
        raise click.UsageError(f"./{BOOK} is a directory; move it away first")
    journal = SqliteJournal.create(BOOK, patience=5)
    own = {fact.event.id for fact in sample}
    if any(entry.recorded_by != RECORDER or entry.id not in own for entry in journal.read()):
        raise click.UsageError(f"./{BOOK} holds entries of yours; move it away first")
    if journal.head().position:
        for name in (BOOK.name, f"{BOOK.name}-wal", f"{BOOK.name}-shm"):
            Path(name).unlink(missing_ok=True)
        journal = SqliteJournal.create(BOOK, patience=5)
    return journal


def _show(journal: Journal) -> None:
    """The waterfall, the lenders, the fund, and the register of bad debt."""
    selection = Selection(journal, Asked())
    balances, lenders = BalancesFold(selection.charters), LendersFold(selection.charters)
    case = CaseFold(selection.charters, balances, CASE)
    funds, deficits = FundsFold(selection.charters), DeficitsFold(selection.charters)
    shown = fold(selection, [case, balances, lenders, funds, deficits])
    charters = selection.charters
    waterfall = [one for one in case_columns(list(case.rows()), charters) if one.name not in _NARROWED]
    for title, found in (
        ("The waterfall, in CRV", waterfall),
        ("The lenders", columns(list(lenders.rows()), LenderRow, charters)),
        ("The insurance fund", columns(list(funds.rows()), FundRow, charters)),
        ("The register of bad debt", columns(list(deficits.rows(shown.as_of)), DeficitRow, charters)),
    ):
        click.secho(title, bold=True)
        print_columns(found, sys.stdout)
        click.echo()


def _called_as() -> str:
    """How the command was called, so that what is printed can be pasted."""
    called = Path(sys.argv[0])
    on_path = which("recoup")
    return "recoup" if called.name != "recoup" or (on_path and called.samefile(on_path)) else quote(str(called))
