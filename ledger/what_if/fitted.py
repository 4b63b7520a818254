"""A fact cut to what other books can take: what bears a deficit, what is recognized of one, and restitution."""

from dataclasses import replace

from ledger.books import Books
from ledger.commands import PayRestitution
from ledger.events import (
    AnyEvent,
    BadDebtSocialized,
    DebtRedistributed,
    DeficitCovered,
    DeficitRecapitalized,
    FundDrawn,
    RedistributedPart,
    ReserveDrawn,
    RestitutionPaid,
    ShortfallRecognized,
)
from ledger.shares import pro_rata
from ledger.values import AMOUNT_MAX, mul_div_down, mul_div_up
from ledger.waterfall import Layer, ReserveLayer, Source, source_of

_Bearing = FundDrawn | ReserveDrawn | BadDebtSocialized | DeficitCovered | DeficitRecapitalized | DebtRedistributed
_Cut = tuple[AnyEvent, int, int]


def restated(event: AnyEvent, books: Books) -> AnyEvent:
    """The fact with what it states of a tranche beside its own decision: true of these books, where it is stated."""
    if not isinstance(event, BadDebtSocialized):
        return event
    charter = books.charters.pools.get(event.pool)
    if charter is None or event.tranche not in charter.tranches:
        return event
    claims, issued = books.claims(event.pool, event.tranche), books.issued(event.pool, event.tranche)
    holders = books.holder_count(event.pool, event.tranche)
    return replace(
        event,
        claims_before=None if event.claims_before is None or claims > AMOUNT_MAX else max(claims, 0),
        shares=None if event.shares is None or issued > AMOUNT_MAX else issued,
        holder_count=None if event.holder_count is None else holders,
    )


def fitted(event: AnyEvent, books: Books) -> _Cut | None:  # noqa: PLR0911  (one way for each kind)
    """The fact cut to what the books can take, with the amounts it has then and had; None where there is no such cut.

    Shares that are burnt, and what a fund of another asset pays, are cut in proportion.
    Raises `CommandRefused` or `LawBroken` where nothing of it can be.
    """
    match event:
        case FundDrawn():
            return _draw(event, books)
        case ReserveDrawn():
            case = books.case(event.pool, event.case)
            negative = any(isinstance(one, ReserveLayer) and one.negative for one in case.waterfall or ())
            reserve = event.amount if negative else max(books.reserve(event.pool), 0)
            return _to_amount(event, min(_open(event, books), reserve, _room(event, books, ("reserve",))))
        case BadDebtSocialized():
            claims = max(books.claims(event.pool, event.tranche), 0)
            return _to_amount(event, min(_open(event, books), claims, _room(event, books, ("tranche", event.tranche))))
        case DeficitCovered():
            claims = max(books.claims(event.pool, event.tranche), 0)
            return _to_amount(event, min(_open(event, books), claims))
        case DeficitRecapitalized():
            return _to_amount(event, _open(event, books))
        case DebtRedistributed():
            return _redistribution(event, _open(event, books))
        case RestitutionPaid():
            return _restitution(event, books)
        case ShortfallRecognized():
            return _recognition(event, books)
        case _:
            return None


def _open(event: _Bearing, books: Books) -> int:
    return max(books.deficit(event.pool, event.case), 0)


def _room(event: FundDrawn | ReserveDrawn | BadDebtSocialized, books: Books, source: Source) -> int:
    """What the layer of a source can still bear, in the source's own asset; where none names it, no less than asked."""
    asked = event.price() if isinstance(event, FundDrawn) else event.amount
    case = books.case(event.pool, event.case)
    layers: list[Layer] = [layer for layer in case.waterfall or () if source_of(layer) == source]
    room = books.room(case, layers[0]) if layers and event.override is None else None
    return asked if room is None else room


def _draw(event: FundDrawn, books: Books) -> _Cut:
    """What is open, and what the fund can pay: of both the less."""
    room = min(books.fund_balance(event.fund), _room(event, books, ("fund", event.fund)))
    amount, price = min(event.amount, _open(event, books)), event.price()
    paid = mul_div_up(price, amount, event.amount) if event.amount else price
    if paid > room:
        amount, paid = mul_div_down(event.amount, room, price), room
    shares = _in_proportion(event.shares, amount, event.amount)
    cut = replace(event, amount=amount, paid=None if event.paid is None else paid, shares=shares)
    return cut, amount, event.amount


def _to_amount(event: ReserveDrawn | BadDebtSocialized | DeficitCovered | DeficitRecapitalized, most: int) -> _Cut:
    """At most so much; with the shares that are burnt for it, and what an investor receives for it."""
    amount = min(event.amount, most)
    if isinstance(event, DeficitCovered | DeficitRecapitalized):
        shares = _in_proportion(event.shares, amount, event.amount)
        if isinstance(event, DeficitRecapitalized) and event.quantity is not None:
            quantity = _in_proportion(event.quantity, amount, event.amount)
            return replace(event, amount=amount, shares=shares, quantity=quantity), amount, event.amount
        return replace(event, amount=amount, shares=shares), amount, event.amount
    return replace(event, amount=amount), amount, event.amount


def _redistribution(event: DebtRedistributed, most: int) -> _Cut:
    """At most so much, split over its loans as before."""
    whole = event.amount()
    amount = min(whole, most)
    principals = pro_rata(amount, {part.loan: part.principal for part in event.parts})
    parts = tuple(
        RedistributedPart(
            loan=part.loan,
            principal=principals.get(part.loan, 0),
            debt_shares=_in_proportion(part.debt_shares, amount, whole),
        )
        for part in event.parts
    )
    return replace(event, parts=parts), amount, whole


def _restitution(event: RestitutionPaid, books: Books) -> _Cut:
    """At most what is due. Raises `CommandRefused` where that is nothing."""
    asked = PayRestitution(at=event.at, pool=event.pool, case=event.case, holder=event.holder, tranche=event.tranche)
    due = sum(fact.amount for fact in asked.follows(books) if isinstance(fact, RestitutionPaid))
    amount = min(event.amount, due)
    return replace(event, amount=amount), amount, event.amount


def _recognition(event: ShortfallRecognized, books: Books) -> _Cut:
    """At most what is in default; of a pooled loan no more debt shares than it owes."""
    case, pool = books.case(event.pool, event.case), books.charters.pools[event.pool]
    whole, shares = event.principal + event.interest, event.debt_shares
    if pool.pooled:
        principal = min(event.principal, max(case.in_default, 0))
        interest = min(event.interest, max(case.in_default - principal, 0))
        shares = min(shares, max(books.sums.balance(pool.debtor(event.loan), pool.debt_shares), 0))
    else:
        principal, interest = min(event.principal, case.principal), min(event.interest, case.interest)
    cut = replace(event, principal=principal, interest=interest, debt_shares=shares)
    return cut, principal + interest, whole


def _in_proportion(shares: int, amount: int, whole: int) -> int:
    """What goes with a part of an amount, rounded up."""
    return mul_div_up(shares, amount, whole) if whole else shares
