"""What if: a book decided again under other terms, beside the book as it is, which is never written to.

    other = what_if(journal, Otherwise(waterfall=(SocializeLayer(layer="socialize"),)))
    other.journal, other.impossible

Every entry is told again in its order. A command is decided again; a fact stays as it is, save what follows from the
terms: the resolution of a shortfall, and the allocation of a recovery. These are decided again where the recorded
course has them, as soon as the terms, or what the layers can bear, are different. So under the recorded terms the other
course is the recorded one, byte for byte. What the other terms make impossible is left out or cut, and reported.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ledger.journal import Entry, Journal
from ledger.journal.memory import MemoryJournal
from ledger.what_if.asked import Otherwise
from ledger.what_if.course import Course, Group
from ledger.what_if.report import Impossible
from ledger.what_if.survey import Survey

__all__ = ["Impossible", "OtherCourse", "Otherwise", "what_if"]


class OtherCourse(NamedTuple):
    """The other course as a journal in memory, through which entry the book was told, and what became impossible."""

    journal: MemoryJournal
    through: int
    impossible: tuple[Impossible, ...]


def what_if(
    journal: Journal, otherwise: Otherwise, *, watch: Callable[[Iterable[Entry]], Iterable[Entry]] = iter
) -> OtherCourse:
    """Tell a book again under other terms. `watch` wraps the entries, to show progress.

    Raises `AskedAmiss` where the terms name what is not in the book, `JournalDamaged` where that cannot be read.
    """
    through = journal.head().position
    survey = Survey(journal, through)
    otherwise.require_known(survey)
    other = MemoryJournal(f"{journal.name}, what if")
    with other.write() as writer:
        course = Course(journal, survey, otherwise, writer)
        for group in _groups(watch(journal.read(through=through))):
            course.tell(group)
    return OtherCourse(other, through, tuple(course.impossible))


def _groups(entries: Iterable[Entry]) -> Iterator[Group]:
    """The entries by what was decided at once: all facts of a command together, any other by itself."""
    group: Group = []
    for entry in entries:
        event = entry.event()
        if group and (group[0][1].command is None or event.cause != group[0][1].id):
            yield group
            group = []
        group.append((entry, event))
    if group:
        yield group
