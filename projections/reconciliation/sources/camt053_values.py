"""The values in a statement's elements: amounts, directions, days, codes. What is none is told, and read on."""

import re
from datetime import date
from typing import Final

from ledger.errors import Malformed
from ledger.values import AMOUNT_MAX, timestamp
from projections.reconciliation.sources.camt053_xml import Node

CREDIT, DEBIT = 1, -1

_FIRST_YEAR: Final = 1000
_DIRECTIONS: Final = {"CRDT": CREDIT, "DBIT": DEBIT}
_TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False}
_NUMBER: Final = re.compile(r"\+?(\d{1,78})?(?:\.(\d{0,255}))?", re.ASCII)
_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)?", re.ASCII)
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?", re.ASCII)
_MIDNIGHT: Final = re.compile(r"T00:00:00(?:\.0+)?(?:Z|[+-]\d\d:\d\d)?", re.ASCII)


class Reading:
    """What of a document's elements can be read, in an asset of so many decimals, and every flaw that was found.

    A value that is missing where it must be there, or that is none, is a flaw and comes as None.
    """

    def __init__(self, decimals: int) -> None:
        self.decimals = decimals
        self.flaws: list[Malformed] = []

    def amount(self, owner: Node, path: str, currency: str) -> int | None:
        """An amount in base units that must be there, in the account's currency."""
        node = owner.one(path)
        if node is None or not node.text:
            self.flaws.append(owner.flaw("an amount is missing", within=path))
            return None
        if node.currency != currency:
            self.flaws.append(node.flaw(f"an amount in {currency}, as the account is", node.currency, within="@Ccy"))
            return None
        return self.number(node)

    def number(self, node: Node) -> int | None:
        """A number with decimals, in base units: exact, or a flaw."""
        found = _NUMBER.fullmatch(node.text)
        whole, fraction = found.groups(default="") if found is not None else ("", "")
        fraction = fraction.rstrip("0")
        if node.text.startswith("-"):
            self.flaws.append(node.flaw("an amount is not negative: CdtDbtInd says its direction", node.text))
        elif found is None or node.text in {"", "+", ".", "+."}:
            self.flaws.append(node.flaw("an amount is digits, with a point before its decimals", node.text))
        elif len(fraction) > self.decimals:
            self.flaws.append(node.flaw(f"an amount of {self.decimals} decimals at most", node.text))
        elif (amount := int(whole + fraction.ljust(self.decimals, "0") or "0")) > AMOUNT_MAX:
            self.flaws.append(node.flaw("an amount is at most 2^256 - 1 base units", node.text))
        else:
            return amount
        return None

    def told(self, amount: int) -> str:
        """An amount as the file would say it, with its sign."""
        digits = str(abs(amount)).rjust(self.decimals + 1, "0")
        whole, fraction = digits[: len(digits) - self.decimals], digits[len(digits) - self.decimals :]
        return ("-" if amount < 0 else "") + whole + (f".{fraction}" if fraction else "")

    def direction(self, owner: Node, *, usual: int | None = None) -> int | None:
        """Plus or minus one, as `CdtDbtInd` says; where it may be missing, what is `usual`."""
        node = owner.one("CdtDbtInd")
        if node is None and usual is not None:
            return usual
        found = _DIRECTIONS.get(node.text) if node is not None else None
        if found is None:
            said = None if node is None else node.text
            self.flaws.append(owner.flaw("a direction is CRDT or DBIT", said or "", within="CdtDbtInd"))
        return found

    def signed(self, owner: Node, currency: str) -> int | None:
        """The amount of an element with its direction: credit positive."""
        amount, direction = self.amount(owner, "Amt", currency), self.direction(owner)
        return None if amount is None or direction is None else amount * direction

    def truth(self, owner: Node, name: str) -> bool:
        """Whether an indicator says true; it does not where it is missing."""
        text = owner.said(name)
        if text and text not in _TRUTHS:
            self.flaws.append(owner.flaw("an indicator is true or false", text, within=name))
        return _TRUTHS.get(text, False)

    def count(self, owner: Node, path: str) -> int | None:
        """A number of things, or None where none is said."""
        text = owner.said(path)
        if text and not (text.isascii() and text.isdigit() and len(text) <= 18):  # noqa: PLR2004  (as the standard says)
            self.flaws.append(owner.flaw("a number of things is digits", text, within=path))
            return None
        return int(text) if text else None

    def when(self, owner: Node, path: str) -> str:
        """The day or the instant that an element says as its text or in `Dt` or `DtTm`; empty where it does not.

        Midnight says no more than its day. A time without an offset is in UTC.
        """
        text = owner.said(f"{path}/Dt", f"{path}/DtTm", path)
        if not text:
            return ""
        try:
            return _when(text)
        except ValueError as error:
            self.flaws.append(owner.flaw(str(error), text, within=path))
            return ""

    def alone(self, owner: Node, names: tuple[str, ...]) -> None:
        """Tells each of the names that stands more than once in an element that has one of it."""
        for name in names:
            if len(several := owner.all(name)) > 1:
                self.flaws.append(several[1].flaw(f"stands {len(several)} times in one {owner.name}"))


def _when(text: str) -> str:
    if (day := _DAY.fullmatch(text)) is not None:
        return _on_the_calendar(day[1])
    if (moment := _MOMENT.fullmatch(text)) is None:
        raise ValueError("a day is YYYY-MM-DD, an instant YYYY-MM-DDThh:mm:ss")
    if _MIDNIGHT.fullmatch(text[10:]):
        return _on_the_calendar(text[:10])
    return timestamp(moment[1] + (moment[2] or "Z"))


def _on_the_calendar(day: str) -> str:
    try:
        known = date.fromisoformat(day)
    except ValueError:
        raise ValueError("no day of the calendar") from None
    if known.year < _FIRST_YEAR:
        raise ValueError(f"no day before the year {_FIRST_YEAR}")
    return day
