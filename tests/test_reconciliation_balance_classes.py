"""The level of balances: of which class a number that is apart is, and the entries that show it."""

from typing import Final

from ledger.events import AnyEvent, Evidence
from ledger.journal.memory import MemoryJournal
from ledger.values import EventId, PartyId
from tests.histories import recorded
from tests.reconciled_balances import BORROWED, CLOSING, OPENED, book, on, only, paper, said, stated
from tests.story import (
    LENDER,
    OTHER_LENDER,
    POOL,
    deposited,
    entry_reversed,
    interest_accrued,
    period_closed,
    posted,
    told,
    withdrawn,
)

NEWCOMER: Final = PartyId("newcomer")


def test_what_only_the_snapshot_has_is_missing_in_the_ledger() -> None:
    found = only(book(), said((LENDER, 1000), (OTHER_LENDER, 500), (NEWCOMER, 7)))
    assert (found.class_, found.party, found.effect) == ("missing in ledger", "ours", -7)
    assert found.evidence == "balance of pool pool, lender newcomer: nothing in the book, 7 in the statement, -7"


def test_what_only_the_book_has_is_missing_in_the_statement() -> None:
    found = only(book(), said((LENDER, 1000)))
    assert (found.class_, found.party, found.effect, found.trace) == ("missing in statement", "theirs", 500, (5,))


def test_nothing_and_zero_are_the_same() -> None:
    journal = book(withdrawn(at=OPENED, lender=OTHER_LENDER, assets=500, shares=500))
    assert paper(journal, "lenders:balance", said((LENDER, 1000))).breaks == ()
    assert paper(journal, "lenders:balance", said((LENDER, 1000), (OTHER_LENDER, 0), (NEWCOMER, 0))).breaks == ()


def test_the_opposite_number_is_a_sign() -> None:
    found = only(book(), said((LENDER, -1000), (OTHER_LENDER, 500)))
    assert (found.class_, found.party, found.effect) == ("sign", "ours", 2000)


def test_the_same_quotient_rounded_the_other_way_is_a_rounding() -> None:
    journal = book(BORROWED, interest_accrued(at=OPENED, loan=None, interest=100))
    lent = only(journal, said((LENDER, 1067), (OTHER_LENDER, 533)))
    owed = only(journal, stated((("pool", POOL), ("loan", "loan"), 699), field="debt"), subject="loans:debt")
    assert (lent.class_, lent.party, lent.effect) == ("rounding", "nobody", -1)
    assert lent.evidence.endswith("1000 * 1601 / 1501 is rounded down in the book, and up in the statement")
    assert (owed.class_, owed.effect) == ("rounding", 1)
    assert owed.evidence.endswith("600 * 701 / 601 is rounded up in the book, and down in the statement")


def test_an_even_quotient_is_rounded_in_no_way() -> None:
    assert only(book(), said((LENDER, 1001), (OTHER_LENDER, 500))).class_ == "unexplained"


def test_our_number_in_the_larger_unit_of_the_statement_is_a_rounding() -> None:
    journal = book(deposited(at=OPENED, assets=9, shares=9))
    found = only(journal, said((LENDER, 1000), (OTHER_LENDER, 500), precision=10))
    assert (found.class_, found.party, found.effect) == ("rounding", "nobody", 9)
    assert only(journal, said((LENDER, 1010), (OTHER_LENDER, 500)), precision=10).class_ == "rounding"
    assert only(journal, said((LENDER, 1010), (OTHER_LENDER, 500), precision=10), precision=100).class_ == "rounding"


def test_a_number_that_is_not_in_the_larger_unit_is_not_rounded_to_it() -> None:
    journal = book(deposited(at=OPENED, assets=9, shares=9))
    assert only(journal, said((LENDER, 1001), (OTHER_LENDER, 500), precision=10)).class_ == "unexplained"
    assert only(journal, said((LENDER, 1020), (OTHER_LENDER, 500), precision=10)).class_ == "unexplained"


def test_entries_of_blocks_that_were_not_final_are_told() -> None:
    deposits = [
        deposited(at=on("2023-02-01"), assets=amount, shares=amount, evidence=Evidence(block=block))
        for block, amount in ((10, 3), (11, 20), (12, 100))
    ]
    found = only(book(*deposits), said((LENDER, 1003), (OTHER_LENDER, 500), block=12, finalized=10))
    assert (found.class_, found.party, found.effect, found.trace) == ("not final", "nobody", 120, (7, 8))
    assert "final was block 10" in found.evidence


def test_our_newest_entries_are_in_transit() -> None:
    deposits = [deposited(at=on(day), assets=3, shares=3) for day in ("2023-03-26", "2023-03-30")]
    found = only(book(*deposits), said((LENDER, 1000), (OTHER_LENDER, 500)))
    assert (found.class_, found.party, found.effect, found.trace) == ("timing in transit", "nobody", 6, (6, 7))
    assert found.since == "2023-03-26"


def test_all_that_came_in_lately_is_in_transit_and_not_missing() -> None:
    found = only(
        book(deposited(at=on("2023-03-30"), assets=3, shares=3, lender=NEWCOMER)),
        said((LENDER, 1000), (OTHER_LENDER, 500)),
    )
    assert (found.class_, found.party, found.effect, found.trace) == ("timing in transit", "nobody", 3, (6,))


def test_all_that_was_withdrawn_lately_is_in_transit_and_not_missing() -> None:
    journal = book(withdrawn(at=on("2023-03-30"), lender=OTHER_LENDER, assets=500, shares=500))
    found = only(journal, said((LENDER, 1000), (OTHER_LENDER, 500)))
    assert (found.class_, found.party, found.effect, found.trace) == ("timing in transit", "nobody", -500, (6,))
    late = only(journal, said((LENDER, 1000), (OTHER_LENDER, 500)), transit_days=0)
    assert (late.class_, late.trace) == ("missing in ledger", (5, 6))


def test_older_entries_are_not_in_transit() -> None:
    journal = book(deposited(at=on("2023-03-25"), assets=3, shares=3))
    assert only(journal, said((LENDER, 1000), (OTHER_LENDER, 500))).class_ == "unexplained"
    assert only(journal, said((LENDER, 1000), (OTHER_LENDER, 500)), transit_days=6).class_ == "timing in transit"


def test_our_next_entries_are_beyond_the_cut_off() -> None:
    journal = book(
        withdrawn(at=on("2023-04-05"), assets=30, shares=30), deposited(at=on("2023-04-06"), assets=1, shares=1)
    )
    found = only(journal, said((LENDER, 970), (OTHER_LENDER, 500)))
    assert (found.class_, found.party, found.effect, found.trace) == ("cut-off", "nobody", 30, (6,))
    assert only(journal, said((LENDER, 970), (OTHER_LENDER, 500)), cutoff_days=4).class_ == "unexplained"


def test_what_we_have_nothing_of_yet_is_beyond_the_cut_off_and_not_missing() -> None:
    journal = book(deposited(at=on("2023-04-02"), assets=7, shares=7, lender=NEWCOMER))
    found = only(journal, said((LENDER, 1000), (OTHER_LENDER, 500), (NEWCOMER, 7)))
    assert (found.class_, found.party, found.effect, found.trace) == ("cut-off", "nobody", -7, (6,))


def test_an_entry_that_is_there_twice_is_told_with_the_one_that_it_repeats() -> None:
    twice = [deposited(at=on("2023-02-01"), assets=40, shares=40, id=EventId(name)) for name in ("one", "two")]
    found = only(book(*twice), said((LENDER, 1040), (OTHER_LENDER, 500)))
    assert (found.class_, found.party, found.effect, found.trace) == ("duplicate in ledger", "ours", 40, (7,))
    assert found.evidence.endswith("entry 7 (deposited two, +40) says the same as entry 6 (one)")


SAME_TIME: Final = [deposited(at=on("2023-01-10"), assets=40, shares=40, id=EventId(name)) for name in ("one", "two")]
"""Two deposits that say the same, both of them true."""


def test_an_entry_on_which_the_sides_agreed_is_not_the_one_that_is_too_many() -> None:
    journal = book(*SAME_TIME, deposited(at=on("2023-02-05"), assets=40, shares=40))
    agreed, closing = (
        said((LENDER, 1080), (OTHER_LENDER, 500), at="2023-01-31"),
        said((LENDER, 1080), (OTHER_LENDER, 500)),
    )
    first = paper(journal, "lenders:balance", agreed)
    for made in (
        paper(journal, "lenders:balance", agreed, closing),
        paper(journal, "lenders:balance", closing, previous=first),
    ):
        assert [(one.class_, one.trace) for one in made.breaks] == [("amount", (8,))]


def test_an_entry_recorded_since_the_sides_agreed_may_repeat_one_on_which_they_did() -> None:
    agreed = said((LENDER, 1040), (OTHER_LENDER, 500), at="2023-01-31")
    first = paper(book(SAME_TIME[0]), "lenders:balance", agreed)
    made = paper(book(*SAME_TIME), "lenders:balance", said((LENDER, 1040), (OTHER_LENDER, 500)), previous=first)
    assert [(one.class_, one.trace) for one in made.breaks] == [("duplicate in ledger", (7,))]


def test_an_entry_that_is_there_twice_is_proposed_to_be_reversed() -> None:
    twice = [deposited(at=on("2023-02-01"), assets=40, shares=40, id=EventId(name)) for name in ("one", "two")]
    (proposal,) = paper(book(*twice), "lenders:balance", said((LENDER, 1040), (OTHER_LENDER, 500))).proposals
    assert [(fact["type"], fact["of"]) for fact in proposal.facts] == [("entry-reversed", "two")]
    assert not proposal.refused


def test_two_logs_that_say_the_same_are_no_duplicates() -> None:
    twice = [
        deposited(at=on("2023-02-01"), assets=40, shares=40, evidence=Evidence(block=1, log_index=index))
        for index in (1, 2)
    ]
    assert only(book(*twice), said((LENDER, 1040), (OTHER_LENDER, 500))).class_ == "unexplained"


def test_an_entry_that_we_reversed_and_they_did_not_is_pending() -> None:
    lines = (("assets:pool:cash", -40), ("liabilities:pool:claims:lenders", 40))
    shares = (
        ("register:pool:lenders:lender", -40, "shares:pool:lenders"),
        ("register:pool:lenders", 40, "shares:pool:lenders"),
    )
    wrong = deposited(at=on("2023-02-01"), assets=40, shares=40, id=EventId("wrong"))
    undone = entry_reversed(at=wrong.at, of=EventId("wrong"), postings=posted(*lines, *shares))
    found = only(book(wrong, undone), said((LENDER, 1040), (OTHER_LENDER, 500)))
    assert (found.class_, found.party, found.effect, found.trace) == ("reversal pending", "theirs", -40, (7,))
    assert found.evidence.endswith("-40) undid entry 6 (deposited wrong, +40)")


def reversed_on(day: str, *facts: AnyEvent) -> MemoryJournal:
    """A book in which a deposit of January was undone, after that month was closed."""
    story = told(
        *(entry.event() for entry in book(SAME_TIME[0]).read()),
        period_closed(at=on("2023-02-01"), through=on("2023-01-31")),
    )
    undone = story.reversal("one", at=on(day), occurred_at=SAME_TIME[0].at)
    return recorded(story.then(undone, *facts).facts)


def test_a_reversal_since_the_sides_agreed_parts_them_on_its_day() -> None:
    journal = reversed_on("2023-02-15")
    agreed, closing = (said((LENDER, 1040), (OTHER_LENDER, 500), at=day) for day in ("2023-02-10", CLOSING))
    first = paper(journal, "lenders:balance", agreed)
    for made in (
        paper(journal, "lenders:balance", agreed, closing),
        paper(journal, "lenders:balance", closing, previous=first),
    ):
        assert [(one.class_, one.since, one.trace) for one in made.breaks] == [("reversal pending", "2023-02-15", (8,))]
        assert [trace.parted_on for trace in made.traces] == ["2023-02-15"]


def test_a_reversal_before_the_sides_agreed_explains_nothing() -> None:
    journal = reversed_on("2023-02-15")
    agreed, closing = (
        said((LENDER, 1000), (OTHER_LENDER, 500), at="2023-02-28"),
        said((LENDER, 1040), (OTHER_LENDER, 500)),
    )
    first = paper(journal, "lenders:balance", agreed)
    for made in (
        paper(journal, "lenders:balance", agreed, closing),
        paper(journal, "lenders:balance", closing, previous=first),
    ):
        assert [(one.class_, one.trace) for one in made.breaks] == [("amount", ())]
        assert [trace.parted_on for trace in made.traces] == [CLOSING]


def test_a_row_that_a_reversal_brings_to_nothing_is_a_pending_reversal() -> None:
    from_newcomer = deposited(at=on("2023-01-10"), assets=7, shares=7, lender=NEWCOMER, id=EventId("one"))
    story = told(*(entry.event() for entry in book(from_newcomer).read()))
    journal = recorded(story.then(story.reversal("one")).facts)
    held = (LENDER, 1000), (OTHER_LENDER, 500), (NEWCOMER, 7)
    first = paper(book(from_newcomer), "lenders:balance", said(*held, at="2023-01-31"))
    (found,) = paper(journal, "lenders:balance", said(*held), previous=first).breaks
    assert (found.class_, found.effect, found.trace) == ("reversal pending", -7, (7,))
    assert found.since >= "2023-01-31"


def test_without_a_point_of_agreement_no_old_entry_is_said_to_make_a_difference() -> None:
    journal = book(deposited(at=on("2023-01-10"), assets=40, shares=40))
    made = paper(journal, "lenders:balance", said((LENDER, 1000), (OTHER_LENDER, 500)))
    assert [(trace.entries, trace.parted_on) for trace in made.traces] == [((), CLOSING)]
    assert [one.class_ for one in made.breaks] == ["unexplained"]


def test_the_opposite_difference_of_exactly_one_other_is_on_the_wrong_account() -> None:
    made = paper(book(), "lenders:balance", said((LENDER, 1010), (OTHER_LENDER, 490)))
    less, more = sorted(made.breaks, key=lambda one: one.effect)
    assert [(one.class_, one.effect) for one in (less, more)] == [("wrong account", -10), ("wrong account", 10)]
    assert "balance of pool pool, lender other-lender: +10" in less.evidence
    assert made.unexplained() == {}


def test_up_to_a_fee_less_is_a_fee() -> None:
    found = only(book(), said((LENDER, 995), (OTHER_LENDER, 500)), fee_max=5)
    assert (found.class_, found.party, found.effect) == ("fee", "ours", 5)
    assert only(book(), said((LENDER, 994), (OTHER_LENDER, 500)), fee_max=5).class_ == "unexplained"
    assert only(book(), said((LENDER, 1005), (OTHER_LENDER, 500)), fee_max=5).class_ == "unexplained"


def test_what_agreed_before_is_another_amount_with_the_entries_since() -> None:
    deposits = [
        deposited(at=on(day), assets=of, shares=of)
        for day, of in (("2023-02-01", 48), ("2023-03-01", 40), ("2023-03-02", 2), ("2023-03-03", 8))
    ]
    made = paper(
        book(*deposits),
        "lenders:balance",
        said((LENDER, 1048), (OTHER_LENDER, 500), at="2023-02-28"),
        said((LENDER, 1050), (OTHER_LENDER, 500)),
    )
    (found,), (trace,) = made.breaks, made.traces
    assert (found.class_, found.party, found.effect, found.trace) == ("amount", "ours", 48, (7, 9))
    assert trace.agreed_at == "2023-02-28"
    assert (trace.parted_on, trace.entries, trace.difference) == ("2023-03-01", (7, 9), 48)
    assert [(line.position, line.amount, line.cited_by) for line in made.appendix] == [
        (7, 40, (found.id,)),
        (9, 8, (found.id,)),
    ]


def test_what_no_rule_explains_may_not_be_signed() -> None:
    made = paper(book(), "lenders:balance", said((LENDER, 900), (OTHER_LENDER, 500)))
    assert [one.class_ for one in made.breaks] == ["unexplained"]
    assert not made.may_be_signed()
