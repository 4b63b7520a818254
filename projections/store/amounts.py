"""Amounts in SQL: exact at any size, and sorted and compared by plain SQL as the numbers that they are.

PostgreSQL has `NUMERIC`. SQLite's integers end at 63 bits, so there an amount is text: two digits that say how many
digits follow, and the digits. 1,234 is `041234`, and 0 is `010`: longer numbers sort after shorter ones. A negative
amount is a minus sign and the nines' complement of all of that, so that it sorts before them, the larger the earlier;
and then, behind a space, the amount for people to read: -1,234 is `-958765 -1234`.
"""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Dialect, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

LENGTH_MAX: Final = 99
"""The most digits of an amount: those of 2^256 are 78."""

_LENGTHS: Final = tuple(f"{length:02d}" for length in range(LENGTH_MAX + 1))
_COMPLEMENTS: Final = tuple((LENGTH_MAX + 1 - length) * 10**length - 1 for length in range(LENGTH_MAX + 1))
"""By length, what a number with its length before it and the complement of that add up to: all nines."""


def sortable(amount: int) -> str:
    """An amount as text that sorts as the amount does, byte by byte. Raises `ValueError` above 99 digits."""
    text = str(amount)
    length = len(text)
    try:
        if amount < 0:
            return f"-{str(_COMPLEMENTS[length - 1] + amount).zfill(length + 1)} {text}"
        return _LENGTHS[length] + text
    except IndexError:
        raise ValueError(f"an amount of {len(text.lstrip('-'))} digits is longer than {LENGTH_MAX}") from None


def integer(text: str) -> int:
    """The amount of a sortable text."""
    return int(text[text.index(" ") :]) if text[0] == "-" else int(text[2:])


class Amount(TypeDecorator[int]):
    """An exact integer: `NUMERIC` where there is one, sortable text in SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """What it is in a database of this kind."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric(asdecimal=True))

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Any:  # noqa: ANN401  (the driver's own)
        """As the driver takes it."""
        return value if value is None else encoder(dialect)(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ANN401  (likewise)
        """As the driver gives it."""
        return value if value is None else decoder(dialect)(value)


def encoder(dialect: Dialect) -> Callable[[int], Any]:
    """What makes of an amount what the driver takes."""
    return sortable if dialect.name == "sqlite" else int


def decoder(dialect: Dialect) -> Callable[[Any], int]:
    """What makes an amount of what the driver gives."""
    return integer if dialect.name == "sqlite" else int
