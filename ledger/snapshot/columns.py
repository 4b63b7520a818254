"""What books hold most of, in columns: a hundred thousand objects are read sooner one part of all after the other."""

from array import array
from collections.abc import Mapping
from itertools import islice, repeat
from typing import Any

from ledger.cases import Loan
from ledger.registers import _Held
from ledger.values import Account, LoanId

Columns = tuple[list[Any], ...]


def loans_in_columns(loans: Mapping[LoanId, Loan]) -> Columns:
    """The names of loans, and each of their parts."""
    return list(loans), *([_flat(getattr(loan, name)) for loan in loans.values()] for name in Loan.__slots__)


def loans_of(columns: Columns) -> dict[LoanId, Loan]:
    """The loans of columns."""
    names, *parts = columns
    return dict(zip(names, map(Loan, *(_rounded(part) for part in parts)), strict=True))


def _flat(part: object) -> object:
    """An array as its bytes."""
    return part.tobytes() if isinstance(part, array) else part


def _rounded(part: list[Any]) -> list[Any]:
    return [array("q", one) if type(one) is bytes else one for one in part]


def notes_in_columns(notes: Mapping[Account, list[_Held]]) -> Columns:
    """The accounts that something is noted of, how often, and what."""
    held = [one for noted in notes.values() for one in noted]
    counts = [len(noted) for noted in notes.values()]
    return list(notes), counts, [one.through for one in held], [one.shares for one in held]


def notes_of(columns: Columns) -> dict[Account, list[_Held]]:
    """The notes of columns."""
    accounts, counts, through, shares = columns
    held = map(tuple.__new__, repeat(_Held), zip(through, shares, strict=True))
    return {account: list(islice(held, count)) for account, count in zip(accounts, counts, strict=True)}
