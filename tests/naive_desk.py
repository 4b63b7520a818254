"""An independent, naive desk: what each command does by the specification's tables, in plain numbers and fractions.

It shares no arithmetic with the ledger: every holder is kept by itself, every division is a `Fraction` that is rounded
where the table says so, and what a command does is done to a state that is thrown away where it is refused. What came
of it is told as the names of the facts that follow, and as the balance of every account of the chart.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Any, Final

MAX: Final = 2**256 - 1
WAD: Final = 10**18


class Refused(Exception):
    """What the desk would not do."""


@dataclass
class Loan:
    """A loan: what is booked of it, the index that is booked by, and what is held for it."""

    borrower: str
    principal: int = 0
    interest: int = 0
    debt_shares: int = 0
    index: int | None = None
    case: str | None = None
    held: dict[str, int] = field(default_factory=dict)
    surplus: int = 0
    allowance: int = 0


@dataclass
class Loss:
    """What one source bore; of a tranche, who held how many shares of it then."""

    by: str
    name: str
    tranche: str
    amount: int
    holders: dict[str, int] = field(default_factory=dict)
    back: int = 0
    bore: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


@dataclass
class Case:
    """A default: `principal` and `interest` are in default, `open` is recognized and not borne."""

    loan: str
    principal: int
    interest: int
    terms: dict[str, Any] | None = None
    limits: dict[str, int | None] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)
    recognized: int = 0
    recovered: int = 0
    open: int = 0
    unallocated: int = 0
    restitution: int = 0
    losses: list[Loss] = field(default_factory=list)
    direct: dict[tuple[str, str], int] = field(default_factory=dict)
    restored: dict[tuple[str, str], int] = field(default_factory=dict)
    order: int = 0
    cured: bool = False
    closed: bool = False


@dataclass
class Pool:
    """A pool: its charter, its present terms, and all that it holds and owes."""

    asset: str
    debt: str
    virtual_assets: int
    virtual_shares: int
    rate_scale: int
    terms: dict[str, Any]
    claims: dict[str, int]
    shares: dict[str, dict[str, int]]
    cash: int = 0
    lent: int = 0  # the one account of a pooled pool
    unallocated: int = 0  # interest that no loan of an indexed pool has taken
    first_index: int | None = None
    index: int | None = None
    reserve: int = 0
    rounding: int = 0
    loans: dict[str, Loan] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)

    @property
    def unrealized(self) -> int:
        """The loss that is expected of all loans."""
        return sum(loan.allowance for loan in self.loans.values())

    def issued(self, tranche: str) -> int:
        """All shares of a tranche."""
        return sum(self.shares[tranche].values())


@dataclass
class Fund:
    """A fund: its money, and who has which shares of it."""

    asset: str
    cash: int = 0
    shares: dict[str, int] = field(default_factory=dict)


def need(held: object, why: str = "") -> None:
    """Refuse where something does not hold."""
    if not held:
        raise Refused(why)


def known(named: dict[str, Any], name: str | None) -> Any:
    """What has a name. Refuses one that nothing has."""
    need(name in named, f"no {name}")
    return named[name or ""]


def move(balances: dict[str, int], name: str, amount: int) -> None:
    """Add to what someone has, or take from it. Refuses to take more than there is."""
    total = balances.get(name, 0) + amount
    need(total >= 0, f"{name} has {total - amount}")
    balances[name] = total


def split_exactly(amount: int, weights: dict[str, int]) -> dict[str, int]:
    """An amount by weights, to the unit: what rounding down leaves goes to the largest remainders, ties by name."""
    whole = sum(weights.values())
    if not whole:
        return {}
    exact = {name: Fraction(amount * weight, whole) for name, weight in weights.items()}
    parts = {name: floor(part) for name, part in exact.items()}
    for name in sorted(exact, key=lambda name: (parts[name] - exact[name], name))[: amount - sum(parts.values())]:
        parts[name] += 1
    return parts


class NaiveState:
    """The state of a naive desk, how it is rounded, and how a fact is done with."""

    def __init__(self) -> None:
        self.pools: dict[str, Pool] = {}
        self.funds: dict[str, Fund] = {}
        self.assets: set[str] = set()
        self.recognitions = 0
        self.facts: list[str] = []
        """The names of the facts that followed from the last command."""

    def done(self, fact: str, *amounts: int) -> None:
        """A fact is complete: its amounts fit, and no account has left its normal side (law 3)."""
        need(all(abs(amount) <= MAX for amount in amounts), f"{fact}: an amount does not fit")
        for pool in self.pools.values():
            need(min(pool.cash, pool.lent) >= 0, f"{fact}: cash {pool.cash}, lent {pool.lent}")
            for tranche, claims in pool.claims.items():
                need(claims >= 0 or not pool.issued(tranche), f"{fact}: claims of {tranche} are {claims}")
            for loan in pool.loans.values():
                least = min(loan.principal, loan.interest, loan.debt_shares, loan.surplus, *loan.held.values(), 0)
                need(least >= 0, f"{fact}: a loan would be {least}")
            for case in pool.cases.values():
                in_default = case.principal + case.interest
                need(min(in_default, case.open, case.unallocated, case.restitution) >= 0, f"{fact}: case {case.loan}")
        need(all(fund.cash >= 0 for fund in self.funds.values()), f"{fact}: a fund is empty")
        self.facts.append(fact)

    # What shares are worth.

    def price(self, pool: Pool, tranche: str, claims: int | None = None) -> Fraction | None:
        """What a share is worth; None before the first."""
        worth = (pool.claims[tranche] if claims is None else claims) + pool.virtual_assets
        issued = pool.issued(tranche) + pool.virtual_shares
        if not issued:
            return None
        if pool.rate_scale:
            return Fraction(floor(Fraction(worth * pool.rate_scale, issued)), pool.rate_scale)
        return Fraction(worth, issued)

    def exit_price(self, pool: Pool, tranche: str) -> Fraction | None:
        """What a share is withdrawn at: `net` of the unrealized loss, which the tranches named first bear first."""
        if pool.terms["exit_price"] == "claims":
            return self.price(pool, tranche)
        losses, left = {}, pool.unrealized
        for layer in pool.terms["waterfall"]:
            if layer.layer == "tranche" and layer.tranche != "lenders":
                losses[layer.tranche] = min(left, max(pool.claims[layer.tranche], 0))
                left -= losses[layer.tranche]
        losses["lenders"] = left
        return self.price(pool, tranche, max(pool.claims[tranche] - losses.get(tranche, 0), 0))

    def balance(self, pool: Pool, tranche: str, lender: str) -> int:
        """What a lender's shares are worth, rounded down."""
        return floor(pool.shares[tranche].get(lender, 0) * (self.price(pool, tranche) or 0))

    def mint(self, pool: Pool, tranche: str, lender: str, assets: int) -> int:
        """Claims grow by assets, for which shares are minted, rounded down."""
        known(pool.claims, tranche)
        issued, worth = pool.issued(tranche) + pool.virtual_shares, pool.claims[tranche] + pool.virtual_assets
        need(not issued or worth > 0, "shares are out that are worth nothing")
        shares = floor(Fraction(assets * issued, worth)) if issued else assets
        need(shares or not assets, "not worth one share")
        move(pool.shares[tranche], lender, shares)
        pool.claims[tranche] += assets
        return shares

    def burn(self, pool: Pool, tranche: str, lender: str, assets: int) -> int:
        """Claims shrink by assets, for which shares are burnt, rounded up."""
        known(pool.claims, tranche)
        price = self.exit_price(pool, tranche)
        shares = 0
        if assets:
            need(price is not None and price > 0, "shares are worth nothing")
            shares = ceil(assets / (price or Fraction(1)))
        move(pool.shares[tranche], lender, -shares)
        pool.claims[tranche] -= assets
        return shares

    # What debt is worth.

    def debt_price(self, pool: Pool) -> tuple[int, int]:
        """What all loans of a pooled pool owe, and on how many debt shares."""
        issued = sum(loan.debt_shares for loan in pool.loans.values())
        return pool.lent + pool.virtual_assets, issued + pool.virtual_shares

    def debt_of(self, pool: Pool, loan: Loan) -> int:
        """What a loan owes at present."""
        if pool.debt == "pooled":
            owed, issued = self.debt_price(pool)
            return ceil(Fraction(loan.debt_shares * owed, issued)) if issued else 0
        booked = loan.principal + loan.interest
        begun = pool.first_index if loan.index is None else loan.index
        if pool.debt == "bilateral" or pool.index is None or not begun:
            return booked
        return (floor if pool.rate_scale else ceil)(Fraction(booked * pool.index, begun))

    def allocate(self, pool: Pool, loan: Loan) -> None:
        """An indexed loan takes the interest that the index tells of it: a fact of its own, where it is not 0."""
        interest = self.debt_of(pool, loan) - loan.principal - loan.interest if pool.debt == "indexed" else 0
        if interest:
            loan.interest += interest
            pool.unallocated -= interest
            loan.index = pool.index
            if loan.case:
                pool.cases[loan.case].interest += interest
            self.done("interest-allocated", interest)

    def owe(self, pool: Pool, loan: Loan, principal: int, interest: int = 0) -> None:
        """A loan owes so much more, in default or not; or less."""
        if pool.debt == "pooled":
            pool.lent += principal + interest
        else:
            loan.principal += principal
            loan.interest += interest
        if loan.case:
            case = pool.cases[loan.case]
            case.principal += principal
            case.interest += interest
        if principal or interest:
            loan.index = pool.index

    def draw_shares(self, pool: Pool, loan: Loan, principal: int) -> int:
        """Debt shares for a draw in a pooled pool, rounded up."""
        if pool.debt != "pooled":
            return 0
        owed, issued = self.debt_price(pool)
        need(not issued or owed > 0, "debt shares are worth nothing")
        shares = ceil(Fraction(principal * issued, owed)) if issued else principal
        loan.debt_shares += shares
        return shares

    def in_order(self, terms: dict[str, Any], loan: Loan, amount: int) -> tuple[int, int]:
        """What an amount pays of principal and interest, in the order of the terms."""
        due, paid = {"principal": loan.principal, "interest": loan.interest}, {}
        for part in terms["proceeds_order"]:
            paid[part] = min(amount, due[part])
            amount -= paid[part]
        return paid["principal"], paid["interest"]

    def require_asset(self, asset: str) -> None:
        """An asset, or the shares of a tranche."""
        if asset.startswith("shares:"):
            _, pool, tranche = asset.split(":")
            known(known(self.pools, pool).claims, tranche)
        else:
            need(asset in self.assets, "no such asset")
