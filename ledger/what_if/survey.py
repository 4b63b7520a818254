"""What is learned of the recorded course before it is told again: what was resolved when, and at what prices."""

from collections import defaultdict
from itertools import takewhile

from ledger.books import Books
from ledger.commands.walk import FundPrice
from ledger.errors import JournalDamaged, LawBroken
from ledger.events import (
    AnyEvent,
    BadDebtSocialized,
    EntryReversed,
    FundDrawn,
    FundOpened,
    PoolOpened,
    ReserveDrawn,
    ShortfallRecognized,
)
from ledger.journal import Journal
from ledger.journal.past import JournalPast
from ledger.laws import admit
from ledger.values import AMOUNT_MAX, LENDERS, CaseId, EventId, FundId, PoolId, mul_div_up
from ledger.waterfall import Source, Waterfall, source_of

Resolving = FundDrawn | ReserveDrawn | BadDebtSocialized
"""What a walk along the waterfall is recorded as."""

_SCALE_MAX = 255


class Survey:
    """The recorded course, read once.

    `undone` are the ids of what was reversed. `tranches` are those that each pool ever had, `funds` where each fund was
    opened first. `first_recognition` is where the first shortfall was recognized that lasts: the position of the fact,
    or of the first one of its command. `layered` are the ids of the facts by which layers bore a deficit in their turn,
    commands' or not; `resolutions` are those of them that are no command's and last, by case.
    """

    def __init__(self, journal: Journal, through: int) -> None:
        self.undone = _undone(journal, through)
        self.tranches: dict[PoolId, frozenset[str]] = {}
        self.funds: dict[FundId, int] = {}
        self.first_recognition: int | None = None
        self.layered: set[EventId] = set()
        self.resolutions: dict[CaseId, list[tuple[int, Resolving]]] = defaultdict(list)
        self._last_resolved: dict[CaseId, int] = {}
        self._drawn: dict[tuple[CaseId, FundId], tuple[int, int]] = {}
        self._began = 0
        self._read(journal, through)

    def resolved_after(self, case: CaseId, position: int) -> bool:
        """Whether the recorded course resolved a case after a position, by a command or by layers in their turn."""
        return self._last_resolved.get(case, 0) > position

    def prices(self, case: CaseId) -> tuple[FundPrice, ...]:
        """At what the funds of other assets paid for a case: the whole amount for all that was paid, by fund.

        With as many decimals as there may be, rounded up: so the same amount is paid again by the same quantity.
        """
        drawn = {fund: of for (drawn_for, fund), of in self._drawn.items() if drawn_for == case}
        return tuple(_price(fund, amount, paid) for fund, (amount, paid) in drawn.items() if amount and paid)

    def _read(self, journal: Journal, through: int) -> None:
        books = Books(JournalPast(journal))
        for entry in journal.read(through=through):
            event = entry.event()
            try:
                admit(event, books)
            except LawBroken as broken:
                raise JournalDamaged(f"entry {entry.position} of {journal.name}: {broken}") from broken
            if event.cause is None:
                self._began = entry.position
            self._note(entry.position, event, books)

    def _note(self, position: int, event: AnyEvent, books: Books) -> None:
        lasts = event.id not in self.undone
        match event:
            case PoolOpened():
                opened = self.tranches.get(event.pool, frozenset())
                self.tranches[event.pool] = opened | {LENDERS, *event.tranches}
            case FundOpened():
                self.funds.setdefault(event.fund, position)
            case ShortfallRecognized() if lasts:
                self.first_recognition = self.first_recognition or self._began
                if event.command is not None or event.cause is not None:
                    self._last_resolved[event.case] = position
            case FundDrawn() | ReserveDrawn() | BadDebtSocialized():
                self._note_bearing(position, event, books.cases[event.case].waterfall or (), lasts=lasts)
            case _:
                pass

    def _note_bearing(self, position: int, event: Resolving, waterfall: Waterfall, *, lasts: bool) -> None:
        if isinstance(event, FundDrawn) and lasts:
            amount, paid = self._drawn.get((event.case, event.fund), (0, 0))
            self._drawn[event.case, event.fund] = (amount + event.amount, paid + event.price())
        in_turn = map(source_of, takewhile(lambda layer: source_of(layer) is not None, waterfall))
        if event.override is None and source_of_fact(event) in in_turn:
            self.layered.add(event.id)
            if lasts:
                self._last_resolved[event.case] = position
                if event.command is None and event.cause is None:
                    self.resolutions[event.case].append((position, event))


def source_of_fact(event: Resolving) -> Source:
    """What bears a deficit by a fact."""
    match event:
        case FundDrawn():
            return ("fund", event.fund)
        case ReserveDrawn():
            return ("reserve",)
        case BadDebtSocialized():
            return ("tranche", event.tranche)


def _undone(journal: Journal, through: int) -> frozenset[EventId]:
    """The ids of what was reversed."""
    reversals = (entry.event() for entry in journal.reversals(through))
    return frozenset(event.of for event in reversals if isinstance(event, EntryReversed))


def _price(fund: FundId, amount: int, paid: int) -> FundPrice:
    """An amount for what is paid, as a price."""
    scale = next(
        scale for scale in range(_SCALE_MAX, -1, -1) if mul_div_up(amount, 10**scale, paid) <= AMOUNT_MAX or not scale
    )
    return FundPrice(fund=fund, price=min(mul_div_up(amount, 10**scale, paid), AMOUNT_MAX), scale=scale)
