"""Entries that are reversed and their reversals, for the few reports that tell of a time when only the first stood."""

from collections.abc import Callable, Iterable, Iterator

from ledger.journal import Entry
from projections.reading import Selection, Watch


def passing(selection: Selection, watch: Watch, take: Callable[[Entry], None]) -> Watch:
    """A watch that hands over what is undone as the selection passes it over, in order of position."""

    def watching(entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in watch(entries):
            if entry.id in selection.undone:
                take(entry)
            yield entry

    return watching
