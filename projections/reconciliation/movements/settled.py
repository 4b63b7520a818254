"""What a paper itself named settles its breaks: entries proposed for them, the later entry or line of a movement."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from projections.reconciliation.breaks import Break, Match, proposed_for
from projections.reconciliation.items import Item, content_of
from projections.reconciliation.movements.beside import Entry, entry_named, entry_of
from projections.reconciliation.paper import Matched

PROPOSED: Final = "proposed entry"
CUT_OFF: Final = "cut-off"
NOT_FINAL: Final = "not final"
BOOKED: Final = "booked now"


class Proposed(NamedTuple):
    """Entries that were proposed for breaks, by the break's id, and all the other items."""

    of: Mapping[str, tuple[Item, ...]]
    others: tuple[Item, ...]


def proposed_among(items: Sequence[Item]) -> Proposed:
    """Tell the entries apart whose id begins with `break-` and the id of a break."""
    of: dict[str, list[Item]] = {}
    others = []
    for item in items:
        if (found := proposed_for(item.id)) is None:
            others.append(item)
        else:
            of.setdefault(found, []).append(item)
    return Proposed({name: tuple(sorted(entries)) for name, entries in of.items()}, tuple(others))


def settled_by(
    proposed: Mapping[str, tuple[Item, ...]], breaks: Sequence[Break], compared: AbstractSet[Entry]
) -> Iterator[Match]:
    """The breaks that the entries proposed for them settle: what these sum to takes its effect away, to the last unit.

    Of a break's movements those are matched with them that are `compared`. One that no movement shows, such as an
    opening that differs, is settled by the entries alone. No entry settles two breaks.
    """
    used: set[Item] = set()
    for one in sorted(breaks, key=lambda one: one.id):
        entries = proposed.get(one.id, ())
        mine = {*entries, *(item for item in one.ours if entry_of(item) in compared)}
        if entries and sum(entry.amount for entry in entries) == -one.effect and used.isdisjoint(mine):
            used |= mine
            yield Match(PROPOSED, tuple(sorted(mine)), tuple(line for line in one.theirs if line.status == "booked"))


def cut_off_by(proposed: Mapping[str, tuple[Item, ...]], breaks: Sequence[Break]) -> tuple[Break, ...]:
    """The breaks; those whose proposed entries, dated after the closing, take their effect away are cut off by it."""
    return tuple(_cut_off(one, proposed.get(one.id, ())) for one in breaks)


def _cut_off(one: Break, entries: tuple[Item, ...]) -> Break:
    if not entries or one.class_ == CUT_OFF or sum(entry.amount for entry in entries) != -one.effect:
        return one
    named = ", ".join(f"{entry_named(entry)} on {entry.day}" for entry in entries)
    return one._replace(
        class_=CUT_OFF,
        party="nobody",
        rule="an entry after the closing was proposed for it, and takes it away",
        evidence=f"{one.evidence}; settled by {named}, after the closing",
        ours=(*one.ours, *entries),
        trace=tuple(sorted({*one.trace, *(entry.place for entry in entries)})),
    )


def met_since(found: Matched, before: Sequence[Break]) -> Matched:
    """Match what the paper before knew to be one movement, where both halves are there now and nothing else is meant.

    That is a line with the later entry that was its other half; and an entry whose line was pending with the line that
    says the same now that it is booked, but for its date, where there is one of each.
    """
    ours = {entry_of(item): item for item in found.ours}
    theirs = {line.id: line for line in found.theirs}
    met = []
    for key, halves in ((CUT_OFF, _recorded_now), (BOOKED, _booked_now)):
        for entry, line in halves(before, ours, theirs):
            met.append(Match(key, (ours.pop(entry_of(entry)),), (theirs.pop(line.id),)))
    if not met:
        return found
    gone = {item for one in met for item in (*one.ours, *one.theirs)}
    return found._replace(
        matches=(*found.matches, *met),
        ours=tuple(item for item in found.ours if item not in gone),
        theirs=tuple(line for line in found.theirs if line not in gone),
        suggestions=tuple(one for one in found.suggestions if gone.isdisjoint((*one.ours, *one.theirs))),
    )


def _recorded_now(
    before: Sequence[Break], ours: Mapping[Entry, Item], theirs: Mapping[str, Item]
) -> Iterator[tuple[Item, Item]]:
    """The later entries that lines were cut off by."""
    for one in sorted(before, key=lambda one: one.id):
        if one.class_ == CUT_OFF and len(one.ours) == len(one.theirs) == 1:
            entry, line = ours.get(entry_of(one.ours[0])), theirs.get(one.theirs[0].id)
            if entry is not None and line is not None and entry.amount == line.amount:
                yield entry, line


def _booked_now(
    before: Sequence[Break], ours: Mapping[Entry, Item], theirs: Mapping[str, Item]
) -> Iterator[tuple[Item, Item]]:
    """The lines that were pending, booked on whatever day."""
    awaited: dict[tuple[str, ...], list[Item]] = {}
    for one in before:
        if one.class_ == NOT_FINAL and (entry := ours.get(entry_of(one.ours[0]))) is not None:
            awaited.setdefault(_undated(one.theirs[0]), []).append(entry)
    known = {line.id for one in before for line in one.theirs if line.status == "booked"}
    booked: dict[tuple[str, ...], list[Item]] = {}
    for line in theirs.values() if awaited else ():
        if line.id not in known:
            booked.setdefault(_undated(line), []).append(line)
    for said, entries in awaited.items():
        lines = booked.get(said, ())
        if len(entries) == len(lines) == 1:
            yield entries[0], lines[0]


def _undated(line: Item) -> tuple[str, ...]:
    return content_of(line._replace(at=""))
