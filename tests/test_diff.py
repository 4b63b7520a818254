"""A report at two points: what differs, which entries changed it, and how the verb `diff` says so."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.exits import Exit
from ledger.journal import Entry, Journal
from ledger.values import EventId, Timestamp
from projections.difference import Difference, DifferenceRow, difference
from projections.reading import Asked, Selection
from projections.reports import REPORTS
from tests.command_line import KEYS, Run, called, desk_book, document
from tests.histories import (
    CASE,
    HISTORIES,
    OF_ALL_ENTRIES,
    SHEETS,
    TIMES_ASKED,
    History,
    histories,
    lasting_events,
    recorded,
    rows_of,
    written,
)
from tests.story import AT, OTHER_LENDER, SOCIALIZE, a_deficit, a_pool, bad_debt_socialized, deposited

Told = dict[tuple[str, str], list[int]]

LATER = Timestamp("2022-12-25T12:00:00Z")
TOLD: Final = (*SHEETS, *OF_ALL_ENTRIES, "case")
POINTS: Final = st.builds(
    Asked, as_of=st.none() | TIMES_ASKED, known_at=st.none(), position=st.none() | st.integers(0, 60)
)


def compared(report: str, journal: Journal, before: Asked, after: Asked, **named: str) -> Difference:
    """A report at two points."""
    names = {"case": CASE} if "case" in REPORTS[report].needs else {}
    return difference(REPORTS[report], journal, (before, after), {**names, **named})


def causes(rows: Sequence[DifferenceRow]) -> Told:
    """The positions of the entries that changed each field that says something, but for what grows with time."""
    return {
        (json.dumps(row.row), row.field): [entry["position"] for entry in row.entries or ()]
        for row in rows
        if (row.before or row.after) and row.field != "age_days"
    }


def ends(rows: Sequence[DifferenceRow]) -> dict[tuple[str, str], tuple[object, object]]:
    """What each field was, and is."""
    return {(json.dumps(row.row), row.field): (row.before, row.after) for row in rows}


def cited(rows: Sequence[DifferenceRow]) -> set[int]:
    """The positions of all the entries that changed something."""
    return {entry["position"] for row in rows for entry in row.entries or ()}


def shown_at_one_only(journal: Journal, here: Asked, there: Asked) -> set[int]:
    """The positions of what counts at one of two points only, or is shown there."""
    read = [Selection(journal, point) for point in (here, there)]
    counted, shown = ([{entry.position for entry in one(of)} for of in read] for one in (_counted, _shown))
    return (counted[0] ^ counted[1]) | (shown[0] ^ shown[1])


def _counted(selection: Selection) -> Iterator[Entry]:
    return selection.counted()


def _shown(selection: Selection) -> Iterator[Entry]:
    return selection.entries()


def told_step_by_step(report: str, journal: Journal, first: int, last: int) -> Told:
    """The same, from the report as it stands at every position."""
    stands = [_by_field(report, journal, position) for position in range(first, last + 1)]
    found: Told = defaultdict(list)
    for position, (before, after) in enumerate(pairwise(stands), first + 1):
        for key in {**before, **after}:
            if before.get(key, 0) != after.get(key, 0):
                found[key].append(position)
    ends = stands[0], stands[-1]
    return {key: found[key] for key in found if ends[0].get(key, 0) != ends[1].get(key, 0)}


def _by_field(report: str, journal: Journal, position: int) -> dict[tuple[str, str], Any]:
    """What a report says at a position, by row and field, but for what is nothing."""
    said: dict[tuple[str, str], Any] = {}
    for row in rows_of(report, journal, Asked(position=position)):
        name = json.dumps({key: row[key] for key in REPORTS[report].keys})
        for field, value in row.items():
            parts = {f"{field}.{part}": amount for part, amount in value.items()} if isinstance(value, dict) else {}
            said |= {(name, part): amount for part, amount in (parts or {field: value}).items() if amount}
    return {key: value for key, value in said.items() if key[1] not in {*REPORTS[report].keys, "age_days"}}


# Which entries changed what.


@settings(HISTORIES, max_examples=HISTORIES.max_examples // 2)
@given(histories(), st.data())
def test_a_field_is_changed_by_the_entries_after_which_it_is_another(history: History, data: st.DataObject) -> None:
    journal = written(lasting_events(history))
    head = journal.head().position
    first = data.draw(st.integers(0, head))
    last = data.draw(st.integers(first, min(head, first + 12)))
    report = data.draw(st.sampled_from(SHEETS))

    found = compared(report, journal, Asked(position=first), Asked(position=last))

    assert causes(found.rows) == told_step_by_step(report, journal, first, last)


@settings(HISTORIES, max_examples=HISTORIES.max_examples // 2)
@given(histories(), POINTS, POINTS, st.sampled_from(TOLD))
def test_what_differs_is_told_the_same_there_and_back_with_what_counts_at_one_point_only(
    history: History, here: Asked, there: Asked, report: str
) -> None:
    journal = recorded(history)

    found, back = compared(report, journal, here, there), compared(report, journal, there, here)

    assert causes(found.rows) == causes(back.rows)
    assert ends(found.rows) == {name: end[::-1] for name, end in ends(back.rows).items()}
    assert {row.field for row in found.rows if not row.entries} <= {"age_days"}
    assert cited(found.rows) <= shown_at_one_only(journal, here, there)


@settings(HISTORIES, max_examples=HISTORIES.max_examples // 2)
@given(histories(), POINTS, POINTS, st.sampled_from(SHEETS))
def test_folds_that_go_on_tell_the_same_as_reports_made_again(
    history: History, here: Asked, there: Asked, report: str
) -> None:
    journal, made_again = recorded(history), REPORTS[report]._replace(make=partial(REPORTS[report].make))

    assert compared(report, journal, here, there).rows == difference(made_again, journal, (here, there), {}).rows


def test_a_fact_learnt_late_is_told_of_how_the_loss_after_it_fell() -> None:
    before = a_deficit(SOCIALIZE).facts
    gift = deposited(at=LATER, lender=OTHER_LENDER, assets=0, shares=1000)
    journal = recorded(a_deficit(SOCIALIZE).then(gift, bad_debt_socialized(at=AT, amount=600)).facts)

    found = compared("lenders", journal, Asked(as_of=AT), Asked())

    losses = [(row.row["lender"], row.before, row.after) for row in found.rows if row.field == "losses"]
    assert losses == [("lender", 600, 300), ("other-lender", None, 300)]
    assert cited(found.rows) == {len(before) + 1}


def test_what_was_reversed_in_between_counted_before() -> None:
    story = a_pool(assets=10).then(deposited(id=EventId("slip"), assets=5, shares=5))
    journal = recorded(story.then(story.reversal("slip")).facts)

    [shares, *_] = compared("lenders", journal, Asked(position=7), Asked(position=8)).rows

    assert (shares.field, shares.before, shares.after, shares.difference) == ("shares", 15, 10, -5)
    assert shares.entries == [{"position": 7, "id": "slip", "type": "deposited", "counts": "before"}]


def test_a_line_whose_balance_differs_is_told_with_what_moved_its_account_before() -> None:
    story = a_pool(assets=10).then(deposited(at=LATER, assets=5, shares=5), deposited(at=AT, assets=3, shares=3))

    found = compared("register", recorded(story.facts), Asked(as_of=AT), Asked())

    late = [row for row in found.rows if row.row["position"] == 8 and row.row["account"] == "assets:pool:cash"]
    assert [(row.field, row.before, row.after) for row in late] == [("balance", 13, 18)]
    assert [entry["position"] for row in late for entry in row.entries or ()] == [7]


def test_where_too_many_entries_lie_between_nothing_is_guessed() -> None:
    journal = recorded(a_deficit(SOCIALIZE).then(bad_debt_socialized(amount=600)).facts)
    points = Asked(position=0), Asked()

    found = difference(REPORTS["lenders"], journal, points, {}, work_max=0)
    full = difference(REPORTS["lenders"], journal, points, {})

    assert (found.told, full.told) == (False, True)
    assert [row._replace(entries=None) for row in full.rows] == found.rows


# On the command line.


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book of a desk: a loss of 300.00, of which the fund bore 50.00 and the lenders 250.00."""
    return desk_book(tmp_path_factory.mktemp("desk"))


def asked(capsys: pytest.CaptureFixture[str], book: Path, *arguments: str) -> Run:
    return called(capsys, "--db", str(book), "diff", *arguments)


def test_a_table_shows_what_differs_in_units_and_since_when(capsys: pytest.CaptureFixture[str], desk: Path) -> None:
    done = asked(capsys, desk, "lenders", "12", "18", "--pool", "alpha")

    assert (done.code, done.err) == (Exit.CLEAN, "")
    assert [" ".join(line.split()) for line in done.out.splitlines() if "─" not in line] == [
        "lenders of desk.db from position 12, as of 2022-11-10T12:00:00Z to position 18, as of 2022-11-14T00:00:00Z",
        "pool tranche lender asset field before after difference entries",
        "alpha lenders alice EUR balance 600 450 -150 16 bad-debt-socialized",
        "alpha lenders alice EUR losses 0 150 150 16 bad-debt-socialized",
        "alpha lenders bob EUR balance 400 300 -100 16 bad-debt-socialized",
        "alpha lenders bob EUR losses 0 100 100 16 bad-debt-socialized",
    ]


def test_a_table_shows_the_first_entries_and_json_all(capsys: pytest.CaptureFixture[str], desk: Path) -> None:
    table = asked(capsys, desk, "trial-balance", "0", "now").out
    shown = document(capsys, desk, "diff", "trial-balance", "0", "now")

    cash = next(row for row in shown["rows"] if row["row"]["account"] == "assets:alpha:cash")
    assert [entry["position"] for entry in cash["entries"]] == [7, 8, 10, 13, 15]
    assert "7 deposited, 8 deposited, 10 loan-originated and 2 more" in table


def test_a_json_document_says_where_both_points_stand(capsys: pytest.CaptureFixture[str], desk: Path) -> None:
    shown = document(capsys, desk, "diff", "pools", "2022-11-13", "known:2022-12-01", "--pool", "alpha")

    assert (shown["schema"], shown["report"], shown["between"]) == ("recoup.diff/1", "pools", 2)
    assert (shown["before"]["position"], shown["before"]["as_of"]) == (18, "2022-11-13T23:59:59.999999999Z")
    assert (shown["position"], shown["known_at"]) == (17, "2022-12-01T23:59:59.999999999Z")
    assert shown["rows"] == []


def test_each_form_has_the_same_keys(capsys: pytest.CaptureFixture[str], desk: Path) -> None:
    in_csv = asked(capsys, desk, "funds", "12", "18", "-O", "csv").out.splitlines()
    shown = document(capsys, desk, "diff", "funds", "12", "18")

    assert in_csv[0].split(",") == list(shown["rows"][0]) == KEYS["diff"].split()
    assert in_csv[1].startswith('funds,"{""fund"":""cushion"",""asset"":""EUR""}",balance,5000,0,-5000,"[{')


@pytest.mark.parametrize("form", ["table", "csv", "json", "jsonl"])
def test_where_nothing_differs_it_says_so(form: str, capsys: pytest.CaptureFixture[str], desk: Path) -> None:
    done = asked(capsys, desk, "lenders", "18", "now", "-O", form)

    assert (done.code, done.err) == (Exit.CLEAN, "")
    assert {"table": "no difference", "csv": "entries", "json": "]}", "jsonl": ""}[form] in done.out


REFUSED: Final = {
    "a pool that was never opened": (("lenders", "1", "18", "--pool", "gamma"), "no pool gamma in this book"),
    "a lender that is nowhere": (("lenders", "1", "18", "--lender", "nobody"), "no lender nobody in this book"),
    "a limit of another report": (("funds", "1", "18", "--pool", "alpha"), "--pool does not limit the report funds"),
    "a case that is not named": (("case", "1", "18"), "--case names it"),
    "no point": (("lenders", "yesterday", "18"), "'yesterday'"),
    "no time of recording": (("lenders", "known:18", "18"), "'18'"),
    "no report": (("lender", "1", "18"), "'lender' is not one of"),
    "no such roll-forward": (("rollforward", "1", "18", "--what", "all", "--period", "month"), "all"),
}


@pytest.mark.parametrize(("arguments", "saying"), REFUSED.values(), ids=REFUSED)
def test_a_slip_of_the_pen_is_refused(
    arguments: tuple[str, ...], saying: str, capsys: pytest.CaptureFixture[str], desk: Path
) -> None:
    done = asked(capsys, desk, *arguments)

    assert (done.code, done.out) == (Exit.USAGE, "")
    assert saying in done.err
