"""Of which class a movement is that both sides have, with two amounts: rules of which the first one counts."""

from collections.abc import Callable
from typing import Final, NamedTuple

from projections.reconciliation.items import Item
from projections.reconciliation.matching.near import WITHIN
from projections.reconciliation.movements.beside import Beside, entry_named
from projections.reconciliation.movements.verdict import Verdict


class Pair(NamedTuple):
    """Entries and lines that are one movement, with two amounts: one of either, or several of one side."""

    entries: tuple[Item, ...]
    lines: tuple[Item, ...]
    key: str

    @property
    def line(self) -> Item:
        """What the lines come to: the first, with the amounts and charges of all."""
        amount, fee = (sum(getattr(line, name) for line in self.lines) for name in ("amount", "fee"))
        return self.lines[0]._replace(amount=amount, fee=fee)

    @property
    def difference(self) -> int:
        """Ours less theirs."""
        return sum(entry.amount for entry in self.entries) - self.line.amount

    def told(self, seen: Beside) -> str:
        """What either side says."""
        lines = [f"{seen.line(line)} says {seen.amount(line.amount, line)}" for line in self.lines]
        entries = [f"{entry_named(entry)} {seen.amount(entry.amount, entry)}" for entry in self.entries]
        return ", ".join((*lines, *entries))


def sign(pair: Pair, seen: Beside) -> Verdict | None:
    """The two sides name one movement and state it with opposite signs."""
    if pair.difference != -2 * pair.line.amount:
        return None
    return Verdict("sign", "ours", f"equal {pair.key}, the same amount with the opposite sign", pair.told(seen))


def fee_stated(pair: Pair, seen: Beside) -> Verdict | None:
    """What the line lacks is what it says was kept."""
    if not pair.line.fee or pair.difference != pair.line.fee:
        return None
    kept = seen.amount(pair.line.fee, pair.line)
    return Verdict(
        "fee", "ours", f"equal {pair.key}, less by the charges stated", f"{pair.told(seen)}, charges {kept} stated"
    )


def rounding_of_theirs(pair: Pair, seen: Beside) -> Verdict | None:
    """The other side states our amount in a larger unit."""
    precision = seen.rules.precision
    if abs(pair.difference) >= precision or pair.line.amount % precision:
        return None
    rule = f"equal {pair.key}, our amount rounded to {seen.amount(precision, pair.line)}"
    return Verdict("rounding", "nobody", rule, pair.told(seen))


def rounding_tolerated(pair: Pair, seen: Beside) -> Verdict | None:
    """The amounts differ by no more than the rules tolerate."""
    tolerance = seen.rules.amount_tolerance
    if abs(pair.difference) > tolerance:
        return None
    key = "alone within the tolerances" if pair.key == WITHIN else f"equal {pair.key}"
    rule = f"{key}, not more than {seen.amount(tolerance, pair.line)} apart"
    return Verdict("rounding", "nobody", rule, pair.told(seen))


def fee_assumed(pair: Pair, seen: Beside) -> Verdict | None:
    """The line lacks no more than a keeper may keep."""
    if not 0 < pair.difference <= seen.rules.fee_max:
        return None
    rule = f"equal {pair.key}, less by no more than a fee of {seen.amount(seen.rules.fee_max, pair.line)}"
    return Verdict("fee", "ours", rule, f"{pair.told(seen)}, less by {seen.amount(pair.difference, pair.line)}")


def another_amount(pair: Pair, seen: Beside) -> Verdict:
    """One movement with two amounts."""
    apart = seen.amount(pair.difference, pair.line)
    return Verdict("amount", "ours", f"equal {pair.key}, different amounts", f"{pair.told(seen)}: apart by {apart}")


PAIR_RULES: Final[tuple[Callable[[Pair, Beside], Verdict | None], ...]] = (
    sign,
    fee_stated,
    rounding_of_theirs,
    rounding_tolerated,
    fee_assumed,
    another_amount,
)
"""What is tried on an entry and a line with two amounts, in this order."""
