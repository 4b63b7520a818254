"""ISO 20022 statements of an account (camt.053): which of a document are meant, and whether they hold together.

Opening and booked entries are the closing; pages are joined to their statement, and statements of one account to one
where each opens with what the one before closed with. Everything that is wrong with a document is told together.
"""

from hashlib import sha256
from itertools import pairwise

from ledger.errors import Malformed
from projections.reconciliation.items import FileMark, Item, SourceRefused, Statement
from projections.reconciliation.sources.camt053_pages import Joined, joined
from projections.reconciliation.sources.camt053_statements import Stated, day_before
from projections.reconciliation.sources.camt053_values import Reading
from projections.reconciliation.sources.camt053_xml import Part, Unreadable, parts_of
from projections.reconciliation.sources.wanted import Wanted


def read_camt053(content: bytes, name: str, wanted: Wanted) -> tuple[Statement, ...]:
    """The statement of the wanted account in a document, as a tuple of one: of one account, in one currency.

    Several statements of it that follow each other are one, from the first opening to the last closing. Credits are
    positive. A line's `place` is the line of its entry in the document, of its transaction where it is one of several;
    or the how manieth it is, where several stand on one line. An entry of no amount moves nothing, and is no line.
    Raises `SourceRefused` with every flaw: what is no XML or has a document type, is in another version, is not of the
    account, has amounts or days that are none, balances or control totals that do not add up, pages that are missing;
    `AskedAmiss` where the reader of XML is not installed.
    """
    reading = Reading(wanted.decimals)
    version, found, broken = _read(content, wanted, reading)
    meant = [stated for stated in found if stated.is_wanted]
    flaws = reading.flaws
    statements: list[Joined] = []
    if unclear := _unclear(found, meant, wanted):
        flaws = flaws if broken else [unclear]
    elif not broken:
        statements = joined(meant, reading)
        _check(statements, wanted, reading)
    if flaws or not statements:
        raise SourceRefused(name, tuple(dict.fromkeys(map(str, flaws))))
    items = _placed([item for one in statements for item in one.items])
    mark = _mark(content, name, version, statements, items)
    return (_statement(statements[0], statements[-1], items, mark, wanted),)


def _read(content: bytes, wanted: Wanted, reading: Reading) -> tuple[str, list[Stated], bool]:
    """The version of a document, its statements, and whether it breaks off."""
    found: list[Stated] = []
    version = ""
    try:
        for part in parts_of(content):
            version = part.version
            if part.statement:
                _take(part, found, wanted, reading)
    except Unreadable as error:
        reading.flaws.append(error.flaw)
        return version, found, True
    if not found:
        reading.flaws.append(Malformed(1, "BkToCstmrStmt", "a document without a statement (Stmt)", ""))
    return version, found, False


def _take(part: Part, found: list[Stated], wanted: Wanted, reading: Reading) -> None:
    if part.statement > len(found):
        found.append(Stated(part.statement, wanted, reading))
    stated = found[-1]
    if part.node.name != "Stmt":
        stated.take(part.node)
        return
    stated.line = part.node.line
    if stated.is_wanted:
        stated.finish()


def _unclear(found: list[Stated], meant: list[Stated], wanted: Wanted) -> Malformed | None:
    """Why it is not clear which statements are meant: none is of the account, or they are of several."""
    there = "; ".join(dict.fromkeys(f"{one.account} in {one.currency or '?'}" for one in found))
    kinds = {(one.account, one.currency) for one in meant}
    asked = f"{wanted.account or 'any account'} in {wanted.commodity}"
    if found and not meant:
        return Malformed(found[0].line, "Stmt", f"no statement of {asked}; there is {there}", "")
    if len(kinds) > 1:
        which = "; ".join(dict.fromkeys(f"{one.account} in {one.currency}" for one in meant))
        return Malformed(meant[0].line, "Stmt", f"statements of several accounts can be meant by {asked}: {which}", "")
    return None


def _check(statements: list[Joined], wanted: Wanted, reading: Reading) -> None:
    """Tells where statements do not follow each other, or say other than was said of them."""
    for before, after in pairwise(statements):
        if after.opening.amount != before.closing.amount:
            closed = f"{before.name} at line {before.line} closed with {reading.told(before.closing.amount)}"
            message = f"{after.name} does not follow the statement before it: {closed}"
            reading.flaws.append(after.opening.node.flaw(message, reading.told(after.opening.amount), within="Amt"))
        elif after.opened_at[:10] < day_before(before.closed_at[:10]):
            message = f"{after.name} overlaps {before.name} at line {before.line}, which closed at {before.closed_at}"
            reading.flaws.append(after.opening.node.flaw(message, after.opened_at, within="Dt"))
    if not statements:
        return
    first, last = statements[0], statements[-1]
    opened = {first.opened_at, first.opening.at}
    for node, what, asked, stated in (
        (first.opening.node, "opening", wanted.opening, first.opening.amount),
        (last.closing.node, "closing", wanted.closing, last.closing.amount),
    ):
        if asked is not None and asked != stated:
            told = f"the {what} balance was said to be {reading.told(asked)}"
            reading.flaws.append(node.flaw(told, reading.told(stated), within="Amt"))
    if wanted.opened_at and wanted.opened_at not in opened:
        told = f"the opening was said to be at {wanted.opened_at}"
        reading.flaws.append(first.opening.node.flaw(told, first.opened_at, within="Dt"))
    if wanted.closed_at and wanted.closed_at != last.closed_at:
        told = f"the closing was said to be at {wanted.closed_at}"
        reading.flaws.append(last.closing.node.flaw(told, last.closed_at, within="Dt"))


def _placed(items: list[Item]) -> list[Item]:
    """The lines, with a place for each that no other has."""
    if len({item.place for item in items}) == len(items):
        return items
    return [item._replace(place=place) for place, item in enumerate(items, 1)]


def _mark(content: bytes, name: str, version: str, statements: list[Joined], items: list[Item]) -> FileMark:
    booked = [item.amount for item in items if item.status == "booked"]
    pending = len(items) - len(booked)
    totals = {
        "credits": str(sum(amount for amount in booked if amount > 0)),
        "debits": str(-sum(amount for amount in booked if amount < 0)),
        "count": str(len(booked)),
        "statements": ", ".join(one.name for one in statements),
        **({"pending": str(pending)} if pending else {}),
    }
    return FileMark(name, sha256(content).hexdigest(), version, len(items), totals)


def _statement(first: Joined, last: Joined, items: list[Item], mark: FileMark, wanted: Wanted) -> Statement:
    return Statement(
        file=mark,
        account=first.account,
        commodity=wanted.commodity,
        opened_at=wanted.opened_at or first.opened_at,
        opening=first.opening.amount,
        closed_at=last.closed_at,
        closing=last.closing.amount,
        items=tuple(_dated(item, last.closed_at) for item in items),
    )


def _dated(item: Item, closed_at: str) -> Item:
    """A movement that is announced without a day is of the day of the closing."""
    return item if item.at else item._replace(at=closed_at)
