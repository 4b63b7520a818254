"""What the fields of a row measure, and how a row becomes JSON: amounts as decimal text, counts as numbers."""

from collections.abc import Iterable
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, NewType, Union, get_args, get_origin, get_type_hints

from ledger.values import Json
from projections.reading import Shown

if TYPE_CHECKING:
    from projections.ties import Tie

Units = NewType("Units", int)
"""An amount in base units of the row's asset or commodity."""

Shares = NewType("Shares", int)
"""Shares of a register, which have no decimals of their own."""

Wad = NewType("Wad", int)
"""A ratio as an integer scaled by 10^18."""

Quantity = NewType("Quantity", int)
"""An amount in base units of the commodity that it is named by, in a mapping."""

MEASURES: Final = (Units, Shares, Wad, Quantity)


@cache
def measures(row: type[tuple[Any, ...]]) -> dict[str, object]:
    """What each field of a row measures, one of `MEASURES`; None for text, counts and times."""
    hints = get_type_hints(row)
    return {
        name: next((measure for measure in MEASURES if measure in _parts(hint)), None) for name, hint in hints.items()
    }


@cache
def plain_type(row: type[tuple[Any, ...]], field: str) -> tuple[type, bool]:
    """What a field of a row is in Python, `int`, `str` or `dict`, and whether it may be nothing."""
    hint = get_type_hints(row)[field]
    parts = (
        [part for part in get_args(hint) if part is not NoneType] if get_origin(hint) in (Union, UnionType) else [hint]
    )
    kind = get_origin(parts[0]) or getattr(parts[0], "__supertype__", parts[0])
    plain = next((plain for plain in (int, str, dict) if kind is plain), str)
    return plain, NoneType in get_args(hint) and plain is not dict


def _parts(hint: object) -> list[object]:
    return [hint, *(part for argument in get_args(hint) for part in _parts(argument))]


def json_row(row: tuple[Any, ...]) -> Json:
    """A row as a JSON object, with its keys in the report's order."""
    return {
        name: amounts_as_text(value) if measure else value
        for (name, measure), value in zip(measures(type(row)).items(), row, strict=True)
    }


def amounts_as_text(value: Any) -> Any:  # noqa: ANN401  (what JSON takes)
    """What is measured, an amount, a mapping of amounts or nothing, with decimal text in the place of each amount."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return {name: amounts_as_text(part) for name, part in value.items()}
    return None if value is None else str(value)


def head(report: str, book: str, shown: Shown, ties: "Iterable[Tie]" = ()) -> Json:
    """What stands before the rows of a report in JSON; `ties` only in a report that is held against the accounts."""
    tied = [tie.told() for tie in ties]
    return {
        "schema": f"recoup.{report}/1",
        "book": book,
        "position": shown.position,
        "as_of": shown.as_of,
        "known_at": shown.known_at,
        "late": shown.late,
        "adjusted": shown.adjusted,
        **({"ties": tied} if tied else {}),
    }
