"""The insurance fund's capital: contributed and withdrawn, with shares where the fund keeps them."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.envelope import Command, FundAmount
from ledger.events import AnyEvent
from ledger.values import (
    BORDER,
    Amount,
    FundId,
    Named,
    PartyId,
)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Contribute(Command):
    """Capital is added to a fund. Shares are issued where the fund keeps them: one for one for its first money."""

    type: Literal["contribute"] = "contribute"
    fund: Named[FundId]
    contributor: Named[PartyId]
    amount: FundAmount

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, config=BORDER)
class WithdrawFromFund(Command):
    """Capital is taken out of a fund: an amount, or what so many shares are worth."""

    type: Literal["withdraw-from-fund"] = "withdraw-from-fund"
    fund: Named[FundId]
    contributor: Named[PartyId]
    amount: FundAmount | None = None
    shares: Amount | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError
