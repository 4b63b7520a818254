"""Our side of a comparison of movements: what the book says of some accounts, entry by entry, in one reading."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Final, NamedTuple

from ledger.accounts import Charters, Moves, Posting, net
from ledger.chart import side_of
from ledger.errors import AskedAmiss
from ledger.events import AnyEvent
from ledger.journal import Entry, Journal
from ledger.values import Account, AssetId, Commodity, EventId
from projections.reading import Asked, Selection, Watch
from projections.reconciliation.breaks import proposed_for
from projections.reconciliation.items import Item
from projections.reconciliation.movements.accounts import NEVER_CASH, Shape, kept_in, shape_of, unknown_account
from projections.reconciliation.movements.said import Said
from projections.reconciliation.paper import Ours, Paper, Standing
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import moment_key, moment_of, require_of_book, standing_of

_AFTER: Final = b"~"
"""What makes a key stand just after another one."""


def ours_of(
    journal: Journal,
    accounts: Sequence[str],
    rules: Rules,
    *,
    opened_at: str,
    closed_at: str,
    carried: Paper | None,
    position: int | None = None,
    watch: Watch = iter,
) -> Ours:
    """What the book says of these accounts, which are one account to the other side: a balance, and its movements.

    `opened_at` and `closed_at` are days or instants (a day stands for its end, in UTC), `carried` the paper on the
    statement before. An entry that only moves money from one of the accounts to another moves nothing to the other side
    and is no item. Raises `AskedAmiss` for an account that the book does not have, for accounts of several
    commodities, for a position that it does not have, and for a `carried` paper that is not of this book.
    """
    standing = standing_of(journal, position)
    if carried is not None:
        _require_carried(carried, journal, standing)
    reading = _Reading(accounts, rules, _span_of(opened_at, closed_at, rules, carried, standing.position), carried)
    selection = Selection(journal, Asked(position=standing.position))
    for entry in selection.entries(watch):
        reading.take(entry, selection.charters)
    return reading.ours(journal, standing, selection.charters)


def _require_carried(carried: Paper, journal: Journal, standing: Standing) -> None:
    require_of_book(carried, journal)
    if carried.standing.position > standing.position:
        raise AskedAmiss(
            f"the paper before was made at position {carried.standing.position}: "
            f"one that goes on from it is not made at position {standing.position}"
        )


class _Span(NamedTuple):
    """Between which effective times, as keys that sort by time: of the opening, the closing, and of how far beyond that
    is looked. What is effective by `settled` and stands by the position `after` was settled before. What is effective
    after `earlier` may have been under way over the first opening.
    """

    earlier: bytes
    opened: bytes
    closed: bytes
    later: bytes
    settled: bytes
    after: int


def _span_of(opened_at: str, closed_at: str, rules: Rules, carried: Paper | None, position: int) -> _Span:
    opened, closed = _key(opened_at) if opened_at else b"", _key(closed_at)
    try:
        last = date.fromisoformat(moment_of(closed_at)[:10]) + timedelta(days=rules.cutoff_days)
    except OverflowError:
        last = date.max
    later = max(_key(last.isoformat()), closed)
    if carried is None:
        return _Span(_before(opened_at, rules.transit_days), opened, closed, later, opened, after=position)
    return _Span(opened, opened, closed, later, _key(carried.closed_at), carried.standing.position)


def _before(opened_at: str, days: int) -> bytes:
    """The end of the day so many days before an opening."""
    if not opened_at:
        return b""
    try:
        return _key((date.fromisoformat(moment_of(opened_at)[:10]) - timedelta(days=days)).isoformat())
    except OverflowError:
        return b""


def _key(day_or_instant: str) -> bytes:
    return moment_key(day_or_instant).encode()


class _Reading:
    """What is known of the accounts, entry after entry."""

    def __init__(self, accounts: Sequence[str], rules: Rules, span: _Span, carried: Paper | None) -> None:
        self._accounts = dict.fromkeys(map(Account, accounts))
        self._owners = sorted({owner.encode() for account in accounts for owner in account.split(":")[1:2]})
        self._shapes = {shape_of(account) for account in accounts}
        self._kinds = tuple({f"{shape.kind}:" for shape in self._shapes})
        self._never = NEVER_CASH if self._shapes == {Shape("assets", "cash", 3)} else frozenset()
        self._span = span
        self._is_first = carried is None
        self._open = {} if carried is None else _open_in(carried, self._accounts)
        self._said = Said(rules)
        self._sides: dict[tuple[Account, Commodity], int] = {}
        self._opening = self._closing = 0
        self._daily: defaultdict[str, int] = defaultdict(int)
        self._items: list[Item] = []
        self._earlier: list[Item] = []
        self._later: list[Item] = []
        self._elsewhere: list[Item] = []

    def take(self, entry: Entry, charters: Charters) -> None:
        """Take in an entry. It is not read where it cannot move what is looked at."""
        if entry.type in self._never:
            return
        key, content, span = self._counts_at(entry), entry.content, self._span
        is_new = key <= span.later and (key > span.settled or entry.position > span.after)
        if not is_new and not any(owner in content for owner in self._owners):
            return
        event = entry.event()
        own, others = self._parted(event.moves(charters), is_new=is_new)
        is_open = bool(self._open) and self._is_open(entry)
        if own:
            self._take_own(entry, event, key, self._moved(own), is_item=is_new or is_open)
        if others:
            self._elsewhere += self._said.items(entry, event, self._moved(others))

    def _parted(self, moves: Moves, *, is_new: bool) -> tuple[list[Posting], list[Posting]]:
        """What moves on the accounts themselves, and, of what is new, on others of their kind."""
        accounts, kinds, shapes = self._accounts, self._kinds, self._shapes
        own: list[Posting] = []
        others: list[Posting] = []
        for commodity, debit, credit, amount in moves:
            for account, signed in ((debit, amount), (credit, -amount)) if amount else ():
                if account in accounts:
                    own.append(Posting(account, commodity, signed))
                elif is_new and account.startswith(kinds) and shape_of(account) in shapes:
                    others.append(Posting(account, commodity, signed))
        return own, others

    def ours(self, journal: Journal, standing: Standing, charters: Charters) -> Ours:
        """What the accounts come to. Raises `AskedAmiss` for what is not there."""
        commodity = self._commodity(journal, standing, charters)
        if self._open:
            position, event_id = next(iter(self._open.items()))
            raise AskedAmiss(f"entry {event_id} is open in the paper before, but not at position {position} any more")
        days = sorted(self._daily)
        balances = accumulate((self._daily[day] for day in days), initial=self._opening)
        next(balances)
        return Ours(
            standing=standing,
            accounts=tuple(self._accounts),
            commodity=commodity,
            decimals=charters.assets.get(AssetId(commodity), 0),
            opening=self._opening,
            closing=self._closing,
            items=self._said.grouped(self._items),
            later=self._said.grouped(_without_undone(self._later)),
            elsewhere=self._said.grouped(
                _without_undone([item for item in self._elsewhere if item.commodity == commodity])
            ),
            daily=tuple(zip(days, balances, strict=True)),
            earlier=self._said.grouped(_without_undone(self._earlier)),
        )

    def _counts_at(self, entry: Entry) -> bytes:
        """When an entry counts: what was proposed for a break of the first period, in that, and not in its opening."""
        key = entry.effective_key()
        if self._is_first and key <= self._span.opened and proposed_for(entry.id):
            return self._span.opened + _AFTER
        return key

    def _is_open(self, entry: Entry) -> bool:
        """Whether it is a movement of the open breaks of the paper before, and the same as it was."""
        if self._open.get(entry.position) != entry.id:
            return False
        del self._open[entry.position]
        return True

    def _take_own(self, entry: Entry, event: AnyEvent, key: bytes, moved: list[Posting], *, is_item: bool) -> None:
        span, total = self._span, sum(one.amount for one in moved)
        if key <= span.closed:
            self._closing += total
            if key <= span.opened:
                self._opening += total
            elif moved:
                self._daily[event.at[:10]] += total
        if not total:
            return
        if key > span.closed:
            if key <= span.later:
                self._later += self._said.items(entry, event, moved)
        elif is_item:
            self._items += self._said.items(entry, event, moved)
        elif span.earlier < key <= span.opened:
            self._earlier += self._said.items(entry, event, moved)

    def _moved(self, lines: list[Posting]) -> list[Posting]:
        """What lines come to for each account, if anything, as it makes the balance grow that the account has."""
        if len(lines) > 1:
            lines = [Posting(*of, amount) for of, amount in sorted(net(lines).items())]
        sides = self._sides
        for account, commodity, _ in lines:
            if (account, commodity) not in sides:
                sides[account, commodity] = -1 if side_of(account, commodity) == "credit" else 1
        return [
            Posting(account, commodity, sides[account, commodity] * amount)
            for account, commodity, amount in lines
            if amount
        ]

    def _commodity(self, journal: Journal, standing: Standing, charters: Charters) -> Commodity:
        """The one commodity of the accounts. Raises `AskedAmiss` where there is none, or are several."""
        met: dict[Commodity, Account] = {}
        for account in self._accounts:
            posted = {commodity for of, commodity in self._sides if of == account}
            found = posted or kept_in(account, charters)
            if not found:
                raise unknown_account(account, journal, standing)
            met |= dict.fromkeys(found, account)
        if len(met) != 1:
            told = ", ".join(f"{account} in {commodity}" for commodity, account in sorted(met.items()))
            raise AskedAmiss(f"the accounts of a statement are of one commodity, not of {len(met)}: {told}")
        return next(iter(met))


def _open_in(carried: Paper, accounts: Collection[Account]) -> dict[int, EventId]:
    """The entries on these accounts that are open in a paper, by position."""
    ours = (item for one in carried.breaks for item in one.ours)
    return {item.place: EventId(item.id) for item in ours if item.account in accounts}


def _without_undone(items: list[Item]) -> list[Item]:
    """Those that are not undone by another one of them: an entry and its reversal say nothing together."""
    ids = {item.id for item in items}
    undone = {i for item in items if item.reverses in ids for i in (item.id, item.reverses)} if ids else set()
    return [item for item in items if item.id not in undone]
