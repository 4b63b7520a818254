"""A refresh that is killed at any moment leaves tables that are true as far as they are, and goes on from there."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from ledger.journal import Journal
from ledger.journal.sqlite import SqliteJournal
from projections.store.database import Database
from projections.store.schema import PROJECTIONS
from projections.store.source import is_of_this_code
from tests.command_line import environment, recorded
from tests.projected import (
    Earlier,
    Said,
    differing,
    everything_by_fold,
    everything_by_tables,
    in_file,
    refreshed,
    small_steps,
)
from tests.store_worker import PATIENCE, ends
from tests.three_pools import three_pools

Killed = Callable[[float], int]
Folded = Callable[[int], dict[str, Said]]


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    with small_steps():
        yield


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> SqliteJournal:
    path = tmp_path_factory.mktemp("book") / "book.db"
    recorded(path, [event.canonical() for event in three_pools().facts])
    return SqliteJournal.open(path, patience=PATIENCE)


@pytest.fixture(scope="module")
def folded(journal: SqliteJournal) -> Folded:
    """What the fold says of the journal as it was at a position."""
    return cache(lambda position: everything_by_fold(Earlier(journal, position)))


@contextmanager
def refreshing(book: Path, url: str) -> Iterator[Killed]:
    """Begins a refresh, kills it after so many times two strides, and tells by which signal it ended."""
    unmeasured = {name: value for name, value in environment().items() if not name.startswith("COVERAGE_")}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store_worker", str(book), url],
        cwd=Path(__file__).parents[1],
        env=unmeasured,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield lambda moment: _asked(process, f"{moment}\n")


def _asked(process: "subprocess.Popen[str]", line: str) -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line)
    process.stdin.flush()
    return int(process.stdout.readline())


MOMENTS_SEEN = 4
"""So many ends of transactions at the least are met by kills: which ones depends on how busy the machine is."""


def moments(number: int) -> list[float]:
    """Moments at random, each within the time of two strides: the same at every run, but not what is going on."""
    random = Random(2022)  # noqa: S311  (moments, not secrets)
    return [random.random() for _ in range(number)]


def cursors(database: Database) -> dict[str, int]:
    """How far each projection is; nothing where there are no tables."""
    if not database.is_there():
        return {}
    with database.reading() as connection:
        if not is_of_this_code(connection):
            return {}
        return {row.name: row.position for row in connection.execute(select(PROJECTIONS))}


def untrue(database: Database, journal: Journal, folded: Folded) -> list[tuple[int, str]]:
    """What the tables say otherwise than the fold at their position, or not at all."""
    found = {}
    for position in {*cursors(database).values()}:
        said = everything_by_tables(database, Earlier(journal, position), folded(position))
        found[position] = [name for name in said if said[name] != folded(position)[name]]
    return [(position, name) for position, names in found.items() for name in names]


def test_a_refresh_killed_two_hundred_times_leaves_true_tables_every_time(
    journal: SqliteJournal, folded: Folded, tmp_path: Path
) -> None:
    database = in_file(tmp_path)
    left = []
    with refreshing(journal.path, f"sqlite:///{tmp_path / 'book.db.views'}") as killed:
        for moment in moments(200):
            signal = killed(moment)
            left.append((signal, untrue(database, journal, folded), *{*cursors(database).values()}))

    assert [one[:2] for one in left] == [(9, [])] * 200
    assert len({position for _, _, *positions in left for position in positions}) >= MOMENTS_SEEN
    refreshed(database, journal)
    assert differing(database, journal) == []


def test_a_refresh_of_postgresql_killed_twenty_times_leaves_true_tables_every_time(
    journal: SqliteJournal, folded: Folded, postgres_url: str
) -> None:
    database = Database(postgres_url, patience=PATIENCE)
    refreshed(database, journal, ends(journal.head().position)[0])
    left = []
    with refreshing(journal.path, postgres_url) as killed:
        for moment in moments(20):
            signal = killed(5 * moment)
            left.append((signal, untrue(database, journal, folded), *{*cursors(database).values()}))

    assert [one[:2] for one in left] == [(9, [])] * 20
    assert len({position for _, _, *positions in left for position in positions}) > 1
    refreshed(database, journal)
    assert differing(database, journal) == []
