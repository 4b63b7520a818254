"""What had accrued at the moment of a snapshot, folded on a copy of the books: it is never journaled.

Interest goes to `lenders`. The shares for the fee are issued, so that every other share is worth less, but are nobody's
until an entry gives them to someone: so do the views of contracts that take fees in this way count them.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from ledger.accounts import Charters
from ledger.events import AnyEvent, InterestAccrued
from ledger.values import EventId, PartyId, PoolId, Timestamp
from projections.reconciliation.balances.moments import Moment
from projections.reconciliation.balances.reading import Folds, Row
from projections.reconciliation.items import Accrued, SourceRefused

_NOBODY: Final = PartyId("#accrued-fee#")
"""Holds the shares for the fee on the copy; no row of it is shown."""

_ACCRUED: Final = EventId("accrued")


def accruals(moment: Moment, charters: Charters) -> list[AnyEvent]:
    """What the snapshots of a moment say had accrued, as the events that it would be, in order of pool.

    Of a pool that the book does not have, nothing can be folded. Raises `SourceRefused` for what is negative, for a
    pool that keeps the interest of each loan by itself, and for one that is told twice.
    """
    found: list[AnyEvent] = []
    told: set[str] = set()
    for snapshot in moment.snapshots:
        problems: list[str] = []
        for one in sorted(snapshot.accrued):
            problems += _problems(one, charters, told, moment)
            told.add(one.pool)
        if problems:
            raise SourceRefused(snapshot.file.name, tuple(problems))
        found += (_event(one, moment) for one in sorted(snapshot.accrued) if _is_foldable(one, charters))
    return found


def with_accrued(folds: Folds, events: Iterable[AnyEvent], position: int) -> Folds:
    """A copy of folds that took these events too, behind a position."""
    copied = folds.copy()
    for number, event in enumerate(events, 1):
        copied.take(position + number, event)
    return copied


def without_nobody(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows but for those of the shares that are nobody's yet."""
    for row in rows:
        if getattr(row, "lender", "") != _NOBODY and not str(getattr(row, "account", "")).endswith(f":{_NOBODY}"):
            yield row


def _problems(one: Accrued, charters: Charters, told: set[str], moment: Moment) -> Iterator[str]:
    if one.pool in told:
        yield f"accrued of pool {one.pool} is told twice for {moment.told()}"
    if min(one.interest, one.fee_shares) < 0:
        yield f"accrued of pool {one.pool}: interest {one.interest}, fee shares {one.fee_shares}: none is negative"
    elif _is_foldable(one, charters) and charters.pools[PoolId(one.pool)].debt == "bilateral":
        yield f"accrued of pool {one.pool}: it is bilateral, its interest accrues on each loan"


def _is_foldable(one: Accrued, charters: Charters) -> bool:
    return bool(one.interest or one.fee_shares) and PoolId(one.pool) in charters.pools


def _event(one: Accrued, moment: Moment) -> InterestAccrued:
    return InterestAccrued(
        at=Timestamp(moment.at),
        id=_ACCRUED,
        pool=PoolId(one.pool),
        interest=one.interest,
        fee_recipient=_NOBODY if one.fee_shares else None,
        fee_shares=one.fee_shares,
    )
