"""The register of reports: each by its name, with its rows, and what it can be limited to."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from ledger.accounts import Charters
from ledger.chart import owner
from ledger.events import AnyEvent
from ledger.values import Account, CaseId, Timestamp
from projections.aging import AgingRow, aging
from projections.balances import BalancesFold, TrialBalanceRow
from projections.case import CaseFold, CaseRow
from projections.deficits import DeficitRow, DeficitsFold
from projections.entries import KINDS, EventRow, RegisterRow, event_rows, register_rows
from projections.funds import FundRow, FundsFold
from projections.lender_losses import LenderLossRow, lender_losses
from projections.lenders import LenderRow, LendersFold
from projections.loans import LoanRow, LoansFold
from projections.pools import PoolRow, pool_rows
from projections.reading import Fold, Selection, Shown, Watch, fold
from projections.recovery import recovery
from projections.recovery_rows import RecoveryRow
from projections.risk import RiskRow, risk
from projections.rollforward import RollforwardRow, rollforward
from projections.statement import statement
from projections.statement_rows import StatementRow
from projections.ties import Tie

Rows = Iterator[tuple[Any, ...]]


class Made(NamedTuple):
    """A report as it is made: its rows, and what of them was held against the trial balance."""

    rows: Rows
    ties: tuple[Tie, ...] = ()


class Reported(NamedTuple):
    """A report that is made: with where it stands, and the charters that tell decimals."""

    made: Made
    shown: Shown
    charters: Charters


Make = Callable[[Selection, Mapping[str, str], Watch], Made]


class Begun(NamedTuple):
    """Folds that are under way, and the rows that they come to at any entry; ages count to the time given.

    `changed` are those of the rows that may have changed since it was asked last, the event just folded among what was
    folded since. Where there is none, all may have.
    """

    folds: tuple[Fold, ...]
    rows: Callable[[Timestamp | None], Rows]
    changed: Callable[[AnyEvent, Timestamp | None], Rows] | None = None


@dataclass(frozen=True, slots=True)
class Folded:
    """How a report is made that is nothing but folds and their rows."""

    begin: Callable[[Charters, Mapping[str, str]], Begun]

    def __call__(self, selection: Selection, named: Mapping[str, str], watch: Watch) -> Made:
        """The report of a selection under limits."""
        begun = self.begin(selection.charters, named)
        shown = fold(selection, begun.folds, watch)
        return Made(begun.rows(shown.as_of))


class _RowsFold(Fold, Protocol):
    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows, in the report's order."""


class Report(NamedTuple):
    """A report: rows of one type, made from a selection of entries.

    `limits` are the kinds of names it can be limited to, those in `needs` it cannot do without; `make` makes it of a
    selection under such limits. A report that `streams` reads its entries as its rows are taken; the others have read
    them all before the first. `keys` are the fields that name a row: no two rows have them all alike.
    """

    name: str
    row_type: type[tuple[Any, ...]]
    limits: tuple[str, ...]
    make: Make
    needs: tuple[str, ...] = ()
    streams: bool = False
    keys: tuple[str, ...] = ()


def _limited(rows: Iterable[tuple[Any, ...]], named: Mapping[str, str]) -> Rows:
    return (row for row in rows if all(getattr(row, kind) == name for kind, name in named.items()))


def _rows_of(begun: Callable[[Charters], _RowsFold]) -> Folded:
    """The rows of a fold that needs nothing but the charters."""

    def begin(charters: Charters, named: Mapping[str, str]) -> Begun:
        rows = begun(charters)
        return Begun((rows,), lambda _: _limited(rows.rows(), named))

    return Folded(begin)


def _entry_by_entry(rows: Callable[[Selection, Mapping[str, str], Watch], Rows]) -> Make:
    """The rows of what is read as they are taken."""
    return lambda selection, named, watch: Made(rows(selection, named, watch))


def _deficits(charters: Charters, named: Mapping[str, str]) -> Begun:
    deficits = DeficitsFold(charters)

    def changed(_: AnyEvent, as_of: Timestamp | None) -> Rows:
        cases = deficits.changed()
        deficits.touched.clear()
        return _limited(deficits.rows(as_of, cases), named)

    return Begun((deficits,), lambda as_of: _limited(deficits.rows(as_of), named), changed)


def _lenders(charters: Charters, named: Mapping[str, str]) -> Begun:
    lenders = LendersFold(charters)

    def changed(_: AnyEvent, __: Timestamp | None) -> Rows:
        tranches = list(lenders.touched)
        lenders.touched.clear()
        return _limited(lenders.rows(tranches), named)

    return Begun((lenders,), lambda _: _limited(lenders.rows(), named), changed)


def _loans(charters: Charters, named: Mapping[str, str]) -> Begun:
    loans = LoansFold(charters)

    def changed(_: AnyEvent, __: Timestamp | None) -> Rows:
        found = loans.changed()
        loans.touched.clear()
        loans.moved.clear()
        return _limited(loans.rows(found), named)

    return Begun((loans,), lambda _: _limited(loans.rows(), named), changed)


def _pools(charters: Charters, named: Mapping[str, str]) -> Begun:
    balances = BalancesFold(charters)
    return Begun((balances,), lambda _: _limited(pool_rows(balances, charters), named))


def _case(charters: Charters, named: Mapping[str, str]) -> Begun:
    balances = BalancesFold(charters)
    cases = CaseFold(charters, balances, CaseId(named["case"]))
    return Begun((cases, balances), lambda _: cases.rows())


def _trial_balance(charters: Charters, named: Mapping[str, str]) -> Begun:
    balances, owners = BalancesFold(charters), set(named.values())

    def rows(_: Timestamp | None) -> Rows:
        return (row for row in balances.rows() if not owners or owner(Account(row.account)) in owners)

    def changed(event: AnyEvent, _: Timestamp | None) -> Rows:
        moved = {(account, commodity) for account, commodity, _ in event.lines(charters)}
        return (balances.row(*of) for of in sorted(moved) if not owners or owner(of[0]) in owners)

    return Begun((balances,), rows, changed)


def _with_ties(made: Callable[[Selection, Mapping[str, str], Watch], tuple[Rows, tuple[Tie, ...]]]) -> Make:
    """The rows and ties of a reading of its own."""
    return lambda selection, named, watch: Made(*made(selection, named, watch))


REPORTS: Final = {
    report.name: report
    for report in (
        Report(
            "lenders",
            LenderRow,
            ("pool", "lender"),
            Folded(_lenders),
            keys=("pool", "tranche", "lender", "asset"),
        ),
        Report("funds", FundRow, ("fund",), _rows_of(FundsFold), keys=("fund", "asset")),
        Report(
            "deficits",
            DeficitRow,
            ("pool", "loan", "case"),
            Folded(_deficits),
            keys=("pool", "loan", "case", "asset"),
        ),
        Report("loans", LoanRow, ("pool", "loan"), Folded(_loans), keys=("pool", "loan", "asset")),
        Report("pools", PoolRow, ("pool",), Folded(_pools), keys=("pool", "asset")),
        Report(
            "case",
            CaseRow,
            ("case",),
            Folded(_case),
            needs=("case",),
            keys=("position", "at", "event", "source", "asset"),
        ),
        Report(
            "trial-balance",
            TrialBalanceRow,
            ("pool", "fund"),
            Folded(_trial_balance),
            keys=("account", "commodity"),
        ),
        Report(
            "register",
            RegisterRow,
            KINDS,
            _entry_by_entry(register_rows),
            streams=True,
            keys=("position", "at", "type", "account", "commodity"),
        ),
        Report(
            "events",
            EventRow,
            KINDS,
            _entry_by_entry(event_rows),
            streams=True,
            keys=("position", "at", "type", "id", "recorded_at", "recorded_by"),
        ),
        Report("aging", AgingRow, ("pool",), _with_ties(aging), keys=("pool", "asset", "bucket")),
        Report(
            "recovery",
            RecoveryRow,
            ("pool", "loan", "case"),
            _with_ties(recovery),
            keys=("pool", "loan", "case", "asset"),
        ),
        Report("risk", RiskRow, ("pool", "loan"), _with_ties(risk), keys=("pool", "loan", "asset")),
        Report(
            "lender-losses",
            LenderLossRow,
            ("pool", "lender", "case"),
            _with_ties(lender_losses),
            keys=("pool", "case", "tranche", "lender", "asset"),
        ),
        Report(
            "statement",
            StatementRow,
            ("name", "kind", "pool", "tranche", "since", "earned"),
            _with_ties(statement),
            needs=("name",),
            keys=("pool", "account", "asset", "position", "movement"),
        ),
        Report(
            "rollforward",
            RollforwardRow,
            ("what", "period", "pool", "fund"),
            _with_ties(rollforward),
            needs=("what", "period"),
            keys=("of", "tranche", "asset", "period", "movement"),
        ),
    )
}
