"""The write lock of an SQLite file, for as long as one is willing to wait for another writer."""

from time import monotonic

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from projections.store.failures import is_busy


def begin_immediate(connection: Connection, *, patience: int) -> None:
    """Begin a transaction that writes, in a file that readers can read meanwhile.

    Raises `OperationalError` where another one writes for longer than `patience` seconds.
    """
    until = monotonic() + patience
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            if not is_busy(error) or monotonic() >= until:
                raise
        else:
            return
