"""The reports at the command line: what they say of the demo's book, in every form, and at every point asked for."""

import csv
import io
import json
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

import projections.reports
from cli.exits import Exit
from tests.command_line import (
    CASE,
    FIRST,
    KEYS,
    LATER,
    READING,
    SAMPLE,
    SECOND,
    Json,
    Run,
    bytes_of,
    called,
    demo_book,
    desk_book,
    document,
    fact,
    held_to_permissions,
    on_terminal,
    on_terminal_in_turn,
    recorded,
    run,
    run_in_turn,
)

REPORTS: Final = {name: READING[name] for name in projections.reports.REPORTS}
SHEETS: Final = [*REPORTS, "replay"]
"""What is written as rows, in every form."""

WITH_ROWS: Final = [name for name in SHEETS if name != "lender-losses"]
"""Those that have rows where no lender bore anything."""

LARGEST: Final = 2**256 - 1

BORROWER: Final = "0x57e04786e231af3343562c062e0d058f25dace9e"
LOSS: Final = "2651906535070429580704380"
LENT: Final = "92000000000000000000000000"
INTEREST: Final = "196223978921321430286407"
CLAIMS: Final = "92196223978921321430286407"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_book(tmp_path_factory.mktemp("demo"))


def rows(capsys: pytest.CaptureFixture[str], book: Path, *arguments: str) -> list[Json]:
    """The rows of a report, from JSON Lines."""
    done = called(capsys, "--db", str(book), *arguments, "-O", "jsonl")
    assert done.code == Exit.CLEAN
    return [json.loads(line) for line in done.out.splitlines()]


def table(capsys: pytest.CaptureFixture[str], book: Path, *arguments: str) -> list[str]:
    """The lines of a report as a table, without the spaces at their ends."""
    done = called(capsys, "--db", str(book), *arguments)
    assert done.code == Exit.CLEAN
    return [line.rstrip() for line in done.out.splitlines()]


def totals(found: list[Json], side: str) -> dict[str, int]:
    """The sum of one side of a trial balance, by commodity."""
    commodities = {row["commodity"] for row in found}
    return {name: sum(int(row[side]) for row in found if row["commodity"] == name) for name in commodities}


# JSON.


@pytest.mark.parametrize("name", REPORTS)
def test_a_document_says_what_it_shows_and_where_it_stands(
    name: str, demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = document(capsys, demo, *READING[name])
    shown.pop("ties", None)
    assert list(shown) == ["schema", "book", "position", "as_of", "known_at", "late", "adjusted", "rows"]
    assert shown | {"rows": []} == {
        "schema": f"recoup.{name}/1",
        "book": "recoup-demo.db",
        "position": 538,
        "as_of": "2023-01-26T23:59:59Z",
        "known_at": None,
        "late": 0,
        "adjusted": 0,
        "rows": [],
    }


@pytest.mark.parametrize("name", WITH_ROWS)
def test_a_row_has_the_keys_of_its_report_in_order(name: str, demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, demo, *READING[name])
    assert {tuple(row) for row in found} == {tuple(KEYS[name].split())}


def test_the_lenders_of_the_demo(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert document(capsys, demo, "lenders")["rows"] == [
        {
            "pool": "aave-v2-crv",
            "tranche": "lenders",
            "lender": "suppliers",
            "asset": "CRV",
            "shares": LENT,
            "balance": CLAIMS,
            "deposited": LENT,
            "withdrawn": "0",
            "transferred": "0",
            "earned": INTEREST,
            "losses": "0",
            "covered": "0",
            "recoveries": "0",
            "restitution": "0",
        }
    ]


def test_the_funds_of_the_demo(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert document(capsys, demo, "funds")["rows"] == [
        {
            "fund": "aave-treasury",
            "asset": "CRV",
            "balance": "0",
            "contributed": LOSS,
            "withdrawn": "0",
            "drawn": LOSS,
            "reimbursed": "0",
            "adjusted": "0",
        }
    ]


def test_the_register_of_bad_debt_of_the_demo(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = {
        "pool": "aave-v2-crv",
        "loan": BORROWER,
        "case": CASE,
        "asset": "CRV",
        "exposure": LENT,
        "added": INTEREST,
        "proceeds": "89544317443850891849582027",
        "recognized": LOSS,
        "fund": LOSS,
        "opened_at": "2022-11-22T13:31:23Z",
        "age_days": None,
    }
    zero = dict.fromkeys(set(KEYS["deficits"].split()) - set(named), "0")
    assert document(capsys, demo, "deficits")["rows"] == [named | zero]


def test_the_loans_of_the_demo(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert document(capsys, demo, "loans")["rows"] == [
        {
            "pool": "aave-v2-crv",
            "loan": BORROWER,
            "borrower": BORROWER,
            "asset": "CRV",
            "status": "closed",
            "principal": "0",
            "interest": "0",
            "debt": "0",
            "collateral": {"USDC": "0"},
        }
    ]


def test_the_pools_of_the_demo(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = {
        "pool": "aave-v2-crv",
        "asset": "CRV",
        "cash": CLAIMS,
        "claims": {"lenders": CLAIMS},
        "share_price": {"lenders": "1002132869336101319"},
    }
    zero = dict.fromkeys(set(KEYS["pools"].split()) - set(named), "0")
    assert document(capsys, demo, "pools")["rows"] == [named | zero]


def test_the_case_of_the_demo_has_every_step_in_json(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = document(capsys, demo, "case", CASE)["rows"]
    assert len(steps) == 390
    assert [step["event"] for step in steps if step["event"] != "collateral-sold"] == [
        "loan-defaulted",
        "interest-accrued",
        "shortfall-recognized",
        "fund-drawn",
        "case-closed",
    ]
    assert steps[0] == {
        "event": "loan-defaulted",
        "position": 89,
        "at": "2022-11-22T13:31:23Z",
        "source": "exposure",
        "asset": "CRV",
        "available": None,
        "borne": "0",
        "remaining": LENT,
    }
    assert steps[-2]["source"] == "fund aave-treasury"
    assert [steps[-2][key] for key in ("available", "borne", "remaining")] == [LOSS, LOSS, "0"]


def test_the_events_of_the_demo_are_the_sample_line_by_line(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, demo, "events")["rows"]
    assert [row["position"] for row in found] == list(range(1, 539))
    assert [row["event"] for row in found] == [json.loads(line) for line in SAMPLE]
    assert {(row["recorded_at"], row["recorded_by"]) for row in found} == {("2022-12-01T09:00:00Z", "recoup demo")}


def test_a_register_carries_the_balance_of_each_account(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, demo, "register", "--fund", "aave-treasury")["rows"]
    assert [(row["position"], row["account"], row["amount"], row["balance"]) for row in found] == [
        (536, "assets:aave-treasury:cash", LOSS, LOSS),
        (536, "equity:aave-treasury:fund", f"-{LOSS}", f"-{LOSS}"),
        (537, "assets:aave-v2-crv:cash", LOSS, CLAIMS),
        (537, f"assets:aave-v2-crv:deficit:{CASE}", f"-{LOSS}", "0"),
        (537, "equity:aave-treasury:fund", LOSS, "0"),
        (537, "assets:aave-treasury:cash", f"-{LOSS}", "0"),
    ]


def test_a_replay_in_json_has_the_digests_before_its_rows(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "--db", str(demo), "replay", "-O", "json")
    proven = json.loads(done.out)
    assert list(proven) == ["schema", "book", "position", "events_sha256", "sums_sha256", "overrides", "rows"]
    assert (proven["schema"], proven["position"], proven["overrides"]) == ("recoup.replay/1", 538, [])
    assert proven["rows"][0] == {"commodity": "CRV", "accounts": 2, "debit": CLAIMS, "credit": CLAIMS}
    assert "538 entries replayed, every law holds" in done.err


def test_the_totals_of_the_trial_balance_are_equal_for_each_commodity(
    demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = rows(capsys, demo, "trial-balance", "--as-of", "2022-11-25")
    assert totals(found, "debit") == totals(found, "credit")
    assert totals(found, "debit") == {"CRV": int(LENT), "shares:aave-v2-crv:lenders": int(LENT), "USDC": 0}


# CSV and JSON Lines.

CSV: Final = {
    "lenders": f"aave-v2-crv,lenders,suppliers,CRV,{LENT},{CLAIMS},{LENT},0,0,{INTEREST},0,0,0,0",
    "funds": f"aave-treasury,CRV,0,{LOSS},0,{LOSS},0,0",
    "deficits": f"aave-v2-crv,{BORROWER},{CASE},CRV,{LENT},{INTEREST},0,89544317443850891849582027,"
    f"0,0,0,0,0,0,0,{LOSS},0,{LOSS},0,0,0,0,0,0,0,0,0,2022-11-22T13:31:23Z,",
    "loans": f'aave-v2-crv,{BORROWER},{BORROWER},CRV,closed,0,0,0,"{{""USDC"":""0""}}"',
    "pools": f'aave-v2-crv,CRV,{CLAIMS},0,0,0,0,0,"{{""lenders"":""{CLAIMS}""}}",0,0,0,0,0,0,'
    '"{""lenders"":""1002132869336101319""}"',
}


@pytest.mark.parametrize("name", CSV)
def test_a_report_in_csv_to_the_byte(name: str, demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "--db", str(demo), name, "-O", "csv")
    assert done.out == f"{KEYS[name].replace(' ', ',')}\n{CSV[name]}\n"
    assert done.err == ""


def as_csv(value: Any) -> str:
    """A JSON value as a cell of CSV."""
    if value is None:
        return ""
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return compact if isinstance(value, dict) else str(value)


@pytest.mark.parametrize("name", SHEETS)
def test_every_form_has_the_same_rows(name: str, demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, demo, *READING[name])["rows"]
    in_csv = called(capsys, "--db", str(demo), *READING[name], "-O", "csv").out
    header, *cells = csv.reader(io.StringIO(in_csv, newline=""), strict=True)
    assert rows(capsys, demo, *READING[name]) == found
    assert header == KEYS[name].split()
    assert cells == [[as_csv(value) for value in row.values()] for row in found]


@pytest.mark.parametrize("name", SHEETS)
def test_json_lines_are_one_object_a_line_and_nothing_else(
    name: str, demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = called(capsys, "--db", str(demo), *READING[name], "-O", "jsonl").out.split("\n")
    assert lines.pop() == ""
    assert all(line.startswith("{") and isinstance(json.loads(line), dict) for line in lines)


# Tables.

STANDS: Final = "recoup-demo.db, position 538, as of 2023-01-26T23:59:59Z"
"""Where every report of the whole book of the demo stands."""


@pytest.mark.parametrize("name", REPORTS)
def test_a_table_begins_with_what_it_is_of_and_where_it_stands(
    name: str, demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert table(capsys, demo, *READING[name])[0] == f"{name.replace('-', ' ')} of {STANDS}"


@pytest.mark.parametrize("name", [name for name in REPORTS if name not in {"case", "statement"}])
def test_a_table_without_rows_says_so(name: str, demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert table(capsys, demo, *READING[name], "--position", "0") == [
        f"{name.replace('-', ' ')} of recoup-demo.db, position 0",
        "no rows",
    ]


@pytest.mark.parametrize(
    ("asked", "stands"),
    [
        ("", "position 18, as of 2022-11-14T00:00:00Z"),
        ("--position 16", "position 16, as of 2022-11-13T23:59:59.999999999Z"),
        ("--as-of 2022-11-12", "position 18, as of 2022-11-12T23:59:59.999999999Z, 1 late"),
        ("--as-of 2022-11-14", "position 18, as of 2022-11-14T23:59:59.999999999Z"),
        (
            "--known-at 2022-12-01",
            "position 17, as of 2022-11-14T00:00:00Z, known at 2022-12-01T23:59:59.999999999Z",
        ),
        (
            "--as-of 2022-11-12 --known-at 2022-12-03T01:00:00+01:00",
            "position 18, as of 2022-11-12T23:59:59.999999999Z, known at 2022-12-03T00:00:00Z, 1 late",
        ),
    ],
)
def test_a_table_says_the_point_it_was_asked_for(
    asked: str, stands: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert table(capsys, desk, "lenders", *asked.split())[0] == f"lenders of desk.db, {stands}"
    assert table(capsys, desk, "events", *asked.split())[0] == f"events of desk.db, {stands}"


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_what_a_machine_reads_has_no_line_for_people(form: str, demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "lenders of" not in called(capsys, "--db", str(demo), "lenders", "-O", form).out


def test_a_table_shows_units_right_aligned_and_names_the_columns_that_are_zero(
    demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert table(capsys, demo, "funds") == [
        f"funds of {STANDS}",
        "fund           asset  balance                  contributed                        drawn",
        "───────────────────────────────────────────────────────────────────────────────────────",
        "aave-treasury  CRV          0  2,651,906.53507042958070438  2,651,906.53507042958070438",
        "zero or empty throughout: withdrawn, reimbursed, adjusted",
    ]


def test_a_table_too_wide_for_its_few_rows_is_turned(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert table(capsys, demo, "lenders") == [
        f"lenders of {STANDS}",
        "pool                              aave-v2-crv",
        "tranche                               lenders",
        "lender                              suppliers",
        "asset                                     CRV",
        "shares     92,000,000,000,000,000,000,000,000",
        "balance         92,196,223.978921321430286407",
        "deposited                          92,000,000",
        "earned             196,223.978921321430286407",
        "zero or empty throughout: withdrawn, transferred, losses, covered, recoveries, restitution",
    ]


def test_the_table_of_a_case_has_one_line_for_a_run_of_steps_of_one_kind(
    demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, heading, _, *steps = table(capsys, demo, "case", CASE)
    assert re.split(" {2,}", heading) == [
        "event",
        "source",
        "at",
        "through",
        "steps",
        "available",
        "borne",
        "remaining",
        "asset",
    ]
    lent, owed, loss = "92,000,000.000000000000000000", "2,455,682.556149108150417973", "2,651,906.535070429580704380"
    sold = "89,544,317.443850891849582027"
    day, end, paid = "2022-11-22T13:31:23Z", "2022-11-30T23:59:59Z", "2023-01-26T23:59:59Z"
    assert [re.split(" {2,}", step) for step in steps] == [
        ["loan-defaulted", "exposure", day, "1", "0", lent, "CRV"],
        ["collateral-sold", "collateral", day, "2022-11-22T18:09:23Z", "385", sold, sold, owed, "CRV"],
        ["interest-accrued", "interest", end, "1", "0", loss, "CRV"],
        ["shortfall-recognized", "shortfall", end, "1", "0", loss, "CRV"],
        ["fund-drawn", "fund aave-treasury", paid, "1", loss, loss, "0", "CRV"],
        ["case-closed", "closed", paid, "1", "0", "0", "CRV"],
    ]


def test_a_trial_balance_shows_each_commodity_with_its_own_decimals(
    demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = table(capsys, demo, "trial-balance", "--position", "7")
    lent = "92,000,000,000,000,000,000,000,000"
    assert found[0] == "trial balance of recoup-demo.db, position 7, as of 2022-11-13T17:24:47Z"
    assert [re.split(" {2,}", line) for line in found[3:]] == [
        ["assets:aave-v2-crv:cash", "CRV", "92,000,000", "0"],
        [f"assets:aave-v2-crv:collateral:{BORROWER}", "USDC", "38,956,974.57249", "0"],
        ["liabilities:aave-v2-crv:claims:lenders", "CRV", "0", "92,000,000"],
        [f"liabilities:aave-v2-crv:collateral:{BORROWER}", "USDC", "0", "38,956,974.57249"],
        ["register:aave-v2-crv:lenders", "shares:aave-v2-crv:lenders", "0", lent],
        ["register:aave-v2-crv:lenders:suppliers", "shares:aave-v2-crv:lenders", lent, "0"],
        ["total", "CRV", "92,000,000", "92,000,000"],
        ["total", "USDC", "38,956,974.57249", "38,956,974.57249"],
        ["total", "shares:aave-v2-crv:lenders", lent, lent],
    ]


def test_the_totals_of_a_trial_balance_are_of_the_accounts_that_it_shows(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = table(capsys, desk, "trial-balance", "--pool", "beta")
    assert [line.split() for line in found if line.startswith("total")] == [
        ["total", "EUR", "80", "80"],
        ["total", "shares:beta:lenders", "8,000", "8,000"],
    ]


def test_the_totals_of_a_trial_balance_are_no_rows_of_it(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [row for row in rows(capsys, desk, "trial-balance") if row["account"] == "total"] == []


def test_collateral_claims_and_share_prices_have_a_column_for_each_name(
    demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loans = table(capsys, demo, "loans", "--position", "7")
    pools = table(capsys, demo, "pools")
    assert loans[-2] == "collateral USDC                            38,956,974.57249"
    assert pools[1:4] == [
        "pool         asset                           cash                 claims lenders   share price lenders",
        "──────────────────────────────────────────────────────────────────────────────────────────────────────",
        "aave-v2-crv  CRV    92,196,223.978921321430286407  92,196,223.978921321430286407  1.002132869336101319",
    ]


def test_the_table_of_a_replay_ends_with_what_it_proved(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head, heading, _, first, second, *proved = table(capsys, demo, "replay")
    assert head == "replay of recoup-demo.db, position 538"
    assert heading.split() == ["commodity", "accounts", "debit", "credit"]
    assert first.split() == ["CRV", "2", "92,196,223.978921321430286407", "92,196,223.978921321430286407"]
    assert second.split() == ["shares:aave-v2-crv:lenders", "2", *["92,000,000,000,000,000,000,000,000"] * 2]
    assert proved[0] == "538 entries replayed, every law holds, debits equal credits in 2 commodities"
    assert re.fullmatch("events sha256 [0-9a-f]{64}", proved[1])
    assert re.fullmatch("sums   sha256 [0-9a-f]{64}", proved[2])


SHOWN_WHOLE: Final = {
    "lenders": ("92,196,223.978921321430286407", 1),
    "funds": ("2,651,906.53507042958070438", 2),
    "deficits": ("2,651,906.53507042958070438", 2),
    "loans": (BORROWER, 2),
    "trial-balance": ("92,196,223.978921321430286407", 4),
    "replay": ("92,000,000,000,000,000,000,000,000", 2),
}
"""Text of a report that is cut first where a table is cut, and how often it stands there."""


@pytest.mark.parametrize("columns", [20, 80, 200])
def test_on_a_terminal_of_any_width_every_digit_is_shown(columns: int, demo: Path) -> None:
    calls = [["--db", demo.name, *READING[name]] for name in SHOWN_WHOLE]
    done = on_terminal_in_turn(calls, demo.parent, columns=columns)
    counted = [sent.count(text) for (_, sent), (text, _) in zip(done, SHOWN_WHOLE.values(), strict=True)]
    assert [code for code, _ in done] == [Exit.CLEAN] * len(SHOWN_WHOLE)
    assert counted == [times for _, times in SHOWN_WHOLE.values()]


def test_on_a_narrow_terminal_the_balance_sheet_of_a_pool_keeps_its_last_digits(demo: Path) -> None:
    _, sent = on_terminal(["--db", demo.name, "pools"], demo.parent, columns=40)
    assert sent.count("92,196,223.978921321430286407") == 2


# Into a file.


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "table"])
def test_a_file_has_the_form_of_its_ending(
    form: str, demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"lenders.{form}"
    written = called(capsys, "--db", str(demo), "lenders", "-o", str(file))
    printed = called(capsys, "--db", str(demo), "lenders", "-O", form)
    assert (written.code, written.out, written.err) == (Exit.CLEAN, "", "")
    assert file.read_bytes() == printed.out.encode()
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_of_another_ending_is_a_table(demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    called(capsys, "--db", str(demo), "funds", "-o", str(tmp_path / "funds.txt"))
    assert (tmp_path / "funds.txt").read_text() == called(capsys, "--db", str(demo), "funds").out


def test_the_form_that_is_asked_for_comes_before_the_ending(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called(capsys, "--db", str(demo), "funds", "-O", "csv", "-o", str(tmp_path / "funds.json"))
    assert (tmp_path / "funds.json").read_text() == called(capsys, "--db", str(demo), "funds", "-O", "csv").out


def test_a_file_that_is_there_is_replaced(demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "funds.csv").write_text("older\n" * 1000)
    called(capsys, "--db", str(demo), "funds", "-o", str(tmp_path / "funds.csv"))
    assert (tmp_path / "funds.csv").read_text() == called(capsys, "--db", str(demo), "funds", "-O", "csv").out


def test_a_replay_into_a_file_says_on_standard_error_what_it_proved(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = called(capsys, "--db", str(demo), "replay", "-o", str(tmp_path / "replay.csv"))
    assert done.out == ""
    assert "538 entries replayed, every law holds" in done.err
    assert (tmp_path / "replay.csv").read_text().startswith("commodity,accounts,debit,credit\nCRV,2,")


def test_a_folder_is_no_file_to_write(demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = called(capsys, "--db", str(demo), "funds", "-o", str(tmp_path))
    assert refused.code == Exit.USAGE
    assert "is a directory" in refused.err


def test_a_file_in_a_folder_that_is_missing_is_a_mistake_of_usage_and_named_as_it_was_asked_for(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("link.csv").symlink_to("nowhere/funds.csv")
    missing = called(capsys, "--db", str(demo), "funds", "-o", "nowhere/funds.csv")
    linked = called(capsys, "--db", str(demo), "funds", "-o", "link.csv")
    assert (missing.code, missing.out) == (linked.code, linked.out) == (Exit.USAGE, "")
    assert missing.err.endswith("Error: nowhere/funds.csv: No such file or directory\n")
    assert linked.err.endswith("Error: link.csv: No such file or directory\n")
    assert list(tmp_path.iterdir()) == [tmp_path / "link.csv"]


def test_in_a_folder_that_is_read_only_no_report_is_written(demo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o555)
    refused = run(["--db", str(demo), "funds", "-o", "folder/funds.csv"], tmp_path, before=held_to_permissions)
    assert refused == Run(Exit.CONFLICT, "", "recoup: folder/funds.csv: Permission denied\n")
    assert list(folder.iterdir()) == []


def test_links_in_a_circle_are_no_file_to_write(
    demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("circle.csv").symlink_to("circle.csv")
    refused = called(capsys, "--db", str(demo), "funds", "-o", "circle.csv")
    assert refused.code == Exit.USAGE
    assert "circle.csv is a link that leads to itself" in refused.err


def test_a_link_is_followed_to_its_file_and_stays_a_link(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "older.csv").write_text("older\n")
    (tmp_path / "older.csv").symlink_to("folder/older.csv")
    (tmp_path / "newer.csv").symlink_to(folder / "newer.csv")
    printed = called(capsys, "--db", str(demo), "funds", "-O", "csv").out
    older = called(capsys, "--db", str(demo), "funds", "-o", str(tmp_path / "older.csv"))
    newer = called(capsys, "--db", str(demo), "funds", "-o", str(tmp_path / "newer.csv"))
    assert older == newer == Run(Exit.CLEAN, "", "")
    assert (tmp_path / "older.csv").is_symlink()
    assert (tmp_path / "newer.csv").is_symlink()
    assert (folder / "older.csv").read_text() == (folder / "newer.csv").read_text() == printed
    assert sorted(path.name for path in folder.iterdir()) == ["newer.csv", "older.csv"]


def piped_through(pipe: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[Run, str]:
    """Call the command while a reader waits at a named pipe. Gives how it ended, and what was read."""
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    done = called(capsys, *arguments)
    sent = os.read(reader, 1 << 16)
    os.close(reader)
    return done, sent.decode()


@pytest.mark.parametrize("name", ["pipe", "link"])
def test_what_is_named_for_the_report_and_is_no_plain_file_is_written_and_not_replaced(
    name: str, demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    asked = ("--db", str(demo), "funds", "-O", "csv")
    done, sent = piped_through(tmp_path / "pipe", capsys, *asked, "-o", str(tmp_path / name))
    assert done == Run(Exit.CLEAN, "", "")
    assert sent == called(capsys, *asked).out
    assert (tmp_path / "pipe").is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"]


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
@pytest.mark.parametrize("name", ["book.db", "book.db-wal", "book.db-shm", "book.db-journal", "link.csv", "beside.csv"])
def test_a_report_is_not_written_over_a_book_nor_what_stands_beside_one(
    name: str, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    book = recorded(tmp_path / "book.db", SAMPLE[:5])
    Path("link.csv").symlink_to("book.db")
    Path("beside.csv").symlink_to("book.db-wal")
    before, listed = bytes_of(book), sorted(path.name for path in tmp_path.iterdir())
    refused = called(capsys, "--db", "book.db", "funds", "-O", form, "-o", name)
    assert refused.code == Exit.USAGE
    assert refused.out == ""
    assert f"Error: {name} is a database, or belongs to one; a report does not replace it\n" in refused.err
    assert bytes_of(book) == before
    assert sorted({path.name for path in tmp_path.iterdir()} - {"book.db-wal", "book.db-shm"}) == sorted(
        set(listed) - {"book.db-wal", "book.db-shm"}
    )


def test_a_report_is_not_written_over_another_database(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.csv"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE accounts (name TEXT)")
    before = other.read_bytes()
    assert called(capsys, "--db", str(demo), "funds", "-o", str(other)).code == Exit.USAGE
    assert called(capsys, "--db", str(demo), "replay", "-o", str(other)).code == Exit.USAGE
    assert other.read_bytes() == before


def test_a_file_whose_name_ends_like_one_of_a_database_is_written_where_there_is_none(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = called(capsys, "--db", str(demo), "funds", "-O", "csv", "-o", str(tmp_path / "funds-journal"))
    assert done == Run(Exit.CLEAN, "", "")
    assert (tmp_path / "funds-journal").read_text() == called(capsys, "--db", str(demo), "funds", "-O", "csv").out


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
def test_a_case_that_is_not_there_prints_nothing_and_leaves_no_file(
    form: str, demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = called(capsys, "--db", str(demo), "case", "nope", "-O", form)
    written = called(capsys, "--db", str(demo), "case", "nope", "-O", form, "-o", str(tmp_path / "case"))
    assert (printed.code, printed.out) == (Exit.USAGE, "")
    assert printed.err.endswith("Error: no case nope in this book at that point\n")
    assert written == printed
    assert list(tmp_path.iterdir()) == []


def test_a_case_that_is_not_there_leaves_an_older_file_as_it_is(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case.csv").write_text("older\n")
    called(capsys, "--db", str(demo), "case", "nope", "-o", str(tmp_path / "case.csv"))
    assert (tmp_path / "case.csv").read_text() == "older\n"
    assert list(tmp_path.iterdir()) == [tmp_path / "case.csv"]


# At a point, and limited to a name: a desk of two pools and two funds, with a fact that was learnt late.


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return desk_book(tmp_path_factory.mktemp("desk"))


def bearers(found: Json) -> dict[str, str]:
    """What each source bore, and what is open, of the one case in a register of bad debt."""
    (row,) = found["rows"]
    return {key: row[key] for key in ("in_default", "recognized", "fund", "socialized", "open") if row[key] != "0"}


@pytest.mark.parametrize(
    ("as_of", "borne"),
    [
        ("2022-11-10T12:00:00Z", {"in_default": "50000"}),
        ("2022-11-10", {"in_default": "50000"}),
        ("2022-11-11T23:59:59Z", {"in_default": "30000"}),
        ("2022-11-11T23:59:59.999999999Z", {"in_default": "30000"}),
        ("2022-11-12T00:00:00Z", {"recognized": "30000", "open": "30000"}),
        ("2022-11-12T01:00:00+01:00", {"recognized": "30000", "open": "30000"}),
        ("2022-11-12T00:00:00.5Z", {"recognized": "30000", "fund": "5000", "open": "25000"}),
        ("2022-11-12", {"recognized": "30000", "fund": "5000", "open": "25000"}),
        ("2022-11-13T23:59:59.999999998Z", {"recognized": "30000", "fund": "5000", "open": "25000"}),
        ("2022-11-13", {"recognized": "30000", "fund": "5000", "socialized": "25000"}),
    ],
)
def test_as_of_a_time_shows_what_was_effective_by_then_inclusive_and_a_date_is_the_end_of_its_day(
    as_of: str, borne: dict[str, str], desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bearers(document(capsys, desk, "deficits", "--as-of", as_of)) == borne


def test_a_date_is_the_last_nanosecond_of_the_day_and_every_position_is_considered(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = document(capsys, desk, "deficits", "--as-of", "2022-11-12")
    assert (shown["as_of"], shown["position"]) == ("2022-11-12T23:59:59.999999999Z", 18)


@pytest.mark.parametrize(
    ("as_of", "days"), [("2022-11-11T11:59:59Z", 0), ("2022-11-11T12:00:00Z", 1), ("2022-11-13T12:00:00Z", 3)]
)
def test_an_open_case_is_as_old_as_the_report_not_the_clock(
    as_of: str, days: int, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [row["age_days"] for row in rows(capsys, desk, "deficits", "--as-of", as_of)] == [days]


def test_before_its_first_entry_a_case_has_no_row(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rows(capsys, desk, "deficits", "--as-of", "2022-11-10T11:59:59Z") == []
    assert called(capsys, "--db", str(desk), "case", "C1", "--as-of", "2022-11-09").code == Exit.USAGE


@pytest.mark.parametrize(
    ("known_at", "position", "lenders"),
    [
        ("2022-11-30", 0, []),
        ("2022-12-01T08:59:59Z", 0, []),
        ("2022-12-01T09:00:00Z", 17, [("alpha", "alice"), ("alpha", "bob"), ("beta", "alice")]),
        ("2022-12-01", 17, [("alpha", "alice"), ("alpha", "bob"), ("beta", "alice")]),
        ("2022-12-02T08:59:59Z", 17, [("alpha", "alice"), ("alpha", "bob"), ("beta", "alice")]),
        ("2022-12-02T10:00:00+01:00", 18, [("alpha", "alice"), ("alpha", "bob"), ("beta", "alice"), ("beta", "bob")]),
    ],
)
def test_known_at_a_time_shows_what_was_recorded_by_then_inclusive(
    known_at: str, position: int, lenders: list[tuple[str, str]], desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = document(capsys, desk, "lenders", "--known-at", known_at)
    assert shown["position"] == position
    assert [(row["pool"], row["lender"]) for row in shown["rows"]] == lenders


@pytest.mark.parametrize(
    ("asked", "late", "balance"),
    [
        (["--as-of", "2022-11-06"], 1, "1000"),
        (["--as-of", "2022-11-05T00:00:00Z"], 1, "1000"),
        (["--as-of", "2022-11-14"], 0, "1000"),
        ([], 0, "1000"),
    ],
)
def test_late_counts_the_entries_shown_that_stand_after_one_of_a_later_time_than_asked(
    asked: list[str], late: int, balance: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = document(capsys, desk, "lenders", "--pool", "beta", "--lender", "bob", *asked)
    assert shown["late"] == late
    assert [row["balance"] for row in shown["rows"]] == [balance]


def test_what_was_effective_is_told_apart_from_what_was_known(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--as-of", "2022-11-06", "--known-at", "2022-12-01"]
    shown = document(capsys, desk, "lenders", "--pool", "beta", "--lender", "bob", *asked)
    assert (shown["as_of"], shown["known_at"]) == (
        "2022-11-06T23:59:59.999999999Z",
        "2022-12-01T23:59:59.999999999Z",
    )
    assert (shown["position"], shown["late"], shown["rows"]) == (17, 0, [])


@pytest.mark.parametrize(
    ("position", "shown", "as_of", "balance"),
    [
        ("15", 15, "2022-11-12T00:00:00.5Z", ["60000"]),
        ("16", 16, "2022-11-13T23:59:59.999999999Z", ["45000"]),
        ("999", 18, "2022-11-14T00:00:00Z", ["45000"]),
        ("6", 6, SECOND, []),
        ("4", 4, FIRST, []),
    ],
)
def test_as_of_a_position_shows_the_entries_up_to_it(
    position: str,
    shown: int,
    as_of: str | None,
    balance: list[str],
    desk: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = document(capsys, desk, "lenders", "--pool", "alpha", "--lender", "alice", "--position", position)
    assert (found["position"], found["as_of"]) == (shown, as_of)
    assert [row["balance"] for row in found["rows"]] == balance


def test_as_of_position_zero_nothing_is_shown(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, desk, "lenders", "--lender", "alice", "--position", "0")
    assert (found["position"], found["as_of"], found["rows"]) == (0, None, [])


@pytest.mark.parametrize(
    ("asked", "saying"),
    [
        ("lenders --pool alfa", "no pool alfa in this book at that point"),
        ("lenders --pool alpha --position 3", "no pool alpha in this book at that point"),
        ("trial-balance --fund cushions", "no fund cushions in this book at that point"),
        ("events --pool alfa", "no pool alfa in this book at that point"),
        ("register --fund alpha", "no fund alpha in this book at that point"),
    ],
)
def test_a_pool_or_fund_that_was_never_opened_is_a_mistake_of_usage(
    asked: str, saying: str, desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = called(capsys, "--db", str(desk), *asked.split())
    written = called(capsys, "--db", str(desk), *asked.split(), "-O", "json", "-o", str(tmp_path / "report"))
    assert (refused.code, refused.out) == (written.code, written.out) == (Exit.USAGE, "")
    assert refused.err.endswith(f"Error: {saying}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("asked", "saying"),
    [
        ("lenders --lender alicia", "no lender alicia in this book, near it are alice"),
        ("lenders --losses --lender none", "no lender none in this book"),
        ("deficits --case c-none", "no case c-none in this book"),
        ("loans --loan none --pool alpha", "no loan none in this book"),
        ("recovery --case none --loan nothing", "no loan nothing in this book; no case none in this book"),
        ("risk --loan none", "no loan none in this book"),
        ("events --lender alicia", "no lender alicia in this book, near it are alice"),
        ("register --loan none --position 3", "no loan none in this book"),
        ("register --loan none --pool alpha", "no loan none in this book"),
        ("events --pool alfa", "no pool alfa in this book at that point"),
    ],
)
@pytest.mark.parametrize("form", ["table", "jsonl"])
def test_a_name_that_no_entry_ever_had_is_a_mistake_of_usage(
    asked: str, saying: str, form: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = called(capsys, "--db", str(desk), *asked.split(), "-O", form)
    assert (refused.code, refused.out) == (Exit.USAGE, "")
    assert refused.err.endswith(f"Error: {saying}\n")


@pytest.mark.parametrize("asked", ["lenders --lender alice --pool beta", "events --lender alice", "loans --loan {}"])
def test_a_name_that_an_entry_has_may_be_one_without_rows(
    asked: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loan = rows(capsys, desk, "loans")[0]["loan"]
    assert rows(capsys, desk, *asked.format(loan).split(), "--position", "5") == []


def test_a_loss_is_borne_pro_rata(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, desk, "lenders", "--pool", "alpha")
    assert [(row["lender"], row["balance"], row["losses"]) for row in found] == [
        ("alice", "45000", "15000"),
        ("bob", "30000", "10000"),
    ]


LIMITED: Final = {
    "lenders --pool alpha": ("lender", ["alice", "bob"]),
    "lenders --lender alice": ("pool", ["alpha", "beta"]),
    "lenders --pool beta --lender bob": ("deposited", ["1000"]),
    "funds --fund spare": ("fund", ["spare"]),
    "deficits --pool alpha": ("case", ["C1"]),
    "deficits --pool beta": ("case", []),
    "deficits --loan L1 --case C1": ("recognized", ["30000"]),
    "loans --loan L1": ("pool", ["alpha", "beta"]),
    "loans --pool beta": ("debt", ["3000"]),
    "pools --pool beta": ("pool", ["beta"]),
    "trial-balance --fund cushion": ("account", ["assets:cushion:cash", "equity:cushion:fund"]),
    "trial-balance --pool beta": (
        "account",
        [
            "assets:beta:cash",
            "assets:beta:loans:L1:principal",
            "liabilities:beta:claims:lenders",
            "register:beta:lenders",
            "register:beta:lenders:alice",
            "register:beta:lenders:bob",
        ],
    ),
    "events --fund cushion": ("position", [2, 6, 15]),
    "events --lender bob": ("position", [8, 18]),
    "events --lender bob --pool beta": ("position", [18]),
    "events --case C1": ("position", [12, 13, 14, 15, 16, 17]),
    "events --loan L1 --pool beta": ("position", [11]),
    "register --case C1 --loan L1": ("position", [12, 12, 13, 13, 14, 14]),
    "register --lender alice --pool beta": ("balance", ["7000", "-7000", "7000", "-7000"]),
    "register --loan L1 --pool beta": ("balance", ["3000", "4000"]),
}


@pytest.mark.parametrize("asked", LIMITED)
def test_a_report_is_limited_to_the_names_given(asked: str, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, values = LIMITED[asked]
    assert [row[key] for row in rows(capsys, desk, *asked.split())] == values


def test_a_limit_counts_no_rows_and_moves_no_point(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = document(capsys, desk, "register")
    limited = document(capsys, desk, "register", "--fund", "spare")
    assert limited == whole | {"rows": []}


def test_amounts_in_a_table_have_the_decimals_of_their_asset(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = table(capsys, desk, "lenders", "--as-of", "2022-11-14")
    assert lines[1] == "pool   tranche  lender  asset  shares  balance  deposited  losses"
    assert lines[3:-1] == [
        "alpha  lenders  alice   EUR    60,000      450        600     150",
        "alpha  lenders  bob     EUR    40,000      300        400     100",
        "beta   lenders  alice   EUR     7,000       70         70       0",
        "beta   lenders  bob     EUR     1,000       10         10       0",
    ]


# The same arguments, the same bytes; and none of them the book's.


BRIEFLY: Final = {name: (name, "--fund", "aave-treasury") for name in ("register", "events")}


def test_the_same_arguments_give_the_same_bytes_in_another_place_and_language(demo: Path) -> None:
    asked = [["--db", demo.name, *arguments] for arguments in (READING | BRIEFLY).values()]
    here = run_in_turn(asked, demo.parent, env={"TZ": "Asia/Kolkata", "LC_ALL": "C", "PYTHONHASHSEED": "1"})
    there = run_in_turn(
        asked,
        demo.parent,
        env={"TZ": "America/St_Johns", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2", "COLUMNS": "33"},
    )
    assert [one.code for one in here] == [Exit.CLEAN] * len(asked)
    assert all(one.out for one in here)
    assert there == here


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
@pytest.mark.parametrize("name", SHEETS)
def test_a_reader_changes_no_byte_of_the_book(
    name: str, form: str, demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, touched = bytes_of(demo), demo.stat().st_mtime_ns
    called(capsys, "--db", str(demo), *READING[name], "-O", form)
    assert bytes_of(demo) == before
    assert demo.stat().st_mtime_ns == touched
    assert {path.name for path in demo.parent.iterdir()} <= {demo.name, f"{demo.name}-wal", f"{demo.name}-shm"}


# The largest amounts.

HUGE: Final = str(LARGEST)
HUGE_LINES: Final = [
    fact("asset-registered", FIRST, asset="USD", decimals=6),
    fact("fund-opened", FIRST, fund="fund", asset="USD"),
    fact("pool-opened", FIRST, pool="pool", asset="USD", debt="bilateral", waterfall=[{"layer": "socialize"}]),
    fact("fund-contributed", SECOND, fund="fund", contributor="sponsor", amount=HUGE),
    fact("deposited", SECOND, pool="pool", lender="lender", assets=HUGE, shares=HUGE),
    fact("loan-originated", LATER, pool="pool", loan="loan", borrower="borrower", principal=HUGE),
    fact("collateral-posted", LATER, pool="pool", loan="loan", asset="USD", quantity=HUGE),
    fact("loan-defaulted", LATER, pool="pool", loan="loan", case=CASE, reason="unpaid", principal=HUGE, interest="0"),
]


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book whose amounts are the largest there are."""
    return recorded(tmp_path_factory.mktemp("huge") / "huge.db", HUGE_LINES)


@pytest.mark.parametrize("name", [name for name in WITH_ROWS if name != "statement"])
def test_the_largest_amount_is_exact_in_csv_json_and_json_lines(
    name: str, huge: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--db", str(huge), *READING[name]]
    assert HUGE in called(capsys, *arguments, "-O", "csv").out
    assert f'"{HUGE}"' in called(capsys, *arguments, "-O", "json").out
    assert f'"{HUGE}"' in called(capsys, *arguments, "-O", "jsonl").out


@pytest.mark.parametrize(
    "name", [name for name in REPORTS if name not in {"events", "pools", "lender-losses", "statement"}]
)
def test_the_largest_amount_is_exact_in_a_table(name: str, huge: Path, capsys: pytest.CaptureFixture[str]) -> None:
    units = f"{LARGEST // 10**6:,}.{LARGEST % 10**6}"
    assert units in called(capsys, "--db", str(huge), *READING[name]).out


def test_the_balance_sheet_of_the_largest_pool_is_exact_in_a_table(
    huge: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    units = f"{LARGEST // 10**6:,}.{LARGEST % 10**6}"
    assert called(capsys, "--db", str(huge), "pools").out.count(units) == 2


# Text that would disturb a terminal.

DISTURBING: Final = "\x1b[2J\x1b]0;title\x07 [bold]loud[/bold] :smile: one\r\n\ttwo \u202eback"


@pytest.fixture
def disturbing(tmp_path: Path) -> Path:
    """A book with a memo, a reference and a recorder that would clear a terminal, name its window, turn its text."""
    line = fact("asset-registered", FIRST, memo=DISTURBING, asset="EUR", decimals=2, reference=DISTURBING)
    return recorded(tmp_path / "book.db", [line], recorded_by=DISTURBING)


def test_text_in_a_table_is_shown_as_it_is_and_cannot_disturb_the_terminal(disturbing: Path) -> None:
    _, sent = on_terminal(["--db", disturbing.name, "events"], disturbing.parent, columns=400)
    assert sent.count("[bold]loud[/bold] :smile: one") == 3
    assert "\x1b[2J" not in sent
    assert "\x1b]0;" not in sent
    assert "\x07" not in sent
    assert "\t" not in sent
    assert "\u202e" not in sent


def test_text_in_json_and_csv_is_exact(disturbing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = document(capsys, disturbing, "events")["rows"]
    in_csv = called(capsys, "--db", str(disturbing), "events", "-O", "csv").out
    (cells,) = csv.DictReader(io.StringIO(in_csv, newline=""))
    assert row["recorded_by"] == cells["recorded_by"] == DISTURBING
    assert row["event"]["memo"] == json.loads(cells["event"])["memo"] == DISTURBING


def test_json_cannot_disturb_the_terminal(disturbing: Path) -> None:
    _, sent = on_terminal(["--db", disturbing.name, "events", "-O", "jsonl"], disturbing.parent, columns=80)
    assert "\\u001b[2J" in sent
    assert "\x1b[2J" not in sent
    assert "\x1b]0;" not in sent
