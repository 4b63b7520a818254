"""The laws of lending: what deposits, loans, interest, repayments and collateral may do, and what is one too much."""

import pytest

from ledger.errors import NameTaken, UnbalancedEntry, UnknownName, WrongSide, WrongState
from ledger.events import Allocation, AnyEvent
from ledger.values import LENDERS, CaseId, Commodity, LoanId, PartyId, PoolId, TrancheId
from tests.story import (
    BORROWER,
    CASE,
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    Story,
    a_default,
    a_loan,
    a_pool,
    collateral_posted,
    collateral_released,
    deposited,
    interest_accrued,
    loan_drawn,
    loan_originated,
    pool_opened,
    repaid,
    shares_transferred,
    withdrawn,
)

NOWHERE = PoolId("nowhere")
NO_LOAN = LoanId("no-loan")
NO_TRANCHE = TrancheId("no-tranche")
OTHER_POOL = PoolId("other-pool")
POOL_SHARES = Commodity("shares:pool:lenders")


# Law 2: collateral and loans.


@pytest.mark.parametrize(
    ("asset", "unknown"),
    [
        ("GOLD", "no asset GOLD was registered"),
        ("shares:nowhere:lenders", "no pool nowhere was opened"),
        ("shares:pool:no-tranche", "pool pool has no tranche no-tranche"),
    ],
)
def test_collateral_is_a_registered_asset_or_an_open_share_register(asset: str, unknown: str) -> None:
    story = a_loan()

    story.refuses(collateral_posted(asset=Commodity(asset), quantity=0), UnknownName, unknown)
    story.refuses(collateral_released(asset=Commodity(asset), quantity=0), UnknownName, unknown)
    story.then(collateral_posted(asset=POOL_SHARES, quantity=7))

    assert story.balance("assets:pool:collateral:loan", POOL_SHARES) == 7


def test_a_loan_id_is_given_once_in_a_pool() -> None:
    story = a_loan().then(pool_opened(pool=OTHER_POOL))

    story.refuses(loan_originated(principal=0), NameTaken, "pool pool has a loan loan already")
    story.then(loan_originated(pool=OTHER_POOL, principal=0))

    assert story.balance("assets:pool:loans:loan:principal") == 600


def test_a_loan_originated_at_zero_is_drawn_and_at_zero_debt_drawn_again() -> None:
    story = a_pool().then(loan_originated(principal=0), loan_drawn(principal=5), repaid(principal=5))

    story.then(loan_drawn(principal=7))

    assert story.balance("assets:pool:loans:loan:principal") == 7


@pytest.mark.parametrize(
    "fact",
    [
        loan_originated(loan=NO_LOAN, principal=0, debt_shares=1),
        loan_drawn(principal=0, debt_shares=1),
        repaid(principal=0, debt_shares=1),
    ],
    ids=lambda fact: fact.type,
)
def test_a_bilateral_loan_has_no_debt_shares(fact: AnyEvent) -> None:
    a_loan().refuses(fact, WrongState, "pool pool is bilateral: a loan has no debt shares, 1 were given")


@pytest.mark.parametrize(
    ("performing", "in_default"),
    [
        (loan_drawn(principal=1), loan_drawn(principal=1, case=CASE)),
        (interest_accrued(interest=1), interest_accrued(interest=1, case=CASE)),
        (repaid(principal=1), repaid(principal=1, case=CASE)),
    ],
    ids=["loan-drawn", "interest-accrued", "repaid"],
)
def test_a_fact_names_the_case_exactly_while_its_loan_is_in_default(performing: AnyEvent, in_default: AnyEvent) -> None:
    a_loan().refuses(in_default, WrongState, "law 2, state: loan loan of pool pool is performing, not in default")
    a_default().refuses(performing, WrongState, "is in default under case case, not performing")

    a_loan().then(performing)
    a_default().then(in_default)


def test_a_fact_that_names_another_case_is_refused() -> None:
    fact = repaid(principal=1, case=CaseId("other"))

    a_default().refuses(fact, WrongState, "is in default under case case, not in default under case other")


def test_in_default_a_loan_is_drawn_repaid_and_accrued_among_the_defaulted() -> None:
    story = a_default(interest=5).then(
        loan_drawn(principal=10, case=CASE),
        interest_accrued(interest=3, case=CASE),
        repaid(principal=1, interest=2, case=CASE),
    )

    assert story.balance("assets:pool:defaulted:loan:principal") == 609
    assert story.balance("assets:pool:defaulted:loan:interest") == 6
    assert story.balance("assets:pool:loans:loan:principal") == 0


# Law 3: one unit too much.


def test_no_more_than_the_cash_is_withdrawn() -> None:
    story = a_loan(principal=600)

    story.refuses(withdrawn(assets=401, shares=0), WrongSide, "assets:pool:cash holds 400 of USD, 401 cannot be taken")
    story.then(withdrawn(assets=400, shares=0))

    assert story.balance("assets:pool:cash") == 0


def test_no_more_than_the_claims_are_withdrawn() -> None:
    story = a_pool(tranches=(JUNIOR,)).then(deposited(tranche=JUNIOR, assets=5, shares=1))

    story.refuses(
        withdrawn(tranche=JUNIOR, assets=6, shares=0),
        WrongSide,
        "liabilities:pool:claims:junior holds 5 of USD, 6 cannot be taken",
    )
    story.then(withdrawn(tranche=JUNIOR, assets=5, shares=0))

    assert story.balance("liabilities:pool:claims:junior") == 0


def test_claims_of_a_tranche_without_shares_may_stand_in_debit() -> None:
    story = a_pool(tranches=(JUNIOR,)).then(deposited(tranche=JUNIOR, assets=5, shares=1))

    story.then(withdrawn(tranche=JUNIOR, assets=6, shares=1))

    assert story.balance("liabilities:pool:claims:junior") == 1


def test_no_more_shares_are_burnt_than_the_lender_holds() -> None:
    story = a_pool(assets=1000).then(deposited(lender=OTHER_LENDER, assets=50, shares=50))

    story.refuses(
        withdrawn(assets=0, shares=1001),
        WrongSide,
        "register:pool:lenders:lender holds 1000 of shares:pool:lenders, 1001 cannot be taken",
    )
    story.then(withdrawn(assets=0, shares=1000))

    assert story.balance("register:pool:lenders", POOL_SHARES) == -50


@pytest.mark.parametrize("receiver", [OTHER_LENDER, LENDER])
def test_no_more_shares_are_transferred_than_the_sender_holds(receiver: PartyId) -> None:
    story = a_pool(assets=1000)

    story.refuses(shares_transferred(receiver=receiver, shares=1001), WrongSide, "holds 1000 of shares:pool:lenders")
    story.then(shares_transferred(receiver=receiver, shares=1000))

    assert story.balance(f"register:pool:lenders:{receiver}", POOL_SHARES) == 1000


def test_no_more_than_the_cash_is_lent() -> None:
    story = a_pool(assets=1000)

    story.refuses(loan_originated(principal=1001), WrongSide, "assets:pool:cash holds 1000 of USD, 1001 cannot")
    story.then(loan_originated(principal=999))
    story.refuses(loan_drawn(principal=2), WrongSide, "assets:pool:cash holds 1 of USD, 2 cannot")
    story.then(loan_drawn(principal=1))

    assert story.balance("assets:pool:loans:loan:principal") == 1000


@pytest.mark.parametrize(
    ("too_much", "all_of_it"),
    [
        (repaid(principal=601), repaid(principal=600)),
        (repaid(principal=0, interest=8), repaid(principal=0, interest=7)),
        (collateral_released(quantity=11), collateral_released(quantity=10)),
    ],
    ids=["principal", "interest", "collateral"],
)
def test_no_more_than_is_there_is_repaid_or_released(too_much: AnyEvent, all_of_it: AnyEvent) -> None:
    story = a_loan(principal=600, interest=7, quantity=10)

    story.refuses(too_much, WrongSide, "cannot be taken from it")
    story.then(all_of_it)


def test_what_a_repayment_rounds_up_goes_to_rounding() -> None:
    story = a_loan(principal=600).then(repaid(principal=600, rounding=1))

    assert story.balance("equity:pool:rounding") == -1
    assert story.balance("assets:pool:cash") == 1001


def test_collateral_is_posted_and_released_in_default_too() -> None:
    story = a_default().then(collateral_posted(quantity=5), collateral_released(quantity=15))

    assert story.balance("assets:pool:collateral:loan", "ETH") == 0


# Claims instead of cash.


def test_with_a_lender_a_loan_is_paid_out_in_shares_and_repaid_with_them() -> None:
    minted = loan_originated(principal=5000, lender=BORROWER, shares=5000)
    burnt = repaid(principal=4000, interest=10, lender=BORROWER, shares=4010)

    story = a_pool(assets=1000).then(minted, loan_drawn(principal=1, lender=BORROWER, shares=1))
    story.then(interest_accrued(interest=10), burnt)

    assert story.balance("assets:pool:cash") == 1000
    assert story.balance("liabilities:pool:claims:lenders") == -(1000 + 5001 + 10 - 4010)
    assert story.balance(f"register:pool:lenders:{BORROWER}", POOL_SHARES) == 991


def test_a_repayment_burns_no_more_shares_than_the_lender_holds() -> None:
    story = a_pool().then(loan_originated(principal=5, lender=BORROWER, shares=5))

    story.refuses(repaid(principal=5, lender=BORROWER, shares=6), WrongSide, "holds 5 of shares:pool:lenders, 6 cannot")
    story.then(repaid(principal=5, lender=BORROWER, shares=5))


# Law 1: the parts of interest.


def _allocated(lenders: int, junior: int) -> tuple[Allocation, ...]:
    return Allocation(tranche=LENDERS, amount=lenders), Allocation(tranche=JUNIOR, amount=junior)


@pytest.fixture
def two_tranches() -> Story:
    return a_pool(tranches=(JUNIOR,)).then(loan_originated(principal=600))


@pytest.mark.parametrize(("reserve", "lenders", "junior"), [(1, 6, 2), (1, 6, 4), (0, 6, 3), (2, 6, 3), (10, 1, 0)])
def test_reserve_and_allocation_make_the_interest_to_the_unit(
    two_tranches: Story, reserve: int, lenders: int, junior: int
) -> None:
    two_tranches.refuses(
        interest_accrued(interest=10, reserve=reserve, allocation=_allocated(lenders, junior)),
        UnbalancedEntry,
        f"reserve {reserve} and allocation {lenders + junior} do not make the interest 10",
    )


def test_interest_goes_where_it_is_allocated(two_tranches: Story) -> None:
    two_tranches.then(interest_accrued(interest=10, reserve=1, allocation=_allocated(6, 3)))

    assert two_tranches.balance("assets:pool:loans:loan:interest") == 10
    assert two_tranches.balance("equity:pool:reserve") == -1
    assert two_tranches.balance("liabilities:pool:claims:lenders") == -1006
    assert two_tranches.balance("liabilities:pool:claims:junior") == -3


def test_the_reserve_takes_no_more_than_the_interest() -> None:
    story = a_loan()

    story.refuses(interest_accrued(interest=10, reserve=11), UnbalancedEntry, "reserve 11 is more than the interest 10")
    story.then(interest_accrued(interest=10, reserve=10))

    assert story.balance("equity:pool:reserve") == -10


def test_without_an_allocation_all_but_the_reserve_goes_to_lenders() -> None:
    story = a_loan().then(interest_accrued(interest=10, reserve=1))

    assert story.balance("liabilities:pool:claims:lenders") == -1009


def test_fee_shares_name_their_recipient() -> None:
    story = a_loan()

    story.refuses(interest_accrued(interest=10, fee_shares=1), UnbalancedEntry, "fee_shares 1 without a fee_recipient")
    story.then(interest_accrued(interest=10, fee_shares=1, fee_recipient=PartyId("treasury")))

    assert story.balance("register:pool:lenders:treasury", POOL_SHARES) == 1
    assert story.balance("liabilities:pool:claims:lenders") == -1010
