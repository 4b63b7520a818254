"""What an entry is in a tree: where it stands, and in a few words of whom it is and why it was made."""

from typing import Final, NamedTuple

from ledger.events import (
    AdjustmentPosted,
    AnyEvent,
    BadDebtSocialized,
    CollateralSold,
    DebtRedistributed,
    DebtTransferred,
    DeficitCovered,
    DeficitRecapitalized,
    FundContributed,
    FundDrawn,
    FundWithdrawn,
    GuaranteePaid,
    IncomeReceived,
    InterestAccrued,
    RecoveryAllocated,
    ReserveDrawn,
    SharesTransferred,
)


class Mark(NamedTuple):
    """An entry: its position, its event's type, id and time; `source` is whose it is, `case` under which, if any.

    `cause` is what the entry itself says of why: its reason, its source, its memo.
    """

    position: int
    type: str = ""
    id: str = ""
    at: str = ""
    source: str = ""
    case: str = ""
    cause: str = ""


NO_ENTRY: Final = Mark(0)
"""The mark of a node that comes of no single entry."""

_SAYS: Final = ("reason", "override", "outcome", "payer", "payee", "recipient", "buyer", "auction", "memo")
"""The fields by which an event says why it was made, or with whom."""

_SOURCES: Final = (("loan", "loan"), ("lender", "lender"), ("fund", "fund"), ("holder", "holder"), ("pool", "pool"))


def marked(position: int, event: AnyEvent) -> Mark:
    """An entry as a tree shows it."""
    source = source_of(event)
    said = [f"{value}" for field in _SAYS if (value := getattr(event, field, None)) is not None]
    return Mark(
        position=position,
        type=event.type,
        id=event.id,
        at=event.at,
        source=source,
        case=getattr(event, "case", None) or "",
        cause="; ".join([source, *said] if source else said),
    )


def source_of(event: AnyEvent) -> str:  # noqa: C901, PLR0911, PLR0912  (one arm a kind of source)
    """Of whom or what an entry is, in words."""
    match event:
        case CollateralSold():
            return f"{event.source} {event.asset}"
        case GuaranteePaid():
            return f"guarantor {event.guarantor}"
        case FundDrawn():
            return f"fund {event.fund}"
        case ReserveDrawn():
            return "reserve"
        case DeficitCovered():
            return f"lender {event.lender}"
        case DeficitRecapitalized():
            return f"investor {event.investor}"
        case DebtRedistributed():
            return "other loans"
        case BadDebtSocialized():
            return f"tranche {event.tranche}"
        case FundContributed() | FundWithdrawn():
            return f"contributor {event.contributor}"
        case SharesTransferred():
            return f"from {event.sender} to {event.receiver}"
        case DebtTransferred():
            return f"loan {event.sender} to loan {event.receiver}"
        case InterestAccrued() if event.loan is None:
            return "the pool as a whole"
        case RecoveryAllocated():
            return f"case {event.case}"
        case IncomeReceived():
            return event.source or "income"
        case AdjustmentPosted():
            return ""
        case _:
            named = ((word, getattr(event, field, None)) for field, word in _SOURCES)
            return next((f"{word} {name}" for word, name in named if name is not None), "")
