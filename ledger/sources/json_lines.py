"""JSON Lines: one fact a line, in the form of the catalogue. Each flaw is told with its line, field and value."""

from collections.abc import Container, Iterable, Iterator
from typing import IO, Final

from pydantic import ValidationError

from ledger.book import Fact
from ledger.errors import Malformed
from ledger.events import ADAPTER, CATALOGUE
from ledger.sources.flaws import flaw, named_twice, shown

LINE_MAX: Final = 1 << 20
"""The longest line that is read, in bytes: a bound on memory, far above any fact."""


def lines(file: IO[bytes], longest: int = LINE_MAX) -> Iterator[bytes]:
    """The lines of a file, in bounded memory: of a line above `longest` bytes only the beginning is kept."""
    while line := file.readline(longest + 2):
        yield line
        while not line.endswith(b"\n") and len(line) > longest:
            line = file.readline(longest + 2)


def facts(file: Iterable[bytes], *, exported: bool = False) -> Iterator[Fact | Malformed]:
    """The facts of a file's lines, in order, each with its id; a malformed line gives one `Malformed` for each flaw.

    Empty lines are passed over. A fact without an id gets the hash of its canonical bytes; the second, third … equal
    line is marked `#2`, `#3` … Facts that were exported from a book may say what that book's ledger wrote: `command`
    and `cause`.
    """
    copies: dict[str, int] = {}
    for number, line in enumerate(file, 1):
        content = line.strip(b" \t\r\n")
        if long := too_long(number, line):
            yield long
        elif content:
            try:
                event = _decode(content)
                fact = Fact(number, event, event.canonical())
            except ValidationError as error:
                yield from flaws_of(error, number, content, CATALOGUE, "no event")
            else:
                yield as_stored(fact, content, copies, exported=exported)


_decode: Final = ADAPTER.validate_json


def too_long(number: int, line: bytes) -> Malformed | None:
    """The flaw of a line that is longer than any is read."""
    if len(line) > LINE_MAX and len(line.rstrip(b"\r\n")) > LINE_MAX:
        return Malformed(number, "", f"longer than {LINE_MAX} bytes", "")
    return None


def as_stored(fact: Fact, content: bytes, copies: dict[str, int], *, exported: bool = False) -> Fact | Malformed:
    """A line's fact, with the id that it will be stored by. `copies` counts the equal lines without one."""
    return fact if _is_usual(fact, content) else _looked_at(fact, content, copies, exported=exported)


def flaws_of(
    error: ValidationError, number: int, content: bytes, names: Container[str], nothing: str
) -> Iterator[Malformed]:
    """Every flaw of a line whose type may be one of `names`; of another type, `nothing` is called that."""
    for detail in error.errors(include_url=False, include_context=False):
        kind, path = detail["type"], [str(step) for step in detail["loc"]]
        if kind == "union_tag_invalid" and not path:
            yield Malformed(number, "type", f"{nothing} is called that", shown(detail["input"].get("type")))
        else:
            field = ".".join(path[1:] if path and path[0] in names else path) or ("type" if "tag" in kind else "")
            yield flaw(number, content, detail, field)


def _is_usual(fact: Fact, content: bytes) -> bool:
    """Whether a line is in the very form that is stored, with an id and without what only the ledger writes."""
    event = fact.event
    return fact.content == content and event.id != "" and event.command is None and event.cause is None


def _looked_at(fact: Fact, content: bytes, copies: dict[str, int], *, exported: bool) -> Fact | Malformed:
    """A line in another form, which may hide what its fact does not show."""
    if not exported and (fact.event.command is not None or fact.event.cause is not None):
        field = "cause" if fact.event.command is None else "command"
        said = shown(getattr(fact.event, field))
        return Malformed(fact.line, field, "is written by the ledger itself: only exported facts may say it", said)
    if fact.content != content and (twice := named_twice(content)):
        return Malformed(fact.line, twice, "stands twice in one object", "")
    return fact if fact.event.id else _identified(fact, copies)


def _identified(fact: Fact, copies: dict[str, int]) -> Fact:
    event = fact.event.identified()
    copy = copies[event.id] = copies.get(event.id, 0) + 1
    return Fact.of(fact.line, event if copy == 1 else fact.event.identified(copy))
