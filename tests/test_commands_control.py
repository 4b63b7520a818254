"""The commands of control: an earlier entry is undone at its own time while that is open, a period is closed."""

from typing import Final

import pytest

from ledger.commands import ClosePeriod, ReverseEntry, decide
from ledger.errors import ClosedPeriod, ReversalRefused, UnknownName
from ledger.events import EntryReversed, PeriodClosed
from ledger.values import EventId, Timestamp
from tests.story import (
    ETH,
    Story,
    a_deficit,
    a_loan,
    a_pool,
    asset_registered,
    deposited,
    period_closed,
    picture,
    posted,
    repaid,
    told,
)

EARLY, MONTH_END, LATE = (Timestamp(f"2022-11-{day}T12:00:00Z") for day in (21, 22, 23))
UNDO: Final = EventId("undo")


def reversal_of(of: str, story: Story, *, at: Timestamp = LATE, occurred_at: Timestamp | None = None) -> EntryReversed:
    """What follows from the command to reverse an entry."""
    command = ReverseEntry(at=at, id=UNDO, of=EventId(of), reason="entered twice", occurred_at=occurred_at)
    (fact,) = decide(command, story.books)
    assert isinstance(fact, EntryReversed)
    return fact


def a_deposit_that_is_wrong() -> Story:
    """A deposit of 70 by mistake, early in the month, after another."""
    return a_pool(assets=100).then(deposited(id=EventId("wrong"), at=EARLY, assets=70, shares=7))


def test_an_entry_is_undone_by_its_postings_negated() -> None:
    story = a_deposit_that_is_wrong()
    assert reversal_of("wrong", story).postings == posted(
        ("register:pool:lenders:lender", -7, "shares:pool:lenders"),
        ("register:pool:lenders", 7, "shares:pool:lenders"),
        ("assets:pool:cash", -70),
        ("liabilities:pool:claims:lenders", 70),
    )


def test_the_reversal_takes_the_time_of_the_original_while_that_is_open() -> None:
    story = a_deposit_that_is_wrong()
    fact = reversal_of("wrong", story)
    assert (fact.at, fact.occurred_at) == (EARLY, None)
    assert story.then(fact).balance("assets:pool:cash") == 100


def test_the_reversal_of_an_entry_of_a_closed_period_takes_the_commands_time() -> None:
    story = a_deposit_that_is_wrong().then(period_closed(at=LATE, through=MONTH_END))
    fact = reversal_of("wrong", story)
    assert (fact.at, fact.occurred_at) == (LATE, EARLY)
    assert story.then(fact).balance("assets:pool:cash") == 100


def test_the_reversal_of_an_entry_at_the_very_end_of_a_closed_period_takes_the_commands_time() -> None:
    story = a_pool(assets=100).then(deposited(id=EventId("wrong"), at=MONTH_END, assets=70, shares=7))
    story.then(period_closed(at=LATE, through=MONTH_END))
    fact = reversal_of("wrong", story)
    assert (fact.at, fact.occurred_at) == (LATE, MONTH_END)


def test_the_original_time_is_told_whatever_the_command_says_of_it() -> None:
    story = a_deposit_that_is_wrong().then(period_closed(at=LATE, through=MONTH_END))
    assert reversal_of("wrong", story, occurred_at=MONTH_END).occurred_at == EARLY


def test_a_reversal_is_not_recorded_in_a_closed_period() -> None:
    story = a_deposit_that_is_wrong().then(period_closed(at=LATE, through=MONTH_END))
    story.refuses(reversal_of("wrong", story, at=EARLY), ClosedPeriod, "the books are closed through")


def test_an_entry_without_postings_is_undone_without_any() -> None:
    story = told(asset_registered(id=EventId("eth"), asset=ETH, decimals=8))
    fact = reversal_of("eth", story)
    assert not fact.postings
    assert ETH not in story.then(fact).books.charters.assets


def test_a_reversal_decided_changes_nothing() -> None:
    story = a_deposit_that_is_wrong()
    before = picture(story.books)
    reversal_of("wrong", story)
    assert picture(story.books) == before


def test_an_entry_that_was_never_recorded_is_not_undone() -> None:
    with pytest.raises(UnknownName, match="no entry other was recorded before"):
        reversal_of("other", a_pool())


def test_an_entry_after_the_books_is_not_undone() -> None:
    story = a_deposit_that_is_wrong()
    story.books.position -= 1
    with pytest.raises(UnknownName, match="no entry wrong was recorded before"):
        reversal_of("wrong", story)


def test_an_entry_is_undone_once() -> None:
    story = a_deposit_that_is_wrong()
    story.then(reversal_of("wrong", story))
    story.refuses(reversal_of("wrong", story), ReversalRefused, "is reversed already")


def test_a_reversal_is_never_undone() -> None:
    story = a_deposit_that_is_wrong()
    story.then(reversal_of("wrong", story))
    story.refuses(reversal_of("undo", story), ReversalRefused, "it is never reversed")


def test_an_entry_that_others_depend_on_is_not_undone() -> None:
    story = a_loan().then(repaid(id=EventId("early"), principal=10), repaid(id=EventId("later"), principal=20))
    story.refuses(reversal_of("early", story), ReversalRefused, "later entries that depend on it: later")


def test_a_period_is_closed() -> None:
    story = a_deficit()
    (fact,) = decide(ClosePeriod(at=LATE, id=EventId("close"), through=MONTH_END), story.books)
    assert isinstance(fact, PeriodClosed)
    assert (fact.at, fact.through) == (LATE, MONTH_END)
    story.then(fact).refuses(deposited(at=EARLY, assets=1, shares=1), ClosedPeriod, "the books are closed through")


def test_a_period_is_not_closed_before_it_is_over() -> None:
    story = a_pool()
    (fact,) = decide(ClosePeriod(at=EARLY, id=EventId("close"), through=MONTH_END), story.books)
    story.refuses(fact, ClosedPeriod, "is not over at")
