"""What each lender lost by its shares, and what came back to it, over the cases of a page."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from projections.lender_losses import LenderLossRow
from projections.rows import Units

UNHELD: Final = "virtual shares and rounding"
"""Who bore what no holder of shares did."""


class LossRow(NamedTuple):
    """What write-downs of a tranche took from a lender's balance over some cases, and what recoveries brought it.

    `recoveries` were added to its balance; `allocated` is its part of what was given back to those who bore the loss,
    `restitution` what it was paid of that.
    """

    pool: str
    tranche: str
    lender: str
    asset: str
    losses: Units
    recoveries: Units
    allocated: Units
    restitution: Units


_AMOUNTS: Final = ("losses", "recoveries", "allocated", "restitution")
_Key = tuple[str, str, str, str]


def losses_of(rows: Iterable[LenderLossRow], before: Iterable[LenderLossRow]) -> list[LossRow]:
    """The losses of all cases after an earlier point; in order of pool and tranche, what nobody held last."""
    sums: dict[_Key, list[int]] = {}
    for some, sign in ((rows, 1), (before, -1)):
        for row in some:
            amounts = sums.setdefault((row.pool, row.tranche, row.lender or UNHELD, row.asset), [0] * len(_AMOUNTS))
            for place, name in enumerate(_AMOUNTS):
                amounts[place] += sign * getattr(row, name)
    found = [LossRow(*key, *map(Units, amounts)) for key, amounts in sums.items() if any(amounts)]
    return sorted(found, key=lambda row: (row.pool, row.tranche, row.lender == UNHELD, row.lender))
