"""Random months in which much is alike: few amounts, few days, lines without references, entries recorded again.

Here no one can say beforehand which movement a break is of. What holds is said by laws: of a book and its own
statement, of the sums, and of what is proposed.
"""

from dataclasses import replace
from random import Random
from typing import Final

from ledger.events import AnyEvent, Deposited, Withdrawn
from ledger.values import EventId
from projections.reconciliation.items import Item
from tests.reconciled_months import EUR, IBAN, Making, Month, Named

AMOUNTS: Final = (100, 200, 300)
DAYS: Final = ("2026-01-10", "2026-01-11", "2026-01-30")
KINDS: Final = ("", "fee", "interest")
NAMED: Final[tuple[Named, ...]] = ("end-to-end", "reference", "chain", "plain", "plain")


def crowded(seed: int, *, spoiled: bool) -> Month:
    """The month of a seed: a book with its own statement, or with one of which lines are lost, doubled or altered."""
    made = Making(Random(seed))  # noqa: S311  (no secret)
    for _ in range(made.random.randint(2, 9)):
        _movement(made)
    if spoiled:
        made.lines = [kept for line in made.lines for kept in _spoiled(made.random, line)]
    return made.month()


def _movement(made: Making) -> None:
    """An entry with its line; or one that was undone, and recorded again or not, or undone by both sides."""
    fact = made.entry(made.random.choice(DAYS), made.random.choice(AMOUNTS))
    match made.random.randint(0, 5):
        case 0:
            made.reversal(fact)
        case 1:
            made.reversal(fact)
            _line(made, _again(made, fact))
        case 2:
            made.reversal(fact)
            line = made.line(fact, made.random.choice(("end-to-end", "reference")))
            undone = line._replace(amount=-line.amount, reverses=fact.id)
            made.lines.append(undone)
        case _:
            _line(made, fact)


def _again(made: Making, fact: Deposited | Withdrawn) -> AnyEvent:
    again = replace(fact, id=EventId(f"{fact.id}-again"), memo="recorded again")
    made.facts.append(again)
    return again


def _line(made: Making, fact: AnyEvent) -> Item:
    return made.line(fact, made.random.choice(NAMED))


def _spoiled(random: Random, line: Item) -> list[Item]:
    """A line as it is; or lost, doubled, later, of another amount, without its references, or beside a stranger."""
    stranger = Item(0, IBAN, EUR, random.choice(DAYS), random.choice(AMOUNTS), kind=random.choice(KINDS))
    spoiled: tuple[list[Item], ...] = (
        [],
        [line, line],
        [line._replace(at="2026-01-20")],
        [line._replace(amount=random.choice((1, -1)) * random.choice(AMOUNTS))],
        [line._replace(end_to_end="", reference="", chain="")],
        [line, stranger],
    )
    return random.choice(spoiled) if random.randrange(2) else [line]
