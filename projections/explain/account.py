"""An account's balance opened: its postings, by what kind of entry made them."""

from ledger.accounts import Charters
from ledger.events import AnyEvent
from ledger.values import Account, Commodity
from projections.balances import BalancesFold
from projections.explain.causes import Mark, marked
from projections.explain.tree import Node, leaf, whole
from projections.reading import Handler


class AccountTrail:
    """The fold of what was posted to one account, in every commodity."""

    def __init__(self, charters: Charters, account: str) -> None:
        self._account = account
        self._charters = charters
        self._fold = BalancesFold(charters)
        self._posted: dict[str, list[tuple[Mark, int]]] = {}
        self.handlers: dict[str, Handler] = dict.fromkeys(self._fold.handlers, self._take)

    def names(self) -> set[str]:
        """The names of all accounts."""
        return {account for accounts in self._fold.by_commodity.values() for account in accounts}

    def commodities(self) -> list[str]:
        """The commodities that the account was ever posted in, by name."""
        return sorted(self._posted)

    def tree(self, commodity: str) -> Node:
        """The balance in a commodity, debit positive."""
        types: dict[str, list[Node]] = {}
        for mark, amount in self._posted[commodity]:
            types.setdefault(mark.type, []).append(leaf(mark, amount, commodity))
        parts = [whole(name, commodity, leaves) for name, leaves in types.items()]
        booked = self._fold.balance(Account(self._account), Commodity(commodity))
        return whole(f"balance of {self._account}, debit positive", commodity, parts, amount=booked)

    def _take(self, position: int, event: AnyEvent) -> None:
        self._fold.handlers[event.type](position, event)
        posted: dict[str, int] = {}
        for account, commodity, amount in event.lines(self._charters):
            if account == self._account:
                posted[commodity] = posted.get(commodity, 0) + amount
        for name, change in posted.items():
            self._posted.setdefault(name, []).append((marked(position, event), change))
