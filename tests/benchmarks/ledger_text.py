"""The postings of events as a plain-text journal that both `ledger` and `hledger` read, amounts in base units."""

from collections.abc import Iterable
from typing import TextIO

from ledger.accounts import no_charters, postings
from ledger.events import AnyEvent, AssetRegistered, FundOpened, PoolOpened
from projections.exports.hledger import written_commodity
from projections.exports.text import written_account


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
