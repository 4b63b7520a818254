"""Interest accrues on a pool by its index and is allocated to its loans, which round up. One of them is secured by the
borrower's shares of another pool: they go to its liquidator, and what that leaves is borne by the reserve first.
"""

from typing import Final

from ledger.errors import SaleUnbalanced, ShortfallExceeded, WaterfallOrder, WrongSide
from ledger.values import LENDERS, Commodity, PartyId, PoolId, Timestamp
from ledger.waterfall import ReserveLayer
from tests.stories.telling import holds_together, rows, steps, trial_balance
from tests.story import (
    BORROWER,
    CASE,
    ETH,
    OTHER_LENDER,
    OTHER_LOAN,
    SOCIALIZE,
    Story,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_sold,
    deposited,
    interest_accrued,
    interest_allocated,
    loan_defaulted,
    loan_originated,
    pool_opened,
    repaid,
    reserve_contributed,
    reserve_drawn,
    shares_transferred,
    shortfall_recognized,
    told,
)

JANUARY: Final = Timestamp("2023-01-02T00:00:00Z")
JUNE: Final = Timestamp("2023-06-01T00:00:00Z")
JULY: Final = Timestamp("2023-07-01T00:00:00Z")
AUGUST: Final = Timestamp("2023-08-01T00:00:00Z")
VAULT: Final = PoolId("vault")
VAULT_SHARES: Final = Commodity("shares:vault:lenders")
SAVER, LIQUIDATOR, TREASURY = PartyId("saver"), PartyId("liquidator"), PartyId("treasury")
OTHER_BORROWER: Final = PartyId("other-borrower")
RESERVE: Final = ReserveLayer(layer="reserve")


def lent() -> Story:
    """Two lenders bring 1000, of which 300 and 400 are lent at index 1000; the first loan for shares of a vault."""
    return told(
        asset_registered(at=JANUARY),
        asset_registered(at=JANUARY, asset=ETH, decimals=18),
        pool_opened(at=JANUARY, pool=VAULT, asset=ETH),
        pool_opened(at=JANUARY, debt="indexed", waterfall=(RESERVE, SOCIALIZE)),
        deposited(at=JANUARY, pool=VAULT, lender=SAVER, assets=840, shares=840),
        deposited(at=JANUARY, pool=VAULT, lender=BORROWER, assets=160, shares=160),
        deposited(at=JANUARY, assets=700, shares=700),
        deposited(at=JANUARY, lender=OTHER_LENDER, assets=300, shares=300),
        reserve_contributed(at=JANUARY, amount=100),
        interest_accrued(at=JANUARY, loan=None, interest=0, index=1000),
        loan_originated(at=JANUARY, principal=300),
        collateral_posted(at=JANUARY, asset=VAULT_SHARES, quantity=160),
        loan_originated(at=JANUARY, loan=OTHER_LOAN, borrower=OTHER_BORROWER, principal=400),
    )


def accrued() -> Story:
    """The index rises to 1105: of 700 that is 73.5, rounded down, of which 7 are reserve."""
    return lent().then(interest_accrued(at=JUNE, loan=None, interest=73, index=1105, reserve=7))


def allocated() -> Story:
    """Each loan takes its part, rounded up: 300 * 0.105 is 31.5, 400 * 0.105 is 42."""
    return accrued().then(
        interest_allocated(at=JUNE, interest=32),
        interest_allocated(at=JUNE, loan=OTHER_LOAN, interest=42),
    )


def liquidated() -> Story:
    """The first loan defaults. A liquidator pays 200 for the vault's shares; 10 of them are the treasury's fee."""
    return allocated().then(
        loan_defaulted(at=JUNE, principal=300, interest=32),
        collateral_sold(
            at=JUNE,
            asset=VAULT_SHARES,
            quantity=160,
            proceeds=200,
            interest=32,
            principal=168,
            buyer=LIQUIDATOR,
        ),
        shares_transferred(at=JUNE, pool=VAULT, sender=BORROWER, receiver=LIQUIDATOR, shares=150),
        shares_transferred(at=JUNE, pool=VAULT, sender=BORROWER, receiver=TREASURY, shares=10),
    )


def accrued_again() -> Story:
    """The index rises to 1200, on the 132 in default too: 574 * 95 / 1105 is 49.3, of which 4 are reserve."""
    return liquidated().then(
        interest_accrued(at=JULY, loan=None, interest=49, index=1200, reserve=4),
        interest_allocated(at=JULY, case=CASE, interest=12),
    )


def recognized() -> Story:
    """The pool's total loses 143, one less than the loan rounded up to, so the loan is trued down before."""
    return accrued_again().then(
        interest_allocated(at=JULY, case=CASE, interest=-1),
        shortfall_recognized(at=JULY, principal=132, interest=11),
    )


def drawn() -> Story:
    """The reserve bears all that it has: 100 + 7 + 4."""
    return recognized().then(reserve_drawn(at=JULY, amount=111))


def borne() -> Story:
    """The lenders bear the other 32."""
    return drawn().then(
        bad_debt_socialized(at=JULY, amount=32, claims_before=1111, shares=1000, holder_count=2),
        case_closed(at=JULY),
    )


def wound_up() -> Story:
    """The other loan takes its part of the second rise, 442 * 95 / 1105, and is repaid."""
    return borne().then(
        interest_allocated(at=AUGUST, loan=OTHER_LOAN, interest=38),
        repaid(at=AUGUST, loan=OTHER_LOAN, principal=400, interest=80),
    )


REGISTER: Final = {
    "register:pool:lenders:lender": 700,
    "register:pool:lenders:other-lender": 300,
    "register:pool:lenders": -1000,
}
CASH_OF_THE_VAULT: Final = {"assets:vault:cash": 1000, "liabilities:vault:claims:lenders": -1000}
VAULT_WITH_PLEDGE: Final = {
    "register:vault:lenders:saver": 840,
    "register:vault:lenders:borrower": 160,
    "register:vault:lenders": -1000,
    "assets:pool:collateral:loan": 160,
    "liabilities:pool:collateral:loan": -160,
}
VAULT_AFTER_THE_SEIZURE: Final = {
    "register:vault:lenders:saver": 840,
    "register:vault:lenders:liquidator": 150,
    "register:vault:lenders:treasury": 10,
    "register:vault:lenders": -1000,
}


def test_shares_of_another_pool_are_collateral_while_the_borrower_holds_them() -> None:
    story = lent()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 400,  # 1000 + 100 - 300 - 400
            "assets:pool:loans:loan:principal": 300,
            "assets:pool:loans:other-loan:principal": 400,
            "liabilities:pool:claims:lenders": -1000,
            "equity:pool:reserve": -100,
        },
        "ETH": CASH_OF_THE_VAULT,
        "shares:pool:lenders": REGISTER,
        "shares:vault:lenders": VAULT_WITH_PLEDGE,
    }
    assert story.books.holder_count(VAULT, LENDERS) == 2  # the saver and the borrower; a pledge is no holding


def test_interest_on_the_pool_is_the_lenders_before_any_loan_owes_it() -> None:
    story = accrued()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 400,
            "assets:pool:loans:loan:principal": 300,
            "assets:pool:loans:other-loan:principal": 400,
            "assets:pool:interest": 73,
            "liabilities:pool:claims:lenders": -1066,  # 1000 + 73 - 7
            "equity:pool:reserve": -107,  # 100 + 7
        },
        "ETH": CASH_OF_THE_VAULT,
        "shares:pool:lenders": REGISTER,
        "shares:vault:lenders": VAULT_WITH_PLEDGE,
    }
    assert rows(story, "loans") == {
        "pool loan": {
            "borrower": "borrower",
            "status": "performing",
            "principal": 300,
            "debt": 332,  # 300 * 1105 / 1000 = 331.5, rounded up
            "collateral": {"shares:vault:lenders": 160},
        },
        "pool other-loan": {
            "borrower": "other-borrower",
            "status": "performing",
            "principal": 400,
            "debt": 442,  # 400 * 1105 / 1000
            "collateral": {},
        },
    }


def test_loans_round_up_and_the_pool_down_so_that_a_unit_too_much_is_allocated() -> None:
    story = allocated()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 400,
            "assets:pool:loans:loan:principal": 300,
            "assets:pool:loans:loan:interest": 32,
            "assets:pool:loans:other-loan:principal": 400,
            "assets:pool:loans:other-loan:interest": 42,
            "assets:pool:interest": -1,  # 73 - 32 - 42
            "liabilities:pool:claims:lenders": -1066,
            "equity:pool:reserve": -107,
        },
        "ETH": CASH_OF_THE_VAULT,
        "shares:pool:lenders": REGISTER,
        "shares:vault:lenders": VAULT_WITH_PLEDGE,
    }
    assert rows(story, "pools")["pool"] == {
        "cash": 400,
        "loans": 700,
        "interest": 73,  # 32 + 42 - 1
        "claims": {"lenders": 1066},
        "reserve": 107,
        "share_price": {"lenders": 1_066_000_000_000_000_000},
    }


def test_the_liquidator_pays_cash_and_the_register_of_the_other_pool_moves() -> None:
    story = liquidated()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 600,  # 400 + 200
            "assets:pool:defaulted:loan:principal": 132,  # 300 - 168
            "assets:pool:loans:other-loan:principal": 400,
            "assets:pool:loans:other-loan:interest": 42,
            "assets:pool:interest": -1,
            "liabilities:pool:claims:lenders": -1066,
            "equity:pool:reserve": -107,
        },
        "ETH": CASH_OF_THE_VAULT,
        "shares:pool:lenders": REGISTER,
        "shares:vault:lenders": VAULT_AFTER_THE_SEIZURE,
    }
    assert rows(story, "lenders") == {
        "pool lenders lender": {"shares": 700, "balance": 746, "deposited": 700, "earned": 46},  # 700 * 1.066 = 746.2
        "pool lenders other-lender": {"shares": 300, "balance": 319, "deposited": 300, "earned": 19},  # 319.8
        "vault lenders borrower": {"deposited": 160, "transferred": -160},
        "vault lenders liquidator": {"shares": 150, "balance": 150, "transferred": 150},
        "vault lenders saver": {"shares": 840, "balance": 840, "deposited": 840},
        "vault lenders treasury": {"shares": 10, "balance": 10, "transferred": 10},
    }
    assert story.books.holder_count(VAULT, LENDERS) == 3  # the saver, the liquidator and the treasury


def test_no_more_shares_are_seized_than_the_borrower_still_holds() -> None:
    story = allocated().then(
        loan_defaulted(at=JUNE, principal=300, interest=32),
        shares_transferred(at=JUNE, pool=VAULT, sender=BORROWER, receiver=SAVER, shares=1),
    )
    story.refuses(
        collateral_sold(asset=VAULT_SHARES, quantity=160, proceeds=0, principal=0),
        SaleUnbalanced,
        "160 of shares:vault:lenders is sold, the borrower holds 159",
    )


def test_interest_goes_on_for_what_is_in_default() -> None:
    story = accrued_again()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 600,
            "assets:pool:defaulted:loan:principal": 132,
            "assets:pool:defaulted:loan:interest": 12,  # 132 * 95 / 1105 = 11.3, rounded up
            "assets:pool:loans:other-loan:principal": 400,
            "assets:pool:loans:other-loan:interest": 42,
            "assets:pool:interest": 36,  # -1 + 49 - 12
            "liabilities:pool:claims:lenders": -1111,  # 1066 + 49 - 4
            "equity:pool:reserve": -111,  # 107 + 4
        },
        "ETH": CASH_OF_THE_VAULT,
        "shares:pool:lenders": REGISTER,
        "shares:vault:lenders": VAULT_AFTER_THE_SEIZURE,
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 332,
            "added": 12,
            "proceeds": 200,
            "in_default": 144,
            "opened_at": "2023-06-01T00:00:00Z",
            "age_days": 30,
        }
    }


def test_a_loan_is_trued_down_by_no_more_than_the_interest_it_owes() -> None:
    accrued_again().refuses(
        interest_allocated(case=CASE, interest=-13), WrongSide, "defaulted:loan:interest holds 12 of USD"
    )


def test_what_is_recognized_is_what_the_pool_loses() -> None:
    story = recognized()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 600,
            "assets:pool:deficit:case": 143,  # 132 + 12 - 1
            "assets:pool:loans:other-loan:principal": 400,
            "assets:pool:loans:other-loan:interest": 42,
            "assets:pool:interest": 37,  # 36 + 1
            "liabilities:pool:claims:lenders": -1111,
            "equity:pool:reserve": -111,
        },
        "ETH": CASH_OF_THE_VAULT,
        "shares:pool:lenders": REGISTER,
        "shares:vault:lenders": VAULT_AFTER_THE_SEIZURE,
    }
    story.refuses(
        shortfall_recognized(principal=0, interest=1), ShortfallExceeded, "principal 0 and interest 0 are in default"
    )


def test_the_reserve_bears_all_that_it_has_before_the_lenders_bear_anything() -> None:
    recognized().refuses(
        bad_debt_socialized(at=JULY, amount=32), WaterfallOrder, "layer reserve comes first and can still bear 111"
    )
    recognized().refuses(reserve_drawn(at=JULY, amount=112), WaterfallOrder, "layer reserve can still bear 111")
    assert trial_balance(drawn()) == {
        "USD": {
            "assets:pool:cash": 600,
            "assets:pool:deficit:case": 32,  # 143 - 111
            "assets:pool:loans:other-loan:principal": 400,
            "assets:pool:loans:other-loan:interest": 42,
            "assets:pool:interest": 37,
            "liabilities:pool:claims:lenders": -1111,
        },
        "ETH": CASH_OF_THE_VAULT,
        "shares:pool:lenders": REGISTER,
        "shares:vault:lenders": VAULT_AFTER_THE_SEIZURE,
    }


def test_the_lenders_bear_the_rest_and_those_of_the_other_pool_nothing() -> None:
    story = borne()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 600,
            "assets:pool:loans:other-loan:principal": 400,
            "assets:pool:loans:other-loan:interest": 42,
            "assets:pool:interest": 37,
            "liabilities:pool:claims:lenders": -1079,  # 1111 - 32
        },
        "ETH": CASH_OF_THE_VAULT,
        "shares:pool:lenders": REGISTER,
        "shares:vault:lenders": VAULT_AFTER_THE_SEIZURE,
    }
    assert rows(story, "lenders") == {
        # 777.7 before and 755.3 after
        "pool lenders lender": {"shares": 700, "balance": 755, "deposited": 700, "earned": 77, "losses": 22},
        # 333.3 before and 323.7 after
        "pool lenders other-lender": {"shares": 300, "balance": 323, "deposited": 300, "earned": 33, "losses": 10},
        "vault lenders borrower": {"deposited": 160, "transferred": -160},
        "vault lenders liquidator": {"shares": 150, "balance": 150, "transferred": 150},
        "vault lenders saver": {"shares": 840, "balance": 840, "deposited": 840},
        "vault lenders treasury": {"shares": 10, "balance": 10, "transferred": 10},
    }
    assert rows(story, "deficits") == {
        "pool loan case": {
            "exposure": 332,
            "added": 11,  # 12 - 1
            "proceeds": 200,
            "recognized": 143,  # 332 + 11 - 200
            "reserve": 111,
            "socialized": 32,
            "opened_at": "2023-06-01T00:00:00Z",
            "age_days": None,
        }
    }


def test_once_all_is_repaid_the_unit_allocated_too_much_is_all_that_is_left_of_the_interest() -> None:
    story = wound_up()
    assert trial_balance(story) == {
        "USD": {
            "assets:pool:cash": 1080,  # 600 + 400 + 80
            "assets:pool:interest": -1,  # 37 - 38
            "liabilities:pool:claims:lenders": -1079,
        },
        "ETH": CASH_OF_THE_VAULT,
        "shares:pool:lenders": REGISTER,
        "shares:vault:lenders": VAULT_AFTER_THE_SEIZURE,
    }
    assert rows(story, "loans") == {
        "pool loan": {"borrower": "borrower", "status": "closed", "collateral": {"shares:vault:lenders": 0}},
        "pool other-loan": {"borrower": "other-borrower", "status": "repaid", "collateral": {}},
    }


def test_the_case_tells_the_interest_that_was_added_and_what_of_it_was_taken_back() -> None:
    assert steps(wound_up()) == [
        ("loan-defaulted", "exposure", None, 0, 332),
        ("collateral-sold", "collateral", 200, 200, 132),
        ("interest-allocated", "interest", None, 0, 144),
        ("interest-allocated", "interest", None, 0, 143),
        ("shortfall-recognized", "shortfall", None, 0, 143),
        ("reserve-drawn", "reserve", 111, 111, 32),
        ("bad-debt-socialized", "tranche lenders", 1111, 32, 0),
        ("case-closed", "closed", None, 0, 0),
    ]


def test_the_story_holds_together_at_every_position() -> None:
    holds_together(wound_up())
