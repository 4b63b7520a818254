"""The report of recoveries: rates, times and prices by hand, what a cure does to them, and what ties them."""

from hypothesis import given

from ledger.journal import Journal
from ledger.values import WAD, CaseId, PoolId, Timestamp
from projections.reading import Asked, Selection
from projections.reports import REPORTS
from tests.histories import HISTORIES, NOW, TIMES_ASKED, History, Row, histories, recorded, rows_of
from tests.histories_asker import LOANS
from tests.histories_teller import POOLS
from tests.story import (
    AT,
    CASE,
    FUND,
    HOLD,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    Story,
    a_default,
    a_loan,
    adjustment_posted,
    bad_debt_socialized,
    case_closed,
    collateral_sold,
    cost_advanced,
    debt_transferred,
    deposited,
    fund_drawn,
    fund_layer,
    guarantee_paid,
    interest_accrued,
    loan_cured,
    loan_defaulted,
    loan_originated,
    part,
    pool_opened,
    posted,
    recovery_allocated,
    recovery_received,
    repaid,
    shortfall_recognized,
)

MONEY = (
    "exposure",
    "added",
    "collateral",
    "guaranteed",
    "repaid",
    "transferred",
    "cured",
    "residual",
    "recognized",
    "in_default",
)
IN_DEFAULT = "assets:*:defaulted:*"


def day(number: int) -> Timestamp:
    """A day after the default, at its time of day."""
    return Timestamp(f"2022-12-{number:02}T13:31:23Z")


def of_case(story: Story, asked: Asked = NOW) -> Row:
    """The row of the one case of a story."""
    return rows_of("recovery", recorded(story.facts), asked)[0]


def said(row: Row, *names: str) -> tuple[object, ...]:
    return tuple(row[name] for name in names)


def ties_of(story: Story, asked: Asked = NOW, **named: str) -> list[tuple[str, str, int]]:
    made = REPORTS["recovery"].make(Selection(recorded(story.facts), asked), named, iter)
    return [(tie.accounts, tie.commodity, tie.amount) for tie in made.ties]


# What was recovered, and from where.


def test_every_source_stands_by_itself_and_they_sum_to_what_was_in_default() -> None:
    story = a_default(HOLD, principal=600, interest=10).then(
        interest_accrued(case=CASE, interest=5),
        cost_advanced(amount=15),
        collateral_sold(quantity=10, proceeds=230, costs=10, principal=200, interest=10, penalty=4, surplus=6),
        guarantee_paid(principal=50, costs=3),
        repaid(case=CASE, principal=20),
        loan_originated(loan=OTHER_LOAN, principal=0),
        debt_transferred(case=CASE, principal=30),
        shortfall_recognized(principal=300),
        adjustment_posted(
            pool=POOL, postings=posted(("assets:pool:defaulted:loan:principal", 1), ("equity:pool:rounding", -1))
        ),
    )

    row = of_case(story)

    assert said(row, *MONEY) == (610, 21, 210, 50, 20, 30, 0, 0, 300, 21)
    assert said(row, "recovery_rate", "lgd") == (310 * WAD // 631, WAD - 310 * WAD // 631)
    assert ties_of(story) == [(IN_DEFAULT, "USD", 21)]


def test_what_comes_in_after_the_loss_counts_net_of_costs_and_of_what_the_borrower_gets() -> None:
    story = a_default(SOCIALIZE, principal=600).then(
        shortfall_recognized(principal=600),
        bad_debt_socialized(amount=600),
        collateral_sold(quantity=10, proceeds=100, principal=0, recovery=100),
        guarantee_paid(principal=0, recovery=50),
        recovery_received(amount=90, costs=10),
        recovery_allocated(parts=(part("tranche", 200), part("borrower", 30, name="loan"))),
    )

    row = of_case(story)

    assert said(row, "collateral", "guaranteed", "recognized", "recoveries") == (0, 0, 600, 200)
    assert said(row, "recovery_rate", "lgd") == (333333333333333333, 666666666666666667)


def test_the_rate_while_something_is_in_default_is_the_rate_so_far() -> None:
    assert said(of_case(a_default(HOLD, principal=600)), "recovery_rate", "lgd", "in_default") == (0, WAD, 600)


def test_what_a_fund_bore_is_no_recovery() -> None:
    story = a_default(fund_layer(), principal=600, fund=600).then(
        shortfall_recognized(principal=600), fund_drawn(fund=FUND, amount=600)
    )

    assert said(of_case(story), "recovery_rate", "lgd") == (0, WAD)


def test_a_cure_and_a_residual_stand_apart_and_are_neither_recovered_nor_lost() -> None:
    sold = a_default(HOLD, principal=600).then(collateral_sold(quantity=10, proceeds=150, principal=150))
    cured = of_case(
        a_default(HOLD, principal=600).then(repaid(case=CASE, principal=150), loan_cured(principal=450, interest=0))
    )

    residual = of_case(sold.then(loan_cured(principal=450, interest=0, reason="residual")))

    assert said(cured, "cured", "residual", "base", "recovery_rate", "lgd") == (450, 0, 150, WAD, 0)
    assert said(residual, "cured", "residual", "base", "recovery_rate", "lgd") == (0, 450, 150, WAD, 0)


def test_a_default_that_is_cured_as_a_whole_has_no_rate() -> None:
    story = a_default(HOLD, principal=600).then(loan_cured(principal=600, interest=0, at=day(2)))

    assert said(of_case(story), "recovery_rate", "lgd", "closed_at", "days_to_close") == (None, None, day(2), 10)


# How soon, and at what price.


def cured_with_a_deficit_open() -> Story:
    """Of 600 in default 100 are recognized, and the rest goes back to performing on the fifth day."""
    return a_default(SOCIALIZE, principal=600).then(
        shortfall_recognized(principal=100), loan_cured(at=day(5), principal=500, interest=0, reason="residual")
    )


def test_a_cure_does_not_close_a_case_whose_deficit_is_open() -> None:
    story = cured_with_a_deficit_open()

    assert said(of_case(story), "closed_at", "days_to_close") == ("", None)
    assert said(rows_of("recovery", recorded(story.facts))[-1], "days_to_close") == (None,)


def test_a_case_whose_deficit_a_cure_left_open_is_closed_only_by_its_own_closing() -> None:
    borne = cured_with_a_deficit_open().then(bad_debt_socialized(amount=100, at=day(9)))

    assert said(of_case(borne), "closed_at", "days_to_close") == ("", None)
    assert said(of_case(borne.then(case_closed(at=day(22)))), "closed_at", "days_to_close") == (day(22), 30)


def test_a_cure_after_a_loss_that_is_borne_closes_the_case_until_an_adjustment_opens_it() -> None:
    lines = posted(("assets:pool:deficit:case", 7), ("equity:pool:rounding", -7))
    story = a_default(SOCIALIZE, principal=600).then(
        shortfall_recognized(principal=100),
        bad_debt_socialized(amount=100),
        loan_cured(at=day(5), principal=500, interest=0),
    )

    before, after = of_case(story), of_case(story.then(adjustment_posted(pool=POOL, postings=lines)))

    assert (before["closed_at"], after["closed_at"]) == (day(5), "")


def test_days_are_counted_from_the_default_to_the_first_sale_and_to_the_end() -> None:
    story = a_default(HOLD, principal=600).then(
        collateral_sold(quantity=5, proceeds=300, principal=300, at=day(4)),
        collateral_sold(quantity=5, proceeds=300, principal=300, at=day(2)),
        case_closed(at=day(22)),
    )

    row = of_case(story)

    assert said(row, "defaulted_at", "first_sale_at", "closed_at") == (AT, day(2), day(22))
    assert said(row, "days_to_sale", "days_to_close") == (10, 30)
    assert said(of_case(story, Asked(as_of=AT)), "first_sale_at", "closed_at", "days_to_sale", "days_to_close") == (
        *("", "", None, None),
    )


def test_slippage_is_against_the_mark_and_the_margin_against_what_was_paid() -> None:
    story = a_default(HOLD, principal=600).then(
        collateral_sold(quantity=4, proceeds=270, principal=270, mark_value=300),
        collateral_sold(quantity=6, proceeds=100, principal=100, mark_value=110),
    )

    row = of_case(story)

    # 410 of collateral went for 370: 40 / 410 rounded up, 40 / 370 rounded down.
    assert said(row, "marked", "slippage", "slippage_wad", "margin_wad") == (
        410,
        40,
        40 * WAD // 410 + 1,
        40 * WAD // 370,
    )


def test_debt_that_the_buyer_takes_over_counts_as_proceeds() -> None:
    story = a_default(HOLD, principal=600).then(
        loan_originated(loan=OTHER_LOAN, principal=0),
        debt_transferred(case=CASE, principal=600),
        collateral_sold(quantity=10, proceeds=0, principal=0, mark_value=660),
    )

    row = of_case(story)

    assert said(row, "transferred", "recovery_rate") == (600, WAD)
    assert said(row, "slippage", "slippage_wad", "margin_wad") == (60, 90909090909090910, WAD // 10)


def test_a_case_with_a_sale_that_is_not_marked_has_neither_slippage_nor_margin() -> None:
    story = a_default(HOLD, principal=600).then(
        collateral_sold(quantity=5, proceeds=100, principal=100, mark_value=110),
        loan_originated(loan=OTHER_LOAN, principal=0),
        debt_transferred(case=CASE, principal=500),
        collateral_sold(quantity=5, proceeds=0, principal=0),
    )

    rows = rows_of("recovery", recorded(story.facts))

    assert [said(row, "marked", "slippage", "slippage_wad", "margin_wad") for row in rows] == [(None,) * 4] * 2


def test_without_a_mark_there_is_neither_slippage_nor_margin() -> None:
    story = a_default(HOLD, principal=600).then(collateral_sold(quantity=10, proceeds=600, principal=600))

    assert said(of_case(story), "marked", "slippage", "slippage_wad", "margin_wad") == (None, None, None, None)


def test_collateral_that_was_worth_and_fetched_nothing_has_no_ratio() -> None:
    story = a_default(HOLD, principal=600).then(collateral_sold(quantity=10, proceeds=0, principal=0, mark_value=0))

    assert said(of_case(story), "marked", "slippage", "slippage_wad", "margin_wad") == (0, 0, None, None)


def test_health_and_loan_to_value_are_those_at_default() -> None:
    story = a_loan(principal=600).then(loan_defaulted(principal=600, interest=0, health=WAD - 1, collateral_value=700))

    assert said(of_case(story), "health", "ltv") == (WAD - 1, 600 * WAD // 700 + 1)
    assert said(of_case(a_default(principal=600)), "health", "ltv") == (None, None)


# Totals, limits, ties.


def two_cases() -> Story:
    """A case of one pool that is closed, and one of another pool that is not."""
    other = PoolId("other-pool")
    return a_loan(HOLD, principal=600).then(
        loan_defaulted(principal=600, interest=0, collateral_value=800),
        collateral_sold(quantity=10, proceeds=600, principal=600, mark_value=660, at=day(2)),
        case_closed(at=day(5)),
        pool_opened(pool=other, waterfall=(HOLD,)),
        deposited(pool=other, assets=100, shares=100),
        loan_originated(pool=other, loan=OTHER_LOAN, principal=100),
        loan_defaulted(pool=other, loan=OTHER_LOAN, case=CaseId("other-case"), principal=100, interest=0),
        repaid(pool=other, loan=OTHER_LOAN, case=CaseId("other-case"), principal=25),
    )


def test_the_total_of_an_asset_is_over_its_cases_and_means_are_over_those_that_got_so_far() -> None:
    *_, whole = rows_of("recovery", recorded(two_cases().facts))

    assert said(whole, "pool", "loan", "case", "asset", "cases") == ("", "", "", "USD", 2)
    assert said(whole, *MONEY) == (700, 0, 600, 0, 25, 0, 0, 0, 0, 75)
    assert said(whole, "recovery_rate", "days_to_sale", "days_to_close") == (892857142857142857, 10, 13)
    assert said(whole, "slippage_wad", "margin_wad", "ltv", "health") == (
        90909090909090910,
        WAD // 10,
        3 * WAD // 4,
        None,
    )


def test_the_total_is_of_the_cases_named() -> None:
    rows = rows_of("recovery", recorded(two_cases().facts), NOW, pool="other-pool")

    assert [said(row, "pool", "case", "cases", "exposure") for row in rows] == [
        ("other-pool", "other-case", 1, 100),
        ("", "", 1, 100),
    ]


def test_what_is_in_default_ties_to_its_accounts_where_all_is_shown() -> None:
    story = two_cases()

    assert ties_of(story) == [(IN_DEFAULT, "USD", 75)]


def test_what_is_in_default_of_a_pool_or_loan_that_is_named_ties_to_its_own_accounts_and_a_case_has_none() -> None:
    story = two_cases()

    assert ties_of(story, pool="other-pool") == [("assets:other-pool:defaulted:*", "USD", 75)]
    assert ties_of(story, pool="pool") == [("assets:pool:defaulted:*", "USD", 0)]
    assert ties_of(story, loan="other-loan") == [("assets:*:defaulted:other-loan", "USD", 75)]
    assert ties_of(story, case="other-case") == []


def test_what_is_missing_in_one_pool_leaves_the_ties_of_another() -> None:
    story = two_cases()
    story.then(
        loan_originated(loan=OTHER_LOAN, principal=50),
        loan_defaulted(loan=OTHER_LOAN, case=CaseId("late"), principal=50, interest=0, at=day(28)),
        repaid(loan=OTHER_LOAN, case=CaseId("late"), principal=5, at=day(20)),
    )
    asked = Asked(as_of=day(21))

    assert ties_of(story, asked) == ties_of(story, asked, pool="pool") == []
    assert ties_of(story, asked, pool="other-pool") == [("assets:other-pool:defaulted:*", "USD", 75)]


def test_there_is_no_tie_where_a_default_is_not_shown_but_what_follows_is() -> None:
    late = Timestamp("2022-12-01T00:00:00Z")
    story = a_loan(HOLD, principal=600).then(
        loan_defaulted(principal=600, interest=0, at=late), repaid(case=CASE, principal=25)
    )

    assert ties_of(story, Asked(as_of=AT)) == []
    assert ties_of(story, Asked(as_of=late)) == [(IN_DEFAULT, "USD", 575)]


def unequal(journal: Journal, asked: Asked) -> list[object]:
    """The rows whose columns do not sum to what was in default; and the cases, unless they are the register's."""
    rows, cases = rows_of("recovery", journal, asked), rows_of("deficits", journal, asked)
    shown, registered = [row["case"] for row in rows if row["case"]], [row["case"] for row in cases]
    apart: list[object] = [
        row for row in rows if row["exposure"] + row["added"] != sum(row[name] for name in MONEY[2:])
    ]
    apart += [row for row in rows if row["base"] + row["cured"] + row["residual"] != row["exposure"] + row["added"]]
    return apart + ([] if shown == registered else [shown, registered])


@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_the_columns_sum_to_what_was_in_default_and_no_tie_breaks_at_any_point(
    history: History, as_of: Timestamp
) -> None:
    journal = recorded(history)

    assert unequal(journal, NOW) == unequal(journal, Asked(as_of=as_of)) == []


@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_no_tie_of_a_pool_or_loan_breaks_at_any_point(history: History, as_of: Timestamp) -> None:
    journal, make = recorded(history), REPORTS["recovery"].make
    of_one: list[dict[str, str]] = [{"loan": LOANS[0]}, *({"pool": str(pool)} for pool in POOLS)]

    made = [make(Selection(journal, Asked(as_of=as_of)), named, iter) for named in of_one]

    assert {tie.commodity for one in made for tie in one.ties} <= {row["asset"] for row in rows_of("pools", journal)}
