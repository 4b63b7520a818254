"""One case as a waterfall: every step from the default on, what its source had, what it bore, what remained."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from pydantic import TypeAdapter

from ledger.accounts import Charters
from ledger.chart import part_of
from ledger.events import (
    AdjustmentPosted,
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
from ledger.values import CaseId, FundId, LoanId, PoolId
from ledger.waterfall import FundLayer, ReserveLayer, Waterfall, fund_limit, fund_room
from projections.balances import BalancesFold
from projections.kept import Plain, Slots
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


class _Case:
    """One case: the loan in default under it, what remains, and its terms once they are fixed.

    `waterfall` is `None` until then.
    """

    __slots__ = ("limits", "loan", "paid", "remaining", "waterfall")

    def __init__(self) -> None:
        self.loan: tuple[PoolId, LoanId] | None = None
        self.remaining = 0
        self.waterfall: Waterfall | None = None
        self.limits: dict[FundId, int | None] = {}
        self.paid: dict[FundId, int] = {}


_CASE: Final = Slots(_Case, _Case.__slots__)
_WATERFALL: Final = TypeAdapter(Waterfall)


class CasesFold:
    """The fold of all cases, or of one. `balances` tell what its sources had: their own fold is to run after this one.

    `steps` are those since they were last taken out, each with its case.
    """

    name = "cases"

    def __init__(self, charters: Charters, balances: BalancesFold, only: CaseId | None = None) -> None:
        self.steps: list[tuple[CaseId, CaseRow]] = []
        self._charters = charters
        self._balances = balances
        self._only = only
        self._cases: dict[CaseId, _Case] = {}
        self._under: dict[tuple[PoolId, LoanId], list[CaseId]] = {}
        self._waterfalls: dict[PoolId, Waterfall] = {}
        kinds = (CaseEvent.__args__, self._take), ((PoolOpened, TermsChanged), self._terms)
        self.handlers: dict[str, Handler] = {kind.type: handler for kinds_, handler in kinds for kind in kinds_}
        self.handlers["adjustment-posted"] = self._adjust

    def state(self) -> Plain:
        """Every case, under which of them each loan is, and the waterfalls of the pools."""
        cases = {name: _CASE.apart(case) for name, case in self._cases.items()}
        for name, case in self._cases.items():
            if case.waterfall is not None:
                *others, _ = cases[name]
                cases[name] = (*others, _WATERFALL.dump_python(case.waterfall))
        waterfalls = {pool: _WATERFALL.dump_python(waterfall) for pool, waterfall in self._waterfalls.items()}
        return cases, [(*loan, under) for loan, under in self._under.items()], waterfalls

    def restore(self, state: Plain) -> None:
        """Hold such cases."""
        cases, under, waterfalls = state
        self._cases = {name: _CASE.together(values) for name, values in cases.items()}
        for case in self._cases.values():
            if case.waterfall is not None:
                case.waterfall = _WATERFALL.validate_python(case.waterfall)
        self._under = {(pool, loan): list(names) for pool, loan, names in under}
        self._waterfalls = {pool: _WATERFALL.validate_python(one) for pool, one in waterfalls.items()}

    def _terms(self, _: int, event: PoolOpened | TermsChanged) -> None:
        if event.waterfall is not None:
            self._waterfalls[event.pool] = event.waterfall

    def _take(self, position: int, event: CaseEvent) -> None:
        if event.case is None or self._only not in (None, event.case):
            return
        case = self._cases.setdefault(event.case, _Case())
        self._append(position, event, event.case, self._step(case, event))
        if isinstance(event, LoanDefaulted):
            self._leave(case, event.case)
            case.loan = event.pool, event.loan
            self._under.setdefault(case.loan, []).append(event.case)
        elif isinstance(event, LoanCured | CaseClosed):
            self._leave(case, event.case)

    def _leave(self, case: _Case, name: CaseId) -> None:
        """Its loan is no longer in default under a case."""
        if case.loan is not None:
            self._under[case.loan].remove(name)
            case.loan = None

    def _adjust(self, position: int, event: AdjustmentPosted) -> None:
        for name, added in self._adjusted(event).items():
            if added and self._only in (None, name):
                self._cases.setdefault(name, _Case())
                self._append(position, event, name, _Step("adjustment", added=added))

    def _append(self, position: int, event: CaseEvent | AdjustmentPosted, name: CaseId, step: _Step) -> None:
        case, pool = self._cases[name], event.pool
        case.remaining += step.added - step.borne
        row = CaseRow(
            event=event.type,
            position=position,
            at=event.at,
            source=step.source,
            asset=self._charters.pools[pool].asset if pool is not None else "",
            available=None if step.available is None else Units(step.available),
            borne=Units(step.borne),
            remaining=Units(case.remaining),
        )
        self.steps.append((name, row))

    def _step(self, case: _Case, event: CaseEvent) -> _Step:
        match event:
            case LoanDefaulted():
                return _Step("exposure", added=event.principal + event.interest)
            case LoanDrawn() | InterestAccrued() | InterestAllocated() | CostAdvanced():
                return _added(event)
            case Repaid() | DebtTransferred() | CollateralSold() | GuaranteePaid() | LoanCured():
                return _paid_off(event)
            case ShortfallRecognized():
                self._fix_terms(case, event.pool)
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
                return self._borne(case, event)

    def _borne(
        self,
        case: _Case,
        event: FundDrawn | ReserveDrawn | DeficitCovered | DeficitRecapitalized | DebtRedistributed | BadDebtSocialized,
    ) -> _Step:
        match event:
            case FundDrawn():
                return self._drawn(case, event)
            case ReserveDrawn():
                return _Step("reserve", self._reserve(case, event.pool), event.amount)
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
                available = -self._balances.balance(charter.recoveries(event.case), charter.asset)
                return _Step("recoveries", available, sum(part.amount for part in event.parts if part.to == "deficit"))
            case RestitutionPaid():
                return _Step(f"restitution {event.holder}", event.amount)

    def _adjusted(self, event: AdjustmentPosted) -> dict[CaseId, int]:
        """What an adjustment adds to the deficit of each case, or to what is in default under it."""
        added: dict[CaseId, int] = {}
        if event.pool is None:
            return added
        if event.case is not None:
            added[event.case] = event.in_default(self._charters)
        for line in event.postings:
            part = part_of(line.account, line.commodity, self._charters)
            names: Iterable[CaseId] = ()
            if part.holds == "deficit" and part.case is not None:
                names = (part.case,)
            elif part.holds.startswith("defaulted-") and part.loan is not None:
                names = self._under.get((event.pool, part.loan), ())
            for name in names:
                added[name] = added.get(name, 0) + line.amount
        return added

    def _fix_terms(self, case: _Case, pool: PoolId) -> None:
        """The waterfall and the limits of its fund layers, as they are at the first recognition (law 6)."""
        if case.waterfall is None:
            case.waterfall = self._waterfalls.get(pool, ())
            for layer in case.waterfall:
                if isinstance(layer, FundLayer):
                    case.limits[layer.fund] = fund_limit(layer, self._fund_cash(layer.fund))

    def _drawn(self, case: _Case, event: FundDrawn) -> _Step:
        cash, paid = self._fund_cash(event.fund), case.paid.get(event.fund, 0)
        layers = (layer for layer in case.waterfall or () if isinstance(layer, FundLayer))
        layer = next((layer for layer in layers if layer.fund == event.fund), None)
        limit = case.limits.get(event.fund)
        room = cash if layer is None else fund_room(layer, limit=limit, paid=paid, balance=cash)
        case.paid[event.fund] = paid + event.price()
        same_asset = self._charters.funds[event.fund].asset == self._charters.pools[event.pool].asset
        return _Step(f"fund {event.fund}", room if same_asset else None, event.amount)

    def _fund_cash(self, fund: FundId) -> int:
        charter = self._charters.funds[fund]
        return self._balances.balance(charter.cash, charter.asset)

    def _reserve(self, case: _Case, pool: PoolId) -> int | None:
        """What the reserve had above its floor; nothing is told where it may go below zero."""
        charter = self._charters.pools[pool]
        layer = next((layer for layer in case.waterfall or () if isinstance(layer, ReserveLayer)), None)
        if layer is not None and layer.negative:
            return None
        return max(-self._balances.balance(charter.reserve, charter.asset) - (layer.floor if layer else 0), 0)

    def _claims(self, event: BadDebtSocialized) -> int:
        charter = self._charters.pools[event.pool]
        return -self._balances.balance(charter.tranches[event.tranche].claims, charter.asset)


class CaseFold:
    """The fold of one case, all of whose steps are its rows: so it is never begun in the midst of them.

    `balances` are as `CasesFold` needs them.
    """

    def __init__(self, charters: Charters, balances: BalancesFold, case: CaseId) -> None:
        self._cases = CasesFold(charters, balances, only=case)
        self.handlers = self._cases.handlers

    def rows(self) -> Iterator[CaseRow]:
        """The steps in order of position; none where no entry shown names the case."""
        return (row for _, row in self._cases.steps)


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
