"""Workbooks, read back by openpyxl: every amount exact, legible and summable where it can be, and nothing a formula."""

import csv
import io
import json
import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import pytest
from click import UsageError
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

import projections.reports
from cli.amounts import aligned
from cli.exits import Exit
from cli.output import Sheet
from cli.workbook import workbook_of
from ledger.accounts import no_charters
from ledger.values import AssetId, Json
from projections.entries import EventRow
from projections.exports import workbook
from projections.exports.workbook import Column, TooLarge
from projections.funds import FundRow
from tests.command_line import (
    FIRST,
    LATER,
    PATIENCE,
    Run,
    begun,
    called,
    demo_book,
    desk_book,
    document,
    fact,
    on_terminal,
    recorded,
    run,
)

NAMED: Final = {
    "case": ("case", "C1"),
    "entitlements": ("entitlements", "C1"),
    "lender-losses": ("lenders", "--losses"),
    "statement": ("statement", "alice"),
    "diff": ("diff", "funds", "10", "now"),
}
"""What is not called by its name alone."""

DOCUMENTS: Final = {
    name: NAMED.get(name, (name,))
    for name in (*projections.reports.REPORTS, "entitlements", "diff", "replay", "what-if")
    if name != "rollforward"
}
"""What is written as rows, as it is called on the book of the desk."""

NAMELESS: Final = [
    report.name for report in projections.reports.REPORTS.values() if not (report.needs or report.streams)
]

ODD: Final = ("@x", "+1", "-a", "a-1")
"""Names that a spreadsheet would take for formulas, and one that it would not."""

ATTACK: Final = '=HYPERLINK("https://example.org","read")'
"""What a spreadsheet would make a link of, from free text."""

LARGEST: Final = 2**256 - 1


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_book(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return desk_book(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book whose lenders have names like formulas, and deposit amounts of two decimals."""
    opened = fact("pool-opened", FIRST, pool="-p", asset="EUR", debt="bilateral", waterfall=[{"layer": "hold"}])
    amounts = zip(ODD, ("30000005", "995", "100", "1"), strict=True)
    lines = [fact("deposited", LATER, pool="-p", lender=name, assets=amount, shares=amount) for name, amount in amounts]
    asset = fact("asset-registered", FIRST, asset="EUR", decimals=2)
    return recorded(tmp_path_factory.mktemp("odd") / "odd.db", [asset, opened, *lines], recorded_by=ATTACK)


def written(capsys: pytest.CaptureFixture[str], book: Path, file: Path, *arguments: str) -> Any:
    """What openpyxl reads of a workbook that a verb writes."""
    done = called(capsys, "--db", str(book), *arguments, "-o", str(file))
    assert (done.code, done.out) == (Exit.CLEAN, "")
    return load_workbook(file)


def refused(capsys: pytest.CaptureFixture[str], book: Path, *arguments: str) -> str:
    """What is said of a workbook that is refused."""
    done = called(capsys, "--db", str(book), "export", "workbook", *arguments)
    assert (done.code, done.out) == (Exit.USAGE, "")
    return done.err


def column(sheet: Any, heading: str) -> list[Any]:
    """The cells below a heading."""
    headings = [cell.value for cell in sheet[1]]
    return [row[headings.index(heading)] for row in sheet.iter_rows(min_row=2)]


def values(sheet: Any, heading: str) -> list[Any]:
    return [cell.value for cell in column(sheet, heading)]


def about(book: Any) -> list[tuple[str, str]]:
    """What the first sheet says, line by line."""
    return [(name.value, said.value) for name, said in book["about"].iter_rows()]


def markup(content: bytes, part: str) -> str:
    """The markup of a part of a workbook."""
    with ZipFile(io.BytesIO(content)) as parts:
        return parts.read(part).decode()


def of_amounts(amounts: Sequence[tuple[int, int]]) -> bytes:
    """A workbook of one column of amounts, each with its decimals."""
    sheet = workbook.Sheet("amounts", [Column("amount", aligned(amounts), numeric=True)])
    return workbook.workbook([], [sheet], created=None)


def read_exactly(cells: Sequence[Any]) -> list[Fraction]:
    """Cells as numbers, by the decimal digits that a spreadsheet shows of them."""
    return [Fraction(str(cell.value).replace(",", "")) for cell in cells]


# Which sheets there are, and how they look.


def test_a_workbook_has_a_sheet_for_each_report_that_needs_no_name(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = written(capsys, demo, tmp_path / "all.xlsx", "export", "workbook")
    assert book.sheetnames == ["about", *NAMELESS]


def test_a_header_is_frozen_with_a_filter_and_speaks_in_words(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = written(capsys, desk, tmp_path / "all.xlsx", "export", "workbook")["funds"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:H3"
    assert sheet.print_title_rows == "$1:$1"
    assert [cell.value for cell in sheet[1]][:5] == ["fund", "asset", "balance", "contributed", "withdrawn"]
    assert all(cell.font.b for cell in sheet[1])


def test_a_column_is_as_wide_as_what_it_holds(demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = written(capsys, demo, tmp_path / "all.xlsx", "lenders")["lenders"]
    assert sheet.column_dimensions["F"].width > len("92,196,223.978921321430286407")


def test_only_the_reports_named_are_sheets_in_that_order(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--report", "register", "--report", "funds", "--report", "register")
    book = written(capsys, desk, tmp_path / "two.xlsx", "export", "workbook", *asked)
    assert book.sheetnames == ["about", "register", "funds"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_report_is_a_workbook_on_request(
    name: str, desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = document(capsys, desk, *DOCUMENTS[name])["rows"]
    book = written(capsys, desk, tmp_path / "one.xlsx", *DOCUMENTS[name])
    assert book.sheetnames == ["about", name]
    assert book[name].max_row - 1 == len(rows)
    assert (f"sheet {name}", f"{len(rows):,} row{'s' * (len(rows) != 1)}") in about(book)


def test_a_report_that_streams_says_where_it_stands_all_the_same(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = written(capsys, desk, tmp_path / "register.xlsx", "register", "--position", "17")
    assert about(book)[1:3] == [("position", "17"), ("as of", "2022-11-14T00:00:00Z")]


def test_an_explanation_is_a_sheet_of_its_parts(desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = called(capsys, "--db", str(desk), "explain", "fund:cushion", "-O", "jsonl").out.splitlines()
    sheet = written(capsys, desk, tmp_path / "fund.xlsx", "explain", "fund:cushion")["explain"]
    assert sheet.max_row - 1 == len(parts)
    assert sheet.freeze_panes == "A2"


def test_a_roll_forward_has_a_line_for_each_period(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = written(capsys, desk, tmp_path / "fund.xlsx", "rollforward", "fund", "--period", "month")["rollforward"]
    told = [values(sheet, name) for name in ("of", "period", "opening", "contributed", "drawn", "closing")]
    assert told == [["cushion"], ["2022-11"], [0], [50], [-50], [0]]


def test_a_difference_is_in_the_units_of_the_report_it_is_of(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = written(capsys, desk, tmp_path / "diff.xlsx", "diff", "funds", "14", "15")["diff"]
    assert values(sheet, "field") == ["balance", "drawn"]
    assert values(sheet, "difference") == [-50, 50]


def test_the_first_sheet_says_where_the_others_stand(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--as-of", "2022-11-12T00:00:00Z", "--known-at", "2022-12-01T12:00:00Z", "--pool", "alpha")
    book = written(capsys, desk, tmp_path / "then.xlsx", "export", "workbook", *asked)
    assert about(book)[:6] == [
        ("book", "desk.db"),
        ("position", "17"),
        ("as of", "2022-11-12T00:00:00Z"),
        ("known at", "2022-12-01T12:00:00Z"),
        ("late", "0"),
        ("adjusted", "0"),
    ]
    assert ("limited to", "pool alpha") in about(book)
    assert values(book["deficits"], "open") == [300]


def test_the_first_sheet_says_what_ties_to_the_trial_balance() -> None:
    ties = [{"accounts": "assets:cushion:cash", "commodity": "EUR", "amount": "500001"}]
    before: Json = {"schema": "recoup.funds/1", "book": "desk.db", "position": 3, "as_of": None, "ties": ties}
    charters = no_charters()
    charters.assets[AssetId("EUR")] = 2
    content = workbook_of([Sheet(FundRow, [], before, charters)])
    assert about(load_workbook(io.BytesIO(content)))[:3] == [
        ("book", "desk.db"),
        ("position", "3"),
        ("funds ties to", "assets:cushion:cash: 5,000.01 EUR"),
    ]


# Amounts.


def test_amounts_within_fifteen_digits_are_numbers_in_units(
    odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = column(written(capsys, odd, tmp_path / "odd.xlsx", "lenders")["lenders"], "balance")
    assert [(cell.value, cell.number_format, cell.data_type) for cell in cells] == [
        (9.95, "0.00", "n"),
        (1, "0.00", "n"),
        (300000.05, "#,##0.00", "n"),
        (0.01, "0.00", "n"),
    ]


def test_a_number_stands_in_the_file_digit_by_digit(
    odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(capsys, odd, tmp_path / "odd.xlsx", "lenders")
    content = markup((tmp_path / "odd.xlsx").read_bytes(), "xl/worksheets/sheet2.xml")
    assert "<v>300000.05</v>" in content
    assert "<v>9.95</v>" in content


def test_a_column_with_more_digits_is_text_and_the_first_sheet_says_so(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = written(capsys, demo, tmp_path / "demo.xlsx", "lenders")
    [balance], [deposited] = column(book["lenders"], "balance"), column(book["lenders"], "deposited")
    assert (balance.value, balance.data_type) == ("92,196,223.978921321430286407", "s")
    assert balance.alignment.horizontal == "right"
    assert (deposited.value, deposited.data_type) == (92_000_000, "n")
    assert ("sheet lenders", "1 row; as text: shares, balance, earned") in about(book)


@pytest.mark.parametrize(
    ("amounts", "kinds"),
    [
        ([999_999_999_999_999], {"n"}),
        ([10**15 + 1], {"s"}),
        ([10**15], {"n"}),
        ([999_999_999_999_998, 1], {"n"}),
        ([999_999_999_999_999, 1], {"s"}),
        ([-999_999_999_999_999, 1], {"s"}),
        ([LARGEST, 0], {"s"}),
    ],
    ids=str,
)
def test_a_column_is_numbers_only_where_fifteen_digits_hold_each_and_their_sum(
    amounts: list[int], kinds: set[str]
) -> None:
    sheet = load_workbook(io.BytesIO(of_amounts([(amount, 2) for amount in amounts])))["amounts"]
    assert {cell.data_type for cell in column(sheet, "amount")} == kinds


AMOUNTS: Final = st.one_of(st.integers(-5, 5), st.integers(-(10**16), 10**16), st.integers(-LARGEST, LARGEST))


@settings(max_examples=25)
@given(st.lists(st.tuples(AMOUNTS, st.sampled_from([0, 2, 6, 18])), min_size=1, max_size=4))
def test_every_amount_is_read_back_to_the_last_unit(amounts: list[tuple[int, int]]) -> None:
    cells = column(load_workbook(io.BytesIO(of_amounts(amounts)))["amounts"], "amount")
    assert read_exactly(cells) == [Fraction(amount, 10**decimals) for amount, decimals in amounts]


@settings(max_examples=25)
@given(st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=5))
def test_numbers_stand_in_the_file_as_they_are_told_to_people(amounts: list[int]) -> None:
    told = aligned([(amount, 2) for amount in amounts])
    content = markup(of_amounts([(amount, 2) for amount in amounts]), "xl/worksheets/sheet2.xml")
    assert [part.partition("</v>")[0] for part in content.split("<v>")[1:]] == [one.replace(",", "") for one in told]


# Names.


def test_a_name_that_looks_like_a_formula_is_text_and_whole(
    odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = column(written(capsys, odd, tmp_path / "odd.xlsx", "lenders")["lenders"], "lender")
    assert [(cell.value, cell.data_type, cell.quotePrefix) for cell in cells] == [
        ("+1", "s", True),
        ("-a", "s", True),
        ("@x", "s", True),
        ("a-1", "s", False),
    ]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(
    odd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = written(capsys, odd, tmp_path / "odd.xlsx", "export", "workbook", "--report", "events")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert {cell.hyperlink for cell in cells} == {None}
    assert set(values(book["events"], "recorded by")) == {ATTACK}


@settings(max_examples=25)
@given(st.text(st.sampled_from("=+-@'{} \ta1\uff1d:/htp"), min_size=1, max_size=12))
def test_any_text_is_read_back_as_that_text(text: str) -> None:
    sheet = workbook.Sheet("names", [Column("name", [text], numeric=False)])
    content = workbook.workbook([], [sheet], created=None)
    [cell] = column(load_workbook(io.BytesIO(content))["names"], "name")
    assert (cell.value, cell.data_type) == (text, "s")


def test_a_name_that_looks_like_a_formula_has_an_apostrophe_before_it_in_csv(
    odd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = called(capsys, "--db", str(odd), "lenders", "-O", "csv").out
    rows = list(csv.DictReader(io.StringIO(told)))
    assert [row["lender"] for row in rows] == ["'+1", "'-a", "'@x", "a-1"]
    assert {row["pool"] for row in rows} == {"'-p"}
    assert [row["balance"] for row in rows] == ["995", "100", "30000005", "1"]


def test_free_text_that_looks_like_a_formula_has_an_apostrophe_before_it_in_csv(
    odd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = called(capsys, "--db", str(odd), "events", "-O", "csv").out
    assert {row["recorded_by"] for row in csv.DictReader(io.StringIO(told))} == {f"'{ATTACK}"}


def test_an_amount_below_zero_keeps_its_sign_in_csv(odd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = called(capsys, "--db", str(odd), "register", "--lender", "+1", "-O", "csv").out
    assert [row["amount"] for row in csv.DictReader(io.StringIO(told))] == ["995", "-995", "995", "-995"]


def test_json_is_not_for_spreadsheets_and_has_every_name_as_it_is(
    odd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = called(capsys, "--db", str(odd), "lenders", "-O", "jsonl").out
    assert [json.loads(line)["lender"] for line in told.splitlines()] == ["+1", "-a", "@x", "a-1"]


# Bytes and places.


def test_the_same_arguments_give_the_same_bytes(desk: Path, tmp_path: Path) -> None:
    asked = ["--db", str(desk), "export", "workbook", "-o"]
    one = run([*asked, "one.xlsx"], tmp_path)
    other = run([*asked, "other.xlsx"], tmp_path, env={"TZ": "XST-13:45"}, before=lambda: os.umask(0o077))
    assert one == other == Run(Exit.CLEAN, "", "")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "other.xlsx").read_bytes()


def test_a_workbook_is_as_old_as_what_it_shows(desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(capsys, desk, tmp_path / "funds.xlsx", "funds")
    core = markup((tmp_path / "funds.xlsx").read_bytes(), "docProps/core.xml")
    assert core.count("2022-11-14T00:00:00Z") == 2


def test_a_pipe_takes_the_bytes_that_a_file_does(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(capsys, desk, tmp_path / "funds.xlsx", "funds")
    with begun(["--db", str(desk), "funds", "-O", "xlsx"], tmp_path) as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (Exit.CLEAN, b"")
    assert out == (tmp_path / "funds.xlsx").read_bytes()


@pytest.mark.parametrize("arguments", [("export", "workbook"), ("lenders", "-O", "xlsx")], ids=" ".join)
def test_a_terminal_is_not_sent_a_workbook(arguments: tuple[str, ...], desk: Path, tmp_path: Path) -> None:
    code, sent = on_terminal(["--db", str(desk), *arguments], tmp_path, columns=100)
    assert code == Exit.USAGE
    assert "a workbook is not for a terminal; -o FILE.xlsx names a file" in sent
    assert "PK" not in sent


def test_where_the_library_is_missing_it_is_said_how_to_install_it(desk: Path, tmp_path: Path) -> None:
    (tmp_path / "xlsxwriter.py").write_text("raise ModuleNotFoundError(name=__name__)")
    without = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).parents[1]}"}
    done = run(["--db", str(desk), "lenders", "-o", "lenders.xlsx"], tmp_path, env=without)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert done.err.endswith("Error: a workbook needs XlsxWriter: pip install 'recoup[xlsx]'\n")
    assert not (tmp_path / "lenders.xlsx").exists()


# Limits: those asked for, and those of the format.


def test_under_limits_a_workbook_holds_the_reports_that_all_of_them_apply_to(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = written(capsys, desk, tmp_path / "l1.xlsx", "export", "workbook", "--pool", "beta", "--loan", "L1")
    assert {"about", "loans"} <= set(book.sheetnames)
    assert not {"lenders", "funds", "trial-balance"} & set(book.sheetnames)
    assert values(book["loans"], "pool") == ["beta"]


def test_a_report_that_a_limit_does_not_apply_to_is_refused(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = refused(capsys, desk, "--report", "funds", "--pool", "alpha")
    assert told.endswith("Error: --pool does not limit the report funds\n")


def test_limits_that_no_report_knows_together_are_refused(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = refused(capsys, desk, "--lender", "alice", "--loan", "L1")
    assert told.endswith("Error: no report is limited by --lender and --loan\n")


def test_a_pool_that_is_not_there_is_refused(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, desk, "--pool", "gamma").endswith("Error: no pool gamma in this book at that point\n")


def test_a_report_that_needs_a_name_is_no_sheet_of_a_workbook(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "'case' is not one of 'lenders', 'funds'," in refused(capsys, desk, "--report", "case")


def test_a_sheet_that_is_full_goes_on_in_the_next() -> None:
    sheet = workbook.Sheet("register", [Column("account", ["a", "b", "c", "d", "e"], numeric=False)])
    book = load_workbook(io.BytesIO(workbook.workbook([], [sheet], created=None, rows_max=2)))
    assert book.sheetnames == ["about", "register", "register 2", "register 3"]
    assert [values(book[name], "account") for name in book.sheetnames[1:]] == [["a", "b"], ["c", "d"], ["e"]]
    assert [book[name].freeze_panes for name in book.sheetnames[1:]] == ["A2", "A2", "A2"]


def test_a_column_is_of_one_kind_in_all_parts_of_a_sheet() -> None:
    sheet = workbook.Sheet("register", [Column("amount", ["1", "1,000,000,000,000,000"], numeric=True)])
    book = load_workbook(io.BytesIO(workbook.workbook([], [sheet], created=None, rows_max=1)))
    assert values(book["register"], "amount") == ["1"]


def test_a_text_that_is_too_long_for_a_cell_is_refused_by_its_place() -> None:
    row = EventRow(1, FIRST, "treasury", "adjustment-posted", FIRST, "long", {"reason": "long" * 10_000})
    before: Json = {"schema": "recoup.events/1", "book": "desk.db", "position": 1, "as_of": FIRST}
    with pytest.raises(UsageError) as told:
        workbook_of([Sheet(EventRow, [row], before, no_charters())])
    assert told.value.message == (
        "event of row 1 of events has 40,007 characters; a cell of a workbook holds 32,767; "
        "-O csv, json and jsonl have no such limits"
    )


def test_a_character_beyond_the_basic_plane_counts_twice_in_a_cell() -> None:
    sheet = workbook.Sheet("names", [Column("name", ["\N{BANKNOTE WITH EURO SIGN}" * 20_000], numeric=False)])
    with pytest.raises(TooLarge, match="name of row 1 of names has 40,000 characters"):
        workbook.workbook([], [sheet], created=None)


def test_a_sheet_of_too_many_columns_is_refused() -> None:
    sheet = workbook.Sheet("pools", [Column("claims", ["1"], numeric=True)] * 16_385)
    with pytest.raises(TooLarge, match="pools has 16,385 columns; a sheet of a workbook holds 16,384"):
        workbook.workbook([], [sheet], created=None)
