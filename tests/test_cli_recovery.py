"""Reversals, adjustments and recoveries at the command line: as they are imported, refused, shown and replayed."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from cli.exits import Exit
from tests.command_line import FIRST, LATER, SECOND, called, document, fact, recorded

CASE: Final[dict[str, Any]] = {"pool": "alpha", "loan": "L1", "case": "C1"}
BETA: Final[dict[str, Any]] = {"pool": "beta", "asset": "EUR", "debt": "pooled", "waterfall": []}
FOURTH, FIFTH = "2022-11-04T00:00:00Z", "2022-11-05T00:00:00Z"


def line(account: str, amount: int, commodity: str = "EUR") -> dict[str, str]:
    """A free line of an entry."""
    return {"account": account, "commodity": commodity, "amount": str(amount)}


def undoing(assets: int, at: str = SECOND, **fields: object) -> bytes:
    """The reversal of a deposit of bob's."""
    postings = [
        line("register:alpha:lenders:bob", -assets, "shares:alpha:lenders"),
        line("register:alpha:lenders", assets, "shares:alpha:lenders"),
        line("assets:alpha:cash", -assets),
        line("liabilities:alpha:claims:lenders", assets),
    ]
    return fact("entry-reversed", at, **{"of": "slip", "reason": "entered twice", "postings": postings, **fields})


BEFORE: Final = [
    fact("asset-registered", FIRST, asset="EUR", decimals=2),
    fact("fund-opened", FIRST, fund="cushion", asset="EUR"),
    fact("fund-contributed", FIRST, fund="cushion", contributor="sponsor", amount="5000"),
    fact("pool-opened", FIRST, pool="alpha", asset="EUR", debt="bilateral", waterfall=[{"layer": "hold"}]),
    fact("deposited", FIRST, id="first", pool="alpha", lender="alice", assets="60000", shares="60000"),
    fact("deposited", SECOND, id="slip", pool="alpha", lender="bob", assets="40000", shares="40000"),
]
AFTER: Final = [
    undoing(40_000, id="undone"),
    fact("loan-originated", SECOND, pool="alpha", loan="L1", borrower="carol", principal="50000"),
    fact("loan-defaulted", LATER, **CASE, reason="unpaid", principal="50000", interest="0"),
    fact("shortfall-recognized", LATER, **CASE, principal="30000"),
    fact("fund-drawn", LATER, fund="cushion", pool="alpha", case="C1", amount="5000"),
    fact("bad-debt-socialized", LATER, id="loss", pool="alpha", case="C1", tranche="lenders", amount="25000"),
    fact("recovery-received", FOURTH, pool="alpha", case="C1", amount="9050", costs="50"),
    fact(
        "recovery-allocated",
        FOURTH,
        pool="alpha",
        case="C1",
        parts=[
            {"to": "fund", "name": "cushion", "amount": "2000"},
            {"to": "bearers", "basis": "loss", "amount": "7000"},
        ],
    ),
    fact("restitution-paid", FOURTH, pool="alpha", case="C1", holder="alice", amount="6999"),
    fact(
        "adjustment-posted",
        FIFTH,
        pool="alpha",
        reason="the board decided",
        postings=[line("assets:alpha:defaulted:L1:principal", -1), line("equity:alpha:rounding", 1)],
    ),
]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of 16 entries: the first 6 recorded on 1 December, the others a day later."""
    path = recorded(tmp_path_factory.mktemp("recovery") / "book.db", BEFORE, at="2022-12-01T09:00:00Z")
    return recorded(path, AFTER, at="2022-12-02T09:00:00Z")


def shown(capsys: pytest.CaptureFixture[str], book: Path, report: str, column: str, *asked: str) -> list[Any]:
    """One column of a report."""
    return [row[column] for row in document(capsys, book, *report.split(), *asked)["rows"]]


# What is shown.


def test_a_lender_whose_only_deposit_is_reversed_has_no_row(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, book, "lenders", "lender") == ["alice"]


@pytest.mark.parametrize(
    ("asked", "lenders"),
    [
        ("--position 6", ["alice", "bob"]),
        ("--position 7", ["alice"]),
        ("--known-at 2022-12-01", ["alice", "bob"]),
        ("--known-at 2022-12-02T09:00:00Z", ["alice"]),
        ("--as-of 2022-11-02 --known-at 2022-12-01", ["alice", "bob"]),
        ("--as-of 2022-11-02", ["alice"]),
        ("--as-of 2022-11-01", ["alice"]),
    ],
)
def test_what_is_reversed_counts_until_its_reversal_is_known(
    asked: str, lenders: list[str], book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shown(capsys, book, "lenders", "lender", *asked.split()) == lenders


@pytest.mark.parametrize(("report", "positions"), [("events", [6, 7]), ("register", [6, 6, 6, 6, 7, 7, 7, 7])])
def test_the_entries_of_one_lender_are_shown_with_what_undoes_them(
    report: str, positions: list[int], book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shown(capsys, book, report, "position", "--lender", "bob") == positions


@pytest.mark.parametrize(
    ("asked", "positions"),
    [
        (["--case", "C1"], [9, 10, 11, 12, 13, 14, 15]),
        (["--loan", "L1"], [8, 9, 10, 16]),
        (["--fund", "cushion"], [2, 3, 11, 14]),
        (["--lender", "alice"], [5, 15]),
    ],
)
def test_entries_can_be_limited_to_what_recoveries_and_adjustments_name(
    asked: list[str], positions: list[int], book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shown(capsys, book, "events", "position", *asked) == positions


@pytest.mark.parametrize(("asked", "adjusted"), [([], 1), (["--as-of", "2022-11-04"], 0), (["--position", "15"], 0)])
def test_a_document_says_how_many_adjustments_count(
    asked: list[str], adjusted: int, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert document(capsys, book, "pools", *asked)["adjusted"] == adjusted


@pytest.mark.parametrize("report", ["lenders", "events"])
def test_a_table_says_that_adjustments_count(report: str, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, *_ = called(capsys, "--db", str(book), report).out.splitlines()

    assert first == f"{report} of book.db, position 16, as of 2022-11-05T00:00:00Z, 1 adjusted"


def test_a_case_in_csv_is_told_to_its_recovery_and_adjustment(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(capsys, "--db", str(book), "case", "C1", "-O", "csv").out == (
        "event,position,at,source,asset,available,borne,remaining\n"
        "loan-defaulted,9,2022-11-03T00:00:00Z,exposure,EUR,,0,50000\n"
        "shortfall-recognized,10,2022-11-03T00:00:00Z,shortfall,EUR,,0,50000\n"
        "fund-drawn,11,2022-11-03T00:00:00Z,fund cushion,EUR,5000,5000,45000\n"
        "bad-debt-socialized,12,2022-11-03T00:00:00Z,tranche lenders,EUR,60000,25000,20000\n"
        "recovery-received,13,2022-11-04T00:00:00Z,recovery,EUR,9000,0,20000\n"
        "recovery-allocated,14,2022-11-04T00:00:00Z,recoveries,EUR,9000,0,20000\n"
        "restitution-paid,15,2022-11-04T00:00:00Z,restitution alice,EUR,6999,0,20000\n"
        "adjustment-posted,16,2022-11-05T00:00:00Z,adjustment,EUR,,0,19999\n"
    )


def test_the_columns_of_a_recovery_are_filled(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [lender] = document(capsys, book, "lenders")["rows"]
    [fund] = document(capsys, book, "funds")["rows"]
    [case] = document(capsys, book, "deficits")["rows"]

    assert (lender["balance"], lender["losses"], lender["restitution"]) == ("35000", "25000", "6999")
    assert (fund["balance"], fund["drawn"], fund["reimbursed"], fund["adjusted"]) == ("2000", "5000", "2000", "0")
    assert (case["adjusted_in_default"], case["in_default"], case["restored"]) == ("-1", "19999", "9000")


def test_a_replay_of_it_is_clean(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "--db", str(book), "replay")

    assert done.code == Exit.CLEAN
    assert "16 entries replayed, every law holds, debits equal credits in 2 commodities" in done.out


# What is imported.


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A book of its own, with the deposit that is to be reversed."""
    return recorded(tmp_path / "book.db", BEFORE)


def imported(capsys: pytest.CaptureFixture[str], book: Path, *lines: bytes) -> tuple[int, str]:
    """The exit code of an import of these lines, and what it said."""
    file = book.with_name("facts.jsonl")
    file.write_bytes(b"".join(lines))
    done = called(capsys, "--db", str(book), "import", str(file))
    return done.code, done.err


def test_a_reversal_is_imported_once(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(capsys, fresh, undoing(40_000, id="undone"))[0] == Exit.CLEAN
    assert imported(capsys, fresh, undoing(40_000, id="undone"))[0] == Exit.CLEAN

    code, said = imported(capsys, fresh, undoing(40_000, id="undone-again"))
    assert code == Exit.REFUSED
    assert "law 9" in said
    assert "deposited slip is reversed already" in said
    assert shown(capsys, fresh, "events", "position") == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("reversal", "said"),
    [
        (undoing(40_000, of="nothing"), "no entry nothing was recorded before"),
        (undoing(39_999), "slip did not post"),
        (undoing(40_000, at=FIFTH), "takes its time, not 2022-11-05T00:00:00Z"),
    ],
)
def test_a_reversal_that_does_not_undo_an_entry_is_refused_with_its_law_and_line(
    reversal: bytes, said: str, fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = imported(
        capsys, fresh, fact("deposited", FIFTH, pool="alpha", lender="eve", assets="1", shares="1"), reversal
    )

    assert code == Exit.REFUSED
    assert "line 2" in told
    assert said in told
    assert shown(capsys, fresh, "events", "position") == [1, 2, 3, 4, 5, 6]


def test_what_later_entries_depend_on_is_not_reversed_and_they_are_named(
    fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loan = {"pool": "alpha", "loan": "L1"}
    postings = [line("assets:alpha:loans:L1:principal", -10), line("assets:alpha:cash", 10)]
    code, told = imported(
        capsys,
        fresh,
        fact("loan-originated", LATER, id="lent", **loan, borrower="carol", principal="10"),
        fact("repaid", LATER, id="paid-1", **loan, principal="1"),
        fact("repaid", LATER, id="paid-2", **loan, principal="2"),
        fact("entry-reversed", LATER, of="lent", reason="a slip", postings=postings),
    )

    assert code == Exit.REFUSED
    assert "later entries that depend on it: paid-1, paid-2; reverse them first, newest first" in told


@pytest.mark.parametrize(
    ("postings", "field"),
    [
        ([line("assets:alpha:cash", 0)], "postings.0"),
        ([{"account": "assets:alpha:cash", "commodity": "EUR", "amount": "+1"}], "postings.0.amount"),
        ([{"account": "assets:alpha:cash", "commodity": "EUR", "amount": "-0"}], "postings.0.amount"),
        ([{"account": "assets:alpha:cash", "commodity": "EUR", "amount": 1}], "postings.0.amount"),
        ([{"account": "assets:alpha:cash", "amount": "1"}], "postings.0.commodity"),
        ([{"account": "cash", "commodity": "EUR", "amount": "1"}], "postings.0.account"),
        ([line("assets:alpha:cash", 1) | {"note": "x"}], "postings.0.note"),
    ],
    ids=json.dumps,
)
def test_a_malformed_posting_is_refused_with_its_line_and_field(
    postings: list[dict[str, object]], field: str, fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = imported(
        capsys, fresh, fact("adjustment-posted", LATER, pool="alpha", reason="a slip", postings=postings)
    )

    assert code == Exit.REFUSED
    assert f"line 1: {field}:" in told


def test_an_adjustment_that_does_not_balance_is_refused(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    postings = [line("assets:alpha:cash", 5), line("equity:alpha:rounding", -4)]
    code, told = imported(
        capsys, fresh, fact("adjustment-posted", LATER, pool="alpha", reason="a slip", postings=postings)
    )

    assert code == Exit.REFUSED
    assert "postings to accounts of money in EUR sum to 1, not to 0" in told
