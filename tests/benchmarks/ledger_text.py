"""The postings of events as a plain-text journal that both `ledger` and `hledger` read, amounts in base units."""

from collections.abc import Iterable
from typing import Final, TextIO

from ledger.accounts import no_charters, postings
from ledger.chart import is_issued
from ledger.events import AnyEvent, AssetRegistered, FundOpened, PoolOpened
from ledger.values import Account, Commodity

_ISSUED: Final = ":~issued"
"""What an account of shares issued is called below its register: no name of ours has a tilde.

`ledger bal --flat` leaves out an account that is zero together with those below it, as a register always is.
"""


def write(events: Iterable[AnyEvent], out: TextIO) -> int:
    """Write a transaction for every event that posts something. Gives the number of accounts."""
    charters, accounts = no_charters(), set()
    for event in events:
        if isinstance(event, AssetRegistered | FundOpened | PoolOpened):
            event.chart(charters)
        lines = []
        for account, commodity, amount in postings(event.moves(charters)):
            name = written_account(account, commodity)
            accounts.add(name)
            lines.append(f"    {name}  {amount} {written_commodity(commodity)}\n")
        if lines:
            out.write(f"{event.at[:10]} ({event.id}) {event.type}\n{''.join(lines)}\n")
    return len(accounts)


def written_account(account: Account, commodity: Commodity) -> str:
    """An account as it is written. Names have no character that either program reads otherwise."""
    return account + _ISSUED if account.startswith("register:") and is_issued(account, commodity) else account


def read_account(name: str) -> Account:
    """The account that is written so."""
    return Account(name.removesuffix(_ISSUED))


def written_commodity(commodity: Commodity) -> str:
    """A commodity as it is written: quoted unless it is all letters."""
    return commodity if commodity.isalpha() else f'"{commodity}"'
