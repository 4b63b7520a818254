"""How a receipt is shown: as journal entries with what each source bore and what stays open, or as JSON."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TextIO

import click

from cli.amounts import in_units, printable
from cli.columns import columns
from cli.tables import print_columns
from ledger.accounts import Charters
from ledger.desk import Desk
from ledger.events import AnyEvent
from ledger.receipt import Borne, Receipt, Recorded
from ledger.values import AssetId, CaseId, Commodity, FundId, Json, PoolId
from projections.rows import Units


class Open(NamedTuple):
    """What nobody has borne yet of what was recognized in a case, in the pool's asset."""

    pool: PoolId
    case: CaseId
    amount: int


def open_deficits(receipt: Receipt, desk: Desk) -> list[Open]:
    """What stays open of the cases that a receipt's entries name, once something of them is recognized."""
    named = dict.fromkeys(filter(None, map(_case_of, receipt.events)))
    states = (desk.case(pool, case) for pool, case in named)
    return [Open(state.pool, state.case, state.open) for state in states if state.recognized]


def _case_of(event: AnyEvent) -> tuple[PoolId, CaseId] | None:
    """The pool and the case that an event names, where it names one."""
    fields = vars(event)
    return (fields["pool"], fields["case"]) if fields.get("case") is not None else None


# JSON.


def document(receipt: Receipt, left: Sequence[Open], book: str) -> Json:
    """A receipt as a document. Amounts are text, in base units."""
    return {
        "schema": "recoup.receipt/1",
        "book": book,
        "id": receipt.id,
        "already": receipt.already,
        "rehearsed": receipt.rehearsed,
        "entries": entries(receipt),
        "borne": [one._asdict() | {"amount": str(one.amount), "paid": str(one.paid)} for one in receipt.borne],
        "open": [one._asdict() | {"amount": str(one.amount)} for one in left],
    }


def entries(receipt: Receipt) -> list[Json]:
    """The entries of a receipt, each with its event and its postings."""
    return [_entry(entry) for entry in receipt.entries]


def _entry(entry: Recorded) -> Json:
    return {
        "position": entry.position,
        "event": json.loads(entry.event.canonical()),
        "postings": [line._asdict() | {"amount": str(line.amount)} for line in entry.postings],
    }


# Tables.


class Line(NamedTuple):
    """A line of a journal entry: the first of an entry says which it is."""

    position: str
    type: str
    account: str
    debit: Units | None
    credit: Units | None
    commodity: str


class Bearer(NamedTuple):
    """What a source bore of a case, or what stays open of it; and what that cost a fund of another asset."""

    case: CaseId
    borne_by: str
    amount: Units
    asset: str
    paid: str


def print_receipt(receipt: Receipt, left: Sequence[Open], charters: Charters, book: str, out: TextIO) -> None:
    """Print a receipt: its id, a journal entry for each event, what each source bore, and what stays open."""
    would = receipt.rehearsed and not receipt.already
    click.secho(printable(f"{receipt.id}, {'would be ' if would else ''}recorded in {book}"), bold=True, file=out)
    print_entries(receipt, left, charters, out, would=would)


def print_entries(receipt: Receipt, left: Sequence[Open], charters: Charters, out: TextIO, *, would: bool) -> None:
    """Print the same without the line of its id, its positions marked where they only `would` be."""
    lines = [line for entry in receipt.entries for line in _lines(entry, marked=would)]
    positions, *others = columns(lines, Line, charters)
    print_columns([positions._replace(numeric=True), *(one for one in others if any(one.cells))], out)
    if receipt.borne or any(one.amount for one in left):
        click.secho("\nWho bears it", bold=True, file=out)
        bearers = columns(list(_bearers(receipt.borne, left, charters)), Bearer, charters)
        print_columns([one for one in bearers if any(one.cells)], out)


def _lines(entry: Recorded, *, marked: bool) -> Iterator[Line]:
    """A line for each posting, debit or credit; one where nothing is posted."""
    position = f"({entry.position})" if marked else str(entry.position)
    if not entry.postings:
        yield Line(position, entry.event.type, "", None, None, "")
    for number, (account, commodity, amount) in enumerate(entry.postings):
        where, kind = (position, entry.event.type) if number == 0 else ("", "")
        debit, credit = (Units(amount), None) if amount > 0 else (None, Units(-amount))
        yield Line(where, kind, account, debit, credit, commodity)


def _bearers(borne: Sequence[Borne], left: Sequence[Open], charters: Charters) -> Iterator[Bearer]:
    for pool, case, source, name, amount, paid in borne:
        asset = charters.pools[pool].asset
        spent = _in_asset(paid, charters.funds[FundId(name)].asset, charters) if source == "fund" else ""
        by = source if source == "reserve" else f"{source} {name}"
        yield Bearer(case, by, Units(amount), asset, "" if spent == _in_asset(amount, asset, charters) else spent)
    for pool, case, amount in left:
        yield Bearer(case, "open", Units(amount), charters.pools[pool].asset, "")


def _in_asset(amount: int, asset: Commodity, charters: Charters) -> str:
    return f"{in_units(amount, charters.assets[AssetId(asset)])} {asset}"
