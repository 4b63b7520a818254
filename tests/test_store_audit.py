"""The audit of the projections in SQL: each row that is not as the fold has it is found, and what cannot be is told."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.exits import Exit
from ledger.journal import Journal
from ledger.journal.memory import MemoryJournal
from projections.store import compared as comparison
from projections.store.compared import Compared, compare
from projections.store.database import Database
from projections.store.refresh import NAMES
from projections.store.schema import METADATA
from projections.store.states import digest, packed
from tests.command_line import called, demo_book
from tests.histories import History, histories, recorded, written
from tests.projected import a_database, in_file, refreshed, small_steps
from tests.three_pools import three_pools

SOME: Final = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TURNS: Final = st.lists(
    st.tuples(st.integers(1, 90), st.sets(st.sampled_from(NAMES), min_size=1).map(tuple)), min_size=1, max_size=5
)
"""Projections that are brought up to positions, some at a time."""

FIVE: Final = "015"
"""The amount 5, as SQLite has it."""


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    with small_steps():
        yield


@pytest.fixture(scope="module")
def journal() -> Journal:
    """A book in which everything happens, with late facts and reversals."""
    return written(three_pools().facts)


@pytest.fixture(scope="module")
def made(journal: Journal, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tables at the head of that book, and points on the way."""
    folder = tmp_path_factory.mktemp("tables")
    refreshed(in_file(folder), journal)
    changed(folder, "PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@pytest.fixture
def tables(made: Path, tmp_path: Path) -> Database:
    """Those tables, to be changed."""
    shutil.copy(made / "book.db.views", tmp_path)
    return in_file(tmp_path)


def changed(folder: Path, statement: str, *values: object) -> int:
    """Change the tables by plain SQL. Gives how many rows that changed."""
    with closing(sqlite3.connect(folder / "book.db.views")) as connection, connection:
        return connection.execute(statement, values).rowcount


def first(table: str) -> str:
    """The condition by which a row is the first of its table."""
    key = ", ".join(METADATA.tables[table].primary_key.columns.keys())
    return f"WHERE ({key}) = (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1)"  # noqa: S608  (names of our own)


def asked(folder: Path, question: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(folder / "book.db.views")) as connection:
        return connection.execute(question).fetchall()


def told(found: Compared) -> list[str]:
    """All that a comparison tells."""
    return [*map(str, found.findings), *found.unchecked]


# What is as it should be.


@SOME
@given(history=histories(), turns=TURNS)
def test_tables_that_were_brought_up_in_any_way_are_found_to_be_as_the_fold_has_them(
    history: History, turns: list[tuple[int, tuple[str, ...]]]
) -> None:
    journal = recorded(history)
    with a_database() as database:
        for through, names in turns:
            refreshed(database, journal, through, names)
            assert told(compare(database, journal)) == []
        refreshed(database, journal)
        found = compare(database, journal)
    assert told(found) == []
    assert found.positions == dict.fromkeys(NAMES, len(history))
    assert found.points


def test_tables_in_postgresql_are_found_to_be_as_the_fold_has_them(journal: Journal, postgres_url: str) -> None:
    database = Database(postgres_url, patience=20)
    refreshed(database, journal)
    found = compare(database, journal)
    assert told(found) == []
    assert found.points > 3


def test_tables_that_are_behind_are_compared_where_they_are(journal: Journal, tmp_path: Path) -> None:
    database = in_file(tmp_path)
    refreshed(database, journal, 40)
    refreshed(database, journal, 60, ("lenders",))
    found = compare(database, journal)
    assert told(found) == []
    assert found.positions == {**dict.fromkeys(NAMES, 40), "lenders": 60}


def test_of_no_tables_there_is_nothing_to_say(journal: Journal, tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path / 'empty'}", patience=20)
    with closing(sqlite3.connect(tmp_path / "book.db.views")) as connection:
        connection.execute("CREATE TABLE others (name)")
    found = compare(in_file(tmp_path), journal)
    assert (told(found), found.positions) == ([], {})


# What is not.


@pytest.mark.parametrize(
    ("table", "change", "field"),
    [
        ("lenders", "balance = '015'", "balance"),
        ("funds", "drawn = '017'", "drawn"),
        ("deficits", "age_days = 77", "age_days"),
        ("loans", "status = 'closed by mail'", "status"),
        ("loans", 'collateral = \'{"none":"1"}\'', "collateral"),
        ("pools", "cash = '015'", "cash"),
        ("pools", "share_price = '{}'", "share_price"),
        ("cases", "available = '019'", "available"),
        ("entries", "recorded_by = 'nobody'", "recorded_by"),
        ("register", "balance = '019'", "balance"),
        ("trial_balance", "owner = 'nobody'", "owner"),
        ("charters", "content = '{}'", "content"),
        ("assets", "decimals = 77", "decimals"),
        ("projections", "as_of = NULL", "as_of"),
        ("projections", "adjusted = 77", "adjusted"),
        ("projections", "undone = 'none'", "undone"),
        ("points", "lowest = '9'", "lowest"),
        ("points", "latest = '9'", "latest"),
        ("points", "recorded_at = '9'", "recorded_at"),
        ("states", "content = x'80'", "content"),
        ("states", "content = 'text'", "content"),
        ("states", "sha256 = 'none'", "content"),
    ],
)
def test_a_row_that_is_changed_is_found(
    journal: Journal, tables: Database, tmp_path: Path, table: str, change: str, field: str
) -> None:
    assert changed(tmp_path, f"UPDATE {table} SET {change} {first(table)}") == 1  # noqa: S608
    found = compare(tables, journal)
    assert (found.findings[0].projection.replace("-", "_"), found.findings[0].field) == (table, field)
    assert found.unchecked == []


def test_a_finding_tells_the_row_and_what_the_one_says_and_the_other(
    journal: Journal, tables: Database, tmp_path: Path
) -> None:
    (row,) = asked(tmp_path, "SELECT pool, tranche, lender, deposited FROM lenders ORDER BY 1, 2, 3 LIMIT 1")
    *key, deposited = row
    changed(tmp_path, "UPDATE lenders SET deposited = '015' WHERE (pool, tranche, lender) = (?, ?, ?)", *key)
    assert told(compare(tables, journal)) == [
        f"lenders {' '.join(key)}: deposited is 5 in the table, {int(deposited[2:])} by the fold"
    ]


def test_an_amount_that_is_not_written_as_amounts_are_is_another(
    journal: Journal, tables: Database, tmp_path: Path
) -> None:
    changed(tmp_path, "UPDATE lenders SET deposited = '99' || substr(deposited, 3) " + first("lenders"))  # noqa: S608  (likewise)
    (found,) = compare(tables, journal).findings
    assert found.field == "deposited"
    assert found.table != found.fold


TABLES: Final = ("lenders", "funds", "deficits", "loans", "pools", "cases", "entries", "register", "trial_balance")


@pytest.mark.parametrize("table", [*TABLES, "charters", "assets"])
def test_a_row_that_is_missing_is_found(journal: Journal, tables: Database, tmp_path: Path, table: str) -> None:
    assert changed(tmp_path, f"DELETE FROM {table} {first(table)}") == 1  # noqa: S608  (a name of our own)
    (found,) = compare(tables, journal).findings
    assert (found.projection.replace("-", "_"), found.table) == (table, "missing")


@pytest.mark.parametrize(
    ("table", "key"),
    [
        *((table, "pool") for table in ("lenders", "deficits", "loans", "pools")),
        *[("funds", "fund"), ("trial_balance", "account"), ("cases", "case_id"), ("assets", "asset")],
        *[("entries", "position"), ("register", "position"), ("charters", "position")],
    ],
)
def test_rows_that_are_too_much_are_found_wherever_they_sort(
    journal: Journal, tables: Database, tmp_path: Path, table: str, key: str
) -> None:
    changed(tmp_path, f"CREATE TABLE more AS SELECT * FROM {table} LIMIT 1")  # noqa: S608  (names of our own)
    for value in ("-7", "10000", "!", "~", b"text"):
        changed(tmp_path, f"UPDATE more SET {key} = ?", value)  # noqa: S608  (likewise)
        changed(tmp_path, f"INSERT INTO {table} SELECT * FROM more")  # noqa: S608  (likewise)
    found = compare(tables, journal)
    assert [(finding.projection.replace("-", "_"), finding.table) for finding in found.findings] == [
        (table, "a row")
    ] * 5


def test_a_state_that_is_another_is_found_whatever_its_digest(
    journal: Journal, tables: Database, tmp_path: Path
) -> None:
    content = packed({})
    changed(tmp_path, "UPDATE states SET content = ?, sha256 = ? WHERE fold = 'funds'", content, digest(content))
    found = compare(tables, journal)
    assert {(finding.projection, finding.table) for finding in found.findings} == {("states", "a state")}
    assert found.found == len(asked(tmp_path, "SELECT 1 FROM states WHERE fold = 'funds'"))


def test_points_of_which_no_projection_tells_are_found(journal: Journal, tables: Database, tmp_path: Path) -> None:
    changed(tmp_path, "UPDATE points SET undone = 'none' " + first("points"))  # noqa: S608  (likewise)
    found = {(finding.projection, finding.field) for finding in compare(tables, journal).findings}
    assert found == {("points", "sha256"), ("states", "")}


def test_all_findings_are_counted_and_the_first_spelled_out(
    journal: Journal, tables: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "MOST", 3)
    count = changed(tmp_path, "DELETE FROM register")
    found = compare(tables, journal)
    assert (found.found, len(found.findings)) == (count, 3)


# What cannot be checked.


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE projections SET code = 'other' WHERE name = 'loans'", "of other code"),
        ("DROP TABLE register", "missing"),
        ("DROP VIEW general_ledger", "missing"),
        ("UPDATE projections SET entry_sha256 = 'other' WHERE name = 'loans'", "loans is of another book"),
        ("UPDATE projections SET position = 1000 WHERE name = 'loans'", "loans is of another book"),
        ("UPDATE projections SET position = 'far' WHERE name = 'loans'", "loans is of another book"),
        ("UPDATE projections SET name = 'tax' WHERE name = 'loans'", "tax is no projection"),
        ("DELETE FROM projections WHERE name = 'cases'", "cases has rows"),
        ("DELETE FROM projections", "register has rows"),
        ("ALTER TABLE projections RENAME COLUMN undone TO done", "undone"),
    ],
)
def test_what_cannot_be_checked_is_told(
    journal: Journal, tables: Database, tmp_path: Path, statement: str, why: str
) -> None:
    changed(tmp_path, statement)
    found = compare(tables, journal)
    assert why in "\n".join(found.unchecked)
    assert found.found == 0


def test_tables_of_another_book_cannot_be_checked(tables: Database) -> None:
    found = compare(tables, MemoryJournal())
    assert len(found.unchecked) == len(NAMES)
    assert (found.positions, found.found) == ({}, 0)


def test_a_database_that_is_damaged_cannot_be_checked(journal: Journal, tables: Database, tmp_path: Path) -> None:
    changed(tmp_path, "PRAGMA wal_checkpoint(TRUNCATE)")
    path = tmp_path / "book.db.views"
    path.write_bytes(path.read_bytes()[:20_000])
    assert len(compare(tables, journal).unchecked) == 1


# At the command line.


@pytest.fixture
def book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The book of the demo, as `book.db`, with its tables."""
    path = demo_book(tmp_path)
    if path.name != "book.db":
        path = path.rename(tmp_path / "book.db")
    assert called(capsys, "--db", str(path), "refresh").code == Exit.CLEAN
    return path


def test_an_audit_says_that_projections_were_compared(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "--db", str(book), "replay", "--audit")
    assert done.code == Exit.CLEAN
    assert "8 projections at position" in done.out.splitlines()[-1]
    assert done.out.endswith("compared with the fold: 0 findings\n")


def test_an_audit_tells_what_differs_and_ends_with_a_finding(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(tmp_path, "UPDATE funds SET drawn = '015'")
    done = called(capsys, "--db", str(book), "replay", "--audit", "-O", "json")
    assert done.code == Exit.FINDINGS
    assert "drawn is 5 in the table, " in done.err
    assert "compared with the fold: 1 findings" in done.err


def test_an_audit_that_could_not_check_projections_is_not_clean(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(tmp_path, "UPDATE projections SET code = 'other'")
    done = called(capsys, "--db", str(book), "replay", "--audit")
    assert done.code == Exit.UNCHECKED
    assert "of other code" in done.err


def test_an_audit_up_to_a_position_does_not_call_projections_clean_that_are_beyond_it(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = called(capsys, "--db", str(book), "replay", "--audit", "--position", "3")
    assert done.code == Exit.UNCHECKED
    assert "beyond 3" in done.err
    assert called(capsys, "--db", str(book), "replay", "--position", "3").code == Exit.CLEAN
