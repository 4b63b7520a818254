"""Loans at the prices observed: each figure by hand, what an unknown price leaves empty, and what covers a pool."""

import pytest
from hypothesis import given

from ledger.events import CollateralTerms, PriceObserved
from ledger.journal import Journal
from ledger.values import LENDERS, WAD, AssetId, Commodity, DebtMode, FundId, Timestamp
from ledger.waterfall import Layer, TrancheLayer
from projections.reading import Asked, Selection
from projections.reports import REPORTS
from projections.risk import PricesFold, seconds_between
from tests.histories import HISTORIES, NOW, TIMES_ASKED, History, Row, histories, recorded, rows_of, total
from tests.histories_asker import LOANS
from tests.story import (
    ETH,
    HOLD,
    JUNIOR,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    USD,
    Story,
    a_loan,
    a_pool,
    asset_registered,
    collateral_posted,
    deposited,
    fund_contributed,
    fund_layer,
    fund_opened,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    pool_opened,
    price_observed,
    shortfall_recognized,
    terms_changed,
    told,
)

GOLD = AssetId("GOLD")
EIGHTY_PERCENT = CollateralTerms(asset=Commodity(ETH), liquidation_threshold_wad=8 * WAD // 10)
HALF = CollateralTerms(asset=Commodity(GOLD), liquidation_threshold_wad=WAD // 2)
FIGURES = ("collateral_value", "ltv", "health", "buffer", "leverage", "unbacked")
NOON, LATER = Timestamp("2022-11-22T12:00:00Z"), Timestamp("2022-11-22T12:00:30.5Z")


def observed(
    price: int, at: Timestamp = NOON, *, scale: int = 0, asset: AssetId = ETH, quote: AssetId = USD
) -> PriceObserved:
    """A price of so many USD for a unit of the collateral."""
    return price_observed(price=price, at=at, scale=scale, asset=asset, quote=quote)


def lent(principal: int, quantity: int, *collateral: CollateralTerms) -> Story:
    """A loan on collateral, with the terms on which that is taken."""
    return a_loan(SOCIALIZE, principal=principal, quantity=quantity).then(terms_changed(collateral=collateral))


def risks(story: Story, asked: Asked = NOW, **named: str) -> list[Row]:
    """The rows of a story."""
    return rows_of("risk", recorded(story.facts), asked, **named)


def figures(row: Row) -> tuple[int | None, ...]:
    return tuple(row[name] for name in FIGURES)


def ties_of(story: Story, **named: str) -> list[tuple[str, str, int]]:
    made = REPORTS["risk"].make(Selection(recorded(story.facts), NOW), named, iter)
    return [(tie.accounts, tie.commodity, tie.amount) for tie in made.ties]


# A loan.


def test_a_loan_is_weighed_at_the_price_observed() -> None:
    loan, _ = risks(lent(600, 10, EIGHTY_PERCENT).then(observed(90)))

    # 10 at 90 are 900; 600 / 900; 900 · 0.8 / 600; 1 - 600 / 720; 900 / 300.
    assert figures(loan) == (900, 666666666666666667, 12 * WAD // 10, 166666666666666666, 3 * WAD, 0)
    assert (loan["unpriced"], loan["status"], loan["debt"]) == (0, "performing", 600)


def test_a_loan_below_its_debt_is_unbacked_by_the_difference() -> None:
    loan, _ = risks(lent(600, 10, EIGHTY_PERCENT).then(observed(50)))

    # 500 · 0.8 / 600 rounded down; 1 - 600 / 400 is -0.5.
    assert figures(loan) == (500, 12 * WAD // 10, 666666666666666666, -WAD // 2, None, 100)


def test_a_loan_that_owes_all_that_its_collateral_is_worth_has_no_leverage() -> None:
    loan, _ = risks(lent(600, 10, EIGHTY_PERCENT).then(observed(60)))

    assert figures(loan) == (600, WAD, 8 * WAD // 10, -WAD // 4, None, 0)


def test_the_scale_of_a_price_is_taken_and_a_value_rounded_down() -> None:
    loan, _ = risks(lent(600, 7, EIGHTY_PERCENT).then(observed(12_345, scale=2)))

    assert loan["collateral_value"] == 864


def test_a_price_that_is_quoted_the_other_way_round_is_as_good() -> None:
    loan, _ = risks(lent(600, 7, EIGHTY_PERCENT).then(observed(3, scale=2, asset=USD, quote=ETH)))

    # 0.03 ETH for a USD: 7 ETH are 233.33 USD.
    assert loan["collateral_value"] == 233


def test_of_prices_the_last_one_by_effective_time_counts() -> None:
    story = lent(600, 10, EIGHTY_PERCENT).then(observed(90, LATER), observed(70, NOON))

    assert risks(story)[0]["collateral_value"] == 900
    assert risks(story, Asked(as_of=NOON)) == []


def test_of_two_prices_at_one_time_the_later_entry_counts_whichever_way_round() -> None:
    story = lent(600, 10, EIGHTY_PERCENT).then(observed(90), observed(1, scale=1, asset=USD, quote=ETH))

    assert risks(story)[0]["collateral_value"] == 100


def test_a_price_of_nothing_the_other_way_round_tells_no_value() -> None:
    prices = PricesFold()

    prices.handlers["price-observed"](1, observed(0, asset=USD, quote=ETH))

    assert prices.value(ETH, 10, USD) is None
    assert prices.value(USD, 10, ETH) is not None


def test_the_age_of_a_price_is_counted_to_the_time_of_the_report() -> None:
    story = lent(600, 10, EIGHTY_PERCENT).then(observed(90, LATER))

    loan, pool = risks(story, Asked(as_of=Timestamp("2022-11-23T12:00:30Z")))

    assert (loan["price_at"], loan["price_age_seconds"]) == ("2022-11-22T12:00:30.5Z", 86_399)
    assert (pool["price_at"], pool["price_age_seconds"]) == ("2022-11-22T12:00:30.5Z", 86_399)


def test_seconds_are_whole_and_rounded_down() -> None:
    assert seconds_between(NOON, LATER) == 30
    assert seconds_between(LATER, NOON) == -31
    assert seconds_between(LATER, LATER) == 0


def test_without_a_price_nothing_is_said_and_the_debt_is_unpriced() -> None:
    loan, pool = risks(lent(600, 10, EIGHTY_PERCENT))

    assert figures(loan) == (None,) * len(FIGURES)
    assert (loan["unpriced"], loan["price_at"], loan["price_age_seconds"]) == (600, "", None)
    assert (pool["debt"], pool["unpriced"], pool["unbacked"], pool["ltv"]) == (600, 600, 0, None)


def on_eth_and_gold(*collateral: CollateralTerms) -> Story:
    """A loan of 600 on 10 of one asset and 4 of another."""
    return a_loan(SOCIALIZE, principal=600, quantity=10).then(
        asset_registered(asset=GOLD),
        terms_changed(collateral=collateral),
        collateral_posted(asset=Commodity(GOLD), quantity=4),
    )


def test_one_price_that_is_missing_leaves_the_loan_without_a_value() -> None:
    assert risks(on_eth_and_gold(EIGHTY_PERCENT, HALF).then(observed(90)))[0]["collateral_value"] is None


def test_several_collaterals_are_weighed_each_by_its_own_threshold_and_the_oldest_price_tells_the_age() -> None:
    story = on_eth_and_gold(EIGHTY_PERCENT, HALF).then(observed(90, LATER), observed(100, asset=GOLD))

    loan, _ = risks(story)

    # 900 · 0.8 + 400 · 0.5 = 920, over 600.
    assert (loan["collateral_value"], loan["health"]) == (1300, 920 * WAD // 600)
    assert loan["price_at"] == NOON


def test_collateral_of_which_the_terms_do_not_name_all_leaves_health_and_buffer_empty() -> None:
    mixed, _ = risks(on_eth_and_gold(EIGHTY_PERCENT).then(observed(90), observed(100, asset=GOLD)))
    loan, _ = risks(lent(600, 10).then(observed(90)))

    assert figures(loan) == (900, 666666666666666667, None, None, 3 * WAD, 0)
    assert (mixed["collateral_value"], mixed["health"], mixed["buffer"]) == (1300, None, None)


def test_collateral_in_the_pool_s_own_asset_needs_no_price() -> None:
    story = a_loan(SOCIALIZE, principal=600, quantity=0).then(collateral_posted(asset=Commodity(USD), quantity=700))

    assert risks(story)[0]["collateral_value"] == 700


def test_a_loan_without_collateral_is_unbacked_as_a_whole() -> None:
    loan, pool = risks(a_loan(SOCIALIZE, principal=600, quantity=0))

    assert figures(loan) == (0, None, None, None, None, 600)
    assert pool["unbacked"] == 600


def test_a_loan_that_owes_nothing_has_no_health() -> None:
    story = lent(600, 10, EIGHTY_PERCENT).then(
        observed(90), loan_defaulted(principal=600, interest=0), shortfall_recognized(principal=600)
    )

    assert figures(risks(story)[0]) == (900, 0, None, WAD, WAD, 0)


# A pool.


def test_a_pool_sums_its_loans_and_its_funds_and_junior_tranches_cover_what_is_unbacked() -> None:
    first_loss = TrancheLayer(layer="tranche", tranche=JUNIOR)
    story = a_pool(first_loss, fund_layer(floor=10), SOCIALIZE, fund=40, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=50, shares=50),
        loan_originated(principal=600),
        collateral_posted(quantity=5),
        loan_originated(loan=OTHER_LOAN, principal=300),
        collateral_posted(loan=OTHER_LOAN, quantity=5),
        observed(90),
    )

    _, _, pool = risks(story)

    assert (pool["pool"], pool["loan"], pool["debt"], pool["collateral_value"]) == ("pool", "", 900, 900)
    assert (pool["ltv"], pool["unbacked"], pool["unpriced"]) == (WAD, 150, 0)
    assert (pool["fund"], pool["junior"], pool["cover"]) == (30, 50, 533333333333333333)


def test_a_fund_covers_by_its_caps_for_one_case() -> None:
    story = a_pool(fund_layer(cap=25, share_wad=WAD // 2), SOCIALIZE, fund=40).then(loan_originated(principal=600))

    assert risks(story)[-1]["fund"] == 20


def test_a_fund_in_another_asset_covers_at_the_price_observed_and_is_unknown_without() -> None:
    fund = FundId("eth-fund")
    story = a_pool(SOCIALIZE).then(
        fund_opened(fund=fund, asset=ETH),
        fund_contributed(fund=fund, amount=3),
        terms_changed(waterfall=(fund_layer(fund=fund), SOCIALIZE)),
        loan_originated(principal=600),
    )

    assert (risks(story)[-1]["fund"], risks(story)[-1]["cover"]) == (None, None)
    assert (risks(story.then(observed(90)))[-1]["fund"], risks(story)[-1]["cover"]) == (270, 45 * WAD // 100)


def test_a_pool_with_nothing_unbacked_needs_no_cover() -> None:
    assert risks(lent(600, 10).then(observed(90)))[-1]["cover"] is None


@pytest.mark.parametrize(
    "last", [HOLD, SOCIALIZE, TrancheLayer(layer="tranche", tranche=LENDERS)], ids=["hold", "socialize", "lenders"]
)
def test_what_comes_after_the_lenders_or_a_deficit_held_open_covers_nothing(last: Layer) -> None:
    first_loss = TrancheLayer(layer="tranche", tranche=JUNIOR)
    story = a_pool(last, first_loss, fund_layer(), fund=40, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=50, shares=50), loan_originated(principal=600)
    )

    _, pool = risks(story)

    assert (pool["unbacked"], pool["fund"], pool["junior"], pool["cover"]) == (600, 0, 0, 0)


def test_a_loan_named_is_shown_without_its_pool_and_ties_to_its_own_accounts() -> None:
    story = lent(600, 10).then(
        loan_originated(loan=OTHER_LOAN, principal=50), collateral_posted(loan=OTHER_LOAN, quantity=3)
    )

    assert [row["loan"] for row in risks(story, loan="other-loan")] == ["other-loan"]
    assert ties_of(story, loan="other-loan")[0] == (
        *("assets:*:loans:other-loan + assets:*:defaulted:other-loan", "USD", 50),
    )
    assert ties_of(story, loan="loan")[1] == ("assets:*:collateral:loan", "ETH", 10)


# Ties.


def test_debts_and_collateral_tie_to_the_accounts() -> None:
    story = lent(600, 10).then(
        interest_accrued(interest=5),
        loan_originated(loan=OTHER_LOAN, principal=50),
        loan_defaulted(principal=600, interest=5),
    )

    assert ties_of(story) == [
        ("assets:*:loans:* + assets:*:defaulted:*", "USD", 655),
        ("assets:*:collateral:*", "ETH", 10),
    ]
    assert ties_of(story, pool=POOL)[0] == ("assets:pool:loans:* + assets:pool:defaulted:*", "USD", 655)


@pytest.mark.parametrize(
    ("debt", "ties"), [("indexed", [("assets:*:loans:* + assets:*:defaulted:*", "USD", 600)]), ("pooled", [])]
)
def test_the_interest_that_an_index_implies_and_the_debts_of_a_pooled_pool_have_no_tie(
    debt: DebtMode, ties: list[tuple[str, str, int]]
) -> None:
    story = told(
        asset_registered(),
        pool_opened(debt=debt),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=600, debt_shares=600 if debt == "pooled" else 0),
        interest_accrued(loan=None, interest=10, index=WAD),
        interest_accrued(loan=None, interest=10, index=2 * WAD),
    )

    assert ties_of(story) == ties


def unequal(journal: Journal, asked: Asked) -> list[object]:
    """The loans unlike those of the report of loans, the pools that do not sum theirs, and what is half said."""
    rows, loans = rows_of("risk", journal, asked), rows_of("loans", journal, asked)
    of_loans, of_pools = [row for row in rows if row["loan"]], [row for row in rows if not row["loan"]]
    told = [[(row["pool"], row["loan"], row["debt"]) for row in some] for some in (of_loans, loans)]
    apart: list[object] = [] if told[0] == told[1] else [*told]
    apart += [row for row in of_pools if row["debt"] != total(of_loans, "debt", pool=row["pool"])]
    apart += [row for row in of_pools if row["unpriced"] != total(of_loans, "unpriced", pool=row["pool"])]
    return apart + [row for row in of_loans if (row["collateral_value"] is None) != (row["unbacked"] is None)]


@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_a_row_agrees_with_the_loans_and_the_pool_sums_them_at_any_point(history: History, as_of: Timestamp) -> None:
    journal = recorded(history)

    assert unequal(journal, NOW) == unequal(journal, Asked(as_of=as_of)) == []


@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_no_tie_of_a_loan_breaks_at_any_point(history: History, as_of: Timestamp) -> None:
    selections = [Selection(recorded(history), Asked(as_of=as_of)) for _ in LOANS]

    made = [REPORTS["risk"].make(one, {"loan": loan}, iter) for one, loan in zip(selections, LOANS, strict=True)]

    told = [(loan, tie.accounts) for one, loan in zip(made, LOANS, strict=True) for tie in one.ties]
    assert [accounts for loan, accounts in told if loan not in accounts] == []
