"""Open deficits by age: the edges of buckets, from when an item ages, and what ties it to the accounts."""

import pytest
from hypothesis import given

from ledger.values import CaseId, EventId, PoolId, Timestamp
from projections.aging import bucket_of
from projections.reading import Asked, Selection
from projections.reports import REPORTS
from tests.histories import HISTORIES, NOW, TIMES_ASKED, History, Row, histories, recorded, rows_of, total
from tests.story import (
    AT,
    CASE,
    HOLD,
    LENDER,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    Story,
    a_default,
    a_deficit,
    a_loan,
    adjustment_posted,
    asset_registered,
    bad_debt_socialized,
    deficit_covered,
    deposited,
    loan_defaulted,
    loan_originated,
    part,
    pool_opened,
    posted,
    recovery_allocated,
    recovery_received,
    repaid,
    shortfall_recognized,
    told,
)


def of_the_pool(rows: list[Row]) -> list[tuple[str, int, int]]:
    """Bucket, number of cases and what is open, of the pool's buckets that hold a case."""
    return [(row["bucket"], row["cases"], row["open"]) for row in rows if row["pool"] == POOL if row["cases"]]


def aged(story: Story, as_of: str, **named: str) -> list[Row]:
    """The report of a story as of the end of a day."""
    return rows_of("aging", recorded(story.facts), Asked(as_of=Timestamp(f"{as_of}T23:59:59Z")), **named)


def ties_of(story: Story, asked: Asked = NOW, **named: str) -> list[tuple[str, str, int]]:
    made = REPORTS["aging"].make(Selection(recorded(story.facts), asked), named, iter)
    return [(tie.accounts, tie.commodity, tie.amount) for tie in made.ties]


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (0, "0-30"),
        (30, "0-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91-180"),
        (180, "91-180"),
        (181, "181-365"),
        (365, "181-365"),
        (366, "over 365"),
        (100_000, "over 365"),
    ],
)
def test_an_age_falls_into_the_bucket_whose_last_day_it_does_not_pass(days: int, bucket: str) -> None:
    assert bucket_of(days) == bucket


def twice_recognized() -> Story:
    """Of a default of 22 November 2022 200 are recognized on 30 December, and 400 on 28 February."""
    return a_default(SOCIALIZE, principal=600).then(
        shortfall_recognized(principal=200, at=Timestamp("2022-12-30T00:00:00Z")),
        shortfall_recognized(principal=400, at=Timestamp("2023-02-28T00:00:00Z")),
    )


def test_each_recognition_ages_by_itself_and_not_from_the_default() -> None:
    story = twice_recognized()

    # At the end of February the default is 98 days ago, the first recognition 60.
    assert of_the_pool(aged(story, "2023-02-28")) == [("0-30", 1, 400), ("31-60", 1, 200)]
    assert of_the_pool(aged(story, "2023-03-01")) == [("0-30", 1, 400), ("61-90", 1, 200)]


def test_what_bears_or_recovers_takes_the_oldest_off_first() -> None:
    story = twice_recognized().then(bad_debt_socialized(amount=150, at=Timestamp("2023-02-28T00:00:00Z")))

    borne = aged(story, "2023-03-01")
    story.then(
        recovery_received(amount=100, at=Timestamp("2023-03-01T00:00:00Z")),
        recovery_allocated(parts=(part("deficit", 100),), at=Timestamp("2023-03-01T00:00:00Z")),
    )

    assert of_the_pool(borne) == [("0-30", 1, 400), ("61-90", 1, 50)]
    assert of_the_pool(aged(story, "2023-03-01")) == [("0-30", 1, 350)]


def test_a_case_in_several_buckets_is_one_case_of_the_total() -> None:
    total_row = aged(twice_recognized(), "2023-03-01")[-1]

    assert (total_row["bucket"], total_row["cases"], total_row["open"]) == ("total", 1, 600)


def test_two_recognitions_of_a_case_in_one_bucket_are_one_case_of_it() -> None:
    story = a_default(HOLD, principal=600).then(
        shortfall_recognized(principal=200), shortfall_recognized(principal=400)
    )

    assert of_the_pool(aged(story, "2022-11-22")) == [("0-30", 1, 600)]


def test_what_is_taken_off_before_anything_is_shown_to_be_recognized_is_open_below_zero_since_then() -> None:
    story = a_default(SOCIALIZE, principal=600).then(
        shortfall_recognized(principal=600, at=Timestamp("2023-02-28T00:00:00Z")),
        bad_debt_socialized(amount=100, at=Timestamp("2022-12-30T00:00:00Z")),
    )

    assert of_the_pool(aged(story, "2023-01-31")) == [("31-60", 1, -100)]
    assert of_the_pool(aged(story, "2023-02-28")) == [("0-30", 1, 500)]


def test_a_recognition_of_nothing_begins_no_item() -> None:
    story = a_default(HOLD, principal=600).then(
        shortfall_recognized(principal=0),
        shortfall_recognized(principal=600, at=Timestamp("2023-02-28T00:00:00Z")),
    )

    assert of_the_pool(aged(story, "2023-02-28")) == [("0-30", 1, 600)]


def test_every_bucket_of_a_pool_that_has_had_a_case_is_there_and_a_total_of_the_asset() -> None:
    story = a_deficit(HOLD, principal=600)

    rows = aged(story, "2022-11-22")

    assert [(row["pool"], row["asset"], row["bucket"], row["cases"], row["open"]) for row in rows] == [
        ("pool", "USD", "0-30", 1, 600),
        ("pool", "USD", "31-60", 0, 0),
        ("pool", "USD", "61-90", 0, 0),
        ("pool", "USD", "91-180", 0, 0),
        ("pool", "USD", "181-365", 0, 0),
        ("pool", "USD", "over 365", 0, 0),
        ("", "USD", "total", 1, 600),
    ]


def test_without_a_default_there_are_no_rows() -> None:
    assert rows_of("aging", recorded(a_default(HOLD, principal=600).facts[:8])) == []


def test_what_is_borne_covered_or_recovered_is_open_no_more() -> None:
    story = a_deficit(SOCIALIZE, principal=600).then(
        bad_debt_socialized(amount=100),
        deficit_covered(lender=LENDER, amount=50, shares=50),
        recovery_received(amount=25),
        recovery_allocated(parts=(part("deficit", 25),)),
    )

    assert of_the_pool(aged(story, "2022-11-22")) == [("0-30", 1, 425)]
    assert ties_of(story) == [("assets:*:deficit:*", "USD", 425), ("assets:*:defaulted:*", "USD", 0)]


def test_a_deficit_that_is_borne_is_no_case_of_any_bucket() -> None:
    story = a_deficit(SOCIALIZE, principal=600).then(bad_debt_socialized(amount=600))

    assert of_the_pool(aged(story, "2022-11-22")) == []


def test_what_is_in_default_and_not_recognized_stands_apart_and_ages_from_the_default() -> None:
    story = a_default(HOLD, principal=600).then(
        shortfall_recognized(principal=200, at=Timestamp("2023-02-28T00:00:00Z"))
    )

    rows = aged(story, "2023-03-01")

    assert [(row["bucket"], row["cases"], row["open"], row["cases_in_default"], row["in_default"]) for row in rows] == [
        ("0-30", 1, 200, 0, 0),
        ("31-60", 0, 0, 0, 0),
        ("61-90", 0, 0, 0, 0),
        ("91-180", 0, 0, 1, 400),
        ("181-365", 0, 0, 0, 0),
        ("over 365", 0, 0, 0, 0),
        ("total", 1, 200, 1, 400),
    ]
    assert ties_of(story) == [("assets:*:deficit:*", "USD", 200), ("assets:*:defaulted:*", "USD", 400)]


def test_what_is_in_default_has_no_tie_where_its_default_is_not_shown() -> None:
    late = Timestamp("2022-12-01T00:00:00Z")
    story = a_loan(HOLD, principal=600).then(
        loan_defaulted(principal=600, interest=0, at=late), repaid(case=CASE, principal=25)
    )

    assert ties_of(story, Asked(as_of=AT)) == []
    assert ties_of(story, Asked(as_of=late)) == [("assets:*:defaulted:*", "USD", 575)]


def test_what_is_in_default_of_a_pooled_pool_has_no_account_of_its_own_and_no_tie() -> None:
    story = told(
        asset_registered(),
        pool_opened(debt="pooled", waterfall=(HOLD,)),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=600, debt_shares=600),
        loan_defaulted(principal=600, interest=0),
    )

    assert aged(story, "2022-11-22")[-1]["in_default"] == 600
    assert ties_of(story) == []


def test_a_deficit_that_an_adjustment_opened_ages_from_that() -> None:
    lines = posted(("assets:pool:deficit:case", 7), ("equity:pool:rounding", -7))
    story = a_default(HOLD, principal=600).then(
        adjustment_posted(pool=POOL, postings=lines, at=Timestamp("2023-02-01T00:00:00Z"))
    )

    assert of_the_pool(aged(story, "2023-03-01")) == [("0-30", 1, 7)]


def two_pools() -> Story:
    """A deficit in each of two pools in one asset."""
    other, case = PoolId("other-pool"), CaseId("other-case")
    return a_deficit(HOLD, principal=600).then(
        pool_opened(pool=other, waterfall=(HOLD,)),
        deposited(pool=other, assets=100, shares=100),
        loan_originated(pool=other, loan=OTHER_LOAN, principal=100),
        loan_defaulted(pool=other, loan=OTHER_LOAN, case=case, principal=100, interest=0),
        shortfall_recognized(pool=other, loan=OTHER_LOAN, case=case, principal=100, id=EventId("other")),
    )


def test_the_total_of_an_asset_is_of_all_pools_in_it_or_of_the_pool_named() -> None:
    story = two_pools()

    every, one = aged(story, "2022-11-22"), aged(story, "2022-11-22", pool="other-pool")

    assert [(row["cases"], row["open"]) for row in every if row["bucket"] == "total"] == [(2, 700)]
    assert [(row["cases"], row["open"]) for row in one if row["bucket"] == "total"] == [(1, 100)]
    assert ties_of(story) == [("assets:*:deficit:*", "USD", 700), ("assets:*:defaulted:*", "USD", 0)]
    assert ties_of(story, pool="other-pool") == [
        ("assets:other-pool:deficit:*", "USD", 100),
        ("assets:other-pool:defaulted:*", "USD", 0),
    ]


@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_the_buckets_sum_to_the_accounts_at_any_point_and_to_the_register_of_bad_debt(
    history: History, as_of: Timestamp
) -> None:
    journal = recorded(history)
    rows, then = rows_of("aging", journal), rows_of("aging", journal, Asked(as_of=as_of))
    cases, accounts = rows_of("deficits", journal), rows_of("trial-balance", journal, Asked(as_of=as_of))

    assert total(rows, "open") == 2 * total(cases, "open")
    assert total(rows, "in_default") == 2 * total(cases, "in_default")
    assert total(rows, "cases", bucket="total") == sum(1 for case in cases if case["open"])
    assert total(then, "open", pool="") == sum(
        row["debit"] - row["credit"] for row in accounts if ":deficit:" in row["account"]
    )
