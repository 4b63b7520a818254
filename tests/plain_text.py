"""What `ledger`, `hledger` and `beancount` say of a text of ours: every balance that is not zero, in base units."""

import csv
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any, Final

from beancount import loader
from beancount.core import realization
from beancount.core.data import Open

from ledger.values import AssetId, Commodity
from projections.exports.beancount import beancount_commodity
from projections.exports.hledger import read_commodity
from projections.exports.text import read_account

Balances = dict[tuple[str, str], int]
Decimals = Mapping[AssetId, int]
"""The decimals of each asset; what is not named has none."""


def told_by_ledger(text: Path, decimals: Decimals, *options: str) -> Balances:
    """What `ledger` says of every account; it quotes an amount of several commodities over as many lines."""
    layout = "%(account)\t%(quoted(amount))\n"
    bal = ("bal", "--flat", "--no-total", "--balance-format", layout)
    rows = csv.reader(StringIO(_run("ledger", "--args-only", "-f", str(text), *options, *bal)), **_TABBED)
    amounts = ((account, amount.split(" ")) for account, lines in rows for amount in lines.split("\n"))
    return _balances(((account, commodity, amount) for account, (amount, commodity) in amounts), decimals)


def told_by_hledger(text: Path, decimals: Decimals) -> Balances:
    """What `hledger` says of every account."""
    told = _run("hledger", "-f", str(text), "bal", "--no-total", "--layout=bare", "-O", "csv")
    rows = csv.DictReader(StringIO(told))
    return _balances(((row["account"], row["commodity"], row["balance"]) for row in rows), decimals)


def told_by_beancount(text: Path, decimals: Decimals, commodities: Iterable[str]) -> Balances:
    """What beancount says of every account, by the names that its declarations give them. It has to find no error."""
    entries, errors, _ = loader.load_file(str(text))
    assert errors == []
    known = {beancount_commodity(Commodity(name)): name for name in commodities}
    named = {entry.account: entry.meta["name"] for entry in entries if isinstance(entry, Open)}
    told = (
        (named[account.account], known[position.units.currency], str(position.units.number))
        for account in _accounts(entries)
        for position in account.balance
    )
    return _balances(told, decimals)


def _accounts(entries: Any) -> Iterator[Any]:
    """Every account with its balance; beancount has no types for it."""
    yield from realization.iter_children(realization.realize(entries))  # type: ignore[no-untyped-call]


_TABBED: Final[dict[str, Any]] = {"delimiter": "\t", "doublequote": False, "escapechar": "\\"}


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _balances(told: Iterable[tuple[str, str, str]], decimals: Decimals) -> Balances:
    found = dict(_in_base_units(told, decimals))
    return {key: amount for key, amount in found.items() if amount}


def _in_base_units(told: Iterable[tuple[str, str, str]], decimals: Decimals) -> Iterator[tuple[tuple[str, str], int]]:
    for account, written, amount in told:
        commodity = read_commodity(written)
        exact = Fraction(amount.replace(",", "")) * 10 ** decimals.get(AssetId(commodity), 0)
        assert exact.denominator == 1
        yield (read_account(account), commodity), exact.numerator
