"""The audit replay: what it proves, what it lists, and what it refuses to call clean."""

from collections.abc import Callable
from functools import partial
from hashlib import sha256

import pytest

from ledger.accounts import Charters
from ledger.audit import Override, replay
from ledger.book import Book, Fact
from ledger.errors import InputRefused, JournalDamaged, WrongSide, WrongState
from ledger.events import AnyEvent
from ledger.journal import NewEntry, envelope
from ledger.journal.memory import MemoryJournal
from ledger.values import EventId, PartyId, Timestamp
from tests.story import (
    JUNIOR,
    SOCIALIZE,
    Story,
    a_default,
    a_deficit,
    a_pool,
    bad_debt_socialized,
    deposited,
    fund_drawn,
    fund_layer,
    interest_accrued,
    loan_defaulted,
    loan_drawn,
    loan_originated,
    shortfall_recognized,
    withdrawn,
)

NOON = Timestamp("2022-12-01T12:00:00Z")


def recorded(story: Story, at: Timestamp = NOON, by: str = "treasury") -> MemoryJournal:
    journal = MemoryJournal()
    facts = [Fact.of(line, event) for line, event in enumerate(story.facts, 1)]
    Book(journal).record(facts, source="a story", clock=lambda: at, recorded_by=by)
    return journal


def appended(journal: MemoryJournal, event: AnyEvent, at: Timestamp) -> None:
    with journal.write() as writer:
        writer.append([NewEntry(event.type, event.id, envelope(at, "nobody") + event.canonical() + b"}")])


def test_a_replay_comes_to_the_digest_of_the_events_whenever_and_by_whom_they_were_recorded() -> None:
    story = a_default()
    lines = b"".join(event.canonical() + b"\n" for event in story.facts)

    first = replay(recorded(story), through=None, watch=iter)
    second = replay(recorded(story, Timestamp("2023-01-01T00:00:00Z"), "another"), through=None, watch=iter)

    assert first.events == second.events == sha256(lines).hexdigest()
    assert first.sums == second.sums
    assert [total.debit - total.credit for total in first.totals] == [0] * len(first.totals)


def test_a_replay_lists_what_left_the_order_of_the_waterfall() -> None:
    story = a_deficit(fund_layer(), SOCIALIZE, fund=3).then(bad_debt_socialized(amount=1, override="the board said so"))

    proven = replay(recorded(story), through=None, watch=iter)

    assert proven.overrides == (Override(proven.entries, story.facts[-1].id, "the board said so"),)
    assert replay(recorded(a_deficit()), through=None, watch=iter).overrides == ()


def test_a_replay_lists_no_override_of_an_entry_that_is_reversed_nor_of_its_reversal() -> None:
    story = a_deficit(fund_layer(), SOCIALIZE, fund=3).then(
        bad_debt_socialized(id=EventId("first"), amount=1, override="the board said so"),
        bad_debt_socialized(id=EventId("second"), amount=2, override="the board said so again"),
    )
    then = replay(recorded(story), through=None, watch=iter)

    journal = recorded(story.then(story.reversal("second", override="it was not the board")))

    assert [override.id for override in then.overrides] == ["first", "second"]
    assert [override.id for override in replay(journal, through=None, watch=iter).overrides] == ["first"]
    assert replay(journal, through=then.entries, watch=iter).overrides == then.overrides


def told_beside(journal: MemoryJournal, through: int | None) -> list[tuple[int, str]]:
    """What a fold of deposits and reversals is told beside a replay: positions and ids."""
    told: list[tuple[int, str]] = []

    def take(position: int, event: AnyEvent) -> None:
        told.append((position, event.id))

    replay(journal, through=through, watch=iter, beside=lambda _: {"deposited": [take], "withdrawn": [take]})
    return told


def test_folds_beside_a_replay_are_told_what_counts_through_a_position() -> None:
    story = a_pool().then(
        deposited(id=EventId("slip"), assets=5, shares=5),
        withdrawn(id=EventId("right"), assets=1, shares=1),
    )
    journal = recorded(story.then(story.reversal("slip")))

    assert told_beside(journal, None) == [(6, "fact-6"), (8, "right")]
    assert told_beside(journal, 8) == [(6, "fact-6"), (7, "slip"), (8, "right")]
    assert told_beside(journal, 6) == [(6, "fact-6")]


def test_folds_beside_a_replay_are_given_the_charters_that_it_fills() -> None:
    given: list[Charters] = []

    def beside(charters: Charters) -> dict[str, list[Callable[[int, AnyEvent], None]]]:
        given.append(charters)
        return {}

    proven = replay(recorded(a_pool()), through=None, watch=iter, beside=beside)

    assert given == [proven.books.charters]
    assert given[0] is proven.books.charters


def test_an_unlawful_reversal_is_damage_told_with_its_law() -> None:
    story = a_default()
    journal = recorded(story)
    appended(journal, story.reversal("fact-7").identified(), NOON)

    with pytest.raises(JournalDamaged, match=r"law 9, .*: loan-originated fact-7 at position 7 has later entries"):
        replay(journal, through=None, watch=iter)


def test_a_replay_of_reversed_entries_comes_to_the_sums_of_what_is_left() -> None:
    story = a_pool().then(deposited(id=EventId("slip"), assets=5, shares=5))

    undone = replay(recorded(story.then(story.reversal("slip"))), through=None, watch=iter)

    left = replay(recorded(a_pool()), through=None, watch=iter)
    assert (undone.sums, undone.totals) == (left.sums, left.totals)
    assert undone.entries == left.entries + 2


def test_an_entry_recorded_before_the_one_before_it_is_damage() -> None:
    journal = recorded(a_pool())
    appended(journal, a_pool().then(deposited(assets=1, shares=1)).facts[-1], Timestamp("2022-12-01T11:59:59Z"))

    with pytest.raises(JournalDamaged, match="recorded before the one before it"):
        replay(journal, through=None, watch=iter)


def test_an_unlawful_entry_is_damage_told_with_its_law() -> None:
    journal = recorded(a_pool())
    appended(journal, loan_drawn(principal=1).identified(), NOON)

    with pytest.raises(JournalDamaged, match=r"law 2, what is named exists: pool pool has no loan loan"):
        replay(journal, through=None, watch=iter)


def test_a_fact_of_a_program_without_an_id_gets_the_hash_of_its_bytes() -> None:
    event = deposited(assets=1, shares=1)

    fact = Fact.of(1, event)

    assert fact.event.id == EventId(sha256(event.canonical()).hexdigest())
    assert Fact.of(1, fact.event) == fact


def test_a_refusal_does_not_make_a_book_fold_its_journal_again() -> None:
    story = a_pool()
    journal = recorded(story)
    book = Book(journal)
    book.catch_up(journal.read())
    folded = book.books

    with pytest.raises(InputRefused):
        book.record([Fact.of(1, loan_drawn(principal=1))], source="a slip", clock=lambda: NOON, recorded_by="treasury")

    assert book.books is folded
    assert book.position == len(story.facts)


# Two laws that hold between entries.


def test_no_fund_pays_before_a_shortfall_is_recognized() -> None:
    story = a_default(fund_layer(cap=1), SOCIALIZE, fund=3)

    story.refuses(fund_drawn(amount=0, paid=1), WrongState, "no shortfall of case case is recognized yet")
    story.then(fund_drawn(amount=0), shortfall_recognized(principal=600), fund_drawn(amount=1))


def indebted() -> Story:
    """A pool whose junior tranche has no shares, and claims of 100 in debit."""
    return a_pool(SOCIALIZE, tranches=(JUNIOR,)).then(
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        bad_debt_socialized(tranche=JUNIOR, amount=100),
    )


def test_shares_are_not_issued_on_claims_that_stay_in_debit() -> None:
    story = indebted()

    story.refuses(deposited(tranche=JUNIOR, assets=99, shares=1), WrongSide, "claims of tranche junior are -100")
    story.then(deposited(tranche=JUNIOR, assets=99, shares=0), deposited(tranche=JUNIOR, assets=1, shares=1))


def test_a_fee_is_not_taken_in_shares_on_claims_that_stay_in_debit() -> None:
    story = a_pool(assets=0, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=100, shares=100), withdrawn(assets=50, shares=0), loan_originated(principal=10)
    )
    fee = partial(interest_accrued, fee_recipient=PartyId("fees"), fee_shares=1)

    story.refuses(fee(interest=49), WrongSide, "claims of tranche lenders are -50")
    story.then(fee(interest=50))
