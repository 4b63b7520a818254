"""Why a loan owed what it owed when it defaulted: the entries that changed it until then."""

from collections.abc import Mapping

from ledger.accounts import Charters
from ledger.events import AnyEvent, LoanDefaulted
from ledger.values import CaseId, LoanId, PoolId
from projections.explain.causes import Mark, marked
from projections.explain.tree import Node, by, fact, leaf, whole
from projections.loans import LoansFold
from projections.reading import Handler

Key = tuple[PoolId, LoanId]


class LoanTrail:
    """The fold of what changed the loans of some cases, until each case began."""

    def __init__(self, charters: Charters, loans: Mapping[CaseId, Key]) -> None:
        self._charters = charters
        self._fold = LoansFold(charters)
        self._changes: dict[Key, list[tuple[Mark, int]]] = {key: [] for key in loans.values()}
        self._booked: dict[Key, int] = dict.fromkeys(loans.values(), 0)
        self._begun: dict[CaseId, int] = {}
        self._cases = loans
        self.handlers: dict[str, Handler] = dict.fromkeys(self._fold.handlers, self._take)

    def pool(self, case: CaseId) -> PoolId:
        """The pool of a case."""
        return self._cases[case][0]

    def tree(self, case: CaseId, exposure: int) -> Node:
        """What the loan of a case owed at its default.

        In a pooled pool a loan also owes its part of the interest of all, by its debt shares: that is what its own
        entries leave of the exposure. Elsewhere they leave nothing, unless the beginning is not shown.
        """
        pool, loan = self._cases[case]
        charter = self._charters.pools[pool]
        changes = self._changes[pool, loan][: self._begun.get(case, 0)]
        leaves = [leaf(mark, amount, charter.asset) for mark, amount in changes]
        parts = by(lambda one: one.what, leaves, charter.asset)
        left = exposure - sum(amount for _, amount in changes)
        if left:
            said = (
                "its part of the pool's interest, by its debt shares"
                if charter.pooled
                else "entries that are not shown"
            )
            parts.append(fact(said, left, charter.asset))
        return whole(f"what loan {loan} of pool {pool} owed at default", charter.asset, parts, amount=exposure)

    def _take(self, position: int, event: AnyEvent) -> None:
        self._fold.touched.clear()
        self._fold.handlers[event.type](position, event)
        for key in self._fold.touched & self._changes.keys():
            booked = self._fold.booked(*key)
            if booked != self._booked[key]:
                self._changes[key].append((marked(position, event), booked - self._booked[key]))
                self._booked[key] = booked
        if isinstance(event, LoanDefaulted) and event.case in self._cases:
            self._begun[event.case] = len(self._changes[event.pool, event.loan])
