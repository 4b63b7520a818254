"""The waterfall: the order in which sources bear a deficit, as data, and the rule that holds them to it (law 6)."""

from collections.abc import Callable
from typing import Annotated, Literal, assert_never

from pydantic import Field
from pydantic.dataclasses import dataclass

from ledger.errors import WaterfallOrder
from ledger.values import BORDER, LENDERS, WAD, Amount, FundId, Named, TrancheId, mul_div_down


@dataclass(frozen=True, config=BORDER)
class FundLayer:
    """Draws an insurance fund, never below `floor`. Amounts are in the fund's asset.

    At most `cap` for a case, and at most `share_wad` of its balance when the case is first recognized.
    """

    layer: Literal["fund"]
    fund: Named[FundId]
    cap: Amount | None = None
    share_wad: Annotated[Amount, Field(le=WAD)] | None = None
    floor: Amount = 0


@dataclass(frozen=True, config=BORDER)
class SocializeLayer:
    """Writes down the claims of `lenders`, pro rata by shares; what exceeds them stays an open deficit."""

    layer: Literal["socialize"]


@dataclass(frozen=True, config=BORDER)
class HoldLayer:
    """Leaves the deficit open: it ages, and is covered later from any source."""

    layer: Literal["hold"]


Layer = Annotated[FundLayer | SocializeLayer | HoldLayer, Field(discriminator="layer")]
Waterfall = tuple[Layer, ...]
Source = tuple[Literal["fund"], FundId] | tuple[Literal["tranche"], TrancheId]
"""What bears a deficit: a fund, or the claims of a tranche."""


def source_of(layer: Layer) -> Source | None:
    """The source that a layer names; None for `hold`, which bears nothing."""
    match layer:
        case FundLayer():
            return ("fund", layer.fund)
        case SocializeLayer():
            return ("tranche", LENDERS)
        case HoldLayer():
            return None
        case _ as unreachable:
            assert_never(unreachable)


def fund_limit(layer: FundLayer, balance: int) -> int | None:
    """The most that a fund layer pays for one case, given the fund's balance when the case is first recognized.

    In the fund's asset; None where neither `cap` nor `share_wad` limits it.
    """
    share = None if layer.share_wad is None else mul_div_down(balance, layer.share_wad, WAD)
    return min((limit for limit in (layer.cap, share) if limit is not None), default=None)


def fund_room(layer: FundLayer, *, limit: int | None, paid: int, balance: int) -> int:
    """What a fund layer can still pay for a case: min(limit - paid, balance - floor), not below zero."""
    above_floor = balance - layer.floor
    return max(above_floor if limit is None else min(limit - paid, above_floor), 0)


def hold_to_order(waterfall: Waterfall, source: Source, amount: int, room: Callable[[Layer], int]) -> None:
    """Refuse a source that bears `amount` before its turn or above its room.

    `room` tells what a layer can still bear. A layer bears only when the earlier ones are exhausted; from `hold` on,
    and for a source that no layer names, in any order. Raises `WaterfallOrder`.
    """
    if source not in (source_of(layer) for layer in waterfall):
        return
    held = False
    for layer in waterfall:
        held = held or isinstance(layer, HoldLayer)
        if source_of(layer) == source:
            if amount > room(layer):
                raise WaterfallOrder(f"layer {_spoken(layer)} can still bear {room(layer)}, not {amount}")
            return
        if not held and room(layer):
            raise WaterfallOrder(f"layer {_spoken(layer)} comes first and can still bear {room(layer)}")


def _spoken(layer: Layer) -> str:
    return f"{layer.layer} {layer.fund}" if isinstance(layer, FundLayer) else layer.layer
