"""One case as a waterfall: every step from the default on, what its source had, what it bore, what remained."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.chart import part_of
from ledger.events import (
    CATALOGUE,
    AdjustmentPosted,
    AnyEvent,
    BadDebtSocialized,
    CaseClosed,
    CollateralSold,
    CostAdvanced,
    DebtRedistributed,
    DebtTransferred,
    DeficitCovered,
    DeficitRecapitalized,
    FundDrawn,
    GuaranteePaid,
    InterestAccrued,
    InterestAllocated,
    LoanCured,
    LoanDefaulted,
    LoanDrawn,
    PoolOpened,
    RecoveryAllocated,
    RecoveryReceived,
    Repaid,
    ReserveDrawn,
    RestitutionPaid,
    ShortfallRecognized,
    TermsChanged,
)
from ledger.sums import Sums
from ledger.values import CaseId, FundId, LoanId, PoolId
from ledger.waterfall import FundLayer, ReserveLayer, Waterfall, fund_limit, fund_room
from projections.reading import Handler
from projections.rows import Units

CaseEvent = (
    LoanDefaulted
    | LoanDrawn
    | InterestAccrued
    | InterestAllocated
    | CostAdvanced
    | Repaid
    | DebtTransferred
    | CollateralSold
    | GuaranteePaid
    | LoanCured
    | ShortfallRecognized
    | FundDrawn
    | ReserveDrawn
    | DeficitCovered
    | DeficitRecapitalized
    | DebtRedistributed
    | BadDebtSocialized
    | RecoveryReceived
    | RecoveryAllocated
    | RestitutionPaid
    | CaseClosed
)
"""The events that may belong to a case."""


STOCKS: Final = frozenset({"fund-drawn", "reserve-drawn", "bad-debt-socialized", "recovery-allocated"})
"""Steps whose source has a balance to bear from: what several of them had is what the first one had, not the sum."""


class CaseRow(NamedTuple):
    """A step of a case. `remaining` is what is in default or an open deficit after it.

    `available` is what the source had at that moment by the entries shown, empty where it has no bound of its own or is
    counted in another asset; `borne` is what it took off.
    """

    event: str
    position: int
    at: str
    source: str
    asset: str
    available: Units | None
    borne: Units
    remaining: Units


class _Step(NamedTuple):
    source: str
    available: int | None = None
    borne: int = 0
    added: int = 0


class CaseFold:
    """The fold of one case, with the balances that tell what its sources had."""

    def __init__(self, charters: Charters, case: CaseId) -> None:
        self._charters = charters
        self._case = case
        self._sums = Sums()
        self._loan: tuple[PoolId, LoanId] | None = None
        self._remaining = 0
        self._rows: list[CaseRow] = []
        self._waterfalls: dict[PoolId, Waterfall] = {}
        self._waterfall: Waterfall | None = None
        self._limits: dict[FundId, int | None] = {}
        self._paid: dict[FundId, int] = {}
        self.handlers: dict[str, Handler] = dict.fromkeys(CATALOGUE, self._take)

    def rows(self) -> Iterator[CaseRow]:
        """The steps in order of position; none where no entry shown names the case."""
        yield from self._rows

    def _take(self, position: int, event: AnyEvent) -> None:
        if isinstance(event, PoolOpened | TermsChanged) and event.waterfall is not None:
            self._waterfalls[event.pool] = event.waterfall
        elif isinstance(event, CaseEvent) and event.case == self._case:
            self._append(position, event, event.pool, self._step(event))
            if isinstance(event, LoanCured | CaseClosed):
                self._loan = None
        elif isinstance(event, AdjustmentPosted) and event.pool is not None and (step := self._adjusted(event)):
            self._append(position, event, event.pool, step)
        self._sums.add(event.moves(self._charters))

    def _append(self, position: int, event: AnyEvent, pool: PoolId, step: _Step) -> None:
        self._remaining += step.added - step.borne
        self._rows.append(
            CaseRow(
                event=event.type,
                position=position,
                at=event.at,
                source=step.source,
                asset=self._charters.pools[pool].asset,
                available=None if step.available is None else Units(step.available),
                borne=Units(step.borne),
                remaining=Units(self._remaining),
            )
        )

    def _step(self, event: CaseEvent) -> _Step:
        match event:
            case LoanDefaulted():
                self._loan = event.pool, event.loan
                return _Step("exposure", added=event.principal + event.interest)
            case LoanDrawn() | InterestAccrued() | InterestAllocated() | CostAdvanced():
                return _added(event)
            case Repaid() | DebtTransferred() | CollateralSold() | GuaranteePaid() | LoanCured():
                return _paid_off(event)
            case ShortfallRecognized():
                self._fix_terms(event.pool)
                return _Step("shortfall")
            case RecoveryReceived() | RecoveryAllocated() | RestitutionPaid() | CaseClosed():
                return self._after(event)
            case (
                FundDrawn()
                | ReserveDrawn()
                | DeficitCovered()
                | DeficitRecapitalized()
                | DebtRedistributed()
                | BadDebtSocialized()
            ):
                return self._borne(event)

    def _borne(
        self,
        event: FundDrawn | ReserveDrawn | DeficitCovered | DeficitRecapitalized | DebtRedistributed | BadDebtSocialized,
    ) -> _Step:
        match event:
            case FundDrawn():
                return self._drawn(event)
            case ReserveDrawn():
                return _Step("reserve", self._reserve(event.pool), event.amount)
            case DeficitCovered():
                return _Step(f"lender {event.lender}", event.amount, event.amount)
            case DeficitRecapitalized():
                return _Step(f"investor {event.investor}", event.amount, event.amount)
            case DebtRedistributed():
                return _Step("other loans", event.amount(), event.amount())
            case BadDebtSocialized():
                return _Step(f"tranche {event.tranche}", self._claims(event), event.amount)

    def _after(self, event: RecoveryReceived | RecoveryAllocated | RestitutionPaid | CaseClosed) -> _Step:
        """What came in after the loss, what of it there was to be allocated, and what that took off the deficit."""
        charter = self._charters.pools[event.pool]
        match event:
            case CaseClosed():
                return _Step("closed")
            case RecoveryReceived():
                return _Step("recovery", event.amount - event.costs)
            case RecoveryAllocated():
                available = self._sums.owed(charter.recoveries(event.case), charter.asset)
                return _Step("recoveries", available, sum(part.amount for part in event.parts if part.to == "deficit"))
            case RestitutionPaid():
                return _Step(f"restitution {event.holder}", event.amount)

    def _adjusted(self, event: AdjustmentPosted) -> _Step | None:
        """What an adjustment adds to the deficit of the case, or to what is in default under it."""
        added = event.in_default(self._charters) if event.case == self._case else 0
        for line in event.postings:
            part = part_of(line.account, line.commodity, self._charters)
            in_default = part.holds.startswith("defaulted-") and (event.pool, part.loan) == self._loan
            if in_default or (part.holds == "deficit" and part.case == self._case):
                added += line.amount
        return _Step("adjustment", added=added) if added else None

    def _fix_terms(self, pool: PoolId) -> None:
        """The waterfall and the limits of its fund layers, as they are at the first recognition (law 6)."""
        if self._waterfall is None:
            self._waterfall = self._waterfalls.get(pool, ())
            for layer in self._waterfall:
                if isinstance(layer, FundLayer):
                    self._limits[layer.fund] = fund_limit(layer, self._fund_cash(layer.fund))

    def _drawn(self, event: FundDrawn) -> _Step:
        cash, paid = self._fund_cash(event.fund), self._paid.get(event.fund, 0)
        layers = (layer for layer in self._waterfall or () if isinstance(layer, FundLayer))
        layer = next((layer for layer in layers if layer.fund == event.fund), None)
        limit = self._limits.get(event.fund)
        room = cash if layer is None else fund_room(layer, limit=limit, paid=paid, balance=cash)
        self._paid[event.fund] = paid + event.price()
        same_asset = self._charters.funds[event.fund].asset == self._charters.pools[event.pool].asset
        return _Step(f"fund {event.fund}", room if same_asset else None, event.amount)

    def _fund_cash(self, fund: FundId) -> int:
        charter = self._charters.funds[fund]
        return self._sums.balance(charter.cash, charter.asset)

    def _reserve(self, pool: PoolId) -> int | None:
        """What the reserve had above its floor; nothing is told where it may go below zero."""
        charter = self._charters.pools[pool]
        layer = next((layer for layer in self._waterfall or () if isinstance(layer, ReserveLayer)), None)
        if layer is not None and layer.negative:
            return None
        return max(self._sums.owed(charter.reserve, charter.asset) - (layer.floor if layer else 0), 0)

    def _claims(self, event: BadDebtSocialized) -> int:
        charter = self._charters.pools[event.pool]
        return self._sums.owed(charter.tranches[event.tranche].claims, charter.asset)


def _added(event: LoanDrawn | InterestAccrued | InterestAllocated | CostAdvanced) -> _Step:
    """What the loan in default owes beside its exposure."""
    match event:
        case LoanDrawn():
            return _Step("draw", added=event.principal)
        case CostAdvanced():
            return _Step("cost", added=event.amount)
        case InterestAccrued() | InterestAllocated():
            return _Step("interest", added=event.interest)


def _paid_off(event: Repaid | DebtTransferred | CollateralSold | GuaranteePaid | LoanCured) -> _Step:
    """A payment on the loan in default, of which principal and interest take off what is in default."""
    owed = event.principal + event.interest
    match event:
        case LoanCured():
            return _Step(event.reason, borne=owed)
        case Repaid():
            return _Step("repayment", owed + event.rounding, owed)
        case DebtTransferred():
            return _Step(f"loan {event.receiver}", owed, owed)
        case CollateralSold():
            return _Step(event.source, event.proceeds - event.costs, owed)
        case GuaranteePaid():
            return _Step(f"guarantor {event.guarantor}", owed + event.recovery + event.surplus, owed)
