"""The register of bad debt: each case from its exposure to who bore what, one row a case."""

from collections.abc import Iterator
from typing import NamedTuple

from ledger.accounts import Charters
from ledger.events import (
    BadDebtSocialized,
    CollateralSold,
    DeficitRecapitalized,
    FundDrawn,
    InterestAccrued,
    LoanCured,
    LoanDefaulted,
    LoanDrawn,
    Repaid,
    ShortfallRecognized,
)
from ledger.values import LENDERS, CaseId, Timestamp, days_between
from projections.reading import Handler
from projections.rows import Units


class DeficitRow(NamedTuple):
    """Two identities, each the report of a whole case.

    exposure + added = proceeds - costs - other + guaranteed + repaid + transferred + cured + recognized + in_default;
    recognized = fund + reserve + tranches + covered + recapitalized + redistributed + socialized + recovered + open.

    `age_days` are the whole days since `opened_at` while something is in default or open, then nothing.
    """

    pool: str
    loan: str
    case: str
    asset: str
    exposure: Units
    added: Units
    proceeds: Units
    costs: Units
    other: Units
    guaranteed: Units
    repaid: Units
    transferred: Units
    cured: Units
    in_default: Units
    recognized: Units
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


class _Case:
    __slots__ = (
        "added",
        "costs",
        "cured",
        "exposure",
        "fund",
        "in_default",
        "opened",
        "other",
        "proceeds",
        "recapitalized",
        "recognized",
        "repaid",
        "socialized",
        "tranches",
    )

    def __init__(self, opened: LoanDefaulted) -> None:
        self.opened = opened
        self.exposure = self.in_default = opened.principal + opened.interest
        self.added = self.proceeds = self.costs = self.other = self.repaid = self.cured = 0
        self.recognized = self.fund = self.recapitalized = self.tranches = self.socialized = 0

    @property
    def open(self) -> int:
        return self.recognized - self.fund - self.recapitalized - self.tranches - self.socialized


class DeficitsFold:
    """The fold of cases. What names a case that is not shown is passed over."""

    def __init__(self, charters: Charters) -> None:
        self._charters = charters
        self._cases: dict[CaseId, _Case] = {}
        self.handlers: dict[str, Handler] = {
            "loan-defaulted": self._defaulted,
            "loan-drawn": self._drawn,
            "interest-accrued": self._accrued,
            "repaid": self._repaid,
            "collateral-sold": self._sold,
            "loan-cured": self._cured,
            "shortfall-recognized": self._recognized,
            "fund-drawn": self._fund_drawn,
            "deficit-recapitalized": self._recapitalized,
            "bad-debt-socialized": self._socialized,
        }

    def rows(self, as_of: Timestamp | None) -> Iterator[DeficitRow]:
        """The rows in order of pool, loan and case, aged to a time."""
        for case in sorted(
            self._cases.values(), key=lambda case: (case.opened.pool, case.opened.loan, case.opened.case)
        ):
            yield self._row(case, as_of or case.opened.at)

    def _row(self, case: _Case, as_of: Timestamp) -> DeficitRow:
        unsettled = case.in_default or case.open
        return DeficitRow(
            pool=case.opened.pool,
            loan=case.opened.loan,
            case=case.opened.case,
            asset=self._charters.pools[case.opened.pool].asset,
            exposure=Units(case.exposure),
            added=Units(case.added),
            proceeds=Units(case.proceeds),
            costs=Units(case.costs),
            other=Units(case.other),
            guaranteed=Units(0),
            repaid=Units(case.repaid),
            transferred=Units(0),
            cured=Units(case.cured),
            in_default=Units(case.in_default),
            recognized=Units(case.recognized),
            fund=Units(case.fund),
            reserve=Units(0),
            tranches=Units(case.tranches),
            covered=Units(0),
            recapitalized=Units(case.recapitalized),
            redistributed=Units(0),
            socialized=Units(case.socialized),
            recovered=Units(0),
            open=Units(case.open),
            restored=Units(0),
            opened_at=case.opened.at,
            age_days=days_between(case.opened.at, as_of) if unsettled else None,
        )

    def _defaulted(self, _: int, event: LoanDefaulted) -> None:
        self._cases[event.case] = _Case(event)

    def _drawn(self, _: int, event: LoanDrawn) -> None:
        if event.case is not None and (case := self._cases.get(event.case)):
            case.added += event.principal
            case.in_default += event.principal

    def _accrued(self, _: int, event: InterestAccrued) -> None:
        if event.case is not None and (case := self._cases.get(event.case)):
            case.added += event.interest
            case.in_default += event.interest

    def _repaid(self, _: int, event: Repaid) -> None:
        if event.case is not None and (case := self._cases.get(event.case)):
            case.repaid += event.principal + event.interest
            case.in_default -= event.principal + event.interest

    def _sold(self, _: int, event: CollateralSold) -> None:
        if case := self._cases.get(event.case):
            case.proceeds += event.proceeds
            case.costs += event.costs
            case.other += event.penalty + event.recovery + event.surplus + event.rounding
            case.in_default -= event.principal + event.interest

    def _cured(self, _: int, event: LoanCured) -> None:
        if case := self._cases.get(event.case):
            case.cured += event.principal + event.interest
            case.in_default -= event.principal + event.interest

    def _recognized(self, _: int, event: ShortfallRecognized) -> None:
        if case := self._cases.get(event.case):
            case.recognized += event.principal + event.interest
            case.in_default -= event.principal + event.interest

    def _fund_drawn(self, _: int, event: FundDrawn) -> None:
        if case := self._cases.get(event.case):
            case.fund += event.amount

    def _recapitalized(self, _: int, event: DeficitRecapitalized) -> None:
        if case := self._cases.get(event.case):
            case.recapitalized += event.amount

    def _socialized(self, _: int, event: BadDebtSocialized) -> None:
        if case := self._cases.get(event.case):
            if event.tranche == LENDERS:
                case.socialized += event.amount
            else:
                case.tranches += event.amount
