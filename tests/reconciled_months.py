"""Random months: a book, the statement that a custodian would give of it, and breaks put in of every class.

The statement is made from the facts, not by the code that reads it back: what is put in is known beforehand, as the
class, the effect and the movements that each break must have.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final, Literal, NamedTuple

from ledger import events
from ledger.book import Book, Fact
from ledger.events import AnyEvent, Deposited, EntryReversed, Withdrawn
from ledger.events.envelope import Evidence
from ledger.events.posted import PostedLine
from ledger.journal.memory import MemoryJournal
from ledger.sources.commands import told
from ledger.values import Account, AssetId, Commodity, EventId, PartyId, PoolId, Timestamp
from projections.reconciliation.breaks import Break, Class
from projections.reconciliation.items import FileMark, Item, Statement
from projections.reconciliation.paper import Paper
from projections.reconciliation.rules import Rules

EUR: Final = AssetId("EUR")
DESK: Final = PoolId("desk")
ANNEX: Final = PoolId("annex")
CASH: Final = "assets:desk:cash"
SUBJECT: Final = f"account:{CASH}"
IBAN: Final = "DE89370400440532013000"
OPENED_AT, CLOSED_AT = "2025-12-31", "2026-01-31"
NEXT_CLOSED_AT: Final = "2026-02-28"
RULES: Final = Rules(precision=100)
"""A custodian that tells some amounts in whole euros; movements are five days under way."""

Named = Literal["end-to-end", "reference", "chain", "plain"]
"""What a line says of the entry it is: its id in one of two places, its log, or nothing but amount and day."""

STRONG: Final[tuple[Named, ...]] = ("end-to-end", "reference", "chain")
EVERY: Final[tuple[Named, ...]] = (*STRONG, "plain")
_FUNDED: Final = 10**12
_CLOCK: Final = Timestamp("2026-02-10T09:00:00Z")


class Injected(NamedTuple):
    """A break that must be found: its class, what it makes our balance larger by, the entries and how many lines."""

    class_: Class
    effect: int
    ours: frozenset[str]
    lines: int


class Month(NamedTuple):
    """A book, the statement of its cash in January, and the breaks between the two."""

    journal: MemoryJournal
    statement: Statement
    expected: "Counter[Injected]"


def month(seed: int, *, broken: bool = True) -> Month:
    """The month of a seed: with movements that agree and, if it is `broken`, with breaks of several classes."""
    made = Making(Random(seed))  # noqa: S311  (no secret)
    for _ in range(made.random.randint(2, 6)):
        made.random.choice(AGREEING)(made)
    if broken:
        for _ in range(made.random.randint(1, 6)):
            made.random.choice(BREAKING)(made)
    return made.month()


class Making:
    """A month as it is made: facts of the book, lines of the statement, breaks between them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.facts: list[AnyEvent] = []
        self.lines: list[Item] = []
        self.expected: Counter[Injected] = Counter()
        self.off = 0
        self._used: set[int] = set()
        self._count = 0

    # What a month is made of.

    def amount(self) -> int:
        """An amount that nothing else has, nor anything within a thousand of it, in cents that are not whole euros."""
        while (hundreds := self.random.randint(10, 99_999)) in self._used:
            pass
        self._used.add(hundreds)
        return hundreds * 1_000 + self.random.randint(1, 99)

    def day(self, first: int = 1, last: int = 31) -> str:
        """A day of January."""
        return f"2026-01-{self.random.randint(first, last):02}"

    def entry(self, day: str, amount: int = 0, *, pool: PoolId = DESK, lender: str = "") -> Deposited | Withdrawn:
        """A deposit or a withdrawal of a day, with an id, and the log it was on."""
        self._count += 1
        assets = amount or self.amount()
        made = self.random.choice((Deposited, Withdrawn))
        at = Timestamp(f"{day}T{self.random.randint(0, 23):02}:00:00Z")
        who = PartyId(lender or self.random.choice(("north", "south")))
        log = Evidence(chain_id=1, tx=f"0x{self._count // 2:064x}", log_index=self._count)
        name = EventId(f"wire-{self._count}")
        fact = made(at=at, id=name, pool=pool, lender=who, assets=assets, shares=assets, evidence=log)
        self.facts.append(fact)
        return fact

    def reversal(self, of: AnyEvent) -> EntryReversed:
        """Our reversal of an entry."""
        undone = tuple(
            PostedLine(account=Account(account), commodity=Commodity(commodity), amount=-amount)
            for account, commodity, amount in _lines_of(of)
        )
        name = EventId(f"{of.id}-undone")
        fact = EntryReversed(at=of.at, id=name, of=of.id, reason="entered twice", postings=undone)
        self.facts.append(fact)
        return fact

    def line(self, of: AnyEvent, named: Named, *, amount: int | None = None, day: str = "") -> Item:
        """The line that a custodian gives of an entry."""
        said = Item(0, IBAN, EUR, day or of.at[:10], cash(of) if amount is None else amount)
        match named:
            case "end-to-end":
                said = said._replace(end_to_end=of.id)
            case "reference":
                said = said._replace(reference=of.id)
            case "chain":
                log = of.evidence or Evidence(tx="none")
                said = said._replace(chain=f"{log.tx}:{log.log_index}")
            case "plain":
                said = said._replace(text="payment")
        self.lines.append(said)
        return said

    def stranger(self, **said: str) -> Item:
        """A line that nothing of ours has to do with."""
        self._count += 1
        amount = self.random.choice((1, -1)) * self.amount()
        line = Item(0, IBAN, EUR, self.day(), amount, reference=f"bank-{self._count}")._replace(**said)  # type: ignore[arg-type]  # fields of text
        self.lines.append(line)
        return line

    def named(self, of: tuple[Named, ...] = STRONG) -> Named:
        """What a line says."""
        return self.random.choice(of)

    def expect(self, class_: Class, effect: int, *ours: AnyEvent, lines: int = 0) -> None:
        """A break that must be found."""
        self.expected[Injected(class_, effect, frozenset(str(one.id) for one in ours), lines)] += 1

    def month(self) -> Month:
        """The book and the statement."""
        journal = MemoryJournal("month.db")
        facts = [*_opened(), *self.facts]
        clock = lambda: _CLOCK  # noqa: E731
        Book(journal).record(
            (Fact.of(n, fact) for n, fact in enumerate(facts, 1)), source="", clock=clock, recorded_by=""
        )
        self.random.shuffle(self.lines)
        return Month(journal, statement_of(self.lines, opening=2 * _FUNDED + self.off), self.expected)


def statement_of(
    lines: list[Item], *, opening: int, opened_at: str = OPENED_AT, closed_at: str = CLOSED_AT
) -> Statement:
    """A statement with these lines."""
    items = tuple(line._replace(place=place) for place, line in enumerate(lines, 1))
    closing = opening + sum(line.amount for line in items if line.status == "booked")
    sha256 = f"{len(items):064x}"
    mark = FileMark("january.csv", sha256, "csv", len(items), {})
    return Statement(mark, IBAN, EUR, opened_at, opening, closed_at, closing, items)


def cash(fact: AnyEvent) -> int:
    """What an entry moves of the cash of the pool."""
    return sum(amount for account, _, amount in _lines_of(fact) if account == CASH)


def _lines_of(fact: AnyEvent) -> list[tuple[str, str, int]]:
    """The postings of a deposit or a withdrawal, written out; and those of a reversal."""
    if isinstance(fact, EntryReversed):
        return [(line.account, line.commodity, line.amount) for line in fact.postings]
    if not isinstance(fact, Deposited | Withdrawn):
        return []
    sign, pool = (1 if isinstance(fact, Deposited) else -1), fact.pool
    shares = f"shares:{pool}:lenders"
    return [
        (f"register:{pool}:lenders:{fact.lender}", shares, sign * fact.shares),
        (f"register:{pool}:lenders", shares, -sign * fact.shares),
        (f"assets:{pool}:cash", EUR, sign * fact.assets),
        (f"liabilities:{pool}:claims:lenders", EUR, -sign * fact.assets),
    ]


def _opened() -> list[AnyEvent]:
    """Two pools whose lenders brought much in December, one of them with a reserve."""
    at = Timestamp("2025-12-01T00:00:00Z")
    brought = [
        Deposited(at=at, id=EventId(f"first-{pool}-{who}"), pool=pool, lender=PartyId(who), assets=half, shares=half)
        for pool in (DESK, ANNEX)
        for who, half in (("north", _FUNDED // 2), ("south", _FUNDED // 2))
    ]
    return [
        events.AssetRegistered(at=at, asset=EUR, decimals=2),
        *(events.PoolOpened(at=at, pool=pool, asset=EUR, debt="bilateral", waterfall=()) for pool in (DESK, ANNEX)),
        *brought,
        events.ReserveContributed(at=at, id=EventId("first-reserve"), pool=DESK, amount=_FUNDED),
    ]


# Movements that agree.


def _same(made: Making) -> None:
    made.line(made.entry(made.day()), made.named(EVERY))


def _same_twice(made: Making) -> None:
    """Two payments of one amount and day, which neither side names."""
    first = made.entry(made.day(), lender="north")
    second = replace(first, id=EventId(f"{first.id}-second"), lender=PartyId("south"), evidence=None)
    made.facts.append(second)
    made.line(first, "plain")
    made.line(second, "plain")


def _reversed_by_both(made: Making) -> None:
    fact = made.entry(made.day())
    line = made.line(fact, made.named(("end-to-end", "reference")))
    made.reversal(fact)
    made.lines.append(line._replace(amount=-line.amount, reverses=fact.id))


def _reversed_by_us_alone(made: Making) -> None:
    """An entry that we undid before the custodian ever saw it."""
    made.reversal(made.entry(made.day()))


def _reversed_by_them_alone(made: Making) -> None:
    line = made.stranger()
    made.lines.append(line._replace(amount=-line.amount, reverses=line.reference))


def _elsewhere(made: Making) -> None:
    """A movement of another pool's cash, which is on another statement."""
    made.entry(made.day(), pool=ANNEX)


def _announced(made: Making) -> None:
    """What the custodian expects, and has not booked."""
    made.stranger(status="pending")


AGREEING: Final[tuple[Callable[[Making], None], ...]] = (
    *(_same, _same, _same, _same_twice, _reversed_by_both),
    *(_reversed_by_us_alone, _reversed_by_them_alone, _elsewhere, _announced),
)


# Breaks of each class.


def _in_transit(made: Making) -> None:
    fact = made.entry(made.day(26, 31))
    made.expect("timing in transit", cash(fact), fact)


def _cut_off(made: Making) -> None:
    fact = made.entry(f"2026-02-0{made.random.randint(1, 5)}")
    made.line(fact, made.named(), day=made.day(27, 31))
    made.expect("cut-off", -cash(fact), fact, lines=1)


def _not_final(made: Making) -> None:
    fact = made.entry(made.day())
    line = made.line(fact, made.named(EVERY))
    made.lines[-1] = line._replace(status="pending")
    made.expect("not final", cash(fact), fact, lines=1)


def _missing_in_ledger(made: Making) -> None:
    line = made.stranger()
    made.expect("missing in ledger", -line.amount, lines=1)


def _missing_in_statement(made: Making) -> None:
    fact = made.entry(made.day(1, 25))
    made.expect("missing in statement", cash(fact), fact)


def _amount(made: Making) -> None:
    fact = made.entry(made.day())
    off = made.random.choice((1, -1)) * made.random.randint(100, 999)
    made.line(fact, made.named(), amount=cash(fact) + off)
    made.expect("amount", -off, fact, lines=1)


def _fee_kept(made: Making) -> None:
    fact = made.entry(made.day())
    fee = made.random.randint(100, 999)
    line = made.line(fact, made.named(), amount=cash(fact) - fee)
    made.lines[-1] = line._replace(fee=fee)
    made.expect("fee", fee, fact, lines=1)


def _fee_by_itself(made: Making) -> None:
    line = made.stranger(kind="fee")
    made.expect("fee", -line.amount, lines=1)


def _rounding(made: Making) -> None:
    fact = made.entry(made.day())
    whole = cash(fact) // 100 * 100
    made.line(fact, made.named(), amount=whole)
    made.expect("rounding", cash(fact) - whole, fact, lines=1)


def _accrual(made: Making) -> None:
    line = made.stranger(kind="interest")
    made.expect("accrual", -line.amount, lines=1)


def _twice_in_ledger(made: Making) -> None:
    fact = made.entry(made.day())
    again = replace(fact, id=EventId(f"{fact.id}-again"), evidence=None)
    made.facts.append(again)
    made.line(fact, made.named())
    made.expect("duplicate in ledger", cash(again), again)


def _twice_in_statement(made: Making) -> None:
    fact = made.entry(made.day())
    made.lines.append(made.line(fact, made.named()))
    made.expect("duplicate in statement", -cash(fact), lines=1)


def _sign(made: Making) -> None:
    fact = made.entry(made.day())
    made.line(fact, made.named(), amount=-cash(fact))
    made.expect("sign", 2 * cash(fact), fact, lines=1)


def _wrong_account(made: Making) -> None:
    fact = made.entry(made.day(), pool=ANNEX)
    amount = fact.assets if isinstance(fact, Deposited) else -fact.assets
    made.line(fact, made.named(), amount=amount)
    made.expect("wrong account", -amount, fact, lines=1)


def _reversed_by_them(made: Making) -> None:
    fact = made.entry(made.day(1, 20))
    line = made.line(fact, made.named(("end-to-end", "reference")))
    made.lines.append(line._replace(amount=-line.amount, reverses=fact.id, at=made.day(21, 31)))
    made.expect("reversal pending", cash(fact), lines=1)


def _reversed_by_us(made: Making) -> None:
    fact = made.entry(made.day())
    made.line(fact, made.named())
    undone = made.reversal(fact)
    made.expect("reversal pending", cash(undone), undone)


def _opened_apart(made: Making) -> None:
    """An opening that is not ours. Of two such there is one break, of both together."""
    made.expected.pop(Injected("unexplained", -made.off, frozenset(), 0), None)
    made.off += made.random.randint(1, 10**6)
    made.expect("unexplained", -made.off)


def _ambiguous(made: Making) -> None:
    """One payment of theirs that may be either of two of ours."""
    first = made.entry(made.day(), lender="north")
    second = replace(first, id=EventId(f"{first.id}-second"), lender=PartyId("south"), evidence=None)
    made.facts.append(second)
    made.line(first, "plain")
    made.expect("unexplained", cash(first), first)
    made.expect("unexplained", cash(second), second)
    made.expect("unexplained", -cash(first), lines=1)


BREAKING: Final[tuple[Callable[[Making], None], ...]] = (
    *(_in_transit, _cut_off, _not_final, _missing_in_ledger, _missing_in_statement, _amount, _fee_kept),
    *(_fee_by_itself, _rounding, _accrual, _twice_in_ledger, _twice_in_statement, _sign, _wrong_account),
    *(_reversed_by_them, _reversed_by_us, _opened_apart, _ambiguous),
)


# The month after, in which each side does what it has to.


def settle(made: Month, paper: Paper) -> Statement:
    """Record what is proposed, and give the statement of February, in which the custodian did its part."""
    record_proposed(made, paper)
    lines = [line for one in paper.breaks for line in _done_by_them(one)]
    return statement_of(lines, opening=made.statement.closing, opened_at=CLOSED_AT, closed_at=NEXT_CLOSED_AT)


def record_proposed(made: Month, paper: Paper) -> None:
    """Record the entries that a paper proposes."""
    admitted = (proposal for proposal in paper.proposals if not proposal.refused)
    facts = [json.dumps(fact).encode() for proposal in admitted for fact in proposal.facts]
    book, clock = Book(made.journal), lambda: _CLOCK
    book.record(told(facts), source="proposed", clock=clock, recorded_by="accountant")


def _done_by_them(one: Break) -> list[Item]:
    """What the custodian books of a break, if anything."""
    match one.class_:
        case "timing in transit" | "missing in statement":
            entry = one.ours[0]
            return [Item(0, IBAN, EUR, "2026-02-03", entry.amount, end_to_end=entry.id)]
        case "not final":
            return [one.theirs[0]._replace(status="booked", id="")]
        case "duplicate in statement":
            line = one.theirs[0]
            named = line.end_to_end or line.reference or line.chain
            return [line._replace(amount=-line.amount, at="2026-02-03", reverses=named, id="")]
        case "reversal pending" if one.ours:
            entry = one.ours[0]
            return [Item(0, IBAN, EUR, "2026-02-03", entry.amount, end_to_end=entry.reverses, reverses=entry.reverses)]
        case _:
            return []
