"""Morpho Blue: what facts follow from each event of its contract, in every form it can have, and what is refused."""

import json
from typing import Final

import pytest

from ledger.books import Books
from ledger.journal import Journal
from ledger.journal.memory import MemoryJournal
from ledger.sources.evm.tokens import Token
from ledger.sources.morpho_blue import VIRTUAL_ASSETS, VIRTUAL_SHARES
from ledger.values import AMOUNT_MAX, LENDERS, AssetId, CaseId, LoanId, PoolId
from tests.evm_chain import (
    A_LOAN,
    A_MARKET,
    ALICE,
    BOB,
    CALLER,
    CAROL,
    COLLATERAL_TOKEN,
    FEE_RECIPIENT,
    IRM,
    LLTV,
    LOAN_TOKEN,
    MARKET,
    NOBODY,
    ORACLE,
    OTHER_MARKET,
    SHARE,
    Json,
    Said,
    accrue_interest,
    balances,
    block,
    borrow,
    contents,
    create_market,
    folded,
    imported,
    liquidate,
    place,
    refusal,
    repay,
    said,
    set_fee,
    set_fee_recipient,
    supply,
    supply_collateral,
    withdraw,
    withdraw_collateral,
)

POOL: Final = PoolId(MARKET)
CASE: Final = CaseId("200-0")
"""Of a liquidation that is the first log of block 200."""
BOTH: Final = {"pool": MARKET, "loan": BOB}

CASH: Final = f"assets:{MARKET}:cash"
LOANS: Final = f"assets:{MARKET}:loans"
CLAIMS: Final = f"liabilities:{MARKET}:claims:lenders"
ROUNDING: Final = f"equity:{MARKET}:rounding"
DEBT: Final = f"register:{MARKET}:debt"
REGISTER: Final = f"register:{MARKET}:lenders"


def before_it(logs: list[Json], *events: Said) -> Journal:
    """A journal that took logs, and then events of block 150."""
    journal = MemoryJournal()
    imported(journal, [*logs, *block(150, *events)])
    return journal


def following(journal: Journal, *events: Said) -> list[Json]:
    """The facts that follow from the events of block 200, without time, id and evidence."""
    known = len(contents(journal))
    imported(journal, block(200, *events))
    told: list[Json] = [json.loads(content) for content in contents(journal)[known:]]
    return [{name: value for name, value in fact.items() if name not in ("at", "id", "evidence")} for fact in told]


def held(journal: Journal) -> dict[str, int]:
    """Every balance by account; each account here is of one commodity only, save those of collateral."""
    return {account: amount for (account, _), amount in balances(journal).items()}


def books_of(journal: Journal) -> Books:
    return folded(journal).books


@pytest.fixture
def with_a_loan() -> Journal:
    return before_it(A_LOAN)


# CreateMarket.


OPENED: Final = {
    "type": "pool-opened",
    "memo": f"Morpho Blue market; oracle {ORACLE}, interest rate model {IRM}",
    "pool": MARKET,
    "asset": LOAN_TOKEN,
    "debt": "pooled",
    "virtual_assets": "1",
    "virtual_shares": "1000000",
    "waterfall": [{"layer": "socialize"}],
    "collateral": [{"asset": COLLATERAL_TOKEN, "liquidation_threshold_wad": str(LLTV)}],
}


def registered(token: str) -> Json:
    return {"type": "asset-registered", "asset": token, "decimals": 0, "reference": token}


def test_a_market_that_is_created_is_a_pool_with_its_assets() -> None:
    assert following(MemoryJournal(), create_market()) == [registered(LOAN_TOKEN), registered(COLLATERAL_TOKEN), OPENED]


def test_a_market_without_collateral_takes_none() -> None:
    facts = following(MemoryJournal(), create_market(collateral_token=NOBODY, lltv=0))

    assert [fact["type"] for fact in facts] == ["asset-registered", "pool-opened"]
    assert "collateral" not in facts[1]


def test_a_market_that_lends_against_its_own_token_registers_it_once() -> None:
    facts = following(MemoryJournal(), create_market(collateral_token=LOAN_TOKEN))

    assert [fact["type"] for fact in facts] == ["asset-registered", "pool-opened"]
    assert facts[1]["collateral"][0]["asset"] == LOAN_TOKEN


def test_a_market_whose_terms_are_at_their_limit_is_a_pool() -> None:
    *_, opened = following(MemoryJournal(), create_market(lltv=10**18))

    assert opened["collateral"][0]["liquidation_threshold_wad"] == str(10**18)


def test_a_further_market_takes_the_tokens_that_are_known() -> None:
    facts = following(before_it(A_MARKET), create_market(OTHER_MARKET))

    assert facts == [OPENED | {"pool": OTHER_MARKET}]


def test_tokens_of_a_list_are_named_by_their_symbol() -> None:
    journal = MemoryJournal()
    imported(journal, A_MARKET, listed={LOAN_TOKEN: Token(LOAN_TOKEN, AssetId("USDC"), 6)})

    assert books_of(journal).charters.assets == {"USDC": 6, COLLATERAL_TOKEN: 0}


def test_the_virtual_amounts_are_those_of_the_contract() -> None:
    assert (VIRTUAL_ASSETS, VIRTUAL_SHARES) == (1, 10**6)


# Fees and interest.


def test_a_fee_is_a_term_of_the_pool(with_a_loan: Journal) -> None:
    assert following(with_a_loan, set_fee(25 * 10**16)) == [
        {"type": "terms-changed", "pool": MARKET, "reserve_factor_wad": str(25 * 10**16)}
    ]


def test_a_fee_of_nothing_is_a_term_too(with_a_loan: Journal) -> None:
    following(with_a_loan, set_fee(10**17))

    imported(with_a_loan, block(201, set_fee(0)))

    assert books_of(with_a_loan).terms[POOL][-1].reserve_factor_wad == 0


def test_a_fee_recipient_is_a_term_of_every_pool() -> None:
    journal = before_it(A_MARKET, create_market(OTHER_MARKET))

    assert following(journal, set_fee_recipient()) == [
        {"type": "terms-changed", "pool": MARKET, "fee_recipient": FEE_RECIPIENT},
        {"type": "terms-changed", "pool": OTHER_MARKET, "fee_recipient": FEE_RECIPIENT},
    ]


def test_interest_without_fee_shares_names_nobody() -> None:
    journal = before_it(A_LOAN, set_fee_recipient())

    assert following(journal, accrue_interest(interest=60)) == [
        {"type": "interest-accrued", "pool": MARKET, "interest": "60"}
    ]


def test_interest_of_nothing_is_a_fact_too(with_a_loan: Journal) -> None:
    before = held(with_a_loan)

    assert following(with_a_loan, accrue_interest(interest=0)) == [
        {"type": "interest-accrued", "pool": MARKET, "interest": "0"}
    ]
    assert held(with_a_loan) == before


def test_interest_is_owed_by_all_loans_and_to_all_lenders(with_a_loan: Journal) -> None:
    following(with_a_loan, accrue_interest(interest=60))

    assert (held(with_a_loan)[LOANS], held(with_a_loan)[CLAIMS]) == (660, -1060)


def fee_shares_go_to(journal: Journal) -> str:
    """Who gets the fee shares of an accrual."""
    (fact,) = following(journal, accrue_interest(interest=60, fee_shares=5 * SHARE))
    assert fact["fee_shares"] == str(5 * SHARE)
    assert held(journal)[f"{REGISTER}:{fact['fee_recipient']}"] >= 5 * SHARE
    return str(fact["fee_recipient"])


def test_fee_shares_go_to_the_recipient_set_before_the_first_market() -> None:
    assert fee_shares_go_to(before_it([*block(99, set_fee_recipient()), *A_LOAN])) == FEE_RECIPIENT


def test_fee_shares_go_to_the_recipient_of_that_time() -> None:
    journal = before_it(A_LOAN, set_fee_recipient())
    imported(journal, block(151, accrue_interest(interest=60, fee_shares=3), set_fee_recipient(CAROL)))

    assert fee_shares_go_to(journal) == CAROL
    assert held(journal)[f"{REGISTER}:{FEE_RECIPIENT}"] == 3


def test_fee_shares_without_a_recipient_go_to_the_zero_address(with_a_loan: Journal) -> None:
    assert fee_shares_go_to(with_a_loan) == NOBODY


def test_fee_shares_go_to_the_zero_address_once_it_is_the_recipient() -> None:
    assert fee_shares_go_to(before_it(A_LOAN, set_fee_recipient(), set_fee_recipient(NOBODY))) == NOBODY


def test_fee_shares_may_go_to_one_who_lends_already() -> None:
    journal = before_it(A_LOAN, set_fee_recipient(ALICE))

    assert fee_shares_go_to(journal) == ALICE
    assert held(journal)[f"{REGISTER}:{ALICE}"] == 1005 * SHARE


def test_fee_shares_stay_with_the_zero_address_when_a_recipient_is_set() -> None:
    journal = before_it(A_LOAN, accrue_interest(interest=60, fee_shares=5 * SHARE), set_fee_recipient())

    assert held(journal)[f"{REGISTER}:{NOBODY}"] == 5 * SHARE
    assert f"{REGISTER}:{FEE_RECIPIENT}" not in held(journal)


# Supply and Withdraw.


def test_a_supply_is_a_deposit_of_the_one_on_whose_behalf_it_is(with_a_loan: Journal) -> None:
    assert following(with_a_loan, supply(assets=7, shares=8, on_behalf=CAROL)) == [
        {"type": "deposited", "pool": MARKET, "lender": CAROL, "assets": "7", "shares": "8"}
    ]


def test_a_withdrawal_is_of_the_one_on_whose_behalf_it_is(with_a_loan: Journal) -> None:
    assert following(with_a_loan, withdraw(assets=7, shares=8)) == [
        {"type": "withdrawn", "pool": MARKET, "lender": ALICE, "assets": "7", "shares": "8"}
    ]


def test_shares_may_be_given_back_for_nothing(with_a_loan: Journal) -> None:
    following(with_a_loan, withdraw(assets=0, shares=9))

    assert (held(with_a_loan)[f"{REGISTER}:{ALICE}"], held(with_a_loan)[CLAIMS]) == (1000 * SHARE - 9, -1000)


def test_the_largest_amount_there_is_may_be_supplied(with_a_loan: Journal) -> None:
    following(with_a_loan, supply(assets=AMOUNT_MAX, shares=AMOUNT_MAX, on_behalf=CAROL))

    assert held(with_a_loan)[CASH] == AMOUNT_MAX + 400
    assert held(with_a_loan)[f"{REGISTER}:{CAROL}"] == AMOUNT_MAX


def test_all_that_was_supplied_may_be_withdrawn() -> None:
    journal = before_it(A_MARKET, supply(assets=1000, shares=1000 * SHARE), withdraw(assets=1000, shares=1000 * SHARE))

    assert balances(journal) == {}


# Borrow and Repay.


def test_the_first_borrowing_of_an_address_originates_its_loan(with_a_loan: Journal) -> None:
    assert following(with_a_loan, borrow(assets=7, shares=8, on_behalf=CAROL)) == [
        {
            "type": "loan-originated",
            "pool": MARKET,
            "loan": CAROL,
            "borrower": CAROL,
            "principal": "7",
            "debt_shares": "8",
        }
    ]


def test_a_further_borrowing_is_drawn_on_the_loan(with_a_loan: Journal) -> None:
    assert following(with_a_loan, borrow(assets=7, shares=8)) == [
        {"type": "loan-drawn", **BOTH, "principal": "7", "debt_shares": "8"}
    ]


def test_a_loan_in_one_market_is_none_in_another() -> None:
    journal = before_it(A_LOAN, create_market(OTHER_MARKET), supply(assets=9, shares=9, market=OTHER_MARKET))

    (fact,) = following(journal, borrow(assets=7, shares=8, market=OTHER_MARKET))

    assert (fact["type"], fact["pool"]) == ("loan-originated", OTHER_MARKET)


def test_debt_shares_may_be_issued_for_nothing(with_a_loan: Journal) -> None:
    following(with_a_loan, borrow(assets=0, shares=9))

    assert (held(with_a_loan)[LOANS], held(with_a_loan)[f"{DEBT}:{BOB}"]) == (600, 600 * SHARE + 9)


def test_a_repayment_is_of_the_loan_on_whose_behalf_it_is_and_names_who_paid(with_a_loan: Journal) -> None:
    assert following(with_a_loan, repay(assets=100, shares=99)) == [
        {"type": "repaid", **BOTH, "payer": CALLER, "principal": "100", "debt_shares": "99"}
    ]


def test_a_repayment_of_all_loans_closes_every_account_of_the_debt(with_a_loan: Journal) -> None:
    following(with_a_loan, repay(assets=600, shares=600 * SHARE))

    assert {LOANS, DEBT, f"{DEBT}:{BOB}", ROUNDING}.isdisjoint(held(with_a_loan))


def test_the_unit_that_a_repayment_is_above_all_loans_goes_to_rounding(with_a_loan: Journal) -> None:
    assert following(with_a_loan, repay(assets=601, shares=600 * SHARE)) == [
        {
            "type": "repaid",
            **BOTH,
            "payer": CALLER,
            "principal": "600",
            "debt_shares": str(600 * SHARE),
            "rounding": "1",
        }
    ]
    assert held(with_a_loan)[ROUNDING] == -1
    assert LOANS not in held(with_a_loan)


def test_shares_that_round_to_nothing_may_be_repaid_once_all_loans_are_at_zero() -> None:
    journal = before_it(A_LOAN, borrow(assets=0, shares=9, on_behalf=CAROL), repay(assets=600, shares=600 * SHARE))

    (fact,) = following(journal, repay(assets=1, shares=9, on_behalf=CAROL))

    assert (fact["principal"], fact["rounding"]) == ("0", "1")
    assert held(journal)[ROUNDING] == -1


def test_a_repayment_on_behalf_of_one_who_owes_nothing_is_taken_off_all_loans(with_a_loan: Journal) -> None:
    """The contract takes one unit that is worth no share."""
    facts = following(with_a_loan, repay(assets=1, shares=0, on_behalf=CAROL))

    assert [(fact["type"], fact["loan"], fact["principal"]) for fact in facts] == [
        ("loan-originated", CAROL, "0"),
        ("repaid", CAROL, "1"),
    ]
    assert held(with_a_loan)[LOANS] == 599


# Collateral.


def test_collateral_of_a_loan_that_is_there_is_posted(with_a_loan: Journal) -> None:
    assert following(with_a_loan, supply_collateral(assets=7)) == [
        {"type": "collateral-posted", **BOTH, "asset": COLLATERAL_TOKEN, "quantity": "7"}
    ]


def test_collateral_before_any_borrowing_opens_the_loan_at_zero(with_a_loan: Journal) -> None:
    facts = following(
        with_a_loan, supply_collateral(assets=7, on_behalf=CAROL), borrow(assets=1, shares=2, on_behalf=CAROL)
    )

    assert [(fact["type"], fact.get("principal")) for fact in facts] == [
        ("loan-originated", "0"),
        ("collateral-posted", None),
        ("loan-drawn", "1"),
    ]


def test_collateral_goes_back(with_a_loan: Journal) -> None:
    assert following(with_a_loan, withdraw_collateral(assets=50)) == [
        {"type": "collateral-released", **BOTH, "asset": COLLATERAL_TOKEN, "quantity": "50"}
    ]
    assert f"assets:{MARKET}:collateral:{BOB}" not in held(with_a_loan)


def test_the_largest_collateral_there_is_may_be_posted_and_goes_back(with_a_loan: Journal) -> None:
    before = held(with_a_loan)

    following(with_a_loan, supply_collateral(assets=AMOUNT_MAX), withdraw_collateral(assets=AMOUNT_MAX))

    assert held(with_a_loan) == before


# Liquidate.


DEFAULTED: Final = {"type": "loan-defaulted", **BOTH, "case": CASE, "reason": "liquidated", "interest": "0"}
SOLD: Final = {"type": "collateral-sold", **BOTH, "case": CASE, "asset": COLLATERAL_TOKEN, "buyer": CALLER}
SHORT: Final = {"type": "shortfall-recognized", **BOTH, "case": CASE}
BORNE: Final = {"type": "bad-debt-socialized", "pool": MARKET, "case": CASE, "tranche": LENDERS}
CURED: Final = {"type": "loan-cured", **BOTH, "case": CASE, "interest": "0", "reason": "residual"}
CLOSED: Final = {"type": "case-closed", **BOTH, "case": CASE}


def test_a_liquidation_that_leaves_debt_is_a_default_a_sale_and_a_cure(with_a_loan: Journal) -> None:
    assert following(with_a_loan, liquidate(repaid=(200, 200 * SHARE), seized=20)) == [
        DEFAULTED | {"principal": "600"},
        SOLD | {"quantity": "20", "proceeds": "200", "principal": "200", "debt_shares": str(200 * SHARE)},
        CURED | {"principal": "400"},
    ]


def test_a_liquidation_that_repays_all_closes_its_case(with_a_loan: Journal) -> None:
    assert following(with_a_loan, liquidate(repaid=(600, 600 * SHARE), seized=20)) == [
        DEFAULTED | {"principal": "600"},
        SOLD | {"quantity": "20", "proceeds": "600", "principal": "600", "debt_shares": str(600 * SHARE)},
        CLOSED | {"outcome": "repaid from collateral"},
    ]


def test_a_liquidation_with_bad_debt_falls_on_the_lenders_at_once(with_a_loan: Journal) -> None:
    facts = following(with_a_loan, liquidate(repaid=(200, 200 * SHARE), seized=50, bad_debt=(400, 400 * SHARE)))

    assert facts == [
        DEFAULTED | {"principal": "600"},
        SOLD | {"quantity": "50", "proceeds": "200", "principal": "200", "debt_shares": str(200 * SHARE)},
        SHORT | {"principal": "400", "debt_shares": str(400 * SHARE)},
        BORNE | {"amount": "400", "claims_before": "1000", "shares": str(1000 * SHARE), "holder_count": 1},
        CLOSED | {"outcome": "bad debt socialized"},
    ]
    after = held(with_a_loan)
    assert (after[CLAIMS], after[REGISTER], after[CASH]) == (-600, -1000 * SHARE, 600)
    assert {LOANS, DEBT, f"{DEBT}:{BOB}", f"assets:{MARKET}:deficit:{CASE}"}.isdisjoint(after)


def test_every_holder_of_shares_is_counted_among_those_who_bear_bad_debt() -> None:
    journal = before_it(
        A_LOAN,
        supply(assets=10, shares=10 * SHARE, on_behalf=CAROL),
        accrue_interest(interest=60, fee_shares=5 * SHARE),
        withdraw(assets=10, shares=10 * SHARE, on_behalf=CAROL),
    )

    facts = following(journal, liquidate(repaid=(0, 0), seized=50, bad_debt=(660, 600 * SHARE)))

    assert (facts[3]["holder_count"], facts[3]["claims_before"], facts[3]["shares"]) == (2, "1060", str(1005 * SHARE))


def test_the_unit_that_a_liquidation_is_above_all_loans_goes_to_rounding(with_a_loan: Journal) -> None:
    defaulted, sold, _ = following(with_a_loan, liquidate(repaid=(601, 600 * SHARE), seized=50))

    assert defaulted["principal"] == "600"
    assert (sold["proceeds"], sold["principal"], sold["rounding"]) == ("601", "600", "1")
    assert held(with_a_loan)[ROUNDING] == -1


def test_bad_debt_shares_may_be_worth_nothing(with_a_loan: Journal) -> None:
    """The repaid part took all assets: the cap binds at zero."""
    facts = following(with_a_loan, liquidate(repaid=(601, 599 * SHARE), seized=50, bad_debt=(0, SHARE)))

    assert [fact["type"] for fact in facts] == [
        "loan-defaulted",
        "collateral-sold",
        "shortfall-recognized",
        "bad-debt-socialized",
        "case-closed",
    ]
    assert (facts[2]["principal"], facts[3]["amount"]) == ("0", "0")
    assert f"{DEBT}:{BOB}" not in held(with_a_loan)
    assert held(with_a_loan)[CLAIMS] == -1000


def test_bad_debt_may_be_all_that_is_owed_with_nothing_repaid_and_nothing_seized(with_a_loan: Journal) -> None:
    facts = following(with_a_loan, liquidate(repaid=(0, 0), seized=0, bad_debt=(600, 600 * SHARE)))

    assert [fact["type"] for fact in facts][-1] == "case-closed"
    assert held(with_a_loan)[CLAIMS] == -400


def test_bad_debt_of_a_part_leaves_the_rest_to_perform(with_a_loan: Journal) -> None:
    """The contract takes all that is left; the facts follow from the log's own numbers all the same."""
    facts = following(with_a_loan, liquidate(repaid=(200, 200 * SHARE), seized=50, bad_debt=(300, 300 * SHARE)))

    assert facts[0] == DEFAULTED | {"principal": "600"}
    assert facts[-1] == CURED | {"principal": "100"}
    assert (held(with_a_loan)[LOANS], held(with_a_loan)[f"{DEBT}:{BOB}"]) == (100, 100 * SHARE)


def test_collateral_may_run_out_without_bad_debt(with_a_loan: Journal) -> None:
    """Infer nothing: the debt that is left goes on, though nothing secures it."""
    facts = following(with_a_loan, liquidate(repaid=(200, 200 * SHARE), seized=50))

    assert facts[-1] == CURED | {"principal": "400"}
    assert books_of(with_a_loan).loans[POOL][LoanId(BOB)].case is None


def test_one_unit_of_collateral_left_defers_the_bad_debt_which_goes_on_accruing(with_a_loan: Journal) -> None:
    following(with_a_loan, liquidate(repaid=(200, 200 * SHARE), seized=49), accrue_interest(interest=40))

    imported(with_a_loan, block(201, liquidate(repaid=(1, SHARE), seized=1, bad_debt=(439, 399 * SHARE))))

    after = held(with_a_loan)
    assert (after[CLAIMS], after[CASH]) == (-(1000 + 40 - 439), 601)
    assert LOANS not in after


def test_the_case_of_a_liquidation_accounts_for_all_of_its_exposure(with_a_loan: Journal) -> None:
    """Here the shares left are worth a fraction above 399 units, of which the loan owes 400."""
    (defaulted, sold, cured) = following(with_a_loan, liquidate(repaid=(201, 200 * SHARE), seized=20))

    assert int(defaulted["principal"]) == int(sold["principal"]) + int(cured["principal"])
    assert cured["principal"] == "400"
    assert held(with_a_loan)[LOANS] == 399
    assert books_of(with_a_loan).cases[CASE].in_default == 0


def test_what_stays_behind_is_what_the_shares_are_worth_rounded_up() -> None:
    journal = before_it(A_LOAN, borrow(assets=100, shares=100 * SHARE, on_behalf=CAROL), accrue_interest(interest=7))

    *_, cured = following(journal, liquidate(repaid=(202, 200 * SHARE), seized=20))

    # 400 of 500 million shares of 505 units, with one unit and a million shares beside them: 404.0 of 501 parts.
    assert cured["principal"] == str(-(-400 * SHARE * 506 // (501 * SHARE)))


def test_a_loan_may_be_liquidated_again_and_again_each_time_a_case_of_its_own(with_a_loan: Journal) -> None:
    part = liquidate(repaid=(100, 100 * SHARE), seized=10)

    following(with_a_loan, part, part, accrue_interest(interest=1), part)

    cases = books_of(with_a_loan).cases
    assert list(cases) == ["200-0", "200-1", "200-3"]
    assert all(case.in_default == 0 for case in cases.values())
    assert held(with_a_loan)[LOANS] == 301


def test_what_was_cured_may_be_repaid_and_drawn_again(with_a_loan: Journal) -> None:
    facts = following(
        with_a_loan,
        liquidate(repaid=(200, 200 * SHARE), seized=20),
        repay(assets=400, shares=400 * SHARE),
        borrow(assets=5, shares=5 * SHARE),
        withdraw_collateral(assets=30),
    )

    assert [fact["type"] for fact in facts][3:] == ["repaid", "loan-drawn", "collateral-released"]


def test_after_a_full_wipe_out_shares_without_claims_stay_and_later_deposits_mint_many() -> None:
    journal = before_it(A_LOAN, withdraw(assets=400, shares=400 * SHARE))
    following(journal, liquidate(repaid=(0, 0), seized=50, bad_debt=(600, 600 * SHARE)))
    assert {CLAIMS, CASH}.isdisjoint(held(journal))
    assert held(journal)[REGISTER] == -600 * SHARE

    imported(journal, block(201, supply(assets=5, shares=5 * 601 * SHARE, on_behalf=CAROL)))

    assert (held(journal)[CLAIMS], held(journal)[REGISTER]) == (-5, -(600 + 5 * 601) * SHARE)


def test_liquidations_of_several_markets_may_stand_in_one_block() -> None:
    journal = before_it(
        A_LOAN,
        create_market(OTHER_MARKET),
        supply(assets=1000, shares=1000 * SHARE, market=OTHER_MARKET),
        supply_collateral(assets=50, market=OTHER_MARKET),
        borrow(assets=600, shares=600 * SHARE, market=OTHER_MARKET),
    )

    facts = following(
        journal,
        liquidate(repaid=(0, 0), seized=50, bad_debt=(600, 600 * SHARE)),
        liquidate(repaid=(600, 600 * SHARE), seized=9, market=OTHER_MARKET),
    )

    assert [(fact["type"], fact["pool"]) for fact in facts if fact["type"] == "case-closed"] == [
        ("case-closed", MARKET),
        ("case-closed", OTHER_MARKET),
    ]


# What makes no entry.


@pytest.mark.parametrize(
    "event",
    [
        said("FlashLoan", [CALLER, LOAN_TOKEN], [10**9]),
        said("SetAuthorization", [CALLER, ALICE, BOB], [True]),
        said("IncrementNonce", [CALLER, ALICE], [7]),
        said("EnableIrm", [IRM]),
        said("EnableLltv", [], [LLTV]),
        said("SetOwner", [CAROL]),
    ],
)
def test_what_changes_no_market_makes_no_entry(event: Said, with_a_loan: Journal) -> None:
    assert following(with_a_loan, event) == []


# What the books cannot bear.


LIES: Final[dict[str, tuple[Said, str]]] = {
    "a withdrawal above the cash": (withdraw(assets=401, shares=1), "law 3"),
    "a withdrawal above the claims": (withdraw(assets=1001, shares=1), "law 3"),
    "a withdrawal of more shares than are held": (withdraw(assets=1, shares=1000 * SHARE + 1), "law 3"),
    "a withdrawal by one who has no shares": (withdraw(assets=1, shares=1, on_behalf=CAROL), "law 3"),
    "a borrowing above the cash": (borrow(assets=401, shares=1), "law 3"),
    "the largest borrowing there is": (borrow(assets=AMOUNT_MAX, shares=AMOUNT_MAX), "law 3"),
    "a repayment of a share more than is owed": (repay(assets=1, shares=600 * SHARE + 1), "law 3"),
    "a repayment of all shares there can be": (repay(assets=1, shares=AMOUNT_MAX), "law 3"),
    "a repayment of shares by one who owes none": (repay(assets=1, shares=1, on_behalf=CAROL), "law 3"),
    "more collateral back than is held": (withdraw_collateral(assets=51), "law 3"),
    "collateral back of one who has none": (withdraw_collateral(assets=1, on_behalf=CAROL), "law 2"),
    "a liquidation of one who has no loan": (liquidate(repaid=(1, 1), seized=0, borrower=CAROL), "law 2"),
    "a liquidation of more shares than are owed": (liquidate(repaid=(1, 600 * SHARE + 1), seized=0), "law 3"),
    "a seizure of more than is held": (liquidate(repaid=(1, 1), seized=51), "law 4"),
    "bad debt above what is owed": (liquidate(repaid=(0, 0), seized=0, bad_debt=(601, 600 * SHARE)), "law 3"),
    "bad debt above what is left": (liquidate(repaid=(200, 0), seized=0, bad_debt=(401, 1)), "law 3"),
    "bad debt in more shares than are left": (
        liquidate(repaid=(1, SHARE), seized=0, bad_debt=(1, 600 * SHARE)),
        "law 3",
    ),
    "the largest bad debt there is": (
        liquidate(repaid=(0, 0), seized=0, bad_debt=(AMOUNT_MAX, 1)),
        "Liquidate cannot be booked: principal: ",
    ),
    "an exposure above the largest amount": (
        liquidate(repaid=(600, 1), seized=0, bad_debt=(AMOUNT_MAX - 599, 1)),
        "Liquidate cannot be booked: principal: ",
    ),
    "a fee above all": (set_fee(10**18 + 1), "SetFee cannot be booked: reserve_factor_wad: "),
    "the largest fee there is": (set_fee(AMOUNT_MAX), "SetFee cannot be booked: reserve_factor_wad: "),
    "a market that is there": (create_market(), "law 2"),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_the_books_cannot_bear_is_refused_with_its_place_and_why(lie: str, with_a_loan: Journal) -> None:
    event, why = LIES[lie]
    logs = block(200, supply(assets=0, shares=0), event)

    (problem,) = refusal(with_a_loan, logs)

    assert problem.startswith(f"{place(logs[1], 2)}: ")
    assert why in problem


@pytest.mark.parametrize(
    "event",
    [
        set_fee(1, market=OTHER_MARKET),
        accrue_interest(interest=1, market=OTHER_MARKET),
        accrue_interest(interest=1, fee_shares=1, market=OTHER_MARKET),
        supply(assets=1, shares=1, market=OTHER_MARKET),
        withdraw(assets=1, shares=1, market=OTHER_MARKET),
        borrow(assets=1, shares=1, market=OTHER_MARKET),
        repay(assets=1, shares=1, market=OTHER_MARKET),
        supply_collateral(assets=1, market=OTHER_MARKET),
        withdraw_collateral(assets=1, market=OTHER_MARKET),
        liquidate(repaid=(1, 1), seized=1, market=OTHER_MARKET),
        liquidate(repaid=(0, 0), seized=0, bad_debt=(1, 1), market=OTHER_MARKET),
    ],
)
@pytest.mark.parametrize("before", [A_LOAN, []], ids=["with another market", "without any"])
def test_an_event_of_a_market_that_was_not_created_is_refused(event: Said, before: list[Json]) -> None:
    journal = MemoryJournal()
    imported(journal, before)
    logs = block(200, event)

    (problem,) = refusal(journal, logs)

    assert problem.startswith(f"{place(logs[0], 1)}: ")
    assert f"law 2, what is named exists: no pool {OTHER_MARKET} was opened" in problem


@pytest.mark.parametrize(
    "event",
    [supply_collateral(assets=1), withdraw_collateral(assets=1), liquidate(repaid=(0, 0), seized=0)],
)
def test_a_market_without_collateral_takes_and_gives_none(event: Said) -> None:
    journal = before_it(block(100, create_market(collateral_token=NOBODY)), borrow(assets=0, shares=0))
    logs = block(200, event)

    assert refusal(journal, logs) == (f"{place(logs[0], 1)}: market {MARKET} takes no collateral",)


HUGE: Final = supply(assets=AMOUNT_MAX, shares=AMOUNT_MAX, on_behalf=CAROL)


def test_a_sum_above_the_largest_amount_is_borne_as_long_as_no_entry_states_it(with_a_loan: Journal) -> None:
    following(with_a_loan, HUGE, HUGE, withdraw(assets=AMOUNT_MAX, shares=AMOUNT_MAX, on_behalf=CAROL))

    assert held(with_a_loan)[CLAIMS] == -(1000 + AMOUNT_MAX)


def test_bad_debt_on_claims_above_the_largest_amount_is_refused(with_a_loan: Journal) -> None:
    following(with_a_loan, HUGE)
    logs = block(201, liquidate(repaid=(0, 0), seized=50, bad_debt=(600, 600 * SHARE)))

    (problem,) = refusal(with_a_loan, logs)

    assert problem.startswith(f"{place(logs[0], 1)}: Liquidate cannot be booked: claims_before: ")


def test_a_residual_above_the_largest_amount_is_refused(with_a_loan: Journal) -> None:
    following(with_a_loan, accrue_interest(interest=AMOUNT_MAX), accrue_interest(interest=AMOUNT_MAX))
    logs = block(201, liquidate(repaid=(1, 1), seized=1))

    (problem,) = refusal(with_a_loan, logs)

    assert problem.startswith(f"{place(logs[0], 1)}: Liquidate cannot be booked: principal: ")


@pytest.mark.parametrize(
    "event", [repay(assets=602, shares=600 * SHARE), liquidate(repaid=(602, 600 * SHARE), seized=1)]
)
def test_more_than_a_unit_above_all_loans_is_no_rounding(event: Said, with_a_loan: Journal) -> None:
    """The contract takes at most one unit more than all loans owe; what says more did not come from it."""
    logs = block(200, event)

    (problem,) = refusal(with_a_loan, logs)

    assert problem.startswith(f"{place(logs[0], 1)}: ")
