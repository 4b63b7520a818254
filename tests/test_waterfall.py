"""The waterfall as data, the limits of a fund layer, and the turns that sources take: exact at any size."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ledger.errors import WaterfallOrder
from ledger.values import AMOUNT_MAX, LENDERS, WAD, FundId, TrancheId
from ledger.waterfall import (
    FundLayer,
    Layer,
    Source,
    Waterfall,
    fund_limit,
    fund_room,
    hold_to_order,
    source_of,
)
from tests.story import HOLD, JUNIOR, SOCIALIZE, fund_layer

WATERFALL = TypeAdapter[Waterfall](Waterfall)
FIRST, SECOND, THIRD = (fund_layer(fund=FundId(name)) for name in ("first", "second", "third"))

amounts = st.integers(0, 5) | st.integers(0, AMOUNT_MAX)
shares_wad = st.integers(0, WAD) | st.sampled_from([0, 1, WAD // 3, WAD - 1, WAD])
fund_layers = st.builds(fund_layer, cap=st.none() | amounts, share_wad=st.none() | shares_wad, floor=amounts)


# Layers as data.


def test_a_waterfall_is_read_and_written_as_it_stands() -> None:
    json = (
        b'[{"layer":"fund","fund":"first","cap":"5","share_wad":"1000000000000000000","floor":"2"},'
        b'{"layer":"socialize"},{"layer":"hold"}]'
    )

    waterfall = WATERFALL.validate_json(json)

    assert waterfall == (fund_layer(fund=FundId("first"), cap=5, share_wad=WAD, floor=2), SOCIALIZE, HOLD)
    assert WATERFALL.dump_json(waterfall) == json


@pytest.mark.parametrize(
    "json",
    [
        '[{"layer":"junior"}]',
        '[{"fund":"first"}]',
        '[{"layer":"fund"}]',
        '[{"layer":"fund","fund":"first","cap":5}]',
        '[{"layer":"fund","fund":"first","cap":"-5"}]',
        '[{"layer":"fund","fund":"first","share_wad":"1000000000000000001"}]',
        '[{"layer":"fund","fund":"first","limit":"5"}]',
        '[{"layer":"fund","fund":"a fund"}]',
        '[{"layer":"socialize","tranche":"lenders"}]',
        '[{"layer":"hold","fund":"first"}]',
        '{"layer":"hold"}',
        '["hold"]',
    ],
)
def test_a_layer_in_any_other_form_is_refused(json: str) -> None:
    with pytest.raises(ValidationError):
        WATERFALL.validate_json(json)


@pytest.mark.parametrize(
    ("layer", "source"), [(FIRST, ("fund", "first")), (SOCIALIZE, ("tranche", "lenders")), (HOLD, None)], ids=repr
)
def test_a_layer_names_its_source(layer: Layer, source: Source | None) -> None:
    assert source_of(layer) == source


# The limits of a fund layer.


@pytest.mark.parametrize(
    ("layer", "balance", "limit"),
    [
        (fund_layer(), 100, None),
        (fund_layer(floor=100), 100, None),
        (fund_layer(cap=30), 100, 30),
        (fund_layer(cap=30), 10, 30),
        (fund_layer(cap=0), 100, 0),
        (fund_layer(share_wad=WAD // 2), 101, 50),
        (fund_layer(share_wad=WAD), AMOUNT_MAX, AMOUNT_MAX),
        (fund_layer(share_wad=1), WAD - 1, 0),
        (fund_layer(share_wad=1), WAD, 1),
        (fund_layer(share_wad=0), AMOUNT_MAX, 0),
        (fund_layer(cap=30, share_wad=WAD // 2), 100, 30),
        (fund_layer(cap=70, share_wad=WAD // 2), 100, 50),
    ],
    ids=repr,
)
def test_the_limit_is_the_lower_of_cap_and_share_of_the_balance(
    layer: FundLayer, balance: int, limit: int | None
) -> None:
    assert fund_limit(layer, balance) == limit


@given(shares_wad, amounts)
def test_a_share_of_the_balance_is_rounded_down(share_wad: int, balance: int) -> None:
    limit = fund_limit(fund_layer(share_wad=share_wad), balance)

    assert limit is not None
    assert limit * WAD <= share_wad * balance < (limit + 1) * WAD


@pytest.mark.parametrize(
    ("floor", "limit", "paid", "balance", "room"),
    [
        (0, None, 0, 100, 100),
        (0, None, 70, 100, 100),
        (30, None, 0, 100, 70),
        (100, None, 0, 100, 0),
        (101, None, 0, 100, 0),
        (0, 40, 0, 100, 40),
        (0, 40, 15, 100, 25),
        (0, 40, 40, 100, 0),
        (0, 40, 41, 100, 0),
        (0, 40, 0, 30, 30),
        (70, 40, 0, 100, 30),
        (0, 0, 0, AMOUNT_MAX, 0),
        (0, AMOUNT_MAX, 0, AMOUNT_MAX, AMOUNT_MAX),
        (AMOUNT_MAX, None, 0, AMOUNT_MAX, 0),
        (AMOUNT_MAX - 1, AMOUNT_MAX, 0, AMOUNT_MAX, 1),
    ],
)
def test_the_room_is_the_lower_of_what_is_left_of_the_limit_and_what_stands_above_the_floor(
    *, floor: int, limit: int | None, paid: int, balance: int, room: int
) -> None:
    assert fund_room(fund_layer(floor=floor), limit=limit, paid=paid, balance=balance) == room


@given(fund_layers, amounts, amounts)
def test_a_fund_that_pays_its_room_keeps_its_floor_and_has_no_room_left(
    layer: FundLayer, recognized_at: int, balance: int
) -> None:
    limit = fund_limit(layer, recognized_at)
    room = fund_room(layer, limit=limit, paid=0, balance=balance)

    left = fund_room(layer, limit=limit, paid=room, balance=balance - room)

    assert left == 0
    assert balance - room >= min(layer.floor, balance)
    assert limit is None or room <= limit


@given(fund_layers, amounts, amounts, amounts)
def test_a_payment_takes_from_the_room_what_it_pays(layer: FundLayer, at: int, balance: int, amount: int) -> None:
    limit = fund_limit(layer, at)
    room = fund_room(layer, limit=limit, paid=0, balance=balance)
    paid = min(amount, room)

    assert fund_room(layer, limit=limit, paid=paid, balance=balance - paid) == room - paid


# Turns.


def rooms(**left: int) -> Callable[[Layer], int]:
    """The rooms of layers by the name of their fund, `socialize` or `hold`."""
    return lambda layer: left[layer.fund if isinstance(layer, FundLayer) else layer.layer]


FUND_1: Source = ("fund", FundId("first"))
FUND_2: Source = ("fund", FundId("second"))
FUND_3: Source = ("fund", FundId("third"))
TRANCHE: Source = ("tranche", LENDERS)


@pytest.mark.parametrize(
    ("waterfall", "source", "left"),
    [
        ((FIRST, SECOND, SOCIALIZE), FUND_1, {"first": 5, "second": 9, "socialize": 9}),
        ((FIRST, SECOND, SOCIALIZE), FUND_2, {"first": 0, "second": 5, "socialize": 9}),
        ((FIRST, SECOND, SOCIALIZE), TRANCHE, {"first": 0, "second": 0, "socialize": 5}),
        ((SOCIALIZE, FIRST), FUND_1, {"socialize": 0, "first": 5}),
        ((HOLD, FIRST, SECOND), FUND_2, {"hold": 0, "first": 9, "second": 5}),
        ((HOLD, FIRST, SOCIALIZE), TRANCHE, {"hold": 0, "first": 9, "socialize": 5}),
        ((FIRST, HOLD, SECOND, SOCIALIZE), TRANCHE, {"first": 0, "hold": 0, "second": 9, "socialize": 5}),
    ],
)
def test_a_source_bears_in_its_turn_up_to_its_room(waterfall: Waterfall, source: Source, left: dict[str, int]) -> None:
    hold_to_order(waterfall, source, 5, rooms(**left))

    with pytest.raises(WaterfallOrder, match="can still bear 5, not 6"):
        hold_to_order(waterfall, source, 6, rooms(**left))


@pytest.mark.parametrize(
    ("waterfall", "source", "left", "refusal"),
    [
        ((FIRST, SECOND), FUND_2, {"first": 1, "second": 9}, "layer fund first comes first and can still bear 1"),
        ((FIRST, SOCIALIZE), TRANCHE, {"first": 1, "socialize": 9}, "layer fund first comes first"),
        ((SOCIALIZE, FIRST), FUND_1, {"socialize": 1, "first": 9}, "layer socialize comes first and can still bear 1"),
        (
            (FIRST, SECOND, THIRD),
            FUND_3,
            {"first": 0, "second": 1, "third": 9},
            "layer fund second comes first and can still bear 1",
        ),
        ((FIRST, HOLD, SECOND), FUND_2, {"first": 1, "hold": 0, "second": 9}, "layer fund first comes first"),
    ],
)
def test_a_source_does_not_bear_while_an_earlier_layer_has_room(
    waterfall: Waterfall, source: Source, left: dict[str, int], refusal: str
) -> None:
    with pytest.raises(WaterfallOrder, match=f"law 6, the waterfall's order: {refusal}"):
        hold_to_order(waterfall, source, 1, rooms(**left))


@pytest.mark.parametrize(
    "source", [FUND_2, ("fund", FundId("lenders")), ("tranche", JUNIOR), ("tranche", TrancheId("first"))]
)
def test_a_source_that_no_layer_names_bears_at_any_time(source: Source) -> None:
    hold_to_order((FIRST, SOCIALIZE), source, AMOUNT_MAX, rooms(first=1, socialize=1))


def test_without_a_waterfall_every_source_bears_at_any_time() -> None:
    hold_to_order((), FUND_1, AMOUNT_MAX, rooms())


@given(st.permutations([FIRST, SECOND, THIRD, SOCIALIZE, HOLD]), st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_layers_that_bear_all_their_room_one_after_the_other_are_always_in_turn(
    waterfall: list[Layer], left: list[int]
) -> None:
    room = dict(zip(("first", "second", "third", "socialize", "hold"), [*left[:4], 0], strict=True))

    for layer in waterfall:
        if source := source_of(layer):
            name = "socialize" if source == TRANCHE else source[-1]
            hold_to_order(tuple(waterfall), source, room[name], rooms(**room))
            room[name] = 0
