"""Reading a journal into folds: as it stood at an effective time, a recorded time or a position."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any, Final, NamedTuple, Protocol

from ledger.accounts import Charters, no_charters
from ledger.events import AssetRegistered, FundOpened, PoolOpened
from ledger.journal import Entry, Journal
from ledger.values import Timestamp, instant_key

Handler = Callable[[int, Any], None]
"""Takes the position of an entry, and its event."""

Watch = Callable[[Iterable[Entry]], Iterable[Entry]]
"""Wraps the entries of a long reading, to show its progress."""

CHARTERED: Final = frozenset({"asset-registered", "fund-opened", "pool-opened"})


class Asked(NamedTuple):
    """The point at which a report is asked for: effective time (inclusive), recorded time (inclusive), position."""

    as_of: Timestamp | None = None
    known_at: Timestamp | None = None
    position: int | None = None


class Shown(NamedTuple):
    """The point at which a report stands.

    `position` is the last one considered, `as_of` the effective time asked for or else the latest shown, `late` how
    many entries shown stand after one whose effective time is later than the one asked for.
    """

    position: int
    as_of: Timestamp | None
    known_at: Timestamp | None
    late: int


class Fold(Protocol):
    """A projection: handlers by the stored names of the events it folds. A test names those it passes over.

    A fold is total: it takes any choice of entries, lawful by themselves or not, and never refuses one.
    """

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What is done with an event of each name."""


class Selection:
    """The entries that a report is asked about, with the charters, which are read unfiltered."""

    def __init__(self, journal: Journal, asked: Asked) -> None:
        self.charters: Charters = no_charters()
        self._journal = journal
        self._asked = asked
        self._position = 0
        self._late = 0
        self._latest = b""

    def entries(self, watch: Watch = iter) -> Iterator[Entry]:
        """The entries to be shown, in order of position."""
        as_of = None if self._asked.as_of is None else instant_key(self._asked.as_of).encode()
        passed, latest = False, self._latest
        try:
            for entry in watch(self._known()):
                self._position = entry.position
                if entry.type in CHARTERED:
                    self._chart(entry)
                effective = entry.effective_key()
                if as_of is not None:
                    if effective > as_of:
                        passed = True
                        continue
                    self._late += passed
                latest = max(latest, effective)
                yield entry
        finally:
            self._latest = latest

    def read_through(self) -> None:
        """Read the entries only to learn where the report stands."""
        for _ in self.entries():
            pass

    def shown(self) -> Shown:
        """Where the report stands, once its entries are read."""
        latest = Timestamp(f"{self._latest.decode()}Z") if self._latest else None
        return Shown(self._position, self._asked.as_of or latest, self._asked.known_at, self._late)

    def _known(self) -> Iterator[Entry]:
        entries = self._journal.read(through=self._asked.position)
        if self._asked.known_at is None:
            return entries
        known_at = instant_key(self._asked.known_at)
        return takewhile(lambda entry: instant_key(entry.recorded_at) <= known_at, entries)

    def _chart(self, entry: Entry) -> None:
        event = entry.event()
        if isinstance(event, AssetRegistered | FundOpened | PoolOpened):
            event.chart(self.charters)


def fold(selection: Selection, folds: Iterable[Fold], watch: Watch = iter) -> Shown:
    """Run a selection through folds. An entry that no fold handles is not read beyond its effective time."""
    handlers: dict[str, list[Handler]] = {}
    for one in folds:
        for name, handler in one.handlers.items():
            handlers.setdefault(name, []).append(handler)
    for entry in selection.entries(watch):
        if entry.type in handlers:
            event = entry.event()
            for handler in handlers[entry.type]:
                handler(entry.position, event)
    return selection.shown()
