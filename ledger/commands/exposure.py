"""What is left in default under a case, and what is taken off it: by a sale, a guarantee or a recognition."""

from typing import NamedTuple

from ledger.books import Books
from ledger.cases import Case
from ledger.commands.debt import Owed, all_loans, allocated, debt_price, grown, owed, split
from ledger.events import InterestAllocated
from ledger.values import CaseId, PoolId, Timestamp, mul_div_down


class Applied(NamedTuple):
    """What net proceeds are applied to: together `principal`, `interest`, `recovery` and `surplus` are the proceeds."""

    principal: int
    interest: int
    recovery: int
    surplus: int
    debt_shares: int


def exposed(books: Books, at: Timestamp, pool: PoolId, case: CaseId) -> tuple[tuple[InterestAllocated, ...], Owed]:
    """What is left in default under a case, and the interest that an indexed loan first takes, as a fact (or none).

    In a pooled pool it is no more than the loan's debt shares are worth, nor than all loans owe: what was stated above
    that is nobody's debt, and what was not stated of it goes on performing. Raises `WrongState` where the loan is not
    in default under it.
    """
    found = books.require_case_of(pool, books.case(pool, case).loan, case)
    facts, owes = allocated(books, at, pool, found.loan)
    return facts, _within(books, found, owes, sum(fact.interest for fact in facts))


def to_recognize(books: Books, at: Timestamp, pool: PoolId, case: CaseId) -> tuple[tuple[InterestAllocated, ...], Owed]:
    """The same before a recognition, where an indexed loan is trued down to what the pool's total loses.

    Its interest since its last change is rounded down as the pool's is, and it gives back of its interest what loans,
    rounded up, took above what the pool accrued.
    """
    found = books.require_case_of(pool, books.case(pool, case).loan, case)
    owes, charter = owed(books, pool, found.loan), books.charters.pools[pool]
    if charter.debt != "indexed":
        return (), _within(books, found, owes, 0)
    booked = min(owes.interest, found.interest)
    interest = max(grown(books, pool, found.loan, mul_div_down) - owes.total, -booked)
    above = interest - books.sums.balance(charter.unallocated, charter.asset)
    interest -= min(max(above, 0), booked + interest)
    allocation = InterestAllocated(at=at, pool=pool, loan=found.loan, case=case, interest=interest)
    left = _within(books, found, owes._replace(interest=owes.interest + interest), interest)
    return ((allocation,) if interest else ()), left


def applied(books: Books, pool: PoolId, case: Case, left: Owed, net: int) -> Applied:
    """What net proceeds pay of what is left in default, in the order of the terms, and where the rest of them goes.

    That recovers what was recognized and did not come in yet; only then is it surplus.
    """
    principal, interest, rest = split(net, left.principal, left.interest, books.terms_of(case).proceeds_order)
    recovery = min(rest, max(case.recognized - case.recovered, 0))
    shares = debt_shares_off(books, pool, left, principal)
    return Applied(principal, interest, recovery, rest - recovery, shares)


def debt_shares_off(books: Books, pool: PoolId, left: Owed, amount: int) -> int:
    """The debt shares that go with an amount taken off what is left in default, rounded down.

    All that the loan has where that is all, and what would stay is worth less than one base unit.
    """
    price = debt_price(books, pool)
    if amount == left.total and amount >= mul_div_down(left.debt_shares, price.owed, price.issued or 1):
        return left.debt_shares
    return min(price.shares_down(amount), left.debt_shares)


def _within(books: Books, case: Case, owes: Owed, added: int) -> Owed:
    """What a loan owes, as far as it is in default under its case. `added` is interest that the case is to take yet."""
    if books.charters.pools[case.pool].pooled:
        return Owed(min(case.in_default, owes.total, all_loans(books, case.pool)), 0, owes.debt_shares)
    return Owed(min(owes.principal, case.principal), min(owes.interest, case.interest + added))
