"""The identities of the reports, held against the books that a replay makes: lenders, deficits and pools, row by row.

The folds that make the reports run beside the replay, on the entries that count. Their rows must come to the balances
of the accounts. That debits and credits are equal is the accounts' own identity: `ledger.audit` holds it.
"""

from collections import defaultdict
from collections.abc import Mapping

from ledger.accounts import Charters
from ledger.books import Books
from ledger.cases import Case
from ledger.errors import BooksBroken
from ledger.values import CaseId, PartyId, PoolId, TrancheId
from projections.balances import BalancesFold
from projections.deficits import DeficitRow, DeficitsFold
from projections.lenders import LenderRow, LendersFold
from projections.pools import PoolRow, pool_rows
from projections.reading import Handler

Tranche = tuple[PoolId, TrancheId]


class Identities:
    """The folds of a replay, and what they must come to."""

    def __init__(self) -> None:
        self._lenders: LendersFold | None = None
        self._deficits: DeficitsFold | None = None

    def beside(self, charters: Charters) -> Mapping[str, list[Handler]]:
        """The handlers of the folds, by the names of the events that they take."""
        self._lenders, self._deficits = LendersFold(charters), DeficitsFold(charters)
        handlers: dict[str, list[Handler]] = defaultdict(list)
        for fold in (self._lenders, self._deficits):
            for name, handler in fold.handlers.items():
                handlers[name].append(handler)
        return handlers

    def hold(self, books: Books) -> None:
        """Raise `BooksBroken` where a report says another amount than the accounts."""
        if self._lenders is not None:
            _hold_lenders(self._lenders, books)
        if self._deficits is not None:
            _hold_deficits(self._deficits, books)
        for row in pool_rows(BalancesFold.standing(books.sums, books.charters), books.charters):
            _require(f"pools: what pool {row.pool} owes", _liabilities(row), _assets(row))


def _hold_lenders(fold: LendersFold, books: Books) -> None:
    balances: dict[Tranche, int] = defaultdict(int)
    shares: dict[Tranche, int] = defaultdict(int)
    restitution: dict[tuple[PoolId, TrancheId, PartyId], int] = {}
    for row in fold.rows():
        of = PoolId(row.pool), TrancheId(row.tranche)
        register = books.charters.pools[of[0]].tranches[of[1]]
        held = books.sums.balance(register.holder(PartyId(row.lender)), register.shares)
        if (row.shares, row.balance) != (held, _balance(row)):  # told only where they differ: there are many rows
            _require(f"lenders: shares of {row.lender} in {row.tranche} of {row.pool}", row.shares, held)
            _require(f"lenders: balance of {row.lender} in {row.tranche} of {row.pool}", row.balance, _balance(row))
        balances[of] += row.balance
        shares[of] += row.shares
        if row.restitution:
            restitution[*of, PartyId(row.lender)] = row.restitution
    for pool, charter in books.charters.pools.items():
        for tranche in charter.tranches:
            _require(f"lenders: shares of {tranche} of {pool}", shares[pool, tranche], books.issued(pool, tranche))
            _require(f"lenders: claims of {tranche} of {pool}", fold.claims(pool, tranche), books.claims(pool, tranche))
            _require_backed(pool, tranche, balances[pool, tranche], books)
    _require("lenders: restitution", restitution, _paid_back(books))


def _require_backed(pool: PoolId, tranche: TrancheId, balance: int, books: Books) -> None:
    """Balances together exceed claims only by virtual shares, and by at most the virtual assets."""
    charter, claims, issued = books.charters.pools[pool], books.claims(pool, tranche), books.issued(pool, tranche)
    over = issued * charter.virtual_assets > claims * charter.virtual_shares
    most = max(claims + (charter.virtual_assets if over else 0), 0)
    _require(f"lenders: balances of {tranche} of {pool} beyond {most}", max(balance - most, 0), 0)


def _paid_back(books: Books) -> dict[tuple[PoolId, TrancheId, PartyId], int]:
    """The restitution that was paid, of all cases."""
    paid: dict[tuple[PoolId, TrancheId, PartyId], int] = defaultdict(int)
    for case in books.cases.values():
        for (tranche, holder), amount in case.restored.items():
            paid[case.pool, tranche, holder] += amount
    return dict(paid)


def _hold_deficits(fold: DeficitsFold, books: Books) -> None:
    rows = list(fold.rows(None))
    _require("deficits: cases", {CaseId(row.case) for row in rows}, set(books.cases))
    for row in rows:
        name, case = CaseId(row.case), books.cases[CaseId(row.case)]
        _require(f"deficits: the exposure of case {name}", *_exposure(row))
        _require(f"deficits: what bore the deficit of case {name}", *_bearing(row))
        _require(f"deficits: what is in default under case {name}", row.in_default, case.in_default)
        _require(f"deficits: what was recognized of case {name}", row.recognized, case.recognized)
        _require(f"deficits: what is open of case {name}", row.open, books.deficit(case.pool, name))
        _hold_accounts(name, case, books)


def _balance(row: LenderRow) -> int:
    gained = row.deposited - row.withdrawn + row.transferred + row.earned + row.recoveries
    return gained - row.losses - row.covered


def _exposure(row: DeficitRow) -> tuple[int, int]:
    """What was in default from first to last, and what became of it."""
    settled = row.proceeds - row.costs - row.other + row.guaranteed + row.repaid + row.transferred + row.cured
    return row.exposure + row.added + row.adjusted_in_default, settled + row.recognized + row.in_default


def _bearing(row: DeficitRow) -> tuple[int, int]:
    """What was recognized, and who bore it."""
    by_capital = row.fund + row.reserve + row.covered + row.recapitalized
    by_others = row.tranches + row.socialized + row.redistributed + row.recovered
    return row.recognized + row.adjusted_open, by_capital + by_others + row.open


def _hold_accounts(name: CaseId, case: Case, books: Books) -> None:
    """The accounts of a loan in default say what its case does; a pooled loan has none of its own."""
    pool = books.charters.pools[case.pool]
    if not pool.pooled and case.status == "open":
        accounts = pool.principal(case.loan, name), pool.interest(case.loan, name)
        stands = tuple(books.sums.balance(account, pool.asset) for account in accounts)
        _require(f"deficits: principal and interest under case {name}", (case.principal, case.interest), stands)


def _assets(row: PoolRow) -> int:
    return row.cash + row.loans + row.interest + row.defaulted + row.deficit - row.allowance


def _liabilities(row: PoolRow) -> int:
    owed = sum(row.claims.values()) + row.surplus + row.recoveries + row.restitution
    return owed + row.reserve + row.rounding - row.unrealized


def _require(what: str, shown: object, booked: object) -> None:
    if shown != booked:
        raise BooksBroken(f"the report {what}: {shown}, but {booked} by the accounts")
