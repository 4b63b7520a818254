"""Tables for people: exact at any width, right-aligned, with the columns that say nothing left out and named."""

import io
import re
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.amounts import printable
from cli.columns import Column, case_columns, columns, columns_of
from cli.tables import caption, print_columns, print_table
from ledger.accounts import Charters
from ledger.values import Json, TrancheId
from projections.balances import TrialBalanceRow
from projections.case import CaseRow
from projections.entries import EventRow
from projections.funds import FundRow
from projections.loans import LoanRow
from projections.pools import PoolRow
from projections.rows import Quantity, Units, Wad
from tests.story import ETH, a_pool

CHARTERS: Final = a_pool().books.charters
"""USD with 6 decimals, ETH with 18, a pool and a fund in USD."""

HEAD: Final[Json] = {"schema": "recoup.funds/1", "book": "book.db", "position": 7}
"""What stands before the rows of a report."""

STYLES: Final = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def lines_of(out: io.StringIO) -> list[str]:
    return [line.rstrip() for line in STYLES.sub("", out.getvalue()).splitlines()]


def piped(*shown: Column) -> list[str]:
    """The lines of columns that are printed into a pipe, without the spaces at their ends."""
    out = io.StringIO()
    print_columns(shown, out)
    return lines_of(out)


def on_terminal(monkeypatch: pytest.MonkeyPatch, width: int, *shown: Column) -> list[str]:
    """The lines of columns that are printed on a terminal of a width, without the spaces at their ends."""
    monkeypatch.setenv("COLUMNS", str(width))
    out = Terminal()
    print_columns(shown, out)
    return lines_of(out)


def numbers(name: str, *cells: str) -> Column:
    return Column(name, list(cells), numeric=True)


def cells(row: tuple[object, ...], charters: Charters = CHARTERS) -> dict[str, str]:
    """The cells of one row, by the names of their columns."""
    return {one.name: one.cells[0] for one in columns([row], type(row), charters)}


# Alignment.


def test_text_stands_left_and_numbers_right_under_their_headings() -> None:
    assert piped(
        Column("lender", ["al", "barbara"]), numbers("balance", "1.50", "1,000.00"), Column("asset", ["EUR", "USD"])
    ) == [
        "lender    balance  asset",
        "────────────────────────",
        "al           1.50  EUR",
        "barbara  1,000.00  USD",
    ]


def test_a_heading_has_spaces_for_the_underscores_of_its_name() -> None:
    assert piped(Column("opened_at", ["today"]), numbers("age_days", "7"))[0] == "opened at  age days"


def test_a_table_without_rows_says_so_and_names_nothing_as_zero() -> None:
    out = io.StringIO()
    print_table([], FundRow, CHARTERS, HEAD, out)
    assert out.getvalue() == "funds of book.db, position 7\nno rows\n"


# What a table is of.


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ({}, "funds of book.db, position 7"),
        ({"as_of": None, "known_at": None, "late": 0}, "funds of book.db, position 7"),
        (
            {"as_of": "2022-11-30T00:00:00Z", "known_at": None, "late": 0},
            "funds of book.db, position 7, as of 2022-11-30T00:00:00Z",
        ),
        (
            {"as_of": None, "known_at": "2022-12-01T00:00:00Z", "late": 0},
            "funds of book.db, position 7, known at 2022-12-01T00:00:00Z",
        ),
        (
            {"as_of": "2022-11-30T00:00:00Z", "known_at": "2022-12-01T00:00:00Z", "late": 3},
            "funds of book.db, position 7, as of 2022-11-30T00:00:00Z, known at 2022-12-01T00:00:00Z, 3 late",
        ),
        ({"late": 0, "adjusted": 0}, "funds of book.db, position 7"),
        ({"late": 0, "adjusted": 1}, "funds of book.db, position 7, 1 adjusted"),
        (
            {"as_of": "2022-11-30T00:00:00Z", "late": 3, "adjusted": 12},
            "funds of book.db, position 7, as of 2022-11-30T00:00:00Z, 3 late, 12 adjusted",
        ),
        ({"schema": "recoup.trial-balance/1", "position": 0}, "trial balance of book.db, position 0"),
    ],
)
def test_a_caption_says_what_is_shown_and_as_of_when(head: Json, said: str) -> None:
    assert caption(HEAD | head) == said


def test_the_name_of_a_book_cannot_disturb_the_terminal() -> None:
    out = Terminal()
    print_table([], FundRow, CHARTERS, HEAD | {"book": "\x1b[2J\n.db"}, out)
    assert out.getvalue() == "funds of \ufffd[2J\ufffd.db, position 7\nno rows\n"


# Columns that say nothing.


def test_columns_of_zeros_and_empty_columns_are_left_out_and_named() -> None:
    assert piped(
        Column("lender", ["alice", "bob"]),
        numbers("earned", "0", "0"),
        numbers("deposited", "0", "5"),
        Column("note", ["", ""]),
        numbers("age_days", "", ""),
        numbers("lost", "", "0"),
    ) == [
        "lender  deposited",
        "─────────────────",
        "alice           0",
        "bob             5",
        "zero or empty throughout: earned, note, age days, lost",
    ]


@pytest.mark.parametrize("name", ["balance", "debt", "open"])
def test_what_a_reader_looks_for_is_shown_at_zero_too(name: str) -> None:
    shown = piped(Column("lender", ["alice"]), numbers(name, "0"))
    assert shown[0] == f"lender  {name}"
    assert len(shown) == 3


def test_a_text_of_zero_is_no_number() -> None:
    assert piped(Column("lender", ["0"]), numbers("balance", "1"))[2] == "0             1"


def test_where_all_is_shown_nothing_is_named() -> None:
    assert len(piped(Column("lender", ["alice"]), numbers("deposited", "1"))) == 3


# Width.

WIDE: Final = numbers("deposited", "111,111,111.111111", "222.222222", "3.000000", "4.000000")
NAMES: Final = Column("lender", ["alice", "bob", "carol", "dave"])


def first(number: int, *shown: Column) -> list[Column]:
    """The first rows of columns."""
    return [one._replace(cells=one.cells[:number]) for one in shown]


def test_up_to_three_rows_that_are_too_wide_are_turned_on_their_side(monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_terminal(monkeypatch, 20, *first(3, NAMES, WIDE)) == [
        "lender                  alice         bob     carol",
        "deposited  111,111,111.111111  222.222222  3.000000",
    ]


def test_four_rows_keep_their_width(monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_terminal(monkeypatch, 20, NAMES, WIDE) == [
        "lender           deposited",
        "──────────────────────────",
        "alice   111,111,111.111111",
        "bob             222.222222",
        "carol             3.000000",
        "dave              4.000000",
    ]


def test_a_table_that_fits_is_not_turned(monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_terminal(monkeypatch, 26, *first(1, NAMES, WIDE)) == [
        "lender           deposited",
        "──────────────────────────",
        "alice   111,111,111.111111",
    ]


def test_a_pipe_is_120_wide_whatever_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert piped(Column("one", ["x" * 59]), Column("two", ["y" * 59]))[2] == f"{'x' * 59}  {'y' * 59}"
    assert piped(Column("one", ["x" * 60]), Column("two", ["y" * 59]))[0] == f"one  {'x' * 60}"


TALL: Final = st.integers(1, 6).flatmap(
    lambda rows: st.lists(
        st.tuples(
            st.from_regex(r"[a-z]{1,12}", fullmatch=True),
            st.lists(st.from_regex(r"[1-9][0-9,]{0,40}(\.[0-9]{1,20})?", fullmatch=True), min_size=rows, max_size=rows),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(TALL, st.integers(1, 200))
def test_every_cell_is_shown_whole_at_any_width(
    monkeypatch: pytest.MonkeyPatch, found: list[tuple[str, list[str], bool]], width: int
) -> None:
    shown = [Column(name, values, numeric=numeric) for name, values, numeric in found]
    words = " ".join(on_terminal(monkeypatch, width, *shown)).split()
    expected = [word for name, values, _ in found for word in (name, *values)]
    assert sorted(word for word in words if not word.startswith("─")) == sorted(expected)


def test_a_turned_table_with_headings_of_several_words_is_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_terminal(monkeypatch, 20, *first(1, Column("share_price_of_it", ["1.234567890"]), WIDE))
    assert shown == ["share price of it         1.234567890", "deposited          111,111,111.111111"]


@pytest.mark.parametrize("width", [20, 40])
def test_an_upright_table_with_headings_of_several_words_is_shown_whole(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = on_terminal(monkeypatch, width, NAMES, WIDE, numbers("age_in_whole_days", "211", "210", "209", "208"))
    assert shown[0] == "lender           deposited  age in whole days"
    assert shown[2] == "alice   111,111,111.111111                211"


def test_long_text_is_wrapped_and_loses_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(f"word{number}" for number in range(60))
    wrapped = Column("event", [text] * 4, wrapped=True)
    _, _, *body = on_terminal(monkeypatch, 20, numbers("position", "1", "2", "3", "4"), wrapped)
    assert max(len(line) for line in body) <= len("position") + 2 + 60
    assert " ".join(body).split().count("word59") == 4
    assert [word for word in " ".join(body).split() if word.startswith("word")] == text.split() * 4


def test_a_word_longer_than_the_column_is_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    wrapped = Column("event", ["x" * 200] * 4, wrapped=True)
    assert "".join(on_terminal(monkeypatch, 20, NAMES, wrapped)).count("x") == 800


# More than a thousand rows.

FEW: Final = 1_000
"""As many rows as are drawn."""


def repeated(number: int, *shown: Column) -> list[Column]:
    """Columns of so many rows, in which the cells come again and again."""
    return [one._replace(cells=(one.cells * number)[:number]) for one in shown]


LONG: Final = (
    Column("lender", ["alice", "bob [bold]", "ca\ufffdrol"]),
    numbers("balance", "0", "1,000.50", "2.00"),
    Column("opened_at", ["2022-11-22T13:31:23Z", "", ""]),
    numbers("age_days", "", "7", "12"),
    numbers("earned", "0", "0", ""),
    Column("asset", ["EUR", "USD", "shares:pool:lenders"]),
    Column("note", ["", "", ""]),
)


def test_a_long_table_has_the_layout_of_a_short_one() -> None:
    heading, rule, *body, left_out = piped(*repeated(FEW + 2, *LONG))
    assert [heading, rule, *body[:FEW], left_out] == piped(*repeated(FEW, *LONG))
    assert body[FEW:] == body[1:3]
    assert [heading, *body[:3], left_out] == [
        "lender       balance  opened at             age days  asset",
        "alice              0  2022-11-22T13:31:23Z            EUR",
        "bob [bold]  1,000.50                               7  USD",
        "ca\ufffdrol          2.00                              12  shares:pool:lenders",
        "zero or empty throughout: earned, note",
    ]


@pytest.mark.parametrize("width", [20, 400])
def test_a_long_table_is_the_same_on_a_terminal_of_any_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = repeated(FEW + 1, *LONG)
    assert on_terminal(monkeypatch, width, *shown) == piped(*shown)


def test_twenty_thousand_rows_are_written_plainly_and_whole() -> None:
    row = FundRow("f", "USD", Units(1_500_000), Units(20_000_001), Units(0), Units(0), Units(0), Units(0))
    out = Terminal()
    print_table([row] * 20_000, FundRow, CHARTERS, HEAD, out)
    assert out.getvalue() == (
        "funds of book.db, position 7\n"
        "fund  asset  balance  contributed\n"
        "─────────────────────────────────\n"
        + "f     USD        1.5    20.000001\n" * 20_000
        + "zero or empty throughout: withdrawn, drawn, reimbursed, adjusted\n"
    )


def test_a_short_table_on_a_terminal_is_drawn_with_its_headings_in_bold() -> None:
    out = Terminal()
    print_columns(repeated(FEW, *LONG), out)
    assert out.getvalue().startswith("\x1b[1mlender")


def test_long_text_in_a_long_table_stands_whole_in_one_line() -> None:
    text = " ".join(f"word{number}" for number in range(60))
    _, _, *body = piped(*repeated(FEW + 1, numbers("position", "1"), Column("event", [text], wrapped=True)))
    assert body == [f"       1  {text}"] * (FEW + 1)


def test_one_long_text_does_not_lengthen_the_other_lines_of_a_long_table() -> None:
    out = io.StringIO()
    texts = ["x" * 10_000, *["y"] * FEW]
    print_columns([*repeated(FEW + 1, numbers("position", "1")), Column("event", texts, wrapped=True)], out)
    assert len(out.getvalue()) < 100_000


def test_characters_of_two_places_are_aligned_in_a_long_table_as_in_a_short_one() -> None:
    shown = (Column("lender", ["東京", "bob"]), Column("asset", ["EUR"]))
    assert piped(*repeated(FEW + 1, *shown))[: FEW + 2] == piped(*repeated(FEW, *shown))


# What rows hold.


def test_an_amount_has_the_decimals_of_its_row_s_asset() -> None:
    usd = FundRow("f", "USD", Units(1_500_000), Units(2_000_001), Units(0), Units(0), Units(0), Units(0))
    eth = usd._replace(asset="ETH", balance=Units(10**18), contributed=Units(1))
    found = {one.name: one for one in columns([usd, eth], FundRow, CHARTERS)}
    assert found["balance"] == numbers("balance", "1.5", "1")
    assert found["contributed"] == numbers("contributed", "2.000001", "0.000000000000000001")
    assert found["withdrawn"].is_zero()
    assert not found["fund"].numeric


def test_an_amount_of_an_asset_that_is_not_known_has_no_decimals() -> None:
    assert (
        cells(FundRow("f", "XYZ", Units(1_500_000), Units(0), Units(0), Units(0), Units(0), Units(0)))["balance"]
        == "1,500,000"
    )


LOAN: Final = LoanRow("pool", "loan", "borrower", "USD", "performing", Units(1), Units(0), Units(1), {})


def test_collateral_has_a_column_for_each_asset_with_its_decimals() -> None:
    held = {"USD": Quantity(25), "ETH": Quantity(15 * 10**17)}
    found = cells(LOAN._replace(collateral=held))
    assert list(found)[-3:] == ["debt", "collateral ETH", "collateral USD"]
    assert (found["collateral ETH"], found["collateral USD"]) == ("1.5", "0.000025")
    assert list(cells(LOAN))[-1] == "debt"


def test_shares_held_as_collateral_have_no_decimals() -> None:
    held = {"shares:pool:lenders": Quantity(15)}
    assert cells(LOAN._replace(collateral=held))["collateral shares:pool:lenders"] == "15"


def test_a_column_of_a_name_is_empty_where_a_row_does_not_have_it() -> None:
    loans = [LOAN._replace(collateral={"ETH": Quantity(10**18)}), LOAN, LOAN._replace(collateral={"USD": Quantity(0)})]
    found = {one.name: one for one in columns(loans, LoanRow, CHARTERS)}
    assert found["collateral ETH"] == numbers("collateral ETH", "1", "", "")
    assert found["collateral USD"] == numbers("collateral USD", "", "", "0")
    assert found["collateral USD"].is_zero()


POOL_ROW: Final = PoolRow(
    pool="pool",
    asset="USD",
    **dict.fromkeys(("cash", "loans", "interest", "defaulted", "deficit", "allowance"), Units(0)),
    claims={"lenders": Units(2_500_000), "junior": Units(1)},
    **dict.fromkeys(("reserve", "rounding", "surplus", "recoveries", "restitution", "unrealized"), Units(0)),
    share_price={"lenders": Wad(1_002_000_000_000_000_000), "junior": None},
)


def test_claims_and_prices_have_a_column_for_each_tranche() -> None:
    found = {one.name: one for one in columns([POOL_ROW], PoolRow, CHARTERS)}
    assert found["claims junior"] == numbers("claims junior", "0.000001")
    assert found["claims lenders"] == numbers("claims lenders", "2.5")
    assert found["share_price junior"] == numbers("share_price junior", "")
    assert found["share_price lenders"] == numbers("share_price lenders", "1.002")
    assert found["share_price lenders"].heading == "share price lenders"


def test_a_tranche_that_is_named_like_an_asset_has_the_decimals_of_its_pool() -> None:
    charters = a_pool(tranches=(TrancheId(ETH),)).books.charters
    row = POOL_ROW._replace(claims={"ETH": Units(2_500_000)}, share_price={"ETH": Wad(10**18)})
    found = cells(row, charters)
    assert (found["claims ETH"], found["share_price ETH"]) == ("2.5", "1")


BALANCES: Final = [
    TrialBalanceRow("assets:pool:cash", "USD", Units(2_500_000), Units(0)),
    TrialBalanceRow("assets:vault:cash", "ETH", Units(10**18), Units(0)),
    TrialBalanceRow("equity:fund", "USD", Units(0), Units(1_000_000)),
    TrialBalanceRow("liabilities:pool", "USD", Units(0), Units(1_500_000)),
]


def test_a_trial_balance_ends_with_the_total_of_each_commodity() -> None:
    assert columns_of(BALANCES, TrialBalanceRow, CHARTERS) == [
        Column(
            "account",
            ["assets:pool:cash", "assets:vault:cash", "equity:fund", "liabilities:pool", "total", "total"],
        ),
        Column("commodity", ["USD", "ETH", "USD", "USD", "ETH", "USD"]),
        numbers("debit", "2.5", "1", "0", "0", "1", "2.5"),
        numbers("credit", "0", "0", "1.0", "1.5", "0", "2.5"),
    ]


EVENT: Final = EventRow(
    position=7,
    recorded_at="2022-12-01T09:00:00Z",
    recorded_by="treasury",
    type="pool-opened",
    at="2022-11-22T13:31:23Z",
    id="p",
    event={"type": "pool-opened", "at": "2022-11-22T13:31:23Z", "id": "p", "pool": "pool", "asset": "USD"},
)


def test_the_fields_of_an_event_stand_beside_the_columns_it_has() -> None:
    found = cells(EVENT)
    assert found["event"] == "pool=pool, asset=USD"
    assert found["position"] == "7"
    assert found["type"] == "pool-opened"


def test_a_list_in_an_event_is_shown_in_compact_json() -> None:
    layers = [{"layer": "fund", "fund": "Zürich"}, {"layer": "hold"}]
    shown = cells(EVENT._replace(event={"pool": "pool", "waterfall": layers, "decimals": 6}))["event"]
    assert shown == 'pool=pool, waterfall=[{"layer":"fund","fund":"Zürich"},{"layer":"hold"}], decimals=6'


# Text that would disturb.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("one two", "one two"),
        ("[bold]loud[/bold] :smile:", "[bold]loud[/bold] :smile:"),
        ("Zürich 東京", "Zürich 東京"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("a\nb\r\tc", "a\ufffdb\ufffd\ufffdc"),
        ("bell\x07", "bell\ufffd"),
        ("\u202eback", "\ufffdback"),
        ("\x9b31mred", "\ufffd31mred"),
    ],
)
def test_what_would_move_the_cursor_or_colour_the_terminal_is_replaced(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_any_text_becomes_printable_and_keeps_its_length(text: str) -> None:
    assert printable(text).isprintable()
    assert len(printable(text)) == len(text)


def test_markup_in_a_cell_is_text() -> None:
    assert piped(Column("memo", ["[bold]loud[/bold] :smile: [link=http://x]y[/link]"]))[2] == (
        "[bold]loud[/bold] :smile: [link=http://x]y[/link]"
    )


def test_a_memo_cannot_disturb_the_table_it_stands_in() -> None:
    out = Terminal()
    row = EVENT._replace(event={"memo": "\x1b[2J\nx"}, recorded_by="\x1b]0;t\x07")
    print_table([row], EventRow, CHARTERS, HEAD, out)
    assert "memo=\ufffd[2J\ufffdx" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()
    assert "\x1b]0;" not in out.getvalue()


def test_a_memo_cannot_disturb_a_long_table_either() -> None:
    out = Terminal()
    row = EVENT._replace(event={"memo": "\x1b[2J\nx"}, recorded_by="\x1b]0;t\x07")
    print_table([row] * (FEW + 1), EventRow, CHARTERS, HEAD, out)
    assert out.getvalue().count("memo=\ufffd[2J\ufffdx") == FEW + 1
    assert "\x1b" not in out.getvalue()


# A case.


def step(position: int, event: str, source: str, available: int | None, borne: int, remaining: int) -> CaseRow:
    at = f"2022-11-22T00:00:{position:02}Z"
    known = None if available is None else Units(available)
    return CaseRow(event, position, at, source, "USD", known, Units(borne), Units(remaining))


CASE_COLUMNS: Final = ["event", "source", "at", "through", "steps", "available", "borne", "remaining", "asset"]
STEPS: Final = [
    step(1, "loan-defaulted", "exposure", None, 0, 9_000_000),
    step(2, "collateral-sold", "collateral", 1_000_000, 1_000_000, 8_000_000),
    step(3, "collateral-sold", "collateral", 2_500_000, 2_000_000, 6_000_000),
    step(4, "collateral-sold", "secondary", 1, 1, 5_999_999),
    step(5, "collateral-sold", "collateral", 1_000_000, 1_000_000, 4_999_999),
    step(6, "case-closed", "closed", None, 0, 4_999_999),
]


def test_the_steps_of_one_kind_in_a_row_stand_in_one_line_with_their_sums() -> None:
    found = {one.name: one.cells for one in case_columns(STEPS, CHARTERS)}
    assert list(found) == CASE_COLUMNS
    assert found["event"] == [STEPS[0].event, *["collateral-sold"] * 3, "case-closed"]
    assert found["source"] == ["exposure", "collateral", "secondary", "collateral", "closed"]
    assert found["steps"] == ["1", "2", "1", "1", "1"]
    assert found["available"] == ["", "3.500000", "0.000001", "1.000000", ""]
    assert found["borne"] == ["0", "3.000000", "0.000001", "1.000000", "0"]
    assert found["remaining"] == ["9.000000", "6.000000", "5.999999", "4.999999", "4.999999"]
    assert [at[-3:] for at in found["at"]] == ["01Z", "02Z", "04Z", "05Z", "06Z"]
    assert found["through"] == ["", "2022-11-22T00:00:03Z", "", "", ""]
    assert found["asset"] == ["USD"] * 5


@pytest.mark.parametrize("event", ["fund-drawn", "bad-debt-socialized"])
def test_what_a_source_with_a_balance_had_is_what_it_had_at_the_first_of_its_steps(event: str) -> None:
    steps = [
        step(1, event, "source", 5_000_000, 2_000_000, 3_000_000),
        step(2, event, "source", 3_000_000, 1_500_000, 1_500_000),
    ]
    found = {one.name: one.cells for one in case_columns(steps, CHARTERS)}
    assert found["steps"] == ["2"]
    assert (found["available"], found["borne"], found["remaining"]) == (["5"], ["3.5"], ["1.5"])


def test_a_table_of_steps_is_a_case() -> None:
    out = io.StringIO()
    print_table(STEPS, CaseRow, CHARTERS, HEAD | {"schema": "recoup.case/1"}, out)
    shown = lines_of(out)
    assert shown[0] == "case of book.db, position 7"
    assert shown[1].split() == CASE_COLUMNS
    assert len(shown) == 8


def test_a_table_of_other_rows_has_their_columns() -> None:
    out = io.StringIO()
    print_table(
        [FundRow("f", "USD", Units(1), Units(1), Units(0), Units(0), Units(0), Units(0))], FundRow, CHARTERS, HEAD, out
    )
    assert lines_of(out) == [
        "funds of book.db, position 7",
        "fund  asset   balance  contributed",
        "──────────────────────────────────",
        "f     USD    0.000001     0.000001",
        "zero or empty throughout: withdrawn, drawn, reimbursed, adjusted",
    ]
