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
"""Who has to do something: we record an entry, they book or correct a movement, time alone settles it, or not known."""


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
    `within tolerance`, `proposed entry`, `cut-off` where the paper before named the later entry, or `confirmed`. Only
    an entry proposed for an opening that differs is matched with nothing, and makes up for that.
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

    `refused` is why the books would not admit them as they stand, where that is so.
    """

    of: str
    facts: tuple[Json, ...]
    reason: str
    refused: str = ""


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


_PROPOSED_ID: Final = re.compile(r"break-([0-9a-f]{12})(?:-[1-9][0-9]*)?(?:/[1-9][0-9]*)?")


def proposed_for(event_id: str) -> str | None:
    """The id of the break that an entry was proposed for, by its own id `break-…`; None for any other entry."""
    found = _PROPOSED_ID.fullmatch(event_id)
    return None if found is None else found[1]
