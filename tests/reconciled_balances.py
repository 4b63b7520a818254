"""A small book, what someone says of its balances, and the paper that this comes to."""

from hashlib import sha256
from typing import Any, Final

from ledger.events import AnyEvent
from ledger.journal import Journal
from ledger.journal.memory import MemoryJournal
from ledger.values import Timestamp
from projections.reading import Selection
from projections.reconciliation.balances.balances import reconcile_balances
from projections.reconciliation.breaks import Break
from projections.reconciliation.items import FileMark, Held, Snapshot
from projections.reconciliation.paper import Paper
from projections.reconciliation.rules import Rules
from tests.histories import recorded
from tests.story import (
    ETH,
    OTHER_LENDER,
    POOL,
    asset_registered,
    deposited,
    loan_originated,
    pool_opened,
    told,
)

OPENED: Final = Timestamp("2023-01-02T00:00:00Z")
CLOSING: Final = "2023-03-31"
BORROWED: Final = loan_originated(at=OPENED, principal=600, debt_shares=600)
"""A loan of the pool."""


def on(day: str) -> Timestamp:
    return Timestamp(f"{day}T12:00:00Z")


def book(*facts: AnyEvent, **opened: Any) -> MemoryJournal:
    """A pool in which a lender deposited 1,000 for 1,000 shares and another one 500, and what followed."""
    of_pool = {"virtual_assets": 1, "virtual_shares": 1, "debt": "pooled", **opened}
    return recorded(
        told(
            asset_registered(at=OPENED),
            asset_registered(at=OPENED, asset=ETH, decimals=18),
            pool_opened(at=OPENED, waterfall=(), **of_pool),
            deposited(at=OPENED, assets=1000, shares=1000),
            deposited(at=OPENED, assets=500, shares=500, lender=OTHER_LENDER),
            *facts,
        ).facts
    )


def said(*held: tuple[str, int], at: str = CLOSING, field: str = "balance", **fields: Any) -> Snapshot:
    """What someone says that lenders of the pool have."""
    return stated(
        *((("pool", POOL), ("lender", lender), amount) for lender, amount in held), at=at, field=field, **fields
    )


def stated(*held: Any, at: str = CLOSING, field: str, **fields: Any) -> Snapshot:
    """Numbers, each by its keys."""
    rows = tuple(
        Held(place, keys, field, amount) for place, (*keys, amount) in enumerate(held, 1) for keys in (tuple(keys),)
    )
    mark = FileMark(
        f"{at or fields.get('block')}.jsonl", sha256(repr((at, rows)).encode()).hexdigest(), "snapshot", len(rows), {}
    )
    return Snapshot(**{"file": mark, "at": at, "block": None, "finalized": None, "held": rows, **fields})


def paper(journal: Journal, subject: str, *snapshots: Snapshot, previous: Paper | None = None, **rules: Any) -> Paper:
    return reconcile_balances(
        lambda asked: Selection(journal, asked), journal, subject, snapshots, Rules(**rules), previous
    )


def only(journal: Journal, *snapshots: Snapshot, subject: str = "lenders:balance", **rules: Any) -> Break:
    """The only break of a paper, which proves itself."""
    made = paper(journal, subject, *snapshots, **rules)
    assert not made.unexplained() or made.breaks[0].class_ == "unexplained"
    assert [trace.of for trace in made.traces] == [made.breaks[0].id]
    (found,) = made.breaks
    return found
