"""A book in which everything happens: a pool of each debt mode, every event, late facts, slips undone.

Its times, ids and texts are fixed, so that what is made of it is the same to the byte wherever it is made.
"""

from typing import Any, Final

from ledger.events import AnyEvent, CollateralTerms, RedistributedPart
from ledger.values import (
    LENDERS,
    WAD,
    Account,
    AssetId,
    CaseId,
    Commodity,
    EventId,
    FundId,
    LoanId,
    PartyId,
    PoolId,
    Timestamp,
    TrancheId,
)
from ledger.waterfall import ReserveLayer, TrancheLayer
from tests.story import (
    ETH,
    HOLD,
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    USD,
    Story,
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

YEN_FUND: Final = FundId("fund-yen")
POOLED, INDEXED = PoolId("pooled"), PoolId("indexed")
LATER_CASE: Final = CaseId("case-2")
OPENING, CLOSING, LATEST = (Timestamp(f"2022-11-{day}T00:00:00Z") for day in ("20", "30", "29"))
LATE_DEPOSIT, TOO_MUCH = EventId("late-deposit"), EventId("too-much")

_IN_POOLED: Final[dict[str, Any]] = {"pool": POOLED}
_UNDER_POOLED: Final[dict[str, Any]] = {"pool": POOLED, "case": CaseId("case-pooled")}
_IN_INDEXED: Final[dict[str, Any]] = {"pool": INDEXED}
_UNDER_INDEXED: Final[dict[str, Any]] = {"pool": INDEXED, "case": CaseId("case-indexed")}


def three_pools() -> Story:
    """The story, told under every law."""
    story = told(*_opening(), *_bilateral(), *_pooled(), *_indexed())
    story.then(story.reversal("twice"), *_late())
    story.then(story.reversal(TOO_MUCH, at=Timestamp("2022-12-02T00:00:00Z"), occurred_at=OPENING))
    return story.then(*_signed())


def _opening() -> tuple[AnyEvent, ...]:
    collateral = CollateralTerms(asset=Commodity(ETH), liquidation_threshold_wad=8 * WAD // 10)
    return (
        asset_registered(at=OPENING, memo="Überfällig, 逾期, 💶"),
        asset_registered(at=OPENING, asset=ETH, decimals=18),
        asset_registered(at=OPENING, asset=AssetId("YEN"), decimals=0, reference="東京"),
        fund_opened(at=OPENING),
        fund_contributed(at=OPENING, amount=1_000_000, shares=1_000_000),
        fund_withdrawn(at=OPENING, amount=100_000, shares=100_000),
        fund_opened(at=OPENING, fund=YEN_FUND, asset=AssetId("YEN")),
        fund_contributed(at=OPENING, fund=YEN_FUND, amount=900),
        pool_opened(at=OPENING, waterfall=(HOLD,), tranches=(JUNIOR,), collateral=(collateral,)),
        pool_opened(
            at=OPENING,
            **_IN_POOLED,
            debt="pooled",
            virtual_assets=1,
            virtual_shares=1_000_000,
            waterfall=(fund_layer(cap=5_000), SOCIALIZE),
        ),
        pool_opened(
            at=OPENING,
            **_IN_INDEXED,
            debt="indexed",
            rate_scale=WAD,
            tranches=(JUNIOR,),
            waterfall=(TrancheLayer(layer="tranche", tranche=JUNIOR), ReserveLayer(layer="reserve", negative=True)),
        ),
        price_observed(at=OPENING, price=1_234),
    )


def _bilateral() -> tuple[AnyEvent, ...]:
    """Two cases of one loan: the first one is cured, of the second every kind of source bears a part."""
    under: dict[str, Any] = {"case": LATER_CASE}
    return (
        deposited(at=OPENING, assets=1_000_000, shares=1_000_000),
        deposited(lender=OTHER_LENDER, assets=500_000, shares=500_000),
        deposited(tranche=JUNIOR, assets=200_001, shares=300_000),
        income_received(amount=123_457, to=LENDERS),
        income_received(amount=5_000, to=TrancheId("reserve")),
        shares_transferred(shares=33_333),
        withdrawn(assets=10, shares=9),
        reserve_contributed(amount=10_000, lender=OTHER_LENDER, shares=9_000),
        reserve_withdrawn(amount=1_000, lender=OTHER_LENDER, shares=900),
        loan_originated(principal=600_000),
        loan_originated(loan=OTHER_LOAN, principal=100_000, lender=OTHER_LENDER, shares=90_000),
        interest_accrued(interest=4_321, reserve=21, fee_recipient=PartyId("fees"), fee_shares=17),
        collateral_posted(quantity=5 * 10**18),
        collateral_released(quantity=10**18),
        repaid(principal=1, interest=321),
        allowance_changed(loan=OTHER_LOAN, increase=900),
        allowance_changed(loan=OTHER_LOAN, decrease=150),
        loan_defaulted(principal=599_999, interest=4_000),
        loan_cured(principal=599_999, interest=4_000, reason="cured"),
        case_closed(),
        loan_defaulted(**under, principal=599_999, interest=4_000),
        loan_drawn(**under, principal=11),
        interest_accrued(**under, interest=90),
        cost_advanced(**under, amount=1_000, lender=OTHER_LENDER, shares=900),
        collateral_sold(
            **under,
            quantity=10**18,
            proceeds=100_000,
            costs=500,
            principal=90_000,
            interest=4_090,
            penalty=3_000,
            surplus=2_400,
            rounding=10,
            memo="Zwangsverkauf",
        ),
        surplus_returned(amount=1_400),
        guarantee_paid(**under, principal=10_000, costs=100, surplus=5),
        debt_transferred(**under, principal=10),
        repaid(**under, principal=1_000),
        adjustment_posted(
            pool=POOL, postings=posted(("assets:pool:defaulted:loan:principal", -500), ("equity:pool:rounding", 500))
        ),
        shortfall_recognized(**under, principal=400_500),
        collateral_sold(**under, quantity=10**17, proceeds=50, principal=50, lender=LENDER, shares=45),
        collateral_sold(**under, quantity=10**17, proceeds=3_000, principal=1_000, recovery=2_000, source="secondary"),
        fund_drawn(**under, amount=50_000, paid=50_001),
        fund_drawn(**under, fund=YEN_FUND, amount=10_000, paid=450),
        reserve_drawn(**under, amount=4_000),
        deficit_covered(id=EventId("cover"), **under, lender=OTHER_LENDER, amount=6_000, shares=5_000),
        deficit_recapitalized(id=EventId("purchase"), **under, amount=7_000, lender=LENDER, shares=6_500),
        debt_redistributed(**under, parts=(RedistributedPart(loan=OTHER_LOAN, principal=8_000),)),
        bad_debt_socialized(**under, tranche=JUNIOR, amount=100_000),
        bad_debt_socialized(id=EventId("loss"), **under, amount=200_000),
        adjustment_posted(
            pool=POOL, postings=posted(("assets:pool:deficit:case-2", 3), ("liabilities:pool:claims:lenders", -3))
        ),
        shares_transferred(sender=OTHER_LENDER, receiver=PartyId("third-lender"), shares=100_000),
        recovery_received(**under, amount=90_000, costs=900),
        recovery_allocated(
            **under,
            parts=(
                part("deficit", 503),
                part("fund", 20_000, name="fund"),
                part("reserve", 4_500),
                part("tranche", 9_999),
                part("tranche", 1_000, name="junior"),
                part("bearers", 40_001, basis="loss"),
                part("bearers", 3_000, basis="cover"),
                part("borrower", 17, name="loan"),
            ),
        ),
        restitution_paid(**under, amount=20_000),
        restitution_paid(**under, holder=OTHER_LENDER, amount=10_000),
        terms_changed(waterfall=(SOCIALIZE,)),
        repaid(id=EventId("twice"), loan=OTHER_LOAN, principal=77),
    )


def _pooled() -> tuple[AnyEvent, ...]:
    """A pool in Morpho Blue's manner: a default of more than is stated at first, a draw, a loss on all lenders."""
    return (
        deposited(**_IN_POOLED, assets=1_000_000, shares=10**12),
        deposited(**_IN_POOLED, lender=OTHER_LENDER, assets=7, shares=7_000_000),
        deposited(**_IN_POOLED, at=OPENING, id=TOO_MUCH, lender=OTHER_LENDER, assets=55, shares=54_999_999),
        loan_originated(**_IN_POOLED, principal=300_000, debt_shares=300_000_000_000),
        loan_originated(**_IN_POOLED, loan=OTHER_LOAN, principal=100_000, debt_shares=100_000_000_000),
        interest_accrued(**_IN_POOLED, loan=None, interest=7_001),
        repaid(**_IN_POOLED, principal=1_000, debt_shares=980_000_000, rounding=1),
        repaid(**_IN_POOLED, principal=100, debt_shares=98_000_000, lender=LENDER, shares=99_000_000),
        loan_defaulted(**_UNDER_POOLED, principal=304_000, interest=0),
        adjustment_posted(**_UNDER_POOLED, postings=posted(("assets:pooled:loans", 5), ("equity:pooled:rounding", -5))),
        debt_transferred(**_UNDER_POOLED, principal=5, debt_shares=5_000_000),
        shortfall_recognized(**_UNDER_POOLED, principal=304_000, debt_shares=298_917_000_000),
        fund_drawn(**_UNDER_POOLED, amount=5_000),
        bad_debt_socialized(**_UNDER_POOLED, amount=299_000),
        case_closed(**_UNDER_POOLED),
        recovery_received(**_UNDER_POOLED, amount=1_000),
        recovery_allocated(**_UNDER_POOLED, parts=(part("tranche", 999),)),
    )


def _indexed() -> tuple[AnyEvent, ...]:
    """A pool in Compound's manner: an index, its interest allocated and taken back, a reserve that goes below zero."""
    return (
        deposited(**_IN_INDEXED, assets=1_000_000, shares=50_000_000),
        deposited(**_IN_INDEXED, tranche=JUNIOR, assets=10_000, shares=10_000),
        interest_accrued(**_IN_INDEXED, loan=None, interest=0, index=WAD),
        loan_originated(**_IN_INDEXED, principal=300_000),
        loan_originated(**_IN_INDEXED, loan=OTHER_LOAN, principal=70_000),
        loan_originated(**_IN_INDEXED, loan=LoanId("idle"), principal=0),
        interest_accrued(**_IN_INDEXED, loan=None, interest=40_705, index=WAD * 111 // 100, reserve=705),
        interest_allocated(**_IN_INDEXED, interest=33_001),
        loan_defaulted(**_UNDER_INDEXED, principal=300_000, interest=33_001),
        interest_allocated(**_UNDER_INDEXED, interest=-1),
        shortfall_recognized(**_UNDER_INDEXED, principal=20_000, interest=3_000),
        bad_debt_socialized(**_UNDER_INDEXED, tranche=JUNIOR, amount=10_000),
        reserve_drawn(**_UNDER_INDEXED, amount=12_000),
        interest_accrued(**_IN_INDEXED, loan=None, interest=1_000, index=WAD * 112 // 100),
    )


def _late() -> tuple[AnyEvent, ...]:
    """A period is closed, and what belongs to it comes in late."""
    return (
        deposited(at=LATEST, assets=1, shares=1),
        deposited(at=Timestamp("2022-11-25T06:30:00.25Z"), id=LATE_DEPOSIT, lender=OTHER_LENDER, assets=3, shares=3),
        period_closed(at=CLOSING, through=LATEST),
    )


def _signed() -> tuple[AnyEvent, ...]:
    through, at = EventId("late-deposit"), Timestamp("2022-12-03T00:00:00Z")
    return (
        balance_asserted(
            at=at, account=Account("equity:pool:reserve"), commodity=Commodity(USD), amount=17_521, source="le comité"
        ),
        reconciliation_prepared(at=at, through=through),
        reconciliation_reviewed(at=at, through=through),
        reconciliation_signed(at=at, through=through),
    )
