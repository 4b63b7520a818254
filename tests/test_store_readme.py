"""What the README of the tables says is so: every table, view and column, and the questions to begin with."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import inspect, text

from ledger.journal import Journal
from projections.store.database import Database
from projections.store.schema import METADATA
from projections.store.views import NAMES
from tests.histories import written
from tests.projected import by_fold, in_file, refreshed
from tests.three_pools import three_pools

README: Final = (Path(__file__).parents[1] / "projections" / "store" / "README.md").read_text(encoding="utf-8")
MACHINE: Final = {"projections", "points", "states", "charters"}


@pytest.fixture(scope="module")
def everything() -> Journal:
    return written(three_pools().facts)


@pytest.fixture(scope="module")
def folder(everything: Journal, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tables of a book."""
    folder = tmp_path_factory.mktemp("readme")
    refreshed(in_file(folder), everything)
    return folder


@pytest.fixture
def connection(folder: Path) -> Iterator[sqlite3.Connection]:
    """The tables as any program of SQLite sees them."""
    with closing(sqlite3.connect(f"{(folder / 'book.db.views').as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def section(heading: str) -> str:
    """What stands under a heading, up to the next of its level or a higher one."""
    level = heading.split(" ", maxsplit=1)[0]
    found: str = re.split(rf"^#{{1,{len(level)}}} ", README.split(f"\n{heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[
        0
    ]
    return found


def named(paragraph: str) -> set[str]:
    """What a text names as code."""
    return set(re.findall(r"`(\w+)`", paragraph))


def told_of(table: str) -> set[str]:
    """What is said of a table: its paragraph, or its line in the list of those for the machine."""
    paragraph = re.search(rf"^\*\*`{table}`\*\* — (.*?)\n\n", README, re.MULTILINE | re.DOTALL)
    line = re.search(rf"^\| `{table}` \| (.*)$", section("## For the machine"), re.MULTILINE)
    found = paragraph or line
    return named(found[1]) if found else set()


def questions(kind: str) -> list[str]:
    return re.findall(r"```sql\n(.*?)```", section(f"### {kind}"), re.DOTALL)


@pytest.mark.parametrize("table", METADATA.tables.values(), ids=METADATA.tables)
def test_every_column_of_a_table_is_told(table: Any) -> None:
    assert {column.name for column in table.columns} - told_of(table.name) == set()


@pytest.mark.parametrize("name", sorted({*METADATA.tables} - MACHINE))
def test_the_key_of_a_table_is_told(name: str) -> None:
    line = re.search(rf"^\| `{name}` \| [^|`]* \| (.*) \|$", README, re.MULTILINE)
    assert line is not None
    assert re.findall(r"`(\w+)`", line[1]) == METADATA.tables[name].primary_key.columns.keys()


def test_the_tables_of_the_machine_are_told_apart() -> None:
    assert named(section("## For the machine")) >= MACHINE
    assert {*METADATA.tables} - MACHINE <= named(section("## Tables of reports"))


def test_every_view_is_told() -> None:
    assert {*NAMES} - named(section("## Views")) == set()


@pytest.mark.parametrize("view", ["general_ledger", "loan_collateral", "pool_claims", "pool_share_price"])
def test_every_column_of_a_view_of_its_own_is_told(folder: Path, view: str) -> None:
    with in_file(folder).reading() as connection:
        columns = {column["name"] for column in inspect(connection).get_columns(view)}
    line = re.search(rf"^\| `{view}` \| (.*)$", section("## Views"), re.MULTILINE)
    assert line is not None
    assert columns == named(line[1])


def test_an_exact_sum_is_made_as_it_says(connection: sqlite3.Connection, everything: Journal) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(block, {"connection": connection})  # noqa: S102  (the README's own lines)
    ((total, least),) = connection.execute("SELECT exact_sum(amount), min(amount) < '010' FROM register")
    ((owed,),) = connection.execute("SELECT exact_sum(balance) FROM lenders")
    assert (total, least) == ("0", 1)
    assert int(owed) == sum(row.balance for row in rows(everything, "lenders"))


def test_the_questions_of_sqlite_are_answered(connection: sqlite3.Connection, everything: Journal) -> None:
    owed, losses, moved = (connection.execute(question).fetchall() for question in questions("SQLite"))
    lenders, register = rows(everything, "lenders"), rows(everything, "register")
    assert {pool: amount for pool, _, amount in owed} == owed_by_pool(lenders)
    assert [row[:3] for row in losses] == [
        (row.pool, row.tranche, row.lender) for row in sorted(lenders, key=by_loss) if row.losses
    ][:10]
    cash = [row for row in register if re.fullmatch("assets:.*:cash", row.account)]
    assert [row[:3] for row in moved] == [(row.position, row.at, row.type) for row in cash]


def test_the_questions_of_postgresql_are_answered(postgres_url: str, everything: Journal) -> None:
    database = Database(postgres_url, patience=5)
    refreshed(database, everything)
    with database.reading() as connection:
        owed, equal, moved = (connection.execute(text(question)).all() for question in questions("PostgreSQL"))
    assert {row.pool: int(row.owed) for row in owed} == owed_by_pool(rows(everything, "lenders"))
    assert {row.equal for row in equal} == {True}
    assert sum(row.moved for row in moved) == 0
    assert len({row.month for row in moved}) > 1


def rows(journal: Journal, report: str) -> list[Any]:
    return list(by_fold(journal, report)[0])


def owed_by_pool(lenders: list[Any]) -> dict[str, int]:
    return {pool: sum(row.balance for row in lenders if row.pool == pool) for pool in {row.pool for row in lenders}}


def by_loss(row: Any) -> tuple[Any, ...]:
    return -row.losses, row.pool, row.tranche, row.lender
