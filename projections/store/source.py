"""Which code folded the tables: those of other code are not relied on, and made anew."""

from functools import cache

from sqlalchemy import Connection, inspect, select

from ledger.snapshot import sources
from projections.store.schema import PROJECTIONS
from projections.store.states import digest


@cache
def code_version() -> str:
    """The SHA-256 of the code that folds: the ledger's own, and the projections'."""
    parts = (b"%b %d\n%b" % (f"{package}{name}".encode(), len(code), code) for package, name, code in _sources())
    return digest(b"".join(parts))


def is_of_this_code(connection: Connection) -> bool:
    """Whether there are tables, and this code folded all that is in them."""
    if not inspect(connection).has_table(PROJECTIONS.name):
        return False
    return {*connection.execute(select(PROJECTIONS.c.code)).scalars()} <= {code_version()}


def _sources() -> list[tuple[str, str, bytes]]:
    return [(package, *source) for package in ("ledger", "projections") for source in sources(package)]
