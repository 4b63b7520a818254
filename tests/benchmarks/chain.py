"""Logs of a lending contract like Morpho Blue, as many as are wanted: lawful, the same at every run, in bounded memory.

In four markets two hundred users supply, post collateral, borrow, repay and withdraw in turn, each a block of its own;
every second one is liquidated, which leaves bad debt.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import count, islice
from typing import Final

from ledger.sources.morpho_blue import PROTOCOL

MARKETS: Final = 4
USERS: Final = 200
FIRST_BLOCK: Final = 18_000_000
FIRST_TIME: Final = 1_693_000_000
UNIT: Final = 10**18
_TOPICS: Final = {event.name: event.topic for event in PROTOCOL.events.values()}

Log = tuple[str, tuple[str, ...], tuple[str | int, ...]]
"""The event of a log, what stands in its topics, and in its data."""


def lines(number: int) -> Iterator[bytes]:
    """The first `number` logs, one `eth_getLogs` object a line; a longer list begins with every shorter one."""
    for index, log in enumerate(islice(_logs(), number)):
        yield json.dumps(_given(log, index), separators=(",", ":")).encode() + b"\n"


def _logs() -> Iterator[Log]:
    for number in range(MARKETS):
        tokens = (_address(f"loan {number}"), _address(f"collateral {number}"))
        yield "CreateMarket", (_word(f"market {number}"),), (*tokens, _address("oracle"), _address("irm"), UNIT // 2)
    for turn in count():
        market, user = _word(f"market {turn % MARKETS}"), _address(f"user {turn % USERS}")
        yield from _turn(market, user, liquidated=turn % 2 == 1)


def _turn(market: str, user: str, *, liquidated: bool) -> Iterator[Log]:
    """One user comes and goes; what it borrows it owes in a million debt shares a unit."""
    yield "AccrueInterest", (market,), (317_097_919, 0, 0)
    yield "Supply", (market, user, user), (1_000 * UNIT, 1_000 * UNIT * 10**6)
    yield "SupplyCollateral", (market, user, user), (UNIT // 3,)
    yield "AccrueInterest", (market,), (317_097_919, 0, 0)
    yield "Borrow", (market, user, user), (user, 600 * UNIT, 600 * UNIT * 10**6)
    yield "Repay", (market, user, user), (100 * UNIT, 100 * UNIT * 10**6)
    yield "Withdraw", (market, user, user), (user, 50 * UNIT, 50 * UNIT * 10**6)
    if liquidated:
        repaid, bad = 400 * UNIT, 100 * UNIT
        yield "Liquidate", (market, user, user), (repaid, repaid * 10**6, UNIT // 3, bad, bad * 10**6)
    else:
        yield "Repay", (market, user, user), (500 * UNIT, 500 * UNIT * 10**6)


def _given(log: Log, index: int) -> dict[str, object]:
    name, topics, data = log
    return {
        "address": _address("contract"),
        "topics": [_TOPICS[name], *(f"0x{_padded(topic)}" for topic in topics)],
        "data": f"0x{''.join(map(_padded, data))}",
        "blockNumber": hex(FIRST_BLOCK + index // 2),
        "blockHash": _word(f"block {index // 2}"),
        "blockTimestamp": hex(FIRST_TIME + 12 * (index // 2)),
        "transactionHash": _word(f"transaction {index}"),
        "transactionIndex": hex(index % 2),
        "logIndex": hex(index % 2),
        "removed": False,
    }


def _word(of: str) -> str:
    return f"0x{sha256(of.encode()).hexdigest()}"


def _address(of: str) -> str:
    return _word(of)[:42]


def _padded(value: str | int) -> str:
    """A value as the ABI writes it: 32 bytes in hexadecimal."""
    return (value.removeprefix("0x") if isinstance(value, str) else f"{value:x}").zfill(64)
