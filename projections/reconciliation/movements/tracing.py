"""Where two balances of an account part: the last day on which they agreed, the first on which not, what sums to it."""

from collections.abc import Iterable, Mapping, Sequence

from projections.reconciliation.breaks import Break, Trace
from projections.reconciliation.matching.search import smallest_sum
from projections.reconciliation.movements.period import Period
from projections.reconciliation.paper import Ours, Paper
from projections.reconciliation.rules import Rules


def trace_of(
    subject: str,
    ours: Ours,
    period: Period,
    breaks: Sequence[Break],
    rules: Rules,
    previous: Paper | None = None,
) -> tuple[Trace, ...]:
    """The trace of an account whose balances differ at the closing; none where they are equal.

    Lines count by their value date within their statement's days. Where the sides never agreed since the opening, what
    the paper before said of that holds. The entries are looked for among those that are not matched,
    since the sides part; all of them where they never agreed.
    """
    difference = ours.closing - period.closing
    if not difference:
        return ()
    agreed_at, parted_on = _parting(ours, period)
    before = next((one for one in previous.traces if one.of == subject), None) if previous is not None else None
    if not agreed_at and before is not None:
        agreed_at, parted_on = before.agreed_at, before.parted_on
    entries = _entries(breaks, difference, parted_on if agreed_at else "", rules)
    return (Trace(subject, ours.commodity, difference, agreed_at, parted_on, entries),)


def _parting(ours: Ours, period: Period) -> tuple[str, str]:
    """The last point of agreement before the sides part for good, empty where there is none; the first day after."""
    opened = period.opened_at[:10]
    mine, others = dict(ours.daily), _moved(period)
    agreed_at, parted_on = (opened, "") if ours.opening == period.opening else ("", opened)
    balance, other = ours.opening, period.opening
    for day in sorted({*mine, *others}):
        balance, other = mine.get(day, balance), other + others.get(day, 0)
        if balance == other:
            agreed_at, parted_on = day, ""
        elif not parted_on:
            parted_on = day
    return agreed_at, parted_on


def _moved(period: Period) -> dict[str, int]:
    """What they booked by day. A value date outside of the statement's days stands for its first or last one."""
    sums: dict[str, int] = {}
    for statement in period.statements:
        first, last = statement.opened_at[:10], statement.closed_at[:10]
        for line in statement.items:
            if line.status == "booked":
                day = min(max(line.day, first), last)
                sums[day] = sums.get(day, 0) + line.amount
    return sums


def _entries(breaks: Iterable[Break], difference: int, since: str, rules: Rules) -> tuple[int, ...]:
    """The positions of the fewest entries of a day or later that are open and sum to the difference."""
    amounts: Mapping[int, int] = _open_amounts(breaks, since)
    places = sorted(amounts)
    found = smallest_sum(
        [amounts[place] for place in places],
        difference,
        parts_max=rules.search_parts,
        entries_max=rules.search_entries,
    )
    return tuple(places[index] for index in found or ())


def _open_amounts(breaks: Iterable[Break], since: str) -> dict[int, int]:
    amounts: dict[int, int] = {}
    for one in breaks:
        for item in one.ours:
            if item.day >= since and not (one.theirs and one.theirs[0].status == "booked"):
                amounts[item.place] = amounts.get(item.place, 0) + item.amount
    return amounts
