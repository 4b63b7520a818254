"""Random commands from default on: sales, resolutions, covers, recoveries, restitution."""

from typing import Any, Literal

from ledger import commands, events
from ledger.commands.walk import FundPrice
from ledger.values import LENDERS, CaseId, Commodity, LoanId, PartyId, PoolId, TrancheId
from tests.histories_asker import HUGE, PARTIES, Asked, Asker
from tests.histories_desk_setup import ETH, ETH_FUND, FUND, POLICIES, POOLS, PRICES

Coverer = tuple[Literal["fund", "reserve", "lender", "investor"], str | None, int]
"""Who may cover a deficit, by source and name, and with how much."""

# Default.


def default(asker: Asker) -> Asked:
    names = [case for _, case, _, _ in asker.cases()]
    name = asker.one(names) if names and asker.seldom(20) else f"case-{len(asker.asked)}"
    performing = [(pool, loan) for pool, loan, _, found in asker.loans() if found.case is None]
    named = asker.loan()
    if performing and not asker.seldom(10):
        pool, loan = asker.one(performing)
        named = {"pool": PoolId(pool), "loan": LoanId(loan)}
    return commands.DeclareDefault(at=asker.at(), **named, case=CaseId(name), reason="margin")


def in_default(asker: Asker) -> dict[str, Any]:
    """A case whose loan is in default."""
    return asker.case(wanted=lambda case: not (case.cured or case.closed))


def advance_cost(asker: Asker) -> Asked:
    case = in_default(asker)
    amount = asker.up_to(min(asker.cash(case["pool"]), asker.amount()))
    return commands.AdvanceCost(at=asker.at(), **case, amount=amount, **asker.purse(case["pool"]))


def cure(asker: Asker) -> Asked:
    return commands.CureLoan(at=asker.at(), **in_default(asker), reason=asker.one(("cured", "residual")))


def sell(asker: Asker) -> Asked:
    named = in_default(asker)
    found = asker.found(named)
    held = found[1].held if found else {}
    asset = asker.one(list(held) or [ETH])
    proceeds = asker.amount()
    return commands.SellCollateral(
        at=asker.at(),
        **named,
        asset=Commodity(asset),
        quantity=asker.up_to(held.get(asset, 0)),
        proceeds=proceeds,
        costs=asker.up_to(proceeds) if asker.seldom(4) else 0,
        penalty=asker.up_to(proceeds) if asker.seldom(4) else 0,
        **asker.purse(named["pool"]),
    )


def call_guarantee(asker: Asker) -> Asked:
    amount = asker.amount()
    return commands.CallGuarantee(
        at=asker.at(),
        **in_default(asker),
        guarantor=PARTIES[2],
        amount=amount,
        costs=asker.up_to(amount) if asker.seldom(4) else 0,
    )


def return_surplus(asker: Asker) -> Asked:
    owed = [(pool, loan) for pool, loan, _, found in asker.loans() if found.surplus]
    named = asker.loan()
    if owed and not asker.seldom(5):
        pool, loan = asker.one(owed)
        named = {"pool": PoolId(pool), "loan": LoanId(loan)}
    return commands.ReturnSurplus(at=asker.at(), **named, amount=asker.maybe(asker.amount()))


# Facts of a case, recorded as they are.


def state_default(asker: Asker) -> Asked:
    """A default of about what is owed: in a pooled pool the amount is as stated."""
    performing = [named for named in asker.loans() if named[3].case is None]
    if not performing:
        return default(asker)
    name, loan, pool, found = asker.one(performing)
    debt = asker.desk.debt_of(pool, found)
    owed = (
        (asker.one((debt, debt + 1, max(debt - 1, 0))), 0)
        if pool.debt == "pooled"
        else (found.principal, found.interest)
    )
    return events.LoanDefaulted(
        at=asker.at(),
        pool=PoolId(name),
        loan=LoanId(loan),
        case=CaseId(f"case-{len(asker.asked)}"),
        reason="margin",
        principal=owed[0],
        interest=owed[1],
    )


def recognize(asker: Asker) -> Asked:
    """A part of a shortfall."""
    named = in_default(asker)
    found = asker.found(named)
    pool, loan, case = found or (None, None, None)
    return events.ShortfallRecognized(
        at=asker.at(),
        **named,
        loan=LoanId(case.loan if case else "no-loan"),
        principal=asker.up_to(case.principal if case else 1),
        interest=asker.up_to(case.interest if case else 1),
        debt_shares=asker.up_to(loan.debt_shares) if loan and pool and pool.debt == "pooled" else 0,
    )


def redistribute(asker: Asker) -> Asked:
    """A part of a deficit that another borrower takes over."""
    named = asker.case(wanted=lambda case: case.open)
    pool = asker.desk.pools.get(named["pool"])
    loans = [loan for loan, found in pool.loans.items() if found.case is None] if pool else []
    owed = pool.cases[named["case"]].open if pool and named["case"] in pool.cases else 1
    part = events.RedistributedPart(
        loan=LoanId(asker.one(loans or ["no-loan"])),
        principal=asker.up_to(owed),
        debt_shares=asker.amount() if pool and pool.debt == "pooled" else 0,
    )
    return events.DebtRedistributed(at=asker.at(), **named, parts=(part,))


# Shortfall.


def prices(asker: Asker) -> tuple[FundPrice, ...]:
    return () if asker.seldom(12) else (asker.one((*PRICES, FundPrice(fund=ETH_FUND, price=asker.amount(), scale=0))),)


def resolve(asker: Asker) -> Asked:
    named = asker.case(wanted=lambda case: not (case.cured or case.closed) or case.open)
    return commands.ResolveShortfall(at=asker.at(), **named, prices=prices(asker))


def cover(asker: Asker) -> Asked:
    named = asker.case(wanted=lambda case: case.open)
    pool = asker.desk.pools.get(named["pool"])
    owed = sum(case.open for case in pool.cases.values()) if pool else 0
    if not asker.seldom(3):
        named = {"pool": named["pool"]}
    elif pool and named["case"] in pool.cases:
        owed = pool.cases[named["case"]].open
    tranche = asker.tranche(named["pool"])
    source, name, most = asker.one(coverers(asker, named["pool"], tranche))
    return commands.CoverDeficit(
        at=asker.at(),
        **named,
        amount=asker.up_to(min(owed, most)),
        source=source,
        name=name,
        tranche=tranche if source == "lender" else LENDERS,
        prices=prices(asker) if name == ETH_FUND else (),
        override="the board decided" if asker.seldom(6) else None,
    )


def coverers(asker: Asker, pool: PoolId, tranche: str) -> list[Coverer]:
    """Who may cover a deficit of a pool; a lender of a tranche among them."""
    found, lender = asker.desk.pools.get(pool), asker.holder(pool, tranche)
    return [
        ("fund", FUND, asker.desk.funds[FUND].cash),
        ("fund", ETH_FUND, 3 * asker.desk.funds[ETH_FUND].cash),
        ("reserve", None, found.reserve if found else 1),
        ("lender", lender, asker.balance(pool, tranche, lender)),
        ("investor", PARTIES[1], HUGE),
    ]


def close(asker: Asker) -> Asked:
    return commands.CloseCase(at=asker.at(), **asker.case(wanted=lambda case: not (case.closed or case.open)))


# After the loss.


def recover(asker: Asker) -> Asked:
    amount = asker.amount()
    return commands.ReceiveRecovery(
        at=asker.at(),
        **asker.case(wanted=lambda case: case.recognized),
        amount=amount,
        costs=asker.up_to(amount) if asker.seldom(4) else 0,
    )


def allocate(asker: Asker) -> Asked:
    named = asker.case(wanted=lambda case: case.unallocated)
    found = asker.found(named)
    amount = asker.up_to(found[2].unallocated) if found and found[2] else 1
    return commands.AllocateRecovery(
        at=asker.at(),
        **named,
        amount=asker.maybe(amount, 3),
        policy=asker.maybe(asker.one(POLICIES)),
    )


def pay_restitution(asker: Asker) -> Asked:
    named = asker.case(wanted=lambda case: case.restitution)
    found = asker.found(named)
    due = asker.desk.due(found[2]) if found and found[2] else {}
    if not due or asker.seldom(3):
        return commands.PayRestitution(at=asker.at(), **named)
    (tranche, holder), owed = asker.one(list(due.items()))
    return commands.PayRestitution(
        at=asker.at(),
        **named,
        holder=PartyId(holder),
        tranche=asker.maybe(TrancheId(tranche)),
        amount=asker.maybe(asker.up_to(owed)),
    )


def sell_out(asker: Asker) -> Asked:
    """Someone who is to be paid restitution gives all shares away."""
    bearers = [
        (pool, tranche, holder) for pool, _, _, case in asker.cases() for tranche, holder in asker.desk.due(case)
    ]
    pool, tranche, sender = asker.one(bearers or [(POOLS[0], LENDERS, PARTIES[0])])
    return commands.TransferShares(
        at=asker.at(),
        pool=PoolId(pool),
        tranche=TrancheId(tranche),
        sender=PartyId(sender),
        receiver=asker.one(PARTIES),
        shares=asker.shares(pool, tranche, sender),
    )
