"""Scenarios in a few words: facts with sensible defaults, and a story that tells them to fresh books.

    a_loan(principal=600).then(repaid(principal=100)).balance("assets:pool:cash")
    a_default().refuses(repaid(principal=1), WrongState, "is in default under case case")

A fact is made by a function named after it; what it is not told it takes from the constants below. Amounts have no
defaults. A story gives a fact without an id the id `fact-1`, `fact-2` …, by its place in the story.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any, Final, Self

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
OTHER_LOAN: Final = LoanId("other-loan")
LENDER, OTHER_LENDER, BORROWER = PartyId("lender"), PartyId("other-lender"), PartyId("borrower")
GUARANTOR: Final = PartyId("guarantor")
JUNIOR: Final = TrancheId("junior")
AT: Final = Timestamp("2022-11-22T13:31:23Z")

SOCIALIZE: Final = SocializeLayer(layer="socialize")
HOLD: Final = HoldLayer(layer="hold")

asset_registered = partial(events.AssetRegistered, at=AT, asset=USD, decimals=6)
pool_opened = partial(events.PoolOpened, at=AT, pool=POOL, asset=USD, debt="bilateral", waterfall=())
fund_opened = partial(events.FundOpened, at=AT, fund=FUND, asset=USD)
terms_changed = partial(events.TermsChanged, at=AT, pool=POOL)
price_observed = partial(events.PriceObserved, at=AT, asset=ETH, quote=USD, scale=18)

deposited = partial(events.Deposited, at=AT, pool=POOL, lender=LENDER)
withdrawn = partial(events.Withdrawn, at=AT, pool=POOL, lender=LENDER)
shares_transferred = partial(events.SharesTransferred, at=AT, pool=POOL, sender=LENDER, receiver=OTHER_LENDER)
loan_originated = partial(events.LoanOriginated, at=AT, pool=POOL, loan=LOAN, borrower=BORROWER)
loan_drawn = partial(events.LoanDrawn, at=AT, pool=POOL, loan=LOAN)
interest_accrued = partial(events.InterestAccrued, at=AT, pool=POOL, loan=LOAN)
interest_allocated = partial(events.InterestAllocated, at=AT, pool=POOL, loan=LOAN)
debt_transferred = partial(events.DebtTransferred, at=AT, pool=POOL, sender=LOAN, receiver=OTHER_LOAN)
repaid = partial(events.Repaid, at=AT, pool=POOL, loan=LOAN)
collateral_posted = partial(events.CollateralPosted, at=AT, pool=POOL, loan=LOAN, asset=Commodity(ETH))
collateral_released = partial(events.CollateralReleased, at=AT, pool=POOL, loan=LOAN, asset=Commodity(ETH))

income_received = partial(events.IncomeReceived, at=AT, pool=POOL)
reserve_contributed = partial(events.ReserveContributed, at=AT, pool=POOL)
reserve_withdrawn = partial(events.ReserveWithdrawn, at=AT, pool=POOL)

loan_defaulted = partial(events.LoanDefaulted, at=AT, pool=POOL, loan=LOAN, case=CASE, reason="margin")
collateral_sold = partial(events.CollateralSold, at=AT, pool=POOL, loan=LOAN, case=CASE, asset=Commodity(ETH))
allowance_changed = partial(events.AllowanceChanged, at=AT, pool=POOL, loan=LOAN)
cost_advanced = partial(events.CostAdvanced, at=AT, pool=POOL, loan=LOAN, case=CASE)
guarantee_paid = partial(events.GuaranteePaid, at=AT, pool=POOL, loan=LOAN, case=CASE, guarantor=GUARANTOR)
surplus_returned = partial(events.SurplusReturned, at=AT, pool=POOL, loan=LOAN)
loan_cured = partial(events.LoanCured, at=AT, pool=POOL, loan=LOAN, case=CASE, reason="cured")

shortfall_recognized = partial(events.ShortfallRecognized, at=AT, pool=POOL, loan=LOAN, case=CASE)
fund_drawn = partial(events.FundDrawn, at=AT, fund=FUND, pool=POOL, case=CASE)
reserve_drawn = partial(events.ReserveDrawn, at=AT, pool=POOL, case=CASE)
deficit_covered = partial(events.DeficitCovered, at=AT, pool=POOL, case=CASE, lender=LENDER)
deficit_recapitalized = partial(events.DeficitRecapitalized, at=AT, pool=POOL, case=CASE, investor=PartyId("investor"))
debt_redistributed = partial(events.DebtRedistributed, at=AT, pool=POOL, case=CASE)
bad_debt_socialized = partial(events.BadDebtSocialized, at=AT, pool=POOL, case=CASE, tranche=LENDERS)
case_closed = partial(events.CaseClosed, at=AT, pool=POOL, loan=LOAN, case=CASE, outcome="settled")

fund_contributed = partial(events.FundContributed, at=AT, fund=FUND, contributor=PartyId("treasury"))
fund_withdrawn = partial(events.FundWithdrawn, at=AT, fund=FUND, contributor=PartyId("treasury"))

recovery_received = partial(events.RecoveryReceived, at=AT, pool=POOL, case=CASE)
recovery_allocated = partial(events.RecoveryAllocated, at=AT, pool=POOL, case=CASE)
restitution_paid = partial(events.RestitutionPaid, at=AT, pool=POOL, case=CASE, holder=LENDER)

entry_reversed = partial(events.EntryReversed, at=AT, reason="entered twice")
adjustment_posted = partial(events.AdjustmentPosted, at=AT, reason="the board decided")
balance_asserted = partial(events.BalanceAsserted, at=AT)
period_closed = partial(events.PeriodClosed, at=AT)
_REPORT: Final[dict[str, Any]] = {"subject": "month's end", "report": "a" * 64, "files": ("b" * 64,), "head": "c" * 64}
reconciliation_prepared = partial(events.ReconciliationPrepared, at=AT, person=PartyId("preparer"), **_REPORT)
reconciliation_reviewed = partial(events.ReconciliationReviewed, at=AT, person=PartyId("reviewer"), **_REPORT)
reconciliation_signed = partial(events.ReconciliationSigned, at=AT, person=PartyId("signer"), **_REPORT)


def fund_layer(
    *, fund: FundId = FUND, cap: int | None = None, share_wad: int | None = None, floor: int = 0
) -> FundLayer:
    """A layer that draws a fund."""
    return FundLayer(layer="fund", fund=fund, cap=cap, share_wad=share_wad, floor=floor)


def part(to: Any, amount: int, *, name: str | None = None, basis: str | None = None) -> events.RecoveryPart:
    """A part of a recovery."""
    return events.RecoveryPart(to=to, name=name, amount=amount, basis=None if basis is None else EventId(basis))


def posted(*lines: tuple[str, int] | tuple[str, int, str]) -> tuple[events.PostedLine, ...]:
    """Free lines: account, amount, and what it counts where that is not USD."""
    return tuple(
        events.PostedLine(account=Account(account), commodity=Commodity(*commodity or (USD,)), amount=amount)
        for account, amount, *commodity in lines
    )


class Story:
    """Facts told one after the other, under every law, and the books they make."""

    def __init__(self) -> None:
        self.facts: list[AnyEvent] = []
        self.books = Books(self)

    def find(self, event_id: EventId) -> tuple[int, AnyEvent] | None:
        """The fact with an id, and its place: a story is its own past."""
        return next((found for found in self.since(0) if found[1].id == event_id), None)

    def since(self, position: int) -> Iterator[tuple[int, AnyEvent]]:
        """The facts after a place."""
        return iter(list(enumerate(self.facts, 1))[position:])

    def back_from(self, position: int) -> Iterator[tuple[int, AnyEvent]]:
        """The facts up to a place, the last first."""
        return reversed(list(enumerate(self.facts, 1))[:position])

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

    def reversal(self, of: str, **fields: Any) -> AnyEvent:
        """The reversal of an earlier fact: its postings negated, at its time unless another is given."""
        _, original = next(found for found in self.since(0) if found[1].id == of)
        lines = [
            events.PostedLine(account=account, commodity=commodity, amount=-amount)
            for account, commodity, amount in original.lines(self.books.charters)
        ]
        return entry_reversed(**{"at": original.at, "of": EventId(of), "postings": tuple(lines), **fields})

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
    states = [getattr(books, name) for name in Books.__slots__ if name not in ("sums", "past")]
    return dict(books.sums.commodities()), set(books.sums.either), deepcopy(states)
