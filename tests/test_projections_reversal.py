"""What is reversed, adjusted and named: what counts in a report, what is only listed, by which names it is found."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

from ledger.errors import JournalDamaged
from ledger.events import AnyEvent, RedistributedPart
from ledger.journal import Entry
from ledger.journal.memory import MemoryJournal
from ledger.values import Account, CaseId, Commodity, EventId, FundId, PoolId, Timestamp
from projections.reading import Asked, Shown
from tests.histories import NOW, Row, every_report, recorded, reports_of_what_counts, rows_of, shown
from tests.story import (
    AT,
    ETH,
    FUND,
    HOLD,
    OTHER_LENDER,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    USD,
    Story,
    a_default,
    a_deficit,
    a_pool,
    adjustment_posted,
    asset_registered,
    bad_debt_socialized,
    balance_asserted,
    collateral_posted,
    collateral_sold,
    debt_redistributed,
    debt_transferred,
    deficit_covered,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    part,
    period_closed,
    pool_opened,
    posted,
    recovery_allocated,
    recovery_received,
    repaid,
    restitution_paid,
    shortfall_recognized,
    told,
)

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (Timestamp(f"2022-11-2{day}T12:00:00Z") for day in (1, 2, 3, 4))
OTHER_POOL, OTHER_FUND = PoolId("other-pool"), FundId("other-fund")
SLIP: Final = EventId("slip")
UNDER: Final = CaseId("case")


def report(name: str, story: Story, asked: Asked = NOW, **named: str) -> list[Row]:
    return rows_of(name, recorded(story.facts), asked, **named)


def balances(story: Story, asked: Asked = NOW) -> dict[str, int]:
    """What each lender is owed."""
    return {row["lender"]: row["balance"] for row in report("lenders", story, asked)}


def undone(story: Story, **fields: object) -> Story:
    """The story, with the fact `slip` reversed at last."""
    return story.then(story.reversal("slip", **fields))


# What counts.


def a_slip_of_tuesday() -> Story:
    """10 deposited on Monday, and by mistake 50 on Tuesday."""
    return told(
        asset_registered(at=MONDAY),
        pool_opened(at=MONDAY),
        deposited(at=MONDAY, assets=10, shares=10),
        deposited(id=SLIP, at=TUESDAY, lender=OTHER_LENDER, assets=50, shares=50),
    )


def test_what_is_reversed_and_its_reversal_count_in_no_report() -> None:
    wrong = undone(a_slip_of_tuesday())
    never = told(*a_slip_of_tuesday().facts[:3])

    assert reports_of_what_counts(recorded(wrong.facts)) == reports_of_what_counts(recorded(never.facts))
    assert balances(wrong) == {"lender": 10}


@pytest.mark.parametrize(
    "slip",
    [
        deposited(assets=7, shares=7),
        fund_contributed(amount=3),
        interest_accrued(case=UNDER, interest=5),
        repaid(case=UNDER, principal=20),
        collateral_sold(quantity=2, proceeds=50, costs=1, principal=49),
        shortfall_recognized(principal=600),
        collateral_posted(quantity=1),
        adjustment_posted(
            pool=POOL, postings=posted(("assets:pool:defaulted:loan:principal", 1), ("equity:pool:rounding", -1))
        ),
        pool_opened(pool=OTHER_POOL, debt="indexed"),
        fund_opened(fund=OTHER_FUND, asset=ETH),
    ],
    ids=lambda event: event.type,
)
def test_a_fact_in_the_midst_of_a_case_leaves_nothing_behind_once_it_is_reversed(slip: AnyEvent) -> None:
    without, with_slip = a_default(SOCIALIZE, fund=9), a_default(SOCIALIZE, fund=9).then(replace(slip, id=SLIP))
    assert reports_of_what_counts(recorded(with_slip.facts)) != reports_of_what_counts(recorded(without.facts))

    undone(with_slip)
    assert reports_of_what_counts(recorded(with_slip.facts)) == reports_of_what_counts(recorded(without.facts))


def test_a_default_that_is_reversed_was_none() -> None:
    story = a_default()

    story.then(story.reversal("fact-10"))

    assert report("deficits", story) == []
    assert report("case", story, case="case") == []
    assert [(row["status"], row["principal"]) for row in report("loans", story)] == [("performing", 600)]


def test_a_loss_that_is_reversed_took_nothing_from_anyone() -> None:
    story = undone(
        a_deficit(SOCIALIZE).then(bad_debt_socialized(id=SLIP, amount=600), deposited(assets=40, shares=100))
    )

    [row] = report("lenders", story)
    assert (row["shares"], row["balance"], row["losses"], row["earned"]) == (1100, 1040, 0, 0)
    assert [(row["socialized"], row["open"]) for row in report("deficits", story)] == [(0, 600)]


def test_a_recovery_that_is_reversed_gave_nothing_back() -> None:
    story = undone(
        a_deficit(fund_layer(), HOLD, fund=9).then(
            fund_drawn(amount=9),
            recovery_received(amount=20),
            recovery_allocated(id=SLIP, parts=(part("fund", 9, name="fund"), part("tranche", 6), part("deficit", 5))),
        )
    )

    assert [(row["reimbursed"], row["balance"]) for row in report("funds", story)] == [(0, 0)]
    assert [row["recoveries"] for row in report("lenders", story)] == [0]
    assert [(row["recovered"], row["restored"], row["open"]) for row in report("deficits", story)] == [(0, 0, 591)]
    assert [(row["cash"], row["recoveries"]) for row in report("pools", story)] == [(429, 20)]


def test_a_fact_told_again_under_another_id_counts_once() -> None:
    story = undone(a_slip_of_tuesday()).then(
        deposited(at=TUESDAY, id=EventId("right"), lender=OTHER_LENDER, assets=5, shares=5)
    )

    assert balances(story) == {"lender": 10, "other-lender": 5}
    assert [row["id"] for row in report("events", story)][3:] == ["slip", "fact-5", "right"]


def test_an_account_that_only_a_reversed_entry_moved_has_no_row() -> None:
    accounts = [row["account"] for row in report("trial-balance", undone(a_slip_of_tuesday()))]

    assert accounts == [
        "assets:pool:cash",
        "liabilities:pool:claims:lenders",
        "register:pool:lenders",
        "register:pool:lenders:lender",
    ]


def test_a_pool_opened_again_has_one_row() -> None:
    story = a_pool(assets=0).then(pool_opened(id=SLIP, pool=OTHER_POOL, asset=ETH))

    undone(story).then(pool_opened(pool=OTHER_POOL, asset=ETH, waterfall=(HOLD,)))

    [row, _] = report("pools", story)
    assert (row["pool"], row["asset"], row["claims"]) == ("other-pool", "ETH", {"lenders": 0})


class Forgetful(MemoryJournal):
    """A journal whose index of reversals has lost them."""

    def reversals(self, through: int | None = None) -> Iterator[Entry]:  # noqa: ARG002  (it has lost them all)
        return iter(())


def test_an_index_that_lost_a_reversal_is_noticed() -> None:
    journal = recorded(undone(a_slip_of_tuesday()).facts)
    journal.__class__ = Forgetful

    with pytest.raises(JournalDamaged, match="entry 5 is a reversal that the index of reversals does not hold"):
        rows_of("lenders", journal)


# Listed all the same.


def test_the_journal_shows_what_is_reversed_and_its_reversal() -> None:
    events = report("events", undone(a_slip_of_tuesday()))

    assert [(row["position"], row["type"]) for row in events][2:] == [
        (3, "deposited"),
        (4, "deposited"),
        (5, "entry-reversed"),
    ]
    assert events[-1]["event"]["of"] == "slip"


def test_the_register_runs_through_what_is_reversed_and_back() -> None:
    rows = report("register", undone(a_slip_of_tuesday()))

    cash = [(row["position"], row["type"], row["amount"], row["balance"]) for row in rows if "cash" in row["account"]]
    assert cash == [(3, "deposited", 10, 10), (4, "deposited", 50, 60), (5, "entry-reversed", -50, 10)]


# At a point: by effective time, by recorded time, by position.


@pytest.mark.parametrize(
    ("asked", "owed"),
    [
        (NOW, {"lender": 10}),
        (Asked(as_of=MONDAY), {"lender": 10}),
        (Asked(as_of=TUESDAY), {"lender": 10}),
        (Asked(position=4), {"lender": 10, "other-lender": 50}),
        (Asked(position=4, as_of=MONDAY), {"lender": 10}),
        (Asked(position=5), {"lender": 10}),
        (Asked(known_at=WEDNESDAY), {"lender": 10, "other-lender": 50}),
        (Asked(known_at=THURSDAY), {"lender": 10}),
        (Asked(known_at=WEDNESDAY, as_of=TUESDAY), {"lender": 10, "other-lender": 50}),
        (Asked(known_at=THURSDAY, as_of=TUESDAY), {"lender": 10}),
    ],
    ids=str,
)
def test_a_reversal_in_an_open_period_undoes_its_entry_at_the_same_time_once_it_is_known(
    asked: Asked, owed: dict[str, int]
) -> None:
    journal = recorded(undone(a_slip_of_tuesday()).facts, clock=(MONDAY, WEDNESDAY, THURSDAY))

    assert {row["lender"]: row["balance"] for row in rows_of("lenders", journal, asked)} == owed


@pytest.mark.parametrize(
    ("asked", "owed"),
    [
        (NOW, {"lender": 10}),
        (Asked(as_of=TUESDAY), {"lender": 10, "other-lender": 50}),
        (Asked(as_of=Timestamp("2022-11-24T11:59:59.999999999Z")), {"lender": 10, "other-lender": 50}),
        (Asked(as_of=THURSDAY), {"lender": 10}),
        (Asked(as_of=THURSDAY, position=5), {"lender": 10, "other-lender": 50}),
        (Asked(as_of=MONDAY), {"lender": 10}),
    ],
    ids=str,
)
def test_the_reversal_of_an_entry_in_a_closed_period_undoes_it_from_its_own_time_on(
    asked: Asked, owed: dict[str, int]
) -> None:
    story = a_slip_of_tuesday().then(period_closed(at=WEDNESDAY, through=TUESDAY))

    undone(story, at=THURSDAY, occurred_at=TUESDAY)

    assert balances(story, asked) == owed


# Where a report stands.


def test_a_report_stands_at_the_latest_time_that_counts() -> None:
    wrong = a_default().then(deposited(id=SLIP, at=Timestamp("2022-12-25T12:00:00Z"), assets=1, shares=1))
    assert [row["age_days"] for row in report("deficits", wrong)] == [32]

    undone(wrong)
    assert [row["age_days"] for row in report("deficits", wrong)] == [0]
    assert shown(recorded(wrong.facts)) == Shown(12, AT, None, 0, 0)


def test_late_counts_what_is_shown_also_where_it_is_reversed() -> None:
    story = a_slip_of_tuesday().then(
        deposited(at=THURSDAY, assets=1, shares=1), deposited(at=TUESDAY, assets=2, shares=2)
    )
    assert shown(recorded(story.facts), Asked(as_of=TUESDAY)) == Shown(6, TUESDAY, None, 1, 0)

    story.then(story.reversal("fact-6"))
    assert shown(recorded(story.facts), Asked(as_of=TUESDAY)) == Shown(7, TUESDAY, None, 2, 0)
    assert balances(story, Asked(as_of=TUESDAY)) == {"lender": 10, "other-lender": 50}


def test_adjusted_says_how_many_adjustments_count() -> None:
    lines = posted(("assets:pool:cash", 1), ("equity:pool:rounding", -1))
    story = a_pool(assets=10).then(
        adjustment_posted(pool=POOL, postings=lines),
        adjustment_posted(at=WEDNESDAY, pool=POOL, postings=lines),
        adjustment_posted(
            id=SLIP, at=THURSDAY, fund=FUND, postings=posted(("assets:fund:cash", 1), ("equity:fund:fund", -1))
        ),
    )
    assert [shown(recorded(story.facts), asked).adjusted for asked in (NOW, Asked(as_of=WEDNESDAY))] == [3, 2]

    undone(story)
    points = NOW, Asked(as_of=WEDNESDAY), Asked(as_of=MONDAY), Asked(position=9), Asked(position=8), Asked(position=7)
    assert [shown(recorded(story.facts), asked).adjusted for asked in points] == [2, 2, 0, 3, 2, 1]


# By which names entries are found.


def a_journal_of_many_names() -> Story:
    """Two loans, one of which falls into default and takes the other along; what follows names one or both."""
    return a_pool(HOLD, assets=1000, fund=50).then(
        loan_originated(principal=300),
        loan_originated(loan=OTHER_LOAN, principal=100),
        debt_transferred(principal=10),
        loan_defaulted(principal=290, interest=0),
        shortfall_recognized(principal=290),
        fund_drawn(amount=20),
        deficit_covered(id=EventId("cover"), amount=30, shares=30),
        debt_redistributed(parts=(RedistributedPart(loan=OTHER_LOAN, principal=40),)),
        recovery_received(amount=60),
        recovery_allocated(
            parts=(part("fund", 5, name="fund"), part("bearers", 7, basis="cover"), part("borrower", 3, name="loan"))
        ),
        restitution_paid(amount=7),
        adjustment_posted(pool=POOL, postings=posted(("assets:pool:deficit:case", 2), ("equity:pool:rounding", -2))),
        adjustment_posted(
            pool=POOL,
            postings=posted(
                ("assets:pool:loans:other-loan:principal", 2),
                ("liabilities:pool:claims:lenders", -2),
                ("register:pool:lenders:other-lender", 5, "shares:pool:lenders"),
                ("register:pool:lenders", -5, "shares:pool:lenders"),
            ),
        ),
        adjustment_posted(fund=FUND, postings=posted(("assets:fund:cash", 1), ("equity:fund:fund", -1))),
        repaid(id=SLIP, loan=OTHER_LOAN, principal=1),
        balance_asserted(account=Account("equity:pool:rounding"), commodity=Commodity(USD), amount=2),
    )


@pytest.mark.parametrize(
    ("named", "positions"),
    [
        ({"loan": "loan"}, [7, 9, 10, 11, 16]),
        ({"loan": "other-loan"}, [8, 9, 14, 19, 21, 23]),
        ({"case": "case"}, [10, 11, 12, 13, 14, 15, 16, 17, 18]),
        ({"fund": "fund"}, [3, 4, 12, 16, 20]),
        ({"lender": "lender"}, [6, 13, 17]),
        ({"lender": "other-lender"}, [19]),
        ({"loan": "loan", "fund": "fund"}, [16]),
        ({"loan": "loan", "case": "case", "fund": "fund"}, [16]),
        ({"loan": "loan", "lender": "lender"}, []),
        ({"loan": "third-loan"}, []),
        ({"pool": "fund"}, []),
    ],
    ids=str,
)
def test_entries_are_found_by_all_that_their_events_name(named: dict[str, str], positions: list[int]) -> None:
    story = undone(a_journal_of_many_names())

    assert [row["position"] for row in report("events", story, NOW, **named)] == positions
    assert {row["position"] for row in report("register", story, NOW, **named)} == set(positions) - {3}


def test_a_reversal_is_found_only_where_what_it_reverses_is() -> None:
    story = undone(a_journal_of_many_names())

    assert [row["position"] for row in report("events", story, Asked(position=22), loan="other-loan")][-1] == 21
    assert [row["type"] for row in report("events", story, pool="pool", loan="other-loan")][-2:] == [
        "repaid",
        "entry-reversed",
    ]


def test_the_balances_of_a_register_that_is_limited_count_what_it_leaves_out() -> None:
    rows = report("register", undone(a_journal_of_many_names()), loan="other-loan")

    cash = [(row["position"], row["amount"], row["balance"]) for row in rows if row["account"] == "assets:pool:cash"]
    # 1000 - 300 - 100 + 20 + 60 - 5 - 7 = 668 before the repayment.
    assert cash == [(8, -100, 600), (21, 1, 669), (23, -1, 668)]


def test_every_report_can_be_asked_for_at_every_position_of_it() -> None:
    story = undone(a_journal_of_many_names())
    journal = recorded(story.facts)

    at_each = [every_report(journal, Asked(position=position)) for position in range(len(story.facts) + 1)]

    assert [len(one["events"]) for one in at_each] == list(range(24))
    assert at_each[-1] == every_report(journal)
