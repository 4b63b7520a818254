"""What a book says of one pool, loan, lender, fund or case at present. Amounts are in base units.

Each is read from the books in memory, without the journal, and stays as it is when the books move on.
"""

from typing import Literal, NamedTuple

from ledger.accounts import PoolCharter
from ledger.books import Books
from ledger.cases import Case, Loan
from ledger.commands.debt import Owed, debt_of, owed
from ledger.notebook import table_of
from ledger.shares import price, price_wad, worth
from ledger.terms import Terms
from ledger.values import CaseId, Commodity, FundId, LoanId, PartyId, PoolId, TrancheId
from ledger.waterfall import FundLayer, Layer, spoken

LoanStatus = Literal["performing", "in-default", "settled"]


class PoolState(NamedTuple):
    """A pool: what it holds, and what it owes. `claims`, `shares` and `share_price_wad` are by tranche.

    `loans` is all that performs, `defaulted` all that is in default and not recognized; a pooled pool has both in
    `loans`. The price is a wad, rounded down, None before the first share.
    """

    pool: PoolId
    asset: Commodity
    debt: str
    cash: int
    loans: int
    defaulted: int
    deficit: int
    claims: dict[TrancheId, int]
    shares: dict[TrancheId, int]
    share_price_wad: dict[TrancheId, int | None]
    reserve: int
    unrealized: int
    terms: Terms

    def _repr_html_(self) -> str:
        """For a notebook."""
        rows = [(name, value) for name, value in self._asdict().items() if name != "terms"]
        waterfall = tuple(map(spoken, self.terms.waterfall))
        return table_of(f"pool {self.pool}", [*rows, ("waterfall", waterfall), ("recovery", self.terms.recovery)])


class LoanState(NamedTuple):
    """A loan: what it owes and what is held for it, by asset.

    `debt` is what is owed at present, with the interest that an index tells and no entry has booked yet; of a pooled
    loan it is what its `debt_shares` are worth, and its principal and interest are not kept apart (0). A loan that owes
    nothing is `settled`, be it that it was repaid, that its loss was borne, or that nothing was drawn yet.
    """

    pool: PoolId
    loan: LoanId
    borrower: PartyId
    status: LoanStatus
    case: CaseId | None
    principal: int
    interest: int
    debt_shares: int
    debt: int
    collateral: dict[Commodity, int]

    def _repr_html_(self) -> str:
        """For a notebook."""
        return table_of(f"loan {self.loan}", self._asdict().items())


class LenderState(NamedTuple):
    """A lender's part of a tranche: its shares, and the balance they are worth, rounded down."""

    pool: PoolId
    tranche: TrancheId
    lender: PartyId
    shares: int
    balance: int

    def _repr_html_(self) -> str:
        """For a notebook."""
        return table_of(f"lender {self.lender}", self._asdict().items())


class FundState(NamedTuple):
    """An insurance fund: its balance, and the shares of it that are out."""

    fund: FundId
    asset: Commodity
    balance: int
    shares: int

    def _repr_html_(self) -> str:
        """For a notebook."""
        return table_of(f"fund {self.fund}", self._asdict().items())


class LayerState(NamedTuple):
    """A layer of a case's waterfall: the most it pays for the case, what it has paid, what it can still bear.

    None is without a bound. A fund's amounts are in its own asset, `limit` and `paid` are of funds only.
    """

    layer: str
    limit: int | None
    paid: int
    room: int | None


class CaseState(NamedTuple):
    """A case: what is in default, what was recognized of it, what nobody has borne yet (`open`).

    `recoveries` are not allocated yet, `restitution` is allocated to those who bore the loss and not paid. `layers` are
    those of its own waterfall, or of the pool's present one while nothing is recognized.
    """

    pool: PoolId
    loan: LoanId
    case: CaseId
    status: Literal["open", "cured", "closed"]
    in_default: int
    recognized: int
    open: int
    recoveries: int
    restitution: int
    layers: tuple[LayerState, ...]

    def _repr_html_(self) -> str:
        """For a notebook."""
        return table_of(f"case {self.case}", self._asdict().items())


def pool_state(books: Books, pool: PoolId) -> PoolState:
    """A pool at present. Takes time with the number of accounts in its asset. Raises `UnknownName`."""
    charter = books.charters.pools[pool]
    claims = {tranche: books.claims(pool, tranche) for tranche in charter.tranches}
    shares = {tranche: books.issued(pool, tranche) for tranche in charter.tranches}
    loans, defaulted, deficit = _assets(books, charter)
    return PoolState(
        pool=pool,
        asset=charter.asset,
        debt=charter.debt,
        cash=books.sums.balance(charter.cash, charter.asset),
        loans=loans,
        defaulted=defaulted,
        deficit=deficit,
        claims=claims,
        shares=shares,
        share_price_wad={
            tranche: price_wad(price(claims[tranche], shares[tranche], charter)) for tranche in charter.tranches
        },
        reserve=books.reserve(pool),
        unrealized=books.sums.balance(charter.unrealized, charter.asset),
        terms=books.terms[pool][-1],
    )


def _assets(books: Books, charter: PoolCharter) -> tuple[int, int, int]:
    """What performs, what is in default and what is recognized of a pool, with the interest of each."""
    sums = dict.fromkeys(("loans", "interest", "defaulted", "deficit"), 0)
    for account in books.sums.accounts(charter.asset):
        kind, owner, *rest = account.split(":")
        if kind == "assets" and owner == charter.pool and rest[0] in sums:
            sums[rest[0]] += books.sums.balance(account, charter.asset)
    return sums["loans"] + sums["interest"], sums["defaulted"], sums["deficit"]


def loan_state(books: Books, pool: PoolId, loan: LoanId) -> LoanState:
    """A loan at present. Raises `UnknownName`."""
    charter, found = books.charters.pools[pool], books.loans[pool][loan]
    owes = owed(books, pool, loan)
    return LoanState(
        pool=pool,
        loan=loan,
        borrower=found.borrower,
        status=_status(found, owes),
        case=found.case,
        principal=0 if charter.pooled else owes.principal,
        interest=owes.interest,
        debt_shares=owes.debt_shares,
        debt=debt_of(books, pool, loan),
        collateral=books.sums.held(charter.collateral(loan)),
    )


def _status(loan: Loan, owes: Owed) -> LoanStatus:
    if loan.case is not None:
        return "in-default"
    return "performing" if owes.total or owes.debt_shares else "settled"


def lender_state(books: Books, pool: PoolId, tranche: TrancheId, lender: PartyId) -> LenderState:
    """A lender's part of a tranche at present; nothing where it never had a share. Raises `UnknownName`."""
    charter, accounts = books.tranche(pool, tranche)
    shares = books.sums.balance(accounts.holder(lender), accounts.shares)
    at = price(books.claims(pool, tranche), books.issued(pool, tranche), charter)
    return LenderState(pool, tranche, lender, shares, worth(shares, at))


def fund_state(books: Books, fund: FundId) -> FundState:
    """A fund at present. Raises `UnknownName`."""
    charter = books.charters.funds[fund]
    return FundState(fund, charter.asset, books.fund_balance(fund), books.sums.owed(charter.issued, charter.shares))


def case_state(books: Books, pool: PoolId, name: CaseId) -> CaseState:
    """A case at present. Raises `UnknownName`."""
    charter, case = books.charters.pools[pool], books.case(pool, name)
    waterfall = books.terms[pool][-1].waterfall if case.waterfall is None else case.waterfall
    return CaseState(
        pool=pool,
        loan=case.loan,
        case=name,
        status=case.status,
        in_default=case.in_default,
        recognized=case.recognized,
        open=books.deficit(pool, name),
        recoveries=books.sums.owed(charter.recoveries(name), charter.asset),
        restitution=books.sums.owed(charter.restitution(name), charter.asset),
        layers=tuple(_layer(books, case, layer) for layer in waterfall),
    )


def _layer(books: Books, case: Case, layer: Layer) -> LayerState:
    limit, paid = None, 0
    if isinstance(layer, FundLayer):
        limit, paid = case.limits.get(layer.fund), case.paid.get(layer.fund, 0)
    return LayerState(spoken(layer), limit, paid, books.room(case, layer))
