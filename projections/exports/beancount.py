"""The journal as text for `beancount`, which has fewer characters for names than we have, and 28 digits for a number.

Names are written so that no two become one, and each can be read back; what is declared says the name as it is.

An account's part begins with a capital or digit there: `desk` is `Desk`, `L1` is `L1--U`, `.x` is `X--2Ex--X`; inside,
a character that is no letter or digit is `--` and its code in ASCII, save a hyphen before a letter or digit. Registers
stand below `Equity:Register`, their shares issued as `Issued--R`. A commodity that is not of capitals and digits begins
with `X'`: small letters are written as capitals, capitals after an apostrophe, a colon as a full stop.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple, TextIO

from ledger.accounts import Charters
from ledger.errors import ExportRefused
from ledger.journal import Journal
from ledger.values import Account, Commodity
from projections.exports.text import (
    ISSUED,
    KEPT,
    Tally,
    Told,
    decimals_of,
    in_units,
    place,
    plain,
    remarks,
    require_number,
    told,
    unposted,
    written_account,
)
from projections.reading import Asked, Selection, Shown, Watch

DIGITS: Final = 28
"""How many digits of a number, or of a sum, `beancount` keeps."""

_LIMIT: Final = 10**DIGITS
_ROOTS: Final = {"assets": "Assets", "liabilities": "Liabilities", "equity": "Equity", "register": "Equity:Register"}
_ISSUED: Final = "Issued--R"
_UNSAID: Final = re.compile(r"[^A-Za-z0-9-]|-(?![A-Za-z0-9])")
_PLAIN: Final = re.compile(r"(?!(TRUE|FALSE|NULL)$)[A-Z]([A-Z0-9._-]*[A-Z0-9])?")
_MARKS: Final = {":": ".", ".": "'0", "/": "'1", "@": "'2", "+": "'3", "#": "'4"}
_LAST: Final = {".": "'5", "-": "'6", "_": "'7"}
"""How a commodity ends that would end in what none may end in."""


def write_text(
    book: str, journal: Journal, asked: Asked, owners: frozenset[str], out: TextIO, watch: Watch = iter
) -> Tally:
    """Write the entries of a journal at a point in the order of their positions; of `owners`, if any, their postings.

    They are read twice: the accounts are opened before the first. Raises `ExportRefused`, before anything is written,
    for an amount of more than 28 digits, where beancount could come to such a sum, and for a number of more than 255
    characters.
    """
    survey = _Survey(journal, asked, owners, watch)
    selection = Selection(journal, asked._replace(position=survey.shown.position))
    out.write(_heading(book))
    out.writelines(survey.declarations())
    posted = silent = 0
    for one in told(selection, owners, watch):
        if one.lines:
            posted += 1
            out.write(_transaction(one, selection.charters))
        else:
            silent += 1
            out.write(f"; {unposted(one, selection.charters)}\n\n")
    out.write(f"; through position {survey.shown.position}: {posted} entries, and {silent} without postings\n")
    return Tally(posted, silent)


@lru_cache(KEPT)
def beancount_account(account: Account, commodity: Commodity) -> str:
    """An account as beancount can read it."""
    written = written_account(account, commodity)
    kind, *parts = written.removesuffix(ISSUED).split(":")
    issued = [_ISSUED] if written.endswith(ISSUED) else []
    return ":".join((_ROOTS[kind], *map(_component, parts), *issued))


@lru_cache(KEPT)
def beancount_commodity(commodity: Commodity) -> str:
    """A commodity as beancount can read it."""
    if _PLAIN.fullmatch(commodity):
        return commodity
    body, last = commodity[:-1], commodity[-1]
    return "X'" + "".join(map(_symbol, body)) + _LAST.get(last, _symbol(last))


def _component(name: str) -> str:
    first, rest = name[0], _UNSAID.sub(lambda found: f"--{ord(found[0][0]):02X}", name[1:])
    if first.isupper():
        return f"{first}{rest}--U"
    if first.isalnum():
        return f"{first.upper()}{rest}"
    return f"X{_UNSAID.sub(lambda found: f'--{ord(found[0][0]):02X}', name)}--X"


def _symbol(character: str) -> str:
    if character.isupper():
        return f"'{character}"
    return _MARKS.get(character, character.upper())


class _Balance:
    """The balance of an account, or of all below one, as beancount may come to it, whatever the order of its days.

    Beancount adds by date, we by position. Those whose date is before one that went before them may be added at any
    other time: `reach` is the furthest from zero that this can lead to.
    """

    __slots__ = ("_late", "_peak", "_sum")

    def __init__(self) -> None:
        self._sum = self._peak = self._late = 0

    def reach(self, amount: int, *, late: bool) -> int:
        """How far from zero a sum can be, once this amount is added."""
        if late:
            self._late += abs(amount)
        else:
            self._sum += amount
            self._peak = max(self._peak, abs(self._sum))
        return self._peak + self._late


class _Used(NamedTuple):
    """An account in use: its first date, what it is called, and in which commodity."""

    first: str
    account: Account
    commodity: Commodity


class _Survey:
    """What the entries use, and whether every sum of theirs keeps to the digits."""

    def __init__(self, journal: Journal, asked: Asked, owners: frozenset[str], watch: Watch) -> None:
        selection = Selection(journal, asked)
        self._charters = selection.charters
        self._accounts: dict[str, _Used] = {}
        self._commodities: dict[Commodity, str] = {}
        self._balances: dict[tuple[str, Commodity], _Balance] = {}
        self._latest = ""
        for one in told(selection, owners, watch):
            if one.lines:
                self._use(one)
        self.shown: Shown = selection.shown()

    def declarations(self) -> Iterator[str]:
        """The commodities and accounts, each from its first date on."""
        for commodity, first in sorted(self._commodities.items()):
            yield f'{first} commodity {beancount_commodity(commodity)}\n  name: "{commodity}"\n'
        yield "\n"
        for name, used in sorted(self._accounts.items()):
            yield f'{used.first} open {name}\n  name: "{used.account}"\n'
        yield "\n"

    def _use(self, one: Told) -> None:
        date = one.event.at[:10]
        late, self._latest = date < self._latest, max(date, self._latest)
        weights: dict[Commodity, int] = {}
        above: dict[tuple[str, Commodity], int] = {}
        for posting in one.lines:
            require_number(one, posting, self._charters, "beancount")
            account, commodity, amount = posting
            self._require(one, f"{account} is posted", commodity, abs(amount))
            weight = weights[commodity] = weights.get(commodity, 0) + amount
            self._require(one, f"its postings up to that of {account} add up to", commodity, abs(weight))
            name = beancount_account(account, commodity)
            used = self._accounts.get(name)
            if used is None or date < used.first:
                self._accounts[name] = _Used(date, account, commodity)
            self._commodities[commodity] = min(date, self._commodities.get(commodity, date))
            reach = self._balance(name, commodity).reach(amount, late=late)
            self._require(one, f"the balance of {account} can come to", commodity, reach)
            while name := name.rpartition(":")[0]:
                above[name, commodity] = above.get((name, commodity), 0) + amount
        for (name, commodity), amount in above.items():
            if amount:
                reach = self._balance(name, commodity).reach(amount, late=late)
                self._require(one, f"the balance of {name} can come to", commodity, reach)

    def _balance(self, name: str, commodity: Commodity) -> _Balance:
        balance = self._balances.get((name, commodity))
        if balance is None:
            balance = self._balances[name, commodity] = _Balance()
        return balance

    def _require(self, one: Told, what: str, commodity: Commodity, amount: int) -> None:
        if amount >= _LIMIT:
            shown = in_units(amount, decimals_of(commodity, self._charters))
            raise ExportRefused(
                f"{place(one)}: {what} {shown} {commodity}, more than the {DIGITS} digits that beancount keeps"
            )


def _heading(book: str) -> str:
    return (
        f"; The journal of {plain(book)} for beancount: exact amounts in units, one transaction an entry.\n"
        "; `name` says an account's or a commodity's own name. Lines follow the book's positions, not the dates.\n\n"
    )


def _transaction(one: Told, charters: Charters) -> str:
    entry, event, lines = one
    heading = f'{event.at[:10]} * "{event.type} {event.id}"\n  position: {entry.position}\n'
    remarked = [f'  {name}: "{_quoted(text)}"\n' for name, text in remarks(one)]
    posted = [
        f"  {beancount_account(account, commodity)}  "
        f"{in_units(amount, decimals_of(commodity, charters))} {beancount_commodity(commodity)}\n"
        for account, commodity, amount in lines
    ]
    return "".join((heading, *remarked, *posted, "\n"))


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
