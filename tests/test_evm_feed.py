"""From logs to entries: one contract's, each once, in the order of the chain, and undone when their block leaves it."""

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.exits import Exit
from ledger.book import Book, Recording
from ledger.books import Books
from ledger.errors import InputRefused
from ledger.events import CaseClosed, EntryReversed, LoanDefaulted, PoolOpened, TermsChanged
from ledger.journal import Journal
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from ledger.sources.evm import order
from ledger.sources.json_lines import facts
from ledger.values import Account, AssetId, Commodity, PoolId
from tests.command_line import Run, bytes_of, called, run
from tests.evm_chain import (
    A_LOAN,
    A_MARKET,
    A_YEAR,
    ALICE,
    BOB,
    CAROL,
    COLLATERAL_TOKEN,
    CONTRACT,
    FEE_RECIPIENT,
    LOAN_TOKEN,
    MARKET,
    NOON,
    OTHER_MARKET,
    SHARE,
    STRANGER,
    Json,
    Said,
    accrue_interest,
    balances,
    block,
    borrow,
    contents,
    create_market,
    enable_irm,
    events,
    feed,
    folded,
    imported,
    lines_of,
    liquidate,
    place,
    refusal,
    removed,
    set_fee,
    set_fee_recipient,
    stored,
    supply,
    supply_collateral,
    topic,
    unknown,
)
from tests.story import picture

A_DEPOSIT: Final = supply(assets=5, shares=5 * SHARE)
POOL: Final = PoolId(MARKET)
AT: Final = "2024-01-01T00:00:00Z"


@pytest.fixture
def journal() -> Journal:
    return MemoryJournal()


@pytest.fixture
def with_a_loan(journal: Journal) -> Journal:
    imported(journal, A_LOAN)
    return journal


def told(journal: Journal, *given_facts: Json) -> Recording:
    """Record facts that are told as such."""
    lines = [json.dumps(fact).encode() for fact in given_facts]
    return Book(journal).record(facts(lines), source="facts", clock=lambda: NOON, recorded_by="desk")


def all_of(logs: Iterable[Json]) -> list[bytes]:
    """The events of a journal that takes logs in one import."""
    journal = MemoryJournal()
    imported(journal, logs)
    return contents(journal)


def state(journal: Journal) -> tuple[object, ...]:
    """All that the books hold save how far they are folded, what was reversed, and at which positions."""
    books = folded(journal).books
    loans = {pool: {name: loan.case for name, loan in inside.items()} for pool, inside in books.loans.items() if inside}
    cases = {name: (case.in_default, case.recognized, case.closed, case.cured) for name, case in books.cases.items()}
    opened = (dict(books.charters.assets), dict(books.charters.pools), books.references, books.openings.keys())
    return dict(books.sums.commodities()), loans, cases, books.terms, opened


def the_last(journal: Journal) -> Any:
    return events(journal)[-1]


# One contract.


def test_a_log_of_another_contract_is_refused(with_a_loan: Journal) -> None:
    logs = block(200, create_market(OTHER_MARKET), address=STRANGER)

    assert refusal(with_a_loan, logs) == (
        f"{place(logs[0], 1)}: is of contract {STRANGER}, and this book follows {CONTRACT}",
    )


@pytest.mark.parametrize("event", [unknown, enable_irm(), set_fee_recipient(), A_DEPOSIT])
def test_whatever_another_contract_says_is_refused(event: Said, with_a_loan: Journal) -> None:
    (problem,) = refusal(with_a_loan, block(200, event, address=STRANGER))

    assert "this book follows" in problem


def test_a_withdrawal_of_another_contract_is_refused(with_a_loan: Journal) -> None:
    (problem,) = refusal(with_a_loan, removed(log | {"address": STRANGER} for log in A_LOAN[-1:]))

    assert f"is of contract {STRANGER}" in problem


def test_a_file_of_two_contracts_is_refused_at_the_first_log_of_the_second(journal: Journal) -> None:
    logs = [*A_LOAN, *block(102, create_market(OTHER_MARKET), address=STRANGER), *block(103, A_DEPOSIT)]

    assert refusal(journal, logs) == (
        f"{place(logs[4], 5)}: is of contract {STRANGER}, and this book follows {CONTRACT}",
    )


def test_an_address_in_upper_case_is_the_same_contract(with_a_loan: Journal) -> None:
    logs = [log | {"address": f"0x{CONTRACT[2:].upper()}"} for log in block(102, A_DEPOSIT)]

    assert imported(with_a_loan, logs).receipt.recorded == 1


def test_a_book_with_pools_of_its_own_follows_the_contract_of_the_first_log(journal: Journal) -> None:
    told(
        journal,
        {"type": "asset-registered", "at": AT, "id": "usd", "asset": "USD", "decimals": 6},
        *(
            {"type": "pool-opened", "at": AT, "id": p, "pool": p, "asset": "USD", "debt": "pooled", "waterfall": []}
            for p in "pq"
        ),
    )

    assert imported(journal, A_LOAN).receipt.recorded == 7
    assert contents(journal)[3:] == all_of(A_LOAN)


def test_pools_of_its_own_do_not_get_the_fee_recipient_of_a_contract(with_a_loan: Journal) -> None:
    told(
        with_a_loan,
        {"type": "asset-registered", "at": AT, "id": "usd", "asset": "USD", "decimals": 6},
        {"type": "pool-opened", "at": AT, "id": "p", "pool": "p", "asset": "USD", "debt": "pooled", "waterfall": []},
    )

    imported(with_a_loan, block(102, set_fee_recipient()))

    assert [event.pool for event in events(with_a_loan) if isinstance(event, TermsChanged)] == [MARKET]


# What makes no entry.


def test_events_that_make_no_entry_are_counted_by_name(with_a_loan: Journal) -> None:
    done = imported(with_a_loan, block(102, enable_irm(), A_DEPOSIT, enable_irm()))

    assert done.receipt.recorded == 1
    assert (done.tally.logs, done.tally.silent) == (3, {"EnableIrm": 2})


def test_events_that_are_not_known_are_counted_by_first_topic(with_a_loan: Journal) -> None:
    other = Said((topic("Supply")[:-2] + "00", MARKET), "0xffff")

    done = imported(with_a_loan, block(102, unknown, other, unknown, A_DEPOSIT))

    assert done.receipt.recorded == 1
    assert done.tally.unknown == {unknown.topics[0]: 2, other.topics[0]: 1}


def test_an_event_without_a_name_is_refused(with_a_loan: Journal) -> None:
    logs = block(102, Said((), "0x" + "00" * 64))

    assert refusal(with_a_loan, logs) == (f"{place(logs[0], 1)}: topics: an event has at least one, not 0",)


def test_an_event_that_makes_no_entry_is_held_to_its_form_all_the_same(with_a_loan: Journal) -> None:
    logs = block(102, enable_irm()._replace(data="0x00"))

    assert refusal(with_a_loan, logs) == (f"{place(logs[0], 1)}: data: EnableIrm has 0 bytes, not 1",)


# What is recorded of a log.


def test_the_facts_of_a_log_have_its_time_and_evidence_and_follow_its_id(journal: Journal) -> None:
    imported(journal, A_MARKET, chain_id=1)

    first = f"{CONTRACT}/100/{A_MARKET[0]['blockHash'][2:18]}/0"
    assert [event.id for event in events(journal)] == [first, f"{first}/2", f"{first}/3"]
    assert {event.at for event in events(journal)} == {"2023-07-22T04:46:40Z"}
    (evidence,) = {event.evidence for event in events(journal)}
    assert evidence is not None
    assert (evidence.chain_id, evidence.block, evidence.log_index) == (1, 100, 0)
    assert (evidence.block_hash, evidence.tx) == (A_MARKET[0]["blockHash"], A_MARKET[0]["transactionHash"])


def test_an_asset_is_known_by_its_address_where_no_list_names_it(with_a_loan: Journal) -> None:
    assert folded(with_a_loan).books.charters.assets == {LOAN_TOKEN: 0, COLLATERAL_TOKEN: 0}


def test_a_second_market_in_a_token_registers_it_no_more(journal: Journal) -> None:
    imported(journal, block(100, create_market(), create_market(OTHER_MARKET)))

    assert [event.type for event in events(journal)] == ["asset-registered"] * 2 + ["pool-opened"] * 2


# The order.


def test_a_log_older_than_the_last_that_is_recorded_is_refused(with_a_loan: Journal) -> None:
    logs = block(100, A_DEPOSIT, first=1)

    assert refusal(with_a_loan, logs) == (
        f"{place(logs[0], 1)}: is older than block 101, log 2, the last that is recorded, and not recorded itself",
    )


def test_a_log_of_another_block_at_the_height_and_index_of_the_last_is_refused(with_a_loan: Journal) -> None:
    logs = block(101, A_DEPOSIT, first=2, fork="other")

    hashes = f"is of block hash {logs[0]['blockHash']}, and recorded is {A_LOAN[-1]['blockHash']}"
    assert refusal(with_a_loan, logs) == (f"{place(logs[0], 1)}: {hashes}, not withdrawn",)


def test_a_block_at_the_height_of_the_last_has_its_hash(with_a_loan: Journal) -> None:
    """One block has one hash: a later log of another one at this height tells of a chain that was reorganised."""
    logs = block(101, A_DEPOSIT, first=3, fork="other")

    (problem,) = refusal(with_a_loan, logs)

    assert problem.startswith(f"{place(logs[0], 1)}: ")


def test_one_file_of_two_blocks_of_one_height_is_refused(journal: Journal) -> None:
    logs = [*A_LOAN, *block(101, A_DEPOSIT, first=7, fork="other")]

    (problem,) = refusal(journal, logs)

    assert problem.startswith(f"{place(logs[-1], 5)}: ")


def test_a_later_log_of_the_last_block_goes_on(with_a_loan: Journal) -> None:
    assert imported(with_a_loan, block(101, A_DEPOSIT, first=3)).receipt.recorded == 1


def test_a_log_without_entries_may_be_older_and_is_counted(with_a_loan: Journal) -> None:
    done = imported(with_a_loan, block(1, enable_irm(), unknown))

    assert (done.receipt, done.tally.logs) == (Recording(0, 0), 2)


IN_ORDER: Final = all_of(A_YEAR)
"""The events of that year, as they come of its logs in order."""


@settings(max_examples=30)
@given(st.permutations(range(len(A_YEAR))), st.lists(st.integers(0, len(A_YEAR) - 1), max_size=10), st.data())
def test_any_order_with_any_repeats_ends_in_the_same_bytes(
    shuffle: list[int], repeats: list[int], data: st.DataObject
) -> None:
    logs = [A_YEAR[number] for number in shuffle]
    for number in repeats:
        logs.insert(data.draw(st.integers(0, len(logs))), A_YEAR[number])
    journal = MemoryJournal()

    done = imported(journal, logs)

    assert contents(journal) == IN_ORDER
    assert (done.receipt.recorded, done.tally.logs) == (len(IN_ORDER), len(logs))


@pytest.mark.parametrize("run_length", [1, 2, 5])
@settings(max_examples=8)
@given(st.permutations(A_YEAR + A_YEAR[::3]))
def test_any_order_ends_in_the_same_bytes_when_many_sorted_runs_are_merged(run_length: int, logs: list[Json]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "RUN", run_length)

        assert all_of(logs) == IN_ORDER


def test_a_set_of_real_logs_in_any_order_ends_in_the_same_bytes() -> None:
    folder = Path(__file__).parent / "data" / "morpho-blue"
    journals = [MemoryJournal(), MemoryJournal()]
    for journal, name in zip(journals, ["logs.jsonl.gz", "logs-shuffled-dups.jsonl.gz"], strict=True):
        imported(journal, lines=gzip.decompress((folder / name).read_bytes()).splitlines())

    assert contents(journals[0]) == contents(journals[1])


# Repeats.


def test_the_same_file_again_adds_nothing_and_is_counted(journal: Journal) -> None:
    recorded = imported(journal, A_YEAR).receipt.recorded
    before = stored(journal)

    again = imported(journal, A_YEAR)

    assert recorded == len(before)
    assert again.receipt == Recording(recorded=0, already=again.tally.repeated)
    assert again.tally.repeated == len(A_YEAR) - sum(again.tally.silent.values()) - 2  # of events that are not known
    assert stored(journal) == before


def test_a_file_that_overlaps_the_last_adds_what_is_new(with_a_loan: Journal) -> None:
    done = imported(with_a_loan, [*A_LOAN[1:], *block(102, A_DEPOSIT)])

    assert done.receipt == Recording(recorded=1, already=3)


@pytest.mark.parametrize("chunk", [None, 1, 2, 3, 1000])
def test_a_log_repeated_at_once_or_later_in_a_file_is_passed_over(chunk: int | None, journal: Journal) -> None:
    done = imported(journal, [A_LOAN[0], *A_LOAN, *A_LOAN[2:]], chunk=chunk)

    assert done.receipt == Recording(recorded=7, already=3)
    assert contents(journal) == all_of(A_LOAN)


OTHERS: Final[dict[str, Json]] = {
    "data": {"data": "0x" + "00" * 95 + "01"},
    "topics": {"topics": [*A_LOAN[-1]["topics"][:3], A_LOAN[-1]["topics"][2]]},
    "transaction": {"transactionHash": "0x" + "00" * 32},
    "end of the block's hash": {"blockHash": A_LOAN[-1]["blockHash"][:-2] + "00"},
    "time": {"blockTimestamp": "0x1"},
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_log_that_comes_again_with_something_else_in_it_is_refused(other: str, with_a_loan: Journal) -> None:
    log = A_LOAN[-1] | OTHERS[other]

    (problem,) = refusal(with_a_loan, [log])

    assert problem.startswith(f"{place(log, 1)}: id {CONTRACT}/101/{log['blockHash'][2:18]}/2 is recorded with other ")


@pytest.mark.parametrize("other", OTHERS)
def test_two_logs_of_one_place_in_a_file_are_refused_where_they_differ(other: str, journal: Journal) -> None:
    log = A_LOAN[-1] | OTHERS[other]

    (problem,) = refusal(journal, [*A_LOAN, log])

    assert problem.startswith(f"{place(log, 5)}: id ")


# In pieces.


@pytest.mark.parametrize("first", range(4, len(A_YEAR)))
def test_two_imports_end_in_the_same_bytes_as_one_wherever_they_are_split(first: int, journal: Journal) -> None:
    imported(journal, A_YEAR[:first])
    imported(journal, A_YEAR[first:])

    assert contents(journal) == IN_ORDER


def test_an_import_for_every_log_ends_in_the_same_bytes_as_one(journal: Journal) -> None:
    imported(journal, A_YEAR[:4])
    for log in A_YEAR[4:]:
        imported(journal, [log])

    assert contents(journal) == IN_ORDER


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1000])
def test_an_import_in_chunks_ends_in_the_same_bytes_as_one(chunk: int, journal: Journal) -> None:
    imported(journal, A_YEAR, chunk=chunk)

    assert contents(journal) == IN_ORDER


def test_chunks_before_a_log_that_is_refused_stay_and_the_import_goes_on_from_there(journal: Journal) -> None:
    hostile = block(102, borrow(assets=401, shares=1))

    with pytest.raises(InputRefused) as refused:
        imported(journal, [*A_LOAN, *hostile], chunk=2)

    assert refused.value.recorded == 7
    assert contents(journal) == all_of(A_LOAN)
    assert imported(journal, [*A_LOAN, *block(102, A_DEPOSIT)]).receipt == Recording(recorded=1, already=4)


# Settings before the first pool.


def opened(journal: Journal) -> PoolOpened:
    """The last pool that was opened."""
    return [event for event in events(journal) if isinstance(event, PoolOpened)][-1]


def test_a_setting_before_the_first_pool_is_kept_for_it_and_counted(journal: Journal) -> None:
    done = imported(journal, [*block(99, set_fee_recipient()), *A_MARKET])

    assert opened(journal).fee_recipient == FEE_RECIPIENT
    assert (done.tally.kept, done.receipt.recorded) == ({"SetFeeRecipient": 1}, 3)


def test_the_last_setting_before_the_first_pool_counts(journal: Journal) -> None:
    imported(journal, [*block(98, set_fee_recipient(BOB)), *block(99, set_fee_recipient(), enable_irm()), *A_MARKET])

    assert opened(journal).fee_recipient == FEE_RECIPIENT


def test_without_a_setting_a_pool_has_no_fee_recipient(with_a_loan: Journal) -> None:
    assert opened(with_a_loan).fee_recipient is None


def test_a_later_pool_has_the_setting_of_those_that_are_open_in_a_further_import_too(journal: Journal) -> None:
    imported(journal, [*block(99, set_fee_recipient()), *A_MARKET, *block(101, set_fee_recipient(CAROL))])
    imported(journal, block(102, create_market(OTHER_MARKET)))

    assert opened(journal).fee_recipient == CAROL


def test_settings_before_the_first_pool_that_come_again_with_it_change_nothing(journal: Journal) -> None:
    logs = [*block(99, set_fee_recipient()), *A_MARKET]
    imported(journal, logs)
    before = stored(journal)

    again = imported(journal, logs)

    assert again.receipt == Recording(0, 2)
    assert stored(journal) == before


def test_a_setting_after_the_first_pool_changes_the_terms_of_all(journal: Journal) -> None:
    imported(journal, [*block(100, create_market(), create_market(OTHER_MARKET)), *block(101, set_fee_recipient())])

    changes = [event for event in events(journal) if isinstance(event, TermsChanged)]
    assert [(change.pool, change.fee_recipient) for change in changes] == [
        (MARKET, FEE_RECIPIENT),
        (OTHER_MARKET, FEE_RECIPIENT),
    ]


def test_a_setting_that_comes_again_with_something_else_in_it_is_refused(journal: Journal) -> None:
    logs = [*block(99, set_fee_recipient()), *block(99, set_fee_recipient(BOB)), *A_MARKET]

    (problem,) = refusal(journal, logs)

    assert problem.startswith(f"{place(logs[1], 2)}: ")


def test_two_settings_of_one_place_and_two_blocks_are_refused(journal: Journal) -> None:
    logs = [*block(99, set_fee_recipient()), *block(99, set_fee_recipient(BOB), fork="other"), *A_MARKET]

    (problem,) = refusal(journal, logs)

    assert problem.startswith(f"{place(logs[1], 2)}: ")


def test_a_setting_from_before_the_first_pool_that_the_pool_did_not_follow_is_refused(with_a_loan: Journal) -> None:
    """It was not there when the pool was opened, so all that followed was booked without it."""
    logs = block(99, set_fee_recipient())

    (problem,) = refusal(with_a_loan, logs)

    assert place(logs[0], 1).removeprefix("line 1, ") in problem


# Blocks that leave the chain.


ONE_MORE: Final = block(102, A_DEPOSIT)
INSTEAD: Final = block(102, supply(assets=7, shares=7 * SHARE), fork="instead")


def test_what_followed_from_a_withdrawn_log_is_reversed(with_a_loan: Journal) -> None:
    before = balances(with_a_loan)

    done = imported(with_a_loan, [*ONE_MORE, *removed(ONE_MORE)])

    assert (done.receipt.recorded, done.tally.withdrawn) == (2, 1)
    assert balances(with_a_loan) == before


def test_the_reversal_names_the_block_and_has_the_time_and_evidence_of_the_log(with_a_loan: Journal) -> None:
    imported(with_a_loan, ONE_MORE)
    deposit = the_last(with_a_loan)

    imported(with_a_loan, removed(ONE_MORE))

    reversal = the_last(with_a_loan)
    assert isinstance(reversal, EntryReversed)
    assert (reversal.of, reversal.id) == (deposit.id, f"{deposit.id}/withdrawn")
    assert (reversal.at, reversal.evidence) == (deposit.at, deposit.evidence)
    assert reversal.reason == f"block 102 ({ONE_MORE[0]['blockHash']}) left the chain"


def test_another_block_takes_the_place_of_one_that_left(with_a_loan: Journal) -> None:
    imported(with_a_loan, [*ONE_MORE, *removed(ONE_MORE), *INSTEAD])

    assert balances(with_a_loan) == balances(_with([*A_LOAN, *INSTEAD]))


def _with(logs: Iterable[Json]) -> Journal:
    journal = MemoryJournal()
    imported(journal, logs)
    return journal


def test_a_block_that_left_in_an_earlier_import_makes_room_for_another(with_a_loan: Journal) -> None:
    imported(with_a_loan, ONE_MORE)
    imported(with_a_loan, removed(ONE_MORE))
    imported(with_a_loan, INSTEAD)

    assert balances(with_a_loan) == balances(_with([*A_LOAN, *INSTEAD]))


SEVERAL: Final = [*block(102, A_DEPOSIT, accrue_interest(interest=9)), *block(103, enable_irm(), A_DEPOSIT, unknown)]


@pytest.mark.parametrize("withdrawal", [SEVERAL, SEVERAL[::-1], SEVERAL[2:] + SEVERAL[:2], SEVERAL + SEVERAL])
def test_logs_are_withdrawn_newest_first_in_whatever_order_they_are_told(
    withdrawal: list[Json], with_a_loan: Journal
) -> None:
    imported(with_a_loan, SEVERAL)
    newest_first = [event.id for event in events(with_a_loan)[-3:]][::-1]

    done = imported(with_a_loan, removed(withdrawal))

    assert [event.of for event in events(with_a_loan)[-3:] if isinstance(event, EntryReversed)] == newest_first
    assert done.tally.withdrawn == 3
    assert balances(with_a_loan) == balances(_with(A_LOAN))


def test_a_withdrawal_told_again_is_a_repeat(with_a_loan: Journal) -> None:
    imported(with_a_loan, [*ONE_MORE, *removed(ONE_MORE)])
    before = stored(with_a_loan)

    again = imported(with_a_loan, removed(ONE_MORE))

    assert (again.receipt, again.tally.withdrawn) == (Recording(0, 1), 0)
    assert stored(with_a_loan) == before


def test_a_file_with_a_reorganisation_again_adds_nothing(journal: Journal) -> None:
    logs = [*A_LOAN, *ONE_MORE, *removed(ONE_MORE), *INSTEAD]
    imported(journal, logs)
    before = stored(journal)

    assert imported(journal, logs).receipt == Recording(recorded=0, already=7)
    assert stored(journal) == before


def test_a_withdrawal_of_what_was_never_recorded_is_refused(with_a_loan: Journal) -> None:
    logs = removed(INSTEAD)

    assert refusal(with_a_loan, logs) == (f"{place(logs[0], 1)}: is withdrawn, but was never recorded",)


def test_a_withdrawal_of_an_older_log_than_the_newest_that_stands_is_refused(with_a_loan: Journal) -> None:
    imported(with_a_loan, SEVERAL)
    logs = removed(SEVERAL[:1])

    assert refusal(with_a_loan, logs) == (
        f"{place(logs[0], 1)}: is withdrawn while block 103, log 1 stands: a chain loses its newest blocks first",
    )


@pytest.mark.parametrize("other", OTHERS)
def test_a_withdrawal_that_says_something_else_than_the_log_did_is_refused(other: str, with_a_loan: Journal) -> None:
    (problem,) = refusal(with_a_loan, removed([A_LOAN[-1] | OTHERS[other]]))

    assert problem.startswith(f"{place(A_LOAN[-1] | OTHERS[other], 1)}: ")


@pytest.mark.parametrize("other", OTHERS)
def test_a_repeated_withdrawal_that_says_something_else_is_refused(other: str, with_a_loan: Journal) -> None:
    imported(with_a_loan, removed(A_LOAN[-1:]))

    (problem,) = refusal(with_a_loan, removed([A_LOAN[-1] | OTHERS[other]]))

    assert "is recorded with other content" in problem


def test_a_withdrawn_log_is_held_to_its_form(with_a_loan: Journal) -> None:
    logs = removed(log | {"data": "0x"} for log in A_LOAN[-1:])

    assert refusal(with_a_loan, logs) == (f"{place(logs[0], 1)}: data: Borrow has 96 bytes, not 0",)


@pytest.mark.parametrize("event", [enable_irm(), unknown])
def test_a_withdrawn_log_that_made_no_entry_is_counted(event: Said, with_a_loan: Journal) -> None:
    before = stored(with_a_loan)

    done = imported(with_a_loan, removed(block(102, event)))

    assert (done.receipt, done.tally.logs, done.tally.withdrawn) == (Recording(0, 0), 1, 0)
    assert stored(with_a_loan) == before


def test_a_setting_withdrawn_before_the_first_pool_is_not_kept(journal: Journal) -> None:
    setting = block(99, set_fee_recipient())

    imported(journal, [*setting, *removed(setting), *A_MARKET])

    assert opened(journal).fee_recipient is None


def test_a_setting_in_the_place_of_a_withdrawn_one_counts(journal: Journal) -> None:
    setting = block(99, set_fee_recipient())

    imported(journal, [*setting, *removed(setting), *block(99, set_fee_recipient(BOB), fork="instead"), *A_MARKET])

    assert opened(journal).fee_recipient == BOB


def test_a_setting_withdrawn_after_the_first_pool_gives_every_pool_its_terms_before(journal: Journal) -> None:
    pools = [*block(99, set_fee_recipient()), *block(100, create_market(), create_market(OTHER_MARKET))]
    setting = block(101, set_fee_recipient(CAROL))

    imported(journal, [*pools, *setting, *removed(setting)])

    assert state(journal) == state(_with(pools))
    assert {terms[-1].fee_recipient for terms in folded(journal).books.terms.values()} == {FEE_RECIPIENT}


def test_a_withdrawn_market_leaves_nothing(journal: Journal) -> None:
    imported(journal, [*A_MARKET, *removed(A_MARKET)])

    assert [event.type for event in events(journal)] == [
        *("asset-registered", "asset-registered", "pool-opened"),
        *["entry-reversed"] * 3,
    ]
    assert state(journal) == state(MemoryJournal())


def test_a_withdrawn_market_may_be_created_in_another_block(journal: Journal) -> None:
    instead = block(100, create_market(), fork="instead")

    imported(journal, [*A_MARKET, *removed(A_MARKET), *instead, *A_LOAN[1:]])

    assert state(journal) == state(_with(A_LOAN))


def test_all_of_a_book_may_be_withdrawn_and_the_same_chain_told_again(journal: Journal) -> None:
    imported(journal, A_LOAN)
    imported(journal, removed(A_LOAN))
    assert state(journal) == state(MemoryJournal())

    again = imported(journal, A_LOAN)

    assert again.receipt == Recording(recorded=7, already=0)
    assert state(journal) == state(_with(A_LOAN))


def test_a_book_of_which_all_was_withdrawn_may_follow_another_contract(journal: Journal) -> None:
    imported(journal, [*A_LOAN, *removed(A_LOAN)])

    assert imported(journal, block(50, create_market(), address=STRANGER)).receipt.recorded == 3


def test_the_recipient_set_before_the_first_pool_stands_when_only_the_pool_is_withdrawn(journal: Journal) -> None:
    instead = block(100, create_market(), fork="instead")

    imported(journal, [*block(99, set_fee_recipient()), *A_MARKET, *removed(A_MARKET), *instead])

    assert opened(journal).fee_recipient == FEE_RECIPIENT


def test_the_recipient_set_in_an_earlier_import_stands_when_only_the_pool_is_withdrawn(journal: Journal) -> None:
    """The books must not lose what they were told: fee shares would go to nobody from here on, in silence."""
    imported(journal, [*block(99, set_fee_recipient()), *A_MARKET])

    imported(journal, [*removed(A_MARKET), *block(100, create_market(), fork="instead")])

    assert opened(journal).fee_recipient == FEE_RECIPIENT


def test_a_setting_before_the_first_pool_cannot_be_withdrawn_in_a_further_import(journal: Journal) -> None:
    """No entry holds it, so nobody could tell later what was set before it."""
    setting = block(99, set_fee_recipient())
    imported(journal, [*setting, *A_MARKET])

    (problem,) = refusal(journal, [*removed(A_MARKET), *removed(setting)])

    assert problem.startswith(f"{place(setting[0], 2)}: ")
    assert "is withdrawn, but was never recorded" in problem


def test_a_reorganisation_that_moved_a_setting_behind_the_first_pool_may_be_told_again(journal: Journal) -> None:
    first = block(100, set_fee_recipient(), create_market())
    instead = block(100, create_market(), set_fee_recipient(), fork="instead")
    logs = [*first, *removed(first), *instead]
    imported(journal, logs)
    before = stored(journal)

    assert imported(journal, logs).receipt.recorded == 0
    assert stored(journal) == before


LIQUIDATION: Final = block(102, liquidate(repaid=(200, 200 * SHARE), seized=50, bad_debt=(400, 400 * SHARE)))
OTHER_LIQUIDATION: Final = block(
    102, liquidate(repaid=(100, 100 * SHARE), seized=50, bad_debt=(500, 500 * SHARE)), fork="instead"
)


def test_a_withdrawn_liquidation_is_undone_with_all_its_facts(with_a_loan: Journal) -> None:
    imported(with_a_loan, LIQUIDATION)

    done = imported(with_a_loan, removed(LIQUIDATION))

    assert done.receipt.recorded == 5
    assert state(with_a_loan) == state(_with(A_LOAN))


def test_a_liquidation_is_withdrawn_as_often_as_its_block_leaves(with_a_loan: Journal) -> None:
    for logs in (LIQUIDATION, removed(LIQUIDATION), OTHER_LIQUIDATION, removed(OTHER_LIQUIDATION)):
        imported(with_a_loan, logs)
    assert state(with_a_loan) == state(_with(A_LOAN))

    imported(with_a_loan, LIQUIDATION)

    assert state(with_a_loan) == state(_with([*A_LOAN, *LIQUIDATION]))


FROM_THE_FIRST_MARKET: Final = A_YEAR[3:]
"""The logs that entries follow from: what comes before the first market leaves none."""


def test_every_log_of_a_year_may_be_withdrawn_one_after_the_other(journal: Journal) -> None:
    imported(journal, A_YEAR)

    for log in reversed(FROM_THE_FIRST_MARKET):
        imported(journal, removed([log]))

    assert state(journal) == state(MemoryJournal())


@settings(max_examples=25)
@given(st.integers(101, 109), st.integers(1, 9), st.booleans())
def test_any_end_of_a_chain_may_be_withdrawn_and_told_again(through: int, depth: int, at_once: bool) -> None:  # noqa: FBT001  (a drawn value)
    journal, first = MemoryJournal(), max(through + 1 - depth, 101)
    instead = [log | {"blockHash": f"0x{'ee' * 12}{log['blockHash'][-40:]}"} for log in blocks(first, 109)]
    steps = [blocks(0, through), removed(blocks(first, through)), instead]
    for logs in [[log for step in steps for log in step]] if at_once else steps:
        imported(journal, logs)

    assert state(journal)[0] == state(_with([*blocks(0, first - 1), *instead]))[0]


def blocks(first: int, last: int) -> list[Json]:
    """The logs of some blocks of that year."""
    return [log for log in A_YEAR if first <= int(log["blockNumber"], 16) <= last]


# Blocks that return.


def test_a_block_that_returns_in_a_further_file_is_recorded_again_under_a_further_id(with_a_loan: Journal) -> None:
    imported(with_a_loan, [*ONE_MORE, *removed(ONE_MORE)])
    first = events(with_a_loan)[-2].id

    done = imported(with_a_loan, ONE_MORE)

    assert done.receipt == Recording(recorded=1, already=0)
    assert the_last(with_a_loan).id == f"{first}#2"
    assert balances(with_a_loan) == balances(_with([*A_LOAN, *ONE_MORE]))


def test_a_block_may_leave_and_return_again_and_again(with_a_loan: Journal) -> None:
    for logs in (LIQUIDATION, removed(LIQUIDATION)) * 3:
        imported(with_a_loan, logs)
    assert state(with_a_loan) == state(_with(A_LOAN))

    imported(with_a_loan, LIQUIDATION)

    assert the_last(with_a_loan).id.endswith("/0#4/5")
    assert state(with_a_loan) == state(_with([*A_LOAN, *LIQUIDATION]))
    assert imported(with_a_loan, LIQUIDATION).receipt == Recording(recorded=0, already=1)


def test_a_block_that_returned_and_says_something_else_is_refused(with_a_loan: Journal) -> None:
    imported(with_a_loan, [*ONE_MORE, *removed(ONE_MORE)])

    (problem,) = refusal(with_a_loan, [ONE_MORE[0] | {"data": INSTEAD[0]["data"]}])

    assert "is recorded with other content" in problem


def test_a_block_that_returns_in_the_file_that_withdraws_it_is_a_repeat_that_leaves_a_gap(
    with_a_loan: Journal,
) -> None:
    """Whether it is a repeat or returned cannot be told, so nothing of the file is recorded."""
    (problem,) = refusal(with_a_loan, [*ONE_MORE, *removed(ONE_MORE), *ONE_MORE])

    assert problem.startswith(f"at its end: block 102 ({ONE_MORE[0]['blockHash']}) left the chain and comes back")


def test_a_block_that_returns_is_recorded_once_the_others_are_withdrawn_by_themselves(with_a_loan: Journal) -> None:
    imported(with_a_loan, [*ONE_MORE, *removed(ONE_MORE), *INSTEAD])
    refusal(with_a_loan, [*removed(INSTEAD), *ONE_MORE])

    imported(with_a_loan, removed(INSTEAD))

    assert imported(with_a_loan, ONE_MORE).receipt.recorded == 1
    assert balances(with_a_loan) == balances(_with([*A_LOAN, *ONE_MORE]))


def test_logs_that_follow_on_a_block_that_returned_as_a_repeat_are_refused(with_a_loan: Journal) -> None:
    """They would be recorded without it, and nothing would tell that it is missing."""
    logs = [*ONE_MORE, *removed(ONE_MORE), *ONE_MORE, *block(103, A_DEPOSIT)]

    (problem,) = refusal(with_a_loan, logs)

    assert problem.startswith(f"{place(logs[3], 4)}: ")
    assert f"block 102 ({ONE_MORE[0]['blockHash']})" in problem


def test_another_block_may_take_the_place_of_one_that_returned_as_a_repeat(with_a_loan: Journal) -> None:
    imported(with_a_loan, [*ONE_MORE, *removed(ONE_MORE), *ONE_MORE, *INSTEAD, *block(103, A_DEPOSIT)])

    assert balances(with_a_loan) == balances(_with([*A_LOAN, *INSTEAD, *block(103, A_DEPOSIT)]))


# Beside facts that are told as such.


A_TOKEN: Final = {"type": "asset-registered", "at": AT, "id": "usd", "asset": "USD", "decimals": 6}


def reversal_of(event: Any, journal: Journal, name: str) -> Json:
    """The fact that a person reverses an entry."""
    lines = [
        {"account": line.account, "commodity": line.commodity, "amount": str(-line.amount)}
        for line in event.lines(folded(journal).books.charters)
    ]
    return {"type": "entry-reversed", "at": event.at, "id": name, "of": event.id, "reason": "no", "postings": lines}


def test_a_file_from_before_a_reorganisation_adds_nothing_after_it_and_says_so(with_a_loan: Journal) -> None:
    imported(with_a_loan, [*ONE_MORE, *removed(ONE_MORE), *INSTEAD])
    before = stored(with_a_loan)

    again = imported(with_a_loan, [*A_LOAN, *ONE_MORE])

    assert (again.tally.repeated, again.tally.returned) == (len(A_LOAN) + 1, 1)
    assert stored(with_a_loan) == before


@pytest.mark.parametrize("name", ["note", "102/0011223344556677/0/withdrawn", "102/0011/0"])
def test_a_fact_whose_id_merely_begins_like_that_of_a_log_is_none(name: str, with_a_loan: Journal) -> None:
    note = {"type": "asset-registered", "at": AT, "id": f"{CONTRACT}/{name}", "asset": "USD", "decimals": 6}
    told(with_a_loan, note)

    (problem,) = refusal(with_a_loan, block(99, A_DEPOSIT))

    assert "is older than block 101" in problem


def test_an_id_of_a_further_fact_that_is_taken_is_refused_with_the_place_of_its_log(journal: Journal) -> None:
    imported(journal, A_MARKET)
    logs = block(101, supply_collateral(assets=50))
    first = f"{CONTRACT}/101/{logs[0]['blockHash'][2:18]}/0"
    told(journal, {"type": "asset-registered", "at": AT, "id": f"{first}/2", "asset": "USD", "decimals": 6})

    assert refusal(journal, logs) == (f"{place(logs[0], 1)}: id {first}/2 is recorded with other content",)
    with pytest.raises(InputRefused, match="is recorded with other content"):
        list(Book(journal).rehearse([("logs", feed(lines_of(logs)))], clock=lambda: NOON, recorded_by="a test"))


def test_facts_of_other_sources_may_stand_between_imports(with_a_loan: Journal) -> None:
    told(with_a_loan, A_TOKEN)
    imported(with_a_loan, ONE_MORE)
    told(with_a_loan, A_TOKEN | {"id": "eur", "asset": "EUR"})

    assert "is older than" in refusal(with_a_loan, block(101, A_DEPOSIT, first=9))[0]
    assert imported(with_a_loan, removed(ONE_MORE)).tally.withdrawn == 1
    assert balances(with_a_loan) == balances(_with(A_LOAN))


def test_a_book_made_of_exported_facts_goes_on_with_the_next_logs(with_a_loan: Journal) -> None:
    copy = MemoryJournal()
    told(copy, *(json.loads(content) for content in contents(with_a_loan)))

    assert imported(copy, A_LOAN).receipt == Recording(recorded=0, already=4)
    assert imported(copy, ONE_MORE).receipt.recorded == 1
    assert contents(copy) == all_of([*A_LOAN, *ONE_MORE])


def test_what_a_person_reversed_does_not_come_back_with_the_next_import(with_a_loan: Journal) -> None:
    imported(with_a_loan, ONE_MORE)
    told(with_a_loan, reversal_of(the_last(with_a_loan), with_a_loan, "mistake"))
    before = stored(with_a_loan)

    assert imported(with_a_loan, [*A_LOAN, *ONE_MORE]).receipt == Recording(recorded=0, already=5)
    assert stored(with_a_loan) == before


def test_a_block_of_which_a_person_reversed_everything_may_leave_the_chain(with_a_loan: Journal) -> None:
    imported(with_a_loan, ONE_MORE)
    told(with_a_loan, reversal_of(the_last(with_a_loan), with_a_loan, "mistake"))

    imported(with_a_loan, [*removed([*A_LOAN[-1:], *ONE_MORE]), *INSTEAD])

    assert balances(with_a_loan) == balances(_with([*A_LOAN[:-1], *INSTEAD]))


def test_a_block_of_which_a_person_reversed_a_part_may_leave_the_chain(with_a_loan: Journal) -> None:
    imported(with_a_loan, LIQUIDATION)
    closing = the_last(with_a_loan)
    assert isinstance(closing, CaseClosed)
    told(with_a_loan, reversal_of(closing, with_a_loan, "reopened"))

    imported(with_a_loan, [*removed(LIQUIDATION), *INSTEAD])

    assert balances(with_a_loan) == balances(_with([*A_LOAN, *INSTEAD]))


def test_a_log_on_which_another_fact_depends_cannot_be_withdrawn(with_a_loan: Journal) -> None:
    imported(with_a_loan, LIQUIDATION)
    case = next(event.case for event in events(with_a_loan) if isinstance(event, LoanDefaulted))
    told(
        with_a_loan,
        {
            "type": "recovery-received",
            "at": AT,
            "id": "late",
            "pool": MARKET,
            "case": case,
            "amount": "1",
            "payer": "x",
        },
    )
    logs = removed(LIQUIDATION)

    (problem,) = refusal(with_a_loan, logs)

    assert problem.startswith(f"{place(logs[0], 1)}: entry-reversed {CONTRACT}/102/")
    assert "law 9" in problem
    assert "late" in problem


def test_a_log_of_a_closed_period_cannot_be_recorded(with_a_loan: Journal) -> None:
    told(with_a_loan, {"type": "period-closed", "at": AT, "id": "closing", "through": AT})
    logs = block(102, A_DEPOSIT)

    (problem,) = refusal(with_a_loan, logs)

    assert problem.startswith(f"{place(logs[0], 1)}: deposited ")
    assert "law 9, a closed period stays closed" in problem


def test_a_log_of_a_closed_period_cannot_be_withdrawn(with_a_loan: Journal) -> None:
    told(with_a_loan, {"type": "period-closed", "at": AT, "id": "closing", "through": AT})
    logs = removed(A_LOAN[-1:])

    (problem,) = refusal(with_a_loan, logs)

    assert problem.startswith(f"{place(logs[0], 1)}: entry-reversed ")
    assert "law 9, a closed period stays closed" in problem


# The chain.


def test_the_chain_of_a_log_is_kept_in_its_evidence(journal: Journal) -> None:
    imported(journal, A_LOAN, chain_id=8453)

    assert {event.evidence.chain_id for event in events(journal) if event.evidence} == {8453}


@pytest.mark.parametrize(("first", "then"), [(1, 10), (10, 1), (None, 1)])
@pytest.mark.parametrize("logs", [A_LOAN, ONE_MORE, removed(A_LOAN[-1:]), block(102, enable_irm())])
def test_a_file_of_another_chain_is_refused(first: int | None, then: int, logs: list[Json], journal: Journal) -> None:
    imported(journal, A_LOAN, chain_id=first)

    (problem,) = refusal(journal, logs, chain_id=then)

    assert problem.startswith(f"{place(logs[0], 1)}: is of chain {then}, and this book's logs are recorded ")


def test_an_import_that_names_no_chain_goes_on_with_that_of_the_book(journal: Journal) -> None:
    imported(journal, A_LOAN, chain_id=1)

    assert imported(journal, [*A_LOAN, *ONE_MORE]).receipt == Recording(recorded=1, already=4)
    assert the_last(journal).evidence.chain_id == 1


# Refused together, and rehearsed.


def test_all_malformed_logs_of_a_file_are_told_in_one_run_and_nothing_is_recorded(with_a_loan: Journal) -> None:
    good = block(102, A_DEPOSIT)
    bad = [
        *block(103, A_DEPOSIT._replace(topics=A_DEPOSIT.topics[:2])),
        *block(104, A_DEPOSIT._replace(data=A_DEPOSIT.data[:-2])),
        *block(105, Said((), "0x")),
    ]
    lines = [*lines_of([*good, *bad]), b"nonsense\n"]

    assert (
        refusal(with_a_loan, lines=lines)
        == (
            f"{place(bad[0], 2)}: topics: Supply has 4, not 2",
            f"{place(bad[1], 3)}: data: Supply has 64 bytes, not 63",
            f"{place(bad[2], 4)}: topics: an event has at least one, not 0",
            "line 5: not a JSON object (expected value at column 1)",
        )
        or len(refusal(with_a_loan, lines=lines)) == 4
    )


def test_the_first_breach_of_law_is_told_beside_every_malformed_log(with_a_loan: Journal) -> None:
    logs = [*block(102, borrow(assets=401, shares=1)), *block(103, A_DEPOSIT._replace(data="0x"))]

    problems = refusal(with_a_loan, logs)

    assert [problem.partition(": ")[0] for problem in problems] == [place(logs[0], 1), place(logs[1], 2)]


def test_malformed_logs_out_of_order_are_told_with_their_lines(with_a_loan: Journal) -> None:
    logs = [*block(104, A_DEPOSIT), *block(103, A_DEPOSIT._replace(data="0x")), *block(102, Said((), "0x"))]

    problems = refusal(with_a_loan, logs)

    assert {problem.partition(": ")[0] for problem in problems} == {place(logs[1], 2), place(logs[2], 3)}


def test_a_rehearsal_says_what_would_be_recorded_and_records_nothing(journal: Journal) -> None:
    book = Book(journal)
    files = [(name, feed(lines_of(logs))) for name, logs in [("1", A_YEAR[:9]), ("2", A_YEAR[9:]), ("3", A_YEAR)]]

    receipts = [receipt for _, receipt in book.rehearse(files, clock=lambda: NOON, recorded_by="desk")]

    assert stored(journal) == []
    assert sum(receipt.recorded for receipt in receipts) == len(IN_ORDER)
    assert receipts[2].recorded == 0
    assert imported(journal, A_YEAR).receipt.by_type == receipts[0].by_type + receipts[1].by_type


def test_a_rehearsal_of_a_reorganisation_finds_what_the_rehearsal_before_would_have_recorded(journal: Journal) -> None:
    files = [(name, feed(lines_of(logs))) for name, logs in [("1", [*A_LOAN, *ONE_MORE]), ("2", removed(ONE_MORE))]]

    done = list(Book(journal).rehearse(files, clock=lambda: NOON, recorded_by="desk"))

    assert [receipt.recorded for _, receipt in done] == [8, 1]


# Through the command line.


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(logs: Iterable[Json], name: str = "logs.jsonl") -> str:
    """The name of a file that holds logs, one a line."""
    Path(name).write_bytes(b"".join(lines_of(logs)))
    return name


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> Run:
    return called(capsys, "--db", "book.db", "import", "--source", "morpho-blue", *arguments)


def in_book() -> list[bytes]:
    """The events of the book in this folder."""
    return contents(SqliteJournal.open(Path("book.db"), patience=5))


@pytest.mark.usefixtures("folder")
def test_an_import_says_what_it_recorded_and_what_it_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, written(A_YEAR))

    assert done.code == Exit.CLEAN
    left_out = "kept for the first pool: SetFeeRecipient 1; without entries: EnableIrm 2"
    assert done.err.splitlines() == [
        "recoup: created book.db",
        f"recoup: logs.jsonl: {len(IN_ORDER)} recorded, 0 already recorded",
        f"recoup: logs.jsonl: {len(A_YEAR)} logs; {left_out}",
        f"recoup: logs.jsonl: logs of events that are not known, left out: {unknown.topics[0]} 2",
    ]
    assert in_book() == IN_ORDER


def test_logs_are_read_from_standard_input(folder: Path) -> None:
    done = run(["--db", "book.db", "import", "--source", "morpho-blue", "-"], folder, b"".join(lines_of(A_YEAR[::-1])))

    assert (done.code, done.out) == (Exit.CLEAN, "")
    assert in_book() == IN_ORDER


@pytest.mark.usefixtures("folder")
def test_logs_are_read_from_a_packed_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("logs.jsonl.gz").write_bytes(gzip.compress(b"".join(lines_of(A_YEAR[::-1]))))

    assert command(capsys, "logs.jsonl.gz").code == Exit.CLEAN
    assert in_book() == IN_ORDER


DAMAGES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "cut off": lambda packed: packed[:-9],
    "changed": lambda packed: packed[:40] + b"\xff\xff\xff\xff" + packed[44:],
    "not packed": lambda _: b"".join(lines_of(A_YEAR)),
    "followed by something else": lambda packed: packed + b"nonsense",
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_packed_file_that_is_damaged_is_refused_whole(damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    command(capsys, written(A_LOAN))
    before = bytes_of(Path("book.db"))
    Path("more.jsonl.gz").write_bytes(DAMAGES[damage](gzip.compress(b"".join(lines_of([*A_LOAN, *ONE_MORE])))))

    done = command(capsys, "more.jsonl.gz")

    assert done.code == Exit.REFUSED
    assert "more.jsonl.gz: not a whole gzip file: " in done.err
    assert bytes_of(Path("book.db")) == before


HOSTILE: Final[dict[str, list[bytes]]] = {
    "of another contract": lines_of(block(200, create_market(OTHER_MARKET), address=STRANGER)),
    "without topics": lines_of(block(200, Said((), "0x"))),
    "with too few topics": lines_of(block(200, A_DEPOSIT._replace(topics=A_DEPOSIT.topics[:1]))),
    "with its data cut off": lines_of(block(200, A_DEPOSIT._replace(data=A_DEPOSIT.data[:-64]))),
    "with more data": lines_of(block(200, A_DEPOSIT._replace(data=A_DEPOSIT.data + "00" * 32))),
    "of no market": lines_of(block(200, supply(assets=1, shares=1, market=OTHER_MARKET))),
    "older than the last": lines_of(block(101, A_DEPOSIT)),
    "of more than there is": lines_of(block(200, borrow(assets=401, shares=1))),
    "of a market there is": lines_of(block(200, create_market())),
    "of no fee there can be": lines_of(block(200, set_fee(10**18 + 1))),
    "withdrawn but not recorded": lines_of(removed(block(200, A_DEPOSIT))),
    "withdrawn too early": lines_of(removed(A_LOAN[1:2])),
    "recorded with something else": lines_of([A_LOAN[1] | {"data": INSTEAD[0]["data"]}]),
    "after others that are good": lines_of([*ONE_MORE, *block(200, borrow(assets=500, shares=1))]),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("option", [(), ("--dry-run",), ("--chunk", "1000")])
def test_a_hostile_log_is_refused_with_its_place_and_no_byte_of_the_book_changes(
    name: str, option: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    command(capsys, written(A_LOAN))
    before = bytes_of(Path("book.db"))
    Path("hostile.jsonl").write_bytes(b"".join(HOSTILE[name]))
    log = json.loads(HOSTILE[name][-1])

    done = command(capsys, "hostile.jsonl", *option)

    assert done.code == Exit.REFUSED
    assert f"hostile.jsonl: {place(log, len(HOSTILE[name]))}: " in done.err
    assert len(done.err.splitlines()) == 1
    assert bytes_of(Path("book.db")) == before


@pytest.mark.usefixtures("folder")
def test_settings_alone_before_the_first_pool_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, written(block(99, set_fee_recipient())))

    assert done.code == Exit.REFUSED
    assert "SetFeeRecipient 1 before the first pool: import it together with that pool" in done.err


@pytest.mark.usefixtures("folder")
def test_a_file_without_logs_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    Path("none.json").write_bytes(b'{"jsonrpc":"2.0","id":1,"result":[]}\n')

    done = command(capsys, "none.json")

    assert done.code == Exit.CLEAN
    assert done.err.splitlines() == [
        "recoup: created book.db",
        "recoup: none.json: 0 recorded, 0 already recorded",
        "recoup: none.json: 0 logs",
    ]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("line", "saying"),
    [
        (b"[" * 100_000, "line 1"),
        (b'{"a":' * 100_000, "line 1"),
        (b'{"jsonrpc":"2.0","error":"\\ud800\\u001b[31m"}', "the node answered with an error"),
        (b'{"blockNumber":"\\ud800"}', "line 1"),
        (b'{"blockNumber":"\\u001b[31m"}', "line 1"),
    ],
)
def test_hostile_json_is_refused_in_words_that_do_not_disturb_a_terminal(
    line: bytes, saying: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("hostile.json").write_bytes(line)

    done = command(capsys, "hostile.json")

    assert done.code == Exit.REFUSED
    assert saying in done.err
    assert "\x1b" not in done.err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("chain", ["0", "-1", "x", str(2**63)])
def test_a_chain_that_cannot_be_is_a_mistake_in_the_call(chain: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(capsys, written(A_LOAN), "--chain-id", chain).code == Exit.USAGE


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("option", [("--assets", "logs.jsonl"), ("--chain-id", "1")])
def test_options_for_logs_do_not_go_with_facts(option: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    written(A_LOAN)

    assert called(capsys, "--db", "book.db", "import", "logs.jsonl", *option).code == Exit.USAGE


@pytest.mark.usefixtures("folder")
def test_symbols_and_decimals_come_from_a_list_and_stay_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    Path("tokens.json").write_text(
        json.dumps([{"address": LOAN_TOKEN, "symbol": "USDC", "decimals": 6, "chainId": 1}]), encoding="utf-8"
    )
    command(capsys, written(A_LOAN), "--assets", "tokens.json", "--chain-id", "1")
    command(capsys, written(block(102, create_market(OTHER_MARKET))))

    books = folded(SqliteJournal.open(Path("book.db"), patience=5)).books
    assert books.charters.assets == {AssetId("USDC"): 6, AssetId(COLLATERAL_TOKEN): 0}
    assert books.charters.pools[PoolId(OTHER_MARKET)].asset == "USDC"
    assert books.sums.balance(Account(f"assets:{MARKET}:cash"), Commodity("USDC")) == 400


@pytest.mark.usefixtures("folder")
def test_two_tokens_of_one_symbol_cannot_both_be_that_asset(capsys: pytest.CaptureFixture[str]) -> None:
    both = [{"address": address, "symbol": "USD", "decimals": 6} for address in (LOAN_TOKEN, COLLATERAL_TOKEN)]
    Path("tokens.json").write_text(json.dumps(both), encoding="utf-8")

    done = command(capsys, written(A_LOAN), "--assets", "tokens.json")

    assert done.code == Exit.REFUSED
    assert f"{place(A_LOAN[0], 1)}: " in done.err
    assert "asset USD is registered already" in done.err


@pytest.mark.usefixtures("folder")
def test_a_withdrawal_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, written([*A_LOAN, *ONE_MORE, *removed(ONE_MORE), *ONE_MORE, *INSTEAD]))

    assert done.code == Exit.CLEAN
    assert "8 logs; 1 withdrawn; 1 came again after that, and count as repeats" in done.err


def test_the_books_after_any_import_are_those_that_a_replay_gives(journal: Journal) -> None:
    book = Book(journal)
    for logs in (A_LOAN, LIQUIDATION, removed(LIQUIDATION), OTHER_LIQUIDATION):
        book.record(feed(lines_of(logs)), source="logs", clock=lambda: NOON, recorded_by="desk")

    assert picture(book.books) == picture(folded(journal).books)
    assert isinstance(book.books, Books)


def test_a_market_is_a_pool_and_its_users_are_lenders_and_loans(with_a_loan: Journal) -> None:
    books = folded(with_a_loan).books

    assert list(books.charters.pools) == [POOL]
    assert list(books.loans[POOL]) == [BOB]
    assert books.sums.balance(Account(f"register:{MARKET}:lenders:{ALICE}"), Commodity(f"shares:{MARKET}:lenders")) == (
        1000 * SHARE
    )
