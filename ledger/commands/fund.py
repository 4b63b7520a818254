"""The insurance fund's capital: contributed and withdrawn, with shares where the fund keeps them.

A fund keeps shares from the contribution that finds it empty; one that got its money otherwise keeps none.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.envelope import Command, FundAmount
from ledger.errors import CommandRefused
from ledger.events import AnyEvent, FundContributed, FundWithdrawn
from ledger.shares import Price, burnt_for, worth
from ledger.values import BORDER, Amount, FundId, Named, PartyId, mul_div_down


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Contribute(Command):
    """Capital is added to a fund: floor(amount · S / A) shares are issued, one for one for its first money.

    None are where the fund holds money and has no shares out, for it keeps none.
    """

    type: Literal["contribute"] = "contribute"
    fund: Named[FundId]
    contributor: Named[PartyId]
    amount: FundAmount

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        shares = _issued_for(books, self.fund, self.amount)
        yield FundContributed(
            at=self.at, fund=self.fund, contributor=self.contributor, amount=self.amount, shares=shares
        )


@dataclass(frozen=True, kw_only=True, config=BORDER)
class WithdrawFromFund(Command):
    """Capital is taken out of a fund, for ceil(amount · S / A) shares; or what so many shares are worth.

    Exactly one of `amount` and `shares` is given. No shares are burnt where the fund has none out.
    """

    type: Literal["withdraw-from-fund"] = "withdraw-from-fund"
    fund: Named[FundId]
    contributor: Named[PartyId]
    amount: FundAmount | None = None
    shares: Amount | None = None

    def __post_init__(self) -> None:
        """One of the two says how much."""
        if (self.amount is None) == (self.shares is None):
            raise ValueError("an amount or shares say how much is withdrawn: exactly one of them is given")

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        amount, shares = self._taken(_price(books, self.fund))
        yield FundWithdrawn(at=self.at, fund=self.fund, contributor=self.contributor, amount=amount, shares=shares)

    def _taken(self, price: Price) -> tuple[int, int]:
        """The amount that is taken, and the shares that are burnt for it."""
        if self.shares is not None:
            if self.shares and not price.denominator:
                raise CommandRefused(f"fund {self.fund} has no shares out: an amount says what is withdrawn")
            return worth(self.shares, price), self.shares
        amount = self.amount or 0
        if not price.denominator:
            return amount, 0
        shares = burnt_for(amount, price)
        if shares is None:
            raise CommandRefused(f"fund {self.fund} is empty: its {price.denominator} shares are worth nothing")
        return amount, shares


def _price(books: Books, fund: FundId) -> Price:
    """What a share of a fund is worth: its balance over the shares issued."""
    charter = books.charters.funds[fund]
    return Price(books.fund_balance(fund), books.sums.owed(charter.issued, charter.shares))


def _issued_for(books: Books, fund: FundId, amount: int) -> int:
    """The shares for capital that comes into a fund, rounded down."""
    balance, issued = _price(books, fund)
    if not issued:
        return 0 if balance else amount
    if not balance:
        raise CommandRefused(f"fund {fund} is empty with {issued} shares out: no share has a price")
    shares = mul_div_down(amount, issued, balance)
    if amount and not shares:
        raise CommandRefused(f"{amount} is worth less than one share of fund {fund}")
    return shares
