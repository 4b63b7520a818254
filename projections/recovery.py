"""What was recovered of each default: from which source, how soon, at what price; one row a case, and their totals.

The columns of money are those of the register of bad debt, put together by source, so that they sum to what was in
default. Rates are of what was in default and did not go back to performing: a cure is neither a recovery nor a loss.
"""

from collections.abc import Iterable, Iterator, Mapping

from ledger.events import (
    AnyEvent,
    CaseClosed,
    CollateralSold,
    DebtTransferred,
    GuaranteePaid,
    LoanCured,
    LoanDefaulted,
    RecoveryAllocated,
    RecoveryReceived,
)
from ledger.values import CaseId, Timestamp, days_between, instant_key
from projections.balances import BalancesFold
from projections.deficits import DeficitRow, DeficitsFold
from projections.in_default import GapsFold
from projections.reading import Handler, Selection, Watch, fold
from projections.recovery_rows import Figures, RecoveryRow, row_of
from projections.rows import Wad
from projections.ties import Tie


class _Case:
    """What the register of bad debt does not say of a case: times, market values, what came in after the loss.

    `paid` is what buyers gave for collateral, in proceeds and in debt taken over; `sales` and `marks` count the sales,
    and those of them that say what the collateral was worth.
    """

    __slots__ = (
        *("closed_at", "cured_at", "first_sale_at", "marked", "marks", "opened"),
        *("paid", "recoveries", "residual", "sales"),
    )

    def __init__(self, opened: LoanDefaulted) -> None:
        self.opened = opened
        self.first_sale_at: Timestamp | None = None
        self.cured_at: Timestamp | None = None
        self.closed_at: Timestamp | None = None
        self.sales = self.marks = self.marked = self.paid = self.recoveries = self.residual = 0

    def ended_at(self, row: DeficitRow) -> Timestamp | None:
        """When it was closed, or cured so that nothing was left; as its row has it, nothing is."""
        return self.closed_at or (None if row.in_default or row.open else self.cured_at)

    def take(self, event: AnyEvent) -> None:
        """Count what an event of it says."""
        match event:
            case CollateralSold():
                self._sell(event)
            case DebtTransferred():
                self.paid += event.principal + event.interest
            case GuaranteePaid():
                self.recoveries += event.recovery
            case RecoveryReceived():
                self.recoveries += event.amount - event.costs
            case RecoveryAllocated():
                self.recoveries -= sum(part.amount for part in event.parts if part.to == "borrower")
            case CaseClosed():
                self.closed_at = event.at
            case LoanCured() if event.reason == "residual":
                self.residual += event.principal + event.interest
            case _:
                pass

    def _sell(self, sale: CollateralSold) -> None:
        self.first_sale_at = min(self.first_sale_at or sale.at, sale.at, key=instant_key)
        self.recoveries += sale.recovery
        self.paid += sale.proceeds
        self.sales += 1
        if sale.mark_value is not None:
            self.marks += 1
            self.marked += sale.mark_value


class RecoveryFold:
    """The fold of what is recovered under each case. What names a case that is not shown is passed over.

    `deficits` is run before it over the same entries: it tells what a cure leaves open.
    """

    def __init__(self, deficits: DeficitsFold) -> None:
        self._deficits = deficits
        self._cases: dict[CaseId, _Case] = {}
        self.handlers: dict[str, Handler] = {
            "loan-defaulted": self._defaulted,
            "collateral-sold": self._take,
            "debt-transferred": self._take,
            "guarantee-paid": self._take,
            "recovery-received": self._take,
            "recovery-allocated": self._take,
            "loan-cured": self._cured,
            "case-closed": self._take,
        }

    def of(self, case: str) -> _Case:
        """What is known of a case whose default is shown."""
        return self._cases[CaseId(case)]

    def _defaulted(self, _: int, event: LoanDefaulted) -> None:
        self._cases[event.case] = _Case(event)

    def _take(self, _: int, event: AnyEvent) -> None:
        name: CaseId | None = getattr(event, "case", None)
        if name is not None and name in self._cases:
            self._cases[name].take(event)

    def _cured(self, position: int, event: LoanCured) -> None:
        self._take(position, event)
        row = self._deficits.row(event.case)
        if row is not None and not row.in_default and not row.open:
            self._cases[event.case].cured_at = event.at


def recovery(
    selection: Selection, named: Mapping[str, str], watch: Watch = iter
) -> tuple[Iterator[RecoveryRow], tuple[Tie, ...]]:
    """The rows of a selection, of all cases or of those named, and their ties to the accounts of loans in default.

    Tied is what is in default, of all pools or of a pool or loan that is named, where it has accounts of its own (a
    pooled pool's has none) and no entry shown belongs to a default that is not. Accounts are kept by loan, not by case:
    with a case named there are no ties.
    """
    gaps, deficits = GapsFold(selection.charters), DeficitsFold(selection.charters)
    recovered, balances = RecoveryFold(deficits), BalancesFold(selection.charters)
    shown = fold(selection, [gaps, deficits, recovered, balances], watch)
    chosen = [row for row in deficits.rows(shown.as_of) if all(getattr(row, kind) == of for kind, of in named.items())]
    pool, loan = named.get("pool"), named.get("loan")
    ties = () if "case" in named else tuple(gaps.ties(chosen, balances, pool=pool, loan=loan))
    return _rows(chosen, recovered), ties


def _rows(cases: Iterable[DeficitRow], recovered: RecoveryFold) -> Iterator[RecoveryRow]:
    """A row for each case in order of pool, loan and case, then the total of each asset."""
    totals: dict[str, Figures] = {}
    for row in cases:
        case = recovered.of(row.case)
        figures = _figures(row, case)
        totals.setdefault(row.asset, Figures()).add(figures)
        yield row_of(row.asset, figures)._replace(
            pool=row.pool,
            loan=row.loan,
            case=row.case,
            defaulted_at=row.opened_at,
            first_sale_at=case.first_sale_at or "",
            closed_at=case.ended_at(row) or "",
            health=None if case.opened.health is None else Wad(case.opened.health),
        )
    yield from (row_of(asset, total) for asset, total in sorted(totals.items()))


def _figures(row: DeficitRow, case: _Case) -> Figures:
    found = Figures()
    found.cases = 1
    for column in ("exposure", "guaranteed", "repaid", "transferred", "recognized", "in_default"):
        setattr(found, column, getattr(row, column))
    found.added = row.added + row.adjusted_in_default
    found.collateral = row.proceeds - row.costs - row.other
    found.cured, found.residual = row.cured - case.residual, case.residual
    found.recoveries = case.recoveries
    if case.first_sale_at:
        found.sold, found.days_to_sale = 1, days_between(case.opened.at, case.first_sale_at)
    if ended_at := case.ended_at(row):
        found.closed, found.days_to_close = 1, days_between(case.opened.at, ended_at)
    if case.sales and case.marks == case.sales:
        found.marks, found.marked, found.paid = 1, case.marked, case.paid
    if case.opened.collateral_value is not None:
        found.valued, found.collateral_value = row.exposure, case.opened.collateral_value
    return found
