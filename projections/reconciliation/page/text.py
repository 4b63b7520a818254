"""The page of a paper as text: the proof of balance, the lines to sign on, and sections of tables."""

from collections.abc import Sequence
from typing import NamedTuple

from projections.page.text import Table


class Line(NamedTuple):
    """A line of a proof: what it is, how many breaks stand behind it, its amount; whether it is a balance."""

    told: str
    number: str
    amount: str
    is_balance: bool


class Proof(NamedTuple):
    """The proof of one commodity: both sides to their adjusted balances, and what is left between these."""

    commodity: str
    statement: Sequence[Line]
    book: Sequence[Line]
    unexplained: str
    proved: bool


class Step(NamedTuple):
    """A step of the sign-off; a step not taken has nobody, and an empty line stands there."""

    name: str
    person: str
    note: str


class Part(NamedTuple):
    """A section of tables; a `folded` one is opened by whoever wants to see it, and by printing."""

    name: str
    title: str
    lead: str
    tables: Sequence[Table]
    broad: bool = False
    folded: bool = False

    @property
    def told_rows(self) -> str:
        """How many rows there are, in words."""
        number = sum(len(table.rows) for table in self.tables)
        return f"{number:,} row{'' if number == 1 else 's'}"


class PaperPage(NamedTuple):
    """The whole page. `report` is the SHA-256 of the paper, `bound` what a signature is bound to.

    `stale` is what was recorded since, None where nothing was.
    """

    report: str
    title: str
    subtitle: str
    told: Sequence[tuple[str, str]]
    verdict: str
    proved: bool
    stale: Table | None
    proofs: Sequence[Proof]
    bound: Sequence[tuple[str, str]]
    steps: Sequence[Step]
    parts: Sequence[Part]
