"""What each lender is owed, and how it came to that: one row for each pool, tranche and lender.

A loss is charged to the tranche, in one step, and a recovery credited to it. What that took from one lender, or gave,
follows from the shares held at the time; it is settled when that lender is touched or read: floor(before) -
floor(after) of each since.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ledger.accounts import Charters, PoolCharter
from ledger.chart import part_of
from ledger.events import (
    AdjustmentPosted,
    BadDebtSocialized,
    CollateralSold,
    CostAdvanced,
    DeficitCovered,
    DeficitRecapitalized,
    Deposited,
    FundDrawn,
    IncomeReceived,
    InterestAccrued,
    LoanDrawn,
    LoanOriginated,
    RecoveryAllocated,
    Repaid,
    ReserveContributed,
    ReserveWithdrawn,
    RestitutionPaid,
    SharesTransferred,
    Withdrawn,
)
from ledger.shares import Loss, Price, price, worth
from ledger.values import LENDERS, PartyId, PoolId, TrancheId
from projections.kept import Plain, Slots
from projections.reading import Handler
from projections.rows import Shares, Units

_PaidInShares = (
    LoanOriginated | LoanDrawn | Repaid | CollateralSold | CostAdvanced | ReserveContributed | ReserveWithdrawn
)


class LenderRow(NamedTuple):
    """balance = deposited - withdrawn + transferred + earned - losses - covered + recoveries.

    `transferred` is the value moved at the time, `covered` claims burnt to bear a deficit, `earned` the rest: interest,
    fees, other income, adjustments. `restitution` is paid outside the balance.
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
    """One lender's part of a tranche: how many of the tranche's losses and recoveries are `settled` in its columns."""

    __slots__ = (
        "covered",
        "deposited",
        "losses",
        "recoveries",
        "restitution",
        "settled",
        "settled_losses",
        "settled_recoveries",
        "shares",
        "transferred",
        "withdrawn",
    )

    def __init__(self, tranche: "_Tranche") -> None:
        self.shares = self.deposited = self.withdrawn = self.transferred = self.losses = self.covered = 0
        self.recoveries = self.restitution = 0
        self.settle(tranche)

    def settle(self, tranche: "_Tranche") -> None:
        """Have what the tranche lost and recovered so far in the columns."""
        self.settled_losses, self.settled_recoveries = len(tranche.losses), len(tranche.recoveries)
        self.settled = tranche.moved


class _Tranche:
    """A tranche's claims and shares, its losses and recoveries in order, and its lenders."""

    __slots__ = ("_charter", "claims", "issued", "lenders", "losses", "moved", "recoveries")

    def __init__(self, charter: PoolCharter) -> None:
        self._charter = charter
        self.claims = self.issued = self.moved = 0
        self.losses: list[Loss] = []
        self.recoveries: list[Loss] = []
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
            lender = self.lenders[name] = _Lender(self)
        elif lender.settled < self.moved:
            self.settle(lender)
        return lender

    def settle(self, lender: _Lender) -> None:
        shares = lender.shares
        if shares:
            lender.losses += sum(loss.borne_by(shares) for loss in self.losses[lender.settled_losses :])
            lender.recoveries -= sum(gain.borne_by(shares) for gain in self.recoveries[lender.settled_recoveries :])
        lender.settle(self)

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
        self.moved += 1

    def recover(self, amount: int) -> None:
        before = self.price()
        self.claims += amount
        self.recoveries.append(Loss(before, self.price()))
        self.moved += 1

    def state(self) -> Plain:
        moves = [[(*loss.before, *loss.after) for loss in losses] for losses in (self.losses, self.recoveries)]
        lenders = {name: _LENDER.apart(lender) for name, lender in self.lenders.items()}
        return self.claims, self.issued, self.moved, *moves, lenders

    def restore(self, state: Plain) -> None:
        self.claims, self.issued, self.moved, losses, recoveries, lenders = state
        self.losses, self.recoveries = [_loss(*one) for one in losses], [_loss(*one) for one in recoveries]
        self.lenders = {name: _LENDER.together(values) for name, values in lenders.items()}


def _loss(before: int, of: int, after: int, of_then: int) -> Loss:
    return Loss(Price(before, of), Price(after, of_then))


_LENDER: Final = Slots(_Lender, _Lender.__slots__)


class LendersFold:
    """The fold of lenders' balances. `touched` are the tranches in which a balance may have changed."""

    name = "lenders"

    def __init__(self, charters: Charters) -> None:
        self.touched: set[tuple[PoolId, TrancheId]] = set()
        self._charters = charters
        self._tranches: dict[tuple[PoolId, TrancheId], _Tranche] = {}
        self.handlers: dict[str, Handler] = {
            "deposited": self._deposited,
            "withdrawn": self._withdrawn,
            "shares-transferred": self._transferred,
            "loan-originated": self._lent,
            "loan-drawn": self._lent,
            "interest-accrued": self._accrued,
            "repaid": self._repaid,
            "income-received": self._earned,
            "reserve-contributed": self._contributed,
            "reserve-withdrawn": self._paid_out,
            "cost-advanced": self._paid_out,
            "collateral-sold": self._bought,
            "fund-drawn": self._covered,
            "deficit-covered": self._covered,
            "deficit-recapitalized": self._covered,
            "bad-debt-socialized": self._socialized,
            "recovery-allocated": self._recovered,
            "restitution-paid": self._restored,
            "adjustment-posted": self._adjusted,
        }

    def rows(self, of: Iterable[tuple[PoolId, TrancheId]] | None = None) -> Iterator[LenderRow]:
        """The rows in order of pool, tranche and lender: of all tranches, or of some."""
        for pool, name in sorted(self._tranches if of is None else of):
            tranche = self._tranches[pool, name]
            at = tranche.price()
            for lender in sorted(tranche.lenders):
                yield _row(pool, name, lender, tranche, at)

    def claims(self, pool: PoolId, tranche: TrancheId) -> int:
        """The claims of a tranche, as its entries add up."""
        return self._tranche(pool, tranche).claims

    def issued(self, pool: PoolId, tranche: TrancheId) -> int:
        """The shares of a tranche that are out, as its entries add up."""
        return self._tranche(pool, tranche).issued

    def row(self, pool: PoolId, tranche: TrancheId, lender: PartyId) -> LenderRow | None:
        """The row of one lender as it stands; None where no entry so far named it."""
        of = self._tranches.get((pool, tranche))
        return None if of is None or lender not in of.lenders else _row(pool, tranche, lender, of, of.price())

    def state(self) -> Plain:
        """Every tranche, with its losses, its recoveries and its lenders."""
        return [(*key, tranche.state()) for key, tranche in self._tranches.items()]

    def restore(self, state: Plain) -> None:
        """Hold such tranches."""
        for pool, name, tranche in state:
            self._tranche(pool, name).restore(tranche)
        self.touched.clear()

    def _tranche(self, pool: PoolId, name: TrancheId) -> _Tranche:
        self.touched.add((pool, name))
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
            self._issued(event, event.lender, event.principal)

    def _paid_out(self, _: int, event: CostAdvanced | ReserveWithdrawn) -> None:
        if event.lender is not None:
            self._issued(event, event.lender, event.amount)

    def _repaid(self, _: int, event: Repaid) -> None:
        if event.lender is not None:
            self._burnt(event, event.lender, event.principal + event.interest + event.rounding)

    def _bought(self, _: int, event: CollateralSold) -> None:
        if event.lender is not None:
            self._burnt(event, event.lender, event.proceeds - event.costs)

    def _contributed(self, _: int, event: ReserveContributed) -> None:
        if event.lender is not None:
            self._burnt(event, event.lender, event.amount)

    def _issued(self, event: _PaidInShares, lender: PartyId, claims: int) -> None:
        """The pool pays in shares: it is as if their lender had deposited what it pays."""
        self._tranche(event.pool, event.tranche).issue(lender, event.shares, claims).deposited += claims

    def _burnt(self, event: _PaidInShares, lender: PartyId, claims: int) -> None:
        """The pool is paid in shares: it is as if their lender had withdrawn what is paid."""
        self._tranche(event.pool, event.tranche).issue(lender, -event.shares, -claims).withdrawn += claims

    def _accrued(self, _: int, event: InterestAccrued) -> None:
        if event.allocation:
            for part in event.allocation:
                self._tranche(event.pool, part.tranche).claims += part.amount
        else:
            self._tranche(event.pool, LENDERS).claims += event.interest - event.reserve
        if event.fee_recipient is not None:
            self._tranche(event.pool, LENDERS).issue(event.fee_recipient, event.fee_shares, 0)

    def _earned(self, _: int, event: IncomeReceived) -> None:
        if event.to != "reserve":
            self._tranche(event.pool, event.to).claims += event.amount

    def _covered(self, _: int, event: FundDrawn | DeficitCovered | DeficitRecapitalized) -> None:
        if event.lender is not None:
            tranche = self._tranche(event.pool, event.tranche)
            tranche.issue(event.lender, -event.shares, -event.amount).covered += event.amount

    def _socialized(self, _: int, event: BadDebtSocialized) -> None:
        self._tranche(event.pool, event.tranche).lose(event.amount)

    def _recovered(self, _: int, event: RecoveryAllocated) -> None:
        for part in event.parts:
            if part.to == "tranche":
                self._tranche(event.pool, TrancheId(part.name or LENDERS)).recover(part.amount)

    def _restored(self, _: int, event: RestitutionPaid) -> None:
        self._tranche(event.pool, event.tranche).lender(event.holder).restitution += event.amount

    def _adjusted(self, _: int, event: AdjustmentPosted) -> None:
        for line in event.postings if event.pool is not None else ():
            part = part_of(line.account, line.commodity, self._charters)
            if event.pool is None or part.tranche is None:
                continue
            tranche = self._tranche(event.pool, part.tranche)
            if part.holds == "claims":
                tranche.claims -= line.amount
            elif part.holder is None:
                tranche.issued -= line.amount
            else:
                tranche.lender(part.holder).shares += line.amount


def _row(pool: PoolId, tranche: TrancheId, name: PartyId, of: _Tranche, at: Price) -> LenderRow:
    lender = of.lender(name)
    balance = worth(lender.shares, at)
    gained = lender.deposited - lender.withdrawn + lender.transferred + lender.recoveries
    earned = balance - gained + lender.losses + lender.covered
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
        recoveries=Units(lender.recoveries),
        restitution=Units(lender.restitution),
    )
