"""Rows of a table held against those that it should have: a finding for each that differs, is missing or too much."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Connection, Dialect, Table, select, type_coerce
from sqlalchemy.types import NULLTYPE

from projections.store.amounts import Amount, decoder, encoder

Row = tuple[Any, ...]

_BATCH: Final = 5_000
"""Rows that are held in memory while a long table is read."""


class Finding(NamedTuple):
    """A difference of a table and the fold: what of which row the one says and the other.

    `field` is empty where one of the two has no such row, and `key` where it is said of the whole.
    """

    projection: str
    key: str
    field: str
    table: str
    fold: str

    def __str__(self) -> str:
        where = " ".join(part for part in (self.projection, self.key) if part)
        if self.field:
            return f"{where}: {self.field} is {self.table} in the table, {self.fold} by the fold"
        return f"{where}: {self.table} in the table, {self.fold} by the fold"


def stored(connection: Connection, table: Table, order: Sequence[Column[Any]]) -> Iterator[Row]:
    """The rows of a table in an order, as the driver gives them."""
    raw = [type_coerce(column, NULLTYPE) for column in table.columns]
    question = select(*raw).order_by(*order).execution_options(yield_per=_BATCH)
    return (tuple(row) for row in connection.execute(question))


def differences(
    projection: str,
    table: Table,
    dialect: Dialect,
    *,
    order: Sequence[Column[Any]],
    expected: Iterable[Row],
    found: Iterator[Row],
) -> Iterator[Finding]:
    """What is different; both come in one order, in which no two have the same place, and as the driver takes them."""
    names = [column.name for column in table.columns]
    key = [names.index(column.name) for column in order]
    wanted = iter(expected)
    want, have = next(wanted, None), next(found, None)
    while want is not None or have is not None:
        if want == have:
            want, have = next(wanted, None), next(found, None)
        elif have is None or (want is not None and _place(want, key) < _place(have, key)):
            yield Finding(projection, _told(want, key), "", "missing", "a row")
            want = next(wanted, None)
        elif want is None or _place(have, key) < _place(want, key):
            yield Finding(projection, _told(have, key), "", "a row", "none")
            have = next(found, None)
        else:
            for finding in unequal(table, _told(want, key), have, dict(zip(names, want, strict=True)), dialect):
                yield finding._replace(projection=projection)
            want, have = next(wanted, None), next(found, None)


def unequal(
    table: Table, key: str, row: Sequence[Any], expected: Mapping[str, Any], dialect: Dialect
) -> Iterator[Finding]:
    """What is different of one row, in the columns of which it is known what they should hold."""
    for column, found in zip(table.columns, row, strict=True):
        if column.name in expected and found != expected[column.name]:
            should = shown(expected[column.name], column, dialect)
            yield Finding(table.name, key, column.name, shown(found, column, dialect), should)


def shown(value: object, column: Column[Any], dialect: Dialect) -> str:
    """A value as the driver gives it, for people: an amount as a number, if it is written as one."""
    if value is None:
        return "nothing"
    if isinstance(column.type, Amount):
        try:
            amount = decoder(dialect)(value)
            if encoder(dialect)(amount) == value:
                return str(amount)
        except (ValueError, TypeError, IndexError):
            pass
    return value if isinstance(value, str) and value.isprintable() and value else repr(value)


def _told(row: Row | None, key: Sequence[int]) -> str:
    return " ".join(str(row[part]) for part in key) if row is not None else ""


def _place(row: Row, key: Sequence[int]) -> tuple[tuple[int, Any], ...]:
    """Where a row stands in the order. SQLite may hold values of other kinds: nothing, numbers, text, bytes."""
    return tuple(_ranked(row[part]) for part in key)


def _ranked(value: Any) -> tuple[int, Any]:  # noqa: ANN401  (whatever the driver gives)
    match value:
        case None:
            return 0, 0
        case str():
            return 2, value
        case bytes():
            return 3, value
        case _:
            return 1, value
