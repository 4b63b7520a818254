"""Who held which shares when a loss fell on them, kept only as far as shares have moved since.

A loss is one posting and names no holder. What comes back later goes to those who held shares at that moment, whoever
holds them now, so a holder's shares are noted when they change for the first time after a loss.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.accounts import Move
from ledger.chart import is_issued
from ledger.errors import ReversalRefused
from ledger.sums import Sums
from ledger.values import Account, Commodity, EventId, PartyId


class _Held(NamedTuple):
    """The shares that someone held through a loss, known by its number in its register."""

    through: int
    shares: int


@dataclass(slots=True)
class Registers:
    """The share registers on which losses fell, as they were at each.

    `watched` are the positions of the losses of each register.
    """

    watched: dict[Commodity, "array[int]"] = field(default_factory=dict)
    _noted: dict[Account, list[_Held]] = field(default_factory=dict)
    _relied: dict[Commodity, list[tuple[int, EventId]]] = field(default_factory=dict)
    _undone: set[int] = field(default_factory=set)

    def lose(self, shares: Commodity, position: int) -> None:
        """A loss falls on a register, by the entry at a position."""
        losses = self.watched.get(shares)
        if losses is None:
            losses = self.watched[shares] = array("q")
        losses.append(position)

    def lose_no_more(self, position: int) -> None:
        """That loss is reversed: it keeps its number in its register, and counts no more."""
        self._undone.add(position)

    def rewind(self, position: int) -> None:
        """Forget the losses after a position, which were never recorded, and what was noted through them."""
        for shares in [shares for shares, losses in self.watched.items() if losses[-1] > position]:
            losses = self.watched[shares]
            while losses and losses[-1] > position:
                self._undone.discard(losses.pop())
            self._forget_after(len(losses), f"register{shares[len('shares') :]}:")
            if not losses:
                del self.watched[shares]

    def _forget_after(self, losses: int, register: str) -> None:
        for account in [account for account in self._noted if account.startswith(register)]:
            noted = self._noted[account]
            while noted and noted[-1].through > losses:
                noted.pop()
            if not noted:
                del self._noted[account]

    def note(self, moves: Iterable[Move], sums: Sums) -> None:
        """Keep what holders held through the losses so far, once moves have changed it: `sums` are those after.

        No account is in two of the moves.
        """
        for shares, debit, credit, amount in moves:
            if amount and shares in self.watched and debit != credit:
                self._note(debit, shares, sums.balance(debit, shares) - amount)
                self._note(credit, shares, sums.balance(credit, shares) + amount)

    def note_any(self, moves: Iterable[Move], sums: Sums) -> None:
        """The same of moves that may share accounts."""
        for account, shares, change in _changes(moves, self.watched):
            self._note(account, shares, sums.balance(account, shares) - change)

    def _note(self, account: Account, shares: Commodity, held: int) -> None:
        losses = len(self.watched[shares])
        noted = self._noted.get(account)
        if noted is None:
            if not account.startswith("register:") or is_issued(account, shares):
                return
            noted = self._noted[account] = []
        if not noted or noted[-1].through < losses:
            noted.append(_Held(losses, held))

    def rely(self, shares: Commodity, position: int, allocation: EventId) -> None:
        """A recovery is allocated by who held shares when the loss at a position fell: that stands from now on."""
        self._relied.setdefault(shares, []).append((position, allocation))

    def rely_no_more(self, shares: Commodity, allocation: EventId) -> None:
        """That allocation is reversed."""
        left = [relied for relied in self._relied.pop(shares, ()) if relied[1] != allocation]
        if left:
            self._relied[shares] = left

    def require_correctable(self, moves: Iterable[Move], position: int) -> None:
        """That moves can be taken back as of a position: nobody had less than nothing then, nor was paid by it.

        Raises `ReversalRefused`, naming what stands in the way.
        """
        for account, shares, change in _changes(moves, self.watched):
            by = [allocation for loss, allocation in self._relied.get(shares, ()) if loss > position]
            if by:
                raise ReversalRefused(
                    f"{', '.join(by)} allocated a recovery by who held {shares} after this entry; reverse that first"
                )
            held = min(self._held_at_losses(account, shares, position), default=None)
            if held is not None and held + change < 0:
                raise ReversalRefused(f"{account} held {held} when a loss fell on it, {-change} cannot be taken back")

    def _held_at_losses(self, account: Account, shares: Commodity, position: int) -> Iterator[int]:
        """What an account held at each loss after a position that counts, as far as it was noted."""
        losses = self.watched[shares]
        before = bisect_left(losses, position)
        for held in self._noted.get(account, ()):
            if any(loss not in self._undone for loss in losses[before : held.through]):
                yield held.shares
            before = max(before, held.through)

    def correct(self, moves: Iterable[Move], position: int) -> None:
        """Take the moves of a reversal as made when the entry they undo was, at a position: no later loss saw that.

        That entry noted its holders itself, so what is noted through earlier losses stays as it is.
        """
        for account, shares, change in _changes(moves, self.watched):
            before = bisect_left(self.watched[shares], position)
            if account in self._noted:
                self._noted[account] = [
                    held if held.through <= before else _Held(held.through, held.shares + change)
                    for held in self._noted[account]
                ]

    def holders(self, shares: Commodity, position: int, sums: Sums) -> dict[PartyId, int]:
        """Who held how many shares when the loss at a position fell on them; `sums` are the present ones."""
        loss = self.watched[shares].index(position) + 1
        register = f"register{shares[len('shares') :]}:"
        accounts = {*sums.accounts(shares), *self._noted}
        held = {
            PartyId(account.removeprefix(register)): self._shares(account, shares, loss, sums)
            for account in accounts
            if account.startswith(register)
        }
        return {holder: amount for holder, amount in sorted(held.items()) if amount}

    def _shares(self, account: Account, shares: Commodity, loss: int, sums: Sums) -> int:
        """What an account held through a loss."""
        noted = self._noted.get(account, [])
        place = bisect_left(noted, loss, key=lambda held: held.through)
        return noted[place].shares if place < len(noted) else sums.balance(account, shares)


def _changes(moves: Iterable[Move], watched: Iterable[Commodity]) -> Iterator[tuple[Account, Commodity, int]]:
    """What moves come to for each holder of a watched register."""
    changes: dict[tuple[Account, Commodity], int] = {}
    for shares, debit, credit, amount in moves:
        if shares in watched:
            for account, change in ((debit, amount), (credit, -amount)):
                if account.startswith("register:") and not is_issued(account, shares):
                    changes[account, shares] = changes.get((account, shares), 0) + change
    yield from ((account, shares, change) for (account, shares), change in changes.items() if change)
