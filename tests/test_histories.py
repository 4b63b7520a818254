"""What holds for every lawful history: the naive books agree, sums commute, and every report is one moment's."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import cycle
from random import Random
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from ledger.audit import replay
from ledger.book import Book
from ledger.books import Books
from ledger.errors import WaterfallOrder
from ledger.events import (
    CATALOGUE,
    AnyEvent,
    AssetRegistered,
    BadDebtSocialized,
    Deposited,
    FundDrawn,
    FundOpened,
    PoolOpened,
)
from ledger.journal import Journal
from ledger.journal.sqlite import SqliteJournal
from ledger.laws import admit
from ledger.sources.json_lines import facts
from ledger.sums import Sums
from ledger.values import EventId, PoolId, Timestamp, TrancheId
from ledger.waterfall import source_of
from projections.reading import Asked, Selection
from projections.reports import REPORTS
from tests.histories import (
    HISTORIES,
    JUNIOR,
    NOW,
    TIMES,
    History,
    Row,
    facts_of,
    histories,
    recorded,
    rows_of,
    rows_selected,
    shown,
    written,
)
from tests.naive import NaiveBooks, instant, late, not_later
from tests.story import picture

CASE: Final = "case-1"
SHEETS: Final = ("lenders", "funds", "deficits", "loans", "pools", "trial-balance")
"""The reports that are sheets: what they say does not depend on the order in which independent pools are told."""
TIMES_ASKED: Final = st.sampled_from((Timestamp("2022-11-22T00:00:00Z"), *TIMES))


@st.composite
def histories_with_a_place(draw: st.DrawFn) -> tuple[History, int]:
    """A history, and how many of its facts come before some place in it."""
    history = draw(histories())
    return history, draw(st.integers(0, len(history)))


def every_report(journal: Journal, asked: Asked = NOW) -> dict[str, list[Row]]:
    """The rows of all reports; of `case`, those of the first one."""
    return every_report_selected(lambda: Selection(journal, asked))


def every_report_selected(select: Callable[[], Selection]) -> dict[str, list[Row]]:
    """The same of selections made for each."""
    return {name: rows_selected(name, select(), **({"case": CASE} if name == "case" else {})) for name in REPORTS}


def naive_report(books: NaiveBooks, report: str, as_of: str | None = None) -> list[Row]:
    """The rows of a report as the naive books have them."""
    made: list[Row] = books.deficits(as_of) if report == "deficits" else getattr(books, report.replace("-", "_"))()
    return made


def total(rows: Iterable[Row], column: str, **where: str) -> int:
    """The sum of a column over the rows where others are as given."""
    return sum(row[column] for row in rows if all(row[key] == value for key, value in where.items()))


# The histories themselves: rare states, each told from the fact that comes next and the books that it comes to.


def is_out_of_turn(event: Any, books: Books) -> bool:
    """Only its override makes it lawful."""
    try:
        replace(event, override=None).laws(books)
    except WaterfallOrder:
        return True
    return False


def is_all_of_a_limit(event: Any, books: Books) -> bool:
    """All that a case has left of a limit, while the fund holds more."""
    case = books.cases[event.case]
    left = (case.limits.get(event.fund) or 0) - case.paid.get(event.fund, 0)
    paid: int = event.price()
    return 0 < left == paid < books.fund_balance(event.fund)


def does_not_divide(event: Any, books: Books) -> bool:
    """Several hold the shares that a loss falls on, and it is no whole number for each share."""
    shares = shares_held(books, event.pool, event.tranche)
    return len(shares) > 1 and bool(event.amount % sum(shares))


def is_another_asset(event: Any, books: Books) -> bool:
    """The fund and the pool are in different assets."""
    return bool(books.charters.funds[event.fund].asset != books.charters.pools[event.pool].asset)


def takes_all_and_more(event: Any, books: Books) -> bool:
    """All claims, which is not all of the deficit."""
    amount: int = event.amount
    return 0 < amount == books.claims(event.pool, event.tranche) < books.deficit(event.pool, event.case)


def had_a_case(event: Any, books: Books) -> bool:
    """The loan was in default before."""
    return any((case.pool, case.loan) == (event.pool, event.loan) for case in books.cases.values())


RARE: Final[dict[str, tuple[str, Callable[[Any, Books], object]]]] = {
    "shares go to who has them": (
        "shares-transferred",
        lambda event, _: event.shares and event.sender == event.receiver,
    ),
    "a loan is minted": ("loan-originated", lambda event, _: event.lender and event.principal),
    "a draw is minted": ("loan-drawn", lambda event, _: event.lender and event.principal),
    "a loan is repaid in shares": ("repaid", lambda event, _: event.lender and event.principal),
    "collateral is paid in shares": ("collateral-sold", lambda event, _: event.lender and event.shares),
    "a fund bears in shares": ("fund-drawn", lambda event, _: event.lender and event.amount),
    "an investor bears in shares": ("deficit-recapitalized", lambda event, _: event.lender and event.amount),
    "juniors earn": ("interest-accrued", lambda event, _: event.allocation and event.allocation[0].amount),
    "a fee dilutes": ("interest-accrued", lambda event, _: event.fee_shares),
    "the reserve earns": ("interest-accrued", lambda event, _: event.reserve),
    "a loan in default is drawn": ("loan-drawn", lambda event, _: event.case and event.principal),
    "a loan in default accrues": ("interest-accrued", lambda event, _: event.case and event.interest),
    "a loan in default is repaid": ("repaid", lambda event, _: event.case and event.principal),
    "nothing is in default": ("loan-defaulted", lambda event, _: event.principal + event.interest == 0),
    "a loan defaults again": ("loan-defaulted", had_a_case),
    "a cured case closes": ("case-closed", lambda event, books: books.cases[event.case].status == "cured"),
    "a case closes while its loan is in default under the next": (
        "case-closed",
        lambda event, books: books.loans[event.pool][event.loan].case not in {None, event.case},
    ),
    "a shortfall comes in parts": ("shortfall-recognized", lambda event, books: books.cases[event.case].recognized),
    "a case is cured after a recognition": ("loan-cured", lambda event, books: books.cases[event.case].recognized),
    "a residual is cured": ("loan-cured", lambda event, _: event.reason == "residual" and event.principal),
    "a sale recovers": ("collateral-sold", lambda event, _: event.recovery),
    "a sale leaves a surplus": ("collateral-sold", lambda event, _: event.surplus),
    "a sale costs": ("collateral-sold", lambda event, _: event.costs and event.principal),
    "shares are sold": ("collateral-sold", lambda event, _: event.quantity and event.asset.startswith("shares:")),
    "a surplus goes back": ("surplus-returned", lambda event, _: event.amount),
    "a fund bears out of turn": ("fund-drawn", is_out_of_turn),
    "lenders bear out of turn": ("bad-debt-socialized", is_out_of_turn),
    "a fund is drawn to its limit": ("fund-drawn", is_all_of_a_limit),
    "a fund in another asset bears": (
        "fund-drawn",
        lambda event, books: event.amount and is_another_asset(event, books),
    ),
    "a fund pays more than it bears": (
        "fund-drawn",
        lambda event, books: event.price() > event.amount > 0 and not is_another_asset(event, books),
    ),
    "juniors bear": ("bad-debt-socialized", lambda event, _: event.amount and event.tranche == JUNIOR),
    "nobody bears": ("bad-debt-socialized", lambda event, _: event.amount == 0),
    "a loss does not divide": ("bad-debt-socialized", does_not_divide),
    "a loss is huge": ("bad-debt-socialized", lambda event, _: event.amount > 2**64),
    "a loss takes all claims, and more is open": ("bad-debt-socialized", takes_all_and_more),
    "virtual shares bear": (
        "bad-debt-socialized",
        lambda event, books: event.amount and books.charters.pools[event.pool].virtual_shares,
    ),
    "a loss is rounded by a rate": (
        "bad-debt-socialized",
        lambda event, books: event.amount and books.charters.pools[event.pool].rate_scale,
    ),
    "shares worth nothing are joined by more": (
        "deposited",
        lambda event, books: books.issued(event.pool, event.tranche) and not books.claims(event.pool, event.tranche),
    ),
    "a deposit meets claims in debit": (
        "deposited",
        lambda event, books: books.claims(event.pool, event.tranche) < 0,
    ),
}
"""The states that histories are meant to reach: by what they are called, the event that shows them, and how."""


def reached(history: Iterable[AnyEvent]) -> set[str]:
    """The types of a history's events, and the rare states that it reaches."""
    books, names = Books(), set[str]()
    for event in history:
        names |= {
            event.type,
            *(name for name, (kind, is_so) in RARE.items() if kind == event.type and is_so(event, books)),
        }
        admit(event, books)
    return names


def names_reached(runs: int) -> set[str]:
    """Event types and rare states that so many runs reach, each of 40 histories drawn from a seed of its own."""
    names = set[str]()
    for begun_with in range(runs):

        @seed(begun_with)
        @settings(HISTORIES, max_examples=40, database=None, phases=[Phase.generate])
        @given(histories())
        def tell(history: History) -> None:
            names.update(reached(history))

        tell()
    return names


def test_histories_reach_every_event_and_every_rare_state() -> None:
    assert {*CATALOGUE, *RARE} - names_reached(runs=10) == set()


# The naive books.


@pytest.mark.parametrize("report", SHEETS)
@HISTORIES
@given(history=histories())
def test_a_report_is_that_of_the_naive_books(report: str, history: History) -> None:
    told = facts_of(history)

    assert rows_of(report, recorded(history)) == naive_report(NaiveBooks(told, opened=told), report)


@pytest.mark.parametrize("report", SHEETS)
@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_a_report_as_of_a_time_is_that_of_the_naive_books(report: str, history: History, as_of: Timestamp) -> None:
    told = facts_of(history)
    naive = NaiveBooks(not_later(told, as_of), opened=told)

    assert rows_of(report, recorded(history), Asked(as_of=as_of)) == naive_report(naive, report, as_of)


# Conservation and commutation.


def imbalances(history: History) -> Iterator[tuple[int, str, str, int]]:
    """Where the balances of an owner in one commodity do not come to zero: after which entry, whose, in what."""
    books = Books()
    for position, event in enumerate(history, 1):
        admit(event, books)
        totals: dict[tuple[str, str], int] = defaultdict(int)
        for commodity, balances in books.sums.commodities():
            for account, balance in balances:
                totals[account.split(":")[1], commodity] += balance
        yield from ((position, owner, commodity, sum_) for (owner, commodity), sum_ in totals.items() if sum_)


@HISTORIES
@given(history=histories())
def test_after_every_entry_each_pool_and_fund_balances_in_each_commodity(history: History) -> None:
    assert list(imbalances(history)) == []


@HISTORIES
@given(history=histories(), random=st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_the_order_of_moves(history: History, random: Random) -> None:
    books, shuffled = Books(), Sums()
    moves = [move for event in history for move in moved(event, books)]
    random.shuffle(moves)

    shuffled.add(moves)

    assert list(shuffled.commodities()) == list(books.sums.commodities())


def moved(event: AnyEvent, books: Books) -> Iterable[Any]:
    admit(event, books)
    return event.moves(books.charters)


@HISTORIES
@given(histories_with_a_place())
def test_replay_in_two_parts_is_replay_at_once(told: tuple[History, int]) -> None:
    history, place = told
    journal = recorded(history)
    at_once, in_parts = Book(journal), Book(journal)

    at_once.catch_up(journal.read())
    in_parts.catch_up(journal.read(through=place))
    in_parts.catch_up(journal.read(after=place))

    assert in_parts.position == at_once.position == len(history)
    assert picture(in_parts.books) == picture(at_once.books)


@HISTORIES
@given(history=histories())
def test_the_order_between_pools_does_not_matter_to_what_is_reported(history: History) -> None:
    pool_by_pool = sorted(history, key=lambda event: getattr(event, "pool", ""))

    told, sorted_ = recorded(history), written(pool_by_pool)

    assert {name: rows_of(name, told) for name in SHEETS} == {name: rows_of(name, sorted_) for name in SHEETS}


# One moment's books.


@HISTORIES
@given(histories_with_a_place())
def test_at_a_position_every_report_is_that_of_the_entries_through_it(told: tuple[History, int]) -> None:
    history, position = told
    journal, prefix = recorded(history), recorded(history[:position])

    assert every_report(journal, Asked(position=position)) == every_report(prefix)
    assert shown(journal, Asked(position=position)) == shown(prefix)


@HISTORIES
@given(history=histories(), clock=st.lists(st.sampled_from(TIMES), min_size=1, max_size=9), known_at=TIMES_ASKED)
def test_known_at_a_time_every_report_is_that_of_the_entries_recorded_by_then(
    history: History, clock: list[Timestamp], known_at: Timestamp
) -> None:
    journal = recorded(history, cycle(clock))
    known = sum(instant(entry.recorded_at) <= instant(known_at) for entry in journal.read())
    prefix = recorded(history[:known], cycle(clock))

    assert every_report(journal, Asked(known_at=known_at)) == every_report(prefix)
    assert shown(journal, Asked(known_at=known_at)) == shown(prefix)._replace(known_at=known_at)


@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_as_of_a_time_every_report_is_that_of_the_entries_not_later(history: History, as_of: Timestamp) -> None:
    chosen = written(event for event in history if instant(event.at) <= instant(as_of))

    asked = every_report(recorded(history), Asked(as_of=as_of))
    alone = every_report_selected(lambda: chartered(Selection(chosen, Asked(as_of=as_of)), history))

    assert without_positions(asked) == without_positions(alone)


def chartered(selection: Selection, history: History) -> Selection:
    """A selection that knows every charter of a history, whatever it shows."""
    for event in history:
        if isinstance(event, AssetRegistered | FundOpened | PoolOpened):
            event.chart(selection.charters)
    return selection


def without_positions(reports: dict[str, list[Row]]) -> dict[str, list[Row]]:
    return {
        name: [{key: value for key, value in row.items() if key != "position"} for row in rows]
        for name, rows in reports.items()
    }


@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_late_counts_the_entries_shown_after_one_that_counts_later(history: History, as_of: Timestamp) -> None:
    stands = shown(recorded(history), Asked(as_of=as_of))

    assert stands == (len(history), as_of, None, late(facts_of(history), as_of))


# What the columns of a report come to.


@HISTORIES
@given(history=histories())
def test_a_lender_s_balance_is_what_its_columns_come_to(history: History) -> None:
    rows = rows_of("lenders", recorded(history))

    assert [row["balance"] for row in rows] == [
        row["deposited"]
        - row["withdrawn"]
        + row["transferred"]
        + row["earned"]
        - row["losses"]
        - row["covered"]
        + row["recoveries"]
        for row in rows
    ]


@HISTORIES
@given(history=histories())
def test_a_fund_s_balance_is_what_its_columns_come_to_and_its_cash(history: History) -> None:
    journal = recorded(history)
    rows, accounts = rows_of("funds", journal), rows_of("trial-balance", journal)

    assert [row["balance"] for row in rows] == [
        row["contributed"] - row["withdrawn"] - row["drawn"] + row["reimbursed"] for row in rows
    ]
    assert [row["balance"] for row in rows] == [
        total(accounts, "debit", account=f"assets:{row['fund']}:cash") for row in rows
    ]


@HISTORIES
@given(history=histories())
def test_a_case_accounts_for_all_that_was_in_default_and_all_that_was_recognized(history: History) -> None:
    rows = rows_of("deficits", recorded(history))

    assert [row["exposure"] + row["added"] for row in rows] == [
        row["proceeds"]
        - row["costs"]
        - row["other"]
        + row["guaranteed"]
        + row["repaid"]
        + row["transferred"]
        + row["cured"]
        + row["recognized"]
        + row["in_default"]
        for row in rows
    ]
    assert [row["recognized"] for row in rows] == [
        row["fund"]
        + row["reserve"]
        + row["tranches"]
        + row["covered"]
        + row["recapitalized"]
        + row["redistributed"]
        + row["socialized"]
        + row["recovered"]
        + row["open"]
        for row in rows
    ]


@HISTORIES
@given(history=histories())
def test_the_last_step_of_a_case_leaves_what_is_in_default_or_open(history: History) -> None:
    journal = recorded(history)
    cases = rows_of("deficits", journal)

    assert [rows_of("case", journal, case=row["case"])[-1]["remaining"] for row in cases] == [
        row["in_default"] + row["open"] for row in cases
    ]


def rooms(history: History) -> Iterator[tuple[str, int, int]]:
    """What the laws let a fund bear at each draw in its pool's asset: the case, the position, and its room."""
    books = Books()
    for position, event in enumerate(history, 1):
        if isinstance(event, FundDrawn) and not is_another_asset(event, books):
            case = books.cases[event.case]
            layers = [layer for layer in case.waterfall or () if source_of(layer) == ("fund", event.fund)]
            room = books.room(case, layers[0]) if layers else books.fund_balance(event.fund)
            yield event.case, position, room
        admit(event, books)


@HISTORIES
@given(history=histories())
def test_what_a_fund_has_available_to_a_case_is_what_the_laws_let_it_bear(history: History) -> None:
    journal = recorded(history)
    expected = list(rooms(history))

    assert [
        (case, row["position"], row["available"])
        for case, position, _ in expected
        for row in rows_of("case", journal, case=case)
        if row["position"] == position
    ] == expected


@HISTORIES
@given(history=histories())
def test_a_pool_s_assets_tie_to_claims(history: History) -> None:
    rows = rows_of("pools", recorded(history))

    assert [
        row["cash"] + row["loans"] + row["interest"] + row["defaulted"] + row["deficit"] - row["allowance"]
        for row in rows
    ] == [
        sum(row["claims"].values())
        + row["reserve"]
        + row["rounding"]
        + row["surplus"]
        + row["recoveries"]
        + row["restitution"]
        - row["unrealized"]
        for row in rows
    ]


@HISTORIES
@given(history=histories())
def test_loans_and_cases_add_up_to_their_pool(history: History) -> None:
    journal = recorded(history)
    pools, loans, cases = (rows_of(name, journal) for name in ("pools", "loans", "deficits"))

    assert [(row["loans"] + row["interest"] + row["defaulted"], row["defaulted"], row["deficit"]) for row in pools] == [
        (
            total(loans, "debt", pool=row["pool"]),
            total(cases, "in_default", pool=row["pool"]),
            total(cases, "open", pool=row["pool"]),
        )
        for row in pools
    ]


@HISTORIES
@given(history=histories())
def test_debits_are_credits_in_each_commodity_and_the_register_leads_to_every_balance(history: History) -> None:
    journal = recorded(history)
    accounts, postings = rows_of("trial-balance", journal), rows_of("register", journal)

    assert [total(accounts, "debit", commodity=name) for name in commodities(accounts)] == [
        total(accounts, "credit", commodity=name) for name in commodities(accounts)
    ]
    assert {(row["account"], row["commodity"]): row["balance"] for row in postings} == {
        (row["account"], row["commodity"]): row["debit"] - row["credit"] for row in accounts
    }


def commodities(accounts: list[Row]) -> list[str]:
    return sorted({row["commodity"] for row in accounts})


# Lenders and their losses.


@HISTORIES
@given(history=histories())
def test_a_loss_does_not_depend_on_when_its_bearers_are_touched(history: History) -> None:
    untouched = rows_of("lenders", recorded(history))
    touched = rows_of("lenders", recorded(touching_every_lender(history, untouched)))

    assert touched == untouched


def touching_every_lender(history: History, lenders: list[Row]) -> Iterator[AnyEvent]:
    """The history, and between all its facts a deposit of nothing by each lender who will ever have a row."""
    opened = set[str]()
    for place, event in enumerate(history):
        yield event
        if isinstance(event, PoolOpened):
            opened.add(event.pool)
        for number, row in enumerate(lenders):
            if row["pool"] in opened:
                yield Deposited(
                    at=event.at,
                    id=EventId(f"touch-{place}-{number}"),
                    pool=row["pool"],
                    tranche=row["tranche"],
                    lender=row["lender"],
                    assets=0,
                    shares=0,
                )


def shares_held(books: Books, pool: PoolId, tranche: TrancheId) -> list[int]:
    """The shares of each holder of a tranche."""
    register = f"register:{pool}:{tranche}:"
    return [
        balance
        for commodity, balances in books.sums.commodities()
        for account, balance in balances
        if commodity == f"shares:{pool}:{tranche}" and account.startswith(register)
    ]


def holder_counts(history: History) -> Iterator[tuple[int, int]]:
    """After every entry and for every tranche: how many hold its shares as the books count them, and one by one."""
    books = Books()
    for event in history:
        admit(event, books)
        for pool, charter in books.charters.pools.items():
            for tranche in charter.tranches:
                yield books.holder_count(pool, tranche), len(shares_held(books, pool, tranche))


@HISTORIES
@given(history=histories())
def test_holders_are_counted_as_they_stand_in_the_register(history: History) -> None:
    assert [counts for counts in holder_counts(history) if counts[0] != counts[1]] == []


class LossOfAll(NamedTuple):
    """A loss, and what the lenders of its tranche lost of it together."""

    amount: int
    lost: int
    shares: list[int]
    virtual_shares: int
    rate_scale: int

    def is_within_its_bound(self) -> bool:
        """Less than a unit a holder off the real shares' part of it; a rate, rounded down, is off by a unit at most."""
        issued, holders = sum(self.shares), len(self.shares)
        if not holders:
            return self.lost == 0
        if self.rate_scale:
            return abs(self.lost - self.amount) * self.rate_scale < holders * self.rate_scale + issued
        all_shares = issued + self.virtual_shares
        return abs(self.lost * all_shares - self.amount * issued) < holders * all_shares


def losses_of(history: History) -> Iterator[LossOfAll]:
    """Every loss of a history."""
    journal, books = recorded(history), Books()
    for position, event in enumerate(history, 1):
        if isinstance(event, BadDebtSocialized):
            where = {"pool": event.pool, "tranche": event.tranche}
            before, after = (
                total(rows_of("lenders", journal, Asked(position=through)), "losses", **where)
                for through in (position - 1, position)
            )
            charter = books.charters.pools[event.pool]
            shares = shares_held(books, event.pool, event.tranche)
            yield LossOfAll(event.amount, after - before, shares, charter.virtual_shares, charter.rate_scale)
        admit(event, books)


@HISTORIES
@given(history=histories())
def test_the_losses_of_all_lenders_come_to_the_loss_but_for_rounding_and_virtual_shares(history: History) -> None:
    assert [loss for loss in losses_of(history) if not loss.is_within_its_bound()] == []


@HISTORIES
@given(history=histories())
def test_no_lender_owes_the_pool(history: History) -> None:
    rows = rows_of("lenders", recorded(history))

    assert [row for row in rows if row["balance"] < 0 or row["shares"] < 0] == []


class BalancesOfAll(NamedTuple):
    """A tranche's claims, and the sum of its lenders' balances."""

    claims: int
    issued: int
    balances: int
    virtual_assets: int
    virtual_shares: int

    def is_within_its_bound(self) -> bool:
        """Above the claims only where virtual assets weigh more than virtual shares, and then by less than they are."""
        above = self.issued * self.virtual_assets > self.claims * self.virtual_shares
        return self.balances < self.claims + self.virtual_assets if above else self.balances <= self.claims


def balances_of(history: History) -> Iterator[BalancesOfAll]:
    """The balances of every tranche whose claims are not in debit."""
    lenders, books = rows_of("lenders", recorded(history)), Book(recorded(history))
    books.catch_up(books.journal.read())
    for pool, charter in books.books.charters.pools.items():
        for tranche in charter.tranches:
            claims, issued = books.books.claims(pool, tranche), books.books.issued(pool, tranche)
            balances = total(lenders, "balance", pool=pool, tranche=tranche)
            if claims >= 0:
                yield BalancesOfAll(claims, issued, balances, charter.virtual_assets, charter.virtual_shares)


@HISTORIES
@given(history=histories())
def test_lenders_are_owed_no_more_than_claims_but_for_virtual_assets(history: History) -> None:
    assert [balances for balances in balances_of(history) if not balances.is_within_its_bound()] == []


# Bytes.


@settings(HISTORIES, max_examples=15)
@given(history=histories())
def test_a_history_comes_back_from_a_file_as_it_was_told(
    tmp_path_factory: pytest.TempPathFactory, history: History
) -> None:
    journal = SqliteJournal.create(tmp_path_factory.mktemp("history") / "book.db", patience=1)
    lines = [event.canonical() for event in history]
    Book(journal).record(facts(lines), source="history", clock=lambda: TIMES[0], recorded_by="teller")

    entries = list(journal.read())

    assert [entry.content for entry in entries] == lines
    assert [entry.event() for entry in entries] == list(history)
    assert [entry.effective_at() for entry in entries] == [event.at for event in history]
    assert digests(journal) == digests(recorded(history))


def digests(journal: Journal) -> tuple[int, str, str]:
    """What a replay comes to: how many entries, and the digests of events and sums."""
    replayed = replay(journal, through=None, watch=iter)
    return replayed.entries, replayed.events, replayed.sums
