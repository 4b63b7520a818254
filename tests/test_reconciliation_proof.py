"""The proof of balance, the summary, and breaks from one paper to the next: identity, age and roll-forward."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BooksBroken
from projections.reconciliation.breaks import CLASSES, Break
from projections.reconciliation.continued import Continued, continued
from projections.reconciliation.items import Item
from projections.reconciliation.matching.matched import matched
from projections.reconciliation.movements.classes import classified
from projections.reconciliation.paper import UNEXPLAINED, ContinuedRow, Ours, Paper, ProofRow, Standing, SummaryRow
from projections.reconciliation.proof import proof_of, stated_in, summary_of
from projections.reconciliation.rules import Rules
from tests.reconciliation_papers import CASH, CLOSED, a_break, a_paper, entry, line

SUBJECT = f"account:{CASH}"


def from_(breaks: Sequence[Break], previous: Paper | None = None, closed_at: str = CLOSED) -> Continued:
    return continued(breaks, previous, subject=SUBJECT, closed_at=closed_at, rules=Rules())


def paper_of(found: Continued, closed_at: str = CLOSED) -> Paper:
    return a_paper(found.breaks, {"EUR": 0}, {"EUR": 2}, closed_at=closed_at)


def of(class_: str, *ours: Item, theirs: tuple[Item, ...] = ()) -> Break:
    effect = sum(item.amount for item in ours) - sum(item.amount for item in theirs)
    made = a_break("unexplained", effect, ours=ours, theirs=theirs, since="", first_seen="", id="")
    return made._replace(class_=class_)  # type: ignore[arg-type]


def test_each_side_is_adjusted_by_what_it_has_to_settle() -> None:
    breaks = [
        a_break("timing in transit", 500, 1),
        a_break("duplicate in statement", -40, 2),
        a_break("fee", 12, 3),
        a_break("fee", 13, 4),
        a_break("missing in ledger", -300, 5),
    ]
    assert proof_of({"EUR": 10_185}, {"EUR": 10_000}, breaks) == (
        ProofRow("EUR", "statement", "balance per statement", 0, 10_000),
        ProofRow("EUR", "statement", "timing in transit", 1, 500),
        ProofRow("EUR", "statement", "duplicate in statement", 1, -40),
        ProofRow("EUR", "statement", "adjusted balance per statement", 0, 10_460),
        ProofRow("EUR", "book", "balance per book", 0, 10_185),
        ProofRow("EUR", "book", "missing in ledger", 1, 300),
        ProofRow("EUR", "book", "fee", 2, -25),
        ProofRow("EUR", "book", "adjusted balance per book", 0, 10_460),
        ProofRow("EUR", "proof", "unexplained", 0, 0),
    )


def test_what_nobody_knows_who_has_to_settle_is_left_between_the_sides() -> None:
    rows = proof_of({"EUR": 107}, {"EUR": 100}, [a_break("unexplained", 7)])
    assert rows[-1] == ProofRow("EUR", "proof", "unexplained", 1, 7)


def test_each_commodity_has_a_proof_of_its_own() -> None:
    rows = proof_of({"EUR": 5, "USD": 9}, {"EUR": 5, "GBP": 1}, [a_break("amount", 9)._replace(commodity="USD")])
    left = {row.commodity: row.amount for row in rows if row.line == UNEXPLAINED}
    assert left == {"EUR": 0, "GBP": -1, "USD": 0}


def test_the_balance_that_was_stated_is_read_from_the_proof() -> None:
    paper = a_paper([a_break("fee", 12)], {"EUR": 1_012}, {"EUR": 2})
    assert (stated_in(paper, "EUR"), stated_in(paper, "USD")) == (1_000, None)


def test_the_summary_counts_by_class_party_and_age() -> None:
    breaks = [
        a_break("fee", 12, 1),
        a_break("fee", 13, 2, material=False),
        a_break("fee", 14, 3, bucket="31-60"),
        a_break("timing in transit", 500, 4),
    ]
    assert summary_of(breaks) == (
        SummaryRow("timing in transit", "nobody", "0-30", "EUR", 1, 500, 1),
        SummaryRow("fee", "ours", "0-30", "EUR", 2, 25, 1),
        SummaryRow("fee", "ours", "31-60", "EUR", 1, 14, 1),
    )


def test_a_break_keeps_its_identity_from_transit_to_missing_until_its_reversal_resolves_it() -> None:
    sent = entry(12, "2026-02-26", 1_000, "wire-7")
    february = from_([of("timing in transit", sent)])
    (in_transit,) = february.breaks
    march = from_([of("missing in statement", sent)], paper_of(february), "2026-03-31")
    (missing,) = march.breaks
    april = from_([], paper_of(march, "2026-03-31"), "2026-04-30")
    assert (missing.id, missing.first_seen, missing.since) == (in_transit.id, CLOSED, "2026-02-26")
    assert (in_transit.age_days, in_transit.bucket, missing.age_days, missing.bucket) == (2, "0-30", 33, "31-60")
    assert march.rows == (
        ContinuedRow("timing in transit", "EUR", 1, 1_000, 0, 0, -1_000, 0, 0, 0, 0, changed_count=-1),
        ContinuedRow("missing in statement", "EUR", 0, 0, 0, 0, 1_000, 0, 0, 1, 1_000, changed_count=1),
    )
    assert april.resolved == (missing,)
    assert april.rows == (ContinuedRow("missing in statement", "EUR", 1, 1_000, 0, 0, 0, 1, 1_000, 0, 0),)


def test_the_same_movements_have_the_same_id_in_every_run_and_another_in_another_subject() -> None:
    one = of("amount", entry(12, "2026-02-20", 1_000, "wire-7"), theirs=(line(7, "2026-02-20", 990),))
    again = continued([one], None, subject="account:other", closed_at=CLOSED, rules=Rules())
    assert from_([one]).breaks == from_([one]).breaks
    assert len({from_([one]).breaks[0].id, again.breaks[0].id}) == 2


def test_where_two_breaks_become_one_the_older_identity_stays() -> None:
    sent, got = entry(12, "2026-02-20", 1_000, "wire-7"), line(7, "2026-03-20", 990)
    february = from_([of("missing in statement", sent)])
    march = from_(
        [of("missing in statement", sent), of("missing in ledger", theirs=(got,))], paper_of(february), "2026-03-31"
    )
    april = from_([of("amount", sent, theirs=(got,))], paper_of(march, "2026-03-31"), "2026-04-30")
    (one,) = april.breaks
    assert (one.id, one.first_seen) == (february.breaks[0].id, CLOSED)
    assert [each.ours for each in april.resolved] == [()]


def test_where_one_break_becomes_two_only_the_first_keeps_its_id_and_both_their_first_day() -> None:
    sent, got = entry(12, "2026-02-20", 1_000, "wire-7"), line(7, "2026-02-20", 990)
    february = from_([of("amount", sent, theirs=(got,))])
    march = from_([of("sign", sent), of("missing in ledger", theirs=(got,))], paper_of(february))
    by_entry = {bool(one.ours): one for one in march.breaks}
    assert by_entry[True].id == february.breaks[0].id != by_entry[False].id
    assert {one.first_seen for one in march.breaks} == {CLOSED}


def test_a_break_of_a_key_ages_from_when_the_key_was_first_open() -> None:
    made = a_break("unexplained", 7, key={"remainder": "EUR"}, since="2026-01-31")
    february = from_([made])
    march = from_([made._replace(effect=8, since="")], paper_of(february), "2026-03-31")
    assert (march.breaks[0].since, march.breaks[0].age_days) == ("2026-01-31", 59)
    assert march.rows == (ContinuedRow("unexplained", "EUR", 1, 7, 0, 0, 1, 0, 0, 1, 8),)


def test_what_is_dated_after_the_closing_has_no_age() -> None:
    (one,) = from_([of("missing in ledger", theirs=(line(7, "2026-03-02", 5),))]).breaks
    assert one.age_days == 0


def test_from_an_amount_on_a_break_is_material() -> None:
    breaks = [of("fee", entry(1, CLOSED, -100, "a")), of("fee", entry(2, CLOSED, 99, "b"))]
    found = continued(breaks, None, subject=SUBJECT, closed_at=CLOSED, rules=Rules(material=100))
    assert {one.effect: one.material for one in found.breaks} == {-100: True, 99: False}


def test_a_paper_before_with_one_id_twice_is_our_own_mistake() -> None:
    twice = a_paper([a_break("fee", 1), a_break("fee", 2)], {"EUR": 3}, {"EUR": 2})
    with pytest.raises(BooksBroken, match="two breaks of the paper before have one id"):
        from_([], twice)


NAMES = st.sampled_from(["", "a", "b", "c"])
AMOUNTS = st.integers(-3, 3).filter(bool) | st.sampled_from([2**256 - 1, 1 - 2**256])
DAYS = st.integers(18, 28).map(lambda day: f"2026-02-{day}")
ENTRIES = st.lists(st.tuples(DAYS, AMOUNTS, NAMES, st.sampled_from(["", "same"])), max_size=6)
LINES = st.lists(st.tuples(DAYS, AMOUNTS, NAMES, st.sampled_from(["", "fee", "?"])), max_size=6)


def entries_of(drawn: Sequence[tuple[str, int, str, str]]) -> list[Item]:
    return [
        entry(n, day, amount, f"{name or 'x'}-{n}", reference=name, twin=twin)
        for n, (day, amount, name, twin) in enumerate(drawn, 1)
    ]


def lines_of(drawn: Sequence[tuple[str, int, str, str]]) -> list[Item]:
    return [
        Item(n, "", "EUR", day, amount, reference=name, kind=said.strip("?"), reverses=said.removeprefix("fee"))
        for n, (day, amount, name, said) in enumerate(drawn, 1)
    ]


def breaks_of(ours: Sequence[Item], theirs: Sequence[Item]) -> Continued:
    rules = Rules(precision=2, fee_max=1, our_reference="memo")
    book = Ours(Standing("desk.db", 9, "", ""), (CASH,), "EUR", 2, 0, 0, tuple(ours), (), (), ())
    return from_(classified(matched(ours, theirs, rules), book, (), rules, closed_at=CLOSED))


@given(ENTRIES, LINES, st.randoms(use_true_random=False))
def test_all_breaks_sum_to_the_difference_and_only_the_unexplained_are_left(
    drawn_ours: list[tuple[str, int, str, str]], drawn_theirs: list[tuple[str, int, str, str]], random: Random
) -> None:
    ours, theirs = entries_of(drawn_ours), lines_of(drawn_theirs)
    found = breaks_of(ours, theirs)
    mine, others = sum(item.amount for item in ours), sum(item.amount for item in theirs)
    proof = proof_of({"EUR": mine}, {"EUR": others}, found.breaks)
    unknown = sum(one.effect for one in found.breaks if one.class_ == UNEXPLAINED)
    assert sum(one.effect for one in found.breaks) == mine - others
    assert proof[-1].amount == unknown
    assert len({one.id for one in found.breaks}) == len(found.breaks)
    random.shuffle(ours)
    random.shuffle(theirs)
    assert breaks_of(ours, theirs) == found


KEPT = st.lists(
    st.tuples(st.integers(1, 8), st.sampled_from(CLASSES), st.integers(-5, 5)), unique_by=lambda one: one[0]
)


@given(st.lists(KEPT, min_size=2, max_size=4))
def test_breaks_add_up_from_one_paper_to_the_next(periods: list[list[tuple[int, str, int]]]) -> None:
    previous: Paper | None = None
    for number, period in enumerate(periods, 1):
        closed_at = f"2026-0{number}-28"
        breaks = [of(class_, entry(place, "2026-01-01", amount, f"e-{place}")) for place, class_, amount in period]
        found = from_(breaks, previous, closed_at)
        before = previous.breaks if previous is not None else ()
        assert sum(row.opening for row in found.rows) == sum(one.effect for one in before)
        assert sum(row.closing for row in found.rows) == sum(one.effect for one in found.breaks)
        assert {one.id for one in found.resolved} == {one.id for one in before} - {one.id for one in found.breaks}
        previous = paper_of(found, closed_at)
