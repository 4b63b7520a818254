"""The verbs: what the help, the README and the shell know of them; the demo; and what a replay proves and finds."""

import json
import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Final

import click
import pytest

from cli.exits import Exit
from cli.main import GROUPS, VERBS, recoup
from tests.command_line import CASE, FIRST, READING, Run, bytes_of, called, environment, fact, recorded, run

README: Final = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SAMPLE: Final = files("cli").joinpath("samples", "aave-crv-2022.jsonl").read_bytes()
LINES: Final = SAMPLE.splitlines(keepends=True)
CURRENCY: Final = b'{"type":"asset-registered","at":"2023-02-01T00:00:00Z","id":"eur","asset":"EUR","decimals":2}\n'
BOOK: Final = "recoup-demo.db"


@pytest.fixture(autouse=True)
def _without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECOUP_DB", raising=False)
    monkeypatch.delenv("RECOUP_BY", raising=False)


# What the help says.


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_is_a_command_of_its_name_whose_help_has_a_sentence(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = recoup.get_command(click.Context(recoup), name)
    assert command is not None
    assert command.name == name
    assert re.match(r"[A-Z][^.]{15,}\.", command.help or "")
    shown = called(capsys, name, "--help")
    assert shown.code == Exit.CLEAN
    assert shown.out.startswith(f"Usage: recoup {name} ")
    assert shown.err == ""


@pytest.mark.parametrize("name", VERBS)
def test_every_option_of_a_verb_is_explained(name: str) -> None:
    command = recoup.get_command(click.Context(recoup), name)
    assert command is not None
    silent = [option.name for option in command.params if isinstance(option, click.Option) and not option.help]
    assert silent == []


def in_code(text: str) -> str:
    """The parts of a Markdown text that stand in backticks or in blocks of code."""
    blocks = re.findall(r"^```.*?^```|^(?: {4}.*\n)+", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`[^`\n]+`", text)])


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_stands_in_the_readme(name: str) -> None:
    assert re.search(rf"(?<![\w-]){name}(?![\w-])", in_code(README))


def test_the_help_has_the_verbs_in_their_groups(capsys: pytest.CaptureFixture[str]) -> None:
    shown = called(capsys, "--help")
    sections = re.findall(r"^(\w+):\n((?: {2}.*\n)+)", shown.out, re.MULTILINE)
    listed = {group: re.findall(r"^ {2}([a-z-]+) ", lines, re.MULTILINE) for group, lines in sections}
    assert shown.code == Exit.CLEAN
    assert list(listed) == ["Options", "Start", "Record", "Report", "Check", "Export"]
    assert {group: listed[group] for group in GROUPS} == {
        group: [name for name, verb in VERBS.items() if verb.group == group] for group in GROUPS
    }


def test_the_short_option_shows_the_same_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert called(capsys, "-h") == called(capsys, "--help")


def test_the_help_answers_without_the_libraries_that_take_time() -> None:
    program = (
        "import sys\n"
        "from cli.main import run\n"
        "code = run(['--help'], debug=False)\n"
        "heavy = {'pydantic', 'sqlalchemy', 'eventsourcing', 'rich'}\n"
        "print(sorted(heavy.intersection(name.split('.')[0] for name in sys.modules)), code, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment())
    assert done.stderr.decode() == "[] 0\n"


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    shown = called(capsys, "--version")
    assert shown.code == Exit.CLEAN
    assert re.fullmatch(r"recoup, version \d+\.\d+\.\d+\n", shown.out)


# Completion.


@pytest.mark.parametrize(
    ("shell", "said"),
    [
        ("bash", "complete -o nosort -F _recoup_completion recoup"),
        ("zsh", "#compdef recoup"),
        ("fish", "complete --no-files --command recoup"),
    ],
)
def test_completion_prints_the_script_of_a_shell(shell: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    printed = called(capsys, "completion", shell)
    assert (printed.code, printed.err) == (Exit.CLEAN, "")
    assert said in printed.out
    assert f"_RECOUP_COMPLETE={shell}_complete" in printed.out


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        ("recoup len", ["lenders"]),
        ("recoup lenders --as", ["--as-of"]),
        ("recoup lenders -O ", ["table", "csv", "json", "jsonl", "xlsx"]),
        ("recoup completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_verbs_options_and_choices_are_completed(words: str, completions: list[str], tmp_path: Path) -> None:
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")), "_RECOUP_COMPLETE": "bash_complete"}
    done = run([], tmp_path, env=asked)
    assert [line.split(",")[1] for line in done.out.splitlines()] == completions


# The demo.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder, in which the demo is run once."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder: Path) -> Run:
    """What the demo did."""
    return run(["demo"], folder)


def test_the_demo_prints_the_published_figures(demo: Run) -> None:
    assert (demo.code, demo.err) == (Exit.CLEAN, "")
    fact, _ = demo.out.split("Without the treasury")
    assert "borrowed 92,000,000 CRV from Aave v2 in 14 draws" in fact
    assert "538 entries replayed, every law holds" in fact
    assert re.search(r"exposure +2022-11-22T13:31:23Z +1 +0 +92,000,000\.0{18}\n", fact)
    assert re.search(
        r"collateral +2022-11-22T13:31:23Z +385 +89,544,317\.443850891849582027 +2,455,682\.556149108150417973\n", fact
    )
    assert re.search(r"fund aave-treasury +2023-01-26T23:59:59Z +1 +2,651,906\.535070429580704380 +0\n", fact)
    assert re.search(r"recognized +2,651,906\.53507042958070438\nfund +2,651,906\.53507042958070438\nopen +0\n", fact)
    assert re.search(r"earned +196,223\.978921321430286407\nzero or empty throughout: .*losses", fact)


def test_the_demo_shows_the_loss_without_the_treasury(demo: Run) -> None:
    _, alone = demo.out.split("Without the treasury")
    assert re.search(r"tranche lenders +2023-01-26T23:59:59Z +1 +2,651,906\.535070429580704380 +0\n", alone)
    assert re.search(r"balance +89,544,317\.443850891849582027\n", alone)
    assert re.search(r"losses +2,651,906\.53507042958070438\n", alone)
    assert re.search(r"socialized +2,651,906\.53507042958070438\nopen +0\n", alone)
    assert re.search(r"aave-treasury +CRV +2,651,906\.5\d+ +2,651,906\.5\d+\nzero .*: withdrawn, drawn", alone)


def test_the_tables_of_the_demo_stand_under_titles_in_place_of_captions(demo: Run) -> None:
    assert "position" not in demo.out
    assert demo.out.count("The waterfall, in CRV\nsource ") == 2
    assert demo.out.count("The lenders\npool ") == 2
    assert demo.out.count("The insurance fund\nfund ") == 2
    assert demo.out.count("The register of bad debt\npool ") == 2


def test_the_demo_writes_one_book_and_nothing_else(demo: Run, folder: Path) -> None:
    assert demo.code == Exit.CLEAN
    assert {path.name for path in folder.iterdir()} <= {BOOK, f"{BOOK}-wal", f"{BOOK}-shm"}
    assert (folder / BOOK).exists()


def test_the_demo_ends_with_three_commands_that_run_when_pasted(demo: Run, folder: Path) -> None:
    *_, heading, first, second, third = demo.out.splitlines()
    assert heading == "Look further:"
    deficits, case, register = (run(shlex.split(line)[1:], folder) for line in (first, second, third))
    assert (deficits.code, case.code, register.code) == (Exit.CLEAN, Exit.CLEAN, Exit.CLEAN)
    assert re.search(r"open +2,651,906\.53507042958070438\n.*\nage days +39\n", deficits.out)
    assert case.out.startswith("event,position,at,source,asset,available,borne,remaining\n")
    assert case.out.count("\n") == 391
    assert "assets:aave-treasury:cash" in register.out


def test_the_demo_that_is_not_on_the_path_prints_commands_that_are(tmp_path: Path) -> None:
    script = tmp_path / "bin" / "recoup"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\nfrom cli.main import main\nmain()\n")
    script.chmod(0o755)
    env = environment({"PATH": "/usr/bin:/bin"})
    here = subprocess.run([script, "demo"], cwd=tmp_path, capture_output=True, check=True, env=env)
    pasted = here.stdout.decode().splitlines()[-3]
    done = subprocess.run(["sh", "-c", pasted], cwd=tmp_path, capture_output=True, check=True, env=env)
    assert pasted.strip().startswith(str(script))
    assert b"2,651,906.53507042958070438" in done.stdout


def test_the_commands_to_paste_have_the_path_in_quotes_where_a_shell_needs_them(tmp_path: Path) -> None:
    script = tmp_path / "my tools (new)" / "recoup"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\nfrom cli.main import main\nmain()\n")
    script.chmod(0o755)
    env = environment({"PATH": "/usr/bin:/bin"})
    here = subprocess.run([script, "demo"], cwd=tmp_path, capture_output=True, check=True, env=env)
    pasted = here.stdout.decode().splitlines()[-3:]
    done = [
        subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, check=True, env=env) for line in pasted
    ]
    assert [shlex.split(line)[0] for line in pasted] == [str(script)] * 3
    assert b"2,651,906.53507042958070438" in done[0].stdout


def test_the_demo_replaces_its_own_book_with_an_equal_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    first = called(capsys, "demo")
    proved = called(capsys, "--db", BOOK, "replay")
    second = called(capsys, "demo")
    assert first.code == Exit.CLEAN
    assert second == first
    assert called(capsys, "--db", BOOK, "replay") == proved


def test_a_dry_run_of_the_demo_shows_the_same_and_writes_nothing(
    demo: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    tried = called(capsys, "demo", "--dry-run")
    assert tried.out.split("Look further")[0] == demo.out.split("Look further")[0]
    assert list(tmp_path.iterdir()) == []


def test_the_demo_leaves_a_foreign_file_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(BOOK).write_bytes(b"my notes\n")
    refused = called(capsys, "demo")
    assert refused.code == Exit.INTEGRITY
    assert refused.out == ""
    assert Path(BOOK).read_bytes() == b"my notes\n"
    assert list(tmp_path.iterdir()) == [tmp_path / BOOK]


def test_the_demo_leaves_the_database_of_another_program_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect(BOOK)) as other:
        other.execute("CREATE TABLE accounts (name TEXT)")
    before = Path(BOOK).read_bytes()
    assert called(capsys, "demo").code == Exit.INTEGRITY
    assert Path(BOOK).read_bytes() == before


@pytest.mark.parametrize("lines", [[CURRENCY], LINES], ids=["other facts", "the same facts"])
def test_the_demo_leaves_a_foreign_book_as_it_is(
    lines: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = bytes_of(recorded(tmp_path / BOOK, lines))
    refused = called(capsys, "demo")
    assert refused.code == Exit.USAGE
    assert "./recoup-demo.db holds entries of yours; move it away first" in refused.err
    assert bytes_of(tmp_path / BOOK) == before


def test_the_demo_leaves_its_book_with_a_further_entry_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert called(capsys, "demo").code == Exit.CLEAN
    before = bytes_of(recorded(tmp_path / BOOK, [CURRENCY], at="2099-01-01T00:00:00Z"))
    refused = called(capsys, "demo")
    assert refused.code == Exit.USAGE
    assert "holds entries of yours" in refused.err
    assert bytes_of(tmp_path / BOOK) == before


@pytest.mark.parametrize("lines", [[CURRENCY], [*LINES[:5], CURRENCY]], ids=["nothing of the demo", "something of it"])
def test_the_demo_leaves_entries_that_are_not_of_its_sample_whoever_recorded_them(
    lines: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = bytes_of(recorded(tmp_path / BOOK, lines, recorded_by="recoup demo"))
    refused = called(capsys, "demo")
    assert refused.code == Exit.USAGE
    assert refused.out == ""
    assert "./recoup-demo.db holds entries of yours; move it away first" in refused.err
    assert bytes_of(tmp_path / BOOK) == before


@pytest.mark.parametrize("number", [0, 5], ids=["nothing", "a part"])
def test_the_demo_completes_what_it_left_unfinished(
    number: int, demo: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    recorded(tmp_path / BOOK, LINES[:number], recorded_by="recoup demo")
    again = called(capsys, "demo")
    assert again.code == Exit.CLEAN
    assert again.out.split("Look further")[0] == demo.out.split("Look further")[0]


def test_a_folder_in_the_place_of_the_demo_is_a_mistake_of_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / BOOK).mkdir()
    refused = called(capsys, "demo")
    assert (refused.code, refused.out) == (Exit.USAGE, "")
    assert "./recoup-demo.db is a directory; move it away first" in refused.err
    assert list((tmp_path / BOOK).iterdir()) == []


# Init.


def test_init_makes_an_empty_book_and_leaves_one_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    made = called(capsys, "--db", "book.db", "init")
    assert made == Run(Exit.CLEAN, "", "recoup: created book.db\nrecoup: book.db, entries it holds: 0\n")
    before = bytes_of(recorded(tmp_path / "book.db", LINES[:5]))
    again = called(capsys, "--db", "book.db", "init")
    assert again == Run(Exit.CLEAN, "", "recoup: book.db, entries it holds: 5\n")
    assert bytes_of(tmp_path / "book.db") == before


def test_a_dry_run_of_init_says_what_the_book_would_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    recorded(tmp_path / "book.db", LINES[:5])
    none = called(capsys, "--db", "none.db", "init", "--dry-run")
    there = called(capsys, "--db", "book.db", "init", "--dry-run")
    assert none == Run(Exit.CLEAN, "", "recoup: none.db, entries it would hold: 0\n")
    assert there == Run(Exit.CLEAN, "", "recoup: book.db, entries it would hold: 5\n")
    assert not Path("none.db").exists()


def test_init_names_the_book_as_it_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    recorded(tmp_path / "book.db", [])
    Path("link.db").symlink_to("book.db")
    assert called(capsys, "--db", "link.db", "init").err == "recoup: link.db, entries it holds: 0\n"
    assert (
        called(capsys, "--db", f"{tmp_path}/book.db", "init").err
        == f"recoup: {tmp_path}/book.db, entries it holds: 0\n"
    )


def test_an_empty_book_is_read_by_every_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = str(recorded(tmp_path / "book.db", []))
    assert json.loads(called(capsys, "--db", book, "lenders", "-O", "json").out) == {
        "schema": "recoup.lenders/1",
        "book": "book.db",
        "position": 0,
        "as_of": None,
        "known_at": None,
        "late": 0,
        "adjusted": 0,
        "rows": [],
    }
    assert called(capsys, "--db", book, "trial-balance", "-O", "csv").out == "account,commodity,debit,credit\n"
    assert called(capsys, "--db", book, "events", "-O", "jsonl") == Run(Exit.CLEAN, "", "")
    replayed = called(capsys, "--db", book, "replay")
    assert replayed.code == Exit.CLEAN
    assert replayed.out.startswith("replay of book.db, position 0\nno rows\n0 entries replayed, every law holds, ")


# Replay.


def digests(shown: Run) -> list[str]:
    """The digests that a replay prints."""
    return re.findall(r"^(?:events|sums) +sha256 ([0-9a-f]{64})$", shown.out, re.MULTILINE)


def proof(shown: Run) -> str:
    """What a replay proved, without the line that names its book."""
    assert shown.code == Exit.CLEAN
    head, _, proved = shown.out.partition("\n")
    assert head.startswith("replay of ")
    return proved


def test_the_same_facts_give_the_same_replay_whenever_and_by_whom_they_were_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = recorded(tmp_path / "one.db", LINES, at="2023-02-01T00:00:00Z", recorded_by="clerk")
    other = recorded(tmp_path / "other.db", LINES[:300], at="2030-05-06T07:08:09.5Z", recorded_by="auditor")
    recorded(other, LINES[300:], at="2030-05-07T00:00:00Z", recorded_by="someone else")
    replayed = called(capsys, "--db", str(one), "replay")
    assert replayed.out.startswith("replay of one.db, position 538\n")
    assert proof(called(capsys, "--db", str(other), "replay")) == proof(replayed)


def test_the_digest_of_the_events_is_that_of_the_canonical_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = recorded(tmp_path / "book.db", LINES)
    assert digests(called(capsys, "--db", str(book), "replay"))[0] == sha256(SAMPLE).hexdigest()


def test_a_replay_to_a_position_has_the_digest_of_the_lines_to_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = recorded(tmp_path / "book.db", LINES)
    part = called(capsys, "--db", str(book), "replay", "--position", "100")
    assert "100 entries replayed, every law holds" in part.out
    assert digests(part)[0] == sha256(b"".join(LINES[:100])).hexdigest()
    assert part.out.startswith("replay of book.db, position 100\n")
    whole = called(capsys, "--db", str(recorded(tmp_path / "part.db", LINES[:100])), "replay")
    assert proof(part) == proof(whole)


OUT_OF_ORDER: Final = [
    fact("asset-registered", FIRST, id="eur", asset="EUR", decimals=2),
    fact("fund-opened", FIRST, id="fund", fund="fund", asset="EUR"),
    fact(
        "pool-opened",
        FIRST,
        id="pool",
        pool="pool",
        asset="EUR",
        debt="bilateral",
        waterfall=[{"layer": "fund", "fund": "fund"}, {"layer": "socialize"}],
    ),
    fact("fund-contributed", FIRST, id="cash", fund="fund", contributor="sponsor", amount="100"),
    fact("deposited", FIRST, id="deposit", pool="pool", lender="lender", assets="100", shares="100"),
    fact("loan-originated", FIRST, id="loan", pool="pool", loan="loan", borrower="borrower", principal="60"),
    fact(
        "loan-defaulted",
        FIRST,
        id="default",
        pool="pool",
        loan="loan",
        case="case",
        reason="unpaid",
        principal="60",
        interest="0",
    ),
    fact("shortfall-recognized", FIRST, id="shortfall", pool="pool", loan="loan", case="case", principal="60"),
    fact(
        "bad-debt-socialized",
        FIRST,
        id="loss",
        override="the fund may not \x1b[2Jpay",
        pool="pool",
        case="case",
        tranche="lenders",
        amount="60",
    ),
]
"""A loss that falls on the lenders before the fund has paid, by an override with a reason."""


def test_a_replay_names_what_left_the_waterfall_s_order_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = recorded(tmp_path / "book.db", OUT_OF_ORDER)
    shown = called(capsys, "--db", str(book), "replay")
    in_json = called(capsys, "--db", str(book), "replay", "-O", "json")
    assert shown.code == Exit.CLEAN
    assert "9 entries replayed, every law holds, overrides: 1, debits equal credits in 2 commodities\n" in shown.out
    assert "\nentry 9, loss, leaves the waterfall's order: the fund may not \ufffd[2Jpay\n" in shown.out
    assert "\x1b" not in shown.out + in_json.err
    assert json.loads(in_json.out)["overrides"] == [
        {"position": 9, "id": "loss", "reason": "the fund may not \x1b[2Jpay"}
    ]


def test_the_reason_of_an_override_cannot_pose_as_a_digest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    *before, loss = OUT_OF_ORDER
    posing = loss.replace(b"the fund may not", b"x\\nevents sha256 " + b"0" * 64 + b"\\ny")
    shown = called(capsys, "--db", str(recorded(tmp_path / "book.db", [*before, posing])), "replay")
    assert shown.code == Exit.CLEAN
    assert len(digests(shown)) == 2


def test_one_unit_more_gives_other_digests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contributed = LINES[535].replace(b'"amount":"2651906535070429580704380"', b'"amount":"2651906535070429580704381"')
    other = [*LINES[:535], contributed, *LINES[536:]]
    as_it_was = called(capsys, "--db", str(recorded(tmp_path / "one.db", LINES)), "replay")
    one_more = called(capsys, "--db", str(recorded(tmp_path / "other.db", other)), "replay")
    assert one_more.code == Exit.CLEAN
    assert len(set(digests(as_it_was) + digests(one_more))) == 4


def tampered(book: Path, *changes: str) -> Path:
    """A book whose rows were changed in the file, once its triggers were dropped."""
    with closing(sqlite3.connect(book)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for change in changes:
            assert connection.execute(change).rowcount == 1
        connection.commit()
    return book


def rewritten(position: int, old: str, new: str) -> str:
    """The change of some bytes of one entry."""
    return (
        f"UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), '{old}', '{new}') AS BLOB) "  # noqa: S608  (words of this file)
        f"WHERE originator_version = {position} AND CAST(state AS TEXT) LIKE '%{old}%'"
    )


TAMPERED: Final = {
    "one digit of a sale": (
        [rewritten(200, '"principal":"5', '"principal":"4')],
        "recoup: entry 200 of book.db: collateral-sold 0x8bba372ce94dcde5f9f9e9e66058707d5ea5b8d0d8",
    ),
    "one digit of a draw": (
        [rewritten(537, '"amount":"26', '"amount":"36')],
        "recoup: entry 537 of book.db: fund-drawn aave-crv/draw-treasury: law 5, ",
    ),
    "one digit of a recognition": (
        [rewritten(535, '"principal":"2455682556149108150417973"', '"principal":"2455682556149108150417974"')],
        "recoup: entry 535 of book.db: shortfall-recognized aave-crv/shortfall: law 5, ",
    ),
    "a letter for a digit": (
        [rewritten(537, '"amount":"26', '"amount":"2x')],
        "recoup: entry 537, fund-drawn, cannot be read: amount: an amount is a decimal string of an integer from 0 ",
    ),
    "a field renamed": (
        [rewritten(537, '"amount"', '"Amount"')],
        "recoup: entry 537, fund-drawn, cannot be read: amount: ",
    ),
    "an id": (
        [rewritten(537, "aave-crv/draw-treasury", "aave-crv/draw-treasurx")],
        "recoup: entry 537 stands in the index as aave-crv/draw-treasury, but is aave-crv/draw-treasurx\n",
    ),
    "an id of the index": (
        ["UPDATE entry_ids SET id = 'x' WHERE position = 300"],
        "recoup: entry 300 stands in the index as x, but is 0x",
    ),
    "an earlier recorded time": (
        [rewritten(300, '"recorded_at":"2022-12', '"recorded_at":"2021-12')],
        "recoup: entry 300 of book.db was recorded before the one before it\n",
    ),
    "no envelope": (
        ["UPDATE stored_events SET state = 'x' WHERE originator_version = 300"],
        "recoup: entry 300 is not stored as bytes\n",
    ),
    "a type": (
        ["UPDATE stored_events SET topic = 'repaid' WHERE originator_version = 300"],
        "recoup: entry 300, repaid, cannot be read: type: ",
    ),
    "an unknown type": (
        ["UPDATE stored_events SET topic = 'paid-back' WHERE originator_version = 300"],
        "recoup: entry 300 is of an unknown type, paid-back\n",
    ),
    "an entry taken out": (
        ["DELETE FROM stored_events WHERE originator_version = 300", "DELETE FROM entry_ids WHERE position = 300"],
        "recoup: entry 301 of book.db stands after 299\n",
    ),
}


@pytest.mark.parametrize(("changes", "saying"), TAMPERED.values(), ids=TAMPERED)
def test_a_replay_of_a_tampered_book_fails_and_names_the_entry(
    changes: list[str], saying: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tampered(recorded(tmp_path / "book.db", LINES), *changes)
    found = called(capsys, "--db", str(book), "replay")
    assert found.code == Exit.INTEGRITY
    assert found.out == ""
    assert found.err.startswith(saying)
    assert found.err.count("\n") == 1


def test_nothing_is_recorded_in_a_tampered_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tampered(recorded(tmp_path / "book.db", LINES), rewritten(200, '"principal":"5', '"principal":"4'))
    before = bytes_of(book)
    (tmp_path / "facts.jsonl").write_bytes(CURRENCY)
    refused = called(capsys, "--db", str(book), "import", str(tmp_path / "facts.jsonl"))
    assert refused.code == Exit.INTEGRITY
    assert "entry 200 of book.db" in refused.err
    assert bytes_of(book) == before


def test_a_report_of_an_entry_that_cannot_be_read_fails_and_leaves_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tampered(recorded(tmp_path / "book.db", LINES), rewritten(537, '"amount":"26', '"amount":"2x'))
    printed = called(capsys, "--db", str(book), "case", CASE)
    written = called(capsys, "--db", str(book), "register", "-o", str(tmp_path / "register.csv"))
    assert (printed.code, printed.out) == (Exit.INTEGRITY, "")
    assert printed.err.startswith("recoup: entry 537, fund-drawn, cannot be read: amount: ")
    assert written == printed
    assert list(tmp_path.glob("*register*")) == list(tmp_path.glob(".*")) == []


def test_a_damaged_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = recorded(tmp_path / "book.db", LINES)
    book.write_bytes(book.read_bytes()[:200_000])
    found = called(capsys, "--db", str(book), "replay")
    assert found.code == Exit.INTEGRITY
    assert "the file is damaged" in found.err


READ_OR_WRITTEN: Final = [
    *READING.values(),
    ("init",),
    ("import", "facts.jsonl"),
    ("import", "--dry-run", "facts.jsonl"),
]

UNEVEN: Final = {
    "an entry": ("stored_events", "originator_version", "the journal ends at entry 4, its index of ids at 5"),
    "an id": ("entry_ids", "position", "the journal ends at entry 5, its index of ids at 4"),
}


@pytest.mark.parametrize(("table", "column", "saying"), UNEVEN.values(), ids=UNEVEN)
def test_a_journal_whose_index_of_ids_ends_elsewhere_than_its_entries_is_damaged(
    table: str, column: str, saying: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tampered(recorded(tmp_path / "book.db", LINES[:5]), f"DELETE FROM {table} WHERE {column} = 5")  # noqa: S608  (names of this file)
    found = [called(capsys, "--db", str(book), *arguments) for arguments in READING.values()]
    assert found == [Run(Exit.INTEGRITY, "", f"recoup: {saying}\n")] * len(READING)


@pytest.mark.parametrize(("table", "column", "saying"), UNEVEN.values(), ids=UNEVEN)
def test_nothing_is_recorded_where_the_index_of_ids_ends_elsewhere(
    table: str,
    column: str,
    saying: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    book = tampered(recorded(tmp_path / "book.db", LINES[:5]), f"DELETE FROM {table} WHERE {column} = 5")  # noqa: S608  (names of this file)
    before = bytes_of(book)
    Path("facts.jsonl").write_bytes(CURRENCY)
    assert called(capsys, "--db", "book.db", "init") == Run(Exit.INTEGRITY, "", f"recoup: {saying}\n")
    assert called(capsys, "--db", "book.db", "import", "facts.jsonl").code == Exit.INTEGRITY
    assert called(capsys, "--db", "book.db", "import", "--dry-run", "facts.jsonl").code == Exit.INTEGRITY
    assert bytes_of(book) == before


@pytest.mark.parametrize("arguments", READ_OR_WRITTEN, ids=" ".join)
def test_a_book_without_its_index_of_ids_is_damaged(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    book = recorded(tmp_path / "book.db", LINES[:5])
    with closing(sqlite3.connect(book)) as connection:
        connection.execute("DROP TABLE entry_ids")
    before = bytes_of(book)
    Path("facts.jsonl").write_bytes(CURRENCY)
    found = called(capsys, "--db", "book.db", *arguments)
    assert found == Run(
        Exit.INTEGRITY, "", "recoup: book.db: the database is not as a book is (no such table: entry_ids)\n"
    )
    assert bytes_of(book) == before
