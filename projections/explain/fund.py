"""A fund's balance opened: who brought and took its capital, and for which case each draw was paid."""

from typing import Final, NamedTuple

from ledger.accounts import Charters
from ledger.events import AnyEvent
from ledger.values import CaseId, FundId
from projections.explain.causes import Mark, marked
from projections.explain.deficit import CaseTrail
from projections.explain.tree import Node, by, fact, leaf, whole
from projections.funds import FundRow, FundsFold
from projections.reading import Handler

_SIGNS: Final = {"contributed": 1, "withdrawn": -1, "drawn": -1, "reimbursed": 1, "adjusted": 1}
"""How each column adds to the balance."""


class Change(NamedTuple):
    """An entry, what it added to each column, and what the fund held before it."""

    mark: Mark
    columns: dict[str, int]
    held_before: int


class FundTrail:
    """The fold of what changed one fund."""

    def __init__(self, charters: Charters, fund: FundId) -> None:
        self.row: FundRow | None = None
        self._fund = fund
        self._fold = FundsFold(charters)
        self._changes: list[Change] = []
        self.handlers: dict[str, Handler] = dict.fromkeys(self._fold.handlers, self._take)

    def names(self) -> set[str]:
        """The names of all funds."""
        return {row.fund for row in self._fold.rows()}

    def cases(self) -> set[CaseId]:
        """The cases for which the fund paid, or was paid back."""
        return {CaseId(one.mark.case) for one in self._changes if one.mark.case}

    def tree(self, row: FundRow, trail: CaseTrail) -> Node:
        """The balance, with what is known of the cases."""
        parts: list[Node] = []
        for column, sign in _SIGNS.items():
            leaves = self._leaves(column, sign, row.asset)
            if leaves and column in ("drawn", "reimbursed"):
                leaves = _by_case(column, leaves, row.asset, trail)
            elif leaves:
                leaves = by(lambda one: one.mark.source, leaves, row.asset)
            if leaves:
                parts.append(whole(column, row.asset, leaves, amount=sign * getattr(row, column)))
        return whole(f"balance of fund {row.fund}", row.asset, parts, amount=row.balance)

    def _leaves(self, column: str, sign: int, asset: str) -> list[Node]:
        return [
            leaf(
                one.mark,
                sign * one.columns[column],
                asset,
                because=[fact("held before it", one.held_before, asset)] if column == "drawn" else [],
            )
            for one in self._changes
            if column in one.columns
        ]

    def _take(self, position: int, event: AnyEvent) -> None:
        self._fold.handlers[event.type](position, event)
        row, before = self._fold.row(self._fund), self.row
        if row is None or row == before:
            return
        added = {name: getattr(row, name) - (getattr(before, name) if before else 0) for name in _SIGNS}
        self.row = row
        if columns := {name: amount for name, amount in added.items() if amount}:
            self._changes.append(Change(marked(position, event), columns, before.balance if before else 0))


def _by_case(column: str, leaves: list[Node], asset: str, trail: CaseTrail) -> list[Node]:
    cases: dict[CaseId, list[Node]] = {}
    for one in leaves:
        cases.setdefault(CaseId(one.mark.case), []).append(one)
    of_case = trail.tree if column == "drawn" else trail.received
    known = {case: of_case(case) for case in cases}
    return [
        whole(f"case {case}", asset, entries, because=[node] if (node := known[case]) else [])
        for case, entries in cases.items()
    ]
