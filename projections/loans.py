"""The loans: what each owes, in which state it is, and the collateral held for it."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ledger.accounts import Charters
from ledger.events import (
    CaseClosed,
    CollateralPosted,
    CollateralReleased,
    CollateralSold,
    InterestAccrued,
    LoanCured,
    LoanDefaulted,
    LoanDrawn,
    LoanOriginated,
    Repaid,
    ShortfallRecognized,
)
from ledger.values import CaseId, LoanId, PoolId
from projections.reading import Handler
from projections.rows import Quantity, Units

LoanStatus = Literal["undrawn", "performing", "in-default", "repaid", "closed"]


class LoanRow(NamedTuple):
    """debt = principal + interest. `collateral` is the quantity held by asset.

    A loan that owes nothing is `undrawn` if it never owed anything, `closed` if a case ended it, `repaid` otherwise.
    """

    pool: str
    loan: str
    borrower: str
    asset: str
    status: LoanStatus
    principal: Units
    interest: Units
    debt: Units
    collateral: dict[str, Quantity]


class _Loan:
    __slots__ = ("borrower", "case", "closed", "collateral", "ever_owed", "interest", "principal")

    def __init__(self) -> None:
        self.borrower = ""
        self.principal = self.interest = 0
        self.case: CaseId | None = None
        self.closed = self.ever_owed = False
        self.collateral: dict[str, int] = {}

    def status(self) -> LoanStatus:
        if self.case is not None:
            return "in-default"
        if self.principal or self.interest:
            return "performing"
        if self.closed:
            return "closed"
        return "repaid" if self.ever_owed else "undrawn"

    def owe(self, principal: int, interest: int) -> None:
        """Owe more; a loan that owes again is no longer what its last case left."""
        self.principal += principal
        self.interest += interest
        if principal or interest:
            self.ever_owed, self.closed = True, False

    def leave(self, case: CaseId) -> None:
        """Be no longer in default under a case; one that is cured may be in default under another by then."""
        if self.case == case:
            self.case = None

    def hold(self, asset: str, quantity: int) -> None:
        self.collateral[asset] = self.collateral.get(asset, 0) + quantity


class LoansFold:
    """The fold of loans. A loan has a row from its first entry that is shown."""

    def __init__(self, charters: Charters) -> None:
        self._charters = charters
        self._loans: dict[tuple[PoolId, LoanId], _Loan] = {}
        self.handlers: dict[str, Handler] = {
            "loan-originated": self._originated,
            "loan-drawn": self._drawn,
            "interest-accrued": self._accrued,
            "repaid": self._paid_off,
            "collateral-posted": self._posted,
            "collateral-released": self._released,
            "loan-defaulted": self._defaulted,
            "collateral-sold": self._sold,
            "loan-cured": self._cured,
            "shortfall-recognized": self._paid_off,
            "case-closed": self._closed,
        }

    def rows(self) -> Iterator[LoanRow]:
        """The rows in order of pool and loan."""
        for (pool, name), loan in sorted(self._loans.items()):
            yield LoanRow(
                pool=pool,
                loan=name,
                borrower=loan.borrower,
                asset=self._charters.pools[pool].asset,
                status=loan.status(),
                principal=Units(loan.principal),
                interest=Units(loan.interest),
                debt=Units(loan.principal + loan.interest),
                collateral={asset: Quantity(quantity) for asset, quantity in sorted(loan.collateral.items())},
            )

    def _loan(self, pool: PoolId, loan: LoanId) -> _Loan:
        found = self._loans.get((pool, loan))
        if found is None:
            found = self._loans[pool, loan] = _Loan()
        return found

    def _originated(self, _: int, event: LoanOriginated) -> None:
        loan = self._loan(event.pool, event.loan)
        loan.borrower = event.borrower
        loan.owe(event.principal, 0)

    def _drawn(self, _: int, event: LoanDrawn) -> None:
        self._loan(event.pool, event.loan).owe(event.principal, 0)

    def _accrued(self, _: int, event: InterestAccrued) -> None:
        if event.loan is not None:
            self._loan(event.pool, event.loan).owe(0, event.interest)

    def _paid_off(self, _: int, event: Repaid | ShortfallRecognized) -> None:
        loan = self._loan(event.pool, event.loan)
        loan.principal -= event.principal
        loan.interest -= event.interest

    def _posted(self, _: int, event: CollateralPosted) -> None:
        self._loan(event.pool, event.loan).hold(event.asset, event.quantity)

    def _released(self, _: int, event: CollateralReleased) -> None:
        self._loan(event.pool, event.loan).hold(event.asset, -event.quantity)

    def _defaulted(self, _: int, event: LoanDefaulted) -> None:
        self._loan(event.pool, event.loan).case = event.case

    def _sold(self, _: int, event: CollateralSold) -> None:
        loan = self._loan(event.pool, event.loan)
        loan.hold(event.asset, -event.quantity)
        loan.principal -= event.principal
        loan.interest -= event.interest

    def _cured(self, _: int, event: LoanCured) -> None:
        self._loan(event.pool, event.loan).leave(event.case)

    def _closed(self, _: int, event: CaseClosed) -> None:
        loan = self._loan(event.pool, event.loan)
        loan.closed = loan.closed or loan.case == event.case
        loan.leave(event.case)
