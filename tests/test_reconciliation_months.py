"""A thousand random months: every break that was put in is found and called what it is, and none is made up."""

from collections import Counter
from random import Random

import pytest

from projections.reconciliation.breaks import CLASSES
from projections.reconciliation.items import Item
from projections.reconciliation.movements.transactions import reconcile_account
from projections.reconciliation.paper import Paper
from tests.reconciled_months import (
    EUR,
    IBAN,
    RULES,
    SUBJECT,
    Injected,
    Making,
    Month,
    cash,
    month,
    record_proposed,
    settle,
    statement_of,
)

MONTHS = 1_000
IN_ONE = 50
LASTING = ("rounding", "unexplained")
"""What neither an entry nor a line settles."""


def paper_of(made: Month) -> Paper:
    paper, _ = reconcile_account(made.journal, SUBJECT, [made.statement], RULES, None)
    return paper


def found(paper: Paper) -> "Counter[Injected]":
    """The breaks of a paper, as they are put in."""
    return Counter(
        Injected(one.class_, one.effect, frozenset(item.id for item in one.ours), len(one.theirs))
        for one in paper.breaks
    )


@pytest.mark.parametrize("first", range(0, MONTHS, IN_ONE))
def test_every_break_is_found_as_it_was_put_in_and_none_is_made_up(first: int) -> None:
    for seed in range(first, first + IN_ONE):
        made = month(seed)
        assert found(paper_of(made)) == made.expected, seed


@pytest.mark.parametrize("first", range(0, MONTHS, IN_ONE * 5))
def test_with_none_put_in_the_paper_proves_itself(first: int) -> None:
    for seed in range(first, first + IN_ONE):
        paper = paper_of(month(seed, broken=False))
        assert not paper.breaks, seed
        assert paper.may_be_signed(), seed
        assert {row.amount for row in paper.proof if row.line == "unexplained"} == {0}, seed


def test_the_months_have_breaks_of_every_class() -> None:
    put_in = Counter(one.class_ for seed in range(MONTHS) for one in month(seed).expected)
    assert {name: put_in[name] > MONTHS // 20 for name in CLASSES} == dict.fromkeys(CLASSES, True)


@pytest.mark.parametrize("first", range(0, MONTHS, IN_ONE * 2))
def test_a_month_later_only_what_nobody_can_settle_is_left_under_its_old_name(first: int) -> None:
    for seed in range(first, first + IN_ONE):
        made = month(seed)
        january = paper_of(made)
        paper, _ = reconcile_account(made.journal, SUBJECT, [settle(made, january)], RULES, january)
        lasting = {one.id: one.class_ for one in january.breaks if one.class_ in LASTING}
        assert {one.id: one.class_ for one in paper.breaks} == lasting, seed
        assert {one.id for one in paper.resolved} == {one.id for one in january.breaks} - set(lasting), seed


def test_what_is_undone_of_before_the_first_opening_settles_its_break() -> None:
    making = Making(Random(1))  # noqa: S311  (no secret)
    old = making.entry("2025-12-20")
    undone = Item(1, IBAN, EUR, "2026-01-10", -cash(old), end_to_end=old.id, reverses=old.id)
    made = making.month()
    made = made._replace(statement=statement_of([undone], opening=made.statement.opening + cash(old)))
    record_proposed(made, paper_of(made))
    assert found(paper_of(made)) == Counter()


def test_what_was_under_way_over_the_first_opening_is_matched_with_its_line() -> None:
    making = Making(Random(1))  # noqa: S311  (no secret)
    sent = making.entry("2025-12-31")
    line = making.line(sent, "reference", day="2026-01-02")
    made = making.month()
    paper = paper_of(made._replace(statement=statement_of([line], opening=made.statement.opening)))
    assert (paper.breaks, paper.unexplained()) == ((), {})


def test_a_payment_in_parts_under_one_reference_is_one_break_of_what_is_missing() -> None:
    making = Making(Random(1))  # noqa: S311  (no secret)
    paid = making.entry("2026-01-12")
    parts = [making.line(paid, "reference", amount=amount) for amount in (30_000, cash(paid) - 31_000)]
    made = making.month()
    (only,) = paper_of(made._replace(statement=statement_of(parts, opening=made.statement.opening))).breaks
    assert (only.class_, only.effect, len(only.theirs)) == ("amount", 1_000, 2)
