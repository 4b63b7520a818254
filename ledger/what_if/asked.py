"""What a what-if asks: other terms of pools, and other balances of funds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.errors import AskedAmiss
from ledger.terms import RecoveryPolicy
from ledger.values import FundId, PoolId
from ledger.waterfall import FundLayer, TrancheLayer, Waterfall, source_of
from ledger.what_if.survey import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """Other terms and balances. What is not said stays as it is recorded.

    `waterfall` is every pool's, or says each pool's by name; `recovery` is every pool's policy. With `pool` both are of
    that pool only. `funds` say what each fund held when the first shortfall of the book was recognized, in base units
    of its asset.
    """

    waterfall: Waterfall | Mapping[PoolId, Waterfall] | None = None
    recovery: RecoveryPolicy | None = None
    pool: PoolId | None = None
    funds: Mapping[FundId, int] = field(default_factory=dict)

    def waterfall_of(self, pool: PoolId) -> Waterfall | None:
        """The other waterfall of a pool, if it has one."""
        if isinstance(self.waterfall, Mapping):
            return self.waterfall.get(pool)
        return self.waterfall if self.pool in (None, pool) else None

    def recovery_of(self, pool: PoolId) -> RecoveryPolicy | None:
        """The other recovery policy of a pool, if it has one."""
        return self.recovery if self.pool in (None, pool) else None

    def require_known(self, survey: Survey) -> None:
        """Refuse, by an `AskedAmiss`, what names a pool, tranche or fund that the book never had, or a source twice."""
        if self.pool is not None and isinstance(self.waterfall, Mapping):
            raise AskedAmiss(f"a waterfall for each pool by name is not for pool {self.pool} only")
        named = self.waterfall if isinstance(self.waterfall, Mapping) else [] if self.pool is None else [self.pool]
        for pool in named:
            if pool not in survey.tranches:
                raise AskedAmiss(f"no pool {pool} in this book")
        for pool, tranches in survey.tranches.items():
            _require_known(self.waterfall_of(pool) or (), pool, tranches, survey.funds)
        for fund in self.funds:
            if fund not in survey.funds:
                raise AskedAmiss(f"no fund {fund} in this book")
            if survey.first_recognition is None:
                raise AskedAmiss(f"no shortfall was recognized in this book: fund {fund} has nothing to bear")
            if survey.funds[fund] > survey.first_recognition:
                raise AskedAmiss(f"fund {fund} was opened only after the first shortfall was recognized")


def _require_known(waterfall: Waterfall, pool: PoolId, tranches: frozenset[str], funds: Mapping[FundId, int]) -> None:
    """A waterfall names funds of the book and tranches of its pool, each once."""
    for layer in waterfall:
        if isinstance(layer, FundLayer) and layer.fund not in funds:
            raise AskedAmiss(f"the waterfall names a fund {layer.fund}, and this book has none of that name")
        if isinstance(layer, TrancheLayer) and layer.tranche not in tranches:
            named = ", ".join(sorted(tranches))
            raise AskedAmiss(f"the waterfall names a tranche {layer.tranche}, and pool {pool} has {named}")
    sources = [source for layer in waterfall if (source := source_of(layer))]
    for source in sources:
        if sources.count(source) > 1:
            raise AskedAmiss(f"the waterfall names {' '.join(source)} twice")
