"""Maple v2: collateral pays platform fees and the pool, then the delegate's cover up to a share, then the lenders."""

from typing import Final

from ledger.books import Books
from ledger.events import AnyEvent
from ledger.shares import Price, price, worth
from ledger.values import LENDERS, PartyId, mul_div_down
from tests.story import (
    CASE,
    ETH,
    POOL,
    SOCIALIZE,
    allowance_changed,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_sold,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    interest_accrued,
    loan_defaulted,
    loan_originated,
    pool_opened,
    shortfall_recognized,
    told,
)
from tests.vectors.scenario import Numbers, Reading, Scenario, scenario

LEAVER: Final = PartyId("leaver")
COLLATERAL: Final = 100 * 10**18


def opening(given: Scenario) -> tuple[AnyEvent, ...]:
    """A pool with one loan and the interest accounted so far, and the delegate's cover: at most 40 % a default."""
    first, terms = given.initial, given.params
    return (
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        fund_opened(),
        fund_contributed(contributor=PartyId("delegate"), amount=first["cover"]),
        pool_opened(
            waterfall=(fund_layer(share_wad=terms["maxCoverLiquidationPercent"] * 10**12), SOCIALIZE),
            exit_price="net",
        ),
        deposited(assets=first["lp_shares"], shares=first["lp_shares"]),
        loan_originated(principal=terms["principal"]),
        interest_accrued(interest=terms["netInterest"]),
        collateral_posted(quantity=COLLATERAL),
    )


def triggered(given: Scenario) -> tuple[AnyEvent, ...]:
    """The default: all that was accounted is an unrealized loss, and late interest is owed as well."""
    terms = given.params
    return (
        allowance_changed(increase=terms["principal"] + terms["netInterest"]),
        loan_defaulted(principal=terms["principal"], interest=terms["netInterest"], fees=terms["platformFees"]),
        interest_accrued(case=CASE, interest=terms["netLateInterest"]),
    )


def finished(given: Scenario, *, principal: int, interest: int) -> tuple[AnyEvent, ...]:
    """The loss is realized: recognized, covered in part, and the rest of it borne by the lenders."""
    terms, then = given.params, given.expected
    return (
        allowance_changed(decrease=terms["principal"] + terms["netInterest"]),
        shortfall_recognized(principal=principal, interest=interest),
        fund_drawn(amount=then["cover_to_pool"], paid=then["cover_to_pool"] + then["cover_to_treasury"]),
        bad_debt_socialized(amount=then["realized_loss_to_LPs"]),
        case_closed(),
    )


def of_the_default(given: Scenario, after: Reading) -> Numbers:
    """What the books say of the case, the cover and the pool."""
    case, cover, sheet = after.deficit(), after.fund(), after.pool()
    fees_left = given.params["platformFees"] - case["costs"]
    fees_from_cover = cover["drawn"] - case["fund"]
    return {
        "collateral_to_treasury": case["costs"],
        "collateral_to_pool": case["proceeds"] - case["costs"],
        "collateral_to_borrower": sheet["surplus"],
        "remaining_loss_after_collateral": case["recognized"],
        "fees_left": fees_left,
        "available_cover": after.step("fund-drawn")["available"],
        "cover_to_treasury": fees_from_cover,
        "cover_to_pool": case["fund"],
        "cover_after": cover["balance"],
        "pool_cash_after": sheet["cash"],
        "realized_loss_to_LPs": case["socialized"],
        "unpaid_platform_fees": fees_left - fees_from_cover,
        "totalAssets_after": after.claims(),
        "unrealizedLosses_after": sheet["unrealized"],
        "exit_price_per_1e6_shares": sheet["share_price"]["lenders"] // 10**12,
    }


def test_the_cover_pays_its_share_and_the_lenders_bear_the_rest() -> None:
    given = scenario("maple-02-partial-cover")
    then = given.expected
    interest = given.params["netInterest"] + given.params["netLateInterest"]
    principal = then["collateral_to_pool"] - interest
    sale = collateral_sold(
        quantity=given.steps["1.collateral"],
        proceeds=given.steps["1.proceeds"],
        costs=given.params["platformFees"],
        principal=principal,
        interest=interest,
    )
    end = finished(given, principal=given.params["principal"] - principal, interest=0)

    before, during = Reading(*opening(given)), Reading(*opening(given), *triggered(given))
    after = Reading(*opening(given), *triggered(given), sale, *end)

    assert before.claims() == given.initial["totalAssets"]
    assert before.pool()["cash"] == given.initial["pool_cash"]
    assert during.pool()["unrealized"] == during.pool()["allowance"] == 1_000_900_000000
    given.is_met_by(
        of_the_default(given, after), beside={"treasury_after": "a wallet outside the pool, with what it had before"}
    )


def test_without_collateral_the_cover_pays_the_fees_first() -> None:
    given = scenario("maple-03-partial-cover-no-collateral")
    interest = given.params["netInterest"] + given.params["netLateInterest"]
    end = finished(given, principal=given.params["principal"], interest=interest)

    before, after = Reading(*opening(given)), Reading(*opening(given), *triggered(given), *end)

    assert before.claims() == given.initial["totalAssets"]
    assert before.pool()["cash"] == given.initial["pool_cash"]
    given.is_met_by(
        of_the_default(given, after), beside={"treasury_after": "a wallet outside the pool, with what it had before"}
    )


def prices(books: Books) -> tuple[Price, Price]:
    """What a share is worth on the way in, on claims; and on the way out, on claims less the unrealized loss."""
    charter = books.charters.pools[POOL]
    claims, issued = books.claims(POOL, LENDERS), books.issued(POOL, LENDERS)
    unrealized = books.sums.balance(charter.unrealized, charter.asset)
    return price(claims, issued, charter), price(claims - unrealized, issued, charter)


def test_while_a_default_is_open_lenders_enter_on_claims_and_leave_on_claims_less_the_unrealized_loss() -> None:
    given = scenario("maple-06-unrealized-losses-exit-vs-entry-price")
    first = given.initial
    amount = 100_000 * 10**6
    interest = first["totalAssets"] - first["totalSupply"]
    story = told(
        asset_registered(),
        pool_opened(waterfall=(SOCIALIZE,), exit_price="net"),
        deposited(lender=LEAVER, assets=amount, shares=amount),
        deposited(lender=PartyId("stayer"), assets=first["totalSupply"] - amount, shares=first["totalSupply"] - amount),
        loan_originated(principal=first["unrealizedLosses"] - interest),
        interest_accrued(interest=interest),
        allowance_changed(increase=first["unrealizedLosses"]),
        loan_defaulted(principal=first["unrealizedLosses"] - interest, interest=interest),
    )
    into, out_of = prices(story.books)
    during = Reading(*story.facts)

    assert during.claims() == first["totalAssets"]
    assert during.pool()["unrealized"] == first["unrealizedLosses"]
    assert during.issued() == first["totalSupply"]
    given.is_met_by(
        {
            "convertToAssets": during.lender(LEAVER)["balance"],
            "convertToExitAssets": worth(amount, out_of),
            "convertToShares": mul_div_down(amount, into.denominator, into.numerator),
            "convertToExitShares": mul_div_down(amount, out_of.denominator, out_of.numerator),
        },
        beside={},
    )
