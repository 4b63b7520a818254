"""Snapshots: balances as someone else states them at a moment, such as a chain's at a block, one row for each key.

A row says when: `at` (RFC 3339, or a day for its end in UTC), `block`, or both, and perhaps `finalized`, the last block
that was final, and `precision`, the unit in which amounts are rounded (base units). It says of what: `pool`, `tranche`,
`lender`, `loan`, `borrower`, `fund`, `account`, `asset` … by the names that a report's rows are known by. All else in
it is an amount under the name of the report's column, an integer in base units as text: `shares`, `balance`, `debt`,
`collateral.ASSET` …; and of a pool `accrued_interest` and `accrued_fee_shares`, which no entry has yet. As JSON Lines:

    {"at":"2024-05-31T23:59:59Z","block":"19990000","pool":"p","lender":"0xab","shares":"1000000","balance":"1"}
    {"at":"2024-05-31T23:59:59Z","block":"19990000","pool":"p","accrued_interest":"12","accrued_fee_shares":"0"}

Names are compared as they stand, addresses too: in the case in which the book has them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple

from ledger.errors import Malformed
from ledger.sources.flaws import shown
from ledger.values import AMOUNT_MAX, timestamp
from projections.reconciliation.items import Accrued, FileMark, Held, Money, Snapshot, SourceRefused
from projections.reconciliation.sources.raw import Raw
from projections.reconciliation.sources.wanted import Wanted
from projections.reconciliation.standing import moment_key

KEYS: Final = (
    *("pool", "tranche", "lender", "loan", "borrower", "case", "fund", "account", "asset", "commodity", "bucket"),
)
"""The fields that say of what a row is: those by which the rows of reports of balances are known."""

_MOMENT: Final = ("at", "block", "finalized", "precision")
_INTEREST, _FEE_SHARES = "accrued_interest", "accrued_fee_shares"
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,77}", re.ASCII)
_COUNT: Final = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_DAY_LENGTH: Final = 10
_NO_AMOUNT: Final = frozenset({*KEYS, *_MOMENT})

_Named = tuple[tuple[str, str], ...]


_Moment = tuple[str, int | None]
"""A time, empty where none is said, and a block, None where none is."""


class _When(NamedTuple):
    """What a row says of its moment."""

    place: int
    at: str
    block: int | None
    finalized: int | None
    precision: int | None

    @property
    def told(self) -> _Moment:
        """The moment as it is told in the row."""
        return self.at, self.block


class _Row(NamedTuple):
    """A row without a flaw of its own. One that `accrues` says what a pool had accrued."""

    when: _When
    keys: _Named
    amounts: dict[str, Money]
    accrues: bool


def snapshots_of(rows: Iterable[Raw], mark: FileMark, wanted: Wanted | None) -> tuple[Snapshot, ...]:
    """The snapshots that rows state: one for each moment, the earliest first.

    Rows that say no moment are of the closing that is `wanted`. A balance that is stated twice alike is one. The mark
    gets the sum of each column over all rows. Raises `SourceRefused` with every flaw: a row without a moment, a key or
    an amount, what is no integer, a balance that is stated twice and not alike, blocks and times that contradict each
    other, a moment that is another than the closing that is `wanted`. A `precision` that is said of one moment holds
    for the whole file, unless another is said of another.
    """
    flaws: list[Malformed] = []
    whens: list[_When] = []
    read = [row for raw in rows if (row := _row(raw, wanted, whens, flaws)) is not None]
    moments = _moments(whens, flaws)
    if wanted is not None and wanted.closed_at:
        flaws += _at_another_moment(whens, moments, wanted.closed_at)
    taken: dict[_Moment, _Taken] = {}
    for row in read:
        if (moment := moments.get(row.when.told)) is not None:
            taken.setdefault(moment, _Taken()).take(row, flaws)
    if not flaws and not taken:
        flaws.append(Malformed(1, "", "no balance is stated", ""))
    if flaws:
        raise SourceRefused(mark.name, tuple(str(flaw) for flaw in sorted(flaws, key=lambda flaw: flaw.line)))
    held = [one for of in taken.values() for one in of.held.values()]
    marked = mark._replace(rows=mark.rows or len(held), totals={**mark.totals, **_totals(held)})
    rounded = {of.precision[0] for of in taken.values() if of.precision is not None}
    usual = rounded.pop() if len(rounded) == 1 else 1
    return tuple(_snapshot(moment, taken[moment], marked, usual) for moment in sorted(taken, key=_order))


class _Taken:
    """What is stated of one moment."""

    def __init__(self) -> None:
        self.held: dict[tuple[_Named, str], Held] = {}
        self.accrued: dict[str, tuple[int, Accrued]] = {}
        self.finalized: tuple[int, int] | None = None
        self.precision: tuple[int, int] | None = None

    def take(self, row: _Row, flaws: list[Malformed]) -> None:
        """Adds a row; tells what was stated before and otherwise."""
        place, when = row.when.place, row.when
        self.finalized = _settled("finalized", self.finalized, when.finalized, place, flaws)
        self.precision = _settled("precision", self.precision, when.precision, place, flaws)
        amounts = dict(row.amounts)
        if row.accrues:
            pool = dict(row.keys)["pool"]
            accrued = Accrued(pool, amounts.pop(_INTEREST, 0), amounts.pop(_FEE_SHARES, 0))
            line, before = self.accrued.setdefault(pool, (place, accrued))
            if before != accrued:
                flaws.append(Malformed(place, _INTEREST, f"of pool {pool} is stated otherwise in line {line}", ""))
        for field, amount in amounts.items():
            held = self.held.setdefault((row.keys, field), Held(place, row.keys, field, amount))
            if held.amount != amount:
                told = ", ".join(f"{name} {value}" for name, value in row.keys)
                message = f"of {told} is {held.amount} in line {held.place} at the same moment"
                flaws.append(Malformed(place, field, message, str(amount)))


def _settled(
    field: str, before: tuple[int, int] | None, said: int | None, place: int, flaws: list[Malformed]
) -> tuple[int, int] | None:
    """What is said of a moment, with the line that said it first."""
    if said is None or before is None:
        return before if said is None else (said, place)
    if said != before[0]:
        flaws.append(Malformed(place, field, f"is {before[0]} in line {before[1]} at the same moment", str(said)))
    return before


def _row(raw: Raw, wanted: Wanted | None, whens: list[_When], flaws: list[Malformed]) -> _Row | None:
    """What a row states; None where something is wrong with it, which is told. Its moment is added to `whens`."""
    before = len(flaws)
    said = {field: text for field, text in raw.fields.items() if text}
    if (when := _when(raw.place, said, wanted, flaws)) is not None:
        whens.append(when)
    keys = tuple((field, said[field]) for field in KEYS if field in said)
    amounts: dict[str, Money] = {}
    for field, text in said.items():
        if field not in _NO_AMOUNT:
            if _INTEGER.fullmatch(text) and abs(amount := int(text)) <= AMOUNT_MAX:
                amounts[field] = amount
            else:
                flaws.append(
                    Malformed(raw.place, field, "an amount is an integer in base units, below 2^256", shown(text))
                )
    accrues = _INTEREST in amounts or _FEE_SHARES in amounts
    if not keys:
        flaws.append(Malformed(raw.place, "", f"names nothing: it has none of {', '.join(KEYS)}", ""))
    elif accrues and "pool" not in said:
        flaws.append(Malformed(raw.place, "pool", "is missing: what had accrued is of a pool", ""))
    if not amounts and len(flaws) == before:
        flaws.append(Malformed(raw.place, "", "states no amount", ""))
    return _Row(when, keys, amounts, accrues) if when is not None and len(flaws) == before else None


def _when(place: int, said: Mapping[str, str], wanted: Wanted | None, flaws: list[Malformed]) -> _When | None:
    """The moment of a row, or of the closing that is wanted."""
    numbers = {field: _number(place, field, said.get(field, ""), flaws) for field in _MOMENT[1:]}
    try:
        at = _moment(said["at"]) if "at" in said else ""
    except ValueError as error:
        flaws.append(Malformed(place, "at", str(error), shown(said["at"])))
        return None
    if not at and "block" not in said:
        at = wanted.closed_at if wanted is not None else ""
        if not at:
            flaws.append(Malformed(place, "at", "is missing, and so is block: a balance is of a moment", ""))
            return None
    return _When(place, at, **numbers)


def _number(place: int, field: str, text: str, flaws: list[Malformed]) -> int | None:
    if not text:
        return None
    if not _COUNT.fullmatch(text):
        flaws.append(Malformed(place, field, "is a whole number, of 18 digits at most", shown(text)))
        return None
    if field == "precision" and text == "0":
        flaws.append(Malformed(place, field, "is a whole number from 1 on", shown(text)))
        return None
    return int(text)


def _moment(text: str) -> str:
    """An instant in canonical form, or a bare day."""
    if len(text) != _DAY_LENGTH:
        return timestamp(text)
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("a day is YYYY-MM-DD, on the calendar") from None


def _moments(whens: list[_When], flaws: list[Malformed]) -> dict[_Moment, _Moment]:
    """What each way to tell a moment tells: a block alone is of the time that another row gives it, and the reverse."""
    times: dict[int, _When] = {}
    blocks: dict[str, set[int]] = {}
    for when in whens:
        if when.block is not None and when.at:
            known = times.setdefault(when.block, when)
            if known.at != when.at:
                message = f"block {when.block} is of {known.at} in line {known.place}"
                flaws.append(Malformed(when.place, "at", message, when.at))
            blocks.setdefault(when.at, set()).add(when.block)
    found: dict[_Moment, _Moment] = {}
    for when in whens:
        at, block = when.told
        if not at and block in times:
            at = times[block].at
        elif block is None and len(blocks.get(at, ())) == 1:
            (block,) = blocks[at]
        found[when.told] = (at, block)
    return found if _ordered(set(found.values()), whens, flaws) else {}


def _at_another_moment(whens: list[_When], moments: Mapping[_Moment, _Moment], closed_at: str) -> Iterator[Malformed]:
    """The moments that are not the closing that is asked for, where each is told first. A day has all its instants."""
    for told, when in {when.told: when for when in reversed(whens)}.items():
        at, block = moments.get(told, told)
        if not at.startswith(closed_at):
            yield Malformed(when.place, "at", f"the closing was said to be at {closed_at}", at or f"block {block}")


def _ordered(moments: set[_Moment], whens: list[_When], flaws: list[Malformed]) -> bool:
    """Whether moments are in one order, by block where they say one, or else by time. What is not is told."""
    if any(not at for at, _ in moments) and any(block is None for _, block in moments):
        place = min(when.place for when in whens if when.block is None)
        message = "some rows say a time and others a block: which moment is the earlier cannot be told"
        flaws.append(Malformed(place, "block", message, ""))
        return False
    timed = sorted((moment for moment in moments if moment[0] and moment[1] is not None), key=_by_block)
    for (earlier, lower), (later, higher) in pairwise(timed):
        if lower != higher and moment_key(earlier) > moment_key(later):
            place = next(when.place for when in whens if when.told == (later, higher))
            flaws.append(Malformed(place, "at", f"block {higher} is after block {lower}, which is of {earlier}", later))
    return True


def _by_block(moment: _Moment) -> int:
    return moment[1] or 0


def _order(moment: _Moment) -> tuple[str, int]:
    at, block = moment
    return moment_key(at), block or 0


def _totals(held: Iterable[Held]) -> dict[str, str]:
    """The sum of each column: control totals, of whatever its amounts are counted in."""
    totals: dict[str, int] = {}
    for one in held:
        totals[one.field] = totals.get(one.field, 0) + one.amount
    return {field: str(total) for field, total in sorted(totals.items())}


def _snapshot(moment: _Moment, taken: _Taken, mark: FileMark, usual: int) -> Snapshot:
    at, block = moment
    return Snapshot(
        file=mark,
        at=at,
        block=block,
        finalized=taken.finalized[0] if taken.finalized else None,
        held=tuple(taken.held.values()),
        accrued=tuple(accrued for _, accrued in sorted(taken.accrued.values(), key=lambda one: one[1].pool)),
        precision=taken.precision[0] if taken.precision else usual,
    )
