"""Control: adjustments, asserted balances, closed periods and the sign-off of a reconciliation."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest
from pydantic import ValidationError

from ledger.errors import (
    AssertionFailed,
    ClosedPeriod,
    ShortfallExceeded,
    UnbalancedEntry,
    UnknownName,
    WrongSide,
    WrongState,
)
from ledger.events import AnyEvent, PostedLine
from ledger.values import LENDERS, Account, AssetId, Commodity, DebtMode, EventId, FundId, PartyId, PoolId, Timestamp
from ledger.waterfall import ReserveLayer
from tests.story import (
    AT,
    CASE,
    ETH,
    FUND,
    JUNIOR,
    LENDER,
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
    deposited,
    fund_contributed,
    fund_opened,
    loan_cured,
    loan_defaulted,
    loan_originated,
    period_closed,
    pool_opened,
    posted,
    price_observed,
    reconciliation_prepared,
    reconciliation_reviewed,
    reconciliation_signed,
    recovery_received,
    repaid,
    reserve_contributed,
    reserve_drawn,
    shortfall_recognized,
    surplus_returned,
    terms_changed,
    told,
    withdrawn,
)

CASH, CLAIMS, RESERVE = "assets:pool:cash", "liabilities:pool:claims:lenders", "equity:pool:reserve"
ALLOWANCE, UNREALIZED = "assets:pool:allowance:loan", "equity:pool:unrealized"
PRINCIPAL, DEFAULTED = "assets:pool:loans:loan:principal", "assets:pool:defaulted:loan:principal"
HELD, OWED_BACK = "assets:pool:collateral:loan", "liabilities:pool:collateral:loan"
ISSUED, HOLDER = "register:pool:lenders", "register:pool:lenders:lender"
SHARES: Final = "shares:pool:lenders"
NEGATIVE: Final = ReserveLayer(layer="reserve", negative=True)
SECOND: Final = PoolId("second")

Line = tuple[str, int] | tuple[str, int, str]


def adjusted(*lines: Line, pool: PoolId | None = POOL, fund: FundId | None = None) -> AnyEvent:
    """An adjustment of these lines."""
    return adjustment_posted(pool=pool, fund=fund, postings=posted(*lines))


def asserted(account: str, amount: int, commodity: str = USD) -> AnyEvent:
    """An assertion of a balance."""
    return balance_asserted(account=Account(account), commodity=Commodity(commodity), amount=amount)


# Adjustments: any account of the chart, of one owner.

_MODES: Final[tuple[tuple[DebtMode, int], ...]] = (("pooled", 600), ("indexed", 0))
POOLED, INDEXED = (
    told(
        asset_registered(),
        pool_opened(debt=debt),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=600, debt_shares=shares),
    )
    for debt, shares in _MODES
)


@pytest.mark.parametrize(
    ("story", "lines"),
    [
        (a_loan(), [(CASH, 5), (CLAIMS, -5)]),
        (a_loan(), [(PRINCIPAL, -5), ("assets:pool:loans:loan:interest", 5)]),
        (a_default(), [(DEFAULTED, -5), ("assets:pool:defaulted:loan:interest", 5)]),
        (a_loan(), [(ALLOWANCE, -5), (UNREALIZED, 5)]),
        (a_loan(), [("liabilities:pool:surplus:loan", -5), (RESERVE, -4), (CASH, 9)]),
        (a_loan(), [("equity:pool:rounding", 5), (CASH, -5)]),
        (a_loan(), [("equity:pool:rounding", -5), (CASH, 5)]),
        (a_deficit(), [("assets:pool:deficit:case", -5), (CASH, 5)]),
        (
            a_deficit(),
            [("liabilities:pool:recoveries:case", -5), ("liabilities:pool:restitution:case", -5), (CASH, 10)],
        ),
        (a_loan(), [(HELD, -5, ETH), (OWED_BACK, 5, ETH)]),
        (a_loan(), [(HELD, 5, SHARES), (OWED_BACK, -5, SHARES)]),
        (a_loan(), [(HELD, 5), (OWED_BACK, -5)]),
        (a_loan(), [(HOLDER, -5, SHARES), (ISSUED, 5, SHARES)]),
        (a_loan(), [(HOLDER, -5, SHARES), ("register:pool:lenders:other-lender", 5, SHARES)]),
        (POOLED, [("assets:pool:loans", -5), (CASH, 5)]),
        (POOLED, [("register:pool:debt:loan", -5, "debt:pool"), ("register:pool:debt", 5, "debt:pool")]),
        (INDEXED, [("assets:pool:interest", 5), (CLAIMS, -5)]),
        (INDEXED, [("assets:pool:interest", -5), (CASH, 5)]),
    ],
)
def test_an_adjustment_moves_any_account_of_its_pool(story: Story, lines: list[Line]) -> None:
    after = told(*story.facts, adjusted(*lines))

    changes = [after.balance(line[0], *line[2:]) - story.balance(line[0], *line[2:]) for line in lines]
    assert changes == [line[1] for line in lines]


@pytest.mark.parametrize(
    "lines",
    [
        [("assets:fund:cash", 5), ("equity:fund:fund", -5)],
        [("register:fund:treasury", 5, "shares:fund"), ("register:fund", -5, "shares:fund")],
    ],
)
def test_an_adjustment_moves_any_account_of_its_fund(lines: list[Line]) -> None:
    story = a_pool().then(adjusted(*lines, pool=None, fund=FUND))

    assert [story.balance(line[0], *line[2:]) for line in lines] == [line[1] for line in lines]


def test_an_adjustment_may_move_nothing() -> None:
    assert a_pool().then(adjusted()).books.position == 7


@pytest.mark.parametrize("owners", [{}, {"pool": POOL, "fund": FUND}])
def test_an_adjustment_is_of_a_pool_or_of_a_fund(owners: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="exactly one of them is named"):
        adjustment_posted(postings=(), **owners)


def test_a_line_of_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="a posting of 0 is none: leave it out"):
        PostedLine(account=Account(CASH), commodity=Commodity(USD), amount=0)


@pytest.mark.parametrize(
    ("fact", "saying"),
    [
        (adjusted(("assets:second:cash", 5), ("equity:second:reserve", -5)), "account assets:second:cash is of second"),
        (adjusted((CASH, 5), ("equity:second:reserve", -5)), "account equity:second:reserve is of second, not of pool"),
        (
            adjusted(("assets:fund:cash", -5), ("equity:fund:fund", 5)),
            "account assets:fund:cash is of fund, not of pool",
        ),
        (adjusted((CASH, 5), (RESERVE, -5), pool=None, fund=FUND), f"account {CASH} is of pool, not of fund"),
    ],
)
def test_an_adjustment_moves_no_account_of_another(fact: AnyEvent, saying: str) -> None:
    a_pool().then(pool_opened(pool=SECOND)).refuses(fact, WrongState, saying)


UNKNOWN: Final[list[tuple[Line, str]]] = [
    (("assets:pool:treasury", 5), "no account assets:pool:treasury is in the chart of accounts"),
    (("assets:nowhere:cash", 5), "no account assets:nowhere:cash is in the chart of accounts"),
    (("income:pool:fees", 5), "no account income:pool:fees is in the chart of accounts"),
    (("assets:pool:loans", 5), "no account assets:pool:loans is in the chart of accounts"),
    (("assets:pool:interest", 5), "no account assets:pool:interest is in the chart of accounts"),
    (("register:pool:debt:loan", 5, "debt:pool"), "no account register:pool:debt:loan is in the chart"),
    (("liabilities:pool:claims:junior", 5), "no account liabilities:pool:claims:junior is in the chart"),
    ((CASH, 5, ETH), f"account {CASH} is kept in USD, not in ETH"),
    ((HOLDER, 5, USD), f"account {HOLDER} is kept in {SHARES}, not in USD"),
    (("register:fund:one", 5, SHARES), "account register:fund:one is kept in shares:fund"),
    (("assets:pool:loans:no-loan:principal", 5), "pool pool has no loan no-loan"),
    (("assets:pool:allowance:no-loan", 5), "pool pool has no loan no-loan"),
    (("assets:pool:collateral:no-loan", 5, ETH), "pool pool has no loan no-loan"),
    (("liabilities:pool:surplus:no-loan", 5), "pool pool has no loan no-loan"),
    (("assets:pool:deficit:no-case", 5), "pool pool has no case no-case"),
    (("liabilities:pool:recoveries:no-case", 5), "pool pool has no case no-case"),
    (("liabilities:pool:restitution:no-case", 5), "pool pool has no case no-case"),
    ((HELD, 5, "GOLD"), "no asset GOLD was registered"),
    ((HELD, 5, "debt:pool"), "no asset debt:pool was registered"),
    ((HELD, 5, "shares:nowhere:lenders"), "no pool nowhere was opened"),
    ((HELD, 5, "shares:pool:junior"), "pool pool has no tranche junior"),
    ((HELD, 5, "shares:fund"), "shares:fund"),
    ((HELD, 5, "shares:nowhere"), "shares:nowhere"),
]
"""A line, and why there is nothing of the kind."""


@pytest.mark.parametrize(("line", "saying"), UNKNOWN)
def test_an_adjustment_moves_only_what_there_is(line: Line, saying: str) -> None:
    (there,) = posted(line)
    back = replace(there, amount=-there.amount)

    a_default().refuses(adjustment_posted(pool=POOL, postings=(there, back)), UnknownName, saying)


@pytest.mark.parametrize(("line", "saying"), UNKNOWN)
def test_only_the_balance_of_what_there_is_is_asserted(line: Line, saying: str) -> None:
    (there,) = posted(line)

    a_default().refuses(asserted(there.account, there.amount, there.commodity), UnknownName, saying)


@pytest.mark.parametrize(
    ("owners", "saying"),
    [({"pool": PoolId("nowhere")}, "no pool nowhere was opened"), ({"fund": FundId("nowhere")}, "no fund nowhere was")],
)
@pytest.mark.parametrize("lines", [(), posted((CASH, 5), (RESERVE, -5))])
def test_an_adjustment_is_of_a_pool_or_fund_that_was_opened(
    owners: dict[str, Any], saying: str, lines: tuple[PostedLine, ...]
) -> None:
    a_pool().refuses(adjustment_posted(postings=lines, **owners), UnknownName, saying)


def test_the_case_of_another_pool_is_unknown() -> None:
    story = a_default().then(pool_opened(pool=SECOND))

    story.refuses(
        adjusted(("assets:second:deficit:case", 5), ("assets:second:cash", -5), pool=SECOND),
        UnknownName,
        "pool second has no case case",
    )


# Adjustments balance, in each commodity and in each family of accounts.


@pytest.mark.parametrize(
    ("lines", "saying"),
    [
        ([(CASH, 5)], "postings to accounts of money in USD sum to 5, not to 0"),
        ([(CASH, 5), (CLAIMS, -4)], "postings to accounts of money in USD sum to 1, not to 0"),
        ([(CASH, -5), (CLAIMS, 4)], "postings to accounts of money in USD sum to -1, not to 0"),
        ([(HOLDER, -5, SHARES)], f"postings to accounts of shares in {SHARES} sum to -5, not to 0"),
        ([(HELD, 5, ETH)], "postings to accounts of collateral of loan loan in ETH sum to 5, not to 0"),
        ([(HELD, 5), (CASH, -5)], "postings to accounts of collateral of loan loan in USD sum to 5, not to 0"),
        ([(CASH, 5), (OWED_BACK, -5)], "postings to accounts of money in USD sum to 5, not to 0"),
        ([(HELD, 5, SHARES), (HOLDER, -5, SHARES)], f"collateral of loan loan in {SHARES} sum to 5, not to 0"),
        (
            [(HELD, -5, ETH), (OWED_BACK, 5)],
            "postings to accounts of collateral of loan loan in ETH sum to -5, not to 0",
        ),
        (
            [(HOLDER, -5, SHARES), ("register:pool:junior", 5, "shares:pool:junior")],
            f"postings to accounts of shares in {SHARES} sum to -5, not to 0",
        ),
    ],
)
def test_the_lines_of_an_adjustment_balance_among_their_own_kind(lines: list[Line], saying: str) -> None:
    story = a_pool(tranches=(JUNIOR,)).then(loan_originated(principal=600), collateral_posted(quantity=10))

    story.refuses(adjusted(*lines), UnbalancedEntry, saying)


def test_lines_of_several_kinds_balance_each_by_themselves() -> None:
    story = a_loan().then(
        adjusted(
            (CASH, 5), (HOLDER, 3, SHARES), (HELD, 2, ETH), (OWED_BACK, -2, ETH), (ISSUED, -3, SHARES), (CLAIMS, -5)
        )
    )

    assert (story.balance(CASH), story.balance(HOLDER, SHARES), story.balance(HELD, ETH)) == (405, 1003, 12)


def test_the_collateral_of_each_loan_balances_by_itself() -> None:
    story = a_loan().then(loan_originated(loan=OTHER_LOAN, principal=0), collateral_posted(loan=OTHER_LOAN, quantity=7))
    held, owed_back = "assets:pool:collateral:other-loan", "liabilities:pool:collateral:other-loan"

    story.refuses(
        adjusted((HELD, 5, ETH), (owed_back, -5, ETH)),
        UnbalancedEntry,
        "postings to accounts of collateral of loan loan in ETH sum to 5, not to 0",
    )
    story.refuses(
        adjusted((HELD, 5, ETH), (held, -5, ETH)), UnbalancedEntry, "collateral of loan loan in ETH sum to 5, not to 0"
    )
    story.then(adjusted((HELD, 5, ETH), (OWED_BACK, -5, ETH), (held, -5, ETH), (owed_back, 5, ETH)))

    assert [story.balance(account, ETH) for account in (HELD, OWED_BACK, held, owed_back)] == [15, -15, 2, -2]


# Adjustments and the states of loans and cases.


@pytest.mark.parametrize("account", [DEFAULTED, "assets:pool:defaulted:loan:interest"])
def test_a_performing_loan_owes_nothing_in_default_that_could_be_adjusted(account: str) -> None:
    story = a_loan()

    story.refuses(adjusted((account, 5), (CASH, -5)), WrongState, "loan loan of pool pool is performing: its debt")


@pytest.mark.parametrize("account", [PRINCIPAL, "assets:pool:loans:loan:interest"])
def test_a_loan_in_default_is_adjusted_there(account: str) -> None:
    story = a_default()

    story.refuses(
        adjusted((account, 5), (CASH, -5)), WrongState, "is in default under case case: its debt stands there"
    )


def test_a_loan_whose_case_is_over_is_adjusted_among_the_performing() -> None:
    story = a_deficit(SOCIALIZE).then(bad_debt_socialized(amount=600), case_closed())

    story.refuses(adjusted((DEFAULTED, 5), (CASH, -5)), WrongState, "loan loan of pool pool is performing")
    story.then(adjusted((PRINCIPAL, 5), (CASH, -5)))

    assert story.balance(PRINCIPAL) == 5


def test_a_default_takes_a_loan_as_it_was_adjusted() -> None:
    story = a_loan().then(adjusted((PRINCIPAL, -100), (CASH, 100)))

    story.refuses(loan_defaulted(principal=600, interest=0), WrongState, "owes principal 500 and interest 0")
    story.then(loan_defaulted(principal=500, interest=0))


def test_what_is_in_default_follows_an_adjustment() -> None:
    story = a_default(interest=6)

    story.then(adjusted((DEFAULTED, -100), ("assets:pool:defaulted:loan:interest", 4), (CASH, 96)))

    case = story.books.cases[CASE]
    assert (case.principal, case.interest) == (500, 10)
    story.refuses(
        shortfall_recognized(principal=501), ShortfallExceeded, "principal 500 and interest 10 are in default"
    )
    story.refuses(loan_cured(principal=600, interest=6), WrongState, "principal 500 and interest 10, not 600 and 6")
    story.then(shortfall_recognized(principal=500, interest=10))


def test_a_case_closes_once_an_adjustment_took_the_rest() -> None:
    story = a_default().then(adjusted((DEFAULTED, -600), (CLAIMS, 600)), case_closed())

    assert story.books.cases[CASE].status == "closed"


def test_the_deficit_of_an_open_case_is_adjusted() -> None:
    story = a_deficit(SOCIALIZE).then(adjusted(("assets:pool:deficit:case", -100), (CASH, 100)))

    story.refuses(bad_debt_socialized(amount=501), ShortfallExceeded, "an open deficit of 500")
    story.then(bad_debt_socialized(amount=500), case_closed())


def test_the_deficit_of_a_closed_case_stays_at_nothing() -> None:
    story = a_deficit(SOCIALIZE).then(bad_debt_socialized(amount=600), case_closed())

    story.refuses(adjusted(("assets:pool:deficit:case", 5), (CASH, -5)), WrongState, "case case is closed")


def test_the_recoveries_of_a_closed_case_are_adjusted() -> None:
    story = a_deficit(SOCIALIZE).then(bad_debt_socialized(amount=600), case_closed(), recovery_received(amount=9))

    story.then(adjusted(("liabilities:pool:recoveries:case", 4), (CASH, -4)))

    assert story.balance("liabilities:pool:recoveries:case") == -5


@pytest.mark.parametrize("story", [a_loan(), a_default()])
def test_collateral_allowance_and_surplus_are_adjusted_in_any_state_of_the_loan(story: Story) -> None:
    after = told(*story.facts).then(
        adjusted((HELD, 1, ETH), (OWED_BACK, -1, ETH), (ALLOWANCE, -2), (UNREALIZED, 2)),
        adjusted(("liabilities:pool:surplus:loan", -3), (CASH, 3)),
    )

    assert [after.balance(HELD, ETH), after.balance(ALLOWANCE), after.balance("liabilities:pool:surplus:loan")] == [
        *(11, -2, -3)
    ]


def test_a_surplus_that_was_adjusted_is_returned() -> None:
    story = a_loan().then(adjusted(("liabilities:pool:surplus:loan", -3), (CASH, 3)), surplus_returned(amount=3))

    assert story.balance("liabilities:pool:surplus:loan") == 0


def test_holders_are_counted_without_shares_that_an_adjustment_pledged() -> None:
    story = a_loan().then(adjusted((HELD, 5, SHARES), (OWED_BACK, -5, SHARES)))

    assert story.books.holder_count(POOL, LENDERS) == 1


def test_an_adjustment_of_shares_since_a_loss_does_not_change_who_bore_it() -> None:
    story = a_deficit(SOCIALIZE).then(bad_debt_socialized(id=EventId("loss"), amount=600))

    story.then(adjusted((HOLDER, -400, SHARES), ("register:pool:lenders:other-lender", 400, SHARES)))

    books, loss = story.books, story.books.cases[CASE].losses[EventId("loss")]
    assert books.registers.holders(Commodity(SHARES), loss.position, books.sums) == {LENDER: 1000}
    assert story.balance("register:pool:lenders:other-lender", SHARES) == 400


# Adjustments and law 3.


@pytest.mark.parametrize(
    ("lines", "saying"),
    [
        ([(CASH, -401), (CLAIMS, 401)], f"{CASH} holds 400 of USD, 401 cannot be taken from it"),
        ([(RESERVE, 1), (CASH, -1)], f"{RESERVE} holds 0 of USD, 1 cannot be taken from it"),
        ([(ALLOWANCE, 1), (CASH, -1)], f"{ALLOWANCE} holds 0 of USD, 1 cannot be taken from it"),
        ([(UNREALIZED, -1), (CASH, 1)], f"{UNREALIZED} holds 0 of USD, 1 cannot be taken from it"),
        ([(HELD, -11, ETH), (OWED_BACK, 11, ETH)], f"{HELD} holds 10 of ETH, 11 cannot be taken from it"),
        ([(HOLDER, -1001, SHARES), (ISSUED, 1001, SHARES)], f"{HOLDER} holds 1000 of {SHARES}, 1001 cannot"),
        (
            [(CLAIMS, 1001), (CASH, -400), (PRINCIPAL, -600), (RESERVE, -1)],
            "claims of tranche lenders of pool pool would be -1 with 1000",
        ),
    ],
)
def test_an_adjustment_takes_no_account_off_its_side(lines: list[Line], saying: str) -> None:
    a_loan().refuses(adjusted(*lines), WrongSide, saying)


def test_an_adjustment_takes_no_share_that_the_fund_s_register_does_not_hold() -> None:
    a_pool().refuses(
        adjusted(
            ("register:fund", 5, "shares:fund"), ("register:fund:treasury", -5, "shares:fund"), pool=None, fund=FUND
        ),
        WrongSide,
        "holds 0 of shares:fund, 5 cannot be taken from it",
    )


def test_an_adjustment_takes_the_reserve_below_zero_where_the_terms_say_so() -> None:
    story = a_pool(NEGATIVE).then(adjusted((RESERVE, 5), (CASH, -5)))

    assert story.balance(RESERVE) == 5


def test_an_account_that_stands_on_its_other_side_is_moved_back_and_no_further_away() -> None:
    story = a_pool(NEGATIVE).then(adjusted((RESERVE, 5), (CASH, -5)), terms_changed(waterfall=(SOCIALIZE,)))

    story.then(adjusted((RESERVE, -3), (CASH, 3)))
    story.refuses(adjusted((RESERVE, 1), (CASH, -1)), WrongSide, f"{RESERVE} holds -2 of USD, 1 cannot be taken")
    story.then(adjusted((RESERVE, -3), (CASH, 3)))

    story.refuses(adjusted((RESERVE, 2), (CASH, -2)), WrongSide, f"{RESERVE} holds 1 of USD, 2 cannot be taken")
    assert (story.balance(RESERVE), story.balance(CASH)) == (-1, 1001)


def test_an_adjustment_issues_no_shares_of_claims_that_stand_in_debit() -> None:
    story = a_pool(assets=10).then(reserve_contributed(amount=90), withdrawn(assets=0, shares=10))
    story.then(withdrawn(assets=15, shares=0))
    assert story.balance(CLAIMS) == 5

    story.refuses(adjusted((HOLDER, 1, SHARES), (ISSUED, -1, SHARES)), WrongSide, "claims")


def test_an_adjustment_that_makes_claims_good_issues_shares() -> None:
    story = a_pool(assets=10).then(reserve_contributed(amount=90), withdrawn(assets=0, shares=10))
    story.then(withdrawn(assets=15, shares=0))

    story.then(adjusted((HOLDER, 1, SHARES), (ISSUED, -1, SHARES), (CLAIMS, -5), (CASH, 5)))

    assert story.balance(CLAIMS) == 0


# Allowances.


def test_an_allowance_rises_and_falls_and_moves_no_claims() -> None:
    story = a_loan().then(allowance_changed(increase=50), allowance_changed(decrease=20))

    assert [story.balance(account) for account in (ALLOWANCE, UNREALIZED, CLAIMS)] == [-30, 30, -1000]


def test_an_allowance_falls_no_further_than_to_nothing() -> None:
    story = a_loan().then(allowance_changed(increase=50))

    story.refuses(
        allowance_changed(decrease=51), WrongSide, "the allowance of loan loan is 50, it cannot decrease by 51"
    )
    story.then(allowance_changed(decrease=50))


def test_an_allowance_may_be_changed_by_nothing_and_in_default() -> None:
    story = a_default().then(
        allowance_changed(increase=0), allowance_changed(decrease=0), allowance_changed(increase=7)
    )

    assert story.balance(ALLOWANCE) == -7


@pytest.mark.parametrize("changes", [{}, {"increase": 1, "decrease": 1}, {"increase": 0, "decrease": 0}])
def test_an_allowance_changes_one_way_at_a_time(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="by an increase or by a decrease: exactly one of them is given"):
        allowance_changed(**changes)


def test_an_allowance_is_of_a_loan_that_is_there() -> None:
    a_pool().refuses(allowance_changed(increase=1), UnknownName, "pool pool has no loan loan")


def test_the_allowance_of_one_loan_is_not_another_s() -> None:
    story = a_loan().then(loan_originated(loan=OTHER_LOAN, principal=1), allowance_changed(increase=50))

    story.refuses(allowance_changed(loan=OTHER_LOAN, decrease=1), WrongSide, "the allowance of loan other-loan is 0")


def test_an_allowance_falls_as_far_as_an_adjustment_raised_it() -> None:
    story = a_loan().then(adjusted((ALLOWANCE, -5), (UNREALIZED, 5)), allowance_changed(decrease=5))

    assert (story.balance(ALLOWANCE), story.balance(UNREALIZED)) == (0, 0)


def test_a_fall_of_an_allowance_takes_no_more_than_is_unrealized() -> None:
    story = a_loan().then(allowance_changed(increase=5), reserve_contributed(amount=9))
    story.then(adjusted((UNREALIZED, -5), (RESERVE, 5)))

    story.refuses(allowance_changed(decrease=5), WrongSide, f"{UNREALIZED} is 0, it cannot decrease by 5")


# Asserted balances.


@pytest.mark.parametrize(
    ("story", "account", "commodity", "amount"),
    [
        (a_loan(), CASH, USD, 400),
        (a_loan(), CLAIMS, USD, 1000),
        (a_loan(), PRINCIPAL, USD, 600),
        (a_loan(), DEFAULTED, USD, 0),
        (a_loan(), HELD, ETH, 10),
        (a_loan(), OWED_BACK, ETH, 10),
        (a_loan(), HELD, SHARES, 0),
        (a_loan(), HOLDER, SHARES, 1000),
        (a_loan(), ISSUED, SHARES, 1000),
        (a_loan(), RESERVE, USD, 0),
        (a_loan().then(allowance_changed(increase=5)), ALLOWANCE, USD, 5),
        (a_loan().then(allowance_changed(increase=5)), UNREALIZED, USD, 5),
        (a_loan().then(repaid(principal=1, rounding=3)), "equity:pool:rounding", USD, 3),
        (a_pool(NEGATIVE).then(reserve_contributed(amount=3)), RESERVE, USD, 3),
        (INDEXED, "assets:pool:interest", USD, 0),
        (POOLED, "assets:pool:loans", USD, 600),
        (POOLED, "register:pool:debt", "debt:pool", 600),
        (POOLED, "register:pool:debt:loan", "debt:pool", 600),
        (a_pool(fund=7), "assets:fund:cash", USD, 7),
        (a_pool(fund=7), "equity:fund:fund", USD, 7),
        (a_pool().then(fund_contributed(amount=7, shares=5)), "register:fund", "shares:fund", 5),
        (a_pool().then(fund_contributed(amount=7, shares=5)), "register:fund:treasury", "shares:fund", 5),
    ],
)
def test_a_balance_is_asserted_on_the_side_where_its_account_stands(
    story: Story, account: str, commodity: str, amount: int
) -> None:
    told(*story.facts, asserted(account, amount, commodity))

    story.refuses(
        asserted(account, amount + 1, commodity),
        AssertionFailed,
        f"{account} holds {amount} of {commodity}, not {amount + 1}",
    )


@pytest.mark.parametrize(
    ("story", "account"),
    [
        (a_pool().then(adjusted(("equity:pool:rounding", 5), (CASH, -5))), "equity:pool:rounding"),
        (a_deficit(NEGATIVE).then(reserve_drawn(amount=5)), RESERVE),
    ],
)
def test_an_account_that_stands_on_its_other_side_holds_no_amount_that_could_be_asserted(
    story: Story, account: str
) -> None:
    story.refuses(asserted(account, 5), AssertionFailed, f"{account} holds -5 of USD, not 5")
    story.refuses(asserted(account, 0), AssertionFailed, f"{account} holds -5 of USD, not 0")


def test_a_balance_is_true_at_its_position_and_may_change_after() -> None:
    story = a_pool().then(asserted(CASH, 1000), deposited(assets=5, shares=5), asserted(CASH, 1005))

    story.refuses(asserted(CASH, 1000), AssertionFailed, f"{CASH} holds 1005 of USD, not 1000")


def test_an_assertion_moves_nothing() -> None:
    before, story = a_pool(), a_pool().then(asserted(CASH, 1000))

    assert dict(story.books.sums.commodities()) == dict(before.books.sums.commodities())


# Closed periods.

END, AFTER = Timestamp("2022-11-30T23:59:59Z"), Timestamp("2022-11-30T23:59:59.000000001Z")
CLOSED: Final = a_loan().then(period_closed(at=Timestamp("2022-12-02T00:00:00Z"), through=END))


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00Z", AT, "2022-11-30T23:59:58.999999999Z", END])
@pytest.mark.parametrize(
    "fact",
    [
        deposited(assets=1, shares=1),
        repaid(principal=1),
        price_observed(price=1),
        adjusted((CASH, 5), (CLAIMS, -5)),
        asserted(CASH, 400),
        asset_registered(asset=AssetId("GOLD")),
        period_closed(through=END),
    ],
    ids=lambda fact: fact.type,
)
def test_nothing_is_recorded_in_a_closed_period(fact: AnyEvent, at: str) -> None:
    CLOSED.refuses(
        replace(fact, id=EventId("late"), at=Timestamp(at)),
        ClosedPeriod,
        f"the books are closed through {END}, and {at} is not",
    )


def test_a_period_ends_with_the_instant_named() -> None:
    story = told(*CLOSED.facts, deposited(at=AFTER, assets=1, shares=1))

    assert story.balance(CASH) == 401


def test_a_late_fact_is_recorded_in_the_open_period_with_its_own_time() -> None:
    story = told(*CLOSED.facts, deposited(at=AFTER, occurred_at=AT, assets=1, shares=1))

    assert story.balance(CASH) == 401


def test_the_original_time_of_a_fact_is_in_no_period() -> None:
    CLOSED.refuses(deposited(at=END, occurred_at=AFTER, assets=1, shares=1), ClosedPeriod, f"and {END} is not after")


@pytest.mark.parametrize("through", [END, "2022-11-29T00:00:00Z", "2022-11-30T23:59:58.9Z"])
def test_a_period_is_not_closed_backwards(through: str) -> None:
    again = period_closed(at=Timestamp("2023-01-01T00:00:00Z"), through=Timestamp(through))

    CLOSED.refuses(again, ClosedPeriod, f"the books are closed through {END} already")


def test_a_further_period_is_closed_after_the_one_before() -> None:
    story = told(*CLOSED.facts, period_closed(at=Timestamp("2023-01-01T00:00:00Z"), through=AFTER))

    story.refuses(deposited(at=AFTER, assets=1, shares=1), ClosedPeriod, f"closed through {AFTER}, and {AFTER} is not")


@pytest.mark.parametrize("at", [AT, "2022-11-30T23:59:58.999999999Z"])
def test_a_period_is_not_closed_before_its_end(at: str) -> None:
    early = period_closed(at=Timestamp(at), through=END)

    a_loan().refuses(early, ClosedPeriod, f"a period through {END} is not over at {at}")


def test_a_period_is_closed_at_its_end() -> None:
    story = a_loan().then(period_closed(at=END, through=END))

    story.refuses(deposited(at=END, assets=1, shares=1), ClosedPeriod, f"closed through {END}")


def test_facts_before_a_closing_may_stand_in_any_order_of_time() -> None:
    story = a_loan().then(deposited(at=END, assets=1, shares=1), deposited(at=AT, assets=1, shares=1))

    story.then(period_closed(at=AFTER, through=AT), deposited(at=END, assets=1, shares=1))

    assert story.balance(CASH) == 403


# The sign-off of a reconciliation.

FIRST: Final = EventId("fact-1")
prepared = partial(reconciliation_prepared, through=FIRST)
reviewed = partial(reconciliation_reviewed, through=FIRST)
signed = partial(reconciliation_signed, through=FIRST)
PREPARED, REVIEWED, SIGNED = prepared(), reviewed(), signed()
OTHER_HASH: Final = "d" * 64


def test_a_reconciliation_is_prepared_reviewed_and_signed() -> None:
    story = told(asset_registered(), PREPARED, REVIEWED, SIGNED)

    (signing,) = story.books.signings.values()
    assert signing.persons == ["preparer", "reviewer", "signer"]


@pytest.mark.parametrize(
    ("before", "step", "saying"),
    [
        ((), REVIEWED, "of month's end is not prepared"),
        ((), SIGNED, "of month's end is not prepared"),
        ((PREPARED,), PREPARED, "of month's end is prepared"),
        ((PREPARED,), SIGNED, "of month's end is prepared"),
        ((PREPARED, REVIEWED), PREPARED, "of month's end is prepared and reviewed"),
        ((PREPARED, REVIEWED), REVIEWED, "of month's end is prepared and reviewed"),
        ((PREPARED, REVIEWED, SIGNED), PREPARED, "of month's end is signed"),
        ((PREPARED, REVIEWED, SIGNED), REVIEWED, "of month's end is signed"),
        ((PREPARED, REVIEWED, SIGNED), SIGNED, "of month's end is signed"),
    ],
)
def test_the_steps_of_a_sign_off_have_one_order(before: tuple[AnyEvent, ...], step: AnyEvent, saying: str) -> None:
    told(asset_registered(), *before).refuses(step, WrongState, f"report {'a' * 64} {saying}")


def test_another_person_than_the_preparer_reviews() -> None:
    story = told(asset_registered(), PREPARED)

    same = reconciliation_reviewed(through=FIRST, person=PartyId("preparer"))

    story.refuses(same, WrongState, f"preparer prepared report {'a' * 64} of month's end: another person reviews it")


@pytest.mark.parametrize(
    "other",
    [{"files": (OTHER_HASH,)}, {"files": ("b" * 64, OTHER_HASH)}, {"head": OTHER_HASH}, {"through": EventId("fact-2")}],
)
@pytest.mark.parametrize(("before", "step"), [((PREPARED,), reviewed), ((PREPARED, REVIEWED), signed)])
def test_every_step_is_bound_to_the_same_files_and_entry(
    before: tuple[AnyEvent, ...], step: Callable[..., AnyEvent], other: dict[str, Any]
) -> None:
    story = told(asset_registered(), *before)

    story.refuses(step(**other), WrongState, "was prepared from other files or another entry")


@pytest.mark.parametrize("other", [{"report": OTHER_HASH}, {"subject": "another month's end"}])
def test_another_report_or_subject_has_a_sign_off_of_its_own(other: dict[str, Any]) -> None:
    story = told(asset_registered(), PREPARED)

    story.refuses(reviewed(**other), WrongState, "is not prepared")
    story.then(prepared(**other), reviewed(**other), REVIEWED)

    assert [len(signing.persons) for signing in story.books.signings.values()] == [2, 2]


@pytest.mark.parametrize("step", [prepared, reviewed, signed])
def test_a_sign_off_names_an_entry_that_was_recorded(step: Callable[..., AnyEvent]) -> None:
    story = told(asset_registered(), PREPARED)

    story.refuses(step(through=EventId("no-entry")), UnknownName, "no entry no-entry was recorded before")


def test_a_sign_off_looks_at_no_entry_that_the_books_have_not_reached() -> None:
    story = told(asset_registered(), fund_opened())
    story.books.position = 1

    story.refuses(
        reconciliation_prepared(through=EventId("fact-2")), UnknownName, "no entry fact-2 was recorded before"
    )


def test_a_step_that_is_reversed_is_taken_again() -> None:
    story = told(asset_registered(), PREPARED, reviewed(id=EventId("reviewed")))
    story.then(story.reversal("reviewed"))

    story.refuses(SIGNED, WrongState, "of month's end is prepared")
    story.then(reviewed(person=PartyId("another")), SIGNED)

    (signing,) = story.books.signings.values()
    assert signing.persons == ["preparer", "another", "signer"]


def test_a_sign_off_that_is_reversed_may_be_prepared_from_other_files() -> None:
    story = told(asset_registered(), prepared(id=EventId("prepared")))
    story.then(story.reversal("prepared"))

    story.then(prepared(files=(OTHER_HASH,)))

    (signing,) = story.books.signings.values()
    assert signing.persons == ["preparer"]
