"""Sign-off of a paper: in order, by two persons at least, bound to the paper, and stale once the book says more."""

from collections.abc import Callable
from itertools import repeat
from typing import Any, Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.book import Book, Fact
from ledger.errors import AskedAmiss, CommandRefused
from ledger.events import AnyEvent, Evidence
from ledger.journal.memory import MemoryJournal
from ledger.values import LENDERS, EventId, PoolId, Timestamp
from projections.reconciliation.document import hash_of
from projections.reconciliation.paper import Paper
from projections.reconciliation.signing.signing import Signed, sign, sign_off_of
from projections.reconciliation.signing.stale import StaleEntry
from projections.reconciliation.sources.other_book import snapshot_of_book
from projections.reports import REPORTS
from tests.histories import HISTORIES, History, histories_with_a_place, recorded
from tests.histories_teller import TIMES
from tests.reconciled_balances import OPENED, book, on, paper, said, stated
from tests.reconciliation_story import CASH, FILE, RESERVE, a_break, a_line, a_paper, unexplained
from tests.story import (
    LENDER,
    OTHER_LENDER,
    POOL,
    Story,
    a_pool,
    deposited,
    fund_contributed,
    income_received,
    interest_accrued,
    loan_originated,
    period_closed,
    pool_opened,
    shares_transferred,
)

NOW = Timestamp("2022-12-05T09:00:00Z")
IN_DECEMBER = Timestamp("2022-12-01T00:00:00Z")
BALANCES: Final = sorted(name for name, report in REPORTS.items() if not report.needs and not report.streams)
OF_LENDER: Final = f"balance of pool {POOL}, lender {LENDER}"


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


def test_what_is_recorded_while_a_step_is_taken_makes_it_stale_too() -> None:
    desk = a_desk()
    fact = late(income_received, amount=3, to=RESERVE)

    def meanwhile() -> Timestamp:
        if not desk.journal.known([fact.id]):
            Book(desk.journal).record([Fact.of(1, fact)], source="later", clock=lambda: NOW, recorded_by="desk")
        return NOW

    with pytest.raises(CommandRefused, match="is stale: income-received late at position 8 was recorded since"):
        sign(desk.book, desk.paper, "prepare", person="accountant", clock=meanwhile, recorded_by="desk")
    assert desk.journal.head().position == 8


def test_a_step_that_was_reversed_is_not_taken_again_at_the_same_time() -> None:
    desk = a_desk()
    signed = desk.sign("prepare", "accountant")
    (event,) = [entry.event() for entry in desk.journal.read(7)]
    desk.story.facts.append(event)
    desk.reverse(signed.id)
    with pytest.raises(CommandRefused, match="is recorded already, and was reversed: take the step at another time"):
        desk.sign("prepare", "accountant")


# Stale: an account.


def test_an_entry_for_the_account_makes_it_stale_by_name() -> None:
    desk = a_desk().signed().tell(late(income_received, amount=3, to=RESERVE))
    assert desk.stale() == [(11, "late", "income-received", CASH, 3, "USD")]


def test_an_account_on_the_credit_side_is_told_by_its_side() -> None:
    desk = a_desk(subject="account:equity:pool:reserve").tell(late(income_received, amount=3, to=RESERVE))
    assert desk.stale() == [(8, "late", "income-received", "equity:pool:reserve", 3, "USD")]


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
    assert desk.stale() == [(11, "not-fact-7", "entry-reversed", CASH, 600, "USD")]


def test_what_was_recorded_and_undone_since_changes_nothing() -> None:
    desk = a_desk().signed()
    fact = late(income_received, amount=3, to=RESERVE)
    desk.tell(fact).story.then(fact)
    assert desk.reverse("late").stale() == []


# Stale: a report.


def stale_in(journal: MemoryJournal, made: Paper, *facts: AnyEvent) -> list[StaleEntry]:
    """The entries that make a paper stale, once these facts are recorded too."""
    told = [Fact.of(line, fact) for line, fact in enumerate(facts, 1)]
    Book(journal).record(told, source="later", clock=lambda: NOW, recorded_by="desk")
    return [*sign_off_of(journal, made).stale]


def told_late(amount: int, **told: Any) -> AnyEvent:
    """A deposit that is recorded after a paper was made."""
    return deposited(**{"at": on("2023-02-01"), "id": EventId("late"), "assets": amount, "shares": amount, **told})


def numbers(made: Paper) -> tuple[Any, ...]:
    """What a paper says of its last moment, as far as it comes of numbers alone."""
    return made.matched_sha256, {(one.commodity, str(one.key)): one.effect for one in made.breaks}


@HISTORIES
@given(histories_with_a_place(), st.sampled_from(BALANCES), st.sampled_from(TIMES))
def test_a_paper_is_stale_where_it_would_have_other_numbers_now(
    history_and_place: tuple[History, int], report: str, at: Timestamp
) -> None:
    history, place = history_and_place
    assume(place)
    whole, journal = recorded(history), recorded(history[:place])
    snapshot = snapshot_of_book(whole, report, "", at)
    before = paper(journal, report, snapshot)
    stale = stale_in(journal, before, *history[place:])
    assert bool(stale) == (numbers(before) != numbers(paper(journal, report, snapshot)))


@HISTORIES
@given(histories_with_a_place(), st.sampled_from(BALANCES))
def test_so_it_is_where_its_moment_is_a_block(history_and_place: tuple[History, int], report: str) -> None:
    history, place = history_and_place
    assume(any(b'"block":1' in fact.canonical() for fact in history[:place]))
    whole, journal = recorded(history), recorded(history[:place])
    snapshot = snapshot_of_book(whole, report, "", TIMES[-1])._replace(at="", block=1)
    before = paper(journal, report, snapshot)
    stale = stale_in(journal, before, *history[place:])
    assert bool(stale) == (numbers(before) != numbers(paper(journal, report, snapshot)))


@pytest.mark.parametrize("at", ["", "2023-01-31"])
def test_an_entry_of_the_block_of_the_closing_counts_whatever_its_time(at: str) -> None:
    journal = book(deposited(at=OPENED, assets=1, shares=1, evidence=Evidence(block=7)))
    made = paper(journal, "lenders:balance", said((LENDER, 1001), (OTHER_LENDER, 500), at=at, block=7))
    further = told_late(3, evidence=Evidence(block=7))
    assert stale_in(journal, made, further) == [(7, "late", "deposited", OF_LENDER, 3, "USD")]


def test_an_entry_of_a_later_block_does_not_count_whatever_its_time() -> None:
    journal = book(deposited(at=OPENED, assets=1, shares=1, evidence=Evidence(block=7)))
    made = paper(journal, "lenders:balance", said((LENDER, 1001), (OTHER_LENDER, 500), block=7))
    assert stale_in(journal, made, told_late(3, evidence=Evidence(block=8))) == []


def test_a_field_stands_for_all_of_its_parts() -> None:
    journal = book()
    made = paper(journal, "pools:claims", stated((("pool", POOL), 1500), field="claims"))
    assert stale_in(journal, made, told_late(3)) == [(6, "late", "deposited", f"claims of pool {POOL}", 3, "USD")]


def test_what_moves_between_the_rows_of_one_number_leaves_it_fresh() -> None:
    journal = book()
    made = paper(journal, "lenders:shares", stated((("pool", POOL), 1500), field="shares"))
    assert stale_in(journal, made, late(shares_transferred, at=on("2023-02-01"), shares=3)) == []


def test_shares_are_told_as_shares() -> None:
    journal = book()
    made = paper(journal, "lenders", said((LENDER, 1000), (OTHER_LENDER, 500), field="shares"))
    (stale,) = stale_in(journal, made, told_late(3))
    assert (stale.account, stale.amount, stale.commodity) == (
        OF_LENDER.replace("balance", "shares"),
        3,
        f"shares:{POOL}:{LENDERS}",
    )


def test_a_number_of_several_fields_is_told_as_the_paper_sums_it() -> None:
    journal = book()
    snapshots = (said((LENDER, 1000), field="balance"), said((LENDER, 1000), field="deposited"))
    made = paper(journal, "lenders", *snapshots)
    (stale,) = stale_in(journal, made, told_late(3))
    assert stale.commodity == "USD balance"


def test_an_entry_of_what_was_not_compared_leaves_it_fresh() -> None:
    other = PoolId("other")
    journal = book(pool_opened(at=OPENED, pool=other, waterfall=()))
    made = paper(journal, "lenders", said((LENDER, 1000), (OTHER_LENDER, 500)))
    assert stale_in(journal, made, told_late(3, pool=other)) == []


def test_an_entry_that_changes_another_field_leaves_it_fresh() -> None:
    journal = book()
    made = paper(journal, "lenders:shares", said((LENDER, 1000), (OTHER_LENDER, 500), field="shares"))
    income = income_received(at=on("2023-02-01"), id=EventId("late"), amount=3, to=LENDERS)
    assert stale_in(journal, made, income) == []


def test_a_reversal_of_what_the_report_counted_makes_it_stale() -> None:
    desk = a_desk()
    desk.paper = paper(desk.journal, "loans", stated((("loan", "loan"), 600), field="debt"))
    assert [one[:3] for one in desk.reverse("fact-7").stale()] == [(8, "not-fact-7", "entry-reversed")]
