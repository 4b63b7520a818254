"""The first paper of an account: what was under way over its opening, and that what is proposed counts after that."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from ledger.values import Json, Timestamp, instant_key
from projections.reconciliation.breaks import Proposal
from projections.reconciliation.items import Item
from projections.reconciliation.matching.exact import exact_pairs
from projections.reconciliation.paper import Ours
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import moment_key


def with_outstanding(ours: Ours, lines: Sequence[Item], rules: Rules) -> Ours:
    """Our side, in which an entry of before the opening that a line names by a strong key is a movement of the period.

    It was under way over the opening, and so in our balance then and not in theirs.
    """
    outstanding = tuple(entry for entry, _ in exact_pairs(ours.earlier, lines, rules.keys, strong_only=True))
    opening = ours.opening - sum(entry.amount for entry in outstanding)
    return ours._replace(items=(*outstanding, *ours.items), opening=opening)


def after_opening(proposals: Iterable[Proposal], opened_at: str) -> tuple[Proposal, ...]:
    """The proposals with facts that count from the day after the opening on; `occurred_at` says when they happened.

    `opened_at` is a day or an instant. A reversal has the time of what it undoes.
    """
    opened = moment_key(opened_at)
    first = Timestamp(f"{date.fromisoformat(opened_at[:10]) + timedelta(days=1)}T00:00:00Z")
    return tuple(one._replace(facts=tuple(_dated(fact, opened, first) for fact in one.facts)) for one in proposals)


def _dated(fact: Json, opened: str, first: Timestamp) -> Json:
    at = fact["at"]
    if fact.get("type") == "entry-reversed" or instant_key(at) > opened:
        return fact
    return {
        name: value
        for own, told in fact.items()
        for name, value in ([("at", first), ("occurred_at", at)] if own == "at" else [(own, told)])
    }
