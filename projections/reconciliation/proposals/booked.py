"""How a line of a statement is booked that the book does not have: as the fact that fits, else as an adjustment."""

from collections.abc import Iterator
from typing import NamedTuple

from ledger.books import Books
from ledger.chart import part_of, side_of
from ledger.errors import UnknownName
from ledger.values import LENDERS, Account, Commodity, FundId, Json, LoanId, PartyId, PoolId, Timestamp
from projections.reconciliation.items import Item


class Candidate(NamedTuple):
    """Facts that would settle a break, without ids and times; when they count, and why these.

    A `guess` says what happened, and not between whom: that has to be found out.
    """

    facts: tuple[Json, ...]
    reason: str
    at: Timestamp
    guess: bool = False


class Place(NamedTuple):
    """An account in what it is kept in, of a pool or a fund; the cash of one, where it is that."""

    account: Account
    commodity: Commodity
    pool: PoolId | None
    fund: FundId | None

    @property
    def owner(self) -> Json:
        """How a fact names whose account it is."""
        return {"pool": self.pool} if self.pool is not None else {"fund": self.fund}

    @property
    def is_cash(self) -> bool:
        """Whether money comes and goes there."""
        return self.account.startswith("assets:") and self.account.endswith(":cash") and self.account.count(":") == 2  # noqa: PLR2004  (KIND:OWNER:cash)

    def debit(self, amount: int) -> int:
        """What makes the balance grow by an amount on its normal side, debit positive."""
        return -amount if side_of(self.account, self.commodity) == "credit" else amount

    def own(self, word: str) -> Account:
        """Another account of the same owner, such as its `reserve`; of a fund, its capital."""
        return Account(f"equity:{self.pool}:{word}" if self.pool is not None else f"equity:{self.fund}:fund")


def place_of(account: str, commodity: str, books: Books) -> Place | None:
    """An account by its name; None where the chart does not have it."""
    try:
        part = part_of(Account(account), Commodity(commodity), books.charters)
    except UnknownName:
        return None
    is_pool = PoolId(part.owner) in books.charters.pools
    pool, fund = (PoolId(part.owner), None) if is_pool else (None, FundId(part.owner))
    return Place(Account(account), Commodity(commodity), pool, fund)


def adjustment(place: Place, amount: int, against: str, reason: str) -> Json:
    """An account grows by an amount on its normal side, against another one of the same owner."""
    debit = place.debit(amount)
    postings = [
        {"account": account, "commodity": place.commodity, "amount": str(signed)}
        for account, signed in ((place.account, debit), (against, -debit))
    ]
    return {"type": "adjustment-posted", **place.owner, "reason": reason, "postings": postings}


def charged(place: Place, amount: int, what: str, line: str, at: Timestamp) -> Iterator[Candidate]:
    """What a keeper took or gave by itself: the reserve bears it, or earns it; of a fund, its capital.

    Where the reserve does not hold as much, the lenders bear it.
    """
    reason = f"{what}: {line}"
    if what == "interest" and amount > 0 and place.pool is not None and place.is_cash:
        earned = {"type": "income-received", "pool": place.pool, "amount": str(amount), "to": "reserve"}
        yield Candidate(({**earned, "source": reason},), f"{reason}, earned by the reserve", at)
    bearer = "the fund" if place.pool is None else "the reserve"
    yield Candidate((adjustment(place, amount, place.own("reserve"), reason),), f"{reason}, against {bearer}", at)
    if amount < 0 and place.pool is not None:
        lenders = f"liabilities:{place.pool}:claims:lenders"
        yield Candidate((adjustment(place, amount, lenders, reason),), f"{reason}, borne by the lenders", at)


def known(place: Place, line: Item, books: Books, told: str, at: Timestamp) -> Iterator[Candidate]:
    """What came in from a lender, a borrower or a contributor that the book knows, or went out to one."""
    if place.is_cash and line.counterparty:
        of = _of_fund(place, line, books) if place.pool is None else _of_pool(place, line, books)
        for fact, who in of:
            yield Candidate(({**fact, **beside(line)},), f"{told} names {who}", at)


def unidentified(place: Place, line: Item, told: str, at: Timestamp) -> Candidate:
    """What came in or went out, of whom is not known: against the reserve, or the capital of a fund."""
    reason = f"unidentified: {told}"
    return Candidate((adjustment(place, line.amount, place.own("reserve"), reason),), reason, at, guess=True)


def beside(line: Item) -> Json:
    """What a fact bears of the line that it books: its reference, and the log that it names."""
    tx, _, index = line.chain.partition(":")
    log = {"evidence": {"tx": tx, **({"log_index": int(index)} if index.isdigit() else {})}} if tx else {}
    return {**log, **({"memo": line.reference} if line.reference else {})}


def _of_pool(place: Place, line: Item, books: Books) -> Iterator[tuple[Json, str]]:
    pool, lender, amount = PoolId(place.pool or ""), PartyId(line.counterparty), str(abs(line.amount))
    tranches = books.charters.pools[pool].tranches
    held = [name for name, of in tranches.items() if books.sums.balance(of.holder(lender), of.shares) > 0]
    if len(held) == 1:
        kind = "deposit" if line.amount > 0 else "withdraw"
        tranche = {} if held[0] == LENDERS else {"tranche": held[0]}
        yield {"type": kind, "pool": pool, **tranche, "lender": lender, "assets": amount}, f"lender {lender}"
    loans = _loans_of(pool, line.counterparty, books)
    if len(loans) == 1:
        if line.amount > 0:
            yield {"type": "repay", "pool": pool, "loan": loans[0], "amount": amount}, f"loan {loans[0]}"
        else:
            yield {"type": "draw-loan", "pool": pool, "loan": loans[0], "principal": amount}, f"loan {loans[0]}"


def _of_fund(place: Place, line: Item, books: Books) -> Iterator[tuple[Json, str]]:
    charter = books.charters.funds[FundId(place.fund or "")]
    if books.sums.balance(charter.holder(PartyId(line.counterparty)), charter.shares) > 0:
        kind = "contribute" if line.amount > 0 else "withdraw-from-fund"
        fact = {"type": kind, "fund": place.fund, "contributor": line.counterparty, "amount": str(abs(line.amount))}
        yield fact, f"contributor {line.counterparty}"


def _loans_of(pool: PoolId, name: str, books: Books) -> list[LoanId]:
    """The loan of a name, or the loans of a borrower of that name."""
    loans = books.loans[pool]
    return [LoanId(name)] if LoanId(name) in loans else [loan for loan, of in loans.items() if of.borrower == name]
