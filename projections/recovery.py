"""What was recovered of each default: from which source, how soon, at what price; one row a case, and their totals.

The columns of money are those of the register of bad debt, put together by source, so that they sum to what was in
default. Rates are of what was in default and did not go back to performing: a cure is neither a recovery nor a loss.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.chart import part_of
from ledger.events import (
    CATALOGUE,
    AdjustmentPosted,
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
from ledger.values import WAD, CaseId, LoanId, PoolId, Timestamp, days_between, instant_key, mul_div_down, mul_div_up
from projections.balances import BalancesFold
from projections.control_totals import control_totals
from projections.deficits import DeficitRow, DeficitsFold
from projections.reading import Handler, Selection, Watch, fold
from projections.rows import Units, Wad
from projections.ties import Tie


class RecoveryRow(NamedTuple):
    """One case; or, without pool, loan and case, the total of `cases` in an asset.

    exposure + added = collateral + guaranteed + repaid + transferred + cured + residual + recognized + in_default.

    `exposure` is what was owed at default (EAD in Basel's words), `added` what came to it since: interest, draws, costs
    advanced, adjustments. `collateral` is what sales paid of that, their proceeds less costs and less what was a
    penalty, a surplus or a recovery; `transferred` is debt that a buyer took over, which counts as proceeds. `residual`
    is debt that merely stayed behind and performs again, `cured` what the borrower made good. `recoveries` came in
    after a loss was recognized, net of costs and of what of it went to the borrower.

    `recovery_rate` = (collateral + guaranteed + repaid + transferred + recoveries) / (exposure + added - cured -
    residual), a wad, rounded down; `lgd` = 1 - recovery_rate, so rounded up: loss given default as in Basel (CRE36) and
    IFRS 9, but not discounted, and without what the pool's own sources bore. While something is in default it is the
    rate so far. Supervisors that count a cure as recovered in full (EBA/GL/2017/16) add `cured` to both sides.

    Where sales say what the collateral was worth by the market: `marked` is that, `slippage` = marked - what buyers
    paid for it, in proceeds and in debt taken over; `slippage_wad` is of marked, rounded up, and `margin_wad`, what
    the buyers or liquidators gained, of what they paid, rounded down. `health` is as stated at default; `ltv` is
    exposure / value of the collateral then, rounded up. A case is closed by its `case-closed`, or before that by a
    cure. Days are whole, from the default; of a total, the mean of the cases that got so far, rounded down. What is not
    known is empty.
    """

    pool: str
    loan: str
    case: str
    asset: str
    cases: int
    exposure: Units
    added: Units
    collateral: Units
    guaranteed: Units
    repaid: Units
    transferred: Units
    cured: Units
    residual: Units
    recognized: Units
    in_default: Units
    recoveries: Units
    recovery_rate: Wad | None
    lgd: Wad | None
    defaulted_at: str
    first_sale_at: str
    closed_at: str
    days_to_sale: int | None
    days_to_close: int | None
    marked: Units | None
    slippage: Units | None
    slippage_wad: Wad | None
    margin_wad: Wad | None
    health: Wad | None
    ltv: Wad | None


_PAID: Final = ("collateral", "guaranteed", "repaid", "transferred")
"""What was recovered before a loss was recognized, by source."""

_MONEY: Final = ("exposure", "added", *_PAID, "cured", "residual", "recognized", "in_default", "recoveries")


class _Case:
    """What the register of bad debt does not say of a case: times, market values, what came in after the loss."""

    __slots__ = ("closed_at", "first_sale_at", "is_marked", "marked", "opened", "paid", "recoveries", "residual")

    def __init__(self, opened: LoanDefaulted) -> None:
        self.opened = opened
        self.first_sale_at: Timestamp | None = None
        self.closed_at: Timestamp | None = None
        self.is_marked = False
        self.marked = self.paid = self.recoveries = self.residual = 0


class RecoveryFold:
    """The fold of what is recovered under each case. What names a case that is not shown is passed over.

    `has_gaps` says that something was: then what is in default by case need not come to the accounts.
    """

    def __init__(self, charters: Charters) -> None:
        self._charters = charters
        self._cases: dict[CaseId, _Case] = {}
        self._under: dict[tuple[PoolId, LoanId], CaseId] = {}
        self.has_gaps = False
        naming = (name for name, event in CATALOGUE.items() if "case" in event.__dataclass_fields__)
        self.handlers: dict[str, Handler] = {
            **dict.fromkeys(naming, self._take),
            "loan-defaulted": self._defaulted,
            "adjustment-posted": self._adjusted,
        }

    def of(self, case: str) -> _Case:
        """What is known of a case whose default is shown."""
        return self._cases[CaseId(case)]

    def _defaulted(self, _: int, event: LoanDefaulted) -> None:
        self.has_gaps = self.has_gaps or event.case in self._cases
        self._cases[event.case] = _Case(event)
        self._under[event.pool, event.loan] = event.case

    def _take(self, _: int, event: AnyEvent) -> None:
        name: CaseId | None = getattr(event, "case", None)
        case = None if name is None else self._cases.get(name)
        if case is not None:
            self._note(case, event)
        elif name is not None:
            self.has_gaps = True

    def _note(self, case: _Case, event: AnyEvent) -> None:
        match event:
            case CollateralSold():
                case.recoveries += event.recovery
                case.first_sale_at = min(case.first_sale_at or event.at, event.at, key=instant_key)
                if event.mark_value is not None:
                    case.is_marked = True
                    case.marked += event.mark_value
                    case.paid += event.proceeds
            case DebtTransferred():
                case.paid += event.principal + event.interest
            case GuaranteePaid():
                case.recoveries += event.recovery
            case RecoveryReceived():
                case.recoveries += event.amount - event.costs
            case RecoveryAllocated():
                case.recoveries -= sum(part.amount for part in event.parts if part.to == "borrower")
            case LoanCured() | CaseClosed():
                self._end(case, event)
            case _:
                pass

    def _end(self, case: _Case, event: LoanCured | CaseClosed) -> None:
        if self._under.get((event.pool, event.loan)) == event.case:
            del self._under[event.pool, event.loan]
        case.closed_at = event.at
        if isinstance(event, LoanCured) and event.reason == "residual":
            case.residual += event.principal + event.interest

    def _adjusted(self, _: int, event: AdjustmentPosted) -> None:
        """An adjustment of a loan in default that no case shown is of."""
        for line in event.postings if event.pool is not None else ():
            part = part_of(line.account, line.commodity, self._charters)
            if event.pool is not None and part.loan is not None and part.holds.startswith("defaulted-"):
                self.has_gaps = self.has_gaps or (event.pool, part.loan) not in self._under


@dataclass(slots=True)
class _Figures:
    """The figures of a case, and of several together. `sold`, `closed` and `marks` count the cases that have them.

    `valued` is the exposure of the cases whose collateral had a stated value at default.
    """

    cases: int = 0
    exposure: int = 0
    added: int = 0
    collateral: int = 0
    guaranteed: int = 0
    repaid: int = 0
    transferred: int = 0
    cured: int = 0
    residual: int = 0
    recognized: int = 0
    in_default: int = 0
    recoveries: int = 0
    sold: int = 0
    days_to_sale: int = 0
    closed: int = 0
    days_to_close: int = 0
    marks: int = 0
    marked: int = 0
    paid: int = 0
    valued: int = 0
    collateral_value: int = 0

    def add(self, other: "_Figures") -> None:
        for column in fields(self):
            setattr(self, column.name, getattr(self, column.name) + getattr(other, column.name))

    @property
    def recovery_rate(self) -> int | None:
        base = self._of("exposure", "added") - self._of("cured", "residual")
        return mul_div_down(self._of(*_PAID, "recoveries"), WAD, base) if base > 0 else None

    def _of(self, *columns: str) -> int:
        return sum(getattr(self, column) for column in columns)


def recovery(
    selection: Selection, named: Mapping[str, str], watch: Watch = iter
) -> tuple[Iterator[RecoveryRow], tuple[Tie, ...]]:
    """The rows of a selection, of all cases or of those named, and their ties to the accounts of loans in default.

    Tied is what is in default, where it has accounts of its own (a pooled pool's has none), all cases are asked for,
    and no entry shown belongs to a default that is not.
    """
    recovered, deficits = RecoveryFold(selection.charters), DeficitsFold(selection.charters)
    balances = BalancesFold(selection.charters)
    shown = fold(selection, [recovered, deficits, balances], watch)
    cases = list(deficits.rows(shown.as_of))
    reported: dict[str, int] = {}
    for row in cases:
        if not selection.charters.pools[PoolId(row.pool)].pooled:
            reported[row.asset] = reported.get(row.asset, 0) + row.in_default
    gaps = recovered.has_gaps or named
    ties = () if gaps else tuple(control_totals(balances, "assets", ("defaulted",), reported))
    chosen = [row for row in cases if all(getattr(row, kind) == name for kind, name in named.items())]
    return _rows(chosen, recovered), ties


def _rows(cases: Iterable[DeficitRow], recovered: RecoveryFold) -> Iterator[RecoveryRow]:
    """A row for each case in order of pool, loan and case, then the total of each asset."""
    totals: dict[str, _Figures] = {}
    for row in cases:
        case = recovered.of(row.case)
        figures = _figures(row, case)
        totals.setdefault(row.asset, _Figures()).add(figures)
        yield _row(row.asset, figures)._replace(
            pool=row.pool,
            loan=row.loan,
            case=row.case,
            defaulted_at=row.opened_at,
            first_sale_at=case.first_sale_at or "",
            closed_at=case.closed_at or "",
            health=None if case.opened.health is None else Wad(case.opened.health),
        )
    yield from (_row(asset, total) for asset, total in sorted(totals.items()))


def _figures(row: DeficitRow, case: _Case) -> _Figures:
    found = _Figures()
    found.cases = 1
    for column in ("exposure", "guaranteed", "repaid", "transferred", "recognized", "in_default"):
        setattr(found, column, getattr(row, column))
    found.added = row.added + row.adjusted_in_default
    found.collateral = row.proceeds - row.costs - row.other
    found.cured, found.residual = row.cured - case.residual, case.residual
    found.recoveries = case.recoveries
    if case.first_sale_at:
        found.sold, found.days_to_sale = 1, days_between(case.opened.at, case.first_sale_at)
    if case.closed_at:
        found.closed, found.days_to_close = 1, days_between(case.opened.at, case.closed_at)
    if case.is_marked:
        found.marks, found.marked, found.paid = 1, case.marked, case.paid
    if case.opened.collateral_value is not None:
        found.valued, found.collateral_value = row.exposure, case.opened.collateral_value
    return found


def _row(asset: str, of: _Figures) -> RecoveryRow:
    """The row of figures, without the names and times of a case."""
    rate, slippage = of.recovery_rate, of.marked - of.paid
    return RecoveryRow(
        pool="",
        loan="",
        case="",
        asset=asset,
        cases=of.cases,
        **{column: Units(getattr(of, column)) for column in _MONEY},
        recovery_rate=None if rate is None else Wad(rate),
        lgd=None if rate is None else Wad(WAD - rate),
        defaulted_at="",
        first_sale_at="",
        closed_at="",
        days_to_sale=of.days_to_sale // of.sold if of.sold else None,
        days_to_close=of.days_to_close // of.closed if of.closed else None,
        marked=Units(of.marked) if of.marks else None,
        slippage=Units(slippage) if of.marks else None,
        slippage_wad=Wad(mul_div_up(slippage, WAD, of.marked)) if of.marked else None,
        margin_wad=Wad(mul_div_down(slippage, WAD, of.paid)) if of.marks and of.paid > 0 else None,
        health=None,
        ltv=Wad(mul_div_up(of.valued, WAD, of.collateral_value)) if of.collateral_value else None,
    )
