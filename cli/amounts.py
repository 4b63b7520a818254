"""Amounts and text for people: units instead of base units, exact; and nothing that disturbs a terminal."""

import re
from collections.abc import Sequence
from typing import Final

_IN_UNITS: Final = re.compile(r"(0|[1-9][0-9]*)(?:\.([0-9]+))?", re.ASCII)
_SEPARATED: Final = re.compile(r"[0-9]+([,_' \u00a0\u2009\u202f][0-9]+)+(\.[0-9]*)?", re.ASCII)


def in_units(amount: int, decimals: int, shown: int | None = None) -> str:
    """An amount of base units in units, thousands separated: with `shown` decimals, or as many as it needs."""
    whole, fraction = divmod(abs(amount), 10**decimals)
    places = _needed(amount, decimals) if shown is None else shown
    digits = str(fraction).rjust(decimals, "0")[:places] if places else ""
    return f"{'-' if amount < 0 else ''}{whole:,}{'.' if digits else ''}{digits}"


def in_base_units(text: str, decimals: int, asset: str) -> str:
    """The base units of an amount in units of an asset: decimal text of an integer, exact at any size.

    Raises `ValueError` for what is no such amount, and for one with more decimals than the asset has.
    """
    if _SEPARATED.fullmatch(text):
        raise ValueError(f"{text} has separators between its digits, which are not read")
    found = _IN_UNITS.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no amount in units, which is digits with at most one point, such as 12.50")
    whole, fraction = found[1], found[2] or ""
    if len(fraction) > decimals:
        raise ValueError(f"{text} has more decimals than {asset}'s {decimals}")
    return (whole + fraction.ljust(decimals, "0")).lstrip("0") or "0"


def aligned(amounts: Sequence[tuple[int, int] | None]) -> list[str]:
    """A column of (amount, decimals): those of the same decimals with as many as show each of them exactly.

    A zero is `0`; where there is no amount the cell is empty.
    """
    shown: dict[int, int] = {}
    for amount, decimals in filter(None, amounts):
        shown[decimals] = max(shown.get(decimals, 0), _needed(amount, decimals))
    return ["" if one is None else in_units(*one, shown=shown[one[1]] if one[0] else 0) for one in amounts]


def printable(text: str) -> str:
    """Text without what would move the cursor or colour the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def printable_lines(text: str) -> str:
    """The same of text of several lines."""
    return "\n".join(printable(line) for line in text.split("\n"))


def width_of(text: str) -> int:
    """How many places a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _needed(amount: int, decimals: int) -> int:
    fraction = abs(amount) % 10**decimals
    return len(str(fraction).rjust(decimals, "0").rstrip("0")) if fraction else 0
