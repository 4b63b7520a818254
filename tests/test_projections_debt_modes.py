"""The reports of pools that keep their loans in one account, or let interest run by an index: by example."""

from typing import Any, Final

import pytest

from ledger.events import AnyEvent, RedistributedPart
from ledger.values import CaseId, DebtMode, LoanId, Timestamp
from projections.reading import Asked
from tests.histories import NOW, Row, recorded, rows_of
from tests.story import (
    HOLD,
    LOAN,
    OTHER_LOAN,
    POOL,
    USD,
    Story,
    adjustment_posted,
    asset_registered,
    case_closed,
    cost_advanced,
    debt_redistributed,
    debt_transferred,
    deficit_recapitalized,
    deposited,
    interest_accrued,
    interest_allocated,
    loan_cured,
    loan_defaulted,
    loan_drawn,
    loan_originated,
    pool_opened,
    posted,
    repaid,
    shortfall_recognized,
    told,
)

DEBT: Final = "debt:pool"
UNDER: Final = CaseId("case")
MONDAY, FRIDAY = Timestamp("2022-11-21T12:00:00Z"), Timestamp("2022-11-25T12:00:00Z")


def report(name: str, story: Story, asked: Asked = NOW, **named: str) -> list[Row]:
    return rows_of(name, recorded(story.facts), asked, **named)


def loans_of(story: Story, asked: Asked = NOW) -> dict[str, tuple[str, int | None, int | None, int]]:
    """By loan: its status, principal, interest and debt."""
    rows = report("loans", story, asked)
    return {row["loan"]: (row["status"], row["principal"], row["interest"], row["debt"]) for row in rows}


def a_pool_of(debt: DebtMode, **charter: Any) -> Story:
    """A pool of that debt mode with 1000 deposited."""
    return told(
        asset_registered(), pool_opened(debt=debt, waterfall=(HOLD,), **charter), deposited(assets=1000, shares=1000)
    )


def pooled_loans(**charter: Any) -> Story:
    """Loans of 300 and 100 for as many debt shares, and interest of 7 on both."""
    return a_pool_of("pooled", **charter).then(
        loan_originated(principal=300, debt_shares=300),
        loan_originated(loan=OTHER_LOAN, principal=100, debt_shares=100),
        interest_accrued(loan=None, interest=7),
    )


def indexed_loans(**charter: Any) -> Story:
    """Loans of 300 and 7 at index 1000, and then interest of 35 on both, at index 1115."""
    return a_pool_of("indexed", **charter).then(
        interest_accrued(loan=None, interest=0, index=1000),
        loan_originated(principal=300),
        loan_originated(loan=OTHER_LOAN, principal=7),
        interest_accrued(loan=None, interest=35, index=1115),
    )


# Pooled.


def test_a_pooled_loan_owes_what_its_debt_shares_are_worth_rounded_up() -> None:
    # 407 on 400 debt shares: 305.25 and 101.75.
    assert loans_of(pooled_loans()) == {
        "loan": ("performing", None, None, 306),
        "other-loan": ("performing", None, None, 102),
    }


def test_the_virtual_amounts_count_in_what_a_debt_share_is_worth() -> None:
    # 407 + 1 on 400 + 100 debt shares: 244.8 and 81.6.
    loans = loans_of(pooled_loans(virtual_assets=1, virtual_shares=100))
    assert (loans["loan"][3], loans["other-loan"][3]) == (245, 82)


def test_what_moves_debt_shares_moves_what_each_pooled_loan_owes() -> None:
    story = pooled_loans().then(repaid(principal=102, debt_shares=100))
    # 305 on 300: 203.3 and 101.7.
    assert loans_of(story) == {"loan": ("performing", None, None, 204), "other-loan": ("performing", None, None, 102)}

    story.then(debt_transferred(principal=51, debt_shares=50))
    # 305 on 300, by halves: 152.5.
    assert loans_of(story) == {"loan": ("performing", None, None, 153), "other-loan": ("performing", None, None, 153)}

    story.then(loan_drawn(principal=95, debt_shares=100))
    # 400 on 400.
    assert loans_of(story) == {"loan": ("performing", None, None, 250), "other-loan": ("performing", None, None, 150)}


def test_interest_on_one_pooled_loan_is_shared_by_all_of_them() -> None:
    # 407 + 393 on 400 debt shares.
    story = pooled_loans().then(interest_accrued(interest=393))

    assert loans_of(story) == {"loan": ("performing", None, None, 600), "other-loan": ("performing", None, None, 200)}


def test_a_pooled_loan_goes_through_a_default() -> None:
    story = pooled_loans().then(
        loan_originated(loan=LoanId("idle"), principal=0),
        loan_defaulted(principal=306, interest=0),
        cost_advanced(amount=13),
    )
    # 420 on 400: 315 and 105.
    assert loans_of(story) == {
        "idle": ("undrawn", None, None, 0),
        "loan": ("in-default", None, None, 315),
        "other-loan": ("performing", None, None, 105),
    }

    story.then(shortfall_recognized(principal=319, debt_shares=300))
    # 101 on 100.
    assert loans_of(story) == {
        "idle": ("undrawn", None, None, 0),
        "loan": ("in-default", None, None, 0),
        "other-loan": ("performing", None, None, 101),
    }

    story.then(
        debt_redistributed(parts=(RedistributedPart(loan=OTHER_LOAN, principal=19, debt_shares=20),)),
        deficit_recapitalized(amount=300),
        case_closed(),
        repaid(loan=OTHER_LOAN, principal=120, debt_shares=120),
    )
    assert loans_of(story) == {
        "idle": ("undrawn", None, None, 0),
        "loan": ("closed", None, None, 0),
        "other-loan": ("repaid", None, None, 0),
    }


def test_a_pooled_loan_that_is_cured_performs_again() -> None:
    story = pooled_loans().then(
        loan_defaulted(principal=306, interest=0), loan_cured(principal=306, interest=0, reason="cured")
    )

    assert loans_of(story)["loan"] == ("performing", None, None, 306)


def test_adjustments_of_debt_shares_and_of_all_loans_count_in_what_a_pooled_loan_owes() -> None:
    story = pooled_loans().then(
        adjustment_posted(
            pool=POOL, postings=posted(("register:pool:debt:loan", 100, DEBT), ("register:pool:debt", -100, DEBT))
        ),
        adjustment_posted(pool=POOL, postings=posted(("assets:pool:loans", 93), ("equity:pool:rounding", -93))),
    )

    # 500 on 500.
    assert loans_of(story) == {"loan": ("performing", None, None, 400), "other-loan": ("performing", None, None, 100)}


def test_an_adjustment_of_all_loans_changes_what_is_in_default_under_the_case_it_names() -> None:
    lines = posted(("assets:pool:loans", -6), ("equity:pool:rounding", 6))
    story = pooled_loans().then(
        loan_defaulted(principal=306, interest=0),
        adjustment_posted(pool=POOL, case=UNDER, postings=lines),
        adjustment_posted(pool=POOL, postings=lines),
        shortfall_recognized(principal=200, debt_shares=200),
    )

    [row] = report("deficits", story)
    assert (row["exposure"], row["adjusted_in_default"], row["adjusted_open"]) == (306, -6, 0)
    assert (row["recognized"], row["in_default"]) == (200, 100)
    steps = report("case", story, case="case")
    assert [(step["source"], step["remaining"]) for step in steps] == [
        ("exposure", 306),
        ("adjustment", 300),
        ("shortfall", 300),
    ]


def test_a_pooled_pool_has_all_its_loans_in_one_column() -> None:
    story = pooled_loans().then(loan_defaulted(principal=306, interest=0), shortfall_recognized(principal=200))

    [row] = report("pools", story)
    assert (row["cash"], row["loans"], row["interest"], row["defaulted"], row["deficit"]) == (600, 207, 0, 0, 200)
    assert row["claims"] == {"lenders": 1007}


# Indexed.


def test_an_indexed_loan_owes_what_is_booked_grown_by_the_index_rounded_up() -> None:
    # 300 · 1.115 = 334.5, 7 · 1.115 = 7.805.
    assert loans_of(indexed_loans()) == {
        "loan": ("performing", 300, 0, 335),
        "other-loan": ("performing", 7, 0, 8),
    }


def test_with_a_rate_scale_an_indexed_loan_is_rounded_down() -> None:
    assert loans_of(indexed_loans(rate_scale=10**18)) == {
        "loan": ("performing", 300, 0, 334),
        "other-loan": ("performing", 7, 0, 7),
    }


def test_an_indexed_loan_grows_from_the_index_at_its_last_allocation() -> None:
    story = indexed_loans().then(interest_allocated(interest=35))
    assert loans_of(story) == {"loan": ("performing", 300, 35, 335), "other-loan": ("performing", 7, 0, 8)}

    story.then(interest_accrued(loan=None, interest=30, index=1200))
    # 335 · 1200 / 1115 = 360.5, 7 · 1200 / 1000 = 8.4.
    assert loans_of(story) == {"loan": ("performing", 300, 35, 361), "other-loan": ("performing", 7, 0, 9)}


def test_an_allocation_of_nothing_is_one_all_the_same() -> None:
    story = indexed_loans().then(interest_allocated(interest=0))

    assert loans_of(story)["loan"] == ("performing", 300, 0, 300)


def test_a_loan_from_before_the_first_index_grows_from_that_one() -> None:
    story = a_pool_of("indexed").then(
        loan_originated(principal=300), interest_accrued(loan=None, interest=0, index=1000)
    )
    assert loans_of(story)["loan"] == ("performing", 300, 0, 300)

    story.then(interest_accrued(loan=None, interest=30, index=1100))
    assert loans_of(story)["loan"] == ("performing", 300, 0, 330)


@pytest.mark.parametrize(
    ("fact", "owed"),
    [
        (repaid(principal=100), ("performing", 200, 0, 200)),
        (loan_drawn(principal=50), ("performing", 350, 0, 350)),
        (interest_accrued(interest=2), ("performing", 300, 2, 302)),
        (debt_transferred(principal=40), ("performing", 260, 0, 260)),
        (debt_transferred(sender=OTHER_LOAN, receiver=LOAN, principal=7), ("performing", 307, 0, 307)),
        (repaid(principal=0), ("performing", 300, 0, 335)),
        (loan_defaulted(principal=300, interest=0), ("in-default", 300, 0, 335)),
    ],
    ids=lambda value: getattr(value, "type", ""),
)
def test_an_indexed_loan_grows_anew_from_an_entry_that_changes_what_it_owes(
    fact: AnyEvent, owed: tuple[str, int, int, int]
) -> None:
    assert loans_of(indexed_loans().then(fact))["loan"] == owed


def test_an_indexed_loan_is_told_as_of_the_index_by_then() -> None:
    story = a_pool_of("indexed").then(
        interest_accrued(at=MONDAY, loan=None, interest=0, index=1000),
        loan_originated(at=MONDAY, principal=300),
        interest_accrued(at=FRIDAY, loan=None, interest=300, index=2000),
    )

    assert loans_of(story, Asked(as_of=MONDAY))["loan"] == ("performing", 300, 0, 300)
    assert loans_of(story, Asked(as_of=FRIDAY))["loan"] == ("performing", 300, 0, 600)


def test_an_index_that_is_reversed_has_grown_nothing() -> None:
    story = indexed_loans()

    assert loans_of(story.then(story.reversal("fact-7")))["loan"] == ("performing", 300, 0, 300)


def test_interest_that_no_loan_has_taken_yet_stands_beside_that_of_the_loans() -> None:
    story = indexed_loans().then(interest_allocated(interest=35), interest_allocated(loan=OTHER_LOAN, interest=1))

    [row] = report("pools", story)
    # The loans round up and have 36, what is left to allocate is -1: together the 35 that the pool earned.
    assert (row["cash"], row["loans"], row["interest"], row["claims"]) == (693, 307, 35, {"lenders": 1035})


def test_interest_allocated_in_default_and_taken_back_counts_as_added() -> None:
    story = indexed_loans().then(
        loan_defaulted(principal=300, interest=0),
        interest_allocated(case=UNDER, interest=35),
        interest_allocated(case=UNDER, interest=-5),
        shortfall_recognized(principal=300, interest=30),
    )

    [row] = report("deficits", story)
    assert (row["exposure"], row["added"], row["recognized"], row["in_default"]) == (300, 30, 330, 0)
    steps = [
        (step["event"], step["source"], step["borne"], step["remaining"]) for step in report("case", story, case="case")
    ]
    assert steps == [
        ("loan-defaulted", "exposure", 0, 300),
        ("interest-allocated", "interest", 0, 335),
        ("interest-allocated", "interest", 0, 330),
        ("shortfall-recognized", "shortfall", 0, 330),
    ]


# Adjustments of loans that are kept apart.


def test_an_adjustment_changes_what_a_loan_owes_where_it_stands() -> None:
    story = a_pool_of("bilateral").then(
        loan_originated(principal=300),
        loan_originated(loan=OTHER_LOAN, principal=100),
        loan_defaulted(loan=OTHER_LOAN, principal=100, interest=0),
        adjustment_posted(
            pool=POOL,
            postings=posted(
                ("assets:pool:loans:loan:principal", -20),
                ("assets:pool:loans:loan:interest", 3),
                ("assets:pool:defaulted:other-loan:principal", 8),
                ("assets:pool:defaulted:other-loan:interest", 2),
                ("equity:pool:rounding", 7),
            ),
        ),
    )

    assert loans_of(story) == {"loan": ("performing", 280, 3, 283), "other-loan": ("in-default", 108, 2, 110)}


def test_an_adjustment_changes_the_collateral_that_is_held() -> None:
    lines = posted(("assets:pool:collateral:loan", 4, USD), ("liabilities:pool:collateral:loan", -4, USD))
    story = a_pool_of("bilateral").then(loan_originated(principal=300), adjustment_posted(pool=POOL, postings=lines))

    assert [row["collateral"] for row in report("loans", story)] == [{"USD": 4}]
