"""The pools' balance sheets, read from the accounts."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger.accounts import Charters, PoolCharter
from ledger.shares import Price, price, price_wad
from ledger.values import Commodity, TrancheId
from projections.balances import BalancesFold
from projections.rows import Units, Wad


class PoolRow(NamedTuple):
    """A balance sheet that ties.

    cash + loans + interest + defaulted + deficit - allowance =
    claims + reserve + rounding + surplus + recoveries + restitution - unrealized.

    `loans` is performing principal, `interest` performing and unallocated interest, `defaulted` both of loans in
    default; a pooled pool has all of it in `loans`. `claims` and `share_price` are by tranche, the price as a wad,
    rounded down.
    """

    pool: str
    asset: str
    cash: Units
    loans: Units
    interest: Units
    defaulted: Units
    deficit: Units
    allowance: Units
    claims: dict[str, Units]
    reserve: Units
    rounding: Units
    surplus: Units
    recoveries: Units
    restitution: Units
    unrealized: Units
    share_price: dict[str, Wad | None]


_DEBIT: Final = ("cash", "loans", "interest", "defaulted", "deficit", "unrealized")
_CREDIT: Final = ("allowance", "reserve", "rounding", "surplus", "recoveries", "restitution")


def pool_rows(balances: BalancesFold, charters: Charters) -> Iterator[PoolRow]:
    """The rows of every pool whose opening is shown, in order of name."""
    sheets = {pool: dict.fromkeys((*_DEBIT, *_CREDIT), 0) for pool in balances.pools}
    pools: dict[Commodity, dict[str, dict[str, int]]] = {}
    for pool, sheet in sheets.items():
        pools.setdefault(charters.pools[pool].asset, {})[pool] = sheet
    for commodity, by_name in pools.items():
        for account, balance in balances.by_commodity.get(commodity, {}).items():
            _, name, column, *rest = account.split(":")
            if name in by_name:
                _enter(
                    by_name[name], "interest" if column == "loans" and rest[-1:] == ["interest"] else column, balance
                )
    for pool in sorted(sheets):
        yield _row(charters.pools[pool], sheets[pool], balances)


def _enter(sheet: dict[str, int], column: str, balance: int) -> None:
    if column in sheet:
        sheet[column] += balance if column in _DEBIT else -balance


def _row(charter: PoolCharter, sheet: dict[str, int], balances: BalancesFold) -> PoolRow:
    claims = {tranche: Units(_claims(charter, tranche, balances)) for tranche in charter.tranches}
    prices = {tranche: price_wad(_price(charter, tranche, balances)) for tranche in charter.tranches}
    return PoolRow(
        pool=charter.pool,
        asset=charter.asset,
        claims={str(tranche): amount for tranche, amount in claims.items()},
        share_price={str(tranche): None if wad is None else Wad(wad) for tranche, wad in prices.items()},
        **{column: Units(amount) for column, amount in sheet.items()},
    )


def _claims(charter: PoolCharter, tranche: TrancheId, balances: BalancesFold) -> int:
    return -balances.balance(charter.tranches[tranche].claims, charter.asset)


def _price(charter: PoolCharter, tranche: TrancheId, balances: BalancesFold) -> Price:
    register = charter.tranches[tranche]
    issued = -balances.balance(register.issued, register.shares)
    return price(_claims(charter, tranche, balances), issued, charter)
