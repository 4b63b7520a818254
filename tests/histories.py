"""Random lawful histories over every event type, for the property tests; and what reads them.

A history is told step by step. Each step proposes a fact that nearly fits the books as they stand: a default of exactly
what is owed, a draw up to what the fund has room for, now and then one unit more. The laws themselves are the filter:
what they refuse is left out.
"""

import json
import os
from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ledger.book import Book, Fact
from ledger.books import Books
from ledger.events import AnyEvent
from ledger.journal import Journal, NewEntry, envelope
from ledger.journal.memory import MemoryJournal
from ledger.values import PoolId, Timestamp, TrancheId
from projections.reading import Asked, Selection, Shown
from projections.reports import REPORTS
from projections.rows import measures
from tests.histories_control import (
    NEVER_REVERSED,
    adjust,
    assert_balance,
    close_period,
    reconcile,
    reversal,
    reverse,
    reverse_a_deposit,
    reverse_an_opening,
)
from tests.histories_default import (
    advance_cost,
    allocate_recovery,
    call_guarantee,
    close,
    cover,
    cure,
    default,
    draw_fund,
    draw_reserve,
    recapitalize,
    recognize,
    recover,
    redistribute,
    restore,
    return_surplus,
    sell,
    socialize,
    socialize_in_turn,
)
from tests.histories_lending import (
    accrue,
    allocate_interest,
    change_allowance,
    change_terms,
    contribute,
    contribute_to_reserve,
    deposit,
    draw_loan,
    observe_price,
    open_book,
    open_pool,
    originate,
    post,
    receive_income,
    release,
    repay,
    transfer,
    transfer_debt,
    withdraw,
    withdraw_from_fund,
    withdraw_from_reserve,
)
from tests.histories_teller import POOLS, TIMES, Leaning, Teller
from tests.naive_accounts import lasting

Row = dict[str, Any]


class History(tuple[AnyEvent, ...]):
    """Facts in their order. One that fails a test is shown as JSON Lines, ready to be imported."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "".join(f"\n{event.canonical().decode()}" for event in self)


settings.register_profile("histories", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("many-histories", settings.get_profile("histories"), max_examples=1_000)
HISTORIES: Final = settings.get_profile(os.environ.get("RECOUP_HISTORIES", "histories"))
"""How many histories a property is held against: `RECOUP_HISTORIES=many-histories` asks for many."""

STEPS: Final = 80


def open_another_pool(teller: Teller) -> AnyEvent:
    """A pool whose name is free, also that of one whose opening was reversed."""
    return open_pool(teller, next((name for name in POOLS if name not in teller.books.charters.pools), POOLS[0]))


Proposal = Callable[[Teller], AnyEvent]
AT_ANY_TIME: Final[tuple[Proposal, ...]] = (
    *(deposit, deposit, withdraw, transfer, originate, originate, originate, originate),
    *(contribute, withdraw_from_fund, observe_price, change_terms),
    *(receive_income, contribute_to_reserve, withdraw_from_reserve),
)
CONTROL: Final[tuple[Proposal, ...]] = (
    *(reverse, reverse, reverse, reverse, adjust, adjust, adjust, assert_balance, reconcile, reconcile),
)
WITH_A_LOAN: Final[tuple[Proposal, ...]] = (
    *(draw_loan, accrue, accrue, repay, repay, repay, post, post, post, release, return_surplus),
    *(allocate_interest, allocate_interest, transfer_debt, change_allowance),
)
WITH_A_LOAN_IN_DEFAULT: Final[tuple[Proposal, ...]] = (
    *(sell, sell, sell, recognize, recognize, recognize, recognize, cure, call_guarantee, advance_cost),
)
WITH_NOTHING_IN_DEFAULT: Final[tuple[Proposal, ...]] = (sell, cure, draw_loan, recognize)
WITH_A_DEFICIT: Final[tuple[Proposal, ...]] = (
    *(draw_fund, draw_fund, draw_fund, socialize, socialize, recapitalize, cover, draw_reserve, redistribute),
)
AFTER_A_LOSS: Final[tuple[Proposal, ...]] = (recover, recover, recover, allocate_recovery)
WITH_A_RECOVERY: Final[tuple[Proposal, ...]] = (allocate_recovery, allocate_recovery, transfer)
WITH_RESTITUTION: Final[tuple[Proposal, ...]] = (restore, restore, transfer)
LEANINGS: Final = (
    Leaning(),
    Leaning(
        debts=("indexed",),
        with_a_loan=(accrue, accrue, allocate_interest, allocate_interest),
        in_default=(allocate_interest, allocate_interest, recognize),
    ),
    Leaning(
        debts=("pooled",),
        with_a_loan=(draw_loan, accrue, repay, transfer_debt, adjust, adjust),
        in_default=(transfer_debt, recognize),
    ),
    Leaning(
        with_a_deficit=(socialize, cover, recapitalize, draw_fund),
        after_a_loss=(recover, allocate_recovery, allocate_recovery, restore, restore, transfer, withdraw),
    ),
    Leaning(
        first_layer="junior",
        in_default=(recognize, recognize),
        with_a_deficit=(socialize_in_turn,),
    ),
    Leaning(
        first_layer="reserve",
        with_a_loan=(withdraw_from_reserve, receive_income),
        in_default=(recognize, recognize),
        with_a_deficit=(draw_reserve,),
    ),
    Leaning(first_layer="fund", in_default=(recognize,), with_a_deficit=(draw_fund,), after_a_loss=(recover,)),
    Leaning(
        with_a_loan=(transfer_debt, change_allowance, change_allowance, originate, post),
        in_default=(transfer_debt, transfer_debt, call_guarantee, recognize),
        with_a_deficit=(redistribute,),
    ),
    Leaning(
        with_a_loan=(reverse, adjust), with_a_deficit=(reverse, socialize, reverse_a_deposit), after_a_loss=(reverse,)
    ),
    Leaning(with_a_loan=(reconcile, change_terms, open_another_pool, reverse_an_opening, reverse_an_opening)),
)


def proposals(teller: Teller) -> list[Proposal]:
    """Kinds of facts of which one may be told next: the rarer the state, the more of what only it allows."""
    if not teller.books.charters.pools or teller.seldom(60):
        return [open_another_pool]
    if teller.seldom(50):
        return [close_period]
    loans, groups, leaning = teller.loans(), [AT_ANY_TIME], teller.leaning
    if loans:
        groups += [WITH_A_LOAN, CONTROL, *[leaning.with_a_loan] * 2]
    owing = [case for pool, loan, case in loans if any(teller.owed(pool, loan, case))]
    if None in owing or (any(case is None for _, _, case in loans) and teller.seldom(8)):
        groups += [(default,)] * 2
    if any(case is not None for case in owing):
        groups += [*[WITH_A_LOAN_IN_DEFAULT] * 2, *[leaning.in_default] * 2]
    elif any(case is not None for _, _, case in loans):
        groups.append(WITH_NOTHING_IN_DEFAULT)
    return list(teller.one([group for group in groups + with_a_case(teller) + after_a_loss(teller) if group]))


def with_a_case(teller: Teller) -> list[tuple[Proposal, ...]]:
    """What ends a case, and who bears its deficit, if it has one."""
    if teller.deficits():
        return [*[WITH_A_DEFICIT] * 3, *[teller.leaning.with_a_deficit] * 6]
    if not teller.cases():
        return []
    return [(close,), WITH_A_DEFICIT] if teller.seldom(4) else [(close,)]


def after_a_loss(teller: Teller) -> list[tuple[Proposal, ...]]:
    """What may come back of a loss, and go to whom."""
    recognized = teller.recognized()
    owed = {
        name: [teller.in_asset(case.pool, f"liabilities:{case.pool}:{name}:{of}") for of, case in recognized]
        for name in ("recoveries", "restitution")
    }
    groups = [AFTER_A_LOSS, *[teller.leaning.after_a_loss] * 2] if recognized else []
    if any(owed["recoveries"]):
        groups.append(WITH_A_RECOVERY)
    if any(owed["restitution"]):
        groups.append(WITH_RESTITUTION)
    return groups


@st.composite
def histories(draw: st.DrawFn, leanings: tuple[Leaning, ...] = LEANINGS) -> History:
    """A lawful history: the facts that open a book, and up to `STEPS` more."""
    return History(told_by(draw, leanings).told)


def told_by(draw: st.DrawFn, leanings: tuple[Leaning, ...]) -> Teller:
    """Who told such a history, and could go on."""
    teller = Teller(draw, draw(st.sampled_from(leanings)))
    open_book(teller)
    least = draw(st.sampled_from((0, 20, 40, 60)))
    draw(st.lists(steps(teller), min_size=least, max_size=STEPS))
    teller.goes_on_by(draw)
    return teller


@st.composite
def steps(draw: st.DrawFn, teller: Teller) -> None:
    """The next step: a proposal, told if it is lawful. As elements of a list, steps can be left out one by one."""
    teller.goes_on_by(draw)
    teller.tell(teller.one(proposals(teller))(teller))


@st.composite
def histories_with_a_reversal(draw: st.DrawFn) -> tuple[History, AnyEvent, AnyEvent]:
    """A lawful history, one more lawful fact, and the reversal of that."""
    teller = told_by(draw, LEANINGS)
    history, told = History(teller.told), len(teller.told)
    for _ in range(20):
        fact = teller.one(proposals(teller))(teller)
        if fact.type not in NEVER_REVERSED and teller.tell(fact):
            break
    if len(teller.told) == told:
        teller.tell(observe_price(teller))
    return history, teller.told[-1], reversal(teller, teller.told[-1])


@st.composite
def histories_with_a_place(draw: st.DrawFn) -> tuple[History, int]:
    """A history, and how many of its facts come before some place in it."""
    history = draw(histories())
    return history, draw(st.integers(0, len(history)))


# Reading a history.

NOW: Final = Asked()
"""All that there is, as it stands."""
CASE: Final = "case-1"
SHEETS: Final = ("lenders", "funds", "deficits", "loans", "pools", "trial-balance")
"""The reports that are sheets: what they say does not depend on the order in which independent pools are told."""
OF_ALL_ENTRIES: Final = ("events", "register")
"""The reports that show every entry, also one that was reversed and its reversal."""
TIMES_ASKED: Final = st.sampled_from((Timestamp("2022-11-22T00:00:00Z"), *TIMES))


def facts_of(history: Iterable[AnyEvent]) -> list[Row]:
    """The facts as JSON objects."""
    return [json.loads(event.canonical()) for event in history]


def lasting_events(history: Iterable[AnyEvent]) -> History:
    """The facts of a history that were not reversed, without the reversals."""
    events = list(history)
    lasts = {fact["id"] for fact in lasting(facts_of(events))}
    return History(event for event in events if event.id in lasts)


def recorded(history: Iterable[AnyEvent], clock: Iterable[Timestamp] = repeat(TIMES[-1])) -> MemoryJournal:
    """A journal of a history, two entries a recording, each at the clock's next time."""
    journal, times = MemoryJournal(), iter(clock)
    facts = [Fact.of(line, event) for line, event in enumerate(history, 1)]
    Book(journal).record(facts, source="history", clock=lambda: next(times), recorded_by="teller", chunk=2)
    return journal


def written(chosen: Iterable[AnyEvent]) -> MemoryJournal:
    """A journal of any choice of events in any order, lawful by themselves or not."""
    journal, before_event = MemoryJournal(), envelope(TIMES[-1], "teller")
    with journal.write() as writer:
        writer.append([NewEntry(event.type, event.id, before_event + event.canonical() + b"}") for event in chosen])
    return journal


def rows_of(report: str, journal: Journal, asked: Asked = NOW, **named: str) -> list[Row]:
    """The rows of a report, as dictionaries."""
    return rows_selected(report, Selection(journal, asked), **named)


def rows_selected(report: str, selection: Selection, **named: str) -> list[Row]:
    """The same of a selection that is at hand."""
    keys = measures(REPORTS[report].row_type)
    return [dict(zip(keys, row, strict=True)) for row in REPORTS[report].make(selection, named, iter).rows]


def every_report(journal: Journal, asked: Asked = NOW) -> dict[str, list[Row]]:
    """The rows of all reports; of `case`, those of the first one."""
    return every_report_selected(lambda: Selection(journal, asked))


def every_report_selected(select: Callable[[], Selection]) -> dict[str, list[Row]]:
    """The same of selections made for each. What needs other names than a case's is left out."""
    named = {name: {"case": CASE} if report.needs else {} for name, report in REPORTS.items()}
    return {
        name: rows_selected(name, select(), **named[name])
        for name in REPORTS
        if named[name].keys() >= {*REPORTS[name].needs}
    }


def reports_of_what_counts(journal: Journal) -> dict[str, list[Row]]:
    """The rows of all reports but those of every entry, without the positions that steps of a case have."""
    rows = every_report(journal)
    return without_positions({name: rows[name] for name in rows if name not in OF_ALL_ENTRIES})


def without_positions(reports: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Reports without the positions that entries have."""
    return {
        name: [{key: value for key, value in row.items() if key != "position"} for row in rows]
        for name, rows in reports.items()
    }


def total(rows: Iterable[Row], column: str, **where: str) -> int:
    """The sum of a column over the rows where others are as given."""
    return sum(row[column] for row in rows if all(row[key] == value for key, value in where.items()))


def shares_held(books: Books, pool: PoolId, tranche: TrancheId) -> list[int]:
    """The shares of each holder of a tranche."""
    register = f"register:{pool}:{tranche}:"
    return [
        balance
        for commodity, balances in books.sums.commodities()
        for account, balance in balances
        if commodity == f"shares:{pool}:{tranche}" and account.startswith(register)
    ]


def shown(journal: Journal, asked: Asked = NOW) -> Shown:
    """Where a report stands."""
    selection = Selection(journal, asked)
    selection.read_through()
    return selection.shown()
