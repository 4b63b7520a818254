"""Random months whose period is closed before anything is recorded for their breaks: it counts in the month after."""

from collections import Counter

import pytest

from ledger.book import Book, Fact
from ledger.events import PeriodClosed
from ledger.values import EventId, Timestamp
from projections.reconciliation.movements.transactions import reconcile_account
from projections.reconciliation.paper import Paper
from tests.reconciled_months import RULES, SUBJECT, Month, month, settle

MONTHS = 200
IN_ONE = 50
LASTING = ("rounding", "unexplained")
"""What neither an entry nor a line settles."""


def paper_of(made: Month) -> Paper:
    paper, _ = reconcile_account(made.journal, SUBJECT, [made.statement], RULES, None)
    return paper


def closed_month(seed: int) -> Month:
    """The month of a seed, with January closed."""
    made, at = month(seed), Timestamp("2026-02-05T18:00:00Z")
    closed = PeriodClosed(at=at, id=EventId("closed"), through=Timestamp("2026-01-31T23:59:59.999999999Z"))
    Book(made.journal).record([Fact.of(1, closed)], source="", clock=lambda: at, recorded_by="controller")
    return made


def ids(paper: Paper) -> set[str]:
    return {one.id for one in paper.breaks}


@pytest.mark.parametrize("first", range(0, MONTHS, IN_ONE))
def test_what_is_recorded_after_the_closing_cuts_its_break_off_under_its_old_name(first: int) -> None:
    for seed in range(first, first + IN_ONE):
        made = closed_month(seed)
        before = paper_of(made)
        settle(made, before)
        after = paper_of(made)
        proposed = {one.of for one in before.proposals}
        assert ids(after) == ids(before), seed
        assert {one.class_ for one in after.breaks if one.id in proposed} <= {"cut-off"}, seed
        assert Counter(one.effect for one in after.breaks) == Counter(one.effect for one in before.breaks), seed
        assert not after.proposals, seed


@pytest.mark.parametrize("first", range(0, MONTHS, IN_ONE))
def test_a_month_later_only_what_nobody_can_settle_is_left_whether_or_not_january_was_run_again(first: int) -> None:
    for seed in range(first, first + IN_ONE):
        made = closed_month(seed)
        before = paper_of(made)
        february = settle(made, before)
        lasting = {one.id: one.class_ for one in before.breaks if one.class_ in LASTING}
        for january in (before, paper_of(made)):
            paper, _ = reconcile_account(made.journal, SUBJECT, [february], RULES, january)
            assert {one.id: one.class_ for one in paper.breaks} == lasting, seed
            assert {one.id for one in paper.resolved} == ids(before) - set(lasting), seed
