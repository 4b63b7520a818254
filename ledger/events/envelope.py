"""What every event carries beside its own fields, and how it becomes canonical bytes."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic.dataclasses import dataclass

from ledger.accounts import Charters, Moves, Posting, opposite, postings
from ledger.books import Books
from ledger.cases import Entries
from ledger.values import BORDER, Count, EventId, Instant, LongText, Named, Sha256, Text

if TYPE_CHECKING:
    from pydantic_core import SchemaSerializer


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Evidence:
    """Where a fact can be looked up: a log on a chain, or a line of a document known by its SHA-256."""

    chain_id: Count | None = None
    block: Count | None = None
    block_hash: Named[str] | None = None
    tx: Named[str] | None = None
    log_index: Count | None = None
    document: Sha256 | None = None
    line: Count | None = None

    def __post_init__(self) -> None:
        """Evidence of nothing is left out: one form for one fact."""
        if all(part is None for part in vars(self).values()):
            raise ValueError("evidence names a log or a document")


@dataclass(frozen=True, kw_only=True, config=BORDER)
class Event(ABC):
    """An immutable fact. It says what was decided; a replay of it adds, and asks nothing.

    `at` is its effective time, `occurred_at` the original time of a late fact, `override` the reason for leaving the
    waterfall's order. `command` and `cause` are written by the ledger: the command as asked, in its canonical JSON
    text, on the first of its events, and that one's id on the others.
    """

    at: Instant
    id: Named[EventId] = EventId("")
    occurred_at: Instant | None = None
    evidence: Evidence | None = None
    override: Text | None = None
    memo: Text | None = None
    command: LongText | None = None
    cause: Named[EventId] | None = None

    if TYPE_CHECKING:
        __pydantic_serializer__: ClassVar[SchemaSerializer]

        @property
        def type(self) -> str:
            """The event's stored name, permanent: each class declares its own."""

    @abstractmethod
    def moves(self, charters: Charters) -> Moves:
        """What the fact does to the accounts. Total: it refuses nothing that its laws let pass."""

    def lines(self, charters: Charters) -> Iterable[Posting]:
        """The same as the postings of an entry."""
        return postings(self.moves(charters))

    def post(self, books: Books) -> None:
        """Post the moves, each account held to its normal side. Raises `WrongSide`, with nothing changed."""
        moves = self.moves(books.charters)
        books.sums.post(moves)
        if books.registers.watched:
            books.registers.note(moves, books.sums)

    def unpost(self, books: Books) -> None:
        """Undo `post`, as long as nothing was posted since: for what is not recorded after all."""
        books.sums.add(opposite(self.moves(books.charters)))

    @abstractmethod
    def laws(self, books: Books) -> None:
        """Refuse the fact, by a `LawBroken`, where it breaks a law of its own; the laws of all entries come after."""

    def fold(self, books: Books) -> None:  # noqa: B027  (many facts change nothing but the accounts)
        """What the fact changes beside the accounts: a charter, a state. Called once it is admitted."""

    def unfold(self, books: Books) -> None:  # noqa: B027  (likewise)
        """The reverse of `fold`, once its postings are undone. Called only while no later entry depends on the fact."""

    def require_undoable(self, books: Books) -> None:  # noqa: B027  (likewise)
        """Refuse the fact's reversal, by a `LawBroken`, where the state it leaves would break a law."""

    def histories(self, books: Books) -> tuple[Entries, ...]:
        """The loans, cases and terms that the fact belongs to, each as the positions of its entries.

        A later entry of any of them depends on the fact.
        """
        return ()

    def dependents(self, books: Books, position: int) -> list[int]:
        """The positions of the later entries that depend on the fact, which stands at `position`."""
        later = {entry for entries in self.histories(books) for entry in entries[bisect_right(entries, position) :]}
        return sorted(later)

    def canonical(self) -> bytes:
        """The bytes that are stored and hashed: equal facts give equal bytes.

        Compact UTF-8 JSON, `type` first, then the fields as declared; optional fields at their default are left out.
        """
        fields = self.__pydantic_serializer__.to_json(self, exclude_defaults=True)
        return b'{"type":"' + self.type.encode() + b'",' + fields[1:]

    def identified(self, copy: int = 1) -> Self:
        """The event with the id of a fact that came without one: the SHA-256 of its canonical bytes.

        `copy` counts equal lines of one file: the second is marked `#2`, the third `#3`.
        """
        digest = sha256(self.canonical()).hexdigest()
        return replace(self, id=EventId(digest if copy == 1 else f"{digest}#{copy}"))
