"""The amounts on a page: the reports of a period or a case, with what moved in it, at one position of the journal.

Nothing here is text yet: amounts are in base units, and the command line writes them in units.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ledger.accounts import Charters
from ledger.values import Timestamp, instant_key
from projections.balances import TrialBalanceRow
from projections.case import CaseRow
from projections.deficits import DeficitRow
from projections.funds import FundRow
from projections.lender_losses import LenderLossRow
from projections.lenders import LenderRow
from projections.page.bearers import BearerRow, BearersFold, since
from projections.page.flow import Flow, flows
from projections.page.losses import LossRow, losses_of
from projections.page.series import Line, Series, between, unrecovered_of
from projections.periods import just_before
from projections.pools import PoolRow
from projections.reading import Asked, Selection, Shown, Watch, fold
from projections.reports import REPORTS
from projections.rows import Units
from projections.ties import Tie, tied

Select = Callable[[Asked], Selection]
"""Gives the entries that are shown at a point."""


class Scope(NamedTuple):
    """What a page is of: all that a point shows, or what came after `opening`; of one pool or case, or of all."""

    asked: Asked
    opening: Timestamp | None = None
    pool: str | None = None
    case: str | None = None

    def limits(self, *kinds: str) -> dict[str, str]:
        """The names of these kinds that the page is limited to."""
        names = {"pool": self.pool, "case": self.case}
        return {kind: name for kind in kinds if (name := names[kind]) is not None}


class Content(NamedTuple):
    """What stands on a page, in base units. `flows` and `lines` are by asset, `steps` only those of a case."""

    scope: Scope
    shown: Shown
    charters: Charters
    flows: tuple[Flow, ...]
    pool_flows: tuple[tuple[str, Flow], ...]
    lines: tuple[Line, ...]
    bearers: tuple[BearerRow, ...]
    losses: tuple[LossRow, ...]
    lenders: tuple[LenderRow, ...]
    funds: tuple[FundRow, ...]
    deficits: tuple[DeficitRow, ...]
    pools: tuple[PoolRow, ...]
    steps: tuple[CaseRow, ...]
    totals: tuple["TotalRow", ...]
    ties: tuple[Tie, ...]


class TotalRow(NamedTuple):
    """Debits and credits of a commodity over the accounts shown: equal where none is left out."""

    commodity: str
    accounts: int
    debit: Units
    credit: Units


class _Reading:
    """The reports read for a page at one point, with what of them was held against the trial balance."""

    def __init__(self, select: Select, asked: Asked, watch: Watch) -> None:
        self._select = select
        self._asked = asked
        self.watch = watch
        self.ties: dict[Tie, None] = {}

    def rows(self, report: str, limits: Mapping[str, str]) -> tuple[Any, ...]:
        """The rows of a report."""
        made = REPORTS[report].make(self.selection(), limits, self.watch)
        rows = tuple(made.rows)
        self.ties.update(dict.fromkeys(made.ties))
        return rows

    def selection(self) -> Selection:
        """The entries shown, to be read once."""
        return self._select(self._asked)


def content(select: Select, head: int, scope: Scope, watch: Watch = iter) -> Content:
    """The amounts of a page of a journal up to its `head`. Of a case that is not shown there are no `steps`.

    Raises `BooksBroken` where the page's own sums and the reports differ.
    """
    asked = scope.asked._replace(position=head if scope.asked.position is None else min(head, scope.asked.position))
    now = _Reading(select, asked, watch)
    before = None if scope.opening is None else _Reading(select, asked._replace(as_of=scope.opening), watch)
    deficits = now.rows("deficits", scope.limits("pool", "case"))
    scope = scope if scope.case is None or not deficits else scope._replace(pool=deficits[0].pool)
    selection = now.selection()
    series = Series(selection.charters)
    series.read(selection, watch)
    shown, charters = selection.shown(), selection.charters
    opened = before.rows("deficits", scope.limits("pool", "case")) if before else ()
    flowing = tuple(flows(deficits, opened))
    cases, cases_before = ({(row.pool, row.case) for row in rows} for rows in (deficits, opened))
    bearers = tuple(since(_borne(now, cases), _borne(before, cases_before) if before else ()))
    funds = _funds(now.rows("funds", {}), bearers, scope)
    pools = now.rows("pools", scope.limits("pool"))
    steps = () if scope.case is None else now.rows("case", {"case": scope.case})
    totals = tuple(_totals(now.rows("trial-balance", scope.limits("pool"))))
    read = Content(
        scope=scope,
        shown=shown,
        charters=charters,
        flows=flowing,
        pool_flows=tuple(_by_pool(deficits, opened)),
        lines=(),
        bearers=bearers,
        losses=tuple(losses_of(_lost(now, scope, cases), _lost(before, scope, cases_before) if before else ())),
        lenders=now.rows("lenders", scope.limits("pool")),
        funds=funds,
        deficits=deficits,
        pools=pools,
        steps=steps,
        totals=totals,
        ties=(*now.ties, *_own_ties(flowing, bearers, funds, series), *_deficit_ties(pools, series)),
    )
    return read._replace(lines=tuple(_lines(series, read)))


def _by_pool(deficits: Sequence[DeficitRow], opened: Sequence[DeficitRow]) -> Iterator[tuple[str, Flow]]:
    for pool in sorted({row.pool for row in deficits}):
        of, then = ([row for row in rows if row.pool == pool] for rows in (deficits, opened))
        yield from ((pool, flow) for flow in flows(of, then))


def _borne(reading: _Reading, cases: Container[tuple[str, str]]) -> list[BearerRow]:
    """What each bore of these cases: those that the register of bad debt shows at the same point."""
    selection = reading.selection()
    bearers = BearersFold(selection.charters)
    fold(selection, [bearers], reading.watch)
    return list(bearers.rows(cases))


def _lost(reading: _Reading, scope: Scope, cases: Container[tuple[str, str]]) -> Iterator[LenderLossRow]:
    """What each lender lost of these cases."""
    rows = reading.rows("lender-losses", scope.limits("pool", "case"))
    return (row for row in rows if (row.pool, row.case) in cases)


def _funds(rows: Iterable[FundRow], bearers: Iterable[BearerRow], scope: Scope) -> tuple[FundRow, ...]:
    """All funds; of a pool or case those that bore a loss of it."""
    bore = {row.name for row in bearers if row.bearer == "fund"}
    return tuple(row for row in rows if scope.pool is None or row.fund in bore)


def _lines(series: Series, now: "Content") -> Iterator[Line]:
    """What funds held, what was open and what of a case was unrecovered: from the opening or the first default on."""
    scope, end = now.scope, now.shown.as_of
    if end is None:
        return
    opened = [Timestamp(row.opened_at) for row in now.deficits]
    start = scope.opening if scope.case is None or not opened else just_before(opened[0])
    pools = now.charters.pools if scope.pool is None else [scope.pool]
    found = [*series.funds(row.fund for row in now.funds), *series.deficits(pools, scope.case)]
    first = min([*opened, *(line.points[0].at for line in found)], key=instant_key, default=end)
    for line in ([unrecovered_of(now.steps)] if now.steps else []) + found:
        yield between(line, start or first, end)


def _totals(rows: Iterable[TrialBalanceRow]) -> Iterator[TotalRow]:
    found: dict[str, list[TrialBalanceRow]] = {}
    for row in rows:
        found.setdefault(row.commodity, []).append(row)
    for commodity, of in sorted(found.items()):
        debit, credit = sum(row.debit for row in of), sum(row.credit for row in of)
        yield TotalRow(commodity, len(of), Units(debit), Units(credit))


def _own_ties(
    flowing: Iterable[Flow], bearers: Sequence[BearerRow], funds: Iterable[FundRow], series: Series
) -> Iterator[Tie]:
    """What the page adds up itself, held against the reports that say the same."""
    for flow in flowing:
        borne = sum(row.borne for row in bearers if row.asset == flow.asset)
        told = flow.total("protection") + flow.total("loss")
        yield tied("borne, by the register of bad debt", flow.asset, reported=borne, booked=told)
    balances = {row.fund: row for row in funds}
    for line in series.funds(balances):
        row = balances[line.name.removeprefix("fund ")]
        yield tied(f"assets:{row.fund}:cash", row.asset, reported=line.points[-1].amount, booked=row.balance)


def _deficit_ties(pools: Sequence[PoolRow], series: Series) -> Iterator[Tie]:
    """The open deficits at the end of the series, held against the pools' balance sheets."""
    for line in series.deficits(row.pool for row in pools):
        booked = sum(row.deficit for row in pools if row.asset == line.asset)
        yield tied("assets:*:deficit:*", line.asset, reported=line.points[-1].amount, booked=booked)
