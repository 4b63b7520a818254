"""The verb `refresh`, and reports beside its tables: the same bytes with and without them, and readers change none."""

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from cli.exits import Exit
from tests.command_line import (
    PATIENCE,
    begun,
    bytes_of,
    called,
    desk_book,
    fact,
    files_up_to,
    held_to_permissions,
    interrupted,
    recorded,
    run,
)

ALL: Final = "lenders, funds, deficits, loans, pools, cases, register, trial-balance"
ASKED: Final = (
    *("lenders", "lenders --pool alpha", "lenders --lender alice", "lenders --pool beta --lender bob"),
    *("lenders --losses", "funds", "funds --fund cushion", "deficits", "deficits --case C1", "deficits --pool beta"),
    *("loans", "loans --loan L1", "loans --pool beta", "pools", "pools --pool alpha", "case C1"),
    *("trial-balance", "trial-balance --pool beta", "trial-balance --fund cushion", "register", "register --case C1"),
    *("events", "aging", "recovery", "statement alice", "rollforward lenders --period month"),
)
POINTS: Final = ("", "--as-of 2022-11-12", "--known-at 2022-12-01T09:00:00Z", "--position 13")
FORMS: Final = ("table", "csv", "json", "jsonl")
LATER: Final = fact("deposited", "2022-12-03T00:00:00Z", pool="beta", lender="carol", assets="5", shares="5")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return desk_book(tmp_path)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book with its tables, only read."""
    book = desk_book(tmp_path_factory.mktemp("kept"))
    assert run(["--db", "desk.db", "refresh"], book.parent).code == Exit.CLEAN
    return book


def beside(book: Path) -> Path:
    return book.with_name(f"{book.name}.views")


def table_of(book: Path) -> str:
    return f"recoup: {beside(book)}: "


# What is brought up.


def test_all_projections_are_brought_to_the_head(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "--db", str(book), "refresh")
    assert done == (Exit.CLEAN, "", f"{table_of(book)}{ALL}: from position 0 to 18\n")
    assert beside(book).exists()


def test_what_is_at_the_head_already_stays(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    called(capsys, "--db", str(book), "refresh")
    before = bytes_of(beside(book))
    assert called(capsys, "--db", str(book), "refresh").err == f"{table_of(book)}{ALL}: at position 18\n"
    assert bytes_of(beside(book)) == before


def test_a_file_may_be_called_as_a_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = desk_book(tmp_path).rename(tmp_path / "a?b #1.db")
    called(capsys, "--db", str(book), "refresh")
    called(capsys, "--db", str(book), "--views", str(tmp_path / "c?d.views"), "refresh")

    assert beside(book).exists()
    assert (tmp_path / "c?d.views").exists()
    assert not (tmp_path / "a").exists()


def test_those_that_are_named_are_brought_up_alone(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "--db", str(book), "refresh", "lenders", "pools", "lenders")
    assert done.err == f"{table_of(book)}lenders, pools: from position 0 to 18\n"
    recorded(book, [LATER])
    told = called(capsys, "--db", str(book), "refresh", "loans", "pools").err.splitlines()
    assert told == [f"{table_of(book)}loans: from position 0 to 19", f"{table_of(book)}pools: from position 18 to 19"]


def test_they_are_folded_anew_when_asked(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    called(capsys, "--db", str(book), "refresh")
    done = called(capsys, "--db", str(book), "refresh", "--rebuild", "funds")
    assert (done.code, done.err) == (Exit.CLEAN, f"{table_of(book)}funds: from position 0 to 18\n")


def test_what_is_no_projection_is_refused(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = called(capsys, "--db", str(book), "refresh", "profits")
    assert (refused.code, "'profits' is not one of" in refused.err) == (Exit.USAGE, True)
    assert not beside(book).exists()


def test_a_missing_book_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(capsys, "--db", str(tmp_path / "none.db"), "refresh").code == Exit.USAGE
    assert list(tmp_path.iterdir()) == []


def test_a_refresh_that_follows_takes_what_comes_until_it_is_interrupted(book: Path) -> None:
    process = begun(["--db", "desk.db", "refresh", "--follow"], book.parent)
    assert process.stderr is not None
    first = process.stderr.readline().decode()
    recorded(book, [LATER])
    second = process.stderr.readline().decode()
    code = interrupted(process)
    assert first == f"recoup: desk.db.views: {ALL}: from position 0 to 18\n"
    assert second == f"recoup: desk.db.views: {ALL}: from position 18 to 19\n"
    assert (code, process.communicate()[1].split()) == (Exit.INTERRUPTED, [b"recoup:", b"interrupted"])


def positions(book: Path) -> set[int]:
    """Where the projections are."""
    with closing(sqlite3.connect(f"{beside(book).as_uri()}?mode=ro", uri=True)) as connection:
        return {position for (position,) in connection.execute("SELECT position FROM projections")}


# The same bytes.


@pytest.mark.parametrize("asked", ASKED)
def test_a_report_is_the_same_to_the_byte_with_tables_and_without(
    kept: Path, asked: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "nowhere.views")
    for form in FORMS:
        with_tables = called(capsys, "--db", str(kept), *asked.split(), "-O", form)
        without = called(capsys, "--db", str(kept), "--views", nowhere, *asked.split(), "-O", form)
        assert with_tables == without
        assert with_tables.code == Exit.CLEAN


@pytest.mark.parametrize("point", POINTS[1:])
def test_a_report_of_the_past_is_the_same_with_tables_and_without(
    kept: Path, point: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "nowhere.views")
    for asked in ("lenders", "pools", "register", "trial-balance --pool alpha"):
        with_tables = called(capsys, "--db", str(kept), *asked.split(), *point.split(), "-O", "json")
        assert with_tables == called(
            capsys, "--db", str(kept), "--views", nowhere, *asked.split(), *point.split(), "-O", "json"
        )


def test_what_is_not_there_is_refused_with_tables_as_without(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = [called(capsys, "--db", str(kept), *asked.split()) for asked in ("lenders --pool none", "case none")]
    assert [one.code for one in refused] == [Exit.USAGE, Exit.USAGE]
    assert "no pool none in this book" in refused[0].err
    assert "no case none in this book" in refused[1].err


def test_the_present_is_read_from_the_tables(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    called(capsys, "--db", str(book), "refresh")
    with closing(sqlite3.connect(beside(book))) as connection:
        connection.execute("UPDATE lenders SET balance = '017' WHERE lender = 'alice' AND pool = 'beta'")
        connection.commit()
    found = json.loads(called(capsys, "--db", str(book), "lenders", "--pool", "beta", "-O", "json").out)["rows"]
    assert found[0]["balance"] == "7"
    recorded(book, [LATER])
    found = json.loads(called(capsys, "--db", str(book), "lenders", "--pool", "beta", "-O", "json").out)["rows"]
    assert found[0]["balance"] == "7000"


# Where they are.


@pytest.mark.parametrize("named", ["elsewhere.views", "sqlite:///elsewhere.views"])
def test_they_are_where_they_are_asked_to_be(book: Path, named: str) -> None:
    done = run(["--db", "desk.db", "--views", named, "refresh", "lenders"], book.parent)
    assert (done.code, done.err) == (Exit.CLEAN, "recoup: elsewhere.views: lenders: from position 0 to 18\n")
    assert (book.parent / "elsewhere.views").exists()
    assert not beside(book).exists()


def test_they_are_where_the_environment_says(book: Path) -> None:
    run(["--db", "desk.db", "refresh", "lenders"], book.parent, env={"RECOUP_VIEWS": "elsewhere.views"})
    assert (book.parent / "elsewhere.views").exists()
    assert not beside(book).exists()


def test_a_reader_of_tables_that_are_not_there_makes_none(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "--db", str(book), "--views", str(book.parent / "none.views"), "lenders")
    assert (done.code, done.err) == (Exit.CLEAN, "")
    assert not (book.parent / "none.views").exists()


def test_they_can_be_in_postgresql(book: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    url = postgres_url.replace("postgresql+psycopg", "postgresql")
    done = called(capsys, "--db", str(book), "--views", url, "refresh")
    assert done.code == Exit.CLEAN
    assert done.err.endswith(f": {ALL}: from position 0 to 18\n")
    for form in FORMS:
        said = called(capsys, "--db", str(book), "--views", url, "trial-balance", "-O", form)
        assert said == called(capsys, "--db", str(book), "trial-balance", "-O", form)


# A reader changes nothing.


def test_a_reader_changes_no_byte(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = beside(kept).read_bytes()
    for asked in ("lenders", "register", "case C1", "pools --position 10", "loans --as-of 2022-11-12"):
        assert called(capsys, "--db", str(kept), *asked.split()).code == Exit.CLEAN
    assert beside(kept).read_bytes() == before


def test_tables_are_read_where_nothing_can_be_written(book: Path) -> None:
    folder = book.parent
    run(["--db", "desk.db", "refresh"], folder)
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    done = run(["--db", "desk.db", "lenders", "-O", "csv"], folder, before=held_to_permissions)
    refused = run(["--db", "desk.db", "refresh", "--rebuild"], folder, before=held_to_permissions)
    folder.chmod(0o755)
    assert (done.code, done.err) == (Exit.CLEAN, "")
    assert (refused.code, "the file or its folder is read-only" in refused.err) == (Exit.CONFLICT, True)


# Where it fails.


def test_a_folder_that_cannot_be_written_is_told(book: Path) -> None:
    book.parent.chmod(0o555)
    refused = run(["--db", "desk.db", "refresh"], book.parent, before=held_to_permissions)
    book.parent.chmod(0o755)
    assert refused.code == Exit.CONFLICT
    assert "desk.db.views: it cannot be opened: no permission, or no such folder" in refused.err


def test_a_full_disk_is_told(book: Path) -> None:
    refused = run(["--db", "desk.db", "refresh"], book.parent, before=files_up_to(60_000))
    assert refused.code == Exit.CONFLICT
    assert "desk.db.views: the disk is full" in refused.err
    assert run(["--db", "desk.db", "refresh"], book.parent).code == Exit.CLEAN


def test_tables_that_another_one_writes_are_waited_for_and_then_told(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called(capsys, "--db", str(book), "refresh", "funds")
    with closing(sqlite3.connect(beside(book), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        refused = called(capsys, "--db", str(book), "--wait", "0", "refresh")
        read = called(capsys, "--db", str(book), "funds")
    assert (refused.code, "another one is writing it; try again" in refused.err) == (Exit.CONFLICT, True)
    assert (read.code, read.err) == (Exit.CLEAN, "")


def test_a_database_of_something_else_is_refused(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = book.read_bytes()
    refused = called(capsys, "--db", str(book), "--views", str(book), "refresh")
    assert (refused.code, "is a database of something else" in refused.err) == (Exit.INTEGRITY, True)
    assert book.read_bytes() == before


@pytest.mark.parametrize("verb", ["refresh", "lenders"])
def test_a_url_that_leads_nowhere_is_refused_without_its_password(
    book: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = called(capsys, "--db", str(book), "--views", "postgresql://me:secret@host:port/db", verb)
    assert (refused.code, "secret" in refused.err) == (Exit.USAGE, False)


def test_a_server_that_is_not_there_is_told_and_a_report_is_folded(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "postgresql://me:secret@127.0.0.1:1/db"
    refused = called(capsys, "--db", str(book), "--views", url, "refresh")
    folded = called(capsys, "--db", str(book), "--views", url, "lenders", "-O", "csv")
    assert (refused.code, "127.0.0.1" in refused.err) == (Exit.CONFLICT, True)
    assert (folded.code, "folded from the journal" in folded.err) == (Exit.CLEAN, True)
    assert folded.out == called(capsys, "--db", str(book), "lenders", "-O", "csv").out
    assert "secret" not in refused.err + folded.err


def test_a_missing_driver_is_named_with_how_it_comes(
    book: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    refused = called(capsys, "--db", str(book), "--views", "postgresql://host/db", "refresh")
    assert refused.code == Exit.USAGE
    assert refused.err == "recoup: PostgreSQL needs psycopg: pip install 'recoup[postgres]'\n"


# At once.


def test_processes_that_refresh_at_once_wait_for_each_other(book: Path) -> None:
    processes: list[Any] = [begun(["--db", "desk.db", "refresh"], book.parent) for _ in range(3)]
    ended = [(process.communicate(timeout=PATIENCE)[0], process.returncode) for process in processes]
    assert ended == [(b"", Exit.CLEAN)] * 3
    assert positions(book) == {18}
