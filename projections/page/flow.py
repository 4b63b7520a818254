"""The recovery waterfall of one case or of many: from the exposure through what became of it to what is open.

Read from the columns of the register of bad debt, so that its two identities are the proof of the picture.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from projections.deficits import DeficitRow
from projections.rows import Units

Kind = Literal["exposure", "recovered", "cured", "protection", "loss", "open"]
"""What a step is: debt that is owed, recovered, or performing again, which is neither recovered nor lost; what a fund,
a reserve or new capital paid; what lenders and other loans bore; what is left."""


class Step(NamedTuple):
    """A step of the waterfall: by how much it changes what is unrecovered, and what is left after it."""

    name: str
    kind: Kind
    change: Units
    after: Units


class Flow(NamedTuple):
    """The steps of all cases in one asset. The last one, `open`, changes nothing: it is what the others come to.

    `restored` is what recoveries gave back since to those who had borne a loss.
    """

    asset: str
    cases: int
    steps: tuple[Step, ...]
    restored: Units

    def before(self) -> Units:
        """What was unrecovered when the period began."""
        return Units(sum(step.change for step in self.steps if step.name == OPEN_BEFORE))

    def total(self, kind: Kind) -> Units:
        """What the steps of a kind come to, as a positive number where they take off; of `open`, what is left."""
        if kind == "open":
            return self.steps[-1].after
        changes = sum(step.change for step in self.steps if step.kind == kind)
        return Units(changes if kind == "exposure" else -changes)


OPEN_BEFORE: Final = "open before"
"""The step that a period begins with: what was in default, or an open deficit."""

_COLUMNS: Final[tuple[tuple[str, Kind, tuple[str, ...], tuple[str, ...]], ...]] = (
    (OPEN_BEFORE, "exposure", ("open_before",), ()),
    ("exposure at default", "exposure", ("exposure",), ()),
    ("interest, costs and draws", "exposure", ("added",), ()),
    ("adjustments", "exposure", ("adjusted_in_default", "adjusted_open"), ()),
    ("collateral, net of costs", "recovered", ("costs", "other"), ("proceeds",)),
    ("guarantees", "recovered", (), ("guaranteed",)),
    ("repayments", "recovered", (), ("repaid",)),
    ("debt transferred", "recovered", (), ("transferred",)),
    ("cured, goes on", "cured", (), ("cured",)),
    ("later recoveries", "recovered", (), ("recovered",)),
    ("insurance fund", "protection", (), ("fund",)),
    ("reserve", "protection", (), ("reserve",)),
    ("new capital", "protection", (), ("recapitalized",)),
    ("other tranches", "loss", (), ("tranches",)),
    ("covered by lenders' claims", "loss", (), ("covered",)),
    ("spread over other loans", "loss", (), ("redistributed",)),
    ("lenders", "loss", (), ("socialized",)),
)
"""The steps in order: the columns of a case that add to what is unrecovered, and those that take it off."""

_FLOWS: Final = tuple(
    name for name, hint in DeficitRow.__annotations__.items() if name not in {"open", "in_default"} and hint is Units
)


def flows(rows: Iterable[DeficitRow], before: Iterable[DeficitRow] = ()) -> Iterator[Flow]:
    """The waterfall of each asset, in order of its name, from the register of bad debt and the one before the period.

    A case counts where anything of it was unrecovered or moved in the period.
    """
    now = {(row.pool, row.case): row for row in rows}
    then = {(row.pool, row.case): row for row in before}
    columns: dict[str, list[dict[str, int]]] = {}
    for key in sorted({**then, **now}):
        moved = _moved(now.get(key), then.get(key))
        if any(moved.values()) and (of := now.get(key) or then.get(key)):
            columns.setdefault(of.asset, []).append(moved)
    for asset, cases in sorted(columns.items()):
        sums = {name: sum(case[name] for case in cases) for name in cases[0]}
        yield Flow(asset, len(cases), tuple(_steps(sums)), Units(sums["restored"]))


def unrecovered(row: DeficitRow) -> int:
    """What of a case is neither recovered nor borne: in default, or an open deficit."""
    return row.in_default + row.open


def _moved(row: DeficitRow | None, earlier: DeficitRow | None) -> dict[str, int]:
    """What was unrecovered of a case before, and by how much each of its columns changed since."""
    changes = {name: getattr(row, name, 0) - getattr(earlier, name, 0) for name in _FLOWS}
    return {"open_before": unrecovered(earlier) if earlier else 0, **changes}


def _steps(sums: dict[str, int]) -> Iterator[Step]:
    after = 0
    for name, kind, adds, takes_off in _COLUMNS:
        change = sum(sums[column] for column in adds) - sum(sums[column] for column in takes_off)
        after += change
        if change:
            yield Step(name, kind, Units(change), Units(after))
    yield Step("still open", "open", Units(0), Units(after))
