"""The walk along a waterfall: each layer bears in its turn, up to its room, and what none can bear stays open."""

from typing import Any, Final, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.commands import ResolveShortfall, decide
from ledger.commands.walk import FundPrice, LayerBorne, price_of, resolution, walked
from ledger.errors import CommandRefused, UnknownName, WrongState
from ledger.events import AnyEvent, BadDebtSocialized, FundDrawn, ReserveDrawn, ShortfallRecognized
from ledger.values import LENDERS, WAD, EventId, FundId, TrancheId
from ledger.waterfall import FundLayer, Layer, ReserveLayer, TrancheLayer
from tests.commanded import AS_ASKED, bare, follows
from tests.story import (
    AT,
    CASE,
    ETH,
    FUND,
    HOLD,
    JUNIOR,
    POOL,
    SOCIALIZE,
    Story,
    a_deficit,
    a_pool,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    loan_defaulted,
    loan_originated,
    pool_opened,
    reserve_contributed,
    shortfall_recognized,
    terms_changed,
    told,
)

OTHER_FUND: Final = FundId("other-fund")
MEZZANINE: Final = TrancheId("mezzanine")
FIRST_LOSS: Final = TrancheLayer(layer="tranche", tranche=JUNIOR)
RESERVE: Final = ReserveLayer(layer="reserve")
OVERDRAWN: Final = ReserveLayer(layer="reserve", negative=True)


def bears(*layers: Layer, of: int, rooms: tuple[int | None, ...], price: FundPrice | None = None) -> list[LayerBorne]:
    """What layers bear of a deficit when each has so much room."""
    room = dict(zip(layers, rooms, strict=True))
    return list(walked(layers, of, lambda layer: room[layer], lambda _: price))


def at_price(price: int, scale: int = 0) -> FundPrice:
    return FundPrice(fund=FUND, price=price, scale=scale)


def test_the_first_layer_bears_all_that_it_can_before_the_next_bears_anything() -> None:
    assert bears(FIRST_LOSS, SOCIALIZE, of=10, rooms=(7, 100)) == [LayerBorne(FIRST_LOSS, 7), LayerBorne(SOCIALIZE, 3)]
    assert bears(FIRST_LOSS, SOCIALIZE, of=7, rooms=(7, 100)) == [LayerBorne(FIRST_LOSS, 7)]


def test_a_layer_without_room_is_passed_over() -> None:
    assert bears(fund_layer(), FIRST_LOSS, SOCIALIZE, of=10, rooms=(0, 0, 100)) == [LayerBorne(SOCIALIZE, 10)]


def test_a_layer_without_a_bound_bears_all_that_is_left() -> None:
    assert bears(FIRST_LOSS, OVERDRAWN, SOCIALIZE, of=10, rooms=(4, None, 9)) == [
        LayerBorne(FIRST_LOSS, 4),
        LayerBorne(OVERDRAWN, 6),
    ]


def test_what_no_layer_can_bear_stays_open() -> None:
    assert bears(FIRST_LOSS, of=10, rooms=(4,)) == [LayerBorne(FIRST_LOSS, 4)]
    assert bears(of=10, rooms=()) == []


def test_from_hold_on_no_layer_bears_anything() -> None:
    assert bears(FIRST_LOSS, HOLD, SOCIALIZE, of=10, rooms=(4, 0, 100)) == [LayerBorne(FIRST_LOSS, 4)]


def test_a_fund_of_another_asset_pays_what_a_deficit_costs_in_its_own_rounded_up() -> None:
    assert bears(fund_layer(), of=10, rooms=(100,), price=at_price(3)) == [LayerBorne(fund_layer(), 10, 4)]
    assert bears(fund_layer(), of=10, rooms=(100,), price=at_price(3, scale=1)) == [LayerBorne(fund_layer(), 10, 34)]


def test_a_fund_of_another_asset_that_cannot_pay_all_pays_its_whole_room() -> None:
    assert bears(fund_layer(), of=10, rooms=(3,), price=at_price(3)) == [LayerBorne(fund_layer(), 9, 3)]
    assert bears(fund_layer(), of=10, rooms=(8,), price=at_price(3, scale=1)) == [LayerBorne(fund_layer(), 2, 8)]  # 2.4


def test_a_fund_of_another_asset_that_can_pay_all_pays_no_more_than_that_costs() -> None:
    assert bears(fund_layer(), of=1, rooms=(5,), price=at_price(3, scale=1)) == [LayerBorne(fund_layer(), 1, 4)]


def test_a_room_worth_less_than_a_unit_is_paid_so_that_the_next_layer_may_bear() -> None:
    assert bears(fund_layer(), SOCIALIZE, of=10, rooms=(2, 100), price=at_price(3, scale=1)) == [
        LayerBorne(fund_layer(), 0, 2),
        LayerBorne(SOCIALIZE, 10),
    ]


def in_two_assets() -> Story:
    """A deficit of 60 that a fund which holds 10 ETH bears first, then the lenders."""
    return told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        fund_opened(asset=ETH),
        fund_contributed(amount=10),
        pool_opened(waterfall=(fund_layer(floor=2), SOCIALIZE)),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=60),
        loan_defaulted(principal=60, interest=0),
        shortfall_recognized(principal=60),
    )


def resolved(story: Story, *prices: FundPrice) -> list[AnyEvent]:
    """The facts of a resolution, each admitted before the next is asked for would change nothing."""
    facts = list(resolution(story.books, POOL, CASE, AT, prices))
    story.then(*facts)
    return facts


def test_a_resolution_of_an_open_deficit_needs_no_recognition() -> None:
    story = a_deficit(fund_layer(cap=40), SOCIALIZE, principal=60, fund=100)
    assert resolved(story) == [
        fund_drawn(amount=40),
        bad_debt_socialized(amount=20, claims_before=1000, shares=1000, holder_count=1),
    ]
    assert resolved(story) == []


def test_a_resolution_takes_up_where_others_have_borne_part_of_it() -> None:
    story = a_deficit(fund_layer(cap=40), SOCIALIZE, principal=60, fund=100).then(fund_drawn(amount=30))
    assert resolved(story) == [
        fund_drawn(amount=10),
        bad_debt_socialized(amount=20, claims_before=1000, shares=1000, holder_count=1),
    ]


def test_a_resolution_in_two_assets_goes_by_the_price_given() -> None:
    assert resolved(in_two_assets(), at_price(5)) == [
        fund_drawn(amount=40, paid=8),
        bad_debt_socialized(amount=20, claims_before=1000, shares=1000, holder_count=1),
    ]


@pytest.mark.parametrize(
    "prices",
    [(), (at_price(0),), (at_price(5), at_price(5)), (FundPrice(fund=OTHER_FUND, price=5, scale=0),)],
    ids=["none", "nothing", "two", "another's"],
)
def test_a_fund_of_another_asset_needs_one_price(prices: tuple[FundPrice, ...]) -> None:
    with pytest.raises(CommandRefused, match="fund fund holds ETH: one price above 0 says what that is worth in USD"):
        resolved(in_two_assets(), *prices)


def test_a_fund_that_has_nothing_to_pay_needs_no_price() -> None:
    story = in_two_assets().then(fund_drawn(amount=1, paid=8))
    assert resolved(story) == [bad_debt_socialized(amount=59, claims_before=1000, shares=1000, holder_count=1)]


def test_a_fund_of_the_same_asset_has_no_price() -> None:
    assert price_of(a_pool(fund=5).books, POOL, FUND, (at_price(7),)) is None


def test_a_fund_that_was_not_opened_has_no_price() -> None:
    with pytest.raises(UnknownName, match="no fund other-fund was opened"):
        price_of(a_pool().books, POOL, OTHER_FUND, ())


def test_a_closed_case_is_not_resolved() -> None:
    story = a_deficit(SOCIALIZE, principal=60).then(bad_debt_socialized(amount=60), case_closed())
    with pytest.raises(WrongState, match="case case is closed"):
        resolved(story)


class Scene(NamedTuple):
    """What a deficit falls on. `claims` are those of the lenders, and of the tranches that bear before them."""

    waterfall: tuple[Layer, ...]
    exposure: int
    claims: dict[TrancheId, int]
    funds: dict[FundId, int]
    reserve: int
    price: FundPrice
    changed: bool


AMOUNTS: Final = st.integers(0, 5) | st.integers(0, 2**200)
SHARES: Final = st.none() | st.sampled_from([0, 1, WAD // 3, WAD // 2, WAD]) | st.integers(0, WAD)


def fund_layers(fund: FundId) -> st.SearchStrategy[Layer]:
    return st.builds(fund_layer, fund=st.just(fund), cap=st.none() | AMOUNTS, share_wad=SHARES, floor=AMOUNTS)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Any waterfall over two tranches, two funds (one of another asset), the reserve and the lenders."""
    layers = [
        FIRST_LOSS,
        TrancheLayer(layer="tranche", tranche=MEZZANINE),
        draw(fund_layers(FUND)),
        draw(fund_layers(OTHER_FUND)),
        ReserveLayer(layer="reserve", floor=draw(AMOUNTS), negative=draw(st.booleans())),
        SOCIALIZE,
        HOLD,
    ]
    order = draw(st.permutations(layers))
    return Scene(
        waterfall=tuple(order[: draw(st.integers(0, len(order)))]),
        exposure=draw(AMOUNTS),
        claims={tranche: draw(AMOUNTS) for tranche in (LENDERS, JUNIOR, MEZZANINE)},
        funds={fund: draw(AMOUNTS) for fund in (FUND, OTHER_FUND)},
        reserve=draw(AMOUNTS),
        price=FundPrice(fund=OTHER_FUND, price=draw(st.integers(1, 2**40)), scale=draw(st.integers(0, 12))),
        changed=draw(st.booleans()),
    )


def set_up(scene: Scene) -> Story:
    """The books just before the resolution. The loan is funded by a tranche that no layer names."""
    waterfall: dict[str, Any] = {} if scene.changed else {"waterfall": scene.waterfall}
    funding = TrancheId("funding")
    story = told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        fund_opened(),
        fund_opened(fund=OTHER_FUND, asset=ETH),
        *(fund_contributed(fund=fund, amount=amount) for fund, amount in scene.funds.items()),
        pool_opened(tranches=(JUNIOR, MEZZANINE, funding), **waterfall),
        *(deposited(tranche=tranche, assets=amount, shares=7) for tranche, amount in scene.claims.items()),
        deposited(tranche=funding, assets=scene.exposure, shares=scene.exposure),
        reserve_contributed(amount=scene.reserve),
        loan_originated(principal=scene.exposure),
        loan_defaulted(principal=scene.exposure, interest=0),
    )
    return story.then(terms_changed(waterfall=scene.waterfall)) if scene.changed else story


def command(scene: Scene, **fields: Any) -> ResolveShortfall:
    return ResolveShortfall(**{"at": AT, "id": AS_ASKED, "pool": POOL, "case": CASE, "prices": (scene.price,)} | fields)


def room_of(scene: Scene, layer: Layer) -> int | None:
    """What a layer can bear, in the pool's asset, worked out from the scene alone; None without a bound."""
    match layer:
        case TrancheLayer(tranche=tranche):
            return scene.claims[tranche]
        case FundLayer(fund=fund):
            balance = scene.funds[fund]
            bounds = [balance - layer.floor]
            bounds += [] if layer.cap is None else [layer.cap]
            bounds += [] if layer.share_wad is None else [balance * layer.share_wad // WAD]
            room = max(min(bounds), 0)
            return room if fund == FUND else room * scene.price.price // 10**scene.price.scale
        case ReserveLayer():
            return None if layer.negative else max(scene.reserve - layer.floor, 0)
        case _:
            return scene.claims[LENDERS] if layer == SOCIALIZE else 0


def expected(scene: Scene) -> list[int]:
    """What each layer of the waterfall bears, in its order."""
    left, amounts, held = scene.exposure, [], False
    for layer in scene.waterfall:
        held = held or layer == HOLD
        room = 0 if held else room_of(scene, layer)
        amounts.append(left if room is None else min(left, room))
        left -= amounts[-1]
    return amounts


def named(fact: AnyEvent) -> str:
    """The source that bears."""
    if isinstance(fact, BadDebtSocialized):
        return f"tranche {fact.tranche}"
    return f"fund {fact.fund}" if isinstance(fact, FundDrawn) else "reserve"


def amount_of(fact: AnyEvent) -> int:
    """What it bears, in the pool's asset."""
    assert isinstance(fact, FundDrawn | ReserveDrawn | BadDebtSocialized)
    return fact.amount


def name_of(layer: Layer) -> str:
    if isinstance(layer, FundLayer):
        return f"fund {layer.fund}"
    if isinstance(layer, TrancheLayer):
        return f"tranche {layer.tranche}"
    return f"tranche {LENDERS}" if layer == SOCIALIZE else layer.layer


@given(scenes())
def test_every_layer_bears_in_its_turn_what_it_can_and_all_of_it_is_admitted(scene: Scene) -> None:
    story = set_up(scene)
    if not scene.exposure:
        with pytest.raises(CommandRefused, match="nothing is in default under case case"):
            decide(command(scene), story.books)
        return

    recognition, *steps = follows(story, command(scene))

    assert recognition == shortfall_recognized(principal=scene.exposure)
    borne = {named(fact): amount_of(fact) for fact in steps}
    amounts = expected(scene)
    assert {name: amount for name, amount in borne.items() if amount} == {
        name_of(layer): amount for layer, amount in zip(scene.waterfall, amounts, strict=True) if amount
    }
    order = [name_of(layer) for layer in scene.waterfall if name_of(layer) in borne]
    assert [named(fact) for fact in steps] == order
    assert sum(borne.values()) + story.books.deficit(POOL, CASE) == scene.exposure


@given(scenes())
def test_a_fund_never_pays_beyond_its_cap_its_share_its_floor_or_what_a_unit_more_would_bear(scene: Scene) -> None:
    story = set_up(scene)
    if not scene.exposure:
        return
    steps = follows(story, command(scene))
    layers = {layer.fund: layer for layer in scene.waterfall if isinstance(layer, FundLayer)}
    for fact in steps:
        if isinstance(fact, FundDrawn):
            layer, balance, paid = layers[fact.fund], scene.funds[fact.fund], fact.price()
            assert paid <= balance - layer.floor
            assert layer.cap is None or paid <= layer.cap
            assert layer.share_wad is None or paid * WAD <= balance * layer.share_wad
            assert story.books.fund_balance(fact.fund) == balance - paid
            worth = paid if fact.fund == FUND else scene.price.worth(paid)
            assert fact.amount <= worth
            assert fact.fund == OTHER_FUND or paid == fact.amount
            if fact.amount < scene.exposure and fact.fund == OTHER_FUND:
                assert worth - fact.amount <= scene.price.worth(1) + 1


@given(scenes())
def test_what_is_resolved_twice_is_resolved_once(scene: Scene) -> None:
    story = set_up(scene)
    if not scene.exposure:
        return
    follows(story, command(scene))
    with pytest.raises(CommandRefused, match="nothing is in default under case case, and no"):
        decide(command(scene, id=EventId("again")), story.books)


@given(scenes(), st.integers(0, 2**200))
def test_a_shortfall_recognized_in_two_parts_is_borne_as_in_one(scene: Scene, first: int) -> None:
    """Funds of another asset aside, for each part costs them a rounding of its own."""
    layers = tuple(
        layer for layer in scene.waterfall if not (isinstance(layer, FundLayer) and layer.fund == OTHER_FUND)
    )
    scene = scene._replace(waterfall=layers)
    if not scene.exposure:
        return
    at_once, in_parts = set_up(scene), set_up(scene)
    follows(at_once, command(scene))

    in_parts.then(shortfall_recognized(principal=min(first, scene.exposure)))
    in_parts.then(*map(bare, resolution(in_parts.books, POOL, CASE, AT, ())))
    if in_parts.books.cases[CASE].in_default:
        follows(in_parts, command(scene))

    assert dict(in_parts.books.sums.commodities()) == dict(at_once.books.sums.commodities())


def test_the_limits_of_funds_are_those_that_the_recognition_fixes() -> None:
    story = a_pool(fund_layer(share_wad=WAD // 2), SOCIALIZE, fund=100).then(
        loan_originated(principal=300), loan_defaulted(principal=300, interest=0)
    )
    _, draw, _ = follows(story, ResolveShortfall(at=AT, id=AS_ASKED, pool=POOL, case=CASE))
    assert draw == fund_drawn(amount=50)
    assert story.books.cases[CASE].limits == {FUND: 50}


def test_money_that_a_fund_gets_later_is_no_room_of_a_share_that_is_fixed() -> None:
    story = a_pool(fund_layer(share_wad=WAD // 2), fund=100).then(
        loan_originated(principal=300), loan_defaulted(principal=300, interest=0), shortfall_recognized(principal=10)
    )
    story.then(fund_contributed(amount=1000))
    recognition, draw = follows(story, ResolveShortfall(at=AT, id=AS_ASKED, pool=POOL, case=CASE))
    assert isinstance(recognition, ShortfallRecognized)
    assert draw == fund_drawn(amount=50)
