"""JSON Lines: one fact a line, in the form of the catalogue. Each flaw is told with its line, field and value."""

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from ledger.book import Fact
from ledger.errors import Malformed
from ledger.events import ADAPTER, CATALOGUE

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

LINE_MAX: Final = 1 << 20
"""The longest line that is read, in bytes: a bound on memory, far above any fact."""

_SHOWN_MAX: Final = 80
_WORDS: Final = {
    "missing": "is missing",
    "missing_argument": "is missing",
    "union_tag_not_found": "is missing",
    "string_pattern_mismatch": "has a character or a form that is not allowed there",
    "string_too_long": "is too long",
    "int_type": "must be a JSON integer",
    "string_type": "must be a JSON string",
}
_UNKNOWN_FIELD: Final = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_WITHOUT_VALUE: Final = frozenset(
    {"missing", "missing_argument", "union_tag_not_found", "dataclass_type", "json_invalid"}
)


def lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file, in bounded memory: of a line longer than `LINE_MAX` only the beginning is kept."""
    while line := file.readline(LINE_MAX + 2):
        yield line
        while not line.endswith(b"\n") and len(line) > LINE_MAX:
            line = file.readline(LINE_MAX + 2)


def facts(file: Iterable[bytes]) -> Iterator[Fact | Malformed]:
    """The facts of a file's lines, in order, each with its id; a malformed line gives one `Malformed` for each flaw.

    Empty lines are passed over. A fact without an id gets the hash of its canonical bytes; the second, third … equal
    line is marked `#2`, `#3` …
    """
    copies: dict[str, int] = {}
    for number, line in enumerate(file, 1):
        content = line.strip(b" \t\r\n")
        if len(line) > LINE_MAX and len(line.rstrip(b"\r\n")) > LINE_MAX:
            yield Malformed(number, "", f"longer than {LINE_MAX} bytes", "")
        elif content:
            try:
                event = _decode(content)
                fact = Fact(number, event, event.canonical())
            except ValidationError as error:
                flaws = error.errors(include_url=False, include_context=False)
                yield from (_flaw(number, content, detail) for detail in flaws)
            else:
                yield fact if _is_usual(fact, content) else _looked_at(fact, content, copies)


_decode: Final = ADAPTER.validate_json


def _is_usual(fact: Fact, content: bytes) -> bool:
    """Whether a line is in the very form that is stored, with an id and without what only the ledger writes."""
    event = fact.event
    return fact.content == content and event.id != "" and event.command is None and event.cause is None


def _looked_at(fact: Fact, content: bytes, copies: dict[str, int]) -> Fact | Malformed:
    """A line in another form, which may hide what its fact does not show."""
    if fact.event.command is not None or fact.event.cause is not None:
        field = "cause" if fact.event.command is None else "command"
        return Malformed(fact.line, field, "is written by the ledger itself", _shown(getattr(fact.event, field)))
    if fact.content != content and (twice := _named_twice(content)):
        return Malformed(fact.line, twice, "stands twice in one object", "")
    return fact if fact.event.id else _identified(fact, copies)


def _identified(fact: Fact, copies: dict[str, int]) -> Fact:
    event = fact.event.identified()
    copy = copies[event.id] = copies.get(event.id, 0) + 1
    return Fact.of(fact.line, event if copy == 1 else fact.event.identified(copy))


def _flaw(number: int, content: bytes, detail: "ErrorDetails") -> Malformed:
    kind = detail["type"]
    if kind == "json_invalid":
        return Malformed(number, "", _not_json(content, detail["msg"]), "")
    path = [str(step) for step in detail["loc"]]
    field = ".".join(path[1:] if path and path[0] in CATALOGUE else path) or ("type" if "tag" in kind else "")
    if kind == "union_tag_invalid" and not path:
        return Malformed(number, "type", "no event is called that", _shown(detail["input"].get("type")))
    if kind in _UNKNOWN_FIELD:
        return Malformed(number, field, f"is not a field here, and holds {_shown(detail['input'])}", "")
    value = "" if kind in _WITHOUT_VALUE else _shown(detail["input"])
    return Malformed(number, field, _WORDS.get(kind, _lowered(detail["msg"].removeprefix("Value error, "))), value)


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


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"


def _named_twice(content: bytes) -> str | None:
    """A key that stands twice in one object of the line, which JSON readers would settle in silence."""
    found: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        found.extend(name for position, name in enumerate(names) if name in names[:position])

    json.loads(content, object_pairs_hook=note)
    return found[0] if found else None
