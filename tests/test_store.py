"""The projections in SQL say what the fold says: at every position, however they were brought there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.journal import Journal
from ledger.journal.sqlite import SqliteJournal
from projections.reading import Asked
from projections.store.database import Database
from projections.store.refresh import NAMES, Done, Runner
from tests.command_line import SAMPLE, demo_book
from tests.command_line import recorded as booked
from tests.histories import TIMES_ASKED, History, histories, recorded, written
from tests.histories_teller import TIMES
from tests.morpho_blue_sets import LOGS, MEDIUM, SMALL, lines, needs_shared, record
from tests.projected import (
    a_database,
    by_tables,
    differing,
    differing_at,
    differing_at_the_head,
    in_file,
    refreshed,
    small_steps,
)
from tests.three_pools import three_pools

SOME: Final = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])

STRIDES: Final = st.lists(st.integers(1, 30), min_size=2, max_size=6)
SOME_NAMES: Final = st.sets(st.sampled_from(NAMES), min_size=1).map(tuple)
POINTS: Final = st.builds(
    Asked,
    as_of=st.none() | TIMES_ASKED,
    known_at=st.none() | st.sampled_from(TIMES),
    position=st.none() | st.integers(0, 90),
)


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    with small_steps():
        yield


@pytest.fixture(scope="module")
def everything() -> Journal:
    """A book in which everything happens, with late facts and reversals."""
    return written(three_pools().facts)


def brought(database: Database, journal: Journal, strides: list[int]) -> Iterator[int]:
    """The positions to which tables are brought in strides, by a lasting runner and a new one in turn."""
    lasting, head, position = Runner(database, journal), journal.head().position, 0
    for turn, stride in enumerate([*strides, head]):
        position = min(position + stride, head)
        (lasting if turn % 3 else Runner(database, journal)).refresh(through=position)
        yield position


# Rebuild, catch-up and fold.


@SOME
@given(history=histories(), strides=STRIDES)
def test_tables_that_are_brought_up_in_any_strides_say_what_the_fold_says_after_each(
    history: History, strides: list[int]
) -> None:
    journal = recorded(history)
    with a_database() as database:
        found = [differing(database, journal, position) for position in brought(database, journal, strides)]
    assert found == [[]] * (len(strides) + 1)


@SOME
@given(history=histories(), turns=st.lists(st.tuples(st.integers(1, 90), SOME_NAMES), min_size=1, max_size=6))
def test_projections_that_are_brought_up_apart_from_each_other_say_what_the_fold_says(
    history: History, turns: list[tuple[int, tuple[str, ...]]]
) -> None:
    journal = recorded(history)
    with a_database() as database:
        for through, names in turns:
            refreshed(database, journal, through, names)
        apart = differing_at_the_head(database, journal)
        refreshed(database, journal)
        assert (apart, differing(database, journal)) == ([], [])


@SOME
@given(history=histories(), strides=STRIDES, asked=st.lists(POINTS, min_size=4, max_size=4))
def test_a_report_of_the_past_says_the_same_from_a_point_and_from_the_first_entry(
    history: History, strides: list[int], asked: list[Asked]
) -> None:
    journal = recorded(history, clock=iter(sorted(TIMES * 30)))
    with a_database() as database:
        list(brought(database, journal, strides))
        assert [differing_at(database, journal, one) for one in asked] == [[]] * len(asked)


def test_a_book_in_which_everything_happens_says_the_same_at_each_of_its_positions(
    everything: Journal, tmp_path: Path
) -> None:
    database, strides = in_file(tmp_path), [4] * 30
    found = [differing(database, everything, position) for position in brought(database, everything, strides)]
    assert found == [[]] * (len(strides) + 1)


@pytest.mark.parametrize("position", range(0, 120, 13))
def test_a_report_at_a_position_goes_on_from_a_point_before_it(
    everything: Journal, tmp_path: Path, position: int
) -> None:
    database = in_file(tmp_path)
    refreshed(database, everything)
    assert differing_at(database, everything, Asked(position=position)) == []


def test_tables_made_anew_say_what_those_that_grew_said(everything: Journal, tmp_path: Path) -> None:
    database = in_file(tmp_path)
    list(brought(database, everything, [9, 9, 9]))
    done = Runner(database, everything).refresh(rebuild=True)
    assert done == [Done(name, 0, everything.head().position) for name in NAMES]
    assert differing(database, everything) == []


@pytest.mark.parametrize("name", NAMES)
def test_one_projection_is_made_anew_beside_the_others(everything: Journal, tmp_path: Path, name: str) -> None:
    database = in_file(tmp_path)
    refreshed(database, everything)
    Runner(database, everything).refresh((name,), rebuild=True)
    assert differing(database, everything) == []
    assert differing_at(database, everything, Asked(position=50)) == []


def test_a_reversal_takes_a_projection_back_also_where_another_one_has_passed_the_same_point_since(
    everything: Journal, tmp_path: Path
) -> None:
    database, head = in_file(tmp_path), everything.head().position
    before_the_reversals = next(everything.reversals()).position - 1
    refreshed(database, everything, before_the_reversals, ["lenders", "trial-balance"])
    refreshed(database, everything, head, ["loans", "pools", "lenders"])
    refreshed(database, everything)
    assert differing(database, everything) == []


def test_what_is_refreshed_says_from_where_to_where(everything: Journal, tmp_path: Path) -> None:
    database, head = in_file(tmp_path), everything.head().position
    refreshed(database, everything, 20, ["loans"])
    done = Runner(database, everything).refresh(("loans", "funds"))
    assert done == [Done("loans", 20, head), Done("funds", 0, head)]


def test_an_empty_book_has_empty_tables(tmp_path: Path) -> None:
    database, journal = in_file(tmp_path), written([])
    refreshed(database, journal)
    assert by_tables(database, journal, "lenders") is None
    assert Runner(database, journal).refresh() == [Done(name, 0, 0) for name in NAMES]


# Real books.


def test_the_demo_in_a_file_says_the_same(tmp_path: Path) -> None:
    journal = SqliteJournal.open(demo_book(tmp_path), patience=5)
    database = Database.beside(tmp_path / "recoup-demo.db", patience=5)
    refreshed(database, journal, 300)
    refreshed(database, journal)
    assert differing(database, journal) == []
    assert differing_at(database, journal, Asked(position=400)) == []


def test_a_file_that_grows_between_two_turns_of_a_runner_says_the_same(tmp_path: Path) -> None:
    journal = SqliteJournal.open(booked(tmp_path / "book.db", SAMPLE[:200]), patience=5)
    database = Database.beside(tmp_path / "book.db", patience=5)
    runner = Runner(database, journal)
    runner.refresh()
    booked(tmp_path / "book.db", SAMPLE[200:])
    assert {done.began_at for done in runner.refresh()} == {200}
    assert differing(database, journal) == []


@pytest.mark.parametrize(
    "folder", [pytest.param(SMALL, id="small"), pytest.param(MEDIUM, id="medium", marks=needs_shared)]
)
def test_the_logs_of_a_real_market_say_the_same(tmp_path: Path, folder: Path) -> None:
    journal = SqliteJournal.create(tmp_path / "book.db", patience=5)
    record(journal, lines(folder / LOGS))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("projections.store.points.FIRST", 500)
        patched.setattr("projections.store.refresh.CHUNK", 1_000)
        patched.setattr("projections.store.refresh.FLUSHED", 300)
        database = Database.beside(tmp_path / "book.db", patience=5)
        refreshed(database, journal, journal.head().position // 3)
        refreshed(database, journal)
        assert differing(database, journal) == []
        assert differing_at(database, journal, Asked(position=journal.head().position // 2)) == []
