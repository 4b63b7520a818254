"""The chart of accounts, read from the other end: what an account's name says, and on which side it stands.

Events make the names of the accounts that they move; here are those that come as names: asserted, adjusted, summed up.
"""

from typing import Literal, NamedTuple

from ledger.accounts import Charters, FundCharter, PoolCharter
from ledger.errors import UnknownName
from ledger.values import Account, CaseId, Commodity, FundId, LoanId, PartyId, PoolId, TrancheId

Family = Literal["money", "collateral", "shares"]
"""Accounts that balance among themselves: collateral held and owed back, shares held and issued, and all others."""


class Part(NamedTuple):
    """One account of a pool or fund: the loan, case, tranche or holder that it is of, where it is of one.

    `holds` is the account's own word in the chart, such as `cash`, `loans` or `claims`; `kept_in` what it counts, None
    for collateral, which may be in any commodity.
    """

    owner: PoolId | FundId
    holds: str
    kept_in: Commodity | None
    loan: LoanId | None = None
    case: CaseId | None = None
    tranche: TrancheId | None = None
    holder: PartyId | None = None

    @property
    def family(self) -> Family:
        """The accounts that it balances with."""
        match self.holds:
            case "collateral":
                return "collateral"
            case "register" | "debt" | "fund-register":
                return "shares"
            case _:
                return "money"


def part_of(account: Account, commodity: Commodity, charters: Charters) -> Part:
    """What an account's name says. Raises `UnknownName` where the chart has none such, or not in the commodity."""
    kind, *rest = account.split(":")
    name = rest[0] if rest else ""
    found = None
    if (pool := charters.pools.get(PoolId(name))) is not None:
        found = _part_of_pool(pool, kind, rest[1:])
    elif (fund := charters.funds.get(FundId(name))) is not None:
        found = _part_of_fund(fund, kind, rest[1:])
    if found is None:
        raise UnknownName(f"no account {account} is in the chart of accounts of this book")
    if found.kept_in not in (None, commodity):
        raise UnknownName(f"account {account} is kept in {found.kept_in}, not in {commodity}")
    return found


def _part_of_pool(pool: PoolCharter, kind: str, rest: list[str]) -> Part | None:  # noqa: C901, PLR0911  (one arm a row of the chart)
    owner, asset = pool.pool, pool.asset
    match kind, rest:
        case ("assets", ["cash"]) | ("equity", ["reserve" | "rounding" | "unrealized"]):
            return Part(owner, rest[0], asset)
        case "assets", ["loans"] if pool.pooled:
            return Part(owner, "loans", asset)
        case "assets", ["interest"] if pool.debt == "indexed":
            return Part(owner, "interest", asset)
        case "assets", ["loans" | "defaulted", loan, "principal" | "interest"] if not pool.pooled:
            return Part(owner, f"{rest[0]}-{rest[2]}", asset, loan=LoanId(loan))
        case ("assets", ["allowance", loan]) | ("liabilities", ["surplus", loan]):
            return Part(owner, rest[0], asset, loan=LoanId(loan))
        case "assets" | "liabilities", ["collateral", loan]:
            return Part(owner, "collateral", None, loan=LoanId(loan))
        case ("assets", ["deficit", case]) | ("liabilities", ["recoveries" | "restitution", case]):
            return Part(owner, rest[0], asset, case=CaseId(case))
        case "liabilities", ["claims", tranche] if tranche in pool.tranches:
            return Part(owner, "claims", asset, tranche=TrancheId(tranche))
        case "register", ["debt", *loan] if pool.pooled and len(loan) < 2:  # noqa: PLR2004  (the loan's name, or none)
            return Part(owner, "debt", pool.debt_shares, loan=LoanId(loan[0]) if loan else None)
        case "register", [tranche, *holder] if tranche in pool.tranches and len(holder) < 2:  # noqa: PLR2004
            shares = pool.tranches[TrancheId(tranche)].shares
            held_by = PartyId(holder[0]) if holder else None
            return Part(owner, "register", shares, tranche=TrancheId(tranche), holder=held_by)
        case _:
            return None


def _part_of_fund(fund: FundCharter, kind: str, rest: list[str]) -> Part | None:
    match kind, rest:
        case ("assets", ["cash"]) | ("equity", ["fund"]):
            return Part(fund.fund, f"fund-{'cash' if kind == 'assets' else 'capital'}", fund.asset)
        case "register", []:
            return Part(fund.fund, "fund-register", fund.shares)
        case "register", [holder]:
            return Part(fund.fund, "fund-register", fund.shares, holder=PartyId(holder))
        case _:
            return None


Side = Literal["debit", "credit", "either"]


def side_of(account: Account, commodity: Commodity) -> Side:
    """The side on which an account normally stands."""
    kind, _, *rest = account.split(":")
    match kind, rest:
        case ("equity", ["rounding"]):
            return "either"
        case ("equity", ["unrealized"]):
            return "debit"
        case ("assets", ["allowance", _]) | (("liabilities" | "equity"), _):
            return "credit"
        case ("register", _):
            return "credit" if is_issued(account, commodity) else "debit"
        case _:
            return "debit"


def is_issued(account: Account, commodity: Commodity) -> bool:
    """Whether a register's account is the one of the shares issued, the mirror of all its holders."""
    if account.startswith("register") and account[len("register") :] == commodity[len("shares") :]:
        return True
    return commodity.startswith("debt:") and account == f"register:{commodity[len('debt:') :]}:debt"


def owner(account: Account) -> str:
    """The pool or fund whose account it is: the second part of its name."""
    return account.split(":", 2)[1]
