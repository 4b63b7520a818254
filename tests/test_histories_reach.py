"""Which events and which rare states random histories reach: what they do not reach, no property is held against."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from hypothesis import Phase, given, seed, settings

from ledger.books import Books
from ledger.errors import WaterfallOrder
from ledger.events import CATALOGUE, LoanDefaulted, PoolOpened
from ledger.values import LENDERS
from ledger.waterfall import ReserveLayer, TrancheLayer
from tests.histories import HISTORIES, LEANINGS, History, histories, shares_held
from tests.histories_teller import JUNIOR, Leaning, steps_of


def is_out_of_turn(event: Any, books: Books) -> bool:
    """Only its override makes it lawful."""
    try:
        replace(event, override=None).laws(books)
    except WaterfallOrder:
        return True
    return False


def is_all_of_a_limit(event: Any, books: Books) -> bool:
    """All that a case has left of a limit, while the fund holds more."""
    case = books.cases[event.case]
    left = (case.limits.get(event.fund) or 0) - case.paid.get(event.fund, 0)
    paid: int = event.price()
    return 0 < left == paid < books.fund_balance(event.fund)


def does_not_divide(event: Any, books: Books) -> bool:
    """Several hold the shares that a loss falls on, and it is no whole number for each share."""
    shares = shares_held(books, event.pool, event.tranche)
    return len(shares) > 1 and bool(event.amount % sum(shares))


def is_another_asset(event: Any, books: Books) -> bool:
    """The fund and the pool are in different assets."""
    return bool(books.charters.funds[event.fund].asset != books.charters.pools[event.pool].asset)


def takes_all_and_more(event: Any, books: Books) -> bool:
    """All claims, which is not all of the deficit."""
    amount: int = event.amount
    return 0 < amount == books.claims(event.pool, event.tranche) < books.deficit(event.pool, event.case)


def had_a_case(event: Any, books: Books) -> bool:
    """The loan was in default before."""
    return any((case.pool, case.loan) == (event.pool, event.loan) for case in books.cases.values())


def original(event: Any, books: Books) -> Any:
    """The fact that a reversal reverses."""
    found = books.past.find(event.of)
    return found[1] if found else None


def told_since(event: Any, books: Books) -> list[Any]:
    """What was told after the fact that a reversal reverses."""
    found = books.past.find(event.of)
    return [later for _, later in books.past.since(found[0])] if found else []


def has_later_facts(event: Any, books: Books) -> bool:
    """Several facts were told since, that do not depend on the one reversed."""
    return len(told_since(event, books)) > 2


def bore_a_loss(event: Any, books: Books) -> bool:
    """A deposit is reversed on which a loss fell since."""
    of = original(event, books)
    return of.type == "deposited" and any(
        later.type == "bad-debt-socialized" and later.amount and (later.pool, later.tranche) == (of.pool, of.tranche)
        for later in told_since(event, books)
    )


def has_sold(event: Any, books: Books) -> bool:
    """Someone is paid for a loss of a tranche, and has no shares of it any more."""
    losses = books.cases[event.case].losses.values()
    on_tranche = any(loss.tranche == event.tranche and loss.holder is None for loss in losses)
    register = books.charters.pools[event.pool].tranches[event.tranche]
    return event.amount and on_tranche and not books.sums.balance(register.holder(event.holder), register.shares)


def has_covered(event: Any, books: Books) -> bool:
    """Someone is paid who covered or bought a deficit."""
    losses = books.cases[event.case].losses.values()
    return event.amount and any(loss.holder == event.holder and loss.given_back for loss in losses)


def unallocated(event: Any, books: Books) -> int:
    """The interest of a pool that no loan has been allocated."""
    charter = books.charters.pools[event.pool]
    return books.sums.balance(charter.unallocated, charter.asset)


def goes_to(kind: str) -> Callable[[Any, Books], object]:
    """A recovery of which a part goes to a kind of taker."""
    return lambda event, _: any(part.to == kind and part.amount for part in event.parts)


def posts_to(word: str) -> Callable[[Any, Books], object]:
    """An adjustment of an account of a kind."""
    return lambda event, _: any(word in line.account.split(":")[2:3] for line in event.postings)


def comes_after_juniors(event: Any, books: Books) -> bool:
    """Lenders bear in their turn, after a junior tranche has borne what it could."""
    case = books.cases[event.case]
    first = any(isinstance(layer, TrancheLayer) for layer in case.waterfall or ())
    junior = any(loss.tranche == JUNIOR and loss.amount and loss.holder is None for loss in case.losses.values())
    return event.tranche == LENDERS and event.amount and event.override is None and first and junior


def is_named_again(event: Any, books: Books) -> bool:
    """The name of a case whose default was reversed is given again."""
    return any(
        isinstance(told, LoanDefaulted) and told.case == event.case and told.id in books.reversed
        for _, told in books.past.since(0)
    )


def is_opened_again(event: Any, books: Books) -> bool:
    """The name of a pool whose opening was reversed is given again."""
    return any(isinstance(told, PoolOpened) and told.pool == event.pool for _, told in books.past.since(0))


def is_pooled(event: Any, books: Books) -> bool:
    """All loans of the pool are in one account."""
    return books.charters.pools[event.pool].pooled


def lets_reserve_be_negative(event: Any, books: Books) -> bool:
    """The waterfall of the case lets the reserve stand in debit."""
    return any(isinstance(layer, ReserveLayer) and layer.negative for layer in books.cases[event.case].waterfall or ())


RARE: Final[dict[str, tuple[str, Callable[[Any, Books], object]]]] = {
    "shares go to who has them": (
        "shares-transferred",
        lambda event, _: event.shares and event.sender == event.receiver,
    ),
    "a loan is minted": ("loan-originated", lambda event, _: event.lender and event.principal),
    "a draw is minted": ("loan-drawn", lambda event, _: event.lender and event.principal),
    "a loan is repaid in shares": ("repaid", lambda event, _: event.lender and event.principal),
    "collateral is paid in shares": ("collateral-sold", lambda event, _: event.lender and event.shares),
    "a fund bears in shares": ("fund-drawn", lambda event, _: event.lender and event.amount),
    "an investor bears in shares": ("deficit-recapitalized", lambda event, _: event.lender and event.amount),
    "juniors earn": ("interest-accrued", lambda event, _: event.allocation and event.allocation[0].amount),
    "a fee dilutes": ("interest-accrued", lambda event, _: event.fee_shares),
    "the reserve earns": ("interest-accrued", lambda event, _: event.reserve),
    "a loan in default is drawn": ("loan-drawn", lambda event, _: event.case and event.principal),
    "a loan in default accrues": ("interest-accrued", lambda event, _: event.case and event.interest),
    "a loan in default is repaid": ("repaid", lambda event, _: event.case and event.principal),
    "nothing is in default": ("loan-defaulted", lambda event, _: event.principal + event.interest == 0),
    "a loan defaults again": ("loan-defaulted", had_a_case),
    "a cured case closes": ("case-closed", lambda event, books: books.cases[event.case].status == "cured"),
    "a case closes while its loan is in default under the next": (
        "case-closed",
        lambda event, books: books.loans[event.pool][event.loan].case not in {None, event.case},
    ),
    "a shortfall comes in parts": ("shortfall-recognized", lambda event, books: books.cases[event.case].recognized),
    "a case is cured after a recognition": ("loan-cured", lambda event, books: books.cases[event.case].recognized),
    "a residual is cured": ("loan-cured", lambda event, _: event.reason == "residual" and event.principal),
    "a sale recovers": ("collateral-sold", lambda event, _: event.recovery),
    "a sale leaves a surplus": ("collateral-sold", lambda event, _: event.surplus),
    "a sale costs": ("collateral-sold", lambda event, _: event.costs and event.principal),
    "shares are sold": ("collateral-sold", lambda event, _: event.quantity and event.asset.startswith("shares:")),
    "a surplus goes back": ("surplus-returned", lambda event, _: event.amount),
    "a fund bears out of turn": ("fund-drawn", is_out_of_turn),
    "lenders bear out of turn": ("bad-debt-socialized", is_out_of_turn),
    "a fund is drawn to its limit": ("fund-drawn", is_all_of_a_limit),
    "a fund in another asset bears": (
        "fund-drawn",
        lambda event, books: event.amount and is_another_asset(event, books),
    ),
    "a fund pays more than it bears": (
        "fund-drawn",
        lambda event, books: event.price() > event.amount > 0 and not is_another_asset(event, books),
    ),
    "juniors bear": ("bad-debt-socialized", lambda event, _: event.amount and event.tranche == JUNIOR),
    "nobody bears": ("bad-debt-socialized", lambda event, _: event.amount == 0),
    "a loss does not divide": ("bad-debt-socialized", does_not_divide),
    "a loss is huge": ("bad-debt-socialized", lambda event, _: event.amount > 2**64),
    "a loss takes all claims, and more is open": ("bad-debt-socialized", takes_all_and_more),
    "virtual shares bear": (
        "bad-debt-socialized",
        lambda event, books: event.amount and books.charters.pools[event.pool].virtual_shares,
    ),
    "a loss is rounded by a rate": (
        "bad-debt-socialized",
        lambda event, books: event.amount and books.charters.pools[event.pool].rate_scale,
    ),
    "shares worth nothing are joined by more": (
        "deposited",
        lambda event, books: books.issued(event.pool, event.tranche) and not books.claims(event.pool, event.tranche),
    ),
    "a deposit meets claims in debit": (
        "deposited",
        lambda event, books: books.claims(event.pool, event.tranche) < 0,
    ),
    "a fact is reversed after others were told": ("entry-reversed", has_later_facts),
    "a deposit is reversed on which a loss fell": ("entry-reversed", bore_a_loss),
    "a default is reversed": ("entry-reversed", lambda event, books: original(event, books).type == "loan-defaulted"),
    "a loss is reversed": ("entry-reversed", lambda event, books: original(event, books).type == "bad-debt-socialized"),
    "a recovery is reversed": (
        "entry-reversed",
        lambda event, books: original(event, books).type == "recovery-allocated",
    ),
    "an adjustment is reversed": (
        "entry-reversed",
        lambda event, books: original(event, books).type == "adjustment-posted",
    ),
    "a fact of a closed period is reversed": ("entry-reversed", lambda event, _: event.occurred_at),
    "the name of a case is given again": ("loan-defaulted", is_named_again),
    "terms change under a case": (
        "terms-changed",
        lambda event, books: (
            event.waterfall is not None
            and any(case.pool == event.pool and case.waterfall and not case.closed for case in books.cases.values())
        ),
    ),
    "who sold their shares gets restitution": ("restitution-paid", has_sold),
    "who covered a deficit gets restitution": ("restitution-paid", has_covered),
    "a recovery goes to the deficit": ("recovery-allocated", goes_to("deficit")),
    "a recovery goes to a fund": ("recovery-allocated", goes_to("fund")),
    "a recovery goes to the reserve": ("recovery-allocated", goes_to("reserve")),
    "a recovery goes to a tranche": ("recovery-allocated", goes_to("tranche")),
    "a recovery goes to bearers": ("recovery-allocated", goes_to("bearers")),
    "a recovery goes to the borrower": ("recovery-allocated", goes_to("borrower")),
    "a closed case recovers": ("recovery-received", lambda event, books: books.cases[event.case].closed),
    "a recovery costs": ("recovery-received", lambda event, _: event.costs),
    "the reserve goes below zero": (
        "reserve-drawn",
        lambda event, books: (
            event.amount > max(books.reserve(event.pool), 0) and lets_reserve_be_negative(event, books)
        ),
    ),
    "the reserve bears": ("reserve-drawn", lambda event, books: 0 < event.amount <= books.reserve(event.pool)),
    "the reserve is paid in shares": ("reserve-contributed", lambda event, _: event.lender and event.amount),
    "the reserve pays in shares": ("reserve-withdrawn", lambda event, _: event.lender and event.amount),
    "a lender covers a deficit": ("deficit-covered", lambda event, _: event.amount and event.shares),
    "borrowers take a deficit over": ("debt-redistributed", lambda event, _: event.amount()),
    "more interest is allocated than there is": (
        "interest-allocated",
        lambda event, books: event.interest > max(unallocated(event, books), 0),
    ),
    "a loan is trued down": ("interest-allocated", lambda event, _: event.interest < 0),
    "a loan in default is trued down": ("interest-allocated", lambda event, _: event.case and event.interest < 0),
    "an index is told while loans owe": (
        "interest-accrued",
        lambda event, books: event.index and any(books.loans[event.pool]),
    ),
    "all loans of a pool accrue": (
        "interest-accrued",
        lambda event, books: event.interest and event.loan is None and is_pooled(event, books),
    ),
    "a pooled loan is drawn": ("loan-drawn", lambda event, _: event.debt_shares),
    "a pooled loan is repaid": ("repaid", lambda event, _: event.debt_shares),
    "a pooled shortfall": (
        "shortfall-recognized",
        lambda event, books: event.principal and is_pooled(event, books),
    ),
    "debt goes to another loan": (
        "debt-transferred",
        lambda event, _: event.principal and event.sender != event.receiver,
    ),
    "debt in default goes to another loan": ("debt-transferred", lambda event, _: event.case and event.principal),
    "debt shares go to another loan": ("debt-transferred", lambda event, _: event.debt_shares),
    "a guarantee recovers": ("guarantee-paid", lambda event, _: event.recovery and event.principal),
    "a cost is advanced in shares": ("cost-advanced", lambda event, _: event.lender and event.amount),
    "less loss is expected": ("allowance-changed", lambda event, _: event.decrease),
    "what is in default is adjusted": ("adjustment-posted", posts_to("defaulted")),
    "a deficit is adjusted": ("adjustment-posted", posts_to("deficit")),
    "claims are adjusted": ("adjustment-posted", posts_to("claims")),
    "shares of lenders are adjusted": ("adjustment-posted", posts_to("lenders")),
    "debt shares are adjusted": ("adjustment-posted", posts_to("debt")),
    "collateral is adjusted": ("adjustment-posted", posts_to("collateral")),
    "a fund is adjusted": ("adjustment-posted", lambda event, _: event.fund and event.postings),
    "lenders bear after juniors": ("bad-debt-socialized", comes_after_juniors),
}
"""The states that histories are meant to reach: by what they are called, the event that shows them, and how."""


def reached(history: History) -> set[str]:
    """The types of a history's events, and the rare states that it reaches."""
    names = set[str]()
    for _, event, books in steps_of(history):
        names |= {
            event.type,
            *(name for name, (kind, is_so) in RARE.items() if kind == event.type and is_so(event, books)),
        }
    return names


def names_reached(leaning: Leaning, begun_with: int) -> set[str]:
    """Event types and rare states that 40 histories of a leaning reach, drawn from a seed."""
    names = set[str]()

    @seed(begun_with)
    @settings(HISTORIES, max_examples=40, database=None, phases=[Phase.generate])
    @given(histories(leanings=(leaning,)))
    def tell(history: History) -> None:
        names.update(reached(history))

    tell()
    return names


def not_reached(rounds: int) -> set[str]:
    """Event types and rare states that histories of all leanings do not reach in so many rounds, mostly one.

    What Hypothesis draws from a seed depends on the constants of all modules that happen to be imported.
    """
    missing = {*CATALOGUE, *RARE}
    for number in range(rounds):
        for begun_with, leaning in enumerate(LEANINGS, number * len(LEANINGS)):
            missing -= names_reached(leaning, begun_with) if missing else set()
    return missing


def test_histories_reach_every_event_and_every_rare_state() -> None:
    assert not_reached(rounds=5) == set()
