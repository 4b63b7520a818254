"""A whole naive desk: control, the facts that set it up, and the accounts that it all comes to."""

import pickle
from collections import Counter
from typing import Any

from ledger import commands, events
from ledger.commands import AnyCommand
from ledger.events import AnyEvent
from tests.naive_desk import Case, Fund, Loss, Pool, Refused, known, need
from tests.naive_desk_after import NaiveAfter

Balances = dict[tuple[str, str], int]
"""What every account holds of a commodity, by commodity and account, debit positive; none that holds nothing."""


class NaiveDesk(NaiveAfter):
    """Takes commands and facts, and refuses them or does them whole."""

    def __init__(self) -> None:
        super().__init__()
        self.closed_through = ""
        self.recorded: dict[str, str] = {}
        """The facts by id."""
        self.times: dict[str, str] = {}
        self.before: list[tuple[str, bytes]] = []
        """What the desk was like before each fact that can be reversed, the last last."""
        self._asked: Any = None

    def ask(self, asked: AnyCommand | AnyEvent) -> tuple[str, ...] | None:
        """Do what is asked, and tell the names of the facts that follow; None where it is refused."""
        self.facts, self._asked, self._state = [], asked, self._kept()
        kept = self._state, self.closed_through, dict(self.recorded), list(self.before)
        try:
            getattr(self, asked.type.replace("-", "_"))(asked)
        except Refused:
            state, self.closed_through, self.recorded, self.before = kept
            self._restore(state)
            return None
        return tuple(self.facts)

    def done(self, fact: str, *amounts: int) -> None:
        if fact != "entry-reversed":
            need(self._asked.at > self.closed_through, "the period is closed")
        super().done(fact, *amounts)
        number = len(self.facts)
        name = self._asked.id if number == 1 else f"{self._asked.id}/{number}"
        self.recorded[name], self.times[name] = fact, self._asked.at
        if fact not in ("entry-reversed", "period-closed"):
            self.before.append((name, self._state))
        self._state = self._kept()

    def _kept(self) -> bytes:
        return pickle.dumps((self.pools, self.funds, self.assets, self.recognitions))

    def _restore(self, state: bytes) -> None:
        self.pools, self.funds, self.assets, self.recognitions = pickle.loads(state)  # noqa: S301  (our own bytes)

    # Control.

    def reverse_entry(self, asked: commands.ReverseEntry) -> None:
        need(self.recorded.get(asked.of) not in (None, "entry-reversed", "period-closed"), "never reversed")
        need(asked.of in [name for name, _ in self.before], "reversed already")
        name, before = self.before.pop()
        if name != asked.of:
            raise NotImplementedError("only the last fact is reversed: it alone has nothing after it")
        self._restore(before)
        need(asked.at > self.closed_through or self._time_of(name) > self.closed_through, "closed")
        self.done("entry-reversed")

    def _time_of(self, name: str) -> str:
        return self.times[name]

    def close_period(self, asked: commands.ClosePeriod) -> None:
        need(self.closed_through < asked.through <= asked.at, "closed already, or not over yet")
        self.done("period-closed")
        self.closed_through = asked.through

    # Facts.

    def asset_registered(self, fact: events.AssetRegistered) -> None:
        self.assets.add(fact.asset)
        self.done(fact.type)

    def fund_opened(self, fact: events.FundOpened) -> None:
        self.funds[fact.fund] = Fund(fact.asset)
        self.done(fact.type)

    def pool_opened(self, fact: events.PoolOpened) -> None:
        tranches = ("lenders", *fact.tranches)
        self.pools[fact.pool] = Pool(
            asset=fact.asset,
            debt=fact.debt,
            virtual_assets=fact.virtual_assets,
            virtual_shares=fact.virtual_shares,
            rate_scale=fact.rate_scale,
            terms=fact.terms()._asdict(),
            claims=dict.fromkeys(tranches, 0),
            shares={tranche: {} for tranche in tranches},
        )
        self.done(fact.type)

    def terms_changed(self, fact: events.TermsChanged) -> None:
        known(self.pools, fact.pool).terms.update(fact.changed())
        self.done(fact.type)

    def income_received(self, fact: events.IncomeReceived) -> None:
        pool = known(self.pools, fact.pool)
        pool.cash += fact.amount
        if fact.to == "reserve":
            pool.reserve += fact.amount
        else:
            known(pool.claims, fact.to)
            pool.claims[fact.to] += fact.amount
        self.done(fact.type)

    def allowance_changed(self, fact: events.AllowanceChanged) -> None:
        loan = known(known(self.pools, fact.pool).loans, fact.loan)
        loan.allowance += (fact.increase or 0) - (fact.decrease or 0)
        need(loan.allowance >= 0, "no such allowance")
        self.done(fact.type)

    def loan_defaulted(self, fact: events.LoanDefaulted) -> None:
        pool = known(self.pools, fact.pool)
        loan = known(pool.loans, fact.loan)
        need(loan.case is None and all(fact.case not in other.cases for other in self.pools.values()), "no new case")
        stated = fact.principal, fact.interest
        need(pool.debt == "pooled" or stated == (loan.principal, loan.interest), "not the whole loan")
        loan.case = fact.case
        pool.cases[fact.case] = Case(fact.loan, *stated)
        self.done(fact.type)

    def shortfall_recognized(self, fact: events.ShortfallRecognized) -> None:
        pool, loan, case = self.case_in_default(fact)
        need(case.loan == fact.loan and (pool.debt == "pooled" or not fact.debt_shares), "not of this loan")
        self.recognized(pool, loan, case, fact.principal, fact.interest, fact.debt_shares)

    def debt_redistributed(self, fact: events.DebtRedistributed) -> None:
        pool = known(self.pools, fact.pool)
        case = known(pool.cases, fact.case)
        need(not case.closed, "closed")
        for part in fact.parts:
            loan = known(pool.loans, part.loan)
            need(loan.case is None and (pool.debt == "pooled" or not part.debt_shares), "not a performing loan")
            loan.debt_shares += part.debt_shares
            self.owe(pool, loan, part.principal)
            self.borne(case, Loss("borrowers", "", "", part.principal))
        self.done(fact.type)

    # What it all comes to.

    def balances(self) -> Balances:
        """The balance of every account of the chart."""
        found: Counter[tuple[str, str]] = Counter()
        for name, pool in self.pools.items():
            found.update(_of_pool(name, pool))
            for loan_name, loan in pool.loans.items():
                found.update(_of_loan(name, pool, loan_name))
                for asset, held in loan.held.items():
                    found[asset, f"assets:{name}:collateral:{loan_name}"] += held
                    found[asset, f"liabilities:{name}:collateral:{loan_name}"] -= held
            for case_name, case in pool.cases.items():
                found[pool.asset, f"assets:{name}:deficit:{case_name}"] += case.open
                found[pool.asset, f"liabilities:{name}:recoveries:{case_name}"] -= case.unallocated
                found[pool.asset, f"liabilities:{name}:restitution:{case_name}"] -= case.restitution
        for name, fund in self.funds.items():
            found[fund.asset, f"assets:{name}:cash"] += fund.cash
            found[fund.asset, f"equity:{name}:fund"] -= fund.cash
            for contributor, shares in fund.shares.items():
                found[f"shares:{name}", f"register:{name}:{contributor}"] += shares
                found[f"shares:{name}", f"register:{name}"] -= shares
        return {key: balance for key, balance in found.items() if balance}


def _of_pool(name: str, pool: Pool) -> Balances:
    balances = {
        f"assets:{name}:cash": pool.cash,
        f"assets:{name}:loans": pool.lent,
        f"assets:{name}:interest": pool.unallocated,
        f"equity:{name}:reserve": -pool.reserve,
        f"equity:{name}:rounding": -pool.rounding,
        f"equity:{name}:unrealized": pool.unrealized,
        **{f"liabilities:{name}:claims:{tranche}": -claims for tranche, claims in pool.claims.items()},
    }
    found = {(pool.asset, account): balance for account, balance in balances.items()}
    for tranche, held in pool.shares.items():
        register, shares = f"register:{name}:{tranche}", f"shares:{name}:{tranche}"
        found[shares, register] = -pool.issued(tranche)
        found |= {(shares, f"{register}:{lender}"): amount for lender, amount in held.items()}
    found[f"debt:{name}", f"register:{name}:debt"] = -sum(loan.debt_shares for loan in pool.loans.values())
    return found


def _of_loan(name: str, pool: Pool, loan_name: str) -> Balances:
    loan = pool.loans[loan_name]
    kind = "defaulted" if loan.case else "loans"
    return {
        (pool.asset, f"assets:{name}:{kind}:{loan_name}:principal"): loan.principal,
        (pool.asset, f"assets:{name}:{kind}:{loan_name}:interest"): loan.interest,
        (pool.asset, f"assets:{name}:allowance:{loan_name}"): -loan.allowance,
        (pool.asset, f"liabilities:{name}:surplus:{loan_name}"): -loan.surplus,
        (f"debt:{name}", f"register:{name}:debt:{loan_name}"): loan.debt_shares,
    }
