"""The events: immutable facts of lending, one class each: its fields, its postings, its own laws."""

from collections.abc import Callable
from typing import Annotated, Final

from pydantic import Field, TypeAdapter

from ledger.events.case import BadDebtSocialized, CaseClosed, DeficitRecapitalized, FundDrawn, ShortfallRecognized
from ledger.events.default import CollateralSold, LoanCured, LoanDefaulted, SurplusReturned
from ledger.events.envelope import Event, Evidence
from ledger.events.fund import FundContributed, FundWithdrawn
from ledger.events.lending import Deposited, SharesTransferred, Withdrawn
from ledger.events.loans import (
    Allocation,
    CollateralPosted,
    CollateralReleased,
    InterestAccrued,
    LoanDrawn,
    LoanOriginated,
    Repaid,
)
from ledger.events.setup import AssetRegistered, CollateralTerms, FundOpened, PoolOpened, PriceObserved

__all__ = [
    "ADAPTER",
    "CATALOGUE",
    "DECODE",
    "Allocation",
    "AnyEvent",
    "AssetRegistered",
    "BadDebtSocialized",
    "CaseClosed",
    "CollateralPosted",
    "CollateralReleased",
    "CollateralSold",
    "CollateralTerms",
    "DeficitRecapitalized",
    "Deposited",
    "Event",
    "Evidence",
    "FundContributed",
    "FundDrawn",
    "FundOpened",
    "FundWithdrawn",
    "InterestAccrued",
    "LoanCured",
    "LoanDefaulted",
    "LoanDrawn",
    "LoanOriginated",
    "PoolOpened",
    "PriceObserved",
    "Repaid",
    "SharesTransferred",
    "ShortfallRecognized",
    "SurplusReturned",
    "Withdrawn",
]

AnyEvent = (
    AssetRegistered
    | PoolOpened
    | FundOpened
    | PriceObserved
    | Deposited
    | Withdrawn
    | SharesTransferred
    | LoanOriginated
    | LoanDrawn
    | InterestAccrued
    | Repaid
    | CollateralPosted
    | CollateralReleased
    | LoanDefaulted
    | CollateralSold
    | SurplusReturned
    | LoanCured
    | ShortfallRecognized
    | FundDrawn
    | DeficitRecapitalized
    | BadDebtSocialized
    | CaseClosed
    | FundContributed
    | FundWithdrawn
)
"""The closed set of events, in the order of the catalogue."""

ADAPTER: Final[TypeAdapter[AnyEvent]] = TypeAdapter(Annotated[AnyEvent, Field(discriminator="type")])
"""Reads a fact whose type is not known beforehand."""

CATALOGUE: Final[dict[str, type[AnyEvent]]] = {event.type: event for event in AnyEvent.__args__}
"""The events by their stored names."""

DECODE: Final[dict[str, Callable[[bytes], AnyEvent]]] = {
    name: TypeAdapter(event).validator.validate_json for name, event in CATALOGUE.items()
}
"""Reads stored bytes whose type is known from the journal's topic: the quickest way, with every check."""
