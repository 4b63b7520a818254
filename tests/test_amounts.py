"""Amounts for people: exact at any size, with the same number of decimals down a column."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.amounts import aligned, in_base_units, in_units

LARGEST = 2**256 - 1

AMOUNTS = st.one_of(st.integers(-5, 5), st.integers(-LARGEST, LARGEST))
DECIMALS = st.one_of(st.sampled_from([0, 2, 6, 18]), st.integers(0, 255))
COLUMNS = st.lists(st.none() | st.tuples(AMOUNTS, DECIMALS), max_size=8)


def read(text: str, decimals: int) -> int:
    """The amount in base units that a text in units says."""
    whole, _, fraction = text.replace(",", "").partition(".")
    return int(whole + fraction.ljust(decimals, "0"))


def places(text: str) -> int:
    """How many decimals a text shows."""
    return len(text.partition(".")[2])


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (0, 0, "0"),
        (0, 18, "0"),
        (7, 0, "7"),
        (999, 0, "999"),
        (1000, 0, "1,000"),
        (1234567, 0, "1,234,567"),
        (1234567, 2, "12,345.67"),
        (1234560, 2, "12,345.6"),
        (1234500, 2, "12,345"),
        (1, 2, "0.01"),
        (1, 18, "0.000000000000000001"),
        (10**18, 18, "1"),
        (10**18 + 1, 18, "1.000000000000000001"),
        (-1, 2, "-0.01"),
        (-100, 2, "-1"),
        (-123456, 2, "-1,234.56"),
        (1, 255, "0." + "0" * 254 + "1"),
        (
            LARGEST,
            0,
            "115,792,089,237,316,195,423,570,985,008,687,907,853,269,984,665,640,564,039,457,584,007,913,129,639,935",
        ),
        (
            LARGEST,
            18,
            "115,792,089,237,316,195,423,570,985,008,687,907,853,269,984,665,640,564,039,457.584007913129639935",
        ),
        (
            -LARGEST,
            6,
            "-115,792,089,237,316,195,423,570,985,008,687,907,853,269,984,665,640,564,039,457,584,007,913,129.639935",
        ),
    ],
)
def test_an_amount_in_units_has_the_decimals_it_needs(amount: int, decimals: int, text: str) -> None:
    assert in_units(amount, decimals) == text


@pytest.mark.parametrize(
    ("amount", "decimals", "shown", "text"),
    [
        (0, 2, 2, "0.00"),
        (0, 2, 0, "0"),
        (100, 2, 0, "1"),
        (100, 2, 2, "1.00"),
        (120, 2, 1, "1.2"),
        (120, 2, 2, "1.20"),
        (-5, 3, 3, "-0.005"),
        (1, 18, 18, "0.000000000000000001"),
    ],
)
def test_an_amount_in_units_has_the_decimals_asked_for(amount: int, decimals: int, shown: int, text: str) -> None:
    assert in_units(amount, decimals, shown) == text


@given(AMOUNTS, DECIMALS)
def test_the_text_of_an_amount_is_read_back_as_the_same_integer(amount: int, decimals: int) -> None:
    assert read(in_units(amount, decimals), decimals) == amount


@given(AMOUNTS, DECIMALS, st.integers(0, 255))
def test_more_decimals_than_needed_change_no_amount(amount: int, decimals: int, more: int) -> None:
    shown = min(places(in_units(amount, decimals)) + more, decimals)
    text = in_units(amount, decimals, shown)
    assert read(text, decimals) == amount
    assert places(text) == shown


@given(AMOUNTS, DECIMALS)
def test_the_text_of_an_amount_is_grouped_by_thousands_and_ends_in_no_idle_zero(amount: int, decimals: int) -> None:
    assert re.fullmatch(r"-?(0|[1-9][0-9]{0,2}(,[0-9]{3})*)(\.[0-9]*[1-9])?", in_units(amount, decimals))


def test_a_column_has_as_many_decimals_as_its_most_exact_amount() -> None:
    column = [(12_500_000, 6), (1, 6), (0, 6), (-3_000_000, 6)]
    assert aligned(column) == ["12.500000", "0.000001", "0", "-3.000000"]


def test_amounts_of_other_decimals_do_not_lengthen_each_other() -> None:
    column = [(1, 18), (1_500_000, 6), (20_000_000, 6), (7, 0), (10**18, 18)]
    assert aligned(column) == ["0.000000000000000001", "1.5", "20.0", "7", "1.000000000000000000"]


def test_whole_amounts_show_no_decimals() -> None:
    assert aligned([(10**18, 18), (2 * 10**21, 18)]) == ["1", "2,000"]


def test_where_there_is_no_amount_the_cell_is_empty() -> None:
    assert aligned([None, (150, 2), None, (0, 2)]) == ["", "1.5", "", "0"]


def test_a_column_without_rows_has_no_cells() -> None:
    assert aligned([]) == []


@given(COLUMNS)
def test_every_amount_of_a_column_is_read_back_as_the_same_integer(column: list[tuple[int, int] | None]) -> None:
    texts = aligned(column)
    assert [None if text == "" else read(text, one[1]) for text, one in zip(texts, column, strict=True) if one] == [
        one[0] for one in column if one
    ]
    assert [text == "" for text in texts] == [one is None for one in column]


@given(COLUMNS, DECIMALS)
def test_the_amounts_of_one_asset_in_a_column_have_their_points_under_each_other(
    column: list[tuple[int, int] | None], decimals: int
) -> None:
    texts = aligned([*column, (1, decimals)])
    alike = [text for text, one in zip(texts, [*column, (1, decimals)], strict=True) if one and one[1] == decimals]
    assert {places(text) for text in alike if text != "0"} == {decimals}


# Amounts that people write.


@given(st.integers(0, LARGEST), DECIMALS)
def test_an_amount_written_in_units_is_read_as_the_same_amount(amount: int, decimals: int) -> None:
    text = in_units(amount, decimals).replace(",", "")
    assert in_base_units(text, decimals, "EUR") == str(amount)


@given(st.integers(0, LARGEST), DECIMALS, st.integers(1, 9))
def test_an_amount_with_more_decimals_than_its_asset_is_refused(amount: int, decimals: int, more: int) -> None:
    text = in_units(amount, decimals + more, shown=decimals + more).replace(",", "")
    with pytest.raises(ValueError, match=f"more decimals than EUR's {decimals}"):
        in_base_units(text, decimals, "EUR")


@given(st.integers(1000, LARGEST), DECIMALS, st.sampled_from(",_' \N{NO-BREAK SPACE}\N{THIN SPACE}"))
def test_an_amount_with_separated_thousands_is_refused(amount: int, decimals: int, separator: str) -> None:
    text = f"{amount:,}".replace(",", separator)
    with pytest.raises(ValueError, match="separators between its digits"):
        in_base_units(text, decimals, "EUR")


@pytest.mark.parametrize(
    "text", ["", ".", "1.", ".5", "+1", "-1", "01", "1e3", "0x1", " 1", "1\n", "one", "1.2.3", "∞"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no amount in units"):
        in_base_units(text, 2, "EUR")
