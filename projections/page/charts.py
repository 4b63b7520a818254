"""The charts of a page as Vega-Lite specifications, drawn as SVG when the page is written.

Amounts come as decimal text, exact and in units; only the drawing turns them into places on the paper.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import altair as alt
import vl_convert

from projections.page.flow import Kind

COLOURS: Final[dict[Kind, str]] = {
    "exposure": "#22304f",
    "recovered": "#4f8f86",
    "protection": "#dca53c",
    "loss": "#b23f2c",
    "cured": "#cfe3dd",
    "open": "#ffffff",
}
"""Told apart by their lightness alone, too: from dark to light exposure, loss, recovered, protection, cured, open."""

_INK: Final = "#1b2230"
_MUTED: Final = "#566072"
_FAINT: Final = "#e3e6eb"
_LINES: Final = ("#2f7f74", "#8a6d1f", "#6b5b95", "#566072")
_DASHES: Final = ([1, 0], [8, 3], [2, 2], [9, 3, 2, 3])
_FIXED: Final[dict[str, tuple[str, list[int]]]] = {
    "unrecovered": ("#22304f", [1, 0]),
    "open deficit": ("#b23f2c", [5, 3]),
}
"""Lines that look the same in every chart: colour and dashes."""

_TIMES: Final = {
    "year": "%Y",
    **dict.fromkeys(("quarter", "month"), "%b %Y"),
    **dict.fromkeys(("week", "date", "day"), "%-d %b"),
    "hours": "%-d %b %H:%M",
    "minutes": "%H:%M",
    **dict.fromkeys(("seconds", "milliseconds"), "%H:%M:%S"),
}
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_AXIS_LABEL: Final = (
    "datum.value == 0 ? '0' : abs(datum.value) >= 1e15 || abs(datum.value) < 1e-3 ? format(datum.value, '.1e')"
    " : abs(datum.value) < 1 ? format(datum.value, '~g') : replace(format(datum.value, '~s'), 'G', 'B')"
)


class Bar(NamedTuple):
    """A bar from one amount to another, in units as decimal text; what its amount is called, and its share."""

    name: str
    kind: Kind
    start: str
    end: str
    label: str
    share: str = ""


class Dot(NamedTuple):
    """What a line comes to from a time on, in units as decimal text."""

    line: str
    at: str
    amount: str


class Paper(NamedTuple):
    """How wide a chart is drawn, in pixels; a narrow one has the names above its bars."""

    width: int
    narrow: bool


WIDE: Final = Paper(900, narrow=False)
NARROW: Final = Paper(340, narrow=True)


def bars(of: Sequence[Bar], paper: Paper) -> str:
    """Bars one below the other, as SVG: names to their left, amounts to their right."""
    values = [{**bar._asdict(), "place": f"{number:04}"} for number, bar in enumerate(of)]
    base = alt.Chart(alt.InlineData(values)).transform_calculate(
        low="min(toNumber(datum.start), toNumber(datum.end))",
        high="max(toNumber(datum.start), toNumber(datum.end))",
    )
    names, row, drop = (0, 44, 9) if paper.narrow else (200, 30, 0)
    right = paper.width - names
    plot = right if paper.narrow else right - 230
    rows = alt.Y("place:N", title=None, axis=None)
    low = alt.X("low:Q", title=None, axis=_amounts(ticks=4 if paper.narrow else 7, grid=True))
    kinds = alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    bar = base.mark_bar(height=12 if paper.narrow else 18, stroke=_INK, strokeWidth=1, yOffset=drop).encode(
        x=low, x2="high:Q", y=rows, color=alt.Color("kind:N", legend=None, scale=kinds)
    )
    text: dict[str, Any] = {"baseline": "middle", "color": _INK, "dy": -7 if paper.narrow else 0}
    name = base.mark_text(align="left", **text, limit=plot - 130 if paper.narrow else names - 12)
    amount = base.mark_text(align="right", **text, fontWeight=600)
    share = base.mark_text(align="right", **{**text, "color": _MUTED})
    layers = [
        bar,
        name.encode(x=alt.value(-names), y=rows, text="name:N"),
        amount.encode(x=alt.value(right if paper.narrow else right - 76), y=rows, text="label:N"),
    ]
    if not paper.narrow:
        layers.append(share.encode(x=alt.value(right), y=rows, text="share:N"))
    return _drawn(alt.layer(*layers).properties(width=plot, height=row * len(of)))


def lines(of: Sequence[Dot], paper: Paper) -> str:
    """Lines that stay as they are until the next change, over time (UTC), as SVG."""
    names = list(dict.fromkeys(dot.line for dot in of))
    free = [name for name in names if name not in _FIXED]
    looks = _FIXED | {name: (_LINES[at % len(_LINES)], _DASHES[at % len(_DASHES)]) for at, name in enumerate(free)}
    colours, dashes = ([looks[name][kind] for name in names] for kind in (0, 1))
    base = alt.Chart(alt.InlineData([dot._asdict() for dot in of])).transform_calculate(
        units="toNumber(datum.amount)", time="toDate(datum.at)"
    )
    legend = alt.Legend(
        title=None,
        orient="top",
        symbolStrokeWidth=2,
        symbolSize=500,
        labelLimit=paper.width - 60,
        columns=1 if paper.narrow else 4,
        columnPadding=24,
    )
    line = base.mark_line(interpolate="step-after", strokeWidth=2).encode(
        x=alt.X(
            "time:T",
            title=None,
            scale=alt.Scale(type="utc", padding=6),
            axis=alt.Axis(grid=False, tickCount=3 if paper.narrow else 8, labelOverlap=True, format=_TIMES),
        ),
        y=alt.Y("units:Q", title=None, axis=_amounts(ticks=5, grid=True), scale=alt.Scale(zero=True)),
        color=alt.Color("line:N", sort=names, legend=legend, scale=_by(names, colours)),
        strokeDash=alt.StrokeDash("line:N", legend=legend, scale=_by(names, dashes)),
    )
    return _drawn(line.properties(width=paper.width - 70, height=190 if paper.narrow else 230))


def _by(names: Sequence[str], values: Sequence[Any]) -> alt.Scale:
    return alt.Scale(domain=list(names), range=list(values))


def _amounts(*, ticks: int, grid: bool) -> alt.Axis:
    """An axis of amounts in units, shortened with k, M, B and T."""
    return alt.Axis(
        grid=grid,
        tickCount=ticks,
        labelExpr=_AXIS_LABEL,
        domain=False,
        ticks=False,
        labelOverlap="greedy",
        labelSeparation=10,
    )


def _drawn(chart: alt.Chart | alt.LayerChart | alt.FacetChart) -> str:
    """A chart as SVG that can stand in a page: the same at each drawing, and without names of anything elsewhere."""
    axis = alt.AxisConfig(labelColor=_MUTED, gridColor=_FAINT, labelFontSize=12, labelFont=_FONT, tickColor=_FAINT)
    spec = chart.configure(
        axis=axis,
        aria=False,
        background="transparent",
        padding=2,
        font=_FONT,
        text=alt.MarkConfig(fontSize=13),
        legend=alt.LegendConfig(labelFontSize=13, labelColor=_INK, labelFont=_FONT, offset=8),
        view=alt.ViewConfig(stroke=None),
    ).to_dict()
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    svg = str(vl_convert.vegalite_to_svg(spec, vl_version=version))
    for name in ('xmlns="http://www.w3.org/2000/svg" ', 'xmlns:xlink="http://www.w3.org/1999/xlink" '):
        svg = svg.replace(name, "")
    return svg
