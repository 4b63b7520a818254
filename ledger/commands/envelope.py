"""What every command carries beside its own fields, and how the facts that follow from it name it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic.dataclasses import dataclass

from ledger.books import Books
from ledger.events import AnyEvent, Evidence
from ledger.values import BORDER, Amount, EventId, Instant, NamedLater, Text

if TYPE_CHECKING:
    from pydantic_core import SchemaSerializer


class Measure(Enum):
    """In what a field of a command is counted, for those who write it in units."""

    POOL = "the asset of the pool"
    FUND = "the asset of the fund"
    ASSET = "the asset that the command names"


PoolAmount = Annotated[Amount, Measure.POOL]
"""An amount in base units of the pool's asset."""
FundAmount = Annotated[Amount, Measure.FUND]
"""An amount in base units of the fund's asset."""
Quantity = Annotated[Amount, Measure.ASSET]
"""A quantity in base units of the asset that the command names."""


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Command(ABC):
    """What is asked, in the imperative; the facts that follow from it are worked out beside the books.

    `at` is their effective time. `id` is the first fact's, and the others are `id/2`, `id/3` …; the same command under
    the same id is recorded once. `override` and `memo` stand on every fact of it, `evidence` on the first.
    """

    at: Instant
    id: NamedLater[EventId] = EventId("")
    occurred_at: Instant | None = None
    evidence: Evidence | None = None
    override: Text | None = None
    memo: Text | None = None

    if TYPE_CHECKING:
        __pydantic_serializer__: ClassVar[SchemaSerializer]

        @property
        def type(self) -> str:
            """The command's name, permanent: each class declares its own."""

    @abstractmethod
    def follows(self, books: Books) -> Iterable[AnyEvent]:
        """The facts that follow, without ids, each lawful once those before it are admitted. Changes nothing.

        Raises `CommandRefused` where they cannot be worked out, `LawBroken` where what is named is not there.
        """

    def asked(self) -> str:
        """The command as it was asked, in canonical JSON: `type` first, then its fields as declared, without its id.

        Fields at their default are left out. This is what stands on the first of its facts.
        """
        fields = self.__pydantic_serializer__.to_json(self, exclude_defaults=True, exclude={"id"})
        return '{"type":"' + self.type + '",' + bytes(fields[1:]).decode()

    def named(self, events: Iterable[AnyEvent]) -> tuple[AnyEvent, ...]:
        """The same facts with the ids, the cause and the circumstances that the command gives them."""
        text = self.asked()
        return tuple(
            replace(
                event,
                id=self.id if number == 1 else EventId(f"{self.id}/{number}"),
                command=text if number == 1 else None,
                cause=None if number == 1 else self.id,
                evidence=self.evidence if number == 1 else None,
                occurred_at=event.occurred_at or self.occurred_at,
                override=self.override,
                memo=self.memo,
            )
            for number, event in enumerate(events, 1)
        )
