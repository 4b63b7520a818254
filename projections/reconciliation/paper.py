"""The paper of a reconciliation: the proof of balance first, then what it rests on. It holds no clock and no path."""

from typing import Final, Literal, NamedTuple

from projections.reconciliation.breaks import Break, Class, Match, Party, Proposal, Suggestion, Trace
from projections.reconciliation.items import FileMark, Item, Money
from projections.reconciliation.rules import Rules

Level = Literal["transactions", "balances"]

UNEXPLAINED: Final = "unexplained"

OF_ACCOUNTS: Final = "account:"
"""How a subject begins that is of accounts, whose names follow, commas between; any other one is of a report."""


class Standing(NamedTuple):
    """Where the book stood: its last position, the id of the entry there and the SHA-256 of its stored bytes."""

    book: str
    position: int
    through: str
    head: str


class ProofRow(NamedTuple):
    """A line of the proof of one commodity. `side` is of whose balance it is.

    On each side: the balance as stated, what that side has to settle by class, the balance as it will then be. What is
    `unexplained` is the first less the second of these: zero in a proof that proves.
    """

    commodity: str
    side: Literal["statement", "book", "proof"]
    line: str
    number: int
    amount: Money


class SummaryRow(NamedTuple):
    """Open breaks of one class and age."""

    class_: Class
    party: Party
    bucket: str
    commodity: str
    number: int
    effect: Money
    material: int


class ContinuedRow(NamedTuple):
    """The breaks of one class from the paper before to this one, as their number and their effect.

    `changed` is what is still open with another effect, or was of another class before; its number is how many more
    of this class came from others than went to others.
    """

    class_: Class
    commodity: str
    opening_count: int
    opening: Money
    new_count: int
    new: Money
    changed: Money
    resolved_count: int
    resolved: Money
    closing_count: int
    closing: Money
    changed_count: int = 0


class MatchedRow(NamedTuple):
    """How much was matched by a key."""

    key: str
    commodity: str
    matches: int
    ours: int
    theirs: int
    amount: Money


class CoveredRow(NamedTuple):
    """Which numbers of a field of a report were compared at the closing, by the key fields that name a row.

    With `whole` all are, otherwise those of the pools and funds that are `owners`: each under the fields `keys`, but
    for rows that are part of one of the numbers in `named`, which go by other fields. Of these, those are compared that
    `named` tells. A `field` that ends with a dot stands for each of its parts that has no row of its own.
    """

    field: str
    keys: tuple[str, ...]
    whole: bool
    owners: tuple[str, ...]
    named: tuple[tuple[tuple[str, str], ...], ...] = ()


class EntryLine(NamedTuple):
    """An entry in the appendix: of ours, that a break, a suggestion or a trace names."""

    position: int
    at: str
    type: str
    id: str
    account: str
    commodity: str
    amount: Money
    cited_by: tuple[str, ...]


class Paper(NamedTuple):
    """One run of a reconciliation, whole: what a person reviews and signs, by its SHA-256.

    `subject` is what was reconciled, such as `account:assets:desk:cash` or `lenders:balance`; `previous` the SHA-256
    of the paper on the statement before, whose open breaks are carried on, empty for the first. `resolved` are those of
    its breaks that are no more. `matched_sha256` is of the list of all matches, which is kept beside. `covered` is
    which numbers of a report were compared at the closing: those of them that no open break is of were equal.
    `closed_block` is the block of the closing, where its moment is told by one: entries of blocks count by it.
    """

    subject: str
    level: Level
    standing: Standing
    opened_at: str
    closed_at: str
    files: tuple[FileMark, ...]
    rules: Rules
    decimals: dict[str, int]
    previous: str
    proof: tuple[ProofRow, ...]
    summary: tuple[SummaryRow, ...]
    breaks: tuple[Break, ...]
    resolved: tuple[Break, ...]
    continued: tuple[ContinuedRow, ...]
    matched: tuple[MatchedRow, ...]
    matched_sha256: str
    suggestions: tuple[Suggestion, ...]
    proposals: tuple[Proposal, ...]
    traces: tuple[Trace, ...]
    appendix: tuple[EntryLine, ...]
    covered: tuple[CoveredRow, ...] = ()
    closed_block: int | None = None

    def unexplained(self) -> dict[str, int]:
        """What of the difference no break explains, by commodity; only what is not zero."""
        return {row.commodity: row.amount for row in self.proof if row.line == UNEXPLAINED and row.amount}

    def may_be_signed(self) -> bool:
        """Whether the difference is explained to the last unit: no break is of the class `unexplained`."""
        return not self.unexplained() and not any(one.class_ == UNEXPLAINED for one in self.breaks)


class Ours(NamedTuple):
    """What the book says of the accounts that are reconciled.

    `items` are the movements to be compared: effective by the closing, and new since the paper before or open in it.
    `later` are those effective after it, up to as many days as the rules say; `elsewhere` the same span's movements of
    other accounts of the same kind (the cash of other pools and funds) in the commodity. `closing` is the balance by
    the closing, with everything in it; `daily` the balance after each day that has a movement since the opening.
    `earlier` are those effective before the first opening, for as many days as a movement may be under way.
    """

    standing: Standing
    accounts: tuple[str, ...]
    commodity: str
    decimals: int
    opening: Money
    closing: Money
    items: tuple[Item, ...]
    later: tuple[Item, ...]
    elsewhere: tuple[Item, ...]
    daily: tuple[tuple[str, Money], ...]
    earlier: tuple[Item, ...] = ()


class Matched(NamedTuple):
    """What two lists of movements have in common, and what is left of either.

    `near` bear one key and differ in their amounts. `copies_ours` and `copies_theirs` are movements that a side has
    twice, each with the one that it repeats. Of the `ambiguous`, any of one side may be any of the other. `ours` and
    `theirs` are what nothing was found for. Lines have their identity as their `id` wherever they are not matched.
    """

    matches: tuple[Match, ...]
    near: tuple[Match, ...]
    copies_ours: tuple[tuple[Item, Item], ...]
    copies_theirs: tuple[tuple[Item, Item], ...]
    ambiguous: tuple[Match, ...]
    ours: tuple[Item, ...]
    theirs: tuple[Item, ...]
    suggestions: tuple[Suggestion, ...]


class Confirmed(NamedTuple):
    """A match that someone confirmed: the ids of entries, the identities of lines, who, when, why."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    person: str
    at: str
    reason: str
