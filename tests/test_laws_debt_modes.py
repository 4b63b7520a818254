"""The laws of the debt modes: loans as shares of one account, and interest that waits until a loan takes its part."""

from collections.abc import Callable
from functools import partial

import pytest

from ledger.errors import CaseUnsettled, ShortfallExceeded, UnknownName, WrongSide, WrongState
from ledger.events import Allocation, AnyEvent, RedistributedPart
from ledger.values import AMOUNT_MAX, LENDERS, CaseId, Commodity, DebtMode, EventId, LoanId, PoolId, TrancheId
from tests.story import (
    BORROWER,
    CASE,
    ETH,
    JUNIOR,
    LENDER,
    LOAN,
    OTHER_LOAN,
    POOL,
    USD,
    Story,
    a_default,
    a_loan,
    adjustment_posted,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_sold,
    cost_advanced,
    debt_redistributed,
    debt_transferred,
    deposited,
    guarantee_paid,
    interest_accrued,
    interest_allocated,
    loan_cured,
    loan_defaulted,
    loan_drawn,
    loan_originated,
    pool_opened,
    posted,
    repaid,
    shortfall_recognized,
    told,
)

MONEY = Commodity(USD)
DEBT = Commodity("debt:pool")
POOL_SHARES = Commodity("shares:pool:lenders")
NOWHERE = PoolId("nowhere")
NO_LOAN = LoanId("no-loan")
OTHER_CASE = CaseId("other-case")
OTHER_POOL = PoolId("other-pool")


def a_pool_kept(debt: DebtMode, *, assets: int = 1000, tranches: tuple[TrancheId, ...] = ()) -> Story:
    """A pool with this debt mode and `assets` deposited for as many shares."""
    return told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(debt=debt, tranches=tranches),
        deposited(assets=assets, shares=assets),
    )


def a_pooled_loan(*, principal: int = 600, debt_shares: int = 500) -> Story:
    """A loan in a pool that keeps all of them in one account, beside another of 100 for 90 shares."""
    return a_pool_kept("pooled").then(
        loan_originated(principal=principal, debt_shares=debt_shares),
        loan_originated(loan=OTHER_LOAN, principal=100, debt_shares=90),
        collateral_posted(quantity=10),
    )


def a_pooled_default(*, principal: int = 400, interest: int = 7) -> Story:
    """That loan in default for a stated amount."""
    return a_pooled_loan().then(loan_defaulted(principal=principal, interest=interest))


def an_indexed_loan(*, principal: int = 600, interest: int = 7, waiting: int = 3) -> Story:
    """A loan that took its part of a pool's interest, of which more waits to be allocated."""
    return a_pool_kept("indexed").then(
        loan_originated(principal=principal),
        interest_accrued(loan=None, interest=interest + waiting),
        interest_allocated(interest=interest),
        collateral_posted(quantity=10),
    )


def an_indexed_default(*, principal: int = 600, interest: int = 7, waiting: int = 3) -> Story:
    """That loan in default."""
    return an_indexed_loan(principal=principal, interest=interest, waiting=waiting).then(
        loan_defaulted(principal=principal, interest=interest)
    )


# Pooled: all loans in one account, each a share of it.


def test_a_pooled_loan_is_owed_in_one_account_and_its_shares_say_how_much_of_it() -> None:
    story = a_pool_kept("pooled").then(loan_originated(principal=600, debt_shares=500))

    assert dict(story.books.sums.commodities()) == {
        DEBT: [("register:pool:debt", -500), ("register:pool:debt:loan", 500)],
        MONEY: [("assets:pool:cash", 400), ("assets:pool:loans", 600), ("liabilities:pool:claims:lenders", -1000)],
        POOL_SHARES: [("register:pool:lenders", -1000), ("register:pool:lenders:lender", 1000)],
    }


def test_a_pooled_loan_is_drawn_and_repaid_in_money_and_in_debt_shares() -> None:
    story = a_pool_kept("pooled").then(
        loan_originated(principal=600, debt_shares=500),
        loan_drawn(principal=60, debt_shares=50),
        repaid(principal=200, interest=10, debt_shares=170, rounding=1),
    )

    assert dict(story.books.sums.commodities()) == {
        DEBT: [("register:pool:debt", -380), ("register:pool:debt:loan", 380)],
        MONEY: [
            ("assets:pool:cash", 551),
            ("assets:pool:loans", 450),
            ("equity:pool:rounding", -1),
            ("liabilities:pool:claims:lenders", -1000),
        ],
        POOL_SHARES: [("register:pool:lenders", -1000), ("register:pool:lenders:lender", 1000)],
    }


def test_a_pooled_loan_may_be_paid_out_and_repaid_in_the_shares_of_a_lender() -> None:
    story = a_pool_kept("pooled").then(
        loan_originated(principal=600, debt_shares=500, lender=BORROWER, shares=590),
        repaid(principal=100, debt_shares=80, lender=BORROWER, shares=90),
    )

    assert story.balance("assets:pool:cash") == 1000
    assert story.balance("assets:pool:loans") == 500
    assert story.balance("liabilities:pool:claims:lenders") == -1500
    assert story.balance("register:pool:debt:loan", DEBT) == 420
    assert story.balance("register:pool:lenders:borrower", POOL_SHARES) == 500


def test_no_more_than_the_cash_is_lent_in_a_pooled_pool() -> None:
    story = a_pool_kept("pooled")

    story.refuses(loan_originated(principal=1001), WrongSide, "assets:pool:cash holds 1000 of USD, 1001 cannot")
    story.then(loan_originated(principal=1000))


@pytest.mark.parametrize(
    ("too_much", "all_of_it"),
    [
        (repaid(principal=0, debt_shares=501), repaid(principal=0, debt_shares=500)),
        (debt_transferred(principal=0, debt_shares=501), debt_transferred(principal=0, debt_shares=500)),
    ],
    ids=["repaid", "debt-transferred"],
)
def test_a_pooled_loan_gives_no_more_debt_shares_than_it_owes_though_others_owe_more(
    too_much: AnyEvent, all_of_it: AnyEvent
) -> None:
    story = a_pooled_loan(debt_shares=500)

    story.refuses(too_much, WrongSide, "register:pool:debt:loan holds 500 of debt:pool, 501 cannot be taken from it")
    story.then(all_of_it)

    assert story.balance("register:pool:debt:loan", DEBT) == 0


def test_no_more_is_repaid_in_money_than_all_pooled_loans_owe_together() -> None:
    story = a_pooled_loan(principal=600)

    story.refuses(repaid(principal=701), WrongSide, "assets:pool:loans holds 700 of USD, 701 cannot be taken")
    story.refuses(repaid(principal=700, interest=1), WrongSide, "assets:pool:loans holds 0 of USD, 1 cannot be taken")
    story.then(repaid(principal=690, interest=10))

    assert story.balance("assets:pool:loans") == 0


def test_interest_of_a_pooled_pool_accrues_on_all_loans_and_leaves_their_shares() -> None:
    story = a_pooled_loan().then(interest_accrued(loan=None, interest=10, reserve=1))

    assert dict(story.books.sums.commodities())[DEBT] == [
        ("register:pool:debt", -590),
        ("register:pool:debt:loan", 500),
        ("register:pool:debt:other-loan", 90),
    ]
    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 300),
        ("assets:pool:loans", 710),
        ("equity:pool:reserve", -1),
        ("liabilities:pool:claims:lenders", -1009),
    ]


def test_interest_of_one_pooled_loan_is_owed_in_the_account_of_all() -> None:
    story = a_pooled_loan().then(interest_accrued(interest=10))

    assert story.balance("assets:pool:loans") == 710
    assert story.balance("assets:pool:loans:loan:interest") == 0


def test_interest_of_a_pool_is_allocated_among_its_tranches_like_that_of_a_loan() -> None:
    parts = Allocation(tranche=LENDERS, amount=6), Allocation(tranche=JUNIOR, amount=3)
    story = a_pool_kept("pooled", tranches=(JUNIOR,))

    story.then(interest_accrued(loan=None, interest=10, reserve=1, allocation=parts))

    assert story.balance("assets:pool:loans") == 10
    assert story.balance("liabilities:pool:claims:lenders") == -1006
    assert story.balance("liabilities:pool:claims:junior") == -3


# Interest: on a loan, or on the pool as a whole, which alone has an index.


def test_in_a_bilateral_pool_interest_accrues_on_a_loan() -> None:
    story = a_loan()

    story.refuses(interest_accrued(loan=None, interest=1), WrongState, "pool pool is bilateral: interest accrues on a")
    story.then(interest_accrued(interest=1))

    assert story.balance("assets:pool:loans:loan:interest") == 1


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("debt", ["bilateral", "pooled", "indexed"])
def test_an_index_is_of_no_single_loan(debt: DebtMode, index: int) -> None:
    story = a_pool_kept(debt).then(loan_originated(principal=600))

    story.refuses(
        interest_accrued(interest=1, index=index),
        WrongState,
        "an index is of a pool as a whole, loan loan has none of its own",
    )
    story.then(interest_accrued(interest=1))


def test_a_bilateral_pool_has_no_index() -> None:
    story = a_loan()

    story.refuses(interest_accrued(loan=None, interest=1, index=1), WrongState, "pool pool is bilateral: interest")


@pytest.mark.parametrize("index", [None, 0, 1, AMOUNT_MAX])
@pytest.mark.parametrize(("debt", "account"), [("pooled", "assets:pool:loans"), ("indexed", "assets:pool:interest")])
def test_interest_of_a_pool_as_a_whole_comes_with_an_index_or_without(
    debt: DebtMode, account: str, index: int | None
) -> None:
    story = a_pool_kept(debt).then(interest_accrued(loan=None, interest=1, index=index))

    assert story.balance(account) == 1


@pytest.mark.parametrize("debt", ["bilateral", "pooled", "indexed"])
def test_interest_under_a_case_names_its_loan(debt: DebtMode) -> None:
    story = a_pool_kept(debt).then(loan_originated(principal=0), loan_defaulted(principal=0, interest=0))

    story.refuses(
        interest_accrued(loan=None, case=CASE, interest=1),
        WrongState,
        "interest under case case names the loan of the case",
    )
    story.then(interest_accrued(case=CASE, interest=1))

    assert story.books.cases[CASE].interest == 1


# Indexed: interest waits with the pool until a loan takes its part.


def test_interest_of_an_indexed_pool_waits_until_a_loan_takes_its_part() -> None:
    story = a_pool_kept("indexed").then(
        loan_originated(principal=600), interest_accrued(loan=None, interest=10, index=10**27, reserve=1)
    )

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 400),
        ("assets:pool:interest", 10),
        ("assets:pool:loans:loan:principal", 600),
        ("equity:pool:reserve", -1),
        ("liabilities:pool:claims:lenders", -1009),
    ]


def test_allocated_interest_goes_from_the_pool_to_the_loan_and_changes_nothing_else() -> None:
    story = a_pool_kept("indexed").then(
        loan_originated(principal=600),
        interest_accrued(loan=None, interest=10),
        interest_allocated(interest=7),
    )

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 400),
        ("assets:pool:interest", 3),
        ("assets:pool:loans:loan:interest", 7),
        ("assets:pool:loans:loan:principal", 600),
        ("liabilities:pool:claims:lenders", -1010),
    ]


def test_an_indexed_loan_also_accrues_interest_of_its_own() -> None:
    story = an_indexed_loan(interest=7, waiting=3).then(interest_accrued(interest=2))

    assert story.balance("assets:pool:loans:loan:interest") == 9
    assert story.balance("assets:pool:interest") == 3


def test_loans_that_round_up_may_take_more_than_waits_for_them() -> None:
    story = an_indexed_loan(interest=7, waiting=3).then(interest_allocated(interest=4))

    assert story.balance("assets:pool:interest") == -1
    assert story.balance("assets:pool:loans:loan:interest") == 11

    story.then(interest_accrued(loan=None, interest=5))

    assert story.balance("assets:pool:interest") == 4


def test_a_loan_is_trued_down_by_no_more_than_the_interest_it_owes() -> None:
    story = an_indexed_loan(interest=7, waiting=3)

    story.refuses(
        interest_allocated(interest=-8),
        WrongSide,
        "assets:pool:loans:loan:interest holds 7 of USD, 8 cannot be taken from it",
    )
    story.then(interest_allocated(interest=-7))

    assert story.balance("assets:pool:loans:loan:interest") == 0
    assert story.balance("assets:pool:interest") == 10
    assert story.balance("liabilities:pool:claims:lenders") == -1010


def test_a_loan_in_default_is_trued_up_and_down_among_the_defaulted() -> None:
    story = an_indexed_default(interest=7, waiting=3).then(interest_allocated(case=CASE, interest=3))

    assert story.balance("assets:pool:defaulted:loan:interest") == 10
    assert story.balance("assets:pool:interest") == 0
    assert story.books.cases[CASE].interest == 10

    story.refuses(
        interest_allocated(case=CASE, interest=-11),
        WrongSide,
        "assets:pool:defaulted:loan:interest holds 10 of USD, 11 cannot be taken",
    )
    story.then(interest_allocated(case=CASE, interest=-10))

    assert story.balance("assets:pool:defaulted:loan:interest") == 0
    assert story.balance("assets:pool:interest") == 10
    assert story.books.cases[CASE].interest == 0


@pytest.mark.parametrize(("change", "left"), [(-7, 0), (-1, 6), (0, 7), (1, 8), (20, 27)])
def test_what_is_recognized_of_an_indexed_loan_follows_what_was_allocated(change: int, left: int) -> None:
    story = an_indexed_default(principal=600, interest=7).then(interest_allocated(case=CASE, interest=change))

    story.refuses(
        shortfall_recognized(principal=600, interest=left + 1),
        ShortfallExceeded,
        f"principal 600 and interest {left} are in default under case case, 600 and {left + 1} cannot be recognized",
    )
    story.then(shortfall_recognized(principal=600, interest=left))

    assert story.balance("assets:pool:deficit:case") == 600 + left


def test_a_default_takes_what_is_booked_of_an_indexed_loan_not_what_waits() -> None:
    story = an_indexed_loan(principal=600, interest=7, waiting=3)

    story.refuses(loan_defaulted(principal=600, interest=10), WrongState, "loan owes principal 600 and interest 7")
    story.then(loan_defaulted(principal=600, interest=7))

    assert story.balance("assets:pool:defaulted:loan:interest") == 7
    assert story.balance("assets:pool:interest") == 3


def test_interest_is_allocated_under_the_case_exactly_while_the_loan_is_in_default() -> None:
    performing, in_default = an_indexed_loan(), an_indexed_default()

    performing.refuses(interest_allocated(case=CASE, interest=1), WrongState, "is performing, not in default under")
    in_default.refuses(interest_allocated(interest=1), WrongState, "is in default under case case, not performing")
    in_default.refuses(interest_allocated(case=OTHER_CASE, interest=1), WrongState, "not in default under case other")
    performing.then(interest_allocated(interest=1))
    in_default.then(interest_allocated(case=CASE, interest=1))


@pytest.mark.parametrize("interest", [-1, 0, 1])
@pytest.mark.parametrize("debt", ["bilateral", "pooled"])
def test_only_an_indexed_pool_has_interest_to_allocate(debt: DebtMode, interest: int) -> None:
    story = a_pool_kept(debt).then(loan_originated(principal=600), interest_accrued(interest=9))

    story.refuses(
        interest_allocated(interest=interest), WrongState, f"pool pool is {debt}: it has no interest to allocate"
    )


@pytest.mark.parametrize(
    ("fact", "unknown"),
    [
        (interest_allocated(pool=NOWHERE, interest=0), "no pool nowhere was opened"),
        (interest_allocated(loan=NO_LOAN, interest=0), "pool pool has no loan no-loan"),
        (debt_transferred(pool=NOWHERE, principal=0), "no pool nowhere was opened"),
        (debt_transferred(sender=NO_LOAN, principal=0), "pool pool has no loan no-loan"),
        (debt_transferred(receiver=NO_LOAN, principal=0), "pool pool has no loan no-loan"),
    ],
)
def test_a_pool_or_loan_that_nobody_opened_is_refused(fact: AnyEvent, unknown: str) -> None:
    an_indexed_loan().refuses(fact, UnknownName, f"law 2, what is named exists: {unknown}")


@pytest.mark.parametrize("interest", [-AMOUNT_MAX, AMOUNT_MAX])
def test_the_largest_amount_is_allocated_to_the_unit(interest: int) -> None:
    story = an_indexed_loan(principal=0, interest=AMOUNT_MAX, waiting=0).then(interest_allocated(interest=interest))

    assert story.balance("assets:pool:loans:loan:interest") == AMOUNT_MAX + interest
    assert story.balance("assets:pool:interest") == -interest


# Law 3: interest that waits may stand in credit in an indexed pool, and in no other is there any.


def test_of_an_indexed_pool_only_the_interest_that_waits_may_stand_in_credit() -> None:
    story = an_indexed_loan(interest=7, waiting=0).then(interest_allocated(interest=1))
    below_zero = posted(("assets:pool:cash", 5), ("assets:pool:interest", -5))
    cash_below_zero = posted(("assets:pool:interest", 401), ("assets:pool:cash", -401))

    story.then(adjustment_posted(pool=POOL, postings=below_zero))
    story.refuses(
        adjustment_posted(pool=POOL, postings=posted(("assets:pool:cash", -406), ("assets:pool:interest", 406))),
        WrongSide,
        "assets:pool:cash holds 405 of USD, 406 cannot be taken from it",
    )
    story.refuses(repaid(principal=0, interest=9), WrongSide, "assets:pool:loans:loan:interest holds 8 of USD, 9")
    story.then(adjustment_posted(pool=POOL, postings=cash_below_zero), repaid(principal=0, interest=8))

    assert story.balance("assets:pool:interest") == -1 - 5 + 401


@pytest.mark.parametrize("debt", ["bilateral", "pooled"])
@pytest.mark.parametrize("amount", [-5, 5])
def test_in_no_other_pool_is_there_interest_that_waits(debt: DebtMode, amount: int) -> None:
    story = a_pool_kept(debt)

    story.refuses(
        adjustment_posted(pool=POOL, postings=posted(("assets:pool:cash", -amount), ("assets:pool:interest", amount))),
        UnknownName,
        "no account assets:pool:interest is in the chart of accounts of this book",
    )


# Debt shares: only where loans are shares of one account.


@pytest.mark.parametrize("debt", ["bilateral", "indexed"])
@pytest.mark.parametrize(
    "fact",
    [
        loan_originated(loan=NO_LOAN, principal=0, debt_shares=1),
        loan_drawn(principal=0, debt_shares=1),
        repaid(principal=0, debt_shares=1),
        debt_transferred(principal=0, debt_shares=1),
    ],
    ids=lambda fact: fact.type,
)
def test_a_loan_that_is_kept_apart_has_no_debt_shares(debt: DebtMode, fact: AnyEvent) -> None:
    story = a_pool_kept(debt).then(loan_originated(principal=600), loan_originated(loan=OTHER_LOAN, principal=0))

    story.refuses(fact, WrongState, f"pool pool is {debt}: a loan has no debt shares, 1 were given")


@pytest.mark.parametrize("debt", ["bilateral", "indexed"])
@pytest.mark.parametrize(
    "fact",
    [
        loan_drawn(case=CASE, principal=0, debt_shares=1),
        repaid(case=CASE, principal=0, debt_shares=1),
        debt_transferred(case=CASE, principal=0, debt_shares=1),
        collateral_sold(quantity=0, proceeds=0, principal=0, debt_shares=1),
        guarantee_paid(principal=0, debt_shares=1),
        shortfall_recognized(principal=0, debt_shares=1),
        debt_redistributed(parts=(RedistributedPart(loan=OTHER_LOAN, principal=0, debt_shares=1),)),
    ],
    ids=lambda fact: fact.type,
)
def test_a_loan_that_is_kept_apart_has_no_debt_shares_in_default_either(debt: DebtMode, fact: AnyEvent) -> None:
    story = a_pool_kept(debt).then(
        loan_originated(principal=600),
        loan_originated(loan=OTHER_LOAN, principal=0),
        loan_defaulted(principal=600, interest=0),
    )

    story.refuses(fact, WrongState, f"pool pool is {debt}: a loan has no debt shares, 1 were given")


@pytest.mark.parametrize(
    "fact",
    [
        repaid(case=CASE, principal=0, debt_shares=500),
        debt_transferred(case=CASE, principal=0, debt_shares=500),
        collateral_sold(quantity=0, proceeds=0, principal=0, debt_shares=500),
        guarantee_paid(principal=0, debt_shares=500),
        shortfall_recognized(principal=0, debt_shares=500),
    ],
    ids=lambda fact: fact.type,
)
def test_of_a_pooled_loan_in_default_no_more_debt_shares_are_taken_than_it_owes(fact: AnyEvent) -> None:
    story = a_pooled_default().then(repaid(case=CASE, principal=0, debt_shares=1))

    story.refuses(fact, WrongSide, "register:pool:debt:loan holds 499 of debt:pool, 500 cannot be taken from it")
    story.then(loan_drawn(case=CASE, principal=0, debt_shares=1), fact)

    assert story.balance("register:pool:debt:loan", DEBT) == 0


# Debt is transferred to a performing loan.


def test_a_transfer_moves_principal_and_interest_of_loans_kept_apart() -> None:
    story = a_loan(principal=600, interest=7).then(
        loan_originated(loan=OTHER_LOAN, principal=100), debt_transferred(principal=60, interest=3)
    )

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 300),
        ("assets:pool:loans:loan:interest", 4),
        ("assets:pool:loans:loan:principal", 540),
        ("assets:pool:loans:other-loan:interest", 3),
        ("assets:pool:loans:other-loan:principal", 160),
        ("liabilities:pool:claims:lenders", -1007),
    ]


def test_a_transfer_in_a_pooled_pool_moves_debt_shares_and_no_money() -> None:
    story = a_pooled_loan().then(debt_transferred(principal=60, interest=3, debt_shares=50))

    assert dict(story.books.sums.commodities())[DEBT] == [
        ("register:pool:debt", -590),
        ("register:pool:debt:loan", 450),
        ("register:pool:debt:other-loan", 140),
    ]
    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 300),
        ("assets:pool:loans", 700),
        ("liabilities:pool:claims:lenders", -1000),
    ]


@pytest.mark.parametrize(
    ("too_much", "refusal"),
    [
        (debt_transferred(principal=601, interest=7), "assets:pool:loans:loan:principal holds 600 of USD, 601"),
        (debt_transferred(principal=600, interest=8), "assets:pool:loans:loan:interest holds 7 of USD, 8"),
    ],
)
def test_a_performing_loan_hands_over_no_more_than_it_owes(too_much: AnyEvent, refusal: str) -> None:
    story = a_loan(principal=600, interest=7).then(loan_originated(loan=OTHER_LOAN, principal=0))

    story.refuses(too_much, WrongSide, refusal)
    story.then(debt_transferred(principal=600, interest=7))

    assert story.balance("assets:pool:loans:other-loan:principal") == 600
    assert story.balance("assets:pool:loans:other-loan:interest") == 7


def test_debt_that_leaves_a_loan_in_default_performs_where_it_goes() -> None:
    story = a_default(principal=600, interest=7).then(loan_originated(loan=OTHER_LOAN, principal=0))

    story.refuses(
        debt_transferred(case=CASE, principal=601), WrongSide, "assets:pool:defaulted:loan:principal holds 600 of USD"
    )
    story.then(debt_transferred(case=CASE, principal=590, interest=7))

    assert story.balance("assets:pool:defaulted:loan:principal") == 10
    assert story.balance("assets:pool:loans:other-loan:principal") == 590
    assert story.balance("assets:pool:loans:other-loan:interest") == 7
    assert (story.books.cases[CASE].principal, story.books.cases[CASE].interest) == (10, 0)


@pytest.mark.parametrize("debt", ["bilateral", "pooled", "indexed"])
def test_a_transfer_names_the_case_of_its_sender_exactly_while_that_is_in_default(debt: DebtMode) -> None:
    story = a_pool_kept(debt).then(loan_originated(principal=0), loan_originated(loan=OTHER_LOAN, principal=0))

    story.refuses(debt_transferred(case=CASE, principal=0), WrongState, "loan loan of pool pool is performing, not in")
    story.then(debt_transferred(principal=0), loan_defaulted(principal=0, interest=0))
    story.refuses(
        debt_transferred(principal=0), WrongState, "loan loan of pool pool is in default under case case, not"
    )
    story.then(debt_transferred(case=CASE, principal=0))


@pytest.mark.parametrize("debt", ["bilateral", "pooled", "indexed"])
def test_a_loan_in_default_takes_over_no_debt(debt: DebtMode) -> None:
    to_the_defaulted = debt_transferred(sender=OTHER_LOAN, receiver=LoanId("loan"), principal=0)
    story = a_pool_kept(debt).then(loan_originated(principal=0), loan_originated(loan=OTHER_LOAN, principal=0))

    story.then(to_the_defaulted, loan_defaulted(principal=0, interest=0))

    story.refuses(to_the_defaulted, WrongState, "loan loan of pool pool is in default under case case, not performing")


def test_a_loan_takes_over_no_debt_of_its_own() -> None:
    story = a_loan(principal=600).then(loan_originated(loan=OTHER_LOAN, principal=0))

    story.refuses(
        debt_transferred(receiver=LOAN, principal=600), WrongState, "loan loan cannot take over debt of its own"
    )
    story.then(debt_transferred(principal=600))

    assert story.balance("assets:pool:loans:other-loan:principal") == 600


# A pooled loan in default: the amounts are as stated, and the case keeps its own count of them.


@pytest.mark.parametrize(
    ("principal", "interest"), [(0, 0), (599, 0), (600, 0), (601, 7), (0, 600), (AMOUNT_MAX, AMOUNT_MAX)]
)
def test_a_pooled_default_is_of_the_amount_stated_and_posts_nothing(principal: int, interest: int) -> None:
    story = a_pooled_loan(principal=600)
    before = list(story.books.sums.commodities())

    story.then(loan_defaulted(principal=principal, interest=interest, fees=5))

    assert list(story.books.sums.commodities()) == before
    assert (story.books.cases[CASE].principal, story.books.cases[CASE].interest) == (principal, interest)
    assert story.books.loans[POOL][LoanId("loan")].case == CASE


def sold(*, principal: int, interest: int) -> AnyEvent:
    """Collateral sold for what is applied."""
    return collateral_sold(quantity=1, proceeds=principal + interest, principal=principal, interest=interest)


TAKEN_OFF = pytest.mark.parametrize(
    "taken_off",
    [partial(repaid, case=CASE), sold, guarantee_paid, partial(debt_transferred, case=CASE)],
    ids=["repaid", "collateral-sold", "guarantee-paid", "debt-transferred"],
)
"""Every kind that takes of what is in default."""


@TAKEN_OFF
@pytest.mark.parametrize(("principal", "interest"), [(408, 0), (0, 408), (401, 7), (400, 8), (AMOUNT_MAX, 0)])
def test_no_more_is_taken_off_a_pooled_case_than_it_has_in_default(
    taken_off: Callable[..., AnyEvent], principal: int, interest: int
) -> None:
    a_pooled_default(principal=400, interest=7).refuses(
        taken_off(principal=principal, interest=interest),
        WrongSide,
        f"case case has 407 in default, {principal + interest} cannot be taken off it",
    )


@TAKEN_OFF
@pytest.mark.parametrize(("principal", "interest"), [(407, 0), (0, 407), (400, 7), (401, 6)])
def test_what_is_taken_off_a_pooled_case_may_be_called_principal_or_interest(
    taken_off: Callable[..., AnyEvent], principal: int, interest: int
) -> None:
    story = a_pooled_default(principal=400, interest=7).then(taken_off(principal=principal, interest=interest))

    assert story.books.cases[CASE].in_default == 0
    story.refuses(taken_off(principal=1, interest=0), WrongSide, "case case has 0 in default, 1 cannot be taken off it")
    story.then(repaid(case=CASE, principal=0, debt_shares=500), case_closed())


def test_what_a_pooled_loan_pays_in_default_is_taken_from_the_account_of_all() -> None:
    story = a_pooled_default(principal=400, interest=7).then(
        repaid(case=CASE, principal=20, interest=2, debt_shares=15),
        collateral_sold(quantity=4, proceeds=100, principal=90, interest=3, penalty=7, debt_shares=80),
        guarantee_paid(principal=30, interest=2, debt_shares=25),
    )

    assert dict(story.books.sums.commodities())[DEBT] == [
        ("register:pool:debt", -470),
        ("register:pool:debt:loan", 380),
        ("register:pool:debt:other-loan", 90),
    ]
    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 454),
        ("assets:pool:loans", 553),
        ("equity:pool:reserve", -7),
        ("liabilities:pool:claims:lenders", -1000),
    ]
    assert (story.books.cases[CASE].principal, story.books.cases[CASE].interest) == (260, 0)


def test_what_is_added_in_default_counts_and_what_accrues_on_the_pool_does_not() -> None:
    story = a_pooled_default(principal=400, interest=7).then(
        loan_drawn(case=CASE, principal=10, debt_shares=8),
        cost_advanced(amount=5),
        interest_accrued(case=CASE, interest=3),
        interest_accrued(loan=None, interest=1000),
    )

    story.refuses(repaid(case=CASE, principal=426), WrongSide, "case case has 425 in default, 426 cannot be taken off")
    story.then(repaid(case=CASE, principal=415, interest=10))

    assert story.balance("assets:pool:loans") == 700 + 10 + 5 + 3 + 1000 - 425


@pytest.mark.parametrize(("principal", "interest"), [(401, 7), (400, 8), (408, 0), (0, 408)])
def test_no_more_is_recognized_of_a_pooled_loan_than_its_case_counts(principal: int, interest: int) -> None:
    story = a_pooled_default(principal=400, interest=7).then(interest_accrued(loan=None, interest=1000))

    story.refuses(
        shortfall_recognized(principal=principal, interest=interest),
        ShortfallExceeded,
        "407 is in default under case case, 408 cannot be recognized",
    )


@pytest.mark.parametrize(("principal", "interest"), [(407, 0), (0, 407), (400, 7), (393, 14)])
def test_what_is_recognized_of_a_pooled_loan_may_be_called_principal_or_interest(principal: int, interest: int) -> None:
    story = a_pooled_default(principal=400, interest=7).then(
        shortfall_recognized(principal=principal, interest=interest, debt_shares=500)
    )

    assert story.balance("assets:pool:deficit:case") == 407
    story.refuses(shortfall_recognized(principal=1), ShortfallExceeded, "0 is in default under case case, 1 cannot be")
    story.then(bad_debt_socialized(amount=407), case_closed())


@pytest.mark.parametrize(("principal", "interest"), [(300, 0), (300, 3), (0, 400)])
def test_principal_and_interest_of_a_bilateral_loan_are_recognized_each_by_itself(
    principal: int, interest: int
) -> None:
    story = a_default(principal=300, interest=3)

    story.refuses(
        shortfall_recognized(principal=principal + 1, interest=interest),
        ShortfallExceeded,
        "principal 300 and interest 3 are in default under case case",
    )


def test_a_pooled_shortfall_goes_from_the_account_of_all_loans_to_the_deficit() -> None:
    story = a_pooled_default(principal=400, interest=7).then(
        shortfall_recognized(principal=390, interest=7, debt_shares=490)
    )

    assert dict(story.books.sums.commodities())[DEBT] == [
        ("register:pool:debt", -100),
        ("register:pool:debt:loan", 10),
        ("register:pool:debt:other-loan", 90),
    ]
    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 300),
        ("assets:pool:deficit:case", 397),
        ("assets:pool:loans", 303),
        ("liabilities:pool:claims:lenders", -1000),
    ]
    assert (story.books.cases[CASE].principal, story.books.cases[CASE].recognized) == (10, 397)

    story.refuses(shortfall_recognized(principal=11), ShortfallExceeded, "10 is in default under case case, 11 cannot")
    story.then(shortfall_recognized(principal=10, debt_shares=10))


def test_no_more_is_recognized_than_the_account_of_all_loans_holds_whatever_was_stated() -> None:
    story = a_pooled_loan(principal=600).then(loan_defaulted(principal=1000, interest=0))

    story.refuses(shortfall_recognized(principal=701), WrongSide, "assets:pool:loans holds 700 of USD, 701 cannot")
    story.then(shortfall_recognized(principal=700))


@pytest.mark.parametrize(("principal", "interest"), [(387, 0), (0, 387), (380, 7), (381, 6)])
def test_what_a_pooled_cure_takes_may_be_called_principal_or_interest(principal: int, interest: int) -> None:
    story = a_pooled_default(principal=400, interest=7).then(repaid(case=CASE, principal=20, debt_shares=10))

    story.then(loan_cured(id=EventId("cured"), principal=principal, interest=interest))
    assert story.books.cases[CASE].in_default == 0

    story.then(story.reversal("cured"), loan_cured(principal=380, interest=7), case_closed())


@pytest.mark.parametrize(("principal", "interest"), [(379, 7), (381, 7), (380, 6), (380, 8), (0, 0), (400, 7)])
def test_a_pooled_cure_takes_all_that_the_case_counts_and_no_more(principal: int, interest: int) -> None:
    story = a_pooled_default(principal=400, interest=7).then(repaid(case=CASE, principal=20, debt_shares=10))

    story.refuses(loan_cured(principal=principal, interest=interest), WrongState, "still in default: 387, not ")
    story.then(loan_cured(principal=380, interest=7))


def test_a_pooled_cure_posts_nothing_and_the_loan_performs() -> None:
    story = a_pooled_default(principal=400, interest=7)
    before = list(story.books.sums.commodities())

    story.then(loan_cured(principal=400, interest=7))

    assert list(story.books.sums.commodities()) == before
    assert (story.books.cases[CASE].principal, story.books.cases[CASE].interest) == (0, 0)
    story.then(loan_drawn(principal=1), loan_defaulted(case=OTHER_CASE, principal=2, interest=0))


def test_a_pooled_case_with_one_unit_in_default_is_not_closed() -> None:
    story = a_pooled_default(principal=400, interest=7).then(repaid(case=CASE, principal=399, interest=7))

    story.refuses(case_closed(), CaseUnsettled, "case case has 1 in default and a deficit of 0")
    story.then(repaid(case=CASE, principal=1, debt_shares=500), case_closed())


def test_a_pooled_case_with_a_debt_share_left_is_not_closed_before_its_loan_is_cured() -> None:
    story = a_pooled_default(principal=400, interest=7).then(
        repaid(case=CASE, principal=400, interest=7, debt_shares=499)
    )

    story.refuses(case_closed(), CaseUnsettled, "loan loan owes 1 debt shares: what goes on performing is cured first")
    story.then(loan_cured(principal=0, interest=0, reason="residual"), case_closed())


def test_an_adjustment_of_all_loans_that_names_a_case_changes_what_is_in_default_under_it() -> None:
    lines = posted(("assets:pool:cash", 80), ("assets:pool:loans", -80))
    story = a_pooled_default(principal=400, interest=7).then(
        adjustment_posted(pool=POOL, case=CASE, postings=lines, id=EventId("adjusted"))
    )

    assert (story.books.cases[CASE].principal, story.books.cases[CASE].interest) == (320, 7)
    story.refuses(
        shortfall_recognized(principal=328), ShortfallExceeded, "327 is in default under case case, 328 cannot"
    )
    story.then(story.reversal("adjusted"), shortfall_recognized(principal=407))


def test_an_adjustment_takes_no_more_off_a_pooled_case_than_is_in_default() -> None:
    story = a_pooled_default(principal=400, interest=7)

    story.refuses(adjusted_by(-408), WrongSide, "case case has 407 in default, 408 cannot be taken off it")
    story.then(adjusted_by(-407), adjusted_by(1))

    assert story.books.cases[CASE].in_default == 1


def test_an_adjustment_names_a_case_only_in_a_pooled_pool_and_only_of_a_loan_in_default() -> None:
    named = adjustment_posted(pool=POOL, case=CASE, postings=())
    a_default().refuses(named, WrongState, "case case is named only where all loans are in one account")
    a_pooled_loan().refuses(adjusted_by(-1), UnknownName, "pool pool has no case case")
    cured = a_pooled_default().then(loan_cured(principal=400, interest=7))
    cured.refuses(adjusted_by(-1), WrongState, "loan loan of pool pool is performing, not in default under case case")


def adjusted_by(amount: int) -> AnyEvent:
    """An adjustment of all loans by so much, against cash, that names the case."""
    lines = posted(("assets:pool:loans", amount), ("assets:pool:cash", -amount))
    return adjustment_posted(pool=POOL, case=CASE, postings=lines)


def test_a_pooled_loss_is_borne_and_its_case_closed_to_the_unit() -> None:
    story = a_pooled_default(principal=600, interest=0).then(
        shortfall_recognized(principal=600, debt_shares=500), bad_debt_socialized(amount=600), case_closed()
    )

    assert dict(story.books.sums.commodities())[MONEY] == [
        ("assets:pool:cash", 300),
        ("assets:pool:loans", 100),
        ("liabilities:pool:claims:lenders", -400),
    ]


def test_cases_of_two_pooled_loans_are_counted_apart() -> None:
    story = a_pooled_default(principal=400, interest=7).then(
        loan_defaulted(loan=OTHER_LOAN, case=OTHER_CASE, principal=100, interest=0)
    )

    story.refuses(
        repaid(loan=OTHER_LOAN, case=OTHER_CASE, principal=101), WrongSide, "case other-case has 100 in default, 101"
    )
    story.then(repaid(loan=OTHER_LOAN, case=OTHER_CASE, principal=100), repaid(case=CASE, principal=400, interest=7))


@pytest.mark.parametrize("amount", [0, 1, AMOUNT_MAX])
def test_nothing_one_unit_and_the_largest_amount_go_through_a_pooled_default(amount: int) -> None:
    story = a_pool_kept("pooled", assets=amount).then(
        loan_originated(principal=amount, debt_shares=amount),
        interest_accrued(loan=None, interest=amount),
        loan_defaulted(principal=amount, interest=amount),
        shortfall_recognized(principal=amount, interest=amount, debt_shares=amount),
        bad_debt_socialized(amount=amount),
        bad_debt_socialized(amount=amount),
        case_closed(),
    )

    assert story.balance("assets:pool:loans") == 0
    assert story.balance("register:pool:debt", DEBT) == 0
    assert story.balance("register:pool:lenders:lender", POOL_SHARES) == amount


# Law 11: nothing is a lawful amount.


@pytest.mark.parametrize(
    "fact",
    [
        loan_originated(loan=NO_LOAN, principal=0, debt_shares=5),
        loan_originated(loan=NO_LOAN, principal=5, debt_shares=0),
        loan_drawn(principal=0, debt_shares=5),
        loan_drawn(principal=5, debt_shares=0),
        repaid(principal=0, debt_shares=5),
        repaid(principal=5, debt_shares=0),
        debt_transferred(principal=0),
        debt_transferred(principal=0, debt_shares=5),
        debt_transferred(principal=5, interest=5),
        interest_accrued(loan=None, interest=0),
        interest_accrued(loan=None, interest=0, fee_recipient=LENDER, fee_shares=5),
    ],
)
def test_zero_is_lawful_in_a_pooled_pool(fact: AnyEvent) -> None:
    a_pooled_loan().then(fact)


@pytest.mark.parametrize(
    "fact",
    [interest_accrued(loan=None, interest=0, index=0), interest_allocated(interest=0), debt_transferred(principal=0)],
    ids=lambda fact: fact.type,
)
def test_zero_is_lawful_in_an_indexed_pool(fact: AnyEvent) -> None:
    story = an_indexed_loan().then(loan_originated(loan=OTHER_LOAN, principal=0))
    before = list(story.books.sums.commodities())

    story.then(fact)

    assert list(story.books.sums.commodities()) == before


def test_pools_of_every_mode_stand_side_by_side() -> None:
    story = a_pooled_loan().then(
        pool_opened(pool=OTHER_POOL, debt="indexed"), interest_accrued(pool=OTHER_POOL, loan=None, interest=9)
    )

    story.refuses(interest_allocated(interest=1), WrongState, "pool pool is pooled: it has no interest to allocate")
    story.then(
        loan_originated(pool=OTHER_POOL, principal=0),
        interest_allocated(pool=OTHER_POOL, interest=10),
        interest_accrued(loan=None, interest=9),
    )

    assert story.balance("assets:other-pool:interest") == -1
    assert story.balance("assets:other-pool:loans:loan:interest") == 10
    assert story.balance("assets:pool:loans") == 709
