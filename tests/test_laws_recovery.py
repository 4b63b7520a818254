"""The laws after a loss: what is a recovery, who may get how much of it, and what is due to those who bore the loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ledger.errors import (
    NobodyToCredit,
    RecoveryExceeded,
    ReversalRefused,
    UnbalancedEntry,
    UnknownName,
    WrongSide,
    WrongState,
)
from ledger.events import AnyEvent, RecoveryPart
from ledger.shares import pro_rata
from ledger.values import AMOUNT_MAX, LENDERS, CaseId, Commodity, EventId, FundId, PartyId, PoolId
from tests.story import (
    CASE,
    ETH,
    HOLD,
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    OTHER_LOAN,
    Story,
    a_default,
    a_deficit,
    a_pool,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_sold,
    deficit_covered,
    deficit_recapitalized,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_opened,
    loan_cured,
    loan_defaulted,
    loan_originated,
    part,
    pool_opened,
    recovery_allocated,
    recovery_received,
    reserve_drawn,
    restitution_paid,
    shares_transferred,
    shortfall_recognized,
    surplus_returned,
    told,
    withdrawn,
)

OTHER_CASE = CaseId("other-case")
OTHER_FUND, ETH_FUND = FundId("other-fund"), FundId("eth-fund")
OTHER_POOL = PoolId("other-pool")
INVESTOR, NEWCOMER = PartyId("investor"), PartyId("newcomer")
ONE, TWO, THREE = PartyId("one"), PartyId("two"), PartyId("three")
JUNIOR_SHARES = Commodity("shares:pool:junior")


def allocated(*parts: RecoveryPart, case: CaseId = CASE) -> AnyEvent:
    """A recovery that is allocated in these parts."""
    return recovery_allocated(case=case, parts=parts)


def to_bearers(amount: int, *, of: str = "loss") -> RecoveryPart:
    """A part that gives a loss back to those who bore it."""
    return part("bearers", amount, basis=of)


def loss(amount: int, *, named: str = "loss", case: CaseId = CASE) -> AnyEvent:
    """A loss of the lenders, with an id."""
    return bad_debt_socialized(id=EventId(named), amount=amount, case=case)


def a_loss(amount: int = 600, *, recovered: int = 600) -> Story:
    """A deficit of 600, of which the lenders bore `amount`, and a recovery that is not allocated yet."""
    return a_deficit(HOLD, principal=600, fund=400).then(loss(amount), recovery_received(amount=recovered))


def a_loss_of(*holders: tuple[PartyId, int], amount: int, recovered: int) -> Story:
    """A loss of `amount` that fell on these holders of shares, and a recovery that is not allocated yet."""
    total = sum(shares for _, shares in holders)
    return a_pool(HOLD, assets=0).then(
        *(deposited(lender=holder, assets=shares, shares=shares) for holder, shares in holders),
        loan_originated(principal=total),
        loan_defaulted(principal=total, interest=0),
        shortfall_recognized(principal=total),
        loss(amount),
        recovery_received(amount=recovered),
    )


def another_case(story: Story) -> Story:
    """Beside it, a deficit of 100 of another loan."""
    return story.then(
        loan_originated(loan=OTHER_LOAN, principal=100),
        loan_defaulted(loan=OTHER_LOAN, case=OTHER_CASE, principal=100, interest=0),
        shortfall_recognized(loan=OTHER_LOAN, case=OTHER_CASE, principal=100),
    )


def a_junior_loss(*, virtual_shares: int = 0, junior: int = 50) -> Story:
    """A deficit of 600, of which a junior tranche bore `junior`, its claims, and a recovery of 100."""
    return told(
        asset_registered(),
        fund_opened(),
        pool_opened(waterfall=(HOLD,), tranches=(JUNIOR,), virtual_shares=virtual_shares),
        deposited(assets=1000, shares=1000),
        deposited(tranche=JUNIOR, assets=junior, shares=junior),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        bad_debt_socialized(id=EventId("junior-loss"), tranche=JUNIOR, amount=junior),
        recovery_received(amount=100),
    )


# What comes in.


def test_what_comes_in_after_a_recognition_is_a_recovery_net_of_its_costs() -> None:
    story = a_deficit(HOLD, principal=600).then(recovery_received(amount=100, costs=30, payer=INVESTOR))

    assert story.balance("assets:pool:cash") == 470
    assert story.balance("liabilities:pool:recoveries:case") == -70
    assert story.balance("assets:pool:deficit:case") == 600


@pytest.mark.parametrize(
    "fact",
    [recovery_received(amount=0), recovery_allocated(parts=()), restitution_paid(amount=0)],
    ids=lambda fact: fact.type,
)
def test_before_a_recognition_there_is_nothing_to_recover(fact: AnyEvent) -> None:
    story = a_default(HOLD)

    story.refuses(fact, WrongState, "no shortfall of case case was recognized: what comes in is a repayment or a sale")
    story.then(shortfall_recognized(principal=1), fact)


@pytest.mark.parametrize(
    "fact",
    [recovery_received(amount=0), recovery_allocated(parts=()), restitution_paid(amount=0)],
    ids=lambda fact: fact.type,
)
def test_once_a_recognition_is_reversed_there_is_nothing_to_recover(fact: AnyEvent) -> None:
    story = a_default(HOLD).then(shortfall_recognized(id=EventId("shortfall"), principal=1))

    story.then(story.reversal("shortfall"))

    story.refuses(fact, WrongState, "no shortfall of case case was recognized")


@pytest.mark.parametrize(
    "fact",
    [
        recovery_received(case=OTHER_CASE, amount=0),
        recovery_allocated(case=OTHER_CASE, parts=()),
        restitution_paid(case=OTHER_CASE, amount=0),
    ],
    ids=lambda fact: fact.type,
)
def test_a_recovery_is_of_a_case_that_was_opened(fact: AnyEvent) -> None:
    a_deficit(HOLD).refuses(fact, UnknownName, "pool pool has no case other-case")


@pytest.mark.parametrize(
    "fact",
    [
        recovery_received(pool=OTHER_POOL, amount=0),
        recovery_allocated(pool=OTHER_POOL, parts=()),
        restitution_paid(pool=OTHER_POOL, amount=0),
    ],
    ids=lambda fact: fact.type,
)
def test_a_recovery_is_of_the_pool_of_its_case(fact: AnyEvent) -> None:
    story = a_deficit(HOLD).then(pool_opened(pool=OTHER_POOL))

    story.refuses(fact, UnknownName, "pool other-pool has no case case")


def test_costs_are_no_more_than_what_was_recovered() -> None:
    story = a_deficit(HOLD)

    story.refuses(
        recovery_received(amount=5, costs=6), UnbalancedEntry, "costs 6 are more than the 5 that was recovered"
    )
    story.then(recovery_received(amount=5, costs=5), recovery_received(amount=0))

    assert story.balance("liabilities:pool:recoveries:case") == 0


def test_a_sale_after_a_recognition_brings_in_a_recovery_that_is_allocated_like_any_other() -> None:
    story = a_deficit(HOLD, principal=600).then(
        collateral_sold(quantity=10, proceeds=50, principal=0, recovery=50), allocated(part("deficit", 50))
    )

    assert story.balance("liabilities:pool:recoveries:case") == 0
    assert story.balance("assets:pool:deficit:case") == 550


# Whom a part goes to.


@pytest.mark.parametrize(
    ("to", "name", "basis", "said"),
    [
        ("fund", None, None, "a part to a fund names the fund"),
        ("borrower", None, None, "a part to a borrower names the loan"),
        ("deficit", "case", None, "a part to deficit has no name"),
        ("reserve", "pool", None, "a part to reserve has no name"),
        ("bearers", "lender", "loss", "a part to bearers has no name"),
        ("bearers", None, None, "the basis is the loss that a part to bearers gives back"),
        ("deficit", None, "loss", "and of no other part"),
        ("fund", "fund", "loss", "and of no other part"),
        ("reserve", None, "loss", "and of no other part"),
        ("tranche", None, "loss", "and of no other part"),
        ("borrower", "loan", "loss", "and of no other part"),
        ("lenders", None, None, "Input should be 'deficit', 'fund', 'reserve', 'tranche', 'bearers' or 'borrower'"),
    ],
)
def test_a_part_names_what_its_kind_needs_and_nothing_else(
    to: str, name: str | None, basis: str | None, said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        part(to, 1, name=name, basis=basis)


def test_a_recovery_goes_part_by_part_to_its_owners() -> None:
    story = a_pool(HOLD, fund=400, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=10, shares=10),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        fund_drawn(amount=100),
        loss(200),
        recovery_received(amount=210),
        allocated(
            part("deficit", 10),
            part("fund", 20, name="fund"),
            part("reserve", 30),
            part("tranche", 40),
            part("tranche", 5, name="junior"),
            to_bearers(50),
            part("borrower", 55, name="loan"),
        ),
    )

    assert story.balance("liabilities:pool:recoveries:case") == 0
    assert story.balance("assets:pool:deficit:case") == 600 - 100 - 200 - 10
    assert story.balance("assets:pool:cash") == 410 + 100 + 210 - 20
    assert story.balance("assets:fund:cash") == 400 - 100 + 20
    assert story.balance("equity:fund:fund") == -320
    assert story.balance("equity:pool:reserve") == -30
    assert story.balance("liabilities:pool:claims:lenders") == -(1000 - 200 + 40)
    assert story.balance("liabilities:pool:claims:junior") == -15
    assert story.balance("liabilities:pool:restitution:case") == -50
    assert story.balance("liabilities:pool:surplus:loan") == -55


def test_no_more_is_allocated_than_came_in() -> None:
    story = a_loss(recovered=100)

    story.refuses(
        allocated(part("reserve", 60), part("tranche", 41)),
        WrongSide,
        "liabilities:pool:recoveries:case holds 40 of USD, 41 cannot be taken from it",
    )
    story.then(allocated(part("reserve", 60), part("tranche", 40)))


def test_what_came_in_for_one_case_is_not_allocated_under_another() -> None:
    story = another_case(a_loss(recovered=100))

    story.refuses(
        allocated(part("reserve", 1), case=OTHER_CASE), WrongSide, "liabilities:pool:recoveries:other-case holds 0"
    )
    story.then(allocated(part("reserve", 1)))


@pytest.mark.parametrize(
    "fact",
    [
        allocated(),
        allocated(part("deficit", 0)),
        allocated(part("fund", 0, name="fund")),
        allocated(part("reserve", 0)),
        allocated(part("tranche", 0)),
        allocated(to_bearers(0)),
        allocated(part("borrower", 0, name="loan")),
    ],
)
def test_to_allocate_nothing_is_lawful(fact: AnyEvent) -> None:
    a_loss(recovered=0).then(fact)


# Law 5: to a deficit no more than is open.


def test_a_deficit_is_given_no_more_than_is_open() -> None:
    story = a_loss(500)

    story.refuses(allocated(part("deficit", 101)), RecoveryExceeded, "case case has an open deficit of 100, not of 101")
    story.then(allocated(part("deficit", 60)))
    story.refuses(allocated(part("deficit", 41)), RecoveryExceeded, "case case has an open deficit of 40, not of 41")
    story.then(allocated(part("deficit", 40)), case_closed())
    story.refuses(allocated(part("deficit", 1)), RecoveryExceeded, "case case has an open deficit of 0, not of 1")


def test_several_parts_to_a_deficit_are_weighed_together() -> None:
    story = a_loss(500)

    story.refuses(
        allocated(part("deficit", 60), part("deficit", 41)),
        RecoveryExceeded,
        "law 5, no more is given back than was borne: case case has an open deficit of 100, not of 101",
    )
    story.then(allocated(part("deficit", 60), part("deficit", 40)))


# Law 5: to a fund no more than it bore.


def test_a_fund_is_given_back_no_more_than_it_bore() -> None:
    story = a_loss(0).then(fund_drawn(amount=100), fund_drawn(amount=50))

    story.refuses(
        allocated(part("fund", 151, name="fund")),
        RecoveryExceeded,
        "fund fund bore 150 of case case and has not got it back, not 151",
    )
    story.then(allocated(part("fund", 120, name="fund")))
    story.refuses(
        allocated(part("fund", 31, name="fund")),
        RecoveryExceeded,
        "fund fund bore 30 of case case and has not got it back, not 31",
    )
    story.then(allocated(part("fund", 30, name="fund")))

    assert story.balance("assets:fund:cash") == 400


def test_several_parts_to_a_fund_are_weighed_together() -> None:
    story = a_loss(0).then(fund_drawn(amount=100))

    story.refuses(
        allocated(part("fund", 60, name="fund"), part("fund", 41, name="fund")), RecoveryExceeded, "bore 100 of case"
    )
    story.then(allocated(part("fund", 60, name="fund"), part("fund", 40, name="fund")))


def test_a_fund_is_given_back_what_it_bore_and_not_what_it_paid_above_that() -> None:
    story = a_loss(0).then(fund_drawn(amount=100, paid=130))

    story.refuses(allocated(part("fund", 101, name="fund")), RecoveryExceeded, "fund fund bore 100 of case case")
    story.then(allocated(part("fund", 100, name="fund")))


def test_each_fund_is_given_back_what_it_bore_itself() -> None:
    story = a_loss(0).then(
        fund_opened(fund=OTHER_FUND),
        fund_contributed(fund=OTHER_FUND, amount=50),
        fund_drawn(amount=100),
        fund_drawn(fund=OTHER_FUND, amount=30),
    )

    story.refuses(
        allocated(part("fund", 69, name="fund"), part("fund", 31, name="other-fund")),
        RecoveryExceeded,
        "fund other-fund bore 30 of case case",
    )
    story.then(allocated(part("fund", 100, name="fund"), part("fund", 30, name="other-fund")))

    assert story.balance("assets:fund:cash") == 400
    assert story.balance("assets:other-fund:cash") == 50


def test_what_a_fund_bore_of_one_case_is_not_given_back_under_another() -> None:
    story = another_case(a_loss(0)).then(fund_drawn(amount=100), recovery_received(case=OTHER_CASE, amount=5))

    story.refuses(
        allocated(part("fund", 5, name="fund"), case=OTHER_CASE), RecoveryExceeded, "bore 0 of case other-case"
    )
    story.then(allocated(part("fund", 5, name="fund")))


def test_what_a_fund_got_back_leaves_its_limits_as_they_were() -> None:
    story = a_loss(0).then(fund_drawn(amount=100), allocated(part("fund", 100, name="fund")))

    assert story.books.cases[CASE].paid == {"fund": 100}
    assert story.books.cases[CASE].drawn == story.books.cases[CASE].reimbursed == {"fund": 100}


def test_a_draw_settled_in_shares_is_given_back_in_cash() -> None:
    story = a_loss(0).then(fund_drawn(amount=100, lender=LENDER, shares=90), allocated(part("fund", 100, name="fund")))

    assert story.balance("assets:fund:cash") == 400
    assert story.balance("assets:pool:cash") == 400 + 600 - 100


def test_a_fund_is_paid_from_the_cash_of_the_pool() -> None:
    story = a_loss(0, recovered=5).then(fund_drawn(amount=100), loan_originated(loan=OTHER_LOAN, principal=501))

    story.refuses(allocated(part("fund", 5, name="fund")), WrongSide, "assets:pool:cash holds 4 of USD, 5 cannot")
    story.then(allocated(part("fund", 4, name="fund")))


def test_a_fund_in_another_asset_is_given_nothing_back() -> None:
    story = a_loss(0).then(
        fund_opened(fund=ETH_FUND, asset=ETH),
        fund_contributed(fund=ETH_FUND, amount=9),
        fund_drawn(fund=ETH_FUND, amount=100, paid=3),
        fund_drawn(amount=1),
    )

    story.refuses(
        allocated(part("fund", 1, name="eth-fund")),
        NobodyToCredit,
        "law 7, a recovery reaches someone: fund eth-fund does not hold USD, in which the recovery came",
    )
    story.then(allocated(part("fund", 1, name="fund")))


def test_only_a_fund_that_was_opened_is_given_something_back() -> None:
    a_loss().refuses(allocated(part("fund", 0, name="no-fund")), UnknownName, "no fund no-fund was opened")


# Law 7: to a tranche in which somebody has shares.


def test_a_tranche_without_shares_is_credited_nothing() -> None:
    story = a_junior_loss().then(withdrawn(tranche=JUNIOR, assets=0, shares=50))

    story.refuses(
        allocated(part("tranche", 1, name="junior")),
        NobodyToCredit,
        "law 7, a recovery reaches someone: tranche junior of pool pool has no shares",
    )
    story.then(
        allocated(part("tranche", 1)),
        deposited(tranche=JUNIOR, assets=0, shares=1),
        allocated(part("tranche", 1, name="junior")),
    )

    assert story.balance("liabilities:pool:claims:lenders") == -1001
    assert story.balance("liabilities:pool:claims:junior") == -1


def test_a_tranche_with_virtual_shares_is_credited_though_nobody_holds_any() -> None:
    story = a_junior_loss(virtual_shares=1).then(withdrawn(tranche=JUNIOR, assets=0, shares=50))

    story.then(allocated(part("tranche", 1, name="junior")))

    assert story.balance("liabilities:pool:claims:junior") == -1


def test_only_a_tranche_of_the_pool_is_credited() -> None:
    a_loss().refuses(allocated(part("tranche", 0, name="junior")), UnknownName, "pool pool has no tranche junior")


# To the borrower of the case.


def test_a_borrower_is_given_a_recovery_of_its_own_loan_only() -> None:
    story = a_loss().then(loan_originated(loan=OTHER_LOAN, principal=0))

    story.refuses(
        allocated(part("borrower", 1, name="other-loan")), WrongState, "case case is of loan loan, not of other-loan"
    )
    story.then(allocated(part("borrower", 1, name="loan")))
    story.refuses(surplus_returned(amount=2), WrongSide, "liabilities:pool:surplus:loan holds 1 of USD, 2 cannot")
    story.then(surplus_returned(amount=1))


# Law 5: to bearers no more than they bore.


def test_bearers_are_given_back_no_more_than_the_loss_over_several_allocations() -> None:
    story = a_loss(500, recovered=600)

    story.refuses(allocated(to_bearers(501)), RecoveryExceeded, "of loss loss 500 was not given back yet, not 501")
    story.then(allocated(to_bearers(300)))
    story.refuses(allocated(to_bearers(201)), RecoveryExceeded, "of loss loss 200 was not given back yet, not 201")
    story.then(allocated(to_bearers(199)), allocated(to_bearers(1)))
    story.refuses(allocated(to_bearers(1)), RecoveryExceeded, "of loss loss 0 was not given back yet, not 1")

    assert story.balance("liabilities:pool:restitution:case") == -500


def test_several_parts_of_one_loss_are_weighed_together() -> None:
    story = a_loss(500)

    story.refuses(
        allocated(to_bearers(300), to_bearers(201)), RecoveryExceeded, "of loss loss 500 was not given back yet"
    )
    story.then(allocated(to_bearers(300), to_bearers(200)))


def test_what_was_paid_to_bearers_is_given_back_for_good() -> None:
    story = a_loss(500).then(allocated(to_bearers(500)), restitution_paid(amount=500))

    story.refuses(allocated(to_bearers(1)), RecoveryExceeded, "of loss loss 0 was not given back yet, not 1")
    story.then(allocated(to_bearers(0)))


@pytest.mark.parametrize(
    "fact",
    [
        loss(500),
        deficit_covered(id=EventId("loss"), amount=500, shares=5),
        deficit_recapitalized(id=EventId("loss"), amount=500),
    ],
    ids=lambda fact: fact.type,
)
def test_socializations_covers_and_recapitalizations_are_losses_to_give_back(fact: AnyEvent) -> None:
    story = a_deficit(HOLD).then(fact, recovery_received(amount=600))

    story.refuses(allocated(to_bearers(501)), RecoveryExceeded, "of loss loss 500 was not given back yet, not 501")
    story.then(allocated(to_bearers(500)))


@pytest.mark.parametrize("basis", ["no-loss", "draw", "reserve", "shortfall", "case", "other-loss"])
def test_a_basis_is_a_loss_of_the_case(basis: str) -> None:
    story = another_case(a_default(HOLD, fund=400)).then(
        shortfall_recognized(id=EventId("shortfall"), principal=600),
        fund_drawn(id=EventId("draw"), amount=100),
        reserve_drawn(id=EventId("reserve"), amount=0),
        loss(100, named="other-loss", case=OTHER_CASE),
        loss(100),
        recovery_received(amount=100),
    )

    story.refuses(allocated(to_bearers(1, of=basis)), UnknownName, f"case case has no loss {basis}")
    story.refuses(allocated(to_bearers(0, of=basis)), UnknownName, f"case case has no loss {basis}")
    story.refuses(allocated(to_bearers(1), to_bearers(0, of=basis)), UnknownName, f"case case has no loss {basis}")
    story.then(allocated(to_bearers(0)), allocated(to_bearers(1)))


def test_a_loss_that_was_reversed_is_no_basis() -> None:
    story = a_loss()

    story.refuses(story.reversal("loss"), ReversalRefused, "reverse them first, newest first")
    story.then(story.reversal(story.facts[-1].id), story.reversal("loss"), recovery_received(amount=5))

    story.refuses(allocated(to_bearers(1)), UnknownName, "case case has no loss loss")


def test_a_loss_that_fell_on_nobody_is_given_back_to_nobody() -> None:
    story = a_pool(HOLD, tranches=(JUNIOR,)).then(
        deposited(tranche=JUNIOR, assets=50, shares=0),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        bad_debt_socialized(id=EventId("junior-loss"), tranche=JUNIOR, amount=50),
        deposited(tranche=JUNIOR, assets=1, shares=1),
        loss(550),
        recovery_received(amount=600),
    )

    story.refuses(
        allocated(to_bearers(1, of="junior-loss")),
        NobodyToCredit,
        "nobody had shares of tranche junior when loss junior-loss fell on it",
    )
    story.then(allocated(to_bearers(1)))


# After the case.


def test_a_closed_case_recovers_and_gives_back() -> None:
    story = a_deficit(HOLD, fund=400).then(
        fund_drawn(amount=100),
        loss(500),
        case_closed(),
        recovery_received(amount=300),
        allocated(part("fund", 100, name="fund"), to_bearers(190), part("reserve", 10)),
        restitution_paid(amount=190),
    )

    assert story.balance("assets:pool:cash") == 400 + 100 + 300 - 100 - 190
    assert story.balance("liabilities:pool:restitution:case") == 0
    assert story.balance("liabilities:pool:recoveries:case") == 0


def test_a_case_whose_loan_was_cured_recovers() -> None:
    story = a_default(HOLD, principal=600).then(
        shortfall_recognized(principal=100),
        loan_cured(principal=500, interest=0),
        recovery_received(amount=100),
        allocated(part("deficit", 100)),
        case_closed(),
    )

    assert story.balance("assets:pool:loans:loan:principal") == 500
    assert story.balance("assets:pool:cash") == 500


def test_a_case_recovers_whatever_its_loan_owes_under_a_later_one() -> None:
    story = a_deficit(HOLD).then(
        loss(600),
        case_closed(),
        loan_defaulted(case=OTHER_CASE, principal=0, interest=0),
        recovery_received(amount=5),
        allocated(part("borrower", 2, name="loan"), to_bearers(3)),
    )

    assert story.balance("liabilities:pool:restitution:case") == -3


# Restitution: no more than is due.


def test_restitution_is_paid_in_cash_up_to_what_is_due() -> None:
    story = a_loss(500).then(allocated(to_bearers(300)))

    story.refuses(
        restitution_paid(amount=301),
        RecoveryExceeded,
        "law 5, no more is given back than was borne: lender is due 300 for what tranche lenders bore of case case, "
        "not 301",
    )
    story.then(restitution_paid(amount=200))
    story.refuses(restitution_paid(amount=101), RecoveryExceeded, "lender is due 100 for what tranche lenders bore")
    story.then(restitution_paid(amount=100))
    story.refuses(restitution_paid(amount=1), RecoveryExceeded, "lender is due 0 for what tranche lenders bore")

    assert story.balance("liabilities:pool:restitution:case") == 0
    assert story.balance("assets:pool:cash") == 400 + 600 - 300
    assert story.balance("liabilities:pool:claims:lenders") == -500


def test_before_something_is_allocated_to_bearers_nothing_is_due() -> None:
    story = a_loss(500).then(allocated(part("reserve", 5)))

    story.refuses(restitution_paid(amount=1), RecoveryExceeded, "lender is due 0 for what tranche lenders bore")
    story.then(restitution_paid(amount=0), restitution_paid(holder=NEWCOMER, amount=0))


def test_restitution_is_of_a_tranche_of_the_pool() -> None:
    a_loss().refuses(restitution_paid(tranche=JUNIOR, amount=0), UnknownName, "pool pool has no tranche junior")


def test_restitution_is_paid_from_the_cash_of_the_pool() -> None:
    story = a_loss(600, recovered=5).then(allocated(to_bearers(5)), loan_originated(loan=OTHER_LOAN, principal=401))

    story.refuses(restitution_paid(amount=5), WrongSide, "assets:pool:cash holds 4 of USD, 5 cannot be taken from it")
    story.then(restitution_paid(amount=4))


def test_what_is_due_under_one_case_is_not_paid_under_another() -> None:
    story = another_case(a_loss(600)).then(
        loss(100, named="other-loss", case=OTHER_CASE),
        recovery_received(case=OTHER_CASE, amount=7),
        allocated(to_bearers(7, of="other-loss"), case=OTHER_CASE),
    )

    story.refuses(restitution_paid(amount=1), RecoveryExceeded, "lender is due 0 for what tranche lenders bore of case")
    story.then(restitution_paid(case=OTHER_CASE, amount=7))


def test_each_holder_is_due_an_exact_part_by_the_shares_it_held() -> None:
    story = a_loss_of((ONE, 60), (TWO, 30), (THREE, 10), amount=100, recovered=50).then(allocated(to_bearers(50)))

    story.refuses(restitution_paid(holder=ONE, amount=31), RecoveryExceeded, "one is due 30 for")
    story.refuses(restitution_paid(holder=TWO, amount=16), RecoveryExceeded, "two is due 15 for")
    story.refuses(restitution_paid(holder=THREE, amount=6), RecoveryExceeded, "three is due 5 for")
    story.then(
        restitution_paid(holder=ONE, amount=30),
        restitution_paid(holder=TWO, amount=15),
        restitution_paid(holder=THREE, amount=5),
    )

    assert story.balance("liabilities:pool:restitution:case") == 0


def test_spare_units_go_to_the_largest_remainders() -> None:
    story = a_loss_of((ONE, 50), (TWO, 33), (THREE, 17), amount=100, recovered=10).then(allocated(to_bearers(10)))

    story.refuses(restitution_paid(holder=ONE, amount=6), RecoveryExceeded, "one is due 5 for")
    story.refuses(restitution_paid(holder=TWO, amount=4), RecoveryExceeded, "two is due 3 for")
    story.refuses(restitution_paid(holder=THREE, amount=3), RecoveryExceeded, "three is due 2 for")
    story.then(restitution_paid(holder=THREE, amount=2))


def test_ties_go_to_the_lower_id() -> None:
    story = a_loss_of((TWO, 1), (THREE, 1), (ONE, 1), amount=3, recovered=2).then(allocated(to_bearers(2)))

    story.refuses(restitution_paid(holder=TWO, amount=1), RecoveryExceeded, "two is due 0 for")
    story.then(restitution_paid(holder=ONE, amount=1), restitution_paid(holder=THREE, amount=1))


def test_what_is_given_back_next_goes_to_those_who_have_not_got_theirs_back() -> None:
    story = a_loss_of((ONE, 1), (TWO, 1), amount=2, recovered=2).then(allocated(to_bearers(1)))

    story.then(restitution_paid(holder=ONE, amount=1))
    story.refuses(restitution_paid(holder=TWO, amount=1), RecoveryExceeded, "two is due 0 for")
    story.then(allocated(to_bearers(1)))
    story.refuses(restitution_paid(holder=ONE, amount=1), RecoveryExceeded, "one is due 0 for")
    story.then(restitution_paid(holder=TWO, amount=1))

    assert story.balance("liabilities:pool:restitution:case") == 0


# Restitution: to those who held shares then.


def test_a_thousand_parts_of_one_loss_come_to_the_same_as_one() -> None:
    story = a_loss_of((ONE, 600), (TWO, 400), amount=1000, recovered=1000)

    story.then(allocated(*[to_bearers(1)] * 1000))

    story.refuses(allocated(to_bearers(1)), RecoveryExceeded, "of loss loss 0 was not given back yet, not 1")
    story.refuses(restitution_paid(holder=ONE, amount=601), RecoveryExceeded, "one is due 600 for")
    story.then(restitution_paid(holder=ONE, amount=600), restitution_paid(holder=TWO, amount=400))


def test_what_is_due_of_a_case_is_told_by_tranche_and_holder_paid_or_not() -> None:
    story = a_junior_loss().then(
        loss(550),
        allocated(to_bearers(30, of="junior-loss"), to_bearers(20)),
        restitution_paid(amount=5),
    )
    books, case = story.books, story.books.cases[CASE]

    assert books.due(case) == {(JUNIOR, LENDER): 30, (LENDERS, LENDER): 20}
    assert books.due_to(case, JUNIOR, LENDER) == 30
    assert books.due_to(case, LENDERS, LENDER) == 20
    assert books.due_to(case, LENDERS, OTHER_LENDER) == 0


def test_of_a_case_of_which_nothing_was_allocated_to_bearers_nothing_is_due() -> None:
    story = a_loss()

    assert story.books.due(story.books.cases[CASE]) == {}


def test_who_bought_shares_after_a_loss_is_due_nothing_of_it() -> None:
    story = a_loss(500).then(shares_transferred(shares=1000), allocated(to_bearers(300)))

    story.refuses(restitution_paid(holder=OTHER_LENDER, amount=1), RecoveryExceeded, "other-lender is due 0 for")
    story.then(restitution_paid(amount=300))


def test_shares_that_move_between_allocations_and_payments_change_nothing() -> None:
    story = a_loss_of((ONE, 60), (TWO, 40), amount=100, recovered=100).then(
        allocated(to_bearers(50)),
        shares_transferred(sender=ONE, receiver=TWO, shares=60),
        restitution_paid(holder=ONE, amount=10),
        shares_transferred(sender=TWO, receiver=THREE, shares=100),
        allocated(to_bearers(50)),
    )

    story.refuses(restitution_paid(holder=THREE, amount=1), RecoveryExceeded, "three is due 0 for")
    story.refuses(restitution_paid(holder=TWO, amount=41), RecoveryExceeded, "two is due 40 for")
    story.refuses(restitution_paid(holder=ONE, amount=51), RecoveryExceeded, "one is due 50 for")
    story.then(restitution_paid(holder=ONE, amount=50), restitution_paid(holder=TWO, amount=40))


def test_a_lender_who_left_after_a_loss_is_paid_and_one_who_came_is_not() -> None:
    story = a_loss(500).then(
        withdrawn(assets=500, shares=1000),
        deposited(lender=NEWCOMER, assets=100, shares=100),
        allocated(to_bearers(300)),
    )

    story.refuses(restitution_paid(holder=NEWCOMER, amount=1), RecoveryExceeded, "newcomer is due 0 for")
    story.then(restitution_paid(amount=300))


def test_a_lender_who_left_before_a_loss_is_due_nothing_of_it() -> None:
    story = a_pool(HOLD).then(
        deposited(lender=OTHER_LENDER, assets=500, shares=500),
        loan_originated(principal=600),
        withdrawn(lender=OTHER_LENDER, assets=500, shares=500),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        loss(600),
        deposited(lender=OTHER_LENDER, assets=500, shares=500),
        recovery_received(amount=600),
        allocated(to_bearers(600)),
    )

    story.refuses(restitution_paid(holder=OTHER_LENDER, amount=1), RecoveryExceeded, "other-lender is due 0 for")
    story.then(restitution_paid(amount=600))


def test_what_fell_on_virtual_shares_goes_to_those_who_held_real_ones() -> None:
    story = told(
        asset_registered(),
        pool_opened(waterfall=(HOLD,), virtual_assets=1000, virtual_shares=1000),
        deposited(lender=ONE, assets=300, shares=300),
        deposited(lender=TWO, assets=100, shares=100),
        loan_originated(principal=200),
        loan_defaulted(principal=200, interest=0),
        shortfall_recognized(principal=200),
        loss(200),
        recovery_received(amount=200),
        allocated(to_bearers(200)),
    )

    story.refuses(restitution_paid(holder=ONE, amount=151), RecoveryExceeded, "one is due 150 for")
    story.then(restitution_paid(holder=ONE, amount=150), restitution_paid(holder=TWO, amount=50))

    assert story.balance("liabilities:pool:restitution:case") == 0


def test_a_loss_that_fell_on_virtual_shares_alone_is_given_back_to_nobody() -> None:
    story = told(
        asset_registered(),
        pool_opened(waterfall=(HOLD,), virtual_assets=1000, virtual_shares=1000),
        deposited(assets=200, shares=0),
        loan_originated(principal=200),
        loan_defaulted(principal=200, interest=0),
        shortfall_recognized(principal=200),
        loss(200),
        recovery_received(amount=200),
    )

    story.refuses(allocated(to_bearers(1)), NobodyToCredit, "nobody had shares of tranche lenders when loss loss fell")
    story.then(allocated(part("tranche", 1)))


# Restitution: several losses, tranches and single holders.


def test_losses_of_different_holders_are_given_back_each_to_its_own() -> None:
    story = a_loss(200).then(
        shares_transferred(shares=1000),
        loss(300, named="second-loss"),
        allocated(to_bearers(100), to_bearers(150, of="second-loss")),
    )

    story.refuses(restitution_paid(amount=101), RecoveryExceeded, "lender is due 100 for")
    story.refuses(restitution_paid(holder=OTHER_LENDER, amount=151), RecoveryExceeded, "other-lender is due 150 for")
    story.then(restitution_paid(amount=100), restitution_paid(holder=OTHER_LENDER, amount=150))


def test_what_is_due_to_one_holder_of_several_losses_and_allocations_adds_up() -> None:
    story = a_loss(200).then(
        allocated(to_bearers(50)),
        restitution_paid(amount=20),
        shares_transferred(shares=500),
        loss(300, named="second-loss"),
        allocated(to_bearers(100), to_bearers(80, of="second-loss")),
        allocated(to_bearers(20, of="second-loss")),
    )

    story.refuses(restitution_paid(amount=181), RecoveryExceeded, "lender is due 180 for")
    story.refuses(restitution_paid(holder=OTHER_LENDER, amount=51), RecoveryExceeded, "other-lender is due 50 for")
    story.then(restitution_paid(amount=180), restitution_paid(holder=OTHER_LENDER, amount=50))

    assert story.balance("liabilities:pool:restitution:case") == 0


def test_restitution_is_due_by_tranche_and_holder() -> None:
    story = a_junior_loss().then(loss(50), allocated(to_bearers(30, of="junior-loss"), to_bearers(20)))

    story.refuses(restitution_paid(amount=21), RecoveryExceeded, "lender is due 20 for what tranche lenders bore")
    story.refuses(
        restitution_paid(tranche=JUNIOR, amount=31), RecoveryExceeded, "lender is due 30 for what tranche junior bore"
    )
    story.then(restitution_paid(tranche=JUNIOR, amount=30))
    story.refuses(restitution_paid(tranche=JUNIOR, amount=1), RecoveryExceeded, "lender is due 0 for what tranche jun")
    story.then(restitution_paid(amount=20))


def test_shares_of_one_tranche_give_no_part_in_the_loss_of_another() -> None:
    story = a_junior_loss().then(
        shares_transferred(shares=500), allocated(to_bearers(30, of="junior-loss")), deposited(assets=9, shares=9)
    )

    story.refuses(
        restitution_paid(tranche=JUNIOR, holder=OTHER_LENDER, amount=1), RecoveryExceeded, "other-lender is due 0 for"
    )
    story.then(restitution_paid(tranche=JUNIOR, amount=30))


def test_a_cover_is_given_back_to_its_coverer_alone() -> None:
    story = a_deficit(HOLD).then(
        shares_transferred(shares=300),
        deficit_covered(id=EventId("loss"), lender=OTHER_LENDER, amount=300, shares=300),
        shares_transferred(receiver=NEWCOMER, shares=100),
        recovery_received(amount=300),
        allocated(to_bearers(120)),
    )

    story.refuses(restitution_paid(amount=1), RecoveryExceeded, "lender is due 0 for")
    story.refuses(restitution_paid(holder=OTHER_LENDER, amount=121), RecoveryExceeded, "other-lender is due 120 for")
    story.then(restitution_paid(holder=OTHER_LENDER, amount=120))


def test_a_cover_by_a_tranche_is_given_back_under_that_tranche() -> None:
    story = a_junior_loss(junior=50).then(
        deposited(tranche=JUNIOR, assets=10, shares=10),
        deficit_covered(id=EventId("cover"), tranche=JUNIOR, amount=10, shares=10),
        allocated(to_bearers(10, of="cover")),
    )

    story.refuses(restitution_paid(amount=1), RecoveryExceeded, "lender is due 0 for what tranche lenders bore")
    story.then(restitution_paid(tranche=JUNIOR, amount=10))


def test_a_recapitalization_is_given_back_to_its_investor_alone() -> None:
    story = a_deficit(HOLD).then(
        deficit_recapitalized(id=EventId("loss"), amount=300, lender=LENDER, shares=200),
        recovery_received(amount=300),
        allocated(to_bearers(300)),
    )

    story.refuses(restitution_paid(amount=1), RecoveryExceeded, "lender is due 0 for")
    story.refuses(restitution_paid(holder=INVESTOR, amount=301), RecoveryExceeded, "investor is due 300 for")
    story.then(restitution_paid(holder=INVESTOR, amount=300))


def test_who_covered_and_bore_a_part_of_a_loss_is_due_both() -> None:
    story = a_loss(200).then(
        deficit_covered(id=EventId("cover"), amount=100, shares=100),
        allocated(to_bearers(50), to_bearers(70, of="cover")),
    )

    story.refuses(restitution_paid(amount=121), RecoveryExceeded, "lender is due 120 for")
    story.then(restitution_paid(amount=120))


# Reversals.


def test_a_reversed_allocation_is_due_no_more() -> None:
    story = a_loss(500).then(
        allocated(to_bearers(100)),
        recovery_allocated(
            id=EventId("again"),
            parts=(
                part("fund", 0, name="fund"),
                to_bearers(50),
                to_bearers(1),
            ),
        ),
    )

    story.then(story.reversal("again"))

    story.refuses(restitution_paid(amount=101), RecoveryExceeded, "lender is due 100 for")
    story.then(restitution_paid(amount=100), allocated(to_bearers(400)))


def test_a_reversed_reimbursement_may_be_given_back_again() -> None:
    story = a_loss(0).then(
        fund_drawn(amount=100), recovery_allocated(id=EventId("again"), parts=(part("fund", 100, name="fund"),))
    )

    story.then(story.reversal("again"), allocated(part("fund", 100, name="fund")))

    story.refuses(allocated(part("fund", 1, name="fund")), RecoveryExceeded, "fund fund bore 0 of case case")


def test_a_reversed_restitution_is_due_again() -> None:
    story = a_loss(500).then(allocated(to_bearers(100)), restitution_paid(id=EventId("paid"), amount=60))

    story.then(story.reversal("paid"))

    story.refuses(restitution_paid(amount=101), RecoveryExceeded, "lender is due 100 for")
    story.then(restitution_paid(amount=100))


@pytest.mark.parametrize(
    ("of", "later"),
    [
        ("cover", recovery_allocated(id=EventId("later"), parts=(to_bearers(1, of="cover"),))),
        ("draw", recovery_allocated(id=EventId("later"), parts=(part("fund", 1, name="fund"),))),
        ("allocated", restitution_paid(id=EventId("later"), amount=1)),
        ("received", restitution_paid(id=EventId("later"), amount=0)),
    ],
)
def test_what_a_later_entry_of_the_case_rests_on_is_reversed_after_it(of: str, later: AnyEvent) -> None:
    story = a_loss(100).then(
        fund_drawn(id=EventId("draw"), amount=1),
        deficit_covered(id=EventId("cover"), amount=1, shares=1),
        recovery_received(id=EventId("received"), amount=0),
        recovery_allocated(id=EventId("allocated"), parts=(to_bearers(50),)),
        later,
    )

    story.refuses(story.reversal(of), ReversalRefused, "later; reverse them first, newest first, or post an adjustment")


def test_a_transfer_that_is_reversed_after_a_loss_leaves_the_loss_with_its_sender() -> None:
    story = a_deficit(HOLD).then(
        shares_transferred(id=EventId("transfer"), shares=400), loss(500), recovery_received(amount=100)
    )

    story.then(story.reversal("transfer"), allocated(to_bearers(100)))

    story.refuses(restitution_paid(holder=OTHER_LENDER, amount=1), RecoveryExceeded, "other-lender is due 0 for")
    story.then(restitution_paid(amount=100))


# Every size.


@pytest.mark.parametrize("amount", [1, AMOUNT_MAX])
def test_the_smallest_and_the_largest_loss_is_given_back_to_the_unit(amount: int) -> None:
    story = a_loss_of((ONE, amount), amount=amount, recovered=amount).then(
        case_closed(),
        allocated(to_bearers(amount)),
        shares_transferred(sender=ONE, receiver=TWO, shares=amount),
    )

    story.refuses(restitution_paid(holder=TWO, amount=1), RecoveryExceeded, "two is due 0 for")
    story.then(restitution_paid(holder=ONE, amount=amount))

    assert list(story.books.sums.commodities()) == [
        (Commodity("shares:pool:lenders"), [("register:pool:lenders", -amount), ("register:pool:lenders:two", amount)])
    ]


parts_of_a_loss = st.lists(st.integers(0, 5) | st.integers(0, 10**70), min_size=1, max_size=4)
held_shares = st.dictionaries(
    st.sampled_from([ONE, TWO, THREE]), st.integers(1, 5) | st.integers(1, 10**76), min_size=1
)


@given(held_shares, parts_of_a_loss)
def test_what_is_allocated_is_paid_out_to_the_unit_and_to_those_who_held_shares_in_proportion(
    held: dict[PartyId, int], parts: list[int]
) -> None:
    lost = sum(parts)
    due = pro_rata(lost, held)
    story = a_pool(HOLD, assets=lost + 1).then(
        withdrawn(assets=0, shares=lost + 1),
        *(deposited(lender=holder, assets=0, shares=shares) for holder, shares in held.items()),
        loan_originated(principal=lost + 1),
        loan_defaulted(principal=lost + 1, interest=0),
        shortfall_recognized(principal=lost + 1),
        loss(lost),
        recovery_received(amount=lost),
        *(withdrawn(lender=holder, assets=0, shares=shares) for holder, shares in held.items()),
        *(allocated(to_bearers(amount)) for amount in parts),
    )

    story.then(*(restitution_paid(holder=holder, amount=amount) for holder, amount in due.items()))

    assert story.balance("liabilities:pool:restitution:case") == 0
