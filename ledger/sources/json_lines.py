"""JSON Lines: one fact a line, in the form of the catalogue. Each flaw is told with its line, field and value."""

from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Final

from pydantic import ValidationError

from ledger.book import Fact
from ledger.errors import Malformed
from ledger.events import ADAPTER, CATALOGUE
from ledger.sources.flaws import flaw, named_twice, shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

LINE_MAX: Final = 1 << 20
"""The longest line that is read, in bytes: a bound on memory, far above any fact."""


def lines(file: IO[bytes], longest: int = LINE_MAX) -> Iterator[bytes]:
    """The lines of a file, in bounded memory: of a line above `longest` bytes only the beginning is kept."""
    while line := file.readline(longest + 2):
        yield line
        while not line.endswith(b"\n") and len(line) > longest:
            line = file.readline(longest + 2)


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
        return Malformed(fact.line, field, "is written by the ledger itself", shown(getattr(fact.event, field)))
    if fact.content != content and (twice := named_twice(content)):
        return Malformed(fact.line, twice, "stands twice in one object", "")
    return fact if fact.event.id else _identified(fact, copies)


def _identified(fact: Fact, copies: dict[str, int]) -> Fact:
    event = fact.event.identified()
    copy = copies[event.id] = copies.get(event.id, 0) + 1
    return Fact.of(fact.line, event if copy == 1 else fact.event.identified(copy))


def _flaw(number: int, content: bytes, detail: "ErrorDetails") -> Malformed:
    kind = detail["type"]
    path = [str(step) for step in detail["loc"]]
    field = ".".join(path[1:] if path and path[0] in CATALOGUE else path) or ("type" if "tag" in kind else "")
    if kind == "union_tag_invalid" and not path:
        return Malformed(number, "type", "no event is called that", shown(detail["input"].get("type")))
    return flaw(number, content, detail, field)
