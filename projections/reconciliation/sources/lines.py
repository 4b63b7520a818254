"""A line of a statement, read from a row of text: each field by the part of the profile that it is declared in."""

import sys
from collections.abc import Callable, Collection, Mapping
from functools import partial
from operator import itemgetter
from typing import Final, Literal, TypeVar

from ledger.sources.flaws import shown
from projections.reconciliation.items import Item
from projections.reconciliation.sources.amounts import ReadAmount, base_reader, units_reader
from projections.reconciliation.sources.dates import Dates
from projections.reconciliation.sources.profile import Profile
from projections.reconciliation.sources.raw import Raw

Fields = Mapping[str, str]
Meaning = TypeVar("Meaning")
Part = Callable[[Fields], object]
Role = Literal["line", "opening", "closing", "credits", "debits", "count", "ignored"]

KINDS: Final = {"fee": "fee", "interest": "interest"}
DIRECTIONS: Final = {
    **dict.fromkeys(("CRDT", "CR", "C", "credit", "Credit", "CREDIT", "+"), 1),
    **dict.fromkeys(("DBIT", "DR", "D", "debit", "Debit", "DEBIT", "-"), -1),
}
STATUSES: Final = {
    **dict.fromkeys(("", "booked", "Booked", "BOOKED", "BOOK"), "booked"),
    **dict.fromkeys(("pending", "Pending", "PENDING", "PDNG"), "pending"),
}
REVERSALS: Final = {
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "Y", "1"), True),
    **dict.fromkeys(("", "false", "False", "FALSE", "no", "No", "N", "0"), False),
}
ROLES: Final[Mapping[str, Role]] = {
    "": "line",
    "line": "line",
    "opening": "opening",
    "closing": "closing",
    "credits": "credits",
    "debits": "debits",
    "count": "count",
    "ignored": "ignored",
}
COUNT_DIGITS: Final = 18
"""No number that counts something has more digits."""

_DATES: Final = ("value_date", "date", "booking_date")
_STATUS: Final = Item._fields.index("status")


_made: Final = partial(tuple.__new__, Item)
"""An item of all its values: `_make` without its count of them."""


class Wrong(ValueError):
    """A field that is not what it has to be."""

    def __init__(self, field: str, words: object, value: str) -> None:
        super().__init__(f"{field}: {words}, not {shown(value)}" if value else f"{field}: is missing")


class Reading:
    """How rows with these names of fields become lines of an account, in the asset of the book."""

    def __init__(
        self, profile: Profile, names: Collection[str], *, account: str, commodity: str, decimals: int
    ) -> None:
        self._profile, self._names = profile, names
        self._sign = 1 if profile.sign == "same" else -1
        read = units_reader if profile.unit == "units" else _base_reader
        self._read = read(decimals, profile.decimal_mark, profile.thousands)
        self._dates = Dates(profile.dates, profile.offset)
        self._parts = [(Item._fields.index(name), part) for name, part in self._declared()]
        self._empty: list[object] = list(Item(0, account, commodity, "", 0))

    def item(self, row: Raw) -> Item | None:
        """The line that a row tells; None where its status says that it counts for nothing.

        Raises `ValueError` for the first flaw; `flaws` has all of them.
        """
        values = self._empty.copy()
        values[0], fields = row
        for slot, part in self._parts:
            values[slot] = part(fields)
        return None if values[_STATUS] == "ignored" else _made(values)

    def flaws(self, row: Raw) -> list[str]:
        """Every flaw of a row that is no line."""
        found = []
        for _, part in self._parts:
            try:
                part(row.fields)
            except ValueError as error:
                found.append(f"line {row.place}: {error}")
        if "balance" in self._names:
            try:
                self.balance(row.fields)
            except ValueError as error:
                found.append(f"line {row.place}: {error}")
        return found

    def role(self, row: Raw) -> Role:
        """What a row is: a line, or a balance or control total that the file declares. Raises `ValueError`."""
        text = row.fields.get("row", "")
        if self._profile.rows:
            return self._profile.rows.get(text, "line")
        if text not in ROLES:
            raise Wrong("row", f"is one of {', '.join(filter(None, ROLES))}", text)
        return ROLES[text]

    def balance(self, fields: Fields) -> int | None:
        """The running balance after a line; None where it is left empty. Raises `ValueError`."""
        return self._sign * self._amount("balance", fields["balance"]) if fields["balance"] else None

    def declared(self, fields: Fields) -> int:
        """The amount of a row that is no line, such as the opening balance. Raises `ValueError`."""
        if fields.get("balance") and not fields.get("amount"):
            return self._sign * self._amount("balance", fields["balance"])
        return self._moved()(fields)

    def day(self, fields: Fields) -> str:
        """The date of a row that is no line, empty where it has none. Raises `ValueError`."""
        return self._at()(fields) if any(fields.get(name) for name in _DATES) else ""

    def _declared(self) -> list[tuple[str, Part]]:
        names, profile = self._names, self._profile
        parts: list[tuple[str, Part]] = [("at", self._at()), ("amount", self._moved())]
        parts += [(name, itemgetter(name)) for name in ("end_to_end", "reference", "text") if name in names]
        parts += [(name, _again(name)) for name in ("group", "counterparty") if name in names]
        if "tx" in names or "chain" in names:
            parts.append(("chain", _chain))
        if "kind" in names:
            kinds = KINDS | profile.kinds
            parts.append(("kind", lambda fields: kinds.get(fields["kind"], "")))
        if "status" in names:
            parts.append(("status", _word("status", {**STATUSES, **profile.statuses})))
        if "reversal" in names or "reverses" in names:
            parts.append(("reverses", _reverses({**REVERSALS, **profile.reversals})))
        if "fee" in names:
            parts.append(("fee", self._fee))
        return parts

    def _at(self) -> Callable[[Fields], str]:
        dates, names = self._dates, [name for name in _DATES if name in self._names]
        first, others = names[0], names[1:]

        def at(fields: Fields) -> str:
            text = fields[first]
            try:
                return dates[text]
            except ValueError as error:
                if not text and others:
                    return other(fields)
                raise Wrong(first, error, text) from None

        def other(fields: Fields) -> str:
            field = next((name for name in others if fields[name]), first)
            try:
                return dates[fields[field]]
            except ValueError as error:
                raise Wrong(field, error, fields[field]) from None

        return at

    def _moved(self) -> Callable[[Fields], int]:
        """The signed amount of a line, in whichever of three ways it is told."""
        if "direction" in self._names and "amount" in self._names:
            theirs = {text: 1 if way == "credit" else -1 for text, way in self._profile.directions.items()}
            directed = _word("direction", {**DIRECTIONS, **theirs})
            single = self._single()
            return lambda fields: self._directed(fields, directed) if fields["direction"] else single(fields)
        return self._single() if "amount" in self._names else self._paired

    def _single(self) -> Callable[[Fields], int]:
        read, sign, may_be_paired = self._read, self._sign, {"debit", "credit"} <= {*self._names}

        def amount(fields: Fields) -> int:
            text = fields["amount"]
            try:
                return sign * read(text)
            except ValueError as error:
                if not text and may_be_paired:
                    return self._paired(fields)
                raise Wrong("amount", error, text) from None

        return amount

    def _directed(self, fields: Fields, directed: Callable[[Fields], int]) -> int:
        way, amount = directed(fields), self._amount("amount", fields["amount"])
        if amount < 0:
            raise Wrong("amount", "has no sign where `direction` says which way it goes", fields["amount"])
        return self._sign * way * amount

    def _paired(self, fields: Fields) -> int:
        debit, credit = fields["debit"], fields["credit"]
        taken = self._amount("debit", debit) if debit else 0
        given = self._amount("credit", credit) if credit else 0
        taken = taken if self._profile.debits == "positive" else -taken
        if taken < 0:
            raise Wrong("debit", f"is {self._profile.debits}, as the profile says of debits", debit)
        if given < 0:
            raise Wrong("credit", "is positive", credit)
        if taken and given:
            raise Wrong("debit", "is empty where there is a credit", debit)
        if not debit and not credit:
            raise Wrong("amount", "", "")
        return self._sign * (given - taken)

    def _fee(self, fields: Fields) -> int:
        amount = self._amount("fee", fields["fee"]) if fields["fee"] else 0
        if amount < 0:
            raise Wrong("fee", "is what was kept as charges, and not negative", fields["fee"])
        return amount

    def _amount(self, field: str, text: str) -> int:
        try:
            return self._read(text)
        except ValueError as error:
            raise Wrong(field, error, text) from None


def _base_reader(_decimals: int, mark: str, separators: str) -> ReadAmount:
    return base_reader(mark, separators)


def _again(name: str) -> Part:
    """A text that many lines share is kept once."""
    return lambda fields: sys.intern(fields[name])


def _word(field: str, meanings: Mapping[str, Meaning]) -> Callable[[Fields], Meaning]:
    rule = f"is one of {', '.join(filter(None, meanings))}"

    def read(fields: Fields) -> Meaning:
        try:
            return meanings[fields[field]]
        except KeyError:
            raise Wrong(field, rule, fields[field]) from None

    return read


def _chain(fields: Fields) -> str:
    """`TX:LOG_INDEX`, or `TX` alone."""
    if chain := fields.get("chain"):
        return chain.lower()
    tx, index = fields.get("tx", ""), fields.get("log_index", "")
    if not index:
        return tx.lower()
    if not (index.isascii() and index.isdigit()) or len(index) > COUNT_DIGITS:
        raise Wrong("log_index", f"counts from 0, in {COUNT_DIGITS} decimal digits at most", index)
    if not tx:
        raise Wrong("tx", "", "")
    return f"{tx.lower()}:{int(index)}"


def _reverses(meanings: Mapping[str, object]) -> Part:
    flagged = _word("reversal", meanings)

    def read(fields: Fields) -> str:
        named = fields.get("reverses", "")
        return named or ("?" if fields.get("reversal") and flagged(fields) else "")

    return read
