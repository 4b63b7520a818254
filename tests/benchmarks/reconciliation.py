"""Entries against as many lines of a statement, on exact keys, beside `datacompy` on the same two files.

Of every ten thousand movements one is a single unit more on their side, one is ours alone and one theirs alone. The
amounts are such that a float cannot tell that unit.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from time import process_time
from typing import Any, Final

from projections.reconciliation.items import Item, Statement
from projections.reconciliation.matching.matched import matched
from projections.reconciliation.rules import Rules
from projections.reconciliation.sources.given import read
from projections.reconciliation.sources.wanted import Wanted

HEADER: Final = ("reference", "value_date", "amount")
KEYS: Final = ("reference",)
LARGE: Final = 10**17
EACH: Final = 10_000
ONE_MORE, OURS_ALONE, THEIRS_ALONE = 1, 2, 3
OPENED_AT, CLOSED_AT = "2025-12-31", "2026-12-31"


def write(number: str, ours: str, theirs: str) -> dict[str, Any]:
    """Write so many movements of either side, theirs in an order of their own. Gives what either side sums to."""
    entries, lines = list(_rows(int(number), theirs=False)), list(_rows(int(number), theirs=True))
    Random(0).shuffle(lines)  # noqa: S311  (no secret)
    _write(Path(ours), entries)
    _write(Path(theirs), lines)
    return {"ours": str(sum(row[2] for row in entries)), "theirs": str(sum(row[2] for row in lines))}


def recoup(ours: str, theirs: str, closing_ours: str, closing_theirs: str) -> dict[str, Any]:
    """Read both files and match them. Gives the CPU seconds of either, and what was found."""
    begun = process_time()
    entries, lines = _items(ours, closing_ours), _items(theirs, closing_theirs)
    was_read = process_time()
    both = matched(entries, lines, Rules())
    found = [len(both.matches), len(both.near), len(both.ours), len(both.theirs)]
    return {"read": was_read - begun, "matched": process_time() - was_read, "found": found}


def with_pandas(ours: str, theirs: str) -> dict[str, Any]:
    """The same by `datacompy` on frames of pandas."""
    import pandas as pd
    from datacompy import PandasCompare

    begun = process_time()
    mine, others = pd.read_csv(ours), pd.read_csv(theirs)
    was_read = process_time()
    found = _found(PandasCompare(mine, others, join_columns=list(KEYS)))
    return {"read": was_read - begun, "matched": process_time() - was_read, "found": found}


def with_polars(ours: str, theirs: str) -> dict[str, Any]:
    """The same by `datacompy` on frames of polars."""
    import polars as pl
    from datacompy import PolarsCompare

    begun = process_time()
    mine, others = pl.read_csv(ours), pl.read_csv(theirs)
    was_read = process_time()
    found = _found(PolarsCompare(mine, others, join_columns=list(KEYS)))
    return {"read": was_read - begun, "matched": process_time() - was_read, "found": found}


def _found(compared: Any) -> list[int]:
    """Like ours: how many are the same, differ under one key, are ours alone, are theirs alone."""
    both, same = len(compared.intersect_rows), int(compared.count_matching_rows())
    return [same, both - same, len(compared.df1_unq_rows), len(compared.df2_unq_rows)]


def _rows(number: int, *, theirs: bool) -> Iterator[tuple[str, str, int]]:
    for place in range(number):
        day = f"2026-{1 + place % 12:02d}-{1 + place % 28:02d}"
        amount = (LARGE + 7_919 * place) * (1 if place & 1 else -1)
        if place % EACH != (THEIRS_ALONE, OURS_ALONE)[theirs]:
            yield f"TX{place:09d}", day, amount + (theirs and place % EACH == ONE_MORE)


def _write(path: Path, rows: Iterable[tuple[str, str, int]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        writer.writerows(rows)


def _items(path: str, closing: str) -> tuple[Item, ...]:
    balances = {"opening": 0, "closing": int(closing)}
    wanted = Wanted(None, "EUR", 2, opened_at=OPENED_AT, closed_at=CLOSED_AT, **balances)
    statements = read(Path(path).read_bytes(), path, wanted, None)
    return tuple(item for one in statements if isinstance(one, Statement) for item in one.items)
