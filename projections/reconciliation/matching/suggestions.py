"""What may belong together among what is left: nothing of it counts before someone confirms it."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from math import comb
from typing import Final, Literal

from projections.reconciliation.breaks import Match, Suggestion
from projections.reconciliation.items import Item
from projections.reconciliation.matching.search import smallest_sum
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import day_number

SUGGESTIONS_MAX: Final = 100
"""So many are told, the surest first."""

STEPS_MAX: Final = 500_000
"""So many sets of amounts are looked at for a side: for its largest items, as far as that reaches."""

Side = Literal["entry", "line"]
PLURAL: Final[dict[Side, str]] = {"entry": "entries", "line": "lines"}


def suggested(
    ours: Sequence[Item], theirs: Sequence[Item], ambiguous: Sequence[Match], rules: Rules
) -> tuple[Suggestion, ...]:
    """What of the items that are left may belong together, for someone to confirm; the same for the same items.

    First what is ambiguous, each group told once. Then pairs of an equal amount, the nearest by date. Then what is in
    no pair: one entry for several lines, and one line for several entries, the smallest set that sums to the same, of
    parts with its own sign before any. All of one commodity, and at most as many days apart as a movement may be in
    transit or is tolerated; a pair whose amount nothing else has may be any days apart, for what was long open clears
    at last. The search is bounded as the rules say, and takes the parts that are nearest by date.
    """
    pairs = list(_pairs(ours, theirs, _days_apart(rules), rules.search_entries))
    paired = {id(item) for one in pairs for item in (*one.ours, *one.theirs)}
    single_ours = [item for item in ours if id(item) not in paired]
    single_theirs = [item for item in theirs if id(item) not in paired]
    found = chain(
        map(_ambiguous, ambiguous),
        pairs,
        (_sum_told("entry", one, parts) for one, parts in _sums(single_ours, single_theirs, rules)),
        (_sum_told("line", one, parts) for one, parts in _sums(single_theirs, single_ours, rules)),
    )
    return tuple(islice(found, SUGGESTIONS_MAX))


def _ambiguous(group: Match) -> Suggestion:
    entries, lines = _counted(group.ours, "entry"), _counted(group.theirs, "line")
    rule = f"{entries} and {lines} bear one {group.key} and one amount, and any may be any"
    if group.key == "amount-and-date":
        rule = f"{entries} and {lines} have one amount and date, and any may be any"
    return Suggestion(rule, group.ours[0].commodity, group.ours[0].amount, group.ours, group.theirs)


def _pairs(ours: Sequence[Item], theirs: Sequence[Item], days: int, entries_max: int) -> Iterator[Suggestion]:
    """Pairs of an equal amount, each item in one: of each amount the nearest by date first."""
    of_amount: dict[tuple[str, int], tuple[list[Item], list[Item]]] = {}
    for entry in ours:
        of_amount.setdefault((entry.commodity, entry.amount), ([], []))[0].append(entry)
    for line in theirs:
        if (both := of_amount.get((line.commodity, line.amount))) is not None:
            both[1].append(line)
    for entries, lines in of_amount.values():
        alone = len(entries) == len(lines) == 1
        near = sorted(
            (apart, one, other)
            for one, entry in enumerate(entries[:entries_max])
            for other, line in enumerate(lines[:entries_max])
            if ((apart := _apart(entry, line)) <= days or alone) and not (entry.chain and line.chain)
        )
        seen: tuple[set[int], set[int]] = (set(), set())
        for apart, one, other in near:
            if one not in seen[0] and other not in seen[1]:
                seen[0].add(one)
                seen[1].add(other)
                rule = f"one entry and one line have one amount, {_days(apart)} apart"
                if len(near) > 1:
                    rule += f"; of this amount {_counted(entries, 'entry')} and {_counted(lines, 'line')} are left"
                yield Suggestion(rule, entries[one].commodity, entries[one].amount, (entries[one],), (lines[other],))


def _sums(ones: Sequence[Item], parts: Sequence[Item], rules: Rules) -> Iterator[tuple[Item, tuple[Item, ...]]]:
    """Items of one side, the largest first, each with the smallest set of the other side that sums to the same."""
    bounds = {"parts_max": rules.search_parts, "entries_max": rules.search_entries}
    searches = STEPS_MAX // max(1, comb(rules.search_entries, (rules.search_parts + 1) >> 1))
    by_day: dict[tuple[str, bool | None], list[tuple[int, int]]] = {}
    for place, part in enumerate(parts):
        for sign in (part.amount > 0, None):
            by_day.setdefault((part.commodity, sign), []).append((day_number(part.day), place))
    for known in by_day.values():
        known.sort()
    for one in sorted(ones, key=lambda one: -abs(one.amount))[: max(1, searches)]:
        for sign in (one.amount > 0, None):
            around = _around(by_day.get((one.commodity, sign), []), day_number(one.day), rules)
            if found := smallest_sum([parts[place].amount for place in around], one.amount, **bounds):
                if len(found) > 1:
                    yield one, tuple(parts[around[place]] for place in found)
                break


def _around(known: Sequence[tuple[int, int]], day: int, rules: Rules) -> list[int]:
    """The places of the nearest by date, as many as are searched; those of one day in their order."""
    days, most = _days_apart(rules), rules.search_entries
    middle = bisect_left(known, (day, -1))
    near = sorted(known[max(0, middle - most) : middle + most], key=lambda at: (abs(at[0] - day), at))
    return [place for other, place in near[:most] if abs(other - day) <= days]


def _days_apart(rules: Rules) -> int:
    return max(rules.transit_days, rules.day_tolerance)


def _sum_told(side: Side, one: Item, parts: tuple[Item, ...]) -> Suggestion:
    apart = max(_apart(one, part) for part in parts)
    other: Side = "line" if side == "entry" else "entry"
    rule = f"{_counted(parts, other)} sum to one {side}, at most {_days(apart)} apart"
    ours, theirs = ((one,), parts) if side == "entry" else (parts, (one,))
    return Suggestion(rule, one.commodity, one.amount, ours, theirs)


def _apart(one: Item, other: Item) -> int:
    return abs(day_number(one.day) - day_number(other.day))


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _counted(items: Sequence[Item], side: Side) -> str:
    return f"1 {side}" if len(items) == 1 else f"{len(items)} {PLURAL[side]}"
