"""How a flaw of a line is told: in plain words, with the field and the value that was wrong."""

import codecs
import json
from typing import TYPE_CHECKING, Any, Final

from ledger.errors import Malformed

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SHOWN_MAX: Final = 80
_WORDS: Final = {
    "missing": "is missing",
    "missing_argument": "is missing",
    "union_tag_not_found": "is missing",
    "string_pattern_mismatch": "has a character or a form that is not allowed there",
    "string_too_long": "is too long",
    "int_type": "must be a JSON integer",
    "string_type": "must be a JSON string",
    "bool_type": "must be true or false",
    "dataclass_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "tuple_type": "must be a JSON array",
}
_UNKNOWN_FIELD: Final = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_WITHOUT_VALUE: Final = frozenset(
    {"missing", "missing_argument", "union_tag_not_found", "dataclass_type", "json_invalid"}
)


def flaw(number: int, content: bytes, detail: "ErrorDetails", field: str, within: str = "") -> Malformed:
    """One flaw that pydantic found in the JSON of a line."""
    kind = detail["type"]
    if kind == "json_invalid":
        return Malformed(number, "", _not_json(content, detail["msg"]), "", within)
    if kind in _UNKNOWN_FIELD:
        return Malformed(number, field, f"is not a field here, and holds {shown(detail['input'])}", "", within)
    value = "" if kind in _WITHOUT_VALUE else shown(detail["input"])
    words = _WORDS.get(kind, _lowered(detail["msg"].removeprefix("Value error, ")))
    return Malformed(number, field, words, value, within)


def shown(value: object) -> str:
    """A value as it stands in JSON, of a long one the beginning."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"


def named_twice(content: bytes) -> str | None:
    """A key that stands twice in one object of the line, which JSON readers would settle in silence."""
    found: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        found.extend(name for position, name in enumerate(names) if name in names[:position])

    json.loads(content, object_pairs_hook=note)
    return found[0] if found else None


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]


def _not_json(content: bytes, message: str) -> str:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start + 1}"
    if content.startswith(codecs.BOM_UTF8):
        return "begins with a byte order mark, which JSON Lines do not have"
    return f"not a JSON object ({message.removeprefix('Invalid JSON: ').replace('line 1 column', 'column')})"
