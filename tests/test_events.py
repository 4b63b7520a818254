"""Events as bytes: the one canonical form of each, its id, its way there and back, and the golden lines."""

import json
import re
from collections import Counter
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from functools import cache
from hashlib import sha256
from operator import neg
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import ValidationError

from ledger.accounts import Charters, fund_charter, net, no_charters, pool_charter, postings
from ledger.chart import owner
from ledger.events import (
    ADAPTER,
    CATALOGUE,
    DECODE,
    AnyEvent,
    DebtRedistributed,
    Event,
    Evidence,
    PoolOpened,
    PostedLine,
    RecoveryAllocated,
    RecoveryPart,
    RedistributedPart,
)
from ledger.terms import ProceedsOrder
from ledger.values import (
    AMOUNT_MAX,
    LENDERS,
    WAD,
    Account,
    AccountName,
    Amount,
    AssetId,
    Commodity,
    Count,
    Counted,
    DebtMode,
    EventId,
    FundId,
    Held,
    Instant,
    LoanId,
    PoolId,
    Scale,
    Sha256,
    Signed,
    Text,
    Timestamp,
    TrancheId,
)
from ledger.waterfall import FundLayer, ReserveLayer, TrancheLayer
from tests.story import (
    HOLD,
    JUNIOR,
    OTHER_LENDER,
    SOCIALIZE,
    adjustment_posted,
    bad_debt_socialized,
    deposited,
    fund_layer,
    interest_allocated,
    part,
    pool_opened,
    posted,
    terms_changed,
)

GOLDEN: Final = (Path(__file__).parent / "data" / "golden.jsonl").read_bytes().splitlines(keepends=True)
SEALED: Final = (
    (48, "2dc3ebec7b3be3a1b643010cbfe7e54e82b99b660693383b2c3f5c33ac1076e5"),
    (96, "e62a1daabba84d71ff25b032892bf6c4f47316057c4c69705642b09b064fc9a3"),
    (97, "2d67ab59553fc7c113e23cc965272a315f700b418b0c793d6b49b04a65379c80"),
)
"""How many lines the golden file had at each sealing, and their SHA-256. New lines follow and are sealed beside."""

ENVELOPE: Final = dict.fromkeys(("occurred_at", "evidence", "override", "memo", "command", "cause"))
PAID_IN_SHARES: Final = {"lender": None, "shares": 0, "tranche": "lenders"}
OMITTED: Final[dict[str, dict[str, Any]]] = {
    "asset-registered": {"reference": None},
    "pool-opened": {
        "virtual_assets": 0,
        "virtual_shares": 0,
        "rate_scale": 0,
        "tranches": (),
        "proceeds_order": ("interest", "principal"),
        "recovery": "reverse-waterfall",
        "exit_price": "claims",
        "fee_recipient": None,
        "reserve_factor_wad": 0,
        "collateral": (),
    },
    "fund-opened": {},
    "terms-changed": dict.fromkeys(
        (
            "waterfall",
            "proceeds_order",
            "recovery",
            "exit_price",
            "fee_recipient",
            "reserve_factor_wad",
            "collateral",
        )
    ),
    "price-observed": {"source": None},
    "deposited": {"tranche": "lenders"},
    "withdrawn": {"tranche": "lenders"},
    "shares-transferred": {"tranche": "lenders"},
    "loan-originated": {"debt_shares": 0, "maturity": None, "rate": None} | PAID_IN_SHARES,
    "loan-drawn": {"case": None, "debt_shares": 0} | PAID_IN_SHARES,
    "interest-accrued": {
        "loan": None,
        "case": None,
        "index": None,
        "reserve": 0,
        "fee_recipient": None,
        "fee_shares": 0,
        "allocation": (),
    },
    "interest-allocated": {"case": None},
    "repaid": {"case": None, "payer": None, "interest": 0, "debt_shares": 0, "rounding": 0} | PAID_IN_SHARES,
    "debt-transferred": {"case": None, "interest": 0, "debt_shares": 0},
    "collateral-posted": {},
    "collateral-released": {},
    "income-received": {"source": None},
    "reserve-contributed": PAID_IN_SHARES,
    "reserve-withdrawn": {"recipient": None} | PAID_IN_SHARES,
    "loan-defaulted": {"fees": 0, "health": None, "collateral_value": None},
    "allowance-changed": {"increase": None, "decrease": None},
    "cost-advanced": {"payee": None} | PAID_IN_SHARES,
    "collateral-sold": dict.fromkeys(
        ("costs", "interest", "penalty", "recovery", "surplus", "rounding", "debt_shares"), 0
    )
    | {"buyer": None, "mark_value": None, "source": "collateral", "auction": None, "started_at": None}
    | PAID_IN_SHARES,
    "guarantee-paid": dict.fromkeys(("interest", "recovery", "surplus", "costs", "debt_shares"), 0),
    "surplus-returned": {"payee": None},
    "loan-cured": {},
    "shortfall-recognized": {"interest": 0, "debt_shares": 0},
    "fund-drawn": {"paid": None} | PAID_IN_SHARES,
    "reserve-drawn": {},
    "deficit-covered": {"tranche": "lenders"},
    "deficit-recapitalized": {"instrument": None, "quantity": None} | PAID_IN_SHARES,
    "debt-redistributed": {},
    "bad-debt-socialized": {"claims_before": None, "shares": None, "holder_count": None},
    "case-closed": {},
    "fund-contributed": {"shares": 0},
    "fund-withdrawn": {"shares": 0},
    "recovery-received": {"costs": 0, "payer": None},
    "recovery-allocated": {},
    "restitution-paid": {"tranche": "lenders"},
    "entry-reversed": {},
    "adjustment-posted": {"pool": None, "fund": None, "case": None},
    "balance-asserted": {"source": None},
    "period-closed": {},
    "reconciliation-prepared": {},
    "reconciliation-reviewed": {},
    "reconciliation-signed": {},
}
"""What an entry means by a field that its bytes leave out: as permanent as the bytes."""

# Strategies: any value that the border takes, made from an event's own declarations.

amounts = st.integers(0, 5) | st.integers(0, AMOUNT_MAX) | st.just(AMOUNT_MAX)
wild_names = st.text("abcXYZ019._/@+#-", min_size=1, max_size=8) | st.just("x" * 128)
few_names = st.sampled_from(["one", "two"])
instants = st.builds(
    "{:04}-{:02}-{:02}T{:02}:{:02}:59{}Z".format,
    *(st.integers(low, high) for low, high in ((1, 9999), (1, 12), (1, 28), (0, 23), (0, 59))),
    st.sampled_from(["", ".5", ".000000001", ".123456789"]),
)
hexadecimal = st.text("0123456789abcdef", min_size=64, max_size=64)

signed_amounts = amounts | amounts.map(neg)

NARROWER: Final = {"log_index": st.integers(0, 2**63 - 1)}
"""Fields that hold less than their type: evidence names something."""


def events_of(kind: type[AnyEvent], names: SearchStrategy[str]) -> SearchStrategy[AnyEvent]:
    """Any event of a kind."""
    owners = [{"pool": names, "fund": st.none()}, {"pool": st.none(), "fund": names}]
    ways = [{"increase": amounts, "decrease": st.none()}, {"increase": st.none(), "decrease": amounts}]
    forms: dict[str, list[dict[str, SearchStrategy[Any]]]] = {"adjustment-posted": owners, "allowance-changed": ways}
    return st.one_of(*(st.builds(kind, **_fields_of(kind, names) | form) for form in forms.get(kind.type, [{}])))


def recovery_parts(names: SearchStrategy[str]) -> SearchStrategy[RecoveryPart]:
    """Any part of a recovery: each kind of taker names what it needs."""
    unnamed = st.sampled_from(["deficit", "reserve", "tranche"])
    named = st.sampled_from(["fund", "tranche", "borrower"])
    return (
        st.builds(RecoveryPart, to=unnamed, amount=amounts)
        | st.builds(RecoveryPart, to=named, name=names, amount=amounts)
        | st.builds(RecoveryPart, to=st.just("bearers"), amount=amounts, basis=names)
    )


def free_postings(names: SearchStrategy[str]) -> SearchStrategy[tuple[PostedLine, ...]]:
    """Any free lines that balance: each debit has a credit, in an account of the same owner."""
    pairs = st.builds(_opposite, names, account_ends(names), account_ends(names), counted(names), amounts.filter(bool))
    return st.lists(pairs, max_size=3).map(lambda found: tuple(line for pair in found for line in pair))


def _opposite(of: str, debit: str, credit: str, commodity: str, amount: int) -> tuple[PostedLine, PostedLine]:
    return (
        PostedLine(Account(f"assets:{of}{debit}"), Commodity(commodity), amount),
        PostedLine(Account(f"liabilities:{of}{credit}"), Commodity(commodity), -amount),
    )


def account_ends(names: SearchStrategy[str]) -> SearchStrategy[str]:
    """What follows the owner in the name of an account."""
    return st.lists(names, max_size=3).map(lambda parts: "".join(f":{part}" for part in parts))


def account_names(names: SearchStrategy[str]) -> SearchStrategy[str]:
    """Any name of an account."""
    kinds = st.sampled_from(["assets", "liabilities", "equity", "register"])
    return st.builds("{}:{}{}".format, kinds, names, account_ends(names))


def counted(names: SearchStrategy[str]) -> SearchStrategy[str]:
    """Anything that an account may be kept in."""
    registers = st.builds("shares:{}:{}".format, names, names) | st.builds("shares:{}".format, names)
    return names | registers | st.builds("debt:{}".format, names)


def _fields_of(kind: Any, names: SearchStrategy[str]) -> dict[str, SearchStrategy[Any]]:
    hints = get_type_hints(kind, include_extras=True)
    values = {field.name: _values(hints[field.name], names) for field in fields(kind)}
    return values | {name: value for name, value in NARROWER.items() if name in values}


def _values(hint: Any, names: SearchStrategy[str]) -> SearchStrategy[Any]:
    """Any value of a declared type."""
    plain = _plain(names)
    if hint in plain:
        return plain[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return st.integers(0, WAD) if arguments[0] is int else _values(arguments[0], names)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, UnionType):
        return st.one_of(*(_values(argument, names) for argument in arguments))
    if origin is tuple:
        return st.lists(_values(arguments[0], names), max_size=3).map(tuple)
    return st.builds(hint, **_fields_of(hint, names)) if is_dataclass(hint) else names  # type: ignore[arg-type]  # a class


@cache
def _plain(names: SearchStrategy[str]) -> dict[Any, SearchStrategy[Any]]:
    """Any value of each type that is told by itself; made once, for it takes long."""
    return {
        bool: st.booleans(),
        Amount: amounts,
        Signed: signed_amounts,
        Instant: instants,
        Text: st.text(min_size=1, max_size=20),
        Count: st.integers(0, 2**63 - 1),
        Scale: st.integers(0, 255),
        Sha256: hexadecimal,
        Held: names | st.builds("shares:{}:{}".format, names, names),
        AccountName: account_names(names),
        Counted: counted(names),
        ProceedsOrder: st.permutations(["interest", "principal"]).map(tuple),
        RecoveryPart: recovery_parts(names),
        tuple[PostedLine, ...]: free_postings(names),
        NoneType: st.none(),
    }


EVENTS: Final = {name: events_of(kind, wild_names) for name, kind in CATALOGUE.items()}
any_event = st.one_of(*EVENTS.values())
any_known_event = st.one_of(*(events_of(kind, few_names) for kind in CATALOGUE.values()))


def _charters(debt: DebtMode) -> Charters:
    """Charters in which both of the few names are a pool, a fund, a tranche."""
    charters = no_charters()
    for name in ("one", "two"):
        charters.funds[FundId(name)] = fund_charter(FundId(name), AssetId("fund-asset"))
        charters.pools[PoolId(name)] = pool_charter(
            pool=PoolId(name),
            asset=AssetId("pool-asset"),
            debt=debt,
            virtual_assets=0,
            virtual_shares=0,
            rate_scale=0,
            tranches=(TrancheId("one"), TrancheId("two")),
        )
    return charters


# Canonical bytes.


def test_the_canonical_form_is_compact_with_the_type_first_and_the_fields_as_declared() -> None:
    event = deposited(
        shares=2,
        assets=1,
        lender=OTHER_LENDER,
        tranche=TrancheId("junior"),
        memo="à",
        id=EventId("d/1"),
        pool=PoolId("P"),
    )

    assert event.canonical() == (
        b'{"type":"deposited","at":"2022-11-22T13:31:23Z","id":"d/1","memo":"\xc3\xa0",'
        b'"pool":"P","tranche":"junior","lender":"other-lender","assets":"1","shares":"2"}'
    )


def test_an_optional_field_at_its_default_is_left_out_and_a_required_one_at_zero_is_not() -> None:
    told = deposited(assets=0, shares=0, tranche=LENDERS, memo=None, evidence=None, override=None)

    assert told.canonical() == (
        b'{"type":"deposited","at":"2022-11-22T13:31:23Z","pool":"pool","lender":"lender","assets":"0","shares":"0"}'
    )


def test_an_optional_amount_without_a_default_is_written_at_zero() -> None:
    assert (
        b'"claims_before":"0","shares":"0","holder_count":0}'
        in bad_debt_socialized(amount=1, claims_before=0, shares=0, holder_count=0).canonical()
    )
    assert bad_debt_socialized(amount=1).canonical().endswith(b'"amount":"1"}')


def test_layers_are_written_by_the_same_rule() -> None:
    event = pool_opened(waterfall=(fund_layer(cap=0, floor=0), fund_layer(share_wad=WAD), SOCIALIZE, HOLD))

    assert event.canonical().endswith(
        b'"waterfall":[{"layer":"fund","fund":"fund","cap":"0"},'
        b'{"layer":"fund","fund":"fund","share_wad":"1000000000000000000"},{"layer":"socialize"},{"layer":"hold"}]}'
    )


def test_a_layer_of_the_reserve_leaves_out_a_floor_of_nothing_and_that_it_stays_positive() -> None:
    plain, bounded = ReserveLayer(layer="reserve", floor=0, negative=False), ReserveLayer(layer="reserve", floor=7)
    event = pool_opened(waterfall=(TrancheLayer("tranche", JUNIOR), plain, bounded, replace(plain, negative=True)))

    assert event.canonical().endswith(
        b'"waterfall":[{"layer":"tranche","tranche":"junior"},{"layer":"reserve"},'
        b'{"layer":"reserve","floor":"7"},{"layer":"reserve","negative":true}]}'
    )


def test_terms_that_become_empty_or_zero_are_written_and_terms_that_stay_are_not() -> None:
    event = terms_changed(waterfall=(), reserve_factor_wad=0, collateral=())

    assert event.canonical().endswith(b'"pool":"pool","waterfall":[],"reserve_factor_wad":"0","collateral":[]}')


def test_a_signed_amount_is_text_with_its_sign() -> None:
    down, lines = interest_allocated(interest=-7), posted(("assets:pool:cash", 7), ("equity:pool:reserve", -7))

    assert down.canonical().endswith(b'"loan":"loan","interest":"-7"}')
    assert (
        adjustment_posted(pool=PoolId("pool"), postings=lines)
        .canonical()
        .endswith(
            b'"postings":[{"account":"assets:pool:cash","commodity":"USD","amount":"7"},'
            b'{"account":"equity:pool:reserve","commodity":"USD","amount":"-7"}]}'
        )
    )


def test_an_effective_time_is_written_in_utc_with_the_shortest_fraction() -> None:
    event = deposited(at=Timestamp("2022-11-22T14:31:23.500+01:00"), assets=1, shares=1)

    assert event.at == "2022-11-22T13:31:23.5Z"
    assert event.canonical().startswith(b'{"type":"deposited","at":"2022-11-22T13:31:23.5Z",')


def test_numbers_of_evidence_are_integers() -> None:
    evidence = Evidence(chain_id=1, block=15_905_678, tx="0x3a", log_index=0)

    assert (
        b'"evidence":{"chain_id":1,"block":15905678,"tx":"0x3a","log_index":0},'
        in deposited(assets=1, shares=1, evidence=evidence).canonical()
    )


def test_spacing_escapes_and_the_order_of_keys_do_not_change_an_event() -> None:
    plain = b'{"type":"deposited","at":"2022-11-22T13:31:23Z","pool":"P","lender":"L","assets":"1","shares":"2"}'
    other = b"""{ "shares" : "2", "\\u0061ssets": "1", "lender": "\\u004c", "tranche": "lenders", "memo": null,
        "pool": "P", "at": "2022-11-22t14:31:23.0+01:00", "type": "deposited" }"""

    assert ADAPTER.validate_json(other).canonical() == plain


@pytest.mark.parametrize("kind", CATALOGUE)
@given(st.data())
@settings(max_examples=40)
def test_any_event_comes_back_from_its_canonical_bytes_and_gives_the_same_bytes(kind: str, data: st.DataObject) -> None:
    event = data.draw(EVENTS[kind])

    stored = event.canonical()

    assert ADAPTER.validate_json(stored) == DECODE[event.type](stored) == event
    assert DECODE[event.type](stored).canonical() == stored


@given(any_event)
def test_canonical_bytes_are_what_json_writes_compactly_in_that_order(event: AnyEvent) -> None:
    stored = event.canonical()
    pairs = json.loads(stored)

    assert json.dumps(pairs, ensure_ascii=False, separators=(",", ":")).encode() == stored
    assert list(pairs) == [field.name for field in _type_first(event) if field.name in pairs]


def _type_first(event: AnyEvent) -> list[Any]:
    return sorted(fields(event), key=lambda field: field.name != "type")


@given(any_known_event, st.sampled_from(get_args(DebtMode)))
def test_the_moves_of_any_event_balance_in_every_commodity_for_every_pool_and_fund(
    event: AnyEvent, debt: DebtMode
) -> None:
    moves = event.moves(_charters(debt))
    sums: Counter[tuple[str, Commodity]] = Counter()
    for account, commodity, amount in postings(moves):
        sums[owner(account), commodity] += amount

    assert not any(sums.values())


@given(any_known_event, st.sampled_from(get_args(DebtMode)))
def test_the_lines_of_any_event_come_to_what_its_moves_do(event: AnyEvent, debt: DebtMode) -> None:
    charters = _charters(debt)

    assert net(event.lines(charters)) == net(postings(event.moves(charters)))


# Ids.


def test_the_id_of_a_fact_without_one_is_the_sha_256_of_its_canonical_bytes() -> None:
    event = deposited(assets=1, shares=1)

    assert event.identified() == replace(event, id=EventId(sha256(event.canonical()).hexdigest()))


def test_the_second_and_third_equal_line_are_marked() -> None:
    event = deposited(assets=1, shares=1)
    digest = sha256(event.canonical()).hexdigest()

    assert [event.identified(copy).id for copy in (1, 2, 3)] == [digest, f"{digest}#2", f"{digest}#3"]


# What an event refuses.


@pytest.mark.parametrize("line", GOLDEN, ids=[f"golden-{number}" for number in range(1, len(GOLDEN) + 1)])
def test_an_event_is_frozen_and_hashable_to_its_last_part(line: bytes) -> None:
    event = ADAPTER.validate_json(line)

    with pytest.raises(FrozenInstanceError):
        event.memo = "changed"  # type: ignore[misc]  # that it is refused is the point
    assert hash(event) == hash(ADAPTER.validate_json(line))


@pytest.mark.parametrize("kind", CATALOGUE)
def test_a_field_that_an_event_does_not_declare_is_refused(kind: str) -> None:
    line = _golden_of(kind)[0]

    with pytest.raises(ValidationError, match=r"colour\s+Unexpected keyword argument"):
        DECODE[kind](line.replace(b'"at":', b'"colour":"red","at":'))


@pytest.mark.parametrize(
    ("declared", "line"),
    [
        ("evidence", b'"evidence":{"colour":1},"pool"'),
        (
            "waterfall",
            b'"pool":"P","asset":"A","debt":"bilateral","waterfall":[{"layer":"hold","colour":1}],"recovery"',
        ),
        (
            "waterfall",
            b'"pool":"P","asset":"A","debt":"pooled","waterfall":[{"layer":"reserve","colour":1}],"recovery"',
        ),
    ],
)
def test_a_field_that_a_part_of_an_event_does_not_declare_is_refused(declared: str, line: bytes) -> None:
    plain = b'{"type":"pool-opened","at":"2022-11-22T13:31:23Z",%b:"none"}'

    with pytest.raises(ValidationError, match=rf"{declared}.*colour\s+Unexpected keyword argument"):
        ADAPTER.validate_json(plain % line)


@pytest.mark.parametrize("part", [b'"evidence":{}', b'"evidence":{"block":null}', b'"memo":""', b'"override":""'])
def test_a_part_that_says_nothing_is_left_out_not_given(part: bytes) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_json(_golden_of("deposited")[0].replace(b'"pool":', b'%b,"pool":' % part))


@pytest.mark.parametrize(
    ("kind", "declared", "undeclared"),
    [
        ("debt-redistributed", b'"loan":"loan-3",', b'"loan":"loan-3","interest":"0",'),
        ("recovery-allocated", b'{"to":"deficit",', b'{"to":"deficit","colour":1,'),
        ("entry-reversed", b'"commodity":"USDC",', b'"commodity":"USDC","colour":1,'),
        ("adjustment-posted", b'"commodity":"debt:morpho",', b'"commodity":"debt:morpho","colour":1,'),
    ],
)
def test_a_field_that_a_row_of_an_event_does_not_declare_is_refused(
    kind: str, declared: bytes, undeclared: bytes
) -> None:
    line = _golden_of(kind)[1]

    with pytest.raises(ValidationError, match="Unexpected keyword argument"):
        DECODE[kind](line.replace(declared, undeclared, 1))


@pytest.mark.parametrize(
    "malformed",
    [
        b"{",
        b'{"to":"lenders",',
        b'{"to":"deficit","name":"safety",',
        b'{"to":"deficit","basis":"golden/43",',
        b'{"to":"fund",',
        b'{"to":"fund","name":"safety","basis":"golden/43",',
        b'{"to":"reserve","name":"reserve",',
        b'{"to":"tranche","basis":"golden/43",',
        b'{"to":"bearers",',
        b'{"to":"bearers","name":"junior","basis":"golden/43",',
        b'{"to":"borrower",',
    ],
)
def test_a_part_of_a_recovery_names_what_its_taker_needs_and_nothing_else(malformed: bytes) -> None:
    line = _golden_of("recovery-allocated")[1]

    with pytest.raises(ValidationError):
        DECODE["recovery-allocated"](line.replace(b'{"to":"deficit",', malformed))


@pytest.mark.parametrize(
    "owners", [b"", b'"pool":"morpho","fund":"safety",', b'"pool":null,"fund":null,'], ids=["none", "both", "nulls"]
)
def test_an_adjustment_is_of_a_pool_or_of_a_fund(owners: bytes) -> None:
    line = _golden_of("adjustment-posted")[1]

    with pytest.raises(ValidationError, match="an adjustment is of a pool or of a fund: exactly one of them is named"):
        DECODE["adjustment-posted"](line.replace(b'"pool":"morpho",', owners))


@pytest.mark.parametrize(
    ("declared", "malformed"),
    [
        (b'"amount":"2"', b'"amount":"0"'),
        (b'"amount":"2"', b'"amount":"-0"'),
        (b'"amount":"2"', b'"amount":"+2"'),
        (b'"amount":"2"', b'"amount":"02"'),
        (b'"amount":"2"', b'"amount":2'),
        (b'"amount":"2"', b'"amount":"%d"' % -(AMOUNT_MAX + 1)),
        (b'"amount":"2"', b'"amount":"%d"' % (AMOUNT_MAX + 1)),
        (b'"account":"assets:morpho:collateral:loan-1"', b'"account":"assets"'),
        (b'"account":"assets:morpho:collateral:loan-1"', b'"account":"assets::loan-1"'),
        (b'"account":"assets:morpho:collateral:loan-1"', b'"account":"Assets:morpho:cash"'),
        (b'"account":"assets:morpho:collateral:loan-1"', b'"account":"assets:morpho:a:b:c:d"'),
        (b'"account":"assets:morpho:collateral:loan-1"', b'"account":"assets:the pool:cash"'),
        (b'"commodity":"shares:desk:junior","amount":"2"', b'"commodity":"shares:desk:","amount":"2"'),
        (b'"commodity":"shares:desk:junior","amount":"2"', b'"commodity":"shares:desk:junior:l-1","amount":"2"'),
        (b'"commodity":"shares:desk:junior","amount":"2"', b'"commodity":"debt:desk:loan-1","amount":"2"'),
        (b'"commodity":"shares:desk:junior","amount":"2"', b'"commodity":"points:desk","amount":"2"'),
    ],
)
def test_a_free_line_that_names_no_account_no_commodity_or_no_amount_is_refused(
    declared: bytes, malformed: bytes
) -> None:
    line = _golden_of("adjustment-posted")[1]

    with pytest.raises(ValidationError):
        DECODE["adjustment-posted"](line.replace(declared, malformed, 1))


@pytest.mark.parametrize("interest", [b'"-0"', b'"+7"', b'"-07"', b"-7", b'"- 7"', b'"%d"' % -(AMOUNT_MAX + 1)])
def test_a_signed_amount_in_any_other_form_is_refused(interest: bytes) -> None:
    line = _golden_of("interest-allocated")[0]

    with pytest.raises(ValidationError, match="a signed amount is a decimal string of an integer from"):
        DECODE["interest-allocated"](line.replace(b'"interest":"0"', b'"interest":%b' % interest))


def test_only_interest_that_is_allocated_and_free_lines_may_be_negative() -> None:
    line = b'{"type":"interest-accrued","at":"2022-11-05T00:00:00Z","pool":"comet","interest":"-1"}'

    with pytest.raises(ValidationError, match="an amount is a decimal string of an integer from 0"):
        ADAPTER.validate_json(line)


def test_bytes_of_one_type_do_not_decode_as_another() -> None:
    with pytest.raises(ValidationError, match="Input should be 'withdrawn'"):
        DECODE["withdrawn"](deposited(assets=1, shares=1).canonical())


# The catalogue and its golden lines.


def test_every_event_is_stored_under_its_class_name_in_kebab_case() -> None:
    assert len(CATALOGUE) == 46
    assert list(CATALOGUE) == [re.sub(r"\B([A-Z])", r"-\1", kind.__name__).lower() for kind in CATALOGUE.values()]


@pytest.mark.parametrize("line", GOLDEN, ids=[f"golden-{number}" for number in range(1, len(GOLDEN) + 1)])
def test_a_golden_line_decodes_and_encodes_to_the_same_bytes(line: bytes) -> None:
    stored = line.removesuffix(b"\n")
    event = ADAPTER.validate_json(stored)

    assert event.canonical() == stored
    assert DECODE[event.type](stored) == event


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_field_of_every_type_stands_in_a_golden_line(kind: str) -> None:
    own = {field.name for field in fields(CATALOGUE[kind])} - {field.name for field in fields(Event)}

    assert own <= set().union(*(json.loads(line) for line in _golden_of(kind)))


@pytest.mark.parametrize("kind", CATALOGUE)
def test_a_field_that_a_golden_line_leaves_out_means_what_it_always_meant(kind: str) -> None:
    left_out = {
        field.name: getattr(DECODE[kind](line), field.name)
        for line in _golden_of(kind)
        for field in fields(CATALOGUE[kind])
        if field.name not in json.loads(line)
    }

    assert left_out == ENVELOPE | OMITTED[kind]


def test_the_table_of_what_is_left_out_is_of_every_type() -> None:
    assert set(OMITTED) == set(CATALOGUE)


def test_what_layers_and_terms_leave_out_means_what_it_always_meant() -> None:
    event = DECODE["pool-opened"](_golden_of("pool-opened")[1])

    assert isinstance(event, PoolOpened)
    assert event.waterfall == (
        FundLayer("fund", FundId("safety"), cap=0, share_wad=3 * 10**17, floor=10**6),
        FundLayer("fund", FundId("backstop"), cap=None, share_wad=None, floor=0),
        SOCIALIZE,
        HOLD,
    )
    assert [terms.liquidation_bonus_wad for terms in event.collateral] == [45 * 10**15, 0]


def test_what_layers_of_tranche_and_reserve_leave_out_means_what_it_always_meant() -> None:
    opened = [DECODE["pool-opened"](line) for line in _golden_of("pool-opened")[-3:]]

    assert [event.waterfall for event in opened if isinstance(event, PoolOpened)] == [
        (TrancheLayer("tranche", LENDERS),),
        (TrancheLayer("tranche", JUNIOR), ReserveLayer("reserve", floor=5, negative=True), SOCIALIZE),
        (ReserveLayer("reserve", floor=0, negative=False), HOLD),
    ]


def test_what_the_rows_of_an_event_leave_out_means_what_it_always_meant() -> None:
    redistributed, allocated = (
        DECODE[kind](_golden_of(kind)[1]) for kind in ("debt-redistributed", "recovery-allocated")
    )

    assert isinstance(redistributed, DebtRedistributed)
    assert redistributed.parts == (
        RedistributedPart(loan=LoanId("loan-3"), principal=10, debt_shares=0),
        RedistributedPart(loan=LoanId("loan-4"), principal=0, debt_shares=9),
    )
    assert isinstance(allocated, RecoveryAllocated)
    assert allocated.parts == (
        part("deficit", 1, name=None, basis=None),
        part("fund", 2, name="safety", basis=None),
        part("reserve", 3, name=None, basis=None),
        part("tranche", 4, name=None, basis=None),
        part("tranche", 5, name="junior", basis=None),
        part("bearers", 6, name=None, basis="golden/43"),
        part("borrower", 0, name="loan-2", basis=None),
    )


@pytest.mark.parametrize("debt", get_args(DebtMode))
def test_a_pool_of_every_debt_mode_stands_in_a_golden_line(debt: DebtMode) -> None:
    assert debt in [json.loads(line)["debt"] for line in _golden_of("pool-opened")]


def test_some_golden_line_has_every_field_of_the_envelope() -> None:
    told = [json.loads(line) for line in GOLDEN]

    assert any({field.name for field in fields(Event)} <= set(line) for line in told)
    assert any({field.name for field in fields(Evidence)} == set(line.get("evidence", ())) for line in told)


@pytest.mark.parametrize(("lines", "digest"), SEALED)
def test_the_golden_lines_are_never_edited(lines: int, digest: str) -> None:
    assert sha256(b"".join(GOLDEN[:lines])).hexdigest() == digest


def test_every_golden_line_is_sealed() -> None:
    assert SEALED[-1][0] == len(GOLDEN)


def _golden_of(kind: str) -> list[bytes]:
    return [line for line in GOLDEN if line.startswith(b'{"type":"%b",' % kind.encode())]
