"""What a waterfall and a recovery policy decide beside given books: the same questions, put to both courses."""

from typing import NamedTuple

from pydantic import ValidationError

from ledger.books import Books
from ledger.commands import AllocateRecovery
from ledger.commands.walk import FundPrice, LayerBorne, borne, resolution
from ledger.errors import CommandRefused, LawBroken
from ledger.events import RecoveryAllocated, RecoveryPart
from ledger.terms import RecoveryPolicy
from ledger.values import AMOUNT_MAX, CaseId, PoolId, Timestamp
from ledger.what_if.survey import Resolving


def walk(books: Books, case: CaseId, prices: tuple[FundPrice, ...]) -> tuple[LayerBorne, ...] | str:
    """What the layers of a case bear of what is open of it, or why they do not."""
    found = books.cases[case]
    try:
        return tuple(borne(books, found, books.deficit(found.pool, case), prices))
    except CommandRefused as refused:
        return str(refused)


def resolved(
    books: Books, pool: PoolId, case: CaseId, at: Timestamp, prices: tuple[FundPrice, ...]
) -> tuple[Resolving, ...]:
    """The facts of a walk. Raises `CommandRefused` where a price is lacking, or an amount fits into no entry."""
    try:
        facts = tuple(resolution(books, pool, case, at, prices))
    except ValidationError as error:
        raise CommandRefused(f"{error.errors()[0]['loc'][0]} would be above 2^256 - 1") from None
    return tuple(fact for fact in facts if isinstance(fact, Resolving))


class Allocation(NamedTuple):
    """By which policy a recovery is allocated, to whom, or why it is not."""

    policy: RecoveryPolicy | None
    parts: tuple[RecoveryPart, ...] = ()
    refused: CommandRefused | LawBroken | None = None


def allocated(event: RecoveryAllocated, books: Books) -> Allocation:
    """To whom the policy of its case would give as much as a fact allocates, or all there is where that is less."""
    policy = None
    try:
        case, pool = books.case(event.pool, event.case), books.charters.pools[event.pool]
        policy = books.terms_of(case).recovery
        unallocated = max(books.sums.owed(pool.recoveries(event.case), pool.asset), 0)
        asked = AllocateRecovery(
            at=event.at,
            pool=event.pool,
            case=event.case,
            amount=min(sum(part.amount for part in event.parts), unallocated, AMOUNT_MAX),
        )
        (fact,) = asked.follows(books)
    except (CommandRefused, LawBroken) as refused:
        return Allocation(policy, refused=refused)
    if not isinstance(fact, RecoveryAllocated):
        raise TypeError(f"a recovery is allocated by {fact.type}")
    return Allocation(policy, fact.parts)
