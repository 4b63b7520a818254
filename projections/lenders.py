"""What each lender is owed, and how it came to that: one row for each pool, tranche and lender.

A loss is charged to the tranche, in one step. What it took from one lender follows from the shares held at the time; it
is settled when that lender is touched or read: floor(before) - floor(after) of each loss since.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ledger.accounts import Charters, PoolCharter
from ledger.events import (
    BadDebtSocialized,
    CollateralSold,
    DeficitRecapitalized,
    Deposited,
    FundDrawn,
    InterestAccrued,
    LoanDrawn,
    LoanOriginated,
    Repaid,
    SharesTransferred,
    Withdrawn,
)
from ledger.shares import Loss, Price, price, worth
from ledger.values import LENDERS, PartyId, PoolId, TrancheId
from projections.reading import Handler
from projections.rows import Shares, Units


class LenderRow(NamedTuple):
    """balance = deposited - withdrawn + transferred + earned - losses - covered + recoveries.

    `transferred` is the value moved at the time, `covered` claims burnt to bear a deficit, `earned` the rest.
    """

    pool: str
    tranche: str
    lender: str
    asset: str
    shares: Shares
    balance: Units
    deposited: Units
    withdrawn: Units
    transferred: Units
    earned: Units
    losses: Units
    covered: Units
    recoveries: Units
    restitution: Units


class _Lender:
    """One lender's part of a tranche. `settled` is how many of the tranche's losses are in `losses`."""

    __slots__ = ("covered", "deposited", "losses", "settled", "shares", "transferred", "withdrawn")

    def __init__(self, settled: int) -> None:
        self.shares = self.deposited = self.withdrawn = self.transferred = self.losses = self.covered = 0
        self.settled = settled


class _Tranche:
    """A tranche's claims and shares, its losses in order, and its lenders."""

    __slots__ = ("_charter", "claims", "issued", "lenders", "losses")

    def __init__(self, charter: PoolCharter) -> None:
        self._charter = charter
        self.claims = self.issued = 0
        self.losses: list[Loss] = []
        self.lenders: dict[PartyId, _Lender] = {}

    @property
    def asset(self) -> str:
        return self._charter.asset

    def price(self) -> Price:
        return price(self.claims, self.issued, self._charter)

    def lender(self, name: PartyId) -> _Lender:
        """A lender, settled: ready for a change of its shares."""
        lender = self.lenders.get(name)
        if lender is None:
            lender = self.lenders[name] = _Lender(len(self.losses))
        elif lender.settled < len(self.losses):
            self.settle(lender)
        return lender

    def settle(self, lender: _Lender) -> None:
        shares = lender.shares
        if shares:
            lender.losses += sum(loss.borne_by(shares) for loss in self.losses[lender.settled :])
        lender.settled = len(self.losses)

    def issue(self, name: PartyId, shares: int, claims: int) -> _Lender:
        """Shares and claims come to a lender; negative, they go."""
        lender = self.lender(name)
        lender.shares += shares
        self.issued += shares
        self.claims += claims
        return lender

    def lose(self, amount: int) -> None:
        before = self.price()
        self.claims -= amount
        self.losses.append(Loss(before, self.price()))


class LendersFold:
    """The fold of lenders' balances."""

    def __init__(self, charters: Charters) -> None:
        self._charters = charters
        self._tranches: dict[tuple[PoolId, TrancheId], _Tranche] = {}
        self.handlers: dict[str, Handler] = {
            "deposited": self._deposited,
            "withdrawn": self._withdrawn,
            "shares-transferred": self._transferred,
            "loan-originated": self._lent,
            "loan-drawn": self._lent,
            "interest-accrued": self._accrued,
            "repaid": self._paid,
            "collateral-sold": self._bought,
            "fund-drawn": self._covered,
            "deficit-recapitalized": self._covered,
            "bad-debt-socialized": self._socialized,
        }

    def rows(self) -> Iterator[LenderRow]:
        """The rows in order of pool, tranche and lender."""
        for pool, name in sorted(self._tranches):
            tranche = self._tranches[pool, name]
            at = tranche.price()
            for lender in sorted(tranche.lenders):
                yield _row(pool, name, lender, tranche, at)

    def _tranche(self, pool: PoolId, name: TrancheId) -> _Tranche:
        tranche = self._tranches.get((pool, name))
        if tranche is None:
            tranche = self._tranches[pool, name] = _Tranche(self._charters.pools[pool])
        return tranche

    def _deposited(self, _: int, event: Deposited) -> None:
        self._tranche(event.pool, event.tranche).issue(
            event.lender, event.shares, event.assets
        ).deposited += event.assets

    def _withdrawn(self, _: int, event: Withdrawn) -> None:
        tranche = self._tranche(event.pool, event.tranche)
        tranche.issue(event.lender, -event.shares, -event.assets).withdrawn += event.assets

    def _transferred(self, _: int, event: SharesTransferred) -> None:
        tranche = self._tranche(event.pool, event.tranche)
        value = worth(event.shares, tranche.price())
        for name, sign in ((event.sender, -1), (event.receiver, 1)):
            lender = tranche.lender(name)
            lender.shares += sign * event.shares
            lender.transferred += sign * value

    def _lent(self, _: int, event: LoanOriginated | LoanDrawn) -> None:
        if event.lender is not None:
            tranche = self._tranche(event.pool, event.tranche)
            tranche.issue(event.lender, event.shares, event.principal).deposited += event.principal

    def _accrued(self, _: int, event: InterestAccrued) -> None:
        for tranche, amount in event.allocated():
            self._tranche(event.pool, tranche).claims += amount
        if event.fee_recipient is not None:
            self._tranche(event.pool, LENDERS).issue(event.fee_recipient, event.fee_shares, 0)

    def _paid(self, _: int, event: Repaid) -> None:
        if event.lender is not None:
            paid = event.principal + event.interest + event.rounding
            tranche = self._tranche(event.pool, event.tranche)
            tranche.issue(event.lender, -event.shares, -paid).withdrawn += paid

    def _bought(self, _: int, event: CollateralSold) -> None:
        if event.lender is not None:
            paid = event.proceeds - event.costs
            tranche = self._tranche(event.pool, event.tranche)
            tranche.issue(event.lender, -event.shares, -paid).withdrawn += paid

    def _covered(self, _: int, event: FundDrawn | DeficitRecapitalized) -> None:
        if event.lender is not None:
            tranche = self._tranche(event.pool, event.tranche)
            tranche.issue(event.lender, -event.shares, -event.amount).covered += event.amount

    def _socialized(self, _: int, event: BadDebtSocialized) -> None:
        self._tranche(event.pool, event.tranche).lose(event.amount)


def _row(pool: PoolId, tranche: TrancheId, name: PartyId, of: _Tranche, at: Price) -> LenderRow:
    lender = of.lender(name)
    balance = worth(lender.shares, at)
    earned = balance - lender.deposited + lender.withdrawn - lender.transferred + lender.losses + lender.covered
    return LenderRow(
        pool=pool,
        tranche=tranche,
        lender=name,
        asset=of.asset,
        shares=Shares(lender.shares),
        balance=Units(balance),
        deposited=Units(lender.deposited),
        withdrawn=Units(lender.withdrawn),
        transferred=Units(lender.transferred),
        earned=Units(earned),
        losses=Units(lender.losses),
        covered=Units(lender.covered),
        recoveries=Units(0),
        restitution=Units(0),
    )
