"""A paper on its way out: on the terminal, as JSON, CSV and a workbook, each amount exact to the last unit."""

import csv
import io
import json
from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from click import UsageError
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from cli.options import Form
from cli.reconcile.paper import BLOCKS_MAX, print_breaks, print_paper, write_paper
from projections.reconciliation.breaks import CLASSES, Break, Suggestion
from projections.reconciliation.document import document_of, hash_of, paper_of
from projections.reconciliation.paper import Paper
from projections.reconciliation.signing.signing import SignOff, StepTaken
from projections.reconciliation.signing.stale import StaleEntry
from tests.reconciliation_papers import (
    CASH,
    LARGEST,
    a_break,
    a_paper,
    balances_paper,
    entry,
    line,
    long_paper,
    proven_paper,
    rich_paper,
    small_paper,
)

NASTY: Final = "=cmd|' /C calc'!A0"
"""Text that a spreadsheet would take for a formula."""

PREPARED: Final = StepTaken(
    "prepared", "accountant", 1_240, "prep-1", "2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z", ""
)
LATE: Final = StaleEntry(1_250, "deposit-late", "deposited", CASH, 12_345, "EUR")


def printed(paper: Paper, sign_off: SignOff | None = None) -> str:
    """What is printed of a paper."""
    out = io.StringIO()
    print_paper(paper, sign_off, out)
    return out.getvalue()


def written(paper: Paper, form: str, folder: Path, sign_off: SignOff | None = None) -> Path:
    """The file that a paper is written to."""
    file = folder / f"paper.{form}"
    write_paper(paper, sign_off, Form(form, file))
    return file


def rows_of(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with file.open(encoding="utf-8", newline="") as content:
        return list(csv.DictReader(content))


def sheet(file: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a sheet of a workbook, by their headings."""
    head, *rows = load_workbook(file)[name].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def base_units(cell: object, decimals: int) -> int:
    """The base units of a cell of a workbook, a number or exact text."""
    units = Fraction(str(cell).replace(",", "")) * 10**decimals
    assert units.denominator == 1
    return int(units)


def amounts(rows: Sequence[dict[str, Any]], name: str, paper: Paper) -> list[int]:
    """A column of amounts of a sheet, in base units."""
    return [base_units(row[name], paper.decimals[row["commodity"]]) for row in rows]


# On the terminal.


def test_a_small_paper_is_printed_proof_first() -> None:
    assert [told.rstrip() for told in printed(small_paper()).splitlines()] == [
        "reconciliation of assets:alpha:cash, 2026-01-31 to 2026-02-28",
        "Proved: 2 open breaks explain the difference to the last unit.",
        "book      desk.db, position 1234, through deposit-17",
        f"          head {'8f' * 32}",
        "file      february.csv, csv, 118 rows",
        "          count 118, credits 12,500.00, debits 4,300.25, closing 12,345.67",
        f"          sha256 {'c1' * 32}",
        f"report    {hash_of(small_paper())}",
        "",
        "proof of balance, EUR           breaks     amount",
        "─────────────────────────────────────────────────",
        "balance per statement                   12,333.17",
        "  timing in transit                  1   1,500.00",
        "                                        ─────────",
        "adjusted balance per statement          13,833.17",
        "─────────────────────────────────────────────────",
        "balance per book                        13,845.67",
        "  fee                                1     -12.50",
        "                                        ─────────",
        "adjusted balance per book               13,833.17",
        "─────────────────────────────────────────────────",
        "unexplained                                     0",
        "─────────────────────────────────────────────────",
        "",
        "open breaks by class and age",
        "────────────────────────────",
        "class              who acts           bucket  commodity  breaks  material    effect",
        "───────────────────────────────────────────────────────────────────────────────────",
        "fee                ours to fix        0-30    EUR             1         1     12.50",
        "timing in transit  nobody has to act  0-30    EUR             1         1  1,500.00",
        "total                                         EUR             2         2  1,512.50",
        "",
        "open breaks: 2",
        "──────────────",
        "000000000001  timing in transit: nobody has to act",
        "  effect    1,500.00 EUR",
        "  age       2 days (0-30), since 2026-02-26, first seen 2026-02-28",
        "  rule      a movement of ours that they do not have yet is in transit for 5 days",
        "  evidence  deposit-17 of 2026-02-26 is 2 days old at the closing",
        "  ours      2026-02-26  entry 1230  deposit-17  1,500.00",
        "  entries   1230",
        "",
        "000000000002  fee: ours to fix",
        "  effect    12.50 EUR",
        "  age       8 days (0-30), since 2026-02-20, first seen 2026-02-28",
        "  rule      a line of theirs that is a fee and has no entry",
        "  evidence  line 97 is a fee of 12.50",
        "  theirs    2026-02-20  line 97  FEE-02  -12.50  fee",
        "",
        "matched",
        "───────",
        "key        commodity  matches  ours  theirs    amount",
        "─────────────────────────────────────────────────────",
        "reference  EUR            116   116     116  8,212.25",
    ]


def test_a_paper_without_breaks_is_its_proof_and_what_was_matched() -> None:
    text = printed(proven_paper())

    assert "Proved: both sides say the same, and no break is open." in text
    assert "matched\n" in text
    for title in (
        "open breaks",
        "resolved",
        "suggestions",
        "proposed",
        "part\n",
        "sign-off",
        "STALE",
        "from the paper",
    ):
        assert title not in text


def test_everything_of_a_rich_paper_is_printed_in_its_order() -> None:
    text = printed(rich_paper(), SignOff((PREPARED,), ()))
    titles = [
        *("proof of balance, EUR", "proof of balance, WETH", "open breaks by class and age", "open breaks: 15"),
        *("resolved since the paper before: 1", "breaks from the paper before to this one"),
        *("suggestions, to be confirmed: 1", "proposed entries", "where the balances part", "\nmatched\n", "sign-off"),
    ]

    places = [text.index(title) for title in titles]

    assert places == sorted(places)


@pytest.mark.parametrize("class_", CLASSES)
def test_a_break_of_every_class_is_told_with_its_rule_and_evidence(class_: str) -> None:
    text = printed(rich_paper())

    assert f"  {class_}: " in text
    assert text.count("\n  rule      ") == len(CLASSES) + 2


def test_what_is_unexplained_is_said_at_once() -> None:
    told = printed(rich_paper()).splitlines()

    assert told[1] == "Not proved, it can not be signed: 0.03 EUR is unexplained and 1 open break is unexplained."
    assert "unexplained                                  0.03" in told


def test_suggestions_are_numbered_from_1_with_their_movements_below_each_other() -> None:
    text = printed(rich_paper())

    assert (
        "1  600.06 EUR\n"
        "  rule      3 entries sum to one line\n"
        "  ours      2026-02-11  entry 1141  repayment-1  200.01\n"
        "            2026-02-11  entry 1142  repayment-2  200.02\n"
        "            2026-02-11  entry 1143  repayment-3  200.03\n"
        "  theirs    2026-02-11  line 61     BULK         600.06\n"
    ) in text


def test_a_proposed_entry_is_printed_as_it_is_recorded_and_says_why_it_would_be_refused() -> None:
    paper = rich_paper()
    text = printed(paper)

    facts = [json.loads(told) for told in text.splitlines() if told.startswith("  {")]

    assert facts == [fact for one in paper.proposals for fact in one.facts]
    assert "  refused   pool alpha has 12 less than it needs\n" in text


def test_a_break_between_balances_names_the_row_and_the_field() -> None:
    text = printed(balances_paper())

    assert "reconciliation of lenders:balance, as of 2026-02-28 12:00:00 UTC\n" in text
    assert f"  row       pool vault, tranche lenders, lender 0x{'ab' * 20}, field balance\n" in text
    assert "  effect    0.000000000000000001 WETH\n" in text
    assert "  entries   11-13, 90\n" in text


def test_entries_that_make_a_paper_stale_stand_before_the_proof_by_name() -> None:
    text = printed(small_paper(), SignOff((PREPARED,), (LATE,)))

    stale, proof = text.index("STALE: 1 entry was recorded for this account since"), text.index("proof of balance")
    assert stale < text.index("deposit-late") < proof
    assert "123.45" in text[stale:proof]


def test_a_step_that_is_missing_has_nobody_beside_it() -> None:
    text = printed(small_paper(), SignOff((PREPARED,), ()))

    assert [told.split()[:2] for told in text.splitlines()[-3:]] == [
        ["prepared", "accountant"],
        ["reviewed"],
        ["signed"],
    ]


def test_text_of_the_other_side_does_not_move_the_cursor() -> None:
    sly = a_break("fee", 1, theirs=(line(1, "2026-02-01", -1, "\x1b[2J"),), evidence="a\nb\x07", rule="\x9b1m")

    text = printed(a_paper([sly], {"EUR": 0}, {"EUR": 2}))

    assert not {"\x1b", "\x07", "\x9b"} & set(text)
    assert "a�b" in text


def test_many_breaks_stand_in_a_table_with_a_line_for_each() -> None:
    out, of = io.StringIO(), long_paper(BLOCKS_MAX + 1)

    print_breaks(of.breaks, of.decimals, out)

    told = out.getvalue().splitlines()
    assert len([one for one in told if " deposit-" in one]) == BLOCKS_MAX + 1
    assert "the rule of amount" in out.getvalue()


def test_no_breaks_are_told_as_none() -> None:
    out = io.StringIO()

    print_breaks((), {}, out)

    assert out.getvalue() == "no breaks\n"


def test_a_break_of_very_many_movements_tells_the_first_and_how_many_more() -> None:
    items = tuple(entry(at, "2026-02-20", 1, f"deposit-{at}") for at in range(1, 40))

    text = printed(a_paper([a_break("unexplained", 39, ours=items)], {"EUR": 39}, {"EUR": 2}))

    assert "entry 12  deposit-12  0.01\n" in text
    assert "deposit-13" not in text
    assert "            and 27 more\n" in text


# As JSON.


def test_the_json_file_is_the_signed_document_byte_for_byte(tmp_path: Path) -> None:
    content = written(rich_paper(), "json", tmp_path).read_bytes()

    assert sha256(content).hexdigest() == hash_of(rich_paper())
    assert paper_of(content) == rich_paper()


def test_json_goes_to_standard_output_byte_for_byte(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write_paper(small_paper(), None, Form("json", None))

    assert capfdbinary.readouterr().out == document_of(small_paper())


# As CSV.


def test_every_open_break_is_a_row_of_csv_in_base_units(tmp_path: Path) -> None:
    rows = rows_of(written(rich_paper(), "csv", tmp_path))

    assert [(row["break_id"], row["break_class"], int(row["effect"])) for row in rows] == [
        (one.id, one.class_, one.effect) for one in rich_paper().breaks
    ]


def test_a_row_of_csv_names_the_movements_of_both_sides(tmp_path: Path) -> None:
    row = rows_of(written(rich_paper(), "csv", tmp_path))[5]

    assert row["ours"] == f"0x{'5b' * 32}:12"
    assert (row["ours_dates"], row["ours_amounts"]) == ("2026-02-15", "2000000000000000001")
    assert (row["theirs"], row["theirs_amounts"]) == (f"{6:016x}", "2000000000000000000")


def test_no_text_of_csv_is_taken_for_a_formula(tmp_path: Path) -> None:
    sly = a_break("fee", -1, theirs=(line(1, "2026-02-01", 1, NASTY),), evidence=NASTY, rule="@SUM(A1)")

    (row,) = rows_of(written(a_paper([sly], {"EUR": 0}, {"EUR": 2}), "csv", tmp_path))

    assert (row["evidence"], row["rule"], row["theirs_references"]) == (f"'{NASTY}", "'@SUM(A1)", f"'{NASTY}")
    assert row["effect"] == "-1"


# As a workbook.


@pytest.fixture(scope="module")
def rich_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of the rich paper, signed in part and stale."""
    folder = tmp_path_factory.mktemp("rich")
    return written(rich_paper(), "xlsx", folder, SignOff((PREPARED,), (LATE,)))


def test_a_workbook_has_a_sheet_for_each_part(rich_book: Path) -> None:
    assert load_workbook(rich_book).sheetnames == [
        *("about", "proof", "summary", "open breaks", "resolved", "movements", "roll-forward", "suggestions"),
        *("proposed entries", "traces", "matched", "appendix", "files", "rules", "sign-off", "stale"),
    ]


def test_the_proof_of_a_workbook_is_that_of_the_paper_to_the_unit(rich_book: Path) -> None:
    paper, rows = rich_paper(), sheet(rich_book, "proof")

    assert [row["line"] for row in rows] == [row.line for row in paper.proof]
    assert amounts(rows, "amount", paper) == [row.amount for row in paper.proof]


def test_the_breaks_of_a_workbook_are_those_of_the_paper_to_the_unit(rich_book: Path) -> None:
    paper = rich_paper()

    open_, resolved = sheet(rich_book, "open breaks"), sheet(rich_book, "resolved")

    assert [row["break"] for row in [*open_, *resolved]] == [one.id for one in (*paper.breaks, *paper.resolved)]
    assert amounts([*open_, *resolved], "effect", paper) == [one.effect for one in (*paper.breaks, *paper.resolved)]


def test_every_movement_of_a_paper_stands_in_its_workbook_to_the_unit(rich_book: Path) -> None:
    paper, rows = rich_paper(), sheet(rich_book, "movements")
    movements: list[Break | Suggestion] = [*paper.breaks, *paper.resolved, *paper.suggestions]
    items = [item for one in movements for item in (*one.ours, *one.theirs)]

    assert [(row["side"], row["place"], row["id"]) for row in rows][:2] == [
        ("ours", 1_101, "deposit-1"),
        ("theirs", 2, f"{2:016x}"),
    ]
    assert amounts(rows, "amount", paper) == [item.amount for item in items]


def test_the_other_sheets_of_a_workbook_are_those_of_the_paper_to_the_unit(rich_book: Path) -> None:
    paper = rich_paper()

    assert amounts(sheet(rich_book, "summary"), "effect", paper) == [row.effect for row in paper.summary]
    assert amounts(sheet(rich_book, "roll-forward"), "closing", paper) == [row.closing for row in paper.continued]
    assert amounts(sheet(rich_book, "suggestions"), "amount", paper) == [one.amount for one in paper.suggestions]
    assert amounts(sheet(rich_book, "matched"), "amount", paper) == [row.amount for row in paper.matched]
    assert amounts(sheet(rich_book, "traces"), "difference", paper) == [one.difference for one in paper.traces]
    assert amounts(sheet(rich_book, "appendix"), "amount", paper) == [row.amount for row in paper.appendix]


def test_a_workbook_says_what_is_signed_and_by_whom(rich_book: Path) -> None:
    about = {row[0]: row[1] for row in load_workbook(rich_book)["about"].iter_rows(values_only=True)}

    assert about["report"] == hash_of(rich_paper())
    assert about["its SHA-256"] == "8f" * 32
    assert [row["sha256"] for row in sheet(rich_book, "files")] == ["c1" * 32, "e7" * 32]
    assert [row["person"] for row in sheet(rich_book, "sign-off")] == ["accountant", None, None]
    assert [row["id"] for row in sheet(rich_book, "stale")] == ["deposit-late"]


def test_a_workbook_holds_no_formula(tmp_path: Path) -> None:
    sly = a_break("fee", -1, theirs=(line(1, "2026-02-01", 1, NASTY),), evidence=NASTY)
    book = load_workbook(written(a_paper([sly], {"EUR": 0}, {"EUR": 2}), "xlsx", tmp_path))

    assert [cell for of in book for row in of.iter_rows() for cell in row if cell.data_type == "f"] == []
    assert NASTY in [cell.value for row in book["open breaks"].iter_rows() for cell in row]


def test_text_that_no_cell_holds_is_refused_with_what_has_no_such_limit(tmp_path: Path) -> None:
    long = a_paper([a_break("fee", 1, evidence="x" * 40_000)], {"EUR": 1}, {"EUR": 2})

    with pytest.raises(UsageError, match=r"40,000 characters.*-O json and html have no such limits"):
        written(long, "xlsx", tmp_path)


@given(st.lists(st.integers(-LARGEST, LARGEST), min_size=1, max_size=4))
@settings(max_examples=15, deadline=None)
def test_whatever_the_amounts_a_workbook_keeps_them_to_the_unit(effects: list[int]) -> None:
    breaks = [a_break("fee", effect, number, commodity="WETH") for number, effect in enumerate(effects, start=1)]
    paper = a_paper(breaks, {"WETH": 0}, {"WETH": 18})
    from cli.reconcile.workbook import workbook_of

    book = load_workbook(io.BytesIO(workbook_of(paper, None)))

    head, *rows = book["open breaks"].iter_rows(values_only=True)
    place = head.index("effect")
    assert [base_units(row[place], 18) for row in rows] == effects
