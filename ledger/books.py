"""The books: the balances and states folded from a journal, and the questions that the laws put to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ledger.accounts import Charters, Known, no_charters
from ledger.errors import NameTaken, UnknownName, WrongState
from ledger.sums import Sums
from ledger.values import (
    LENDERS,
    Account,
    AssetId,
    CaseId,
    Commodity,
    FundId,
    LoanId,
    PartyId,
    PoolId,
    TrancheId,
)
from ledger.waterfall import FundLayer, HoldLayer, Layer, SocializeLayer, Waterfall, fund_limit, fund_room

CaseStatus = Literal["open", "cured", "closed"]


@dataclass(slots=True)
class Loan:
    """What the laws know of a loan beside its balances. `case` is the case it is in default under, if it is."""

    borrower: PartyId
    case: CaseId | None = None


@dataclass(slots=True)
class Case:
    """One default and its recovery.

    `waterfall` and `limits` are fixed at the first `shortfall-recognized`; `paid` is what each fund has paid since,
    in its own asset.
    """

    pool: PoolId
    loan: LoanId
    status: CaseStatus = "open"
    recognized: int = 0
    waterfall: Waterfall | None = None
    limits: Mapping[FundId, int | None] = field(default_factory=dict)
    paid: dict[FundId, int] = field(default_factory=dict)


class Books:
    """Balances and states at one position of a journal. Only `ledger.laws.admit` moves them forward."""

    __slots__ = ("cases", "charters", "loans", "pledges", "sums", "waterfalls")

    def __init__(self) -> None:
        self.charters: Charters = no_charters()
        self.sums = Sums()
        self.waterfalls: dict[PoolId, Waterfall] = {}
        self.loans: Known[PoolId, Known[LoanId, Loan]] = Known("no pool {} was opened")
        self.cases: dict[CaseId, Case] = {}
        self.pledges: dict[Commodity, set[Account]] = {}

    # What an event names must exist (law 2); a name that does not raises `UnknownName`.

    def case(self, pool: PoolId, case: CaseId) -> Case:
        """What is known of a case of a pool."""
        found = self.cases.get(case)
        if found is None or found.pool != pool:
            raise UnknownName(f"pool {pool} has no case {case}")
        return found

    def require_asset(self, asset: AssetId | Commodity) -> None:
        """An asset that was registered, or the share register of a tranche that was opened."""
        if asset.startswith("shares:"):
            _, pool, tranche = asset.split(":")
            _ = self.charters.pools[PoolId(pool)].tranches[TrancheId(tranche)]
        else:
            _ = self.charters.assets[AssetId(asset)]

    # And be in the state it needs (law 2): each of these raises `WrongState` or `NameTaken`.

    def require_new_holder_of_money(self, name: PoolId | FundId) -> None:
        """A name that neither a pool nor a fund has yet: they share one namespace."""
        if name in self.charters.pools or name in self.charters.funds:
            raise NameTaken(f"{name} is a {'pool' if name in self.charters.pools else 'fund'} already")

    def require_loan_under(self, pool: PoolId, loan: LoanId, case: CaseId | None) -> Loan:
        """A loan that is in default under `case`, or performing where `case` is None."""
        found = self.loans[pool][loan]
        if found.case != case:
            state = "performing" if found.case is None else f"in default under case {found.case}"
            raise WrongState(f"loan {loan} of pool {pool} is {state}, not {_asked_state(case)}")
        return found

    def require_case_of(self, pool: PoolId, loan: LoanId, case: CaseId) -> Case:
        """The open case under which a loan is in default."""
        found = self.case(pool, case)
        if found.loan != loan:
            raise WrongState(f"case {case} is of loan {found.loan}, not of {loan}")
        self.require_loan_under(pool, loan, case)
        return found

    def require_open_case(self, pool: PoolId, case: CaseId) -> Case:
        """A case that is not closed."""
        found = self.case(pool, case)
        if found.status == "closed":
            raise WrongState(f"case {case} is closed")
        return found

    # What the laws weigh.

    def claims(self, pool: PoolId, tranche: TrancheId) -> int:
        """What a pool owes the lenders of a tranche."""
        charter = self.charters.pools[pool]
        return self.sums.owed(charter.tranches[tranche].claims, charter.asset)

    def issued(self, pool: PoolId, tranche: TrancheId) -> int:
        """The shares issued of a tranche."""
        accounts = self.charters.pools[pool].tranches[tranche]
        return self.sums.owed(accounts.issued, accounts.shares)

    def holder_count(self, pool: PoolId, tranche: TrancheId) -> int:
        """How many hold shares of a tranche: its open accounts, less that of the shares issued and two a pledge."""
        shares = self.charters.pools[pool].tranches[tranche].shares
        return max(self.sums.open_accounts(shares) - 1 - 2 * len(self.pledges.get(shares, ())), 0)

    def note_pledge(self, pool: PoolId, loan: LoanId, asset: Commodity) -> None:
        """Keep count of the loans that hold shares of a tranche as collateral."""
        if asset.startswith("shares:"):
            account = self.charters.pools[pool].collateral(loan)
            pledged = self.pledges.setdefault(asset, set())
            (pledged.add if self.sums.balance(account, asset) else pledged.discard)(account)

    def in_default(self, pool: PoolId, loan: LoanId, case: CaseId) -> tuple[int, int]:
        """Principal and interest of a loan that are in default."""
        charter = self.charters.pools[pool]
        balance = self.sums.balance
        return balance(charter.principal(loan, case), charter.asset), balance(
            charter.interest(loan, case), charter.asset
        )

    def deficit(self, pool: PoolId, case: CaseId) -> int:
        """Recognized bad debt of a case that nobody has borne yet."""
        charter = self.charters.pools[pool]
        return self.sums.balance(charter.deficit(case), charter.asset)

    def fund_balance(self, fund: FundId) -> int:
        """The cash of a fund, in its asset."""
        charter = self.charters.funds[fund]
        return self.sums.balance(charter.cash, charter.asset)

    def room(self, case: Case, layer: Layer) -> int:
        """What a layer of a case's waterfall can still bear; a fund's in the fund's asset."""
        match layer:
            case FundLayer(fund=fund):
                balance, paid = self.fund_balance(fund), case.paid.get(fund, 0)
                return fund_room(layer, limit=case.limits.get(fund), paid=paid, balance=balance)
            case SocializeLayer():
                return max(self.claims(case.pool, LENDERS), 0)
            case HoldLayer():
                return 0

    def fix_terms(self, case: Case) -> None:
        """Fix the terms of a case at its first recognition (law 6); later ones leave them as they are."""
        if case.waterfall is None:
            case.waterfall = self.waterfalls[case.pool]
            case.limits = {
                layer.fund: fund_limit(layer, self.fund_balance(layer.fund))
                for layer in case.waterfall
                if isinstance(layer, FundLayer)
            }


def _asked_state(case: CaseId | None) -> str:
    return "performing" if case is None else f"in default under case {case}"
