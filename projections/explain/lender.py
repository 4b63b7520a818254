"""A lender's balance opened: what it brought, took and earned, and each loss down to its share and its case.

Every entry of the tranche changes what the lender's shares are worth, if only by rounding. What it changes is put to
the columns of the report of lenders as that report does; so the parts sum to the balance, whatever the entries are.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from ledger.accounts import Charters, PoolCharter
from ledger.events import AnyEvent
from ledger.values import CaseId, PartyId, PoolId, TrancheId
from projections.explain.causes import Mark, marked
from projections.explain.deficit import CaseTrail
from projections.explain.tree import Node, by, fact, leaf, whole
from projections.lenders import LenderRow, LendersFold
from projections.reading import Handler

Place = tuple[PoolId, TrancheId]

_SIGNS: Final = {
    "deposited": 1,
    "withdrawn": -1,
    "transferred": 1,
    "earned": 1,
    "losses": -1,
    "covered": -1,
    "recoveries": 1,
}
"""How each column adds to the balance."""

_EARNED: Final = {
    "interest-accrued": "interest",
    "income-received": "income",
    "adjustment-posted": "adjustments",
}
"""What is earned, by the type of the entry; at all others it is what the rounding of shares leaves or takes."""

_ROUNDING: Final = "rounding at entries that issue, burn or move shares"


class Standing(NamedTuple):
    """What a lender holds of a tranche, and what the tranche is."""

    shares: int = 0
    worth: int = 0
    issued: int = 0
    claims: int = 0


class Change(NamedTuple):
    """An entry, what it added to each column of the lender's row, and how the lender stood before and after it."""

    mark: Mark
    columns: dict[str, int]
    before: Standing
    after: Standing


class LenderTrail:
    """The fold of what changed one lender's balance, in every tranche that it was in."""

    def __init__(self, charters: Charters, lender: PartyId) -> None:
        self.lenders: set[str] = set()
        self.rows: dict[Place, LenderRow] = {}
        self._charters = charters
        self._lender = lender
        self._fold = LendersFold(charters)
        self._changes: dict[Place, list[Change]] = {}
        self._standing: dict[Place, Standing] = {}
        self.handlers: dict[str, Handler] = dict.fromkeys(self._fold.handlers, self._take)

    def names(self) -> set[str]:
        """The names of all lenders."""
        return {row.lender for row in self._fold.rows()}

    def cases(self, place: Place) -> set[CaseId]:
        """The cases that took from the lender, or gave back to it, in a tranche."""
        moved = {"losses", "covered", "recoveries"}
        return {CaseId(one.mark.case) for one in self._changes[place] if one.mark.case and moved & one.columns.keys()}

    def tree(self, place: Place, trail: CaseTrail) -> Node:
        """The balance in a tranche, with what is known of the cases."""
        return _Lender(self.rows[place], self._changes[place], self._standing[place], self._charters, trail).tree()

    def _take(self, position: int, event: AnyEvent) -> None:
        self._fold.touched.clear()
        self._fold.handlers[event.type](position, event)
        for place in sorted(self._fold.touched):
            row = self._fold.row(*place, self._lender)
            after = Standing(
                *((row.shares, row.balance) if row else (0, 0)), self._fold.issued(*place), self._fold.claims(*place)
            )
            before = self._standing.get(place, Standing())
            self._standing[place] = after
            if row is not None:
                self._note(place, row, Change(marked(position, event), {}, before, after))

    def _note(self, place: Place, row: LenderRow, change: Change) -> None:
        earlier = self.rows.get(place)
        self.rows[place] = row
        added = {
            name: getattr(row, name) - (getattr(earlier, name) if earlier else 0) for name in (*_SIGNS, "restitution")
        }
        columns = {name: amount for name, amount in added.items() if amount}
        changes = self._changes.setdefault(place, [])
        if columns:
            changes.append(change._replace(columns=columns))


class _Lender:
    """The making of one tree."""

    def __init__(
        self, row: LenderRow, changes: list[Change], standing: Standing, charters: Charters, trail: CaseTrail
    ) -> None:
        self._row = row
        self._changes = changes
        self._standing = standing
        self._pool: PoolCharter = charters.pools[PoolId(row.pool)]
        self._shares = self._pool.tranches[TrancheId(row.tranche)].shares
        self._trail = trail

    def tree(self) -> Node:
        row, asset = self._row, self._pool.asset
        paid = [leaf(one.mark, one.columns["restitution"], asset) for one in self._of("restitution")]
        restitution = [whole("restitution, paid outside the balance", asset, paid)] if paid else []
        return whole(
            f"balance of lender {row.lender} in tranche {row.tranche} of pool {row.pool}",
            asset,
            self._parts(),
            amount=row.balance,
            because=[*self._holding(self._standing), *restitution],
        )

    def _parts(self) -> Iterator[Node]:
        made: dict[str, Callable[[], Iterator[Node]]] = {
            "earned": self._earned,
            "losses": lambda: self._by_case("losses"),
            "covered": lambda: self._by_case("covered"),
            "recoveries": lambda: self._by_case("recoveries"),
        }
        for column, sign in _SIGNS.items():
            if self._of(column):
                parts = made[column]() if column in made else by(_type, self._plainly(column), self._pool.asset)
                yield whole(column, self._pool.asset, parts, amount=sign * getattr(self._row, column))

    def _of(self, column: str) -> list[Change]:
        return [one for one in self._changes if column in one.columns]

    def _plainly(self, column: str) -> list[Node]:
        """The entries of a column, each with the shares that came and went where it has a value of its own."""
        told = column == "transferred"
        return [
            leaf(
                one.mark,
                _SIGNS[column] * one.columns[column],
                self._pool.asset,
                because=[fact("moved", one.after.shares - one.before.shares, self._shares)] if told else [],
            )
            for one in self._of(column)
        ]

    def _holding(self, at: Standing) -> list[Node]:
        """What the lender holds, and of how much."""
        return [
            fact("held", at.shares, self._shares),
            fact("issued in all", at.issued, self._shares),
            fact(f"claims of tranche {self._row.tranche}", at.claims, self._pool.asset),
        ]

    def _earned(self) -> Iterator[Node]:
        kinds: dict[str, list[Change]] = {}
        for one in self._of("earned"):
            kinds.setdefault(_EARNED.get(one.mark.type, _ROUNDING), []).append(one)
        for kind, changes in kinds.items():
            leaves = (leaf(one.mark, one.columns["earned"], self._pool.asset) for one in changes)
            key = _type if kind == _ROUNDING else _source
            yield whole(
                kind, self._pool.asset, by(key, leaves, self._pool.asset), because=self._credited(kind, changes)
            )

    def _credited(self, kind: str, changes: Iterable[Change]) -> list[Node]:
        if kind == _ROUNDING:
            return []
        credited = sum(one.after.claims - one.before.claims for one in changes)
        return [fact(f"added to the claims of tranche {self._row.tranche}", credited, self._pool.asset)]

    def _by_case(self, column: str) -> Iterator[Node]:
        cases: dict[CaseId, list[Change]] = {}
        for one in self._of(column):
            cases.setdefault(CaseId(one.mark.case), []).append(one)
        for case, changes in cases.items():
            of_case = self._trail.received(case) if column == "recoveries" else self._trail.tree(case)
            entries = (self._burnt(one) if column == "covered" else self._moved(one, column) for one in changes)
            what = f"case {case}" if case else "no case"
            yield whole(what, self._pool.asset, entries, because=[of_case] if of_case else [])

    def _burnt(self, one: Change) -> Node:
        because = [fact("burnt", one.before.shares - one.after.shares, self._shares)]
        return leaf(one.mark, -one.columns["covered"], self._pool.asset, because=because)

    def _moved(self, one: Change, column: str) -> Node:
        """A loss of the tranche, or a recovery: what the lender's shares were worth after it, less before it."""
        asset, tranche = self._pool.asset, self._row.tranche
        change = one.after.claims - one.before.claims
        moved = f"taken from tranche {tranche}" if column == "losses" else f"given to tranche {tranche}"
        return leaf(
            one.mark,
            _SIGNS[column] * one.columns[column],
            asset,
            parts=(fact("worth before", -one.before.worth, asset), fact("worth after", one.after.worth, asset)),
            because=(*self._holding(one.before), fact(moved, change, asset)),
        )


def _type(one: Node) -> str:
    return one.mark.type


def _source(one: Node) -> str:
    return one.mark.source
