"""How the other side writes: amounts in every dialect, dates by every pattern, profiles and all mistakes in them."""

from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.values import AMOUNT_MAX
from projections.reconciliation.items import SourceRefused
from projections.reconciliation.rules import Rules
from projections.reconciliation.sources.amounts import SEPARATORS, base_reader, units_reader
from projections.reconciliation.sources.dates import Dates, mistake_of
from projections.reconciliation.sources.profile import Profile, profile_of

BANK: Final = """
delimiter = ";"
unit = "units"
[columns]
date = "Datum"
amount = "Betrag"
"""

SIGNED: Final[dict[str, Callable[[str, int], str]]] = {
    "plain": (lambda digits, sign: ("-" if sign < 0 else "") + digits),
    "plus": (lambda digits, sign: ("-" if sign < 0 else "+") + digits),
    "trailing": (lambda digits, sign: digits + ("-" if sign < 0 else "")),
    "trailing plus": (lambda digits, sign: digits + ("-" if sign < 0 else "+")),
    "parentheses": (lambda digits, sign: f"({digits})" if sign < 0 else digits),
    "typographer's minus": (lambda digits, sign: ("\u2212" if sign < 0 else "") + digits),
    "typographer's minus behind": (lambda digits, sign: digits + ("\u2212" if sign < 0 else "")),
}
DIALECTS: Final = [(mark, by) for mark in ".," for by in ("", *SEPARATORS) if mark != by]

amounts = st.integers(-AMOUNT_MAX, AMOUNT_MAX) | st.integers(-5, 5)


def grouped(digits: str, by: str) -> str:
    """Digits in groups of three from the right."""
    return f"{int(digits):,}".replace(",", by) if by else digits


def written(amount: int, decimals: int, mark: str, by: str) -> str:
    digits = str(abs(amount)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
    return grouped(whole, by) + (mark + fraction if decimals else "")


def is_read(decimals: int, text: str) -> bool:
    try:
        units_reader(decimals, ".", ",")(text)
    except ValueError as error:
        return not str(error).startswith("an amount ")
    return True


def digits_read(decimals: int, text: str) -> str | None:
    return str(abs(units_reader(decimals, ".", ",")(text))).strip("0") if is_read(decimals, text) else None


def mistakes(toml: str) -> tuple[str, ...]:
    with pytest.raises(SourceRefused) as refused:
        profile_of(toml.encode(), "bank.toml")
    return refused.value.problems


# Amounts.


@given(amounts, st.sampled_from(DIALECTS), st.sampled_from(sorted(SIGNED)), st.integers(0, 30))
def test_an_amount_is_read_back_from_every_dialect_as_the_same_integer(
    amount: int, dialect: tuple[str, str], signed: str, decimals: int
) -> None:
    text = SIGNED[signed](written(amount, decimals, *dialect), amount)

    assert units_reader(decimals, *dialect)(text) == amount


@given(amounts, st.sampled_from(DIALECTS), st.sampled_from(sorted(SIGNED)))
def test_base_units_are_read_back_from_every_dialect_as_the_same_integer(
    amount: int, dialect: tuple[str, str], signed: str
) -> None:
    text = SIGNED[signed](grouped(str(abs(amount)), dialect[1]), amount)

    assert base_reader(*dialect)(text) == amount


@given(st.integers(0, 10**82), st.integers(0, 30))
def test_an_amount_is_refused_exactly_where_it_is_beyond_the_largest(amount: int, decimals: int) -> None:
    text = written(amount, decimals, ".", "")

    assert is_read(decimals, text) == (amount <= AMOUNT_MAX)


@given(
    st.integers(0, 3), st.from_regex(r"[+(\u2212-]?[0-9]{0,3}(,[0-9]{3})*(\.[0-9]{0,3})?[)e_ \u0663-]?", fullmatch=True)
)
def test_any_text_is_refused_or_read_with_all_its_digits(decimals: int, text: str) -> None:
    digits = "".join(digit for digit in text if digit in "0123456789").strip("0")

    assert digits_read(decimals, text) in {None, digits}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("-0", 0),
        ("5", 500),
        ("5.1", 510),
        ("5.100000", 510),
        (".5", 50),
        ("-.50", -50),
        ("007.50", 750),
        ("- 5", -500),
        ("5 -", -500),
        ("( 5 )", -500),
        ("1,234,567.89", 123456789),
        ("1234567.89", 123456789),
    ],
)
def test_a_number_is_read_in_base_units(text: str, amount: int) -> None:
    assert units_reader(2, ".", ",")(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "-",
            ".",
            "5.",
            "1e5",
            "1E5",
            "1.2.3",
            "1,23",
            "12,34,567",
            "1,,234",
            ",123",
            "1234,567",
            "0x10",
            "1_000",
        ),
        *("--5", "-5-", "(-5)", "(5", "5)", "+-5", "5.-1", "٣", "½", "5 EUR", "NaN", "inf", "1 234", "1\n", "²"),
    ],
)
def test_what_is_no_number_in_the_dialect_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^an amount is written in digits with `\.` before the decimals"):
        units_reader(2, ".", ",")(text)


def test_separators_are_not_mixed_in_one_number() -> None:
    with pytest.raises(ValueError, match="one sign at most"):
        units_reader(2, ",", ". ")("1.234 567,00")


def test_decimals_that_the_asset_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^an amount has at most 2 decimals$"):
        units_reader(2, ".", "")("1.234")


def test_a_unit_more_than_the_largest_amount_is_refused() -> None:
    read = units_reader(2, ".", "")

    assert read(written(AMOUNT_MAX, 2, ".", "")) == AMOUNT_MAX
    with pytest.raises(ValueError, match=r"^an amount is at most 2\^256 - 1 base units$"):
        read(written(AMOUNT_MAX + 1, 2, ".", ""))


def test_a_long_row_of_digits_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValueError, match=r"^an amount is at most 2\^256 - 1 base units$"):
        base_reader(".", "")("9" * 100_000)


@pytest.mark.parametrize("text", ["12.00", "1.5"])
def test_base_units_have_no_decimals_not_even_zero_ones(text: str) -> None:
    with pytest.raises(ValueError, match="is an integer"):
        base_reader(".", "")(text)


# Dates.


@pytest.mark.parametrize(
    ("pattern", "offset", "text", "date"),
    [
        ("", "", "2026-03-01", "2026-03-01"),
        ("", "", "2026-03-01T01:30:00+02:00", "2026-02-28T23:30:00Z"),
        ("", "", "2026-03-01T00:00:00.250Z", "2026-03-01T00:00:00.25Z"),
        ("", "+01:00", "2026-03-01 00:30:00", "2026-02-28T23:30:00Z"),
        ("%d.%m.%Y", "", "01.03.2026", "2026-03-01"),
        ("%m/%d/%y", "", "3/1/26", "2026-03-01"),
        ("%d-%b-%Y", "", "01-Mar-2026", "2026-03-01"),
        ("%Y%m%d", "", "20260301", "2026-03-01"),
        ("%d.%m.%Y %H:%M", "", "01.03.2026 09:05", "2026-03-01T09:05:00Z"),
        ("%d.%m.%Y %H:%M", "-05:00", "01.03.2026 09:05", "2026-03-01T14:05:00Z"),
        ("%Y-%m-%d %H:%M:%S.%f %z", "", "2026-03-01 09:05:00.5 +0100", "2026-03-01T08:05:00.5Z"),
    ],
)
def test_a_date_is_read_by_its_pattern(pattern: str, offset: str, text: str, date: str) -> None:
    assert Dates(pattern, offset)[text] == date


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        *(
            ("", "2026-02-29"),
            ("", "2026-3-1"),
            ("", "01.03.2026"),
            ("", "2026-03-01T00:00:00"),
            ("", ""),
            ("", "2026-02-29T10:00:00Z"),
        ),
        *(
            ("%d.%m.%Y", "31.02.2026"),
            ("%d.%m.%Y", "2026-03-01"),
            ("%d.%m.%Y", "1\u0663.03.2026"),
            ("%d.%m.%Y", ""),
        ),
    ],
)
def test_what_is_no_date_is_refused(pattern: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"a date is|no such day"):
        _ = Dates(pattern, "")[text]


@given(st.dates())
def test_every_day_is_read_back_from_its_pattern(day: object) -> None:
    text = f"{day:%d/%m/}{str(day)[:4]}"

    assert Dates("%d/%m/%Y", "")[text] == str(day)


@pytest.mark.parametrize(
    "pattern", ["%d.%m.", "%Y", "%H:%M", "%Y-%m", "%Y-%U-%d", "%Y-%m-%d %Q", "%", "%d.%m.%Y %d", "day"]
)
def test_a_pattern_that_tells_no_whole_day_is_a_mistake(pattern: str) -> None:
    assert mistake_of(pattern)


# Profiles.


def test_a_profile_may_say_nothing() -> None:
    assert profile_of(b"", "empty.toml") == Profile()


def test_the_rules_of_a_profile_are_the_rules_of_the_comparison() -> None:
    profile = profile_of(
        b'[rules]\nkeys = ["reference"]\nfee_max = "100"\nprecision = 5\ntransit_days = 2\n', "rules.toml"
    )

    assert profile.rules == Rules(keys=("reference",), fee_max=100, precision=5, transit_days=2)
    assert profile.stated_rules == {"keys", "fee_max", "precision", "transit_days"}
    assert profile_of(BANK.encode(), "bank.toml").stated_rules == frozenset()


def test_columns_are_named_by_heading_or_by_number() -> None:
    profile = profile_of(b'[columns]\ndate = "Datum"\namount = 3\n', "bank.toml")

    assert profile.columns == {"date": "Datum", "amount": 3}


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("colour = 1", "colour: is no key of a profile, not 1"),
        ('stated_rules = ["fee_max"]', 'stated_rules: is no key of a profile, not ["fee_max"]'),
        ('kind = "list"', """kind: should be 'statement' or 'snapshot', not "list\""""),
        ('delimiter = ";;"', 'delimiter: string should have at most 1 character, not ";;"'),
        ('encoding = "latin-99"', 'encoding: no encoding of text is called "latin-99"'),
        ('encoding = "undefined"', 'encoding: no encoding of text is called "undefined"'),
        ('encoding = "a\\u0000"', 'encoding: no encoding of text is called "a\\u0000"'),
        ('encoding = "base64"', 'encoding: no encoding of text is called "base64"'),
        ("delimiter = '\"'", 'delimiter: parts fields, and cannot be the quote or the end of a line: "\\""'),
        ('decimal_mark = ","\nthousands = ".,"', 'thousands: is the decimal mark too: ","'),
        ('thousands = "x"', 'thousands: are parted by spaces, apostrophes, point or comma, not by "x"'),
        ('dates = "%d.%m."', 'dates: a pattern tells a whole day: a year with month and day, not "%d.%m."'),
        ('dates = "%d.%m.%Y %k"', 'dates: no pattern for dates has `%k`, not "%d.%m.%Y %k"'),
        ('offset = "CET"', 'offset: is Z or such as +01:00, not "CET"'),
        ('[columns]\ndate = 1\namount = 2\nvalue = "x"', "columns.value: is none of date, value_date, "),
        ('[columns]\namount = "x"', "columns.date: is missing: one of date, value_date, booking_date"),
        ('[columns]\ndate = "x"\ndebit = "y"', "columns.amount: is missing: amount, or debit and credit"),
        ("[columns]\ndate = 1\namount = 2\ncredit = 3", "columns.amount: stands beside debit and credit"),
        (
            "[columns]\ndate = 1\ndebit = 2\ncredit = 3\ndirection = 4",
            "columns.direction: says which way an amount goes",
        ),
        ("[columns]\ndate = 1\namount = 2\nlog_index = 3", "columns.log_index: counts within a transaction"),
        ("[columns]\ndate = 1\namount = 2\ntx = 3\nchain = 4", "columns.chain: stands beside tx"),
        (
            "[columns]\ndate = 0\namount = 2",
            "columns.date: a column is named by its heading, or by its number from 1, not 0",
        ),
        (
            'header = false\n[columns]\ndate = 1\namount = "x"',
            "columns.amount: without a header a column is named by its number",
        ),
        (
            'format = "jsonl"\n[columns]\ndate = "d"\namount = 2',
            "columns.amount: in JSON Lines a column is named by its key",
        ),
        ('[kinds]\nCHG = "charge"', """kinds.CHG: should be 'fee', 'interest' or '', not "charge\""""),
        ("[rules]\ntransit_days = 36501", "rules.transit_days: should be less than or equal to 36500, not 36501"),
        ("[rules]\nday_tolerance = 36501", "rules.day_tolerance: should be less than or equal to 36500, not 36501"),
        ("[rules]\ncutoff_days = 36501", "rules.cutoff_days: should be less than or equal to 36500, not 36501"),
        (
            '[rules]\nkeys = ["reference", "chain", "reference"]',
            'rules.keys: a key is named once, not ["reference", "chain", "reference"]',
        ),
        (f'[rules]\nfee_max = "{"9" * 5000}"', "rules.fee_max: should be a valid integer, "),
        (f"skip_before = {'9' * 5000}", "is no TOML that can be read: a number in it is too long"),
        ("[rules]\nprecision = 0", "rules.precision: should be greater than or equal to 1, not 0"),
        (
            '[rules]\nkeys = ["colour"]',
            "rules.keys: should be 'chain', 'end-to-end', 'reference' or 'amount-and-date', not",
        ),
    ],
)
def test_a_mistake_of_a_profile_is_told_with_its_key_and_value(toml: str, told: str) -> None:
    (problem,) = mistakes(toml)

    assert problem.startswith(told)


def test_a_profile_is_of_the_kind_that_is_wanted_where_it_does_not_say_it() -> None:
    columns = b'[columns]\nat = "Tag"\nlender = "Wer"\nbalance = 3\n'

    assert profile_of(columns, "held.toml", "snapshot").kind == "snapshot"
    assert profile_of(b'kind = "statement"', "bank.toml", "snapshot").kind == "statement"
    with pytest.raises(SourceRefused, match=r"columns\.at: is none of date"):
        profile_of(columns, "held.toml", "statement")


def test_all_mistakes_of_a_profile_are_told_in_one_run() -> None:
    problems = mistakes(
        'colour = 1\nunit = 3\nthousands = "."\n'
        '[columns]\ndate = 0\nvalue = "x"\namount = 1\n'
        "[rules]\nprecision = 0\nx = 1\n"
    )

    assert [problem.partition(":")[0] for problem in problems] == [
        *("columns.date", "unit", "rules.precision", "rules.x", "colour", "thousands", "columns.value"),
    ]


def test_what_is_no_toml_is_refused_with_its_place() -> None:
    assert mistakes(BANK + "kind =") == ("is no TOML: Invalid value (at end of document)",)


def test_a_profile_in_another_encoding_is_refused() -> None:
    with pytest.raises(SourceRefused, match=r"bank\.toml: is not UTF-8 at byte 13"):
        profile_of('sheet = "Umsätze"'.encode("cp1252"), "bank.toml")
