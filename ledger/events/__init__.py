"""The events: immutable facts of lending, one class each: its fields, its postings, its own laws."""

from collections.abc import Callable
from typing import Annotated, Final

from pydantic import Field, TypeAdapter

from ledger.events.bearing import (
    BadDebtSocialized,
    DebtRedistributed,
    DeficitCovered,
    DeficitRecapitalized,
    FundDrawn,
    RedistributedPart,
    ReserveDrawn,
)
from ledger.events.case import CaseClosed, ShortfallRecognized
from ledger.events.collateral import CollateralPosted, CollateralReleased
from ledger.events.control import AdjustmentPosted, BalanceAsserted, PeriodClosed
from ledger.events.default import AllowanceChanged, CostAdvanced, LoanCured, LoanDefaulted
from ledger.events.envelope import Event, Evidence
from ledger.events.fund import FundContributed, FundWithdrawn
from ledger.events.interest import Allocation, InterestAccrued, InterestAllocated
from ledger.events.lending import Deposited, SharesTransferred, Withdrawn
from ledger.events.loans import DebtTransferred, LoanDrawn, LoanOriginated, Repaid
from ledger.events.posted import PostedLine
from ledger.events.reconciliation import ReconciliationPrepared, ReconciliationReviewed, ReconciliationSigned
from ledger.events.recovery import RecoveryAllocated, RecoveryPart, RecoveryReceived, RestitutionPaid
from ledger.events.reserve import IncomeReceived, ReserveContributed, ReserveWithdrawn
from ledger.events.reversal import EntryReversed
from ledger.events.sale import CollateralSold, GuaranteePaid, SurplusReturned
from ledger.events.setup import AssetRegistered, FundOpened, PoolOpened, PriceObserved, TermsChanged
from ledger.terms import CollateralTerms

__all__ = [
    "ADAPTER",
    "CATALOGUE",
    "DECODE",
    "AdjustmentPosted",
    "Allocation",
    "AllowanceChanged",
    "AnyEvent",
    "AssetRegistered",
    "BadDebtSocialized",
    "BalanceAsserted",
    "CaseClosed",
    "CollateralPosted",
    "CollateralReleased",
    "CollateralSold",
    "CollateralTerms",
    "CostAdvanced",
    "DebtRedistributed",
    "DebtTransferred",
    "DeficitCovered",
    "DeficitRecapitalized",
    "Deposited",
    "EntryReversed",
    "Event",
    "Evidence",
    "FundContributed",
    "FundDrawn",
    "FundOpened",
    "FundWithdrawn",
    "GuaranteePaid",
    "IncomeReceived",
    "InterestAccrued",
    "InterestAllocated",
    "LoanCured",
    "LoanDefaulted",
    "LoanDrawn",
    "LoanOriginated",
    "PeriodClosed",
    "PoolOpened",
    "PostedLine",
    "PriceObserved",
    "ReconciliationPrepared",
    "ReconciliationReviewed",
    "ReconciliationSigned",
    "RecoveryAllocated",
    "RecoveryPart",
    "RecoveryReceived",
    "RedistributedPart",
    "Repaid",
    "ReserveContributed",
    "ReserveDrawn",
    "ReserveWithdrawn",
    "RestitutionPaid",
    "SharesTransferred",
    "ShortfallRecognized",
    "SurplusReturned",
    "TermsChanged",
    "Withdrawn",
]

AnyEvent = (
    AssetRegistered
    | PoolOpened
    | FundOpened
    | TermsChanged
    | PriceObserved
    | Deposited
    | Withdrawn
    | SharesTransferred
    | LoanOriginated
    | LoanDrawn
    | InterestAccrued
    | InterestAllocated
    | Repaid
    | DebtTransferred
    | CollateralPosted
    | CollateralReleased
    | IncomeReceived
    | ReserveContributed
    | ReserveWithdrawn
    | LoanDefaulted
    | AllowanceChanged
    | CostAdvanced
    | CollateralSold
    | GuaranteePaid
    | SurplusReturned
    | LoanCured
    | ShortfallRecognized
    | FundDrawn
    | ReserveDrawn
    | DeficitCovered
    | DeficitRecapitalized
    | DebtRedistributed
    | BadDebtSocialized
    | FundContributed
    | FundWithdrawn
    | RecoveryReceived
    | RecoveryAllocated
    | RestitutionPaid
    | CaseClosed
    | EntryReversed
    | AdjustmentPosted
    | BalanceAsserted
    | PeriodClosed
    | ReconciliationPrepared
    | ReconciliationReviewed
    | ReconciliationSigned
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
