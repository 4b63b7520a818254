"""Which code folded the tables: those of other code are not relied on, and made anew."""

from functools import cache

from ledger.snapshot import sources
from projections.store.states import digest


@cache
def code_version() -> str:
    """The SHA-256 of the code that folds: the ledger's own, and the projections'."""
    parts = (b"%b %d\n%b" % (f"{package}{name}".encode(), len(code), code) for package, name, code in _sources())
    return digest(b"".join(parts))


def _sources() -> list[tuple[str, str, bytes]]:
    return [(package, *source) for package in ("ledger", "projections") for source in sources(package)]
