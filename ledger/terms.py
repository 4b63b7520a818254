"""The terms of a pool: what its opening says beside its charter, and `terms-changed` may change."""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field
from pydantic.dataclasses import dataclass

from ledger.values import BORDER, WAD, Amount, Held, PartyId
from ledger.waterfall import Waterfall

Wad = Annotated[Amount, Field(le=WAD)]
Proceeds = Literal["interest", "principal"]
ProceedsOrder = Annotated[tuple[Proceeds, ...], Field(min_length=2, max_length=2)]
RecoveryPolicy = Literal["reverse-waterfall", "bearers", "current-holders", "reserve", "none"]
ExitPrice = Literal["claims", "net"]


@dataclass(frozen=True, kw_only=True, config=BORDER)
class CollateralTerms:
    """On which terms an asset is taken as collateral: ratios as wads."""

    asset: Held
    liquidation_threshold_wad: Amount
    liquidation_bonus_wad: Amount = 0


class Terms(NamedTuple):
    """The terms of a pool at one moment. Law 6 weighs the waterfall; the others are for whoever reads or decides."""

    waterfall: Waterfall
    proceeds_order: tuple[Proceeds, ...]
    recovery: RecoveryPolicy
    exit_price: ExitPrice
    fee_recipient: PartyId | None
    reserve_factor_wad: int
    collateral: tuple[CollateralTerms, ...]
