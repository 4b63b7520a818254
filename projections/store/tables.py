"""What the tables take of the folds: the lines and steps of entries as they come, and the rows that have changed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, Table, delete

from ledger.values import Timestamp
from projections.pools import pool_rows
from projections.store.folds import Folds
from projections.store.rows import Row, append, append_encoded, put, replace
from projections.store.schema import (
    ASSETS,
    BY_ACCOUNT,
    CASES,
    CHARTERS,
    DEFICITS,
    ENTRIES,
    FUNDS,
    LENDERS,
    LOANS,
    POOLS,
    PROJECTED,
    PROJECTIONS,
    REGISTER,
    TRIAL_BALANCE,
)

Changed = Callable[[Folds, bool], Iterable[Row]]
"""The rows of a table that are to be written: all of them, or those that may have changed."""


def empty(connection: Connection, names: Sequence[str]) -> None:
    """Have nothing in the tables of some projections, and their cursors at the beginning."""
    for name in names:
        connection.execute(delete(PROJECTED[name]))
    connection.execute(delete(PROJECTIONS).where(PROJECTIONS.c.name.in_(names)))
    if "register" in names:
        connection.execute(delete(ENTRIES))
        if connection.dialect.name == "sqlite":  # in PostgreSQL that would wait for every reader
            BY_ACCOUNT.drop(connection, checkfirst=True)


def append_lines(connection: Connection, folds: Folds, *, lines: bool, steps: bool) -> None:
    """Write the entries, the lines of the register and the steps of cases that came since the last time."""
    accounts, cases = folds.accounts, folds.cases
    if lines and "register" in folds.names:
        append_encoded(connection, ENTRIES, folds.entries)
        append_encoded(connection, REGISTER, accounts.lines)
    if steps and "cases" in folds.names:
        append(connection, CASES, ((case, *row) for case, row in cases.steps))
    if folds.chartered:
        chartered = [(one.position, one.type, one.id, one.content.decode()) for one in folds.chartered]
        put(connection, CHARTERS, chartered)
        put(connection, ASSETS, folds.charters.assets.items())
    for written in (folds.entries, accounts.lines, cases.steps, folds.chartered):
        written.clear()


def write(connection: Connection, folds: Folds, *, everything: bool) -> None:
    """Write the rows that changed since the last time, or `everything` in the place of what is there."""
    for name in folds.names:
        if name in _CHANGED:
            table, changed = _CHANGED[name]
            written = replace if everything else put
            written(connection, table, changed(folds, everything))
    folds.settle()


def _lenders(folds: Folds, everything: bool) -> Iterable[Row]:  # noqa: FBT001  (as each of these)
    return folds.lenders.rows(None if everything else {*folds.lenders.touched})


def _funds(folds: Folds, _: bool) -> Iterable[Row]:  # noqa: FBT001
    return folds.funds.rows()


def _deficits(folds: Folds, everything: bool) -> Iterable[Row]:  # noqa: FBT001
    as_of = Timestamp(f"{folds.latest}Z") if folds.latest else None
    return folds.deficits.rows(as_of, None if everything else folds.deficits.changed())


def _loans(folds: Folds, everything: bool) -> Iterable[Row]:  # noqa: FBT001
    return folds.loans.rows(None if everything else folds.loans.changed())


def _pools(folds: Folds, _: bool) -> Iterable[Row]:  # noqa: FBT001
    return pool_rows(folds.accounts, folds.charters)


def _trial_balance(folds: Folds, everything: bool) -> Iterable[Row]:  # noqa: FBT001
    accounts = folds.accounts
    if everything:
        all_ = accounts.by_commodity.items()
        return (accounts.row_of(account, commodity) for commodity, balances in all_ for account in balances)
    return (accounts.row_of(*changed) for changed in accounts.changed)


_CHANGED: Final[Mapping[str, tuple[Table, Changed]]] = {
    "lenders": (LENDERS, _lenders),
    "funds": (FUNDS, _funds),
    "deficits": (DEFICITS, _deficits),
    "loans": (LOANS, _loans),
    "pools": (POOLS, _pools),
    "trial-balance": (TRIAL_BALANCE, _trial_balance),
}
