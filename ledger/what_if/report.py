"""What other terms make impossible, as it is told to whoever asked."""

from typing import Literal, NamedTuple

from ledger.errors import LawBroken
from ledger.values import EventId


class Impossible(NamedTuple):
    """A recorded entry, or the first of a command's, that the other course cannot have as it is recorded.

    It is `left out`, or `cut` to what is possible. `type` is the fact's, or the command's; `position` the recorded one.
    """

    position: int
    id: EventId
    type: str
    outcome: Literal["left out", "cut"]
    reason: str


def told(error: Exception) -> str:
    """Why something is refused, without the entry's name, which stands beside it."""
    if isinstance(error, LawBroken):
        return f"law {error.law}, {error.title}: {error.args[0]}"
    return str(error)
