"""Random commands before any default: lenders' money, loans, interest, collateral, the funds' capital."""

from typing import Any

from ledger import commands
from ledger.commands.interest import TrancheShare
from ledger.values import LENDERS, WAD, Commodity, FundId, TrancheId
from tests.histories_asker import LOANS, PARTIES, Asked, Asker
from tests.histories_desk_setup import ETH, ETH_FUND, FUND


def deposit(asker: Asker) -> Asked:
    pool = asker.pool()
    return commands.Deposit(
        at=asker.at(), pool=pool, tranche=asker.tranche(pool), lender=asker.one(PARTIES), assets=asker.amount()
    )


def withdraw(asker: Asker) -> Asked:
    pool = asker.pool()
    tranche = asker.tranche(pool)
    lender = asker.holder(pool, tranche)
    how_much: dict[str, Any] = (
        {"assets": asker.up_to(min(asker.balance(pool, tranche, lender), asker.cash(pool)))}
        if asker.seldom(2)
        else {"shares": asker.up_to(asker.shares(pool, tranche, lender))}
    )
    return commands.Withdraw(at=asker.at(), pool=pool, tranche=tranche, lender=lender, **how_much)


def transfer_shares(asker: Asker) -> Asked:
    pool = asker.pool()
    tranche = asker.tranche(pool)
    sender = asker.holder(pool, tranche)
    return commands.TransferShares(
        at=asker.at(),
        pool=pool,
        tranche=tranche,
        sender=sender,
        receiver=asker.one(PARTIES),
        shares=asker.up_to(asker.shares(pool, tranche, sender)),
    )


def originate(asker: Asker) -> Asked:
    pool = asker.pool()
    return commands.OriginateLoan(
        at=asker.at(),
        pool=pool,
        loan=asker.one(LOANS),
        borrower=asker.one(PARTIES),
        principal=asker.up_to(asker.cash(pool) // asker.one((1, 2, 3))),
        **asker.purse(pool),
    )


def draw_loan(asker: Asker) -> Asked:
    loan = asker.loan()
    principal = asker.up_to(asker.cash(loan["pool"]))
    return commands.DrawLoan(at=asker.at(), **loan, principal=principal, **asker.purse(loan["pool"]))


def repay(asker: Asker) -> Asked:
    named = asker.loan()
    found = asker.found(named)
    debt = asker.desk.debt_of(found[0], found[1]) if found else 1
    how_much: dict[str, Any] = {"amount": asker.up_to(debt)}
    if found and asker.seldom(2) and found[0].debt == "pooled":
        how_much = {"debt_shares": asker.up_to(found[1].debt_shares)}
    if asker.seldom(40):
        how_much = {"debt_shares": 1}
    return commands.Repay(at=asker.at(), **named, **how_much, **asker.purse(named["pool"]))


def accrue(asker: Asker) -> Asked:
    pool = asker.pool()
    named = asker.loan() if asker.seldom(3) else {"pool": pool}
    found = asker.desk.pools.get(named["pool"])
    how_much: dict[str, Any] = {"interest": asker.amount()}
    if not asker.seldom(2):
        how_much = {"rate_wad": asker.one((0, WAD // 3, WAD, 2 * WAD, asker.amount()))}
    if asker.seldom(4):
        index = (found and found.index) or WAD
        how_much["index"] = asker.one((index, index + index // 3 + 1, index * 2, index - 1, 5))
    return commands.AccrueInterest(
        at=asker.at(),
        **named,
        **how_much,
        allocation=allocation(asker, list(found.claims) if found else [LENDERS]) if asker.seldom(3) else (),
        in_default=asker.seldom(2),
    )


def allocation(asker: Asker, tranches: list[str]) -> tuple[TrancheShare, ...]:
    """A whole, shared by tranches."""
    first = WAD if len(tranches) == 1 else asker.one((0, WAD // 3, WAD))
    return tuple(
        TrancheShare(tranche=TrancheId(tranche), share_wad=share)
        for tranche, share in zip(tranches, (first, WAD - first), strict=False)
    )


def held_of(asker: Asker) -> Commodity:
    return Commodity(asker.one((ETH, ETH, ETH, "shares:bilateral:lenders", "no-asset")))


def post(asker: Asker) -> Asked:
    return commands.PostCollateral(at=asker.at(), **asker.loan(), asset=held_of(asker), quantity=asker.amount())


def release(asker: Asker) -> Asked:
    return commands.ReleaseCollateral(
        at=asker.at(), **asker.loan(), asset=held_of(asker), quantity=asker.maybe(asker.amount())
    )


def contribute(asker: Asker) -> Asked:
    fund = asker.one((FUND, FUND, ETH_FUND, FundId("no-fund")))
    return commands.Contribute(at=asker.at(), fund=fund, contributor=asker.one(PARTIES), amount=asker.amount())


def withdraw_from_fund(asker: Asker) -> Asked:
    fund, contributor = asker.one((FUND, ETH_FUND)), asker.one(PARTIES)
    found = asker.desk.funds[fund]
    how_much: dict[str, Any] = (
        {"amount": asker.up_to(found.cash)}
        if asker.seldom(2)
        else {"shares": asker.up_to(found.shares.get(contributor, 0))}
    )
    return commands.WithdrawFromFund(at=asker.at(), fund=fund, contributor=contributor, **how_much)
