"""A report as a table: its rows, data frames in which no unit is lost, and a table in a notebook."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.journal import Journal
from ledger.journal.sqlite import SqliteJournal
from projections.lenders import LenderRow
from projections.reports import REPORTS
from projections.rows import measures
from projections.store.database import Database
from projections.store.refresh import Runner
from projections.table import SHOWN_MAX, table
from tests.command_line import CASE, demo_book, desk_book, fact, recorded

HUGE = 2**256 - 1


@pytest.fixture
def desk(tmp_path: Path) -> Journal:
    return SqliteJournal.open(desk_book(tmp_path), patience=1)


def of_huge_amounts(folder: Path, lenders: int) -> Journal:
    at = "2022-11-01T00:00:00Z"
    part = HUGE // lenders
    path = recorded(
        folder / "huge.db",
        [
            fact("asset-registered", at, asset="wei", decimals=18),
            fact("pool-opened", at, pool="alpha", asset="wei", debt="bilateral", waterfall=[]),
            *(
                fact("deposited", at, pool="alpha", lender=f"lender-{number}", assets=str(part), shares="1")
                for number in range(lenders)
            ),
        ],
    )
    return SqliteJournal.open(path, patience=1)


@pytest.mark.parametrize("report", [name for name, report in REPORTS.items() if not report.needs])
def test_a_table_has_the_rows_of_its_report(report: str, desk: Journal) -> None:
    found = table(desk, report)
    assert len(found) == len(found.rows) > 0
    assert all(isinstance(row, REPORTS[report].row_type) for row in found)
    assert found.head["schema"] == f"recoup.{report}/1"
    assert found.head["position"] == 18


def test_a_table_is_of_the_point_asked_for(desk: Journal) -> None:
    (alice,) = table(desk, "lenders", as_of="2022-11-04T00:00:00Z", pool="beta")
    assert isinstance(alice, LenderRow)
    assert alice.balance == 7000
    assert table(desk, "lenders", position=1).rows == ()
    assert table(desk, "events", known_at="2022-12-01T09:00:00Z").head["position"] == 17


@pytest.mark.parametrize("asked", [{}, {"position": 9}, {"as_of": "2022-11-04T00:00:00Z"}, {"pool": "beta"}])
def test_a_table_is_the_same_out_of_the_projections_in_sql(
    asked: dict[str, Any], desk: Journal, tmp_path: Path
) -> None:
    views = Database(f"sqlite:///{tmp_path / 'desk.views'}", patience=1)
    Runner(views, desk).refresh()

    assert table(desk, "lenders", views, **asked) == table(desk, "lenders", **asked)


def test_the_projections_in_sql_are_what_a_table_is_read_from(desk: Journal, tmp_path: Path) -> None:
    views = Database(f"sqlite:///{tmp_path / 'desk.views'}", patience=1)
    Runner(views, desk).refresh()
    with views.writing() as connection:
        connection.exec_driver_sql("DELETE FROM lenders")

    assert table(desk, "lenders", views).rows == ()


def test_the_table_of_a_case_is_its_waterfall(tmp_path: Path) -> None:
    journal = SqliteJournal.open(demo_book(tmp_path), patience=1)
    assert len(table(journal, "case", case=CASE)) > 300


@pytest.mark.parametrize(
    ("report", "as_of", "limits", "message"),
    [
        ("balances", None, {}, "no report balances: there are lenders, funds"),
        ("funds", None, {"pool": "alpha"}, "funds is not limited by pool, but by fund"),
        ("case", None, {}, "names the case"),
        ("funds", "yesterday", {}, "an instant is RFC 3339"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    report: str, as_of: str | None, limits: dict[str, str], message: str, desk: Journal
) -> None:
    with pytest.raises(ValueError, match=message):
        table(desk, report, as_of=as_of, position=None, known_at=None, **limits)


def test_a_position_below_0_is_refused(desk: Journal) -> None:
    with pytest.raises(ValueError, match="a position is 0 or more, not -1"):
        table(desk, "lenders", position=-1)


def test_sums_in_pandas_are_exact_beyond_64_bits(tmp_path: Path) -> None:
    frame = table(of_huge_amounts(tmp_path, 3), "lenders").to_frame("pandas")
    assert frame["balance"].sum() == HUGE // 3 * 3
    assert list(frame["lender"]) == ["lender-0", "lender-1", "lender-2"]


def test_amounts_in_polars_are_decimal_text(tmp_path: Path) -> None:
    frame = table(of_huge_amounts(tmp_path, 1), "lenders").to_frame("polars")
    assert frame["balance"].to_list() == [str(HUGE)]
    assert frame["losses"].to_list() == ["0"]


@pytest.mark.parametrize("report", [name for name, report in REPORTS.items() if not report.needs])
def test_a_frame_has_the_keys_of_the_report_also_when_it_is_empty(report: str, desk: Journal) -> None:
    for found in (table(desk, report), table(desk, report, position=0)):
        keys = list(measures(REPORTS[report].row_type))
        assert list(found.to_frame("pandas").columns) == keys
        assert found.to_frame("polars").columns == keys
        assert len(found.to_frame("pandas")) == found.to_frame("polars").height == len(found)


def test_amounts_by_name_are_json_in_polars(desk: Journal) -> None:
    claims = table(desk, "pools", pool="alpha").to_frame("polars")["claims"].to_list()
    assert [json.loads(claim) for claim in claims] == [{"lenders": "75000"}]


def test_a_notebook_shows_the_table_and_counts_what_it_leaves_out(tmp_path: Path, desk: Journal) -> None:
    shown = table(desk, "lenders")._repr_html_()
    assert "<caption>recoup.lenders/1 at position 18</caption>" in shown
    assert "<td>45,000</td>" in shown
    many = table(of_huge_amounts(tmp_path, SHOWN_MAX + 3), "lenders")._repr_html_()
    assert "and 3 further rows" in many
