"""Another book as the other side: what its reports say as a snapshot, and what is on its accounts as a statement.

It is known by the SHA-256 of the stored bytes of all its entries, one after the other; its rows are its entries.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from ledger.errors import AskedAmiss
from ledger.journal import Journal, envelope
from ledger.values import Json, Timestamp
from projections.reading import Asked, Selection
from projections.reconciliation.items import FileMark, Held, Item, Snapshot, Statement
from projections.reconciliation.movements.ours import ours_of
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import moment_of
from projections.reports import REPORTS, Report
from projections.rows import measures, plain_type

BOOK: Final = "book"
"""The kind of a file that is a book: it states every row of a report, and every entry on an account."""


def snapshot_of_book(journal: Journal, report: str, field: str, as_of: str | None) -> Snapshot:
    """Every row of a report as of a time in another book: of one field, or of all that are numbers where it is empty.

    `as_of` is an instant, or a day for its end in UTC; None or empty, the latest effective time of that book. Raises
    `AskedAmiss` for a report that is not there or is not of numbers by name, and for a book without entries.
    """
    found = REPORTS.get(report)
    if found is None or found.needs or found.streams:
        raise AskedAmiss(f"{report} is no report of balances by name")
    selection = Selection(journal, Asked(as_of=moment_of(as_of) if as_of else None))
    rows = list(found.make(selection, {}, iter).rows)
    at = selection.shown().as_of
    if at is None:
        raise AskedAmiss(f"{journal.name} has no entries")
    held = tuple(
        Held(place, tuple((key, str(getattr(row, key))) for key in found.keys), name, amount)
        for place, row in enumerate(rows, 1)
        for name, amount in _numbers(found, row, field)
    )
    mark = _mark(journal, {"count": len(held), "sum": str(sum(one.amount for one in held))})
    return Snapshot(file=mark, at=as_of or at, block=None, finalized=None, held=held)


def statement_of_book(
    journal: Journal, accounts: Sequence[str], opened_at: str, closed_at: str, commodity: str
) -> Statement:
    """What is on accounts of another book, which are one to us, from `opened_at` to `closed_at` (days or instants).

    An empty `opened_at` is before its first entry, an empty `closed_at` its latest effective time. Each entry is a line
    with its own id for a reference. Raises `AskedAmiss` for an account that it does not have, for accounts of another
    commodity, and for a book without entries.
    """
    closing = closed_at or _latest(journal)
    theirs = ours_of(journal, accounts, Rules(), opened_at=opened_at, closed_at=closing, carried=None)
    if commodity and theirs.commodity != commodity:
        told = ", ".join(accounts)
        raise AskedAmiss(f"{told} of {journal.name} is kept in {theirs.commodity}, not in {commodity}")
    items = tuple(_line(item) for item in theirs.items)
    return Statement(
        file=_mark(journal, _totals(items)),
        account=",".join(theirs.accounts),
        commodity=theirs.commodity,
        opened_at=opened_at,
        opening=theirs.opening,
        closed_at=closing,
        closing=theirs.closing,
        items=items,
    )


def numbers_in(report: Report) -> Iterator[str]:
    """The fields of a report that are numbers, or hold numbers by name."""
    for name in measures(report.row_type):
        if name not in report.keys and plain_type(report.row_type, name)[0] is not str:
            yield name


def _numbers(report: Report, row: tuple[Any, ...], field: str) -> Iterator[tuple[str, int]]:
    """The numbers of a row, by the names of their fields; what a mapping holds as `FIELD.NAME`."""
    for name in numbers_in(report):
        value = getattr(row, name)
        found = {f"{name}.{part}": of for part, of in value.items()} if isinstance(value, Mapping) else {name: value}
        for full, amount in found.items():
            if amount is not None and field in ("", name, full):
                yield full, amount


def _line(item: Item) -> Item:
    """An entry of theirs as a line of a statement."""
    return item._replace(id="", end_to_end=item.id, reference=item.id, kind="", twin="")


def _totals(items: Sequence[Item]) -> Json:
    credits_ = sum(item.amount for item in items if item.amount > 0)
    debits = -sum(item.amount for item in items if item.amount < 0)
    return {"credits": str(credits_), "debits": str(debits), "count": len(items)}


def _latest(journal: Journal) -> Timestamp:
    """The latest effective time of any entry, whether it counts or not: each is a line."""
    latest = max((entry.effective_key() for entry in journal.read()), default=b"")
    if not latest:
        raise AskedAmiss(f"{journal.name} has no entries")
    return Timestamp(f"{latest.decode()}Z")


def _mark(journal: Journal, totals: Json) -> FileMark:
    """The mark of a book as it is now: its stored bytes are put together again from its entries, in one reading."""
    digest, entries = sha256(), 0
    for entry in journal.read():
        entries += 1
        digest.update(envelope(entry.recorded_at, entry.recorded_by))
        digest.update(entry.content)
        digest.update(b"}")
    return FileMark(name=journal.name, sha256=digest.hexdigest(), kind=BOOK, rows=entries, totals=totals)
