"""The accounts: the fold of every posting, and the trial balance that is read from it."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.events import CATALOGUE, AnyEvent, PoolOpened
from ledger.sums import Sums
from ledger.values import Account, Commodity, PoolId
from projections.kept import Plain
from projections.reading import Handler
from projections.rows import Units

_WITHOUT_POSTINGS: Final = frozenset(
    {
        *("asset-registered", "fund-opened", "terms-changed", "price-observed"),
        *("case-closed", "balance-asserted", "period-closed"),
        *("reconciliation-prepared", "reconciliation-reviewed", "reconciliation-signed"),
    }
)
"""Events that move nothing, and so need not be read here; a test holds that they do not."""


class TrialBalanceRow(NamedTuple):
    """The balance of an account, on the side where it stands. Totals are equal per commodity."""

    account: str
    commodity: str
    debit: Units
    credit: Units


class BalancesFold:
    """The fold of postings, with the pools opened. An account has a row once it has had an entry, also at zero."""

    name = "balances"

    def __init__(self, charters: Charters) -> None:
        self.by_commodity: dict[Commodity, dict[Account, int]] = {}
        self.pools: set[PoolId] = set()
        self._charters = charters
        posting = (name for name in CATALOGUE if name not in _WITHOUT_POSTINGS)
        self.handlers: dict[str, Handler] = {**dict.fromkeys(posting, self._post), "pool-opened": self._open}

    @classmethod
    def standing(cls, sums: Sums, charters: Charters) -> "BalancesFold":
        """The fold as it comes to the balances of these sums, with every pool that is chartered."""
        fold = cls(charters)
        fold.by_commodity = dict(sums.by_commodity())
        fold.pools = set(charters.pools)
        return fold

    def rows(self) -> Iterator[TrialBalanceRow]:
        """The trial balance in order of account and commodity."""
        accounts = [(account, commodity) for commodity, all_ in self.by_commodity.items() for account in all_]
        for account, commodity in sorted(accounts):
            yield self.row(account, commodity)

    def row(self, account: Account, commodity: Commodity) -> TrialBalanceRow:
        """The line of an account."""
        balance = self.balance(account, commodity)
        return TrialBalanceRow(account, commodity, Units(max(balance, 0)), Units(max(-balance, 0)))

    def balance(self, account: Account, commodity: Commodity) -> int:
        """The balance of an account, debit positive."""
        return self.by_commodity.get(commodity, {}).get(account, 0)

    def state(self) -> Plain:
        """Every account's balance by commodity, and the pools."""
        return self.by_commodity, list(self.pools)

    def restore(self, state: Plain) -> None:
        """Hold such balances."""
        self.by_commodity, pools = state
        self.pools = set(pools)

    def _open(self, _: int, event: PoolOpened) -> None:
        self.pools.add(event.pool)

    def _post(self, _: int, event: AnyEvent) -> None:
        for commodity, debit, credit, amount in event.moves(self._charters):
            if amount:
                balances = self.by_commodity.get(commodity)
                if balances is None:
                    balances = self.by_commodity[commodity] = {}
                balances[debit] = balances.get(debit, 0) + amount
                balances[credit] = balances.get(credit, 0) - amount
