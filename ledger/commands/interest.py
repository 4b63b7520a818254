"""Interest: accrued on a loan, on all loans of a pool, or on a pool as a whole."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.envelope import Command, PoolAmount
from ledger.events import AnyEvent
from ledger.values import (
    BORDER,
    Amount,
    LoanId,
    Named,
    PoolId,
    TrancheId,
)


@dataclass(frozen=True, config=BORDER)
class TrancheShare:
    """A tranche's share of interest, as a wad."""

    tranche: Named[TrancheId]
    share_wad: Amount


@dataclass(frozen=True, kw_only=True, config=BORDER)
class AccrueInterest(Command):
    """Interest accrues: so much, or a rate (a wad) of what is owed.

    Exactly one of `interest` and `rate_wad` is given.
    """

    type: Literal["accrue-interest"] = "accrue-interest"
    pool: Named[PoolId]
    loan: Named[LoanId] | None = None
    interest: PoolAmount | None = None
    rate_wad: Amount | None = None
    index: Amount | None = None
    in_default: Annotated[bool, Field(strict=True)] = False
    allocation: tuple[TrancheShare, ...] = ()

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError
