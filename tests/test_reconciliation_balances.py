"""The level of balances: which numbers are compared with which, at which moments, and what is refused."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import AskedAmiss
from ledger.events import AnyEvent, Evidence
from ledger.values import PoolId, Timestamp
from projections.reconciliation.items import Accrued, Snapshot, SourceRefused
from projections.reconciliation.sources.other_book import snapshot_of_book
from projections.reports import REPORTS, Folded
from tests.histories import HISTORIES, History, histories, recorded, written
from tests.histories_teller import TIMES
from tests.reconciled_balances import BORROWED, CLOSING, OPENED, book, on, only, paper, said, stated
from tests.story import (
    ETH,
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    POOL,
    asset_registered,
    collateral_posted,
    deposited,
    loan_originated,
    period_closed,
    pool_opened,
    told,
)

BALANCES: Final = sorted(name for name, report in REPORTS.items() if not report.needs and not report.streams)

# What is compared.


FOLDED: Final = sorted(name for name in BALANCES if isinstance(REPORTS[name].make, Folded))


@HISTORIES
@given(histories(), st.sampled_from(BALANCES), st.sets(st.sampled_from(TIMES), min_size=1, max_size=4))
def test_a_book_has_no_break_against_itself_at_any_moments(
    history: History, report: str, times: set[Timestamp]
) -> None:
    journal = recorded(history)
    assert paper(journal, report, *(snapshot_of_book(journal, report, "", time) for time in times)).breaks == ()


@HISTORIES
@given(histories(), st.sampled_from(FOLDED), st.randoms(use_true_random=False))
def test_entries_that_were_learnt_late_count_from_their_time_on(history: History, report: str, chance: Any) -> None:
    opened = [event for event in history if event.type in ("asset-registered", "pool-opened", "fund-opened")]
    others = [event for event in history if event not in opened and event.type != "entry-reversed"]
    journal = written([*opened, *chance.sample(others, len(others))])
    assert paper(journal, report, *(snapshot_of_book(journal, report, "", time) for time in TIMES)).breaks == ()


def test_an_entry_that_is_undone_in_a_later_period_counts_before_that() -> None:
    story = told(
        asset_registered(at=OPENED),
        pool_opened(at=OPENED, waterfall=()),
        deposited(at=OPENED, assets=1000, shares=1000),
        period_closed(at=on("2023-02-01"), through=on("2023-01-31")),
    )
    undone = story.reversal("fact-3", at=on("2023-03-01"), occurred_at=OPENED)
    journal = recorded(story.then(undone).facts)
    made = paper(
        journal,
        "lenders:shares",
        said((LENDER, 1000), at="2023-02-15", field="shares"),
        said((LENDER, 1000), field="shares"),
    )
    assert [(one.class_, one.effect) for one in made.breaks] == [("reversal pending", -1000)]
    assert (made.traces[0].agreed_at, made.traces[0].parted_on) == ("2023-02-15", "2023-03-01")


def test_a_block_is_the_moment_after_the_last_entry_of_it_or_of_one_before() -> None:
    journal = book(
        deposited(at=on("2023-02-01"), assets=1, shares=1, evidence=Evidence(block=10)),
        deposited(at=on("2023-02-01"), assets=2, shares=2, evidence=Evidence(block=11)),
        deposited(at=on("2023-01-03"), assets=4, shares=4, evidence=Evidence(block=9)),
    )
    by_block = [said((LENDER, shares), (OTHER_LENDER, 500), at="", block=block, field="shares") for block, shares in
                ((9, 1004), (10, 1005), (11, 1007))]  # fmt: skip
    assert paper(journal, "lenders:shares", *by_block).breaks == ()


def test_a_block_wins_over_the_time_that_is_said_with_it() -> None:
    journal = book(
        deposited(at=on("2023-02-01"), assets=1, shares=1, evidence=Evidence(block=10)),
        deposited(at=on("2023-02-01"), assets=2, shares=2, evidence=Evidence(block=11)),
    )
    at_block = said((LENDER, 1001), (OTHER_LENDER, 500), at="2023-02-01", block=10, field="shares")
    assert paper(journal, "lenders:shares", at_block).breaks == ()


def test_a_number_that_is_not_named_by_the_tranche_is_the_sum_over_all() -> None:
    journal = book(deposited(at=on("2023-02-01"), assets=7, shares=7, tranche=JUNIOR), tranches=(JUNIOR,))
    assert paper(journal, "lenders:shares", said((LENDER, 1007), (OTHER_LENDER, 500), field="shares")).breaks == ()


def test_what_a_snapshot_says_nothing_of_is_not_compared() -> None:
    journal = book(pool_opened(at=OPENED, pool=PoolId("further"), waterfall=()), _deposit_elsewhere())
    assert paper(journal, "lenders:balance", said((LENDER, 1000), (OTHER_LENDER, 500))).breaks == ()


def test_another_book_says_everything_of_a_report() -> None:
    journal = book(pool_opened(at=OPENED, pool=PoolId("further"), waterfall=()), _deposit_elsewhere())
    found = only(journal, snapshot_of_book(book(), "lenders", "balance", CLOSING))
    assert (found.class_, found.key) == (
        "missing in statement",
        {
            "report": "lenders",
            "field": "balance",
            "pool": "further",
            "tranche": "lenders",
            "lender": LENDER,
            "asset": "USD",
        },
    )


def _deposit_elsewhere() -> AnyEvent:
    return deposited(at=OPENED, pool=PoolId("further"), assets=9, shares=9)


def test_what_holds_amounts_by_name_is_compared_by_name() -> None:
    loan = (loan_originated(at=OPENED, principal=0), collateral_posted(at=OPENED, quantity=5))
    journal = book(*loan, debt="bilateral")
    held = (("pool", POOL), ("loan", "loan"))
    right, wrong = (stated((*held, amount), field=f"collateral.{ETH}") for amount in (5, 6))
    assert paper(journal, "loans", right).breaks == ()
    assert only(journal, wrong, subject="loans").commodity == ETH


# What had accrued.

ACCRUED: Final = (Accrued(POOL, interest=90, fee_shares=30),)


def test_numbers_are_compared_with_what_had_accrued_and_shares_for_the_fee_are_nobodys_yet() -> None:
    journal = book(BORROWED)
    lent = said((LENDER, 1000 * 1591 // 1531), (OTHER_LENDER, 500 * 1591 // 1531), accrued=ACCRUED)
    owed = stated((("pool", POOL), ("loan", "loan"), -(-600 * 691 // 601)), field="debt", accrued=ACCRUED)
    shares = said((LENDER, 1000), (OTHER_LENDER, 500), field="shares", accrued=ACCRUED)
    assert paper(journal, "lenders", lent).breaks == paper(journal, "lenders", shares).breaks == ()
    assert paper(journal, "loans", owed).breaks == ()
    assert journal.head().position == 6


def test_what_had_accrued_counts_in_reports_that_are_not_made_of_folds_alone() -> None:
    journal = book(BORROWED)
    at_risk = stated((("pool", POOL), ("loan", "loan"), -(-600 * 691 // 601)), field="debt", accrued=ACCRUED)
    assert paper(journal, "risk", at_risk).breaks == ()


def test_a_number_without_what_had_accrued_by_the_snapshots_own_word_is_an_accrual() -> None:
    found = only(book(BORROWED), said((LENDER, 1000), (OTHER_LENDER, 519), accrued=ACCRUED))
    assert (found.class_, found.party, found.effect) == ("accrual", "nobody", 39)
    assert found.evidence.endswith("+39; 1000 without it, which is +39")


def test_interest_that_accrues_on_each_loan_cannot_accrue_on_a_pool() -> None:
    journal = book(debt="bilateral")
    with pytest.raises(SourceRefused, match="accrued of pool pool: it is bilateral"):
        paper(journal, "lenders", said((LENDER, 1000), accrued=ACCRUED))


# What is refused.


@pytest.mark.parametrize(
    ("subject", "saying"),
    [
        ("lender", "lender is no report whose balances are compared: aging, deficits"),
        ("case", "case is no report whose balances are compared"),
        ("register", "register is no report whose balances are compared"),
        ("lenders:debt", "the report lenders has no field debt; it has shares, balance"),
        ("lenders:pool", "the report lenders has no field pool"),
        ("loans:status", "status of the report loans is no number"),
        ("lenders:balance.x", "balance.x of the report lenders is no number"),
    ],
)
def test_a_subject_that_is_none_is_refused(subject: str, saying: str) -> None:
    with pytest.raises(AskedAmiss, match=saying):
        paper(book(), subject, said((LENDER, 1000)))


@pytest.mark.parametrize(
    ("held", "saying"),
    [
        ((("pool", POOL), ("loan", "loan"), 1), "line 1: loan names no row of the report lenders"),
        ((1,), "line 1: it names no row"),
        ((("pool", POOL), ("pool", POOL), 1), "line 1: a key is told twice"),
    ],
)
def test_a_number_that_names_no_row_is_refused(held: Any, saying: str) -> None:
    with pytest.raises(SourceRefused, match=saying):
        paper(book(), "lenders:balance", stated(held, field="balance"))


def test_all_flaws_of_a_snapshot_are_told_at_once() -> None:
    snapshot = said((LENDER, 1), (LENDER, 2), (OTHER_LENDER, 3), (OTHER_LENDER, 4))
    with pytest.raises(SourceRefused) as refused:
        paper(book(), "lenders:balance", snapshot)
    assert [problem.split(":")[0] for problem in refused.value.problems] == ["line 2", "line 4"]


def test_a_row_that_is_named_in_two_ways_is_refused() -> None:
    by_tranche = ("pool", POOL), ("tranche", "lenders"), ("lender", LENDER), 1000
    snapshot = stated(by_tranche, (("pool", POOL), ("lender", LENDER), 1000), field="balance")
    with pytest.raises(SourceRefused, match="is stated by pool, lender and by pool, tranche, lender"):
        paper(book(), "lenders:balance", snapshot)


def test_a_sum_over_several_commodities_is_refused() -> None:
    journal = book(
        pool_opened(at=OPENED, pool=PoolId("in-eth"), asset=ETH, waterfall=()),
        deposited(at=OPENED, pool=PoolId("in-eth"), assets=1, shares=1),
    )
    with pytest.raises(SourceRefused, match="balance of lender is counted in ETH and in USD: name one"):
        paper(journal, "lenders:balance", stated((("lender", LENDER), 1001), field="balance"))


@pytest.mark.parametrize(
    ("subject", "snapshot"),
    [
        ("lenders:balance", said((LENDER, 1000), field="shares")),
        ("pools:claims.lenders", stated((("pool", POOL), 1500), field="claims")),
        ("lenders", said(accrued=(Accrued(POOL, interest=5),))),
    ],
)
def test_a_snapshot_that_states_nothing_of_the_subject_is_refused(subject: str, snapshot: Snapshot) -> None:
    with pytest.raises(SourceRefused, match=f"it states nothing of {subject}"):
        paper(book(), subject, snapshot)


def test_ratios_make_no_sum() -> None:
    share_price = stated((("pool", POOL), 10**18), field="share_price")
    with pytest.raises(SourceRefused, match="share_price of the report pools holds ratios by name"):
        paper(book(), "pools", share_price)
    of_all = stated((("asset", "USD"), 10**18), field="share_price.lenders")
    journal = book(pool_opened(at=OPENED, pool=PoolId("further"), waterfall=()))
    with pytest.raises(SourceRefused, match="is of several rows, and ratios make no sum: name one"):
        paper(journal, "pools", of_all)


def test_a_snapshot_of_no_moment_is_refused() -> None:
    with pytest.raises(SourceRefused, match="it says neither the time nor the block"):
        paper(book(), "lenders:balance", said((LENDER, 1000), at=""))


def test_a_block_before_every_entry_is_refused() -> None:
    with pytest.raises(SourceRefused, match="block 5 is before every entry of the book"):
        paper(book(), "lenders:balance", said((LENDER, 1000), at="", block=5))


def test_blocks_in_another_order_than_their_times_are_refused() -> None:
    snapshots = said((LENDER, 1000), at="2023-02-01", block=9), said((LENDER, 1000), at="2023-03-01", block=8)
    with pytest.raises(SourceRefused, match=r"block 8 is said to be of 2023-03-01T23:59:59\.999999999Z, after block 9"):
        paper(book(), "lenders:balance", *snapshots)


def test_a_paper_before_of_something_else_is_refused() -> None:
    first = paper(book(BORROWED), "lenders:balance", said((LENDER, 1000)))
    with pytest.raises(AskedAmiss, match="the paper before is of lenders:balance, not of lenders"):
        paper(book(BORROWED), "lenders", said((LENDER, 1000)), previous=first)
    with pytest.raises(AskedAmiss, match="the paper of lenders:balance was made of another book"):
        paper(book(deposited(at=OPENED, assets=1, shares=1)), "lenders:balance", said((LENDER, 1000)), previous=first)


def test_no_snapshot_at_all_is_refused() -> None:
    with pytest.raises(AskedAmiss, match="lenders is compared with a snapshot, and there is none"):
        paper(book(), "lenders")
