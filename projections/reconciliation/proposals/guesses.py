"""Which breaks are most likely of their class, not certainly: someone has to look at what is proposed for them."""

from collections.abc import Sequence

from ledger.events import AnyEvent
from projections.reconciliation.breaks import Break
from projections.reconciliation.matching.exact import exact_pairs
from projections.reconciliation.rules import KEYS


def is_guess(one: Break, cited: Sequence[AnyEvent]) -> bool:
    """Whether what a break says of us is only most likely; `cited` are the entries that it comes from.

    That two amounts differ is certain, and whose is wrong is not. A fee is certain where the line states it, an entry
    on a wrong account where a key names it, and one that is there twice where both bear one reference.
    """
    match one.class_:
        case "amount" | "sign":
            return True
        case "fee":
            return bool(one.ours) and sum(line.fee for line in one.theirs) != one.effect
        case "wrong account":
            return not any(exact_pairs(one.ours, one.theirs, KEYS, strong_only=True))
        case "duplicate in ledger":
            return not _bear_one_reference(cited)
        case _:
            return False


def _bear_one_reference(events: Sequence[AnyEvent]) -> bool:
    """Whether several entries name one log of a chain, or have one memo."""
    evidence, memos = {event.evidence for event in events}, {event.memo for event in events}
    return len(events) > 1 and any(len(said) == 1 and any(said) for said in (evidence, memos))
