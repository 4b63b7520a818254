"""`recoup export`: its kinds, the points and limits that they take, and files that appear whole or not at all."""

import csv
import json
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import click
import pytest

from cli.exits import Exit
from cli.export import KINDS, export_
from tests.command_line import OPENING, called, desk_book, environment, fact, recorded, run

WRITING = {
    "journal": ("export", "journal"),
    "journal for ledger": ("export", "journal", "-O", "ledger"),
    "journal for beancount": ("export", "journal", "-O", "beancount"),
    "general ledger": ("export", "general-ledger"),
    "trial balance": ("export", "general-ledger", "--file", "trial-balance"),
    "chart of accounts": ("export", "general-ledger", "--file", "chart-of-accounts"),
    "balances": ("export", "balances"),
    "events": ("export", "events"),
}
LIMITED = [words for name, words in WRITING.items() if name != "events"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return desk_book(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def early(tmp_path: Path) -> Path:
    """A book with a deposit in the year 1200, and then one of more than 28 digits."""
    at = "1200-01-01T00:00:00Z"
    much = "9" * 40
    first = fact("deposited", at, id="early", pool="alpha", lender="alice", assets="7", shares="7")
    second = fact("deposited", at, id="much", pool="alpha", lender="alice", assets=much, shares="7")
    return recorded(tmp_path / "early.db", [*OPENING, first, second])


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_a_command_of_its_name_with_a_sentence_and_options_explained(name: str) -> None:
    command = export_.get_command(click.Context(export_), name)
    assert command is not None
    assert command.name == name
    assert len((command.help or "").split()) > 5
    assert [one.name for one in command.params if isinstance(one, click.Option) and not one.help] == []


def test_the_help_names_every_kind_and_imports_none() -> None:
    program = (
        "import sys\n"
        "from cli.main import run\n"
        "code = run(['export', '--help'], debug=False)\n"
        "heavy = {'pydantic', 'sqlalchemy', 'eventsourcing', 'rich', 'xlsxwriter'}\n"
        "print(sorted(heavy.intersection(name.split('.')[0] for name in sys.modules)), code, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment())
    assert done.stderr.decode() == "[] 0\n"
    assert [name for name in KINDS if f"\n  {name}" not in done.stdout.decode()] == []


def test_a_kind_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert called(capsys, "export", "everything").code == Exit.USAGE


@pytest.mark.parametrize("words", WRITING.values(), ids=WRITING)
def test_a_file_holds_what_standard_output_would(
    words: tuple[str, ...], desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "export.txt"
    printed = called(capsys, "--db", str(desk), *words)
    kept = called(capsys, "--db", str(desk), *words, "-o", str(file))
    assert (printed.code, kept.code, kept.out) == (Exit.CLEAN, Exit.CLEAN, "")
    assert file.read_text(encoding="utf-8") == printed.out != ""
    assert called(capsys, "--db", str(desk), *words).out == printed.out


@pytest.mark.parametrize("words", WRITING.values(), ids=WRITING)
def test_an_export_never_takes_the_place_of_the_book(
    words: tuple[str, ...], desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = called(capsys, "--db", str(desk), *words, "-o", str(desk))
    assert (done.code, "is a database" in done.err) == (Exit.USAGE, True)


@pytest.mark.parametrize("words", WRITING.values(), ids=WRITING)
@pytest.mark.parametrize("point", [("--position", "9"), ("--as-of", "2022-11-11"), ("--known-at", "2022-12-01")])
def test_an_export_is_of_the_point_asked_for(
    words: tuple[str, ...], point: tuple[str, str], desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now, then = called(capsys, "--db", str(desk), *words), called(capsys, "--db", str(desk), *words, *point)
    assert then.code == Exit.CLEAN
    assert then.out != now.out


@pytest.mark.parametrize("words", LIMITED)
def test_an_export_of_a_pool_or_fund_has_nothing_of_others(
    words: tuple[str, ...], desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = called(capsys, "--db", str(desk), *words, "--pool", "beta")
    assert done.code == Exit.CLEAN
    assert "beta" in done.out.lower()
    assert "alpha" not in done.out.lower()


@pytest.mark.parametrize("words", LIMITED)
@pytest.mark.parametrize("limit", [("--pool", "gamma"), ("--fund", "alpha")])
def test_a_pool_or_fund_that_was_never_opened_is_a_slip_of_the_pen(
    words: tuple[str, ...], limit: tuple[str, str], desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = called(capsys, "--db", str(desk), *words, *limit)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert f"no {limit[0][2:]} {limit[1]} in this book at that point" in done.err


def test_how_many_entries_have_no_postings_is_said(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = called(capsys, "--db", str(desk), "export", "journal")
    ledger = called(capsys, "--db", str(desk), "export", "general-ledger")
    assert journal.err == "recoup: 12 entries for hledger, and 6 without postings as comments\n"
    assert ledger.err == "recoup: 12 entries, and 6 without postings left out\n"


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("book.beancount", "; The journal of desk.db for beancount: "),
        ("book.ledger", "; The journal of desk.db for ledger: "),
        ("book.journal", "; The journal of desk.db for hledger: "),
    ],
)
def test_the_ending_of_a_file_says_which_program_is_to_read_it(
    name: str, begins: str, desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called(capsys, "--db", str(desk), "export", "journal", "-o", str(tmp_path / name))
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("beancount", "entry 7, much: assets:alpha:cash is posted 99999999999999999999999999999999999999.99 EUR, "),
        ("ledger", "entry 6, early: ledger reads no date before the year 1400, as 1200-01-01 is"),
    ],
)
def test_what_a_program_could_not_read_is_refused_and_nothing_is_written(
    program: str, why: str, early: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "export.txt"
    printed = called(capsys, "--db", str(early), "export", "journal", "-O", program)
    kept = called(capsys, "--db", str(early), "export", "journal", "-O", program, "-o", str(file))
    assert (printed.code, printed.out, kept.code) == (Exit.REFUSED, "", Exit.REFUSED)
    assert printed.err.startswith(f"recoup: {why}")
    assert [path.name for path in tmp_path.iterdir() if "export" in path.name] == []


@pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed")
def test_hledger_reads_standard_output(desk: Path, tmp_path: Path) -> None:
    done = run(["--db", str(desk), "export", "journal", "--as-of", "2022-11-11"], tmp_path)
    cash = ["hledger", "-f", "-", "bal", "cash", "--no-total", "-O", "csv"]
    told = subprocess.run(cash, input=done.out, capture_output=True, text=True, check=True).stdout
    assert {row["account"]: row["balance"] for row in csv.DictReader(StringIO(told))} == {
        "assets:alpha:cash": "700.00 EUR",
        "assets:beta:cash": "50.00 EUR",
        "assets:cushion:cash": "50.00 EUR",
    }


def test_the_balances_are_there_in_three_forms(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--db", str(desk), "export", "balances", "--fund", "cushion")
    cash = {
        "account": "assets:cushion:cash",
        "owner": "cushion",
        "holds": "fund-cash",
        "tranche": None,
        "loan": None,
        "case": None,
        "holder": None,
        "commodity": "EUR",
        "decimals": 2,
        "balance": "0",
    }
    whole = json.loads(called(capsys, *words, "-O", "json").out)
    assert (whole["schema"], whole["position"], whole["rows"][0]) == ("recoup.balances/1", 18, cash)
    lines = called(capsys, *words, "-O", "jsonl").out.splitlines()
    assert list(map(json.loads, lines)) == whole["rows"]
    (first, *_) = csv.DictReader(StringIO(called(capsys, *words).out))
    assert first == {name: "" if value is None else str(value) for name, value in cash.items()}
