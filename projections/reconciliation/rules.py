"""By which rules two sides are compared: which keys, how much apart, how long a movement may be under way."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass

from ledger.values import BORDER, Amount, Count

Key = Literal["chain", "end-to-end", "reference", "amount-and-date"]
"""What two movements are known by for the same, the strongest first."""

KEYS: Final[tuple[Key, ...]] = ("chain", "end-to-end", "reference", "amount-and-date")

DAYS_MAX: Final = 36_500
"""No movement is under way for longer: a hundred years, which every calendar can be counted by."""

_Days = Annotated[Count, Field(le=DAYS_MAX)]


def _once(keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """Raises `ValueError` for a key that is named twice."""
    if len({*keys}) < len(keys):
        raise ValueError("a key is named once")
    return keys


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Rules:
    """How two sides are compared. Nothing differs by default.

    `keys` are tried in this order. `amount_tolerance` (base units) and `day_tolerance` (days) are how far apart two
    movements may be that are matched all the same, where only one can be meant. A movement of ours that the other side
    does not have is in transit for `transit_days`, and then missing; `cutoff_days` is how far beyond the closing the
    other half of a movement is looked for. A key difference up to `fee_max` (base units) in the keeper's favour is a
    fee, also where none is stated. `precision` is the unit in which the other side rounds (base units, 1: it does not).
    From `material` (base units) on a break is material. `search_entries` and `search_parts` bound the search for sums:
    among so many entries, of so many parts. `our_reference` is what of an entry a reference of theirs is held against.
    """

    keys: Annotated[tuple[Key, ...], Field(min_length=1), AfterValidator(_once)] = KEYS
    amount_tolerance: Amount = 0
    day_tolerance: _Days = 0
    transit_days: _Days = 5
    cutoff_days: _Days = 5
    fee_max: Amount = 0
    precision: Annotated[Amount, Field(ge=1)] = 1
    material: Amount = 0
    search_entries: Annotated[Count, Field(le=64)] = 24
    search_parts: Annotated[Count, Field(le=8)] = 4
    our_reference: Literal["id", "memo"] = "id"
