"""After the loss: what comes in for a case, whom it is allocated to by policy, and what is paid out."""

from collections.abc import Iterator
from typing import Literal

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.commands.envelope import Command, PoolAmount
from ledger.events import AnyEvent
from ledger.terms import RecoveryPolicy
from ledger.values import (
    BORDER,
    CaseId,
    Named,
    PartyId,
    PoolId,
    TrancheId,
)


@dataclass(frozen=True, kw_only=True, config=BORDER)
class ReceiveRecovery(Command):
    """Cash arrives for a case after its shortfall was recognized."""

    type: Literal["receive-recovery"] = "receive-recovery"
    pool: Named[PoolId]
    case: Named[CaseId]
    amount: PoolAmount
    costs: PoolAmount = 0
    payer: Named[PartyId] | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, config=BORDER)
class AllocateRecovery(Command):
    """Recoveries of a case go to their owners, by the policy that its terms fix or by another.

    So much, or all that is unallocated.
    """

    type: Literal["allocate-recovery"] = "allocate-recovery"
    pool: Named[PoolId]
    case: Named[CaseId]
    amount: PoolAmount | None = None
    policy: RecoveryPolicy | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, config=BORDER)
class PayRestitution(Command):
    """Those who bore a loss are paid what recoveries gave back of it.

    All of them all that is due, or one of them, or a part.
    """

    type: Literal["pay-restitution"] = "pay-restitution"
    pool: Named[PoolId]
    case: Named[CaseId]
    holder: Named[PartyId] | None = None
    tranche: Named[TrancheId] | None = None
    amount: PoolAmount | None = None

    def follows(self, books: Books) -> Iterator[AnyEvent]:
        raise NotImplementedError
