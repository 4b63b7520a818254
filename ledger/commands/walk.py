"""The walk along a waterfall: what each layer bears of a deficit, in its order, and the facts that say so."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, assert_never

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.cases import Case
from ledger.errors import CommandRefused
from ledger.events import AnyEvent, BadDebtSocialized, FundDrawn, ReserveDrawn
from ledger.values import (
    AMOUNT_MAX,
    BORDER,
    LENDERS,
    Amount,
    CaseId,
    FundId,
    Named,
    PoolId,
    Scale,
    Timestamp,
    TrancheId,
    mul_div_down,
    mul_div_up,
)
from ledger.waterfall import FundLayer, HoldLayer, Layer, ReserveLayer, SocializeLayer, TrancheLayer, Waterfall


@dataclass(frozen=True, config=BORDER)
class FundPrice:
    """What a base unit of a fund's asset is worth in base units of the pool's, times 10^scale."""

    fund: Named[FundId]
    price: Amount
    scale: Scale

    def worth(self, quantity: int) -> int:
        """What so much of the fund's asset pays of a deficit, rounded down."""
        return mul_div_down(quantity, self.price, 10**self.scale)

    def cost(self, amount: int) -> int:
        """What of the fund's asset pays so much of a deficit, rounded up. `price` is above 0."""
        return mul_div_up(amount, 10**self.scale, self.price)


class LayerBorne(NamedTuple):
    """What a layer bears of a deficit. `paid` is what a fund of another asset pays for it, in its own."""

    layer: Layer
    amount: int
    paid: int | None = None


def walked(
    waterfall: Waterfall,
    deficit: int,
    room: Callable[[Layer], int | None],
    price: Callable[[FundLayer], FundPrice | None],
) -> Iterator[LayerBorne]:
    """What each layer that bears something bears of a deficit; what none of them can bear stays open.

    `room` tells what a layer can bear at most, None where nothing bounds it: of a fund, in its own asset. `price` is
    the one of a fund, None where its asset is the pool's; only those are asked for that have something to pay.
    """
    left = deficit
    for layer in waterfall:
        if not left or isinstance(layer, HoldLayer):
            return
        borne = _borne_by(layer, left, room(layer), price)
        if borne.amount or borne.paid:
            yield borne
        left -= borne.amount


def _borne_by(layer: Layer, left: int, room: int | None, price: Callable[[FundLayer], FundPrice | None]) -> LayerBorne:
    """What one layer bears of what is left. A fund that cannot bear it all pays its whole room."""
    in_own_asset = price(layer) if isinstance(layer, FundLayer) and room else None
    if in_own_asset is None or room is None:
        return LayerBorne(layer, left if room is None else min(left, room))
    worth = in_own_asset.worth(room)
    return LayerBorne(layer, worth, room) if worth < left else LayerBorne(layer, left, in_own_asset.cost(left))


def borne(books: Books, case: Case, deficit: int, prices: Iterable[FundPrice]) -> Iterator[LayerBorne]:
    """What the layers of a case's waterfall bear of a deficit: of the pool's present one until its terms are fixed.

    Raises `CommandRefused` where a fund of another asset would pay and its price is not given.
    """
    given = tuple(prices)
    return walked(
        books.terms[case.pool][-1].waterfall if case.waterfall is None else case.waterfall,
        deficit,
        lambda layer: books.room(case, layer),
        lambda layer: price_of(books, case.pool, layer.fund, given),
    )


def price_of(books: Books, pool: PoolId, fund: FundId, prices: Iterable[FundPrice]) -> FundPrice | None:
    """The price of a fund's asset among those given; None where it is the pool's.

    Raises `CommandRefused` where none is given, or one at which nothing can be paid.
    """
    asset, due_in = books.charters.funds[fund].asset, books.charters.pools[pool].asset
    if asset == due_in:
        return None
    given = [price for price in prices if price.fund == fund]
    if len(given) != 1 or not given[0].price:
        raise CommandRefused(f"fund {fund} holds {asset}: one price above 0 says what that is worth in {due_in}")
    return given[0]


def resolution(
    books: Books, pool: PoolId, case: CaseId, at: Timestamp, prices: Iterable[FundPrice], *, recognized: int = 0
) -> Iterator[AnyEvent]:
    """The facts that follow when the waterfall of a case is walked for its open deficit: one for each that bears some.

    `recognized` is what a fact before them adds to that deficit, which the books do not hold yet.
    """
    found = books.require_open_case(pool, case)
    for layer, amount, paid in borne(books, found, books.deficit(pool, case) + recognized, prices):
        match layer:
            case FundLayer():
                yield FundDrawn(at=at, fund=layer.fund, pool=pool, case=case, amount=amount, paid=paid)
            case ReserveLayer():
                yield ReserveDrawn(at=at, pool=pool, case=case, amount=amount)
            case TrancheLayer():
                yield _written_down(books, pool, case, at, layer.tranche, amount)
            case SocializeLayer():
                yield _written_down(books, pool, case, at, LENDERS, amount)
            case HoldLayer():
                return
            case _ as unreachable:
                assert_never(unreachable)


def _written_down(
    books: Books, pool: PoolId, case: CaseId, at: Timestamp, tranche: TrancheId, amount: int
) -> BadDebtSocialized:
    """The claims of a tranche bear an amount: on what it falls is stated. No layer before it touches that tranche."""
    claims, shares = books.claims(pool, tranche), books.issued(pool, tranche)
    return BadDebtSocialized(
        at=at,
        pool=pool,
        case=case,
        tranche=tranche,
        amount=amount,
        claims_before=claims if claims <= AMOUNT_MAX else None,
        shares=shares if shares <= AMOUNT_MAX else None,
        holder_count=books.holder_count(pool, tranche),
    )
