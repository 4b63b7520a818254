"""What follows from a command in a story: the facts it decides, as they would be told without it, and admitted."""

from typing import Final

import pytest

from ledger.commands import AnyCommand, decide
from ledger.errors import LedgerError
from ledger.events import AnyEvent
from ledger.values import EventId
from tests.story import Story, picture

AS_ASKED: Final = EventId("command")
"""The id of a command that is told once in a story."""


def bare(fact: AnyEvent) -> AnyEvent:
    """A fact without what a command gives it, to be compared with one that is told."""
    fields = {name: value for name, value in vars(fact).items() if name not in ("id", "command", "cause")}
    return type(fact)(**fields)


def follows(story: Story, command: AnyCommand) -> tuple[AnyEvent, ...]:
    """The facts that follow from a command, bare; the story goes on with them. Deciding changes nothing."""
    before = picture(story.books)
    decided = decide(command, story.books)
    assert picture(story.books) == before
    story.then(*decided)
    return tuple(map(bare, decided))


def refused(story: Story, command: AnyCommand, error: type[LedgerError], saying: str) -> None:
    """Hold that a command is refused by an error that says so: when it is decided, or when its facts are admitted."""
    with pytest.raises(error) as caught:
        follows(story, command)
    assert saying in str(caught.value)
