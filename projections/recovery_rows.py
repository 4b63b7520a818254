"""The figures of a case, of several together, and the row of the report of recoveries that tells them."""

from dataclasses import dataclass, fields
from typing import Final, NamedTuple

from ledger.values import WAD, mul_div_down, mul_div_up
from projections.rows import Units, Wad


class RecoveryRow(NamedTuple):
    """One case; or, without pool, loan and case, the total of `cases` in an asset.

    exposure + added = collateral + guaranteed + repaid + transferred + cured + residual + recognized + in_default.

    `exposure` is what was owed at default (EAD in Basel's words), `added` what came to it since: interest, draws, costs
    advanced, adjustments. `collateral` is what sales paid of that, their proceeds less costs and less what was a
    penalty, a surplus or a recovery; `transferred` is debt that a buyer took over, which counts as proceeds. `residual`
    is debt that merely stayed behind, `cured` what the borrower made good: both go on performing, and are neither
    recovered nor lost here. `recoveries` came in after a loss was recognized, net of costs and of what of it went to
    the borrower.

    `base` = exposure + added - cured - residual is what the rates are of: of 600 in default with 450 of residual and
    150 sold for, it is 150, and all of that was recovered. `recovery_rate` = (collateral + guaranteed + repaid +
    transferred + recoveries) / base, a wad, rounded down; `lgd` = 1 - recovery_rate, so rounded up: loss given default
    as in Basel (CRE36) and IFRS 9, but not discounted, and without what the pool's own sources bore. While something is
    in default it is the rate so far. Supervisors that count a cure as recovered in full (EBA/GL/2017/16) add `cured` to
    both sides.

    Where every sale of a case says what the collateral was worth by the market: `marked` is that, `slippage` = marked -
    what buyers paid, in proceeds and in debt taken over; which sale such debt went with is not recorded, so of a case
    with a sale that is not marked they are empty. `slippage_wad` is of marked, rounded up, and `margin_wad`, what the
    buyers or liquidators gained, of what they paid, rounded down. `health` is as stated at default; `ltv` is exposure /
    value of the collateral then, rounded up. A case is closed by its `case-closed`; without one, by a cure that left
    nothing in default or open, as long as nothing is. Days are whole, from the default; of a total, the mean of the
    cases that got so far, rounded down. What is not known is empty.
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
    base: Units
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

_MONEY: Final = ("exposure", "added", *_PAID, "cured", "residual", "recognized", "in_default", "recoveries", "base")


@dataclass(slots=True)
class Figures:
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

    def add(self, other: "Figures") -> None:
        """Count those of another case, or of several, in."""
        for column in fields(self):
            setattr(self, column.name, getattr(self, column.name) + getattr(other, column.name))

    @property
    def base(self) -> int:
        """What the rates are of: all that was in default and does not go on performing."""
        return self._of("exposure", "added") - self._of("cured", "residual")

    @property
    def recovery_rate(self) -> int | None:
        """What was recovered of the base; None where nothing is left of that."""
        return mul_div_down(self._of(*_PAID, "recoveries"), WAD, self.base) if self.base > 0 else None

    def _of(self, *columns: str) -> int:
        return sum(getattr(self, column) for column in columns)


def row_of(asset: str, of: Figures) -> RecoveryRow:
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
