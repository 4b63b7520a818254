"""The commands after a loss: a recovery comes in, reaches its owners by policy, and is paid out, never above a loss."""

from collections.abc import Callable
from itertools import count
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.commands import AllocateRecovery, AnyCommand, PayRestitution, ReceiveRecovery, ReverseEntry, decide
from ledger.errors import CommandRefused, LawBroken, LedgerError, RecoveryExceeded, UnknownName, WrongState
from ledger.events import AnyEvent, RecoveryAllocated, RecoveryPart, RedistributedPart, RestitutionPaid
from ledger.terms import RecoveryPolicy
from ledger.values import LENDERS, EventId, FundId, PartyId, TrancheId
from tests.story import (
    AT,
    CASE,
    ETH,
    FUND,
    HOLD,
    JUNIOR,
    LOAN,
    OTHER_LOAN,
    POOL,
    Story,
    a_default,
    a_deficit,
    adjustment_posted,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    debt_redistributed,
    deficit_covered,
    deficit_recapitalized,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_opened,
    loan_defaulted,
    loan_originated,
    part,
    picture,
    pool_opened,
    posted,
    recovery_allocated,
    recovery_received,
    reserve_contributed,
    reserve_drawn,
    shares_transferred,
    shortfall_recognized,
    terms_changed,
    told,
    withdrawn,
)

ONE, TWO, INVESTOR, NEWCOMER = PartyId("one"), PartyId("two"), PartyId("investor"), PartyId("newcomer")
ETH_FUND: Final = FundId("eth-fund")
HOLDERS: Final = (ONE, TWO, NEWCOMER)
_ids = count(1)


def asked(story: Story, command: Callable[..., AnyCommand], **fields: Any) -> tuple[AnyEvent, ...]:
    """What follows from a command on the pool's case, told to the story."""
    named = {"at": AT, "id": EventId(f"asked-{next(_ids)}"), "pool": POOL, "case": CASE, **fields}
    facts = decide(command(**named), story.books)
    story.then(*facts)
    return facts


def parts_of(story: Story, **fields: Any) -> tuple[RecoveryPart, ...]:
    """The parts of an allocation, which is told."""
    (fact,) = asked(story, AllocateRecovery, **fields)
    assert isinstance(fact, RecoveryAllocated)
    return fact.parts


def paid(story: Story, **fields: Any) -> list[tuple[TrancheId, PartyId, int]]:
    """Who is paid how much restitution, which is told."""
    facts = asked(story, PayRestitution, **fields)
    return [(fact.tranche, fact.holder, fact.amount) for fact in facts if isinstance(fact, RestitutionPaid)]


def a_shortfall(*, recovery: RecoveryPolicy = "reverse-waterfall", scale: int = 1, lent: int = 200) -> Story:
    """Lenders with 60 + 40, junior ones with 30 + 10, a fund of 80, a reserve of 100; 200 recognized, of 220 lent."""
    return told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        fund_opened(),
        fund_opened(fund=ETH_FUND, asset=ETH),
        fund_contributed(amount=80 * scale),
        fund_contributed(fund=ETH_FUND, amount=80 * scale),
        pool_opened(waterfall=(HOLD,), tranches=(JUNIOR,), recovery=recovery),
        deposited(lender=ONE, assets=60 * scale, shares=60 * scale),
        deposited(lender=TWO, assets=40 * scale, shares=40 * scale),
        deposited(lender=ONE, tranche=JUNIOR, assets=30 * scale, shares=30 * scale),
        deposited(lender=TWO, tranche=JUNIOR, assets=10 * scale, shares=10 * scale),
        reserve_contributed(amount=100 * scale),
        loan_originated(principal=lent * scale),
        loan_originated(loan=OTHER_LOAN, principal=0),
        loan_defaulted(principal=lent * scale, interest=0),
        shortfall_recognized(principal=200 * scale),
    )


def a_loss_borne(*, open_deficit: int = 0, recovery: RecoveryPolicy = "reverse-waterfall") -> Story:
    """200 that the junior tranche bore first, then the fund, the reserve, lenders, a coverer, an investor."""
    return a_shortfall(recovery=recovery).then(
        bad_debt_socialized(id=EventId("junior-loss"), tranche=JUNIOR, amount=40),
        fund_drawn(amount=30),
        reserve_drawn(amount=20),
        bad_debt_socialized(id=EventId("loss"), amount=50),
        deficit_covered(id=EventId("cover"), lender=ONE, amount=10, shares=20),
        deficit_recapitalized(id=EventId("auction"), investor=INVESTOR, amount=50 - open_deficit),
    )


# What comes in.


def test_a_recovery_comes_in() -> None:
    story = a_shortfall()
    asked(story, ReceiveRecovery, amount=70, costs=5, payer=PartyId("estate"))
    assert story.balance("liabilities:pool:recoveries:case") == -65


def test_nothing_is_a_recovery_before_a_shortfall_is_recognized() -> None:
    with pytest.raises(WrongState, match="no shortfall of case case was recognized"):
        asked(a_default(), ReceiveRecovery, amount=1)


# Whom it goes to.


def test_the_open_deficit_is_paid_first() -> None:
    story = a_loss_borne(open_deficit=20).then(recovery_received(amount=15))
    assert parts_of(story) == (part("deficit", 15),)


def test_the_last_bearer_is_given_back_first() -> None:
    story = a_loss_borne().then(recovery_received(amount=85))
    assert parts_of(story) == (
        part("bearers", 50, basis="auction"),
        part("bearers", 10, basis="cover"),
        part("tranche", 25, name=LENDERS),
    )


def test_all_is_given_back_to_the_first_loss_and_the_rest_is_the_borrowers() -> None:
    story = a_loss_borne(open_deficit=10).then(recovery_received(amount=230))
    assert parts_of(story) == (
        part("deficit", 10),
        part("bearers", 40, basis="auction"),
        part("bearers", 10, basis="cover"),
        part("tranche", 50, name=LENDERS),
        part("reserve", 20),
        part("fund", 30, name=FUND),
        part("tranche", 40, name=JUNIOR),
        part("borrower", 30, name=LOAN),
    )


def test_bearers_repays_a_written_down_tranche_by_its_register() -> None:
    story = a_loss_borne(recovery="bearers").then(recovery_received(amount=200))
    assert parts_of(story) == (
        part("bearers", 50, basis="auction"),
        part("bearers", 10, basis="cover"),
        part("bearers", 50, basis="loss"),
        part("reserve", 20),
        part("fund", 30, name=FUND),
        part("bearers", 40, basis="junior-loss"),
    )


def test_current_holders_gives_all_that_the_deficit_leaves_to_the_lenders() -> None:
    story = a_loss_borne(open_deficit=10, recovery="current-holders").then(recovery_received(amount=300))
    assert parts_of(story) == (part("deficit", 10), part("tranche", 290, name=LENDERS))


def test_reserve_gives_all_that_the_deficit_leaves_to_the_reserve() -> None:
    story = a_loss_borne(open_deficit=10, recovery="reserve").then(recovery_received(amount=300))
    assert parts_of(story) == (part("deficit", 10), part("reserve", 290))


def test_none_leaves_recoveries_unallocated() -> None:
    story = a_loss_borne(open_deficit=10, recovery="none").then(recovery_received(amount=10))
    with pytest.raises(CommandRefused, match="stay unallocated by policy none"):
        parts_of(story)


def test_a_command_may_name_another_policy() -> None:
    story = a_loss_borne(recovery="none").then(recovery_received(amount=10))
    assert parts_of(story, policy="reserve") == (part("reserve", 10),)


def test_the_policy_is_that_of_the_terms_at_the_first_recognition() -> None:
    story = a_deficit(HOLD, principal=600).then(
        terms_changed(recovery="reserve"), reserve_contributed(amount=600), reserve_drawn(amount=600)
    )
    story.then(recovery_received(amount=700))
    assert parts_of(story) == (part("reserve", 600), part("borrower", 100, name=LOAN))


def test_terms_changed_before_the_first_recognition_count() -> None:
    story = a_default(HOLD, principal=600).then(
        terms_changed(recovery="bearers"),
        terms_changed(recovery="current-holders"),
        shortfall_recognized(principal=600),
        terms_changed(recovery="none"),
        recovery_received(amount=700),
    )
    assert parts_of(story) == (part("deficit", 600), part("tranche", 100, name=LENDERS))


def test_what_a_source_bore_twice_comes_back_in_turn() -> None:
    story = a_shortfall().then(
        fund_drawn(amount=30), reserve_drawn(amount=50), fund_drawn(amount=20), reserve_drawn(amount=50)
    )
    story.then(bad_debt_socialized(amount=50), recovery_received(amount=160))
    assert parts_of(story) == (part("tranche", 50, name=LENDERS), part("reserve", 90), part("fund", 20, name=FUND))


def test_what_came_back_came_off_the_newest_bearing() -> None:
    story = a_shortfall().then(bad_debt_socialized(amount=50), fund_drawn(amount=30), reserve_drawn(amount=40))
    story.then(fund_drawn(amount=20), reserve_drawn(amount=60), recovery_received(amount=500))
    story.then(recovery_allocated(parts=(part("fund", 25, name=FUND), part("reserve", 70))))
    assert parts_of(story, amount=40) == (part("reserve", 30), part("fund", 10, name=FUND))


def test_what_a_tranche_got_back_directly_is_not_given_to_its_bearers_again() -> None:
    story = a_shortfall().then(bad_debt_socialized(id=EventId("loss"), amount=100), reserve_drawn(amount=100))
    story.then(recovery_received(amount=300))
    assert parts_of(story, amount=130) == (part("reserve", 100), part("tranche", 30, name=LENDERS))
    assert parts_of(story, policy="bearers") == (part("bearers", 70, basis="loss"), part("borrower", 100, name=LOAN))


def test_what_bearers_got_back_is_not_given_to_the_tranche_again() -> None:
    story = a_shortfall().then(bad_debt_socialized(id=EventId("loss"), amount=100), reserve_drawn(amount=100))
    story.then(recovery_received(amount=200))
    assert parts_of(story, amount=130, policy="bearers") == (part("reserve", 100), part("bearers", 30, basis="loss"))
    assert parts_of(story) == (part("tranche", 70, name=LENDERS),)


def test_a_recovery_of_a_closed_case_goes_to_those_who_bore_it() -> None:
    story = a_loss_borne().then(case_closed(), recovery_received(amount=50))
    assert parts_of(story) == (part("bearers", 50, basis="auction"),)


# What stays unallocated.


def test_a_fund_in_another_asset_cannot_be_credited() -> None:
    story = a_shortfall().then(
        reserve_drawn(amount=100), fund_drawn(fund=ETH_FUND, amount=100, paid=50), recovery_received(amount=150)
    )
    assert parts_of(story) == (part("reserve", 50),)
    assert story.balance("liabilities:pool:recoveries:case") == -100


def test_what_is_held_back_for_a_fund_is_not_taken_by_a_later_allocation() -> None:
    story = a_shortfall().then(
        reserve_drawn(amount=100), fund_drawn(fund=ETH_FUND, amount=100, paid=50), recovery_received(amount=150)
    )
    parts_of(story)
    with pytest.raises(CommandRefused, match="case case can be allocated: fund eth-fund holds ETH"):
        parts_of(story)


def test_a_tranche_without_shares_cannot_be_credited() -> None:
    story = a_shortfall().then(
        reserve_drawn(amount=60),
        fund_drawn(amount=40),
        bad_debt_socialized(amount=100),
        withdrawn(lender=ONE, assets=0, shares=60),
        withdrawn(lender=TWO, assets=0, shares=40),
        recovery_received(amount=150),
    )
    assert parts_of(story) == (part("fund", 40, name=FUND), part("reserve", 10))


def test_current_holders_gives_nothing_where_nobody_holds_a_share() -> None:
    story = a_shortfall(recovery="current-holders").then(
        bad_debt_socialized(amount=100),
        withdrawn(lender=ONE, assets=0, shares=60),
        withdrawn(lender=TWO, assets=0, shares=40),
        recovery_received(amount=150),
    )
    assert parts_of(story) == (part("deficit", 100),)
    with pytest.raises(CommandRefused, match="tranche lenders has no shares"):
        parts_of(story)


def test_a_tranche_without_shares_is_credited_where_virtual_shares_are_out() -> None:
    story = told(
        asset_registered(),
        pool_opened(waterfall=(HOLD,), virtual_assets=1, virtual_shares=1),
        deposited(lender=ONE, assets=100, shares=100),
        loan_originated(principal=100),
        loan_defaulted(principal=100, interest=0),
        shortfall_recognized(principal=100),
        bad_debt_socialized(amount=100),
        withdrawn(lender=ONE, assets=0, shares=100),
        recovery_received(amount=60),
    )
    assert parts_of(story) == (part("tranche", 60, name=LENDERS),)


def test_a_loss_that_fell_on_nobody_is_given_back_to_nobody() -> None:
    story = a_shortfall(recovery="bearers").then(
        reserve_drawn(amount=100),
        withdrawn(lender=ONE, assets=0, shares=60),
        withdrawn(lender=TWO, assets=0, shares=40),
        bad_debt_socialized(id=EventId("loss"), amount=100),
        recovery_received(amount=120),
    )
    assert parts_of(story) == (part("reserve", 20),)
    with pytest.raises(CommandRefused, match="nobody had shares of tranche lenders when loss loss fell on it"):
        parts_of(story)


def test_what_other_borrowers_took_over_is_not_the_defaulted_borrowers() -> None:
    taken_over = debt_redistributed(parts=(RedistributedPart(loan=OTHER_LOAN, principal=150),))
    story = a_shortfall().then(taken_over, reserve_drawn(amount=50), recovery_received(amount=180))
    assert parts_of(story) == (part("reserve", 50),)
    assert story.balance("liabilities:pool:recoveries:case") == -130


def test_the_borrower_gets_what_comes_above_what_others_took_over() -> None:
    taken_over = debt_redistributed(parts=(RedistributedPart(loan=OTHER_LOAN, principal=150),))
    story = a_shortfall().then(taken_over, reserve_drawn(amount=50), recovery_received(amount=180))
    parts_of(story)
    story.then(recovery_received(amount=60))
    assert parts_of(story, amount=60) == (part("borrower", 40, name=LOAN),)


def test_what_was_adjusted_off_the_deficit_is_not_the_borrowers() -> None:
    written = posted(("equity:pool:reserve", 90), ("assets:pool:deficit:case", -90))
    story = a_shortfall().then(reserve_drawn(amount=10), bad_debt_socialized(amount=100))
    story.then(adjustment_posted(pool=POOL, postings=written), recovery_received(amount=210))
    assert parts_of(story) == (part("tranche", 100, name=LENDERS), part("reserve", 10), part("borrower", 10, name=LOAN))


def test_what_is_still_in_default_is_not_the_borrowers() -> None:
    story = a_shortfall(lent=220).then(reserve_drawn(amount=100), recovery_received(amount=230))
    assert parts_of(story) == (part("deficit", 100), part("reserve", 100), part("borrower", 10, name=LOAN))


# How much.


def test_a_part_of_what_came_in_may_be_allocated() -> None:
    story = a_loss_borne().then(recovery_received(amount=200))
    assert parts_of(story, amount=55) == (part("bearers", 50, basis="auction"), part("bearers", 5, basis="cover"))
    assert story.balance("liabilities:pool:recoveries:case") == -145


def test_no_more_is_allocated_than_came_in() -> None:
    story = a_loss_borne().then(recovery_received(amount=20))
    with pytest.raises(CommandRefused, match="20 recovered of case case is unallocated, not 21"):
        parts_of(story, amount=21)


@pytest.mark.parametrize("fields", [{}, {"amount": 0}, {"policy": "reserve"}, {"policy": "bearers"}])
def test_nothing_is_not_allocated(fields: dict[str, Any]) -> None:
    with pytest.raises(CommandRefused, match="nothing recovered of case case can be allocated"):
        parts_of(a_loss_borne(), **fields)


def test_an_unknown_case_has_no_recoveries() -> None:
    with pytest.raises(UnknownName, match="pool pool has no case other"):
        asked(a_loss_borne(), AllocateRecovery, case="other")


def test_deciding_an_allocation_changes_nothing() -> None:
    story = a_loss_borne(recovery="bearers").then(recovery_received(amount=200))
    before = picture(story.books)
    decide(AllocateRecovery(at=AT, id=EventId("a"), pool=POOL, case=CASE), story.books)
    assert picture(story.books) == before


# What is paid out.


def a_restitution() -> Story:
    """Of 50 that lenders bore and 40 that junior ones bore, 90 is due; to the one who covered 10, 10."""
    story = a_loss_borne(recovery="bearers").then(recovery_received(amount=200))
    parts_of(story)
    return story


def test_all_who_bore_a_loss_are_paid_what_is_due() -> None:
    assert paid(a_restitution()) == [
        (JUNIOR, ONE, 30),
        (JUNIOR, TWO, 10),
        (LENDERS, INVESTOR, 50),
        (LENDERS, ONE, 30 + 10),
        (LENDERS, TWO, 20),
    ]


def test_the_register_at_the_loss_decides_whoever_holds_shares_now() -> None:
    story = a_loss_borne(recovery="bearers").then(
        shares_transferred(sender=ONE, receiver=NEWCOMER, shares=40),
        shares_transferred(sender=TWO, receiver=NEWCOMER, shares=40),
        shares_transferred(tranche=JUNIOR, sender=TWO, receiver=ONE, shares=10),
        recovery_received(amount=200),
    )
    parts_of(story)
    assert paid(story) == paid(a_restitution())


def test_those_of_one_tranche_are_paid() -> None:
    assert paid(a_restitution(), tranche=JUNIOR) == [(JUNIOR, ONE, 30), (JUNIOR, TWO, 10)]


def test_one_holder_is_paid_in_every_tranche() -> None:
    assert paid(a_restitution(), holder=TWO) == [(JUNIOR, TWO, 10), (LENDERS, TWO, 20)]


def test_one_holder_is_paid_a_part_of_what_is_due_in_a_tranche() -> None:
    story = a_restitution()
    assert paid(story, holder=TWO, tranche=LENDERS, amount=15) == [(LENDERS, TWO, 15)]
    assert paid(story, holder=TWO) == [(JUNIOR, TWO, 10), (LENDERS, TWO, 5)]


def test_a_part_goes_without_a_tranche_to_whom_something_is_due_in_one() -> None:
    assert paid(a_restitution(), holder=INVESTOR, amount=20) == [(LENDERS, INVESTOR, 20)]


def test_a_part_names_the_tranche_where_something_is_due_in_several() -> None:
    with pytest.raises(CommandRefused, match="two is due something for what junior and lenders bore: name the tranche"):
        paid(a_restitution(), holder=TWO, amount=1)


def test_nobody_is_paid_more_than_is_due() -> None:
    with pytest.raises(RecoveryExceeded, match="two is due 20"):
        paid(a_restitution(), holder=TWO, tranche=LENDERS, amount=21)


def test_what_was_paid_is_not_paid_again() -> None:
    story = a_restitution()
    paid(story)
    with pytest.raises(CommandRefused, match="nothing is due to anybody of case case"):
        paid(story)


@pytest.mark.parametrize("fields", [{"holder": NEWCOMER}, {"holder": INVESTOR, "tranche": JUNIOR}])
def test_nothing_is_due_to_who_bore_nothing(fields: dict[str, Any]) -> None:
    with pytest.raises(CommandRefused, match=f"nothing is due to {fields['holder']} of case case"):
        paid(a_restitution(), **fields)


def test_an_unknown_tranche_bore_nothing() -> None:
    with pytest.raises(UnknownName, match="has no tranche mezzanine"):
        paid(a_restitution(), tranche="mezzanine")


def test_an_amount_is_paid_to_one_holder() -> None:
    with pytest.raises(ValidationError, match="an amount is paid to one holder: name it"):
        PayRestitution(at=AT, pool=POOL, case=CASE, amount=1)


# Undone.


@pytest.mark.parametrize("policy", ["reverse-waterfall", "bearers", "current-holders", "reserve"])
def test_the_reversal_of_an_allocation_restores_everything(policy: RecoveryPolicy) -> None:
    story = a_loss_borne(open_deficit=10).then(recovery_received(amount=500))
    before = picture(story.books)
    (allocation,) = asked(story, AllocateRecovery, policy=policy, amount=230)
    story.then(*decide(ReverseEntry(at=AT, id=EventId("undo"), of=allocation.id, reason="wrong"), story.books))
    story.books.position -= 2
    story.books.reversed.clear()
    assert picture(story.books) == before


def test_what_was_undone_is_allocated_again_alike() -> None:
    story = a_loss_borne(open_deficit=10).then(recovery_received(amount=230))
    (allocation,) = asked(story, AllocateRecovery)
    story.then(*decide(ReverseEntry(at=AT, id=EventId("undo"), of=allocation.id, reason="wrong"), story.books))
    assert isinstance(allocation, RecoveryAllocated)
    assert parts_of(story) == allocation.parts


def test_a_bearing_that_was_undone_gets_nothing_back() -> None:
    story = a_shortfall().then(reserve_drawn(amount=100), fund_drawn(id=EventId("draw"), amount=30))
    story.then(*decide(ReverseEntry(at=AT, id=EventId("undo"), of=EventId("draw"), reason="wrong"), story.books))
    story.then(reserve_drawn(amount=0), recovery_received(amount=210))
    assert parts_of(story) == (part("deficit", 100), part("reserve", 100), part("borrower", 10, name=LOAN))


# Whatever happens.

BORNE: Final[dict[str, Callable[[int], AnyEvent]]] = {
    "fund": lambda amount: fund_drawn(amount=amount),
    "eth-fund": lambda amount: fund_drawn(fund=ETH_FUND, amount=amount, paid=amount),
    "reserve": lambda amount: reserve_drawn(amount=amount),
    "lenders": lambda amount: bad_debt_socialized(amount=amount),
    "junior": lambda amount: bad_debt_socialized(tranche=JUNIOR, amount=amount),
    "lender": lambda amount: deficit_covered(lender=ONE, amount=amount, shares=amount),
    "investor": lambda amount: deficit_recapitalized(investor=INVESTOR, amount=amount),
    "borrowers": lambda amount: debt_redistributed(parts=(RedistributedPart(loan=OTHER_LOAN, principal=amount),)),
}
POLICIES: Final[tuple[RecoveryPolicy, ...]] = ("reverse-waterfall", "bearers")

amounts = st.integers(0, 40)
steps = st.one_of(
    st.tuples(st.just("borne"), st.sampled_from(sorted(BORNE)), amounts),
    st.tuples(st.just("received"), st.none(), st.integers(0, 120)),
    st.tuples(st.just("allocated"), st.sampled_from(POLICIES), st.none() | amounts),
    st.tuples(
        st.just("transferred"), st.tuples(*[st.sampled_from(HOLDERS)] * 2, st.sampled_from((LENDERS, JUNIOR))), amounts
    ),
    st.tuples(st.just("paid"), st.sampled_from((None, *HOLDERS, INVESTOR)), st.none()),
)
scales = st.sampled_from((1, 7, 10**18 + 1, 2**200 + 1))


class Witness:
    """What happens to a case, and beside it, as plain sums, what each source bore and got back."""

    def __init__(self, scale: int) -> None:
        self.scale = scale
        self.story = a_shortfall(scale=scale)
        self.bore: dict[str, int] = {}
        self.back: dict[str, int] = {}
        self.losses: dict[str, str] = {}

    def happens(self, kind: str, what: Any, small: int | None) -> None:
        """One step; what a fact's own laws refuse does not happen, what a command tells must be lawful."""
        try:
            getattr(self, f"_{kind}")(what, None if small is None else small * self.scale)
        except CommandRefused:
            return
        self._holds()

    def _borne(self, source: str, amount: int) -> None:
        amount = min(amount, self.story.balance("assets:pool:deficit:case"))
        try:
            self.story.then(BORNE[source](amount))
        except LawBroken:
            return
        self.losses[self.story.facts[-1].id] = source
        self.bore[source] = self.bore.get(source, 0) + amount

    def _received(self, _: None, amount: int) -> None:
        asked(self.story, ReceiveRecovery, amount=amount)

    def _transferred(self, who: tuple[PartyId, PartyId, TrancheId], amount: int) -> None:
        sender, receiver, tranche = who
        held = self.story.balance(f"register:pool:{tranche}:{sender}", f"shares:pool:{tranche}")
        transfer = shares_transferred(tranche=tranche, sender=sender, receiver=receiver, shares=min(amount, held))
        self.story.then(transfer)

    def _allocated(self, policy: RecoveryPolicy, amount: int | None) -> None:
        unallocated = -self.story.balance("liabilities:pool:recoveries:case")
        parts = parts_of(self.story, policy=policy, amount=amount)
        given = sum(part.amount for part in parts)
        assert 0 < given <= (unallocated if amount is None else amount)
        assert -self.story.balance("liabilities:pool:recoveries:case") == unallocated - given
        for each in parts:
            source = self.losses[each.basis] if each.basis else each.name or each.to
            self.back[source] = self.back.get(source, 0) + each.amount

    def _paid(self, holder: PartyId | None, _: None) -> None:
        asked(self.story, PayRestitution, holder=holder)

    def _holds(self) -> None:
        """Nobody got back more than it bore, the borrower anything while something was not given back."""
        got = {source: amount for source, amount in self.back.items() if source not in ("deficit", LOAN)}
        assert all(amount <= self.bore[source] for source, amount in got.items())
        if self.back.get(LOAN):
            whole = ("fund", "reserve", "lenders", "junior", "lender", "investor")
            assert all(got.get(source, 0) == self.bore.get(source, 0) for source in whole)
        for loss in self.story.books.cases[CASE].losses.values():
            assert sum(loss.bore.values()) - sum(loss.left.values()) == sum(loss.given_back) <= loss.amount


@settings(max_examples=300, deadline=None)
@given(scale=scales, happening=st.lists(steps, max_size=25))
def test_nobody_gets_more_than_it_bore(scale: int, happening: list[tuple[str, Any, int | None]]) -> None:
    witness = Witness(scale)
    for kind, what, small in happening:
        witness.happens(kind, what, small)


@settings(max_examples=300, deadline=None)
@given(
    happening=st.lists(st.tuples(st.sampled_from(sorted(BORNE)), amounts), max_size=12),
    recovered=st.integers(1, 300),
    slices=st.lists(st.integers(1, 60), max_size=8),
    policy=st.sampled_from(POLICIES),
)
def test_an_amount_in_parts_reaches_the_same_takers(
    happening: list[tuple[str, int]], recovered: int, slices: list[int], policy: RecoveryPolicy
) -> None:
    at_once, in_parts = Witness(1), Witness(1)
    for source, amount in happening:
        at_once.happens("borne", source, amount)
        in_parts.happens("borne", source, amount)
    for witness in (at_once, in_parts):
        witness.happens("received", None, recovered)
    at_once.happens("allocated", policy, None)
    for amount in slices:
        in_parts.happens("allocated", policy, amount)
    in_parts.happens("allocated", policy, None)
    assert in_parts.back == at_once.back


@settings(max_examples=200, deadline=None)
@given(scale=scales, happening=st.lists(steps, max_size=20))
def test_an_allocation_that_is_undone_leaves_no_trace(scale: int, happening: list[tuple[str, Any, int | None]]) -> None:
    witness = Witness(scale)
    for kind, what, small in [*happening, ("received", None, 50)]:
        witness.happens(kind, what, small)
    story = witness.story
    before, reversed_before = picture(story.books), set(story.books.reversed)
    try:
        (allocation,) = asked(story, AllocateRecovery)
    except LedgerError:
        return
    story.then(*decide(ReverseEntry(at=AT, id=EventId("undo"), of=allocation.id, reason="wrong"), story.books))
    story.books.position -= 2
    story.books.reversed = reversed_before
    assert picture(story.books) == before
