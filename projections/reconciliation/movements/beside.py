"""What a movement that is left is held against: later entries, other accounts, what is pending, what was before."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from projections.exports.text import in_units
from projections.reconciliation.breaks import Break
from projections.reconciliation.items import Item
from projections.reconciliation.matching.exact import exact_pairs
from projections.reconciliation.paper import Matched, Ours, Paper
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import day_number

Entry = tuple[str, str]
"""By which a movement of ours is known: its account and the id of its entry."""


class Beside(NamedTuple):
    """What was found beside the two lists, by the identity of a line or by an entry.

    `later` is the other half of a line in an entry after the closing, `elsewhere` in an account of the same kind;
    `pending` is the announced line of an entry. `originals` are what a reversal in the statement undoes: the line, and
    the entries that it is, or may be; none where it is open itself. `undone` are the ids of entries that we reversed,
    `open_` of those that are not matched. `copies_ours` and `copies_theirs` tell of a movement that a side has twice
    which one it repeats; `remembered_ours` and `remembered_theirs` in which break the paper before had a movement.
    `files` are those that the lines stand in, by name.
    """

    rules: Rules
    closed_at: str
    decimals: int
    later: dict[str, tuple[Item, str]]
    elsewhere: dict[str, tuple[Item, str]]
    pending: dict[Entry, Item]
    originals: dict[str, tuple[Item, tuple[Item, ...]]]
    undone: frozenset[str]
    open_: frozenset[str]
    copies_ours: dict[Entry, Item]
    copies_theirs: dict[str, Item]
    remembered_ours: dict[Entry, Break]
    remembered_theirs: dict[str, Break]
    files: tuple[str, ...]

    def amount(self, amount: int, item: Item) -> str:
        """An amount in units of what an item is kept in, exact."""
        return f"{in_units(amount, self.decimals)} {item.commodity}"

    def line(self, line: Item) -> str:
        """A line of a statement, by its place and by what it is called there."""
        called = line.reference or line.end_to_end or line.chain or line.text
        where = f"line {line.place}"
        if line.id in self.remembered_theirs:
            where += " of the paper before"
        elif len(self.files) > 1:
            where += f" of {self.files[line.file]}"
        return where + (f" ({called})" if called else "")


def entry_of(item: Item) -> Entry:
    """By what a movement of ours is known."""
    return item.account, item.id


def entry_named(entry: Item) -> str:
    """An entry, by its position and id."""
    return f"entry {entry.place} ({entry.id})"


def beside(
    found: Matched,
    ours: Ours,
    pending: Sequence[Item],
    rules: Rules,
    *,
    closed_at: str,
    previous: Paper | None,
    files: Sequence[str],
) -> Beside:
    """Look for the other half of what was left over, in everything that is in neither balance, or in another one."""
    left_theirs = (*found.theirs, *(line for one in found.ambiguous for line in one.theirs))
    left_ours = (*found.ours, *(entry for one in found.ambiguous for entry in one.ours))
    before = previous.breaks if previous is not None else ()
    return Beside(
        rules=rules,
        closed_at=closed_at,
        decimals=ours.decimals,
        later=dict(_later(ours.later, left_theirs, rules)),
        elsewhere=dict(_elsewhere(ours.elsewhere, left_theirs, rules)),
        pending=dict(_pending(left_ours, pending, rules)),
        originals=dict(_originals(left_theirs, found)),
        undone=frozenset(item.reverses for item in ours.items if item.reverses),
        open_=frozenset(item.id for item in (*left_ours, *(copy for copy, _ in found.copies_ours))),
        copies_ours={entry_of(copy): other for copy, other in found.copies_ours},
        copies_theirs={copy.id: other for copy, other in found.copies_theirs},
        remembered_ours={entry_of(item): one for one in before for item in one.ours},
        remembered_theirs={item.id: one for one in before for item in one.theirs if item.status == "booked"},
        files=tuple(files),
    )


def _later(later: Sequence[Item], lines: Sequence[Item], rules: Rules) -> Iterator[tuple[str, tuple[Item, str]]]:
    """By a key and the amount; or by the amount alone where only one can be meant, not too many days apart."""
    met = exact_pairs(later, lines, rules.keys, strong_only=True)
    yield from ((line.id, (entry, "has its key and amount")) for entry, line in met)
    taken = {entry_of(entry) for entry, _ in met}, {line.id for _, line in met}
    for entry, line in _only(later, lines, taken, by_day=False):
        if abs(day_number(entry.at) - day_number(line.at)) <= rules.cutoff_days:
            yield line.id, (entry, "has its amount, and no other has")


def _elsewhere(
    elsewhere: Sequence[Item], lines: Sequence[Item], rules: Rules
) -> Iterator[tuple[str, tuple[Item, str]]]:
    """By a key and the amount; or by amount and day where only one can be meant."""
    met = exact_pairs(elsewhere, lines, rules.keys, strong_only=True)
    yield from ((line.id, (entry, "has its key and amount")) for entry, line in met)
    taken = {entry_of(entry) for entry, _ in met}, {line.id for _, line in met}
    for entry, line in _only(elsewhere, lines, taken, by_day=True):
        yield line.id, (entry, "has its amount and day, and no other has")


def _pending(entries: Sequence[Item], lines: Sequence[Item], rules: Rules) -> Iterator[tuple[Entry, Item]]:
    for entry, line in exact_pairs(entries, lines, rules.keys):
        yield entry_of(entry), line


def _only(
    entries: Iterable[Item], lines: Iterable[Item], taken: tuple[set[Entry], set[str]], *, by_day: bool
) -> Iterator[tuple[Item, Item]]:
    """Where one entry and one line, and no more of either, have an amount; on one day where that is asked for."""

    def said(item: Item) -> tuple[int, str, str]:
        return item.amount, item.commodity, item.day if by_day else ""

    mine: dict[tuple[int, str, str], list[Item]] = {}
    for entry in entries:
        if entry_of(entry) not in taken[0]:
            mine.setdefault(said(entry), []).append(entry)
    others: dict[tuple[int, str, str], list[Item]] = {}
    for line in lines:
        if line.id not in taken[1] and said(line) in mine:
            others.setdefault(said(line), []).append(line)
    for key, met in others.items():
        if len(met) == len(mine[key]) == 1:
            yield mine[key][0], met[0]


def _originals(lines: Iterable[Item], found: Matched) -> Iterator[tuple[str, tuple[Item, tuple[Item, ...]]]]:
    """What the reversals among lines undo, where it is among the lines compared, first of all what is open itself."""
    reversals = [line for line in lines if line.reverses]
    if not reversals:
        return
    wanted = {name for line in reversals for name in _undoes(line)}
    known: dict[str, list[tuple[Item, tuple[Item, ...]]]] = {}
    for original, entries in _lines(found):
        for name in wanted.intersection(_called(original)):
            known.setdefault(name, []).append((original, entries))
    for line in reversals:
        met = [one for name in _undoes(line) for one in known.get(name, ()) if one[0].amount == -line.amount]
        if met:
            yield line.id, min(met, key=lambda one: (bool(one[1]), one))


def _lines(found: Matched) -> Iterator[tuple[Item, tuple[Item, ...]]]:
    """All lines, with the entries that each is or may be."""
    for one in chain(found.matches, found.near, found.ambiguous):
        yield from ((line, one.ours) for line in one.theirs)
    yield from ((line, ()) for line in found.theirs)
    yield from ((copy, ()) for copy, _ in found.copies_theirs)


def _undoes(reversal: Item) -> Collection[str]:
    """What the original of a reversal may be called: as it says, or as the reversal itself where it says no more."""
    return _called(reversal) if reversal.reverses == "?" else (reversal.reverses,)


def _called(line: Item) -> Collection[str]:
    return [name for name in (line.reference, line.end_to_end, line.chain) if name]
