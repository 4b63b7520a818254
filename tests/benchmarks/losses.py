"""What a loss costs with few lenders and with many, and what a lender costs who went through ten thousand of them."""

from collections.abc import Iterator
from itertools import count
from time import process_time
from typing import Any, Final

from ledger.books import Books
from ledger.events import (
    AnyEvent,
    AssetRegistered,
    BadDebtSocialized,
    Deposited,
    LoanDefaulted,
    LoanOriginated,
    PoolOpened,
    ShortfallRecognized,
)
from ledger.laws import admit
from ledger.values import LENDERS, AssetId, CaseId, EventId, LoanId, PartyId, PoolId, Timestamp
from ledger.waterfall import SocializeLayer
from projections.lenders import LendersFold

AT: Final = Timestamp("2022-11-22T13:31:23Z")
ASSET, POOL, LOAN, CASE = AssetId("WETH"), PoolId("pool"), LoanId("loan"), CaseId("case")
FEW, MANY = 10, 100_000
LOSSES: Final = 10_000
CLAIMS: Final = 10**26
"""What the lenders of the pool hold together, in base units of 18 decimals."""
LENT: Final = CLAIMS // 2
LOST: Final = LENT // (2 * LOSSES)
"""What one loss takes."""


def measured() -> dict[str, Any]:
    """Microseconds of a loss with few and with many lenders, folded and admitted; milliseconds of settling a lender."""
    return {
        "few": FEW,
        "many": MANY,
        "losses": LOSSES,
        "fold_few": _fold_microseconds(FEW),
        "fold_many": _fold_microseconds(MANY),
        "admit_few": _admit_microseconds(FEW),
        "admit_many": _admit_microseconds(MANY),
        "settle": _settle_milliseconds(),
    }


def _fold_microseconds(lenders: int) -> float:
    fold = _folded(Books(), lenders)
    events = list(losses(lenders))
    handle = fold.handlers["bad-debt-socialized"]
    begun = process_time()
    for position, event in enumerate(events):
        handle(position, event)
    return (process_time() - begun) / LOSSES * 10**6


def _admit_microseconds(lenders: int) -> float:
    books = Books()
    for event in until_recognized(lenders):
        admit(event, books)
    events = list(losses(lenders))
    begun = process_time()
    for event in events:
        admit(event, books)
    return (process_time() - begun) / LOSSES * 10**6


def _settle_milliseconds() -> float:
    fold = _folded(Books(), 1)
    for position, event in enumerate(losses(1)):
        fold.handlers["bad-debt-socialized"](position, event)
    begun = process_time()
    _ = list(fold.rows())
    return (process_time() - begun) * 1000


def _folded(books: Books, lenders: int) -> LendersFold:
    """A fold of the pool's lenders, at the moment before the first loss."""
    fold = LendersFold(books.charters)
    for position, event in enumerate(until_recognized(lenders)):
        admit(event, books)
        if event.type in fold.handlers:
            fold.handlers[event.type](position, event)
    return fold


def until_recognized(lenders: int) -> Iterator[AnyEvent]:
    """A pool with so many lenders, and a loan of half its money, all of which is recognized as a deficit."""
    ids = (EventId(f"fact/{number}") for number in count())
    yield AssetRegistered(at=AT, id=next(ids), asset=ASSET, decimals=18)
    yield PoolOpened(
        at=AT,
        id=next(ids),
        pool=POOL,
        asset=ASSET,
        debt="bilateral",
        virtual_assets=1,
        virtual_shares=10**6,
        waterfall=(SocializeLayer(layer="socialize"),),
    )
    for number in range(lenders):
        lender, assets = PartyId(f"0x{number:040x}"), CLAIMS // lenders
        yield Deposited(at=AT, id=next(ids), pool=POOL, lender=lender, assets=assets, shares=assets * 10**6)
    borrower = PartyId("borrower")
    yield LoanOriginated(at=AT, id=next(ids), pool=POOL, loan=LOAN, borrower=borrower, principal=LENT)
    yield LoanDefaulted(
        at=AT, id=next(ids), pool=POOL, loan=LOAN, case=CASE, reason="unpaid", principal=LENT, interest=0
    )
    yield ShortfallRecognized(at=AT, id=next(ids), pool=POOL, loan=LOAN, case=CASE, principal=LENT)


def losses(lenders: int) -> Iterator[AnyEvent]:
    """Losses that leave half of the deficit open, each stating what it fell on."""
    claims = CLAIMS // lenders * lenders
    for number in range(LOSSES):
        yield BadDebtSocialized(
            at=AT,
            id=EventId(f"loss/{number}"),
            pool=POOL,
            case=CASE,
            tranche=LENDERS,
            amount=LOST,
            claims_before=claims - number * LOST,
            shares=claims * 10**6,
            holder_count=lenders,
        )
