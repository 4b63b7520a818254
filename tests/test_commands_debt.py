"""What a loan owes as the commands work it out, which is what the report of loans says; and what an amount pays."""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.commands.debt import Owed, Payment, allocated, debt_of, debt_price, debt_shares_drawn, owed, payment, split
from ledger.errors import CommandRefused
from ledger.events import AnyEvent
from ledger.laws import take_back
from ledger.values import AMOUNT_MAX, WAD, EventId, LoanId, PoolId
from tests.histories import HISTORIES, LEANINGS, History, histories, recorded, rows_of
from tests.story import (
    AT,
    CASE,
    LOAN,
    OTHER_LOAN,
    POOL,
    Story,
    asset_registered,
    deposited,
    interest_accrued,
    interest_allocated,
    loan_defaulted,
    loan_drawn,
    loan_originated,
    picture,
    pool_opened,
    repaid,
    told,
)

AMOUNTS: Final = st.integers(0, 5) | st.integers(0, AMOUNT_MAX)
INDEXED: Final = LEANINGS[1:2]


def a_pool(**fields: Any) -> Story:
    """A pool with plenty of cash."""
    return told(asset_registered(), pool_opened(**fields), deposited(assets=10**30, shares=10**30))


def an_indexed_loan(principal: int = 100, **fields: Any) -> Story:
    """A loan drawn while the index of its pool is one wad."""
    return a_pool(debt="indexed", **fields).then(
        interest_accrued(loan=None, interest=0, index=WAD), loan_originated(principal=principal)
    )


def debts(story: Story) -> dict[tuple[str, str], int]:
    """What each loan owes, as the commands work it out."""
    return {
        (pool, loan): debt_of(story.books, PoolId(pool), LoanId(loan))
        for pool, loans in story.books.loans.items()
        for loan in loans
    }


def reported(facts: Sequence[AnyEvent]) -> dict[tuple[str, str], int]:
    """What the report of loans says."""
    return {(row["pool"], row["loan"]): row["debt"] for row in rows_of("loans", recorded(facts))}


@HISTORIES
@given(histories())
def test_a_loan_owes_what_the_report_of_loans_says(history: History) -> None:
    assert debts(Story().then(*history)).items() <= reported(history).items()


@HISTORIES
@given(histories(INDEXED))
def test_a_loan_of_an_indexed_pool_owes_what_the_report_of_loans_says(history: History) -> None:
    assert debts(Story().then(*history)).items() <= reported(history).items()


@pytest.mark.parametrize(
    "last",
    [
        interest_accrued(loan=None, interest=7, index=3 * WAD),
        interest_accrued(interest=7),
        interest_allocated(interest=0),
        interest_allocated(interest=5),
        loan_drawn(principal=9),
        loan_drawn(principal=0),
        repaid(principal=9),
    ],
    ids=lambda event: event.type,
)
def test_what_is_reversed_or_taken_back_leaves_no_trace_on_an_index(last: AnyEvent) -> None:
    story = an_indexed_loan().then(interest_accrued(loan=None, interest=10, index=2 * WAD))
    before, debt = picture(story.books), debts(story)

    story.then(last)
    after = debts(story)
    take_back([story.facts.pop()], story.books)

    assert picture(story.books) == before
    story.then(last)
    assert debts(story) == after == reported(story.facts)
    story.then(story.reversal(story.facts[-1].id))
    assert debts(story) == debt == reported(story.facts)


def test_the_reversal_of_an_earlier_index_takes_it_off_the_loans_that_were_drawn_since() -> None:
    story = an_indexed_loan().then(
        interest_accrued(loan=None, interest=0, index=2 * WAD, id=EventId("second")),
        loan_originated(loan=OTHER_LOAN, principal=100),
        interest_accrued(loan=None, interest=0, index=4 * WAD),
    )
    assert debts(story) == {(POOL, LOAN): 400, (POOL, OTHER_LOAN): 200}

    story.then(story.reversal("second"))

    assert debts(story) == {(POOL, LOAN): 400, (POOL, OTHER_LOAN): 400} == reported(story.facts)


def test_a_loan_drawn_before_the_first_index_owes_by_that_one() -> None:
    story = a_pool(debt="indexed").then(
        loan_originated(principal=100),
        interest_accrued(loan=None, interest=0, index=2 * WAD),
        interest_accrued(loan=None, interest=0, index=3 * WAD),
    )

    assert debts(story) == {(POOL, LOAN): 150} == reported(story.facts)


@pytest.mark.parametrize(("rate_scale", "interest"), [(0, 34), (WAD, 33)])
def test_an_indexed_loan_takes_its_interest_rounded_down_only_where_rates_are_rounded(
    rate_scale: int, interest: int
) -> None:
    story = an_indexed_loan(rate_scale=rate_scale).then(interest_accrued(loan=None, interest=33, index=WAD * 4 // 3))

    facts, owes = allocated(story.books, AT, POOL, LOAN)

    assert [fact.interest for fact in facts] == [interest]
    assert owes == Owed(100, interest)
    assert owes == owed(story.then(*facts).books, POOL, LOAN)
    assert allocated(story.books, AT, POOL, LOAN) == ((), owes)


def test_the_interest_of_a_loan_in_default_is_allocated_under_its_case() -> None:
    story = an_indexed_loan().then(
        loan_defaulted(principal=100, interest=0), interest_accrued(loan=None, interest=10, index=WAD * 11 // 10)
    )

    (fact,), owes = allocated(story.books, AT, POOL, LOAN)

    assert (fact.case, fact.interest) == (CASE, 10)
    assert owes == owed(story.then(fact).books, POOL, LOAN) == Owed(100, 10)


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_a_split_pays_the_first_part_in_full_before_the_second(amount: int, principal: int, interest: int) -> None:
    first_interest = split(amount, principal, interest, ("interest", "principal"))
    first_principal = split(amount, principal, interest, ("principal", "interest"))

    assert sum(first_interest) == sum(first_principal) == amount
    assert first_interest[1] == min(amount, interest)
    assert first_principal[0] == min(amount, principal)
    assert first_interest[2] == first_principal[2] == max(amount - principal - interest, 0)


def a_pooled_loan(lent: int, interest: int, others: int, **virtual: int) -> Story:
    """A pooled loan of so much beside others, and interest on all of them."""
    return a_pool(debt="pooled", **virtual).then(
        loan_originated(principal=lent, debt_shares=lent),
        loan_originated(loan=OTHER_LOAN, principal=others, debt_shares=others),
        interest_accrued(loan=None, interest=interest),
    )


@given(st.integers(1, 20), st.integers(0, 20), st.integers(0, 20), st.integers(0, 1), st.data())
def test_what_a_payment_leaves_is_never_less_than_what_was_owed_before_it(
    lent: int, interest: int, others: int, virtual: int, data: st.DataObject
) -> None:
    story = a_pooled_loan(lent, interest, others, virtual_assets=virtual, virtual_shares=virtual)
    before = owed(story.books, POOL, LOAN)
    amount = data.draw(st.integers(0, before.total))

    paid = payment(story.books, POOL, before, amount)
    story.then(
        repaid(principal=paid.principal, rounding=paid.rounding, debt_shares=paid.debt_shares),
    )

    after = owed(story.books, POOL, LOAN)
    assert paid.principal + paid.rounding == amount
    assert after.total >= before.total - amount
    assert (after.debt_shares == 0) == (amount == before.total)


def test_a_debt_rounded_up_beyond_all_that_is_lent_is_paid_with_rounding() -> None:
    story = a_pooled_loan(3, 0, 0, virtual_assets=1, virtual_shares=2)
    assert owed(story.books, POOL, LOAN) == Owed(3, 0, 3)

    story.then(repaid(principal=1))  # (2 + 1) · 3 / (3 + 2) is 1.8

    assert payment(story.books, POOL, owed(story.books, POOL, LOAN), 2) == Payment(2, 0, 3, 0)
    story.then(repaid(principal=1))  # (1 + 1) · 3 / (3 + 2) is 1.2, of which 1 is lent
    assert payment(story.books, POOL, owed(story.books, POOL, LOAN), 2) == Payment(1, 0, 3, 1)


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_draw_never_owes_less_than_was_drawn(lent: int, interest: int, drawn: int) -> None:
    story = a_pooled_loan(lent, interest, 0)

    shares = debt_shares_drawn(story.books, POOL, drawn)
    story.then(loan_drawn(loan=OTHER_LOAN, principal=drawn, debt_shares=shares))

    assert owed(story.books, POOL, OTHER_LOAN).total >= drawn
    assert owed(story.books, POOL, LOAN).total <= lent + interest


def test_nothing_is_drawn_where_debt_shares_are_out_that_are_worth_nothing() -> None:
    story = a_pooled_loan(3, 0, 0).then(repaid(principal=3))
    assert debt_price(story.books, POOL) == (0, 3)

    with pytest.raises(CommandRefused, match="pool pool has 3 debt shares for loans of 0: no debt share has a price"):
        debt_shares_drawn(story.books, POOL, 1)


def test_only_a_pooled_pool_has_debt_shares() -> None:
    story = an_indexed_loan()

    assert debt_shares_drawn(story.books, POOL, 5) == 0
