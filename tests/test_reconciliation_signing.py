"""Sign-off of a paper: in order, by two persons at least, bound to the paper, and stale once the book says more."""

from collections.abc import Callable
from itertools import repeat
from typing import Any

import pytest

from ledger.book import Book, Fact
from ledger.errors import AskedAmiss, CommandRefused
from ledger.events import AnyEvent
from ledger.journal.memory import MemoryJournal
from ledger.values import LENDERS, EventId, Timestamp
from projections.reconciliation.document import hash_of
from projections.reconciliation.paper import Paper
from projections.reconciliation.signing.signing import Signed, sign, sign_off_of
from projections.reconciliation.signing.stale import StaleEntry
from tests.histories import recorded
from tests.reconciliation_story import CASH, FILE, RESERVE, a_break, a_line, a_paper, unexplained
from tests.story import (
    Story,
    a_pool,
    deposited,
    fund_contributed,
    income_received,
    interest_accrued,
    loan_originated,
    period_closed,
    shares_transferred,
)

NOW = Timestamp("2022-12-05T09:00:00Z")
IN_DECEMBER = Timestamp("2022-12-01T00:00:00Z")


class Desk:
    """The book of a story, with a paper made of it, and what is told afterwards."""

    def __init__(self, story: Story, **said: Any) -> None:
        self.story = story
        self.journal: MemoryJournal = recorded(story.facts, repeat(NOW))
        self.book = Book(self.journal)
        self.paper: Paper = a_paper(self.journal, **said)

    def sign(self, step: Any, person: str, **said: Any) -> Signed:
        """Take a step."""
        return sign(self.book, self.paper, step, person=person, clock=lambda: NOW, recorded_by="desk", **said)

    def signed(self) -> "Desk":
        """All three steps are taken."""
        self.sign("prepare", "accountant")
        self.sign("review", "controller")
        self.sign("sign", "treasurer")
        return self

    def tell(self, *facts: AnyEvent) -> "Desk":
        """Record further facts."""
        self.book.record([Fact.of(1, fact) for fact in facts], source="later", clock=lambda: NOW, recorded_by="desk")
        return self

    def reverse(self, of: str) -> "Desk":
        """Record the reversal of a fact of the story."""
        return self.tell(self.story.reversal(of, id=EventId(f"not-{of}")))

    def stale(self) -> list[StaleEntry]:
        """The entries that make the paper stale."""
        return [*sign_off_of(self.journal, self.paper).stale]


def a_desk(**said: Any) -> Desk:
    """A pool with a loan."""
    return Desk(a_pool(fund=5).then(loan_originated(principal=600)), **said)


def late(make: Callable[..., AnyEvent], **said: Any) -> AnyEvent:
    """A fact of the story's own time, told later."""
    return make(id=EventId("late"), **said)


# Steps.


def test_a_paper_is_prepared_reviewed_and_signed() -> None:
    desk = a_desk().signed()
    found = sign_off_of(desk.journal, desk.paper)
    assert [(one.step, one.person, one.position) for one in found.steps] == [
        ("prepared", "accountant", 8),
        ("reviewed", "controller", 9),
        ("signed", "treasurer", 10),
    ]
    assert (found.state, found.stale) == ("signed", ())
    assert (found.steps[0].recorded_at, found.steps[0].recorded_by, found.steps[0].at) == (NOW, "desk", NOW)


def test_a_step_is_bound_to_the_paper_the_files_and_the_last_entry() -> None:
    desk = a_desk()
    signed = desk.sign("prepare", "accountant", at="2022-12-04T01:00:00+01:00")
    event: Any = desk.journal.known([EventId(signed.id)])[EventId(signed.id)].event()
    assert (event.subject, event.report, event.files) == (f"account:{CASH}", hash_of(desk.paper), (FILE.sha256,))
    assert (event.through, event.head, event.at) == ("fact-7", desk.paper.standing.head, "2022-12-04T00:00:00Z")
    assert (signed.step, signed.report, signed.position) == ("prepared", hash_of(desk.paper), 8)


def test_nothing_is_signed_off_at_first() -> None:
    desk = a_desk()
    assert sign_off_of(desk.journal, desk.paper) == ((), ())
    assert sign_off_of(desk.journal, desk.paper).state == "none"


@pytest.mark.parametrize(
    ("steps", "step", "said"),
    [
        ((), "review", "is not prepared yet: it cannot be reviewed"),
        ((), "sign", "is not prepared and reviewed yet: it cannot be signed"),
        (("prepare",), "sign", "is not reviewed yet: it cannot be signed"),
        (("prepare",), "prepare", "is prepared already, by person-0 as"),
        (("prepare", "review"), "prepare", "is prepared already, by person-0 as"),
        (("prepare", "review", "sign"), "sign", "is signed already, by person-2 as"),
    ],
)
def test_a_step_out_of_order_is_refused(steps: tuple[str, ...], step: str, said: str) -> None:
    desk = a_desk()
    for number, taken in enumerate(steps):
        desk.sign(taken, f"person-{number}")
    with pytest.raises(CommandRefused, match=said):
        desk.sign(step, "another")
    assert desk.journal.head().position == 7 + len(steps)


def test_the_one_who_prepared_does_not_review() -> None:
    desk = a_desk()
    desk.sign("prepare", "accountant")
    with pytest.raises(CommandRefused, match=r"law 2, state: accountant prepared report .* another person reviews it"):
        desk.sign("review", "accountant")


def test_a_step_that_was_reversed_is_not_taken() -> None:
    desk = a_desk()
    signed = desk.sign("prepare", "accountant")
    (event,) = [entry.event() for entry in desk.journal.read(7)]
    desk.story.facts.append(event)
    desk.reverse(signed.id)
    assert sign_off_of(desk.journal, desk.paper).steps == ()
    assert desk.sign("prepare", "another").position == 10


def test_another_paper_has_a_sign_off_of_its_own() -> None:
    desk = a_desk().signed()
    desk.paper = desk.paper._replace(closed_at="2022-11-29")
    assert sign_off_of(desk.journal, desk.paper).state == "none"
    assert desk.sign("prepare", "accountant").position == 11


# What cannot be signed.


def test_an_unexplained_difference_cannot_be_signed() -> None:
    desk = a_desk(proof=(unexplained(7),))
    with pytest.raises(CommandRefused, match="cannot be signed: unexplained is 7 base units of USD"):
        desk.sign("prepare", "accountant")


def test_an_unexplained_break_cannot_be_signed() -> None:
    left = a_break("unexplained", theirs=(a_line(9),), party="unknown")
    desk = a_desk(proof=(unexplained(7),), breaks=(left,))
    with pytest.raises(CommandRefused, match="are 7 base units of USD, break 0123456789ab of -9 base units of USD"):
        desk.sign("prepare", "accountant")


def test_a_paper_of_another_book_cannot_be_signed() -> None:
    desk = a_desk()
    desk.paper = desk.paper._replace(standing=desk.paper.standing._replace(head="0" * 64))
    with pytest.raises(AskedAmiss, match="was made of another book: at position 7 memory holds entry fact-7"):
        desk.sign("prepare", "accountant")


def test_a_paper_of_an_empty_book_cannot_be_signed() -> None:
    journal = MemoryJournal()
    with pytest.raises(CommandRefused, match="made of a book without entries"):
        sign(Book(journal), a_paper(journal), "prepare", person="a", clock=lambda: NOW, recorded_by="desk")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"person": "no name"}, "person: String should match pattern"),
        ({"person": "accountant", "at": "yesterday"}, "at: an instant is RFC 3339"),
        ({"person": "accountant", "at": "2022-11-22T00:00:00Z"}, "closed"),
    ],
)
def test_what_is_no_name_or_time_is_refused(said: dict[str, str], message: str) -> None:
    desk = a_desk().tell(period_closed(at=NOW, through=IN_DECEMBER, id=EventId("closed")))
    with pytest.raises(CommandRefused, match=message):
        desk.sign("prepare", **said)
    assert desk.journal.head().position == 8


def test_a_stale_paper_cannot_be_signed() -> None:
    desk = a_desk()
    desk.sign("prepare", "accountant")
    desk.tell(late(income_received, amount=3, to=RESERVE))
    with pytest.raises(CommandRefused, match="is stale: income-received late at position 9 was recorded since"):
        desk.sign("review", "controller")


# Stale: an account.


def test_an_entry_for_the_account_makes_it_stale_by_name() -> None:
    desk = a_desk().signed().tell(late(income_received, amount=3, to=RESERVE))
    assert desk.stale() == [(11, "late", "income-received", CASH, 3)]


def test_an_account_on_the_credit_side_is_told_by_its_side() -> None:
    desk = a_desk(subject="account:equity:pool:reserve").tell(late(income_received, amount=3, to=RESERVE))
    assert desk.stale() == [(8, "late", "income-received", "equity:pool:reserve", 3)]


@pytest.mark.parametrize(
    "fact",
    [
        late(income_received, amount=3, to=RESERVE, at=IN_DECEMBER),
        late(fund_contributed, amount=3),
        late(shares_transferred, shares=3),
        late(interest_accrued, interest=3),
    ],
)
def test_what_does_not_move_the_account_by_its_closing_leaves_it_fresh(fact: AnyEvent) -> None:
    assert a_desk().signed().tell(fact).stale() == []


def test_what_is_undone_since_makes_it_stale() -> None:
    desk = a_desk().signed().reverse("fact-7")
    assert desk.stale() == [(11, "not-fact-7", "entry-reversed", CASH, 600)]


def test_what_was_recorded_and_undone_since_changes_nothing() -> None:
    desk = a_desk().signed()
    fact = late(income_received, amount=3, to=RESERVE)
    desk.tell(fact).story.then(fact)
    assert desk.reverse("late").stale() == []


# Stale: a report.


def test_an_entry_that_changes_a_number_of_the_report_makes_it_stale() -> None:
    desk = a_desk(subject="lenders:shares").tell(late(deposited, assets=3, shares=3))
    assert desk.stale() == [(8, "late", "deposited", "lenders pool lenders lender USD shares", 3)]


def test_an_entry_that_changes_another_number_leaves_it_fresh() -> None:
    desk = a_desk(subject="lenders:shares").tell(late(income_received, amount=3, to=LENDERS))
    assert desk.stale() == []
    desk.paper = desk.paper._replace(subject="lenders:balance")
    assert desk.stale() == [(8, "late", "income-received", "lenders pool lenders lender USD balance", 3)]


def test_a_reversal_of_what_the_report_counted_makes_it_stale() -> None:
    desk = a_desk(subject="loans").reverse("fact-7")
    assert [one[:3] for one in desk.stale()] == [(8, "not-fact-7", "entry-reversed")]
