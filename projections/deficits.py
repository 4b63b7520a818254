"""The register of bad debt: each case from its exposure to who bore what, one row a case."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.cases import count
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
    RecoveryAllocated,
    RecoveryPart,
    Repaid,
    ReserveDrawn,
    ShortfallRecognized,
)
from ledger.values import LENDERS, CaseId, LoanId, PoolId, Timestamp, TrancheId, days_between
from projections.kept import Plain, Slots
from projections.reading import Handler
from projections.rows import Units


class DeficitRow(NamedTuple):
    """Two identities, each the report of a whole case.

    exposure + added + adjusted_in_default =
    proceeds - costs - other + guaranteed + repaid + transferred + cured + recognized + in_default;
    recognized + adjusted_open =
    fund + reserve + tranches + covered + recapitalized + redistributed + socialized + recovered + open.

    `guaranteed` is principal and interest that guarantees paid; what else they brought stands in the columns of a sale,
    in `proceeds` too. `recovered` is what recoveries took off the deficit, `restored` what they gave back to those who
    had borne it, at most what they bore. `age_days` are the whole days since `opened_at` while something is in default
    or open, then nothing.
    """

    pool: str
    loan: str
    case: str
    asset: str
    exposure: Units
    added: Units
    adjusted_in_default: Units
    proceeds: Units
    costs: Units
    other: Units
    guaranteed: Units
    repaid: Units
    transferred: Units
    cured: Units
    in_default: Units
    recognized: Units
    adjusted_open: Units
    fund: Units
    reserve: Units
    tranches: Units
    covered: Units
    recapitalized: Units
    redistributed: Units
    socialized: Units
    recovered: Units
    open: Units
    restored: Units
    opened_at: str
    age_days: int | None


_ADDS: Final = ("exposure", "added", "adjusted_in_default")
_TAKES_OFF: Final = ("proceeds", "guaranteed", "repaid", "transferred", "cured", "recognized")
_KEEPS: Final = ("costs", "other")
_OPENS: Final = ("recognized", "adjusted_open")
_BEARS: Final = (
    *("fund", "reserve", "tranches", "covered", "recapitalized", "redistributed", "socialized", "recovered"),
)


class _Case:
    """The columns of a case that its events add to; what is in default and what is open follow from them."""

    __slots__ = (
        *("adjusted_open", "case", "loan", "losses", "opened_at", "pool"),
        *("to_others", "to_reserve", "to_tranches", "written_down"),
        *(*_ADDS, *_TAKES_OFF, *_KEEPS, *_BEARS),
    )

    def __init__(self, opened: LoanDefaulted) -> None:
        self.pool, self.loan, self.case, self.opened_at = opened.pool, opened.loan, opened.case, opened.at
        self.exposure = opened.principal + opened.interest
        self.added = self.adjusted_in_default = self.proceeds = self.costs = self.other = 0
        self.guaranteed = self.repaid = self.transferred = self.cured = 0
        self.recognized = self.adjusted_open = 0
        self.fund = self.reserve = self.tranches = self.covered = self.recapitalized = self.redistributed = 0
        self.socialized = self.recovered = 0
        self.losses: dict[str, TrancheId] = {}
        self.written_down: dict[TrancheId, int] = {}
        self.to_tranches: dict[TrancheId, int] = {}
        self.to_reserve = self.to_others = 0

    def write_down(self, loss: BadDebtSocialized) -> None:
        """A loss of a whole tranche."""
        self.losses[loss.id] = loss.tranche
        count(self.written_down, loss.tranche, loss.amount)

    def give_back(self, part: RecoveryPart) -> None:
        """A recovery goes to a fund, to bearers, to the reserve or to a tranche."""
        if part.to == "reserve":
            self.to_reserve += part.amount
        elif part.to == "tranche":
            count(self.to_tranches, TrancheId(part.name or LENDERS), part.amount)
        elif part.basis in self.losses:
            count(self.to_tranches, self.losses[part.basis], part.amount)
        else:
            self.to_others += part.amount

    @property
    def restored(self) -> int:
        """What recoveries gave back. The reserve and tranches may get more than they bore; that restores nothing."""
        to_tranches = (min(amount, self.written_down.get(name, 0)) for name, amount in self.to_tranches.items())
        return self.to_others + min(self.to_reserve, self.reserve) + sum(to_tranches)

    def sum(self, columns: tuple[str, ...]) -> int:
        return sum(getattr(self, column) for column in columns)

    @property
    def in_default(self) -> int:
        return self.sum(_ADDS) - self.sum(_TAKES_OFF) + self.sum(_KEEPS)

    @property
    def open(self) -> int:
        return self.sum(_OPENS) - self.sum(_BEARS)


_CASE: Final = Slots(_Case, _Case.__slots__)


class DeficitsFold:
    """The fold of cases. What names a case that is not shown is passed over. `touched` are those that are named."""

    name = "deficits"

    def __init__(self, charters: Charters) -> None:
        self.touched: set[CaseId] = set()
        self._charters = charters
        self._cases: dict[CaseId, _Case] = {}
        self._under: dict[tuple[PoolId, LoanId], CaseId] = {}
        self.handlers: dict[str, Handler] = {
            "loan-defaulted": self._defaulted,
            "loan-drawn": self._drawn,
            "interest-accrued": self._accrued,
            "interest-allocated": self._accrued,
            "cost-advanced": self._advanced,
            "repaid": self._repaid,
            "debt-transferred": self._transferred,
            "collateral-sold": self._sold,
            "guarantee-paid": self._guaranteed,
            "loan-cured": self._cured,
            "shortfall-recognized": self._recognized,
            "fund-drawn": self._fund_drawn,
            "reserve-drawn": self._reserve_drawn,
            "deficit-covered": self._covered,
            "deficit-recapitalized": self._recapitalized,
            "debt-redistributed": self._redistributed,
            "bad-debt-socialized": self._socialized,
            "recovery-allocated": self._recovered,
            "case-closed": self._closed,
            "adjustment-posted": self._adjusted,
        }

    def rows(self, as_of: Timestamp | None, of: Iterable[CaseId] | None = None) -> Iterator[DeficitRow]:
        """The rows in order of pool, loan and case, aged to a time: of all cases, or of some."""
        cases = self._cases.values() if of is None else [self._cases[case] for case in of]
        for case in sorted(cases, key=lambda case: (case.pool, case.loan, case.case)):
            yield self._row(case, as_of or case.opened_at)

    def changed(self) -> list[CaseId]:
        """The cases whose rows may have changed: those touched, and those that grow older."""
        return [name for name, case in self._cases.items() if name in self.touched or case.in_default or case.open]

    def state(self) -> Plain:
        """Every case, and under which each loan in default is."""
        cases = [_CASE.apart(case) for case in self._cases.values()]
        return cases, [(*loan, case) for loan, case in self._under.items()]

    def restore(self, state: Plain) -> None:
        """Hold such cases."""
        cases, under = state
        self._cases = {case.case: case for case in map(_CASE.together, cases)}
        self._under = {(pool, loan): case for pool, loan, case in under}

    def _case(self, name: CaseId) -> _Case | None:
        self.touched.add(name)
        return self._cases.get(name)

    def row(self, name: CaseId) -> DeficitRow | None:
        """The row of one case as it stands, at the age of its default; None where its default is not shown so far."""
        case = self._cases.get(name)
        return None if case is None else self._row(case, case.opened_at)

    def _row(self, case: _Case, as_of: Timestamp) -> DeficitRow:
        amounts = (*_ADDS, *_TAKES_OFF, *_KEEPS, "in_default", "adjusted_open", *_BEARS, "open", "restored")
        unsettled = case.in_default or case.open
        return DeficitRow(
            pool=case.pool,
            loan=case.loan,
            case=case.case,
            asset=self._charters.pools[case.pool].asset,
            **{column: Units(getattr(case, column)) for column in amounts},
            opened_at=case.opened_at,
            age_days=days_between(case.opened_at, as_of) if unsettled else None,
        )

    def _defaulted(self, _: int, event: LoanDefaulted) -> None:
        self.touched.add(event.case)
        self._cases[event.case] = _Case(event)
        self._under[event.pool, event.loan] = event.case

    def _drawn(self, _: int, event: LoanDrawn) -> None:
        if event.case is not None and (case := self._case(event.case)):
            case.added += event.principal

    def _accrued(self, _: int, event: InterestAccrued | InterestAllocated) -> None:
        if event.case is not None and (case := self._case(event.case)):
            case.added += event.interest

    def _advanced(self, _: int, event: CostAdvanced) -> None:
        if case := self._case(event.case):
            case.added += event.amount

    def _repaid(self, _: int, event: Repaid) -> None:
        if event.case is not None and (case := self._case(event.case)):
            case.repaid += event.principal + event.interest

    def _transferred(self, _: int, event: DebtTransferred) -> None:
        if event.case is not None and (case := self._case(event.case)):
            case.transferred += event.principal + event.interest

    def _sold(self, _: int, event: CollateralSold) -> None:
        if case := self._case(event.case):
            case.proceeds += event.proceeds
            case.costs += event.costs
            case.other += event.penalty + event.recovery + event.surplus + event.rounding

    def _guaranteed(self, _: int, event: GuaranteePaid) -> None:
        if case := self._case(event.case):
            case.guaranteed += event.principal + event.interest
            case.proceeds += event.costs + event.recovery + event.surplus
            case.costs += event.costs
            case.other += event.recovery + event.surplus

    def _closed(self, _: int, event: LoanCured | CaseClosed) -> None:
        if self._under.get((event.pool, event.loan)) == event.case:
            del self._under[event.pool, event.loan]

    def _cured(self, position: int, event: LoanCured) -> None:
        self._closed(position, event)
        if case := self._case(event.case):
            case.cured += event.principal + event.interest

    def _recognized(self, _: int, event: ShortfallRecognized) -> None:
        if case := self._case(event.case):
            case.recognized += event.principal + event.interest

    def _fund_drawn(self, _: int, event: FundDrawn) -> None:
        if case := self._case(event.case):
            case.fund += event.amount

    def _reserve_drawn(self, _: int, event: ReserveDrawn) -> None:
        if case := self._case(event.case):
            case.reserve += event.amount

    def _covered(self, _: int, event: DeficitCovered) -> None:
        if case := self._case(event.case):
            case.covered += event.amount

    def _recapitalized(self, _: int, event: DeficitRecapitalized) -> None:
        if case := self._case(event.case):
            case.recapitalized += event.amount

    def _redistributed(self, _: int, event: DebtRedistributed) -> None:
        if case := self._case(event.case):
            case.redistributed += event.amount()

    def _socialized(self, _: int, event: BadDebtSocialized) -> None:
        if case := self._case(event.case):
            if event.tranche == LENDERS:
                case.socialized += event.amount
            else:
                case.tranches += event.amount
            case.write_down(event)

    def _recovered(self, _: int, event: RecoveryAllocated) -> None:
        if case := self._case(event.case):
            for part in event.parts:
                if part.to == "deficit":
                    case.recovered += part.amount
                elif part.to != "borrower":
                    case.give_back(part)

    def _adjusted(self, _: int, event: AdjustmentPosted) -> None:
        if event.case is not None and (case := self._case(event.case)):
            case.adjusted_in_default += event.in_default(self._charters)
        for line in event.postings if event.pool is not None else ():
            part = part_of(line.account, line.commodity, self._charters)
            if event.pool is None:
                continue
            if part.holds == "deficit" and part.case is not None and (case := self._case(part.case)):
                case.adjusted_open += line.amount
            if part.holds.startswith("defaulted-") and part.loan is not None:
                under = self._under.get((event.pool, part.loan))
                if under is not None and (case := self._case(under)):
                    case.adjusted_in_default += line.amount
