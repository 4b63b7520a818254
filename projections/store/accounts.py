"""The accounts as the tables need them: every posting with the balance after it, and which accounts have changed."""

from collections.abc import Callable
from typing import Any

from ledger.accounts import Charters
from ledger.events import AdjustmentPosted, AnyEvent
from ledger.values import Account, Commodity
from projections.balances import BalancesFold
from projections.kept import Plain

Line = tuple[int, int, str, str, Any, Any]
"""Position, number within the entry, account, commodity, amount, balance after it; these two as the driver takes them.
"""


class AccountsFold(BalancesFold):
    """The fold of balances, with the lines that it writes and the accounts that it changes.

    The register shows an entry that is reversed, and its reversal; the balances count neither. So a line's balance is
    the account's own, and what entries that are reversed later put on it until their reversal comes.
    """

    def __init__(self, charters: Charters, encode: Callable[[int], Any]) -> None:
        super().__init__(charters)
        self._encode = encode
        self.lines: list[Line] = []
        self.changed: set[tuple[Account, Commodity]] = set()
        self._passing: dict[tuple[Account, Commodity], int] = {}

    def enter(self, position: int, event: AnyEvent) -> None:
        """An entry that counts."""
        number, lines, changed, passing, encode = 0, self.lines, self.changed, self._passing, self._encode
        for commodity, debit, credit, amount in event.moves(self._charters):
            if amount:
                balances = self.by_commodity.get(commodity)
                if balances is None:
                    balances = self.by_commodity[commodity] = {}
                after = balances[debit] = balances.get(debit, 0) + amount
                left = balances[credit] = balances.get(credit, 0) - amount
                if passing:
                    after += passing.get((debit, commodity), 0)
                    left += passing.get((credit, commodity), 0)
                lines.append((position, number, debit, commodity, encode(amount), encode(after)))
                lines.append((position, number + 1, credit, commodity, encode(-amount), encode(left)))
                changed.add((debit, commodity))
                changed.add((credit, commodity))
                number += 2

    def enter_as_posted(self, position: int, event: AdjustmentPosted) -> None:
        """An adjustment that counts: it states its lines, in its own order."""
        for number, (account, commodity, amount) in enumerate(event.lines(self._charters)):
            balances = self.by_commodity.setdefault(commodity, {})
            after = balances[account] = balances.get(account, 0) + amount
            after += self._passing.get((account, commodity), 0)
            self.lines.append((position, number, account, commodity, self._encode(amount), self._encode(after)))
            self.changed.add((account, commodity))

    def pass_by(self, position: int, event: AnyEvent) -> None:
        """An entry that does not count: one that is reversed, or its reversal."""
        for number, (account, commodity, amount) in enumerate(event.lines(self._charters)):
            key = account, commodity
            passing = self._passing[key] = self._passing.get(key, 0) + amount
            after = self.balance(*key) + passing
            self.lines.append((position, number, *key, self._encode(amount), self._encode(after)))
            if not passing:
                del self._passing[key]

    def passing(self) -> Plain:
        """What entries that are reversed later put on accounts, as plain values."""
        return [(*key, amount) for key, amount in self._passing.items()]

    def pass_on(self, passing: Plain) -> None:
        """Hold what another one's `passing` said."""
        self._passing = {(account, commodity): amount for account, commodity, amount in passing}

    def row_of(self, account: Account, commodity: Commodity) -> tuple[Any, ...]:
        """An account's line of the trial balance, with who owns it."""
        balance = self.by_commodity[commodity][account]
        return account, commodity, max(balance, 0), max(-balance, 0), account.split(":", 2)[1]
