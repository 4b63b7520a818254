"""Where a number of ours comes from: every entry that changed it, by how much, in one more reading of the journal."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final, NamedTuple

from ledger.events import AnyEvent
from ledger.journal import Entry
from ledger.values import Account, Commodity, EventId, FundId, LoanId, PartyId, PoolId, TrancheId
from projections.balances import BalancesFold
from projections.funds import FundsFold
from projections.lenders import LendersFold
from projections.loans import LoansFold
from projections.reconciliation.balances.moments import block_of
from projections.reconciliation.balances.numbers import Pair, number_of
from projections.reconciliation.balances.reading import Folds, Row
from projections.reconciliation.balances.stated import Values, owner_of_row
from projections.reconciliation.matching.search import smallest_sum
from projections.reconciliation.rules import Rules
from projections.reports import Report

WORK_MAX: Final = 4_000_000
"""So many rows are made again at most to find out which entry changed a number; beyond that it is not told."""


class Change(NamedTuple):
    """By how much an entry changed a number of ours. `twin` is equal for two entries that say the same."""

    position: int
    id: str
    type: str
    at: str
    block: int | None
    amount: int
    twin: str = ""

    @property
    def day(self) -> str:
        """The day on which it counts, in UTC."""
        return self.at[:10]

    def told(self) -> str:
        """The entry in words."""
        return f"entry {self.position} ({self.type} {self.id}, {self.amount:+})"


class Watched:
    """A number that is watched while entries are folded, with the changes of it so far."""

    def __init__(self, report: Report, pair: Pair) -> None:
        self.pair = pair
        self.changes: list[Change] = []
        self.whole = True
        self.amount = 0
        self.owners = {owner_of_row(report, values) for values in pair.rows}
        self._number = number_of(report, pair.name.field)

    def of(self, rows: Mapping[Values, Row]) -> int:
        """The number as rows say it, by the values of their keys."""
        return sum(self._number(row)[0] for values in self.pair.rows if (row := rows.get(values)) is not None)

    def hear(self, entry: Entry, event: AnyEvent, rows: Mapping[Values, Row]) -> None:
        """Take note of what an entry changed."""
        amount = self.of(rows)
        change, self.amount = amount - self.amount, amount
        if change:
            twin = twin_of(event) if abs(change - self.pair.apart) <= 1 else ""
            mark = block_of(entry)
            self.changes.append(Change(entry.position, entry.id, entry.type, event.at, mark, change, twin))


class Tracing:
    """Hears of every entry that is folded, and tells each of the watched numbers that it may have changed."""

    def __init__(self, report: Report, watched: Sequence[Watched], work_max: int = WORK_MAX) -> None:
        self._rows = _READ.get(report.name, _by_values(report))
        self._left = work_max
        self._watched: dict[str, list[Watched]] = {}
        for one in watched:
            for owner in sorted(one.owners):
                self._watched.setdefault(owner, []).append(one)
        self._keys = {
            owner: {values for one in watching for values in one.pair.rows} for owner, watching in self._watched.items()
        }

    def heard(self, entry: Entry, event: AnyEvent, folds: Folds) -> None:
        """Take an entry that was just folded."""
        for owner in {getattr(event, "pool", None), getattr(event, "fund", None)}:
            watching = self._watched.get(owner) if owner is not None else None
            if owner is None or watching is None:
                continue
            if self._left <= 0:
                for one in watching:
                    one.whole = False
                continue
            work, rows = self._rows(folds, self._keys[owner])
            self._left -= work + len(watching)
            for one in watching:
                one.hear(entry, event, rows)


def read(report: Report, folds: Folds, keys: Iterable[Values]) -> dict[Values, Row]:
    """Some rows of a report as they stand, by the values of their keys; those that are there."""
    return _READ.get(report.name, _by_values(report))(folds, set(keys))[1]


_Read = tuple[int, dict[Values, Row]]
"""How many rows were made, and those that are asked for."""


def _lender_rows(folds: Folds, keys: set[Values]) -> _Read:
    lenders = _first(folds, LendersFold)
    rows = {values: lenders.row(PoolId(values[0]), TrancheId(values[1]), PartyId(values[2])) for values in keys}
    return len(keys), {values: row for values, row in rows.items() if row is not None}


def _loan_rows(folds: Folds, keys: set[Values]) -> _Read:
    loans, found = _first(folds, LoansFold), {}
    for values in keys:
        with suppress(KeyError):  # no entry so far named it
            found[values] = next(loans.rows([(PoolId(values[0]), LoanId(values[1]))]))
    return 30 * len(keys), found


def _fund_rows(folds: Folds, keys: set[Values]) -> _Read:
    funds = _first(folds, FundsFold)
    rows = {values: funds.row(FundId(values[0])) for values in keys}
    return len(keys), {values: row for values, row in rows.items() if row is not None}


def _account_rows(folds: Folds, keys: set[Values]) -> _Read:
    balances = _first(folds, BalancesFold)
    return len(keys), {values: balances.row(Account(values[0]), Commodity(values[1])) for values in keys}


def _by_values(report: Report) -> Callable[[Folds, set[Values]], _Read]:
    """Of any other report all rows are made."""

    def rows(folds: Folds, keys: set[Values]) -> _Read:
        made = list(folds.rows(""))
        named = ((tuple(str(getattr(row, key)) for key in report.keys), row) for row in made)
        return 50 + 10 * len(made), {values: row for values, row in named if values in keys}

    return rows


_READ: Final[Mapping[str, Callable[[Folds, set[Values]], _Read]]] = {
    "lenders": _lender_rows,
    "loans": _loan_rows,
    "funds": _fund_rows,
    "trial-balance": _account_rows,
}


def _first(folds: Folds, kind: type[Any]) -> Any:  # noqa: ANN401  (a fold of that kind)
    return next(fold for fold in folds.begun.folds if isinstance(fold, kind))


def twin_of(event: AnyEvent) -> str:
    """What an entry says beside its id: equal for two that say the same of one log, or of none."""
    said = replace(event, id=EventId("twin"), memo=None, command=None, cause=None)
    return sha256(said.canonical()).hexdigest()


def smallest_set(changes: Sequence[Change], difference: int, rules: Rules) -> tuple[Change, ...]:
    """The smallest set of changes that sum to a difference, the newest first looked at; none where there is none.

    One entry that makes it is found among all; several among the newest, within the bounds of the rules.
    """
    newest_first = [change for change in reversed(changes) if change.amount]
    single = next((change for change in newest_first if change.amount == difference), None)
    if single is not None:
        return (single,)
    amounts = [change.amount for change in newest_first[: rules.search_entries]]
    found = smallest_sum(amounts, difference, parts_max=rules.search_parts, entries_max=rules.search_entries)
    return tuple(newest_first[place] for place in sorted(found or (), reverse=True))
