"""The page of a period or a case in words and units: what the amounts read by `projections.page` come to for people."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from cli.amounts import in_units, printable
from cli.columns import Column, columns_of
from cli.page_charts import bearers_chart, flow_chart, lines_chart, share
from ledger.values import AssetId
from projections.case import CaseRow
from projections.deficits import DeficitRow
from projections.funds import FundRow
from projections.lenders import LenderRow
from projections.page.bearers import BearerRow
from projections.page.content import Content, TotalRow
from projections.page.flow import Flow, Kind
from projections.page.losses import LossRow
from projections.page.series import Line
from projections.page.text import Figure, Heading, Page, Section, Table
from projections.pools import PoolRow
from projections.rows import Units
from projections.ties import Tie

ROWS_MAX: Final = 2_000
"""So many rows of a table stand on a page."""

CHARTS_MAX: Final = 6
"""So many assets have charts on a page."""

_TURNED_ROWS, _TURNED_COLUMNS = 3, 7
"""A table of so few rows and more columns than that has a line for each column."""

_PARTS: Final[dict[Kind, str]] = {
    "recovered": "Recovered",
    "cured": "Cured, goes on",
    "protection": "Funds, reserves, capital",
    "loss": "Borne by lenders and other loans",
    "open": "Still open",
}
"""What was owed, by what became of it."""

_END_OF_DAY: Final = "T23:59:59.999999999Z"


def page_of(content: Content, title: str, subtitle: str) -> Page:
    """The page of what was read."""
    sections = (
        _key_figures(content),
        _waterfall(content),
        _over_time(content),
        _who_bore(content),
        _steps(content),
        _register(content),
        _sheet(
            "lenders", "Lenders", content.lenders, LenderRow, content, "What each is owed, and how it came to that."
        ),
        _sheet(
            "funds", "Insurance funds", content.funds, FundRow, content, "What each holds, and what came in and out."
        ),
        _sheet("pools", "Pools", content.pools, PoolRow, content, "Each balance sheet ties: assets equal claims."),
        _checked(content),
    )
    return Page(printable(title), printable(subtitle), tuple(_told(content)), [one for one in sections if one])


def _told(content: Content) -> Iterator[tuple[str, str]]:
    shown, scope = content.shown, content.scope
    if scope.case is None and scope.pool is not None:
        yield "pool", scope.pool
    for row in content.deficits if scope.case is not None else ():
        yield from (("pool", row.pool), ("loan", row.loan), ("defaulted", moment(row.opened_at)))
    if scope.opening is not None:
        yield "after", moment(scope.opening)
    yield "as of", moment(shown.as_of) if shown.as_of else "before the first entry"
    if shown.known_at:
        yield "known at", moment(shown.known_at)
    yield "position", f"{shown.position:,}"
    yield "late entries", f"{shown.late:,}"
    yield "adjustments", f"{shown.adjusted:,}"


def moment(at: str) -> str:
    """A time for people; the end of a day is told as that."""
    if at.endswith(_END_OF_DAY):
        return f"end of {at.removesuffix(_END_OF_DAY)}, UTC"
    return f"{at.removesuffix('Z').replace('T', ' ')} UTC"


def _key_figures(content: Content) -> Section | None:
    """Cards for a book of one or two assets, and a line for each pool where there are several."""
    if not content.flows:
        return Section("figures", "Key figures", "Nothing was in default here, and nothing was open.")
    few = content.flows if len(content.flows) <= 2 else ()  # noqa: PLR2004  (more cards are a table)
    figures = [figure for flow in few for figure in _figures(flow, content)]
    tables = [_pools_table(content)] if len(content.pool_flows) > 1 else []
    return Section("figures", "Key figures", figures=figures, tables=tables)


def _figures(flow: Flow, content: Content) -> Iterator[Figure]:
    """The cards of an asset: what was owed, and its parts, which sum to it."""
    owed, before = flow.total("exposure"), flow.before()
    cases = f"{flow.cases:,} case{'' if flow.cases == 1 else 's'}"
    told = [("Open before", before, cases), ("Owed since", Units(owed - before), "")]
    told = told if before else [("Owed", owed, cases)]
    for kind, name in _PARTS.items():
        part = flow.total(kind)
        if part or kind != "cured":
            label = _protection(flow) if kind == "protection" else name
            told.append((label, part, share(part, owed).replace("%", "% of what was owed")))
    if flow.restored:
        borne = flow.total("protection") + flow.total("loss")
        note = share(flow.restored, borne).replace("%", "% of what was borne")
        told.append(("Given back later", flow.restored, note))
    for label, amount, note in told:
        yield Figure(label, in_units(amount, _decimals(flow.asset, content)), flow.asset, note)


def _protection(flow: Flow) -> str:
    paid = {step.name for step in flow.steps if step.kind == "protection"}
    return "Paid by insurance funds" if paid <= {"insurance fund"} else _PARTS["protection"]


def _pools_table(content: Content) -> Table:
    amounts = [Heading(name.lower(), numeric=True) for name in ("Cases", "Owed", *_PARTS.values())]
    rows = []
    for pool, flow in content.pool_flows[:ROWS_MAX]:
        decimals = _decimals(flow.asset, content)
        shown = [in_units(flow.total(kind), decimals) for kind in ("exposure", *_PARTS)]
        rows.append([pool, flow.asset, f"{flow.cases:,}", *shown])
    return Table("By pool", [Heading("pool"), Heading("asset"), *amounts], rows, notes=_rest(content.pool_flows))


def _waterfall(content: Content) -> Section | None:
    moved = [flow for flow in content.flows if len(flow.steps) > 1]
    if not moved:
        return None
    drawn = _most_cases(moved)
    return Section(
        "waterfall",
        "Recovery waterfall",
        "From what was owed, through what was recovered, cured or borne, to what is still open.",
        charts=[
            flow_chart(flow, _decimals(flow.asset, content))._replace(table=_flow_table(flow, content))
            for flow in drawn
        ],
        notes=_undrawn(moved, drawn),
    )


def _most_cases(flows: Sequence[Flow]) -> list[Flow]:
    chosen = sorted(flows, key=lambda flow: (-flow.cases, flow.asset))[:CHARTS_MAX]
    return sorted(chosen, key=lambda flow: flow.asset)


def _undrawn(flows: Sequence[Flow], drawn: Sequence[Flow]) -> list[str]:
    rest = [flow.asset for flow in flows if flow not in drawn]
    return [f"not drawn, with fewer cases: {', '.join(rest)}; --pool makes the page of one pool"] if rest else []


def _flow_table(flow: Flow, content: Content) -> Table:
    decimals, owed = _decimals(flow.asset, content), flow.total("exposure")
    headings = [Heading("step"), *(Heading(name, numeric=True) for name in ("change", "of what was owed", "left"))]
    rows = [
        [step.name, in_units(step.change, decimals), share(abs(step.change), owed), in_units(step.after, decimals)]
        for step in flow.steps[:-1]
    ]
    foot = [flow.steps[-1].name, "", share(flow.steps[-1].after, owed), in_units(flow.steps[-1].after, decimals)]
    return Table("", headings, rows, foot=[foot])


def _over_time(content: Content) -> Section | None:
    by_asset: dict[str, list[Line]] = {}
    for line in content.lines:
        by_asset.setdefault(line.asset, []).append(line)
    chosen = [flow.asset for flow in _most_cases(content.flows)] or sorted(by_asset)[:CHARTS_MAX]
    moved = [
        asset for asset in chosen if any(point.amount for line in by_asset.get(asset, ()) for point in line.points)
    ]
    charts = [lines_chart(by_asset[asset], _decimals(asset, content)) for asset in moved]
    if not charts:
        return None
    still = [asset for asset in chosen if asset not in moved]
    notes = [f"nothing was in a fund, or open for any time, in {', '.join(still)}"] if still else []
    lead = "What the insurance funds held and what deficit was open, by effective time."
    return Section("time", "Funds and open deficit over time", lead, charts=charts, notes=notes)


def _who_bore(content: Content) -> Section | None:
    if not content.bearers and not content.losses:
        return None
    assets = [flow.asset for flow in _most_cases(content.flows)]
    charts = [
        bearers_chart(asset, content.bearers, content.losses, _decimals(asset, content))
        for asset in assets
        if any(row.asset == asset for row in content.bearers)
    ]
    tables = [_table("Bearers", [*content.bearers], BearerRow, content)] if content.bearers else []
    if content.losses:
        tables.append(_table("Lenders, by the shares they held when it fell", [*content.losses], LossRow, content))
    lead = "What each bore at the time, and what lenders were given back of it since."
    return Section("bearers", "Who bore what", lead, charts=charts, tables=tables)


def _steps(content: Content) -> Section | None:
    if not content.steps:
        return None
    lead = "Every step in the order of the journal; steps of one kind in a row stand in one line."
    return Section("steps", "Steps of the case", lead, tables=[_table("", content.steps, CaseRow, content)])


def _register(content: Content) -> Section | None:
    lead = "Every case from its exposure to who bore what."
    return _sheet("deficits", "Register of bad debt", content.deficits, DeficitRow, content, lead)


def _sheet(
    name: str, title: str, rows: Sequence[Any], row_type: type[tuple[Any, ...]], content: Content, lead: str
) -> Section | None:
    if not rows:
        return None
    told = lead if content.scope.opening is None else f"{lead} At the end of the period, since the first entry."
    return Section(name, title, told, tables=[_table("", rows, row_type, content, f"recoup {name}")])


def _checked(content: Content) -> Section:
    """The trial balance by asset, and what was held against it."""
    money = [row for row in content.totals if row.commodity in content.charters.assets]
    tables = [_table("Trial balance", money, TotalRow, content)] if money else []
    if content.ties:
        tables.append(_table("Reported here, and booked there: the same", [*content.ties], Tie, content))
    even = sum(row.debit == row.credit for row in content.totals)
    noun = f"commodit{'y' if len(content.totals) == 1 else 'ies'}"
    told = f"Debits equal credits in {even:,} of {len(content.totals):,} {noun}, shares of registers among them."
    return Section("checked", "Held against the trial balance", told, tables=tables)


def _table(
    title: str, rows: Sequence[Any], row_type: type[tuple[Any, ...]], content: Content, command: str = ""
) -> Table:
    """Rows as on the terminal: amounts in units, exact; columns that say nothing are left out, and named."""
    found = columns_of(rows[:ROWS_MAX], row_type, content.charters)
    kept = [one for one in found if not one.is_zero()]
    cells = list(zip(*(one.cells for one in kept), strict=True))
    notes = _rest(rows, command)
    if left_out := [one.heading for one in found if one not in kept]:
        notes.append(f"zero or empty throughout: {', '.join(left_out)}")
    turned = len(cells) <= _TURNED_ROWS and len(kept) > _TURNED_COLUMNS
    return Table(title, [_heading(one) for one in kept], cells, notes=notes, turned=turned)


def _heading(column: Column) -> Heading:
    return Heading(column.heading, column.numeric)


def _rest(rows: Sequence[Any], command: str = "") -> list[str]:
    if len(rows) <= ROWS_MAX:
        return []
    told = f"the first {ROWS_MAX:,} of {len(rows):,} rows"
    return [f"{told}; {command} shows all of them" if command else told]


def _decimals(asset: str, content: Content) -> int:
    return content.charters.assets.get(AssetId(asset), 0)
