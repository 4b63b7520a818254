"""Law 9: an entry is reversed once, while nothing depends on it, and then the books are as if it had never been."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final, get_args

import pytest

from ledger.books import Books
from ledger.errors import (
    ClosedPeriod,
    NameTaken,
    RecoveryExceeded,
    ReversalRefused,
    UnknownName,
    WrongSide,
    WrongState,
)
from ledger.events import CATALOGUE, Allocation, AnyEvent, PostedLine, RedistributedPart
from ledger.events.setup import _NAMES
from ledger.values import (
    LENDERS,
    WAD,
    Account,
    AssetId,
    CaseId,
    Commodity,
    DebtMode,
    EventId,
    FundId,
    LoanId,
    PartyId,
    PoolId,
    Timestamp,
    TrancheId,
)
from ledger.waterfall import FundLayer, ReserveLayer
from tests.story import (
    AT,
    CASE,
    ETH,
    FUND,
    HOLD,
    JUNIOR,
    LENDER,
    LOAN,
    OTHER_LENDER,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    USD,
    Story,
    a_default,
    a_deficit,
    a_loan,
    a_pool,
    adjustment_posted,
    allowance_changed,
    asset_registered,
    bad_debt_socialized,
    balance_asserted,
    case_closed,
    collateral_posted,
    collateral_released,
    collateral_sold,
    cost_advanced,
    debt_redistributed,
    debt_transferred,
    deficit_covered,
    deficit_recapitalized,
    deposited,
    entry_reversed,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    fund_withdrawn,
    guarantee_paid,
    income_received,
    interest_accrued,
    interest_allocated,
    loan_cured,
    loan_defaulted,
    loan_drawn,
    loan_originated,
    part,
    period_closed,
    pool_opened,
    posted,
    price_observed,
    reconciliation_prepared,
    reconciliation_reviewed,
    reconciliation_signed,
    recovery_allocated,
    recovery_received,
    repaid,
    reserve_contributed,
    reserve_drawn,
    reserve_withdrawn,
    restitution_paid,
    shares_transferred,
    shortfall_recognized,
    surplus_returned,
    terms_changed,
    told,
    withdrawn,
)

THIS, NEXT, THIRD = EventId("this"), EventId("next"), EventId("third")
"""The entry that is reversed, and those that follow it."""
LOSS, DEPOSIT = EventId("loss"), EventId("deposit")
EARLIER, LATER = Timestamp("2022-11-22T13:31:22Z"), Timestamp("2022-11-22T13:31:24Z")
NEGATIVE: Final = ReserveLayer(layer="reserve", negative=True)
SHARES: Final = Commodity("shares:pool:lenders")
CASH, CLAIMS = Account("assets:pool:cash"), Account("liabilities:pool:claims:lenders")
RESERVE, ISSUED = Account("equity:pool:reserve"), Account("register:pool:lenders")
DEFICIT, FUND_EQUITY = Account("assets:pool:deficit:case"), Account("equity:fund:fund")
DOLLARS: Final = Commodity(USD)
STAYS: Final = ("entry-reversed", "period-closed")
"""What is never reversed."""


def reversing(story: Story, *entries: str) -> Story:
    """The story with the reversals of some of its entries, one after the other; of `this` where none is named."""
    for of in entries or (THIS,):
        story.then(story.reversal(of))
    return story


def state(books: Books, *, without: tuple[str, ...] = ()) -> object:
    """All that the books hold, save how far they are folded and what was reversed."""
    left_out = {"sums", "past", "position", "former", "reversed", *without}
    states = {name: getattr(books, name) for name in Books.__slots__ if name not in left_out}
    return deepcopy((dict(books.sums.commodities()), books.sums.either, states))


# Every kind of entry, told and then reversed.


def a_pool_of(debt: DebtMode) -> Story:
    """A pool with a debt mode in which lenders hold 1000 and one loan owes 600."""
    shares = 600 if debt == "pooled" else 0
    return told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        fund_opened(),
        pool_opened(debt=debt, waterfall=(SOCIALIZE,)),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=600, debt_shares=shares),
        loan_originated(loan=OTHER_LOAN, principal=0),
        collateral_posted(quantity=10),
    )


def a_default_of(debt: DebtMode) -> Story:
    """That loan in default."""
    return a_pool_of(debt).then(loan_defaulted(principal=600, interest=0))


def two_loans(*, reserve: int = 0) -> Story:
    """A pool with two performing loans, each with interest accrued, and a reserve."""
    return a_loan(principal=600, interest=6).then(
        loan_originated(loan=OTHER_LOAN, principal=100), reserve_contributed(amount=reserve)
    )


def a_loss(assets: int = 0) -> Story:
    """A case of 600 whose whole deficit was charged to lenders: one with 1000, another with `assets`."""
    return (
        a_pool(SOCIALIZE)
        .then(deposited(id=DEPOSIT, lender=OTHER_LENDER, assets=assets, shares=assets))
        .then(loan_originated(principal=600), loan_defaulted(principal=600, interest=0))
        .then(shortfall_recognized(principal=600), bad_debt_socialized(id=LOSS, amount=600))
    )


def a_recovery(amount: int, *, of: Story) -> Story:
    """A story with a recovery of its loss, allocated to those who bore it."""
    return of.then(recovery_received(amount=amount), recovery_allocated(parts=(part("bearers", amount, basis=LOSS),)))


def a_sign_off(*steps: AnyEvent) -> Story:
    """The sign-off of a reconciliation that looked at the first entry, as far as these steps."""
    return told(asset_registered(), *steps)


FIRST: Final = EventId("fact-1")
EVERY_PART: Final = (
    part("deficit", 100),
    part("fund", 50, name="fund"),
    part("reserve", 3),
    part("tranche", 4),
    part("bearers", 250, basis=LOSS),
    part("borrower", 5, name="loan"),
)

TOLD: Final[tuple[tuple[Story, AnyEvent], ...]] = (
    (Story(), asset_registered()),
    (told(asset_registered()), pool_opened(waterfall=(SOCIALIZE,), tranches=(JUNIOR,))),
    (told(asset_registered()), pool_opened(debt="indexed", waterfall=(NEGATIVE,))),
    (told(asset_registered()), fund_opened()),
    (a_pool(), terms_changed(waterfall=(HOLD,), recovery="none", exit_price="net", reserve_factor_wad=WAD)),
    (a_pool(), terms_changed()),
    (a_pool(), terms_changed(waterfall=(NEGATIVE,))),
    (a_pool(NEGATIVE), terms_changed(waterfall=(NEGATIVE, HOLD))),
    (a_pool(), price_observed(price=3)),
    (a_pool(), deposited(lender=OTHER_LENDER, assets=5, shares=4)),
    (a_pool(tranches=(JUNIOR,)), deposited(tranche=JUNIOR, assets=5, shares=4)),
    (a_pool(), withdrawn(assets=1000, shares=1000)),
    (a_pool(), shares_transferred(shares=400)),
    (a_pool(), shares_transferred(receiver=LENDER, shares=400)),
    (a_pool(), loan_originated(principal=600)),
    (a_pool(), loan_originated(principal=600, lender=OTHER_LENDER, shares=600)),
    (a_pool_of("pooled"), loan_originated(loan=LoanId("third"), principal=5, debt_shares=5)),
    (a_loan(), loan_drawn(principal=7)),
    (a_default(), loan_drawn(case=CASE, principal=7)),
    (a_default_of("pooled"), loan_drawn(case=CASE, principal=7, debt_shares=7)),
    (
        a_loan(),
        interest_accrued(
            interest=9,
            reserve=2,
            fee_recipient=LENDER,
            fee_shares=1,
            allocation=(Allocation(tranche=LENDERS, amount=7),),
        ),
    ),
    (a_default(), interest_accrued(case=CASE, interest=9)),
    (a_pool_of("pooled"), interest_accrued(loan=None, interest=9)),
    (a_pool_of("indexed"), interest_accrued(loan=None, interest=9, index=WAD)),
    (a_pool_of("indexed"), interest_allocated(interest=9)),
    (
        a_default_of("indexed").then(interest_allocated(case=CASE, interest=9)),
        interest_allocated(case=CASE, interest=-4),
    ),
    (a_loan(interest=6), repaid(principal=600, interest=6, rounding=1)),
    (a_loan(), repaid(principal=600, lender=LENDER, shares=600)),
    (a_default(interest=6), repaid(case=CASE, principal=500, interest=6)),
    (a_default_of("pooled"), repaid(case=CASE, principal=500, debt_shares=500)),
    (two_loans(), debt_transferred(principal=200, interest=6)),
    (a_default_of("bilateral"), debt_transferred(case=CASE, principal=200)),
    (a_default_of("pooled"), debt_transferred(case=CASE, principal=200, debt_shares=200)),
    (a_loan(), collateral_posted(quantity=5)),
    (a_loan(), collateral_released(quantity=10)),
    (a_pool(), income_received(amount=5, to=TrancheId("reserve"))),
    (a_pool(), income_received(amount=5, to=LENDERS)),
    (a_pool(), reserve_contributed(amount=5)),
    (a_pool(), reserve_contributed(amount=5, lender=LENDER, shares=5)),
    (two_loans(reserve=5), reserve_withdrawn(amount=5)),
    (a_loan(interest=6), loan_defaulted(principal=600, interest=6)),
    (a_pool_of("pooled"), loan_defaulted(principal=600, interest=7)),
    (a_loan(), allowance_changed(increase=5)),
    (a_loan().then(allowance_changed(increase=5)), allowance_changed(decrease=5)),
    (a_default(), cost_advanced(amount=5)),
    (a_default_of("pooled"), cost_advanced(amount=5, lender=LENDER, shares=5)),
    (
        a_default(interest=6),
        collateral_sold(quantity=10, proceeds=700, costs=1, principal=600, interest=6, penalty=40, surplus=53),
    ),
    (a_default_of("pooled"), collateral_sold(quantity=4, proceeds=400, principal=400, debt_shares=400)),
    (
        a_default().then(shortfall_recognized(principal=500)),
        collateral_sold(quantity=4, proceeds=120, principal=90, recovery=30),
    ),
    (a_default(interest=6), guarantee_paid(principal=600, interest=6, surplus=4, costs=2)),
    (a_default().then(guarantee_paid(principal=600, surplus=4)), surplus_returned(amount=4)),
    (a_default(interest=6), loan_cured(principal=600, interest=6)),
    (a_default_of("pooled"), loan_cured(principal=600, interest=0)),
    (a_default(fund_layer(cap=50), interest=6, fund=90), shortfall_recognized(principal=600, interest=6)),
    (a_default().then(shortfall_recognized(principal=200)), shortfall_recognized(principal=400)),
    (a_default_of("pooled"), shortfall_recognized(principal=600, debt_shares=600)),
    (a_deficit(fund_layer(), HOLD, fund=90), fund_drawn(amount=80, paid=85)),
    (a_deficit().then(reserve_contributed(amount=90)), reserve_drawn(amount=80)),
    (a_deficit(NEGATIVE), reserve_drawn(amount=600)),
    (a_deficit(), deficit_covered(amount=80, shares=80)),
    (a_deficit(), deficit_recapitalized(amount=600)),
    (a_deficit(), deficit_recapitalized(amount=80, lender=LENDER, shares=80)),
    (
        a_deficit().then(loan_originated(loan=OTHER_LOAN, principal=0)),
        debt_redistributed(parts=(RedistributedPart(loan=OTHER_LOAN, principal=600),)),
    ),
    (a_deficit(), fund_contributed(amount=5, shares=4)),
    (a_pool(fund=9), fund_withdrawn(amount=9)),
    (a_loss(), recovery_received(amount=90, costs=9)),
    (
        a_deficit(HOLD, fund=100)
        .then(fund_drawn(amount=50), bad_debt_socialized(id=LOSS, amount=400))
        .then(recovery_received(amount=450)),
        recovery_allocated(parts=EVERY_PART),
    ),
    (a_recovery(90, of=a_loss()), restitution_paid(amount=40)),
    (a_loss(), case_closed()),
    (a_default().then(loan_cured(principal=600, interest=0)), case_closed()),
    (a_pool(), adjustment_posted(pool=POOL, postings=posted((CASH, 5), (RESERVE, -5)))),
    (
        a_default(),
        adjustment_posted(
            pool=POOL,
            postings=posted(
                ("assets:pool:defaulted:loan:interest", 5),
                ("assets:pool:defaulted:loan:principal", -7),
                (CASH, 2),
                ("assets:pool:collateral:loan", 1, ETH),
                ("liabilities:pool:collateral:loan", -1, ETH),
            ),
        ),
    ),
    (
        a_deficit(),
        adjustment_posted(
            pool=POOL, postings=posted((DEFICIT, -5), ("liabilities:pool:recoveries:case", -5), (CASH, 10))
        ),
    ),
    (a_pool(fund=9), adjustment_posted(fund=FUND, postings=posted(("assets:fund:cash", -5), ("equity:fund:fund", 5)))),
    (a_pool(), balance_asserted(account=CASH, commodity=DOLLARS, amount=1000)),
    (a_sign_off(), reconciliation_prepared(through=FIRST)),
    (a_sign_off(reconciliation_prepared(through=FIRST)), reconciliation_reviewed(through=FIRST)),
    (
        a_sign_off(reconciliation_prepared(through=FIRST), reconciliation_reviewed(through=FIRST)),
        reconciliation_signed(through=FIRST),
    ),
)
"""What was told before, and the entry that is then told and reversed: every kind, in each way that it is kept."""

A_LOSS: Final = a_deficit(SOCIALIZE), bad_debt_socialized(amount=400)
"""The one kind that leaves a trace: which losses a register has seen is only ever added to."""


def again(story: Story, *facts: AnyEvent) -> Story:
    """A story told anew, with further facts."""
    return told(*story.facts, *facts)


def kind(value: object) -> str | None:
    """How a row of the table is called."""
    return getattr(value, "type", None)


def test_every_kind_of_entry_is_told_and_reversed_here_but_those_that_stay() -> None:
    assert {fact.type for _, fact in (*TOLD, A_LOSS)} == {*CATALOGUE} - {*STAYS}


@pytest.mark.parametrize(("before", "fact"), TOLD, ids=kind)
def test_after_a_reversal_the_books_are_as_if_the_entry_had_never_been(before: Story, fact: AnyEvent) -> None:
    story = again(before, replace(fact, id=THIS))

    reversing(story)

    assert state(story.books) == state(before.books)
    assert story.books.reversed == {THIS}


def test_after_the_reversal_of_a_loss_only_its_register_tells_that_one_was_seen() -> None:
    before, fact = A_LOSS
    story = again(before, replace(fact, id=THIS))

    reversing(story)

    assert state(story.books, without=("registers",)) == state(before.books, without=("registers",))


@pytest.mark.parametrize(("before", "fact"), [*TOLD, A_LOSS], ids=kind)
def test_what_was_reversed_can_be_told_again(before: Story, fact: AnyEvent) -> None:
    once = again(before, replace(fact, id=THIS))
    twice = reversing(again(before, replace(fact, id=THIS)))

    twice.then(replace(fact, id=NEXT))

    assert dict(twice.books.sums.commodities()) == dict(once.books.sums.commodities())


@pytest.mark.parametrize(("before", "fact"), [*TOLD, A_LOSS], ids=kind)
def test_an_entry_is_reversed_once(before: Story, fact: AnyEvent) -> None:
    story = again(before, replace(fact, id=THIS))
    reversal = story.reversal(THIS)
    story.then(reversal)

    story.refuses(reversal, ReversalRefused, f"{fact.type} this is reversed already")


@pytest.mark.parametrize(("before", "fact"), [*TOLD, A_LOSS], ids=kind)
def test_a_reversal_is_never_reversed(before: Story, fact: AnyEvent) -> None:
    story = again(before, replace(fact, id=THIS))
    story.then(story.reversal(THIS, id=NEXT))

    story.refuses(story.reversal(NEXT), ReversalRefused, "entry-reversed next stays: it is never reversed")


# Later entries that depend on the entry.

A_CASE: Final = a_default(SOCIALIZE).then(
    shortfall_recognized(id=EventId("recognized"), principal=600),
    bad_debt_socialized(id=LOSS, amount=600),
    case_closed(id=EventId("closed")),
    recovery_received(id=EventId("received"), amount=90),
    recovery_allocated(id=EventId("allocated"), parts=(part("bearers", 90, basis=LOSS),)),
    restitution_paid(id=EventId("paid"), amount=40),
)
"""Facts 1 to 9 set up a pool, a loan and its default; these follow."""


@pytest.mark.parametrize(
    ("of", "named"),
    [
        ("fact-7", "fact-8, fact-9, fact-10, recognized, closed"),
        ("fact-8", "fact-9, fact-10, recognized, closed"),
        ("fact-9", "fact-10, recognized, closed"),
        ("fact-10", "recognized, loss, closed, received, allocated, paid"),
        ("recognized", "loss, closed, received, allocated, paid"),
        ("loss", "closed, received, allocated, paid"),
        ("closed", "received, allocated, paid"),
        ("received", "allocated, paid"),
        ("allocated", "paid"),
    ],
)
def test_later_entries_of_the_same_loan_or_case_refuse_a_reversal_and_are_named(of: str, named: str) -> None:
    story = again(A_CASE)

    story.refuses(story.reversal(of), ReversalRefused, f"later entries that depend on it: {named}; reverse them first")


def test_newest_first_a_whole_case_is_reversed() -> None:
    story = again(A_CASE)

    reversing(
        story, "paid", "allocated", "received", "closed", "loss", "recognized", "fact-10", "fact-9", "fact-8", "fact-7"
    )

    assert state(story.books, without=("registers",)) == state(a_pool(SOCIALIZE).books, without=("registers",))


def test_a_reversed_entry_no_longer_refuses_the_reversal_of_an_earlier_one() -> None:
    story = a_loan().then(loan_drawn(id=THIS, principal=5), repaid(id=NEXT, principal=9))

    reversing(story, NEXT, THIS)

    assert state(story.books) == state(a_loan().books)


def test_what_follows_a_reversal_depends_on_what_came_before_it() -> None:
    story = reversing(a_loan().then(loan_drawn(id=EventId("drawn"), principal=5), repaid(id=THIS, principal=9)))

    story.then(repaid(id=NEXT, principal=3))

    story.refuses(story.reversal("drawn"), ReversalRefused, "depend on it: next; reverse")


def test_entries_of_other_loans_and_of_lenders_refuse_no_reversal() -> None:
    story = a_loan().then(loan_drawn(id=THIS, principal=5))
    story.then(
        deposited(assets=7, shares=7),
        loan_originated(loan=OTHER_LOAN, principal=9),
        repaid(loan=OTHER_LOAN, principal=9),
    )

    reversing(story)

    assert story.balance("assets:pool:loans:loan:principal") == 600


def test_entries_of_another_case_of_the_same_loan_refuse_the_reversal_of_its_default() -> None:
    story = a_loan().then(
        loan_defaulted(id=THIS, principal=600, interest=0), loan_cured(id=NEXT, principal=600, interest=0)
    )
    story.then(loan_defaulted(id=THIRD, case=CaseId("second"), principal=600, interest=0))

    story.refuses(story.reversal(THIS), ReversalRefused, "depend on it: next, third; reverse")


@pytest.mark.parametrize("of", ["fact-7", "fact-10"])
def test_debt_transferred_is_an_entry_of_both_loans(of: str) -> None:
    story = two_loans().then(debt_transferred(id=NEXT, principal=5))

    story.refuses(story.reversal(of), ReversalRefused, "next; reverse")


def test_debt_redistributed_is_an_entry_of_the_case_and_of_every_loan_that_takes_it_over() -> None:
    story = a_deficit().then(loan_originated(id=THIS, loan=OTHER_LOAN, principal=0))
    story.then(debt_redistributed(id=NEXT, parts=(RedistributedPart(loan=OTHER_LOAN, principal=600),)))

    story.refuses(story.reversal(THIS), ReversalRefused, "depend on it: next; reverse")
    story.refuses(story.reversal("fact-11"), ReversalRefused, "depend on it: next; reverse")


@pytest.mark.parametrize(
    "lines",
    [
        posted(("assets:pool:defaulted:loan:interest", 4), (RESERVE, -4)),
        posted(("liabilities:pool:surplus:loan", -4), (CASH, 4)),
        posted(("assets:pool:allowance:loan", -4), ("equity:pool:unrealized", 4)),
        posted(("assets:pool:collateral:loan", 4, ETH), ("liabilities:pool:collateral:loan", -4, ETH)),
        posted((DEFICIT, 4), (RESERVE, -4)),
        posted(("liabilities:pool:recoveries:case", -4), (CASH, 4)),
        posted(("liabilities:pool:restitution:case", -4), (CASH, 4)),
    ],
    ids=lambda lines: lines[0].account,
)
def test_an_adjustment_is_an_entry_of_the_loan_or_case_whose_account_it_moves(lines: tuple[PostedLine, ...]) -> None:
    story = a_default().then(shortfall_recognized(id=THIS, principal=5))
    story.then(adjustment_posted(id=NEXT, pool=POOL, postings=lines))

    story.refuses(story.reversal(THIS), ReversalRefused, "depend on it: next; reverse")


def test_an_adjustment_of_no_loan_and_no_case_refuses_no_reversal() -> None:
    story = a_default().then(shortfall_recognized(id=THIS, principal=5))

    reversing(story.then(adjustment_posted(pool=POOL, postings=posted((CASH, 4), (RESERVE, -4)))))

    assert story.balance(DEFICIT) == 0


def test_an_adjustment_is_refused_its_reversal_once_the_default_took_what_it_had_changed() -> None:
    adjusted = adjustment_posted(
        id=THIS, pool=POOL, postings=posted(("assets:pool:loans:loan:interest", 5), (RESERVE, -5))
    )
    story = a_loan().then(adjusted, loan_defaulted(id=NEXT, principal=600, interest=5))

    story.refuses(story.reversal(THIS), ReversalRefused, "depend on it: next; reverse")


def test_an_adjustment_in_default_is_refused_its_reversal_once_the_loan_is_cured() -> None:
    adjusted = adjustment_posted(
        id=THIS, pool=POOL, postings=posted(("assets:pool:defaulted:loan:principal", -5), (CASH, 5))
    )
    story = a_default().then(adjusted, loan_cured(id=NEXT, principal=595, interest=0))

    story.refuses(story.reversal(THIS), ReversalRefused, "depend on it: next; reverse")
    reversing(story, NEXT, THIS)

    assert state(story.books) == state(a_default().books)


# Openings are depended on by all that names what they opened.


@pytest.mark.parametrize(
    ("opening", "follower"),
    [
        (asset_registered(), fund_opened()),
        (asset_registered(), pool_opened()),
    ],
)
def test_an_opening_is_not_reversed_once_a_later_entry_names_it(opening: AnyEvent, follower: AnyEvent) -> None:
    story = told(replace(opening, id=THIS), replace(follower, id=NEXT))

    story.refuses(story.reversal(THIS), ReversalRefused, "depend on it: next; reverse")


@pytest.mark.parametrize(
    "follower",
    [
        terms_changed(waterfall=(HOLD,)),
        deposited(assets=0, shares=0),
        collateral_posted(loan=OTHER_LOAN, pool=PoolId("second"), asset=SHARES, quantity=5),
        balance_asserted(account=ISSUED, commodity=SHARES, amount=0),
        adjustment_posted(pool=POOL, postings=()),
    ],
    ids=kind,
)
def test_a_pool_is_not_reversed_once_a_later_entry_names_it_anywhere(follower: AnyEvent) -> None:
    story = told(asset_registered(), pool_opened(pool=PoolId("second")))
    story.then(loan_originated(pool=PoolId("second"), loan=OTHER_LOAN, principal=0), pool_opened(id=THIS))
    story.then(replace(follower, id=NEXT))

    story.refuses(story.reversal(THIS), ReversalRefused, "depend on it: next; reverse")


@pytest.mark.parametrize(
    "follower",
    [
        pool_opened(waterfall=(HOLD, fund_layer())),
        fund_contributed(amount=0),
        balance_asserted(account=FUND_EQUITY, commodity=DOLLARS, amount=0),
        adjustment_posted(fund=FUND, postings=()),
    ],
    ids=kind,
)
def test_a_fund_is_not_reversed_once_a_later_entry_names_it_anywhere(follower: AnyEvent) -> None:
    story = told(asset_registered(), fund_opened(id=THIS), replace(follower, id=NEXT))

    story.refuses(story.reversal(THIS), ReversalRefused, "depend on it: next; reverse")


def test_an_opening_is_reversed_once_all_that_named_it_is_reversed() -> None:
    story = a_pool(fund_layer(), fund=5)

    reversing(story, "fact-6", "fact-5", "fact-4", "fact-3", "fact-2", "fact-1")

    assert state(story.books) == state(Books())


OPENINGS = pytest.mark.parametrize(
    ("opening", "other"),
    [
        (pool_opened(), fund_opened(fund=FundId(POOL))),
        (pool_opened(), pool_opened(debt="pooled")),
        (pool_opened(), pool_opened(asset=ETH)),
        (pool_opened(), pool_opened(virtual_assets=1)),
        (pool_opened(), pool_opened(virtual_shares=1)),
        (pool_opened(), pool_opened(rate_scale=1)),
        (pool_opened(), pool_opened(tranches=(JUNIOR,))),
        (fund_opened(), fund_opened(asset=ETH)),
        (fund_opened(), pool_opened(pool=PoolId(FUND))),
    ],
    ids=kind,
)
"""An opening, and one of the same name with another charter."""


@OPENINGS
def test_a_name_whose_opening_is_reversed_may_be_given_to_anything(opening: AnyEvent, other: AnyEvent) -> None:
    story = told(asset_registered(), asset_registered(asset=ETH), replace(opening, id=THIS))

    reversing(story).then(replace(other, id=NEXT))

    reversing(story, NEXT).then(opening)


@OPENINGS
def test_a_name_opened_in_a_closed_period_is_given_again_with_its_charter_alone(
    opening: AnyEvent, other: AnyEvent
) -> None:
    story = told(asset_registered(), asset_registered(asset=ETH), replace(opening, id=THIS), period_closed(through=AT))
    story.refuses(replace(other, id=THIRD, at=LATER), NameTaken, "already")

    story.then(story.reversal(THIS, at=LATER, occurred_at=AT))

    saying = "was opened before, on other terms for ever: choose another name"
    story.refuses(replace(other, id=THIRD, at=LATER), NameTaken, saying)
    story.then(replace(opening, id=NEXT, at=LATER))
    reversing(story, NEXT)
    story.refuses(replace(other, id=THIRD, at=LATER), NameTaken, saying)
    story.then(replace(opening, id=THIRD, at=LATER))


def test_a_pool_opened_in_a_closed_period_is_opened_again_on_other_terms_of_those_that_change() -> None:
    story = told(asset_registered(), pool_opened(id=THIS), period_closed(through=AT))
    story.then(story.reversal(THIS, at=LATER, occurred_at=AT))

    story.then(pool_opened(at=LATER, waterfall=(HOLD,), exit_price="net"))

    assert story.books.terms[POOL][-1].waterfall == (HOLD,)


def test_an_asset_whose_registration_is_reversed_may_be_registered_with_other_decimals() -> None:
    story = told(asset_registered(id=THIS), asset_registered(id=NEXT, asset=ETH))
    reversing(story).then(asset_registered(decimals=7), period_closed(through=AT))

    story.then(story.reversal(NEXT, at=LATER, occurred_at=AT), asset_registered(at=LATER, asset=ETH, decimals=8))

    assert story.books.charters.assets == {USD: 7, ETH: 8}


def test_of_a_pool_whose_opening_is_reversed_nothing_is_known() -> None:
    story = reversing(told(asset_registered(), pool_opened(id=THIS)))

    story.refuses(deposited(assets=1, shares=1), UnknownName, "no pool pool was opened")


def test_an_amount_that_reads_like_a_name_does_not_name_it() -> None:
    story = told(asset_registered(), asset_registered(id=THIS, asset=AssetId("1000")), pool_opened())

    reversing(story.then(deposited(assets=1000, shares=1000)))

    assert set(story.books.charters.assets) == {USD}


def test_a_memo_that_reads_like_a_name_does_not_name_it() -> None:
    story = told(asset_registered(), asset_registered(id=THIS, asset=AssetId("EUR")))

    reversing(story.then(pool_opened(memo="EUR: to follow")))

    assert set(story.books.charters.assets) == {USD}


def types_in(annotation: object) -> Iterator[object]:
    """A type, and those that it is made of."""
    yield annotation
    for inner in get_args(annotation):
        yield from types_in(inner)


def fields_naming_an_owner(value: type[Any]) -> Iterator[str]:
    """The fields, of a value and of what stands in it, that name an asset, a pool, a fund or what is one's own."""
    for field in fields(value):
        for inner in types_in(field.type):
            if inner in (AssetId, PoolId, FundId, Account, Commodity):
                yield field.name
            elif isinstance(inner, type) and is_dataclass(inner):
                yield from fields_naming_an_owner(inner)


def test_every_field_that_names_an_asset_a_pool_or_a_fund_is_looked_into() -> None:
    of_such_a_type = {field for event in CATALOGUE.values() for field in fields_naming_an_owner(event)}

    assert of_such_a_type | {"name"} == _NAMES  # a part of a recovery has a name, which may be a fund's


# Terms.


def test_terms_changed_again_are_reversed_newest_first() -> None:
    story = a_pool().then(terms_changed(id=THIS, waterfall=(HOLD,)), terms_changed(id=NEXT, exit_price="net"))

    story.refuses(story.reversal(THIS), ReversalRefused, "depend on it: next; reverse")
    reversing(story, NEXT, THIS)

    assert state(story.books) == state(a_pool().books)


def test_terms_are_not_reversed_once_a_case_has_fixed_its_own_on_them() -> None:
    story = a_default().then(terms_changed(id=THIS, waterfall=(HOLD,)), shortfall_recognized(id=NEXT, principal=600))

    story.refuses(story.reversal(THIS), ReversalRefused, "depend on it: next; reverse")


def test_terms_changed_after_a_case_fixed_its_own_are_reversed() -> None:
    story = a_deficit(SOCIALIZE).then(terms_changed(id=THIS, waterfall=(HOLD,)), bad_debt_socialized(amount=600))

    reversing(story)

    assert story.books.terms[POOL][-1].waterfall == (SOCIALIZE,)
    assert story.books.cases[CASE].waterfall == (SOCIALIZE,)


def test_a_case_of_another_pool_fixes_no_terms_of_this_one() -> None:
    second = PoolId("second")
    story = a_default().then(pool_opened(pool=second), terms_changed(id=THIS, pool=second, waterfall=(HOLD,)))

    reversing(story.then(shortfall_recognized(principal=600)))

    assert story.books.terms[second][-1].waterfall == ()


def test_the_reversal_of_the_first_recognition_frees_the_terms() -> None:
    story = a_default(fund_layer(cap=50), fund=90).then(shortfall_recognized(id=THIS, principal=600))

    reversing(story).then(terms_changed(waterfall=(fund_layer(cap=70),)), shortfall_recognized(principal=600))

    assert story.books.cases[CASE].limits == {FUND: 70}
    story.then(fund_drawn(amount=70))
    assert story.balance("assets:fund:cash") == 20


def test_the_reversal_of_a_later_recognition_leaves_the_terms_fixed() -> None:
    story = a_default(fund_layer(cap=50), fund=90).then(shortfall_recognized(principal=500))
    story.then(terms_changed(waterfall=(HOLD,)), shortfall_recognized(id=THIS, principal=100))

    reversing(story)

    assert story.books.cases[CASE].waterfall == (fund_layer(cap=50),)
    assert story.books.cases[CASE].limits == {FUND: 50}


def test_once_the_terms_that_let_the_reserve_be_negative_are_reversed_it_is_held_to_its_side() -> None:
    story = reversing(a_pool(HOLD).then(terms_changed(id=THIS, waterfall=(NEGATIVE,))))

    below_zero = adjustment_posted(pool=POOL, postings=posted((RESERVE, 5), (CASH, -5)))

    story.refuses(below_zero, WrongSide, "equity:pool:reserve holds 0 of USD, 5 cannot be taken from it")


# A fund whose balance a recognition took a share of.


def a_fund_and_two_defaults(layer: FundLayer) -> Story:
    """A deficit that a fund of 90 bears first, and beside it a default of another loan that is not recognized yet."""
    return a_deficit(layer, HOLD, fund=90).then(
        fund_opened(fund=OTHER_FUND),
        fund_drawn(amount=10),
        recovery_received(amount=10),
        loan_originated(loan=OTHER_LOAN, principal=100),
        loan_defaulted(loan=OTHER_LOAN, case=OTHER_CASE, principal=100, interest=0),
    )


OTHER_FUND, OTHER_CASE = FundId("other-fund"), CaseId("other-case")
HALF: Final = fund_layer(share_wad=WAD // 2)
RECOGNIZED: Final = shortfall_recognized(id=NEXT, loan=OTHER_LOAN, case=OTHER_CASE, principal=100)
FUND_FACTS = pytest.mark.parametrize(
    "fact",
    [
        fund_contributed(id=THIS, amount=5),
        fund_withdrawn(id=THIS, amount=5),
        fund_drawn(id=THIS, amount=5),
        recovery_allocated(id=THIS, parts=(part("fund", 5, name=FUND),)),
        adjustment_posted(id=THIS, fund=FUND, postings=posted(("assets:fund:cash", 5), (FUND_EQUITY, -5))),
    ],
    ids=kind,
)
"""Every kind that changes what a fund holds."""


@FUND_FACTS
def test_what_a_fund_held_stays_once_a_recognition_took_a_share_of_it(fact: AnyEvent) -> None:
    story = a_fund_and_two_defaults(HALF).then(fact, RECOGNIZED)

    story.refuses(story.reversal(THIS), ReversalRefused, "later entries that depend on it: next; reverse them first")
    reversing(story, NEXT, THIS)

    assert state(story.books) == state(a_fund_and_two_defaults(HALF).books)


@FUND_FACTS
def test_what_a_fund_holds_since_a_recognition_is_reversed(fact: AnyEvent) -> None:
    story = a_fund_and_two_defaults(HALF).then(RECOGNIZED, fact)

    reversing(story)

    assert state(story.books) == state(a_fund_and_two_defaults(HALF).then(RECOGNIZED).books)


@FUND_FACTS
def test_what_a_fund_holds_is_reversed_after_a_recognition_that_took_no_share_of_it(fact: AnyEvent) -> None:
    story = a_fund_and_two_defaults(fund_layer(cap=50)).then(fact, RECOGNIZED)

    reversing(story)

    assert story.balance("assets:fund:cash") == 80


def test_what_another_fund_holds_is_reversed_after_a_recognition() -> None:
    story = a_fund_and_two_defaults(HALF).then(fund_contributed(id=THIS, fund=OTHER_FUND, amount=5), RECOGNIZED)

    reversing(story)

    assert story.balance("assets:other-fund:cash") == 0


def test_a_later_recognition_of_a_case_fixes_no_limit_again() -> None:
    story = a_default(HALF, fund=90).then(shortfall_recognized(principal=500), fund_contributed(id=THIS, amount=5))

    reversing(story.then(shortfall_recognized(principal=100)))

    assert story.books.cases[CASE].limits == {FUND: 45}


# What else is refused.


def test_an_entry_that_was_never_recorded_cannot_be_reversed() -> None:
    a_pool().refuses(entry_reversed(of=EventId("no-entry"), postings=()), UnknownName, "no entry no-entry was recorded")


def test_an_entry_cannot_reverse_itself() -> None:
    a_pool().refuses(entry_reversed(id=THIS, of=THIS, postings=()), UnknownName, "no entry this was recorded before")


def test_an_entry_that_the_journal_holds_but_the_books_have_not_reached_cannot_be_reversed() -> None:
    story = a_pool().then(deposited(id=THIS, assets=5, shares=5))
    reversal = story.reversal(THIS)
    story.books.position = 6

    story.refuses(reversal, UnknownName, "no entry this was recorded before")


def test_a_closed_period_is_never_opened_again() -> None:
    story = a_pool().then(period_closed(id=THIS, through=EARLIER))

    story.refuses(story.reversal(THIS), ReversalRefused, "period-closed this stays: it is never reversed")


DEPOSITED: Final = (
    ("register:pool:lenders:lender", -5, SHARES),
    (ISSUED, 5, SHARES),
    (CASH, -7),
    (CLAIMS, 7),
)
"""What a deposit of 7 for 5 shares undoes."""


@pytest.mark.parametrize(
    ("postings", "saying"),
    [
        ((), "this posted 5 of shares:pool:lenders to register:pool:lenders:lender, which is not undone"),
        (DEPOSITED[2:], "this posted 5 of shares:pool:lenders to register:pool:lenders:lender, which is not undone"),
        ((*DEPOSITED[:3], (CLAIMS, 6)), "this did not post -6 of USD to liabilities:pool:claims:lenders"),
        ((*DEPOSITED[:3], (CLAIMS, 8)), "this did not post -8 of USD to liabilities:pool:claims:lenders"),
        ((*DEPOSITED[:3], (CLAIMS, -7)), "this did not post 7 of USD to liabilities:pool:claims:lenders"),
        ((*DEPOSITED[:3], (RESERVE, 7)), "this did not post -7 of USD to equity:pool:reserve"),
        ((*DEPOSITED[:3], (CLAIMS, 7, "ETH")), "this did not post -7 of ETH to liabilities:pool:claims:lenders"),
        ((*DEPOSITED, (RESERVE, -7), (CASH, 7)), "this did not post"),
        ((*DEPOSITED, *DEPOSITED), "this did not post 10 of shares:pool:lenders"),
        ((*DEPOSITED, ("nonsense:pool", 7, "XYZ"), ("nonsense:pool", -7, "XYZ")), "nonsense:pool"),
    ],
)
def test_a_reversal_posts_what_the_entry_did_with_the_other_sign_and_nothing_else(
    postings: tuple[tuple[str, int] | tuple[str, int, str], ...], saying: str
) -> None:
    story = a_pool().then(deposited(id=THIS, assets=7, shares=5))

    story.refuses(entry_reversed(of=THIS, postings=posted(*postings)), ReversalRefused, saying)


def test_the_lines_of_a_reversal_may_stand_in_any_order() -> None:
    story = a_pool().then(deposited(id=THIS, assets=7, shares=5))

    story.then(entry_reversed(of=THIS, postings=posted(*reversed(DEPOSITED))))

    assert state(story.books) == state(a_pool().books)


def test_lines_of_an_entry_to_one_account_are_undone_by_one() -> None:
    story = a_loan(interest=6).then(repaid(id=THIS, principal=600, interest=6))

    lines = posted(("assets:pool:loans:loan:principal", 600), ("assets:pool:loans:loan:interest", 6), (CASH, -606))

    story.then(entry_reversed(of=THIS, postings=lines))
    assert state(story.books) == state(a_loan(interest=6).books)


def test_what_an_entry_both_gave_and_took_is_undone_line_by_line() -> None:
    story = a_pool().then(shares_transferred(id=THIS, receiver=LENDER, shares=5))
    holder = "register:pool:lenders:lender"

    story.then(entry_reversed(of=THIS, postings=posted((holder, -5, SHARES), (holder, 5, SHARES))))

    assert state(story.books) == state(a_pool().books)


# A law that would break.


@pytest.mark.parametrize(
    ("story", "saying"),
    [
        (
            a_pool().then(deposited(id=THIS, assets=7, shares=7), loan_originated(principal=1005)),
            "assets:pool:cash holds 2 of USD, 7 cannot be taken from it",
        ),
        (
            a_pool()
            .then(deposited(id=THIS, lender=OTHER_LENDER, assets=7, shares=7))
            .then(shares_transferred(sender=OTHER_LENDER, receiver=LENDER, shares=3)),
            "register:pool:lenders:other-lender holds 4 of shares:pool:lenders, 7 cannot be taken from it",
        ),
        (
            a_pool(assets=0, fund=0).then(fund_contributed(id=THIS, amount=7), fund_withdrawn(amount=1)),
            "assets:fund:cash holds 6 of USD, 7 cannot be taken from it",
        ),
        (
            a_pool().then(reserve_contributed(id=THIS, amount=7), reserve_withdrawn(amount=1)),
            "equity:pool:reserve holds 6 of USD, 7 cannot be taken from it",
        ),
    ],
)
def test_a_reversal_that_takes_more_than_an_account_holds_is_refused(story: Story, saying: str) -> None:
    story.refuses(story.reversal(THIS), WrongSide, saying)


def test_a_reversal_that_would_lend_out_a_surplus_paid_back_is_refused() -> None:
    story = a_deficit(HOLD).then(recovery_received(amount=9))
    story.then(recovery_allocated(id=THIS, parts=(part("borrower", 9, name="loan"),)), surplus_returned(amount=9))

    story.refuses(story.reversal(THIS), WrongSide, "liabilities:pool:surplus:loan holds 0 of USD, 9 cannot")


@pytest.mark.parametrize("place", [0, 1])
def test_a_reversal_that_takes_more_fund_shares_than_are_held_is_refused_in_any_order_of_lines(place: int) -> None:
    story = a_pool().then(fund_contributed(id=THIS, amount=0, shares=5), fund_withdrawn(amount=0, shares=5))
    lines = posted(("register:fund:treasury", -5, "shares:fund"), ("register:fund", 5, "shares:fund"))

    rotated = (*lines[place:], *lines[:place])

    story.refuses(entry_reversed(of=THIS, postings=rotated), WrongSide, "of shares:fund, 5 cannot be taken from it")


def test_a_reversal_that_issues_shares_of_claims_in_debit_is_refused() -> None:
    story = a_pool(assets=10).then(withdrawn(id=THIS, assets=0, shares=10))
    story.then(reserve_contributed(amount=100), withdrawn(assets=15, shares=0))

    story.refuses(story.reversal(THIS), WrongSide, "claims")


def test_a_refused_reversal_leaves_the_entry_to_be_reversed_later() -> None:
    story = a_pool().then(deposited(id=THIS, assets=7, shares=7), loan_originated(principal=1005))
    story.refuses(story.reversal(THIS), WrongSide, "7 cannot be taken")

    reversing(story.then(repaid(principal=1005)))

    assert (story.balance(CASH), story.balance(CLAIMS)) == (1000, -1000)


# The time of a reversal.


def test_a_reversal_takes_the_time_of_the_entry_while_that_is_open() -> None:
    story = a_pool().then(deposited(id=THIS, assets=7, shares=7))

    story.refuses(story.reversal(THIS, at=LATER), ReversalRefused, f"the reversal of an entry of {AT} takes its time")
    story.refuses(story.reversal(THIS, at=LATER, occurred_at=AT), ReversalRefused, f"takes its time, not {LATER}")
    story.refuses(story.reversal(THIS, at=EARLIER), ReversalRefused, f"takes its time, not {EARLIER}")


def test_a_reversal_of_an_entry_right_after_a_closed_period_takes_its_time() -> None:
    story = a_pool().then(deposited(id=THIS, at=LATER, assets=7, shares=7), period_closed(at=LATER, through=AT))

    reversing(story)

    assert story.balance(CASH) == 1000


def test_a_reversal_of_an_entry_in_a_closed_period_names_its_time() -> None:
    story = a_pool().then(deposited(id=THIS, assets=7, shares=7), period_closed(through=AT))

    story.refuses(story.reversal(THIS), ClosedPeriod, f"the books are closed through {AT}, and {AT} is not after that")
    story.refuses(story.reversal(THIS, at=LATER), ReversalRefused, "occurred_at must say it")
    story.refuses(story.reversal(THIS, at=LATER, occurred_at=EARLIER), ReversalRefused, "occurred_at must say it")
    story.then(story.reversal(THIS, at=LATER, occurred_at=AT))

    assert story.balance(CASH) == 1000


# What a reversal gives back.


def test_after_the_reversal_of_a_cure_the_case_goes_on() -> None:
    story = a_default().then(loan_cured(id=THIS, principal=600, interest=0))
    story.refuses(shortfall_recognized(principal=600), WrongState, "performing")

    reversing(story).then(repaid(case=CASE, principal=100), shortfall_recognized(principal=500))

    assert story.balance(DEFICIT) == 500


def test_after_the_reversal_of_a_close_the_case_goes_on() -> None:
    story = a_loss().then(case_closed(id=THIS))
    story.refuses(cost_advanced(amount=5), WrongState, "performing")

    reversing(story).then(cost_advanced(amount=5), shortfall_recognized(principal=5))

    assert story.books.cases[CASE].recognized == 605


def test_the_reversal_of_the_close_of_a_cured_case_leaves_its_loan_performing() -> None:
    story = a_default().then(loan_cured(principal=600, interest=0), case_closed(id=THIS))

    reversing(story)

    assert story.books.cases[CASE].status == "cured"
    assert story.books.loans[POOL][LOAN].case is None


def test_after_the_reversal_of_a_default_the_loan_performs_and_its_case_may_be_opened_again() -> None:
    story = reversing(a_loan().then(loan_defaulted(id=THIS, principal=600, interest=0)))

    story.then(repaid(principal=100), loan_defaulted(principal=500, interest=0))

    assert story.books.cases[CASE].principal == 500


def test_after_the_reversal_of_an_origination_the_loan_may_be_originated_again() -> None:
    story = reversing(a_pool().then(loan_originated(id=THIS, principal=600)))

    story.then(loan_originated(principal=500, borrower=PartyId("other-borrower")))

    assert story.books.loans[POOL][LOAN].borrower == "other-borrower"


def test_a_fund_draw_that_is_reversed_may_be_drawn_again_up_to_its_limit() -> None:
    story = a_deficit(fund_layer(cap=50), HOLD, fund=90).then(fund_drawn(id=THIS, amount=50))

    reversing(story).then(fund_drawn(amount=50))

    assert story.balance("assets:fund:cash") == 40


def test_an_adjustment_in_default_and_its_reversal_change_what_can_be_recognized() -> None:
    adjusted = adjustment_posted(
        id=THIS, pool=POOL, postings=posted(("assets:pool:defaulted:loan:principal", 5), (CASH, -5))
    )
    story = a_default().then(adjusted)
    assert story.books.cases[CASE].principal == 605

    reversing(story)

    assert story.books.cases[CASE].principal == 600
    story.then(shortfall_recognized(principal=600))


def test_a_given_back_loss_can_be_given_back_again_once_the_recovery_is_reversed() -> None:
    story = a_loss().then(recovery_received(amount=600))
    story.then(recovery_allocated(id=THIS, parts=(part("bearers", 300, basis=LOSS), part("bearers", 300, basis=LOSS))))
    story.refuses(recovery_allocated(parts=(part("bearers", 1, basis=LOSS),)), RecoveryExceeded, "0 was not given back")

    reversing(story).then(recovery_allocated(parts=(part("bearers", 600, basis=LOSS),)))

    story.then(restitution_paid(amount=600))


def test_what_was_paid_in_restitution_is_due_again_once_the_payment_is_reversed() -> None:
    story = a_recovery(90, of=a_loss()).then(restitution_paid(id=THIS, amount=90))
    story.refuses(restitution_paid(amount=1), RecoveryExceeded, "lender is due 0")

    reversing(story).then(restitution_paid(amount=90))


def test_a_loss_that_is_reversed_is_no_basis_of_a_recovery() -> None:
    story = a_deficit(SOCIALIZE).then(bad_debt_socialized(id=LOSS, amount=600), recovery_received(id=NEXT, amount=90))
    reversing(story, NEXT, LOSS)

    story.then(recovery_received(amount=90))

    story.refuses(recovery_allocated(parts=(part("bearers", 90, basis=LOSS),)), UnknownName, "has no loss loss")


def test_steps_of_a_sign_off_are_reversed_newest_first() -> None:
    story = a_sign_off(reconciliation_prepared(id=THIS, through=FIRST), reconciliation_reviewed(id=NEXT, through=FIRST))

    story.refuses(story.reversal(THIS), ReversalRefused, "depend on it: next; reverse")
    reversing(story, NEXT, THIS)

    assert story.books.signings == {}


# Who held shares when a loss fell.


def held(story: Story, loss: str = LOSS) -> dict[PartyId, int]:
    """Who held how many shares of lenders when a loss fell on them."""
    books = story.books
    return books.registers.holders(SHARES, books.cases[CASE].losses[EventId(loss)].position, books.sums)


def test_a_deposit_before_a_loss_that_is_reversed_after_it_had_no_part_in_it() -> None:
    story = a_loss(assets=500)
    assert held(story) == {LENDER: 1000, OTHER_LENDER: 500}

    reversing(story, DEPOSIT)

    assert held(story) == {LENDER: 1000}


def test_shares_moved_since_the_loss_do_not_hide_what_a_reversal_corrects() -> None:
    story = a_loss(assets=500).then(shares_transferred(sender=LENDER, receiver=OTHER_LENDER, shares=300))

    reversing(story, DEPOSIT)

    assert held(story) == {LENDER: 1000}
    assert story.balance("register:pool:lenders:other-lender", SHARES) == 300


def test_a_withdrawal_before_a_loss_that_is_reversed_after_it_had_its_part_in_it() -> None:
    story = a_pool(SOCIALIZE).then(
        deposited(lender=OTHER_LENDER, assets=500, shares=500), withdrawn(id=THIS, assets=200, shares=200)
    )
    story.then(loan_originated(principal=600), loan_defaulted(principal=600, interest=0))
    story.then(shortfall_recognized(principal=600), bad_debt_socialized(id=LOSS, amount=600))
    assert held(story) == {LENDER: 800, OTHER_LENDER: 500}

    reversing(story)

    assert held(story) == {LENDER: 1000, OTHER_LENDER: 500}


@pytest.mark.parametrize(
    "later",
    [
        deposited(lender=OTHER_LENDER, assets=7, shares=7),
        withdrawn(lender=OTHER_LENDER, assets=7, shares=500),
        shares_transferred(shares=400),
        shares_transferred(sender=OTHER_LENDER, receiver=PartyId("third"), shares=500),
        reserve_contributed(amount=5, lender=LENDER, shares=1000),
    ],
    ids=kind,
)
def test_entries_after_a_loss_and_their_reversal_change_nothing_in_who_bore_it(later: AnyEvent) -> None:
    story = a_loss(assets=500).then(replace(later, id=THIS))
    assert held(story) == {LENDER: 1000, OTHER_LENDER: 500}

    reversing(story)

    assert held(story) == {LENDER: 1000, OTHER_LENDER: 500}


def test_of_two_losses_a_reversal_corrects_only_the_one_after_the_entry() -> None:
    story = a_deficit(SOCIALIZE).then(bad_debt_socialized(id=EventId("loss-1"), amount=300))
    story.then(
        deposited(id=THIS, lender=OTHER_LENDER, assets=50, shares=50),
        bad_debt_socialized(id=EventId("loss-2"), amount=300),
    )
    story.then(withdrawn(lender=LENDER, assets=1, shares=1), deposited(lender=OTHER_LENDER, assets=5, shares=5))
    assert (held(story, "loss-1"), held(story, "loss-2")) == ({LENDER: 1000}, {LENDER: 1000, OTHER_LENDER: 50})

    reversing(story)

    assert (held(story, "loss-1"), held(story, "loss-2")) == ({LENDER: 1000}, {LENDER: 1000})


def test_a_later_loss_finds_its_holders_though_an_earlier_one_was_reversed() -> None:
    story = a_deficit(SOCIALIZE).then(bad_debt_socialized(id=THIS, amount=300))
    reversing(story).then(
        deposited(lender=OTHER_LENDER, assets=500, shares=500), bad_debt_socialized(id=LOSS, amount=600)
    )

    story.then(withdrawn(lender=OTHER_LENDER, assets=5, shares=500))

    assert held(story) == {LENDER: 1000, OTHER_LENDER: 500}


@pytest.mark.parametrize("asked", [0, 60])
def test_a_recovery_allocated_by_a_register_refuses_what_would_correct_that(asked: int) -> None:
    story = a_recovery(90, of=a_loss(assets=500)).then(restitution_paid(id=NEXT, amount=asked))

    relied = "fact-13 allocated a recovery by who held shares:pool:lenders after this entry; reverse that first"
    story.refuses(story.reversal(DEPOSIT), ReversalRefused, relied)
    reversing(story, NEXT, "fact-13", DEPOSIT)

    story.then(recovery_allocated(parts=(part("bearers", 90, basis=LOSS),)))
    story.refuses(restitution_paid(holder=OTHER_LENDER, amount=1), RecoveryExceeded, "other-lender is due 0")
    story.then(restitution_paid(amount=90))


def test_a_refused_restitution_does_not_keep_what_was_due_before_a_correction() -> None:
    story = a_recovery(90, of=a_loss(assets=500))
    story.refuses(restitution_paid(amount=61), RecoveryExceeded, "lender is due 60")
    reversing(story, "fact-13", DEPOSIT).then(recovery_allocated(parts=(part("bearers", 90, basis=LOSS),)))

    story.refuses(restitution_paid(amount=91), RecoveryExceeded, "lender is due 90")


def test_a_recovery_refuses_no_reversal_of_what_came_after_the_loss() -> None:
    story = a_recovery(90, of=a_loss(assets=500)).then(deposited(id=THIS, lender=OTHER_LENDER, assets=5, shares=5))

    reversing(story)

    story.refuses(restitution_paid(amount=61), RecoveryExceeded, "lender is due 60")


def test_what_a_reversal_takes_back_must_have_been_held_when_the_loss_fell() -> None:
    story = a_deficit(SOCIALIZE).then(
        deposited(id=THIS, lender=OTHER_LENDER, assets=500, shares=500),
        withdrawn(lender=OTHER_LENDER, assets=300, shares=300),
        bad_debt_socialized(id=LOSS, amount=600),
        deposited(lender=OTHER_LENDER, assets=400, shares=400),
    )

    saying = "register:pool:lenders:other-lender held 200 when a loss fell on it, 500 cannot be taken back"
    story.refuses(story.reversal(THIS), ReversalRefused, saying)


def test_a_loss_that_is_reversed_no_longer_holds_shares_fast() -> None:
    story = a_deficit(SOCIALIZE).then(
        deposited(id=DEPOSIT, lender=OTHER_LENDER, assets=500, shares=500),
        withdrawn(lender=OTHER_LENDER, assets=300, shares=300),
        bad_debt_socialized(id=THIS, amount=200),
        deposited(lender=OTHER_LENDER, assets=400, shares=400),
    )
    story.refuses(story.reversal(DEPOSIT), ReversalRefused, "held 200 when a loss fell on it, 500 cannot be taken back")

    reversing(story, THIS, DEPOSIT)

    assert story.balance("register:pool:lenders:other-lender", SHARES) == 100


def test_of_two_losses_the_one_that_is_not_reversed_still_holds_shares_fast() -> None:
    story = a_deficit(SOCIALIZE).then(
        deposited(id=DEPOSIT, lender=OTHER_LENDER, assets=500, shares=500),
        withdrawn(lender=OTHER_LENDER, assets=300, shares=300),
        bad_debt_socialized(id=NEXT, amount=100),
        deposited(lender=OTHER_LENDER, assets=100, shares=100),
        bad_debt_socialized(id=THIS, amount=100),
        deposited(lender=OTHER_LENDER, assets=400, shares=400),
    )

    reversing(story, THIS)

    story.refuses(story.reversal(DEPOSIT), ReversalRefused, "held 200 when a loss fell on it, 500 cannot be taken back")
    reversing(story, NEXT, DEPOSIT)


def test_the_holder_count_follows_a_reversal() -> None:
    story = a_pool().then(deposited(id=THIS, lender=OTHER_LENDER, assets=5, shares=5))
    assert story.books.holder_count(POOL, LENDERS) == 2

    assert reversing(story).books.holder_count(POOL, LENDERS) == 1


@pytest.mark.parametrize(
    ("before", "fact"),
    [
        (a_loan(), collateral_posted(asset=SHARES, quantity=5)),
        (a_loan().then(collateral_posted(asset=SHARES, quantity=5)), collateral_released(asset=SHARES, quantity=5)),
    ],
    ids=kind,
)
def test_the_holder_count_passes_over_shares_held_as_collateral_also_after_a_reversal(
    before: Story, fact: AnyEvent
) -> None:
    story = reversing(again(before, replace(fact, id=THIS)))

    assert story.books.holder_count(POOL, LENDERS) == 1
    assert any(story.books.pledges.values()) == any(before.books.pledges.values())
