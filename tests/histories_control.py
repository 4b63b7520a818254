"""Proposals for random histories: facts are reversed and adjusted, balances asserted, periods closed and reconciled."""

from collections.abc import Callable
from typing import Any, Final

from ledger import events
from ledger.chart import side_of
from ledger.events import AnyEvent
from ledger.values import AMOUNT_MAX, Account, Commodity, PoolId, Text, Timestamp, instant_key
from tests.histories_teller import FUND, PARTIES, TIMES, Teller

Line = tuple[str, str, int]
"""An account, what it is kept in, and a signed amount."""

NEVER_REVERSED: Final = ("entry-reversed", "period-closed")


def reverse(teller: Teller) -> AnyEvent:
    """The reversal of an earlier fact: mostly of one that nothing depends on, and of the last of them.

    One fund is left alone, so that there always is one.
    """
    living = [event for event in teller.told if event.id not in teller.books.reversed]
    lasting = [event for event in living if event.type not in NEVER_REVERSED and not opens_the_fund(event)]
    free = [event for event in lasting[-12:] if is_free(teller, event)]
    chosen = teller.told[3:] if teller.seldom(12) else lasting[-12:] if teller.seldom(6) else free or lasting
    return reversal(teller, teller.one(chosen))


def opens_the_fund(event: AnyEvent) -> bool:
    return isinstance(event, events.FundOpened) and event.fund == FUND


def reverse_a_deposit(teller: Teller) -> AnyEvent:
    """The reversal of a deposit, whether a loss has fallen on it or not."""
    return reverse_one_of(teller, "deposited")


def reverse_an_opening(teller: Teller) -> AnyEvent:
    """The reversal of a pool's opening, if there is one that nothing depends on."""
    return reverse_one_of(teller, "pool-opened")


def reverse_one_of(teller: Teller, kind: str) -> AnyEvent:
    """The reversal of a fact of a kind, mostly one that nothing depends on."""
    living = [event for event in teller.told if event.id not in teller.books.reversed and event.type == kind]
    free = [event for event in living if is_free(teller, event)]
    return reversal(teller, teller.one(free or living or teller.told))


def is_free(teller: Teller, event: AnyEvent) -> bool:
    """No later fact depends on it."""
    found = teller.told.find(event.id)
    return found is not None and not event.dependents(teller.books, found[0])


def reversal(teller: Teller, event: AnyEvent) -> AnyEvent:
    """The reversal of a fact, at its time if that is in an open period, else at a later one."""
    is_open = instant_key(event.at) > teller.books.closed_through
    lines = event.lines(teller.books.charters)
    return events.EntryReversed(
        at=event.at if is_open else teller.first_open(),
        id=teller.next_id(),
        occurred_at=None if is_open else event.at,
        of=event.id,
        reason="entered twice",
        postings=tuple(posted(account, commodity, -amount) for account, commodity, amount in lines),
    )


def posted(account: str, commodity: str, amount: int) -> events.PostedLine:
    return events.PostedLine(account=Account(account), commodity=Commodity(commodity), amount=amount)


# Adjustments.


def adjust(teller: Teller) -> AnyEvent:
    """A correction of a pool or fund, between two of its accounts, or of one and back."""
    if teller.seldom(5):
        return adjust_fund(teller)
    pool = teller.pool()
    kinds: tuple[Callable[[Teller, PoolId], list[Line]], ...] = (
        *(between_money, between_money, between_money, of_a_case, of_a_case, of_shares, of_shares),
        *(of_collateral, of_debt_shares),
    )
    lines = [line for line in teller.one(kinds)(teller, pool) if line[2]]
    return events.AdjustmentPosted(
        **teller.envelope(), pool=pool, reason="the board decided", postings=tuple(posted(*line) for line in lines)
    )


def adjust_fund(teller: Teller) -> AnyEvent:
    fund = teller.fund()
    asset = teller.books.charters.funds[fund].asset
    amount = signed(teller, teller.books.fund_balance(fund))
    lines: list[Line] = [(f"assets:{fund}:cash", asset, amount), (f"equity:{fund}:fund", asset, -amount)]
    if teller.seldom(3):
        holder, issued, shares, amount = teller.one(PARTIES), f"register:{fund}", f"shares:{fund}", teller.amount()
        lines += [(f"{issued}:{holder}", shares, amount), (issued, shares, -amount)]
    return events.AdjustmentPosted(
        **teller.envelope(),
        fund=fund,
        reason="the board decided",
        postings=tuple(posted(*line) for line in lines if line[2]),
    )


def signed(teller: Teller, held: int) -> int:
    """More of what is held, or less of it."""
    return teller.amount() if teller.seldom(2) else -min(teller.up_to(held), AMOUNT_MAX)


def between_money(teller: Teller, pool: PoolId) -> list[Line]:
    """From any account of money to any other."""
    charter = teller.books.charters.pools[pool]
    asset, tranche = charter.asset, teller.tranche(pool)
    accounts = [
        *(f"assets:{pool}:cash", f"liabilities:{pool}:claims:{tranche}", f"equity:{pool}:reserve"),
        f"equity:{pool}:rounding",
        *(owed_by_a_loan(teller, pool)),
        *([f"assets:{pool}:loans"] if charter.pooled else []),
        *([f"assets:{pool}:interest"] if charter.debt == "indexed" else []),
    ]
    debit, credit = teller.one(accounts), teller.one(accounts)
    amount = signed(teller, min(teller.balance(debit, asset), teller.balance(credit, asset)))
    return [(debit, asset, amount), (credit, asset, -amount)]


def owed_by_a_loan(teller: Teller, pool: PoolId) -> list[str]:
    """Accounts of one of a pool's loans."""
    loans = [(loan, case) for of, loan, case in teller.loans() if of == pool]
    if not loans:
        return []
    loan, case = teller.one(loans)
    state = "loans" if case is None else "defaulted"
    owed = [f"assets:{pool}:{state}:{loan}:principal", f"assets:{pool}:{state}:{loan}:interest"]
    return [f"liabilities:{pool}:surplus:{loan}"] if teller.books.charters.pools[pool].pooled else owed


def of_a_case(teller: Teller, pool: PoolId) -> list[Line]:
    """What is in default or open of a case, against claims or cash."""
    charter = teller.books.charters.pools[pool]
    cases = [(name, case) for name, case in teller.cases() if case.pool == pool]
    if not cases:
        return between_money(teller, pool)
    name, case = teller.one(cases)
    apart = [] if charter.pooled else [f"assets:{pool}:defaulted:{case.loan}:principal"]
    account = teller.one([f"assets:{pool}:deficit:{name}", *apart])
    amount = signed(teller, teller.balance(account, charter.asset))
    other = teller.one((f"assets:{pool}:cash", f"liabilities:{pool}:claims:{teller.tranche(pool)}"))
    return [(account, charter.asset, amount), (other, charter.asset, -amount)]


def of_shares(teller: Teller, pool: PoolId) -> list[Line]:
    """Shares of a tranche, issued, burnt or held by another."""
    tranche, holder = teller.holder(pool)
    shares, register = f"shares:{pool}:{tranche}", f"register:{pool}:{tranche}"
    amount = signed(teller, teller.shares(pool, tranche, holder))
    other = teller.one((register, f"{register}:{teller.one(PARTIES)}"))
    return [(f"{register}:{holder}", shares, amount), (other, shares, -amount)]


def of_collateral(teller: Teller, pool: PoolId) -> list[Line]:
    """Collateral of a loan, in any asset."""
    loans = [loan for of, loan, _ in teller.loans() if of == pool]
    if not loans:
        return between_money(teller, pool)
    loan, asset = teller.one(loans), teller.one(("USD", "ETH", f"shares:{pool}:lenders"))
    held, owed_back = f"assets:{pool}:collateral:{loan}", f"liabilities:{pool}:collateral:{loan}"
    amount = signed(teller, teller.balance(held, asset))
    return [(held, asset, amount), (owed_back, asset, -amount)]


def of_debt_shares(teller: Teller, pool: PoolId) -> list[Line]:
    """Debt shares of a loan in a pooled pool."""
    loans = [loan for of, loan, _ in teller.loans() if of == pool]
    if not loans or not teller.books.charters.pools[pool].pooled:
        return between_money(teller, pool)
    loan = teller.one(loans)
    amount = signed(teller, teller.debt_shares(pool, loan))
    issued, debt = f"register:{pool}:debt", f"debt:{pool}"
    return [(f"{issued}:{loan}", debt, amount), (issued, debt, -amount)]


# Assertions, periods, reconciliations.


def assert_balance(teller: Teller) -> AnyEvent:
    accounts = [
        (account, commodity, balance if side_of(account, commodity) == "debit" else -balance)
        for commodity, balances in teller.books.sums.commodities()
        for account, balance in balances
    ]
    account, commodity, balance = teller.one(accounts or [(Account("assets:pool:cash"), Commodity("USD"), 0)])
    amount = min(max(balance, 0) + teller.seldom(8), AMOUNT_MAX)
    return events.BalanceAsserted(**teller.envelope(), account=account, commodity=commodity, amount=amount)


def close_period(teller: Teller) -> AnyEvent:
    """A period is closed: mostly one that is over. The last of all times stays open, so that a history goes on."""
    through: Timestamp = teller.one(TIMES[:-1])
    at = max(through, teller.first_open(), key=instant_key)
    if teller.seldom(8):
        return events.PeriodClosed(**teller.envelope(), through=through)
    return events.PeriodClosed(at=at, id=teller.next_id(), through=through)


SUBJECTS: Final[tuple[Text, ...]] = ("month's end", "custodian")
STEPS: Final = (events.ReconciliationPrepared, events.ReconciliationReviewed, events.ReconciliationSigned)


def reconcile(teller: Teller) -> AnyEvent:
    """The next step of a sign-off, seldom another one; by anyone, so that a reviewer may be who prepared it."""
    subject, report = SUBJECTS[teller.seldom(4)], "a" * 64
    signing = teller.books.signings.get((subject, report))
    files, through, head = ("b" * 64,), teller.one(teller.told).id, "c" * 64
    taken = 0 if signing is None else len(signing.persons)
    if signing is not None:
        through = teller.told[0].id if teller.seldom(10) else type(through)(signing.bound_to[1])
    step: type[Any] = teller.one(STEPS) if teller.seldom(6) else STEPS[min(taken, len(STEPS) - 1)]
    made: AnyEvent = step(
        **teller.envelope(),
        subject=subject,
        person=teller.one(PARTIES),
        report=report,
        files=files,
        through=through,
        head=head,
    )
    return made
