"""The folds that the tables are made of, run together: what each table needs, and what all of them have seen."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from ledger.accounts import no_charters
from ledger.events import AnyEvent, AssetRegistered, FundOpened, PoolOpened
from ledger.journal import Entry
from ledger.values import EventId
from projections.case import CasesFold
from projections.deficits import DeficitsFold
from projections.funds import FundsFold
from projections.kept import Kept, Plain
from projections.lenders import LendersFold
from projections.loans import LoansFold
from projections.reading import CHARTERED, Handler
from projections.store.accounts import AccountsFold

if TYPE_CHECKING:
    from projections.store.points import Point

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "lenders": ("lenders",),
    "funds": ("funds",),
    "deficits": ("deficits",),
    "loans": ("loans",),
    "pools": ("balances", "passing"),
    "cases": ("cases", "balances", "passing"),
    "register": ("balances", "passing"),
    "trial-balance": ("balances", "passing"),
}
"""The states that each projection is folded from."""

Written = tuple[int, str, str, str, str, str]
"""An entry as the table of entries has it: position, recorded at and by, type, effective time, id."""


class Folds:
    """The folds of some projections, at one position.

    `highest` is the latest effective time of all entries, `latest` of those that count, `lowest` the earliest since it
    was last set to nothing, each as `instant_key` gives it; `chartered` are the entries that opened something, and
    `opened` takes the digest of all of these. Lines have their amounts as `encode` makes them.
    """

    def __init__(self, names: Collection[str], encode: Callable[[int], Any]) -> None:
        self.names = tuple(names)
        self.charters = no_charters()
        self.position = self.adjusted = 0
        self.highest = self.latest = ""
        self.lowest: str | None = None
        self.chartered: list[Entry] = []
        self.opened = sha256()
        self.entries: list[Written] = []
        self.lenders = LendersFold(self.charters)
        self.funds = FundsFold(self.charters)
        self.deficits = DeficitsFold(self.charters)
        self.loans = LoansFold(self.charters)
        self.accounts = AccountsFold(self.charters, encode)
        self.cases = CasesFold(self.charters, self.accounts)
        self.kept = tuple(sorted({state for name in names for state in NEEDED[name]}))
        self._handlers = self._merged()

    def _all(self) -> tuple[Kept, ...]:
        return self.lenders, self.funds, self.deficits, self.loans, self.accounts, self.cases

    def _merged(self) -> dict[str, list[Handler]]:
        """The handlers of the folds that are needed; the accounts come last, for what a case's sources had before."""
        handlers: dict[str, list[Handler]] = defaultdict(list)
        for fold in self._all():
            if fold.name in self.kept and fold is not self.accounts:
                for kind, handler in fold.handlers.items():
                    handlers[kind].append(handler)
        if "balances" in self.kept:
            own = {
                "pool-opened": self.accounts.handlers["pool-opened"],
                "adjustment-posted": self.accounts.enter_as_posted,
            }
            for kind in self.accounts.handlers:
                handlers[kind].append(own.get(kind, self.accounts.enter))
        return dict(handlers)

    def take(self, entries: Iterable[Entry], undone: Collection[EventId], *, enter: bool) -> None:
        """Fold entries that follow, save those that are `undone`, by their ids; `enter` keeps each for its table."""
        entered, handlers, accounts = (
            self.entries.append,
            self._handlers,
            self.accounts if "balances" in self.kept else None,
        )
        for entry in entries:
            event = entry.event()
            effective = event.at[:-1]
            if entry.type in CHARTERED:
                self.chart(entry, event)
            self.highest = max(self.highest, effective)
            if self.lowest is None or effective < self.lowest:
                self.lowest = effective
            if undone and entry.id in undone:
                if accounts is not None:
                    accounts.pass_by(entry.position, event)
            else:
                self.latest = max(self.latest, effective)
                self.adjusted += entry.type == "adjustment-posted"
                for handler in handlers.get(entry.type, ()):
                    handler(entry.position, event)
            self.position = entry.position
            if enter:
                entered((entry.position, entry.recorded_at, entry.recorded_by, entry.type, event.at, entry.id))

    def chart(self, entry: Entry, event: AnyEvent) -> None:
        """Charter what an entry opens."""
        if isinstance(event, AssetRegistered | FundOpened | PoolOpened):
            event.chart(self.charters)
            self.chartered.append(entry)
            self.opened.update(entry.content)

    def states(self) -> dict[str, Plain]:
        """The states of the folds, by name."""
        states: dict[str, Any] = {fold.name: fold.state() for fold in self._all() if fold.name in self.kept}
        if "passing" in self.kept:
            states["passing"] = self.accounts.passing()
        return states

    def restore(self, states: Mapping[str, Plain]) -> None:
        """Hold such states."""
        for fold in self._all():
            if fold.name in self.kept:
                fold.restore(states[fold.name])
        if "passing" in self.kept:
            self.accounts.pass_on(states["passing"])
        self.settle()

    def go_on_from(self, point: "Point") -> None:
        """Be as others were at a point."""
        for entry in point.chartered:
            self.chart(entry, entry.event())
        self.position, self.adjusted = point.position, point.adjusted
        self.highest, self.latest = point.highest, point.latest
        self.restore(point.states)

    def settle(self) -> None:
        """Forget what was touched, and what was kept for tables."""
        self.lenders.touched.clear()
        self.loans.touched.clear()
        self.loans.moved.clear()
        self.deficits.touched.clear()
        self.accounts.changed.clear()
        self.accounts.lines.clear()
        self.cases.steps.clear()
        self.chartered.clear()
        self.entries.clear()
