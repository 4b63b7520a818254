"""What holds for the columns of every report of a lawful history: they account for all there is, and agree."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from hypothesis import given

from ledger.books import Books
from ledger.events import AnyEvent, BadDebtSocialized, Deposited, FundDrawn, PoolOpened
from ledger.values import EventId
from ledger.waterfall import source_of
from projections.reading import Asked
from tests.histories import (
    HISTORIES,
    History,
    Row,
    histories,
    lasting_events,
    recorded,
    rows_of,
    shares_held,
    total,
)
from tests.histories_teller import TIMES, books_of, steps_of


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
        row["contributed"] - row["withdrawn"] - row["drawn"] + row["reimbursed"] + row["adjusted"] for row in rows
    ]
    assert [row["balance"] for row in rows] == [
        total(accounts, "debit", account=f"assets:{row['fund']}:cash") for row in rows
    ]


def cases_all_along(history: History) -> list[Row]:
    """The rows of `deficits` after every few entries, and after the last one."""
    journal = recorded(history)
    places = {*range(10, len(history), 10), len(history)}
    return [row for position in sorted(places) for row in rows_of("deficits", journal, Asked(position=position))]


@HISTORIES
@given(history=histories())
def test_a_case_accounts_for_all_that_was_in_default_and_all_that_was_recognized(history: History) -> None:
    rows = cases_all_along(history)

    assert [row["exposure"] + row["added"] + row["adjusted_in_default"] for row in rows] == [
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
    assert [row["recognized"] + row["adjusted_open"] for row in rows] == [
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
def test_nothing_in_default_or_open_is_negative(history: History) -> None:
    assert [row for row in cases_all_along(history) if row["in_default"] < 0 or row["open"] < 0] == []


@HISTORIES
@given(history=histories())
def test_the_last_step_of_a_case_leaves_what_is_in_default_or_open(history: History) -> None:
    journal = recorded(history)
    cases = rows_of("deficits", journal)

    assert [rows_of("case", journal, case=row["case"])[-1]["remaining"] for row in cases] == [
        row["in_default"] + row["open"] for row in cases
    ]


def rooms(history: History) -> Iterator[tuple[str, int, int]]:
    """What the laws let a fund bear at each draw in its pool's asset: the case, the position, and its room.

    Of a history in which nothing of a fund was reversed: the laws weigh a draw by what was told before it, a report by
    what lasts.
    """
    lasts = {event.id for event in lasting_events(history)}
    if any(touches_a_fund(event) and event.id not in lasts for event in history):
        return
    for position, event, books in steps_of(history):
        if isinstance(event, FundDrawn) and in_one_asset(event, books):
            case = books.cases[event.case]
            layers = [layer for layer in case.waterfall or () if source_of(layer) == ("fund", event.fund)]
            room = books.room(case, layers[0]) if layers else books.fund_balance(event.fund)
            yield event.case, position, room or 0


def touches_a_fund(event: Any) -> bool:
    """Whether a fact changes what a fund holds, or what it may pay."""
    parts = event.parts if event.type == "recovery-allocated" else ()
    fixes_limits = event.type in {"shortfall-recognized", "terms-changed"}
    return fixes_limits or bool(getattr(event, "fund", None)) or any(part.to == "fund" for part in parts)


def in_one_asset(event: FundDrawn, books: Books) -> bool:
    """The fund and the pool are in the same asset."""
    return books.charters.funds[event.fund].asset == books.charters.pools[event.pool].asset


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


class Lent(NamedTuple):
    """A pool as its own row has it, and as its loans and cases add up: what is owed, in default and open."""

    owed: int
    defaulted: int
    deficit: int


def lent(history: History) -> Iterator[tuple[Lent, Lent]]:
    """Every pool that keeps each loan by itself: of its own row, and of those of its loans and cases."""
    journal = recorded(history)
    pools, loans, cases, accounts = (rows_of(name, journal) for name in ("pools", "loans", "deficits", "trial-balance"))
    charters = books_of(history).charters.pools
    for row in pools:
        if not charters[row["pool"]].pooled:
            pool, unallocated = row["pool"], f"assets:{row['pool']}:interest"
            booked = total(loans, "principal", pool=pool) + total(loans, "interest", pool=pool)
            not_yet = total(accounts, "debit", account=unallocated) - total(accounts, "credit", account=unallocated)
            yield (
                Lent(row["loans"] + row["interest"] + row["defaulted"], row["defaulted"], row["deficit"]),
                Lent(booked + not_yet, total(cases, "in_default", pool=pool), total(cases, "open", pool=pool)),
            )


@HISTORIES
@given(history=histories())
def test_loans_and_cases_add_up_to_their_pool(history: History) -> None:
    assert [pair for pair in lent(history) if pair[0] != pair[1]] == []


def pooled(history: History) -> Iterator[tuple[Row, list[Row], int, int]]:
    """Every pool with one account for all loans: its row, its loans, debt shares issued, and virtual ones of both."""
    journal, books = recorded(history), books_of(history)
    pools, loans = rows_of("pools", journal), rows_of("loans", journal)
    for row in pools:
        charter = books.charters.pools[row["pool"]]
        if charter.pooled:
            issued = books.sums.owed(charter.debt_issued, charter.debt_shares)
            worth = issued * (row["loans"] + charter.virtual_assets)
            yield row, [loan for loan in loans if loan["pool"] == row["pool"]], worth, issued + charter.virtual_shares


@HISTORIES
@given(history=histories())
def test_pooled_loans_owe_what_all_debt_shares_are_worth_but_for_less_than_a_unit_each(history: History) -> None:
    assert [
        row
        for row, loans, worth, issued in pooled(history)
        if not 0 <= total(loans, "debt") * issued - worth < max(len(loans) * issued, 1)
    ] == []


@HISTORIES
@given(history=histories())
def test_a_pooled_pool_s_deficits_are_those_of_its_cases(history: History) -> None:
    cases = rows_of("deficits", recorded(history))

    assert [row["deficit"] for row, *_ in pooled(history)] == [
        total(cases, "open", pool=row["pool"]) for row, *_ in pooled(history)
    ]


@HISTORIES
@given(history=histories())
def test_the_books_know_of_each_case_what_is_reported_of_it(history: History) -> None:
    books, rows = books_of(history), rows_of("deficits", recorded(history))

    assert {row["case"]: (row["in_default"], row["recognized"], row["open"]) for row in rows} == {
        name: (case.principal + case.interest, case.recognized, books.deficit(case.pool, name))
        for name, case in books.cases.items()
    }


@HISTORIES
@given(history=histories())
def test_the_books_know_of_each_loan_whether_it_is_in_default(history: History) -> None:
    books, rows = books_of(history), rows_of("loans", recorded(history))

    assert {(row["pool"], row["loan"]): row["status"] == "in-default" for row in rows} == {
        (pool, name): loan.case is not None for pool, loans in books.loans.items() for name, loan in loans.items()
    }


@HISTORIES
@given(history=histories())
def test_the_books_hold_the_balances_that_are_reported(history: History) -> None:
    rows = rows_of("trial-balance", recorded(history))

    assert {
        (row["account"], row["commodity"]): row["debit"] - row["credit"]
        for row in rows
        if row["debit"] or row["credit"]
    } == {
        (account, commodity): balance
        for commodity, balances in books_of(history).sums.commodities()
        for account, balance in balances
    }


@HISTORIES
@given(history=histories())
def test_debits_are_credits_in_each_commodity_and_the_register_leads_to_every_balance(history: History) -> None:
    journal = recorded(history)
    accounts, postings = rows_of("trial-balance", journal), rows_of("register", journal)

    assert [total(accounts, "debit", commodity=name) for name in commodities(accounts)] == [
        total(accounts, "credit", commodity=name) for name in commodities(accounts)
    ]
    assert {key: balance for key, balance in last_balances(postings).items() if balance} == {
        (row["account"], row["commodity"]): row["debit"] - row["credit"]
        for row in accounts
        if row["debit"] or row["credit"]
    }


def last_balances(postings: list[Row]) -> dict[tuple[str, str], int]:
    """The balance of each account after its last posting, also where that was reversed."""
    return {(row["account"], row["commodity"]): row["balance"] for row in postings}


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
    """The history, and between all its facts a deposit of nothing by each lender who will ever have a row.

    Pools that are opened for good are touched, at the last time of all: no period is closed through that.
    """
    lasts, opened = {event.id for event in lasting_events(history)}, set[str]()
    for place, event in enumerate(history):
        yield event
        if isinstance(event, PoolOpened) and event.id in lasts:
            opened.add(event.pool)
        for number, row in enumerate(lenders):
            if row["pool"] in opened:
                yield Deposited(
                    at=TIMES[-1],
                    id=EventId(f"touch-{place}-{number}"),
                    pool=row["pool"],
                    tranche=row["tranche"],
                    lender=row["lender"],
                    assets=0,
                    shares=0,
                )


def holder_counts(history: History) -> Iterator[tuple[int, int]]:
    """Before every entry and for every tranche: how many hold its shares as the books count them, and one by one."""
    for _, _, books in steps_of(history):
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
    journal = recorded(history)
    for position, event, books in steps_of(history):
        if isinstance(event, BadDebtSocialized):
            where = {"pool": event.pool, "tranche": event.tranche}
            before, after = (
                total(rows_of("lenders", journal, Asked(position=through)), "losses", **where)
                for through in (position - 1, position)
            )
            charter = books.charters.pools[event.pool]
            shares = shares_held(books, event.pool, event.tranche)
            yield LossOfAll(event.amount, after - before, shares, charter.virtual_shares, charter.rate_scale)


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
    lenders, books = rows_of("lenders", recorded(history)), books_of(history)
    for pool, charter in books.charters.pools.items():
        for tranche in charter.tranches:
            claims, issued = books.claims(pool, tranche), books.issued(pool, tranche)
            balances = total(lenders, "balance", pool=pool, tranche=tranche)
            if claims >= 0:
                yield BalancesOfAll(claims, issued, balances, charter.virtual_assets, charter.virtual_shares)


@HISTORIES
@given(history=histories())
def test_lenders_are_owed_no_more_than_claims_but_for_virtual_assets(history: History) -> None:
    assert [balances for balances in balances_of(history) if not balances.is_within_its_bound()] == []
