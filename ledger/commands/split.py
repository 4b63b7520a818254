"""A recovery on its way to its takers, one after the other."""

from typing import Literal

from ledger.events import RecoveryPart
from ledger.values import EventId

Taker = Literal["deficit", "fund", "reserve", "tranche", "bearers", "borrower"]


class Split:
    """An amount that is handed out until nothing is `left` of it; each taker gets what it is owed, or what is left.

    What is owed to someone who cannot be credited is held back: out of `spare`, what is unallocated beside the amount,
    and then out of the amount. So an amount in parts reaches the same takers as all of it at once. `held` says why.
    """

    def __init__(self, amount: int, *, spare: int) -> None:
        self.left = amount
        self.spare = spare
        self.parts: dict[tuple[Taker, str | None, EventId | None], int] = {}
        self.held: list[str] = []

    def give(self, to: Taker, owed: int, *, name: str | None = None, basis: EventId | None = None) -> None:
        """Give a taker what it is owed, as far as that goes."""
        amount = min(owed, self.left)
        if amount > 0:
            self.left -= amount
            self.parts[to, name, basis] = self.parts.get((to, name, basis), 0) + amount

    def hold(self, owed: int, reason: str) -> None:
        """Hold back what is owed to someone who cannot be credited."""
        from_spare = min(owed, self.spare)
        amount = min(owed - from_spare, self.left)
        self.spare -= from_spare
        self.left -= amount
        if amount > 0:
            self.held.append(reason)

    def as_parts(self) -> tuple[RecoveryPart, ...]:
        """What each taker got, in the order of their turn."""
        return tuple(
            RecoveryPart(to=to, name=name, amount=amount, basis=basis)
            for (to, name, basis), amount in self.parts.items()
        )
