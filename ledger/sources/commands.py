"""Commands in JSON Lines, with facts between them. Each is decided once all that stands before it is admitted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from ledger.book import Decision, Fact, Told
from ledger.books import Books
from ledger.commands import COMMANDS, AnyCommand, Command, decide
from ledger.errors import IdConflict, Malformed
from ledger.events import ADAPTER, CATALOGUE, AnyEvent
from ledger.sources.flaws import named_twice
from ledger.sources.json_lines import as_stored, flaws_of, too_long
from ledger.values import EventId

_ASKED: Final[TypeAdapter[AnyCommand | AnyEvent]] = TypeAdapter(
    Annotated[AnyCommand | AnyEvent, Field(discriminator="type")]
)
_decode: Final[Callable[[bytes], AnyCommand | AnyEvent]] = _ASKED.validate_json
_NAMES: Final = frozenset({*COMMANDS, *CATALOGUE})


def told(file: Iterable[bytes]) -> Iterator[Told]:
    """What the lines of a file tell, in order: a decision for each command, a fact for each fact.

    A malformed line gives one `Malformed` for each flaw; empty lines are passed over. A command without an id gets the
    hash of its canonical text; the second, third … equal line is marked `#2`, `#3` …
    """
    copies: dict[str, int] = {}
    for number, line in enumerate(file, 1):
        content = line.strip(b" \t\r\n")
        if long := too_long(number, line):
            yield long
        elif content:
            try:
                asked = _decode(content)
            except ValidationError as error:
                yield from flaws_of(error, number, content, _NAMES, "no command or event")
            else:
                yield _told(asked, number, content, copies)


def _told(asked: AnyCommand | AnyEvent, number: int, content: bytes, copies: dict[str, int]) -> Told:
    if not isinstance(asked, Command):
        return as_stored(Fact(number, asked, asked.canonical()), content, copies)
    if twice := named_twice(content):
        return Malformed(number, twice, "stands twice in one object", "")
    return _decision(asked if asked.id else _identified(asked, copies), number)


def _identified(command: AnyCommand, copies: dict[str, int]) -> AnyCommand:
    digest = sha256(command.asked().encode()).hexdigest()
    copy = copies[digest] = copies.get(digest, 0) + 1
    return replace(command, id=EventId(digest if copy == 1 else f"{digest}#{copy}"))


def _decision(command: AnyCommand, number: int) -> Decision:
    return Decision(command.id, lambda: f"line {number}", partial(_decided, command))


def _decided(command: AnyCommand, books: Books, recorded: bytes | None) -> Sequence[AnyEvent] | None:
    """The facts that follow from a command, None where it is recorded already."""
    if recorded is not None:
        if ADAPTER.validate_json(recorded).command != command.asked():
            raise IdConflict(f"id {command.id} is recorded with other content")
        return None
    return decide(command, books)
