"""Debt: what a loan owes in each debt mode, and what an amount pays of it. For every command that touches a loan."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ledger.books import Books
from ledger.errors import CommandRefused
from ledger.events import InterestAllocated
from ledger.shares import Borrowing, borrowing
from ledger.terms import Proceeds
from ledger.values import LoanId, PoolId, Timestamp, mul_div_down, mul_div_up


class Owed(NamedTuple):
    """What a loan owes, performing or in default. A pooled loan owes what its debt shares are worth, as principal."""

    principal: int
    interest: int
    debt_shares: int = 0

    @property
    def total(self) -> int:
        """Principal and interest together."""
        return self.principal + self.interest


class Payment(NamedTuple):
    """What an amount pays of a loan: together `principal`, `interest` and `rounding` are the amount.

    `rounding` is what a pooled loan pays above all that is lent, for its debt is rounded up.
    """

    principal: int
    interest: int
    debt_shares: int = 0
    rounding: int = 0


def owed(books: Books, pool: PoolId, loan: LoanId) -> Owed:
    """What a loan owes as booked; of a pooled loan, what its debt shares are worth, rounded up."""
    charter, case = books.charters.pools[pool], books.loans[pool][loan].case
    balance = books.sums.balance
    if charter.pooled:
        shares = balance(charter.debtor(loan), charter.debt_shares)
        return Owed(debt_price(books, pool).debt(shares), 0, shares)
    principal = balance(charter.principal(loan, case), charter.asset)
    return Owed(principal, balance(charter.interest(loan, case), charter.asset))


def debt_of(books: Books, pool: PoolId, loan: LoanId) -> int:
    """What a loan owes at present; in an indexed pool with the interest that the index tells since its last change.

    That is booked · latest index / index at the last change, rounded down where the charter has a rate scale, else up.
    """
    return grown(books, pool, loan, mul_div_down if books.charters.pools[pool].rate_scale else mul_div_up)


def grown(books: Books, pool: PoolId, loan: LoanId, rounded: Callable[[int, int, int], int]) -> int:
    """The same, rounded as told."""
    booked = owed(books, pool, loan).total
    latest, begun = books.indices.latest(pool), books.indices.since(pool, books.loans[pool][loan].changes)
    if books.charters.pools[pool].debt != "indexed" or latest is None or not begun:
        return booked
    return rounded(booked, latest, begun)


def allocated(books: Books, at: Timestamp, pool: PoolId, loan: LoanId) -> tuple[tuple[InterestAllocated, ...], Owed]:
    """The interest that an indexed loan first takes when it is touched, as a fact (or none), and what it owes then."""
    booked = owed(books, pool, loan)
    interest = debt_of(books, pool, loan) - booked.total
    if not interest:
        return (), booked
    case = books.loans[pool][loan].case
    fact = InterestAllocated(at=at, pool=pool, loan=loan, case=case, interest=interest)
    return (fact,), booked._replace(interest=booked.interest + interest)


def split(amount: int, principal_owed: int, interest_owed: int, order: Iterable[Proceeds]) -> tuple[int, int, int]:
    """What an amount pays of principal and interest, in the order of the terms, and what of it is left."""
    due, paid = {"principal": principal_owed, "interest": interest_owed}, {"principal": 0, "interest": 0}
    for part in order:
        paid[part] = min(amount, due[part])
        amount -= paid[part]
    return paid["principal"], paid["interest"], amount


def payment(books: Books, pool: PoolId, owes: Owed, amount: int) -> Payment:
    """What an amount pays of a loan that owes at least as much: in the order of the terms, or by debt shares."""
    if books.charters.pools[pool].pooled:
        principal = min(amount, all_loans(books, pool))
        return Payment(principal, 0, debt_shares_paid(books, pool, owes, amount), amount - principal)
    principal, interest, _ = split(amount, owes.principal, owes.interest, books.terms[pool][-1].proceeds_order)
    return Payment(principal, interest)


def debt_shares_paid(books: Books, pool: PoolId, owes: Owed, amount: int) -> int:
    """The debt shares that an amount pays of a pooled loan, rounded down; all it has where it pays the whole debt."""
    if amount >= owes.total:
        return owes.debt_shares
    return min(debt_price(books, pool).shares_down(amount), owes.debt_shares)


def debt_shares_drawn(books: Books, pool: PoolId, principal: int) -> int:
    """The debt shares that a draw makes in a pooled pool, rounded up; none in the others.

    Raises `CommandRefused` where debt shares are out that are worth nothing.
    """
    if not books.charters.pools[pool].pooled:
        return 0
    price = debt_price(books, pool)
    shares = price.shares_up(principal)
    if shares is None:
        raise CommandRefused(
            f"pool {pool} has {price.issued} debt shares for loans of {price.owed}: no debt share has a price"
        )
    return shares


def debt_price(books: Books, pool: PoolId) -> Borrowing:
    """The price of a debt share of a pooled pool: what all loans owe, over the debt shares issued."""
    charter = books.charters.pools[pool]
    issued = books.sums.owed(charter.debt_issued, charter.debt_shares)
    return borrowing(all_loans(books, pool), issued, charter)


def all_loans(books: Books, pool: PoolId) -> int:
    """What all loans of a pooled pool owe together, performing or in default."""
    charter = books.charters.pools[pool]
    return books.sums.balance(charter.loans, charter.asset)
