"""The register of reports: what every report in it promises, on random histories."""

from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.differing import by_key
from projections.reading import Asked, Selection
from projections.reports import REPORTS, Report
from projections.rows import json_row, measures
from tests.histories import CASE, HISTORIES, TIMES_ASKED, History, histories, recorded

NAMED: Final = {
    "case": {"case": CASE},
    "rollforward": {"what": "lenders", "period": "month"},
    "statement": {"name": "party-1", "kind": "lender"},
}
"""What the reports that need names are asked for."""

LINES: Final = frozenset({"register", "statement"})
"""Reports of lines: an entry may write several that are named alike; a statement may have nobody to be of."""

POINTS: Final = st.builds(Asked, as_of=st.none() | TIMES_ASKED, position=st.none() | st.integers(0, 60))


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_report_says_which_fields_name_a_row(report: Report) -> None:
    assert report.keys
    assert {*report.keys} < {*measures(report.row_type)}
    assert not [field for field in report.keys if measures(report.row_type)[field]]


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_report_that_needs_a_name_is_asked_for_one_here(report: Report) -> None:
    assert {*report.needs} <= {*NAMED.get(report.name, {})} <= {*report.limits, *report.needs}


def rows(report: Report, history: History, asked: Asked) -> list[tuple[Any, ...]]:
    """The rows of a report of a history."""
    made = report.make(Selection(recorded(history), asked), NAMED.get(report.name, {}), iter)
    return list(made.rows)


@settings(HISTORIES, max_examples=HISTORIES.max_examples // 2)
@given(histories(), POINTS, st.sampled_from([name for name in REPORTS if name not in LINES]))
def test_no_two_rows_of_a_report_have_one_name(history: History, asked: Asked, name: str) -> None:
    found = rows(REPORTS[name], history, asked)

    assert len({tuple(getattr(row, key) for key in REPORTS[name].keys) for row in found}) == len(found)


@settings(HISTORIES, max_examples=HISTORIES.max_examples // 2)
@given(histories(), POINTS, st.sampled_from([name for name in REPORTS if name != "statement"]))
def test_a_report_is_the_same_each_time_in_an_order_that_its_names_make(
    history: History, asked: Asked, name: str
) -> None:
    report = REPORTS[name]

    found, again = rows(report, history, asked), rows(report, history, asked)

    assert found == again
    assert list(by_key(report, found).values()) == found
    assert [list(json_row(row)) for row in found] == [list(measures(report.row_type))] * len(found)
