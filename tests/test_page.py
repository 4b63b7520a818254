"""The page of a period or a case: it opens by itself in a browser, says what the reports say, and runs nothing else."""

import json
import re
import sys
from collections import Counter, defaultdict
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.exits import Exit
from cli.main import Settings, run
from cli.page_charts import brief, share
from cli.page_text import page_of
from cli.views import views_of
from ledger.journal import Journal
from ledger.journal.sqlite import SqliteJournal
from ledger.values import AMOUNT_MAX, Timestamp
from projections.balances import BalancesFold
from projections.deficits import DeficitRow
from projections.page.charts import COLOURS, NARROW, WIDE, Bar, Dot, bars, lines
from projections.page.content import Content, Scope, content
from projections.page.flow import Kind, flows
from projections.page.html import html
from projections.page.series import POINTS_MAX, Line, Point, Series, between
from projections.page.text import Heading, Page, Section, Table
from projections.reading import Asked, Selection, fold
from tests.browser import needs_a_browser, opened
from tests.command_line import CASE, called, demo_book, desk_book, fact, recorded
from tests.histories import CASE as A_CASE
from tests.histories import HISTORIES, TIMES_ASKED, History, histories, rows_of
from tests.histories import recorded as told
from tests.projected import small_steps
from tests.three_pools import three_pools

BEFORE_ALL: Final = Timestamp("0001-01-01T00:00:00Z")
NASTY: Final = "<script>document.title='run'</script>\"'&amp;"
"""Text that would run, or end what it stands in, if it were not escaped."""


def page(capsys: pytest.CaptureFixture[str], book: Path, *arguments: str) -> str:
    """The page of a book."""
    done = called(capsys, "--db", str(book), "report", "-o", "-", *arguments)
    assert done.code == Exit.CLEAN, done.err
    return done.out


def refused(capsys: pytest.CaptureFixture[str], book: Path, *arguments: str) -> str:
    """What is said of arguments that are a slip of the pen."""
    done = called(capsys, "--db", str(book), "report", "-o", "-", *arguments)
    assert (done.code, done.out) == (Exit.USAGE, "")
    return done.err


def read(book: Path, scope: Scope) -> Content:
    """What stands on the page of a book, in base units."""
    return read_in(SqliteJournal.open(book, patience=5), scope)


def read_in(journal: Journal, scope: Scope) -> Content:
    """What stands on the page of a journal, in base units."""
    return content(partial(Selection, journal), journal.head().position, scope)


def a_table(*rows: tuple[str, ...], headings: tuple[Heading, ...]) -> Table:
    """A table without a title."""
    return Table("", headings, rows)


def a_page(*tables: Table) -> str:
    """A page with one section of tables."""
    return html(Page("page", "book", (), [Section("one", "One", tables=tables)]))


@pytest.fixture(scope="module")
def demo_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the demo's case, written once."""
    folder = tmp_path_factory.mktemp("demo")
    file = folder / "page.html"
    assert run(["--db", str(demo_book(folder)), "report", "-o", str(file), "--case", CASE], debug=False) == 0
    return file


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book that is only read."""
    return desk_book(tmp_path_factory.mktemp("desk"))


# In the browser.


@needs_a_browser
def test_the_page_of_the_demo_opens_without_a_word_on_the_console_and_shows_its_numbers(demo_page: Path) -> None:
    seen = opened(demo_page)

    assert seen.console == ()
    assert "89,544,317.443850891849582027" in seen.dom
    assert "2,651,906.53507042958070438" in seen.dom
    assert seen.dom.count("<svg") == 6
    assert 'aria-sort="none"' in seen.dom
    assert 'type="search"' in seen.dom


@needs_a_browser
def test_a_script_that_is_not_the_pages_own_does_not_run(tmp_path: Path) -> None:
    text = a_page(a_table(("a",), headings=(Heading("name"),))).replace(
        "</main>", "<script>document.title='run'</script></main>"
    )
    (tmp_path / "page.html").write_text(text)

    seen = opened(tmp_path / "page.html")

    assert "<title>run</title>" not in seen.dom
    assert "Content Security Policy" in seen.console[0]


LARGEST, NEXT_TO_IT = f"{AMOUNT_MAX:,}", f"{AMOUNT_MAX - 1:,}"
AMOUNTS: Final = (LARGEST, "-1.5", "", NEXT_TO_IT, "1.10", "1.09", "-20")
WORKED: Final = """
  const [amounts, lenders] = document.querySelectorAll("table.sortable");
  const head = amounts.querySelector("thead th"), sorted = [];
  for (let press = 0; press < 2; press++) {
    head.querySelector("button").click();
    sorted.push([head.getAttribute("aria-sort"), Array.from(amounts.tBodies[0].rows, row => row.cells[0].textContent)]);
  }
  const tools = lenders.closest(".table"), input = tools.querySelector("input[type=search]");
  input.value = "usd LENDER";
  input.dispatchEvent(new Event("input"));
  const left = Array.from(lenders.tBodies[0].rows).filter(row => !row.hidden);
  const filtered = [left.map(row => row.cells[0].textContent), tools.querySelector("[role=status]").textContent];
  document.title = JSON.stringify({sorted, filtered});
  throw Error("heard");
"""
"""Presses the head of the first table twice, types into the filter of the second, and fails."""


class Worked(NamedTuple):
    """What a page showed after it was used, and what the console said."""

    sorted: list[Any]
    filtered: list[Any]
    console: tuple[str, ...]


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    """A page with a table of amounts and one of lenders, on which a script of ours runs after its own."""
    lenders = [(f"lender {number}", "EUR" if number % 2 else "USD") for number in range(8)]
    text = a_page(
        a_table(*((amount,) for amount in AMOUNTS), headings=(Heading("amount", numeric=True),)),
        a_table(*lenders, headings=(Heading("lender"), Heading("asset"))),
    )
    free = re.sub(r"<meta http-equiv[^>]*>", "", text)
    file = tmp_path_factory.mktemp("worked") / "page.html"
    file.write_text(free.replace("</body>", f"<script>{WORKED}</script></body>"), encoding="utf-8")
    seen = opened(file)
    found = re.search(r"<title>(.*?)</title>", seen.dom, re.DOTALL)
    assert found
    return Worked(**json.loads(found[1]), console=seen.console)


@needs_a_browser
def test_amounts_sort_by_all_of_their_digits(worked: Worked) -> None:
    up, down = worked.sorted

    assert up == ["ascending", ["-20", "-1.5", "1.09", "1.10", NEXT_TO_IT, LARGEST, ""]]
    assert down == ["descending", [LARGEST, NEXT_TO_IT, "1.10", "1.09", "-1.5", "-20", ""]]


@needs_a_browser
def test_rows_are_filtered_by_every_word_that_is_typed(worked: Worked) -> None:
    assert worked.filtered == [["lender 0", "lender 2", "lender 4", "lender 6"], "4 of 8 rows"]


@needs_a_browser
def test_the_console_is_heard(worked: Worked) -> None:
    assert "heard" in worked.console[0]


# The file.


def test_a_page_names_nothing_elsewhere(demo_page: Path) -> None:
    text = demo_page.read_text(encoding="utf-8")

    assert not re.findall(r"https?:|//[a-z]|\bsrc=|@import|url\(|<link|<img|<iframe", text)
    assert "default-src &#39;none&#39;" in text


def test_the_same_arguments_make_the_same_bytes(
    demo_page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert page(capsys, demo_book(tmp_path), "--case", CASE) == demo_page.read_text(encoding="utf-8")


def test_whatever_stands_in_a_book_stays_text() -> None:
    table = Table(NASTY, (Heading(NASTY), Heading("n", numeric=True)), ((NASTY, NASTY),), notes=(NASTY,), turned=True)
    section = Section("one", NASTY, NASTY, tables=[table, table._replace(turned=False)], notes=[NASTY])

    text = html(Page(NASTY, NASTY, ((NASTY, NASTY),), [section]))

    assert text.count("<script>") == 1
    assert text.count("&lt;script&gt;") == 21


@pytest.mark.parametrize("paper", [WIDE, NARROW])
def test_a_name_on_a_chart_stays_text(paper: Any) -> None:
    of = [Bar(NASTY, "loss", "0", "1", NASTY, NASTY)]

    drawn = bars(of, paper) + lines([Dot(NASTY, "2022-11-01T00:00:00Z", "1")], paper)

    assert "<script" not in drawn
    assert "&lt;script" in drawn


def test_a_title_is_what_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = recorded(tmp_path / "empty.db", [])

    assert "<h1>Loss &amp; cure</h1>" in page(capsys, book, "--title", "Loss & cure")


def test_a_long_table_says_how_many_rows_it_has_and_which_command_shows_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = "2022-11-01T00:00:00Z"
    deposits = [
        fact("deposited", at, pool="alpha", lender=f"l{number}", assets="1", shares="1") for number in range(2_001)
    ]
    opening = [
        fact("asset-registered", at, asset="EUR", decimals=2),
        fact("pool-opened", at, pool="alpha", asset="EUR", debt="bilateral", waterfall=[{"layer": "hold"}]),
    ]
    text = page(capsys, recorded(tmp_path / "many.db", [*opening, *deposits]))

    assert "the first 2,000 of 2,001 rows; recoup lenders shows all of them" in text
    assert text.count("<td>alpha</td>") == 2_001


# What is asked for.


def test_a_period_in_which_only_something_was_given_back_shows_to_whom(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, at = desk_book(tmp_path), "2022-12-05T09:00:00Z"
    part = {"to": "tranche", "name": "lenders", "amount": "1000"}
    lines_ = [
        fact("recovery-received", at, pool="alpha", case="C1", amount="1000"),
        fact("recovery-allocated", at, pool="alpha", case="C1", parts=[part]),
    ]
    recorded(book, lines_, at="2022-12-06T09:00:00Z")

    text = page(capsys, book, "--period", "2022-12")

    assert "Given back later" in text
    assert re.findall(r"<td>(alice|bob)</td><td>EUR</td><td class=\"number\">(\d+)</td></tr>", text) == [
        ("alice", "6"),
        ("bob", "4"),
    ]
    assert "Recovery waterfall" not in text


def test_a_case_is_shown_from_its_exposure_to_who_bore_it(desk: Path) -> None:
    shown = read(desk, Scope(Asked(), case="C1"))

    (flow,) = shown.flows
    assert [(step.name, step.change, step.after) for step in flow.steps] == [
        ("exposure at default", 50_000, 50_000),
        ("repayments", -20_000, 30_000),
        ("insurance fund", -5_000, 25_000),
        ("lenders", -25_000, 0),
        ("still open", 0, 0),
    ]
    assert [(row.bearer, row.name, row.borne) for row in shown.bearers] == [
        ("tranche", "lenders", 25_000),
        ("fund", "cushion", 5_000),
    ]
    assert [(row.lender, row.losses) for row in shown.losses] == [("alice", 15_000), ("bob", 10_000)]
    assert [row.pool for row in shown.pools] == ["alpha"]
    assert [row.fund for row in shown.funds] == ["cushion"]


def test_a_period_begins_with_what_was_open_and_shows_only_what_moved_in_it(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = page(capsys, desk, "--period", "2022-11-12")

    steps = re.findall(r"<tr><td>([a-z ]+)</td>\s*<td class=\"number\">(-?[0-9.,]*)</td>", text)
    assert steps == [("open before", "300"), ("insurance fund", "-50"), ("still open", "")]
    assert "end of 2022-11-11, UTC" in text


def test_lines_begin_where_the_period_does_and_end_with_what_they_come_to(desk: Path) -> None:
    end = Timestamp("2022-11-30T23:59:59Z")
    shown = read(desk, Scope(Asked(as_of=end), opening=Timestamp("2022-11-11T23:59:59Z")))

    fund, deficit = (line for line in shown.lines if line.name != "fund spare")

    assert (fund.name, fund.points) == (
        "fund cushion",
        (
            Point(Timestamp("2022-11-11T23:59:59Z"), 5_000),
            Point(Timestamp("2022-11-12T00:00:00.5Z"), 0),
            Point(end, 0),
        ),
    )
    assert [point.amount for point in deficit.points] == [0, 30_000, 25_000, 0, 0]


@pytest.mark.parametrize(
    ("arguments", "saying"),
    [
        (("--case", "C9"), "no case C9 in this book at that point"),
        (("--pool", "gamma"), "no pool gamma in this book at that point"),
        (("--pool", "beta", "--case", "C1"), "no case C1 in pool beta at that point"),
        (("--case", "C1", "--as-of", "2022-11-01"), "no case C1 in this book at that point"),
        (("--period", "2022-13"), "no period is called 2022-13"),
        (("--period", "2022", "--case", "C1"), "leave out --period or --case"),
        (("--period", "2022", "--as-of", "2022-11-01"), "leave out --as-of"),
    ],
)
def test_a_slip_of_the_pen_is_refused(
    arguments: tuple[str, ...], saying: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert saying in refused(capsys, desk, *arguments)


@pytest.mark.parametrize("library", ["altair", "jinja2", "vl_convert"])
def test_a_page_without_its_libraries_says_what_to_install(
    library: str, desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)

    assert "pip install 'recoup[html]'" in refused(capsys, desk)


def test_a_book_in_which_nothing_happened_has_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Nothing was in default here" in page(capsys, recorded(tmp_path / "empty.db", []))


def test_a_cure_is_neither_recovered_nor_borne(tmp_path: Path) -> None:
    here = {"pool": "beta", "loan": "L1", "case": "C2"}
    facts = [
        fact("loan-defaulted", "2022-12-05T09:00:00Z", **here, reason="unpaid", principal="3000", interest="0"),
        fact("repaid", "2022-12-06T09:00:00Z", **here, principal="1000"),
        fact("loan-cured", "2022-12-07T09:00:00Z", **here, principal="2000", interest="0", reason="cured"),
    ]
    book = recorded(desk_book(tmp_path), facts, at="2022-12-08T09:00:00Z")

    (figures, *_) = page_of(read(book, Scope(Asked(), case="C2")), "C2", "book").sections

    assert [(figure.label, figure.amount, figure.note) for figure in figures.figures] == [
        ("Owed", "30", "1 case"),
        ("Recovered", "10", "33.33 % of what was owed"),
        ("Cured, goes on", "20", "66.66 % of what was owed"),
        ("Paid by insurance funds", "0", "0.00 % of what was owed"),
        ("Borne by lenders and other loans", "0", "0.00 % of what was owed"),
        ("Still open", "0", "0.00 % of what was owed"),
    ]


def test_key_figures_of_several_pools_stand_in_a_line_for_each() -> None:
    shown = read_in(told(three_pools().facts), Scope(Asked()))

    (figures, *_) = page_of(shown, "three pools", "book").sections
    (by_pool,) = figures.tables

    assert [heading.text for heading in by_pool.headings] == [
        *("pool", "asset", "cases", "owed", "recovered", "cured, goes on"),
        *("funds, reserves, capital", "borne by lenders and other loans", "still open"),
    ]
    assert [row[0] for row in by_pool.rows] == [pool for pool, _ in shown.pool_flows]
    assert len(by_pool.rows) == 3


def test_a_page_is_the_same_with_points_kept_and_without(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = desk_book(tmp_path)
    scope = Scope(Asked(as_of=Timestamp("2022-11-30T23:59:59Z")), opening=Timestamp("2022-11-12T00:00:00Z"))
    with small_steps():
        assert called(capsys, "--db", str(book), "refresh").code == Exit.CLEAN
    views = views_of(Settings(db=str(book), wait=5, debug=False))

    shown = content(views.selection, views.journal.head().position, scope)

    assert shown == read(book, scope)


# Amounts.


def test_the_largest_amount_is_drawn() -> None:
    drawn = bars([Bar("all", "exposure", "0", str(AMOUNT_MAX), brief(AMOUNT_MAX, 0))], WIDE)

    assert "1.15e77" in drawn
    assert "NaN" not in drawn
    assert "Infinity" not in drawn


@pytest.mark.parametrize(
    ("amount", "decimals", "told"),
    [
        (0, 18, "0"),
        (51_000_000, 2, "510,000"),
        (123_456_789, 2, "1,234,567"),
        (99_999, 2, "999.99"),
        (-1_234_567, 6, "-1.2345"),
        (1, 18, "< 0.0001"),
        (-(10**20), 0, "-1.00e20"),
    ],
)
def test_an_amount_beside_a_bar_is_cut_never_rounded_up(amount: int, decimals: int, told: str) -> None:
    assert brief(amount, decimals) == told


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [(29_500, 51_000, "57.84 %"), (2, 3, "66.66 %"), (-1, 3, "-33.33 %"), (0, 5, "0.00 %"), (1, 0, "")],
)
def test_a_share_is_cut_to_hundredths_of_a_per_cent(part: int, whole: int, told: str) -> None:
    assert share(part, whole) == told


@pytest.mark.parametrize("number", [1, POINTS_MAX, POINTS_MAX + 1, 3 * POINTS_MAX + 7, 50 * POINTS_MAX])
def test_a_long_line_keeps_its_first_last_lowest_and_highest_points(number: int) -> None:
    amounts = [at * 7_919 % 104_729 for at in range(number)]
    points = tuple(Point(Timestamp(f"2022-11-01T00:00:00.{at:09}Z"), amount) for at, amount in enumerate(amounts))

    drawn = Line("line", "EUR", points).drawn()

    assert len(drawn) <= POINTS_MAX + 4
    assert (drawn[0], drawn[-1]) == (points[0], points[-1])
    assert {min(amounts), max(amounts)} <= {point.amount for point in drawn}
    assert list(drawn) == sorted(drawn)


# On any history.


def booked(journal: Any, asked: Asked) -> dict[str, int]:
    """The cash of every fund, and of every pool the open deficit, as the accounts have them."""
    selection = Selection(journal, asked)
    balances = BalancesFold(selection.charters)
    fold(selection, [balances])
    found: dict[str, int] = defaultdict(int)
    for row in balances.rows():
        kind, name, holds, *_ = [*row.account.split(":"), ""]
        if holds == "deficit" or (kind == "assets" and holds == "cash" and name in selection.charters.funds):
            found[f"{holds} {name}"] += row.debit - row.credit
    return {name: amount for name, amount in found.items() if amount}


def reached(journal: Journal, times: list[Timestamp]) -> list[dict[str, int]]:
    """What the series of all that a journal shows have reached at each time, as `booked` names it."""
    selection = Selection(journal, Asked())
    series = Series(selection.charters)
    series.read(selection)
    charters = selection.charters
    named = [(f"cash {line.name[5:]}", line) for line in series.funds(charters.funds)]
    named += [(f"deficit {pool}", line) for pool in charters.pools for line in series.deficits([pool])]
    return [
        {name: amount for name, line in named if (amount := between(line, BEFORE_ALL, at).points[-1].amount)}
        for at in times
    ]


@given(histories(), st.lists(TIMES_ASKED, min_size=1, max_size=3))
@settings(HISTORIES, max_examples=HISTORIES.max_examples // 4)
def test_at_every_time_a_line_stands_where_the_accounts_do_as_of_that_time(
    history: History, times: list[Timestamp]
) -> None:
    journal = told(history)

    assert reached(journal, times) == [booked(journal, Asked(at)) for at in times]


def became(shown: Content) -> dict[str, tuple[int, ...]]:
    """What was owed of each asset, what is open of it, and what its tranches bore, as the waterfall and lenders say."""
    kinds: tuple[Kind, ...] = ("recovered", "cured", "protection", "loss", "open")
    return {
        flow.asset: (
            sum(flow.total(kind) for kind in kinds),
            flow.total("open"),
            sum(row.losses for row in shown.losses if row.asset == flow.asset),
        )
        for flow in shown.flows
    }


def told_otherwise(shown: Content) -> dict[str, tuple[int, ...]]:
    """The same as exposure, as the register of bad debt and by the tranches."""
    tranches = [row for row in shown.bearers if row.bearer == "tranche"]
    return {
        flow.asset: (
            flow.total("exposure"),
            sum(row.in_default + row.open for row in shown.deficits if row.asset == flow.asset),
            sum(row.borne for row in tranches if row.asset == flow.asset),
        )
        for flow in shown.flows
    }


@given(histories(), TIMES_ASKED, TIMES_ASKED)
@settings(HISTORIES, max_examples=HISTORIES.max_examples // 5)
def test_what_was_owed_is_recovered_cured_borne_or_open_in_every_asset(
    history: History, opening: Timestamp, as_of: Timestamp
) -> None:
    shown = read_in(told(history), Scope(Asked(as_of=as_of), opening=opening))

    assert became(shown) == told_otherwise(shown)


def recovered_and_cured(journal: Journal) -> dict[str, tuple[int, int]]:
    """What of each asset was recovered before a loss or off the deficit, and what was cured or stayed behind."""
    off_the_deficit = Counter[str]()
    for row in rows_of("deficits", journal):
        off_the_deficit[row["asset"]] += row["recovered"]
    sources = ("collateral", "guaranteed", "repaid", "transferred")
    totals = [row for row in rows_of("recovery", journal) if not row["case"]]
    found = {
        row["asset"]: (
            sum(row[source] for source in sources) + off_the_deficit[row["asset"]],
            row["cured"] + row["residual"],
        )
        for row in totals
    }
    return {asset: amounts for asset, amounts in found.items() if any(amounts)}


def on_the_page(journal: Journal) -> dict[str, tuple[int, int]]:
    """What was recovered and what was cured of each asset, as the waterfall says."""
    rows = (DeficitRow(**row) for row in rows_of("deficits", journal))
    found = {flow.asset: (flow.total("recovered"), flow.total("cured")) for flow in flows(rows)}
    return {asset: amounts for asset, amounts in found.items() if any(amounts)}


@given(histories())
@settings(HISTORIES, max_examples=HISTORIES.max_examples // 4)
def test_recovered_and_cured_are_what_the_report_of_recoveries_says(history: History) -> None:
    journal = told(history)

    assert on_the_page(journal) == recovered_and_cured(journal)


@given(histories())
@settings(HISTORIES, max_examples=HISTORIES.max_examples // 10)
def test_the_losses_of_a_case_come_to_what_its_tranches_bore(history: History) -> None:
    shown = read_in(told(history), Scope(Asked(), case=A_CASE))

    assert sum(row.losses for row in shown.losses) == sum(row.borne for row in shown.bearers if row.bearer == "tranche")
    assert [line.points[-1].amount for line in shown.lines if line.name == "unrecovered"] == [
        step.remaining for step in shown.steps[-1:]
    ]


def test_every_kind_of_step_has_its_colour() -> None:
    assert len(set(COLOURS.values())) == len(get_args(Kind))
    assert {*COLOURS} == {*get_args(Kind)}
