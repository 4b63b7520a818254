"""Reports out of the tables: while these are at the journal's head they say what the fold says, and sooner."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Table, or_, select, type_coerce
from sqlalchemy.types import NULLTYPE

from ledger.accounts import Charters, no_charters
from ledger.errors import StorageFailed
from ledger.events import AssetRegistered, FundOpened, PoolOpened
from ledger.journal import Journal
from ledger.values import Timestamp
from projections.reading import Shown
from projections.reports import Made, Report, Reported
from projections.rows import measures
from projections.store import points
from projections.store.amounts import Amount, decoder
from projections.store.database import Database
from projections.store.mappings import Amounts, decoded
from projections.store.schema import ENTRIES, PROJECTED, PROJECTIONS, REGISTER, column_of
from projections.store.source import is_of_this_code

_PROJECTION: Final = {"case": "cases"}
"""The projection that a report is served from, where it has another name."""

_BATCH: Final = 5_000
"""Rows that are held in memory while a long report is read."""


def served(database: Database, journal: Journal, report: Report, named: Mapping[str, str]) -> Reported | None:
    """A report of the present; None where its table is not at the journal's head, or there is none.

    It is read of one moment. Raises `StorageFailed` where the database cannot be read, also while rows are taken.
    """
    name = _PROJECTION.get(report.name, report.name)
    if name not in PROJECTED or (report.name == "register" and named):
        return None
    question = _register() if report.name == "register" else _question(PROJECTED[name], report, named)
    reading = _read(database, journal, name, question, report.row_type)
    begun = next(reading, None)
    return None if begun is None else Reported(Made(reading), *begun)


def _read(
    database: Database, journal: Journal, name: str, question: Select[Any], row_type: type[tuple[Any, ...]]
) -> Iterator[Any]:
    """Where a projection stands, with the charters, and then its rows; nothing where it is not at the head."""
    with database.reading() as connection:
        begun = _begun(connection, journal, name)
        if begun is None:
            return
        batches = _batches(connection, question)
        yield begun
        try:
            for columns in batches:
                yield from map(row_type._make, zip(*columns, strict=True))  # type: ignore[attr-defined]  # a named tuple
        except (ValueError, TypeError, AttributeError) as error:
            raise StorageFailed(f"{database.shown}: {name}: what is kept is not what was written ({error})") from error


def _begun(connection: Connection, journal: Journal, name: str) -> tuple[Shown, Charters] | None:
    """Where a projection stands, if that is the journal's head, and it is this journal's and of this code."""
    if not is_of_this_code(connection):
        return None
    found = connection.execute(select(PROJECTIONS).where(PROJECTIONS.c.name == name)).first()
    if found is None or found.position != journal.head().position:
        return None
    chartered = points.charters(connection, found.position, found.charters)
    if chartered is None or not points.stands(found.position, found.entry_sha256, journal):
        return None
    charters = no_charters()
    for entry in chartered:
        opened = entry.event()
        if isinstance(opened, AssetRegistered | FundOpened | PoolOpened):
            opened.chart(charters)
    return Shown(found.position, found.as_of and Timestamp(found.as_of), None, 0, found.adjusted), charters


def _question(table: Table, report: Report, named: Mapping[str, str]) -> Select[Any]:
    columns = [table.c[column_of(field)] for field in measures(report.row_type)]
    chosen = select(*columns).order_by(*table.primary_key.columns)
    if report.name == "trial-balance":
        return chosen.where(or_(*(table.c.owner == name for name in named.values()))) if named else chosen
    conditions: list[ColumnElement[bool]] = [table.c[column_of(kind)] == name for kind, name in named.items()]
    return chosen.where(*conditions)


def _register() -> Select[Any]:
    of = REGISTER.c
    columns = (of.position, ENTRIES.c.at, ENTRIES.c.type, of.account, of.commodity, of.amount, of.balance)
    return select(*columns).join(ENTRIES, ENTRIES.c.position == of.position).order_by(of.position, of.line)


def _batches(connection: Connection, question: Select[Any]) -> Iterator[Iterable[Sequence[Any]]]:
    """The columns of many rows at a time, converted column by column: the driver's own values are taken as they are."""
    raw = [type_coerce(column, NULLTYPE) for column in question.selected_columns]
    decoders = [_decoder(column.type, connection) for column in question.selected_columns]
    found = connection.execution_options(yield_per=_BATCH).execute(question.with_only_columns(*raw))
    return (
        [
            values if decode is None else _decoded(values, decode)
            for values, decode in zip(zip(*batch, strict=True), decoders, strict=True)
        ]
        for batch in found.partitions()
    )


def _decoder(kind: object, connection: Connection) -> Callable[[Any], Any] | None:
    if isinstance(kind, Amounts):
        return decoded
    return decoder(connection.dialect) if isinstance(kind, Amount) else None


def _decoded(values: Sequence[Any], decode: Callable[[Any], Any]) -> list[Any]:
    return [value if value is None else decode(value) for value in values]
