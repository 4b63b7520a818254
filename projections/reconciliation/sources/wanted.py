"""What is wanted of a file of the other side, as far as the file does not say it itself."""

from typing import NamedTuple


class Wanted(NamedTuple):
    """The account as the other side calls it (None: the only one), and the asset it is kept in, with its decimals.

    `opening` and `closing` (base units, None: not said) with `opened_at` and `closed_at` (a day or an instant, empty:
    not said) stand in for what a file without balances does not tell; where it tells them too, they must agree.
    """

    account: str | None
    commodity: str
    decimals: int
    opening: int | None = None
    closing: int | None = None
    opened_at: str = ""
    closed_at: str = ""
