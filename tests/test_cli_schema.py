"""What `recoup schema` prints: it holds for what the other verbs print, and for every fact that is read."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pytest

import projections.reports
from cli.exits import Exit
from ledger.commands import COMMANDS
from ledger.events import CATALOGUE
from tests.command_line import (
    COMMANDED,
    KEYS,
    OPENING,
    READING,
    SAMPLE,
    Json,
    called,
    demo_book,
    desk_book,
    document,
    fact,
    recorded,
)

GOLDEN: Final = (Path(__file__).parent / "data" / "golden.jsonl").read_bytes().splitlines()
REPORTS: Final = tuple(projections.reports.REPORTS)
POINTS: Final = ("", "--position 0", "--as-of 2022-11-11 --known-at 2022-12-01")
"""Points of the desk's book at which a report may be asked for."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_book(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return desk_book(tmp_path_factory.mktemp("desk"))


# What a schema demands.

ANNOTATIONS: Final = {"$schema", "$defs", "title", "description", "default", "discriminator"}
"""Keywords that demand nothing."""

TYPES: Final = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "null": type(None)}


def is_of_type(value: Any, names: str | list[str]) -> bool:
    kinds = [TYPES[kind] for kind in ([names] if isinstance(names, str) else names)]
    return bool in kinds if isinstance(value, bool) else any(isinstance(value, kind) for kind in kinds)


def is_date_time(value: Any) -> bool:
    return value is None or (value.endswith("Z") and datetime.fromisoformat(value[:19]) is not None)


DEMANDS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "type": is_of_type,
    "const": lambda value, rule: bool(value == rule),
    "enum": lambda value, rule: value in rule,
    "pattern": lambda value, rule: re.search(rule, value) is not None,
    "format": lambda value, rule: rule == "date-time" and is_date_time(value),
    "minLength": lambda value, rule: len(value) >= rule,
    "maxLength": lambda value, rule: len(value) <= rule,
    "minItems": lambda value, rule: len(value) >= rule,
    "maxItems": lambda value, rule: len(value) <= rule,
    "minimum": lambda value, rule: bool(value >= rule),
    "maximum": lambda value, rule: bool(value <= rule),
    "required": lambda value, rule: set(rule) <= set(value),
}
"""What a keyword demands of a value of the right type."""


def fits(value: Any, schema: Json, whole: Json) -> bool:
    """Whether a value is what a schema describes. A keyword that is not known here raises `KeyError`."""
    if "$ref" in schema:
        return fits(value, whole["$defs"][schema["$ref"].rsplit("/", 1)[1]], whole)
    if "type" in schema and not is_of_type(value, schema["type"]):
        return False
    return all(
        keyword in ANNOTATIONS or _fits_keyword(value, keyword, schema, whole)
        for keyword in sorted(schema, key=lambda keyword: keyword != "properties")
    )


def _fits_keyword(value: Any, keyword: str, schema: Json, whole: Json) -> bool:
    rule = schema[keyword]
    match keyword:
        case "properties":
            return all(fits(value[name], part, whole) for name, part in rule.items() if name in value)
        case "additionalProperties":
            others = set(value) - set(schema.get("properties", ()))
            return not others if rule is False else all(fits(value[name], rule, whole) for name in others)
        case "items":
            return all(fits(item, rule, whole) for item in value)
        case "anyOf":
            return any(fits(value, one, whole) for one in rule)
        case "oneOf":
            return sum(fits(value, one, whole) for one in rule) == 1
        case _:
            return DEMANDS[keyword](value, rule)


def schema_of(capsys: pytest.CaptureFixture[str], *name: str) -> Json:
    """What `recoup schema` prints."""
    done = called(capsys, "schema", *name)
    assert done.code == Exit.CLEAN
    read: Json = json.loads(done.out)
    assert read["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    return read


@pytest.mark.parametrize("name", REPORTS)
def test_a_document_is_what_its_schema_describes(name: str, demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = schema_of(capsys, f"recoup.{name}/1")
    shown = document(capsys, demo, *READING[name])
    assert fits(shown, schema, schema)
    assert list(schema["properties"]["rows"]["items"]["properties"]) == KEYS[name].split()


@pytest.mark.parametrize("asked", ["", "--position 0", "--as-of 2022-11-11 --known-at 2022-12-01"])
@pytest.mark.parametrize("name", [name for name in REPORTS if name not in {"case", "statement"}])
def test_a_document_at_any_point_is_what_its_schema_describes(
    name: str, asked: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = schema_of(capsys, f"recoup.{name}/1")
    assert fits(document(capsys, desk, *READING[name], *asked.split()), schema, schema)


@pytest.mark.parametrize("asked", [(), ("--position", "0")], ids=["whole", "nothing"])
def test_a_replay_is_what_its_schema_describes(
    asked: tuple[str, ...], demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = schema_of(capsys, "recoup.replay/1")
    shown = document(capsys, demo, "replay", *asked)
    assert fits(shown, schema, schema)
    assert list(schema["properties"]) == list(shown)
    assert list(schema["properties"]["rows"]["items"]["properties"]) == KEYS["replay"].split()


@pytest.mark.parametrize("digest", ["events_sha256", "sums_sha256"])
def test_a_replay_without_a_whole_digest_is_not_what_its_schema_describes(
    digest: str, demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = schema_of(capsys, "recoup.replay/1")
    shown = document(capsys, demo, "replay")
    assert not fits(shown | {digest: shown[digest][1:]}, schema, schema)
    assert not fits({key: value for key, value in shown.items() if key != digest}, schema, schema)


WRONG: Final[dict[str, Callable[[Json], object]]] = {
    "an amount that is a number": lambda shown: shown["rows"][0].update(balance=1),
    "an amount that is no integer": lambda shown: shown["rows"][0].update(balance="1.5"),
    "an amount that is missing": lambda shown: shown["rows"][0].pop("balance"),
    "a position that is text": lambda shown: shown.update(position="538"),
    "another report": lambda shown: shown.update(schema="recoup.funds/1"),
    "no rows": lambda shown: shown.pop("rows"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_document_is_not_what_its_schema_describes(
    wrong: str, demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = schema_of(capsys, "recoup.lenders/1")
    shown = document(capsys, demo, "lenders")
    WRONG[wrong](shown)
    assert not fits(shown, schema, schema)


def test_every_line_of_the_sample_and_every_golden_line_is_what_the_schema_describes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    schema = schema_of(capsys)
    events = [json.loads(line) for line in [*SAMPLE, *GOLDEN]]
    assert [event for event in events if not fits(event, schema, schema)] == []


@pytest.mark.parametrize("line", GOLDEN, ids=lambda line: json.loads(line)["type"])
def test_a_golden_line_is_what_the_schema_of_its_event_describes(
    line: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    event = json.loads(line)
    schema = schema_of(capsys, event["type"])
    assert fits(event, schema, schema)
    assert not fits(event | {"colour": "red"}, schema, schema)
    assert not fits({key: value for key, value in event.items() if key != "type"}, schema, schema)


@pytest.mark.parametrize(
    ("kind", "declared", "malformed"),
    [
        ("pool-opened", b'"negative":true', b'"negative":1'),
        ("pool-opened", b'"negative":true', b'"negative":"true"'),
        ("pool-opened", b'"debt":"indexed"', b'"debt":"tranched"'),
        ("pool-opened", b'{"layer":"tranche","tranche":"junior"}', b'{"layer":"tranche"}'),
        ("interest-allocated", b'"interest":"-1', b'"interest":"+1'),
        ("interest-allocated", b'"interest":"-1', b'"interest":"-01'),
        ("debt-redistributed", b'"loan":"loan-3",', b""),
        ("recovery-allocated", b'"to":"bearers"', b'"to":"lenders"'),
        ("adjustment-posted", b'"account":"register:', b'"account":"Register:'),
        ("adjustment-posted", b'"commodity":"debt:morpho"', b'"commodity":"debt:"'),
        ("reconciliation-signed", b'"files":["2f', b'"files":["f'),
    ],
)
def test_a_line_that_is_malformed_is_not_what_the_schema_of_its_event_describes(
    kind: str, declared: bytes, malformed: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    line = next(line for line in GOLDEN if line.startswith(b'{"type":"%b"' % kind.encode()) and declared in line)
    schema = schema_of(capsys, kind)
    assert fits(json.loads(line), schema, schema)
    assert not fits(json.loads(line.replace(declared, malformed)), schema, schema)


@pytest.mark.parametrize("kind", [*COMMANDS, *CATALOGUE])
def test_the_default_of_a_field_is_a_value_that_it_may_have(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    schema = schema_of(capsys, kind)
    optional = {name: part for name, part in schema["properties"].items() if "default" in part and name != "id"}
    assert optional["type"]["default"] == kind
    assert [name for name, part in optional.items() if not fits(part["default"], part, schema)] == []


def test_the_default_of_an_amount_is_text_also_in_the_schema_of_any_line(capsys: pytest.CaptureFixture[str]) -> None:
    of_one = schema_of(capsys, "collateral-sold")["properties"]
    of_any = schema_of(capsys)["$defs"]["CollateralSold"]["properties"]
    defaults = {name: part["default"] for name, part in of_any.items() if "default" in part}
    zero = {name for name, default in defaults.items() if default == "0"}
    assert zero == {"costs", "interest", "penalty", "recovery", "surplus", "rounding", "debt_shares", "shares"}
    assert defaults == {name: part["default"] for name, part in of_one.items() if "default" in part}


# Commands, and what is printed of them.


AT: Final = "2025-03-01T00:00:00Z"


@pytest.mark.parametrize("words", COMMANDED.splitlines())
def test_a_command_is_what_its_schema_describes(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    kind, *fields = words.split()
    command = {"type": kind, "at": AT} | {name: text for name, _, text in (field.partition("=") for field in fields)}
    schema = schema_of(capsys, kind)
    assert fits(command, schema, schema)
    assert not fits(command | {"colour": "red"}, schema, schema)
    assert not fits({key: value for key, value in command.items() if key != "type"}, schema, schema)


@pytest.fixture(scope="module")
def receipts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("receipts") / "receipts.db", OPENING)


@pytest.mark.parametrize("words", COMMANDED.splitlines())
def test_a_receipt_is_what_its_schema_describes(words: str, receipts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = schema_of(capsys, "recoup.receipt/1")
    asked = ("record", *words.split(), "--at", AT)
    tried, done = document(capsys, receipts, *asked, "--dry-run"), document(capsys, receipts, *asked)
    assert fits(tried, schema, schema)
    assert fits(done, schema, schema)
    assert list(done) == list(schema["properties"])


@pytest.mark.parametrize("options", [("--dry-run",), ()])
def test_what_is_said_of_a_file_is_what_its_schema_describes(
    options: tuple[str, ...], receipts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = schema_of(capsys, "recoup.recorded/1")
    file = tmp_path / "commands.jsonl"
    file.write_bytes(fact("deposit", AT, pool="alpha", lender="zoe", assets="7") + fact("close-period", AT, through=AT))
    said = document(capsys, receipts, "record", "--file", str(file), *options)
    assert fits(said, schema, schema)
    assert list(said) == list(schema["properties"])
