"""The laws of bearing: how much of a deficit, by whom, in which turn, within which limit, and what a draw pays."""

import pytest

from ledger.errors import DrawUnpriced, ShortfallExceeded, UnbalancedEntry, WaterfallOrder, WrongSide
from ledger.events import AnyEvent
from ledger.values import AMOUNT_MAX, WAD, CaseId, Commodity, FundId, LoanId, PartyId
from ledger.waterfall import Layer
from tests.story import (
    BORROWER,
    CASE,
    ETH,
    HOLD,
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    SOCIALIZE,
    USD,
    Story,
    a_default,
    a_deficit,
    a_loan,
    a_pool,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_released,
    collateral_sold,
    deficit_recapitalized,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    fund_withdrawn,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    pool_opened,
    shares_transferred,
    shortfall_recognized,
    told,
    withdrawn,
)

ETH_FUND = FundId("eth-fund")
POOL_SHARES = Commodity("shares:pool:lenders")


# Law 5: no more is borne than was recognized.


@pytest.mark.parametrize(
    ("too_much", "all_of_it"),
    [
        (fund_drawn(amount=601), fund_drawn(amount=600)),
        (deficit_recapitalized(amount=601), deficit_recapitalized(amount=600)),
        (bad_debt_socialized(amount=601), bad_debt_socialized(amount=600)),
    ],
    ids=["fund-drawn", "deficit-recapitalized", "bad-debt-socialized"],
)
def test_no_more_of_a_deficit_is_borne_than_is_open(too_much: AnyEvent, all_of_it: AnyEvent) -> None:
    story = a_deficit(HOLD, principal=600, fund=1000)

    story.refuses(too_much, ShortfallExceeded, "case case has an open deficit of 600, 601 of it cannot be borne")
    story.then(all_of_it)

    assert story.balance("assets:pool:deficit:case") == 0


@pytest.mark.parametrize(
    ("one", "nothing"),
    [
        (fund_drawn(amount=1), fund_drawn(amount=0)),
        (deficit_recapitalized(amount=1), deficit_recapitalized(amount=0)),
        (bad_debt_socialized(amount=1), bad_debt_socialized(amount=0)),
    ],
    ids=["fund-drawn", "deficit-recapitalized", "bad-debt-socialized"],
)
def test_before_a_recognition_nothing_can_be_borne(one: AnyEvent, nothing: AnyEvent) -> None:
    story = a_default(HOLD, fund=1000)

    story.refuses(one, ShortfallExceeded, "case case has an open deficit of 0, 1 of it cannot be borne")
    story.then(nothing)


def test_several_sources_together_bear_no_more_than_the_deficit() -> None:
    story = a_deficit(HOLD, principal=600, fund=1000).then(fund_drawn(amount=100), deficit_recapitalized(amount=200))

    story.refuses(bad_debt_socialized(amount=301), ShortfallExceeded, "an open deficit of 300, 301 of it cannot")
    story.then(bad_debt_socialized(amount=300))

    assert story.balance("assets:fund:cash") == 900
    assert story.balance("assets:pool:cash") == 700
    assert story.balance("liabilities:pool:claims:lenders") == -700


def test_a_source_may_be_settled_in_shares_that_are_burnt() -> None:
    story = a_deficit(HOLD, principal=600, fund=1000).then(
        fund_drawn(amount=100, lender=LENDER, shares=90), deficit_recapitalized(amount=50, lender=LENDER, shares=40)
    )

    assert story.balance("assets:pool:cash") == 400
    assert story.balance("liabilities:pool:claims:lenders") == -850
    assert story.balance("register:pool:lenders:lender", POOL_SHARES) == 870


# Law 6: limits of a fund layer.


@pytest.mark.parametrize(
    ("layer", "room"),
    [
        (fund_layer(cap=250), 250),
        (fund_layer(cap=0), 0),
        (fund_layer(share_wad=WAD // 2), 200),
        (fund_layer(share_wad=0), 0),
        (fund_layer(share_wad=WAD // 3), 133),
        (fund_layer(floor=150), 250),
        (fund_layer(floor=400), 0),
        (fund_layer(floor=AMOUNT_MAX), 0),
        (fund_layer(cap=250, share_wad=WAD // 2, floor=100), 200),
        (fund_layer(cap=150, share_wad=WAD // 2, floor=100), 150),
        (fund_layer(cap=250, share_wad=WAD // 2, floor=210), 190),
        (fund_layer(), 400),
    ],
    ids=repr,
)
def test_a_fund_layer_bears_up_to_its_cap_its_share_and_its_floor(layer: Layer, room: int) -> None:
    story = a_deficit(layer, SOCIALIZE, principal=600, fund=400)

    story.refuses(fund_drawn(amount=room + 1), WaterfallOrder, f"layer fund fund can still bear {room}, not {room + 1}")
    story.then(fund_drawn(amount=room))
    story.refuses(fund_drawn(amount=1), WaterfallOrder, "layer fund fund can still bear 0, not 1")
    story.then(bad_debt_socialized(amount=600 - room))


def test_what_a_fund_paid_for_a_case_counts_towards_its_limit() -> None:
    story = a_deficit(fund_layer(cap=250), fund=400).then(fund_drawn(amount=100), fund_drawn(amount=149))

    story.refuses(fund_drawn(amount=2), WaterfallOrder, "layer fund fund can still bear 1, not 2")
    story.then(fund_drawn(amount=1))


def test_each_case_has_a_limit_of_its_own() -> None:
    second = CaseId("second")
    story = a_deficit(fund_layer(cap=100), fund=400).then(
        fund_drawn(amount=100),
        loan_originated(loan=LoanId("second"), principal=200),
        loan_defaulted(loan=LoanId("second"), case=second, principal=200, interest=0),
        shortfall_recognized(loan=LoanId("second"), case=second, principal=200),
    )

    story.refuses(fund_drawn(case=second, amount=101), WaterfallOrder, "can still bear 100, not 101")
    story.then(fund_drawn(case=second, amount=100))


def test_a_share_of_the_fund_is_taken_of_its_balance_at_the_first_recognition() -> None:
    story = a_default(fund_layer(share_wad=WAD // 2), fund=400).then(
        fund_contributed(amount=200),
        shortfall_recognized(principal=1),
        fund_contributed(amount=1000),
        shortfall_recognized(principal=599),
    )

    story.refuses(fund_drawn(amount=301), WaterfallOrder, "can still bear 300, not 301")
    story.then(fund_drawn(amount=300))


def test_a_fund_that_shrank_bears_no_more_than_it_has_above_its_floor() -> None:
    story = a_deficit(fund_layer(cap=300, floor=10), fund=400).then(fund_withdrawn(amount=350))

    story.refuses(fund_drawn(amount=41), WaterfallOrder, "can still bear 40, not 41")
    story.then(fund_drawn(amount=40))


# Law 6: turns.


@pytest.mark.parametrize(
    ("layer", "exhausting"), [(fund_layer(cap=250), 250), (fund_layer(floor=150), 250), (fund_layer(), 400)], ids=repr
)
def test_lenders_bear_only_when_the_fund_before_them_is_exhausted(layer: Layer, exhausting: int) -> None:
    story = a_deficit(layer, SOCIALIZE, fund=400)

    story.refuses(
        bad_debt_socialized(amount=1), WaterfallOrder, f"layer fund fund comes first and can still bear {exhausting}"
    )
    story.then(fund_drawn(amount=exhausting - 1))
    story.refuses(bad_debt_socialized(amount=1), WaterfallOrder, "layer fund fund comes first and can still bear 1")
    story.then(fund_drawn(amount=1), bad_debt_socialized(amount=1))


def test_an_empty_fund_is_exhausted() -> None:
    a_deficit(fund_layer(), SOCIALIZE, fund=0).then(bad_debt_socialized(amount=600))


def _more_than_the_claims(*waterfall: Layer) -> Story:
    """A deficit of 610 over claims of 600: the reserve earned the rest."""
    return a_loan(*waterfall, principal=600, fund=400).then(
        interest_accrued(interest=10, reserve=10),
        withdrawn(assets=400, shares=400),
        loan_defaulted(principal=600, interest=10),
        shortfall_recognized(principal=600, interest=10),
    )


def test_a_fund_after_the_lenders_bears_only_when_their_claims_are_gone() -> None:
    story = _more_than_the_claims(SOCIALIZE, fund_layer())

    story.refuses(fund_drawn(amount=10), WaterfallOrder, "layer socialize comes first and can still bear 600")
    story.then(bad_debt_socialized(amount=599))
    story.refuses(fund_drawn(amount=10), WaterfallOrder, "layer socialize comes first and can still bear 1")
    story.then(bad_debt_socialized(amount=1), fund_drawn(amount=10))

    assert story.balance("liabilities:pool:claims:lenders") == 0


def test_lenders_bear_at_most_their_claims() -> None:
    story = _more_than_the_claims(SOCIALIZE, HOLD)

    story.refuses(bad_debt_socialized(amount=601), WaterfallOrder, "layer socialize can still bear 600, not 601")
    story.then(bad_debt_socialized(amount=600))

    assert story.balance("assets:pool:deficit:case") == 10


def test_from_hold_on_sources_bear_in_any_order_and_within_their_limits() -> None:
    story = a_deficit(HOLD, fund_layer(cap=250), SOCIALIZE, fund=400)

    story.then(bad_debt_socialized(amount=1))
    story.refuses(fund_drawn(amount=251), WaterfallOrder, "layer fund fund can still bear 250, not 251")
    story.then(fund_drawn(amount=250), bad_debt_socialized(amount=1))


def test_layers_before_hold_still_come_before_those_after_it() -> None:
    story = a_deficit(fund_layer(), HOLD, SOCIALIZE, fund=400)

    story.refuses(bad_debt_socialized(amount=1), WaterfallOrder, "layer fund fund comes first and can still bear 400")
    story.then(fund_drawn(amount=400), bad_debt_socialized(amount=1))


@pytest.mark.parametrize("waterfall", [(), (HOLD,), (SOCIALIZE,)])
def test_a_fund_that_no_layer_names_bears_at_any_time(waterfall: tuple[Layer, ...]) -> None:
    a_deficit(*waterfall, fund=400).then(fund_drawn(amount=400))


@pytest.mark.parametrize("waterfall", [(), (HOLD,), (fund_layer(),)])
def test_a_tranche_that_no_layer_names_bears_at_any_time(waterfall: tuple[Layer, ...]) -> None:
    a_deficit(*waterfall, fund=400).then(bad_debt_socialized(amount=600))


def test_a_junior_tranche_that_no_layer_names_bears_before_a_fund() -> None:
    story = a_pool(fund_layer(), SOCIALIZE, fund=400, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=50, shares=50),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
    )

    story.refuses(bad_debt_socialized(amount=1), WaterfallOrder, "layer fund fund comes first")
    story.then(bad_debt_socialized(tranche=JUNIOR, amount=50))

    assert story.balance("liabilities:pool:claims:junior") == 0


def test_a_recapitalization_has_no_turn() -> None:
    a_deficit(fund_layer(), SOCIALIZE, fund=400).then(deficit_recapitalized(amount=600))


@pytest.mark.parametrize(
    "fact", [bad_debt_socialized(amount=0), fund_drawn(amount=0, paid=0)], ids=lambda fact: fact.type
)
def test_bearing_nothing_out_of_turn_is_lawful(fact: AnyEvent) -> None:
    a_deficit(fund_layer(cap=5), SOCIALIZE, fund=400).then(fact)
    a_deficit(SOCIALIZE, fund_layer(cap=5), fund=400).then(fact)


def test_an_override_waives_order_and_limits() -> None:
    story = a_deficit(fund_layer(cap=5), SOCIALIZE, fund=400)

    story.then(
        bad_debt_socialized(amount=100, override="the board resolved it"),
        fund_drawn(amount=400, override="the board resolved it"),
    )

    assert story.balance("assets:pool:deficit:case") == 100


def test_an_override_waives_no_other_law() -> None:
    story = a_deficit(fund_layer(cap=5), SOCIALIZE, principal=600, fund=400)

    story.refuses(fund_drawn(amount=401, override="why"), WrongSide, "assets:fund:cash holds 400 of USD, 401 cannot")
    story.refuses(fund_drawn(amount=9, paid=8, override="why"), DrawUnpriced, "paid 8 is less than the 9 it covers")
    story.refuses(bad_debt_socialized(amount=601, override="why"), ShortfallExceeded, "an open deficit of 600")


# Law 7: what a draw pays.


def test_in_the_same_asset_a_draw_pays_at_least_what_it_covers() -> None:
    story = a_deficit(fund_layer(), fund=400)

    story.refuses(fund_drawn(amount=100, paid=99), DrawUnpriced, "law 7, a draw pays what it covers: paid 99 is less")
    story.then(fund_drawn(amount=100, paid=100), fund_drawn(amount=100, paid=101), fund_drawn(amount=100))

    assert story.balance("assets:fund:cash") == 400 - 100 - 101 - 100
    assert story.balance("assets:pool:cash") == 400 + 300


def test_what_is_paid_counts_towards_the_limit() -> None:
    story = a_deficit(fund_layer(cap=100), fund=400)

    story.refuses(fund_drawn(amount=1, paid=101), WaterfallOrder, "layer fund fund can still bear 100, not 101")
    story.then(fund_drawn(amount=1, paid=100))
    story.refuses(fund_drawn(amount=1), WaterfallOrder, "layer fund fund can still bear 0, not 1")


def _beside_a_fund_in_eth(*waterfall: Layer) -> Story:
    return told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        fund_opened(fund=ETH_FUND, asset=ETH),
        fund_contributed(fund=ETH_FUND, amount=50),
        pool_opened(waterfall=waterfall),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
    )


def test_in_another_asset_a_draw_says_what_it_pays() -> None:
    story = _beside_a_fund_in_eth(fund_layer(fund=ETH_FUND), SOCIALIZE)

    story.refuses(fund_drawn(fund=ETH_FUND, amount=100), DrawUnpriced, "fund eth-fund holds ETH: paid must say")
    story.then(fund_drawn(fund=ETH_FUND, amount=100, paid=3))

    assert story.balance("assets:eth-fund:cash", ETH) == 47
    assert story.balance("equity:eth-fund:fund", ETH) == -47
    assert story.balance("assets:pool:cash", USD) == 500
    assert story.balance("assets:pool:deficit:case", USD) == 500


def test_the_limits_of_a_fund_in_another_asset_are_in_its_own() -> None:
    story = _beside_a_fund_in_eth(fund_layer(fund=ETH_FUND, cap=30, floor=25), SOCIALIZE)

    story.refuses(fund_drawn(fund=ETH_FUND, amount=1, paid=26), WaterfallOrder, "can still bear 25, not 26")
    story.refuses(bad_debt_socialized(amount=1), WaterfallOrder, "comes first and can still bear 25")
    story.then(fund_drawn(fund=ETH_FUND, amount=599, paid=25), bad_debt_socialized(amount=1))


def test_a_fund_that_pays_nothing_in_another_asset_bears_in_its_turn_all_the_same() -> None:
    story = _beside_a_fund_in_eth(SOCIALIZE, fund_layer(fund=ETH_FUND))

    story.refuses(fund_drawn(fund=ETH_FUND, amount=600, paid=0), WaterfallOrder, "layer socialize comes first")


# Law 1: what a socialization states is true.


@pytest.mark.parametrize(
    ("untrue", "said"),
    [
        (bad_debt_socialized(amount=1, claims_before=999), "claims_before of tranche lenders is 1000, not 999"),
        (bad_debt_socialized(amount=1, claims_before=1001), "claims_before of tranche lenders is 1000, not 1001"),
        (bad_debt_socialized(amount=1, claims_before=0), "claims_before of tranche lenders is 1000, not 0"),
        (bad_debt_socialized(amount=1, shares=999), "shares of tranche lenders is 1000, not 999"),
        (bad_debt_socialized(amount=1, shares=1001), "shares of tranche lenders is 1000, not 1001"),
        (bad_debt_socialized(amount=1, holder_count=1), "holder_count of tranche lenders is 2, not 1"),
        (bad_debt_socialized(amount=1, holder_count=3), "holder_count of tranche lenders is 2, not 3"),
    ],
)
def test_what_a_socialization_states_of_the_tranche_is_true(untrue: AnyEvent, said: str) -> None:
    story = a_deficit(SOCIALIZE).then(shares_transferred(shares=1))

    story.refuses(untrue, UnbalancedEntry, said)
    story.then(bad_debt_socialized(amount=1, claims_before=1000, shares=1000, holder_count=2))
    story.then(bad_debt_socialized(amount=1, claims_before=999, shares=1000, holder_count=2))


def test_a_tranche_without_shares_has_no_holder() -> None:
    story = a_pool(tranches=(JUNIOR,)).then(
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
    )

    story.then(bad_debt_socialized(tranche=JUNIOR, amount=0, claims_before=0, shares=0, holder_count=0))


def test_shares_held_as_collateral_make_no_holder() -> None:
    one, other = PartyId("one"), PartyId("other")
    second = LoanId("second")
    story = a_deficit(SOCIALIZE, principal=600).then(shares_transferred(receiver=one, shares=5))

    story.then(
        loan_originated(loan=second, borrower=one, principal=0),
        collateral_posted(asset=POOL_SHARES, quantity=5),
        collateral_posted(loan=second, asset=POOL_SHARES, quantity=5),
        collateral_posted(loan=second, asset=POOL_SHARES, quantity=0),
    )
    story.refuses(
        bad_debt_socialized(amount=1, holder_count=6), UnbalancedEntry, "holder_count of tranche lenders is 2"
    )
    story.then(bad_debt_socialized(amount=1, holder_count=2))

    story.then(
        collateral_released(asset=POOL_SHARES, quantity=4),
        collateral_released(loan=second, asset=POOL_SHARES, quantity=5),
        shares_transferred(receiver=other, shares=5),
    )
    story.then(bad_debt_socialized(amount=1, holder_count=3))

    story.then(collateral_released(asset=POOL_SHARES, quantity=1), shares_transferred(sender=other, shares=5))
    story.then(bad_debt_socialized(amount=1, holder_count=3))


def test_shares_that_were_sold_as_collateral_are_held_no_more() -> None:
    story = a_default(SOCIALIZE, principal=600).then(
        shares_transferred(receiver=BORROWER, shares=5),
        collateral_posted(asset=POOL_SHARES, quantity=5),
        collateral_sold(asset=POOL_SHARES, quantity=5, proceeds=0, principal=0),
        shortfall_recognized(principal=600),
    )

    story.then(bad_debt_socialized(amount=1, holder_count=2))


# Law 3: what a tranche and a fund can bear.


def test_claims_with_shares_do_not_go_into_debit_and_without_shares_they_may() -> None:
    story = a_pool(tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=50, shares=1),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
    )

    story.refuses(bad_debt_socialized(tranche=JUNIOR, amount=51), WrongSide, "claims:junior holds 50 of USD, 51 cannot")
    story.then(withdrawn(tranche=JUNIOR, assets=0, shares=1), bad_debt_socialized(tranche=JUNIOR, amount=51))

    assert story.balance("liabilities:pool:claims:junior") == 1


def test_no_more_is_withdrawn_from_a_fund_than_it_holds() -> None:
    story = a_pool(fund=400)

    story.refuses(fund_withdrawn(amount=401), WrongSide, "assets:fund:cash holds 400 of USD, 401 cannot be taken")
    story.then(fund_withdrawn(amount=400))

    assert story.balance("equity:fund:fund") == 0


def test_no_more_fund_shares_are_burnt_than_the_contributor_holds() -> None:
    story = a_pool().then(
        fund_contributed(amount=5, shares=5), fund_contributed(contributor=PartyId("other"), amount=5, shares=5)
    )

    story.refuses(fund_withdrawn(amount=5, shares=6), WrongSide, "register:fund:treasury holds 5 of shares:fund, 6")
    story.then(fund_withdrawn(amount=10, shares=5))

    assert story.balance("register:fund", "shares:fund") == -5


@pytest.mark.parametrize(
    "fact",
    [
        fund_contributed(amount=0, shares=0),
        fund_contributed(amount=0, shares=5),
        fund_contributed(amount=5, shares=0),
        fund_withdrawn(amount=0, shares=0),
        fund_withdrawn(amount=5, shares=0),
        fund_drawn(amount=0, paid=5),
        deficit_recapitalized(amount=0, lender=OTHER_LENDER, shares=0),
    ],
)
def test_zero_is_lawful_in_a_fund(fact: AnyEvent) -> None:
    a_deficit(HOLD, fund=400).then(fact)


@pytest.mark.parametrize("amount", [1, AMOUNT_MAX])
def test_the_smallest_and_the_largest_amount_go_through_a_default_to_the_unit(amount: int) -> None:
    story = a_pool(SOCIALIZE, assets=amount).then(
        loan_originated(principal=amount),
        interest_accrued(interest=amount),
        loan_defaulted(principal=amount, interest=amount),
        shortfall_recognized(principal=amount, interest=amount),
    )

    story.refuses(bad_debt_socialized(amount=amount, claims_before=amount), UnbalancedEntry, f"is {2 * amount}, not")
    story.then(bad_debt_socialized(amount=amount), bad_debt_socialized(amount=amount), case_closed())

    assert story.books.cases[CASE].recognized == 2 * amount
    assert list(story.books.sums.commodities()) == [
        (POOL_SHARES, [("register:pool:lenders", -amount), ("register:pool:lenders:lender", amount)])
    ]
