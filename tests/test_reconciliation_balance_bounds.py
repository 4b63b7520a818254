"""The level of balances: how many entries are looked at for the numbers that are apart."""

from typing import Final

from ledger.journal.memory import MemoryJournal
from projections.reading import Selection
from projections.reconciliation.balances.moments import counting
from projections.reconciliation.balances.numbers import Pair
from projections.reconciliation.balances.reading import Folds, stops
from projections.reconciliation.balances.stated import Name
from projections.reconciliation.balances.trace import WORK_MAX, Change, Tracing, Watched, entries_max
from projections.reports import REPORTS
from tests.reconciled_balances import book, on, said
from tests.story import LENDER, POOL, deposited

LENDERS: Final = REPORTS["lenders"]
OF_LENDER: Final = Name("shares", (("pool", POOL), ("lender", LENDER)))


def changes_in(journal: MemoryJournal, window: range) -> list[Change]:
    """What changed the lender's shares, as it is heard of in a window."""
    counts = counting(lambda asked: Selection(journal, asked), journal.head().position, [said()], iter)
    watched = Watched(LENDERS, Pair(OF_LENDER, "", 0, 0, (), None), counts.charters)
    watched.window = window
    tracing = Tracing(LENDERS, [watched])
    folds = Folds(LENDERS, counts.charters, with_accounts=False)
    list(stops(journal, counts, range(1), folds, iter, tracing.heard))
    return watched.changes


def test_the_more_numbers_are_apart_the_fewer_entries_are_looked_at() -> None:
    assert entries_max(LENDERS, 1) == WORK_MAX
    assert entries_max(LENDERS, 500) == WORK_MAX // 500
    assert entries_max(REPORTS["loans"], 500) < entries_max(LENDERS, 500)
    assert entries_max(REPORTS["pools"], 1) == entries_max(REPORTS["pools"], 500)


def test_what_is_heard_of_in_a_window_is_what_is_heard_of_there_in_all() -> None:
    deposits = [deposited(at=on(f"2023-02-{day:02}"), assets=day, shares=day) for day in range(1, 10)]
    journal = book(*deposits)
    every = changes_in(journal, range(100))
    assert [one.amount for one in every] == [1000, *range(1, 10)]
    for start in range(4, 14):
        assert changes_in(journal, range(start, 13)) == [one for one in every if start < one.position < 13]
