"""Random books and altered numbers: every alteration is found and called what it is, and none is made up."""

from collections import Counter
from functools import partial

import pytest

from projections.reconciliation.paper import Paper
from tests.altered_balances import FEE_MAX, PRECISION, Case, Closing, case, found
from tests.reconciled_balances import paper

CASES = 300
IN_ONE = 50


def papers_of(made: Case) -> tuple[Paper, Paper]:
    of = partial(paper, made.journal, made.subject, fee_max=FEE_MAX, precision=PRECISION)
    january = of(made.january.snapshot)
    return january, of(made.february.snapshot, previous=january)


def assert_as_altered(paper: Paper, closing: Closing) -> None:
    balances = {(row.commodity, row.line): row.amount for row in paper.proof}
    assert found(paper) == closing.expected
    assert len(paper.breaks) == len(closing.expected)
    assert closing.differences == {
        commodity: balances[commodity, "balance per book"] - balances[commodity, "balance per statement"]
        for commodity, _ in balances
    }
    assert paper.may_be_signed() == all(one.class_ != "unexplained" for one in closing.expected)


@pytest.mark.parametrize("first", range(0, CASES, IN_ONE))
def test_every_number_that_is_altered_is_found_and_called_what_it_is(first: int) -> None:
    for seed in range(first, first + IN_ONE):
        made = case(seed)
        january, february = papers_of(made)
        assert_as_altered(january, made.january)
        assert_as_altered(february, made.february)


def test_with_none_altered_no_number_is_apart() -> None:
    for seed in range(IN_ONE):
        made = case(seed, altered=False)
        assert all(not paper.breaks for paper in papers_of(made))


def test_the_cases_have_breaks_of_every_class_that_balances_tell() -> None:
    put_in = Counter(one.class_ for seed in range(CASES) for one in case(seed).february.expected)
    assert min(put_in.values()) > CASES // 20
    assert set(put_in) == {
        "amount",
        "cut-off",
        "duplicate in ledger",
        "fee",
        "missing in ledger",
        "missing in statement",
        "reversal pending",
        "rounding",
        "sign",
        "timing in transit",
        "unexplained",
        "wrong account",
    }
