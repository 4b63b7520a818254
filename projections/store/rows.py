"""Rows on their way into a table: many at once, by the quickest way that each kind of database has."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Table, delete
from sqlalchemy.exc import DBAPIError

from projections.store import mappings
from projections.store.amounts import Amount, encoder
from projections.store.mappings import Amounts

Row = Sequence[Any]

BATCH: Final = 5_000
"""Rows that are handed to SQLite at once."""


def append(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert rows whose values are in the order of the table's columns, and of which none is there."""
    _insert(connection, table, rows, "")


def append_encoded(connection: Connection, table: Table, rows: list[tuple[Any, ...]]) -> None:
    """The same of rows that are as the driver takes them."""
    _write(connection, table, rows, "")


def put(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Insert rows, or put them in the place of those that have the same key."""
    key = ", ".join(map(_quoted, table.primary_key.columns.keys()))
    others = [_quoted(column.name) for column in table.columns if not column.primary_key]
    changed = ", ".join(f"{name} = excluded.{name}" for name in others)
    _insert(connection, table, rows, f" ON CONFLICT ({key}) DO UPDATE SET {changed}")


def replace(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Have these rows in a table, and no others."""
    connection.execute(delete(table))
    append(connection, table, rows)


def encoded(rows: Iterable[Row], table: Table, dialect: Dialect) -> Iterator[tuple[Any, ...]]:
    """Rows of a table as the driver takes them."""
    return _encoded(rows, [_encoder(column.type, dialect) for column in table.columns])


def _insert(connection: Connection, table: Table, rows: Iterable[Row], conflict: str) -> None:
    _write(connection, table, encoded(rows, table, connection.dialect), conflict)


def _encoded(rows: Iterable[Row], encoders: Sequence[Callable[[Any], Any] | None]) -> Iterator[tuple[Any, ...]]:
    """Rows as the driver takes them, encoded column by column."""
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        columns = (
            values if encode is None else [value if value is None else encode(value) for value in values]
            for values, encode in zip(zip(*batch, strict=True), encoders, strict=True)
        )
        yield from zip(*columns, strict=True)


def _encoder(kind: object, dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(kind, Amount):
        return None if dialect.name != "sqlite" else encoder(dialect)
    return mappings.encoded if isinstance(kind, Amounts) else None


def _write(connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]], conflict: str) -> None:
    if connection.dialect.name == "sqlite":
        _by_many(connection, table, iter(rows), conflict)
        return
    try:
        _by_copy(connection, table, rows, conflict)
    except connection.dialect.loaded_dbapi.Error as error:  # the driver's own, which SQLAlchemy does not see here
        raise DBAPIError(f"COPY {table.name}", None, error) from error


def _by_many(connection: Connection, table: Table, rows: Iterator[tuple[Any, ...]], conflict: str) -> None:
    """SQLite: one statement, run for many rows."""
    places = ", ".join("?" * len(table.columns))
    statement = f"INSERT INTO {_named(table)} VALUES ({places}){conflict}"  # noqa: S608  (names of our own tables)
    while batch := list(islice(rows, BATCH)):
        connection.exec_driver_sql(statement, batch)


def _by_copy(connection: Connection, table: Table, rows: Iterable[Row], conflict: str) -> None:
    """PostgreSQL: a copy into the table, or into one like it where some of the rows may be there already."""
    name = _named(table)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        target = name
        if conflict:
            target = _quoted(f"fresh_{table.name}")
            cursor.execute(f"CREATE TEMPORARY TABLE {target} (LIKE {name}) ON COMMIT DROP")
        with cursor.copy(f"COPY {target} FROM STDIN") as copied:
            for row in rows:
                copied.write_row(row)
        if conflict:
            cursor.execute(f"INSERT INTO {name} SELECT * FROM {target}{conflict}")  # noqa: S608  (likewise)
            cursor.execute(f"DROP TABLE {target}")


def _named(table: Table) -> str:
    return _quoted(table.name)


def _quoted(name: str) -> str:
    return f'"{name}"'
