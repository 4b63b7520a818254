"""What is compared: movements of an account as either side states them, and the statement that the other side gave.

Amounts are signed: what makes the balance of the account grow is positive, on its normal side, whoever states it.
"""

from hashlib import sha256
from typing import Annotated, Literal, NamedTuple, TypeAlias

from ledger.errors import InputRefused
from ledger.values import Json

BASE_UNITS = "base units"
Money: TypeAlias = Annotated[int, BASE_UNITS]
"""An amount in base units: an `int` here, decimal text in a document."""

Status = Literal["booked", "pending"]
"""Whether a movement is in the balance that its side states, or only announced."""


class Item(NamedTuple):
    """A movement of one account, as one side states it.

    `place` is the entry's position, or the line of the statement. `at` is the value date: an instant in canonical form,
    or a bare day where no more is said. `chain` is `TX:LOG_INDEX` in lower case, or `TX` alone where no index is said;
    `end_to_end` and `reference` are what payer and book, or the account's keeper, call it; empty where nothing is said.
    `group` is what several movements that came as one have in common, such as the reference of a batch.

    `kind` is the event's stored name; of a statement's line `fee`, `interest` or empty. `reverses` is what is undone:
    the id of the entry, or the reference of the line, and `?` where a line says only that it is a reversal. `fee` is
    what was kept as charges, stated with the movement, not negative. `twin` is equal for two entries that say the same
    under two ids; empty for lines. `id` is the entry's; of a line empty, its `identity` tells it.
    """

    place: int
    account: str
    commodity: str
    at: str
    amount: Money
    id: str = ""
    chain: str = ""
    end_to_end: str = ""
    reference: str = ""
    group: str = ""
    kind: str = ""
    status: Status = "booked"
    reverses: str = ""
    counterparty: str = ""
    text: str = ""
    fee: Money = 0
    twin: str = ""
    file: int = 0

    @property
    def day(self) -> str:
        """The value date: a day in UTC."""
        return self.at[:10]


def content_of(line: Item) -> tuple[str, ...]:
    """What a statement says in a line, wherever it stands: two lines that say the same have the same.

    Whether it is still pending is left out: it is the same movement once it is booked.
    """
    said = (line.account, line.commodity, line.at, str(line.amount), line.chain, line.end_to_end, line.reference)
    return (*said, line.group, line.kind, line.reverses, line.counterparty, line.text, str(line.fee))


def identity(line: Item, copy: int = 1) -> str:
    """By which a line of a statement is known in every run: a hash of what it says, and which of equal lines it is."""
    digest = sha256("\0".join(content_of(line)).encode()).hexdigest()[:16]
    return digest if copy == 1 else f"{digest}#{copy}"


class FileMark(NamedTuple):
    """A file of the other side: by its SHA-256 it is known again. `rows` counts what it states, lines or balances.

    `totals` are its control totals, amounts as decimal text: `credits`, `debits`, `count` of them and what else it
    declares itself.
    """

    name: str
    sha256: str
    kind: str
    rows: int
    totals: Json


class Statement(NamedTuple):
    """What a custodian or bank says of one account from `opened_at` to `closed_at`.

    Both are instants or days; a day stands for its end where the account closes, in UTC. `opening` plus all booked
    `items` is `closing`; what is pending is in neither.
    """

    file: FileMark
    account: str
    commodity: str
    opened_at: str
    opening: Money
    closed_at: str
    closing: Money
    items: tuple[Item, ...]


class Held(NamedTuple):
    """One balance of a snapshot, such as that of a lender in a pool. `place` is its line.

    `keys` are the fields of the report's row that name it, as far as the snapshot tells them; `field` is the column.
    """

    place: int
    keys: tuple[tuple[str, str], ...]
    field: str
    amount: Money


class Accrued(NamedTuple):
    """What a pool had accrued at the moment of a snapshot, and no entry has yet: interest, and shares for the fee."""

    pool: str
    interest: Money
    fee_shares: Money = 0


class Snapshot(NamedTuple):
    """What someone else says of balances at one moment: by a time, by a block, or both.

    `finalized` is the last block that was final, where that is said; what `accrued` is folded on a copy of the books
    before they are compared. `precision` is the unit in which it rounds amounts, in base units: 1 where it does not.
    """

    file: FileMark
    at: str
    block: int | None
    finalized: int | None
    held: tuple[Held, ...]
    accrued: tuple[Accrued, ...] = ()
    precision: Money = 1


class SourceRefused(InputRefused):
    """A file of the other side that cannot be relied on: every flaw that was found, each with its place."""

    def __init__(self, name: str, problems: tuple[str, ...]) -> None:
        super().__init__(name, problems)
        self.name = name
