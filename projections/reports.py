"""The register of reports: each by its name, with its rows, and what it can be limited to."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, Protocol

from ledger.accounts import Charters
from ledger.chart import owner
from ledger.values import Account, CaseId
from projections.balances import BalancesFold, TrialBalanceRow
from projections.case import CaseFold, CaseRow
from projections.deficits import DeficitRow, DeficitsFold
from projections.entries import KINDS, EventRow, RegisterRow, event_rows, register_rows
from projections.funds import FundRow, FundsFold
from projections.lenders import LenderRow, LendersFold
from projections.loans import LoanRow, LoansFold
from projections.pools import PoolRow, pool_rows
from projections.reading import Fold, Selection, Watch, fold
from projections.ties import Tie

Rows = Iterator[tuple[Any, ...]]


class Made(NamedTuple):
    """A report as it is made: its rows, and what of them was held against the trial balance."""

    rows: Rows
    ties: tuple[Tie, ...] = ()


Make = Callable[[Selection, Mapping[str, str], Watch], Made]


class _RowsFold(Fold, Protocol):
    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows, in the report's order."""


class Report(NamedTuple):
    """A report: rows of one type, made from a selection of entries.

    `limits` are the kinds of names it can be limited to, those in `needs` it cannot do without; `make` makes it of a
    selection under such limits. A report that `streams` reads its entries as its rows are taken; the others have read
    them all before the first.
    """

    name: str
    row_type: type[tuple[Any, ...]]
    limits: tuple[str, ...]
    make: Make
    needs: tuple[str, ...] = ()
    streams: bool = False


def _limited(rows: Iterable[tuple[Any, ...]], named: Mapping[str, str]) -> Made:
    return Made(row for row in rows if all(getattr(row, kind) == name for kind, name in named.items()))


def _rows_of(begun: Callable[[Charters], _RowsFold]) -> Make:
    """The rows of a fold that needs nothing but the charters."""

    def make(selection: Selection, named: Mapping[str, str], watch: Watch) -> Made:
        rows = begun(selection.charters)
        fold(selection, [rows], watch)
        return _limited(rows.rows(), named)

    return make


def _entry_by_entry(rows: Callable[[Selection, Mapping[str, str], Watch], Rows]) -> Make:
    """The rows of what is read as they are taken."""
    return lambda selection, named, watch: Made(rows(selection, named, watch))


def _deficits(selection: Selection, named: Mapping[str, str], watch: Watch) -> Made:
    deficits = DeficitsFold(selection.charters)
    shown = fold(selection, [deficits], watch)
    return _limited(deficits.rows(shown.as_of), named)


def _pools(selection: Selection, named: Mapping[str, str], watch: Watch) -> Made:
    balances = BalancesFold(selection.charters)
    fold(selection, [balances], watch)
    return _limited(pool_rows(balances, selection.charters), named)


def _case(selection: Selection, named: Mapping[str, str], watch: Watch) -> Made:
    case = CaseFold(selection.charters, CaseId(named["case"]))
    fold(selection, [case], watch)
    return Made(case.rows())


def _trial_balance(selection: Selection, named: Mapping[str, str], watch: Watch) -> Made:
    balances = BalancesFold(selection.charters)
    fold(selection, [balances], watch)
    owners = set(named.values())
    return Made(row for row in balances.rows() if not owners or owner(Account(row.account)) in owners)


REPORTS: Final = {
    report.name: report
    for report in (
        Report("lenders", LenderRow, ("pool", "lender"), _rows_of(LendersFold)),
        Report("funds", FundRow, ("fund",), _rows_of(FundsFold)),
        Report("deficits", DeficitRow, ("pool", "loan", "case"), _deficits),
        Report("loans", LoanRow, ("pool", "loan"), _rows_of(LoansFold)),
        Report("pools", PoolRow, ("pool",), _pools),
        Report("case", CaseRow, ("case",), _case, needs=("case",)),
        Report("trial-balance", TrialBalanceRow, ("pool", "fund"), _trial_balance),
        Report("register", RegisterRow, KINDS, _entry_by_entry(register_rows), streams=True),
        Report("events", EventRow, KINDS, _entry_by_entry(event_rows), streams=True),
    )
}
