"""What shares are worth: the price of a tranche, and what a loss takes from one holder of it.

A price is a fraction `numerator / denominator` of the claims behind one share. The conventions are those of ERC-4626
vaults with virtual amounts, as Morpho Blue's `SharesMathLib` and Euler v2 use them, and of Compound v2's exchange rate.
"""

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from ledger.accounts import PoolCharter
from ledger.values import WAD, mul_div_down, mul_div_up


class Price(NamedTuple):
    """Claims per share as an exact fraction; 0 / 0 while a tranche without virtual shares has issued none."""

    numerator: int
    denominator: int


def price(claims: int, issued: int, charter: PoolCharter) -> Price:
    """The price of a share of a tranche that owes `claims` on `issued` shares.

    (A + A0) / (S + S0) with the charter's virtual amounts; where the charter has a rate scale R, the rate
    floor((A + A0) · R / (S + S0)) over R, as in Compound v2's `exchangeRateStored`.
    """
    numerator, denominator = claims + charter.virtual_assets, issued + charter.virtual_shares
    if charter.rate_scale and denominator:
        return Price(mul_div_down(numerator, charter.rate_scale, denominator), charter.rate_scale)
    return Price(numerator, denominator)


def worth(shares: int, at: Price) -> int:
    """What `shares` are worth in base units, rounded down; nothing before the first share is issued."""
    return shares * at.numerator // at.denominator if at.denominator else 0


def minted_for(assets: int, claims: int, issued: int, charter: PoolCharter) -> int | None:
    """The shares minted for assets, rounded down: floor(assets · (S + S0) / (A + A0)); ERC-4626's `convertToShares`.

    One for one while S + S0 is 0; None while A + A0 is not above 0 and shares are out, for they have no price then.
    """
    worth_of_all, shares = claims + charter.virtual_assets, issued + charter.virtual_shares
    if not shares:
        return assets
    return mul_div_down(assets, shares, worth_of_all) if worth_of_all > 0 else None


def burnt_for(assets: int, at: Price) -> int | None:
    """The shares burnt for assets, rounded up; ERC-4626's `previewWithdraw`. None where shares are worth nothing.

    Nothing is burnt for nothing. Where the price itself is rounded down, more shares are burnt for it.
    """
    if not assets:
        return 0
    return mul_div_up(assets, at.denominator, at.numerator) if at.numerator > 0 and at.denominator else None


def price_wad(at: Price) -> int | None:
    """The price as a wad, rounded down: 10^18 where a share is worth one base unit. None before the first share."""
    return mul_div_down(WAD, at.numerator, at.denominator) if at.denominator else None


class Loss(NamedTuple):
    """A loss of a tranche: the price before it and after it. Who bore how much of it follows from the shares alone."""

    before: Price
    after: Price

    def borne_by(self, shares: int) -> int:
        """What the holder of `shares` lost: floor(before) - floor(after)."""
        return worth(shares, self.before) - worth(shares, self.after)


class Borrowing(NamedTuple):
    """The price of a debt share of a pooled pool: what all loans owe, over the debt shares issued."""

    owed: int
    issued: int

    def debt(self, shares: int) -> int:
        """What a loan of `shares` owes, rounded up, against the borrower; `toAssetsUp` of Morpho Blue."""
        return mul_div_up(shares, self.owed, self.issued) if self.issued else 0

    def shares_up(self, assets: int) -> int | None:
        """The debt shares for what is borrowed, rounded up; one for one before the first.

        None while debt is worth nothing, for a share has no price then.
        """
        if not self.issued:
            return assets
        return mul_div_up(assets, self.issued, self.owed) if self.owed > 0 else None

    def shares_down(self, assets: int) -> int:
        """The debt shares that a payment pays, rounded down; none where debt is worth nothing."""
        return mul_div_down(assets, self.issued, self.owed) if self.owed > 0 else 0


def borrowing(owed: int, issued: int, charter: PoolCharter) -> Borrowing:
    """The price of a debt share, with the charter's virtual amounts."""
    return Borrowing(owed + charter.virtual_assets, issued + charter.virtual_shares)


Holder = TypeVar("Holder", bound=str)


def pro_rata(amount: int, shares: Mapping[Holder, int]) -> dict[Holder, int]:
    """An exact split by shares: parts are rounded down, and the units left go to the largest remainders, ties by id.

    The parts sum to `amount`. Empty where nobody has a share.
    """
    total = sum(shares.values())
    if not total:
        return {}
    parts = {holder: mul_div_down(amount, held, total) for holder, held in shares.items()}
    left = amount - sum(parts.values())
    by_remainder = sorted(shares, key=lambda holder: (-(amount * shares[holder] % total), holder))
    for holder in by_remainder[:left]:
        parts[holder] += 1
    return parts
