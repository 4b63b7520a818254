"""What two movements are known by for the same: for each key of the rules, what either side says of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final, NamedTuple, TypeAlias

from projections.reconciliation.items import Item
from projections.reconciliation.rules import Key

AMOUNT_AND_DATE: Final = "amount-and-date"

AmountAndDate: TypeAlias = tuple[int, str, str]
Said: TypeAlias = str | AmountAndDate
Value: TypeAlias = Callable[[Item], Said]
"""What an item says of a key; what is empty says nothing."""


_chain: Final[Value] = attrgetter("chain")


class Way(NamedTuple):
    """A way in which items of both sides bear one key: where what they say is equal and not empty."""

    key: str
    ours: Value
    theirs: Value


def ways_of(key: Key, originals: Mapping[str, str]) -> tuple[Way, ...]:
    """The ways of a key, the strictest first.

    A transaction stands for all its logs where one side says no index. A reversal of ours is known by what its original
    is known by, to a line that says that it is a reversal; `originals` tells what these are referred to by.
    """
    match key:
        case "chain":
            return (Way(key, _chain, _chain), Way(key, _transaction, _no_index), Way(key, _no_index, _transaction))
        case "end-to-end":
            undone = Way(key, attrgetter("reverses"), lambda line: line.end_to_end if line.reverses else "")
            return (Way(key, lambda entry: entry.end_to_end or entry.id, attrgetter("end_to_end")), undone)
        case "reference":
            original: Value = lambda entry: originals.get(entry.reverses, entry.reverses)  # noqa: E731  (typed)
            return (
                Way(key, _reference, attrgetter("reference")),
                Way(key, original, lambda line: line.reverses if line.reverses != "?" else ""),
                Way(key, original, lambda line: line.reference if line.reverses else ""),
            )
        case "amount-and-date":
            return (Way(key, amount_and_date, amount_and_date),)


def group_ways() -> tuple[Way, ...]:
    """The ways in which movements that came as one are known: by what they have in common, on both sides or on one."""
    return (
        Way("group", attrgetter("group"), attrgetter("group")),
        Way("group", _reference, attrgetter("group")),
        Way("group", attrgetter("group"), attrgetter("reference")),
        Way("group", attrgetter("group"), attrgetter("end_to_end")),
    )


def originals_of(ours: Sequence[Item]) -> dict[str, str]:
    """What the originals of reversals are referred to by, where they are among ours."""
    undone = {item.reverses for item in ours if item.reverses}
    return {item.id: _reference(item) for item in ours if item.id in undone} if undone else {}


def amount_and_date(item: Item) -> AmountAndDate:
    """What an item says of the weakest key: an amount, on a day, of a commodity."""
    return item.amount, item.at[:10], item.commodity


def strong(keys: Sequence[Key]) -> tuple[Key, ...]:
    """The keys that name a movement, in their order: all but its amount."""
    return tuple(key for key in keys if key != AMOUNT_AND_DATE)


def meetings(
    way: Way, ours: Sequence[Item], theirs: Sequence[Item], left: tuple[Iterable[int], Iterable[int]]
) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    """Where items of both sides say the same in a way: their places in the lists, in the order of ours.

    `left` are the places that are looked at, on either side. Costs one look at each item, and a dictionary of what
    theirs say, whose values are places; a list is made only where several items of a side say the same.
    """
    first: dict[Said, int] = {}
    several_theirs: dict[int, list[int]] = {}
    value = way.theirs
    for place in left[1]:
        if said := value(theirs[place]):
            earlier = first.setdefault(said, place)
            if earlier != place:
                several_theirs.setdefault(earlier, [earlier]).append(place)
    if not first:
        return
    met: dict[int, int] = {}
    several_ours: dict[int, list[int]] = {}
    value = way.ours
    for place in left[0]:
        if (said := value(ours[place])) and (slot := first.get(said)) is not None:
            earlier = met.setdefault(slot, place)
            if earlier != place:
                several_ours.setdefault(slot, [earlier]).append(place)
    del first
    for slot, place in met.items():
        yield several_ours.get(slot) or (place,), several_theirs.get(slot) or (slot,)


def _transaction(item: Item) -> str:
    return item.chain.partition(":")[0]


def _no_index(item: Item) -> str:
    return "" if ":" in item.chain else item.chain


def _reference(entry: Item) -> str:
    return entry.reference or entry.id
