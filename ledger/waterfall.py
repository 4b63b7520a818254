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
class TrancheLayer:
    """Writes down the claims of a tranche, at most to zero: first loss."""

    layer: Literal["tranche"]
    tranche: Named[TrancheId]


@dataclass(frozen=True, config=BORDER)
class ReserveLayer:
    """Draws the pool's reserve, never below `floor`; without any bound, and below zero, where it may be `negative`."""

    layer: Literal["reserve"]
    floor: Amount = 0
    negative: Annotated[bool, Field(strict=True)] = False


@dataclass(frozen=True, config=BORDER)
class SocializeLayer:
    """Writes down the claims of `lenders`, pro rata by shares; what exceeds them stays an open deficit."""

    layer: Literal["socialize"]


@dataclass(frozen=True, config=BORDER)
class HoldLayer:
    """Leaves the deficit open: it ages, and is covered later from any source."""

    layer: Literal["hold"]


Layer = Annotated[TrancheLayer | FundLayer | ReserveLayer | SocializeLayer | HoldLayer, Field(discriminator="layer")]
Waterfall = tuple[Layer, ...]
Source = tuple[Literal["fund"], FundId] | tuple[Literal["tranche"], TrancheId] | tuple[Literal["reserve"]]
"""What bears a deficit: a fund, the claims of a tranche, or the pool's reserve."""


def source_of(layer: Layer) -> Source | None:
    """The source that a layer names; None for `hold`, which bears nothing."""
    match layer:
        case TrancheLayer():
            return ("tranche", layer.tranche)
        case FundLayer():
            return ("fund", layer.fund)
        case ReserveLayer():
            return ("reserve",)
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


def hold_to_order(waterfall: Waterfall, source: Source, amount: int, room: Callable[[Layer], int | None]) -> None:
    """Refuse a source that bears `amount` before its turn or above its room.

    `room` tells what a layer can still bear, None where nothing bounds it. A layer bears only when the earlier ones are
    exhausted; from `hold` on, and for a source that no layer names, in any order. Raises `WaterfallOrder`.
    """
    sources = [source_of(layer) for layer in waterfall]
    if source not in sources:
        return
    held = False
    for layer, bearer in zip(waterfall, sources, strict=True):
        held = held or bearer is None
        if bearer == source:
            left = room(layer)
            if left is not None and amount > left:
                raise WaterfallOrder(f"layer {spoken(layer)} can still bear {left}, not {amount}")
            return
        if not held and (left := room(layer)) != 0:
            bounds = "without a bound" if left is None else f"{left}"
            raise WaterfallOrder(f"layer {spoken(layer)} comes first and can still bear {bounds}")


def spoken(layer: Layer) -> str:
    """A layer in words, with the fund or tranche that it names."""
    match layer:
        case FundLayer():
            return f"fund {layer.fund}"
        case TrancheLayer():
            return f"tranche {layer.tranche}"
        case _:
            return layer.layer
