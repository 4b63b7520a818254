"""The loans: what each owes, in which state it is, and the collateral held for it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from ledger.accounts import Charters, PoolCharter
from ledger.chart import Part, part_of
from ledger.events import (
    AdjustmentPosted,
    AllowanceChanged,
    CaseClosed,
    CollateralPosted,
    CollateralReleased,
    CollateralSold,
    CostAdvanced,
    DebtRedistributed,
    DebtTransferred,
    GuaranteePaid,
    InterestAccrued,
    InterestAllocated,
    LoanCured,
    LoanDefaulted,
    LoanDrawn,
    LoanOriginated,
    PostedLine,
    Repaid,
    ShortfallRecognized,
    SurplusReturned,
)
from ledger.shares import Borrowing, borrowing
from ledger.values import CaseId, LoanId, PoolId, mul_div_down, mul_div_up
from projections.kept import Plain, Slots
from projections.reading import Handler
from projections.rows import Quantity, Units

LoanStatus = Literal["undrawn", "performing", "in-default", "repaid", "closed"]


class LoanRow(NamedTuple):
    """What a loan owes. `collateral` is the quantity held by asset.

    `debt` is principal + interest; in an indexed pool with the interest since an entry last changed or allocated that,
    booked · index now / index then (the first known, where none was yet). In a pooled pool it is what the loan's debt
    shares are worth, and `principal` and `interest` are empty: they are not kept by loan. A loan that owes nothing is
    `undrawn` if it never owed anything, `closed` if a case ended it, `repaid` otherwise.
    """

    pool: str
    loan: str
    borrower: str
    asset: str
    status: LoanStatus
    principal: Units | None
    interest: Units | None
    debt: Units
    collateral: dict[str, Quantity]


class _Loan:
    """A loan as its entries add up. `index` is the pool's when an entry last changed what the loan owes."""

    __slots__ = ("borrower", "case", "closed", "collateral", "ever_owed", "index", "interest", "principal", "shares")

    def __init__(self) -> None:
        self.borrower = ""
        self.principal = self.interest = self.shares = 0
        self.index: int | None = None
        self.case: CaseId | None = None
        self.closed = self.ever_owed = False
        self.collateral: dict[str, int] = {}

    def status(self, *, pooled: bool) -> LoanStatus:
        if self.case is not None:
            return "in-default"
        if self.shares if pooled else self.principal or self.interest:
            return "performing"
        if self.closed:
            return "closed"
        return "repaid" if self.ever_owed else "undrawn"

    def owe(self, principal: int, interest: int, shares: int = 0) -> None:
        """Owe more, or less; a loan that owes again is no longer what its last case left."""
        self.principal += principal
        self.interest += interest
        self.shares += shares
        if principal > 0 or interest > 0 or shares > 0:
            self.ever_owed, self.closed = True, False

    def leave(self, case: CaseId) -> None:
        """Be no longer in default under a case; one that is cured may be in default under another by then."""
        if self.case == case:
            self.case = None

    def hold(self, asset: str, quantity: int) -> None:
        self.collateral[asset] = self.collateral.get(asset, 0) + quantity


class _Pool:
    """What a pool's loans owe beside what their own entries say: interest on all of them, and the index it made."""

    __slots__ = ("first_index", "index", "owed")

    def __init__(self) -> None:
        self.index: int | None = None
        self.first_index: int | None = None
        self.owed = 0


_LOAN: Final = Slots(_Loan, _Loan.__slots__)
_POOL: Final = Slots(_Pool, _Pool.__slots__)


class LoansFold:
    """The fold of loans. A loan has a row from its first entry that is shown.

    `touched` are the loans that may have changed; `moved` the pools in which all may have.
    """

    name = "loans"

    def __init__(self, charters: Charters) -> None:
        self.touched: set[tuple[PoolId, LoanId]] = set()
        self.moved: set[PoolId] = set()
        self._charters = charters
        self._loans: dict[tuple[PoolId, LoanId], _Loan] = {}
        self._pools: dict[PoolId, _Pool] = defaultdict(_Pool)
        self.handlers: dict[str, Handler] = {
            "loan-originated": self._originated,
            "loan-drawn": self._drawn,
            "interest-accrued": self._accrued,
            "interest-allocated": self._allocated,
            "repaid": self._paid_off,
            "debt-transferred": self._transferred,
            "collateral-posted": self._posted,
            "collateral-released": self._released,
            "loan-defaulted": self._defaulted,
            "cost-advanced": self._advanced,
            "collateral-sold": self._sold,
            "guarantee-paid": self._paid_off,
            "allowance-changed": self._named,
            "surplus-returned": self._named,
            "loan-cured": self._cured,
            "shortfall-recognized": self._paid_off,
            "debt-redistributed": self._redistributed,
            "case-closed": self._closed,
            "adjustment-posted": self._adjusted,
        }

    def changed(self) -> list[tuple[PoolId, LoanId]]:
        """The loans whose rows may have changed: those touched, and all of pools that moved or keep debt in common."""
        pools = self.moved | {pool for pool, _ in self.touched if self._charters.pools[pool].pooled}
        return [key for key in self._loans if key in self.touched or key[0] in pools]

    def rows(self, of: Iterable[tuple[PoolId, LoanId]] | None = None) -> Iterator[LoanRow]:
        """The rows in order of pool and loan: of all loans, or of some."""
        pooled = self._pooled_debt()
        for pool, name in sorted(self._loans if of is None else of):
            loan = self._loans[pool, name]
            charter, price = self._charters.pools[pool], pooled.get(pool)
            yield LoanRow(
                pool=pool,
                loan=name,
                borrower=loan.borrower,
                asset=charter.asset,
                status=loan.status(pooled=charter.pooled),
                principal=None if price else Units(loan.principal),
                interest=None if price else Units(loan.interest),
                debt=Units(price.debt(loan.shares) if price else self._debt(loan, charter)),
                collateral={asset: Quantity(quantity) for asset, quantity in sorted(loan.collateral.items())},
            )

    def booked(self, pool: PoolId, name: LoanId) -> int:
        """Principal and interest of a loan as its own entries add up, performing and in default."""
        loan = self._loans.get((pool, name))
        return 0 if loan is None else loan.principal + loan.interest

    def _pooled_debt(self) -> dict[PoolId, Borrowing]:
        """The price of a debt share of each pooled pool: what all loans owe, for the debt shares of all."""
        owed: dict[PoolId, int] = defaultdict(int)
        shares: dict[PoolId, int] = defaultdict(int)
        for (pool, _), loan in self._loans.items():
            owed[pool] += loan.principal + loan.interest
            shares[pool] += loan.shares
        charters = {pool: self._charters.pools[pool] for pool in owed}
        return {
            pool: borrowing(owed[pool] + self._pools[pool].owed, shares[pool], charter)
            for pool, charter in charters.items()
            if charter.pooled
        }

    def _debt(self, loan: _Loan, charter: PoolCharter) -> int:
        """What a loan that is kept by itself owes, with the interest that its pool's index tells."""
        booked, pool = loan.principal + loan.interest, self._pools[charter.pool]
        begun_at = loan.index if loan.index is not None else pool.first_index
        if not begun_at or pool.index is None:
            return booked
        rounded = mul_div_down if charter.rate_scale else mul_div_up
        return rounded(booked, pool.index, begun_at)

    def state(self) -> Plain:
        """Every loan, and what its pool keeps of all."""
        loans = [(*key, _LOAN.apart(loan)) for key, loan in self._loans.items()]
        return loans, {name: _POOL.apart(pool) for name, pool in self._pools.items()}

    def restore(self, state: Plain) -> None:
        """Hold such loans."""
        loans, pools = state
        self._loans = {(pool, name): _LOAN.together(values) for pool, name, values in loans}
        self._pools.update({name: _POOL.together(values) for name, values in pools.items()})

    def _loan(self, pool: PoolId, loan: LoanId) -> _Loan:
        """A loan that an event of its own names."""
        self.touched.add((pool, loan))
        found = self._loans.get((pool, loan))
        if found is None:
            found = self._loans[pool, loan] = _Loan()
        return found

    def _owe(self, pool: PoolId, name: LoanId, principal: int, interest: int, shares: int = 0) -> None:
        """Owe more; negative, less."""
        loan = self._loan(pool, name)
        loan.owe(principal, interest, shares)
        if principal or interest:
            loan.index = self._pools[pool].index

    def _named(self, _: int, event: AllowanceChanged | SurplusReturned) -> None:
        self._loan(event.pool, event.loan)

    def _originated(self, _: int, event: LoanOriginated) -> None:
        self._loan(event.pool, event.loan).borrower = event.borrower
        self._owe(event.pool, event.loan, event.principal, 0, event.debt_shares)

    def _drawn(self, _: int, event: LoanDrawn) -> None:
        self._owe(event.pool, event.loan, event.principal, 0, event.debt_shares)

    def _advanced(self, _: int, event: CostAdvanced) -> None:
        self._owe(event.pool, event.loan, event.amount, 0)

    def _accrued(self, _: int, event: InterestAccrued) -> None:
        if event.loan is not None:
            self._owe(event.pool, event.loan, 0, event.interest)
            return
        self.moved.add(event.pool)
        pool = self._pools[event.pool]
        pool.owed += event.interest
        if event.index is not None:
            pool.index = event.index
            pool.first_index = event.index if pool.first_index is None else pool.first_index

    def _allocated(self, _: int, event: InterestAllocated) -> None:
        self._owe(event.pool, event.loan, 0, event.interest)
        self._loan(event.pool, event.loan).index = self._pools[event.pool].index

    def _paid_off(self, _: int, event: CollateralSold | Repaid | GuaranteePaid | ShortfallRecognized) -> None:
        self._owe(event.pool, event.loan, -event.principal, -event.interest, -event.debt_shares)

    def _transferred(self, _: int, event: DebtTransferred) -> None:
        self._owe(event.pool, event.sender, -event.principal, -event.interest, -event.debt_shares)
        self._owe(event.pool, event.receiver, event.principal, event.interest, event.debt_shares)

    def _redistributed(self, _: int, event: DebtRedistributed) -> None:
        for part in event.parts:
            self._owe(event.pool, part.loan, part.principal, 0, part.debt_shares)

    def _posted(self, _: int, event: CollateralPosted) -> None:
        self._loan(event.pool, event.loan).hold(event.asset, event.quantity)

    def _released(self, _: int, event: CollateralReleased) -> None:
        self._loan(event.pool, event.loan).hold(event.asset, -event.quantity)

    def _defaulted(self, _: int, event: LoanDefaulted) -> None:
        self._loan(event.pool, event.loan).case = event.case

    def _sold(self, position: int, event: CollateralSold) -> None:
        self._loan(event.pool, event.loan).hold(event.asset, -event.quantity)
        self._paid_off(position, event)

    def _cured(self, _: int, event: LoanCured) -> None:
        self._loan(event.pool, event.loan).leave(event.case)

    def _closed(self, _: int, event: CaseClosed) -> None:
        loan = self._loan(event.pool, event.loan)
        loan.closed = loan.closed or loan.case == event.case
        loan.leave(event.case)

    def _adjusted(self, _: int, event: AdjustmentPosted) -> None:
        for line in event.postings if event.pool is not None else ():
            part = part_of(line.account, line.commodity, self._charters)
            if event.pool is not None and part.loan is not None:
                self._adjust(event.pool, part.loan, part, line)
            elif event.pool is not None and part.holds == "loans":
                self.moved.add(event.pool)
                self._pools[event.pool].owed += line.amount

    def _adjust(self, pool: PoolId, loan: LoanId, part: Part, line: PostedLine) -> None:
        match part.holds:
            case "loans-principal" | "defaulted-principal":
                self._owe(pool, loan, line.amount, 0)
            case "loans-interest" | "defaulted-interest":
                self._owe(pool, loan, 0, line.amount)
            case "debt":
                self._owe(pool, loan, 0, 0, line.amount)
            case "collateral" if line.account.startswith("assets:"):
                self._loan(pool, loan).hold(line.commodity, line.amount)
            case _:
                self._loan(pool, loan)
