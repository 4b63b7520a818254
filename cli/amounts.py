"""Amounts and text for people: units instead of base units, exact; and nothing that disturbs a terminal."""

from collections.abc import Sequence


def in_units(amount: int, decimals: int, shown: int | None = None) -> str:
    """An amount of base units in units, thousands separated: with `shown` decimals, or as many as it needs."""
    whole, fraction = divmod(abs(amount), 10**decimals)
    places = _needed(amount, decimals) if shown is None else shown
    digits = str(fraction).rjust(decimals, "0")[:places] if places else ""
    return f"{'-' if amount < 0 else ''}{whole:,}{'.' if digits else ''}{digits}"


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
