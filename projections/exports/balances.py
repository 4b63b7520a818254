"""The balances of all accounts, each account taken apart into what its name says: to be read by other programs."""

from collections.abc import Iterator
from typing import NamedTuple

from ledger.accounts import Charters
from ledger.chart import Part, owner
from ledger.values import Account, Commodity, PoolId
from projections.balances import BalancesFold
from projections.exports.text import decimals_of, known_part
from projections.rows import Units


class BalanceRow(NamedTuple):
    """The balance of an account in base units of its commodity, debit positive.

    `holds` is the account's own word in the chart of accounts; `tranche`, `loan`, `case` and `holder` are whose it is.
    """

    account: str
    owner: str
    holds: str
    tranche: str | None
    loan: str | None
    case: str | None
    holder: str | None
    commodity: str
    decimals: int
    balance: Units


def balance_rows(balances: BalancesFold, charters: Charters, owners: frozenset[str]) -> Iterator[BalanceRow]:
    """The balances in order of account and commodity; of `owners`, if any, only theirs."""
    for row in balances.rows():
        account, commodity = Account(row.account), Commodity(row.commodity)
        if not owners or owner(account) in owners:
            part = known_part(account, commodity, charters) or Part(PoolId(owner(account)), "", None)
            yield BalanceRow(
                account=account,
                owner=owner(account),
                holds=part.holds,
                tranche=part.tranche,
                loan=part.loan,
                case=part.case,
                holder=part.holder,
                commodity=commodity,
                decimals=decimals_of(commodity, charters),
                balance=Units(row.debit - row.credit),
            )
