"""The laws of all entries: names exist and are given once, zero is lawful, and what is refused changes nothing."""

import pytest

from ledger import errors
from ledger.errors import LawBroken, NameTaken, UnbalancedEntry, UnknownName, WrongSide
from ledger.events import Allocation, AnyEvent, CollateralTerms
from ledger.laws import admit
from ledger.values import (
    LENDERS,
    WAD,
    AssetId,
    CaseId,
    Commodity,
    EventId,
    FundId,
    LoanId,
    PoolId,
    TrancheId,
)
from tests.story import (
    ETH,
    HOLD,
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    SOCIALIZE,
    USD,
    a_deficit,
    a_loan,
    a_pool,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_released,
    collateral_sold,
    deficit_recapitalized,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    fund_withdrawn,
    interest_accrued,
    loan_cured,
    loan_defaulted,
    loan_drawn,
    loan_originated,
    pool_opened,
    price_observed,
    repaid,
    shares_transferred,
    shortfall_recognized,
    surplus_returned,
    withdrawn,
)

NOWHERE = PoolId("nowhere")
NO_CASE = CaseId("no-case")
NO_FUND = FundId("no-fund")
NO_LOAN = LoanId("no-loan")
NO_TRANCHE = TrancheId("no-tranche")
GOLD = AssetId("GOLD")
OTHER_POOL = PoolId("other-pool")


# What a refusal says.


def test_a_refusal_names_the_entry_the_law_the_account_and_the_numbers() -> None:
    fact = withdrawn(assets=1001, shares=0, id=EventId("w/1"))

    with pytest.raises(WrongSide) as refused:
        admit(fact, a_pool(assets=1000).books)

    assert str(refused.value) == (
        "withdrawn w/1: law 3, no account leaves its normal side: "
        "assets:pool:cash holds 1000 of USD, 1001 cannot be taken from it"
    )
    assert (refused.value.law, refused.value.entry) == (3, "withdrawn w/1")


@pytest.mark.parametrize("error", LawBroken.__subclasses__(), ids=lambda error: error.__name__)
def test_every_law_has_its_number_and_its_title(error: type[LawBroken]) -> None:
    assert str(error("7 is more than 6")) == f"law {error.law}, {error.title}: 7 is more than 6"
    assert vars(errors)[error.__name__] is error
    assert 1 <= error.law <= 11


# Law 2: names are given once.


@pytest.mark.parametrize(
    ("fact", "taken"),
    [
        (asset_registered(asset=USD), "asset USD is registered already"),
        (pool_opened(), "pool is a pool already"),
        (pool_opened(pool=PoolId("fund")), "fund is a fund already"),
        (fund_opened(), "fund is a fund already"),
        (fund_opened(fund=FundId("pool")), "pool is a pool already"),
        (pool_opened(pool=OTHER_POOL, tranches=(TrancheId("debt"),)), "no tranche is named debt"),
        (pool_opened(pool=OTHER_POOL, tranches=(JUNIOR, JUNIOR)), "tranches names junior twice"),
        (pool_opened(pool=OTHER_POOL, tranches=(LENDERS,)), "tranches names lenders twice"),
        (pool_opened(pool=OTHER_POOL, proceeds_order=("interest", "interest")), "proceeds_order names interest twice"),
        (pool_opened(pool=OTHER_POOL, waterfall=(SOCIALIZE, HOLD, SOCIALIZE)), "waterfall names tranche lenders twice"),
        (
            pool_opened(pool=OTHER_POOL, waterfall=(fund_layer(cap=1), HOLD, fund_layer(cap=2))),
            "waterfall names fund fund twice",
        ),
        (
            pool_opened(
                pool=OTHER_POOL,
                collateral=(
                    CollateralTerms(asset=Commodity(ETH), liquidation_threshold_wad=1),
                    CollateralTerms(asset=Commodity(ETH), liquidation_threshold_wad=2),
                ),
            ),
            "collateral names ETH twice",
        ),
    ],
)
def test_a_name_that_is_taken_or_given_twice_is_refused(fact: AnyEvent, taken: str) -> None:
    a_pool().refuses(fact, NameTaken, f"law 2, names are given once: {taken}")


@pytest.mark.parametrize(
    "fact",
    [
        asset_registered(asset=GOLD),
        pool_opened(pool=PoolId("Pool")),
        fund_opened(fund=FundId("Fund")),
        pool_opened(pool=OTHER_POOL, tranches=(TrancheId("debts"), JUNIOR)),
        pool_opened(pool=OTHER_POOL, proceeds_order=("principal", "interest")),
        pool_opened(pool=OTHER_POOL, waterfall=(fund_layer(), SOCIALIZE, HOLD, HOLD)),
        pool_opened(
            pool=OTHER_POOL,
            collateral=(
                CollateralTerms(asset=Commodity(ETH), liquidation_threshold_wad=WAD),
                CollateralTerms(asset=Commodity(USD), liquidation_threshold_wad=WAD),
            ),
        ),
    ],
)
def test_names_that_differ_in_a_letter_are_different(fact: AnyEvent) -> None:
    a_pool().then(fact)


# Law 2: what is named exists.


@pytest.mark.parametrize(
    ("fact", "unknown"),
    [
        (pool_opened(pool=OTHER_POOL, asset=GOLD), "no asset GOLD was registered"),
        (fund_opened(fund=NO_FUND, asset=GOLD), "no asset GOLD was registered"),
        (price_observed(asset=GOLD, price=1), "no asset GOLD was registered"),
        (price_observed(quote=GOLD, price=1), "no asset GOLD was registered"),
        (
            pool_opened(
                pool=OTHER_POOL, collateral=(CollateralTerms(asset=Commodity(GOLD), liquidation_threshold_wad=1),)
            ),
            "no asset GOLD was registered",
        ),
        (pool_opened(pool=OTHER_POOL, waterfall=(fund_layer(fund=NO_FUND),)), "no fund no-fund was opened"),
        (fund_contributed(fund=NO_FUND, amount=0), "no fund no-fund was opened"),
        (fund_withdrawn(fund=NO_FUND, amount=0), "no fund no-fund was opened"),
        (fund_drawn(fund=NO_FUND, amount=0), "no fund no-fund was opened"),
        (fund_drawn(fund=FundId("pool"), amount=0), "no fund pool was opened"),
        (deposited(pool=PoolId("fund"), assets=0, shares=0), "no pool fund was opened"),
        (bad_debt_socialized(tranche=NO_TRANCHE, amount=0), "pool pool has no tranche no-tranche"),
        (collateral_sold(asset=Commodity(GOLD), quantity=0, proceeds=0, principal=0), "no asset GOLD was registered"),
    ],
)
def test_an_asset_fund_or_tranche_that_nobody_opened_is_refused(fact: AnyEvent, unknown: str) -> None:
    a_deficit().refuses(fact, UnknownName, f"law 2, what is named exists: {unknown}")


@pytest.mark.parametrize(
    "fact",
    [
        deposited(pool=NOWHERE, assets=0, shares=0),
        withdrawn(pool=NOWHERE, assets=0, shares=0),
        shares_transferred(pool=NOWHERE, shares=0),
        loan_originated(pool=NOWHERE, principal=0),
        loan_drawn(pool=NOWHERE, principal=0),
        interest_accrued(pool=NOWHERE, interest=0),
        repaid(pool=NOWHERE, principal=0),
        collateral_posted(pool=NOWHERE, quantity=0),
        collateral_released(pool=NOWHERE, quantity=0),
        loan_defaulted(pool=NOWHERE, principal=0, interest=0),
        surplus_returned(pool=NOWHERE, amount=0),
    ],
    ids=lambda fact: fact.type,
)
def test_a_pool_that_nobody_opened_is_refused(fact: AnyEvent) -> None:
    a_deficit().refuses(fact, UnknownName, "no pool nowhere was opened")


@pytest.mark.parametrize(
    "fact",
    [
        loan_drawn(loan=NO_LOAN, principal=0),
        interest_accrued(loan=NO_LOAN, interest=0),
        repaid(loan=NO_LOAN, principal=0),
        collateral_posted(loan=NO_LOAN, quantity=0),
        collateral_released(loan=NO_LOAN, quantity=0),
        loan_defaulted(loan=NO_LOAN, principal=0, interest=0),
        surplus_returned(loan=NO_LOAN, amount=0),
    ],
    ids=lambda fact: fact.type,
)
def test_a_loan_that_nobody_originated_is_refused(fact: AnyEvent) -> None:
    a_deficit().refuses(fact, UnknownName, "pool pool has no loan no-loan")


@pytest.mark.parametrize("named", [{"case": NO_CASE}, {"pool": OTHER_POOL}], ids=["another case", "another pool"])
def test_a_case_that_was_not_opened_in_the_pool_is_refused(named: dict[str, CaseId | PoolId]) -> None:
    case, pool = CaseId(named.get("case", "case")), PoolId(named.get("pool", "pool"))
    story = a_deficit().then(pool_opened(pool=OTHER_POOL), loan_originated(pool=OTHER_POOL, principal=0))
    unknown = f"pool {pool} has no case {case}"

    story.refuses(collateral_sold(pool=pool, case=case, quantity=0, proceeds=0, principal=0), UnknownName, unknown)
    story.refuses(loan_cured(pool=pool, case=case, principal=0, interest=0), UnknownName, unknown)
    story.refuses(shortfall_recognized(pool=pool, case=case, principal=0), UnknownName, unknown)
    story.refuses(fund_drawn(pool=pool, case=case, amount=0), UnknownName, unknown)
    story.refuses(deficit_recapitalized(pool=pool, case=case, amount=0), UnknownName, unknown)
    story.refuses(bad_debt_socialized(pool=pool, case=case, amount=0), UnknownName, unknown)
    story.refuses(case_closed(pool=pool, case=case), UnknownName, unknown)


@pytest.mark.parametrize(
    "fact",
    [
        deposited(tranche=NO_TRANCHE, assets=0, shares=0),
        withdrawn(tranche=NO_TRANCHE, assets=0, shares=0),
        shares_transferred(tranche=NO_TRANCHE, shares=0),
        interest_accrued(interest=0, allocation=(Allocation(tranche=NO_TRANCHE, amount=0),)),
        loan_originated(loan=NO_LOAN, principal=0, lender=LENDER, tranche=NO_TRANCHE),
        loan_drawn(principal=0, lender=LENDER, tranche=NO_TRANCHE),
        repaid(principal=0, lender=LENDER, tranche=NO_TRANCHE),
    ],
    ids=lambda fact: fact.type,
)
def test_a_tranche_that_the_pool_does_not_have_is_refused(fact: AnyEvent) -> None:
    a_loan().refuses(fact, UnknownName, "pool pool has no tranche no-tranche")


@pytest.mark.parametrize(
    "fact",
    [
        loan_originated(loan=NO_LOAN, principal=0, tranche=NO_TRANCHE),
        fund_drawn(amount=0, tranche=NO_TRANCHE),
        deficit_recapitalized(amount=0, tranche=NO_TRANCHE),
        collateral_sold(quantity=0, proceeds=0, principal=0, tranche=NO_TRANCHE),
    ],
    ids=lambda fact: fact.type,
)
def test_an_unknown_tranche_is_refused_also_where_no_lender_is_named(fact: AnyEvent) -> None:
    a_deficit().refuses(fact, UnknownName, "pool pool has no tranche no-tranche")


# Law 1: shares are somebody's.


@pytest.mark.parametrize(
    ("nobodys", "somebodys"),
    [
        (
            loan_originated(loan=NO_LOAN, principal=1, shares=1),
            loan_originated(loan=NO_LOAN, principal=1, shares=1, lender=LENDER),
        ),
        (fund_drawn(amount=1, shares=1), fund_drawn(amount=1, shares=1, lender=LENDER)),
        (deficit_recapitalized(amount=1, shares=1), deficit_recapitalized(amount=1, shares=1, lender=LENDER)),
        (
            collateral_sold(quantity=1, proceeds=1, principal=0, surplus=1, shares=1),
            collateral_sold(quantity=1, proceeds=1, principal=0, surplus=1, shares=1, lender=LENDER),
        ),
    ],
    ids=["loan-originated", "fund-drawn", "deficit-recapitalized", "collateral-sold"],
)
def test_shares_name_the_lender_whose_they_are(nobodys: AnyEvent, somebodys: AnyEvent) -> None:
    story = a_deficit(HOLD, fund=400)

    story.refuses(nobodys, UnbalancedEntry, "law 1, entries balance: 1 shares without the lender whose they are")
    story.then(somebodys)


@pytest.mark.parametrize(
    ("nobodys", "somebodys"),
    [
        (loan_drawn(principal=1, shares=1), loan_drawn(principal=1, shares=1, lender=LENDER)),
        (repaid(principal=1, shares=1), repaid(principal=1, shares=1, lender=LENDER)),
    ],
    ids=["loan-drawn", "repaid"],
)
def test_shares_of_a_performing_loan_name_the_lender_whose_they_are(nobodys: AnyEvent, somebodys: AnyEvent) -> None:
    a_loan().refuses(nobodys, UnbalancedEntry, "1 shares without the lender whose they are")
    a_loan().then(somebodys)


# Law 11: nothing is a lawful amount.


@pytest.mark.parametrize(
    "fact",
    [
        price_observed(price=0),
        deposited(assets=0, shares=0),
        deposited(assets=0, shares=5),
        deposited(assets=5, shares=0),
        withdrawn(assets=0, shares=0),
        withdrawn(assets=0, shares=5),
        withdrawn(assets=5, shares=0),
        shares_transferred(shares=0),
        shares_transferred(sender=OTHER_LENDER, receiver=OTHER_LENDER, shares=0),
        loan_originated(loan=NO_LOAN, principal=0),
        loan_originated(loan=NO_LOAN, principal=0, lender=LENDER, shares=5),
        loan_drawn(principal=0),
        interest_accrued(interest=0),
        interest_accrued(interest=0, fee_recipient=LENDER, allocation=(Allocation(tranche=LENDERS, amount=0),)),
        repaid(principal=0),
        repaid(principal=0, lender=OTHER_LENDER),
        collateral_posted(quantity=0),
        collateral_released(quantity=0),
        surplus_returned(amount=0),
        fund_contributed(amount=0),
        fund_withdrawn(amount=0),
    ],
)
def test_zero_is_lawful_while_a_loan_performs(fact: AnyEvent) -> None:
    a_loan().then(fact)


@pytest.mark.parametrize(
    "fact",
    [
        loan_cured(principal=0, interest=0),
        collateral_sold(quantity=0, proceeds=0, principal=0),
        collateral_sold(quantity=5, proceeds=0, principal=0),
        collateral_sold(quantity=0, proceeds=5, principal=0, recovery=5),
        shortfall_recognized(principal=0),
        fund_drawn(amount=0),
        deficit_recapitalized(amount=0, quantity=0),
        bad_debt_socialized(amount=0),
        surplus_returned(amount=0),
    ],
)
def test_zero_is_lawful_in_a_case(fact: AnyEvent) -> None:
    a_deficit(SOCIALIZE).then(fact)


def test_a_fact_of_nothing_leaves_the_sums_as_they_were() -> None:
    story = a_loan()
    before = list(story.books.sums.commodities())

    story.then(deposited(assets=0, shares=0), collateral_posted(asset=Commodity(USD), quantity=0))

    assert list(story.books.sums.commodities()) == before
