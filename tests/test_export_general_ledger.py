"""The general ledger under the names of the Audit Data Standards: it balances, adds up, and is no formula."""

import csv
from collections.abc import Iterator
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings

from cli.exits import Exit
from ledger.events import AnyEvent
from ledger.journal import Journal
from ledger.journal.sqlite import SqliteJournal
from ledger.values import AMOUNT_MAX, AssetId, Commodity, EventId, PartyId, PoolId, Timestamp
from projections.balances import BalancesFold
from projections.exports.balances import balance_rows
from projections.exports.general_ledger import write_chart, write_detail, write_trial_balance
from projections.reading import Asked, Selection, fold
from tests.command_line import called, desk_book
from tests.histories import HISTORIES, History, histories, recorded, rows_of
from tests.projected import small_steps
from tests.story import (
    OTHER_LENDER,
    Story,
    asset_registered,
    deposited,
    entry_reversed,
    period_closed,
    pool_opened,
    posted,
)
from tests.three_pools import three_pools

Cells = dict[str, str]
Balances = dict[tuple[str, str], Fraction]
ALL: Final[frozenset[str]] = frozenset()
NOW: Final = Asked()
SHARES: Final = Commodity("shares:pool:lenders")
YEAR_END, FEBRUARY_END = Timestamp("2022-12-31T00:00:00Z"), Timestamp("2023-02-28T23:59:59Z")


def read(text: StringIO) -> list[Cells]:
    return list(csv.DictReader(StringIO(text.getvalue())))


def detail(journal: Journal, asked: Asked = NOW, owners: frozenset[str] = ALL) -> list[Cells]:
    out = StringIO()
    write_detail(Selection(journal, asked), owners, out)
    return read(out)


def trial_balance(journal: Journal, asked: Asked = NOW, owners: frozenset[str] = ALL) -> list[Cells]:
    out = StringIO()
    write_trial_balance(Selection(journal, asked), owners, out)
    return read(out)


def chart(journal: Journal) -> list[Cells]:
    out = StringIO()
    write_chart(Selection(journal, NOW), ALL, out)
    return read(out)


def journal_of(*facts: AnyEvent) -> Journal:
    return recorded(Story().then(*facts).facts)


def signed(line: Cells) -> Fraction:
    """A line's amount, debit positive."""
    return Fraction(line["Amount"]) * {"D": 1, "C": -1}[line["Amount_Credit_Debit_Indicator"]]


def sums(lines: list[Cells], *columns: str) -> dict[tuple[str, ...], Fraction]:
    found: dict[tuple[str, ...], Fraction] = {}
    for line in lines:
        key = tuple(line[column] for column in columns)
        found[key] = found.get(key, Fraction(0)) + signed(line)
    return found


def in_units(journal: Journal, asked: Asked = NOW, **limits: str) -> dict[tuple[str, ...], Fraction]:
    """The trial balance in units, debit positive."""
    selection = Selection(journal, NOW)
    selection.read_through()
    decimals = selection.charters.assets
    return {
        (row["account"], row["commodity"]): Fraction(
            row["debit"] - row["credit"], 10 ** decimals.get(row["commodity"], 0)
        )
        for row in rows_of("trial-balance", journal, asked, **limits)
    }


def test_the_columns_have_the_names_of_the_standard(tmp_path: Path) -> None:
    journal = SqliteJournal.open(desk_book(tmp_path), patience=1)
    assert " ".join(detail(journal)[0]) == (
        "Journal_ID Journal_ID_Line_Number JE_Header_Description JE_Line_Description Source Business_Unit_Code "
        "Effective_Date Fiscal_Year Period GL_Account_Number GL_Account_Name Amount Amount_Credit_Debit_Indicator "
        "Amount_Currency Reversal_Indicator Reversal_Journal_ID Entered_By Entered_Date Entered_Time "
        "Segment01 Segment02 Segment03 Segment04 Segment05"
    )
    assert " ".join(trial_balance(journal)[0]) == (
        "GL_Account_Number Business_Unit_Code Fiscal_Year Period Amount_Beginning Amount_Ending Amount_Currency "
        "Balance_As_Of_Date"
    )
    assert " ".join(chart(journal)[0]) == (
        "GL_Account_Number GL_Account_Name FS_Caption Account_Type Account_Subtype GL_Account_Description "
        "Business_Unit_Code Amount_Currency"
    )


def test_a_line_says_what_its_posting_is(tmp_path: Path) -> None:
    lines = detail(SqliteJournal.open(desk_book(tmp_path), patience=1))
    claims, deficit = (line for line in lines if line["Source"] == "bad-debt-socialized")
    assert {**claims, "Journal_ID": "…"} == {
        "Journal_ID": "…",
        "Journal_ID_Line_Number": "1",
        "JE_Header_Description": "bad-debt-socialized",
        "JE_Line_Description": "Claims of lenders",
        "Source": "bad-debt-socialized",
        "Business_Unit_Code": "alpha",
        "Effective_Date": "2022-11-13",
        "Fiscal_Year": "2022",
        "Period": "M11",
        "GL_Account_Number": "liabilities:alpha:claims:lenders",
        "GL_Account_Name": "Claims of lenders, alpha lenders",
        "Amount": "250.00",
        "Amount_Credit_Debit_Indicator": "D",
        "Amount_Currency": "EUR",
        "Reversal_Indicator": "",
        "Reversal_Journal_ID": "",
        "Entered_By": "treasury",
        "Entered_Date": "2022-12-01",
        "Entered_Time": "09:00:00",
        "Segment01": "16",
        "Segment02": "C1",
        "Segment03": "",
        "Segment04": "",
        "Segment05": "lenders",
    }
    assert (deficit["Amount"], deficit["Amount_Credit_Debit_Indicator"]) == ("250.00", "C")


@settings(HISTORIES, max_examples=8)
@given(histories())
def test_every_entry_balances_and_all_of_them_come_to_the_trial_balance(history: History) -> None:
    journal = recorded(history)
    lines, booked = detail(journal), in_units(journal)
    assert set(sums(lines, "Journal_ID", "Business_Unit_Code", "Amount_Currency").values()) <= {0}
    posted_ = sums(lines, "GL_Account_Number", "Amount_Currency")
    stated = {
        (row["GL_Account_Number"], row["Amount_Currency"]): Fraction(row["Amount_Ending"])
        for row in trial_balance(journal)
    }
    assert posted_ == stated == booked | dict.fromkeys(posted_.keys() - booked.keys(), Fraction(0))
    assert [(row["GL_Account_Number"], row["Amount_Currency"]) for row in chart(journal)] == sorted(posted_)
    assert not any(line["Amount"].startswith("-") for line in lines)


def test_every_account_of_every_kind_of_pool_has_a_name_and_a_caption_of_its_own() -> None:
    rows = chart(recorded(three_pools().facts))
    names = [(row["GL_Account_Name"], row["Account_Type"], row["Amount_Currency"]) for row in rows]
    assert len({*names}) == len(names)
    assert not any(row["GL_Account_Name"] == row["GL_Account_Number"] for row in rows)
    assert {row["Account_Type"] for row in rows} == {"Assets", "Liabilities", "Equity", "Statistical"}


def test_a_point_and_an_owner_limit_it_as_they_do_the_trial_balance() -> None:
    journal, asked = recorded(three_pools().facts), Asked(position=40)
    lines = detail(journal, asked, frozenset({"pool"}))
    assert sums(lines, "GL_Account_Number", "Amount_Currency") == in_units(journal, asked, pool="pool")
    assert {line["Business_Unit_Code"] for line in lines} == {"pool"}


def test_a_reversal_and_what_it_reverses_are_marked() -> None:
    story = Story().then(asset_registered(), pool_opened(), deposited(assets=7, shares=5))
    undone = posted(
        ("register:pool:lenders:lender", -5, SHARES),
        ("register:pool:lenders", 5, SHARES),
        ("assets:pool:cash", -7),
        ("liabilities:pool:claims:lenders", 7),
    )
    story = story.then(entry_reversed(of=EventId("fact-3"), postings=undone), deposited(assets=2, shares=1))
    lines = detail(recorded(story.facts))
    marks = {(line["Journal_ID"], line["Reversal_Indicator"], line["Reversal_Journal_ID"]) for line in lines}
    assert marks == {("fact-3", "2", ""), ("fact-4", "1", "fact-3"), ("fact-5", "", "")}
    assert {line["JE_Header_Description"] for line in lines if line["Journal_ID"] == "fact-4"} == {
        "entry-reversed: entered twice"
    }


@pytest.mark.parametrize("decimals", [0, 6, 18, 255])
def test_the_largest_amounts_keep_every_digit(decimals: int) -> None:
    journal = journal_of(
        asset_registered(decimals=decimals), pool_opened(), deposited(assets=AMOUNT_MAX, shares=AMOUNT_MAX)
    )
    assert sums(detail(journal), "GL_Account_Number", "Amount_Currency") == in_units(journal)
    assert Fraction(AMOUNT_MAX, 10**decimals) in in_units(journal).values()


def test_no_name_is_a_formula_and_every_amount_is_a_number() -> None:
    pool = PoolId("+pool")
    journal = journal_of(
        asset_registered(asset=AssetId("@USD"), decimals=2),
        pool_opened(pool=pool, asset=AssetId("@USD")),
        deposited(id=EventId("-1+1"), pool=pool, lender=PartyId("=x".replace("=", "@")), assets=7, shares=5),
    )
    cells = [*texts(detail(journal)), *texts(trial_balance(journal)), *texts(chart(journal))]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert {"'-1+1", "'+pool", "'@USD", "'@x"} <= {*cells}
    assert "-0.07" in {row["Amount_Ending"] for row in trial_balance(journal)}


def texts(rows: list[Cells]) -> Iterator[str]:
    """All cells but those of signed amounts."""
    signed_columns = {"Amount_Beginning", "Amount_Ending"}
    yield from (cell for row in rows for column, cell in row.items() if column not in signed_columns)


# The balances for another program.


@settings(HISTORIES, max_examples=8)
@given(histories())
def test_the_balances_are_those_of_the_trial_balance(history: History) -> None:
    journal = recorded(history)
    selection = Selection(journal, NOW)
    balances = BalancesFold(selection.charters)
    fold(selection, [balances])
    rows = list(balance_rows(balances, selection.charters, ALL))
    found: dict[tuple[str, ...], Fraction] = {
        (row.account, row.commodity): Fraction(row.balance, 10**row.decimals) for row in rows
    }
    assert found == in_units(journal)
    assert all(row.holds and row.owner == row.account.split(":")[1] for row in rows)


def test_balances_of_a_pool_at_a_time_are_the_same_with_points_kept_and_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = str(desk_book(tmp_path))
    asked = ("export", "balances", "--as-of", "2022-11-12", "--pool", "alpha")
    with small_steps():
        assert called(capsys, "--db", book, "refresh").code == Exit.CLEAN

    with_points = called(capsys, "--db", book, *asked)

    assert with_points == called(capsys, "--db", book, "--views", str(tmp_path / "nowhere"), *asked)
    assert [row["account"] for row in csv.DictReader(StringIO(with_points.out)) if row["balance"] == "25000"] == [
        "assets:alpha:deficit:C1"
    ]


# The trial balance of a month.


def before_and_after(journal: Journal, asked: Asked = NOW) -> dict[str, tuple[str, str]]:
    """What each account begins and ends with."""
    return {
        row["GL_Account_Number"]: (row["Amount_Beginning"], row["Amount_Ending"])
        for row in trial_balance(journal, asked)
    }


def moved(rows: list[Cells]) -> dict[tuple[str, ...], Fraction]:
    """By how much each account changed from its beginning to its end."""
    return {
        (row["GL_Account_Number"], row["Amount_Currency"]): Fraction(row["Amount_Ending"])
        - Fraction(row["Amount_Beginning"])
        for row in rows
    }


def two_months(*then: AnyEvent) -> Story:
    """A deposit at the last instant of January, another at the first of February, and what comes then."""
    return Story().then(
        asset_registered(at=YEAR_END, decimals=2),
        pool_opened(at=YEAR_END),
        deposited(at=Timestamp("2023-01-31T23:59:59.999999999Z"), assets=700, shares=700),
        deposited(at=Timestamp("2023-02-01T00:00:00Z"), lender=OTHER_LENDER, assets=200, shares=200),
        *then,
    )


@pytest.mark.parametrize(
    ("as_of", "cash"),
    [
        ("2023-01-15T00:00:00Z", None),
        ("2023-01-31T23:59:59.999999999Z", ("0.00", "7.00")),
        ("2023-02-01T00:00:00Z", ("7.00", "9.00")),
        ("2023-02-28T12:00:00Z", ("7.00", "9.00")),
        ("2023-03-01T00:00:00Z", ("9.00", "9.00")),
    ],
)
def test_an_account_begins_with_its_balance_at_the_end_of_the_month_before(
    as_of: str, cash: tuple[str, str] | None
) -> None:
    journal = recorded(two_months().facts)
    assert before_and_after(journal, Asked(as_of=Timestamp(as_of))).get("assets:pool:cash") == cash


def test_without_a_time_it_is_the_month_of_the_latest_entry() -> None:
    assert before_and_after(recorded(two_months().facts)) == {
        "assets:pool:cash": ("7.00", "9.00"),
        "liabilities:pool:claims:lenders": ("-7.00", "-9.00"),
        "register:pool:lenders": ("-700", "-900"),
        "register:pool:lenders:lender": ("700", "700"),
        "register:pool:lenders:other-lender": ("0", "200"),
    }


def test_a_month_in_which_only_a_reversal_was_posted_begins_with_what_it_took_back() -> None:
    story = two_months(period_closed(at=FEBRUARY_END, through=FEBRUARY_END))
    story = story.then(story.reversal("fact-4", at=Timestamp("2023-03-02T00:00:00Z"), occurred_at=story.facts[3].at))
    journal = recorded(story.facts)
    assert before_and_after(journal)["assets:pool:cash"] == ("9.00", "7.00")
    assert {(row["Period"], row["Balance_As_Of_Date"]) for row in trial_balance(journal)} == {("M3", "2023-03-02")}


def test_what_was_recorded_later_is_in_neither_balance() -> None:
    asked = Asked(as_of=FEBRUARY_END, position=3)
    assert before_and_after(recorded(two_months().facts), asked)["assets:pool:cash"] == ("7.00", "7.00")


@pytest.mark.parametrize("day", ["2022-11-25", "2022-11-30", "2022-12-02", "2022-12-31", "2023-01-01"])
@pytest.mark.parametrize("owners", [ALL, frozenset({"pool"})], ids=["of all", "of a pool"])
def test_the_lines_of_the_month_take_every_account_from_its_beginning_to_its_end(
    owners: frozenset[str], day: str
) -> None:
    journal, asked = recorded(three_pools().facts), Asked(as_of=Timestamp(f"{day}T23:59:59Z"))
    month = (day[:4], f"M{int(day[5:7])}")
    rows = trial_balance(journal, asked, owners)
    lines = [line for line in detail(journal, asked, owners) if (line["Fiscal_Year"], line["Period"]) == month]
    still = dict.fromkeys(((row["GL_Account_Number"], row["Amount_Currency"]) for row in rows), Fraction(0))
    assert rows
    assert moved(rows) == still | sums(lines, "GL_Account_Number", "Amount_Currency")
    assert {(row["Fiscal_Year"], row["Period"], row["Balance_As_Of_Date"]) for row in rows} == {(*month, day)}


def test_the_first_month_of_the_calendar_begins_with_nothing() -> None:
    first = Timestamp("0001-01-02T00:00:00Z")
    facts = (asset_registered(at=first), pool_opened(at=first), deposited(at=first, assets=7, shares=5))
    assert before_and_after(journal_of(*facts))["register:pool:lenders:lender"] == ("0", "5")
