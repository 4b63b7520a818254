"""The facts as JSON Lines: imported elsewhere they are the same book, to the byte, with the commands asked."""

import shlex
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings

from cli.exits import Exit
from ledger.book import Book
from ledger.journal import Journal
from ledger.journal.memory import MemoryJournal
from ledger.sources.json_lines import facts
from ledger.values import Timestamp
from projections.exports.facts import write_facts
from projections.reading import Asked, Selection
from tests.command_line import COMMANDED, OPENING, called, demo_book, desk_book, recorded
from tests.histories import HISTORIES, NOW, History, histories
from tests.histories import recorded as journal_of
from tests.three_pools import three_pools

LATER: Final = Timestamp("2030-01-01T00:00:00Z")


def exported(journal: Journal, asked: Asked = NOW) -> list[bytes]:
    out = StringIO()
    write_facts(Selection(journal, asked), out)
    return out.getvalue().encode().splitlines(keepends=True)


def imported(lines: list[bytes]) -> Journal:
    journal = MemoryJournal()
    told = facts(lines, exported=True)
    Book(journal).record(told, source="lines", clock=lambda: LATER, recorded_by="elsewhere")
    return journal


def contents(journal: Journal) -> list[bytes]:
    return [entry.content for entry in journal.read()]


@settings(HISTORIES, max_examples=15)
@given(histories())
def test_what_is_exported_and_imported_elsewhere_is_the_same_to_the_byte(history: History) -> None:
    journal = journal_of(history)
    assert contents(imported(exported(journal))) == contents(journal)


def test_reversals_adjustments_late_facts_and_closed_periods_come_over() -> None:
    journal = journal_of(three_pools().facts)
    assert contents(imported(exported(journal))) == contents(journal)


def test_a_prefix_is_exported_as_the_book_then_stood() -> None:
    journal = journal_of(three_pools().facts)
    assert contents(imported(exported(journal, Asked(position=25)))) == contents(journal)[:25]


# On the command line.

AT: Final = "2025-03-31T12:00:00Z"


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book in which every command is given at least once."""
    return recorded(tmp_path_factory.mktemp("story") / "story.db", OPENING)


@pytest.fixture(scope="module", autouse=True)
def _commands_are_given(commanded: Path) -> None:
    from cli.main import run

    for words in COMMANDED.splitlines():
        assert run(["--db", str(commanded), "record", *shlex.split(words), "--at", AT], debug=False) == Exit.CLEAN


def digests(book: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    """What a replay proves: how much there is, and the digests of the events and of the balances."""
    done = called(capsys, "--db", str(book), "replay", *options)
    assert done.code == Exit.CLEAN
    return [line for line in done.out.splitlines() if "sha256" in line or "replayed" in line or "decided" in line]


@pytest.mark.parametrize("made", [demo_book, desk_book])
def test_a_book_made_of_exported_facts_has_the_same_digests(
    made: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(made)
    book, copy, file = made(tmp_path), tmp_path / "copy.db", tmp_path / "facts.jsonl"
    assert called(capsys, "--db", str(book), "export", "events", "-o", str(file)).code == Exit.CLEAN
    assert called(capsys, "--db", str(copy), "import", str(file)).code == Exit.CLEAN
    assert digests(copy, capsys) == digests(book, capsys)


def test_commands_come_over_and_are_decided_again_elsewhere(
    commanded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, file = tmp_path / "copy.db", tmp_path / "facts.jsonl"
    told = called(capsys, "--db", str(commanded), "export", "events", "-o", str(file))
    assert (told.code, told.out) == (Exit.CLEAN, "")
    assert called(capsys, "--db", str(copy), "import", "--exported", str(file)).code == Exit.CLEAN
    assert digests(copy, capsys, "--audit") == digests(commanded, capsys, "--audit")
    assert any(" 0 findings" in line for line in digests(copy, capsys, "--audit"))


def test_a_command_is_recorded_once_also_where_its_facts_were_imported(
    commanded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, file = tmp_path / "copy.db", tmp_path / "facts.jsonl"
    called(capsys, "--db", str(commanded), "export", "events", "-o", str(file))
    called(capsys, "--db", str(copy), "import", "--exported", str(file))
    slip = ("deposit", "pool=alpha", "lender=alice", "assets=7", "id=slip", "--at", AT)
    again = called(capsys, "--db", str(copy), "record", *slip)
    assert again.code == Exit.CLEAN
    assert "already recorded" in again.out + again.err


def test_exported_commands_are_refused_unless_it_is_said_that_they_are(
    commanded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "facts.jsonl"
    called(capsys, "--db", str(commanded), "export", "events", "-o", str(file))
    refused = called(capsys, "--db", str(tmp_path / "copy.db"), "import", str(file))
    assert refused.code == Exit.REFUSED
    assert "command: is written by the ledger itself: only exported facts may say it" in refused.err


def test_exported_goes_with_facts_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "logs.json"
    file.write_text("[]", encoding="utf-8")
    refused = called(capsys, "import", "--source", "morpho-blue", "--exported", str(file))
    assert (refused.code, "--exported goes with facts" in refused.err) == (Exit.USAGE, True)
