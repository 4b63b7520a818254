"""The books: the balances and states folded from a journal, and the questions that the laws put to them."""

from bisect import bisect_right

from ledger.accounts import Charters, Known, PoolCharter, TrancheAccounts, no_charters
from ledger.cases import Case, Entries, Loan, LossBorne, Signing
from ledger.chart import Part, part_of
from ledger.errors import ClosedPeriod, NameTaken, UnknownName, WrongSide, WrongState
from ledger.indices import Indices
from ledger.past import NoPast, Past
from ledger.registers import Registers
from ledger.shares import pro_rata
from ledger.sums import Sums
from ledger.terms import Terms
from ledger.values import (
    LENDERS,
    Account,
    AssetId,
    CaseId,
    Commodity,
    EventId,
    FundId,
    LoanId,
    PartyId,
    PoolId,
    Timestamp,
    TrancheId,
    instant_key,
)
from ledger.waterfall import (
    FundLayer,
    HoldLayer,
    Layer,
    ReserveLayer,
    SocializeLayer,
    TrancheLayer,
    fund_limit,
    fund_room,
)


class Books:
    """Balances and states at one position of a journal. Only `ledger.laws.admit` moves them forward.

    `former` are the charters of openings in closed periods that were reversed, by name; `terms` are those of each pool,
    the present ones last; `closed_through` is the end of the last closed period, as a key of `instant_key`; `reversed`
    are the ids of the entries that were reversed. `openings` are the ids of the entries that opened the pools, oldest
    first; `references` are the assets by what they refer to elsewhere, such as a token's address, in lower case.
    """

    __slots__ = (
        "cases",
        "charters",
        "closed_through",
        "former",
        "indices",
        "loans",
        "openings",
        "past",
        "pledges",
        "position",
        "references",
        "registers",
        "reversed",
        "signings",
        "sums",
        "terms",
        "terms_entries",
    )

    def __init__(self, past: Past | None = None) -> None:
        self.past: Past = NoPast() if past is None else past
        self.position = 0
        self.charters: Charters = no_charters()
        self.former: dict[str, object] = {}
        self.openings: dict[PoolId, EventId] = {}
        self.references: dict[str, list[AssetId]] = {}
        self.sums = Sums()
        self.registers = Registers()
        self.indices = Indices()
        self.terms: dict[PoolId, list[Terms]] = {}
        self.terms_entries: dict[PoolId, Entries] = {}
        self.loans: Known[PoolId, Known[LoanId, Loan]] = Known("no pool {} was opened")
        self.cases: dict[CaseId, Case] = {}
        self.pledges: dict[Commodity, set[Account]] = {}
        self.closed_through = ""
        self.reversed: set[EventId] = set()
        self.signings: dict[tuple[str, str], Signing] = {}

    # What an event names must exist (law 2); a name that does not raises `UnknownName`.

    def case(self, pool: PoolId, case: CaseId) -> Case:
        """What is known of a case of a pool."""
        found = self.cases.get(case)
        if found is None or found.pool != pool:
            raise UnknownName(f"pool {pool} has no case {case}")
        return found

    def require_asset(self, asset: AssetId | Commodity) -> None:
        """An asset that was registered, or the share register of a tranche that was opened."""
        match asset.split(":"):
            case ["shares", pool, tranche]:
                _ = self.charters.pools[PoolId(pool)].tranches[TrancheId(tranche)]
            case _:
                _ = self.charters.assets[AssetId(asset)]

    def require_account(self, account: Account, commodity: Commodity) -> Part:
        """An account of the chart, in what it is kept in, and of a loan or case that is there."""
        part = part_of(account, commodity, self.charters)
        if part.kept_in is None:
            self.require_asset(commodity)
        if part.loan is not None:
            _ = self.loans[PoolId(part.owner)][part.loan]
        if part.case is not None:
            self.case(PoolId(part.owner), part.case)
        return part

    # And be in the state it needs (law 2): each of these raises `WrongState` or `NameTaken`.

    def require_new_holder_of_money(self, name: PoolId | FundId) -> None:
        """A name that neither a pool nor a fund has yet: they share one namespace."""
        if name in self.charters.pools or name in self.charters.funds:
            raise NameTaken(f"{name} is a {'pool' if name in self.charters.pools else 'fund'} already")

    def require_same_as_before(self, name: str, charter: object) -> None:
        """What is opened again is opened as it was, where the first opening still counts as of a closed period.

        Reports read charters unfiltered, so there is one for each name.
        """
        if self.former.get(name, charter) != charter:
            raise NameTaken(f"{name} was opened before, on other terms for ever: choose another name")

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
        if found.closed:
            raise WrongState(f"case {case} is closed")
        return found

    def require_recognized(self, pool: PoolId, case: CaseId) -> Case:
        """A case, open or closed, of which a shortfall was recognized: only then is there anything to recover."""
        found = self.case(pool, case)
        if not found.is_recognized:
            raise WrongState(f"no shortfall of case {case} was recognized: what comes in is a repayment or a sale")
        return found

    def require_debt_shares(self, pool: PoolId, debt_shares: int) -> None:
        """A pool in which loans are shares of one account; in the other modes a loan has no debt shares."""
        charter = self.charters.pools[pool]
        if debt_shares and not charter.pooled:
            raise WrongState(f"pool {pool} is {charter.debt}: a loan has no debt shares, {debt_shares} were given")

    def require_in_default(self, pool: PoolId, case: CaseId | None, principal: int, interest: int) -> None:
        """No more is taken off a case than is in default. Of loans kept apart their own accounts hold it (law 3)."""
        if case is not None and self.charters.pools[pool].pooled:
            in_default = self.cases[case].in_default
            if principal + interest > in_default:
                raise WrongSide(
                    f"case {case} has {in_default} in default, {principal + interest} cannot be taken off it"
                )

    def require_open_period(self, at: Timestamp) -> None:
        """A time that is in no closed period (law 9)."""
        if self.closed_through and instant_key(at) <= self.closed_through:
            raise ClosedPeriod(f"the books are closed through {self.closed_through}Z, and {at} is not after that")

    # What the laws weigh.

    def tranche(self, pool: PoolId, tranche: TrancheId) -> tuple[PoolCharter, TrancheAccounts]:
        """The charter of a pool, and the accounts of one of its tranches."""
        charter = self.charters.pools[pool]
        return charter, charter.tranches[tranche]

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

    def deficit(self, pool: PoolId, case: CaseId) -> int:
        """Recognized bad debt of a case that nobody has borne yet."""
        charter = self.charters.pools[pool]
        return self.sums.balance(charter.deficit(case), charter.asset)

    def reserve(self, pool: PoolId) -> int:
        """The reserve of a pool; negative where it stands in debit."""
        charter = self.charters.pools[pool]
        return self.sums.owed(charter.reserve, charter.asset)

    def fund_balance(self, fund: FundId) -> int:
        """The cash of a fund, in its asset."""
        charter = self.charters.funds[fund]
        return self.sums.balance(charter.cash, charter.asset)

    def room(self, case: Case, layer: Layer) -> int | None:
        """What a layer of a case's waterfall can still bear, None without a bound; a fund's in the fund's asset."""
        match layer:
            case TrancheLayer(tranche=tranche):
                return max(self.claims(case.pool, tranche), 0)
            case FundLayer(fund=fund):
                balance, paid = self.fund_balance(fund), case.paid.get(fund, 0)
                return fund_room(layer, limit=self.limit(case, layer), paid=paid, balance=balance)
            case ReserveLayer():
                return None if layer.negative else max(self.reserve(case.pool) - layer.floor, 0)
            case SocializeLayer():
                return max(self.claims(case.pool, LENDERS), 0)
            case HoldLayer():
                return 0

    def limit(self, case: Case, layer: FundLayer) -> int | None:
        """The most that a fund layer pays for a case: as it was fixed; before that, as it would be fixed now."""
        if case.waterfall is None:
            return fund_limit(layer, self.fund_balance(layer.fund))
        return case.limits.get(layer.fund)

    def owe(self, pool: PoolId, loan: LoanId, case: CaseId | None, principal: int, interest: int) -> None:
        """Have a loan owe so much more, and have it in default under its case, where there is one; negative, less."""
        if case is not None:
            self.change_in_default(case, principal, interest)
        if principal or interest:
            self.note_change(pool, loan)

    def owe_no_more(self, pool: PoolId, loan: LoanId, case: CaseId | None, principal: int, interest: int) -> None:
        """Undo `owe` of the same amounts, the last that the loan was told."""
        if case is not None:
            self.change_in_default(case, -principal, -interest)
        if principal or interest:
            self.forget_change(pool, loan)

    def change_in_default(self, case: CaseId, principal: int, interest: int) -> None:
        """Have so much more in default under a case; negative, less."""
        found = self.cases[case]
        found.principal += principal
        found.interest += interest

    def note_change(self, pool: PoolId, loan: LoanId) -> None:
        """What a loan of an indexed pool owes is by the index as it stands."""
        if (changes := self.loans[pool][loan].changes) is not None:
            changes.append(self.position)

    def forget_change(self, pool: PoolId, loan: LoanId) -> None:
        """Undo the last `note_change` of a loan."""
        if (changes := self.loans[pool][loan].changes) is not None:
            changes.pop()

    def fix_terms(self, case: Case) -> None:
        """Fix the terms of a case at its first recognition (law 6); later ones leave them as they are."""
        if case.waterfall is None:
            case.waterfall = self.terms[case.pool][-1].waterfall
            case.terms_fixed_at = self.position
            case.limits = {
                layer.fund: fund_limit(layer, self.fund_balance(layer.fund))
                for layer in case.waterfall
                if isinstance(layer, FundLayer)
            }

    def terms_of(self, case: Case) -> Terms:
        """The terms that a case is fixed on: those of its pool at its first recognition; before that the present."""
        changed_by_then = bisect_right(self.terms_entries[case.pool], case.terms_fixed_at or self.position)
        return self.terms[case.pool][changed_by_then]

    def limits_fixed_on(self, fund: FundId, position: int) -> list[int]:
        """The later recognitions that fixed a limit as a share of what the fund then held."""
        return [
            case.terms_fixed_at
            for case in self.cases.values()
            if case.terms_fixed_at > position
            if any(
                isinstance(layer, FundLayer) and layer.fund == fund and layer.share_wad is not None
                for layer in case.waterfall or ()
            )
        ]

    def bearers(self, pool: PoolId, loss: LossBorne) -> dict[PartyId, int]:
        """Who bore how much of a loss: its one holder, or those who held shares when it fell, exactly pro rata."""
        if loss.holder is not None:
            return {loss.holder: loss.amount}
        shares = self.charters.pools[pool].tranches[loss.tranche].shares
        return pro_rata(loss.amount, self.registers.holders(shares, loss.position, self.sums))

    def give_back(self, pool: PoolId, loss: LossBorne, amount: int) -> None:
        """Allocate an amount to those who bore a loss, by what each of them has not got back yet."""
        if not loss.given_back:
            loss.bore = self.bearers(pool, loss)
            loss.left = dict(loss.bore)
        for holder, part in pro_rata(amount, loss.left).items():
            loss.left[holder] -= part
        loss.given_back += (amount,)

    def take_back(self, pool: PoolId, loss: LossBorne, last: int) -> None:
        """Undo the last such allocations, so many of them."""
        before = loss.given_back[: len(loss.given_back) - last]
        loss.given_back, loss.bore, loss.left = (), {}, {}
        for amount in before:
            self.give_back(pool, loss, amount)

    def due(self, case: Case) -> dict[tuple[TrancheId, PartyId], int]:
        """What was allocated to each who bore a loss of a case, paid or not, by tranche and holder."""
        bearers = {(loss.tranche, holder) for loss in case.losses.values() for holder in loss.bore}
        return {(tranche, holder): self.due_to(case, tranche, holder) for tranche, holder in sorted(bearers)}

    def due_to(self, case: Case, tranche: TrancheId, holder: PartyId) -> int:
        """The same of one of them."""
        losses = (loss for loss in case.losses.values() if loss.tranche == tranche)
        return sum(loss.bore.get(holder, 0) - loss.left.get(holder, 0) for loss in losses)

    def entries_of(self, pool: PoolId, loan: LoanId | None, case: CaseId | None) -> tuple[Entries, ...]:
        """The positions of the entries of a loan and of a case, where they are given."""
        if loan is None:
            return () if case is None else (self.cases[case].entries,)
        if case is None:
            return (self.loans[pool][loan].entries,)
        return self.loans[pool][loan].entries, self.cases[case].entries


def _asked_state(case: CaseId | None) -> str:
    return "performing" if case is None else f"in default under case {case}"
