"""Who else is at the database: runners at once, readers meanwhile, programs of others, and a disk that fails."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from sqlalchemy.engine import make_url

from ledger.errors import AskedAmiss, JournalLocked, JournalReadOnly, NotABook, StorageFailed
from ledger.journal import Journal
from projections.reading import Asked
from projections.store.database import Database
from projections.store.refresh import Runner
from tests.histories import History, histories, recorded, written
from tests.postgres import Postgres
from tests.projected import by_fold, by_tables, differing, differing_at, in_file, refreshed, small_steps
from tests.three_pools import three_pools

RUNNERS: Final = 4
OTHERS: Final = {
    "a table called as ours": ("CREATE TABLE lenders (name text)",),
    "cursors of others": ("CREATE TABLE projections (name text)",),
    "a view called as ours": ("CREATE TABLE kept (name text)", "CREATE VIEW general_ledger AS SELECT name FROM kept"),
}


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    with small_steps():
        yield


@pytest.fixture(scope="module")
def everything() -> Journal:
    return written(three_pools().facts)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return in_file(tmp_path)
    return Database(request.getfixturevalue("postgres_url"), patience=20)


def executed(database: Database, *statements: str) -> None:
    """What another program does in the same database."""
    with database._engine.begin() as connection:  # noqa: SLF001  (as another program would)
        for statement in statements:
            connection.execute(text(statement))


# PostgreSQL says what SQLite says.


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories())
def test_tables_in_postgresql_say_what_the_fold_says(postgres_server: Postgres, history: History) -> None:
    journal = recorded(history)
    with postgres_server.database() as url:
        database = Database(url, patience=5)
        runner, middle = Runner(database, journal), len(history) // 2
        runner.refresh(through=middle)
        halfway = differing(database, journal, middle)
        runner.refresh()
        assert (halfway, differing(database, journal)) == ([], [])
        assert differing_at(database, journal, Asked(position=middle)) == []


def test_a_book_in_which_everything_happens_says_the_same_in_postgresql(everything: Journal, postgres_url: str) -> None:
    database = Database(postgres_url, patience=5)
    refreshed(database, everything, 60)
    refreshed(database, everything)
    assert differing(database, everything) == []
    assert differing_at(database, everything, Asked(position=70)) == []
    Runner(database, everything).refresh(rebuild=True)
    assert differing(database, everything) == []


# At once.


def test_runners_at_once_take_turns_and_none_fails(database: Database, everything: Journal) -> None:
    with ThreadPoolExecutor(RUNNERS) as threads:
        ended = [threads.submit(refreshed, database, everything) for _ in range(RUNNERS)]
    assert [one.result() for one in ended] == [None] * RUNNERS
    assert differing(database, everything) == []


def test_runners_that_make_tables_anew_at_once_leave_true_ones(database: Database, everything: Journal) -> None:
    refreshed(database, everything, 50)
    with ThreadPoolExecutor(RUNNERS) as threads:
        ended = [
            threads.submit(Runner(database, everything).refresh, rebuild=number % 2 == 0) for number in range(RUNNERS)
        ]
    assert [one.exception() for one in ended] == [None] * RUNNERS
    refreshed(database, everything)
    assert differing(database, everything) == []


def test_a_reader_sees_one_moment_while_a_runner_goes_on(database: Database, everything: Journal) -> None:
    refreshed(database, everything)
    with database.reading() as connection:
        before = connection.execute(text("SELECT count(*) FROM register")).scalar()
        Runner(database, everything).refresh(rebuild=True, through=10)
        assert connection.execute(text("SELECT count(*) FROM register")).scalar() == before
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM register")).scalar() != before


def test_the_rows_of_a_report_are_of_the_moment_that_its_head_says(database: Database, everything: Journal) -> None:
    from projections.reports import REPORTS
    from projections.store.served import served

    refreshed(database, everything)
    begun = served(database, everything, REPORTS["lenders"], {})
    assert begun is not None
    Runner(database, everything).refresh(rebuild=True, through=10)
    assert (list(begun.made.rows), begun.shown) == by_fold(everything, "lenders")


def test_a_runner_waits_only_so_long_for_another(
    request: pytest.FixtureRequest, tmp_path: Path, everything: Journal
) -> None:
    for url in (f"sqlite:///{tmp_path / 'v.views'}", request.getfixturevalue("postgres_url")):
        refreshed(Database(url, patience=5), everything, 10)
        with Database(url, patience=5).writing(), pytest.raises(JournalLocked, match="another one is writing it"):
            refreshed(Database(url, patience=1), everything)


# Others.


@pytest.mark.parametrize("statements", OTHERS.values(), ids=OTHERS)
def test_what_others_have_is_refused_and_left_alone(
    database: Database, everything: Journal, statements: tuple[str, ...]
) -> None:
    executed(database, *statements)
    with pytest.raises(NotABook, match="is a database of something else; projections are not put into it"):
        refreshed(database, everything)
    with database.reading() as connection:
        assert connection.execute(text(f"SELECT * FROM {statements[-1].split()[2]}")).all() == []  # noqa: S608


def test_an_sqlite_file_of_another_program_keeps_every_byte(tmp_path: Path, everything: Journal) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE kept (name TEXT)")
        other.commit()
    before = (tmp_path / "other.db").read_bytes()
    with pytest.raises(NotABook):
        refreshed(in_file(tmp_path, "other.db"), everything)
    assert by_tables(in_file(tmp_path, "other.db"), everything, "lenders") is None
    assert [path.name for path in tmp_path.iterdir()] == ["other.db"]
    assert (tmp_path / "other.db").read_bytes() == before


def test_tables_of_others_beside_ours_in_postgresql_stay(postgres_url: str, everything: Journal) -> None:
    database = Database(postgres_url, patience=5)
    executed(database, "CREATE TABLE kept (name text)", "INSERT INTO kept VALUES ('theirs')")
    refreshed(database, everything)
    executed(database, "UPDATE projections SET code = 'other'")
    refreshed(database, everything)
    with database.reading() as connection:
        assert connection.execute(text("SELECT name FROM kept")).all() == [("theirs",)]
    assert differing(database, everything) == []


def test_a_view_of_others_on_ours_outlives_every_refresh(postgres_url: str, everything: Journal) -> None:
    database = Database(postgres_url, patience=5)
    refreshed(database, everything, 50)
    executed(database, "CREATE VIEW owed AS SELECT pool, balance FROM lenders_in_units")
    refreshed(database, everything)
    Runner(database, everything).refresh(rebuild=True)
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM owed")).scalar() == len(by_fold(everything, "lenders")[0])


def test_a_role_that_may_only_read_is_told_so(postgres_url: str, everything: Journal) -> None:
    database = Database(postgres_url, patience=5)
    refreshed(database, everything, 10)
    name = make_url(postgres_url).database
    executed(database, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(JournalReadOnly, match="it is read-only"):
        refreshed(database, everything)
    assert by_tables(database, everything, "lenders") is None


# Where it cannot be.


@pytest.mark.parametrize(
    ("url", "saying"),
    [
        ("postgresql://user:secret@host:port/books", "named by no URL that can be read"),
        ("://", "named by no URL that can be read"),
        ("mysql://user:secret@host/books", "kept in SQLite and PostgreSQL, not in mysql"),
        ("postgresql+none://user:secret@host/books", "Can't load plugin"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///file:a.views?mode=ro&uri=true", "names no file"),
    ],
)
def test_a_url_that_leads_nowhere_is_refused_without_its_password(url: str, saying: str) -> None:
    with pytest.raises(AskedAmiss) as refused:
        Database(url, patience=1)
    assert saying in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["postgresql://user:secret@127.0.0.1:1/books", "postgresql://user@127.0.0.1:1/books?password=secret"]
)
def test_a_server_that_does_not_answer_is_told_without_a_password(url: str, everything: Journal) -> None:
    database = Database(url, patience=1)
    with pytest.raises(StorageFailed) as told:
        refreshed(database, everything)
    assert "127.0.0.1" in str(told.value)
    assert "secret" not in f"{told.value}{database.shown}"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, everything: Journal) -> None:
    with pytest.raises(JournalReadOnly, match="no such folder"):
        refreshed(in_file(tmp_path / "missing"), everything)
