"""Views for people and their tools: amounts in units of their assets, exact, and the register with its entries.

In PostgreSQL such an amount is `NUMERIC`; in SQLite it is text, for its numbers end at 63 bits.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Table

from projections.store.amounts import Amount
from projections.store.mappings import Amounts
from projections.store.schema import CASES, DEFICITS, FUNDS, LENDERS, LOANS, POOLS, TRIAL_BALANCE

_IN_UNITS: Final = (LENDERS, FUNDS, DEFICITS, LOANS, POOLS, CASES, TRIAL_BALANCE)
_BY_NAME: Final = (
    ("loan_collateral", LOANS, ("pool", "loan"), "collateral", "asset", "quantity"),
    ("pool_claims", POOLS, ("pool",), "claims", "tranche", "amount"),
    ("pool_share_price", POOLS, ("pool",), "share_price", "tranche", "price_wad"),
)
"""What is kept by name in one column: the view of it, with a row for each name."""

NAMES: Final = (*(f"{table.name}_in_units" for table in _IN_UNITS), "general_ledger", *(name for name, *_ in _BY_NAME))
"""The names of the views."""


def create_views(connection: Connection) -> None:
    """Make the views."""
    for name, statement in statements(connection.dialect.name):
        connection.exec_driver_sql(f'CREATE VIEW "{name}" AS {statement}')


def drop_views(connection: Connection) -> None:
    """Drop the views that are there."""
    for name in NAMES:
        connection.exec_driver_sql(f'DROP VIEW IF EXISTS "{name}"')


def statements(kind: str) -> Iterator[tuple[str, str]]:
    """The name of each view, and what it selects in a database of a kind."""
    for table in _IN_UNITS:
        yield f"{table.name}_in_units", _in_units(table, kind)
    yield "general_ledger", _general_ledger(kind)
    for name, table, keys, column, of, amount in _BY_NAME:
        yield name, _by_name(kind, table, keys, column, of, amount)


def _in_units(table: Table, kind: str) -> str:
    asset = "commodity" if "commodity" in table.columns else "asset"
    columns = []
    for column in table.columns:
        if isinstance(column.type, Amount):
            shares = column.name == "shares"
            shown = _units(f't."{column.name}"', "0" if shares else "coalesce(a.decimals, 0)", kind)
            columns.append(f'{shown} AS "{column.name}"')
        elif not isinstance(column.type, Amounts):
            columns.append(f't."{column.name}"')
    return f'SELECT {", ".join(columns)} FROM "{table.name}" t LEFT JOIN assets a ON a.asset = t."{asset}"'  # noqa: S608  (names of our own)


def _general_ledger(kind: str) -> str:
    amounts = ", ".join(
        f'{_units(f"r.{name}", "coalesce(a.decimals, 0)", kind)} AS "{name}"' for name in ("amount", "balance")
    )
    joined = "register r JOIN entries e ON e.position = r.position LEFT JOIN assets a ON a.asset = r.commodity"
    of_entry = ", ".join(f"e.{name}" for name in ("at", "recorded_at", "recorded_by", "type", "id"))
    return f"SELECT r.position, r.line, {of_entry}, r.account, r.commodity, {amounts} FROM {joined}"  # noqa: S608  (likewise)


def _by_name(kind: str, table: Table, keys: tuple[str, ...], column: str, of: str, amount: str) -> str:
    kept = ", ".join(f't."{key}"' for key in keys)
    if kind == "sqlite":
        each = f'json_each(t."{column}") j'
        return f'SELECT {kept}, j.key AS "{of}", j.value AS "{amount}" FROM "{table.name}" t, {each}'  # noqa: S608  (likewise)
    each = f'json_each_text(t."{column}"::json) j'
    return f'SELECT {kept}, j.key AS "{of}", j.value::numeric AS "{amount}" FROM "{table.name}" t, {each}'  # noqa: S608  (likewise)


def _units(column: str, decimals: str, kind: str) -> str:
    """An amount in units."""
    if kind != "sqlite":
        return f"({column} * ('1e-' || {decimals})::numeric)"
    negative = f"{column} LIKE '-%'"
    digits = f"CASE WHEN {negative} THEN substr({column}, instr({column}, ' ') + 2) ELSE substr({column}, 3) END"
    zeros = f"replace(hex(zeroblob(max({decimals} + 1 - length({digits}), 0))), '00', '0')"
    padded = f"{zeros} || ({digits})"
    whole = f"substr({padded}, 1, length({padded}) - {decimals})"
    fraction = f"CASE WHEN {decimals} > 0 THEN '.' || substr({padded}, -{decimals}) ELSE '' END"
    sign = f"CASE WHEN {negative} THEN '-' ELSE '' END"
    return f"CASE WHEN {column} IS NULL THEN NULL ELSE ({sign} || {whole} || {fraction}) END"
