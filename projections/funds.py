"""What each insurance fund holds, and what came in and went out."""

from collections.abc import Iterator
from typing import NamedTuple

from ledger.accounts import Charters
from ledger.events import FundContributed, FundDrawn, FundOpened, FundWithdrawn
from ledger.values import FundId
from projections.reading import Handler
from projections.rows import Units


class FundRow(NamedTuple):
    """balance = contributed - withdrawn - drawn + reimbursed, in the fund's asset."""

    fund: str
    asset: str
    balance: Units
    contributed: Units
    withdrawn: Units
    drawn: Units
    reimbursed: Units


class _Fund:
    __slots__ = ("contributed", "drawn", "withdrawn")

    def __init__(self) -> None:
        self.contributed = self.withdrawn = self.drawn = 0


class FundsFold:
    """The fold of insurance funds. A fund has a row from its opening."""

    def __init__(self, charters: Charters) -> None:
        self._charters = charters
        self._funds: dict[FundId, _Fund] = {}
        self.handlers: dict[str, Handler] = {
            "fund-opened": self._opened,
            "fund-contributed": self._contributed,
            "fund-withdrawn": self._withdrawn,
            "fund-drawn": self._drawn,
        }

    def rows(self) -> Iterator[FundRow]:
        """The rows in order of the fund's name."""
        for name, fund in sorted(self._funds.items()):
            yield FundRow(
                fund=name,
                asset=self._charters.funds[name].asset,
                balance=Units(fund.contributed - fund.withdrawn - fund.drawn),
                contributed=Units(fund.contributed),
                withdrawn=Units(fund.withdrawn),
                drawn=Units(fund.drawn),
                reimbursed=Units(0),
            )

    def _fund(self, name: FundId) -> _Fund:
        return self._funds.setdefault(name, _Fund())

    def _opened(self, _: int, event: FundOpened) -> None:
        self._fund(event.fund)

    def _contributed(self, _: int, event: FundContributed) -> None:
        self._fund(event.fund).contributed += event.amount

    def _withdrawn(self, _: int, event: FundWithdrawn) -> None:
        self._fund(event.fund).withdrawn += event.amount

    def _drawn(self, _: int, event: FundDrawn) -> None:
        self._fund(event.fund).drawn += event.price()
