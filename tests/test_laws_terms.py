"""The laws of terms: what a change must say, what it may name, which cases it reaches, and the layers it may set."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ledger.errors import NameTaken, ShortfallExceeded, UnknownName, WaterfallOrder, WrongSide
from ledger.events import AnyEvent, CollateralTerms
from ledger.terms import Terms
from ledger.values import (
    AMOUNT_MAX,
    LENDERS,
    WAD,
    AssetId,
    CaseId,
    Commodity,
    EventId,
    FundId,
    PartyId,
    PoolId,
    TrancheId,
)
from ledger.waterfall import Layer, ReserveLayer, Source, TrancheLayer, Waterfall, hold_to_order, source_of, spoken
from tests.story import (
    CASE,
    ETH,
    HOLD,
    JUNIOR,
    OTHER_LENDER,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    USD,
    Story,
    a_default,
    a_deficit,
    a_pool,
    adjustment_posted,
    bad_debt_socialized,
    case_closed,
    deficit_covered,
    deficit_recapitalized,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    loan_defaulted,
    loan_originated,
    pool_opened,
    posted,
    reserve_contributed,
    reserve_drawn,
    shortfall_recognized,
    terms_changed,
    withdrawn,
)

MONEY = Commodity(USD)
NOWHERE = PoolId("nowhere")
NO_FUND = FundId("no-fund")
NO_TRANCHE = TrancheId("no-tranche")
GOLD = AssetId("GOLD")
OTHER_CASE = CaseId("other-case")
OTHER_FUND = FundId("other-fund")
OTHER_POOL = PoolId("other-pool")
JUNIOR_FIRST = TrancheLayer(layer="tranche", tranche=JUNIOR)
LENDERS_FIRST = TrancheLayer(layer="tranche", tranche=LENDERS)
RESERVE = ReserveLayer(layer="reserve")
BELOW_ZERO = ReserveLayer(layer="reserve", negative=True)
ON_ETHER = CollateralTerms(asset=Commodity(ETH), liquidation_threshold_wad=WAD)
WATERFALL = TypeAdapter[Waterfall](Waterfall)


def reserve_layer(*, floor: int) -> ReserveLayer:
    """A layer that draws the reserve down to a floor."""
    return ReserveLayer(layer="reserve", floor=floor)


def a_deficit_over_junior(*waterfall: Layer, junior: int = 50, reserve: int = 70) -> Story:
    """A deficit of 600 over claims of 1000 of `lenders`, some of `junior`, and a reserve."""
    return a_pool(*waterfall, fund=400, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=junior, shares=junior),
        reserve_contributed(amount=reserve),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
    )


def another_deficit(*, principal: int = 100) -> tuple[AnyEvent, ...]:
    """What makes a deficit of another loan and case in the same pool."""
    return (
        loan_originated(loan=OTHER_LOAN, principal=principal),
        loan_defaulted(loan=OTHER_LOAN, case=OTHER_CASE, principal=principal, interest=0),
        shortfall_recognized(loan=OTHER_LOAN, case=OTHER_CASE, principal=principal),
    )


# A change says at least one term, and the others stay.


def test_a_change_of_nothing_is_recorded() -> None:
    story = a_pool(SOCIALIZE)
    before = story.books.terms[POOL][-1]

    story.then(terms_changed(memo="nothing"))

    assert story.books.terms[POOL][-1] == before


@pytest.mark.parametrize(
    ("term", "new"),
    [
        ("waterfall", (SOCIALIZE,)),
        ("waterfall", ()),
        ("proceeds_order", ("principal", "interest")),
        ("recovery", "bearers"),
        ("exit_price", "net"),
        ("fee_recipient", PartyId("treasury")),
        ("reserve_factor_wad", 0),
        ("reserve_factor_wad", WAD),
        ("collateral", (ON_ETHER,)),
        ("collateral", ()),
    ],
)
def test_one_term_changes_and_the_others_stay(term: str, new: Any) -> None:
    before = Terms(
        waterfall=(fund_layer(), HOLD),
        proceeds_order=("interest", "principal"),
        recovery="current-holders",
        exit_price="claims",
        fee_recipient=PartyId("founder"),
        reserve_factor_wad=WAD // 10,
        collateral=(CollateralTerms(asset=Commodity(USD), liquidation_threshold_wad=1),),
    )
    story = a_pool().then(pool_opened(pool=OTHER_POOL, **before._asdict()))

    story.then(terms_changed(pool=OTHER_POOL, **{term: new}))

    assert story.books.terms[OTHER_POOL] == [before, before._replace(**{term: new})]


def test_a_change_is_of_the_last_terms_not_of_the_first() -> None:
    story = a_pool(SOCIALIZE).then(terms_changed(recovery="bearers"), terms_changed(waterfall=(HOLD,)))

    assert [(terms.waterfall, terms.recovery) for terms in story.books.terms[POOL]] == [
        ((SOCIALIZE,), "reverse-waterfall"),
        ((SOCIALIZE,), "bearers"),
        ((HOLD,), "bearers"),
    ]


def test_terms_of_one_pool_are_not_those_of_another() -> None:
    story = a_pool(SOCIALIZE).then(pool_opened(pool=OTHER_POOL), terms_changed(pool=OTHER_POOL, waterfall=(HOLD,)))

    assert story.books.terms[POOL][-1].waterfall == (SOCIALIZE,)
    assert story.books.terms[OTHER_POOL][-1].waterfall == (HOLD,)


def test_a_change_of_every_term_moves_nothing() -> None:
    story = a_pool()
    before = list(story.books.sums.commodities())

    story.then(
        terms_changed(
            waterfall=(SOCIALIZE, HOLD),
            proceeds_order=("principal", "interest"),
            recovery="none",
            exit_price="net",
            fee_recipient=PartyId("treasury"),
            reserve_factor_wad=1,
            collateral=(ON_ETHER,),
        )
    )

    assert list(story.books.sums.commodities()) == before


# Law 2: terms name what exists, and nothing twice: when they change as when a pool is opened.

UNKNOWN: list[tuple[dict[str, Any], str]] = [
    ({"waterfall": (fund_layer(fund=NO_FUND),)}, "no fund no-fund was opened"),
    ({"waterfall": (fund_layer(fund=FundId("pool")),)}, "no fund pool was opened"),
    (
        {"waterfall": (SOCIALIZE, TrancheLayer(layer="tranche", tranche=NO_TRANCHE))},
        "the waterfall names a tranche no-tranche, the pool has lenders, junior",
    ),
    ({"collateral": (CollateralTerms(asset=Commodity(GOLD), liquidation_threshold_wad=1),)}, "no asset GOLD was"),
    (
        {"collateral": (CollateralTerms(asset=Commodity("shares:pool:no-tranche"), liquidation_threshold_wad=1),)},
        "pool pool has no tranche no-tranche",
    ),
    (
        {"collateral": (CollateralTerms(asset=Commodity("shares:nowhere:lenders"), liquidation_threshold_wad=1),)},
        "no pool nowhere was opened",
    ),
]

TWICE: list[tuple[dict[str, Any], str]] = [
    ({"waterfall": (RESERVE, HOLD, BELOW_ZERO)}, "waterfall names reserve twice"),
    ({"waterfall": (JUNIOR_FIRST, JUNIOR_FIRST)}, "waterfall names tranche junior twice"),
    ({"waterfall": (LENDERS_FIRST, SOCIALIZE)}, "waterfall names tranche lenders twice"),
    ({"waterfall": (SOCIALIZE, HOLD, LENDERS_FIRST)}, "waterfall names tranche lenders twice"),
    ({"waterfall": (fund_layer(cap=1), fund_layer(cap=2))}, "waterfall names fund fund twice"),
    ({"proceeds_order": ("principal", "principal")}, "proceeds_order names principal twice"),
    ({"collateral": (ON_ETHER, ON_ETHER)}, "collateral names ETH twice"),
]

DIFFERENT: list[dict[str, Any]] = [
    {"waterfall": (JUNIOR_FIRST, fund_layer(), RESERVE, SOCIALIZE, HOLD)},
    {"waterfall": (LENDERS_FIRST,)},
    {"waterfall": (HOLD, HOLD, BELOW_ZERO)},
    {"proceeds_order": ("principal", "interest")},
    {
        "collateral": (
            ON_ETHER,
            CollateralTerms(asset=Commodity("shares:pool:lenders"), liquidation_threshold_wad=0),
            CollateralTerms(asset=Commodity("shares:pool:junior"), liquidation_threshold_wad=AMOUNT_MAX),
        )
    },
]


@pytest.mark.parametrize(("terms", "unknown"), UNKNOWN)
def test_terms_that_name_what_nobody_opened_are_refused(terms: dict[str, Any], unknown: str) -> None:
    story = a_pool(tranches=(JUNIOR,))

    story.refuses(terms_changed(**terms), UnknownName, f"law 2, what is named exists: {unknown}")
    story.refuses(pool_opened(pool=OTHER_POOL, tranches=(JUNIOR,), **terms), UnknownName, unknown)


@pytest.mark.parametrize(("terms", "twice"), TWICE)
def test_terms_that_name_something_twice_are_refused(terms: dict[str, Any], twice: str) -> None:
    story = a_pool(tranches=(JUNIOR,))

    story.refuses(terms_changed(**terms), NameTaken, f"law 2, names are given once: {twice}")
    story.refuses(pool_opened(pool=OTHER_POOL, tranches=(JUNIOR,), **terms), NameTaken, twice)


@pytest.mark.parametrize("terms", DIFFERENT)
def test_terms_that_name_what_is_there_once_are_taken(terms: dict[str, Any]) -> None:
    story = a_pool(tranches=(JUNIOR,))

    story.then(terms_changed(**terms), pool_opened(pool=OTHER_POOL, tranches=(JUNIOR,), **terms))


def test_a_tranche_of_another_pool_is_no_layer() -> None:
    story = a_pool().then(pool_opened(pool=OTHER_POOL, tranches=(JUNIOR,)))

    story.refuses(
        terms_changed(waterfall=(JUNIOR_FIRST,)),
        UnknownName,
        "the waterfall names a tranche junior, the pool has lenders",
    )
    story.then(terms_changed(pool=OTHER_POOL, waterfall=(JUNIOR_FIRST,)))


def test_a_pool_that_nobody_opened_has_no_terms() -> None:
    story = a_pool()

    story.refuses(terms_changed(pool=NOWHERE, waterfall=()), UnknownName, "no pool nowhere was opened")
    story.refuses(terms_changed(pool=NOWHERE), UnknownName, "no pool nowhere was opened")
    story.refuses(terms_changed(pool=PoolId("fund"), waterfall=()), UnknownName, "no pool fund was opened")


@pytest.mark.parametrize(
    "terms",
    [
        {"reserve_factor_wad": WAD + 1},
        {"proceeds_order": ("interest",)},
        {"proceeds_order": ("interest", "principal", "interest")},
        {"recovery": "everyone"},
        {"exit_price": "gross"},
    ],
)
def test_terms_in_any_other_form_are_refused(terms: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        terms_changed(**terms)


# Law 6: a case keeps the terms of its first recognition.


def test_until_its_first_recognition_a_case_follows_the_terms() -> None:
    story = a_default(SOCIALIZE, fund=400).then(
        terms_changed(waterfall=(fund_layer(), SOCIALIZE)), shortfall_recognized(principal=600)
    )

    story.refuses(bad_debt_socialized(amount=1), WaterfallOrder, "layer fund fund comes first and can still bear 400")
    story.then(fund_drawn(amount=400), bad_debt_socialized(amount=200))


def test_after_its_first_recognition_a_case_keeps_its_waterfall() -> None:
    story = a_default(fund_layer(), SOCIALIZE, fund=400).then(
        shortfall_recognized(principal=1),
        terms_changed(waterfall=(SOCIALIZE, fund_layer())),
        shortfall_recognized(principal=599),
    )

    story.refuses(bad_debt_socialized(amount=1), WaterfallOrder, "layer fund fund comes first and can still bear 400")
    story.then(fund_drawn(amount=400), bad_debt_socialized(amount=200))


def test_a_recognition_of_nothing_fixes_the_terms_too() -> None:
    story = a_default(fund_layer(), SOCIALIZE, fund=400).then(
        shortfall_recognized(principal=0), terms_changed(waterfall=()), shortfall_recognized(principal=600)
    )

    story.refuses(bad_debt_socialized(amount=1), WaterfallOrder, "layer fund fund comes first and can still bear 400")


def test_after_its_first_recognition_a_case_keeps_the_limit_of_each_fund() -> None:
    story = a_default(fund_layer(cap=100), SOCIALIZE, fund=400).then(
        shortfall_recognized(principal=600),
        terms_changed(waterfall=(fund_layer(cap=300), SOCIALIZE)),
        fund_contributed(amount=1000),
    )

    story.refuses(fund_drawn(amount=101), WaterfallOrder, "layer fund fund can still bear 100, not 101")
    story.then(fund_drawn(amount=100), bad_debt_socialized(amount=500))


def test_a_fund_that_new_terms_name_bears_an_older_case_in_any_order() -> None:
    story = a_deficit(SOCIALIZE, principal=600).then(
        fund_opened(fund=OTHER_FUND),
        fund_contributed(fund=OTHER_FUND, amount=600),
        terms_changed(waterfall=(fund_layer(), fund_layer(fund=OTHER_FUND, cap=5), SOCIALIZE)),
    )

    story.then(fund_drawn(fund=OTHER_FUND, amount=6), bad_debt_socialized(amount=594), case_closed())


def test_a_case_recognized_later_has_the_new_terms_beside_one_that_keeps_the_old() -> None:
    story = a_deficit(SOCIALIZE, principal=600, fund=400).then(
        terms_changed(waterfall=(fund_layer(cap=30), SOCIALIZE)), *another_deficit(principal=100)
    )

    story.refuses(
        bad_debt_socialized(case=OTHER_CASE, amount=1),
        WaterfallOrder,
        "layer fund fund comes first and can still bear 30",
    )
    story.refuses(fund_drawn(case=OTHER_CASE, amount=31), WaterfallOrder, "layer fund fund can still bear 30, not 31")
    story.then(
        bad_debt_socialized(amount=1),
        fund_drawn(amount=31),
        fund_drawn(case=OTHER_CASE, amount=30),
        bad_debt_socialized(case=OTHER_CASE, amount=70),
    )


def test_a_case_that_may_overdraw_the_reserve_may_do_so_after_the_terms_changed() -> None:
    story = a_deficit(BELOW_ZERO, principal=600).then(
        terms_changed(waterfall=(RESERVE, SOCIALIZE)), *another_deficit(principal=100)
    )

    story.refuses(reserve_drawn(case=OTHER_CASE, amount=1), WaterfallOrder, "layer reserve can still bear 0, not 1")
    story.then(reserve_drawn(amount=600))

    assert story.balance("equity:pool:reserve") == 600


def test_a_case_that_may_not_overdraw_the_reserve_may_not_after_the_terms_changed() -> None:
    story = a_deficit(SOCIALIZE, principal=600).then(
        terms_changed(waterfall=(BELOW_ZERO,)), *another_deficit(principal=100)
    )

    story.refuses(reserve_drawn(amount=1), WrongSide, "the reserve of pool pool is 0, 1 cannot be taken from it")
    story.then(reserve_drawn(case=OTHER_CASE, amount=100))

    assert story.balance("equity:pool:reserve") == 100


def test_where_no_waterfall_of_the_pool_says_so_an_adjustment_leaves_the_reserve_above_zero() -> None:
    overdraft = adjustment_posted(pool=POOL, postings=posted(("equity:pool:reserve", 1), ("assets:pool:cash", -1)))
    story = a_pool(SOCIALIZE)

    story.refuses(overdraft, WrongSide, "equity:pool:reserve holds 0 of USD, 1 cannot be taken from it")
    story.then(terms_changed(waterfall=(BELOW_ZERO,)), overdraft)


def test_terms_that_never_counted_let_no_reserve_below_zero() -> None:
    overdraft = adjustment_posted(pool=POOL, postings=posted(("equity:pool:reserve", 1), ("assets:pool:cash", -1)))
    story = a_pool(SOCIALIZE).then(terms_changed(id=EventId("t/1"), waterfall=(BELOW_ZERO,)))

    story.then(story.reversal("t/1"))

    story.refuses(overdraft, WrongSide, "1 cannot be taken from it")


# The layer of a tranche: first loss.


def test_a_tranche_bears_first_up_to_its_claims() -> None:
    story = a_deficit_over_junior(JUNIOR_FIRST, SOCIALIZE, junior=50)

    story.refuses(
        bad_debt_socialized(amount=1), WaterfallOrder, "layer tranche junior comes first and can still bear 50"
    )
    story.refuses(
        bad_debt_socialized(tranche=JUNIOR, amount=51), WaterfallOrder, "layer tranche junior can still bear 50, not 51"
    )
    story.then(bad_debt_socialized(tranche=JUNIOR, amount=49))
    story.refuses(
        bad_debt_socialized(amount=1), WaterfallOrder, "layer tranche junior comes first and can still bear 1"
    )
    story.then(bad_debt_socialized(tranche=JUNIOR, amount=1), bad_debt_socialized(amount=550))

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:fund:cash", 400),
        ("assets:pool:cash", 520),
        ("equity:fund:fund", -400),
        ("equity:pool:reserve", -70),
        ("liabilities:pool:claims:lenders", -450),
    ]
    assert story.balance("register:pool:junior:lender", "shares:pool:junior") == 50


def test_a_tranche_without_claims_is_exhausted_also_where_they_stand_in_debit() -> None:
    story = a_deficit_over_junior(JUNIOR_FIRST, SOCIALIZE, junior=50).then(
        withdrawn(tranche=JUNIOR, assets=51, shares=50)
    )

    story.refuses(
        bad_debt_socialized(tranche=JUNIOR, amount=1), WaterfallOrder, "layer tranche junior can still bear 0, not 1"
    )
    story.then(bad_debt_socialized(amount=600), case_closed())


def test_a_tranche_that_is_deposited_into_again_bears_again() -> None:
    story = a_deficit_over_junior(JUNIOR_FIRST, SOCIALIZE, junior=50).then(
        bad_debt_socialized(tranche=JUNIOR, amount=50), deposited(tranche=JUNIOR, assets=5, shares=5)
    )

    story.refuses(
        bad_debt_socialized(amount=1), WaterfallOrder, "layer tranche junior comes first and can still bear 5"
    )


def test_a_layer_of_the_tranche_of_lenders_is_like_a_socialization() -> None:
    story = a_deficit(LENDERS_FIRST, fund_layer(), principal=600, fund=400)

    story.refuses(fund_drawn(amount=1), WaterfallOrder, "layer tranche lenders comes first and can still bear 1000")
    story.then(bad_debt_socialized(amount=600), case_closed())


def test_a_tranche_after_hold_bears_in_any_order_up_to_its_claims() -> None:
    story = a_deficit_over_junior(HOLD, SOCIALIZE, JUNIOR_FIRST, junior=50)

    story.refuses(
        bad_debt_socialized(tranche=JUNIOR, amount=51), WaterfallOrder, "layer tranche junior can still bear 50, not 51"
    )
    story.then(bad_debt_socialized(tranche=JUNIOR, amount=50), bad_debt_socialized(amount=550), case_closed())


# The layer of the reserve: down to its floor, or without a bound.


@pytest.mark.parametrize(("floor", "room"), [(0, 70), (1, 69), (69, 1), (70, 0), (71, 0), (AMOUNT_MAX, 0)])
def test_the_reserve_bears_down_to_its_floor(floor: int, room: int) -> None:
    story = a_deficit_over_junior(reserve_layer(floor=floor), SOCIALIZE, reserve=70)

    story.refuses(
        reserve_drawn(amount=room + 1), WaterfallOrder, f"layer reserve can still bear {room}, not {room + 1}"
    )
    story.then(reserve_drawn(amount=room))
    story.refuses(reserve_drawn(amount=1), WaterfallOrder, "layer reserve can still bear 0, not 1")
    story.then(bad_debt_socialized(amount=600 - room), case_closed())

    assert story.balance("equity:pool:reserve") == room - 70
    assert story.balance("liabilities:pool:claims:lenders") == -(400 + room)


def test_lenders_bear_only_when_the_reserve_before_them_is_down_to_its_floor() -> None:
    story = a_deficit_over_junior(reserve_layer(floor=20), SOCIALIZE, reserve=70)

    story.refuses(bad_debt_socialized(amount=1), WaterfallOrder, "layer reserve comes first and can still bear 50")
    story.then(reserve_drawn(amount=49))
    story.refuses(bad_debt_socialized(amount=1), WaterfallOrder, "layer reserve comes first and can still bear 1")
    story.then(reserve_drawn(amount=1), bad_debt_socialized(amount=1))


def test_the_floor_of_the_reserve_is_waived_by_an_override_and_zero_is_not() -> None:
    story = a_deficit_over_junior(reserve_layer(floor=20), SOCIALIZE, reserve=70)

    story.refuses(reserve_drawn(amount=51), WaterfallOrder, "layer reserve can still bear 50, not 51")
    story.refuses(reserve_drawn(amount=71, override="why"), WrongSide, "the reserve of pool pool is 70, 71 cannot")
    story.then(reserve_drawn(amount=70, override="the board resolved it"))

    assert story.balance("equity:pool:reserve") == 0


def test_a_reserve_that_may_be_negative_bears_the_whole_deficit_and_whoever_comes_after_never() -> None:
    story = a_deficit_over_junior(BELOW_ZERO, SOCIALIZE, reserve=70)

    story.refuses(
        bad_debt_socialized(amount=1), WaterfallOrder, "layer reserve comes first and can still bear without a bound"
    )
    story.then(reserve_drawn(amount=599))
    story.refuses(
        bad_debt_socialized(amount=1), WaterfallOrder, "layer reserve comes first and can still bear without a bound"
    )
    story.refuses(reserve_drawn(amount=2), ShortfallExceeded, "case case has an open deficit of 1, 2 of it cannot be")
    story.then(reserve_drawn(amount=1), case_closed())

    assert story.balance("equity:pool:reserve") == 530


def test_a_reserve_below_zero_bears_on_where_it_may_and_elsewhere_is_exhausted() -> None:
    story = a_deficit_over_junior(BELOW_ZERO, reserve=70).then(
        reserve_drawn(amount=100), terms_changed(waterfall=(RESERVE, SOCIALIZE)), *another_deficit(principal=100)
    )

    story.refuses(reserve_drawn(case=OTHER_CASE, amount=1), WaterfallOrder, "layer reserve can still bear 0, not 1")
    story.then(bad_debt_socialized(case=OTHER_CASE, amount=100), reserve_drawn(amount=500))

    assert story.balance("equity:pool:reserve") == 530


@pytest.mark.parametrize("floor", [0, 20, AMOUNT_MAX])
def test_a_reserve_that_may_be_negative_has_no_floor(floor: int) -> None:
    story = a_deficit_over_junior(ReserveLayer(layer="reserve", floor=floor, negative=True), reserve=70)

    story.then(reserve_drawn(amount=600))

    assert story.balance("equity:pool:reserve") == 530


def test_a_reserve_and_then_whoever_buys_the_deficit() -> None:
    story = a_deficit_over_junior(RESERVE, HOLD, reserve=70)

    story.then(reserve_drawn(amount=70))
    story.refuses(reserve_drawn(amount=1), WaterfallOrder, "layer reserve can still bear 0, not 1")
    story.then(deficit_recapitalized(amount=530), case_closed())


@pytest.mark.parametrize("waterfall", [(), (SOCIALIZE,), (fund_layer(), JUNIOR_FIRST), (HOLD, JUNIOR_FIRST)])
def test_a_reserve_that_no_layer_names_bears_at_any_time_down_to_zero(waterfall: tuple[Layer, ...]) -> None:
    story = a_deficit_over_junior(*waterfall, reserve=70)

    story.refuses(reserve_drawn(amount=71), WrongSide, "the reserve of pool pool is 70, 71 cannot be taken from it")
    story.then(reserve_drawn(amount=70))


def test_all_layers_bear_one_after_the_other() -> None:
    story = a_deficit_over_junior(JUNIOR_FIRST, fund_layer(cap=300), reserve_layer(floor=10), SOCIALIZE)

    story.refuses(fund_drawn(amount=1), WaterfallOrder, "layer tranche junior comes first and can still bear 50")
    story.then(bad_debt_socialized(tranche=JUNIOR, amount=50))
    story.refuses(reserve_drawn(amount=1), WaterfallOrder, "layer fund fund comes first and can still bear 300")
    story.then(fund_drawn(amount=300))
    story.refuses(bad_debt_socialized(amount=1), WaterfallOrder, "layer reserve comes first and can still bear 60")
    story.then(reserve_drawn(amount=60), bad_debt_socialized(amount=190), case_closed())

    assert story.books.cases[CASE].recognized == 50 + 300 + 60 + 190


def test_a_cover_and_a_recapitalization_have_no_turn_among_these_layers_either() -> None:
    story = a_deficit_over_junior(JUNIOR_FIRST, BELOW_ZERO, SOCIALIZE).then(
        deposited(lender=OTHER_LENDER, assets=9, shares=9)
    )

    story.then(
        deficit_covered(lender=OTHER_LENDER, amount=9, shares=9), deficit_recapitalized(amount=591), case_closed()
    )


# Layers as data, and their turns.


def test_layers_of_tranche_and_reserve_are_read_and_written_as_they_stand() -> None:
    json = (
        b'[{"layer":"tranche","tranche":"junior"},{"layer":"reserve","floor":"7","negative":true},'
        b'{"layer":"reserve","floor":"0","negative":false}]'
    )

    waterfall = WATERFALL.validate_json(json)

    assert waterfall == (JUNIOR_FIRST, ReserveLayer(layer="reserve", floor=7, negative=True), RESERVE)
    assert WATERFALL.dump_json(waterfall) == json
    assert WATERFALL.validate_json('[{"layer":"reserve"}]') == (RESERVE,)


@pytest.mark.parametrize(
    "json",
    [
        '[{"layer":"tranche"}]',
        '[{"layer":"tranche","tranche":""}]',
        '[{"layer":"tranche","tranche":"a tranche"}]',
        '[{"layer":"tranche","tranche":"junior","floor":"0"}]',
        '[{"layer":"reserve","reserve":"pool"}]',
        '[{"layer":"reserve","floor":0}]',
        '[{"layer":"reserve","floor":"-1"}]',
        '[{"layer":"reserve","floor":null}]',
        '[{"layer":"reserve","cap":"1"}]',
        '[{"layer":"reserve","negative":1}]',
        '[{"layer":"reserve","negative":"true"}]',
        '[{"layer":"reserve","negative":null}]',
    ],
)
def test_a_layer_of_tranche_or_reserve_in_any_other_form_is_refused(json: str) -> None:
    with pytest.raises(ValidationError):
        WATERFALL.validate_json(json)


@pytest.mark.parametrize(
    ("layer", "source", "words"),
    [
        (JUNIOR_FIRST, ("tranche", "junior"), "tranche junior"),
        (LENDERS_FIRST, ("tranche", "lenders"), "tranche lenders"),
        (SOCIALIZE, ("tranche", "lenders"), "socialize"),
        (RESERVE, ("reserve",), "reserve"),
        (BELOW_ZERO, ("reserve",), "reserve"),
    ],
    ids=repr,
)
def test_a_layer_names_its_source_and_is_spoken_of(layer: Layer, source: Source, words: str) -> None:
    assert source_of(layer) == source
    assert spoken(layer) == words


def rooms(**left: int | None) -> Callable[[Layer], int | None]:
    """The rooms of layers by what they are called: `fund`, `junior`, `reserve`, `socialize`, `hold`."""
    return lambda layer: left[layer.tranche if isinstance(layer, TrancheLayer) else layer.layer]


JUNIOR_CLAIMS: Source = ("tranche", JUNIOR)
LENDERS_CLAIMS: Source = ("tranche", LENDERS)
THE_RESERVE: Source = ("reserve",)
THE_FUND: Source = ("fund", FundId("fund"))


@pytest.mark.parametrize(
    ("waterfall", "source", "left"),
    [
        ((JUNIOR_FIRST, RESERVE), JUNIOR_CLAIMS, {"junior": 5, "reserve": 9}),
        ((JUNIOR_FIRST, RESERVE), THE_RESERVE, {"junior": 0, "reserve": 5}),
        ((RESERVE, JUNIOR_FIRST), JUNIOR_CLAIMS, {"reserve": 0, "junior": 5}),
        ((JUNIOR_FIRST, SOCIALIZE), LENDERS_CLAIMS, {"junior": 0, "socialize": 5}),
        ((HOLD, JUNIOR_FIRST, RESERVE), THE_RESERVE, {"hold": 0, "junior": 9, "reserve": 5}),
        ((HOLD, BELOW_ZERO, JUNIOR_FIRST), JUNIOR_CLAIMS, {"hold": 0, "reserve": None, "junior": 5}),
    ],
)
def test_a_tranche_and_a_reserve_bear_in_their_turn_up_to_their_room(
    waterfall: Waterfall, source: Source, left: dict[str, int | None]
) -> None:
    hold_to_order(waterfall, source, 5, rooms(**left))

    with pytest.raises(WaterfallOrder, match="can still bear 5, not 6"):
        hold_to_order(waterfall, source, 6, rooms(**left))


@pytest.mark.parametrize(
    ("waterfall", "source", "left", "refusal"),
    [
        ((JUNIOR_FIRST, RESERVE), THE_RESERVE, {"junior": 1, "reserve": 9}, "tranche junior comes first and can still"),
        (
            (RESERVE, JUNIOR_FIRST),
            JUNIOR_CLAIMS,
            {"reserve": 1, "junior": 9},
            "reserve comes first and can still bear 1",
        ),
        (
            (BELOW_ZERO, SOCIALIZE),
            LENDERS_CLAIMS,
            {"reserve": None, "socialize": 9},
            "reserve comes first and can still bear without a bound",
        ),
        (
            (BELOW_ZERO, HOLD, fund_layer()),
            THE_FUND,
            {"reserve": None, "hold": 0, "fund": 9},
            "reserve comes first and can still bear without a bound",
        ),
    ],
)
def test_no_source_bears_while_an_earlier_tranche_or_reserve_has_room(
    waterfall: Waterfall, source: Source, left: dict[str, int | None], refusal: str
) -> None:
    with pytest.raises(WaterfallOrder, match=f"law 6, the waterfall's order: layer {refusal}"):
        hold_to_order(waterfall, source, 1, rooms(**left))


@given(st.integers(0, AMOUNT_MAX))
def test_without_a_bound_a_reserve_bears_any_amount(amount: int) -> None:
    hold_to_order((JUNIOR_FIRST, BELOW_ZERO), THE_RESERVE, amount, rooms(junior=0, reserve=None))


@pytest.mark.parametrize("source", [THE_RESERVE, ("tranche", TrancheId("reserve")), ("fund", FundId("reserve"))])
def test_a_source_that_no_layer_names_bears_at_any_time(source: Source) -> None:
    hold_to_order((JUNIOR_FIRST, SOCIALIZE), source, AMOUNT_MAX, rooms(junior=1, socialize=1))


@pytest.mark.parametrize("source", [("tranche", TrancheId("reserve")), ("fund", FundId("junior"))])
def test_sources_of_one_name_and_different_kinds_are_different(source: Source) -> None:
    hold_to_order((RESERVE, JUNIOR_FIRST), source, AMOUNT_MAX, rooms(reserve=1, junior=1))
