"""The indices of pools: what one unit of debt has grown to by an entry, in a scale of the protocol's own."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ledger.values import PoolId

if TYPE_CHECKING:
    from ledger.cases import Entries


@dataclass(slots=True)
class _Course:
    """The indices of one pool, oldest first, and the positions of the entries that stated them."""

    positions: list[int] = field(default_factory=list)
    values: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Indices:
    """The index of each pool of which one was stated, now and as of earlier entries. Those reversed are gone."""

    _courses: dict[PoolId, _Course] = field(default_factory=dict)

    def latest(self, pool: PoolId) -> int | None:
        """The index of a pool as it stands; None where none was stated."""
        course = self._courses.get(pool)
        return course.values[-1] if course else None

    def since(self, pool: PoolId, changes: "Entries | None") -> int | None:
        """The index as of the last of the entries that changed what a loan owes; the first stated, where none was yet.

        None where none was ever stated.
        """
        course = self._courses.get(pool)
        if course is None:
            return None
        return course.values[max(bisect_right(course.positions, changes[-1]) - 1, 0)] if changes else course.values[0]

    def is_at(self, pool: PoolId, position: int) -> bool:
        """Whether the entry at a position is the last that stated the index of a pool."""
        course = self._courses.get(pool)
        return course is not None and course.positions[-1] == position

    def note(self, pool: PoolId, position: int, index: int) -> None:
        """An entry states the index of a pool."""
        course = self._courses.setdefault(pool, _Course())
        course.positions.append(position)
        course.values.append(index)

    def forget(self, pool: PoolId, position: int) -> None:
        """That entry counts no more."""
        course = self._courses[pool]
        number = bisect_right(course.positions, position) - 1
        del course.positions[number], course.values[number]
        if not course.values:
            del self._courses[pool]
