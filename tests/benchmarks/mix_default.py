"""What a default of the mix comes to: the sales of an auction, and the part that a fund bears."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from ledger.values import WAD

Layer = dict[str, Any]

_SHARE_WAD: Final = 2 * WAD // 5


def layers_of(number: int, fund: str, cap: int) -> list[Layer]:
    """The waterfall of a pool: the numbers go through four kinds."""
    socialize = {"layer": "socialize"}
    kinds: tuple[list[Layer], ...] = (
        [{"layer": "fund", "fund": fund, "cap": str(cap)}, socialize],
        [{"layer": "fund", "fund": fund, "share_wad": str(_SHARE_WAD)}, socialize],
        [socialize],
        [{"layer": "fund", "fund": fund, "floor": str(cap // 10)}, {"layer": "hold"}],
    )
    return kinds[number % len(kinds)]


def drawn_from_fund(layers: list[Layer], balance: int, deficit: int) -> int:
    """What the fund must bear of a deficit that was just recognized, nothing where no layer draws it."""
    first = layers[0]
    if first["layer"] != "fund":
        return 0
    limits = [deficit, balance - int(first.get("floor", 0)), int(first.get("cap", deficit))]
    if "share_wad" in first:
        limits.append(balance * int(first["share_wad"]) // WAD)
    return max(min(limits), 0)


class Auction:
    """The collateral of a loan, sold in three to five parts for 30 to 110 % of what it owes; interest is paid first.

    `principal` and `interest` are what is still owed, `net` is what was received after costs of a hundredth.
    """

    def __init__(self, chance: Random, collateral: int, principal: int, interest: int) -> None:
        self.principal = principal
        self.interest = interest
        self.net = 0
        self.surplus = 0
        self._parts = chance.randrange(3, 6)
        self._collateral = collateral
        self._proceeds = (principal + interest) * chance.randrange(30, 111) // 100

    def sales(self) -> Iterator[dict[str, str]]:
        """What each sale says of quantity and money."""
        for part in range(self._parts):
            quantity, proceeds = _part(self._collateral, part, self._parts), _part(self._proceeds, part, self._parts)
            costs = proceeds // 100
            interest = min(proceeds - costs, self.interest)
            principal = min(proceeds - costs - interest, self.principal)
            surplus = proceeds - costs - interest - principal
            self.net += proceeds - costs
            self.interest -= interest
            self.principal -= principal
            self.surplus += surplus
            yield (
                {"quantity": str(quantity), "proceeds": str(proceeds)}
                | _named(costs=costs)
                | {"principal": str(principal)}
                | _named(interest=interest, surplus=surplus)
            )

    def unpaid(self) -> dict[str, str]:
        """The interest still owed, left out where there is none."""
        return _named(interest=self.interest)


def _part(whole: int, part: int, parts: int) -> int:
    """A part of a whole; the last takes what the others leave."""
    return whole - whole // parts * (parts - 1) if part == parts - 1 else whole // parts


def _named(**amounts: int) -> dict[str, str]:
    """Optional amounts, as canonical lines have them: none where it is zero."""
    return {name: str(amount) for name, amount in amounts.items() if amount}
