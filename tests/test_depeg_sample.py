"""The packaged sample `depeg-2026`: what it holds, what the books make of it, and both methods worked out by hand."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from importlib.resources import files
from typing import Final

import pytest
from pydantic import TypeAdapter

from ledger.book import Book, Fact
from ledger.books import Books
from ledger.errors import WaterfallOrder
from ledger.events import (
    AnyEvent,
    BadDebtSocialized,
    Deposited,
    FundContributed,
    FundDrawn,
    LoanOriginated,
    PoolOpened,
    PriceObserved,
    ReserveDrawn,
    ShortfallRecognized,
)
from ledger.journal.memory import MemoryJournal
from ledger.laws import admit
from ledger.sources import json_lines
from ledger.values import LENDERS, CaseId, Commodity, EventId, FundId, PoolId, instant_key, timestamp
from ledger.waterfall import Waterfall

SAMPLES: Final = files("cli").joinpath("samples")
LINES: Final = SAMPLES.joinpath("depeg-2026.jsonl").read_bytes().splitlines()
FACTS: Final = [fact for fact in json_lines.facts(LINES) if isinstance(fact, Fact)]
EVENTS: Final = [fact.event for fact in FACTS]
PROSE: Final = SAMPLES.joinpath("depeg-2026.md").read_text(encoding="utf-8")

BRIDGE: Final = PoolId("rseth-bridge")
THEFT: Final = CaseId("rseth-theft")
MAIN: Final = FundId("rseth-main")
RSETH: Final = Commodity("rsETH")
TOKEN: Final = 10**18
CENTS: Final = 100

MARKETS: Final = ("ethereum", "mantle", "arbitrum", "base", "ink")
BRIDGED: Final = MARKETS[1:]


def waterfalls(name: str) -> dict[str, Waterfall]:
    return TypeAdapter(dict[str, Waterfall]).validate_json(SAMPLES.joinpath(name).read_bytes())


def folded(events: Iterable[AnyEvent]) -> Books:
    books = Books()
    for event in events:
        admit(event, books)
    return books


def pool(market: str) -> PoolId:
    return PoolId(f"aave-{market}")


def case(market: str) -> CaseId:
    return CaseId(f"rseth-{market}")


def collateral(market: str) -> int:
    fund = f"collateral-{market}"
    return sum(event.amount for event in EVENTS if isinstance(event, FundContributed) and event.fund == fund)


def debt(market: str) -> int:
    lent = (event.principal for event in EVENTS if isinstance(event, LoanOriginated) and event.pool == pool(market))
    return sum(lent)


def supplied(market: str) -> int:
    return sum(event.assets for event in EVENTS if isinstance(event, Deposited) and event.pool == pool(market))


def socialized(events: Iterable[AnyEvent]) -> dict[PoolId, int]:
    return {event.pool: event.amount for event in events if isinstance(event, BadDebtSocialized)}


def basis_points(amount: int, of: int) -> int:
    """Hundredths of a percent, rounded to the nearest."""
    return round(Fraction(10_000 * amount, of))


def ten_thousands(amount: int) -> int:
    """Tens of thousands of dollars, in which the reports state bad debt; rounded to the nearest."""
    return round(Fraction(amount, 10_000 * CENTS))


def millions(amount: int) -> str:
    """Millions of dollars to two decimals, as the prose writes them."""
    whole, rest = divmod(ten_thousands(amount), 100)
    return f"{whole:,}.{rest:02}"


def one_side() -> Iterator[AnyEvent]:
    """The facts again where only the bridged side bears the loss: amounts by hand, in the order of the other waterfall.

    Law 6 refuses a socialization before the layer above it is exhausted, and a draw above its limit.
    """
    other = waterfalls("depeg-2026-one-side.json")
    for event in EVENTS:
        match event:
            case PoolOpened():
                yield replace(event, waterfall=other[event.pool])
            case FundDrawn(fund="rseth-main") | BadDebtSocialized(pool="aave-ethereum"):
                pass
            case BadDebtSocialized(pool="rseth-bridge"):
                yield replace(event, amount=112_204 * TOKEN)
            case FundDrawn(pool="aave-ethereum"):
                yield replace(event, amount=debt("ethereum"))
            case FundDrawn():
                market = event.pool.removeprefix("aave-")
                yield replace(event, amount=collateral(market) * 40_373 // 152_577)
            case BadDebtSocialized():
                market = event.pool.removeprefix("aave-")
                yield replace(event, amount=debt(market) - collateral(market) * 40_373 // 152_577)
            case _:
                yield event


# The file.


def test_every_line_is_a_fact_in_canonical_form_with_an_id_of_its_own() -> None:
    assert [fact.content for fact in FACTS] == LINES
    assert len({event.id for event in EVENTS}) == len(LINES) == 61
    assert all(event.id.startswith("depeg/") for event in EVENTS)


def test_every_entry_says_what_is_fact_and_what_is_assumed() -> None:
    assert all((event.memo or "").startswith(("Fact: ", "Assumption: ")) for event in EVENTS)


def test_effective_time_never_runs_backwards() -> None:
    assert [event.at for event in EVENTS] == sorted((event.at for event in EVENTS), key=instant_key)


def test_a_book_records_it_whole_and_a_second_time_nothing() -> None:
    book = Book(MemoryJournal())
    first, second = (
        book.record(FACTS, source="sample", clock=lambda: timestamp("2026-04-21T00:00:00Z"), recorded_by="test")
        for _ in range(2)
    )

    assert (first.recorded, first.already) == (61, 0)
    assert (second.recorded, second.already) == (0, 61)


def test_its_journal_replays_under_every_law_to_the_same_sums() -> None:
    book = Book(MemoryJournal())
    book.record(FACTS, source="sample", clock=lambda: timestamp("2026-04-21T00:00:00Z"), recorded_by="test")
    again = Book(book.journal)
    again.catch_up(book.journal.read())

    assert again.position == 61
    assert list(again.books.sums.commodities()) == list(book.books.sums.commodities())


# The bridge.


def test_the_books_go_through_the_adapters_reported_balances() -> None:
    cash = []
    for last in ("depeg/locked-above-claims", "depeg/theft", "depeg/bridged-since"):
        through = EVENTS[: [event.id for event in EVENTS].index(EventId(last)) + 1]
        books = folded(through)
        cash.append(books.sums.balance(books.charters.pools[BRIDGE].cash, RSETH))

    assert cash == [116_723 * TOKEN, 223 * TOKEN, 40_373 * TOKEN]


def test_152_577_are_claimed_and_112_204_of_them_have_no_backing() -> None:
    claimed = sum(event.assets for event in EVENTS if isinstance(event, Deposited) and event.pool == BRIDGE)
    (lost,) = (event for event in EVENTS if isinstance(event, ShortfallRecognized) and event.case == THEFT)
    above = sum(event.amount for event in EVENTS if isinstance(event, ReserveDrawn))

    assert claimed == 152_577 * TOKEN
    assert lost.principal - above == (152_577 - 40_373) * TOKEN == 112_204 * TOKEN


def test_the_gap_of_163_183_eth_is_the_price_of_all_claims() -> None:
    (price,) = (event for event in EVENTS if isinstance(event, PriceObserved))

    assert round(Fraction(152_577 * price.price, 10**price.scale)) == 163_183
    assert 163_183 - (43_168 + 30_766 + 12_323 + 1_845) == 75_081


def test_all_holders_lose_the_same_15_12_percent() -> None:
    main = sum(event.amount for event in EVENTS if isinstance(event, FundDrawn) and event.fund == MAIN)
    bridged = socialized(EVENTS)[BRIDGE]

    assert main + bridged == 112_204 * TOKEN
    assert basis_points(main, 589_627 * TOKEN) == basis_points(bridged, 152_577 * TOKEN) == 1512
    assert main == 589_627 * (112_204 * TOKEN // (589_627 + 152_577))


def test_on_one_side_the_bridged_lose_73_54_percent_and_the_main_side_nothing() -> None:
    books = folded(one_side())

    assert basis_points(socialized(one_side())[BRIDGE], 152_577 * TOKEN) == 7354
    assert books.claims(BRIDGE, LENDERS) == 40_373 * TOKEN
    assert books.fund_balance(MAIN) == 589_627 * TOKEN


# The lending markets.


@pytest.mark.parametrize(
    ("market", "reported"), [("ethereum", 9179 + 307), ("mantle", 1038), ("arbitrum", 1030), ("base", 612)]
)
def test_the_recorded_bad_debt_is_the_reported_one_of_all_holders(market: str, reported: int) -> None:
    by_hand = debt(market) - collateral(market) * 630_000 // 742_204

    assert socialized(EVENTS)[pool(market)] == by_hand
    assert ten_thousands(by_hand) == reported


def test_together_it_is_123_7_million() -> None:
    bad_debt = sum(socialized(EVENTS)[pool(market)] for market in MARKETS)

    assert ten_thousands(bad_debt) == 12370


@pytest.mark.parametrize(("market", "reported"), [("mantle", 7771), ("arbitrum", 8841), ("base", 4750)])
def test_the_other_waterfall_allows_the_reported_bad_debt_of_one_side(market: str, reported: int) -> None:
    books = folded(one_side())
    bad_debt = supplied(market) - books.claims(pool(market), LENDERS)

    assert bad_debt == debt(market) - collateral(market) * 40_373 // 152_577
    assert ten_thousands(bad_debt) == reported


def test_together_it_is_230_1_million_then_and_none_of_it_on_ethereum() -> None:
    bad_debt = {name: amount for name, amount in socialized(one_side()).items() if name != BRIDGE}

    assert set(bad_debt) == {pool(market) for market in BRIDGED}
    assert ten_thousands(sum(bad_debt.values())) == 23010


def test_both_methods_leave_no_deficit_open() -> None:
    for books in (folded(EVENTS), folded(one_side())):
        assert books.deficit(BRIDGE, THEFT) == 0
        assert all(books.deficit(pool(market), case(market)) == 0 for market in MARKETS)


def test_the_recorded_amounts_are_refused_under_the_other_waterfall() -> None:
    other = waterfalls("depeg-2026-one-side.json")
    again = [
        replace(event, waterfall=other[event.pool]) if isinstance(event, PoolOpened) else event for event in EVENTS
    ]

    with pytest.raises(WaterfallOrder):
        folded(again)


@pytest.mark.parametrize(
    ("market", "reported"), [("mantle", (954, 7145)), ("arbitrum", (311, 2667)), ("base", (300, 2328))]
)
def test_the_shortfalls_are_the_reported_ones_to_a_hundredth_of_a_percent(
    market: str, reported: tuple[int, int]
) -> None:
    both = [
        basis_points(bad_debt[pool(market)], supplied(market))
        for bad_debt in (socialized(EVENTS), socialized(one_side()))
    ]

    assert all(abs(found - told) <= 1 for found, told in zip(both, reported, strict=True))


def test_no_market_lent_95_percent_of_its_collateral_or_more() -> None:
    ratios = {market: basis_points(debt(market), collateral(market)) for market in MARKETS}

    assert ratios == {"ethereum": 9225, "mantle": 9389, "arbitrum": 9259, "base": 9352, "ink": 9312}


# The waterfalls and the prose.


def test_one_file_states_the_terms_of_the_book_and_the_other_those_of_the_same_pools() -> None:
    recorded = {event.pool: event.waterfall for event in EVENTS if isinstance(event, PoolOpened)}

    assert waterfalls("depeg-2026-all-holders.json") == recorded
    assert waterfalls("depeg-2026-one-side.json").keys() == recorded.keys()


@pytest.mark.parametrize("market", MARKETS)
def test_the_prose_has_each_market_as_the_book_has_it(market: str) -> None:
    (row,) = (line for line in PROSE.splitlines() if line.lower().startswith(f"| {market}") and "%" in line)
    cells = [cell.strip() for cell in row.strip("| ").split("|")]

    assert cells[1:3] == [millions(collateral(market)), millions(debt(market))]
    assert cells[5] == millions(socialized(EVENTS)[pool(market)])
    assert cells[8] == millions(socialized(one_side()).get(pool(market), 0))
