"""What cases took from the claims of tranches, and put back, by the postings of the entries that did."""

from collections.abc import Iterator, Mapping
from typing import Final

from ledger.accounts import Charters
from ledger.events import BadDebtSocialized, DeficitCovered, DeficitRecapitalized, FundDrawn, RecoveryAllocated
from ledger.values import CaseId, PoolId
from projections.reading import Handler
from projections.ties import Tie, tied

OF: Final = {
    "losses": "taken by write-downs",
    "covered": "burnt for a deficit",
    "recoveries": "credited by recoveries",
}
"""The columns that are told by postings to claims, and what those postings are."""

_COLUMNS: Final = {
    "bad-debt-socialized": "losses",
    "fund-drawn": "covered",
    "deficit-covered": "covered",
    "deficit-recapitalized": "covered",
    "recovery-allocated": "recoveries",
}

Charge = BadDebtSocialized | FundDrawn | DeficitCovered | DeficitRecapitalized | RecoveryAllocated


class ChargedFold:
    """The fold of postings of cases to `liabilities:POOL:claims:TRANCHE`, by the column that each is told in."""

    def __init__(self, charters: Charters) -> None:
        self._charters = charters
        self._sums: dict[tuple[str, PoolId, CaseId], int] = {}
        self.handlers: dict[str, Handler] = dict.fromkeys(_COLUMNS, self._post)

    def ties(
        self, column: str, reported: Mapping[str, int], *, pool: str | None = None, case: str | None = None
    ) -> Iterator[Tie]:
        """The ties of a column, summed by asset, to the postings of all cases, or of a pool or case.

        They hold for any choice of entries; one of nothing is not told. Raises `BooksBroken` where the two differ.
        """
        booked: dict[str, int] = {}
        for (told_in, in_pool, of_case), amount in self._sums.items():
            if told_in == column and pool in (None, in_pool) and case in (None, of_case):
                kept_in = self._charters.pools[in_pool].asset
                booked[kept_in] = booked.get(kept_in, 0) + amount
        accounts = f"liabilities:{pool or '*'}:claims:*, {OF[column]}{f' of case {case}' if case else ''}"
        for asset in sorted({*reported, *booked}):
            tie = tied(accounts, asset, reported=reported.get(asset, 0), booked=booked.get(asset, 0))
            if tie.amount:
                yield tie

    def _post(self, _: int, event: Charge) -> None:
        claims = {tranche.claims for tranche in self._charters.pools[event.pool].tranches.values()}
        taken = sum(
            amount * ((debit in claims) - (credit in claims))
            for _, debit, credit, amount in event.moves(self._charters)
        )
        column = _COLUMNS[event.type]
        key = column, event.pool, event.case
        self._sums[key] = self._sums.get(key, 0) + (-taken if column == "recoveries" else taken)
