"""What holds for every lawful history: the naive books agree, sums commute, and every report is one moment's."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import cycle
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.audit import replay
from ledger.book import Book
from ledger.books import Books
from ledger.events import AnyEvent, AssetRegistered, FundOpened, PoolOpened
from ledger.journal import Journal
from ledger.journal.sqlite import SqliteJournal
from ledger.sources.json_lines import facts
from ledger.sums import Sums
from ledger.values import Timestamp
from projections.reading import Asked, Selection
from tests.histories import (
    HISTORIES,
    SHEETS,
    TIMES_ASKED,
    History,
    Row,
    every_report,
    every_report_selected,
    facts_of,
    histories,
    histories_with_a_place,
    lasting_events,
    recorded,
    rows_of,
    shown,
    without_positions,
    written,
)
from tests.histories_teller import TIMES, books_of, steps_of
from tests.naive import NaiveBooks
from tests.naive_accounts import instant, late, not_later
from tests.story import picture


def naive_report(books: NaiveBooks, report: str, as_of: str | None = None) -> list[Row]:
    """The rows of a report as the naive books have them."""
    made: list[Row] = books.deficits(as_of) if report == "deficits" else getattr(books, report.replace("-", "_"))()
    return made


# The naive books.


@HISTORIES
@given(history=histories())
def test_every_report_is_that_of_the_naive_books(history: History) -> None:
    told, journal = facts_of(history), recorded(history)
    naive = NaiveBooks(told, opened=told)

    assert {name: rows_of(name, journal) for name in SHEETS} == {name: naive_report(naive, name) for name in SHEETS}


@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_every_report_as_of_a_time_is_that_of_the_naive_books(history: History, as_of: Timestamp) -> None:
    told, journal, asked = facts_of(history), recorded(history), Asked(as_of=as_of)
    naive = NaiveBooks(not_later(told, as_of), opened=told)

    assert {name: rows_of(name, journal, asked) for name in SHEETS} == {
        name: naive_report(naive, name, as_of) for name in SHEETS
    }


# Conservation and commutation.


def imbalances(history: History) -> Iterator[tuple[int, str, str, int]]:
    """Where the balances of an owner in one commodity do not come to zero: after which entry, whose, in what."""
    for position, _, books in steps_of(history):
        yield from imbalances_of(books, position - 1)
    yield from imbalances_of(books_of(history), len(history))


def imbalances_of(books: Books, position: int) -> Iterator[tuple[int, str, str, int]]:
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for commodity, balances in books.sums.commodities():
        for account, balance in balances:
            totals[account.split(":")[1], commodity] += balance
    yield from ((position, owner, commodity, sum_) for (owner, commodity), sum_ in totals.items() if sum_)


@HISTORIES
@given(history=histories())
def test_after_every_entry_each_pool_and_fund_balances_in_each_commodity(history: History) -> None:
    assert list(imbalances(history)) == []


@HISTORIES
@given(history=histories(), random=st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_the_order_of_moves(history: History, random: Random) -> None:
    shuffled, moves = Sums(), [move for event, books in charted(history) for move in event.moves(books.charters)]
    random.shuffle(moves)

    shuffled.add(moves)

    assert list(shuffled.commodities()) == list(books_of(history).sums.commodities())


def charted(history: History) -> Iterator[tuple[AnyEvent, Books]]:
    """Each fact with the books before it, which know every charter that it needs."""
    return ((event, books) for _, event, books in steps_of(history))


@HISTORIES
@given(histories_with_a_place())
def test_replay_in_two_parts_is_replay_at_once(told: tuple[History, int]) -> None:
    history, place = told
    journal = recorded(history)
    at_once, in_parts = Book(journal), Book(journal)

    at_once.catch_up(journal.read())
    in_parts.catch_up(journal.read(through=place))
    in_parts.catch_up(journal.read(after=place))

    assert in_parts.position == at_once.position == len(history)
    assert picture(in_parts.books) == picture(at_once.books)


def owners(history: History) -> dict[str, tuple[bool, str]]:
    """The pool or fund that each fact is of, by the fact's id; what is opened or is of the whole book comes first."""
    found: dict[str, tuple[bool, str]] = {}
    for event in history:
        named = getattr(event, "pool", None) or getattr(event, "fund", None) or ""
        opens = isinstance(event, AssetRegistered | FundOpened | PoolOpened)
        found[event.id] = found[event.of] if event.type == "entry-reversed" else (not opens and bool(named), named)
    return found


@HISTORIES
@given(history=histories())
def test_the_order_between_pools_and_funds_does_not_matter_to_what_is_reported(history: History) -> None:
    owner = owners(history)
    owner_by_owner = sorted(history, key=lambda event: owner[event.id])

    told, sorted_ = recorded(history), written(owner_by_owner)

    assert {name: rows_of(name, told) for name in SHEETS} == {name: rows_of(name, sorted_) for name in SHEETS}


# One moment's books.


@HISTORIES
@given(histories_with_a_place())
def test_at_a_position_every_report_is_that_of_the_entries_through_it(told: tuple[History, int]) -> None:
    history, position = told
    journal, prefix = recorded(history), recorded(history[:position])

    assert every_report(journal, Asked(position=position)) == every_report(prefix)
    assert shown(journal, Asked(position=position)) == shown(prefix)


@HISTORIES
@given(history=histories(), clock=st.lists(st.sampled_from(TIMES), min_size=1, max_size=9), known_at=TIMES_ASKED)
def test_known_at_a_time_every_report_is_that_of_the_entries_recorded_by_then(
    history: History, clock: list[Timestamp], known_at: Timestamp
) -> None:
    journal = recorded(history, cycle(clock))
    known = sum(instant(entry.recorded_at) <= instant(known_at) for entry in journal.read())
    prefix = recorded(history[:known], cycle(clock))

    assert every_report(journal, Asked(known_at=known_at)) == every_report(prefix)
    assert shown(journal, Asked(known_at=known_at)) == shown(prefix)._replace(known_at=known_at)


@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_as_of_a_time_every_report_is_that_of_the_entries_not_later(history: History, as_of: Timestamp) -> None:
    chosen = written(event for event in history if instant(event.at) <= instant(as_of))

    asked = every_report(recorded(history), Asked(as_of=as_of))
    alone = every_report_selected(lambda: chartered(Selection(chosen, Asked(as_of=as_of)), history))

    assert without_positions(asked) == without_positions(alone)


def chartered(selection: Selection, history: History) -> Selection:
    """A selection that knows every charter of a history, whatever it shows."""
    for event in history:
        if isinstance(event, AssetRegistered | FundOpened | PoolOpened):
            event.chart(selection.charters)
    return selection


@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_late_counts_the_entries_shown_after_one_that_counts_later(history: History, as_of: Timestamp) -> None:
    stands = shown(recorded(history), Asked(as_of=as_of))

    assert stands[:4] == (len(history), as_of, None, late(facts_of(history), as_of))


@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_adjusted_counts_the_adjustments_that_count(history: History, as_of: Timestamp) -> None:
    stands = shown(recorded(history), Asked(as_of=as_of))
    count = lasting_events(event for event in history if instant(event.at) <= instant(as_of))

    assert stands.adjusted == sum(event.type == "adjustment-posted" for event in count)


# Bytes.


@settings(HISTORIES, max_examples=15)
@given(history=histories())
def test_a_history_comes_back_from_a_file_as_it_was_told(
    tmp_path_factory: pytest.TempPathFactory, history: History
) -> None:
    journal = SqliteJournal.create(tmp_path_factory.mktemp("history") / "book.db", patience=1)
    lines = [event.canonical() for event in history]
    Book(journal).record(facts(lines), source="history", clock=lambda: TIMES[0], recorded_by="teller")

    entries = list(journal.read())

    assert [entry.content for entry in entries] == lines
    assert [entry.event() for entry in entries] == list(history)
    assert [entry.effective_at() for entry in entries] == [event.at for event in history]
    assert digests(journal) == digests(recorded(history))


def digests(journal: Journal) -> tuple[int, str, str]:
    """What a replay comes to: how many entries, and the digests of events and sums."""
    replayed = replay(journal, through=None, watch=iter)
    return replayed.entries, replayed.events, replayed.sums
