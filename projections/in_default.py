"""What is in default by case, held against the accounts of loans in default, wherever the two must be equal."""

from collections.abc import Iterable, Iterator

from ledger.accounts import Charters
from ledger.chart import part_of
from ledger.events import CATALOGUE, AdjustmentPosted, AnyEvent, CaseClosed, LoanCured, LoanDefaulted
from ledger.values import CaseId, LoanId, PoolId
from projections.balances import BalancesFold
from projections.control_totals import control_totals
from projections.deficits import DeficitRow
from projections.reading import Handler
from projections.ties import Tie


class GapsFold:
    """The fold of what is missing: the pools in which an entry is shown that belongs to a default which is not.

    An as-of may hide a default recorded with a later time than what follows it. What is in default by case then leaves
    out what the accounts have.
    """

    def __init__(self, charters: Charters) -> None:
        self.pools: set[PoolId] = set()
        self._charters = charters
        self._cases: set[CaseId] = set()
        self._under: dict[tuple[PoolId, LoanId], CaseId] = {}
        naming = (name for name, event in CATALOGUE.items() if "case" in event.__dataclass_fields__)
        self.handlers: dict[str, Handler] = {
            **dict.fromkeys(naming, self._follow),
            "loan-defaulted": self._defaulted,
            "loan-cured": self._ended,
            "case-closed": self._ended,
            "adjustment-posted": self._adjusted,
        }

    def ties(
        self, cases: Iterable[DeficitRow], balances: BalancesFold, *, pool: str | None = None, loan: str | None = None
    ) -> Iterator[Tie]:
        """The ties of these cases, which are all of the book, a pool or a loan, to `assets:POOL:defaulted:LOAN:*`.

        There are none where something is missing. A pooled pool's loans have no accounts of their own, in default or
        not, and so no tie. Raises `BooksBroken` where the two differ.
        """
        if any(pool in (None, name) and not self._is_pooled(name) for name in self.pools):
            return
        reported: dict[str, int] = {}
        for row in cases:
            if not self._is_pooled(PoolId(row.pool)):
                reported[row.asset] = reported.get(row.asset, 0) + row.in_default
        yield from control_totals(balances, "assets", ("defaulted",), reported, pool, loan)

    def _is_pooled(self, pool: PoolId) -> bool:
        return self._charters.pools[pool].pooled

    def _defaulted(self, _: int, event: LoanDefaulted) -> None:
        if event.case in self._cases:
            self.pools.add(event.pool)
        self._cases.add(event.case)
        self._under[event.pool, event.loan] = event.case

    def _follow(self, _: int, event: AnyEvent) -> None:
        pool: PoolId | None = getattr(event, "pool", None)
        case: CaseId | None = getattr(event, "case", None)
        if pool is not None and case is not None and case not in self._cases:
            self.pools.add(pool)

    def _ended(self, position: int, event: LoanCured | CaseClosed) -> None:
        self._follow(position, event)
        if self._under.get((event.pool, event.loan)) == event.case:
            del self._under[event.pool, event.loan]

    def _adjusted(self, _: int, event: AdjustmentPosted) -> None:
        """An adjustment of a loan in default that no case shown is of."""
        for line in event.postings if event.pool is not None else ():
            part = part_of(line.account, line.commodity, self._charters)
            loan = part.loan if part.holds.startswith("defaulted-") else None
            if event.pool is not None and loan is not None and (event.pool, loan) not in self._under:
                self.pools.add(event.pool)
