"""What a fold holds, as plain values: kept at one position, so that another fold can go on from there.

Plain values are numbers, text, None, and tuples, lists, dictionaries and sets of such.
"""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from projections.reading import Handler

Plain = Any
"""Numbers, text, None, and tuples, lists, dictionaries and sets of them."""

One = TypeVar("One")


@runtime_checkable
class Kept(Protocol):
    """A fold whose state can be kept: `name` is the one it is kept under, the same for all folds of its kind."""

    name: str

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What is done with an event of each name."""

    def state(self) -> Plain:
        """All that it holds, as plain values."""

    def restore(self, state: Plain) -> None:
        """Hold what another one held, in the place of nothing. The charters are those of then."""


class Slots(Generic[One]):
    """Takes objects of a class with slots apart, and puts them together again."""

    def __init__(self, kind: type[One], names: Iterable[str]) -> None:
        self._kind = kind
        self._names = tuple(names)
        self._apart = attrgetter(*self._names)

    def apart(self, one: One) -> tuple[Any, ...]:
        """The values of its slots, in order of their names; what is mutable among them is shared, not copied."""
        values: tuple[Any, ...] = self._apart(one)
        return values

    def together(self, values: Iterable[Any]) -> One:
        """An object of these values."""
        one = object.__new__(self._kind)
        for name, value in zip(self._names, values, strict=True):
            setattr(one, name, value)
        return one
