"""Compound v3: the protocol's reserve bears a debt whole and may go below zero; its collateral is sold later."""

from typing import Final

from ledger.events import AnyEvent
from ledger.values import AssetId, CaseId, Commodity, LoanId, PartyId
from ledger.waterfall import ReserveLayer
from tests.story import (
    CASE,
    ETH,
    LOAN,
    asset_registered,
    case_closed,
    collateral_posted,
    collateral_sold,
    deposited,
    loan_defaulted,
    loan_originated,
    part,
    pool_opened,
    recovery_allocated,
    reserve_contributed,
    reserve_drawn,
    shortfall_recognized,
)
from tests.vectors.scenario import Reading, scenario

EARLIER, FIRST, SECOND, THIRD = LoanId("earlier"), LoanId("first"), LoanId("second"), LoanId("third")
CASES: Final = CaseId("case-1"), CaseId("case-2"), CaseId("case-3")
A_COMET: Final = pool_opened(
    debt="indexed", waterfall=(ReserveLayer(layer="reserve", negative=True),), recovery="reserve"
)


def absorbed(debt: int, *, loan: LoanId = LOAN, case: CaseId = CASE) -> tuple[AnyEvent, ...]:
    """An account's whole debt is borne by the reserve; its collateral is kept for sale, so its case stays open."""
    return (
        loan_defaulted(loan=loan, case=case, principal=debt, interest=0),
        shortfall_recognized(loan=loan, case=case, principal=debt),
        reserve_drawn(case=case, amount=debt),
    )


def account(name: LoanId, debt: int, **collateral: int) -> tuple[AnyEvent, ...]:
    """A borrower's account with what it holds of each collateral."""
    posted = (collateral_posted(loan=name, asset=Commodity(asset), quantity=held) for asset, held in collateral.items())
    return (loan_originated(loan=name, borrower=PartyId(name), principal=debt), *posted)


def test_the_reserve_bears_three_debts_and_goes_further_below_zero() -> None:
    given = scenario("comet-01-absorb-3-accounts")
    first, then = given.initial, given.expected
    earlier_loss = -then["reserves_before"]
    opening = (
        *(asset_registered(asset=AssetId(asset)) for asset in ("USD", "COMP", "WETH", "WBTC")),
        A_COMET,
        deposited(assets=first["totalSupplyBase"], shares=first["totalSupplyBase"]),
        *account(EARLIER, earlier_loss),
        *absorbed(earlier_loss, loan=EARLIER, case=CaseId("earlier")),
        case_closed(loan=EARLIER, case=CaseId("earlier")),
        *account(LoanId("others"), then["totalBorrowBase"]),
        *account(FIRST, first["accounts.0.debt"], COMP=first["accounts.0.COMP"]),
        *account(SECOND, first["accounts.1.debt"], COMP=first["accounts.1.COMP"], WETH=first["accounts.1.WETH"]),
        *account(
            THIRD,
            first["accounts.2.debt"],
            COMP=first["accounts.2.COMP"],
            WETH=first["accounts.2.WETH"],
            WBTC=first["accounts.2.WBTC"],
        ),
    )
    absorption = (
        *absorbed(first["accounts.0.debt"], loan=FIRST, case=CASES[0]),
        *absorbed(first["accounts.1.debt"], loan=SECOND, case=CASES[1]),
        *absorbed(first["accounts.2.debt"], loan=THIRD, case=CASES[2]),
    )

    before, after = Reading(*opening), Reading(*opening, *absorption)

    assert before.pool()["loans"] == first["totalBorrowBase"]
    assert before.pool()["cash"] == first["base_balance"]
    assert [after.deficit(case)["open"] for case in CASES] == [0, 0, 0]
    given.is_met_by(
        {
            "totalBorrowBase": after.pool()["loans"],
            "totalSupplyBase": after.claims(),
            "reserves_before": before.pool()["reserve"],
            "reserves_after": after.pool()["reserve"],
            "collateral_reserves.COMP": sum(after.collateral("COMP", name) for name in (FIRST, SECOND, THIRD)),
            "collateral_reserves.WETH": sum(after.collateral("WETH", name) for name in (SECOND, THIRD)),
            "collateral_reserves.WBTC": after.collateral("WBTC", THIRD),
            "AbsorbDebt_basePaidOut.0": after.deficit(CASES[0])["reserve"],
            "AbsorbDebt_basePaidOut.1": after.deficit(CASES[1])["reserve"],
            "AbsorbDebt_basePaidOut.2": after.deficit(CASES[2])["reserve"],
        },
        beside={},
    )


def test_what_the_collateral_fetches_after_the_absorption_goes_back_to_the_reserve() -> None:
    given = scenario("comet-04-lifecycle-absorb-then-two-partial-sales")
    first, then, asked = given.initial, given.expected, given.steps
    opening = (
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        A_COMET,
        deposited(assets=first["lender_supply"], shares=first["lender_supply"]),
        reserve_contributed(amount=first["reserves"]),
        *account(LOAN, first["totalBorrow"], ETH=first["WETH"]),
    )
    absorption = absorbed(then["basePaidOut"])
    first_sale = (
        collateral_sold(quantity=then["WETH_out_1"], proceeds=asked["1.base"], principal=0, recovery=asked["1.base"]),
        recovery_allocated(parts=(part("reserve", asked["1.base"]),)),
    )
    second_sale = (
        collateral_sold(quantity=then["WETH_out_2"], proceeds=asked["2.base"], principal=0, recovery=asked["2.base"]),
        recovery_allocated(parts=(part("reserve", asked["2.base"]),)),
        case_closed(),
    )

    before, bare = Reading(*opening), Reading(*opening, *absorption)
    one_sold = Reading(*opening, *absorption, *first_sale)
    after = Reading(*opening, *absorption, *first_sale, *second_sale)

    assert before.pool()["cash"] == first["cash"]
    assert before.pool()["reserve"] == first["reserves"]
    given.is_met_by(
        {
            "basePaidOut": bare.deficit()["reserve"],
            "reserves_after_absorb": bare.pool()["reserve"],
            "WETH_out_1": bare.collateral(ETH) - one_sold.collateral(ETH),
            "WETH_out_2": one_sold.collateral(ETH) - after.collateral(ETH),
            "WETH_left": after.collateral(ETH),
            "reserves_final": after.pool()["reserve"],
            "lender_claims_unchanged": after.claims(),
        },
        beside={
            "collateral_value": "pricing",
            "deltaBalance": "pricing: what the protocol counts the collateral for",
            "excess_debt_over_factored_collateral": "pricing: the rest of the debt",
        },
    )
