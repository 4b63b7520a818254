"""The accounts that are reconciled: which other accounts are of the same kind, and what an account is kept in."""

from difflib import get_close_matches
from typing import Final, NamedTuple

from ledger.accounts import Charters, PoolCharter
from ledger.chart import Part, part_of
from ledger.errors import AskedAmiss, UnknownName
from ledger.journal import Journal
from ledger.values import Account, Commodity, FundId, PoolId
from projections.balances import BalancesFold
from projections.reading import Asked, Selection, fold
from projections.reconciliation.paper import Standing

NEVER_CASH: Final = frozenset(
    {
        *("asset-registered", "pool-opened", "fund-opened", "terms-changed", "price-observed"),
        *("shares-transferred", "interest-accrued", "interest-allocated", "debt-transferred"),
        *("collateral-posted", "collateral-released", "loan-defaulted", "allowance-changed", "loan-cured"),
        *("shortfall-recognized", "reserve-drawn", "deficit-covered", "debt-redistributed", "bad-debt-socialized"),
        *("case-closed", "balance-asserted", "period-closed"),
        *("reconciliation-prepared", "reconciliation-reviewed", "reconciliation-signed"),
    }
)
"""Events that move no cash of a pool or fund, and so need not be read where only that is asked; a test holds it."""

_NEAR: Final = 5
_LOOKED_AT: Final = 10_000
"""Among more names than so many none is looked for that is near another: that takes too long."""


class Shape(NamedTuple):
    """What accounts of one kind have in common: the first part, the word, how many parts, and the last of five.

    Accounts of the same shape and commodity hold the same, as `ledger.chart.part_of` tells it; the cash of pools and of
    funds is one kind. Registers have no word of their own: what they are kept in tells them apart.
    """

    kind: str
    word: str
    parts: int
    last: str = ""


def shape_of(account: str) -> Shape:
    """The shape of an account's name."""
    parts = account.split(":")
    kind, count = parts[0], len(parts)
    word = parts[2] if count > 2 and kind != "register" else ""  # noqa: PLR2004  (KIND:OWNER:WORD)
    return Shape(kind, word, count, parts[4] if count > 4 else "")  # noqa: PLR2004  (…:LOAN:LAST)


def kept_in(account: Account, charters: Charters) -> set[Commodity]:
    """What an account is kept in that its pool or fund has from its opening on; nothing where that is not so."""
    return {commodity for commodity in _kept_by(account, charters) if _is_there(account, commodity, charters)}


def may_be_kept_in(account: Account, charters: Charters) -> set[Commodity]:
    """What the chart lets an account be kept in, such as collateral in any asset; nothing without its pool or fund."""
    of_owner = _kept_by(account, charters)
    assets = map(Commodity, charters.assets) if of_owner else ()
    return {commodity for commodity in (*of_owner, *assets) if _part(account, commodity, charters) is not None}


def unknown_account(account: Account, journal: Journal, standing: Standing) -> AskedAmiss:
    """The refusal of an account that a book does not have, with names near it."""
    selection = Selection(journal, Asked(position=standing.position))
    balances = BalancesFold(selection.charters)
    fold(selection, (balances,))
    posted = {name for of in balances.by_commodity.values() for name in of}
    known = sorted(posted.union(*(_of_pool(pool) for pool in selection.charters.pools.values())))
    told = get_close_matches(account, known, n=_NEAR) if len(known) <= _LOOKED_AT else []
    near = f"; near it are {', '.join(told)}" if told else ""
    return AskedAmiss(f"no account {account} in {standing.book} at position {standing.position}{near}")


def _is_there(account: Account, commodity: Commodity, charters: Charters) -> bool:
    part = _part(account, commodity, charters)
    return part is not None and part.kept_in is not None and not (part.loan or part.case or part.holder)


def _part(account: Account, commodity: Commodity, charters: Charters) -> Part | None:
    try:
        return part_of(account, commodity, charters)
    except UnknownName:
        return None


def _kept_by(account: Account, charters: Charters) -> list[Commodity]:
    """What the accounts of the pool or fund of an account may be kept in."""
    name = account.split(":")[1] if ":" in account else ""
    if (pool := charters.pools.get(PoolId(name))) is not None:
        return [pool.asset, *(tranche.shares for tranche in pool.tranches.values()), pool.debt_shares]
    fund = charters.funds.get(FundId(name))
    return [] if fund is None else [fund.asset, fund.shares]


def _of_pool(pool: PoolCharter) -> set[Account]:
    """The accounts that a pool has from its opening on."""
    return {pool.cash, pool.reserve, pool.rounding, *(tranche.claims for tranche in pool.tranches.values())}
