"""An entry of ours undone, and the same fact again as it should have been: other amount, other sign, other account.

Where shares belong to a fact they are scaled if that comes out even; otherwise a command works them out again.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from ledger.accounts import net
from ledger.books import Books
from ledger.events import AnyEvent, EntryReversed, PostedLine
from ledger.values import EventId, Json
from projections.reconciliation.proposals.booked import Candidate, Place, adjustment

_AMOUNTS: Final = {
    "deposited": ("assets", "shares"),
    "withdrawn": ("assets", "shares"),
    "fund-contributed": ("amount", "shares"),
    "fund-withdrawn": ("amount", "shares"),
    "loan-originated": ("principal", "debt_shares"),
    "loan-drawn": ("principal", "debt_shares"),
    "repaid": ("principal", "debt_shares"),
    "cost-advanced": ("amount", ""),
    "income-received": ("amount", ""),
    "reserve-contributed": ("amount", ""),
    "reserve-withdrawn": ("amount", ""),
    "surplus-returned": ("amount", ""),
    "deficit-recapitalized": ("amount", ""),
    "restitution-paid": ("amount", ""),
    "recovery-received": ("amount", ""),
}
"""By which field a fact moves cash, and which one has to follow in proportion."""

_COMMANDS: Final = {
    "deposited": ("deposit", "assets", ("pool", "tranche", "lender")),
    "withdrawn": ("withdraw", "assets", ("pool", "tranche", "lender")),
    "fund-contributed": ("contribute", "amount", ("fund", "contributor")),
    "fund-withdrawn": ("withdraw-from-fund", "amount", ("fund", "contributor")),
    "loan-originated": ("originate-loan", "principal", ("pool", "loan", "borrower", "maturity", "rate")),
    "loan-drawn": ("draw-loan", "principal", ("pool", "loan")),
    "repaid": ("repay", "amount", ("pool", "loan", "payer")),
    "reserve-contributed": ("reserve-contributed", "amount", ("pool",)),
    "reserve-withdrawn": ("reserve-withdrawn", "amount", ("pool",)),
}
"""What asks for such a fact anew: its name, its amount, and the fields that it has of the fact."""

_OPPOSITES: Final = {
    "deposited": "withdrawn",
    "withdrawn": "deposited",
    "fund-contributed": "fund-withdrawn",
    "fund-withdrawn": "fund-contributed",
    "loan-drawn": "repaid",
    "repaid": "loan-drawn",
    "reserve-contributed": "reserve-withdrawn",
    "reserve-withdrawn": "reserve-contributed",
}
"""Facts that move cash the other way between the same two."""


def reversal(event: AnyEvent, reason: str, books: Books) -> Json:
    """The exact reversal of an entry, as a fact without an id and a time."""
    lines = tuple(
        PostedLine(account=account, commodity=commodity, amount=-amount)
        for (account, commodity), amount in net(event.lines(books.charters)).items()
        if amount
    )
    made = EntryReversed(at=event.at, id=EventId("x"), of=event.id, reason=reason, postings=lines)
    return {name: value for name, value in json.loads(made.canonical()).items() if name not in ("at", "id")}


def undone(event: AnyEvent, place: Place, moved: int, reason: str, books: Books) -> Iterator[Candidate]:
    """An entry of ours is taken back; where it cannot be, by an adjustment of what it moved the account by."""
    back = reversal(event, reason, books)
    yield Candidate((back,), reason, event.at)
    yield from adjusted(event, place, -moved, reason, books)


def again(event: AnyEvent, place: Place, moved: int, amount: int, reason: str, books: Books) -> Iterator[Candidate]:
    """An entry that moved the account by one amount is taken back and told again, so that it moves it by another."""
    back = reversal(event, reason, books)
    for fact in _told_again(event, place, moved, amount):
        yield Candidate((back, fact), reason, event.at)
    yield from adjusted(event, place, amount - moved, reason, books)


def elsewhere(event: AnyEvent, place: Place, amount: int, reason: str, books: Books) -> Iterator[Candidate]:
    """An entry on an account of another owner is taken back and told again of the owner of this one.

    Where the same cannot be told of it, what came in or went out is adjusted against the reserve, until it is known.
    """
    back = reversal(event, reason, books)
    of = place.owner
    if event.type in _COMMANDS and {*of} <= {"pool", "fund"} and all(hasattr(event, field) for field in of):
        fact = _asked(event.type, event, abs(amount))
        yield Candidate((back, {**fact, **of}), reason, event.at)
    if event.type == "income-received" and place.pool is not None:
        yield Candidate((back, {**_fact(event), **of}), reason, event.at)
    against_reserve = adjustment(place, amount, place.own("reserve"), reason)
    yield Candidate((back, against_reserve), f"{reason}, against the reserve", event.at, guess=True)


def adjusted(event: AnyEvent, place: Place, amount: int, reason: str, books: Books) -> Iterator[Candidate]:
    """The account is adjusted against the one that the entry moved most on the other side."""
    moved = net(event.lines(books.charters))
    mine = moved.get((place.account, place.commodity), 0)
    owner = place.account.split(":")[1]
    others = [
        (-abs(posted), account)
        for (account, commodity), posted in moved.items()
        if commodity == place.commodity and account.split(":")[1] == owner and posted * mine < 0
    ]
    if others:
        against = min(others)[1]
        told = f"{reason}; {event.id} itself cannot be reversed"
        yield Candidate((adjustment(place, amount, against, told),), f"{told}, so {against} is adjusted", event.at)


def _told_again(event: AnyEvent, place: Place, moved: int, amount: int) -> Iterator[Json]:
    """The fact with another amount, as it is or as a command that works it out."""
    if event.type == "adjustment-posted":
        yield from _adjustment_again(event, place, amount)
    if not place.is_cash or not amount or event.type not in _AMOUNTS:
        return
    if (moved < 0) == (amount < 0):
        if (scaled := _scaled(event, abs(moved), abs(amount))) is not None:
            yield scaled
        if event.type in _COMMANDS:
            yield _asked(event.type, event, abs(amount))
    elif event.type in _OPPOSITES:
        yield _asked(_OPPOSITES[event.type], event, abs(amount))


def _scaled(event: AnyEvent, moved: int, amount: int) -> Json | None:
    """The fact with another amount and what follows from it in proportion; None where that does not come out even."""
    field, following = _AMOUNTS[event.type]
    fact = _fact(event)
    beside = moved - getattr(event, field)  # such as the costs that were kept of it
    if event.type == "repaid" and beside:
        return None  # what is interest and what principal has to be worked out
    fact[field] = str(amount - beside)
    if following and (shares := getattr(event, following)):
        scaled, rest = divmod(shares * amount, moved)
        if rest:
            return None
        fact[following] = str(scaled)
    return fact


def _adjustment_again(event: AnyEvent, place: Place, amount: int) -> Iterator[Json]:
    """An adjustment between two accounts, with another amount."""
    lines: tuple[PostedLine, ...] = getattr(event, "postings", ())
    others = [line.account for line in lines if line.account != place.account]
    if len(lines) == 2 and len(others) == 1 and amount:  # noqa: PLR2004  (between two accounts)
        told = adjustment(place, amount, others[0], getattr(event, "reason", ""))
        kept = {name: value for name, value in _fact(event).items() if name not in told}
        yield {**told, **kept}


def _asked(event_type: str, event: AnyEvent, amount: int) -> Json:
    """What asks for a fact of a type with what another one says."""
    name, field, fields = _COMMANDS[event_type]
    said = {one: value for one in fields if (value := _said(event, one)) is not None}
    kept = {one: value for one, value in _fact(event).items() if one in ("memo", "evidence")}
    return {"type": name, **kept, **said, field: str(amount)}


def _said(event: AnyEvent, field: str) -> Any:  # noqa: ANN401  (as in JSON)
    value = getattr(event, field, None)
    if value is None or (field, value) == ("tranche", "lenders"):
        return None
    return str(value)


def _fact(event: AnyEvent) -> Json:
    """A fact as JSON, without its id, its time and what the ledger wrote."""
    left_out = {"id", "at", "command", "cause"}
    return {name: value for name, value in json.loads(event.canonical()).items() if name not in left_out}
