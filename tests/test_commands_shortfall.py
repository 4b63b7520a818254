"""A shortfall is recognized with all that is left in default, an open deficit covered, and the case closed."""

from functools import partial
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.commands import AnyCommand, CloseCase, CoverDeficit, ResolveShortfall, decide
from ledger.commands.debt import owed
from ledger.commands.walk import FundPrice
from ledger.errors import (
    CaseUnsettled,
    CommandRefused,
    LawBroken,
    ShortfallExceeded,
    UnknownName,
    WaterfallOrder,
    WrongSide,
    WrongState,
)
from ledger.events import DeficitCovered, ShortfallRecognized
from ledger.laws import admit_all
from ledger.values import LENDERS, CaseId, EventId, LoanId, PartyId, PoolId
from ledger.waterfall import ReserveLayer
from tests.commanded import AS_ASKED, follows, refused
from tests.stories.telling import holds_together
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
    Story,
    a_default,
    a_deficit,
    a_pool,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_sold,
    cost_advanced,
    deficit_covered,
    deficit_recapitalized,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    guarantee_paid,
    interest_accrued,
    interest_allocated,
    loan_cured,
    loan_defaulted,
    loan_originated,
    picture,
    pool_opened,
    repaid,
    reserve_contributed,
    reserve_drawn,
    shortfall_recognized,
    told,
    withdrawn,
)

INVESTOR: Final = PartyId("investor")
CASES: Final = (CaseId("first"), CaseId("second"), CaseId("third"))
resolve: Final = partial(ResolveShortfall, at=AT, id=AS_ASKED, pool=POOL, case=CASE)
cover: Final = partial(CoverDeficit, at=AT, id=AS_ASKED, pool=POOL)
close: Final = partial(CloseCase, at=AT, id=AS_ASKED, pool=POOL, case=CASE)
AMOUNTS: Final = st.integers(0, 5) | st.integers(0, 2**120)


def pooled(default: int, *, waterfall: Any = (SOCIALIZE,), **charter: Any) -> Story:
    """A pooled loan of 300 in default beside another of 100, a debt share a unit."""
    return told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        pool_opened(debt="pooled", waterfall=waterfall, **charter),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=300, debt_shares=300),
        loan_originated(loan=OTHER_LOAN, principal=100, debt_shares=100),
        collateral_posted(quantity=10),
        loan_defaulted(principal=default, interest=0),
    )


def indexed(*loans: int, rise: int, accrued: int) -> Story:
    """Loans at index 1000, which rises by so much while the pool accrues so much; the first is in default."""
    story = told(
        asset_registered(),
        pool_opened(debt="indexed", waterfall=(SOCIALIZE,)),
        deposited(assets=2**130, shares=2**130),
        interest_accrued(loan=None, interest=0, index=1000),
        *(loan_originated(loan=LoanId(f"loan-{n}"), principal=principal) for n, principal in enumerate(loans)),
        loan_defaulted(loan=LoanId("loan-0"), principal=loans[0], interest=0),
    )
    return story.then(interest_accrued(loan=None, interest=accrued, index=1000 + rise))


def three_deficits(*layers: Any, amounts: tuple[int, ...] = (30, 20, 10), fund: int = 0) -> Story:
    """Open deficits of three cases, of which the second was recognized first."""
    story = a_pool(*(layers or (HOLD,)), fund=fund)
    for case, amount in zip(CASES, amounts, strict=True):
        loan = LoanId(f"of-{case}")
        story.then(
            loan_originated(loan=loan, principal=amount),
            loan_defaulted(loan=loan, case=case, principal=amount, interest=0),
        )
    for number in (1, 0, 2):
        case = CASES[number]
        story.then(shortfall_recognized(loan=LoanId(f"of-{case}"), case=case, principal=amounts[number]))
    return story


# A shortfall is resolved.


def test_all_that_is_left_in_default_is_recognized_and_borne() -> None:
    story = a_default(fund_layer(cap=100), SOCIALIZE, principal=600, interest=20, fund=150)
    story.then(collateral_sold(quantity=1, proceeds=50, principal=30, interest=20))
    assert follows(story, resolve()) == (
        shortfall_recognized(principal=570),
        fund_drawn(amount=100),
        bad_debt_socialized(amount=470, claims_before=1020, shares=1000, holder_count=1),
    )
    holds_together(story)


def test_a_waterfall_that_holds_leaves_the_whole_deficit_open() -> None:
    story = a_default(HOLD, principal=600, interest=20)
    assert follows(story, resolve()) == (shortfall_recognized(principal=600, interest=20),)
    assert story.books.deficit(POOL, CASE) == 620


def test_the_first_fact_carries_the_command_and_the_others_name_it() -> None:
    story = a_default(HOLD, SOCIALIZE, principal=600)
    asked = resolve(memo="the board", override="the board decided")
    (fact,) = decide(asked, story.books)
    assert (fact.id, fact.command, fact.cause, fact.memo) == (AS_ASKED, asked.asked(), None, "the board")
    _, second = decide(asked, a_default(SOCIALIZE, principal=600).books)
    assert (second.id, second.command, second.cause) == ("command/2", None, AS_ASKED)
    assert second.override == "the board decided"


def test_nothing_is_resolved_where_nothing_is_in_default_and_nothing_is_open() -> None:
    nothing = "nothing is in default under case case, and no deficit of it is open"
    refused(a_default(SOCIALIZE).then(repaid(case=CASE, principal=600)), resolve(), CommandRefused, nothing)
    refused(a_deficit(SOCIALIZE).then(bad_debt_socialized(amount=600)), resolve(), CommandRefused, nothing)
    refused(a_default(SOCIALIZE).then(loan_cured(principal=600, interest=0)), resolve(), CommandRefused, nothing)


def test_nothing_is_resolved_where_no_layer_can_bear_what_is_open() -> None:
    refused(
        a_deficit(fund_layer(), HOLD),
        resolve(),
        CommandRefused,
        "nothing is in default under case case, and no layer can bear its deficit",
    )


def test_what_is_open_is_borne_by_layers_that_have_room_by_now() -> None:
    story = a_deficit(fund_layer(), principal=60).then(fund_contributed(amount=45))
    assert follows(story, resolve()) == (fund_drawn(amount=45),)


def test_an_open_deficit_is_borne_together_with_what_is_recognized_now() -> None:
    story = a_default(fund_layer(cap=50), principal=60, fund=100).then(shortfall_recognized(principal=30))
    assert follows(story, resolve()) == (shortfall_recognized(principal=30), fund_drawn(amount=50))
    assert story.books.deficit(POOL, CASE) == 10


def test_a_deficit_of_a_case_whose_loan_defaulted_again_leaves_the_new_case_alone() -> None:
    again = CaseId("again")
    story = a_default(SOCIALIZE, principal=60).then(
        shortfall_recognized(principal=20),
        loan_cured(principal=40, interest=0),
        loan_defaulted(case=again, principal=40, interest=0),
    )
    assert follows(story, resolve()) == (
        bad_debt_socialized(amount=20, claims_before=1000, shares=1000, holder_count=1),
    )
    assert story.books.cases[again].in_default == 40


def test_a_closed_case_is_not_resolved() -> None:
    story = a_default(SOCIALIZE).then(repaid(case=CASE, principal=600), case_closed())
    refused(story, resolve(), WrongState, "case case is closed")
    refused(story, resolve(case=CaseId("nowhere")), UnknownName, "pool pool has no case nowhere")


def test_a_resolution_is_recorded_whole_or_not_at_all() -> None:
    story = a_default(fund_layer(), SOCIALIZE, principal=600, fund=150)
    facts = decide(resolve(), story.books)
    story.then(deposited(assets=1, shares=1))  # what the last of the facts states of the tranche is true no more
    before = picture(story.books)
    with pytest.raises(LawBroken, match="claims_before of tranche lenders is 1001, not 1000"):
        admit_all(facts, story.books)
    assert picture(story.books) == before


# Of a pooled loan.


def test_the_whole_debt_of_a_pooled_loan_is_recognized_with_every_debt_share() -> None:
    story = pooled(300)
    assert follows(story, resolve())[0] == shortfall_recognized(principal=300, debt_shares=300)
    assert owed(story.books, POOL, OTHER_LOAN).total == 100
    follows(story, close(id=EventId("close")))


def test_no_more_than_was_stated_in_default_is_recognized_and_the_rest_goes_on_performing() -> None:
    story = pooled(300).then(interest_accrued(loan=None, interest=40))
    first, *_ = follows(story, resolve())
    assert first == shortfall_recognized(principal=300, debt_shares=272)  # 300 * 400 / 440 = 272.7
    assert owed(story.books, POOL, OTHER_LOAN).total == 110  # as before: 100 * 140 / 128 = 109.4
    refused(story, close(id=EventId("close")), CaseUnsettled, "what goes on performing is cured first")
    story.then(loan_cured(principal=0, interest=0, reason="residual"))
    follows(story, close(id=EventId("close-again")))


def test_no_more_is_recognized_than_debt_shares_are_worth() -> None:
    story = pooled(350)
    first, *_ = follows(story, resolve())
    assert first == shortfall_recognized(principal=300, debt_shares=300)
    assert owed(story.books, POOL, OTHER_LOAN).total == 100


def test_no_more_is_recognized_than_all_loans_owe() -> None:
    story = told(
        asset_registered(),
        pool_opened(debt="pooled", virtual_assets=1, virtual_shares=1, waterfall=(SOCIALIZE,)),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=300, debt_shares=600),
        loan_defaulted(principal=301, interest=0),
    )
    assert owed(story.books, POOL, LOAN).total == 301  # 600 * 301 / 601 = 300.5
    assert follows(story, resolve())[0] == shortfall_recognized(principal=300, debt_shares=600)


def test_a_pooled_debt_less_than_a_unit_above_what_is_in_default_is_recognized_whole() -> None:
    story = told(
        asset_registered(),
        pool_opened(debt="pooled", waterfall=(SOCIALIZE,)),
        deposited(assets=2000, shares=2000),
        loan_originated(principal=10, debt_shares=10),
        loan_originated(loan=OTHER_LOAN, principal=993, debt_shares=1000),
        loan_defaulted(principal=9, interest=0),
    )
    assert owed(story.books, POOL, LOAN).total == 10  # 10 * 1003 / 1010 = 9.93
    assert follows(story, resolve())[0] == shortfall_recognized(principal=9, debt_shares=10)


def test_debt_shares_that_are_worth_nothing_are_burnt_by_a_recognition_of_nothing() -> None:
    story = told(
        asset_registered(),
        pool_opened(debt="pooled", waterfall=(SOCIALIZE,)),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=0, debt_shares=10),
        loan_defaulted(principal=0, interest=0),
    )
    assert follows(story, resolve()) == (shortfall_recognized(principal=0, debt_shares=10),)
    follows(story, close(id=EventId("close")))


def test_a_cost_advanced_without_debt_shares_is_not_taken_from_other_borrowers() -> None:
    story = pooled(300).then(cost_advanced(amount=40))
    others = owed(story.books, POOL, OTHER_LOAN).total
    first, *_ = follows(story, resolve())
    assert first == shortfall_recognized(principal=330, debt_shares=300)  # 300 * 440 / 400
    assert owed(story.books, POOL, OTHER_LOAN).total == others == 110


# Of an indexed loan.


def test_an_indexed_loan_is_recognized_with_its_interest_rounded_down_as_the_pools_is() -> None:
    story = indexed(132, rise=100, accrued=13)
    assert follows(story, resolve())[:2] == (
        interest_allocated(loan=LoanId("loan-0"), case=CASE, interest=13),  # 13.2, which the loan alone rounds up
        shortfall_recognized(loan=LoanId("loan-0"), principal=132, interest=13),
    )
    assert story.balance("assets:pool:interest") == 0


def test_an_indexed_loan_is_rounded_down_as_well_while_interest_of_others_is_unallocated() -> None:
    story = indexed(132, 1000, rise=100, accrued=113)
    assert follows(story, resolve())[:2] == (
        interest_allocated(loan=LoanId("loan-0"), case=CASE, interest=13),
        shortfall_recognized(loan=LoanId("loan-0"), principal=132, interest=13),
    )
    assert story.balance("assets:pool:interest") == 100


def test_an_indexed_loan_gives_back_what_it_took_above_what_the_pool_accrued() -> None:
    story = indexed(132, rise=100, accrued=13).then(interest_allocated(loan=LoanId("loan-0"), case=CASE, interest=14))
    assert story.balance("assets:pool:interest") == -1
    assert follows(story, resolve())[:2] == (
        interest_allocated(loan=LoanId("loan-0"), case=CASE, interest=-1),
        shortfall_recognized(loan=LoanId("loan-0"), principal=132, interest=13),
    )
    assert story.balance("assets:pool:interest") == 0


def test_an_indexed_loan_gives_back_no_more_than_its_interest() -> None:
    story = indexed(10, 1000, rise=100, accrued=0).then(interest_allocated(loan=LoanId("loan-1"), interest=100))
    assert follows(story, resolve())[0] == shortfall_recognized(loan=LoanId("loan-0"), principal=10)
    assert story.balance("assets:pool:interest") == -100


@given(loans=st.lists(st.integers(1, 5) | st.integers(1, 2**100), min_size=1, max_size=4), rise=st.integers(0, 5000))
def test_an_indexed_recognition_never_takes_more_than_the_pool_has(loans: list[int], rise: int) -> None:
    story = indexed(*loans, rise=rise, accrued=sum(loans) * rise // 1000)
    others = [LoanId(f"loan-{number}") for number in range(1, len(loans))]
    for other, principal in zip(others, loans[1:], strict=True):
        story.then(interest_allocated(loan=other, interest=-(-principal * rise // 1000)))
    *_, recognition = (fact for fact in follows(story, resolve()) if isinstance(fact, ShortfallRecognized))
    exact = loans[0] * rise
    assert recognition.principal == loans[0]
    assert exact // 1000 - len(loans) < recognition.interest <= exact // 1000 or not recognition.interest
    assert story.balance("assets:pool:interest") >= 0 or not recognition.interest


# A deficit is covered.


@pytest.mark.parametrize(
    ("command", "fact"),
    [
        (cover(case=CASE, amount=40, source="fund", name=FUND), fund_drawn(amount=40)),
        (cover(case=CASE, amount=40, source="reserve"), reserve_drawn(amount=40)),
        (cover(case=CASE, amount=40, source="lender", name=LENDER), deficit_covered(amount=40, shares=40)),
        (cover(case=CASE, amount=40, source="investor", name=INVESTOR), deficit_recapitalized(amount=40)),
    ],
    ids=["fund", "reserve", "lender", "investor"],
)
def test_every_source_covers_a_deficit_by_a_fact_of_its_own(command: AnyCommand, fact: object) -> None:
    story = a_deficit(HOLD, principal=60, fund=100).then(reserve_contributed(amount=50))
    assert follows(story, command) == (fact,)
    assert story.books.deficit(POOL, CASE) == 20
    holds_together(story)


def test_a_lender_covers_at_the_price_of_its_tranche_rounded_up() -> None:
    story = a_default(HOLD, principal=60).then(
        interest_accrued(case=CASE, interest=500), shortfall_recognized(principal=60)
    )
    assert follows(story, cover(case=CASE, amount=40, source="lender", name=LENDER)) == (
        deficit_covered(amount=40, shares=27),  # 40 * 1000 / 1500 = 26.7
    )


def test_a_lender_of_another_tranche_covers_with_the_shares_of_that() -> None:
    story = a_pool(HOLD, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, lender=OTHER_LENDER, assets=50, shares=100),
        loan_originated(principal=60),
        loan_defaulted(principal=60, interest=0),
        shortfall_recognized(principal=60),
    )
    assert follows(story, cover(case=CASE, amount=40, source="lender", name=OTHER_LENDER, tranche=JUNIOR)) == (
        deficit_covered(lender=OTHER_LENDER, tranche=JUNIOR, amount=40, shares=80),
    )


def test_nobody_covers_with_shares_that_it_does_not_hold_or_that_are_worth_nothing() -> None:
    story = a_deficit(HOLD, principal=60)
    refused(
        story, cover(case=CASE, amount=1, source="lender", name=OTHER_LENDER), WrongSide, "register:pool:lenders:other"
    )
    worthless = a_pool(HOLD, tranches=(JUNIOR,)).then(
        loan_originated(principal=60), loan_defaulted(principal=60, interest=0), shortfall_recognized(principal=60)
    )
    refused(
        worthless,
        cover(case=CASE, amount=1, source="lender", name=LENDER, tranche=JUNIOR),
        CommandRefused,
        "shares of tranche junior of pool pool are worth nothing",
    )


def test_a_fund_of_another_asset_covers_by_its_price() -> None:
    story = told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        fund_opened(asset=ETH),
        fund_contributed(amount=10),
        pool_opened(waterfall=(HOLD,)),
        deposited(assets=1000, shares=1000),
        loan_originated(principal=60),
        loan_defaulted(principal=60, interest=0),
        shortfall_recognized(principal=60),
    )
    asked = cover(case=CASE, amount=10, source="fund", name=FUND)
    refused(story, asked, CommandRefused, "fund fund holds ETH: one price above 0 says what that is worth in USD")
    priced = cover(case=CASE, amount=10, source="fund", name=FUND, prices=(FundPrice(fund=FUND, price=3, scale=0),))
    assert follows(story, priced) == (fund_drawn(amount=10, paid=4),)


def test_no_more_is_covered_than_is_open_or_than_the_source_has() -> None:
    story = a_deficit(HOLD, principal=60, fund=50)
    refused(story, cover(case=CASE, amount=61, source="fund", name=FUND), ShortfallExceeded, "an open deficit of 60")
    refused(story, cover(case=CASE, amount=51, source="fund", name=FUND), WrongSide, "assets:fund:cash")
    refused(story, cover(case=CASE, amount=1, source="reserve"), WrongSide, "the reserve of pool pool is 0")


def test_a_layer_covers_only_in_its_turn_unless_told_why() -> None:
    story = a_deficit(fund_layer(cap=10), ReserveLayer(layer="reserve"), principal=60, fund=50).then(
        reserve_contributed(amount=50)
    )
    refused(story, cover(case=CASE, amount=5, source="reserve"), WaterfallOrder, "layer fund fund comes first")
    refused(story, cover(case=CASE, amount=11, source="fund", name=FUND), WaterfallOrder, "can still bear 10, not 11")
    (fact,) = follows(story, cover(case=CASE, amount=5, source="reserve", override="the board decided"))
    assert fact == reserve_drawn(amount=5, override="the board decided")


def test_a_cover_that_names_no_case_is_split_over_the_open_ones_the_oldest_first() -> None:
    story = three_deficits()
    assert follows(story, cover(amount=45, source="investor", name=INVESTOR)) == (
        deficit_recapitalized(case=CASES[1], amount=20),
        deficit_recapitalized(case=CASES[0], amount=25),
    )
    assert follows(story, cover(id=EventId("rest"), amount=15, source="investor", name=INVESTOR)) == (
        deficit_recapitalized(case=CASES[0], amount=5),
        deficit_recapitalized(case=CASES[2], amount=10),
    )


def test_a_lender_covers_each_deficit_at_the_price_that_the_one_before_left() -> None:
    story = three_deficits(amounts=(50, 50, 0)).then(
        withdrawn(assets=900, shares=997)  # which leaves 3 shares for 100
    )
    facts = follows(story, cover(amount=100, source="lender", name=LENDER))
    assert facts == (
        deficit_covered(case=CASES[1], amount=50, shares=2),  # 50 * 3 / 100 = 1.5
        deficit_covered(case=CASES[0], amount=50, shares=1),  # 50 * 1 / 50
    )


def test_a_cover_of_more_than_all_that_is_open_is_refused() -> None:
    story = three_deficits()
    asked = cover(amount=61, source="investor", name=INVESTOR)
    refused(story, asked, CommandRefused, "pool pool has open deficits of 60, not of 61")
    refused(story, cover(amount=0, source="reserve"), CommandRefused, "0 covers no deficit of pool pool: name a case")


def test_deficits_of_another_pool_are_not_covered() -> None:
    story = three_deficits().then(pool_opened(pool=PoolId("another")))
    asked = cover(pool=PoolId("another"), amount=1, source="investor", name=INVESTOR)
    refused(story, asked, CommandRefused, "pool another has open deficits of 0, not of 1")


def test_only_the_reserve_has_no_name() -> None:
    with pytest.raises(ValidationError, match="name says which fund, lender or investor covers the deficit"):
        cover(case=CASE, amount=1, source="fund")
    with pytest.raises(ValidationError, match="the reserve has none"):
        cover(case=CASE, amount=1, source="reserve", name="reserve")


@given(claims=st.integers(1, 2**100), shares=st.integers(1, 2**100), amounts=st.tuples(AMOUNTS, AMOUNTS, AMOUNTS))
def test_a_lender_who_covers_several_deficits_never_makes_the_shares_of_others_worth_less(
    claims: int, shares: int, amounts: tuple[int, ...]
) -> None:
    story = told(
        asset_registered(),
        pool_opened(waterfall=(HOLD,), tranches=(JUNIOR,)),
        deposited(tranche=JUNIOR, assets=2**130, shares=1),
        deposited(assets=claims, shares=shares),
    )
    for case, amount in zip(CASES, amounts, strict=True):
        loan = LoanId(f"of-{case}")
        story.then(
            loan_originated(loan=loan, principal=amount),
            loan_defaulted(loan=loan, case=case, principal=amount, interest=0),
            shortfall_recognized(loan=loan, case=case, principal=amount),
        )
    amount = min(sum(amounts), claims)
    if not amount:
        return
    try:
        facts = follows(story, cover(amount=amount, source="lender", name=LENDER))
    except (LawBroken, CommandRefused):
        assert amount * shares // claims + len(CASES) > shares  # rounded up each time, they come to more than there are
        return
    assert sum(fact.amount for fact in facts if isinstance(fact, DeficitCovered)) == amount
    left = story.books.issued(POOL, LENDERS)
    assert (claims - amount) * shares >= left * claims


# A case is closed.


@pytest.mark.parametrize(
    ("story", "outcome"),
    [
        (a_default(HOLD, principal=60).then(repaid(case=CASE, principal=60)), "repaid"),
        (a_default(HOLD, principal=60).then(guarantee_paid(principal=60)), "repaid"),
        (a_default(HOLD, principal=60).then(loan_cured(principal=60, interest=0)), "cured"),
        (a_default(HOLD, principal=60).then(loan_cured(principal=60, interest=0, reason="residual")), "residual"),
        (a_deficit(SOCIALIZE, principal=60).then(bad_debt_socialized(amount=60)), "borne"),
        (
            a_default(SOCIALIZE, principal=60).then(
                shortfall_recognized(principal=20),
                bad_debt_socialized(amount=20),
                loan_cured(principal=40, interest=0, reason="residual"),
            ),
            "borne",
        ),
        (
            a_default(HOLD, principal=60).then(shortfall_recognized(principal=0), repaid(case=CASE, principal=60)),
            "repaid",
        ),
    ],
    ids=["repaid", "guaranteed", "cured", "residual", "borne", "borne in part", "recognized at nothing"],
)
def test_a_case_says_what_became_of_it(story: Story, outcome: str) -> None:
    assert follows(story, close()) == (case_closed(outcome=outcome),)


def test_a_cure_that_was_reversed_is_no_outcome() -> None:
    story = a_default(HOLD, principal=60).then(
        loan_cured(id=EventId("cure"), principal=60, interest=0, reason="residual")
    )
    story.then(story.reversal("cure"), repaid(case=CASE, principal=60))
    assert follows(story, close()) == (case_closed(outcome="repaid"),)


def test_an_outcome_that_is_told_is_kept() -> None:
    story = a_default(HOLD, principal=60).then(repaid(case=CASE, principal=60))
    assert follows(story, close(outcome="settled in court")) == (case_closed(outcome="settled in court"),)


def test_a_case_is_not_closed_while_something_is_left() -> None:
    refused(a_default(HOLD), close(), CaseUnsettled, "principal 600 and interest 0 in default and a deficit of 0")
    refused(a_deficit(HOLD), close(), CaseUnsettled, "a deficit of 600")
    refused(a_deficit(HOLD), close(case=CaseId("nowhere")), UnknownName, "pool pool has no case nowhere")
