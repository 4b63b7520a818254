"""Control totals: what a report says of a kind of account in each asset, held against all accounts of that kind."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from projections.balances import BalancesFold
from projections.ties import Tie, tied


def control_totals(
    balances: BalancesFold,
    kind: Literal["assets", "liabilities"],
    holds: tuple[str, ...],
    reported: Mapping[str, int],
    pool: str | None = None,
    of: str | None = None,
) -> Iterator[Tie]:
    """The ties of what is reported, by asset, to the accounts `KIND:POOL:HOLDS:…` of all pools, or of one.

    `holds` are the words of the chart that the accounts may have there; `of` is the loan, case or tranche whose they
    are, all if absent. Amounts stand on the side of the kind: debit for assets, credit for liabilities. Raises
    `BooksBroken` where the two differ.
    """
    booked = _booked(balances, kind, holds, pool, of)
    for asset in sorted({*reported, *booked}):
        amounts = {"reported": reported.get(asset, 0), "booked": booked.get(asset, 0)}
        yield tied(" + ".join(f"{kind}:{pool or '*'}:{held}:{of or '*'}" for held in holds), asset, **amounts)


def by_asset(rows: Iterable[Any], column: str) -> dict[str, int]:
    """A column of rows that name an asset, summed by it."""
    sums: dict[str, int] = {}
    for row in rows:
        sums[row.asset] = sums.get(row.asset, 0) + getattr(row, column)
    return sums


def _booked(
    balances: BalancesFold, kind: str, holds: tuple[str, ...], pool: str | None, of: str | None
) -> dict[str, int]:
    """The sums of those accounts by what they are kept in."""
    booked: dict[str, int] = {}
    sign, beginning = (1 if kind == "assets" else -1), f"{kind}:"
    for commodity, accounts in balances.by_commodity.items():
        for account, amount in accounts.items():
            if account.startswith(beginning):
                _, owner, held, *rest = account.split(":")
                if held in holds and rest and pool in (None, owner) and of in (None, rest[0]):
                    booked[commodity] = booked.get(commodity, 0) + sign * amount
    return booked
