"""The commands: what is asked of a book, one class each: its fields, and the facts that follow from it."""

from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from ledger.books import Books
from ledger.commands.collateral import PostCollateral, ReleaseCollateral
from ledger.commands.control import ClosePeriod, ReverseEntry
from ledger.commands.default import AdvanceCost, CureLoan, DeclareDefault
from ledger.commands.envelope import Command, Measure
from ledger.commands.fund import Contribute, WithdrawFromFund
from ledger.commands.interest import AccrueInterest
from ledger.commands.lending import Deposit, TransferShares, Withdraw
from ledger.commands.loans import DrawLoan, OriginateLoan, Repay
from ledger.commands.recovery import AllocateRecovery, PayRestitution, ReceiveRecovery
from ledger.commands.sale import CallGuarantee, ReturnSurplus, SellCollateral
from ledger.commands.shortfall import CloseCase, CoverDeficit, ResolveShortfall
from ledger.errors import CommandRefused, LawBroken
from ledger.events import AnyEvent

__all__ = [
    "COMMANDS",
    "COMMAND_ADAPTER",
    "ID_MAX",
    "AccrueInterest",
    "AdvanceCost",
    "AllocateRecovery",
    "AnyCommand",
    "CallGuarantee",
    "CloseCase",
    "ClosePeriod",
    "Command",
    "Contribute",
    "CoverDeficit",
    "CureLoan",
    "DeclareDefault",
    "Deposit",
    "DrawLoan",
    "Measure",
    "OriginateLoan",
    "PayRestitution",
    "PostCollateral",
    "ReceiveRecovery",
    "ReleaseCollateral",
    "Repay",
    "ResolveShortfall",
    "ReturnSurplus",
    "ReverseEntry",
    "SellCollateral",
    "TransferShares",
    "Withdraw",
    "WithdrawFromFund",
    "decide",
    "read_back",
]

AnyCommand = (
    Deposit
    | Withdraw
    | TransferShares
    | OriginateLoan
    | DrawLoan
    | AccrueInterest
    | Repay
    | PostCollateral
    | ReleaseCollateral
    | DeclareDefault
    | AdvanceCost
    | SellCollateral
    | CallGuarantee
    | ReturnSurplus
    | CureLoan
    | ResolveShortfall
    | CoverDeficit
    | Contribute
    | WithdrawFromFund
    | ReceiveRecovery
    | AllocateRecovery
    | PayRestitution
    | CloseCase
    | ReverseEntry
    | ClosePeriod
)
"""The closed set of commands, in the order of the desk."""

COMMAND_ADAPTER: Final[TypeAdapter[AnyCommand]] = TypeAdapter(Annotated[AnyCommand, Field(discriminator="type")])
"""Reads a command whose type is not known beforehand."""

COMMANDS: Final[dict[str, type[AnyCommand]]] = {command.type: command for command in AnyCommand.__args__}
"""The commands by name."""

ID_MAX: Final = 120
"""The longest id of a command: those of its further facts are longer."""


def decide(command: AnyCommand, books: Books) -> tuple[AnyEvent, ...]:
    """The facts that follow from a command, named by it: to be admitted one after the other. Changes nothing.

    Raises `CommandRefused` where they cannot be worked out, `LawBroken` where what is named is not there.
    """
    if not 0 < len(command.id) <= ID_MAX:
        raise CommandRefused(f"{command.type}: an id of 1 to {ID_MAX} characters names a command")
    try:
        events = command.named(command.follows(books))
    except CommandRefused as refused:
        raise CommandRefused(f"{command.type} {command.id}: {refused}") from None
    except LawBroken as broken:
        broken.entry = broken.entry or f"{command.type} {command.id}"
        raise
    except ValidationError as invalid:
        raise CommandRefused(f"{command.type} {command.id}: {_flaw(invalid)}") from None
    if not events:
        raise CommandRefused(f"{command.type} {command.id}: nothing follows from it")
    return events


def _flaw(invalid: ValidationError) -> str:
    """What is wrong with a fact that would follow: its first field that does not fit, mostly an amount too large."""
    flaw = invalid.errors(include_url=False, include_context=False)[0]
    field = ".".join(map(str, flaw["loc"]))
    return f"{field} {flaw['input']} of {invalid.title} does not fit: {flaw['msg'].lower()}"


def read_back(event: AnyEvent) -> AnyCommand | None:
    """The command whose first fact this is, as it was asked; None where the fact was recorded as it is."""
    if event.command is None:
        return None
    text = event.command.encode()
    return COMMAND_ADAPTER.validate_json(text[:-1] + b',"id":"' + event.id.encode() + b'"}')
