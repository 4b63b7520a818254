"""Entries that are reversed and their reversals: which they are, and how to hear of them where they do not count."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from ledger.events import EntryReversed
from ledger.journal import Entry, Journal
from ledger.values import EventId
from projections.reading import Selection, Watch


class Undone(NamedTuple):
    """What reversals undo: the ids of both, and the positions of what is undone, in order."""

    ids: frozenset[EventId]
    positions: tuple[int, ...]


def undone_through(journal: Journal, position: int) -> Undone:
    """What the reversals up to a position undo."""
    events = (entry.event() for entry in journal.reversals(position))
    pairs = [(event.id, event.of) for event in events if isinstance(event, EntryReversed)]
    originals = journal.known([of for _, of in pairs])
    return Undone(frozenset(chain.from_iterable(pairs)), tuple(sorted(one.position for one in originals.values())))


def passing(selection: Selection, watch: Watch, take: Callable[[Entry], None]) -> Watch:
    """A watch that hands over what is undone as the selection passes it over, in order of position."""

    def watching(entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in watch(entries):
            if entry.id in selection.undone:
                take(entry)
            yield entry

    return watching
