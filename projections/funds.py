"""What each insurance fund holds, and what came in and went out."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.events import AdjustmentPosted, FundContributed, FundDrawn, FundOpened, FundWithdrawn, RecoveryAllocated
from ledger.values import FundId
from projections.kept import Plain, Slots
from projections.reading import Handler
from projections.rows import Units


class FundRow(NamedTuple):
    """balance = contributed - withdrawn - drawn + reimbursed + adjusted, in the fund's asset.

    `reimbursed` is what recoveries gave back, `adjusted` what adjustments added to the fund's cash.
    """

    fund: str
    asset: str
    balance: Units
    contributed: Units
    withdrawn: Units
    drawn: Units
    reimbursed: Units
    adjusted: Units


class _Fund:
    __slots__ = ("adjusted", "contributed", "drawn", "reimbursed", "withdrawn")

    def __init__(self) -> None:
        self.contributed = self.withdrawn = self.drawn = self.reimbursed = self.adjusted = 0

    @property
    def balance(self) -> int:
        return self.contributed - self.withdrawn - self.drawn + self.reimbursed + self.adjusted


_FUND: Final = Slots(_Fund, _Fund.__slots__)


class FundsFold:
    """The fold of insurance funds. A fund has a row from its opening."""

    name = "funds"

    def __init__(self, charters: Charters) -> None:
        self._charters = charters
        self._funds: dict[FundId, _Fund] = {}
        self.handlers: dict[str, Handler] = {
            "fund-opened": self._opened,
            "fund-contributed": self._contributed,
            "fund-withdrawn": self._withdrawn,
            "fund-drawn": self._drawn,
            "recovery-allocated": self._reimbursed,
            "adjustment-posted": self._adjusted,
        }

    def rows(self) -> Iterator[FundRow]:
        """The rows in order of the fund's name."""
        return (self._row(name, fund) for name, fund in sorted(self._funds.items()))

    def row(self, name: FundId) -> FundRow | None:
        """The row of one fund as it stands; None where no entry so far named it."""
        fund = self._funds.get(name)
        return None if fund is None else self._row(name, fund)

    def _row(self, name: FundId, fund: _Fund) -> FundRow:
        return FundRow(
            fund=name,
            asset=self._charters.funds[name].asset,
            balance=Units(fund.balance),
            contributed=Units(fund.contributed),
            withdrawn=Units(fund.withdrawn),
            drawn=Units(fund.drawn),
            reimbursed=Units(fund.reimbursed),
            adjusted=Units(fund.adjusted),
        )

    def state(self) -> Plain:
        """Every fund, with what came in and went out."""
        return {name: _FUND.apart(fund) for name, fund in self._funds.items()}

    def restore(self, state: Plain) -> None:
        """Hold such funds."""
        self._funds = {name: _FUND.together(values) for name, values in state.items()}

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

    def _reimbursed(self, _: int, event: RecoveryAllocated) -> None:
        for fund, amount in event.given_back("fund"):
            self._fund(FundId(fund)).reimbursed += amount

    def _adjusted(self, _: int, event: AdjustmentPosted) -> None:
        if event.fund is not None:
            cash = self._charters.funds[event.fund].cash
            change = sum(line.amount for line in event.postings if line.account == cash)
            self._fund(event.fund).adjusted += change
