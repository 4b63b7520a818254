"""Random books, what someone says of them at two closings, and what was altered in that.

What they say is worked out from the facts, with no code of what reads it back. So each break is known beforehand: whose
number it is, its class, and what it makes our number larger by.
"""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Final, NamedTuple

from ledger.events import AnyEvent
from ledger.journal.memory import MemoryJournal
from ledger.values import AssetId, EventId, PartyId, PoolId, Timestamp
from projections.reconciliation.breaks import Class
from projections.reconciliation.items import Snapshot
from projections.reconciliation.paper import Paper
from tests.histories import recorded
from tests.reconciled_balances import OPENED, on, stated
from tests.story import ETH, USD, asset_registered, deposited, interest_accrued, loan_originated, pool_opened, told

JANUARY, FEBRUARY = "2023-01-31", "2023-02-28"
FEE_MAX: Final = 50
PRECISION: Final = 100

Of = tuple[PoolId, PartyId]
"""Whose number it is: a lender's in a pool."""


class Altered(NamedTuple):
    """A break that must be found."""

    of: Of
    class_: Class
    effect: int


class Closing(NamedTuple):
    """What someone says at a closing, the breaks that this must make, and the difference of each commodity."""

    snapshot: Snapshot
    expected: frozenset[Altered]
    differences: dict[str, int]


class Case(NamedTuple):
    """A book, and what is said of it in two months that follow each other."""

    journal: MemoryJournal
    subject: str
    january: Closing
    february: Closing


def case(seed: int, *, altered: bool = True) -> Case:
    """The case of a seed; unless it is `altered`, what is said is what stands in the book."""
    book = Book(Random(seed))  # noqa: S311  (no secret)
    january = Saying(book, JANUARY, frozenset())
    if altered:
        january.alter(AT_ANY_TIME)
    book.go_on()
    february = Saying(book, FEBRUARY, january.agreed())
    if altered:
        february.alter(AT_ANY_TIME + BY_ENTRIES)
    return Case(book.journal(), f"lenders:{book.field}", january.closing(), february.closing())


def found(paper: Paper) -> frozenset[Altered]:
    """The breaks of a paper, as they are put in."""
    return frozenset(
        Altered((PoolId(one.key["pool"]), PartyId(one.key["lender"])), one.class_, one.effect)
        for one in paper.breaks
        if one.key is not None
    )


class Book:
    """The facts so far, and what they come to: the numbers of one field."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.field = random.choice(("balance", "shares"))
        self.asset: dict[PoolId, AssetId] = {}
        self.interest: dict[PoolId, int] = {}
        self.shares: dict[Of, int] = {}
        self.facts: list[AnyEvent] = []
        self.undone: list[str] = []
        self.settled: dict[Of, tuple[int, int]] = {}
        for number in range(random.randint(2, 3)):
            self._open(PoolId(f"pool-{number}"))

    def _open(self, pool: PoolId) -> None:
        """A pool with lenders; in some, all interest accrues before anything else comes in, and nothing comes after."""
        self.asset[pool] = AssetId(self.random.choice((USD, ETH)))
        self.interest[pool] = self.random.choice((0, self.random.randint(10**6, 10**7)))
        opened = partial(pool_opened, at=OPENED, waterfall=(), debt="pooled", virtual_assets=1, virtual_shares=1)
        self.facts.append(opened(pool=pool, asset=self.asset[pool]))
        for number in range(self.random.randint(2, 5)):
            self.deposit((pool, PartyId(f"lender-{number}")), OPENED)
        for of in [of for of in self.shares if of[0] == pool and not self.interest[pool]]:
            self._settle(of)
        if self.interest[pool]:
            self.facts += (
                loan_originated(at=OPENED, pool=pool, principal=10**6, debt_shares=10**6),
                interest_accrued(at=OPENED, pool=pool, loan=None, interest=self.interest[pool]),
            )

    def _settle(self, of: Of) -> None:
        """What looks like a mistake, and both sides know: two deposits that say the same, and one that was undone."""
        twice = self.deposit(of, on("2023-01-10"), copies=2)
        undone = self.deposit(of, on("2023-01-12"), counts=False)
        self.undone.append(self.facts[-1].id)
        self.settled[of] = twice, undone

    def go_on(self) -> None:
        """What comes in in February, known to both sides."""
        for of in sorted(self.shares):
            if not self.interest[of[0]] and self.random.random() < 0.3:
                self.deposit(of, on(f"2023-02-{self.random.randint(1, 28):02}"))

    def deposit(self, of: Of, at: Timestamp, *, copies: int = 1, counts: bool = True) -> int:
        """Deposits that say the same; how much each is."""
        amount = self.random.randint(10**8, 10**9)
        for _ in range(copies):
            name = EventId(f"deposit-{len(self.facts)}")
            self.facts.append(deposited(at=at, id=name, pool=of[0], lender=of[1], assets=amount, shares=amount))
        if counts:
            self.shares[of] = self.shares.get(of, 0) + amount * copies
        return amount

    def quotient(self, of: Of) -> tuple[int, int]:
        """The balance of a lender, and what rounding it down left over."""
        issued = sum(shares for (pool, _), shares in self.shares.items() if pool == of[0])
        return divmod(self.shares[of] * (issued + self.interest[of[0]] + 1), issued + 1)

    def number(self, of: Of) -> int:
        """The number of the field."""
        return self.shares[of] if self.field == "shares" else self.quotient(of)[0]

    def commodity(self, pool: PoolId) -> str:
        """What the numbers of a pool are counted in."""
        return f"shares:{pool}:lenders" if self.field == "shares" else self.asset[pool]

    def journal(self) -> MemoryJournal:
        """The facts as they are recorded, what is undone of them at the end."""
        assets = asset_registered(at=OPENED), asset_registered(at=OPENED, asset=ETH, decimals=18)
        story = told(*assets, *sorted(self.facts, key=lambda fact: fact.at))
        for name in self.undone:
            story.then(story.reversal(name))
        return recorded(story.facts)


class Saying:
    """What is said of some pools at a closing, and what was altered in it."""

    def __init__(self, book: Book, day: str, agreed: frozenset[Of]) -> None:
        self.book, self.random, self.day, self.agreed_before = book, book.random, day, agreed
        pools = sorted(book.asset)
        self.pools = self.random.sample(pools, self.random.randint(1, len(pools)))
        self.theirs = {of: book.number(of) for of in sorted(book.shares) if of[0] in self.pools}
        self.free = self.random.sample(sorted(self.theirs), len(self.theirs))
        self.expected: list[Altered] = []

    def alter(self, ways: "tuple[Way, ...]") -> None:
        """Alter some of the numbers, each in one way that fits it."""
        while self.free:
            of = self.free.pop()
            if self.random.random() < 0.5:
                self.random.choice(ways)(self, of)

    def agreed(self) -> frozenset[Of]:
        """Whose numbers are compared, and equal."""
        return frozenset(self.theirs) - {one.of for one in self.expected}

    def broken(self, of: Of, class_: Class, effect: int) -> None:
        """What they say is less by an effect than what we have."""
        self.expected.append(Altered(of, class_, effect))

    def say(self, of: Of, class_: Class, amount: int) -> None:
        """They say another amount than we have."""
        self.broken(of, class_, self.book.number(of) - amount)
        self.theirs[of] = amount

    def some(self) -> int:
        """An amount that no other one comes to."""
        return self.random.choice((-1, 1)) * self.random.randint(10**5, 10**7)

    def stranger(self, of: Of) -> Of:
        """A lender whom nobody has said anything of, in the same pool."""
        return of[0], PartyId(f"stranger-{len(self.expected)}")

    def has_no(self, effect: int) -> bool:
        """Whether no break so far makes our number larger by that."""
        return all(one.effect != effect for one in self.expected)

    def is_quiet(self, of: Of) -> bool:
        """Whether a share of the pool stays what it is worth, whatever comes in."""
        return not self.book.interest[of[0]]

    def closing(self) -> Closing:
        held = [(("pool", pool), ("lender", lender), of) for (pool, lender), of in self.theirs.items()]
        self.random.shuffle(held)
        differences = {self.book.commodity(pool): 0 for pool in self.pools}
        for of, _, effect in self.expected:
            differences[self.book.commodity(of[0])] += effect
        return Closing(stated(*held, at=self.day, field=self.book.field), frozenset(self.expected), differences)


Way = Callable[[Saying, Of], None]


def another(saying: Saying, of: Of) -> None:
    agreed: Class = "amount" if of in saying.agreed_before else "unexplained"
    saying.say(of, agreed, saying.book.number(of) + saying.some())


def opposite(saying: Saying, of: Of) -> None:
    saying.say(of, "sign", -saying.book.number(of))


def left_out(saying: Saying, of: Of) -> None:
    if sum(pool == of[0] for pool, _ in saying.theirs) > 1:  # what is said nothing of is not compared
        saying.broken(of, "missing in statement", saying.theirs.pop(of))


def made_up(saying: Saying, of: Of) -> None:
    stranger = saying.stranger(of)
    saying.theirs[stranger] = abs(saying.some())
    saying.broken(stranger, "missing in ledger", -saying.theirs[stranger])


def rounded_up(saying: Saying, of: Of) -> None:
    if saying.book.field == "balance" and saying.book.quotient(of)[1]:
        saying.say(of, "rounding", saying.book.number(of) + 1)


def in_hundreds(saying: Saying, of: Of) -> None:
    over = saying.book.number(of) % PRECISION
    effect = over - saying.random.choice((0, PRECISION))
    if over and saying.has_no(-effect):
        saying.say(of, "rounding", saying.book.number(of) - effect)


def less_a_fee(saying: Saying, of: Of) -> None:
    amount = saying.book.number(of) - saying.random.randint(1, FEE_MAX)
    if amount % PRECISION and saying.has_no(amount - saying.book.number(of)):
        saying.say(of, "fee", amount)


def given_to_another(saying: Saying, of: Of) -> None:
    other = next((one for one in saying.free if one[0] == of[0]), None)
    if other is not None:
        by = saying.some()
        saying.free.remove(other)
        saying.say(of, "wrong account", saying.book.number(of) + by)
        saying.say(other, "wrong account", saying.book.number(other) - by)


def in_transit(saying: Saying, of: Of) -> None:
    if saying.is_quiet(of):
        saying.broken(of, "timing in transit", saying.book.deposit(of, on("2023-02-28")))


def in_transit_from_a_stranger(saying: Saying, of: Of) -> None:
    if saying.is_quiet(of):
        in_transit(saying, saying.stranger(of))


def after_the_closing(saying: Saying, of: Of) -> None:
    if saying.is_quiet(of):
        amount = saying.book.deposit(of, on("2023-03-02"), counts=False)
        saying.theirs[of] = saying.theirs.get(of, 0) + amount
        saying.broken(of, "cut-off", -amount)


def after_the_closing_from_a_stranger(saying: Saying, of: Of) -> None:
    after_the_closing(saying, saying.stranger(of))


def twice(saying: Saying, of: Of) -> None:
    if saying.is_quiet(of):
        amount = saying.book.deposit(of, on("2023-02-10"), copies=2)
        saying.theirs[of] += amount
        saying.broken(of, "duplicate in ledger", amount)


def undone(saying: Saying, of: Of) -> None:
    if saying.is_quiet(of):
        amount = saying.book.deposit(of, on("2023-02-10"), counts=False)
        saying.book.undone.append(saying.book.facts[-1].id)
        saying.theirs[of] += amount
        saying.broken(of, "reversal pending", -amount)


def by_one_of_two_that_are_true(saying: Saying, of: Of) -> None:
    if of in saying.agreed_before and of in saying.book.settled:
        saying.say(of, "amount", saying.book.number(of) - saying.book.settled[of][0])


def by_what_was_undone_before(saying: Saying, of: Of) -> None:
    if of in saying.agreed_before and of in saying.book.settled:
        saying.say(of, "amount", saying.book.number(of) + saying.book.settled[of][1])


AT_ANY_TIME: Final[tuple[Way, ...]] = (
    another,
    opposite,
    left_out,
    made_up,
    rounded_up,
    in_hundreds,
    less_a_fee,
    given_to_another,
)
BY_ENTRIES: Final[tuple[Way, ...]] = (
    another,
    in_transit,
    in_transit_from_a_stranger,
    after_the_closing,
    after_the_closing_from_a_stranger,
    twice,
    undone,
    by_one_of_two_that_are_true,
    by_what_was_undone_before,
)
