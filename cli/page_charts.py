"""The charts of a page in words and units: bars and lines that `projections.page.charts` draws."""

from collections.abc import Iterable, Sequence
from typing import Final

from cli.amounts import in_units
from projections.page.bearers import BearerRow
from projections.page.charts import NARROW, WIDE, Bar, Dot, bars, lines
from projections.page.flow import Flow, Kind
from projections.page.losses import UNHELD, LossRow
from projections.page.series import Line
from projections.page.text import Chart

LENDERS_MAX: Final = 10
"""Up to so many lenders stand in the chart of bearers by name; more of them by their tranche."""

BEARERS_MAX: Final = 14
"""So many bearers stand in a chart; what the others bore is one bar."""

_WHOLE_FROM: Final = 1000
"""Units from which on an amount is called in whole units beside its bar."""

_DIGITS_MAX: Final = 18


def flow_chart(flow: Flow, decimals: int) -> Chart:
    """The waterfall of an asset."""
    owed, drawn, before = flow.total("exposure"), [], 0
    for step in flow.steps:
        last = step.kind == "open"
        amount, start = (step.after, 0) if last else (step.change, before)
        drawn.append(
            Bar(
                name=step.name,
                kind=step.kind,
                start=_plain(start, decimals),
                end=_plain(step.after, decimals),
                label=brief(amount, decimals),
                share=share(abs(amount), owed),
            )
        )
        before = step.after
    told = ", ".join(f"{bar.name} {bar.label}" for bar in drawn)
    title = f"{flow.asset}, {flow.cases:,} case{'' if flow.cases == 1 else 's'}"
    return Chart(title, f"Waterfall in {flow.asset}: {told}", bars(drawn, WIDE), bars(drawn, NARROW))


def share(part: int, whole: int) -> str:
    """A part in per cent of a whole, two decimals, rounded towards zero; nothing where there is no whole."""
    if whole <= 0:
        return ""
    points = abs(part) * 10_000 // whole
    return f"{'-' if part < 0 and points else ''}{points // 100}.{points % 100:02} %"


def bearers_chart(asset: str, bearers: Iterable[BearerRow], losses: Iterable[LossRow], decimals: int) -> Chart:
    """Who bore what of an asset, the largest first."""
    named = [(f"{row.bearer} {row.name}", row) for row in bearers if row.asset == asset]
    lost = [row for row in losses if row.asset == asset and row.losses]
    found: list[tuple[str, Kind, int]]
    found = [(name, row.kind, row.borne) for name, row in named if row.bearer != "tranche" or len(lost) > LENDERS_MAX]
    if len(lost) <= LENDERS_MAX:
        found += [(row.lender if row.lender == UNHELD else f"lender {row.lender}", "loss", row.losses) for row in lost]
    found.sort(key=lambda one: (-one[2], one[0]))
    whole, rest = sum(amount for _, _, amount in found), found[BEARERS_MAX:]
    if rest:
        found = [*found[:BEARERS_MAX], (f"{len(rest):,} others", "loss", sum(amount for _, _, amount in rest))]
    drawn = [
        Bar(name, kind, "0", _plain(amount, decimals), brief(amount, decimals), share(amount, whole))
        for name, kind, amount in found
    ]
    told = ", ".join(f"{bar.name} {bar.label}" for bar in drawn)
    return Chart(f"{asset}, of all that was borne", f"Borne in {asset}: {told}", bars(drawn, WIDE), bars(drawn, NARROW))


def lines_chart(of: Sequence[Line], decimals: int) -> Chart:
    """What funds held and what was open of an asset, over time."""
    dots = [Dot(line.name, point.at, _plain(point.amount, decimals)) for line in of for point in line.drawn()]
    told = ", ".join(f"{line.name} {brief(line.points[-1].amount, decimals)}" for line in of if line.points)
    asset = of[0].asset
    return Chart(asset, f"Over time in {asset}; at the end {told}", lines(dots, WIDE), lines(dots, NARROW))


def brief(amount: int, decimals: int) -> str:
    """An amount for a chart: cut to whole units from a thousand on, to four decimals below; exact in the tables."""
    whole = abs(amount) // 10**decimals
    if len(str(whole)) > _DIGITS_MAX:
        digits = str(whole)
        return f"{'-' if amount < 0 else ''}{digits[0]}.{digits[1:3]}e{len(digits) - 1}"
    exact = in_units(amount, decimals)
    kept = 0 if whole >= _WHOLE_FROM else 4
    head, _, fraction = exact.partition(".")
    cut = fraction[:kept].rstrip("0")
    if not whole and not cut and amount:
        return f"{'-' if amount < 0 else ''}< 0.0001"
    return f"{head}.{cut}" if cut else head


def _plain(amount: int, decimals: int) -> str:
    """An amount in units as plain decimal text, exact."""
    return in_units(amount, decimals).replace(",", "")
