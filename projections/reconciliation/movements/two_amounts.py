"""Of which class a movement is that both sides have, with two amounts: rules of which the first one counts."""

from collections.abc import Callable
from typing import Final, NamedTuple

from projections.reconciliation.items import Item
from projections.reconciliation.matching.near import WITHIN
from projections.reconciliation.movements.beside import Beside, entry_named
from projections.reconciliation.movements.verdict import Verdict


class Pair(NamedTuple):
    """An entry and a line that are one movement, with two amounts."""

    entry: Item
    line: Item
    key: str

    @property
    def difference(self) -> int:
        """Ours less theirs."""
        return self.entry.amount - self.line.amount

    def told(self, seen: Beside) -> str:
        """What either side says."""
        line, entry = seen.amount(self.line.amount, self.line), seen.amount(self.entry.amount, self.entry)
        return f"{seen.line(self.line)} says {line}, {entry_named(self.entry)} {entry}"


def sign(pair: Pair, seen: Beside) -> Verdict | None:
    """The two sides name one movement and state it with opposite signs."""
    if pair.line.amount != -pair.entry.amount:
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
