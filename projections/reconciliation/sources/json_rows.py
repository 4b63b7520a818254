"""Rows of JSON Lines: one object a line, of which numbers are text from the first, never a binary fraction."""

import io
import json
from collections.abc import Iterator
from typing import Any, Final

from ledger.sources.flaws import shown
from ledger.sources.json_lines import lines, too_long
from projections.reconciliation.items import SourceRefused
from projections.reconciliation.sources.headings import lacking
from projections.reconciliation.sources.profile import FIELDS, Profile
from projections.reconciliation.sources.raw import Raw

_BOM: Final = b"\xef\xbb\xbf"
_FIELDS: Final = frozenset(FIELDS)
_PAIR: Final = frozenset({"debit", "credit"})


def json_rows(content: bytes, name: str, profile: Profile, problems: list[str]) -> Iterator[Raw]:
    """The rows of a file, and in `problems` what is wrong with each line that is none.

    Empty lines are passed over. A field that an object does not have, or has as null, is empty text; a point in a
    column's name leads into an object. Without declared columns the keys are our field names. Raises `SourceRefused`
    where no line at all has a date, or none an amount.
    """
    columns = {field: str(column) for field, column in profile.columns.items()}
    decoder, met, empty = _decoder(profile.decimal_mark), set[str](), _empty(content)
    if profile.kind == "statement" and not columns and (missing := lacking([*empty])):
        raise SourceRefused(name, tuple(f"columns: {problem}" for problem in missing))
    for place, line in enumerate(lines(io.BytesIO(content.removeprefix(_BOM))), 1):
        stripped = line.strip(b" \t\r\n")
        if place <= profile.skip_before or not stripped:
            continue
        if long := too_long(place, line):
            problems.append(f"line {place}: {long.message}")
            continue
        try:
            said = _object(stripped, decoder)
            fields = _declared(said, columns, met) if columns else _own(said, profile, empty)
            if b"\\u" in stripped:
                _check(fields)
        except ValueError as error:
            problems.extend(f"line {place}: {problem}" for problem in error.args)
            continue
        yield Raw(place, fields)
    if columns and profile.kind == "statement" and met and (missing := lacking([*_both(met)])):
        raise SourceRefused(name, tuple(f"columns: {problem} (in no line)" for problem in missing))


def _both(names: set[str]) -> set[str]:
    """A file that has debits alone leaves its credits empty, and the reverse."""
    return names | _PAIR if names & _PAIR else names


def _decoder(mark: str) -> json.JSONDecoder:
    """Reads numbers as the text that they are, with the decimal mark of the profile."""

    def fraction(text: str) -> str:
        return text.replace(".", mark)

    return json.JSONDecoder(parse_float=fraction, parse_int=str, parse_constant=_no_number, object_pairs_hook=_once)


def _object(line: bytes, decoder: json.JSONDecoder) -> dict[str, Any]:
    try:
        said = decoder.decode(line.decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not a JSON object ({error.msg} at column {error.colno})") from None
    except RecursionError:
        raise ValueError("not a JSON object that can be read: too deep") from None
    if not isinstance(said, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  (a flaw of the file)
    return said


def _no_number(text: str) -> str:
    raise ValueError(f"{text} is no JSON number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise ValueError(f"{twice}: stands twice in one object")
    return made


def _declared(said: dict[str, Any], columns: dict[str, str], met: set[str]) -> dict[str, str]:
    found = {}
    for field, column in columns.items():
        value: Any = said
        for key in (column,) if column in said else column.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        found[field] = value
        if value is not None:
            met.add(field)
    return _texts(found)


def _empty(content: bytes) -> dict[str, str]:
    """Our field names that may be keys somewhere in a file: of the others no line has to be asked."""
    escaped = b"\\u" in content
    named = {field for field in FIELDS if escaped or f'"{field}"'.encode() in content}
    return dict.fromkeys(_both(named), "")


def _own(said: dict[str, Any], profile: Profile, empty: dict[str, str]) -> dict[str, str]:
    if profile.kind == "snapshot":
        return _texts(said)
    if not said.keys() <= _FIELDS:
        unknown = [f"{key}: is no field name of ours, and holds {shown(said[key])}" for key in said.keys() - _FIELDS]
        raise ValueError(*sorted(unknown))
    return empty | _texts(said)


def _check(fields: dict[str, str]) -> None:
    """Escapes may stand for what is no text."""
    for field, text in fields.items():
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise ValueError(f"{field}: has a NUL character or half a character, which no text has")


def _texts(said: dict[str, Any]) -> dict[str, str]:
    try:
        return {field: value.strip() for field, value in said.items()}
    except AttributeError:
        pass
    flaws: list[str] = []
    fields = {field: _text(field, value, flaws) for field, value in said.items()}
    if flaws:
        raise ValueError(*flaws)
    return fields


def _text(field: str, value: Any, flaws: list[str]) -> str:  # noqa: ANN401  (what JSON holds)
    match value:
        case str():
            return value.strip()
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case _:
            flaws.append(f"{field}: must be a JSON string or number, not {shown(value)}")
            return ""
