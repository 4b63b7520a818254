"""Amounts, names and instants: what the border takes, what it refuses, and the one form it keeps."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ledger.values import (
    AMOUNT_MAX,
    WAD,
    Amount,
    Count,
    Held,
    Instant,
    Named,
    PartyId,
    Scale,
    Sha256,
    Text,
    Timestamp,
    days_between,
    instant_key,
    mul_div_down,
    timestamp,
)

AMOUNT: Final = TypeAdapter[int](Amount)
NAME: Final = TypeAdapter[PartyId](Named[PartyId])
HELD: Final = TypeAdapter[Any](Held)
INSTANT: Final = TypeAdapter[Any](Instant)
DAY: Final = 86_400 * 10**9

amounts = st.integers(0, AMOUNT_MAX)
moments = st.integers(0, 3_652_058 * DAY + DAY - 1)
"""Nanoseconds since the year 1, to the end of the year 9999."""


def _instant(moment: int, offset: timedelta = timedelta(0)) -> str:
    seconds, fraction = divmod(moment, 10**9)
    local = (datetime(1, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(timezone(offset)).isoformat()
    return f"{local[:19]}.{fraction:09}{local[19:]}"


def _at(moment: int) -> Timestamp:
    return timestamp(_instant(moment))


# Amounts.


@given(amounts)
def test_every_amount_is_read_from_its_decimal_text_and_written_as_the_same_text(amount: int) -> None:
    text = b'"%d"' % amount

    read = AMOUNT.validate_json(text)

    assert (type(read), read) == (int, amount)
    assert AMOUNT.dump_json(read) == text


@pytest.mark.parametrize("amount", [0, 1, 10**77 - 1, 10**77, AMOUNT_MAX - 1, AMOUNT_MAX])
def test_the_extremes_of_an_amount_pass_on_both_sides_of_the_border(amount: int) -> None:
    assert AMOUNT.validate_json(b'"%d"' % amount) == amount
    assert AMOUNT.validate_python(amount) == amount


@pytest.mark.parametrize(
    "json",
    [
        '"007"',
        '"00"',
        '"-1"',
        '"-0"',
        '"+1"',
        '"1.0"',
        '"1."',
        '"1e3"',
        '" 5 "',
        '"5\\n"',
        '""',
        '"1_0"',
        '"0x10"',
        '"1,000"',
        '"\u0661"',
        '"NaN"',
        "1.0",
        "1",
        "0",
        "-1",
        "1e3",
        "true",
        "null",
        '["1"]',
        "{}",
        f'"{2**256}"',
        f'"{10**78}"',
        f'"{10**400}"',
    ],
)
def test_an_amount_in_any_other_form_is_refused(json: str) -> None:
    with pytest.raises(ValidationError, match="an amount is a decimal string of an integer from 0 to 2"):
        AMOUNT.validate_json(json)


@pytest.mark.parametrize("value", [-1, 2**256, 1.0, True, "1", None, b"1"])
def test_inside_an_amount_is_an_integer_in_range_and_nothing_else(value: object) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_python(value)


@given(st.text("0123456789+-._e ", max_size=80))
def test_text_is_an_amount_exactly_when_python_writes_the_integer_so(text: str) -> None:
    written = {str(number) for number in _integers_in(text)}

    assert (text in written) == _accepted(AMOUNT, text)


def _integers_in(text: str) -> list[int]:
    return [int(text)] if text.isascii() and text.isdigit() and int(text) <= AMOUNT_MAX else []


def _accepted(adapter: TypeAdapter[Any], value: str) -> bool:
    try:
        adapter.validate_json(TypeAdapter(str).dump_json(value))
    except ValidationError:
        return False
    return True


@given(amounts, amounts, st.integers(1, AMOUNT_MAX))
def test_a_product_divided_down_is_the_largest_whole_that_does_not_exceed_it(a: int, b: int, c: int) -> None:
    quotient = mul_div_down(a, b, c)

    assert quotient * c <= a * b < (quotient + 1) * c


def test_a_product_of_the_largest_amounts_is_divided_exactly() -> None:
    assert mul_div_down(AMOUNT_MAX, AMOUNT_MAX, AMOUNT_MAX) == AMOUNT_MAX
    assert mul_div_down(AMOUNT_MAX, WAD, WAD) == AMOUNT_MAX


# Counts and names.


@pytest.mark.parametrize("value", [0, 1, 2**63 - 1])
def test_a_count_is_a_json_integer(value: int) -> None:
    counts = TypeAdapter[int](Count)

    assert counts.validate_json(str(value)) == value
    assert counts.dump_json(value) == str(value).encode()


@pytest.mark.parametrize("json", ['"1"', "1.0", "1e0", "-1", "true", str(2**63)])
def test_a_count_in_any_other_form_is_refused(json: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[int](Count).validate_json(json)


def test_a_scale_ends_at_255() -> None:
    scales = TypeAdapter[int](Scale)

    assert scales.validate_json("255") == 255
    with pytest.raises(ValidationError):
        scales.validate_json("256")


@pytest.mark.parametrize("name", ["a", "A-z_0.9/@+#", "0xd533a949740bb3306d119cc777fa900ba034cd52", "#", "x" * 128])
def test_a_name_keeps_every_character_and_its_case(name: str) -> None:
    assert NAME.validate_python(name) == name


@pytest.mark.parametrize(
    "name", ["", "x" * 129, "a b", " a", "a\n", "a:b", "a,b", "é", "a\u200b", "a\0b", "*", "\\", 1]
)
def test_a_name_in_any_other_form_is_refused(name: object) -> None:
    with pytest.raises(ValidationError):
        NAME.validate_python(name)


@pytest.mark.parametrize("held", ["CRV", f"shares:{'p' * 128}:{'t' * 128}"])
def test_collateral_is_an_asset_or_a_share_register(held: str) -> None:
    assert HELD.validate_python(held) == held


@pytest.mark.parametrize("held", ["shares:p", "shares:p:", "shares::t", "shares:p:t:x", "debt:p", "x" * 129, "a:b:c"])
def test_collateral_in_any_other_form_is_refused(held: str) -> None:
    with pytest.raises(ValidationError):
        HELD.validate_python(held)


@pytest.mark.parametrize("digest", ["0" * 63, "0" * 65, "A" * 64, "g" * 64])
def test_a_digest_is_64_lower_case_hexadecimal_digits(digest: str) -> None:
    assert TypeAdapter[str](Sha256).validate_python("0123456789abcdef" * 4)
    with pytest.raises(ValidationError):
        TypeAdapter[str](Sha256).validate_python(digest)


@pytest.mark.parametrize(("length", "passes"), [(0, False), (1, True), (4096, True), (4097, False)])
def test_a_text_has_from_one_to_4096_characters(*, length: int, passes: bool) -> None:
    assert _accepted(TypeAdapter(Text), "é" * length) == passes


# Instants.


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2022-11-22T13:31:23Z", "2022-11-22T13:31:23Z"),
        ("2022-11-22T14:31:23+01:00", "2022-11-22T13:31:23Z"),
        ("2022-11-22T03:31:23-10:00", "2022-11-22T13:31:23Z"),
        ("2022-11-22T19:16:23+05:45", "2022-11-22T13:31:23Z"),
        ("2022-11-22T13:31:23-00:00", "2022-11-22T13:31:23Z"),
        ("2022-11-22t13:31:23z", "2022-11-22T13:31:23Z"),
        ("2022-11-22 13:31:23Z", "2022-11-22T13:31:23Z"),
        ("2023-01-01T00:30:00+01:00", "2022-12-31T23:30:00Z"),
        ("2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00Z"),
        ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
        ("2000-02-29T12:00:00Z", "2000-02-29T12:00:00Z"),
        ("2022-11-22T13:31:23.0Z", "2022-11-22T13:31:23Z"),
        ("2022-11-22T13:31:23.50Z", "2022-11-22T13:31:23.5Z"),
        ("2022-11-22T14:31:23.000000001+01:00", "2022-11-22T13:31:23.000000001Z"),
        ("2022-11-22T13:31:23.999999999Z", "2022-11-22T13:31:23.999999999Z"),
        ("2022-11-22T13:31:23.999999999000Z", "2022-11-22T13:31:23.999999999Z"),
        ("0999-12-31T23:59:59Z", "0999-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
    ],
)
def test_an_instant_is_kept_in_utc_with_the_shortest_fraction(text: str, canonical: str) -> None:
    assert timestamp(text) == canonical
    assert INSTANT.validate_python(text) == canonical
    assert INSTANT.validate_python(canonical) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "2022-11-22T13:31:23",
        "2022-11-22T13:31Z",
        "2022-11-22",
        "20221122T133123Z",
        "2022-11-22T13:31:60Z",
        "2022-12-31T23:59:60Z",
        "2022-11-22T13:60:00Z",
        "2022-11-22T24:00:00Z",
        "2024-02-30T00:00:00Z",
        "2022-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2022-04-31T00:00:00Z",
        "2022-13-01T00:00:00Z",
        "2022-00-01T00:00:00Z",
        "2022-01-00T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2022-11-22T13:31:23+24:00",
        "2022-11-22T13:31:23+0100",
        "2022-11-22T13:31:23+01",
        "2022-11-22T13:31:23+01:00:00",
        "2022-11-22T13:31:23.Z",
        "2022-11-22T13:31:23,5Z",
        "2022-11-22T13:31:23.0000000001Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2022-11-22T13:31:23Z\n",
        " 2022-11-22T13:31:23Z",
        "\uff12022-11-22T13:31:23Z",
        "now",
        "",
        "1669123883",
        1669123883,
        None,
        datetime(2022, 11, 22, tzinfo=UTC),
    ],
)
def test_an_instant_without_an_offset_off_the_calendar_or_too_fine_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"^(an instant is RFC 3339|no such instant)"):
        timestamp(text)
    with pytest.raises(ValidationError, match="an instant is RFC 3339 with an offset"):
        INSTANT.validate_python(text)


@pytest.mark.parametrize("offset", ["+00:60", "-01:99"])
def test_an_offset_of_sixty_minutes_is_refused(offset: str) -> None:
    with pytest.raises(ValueError, match="instant"):
        timestamp(f"2022-11-22T13:31:23{offset}")


@given(st.integers(DAY, 3_652_057 * DAY), st.integers(-23 * 60 - 59, 23 * 60 + 59))
def test_the_same_instant_under_any_offset_has_one_form(moment: int, minutes: int) -> None:
    assert timestamp(_instant(moment, timedelta(minutes=minutes))) == _at(moment)


@given(moments)
def test_a_canonical_instant_stays_as_it_is(moment: int) -> None:
    at = _at(moment)

    assert timestamp(at) == at
    assert INSTANT.validate_json(f'"{at}"') == at


@given(moments, moments)
def test_the_key_of_an_instant_sorts_by_time(one: int, other: int) -> None:
    assert (instant_key(_at(one)) < instant_key(_at(other))) == (one < other)


@given(st.integers(0, 3 * 10**9), st.integers(0, 3 * 10**9))
def test_the_key_of_an_instant_sorts_by_fraction_within_a_few_seconds(one: int, other: int) -> None:
    assert (instant_key(_at(one)) < instant_key(_at(other))) == (one < other)


def test_a_whole_second_stands_before_its_fractions_by_key_though_not_as_text() -> None:
    whole, half = timestamp("2022-11-22T13:31:59Z"), timestamp("2022-11-22T13:31:59.5Z")

    assert instant_key(whole) < instant_key(half)
    assert whole > half


@pytest.mark.parametrize(
    ("earlier", "later", "days"),
    [
        ("2022-11-22T13:31:23Z", "2022-11-22T13:31:23Z", 0),
        ("2022-11-22T13:31:23Z", "2022-11-23T13:31:22.999999999Z", 0),
        ("2022-11-22T13:31:23Z", "2022-11-23T13:31:23Z", 1),
        ("2022-11-22T13:31:23.000000001Z", "2022-11-23T13:31:23Z", 0),
        ("2024-02-28T00:00:00Z", "2024-03-01T00:00:00Z", 2),
        ("2022-02-28T00:00:00Z", "2022-03-01T00:00:00Z", 1),
        ("2022-11-22T13:31:23Z", "2022-11-22T13:31:22.999999999Z", -1),
        ("2022-11-23T13:31:23Z", "2022-11-22T13:31:23Z", -1),
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", 3_652_058),
    ],
)
def test_days_between_two_instants_are_whole_and_rounded_down(earlier: str, later: str, days: int) -> None:
    assert days_between(timestamp(earlier), timestamp(later)) == days


@given(moments, moments)
def test_days_between_are_counted_in_nanoseconds(earlier: int, later: int) -> None:
    assert days_between(_at(earlier), _at(later)) == (later - earlier) // DAY
