"""Snapshots: balances at a moment, from rows, and what is said of rows that contradict each other or state none."""

from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.reconciliation.items import Accrued, FileMark, Held, Snapshot, SourceRefused
from projections.reconciliation.sources.raw import Raw
from projections.reconciliation.sources.snapshots import KEYS, snapshots_of
from projections.reconciliation.sources.wanted import Wanted
from projections.reports import REPORTS

MARK: Final = FileMark("chain.jsonl", "0" * 64, "jsonl", 0, {})
AT: Final = "2024-05-31T12:00:00Z"


def rows(*fields: dict[str, str]) -> list[Raw]:
    return [Raw(place, said) for place, said in enumerate(fields, 1)]


def row(**said: str) -> dict[str, str]:
    """A row of a lender's shares at a moment, with some fields changed; empty ones are left out by the file."""
    return {"at": AT, "block": "100", "pool": "p", "lender": "0xab", "shares": "7"} | said


def refused(*fields: dict[str, str], wanted: Wanted | None = None) -> tuple[str, ...]:
    with pytest.raises(SourceRefused) as error:
        snapshots_of(rows(*fields), MARK, wanted)
    assert error.value.name == "chain.jsonl"
    return error.value.problems


# What is read.


def test_a_row_states_its_amounts_under_the_names_that_it_has() -> None:
    (snapshot,) = snapshots_of(rows(row(balance="-12", tranche="")), MARK, None)
    named = (("pool", "p"), ("lender", "0xab"))
    assert snapshot == Snapshot(
        file=MARK._replace(rows=2, totals={"balance": "-12", "shares": "7"}),
        at=AT,
        block=100,
        finalized=None,
        held=(Held(1, named, "shares", 7), Held(1, named, "balance", -12)),
    )


def test_names_come_in_one_order_whatever_the_order_of_the_columns() -> None:
    one = {"lender": "a", "asset": "EUR", "at": AT, "pool": "p", "balance": "1"}
    (snapshot,) = snapshots_of(rows(one), MARK, None)
    assert snapshot.held[0].keys == (("pool", "p"), ("lender", "a"), ("asset", "EUR"))


def test_amounts_are_of_any_size_and_any_name() -> None:
    fields = {"at": AT, "pool": "p", "loan": "l", "debt": str(2**256 - 1), "collateral.WETH": "3"}
    (snapshot,) = snapshots_of(rows(fields), MARK, None)
    assert [(held.field, held.amount) for held in snapshot.held] == [("debt", 2**256 - 1), ("collateral.WETH", 3)]


def test_what_a_pool_had_accrued_is_no_balance() -> None:
    accrued = {"at": AT, "block": "100", "pool": "p", "accrued_interest": "12", "accrued_fee_shares": "3"}
    (snapshot,) = snapshots_of(rows(row(), accrued), MARK, None)
    assert snapshot.accrued == (Accrued("p", 12, 3),)
    assert [held.field for held in snapshot.held] == ["shares"]


def test_what_was_final_and_how_amounts_are_rounded_is_said_by_any_row() -> None:
    (snapshot,) = snapshots_of(rows(row(), row(lender="b", finalized="90", precision="1000")), MARK, None)
    assert (snapshot.finalized, snapshot.precision) == (90, 1000)


def test_how_amounts_are_rounded_is_said_once_for_a_file() -> None:
    said = row(precision="1000"), row(block="200", at="2024-06-01"), row(block="300", at="2024-06-02")
    assert [snapshot.precision for snapshot in snapshots_of(rows(*said), MARK, None)] == [1000, 1000, 1000]
    differing = (*said, row(block="300", at="2024-06-02", lender="b", precision="10"))
    assert [snapshot.precision for snapshot in snapshots_of(rows(*differing), MARK, None)] == [1000, 1, 10]


def test_rows_of_several_moments_are_several_snapshots_the_earliest_first() -> None:
    later = row(at="2024-06-01T02:00:00+02:00", block="200")
    first, second = snapshots_of(rows(later, row()), MARK, None)
    assert (first.block, first.at) == (100, AT)
    assert (second.block, second.at) == (200, "2024-06-01T00:00:00Z")
    assert first.file == second.file


def test_a_day_stands_for_its_end() -> None:
    by_time = [row(at=at, block="") for at in ("2024-06-01T00:00:00Z", "2024-05-31", "2024-05-31T23:59:59.9Z")]
    snapshots = snapshots_of(rows(*by_time), MARK, None)
    assert [snapshot.at for snapshot in snapshots] == ["2024-05-31T23:59:59.9Z", "2024-05-31", "2024-06-01T00:00:00Z"]


def test_a_block_alone_is_of_the_time_that_another_row_gives_it_and_the_reverse() -> None:
    (snapshot,) = snapshots_of(rows(row(), row(at="", lender="b"), row(block="", lender="c")), MARK, None)
    assert [held.keys[1][1] for held in snapshot.held] == ["0xab", "b", "c"]


def test_blocks_need_no_time() -> None:
    snapshots = snapshots_of(rows(row(at="", block="20"), row(at="", block="3")), MARK, None)
    assert [(snapshot.at, snapshot.block) for snapshot in snapshots] == [("", 3), ("", 20)]


def test_rows_without_a_moment_are_of_the_closing_that_is_wanted() -> None:
    wanted = Wanted(None, "", 0, closed_at="2024-05-31")
    (snapshot,) = snapshots_of(rows(row(at="", block="")), MARK, wanted)
    assert (snapshot.at, snapshot.block) == ("2024-05-31", None)


@pytest.mark.parametrize(
    ("closed_at", "at"),
    [("2024-05-31", AT), ("2024-05-31", ""), ("2024-05-31T12:00:00Z", AT), ("2024-05-31T12:00:00Z", "")],
)
def test_the_closing_that_is_wanted_may_be_said_too(closed_at: str, at: str) -> None:
    wanted = Wanted(None, "", 0, closed_at=closed_at)
    assert len(snapshots_of(rows(row(at=at), row(lender="b")), MARK, wanted)) == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (row(), "line 1: at: the closing was said to be at 2025-03-31, not 2024-05-31T12:00:00Z"),
        (row(block=""), "line 1: at: the closing was said to be at 2025-03-31, not 2024-05-31T12:00:00Z"),
        (row(at=""), "line 1: at: the closing was said to be at 2025-03-31, not block 100"),
    ],
)
def test_another_moment_than_the_closing_that_is_wanted_is_refused_once(said: dict[str, str], told: str) -> None:
    assert refused(said, said | {"lender": "b"}, wanted=Wanted(None, "", 0, closed_at="2025-03-31")) == (told,)


def test_what_is_stated_twice_alike_is_stated_once() -> None:
    (snapshot,) = snapshots_of(rows(row(), row()), MARK, None)
    assert [held.place for held in snapshot.held] == [1]
    assert snapshot.file.totals == {"shares": "7"}


def test_every_field_that_a_report_of_balances_is_known_by_is_a_name() -> None:
    compared = [report for report in REPORTS.values() if not report.needs and not report.streams]
    assert {key for report in compared for key in report.keys} <= {*KEYS}


MOMENTS: Final = st.sampled_from([("2024-05-01", "1"), ("2024-05-02T00:00:00Z", "2"), ("2024-05-03", "30")])
STATED: Final = st.dictionaries(st.tuples(MOMENTS, st.sampled_from("abc")), st.integers(-3, 2**70), min_size=1)


@given(stated=STATED)
def test_the_order_of_rows_changes_nothing(stated: dict[tuple[tuple[str, str], str], int]) -> None:
    fields = [row(at=at, block=block, lender=name, shares=str(n)) for ((at, block), name), n in stated.items()]
    assert balances(fields) == balances(fields[::-1])
    assert sum(len(held) for _, held in balances(fields)) == len(stated)


def balances(fields: Sequence[dict[str, str]]) -> list[tuple[int | None, set[tuple[str, int]]]]:
    """The shares of each lender, by block."""
    return [
        (snapshot.block, {(held.keys[1][1], held.amount) for held in snapshot.held})
        for snapshot in snapshots_of(rows(*fields), MARK, None)
    ]


# What is refused.


@pytest.mark.parametrize(
    ("said", "flaw"),
    [
        ({"shares": "7.0"}, 'line 1: shares: an amount is an integer in base units, below 2^256, not "7.0"'),
        ({"shares": "1e3"}, 'line 1: shares: an amount is an integer in base units, below 2^256, not "1e3"'),
        ({"shares": "07"}, 'line 1: shares: an amount is an integer in base units, below 2^256, not "07"'),
        (
            {"shares": str(2**256)},
            f'line 1: shares: an amount is an integer in base units, below 2^256, not "{2**256}"',
        ),
        ({"shares": ""}, "line 1: states no amount"),
        ({"name_of_pool": "p"}, 'line 1: name_of_pool: an amount is an integer in base units, below 2^256, not "p"'),
        ({"pool": "", "lender": ""}, f"line 1: names nothing: it has none of {', '.join(KEYS)}"),
        (
            {"at": "31 May"},
            'line 1: at: an instant is RFC 3339 with an offset, such as 2022-11-22T13:31:23Z, not "31 May"',
        ),
        (
            {"at": "2024-02-30"},
            'line 1: at: a day is YYYY-MM-DD, on the calendar, not "2024-02-30"',
        ),
        ({"block": "0x64"}, 'line 1: block: is a whole number, of 18 digits at most, not "0x64"'),
        ({"finalized": "-1"}, 'line 1: finalized: is a whole number, of 18 digits at most, not "-1"'),
        ({"precision": "0"}, 'line 1: precision: is a whole number from 1 on, not "0"'),
        ({"at": "", "block": ""}, "line 1: at: is missing, and so is block: a balance is of a moment"),
        ({"pool": "", "accrued_interest": "1"}, "line 1: pool: is missing: what had accrued is of a pool"),
    ],
)
def test_a_flaw_is_told_with_its_line_its_field_and_its_value(said: dict[str, str], flaw: str) -> None:
    assert refused(row(**said)) == (flaw,)


def test_all_flaws_are_told_together_in_the_order_of_lines() -> None:
    assert refused(row(shares="x", block="y"), row(at="z"), row(shares="8"), row()) == (
        'line 1: block: is a whole number, of 18 digits at most, not "y"',
        'line 1: shares: an amount is an integer in base units, below 2^256, not "x"',
        'line 2: at: an instant is RFC 3339 with an offset, such as 2022-11-22T13:31:23Z, not "z"',
        "line 4: shares: of pool p, lender 0xab is 8 in line 3 at the same moment, not 7",
    )


def test_nothing_at_all_is_no_snapshot() -> None:
    assert refused() == ("line 1: no balance is stated",)


def test_a_pool_has_accrued_one_amount_at_a_moment() -> None:
    accrued = {"at": AT, "block": "100", "pool": "p", "accrued_interest": "12"}
    assert refused(accrued, accrued | {"accrued_interest": "13"}) == (
        "line 2: accrued_interest: of pool p is stated otherwise in line 1",
    )


@pytest.mark.parametrize("field", ["finalized", "precision"])
def test_what_is_said_of_a_moment_is_said_alike(field: str) -> None:
    assert refused(row(**{field: "5"}), row(lender="b", **{field: "6"})) == (
        f"line 2: {field}: is 5 in line 1 at the same moment, not 6",
    )


def test_a_block_has_one_time() -> None:
    assert refused(row(), row(at="2024-05-31T12:00:01Z", lender="b")) == (
        "line 2: at: block 100 is of 2024-05-31T12:00:00Z in line 1, not 2024-05-31T12:00:01Z",
    )


def test_a_later_block_is_not_of_an_earlier_time() -> None:
    assert refused(row(), row(block="101", at="2024-05-30")) == (
        "line 2: at: block 101 is after block 100, which is of 2024-05-31T12:00:00Z, not 2024-05-30",
    )


def test_moments_that_are_in_no_order_are_refused() -> None:
    assert refused(row(block=""), row(at="")) == (
        "line 1: block: some rows say a time and others a block: which moment is the earlier cannot be told",
    )
