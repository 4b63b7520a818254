"""The pages of a statement joined to one: none is missing, and each opens with what the one before closed with."""

from itertools import pairwise
from typing import NamedTuple

from ledger.errors import Malformed
from projections.reconciliation.items import Item
from projections.reconciliation.sources.camt053_statements import CLOSING, OPENING, Balance, Stated
from projections.reconciliation.sources.camt053_values import Reading


class Joined(NamedTuple):
    """A statement whole: its `Id` and the line it begins at, from when to when, its balances and its movements."""

    name: str
    line: int
    account: str
    opened_at: str
    opening: Balance
    closed_at: str
    closing: Balance
    items: list[Item]
    sequence: int


def joined(found: list[Stated], reading: Reading) -> list[Joined]:
    """The statements of one account in order of time, each of all its pages. What is wrong is told.

    Nothing is said of the sums of what could not be read whole.
    """
    by_id: dict[str, list[Stated]] = {}
    for stated in found:
        by_id.setdefault(stated.id, []).append(stated)
    whole: list[Joined] = []
    for pages in by_id.values():
        flaws = _flaws(pages, reading)
        reading.flaws += flaws
        ordered = sorted(pages, key=_page)
        first, opening, closing = ordered[0], ordered[0].opening, ordered[-1].closing
        if not flaws and opening is not None and closing is not None:
            closed_at = ordered[-1].closed_at(closing)
            opened_at = first.opened_at(opening, closed_at)
            items = [item for page in ordered for item in page.items]
            sequence = first.sequence or 0
            one = Joined(first.id, first.line, first.account, opened_at, opening, closed_at, closing, items, sequence)
            without = _days(one)
            reading.flaws += without
            whole += [] if without else [one]
    return sorted(whole, key=lambda one: (one.closed_at[:10], one.sequence, one.line))


def _page(stated: Stated) -> tuple[int, int]:
    return stated.page or 0, stated.number


def _flaws(pages: list[Stated], reading: Reading) -> list[Malformed]:
    """What keeps the pages of one Id from being one statement."""
    ordered = sorted(pages, key=_page)
    if (flaw := _missing(ordered)) is not None:
        return [flaw]
    if not all(page.is_whole for page in ordered):
        return []
    flaws = _without_balances(ordered)
    for page in ordered:
        opening, closing = page.opening, page.closing
        if opening is not None and closing is not None and opening.amount + page.counted.net != closing.amount:
            told = f"opening {reading.told(opening.amount)} and booked entries of {reading.told(page.counted.net)}"
            message = f"{told} come to {reading.told(opening.amount + page.counted.net)}"
            flaws.append(closing.node.flaw(message, reading.told(closing.amount), within="Amt"))
    for before, after in pairwise(ordered):
        if before.closing is not None and after.opening is not None and before.closing.amount != after.opening.amount:
            message = f"the page before closed with {reading.told(before.closing.amount)}"
            flaws.append(after.opening.node.flaw(message, reading.told(after.opening.amount), within="Amt"))
    return flaws


def _missing(pages: list[Stated]) -> Malformed | None:
    """The page that is not there, or the statement that is there twice."""
    numbers = [page.page for page in pages]
    if any(number is None for number in numbers):
        chained = all(page.closing is not None and page.closing.interim for page in pages[:-1]) and all(
            page.opening is not None and page.opening.interim for page in pages[1:]
        )
        if len(pages) > 1 and not (chained and set(numbers) == {None}):
            first, second = sorted(pages, key=lambda page: page.number)[:2]
            return second.node().flaw(f"the Id of the statement at line {first.line} again", first.id, within="Id")
        return None
    for expected, page in enumerate(pages, 1):
        if page.page != expected:
            again = "stands twice" if page.page == expected - 1 else "stands without the pages before it"
            return page.node().flaw(f"page {page.page} of {page.id} {again}", within="StmtPgntn/PgNb")
        if page.last is not (expected == len(pages)):
            message = "is the last, and others follow" if page.last else "is not the last, and no other follows"
            return page.node().flaw(f"page {page.page} of {page.id} {message}", within="StmtPgntn/LastPgInd")
    return None


def _without_balances(pages: list[Stated]) -> list[Malformed]:
    """The balances that a statement does not have: booked ones where it begins and ends, interim ones between pages."""
    flaws: list[Malformed] = []
    for page in pages:
        first, last = page is pages[0], page is pages[-1]
        if page.opening is None or (first and page.opening.interim):
            flaws.append(
                page.node().flaw(f"no opening balance ({' or '.join(OPENING if first else ('ITBD',))})", within="Bal")
            )
        if page.closing is None or (last and page.closing.interim):
            flaws.append(
                page.node().flaw(f"no closing balance ({' or '.join(CLOSING if last else ('ITBD',))})", within="Bal")
            )
    return flaws


def _days(one: Joined) -> list[Malformed]:
    """The days that a statement does not say, and a closing before the opening."""
    if not one.opened_at:
        return [one.opening.node.flaw("no day, and none in FrToDt", within="Dt")]
    if not one.closed_at:
        return [one.closing.node.flaw("no day, and none in FrToDt", within="Dt")]
    if one.closed_at[:10] < one.opened_at[:10]:
        return [one.closing.node.flaw(f"before the opening at {one.opened_at}", one.closed_at, within="Dt")]
    return []
