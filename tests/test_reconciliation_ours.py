"""Our side of the transaction level: what the book says of accounts, as movements and balances."""

from collections import Counter, defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.accounts import net
from ledger.chart import part_of, side_of
from ledger.errors import AskedAmiss
from ledger.events import AnyEvent
from ledger.events.envelope import Evidence
from ledger.journal import Journal
from ledger.values import Account, AssetId, Commodity, EventId, PoolId, Timestamp
from projections.reading import Asked, Selection
from projections.reconciliation.movements.accounts import NEVER_CASH, shape_of
from projections.reconciliation.movements.ours import ours_of
from projections.reconciliation.paper import Ours
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import standing_of
from tests.histories import HISTORIES, History, histories, recorded
from tests.reconciliation_story import CASH, CLOSED_AT, RESERVE, a_break, a_paper
from tests.story import (
    ETH,
    FUND,
    LENDER,
    POOL,
    a_loan,
    a_pool,
    adjustment_posted,
    asset_registered,
    deposited,
    fund_drawn,
    income_received,
    loan_defaulted,
    pool_opened,
    posted,
    repaid,
    shortfall_recognized,
    told,
    withdrawn,
)

FUND_CASH = f"assets:{FUND}:cash"
OTHER = PoolId("other")
OPENED_AT = "2022-11-21"
"""The facts of a story are of 22 November."""


def ours(journal: Journal, *accounts: str, **fields: Any) -> Ours:
    """Our side of the cash, or of some accounts, in November."""
    asked = {"opened_at": OPENED_AT, "closed_at": CLOSED_AT, "carried": None, "rules": Rules(), **fields}
    rules = asked.pop("rules")
    return ours_of(journal, accounts or (CASH,), rules, **asked)


def amounts(found: Ours) -> list[tuple[str, int]]:
    """The movements by id and amount."""
    return [(item.id, item.amount) for item in found.items]


# What an entry says.


def test_each_entry_that_moves_the_account_is_an_item() -> None:
    journal = recorded(a_loan(principal=600).then(repaid(principal=100)).facts)
    found = ours(journal)
    assert amounts(found) == [("fact-6", 1000), ("fact-7", -600), ("fact-10", 100)]
    assert (found.opening, found.closing, found.commodity, found.decimals) == (0, 500, "USD", 6)


def test_an_item_says_where_and_what_the_entry_is() -> None:
    journal = recorded(a_pool(assets=1000).facts)
    (item,) = ours(journal).items
    assert (item.place, item.account, item.at, item.kind) == (6, CASH, "2022-11-22T13:31:23Z", "deposited")
    assert (item.end_to_end, item.reference, item.counterparty, item.status) == ("fact-6", "fact-6", LENDER, "booked")


def test_an_account_on_the_credit_side_grows_by_credits() -> None:
    journal = recorded(a_pool(assets=1000).then(withdrawn(assets=100, shares=100)).facts)
    found = ours(journal, "liabilities:pool:claims:lenders")
    assert amounts(found) == [("fact-6", 1000), ("fact-7", -100)]
    assert found.closing == 900


def test_a_log_on_a_chain_is_told_in_lower_case_with_its_index() -> None:
    evidence = Evidence(tx="0xABCD", log_index=7)
    journal = recorded(a_pool().then(income_received(amount=5, to=RESERVE, evidence=evidence)).facts)
    assert ours(journal).items[-1].chain == "0xabcd:7"


def test_a_transaction_without_an_index_is_told_alone() -> None:
    journal = recorded(a_pool().then(income_received(amount=5, to=RESERVE, evidence=Evidence(tx="0xAB"))).facts)
    assert ours(journal).items[-1].chain == "0xab"


def test_the_memo_is_the_reference_where_the_rules_say_so() -> None:
    journal = recorded(a_pool().then(income_received(amount=5, to=RESERVE, memo=" RF18 5390 ")).facts)
    item = ours(journal, rules=Rules(our_reference="memo")).items[-1]
    assert (item.reference, item.end_to_end, item.text) == ("RF18 5390", "fact-7", " RF18 5390 ")


def test_facts_of_one_command_are_of_one_group() -> None:
    first = income_received(amount=5, to=RESERVE, id=EventId("K"), command="{}")
    second = income_received(amount=6, to=RESERVE, id=EventId("K/2"), cause=EventId("K"))
    journal = recorded(a_pool().then(first, second, income_received(amount=7, to=RESERVE)).facts)
    assert [item.group for item in ours(journal).items] == ["", "K", "K", ""]


def test_an_entry_and_its_reversal_are_both_items() -> None:
    story = a_pool().then(income_received(amount=5, to=RESERVE))
    journal = recorded(story.then(story.reversal("fact-7")).facts)
    original, reversal = ours(journal).items[-2:]
    assert (original.amount, reversal.amount) == (5, -5)
    assert (reversal.kind, reversal.reverses, reversal.text) == ("entry-reversed", "fact-7", "entered twice")


def test_twins_say_the_same_under_two_ids() -> None:
    twice = income_received(amount=5, to=RESERVE), income_received(amount=5, to=RESERVE, memo="again")
    journal = recorded(a_pool().then(*twice, income_received(amount=6, to=RESERVE)).facts)
    _, one, other, third = ours(journal).items
    assert one.twin == other.twin != third.twin


def test_an_entry_that_moves_nothing_is_no_item() -> None:
    journal = recorded(a_pool().then(deposited(assets=0, shares=5), interest_accrued_nowhere()).facts)
    assert amounts(ours(journal)) == [("fact-6", 1000)]


def interest_accrued_nowhere() -> AnyEvent:
    """A fact that touches no account."""
    return asset_registered(asset=AssetId("EUR"), decimals=2)


# Several accounts, and others.


def two_pools(*facts: AnyEvent) -> Journal:
    """A pool with 1,000 and a fund with 300, another pool with 50, all of one asset."""
    story = a_pool(fund=300).then(pool_opened(pool=OTHER), deposited(pool=OTHER, assets=50, shares=50))
    return recorded(story.then(*facts).facts)


def test_several_accounts_are_one_statement_account() -> None:
    found = ours(two_pools(), CASH, FUND_CASH)
    assert amounts(found) == [("fact-4", 300), ("fact-6", 1000)]
    assert found.closing == 1300


def test_what_moves_between_the_accounts_is_no_item() -> None:
    story = a_loan(principal=600, fund=300)
    journal = recorded(story.then(*default_and_draw()).facts)
    assert [item.kind for item in ours(journal, CASH, FUND_CASH).items] == [
        "fund-contributed",
        "deposited",
        "loan-originated",
    ]
    assert [item.amount for item in ours(journal, FUND_CASH).items] == [300, -100]


def default_and_draw() -> list[AnyEvent]:
    """The loan defaults, and the fund pays 100 of it."""
    return [loan_defaulted(principal=600, interest=0), shortfall_recognized(principal=600), fund_drawn(amount=100)]


def test_movements_of_the_other_cash_are_elsewhere() -> None:
    assert [(item.account, item.amount) for item in ours(two_pools()).elsewhere] == [
        (FUND_CASH, 300),
        ("assets:other:cash", 50),
    ]


def test_what_was_undone_elsewhere_is_not_there() -> None:
    story = a_pool().then(pool_opened(pool=OTHER), deposited(pool=OTHER, assets=50, shares=50))
    journal = recorded(story.then(story.reversal("fact-8")).facts)
    assert ours(journal).elsewhere == ()


def test_cash_in_another_asset_is_not_elsewhere() -> None:
    facts = a_pool().then(pool_opened(pool=OTHER, asset=ETH), deposited(pool=OTHER, assets=5, shares=5)).facts
    assert ours(recorded(facts)).elsewhere == ()


def test_accounts_of_several_commodities_are_refused() -> None:
    facts = a_pool().then(pool_opened(pool=OTHER, asset=ETH)).facts
    with pytest.raises(
        AskedAmiss, match="of one commodity, not of 2: assets:other:cash in ETH, assets:pool:cash in USD"
    ):
        ours(recorded(facts), CASH, "assets:other:cash")


def test_an_unknown_account_is_refused_with_names_near_it() -> None:
    with pytest.raises(
        AskedAmiss, match="no account assets:pol:cash in memory at position 6; near it are assets:pool:"
    ):
        ours(two_pools_alone(), "assets:pol:cash")


def two_pools_alone() -> Journal:
    return recorded(a_pool().facts)


def test_an_account_of_a_loan_that_is_not_there_is_refused() -> None:
    with pytest.raises(AskedAmiss, match="no account assets:pool:loans:lone:principal"):
        ours(recorded(a_loan().facts), "assets:pool:loans:lone:principal")


def test_cash_that_nothing_moved_yet_is_empty() -> None:
    found = ours(recorded(told(asset_registered(), pool_opened()).facts))
    assert (found.items, found.opening, found.closing, found.commodity) == ((), 0, 0, "USD")


def test_collateral_is_kept_in_what_was_posted() -> None:
    found = ours(recorded(a_loan(quantity=10).facts), "assets:pool:collateral:loan")
    assert (found.commodity, found.decimals, found.closing) == ("ETH", 18, 10)


# When.


def dated(*days: str) -> Journal:
    """A pool with 1,000 on the 22nd, and income on these days: 1, 2, 3 …"""
    facts = [
        income_received(amount=number, to=RESERVE, at=Timestamp(f"{day}T12:00:00Z"))
        for number, day in enumerate(days, 1)
    ]
    return recorded(a_pool().then(*facts).facts)


def test_a_day_stands_for_its_end() -> None:
    found = ours(dated("2022-11-23", "2022-11-24"), opened_at="2022-11-22", closed_at="2022-11-23")
    assert (found.opening, found.closing, amounts(found)) == (1000, 1001, [("fact-7", 1)])


def test_an_instant_is_exact() -> None:
    journal = dated("2022-11-23")
    assert ours(journal, closed_at="2022-11-23T12:00:00Z").closing == 1001
    assert ours(journal, closed_at="2022-11-23T11:59:59.999999999Z").closing == 1000


def test_what_is_effective_at_the_opening_is_in_it() -> None:
    found = ours(dated("2022-11-23"), opened_at="2022-11-23T12:00:00Z")
    assert (found.opening, found.items) == (1001, ())


def test_a_day_on_which_nothing_moved_in_the_end_has_no_balance_of_its_own() -> None:
    back_and_forth = posted((CASH, 5), (CASH, -5))
    later = adjustment_posted(pool=POOL, postings=back_and_forth, at=Timestamp("2022-11-23T12:00:00Z"))
    assert ours(recorded(a_pool().then(later).facts)).daily == (("2022-11-22", 1000),)


def test_what_is_effective_soon_after_the_closing_is_later() -> None:
    found = ours(dated("2022-12-01", "2022-12-03", "2022-12-04"), rules=Rules(cutoff_days=3))
    assert [item.amount for item in found.later] == [1, 2]
    assert amounts(found) == [("fact-6", 1000)]


def test_what_is_undone_after_the_closing_is_not_later() -> None:
    story = a_pool().then(income_received(amount=5, to=RESERVE, at=Timestamp("2022-12-01T00:00:00Z")))
    assert ours(recorded(story.then(story.reversal("fact-7")).facts)).later == ()


def test_the_balance_is_told_after_each_day_with_a_movement() -> None:
    found = ours(dated("2022-11-25", "2022-11-24", "2022-11-25"))
    assert found.daily == (("2022-11-22", 1000), ("2022-11-24", 1002), ("2022-11-25", 1006))


def test_only_what_stands_by_a_position_counts() -> None:
    found = ours(dated("2022-11-23", "2022-11-24"), position=7)
    assert (found.closing, found.standing.position, found.standing.through) == (1001, 7, "fact-7")


def test_a_position_beyond_the_journal_is_refused() -> None:
    with pytest.raises(AskedAmiss, match="memory has no entry 9: its last one is 6"):
        ours(two_pools_alone(), position=9)


# What was open before.


def test_the_next_period_compares_what_is_new() -> None:
    journal = dated("2022-11-23", "2022-12-05")
    carried = a_paper(journal, position=7)
    found = ours(journal, opened_at=CLOSED_AT, closed_at="2022-12-31", carried=carried)
    assert (amounts(found), found.opening, found.closing) == ([("fact-8", 2)], 1001, 1003)


def test_what_is_recorded_late_for_the_period_before_is_new() -> None:
    journal = dated("2022-11-23", "2022-11-24")
    found = ours(journal, opened_at=CLOSED_AT, closed_at="2022-12-31", carried=a_paper(journal, position=7))
    assert (amounts(found), found.opening) == ([("fact-8", 2)], 1003)


def test_what_was_open_is_compared_again() -> None:
    journal = dated("2022-11-23", "2022-12-05")
    open_ = ours(journal).items[1]
    carried = a_paper(journal, a_break("missing in statement", open_))
    found = ours(journal, opened_at=CLOSED_AT, closed_at="2022-12-31", carried=carried)
    assert amounts(found) == [("fact-7", 1), ("fact-8", 2)]


def test_the_other_half_of_a_break_in_another_account_is_no_item() -> None:
    journal = two_pools()
    carried = a_paper(journal, a_break("wrong account", ours(journal).elsewhere[0]))
    assert ours(journal, opened_at=CLOSED_AT, closed_at="2022-12-31", carried=carried).items == ()


def test_a_paper_of_another_book_is_refused() -> None:
    other = recorded(a_pool(assets=7).facts)
    with pytest.raises(AskedAmiss, match="the paper of account:assets:pool:cash was made of another book"):
        ours(two_pools_alone(), carried=a_paper(other))


def test_a_paper_of_a_longer_book_is_refused() -> None:
    with pytest.raises(AskedAmiss, match="at position 8, but memory ends with position 6"):
        ours(two_pools_alone(), carried=a_paper(two_pools()))


def test_an_open_movement_that_is_not_there_is_refused() -> None:
    journal = dated("2022-11-23")
    gone = replace_id(ours(journal).items[1], "another")
    with pytest.raises(AskedAmiss, match="entry another is open in the paper before, but not at position 7"):
        ours(
            journal,
            opened_at=CLOSED_AT,
            closed_at="2022-12-31",
            carried=a_paper(journal, a_break("missing in statement", gone)),
        )


def replace_id(item: Any, event_id: str) -> Any:
    return item._replace(id=event_id)


def test_a_paper_is_not_continued_at_an_earlier_position() -> None:
    journal = dated("2022-11-23")
    with pytest.raises(AskedAmiss, match="the paper before was made at position 7"):
        ours(journal, carried=a_paper(journal), position=6)


def test_an_empty_book_stands_at_nothing() -> None:
    assert standing_of(recorded(()))[1:] == (0, "", "")


# Laws.


DAYS = ("2022-11-21", "2022-11-22", "2022-12-15", "2023-12-31")


@settings(HISTORIES, max_examples=25)
@given(histories(), st.data())
def test_what_is_told_of_an_account_is_what_its_postings_come_to(history: History, data: st.DataObject) -> None:
    journal, charters = recorded(history), charters_of(history)
    lines = [(event, *line) for event in history for line in event.lines(charters)]
    moved = Counter(account for account, _ in {line[1:3] for line in lines})
    account = data.draw(st.sampled_from([CASH, *sorted(account for account, kept_in in moved.items() if kept_in == 1)]))
    commodity = next((line[2] for line in lines if line[1] == account), "USD")
    opened_at, closed_at = sorted((data.draw(st.sampled_from(DAYS)), data.draw(st.sampled_from(DAYS))))
    sign = -1 if side_of(Account(account), Commodity(commodity)) == "credit" else 1
    mine = [(event.at[:10], sign * amount) for event, *of, amount in lines if of == [account, commodity]]
    found = ours(journal, account, opened_at=opened_at, closed_at=closed_at)
    assert found.opening == sum(amount for day, amount in mine if day <= opened_at)
    assert found.closing == sum(amount for day, amount in mine if day <= closed_at)
    assert found.opening + sum(item.amount for item in found.items) == found.closing
    assert [balance for _, balance in found.daily][-1:] in ([found.closing], [])


def charters_of(history: History) -> Any:
    """The charters of a book."""
    selection = Selection(recorded(history), Asked())
    selection.read_through()
    return selection.charters


@settings(HISTORIES, max_examples=25)
@given(histories())
def test_what_is_passed_over_moves_no_cash(history: History) -> None:
    charters = charters_of(history)
    passed_over = [event for event in history if event.type in NEVER_CASH]
    assert not [line for event in passed_over for line in event.lines(charters) if line.account.endswith(":cash")]


@settings(HISTORIES, max_examples=25)
@given(histories())
def test_accounts_of_one_shape_and_commodity_hold_the_same(history: History) -> None:
    charters, held = charters_of(history), defaultdict(set)
    for account, commodity in net(line for event in history for line in event.lines(charters)):
        part = part_of(account, commodity, charters)
        held[shape_of(account), commodity].add((part.holds.removeprefix("fund-"), part.holder is None))
    assert all(len(kinds) == 1 for kinds in held.values())


@settings(HISTORIES, max_examples=15)
@given(histories(), st.data())
def test_what_was_compared_in_two_periods_is_what_is_compared_in_one(history: History, data: st.DataObject) -> None:
    journal = recorded(history)
    position = data.draw(st.integers(5, len(history)))
    first = ours(journal, FUND_CASH, opened_at="", closed_at="2022-12-15", position=position)
    carried = a_paper(journal, position=position, closed_at="2022-12-15")
    second = ours(journal, FUND_CASH, opened_at="2022-12-15", closed_at="2023-12-31", carried=carried)
    whole = ours(journal, FUND_CASH, opened_at="", closed_at="2023-12-31")
    assert sorted([*first.items, *second.items]) == sorted(whole.items)
