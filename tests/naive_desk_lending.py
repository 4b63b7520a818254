"""The commands of a naive desk before any default: lenders' money, loans, interest, collateral, the funds' capital."""

from fractions import Fraction
from math import ceil, floor

from ledger import commands
from tests.naive_desk import WAD, Loan, NaiveState, Pool, known, move, need, split_exactly


class NaiveLending(NaiveState):
    """Lends, accrues and is repaid."""

    # Lenders' money.

    def deposit(self, asked: commands.Deposit) -> None:
        pool = known(self.pools, asked.pool)
        shares = self.mint(pool, asked.tranche, asked.lender, asked.assets)
        pool.cash += asked.assets
        self.done("deposited", shares)

    def withdraw(self, asked: commands.Withdraw) -> None:
        pool = known(self.pools, asked.pool)
        held = known(pool.shares, asked.tranche)
        if asked.assets is not None:
            assets, shares = asked.assets, self.burn(pool, asked.tranche, asked.lender, asked.assets)
        else:
            shares = asked.shares or 0
            assets = floor(shares * (self.exit_price(pool, asked.tranche) or 0))
            move(held, asked.lender, -shares)
            pool.claims[asked.tranche] -= assets
        pool.cash -= assets
        self.done("withdrawn", assets, shares)

    def transfer_shares(self, asked: commands.TransferShares) -> None:
        held = known(known(self.pools, asked.pool).shares, asked.tranche)
        move(held, asked.sender, -asked.shares)
        move(held, asked.receiver, asked.shares)
        self.done("shares-transferred")

    # Loans.

    def originate_loan(self, asked: commands.OriginateLoan) -> None:
        pool = known(self.pools, asked.pool)
        need(asked.loan not in pool.loans, "the name is taken")
        pool.loans[asked.loan] = loan = Loan(asked.borrower)
        self._draw(pool, loan, asked)
        self.done("loan-originated", *self.minted)

    def draw_loan(self, asked: commands.DrawLoan) -> None:
        pool = known(self.pools, asked.pool)
        loan = known(pool.loans, asked.loan)
        self.allocate(pool, loan)
        self._draw(pool, loan, asked)
        self.done("loan-drawn", *self.minted)

    def _draw(self, pool: Pool, loan: Loan, asked: commands.OriginateLoan | commands.DrawLoan) -> None:
        known(pool.claims, asked.tranche)
        self.minted = [self.draw_shares(pool, loan, asked.principal)]
        if asked.lender is None:
            pool.cash -= asked.principal
        else:
            self.minted.append(self.mint(pool, asked.tranche, asked.lender, asked.principal))
        self.owe(pool, loan, asked.principal)

    def repay(self, asked: commands.Repay) -> None:
        pool = known(self.pools, asked.pool)
        loan = known(pool.loans, asked.loan)
        known(pool.claims, asked.tranche)
        self.allocate(pool, loan)
        debt, amount = self.debt_of(pool, loan), asked.amount
        if pool.debt == "pooled":
            owed, issued = self.debt_price(pool)
            if amount is None:
                shares = asked.debt_shares or 0
                amount = ceil(Fraction(shares * owed, issued)) if issued else 0
            else:
                shares = min(floor(Fraction(amount * issued, owed)) if owed > 0 else 0, loan.debt_shares)
                shares = loan.debt_shares if amount >= debt else shares
            loan.debt_shares -= shares
            principal = min(amount, pool.lent)
            paid = (principal, 0, amount - principal)
        else:
            need(amount is not None, "no debt shares")
            paid = (*self.in_order(pool.terms, loan, amount or 0), 0)
        need((amount or 0) <= debt, f"owes {debt}")
        if asked.lender is None:
            pool.cash += amount or 0
        else:
            self.burn(pool, asked.tranche, asked.lender, amount or 0)
        self.owe(pool, loan, -paid[0], -paid[1])
        pool.rounding += paid[2]
        self.done("repaid", *paid)

    # Interest.

    def accrue_interest(self, asked: commands.AccrueInterest) -> None:
        pool = known(self.pools, asked.pool)
        if asked.loan is not None:
            loan = known(pool.loans, asked.loan)
            need(loan.case is None or asked.in_default, "in default")
            need(asked.index is None or True)
            self.allocate(pool, loan)
            self._accrue(pool, loan, self._interest(asked, loan.principal + loan.interest, pool, loan), asked)
        elif pool.debt == "bilateral":
            need(asked.index is None, "an index is of a pool")
            self._accrue_on_every(pool, asked)
        else:
            self._accrue_on_pool(pool, asked)

    def _interest(self, asked: commands.AccrueInterest, debt: int, pool: Pool, loan: Loan | None) -> int:
        if loan is not None and pool.debt == "pooled":
            debt = self.debt_of(pool, loan)
        return asked.interest if asked.interest is not None else floor(Fraction(debt * (asked.rate_wad or 0), WAD))

    def _accrue_on_every(self, pool: Pool, asked: commands.AccrueInterest) -> None:
        owing = {
            name: loan.principal + loan.interest
            for name, loan in sorted(pool.loans.items())
            if (loan.case is None or asked.in_default) and loan.principal + loan.interest
        }
        need(owing, "nobody owes anything")
        parts = {} if asked.interest is None else split_exactly(asked.interest, owing)
        for name, debt in owing.items():
            interest = parts[name] if parts else floor(Fraction(debt * (asked.rate_wad or 0), WAD))
            self._accrue(pool, pool.loans[name], interest, asked)

    def _accrue_on_pool(self, pool: Pool, asked: commands.AccrueInterest) -> None:
        if pool.debt == "pooled":
            self._accrue(pool, None, self._interest(asked, pool.lent, pool, None), asked)
            if asked.index is not None:
                self._state_index(pool, asked.index)
            return
        booked = [
            loan.principal + loan.interest for loan in pool.loans.values() if loan.case is None or asked.in_default
        ]
        debt = max(sum(booked) + pool.unallocated, 0)
        interest, index = self._interest(asked, debt, pool, None), asked.index
        if index is None:
            latest = WAD if pool.index is None else pool.index
            if asked.rate_wad is not None:
                index = latest + floor(Fraction(latest * asked.rate_wad, WAD))
            else:
                need(debt or not interest, "nobody owes anything")
                index = latest + (floor(Fraction(latest * interest, debt)) if interest else 0)
            if pool.index is None and index != WAD:
                self._accrue(pool, None, 0, asked)
                self._state_index(pool, WAD)
        owing = {name: self.debt_of(pool, loan) for name, loan in pool.loans.items() if loan.case}
        self._accrue(pool, None, interest, asked, index)
        self._state_index(pool, index)
        for name, owes in sorted([] if asked.in_default else owing.items()):
            self._leave_out(pool, pool.loans[name], owes)

    def _leave_out(self, pool: Pool, loan: Loan, owes: int) -> None:
        """A loan in default does not grow with the index."""
        if booked := loan.principal + loan.interest:
            loan.interest += owes - booked
            pool.unallocated -= owes - booked
            pool.cases[loan.case or ""].interest += owes - booked
            loan.index = pool.index
            self.done("interest-allocated", owes - booked)

    def _state_index(self, pool: Pool, index: int) -> None:
        pool.index = index
        pool.first_index = index if pool.first_index is None else pool.first_index

    def _accrue(
        self, pool: Pool, loan: Loan | None, interest: int, asked: commands.AccrueInterest, index: int = 0
    ) -> None:
        """One fact: interest, its fee to the reserve or by dilution, and the rest to tranches."""
        need(loan is None or asked.index is None, "an index is of a pool as a whole")
        fee = floor(Fraction(interest * pool.terms["reserve_factor_wad"], WAD))
        recipient = pool.terms["fee_recipient"]
        parts = {"lenders": interest - fee}
        if asked.allocation:
            parts = split_exactly(interest - fee, {part.tranche: part.share_wad for part in asked.allocation})
        need(all(tranche in pool.claims for tranche in parts), "no such tranche")
        shares = 0
        if recipient is None:
            pool.reserve += fee
        else:
            virtual = (0, 0) if pool.debt == "indexed" else (pool.virtual_assets, pool.virtual_shares)
            issued = pool.issued("lenders") + virtual[1]
            worth = pool.claims["lenders"] + parts.get("lenders", 0) + virtual[0]
            need(not (fee and issued) or worth > 0, "shares are worth nothing")
            shares = floor(Fraction(fee * issued, worth)) if fee and issued else 0
            move(pool.shares["lenders"], recipient, shares)
            parts["lenders"] = parts.get("lenders", 0) + fee
        for tranche, amount in parts.items():
            pool.claims[tranche] += amount
        if loan is not None:
            self.owe(pool, loan, 0, interest)
        elif pool.debt == "pooled":
            pool.lent += interest
        else:
            pool.unallocated += interest
        self.done("interest-accrued", interest, shares, index)

    # Collateral.

    def post_collateral(self, asked: commands.PostCollateral) -> None:
        loan = known(known(self.pools, asked.pool).loans, asked.loan)
        self.require_asset(asked.asset)
        move(loan.held, asked.asset, asked.quantity)
        self.done("collateral-posted")

    def release_collateral(self, asked: commands.ReleaseCollateral) -> None:
        loan = known(known(self.pools, asked.pool).loans, asked.loan)
        held = loan.held.get(asked.asset, 0)
        need(asked.quantity is not None or held, "nothing is held")
        self.require_asset(asked.asset)
        move(loan.held, asked.asset, -(held if asked.quantity is None else asked.quantity))
        self.done("collateral-released")

    # The funds' capital.

    def contribute(self, asked: commands.Contribute) -> None:
        fund = known(self.funds, asked.fund)
        issued, shares = sum(fund.shares.values()), 0
        if issued:
            need(fund.cash, "shares are worth nothing")
            shares = floor(Fraction(asked.amount * issued, fund.cash))
            need(shares or not asked.amount, "not worth one share")
        elif not fund.cash:
            shares = asked.amount
        move(fund.shares, asked.contributor, shares)
        fund.cash += asked.amount
        self.done("fund-contributed", shares)

    def withdraw_from_fund(self, asked: commands.WithdrawFromFund) -> None:
        fund = known(self.funds, asked.fund)
        issued = sum(fund.shares.values())
        amount, shares = asked.amount or 0, asked.shares or 0
        if asked.shares is not None:
            amount = floor(Fraction(shares * fund.cash, issued)) if issued else 0
        elif issued and amount:
            need(fund.cash, "shares are worth nothing")
            shares = ceil(Fraction(amount * issued, fund.cash))
        move(fund.shares, asked.contributor, -shares)
        fund.cash -= amount
        self.done("fund-withdrawn", amount, shares)
