"""Who bore which case: by example, by the contract's own account of it, and on random histories."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given

from cli.exits import Exit
from ledger.entitlements import entitlements
from ledger.journal import Journal
from ledger.journal.memory import MemoryJournal
from ledger.values import AMOUNT_MAX, CaseId, EventId, PartyId, PoolId, Timestamp
from projections.reading import Asked, Selection
from projections.reports import REPORTS
from projections.ties import Tie
from tests.command_line import called, desk_book
from tests.histories import HISTORIES, NOW, TIMES_ASKED, History, Row, histories, recorded, rows_of, total
from tests.histories_teller import books_of
from tests.morpho_blue_sets import LOGS, SMALL, allocations, lines, record
from tests.story import (
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    Story,
    a_deficit,
    a_pool,
    adjustment_posted,
    asset_registered,
    bad_debt_socialized,
    deficit_covered,
    deficit_recapitalized,
    deposited,
    fund_drawn,
    fund_layer,
    loan_defaulted,
    loan_originated,
    part,
    pool_opened,
    posted,
    recovery_allocated,
    recovery_received,
    restitution_paid,
    shares_transferred,
    shortfall_recognized,
    told,
)

SECOND: Final = CaseId("case-2")
SETTLED: Final = ("losses", "covered", "recoveries", "restitution")


def losses(story: Story, **named: str) -> list[Row]:
    """The rows of a story."""
    return rows_of("lender-losses", recorded(story.facts), NOW, **named)


def columns(rows: Iterable[Row], *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def two_lenders(*, deficit: int) -> Story:
    """A deficit in a pool of which one lender holds 1000 shares and another 500."""
    return a_deficit(SOCIALIZE, principal=deficit).then(deposited(lender=OTHER_LENDER, assets=500, shares=500))


def ties_of(journal: Journal, asked: Asked = NOW, **named: str) -> list[Tie]:
    return list(REPORTS["lender-losses"].make(Selection(journal, asked), named, iter).ties)


# By example.


def test_a_loss_is_borne_by_shares_and_what_rounding_bore_has_a_row_without_a_lender() -> None:
    story = two_lenders(deficit=100).then(bad_debt_socialized(amount=100))

    # 1000 of 1500 shares: 1000 - floor(1000 · 1400 / 1500) = 67; 500 of them: 500 - floor(500 · 1400 / 1500) = 34.
    assert columns(losses(story), "case", "tranche", "lender", "shares", "losses") == [
        ("case", "lenders", "lender", 1000, 67),
        ("case", "lenders", "other-lender", 500, 34),
        ("case", "lenders", "", 0, -1),
    ]


def test_a_loss_stays_with_those_who_held_the_shares_when_it_fell() -> None:
    before = two_lenders(deficit=300).then(bad_debt_socialized(amount=300))
    story = before.then(shares_transferred(shares=1000), deposited(lender=PartyId("late"), assets=80, shares=100))

    assert columns(losses(story), "lender", "shares", "losses") == [("lender", 1000, 200), ("other-lender", 500, 100)]


def test_losses_of_two_cases_stand_apart_and_sum_to_the_column_of_lenders() -> None:
    story = two_lenders(deficit=300).then(
        bad_debt_socialized(amount=300),
        shares_transferred(shares=500),
        loan_originated(loan=OTHER_LOAN, principal=120),
        loan_defaulted(loan=OTHER_LOAN, case=SECOND, principal=120, interest=0),
        shortfall_recognized(loan=OTHER_LOAN, case=SECOND, principal=120),
        bad_debt_socialized(case=SECOND, amount=120),
    )

    assert columns(losses(story), "case", "lender", "shares", "losses") == [
        ("case", "lender", 1000, 200),
        ("case", "other-lender", 500, 100),
        ("case-2", "lender", 500, 40),
        ("case-2", "other-lender", 1000, 80),
    ]
    assert columns(rows_of("lenders", recorded(story.facts)), "lender", "losses") == [
        ("lender", 240),
        ("other-lender", 180),
    ]


def test_several_losses_of_one_case_are_one_row_with_the_shares_at_the_last() -> None:
    story = two_lenders(deficit=300).then(
        bad_debt_socialized(amount=150), shares_transferred(shares=1000), bad_debt_socialized(amount=150)
    )

    assert columns(losses(story), "lender", "shares", "losses") == [("lender", 1000, 100), ("other-lender", 1500, 200)]


def test_a_junior_tranche_bears_in_rows_of_its_own() -> None:
    story = a_pool(SOCIALIZE, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=100, shares=100),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        bad_debt_socialized(amount=500),
        bad_debt_socialized(tranche=JUNIOR, amount=100),
    )

    assert columns(losses(story), "tranche", "lender", "losses") == [
        ("junior", "lender", 100),
        ("lenders", "lender", 500),
    ]


def test_a_cover_and_an_investor_s_purchase_stand_in_their_own_columns() -> None:
    story = two_lenders(deficit=300).then(
        deficit_covered(amount=100, shares=100), deficit_recapitalized(amount=200, investor=PartyId("investor"))
    )

    assert columns(losses(story), "lender", "losses", "covered", "recapitalized") == [
        ("investor", 0, 0, 200),
        ("lender", 0, 100, 0),
    ]


def test_what_a_fund_pays_in_a_lender_s_shares_is_covered_by_that_lender() -> None:
    story = a_deficit(fund_layer(), principal=300, fund=300).then(fund_drawn(amount=300, lender=LENDER, shares=300))

    assert columns(losses(story), "lender", "covered") == [("lender", 300)]


def test_a_recovery_to_the_tranche_goes_to_its_holders_of_now() -> None:
    story = two_lenders(deficit=300).then(
        bad_debt_socialized(amount=300),
        shares_transferred(shares=1000),
        recovery_received(amount=30),
        recovery_allocated(parts=(part("tranche", 30),)),
    )

    assert columns(losses(story), "lender", "shares", "losses", "recoveries") == [
        ("lender", 1000, 200, 0),
        ("other-lender", 500, 100, 30),
    ]


def test_parts_of_one_recovery_are_credited_one_after_the_other() -> None:
    story = two_lenders(deficit=300).then(
        bad_debt_socialized(amount=300),
        recovery_received(amount=2),
        recovery_allocated(parts=(part("tranche", 1), part("tranche", 1))),
    )

    # 1000 · 1202 / 1500 is 801.33 and 500 · 1202 / 1500 is 400.67: they had 800 and 400.
    assert columns(losses(story), "lender", "recoveries") == [("lender", 1), ("other-lender", 0), ("", 1)]


def test_a_recovery_to_the_bearers_is_due_to_the_holders_of_then_until_it_is_paid() -> None:
    story = two_lenders(deficit=300).then(
        bad_debt_socialized(amount=300, id=EventId("loss")),
        shares_transferred(shares=1000),
        recovery_received(amount=100),
        recovery_allocated(parts=(part("bearers", 50, basis="loss"), part("bearers", 50, basis="loss"))),
        restitution_paid(amount=60),
    )

    # 50 twice, by what each has not got back yet: 33 and 17, then 167 of 250 and 83 of 250: 33 and 17.
    assert columns(losses(story), "lender", "losses", "allocated", "restitution", "due") == [
        ("lender", 200, 66, 60, 6),
        ("other-lender", 100, 34, 0, 34),
    ]
    assert ties_of(recorded(story.facts)) == [
        ("liabilities:*:restitution:*", "USD", 40),
        ("liabilities:*:claims:*, taken by write-downs", "USD", 300),
    ]


def test_what_is_given_back_goes_by_what_each_has_not_got_back_yet() -> None:
    story = two_lenders(deficit=2).then(
        bad_debt_socialized(amount=2, id=EventId("loss")),
        recovery_received(amount=2),
        recovery_allocated(parts=(part("bearers", 1, basis="loss"), part("bearers", 1, basis="loss"))),
    )

    # The loss of 2 was borne 1 and 1: the first 1 goes by name, and then only the other lender is left.
    assert columns(losses(story), "lender", "allocated") == [("lender", 1), ("other-lender", 1), ("", 0)]


def test_what_an_adjustment_adds_to_restitution_is_due_to_nobody_in_particular() -> None:
    lines = posted(("liabilities:pool:restitution:case", -7), ("equity:pool:reserve", 7))
    story = two_lenders(deficit=300).then(bad_debt_socialized(amount=300))
    story.then(adjustment_posted(pool=POOL, postings=posted(("assets:pool:cash", 7), ("equity:pool:reserve", -7))))

    story.then(adjustment_posted(pool=POOL, postings=lines))

    assert columns(losses(story, lender=""), "allocated", "due") == [(7, 7)]
    assert ties_of(recorded(story.facts))[0] == ("liabilities:*:restitution:*", "USD", 7)


def test_the_largest_loss_is_exact() -> None:
    story = told(
        asset_registered(),
        pool_opened(waterfall=(SOCIALIZE,)),
        deposited(assets=AMOUNT_MAX, shares=AMOUNT_MAX),
        loan_originated(principal=AMOUNT_MAX),
        loan_defaulted(principal=AMOUNT_MAX, interest=0),
        shortfall_recognized(principal=AMOUNT_MAX),
        bad_debt_socialized(amount=AMOUNT_MAX),
    )

    assert columns(losses(story), "lender", "shares", "losses") == [("lender", AMOUNT_MAX, AMOUNT_MAX)]


def test_before_the_loss_nobody_has_a_row() -> None:
    story = two_lenders(deficit=300).then(bad_debt_socialized(amount=300, at=Timestamp("2022-12-24T00:00:00Z")))

    assert rows_of("lender-losses", recorded(story.facts), Asked(as_of=Timestamp("2022-12-23T00:00:00Z"))) == []


def test_rows_are_limited_by_what_is_named() -> None:
    story = two_lenders(deficit=300).then(bad_debt_socialized(amount=300))

    assert columns(losses(story, lender="lender", case="case", pool="pool"), "lender") == [("lender",)]
    assert losses(story, case="other") == []
    assert losses(story, pool="other") == []


def two_cases_of_two_pools() -> Journal:
    """A case that lost 300 of which 30 were recovered, after 50 were covered; one of another pool that lost 20."""
    other = PoolId("other-pool")
    story = two_lenders(deficit=350).then(
        deficit_covered(amount=50, shares=50),
        bad_debt_socialized(amount=300, id=EventId("loss")),
        recovery_received(amount=40),
        recovery_allocated(parts=(part("tranche", 30), part("bearers", 10, basis="loss"))),
        pool_opened(pool=other, waterfall=(SOCIALIZE,)),
        deposited(pool=other, assets=100, shares=100),
        loan_originated(pool=other, principal=20),
        loan_defaulted(pool=other, case=SECOND, principal=20, interest=0),
        shortfall_recognized(pool=other, case=SECOND, principal=20),
        bad_debt_socialized(pool=other, case=SECOND, amount=20),
    )
    return recorded(story.facts)


def test_what_was_lost_covered_and_recovered_ties_to_what_was_posted_to_claims() -> None:
    assert ties_of(two_cases_of_two_pools()) == [
        ("liabilities:*:restitution:*", "USD", 10),
        ("liabilities:*:claims:*, taken by write-downs", "USD", 320),
        ("liabilities:*:claims:*, burnt for a deficit", "USD", 50),
        ("liabilities:*:claims:*, credited by recoveries", "USD", 30),
    ]


def test_the_ties_of_a_pool_or_case_are_its_own_and_a_lender_has_none() -> None:
    journal = two_cases_of_two_pools()

    assert ties_of(journal, pool="other-pool") == [
        ("liabilities:other-pool:restitution:*", "USD", 0),
        ("liabilities:other-pool:claims:*, taken by write-downs", "USD", 20),
    ]
    assert ties_of(journal, case="case") == [
        ("liabilities:*:restitution:case", "USD", 10),
        ("liabilities:*:claims:*, taken by write-downs of case case", "USD", 300),
        ("liabilities:*:claims:*, burnt for a deficit of case case", "USD", 50),
        ("liabilities:*:claims:*, credited by recoveries of case case", "USD", 30),
    ]
    assert ties_of(journal, lender="lender") == []


# By the contract's own account: Morpho Blue's views of each lender, before and after each bad debt.


def by_case(rows: Iterable[Row], case: str) -> list[Row]:
    """The lenders' rows of a case."""
    return [row for row in rows if row["case"] == case if row["lender"]]


def test_the_losses_of_lenders_are_those_that_the_contract_s_views_tell() -> None:
    journal = MemoryJournal()
    record(journal, lines(SMALL / LOGS))

    rows = rows_of("lender-losses", journal)

    told = [{(lender, int(view["loss"])) for lender, view in one["lenders"].items()} for one in allocations(SMALL)]
    cases = list(dict.fromkeys(row["case"] for row in rows))
    assert [{(row["lender"], row["losses"]) for row in by_case(rows, case)} for case in cases] == told
    assert [total(rows, "losses", case=case) for case in cases] == [
        int(one["badDebtAssets"]) for one in allocations(SMALL)
    ]


# On the command line.


def test_the_verb_shows_who_bore_which_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "--db", str(desk_book(tmp_path)), "lenders", "--losses", "--case", "C1")

    assert done.code == Exit.CLEAN
    assert done.out == (
        "lender losses of desk.db, position 18, as of 2022-11-14T00:00:00Z\n"
        "pool   case  tranche  lender  asset  shares  losses\n"
        "───────────────────────────────────────────────────\n"
        "alpha  C1    lenders  alice   EUR    60,000     150\n"
        "alpha  C1    lenders  bob     EUR    40,000     100\n"
        "zero or empty throughout: covered, recapitalized, recoveries, allocated, restitution, due\n"
        "ties to the trial balance: liabilities:*:restitution:C1 0 EUR\n"
        "ties to the trial balance: liabilities:*:claims:*, taken by write-downs of case C1 250 EUR\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--case", "C1"), "--case limits what lenders bore: it goes with --losses"),
        (("--losses", "--case", "C9"), "no case C9 in this book at that point"),
        (("--losses", "--case", "C1", "--as-of", "2022-11-09"), "no case C1 in this book at that point"),
        (("--losses", "--pool", "gamma"), "no pool gamma in this book at that point"),
    ],
)
def test_what_cannot_be_asked_of_losses_is_refused(
    arguments: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = called(capsys, "--db", str(desk_book(tmp_path)), "lenders", *arguments)

    assert done.code == Exit.USAGE
    assert message in done.err


# On random histories.


def by_lender(rows: Iterable[Row]) -> dict[tuple[str, ...], tuple[int, ...]]:
    """The settled columns of each lender over all rows, where one of them is not zero."""
    sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0] * len(SETTLED))
    for row in rows:
        key = row["pool"], row["tranche"], row["lender"]
        sums[key] = [before + row[column] for before, column in zip(sums[key], SETTLED, strict=True)]
    return {key: tuple(amounts) for key, amounts in sums.items() if any(amounts)}


def unequal(journal: Journal, asked: Asked) -> list[object]:
    """The lenders' columns unless they are those of the report of lenders; what is due unless the ties sum to it."""
    rows = rows_of("lender-losses", journal, asked)
    told = by_lender(row for row in rows if row["lender"]), by_lender(rows_of("lenders", journal, asked))
    due = total(rows, "due"), sum(tie.amount for tie in ties_of(journal, asked) if ":restitution:" in tie.accounts)
    return [pair for pair in (told, due) if pair[0] != pair[1]]


@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_over_all_cases_a_lender_s_columns_are_those_of_the_report_of_lenders_and_the_ties_hold(
    history: History, as_of: Timestamp
) -> None:
    journal = recorded(history)

    assert unequal(journal, NOW) == unequal(journal, Asked(as_of=as_of)) == []


@HISTORIES
@given(history=histories(), as_of=TIMES_ASKED)
def test_the_ties_of_a_case_hold_at_any_point(history: History, as_of: Timestamp) -> None:
    journal, asked = recorded(history), Asked(as_of=as_of)
    cases = {row["case"] for row in rows_of("lender-losses", journal, asked)}

    ties = [tie for case in cases for tie in ties_of(journal, asked, case=case)]

    assert sum(tie.amount for tie in ties) == sum(tie.amount for tie in ties_of(journal, asked))


@HISTORIES
@given(history=histories())
def test_losses_sum_to_what_was_socialized_and_what_is_allocated_is_what_the_entitlement_statement_says(
    history: History,
) -> None:
    journal, books = recorded(history), books_of(history)
    rows, cases = rows_of("lender-losses", journal), rows_of("deficits", journal)

    assert [total(rows, "losses", case=case["case"]) for case in cases] == [
        case["socialized"] + case["tranches"] for case in cases
    ]
    assert {
        (row["case"], row["tranche"], row["lender"]): (row["allocated"], row["restitution"])
        for row in rows
        if row["lender"] and row["allocated"]
    } == {
        (name, one.tranche, one.holder): (one.allocated, one.paid)
        for name, case in books.cases.items()
        for one in entitlements(books, case.pool, name)
        if one.allocated
    }
