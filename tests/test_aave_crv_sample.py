"""The packaged sample `aave-crv-2022`: what it holds, what the books make of it, how it follows from the exports."""

from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Final, TypeVar

import pytest

from ledger.book import Fact
from ledger.books import Books
from ledger.errors import CaseUnsettled, LawBroken, SaleUnbalanced
from ledger.events import (
    AnyEvent,
    CollateralPosted,
    CollateralSold,
    FundDrawn,
    InterestAccrued,
    LoanDefaulted,
    LoanDrawn,
    PriceObserved,
    ShortfallRecognized,
)
from ledger.laws import admit
from ledger.sources import json_lines
from ledger.values import LENDERS, Commodity, EventId, instant_key
from tests import aave_crv_sample as script
from tests.aave_crv_sample import CASE, FUND, LOAN, POOL, RAW, Row, base_units

SAMPLE: Final = files("cli").joinpath("samples", "aave-crv-2022.jsonl").read_bytes()
LINES: Final = SAMPLE.splitlines()
FACTS: Final = [fact for fact in json_lines.facts(LINES) if isinstance(fact, Fact)]
EVENTS: Final = [fact.event for fact in FACTS]

USDC: Final = Commodity("USDC")
CRV: Final = Commodity("CRV")

needs_exports = pytest.mark.skipif(not RAW.is_dir(), reason=f"the raw exports are not at {RAW}")
Kind = TypeVar("Kind", bound=AnyEvent)


def of(kind: type[Kind]) -> list[Kind]:
    return [event for event in EVENTS if isinstance(event, kind)]


def without(left_out: str) -> list[AnyEvent]:
    return [event for event in EVENTS if event.id != left_out]


def through(last: EventId) -> list[AnyEvent]:
    return EVENTS[: [event.id for event in EVENTS].index(last) + 1]


def folded(events: list[AnyEvent]) -> Books:
    books = Books()
    for event in events:
        admit(event, books)
    return books


def refusals(events: list[AnyEvent]) -> list[LawBroken]:
    books, refused = Books(), []
    for event in events:
        try:
            admit(event, books)
        except LawBroken as broken:
            refused.append(broken)
    return refused


def liquidations(exports: script.Exports) -> list[Row]:
    return [row for row in exports.second if row["event_type"] == "LiquidationCall"]


# The file.


def test_every_line_is_a_fact_in_canonical_form() -> None:
    assert [fact.content for fact in FACTS] == LINES
    assert script.lines(EVENTS) == SAMPLE


def test_every_fact_has_an_id_of_its_own() -> None:
    assert len({event.id for event in EVENTS}) == len(LINES) == 538
    assert all(b'"id":"' + event.id.encode() + b'"' in line for event, line in zip(EVENTS, LINES, strict=True))


def test_effective_time_never_runs_backwards() -> None:
    assert [event.at for event in EVENTS] == sorted((event.at for event in EVENTS), key=instant_key)


def test_what_is_no_log_of_the_chain_has_a_readable_id() -> None:
    readable = [event.id for event in EVENTS if event.evidence is None and not isinstance(event, PriceObserved)]

    assert readable == [
        "aave-crv/register-crv",
        "aave-crv/register-usdc",
        "aave-crv/open-treasury",
        "aave-crv/open-market",
        "aave-crv/deposit-suppliers",
        "aave-crv/originate-loan",
        "aave-crv/collateral-interest",
        "aave-crv/default",
        "aave-crv/interest",
        "aave-crv/shortfall",
        "aave-crv/fund-treasury",
        "aave-crv/draw-treasury",
        "aave-crv/close-case",
    ]


def test_each_assumption_is_stated_once_where_it_stands() -> None:
    stated = [event.id for event in EVENTS if "Assumption: " in (event.memo or "")]

    assert stated == [
        "aave-crv/open-market",
        "aave-crv/deposit-suppliers",
        "aave-crv/price/2022-11-20T00",
        "aave-crv/collateral-interest",
        "aave-crv/default",
        "aave-crv/interest",
        "aave-crv/fund-treasury",
    ]


# The figures.


def test_fourteen_draws_take_92_000_000_crv() -> None:
    draws = of(LoanDrawn)

    assert len(draws) == 14
    assert sum(draw.principal for draw in draws) == 92_000_000 * 10**18


def test_385_sales_repay_89_544_317_443850891849582027_crv_for_63_605_103_124042_usdc() -> None:
    sales = of(CollateralSold)

    assert len(sales) == 385
    assert sum(sale.principal for sale in sales) == 89_544_317_443850891849582027
    assert sum(sale.proceeds for sale in sales) == 89_544_317_443850891849582027
    assert sum(sale.quantity for sale in sales) == 63_605_103_124042
    assert len({sale.buyer for sale in sales}) == 21


def test_the_collateral_interest_is_8_963_760245_usdc() -> None:
    deposits, interest = of(CollateralPosted)[:-1], of(CollateralPosted)[-1]

    assert sum(deposit.quantity for deposit in deposits) == 63_596_139_363797
    assert (len(deposits), interest.id, interest.quantity) == (5, "aave-crv/collateral-interest", 8_963_760245)


def test_a_price_is_usdc_base_units_for_a_crv_base_unit_times_ten_to_the_fifteenth() -> None:
    prices = of(PriceObserved)

    assert len(prices) == 121
    assert (prices[0].at, prices[0].price) == ("2022-11-20T00:00:00Z", 542)
    assert {price.scale for price in prices} == {15}
    assert prices[0].price * 10**18 // 10 ** prices[0].scale == 542_000


def test_the_first_sale_is_valued_at_the_open_of_its_hour_rounded_down() -> None:
    sale = of(CollateralSold)[0]

    assert (sale.at, sale.quantity) == ("2022-11-22T13:31:23Z", 205_136_511946)
    assert sale.mark_value == 205_136_511946 * 10**15 // 546 == 375_707_897336996336996336


def test_the_collateral_is_valued_at_the_open_of_the_hour_of_the_default() -> None:
    (default,) = of(LoanDefaulted)

    assert default.collateral_value == 63_605_103_124042 * 10**15 // 546


def test_a_log_index_is_told_only_where_both_exports_agree() -> None:
    sales, draws, deposits = of(CollateralSold), of(LoanDrawn), of(CollateralPosted)[:-1]

    assert sum(sale.evidence is not None and sale.evidence.log_index is not None for sale in sales) == 385 - 241
    assert sum(draw.evidence is not None and draw.evidence.log_index is not None for draw in draws) == 0
    assert sum(post.evidence is not None and post.evidence.log_index is not None for post in deposits) == 0


# What the books make of it.


def test_the_sales_leave_2_455_682_556149108150417973_crv_of_principal_without_collateral() -> None:
    books = folded(through(of(CollateralSold)[-1].id))

    assert (books.cases[CASE].principal, books.cases[CASE].interest) == (2_455_682_556149108150417973, 0)
    assert books.sums.balance(books.charters.pools[POOL].collateral(LOAN), USDC) == 0


def test_the_debt_recognized_is_2_651_906_535070429580704380_crv() -> None:
    (interest,), (shortfall,) = of(InterestAccrued), of(ShortfallRecognized)

    books = folded(through(shortfall.id))

    assert interest.interest == 196_223_978921321430286407
    assert shortfall.principal + shortfall.interest == 2_651_906_535070429580704380
    assert books.deficit(POOL, CASE) == 2_651_906_535070429580704380
    assert (books.cases[CASE].principal, books.cases[CASE].interest) == (0, 0)


def test_the_treasury_covers_the_whole_deficit_and_the_lenders_bear_nothing() -> None:
    books = folded(EVENTS)

    assert [draw.amount for draw in of(FundDrawn)] == [2_651_906_535070429580704380]
    assert books.deficit(POOL, CASE) == 0
    assert books.fund_balance(FUND) == 0
    assert books.cases[CASE].status == "closed"
    assert books.claims(POOL, LENDERS) == 92_196_223_978921321430286407
    assert books.sums.balance(books.charters.pools[POOL].cash, CRV) == 92_196_223_978921321430286407


def test_without_the_collateral_interest_the_last_sale_but_one_takes_more_than_is_held() -> None:
    held = r"law 4, a sale adds up: 138952730823 of USDC is sold, loan 0x57e0\w+ holds 129990345885$"

    with pytest.raises(SaleUnbalanced, match=held) as refused:
        folded(without("aave-crv/collateral-interest"))

    assert refused.value.entry == f"collateral-sold {of(CollateralSold)[384 - 1].id}"


def test_without_the_collateral_interest_one_sale_and_the_closing_of_the_case_cannot_stand() -> None:
    refused = refusals(without("aave-crv/collateral-interest"))

    assert [type(broken) for broken in refused] == [SaleUnbalanced, CaseUnsettled]
    assert [broken.law for broken in refused] == [4, 8]


# How it follows from the exports.


@needs_exports
def test_the_script_makes_the_packaged_file_byte_for_byte(tmp_path: Path) -> None:
    made = tmp_path / "aave-crv-2022.jsonl"

    script.main([str(RAW), str(made)])

    assert made.read_bytes() == SAMPLE


@needs_exports
def test_both_exports_have_the_same_liquidations_in_the_same_blocks_and_transactions() -> None:
    exports = script.read(RAW)

    first = Counter((row["block"], row["tx_hash"]) for row in exports.liquidations)
    second = Counter((row["block_number"], row["tx_hash"]) for row in liquidations(exports))

    assert first == second
    assert (first.total(), len(first)) == (385, 356)


@needs_exports
def test_both_exports_have_the_same_amounts_to_the_last_unit() -> None:
    exports = script.read(RAW)

    first = Counter(
        (row["tx_hash"], int(row["debt_to_cover_crv_raw"]), int(row["liquidated_collateral_usdc_raw"]))
        for row in exports.liquidations
    )
    second = Counter(
        (row["tx_hash"], base_units(row["amount_crv"], 18), base_units(row["collateral_amount_usdc"], 6))
        for row in liquidations(exports)
    )

    assert first == second


@needs_exports
def test_the_exports_disagree_on_the_log_index_of_241_liquidations_and_of_all_14_draws() -> None:
    exports = script.read(RAW)
    second = script.witness(exports.second)

    sales = [(row["block"], row["tx_hash"], int(row["debt_to_cover_crv_raw"])) for row in exports.liquidations]
    draws = [(row["block"], row["tx_hash"], int(row["amount_crv_raw"])) for row in exports.draws]

    assert len(second) == 385 + 14
    assert sum(row["log_index"] != second[log] for row, log in zip(exports.liquidations, sales, strict=True)) == 241
    assert sum(row["log_index"] != second[log] for row, log in zip(exports.draws, draws, strict=True)) == 14


def test_a_decimal_is_read_exactly() -> None:
    assert base_units("2651906.53507042958070438", 18) == 2_651_906_535070429580704380
    assert base_units("92000000", 18) == 92_000_000 * 10**18
    assert base_units("0.48", 3) == 480


def test_a_decimal_finer_than_its_asset_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.5421 is finer than 3 decimals"):
        base_units("0.5421", 3)
