"""A case opened: its deficit, what was recognized, who bore it, down to the loan, each sale and each draw."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.events import AnyEvent, CollateralSold, GuaranteePaid, LoanDefaulted, RecoveryReceived
from ledger.values import CaseId
from projections.deficits import DeficitRow, DeficitsFold
from projections.explain.causes import Mark, marked
from projections.explain.loan import Key, LoanTrail
from projections.explain.tree import Node, by, fact, leaf, whole
from projections.reading import Handler

_TO_RECOGNIZED: Final = {
    "exposure": 1,
    "added": 1,
    "adjusted_in_default": 1,
    "proceeds": -1,
    "costs": 1,
    "other": 1,
    "guaranteed": -1,
    "repaid": -1,
    "transferred": -1,
    "cured": -1,
    "in_default": -1,
}
"""How each column adds to what was recognized: the first identity of the register of bad debt, solved for it."""

_TO_OPEN: Final = {
    "recognized": 1,
    "adjusted_open": 1,
    "fund": -1,
    "reserve": -1,
    "tranches": -1,
    "covered": -1,
    "recapitalized": -1,
    "redistributed": -1,
    "socialized": -1,
    "recovered": -1,
}
"""How each column adds to what is open: the second identity."""

_BY_ENTRIES: Final = (*(column for column in _TO_RECOGNIZED if column != "in_default"), *_TO_OPEN, "restored")
"""The columns that single entries add to."""


_BEARS: Final = frozenset({*_TO_OPEN} - {"recognized", "adjusted_open"})
"""The columns of what bears a deficit."""


class Change(NamedTuple):
    """An entry, what it added to each column, and what was open before it."""

    mark: Mark
    columns: dict[str, int]
    open_before: int


class CaseLoans:
    """The fold of which loan each case is of."""

    def __init__(self) -> None:
        self.loans: dict[CaseId, Key] = {}
        self.handlers: dict[str, Handler] = {"loan-defaulted": self._defaulted}

    def _defaulted(self, _: int, event: LoanDefaulted) -> None:
        self.loans[event.case] = event.pool, event.loan


class CaseTrail:
    """The fold of what changed some cases, with what their loans owed before and what was recovered of them."""

    def __init__(self, charters: Charters, loans: Mapping[CaseId, Key]) -> None:
        self.loans = LoanTrail(charters, loans)
        self._charters = charters
        self._fold = DeficitsFold(charters)
        self._wanted = frozenset(loans)
        self._changes: dict[CaseId, list[Change]] = defaultdict(list)
        self._rows: dict[CaseId, DeficitRow] = {}
        self._sold: dict[CaseId, dict[str, int]] = defaultdict(dict)
        self._received: dict[CaseId, list[tuple[Mark, int]]] = defaultdict(list)
        self.handlers: dict[str, Handler] = {
            **dict.fromkeys(self._fold.handlers, self._take),
            "recovery-received": self._receive,
        }

    def tree(self, case: CaseId) -> Node | None:
        """The open deficit of a case; None where its default is not shown."""
        row = self._fold.row(case)
        if row is None:
            return None
        restored = self._column(case, "restored", 1, row.asset)
        given_back = [whole("restored: what recoveries gave back", row.asset, restored)] if restored else []
        parts = [*self._parts(case, row, _TO_OPEN)]
        return whole(f"open deficit of case {case}", row.asset, parts, amount=row.open, because=given_back)

    def received(self, case: CaseId) -> Node | None:
        """What came in for a case after its loss, net of costs; None where nothing did."""
        if not self._received[case]:
            return None
        asset = self._charters.pools[self.loans.pool(case)].asset
        leaves = [leaf(mark, amount, asset) for mark, amount in self._received[case]]
        return whole(f"recovered for case {case}", asset, leaves)

    def _parts(self, case: CaseId, row: DeficitRow, signs: Mapping[str, int]) -> Iterator[Node]:
        for column, sign in signs.items():
            amount, what = sign * getattr(row, column), _spoken(column)
            leaves = self._column(case, column, sign, row.asset)
            if column == "recognized":
                because = [whole("recognized in", row.asset, leaves)] if leaves else []
                parts = self._parts(case, row, _TO_RECOGNIZED)
                yield whole(what, row.asset, parts, amount=amount, because=because)
            elif leaves:
                parts_ = by(lambda one: one.mark.source, leaves, row.asset)
                yield whole(what, row.asset, parts_, amount=amount, because=self._beside(case, column, row))
            elif amount:
                yield fact(what, amount, row.asset)

    def _beside(self, case: CaseId, column: str, row: DeficitRow) -> Iterable[Node]:
        """What explains a column beside its entries: the loan behind the exposure, what was sold for the proceeds."""
        if column == "exposure":
            return [self.loans.tree(case, row.exposure)]
        if column == "proceeds":
            return [fact("sold for it", quantity, asset) for asset, quantity in sorted(self._sold[case].items())]
        return []

    def _column(self, case: CaseId, column: str, sign: int, asset: str) -> list[Node]:
        return [
            leaf(
                one.mark,
                sign * one.columns[column],
                asset,
                because=[fact("open before it", one.open_before, asset)] if column in _BEARS else [],
            )
            for one in self._changes[case]
            if column in one.columns
        ]

    def _take(self, position: int, event: AnyEvent) -> None:
        self._fold.touched.clear()
        self._fold.handlers[event.type](position, event)
        for case in sorted(self._fold.touched & self._wanted):
            row = self._fold.row(case)
            if row is not None:
                self._note(case, row, position, event)
        if isinstance(event, CollateralSold) and event.case in self._wanted:
            sold = self._sold[event.case]
            sold[event.asset] = sold.get(event.asset, 0) + event.quantity
        if isinstance(event, CollateralSold | GuaranteePaid) and event.case in self._wanted and event.recovery:
            self._received[event.case].append((marked(position, event), event.recovery))

    def _note(self, case: CaseId, row: DeficitRow, position: int, event: AnyEvent) -> None:
        before = self._rows.get(case)
        added = {name: getattr(row, name) - (getattr(before, name) if before else 0) for name in _BY_ENTRIES}
        self._rows[case] = row
        if columns := {name: amount for name, amount in added.items() if amount}:
            open_before = before.open if before else 0
            self._changes[case].append(Change(marked(position, event), columns, open_before))

    def _receive(self, position: int, event: RecoveryReceived) -> None:
        if event.case in self._wanted:
            self._received[event.case].append((marked(position, event), event.amount - event.costs))


def _spoken(column: str) -> str:
    return column.replace("_", " ")
