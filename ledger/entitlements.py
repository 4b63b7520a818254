"""The entitlement statement of a case: what each who bore a loss of it bore, was allocated of it, was paid, is due."""

from typing import NamedTuple

from ledger.books import Books
from ledger.cases import Case
from ledger.values import CaseId, PartyId, PoolId, TrancheId


class Entitlement(NamedTuple):
    """What one holder bore of the losses of a tranche in a case, and what came of it. In the pool's asset.

    `allocated` is the holder's part of what recoveries gave back to those who bore the losses, `paid` what it was paid
    of that, `due` the rest. What was given back to the tranche itself stands in its claims, whoever holds shares now.
    """

    pool: PoolId
    case: CaseId
    tranche: TrancheId
    holder: PartyId
    bore: int
    allocated: int
    paid: int
    due: int


def entitlements(books: Books, pool: PoolId, case: CaseId) -> list[Entitlement]:
    """The statement of a case, by tranche and holder. Takes time with the number of holders at its losses.

    A lender who covered the deficit and an investor who bought it away stand among the holders of the tranche that the
    event names. What is due sums to `liabilities:P:restitution:C`, save what was adjusted there.
    Raises `UnknownName` where the pool has no such case.
    """
    found = books.case(pool, case)
    rows: list[Entitlement] = []
    for (tranche, holder), bore in sorted(_borne(books, found).items()):
        if bore:
            allocated, paid = books.due_to(found, tranche, holder), found.restored.get((tranche, holder), 0)
            rows.append(Entitlement(pool, case, tranche, holder, bore, allocated, paid, due=allocated - paid))
    return rows


def _borne(books: Books, case: Case) -> dict[tuple[TrancheId, PartyId], int]:
    """What each holder bore of all losses of a case."""
    borne: dict[tuple[TrancheId, PartyId], int] = {}
    for loss in case.losses.values():
        for holder, amount in (loss.bore or books.bearers(case.pool, loss)).items():
            borne[loss.tranche, holder] = borne.get((loss.tranche, holder), 0) + amount
    return borne
