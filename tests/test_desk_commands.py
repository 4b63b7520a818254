"""Random commands, held against an independent naive desk: the same balances, the same refusals, step by step."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given

from ledger.audit import replay
from ledger.books import Books
from ledger.commands import decide, read_back
from ledger.desk import Desk
from ledger.errors import IdConflict
from ledger.events import AnyEvent, AssetRegistered
from ledger.journal import Journal
from ledger.journal.past import JournalPast
from ledger.laws import admit
from ledger.receipt import Receipt
from ledger.values import EventId
from tests.histories_asker import PARTIES, TIMES
from tests.histories_commands import HISTORIES, CommandHistory, command_histories
from tests.histories_desk_setup import USD
from tests.naive_desk_book import NaiveDesk
from tests.naive_desk_both import a_desk, both, receipt_of
from tests.story import picture

# The same balances, the same refusals.


def posted(receipt: Receipt) -> Iterator[tuple[tuple[str, str], int]]:
    """What a receipt posts, by commodity and account."""
    for entry in receipt.entries:
        for account, commodity, amount in entry.postings:
            yield (commodity, account), amount


def read_of(desk: Desk, naive: NaiveDesk) -> dict[object, object]:
    """What a desk says of each lender, loan, case, fund and pool that the naive one has."""
    read: dict[object, object] = {name: desk.fund(name).balance for name in naive.funds}
    for name, pool in naive.pools.items():
        state = desk.pool(name)
        read[name] = (state.cash, state.deficit, state.reserve, state.unrealized, state.claims, state.shares)
        read |= {(name, loan): desk.loan(name, loan).debt for loan in pool.loans}
        for tranche in pool.claims:
            read |= {(name, tranche, lender): desk.lender(name, lender, tranche=tranche).balance for lender in PARTIES}
        for case in pool.cases:
            found = desk.case(name, case)
            rooms = tuple(layer.room for layer in found.layers)
            read[name, case] = (found.in_default, found.open, found.recoveries, found.restitution, rooms)
    return read


def told_by(naive: NaiveDesk) -> dict[object, object]:
    """The same by the naive desk itself."""
    told: dict[object, object] = {name: fund.cash for name, fund in naive.funds.items()}
    for name, pool in naive.pools.items():
        deficit, shares = sum(case.open for case in pool.cases.values()), {of: pool.issued(of) for of in pool.claims}
        told[name] = (pool.cash, deficit, pool.reserve, pool.unrealized, pool.claims, shares)
        told |= {(name, loan): naive.debt_of(pool, found) for loan, found in pool.loans.items()}
        for tranche in pool.claims:
            told |= {(name, tranche, lender): naive.balance(pool, tranche, lender) for lender in PARTIES}
        for case, found in pool.cases.items():
            rooms = tuple(naive.room(pool, found, layer) for layer in (found.terms or pool.terms)["waterfall"])
            in_default = found.principal + found.interest
            told[name, case] = (in_default, found.open, found.unallocated, found.restitution, rooms)
    return told


@HISTORIES
@given(history=command_histories())
def test_every_balance_is_that_of_a_naive_desk_which_refuses_the_same(history: CommandHistory) -> None:
    accounts: Counter[tuple[str, str]] = Counter()
    for desk, naive, asked, receipt in both(history):
        for key, amount in posted(receipt) if receipt else ():
            accounts[key] += amount

        assert {key: balance for key, balance in accounts.items() if balance} == naive.balances(), asked
        assert read_of(desk, naive) == told_by(naive), asked


# Decided again.


def commanded(journal: Journal) -> Iterator[tuple[Books, tuple[AnyEvent, ...]]]:
    """The facts of each command of a journal, with the books as they were before it; and of each fact by itself."""
    books = Books(JournalPast(journal))
    for _, group in groupby((entry.event() for entry in journal.read()), key=lambda event: event.cause or event.id):
        events = tuple(group)
        yield books, events
        for event in events:
            admit(event, books)


@HISTORIES
@given(history=command_histories())
def test_what_is_decided_again_is_what_was_stored(history: CommandHistory) -> None:
    desk = a_desk()
    for asked in history:
        receipt_of(desk, asked)

    for books, events in commanded(desk.journal):
        if (command := read_back(events[0])) is not None:
            assert decide(command, books) == events


# Refusals, dry runs, repetitions.


def refolded(desk: Desk) -> tuple[object, ...]:
    """The books that the journal of a desk makes."""
    return picture(replay(desk.journal, through=None, watch=iter).books)


@HISTORIES
@given(history=command_histories())
def test_what_is_refused_rehearsed_or_repeated_leaves_the_books_as_they_were(history: CommandHistory) -> None:
    desk = a_desk()
    for number, asked in enumerate(history):
        position = desk.position
        rehearsed = receipt_of(desk, asked, dry_run=True)
        assert desk.position == position

        receipt = receipt_of(desk, asked)
        assert rehearsed == receipt
        assert receipt is None or (desk.record(asked) == receipt and desk.record(asked).already)

        if number % 6 == 0:
            assert picture(desk._current()) == refolded(desk), asked  # noqa: SLF001  (the books themselves are compared)


def test_an_id_is_not_given_to_another_command() -> None:
    desk = a_desk()
    registered = AssetRegistered(at=TIMES[0], id=EventId("usd"), asset=USD, decimals=2)
    desk.record(registered)

    with pytest.raises(IdConflict):
        desk.record(replace(registered, memo="another"))
