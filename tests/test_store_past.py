"""What a report of the past goes on from: nothing that it needs is left out on the way, and nothing comes between."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ledger.events import AnyEvent
from ledger.values import EventId, PartyId, PoolId, Timestamp
from projections.reading import Asked, Selection
from projections.reports import REPORTS
from projections.store.database import Database
from projections.store.past import KeptPoints
from tests.histories import recorded as told
from tests.projected import Earlier, by_fold, by_points, differing_at, in_file, refreshed, small_steps
from tests.story import CASE, HOLD, a_default, a_pool, deposited, pool_opened

JANUARY, FEBRUARY = Timestamp("2026-01-10T00:00:00Z"), Timestamp("2026-02-02T00:00:00Z")
LATE_POOL = PoolId("late-pool")


@pytest.fixture(autouse=True)
def steps() -> Iterator[None]:
    with small_steps():
        yield


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return in_file(tmp_path)


def many(number: int, at: Timestamp, **fields: Any) -> list[AnyEvent]:
    return [deposited(at=at, lender=PartyId(f"lender-{at[:10]}-{one}"), **fields) for one in range(number)]


def test_a_case_of_the_past_has_all_its_steps(database: Database) -> None:
    journal = told(a_default(principal=600).then(*many(30, JANUARY, assets=1, shares=1)).facts)
    refreshed(database, journal)

    position = journal.head().position - 1
    assert by_fold(journal, "case", Asked(position=position), case=CASE)[0]
    assert by_points(database, journal, "case", Asked(position=position), case=CASE) == by_fold(
        journal, "case", Asked(position=position), case=CASE
    )


def test_what_was_opened_in_a_time_that_is_left_out_is_known_all_the_same(database: Database) -> None:
    story = a_pool(HOLD, assets=1000).then(
        *many(8, JANUARY, assets=1, shares=1),
        *many(30, FEBRUARY, assets=1, shares=1),
        pool_opened(pool=LATE_POOL, at=FEBRUARY),
        *many(30, FEBRUARY, assets=1, shares=1),
        deposited(pool=LATE_POOL, at=JANUARY, assets=5, shares=5),
    )
    journal = told(story.facts)
    refreshed(database, journal)
    asked = Asked(as_of=JANUARY)

    selection = Selection(journal, asked, KeptPoints(database, journal))
    selection.read_through()
    assert KeptPoints(database, journal).gap("2026-01-10T00:00:00").opened
    assert LATE_POOL in selection.charters.pools
    assert differing_at(database, journal, asked) == []


class Interrupted(KeptPoints):
    """Points after whose answer another process records the rest of a story."""

    def __init__(self, database: Database, journal: Earlier, until: int) -> None:
        super().__init__(database, journal)
        self._earlier, self._until = journal, until

    def newest(self, kept: Sequence[str], **asked: Any) -> Any:
        found = super().newest(kept, **asked)
        self._earlier.position = self._until
        return found


def test_a_reversal_that_is_recorded_meanwhile_does_not_come_between(database: Database) -> None:
    story = a_pool(HOLD, assets=1000).then(
        deposited(id=EventId("slip"), assets=7, shares=7), *many(30, JANUARY, assets=1, shares=1)
    )
    story.then(story.reversal(EventId("slip")))
    everything = told(story.facts)
    end = everything.head().position
    journal = Earlier(everything, end - 1)
    refreshed(database, journal)

    selection = Selection(journal, Asked(), Interrupted(database, journal, end))
    rows = list(REPORTS["lenders"].make(selection, {}, iter).rows)
    assert rows == by_fold(everything, "lenders", Asked(position=end - 1))[0]
    assert selection.shown().position == end - 1
