"""Bad input and bad places: each is refused with its message and exit code, and no byte of the book is changed."""

import codecs
import fcntl
import gzip
import json
import os
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Final

import pytest

from cli.exits import Exit
from ledger.journal.sqlite import FORMAT
from tests.command_line import (
    PATIENCE,
    READING,
    Run,
    begun,
    bytes_of,
    called,
    demo_book,
    environment,
    files_up_to,
    held_to_permissions,
    interrupted,
    on_terminal,
    recorded,
    run,
)
from tests.ledger_lines import lines as desk_lines

AMOUNT_RULE = "an amount is a decimal string of an integer from 0 to 2^256 - 1, without sign, point or leading zero"


def line(kind: str, **fields: object) -> bytes:
    """A fact in JSON, at a time that does not matter."""
    return json.dumps({"type": kind, "at": "2022-11-22T13:31:23Z", **fields}).encode() + b"\n"


def deposit(assets: object, **more: object) -> bytes:
    return line("deposited", id="new", pool="pool", lender="lender", assets=assets, shares="1", **more)


USD = line("asset-registered", id="usd", asset="USD", decimals=6)
EUR = line("asset-registered", id="eur", asset="EUR", decimals=2)
FUND = line("fund-opened", id="fund", fund="fund", asset="USD")
POOL = line("pool-opened", id="pool", pool="pool", asset="USD", debt="bilateral", waterfall=[{"layer": "socialize"}])
DEPOSIT = line("deposited", id="deposit", pool="pool", lender="lender", assets="1000", shares="1000")
LOAN = line("loan-originated", id="loan", pool="pool", loan="loan", borrower="borrower", principal="600")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECOUP_DB", raising=False)
    monkeypatch.delenv("RECOUP_BY", raising=False)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """`book.db`, with a pool in which one lender has 1000."""
    return recorded(tmp_path / "book.db", [USD, FUND, POOL, DEPOSIT])


def imported(capsys: pytest.CaptureFixture[str], content: bytes, *options: str, name: str = "facts.jsonl") -> Run:
    """Write a file, and import it into `book.db`."""
    Path(name).write_bytes(content)
    return called(capsys, "--db", "book.db", "import", *options, name)


def ids(capsys: pytest.CaptureFixture[str], book: str = "book.db") -> list[str]:
    """The ids of a book's entries, in order."""
    return [json.loads(row)["id"] for row in called(capsys, "--db", book, "events", "-O", "jsonl").out.splitlines()]


@contextmanager
def another_writer(book: Path) -> Iterator[None]:
    """While another program holds the book's write lock."""
    with closing(sqlite3.connect(book, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


# What a line says.

MALFORMED = {
    "a truncated line": (
        b'{"type":"deposited","at":"2022-11-2',
        "line 1: not a JSON object (EOF while parsing a string at column 35)",
    ),
    "no JSON": (b"hello\n", "line 1: not a JSON object (expected value at column 1)"),
    "a comma too many": (
        USD.replace(b"}", b",}"),
        f"line 1: not a JSON object (trailing comma at column {len(USD)})",
    ),
    "a byte order mark": (codecs.BOM_UTF8 + USD, "line 1: begins with a byte order mark, which JSON Lines do not have"),
    "a list": (b"[1]\n", "line 1: must be a JSON object, not [1]"),
    "a number": (b"42\n", "line 1: must be a JSON object, not 42"),
    "bytes that are not UTF-8": (b"\xff\xfe\n", "line 1: not UTF-8 at byte 1"),
    "text that is not UTF-8": (USD.replace(b"USD", b"US\xff"), f"line 1: not UTF-8 at byte {USD.index(b'USD') + 3}"),
    "a float": (deposit(1.5), f"line 1: assets: {AMOUNT_RULE}, not 1.5"),
    "a float in text": (deposit("1.5"), f'line 1: assets: {AMOUNT_RULE}, not "1.5"'),
    "an exponent": (deposit("1e3"), f'line 1: assets: {AMOUNT_RULE}, not "1e3"'),
    "a number for an amount": (deposit(1), f"line 1: assets: {AMOUNT_RULE}, not 1"),
    "nothing for an amount": (deposit(None), f"line 1: assets: {AMOUNT_RULE}, not null"),
    "no digits": (deposit(""), f'line 1: assets: {AMOUNT_RULE}, not ""'),
    "a space": (deposit(" 1"), f'line 1: assets: {AMOUNT_RULE}, not " 1"'),
    "2^256": (deposit(str(2**256)), f'line 1: assets: {AMOUNT_RULE}, not "{2**256}"'),
    "leading zeros": (deposit("007"), f'line 1: assets: {AMOUNT_RULE}, not "007"'),
    "a negative amount": (deposit("-1"), f'line 1: assets: {AMOUNT_RULE}, not "-1"'),
    "a negative number": (deposit(-1), f"line 1: assets: {AMOUNT_RULE}, not -1"),
    "a plus sign": (deposit("+1"), f'line 1: assets: {AMOUNT_RULE}, not "+1"'),
    "not a number": (deposit(float("nan")), f"line 1: assets: {AMOUNT_RULE}, not NaN"),
    "an unknown field": (deposit("1", colour="red"), 'line 1: colour: is not a field here, and holds "red"'),
    "an unknown field of a layer": (
        POOL.replace(b'"socialize"', b'"socialize", "share": {"wad": 1}'),
        'line 1: waterfall.0.socialize.share: is not a field here, and holds {"wad": 1}',
    ),
    "a missing field": (line("deposited", pool="pool", assets="1", shares="1"), "line 1: lender: is missing"),
    "an unknown type": (line("paid-back"), 'line 1: type: no event is called that, not "paid-back"'),
    "no type": (b'{"at":"2022-11-22T13:31:23Z"}\n', "line 1: type: is missing"),
    "a time without an offset": (
        USD.replace(b"23Z", b"23"),
        'line 1: at: an instant is RFC 3339 with an offset, on the calendar, not finer than a nanosecond, not "2022-',
    ),
    "a day that is not": (USD.replace(b"11-22T", b"11-31T"), "line 1: at: an instant is RFC 3339 with an offset"),
    "a space in a name": (USD.replace(b"USD", b"U D"), "line 1: asset: has a character or a form that is not allowed"),
    "a decimal for decimals": (USD.replace(b": 6", b": 6.0"), "line 1: decimals: must be a JSON integer, not 6.0"),
    "a field twice": (USD.replace(b"}", b', "asset": "EUR"}'), "line 1: asset: stands twice in one object"),
    "a field of the ledger": (
        USD.replace(b"}", b', "cause": "x"}'),
        'line 1: cause: is written by the ledger itself: only exported facts may say it, not "x"\n',
    ),
    "a line without end": (b'{"type":"' + b"x" * (1 << 20) + b'"}', "line 1: longer than 1048576 bytes"),
}


@pytest.mark.parametrize(("content", "saying"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_line_is_refused_with_its_line_and_field(
    content: bytes, saying: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    refused = imported(capsys, content)
    assert refused.code == Exit.REFUSED
    assert refused.err.startswith(f"recoup: facts.jsonl: {saying}")
    assert refused.out == ""
    assert bytes_of(book) == before


def test_all_malformed_lines_of_a_file_are_told_in_one_run(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    refused = imported(capsys, EUR + deposit(1.5) + b"\n" + LOAN + line("asset-registered", asset="A B") + b"hello\n")
    assert refused.code == Exit.REFUSED
    assert refused.err.count("facts.jsonl: line ") == 4
    assert "facts.jsonl: line 2: assets: " in refused.err
    assert "facts.jsonl: line 5: asset: " in refused.err
    assert "facts.jsonl: line 5: decimals: is missing" in refused.err
    assert "facts.jsonl: line 6: not a JSON object" in refused.err
    assert bytes_of(book) == before


UNLAWFUL = {
    "an unknown pool": (DEPOSIT.replace(b'"deposit"', b'"x"').replace(b'"pool": "pool"', b'"pool": "nowhere"'), 2),
    "an unknown asset": (line("fund-opened", fund="other", asset="XYZ"), 2),
    "a name given twice": (line("fund-opened", fund="pool", asset="USD"), 2),
    "a draw before the loan": (line("loan-drawn", pool="pool", loan="loan", principal="1") + LOAN, 2),
    "a repayment of a loan that owes less": (LOAN + line("repaid", pool="pool", loan="loan", principal="601"), 3),
    "more taken than is there": (line("withdrawn", pool="pool", lender="lender", assets="1001", shares="1"), 3),
}


@pytest.mark.parametrize(("content", "law"), UNLAWFUL.values(), ids=UNLAWFUL)
def test_a_fact_that_breaks_a_law_is_refused_and_nothing_of_its_file_is_recorded(
    content: bytes, law: int, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    refused = imported(capsys, EUR + content)
    assert refused.code == Exit.REFUSED
    assert refused.err.startswith("recoup: facts.jsonl: line ")
    assert f": law {law}, " in refused.err
    assert bytes_of(book) == before


def test_the_first_breach_of_law_stops_a_file_and_malformed_lines_after_it_are_still_told(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    unlawful = line("fund-opened", id="f2", fund="other", asset="XYZ")
    refused = imported(capsys, unlawful + unlawful.replace(b"XYZ", b"ABC") + b"hello\n")
    assert refused.code == Exit.REFUSED
    assert refused.err.count("facts.jsonl: line ") == 2
    assert "line 1: fund-opened f2: law 2, what is named exists: no asset XYZ was registered" in refused.err
    assert "line 3: not a JSON object" in refused.err
    assert bytes_of(book) == before


def test_a_known_id_with_other_content_is_refused_with_its_position(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    refused = imported(capsys, EUR + DEPOSIT.replace(b'"assets": "1000"', b'"assets": "1001"'))
    assert refused.code == Exit.REFUSED
    assert refused.err == "recoup: facts.jsonl: line 2: id deposit is recorded at position 4 with other content\n"
    assert bytes_of(book) == before


def test_an_id_that_stands_twice_in_a_file_with_other_content_is_refused(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    refused = imported(capsys, EUR + EUR.replace(b"EUR", b"CHF"))
    assert refused.code == Exit.REFUSED
    assert refused.err.startswith("recoup: facts.jsonl: line 2: id eur is recorded earlier in the same source")
    assert bytes_of(book) == before


def test_known_facts_are_passed_over_whatever_their_spacing(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    done = imported(capsys, USD.replace(b": ", b" :\t") + FUND)
    assert done == Run(Exit.CLEAN, "", "recoup: facts.jsonl: 0 recorded, 2 already recorded\n")
    assert bytes_of(book) == before


@pytest.mark.parametrize("content", [b"", b"\n", b" \t\r\n\n"], ids=["no byte", "an empty line", "blank lines"])
def test_a_file_without_facts_is_refused(content: bytes, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    refused = imported(capsys, content)
    assert refused == Run(Exit.REFUSED, "", "recoup: facts.jsonl: holds no facts\n")
    assert bytes_of(book) == before


def test_a_field_with_an_escape_sequence_in_its_name_is_told_without_disturbing_the_terminal(
    book: Path, tmp_path: Path
) -> None:
    Path("facts.jsonl").write_bytes(EUR.replace(b"}", b', "\\u001b[2Jf\\u001b]0;title\\u0007": 1}'))
    code, sent = on_terminal(["--db", book.name, "import", "facts.jsonl"], tmp_path, columns=80)
    assert code == Exit.REFUSED
    assert "\ufffd[2Jf\ufffd]0;title\ufffd: is not a field here, and holds 1" in sent
    assert "\x1b[2Jf" not in sent
    assert "\x1b]0;title" not in sent


# Files and folders.


def test_a_directory_is_no_file_of_facts(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    refused = called(capsys, "--db", "book.db", "import", ".")
    assert refused.code == Exit.USAGE
    assert ". is a directory, not a file" in refused.err
    assert bytes_of(book) == before


@pytest.mark.parametrize("arguments", [*READING.values(), ("init",), ("import", "facts.jsonl")], ids=" ".join)
def test_a_directory_is_no_book(arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "facts.jsonl").write_bytes(EUR)
    (tmp_path / "folder").mkdir()
    refused = called(capsys, "--db", "folder", *arguments)
    assert refused.code == Exit.USAGE
    assert "folder is a directory, not a book" in refused.err
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_missing_file_is_a_mistake_of_usage_and_makes_no_book(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = called(capsys, "--db", "book.db", "import", "nowhere.jsonl")
    assert refused.code == Exit.USAGE
    assert refused.err.endswith("Error: nowhere.jsonl is not there\n")
    assert list(tmp_path.iterdir()) == []


def test_one_missing_file_of_several_keeps_the_others_from_being_recorded(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    Path("eur.jsonl").write_bytes(EUR)
    refused = called(capsys, "--db", "book.db", "import", "eur.jsonl", "nowhere.jsonl")
    assert refused.code == Exit.USAGE
    assert refused.err.endswith("Error: nowhere.jsonl is not there\n")
    assert bytes_of(book) == before


@pytest.mark.parametrize("arguments", READING.values(), ids=READING)
def test_a_missing_book_is_refused_by_every_reading_verb_with_a_hint(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = called(capsys, "--db", "nowhere.db", *arguments)
    assert refused.code == Exit.USAGE
    assert refused.out == ""
    assert refused.err.startswith("recoup: no book at nowhere.db (")
    assert "import and record make one" in refused.err
    assert list(tmp_path.iterdir()) == []


def test_a_book_in_a_folder_that_is_not_there_cannot_be_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("facts.jsonl").write_bytes(EUR)
    refused = called(capsys, "--db", "nowhere/book.db", "import", "facts.jsonl")
    assert refused.code == Exit.USAGE
    assert refused.err == "recoup: no book at nowhere/book.db: no such folder\n"
    assert not (tmp_path / "nowhere").exists()


def test_a_read_only_book_is_read_and_not_written(book: Path, tmp_path: Path) -> None:
    Path("facts.jsonl").write_bytes(EUR)
    before = bytes_of(book)
    book.chmod(0o444)
    refused = run(["--db", "book.db", "import", "facts.jsonl"], tmp_path, before=held_to_permissions)
    read = run(["--db", "book.db", "funds", "-O", "csv"], tmp_path, before=held_to_permissions)
    assert refused.code == Exit.CONFLICT
    assert "book.db: the file or its folder is read-only" in refused.err
    assert read.code == Exit.CLEAN
    assert "\nfund,USD,0," in read.out
    assert bytes_of(book) == before


@pytest.mark.parametrize("arguments", [("init",), ("import", "facts.jsonl")], ids=" ".join)
def test_in_a_read_only_folder_no_book_is_made(arguments: tuple[str, ...], tmp_path: Path) -> None:
    Path("facts.jsonl").write_bytes(EUR)
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o555)
    refused = run(["--db", "folder/book.db", *arguments], tmp_path, before=held_to_permissions)
    assert refused.code == Exit.CONFLICT
    assert "folder/book.db: there is no permission" in refused.err
    assert list(folder.iterdir()) == []


def test_a_book_in_a_read_only_folder_is_read_and_not_written(tmp_path: Path) -> None:
    Path("facts.jsonl").write_bytes(EUR)
    folder = tmp_path / "folder"
    folder.mkdir()
    book = recorded(folder / "book.db", [USD, FUND])
    folder.chmod(0o555)
    refused = run(["--db", "folder/book.db", "import", "facts.jsonl"], tmp_path, before=held_to_permissions)
    read = run(["--db", "folder/book.db", "funds", "-O", "csv"], tmp_path, before=held_to_permissions)
    assert refused.code == Exit.CONFLICT
    assert "folder/book.db: the file or its folder is read-only" in refused.err
    assert read.code == Exit.CLEAN
    assert "\nfund,USD,0," in read.out
    assert list(folder.iterdir()) == [book]


def test_a_file_that_may_not_be_read_is_a_mistake_of_usage(book: Path, tmp_path: Path) -> None:
    before = bytes_of(book)
    Path("facts.jsonl").write_bytes(EUR)
    Path("facts.jsonl").chmod(0)
    refused = run(["--db", "book.db", "import", "facts.jsonl"], tmp_path, before=held_to_permissions)
    assert refused.code == Exit.USAGE
    assert "facts.jsonl" in refused.err
    assert "Traceback" not in refused.err
    assert bytes_of(book) == before


def test_on_a_full_disk_nothing_of_a_file_is_recorded(book: Path, tmp_path: Path) -> None:
    before = bytes_of(book)
    Path("facts.jsonl").write_bytes(b"".join(desk_lines(6_000)))
    refused = run(["--db", "book.db", "import", "facts.jsonl"], tmp_path, before=files_up_to(500_000))
    assert refused.code == Exit.CONFLICT
    assert "book.db: the disk is full or failing" in refused.err
    assert "Traceback" not in refused.err
    assert bytes_of(book) == before


def test_on_a_full_disk_the_chunks_committed_before_are_not_denied(book: Path, tmp_path: Path) -> None:
    Path("facts.jsonl").write_bytes(b"".join(desk_lines(6_000)))
    chunked = ["--db", book.name, "import", "--chunk", "500", "facts.jsonl"]
    refused = run(chunked, tmp_path, before=files_up_to(500_000))
    assert refused.code == Exit.CONFLICT
    assert "nothing was recorded" not in refused.err


# Books that are none.


def test_a_database_of_another_program_is_refused_and_stays_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect("other.db")) as other:
        other.execute("CREATE TABLE accounts (name TEXT)")
    before = Path("other.db").read_bytes()
    Path("facts.jsonl").write_bytes(EUR)
    message = "recoup: other.db is a database of another program, not a Recoup book\n"
    assert called(capsys, "--db", "other.db", "lenders") == Run(Exit.INTEGRITY, "", message)
    assert called(capsys, "--db", "other.db", "init") == Run(Exit.INTEGRITY, "", message)
    assert called(capsys, "--db", "other.db", "import", "facts.jsonl") == Run(Exit.INTEGRITY, "", message)
    assert called(capsys, "--db", "other.db", "import", "--dry-run", "facts.jsonl").code == Exit.INTEGRITY
    assert Path("other.db").read_bytes() == before


@pytest.mark.parametrize("arguments", [*READING.values(), ("init",), ("import", "facts.jsonl")], ids=" ".join)
def test_a_text_file_is_no_book_and_stays_as_it_is(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("facts.jsonl").write_bytes(EUR)
    Path("notes.db").write_bytes(b"not a book\n")
    refused = called(capsys, "--db", "notes.db", *arguments)
    assert refused.code == Exit.INTEGRITY
    assert refused.out == ""
    assert "notes.db: not a database, so not a Recoup book" in refused.err
    assert Path("notes.db").read_bytes() == b"not a book\n"


@pytest.mark.parametrize("arguments", [*READING.values(), ("init",), ("import", "facts.jsonl")], ids=" ".join)
def test_a_message_names_the_book_as_it_was_called(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("facts.jsonl").write_bytes(EUR)
    Path("notes.db").write_bytes(b"not a book\n")
    Path("link.db").symlink_to("notes.db")
    here, there = "link.db: not a database, so not a Recoup book", f"{tmp_path}/notes.db: not a database"
    assert called(capsys, "--db", "link.db", *arguments).err.startswith(f"recoup: {here}")
    assert called(capsys, "--db", str(tmp_path / "notes.db"), *arguments).err.startswith(f"recoup: {there}")


@pytest.mark.parametrize("arguments", [*READING.values(), ("init",), ("import", "facts.jsonl")], ids=" ".join)
def test_the_book_of_a_newer_recoup_is_refused_and_stays_as_it_is(
    arguments: tuple[str, ...], book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("facts.jsonl").write_bytes(EUR)
    with closing(sqlite3.connect(book)) as newer:
        newer.execute(f"PRAGMA user_version = {FORMAT + 1}")
    before = bytes_of(book)
    refused = called(capsys, "--db", "book.db", *arguments)
    message = f"recoup: book.db has journal format {FORMAT + 1}; this Recoup knows formats up to {FORMAT}\n"
    assert refused == Run(Exit.INTEGRITY, "", message)
    assert bytes_of(book) == before


@pytest.mark.parametrize(
    "arguments",
    [
        *READING.values(),
        ("init",),
        ("init", "--dry-run"),
        ("import", "facts.jsonl"),
        ("import", "--dry-run", "facts.jsonl"),
    ],
    ids=" ".join,
)
def test_an_empty_file_is_no_book_and_stays_as_it_is(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("facts.jsonl").write_bytes(EUR)
    Path("empty.db").touch()
    refused = called(capsys, "--db", "empty.db", *arguments)
    assert refused == Run(Exit.INTEGRITY, "", "recoup: empty.db is empty, not a Recoup book; remove it first\n")
    assert Path("empty.db").read_bytes() == b""


def test_a_book_that_another_writer_holds_is_not_written_and_can_be_read(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    Path("facts.jsonl").write_bytes(EUR)
    with another_writer(book):
        refused = called(capsys, "--wait", "1", "--db", "book.db", "import", "facts.jsonl")
        read = called(capsys, "--wait", "1", "--db", "book.db", "lenders", "-O", "csv")
    assert refused.code == Exit.CONFLICT
    assert refused.out == ""
    assert refused.err.startswith("recoup: book.db: another writer holds the book; try again")
    assert read.code == Exit.CLEAN
    assert bytes_of(book) == before


def test_there_is_no_negative_time_to_wait(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(capsys, "--wait", "-1", "--db", book.name, "init").code == Exit.USAGE


# Packed files.

PACKED = gzip.compress(EUR * 100, mtime=0)
DAMAGED = {
    "cut short": (PACKED[:-12], "not a whole gzip file: Compressed file ended before"),
    "not packed": (EUR, "not a whole gzip file: Not a gzipped file"),
    "overwritten": (PACKED[:20] + b"x" * 20 + PACKED[40:], "not a whole gzip file: Error"),
    "a wrong checksum": (PACKED[:-8] + bytes(4) + PACKED[-4:], "not a whole gzip file: CRC check failed"),
}


@pytest.mark.parametrize(("content", "saying"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_gzip_file_is_refused(
    content: bytes, saying: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    refused = imported(capsys, content, name="facts.jsonl.gz")
    assert refused.code == Exit.REFUSED
    assert f"facts.jsonl.gz: {saying}" in refused.err
    assert bytes_of(book) == before


def test_a_packed_file_is_the_same_facts(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = imported(capsys, gzip.compress(EUR), name="facts.jsonl.gz")
    again = imported(capsys, EUR)
    assert book.exists()
    assert done == Run(Exit.CLEAN, "", "recoup: facts.jsonl.gz: 1 recorded, 0 already recorded\n")
    assert again == Run(Exit.CLEAN, "", "recoup: facts.jsonl: 0 recorded, 1 already recorded\n")


@pytest.mark.parametrize("name", ["facts.jsonl.GZ", "facts.Gz"])
def test_a_packed_file_may_be_named_in_capitals(name: str, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = imported(capsys, gzip.compress(EUR), name=name)
    assert done == Run(Exit.CLEAN, "", f"recoup: {name}: 1 recorded, 0 already recorded\n")
    assert ids(capsys, book.name)[-1] == "eur"


# What is asked for.

MISTAKEN = {
    "an unknown verb": (("frobnicate",), "No such command 'frobnicate'"),
    "an unknown option": (("lenders", "--colour", "red"), "No such option '--colour'"),
    "an option of another verb": (("funds", "--lender", "x"), "No such option '--lender'"),
    "an unknown format": (("lenders", "-O", "yaml"), "'yaml' is not one of 'table', 'csv', 'json', 'jsonl'"),
    "a word too many": (("lenders", "extra"), "unexpected extra argument (extra)"),
    "no file": (("import",), "Missing argument 'FILE...'"),
    "no case": (("case",), "Missing argument 'ID'"),
    "an unknown case": (("case", "nope"), "no case nope in this book at that point"),
    "an unknown shell": (("completion", "tcsh"), "'tcsh' is not one of 'bash', 'zsh', 'fish'"),
    "an unknown schema": (("schema", "nope"), "no command, event or document is called nope; there are deposit, "),
    "a time in words": (("lenders", "--as-of", "yesterday"), "an instant is RFC 3339 with an offset"),
    "a time without an offset": (("lenders", "--as-of", "2022-11-30T12:00:00"), "an instant is RFC 3339 with an"),
    "a day that is not": (("lenders", "--as-of", "2022-02-30"), "no such instant"),
    "a recorded time in words": (("lenders", "--known-at", "now"), "an instant is RFC 3339 with an offset"),
    "a position in words": (("lenders", "--position", "last"), "'last' is not a valid integer"),
    "a negative position": (("lenders", "--position", "-1"), "-1 is not in the range x>=0"),
    "a recorder that no one can read": (("import", "--by", "\x1b[2J", "-"), "is no name to record by"),
    "an empty chunk": (("import", "--chunk", "0", "x"), "0 is not in the range x>=1"),
}


@pytest.mark.parametrize(("arguments", "saying"), MISTAKEN.values(), ids=MISTAKEN)
def test_a_mistake_of_usage_is_told(
    arguments: tuple[str, ...], saying: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    refused = called(capsys, "--db", "book.db", *arguments)
    assert refused.code == Exit.USAGE
    assert saying in refused.err
    assert bytes_of(book) == before


def test_without_a_verb_the_help_is_shown_as_a_mistake_of_usage(capsys: pytest.CaptureFixture[str]) -> None:
    refused = called(capsys)
    assert refused.code == Exit.USAGE
    assert refused.out == ""
    assert refused.err.startswith("Usage: recoup [OPTIONS] COMMAND")


@pytest.mark.parametrize("arguments", [("lenders",), ("init",)], ids=" ".join)
def test_a_book_in_postgresql_is_not_supported_and_its_password_is_not_repeated(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = called(capsys, "--db", "postgresql://user:secret@host/books", *arguments)
    assert refused.code == Exit.USAGE
    assert "a book is an SQLite file; postgresql:// is not supported" in refused.err
    assert "secret" not in refused.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["sqlite:///book.db", "sqlite://book.db"])
def test_a_book_may_be_named_by_its_url(url: str, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(capsys, "--db", url, "lenders", "-O", "csv") == called(
        capsys, "--db", str(book), "lenders", "-O", "csv"
    )


def test_the_environment_may_name_the_book_and_who_records(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECOUP_DB", book.name)
    monkeypatch.setenv("RECOUP_BY", "auditor")
    Path("facts.jsonl").write_bytes(EUR)
    assert called(capsys, "import", "facts.jsonl").code == Exit.CLEAN
    assert called(capsys, "import", "--by", "clerk", "facts.jsonl").code == Exit.CLEAN
    recorders = [json.loads(row)["recorded_by"] for row in called(capsys, "events", "-O", "jsonl").out.splitlines()]
    assert recorders == ["treasury", "treasury", "treasury", "treasury", "auditor"]


def test_a_traceback_is_shown_only_on_request(book: Path, tmp_path: Path) -> None:
    Path("facts.jsonl").write_bytes(deposit("-1"))
    plain = run(["--db", book.name, "import", "facts.jsonl"], tmp_path)
    debugged = run(["--debug", "--db", book.name, "import", "facts.jsonl"], tmp_path)
    assert plain.code == debugged.code == Exit.REFUSED
    assert "Traceback" not in plain.err
    assert "Traceback (most recent call last)" in debugged.err
    assert debugged.err.endswith(plain.err)


# Several files, standard input, chunks.


def test_standard_input_is_read_for_a_dash(book: Path, tmp_path: Path) -> None:
    done = run(["--db", book.name, "import", "-"], tmp_path, EUR)
    again = run(["--db", book.name, "import", "-"], tmp_path, EUR)
    assert done == Run(Exit.CLEAN, "", "recoup: -: 1 recorded, 0 already recorded\n")
    assert again == Run(Exit.CLEAN, "", "recoup: -: 0 recorded, 1 already recorded\n")


def test_standard_input_is_refused_like_a_file(book: Path, tmp_path: Path) -> None:
    before = bytes_of(book)
    nothing = run(["--db", book.name, "import", "-"], tmp_path)
    malformed = run(["--db", book.name, "import", "-"], tmp_path, EUR + b"hello\n")
    assert nothing == Run(Exit.REFUSED, "", "recoup: -: holds no facts\n")
    assert malformed.code == Exit.REFUSED
    assert malformed.err.startswith("recoup: -: line 2: not a JSON object")
    assert bytes_of(book) == before


def test_several_files_are_recorded_in_their_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, content in {"b.jsonl": USD, "a.jsonl": FUND + POOL, "c.jsonl": DEPOSIT}.items():
        (tmp_path / name).write_bytes(content)
    done = called(capsys, "--db", "book.db", "import", "b.jsonl", "a.jsonl", "c.jsonl")
    assert done.code == Exit.CLEAN
    assert done.err.splitlines() == [
        "recoup: created book.db",
        "recoup: b.jsonl: 1 recorded, 0 already recorded",
        "recoup: a.jsonl: 2 recorded, 0 already recorded",
        "recoup: c.jsonl: 1 recorded, 0 already recorded",
    ]
    assert ids(capsys) == ["usd", "fund", "pool", "deposit"]


def test_a_file_that_is_refused_leaves_the_ones_before_recorded_and_the_ones_after_untouched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in {"1.jsonl": USD, "2.jsonl": EUR + b"hello\n", "3.jsonl": FUND}.items():
        (tmp_path / name).write_bytes(content)
    refused = called(capsys, "--db", "book.db", "import", "1.jsonl", "2.jsonl", "3.jsonl")
    assert refused.code == Exit.REFUSED
    assert "recoup: 1.jsonl: 1 recorded, 0 already recorded\n" in refused.err
    assert "2.jsonl: line 2: not a JSON object" in refused.err
    assert "3.jsonl" not in refused.err
    assert ids(capsys) == ["usd"]


def test_chunks_record_the_same_as_one_transaction(capsys: pytest.CaptureFixture[str]) -> None:
    Path("desk.jsonl").write_bytes(b"".join(desk_lines(50)))
    whole = called(capsys, "--db", "whole.db", "import", "desk.jsonl")
    chunked = called(capsys, "--db", "chunked.db", "import", "--chunk", "7", "desk.jsonl")
    assert whole.err == "recoup: created whole.db\nrecoup: desk.jsonl: 50 recorded, 0 already recorded\n"
    assert chunked.err == "recoup: created chunked.db\nrecoup: desk.jsonl: 50 recorded, 0 already recorded\n"
    of_whole = called(capsys, "--db", "whole.db", "replay")
    of_chunked = called(capsys, "--db", "chunked.db", "replay")
    assert of_whole.code == Exit.CLEAN
    assert of_whole.out.startswith("replay of whole.db, position 50\n")
    assert of_chunked == of_whole._replace(out=of_whole.out.replace("whole.db", "chunked.db", 1))


def test_the_chunks_before_a_refused_one_stay_and_running_again_resumes(capsys: pytest.CaptureFixture[str]) -> None:
    refused = imported(capsys, USD + FUND + POOL + b"hello\n" + DEPOSIT, "--chunk", "2")
    assert refused.code == Exit.REFUSED
    assert "facts.jsonl: line 4: not a JSON object" in refused.err
    assert ids(capsys) == ["usd", "fund"]
    resumed = imported(capsys, USD + FUND + POOL + DEPOSIT, "--chunk", "2")
    assert resumed == Run(Exit.CLEAN, "", "recoup: facts.jsonl: 2 recorded, 2 already recorded\n")


def test_a_refusal_says_how_many_facts_the_chunks_before_had_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    refused = imported(capsys, USD + FUND + b"hello\n", "--chunk", "2")
    assert refused.code == Exit.REFUSED
    assert "facts.jsonl: 2 facts of the chunks before are recorded" in refused.err


# Trying.


@pytest.mark.parametrize("arguments", [("init",), ("import", "../facts.jsonl"), ("demo",)], ids=lambda one: one[0])
def test_a_dry_run_writes_nothing(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "facts.jsonl").write_bytes(USD + FUND)
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path / "folder")
    assert called(capsys, *arguments, "--dry-run").code == Exit.CLEAN
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_dry_run_says_what_would_be_recorded_and_leaves_the_book_as_it_is(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    done = imported(capsys, DEPOSIT + EUR, "--dry-run")
    assert done == Run(
        Exit.CLEAN, "", "recoup: facts.jsonl: 1 would be recorded (asset-registered 1), 1 already recorded\n"
    )
    assert bytes_of(book) == before


def test_a_dry_run_refuses_what_a_real_one_would(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = deposit("1", colour="red") + b"hello\n"
    tried = imported(capsys, content, "--dry-run")
    assert tried.code == Exit.REFUSED
    assert tried == imported(capsys, content)
    assert ids(capsys, book.name) == ["usd", "fund", "pool", "deposit"]


def test_a_dry_run_checks_each_file_after_the_ones_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "1.jsonl").write_bytes(USD)
    (tmp_path / "2.jsonl").write_bytes(FUND)
    tried = called(capsys, "--db", "book.db", "import", "--dry-run", "1.jsonl", "2.jsonl", "1.jsonl")
    assert tried.code == Exit.CLEAN
    assert tried.err.splitlines() == [
        "recoup: 1.jsonl: 1 would be recorded (asset-registered 1), 0 already recorded",
        "recoup: 2.jsonl: 1 would be recorded (fund-opened 1), 0 already recorded",
        "recoup: 1.jsonl: 0 would be recorded, 1 already recorded",
    ]


# Being interrupted.


def wait_until_read(pipe: IO[bytes]) -> None:
    """Wait until all that was written into a pipe is taken out of it."""
    while struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))) != (0,):
        time.sleep(0.01)


def test_an_interrupted_import_records_nothing(book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    with begun(["--db", book.name, "import", "-"], tmp_path) as process:
        assert process.stdin is not None
        process.stdin.write(b"".join(desk_lines(3_000)))
        process.stdin.flush()
        wait_until_read(process.stdin)
        code = interrupted(process)
        _, told = process.communicate()
    assert code == Exit.INTERRUPTED
    assert told.decode().strip() == "recoup: interrupted"
    assert bytes_of(book) == before
    assert ids(capsys) == ["usd", "fund", "pool", "deposit"]


def test_an_interrupted_report_says_so_and_nothing_else(tmp_path: Path) -> None:
    recorded(tmp_path / "book.db", desk_lines(600))
    with begun(["--db", "book.db", "events", "-O", "csv"], tmp_path) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        code = interrupted(process)
        _, told = process.communicate()
    assert code == Exit.INTERRUPTED
    assert told.decode().strip() == "recoup: interrupted"


def program(text: str, arguments: list[str], folder: Path) -> Run:
    """Run a program of Python, which calls the command with these arguments."""
    done = subprocess.run(
        [sys.executable, "-c", text, *arguments],
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
        env=environment(),
    )
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


INTERRUPTED_LOADING: Final = """
import sys

class Interrupted:
    @staticmethod
    def find_spec(name, *_):
        if name == sys.argv[1]:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupted)
from cli.main import main
main(sys.argv[2:])
"""
"""A program that is interrupted while it loads the module that its first argument names."""


@pytest.mark.parametrize("module", ["cli.exits", "ledger.errors", "cli.reports", "ledger.journal.sqlite", "cli.tables"])
def test_an_interruption_while_the_command_loads_ends_it_without_a_traceback(
    module: str, book: Path, tmp_path: Path
) -> None:
    done = program(INTERRUPTED_LOADING, [module, "--db", book.name, "lenders"], tmp_path)
    assert (done.code, done.out) == (Exit.INTERRUPTED, "")
    assert done.err.strip() in {"", "recoup: interrupted"}


INTERRUPTED_WRITING_OUT: Final = """
import sys
from cli.main import main

def interrupt(frame, event, _):
    if event == "c_call" and frame.f_code.co_name == "canonical":
        sys.setprofile(None)
        raise KeyboardInterrupt

sys.setprofile(interrupt)
main(sys.argv[1:])
"""
"""A program that is interrupted while the first event is written out in its canonical form."""


def test_an_import_that_is_interrupted_while_it_writes_out_an_event_says_so(book: Path, tmp_path: Path) -> None:
    before = bytes_of(book)
    Path("facts.jsonl").write_bytes(EUR)
    done = program(INTERRUPTED_WRITING_OUT, ["--db", book.name, "import", "facts.jsonl"], tmp_path)
    assert bytes_of(book) == before
    assert done.err.strip() == "recoup: interrupted"
    assert done.code == Exit.INTERRUPTED


INTERRUPTED_WAITING: Final = """
import signal, sys
import cli.import_, ledger.journal.sqlite, ledger.sources.json_lines
from cli.main import main
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, 1)
main(sys.argv[1:])
"""
"""A program that is interrupted after a second."""


def test_an_import_that_is_interrupted_while_it_waits_says_so_and_nothing_else(book: Path, tmp_path: Path) -> None:
    Path("facts.jsonl").write_bytes(EUR)
    asked = ["--wait", "3", "--db", book.name, "import", "facts.jsonl"]
    with another_writer(book):
        done = program(INTERRUPTED_WAITING, asked, tmp_path)
    assert done.code == Exit.INTERRUPTED
    assert done.err.strip() == "recoup: interrupted"


# Streams: what is read and written, and what stays closed.


def read_one_line(arguments: list[str], folder: Path) -> tuple[int, bytes]:
    """Take one line of what a command writes, and close the pipe, as `head -1` does. Gives its code and messages."""
    with begun(arguments, folder) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.close()
        process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()
    return process.returncode, told


@pytest.fixture(scope="module")
def long_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book whose reports do not fit into a pipe."""
    return recorded(tmp_path_factory.mktemp("long") / "book.db", desk_lines(600))


@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "table"])
def test_a_reader_that_stops_early_is_no_finding_and_worth_no_word(form: str, long_book: Path) -> None:
    code, told = read_one_line(["--db", long_book.name, "events", "-O", form], long_book.parent)
    assert code in {Exit.CLEAN, -signal.SIGPIPE}
    assert told == b""


def test_standard_output_that_is_full_is_a_full_disk(book: Path, tmp_path: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    refused = run(["--db", book.name, "events"], tmp_path, before=lambda: os.dup2(full, 1))
    os.close(full)
    assert refused == Run(Exit.CONFLICT, "", "recoup: standard output: No space left on device\n")


CALLED_IN_TURN: Final = """
import json, sys
from cli.main import main
for arguments in json.loads(sys.argv[1]):
    sys.stdout = None
    try:
        main(["--db", "recoup-demo.db", *arguments])
    except SystemExit as end:
        if end.code:
            print(end.code, *arguments, file=sys.stderr)
"""
"""Calls verbs, each as if it were begun without standard output."""


def test_standard_output_that_is_closed_is_no_error(tmp_path: Path) -> None:
    demo_book(tmp_path)
    done = run(["--db", "recoup-demo.db", "lenders"], tmp_path, before=lambda: os.close(1))
    assert done == Run(Exit.CLEAN, "", "")


def test_no_reading_verb_needs_standard_output(tmp_path: Path) -> None:
    demo_book(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", CALLED_IN_TURN, json.dumps([*READING.values()])],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        check=True,
        env=environment(),
        preexec_fn=lambda: os.close(1),
    )
    assert done.stderr == b""


def test_with_every_stream_closed_a_report_is_written_to_its_file(book: Path, tmp_path: Path) -> None:
    printed = run(["--db", book.name, "funds", "-O", "csv"], tmp_path)
    done = run(["--db", book.name, "funds", "-o", "funds.csv"], tmp_path, before=lambda: os.closerange(0, 3))
    assert done == Run(Exit.CLEAN, "", "")
    assert Path("funds.csv").read_text() == printed.out


def test_with_standard_error_closed_the_exit_code_tells_and_nothing_is_written_elsewhere(
    book: Path, tmp_path: Path
) -> None:
    before = bytes_of(book)
    Path("facts.jsonl").write_bytes(deposit("-1"))
    refused = run(["--db", book.name, "import", "facts.jsonl"], tmp_path, before=lambda: os.close(2))
    assert refused == Run(Exit.REFUSED, "", "")
    assert bytes_of(book) == before


def test_with_no_stream_for_what_is_said_facts_are_recorded_and_the_book_is_whole(book: Path, tmp_path: Path) -> None:
    Path("facts.jsonl").write_bytes(EUR)
    done = run(["--db", book.name, "import", "facts.jsonl"], tmp_path, before=lambda: os.closerange(0, 3))
    assert done == Run(Exit.CLEAN, "", "")
    assert "5 entries replayed, every law holds" in run(["--db", book.name, "replay"], tmp_path).out


def test_standard_input_that_is_closed_holds_no_facts(tmp_path: Path) -> None:
    refused = run(["--db", "book.db", "import", "-"], tmp_path, before=lambda: os.close(0))
    assert refused.code in {Exit.USAGE, Exit.REFUSED}
    assert "internal error" not in refused.err


ASCII: Final = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
"""A locale that knows no other text than ASCII, for a Python that takes it at its word."""


@pytest.mark.parametrize("changes", [ASCII, ASCII | {"PYTHONIOENCODING": "latin-1"}], ids=["C", "Latin"])
@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
def test_what_is_printed_is_utf_8_whatever_the_locale(form: str, changes: dict[str, str], tmp_path: Path) -> None:
    recorded(tmp_path / "book.db", [USD], recorded_by="Zürich 東京")
    asked = ["--db", "book.db", "events", "-O", form]
    printed = run(asked, tmp_path, env=changes)
    assert printed == run(asked, tmp_path, env={"LC_ALL": "C.UTF-8"})
    assert printed.code == Exit.CLEAN
    assert "Zürich 東京" in printed.out


@pytest.mark.parametrize("changes", [ASCII, ASCII | {"PYTHONIOENCODING": "latin-1"}], ids=["C", "Latin"])
def test_what_is_said_is_utf_8_whatever_the_locale(changes: dict[str, str], book: Path, tmp_path: Path) -> None:
    Path("facts.jsonl").write_text('{"type":"zurückgezahlt 返済"}\n', encoding="utf-8")
    refused = run(["--db", book.name, "import", "facts.jsonl"], tmp_path, env=changes)
    assert refused.code == Exit.REFUSED
    assert refused.err == ('recoup: facts.jsonl: line 1: type: no event is called that, not "zurückgezahlt 返済"\n')
