"""A journal keeps its connections open: quick for the next transaction, and in nobody's way."""

import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from ledger.errors import JournalLocked, LedgerError
from ledger.journal import NewEntry, envelope
from ledger.journal.sqlite import SqliteJournal, SqliteWriter
from ledger.values import EventId, Timestamp

BEFORE: Final = envelope(Timestamp("2022-12-01T12:00:00Z"), "treasury")


@pytest.fixture
def journal(tmp_path: Path) -> SqliteJournal:
    return SqliteJournal.create(tmp_path / "book.db", patience=5)


def new(name: str) -> NewEntry:
    return NewEntry("deposited", EventId(name), BEFORE + b'{"memo":"%b"}}' % name.encode())


def append(journal: SqliteJournal, *names: str) -> sqlite3.Connection:
    """Append names in one transaction, and tell on which connection."""
    with journal.write() as writer:
        writer.append([new(name) for name in names])
        return connection(writer)


def append_and_fail(journal: SqliteJournal, name: str) -> None:
    with journal.write() as writer:
        writer.append([new(name)])
        raise ZeroDivisionError


def connection(writer: SqliteWriter) -> sqlite3.Connection:
    return writer._cursor.sqlite_cursor.connection  # noqa: SLF001  (only its own connection can tell)


def names(journal: SqliteJournal) -> list[str]:
    return [entry.id for entry in journal.read()]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# One after the other.


def test_transactions_one_after_the_other_share_a_connection(journal: SqliteJournal) -> None:
    assert append(journal, "a") is append(journal, "b")


def test_a_refused_transaction_leaves_the_connection_to_the_next(journal: SqliteJournal) -> None:
    before = append(journal, "a")
    with pytest.raises(ZeroDivisionError):
        append_and_fail(journal, "b")

    assert append(journal, "c") is before
    assert names(journal) == ["a", "c"]


def test_after_a_failure_of_the_database_the_next_transaction_has_another(journal: SqliteJournal) -> None:
    before = append(journal, "a")
    with pytest.raises(LedgerError), journal.write() as writer:
        writer.append([new("a")])

    assert append(journal, "b") is not before
    assert names(journal) == ["a", "b"]


def test_a_transaction_that_was_left_open_is_not_handed_on(journal: SqliteJournal) -> None:
    with journal.write() as writer:
        before = connection(writer)
        connection(writer).commit()
        connection(writer).rollback()
        connection(writer).execute("BEGIN")

    assert append(journal, "a") is before
    assert names(journal) == ["a"]


def test_a_transaction_inside_another_is_refused_and_spoils_neither(tmp_path: Path) -> None:
    journal = SqliteJournal.create(tmp_path / "book.db", patience=0)

    with journal.write() as writer:
        writer.append([new("a")])
        with pytest.raises(JournalLocked):
            append(journal, "b")

    append(journal, "c")
    assert names(journal) == ["a", "c"]


def test_threads_that_write_and_read_at_once_disturb_nobody(journal: SqliteJournal) -> None:
    def work(who: str) -> list[int]:
        seen = []
        for number in range(20):
            append(journal, f"{who}/{number}")
            seen.append(len(names(journal)))
        return seen

    with ThreadPoolExecutor(6) as pool:
        counts = list(pool.map(work, "abcdef"))

    assert sorted(names(journal)) == sorted(f"{who}/{number}" for who in "abcdef" for number in range(20))
    assert counts == [sorted(seen) for seen in counts]


# What is left behind.


def test_a_closed_journal_leaves_the_book_in_one_file(journal: SqliteJournal, tmp_path: Path) -> None:
    append(journal, "a")
    assert names(journal) == ["a"]
    assert files(tmp_path) != ["book.db"]

    journal.close()

    assert files(tmp_path) == ["book.db"]


def test_a_forgotten_journal_does_too(tmp_path: Path) -> None:
    append(SqliteJournal.create(tmp_path / "book.db", patience=5), "a")

    assert files(tmp_path) == ["book.db"]


AT_ITS_END: Final = """
import sys
from pathlib import Path
from ledger.journal.sqlite import SqliteJournal
from tests.test_kept_connections import append

journal = SqliteJournal.open(Path(sys.argv[1]), patience=5)
append(journal, "a")
kept = [journal]
kept.append(kept)
"""


def test_a_process_that_ends_without_closing_it_does_too(journal: SqliteJournal, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", AT_ITS_END, tmp_path / "book.db"], check=True, timeout=60)

    assert files(tmp_path) == ["book.db"]
    assert names(journal) == ["a"]


# Another file of the same name.


def test_a_book_put_in_the_place_of_another_is_the_one_that_is_written_and_read(tmp_path: Path) -> None:
    journal = SqliteJournal.create(tmp_path / "book.db", patience=5)
    other = SqliteJournal.create(tmp_path / "other.db", patience=5)
    append(journal, "a", "b")
    append(other, "c")
    other.close()
    assert names(journal) == ["a", "b"]
    shutil.move(tmp_path / "book.db", tmp_path / "old.db")
    for side in ("book.db-wal", "book.db-shm"):
        (tmp_path / side).unlink(missing_ok=True)
    shutil.move(tmp_path / "other.db", tmp_path / "book.db")

    assert names(journal) == ["c"]
    append(journal, "d")

    assert names(SqliteJournal.open(tmp_path / "book.db", patience=5)) == ["c", "d"]


def test_a_book_that_was_removed_is_not_written_any_more(journal: SqliteJournal, tmp_path: Path) -> None:
    append(journal, "a")
    for file in tmp_path.iterdir():
        file.unlink()

    with pytest.raises(LedgerError):
        append(journal, "b")

    assert files(tmp_path) == []


# Another process.


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process")
def test_a_process_forked_off_writes_by_a_connection_of_its_own(journal: SqliteJournal) -> None:
    append(journal, "a")
    assert names(journal) == ["a"]

    child = os.fork()
    if child == 0:
        ended = 1
        try:
            append(journal, "child")
            journal.close()
            ended = 0 if names(journal) == ["a", "child"] else 2
        finally:
            os._exit(ended)
    _, status = os.waitpid(child, 0)
    append(journal, "b")

    assert status == 0
    assert names(journal) == ["a", "child", "b"]
    with closing(sqlite3.connect(journal.path)) as check:
        assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
