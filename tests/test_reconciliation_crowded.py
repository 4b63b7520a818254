"""Months in which much is alike: what holds of every paper, whichever movement a break is said to be of."""

from random import Random

import pytest

from projections.reconciliation.items import Statement
from projections.reconciliation.movements.transactions import reconcile_account
from projections.reconciliation.paper import Paper
from tests.crowded_months import crowded
from tests.reconciled_months import RULES, SUBJECT, Month, record_proposed

MONTHS = 600
IN_ONE = 100
FIRST = range(0, MONTHS, IN_ONE)


def paper_of(made: Month, statement: Statement | None = None) -> Paper:
    paper, _ = reconcile_account(made.journal, SUBJECT, [statement or made.statement], RULES, None)
    return paper


def shuffled(statement: Statement, seed: int) -> Statement:
    lines = Random(seed).sample(statement.items, len(statement.items))  # noqa: S311  (no secret)
    return statement._replace(items=tuple(lines))


def difference(paper: Paper) -> int:
    balances = {row.side: row.amount for row in paper.proof if row.line.startswith("balance per")}
    return balances["book"] - balances["statement"]


@pytest.mark.parametrize("first", FIRST)
def test_a_book_and_its_own_statement_have_no_break(first: int) -> None:
    for seed in range(first, first + IN_ONE):
        assert paper_of(crowded(seed, spoiled=False)).breaks == (), seed


@pytest.mark.parametrize("first", FIRST)
def test_breaks_sum_to_the_difference_in_any_order_of_lines(first: int) -> None:
    for seed in range(first, first + IN_ONE):
        made = crowded(seed, spoiled=True)
        paper = paper_of(made)
        assert sum(one.effect for one in paper.breaks) == difference(paper), seed
        assert paper_of(made, shuffled(made.statement, seed)) == paper, seed


@pytest.mark.parametrize("first", FIRST)
def test_what_is_proposed_settles_what_it_is_proposed_for_and_opens_nothing(first: int) -> None:
    for seed in range(first, first + IN_ONE):
        made = crowded(seed, spoiled=True)
        before = paper_of(made)
        record_proposed(made, before)
        after = {one.id for one in paper_of(made).breaks}
        proposed = {one.of for one in before.proposals if not one.refused}
        assert after <= {one.id for one in before.breaks} - proposed, seed
