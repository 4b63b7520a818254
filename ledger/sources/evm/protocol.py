"""What a protocol is to the frame, and what the frame lets it ask: the books, the tokens, the settings so far."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from ledger.books import Books
from ledger.errors import FactRefused
from ledger.events import AssetRegistered, PoolOpened
from ledger.sources.evm.declared import Argument, Declared, Draft
from ledger.sources.evm.ids import contract_of
from ledger.sources.evm.logs import Log
from ledger.sources.evm.recorded import withdrawn_openings
from ledger.sources.evm.tokens import Tokens
from ledger.values import AssetId, CaseId, EventId, PoolId

NO_ADDRESS: Final = "0x" + "0" * 40
"""The zero address, which stands for nobody."""


_NAME: Final = re.compile(r"[A-Za-z0-9._/@+#-]{1,128}")


class Protocol(NamedTuple):
    """A protocol: its name for `--source`, and the events that its contract declares, by first topic."""

    name: str
    events: Mapping[str, Declared]


def protocol(name: str, *events: Declared) -> Protocol:
    """A protocol of these events."""
    return Protocol(name, {event.topic: event for event in events})


class Setting(NamedTuple):
    """What a protocol set for all its pools before the first of them: the event, its log, and its arguments."""

    event: Declared
    log: Log
    arguments: Sequence[Argument]


@dataclass(slots=True)
class View:
    """What the facts of a log follow from beside the log itself. The books hold all that came before it.

    `settings` are those that came before the first pool, by the id of their log.
    """

    books: Books
    log: Log
    tokens: Tokens
    settings: Mapping[EventId, Setting]

    @property
    def case(self) -> CaseId:
        """The name of a case that the log opens."""
        return CaseId(f"{self.log.block}-{self.log.log_index}")

    def pools(self) -> list[PoolId]:
        """The pools that the contract opened, oldest first."""
        return [pool for pool, opening in self.books.openings.items() if contract_of(opening) == self.log.address]

    def setting(self, name: str) -> Sequence[Argument] | None:
        """The arguments of the last setting of a name that came before the first pool, where there was one."""
        found = [setting.arguments for setting in self.settings.values() if setting.event.name == name]
        return found[-1] if found else None

    def withdrawn_openings(self) -> Iterator[PoolOpened]:
        """The openings of pools that left the chain, newest first."""
        return withdrawn_openings(self.log.address, self.books)

    def asset(self, address: str) -> AssetId:
        """The asset that a token is: as it was registered, else by its symbol, else by its address.

        Raises `FactRefused` where the symbol cannot name an asset.
        """
        registered = self.books.references.get(address)
        if registered:
            return registered[0]
        token = self.tokens.get(address)
        if token is not None and not _NAME.fullmatch(token.symbol):
            raise FactRefused(
                f"has token {address}, whose symbol in the token list, {token.symbol}, cannot name an asset: a name is "
                f"1 to 128 of A-Z a-z 0-9 . _ / @ + # -"
            )
        return AssetId(address if token is None else token.symbol)

    def registrations(self, *addresses: str) -> Iterator[Draft]:
        """The facts that register those of the tokens that are not registered yet."""
        for address in dict.fromkeys(addresses):
            if not self.books.references.get(address):
                token = self.tokens.get(address)
                decimals = 0 if token is None else token.decimals
                yield partial(AssetRegistered, asset=self.asset(address), decimals=decimals, reference=address)
