"""The what-if: the same book under other terms, beside the book as it is."""

from importlib.resources import files
from typing import Any, Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ledger.audit import replay
from ledger.book import Book
from ledger.commands import (
    AllocateRecovery,
    AnyCommand,
    Deposit,
    PayRestitution,
    ReceiveRecovery,
    ResolveShortfall,
    ReverseEntry,
    Withdraw,
)
from ledger.desk import Desk
from ledger.errors import AskedAmiss, JournalDamaged
from ledger.events import AnyEvent, FundDrawn, RecoveryAllocated, RecoveryPart, RedistributedPart
from ledger.journal import Journal
from ledger.journal.memory import MemoryJournal
from ledger.sources.json_lines import facts
from ledger.terms import RecoveryPolicy
from ledger.values import AMOUNT_MAX, LENDERS, WAD, Account, Commodity, EventId, FundId, LoanId, PoolId
from ledger.waterfall import Layer, ReserveLayer, TrancheLayer, Waterfall
from ledger.what_if import OtherCourse, Otherwise, what_if
from projections.identities import Identities
from tests.histories import HISTORIES, History, histories, lasting_events, recorded, rows_of, total, written
from tests.story import (
    AT,
    CASE,
    ETH,
    FUND,
    HOLD,
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    USD,
    Story,
    a_deficit,
    a_loan,
    asset_registered,
    bad_debt_socialized,
    balance_asserted,
    case_closed,
    debt_redistributed,
    deficit_covered,
    deficit_recapitalized,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    loan_defaulted,
    loan_originated,
    part,
    pool_opened,
    recovery_allocated,
    recovery_received,
    reserve_contributed,
    reserve_drawn,
    restitution_paid,
    shares_transferred,
    shortfall_recognized,
    terms_changed,
    told,
    withdrawn,
)

Row = dict[str, Any]
RESERVE: Final = ReserveLayer(layer="reserve")
FIRST_LOSS: Final = TrancheLayer(layer="tranche", tranche=JUNIOR)


def contents(journal: Journal) -> list[bytes]:
    """The canonical bytes of all events."""
    return [entry.content for entry in journal.read()]


def journal_of(story: Story) -> MemoryJournal:
    """A journal of a story."""
    return recorded(History(story.facts))


def course(story: Story, *waterfall: Layer, **otherwise: Any) -> OtherCourse:
    """The other course of a story, under another waterfall where layers are given."""
    return what_if(journal_of(story), Otherwise(**{"waterfall": waterfall or None, **otherwise}))


def bearings(other: OtherCourse) -> list[tuple[str, int]]:
    """What bears the deficits in the other course: the events by type, and their amounts."""
    events = [entry.event() for entry in other.journal.read()]
    kinds = ("fund-drawn", "reserve-drawn", "bad-debt-socialized", "deficit-covered", "deficit-recapitalized")
    return [(event.type, getattr(event, "amount", 0)) for event in events if event.type in kinds]


def reported(other: OtherCourse) -> list[tuple[str, str]]:
    """What became impossible: the types, and whether it is left out or cut."""
    return [(one.type, one.outcome) for one in other.impossible]


def row(other: OtherCourse, report: str, **where: str) -> Row:
    """The one row of a report of the other course that has such keys."""
    (found,) = [row for row in rows_of(report, other.journal) if all(row[key] == name for key, name in where.items())]
    return found


def decided(*asked: AnyCommand | AnyEvent) -> MemoryJournal:
    """A journal of what follows from commands, and of facts."""
    names = iter(range(1, 1000))
    desk = Desk.in_memory(clock=lambda: AT, ids=lambda: EventId(f"asked-{next(names)}"), recorded_by="desk")
    for one in asked:
        desk.record(one)
    journal = desk.journal
    assert isinstance(journal, MemoryJournal)
    return journal


# Nothing else.


@HISTORIES
@given(histories())
def test_under_the_recorded_terms_the_other_course_is_the_recorded_one(history: History) -> None:
    journal = recorded(history)
    other = what_if(journal, Otherwise())
    assert contents(other.journal) == contents(journal)
    assert other.impossible == ()
    assert other.through == len(history)


LAYERS: Final[tuple[Layer, ...]] = (
    fund_layer(cap=2),
    fund_layer(fund=FundId("eth-fund"), share_wad=WAD // 2),
    RESERVE,
    SOCIALIZE,
    HOLD,
)


@st.composite
def histories_with_other_terms(draw: st.DrawFn) -> tuple[History, Otherwise]:
    """A history, and another waterfall of its pools, another policy, another balance of a fund, or all of that."""
    history, order = draw(histories()), draw(st.permutations(LAYERS))
    recognized = any(event.type == "shortfall-recognized" for event in lasting_events(history))
    amount = draw(st.sampled_from((None, 0, 1, 3, 10**24)))
    return history, Otherwise(
        waterfall=draw(st.sampled_from((None, *(tuple(order[:number]) for number in (0, 1, 2, 5))))),
        recovery=draw(st.sampled_from((None, *get_args(RecoveryPolicy)))),
        funds={} if amount is None or not recognized else {FUND: amount},
    )


@HISTORIES
@given(histories_with_other_terms())
def test_every_law_and_every_report_holds_in_another_course(told_otherwise: tuple[History, Otherwise]) -> None:
    history, otherwise = told_otherwise
    other, identities = what_if(recorded(history), otherwise), Identities()
    identities.hold(replay(other.journal, through=None, watch=iter, beside=identities.beside).books)
    assert {event.id for event in history} - {entry.id for entry in other.journal.read()} <= {
        *(one.id for one in other.impossible),
        *(event.id for event in dropped(history)),
    }


def dropped(history: History) -> list[AnyEvent]:
    """The facts of a kind that may be decided again, and then be no more."""
    kinds = ("fund-drawn", "reserve-drawn", "bad-debt-socialized", "terms-changed", "entry-reversed")
    return [event for event in history if event.type in kinds]


def test_the_book_is_not_written_to() -> None:
    journal = journal_of(a_deficit(HOLD).then(deficit_recapitalized(amount=600)))
    before = contents(journal)
    what_if(journal, Otherwise(waterfall=(SOCIALIZE,), funds={FUND: 5}))
    assert contents(journal) == before


def test_what_was_recorded_by_whom_and_when_stays_so() -> None:
    journal = journal_of(a_deficit(HOLD))
    other = what_if(journal, Otherwise(waterfall=(SOCIALIZE,)))
    told_of = {(entry.recorded_at, entry.recorded_by) for entry in journal.read()}
    assert {(entry.recorded_at, entry.recorded_by) for entry in other.journal.read()} == told_of


# Resolutions of imported facts.


def a_socialized_loss(*waterfall: Layer, fund: int = 500) -> Story:
    """A deficit of 600 that the lenders bore, of their 1000, beside a fund."""
    return a_deficit(*(waterfall or (SOCIALIZE,)), fund=fund).then(
        bad_debt_socialized(amount=600, claims_before=1000, shares=1000, holder_count=1, id=EventId("loss"))
    )


def test_a_fund_bears_before_the_lenders_up_to_its_cap() -> None:
    other = course(a_socialized_loss(), fund_layer(cap=200), SOCIALIZE)
    assert bearings(other) == [("fund-drawn", 200), ("bad-debt-socialized", 400)]
    assert other.impossible == ()
    assert row(other, "lenders", lender=LENDER)["balance"] == 600
    assert row(other, "funds", fund=FUND)["balance"] == 300
    assert row(other, "deficits")["open"] == 0


def test_a_bearing_that_is_decided_again_keeps_the_id_of_the_recorded_one() -> None:
    other = course(a_socialized_loss(), fund_layer(cap=200), SOCIALIZE)
    assert [entry.id for entry in other.journal.read()][-2:] == ["what-if/1", "loss"]


def test_a_bearing_that_comes_to_the_same_is_the_recorded_fact() -> None:
    story = a_socialized_loss()
    other = course(story, SOCIALIZE, HOLD)
    assert contents(other.journal)[-1] == story.facts[-1].canonical()


def test_what_a_bearing_states_of_its_tranche_is_worked_out_again() -> None:
    story = a_deficit(fund_layer(cap=200), SOCIALIZE, fund=500).then(
        fund_drawn(amount=200),
        deposited(assets=50, shares=50),
        bad_debt_socialized(amount=400, claims_before=1050, shares=1050, holder_count=1),
    )
    (_, socialized) = list(course(story, SOCIALIZE).journal.read())[-2:]
    assert b'"amount":"600","claims_before":"1000","shares":"1000"' in socialized_first(course(story, SOCIALIZE))
    assert socialized.type == "deposited"


def socialized_first(other: OtherCourse) -> bytes:
    """The first loss of the lenders."""
    return next(entry.content for entry in other.journal.read() if entry.type == "bad-debt-socialized")


def test_a_junior_tranche_bears_first_where_the_other_waterfall_says_so() -> None:
    story = told(
        asset_registered(),
        pool_opened(waterfall=(SOCIALIZE,), tranches=(JUNIOR,)),
        deposited(assets=1000, shares=1000),
        deposited(assets=100, shares=100, tranche=JUNIOR, lender=OTHER_LENDER),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        bad_debt_socialized(amount=600),
    )
    other = course(story, FIRST_LOSS, SOCIALIZE)
    assert row(other, "lenders", lender=OTHER_LENDER)["losses"] == 100
    assert row(other, "lenders", lender=LENDER)["losses"] == 500


def test_a_resolution_is_decided_again_when_the_recorded_one_was() -> None:
    topped_up = a_deficit(fund_layer(), SOCIALIZE).then(fund_contributed(amount=600), fund_drawn(amount=600))
    assert bearings(course(topped_up, fund_layer(cap=600), SOCIALIZE)) == [("fund-drawn", 600)]
    assert bearings(course(topped_up, fund_layer(cap=50), SOCIALIZE)) == [
        ("fund-drawn", 50),
        ("bad-debt-socialized", 550),
    ]


def test_what_the_recorded_course_left_open_is_resolved_when_it_is_recognized() -> None:
    other = course(a_deficit(HOLD).then(deposited(assets=5, shares=5)), SOCIALIZE)
    assert [entry.type for entry in other.journal.read()][-3:] == [
        "shortfall-recognized",
        "bad-debt-socialized",
        "deposited",
    ]


def test_each_part_of_a_shortfall_is_resolved() -> None:
    story = a_loan(HOLD).then(
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=100),
        shortfall_recognized(principal=500),
    )
    assert bearings(course(story, SOCIALIZE)) == [("bad-debt-socialized", 100), ("bad-debt-socialized", 500)]


def test_a_recognition_that_was_reversed_is_not_resolved() -> None:
    story = a_deficit(HOLD)
    story.then(story.reversal(story.facts[-1].id))
    other = course(story, SOCIALIZE)
    assert bearings(other) == []
    assert other.impossible == ()


def test_a_bearing_that_was_reversed_is_not_decided_again() -> None:
    story = a_deficit(SOCIALIZE, fund=500).then(bad_debt_socialized(amount=400, id=EventId("slip")))
    story.then(story.reversal("slip"), bad_debt_socialized(amount=600))
    other = course(story, fund_layer(), SOCIALIZE)
    assert bearings(other) == [("fund-drawn", 500), ("bad-debt-socialized", 100)]
    assert other.impossible == ()


def test_a_bearing_and_its_reversal_stay_where_nothing_is_different() -> None:
    story = a_deficit(SOCIALIZE, fund=500).then(bad_debt_socialized(amount=400, id=EventId("slip")))
    story.then(story.reversal("slip"), bad_debt_socialized(amount=600))
    assert contents(course(story, SOCIALIZE).journal) == [fact.canonical() for fact in story.facts]


def test_a_bearing_that_left_the_order_is_told_to_have_nothing_left_to_bear() -> None:
    story = a_deficit(fund_layer(), SOCIALIZE, fund=500).then(
        bad_debt_socialized(amount=600, override="the board spares the fund")
    )
    other = course(story, fund_layer(cap=1), SOCIALIZE)
    assert bearings(other) == [("fund-drawn", 1), ("bad-debt-socialized", 599)]
    assert reported(other) == [("bad-debt-socialized", "left out")]


def test_other_terms_of_one_pool_are_not_another_pools() -> None:
    story = a_socialized_loss()
    assert bearings(course(story, HOLD, pool=POOL)) == []
    assert bearings(course(story, waterfall={POOL: (fund_layer(),)})) == [("fund-drawn", 500)]
    beside = story.then(pool_opened(pool=PoolId("beside"), waterfall=(HOLD,)))
    other = course(beside, SOCIALIZE, HOLD, pool=PoolId("beside"))
    assert contents(other.journal)[:-1] == [fact.canonical() for fact in beside.facts[:-1]]


def a_fund_of_100(*waterfall: Layer) -> Story:
    """A deficit of 600, of which the fund bore its 100 and the lenders the rest."""
    return a_deficit(*(waterfall or (fund_layer(), SOCIALIZE)), fund=100).then(
        fund_drawn(amount=100), bad_debt_socialized(amount=500)
    )


def test_a_fund_that_held_more_bears_more() -> None:
    other = course(a_fund_of_100(), funds={FUND: 450})
    assert bearings(other) == [("fund-drawn", 450), ("bad-debt-socialized", 150)]
    assert row(other, "funds")["contributed"] == 450


def test_a_fund_that_held_less_bears_less() -> None:
    other = course(a_fund_of_100(), funds={FUND: 30})
    assert bearings(other) == [("fund-drawn", 30), ("bad-debt-socialized", 570)]
    assert row(other, "funds")["withdrawn"] == 70


def test_a_fund_that_held_the_same_leaves_the_course_as_it_is() -> None:
    story = a_fund_of_100()
    assert contents(course(story, funds={FUND: 100}).journal) == [fact.canonical() for fact in story.facts]


def test_a_fund_that_held_more_than_an_entry_may_carry_is_emptied_in_parts() -> None:
    story = a_loan(fund_layer(), SOCIALIZE, fund=AMOUNT_MAX).then(
        fund_contributed(amount=AMOUNT_MAX),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        fund_drawn(amount=600),
    )
    assert bearings(course(story, funds={FUND: 1})) == [("fund-drawn", 1), ("bad-debt-socialized", 599)]


def test_the_share_of_a_fund_is_of_what_it_would_have_held() -> None:
    half = fund_layer(share_wad=5 * 10**17)
    story = a_deficit(half, SOCIALIZE, fund=100).then(fund_drawn(amount=50), bad_debt_socialized(amount=550))
    assert bearings(course(story, funds={FUND: 400})) == [("fund-drawn", 200), ("bad-debt-socialized", 400)]


def an_ether_fund(*, amount: int, paid: int) -> Story:
    """A fund in ether that paid so much for a part of a deficit of 600."""
    return told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        fund_opened(asset=ETH),
        fund_contributed(amount=1000),
        pool_opened(waterfall=(fund_layer(cap=paid), SOCIALIZE)),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        fund_drawn(amount=amount, paid=paid),
        bad_debt_socialized(amount=600 - amount),
    )


def test_a_fund_of_another_asset_pays_at_the_price_it_paid_at() -> None:
    other = course(an_ether_fund(amount=300, paid=7), fund_layer(cap=3), SOCIALIZE)
    assert bearings(other) == [("fund-drawn", 128), ("bad-debt-socialized", 472)]
    assert row(other, "funds")["drawn"] == 3


@pytest.mark.parametrize(("amount", "paid"), [(300, 7), (7, 300), (1, 1), (599, 1000), (600, 3)])
def test_at_the_price_it_paid_at_a_fund_of_another_asset_pays_the_same_for_the_same(amount: int, paid: int) -> None:
    other = course(an_ether_fund(amount=amount, paid=paid), fund_layer(cap=paid), SOCIALIZE, HOLD)
    drawn = [entry.event() for entry in other.journal.read() if entry.type == "fund-drawn"]
    assert [(event.amount, event.price()) for event in drawn if isinstance(event, FundDrawn)] == [(amount, paid)]


def test_a_fund_of_another_asset_that_never_paid_has_no_price() -> None:
    other = course(an_ether_fund(amount=0, paid=0), fund_layer(), SOCIALIZE)
    assert bearings(other) == []
    (first, _) = other.impossible
    assert (first.id, first.type, first.position) == ("fact-10", "fund-drawn", 10)
    assert "case case is not resolved: fund fund holds ETH: one price above 0" in first.reason


# One-off covers.


def test_a_cover_is_cut_to_what_is_open() -> None:
    story = a_deficit(HOLD, fund=500).then(deficit_recapitalized(amount=600, quantity=60))
    other = course(story, fund_layer(), HOLD)
    assert bearings(other) == [("fund-drawn", 500), ("deficit-recapitalized", 100)]
    assert reported(other) == [("deficit-recapitalized", "cut")]
    assert other.impossible[0].reason.startswith("100 in place of 600: law 5")
    assert b'"quantity":"10"' in contents(other.journal)[-1]


def test_a_cover_of_what_is_borne_already_is_left_out() -> None:
    story = a_deficit(HOLD).then(deficit_covered(amount=30, shares=30), deficit_recapitalized(amount=570))
    other = course(story, SOCIALIZE)
    assert bearings(other) == [("bad-debt-socialized", 600)]
    assert reported(other) == [("deficit-covered", "left out"), ("deficit-recapitalized", "left out")]


def test_a_lenders_cover_burns_shares_in_proportion() -> None:
    other = course(a_deficit(HOLD, fund=500).then(deficit_covered(amount=600, shares=601)), fund_layer(), HOLD)
    assert bearings(other) == [("fund-drawn", 500), ("deficit-covered", 100)]
    assert row(other, "lenders")["shares"] == 1000 - 101


def test_borrowers_take_over_what_is_left_each_by_its_part() -> None:
    story = a_loan(HOLD, fund=500).then(
        loan_originated(loan=OTHER_LOAN, principal=10),
        loan_originated(loan=LoanId("third"), principal=10),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        debt_redistributed(
            parts=(
                RedistributedPart(loan=OTHER_LOAN, principal=400),
                RedistributedPart(loan=LoanId("third"), principal=200),
            )
        ),
    )
    other = course(story, fund_layer(), HOLD)
    assert row(other, "loans", loan=OTHER_LOAN)["principal"] == 10 + 67
    assert row(other, "loans", loan="third")["principal"] == 10 + 33
    assert reported(other) == [("debt-redistributed", "cut")]


def test_what_bears_after_hold_stays_as_far_as_it_can() -> None:
    story = a_deficit(HOLD, fund=500).then(fund_drawn(amount=400), bad_debt_socialized(amount=200))
    other = course(story, HOLD, funds={FUND: 90})
    assert bearings(other) == [("fund-drawn", 90), ("bad-debt-socialized", 200)]
    assert reported(other) == [("fund-drawn", "cut")]
    assert row(other, "deficits")["open"] == 310


def test_a_reserve_bears_what_the_other_layers_leave() -> None:
    story = a_loan(HOLD, fund=580).then(
        reserve_contributed(amount=50),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        reserve_drawn(amount=50),
    )
    other = course(story, fund_layer(), HOLD)
    assert bearings(other) == [("fund-drawn", 580), ("reserve-drawn", 20)]
    assert reported(other) == [("reserve-drawn", "cut")]


# What becomes impossible.


def a_full_withdrawal() -> Story:
    """A deficit that the fund bore, after which the one lender withdrew all of its 1000."""
    return a_deficit(fund_layer(), fund=600).then(fund_drawn(amount=600), withdrawn(assets=1000, shares=1000))


def test_a_withdrawal_of_what_is_lost_is_left_out_and_told() -> None:
    other = course(a_full_withdrawal(), SOCIALIZE)
    (one,) = other.impossible
    assert (one.position, one.id, one.type, one.outcome) == (13, "fact-13", "withdrawn", "left out")
    assert one.reason.startswith("law 3, no account leaves its normal side: ")
    assert row(other, "lenders")["balance"] == 400


def test_the_reversal_of_what_is_not_there_is_told() -> None:
    story = a_full_withdrawal()
    story.then(story.reversal("fact-13"))
    assert reported(course(story, SOCIALIZE)) == [("withdrawn", "left out"), ("entry-reversed", "left out")]


def test_an_assertion_that_is_not_true_any_more_is_told() -> None:
    account = Account(f"liabilities:{POOL}:claims:{LENDERS}")
    story = a_socialized_loss().then(balance_asserted(account=account, commodity=Commodity(USD), amount=400))
    assert reported(course(story, SOCIALIZE)) == []
    assert reported(course(story, fund_layer(), SOCIALIZE)) == [("balance-asserted", "left out")]


def test_a_case_that_does_not_settle_is_not_closed() -> None:
    other = course(a_socialized_loss().then(case_closed()), HOLD)
    assert reported(other) == [("case-closed", "left out")]
    assert row(other, "deficits")["open"] == 600


def test_a_reversal_undoes_what_is_posted_in_its_own_course() -> None:
    story = a_deficit(HOLD, fund=500).then(deficit_recapitalized(amount=600))
    story.then(story.reversal(story.facts[-1].id))
    other = course(story, fund_layer(), HOLD)
    assert reported(other) == [("deficit-recapitalized", "cut")]
    assert row(other, "deficits")["open"] == 100


# After the loss.


def a_recovery(*parts: RecoveryPart, fund: int = 500) -> Story:
    """A loss of 600 that a lender bore, who then sold half of its shares; 100 came back and were allocated."""
    return a_socialized_loss(fund=fund).then(
        shares_transferred(shares=500),
        recovery_received(amount=100),
        recovery_allocated(parts=parts or (part("tranche", 100),)),
    )


@pytest.mark.parametrize(
    ("policy", "to"), [("reserve", "reserve"), ("current-holders", "tranche"), ("bearers", "bearers")]
)
def test_a_recovery_is_allocated_by_the_other_policy(policy: RecoveryPolicy, to: str) -> None:
    *_, entry = course(a_recovery(), recovery=policy).journal.read()
    allocation = entry.event()
    assert isinstance(allocation, RecoveryAllocated)
    assert [(one.to, one.amount) for one in allocation.parts] == [(to, 100)]


def test_a_recovery_goes_back_to_what_bears_under_the_other_waterfall() -> None:
    spared = course(a_recovery(fund=600), fund_layer())
    assert row(spared, "funds")["reimbursed"] == 100
    shared = course(a_recovery(fund=550), fund_layer(), SOCIALIZE)
    assert row(shared, "funds")["reimbursed"] == 50
    assert row(shared, "lenders", lender=LENDER)["recoveries"] == 25


def test_a_recovery_stays_as_it_was_allocated_where_nothing_is_different() -> None:
    story = a_recovery(part("reserve", 30), part("tranche", 70))
    assert contents(course(story, SOCIALIZE).journal) == [fact.canonical() for fact in story.facts]


def test_a_recovery_that_no_policy_allocates_is_told() -> None:
    assert reported(course(a_recovery(), recovery="none")) == [("recovery-allocated", "left out")]


def test_restitution_is_paid_as_far_as_it_is_due() -> None:
    story = a_recovery(part("bearers", 100, basis="loss"), fund=550).then(restitution_paid(amount=80))
    assert reported(course(story, recovery="bearers")) == []
    assert reported(course(story, recovery="reserve")) == [("restitution-paid", "left out")]
    by_register = course(story, fund_layer(), SOCIALIZE, recovery="bearers")
    assert reported(by_register) == [("restitution-paid", "cut")]
    assert row(by_register, "lenders", lender=LENDER)["restitution"] == 50


# Terms.


def test_a_change_of_terms_loses_what_the_other_terms_hold_fixed() -> None:
    story = a_socialized_loss().then(
        terms_changed(waterfall=(HOLD,), recovery="none"), terms_changed(waterfall=(HOLD,)), terms_changed()
    )
    changes = [entry.event() for entry in course(story, SOCIALIZE).journal.read() if entry.type == "terms-changed"]
    assert changes == [terms_changed(recovery="none", id=story.facts[-3].id), story.facts[-1]]
    assert reported(course(story, SOCIALIZE, recovery="reserve")) == []


def test_the_reversal_of_a_change_that_is_no_more_goes_with_it() -> None:
    story = a_socialized_loss().then(terms_changed(waterfall=(HOLD,), id=EventId("change")))
    story.then(story.reversal("change"))
    other = course(story, SOCIALIZE)
    assert len(contents(other.journal)) == len(story.facts) - 2
    assert other.impossible == ()


def test_a_waterfall_waits_for_a_fund_that_is_opened_after_its_pool() -> None:
    story = told(
        asset_registered(),
        pool_opened(waterfall=(HOLD,)),
        terms_changed(waterfall=(SOCIALIZE,)),
        fund_opened(),
        terms_changed(waterfall=(HOLD,)),
        fund_contributed(amount=100),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
    )
    other = course(story, fund_layer(), SOCIALIZE)
    ids = [entry.id for entry in other.journal.read()]
    assert ids[:6] == ["fact-1", "fact-2", "fact-3", "fact-4", "what-if/1", "fact-6"]
    assert bearings(other) == [("fund-drawn", 100), ("bad-debt-socialized", 500)]


def test_an_id_that_the_book_gave_is_not_given_again() -> None:
    other = course(a_deficit(HOLD).then(fund_contributed(amount=1, id=EventId("what-if/1"))), SOCIALIZE)
    assert [entry.id for entry in other.journal.read()][-2:] == ["what-if/2", "what-if/1"]


@pytest.mark.parametrize(
    ("otherwise", "saying"),
    [
        (Otherwise(waterfall=(fund_layer(fund=FundId("none")),)), "the waterfall names a fund none, and this book has"),
        (Otherwise(waterfall=(FIRST_LOSS,)), "the waterfall names a tranche junior, and pool pool has lenders"),
        (Otherwise(waterfall=(SOCIALIZE, HOLD, SOCIALIZE)), "the waterfall names tranche lenders twice"),
        (Otherwise(waterfall={PoolId("none"): ()}), "no pool none in this book"),
        (Otherwise(recovery="none", pool=PoolId("none")), "no pool none in this book"),
        (Otherwise(waterfall={POOL: ()}, pool=POOL), "a waterfall for each pool by name is not for pool pool only"),
        (Otherwise(funds={FundId("none"): 1}), "no fund none in this book"),
        (Otherwise(funds={FundId("late"): 1}), "fund late was opened only after the first shortfall was recognized"),
    ],
)
def test_terms_that_name_what_never_was_are_refused(otherwise: Otherwise, saying: str) -> None:
    journal = journal_of(a_socialized_loss().then(fund_opened(fund=FundId("late"))))
    with pytest.raises(AskedAmiss, match=saying):
        what_if(journal, otherwise)


def test_a_fund_is_told_to_have_nothing_to_bear_where_no_shortfall_was_recognized() -> None:
    with pytest.raises(AskedAmiss, match="no shortfall was recognized in this book: fund fund has nothing to bear"):
        course(a_loan(HOLD), funds={FUND: 1})


def test_a_damaged_book_is_not_told_again() -> None:
    journal = written([deposited(assets=1, shares=1, id=EventId("first"))])
    with pytest.raises(JournalDamaged, match="entry 1 of memory: deposited first: law 2"):
        what_if(journal, Otherwise())


# Commands.


def a_desk(*further: AnyCommand | AnyEvent) -> MemoryJournal:
    """A book of commands: a loan of 600 out of 1000 in default and resolved, beside a fund of 500; and what follows."""
    story = a_loan(fund_layer(cap=100), SOCIALIZE, fund=500).then(loan_defaulted(principal=600, interest=0))
    return decided(
        *story.facts,
        ResolveShortfall(at=AT, id=EventId("resolve"), pool=POOL, case=CASE),
        ReceiveRecovery(at=AT, id=EventId("receive"), pool=POOL, case=CASE, amount=120),
        AllocateRecovery(at=AT, id=EventId("allocate"), pool=POOL, case=CASE),
        *further,
    )


def test_under_the_recorded_terms_commands_decide_the_recorded_facts() -> None:
    journal = a_desk(
        Deposit(at=AT, id=EventId("deposit"), pool=POOL, lender=OTHER_LENDER, assets=77),
        Withdraw(at=AT, id=EventId("withdraw"), pool=POOL, lender=LENDER, shares=100),
        ReverseEntry(at=AT, id=EventId("reverse"), of=EventId("withdraw"), reason="entered twice"),
    )
    other = what_if(journal, Otherwise())
    assert contents(other.journal) == contents(journal)
    assert other.impossible == ()


def test_a_command_is_decided_again_under_the_other_terms() -> None:
    other = what_if(a_desk(), Otherwise(waterfall=(fund_layer(cap=400), SOCIALIZE)))
    assert bearings(other) == [("fund-drawn", 400), ("bad-debt-socialized", 200)]
    assert row(other, "lenders")["recoveries"] == 120
    ids = [entry.id for entry in other.journal.read()]
    assert ids[-5:] == ["resolve", "resolve/2", "resolve/3", "receive", "allocate"]


def test_a_deposit_is_worth_other_shares_after_another_loss() -> None:
    journal = a_desk(Deposit(at=AT, pool=POOL, lender=OTHER_LENDER, assets=500))
    recorded_terms = what_if(journal, Otherwise())
    spared = what_if(journal, Otherwise(waterfall=(fund_layer(), SOCIALIZE)))
    assert row(recorded_terms, "lenders", lender=OTHER_LENDER)["shares"] == 500 * 1000 // 620
    assert row(spared, "lenders", lender=OTHER_LENDER)["shares"] == 500


def test_a_command_that_is_refused_under_the_other_terms_is_told() -> None:
    journal = a_desk(Withdraw(at=AT, id=EventId("all"), pool=POOL, lender=LENDER, assets=610))
    (one,) = what_if(journal, Otherwise(waterfall=(SOCIALIZE,))).impossible
    assert (one.position, one.id, one.type, one.outcome) == (journal.head().position, "all", "withdraw", "left out")
    assert what_if(journal, Otherwise(waterfall=(fund_layer(), SOCIALIZE))).impossible == ()


def test_restitution_is_paid_by_what_is_due_under_the_other_policy() -> None:
    journal = decided(
        *a_socialized_loss(fund=0).facts,
        shares_transferred(shares=500, id=EventId("sold")),
        terms_changed(recovery="bearers", id=EventId("terms")),
        ReceiveRecovery(at=AT, pool=POOL, case=CASE, amount=120),
        AllocateRecovery(at=AT, pool=POOL, case=CASE, policy="bearers"),
        PayRestitution(at=AT, id=EventId("pay"), pool=POOL, case=CASE),
    )
    assert row(what_if(journal, Otherwise(recovery="reserve")), "lenders", lender=LENDER)["restitution"] == 120


def test_a_command_that_cannot_be_read_is_damage() -> None:
    story = told(asset_registered(), pool_opened(), deposited(assets=1, shares=1, command="{}"))
    with pytest.raises(JournalDamaged, match="entry 3, fact-3, has a command that cannot be read"):
        course(story)


# Real cases.


def sample(name: str) -> MemoryJournal:
    """The facts of a sample."""
    journal = MemoryJournal(name)
    with files("cli").joinpath("samples", name).open("rb") as lines:
        Book(journal).record(facts(lines), source=name, clock=lambda: AT, recorded_by="sample")
    return journal


def test_of_the_demo_nothing_is_different_under_its_own_terms() -> None:
    journal = sample("aave-crv-2022.jsonl")
    assert contents(what_if(journal, Otherwise()).journal) == contents(journal)


def test_without_the_treasury_the_demos_lenders_bear_what_it_bore_when_it_did() -> None:
    other = what_if(sample("aave-crv-2022.jsonl"), Otherwise(waterfall=(SOCIALIZE,)))
    assert other.impossible == ()
    assert bearings(other) == [("bad-debt-socialized", 2_651_906_535070429580704380)]
    assert row(other, "lenders")["balance"] == 89_544_317_443850891849582027
    assert row(other, "funds")["drawn"] == 0
    *_, loss, _ = other.journal.read()
    assert loss.effective_at() == "2023-01-26T23:59:59Z"


def of_the_depeg(method: str) -> OtherCourse:
    """The depeg of 2026 under one of its two methods."""
    content = files("cli").joinpath("samples", f"depeg-2026-{method}.json").read_bytes()
    waterfall = TypeAdapter(dict[PoolId, Waterfall]).validate_json(content)
    return what_if(sample("depeg-2026.jsonl"), Otherwise(waterfall=waterfall))


@pytest.mark.parametrize(("method", "bad_debt"), [("all-holders", 123_70), ("one-side", 230_10)])
def test_the_bad_debt_of_the_depeg_is_the_published_figure_of_either_method(method: str, bad_debt: int) -> None:
    other = of_the_depeg(method)
    cents = total(rows_of("deficits", other.journal), "socialized", asset="USD")
    assert other.impossible == ()
    assert (cents + 500_000) // 1_000_000 == bad_debt


def test_the_depeg_was_decided_under_the_method_of_all_holders() -> None:
    assert contents(of_the_depeg("all-holders").journal) == contents(sample("depeg-2026.jsonl"))
