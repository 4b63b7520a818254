"""How a file of the other side is written: a profile in TOML, with every mistake in it told in one run."""

import codecs
import json
import tomllib
from collections.abc import Iterator
from dataclasses import field, replace
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from ledger.values import AMOUNT_MAX, BORDER, timestamp
from projections.reconciliation.items import SourceRefused
from projections.reconciliation.rules import Rules
from projections.reconciliation.sources.amounts import SEPARATORS
from projections.reconciliation.sources.dates import mistake_of

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Kind = Literal["statement", "snapshot"]
Format = Literal["csv", "xlsx", "jsonl"]

FIELDS: Final = (
    *("date", "value_date", "booking_date", "amount", "debit", "credit", "direction", "balance", "account", "currency"),
    *("tx", "log_index", "chain", "end_to_end", "reference", "group", "kind", "status", "reversal", "reverses"),
    *("counterparty", "text", "fee", "row", "count"),
)
"""What a column of a statement may be."""

_Character = Annotated[str, Field(strict=True, min_length=1, max_length=1)]
_Lines = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
_Column = Annotated[str, Field(strict=True, min_length=1)] | Annotated[int, Field(strict=True, ge=1, le=16_384)]
_NO_KEY: Final = {"extra_forbidden", "unexpected_keyword_argument", "frozen_set_type"}
"""What pydantic says of a key that a file cannot have: no value in TOML is a frozen set."""
_AMOUNTS: Final = ("amount_tolerance", "fee_max", "precision", "material")


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Profile:
    """How the other side writes a file. All of it has a default; without `columns` the headings are our field names.

    `kind` is what the file tells, movements or balances; `format` is seen by its content where it is not said. Of a
    CSV file: `encoding`, `delimiter`, `quote` (empty: none), `comment` (how a line to be passed over begins),
    `skip_before` the header and `skip_after` it so many lines. `header` is false where columns have no names. Of a
    workbook: `sheet`.

    `columns` says by our field name which column is meant, by its name or its number from 1; of JSON Lines a point
    leads into an object. `dates` is a pattern of `strptime` (empty: YYYY-MM-DD or RFC 3339), `offset` what holds for
    times without one. Amounts are in whole `units` of the asset or in `base` units, with `decimal_mark` and any of
    `thousands`; `sign` is `opposite` where what makes the balance grow is written as negative; `debits` whether a
    column of debits writes what it takes as positive or as negative numbers. `order` is which line stands first.

    Their words for ours, added to those that are understood anyway: `kinds` (`fee`, `interest`), `statuses` (`booked`,
    `pending`, `ignored`), `directions` (`credit`, `debit`), `reversals` (true, false), `rows` (`line`, `opening`,
    `closing`, or the control totals `credits`, `debits`, `count`, or `ignored`), `commodities` (the asset of the book).
    `rules` are those of the comparison, `stated_rules` which of them the file states: the others are by default.
    """

    kind: Kind = "statement"
    format: Format | None = None
    encoding: str = "utf-8"
    delimiter: _Character = ","
    quote: Annotated[str, Field(strict=True, max_length=1)] = '"'
    comment: str = ""
    skip_before: _Lines = 0
    header: bool = True
    skip_after: _Lines = 0
    sheet: str = ""
    columns: dict[str, _Column] = field(default_factory=dict)
    dates: str = ""
    offset: str = ""
    decimal_mark: Literal[".", ","] = "."
    thousands: str = ""
    unit: Literal["units", "base"] = "base"
    sign: Literal["same", "opposite"] = "same"
    debits: Literal["positive", "negative"] = "positive"
    order: Literal["oldest", "newest"] = "oldest"
    kinds: dict[str, Literal["fee", "interest", ""]] = field(default_factory=dict)
    statuses: dict[str, Literal["booked", "pending", "ignored"]] = field(default_factory=dict)
    directions: dict[str, Literal["credit", "debit"]] = field(default_factory=dict)
    reversals: dict[str, bool] = field(default_factory=dict)
    rows: dict[str, Literal["line", "opening", "closing", "credits", "debits", "count", "ignored"]] = field(
        default_factory=dict
    )
    commodities: dict[str, str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    stated_rules: Annotated[frozenset[str], Field(strict=True)] = frozenset()


def profile_of(content: bytes, name: str, kind: Kind = "statement") -> Profile:
    """The profile in a TOML file, of files of this `kind` where it does not say it.

    Raises `SourceRefused` with every mistake, its key and its value.
    """
    try:
        table = tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise SourceRefused(name, (f"is not UTF-8 at byte {error.start + 1}",)) from None
    except tomllib.TOMLDecodeError as error:
        raise SourceRefused(name, (f"is no TOML: {error}",)) from None
    except (ValueError, RecursionError):
        raise SourceRefused(
            name, ("is no TOML that can be read: a number in it is too long, or it is too deep",)
        ) from None
    problems: list[str] = []
    profile, wrong = _checked({"kind": kind} | _with_amounts(table), problems)
    problems.extend(f"{key}: {words}" for key, words in _contradictions(profile) if not _is_of(key, wrong))
    if problems:
        raise SourceRefused(name, tuple(problems))
    return replace(profile, stated_rules=frozenset(table.get("rules", ())))


_PROFILE: Final = TypeAdapter(Profile)


def _with_amounts(table: dict[str, Any]) -> dict[str, Any]:
    """Amounts of the rules may be integers, or text as in JSON."""
    rules = table.get("rules")
    if not isinstance(rules, dict):
        return table
    read = {key: int(rules[key]) for key in _AMOUNTS if _is_digits(rules.get(key))}
    return {**table, "rules": {**rules, **read}}


def _is_digits(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(AMOUNT_MAX))


def _checked(table: dict[str, Any], problems: list[str]) -> tuple[Profile, set[str]]:
    """The profile without what is wrong in it, and the keys of that."""
    wrong: set[str] = set()
    while True:
        try:
            return _PROFILE.validate_python(table), wrong
        except ValidationError as error:
            details = error.errors(include_url=False)
        # A list whose members are all wrong is too short without them: that is no mistake of the file.
        problems.extend(dict.fromkeys(_told(table, one) for one in details if not _follows(one, details)))
        for path in dict.fromkeys(_path(table, one["loc"]) for one in details):
            wrong.add(".".join(path))
            table = _without(table, path)


def _follows(one: "ErrorDetails", details: list["ErrorDetails"]) -> bool:
    within, size = one["loc"], len(one["loc"])
    return one["type"] == "too_short" and any(
        len(other["loc"]) > size and other["loc"][:size] == within for other in details
    )


def _path(table: dict[str, Any], loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that lead to a mistake, as far as they are the file's own: pydantic adds names of its own."""
    found: list[str] = []
    inner: Any = table
    for step in loc:
        if not isinstance(inner, dict) or step not in inner:
            break
        found.append(str(step))
        inner = inner[step]
    return tuple(found)


def _told(table: dict[str, Any], detail: "ErrorDetails") -> str:
    path = _path(table, detail["loc"])
    value: Any = table
    for step in path:
        value = value[step]
    words = detail["msg"].removeprefix("Value error, ").replace("Input should", "should")
    if detail["type"] in _NO_KEY:
        words = "is no key of a profile"
    elif path and path[0] == "columns":
        words = "a column is named by its heading, or by its number from 1"
    return f"{'.'.join(path)}: {words[:1].lower()}{words[1:]}, not {_shown(value)}"


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _without(table: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    first, *rest = path
    if not rest:
        return {key: value for key, value in table.items() if key != first}
    return {**table, first: _without(table[first], tuple(rest))} if isinstance(table.get(first), dict) else table


def _is_of(key: str, wrong: set[str]) -> bool:
    return any(key == one or key.startswith(f"{one}.") or one.startswith(f"{key}.") for one in wrong)


def _contradictions(profile: Profile) -> Iterator[tuple[str, str]]:
    """What each key allows by itself, and no file can be read by."""
    yield from _of_text(profile)
    if profile.columns:
        yield from _of_columns(profile)
    if profile.kind == "statement" and profile.columns:
        yield from _of_statement(profile.columns)


def _of_text(profile: Profile) -> Iterator[tuple[str, str]]:
    try:
        codecs.lookup(profile.encoding)
        "".encode(profile.encoding)
    except (LookupError, ValueError):
        yield "encoding", f"no encoding of text is called {_shown(profile.encoding)}"
    if profile.delimiter in {profile.quote, "\n", "\r"}:
        yield "delimiter", f"parts fields, and cannot be the quote or the end of a line: {_shown(profile.delimiter)}"
    if profile.decimal_mark in profile.thousands:
        yield "thousands", f"is the decimal mark too: {_shown(profile.decimal_mark)}"
    if strange := [one for one in profile.thousands if one not in SEPARATORS]:
        yield "thousands", f"are parted by spaces, apostrophes, point or comma, not by {_shown(''.join(strange))}"
    if profile.dates and (mistake := mistake_of(profile.dates)):
        yield "dates", f"{mistake}, not {_shown(profile.dates)}"
    if profile.offset:
        try:
            timestamp(f"2000-01-01T00:00:00{profile.offset}")
        except ValueError:
            yield "offset", f"is Z or such as +01:00, not {_shown(profile.offset)}"


def _of_columns(profile: Profile) -> Iterator[tuple[str, str]]:
    for key, column in profile.columns.items():
        if profile.kind == "statement" and key not in FIELDS:
            yield f"columns.{key}", f"is none of {', '.join(FIELDS)}"
        if isinstance(column, str) and not profile.header and profile.format != "jsonl":
            yield f"columns.{key}", f"without a header a column is named by its number, not {_shown(column)}"
        if isinstance(column, int) and profile.format == "jsonl":
            yield f"columns.{key}", f"in JSON Lines a column is named by its key, not {column}"


def _of_statement(columns: dict[str, str | int]) -> Iterator[tuple[str, str]]:
    if not columns.keys() & {"date", "value_date", "booking_date"}:
        yield "columns.date", "is missing: one of date, value_date, booking_date"
    if "amount" in columns and columns.keys() & {"debit", "credit"}:
        yield "columns.amount", "stands beside debit and credit: a movement is told once"
    if "amount" not in columns and not {"debit", "credit"} <= columns.keys():
        yield "columns.amount", "is missing: amount, or debit and credit"
    if "direction" in columns and "amount" not in columns:
        yield "columns.direction", "says which way an amount goes, and there is none"
    if "log_index" in columns and "tx" not in columns:
        yield "columns.log_index", "counts within a transaction: columns.tx is missing"
    if "chain" in columns and "tx" in columns:
        yield "columns.chain", "stands beside tx: a reference is told once"
