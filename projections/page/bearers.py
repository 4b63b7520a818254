"""Who bore the losses of a case, by name, as the entries say: funds, reserves, tranches, lenders, investors, loans."""

from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from ledger.accounts import Charters
from ledger.events import (
    BadDebtSocialized,
    DebtRedistributed,
    DeficitCovered,
    DeficitRecapitalized,
    FundDrawn,
    ReserveDrawn,
)
from ledger.values import PoolId
from projections.page.flow import Kind
from projections.reading import Handler
from projections.rows import Units

_Bears = BadDebtSocialized | DebtRedistributed | DeficitCovered | DeficitRecapitalized | FundDrawn | ReserveDrawn


class BearerRow(NamedTuple):
    """What one bearer bore of cases of a pool, in the pool's asset, whatever was given back later."""

    pool: str
    bearer: str
    name: str
    asset: str
    borne: Units

    @property
    def kind(self) -> Kind:
        """Whether it is protection that paid, or a loss."""
        return "protection" if self.bearer in {"fund", "reserve", "investor"} else "loss"


class BearersFold:
    """The fold of what each bearer bore of each case."""

    def __init__(self, charters: Charters) -> None:
        self._charters = charters
        self._borne: dict[tuple[PoolId, str, str, str], int] = {}
        self.handlers: dict[str, Handler] = dict.fromkeys(
            (
                *("fund-drawn", "reserve-drawn", "deficit-covered", "deficit-recapitalized"),
                *("debt-redistributed", "bad-debt-socialized"),
            ),
            self._take,
        )

    def rows(self, of: Container[tuple[str, str]]) -> Iterator[BearerRow]:
        """What each bore of these cases, each named by its pool and itself; in order of pool, kind and name."""
        sums: dict[tuple[PoolId, str, str], int] = {}
        for (pool, case, bearer, name), amount in self._borne.items():
            if (pool, case) in of:
                sums[pool, bearer, name] = sums.get((pool, bearer, name), 0) + amount
        for (pool, bearer, name), amount in sorted(sums.items()):
            yield BearerRow(pool, bearer, name, self._charters.pools[pool].asset, Units(amount))

    def _take(self, _: int, event: _Bears) -> None:
        match event:
            case FundDrawn():
                self._bear(event, "fund", event.fund, event.amount)
            case ReserveDrawn():
                self._bear(event, "reserve", event.pool, event.amount)
            case DeficitCovered():
                self._bear(event, "lender", event.lender, event.amount)
            case DeficitRecapitalized():
                self._bear(event, "investor", event.investor, event.amount)
            case DebtRedistributed():
                for part in event.parts:
                    self._bear(event, "loan", part.loan, part.principal)
            case BadDebtSocialized():
                self._bear(event, "tranche", event.tranche, event.amount)

    def _bear(self, event: _Bears, bearer: str, name: str, amount: int) -> None:
        key = (event.pool, event.case, bearer, name)
        self._borne[key] = self._borne.get(key, 0) + amount


def since(rows: Iterable[BearerRow], before: Iterable[BearerRow]) -> list[BearerRow]:
    """What was borne after an earlier point, the largest of an asset first; a reversal since takes off."""
    sums = {row[:4]: row for row in rows}
    for row in before:
        now = sums.get(row[:4])
        sums[row[:4]] = row._replace(borne=Units((now.borne if now else 0) - row.borne))
    return sorted(
        (row for row in sums.values() if row.borne),
        key=lambda row: (row.asset, -row.borne, row.pool, row.bearer, row.name),
    )
