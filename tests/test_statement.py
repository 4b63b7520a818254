"""Statements: by hand, of a lender and of a loan, from a day on, of what is reversed or late; on random histories."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.exits import Exit
from ledger.errors import BooksBroken
from ledger.events import PoolOpened
from ledger.journal import Journal
from ledger.values import EventId, LoanId, PartyId, PoolId, Timestamp
from projections.periods import just_before
from projections.reading import Asked
from projections.statement import Unclear
from projections.table import table
from tests.command_line import CASE, called, demo_book, desk_book, document, fact
from tests.command_line import recorded as written_down
from tests.histories import HISTORIES, NOW, TIMES_ASKED, History, Row, histories, recorded, rows_of
from tests.story import (
    HOLD,
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    SOCIALIZE,
    Story,
    a_default,
    a_pool,
    bad_debt_socialized,
    collateral_sold,
    deposited,
    fund_drawn,
    fund_layer,
    interest_accrued,
    interest_allocated,
    loan_defaulted,
    loan_originated,
    part,
    period_closed,
    pool_opened,
    recovery_allocated,
    recovery_received,
    repaid,
    restitution_paid,
    shares_transferred,
    shortfall_recognized,
    withdrawn,
)

NOVEMBER, DECEMBER, JANUARY, FEBRUARY = (
    Timestamp(f"{month}T12:00:00Z") for month in ("2022-11-30", "2022-12-31", "2023-01-01", "2023-02-28")
)
SLIP = EventId("slip")
COLUMNS = {"deposited": 1, "withdrawn": -1, "transferred": 1, "losses": -1, "covered": -1, "recoveries": 1, "earned": 1}
"""What each column of the report of lenders does to a balance."""


def lines(story: Story, name: str, asked: Asked = NOW, **limits: str) -> list[tuple[int | None, str, int, int]]:
    """Position, movement, amount and balance of each line."""
    rows = rows_of("statement", recorded(story.facts), asked, name=name, **limits)
    return [(row["position"], row["movement"], row["amount"], row["balance"]) for row in rows]


def lent_and_lost() -> Story:
    """Two lenders, interest in December, a loss of 300 in January, a third of it given back in February."""
    return a_pool(SOCIALIZE, assets=600).then(
        deposited(at=NOVEMBER, lender=OTHER_LENDER, assets=400, shares=400),
        loan_originated(at=NOVEMBER, principal=600),
        interest_accrued(at=DECEMBER, interest=50),
        shares_transferred(at=DECEMBER, shares=100),
        loan_defaulted(at=JANUARY, principal=600, interest=50),
        shortfall_recognized(at=JANUARY, principal=300),
        bad_debt_socialized(at=JANUARY, amount=300),
        recovery_received(at=FEBRUARY, amount=100),
        recovery_allocated(at=FEBRUARY, parts=(part("tranche", 100),)),
        withdrawn(at=FEBRUARY, assets=85, shares=100),
    )


# Of a lender, by hand.


def test_a_lender_is_told_each_movement_of_its_balance() -> None:
    assert lines(lent_and_lost(), "lender") == [
        (None, "opening", 0, 0),
        (6, "deposited", 600, 600),
        (9, "earned", 30, 630),
        (10, "transferred", -105, 525),
        (13, "losses", -150, 375),
        (15, "recoveries", 50, 425),
        (16, "withdrawn", -85, 340),
        (None, "closing", 340, 340),
    ]


def test_what_is_earned_between_two_other_movements_can_stand_in_one_line() -> None:
    story = a_pool(assets=600).then(
        loan_originated(principal=600),
        interest_accrued(interest=5),
        interest_accrued(interest=7),
        withdrawn(assets=0, shares=0),
        deposited(assets=1, shares=0),
        interest_accrued(interest=2),
    )

    assert lines(story, "lender", earned="sum") == [
        (None, "opening", 0, 0),
        (6, "deposited", 600, 600),
        (9, "earned", 12, 612),
        (11, "deposited", 1, 613),
        (12, "earned", 2, 615),
        (None, "closing", 615, 615),
    ]


def test_a_statement_from_a_time_on_opens_with_what_stood_just_before() -> None:
    assert lines(lent_and_lost(), "lender", Asked(as_of=JANUARY), since="2023-01-01") == [
        (None, "opening", 525, 525),
        (13, "losses", -150, 375),
        (None, "closing", 375, 375),
    ]
    assert lines(lent_and_lost(), "lender", since="2023-01-01T12:00:00.000000001Z")[0] == (None, "opening", 375, 375)


def test_a_movement_names_the_entry_the_case_and_the_other_side() -> None:
    rows = rows_of("statement", recorded(lent_and_lost().facts), name="other-lender")
    told = [(row["type"], row["id"], row["case"], row["counterparty"], row["shares"]) for row in rows[1:-1]]

    assert told == [
        ("deposited", "fact-7", "", "", 400),
        ("interest-accrued", "fact-9", "", "loan", 0),
        ("shares-transferred", "fact-10", "", "lender", 100),
        ("bad-debt-socialized", "fact-13", "case", "", 0),
        ("recovery-allocated", "fact-15", "case", "", 0),
    ]


def test_restitution_stands_outside_the_balance() -> None:
    story = lent_and_lost().then(
        recovery_received(at=FEBRUARY, amount=20),
        recovery_allocated(at=FEBRUARY, parts=(part("bearers", 20, basis="fact-13"),)),
        restitution_paid(at=FEBRUARY, amount=10),
    )
    rows = rows_of("statement", recorded(story.facts), name="lender")

    assert [(row["movement"], row["amount"], row["outside"]) for row in rows[-2:]] == [
        ("restitution", 0, 10),
        ("closing", 340, 10),
    ]


def test_claims_burnt_to_bear_a_deficit_are_covered() -> None:
    story = a_default(fund_layer(), principal=600, fund=50).then(
        shortfall_recognized(principal=600), fund_drawn(amount=50, lender=LENDER, shares=50)
    )

    assert lines(story, "lender")[-2:] == [(12, "covered", -50, 950), (None, "closing", 950, 950)]


def test_a_lender_has_an_account_for_each_pool_and_tranche() -> None:
    story = a_pool(assets=10, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=4, shares=4),
        pool_opened(pool=PoolId("other-pool")),
        deposited(assets=1, shares=1),
    )
    journal = recorded(story.facts)

    assert [(row["pool"], row["account"], row["movement"]) for row in rows_of("statement", journal, name="lender")] == [
        *(("pool", "junior", movement) for movement in ("opening", "deposited", "closing")),
        *(("pool", "lenders", movement) for movement in ("opening", "deposited", "deposited", "closing")),
    ]
    assert {row["account"] for row in rows_of("statement", journal, name="lender", tranche="junior")} == {"junior"}


def test_what_is_reversed_in_a_statement_stands_nowhere() -> None:
    story = a_pool(assets=600).then(deposited(at=DECEMBER, id=SLIP, assets=7, shares=7))

    story.then(story.reversal(SLIP))

    assert [movement for _, movement, _, _ in lines(story, "lender")] == ["opening", "deposited", "closing"]


def test_what_the_opening_counts_and_a_later_entry_reverses_is_taken_off_where_it_is_reversed() -> None:
    story = a_pool(assets=600).then(
        deposited(at=DECEMBER, id=SLIP, assets=7, shares=7),
        period_closed(at=JANUARY, through=Timestamp("2022-12-31T23:59:59Z")),
    )

    story.then(story.reversal(SLIP, at=JANUARY, occurred_at=DECEMBER))

    assert lines(story, "lender", since="2023-01-01") == [
        (None, "opening", 607, 607),
        (9, "reversed", -7, 600),
        (None, "closing", 600, 600),
    ]


# Of a loan, by hand.


def test_a_loan_is_told_its_debt_in_parts_and_what_is_held_for_it() -> None:
    story = a_default(SOCIALIZE, principal=600, interest=20).then(
        collateral_sold(quantity=4, proceeds=300, principal=280, interest=20), shortfall_recognized(principal=320)
    )
    rows = rows_of("statement", recorded(story.facts), name="loan")
    told = [
        (row["account"], row["movement"], row["principal"], row["interest"], row["amount"], row["balance"])
        for row in rows
    ]

    assert told == [
        ("debt", "opening", 0, 0, 0, 0),
        ("debt", "drawn", 600, 0, 600, 600),
        ("debt", "interest", 0, 20, 20, 620),
        ("debt", "defaulted", 0, 0, 0, 620),
        ("debt", "sold", -280, -20, -300, 320),
        ("debt", "recognized", -320, 0, -320, 0),
        ("debt", "closing", 0, 0, 0, 0),
        ("collateral", "opening", None, None, 0, 0),
        ("collateral", "posted", None, None, 10, 10),
        ("collateral", "sold", None, None, -4, 6),
        ("collateral", "closing", None, None, 6, 6),
    ]


def test_the_debt_of_an_indexed_loan_grows_with_the_index_before_it_is_booked() -> None:
    story = a_pool(assets=0)
    story = (
        Story()
        .then(*story.facts[:4])
        .then(
            pool_opened(debt="indexed"),
            deposited(assets=1000, shares=1000),
            interest_accrued(loan=None, interest=0, index=100),
            loan_originated(principal=600),
            interest_accrued(loan=None, interest=60, index=110),
            interest_allocated(interest=60),
        )
    )

    assert lines(story, "loan") == [
        (None, "opening", 0, 0),
        (8, "drawn", 600, 600),
        (9, "grown", 60, 660),
        (10, "interest", 0, 660),
        (None, "closing", 660, 660),
    ]


def test_a_loan_kept_as_a_share_of_all_debt_grows_with_it() -> None:
    story = a_pool(assets=0)
    story = (
        Story()
        .then(*story.facts[:4])
        .then(
            pool_opened(debt="pooled"),
            deposited(assets=1000, shares=1000),
            loan_originated(principal=600, debt_shares=600),
            loan_originated(loan=LoanId("other-loan"), principal=300, debt_shares=300),
            interest_accrued(loan=None, interest=90),
            repaid(principal=110, debt_shares=100),
        )
    )
    rows = rows_of("statement", recorded(story.facts), name="loan")

    assert [(row["movement"], row["amount"], row["shares"], row["principal"]) for row in rows] == [
        ("opening", 0, 0, None),
        ("drawn", 600, 600, None),
        ("grown", 60, 0, None),
        ("repaid", -110, -100, None),
        ("closing", 550, 500, None),
    ]
    assert table(recorded(story.facts), "statement", name="loan").head["ties"] == [
        {"accounts": "register:pool:debt:loan", "commodity": "debt:pool", "amount": "500"},
        {"accounts": "the part of register:pool:debt:loan in assets:pool:loans", "commodity": "USD", "amount": "550"},
    ]


# Who is meant.


def test_a_name_of_a_lender_and_a_loan_needs_a_kind() -> None:
    story = a_pool(assets=10).then(deposited(lender=PartyId("loan"), assets=1, shares=1), loan_originated(principal=3))

    with pytest.raises(Unclear, match="loan is a lender and a loan"):
        lines(story, "loan")
    assert lines(story, "loan", kind="lender")[-1] == (None, "closing", 1, 1)
    assert lines(story, "loan", kind="loan")[-1] == (None, "closing", 3, 3)


@pytest.mark.parametrize(
    ("name", "limits", "says"),
    [
        ("nobody", {}, "no lender or loan nobody in"),
        ("lender", {"kind": "loan"}, "no loan lender in"),
        ("lender", {"pool": "nowhere"}, "no pool nowhere in"),
        ("lender", {"tranche": "junior"}, "no lender or loan lender of tranche junior in"),
        ("loan", {"tranche": "lenders"}, "no lender or loan loan of tranche lenders in"),
    ],
)
def test_whoever_is_not_there_is_named(name: str, limits: dict[str, str], says: str) -> None:
    with pytest.raises(Unclear, match=says):
        lines(a_default(HOLD), name, NOW, **limits)


def test_a_statement_says_to_which_accounts_it_ties() -> None:
    journal = recorded(a_default(HOLD).facts)

    assert table(journal, "statement", name="lender").head["ties"] == [
        {"accounts": "register:pool:lenders:lender", "commodity": "shares:pool:lenders", "amount": "1000"},
        {
            "accounts": "the part of register:pool:lenders:lender in liabilities:pool:claims:lenders",
            "commodity": "USD",
            "amount": "1000",
        },
    ]
    assert table(journal, "statement", name="loan").head["ties"] == [
        {"accounts": "assets:pool:loans:loan:* + assets:pool:defaulted:loan:*", "commodity": "USD", "amount": "600"},
        {"accounts": "assets:pool:collateral:loan", "commodity": "ETH", "amount": "10"},
    ]


@pytest.mark.parametrize(
    ("opened", "balance"),
    [
        (pool_opened(), "366"),
        (pool_opened(virtual_assets=1, virtual_shares=10), "363"),
        (pool_opened(rate_scale=10), "360"),
    ],
    ids=["by shares", "with virtual amounts", "at a rate"],
)
def test_the_closing_balance_of_a_lender_ties_to_its_part_of_the_claims(opened: PoolOpened, balance: str) -> None:
    story = Story().then(
        *a_pool(assets=0).facts[:4],
        opened,
        deposited(assets=600, shares=600),
        deposited(lender=OTHER_LENDER, assets=500, shares=600),
        withdrawn(lender=OTHER_LENDER, assets=367, shares=0),
    )
    journal = recorded(story.facts)

    assert table(journal, "statement", name="lender").head["ties"][1]["amount"] == balance


@pytest.mark.parametrize("passed_over", ["_accrued", "_socialized", "_recovered"])
def test_a_statement_that_passes_entries_over_breaks_its_tie(passed_over: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"projections.lenders.LendersFold.{passed_over}", lambda *_: None)

    with pytest.raises(BooksBroken, match=r"says .* USD where the part of register:pool:lenders:lender in"):
        lines(lent_and_lost(), "lender")


@pytest.mark.parametrize("column", sorted(COLUMNS.keys() - {"covered"}))
def test_a_statement_without_one_of_its_columns_breaks_its_tie(column: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without = {name: sign for name, sign in COLUMNS.items() if name != column}
    monkeypatch.setattr("projections.statement_lender._SIGNS", without)

    with pytest.raises(BooksBroken, match=r"says .* USD where the part of register:pool:lenders:lender in"):
        lines(lent_and_lost(), "lender")


# Random histories.


def summed(rows: list[Row]) -> dict[str, int]:
    """What the lines of an account come to by movement, and what of it stands in columns of its own."""
    found = defaultdict[str, int](int)
    for row in rows[1:-1]:
        found[row["movement"]] += row["amount"]
        for column in ("shares", "outside", "principal", "interest"):
            found[f"all {column}"] += row[column] or 0
    return {name: amount for name, amount in found.items() if amount}


def unbroken(rows: list[Row]) -> bool:
    """Whether each balance is the one before it and the amount, from the opening to the closing."""
    balances = [row["balance"] for row in rows]
    steps = zip(balances, rows[1:-1], balances[1:], strict=False)
    return all(before + row["amount"] == after for before, row, after in steps) and balances[-1] == rows[-1]["amount"]


def of_lender(journal: Journal, row: Row, asked: Asked = NOW, **limits: str) -> list[Row]:
    """The statement of the lender that a row of the report is of."""
    of = {"name": row["lender"], "kind": "lender", "pool": row["pool"], "tranche": row["tranche"]}
    return rows_of("statement", journal, asked, **of, **limits)


def of_loan(journal: Journal, row: Row, asked: Asked = NOW, **limits: str) -> dict[str, list[Row]]:
    """The statement of the loan that a row of the report is of: its debt, and the collateral by asset."""
    found = defaultdict[str, list[Row]](list)
    for line in rows_of("statement", journal, asked, name=row["loan"], kind="loan", pool=row["pool"], **limits):
        found["debt" if line["account"] == "debt" else line["asset"]].append(line)
    return found


def lenders_that_differ(journal: Journal, asked: Asked) -> list[Row]:
    """Rows of the report whose columns a statement does not come to, or does not come to line by line."""
    found = []
    for row in rows_of("lenders", journal, asked):
        told = of_lender(journal, row, asked)
        columns = {name: sign * row[name] for name, sign in COLUMNS.items()}
        columns |= {"all shares": row["shares"], "all outside": row["restitution"]}
        closing = (told[-1]["balance"], told[-1]["shares"], told[-1]["outside"])
        if (
            summed(told) != {name: amount for name, amount in columns.items() if amount}
            or closing != (row["balance"], row["shares"], row["restitution"])
            or not unbroken(told)
        ):
            found.append(row)
    return found


@HISTORIES
@given(history=histories(), as_of=st.none() | TIMES_ASKED)
def test_the_movements_of_a_lender_are_the_columns_of_its_report(history: History, as_of: Timestamp | None) -> None:
    assert lenders_that_differ(recorded(history), Asked(as_of=as_of)) == []


def loans_that_differ(journal: Journal, asked: Asked) -> list[Row]:
    """Rows of the report whose debt or collateral a statement does not come to, or does not come to line by line."""
    found = []
    for row in rows_of("loans", journal, asked):
        told = of_loan(journal, row, asked)
        debt = told.pop("debt")
        held = {asset: lines[-1]["balance"] for asset, lines in told.items()}
        parts = (row["principal"] or 0, row["interest"] or 0)
        booked = tuple(summed(debt).get(f"all {part}", 0) for part in ("principal", "interest"))
        if (
            (debt[-1]["balance"], debt[-1]["principal"], debt[-1]["interest"])
            != (row["debt"], row["principal"], row["interest"])
            or booked != parts
            or {asset: held.get(asset, 0) for asset in row["collateral"]} != row["collateral"]
            or not all(map(unbroken, [debt, *told.values()]))
        ):
            found.append(row)
    return found


@HISTORIES
@given(history=histories(), as_of=st.none() | TIMES_ASKED)
def test_the_movements_of_a_loan_come_to_what_its_report_says(history: History, as_of: Timestamp | None) -> None:
    assert loans_that_differ(recorded(history), Asked(as_of=as_of)) == []


def openings_that_differ(journal: Journal, since: Timestamp) -> list[Row]:
    """Rows of the reports to which a statement from a time on does not come, or does not open with those before."""
    found = []
    before = Asked(as_of=just_before(since))
    lenders = {(row["pool"], row["tranche"], row["lender"]): row for row in rows_of("lenders", journal, before)}
    loans = {(row["pool"], row["loan"]): row for row in rows_of("loans", journal, before)}
    for row in rows_of("lenders", journal):
        told = of_lender(journal, row, since=since)
        opened = lenders.get((row["pool"], row["tranche"], row["lender"]), {"balance": 0, "shares": 0})
        ends = [(line["balance"], line["shares"]) for line in (told[0], told[-1])]
        if ends != [(of["balance"], of["shares"]) for of in (opened, row)] or not unbroken(told):
            found.append(row)
    for row in rows_of("loans", journal):
        told = of_loan(journal, row, since=since)["debt"]
        opened = loans.get((row["pool"], row["loan"]), {"debt": 0})
        if [told[0]["balance"], told[-1]["balance"]] != [opened["debt"], row["debt"]] or not unbroken(told):
            found.append(row)
    return found


@HISTORIES
@given(history=histories(), since=TIMES_ASKED)
def test_a_statement_from_a_time_on_goes_from_the_reports_before_it_to_those_of_now(
    history: History, since: Timestamp
) -> None:
    assert openings_that_differ(recorded(history), since) == []


# The command line.


def test_the_demo_tells_its_lenders_and_its_loan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = demo_book(tmp_path)
    loan = document(capsys, book, "loans")["rows"][0]["loan"]

    lender, debt = document(capsys, book, "statement", "suppliers"), document(capsys, book, "statement", loan)

    assert [row["movement"] for row in lender["rows"]] == ["opening", "deposited", "earned", "closing"]
    assert [row["balance"] for row in debt["rows"] if row["movement"] == "closing"] == ["0", "0"]
    assert {row["case"] for row in debt["rows"]} == {"", CASE}


def test_a_bare_date_is_the_beginning_of_that_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = document(capsys, desk_book(tmp_path), "statement", "bob", "--pool", "alpha", "--from", "2022-11-13")["rows"]

    assert [(row["at"], row["movement"], row["amount"]) for row in rows] == [
        ("2022-11-13T00:00:00Z", "opening", "40000"),
        ("2022-11-13T23:59:59.999999999Z", "losses", "-10000"),
        ("2022-11-14T00:00:00Z", "closing", "30000"),
    ]


def test_a_table_has_an_account_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "--db", str(desk_book(tmp_path)), "statement", "bob", "--pool", "alpha")

    assert done.code == Exit.CLEAN
    assert [" ".join(line.split()) for line in done.out.splitlines()[3:7]] == [
        "alpha lenders EUR opening 0 0 0",
        "alpha lenders EUR 8 2022-11-02T00:00:00Z deposited deposited 400 400 40,000",
        "alpha lenders EUR 16 2022-11-13T23:59:59.999999999Z bad-debt-socialized losses C1 -100 300 0",
        "alpha lenders EUR 2022-11-14T00:00:00Z closing 300 300 40,000",
    ]


def test_the_largest_amount_is_exact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    most, at = str(2**256 - 1), "2022-11-01T00:00:00Z"
    lines = [
        fact("asset-registered", at, asset="USD", decimals=6),
        fact("pool-opened", at, pool="pool", asset="USD", debt="bilateral", waterfall=[]),
        fact("deposited", at, pool="pool", lender="lender", assets=most, shares=most),
        fact("loan-originated", at, pool="pool", loan="loan", borrower="borrower", principal=most),
    ]
    book = written_down(tmp_path / "huge.db", lines)

    lender, loan = document(capsys, book, "statement", "lender"), document(capsys, book, "statement", "loan")

    assert [(row["amount"], row["balance"], row["shares"]) for row in lender["rows"]][1:] == [(most, most, most)] * 2
    assert [(row["amount"], row["principal"]) for row in loan["rows"]][1:] == [(most, most)] * 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nobody",), "no lender or loan nobody in this book"),
        (("bob", "--pool", "nowhere"), "no pool nowhere in this book"),
        (("bob", "--from", "yesterday"), "'yesterday'"),
        (("bob", "--from", "2022-11-14", "--as-of", "2022-11-13"), "is later than --as-of"),
        (("bob", "--kind", "fund"), "'fund' is not one of"),
    ],
)
def test_a_slip_of_the_pen_is_named(
    arguments: tuple[str, ...], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = called(capsys, "--db", str(desk_book(tmp_path)), "statement", *arguments)

    assert (done.code, says in done.err) == (Exit.USAGE, True)
