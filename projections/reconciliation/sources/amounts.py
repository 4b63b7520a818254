"""Amounts as people and machines write them, made base units: exactly, or not at all."""

import re
from collections.abc import Callable
from typing import Final

from ledger.values import AMOUNT_MAX

SEPARATORS: Final = " \u00a0\u2009\u202f'\u2019.,"
"""What may part thousands: the space and its kin, apostrophes, point and comma."""

_SAFE_DIGITS: Final = 77
"""Every number of so many digits is below 2^256."""

ReadAmount = Callable[[str], int]
"""A signed amount of a text, in base units. Raises `ValueError`, with words for what an amount is there."""


def units_reader(decimals: int, mark: str, separators: str) -> ReadAmount:
    """Reads numbers in whole units of an asset of so many `decimals`, with `mark` before the decimals.

    `separators` are the characters that may part thousands, none where it is empty. A sign may lead or follow, as may
    the minus of typographers; parentheses stand for minus. Refused: exponents, decimals that the asset does not have
    unless they are zero, and more than 2^256 - 1 base units.
    """
    scales = [int(f"1{'0' * (decimals - digits)}") for digits in range(decimals + 1)]
    longest = _SAFE_DIGITS - decimals
    written = _Written(mark, separators)

    def read(text: str) -> int:
        negative = text[:1] == "-"
        whole, point, fraction = (text[1:] if negative else text).partition(mark)
        digits, length = whole + fraction, len(fraction)
        plain = digits.isdigit() and digits.isascii() and whole and (fraction or not point)
        if plain and length <= decimals and len(whole) <= longest:
            amount = int(digits) * scales[length]
            return -amount if negative else amount
        sign, whole, fraction = written.parts(text)
        fraction = fraction.rstrip("0")
        if len(fraction) > decimals:
            raise ValueError(f"an amount has at most {decimals} decimals")
        return sign * _within(whole + fraction.ljust(decimals, "0"))

    return read


def base_reader(mark: str, separators: str) -> ReadAmount:
    """Reads integers of base units. Signs and `separators` are as in `units_reader`; a decimal mark is refused."""
    written = _Written(mark, separators)

    def read(text: str) -> int:
        negative = text[:1] == "-"
        digits = text[1:] if negative else text
        if digits.isdigit() and digits.isascii() and len(digits) <= _SAFE_DIGITS:
            return -int(digits) if negative else int(digits)
        sign, whole, fraction = written.parts(text)
        if fraction:
            raise ValueError('an amount in base units is an integer (whole units are read with unit = "units")')
        return sign * _within(whole)

    return read


class _Written:
    """How numbers are written: one regular expression for all signs."""

    def __init__(self, mark: str, separators: str) -> None:
        parted = rf"|\d{{1,3}}(?P<by>[{re.escape(separators)}])\d{{3}}(?:(?P=by)\d{{3}})*" if separators else ""
        self._form = re.compile(
            rf"(?P<open>\(\s*)?(?P<lead>[+\u2212-]\s*)?"
            rf"(?P<whole>\d+{parted})?(?:{re.escape(mark)}(?P<fraction>\d+))?"
            rf"(?P<trail>\s*[+\u2212-])?(?P<close>\s*\))?",
            re.ASCII,
        )
        apart = f"thousands parted by one of {separators!r}" if separators else "no thousands separator"
        self._rule = f"an amount is written in digits with `{mark}` before the decimals, {apart} and one sign at most"

    def parts(self, text: str) -> tuple[int, str, str]:
        """The sign, the digits before the mark and those after it."""
        found = self._form.fullmatch(text)
        if found is None or not (found["whole"] or found["fraction"]):
            raise ValueError(self._rule)
        signs = [sign.strip() for sign in (found["open"], found["lead"], found["trail"]) if sign]
        if len(signs) > 1 or (found["open"] is None) != (found["close"] is None):
            raise ValueError(self._rule)
        whole = "".join(digit for digit in found["whole"] or "0" if digit.isdigit())
        return -1 if signs and signs[0] != "+" else 1, whole, found["fraction"] or ""


def _within(digits: str) -> int:
    digits = digits.lstrip("0") or "0"
    if len(digits) > _SAFE_DIGITS + 1 or (amount := int(digits)) > AMOUNT_MAX:
        raise ValueError("an amount is at most 2^256 - 1 base units")
    return amount
