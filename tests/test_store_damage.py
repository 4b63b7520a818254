"""Tables that are damaged, missing, of other code or of another book: reports are right, a refresh mends or refuses."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from cli.exits import Exit
from cli.views import Views
from ledger.errors import NotABook, StorageFailed
from ledger.journal.sqlite import SqliteJournal
from projections.reading import Asked, Gap
from projections.reports import REPORTS
from projections.store.database import Database
from projections.store.past import KeptPoints
from projections.store.refresh import Runner
from projections.store.schema import METADATA
from projections.store.states import digest
from tests.command_line import called, fact, recorded
from tests.projected import Said, by_fold, by_tables, differing, differing_at, refreshed, small_steps
from tests.three_pools import three_pools

LATE: Final = fact("asset-registered", "2022-12-30T00:00:00Z", asset="LATE", decimals=3)
Truth = dict[Asked, dict[str, Said]]

ASKED: Final = ("lenders", "loans", "pools", "register", "trial-balance")
POINTS: Final = (Asked(), Asked(position=70), Asked(as_of=three_pools().facts[40].at))


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    with small_steps():
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a book and its tables."""
    folder = tmp_path_factory.mktemp("whole")
    recorded(folder / "book.db", [event.canonical() for event in three_pools().facts])
    refreshed(Database.beside(folder / "book.db", patience=5), SqliteJournal.open(folder / "book.db", patience=5))
    return folder


@pytest.fixture(scope="module")
def truth(whole: Path) -> Truth:
    """What the fold says of it."""
    return folded(whole)


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def journal_in(folder: Path) -> SqliteJournal:
    return SqliteJournal.open(folder / "book.db", patience=5)


def database_in(folder: Path) -> Database:
    return Database.beside(folder / "book.db", patience=5)


def change(folder: Path, *statements: str) -> None:
    """Change the tables behind the back of the code."""
    with closing(sqlite3.connect(folder / "book.db.views")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def said(folder: Path, asked: Asked) -> dict[str, Said]:
    """What the reports of a book say, as the command line makes them."""
    views, found = Views(database_in(folder), journal_in(folder)), {}
    for report in ASKED:
        told = views.served(REPORTS[report], {}, asked)
        if told is not None:
            found[report] = list(told.made.rows), told.shown
        else:
            selection = views.selection(asked)
            rows = list(REPORTS[report].make(selection, {}, iter).rows)
            found[report] = rows, selection.shown()
    return found


def folded(folder: Path) -> Truth:
    """What the fold says at each of the points."""
    return {asked: {report: by_fold(journal_in(folder), report, asked) for report in ASKED} for asked in POINTS}


def said_apart(folder: Path, truth: Truth) -> list[str]:
    """What is said otherwise at any of the points."""
    return [name for asked in POINTS for name, told in said(folder, asked).items() if told != truth[asked][name]]


def cut_off(folder: Path, share: int) -> None:
    """Leave so many hundredths of the file."""
    file = folder / "book.db.views"
    file.write_bytes(file.read_bytes()[: file.stat().st_size * share // 100])


DAMAGED: Final[dict[str, tuple[str, ...]]] = {
    "the bytes of states": ("UPDATE states SET content = x'00112233'",),
    "the bytes of states, with their digest": (
        f"UPDATE states SET content = x'80', sha256 = '{digest(bytes([128]))}'",  # noqa: S608  (bytes of our own)
    ),
    "a state as text": ("UPDATE states SET content = 'state'",),
    "states that are gone": ("DELETE FROM states WHERE fold IN ('lenders', 'balances')",),
    "the entry of a point": ("UPDATE points SET entry_sha256 = 'x'",),
    "the lowest time of a point": ("UPDATE points SET lowest = '9999'",),
    "the highest time of a point": ("UPDATE points SET highest = '0000', latest = '0000'",),
    "the count of a point": ("UPDATE points SET adjusted = 77",),
    "points that are gone": ("DELETE FROM points WHERE position > 20 AND position < 60",),
    "points of bytes": ("UPDATE points SET lowest = x'ff'",),
    "the decimals of an asset": ("UPDATE charters SET content = replace(content, '\"decimals\":6', '\"decimals\":2')",),
    "charters that are gone": ("DELETE FROM charters WHERE type = 'pool-opened'",),
    "charters that are no JSON": ("UPDATE charters SET content = '{'",),
    "charters of bytes": ("UPDATE charters SET content = x'ff'",),
    "one table that is gone": ("DROP TABLE lenders",),
    "the entries that are gone": ("DROP TABLE entries",),
    "the cursors that are gone": ("DROP TABLE projections",),
    "the points that are gone": ("DROP TABLE points",),
    "a view that is gone": ("DROP VIEW general_ledger",),
    "amounts that are none": ("UPDATE register SET balance = 'much'", "UPDATE lenders SET balance = 'much'"),
    "amounts by name that are none": ("UPDATE pools SET claims = '{'",),
    "other code": ("UPDATE projections SET code = 'other'",),
    "other code of one projection": ("UPDATE projections SET code = 'other' WHERE name = 'register'",),
    "tables in another form": (
        "DROP TABLE projections",
        "CREATE TABLE projections (name TEXT, code TEXT)",
        "INSERT INTO projections VALUES ('lenders', 'other')",
    ),
}


@pytest.mark.parametrize("statements", DAMAGED.values(), ids=DAMAGED)
def test_a_report_says_the_right_thing_whatever_the_damage(
    folder: Path, truth: Truth, statements: tuple[str, ...]
) -> None:
    change(folder, *statements)
    assert said_apart(folder, truth) == []


@pytest.mark.parametrize("name", ["the bytes of states", "the decimals of an asset", "amounts that are none"])
def test_tables_that_are_made_anew_are_right_whatever_the_damage(folder: Path, truth: Truth, name: str) -> None:
    change(folder, *DAMAGED[name])
    Runner(database_in(folder), journal_in(folder)).refresh(rebuild=True)
    assert differing(database_in(folder), journal_in(folder)) == []
    assert said_apart(folder, truth) == []


MENDED: Final = [name for name in DAMAGED if not name.startswith("amounts")]
"""Damage that a refresh sees without reading every row."""


@pytest.mark.parametrize("name", MENDED)
def test_a_refresh_goes_on_from_damage_with_the_next_entries(folder: Path, name: str) -> None:
    recorded(folder / "book.db", [LATE], at="2022-12-31T00:00:00Z")
    change(folder, *DAMAGED[name])
    refreshed(database_in(folder), journal_in(folder))
    assert differing(database_in(folder), journal_in(folder)) == []


# A file that is cut off.


@pytest.mark.parametrize("share", [0, 1, 30, 60, 99])
def test_a_report_says_the_right_thing_beside_a_file_that_is_cut_off(folder: Path, truth: Truth, share: int) -> None:
    cut_off(folder, share)
    assert said_apart(folder, truth) == []


def test_a_refresh_of_a_file_that_is_cut_off_says_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut_off(folder, 30)
    refused = called(capsys, "--db", str(folder / "book.db"), "refresh", "--rebuild")
    assert refused.code == Exit.CONFLICT
    assert "book.db.views: the file is damaged; delete it and refresh, it holds nothing of its own" in refused.err
    (folder / "book.db.views").unlink()
    assert called(capsys, "--db", str(folder / "book.db"), "refresh").code == Exit.CLEAN


def test_a_report_beside_damage_says_that_it_is_folded(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder, "DROP TABLE loans")
    told = called(capsys, "--db", str(folder / "book.db"), "loans")
    assert (told.code, "book.db.views: no such table: loans; folded from the journal" in told.err) == (Exit.CLEAN, True)


def test_bytes_that_are_no_database_are_refused(folder: Path, truth: Truth, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "book.db.views").write_bytes(b"not a database, but long enough to be taken for one" * 20)
    refused = called(capsys, "--db", str(folder / "book.db"), "refresh")
    assert (refused.code, "not a database, so no projections" in refused.err) == (Exit.INTEGRITY, True)
    assert said_apart(folder, truth) == []


def test_an_empty_file_is_filled(folder: Path) -> None:
    (folder / "book.db.views").write_bytes(b"")
    assert by_tables(database_in(folder), journal_in(folder), "lenders") is None
    refreshed(database_in(folder), journal_in(folder))
    assert differing(database_in(folder), journal_in(folder)) == []


# Another book.


@pytest.fixture
def another(folder: Path) -> Path:
    """The folder, with another book in the place of the one that the tables are of: longer, and late in parts."""
    (folder / "book.db").unlink()
    facts = [event.canonical() for event in three_pools().facts]
    recorded(folder / "book.db", facts[:-20], at="2023-01-01T00:00:00Z")
    recorded(folder / "book.db", facts[-20:], at="2023-01-02T00:00:00Z")
    return folder


def test_the_reports_of_another_book_are_its_own(another: Path) -> None:
    assert said_apart(another, folded(another)) == []


def test_no_entry_of_another_book_is_left_out(another: Path) -> None:
    assert KeptPoints(database_in(another), journal_in(another)).gap("2022-11-22T13:31:23") == Gap()
    assert differing_at(database_in(another), journal_in(another), POINTS[2]) == []


def test_the_tables_of_another_book_are_not_refreshed(another: Path) -> None:
    before = (another / "book.db.views").read_bytes()
    with pytest.raises(NotABook, match=r"holds the projections of another book, book\.db, or of one that has changed"):
        refreshed(database_in(another), journal_in(another))
    assert (another / "book.db.views").read_bytes() == before


@pytest.mark.parametrize("names", [("lenders",), ("register", "pools")])
def test_the_tables_of_another_book_are_replaced_all_at_once(another: Path, names: tuple[str, ...]) -> None:
    Runner(database_in(another), journal_in(another)).refresh(names, rebuild=True)
    assert by_tables(database_in(another), journal_in(another), "loans") is None
    refreshed(database_in(another), journal_in(another))
    assert differing(database_in(another), journal_in(another)) == []


def test_a_shorter_book_of_the_same_name_is_another_one(folder: Path) -> None:
    (folder / "book.db").unlink()
    recorded(folder / "book.db", [event.canonical() for event in three_pools().facts[:50]])
    with pytest.raises(NotABook):
        refreshed(database_in(folder), journal_in(folder))


# Tables that are behind.


def test_tables_that_are_one_entry_behind_are_gone_on_from(folder: Path) -> None:
    recorded(folder / "book.db", [LATE], at="2022-12-31T00:00:00Z")
    assert by_tables(database_in(folder), journal_in(folder), "lenders") is None
    assert differing_at(database_in(folder), journal_in(folder), Asked()) == []
    assert said_apart(folder, folded(folder)) == []


def test_what_fails_while_rows_are_taken_is_told(folder: Path) -> None:
    change(folder, "UPDATE lenders SET balance = 'much' WHERE lender = (SELECT max(lender) FROM lenders)")
    with pytest.raises(StorageFailed, match="lenders: what is kept is not what was written"):
        by_tables(database_in(folder), journal_in(folder), "lenders")


@pytest.mark.parametrize("table", METADATA.tables)
def test_a_table_that_is_gone_comes_back_full(folder: Path, table: str) -> None:
    change(folder, f'DROP TABLE "{table}"')
    refreshed(database_in(folder), journal_in(folder))
    assert differing(database_in(folder), journal_in(folder)) == []
