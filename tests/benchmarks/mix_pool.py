"""A pool of the mix with its fund: what its lenders and borrowers do, and the balances that make it lawful."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, Final, NamedTuple

from tests.benchmarks.mix_default import Auction, Layer, drawn_from_fund, layers_of

Fact = dict[str, Any]

AWAKE_MAX: Final = 2_000
"""The lenders of a pool that something may still happen to; the others keep their shares and are not touched again."""

LOANS_MAX: Final = 300
"""The loans of a pool that are open at once."""

DEFAULTS_EVERY: Final = 100
"""Of so many loans one defaults, after its third accrual of interest."""


class Asset(NamedTuple):
    """An asset, and about how many of its base units are worth a dollar."""

    name: str
    decimals: int
    dollar: int


USDC: Final = Asset("USDC", 6, 10**6)
WETH: Final = Asset("WETH", 18, 5 * 10**14)


@dataclass(slots=True)
class _Lender:
    name: str
    shares: int


@dataclass(slots=True)
class _Loan:
    name: str
    principal: int
    interest: int = 0
    collateral: int = 0
    accruals: int = 0
    defaults: bool = False


@dataclass(slots=True)
class Pool:
    """A pool and its fund. An action tells its facts, none where it is not possible just now."""

    chance: Random
    number: int
    cash: int = 0
    claims: int = 0
    issued: int = 0
    fund: int = 0
    lenders: list[_Lender] = field(default_factory=list)
    loans: list[_Loan] = field(default_factory=list)
    loan_numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def name(self) -> str:
        return f"pool-{self.number}"

    @property
    def asset(self) -> Asset:
        """What it lends: seven pools dollars, three ether."""
        return USDC if self.number < 7 else WETH

    @property
    def collateral(self) -> Asset:
        return WETH if self.asset is USDC else USDC

    @property
    def virtual(self) -> tuple[int, int]:
        """Every other pool prices shares with virtual assets and shares, as Morpho Blue does."""
        return (1, 10**6) if self.number % 2 else (0, 0)

    @property
    def waterfall(self) -> list[Layer]:
        return layers_of(self.number, f"fund-{self.number}", 10_000 * self.asset.dollar)

    def opening(self) -> Iterator[Fact]:
        """Fund and pool are opened, and a first lender makes both liquid."""
        assets, shares = self.virtual
        charter = {"virtual_assets": str(assets), "virtual_shares": str(shares)} if shares else {}
        yield {"type": "fund-opened", "fund": f"fund-{self.number}", "asset": self.asset.name}
        opened = {"type": "pool-opened", "pool": self.name, "asset": self.asset.name, "debt": "bilateral"}
        yield opened | charter | {"waterfall": self.waterfall}
        yield from self.contribute()
        yield self._deposit(self._party(), 5_000_000 * self.asset.dollar)

    def price(self) -> Fact:
        """What the pool's oracle says: ether between 2,000 and 4,000 dollars."""
        return {
            "type": "price-observed",
            "asset": self.collateral.name,
            "quote": self.asset.name,
            "price": str(self._dollars(1, 1) * 10**18 // self.collateral.dollar),
            "scale": 18,
            "source": f"oracle-{self.number}",
        }

    # Lenders.

    def deposit_first(self) -> Iterator[Fact]:
        """A new lender comes."""
        yield self._deposit(self._party(), self._dollars(100, 50_000))

    def deposit_more(self) -> Iterator[Fact]:
        """A lender deposits again."""
        lender = self.chance.choice(self.lenders)
        yield self._deposited(lender, self._dollars(100, 50_000))

    def withdraw(self) -> Iterator[Fact]:
        """A lender takes all or a part, where the pool's cash allows it."""
        lender = self.chance.choice(self.lenders)
        shares = lender.shares * self.chance.choice((10, 25, 50, 100)) // 100
        assets = shares * (self.claims + self.virtual[0]) // (self.issued + self.virtual[1])
        if 0 < assets <= self.cash and shares < self.issued:
            lender.shares -= shares
            self.issued -= shares
            self.claims -= assets
            self.cash -= assets
            yield self._fact("withdrawn", lender=lender.name, assets=str(assets), shares=str(shares))

    def transfer(self) -> Iterator[Fact]:
        """Shares go from one lender to another."""
        sender, receiver = self.chance.choice(self.lenders), self.chance.choice(self.lenders)
        shares = sender.shares // self.chance.randrange(2, 10)
        if shares and sender is not receiver:
            sender.shares -= shares
            receiver.shares += shares
            yield self._fact("shares-transferred", sender=sender.name, receiver=receiver.name, shares=str(shares))

    def contribute(self) -> Iterator[Fact]:
        """The fund gets capital."""
        amount = self._dollars(200, 1_000)
        self.fund += amount
        yield {
            "type": "fund-contributed",
            "fund": f"fund-{self.number}",
            "contributor": "treasury",
            "amount": str(amount),
            "shares": str(amount),
        }

    # Borrowers.

    def originate(self) -> Iterator[Fact]:
        """A loan begins, with its collateral: about 140 % of it."""
        principal = self._dollars(1_000, 80_000)
        if principal <= self.cash and len(self.loans) < LOANS_MAX:
            number = next(self.loan_numbers)
            worth = principal * self.collateral.dollar * 14 // (self.asset.dollar * 10)
            loan = _Loan(self._party(), principal, defaults=number % DEFAULTS_EVERY == 10 * self.number + 5)
            self.loans.append(loan)
            self.cash -= principal
            yield self._fact("loan-originated", loan=loan.name, borrower=self._party(), principal=str(principal))
            yield self._of_collateral("collateral-posted", loan, worth)

    def draw(self) -> Iterator[Fact]:
        """More is drawn on a loan."""
        principal = self._dollars(100, 10_000)
        if self.loans and principal <= self.cash:
            loan = self.chance.choice(self.loans)
            loan.principal += principal
            self.cash -= principal
            yield self._fact("loan-drawn", loan=loan.name, principal=str(principal))

    def accrue(self) -> Iterator[Fact]:
        """Interest of some days is earned, a tenth of it for the reserve; and the loan may default."""
        if self.loans:
            loan = self.chance.choice(self.loans)
            interest = loan.principal * self.chance.randrange(100, 3_000) // 10**6
            loan.interest += interest
            loan.accruals += 1
            self.claims += interest - interest // 10
            reserve = {"reserve": str(interest // 10)} if interest >= 10 else {}
            yield self._fact("interest-accrued", loan=loan.name, interest=str(interest), **reserve)
            if loan.defaults and loan.accruals == 3:
                self.loans.remove(loan)
                yield from self._default(loan)

    def repay(self) -> Iterator[Fact]:
        """The interest of a loan and a part of its principal are repaid."""
        if self.loans:
            loan = self.chance.choice(self.loans)
            yield self._repaid(loan, loan.principal // self.chance.randrange(2, 20))

    def repay_all(self) -> Iterator[Fact]:
        """A loan is repaid, and its collateral released."""
        performing = [loan for loan in self.loans[:8] if not loan.defaults]
        if performing:
            loan = self.chance.choice(performing)
            self.loans.remove(loan)
            yield self._repaid(loan, loan.principal)
            yield self._of_collateral("collateral-released", loan, -loan.collateral)

    def post(self) -> Iterator[Fact]:
        """More collateral is posted."""
        if self.loans:
            loan = self.chance.choice(self.loans)
            yield self._of_collateral("collateral-posted", loan, loan.collateral // self.chance.randrange(5, 20))

    def release(self) -> Iterator[Fact]:
        """Some collateral is released."""
        if self.loans:
            loan = self.chance.choice(self.loans)
            yield self._of_collateral("collateral-released", loan, -loan.collateral // self.chance.randrange(10, 40))

    def _default(self, loan: _Loan) -> Iterator[Fact]:
        """A default: its collateral is sold in parts; what is left the fund bears, then the lenders or an investor."""
        case = f"{loan.name}/1"
        names = {"loan": loan.name, "case": case}
        yield self._fact(
            "loan-defaulted",
            **names,
            reason="health factor below one",
            principal=str(loan.principal),
            interest=str(loan.interest),
            health=str(self.chance.randrange(70, 100) * 10**16),
            collateral_value=str(loan.collateral * self.asset.dollar // self.collateral.dollar),
        )
        auction = Auction(self.chance, loan.collateral, loan.principal, loan.interest)
        for sale in auction.sales():
            yield self._fact("collateral-sold", **names, asset=self.collateral.name, **sale)
        self.cash += auction.net
        if auction.surplus:
            self.cash -= auction.surplus
            yield self._fact("surplus-returned", loan=loan.name, amount=str(auction.surplus))
        if auction.principal:
            yield self._fact("shortfall-recognized", **names, principal=str(auction.principal), **auction.unpaid())
            yield from self._bear(case, auction.principal + auction.interest)
        yield self._fact("case-closed", **names, outcome="settled")

    def _bear(self, case: str, deficit: int) -> Iterator[Fact]:
        layers = self.waterfall
        drawn = drawn_from_fund(layers, self.fund, deficit)
        if drawn:
            self.fund -= drawn
            self.cash += drawn
            fund = {"type": "fund-drawn", "fund": f"fund-{self.number}"}
            yield fund | {"pool": self.name, "case": case, "amount": str(drawn)}
        rest = deficit - drawn
        if rest and layers[-1]["layer"] == "socialize":
            before, shares = str(self.claims), str(self.issued)
            self.claims -= rest
            lost = {"tranche": "lenders", "amount": str(rest), "claims_before": before, "shares": shares}
            yield self._fact("bad-debt-socialized", case=case, **lost)
        elif rest:
            self.cash += rest
            yield self._fact("deficit-recapitalized", case=case, investor="treasury", amount=str(rest))

    def _deposit(self, name: str, assets: int) -> Fact:
        lender = _Lender(name, 0)
        if len(self.lenders) < AWAKE_MAX:
            self.lenders.append(lender)
        else:
            self.lenders[self.chance.randrange(AWAKE_MAX)] = lender
        return self._deposited(lender, assets)

    def _deposited(self, lender: _Lender, assets: int) -> Fact:
        assets_before, shares_before = self.claims + self.virtual[0], self.issued + self.virtual[1]
        shares = assets * shares_before // assets_before if shares_before else assets
        lender.shares += shares
        self.issued += shares
        self.claims += assets
        self.cash += assets
        return self._fact("deposited", lender=lender.name, assets=str(assets), shares=str(shares))

    def _repaid(self, loan: _Loan, principal: int) -> Fact:
        interest = {"interest": str(loan.interest)} if loan.interest else {}
        self.cash += principal + loan.interest
        loan.principal -= principal
        loan.interest = 0
        return self._fact("repaid", loan=loan.name, principal=str(principal), **interest)

    def _of_collateral(self, kind: str, loan: _Loan, quantity: int) -> Fact:
        loan.collateral += quantity
        return self._fact(kind, loan=loan.name, asset=self.collateral.name, quantity=str(abs(quantity)))

    def _fact(self, kind: str, **fields: str) -> Fact:
        return {"type": kind, "pool": self.name} | fields

    def _dollars(self, least: int, most: int) -> int:
        """A random amount of the pool's asset, to the last unit."""
        return self.chance.randrange(least * self.asset.dollar, (most + 1) * self.asset.dollar)

    def _party(self) -> str:
        return f"0x{self.chance.getrandbits(160):040x}"
