"""The laws by property: of any story told from any beginning, with attempts that are lawful more often than not."""

from collections.abc import Callable
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ledger.books import Books
from ledger.errors import LawBroken
from ledger.events import AnyEvent, RecoveryPart, RedistributedPart
from ledger.sums import Sums
from ledger.values import (
    LENDERS,
    WAD,
    Account,
    CaseId,
    Commodity,
    LoanId,
    PartyId,
    TrancheId,
)
from ledger.waterfall import Layer, ReserveLayer, TrancheLayer
from tests.story import (
    CASE,
    FUND,
    HOLD,
    JUNIOR,
    LENDER,
    LOAN,
    OTHER_LENDER,
    POOL,
    SOCIALIZE,
    USD,
    Story,
    a_pool,
    adjustment_posted,
    bad_debt_socialized,
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
    fund_withdrawn,
    guarantee_paid,
    income_received,
    interest_accrued,
    loan_cured,
    loan_defaulted,
    loan_drawn,
    loan_originated,
    part,
    picture,
    posted,
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

FOUNDER = PartyId("founder")
SECOND = LoanId("second")

few = st.sampled_from([0, 0, 1, 1, 2, 3])
apt = st.sampled_from([True, True, True, False])
cases = st.sampled_from([CASE, CaseId("second"), CaseId("third")])
lenders = st.sampled_from([LENDER, OTHER_LENDER])
tranches = st.sampled_from([LENDERS, LENDERS, JUNIOR])


@st.composite
def beginnings(draw: st.DrawFn) -> Story:
    """A pool whose two tranches always keep a share, or what became of it: a loan, a default, a deficit."""
    cap, share_wad, floor = draw(st.none() | few), draw(st.none() | st.just(WAD // 2)), draw(st.integers(0, 1))
    junior: Layer = TrancheLayer(layer="tranche", tranche=JUNIOR)
    reserve: Layer = ReserveLayer(layer="reserve", floor=floor, negative=draw(st.booleans()))
    layers: list[Layer] = [fund_layer(cap=cap, share_wad=share_wad, floor=floor), SOCIALIZE, HOLD, junior, reserve]
    waterfall = tuple(draw(st.permutations(layers))[: draw(st.integers(0, 4))])
    facts = (
        loan_originated(principal=3),
        interest_accrued(interest=1),
        collateral_posted(quantity=2),
        loan_defaulted(principal=3, interest=1),
        shortfall_recognized(principal=2),
    )
    pool = a_pool(*waterfall, assets=6, fund=3, tranches=(JUNIOR,)).then(
        deposited(lender=FOUNDER, assets=0, shares=1), deposited(tranche=JUNIOR, lender=FOUNDER, assets=2, shares=1)
    )
    return pool.then(*facts[: draw(st.sampled_from([5, 5, 4, 3, 0]))])


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A story told from such a beginning. An attempt that is refused must leave the books as they were."""
    story = draw(beginnings())
    for _ in range(draw(st.integers(8, 16))):
        fact = draw(st.sampled_from((_attempt, _attempt, _correction)))(draw, story)
        before = picture(story.books)
        try:
            story.then(fact)
        except LawBroken:
            assert picture(story.books) == before
    return story


def _correction(draw: st.DrawFn, story: Story) -> AnyEvent:
    """The reversal of an earlier fact, or an adjustment between two accounts, which may be refused for any reason."""
    amount = draw(st.sampled_from([-2, -1, 1, 2]))
    accounts = st.sampled_from([*_ACCOUNTS, f"assets:pool:defaulted:{LOAN}:principal"])
    told = [fact.id for fact in story.facts[6:] if getattr(fact, "lender", None) != FOUNDER]
    debit, credit = draw(accounts), draw(accounts)
    reversals: tuple[Callable[[], AnyEvent], ...] = (
        lambda: story.reversal(draw(st.sampled_from(told[-4:]))),
        lambda: story.reversal(draw(st.sampled_from(told))),
    )
    kinds: tuple[Callable[[], AnyEvent], ...] = (
        *(reversals if told else ()),
        lambda: adjustment_posted(pool=POOL, postings=posted((debit, amount), (credit, -amount))),
    )
    return draw(st.sampled_from(kinds))()


_ACCOUNTS = (
    *("assets:pool:cash", "liabilities:pool:claims:lenders", "liabilities:pool:claims:junior"),
    *("equity:pool:reserve", "equity:pool:rounding"),
)


def _attempt(draw: st.DrawFn, story: Story) -> AnyEvent:
    """A fact that mostly fits the state of its loan, with amounts up to one too much."""
    books = story.books
    loan = draw(st.sampled_from([*books.loans[POOL], *books.loans[POOL], LOAN, SECOND]))
    known = books.loans[POOL].get(loan)
    case = known.case if known and draw(apt) else draw(st.none() | cases)
    of_case = draw(cases) if case is None else case
    bearing = draw(st.sampled_from([*books.cases, *books.cases, CASE]))
    owed = [books.sums.balance(account(loan, case), Commodity(USD)) for account in _accounts_of_loans(books)]
    too_much = draw(st.sampled_from([0, 0, 0, 1]))
    principal, interest = (draw(st.integers(0, amount)) + too_much for amount in owed)
    whole = [amount + too_much for amount in owed]
    borne = draw(st.integers(0, books.deficit(POOL, bearing))) + too_much
    recovery, surplus = draw(few), draw(few)
    lender, shares = draw(st.sampled_from([(None, 0), (None, 0), (None, 0), (LENDER, 1), (None, 1)]))
    kinds: tuple[Callable[[], AnyEvent], ...] = (
        lambda: deposited(tranche=draw(tranches), lender=draw(lenders), assets=draw(few), shares=draw(few)),
        lambda: withdrawn(tranche=draw(tranches), lender=draw(lenders), assets=draw(few), shares=draw(few)),
        lambda: shares_transferred(sender=draw(lenders), receiver=draw(lenders), shares=draw(few)),
        lambda: loan_originated(loan=loan, principal=draw(few), lender=lender, shares=shares),
        lambda: loan_drawn(loan=loan, case=case, principal=draw(few), lender=lender, shares=shares),
        lambda: interest_accrued(loan=loan, case=case, interest=draw(few), reserve=draw(few)),
        lambda: repaid(loan=loan, case=case, principal=principal, interest=interest, lender=lender, shares=shares),
        lambda: collateral_posted(loan=loan, quantity=draw(few)),
        lambda: collateral_released(loan=loan, quantity=draw(few)),
        lambda: loan_defaulted(loan=loan, case=of_case, principal=whole[0], interest=whole[1]),
        lambda: collateral_sold(
            loan=loan,
            case=of_case,
            quantity=draw(few),
            proceeds=principal + recovery + surplus,
            principal=principal,
            recovery=recovery,
            surplus=surplus,
        ),
        lambda: surplus_returned(loan=loan, amount=surplus),
        lambda: loan_cured(loan=loan, case=of_case, principal=whole[0], interest=whole[1], reason="cured"),
        lambda: shortfall_recognized(loan=loan, case=of_case, principal=principal, interest=interest),
        lambda: fund_drawn(case=bearing, amount=borne, lender=lender, shares=shares),
        lambda: fund_drawn(case=bearing, amount=borne, paid=draw(few) if borne else 0),
        lambda: deficit_recapitalized(case=bearing, amount=borne, lender=lender, shares=shares),
        lambda: bad_debt_socialized(case=bearing, tranche=draw(tranches), amount=borne),
        *_attempts_after_a_loss(draw, books, bearing, borne),
        lambda: cost_advanced(loan=loan, case=of_case, amount=draw(few), lender=lender, shares=shares),
        lambda: guarantee_paid(loan=loan, case=of_case, principal=principal, interest=interest, recovery=recovery),
        lambda: debt_transferred(sender=loan, receiver=SECOND, case=case, principal=principal, interest=interest),
        lambda: terms_changed(waterfall=draw(st.sampled_from([(), (SOCIALIZE,), (HOLD, SOCIALIZE)]))),
        lambda: income_received(amount=draw(few), to=draw(st.sampled_from([TrancheId("reserve"), LENDERS, JUNIOR]))),
        lambda: reserve_contributed(amount=draw(few), lender=lender, shares=shares),
        lambda: reserve_withdrawn(amount=draw(few), lender=lender, shares=shares),
        lambda: case_closed(loan=books.cases[bearing].loan if bearing in books.cases else loan, case=bearing),
        lambda: fund_contributed(amount=draw(few), shares=draw(few)),
        lambda: fund_withdrawn(amount=draw(few), shares=draw(few)),
    )
    return draw(st.sampled_from(kinds))()


def _attempts_after_a_loss(
    draw: st.DrawFn, books: Books, bearing: CaseId, borne: int
) -> tuple[Callable[[], AnyEvent], ...]:
    """Facts of a case's deficit and recovery."""
    losses = [*(books.cases[bearing].losses if bearing in books.cases else ()), "nothing"]
    parts: tuple[Callable[[], RecoveryPart], ...] = (
        lambda: part("deficit", borne),
        lambda: part("bearers", draw(few), basis=draw(st.sampled_from(losses))),
        lambda: part("fund", draw(few), name=FUND),
        lambda: part("tranche", draw(few), name=draw(tranches)),
    )
    return (
        lambda: reserve_drawn(case=bearing, amount=borne),
        lambda: deficit_covered(case=bearing, lender=draw(lenders), amount=borne, shares=draw(few)),
        lambda: debt_redistributed(case=bearing, parts=(RedistributedPart(loan=SECOND, principal=borne),)),
        lambda: recovery_received(case=bearing, amount=draw(few)),
        lambda: recovery_allocated(case=bearing, parts=(draw(st.sampled_from(parts))(),)),
        lambda: restitution_paid(case=bearing, holder=draw(lenders), amount=draw(few)),
    )


def _accounts_of_loans(books: Books) -> tuple[Callable[[LoanId, CaseId | None], Account], ...]:
    charter = books.charters.pools[POOL]
    return charter.principal, charter.interest


@given(stories())
def test_a_lawful_story_told_again_makes_the_same_books(story: Story) -> None:
    assert picture(told(*story.facts).books) == picture(story.books)


@given(stories(), st.randoms(use_true_random=False))
def test_the_moves_of_a_story_make_the_same_sums_in_any_order(story: Story, random: Random) -> None:
    facts, sums = list(story.facts), Sums()
    random.shuffle(facts)

    for fact in facts:
        sums.add(fact.moves(story.books.charters))

    assert list(sums.commodities()) == list(story.books.sums.commodities())


@given(stories())
def test_no_holder_is_paid_more_than_they_are_due(story: Story) -> None:
    for case in story.books.cases.values():
        due = story.books.due(case)
        assert [bearer for bearer, paid in case.restored.items() if paid > due.get(bearer, 0)] == []


@given(stories())
def test_no_recovery_gives_back_more_than_was_borne(story: Story) -> None:
    for case in story.books.cases.values():
        assert all(sum(loss.given_back) <= loss.amount for loss in case.losses.values())
        assert all(back <= case.drawn.get(fund, 0) for fund, back in case.reimbursed.items())


@given(stories())
def test_no_account_stands_off_its_side(story: Story) -> None:
    assert not _off_their_side(story.books)


@given(stories())
def test_a_case_bears_no_more_than_was_recognized(story: Story) -> None:
    for name, case in story.books.cases.items():
        assert 0 <= story.books.deficit(case.pool, name) <= case.recognized


@given(stories())
def test_a_fund_pays_no_more_than_its_limit_for_a_case(story: Story) -> None:
    for case in story.books.cases.values():
        for fund, limit in case.limits.items():
            assert limit is None or case.paid.get(fund, 0) <= limit


def _off_their_side(books: Books) -> list[Account]:
    """Accounts that stand on the side that is not theirs, told from their names alone."""
    return [
        account
        for commodity, balances in books.sums.commodities()
        for account, balance in balances
        if not account.endswith((":rounding", ":reserve")) and (balance > 0) != _stands_in_debit(account, commodity)
    ]


def _stands_in_debit(account: Account, commodity: Commodity) -> bool:
    kind, owner = account.split(":", 1)
    return kind == "assets" or (kind == "register" and commodity != f"shares:{owner}")
