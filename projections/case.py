"""One case as a waterfall: every step from the default on, what its source had, what it bore, what remained."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.events import (
    CATALOGUE,
    AnyEvent,
    BadDebtSocialized,
    CaseClosed,
    CollateralSold,
    DeficitRecapitalized,
    FundDrawn,
    InterestAccrued,
    LoanCured,
    LoanDefaulted,
    LoanDrawn,
    PoolOpened,
    Repaid,
    ShortfallRecognized,
)
from ledger.sums import Sums
from ledger.values import CaseId, FundId, PoolId
from ledger.waterfall import FundLayer, Waterfall, fund_limit, fund_room
from projections.reading import Handler
from projections.rows import Units

CaseEvent = (
    LoanDefaulted
    | LoanDrawn
    | InterestAccrued
    | Repaid
    | CollateralSold
    | LoanCured
    | ShortfallRecognized
    | FundDrawn
    | DeficitRecapitalized
    | BadDebtSocialized
    | CaseClosed
)
"""The events that may belong to a case."""


STOCKS: Final = frozenset({"fund-drawn", "bad-debt-socialized"})
"""Steps whose source has a balance to bear from: what several of them had is what the first one had, not the sum."""


class CaseRow(NamedTuple):
    """A step of a case. `remaining` is what is in default or an open deficit after it.

    `available` is what the source had at that moment, empty where it has no bound of its own or is counted in another
    asset; `borne` is what it took off.
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
        self._remaining = 0
        self._rows: list[CaseRow] = []
        self._waterfalls: dict[PoolId, Waterfall] = {}
        self._limits: dict[FundId, tuple[FundLayer, int | None]] | None = None
        self._paid: dict[FundId, int] = {}
        self.handlers: dict[str, Handler] = dict.fromkeys(CATALOGUE, self._take)

    def rows(self) -> Iterator[CaseRow]:
        """The steps in order of position; none where no entry shown names the case."""
        yield from self._rows

    def _take(self, position: int, event: AnyEvent) -> None:
        if isinstance(event, PoolOpened):
            self._waterfalls[event.pool] = event.waterfall
        elif isinstance(event, CaseEvent) and event.case == self._case:
            self._rows.append(self._row(position, event))
        self._sums.add(event.moves(self._charters))

    def _row(self, position: int, event: CaseEvent) -> CaseRow:
        step = self._step(event)
        self._remaining += step.added - step.borne
        return CaseRow(
            event=event.type,
            position=position,
            at=event.at,
            source=step.source,
            asset=self._charters.pools[event.pool].asset,
            available=None if step.available is None else Units(step.available),
            borne=Units(step.borne),
            remaining=Units(self._remaining),
        )

    def _step(self, event: CaseEvent) -> _Step:  # noqa: C901, PLR0911  (one arm a kind of step)
        match event:
            case LoanDefaulted():
                return _Step("exposure", added=event.principal + event.interest)
            case LoanDrawn():
                return _Step("draw", added=event.principal)
            case InterestAccrued():
                return _Step("interest", added=event.interest)
            case Repaid():
                return _Step(
                    "repayment", event.principal + event.interest + event.rounding, event.principal + event.interest
                )
            case CollateralSold():
                return _Step(event.source, event.proceeds - event.costs, event.principal + event.interest)
            case LoanCured():
                return _Step(event.reason, borne=event.principal + event.interest)
            case ShortfallRecognized():
                self._fix_limits(event.pool)
                return _Step("shortfall")
            case FundDrawn():
                return self._drawn(event)
            case DeficitRecapitalized():
                return _Step(f"investor {event.investor}", event.amount, event.amount)
            case BadDebtSocialized():
                return _Step(f"tranche {event.tranche}", self._claims(event), event.amount)
            case CaseClosed():
                return _Step("closed")

    def _fix_limits(self, pool: PoolId) -> None:
        """The limits of the fund layers, from the balances at the first recognition (law 6)."""
        if self._limits is None:
            layers = [layer for layer in self._waterfalls.get(pool, ()) if isinstance(layer, FundLayer)]
            self._limits = {layer.fund: (layer, fund_limit(layer, self._fund_cash(layer.fund))) for layer in layers}

    def _drawn(self, event: FundDrawn) -> _Step:
        cash, paid = self._fund_cash(event.fund), self._paid.get(event.fund, 0)
        layer, limit = (self._limits or {}).get(event.fund, (None, None))
        room = cash if layer is None else fund_room(layer, limit=limit, paid=paid, balance=cash)
        self._paid[event.fund] = paid + event.price()
        same_asset = self._charters.funds[event.fund].asset == self._charters.pools[event.pool].asset
        return _Step(f"fund {event.fund}", room if same_asset else None, event.amount)

    def _fund_cash(self, fund: FundId) -> int:
        charter = self._charters.funds[fund]
        return self._sums.balance(charter.cash, charter.asset)

    def _claims(self, event: BadDebtSocialized) -> int:
        charter = self._charters.pools[event.pool]
        return self._sums.owed(charter.tranches[event.tranche].claims, charter.asset)
