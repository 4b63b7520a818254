"""The entitlement statement: what each holder bore of a case, was allocated, was paid, and is due."""

from typing import Any, Final, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.commands import AllocateRecovery, PayRestitution, decide
from ledger.entitlements import Entitlement, entitlements
from ledger.errors import CommandRefused, UnknownName
from ledger.values import LENDERS, CaseId, EventId, PartyId, TrancheId
from tests.story import (
    AT,
    CASE,
    HOLD,
    JUNIOR,
    POOL,
    Story,
    a_deficit,
    asset_registered,
    bad_debt_socialized,
    deficit_covered,
    deficit_recapitalized,
    deposited,
    loan_defaulted,
    loan_originated,
    part,
    pool_opened,
    recovery_allocated,
    recovery_received,
    restitution_paid,
    shares_transferred,
    shortfall_recognized,
    told,
)

ONE, TWO, THREE, INVESTOR = PartyId("one"), PartyId("two"), PartyId("three"), PartyId("investor")
HOLDERS: Final = (ONE, TWO, THREE)


def a_shortfall(scale: int = 1) -> Story:
    """Lenders with 60 + 40, junior ones with 30 + 10; all 140 of it lent and recognized."""
    return told(
        asset_registered(),
        pool_opened(waterfall=(HOLD,), tranches=(JUNIOR,), recovery="bearers"),
        deposited(lender=ONE, assets=60 * scale, shares=60),
        deposited(lender=TWO, assets=40 * scale, shares=40),
        deposited(lender=ONE, tranche=JUNIOR, assets=30 * scale, shares=30),
        deposited(lender=TWO, tranche=JUNIOR, assets=10 * scale, shares=10),
        loan_originated(principal=140 * scale),
        loan_defaulted(principal=140 * scale, interest=0),
        shortfall_recognized(principal=140 * scale),
    )


def a_loss() -> Story:
    """Junior claims bear 20, the lenders 50 and, with an investor and a coverer, 10 more each; 90 is recovered."""
    return a_shortfall().then(
        bad_debt_socialized(id=EventId("junior-loss"), tranche=JUNIOR, amount=20),
        bad_debt_socialized(id=EventId("loss"), amount=50),
        deficit_covered(id=EventId("cover"), lender=TWO, amount=10, shares=10),
        deficit_recapitalized(id=EventId("auction"), investor=INVESTOR, amount=60),
        recovery_received(amount=90),
    )


def statement(story: Story) -> list[Entitlement]:
    return entitlements(story.books, POOL, CASE)


def columns(story: Story) -> list[tuple[TrancheId, PartyId, int, int, int, int]]:
    return [(row.tranche, row.holder, row.bore, row.allocated, row.paid, row.due) for row in statement(story)]


def test_before_a_recovery_the_statement_says_who_bore_how_much() -> None:
    assert columns(a_loss()) == [
        (JUNIOR, ONE, 15, 0, 0, 0),
        (JUNIOR, TWO, 5, 0, 0, 0),
        (LENDERS, INVESTOR, 60, 0, 0, 0),
        (LENDERS, ONE, 30, 0, 0, 0),
        (LENDERS, TWO, 20 + 10, 0, 0, 0),
    ]


def test_the_statement_says_what_was_allocated_and_paid_and_is_due() -> None:
    story = a_loss()
    story.then(*decide(AllocateRecovery(at=AT, id=EventId("a"), pool=POOL, case=CASE), story.books))
    story.then(restitution_paid(holder=TWO, amount=11))
    assert columns(story) == [
        (JUNIOR, ONE, 15, 0, 0, 0),
        (JUNIOR, TWO, 5, 0, 0, 0),
        (LENDERS, INVESTOR, 60, 60, 0, 60),
        (LENDERS, ONE, 30, 12, 0, 12),
        (LENDERS, TWO, 30, 8 + 10, 11, 7),
    ]


def test_who_sold_the_shares_stays_entitled_and_who_bought_them_is_not() -> None:
    story = a_loss().then(shares_transferred(sender=ONE, receiver=THREE, shares=60))
    assert columns(story) == columns(a_loss())


def test_what_was_given_to_the_tranche_itself_is_nobodys_restitution() -> None:
    story = a_loss().then(recovery_allocated(parts=(part("tranche", 90, name=LENDERS),)))
    assert columns(story) == columns(a_loss())


def test_a_case_of_which_nothing_was_borne_has_an_empty_statement() -> None:
    assert statement(a_deficit()) == []


def test_a_loss_of_nothing_entitles_nobody() -> None:
    assert statement(a_shortfall().then(bad_debt_socialized(amount=0))) == []


def test_the_statement_is_of_a_case_of_the_pool() -> None:
    with pytest.raises(UnknownName, match="pool pool has no case other"):
        entitlements(a_deficit().books, POOL, CaseId("other"))


Kind = Literal["borne", "covered", "received", "allocated", "moved", "paid"]

small = st.integers(0, 9)
steps = st.one_of(
    st.tuples(st.just("borne"), st.sampled_from((LENDERS, JUNIOR)), small),
    st.tuples(st.just("covered"), st.sampled_from(HOLDERS), small),
    st.tuples(st.just("received"), st.none(), st.integers(0, 30)),
    st.tuples(st.just("allocated"), st.none(), small),
    st.tuples(st.just("moved"), st.tuples(*[st.sampled_from(HOLDERS)] * 2, st.sampled_from((LENDERS, JUNIOR))), small),
    st.tuples(st.just("paid"), st.none() | st.sampled_from(HOLDERS), small),
)


def happens(story: Story, kind: Kind, what: Any, amount: int, scale: int) -> None:
    """One step that may happen to the case; what cannot happen does not."""
    still_open = story.balance("assets:pool:deficit:case")
    tag = EventId(f"step-{len(story.facts)}")
    match kind:
        case "borne":
            story.then(bad_debt_socialized(tranche=what, amount=min(amount * scale, still_open // 10)))
        case "covered":
            story.then(deficit_recapitalized(investor=what, amount=min(amount * scale, still_open)))
        case "received":
            story.then(recovery_received(amount=amount * scale))
        case "allocated":
            share = min(amount * scale, -story.balance("liabilities:pool:recoveries:case"))
            story.then(*decide(AllocateRecovery(at=AT, id=tag, pool=POOL, case=CASE, amount=share), story.books))
        case "moved":
            sender, receiver, tranche = what
            held = story.balance(f"register:pool:{tranche}:{sender}", f"shares:pool:{tranche}")
            transfer = shares_transferred(tranche=tranche, sender=sender, receiver=receiver, shares=min(amount, held))
            story.then(transfer)
        case "paid":
            story.then(*decide(PayRestitution(at=AT, id=tag, pool=POOL, case=CASE, holder=what), story.books))


def unless_refused(story: Story, kind: Kind, what: Any, amount: int, scale: int) -> None:
    try:
        happens(story, kind, what, amount, scale)
    except CommandRefused:
        return


@settings(max_examples=200, deadline=None)
@given(scale=st.sampled_from((1, 3, 2**200 + 1)), happening=st.lists(steps, max_size=25))
def test_the_statement_ties_to_the_accounts_and_nobody_gets_more_than_it_bore(
    scale: int, happening: list[tuple[Kind, Any, int]]
) -> None:
    story = a_shortfall(scale)
    bore: dict[tuple[TrancheId, PartyId], int] = {}
    for kind, what, amount in happening:
        unless_refused(story, kind, what, amount, scale)
        rows = statement(story)
        assert all(0 <= row.paid <= row.allocated <= row.bore for row in rows)
        assert all(row.due == row.allocated - row.paid for row in rows)
        assert sum(row.due for row in rows) == -story.balance("liabilities:pool:restitution:case")
        assert sum(row.bore for row in rows) == sum(loss.amount for loss in story.books.cases[CASE].losses.values())
        now = {(row.tranche, row.holder): row.bore for row in rows}
        assert all(now[key] >= borne for key, borne in bore.items())
        bore = now
