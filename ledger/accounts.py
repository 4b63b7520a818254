"""The chart of accounts: what each account is called and who owns it.

A move is one debit and one credit of the same amount in one commodity, so what is made of moves balances.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from ledger.errors import UnknownName
from ledger.values import (
    LENDERS,
    Account,
    AssetId,
    CaseId,
    Commodity,
    DebtMode,
    FundId,
    LoanId,
    PartyId,
    PoolId,
    TrancheId,
)

Move = tuple[Commodity, Account, Account, int]
"""(commodity, debited account, credited account, amount ≥ 0): a plain tuple, for there are millions."""

Moves = tuple[Move, ...]


class Posting(NamedTuple):
    """One line of an entry. `amount` is signed, debit positive."""

    account: Account
    commodity: Commodity
    amount: int


def postings(moves: Iterable[Move]) -> Iterator[Posting]:
    """The lines that moves write: two for each, and none for a move of nothing."""
    for commodity, debit, credit, amount in moves:
        if amount:
            yield Posting(debit, commodity, amount)
            yield Posting(credit, commodity, -amount)


def opposite(moves: Iterable[Move]) -> Moves:
    """The moves that undo others, the last one first."""
    return tuple((commodity, credit, debit, amount) for commodity, debit, credit, amount in reversed(tuple(moves)))


def paired(lines: Iterable[Posting]) -> Moves:
    """The moves that add up to lines which balance in every commodity: debits meet credits in the order given."""
    debits: dict[Commodity, deque[tuple[Account, int]]] = {}
    credits_: dict[Commodity, deque[tuple[Account, int]]] = {}
    for account, commodity, amount in lines:
        side = debits if amount > 0 else credits_
        side.setdefault(commodity, deque()).append((account, abs(amount)))
    return tuple(move for commodity in debits for move in _met(commodity, debits[commodity], credits_[commodity]))


def _met(
    commodity: Commodity, debits: deque[tuple[Account, int]], credits_: deque[tuple[Account, int]]
) -> Iterator[Move]:
    while debits and credits_:
        (debit, due), (credit, given) = debits.popleft(), credits_.popleft()
        amount = min(due, given)
        yield commodity, debit, credit, amount
        if due > amount:
            debits.appendleft((debit, due - amount))
        if given > amount:
            credits_.appendleft((credit, given - amount))


def net(lines: Iterable[Posting]) -> dict[tuple[Account, Commodity], int]:
    """What lines come to for each account and commodity that they name."""
    sums: dict[tuple[Account, Commodity], int] = {}
    for account, commodity, amount in lines:
        sums[account, commodity] = sums.get((account, commodity), 0) + amount
    return sums


Key = TypeVar("Key", bound=str)
Value = TypeVar("Value")


class Known(dict[Key, Value]):
    """What is known by name. To ask for a name that is not raises `UnknownName` (law 2), in the words given."""

    __slots__ = ("_unknown",)

    def __init__(self, unknown: str) -> None:
        super().__init__()
        self._unknown = unknown

    def __missing__(self, name: Key) -> Value:
        raise UnknownName(self._unknown.format(name))


@dataclass(frozen=True, slots=True)
class TrancheAccounts:
    """The accounts of a class of lenders: its claims, and its register of shares issued."""

    claims: Account
    issued: Account
    shares: Commodity

    def holder(self, lender: PartyId) -> Account:
        """The account of one lender's shares."""
        return Account(f"{self.issued}:{lender}")


@dataclass(frozen=True, slots=True)
class PoolCharter:
    """What a pool's opening fixed for ever, with the names of its accounts.

    `virtual_assets` and `virtual_shares` are the amounts that a share's price is computed with beside the real ones;
    `rate_scale` is the scale to which the price itself is rounded, 0 where it is not.
    """

    pool: PoolId
    asset: Commodity
    debt: DebtMode
    virtual_assets: int
    virtual_shares: int
    rate_scale: int
    tranches: Known[TrancheId, TrancheAccounts]
    cash: Account
    loans: Account
    unallocated: Account
    reserve: Account
    rounding: Account
    unrealized: Account
    debt_issued: Account
    debt_shares: Commodity

    @property
    def name(self) -> str:
        """The pool's name, in the namespace that pools and funds share."""
        return self.pool

    @property
    def pooled(self) -> bool:
        """Whether all loans are kept in one account, each as a share of it."""
        return self.debt == "pooled"

    def principal(self, loan: LoanId, case: CaseId | None = None) -> Account:
        """The principal of a loan, performing or (with its case) in default."""
        if self.debt == "pooled":
            return self.loans
        return Account(f"assets:{self.pool}:{'loans' if case is None else 'defaulted'}:{loan}:principal")

    def interest(self, loan: LoanId, case: CaseId | None = None) -> Account:
        """The interest of a loan, performing or (with its case) in default."""
        if self.debt == "pooled":
            return self.loans
        return Account(f"assets:{self.pool}:{'loans' if case is None else 'defaulted'}:{loan}:interest")

    def accrued(self) -> Account:
        """Where interest on the pool as a whole is kept: with all loans, or until a loan is allocated its part."""
        return self.loans if self.debt == "pooled" else self.unallocated

    def debtor(self, loan: LoanId) -> Account:
        """The debt shares that a loan owes."""
        return Account(f"{self.debt_issued}:{loan}")

    def allowance(self, loan: LoanId) -> Account:
        """Loss expected of a loan, not recognized yet."""
        return Account(f"assets:{self.pool}:allowance:{loan}")

    def deficit(self, case: CaseId) -> Account:
        """Recognized bad debt of a case that nobody has borne yet."""
        return Account(f"assets:{self.pool}:deficit:{case}")

    def collateral(self, loan: LoanId) -> Account:
        """Collateral held for a loan."""
        return Account(f"assets:{self.pool}:collateral:{loan}")

    def collateral_owed(self, loan: LoanId) -> Account:
        """The same collateral, owed back to the borrower."""
        return Account(f"liabilities:{self.pool}:collateral:{loan}")

    def surplus(self, loan: LoanId) -> Account:
        """Proceeds above the debt, owed to the borrower."""
        return Account(f"liabilities:{self.pool}:surplus:{loan}")

    def recoveries(self, case: CaseId) -> Account:
        """Recoveries of a case that are not allocated yet."""
        return Account(f"liabilities:{self.pool}:recoveries:{case}")

    def restitution(self, case: CaseId) -> Account:
        """Recoveries of a case that are allocated to those who bore a loss, not paid yet."""
        return Account(f"liabilities:{self.pool}:restitution:{case}")


def pool_charter(
    *,
    pool: PoolId,
    asset: AssetId,
    debt: DebtMode,
    virtual_assets: int,
    virtual_shares: int,
    rate_scale: int,
    tranches: Iterable[TrancheId],
) -> PoolCharter:
    """The charter of a pool, with `lenders` beside the tranches named."""
    registers: Known[TrancheId, TrancheAccounts] = Known(f"pool {pool} has no tranche {{}}")
    registers.update({name: _tranche(pool, name) for name in (LENDERS, *tranches)})
    return PoolCharter(
        pool=pool,
        asset=Commodity(asset),
        debt=debt,
        virtual_assets=virtual_assets,
        virtual_shares=virtual_shares,
        rate_scale=rate_scale,
        tranches=registers,
        cash=Account(f"assets:{pool}:cash"),
        loans=Account(f"assets:{pool}:loans"),
        unallocated=Account(f"assets:{pool}:interest"),
        reserve=Account(f"equity:{pool}:reserve"),
        rounding=Account(f"equity:{pool}:rounding"),
        unrealized=Account(f"equity:{pool}:unrealized"),
        debt_issued=Account(f"register:{pool}:debt"),
        debt_shares=Commodity(f"debt:{pool}"),
    )


def _tranche(pool: PoolId, name: TrancheId) -> TrancheAccounts:
    return TrancheAccounts(
        claims=Account(f"liabilities:{pool}:claims:{name}"),
        issued=Account(f"register:{pool}:{name}"),
        shares=Commodity(f"shares:{pool}:{name}"),
    )


@dataclass(frozen=True, slots=True)
class FundCharter:
    """What an insurance fund's opening fixed for ever, with the names of its accounts."""

    fund: FundId
    asset: Commodity
    cash: Account
    equity: Account
    issued: Account
    shares: Commodity

    @property
    def name(self) -> str:
        """The fund's name, in the namespace that pools and funds share."""
        return self.fund

    def holder(self, contributor: PartyId) -> Account:
        """The account of one contributor's fund shares."""
        return Account(f"{self.issued}:{contributor}")


def fund_charter(fund: FundId, asset: AssetId) -> FundCharter:
    """The charter of an insurance fund."""
    return FundCharter(
        fund=fund,
        asset=Commodity(asset),
        cash=Account(f"assets:{fund}:cash"),
        equity=Account(f"equity:{fund}:fund"),
        issued=Account(f"register:{fund}"),
        shares=Commodity(f"shares:{fund}"),
    )


@dataclass(frozen=True, slots=True)
class Charters:
    """The charters of a book: all that postings need to know beside the event itself."""

    assets: Known[AssetId, int]
    pools: Known[PoolId, PoolCharter]
    funds: Known[FundId, FundCharter]


def no_charters() -> Charters:
    """The charters of a book in which nothing is opened yet."""
    return Charters(
        assets=Known("no asset {} was registered"),
        pools=Known("no pool {} was opened"),
        funds=Known("no fund {} was opened"),
    )
