"""A break: where the two sides disagree, of which class, by which rule, and what shows it."""

import re
from typing import Final, Literal, NamedTuple, get_args

from ledger.values import Json
from projections.reconciliation.items import Item, Money

Class = Literal[
    "timing in transit",
    "cut-off",
    "not final",
    "missing in ledger",
    "missing in statement",
    "amount",
    "fee",
    "rounding",
    "accrual",
    "duplicate in ledger",
    "duplicate in statement",
    "sign",
    "wrong account",
    "reversal pending",
    "unexplained",
]
CLASSES: Final[tuple[Class, ...]] = get_args(Class)

Party = Literal["ours", "theirs", "nobody", "unknown"]
"""Who has to act: we record an entry, they book or correct a movement, nobody, or not known.

Nobody has to where time alone settles it, or where it is too small to be settled.
"""


GUESS: Final = "guess: "
"""How the reason of a proposal begins that does not follow from what both sides state."""


class Break(NamedTuple):
    """A disagreement. `effect` is what it makes our balance larger than theirs, in base units of `commodity`.

    All breaks of a commodity sum to the difference of the two balances. `rule` says in words why it is of its class,
    `evidence` with which numbers and names. `ours` and `theirs` are the movements that it is made of; at the level of
    balances none, there `key` names the row and the field. `since` is the day from which it ages, `first_seen` the
    closing of the first run that had it. `trace` are positions of entries that it comes from.
    """

    id: str
    class_: Class
    commodity: str
    effect: Money
    party: Party
    rule: str
    evidence: str
    ours: tuple[Item, ...] = ()
    theirs: tuple[Item, ...] = ()
    key: Json | None = None
    since: str = ""
    age_days: int = 0
    bucket: str = ""
    material: bool = True
    first_seen: str = ""
    trace: tuple[int, ...] = ()


class Match(NamedTuple):
    """Movements of both sides that are the same, by a key or because someone confirmed it; their sums are equal.

    `key` is one of the rules' keys, `grouped NAME` where several bear one key, `contra` where a side undid its own,
    `within tolerance`, `proposed entry`, `cut-off` where the paper before named the later entry, `booked now` where the
    line was pending in it, or `confirmed`. Only an entry proposed for an opening that differs is matched with nothing,
    and makes up for that.
    """

    key: str
    ours: tuple[Item, ...]
    theirs: tuple[Item, ...]


class Suggestion(NamedTuple):
    """Movements that sum to the same and may belong together: someone has to confirm it."""

    rule: str
    commodity: str
    amount: Money
    ours: tuple[Item, ...]
    theirs: tuple[Item, ...]


class Proposal(NamedTuple):
    """An entry that would settle a break on our side: facts to be recorded, as JSON, and why these.

    `refused` is why they cannot be recorded as they stand, where that is so: the books would not admit them, or it is
    not known yet whether they are needed; there are none then. Of a guess the reason begins with `guess: `.
    """

    of: str
    facts: tuple[Json, ...]
    reason: str
    refused: str = ""

    @property
    def is_guess(self) -> bool:
        """Whether it is only most likely that these have to be recorded: someone has to look at them first."""
        return self.reason.startswith(GUESS)


class Trace(NamedTuple):
    """Where two balances part. `difference` is ours less theirs, in base units.

    `agreed_at` is the last point at which they were the same, empty where there is none; `parted_on` the first day on
    which they were not. `entries` is the smallest set of entries since then that sums to the difference, by position,
    where the search found one.
    """

    of: str
    commodity: str
    difference: Money
    agreed_at: str = ""
    parted_on: str = ""
    entries: tuple[int, ...] = ()


ID_LENGTH: Final = 12
"""How many hexadecimal digits the id of a break has."""

_PROPOSED: Final = "break-"
_PROPOSED_ID: Final = re.compile(rf"{_PROPOSED}([0-9a-f]{{{ID_LENGTH}}})(?:-[1-9][0-9]*)?(?:/[1-9][0-9]*)?")


def proposed_id(break_id: str, number: int) -> str:
    """The id of an entry that is proposed for a break: of several each has its number, from 1, which is not written."""
    return f"{_PROPOSED}{break_id}" if number == 1 else f"{_PROPOSED}{break_id}-{number}"


def proposed_for(event_id: str) -> str | None:
    """The id of the break that an entry was proposed for, by its own id `break-…`; None for any other entry."""
    found = _PROPOSED_ID.fullmatch(event_id)
    return None if found is None else found[1]
