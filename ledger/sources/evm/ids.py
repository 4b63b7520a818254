"""The ids of the facts that follow from logs, and what they tell.

0x6ba9…6244/18000017/ce959cde6b948d80/3          contract, block, beginning of the block's hash, index of the log
0x6ba9…6244/18000017/ce959cde6b948d80/3/2        the second fact of the same log
0x6ba9…6244/18000017/ce959cde6b948d80/3#2        the same log, when its block had left the chain and came back
0x6ba9…6244/18000017/ce959cde6b948d80/3/withdrawn    the reversal of the first, when its block left the chain
"""

import re
from collections.abc import Iterator
from itertools import count
from typing import Final

from ledger.values import EventId

HASH_SHOWN: Final = 16
"""So many digits of a block's hash tell apart the blocks of one height; the whole of it is in the evidence."""

_OF_A_LOG: Final = re.compile(rf"(0x[0-9a-f]{{40}})/\d+/[0-9a-f]{{{HASH_SHOWN}}}/\d+(?:#\d+)?(?:/\d+)?")


def first_id(contract: str, block: int, block_hash: str, log_index: int) -> EventId:
    """The id of the first fact that follows from a log."""
    return EventId(f"{contract}/{block}/{block_hash[2 : 2 + HASH_SHOWN]}/{log_index}")


def nth_id(first: EventId, number: int) -> EventId:
    """The id of a further fact of the same log: `number` counts from 1."""
    return first if number == 1 else EventId(f"{first}/{number}")


def again(first: EventId) -> Iterator[EventId]:
    """The ids that the first fact of a log may have: each time its block comes back to the chain, the next."""
    yield first
    yield from (EventId(f"{first}#{number}") for number in count(2))


def withdrawal(event_id: EventId) -> EventId:
    """The id of the reversal of a fact whose block left the chain."""
    return EventId(f"{event_id}/withdrawn")


def contract_of(event_id: EventId) -> str | None:
    """The contract whose log a fact followed from; None of a fact from elsewhere, and of a withdrawal."""
    found = _OF_A_LOG.fullmatch(event_id)
    return found[1] if found else None
