"""A realistic mix of facts, as many as are wanted: ten pools that lend dollars and ether to borrowers with collateral.

Of a hundred facts about fifteen are prices, ten are first deposits of new lenders, twenty are interest accruals; of a
hundred loans one defaults, with several sales, a fund's draw and a loss that lenders share. The facts are lawful, the
same at every run and in bounded memory: a lender or loan that nothing happens to any more is forgotten.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Final

from tests.benchmarks.mix_pool import USDC, WETH, Fact, Pool

SEED: Final = 20221122
FIRST_AT: Final = datetime(2022, 1, 1, tzinfo=UTC)
STEP: Final = timedelta(seconds=63)
"""From one fact to the next. With a price of each pool's oracle every hour, prices are three in twenty facts."""

_ACTIONS: Final[dict[Callable[[Pool], Iterator[Fact]], int]] = {
    Pool.deposit_first: 13,
    Pool.deposit_more: 5,
    Pool.withdraw: 9,
    Pool.transfer: 5,
    Pool.originate: 7,
    Pool.draw: 5,
    Pool.accrue: 31,
    Pool.repay: 12,
    Pool.repay_all: 7,
    Pool.post: 3,
    Pool.release: 2,
    Pool.contribute: 1,
}
"""Of a hundred actions so many are of each kind."""


def lines(number: int) -> Iterator[bytes]:
    """The first `number` facts as canonical lines; a longer list begins with every shorter one."""
    return islice(_lines(Random(SEED)), number)  # noqa: S311  (the same facts at every run)


def _lines(chance: Random) -> Iterator[bytes]:
    pools = [Pool(chance, number) for number in range(10)]
    for at, fact in _timed(pools, _facts(chance, pools)):
        event_id = f"0x{chance.getrandbits(256):064x}/{chance.randrange(400)}"
        envelope = {"type": fact["type"], "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "id": event_id}
        yield json.dumps(envelope | fact, separators=(",", ":")).encode() + b"\n"


def _timed(pools: list[Pool], facts: Iterator[Fact]) -> Iterator[tuple[datetime, Fact]]:
    """Facts with their times; on every full hour, the prices."""
    at = hour = FIRST_AT
    for fact in facts:
        at += STEP
        if at - hour >= timedelta(hours=1):
            hour += timedelta(hours=1)
            for pool in pools:
                yield hour, pool.price()
        yield at, fact


def _facts(chance: Random, pools: list[Pool]) -> Iterator[Fact]:
    for asset in (USDC, WETH):
        yield {"type": "asset-registered", "asset": asset.name, "decimals": asset.decimals}
    for pool in pools:
        yield from pool.opening()
    actions = [action for action, weight in _ACTIONS.items() for _ in range(weight)]
    while True:
        yield from chance.choice(actions)(chance.choice(pools))
