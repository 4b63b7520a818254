"""What holds for every lawful history that is corrected, closed and made good: nothing of what was undone remains."""

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ledger.books import Books
from ledger.chart import is_issued
from ledger.errors import ClosedPeriod, LawBroken
from ledger.events import AnyEvent, PeriodClosed, RestitutionPaid
from ledger.laws import admit
from ledger.values import Account, Commodity, EventId, Timestamp
from tests.histories import (
    HISTORIES,
    History,
    facts_of,
    histories,
    histories_with_a_reversal,
    lasting_events,
    recorded,
    reports_of_what_counts,
    rows_of,
    total,
    written,
)
from tests.histories_teller import TIMES, books_of, steps_of
from tests.naive import NaiveBooks
from tests.naive_accounts import instant

# Reversals.


@HISTORIES
@given(told=histories_with_a_reversal())
def test_the_reversal_of_the_last_fact_restores_every_report(told: tuple[History, AnyEvent, AnyEvent]) -> None:
    history, fact, reversal = told

    before = reports_of_what_counts(recorded(history))

    assert reports_of_what_counts(recorded((*history, fact, reversal))) == before


@HISTORIES
@given(told=histories_with_a_reversal())
def test_the_reversal_of_the_last_fact_restores_what_the_laws_know(told: tuple[History, AnyEvent, AnyEvent]) -> None:
    history, fact, reversal = told

    before = known_to_the_laws(books_of(history))

    assert known_to_the_laws(books_of((*history, fact, reversal))) == before


def known_to_the_laws(books: Books) -> dict[str, object]:
    """All that the books hold, but for where they stand, and for who held what at losses that fell since."""
    apart = {"past", "position", "registers", "reversed", "sums"}
    states = {name: getattr(books, name) for name in Books.__slots__ if name not in apart}
    return states | {
        "balances": list(books.sums.commodities()),
        "either": books.sums.either,
        "pledges": {asset: pledged for asset, pledged in books.pledges.items() if pledged},
        "due": [books.due(case) for case in books.cases.values()],
    }


@HISTORIES
@given(history=histories())
def test_what_was_reversed_and_its_reversals_are_as_if_never_told(history: History) -> None:
    told, lasting = recorded(history), written(lasting_events(history))

    assert reports_of_what_counts(told) == reports_of_what_counts(lasting)


@HISTORIES
@given(history=histories())
def test_a_fact_is_reversed_once_and_a_reversal_never(history: History) -> None:
    reversed_ = [event.of for event in history if event.type == "entry-reversed"]
    reversals = [event.id for event in history if event.type == "entry-reversed"]

    assert len(reversed_) == len(set(reversed_))
    assert set(reversed_).isdisjoint(reversals)


# Periods.


def in_closed_periods(history: History) -> Iterator[AnyEvent]:
    """The facts told after a period was closed, with a time in it."""
    closed = -1
    for event in history:
        if instant(event.at) <= closed:
            yield event
        if isinstance(event, PeriodClosed):
            closed = max(closed, instant(event.through))


@HISTORIES
@given(history=histories())
def test_nothing_is_told_in_a_closed_period(history: History) -> None:
    assert list(in_closed_periods(history)) == []


@HISTORIES
@given(history=histories(), through=st.sampled_from(TIMES))
def test_a_closed_period_stays_closed_to_every_fact(history: History, through: Timestamp) -> None:
    closing = PeriodClosed(at=TIMES[-1], id=EventId("closing"), through=TIMES[-1])
    books = books_of((*history, closing))

    refusals = [refusal_of(replace(event, at=through, id=EventId(f"again-{event.id}")), books) for event in history]

    assert set(refusals) <= {ClosedPeriod}


def refusal_of(event: AnyEvent, books: Books) -> type[LawBroken] | None:
    """The law that refuses a fact, if one does."""
    try:
        admit(event, books)
    except LawBroken as broken:
        return type(broken)
    return None


# Law 3.


@HISTORIES
@given(history=histories())
def test_no_account_stands_off_its_side(history: History) -> None:
    books = books_of(history)

    assert [
        (account, commodity, balance)
        for commodity, balances in books.sums.commodities()
        for account, balance in balances
        if is_off_its_side(account, commodity, balance, books)
    ] == []


def is_off_its_side(account: Account, commodity: Commodity, balance: int, books: Books) -> bool:
    """Told from an account's name alone, and for claims from whether their tranche has shares."""
    kind, pool, name, *of = f"{account}:".rstrip(":").split(":") + ([""] if account.count(":") < 2 else [])
    if name in ("rounding", "reserve") or (kind, name, of) == ("assets", "interest", []):
        return False
    if name == "claims" and balance > 0:
        return bool(books.sums.balance(Account(f"register:{pool}:{of[0]}"), Commodity(f"shares:{pool}:{of[0]}")))
    in_debit = kind == "assets" or name == "unrealized" or (kind == "register" and not is_issued(account, commodity))
    return (balance > 0) != (in_debit and name != "allowance")


# Restitution.


@HISTORIES
@given(history=histories())
def test_whoever_bore_a_loss_is_due_their_part_of_what_was_given_back(history: History) -> None:
    books, told = books_of(history), facts_of(history)
    naive = NaiveBooks(told, opened=told)

    assert {
        (name, tranche, holder): due
        for name, case in books.cases.items()
        for (tranche, holder), due in books.due(case).items()
        if due
    } == {bearer: due for bearer, due in naive.due.items() if due}


def restitutions(history: History) -> Iterator[tuple[int, int]]:
    """At each payment of restitution: what its holder was due by then, and was paid with it."""
    told = facts_of(history)
    for position, event, _ in steps_of(history):
        if isinstance(event, RestitutionPaid):
            naive = NaiveBooks(told[:position], opened=told)
            bearer = (event.case, event.tranche, event.holder)
            yield naive.due[bearer], naive.restored[bearer]


@HISTORIES
@given(history=histories())
def test_nobody_is_paid_more_restitution_than_is_due(history: History) -> None:
    assert [found for found in restitutions(history) if found[1] > found[0]] == []


@HISTORIES
@given(history=histories())
def test_restitution_is_paid_from_what_recoveries_allocated_to_bearers(history: History) -> None:
    told, lenders = facts_of(history), rows_of("lenders", recorded(history))
    naive = NaiveBooks(told, opened=told)

    assert total(lenders, "restitution") == sum(naive.restored.values()) <= sum(naive.due.values())
