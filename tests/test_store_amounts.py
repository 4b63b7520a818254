"""Amounts in SQL: kept exactly, sorted and compared by plain SQL as the numbers they are, and shown in units."""

from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.engine import make_url

from cli.amounts import in_units
from projections.store.amounts import LENGTH_MAX, decoder, encoder, integer, sortable
from projections.store.database import Database
from projections.store.mappings import decoded, encoded
from projections.store.schema import ASSETS, FUNDS, LOANS, POOLS, TRIAL_BALANCE
from projections.store.views import NAMES
from tests.projected import in_file

POSTGRESQL: Final = make_url("postgresql+psycopg://").get_dialect()()
SQLITE: Final = make_url("sqlite://").get_dialect()()

HUGE: Final = 2**256
AMOUNTS: Final = st.integers(-(10**9), 10**9) | st.integers(-HUGE, HUGE) | st.integers(-(10**98), 10**98)
EDGES: Final = sorted(
    sign * edge + step
    for edge in (2**63, 2**64, 2**255, 2**256, 10**18, 10**9, 10)
    for sign in (-1, 1)
    for step in (-1, 0, 1)
)
"""Amounts at which a narrower number, or a comparison of text, would go wrong; each of them once."""


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database of each kind, with empty tables."""
    kept = (
        in_file(tmp_path)
        if request.param == "sqlite"
        else Database(request.getfixturevalue("postgres_url"), patience=5)
    )
    with kept.writing() as connection:
        kept.make(connection)
    return kept


def put_funds(database: Database, amounts: list[int], decimals: int = 0) -> None:
    """A fund for each amount, with it as the balance, and everything else nothing."""
    nothing = dict.fromkeys(("contributed", "withdrawn", "drawn", "reimbursed", "adjusted"), 0)
    rows = [
        {"fund": f"fund-{number:03d}", "asset": "A", "balance": amount} | nothing
        for number, amount in enumerate(amounts)
    ]
    with database.writing() as connection:
        connection.execute(insert(FUNDS), rows)
        connection.execute(insert(ASSETS), [{"asset": "A", "decimals": decimals}])


def asked(database: Database, question: str) -> list[tuple[object, ...]]:
    """What plain SQL answers."""
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(question))]


def plain(value: object) -> str:
    """A number as digits, whatever the driver makes of it."""
    return value if isinstance(value, str) else f"{value:f}"


# The text.


@given(st.lists(AMOUNTS))
def test_the_texts_of_amounts_sort_as_the_amounts_do(amounts: list[int]) -> None:
    assert sorted(map(sortable, amounts)) == list(map(sortable, sorted(amounts)))


@given(AMOUNTS, AMOUNTS)
def test_two_texts_compare_byte_by_byte_as_the_amounts_do(one: int, other: int) -> None:
    assert (sortable(one).encode() < sortable(other).encode()) == (one < other)
    assert (sortable(one) == sortable(other)) == (one == other)


@given(AMOUNTS)
def test_an_amount_comes_back_out_of_its_text(amount: int) -> None:
    assert integer(sortable(amount)) == amount


@given(st.dictionaries(st.text(max_size=5), st.none() | AMOUNTS))
def test_amounts_by_name_come_back_out_of_their_text(amounts: dict[str, int | None]) -> None:
    assert decoded(encoded(amounts)) == amounts


@pytest.mark.parametrize(
    ("amount", "kept"), [(0, "010"), (1_234, "041234"), (-1_234, "-958765 -1234"), (-1, "-988 -1"), (10, "0210")]
)
def test_the_text_of_an_amount_can_be_read(amount: int, kept: str) -> None:
    assert sortable(amount) == kept


@pytest.mark.parametrize("amount", [10**LENGTH_MAX, -(10**LENGTH_MAX)])
def test_an_amount_that_is_too_long_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match="an amount of 100 digits is longer than 99"):
        sortable(amount)
    assert integer(sortable(10**LENGTH_MAX - 1)) == 10**LENGTH_MAX - 1


def test_a_database_with_exact_numbers_is_given_the_number() -> None:
    assert encoder(POSTGRESQL)(HUGE) == HUGE
    assert decoder(POSTGRESQL)("12") == 12
    assert encoder(SQLITE)(5) == "015"


# Plain SQL over the tables.


def test_amounts_come_back_as_they_were_put(database: Database) -> None:
    put_funds(database, EDGES)
    with database.reading() as connection:
        assert list(connection.execute(select(FUNDS.c.balance).order_by(FUNDS.c.fund)).scalars()) == EDGES


def test_rows_are_ordered_by_amount(database: Database) -> None:
    put_funds(database, EDGES[::-1])
    with database.reading() as connection:
        assert list(connection.execute(select(FUNDS.c.balance).order_by(FUNDS.c.balance)).scalars()) == sorted(EDGES)


def test_the_least_and_the_greatest_are_found(database: Database) -> None:
    put_funds(database, EDGES)
    found = asked(database, "SELECT fund FROM funds WHERE balance = (SELECT max(balance) FROM funds)")
    least = asked(database, "SELECT fund FROM funds WHERE balance = (SELECT min(balance) FROM funds)")
    assert found == [(f"fund-{EDGES.index(max(EDGES)):03d}",)]
    assert least == [("fund-000",)]


@pytest.mark.parametrize("limit", [2**63, 2**64 - 1, 2**255, -(10**18), 0, -1])
def test_amounts_are_compared_with_an_amount(database: Database, limit: int) -> None:
    put_funds(database, EDGES)
    with database.reading() as connection:
        below = connection.execute(select(FUNDS.c.balance).where(FUNDS.c.balance < limit)).scalars()
        assert sorted(below) == sorted(amount for amount in EDGES if amount < limit)


# In units.


@pytest.mark.parametrize("decimals", [0, 1, 6, 18, 77, 120])
def test_a_view_in_units_is_exact_to_the_last_digit(database: Database, decimals: int) -> None:
    put_funds(database, EDGES, decimals)
    shown = asked(database, "SELECT balance FROM funds_in_units ORDER BY fund")
    assert [plain(value) for (value,) in shown] == [
        in_units(amount, decimals, shown=decimals).replace(",", "") for amount in EDGES
    ]


def test_what_is_no_asset_is_shown_as_it_is(database: Database) -> None:
    with database.writing() as connection:
        row = {"account": "register:p:lenders:x", "commodity": "shares:p:lenders", "debit": 12, "credit": 0}
        connection.execute(insert(TRIAL_BALANCE), [row | {"owner": "p"}])
    ((debit, credit),) = asked(database, "SELECT debit, credit FROM trial_balance_in_units")
    assert (plain(debit), plain(credit)) == ("12", "0")


def test_each_view_can_be_read(database: Database) -> None:
    with database.reading() as connection:
        assert [connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in NAMES] == [[]] * len(NAMES)  # noqa: S608  (names of our own)


# By name.


def put_a_pool(connection: Connection) -> None:
    """A pool of two tranches, one without a price, and a loan with collateral in two assets."""
    nothing = dict.fromkeys(("cash", "loans", "interest", "defaulted", "deficit", "allowance", "reserve"), 0)
    more = dict.fromkeys(("rounding", "surplus", "recoveries", "restitution", "unrealized"), 0)
    by_name = {"claims": {"junior": 5, "lenders": HUGE}, "share_price": {"junior": None, "lenders": 10**18}}
    connection.execute(insert(POOLS), [{"pool": "p", "asset": "A"} | nothing | more | by_name])
    loan = {"pool": "p", "loan": "l", "borrower": "b", "asset": "A", "status": "performing"}
    amounts = {"principal": 1, "interest": 2, "debt": 3, "collateral": {"ETH": HUGE, "UNI": 7}}
    connection.execute(insert(LOANS), [loan | amounts])


def test_what_is_kept_by_name_has_a_row_for_each_name(database: Database) -> None:
    with database.writing() as connection:
        put_a_pool(connection)
    claims = asked(database, "SELECT pool, tranche, amount FROM pool_claims ORDER BY tranche")
    prices = asked(database, "SELECT tranche, price_wad FROM pool_share_price ORDER BY tranche")
    held = asked(database, "SELECT pool, loan, asset, quantity FROM loan_collateral ORDER BY asset")
    assert [(*names, int(str(amount))) for *names, amount in claims] == [("p", "junior", 5), ("p", "lenders", HUGE)]
    assert [(name, price and int(str(price))) for name, price in prices] == [("junior", None), ("lenders", 10**18)]
    assert [(*names, int(str(amount))) for *names, amount in held] == [("p", "l", "ETH", HUGE), ("p", "l", "UNI", 7)]
