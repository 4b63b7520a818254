"""The bytes of a snapshot: a pickle, because nothing else in Python reads a million objects as quickly.

A pickle from elsewhere can run any code. This one can name nothing but the classes that books consist of, and does not
even get hold of those: each stands for a call that makes an object of given values, past the class's own methods. So
reading it runs no code of the file's and changes nothing that was there before. Whoever can write a snapshot can
still write wrong balances into it, as well as into the journal beside it.
"""

import pickle
from array import array
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from io import BytesIO
from typing import Any, Final

from ledger.accounts import Charters, FundCharter, Known, PoolCharter, TrancheAccounts
from ledger.cases import Bearing, Case, Loan, LossBorne, Signing
from ledger.indices import Indices, _Course
from ledger.registers import Registers
from ledger.snapshot.columns import Columns, loans_in_columns, loans_of, notes_in_columns, notes_of
from ledger.sums import Sums
from ledger.terms import CollateralTerms, Terms
from ledger.waterfall import FundLayer, HoldLayer, ReserveLayer, SocializeLayer, TrancheLayer

KINDS: Final[tuple[type, ...]] = (
    *(Charters, PoolCharter, TrancheAccounts, FundCharter, Sums, Registers, Indices, _Course),
    *(Case, Bearing, LossBorne, Signing, Terms, CollateralTerms),
    *(FundLayer, TrancheLayer, ReserveLayer, SocializeLayer, HoldLayer),
)
"""The classes that books consist of, beside `Known`, what is kept in columns, and what a pickle knows by itself."""

UNREADABLE: Final = (
    *(pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, LookupError),
    *(ArithmeticError, MemoryError, RecursionError),
)
"""What reading a pickle may raise where it is not as it was written."""

Made = Callable[..., object]


def packed(state: dict[str, object]) -> bytes:
    """The bytes of a state. Raises `TypeError` where a class has a part in it that is not among `KINDS`."""
    out = BytesIO()
    _Pickler(out, pickle.HIGHEST_PROTOCOL).dump(state)
    return out.getvalue()


def unpacked(content: bytes) -> object:
    """What was packed. Raises one of `UNREADABLE` where the bytes are others."""
    return _Unpickler(BytesIO(content)).load()


def parts(kind: type) -> tuple[str, ...]:
    """The names of all that an object of a kind consists of, in order."""
    if issubclass(kind, tuple):
        return tuple(kind.__annotations__)
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind))
    return tuple(vars(kind)["__slots__"])


class _Pickler(pickle.Pickler):
    """Writes each object as its kind and its parts."""

    def reducer_override(self, one: Any) -> Any:  # noqa: ANN401  (pickle's signature)
        kind = type(one)
        if (apart := _APART.get(kind)) is not None:
            return kind, apart(one)
        if kind is Known:
            return _known_apart(one)
        if kind is array:
            return array, (one.typecode, one.tobytes())
        if kind is type:
            return NotImplemented
        raise TypeError(f"a snapshot knows of no {kind.__qualname__} in the books: {one!r}")


class _Unpickler(pickle.Unpickler):
    """Finds nothing by name but what makes the known kinds."""

    def find_class(self, module: str, name: str, /) -> Any:  # noqa: ANN401  (pickle's signature)
        try:
            return _MAKERS[module, name].__call__
        except KeyError:
            raise pickle.UnpicklingError(f"a snapshot holds no {module}.{name}") from None


def _apart(kind: type) -> Callable[[Any], tuple[object, ...]]:
    """What takes an object of a kind apart."""
    names = parts(kind)
    if kind is Registers:
        return lambda one: tuple(
            notes_in_columns(getattr(one, name)) if name == _NOTES else getattr(one, name) for name in names
        )
    return lambda one: tuple(getattr(one, name) for name in names)


def _known_apart(known: "Known[Any, Any]") -> tuple[object, ...]:
    """What is known by name: its words for what is not, and then loans in columns, or anything else one by one."""
    words = getattr(known, Known.__slots__[0])
    if isinstance(next(iter(known.values()), None), Loan):
        return Known, (words, loans_in_columns(known))
    return Known, (words, None), None, None, iter(known.items())


def _known(words: str, loans: Columns | None) -> "Known[Any, Any]":
    known: Known[Any, Any] = Known(words)
    if loans is not None:
        known.update(loans_of(loans))
    return known


def _maker(kind: type) -> Made:
    """What makes an object of a kind of its parts."""
    if issubclass(kind, tuple):
        return lambda *values: tuple.__new__(kind, values)
    names, new, put = parts(kind), object.__new__, object.__setattr__

    def filled(*values: Any) -> object:  # noqa: ANN401  (as many kinds of values as parts)
        one = new(kind)
        for name, value in zip(names, values, strict=True):
            put(one, name, notes_of(value) if name == _NOTES else value)
        return one

    return filled


_NOTES: Final = "_noted"
_APART: Final = {kind: _apart(kind) for kind in KINDS}
_MAKERS: Final[dict[tuple[str, str], Any]] = {
    **{(kind.__module__, kind.__qualname__): _maker(kind) for kind in KINDS},
    (Known.__module__, Known.__qualname__): _known,
    (array.__module__, array.__qualname__): array,
}
