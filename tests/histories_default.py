"""Proposals for random histories: loans default, deficits are recognized and borne, and some of it comes back."""

from typing import Any, Final

from ledger import events
from ledger.cases import Case
from ledger.events import AnyEvent
from ledger.values import AMOUNT_MAX, LENDERS, CaseId, EventId, PartyId, TrancheId
from ledger.waterfall import FundLayer, ReserveLayer, source_of
from tests.histories_lending import held, in_default
from tests.histories_teller import PARTIES, Teller

CASES: Final = tuple(CaseId(f"case-{number}") for number in range(1, 100))
"""Names of cases: the first that is free is taken, also that of one whose default was reversed."""


# Default and sale.


def default(teller: Teller) -> AnyEvent:
    performing = [found for found in teller.loans() if found[2] is None]
    owing = [found for found in performing if any(teller.owed(*found))]
    pool, loan, _ = teller.one(performing if teller.seldom(10) else owing or performing)
    principal, interest = teller.owed(pool, loan, None)
    if teller.books.charters.pools[pool].pooled and teller.seldom(3):
        principal, interest = teller.amount(), teller.amount()
    return events.LoanDefaulted(
        **teller.envelope(),
        pool=pool,
        loan=loan,
        case=next(name for name in CASES if name not in teller.books.cases),
        reason="unpaid",
        principal=min(principal, AMOUNT_MAX),
        interest=min(interest, AMOUNT_MAX),
    )


def advance_cost(teller: Teller) -> AnyEvent:
    pool, loan, case = in_default(teller)
    paid_out = teller.paid_out(pool)
    amount = teller.amount() if paid_out else teller.up_to(min(teller.cash(pool), 5))
    return events.CostAdvanced(**teller.envelope(), **paid_out, pool=pool, loan=loan, case=case, amount=amount)


def sell(teller: Teller) -> AnyEvent:
    pool, loan, case = in_default(teller)
    asset, quantity = held(teller, pool, loan)
    if asset.startswith("shares:"):
        borrower = teller.books.loans[pool][loan].borrower
        quantity = min(quantity, teller.balance(f"register:{asset.removeprefix('shares:')}:{borrower}", asset))
    costs = teller.amount() if teller.seldom(3) else 0
    applied: dict[str, Any] = {
        **taken_off(teller, case),
        "penalty": teller.amount() if teller.seldom(4) else 0,
        "rounding": teller.amount() if teller.seldom(6) else 0,
    }
    return events.CollateralSold(
        **teller.envelope(),
        **teller.paid_in(pool),
        **applied,
        pool=pool,
        loan=loan,
        case=case,
        asset=asset,
        quantity=teller.up_to(quantity),
        proceeds=min(sum(applied.values()) + costs, AMOUNT_MAX),
        costs=costs,
        debt_shares=teller.debt_shares_of(pool, loan),
        source=teller.one(("collateral", "secondary")),
    )


def taken_off(teller: Teller, case: CaseId) -> dict[str, Any]:
    """What comes in for a case: off what is in default, after a recognition as a recovery, and above it all."""
    found = teller.books.cases[case]
    return {
        "principal": teller.up_to(found.principal),
        "interest": teller.up_to(found.interest),
        "recovery": teller.amount() if found.recognized and teller.seldom(2) else 0,
        "surplus": teller.amount() if teller.seldom(3) else 0,
    }


def call_guarantee(teller: Teller) -> AnyEvent:
    pool, loan, case = in_default(teller)
    return events.GuaranteePaid(
        **teller.envelope(),
        **taken_off(teller, case),
        pool=pool,
        loan=loan,
        case=case,
        guarantor=teller.one(PARTIES),
        costs=teller.amount() if teller.seldom(3) else 0,
        debt_shares=teller.debt_shares_of(pool, loan),
    )


def return_surplus(teller: Teller) -> AnyEvent:
    surpluses = [
        (pool, loan, teller.in_asset(pool, f"liabilities:{pool}:surplus:{loan}")) for pool, loan, _ in teller.loans()
    ]
    pool, loan, surplus = teller.one([found for found in surpluses if found[2]] or surpluses)
    return events.SurplusReturned(**teller.envelope(), pool=pool, loan=loan, amount=teller.up_to(surplus))


def cure(teller: Teller) -> AnyEvent:
    pool, loan, case = in_default(teller)
    principal, interest = teller.owed(pool, loan, case)
    return events.LoanCured(
        **teller.envelope(),
        pool=pool,
        loan=loan,
        case=case,
        principal=min(principal, AMOUNT_MAX),
        interest=min(interest, AMOUNT_MAX),
        reason=teller.one(("cured", "residual")),
    )


# Shortfall and waterfall.


def recognize(teller: Teller) -> AnyEvent:
    pool, loan, case = in_default(teller)
    principal, interest = map(teller.up_to, teller.owed(pool, loan, case))
    return events.ShortfallRecognized(
        **teller.envelope(),
        pool=pool,
        loan=loan,
        case=case,
        principal=principal,
        interest=interest,
        debt_shares=teller.debt_shares_of(pool, loan),
    )


def bearing(teller: Teller) -> tuple[CaseId, Case, int]:
    """A case that is not closed, with its open deficit, if there is one."""
    name, case = teller.one(teller.deficits() or teller.cases())
    return name, case, teller.books.deficit(case.pool, name)


def draw_fund(teller: Teller) -> AnyEvent:
    name, case, deficit = bearing(teller)
    fund, charters = teller.fund(), teller.books.charters
    layers = [layer for layer in case.waterfall or () if isinstance(layer, FundLayer) and layer.fund == fund]
    room = (teller.books.room(case, layers[0]) if layers else teller.books.fund_balance(fund)) or 0
    if charters.funds[fund].asset == charters.pools[case.pool].asset:
        paid = teller.up_to(room) if teller.seldom(2) else None
        amount = teller.up_to(min(deficit, room)) if paid is None else min(deficit, teller.part_of(paid))
    else:
        amount, paid = teller.up_to(deficit), teller.up_to(room)
    return events.FundDrawn(
        **teller.envelope(),
        **teller.paid_in(case.pool),
        fund=fund,
        pool=case.pool,
        case=name,
        amount=amount,
        paid=paid,
        override=teller.override(),
    )


def draw_reserve(teller: Teller) -> AnyEvent:
    name, case, deficit = bearing(teller)
    room = teller.books.reserve(case.pool)
    negative = any(isinstance(layer, ReserveLayer) and layer.negative for layer in case.waterfall or ())
    amount = teller.up_to(deficit if negative else min(deficit, max(room, 0)))
    return events.ReserveDrawn(
        **teller.envelope(), pool=case.pool, case=name, amount=amount, override=teller.override()
    )


def cover(teller: Teller) -> AnyEvent:
    name, case, deficit = bearing(teller)
    tranche, lender = teller.holder(case.pool)
    return events.DeficitCovered(
        **teller.envelope(),
        pool=case.pool,
        case=name,
        lender=lender,
        amount=teller.up_to(min(deficit, max(teller.books.claims(case.pool, tranche), 0))),
        shares=teller.up_to(teller.shares(case.pool, tranche, lender)),
        tranche=tranche,
    )


def recapitalize(teller: Teller) -> AnyEvent:
    name, case, deficit = bearing(teller)
    return events.DeficitRecapitalized(
        **teller.envelope(),
        **teller.paid_in(case.pool),
        pool=case.pool,
        case=name,
        investor=teller.one(PARTIES),
        amount=teller.up_to(deficit),
    )


def redistribute(teller: Teller) -> AnyEvent:
    name, case, deficit = bearing(teller)
    performing = [loan for pool, loan, under in teller.loans() if pool == case.pool and under is None]
    parts, left = [], min(deficit, AMOUNT_MAX)
    for loan in performing[: teller.one((1, 2))] or [case.loan]:
        principal = teller.up_to(left)
        left = max(left - principal, 0)
        shares = teller.debt_shares_for(case.pool, principal)
        parts.append(events.RedistributedPart(loan=loan, principal=principal, debt_shares=shares))
    return events.DebtRedistributed(**teller.envelope(), pool=case.pool, case=name, parts=tuple(parts))


def socialize(teller: Teller) -> AnyEvent:
    name, case, deficit = bearing(teller)
    tranche = teller.tranche(case.pool)
    claims, shares = teller.books.claims(case.pool, tranche), teller.books.issued(case.pool, tranche)
    stated = teller.seldom(3) and 0 <= claims <= AMOUNT_MAX and shares <= AMOUNT_MAX
    return events.BadDebtSocialized(
        **teller.envelope(),
        claims_before=claims if stated else None,
        shares=shares if stated else None,
        pool=case.pool,
        case=name,
        tranche=tranche,
        amount=teller.up_to(min(deficit, max(claims, 0))),
        override=teller.override(),
    )


def socialize_in_turn(teller: Teller) -> AnyEvent:
    """All that the first tranche of the waterfall whose claims are not exhausted can bear."""
    name, case, deficit = bearing(teller)
    sources = [source_of(layer) for layer in case.waterfall or ()]
    tranches = [TrancheId(source[1]) for source in sources if source and source[0] == "tranche"]
    left = [tranche for tranche in tranches if teller.books.claims(case.pool, tranche) > 0]
    tranche = (left or tranches or [LENDERS])[0]
    amount = min(deficit, max(teller.books.claims(case.pool, tranche), 0), AMOUNT_MAX)
    return events.BadDebtSocialized(**teller.envelope(), pool=case.pool, case=name, tranche=tranche, amount=amount)


def close(teller: Teller) -> AnyEvent:
    name, case = teller.one(teller.cases())
    return events.CaseClosed(**teller.envelope(), pool=case.pool, loan=case.loan, case=name, outcome="ended")


# After the loss.


def recover(teller: Teller) -> AnyEvent:
    name, case = teller.one(teller.recognized() or list(teller.books.cases.items()))
    costs = teller.amount() if teller.seldom(4) else 0
    return events.RecoveryReceived(
        **teller.envelope(), pool=case.pool, case=name, amount=min(teller.amount() + costs, AMOUNT_MAX), costs=costs
    )


def allocate_recovery(teller: Teller) -> AnyEvent:
    recognized = teller.recognized() or list(teller.books.cases.items())
    held_ = [(name, case) for name, case in recognized if teller.in_asset(case.pool, recoveries(name, case))]
    name, case = teller.one(held_ or recognized)
    left, parts = teller.in_asset(case.pool, recoveries(name, case)), []
    for _ in range(teller.one((1, 1, 2, 3))):
        parts.append(recovered_part(teller, name, case, left))
        left = max(left - parts[-1].amount, 0)
    return events.RecoveryAllocated(**teller.envelope(), pool=case.pool, case=name, parts=tuple(parts))


def recoveries(name: CaseId, case: Case) -> str:
    return f"liabilities:{case.pool}:recoveries:{name}"


def recovered_part(teller: Teller, name: CaseId, case: Case, left: int) -> events.RecoveryPart:
    """A part of a recovery: to someone who bore something and has not got it back, or to anyone else."""
    drawn = [fund for fund in case.drawn if case.drawn[fund] > case.reimbursed.get(fund, 0)]
    losses = [of for of, loss in case.losses.items() if loss.amount > sum(loss.given_back)]
    deficit = teller.books.deficit(case.pool, name)
    takers: list[tuple[dict[str, Any], int]] = [
        ({"to": "reserve"}, left),
        ({"to": "tranche", "name": teller.tranche(case.pool)}, left),
        ({"to": "tranche"}, left),
        ({"to": "borrower", "name": case.loan}, left),
        *([({"to": "deficit"}, deficit)] * 2 if deficit else []),
        *(({"to": "fund", "name": fund}, case.drawn[fund] - case.reimbursed.get(fund, 0)) for fund in drawn),
        *(bearers_part(case, of) for of in losses * 3),
    ]
    taker, most = teller.one(takers)
    return events.RecoveryPart(**taker, amount=teller.up_to(min(left, most)))


def bearers_part(case: Case, loss: EventId) -> tuple[dict[str, Any], int]:
    found = case.losses[loss]
    return {"to": "bearers", "basis": loss}, found.amount - sum(found.given_back)


def restore(teller: Teller) -> AnyEvent:
    cases = [(name, case) for name, case in teller.books.cases.items() if case.losses]
    owing = [found for found in cases if left_due(teller, found[1])]
    name, case = teller.one(owing or cases or list(teller.books.cases.items()))
    left = left_due(teller, case)
    (tranche, holder), amount = teller.one(left or [((LENDERS, PARTIES[0]), 0)])
    return events.RestitutionPaid(
        **teller.envelope(),
        pool=case.pool,
        case=name,
        holder=teller.one(PARTIES) if teller.seldom(12) else holder,
        tranche=tranche,
        amount=teller.up_to(amount),
    )


def left_due(teller: Teller, case: Case) -> list[tuple[tuple[TrancheId, PartyId], int]]:
    """What those who bore a loss of a case are due, and were not paid yet."""
    due = teller.books.due(case)
    left = {bearer: amount - case.restored.get(bearer, 0) for bearer, amount in due.items()}
    return [(bearer, amount) for bearer, amount in left.items() if amount > 0]
