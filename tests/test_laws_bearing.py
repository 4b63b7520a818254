"""The laws of those who bear beside funds and lenders at large: the reserve, coverers, investors, other borrowers."""

from copy import deepcopy
from dataclasses import replace

import pytest

from ledger.errors import (
    LawBroken,
    NameTaken,
    ShortfallExceeded,
    UnbalancedEntry,
    UnknownName,
    WaterfallOrder,
    WrongSide,
    WrongState,
)
from ledger.events import AnyEvent, RedistributedPart
from ledger.values import AMOUNT_MAX, CaseId, Commodity, EventId, FundId, LoanId, PoolId, TrancheId
from ledger.waterfall import Layer, ReserveLayer, TrancheLayer
from tests.story import (
    BORROWER,
    CASE,
    HOLD,
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    OTHER_LOAN,
    SOCIALIZE,
    Story,
    a_default,
    a_deficit,
    a_pool,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    debt_redistributed,
    deficit_covered,
    deficit_recapitalized,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    interest_accrued,
    loan_cured,
    loan_defaulted,
    loan_originated,
    pool_opened,
    repaid,
    reserve_contributed,
    reserve_drawn,
    reserve_withdrawn,
    shares_transferred,
    shortfall_recognized,
    terms_changed,
    told,
)

POOL_SHARES = Commodity("shares:pool:lenders")
JUNIOR_SHARES = Commodity("shares:pool:junior")
DEBT_SHARES = Commodity("debt:pool")
THIRD_LOAN = LoanId("third-loan")
FIRST_LOSS = TrancheLayer(layer="tranche", tranche=JUNIOR)
NEGATIVE = ReserveLayer(layer="reserve", negative=True)


def reserve_layer(*, floor: int = 0) -> ReserveLayer:
    """A layer that draws the reserve, never below `floor`."""
    return ReserveLayer(layer="reserve", floor=floor)


def taken_over(loan: LoanId, principal: int, *, debt_shares: int = 0) -> RedistributedPart:
    """A borrower's part of a deficit."""
    return RedistributedPart(loan=loan, principal=principal, debt_shares=debt_shares)


def with_a_reserve(*waterfall: Layer, reserve: int, principal: int = 600, fund: int = 0) -> Story:
    """A recognized default beside a reserve."""
    return a_deficit(*waterfall, principal=principal, fund=fund).then(reserve_contributed(amount=reserve))


def with_a_junior_tranche(*waterfall: Layer, junior: int = 50, reserve: int = 0, fund: int = 0) -> Story:
    """A recognized default of 600 in a pool with `junior` in a tranche of its own."""
    return a_pool(*waterfall, fund=fund, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=junior, shares=junior),
        reserve_contributed(amount=reserve),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
    )


def with_other_loans(*waterfall: Layer) -> Story:
    """A recognized default of 600 beside two performing loans."""
    return a_deficit(*waterfall, principal=600).then(
        loan_originated(loan=OTHER_LOAN, principal=100), loan_originated(loan=THIRD_LOAN, principal=0)
    )


def a_pooled_deficit() -> Story:
    """A recognized default of 600 in a pooled pool, beside a performing loan of 300."""
    return told(
        asset_registered(),
        fund_opened(),
        pool_opened(debt="pooled", waterfall=(HOLD,)),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=600, debt_shares=6),
        loan_originated(loan=OTHER_LOAN, principal=300, debt_shares=3),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600, debt_shares=6),
    )


# Law 5: no more is borne than was recognized.


@pytest.mark.parametrize(
    ("too_much", "all_of_it"),
    [
        (reserve_drawn(amount=601), reserve_drawn(amount=600)),
        (deficit_covered(amount=601, shares=1), deficit_covered(amount=600, shares=1)),
        (
            debt_redistributed(parts=(taken_over(OTHER_LOAN, 300), taken_over(THIRD_LOAN, 301))),
            debt_redistributed(parts=(taken_over(OTHER_LOAN, 300), taken_over(THIRD_LOAN, 300))),
        ),
    ],
    ids=["reserve-drawn", "deficit-covered", "debt-redistributed"],
)
def test_no_more_of_a_deficit_is_borne_than_is_open(too_much: AnyEvent, all_of_it: AnyEvent) -> None:
    story = with_other_loans(HOLD).then(reserve_contributed(amount=1000))

    story.refuses(too_much, ShortfallExceeded, "case case has an open deficit of 600, 601 of it cannot be borne")
    story.then(all_of_it)

    assert story.balance("assets:pool:deficit:case") == 0


@pytest.mark.parametrize(
    ("one", "nothing"),
    [
        (reserve_drawn(amount=1), reserve_drawn(amount=0)),
        (deficit_covered(amount=1, shares=0), deficit_covered(amount=0, shares=0)),
        (
            debt_redistributed(parts=(taken_over(OTHER_LOAN, 1),)),
            debt_redistributed(parts=(taken_over(OTHER_LOAN, 0),)),
        ),
    ],
    ids=["reserve-drawn", "deficit-covered", "debt-redistributed"],
)
def test_before_a_recognition_nothing_can_be_borne(one: AnyEvent, nothing: AnyEvent) -> None:
    story = a_default(HOLD).then(reserve_contributed(amount=9), loan_originated(loan=OTHER_LOAN, principal=0))

    story.refuses(one, ShortfallExceeded, "case case has an open deficit of 0, 1 of it cannot be borne")
    story.then(nothing)


def test_all_sources_together_bear_no_more_than_the_deficit() -> None:
    story = with_other_loans(HOLD).then(
        reserve_contributed(amount=100),
        reserve_drawn(amount=100),
        deficit_covered(amount=200, shares=200),
        debt_redistributed(parts=(taken_over(OTHER_LOAN, 250),)),
    )

    story.refuses(deficit_recapitalized(amount=51), ShortfallExceeded, "an open deficit of 50, 51 of it cannot")
    story.then(deficit_recapitalized(amount=50), case_closed())


BEARING = (
    reserve_drawn(amount=0),
    deficit_covered(amount=0, shares=0),
    deficit_recapitalized(amount=0),
    debt_redistributed(parts=()),
    fund_drawn(amount=0),
    bad_debt_socialized(amount=0),
)


@pytest.mark.parametrize("fact", BEARING, ids=lambda fact: fact.type)
def test_to_bear_nothing_is_lawful_before_a_recognition_and_after_it(fact: AnyEvent) -> None:
    a_default(HOLD).then(fact)
    a_deficit(HOLD).then(fact)


@pytest.mark.parametrize("fact", BEARING, ids=lambda fact: fact.type)
def test_a_closed_case_has_nothing_to_bear(fact: AnyEvent) -> None:
    story = a_default(HOLD, principal=600).then(repaid(case=CASE, principal=600), case_closed())

    story.refuses(fact, WrongState, "case case is closed")


@pytest.mark.parametrize(
    "fact",
    [
        reserve_drawn(case=CaseId("no-case"), amount=0),
        deficit_covered(case=CaseId("no-case"), amount=0, shares=0),
        debt_redistributed(case=CaseId("no-case"), parts=()),
    ],
    ids=lambda fact: fact.type,
)
def test_what_is_borne_is_of_a_case_that_was_opened(fact: AnyEvent) -> None:
    a_deficit(HOLD).refuses(fact, UnknownName, "pool pool has no case no-case")


@pytest.mark.parametrize(
    "fact",
    [
        reserve_drawn(pool=PoolId("other-pool"), amount=0),
        deficit_covered(pool=PoolId("other-pool"), amount=0, shares=0),
        debt_redistributed(pool=PoolId("other-pool"), parts=()),
    ],
    ids=lambda fact: fact.type,
)
def test_a_pool_bears_nothing_of_a_case_of_another(fact: AnyEvent) -> None:
    story = a_deficit(HOLD).then(pool_opened(pool=PoolId("other-pool")))

    story.refuses(fact, UnknownName, "pool other-pool has no case case")


# The reserve.


def test_a_reserve_that_bears_moves_no_cash() -> None:
    story = with_a_reserve(reserve_layer(), reserve=70).then(reserve_drawn(amount=30))

    assert story.balance("equity:pool:reserve") == -40
    assert story.balance("assets:pool:deficit:case") == 570
    assert story.balance("assets:pool:cash") == 470
    assert story.balance("liabilities:pool:claims:lenders") == -1000


@pytest.mark.parametrize(
    ("floor", "room"), [(0, 70), (1, 69), (69, 1), (70, 0), (71, 0), (AMOUNT_MAX, 0)], ids=lambda value: f"{value}"
)
def test_a_reserve_layer_bears_down_to_its_floor(floor: int, room: int) -> None:
    story = with_a_reserve(reserve_layer(floor=floor), SOCIALIZE, reserve=70)

    story.refuses(
        reserve_drawn(amount=room + 1), WaterfallOrder, f"layer reserve can still bear {room}, not {room + 1}"
    )
    story.then(reserve_drawn(amount=room))
    story.refuses(reserve_drawn(amount=1), WaterfallOrder, "layer reserve can still bear 0, not 1")
    story.then(bad_debt_socialized(amount=600 - room))

    assert story.balance("equity:pool:reserve") == room - 70


def test_what_the_reserve_earns_after_the_recognition_bears_too() -> None:
    story = with_a_reserve(reserve_layer(floor=10), SOCIALIZE, reserve=30).then(reserve_contributed(amount=5))

    story.refuses(reserve_drawn(amount=26), WaterfallOrder, "can still bear 25, not 26")
    story.then(reserve_drawn(amount=25))


def test_a_reserve_that_shrank_bears_only_what_is_left() -> None:
    story = with_a_reserve(reserve_layer(floor=10), SOCIALIZE, reserve=30).then(reserve_withdrawn(amount=19))

    story.refuses(reserve_drawn(amount=2), WaterfallOrder, "can still bear 1, not 2")
    story.then(reserve_drawn(amount=1))


def test_a_reserve_that_no_layer_names_bears_at_any_time_what_it_holds() -> None:
    story = with_a_reserve(fund_layer(), SOCIALIZE, reserve=70, fund=400)

    story.refuses(reserve_drawn(amount=71), WrongSide, "the reserve of pool pool is 70, 71 cannot be taken from it")
    story.then(reserve_drawn(amount=70))

    assert story.balance("equity:pool:reserve") == 0


def test_a_negative_layer_bears_all_of_a_deficit() -> None:
    story = with_a_reserve(NEGATIVE, reserve=70, principal=600)

    story.refuses(reserve_drawn(amount=601), ShortfallExceeded, "an open deficit of 600, 601 of it cannot be borne")
    story.then(reserve_drawn(amount=71), reserve_drawn(amount=529), case_closed())

    assert story.balance("equity:pool:reserve") == 530


def test_a_negative_layer_has_no_floor() -> None:
    layer = ReserveLayer(layer="reserve", floor=50, negative=True)

    story = with_a_reserve(layer, reserve=70).then(reserve_drawn(amount=600))

    assert story.balance("equity:pool:reserve") == 530


def test_what_comes_after_a_negative_layer_never_has_its_turn() -> None:
    story = with_a_reserve(NEGATIVE, SOCIALIZE, fund_layer(), reserve=0, fund=400).then(reserve_drawn(amount=599))

    story.refuses(
        bad_debt_socialized(amount=1), WaterfallOrder, "layer reserve comes first and can still bear without a bound"
    )
    story.refuses(fund_drawn(amount=1), WaterfallOrder, "layer reserve comes first and can still bear without a bound")
    story.then(reserve_drawn(amount=1))


def test_only_a_deficit_takes_a_reserve_below_zero() -> None:
    story = with_a_reserve(NEGATIVE, reserve=70)

    story.refuses(reserve_withdrawn(amount=71), WrongSide, "the reserve of pool pool is 70, 71 cannot be taken from it")
    story.then(reserve_drawn(amount=71))
    story.refuses(reserve_withdrawn(amount=1), WrongSide, "the reserve of pool pool is -1, 1 cannot be taken from it")
    story.then(reserve_withdrawn(amount=0), reserve_contributed(amount=3), reserve_withdrawn(amount=2))


def test_a_case_keeps_the_bound_that_was_fixed_when_it_was_recognized() -> None:
    story = with_a_reserve(reserve_layer(), SOCIALIZE, reserve=70).then(terms_changed(waterfall=(NEGATIVE,)))

    story.refuses(reserve_drawn(amount=71), WaterfallOrder, "layer reserve can still bear 70, not 71")
    story.then(reserve_drawn(amount=70))
    story.refuses(
        reserve_drawn(amount=1, override="the board resolved it"),
        WrongSide,
        "the reserve of pool pool is 0, 1 cannot be taken from it",
    )


def test_a_case_keeps_the_negative_layer_that_was_fixed_when_it_was_recognized() -> None:
    story = with_a_reserve(NEGATIVE, reserve=0).then(terms_changed(waterfall=(SOCIALIZE,)), reserve_drawn(amount=600))

    assert story.balance("equity:pool:reserve") == 600


def test_a_later_case_draws_nothing_of_a_reserve_that_stands_in_debit_unless_its_own_terms_say_so() -> None:
    second = CaseId("second")
    story = with_a_reserve(NEGATIVE, reserve=0).then(
        reserve_drawn(amount=600),
        terms_changed(waterfall=(reserve_layer(), SOCIALIZE)),
        loan_originated(loan=OTHER_LOAN, principal=100),
        loan_defaulted(loan=OTHER_LOAN, case=second, principal=100, interest=0),
        shortfall_recognized(loan=OTHER_LOAN, case=second, principal=100),
    )

    story.refuses(reserve_drawn(case=second, amount=1), WaterfallOrder, "layer reserve can still bear 0, not 1")
    story.refuses(reserve_drawn(case=second, amount=1, override="why"), WrongSide, "the reserve of pool pool is -600")
    story.then(bad_debt_socialized(case=second, amount=100))


def test_an_override_takes_a_reserve_below_its_floor_and_not_below_zero() -> None:
    story = with_a_reserve(fund_layer(), reserve_layer(floor=50), reserve=70, fund=400)

    story.refuses(reserve_drawn(amount=71, override="why"), WrongSide, "the reserve of pool pool is 70, 71 cannot be")
    story.then(reserve_drawn(amount=70, override="the board resolved it"))

    assert story.balance("equity:pool:reserve") == 0


def test_an_override_lets_a_negative_layer_bear_before_its_turn() -> None:
    story = with_a_reserve(fund_layer(), NEGATIVE, reserve=0, fund=400)

    story.refuses(reserve_drawn(amount=600), WaterfallOrder, "layer fund fund comes first and can still bear 400")
    story.then(reserve_drawn(amount=600, override="the board resolved it"))

    assert story.balance("equity:pool:reserve") == 600


# Law 6: turns of tranches and of the reserve.


def test_layers_bear_one_after_the_other() -> None:
    story = with_a_junior_tranche(FIRST_LOSS, fund_layer(cap=40), reserve_layer(floor=5), SOCIALIZE, fund=400)
    story.then(reserve_contributed(amount=35))

    story.refuses(fund_drawn(amount=1), WaterfallOrder, "layer tranche junior comes first and can still bear 50")
    story.refuses(reserve_drawn(amount=1), WaterfallOrder, "layer tranche junior comes first and can still bear 50")
    story.refuses(bad_debt_socialized(amount=1), WaterfallOrder, "layer tranche junior comes first and can still bear")
    story.then(bad_debt_socialized(tranche=JUNIOR, amount=49))
    story.refuses(fund_drawn(amount=1), WaterfallOrder, "layer tranche junior comes first and can still bear 1")
    story.then(bad_debt_socialized(tranche=JUNIOR, amount=1), fund_drawn(amount=39))
    story.refuses(reserve_drawn(amount=1), WaterfallOrder, "layer fund fund comes first and can still bear 1")
    story.then(fund_drawn(amount=1), reserve_drawn(amount=29))
    story.refuses(bad_debt_socialized(amount=1), WaterfallOrder, "layer reserve comes first and can still bear 1")
    story.then(reserve_drawn(amount=1), bad_debt_socialized(amount=480), case_closed())

    assert story.balance("liabilities:pool:claims:junior") == 0
    assert story.balance("liabilities:pool:claims:lenders") == -520
    assert story.balance("assets:fund:cash") == 360
    assert story.balance("equity:pool:reserve") == -5


def test_a_tranche_bears_at_most_its_claims() -> None:
    story = with_a_junior_tranche(FIRST_LOSS, SOCIALIZE)

    story.refuses(
        bad_debt_socialized(tranche=JUNIOR, amount=51), WaterfallOrder, "layer tranche junior can still bear 50, not 51"
    )
    story.then(bad_debt_socialized(tranche=JUNIOR, amount=50))
    story.refuses(
        bad_debt_socialized(tranche=JUNIOR, amount=1), WaterfallOrder, "layer tranche junior can still bear 0, not 1"
    )

    assert story.balance("register:pool:junior:lender", JUNIOR_SHARES) == 50


def test_a_tranche_that_earns_again_has_its_turn_again() -> None:
    story = with_a_junior_tranche(FIRST_LOSS, SOCIALIZE).then(
        bad_debt_socialized(tranche=JUNIOR, amount=50), deposited(tranche=JUNIOR, assets=7, shares=0)
    )

    story.refuses(
        bad_debt_socialized(amount=1), WaterfallOrder, "layer tranche junior comes first and can still bear 7"
    )
    story.then(bad_debt_socialized(tranche=JUNIOR, amount=7), bad_debt_socialized(amount=1))


def test_an_empty_tranche_is_exhausted() -> None:
    with_a_junior_tranche(FIRST_LOSS, SOCIALIZE, junior=0).then(bad_debt_socialized(amount=600))


@pytest.mark.parametrize("reserve", [0, 5])
def test_a_reserve_at_its_floor_or_below_it_is_exhausted(reserve: int) -> None:
    with_a_reserve(reserve_layer(floor=5), SOCIALIZE, reserve=reserve).then(bad_debt_socialized(amount=600))


def test_a_layer_that_names_the_lenders_tranche_is_the_one_they_bear_in() -> None:
    story = a_deficit(TrancheLayer(layer="tranche", tranche=TrancheId("lenders")), fund_layer(), fund=400)

    story.refuses(fund_drawn(amount=1), WaterfallOrder, "layer tranche lenders comes first and can still bear 1000")
    story.then(bad_debt_socialized(amount=600))


def test_from_hold_on_tranche_and_reserve_bear_in_any_order_and_within_their_limits() -> None:
    story = with_a_junior_tranche(HOLD, FIRST_LOSS, reserve_layer(floor=5), SOCIALIZE, reserve=35)

    story.then(bad_debt_socialized(amount=1))
    story.refuses(reserve_drawn(amount=31), WaterfallOrder, "layer reserve can still bear 30, not 31")
    story.then(reserve_drawn(amount=30))
    story.refuses(
        bad_debt_socialized(tranche=JUNIOR, amount=51), WaterfallOrder, "layer tranche junior can still bear 50, not 51"
    )
    story.then(bad_debt_socialized(tranche=JUNIOR, amount=50))


def test_a_reserve_before_hold_still_comes_first() -> None:
    story = with_a_reserve(reserve_layer(), HOLD, SOCIALIZE, reserve=35)

    story.refuses(bad_debt_socialized(amount=1), WaterfallOrder, "layer reserve comes first and can still bear 35")
    story.then(reserve_drawn(amount=35), bad_debt_socialized(amount=1))


def test_an_override_waives_the_turn_and_the_claims_law_still_holds() -> None:
    story = with_a_junior_tranche(fund_layer(), FIRST_LOSS, fund=400)

    story.refuses(bad_debt_socialized(tranche=JUNIOR, amount=50), WaterfallOrder, "layer fund fund comes first")
    story.refuses(
        bad_debt_socialized(tranche=JUNIOR, amount=51, override="why"), WrongSide, "claims:junior holds 50 of USD, 51"
    )
    story.then(bad_debt_socialized(tranche=JUNIOR, amount=50, override="the board resolved it"))


@pytest.mark.parametrize(
    "fact",
    [
        bad_debt_socialized(tranche=JUNIOR, amount=0),
        reserve_drawn(amount=0),
        deficit_covered(amount=9, shares=9),
        deficit_recapitalized(amount=9),
        debt_redistributed(parts=(taken_over(OTHER_LOAN, 9),)),
    ],
    ids=lambda fact: fact.type,
)
def test_who_bears_nothing_or_is_named_by_no_layer_has_no_turn(fact: AnyEvent) -> None:
    story = with_a_junior_tranche(fund_layer(), reserve_layer(), FIRST_LOSS, SOCIALIZE, fund=400)

    story.then(loan_originated(loan=OTHER_LOAN, principal=0), fact)


# A cover.


def test_a_cover_burns_the_shares_of_the_coverer_and_moves_no_cash() -> None:
    story = a_deficit(HOLD).then(
        shares_transferred(shares=300), deficit_covered(lender=OTHER_LENDER, amount=90, shares=80)
    )

    assert story.balance("assets:pool:deficit:case") == 510
    assert story.balance("assets:pool:cash") == 400
    assert story.balance("liabilities:pool:claims:lenders") == -910
    assert story.balance("register:pool:lenders:other-lender", POOL_SHARES) == 220
    assert story.balance("register:pool:lenders:lender", POOL_SHARES) == 700
    assert story.balance("register:pool:lenders", POOL_SHARES) == -920


def test_a_cover_burns_no_more_shares_than_the_coverer_holds() -> None:
    story = a_deficit(HOLD).then(shares_transferred(shares=300))

    story.refuses(
        deficit_covered(lender=OTHER_LENDER, amount=1, shares=301),
        WrongSide,
        "register:pool:lenders:other-lender holds 300 of shares:pool:lenders, 301 cannot be taken from it",
    )
    story.then(deficit_covered(lender=OTHER_LENDER, amount=1, shares=300))


def test_a_cover_takes_no_more_than_the_claims_of_its_tranche() -> None:
    story = with_a_junior_tranche(HOLD)

    story.refuses(
        deficit_covered(tranche=JUNIOR, amount=51, shares=49),
        WrongSide,
        "liabilities:pool:claims:junior holds 50 of USD, 51 cannot be taken from it",
    )
    story.then(deficit_covered(tranche=JUNIOR, amount=50, shares=49))

    assert story.balance("liabilities:pool:claims:junior") == 0
    assert story.balance("register:pool:junior:lender", JUNIOR_SHARES) == 1
    assert story.balance("liabilities:pool:claims:lenders") == -1000


def test_a_cover_is_of_a_tranche_of_the_pool() -> None:
    story = a_deficit(HOLD)

    story.refuses(deficit_covered(tranche=JUNIOR, amount=0, shares=0), UnknownName, "pool pool has no tranche junior")
    story.then(deficit_covered(amount=0, shares=0))


@pytest.mark.parametrize("fact", [deficit_covered(amount=5, shares=0), deficit_covered(amount=0, shares=5)])
def test_a_cover_without_shares_or_without_an_amount_is_lawful(fact: AnyEvent) -> None:
    a_deficit(HOLD).then(fact)


# A recapitalization.


def test_an_investor_pays_a_deficit_in_cash() -> None:
    story = a_deficit(HOLD).then(deficit_recapitalized(amount=90, instrument="MKR", quantity=7))

    assert story.balance("assets:pool:cash") == 490
    assert story.balance("assets:pool:deficit:case") == 510
    assert story.balance("liabilities:pool:claims:lenders") == -1000
    assert story.balance("register:pool:lenders:lender", POOL_SHARES) == 1000


def test_an_investor_pays_a_deficit_in_shares_of_a_lender() -> None:
    story = with_a_junior_tranche(HOLD).then(deficit_recapitalized(amount=20, lender=LENDER, shares=10, tranche=JUNIOR))

    assert story.balance("assets:pool:cash") == 450
    assert story.balance("assets:pool:deficit:case") == 580
    assert story.balance("liabilities:pool:claims:junior") == -30
    assert story.balance("register:pool:junior:lender", JUNIOR_SHARES) == 40


@pytest.mark.parametrize(
    ("unlawful", "error", "said", "neighbour"),
    [
        (
            deficit_recapitalized(amount=5, shares=1),
            UnbalancedEntry,
            "1 shares without the lender whose they are",
            deficit_recapitalized(amount=5),
        ),
        (
            deficit_recapitalized(amount=5, lender=LENDER, shares=1001),
            WrongSide,
            "register:pool:lenders:lender holds 1000 of shares:pool:lenders, 1001 cannot",
            deficit_recapitalized(amount=5, lender=LENDER, shares=999),
        ),
        (
            deficit_recapitalized(amount=5, tranche=JUNIOR),
            UnknownName,
            "pool pool has no tranche junior",
            deficit_recapitalized(amount=5),
        ),
        (
            fund_drawn(amount=5, shares=1),
            UnbalancedEntry,
            "1 shares without the lender whose they are",
            fund_drawn(amount=5, lender=LENDER, shares=1),
        ),
        (
            fund_drawn(amount=5, lender=OTHER_LENDER, shares=1),
            WrongSide,
            "register:pool:lenders:other-lender holds 0 of shares:pool:lenders, 1 cannot",
            fund_drawn(amount=5, lender=OTHER_LENDER, shares=0),
        ),
        (
            fund_drawn(amount=5, tranche=JUNIOR),
            UnknownName,
            "pool pool has no tranche junior",
            fund_drawn(amount=5),
        ),
    ],
)
def test_who_pays_in_shares_names_the_lender_and_the_tranche_whose_they_are(
    unlawful: AnyEvent, error: type[LawBroken], said: str, neighbour: AnyEvent
) -> None:
    story = a_deficit(HOLD, fund=400)

    story.refuses(unlawful, error, said)
    story.then(neighbour)


# A draw on a fund.


def test_a_fund_pays_in_shares_that_are_burnt() -> None:
    story = a_deficit(HOLD, fund=400).then(
        deposited(lender=BORROWER, assets=100, shares=50),
        fund_drawn(amount=90, paid=95, lender=BORROWER, shares=45),
    )

    assert story.balance("assets:fund:cash") == 305
    assert story.balance("equity:fund:fund") == -305
    assert story.balance("assets:pool:cash") == 500
    assert story.balance("assets:pool:deficit:case") == 510
    assert story.balance("liabilities:pool:claims:lenders") == -1010
    assert story.balance("register:pool:lenders:borrower", POOL_SHARES) == 5
    assert story.balance("register:pool:lenders", POOL_SHARES) == -1005


def test_a_fund_pays_in_shares_of_another_tranche() -> None:
    story = with_a_junior_tranche(HOLD, fund=400).then(fund_drawn(amount=20, lender=LENDER, shares=30, tranche=JUNIOR))

    assert story.balance("liabilities:pool:claims:junior") == -30
    assert story.balance("register:pool:junior:lender", JUNIOR_SHARES) == 20
    assert story.balance("liabilities:pool:claims:lenders") == -1000


def test_a_fund_pays_nothing_for_a_case_before_its_recognition() -> None:
    story = a_default(HOLD, fund=400)

    story.refuses(fund_drawn(amount=0, paid=5), WrongState, "no shortfall of case case is recognized yet, so no fund")
    story.then(shortfall_recognized(principal=0), fund_drawn(amount=0, paid=5))

    assert story.balance("assets:fund:cash") == 395


def test_a_draw_is_on_a_fund_that_was_opened() -> None:
    a_deficit(HOLD).refuses(fund_drawn(fund=FundId("other"), amount=0), UnknownName, "no fund other was opened")


# Debt that other borrowers take over.


def test_other_borrowers_owe_what_they_take_over() -> None:
    story = with_other_loans(HOLD).then(
        debt_redistributed(parts=(taken_over(OTHER_LOAN, 200), taken_over(THIRD_LOAN, 0))),
        debt_redistributed(parts=(taken_over(THIRD_LOAN, 400),)),
        case_closed(),
    )

    assert story.balance("assets:pool:loans:other-loan:principal") == 300
    assert story.balance("assets:pool:loans:third-loan:principal") == 400
    assert story.balance("assets:pool:deficit:case") == 0
    assert story.balance("assets:pool:cash") == 300
    assert story.balance("liabilities:pool:claims:lenders") == -1000


def test_in_a_pooled_pool_debt_is_taken_over_with_its_shares() -> None:
    story = a_pooled_deficit().then(debt_redistributed(parts=(taken_over(OTHER_LOAN, 200, debt_shares=2),)))

    assert story.balance("assets:pool:loans") == 500
    assert story.balance("assets:pool:deficit:case") == 400
    assert story.balance("register:pool:debt:other-loan", DEBT_SHARES) == 5
    assert story.balance("register:pool:debt:loan", DEBT_SHARES) == 0
    assert story.balance("register:pool:debt", DEBT_SHARES) == -5


@pytest.mark.parametrize(
    "parts",
    [
        (taken_over(OTHER_LOAN, 200, debt_shares=0),),
        (taken_over(OTHER_LOAN, 0, debt_shares=2),),
    ],
)
def test_in_a_pooled_pool_shares_and_amount_need_not_go_together(parts: tuple[RedistributedPart, ...]) -> None:
    a_pooled_deficit().then(debt_redistributed(parts=parts))


def test_a_bilateral_loan_takes_over_no_debt_shares() -> None:
    story = with_other_loans(HOLD)

    story.refuses(
        debt_redistributed(parts=(taken_over(OTHER_LOAN, 1, debt_shares=1),)),
        WrongState,
        "pool pool is bilateral: a loan has no debt shares, 1 were given",
    )
    story.then(debt_redistributed(parts=(taken_over(OTHER_LOAN, 1),)))


def test_parts_name_a_loan_once() -> None:
    story = with_other_loans(HOLD)

    story.refuses(
        debt_redistributed(parts=(taken_over(OTHER_LOAN, 1), taken_over(THIRD_LOAN, 1), taken_over(OTHER_LOAN, 1))),
        NameTaken,
        "law 2, names are given once: parts name loan other-loan twice",
    )
    story.then(debt_redistributed(parts=(taken_over(OTHER_LOAN, 2), taken_over(THIRD_LOAN, 1))))


def test_only_a_performing_loan_takes_over_debt() -> None:
    story = with_other_loans(HOLD).then(
        loan_defaulted(loan=OTHER_LOAN, case=CaseId("second"), principal=100, interest=0)
    )

    story.refuses(
        debt_redistributed(parts=(taken_over(THIRD_LOAN, 1), taken_over(OTHER_LOAN, 1))),
        WrongState,
        "loan other-loan of pool pool is in default under case second, not performing",
    )
    story.refuses(
        debt_redistributed(parts=(taken_over(LoanId("loan"), 1),)),
        WrongState,
        "loan loan of pool pool is in default under case case, not performing",
    )
    story.then(
        loan_cured(loan=OTHER_LOAN, case=CaseId("second"), principal=100, interest=0),
        debt_redistributed(parts=(taken_over(THIRD_LOAN, 1), taken_over(OTHER_LOAN, 1))),
    )


def test_only_a_loan_that_was_originated_takes_over_debt() -> None:
    story = with_other_loans(HOLD)

    story.refuses(
        debt_redistributed(parts=(taken_over(LoanId("no-loan"), 0),)), UnknownName, "pool pool has no loan no-loan"
    )
    story.then(debt_redistributed(parts=(taken_over(OTHER_LOAN, 0),)))


def test_a_cured_loan_may_take_over_what_was_recognized_of_itself() -> None:
    story = a_default(HOLD, principal=600).then(
        shortfall_recognized(principal=100),
        loan_cured(principal=500, interest=0),
        debt_redistributed(parts=(taken_over(LoanId("loan"), 100),)),
        case_closed(),
    )

    assert story.balance("assets:pool:loans:loan:principal") == 600


# Reversals.


@pytest.mark.parametrize(
    "fact",
    [
        reserve_drawn(id=EventId("borne"), amount=70),
        fund_drawn(id=EventId("borne"), amount=70, paid=80),
        fund_drawn(id=EventId("borne"), amount=70, lender=LENDER, shares=60),
        deficit_covered(id=EventId("borne"), amount=70, shares=60),
        deficit_recapitalized(id=EventId("borne"), amount=70),
        deficit_recapitalized(id=EventId("borne"), amount=70, lender=LENDER, shares=60),
        debt_redistributed(id=EventId("borne"), parts=(taken_over(OTHER_LOAN, 30), taken_over(THIRD_LOAN, 40))),
        bad_debt_socialized(id=EventId("borne"), amount=70),
    ],
)
def test_what_is_reversed_is_borne_by_nobody_and_may_be_borne_again(fact: AnyEvent) -> None:
    story = with_other_loans(HOLD).then(reserve_contributed(amount=70), fund_contributed(amount=80))
    balances, case = dict(story.books.sums.commodities()), deepcopy(story.books.cases[CASE])

    story.then(fact)
    story.then(story.reversal("borne"))

    assert dict(story.books.sums.commodities()) == balances
    assert story.books.cases[CASE] == case
    story.then(replace(fact, id=EventId("again")))


def test_a_reversed_draw_no_longer_counts_towards_the_limit() -> None:
    story = a_deficit(fund_layer(cap=100), SOCIALIZE, fund=400).then(fund_drawn(id=EventId("borne"), amount=60))

    story.then(story.reversal("borne"))

    story.refuses(fund_drawn(amount=101), WaterfallOrder, "layer fund fund can still bear 100, not 101")
    story.then(fund_drawn(amount=100), bad_debt_socialized(amount=500))


# Every size.


@pytest.mark.parametrize("amount", [1, AMOUNT_MAX])
def test_the_smallest_and_the_largest_amount_are_borne_to_the_unit(amount: int) -> None:
    story = a_pool(HOLD, assets=amount).then(
        reserve_contributed(amount=amount),
        loan_originated(principal=amount),
        loan_originated(loan=OTHER_LOAN, principal=0),
        interest_accrued(interest=amount),
        loan_defaulted(principal=amount, interest=amount),
        shortfall_recognized(principal=amount, interest=amount),
        reserve_drawn(amount=amount),
        debt_redistributed(parts=(taken_over(OTHER_LOAN, amount - 1),)),
        deficit_covered(amount=1, shares=1),
        case_closed(),
    )

    assert story.balance("equity:pool:reserve") == 0
    assert story.balance("assets:pool:loans:other-loan:principal") == amount - 1
    assert story.balance("liabilities:pool:claims:lenders") == 1 - 2 * amount
