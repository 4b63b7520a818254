"""The verb `entitlements`: who bore a case, and what of it each was given back, was paid, and is due."""

from pathlib import Path

import pytest

from cli.exits import Exit
from tests.command_line import KEYS, called, desk_book, document


@pytest.fixture
def book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A book in which alice and bob bore 25,000 as 6 to 4, and 10,000 came back, of which alice was paid 1,000."""
    path = desk_book(tmp_path)
    for command in (
        ("receive-recovery", "amount=10000"),
        ("allocate-recovery", "policy=bearers"),
        ("pay-restitution", "holder=alice", "amount=1000"),
    ):
        asked = ("record", *command, "pool=alpha", "case=C1", "at=2022-12-03T00:00:00Z")
        assert called(capsys, "--db", str(path), *asked).code == Exit.CLEAN
    return path


def test_each_who_bore_the_case_has_a_row(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = document(capsys, book, "entitlements", "C1")
    assert (shown["schema"], shown["position"]) == ("recoup.entitlements/1", 21)
    assert [list(row) for row in shown["rows"]] == [KEYS["entitlements"].split()] * 2
    figures = [(row["holder"], row["bore"], row["allocated"], row["paid"], row["due"]) for row in shown["rows"]]
    assert figures == [("alice", "15000", "6000", "1000", "5000"), ("bob", "10000", "4000", "0", "4000")]


def test_the_statement_is_of_a_position_where_one_is_asked_for(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = document(capsys, book, "entitlements", "C1", "--position", "18")
    assert [row["allocated"] for row in before["rows"]] == ["0", "0"]
    beyond = document(capsys, book, "entitlements", "C1", "--position", "99")
    assert beyond["rows"] == document(capsys, book, "entitlements", "C1")["rows"]


@pytest.mark.parametrize("options", [(), ("--position", "11")])
def test_a_case_that_is_not_there_is_refused(
    options: tuple[str, ...], book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = called(capsys, "--db", str(book), "entitlements", "C1" if options else "C9", *options)
    assert refused.code == Exit.USAGE
    assert "in this book at that point" in refused.err
