"""What is asked to be explained: a lender, a fund, a case's deficit or an account, and the tree that answers."""

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from typing import Final, Literal, NamedTuple, assert_never, get_args

from ledger.accounts import Charters
from ledger.errors import AskedAmiss
from ledger.journal import Journal
from ledger.values import CaseId, FundId, PartyId
from projections.explain.account import AccountTrail
from projections.explain.deficit import CaseLoans, CaseTrail
from projections.explain.fund import FundTrail
from projections.explain.lender import LenderTrail, Place
from projections.explain.tree import Node
from projections.reading import Asked, Fold, Selection, Shown, Watch, fold

Kind = Literal["lender", "fund", "deficit", "account"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_NEAR: Final = 5
"""So many names at most are told where one is not known."""


class Subject(NamedTuple):
    """Whose number: `name` of a lender, fund, case or account; what tells it apart where it has several."""

    kind: Kind
    name: str
    pool: str | None = None
    tranche: str | None = None
    commodity: str | None = None


class Explained(NamedTuple):
    """A number opened, where it stands, and the charters that tell decimals."""

    tree: Node
    shown: Shown
    charters: Charters


def explain(journal: Journal, asked: Asked, subject: Subject, watch: Watch) -> Explained:
    """The tree of a number as a journal has it at some point. Reads the journal once, and again where there are cases.

    Raises `AskedAmiss` for what is not there, or is there more than once.
    """
    reading = _Reading(journal, asked, watch)
    tree = _tree(reading, subject)
    return Explained(tree, reading.shown, reading.charters)


class _Reading:
    """The reading of a journal at one point: first what is asked about, then the cases that it leads to."""

    def __init__(self, journal: Journal, asked: Asked, watch: Watch) -> None:
        self.loans = CaseLoans()
        self._journal = journal
        self._asked = asked
        self._watch = watch
        self._selection = Selection(journal, asked)
        self.charters = self._selection.charters

    def read(self, *folds: Fold) -> None:
        """Read the entries once; thereafter it is known which loan each case is of, and where all stands."""
        self.shown: Shown = fold(self._selection, [*folds, self.loans], self._watch)

    def cases(self, wanted: Iterable[CaseId]) -> CaseTrail:
        """What is known of some cases, read as far as before."""
        loans = {case: self.loans.loans[case] for case in sorted(wanted) if case in self.loans.loans}
        selection = Selection(self._journal, self._asked._replace(position=self.shown.position))
        trail = CaseTrail(selection.charters, loans)
        if loans:
            fold(selection, [trail, trail.loans], self._watch)
        return trail


def _tree(reading: _Reading, subject: Subject) -> Node:
    match subject.kind:
        case "lender":
            return _lender(reading, subject)
        case "fund":
            return _fund(reading, subject)
        case "deficit":
            return _deficit(reading, subject)
        case "account":
            return _account(reading, subject)
        case _ as unreachable:
            assert_never(unreachable)


def _lender(reading: _Reading, subject: Subject) -> Node:
    trail = LenderTrail(reading.charters, PartyId(subject.name))
    reading.read(trail)
    if not trail.rows:
        raise _unknown("lender", subject.name, trail.names())
    place = _one_place(subject, trail.rows)
    return trail.tree(place, reading.cases(trail.cases(place)))


def _one_place(subject: Subject, places: Iterable[Place]) -> Place:
    """The only tranche that is asked for."""
    among = sorted(places)
    found = [place for place in among if subject.pool in (None, place[0]) and subject.tranche in (None, place[1])]
    if len(found) == 1:
        return found[0]
    told = [f"--pool {pool} --tranche {tranche}" for pool, tranche in found or among]
    there = "is in several tranches" if found else "is not in that tranche"
    raise AskedAmiss(f"lender {subject.name} {there}: there {'is' if len(told) == 1 else 'are'} {_some(told)}")


def _fund(reading: _Reading, subject: Subject) -> Node:
    trail = FundTrail(reading.charters, FundId(subject.name))
    reading.read(trail)
    if trail.row is None:
        raise _unknown("fund", subject.name, trail.names())
    return trail.tree(trail.row, reading.cases(trail.cases()))


def _deficit(reading: _Reading, subject: Subject) -> Node:
    reading.read()
    case = CaseId(subject.name)
    tree = reading.cases([case]).tree(case) if case in reading.loans.loans else None
    if tree is None:
        raise _unknown("case", subject.name, {*map(str, reading.loans.loans)})
    return tree


def _account(reading: _Reading, subject: Subject) -> Node:
    trail = AccountTrail(reading.charters, subject.name)
    reading.read(trail)
    commodities = trail.commodities()
    if not commodities:
        raise _unknown("account", subject.name, trail.names())
    if subject.commodity is None and len(commodities) > 1:
        raise AskedAmiss(f"account {subject.name} holds several commodities: --commodity {', '.join(commodities)}")
    commodity = commodities[0] if subject.commodity is None else subject.commodity
    if commodity not in commodities:
        raise AskedAmiss(f"account {subject.name} was never posted in {commodity}, but in {', '.join(commodities)}")
    return trail.tree(commodity)


def _unknown(kind: str, name: str, known: Collection[str]) -> AskedAmiss:
    near = get_close_matches(name, sorted(known), n=_NEAR)
    told = f"; {'near it are' if near else 'there are'} {_some(near or sorted(known))}" if known else ""
    return AskedAmiss(f"no {kind} {name} in this book at that point{told}")


def _some(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - _NEAR:,} more" if len(names) > _NEAR else ""
    return f"{', '.join(names[:_NEAR])}{more}"
