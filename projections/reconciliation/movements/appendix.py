"""The entries that a paper names, each with what names it, and how much was matched by which key."""

from collections.abc import Iterable, Iterator, Sequence

from projections.reconciliation.breaks import Break, Match, Suggestion, Trace
from projections.reconciliation.items import Item
from projections.reconciliation.paper import EntryLine, MatchedRow
from projections.reconciliation.rules import KEYS


def appendix_of(
    items: Iterable[Item], breaks: Sequence[Break], suggestions: Sequence[Suggestion], traces: Sequence[Trace]
) -> tuple[EntryLine, ...]:
    """The entries among these movements that a break, a suggestion or a trace names, by position, and what names them.

    Suggestions are numbered from 1, in their order.
    """
    cited: dict[int, dict[str, None]] = {}
    for place, by in _citations(breaks, suggestions, traces):
        cited.setdefault(place, {})[by] = None
    lines = {
        EntryLine(item.place, item.at, item.kind, item.id, item.account, item.commodity, item.amount, tuple(names))
        for item in items
        if (names := cited.get(item.place))
    }
    return tuple(sorted(lines))


def _citations(
    breaks: Iterable[Break], suggestions: Iterable[Suggestion], traces: Iterable[Trace]
) -> Iterator[tuple[int, str]]:
    for one in breaks:
        yield from ((place, f"break {one.id}") for place in (*(item.place for item in one.ours), *one.trace))
    for number, suggestion in enumerate(suggestions, start=1):
        yield from ((item.place, f"suggestion {number}") for item in suggestion.ours)
    for trace in traces:
        yield from ((place, f"trace of {trace.of}") for place in trace.entries)


def matched_rows(matches: Iterable[Match]) -> tuple[MatchedRow, ...]:
    """How many movements were matched by each key and commodity, the strongest key first.

    The amount (base units) is what was moved, whichever way: of our side, of theirs where a match has nothing of ours.
    """
    tallies: dict[tuple[str, str], list[int]] = {}
    for key, ours, theirs in matches:
        side = ours or theirs
        tally = tallies.setdefault((key, side[0].commodity), [0, 0, 0, 0])
        tally[0] += 1
        tally[1] += len(ours)
        tally[2] += len(theirs)
        tally[3] += sum(abs(item.amount) for item in side)
    return tuple(MatchedRow(key, commodity, *tallies[key, commodity]) for key, commodity in sorted(tallies, key=_rank))


def _rank(of: tuple[str, str]) -> tuple[int, str, str]:
    return (KEYS.index(of[0]) if of[0] in KEYS else len(KEYS), *of)
