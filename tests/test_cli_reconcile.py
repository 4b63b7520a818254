"""The verb `reconcile`: a month of a desk from the statement to the signature, and what is refused on the way."""

import json
import re
import shutil
from pathlib import Path
from typing import Final

import pytest

from cli.exits import Exit
from cli.main import run as run_here
from cli.reconcile.group import STEPS
from ledger.journal.sqlite import SqliteJournal
from projections.reconciliation.document import document_of, paper_of
from projections.reconciliation.workpapers import WorkingPapers
from tests.command_line import Json, Run, bytes_of, called, fact, recorded, run
from tests.test_cli_schema import fits, schema_of

README: Final = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
DESK: Final = re.findall(r"Save this as `desk\.jsonl`:\n\n```jsonl\n(.*?)```", README, re.DOTALL)[0].encode()
CASH: Final = "account:assets:desk:cash"

WIRE: Final = {"pool": "desk", "lender": "west", "assets": "500000", "shares": "500000"}
TWICE: Final = [fact("deposited", "2025-05-12T09:00:00Z", id=name, **WIRE) for name in ("wire-7", "wire-7-again")]
"""A deposit that is entered twice."""

BEGUN: Final = "--opening 0 --opened-at 2024-12-31 --closing 80000000 --closed-at 2025-05-31"
MAY: Final = """\
date,amount,reference,text
2025-01-03,60000000,,north
2025-01-03,40000000,,south
2025-01-06,-50000000,,loan
2025-05-12,500000,wire-7,west
2025-05-20,29500000,,gold
"""
CONTINUED: Final = "--opening 80000000 --opened-at 2025-05-31 --closing 86500000 --closed-at 2025-07-31"
JULY: Final = """\
date,amount,reference,text
2025-07-01,6500000,,cushion
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The desk of the README, with a deposit that is entered twice, and what the bank says."""
    folder = tmp_path_factory.mktemp("desk")
    recorded(folder / "desk.db", [*DESK.splitlines(keepends=True), *TWICE])
    (folder / "may.csv").write_text(MAY, encoding="utf-8")
    (folder / "july.csv").write_text(JULY, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run_once(desk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, reconciled for May."""
    folder = shutil.copytree(desk, tmp_path_factory.mktemp("may") / "desk")
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        here.setenv("RECOUP_BY", "accountant")
        assert run_here(["--db", "desk.db", "reconcile", "run", CASH, "may.csv", *BEGUN.split()], debug=False) == 1
    return folder


@pytest.fixture(scope="module")
def run_clean(run_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without a break: what is proposed is recorded, and it is run again."""
    folder = shutil.copytree(run_once, tmp_path_factory.mktemp("clean") / "desk")
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        here.setenv("RECOUP_BY", "accountant")
        for call in (
            f"reconcile propose {CASH} --guesses -o fix.jsonl",
            "record --file fix.jsonl",
            f"reconcile run {CASH}",
        ):
            assert run_here(["--db", "desk.db", *call.split()], debug=False) == Exit.CLEAN
    return folder


@pytest.fixture(autouse=True)
def _in_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("RECOUP_WORKPAPERS", "RECOUP_VIEWS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECOUP_BY", "accountant")
    monkeypatch.setenv("RECOUP_DB", "desk.db")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "may.csv").write_text(MAY, encoding="utf-8")


@pytest.fixture
def book(desk: Path, tmp_path: Path) -> Path:
    """The desk, not yet reconciled."""
    shutil.copytree(desk, tmp_path, dirs_exist_ok=True)
    return tmp_path / "desk.db"


@pytest.fixture
def after_may(run_once: Path, tmp_path: Path) -> Path:
    """The desk after May was reconciled, with its one break."""
    shutil.copytree(run_once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "desk.db"


@pytest.fixture
def settled(run_clean: Path, tmp_path: Path) -> Path:
    """The desk after its one break was settled."""
    shutil.copytree(run_clean, tmp_path, dirs_exist_ok=True)
    return tmp_path / "desk.db"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> "Said":
    return Said(capsys)


class Said:
    """Calls the verb, in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def recoup(self, *arguments: str) -> Run:
        return called(self._capsys, *arguments)

    def __call__(self, step: str, *arguments: str, subject: str = CASH) -> Run:
        return called(self._capsys, "reconcile", step, subject, *arguments)

    def may(self, *arguments: str) -> Run:
        return self("run", "may.csv", *BEGUN.split(), *arguments)

    def document(self, *arguments: str) -> Json:
        read: Json = json.loads(self("show", "-O", "json", *arguments).out)
        return read


# A month, from the statement to the signature.


def test_a_month_begins_with_its_breaks(book: Path, said: Said) -> None:
    done = said.may()
    assert (done.code, done.err) == (Exit.FINDINGS, "")
    assert "balance per statement                   800,000.00" in done.out
    assert "balance per book                        805,000.00" in done.out
    assert "duplicate in ledger: ours to fix" in done.out
    assert done.out.splitlines()[-1].startswith("1 break is open; recoup reconcile propose account:assets:desk:cash")
    assert book.with_name("desk.db.workpapers").exists()


@pytest.mark.usefixtures("after_may")
def test_what_is_proposed_and_recorded_settles_the_breaks(said: Said, tmp_path: Path) -> None:
    proposed = said("propose", "--guesses", "-o", "fix.jsonl")
    assert (proposed.code, proposed.out) == (Exit.CLEAN, "")
    assert proposed.err == "recoup: 1 entry for 1 of 1 open breaks; recoup record --file fix.jsonl records them\n"
    recorded_ = said.recoup("record", "--file", "fix.jsonl")
    assert (recorded_.code, "1 entry recorded (entry-reversed 1)" in recorded_.err) == (Exit.CLEAN, True)
    again = said("run")
    assert again.code == Exit.CLEAN
    assert again.out.splitlines()[-1] == (
        f"no break is open: recoup reconcile sign {CASH} --step prepare --person NAME"
    )
    assert "resolved since the paper before" not in again.out
    assert (said("breaks").code, said("breaks").out) == (Exit.CLEAN, "no breaks\n")
    assert json.loads((tmp_path / "fix.jsonl").read_text())["of"] == "wire-7-again"


def signed(said: Said, *steps: str) -> list[Run]:
    """Each step, by the person whose turn it is."""
    persons = {"prepare": "accountant", "review": "controller", "sign": "director"}
    return [said("sign", "--step", step, "--person", persons[step]) for step in steps]


@pytest.mark.usefixtures("settled")
def test_a_month_is_signed_in_order(said: Said) -> None:
    done = signed(said, "prepare", "review", "sign")
    assert [run.code for run in done] == [Exit.CLEAN] * 3
    assert re.fullmatch(rf"recoup: {CASH}: signed by director, paper [0-9a-f]{{64}}, entry \d+\n", done[2].err)
    shown = said("show")
    assert shown.code == Exit.CLEAN
    assert re.search(r"signed +director", shown.out)
    assert "signed" in said.recoup("reconcile", "show", "-O", "csv").out


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize(
    ("steps", "step", "person", "reason"),
    [
        ((), "review", "controller", "is not prepared yet"),
        ((), "sign", "director", "is not prepared and reviewed yet"),
        (("prepare",), "prepare", "accountant", "is prepared already, by accountant"),
        (("prepare",), "review", "accountant", "another person reviews it"),
        (("prepare",), "sign", "director", "is not reviewed yet"),
        ((), "prepare", "no name", "not 'no name'"),
    ],
)
def test_a_step_out_of_its_order_is_refused(
    steps: tuple[str, ...], step: str, person: str, reason: str, said: Said
) -> None:
    signed(said, *steps)
    refused = said("sign", "--step", step, "--person", person)
    assert (refused.code, refused.out) == (Exit.REFUSED, "")
    assert reason in refused.err


@pytest.mark.usefixtures("settled")
def test_a_run_that_finds_nothing_new_keeps_the_sign_off(said: Said) -> None:
    signed(said, "prepare", "review")
    assert said("run").code == Exit.CLEAN
    assert [run.code for run in signed(said, "sign")] == [Exit.CLEAN]
    assert json.loads(said.recoup("reconcile", "show", "-O", "json").out)["rows"][0]["sign_off"] == "signed"


def test_a_run_that_finds_something_new_begins_the_sign_off_again(settled: Path, said: Said) -> None:
    signed(said, "prepare")
    recorded(settled, [fact("deposited", "2025-05-30T09:00:00Z", id="late-wire", **WIRE)])
    assert said("run").code == Exit.FINDINGS
    assert json.loads(said.recoup("reconcile", "show", "-O", "json").out)["rows"][0]["sign_off"] == "none"


def test_what_is_recorded_later_makes_a_signature_stale_by_name(settled: Path, said: Said) -> None:
    signed(said, "prepare", "review", "sign")
    recorded(settled, [fact("deposited", "2025-05-30T09:00:00Z", id="late-wire", **WIRE)])
    shown = said("show")
    assert "STALE: 1 entry was recorded for this account since" in shown.out
    assert "late-wire" in shown.out
    listed = json.loads(said.recoup("reconcile", "show", "-O", "json").out)
    assert [(row["sign_off"], row["stale"]) for row in listed["rows"]] == [("signed", 1)]
    refused = said("sign", "--step", "prepare", "--person", "accountant")
    assert refused.code == Exit.REFUSED


@pytest.mark.usefixtures("book")
def test_the_next_statement_goes_on_with_what_is_open(said: Said) -> None:
    said.may("--transit-days", "7", "--material", "600000")
    done = said("run", "july.csv", *CONTINUED.split())
    shown = said.document()
    assert done.code == Exit.FINDINGS
    assert [one["first_seen"] for one in shown["breaks"]] == ["2025-05-31"]
    assert (shown["rules"]["transit_days"], shown["rules"]["material"]) == (7, "600000")
    assert shown["previous"] != ""
    assert [row["opening_count"] for row in shown["continued"]] == [1]


@pytest.mark.usefixtures("book")
def test_rules_of_a_profile_hold_for_the_next_run_and_options_come_before_them(said: Said, tmp_path: Path) -> None:
    (tmp_path / "bank.toml").write_text('[rules]\ntransit_days = 9\nmaterial = "5"\n', encoding="utf-8")
    said.may("--profile", "bank.toml", "--material", "6")
    assert (said.document()["rules"]["transit_days"], said.document()["rules"]["material"]) == (9, "6")
    said("run", "--transit-days", "0")
    assert (said.document()["rules"]["transit_days"], said.document()["rules"]["material"]) == (0, "6")


@pytest.mark.usefixtures("book")
def test_a_profile_changes_the_rules_that_it_states_and_may_take_one_back(said: Said, tmp_path: Path) -> None:
    (tmp_path / "bank.toml").write_text("[rules]\namount_tolerance = 0\n", encoding="utf-8")
    said.may("--amount-tolerance", "50", "--material", "6")
    said("run", "--profile", "bank.toml")
    assert (said.document()["rules"]["amount_tolerance"], said.document()["rules"]["material"]) == ("0", "6")
    said("run", "--profile", "bank.toml", "--amount-tolerance", "7")
    assert said.document()["rules"]["amount_tolerance"] == "7"


PROFILE: Final = """\
encoding = "cp1252"
delimiter = ";"
decimal_mark = ","
thousands = "."
unit = "units"
dates = "%d.%m.%Y"
columns = { date = "Valuta", amount = "Betrag", reference = "Referenz", text = "Text" }
"""
IN_WORDS: Final = """\
Valuta;Betrag;Referenz;Text
03.01.2025;600.000,00;;nörth
03.01.2025;400.000,00;;south
06.01.2025;-500.000,00;;loan
12.05.2025;5.000,00;wire-7;west
20.05.2025;295.000,00;;gold
"""
IN_JSON: Final = "".join(
    json.dumps(dict(zip(("date", "amount", "reference", "text"), line.split(","), strict=True))) + "\n"
    for line in MAY.splitlines()[1:]
)


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("name", "content", "options"),
    [("may.jsonl", IN_JSON.encode(), ()), ("mai.csv", IN_WORDS.encode("cp1252"), ("--profile", "bank.toml"))],
    ids=["JSON Lines", "a profile"],
)
def test_the_same_month_in_another_form_has_the_same_breaks(
    name: str, content: bytes, options: tuple[str, ...], said: Said, tmp_path: Path
) -> None:
    (tmp_path / "bank.toml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / name).write_bytes(content)
    assert said("run", name, *BEGUN.split(), *options).code == Exit.FINDINGS
    found = said.document()
    assert [(one["class"], one["effect"]) for one in found["breaks"]] == [("duplicate in ledger", "500000")]
    assert sum(row["matches"] for row in found["matched"]) == 5


def test_a_dry_run_shows_the_paper_and_keeps_nothing(book: Path, said: Said) -> None:
    tried = said.may("--dry-run", "-O", "json")
    assert (tried.code, tried.err) == (Exit.FINDINGS, "")
    assert not book.with_name("desk.db.workpapers").exists()
    said.may()
    assert json.loads(tried.out) == said.document()


@pytest.mark.usefixtures("after_may")
def test_the_same_run_again_keeps_no_other_paper(said: Said, tmp_path: Path) -> None:
    before = bytes_of(tmp_path / "desk.db.workpapers")
    assert said("run").code == Exit.FINDINGS
    assert bytes_of(tmp_path / "desk.db.workpapers") == before


def test_a_reconciliation_writes_nothing_into_the_book(book: Path, said: Said) -> None:
    before = bytes_of(book)
    said.may()
    said("propose")
    said("show")
    said("export", "-o", "paper.html")
    assert bytes_of(book) == before


# What is refused of files.


def refusal(done: Run, code: Exit = Exit.REFUSED) -> str:
    """What is said by a call that is refused."""
    assert (done.code, done.out) == (code, "")
    assert "Traceback" not in done.err
    assert "internal" not in done.err
    return done.err


@pytest.mark.usefixtures("after_may")
def test_a_known_file_is_refused_before_it_is_read_naming_when(said: Said, tmp_path: Path) -> None:
    (tmp_path / "copy.csv").write_text(MAY, encoding="utf-8")
    before = bytes_of(tmp_path / "desk.db.workpapers")
    told = refusal(said("run", "copy.csv"))
    assert re.match(rf"recoup: copy\.csv: this file is known .*: {CASH} was reconciled with it as may\.csv at 2", told)
    assert "by accountant" in told
    assert bytes_of(tmp_path / "desk.db.workpapers") == before


@pytest.mark.usefixtures("after_may")
def test_days_of_which_nothing_is_stated_are_told_and_taken(said: Said) -> None:
    done = said("run", "july.csv", *CONTINUED.replace("2025-05-31", "2025-06-30").split())
    assert done.code == Exit.FINDINGS
    assert done.err == "recoup: nothing is stated between 2025-05-31 and 2025-06-30\n"


@pytest.mark.usefixtures("book")
def test_an_opening_after_the_closing_is_refused(said: Said) -> None:
    told = refusal(said("run", "may.csv", *BEGUN.replace("2024-12-31", "2025-06-30").split()))
    assert "may.csv: begins at 2025-06-30, after it ends at 2025-05-31" in told


@pytest.mark.usefixtures("after_may")
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("--opening 79999999 --opened-at 2025-05-31 --closing 86499999", "opens with 79999999, and that one closed "),
        ("--opening 80000000 --opened-at 2025-05-30 --closing 86500000", "overlaps may.csv"),
    ],
)
def test_a_statement_that_does_not_continue_is_refused(options: str, told: str, said: Said) -> None:
    shown = said("show")
    assert told in refusal(said("run", "july.csv", *options.split(), "--closed-at", "2025-07-31"))
    assert said("show") == shown


@pytest.mark.usefixtures("book")
def test_every_flaw_of_every_file_is_told_in_one_run(said: Said, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("date,amount\n2025-05-01,1.5\n2025-13-01,2\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("date,amount\n2025-05-01,x\n", encoding="utf-8")
    told = refusal(said("run", "a.csv", "b.csv"))
    assert [line for line in ("a.csv: line 2:", "a.csv: line 3:", "b.csv: line 2:") if line not in told] == []


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("bytes.csv", b"\xff\xfe\x00\x01"),
        ("latin.csv", "date,amount,text\n2025-05-01,1,Zürich\n".encode("latin-1")),
        ("bomb.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><Document>&b;</Document>'),
        ("cut.xml", b"<Document><BkToCstmrStmt>"),
        ("cut.xlsx", b"PK\x03\x04 not a workbook"),
        ("other.jsonl", b'{"date": 1}\n[]\n'),
        ("letter.pdf", b"%PDF-1.7"),
        ("not.csv", b"\0" * 4096),
    ],
)
def test_a_file_that_cannot_be_relied_on_is_refused(name: str, content: bytes, said: Said, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert name in refusal(said("run", name, *BEGUN.split()))
    assert not (tmp_path / "desk.db.workpapers").exists()


@pytest.mark.usefixtures("book")
def test_a_name_that_is_no_text_is_taken(said: Said, tmp_path: Path) -> None:
    strange = tmp_path / "may-\udcff.csv"
    strange.write_text(MAY, encoding="utf-8")
    assert said("run", str(strange), *BEGUN.split()).code == Exit.FINDINGS
    assert [one["name"] for one in said.document()["files"]] == ["may-?.csv"]


@pytest.mark.usefixtures("book")
def test_a_file_that_is_too_large_is_refused_before_it_is_read(said: Said, tmp_path: Path) -> None:
    with (tmp_path / "huge.csv").open("wb") as huge:
        huge.truncate(2**30 + 1)
    assert "huge.csv: has more than 1,073,741,824 bytes" in refusal(said("run", "huge.csv"))


@pytest.mark.usefixtures("book")
def test_one_file_under_two_names_is_refused(said: Said, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "may.csv", tmp_path / "copy.csv")
    assert "copy.csv: is the same file as may.csv" in refusal(said("run", "may.csv", "copy.csv"))


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("run nowhere.csv", "nowhere.csv is not there"),
        ("run .", ". is a directory, not a file"),
        ("run may.csv --profile nowhere.toml", "nowhere.toml is not there"),
        ("run", "was never reconciled: name a FILE"),
        ("run --opening 5", "--opening goes with a FILE"),
        ("run may.csv july.csv --opening 5", "are of one FILE"),
        ("run may.csv --opening 1.5", "'1.5' is no amount in base units"),
        ("run may.csv --closed-at yesterday", "'yesterday'"),
        ("run may.csv --transit-days 36501", "36501 is not in the range 0<=x<=36500"),
        ("run may.csv --day-tolerance 9999999999999999999", "is not in the range 0<=x<=36500"),
        ("run may.csv --cutoff-days 9999999999999999999", "is not in the range 0<=x<=36500"),
        ("run may.csv --precision 0", "--precision is a unit"),
        ("run may.csv --commodity GOLD", "is not kept in GOLD"),
        ("show", "was never reconciled"),
        ("breaks", "was never reconciled"),
        ("propose", "was never reconciled"),
        ("match --undo 1", "was never reconciled"),
        ("export -o paper.html", "was never reconciled"),
        ("export -o paper.txt", "ends as none of"),
        ("export", "Missing option"),
        ("sign --step prepare --person a", "was never reconciled"),
    ],
)
def test_a_mistake_in_the_call_is_told(arguments: str, told: str, said: Said) -> None:
    step, *others = arguments.split()
    assert told in refusal(said(step, *others), Exit.USAGE)


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("account:assets:dsk:cash", "near it are assets:desk:cash"),
        ("account:", "names no account"),
        ("account:assets:desk:cash,register:desk:lenders", "one commodity is reconciled at a time"),
        ("account:assets:desk:collateral:l1", "--commodity names it"),
        ("account:\udcff", "is no subject"),
        ("account:\x1b[2J", "is no subject"),
        ("lendrs", "is no report whose balances are compared"),
        ("lenders:balanse", "has no field balanse"),
    ],
)
def test_a_subject_that_is_not_there_is_told_with_what_is_near(subject: str, told: str, said: Said) -> None:
    assert told in refusal(said("run", "may.csv", subject=subject), Exit.USAGE)


@pytest.mark.usefixtures("after_may")
def test_a_subject_that_was_not_reconciled_is_told_with_those_that_were(said: Said) -> None:
    told = refusal(said("show", subject="account:assets:desk:cas"), Exit.USAGE)
    assert f"near it are {CASH}" in told
    assert f"what was: {CASH}" in refusal(said("show", subject="lenders"), Exit.USAGE)


@pytest.mark.usefixtures("book")
def test_a_snapshot_is_no_statement_and_a_statement_no_snapshot(said: Said, tmp_path: Path) -> None:
    (tmp_path / "snapshot.toml").write_text('kind = "snapshot"\n', encoding="utf-8")
    (tmp_path / "s.csv").write_text("at,pool,lender,balance\n2025-05-31,desk,north,1\n", encoding="utf-8")
    as_statement = said("run", "s.csv", "--profile", "snapshot.toml")
    assert "compared with movements, and it states balances" in refusal(as_statement)
    (tmp_path / "statement.toml").write_text('kind = "statement"\n', encoding="utf-8")
    as_snapshot = said("run", "may.csv", "--profile", "statement.toml", subject="lenders:balance")
    refusal(as_snapshot)


def test_a_book_that_is_missing_is_told(said: Said) -> None:
    assert "no book at desk.db" in refusal(said.may(), Exit.USAGE)


# The working papers.


def test_the_working_papers_may_be_elsewhere(book: Path, said: Said, tmp_path: Path) -> None:
    place = tmp_path / "papers.db"
    done = said.recoup("reconcile", "--workpapers", str(place), "run", CASH, "may.csv", *BEGUN.split())
    assert done.code == Exit.FINDINGS
    assert place.exists()
    assert not book.with_name("desk.db.workpapers").exists()


@pytest.mark.usefixtures("book")
def test_the_environment_tells_where_the_working_papers_are(tmp_path: Path) -> None:
    settings = {"RECOUP_WORKPAPERS": "elsewhere", "RECOUP_DB": "desk.db", "RECOUP_BY": "accountant"}
    done = run(["reconcile", "run", CASH, "may.csv", *BEGUN.split()], tmp_path, env=settings)
    assert (done.code, done.err) == (Exit.FINDINGS, "")
    assert (tmp_path / "elsewhere").exists()


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("place", "code", "told"),
    [
        (".", Exit.USAGE, "is a directory"),
        ("nowhere/papers", Exit.USAGE, "nowhere is not there"),
        ("desk.db", Exit.INTEGRITY, "is a database of something else"),
        ("may.csv", Exit.INTEGRITY, "not a database, so no working papers"),
    ],
)
def test_a_place_that_cannot_hold_working_papers_is_refused(place: str, code: Exit, told: str, said: Said) -> None:
    done = said.recoup("reconcile", "--workpapers", place, "run", CASH, "may.csv", *BEGUN.split())
    assert told in refusal(done, code)


def test_the_papers_of_another_book_are_refused(after_may: Path, said: Said, tmp_path: Path) -> None:
    recorded(tmp_path / "other.db", DESK.splitlines(keepends=True), at="2026-01-01T00:00:00Z")
    place = str(after_may.with_name("desk.db.workpapers"))
    done = said.recoup("--db", "other.db", "reconcile", "--workpapers", place, "show")
    assert "of the book desk.db" in refusal(done, Exit.INTEGRITY)


# Matching by hand.

LUMPED: Final = MAY.replace("2025-05-12,500000,wire-7,west\n", "2025-05-14,1000000,lump,west\n")


@pytest.fixture
def lumped(book: Path, said: Said, tmp_path: Path) -> Path:
    """The bank states both deposits in one line, two days later."""
    (tmp_path / "may.csv").write_text(LUMPED, encoding="utf-8")
    done = said("run", "may.csv", *BEGUN.replace("80000000", "80500000").split())
    assert done.code == Exit.FINDINGS
    return book


@pytest.mark.usefixtures("lumped")
def test_a_suggestion_is_confirmed_by_a_person_and_counts_from_the_next_run(said: Said) -> None:
    assert len(said.document()["suggestions"]) == 1
    done = said("match", "--suggestion", "1", "--by", "controller")
    assert (done.code, done.out) == (Exit.CLEAN, "")
    assert done.err.startswith("recoup: confirmation 1: 2 of ours and 1 of theirs are the same; breaks ")
    assert len(said.document()["breaks"]) == 3
    assert said("run").code == Exit.CLEAN
    assert [row["matches"] for row in said.document()["matched"] if row["key"] == "confirmed"] == [1]


@pytest.mark.usefixtures("lumped")
def test_movements_are_named_by_the_begin_of_their_ids_and_a_confirmation_is_undone(said: Said) -> None:
    line = next(one["theirs"][0]["id"] for one in said.document()["breaks"] if one["theirs"])
    done = said("match", "--ours", "wire-7", "--ours", "wire-7-a", "--theirs", line[:6], "--because", "one wire")
    assert done.code == Exit.CLEAN
    assert said("run").code == Exit.CLEAN
    undone = said("match", "--undo", "1")
    assert "confirmation 1 of account:assets:desk:cash is taken back" in undone.err
    assert said("run").code == Exit.FINDINGS
    assert len(said.document()["breaks"]) == 3
    assert said("match", "--undo", "1").code == Exit.USAGE


@pytest.mark.usefixtures("lumped")
def test_several_confirmations_are_undone_together_or_none_is(said: Said) -> None:
    said("match", "--suggestion", "1")
    said("match", "--suggestion", "1")
    assert said("match", "--undo", "1", "--undo", "9").code == Exit.USAGE
    undone = said("match", "--undo", "1", "--undo", "2")
    assert undone.code == Exit.CLEAN
    assert "confirmation 1 of" in undone.err
    assert "confirmation 2 of" in undone.err
    assert said("match", "--undo", "1").code == Exit.USAGE
    assert said("match", "--undo", "2").code == Exit.USAGE


@pytest.mark.usefixtures("lumped")
def test_a_confirmation_that_is_settled_in_an_earlier_paper_is_not_undone(said: Said) -> None:
    said("match", "--suggestion", "1")
    assert said("run").code == Exit.CLEAN
    said("run", "july.csv", *CONTINUED.replace("80000000", "80500000").replace("86500000", "87000000").split())
    assert "is settled in the paper of 2025-05-31" in refusal(said("match", "--undo", "1"))


@pytest.mark.usefixtures("lumped")
def test_a_match_of_unequal_sums_is_refused_naming_the_difference(said: Said) -> None:
    line = next(one["theirs"][0]["id"] for one in said.document()["breaks"] if one["theirs"])
    refused = said("match", "--ours", "wire-7", "--theirs", line, "--because", "why not")
    told = refusal(refused)
    assert "ours are 5,000 EUR, theirs 10,000: they differ by -5,000" in told
    assert said("match", "--undo", "1").code == Exit.USAGE


@pytest.mark.usefixtures("lumped")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("--ours wire-7", "at least one movement of each side"),
        ("--ours wyre-7 --theirs a --because x", "near it are wire-7"),
        ("--ours wire-7 --theirs zz --because x", "no open line of theirs is so called"),
        ("--ours wire-7 --ours wire-7 --theirs zz --because x", "named 2 times"),
        ("--suggestion 2", "no suggestion 2"),
        ("--suggestion 1 --undo 1", "one of these at a time"),
        ("", "one of these at a time"),
        ("--undo 7", "no confirmation 7"),
    ],
)
def test_what_cannot_be_matched_is_told(arguments: str, told: str, said: Said) -> None:
    assert told in refusal(said("match", *arguments.split()), Exit.USAGE)


@pytest.mark.usefixtures("lumped")
def test_a_match_that_a_person_names_says_why(said: Said) -> None:
    line = next(one["theirs"][0]["id"] for one in said.document()["breaks"] if one["theirs"])
    refused = said("match", "--ours", "wire-7", "--ours", "wire-7-again", "--theirs", line)
    assert "--because TEXT" in refusal(refused, Exit.USAGE)


# What is proposed.


@pytest.mark.usefixtures("after_may")
def test_a_break_is_proposed_for_by_the_begin_of_its_id(said: Said) -> None:
    (one,) = said.document()["breaks"]
    done = said("propose", one["id"][:6])
    assert (done.code, json.loads(done.out)["id"]) == (Exit.CLEAN, f"break-{one['id']}")
    assert "break abc: there is none" in refusal(said("propose", "abc"), Exit.USAGE)


@pytest.mark.usefixtures("after_may")
def test_a_guess_is_left_out_unless_it_is_asked_for_and_that_is_said(said: Said) -> None:
    (one,) = said.document()["breaks"]
    left_out = said("propose")
    assert (left_out.code, left_out.out) == (Exit.FINDINGS, "")
    assert left_out.err.startswith("recoup: 1 is a guess, left out: --guesses")
    assert "reason    guess: duplicate in ledger" in said("show").out
    assert [said("propose", *asked).out.count("\n") for asked in (("--guesses",), (one["id"],))] == [1, 1]


@pytest.mark.usefixtures("book")
def test_what_may_be_open_on_the_other_side_is_not_proposed_again(said: Said, tmp_path: Path) -> None:
    (tmp_path / "may.csv").write_text(MAY.replace("2025-05-12,500000,wire-7", "2025-05-14,500000,"), encoding="utf-8")
    done = said.may()
    proposed = said("propose", "--guesses")
    assert (proposed.code, proposed.out) == (Exit.FINDINGS, "")
    assert "1 may be the same as what the other side has open" in done.out
    assert "has the same amount and is open: `recoup reconcile match` says that they are the same" in proposed.err


@pytest.mark.usefixtures("book")
def test_what_the_book_would_refuse_is_not_written_and_is_told(said: Said, tmp_path: Path) -> None:
    (tmp_path / "may.csv").write_text(f"{MAY}2025-05-21,-1500,,charge\n", encoding="utf-8")
    done = said("run", "may.csv", *BEGUN.replace("80000000", "79998500").split())
    assert "what is proposed for 1 is refused by the book as it stands" in done.out
    proposed = said("propose", "--guesses")
    assert (proposed.code, [json.loads(line)["type"] for line in proposed.out.splitlines()]) == (
        Exit.FINDINGS,
        ["entry-reversed"],
    )
    assert "refused: " in proposed.err
    assert "equity:desk:reserve holds 0 of EUR, 1500 cannot be taken from it" in proposed.err


@pytest.mark.usefixtures("lumped")
def test_a_break_that_is_not_ours_has_no_proposal_and_that_is_said(said: Said) -> None:
    theirs = next(one["id"] for one in said.document()["breaks"] if one["party"] != "ours")
    done = said("propose", theirs)
    assert (done.code, done.out) == (Exit.FINDINGS, "")
    assert f"break {theirs}, " in done.err
    assert "nothing is proposed" in done.err


# What is shown and written.


@pytest.mark.usefixtures("after_may")
def test_the_breaks_of_a_paper_and_of_every_subject_have_the_same_columns(said: Said, tmp_path: Path) -> None:
    said("export", "-o", "paper.csv")
    listed = said.recoup("reconcile", "breaks", "-O", "csv").out
    assert (tmp_path / "paper.csv").read_text(encoding="utf-8") == listed
    assert (listed.count("\n"), "wire-7-again" in listed) == (2, True)


@pytest.mark.usefixtures("book")
def test_without_a_subject_every_subject_is_shown(said: Said, tmp_path: Path) -> None:
    nothing = said.recoup("reconcile", "show")
    assert nothing == Run(Exit.CLEAN, "reconciliations of desk.db, position 18\nno rows\n", "")
    said.may()
    (tmp_path / "snapshot.csv").write_text("at,fund,balance\n2025-05-31,cushion,6500000\n", encoding="utf-8")
    assert said("run", "snapshot.csv", subject="funds").code == Exit.CLEAN
    shown = said.recoup("reconcile", "show", "-O", "json")
    listed = json.loads(shown.out)["rows"]
    assert shown.code == Exit.FINDINGS
    assert [(row["subject"], row["open"], row["difference"], row["sign_off"]) for row in listed] == [
        (CASH, 1, "500000", "none"),
        ("funds", 0, "0", "none"),
    ]
    assert (listed[0]["statement"], listed[0]["book"], listed[0]["unexplained"]) == ("80000000", "80500000", "0")
    assert CASH in said.recoup("reconcile", "show").out


@pytest.mark.usefixtures("after_may")
@pytest.mark.parametrize(
    ("asked", "shown"), [((), 1), (("--class", "duplicate in ledger"), 1), (("--class", "fee"), 0)]
)
def test_breaks_are_shown_by_class(asked: tuple[str, ...], shown: int, said: Said) -> None:
    listed = said.recoup("reconcile", "breaks", *asked, "-O", "json")
    assert len(json.loads(listed.out)["rows"]) == shown
    assert listed.code == (Exit.FINDINGS if shown else Exit.CLEAN)
    assert ("duplicate in ledger" in said("breaks", *asked).out) == bool(shown)


@pytest.mark.usefixtures("after_may")
def test_breaks_that_are_resolved_are_shown(said: Said) -> None:
    said("propose", "--guesses", "-o", "fix.jsonl")
    said.recoup("record", "--file", "fix.jsonl")
    said("run", "july.csv", *CONTINUED.split())
    done = said("breaks", "--resolved")
    assert done.code == Exit.CLEAN
    assert "duplicate in ledger" in done.out


@pytest.mark.usefixtures("after_may")
def test_an_earlier_paper_is_shown_by_the_first_digits_of_its_hash(said: Said, tmp_path: Path) -> None:
    first = json.loads(said.recoup("reconcile", "show", "-O", "json").out)["rows"][0]["report"]
    said("run", "--transit-days", "1")
    assert said.document()["rules"]["transit_days"] == 1
    assert said.document("--paper", first[:8])["rules"]["transit_days"] == 5
    told = refusal(said("show", "--paper", "0000"), Exit.USAGE)
    assert "no paper has it" in told
    (tmp_path / "snapshot.csv").write_text("at,fund,balance\n2025-05-31,cushion,6500000\n", encoding="utf-8")
    said("run", "snapshot.csv", subject="funds")
    other = said("show", "--paper", first, subject="funds")
    assert f"is of {CASH}, not of funds" in refusal(other, Exit.USAGE)


def test_the_document_that_is_shown_is_the_one_that_is_kept(after_may: Path, said: Said) -> None:
    shown = said("show", "-O", "json").out.encode()
    papers = WorkingPapers(
        after_may.with_name("desk.db.workpapers"), SqliteJournal.open(after_may, patience=5), patience=5
    )
    kept = papers.latest(CASH)
    assert kept is not None
    assert paper_of(shown) == kept.paper
    assert document_of(kept.paper) == shown.rstrip(b"\n")


@pytest.mark.usefixtures("book")
def test_a_paper_is_what_its_schema_describes(said: Said, capsys: pytest.CaptureFixture[str]) -> None:
    schema = schema_of(capsys, "recoup.reconciliation/1")
    said.may()
    shown = said.document()
    assert fits(shown, schema, schema)
    assert list(shown) == list(schema["properties"])
    assert not fits(shown | {"level": "entries"}, schema, schema)
    assert not fits({name: part for name, part in shown.items() if name != "proof"}, schema, schema)


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    ("step", "schema_name"), [("show", "recoup.reconciliations/1"), ("breaks", "recoup.reconciliation-breaks/1")]
)
def test_a_list_is_what_its_schema_describes(
    step: str, schema_name: str, said: Said, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = schema_of(capsys, schema_name)
    said.may()
    shown = json.loads(said.recoup("reconcile", step, "-O", "json").out)
    assert shown["schema"] == schema_name
    assert len(shown["rows"]) == 1
    assert fits(shown, schema, schema)


@pytest.mark.usefixtures("after_may")
@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("paper.html", b"<!doctype html>"),
        ("paper.xlsx", b"PK"),
        ("paper.csv", b"subject,break_id,"),
        ("paper.json", b'{"schema"'),
    ],
)
def test_a_paper_is_exported(name: str, begins: bytes, said: Said, tmp_path: Path) -> None:
    done = said("export", "-o", name)
    assert (done.code, done.out) == (Exit.CLEAN, "")
    assert re.fullmatch(rf"recoup: {re.escape(name)}: paper [0-9a-f]{{64}} of {CASH}\n", done.err)
    assert (tmp_path / name).read_bytes()[:40].lower().startswith(begins.lower())


@pytest.mark.usefixtures("after_may")
def test_an_ending_in_capitals_is_the_same_ending(said: Said, tmp_path: Path) -> None:
    assert said("export", "-o", "paper.HTML").code == Exit.CLEAN
    assert (tmp_path / "paper.HTML").read_bytes().startswith(b"<!doctype html>")


@pytest.mark.usefixtures("after_may")
def test_an_export_does_not_take_the_place_of_a_database(said: Said) -> None:
    done = said("export", "-o", "desk.db", "-O", "json")
    assert "a report does not replace it" in refusal(done, Exit.USAGE)


# Snapshots.

DIALECT: Final = 'delimiter = ";"\n[rules]\nfee_max = 7\n'
HELD: Final = "at;pool;lender;balance\n2025-05-31;desk;north;60600000\n2025-05-31;desk;south;40400000\n"
NAMED: Final = """\
delimiter = ";"
unit = "units"
decimal_mark = ","
[columns]
at = "Tag"
pool = "Pool"
lender = "Wer"
balance = "Guthaben"
shares = "Anteile"
"""
IN_UNITS: Final = "Tag;Pool;Wer;Guthaben;Anteile\n2025-05-31;desk;north;606000,00;60000000\n"


@pytest.fixture
def held(book: Path, tmp_path: Path) -> Path:
    """The desk, and what its lenders hold as two profiles write it."""
    files = {"held.csv": HELD, "dialect.toml": DIALECT, "units.csv": IN_UNITS, "named.toml": NAMED}
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return book


def stated(said: Said, arguments: str) -> Run:
    return said("run", "--dry-run", "-O", "json", *arguments.split(), subject="lenders:balance")


@pytest.mark.usefixtures("held")
def test_a_profile_without_a_kind_is_of_what_the_subject_is_compared_with(said: Said) -> None:
    done = stated(said, "held.csv --profile dialect.toml")
    assert (done.err, json.loads(done.out)["rules"]["fee_max"]) == ("", "7")
    statement = said("run", "may.csv", *BEGUN.split(), "--profile", "named.toml")
    assert "columns.at: is none of date" in refusal(statement)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("named", ["", " --commodity EUR", " --closed-at 2025-05-31"])
def test_columns_and_whole_units_of_a_snapshot_are_those_of_the_profile(named: str, said: Said) -> None:
    (mark,) = json.loads(stated(said, f"units.csv --profile named.toml{named}").out)["files"]
    assert mark["totals"] == {"balance": "60600000", "shares": "60000000"}


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ("units.csv --profile named.toml --commodity SILVER", Exit.USAGE, "--commodity names which: EUR, GOLD"),
        ("held.csv --profile dialect.toml --commodity EUR", Exit.USAGE, "--commodity is of an account"),
        ("held.csv --profile dialect.toml --closed-at 2025-03-31", Exit.REFUSED, "said to be at 2025-03-31, not 2025"),
        ("vac.jsonl", Exit.REFUSED, "vac.jsonl: states nothing of lenders:balance, only of shares"),
        ("list.jsonl", Exit.REFUSED, "list.jsonl: line 1: not a JSON object"),
    ],
)
def test_a_snapshot_that_says_something_else_is_refused(
    arguments: str, code: Exit, told: str, said: Said, tmp_path: Path
) -> None:
    named = {"at": "2025-05-31", "pool": "desk", "lender": "north"}
    (tmp_path / "vac.jsonl").write_text(json.dumps({**named, "shares": "1"}), encoding="utf-8")
    (tmp_path / "list.jsonl").write_text("[1,2]\n", encoding="utf-8")
    assert told in refusal(said("run", *arguments.split(), subject="lenders:balance"), code)


@pytest.mark.usefixtures("book")
def test_a_number_that_the_report_has_not_is_told_with_its_line(said: Said, tmp_path: Path) -> None:
    line = {"at": "2025-05-31", "pool": "desk", "lender": "north", "balanse": "1"}
    (tmp_path / "odd.jsonl").write_text(json.dumps(line), encoding="utf-8")
    told = refusal(said("run", "odd.jsonl", subject="lenders"))
    assert "odd.jsonl: line 1: the report lenders has no field balanse" in told


# Another book.


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("subject", [CASH, "lenders"])
def test_a_book_is_not_held_against_itself(subject: str, said: Said, tmp_path: Path) -> None:
    (tmp_path / "other.db").symlink_to("desk.db")
    assert "desk.db: is the book itself" in refusal(said("run", "desk.db", subject=subject))
    assert "other.db: is the book itself" in refusal(said("run", "other.db", subject=subject))


@pytest.mark.usefixtures("book")
def test_another_book_is_compared_entry_by_entry(said: Said, tmp_path: Path) -> None:
    recorded(tmp_path / "bank.db", [*DESK.splitlines(keepends=True), TWICE[0]], recorded_by="custodian")
    done = said("run", "bank.db", "--closed-at", "2025-07-31")
    assert done.code == Exit.FINDINGS
    assert [one["effect"] for one in said.document()["breaks"]] == ["500000"]


@pytest.mark.usefixtures("book")
def test_another_book_is_compared_number_by_number(said: Said, tmp_path: Path) -> None:
    recorded(tmp_path / "agent.db", [*DESK.splitlines(keepends=True), TWICE[0]], recorded_by="custodian")
    done = said("run", "agent.db", subject="lenders:shares")
    assert done.code == Exit.FINDINGS
    (one,) = json.loads(said("show", "-O", "json", subject="lenders:shares").out)["breaks"]
    assert (one["effect"], dict(one["key"])["lender"]) == ("500000", "west")


# The help.


@pytest.mark.parametrize("step", STEPS)
def test_every_step_has_help_with_a_sentence_and_every_option_is_explained(step: str, said: Said) -> None:
    shown = said.recoup("reconcile", step, "--help")
    assert (shown.code, shown.err) == (Exit.CLEAN, "")
    assert shown.out.startswith(f"Usage: recoup reconcile {step} ")
    assert not re.search(r"^ {2}--?[a-z-]+( [A-Z0-9.]+)?$\n(?! {10})", shown.out, re.MULTILINE)


def test_the_help_has_the_steps_in_order(said: Said) -> None:
    shown = said.recoup("reconcile", "--help").out
    assert re.findall(r"^ {2}([a-z]+) {2,}", shown.partition("Steps:")[2], re.MULTILINE) == list(STEPS)
