"""The tables of the projections, and what their columns are: the rows of the reports, and what keeps them up.

The tables and views that are meant to be read are described in `projections/store/README.md`; a test holds the two to
each other.
"""

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

from projections.balances import TrialBalanceRow
from projections.case import CaseRow
from projections.deficits import DeficitRow
from projections.funds import FundRow
from projections.lenders import LenderRow
from projections.loans import LoanRow
from projections.pools import PoolRow
from projections.rows import measures, plain_type
from projections.store.amounts import Amount
from projections.store.mappings import Amounts

METADATA: Final = MetaData()

_TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by code point, as Python sorts it, whatever the locale."""

_RENAMED: Final = {"case": "case_id"}
"""A column is called as the report's field is, but for what is a word of SQL."""


def column_of(field: str) -> str:
    """The column that holds a field of a report's rows."""
    return _RENAMED.get(field, field)


def _columns(row_type: type[tuple[Any, ...]], *key: str) -> list[Column[Any]]:
    """A column for each field of a report's rows."""
    columns = []
    for field, measure in measures(row_type).items():
        kind, optional = plain_type(row_type, field)
        named: TypeEngine[Any] = _TEXT
        if kind is dict:
            named = Amounts()
        elif measure is not None:
            named = Amount()
        elif kind is int:
            named = BigInteger()
        columns.append(Column(column_of(field), named, primary_key=field in key, nullable=optional))
    return columns


# In SQLite the large tables are kept in order of their keys, without an index beside them.
LENDERS: Final = Table("lenders", METADATA, *_columns(LenderRow, "pool", "tranche", "lender"), sqlite_with_rowid=False)
FUNDS: Final = Table("funds", METADATA, *_columns(FundRow, "fund"))
DEFICITS: Final = Table("deficits", METADATA, *_columns(DeficitRow, "pool", "loan", "case"))
LOANS: Final = Table("loans", METADATA, *_columns(LoanRow, "pool", "loan"), sqlite_with_rowid=False)
POOLS: Final = Table("pools", METADATA, *_columns(PoolRow, "pool"))
CASES: Final = Table("cases", METADATA, Column("case_id", _TEXT, primary_key=True), *_columns(CaseRow, "position"))
TRIAL_BALANCE: Final = Table(
    "trial_balance",
    METADATA,
    *_columns(TrialBalanceRow, "account", "commodity"),
    Column("owner", _TEXT, nullable=False),
    sqlite_with_rowid=False,
)
ENTRIES: Final = Table(
    "entries",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, _TEXT, nullable=False) for name in ("recorded_at", "recorded_by", "type", "at", "id")),
    sqlite_with_rowid=False,
)
REGISTER: Final = Table(
    "register",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("account", _TEXT, nullable=False),
    Column("commodity", _TEXT, nullable=False),
    Column("amount", Amount, nullable=False),
    Column("balance", Amount, nullable=False),
    sqlite_with_rowid=False,
)
BY_ACCOUNT: Final = Index("register_by_account", REGISTER.c.account, REGISTER.c.position)
"""Made once the tables are filled for the first time: to keep it up meanwhile takes longer than to make it."""

REGISTER.indexes.remove(BY_ACCOUNT)

ASSETS: Final = Table(
    "assets", METADATA, Column("asset", _TEXT, primary_key=True), Column("decimals", BigInteger, nullable=False)
)

PROJECTIONS: Final = Table(
    "projections",
    METADATA,
    Column("name", _TEXT, primary_key=True),
    Column("book", _TEXT, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("entry_sha256", _TEXT, nullable=False),
    Column("as_of", _TEXT),
    Column("adjusted", BigInteger, nullable=False),
    Column("undone", _TEXT, nullable=False),
    Column("charters", _TEXT, nullable=False),
    Column("code", _TEXT, nullable=False),
)
"""How far each projection is: the last entry that is in it, and the SHA-256 of that one's stored bytes.

`undone` tells which of its entries are reversed, `charters` what was opened by then, `code` what folded it.
"""

CHARTERS: Final = Table(
    "charters",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("type", _TEXT, nullable=False),
    Column("id", _TEXT, nullable=False),
    Column("content", _TEXT, nullable=False),
)
POINTS: Final = Table(
    "points",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_sha256", _TEXT, nullable=False),
    Column("recorded_at", _TEXT, nullable=False),
    Column("lowest", _TEXT, nullable=False),
    Column("highest", _TEXT, nullable=False),
    Column("latest", _TEXT, nullable=False),
    Column("adjusted", BigInteger, nullable=False),
    Column("undone", _TEXT, nullable=False),
    Column("charters", _TEXT, nullable=False),
    Column("sha256", _TEXT, nullable=False),
)
"""Positions at which the folds are kept: from there a report of the past goes on.

`lowest` is the earliest effective time of the entries since the point before, `highest` the latest of all so far,
`latest` the latest that counts; `undone` tells which entries so far were reversed later, and so are not in the folds,
`charters` what was opened by then. `sha256` is that of all this.
"""

STATES: Final = Table(
    "states",
    METADATA,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("fold", _TEXT, primary_key=True),
    Column("sha256", _TEXT, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

PROJECTED: Final = {
    "lenders": LENDERS,
    "funds": FUNDS,
    "deficits": DEFICITS,
    "loans": LOANS,
    "pools": POOLS,
    "cases": CASES,
    "register": REGISTER,
    "trial-balance": TRIAL_BALANCE,
}
"""Each projection, with its table."""
