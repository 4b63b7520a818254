"""Scenarios in a few words: facts with sensible defaults, and a story that tells them to fresh books.

    a_loan(principal=600).then(repaid(principal=100)).balance("assets:pool:cash")
    a_default().refuses(repaid(principal=1), WrongState, "is in default under case case")

A fact is made by a function named after it; what it is not told it takes from the constants below. Amounts have no
defaults. A story gives a fact without an id the id `fact-1`, `fact-2` …, by its place in the story.
"""

from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Final, Self

import pytest

from ledger import events
from ledger.books import Books
from ledger.errors import LawBroken
from ledger.events import AnyEvent
from ledger.laws import admit
from ledger.values import (
    LENDERS,
    Account,
    AssetId,
    CaseId,
    Commodity,
    EventId,
    FundId,
    LoanId,
    PartyId,
    PoolId,
    Timestamp,
    TrancheId,
)
from ledger.waterfall import FundLayer, HoldLayer, Layer, SocializeLayer

USD: Final = AssetId("USD")
"""The asset of the pool and of the fund."""
ETH: Final = AssetId("ETH")
"""The asset of the collateral."""
POOL, FUND, LOAN, CASE = PoolId("pool"), FundId("fund"), LoanId("loan"), CaseId("case")
LENDER, OTHER_LENDER, BORROWER = PartyId("lender"), PartyId("other-lender"), PartyId("borrower")
JUNIOR: Final = TrancheId("junior")
AT: Final = Timestamp("2022-11-22T13:31:23Z")

SOCIALIZE: Final = SocializeLayer(layer="socialize")
HOLD: Final = HoldLayer(layer="hold")

asset_registered = partial(events.AssetRegistered, at=AT, asset=USD, decimals=6)
pool_opened = partial(events.PoolOpened, at=AT, pool=POOL, asset=USD, debt="bilateral", waterfall=())
fund_opened = partial(events.FundOpened, at=AT, fund=FUND, asset=USD)
price_observed = partial(events.PriceObserved, at=AT, asset=ETH, quote=USD, scale=18)

deposited = partial(events.Deposited, at=AT, pool=POOL, lender=LENDER)
withdrawn = partial(events.Withdrawn, at=AT, pool=POOL, lender=LENDER)
shares_transferred = partial(events.SharesTransferred, at=AT, pool=POOL, sender=LENDER, receiver=OTHER_LENDER)
loan_originated = partial(events.LoanOriginated, at=AT, pool=POOL, loan=LOAN, borrower=BORROWER)
loan_drawn = partial(events.LoanDrawn, at=AT, pool=POOL, loan=LOAN)
interest_accrued = partial(events.InterestAccrued, at=AT, pool=POOL, loan=LOAN)
repaid = partial(events.Repaid, at=AT, pool=POOL, loan=LOAN)
collateral_posted = partial(events.CollateralPosted, at=AT, pool=POOL, loan=LOAN, asset=Commodity(ETH))
collateral_released = partial(events.CollateralReleased, at=AT, pool=POOL, loan=LOAN, asset=Commodity(ETH))

loan_defaulted = partial(events.LoanDefaulted, at=AT, pool=POOL, loan=LOAN, case=CASE, reason="margin")
collateral_sold = partial(events.CollateralSold, at=AT, pool=POOL, loan=LOAN, case=CASE, asset=Commodity(ETH))
surplus_returned = partial(events.SurplusReturned, at=AT, pool=POOL, loan=LOAN)
loan_cured = partial(events.LoanCured, at=AT, pool=POOL, loan=LOAN, case=CASE, reason="cured")

shortfall_recognized = partial(events.ShortfallRecognized, at=AT, pool=POOL, loan=LOAN, case=CASE)
fund_drawn = partial(events.FundDrawn, at=AT, fund=FUND, pool=POOL, case=CASE)
deficit_recapitalized = partial(events.DeficitRecapitalized, at=AT, pool=POOL, case=CASE, investor=PartyId("investor"))
bad_debt_socialized = partial(events.BadDebtSocialized, at=AT, pool=POOL, case=CASE, tranche=LENDERS)
case_closed = partial(events.CaseClosed, at=AT, pool=POOL, loan=LOAN, case=CASE, outcome="settled")

fund_contributed = partial(events.FundContributed, at=AT, fund=FUND, contributor=PartyId("treasury"))
fund_withdrawn = partial(events.FundWithdrawn, at=AT, fund=FUND, contributor=PartyId("treasury"))


def fund_layer(
    *, fund: FundId = FUND, cap: int | None = None, share_wad: int | None = None, floor: int = 0
) -> FundLayer:
    """A layer that draws a fund."""
    return FundLayer(layer="fund", fund=fund, cap=cap, share_wad=share_wad, floor=floor)


class Story:
    """Facts told one after the other, under every law, and the books they make."""

    def __init__(self) -> None:
        self.books = Books()
        self.facts: list[AnyEvent] = []

    def then(self, *facts: AnyEvent) -> Self:
        """Tell further facts."""
        for fact in facts:
            named = self._named(fact)
            admit(named, self.books)
            self.facts.append(named)
        return self

    def refuses(self, fact: AnyEvent, error: type[LawBroken], saying: str) -> None:
        """Hold that a fact is refused by an error that says so, and that the books stay as they were."""
        before = picture(self.books)
        with pytest.raises(error) as caught:
            admit(self._named(fact), self.books)
        assert saying in str(caught.value)
        assert picture(self.books) == before

    def balance(self, account: str, commodity: str = USD) -> int:
        """The balance of an account, debit positive."""
        return self.books.sums.balance(Account(account), Commodity(commodity))

    def _named(self, fact: AnyEvent) -> AnyEvent:
        return fact if fact.id else replace(fact, id=EventId(f"fact-{len(self.facts) + 1}"))


def told(*facts: AnyEvent) -> Story:
    """The story of these facts."""
    return Story().then(*facts)


def a_pool(*waterfall: Layer, assets: int = 1000, fund: int = 0, tranches: tuple[TrancheId, ...] = ()) -> Story:
    """A pool in USD with `assets` deposited by one lender for as many shares, beside a fund that holds `fund`."""
    return told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        fund_opened(),
        fund_contributed(amount=fund),
        pool_opened(waterfall=waterfall, tranches=tranches),
        deposited(assets=assets, shares=assets),
    )


def a_loan(*waterfall: Layer, principal: int = 600, interest: int = 0, quantity: int = 10, fund: int = 0) -> Story:
    """A performing loan in that pool, with its interest accrued and collateral posted."""
    return a_pool(*waterfall, fund=fund).then(
        loan_originated(principal=principal),
        interest_accrued(interest=interest),
        collateral_posted(quantity=quantity),
    )


def a_default(*waterfall: Layer, principal: int = 600, interest: int = 0, fund: int = 0) -> Story:
    """That loan in default."""
    return a_loan(*waterfall, principal=principal, interest=interest, fund=fund).then(
        loan_defaulted(principal=principal, interest=interest)
    )


def a_deficit(*waterfall: Layer, principal: int = 600, fund: int = 0) -> Story:
    """All of that default recognized as the pool's deficit."""
    return a_default(*waterfall, principal=principal, fund=fund).then(shortfall_recognized(principal=principal))


def picture(books: Books) -> tuple[object, ...]:
    """All that the books hold, as plain values that are equal only where nothing differs."""
    states = [getattr(books, name) for name in Books.__slots__ if name != "sums"]
    return dict(books.sums.commodities()), deepcopy(states)
