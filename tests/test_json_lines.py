"""JSON Lines: what a line may be, and what is said of a malformed one: its number, the field, the flaw, the value."""

import json
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest

from ledger.book import Fact
from ledger.errors import Malformed
from ledger.sources.json_lines import LINE_MAX, facts, lines

AMOUNT = "an amount is a decimal string of an integer from 0 to 2^256 - 1, without sign, point or leading zero"
INSTANT = "an instant is RFC 3339 with an offset, on the calendar, not finer than a nanosecond"
NAME = "has a character or a form that is not allowed there"
MISSING = "is missing"
NO_FIELD = "is not a field here"

DEPOSIT: dict[str, Any] = {
    "type": "deposited",
    "at": "2022-11-22T13:31:23Z",
    "id": "d/1",
    "pool": "P",
    "lender": "L",
    "assets": "1",
    "shares": "1",
}
POOL: dict[str, Any] = {
    "type": "pool-opened",
    "at": "2022-11-22T13:31:23Z",
    "pool": "P",
    "asset": "A",
    "debt": "bilateral",
    "waterfall": [],
}


def line(fact: dict[str, Any], **changed: Any) -> bytes:
    """A line of a fact with some fields changed, or left out where they are ELLIPSIS."""
    fields = {name: value for name, value in (fact | changed).items() if value is not ...}
    return json.dumps(fields, ensure_ascii=False).encode()


def read(*source: bytes) -> list[Fact | Malformed]:
    """All that a source gives."""
    return list(facts(source))


def ids(*source: bytes) -> list[str]:
    """The ids of the facts of a source without flaws."""
    return [item.event.id for item in read(*source) if isinstance(item, Fact)]


# A line that is a fact.


def test_a_line_gives_its_number_its_event_and_its_canonical_bytes() -> None:
    spaced = json.dumps(DEPOSIT | {"at": "2022-11-22T14:31:23+01:00"}, indent=1).replace("\n", " ").encode()

    (fact,) = read(spaced)

    assert isinstance(fact, Fact)
    assert fact.line == 1
    assert fact.event.id == "d/1"
    assert fact.content == fact.event.canonical()
    assert fact.content == json.dumps(DEPOSIT, separators=(",", ":")).encode()


def test_blank_lines_are_passed_over_and_counted() -> None:
    found = read(b"\n", b"", line(DEPOSIT), b"  \t\r\n", line(DEPOSIT, id="d/2"))

    assert [(item.line, type(item)) for item in found] == [(3, Fact), (5, Fact)]


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"  \r\n"])
def test_the_end_of_a_line_is_no_part_of_it(end: bytes) -> None:
    assert ids(line(DEPOSIT) + end) == ["d/1"]


def test_a_fact_without_an_id_gets_the_hash_of_its_canonical_bytes() -> None:
    canonical = json.dumps({name: value for name, value in DEPOSIT.items() if name != "id"}, separators=(",", ":"))

    assert ids(line(DEPOSIT, id=...)) == [sha256(canonical.encode()).hexdigest()]


def test_equal_facts_without_an_id_are_numbered_however_they_are_written() -> None:
    plain, other = line(DEPOSIT, id=...), line(DEPOSIT, id=..., at="2022-11-22T14:31:23.0+01:00")
    first = ids(plain)[0]

    found = ids(plain, line(DEPOSIT), other, line(DEPOSIT, id=..., assets="2"), plain)

    assert found == [first, "d/1", f"{first}#2", ids(line(DEPOSIT, id=..., assets="2"))[0], f"{first}#3"]


def test_equal_facts_with_an_id_keep_it() -> None:
    assert ids(line(DEPOSIT), line(DEPOSIT)) == ["d/1", "d/1"]


def test_an_id_that_is_null_is_no_id() -> None:
    assert read(line(DEPOSIT, id=None)) == [Malformed(1, "id", "must be a JSON string", "null")]


# A line that is malformed.


@pytest.mark.parametrize(
    ("content", "flaw"),
    [
        pytest.param(line(DEPOSIT, assets=1.5), Malformed(1, "assets", AMOUNT, "1.5"), id="float"),
        pytest.param(line(DEPOSIT, assets=1), Malformed(1, "assets", AMOUNT, "1"), id="number"),
        pytest.param(line(DEPOSIT, assets=True), Malformed(1, "assets", AMOUNT, "true"), id="true"),
        pytest.param(line(DEPOSIT, assets=None), Malformed(1, "assets", AMOUNT, "null"), id="null"),
        pytest.param(line(DEPOSIT, assets="1.0"), Malformed(1, "assets", AMOUNT, '"1.0"'), id="point"),
        pytest.param(line(DEPOSIT, assets="1e3"), Malformed(1, "assets", AMOUNT, '"1e3"'), id="exponent"),
        pytest.param(line(DEPOSIT, assets="007"), Malformed(1, "assets", AMOUNT, '"007"'), id="leading zero"),
        pytest.param(line(DEPOSIT, assets="-1"), Malformed(1, "assets", AMOUNT, '"-1"'), id="negative"),
        pytest.param(line(DEPOSIT, assets=""), Malformed(1, "assets", AMOUNT, '""'), id="empty"),
        pytest.param(line(DEPOSIT, assets=str(2**256)), Malformed(1, "assets", AMOUNT, f'"{2**256}"'), id="2^256"),
        pytest.param(line(DEPOSIT, assets="1" * 90), Malformed(1, "assets", AMOUNT, f'"{"1" * 79}…'), id="shortened"),
        pytest.param(line(DEPOSIT, at="2022-11-22T13:31:23"), Malformed(1, "at", INSTANT, '"2022-11-22T13:31:23"')),
        pytest.param(line(DEPOSIT, at=1669123883), Malformed(1, "at", INSTANT, "1669123883")),
        pytest.param(line(DEPOSIT, lender="a b"), Malformed(1, "lender", NAME, '"a b"'), id="space in a name"),
        pytest.param(line(DEPOSIT, lender="é"), Malformed(1, "lender", NAME, '"é"'), id="letter in a name"),
        pytest.param(line(DEPOSIT, id=""), Malformed(1, "id", NAME, '""'), id="empty id"),
        pytest.param(line(DEPOSIT, lender="x" * 129), Malformed(1, "lender", "is too long", f'"{"x" * 79}…')),
        pytest.param(line(DEPOSIT, lender=5), Malformed(1, "lender", "must be a JSON string", "5")),
        pytest.param(
            line(DEPOSIT, colour="red"), Malformed(1, "colour", f'{NO_FIELD}, and holds "red"', ""), id="unknown field"
        ),
        pytest.param(line(DEPOSIT, lender=...), Malformed(1, "lender", MISSING, ""), id="missing field"),
        pytest.param(line(DEPOSIT, at=...), Malformed(1, "at", MISSING, ""), id="missing time"),
        pytest.param(line(DEPOSIT, type=...), Malformed(1, "type", MISSING, ""), id="missing type"),
        pytest.param(b"{}", Malformed(1, "type", MISSING, ""), id="empty object"),
        pytest.param(line(DEPOSIT, type="deposit"), Malformed(1, "type", "no event is called that", '"deposit"')),
        pytest.param(line(DEPOSIT, type=5), Malformed(1, "type", "no event is called that", "5")),
        pytest.param(
            line(DEPOSIT, evidence={"block": "7"}), Malformed(1, "evidence.block", "must be a JSON integer", '"7"')
        ),
        pytest.param(
            line(DEPOSIT, evidence={"block": 7.0}), Malformed(1, "evidence.block", "must be a JSON integer", "7.0")
        ),
        pytest.param(
            line(DEPOSIT, evidence={"colour": 1}), Malformed(1, "evidence.colour", f"{NO_FIELD}, and holds 1", "")
        ),
        pytest.param(line(POOL, tranches=["a", "b c"]), Malformed(1, "tranches.1", NAME, '"b c"')),
        pytest.param(
            line(POOL, collateral=[{"asset": "A"}]),
            Malformed(1, "collateral.0.liquidation_threshold_wad", MISSING, ""),
        ),
    ],
)
def test_a_flaw_is_told_with_its_line_field_and_value(content: bytes, flaw: Malformed) -> None:
    assert read(content) == [flaw]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (line(DEPOSIT)[:-5], "not a JSON object (EOF while parsing"),
        (line(DEPOSIT) + b",", "not a JSON object (trailing characters"),
        (line(DEPOSIT) + line(DEPOSIT), "not a JSON object (trailing characters"),
        (b"\xef\xbb\xbf" + line(DEPOSIT), "begins with a byte order mark"),
        (b"asset,decimals", "not a JSON object (expected value"),
        (b"{'type':'deposited'}", "not a JSON object (key must be a string"),
        (b"[" * 10_000, "not a JSON object (recursion limit exceeded"),
        (line(DEPOSIT).replace(b'"1"', b"9" * 5000), "not a JSON object (number out of range"),
        (line(DEPOSIT).replace(b'"L"', b'"\\ud800"'), "not a JSON object (unexpected end of hex escape"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8 at byte 1"),
        (line(DEPOSIT, lender="é").replace("é".encode(), "é".encode("latin-1")), "not UTF-8 at byte 90"),
        (b"[]", "must be a JSON object"),
        (b'["deposited"]', "must be a JSON object"),
        (b'"deposited"', "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b"7", "must be a JSON object"),
    ],
)
def test_what_is_no_json_object_is_told_as_such(content: bytes, message: str) -> None:
    (flaw,) = read(content)

    assert isinstance(flaw, Malformed)
    assert (flaw.line, flaw.field) == (1, "")
    assert flaw.message.startswith(message)


@pytest.mark.parametrize("bytes_after", [0, 1])
def test_the_longest_line_is_read_and_a_longer_one_refused(bytes_after: int) -> None:
    padded = line(DEPOSIT)[:-1] + b" " * (LINE_MAX - len(line(DEPOSIT)) + bytes_after) + b"}"
    refusal = Malformed(1, "", f"longer than {LINE_MAX} bytes", "")

    assert [item == refusal for item in read(padded + b"\r\n")] == [bytes_after == 1]
    assert LINE_MAX == 1_048_576


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (line(DEPOSIT).replace(b'"assets"', b'"assets": "1", "assets"'), "assets"),
        (line(DEPOSIT).replace(b'"assets"', b'"ass\\u0065ts": "2", "assets"'), "assets"),
        (line(DEPOSIT).replace(b'"type"', b'"type": "withdrawn", "type"'), "type"),
        (line(DEPOSIT, evidence={"block": 1}).replace(b'"block"', b'"block": 2, "block"'), "block"),
    ],
)
def test_a_key_that_stands_twice_is_refused(content: bytes, key: str) -> None:
    assert read(content) == [Malformed(1, key, "stands twice in one object", "")]


def test_a_key_may_stand_in_two_objects() -> None:
    layers = [{"layer": "hold"}, {"layer": "socialize"}]

    assert isinstance(read(line(POOL, waterfall=layers))[0], Fact)


@pytest.mark.parametrize("field", ["command", "cause"])
def test_command_and_cause_are_not_taken_from_outside(field: str) -> None:
    assert read(line(DEPOSIT, **{field: "x"})) == [
        Malformed(1, field, "is written by the ledger itself: only exported facts may say it", '"x"')
    ]


def test_every_flaw_of_a_line_is_told() -> None:
    assert read(line(DEPOSIT, assets="x", shares=-1, lender=..., colour=1)) == [
        Malformed(1, "lender", MISSING, ""),
        Malformed(1, "assets", AMOUNT, '"x"'),
        Malformed(1, "shares", AMOUNT, "-1"),
        Malformed(1, "colour", f"{NO_FIELD}, and holds 1", ""),
    ]


def test_every_malformed_line_is_told_in_one_run_among_the_facts() -> None:
    found = read(
        line(DEPOSIT), b"oops", line(DEPOSIT, assets="-1"), b"\n", line(DEPOSIT, id="d/2"), line(POOL, debt="x")
    )

    assert [(item.line, type(item)) for item in found] == [
        (1, Fact),
        (2, Malformed),
        (3, Malformed),
        (5, Fact),
        (6, Malformed),
    ]


@pytest.mark.parametrize(
    ("flaw", "told"),
    [
        (Malformed(7, "assets", "is wrong", "5"), "line 7: assets: is wrong, not 5"),
        (Malformed(7, "assets", "is missing", ""), "line 7: assets: is missing"),
        (Malformed(7, "", "not UTF-8 at byte 1", ""), "line 7: not UTF-8 at byte 1"),
    ],
)
def test_a_flaw_reads_as_a_sentence(flaw: Malformed, told: str) -> None:
    assert str(flaw) == told


# The lines of a file.


def test_the_lines_of_a_file_are_its_lines() -> None:
    content = line(DEPOSIT) + b"\n\r\n" + line(POOL)

    assert list(lines(BytesIO(content))) == [line(DEPOSIT) + b"\n", b"\r\n", line(POOL)]


@pytest.mark.parametrize("excess", [1, 2, 3, LINE_MAX, 3 * LINE_MAX + 7])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_of_an_overlong_line_only_the_beginning_is_kept_and_the_next_line_is_the_next(excess: int, end: bytes) -> None:
    content = b"x" * (LINE_MAX + excess) + end + line(DEPOSIT) + end

    found = list(lines(BytesIO(content)))

    assert len(found) == 2
    assert len(found[0]) <= LINE_MAX + 2
    assert found[1] == line(DEPOSIT) + end
    assert [(item.line, type(item)) for item in facts(found)] == [(1, Malformed), (2, Fact)]


def test_what_stands_behind_many_blanks_is_not_lost_in_silence() -> None:
    content = line(DEPOSIT) + b" " * LINE_MAX + b"and more\n"

    found = list(facts(lines(BytesIO(content))))

    assert found == [Malformed(1, "", f"longer than {LINE_MAX} bytes", "")]


@pytest.mark.parametrize("length", [LINE_MAX - 1, LINE_MAX, LINE_MAX + 1, LINE_MAX + 2, LINE_MAX + 3, 2 * LINE_MAX + 4])
def test_a_last_line_needs_no_end(length: int) -> None:
    found = list(lines(BytesIO(b"x" * length)))

    assert [len(one) for one in found] == [min(length, LINE_MAX + 2)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_of_the_longest_length_is_kept_whole(end: bytes) -> None:
    content = b"x" * LINE_MAX + end

    assert list(lines(BytesIO(content + b"y"))) == [content, b"y"]
