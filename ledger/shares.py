"""What shares are worth: the price of a tranche, and what a loss takes from one holder of it.

A price is a fraction `numerator / denominator` of the claims behind one share. The conventions are those of ERC-4626
vaults with virtual amounts, as Morpho Blue's `SharesMathLib` and Euler v2 use them, and of Compound v2's exchange rate.
"""

from typing import NamedTuple

from ledger.accounts import PoolCharter
from ledger.values import WAD, mul_div_down


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
