"""Roll-forwards: by hand, over a month's end, late entries and reversals; and on random histories."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.exits import Exit
from ledger.accounts import Charters
from ledger.errors import BooksBroken
from ledger.events import PoolOpened
from ledger.journal import Journal
from ledger.values import Account, EventId, Timestamp
from projections.movements import MOVEMENTS, WHAT, What, moved_of
from projections.periods import LENGTHS, Length, Period, day_of, just_before, period_named, period_of, start_of
from projections.reading import Asked
from projections.table import table
from tests.command_line import called, demo_book
from tests.histories import HISTORIES, NOW, TIMES_ASKED, History, histories, recorded, rows_of, total
from tests.story import (
    HOLD,
    JUNIOR,
    SOCIALIZE,
    Story,
    a_pool,
    bad_debt_socialized,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    period_closed,
    pool_opened,
    shortfall_recognized,
    withdrawn,
)

NOVEMBER, DECEMBER, JANUARY, FEBRUARY = (
    Timestamp(f"{month}T12:00:00Z") for month in ("2022-11-30", "2022-12-31", "2023-01-01", "2023-02-28")
)

SLIP = EventId("slip")
CASH = {"assets:pool:cash": ("pool", ""), "assets:fund:cash": ("fund", "")}


def rolled(journal: Journal, what: str, period: str, asked: Asked = NOW, **limits: str) -> dict[str, dict[str, int]]:
    """The movements of each group and period, as `of tranche period`."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows_of("rollforward", journal, asked, what=what, period=period, **limits):
        found[" ".join(filter(None, (row["of"], row["tranche"], row["period"])))][row["movement"]] = row["amount"]
    return dict(found)


def a_loss_over_a_year_end() -> Story:
    """Lent in November, in default in December, borne in January; a withdrawal in February."""
    return a_pool(fund_layer(), SOCIALIZE, assets=1000, fund=50, tranches=(JUNIOR,)).then(
        deposited(at=NOVEMBER, tranche=JUNIOR, assets=200, shares=200),
        loan_originated(at=NOVEMBER, principal=600),
        interest_accrued(at=DECEMBER, interest=20, reserve=5),
        loan_defaulted(at=DECEMBER, principal=600, interest=20),
        shortfall_recognized(at=DECEMBER, principal=580, interest=20),
        fund_drawn(at=JANUARY, amount=50),
        bad_debt_socialized(at=JANUARY, amount=100),
        fund_contributed(at=FEBRUARY, amount=7),
        withdrawn(at=FEBRUARY, assets=90, shares=98),
    )


# By hand.


def test_claims_are_rolled_forward_by_tranche_from_month_to_month() -> None:
    journal = recorded(a_loss_over_a_year_end().facts)

    assert rolled(journal, "lenders", "month") == {
        "pool junior 2022-11": {"opening": 0, "deposited": 200, "closing": 200},
        "pool junior 2022-12": {"opening": 200, "closing": 200},
        "pool junior 2023-01": {"opening": 200, "closing": 200},
        "pool junior 2023-02": {"opening": 200, "closing": 200},
        "pool lenders 2022-11": {"opening": 0, "deposited": 1000, "closing": 1000},
        "pool lenders 2022-12": {"opening": 1000, "interest": 15, "closing": 1015},
        "pool lenders 2023-01": {"opening": 1015, "losses": -100, "closing": 915},
        "pool lenders 2023-02": {"opening": 915, "withdrawn": -90, "closing": 825},
    }


def test_a_fund_is_rolled_forward_from_quarter_to_quarter() -> None:
    journal = recorded(a_loss_over_a_year_end().facts)

    assert rolled(journal, "fund", "quarter") == {
        "fund 2022-Q4": {"opening": 0, "contributed": 50, "closing": 50},
        "fund 2023-Q1": {"opening": 50, "contributed": 7, "drawn": -50, "closing": 7},
    }


def test_open_deficits_and_loans_are_rolled_forward_from_year_to_year() -> None:
    journal = recorded(a_loss_over_a_year_end().facts)

    assert rolled(journal, "deficit", "year") == {
        "pool 2022": {"opening": 0, "recognized": 600, "closing": 600},
        "pool 2023": {"opening": 600, "fund": -50, "socialized": -100, "closing": 450},
    }
    assert rolled(journal, "loans", "year") == {
        "pool 2022": {"opening": 0, "drawn": 600, "interest": 20, "recognized": -600, "closing": 20},
        "pool 2023": {"opening": 20, "closing": 20},
    }


def test_one_period_has_what_came_before_as_its_opening_and_nothing_of_what_comes_after() -> None:
    journal = recorded(a_loss_over_a_year_end().facts)

    assert rolled(journal, "lenders", "2022-12") == {
        "pool junior 2022-12": {"opening": 200, "closing": 200},
        "pool lenders 2022-12": {"opening": 1000, "interest": 15, "closing": 1015},
    }
    assert rolled(journal, "fund", "2023-01-01") == {"fund 2023-01-01": {"opening": 50, "drawn": -50, "closing": 0}}


def test_an_entry_recorded_late_counts_in_the_period_of_its_time() -> None:
    story = a_pool(HOLD, assets=1000).then(
        withdrawn(at=JANUARY, assets=100, shares=100), deposited(at=DECEMBER, assets=7, shares=7)
    )

    assert rolled(recorded(story.facts), "lenders", "month") == {
        "pool lenders 2022-11": {"opening": 0, "deposited": 1000, "closing": 1000},
        "pool lenders 2022-12": {"opening": 1000, "deposited": 7, "closing": 1007},
        "pool lenders 2023-01": {"opening": 1007, "withdrawn": -100, "closing": 907},
    }


def test_what_is_reversed_in_its_own_period_counts_nowhere() -> None:
    story = a_pool(HOLD, assets=1000).then(deposited(at=DECEMBER, id=SLIP, assets=7, shares=7))

    story.then(story.reversal(SLIP))

    assert rolled(recorded(story.facts), "lenders", "2022-12") == {
        "pool lenders 2022-12": {"opening": 1000, "closing": 1000}
    }


def test_what_is_reversed_after_its_period_was_closed_stays_there_and_is_taken_off_in_the_next() -> None:
    story = a_pool(HOLD, assets=1000).then(
        deposited(at=DECEMBER, id=SLIP, assets=7, shares=7),
        period_closed(at=JANUARY, through=Timestamp("2022-12-31T23:59:59Z")),
    )

    story.then(story.reversal(SLIP, at=JANUARY, occurred_at=DECEMBER))

    assert rolled(recorded(story.facts), "lenders", "month") == {
        "pool lenders 2022-11": {"opening": 0, "deposited": 1000, "closing": 1000},
        "pool lenders 2022-12": {"opening": 1000, "deposited": 7, "closing": 1007},
        "pool lenders 2023-01": {"opening": 1007, "deposited": -7, "closing": 1000},
    }


def test_a_loss_of_another_tranche_than_that_of_all_lenders_has_its_own_column() -> None:
    story = a_pool(SOCIALIZE, assets=1000, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=200, shares=200),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        bad_debt_socialized(amount=100),
        bad_debt_socialized(tranche=JUNIOR, amount=30),
    )

    assert rolled(recorded(story.facts), "deficit", "2022-11") == {
        "pool 2022-11": {"opening": 0, "recognized": 600, "socialized": -100, "tranches": -30, "closing": 470}
    }


def test_a_roll_forward_can_be_limited_to_a_pool_or_a_fund() -> None:
    journal = recorded(a_loss_over_a_year_end().facts)

    assert rolled(journal, "fund", "year", fund="other") == {}
    assert [*rolled(journal, "fund", "2022", fund="fund")] == ["fund 2022"]
    assert [*rolled(journal, "deficit", "2022", pool="pool")] == ["pool 2022"]


def test_a_roll_forward_says_to_which_accounts_it_ties() -> None:
    made = table(recorded(a_loss_over_a_year_end().facts), "rollforward", what="lenders", period="month")

    assert made.head["ties"] == [
        {"accounts": "liabilities:pool:claims:junior", "commodity": "USD", "amount": "200"},
        {"accounts": "liabilities:pool:claims:lenders", "commodity": "USD", "amount": "825"},
    ]


@pytest.mark.parametrize(
    ("what", "accounts", "amount"),
    [
        ("fund", "assets:fund:cash", "7"),
        ("deficit", "assets:pool:deficit:*", "450"),
        ("loans", "assets:pool:loans:* + assets:pool:defaulted:*", "20"),
    ],
)
def test_a_roll_forward_ties_to_accounts_that_are_in_the_chart(what: str, accounts: str, amount: str) -> None:
    made = table(recorded(a_loss_over_a_year_end().facts), "rollforward", what=what, period="month")

    assert made.head["ties"] == [{"accounts": accounts, "commodity": "USD", "amount": amount}]


@pytest.mark.parametrize(
    ("opened", "debt_shares", "index", "accounts"),
    [
        (pool_opened(debt="pooled"), 600, None, "assets:pool:loans"),
        (
            pool_opened(debt="indexed"),
            0,
            100,
            "assets:pool:loans:* + assets:pool:defaulted:* + assets:pool:interest",
        ),
    ],
    ids=["pooled", "indexed"],
)
def test_loans_tie_to_the_accounts_in_which_their_pool_keeps_them(
    opened: PoolOpened, debt_shares: int, index: int | None, accounts: str
) -> None:
    story = Story().then(
        *a_pool(assets=0).facts[:4],
        opened,
        deposited(assets=1000, shares=1000),
        loan_originated(principal=600, debt_shares=debt_shares),
        interest_accrued(loan=None, interest=90, index=index),
    )

    made = table(recorded(story.facts), "rollforward", what="loans", period="year")

    assert made.head["ties"] == [{"accounts": accounts, "commodity": "USD", "amount": "690"}]


def test_a_roll_forward_of_one_period_ties_to_the_accounts_as_of_its_end() -> None:
    journal = recorded(a_loss_over_a_year_end().facts)

    november = table(journal, "rollforward", what="lenders", period="2022-11")
    earlier = table(journal, "rollforward", what="lenders", period="2022-12", as_of=NOVEMBER)

    assert [tie["amount"] for tie in november.head["ties"]] == ["200", "1000"]
    assert [tie["amount"] for tie in earlier.head["ties"]] == ["200", "1000"]
    assert (november.head["position"], november.head["as_of"]) == (journal.head().position, FEBRUARY)


def test_a_roll_forward_ties_to_no_accounts_but_of_the_pool_or_fund_that_it_is_limited_to() -> None:
    journal = recorded(a_loss_over_a_year_end().facts)

    other = table(journal, "rollforward", what="fund", period="month", fund="other")
    own = table(journal, "rollforward", what="fund", period="month", fund="fund")

    assert (list(other), other.head.get("ties", [])) == ([], [])
    assert [tie["accounts"] for tie in own.head["ties"]] == ["assets:fund:cash"]


OVERLOOKED = {"lenders": "junior", "fund": "cash", "deficit": "deficit", "loans": "defaulted"}
"""A word in the names of accounts that each roll-forward counts."""


@pytest.mark.parametrize("period", ["month", "2022-12"])
@pytest.mark.parametrize(("what", "word"), OVERLOOKED.items(), ids=OVERLOOKED)
def test_a_roll_forward_that_overlooks_accounts_breaks_its_tie(
    what: str, word: str, period: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overlooking(account: Account, what: What, charters: Charters) -> tuple[str, str] | None:
        return None if word in account.split(":") else moved_of(account, what, charters)

    monkeypatch.setattr("projections.rollforward.moved_of", overlooking)

    with pytest.raises(BooksBroken, match="the report says"):
        table(recorded(a_loss_over_a_year_end().facts), "rollforward", what=what, period=period)


def test_a_roll_forward_that_takes_the_cash_of_a_pool_for_that_of_a_fund_breaks_its_tie(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("projections.rollforward.moved_of", lambda account, *_: CASH.get(account))
    monkeypatch.setattr("projections.rollforward.kind_of", lambda *_: "contributed")

    with pytest.raises(BooksBroken, match="no account of pool come to 0"):
        table(recorded(a_loss_over_a_year_end().facts), "rollforward", what="fund", period="month")


def test_a_roll_forward_without_one_of_its_columns_breaks_its_tie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MOVEMENTS, "deficit", tuple(kind for kind in MOVEMENTS["deficit"] if kind != "socialized"))

    with pytest.raises(BooksBroken, match=r"says 550 USD where assets:pool:deficit:\* come to 450"):
        table(recorded(a_loss_over_a_year_end().facts), "rollforward", what="deficit", period="month")


@pytest.mark.parametrize(("what", "period"), [("all", "month"), ("fund", "week"), ("fund", "2022-13")])
def test_what_cannot_be_rolled_forward_is_refused(what: str, period: str) -> None:
    with pytest.raises(ValueError, match=r"no roll-forward of all|no period is called"):
        table(recorded([]), "rollforward", what=what, period=period)


# Periods.


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("2024-02-29", "2024-02-29", "2024-02-29"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-02", "2023-02-01", "2023-02-28"),
        ("2022-Q1", "2022-01-01", "2022-03-31"),
        ("2022-Q4", "2022-10-01", "2022-12-31"),
        ("2022", "2022-01-01", "2022-12-31"),
        ("9999-12", "9999-12-01", "9999-12-31"),
    ],
)
def test_a_period_is_named_by_its_day_month_quarter_or_year(name: str, start: str, end: str) -> None:
    period = period_named(name)

    assert (period.name, f"{period.start}", f"{period.end}") == (name, start, end)


@pytest.mark.parametrize("name", ["", "22", "2022-00", "2022-13", "2022-Q0", "2022-Q5", "2023-02-29", "0000", "month "])
def test_what_names_no_period_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no period is called"):
        period_named(name)


@pytest.mark.parametrize(
    ("at", "before"),
    [
        ("2023-01-01", "2022-12-31T23:59:59.999999999Z"),
        ("2023-01-01T00:00:00.5Z", "2023-01-01T00:00:00.499999999Z"),
        ("2023-01-01T00:00:00.000000001Z", "2023-01-01T00:00:00Z"),
        ("0001-01-01", None),
    ],
)
def test_the_last_instant_before_another_is_a_nanosecond_earlier(at: str, before: str | None) -> None:
    assert just_before(start_of(at)) == before


# Random histories.


def closings(journal: Journal, what: str, period: Period, asked: str) -> dict[str, int]:
    """What stands at the end of a period, by pool and tranche, or fund, unless it is nothing: its closing, or the last.

    Asked for are all periods of its length, or it by its name.
    """
    told = [(name.rpartition(" "), of["closing"]) for name, of in rolled(journal, what, asked).items()]
    found = {group: amount for (group, _, name), amount in told if name <= period.name}
    return {group: amount for group, amount in found.items() if amount}


def booked(journal: Journal, what: str, as_of: Timestamp) -> dict[str, int]:
    """What the trial balance of that time says, unless it is nothing."""
    found = defaultdict[str, int](int)
    for row in rows_of("trial-balance", journal, Asked(as_of=as_of)):
        match what, row["account"].split(":"):
            case "lenders", ["liabilities", pool, "claims", tranche]:
                found[f"{pool} {tranche}"] += row["credit"] - row["debit"]
            case ("fund", ["assets", ("fund" | "eth-fund") as of, "cash"]) | ("deficit", ["assets", of, "deficit", _]):
                found[of] += row["debit"] - row["credit"]
            case "loans", ["assets", of, "loans" | "defaulted" | "interest", *_]:
                found[of] += row["debit"] - row["credit"]
            case _:
                pass
    return {name: amount for name, amount in found.items() if amount}


@HISTORIES
@given(history=histories(), what=st.sampled_from(WHAT), time=TIMES_ASKED, length=st.sampled_from(LENGTHS))
def test_what_stands_at_the_end_of_a_period_is_in_the_accounts_as_of_then(
    history: History, what: str, time: Timestamp, length: Length
) -> None:
    journal, period = recorded(history), period_of(day_of(time), length)

    assert closings(journal, what, period, length) == booked(journal, what, period.last())
    assert closings(journal, what, period, period.name) == booked(journal, what, period.last())


def unbalanced(journal: Journal, what: str, period: str) -> list[dict[str, int]]:
    """The periods whose opening and movements do not make the closing, or whose opening is not the last closing."""
    found, last = [], defaultdict[str, int](int)
    for name, of in rolled(journal, what, period).items():
        group = name.rpartition(" ")[0]
        if sum(of.values()) != 2 * of["closing"] or of["opening"] != last[group]:
            found.append(of)
        last[group] = of["closing"]
    return found


@HISTORIES
@given(history=histories(), what=st.sampled_from(WHAT), length=st.sampled_from(LENGTHS))
def test_opening_and_movements_make_the_closing_which_is_the_next_opening(
    history: History, what: str, length: Length
) -> None:
    assert unbalanced(recorded(history), what, length) == []


def movements(journal: Journal, what: str) -> dict[tuple[str, str], int]:
    """What each kind of movement comes to over all time, by pool or fund, unless it is nothing."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows_of("rollforward", journal, NOW, what=what, period="year"):
        found[row["of"], row["movement"]] += row["amount"]
    return {key: amount for key, amount in found.items() if amount and key[1] not in ("opening", "closing")}


def columns(journal: Journal, report: str, of: str, signs: dict[str, int]) -> dict[tuple[str, str], int]:
    """What the columns of a report come to, by pool or fund, each with its sign, unless it is nothing."""
    rows = rows_of(report, journal)
    owners = {row[of] for row in rows}
    found = {
        (name, column): sign * total(rows, column, **{of: name}) for name in owners for column, sign in signs.items()
    }
    return {key: amount for key, amount in found.items() if amount}


FUND = {"contributed": 1, "withdrawn": -1, "drawn": -1, "reimbursed": 1, "adjusted": 1}
BORNE = ("fund", "reserve", "tranches", "covered", "recapitalized", "redistributed", "socialized", "recovered")
DEFICIT = {"recognized": 1, "adjusted_open": 1} | dict.fromkeys(BORNE, -1)
LENDERS = {"deposited": 1, "withdrawn": -1, "covered": -1}


@HISTORIES
@given(history=histories())
def test_over_all_time_the_movements_are_the_columns_of_the_reports(history: History) -> None:
    journal = recorded(history)
    of_lenders = {key: amount for key, amount in movements(journal, "lenders").items() if key[1] in LENDERS}

    assert movements(journal, "fund") == columns(journal, "funds", "fund", FUND)
    assert movements(journal, "deficit") == columns(journal, "deficits", "pool", DEFICIT)
    assert of_lenders == columns(journal, "lenders", "pool", LENDERS)


# The command line.


def test_the_demo_is_rolled_forward_month_by_month(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "--db", str(demo_book(tmp_path)), "rollforward", "deficit", "--period", "month")

    assert done.code == Exit.CLEAN
    assert "2,651,906.53507042958070438" in done.out


def test_one_period_is_shown_as_of_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = str(demo_book(tmp_path))

    whole = called(capsys, "--db", book, "rollforward", "deficit", "--period", "2022-11")
    part = called(capsys, "--db", book, "rollforward", "deficit", "--period", "2022-11", "--as-of", "2022-11-20")

    assert "as of 2022-11-30T23:59:59.999999999Z" in whole.out
    assert "as of 2022-11-20T23:59:59.999999999Z" in part.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("fund", "--period", "2022-13"), "--period: no period is called 2022-13"),
        (("fund", "--period", "day", "--as-of", "9999-12-31"), "more than 20,000 periods"),
        (("loans", "--period", "month", "--pool", "nowhere"), "no pool nowhere in this book"),
        (("fund", "--period", "month", "--pool", "aave-v2-crv"), "--pool does not limit fund: --fund does"),
        (("loans", "--period", "month", "--fund", "aave-treasury"), "--fund does not limit loans: --pool does"),
        (("fund", "--period", "month", "--fund", "nowhere"), "no fund nowhere in this book"),
        (("funds", "--period", "month"), "'funds' is not one of"),
        (("fund",), "Missing option '--period'"),
    ],
)
def test_a_slip_of_the_pen_is_named(
    arguments: tuple[str, ...], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = called(capsys, "--db", str(demo_book(tmp_path)), "rollforward", *arguments)

    assert (done.code, says in done.err) == (Exit.USAGE, True)
