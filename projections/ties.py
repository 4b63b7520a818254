"""What a report says of accounts, held against the accounts themselves: the trial balance says the same."""

from typing import NamedTuple

from ledger.errors import BooksBroken
from ledger.values import Json
from projections.rows import Units


class Tie(NamedTuple):
    """An amount that a report and the trial balance agree in; `accounts` says of which accounts it is the sum.

    The sum is taken on the side on which the accounts normally stand.
    """

    accounts: str
    commodity: str
    amount: Units

    def told(self) -> Json:
        """The tie as JSON."""
        return {"accounts": self.accounts, "commodity": self.commodity, "amount": str(self.amount)}


def tied(accounts: str, commodity: str, *, reported: int, booked: int) -> Tie:
    """The tie of what is reported to what is booked. Raises `BooksBroken` where the two differ."""
    if reported != booked:
        raise BooksBroken(f"the report says {reported} {commodity} where {accounts} come to {booked}")
    return Tie(accounts, commodity, Units(booked))
