"""Where a number of ours comes from: the entries that changed it, by how much, in one more reading of the journal.

How many entries are looked at is bounded by the numbers that are apart: the newest by their moment, and the next after
it. Of a few numbers that is every entry; the more there are, the less far back they are followed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final, NamedTuple

from ledger.accounts import Charters
from ledger.events import AnyEvent
from ledger.journal import Entry
from ledger.values import Account, Commodity, EventId, FundId, LoanId, PartyId, PoolId, TrancheId
from projections.balances import BalancesFold
from projections.funds import FundsFold
from projections.lenders import LendersFold
from projections.loans import LoansFold
from projections.reconciliation.balances.moments import block_of
from projections.reconciliation.balances.numbers import Pair, number_of, rows_named
from projections.reconciliation.balances.reading import Folds, Row
from projections.reconciliation.balances.stated import Values, owner_of_row
from projections.reconciliation.matching.search import smallest_sum
from projections.reconciliation.rules import Rules
from projections.reports import Report

WORK_MAX: Final = 100_000
"""So many rows of a lender, or as much work of other rows, are made again to find out which entry changed a number."""

_LOAN: Final = 5
"""So many rows of a lender are as much work as one of a loan."""

_ALL: Final = 100
"""So many rows of a lender are as much work as all rows of a report of which none can be made by itself."""


def entries_max(report: Report, rows: int) -> int:
    """How many entries are looked at for so many rows of a report."""
    cost = rows * (_LOAN if report.name == "loans" else 1) if report.name in _READ else _ALL
    return WORK_MAX // max(cost, 1)


class Change(NamedTuple):
    """By how much an entry changed a number of ours. `twin` is equal for two entries that say the same.

    `at` is from when on it counts, `recorded` when it was recorded.
    """

    position: int
    id: str
    type: str
    at: str
    block: int | None
    amount: int
    recorded: str = ""
    twin: str = ""

    @property
    def day(self) -> str:
        """The day on which it counts, in UTC."""
        return self.at[:10]

    def told(self) -> str:
        """The entry in words."""
        return f"entry {self.position} ({self.type} {self.id}, {self.amount:+})"


def change_by(entry: Entry, amount: int) -> Change:
    """The change that an entry made."""
    at = entry.effective_at()
    return Change(entry.position, entry.id, entry.type, at, block_of(entry), amount, entry.recorded_at)


class Watched:
    """A number that is watched while the entries of a `window` of positions are folded, with its changes so far."""

    def __init__(self, report: Report, pair: Pair, charters: Charters) -> None:
        self.pair = pair
        self.window = range(0)
        self.rows = pair.rows or rows_named(report, pair.name, charters)
        self.changes: list[Change] = []
        self.amount = 0
        self.owners = {owner_of_row(report, values) for values in self.rows}
        self._number = number_of(report, pair.name.field)

    def of(self, rows: Mapping[Values, Row]) -> int:
        """The number as rows say it, by the values of their keys."""
        return sum(self._number(row)[0] for values in self.rows if (row := rows.get(values)) is not None)

    def hear(self, entry: Entry, event: AnyEvent, rows: Mapping[Values, Row]) -> None:
        """Take note of what an entry changed."""
        amount = self.of(rows)
        change, self.amount = amount - self.amount, amount
        if change:
            twin = said_by(event) if abs(change - self.pair.apart) <= 1 else ""
            self.changes.append(change_by(entry, change)._replace(twin=twin))


class Tracing:
    """Hears of every entry that is folded, and tells each of the watched numbers that it may have changed."""

    def __init__(self, report: Report, watched: Iterable[Watched]) -> None:
        self._rows = _READ.get(report.name, _by_values(report))
        self._watched: dict[range, dict[str, list[Watched]]] = {}
        for one in watched:
            for owner in sorted(one.owners):
                self._watched.setdefault(one.window, {}).setdefault(owner, []).append(one)
        self._begun = {window for window in self._watched if window.start <= 1}

    def heard(self, entry: Entry, event: AnyEvent, folds: Folds) -> None:
        """Take an entry that was just folded. Where a window begins behind others, the first only tells what was."""
        owners: set[str] = {getattr(event, "pool", None) or "", getattr(event, "fund", None) or ""}
        for window, by_owner in self._watched.items():
            if entry.position in window:
                is_first = window not in self._begun
                self._begun.add(window)
                for owner in by_owner if is_first else owners & by_owner.keys():
                    watching = by_owner[owner]
                    rows = self._rows(folds, {values for one in watching for values in one.rows})
                    for one in watching:
                        one.amount = one.of(rows) if is_first else one.amount
                        one.hear(entry, event, rows)


def read(report: Report, folds: Folds, keys: Iterable[Values]) -> dict[Values, Row]:
    """Some rows of a report as they stand, by the values of their keys; those that are there."""
    return _READ.get(report.name, _by_values(report))(folds, set(keys))


_Rows = dict[Values, Row]


def _lender_rows(folds: Folds, keys: set[Values]) -> _Rows:
    lenders = _first(folds, LendersFold)
    rows = {values: lenders.row(PoolId(values[0]), TrancheId(values[1]), PartyId(values[2])) for values in keys}
    return {values: row for values, row in rows.items() if row is not None}


def _loan_rows(folds: Folds, keys: set[Values]) -> _Rows:
    loans, found = _first(folds, LoansFold), {}
    for values in keys:
        with suppress(KeyError):  # no entry so far named it
            found[values] = next(loans.rows([(PoolId(values[0]), LoanId(values[1]))]))
    return found


def _fund_rows(folds: Folds, keys: set[Values]) -> _Rows:
    funds = _first(folds, FundsFold)
    rows = {values: funds.row(FundId(values[0])) for values in keys}
    return {values: row for values, row in rows.items() if row is not None}


def _account_rows(folds: Folds, keys: set[Values]) -> _Rows:
    balances = _first(folds, BalancesFold)
    return {values: balances.row(Account(values[0]), Commodity(values[1])) for values in keys}


def _by_values(report: Report) -> Callable[[Folds, set[Values]], _Rows]:
    """Of any other report all rows are made."""

    def rows(folds: Folds, keys: set[Values]) -> _Rows:
        named = ((tuple(str(getattr(row, key)) for key in report.keys), row) for row in folds.rows(""))
        return {values: row for values, row in named if values in keys}

    return rows


_READ: Final[Mapping[str, Callable[[Folds, set[Values]], _Rows]]] = {
    "lenders": _lender_rows,
    "loans": _loan_rows,
    "funds": _fund_rows,
    "trial-balance": _account_rows,
}


def _first(folds: Folds, kind: type[Any]) -> Any:  # noqa: ANN401  (a fold of that kind)
    return next(fold for fold in folds.begun.folds if isinstance(fold, kind))


def said_by(event: AnyEvent) -> str:
    """A hash of what an entry says beside its id, evidence too: equal for two that say the same of one log, or none."""
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
