"""What a rule says of a break."""

from typing import NamedTuple

from projections.reconciliation.breaks import Class, Party
from projections.reconciliation.items import Item


class Verdict(NamedTuple):
    """Of which class a break is, who has to settle it, by which rule, and what shows it.

    `ours` and `theirs` are the other half of a movement, in neither of the two balances; `cited` are entries besides.
    """

    class_: Class
    party: Party
    rule: str
    evidence: str
    ours: tuple[Item, ...] = ()
    theirs: tuple[Item, ...] = ()
    cited: tuple[Item, ...] = ()
