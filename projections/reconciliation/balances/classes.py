"""Of which class a difference of two balances is: one rule after the other, and the first that applies names it."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from projections.reconciliation.balances.trace import Change, smallest_set
from projections.reconciliation.breaks import Class, Party
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import day_number


class Quotient(NamedTuple):
    """A number that is rounded: `shares` of an amount of so many `parts`, down or up to the next base unit."""

    shares: int
    amount: int
    parts: int
    rounded: str

    def other_way(self) -> int | None:
        """What it is rounded the other way; None where it comes out even."""
        product = self.shares * self.amount
        if not self.parts or not product % self.parts:
            return None
        return product // self.parts + (self.rounded == "down")


class Undone(NamedTuple):
    """A reversal of ours by what it changed, and the entry that it undid, in words."""

    by: Change
    of: str


class Apart(NamedTuple):
    """A number that is not the same on both sides, with all that its rules look at. Amounts are in base units.

    `changes` are the entries that changed ours, those of after the moment too; of these `since` are the ones that count
    at the moment and did not where the sides agreed last, `later` those of after it. `agreed` is where that was, in
    words, empty where it is not known. `plain` is our number without what had accrued by what the snapshot says, None
    where it says nothing. `precisions` are the units in which the statement may be rounded. `undone` are reversals of
    ours since then. `opposite` are other numbers of the field and commodity that are
    off by the opposite.
    """

    name: str
    ours: int | None
    theirs: int | None
    day: str
    rules: Rules
    precisions: tuple[int, ...] = ()
    finalized: int | None = None
    agreed: str = ""
    plain: int | None = None
    quotient: Quotient | None = None
    changes: tuple[Change, ...] = ()
    since: tuple[Change, ...] = ()
    later: tuple[Change, ...] = ()
    undone: tuple[Undone, ...] = ()
    opposite: tuple[str, ...] = ()

    @property
    def difference(self) -> int:
        """Ours less theirs."""
        return (self.ours or 0) - (self.theirs or 0)

    def made_by(self) -> tuple[Change, ...]:
        """The smallest set of entries that makes it, of those since the sides agreed; none where that is not known."""
        return smallest_set(self.since, self.difference, self.rules) if self.agreed else ()

    def told(self) -> str:
        """Both numbers in words."""
        said = ("nothing" if amount is None else str(amount) for amount in (self.ours, self.theirs))
        return "{}: {} in the book, {} in the statement, {:+}".format(self.name, *said, self.difference)


class Verdict(NamedTuple):
    """Of which class a difference is, who has to settle it, by which rule, and the entries that show it."""

    class_: Class
    party: Party
    rule: str
    evidence: str
    entries: tuple[Change, ...] = ()


Rule = Callable[[Apart], Verdict | None]


def verdict_of(apart: Apart) -> Verdict:
    """The class of a difference; its evidence begins with both numbers."""
    found = next(verdict for rule in RULES if (verdict := rule(apart)) is not None)
    told = "; ".join(part for part in (apart.told(), found.evidence) if part)
    return found._replace(evidence=told)


def missing(apart: Apart) -> Verdict | None:
    """One side has nothing there, or 0."""
    if not apart.ours:
        found = apart.made_by()
        return Verdict("missing in ledger", "ours", "the book has nothing there", _named(found), found)
    if not apart.theirs:
        found = apart.made_by()
        return Verdict("missing in statement", "theirs", "the statement has nothing there", _named(found), found)
    return None


def sign(apart: Apart) -> Verdict | None:
    """The opposite number."""
    if apart.ours != -(apart.theirs or 0):
        return None
    return Verdict("sign", "ours", "the two numbers are opposite", "")


def accrual(apart: Apart) -> Verdict | None:
    """The snapshot says what had accrued, and this number of it is without that."""
    if apart.plain is None or apart.plain != (apart.theirs or 0):
        return None
    more = (apart.ours or 0) - apart.plain
    rule = "equal without the interest that had accrued by what the statement itself says"
    return Verdict("accrual", "nobody", rule, f"{apart.plain} without it, which is {more:+}")


def rounding(apart: Apart) -> Verdict | None:
    """The same quotient rounded the other way, or the other side states ours in a larger unit."""
    of, theirs = apart.quotient, apart.theirs or 0
    if of is not None and of.other_way() == theirs:
        other = "up" if of.rounded == "down" else "down"
        told = (
            f"{of.shares} * {of.amount} / {of.parts} is rounded {of.rounded} in the book, and {other} in the statement"
        )
        return Verdict("rounding", "nobody", "the same quotient rounded the other way", told)
    off = abs(apart.difference)
    unit = next((one for one in sorted(apart.precisions) if off < one and not theirs % one), None)
    if unit is None:
        return None
    return Verdict("rounding", "nobody", "our number rounded to the unit of the statement", f"{unit}")


def not_final(apart: Apart) -> Verdict | None:
    """Our entries of blocks that were not final then make it."""
    final = apart.finalized
    above = tuple(one for one in apart.since if final is not None and one.block is not None and one.block > final)
    if not above or sum(one.amount for one in above) != apart.difference:
        return None
    rule = "our entries of blocks that were not final make the difference"
    return Verdict("not final", "nobody", rule, f"final was block {final}; {_named(above)}", above)


def in_transit(apart: Apart) -> Verdict | None:
    """Our newest entries make it."""
    days = apart.rules.transit_days
    newest = [one for one in reversed(apart.since) if _days(one.day, apart.day) <= days]
    run = _run(newest, apart.difference)
    if run is None:
        return None
    rule = f"our newest entries, of the last {days} days, make the difference"
    return Verdict("timing in transit", "nobody", rule, _named(run), run)


def cut_off(apart: Apart) -> Verdict | None:
    """Our next entries make it."""
    days = apart.rules.cutoff_days
    run = _run([one for one in apart.later if 0 <= _days(apart.day, one.day) <= days], -apart.difference)
    if run is None:
        return None
    rule = f"our next entries, of the {days} days after, make the difference: the statement has them already"
    return Verdict("cut-off", "nobody", rule, _named(run), run)


def duplicate(apart: Apart) -> Verdict | None:
    """An entry that is there twice makes it: one since the sides agreed, which says the same as any before it."""
    since = {one.position for one in apart.since}
    by_twin: dict[str, Change] = {}
    for one in apart.changes:
        first = by_twin.setdefault(one.twin, one) if one.twin else one
        if first is not one and one.amount == apart.difference and one.position in since:
            told = f"{one.told()} says the same as entry {first.position} ({first.id})"
            return Verdict(
                "duplicate in ledger", "ours", "an entry that is there twice makes the difference", told, (one,)
            )
    return None


def reversal_pending(apart: Apart) -> Verdict | None:
    """An entry that we undid and they did not makes it. What only they undid cannot be told from a balance."""
    found = next((one for one in apart.undone if one.by.amount == apart.difference), None)
    if found is None:
        return None
    rule = "an entry that the book reversed makes the difference: the statement has it still"
    return Verdict("reversal pending", "theirs", rule, f"{found.by.told()} undid {found.of}", (found.by,))


def wrong_account(apart: Apart) -> Verdict | None:
    """One other number is off by the opposite."""
    if len(apart.opposite) != 1:
        return None
    rule = "exactly one other number of the same commodity is off by the opposite"
    return Verdict("wrong account", "ours", rule, apart.opposite[0])


def fee(apart: Apart) -> Verdict | None:
    """Less by no more than a fee may be."""
    if not 0 < apart.difference <= apart.rules.fee_max:
        return None
    return Verdict("fee", "ours", "the statement has less, by no more than a fee may be", f"{apart.rules.fee_max}")


def amount(apart: Apart) -> Verdict | None:
    """The sides agreed before."""
    if not apart.agreed:
        return None
    found = apart.made_by()
    told = _named(found) if found else f"no few of {len(apart.since)} entries since make the difference"
    evidence = f"equal at {apart.agreed}; {told if apart.since else 'no entry of ours changed it since'}"
    return Verdict("amount", "ours", "the two sides agreed before, and part since", evidence, found)


def unexplained(apart: Apart) -> Verdict:  # noqa: ARG001  (a rule like the others)
    """No rule applies."""
    return Verdict("unexplained", "unknown", "no rule applies, and no point is known at which they agreed", "")


RULES: Final[tuple[Rule, ...]] = (
    sign,
    accrual,
    rounding,
    not_final,
    in_transit,
    cut_off,
    reversal_pending,
    missing,
    duplicate,
    wrong_account,
    fee,
    amount,
    unexplained,
)


def _run(changes: Sequence[Change], total: int) -> tuple[Change, ...] | None:
    """So many of the first changes that they sum to a total; None where they never do."""
    so_far = 0
    for number, one in enumerate(changes, 1):
        so_far += one.amount
        if so_far == total:
            return tuple(sorted(changes[:number]))
    return None


def _days(earlier: str, later: str) -> int:
    return day_number(later) - day_number(earlier) if later else 0


_TOLD_MAX: Final = 8


def _named(changes: Sequence[Change]) -> str:
    """The entries in words; of many the first."""
    more = len(changes) - _TOLD_MAX
    return ", ".join(one.told() for one in changes[:_TOLD_MAX]) + (f" and {more} more" if more > 0 else "")
