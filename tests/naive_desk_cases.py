"""The commands of a naive desk from default on: sales, and recognition along the waterfall."""

from fractions import Fraction
from math import ceil, floor
from typing import Any

from ledger import commands
from tests.naive_desk import WAD, Case, Loan, Loss, Pool, known, move, need
from tests.naive_desk_lending import NaiveLending


class NaiveCases(NaiveLending):
    """Has loans fall into default, and settles what they leave open."""

    # Default and sale.

    def declare_default(self, asked: commands.DeclareDefault) -> None:
        pool = known(self.pools, asked.pool)
        loan = known(pool.loans, asked.loan)
        need(loan.case is None, "in default already")
        self.allocate(pool, loan)
        need(all(asked.case not in other.cases for other in self.pools.values()), "the case's name is taken")
        owes = (loan.principal, loan.interest)
        if pool.debt == "pooled":
            owes = (min(self.debt_of(pool, loan), pool.lent), 0)
        loan.case = asked.case
        pool.cases[asked.case] = Case(asked.loan, *owes)
        self.done("loan-defaulted", *owes)

    def case_in_default(self, asked: Any) -> tuple[Pool, Loan, Case]:
        """The case that a command names, whose loan is in default under it."""
        pool = known(self.pools, asked.pool)
        case = known(pool.cases, asked.case)
        need(pool.loans[case.loan].case == asked.case, "not in default any more")
        return pool, pool.loans[case.loan], case

    def advance_cost(self, asked: commands.AdvanceCost) -> None:
        pool, loan, _ = self.case_in_default(asked)
        known(pool.claims, asked.tranche)
        self.allocate(pool, loan)
        debt_shares = self.draw_shares(pool, loan, asked.amount)
        loan.debt_shares -= debt_shares
        shares = 0
        if asked.lender is None:
            pool.cash -= asked.amount
        else:
            shares = self.mint(pool, asked.tranche, asked.lender, asked.amount)
        self.owe(pool, loan, asked.amount)
        self.done("cost-advanced", shares)
        if debt_shares:
            loan.debt_shares += debt_shares
            self.done("loan-drawn", debt_shares)

    def cure_loan(self, asked: commands.CureLoan) -> None:
        pool, loan, case = self.case_in_default(asked)
        self.allocate(pool, loan)
        loan.case, case.cured, case.principal, case.interest = None, True, 0, 0
        self.done("loan-cured")

    def sell_collateral(self, asked: commands.SellCollateral) -> None:
        pool, loan, case = self.case_in_default(asked)
        known(pool.claims, asked.tranche)
        received = asked.proceeds - asked.costs
        need(received >= asked.penalty, "costs and penalty are more than proceeds")
        self.require_asset(asked.asset)
        move(loan.held, asked.asset, -asked.quantity)
        if asked.asset.startswith("shares:"):
            _, owner, tranche = asked.asset.split(":")
            owned = self.pools[owner].shares[tranche].get(loan.borrower, 0)
            need(asked.quantity <= owned, "the borrower has not so many shares")
        amounts = self._apply(pool, loan, case, received - asked.penalty)
        pool.reserve += asked.penalty
        if asked.lender is None:
            pool.cash += received
        else:
            amounts = (*amounts, self.burn(pool, asked.tranche, asked.lender, received))
        self.done("collateral-sold", *amounts)

    def call_guarantee(self, asked: commands.CallGuarantee) -> None:
        pool, loan, case = self.case_in_default(asked)
        need(asked.amount >= asked.costs, "costs are more than the amount")
        amounts = self._apply(pool, loan, case, asked.amount - asked.costs)
        pool.cash += asked.amount - asked.costs
        self.done("guarantee-paid", *amounts)

    def _apply(self, pool: Pool, loan: Loan, case: Case, net: int) -> tuple[int, ...]:
        """Net proceeds pay what is in default, then recover what was recognized; the rest is surplus."""
        self.allocate(pool, loan)
        if pool.debt == "pooled":
            in_default = self._pooled_exposure(pool, loan, case)
            principal, interest = min(net, in_default), 0
            loan.debt_shares -= self._shares_off(pool, loan, principal, is_all=principal == in_default)
        else:
            principal, interest = self.in_order(case.terms or pool.terms, loan, net)
        rest = net - principal - interest
        recovery = min(rest, max(case.recognized - case.recovered, 0))
        self.owe(pool, loan, -principal, -interest)
        case.unallocated += recovery
        case.recovered += recovery
        loan.surplus += rest - recovery
        return principal, interest, recovery, rest - recovery

    def _pooled_exposure(self, pool: Pool, loan: Loan, case: Case) -> int:
        """What was stated to be in default, as far as the loan owes it and there are loans at all."""
        return min(case.principal + case.interest, self.debt_of(pool, loan), pool.lent)

    def _shares_off(self, pool: Pool, loan: Loan, amount: int, *, is_all: bool) -> int:
        """The debt shares for an amount, rounded down; all of them where what would stay is not worth one unit."""
        owed, issued = self.debt_price(pool)
        if pool.debt != "pooled":
            return 0
        if is_all and (not issued or amount >= floor(Fraction(loan.debt_shares * owed, issued))):
            return loan.debt_shares
        return min(floor(Fraction(amount * issued, owed)) if owed > 0 else 0, loan.debt_shares)

    def return_surplus(self, asked: commands.ReturnSurplus) -> None:
        pool = known(self.pools, asked.pool)
        loan = known(pool.loans, asked.loan)
        need(asked.amount is not None or loan.surplus, "no surplus")
        amount = loan.surplus if asked.amount is None else asked.amount
        loan.surplus -= amount
        pool.cash -= amount
        self.done("surplus-returned", amount)

    # Shortfall.

    def resolve_shortfall(self, asked: commands.ResolveShortfall) -> None:
        pool = known(self.pools, asked.pool)
        case = known(pool.cases, asked.case)
        need(not case.closed, "closed")
        before = len(self.facts)
        if pool.loans[case.loan].case == asked.case:
            self._recognize(pool, pool.loans[case.loan], case)
        for layer in (case.terms or pool.terms)["waterfall"]:
            if layer.layer == "hold" or not case.open:
                break
            self._bear(pool, case, layer, asked)
        need(len(self.facts) > before, "nothing in default, nothing that can bear")

    def _recognize(self, pool: Pool, loan: Loan, case: Case) -> None:
        """All that is left in default becomes a deficit, where anything is left; the first one fixes the terms."""
        truing = 0
        if pool.debt == "indexed":
            truing = self._true_down(pool, loan)
            principal, interest, shares = loan.principal, loan.interest + truing, 0
        elif pool.debt == "pooled":
            principal, interest = self._pooled_exposure(pool, loan, case), 0
            shares = self._shares_off(pool, loan, principal, is_all=True)
        else:
            principal, interest, shares = loan.principal, loan.interest, 0
        if not (truing or principal or interest or shares):
            return
        if truing:
            loan.interest += truing
            case.interest += truing
            pool.unallocated -= truing
            loan.index = pool.index
            self.done("interest-allocated", truing)
        self.recognized(pool, loan, case, principal, interest, shares)

    def recognized(self, pool: Pool, loan: Loan, case: Case, principal: int, interest: int, shares: int) -> None:
        """So much becomes a deficit; the first recognition fixes the terms."""
        loan.debt_shares -= shares
        self.owe(pool, loan, -principal, -interest)
        case.open += principal + interest
        case.recognized += principal + interest
        if case.terms is None:
            self.recognitions += 1
            case.order, case.terms = self.recognitions, dict(pool.terms)
            case.limits = {layer.fund: self._limit(layer) for layer in pool.terms["waterfall"] if layer.layer == "fund"}
        self.done("shortfall-recognized", principal, interest, shares)

    def _true_down(self, pool: Pool, loan: Loan) -> int:
        """What an indexed loan's interest changes by before a recognition: rounded down, and less what is not there."""
        booked = loan.principal + loan.interest
        begun = pool.first_index if loan.index is None else loan.index
        grown = floor(Fraction(booked * pool.index, begun)) if pool.index is not None and begun else booked
        interest = loan.interest + grown - booked
        above = max(grown - booked - pool.unallocated, 0)
        return max(interest - above, 0) - loan.interest

    def _limit(self, layer: Any) -> int | None:
        """The most that a fund pays for one case."""
        limits = [] if layer.cap is None else [layer.cap]
        if layer.share_wad is not None:
            limits.append(floor(Fraction(self.funds[layer.fund].cash * layer.share_wad, WAD)))
        return min(limits, default=None)

    def room(self, pool: Pool, case: Case, layer: Any) -> int | None:
        """What a layer can still bear, None without a bound."""
        match layer.layer:
            case "fund":
                cash = self.funds[layer.fund].cash
                limit = case.limits.get(layer.fund) if case.terms else self._limit(layer)
                left = cash if limit is None else limit - case.paid.get(layer.fund, 0)
                return max(min(left, cash - int(layer.floor)), 0)
            case "reserve":
                above_floor: int = max(pool.reserve - layer.floor, 0)
                return None if layer.negative else above_floor
            case "hold":
                return 0
            case _:
                return max(pool.claims[tranche_of(layer)], 0)

    def _bear(self, pool: Pool, case: Case, layer: Any, asked: commands.ResolveShortfall) -> None:
        room = self.room(pool, case, layer)
        amount = case.open if room is None else min(case.open, room)
        if layer.layer == "fund":
            if room:
                price = self.fund_price(pool, layer.fund, asked)
                can_bear = floor(room * price)
                paid = room if can_bear < case.open else ceil(case.open / price)
                self.draw_fund(pool, case, layer.fund, min(can_bear, case.open), paid)
        elif layer.layer == "reserve":
            if amount:
                self.take_from_reserve(pool, case, amount)
        elif amount:
            tranche, holders = tranche_of(layer), pool.shares[tranche_of(layer)]
            stated = pool.claims[tranche], pool.issued(tranche)
            pool.claims[tranche] -= amount
            self.borne(case, Loss("tranche", tranche, tranche, amount, dict(holders)))
            self.done("bad-debt-socialized", amount, *stated)

    def draw_fund(self, pool: Pool, case: Case, name: str, amount: int, paid: int) -> None:
        """A fund pays for a deficit."""
        self.funds[name].cash -= paid
        pool.cash += amount
        case.paid[name] = case.paid.get(name, 0) + paid
        self.borne(case, Loss("fund", name, "", amount))
        self.done("fund-drawn", amount, paid)

    def fund_price(self, pool: Pool, name: str, asked: Any) -> Fraction:
        """What a unit of a fund's asset pays of a deficit."""
        if self.funds[name].asset == pool.asset:
            return Fraction(1)
        prices = [price for price in asked.prices if price.fund == name]
        need(len(prices) == 1 and prices[0].price, "no price")
        return Fraction(prices[0].price, 10 ** prices[0].scale)

    def take_from_reserve(self, pool: Pool, case: Case, amount: int) -> None:
        negative = any(layer.layer == "reserve" and layer.negative for layer in (case.terms or {}).get("waterfall", ()))
        need(negative or amount <= max(pool.reserve, 0), "the reserve is empty")
        pool.reserve -= amount
        self.borne(case, Loss("reserve", "", "", amount))
        self.done("reserve-drawn", amount)

    def borne(self, case: Case, loss: Loss) -> None:
        case.open -= loss.amount
        case.losses.append(loss)


def tranche_of(layer: Any) -> str:
    """The tranche that a layer writes down."""
    return "lenders" if layer.layer == "socialize" else str(layer.tranche)
