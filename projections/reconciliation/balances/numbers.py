"""The numbers of a report beside those that a snapshot states: which is held against which, and what it is counted in.

Where a snapshot names several rows, such as the tranches of a pool, their sum is compared. A number that one side does
not state is 0 there. A row that is a total of others, which leaves a key empty, is only compared with the same.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from operator import attrgetter
from typing import Any, NamedTuple

from ledger.accounts import Charters
from ledger.values import FundId, PoolId
from projections.reconciliation.balances.reading import Row
from projections.reconciliation.balances.stated import Name, Shape, Stated, Values, owner_of, owner_of_row
from projections.reconciliation.items import Snapshot, SourceRefused
from projections.reports import Report
from projections.rows import Quantity, Shares, Units, Wad, measures


class Number(NamedTuple):
    """A number of ours: what it is counted in, and the rows that it is the sum of, by the values of their keys."""

    amount: int
    commodity: str
    rows: tuple[Values, ...]


class Pair(NamedTuple):
    """A number of both sides; None where a side states none."""

    name: Name
    commodity: str
    ours: int | None
    theirs: int | None
    rows: tuple[Values, ...]
    snapshot: Snapshot | None

    @property
    def apart(self) -> int:
        """Ours less theirs."""
        return (self.ours or 0) - (self.theirs or 0)


def pairs(stated: Stated, rows: Iterable[Row], charters: Charters) -> list[Pair]:
    """Every number that is compared, in order of field and name.

    Raises `SourceRefused` where a snapshot names one row in two ways, or sums ratios or what is counted in several
    commodities.
    """
    report = stated.subject.report
    if stated.by_parts:
        rows = list(rows)
        stated.take_parts(rows)
    shapes = sorted(stated.by_shape)
    ours: dict[Shape, dict[Values, Number]] = {shape: {} for shape in shapes}
    by_field: dict[str, list[Shape]] = {}
    for shape in shapes:
        by_field.setdefault(shape[0], []).append(shape)
    columns = [_Column(report, field, of, stated) for field, of in by_field.items()]
    for row in rows:
        for column in columns:
            column.add(row, ours)
    return [
        _pair(report, shape, values, ours[shape].get(values), stated, charters)
        for shape in shapes
        for values in sorted({*ours[shape], *stated.by_shape[shape]})
    ]


class _Column:
    """One field of the rows, and the ways in which a snapshot names them."""

    def __init__(self, report: Report, field: str, shapes: list[Shape], stated: Stated) -> None:
        self._field, self._stated, self._report = field, stated, report
        self._number = number_of(report, field)
        self._is_ratio = measures(report.row_type)[field.partition(".")[0]] is Wad
        self._named = [(shape, _getter(shape[1]), stated.by_shape[shape]) for shape in shapes]
        self._whole = _getter(report.keys)

    def add(self, row: Row, ours: dict[Shape, dict[Values, Number]]) -> None:
        """Add a row to the number that it is part of, if it is compared."""
        whole = self._whole(row)
        name = self._name(row, whole)
        if name is None:
            return
        shape, values = name
        amount, commodity = self._number(row)
        before = ours[shape].get(values)
        if before is None:
            ours[shape][values] = Number(amount, commodity, (whole,))
        else:
            said = self._commodity(before, commodity, shape, values)
            ours[shape][values] = Number(before.amount + amount, said, (*before.rows, whole))

    def _name(self, row: Row, whole: Values) -> tuple[Shape, Values] | None:
        """By which name a row is compared; None where it is not. `whole` are the values of all its keys."""
        found = [(shape, values) for shape, get, held in self._named if (values := get(row)) in held]
        if "" in whole:
            return next(((shape, values) for shape, values in found if values == whole), None)
        if len(found) > 1:
            (shape, values), *_ = found
            held, snapshot = self._stated.by_shape[shape][values]
            told = " and by ".join(", ".join(names) for (_, names), _ in found)
            problem = f"row {held.place}: {self._field} of {', '.join(whole)} is stated by {told}"
            raise SourceRefused(snapshot.file.name, (problem,))
        if found:
            return found[0]
        shape, get, _ = self._named[-1]
        is_compared = self._stated.covers(self._field, owner_of_row(self._report, whole))
        return (shape, get(row)) if is_compared else None

    def _commodity(self, before: Number, commodity: str, shape: Shape, values: Values) -> str:
        """What a sum is counted in; shares of several tranches are the shares of their pool."""
        stated = self._stated.by_shape[shape].get(values)
        name = stated[1].file.name if stated else "the snapshot"
        if self._is_ratio:
            problem = f"{self._field} of {', '.join(values)} is of several rows, and ratios make no sum: name one"
            raise SourceRefused(name, (problem,))
        if before.commodity == commodity:
            return commodity
        register = ":".join(commodity.split(":")[:2])
        if register.startswith("shares:") and ":".join(before.commodity.split(":")[:2]) == register:
            return register
        problem = f"{self._field} of {', '.join(values)} is counted in {before.commodity} and in {commodity}: name one"
        raise SourceRefused(name, (problem,))


def _getter(names: tuple[str, ...]) -> Callable[[Row], Values]:
    get = attrgetter(*names)
    return (lambda row: (str(get(row)),)) if len(names) == 1 else lambda row: tuple(map(str, get(row)))


def number_of(report: Report, field: str) -> Callable[[Row], tuple[int, str]]:
    """What a row says in a field, and what that is counted in. A mapping without a name is the sum of its parts."""
    base, _, part = field.partition(".")
    measure = measures(report.row_type)[base]
    get = attrgetter(base)

    def amount(row: Row) -> int:
        value: Any = get(row)
        if isinstance(value, Mapping):
            return (value.get(part) or 0) if part else sum(of or 0 for of in value.values())
        return value or 0

    def commodity(row: Row) -> str:
        if measure is Units:
            return str(getattr(row, "asset", None) or getattr(row, "commodity", ""))
        if measure is Shares:
            return f"shares:{row.pool}:{row.tranche}"  # type: ignore[attr-defined]  # a row of shares has both
        if measure is Quantity:
            return part or "+".join(sorted(get(row))) or base
        return base

    return lambda row: (amount(row), commodity(row))


def _pair(
    report: Report, shape: Shape, values: Values, ours: Number | None, stated: Stated, charters: Charters
) -> Pair:
    field, names = shape
    held = stated.by_shape[shape].get(values)
    name = Name(field, tuple(zip(names, values, strict=True)))
    commodity = ours.commodity if ours else _stated_in(report, field, dict(name.keys), charters)
    return Pair(
        name=name,
        commodity=commodity,
        ours=None if ours is None else ours.amount,
        theirs=None if held is None else held[0].amount,
        rows=ours.rows if ours else (),
        snapshot=None if held is None else held[1],
    )


def rows_named(report: Report, name: Name, charters: Charters) -> tuple[Values, ...]:
    """The rows that a name can be of, also where the book has none of them yet: as far as the charters tell."""
    said = dict(name.keys)
    of = owner_of(said) or said.get("fund", "")
    pool, fund = charters.pools.get(PoolId(of)), charters.funds.get(FundId(of))
    kept_in = [charter.asset for charter in (pool, fund) if charter is not None][:1]
    told = {"tranche": [*(pool.tranches if pool is not None else ())], "asset": kept_in, "commodity": kept_in}
    return tuple(product(*([said[key]] if key in said else told.get(key, []) for key in report.keys)))


def _stated_in(report: Report, field: str, said: Mapping[str, str], charters: Charters) -> str:
    """What a number of theirs alone is counted in, as far as its name and the book tell it."""
    base, _, part = field.partition(".")
    measure, pool = measures(report.row_type)[base], owner_of(said) or ""
    if measure is Shares:
        return f"shares:{pool}:{said.get('tranche', 'lenders')}"
    if measure is Quantity and part:
        return part
    if measure is Wad or measure is None:
        return base
    if kept_in := said.get("asset") or said.get("commodity"):
        return kept_in
    if PoolId(pool) in charters.pools:
        return charters.pools[PoolId(pool)].asset
    fund = FundId(said.get("fund", pool))
    return charters.funds[fund].asset if fund in charters.funds else f"{report.name}:{base}"
