"""What the benchmarks stand on: a mix of facts that is lawful, and a text of its postings that says the same."""

import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from ledger.book import Book, Fact
from ledger.books import Books
from ledger.events import AnyEvent
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from ledger.laws import admit
from ledger.sources.evm.feed import Feed
from ledger.sources.json_lines import facts
from ledger.sources.morpho_blue import PROTOCOL
from tests.benchmarks import chain, ledger_text, losses, mix, reconciliation, tables, work
from tests.benchmarks.work import RECORDED_AT
from tests.plain_text import Balances, told_by_hledger, told_by_ledger


def admitted(events: list[AnyEvent]) -> Books:
    books = Books()
    for event in events:
        admit(event, books)
    return books


def balances(books: Books) -> Balances:
    return {(account, commodity): balance for commodity, all_ in books.sums.commodities() for account, balance in all_}


def mixed(number: int) -> list[AnyEvent]:
    return [fact.event for fact in facts(mix.lines(number)) if isinstance(fact, Fact)]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """The postings of the first two thousand facts, a default with a loss among them, as a plain-text journal."""
    file = tmp_path / "facts.journal"
    with file.open("w", encoding="utf-8") as out:
        ledger_text.write(mixed(2_000), out)
    return file


def test_the_mix_is_lawful_and_canonical() -> None:
    lines = list(mix.lines(3_000))
    found = [fact for fact in facts(lines) if isinstance(fact, Fact)]
    books = admitted([fact.event for fact in found])
    assert [fact.content + b"\n" for fact in found] == lines
    assert len({fact.event.id for fact in found}) == 3_000
    assert any(case.recognized for case in books.cases.values())


def test_the_mix_is_the_same_at_every_run_and_a_longer_one_begins_with_a_shorter_one() -> None:
    assert list(mix.lines(300)) == list(mix.lines(500))[:300]


def test_the_logs_that_are_measured_are_lawful_and_leave_bad_debt() -> None:
    logs = list(chain.lines(500))
    feed = Feed(PROTOCOL, lambda: logs, tokens={}, chain_id=1)
    book = Book(MemoryJournal())
    receipt = book.record(feed, source="logs", clock=lambda: RECORDED_AT, recorded_by="benchmarks")
    assert feed.tally.logs == 500
    assert receipt.recorded > 500
    assert any(case.recognized for case in book.books.cases.values())


def test_the_logs_are_the_same_at_every_run_and_a_longer_list_begins_with_a_shorter_one() -> None:
    assert list(chain.lines(100)) == list(chain.lines(200))[:100]


@pytest.mark.skipif(shutil.which("ledger") is None, reason="ledger is not installed")
def test_ledger_reads_the_same_balances_from_the_text(text: Path) -> None:
    assert told_by_ledger(text, {}) == balances(admitted(mixed(2_000)))


@pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed")
def test_hledger_reads_the_same_balances_from_the_text(text: Path) -> None:
    assert told_by_hledger(text, {}) == balances(admitted(mixed(2_000)))


def test_the_losses_that_are_measured_are_lawful() -> None:
    books = admitted([*losses.until_recognized(3), *islice(losses.losses(3), 5)])
    assert books.deficit(losses.POOL, losses.CASE) == losses.LENT - 5 * losses.LOST


@pytest.fixture
def book(tmp_path: Path) -> str:
    """A book of the mix, in a file, with its tables."""
    content, path = tmp_path / "facts.jsonl", str(tmp_path / "book.db")
    content.write_bytes(b"".join(mix.lines(400)))
    work.import_(str(content), path)
    tables.refresh(path)
    return path


def test_what_is_measured_of_the_tables_says_what_the_fold_says(book: str) -> None:
    assert tables.present(book)["rows"] > 0
    assert len(tables.past(book)) == 2 * len(tables.PLACES)


def test_a_catch_up_is_measured_by_entries_that_are_new(book: str, tmp_path: Path) -> None:
    other = shutil.copy(book, tmp_path / "other.db")
    before = SqliteJournal.open(Path(book), patience=1).head().position
    tables.catch_up(book, str(other))
    assert SqliteJournal.open(Path(book), patience=1).head().position == before + 3 * tables.ROUNDS * tables.ENTRIES


@pytest.fixture
def sides(tmp_path: Path) -> dict[str, str]:
    """Both files of a reconciliation, with two units that differ and two movements that either side has alone."""
    files = {"ours": str(tmp_path / "ours.csv"), "theirs": str(tmp_path / "theirs.csv")}
    return files | {f"closing_{side}": sum_ for side, sum_ in reconciliation.write("20_000", **files).items()}


def test_every_difference_of_the_sides_that_are_measured_is_found(sides: dict[str, str]) -> None:
    assert reconciliation.recoup(**sides)["found"] == [19_994, 2, 2, 2]


@pytest.mark.filterwarnings("ignore:the argument `join_nulls`:DeprecationWarning")
@pytest.mark.parametrize("compared", [reconciliation.with_pandas, reconciliation.with_polars])
def test_a_comparison_by_floats_calls_a_unit_nothing(
    sides: dict[str, str], compared: Callable[[str, str], dict[str, list[int]]]
) -> None:
    pytest.importorskip("datacompy")
    assert compared(sides["ours"], sides["theirs"])["found"] == [19_996, 0, 2, 2]
