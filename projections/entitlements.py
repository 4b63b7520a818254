"""The entitlement statement of a case as a report: who bore what, and what of it was given back, paid, and is due."""

from collections.abc import Iterator
from typing import NamedTuple

from ledger.books import Books
from ledger.entitlements import entitlements
from ledger.values import CaseId
from projections.rows import Units


class EntitlementRow(NamedTuple):
    """What one holder bore of a case, in the pool's asset: due = allocated - paid.

    `allocated` is the holder's part of what recoveries gave back to those who bore the loss, whoever holds shares now.
    """

    pool: str
    case: str
    tranche: str
    holder: str
    asset: str
    bore: Units
    allocated: Units
    paid: Units
    due: Units


def entitlement_rows(books: Books, case: CaseId) -> Iterator[EntitlementRow]:
    """The rows of a case, in order of tranche and holder. Raises `KeyError` where the books have no such case."""
    found = books.cases[case]
    asset = books.charters.pools[found.pool].asset
    for one in entitlements(books, found.pool, case):
        yield EntitlementRow(
            pool=one.pool,
            case=one.case,
            tranche=one.tranche,
            holder=one.holder,
            asset=asset,
            bore=Units(one.bore),
            allocated=Units(one.allocated),
            paid=Units(one.paid),
            due=Units(one.due),
        )
