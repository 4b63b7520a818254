"""Papers by hand on the books of stories: what was made of a journal at a position, with these breaks left open."""

from typing import Any, Final

from ledger.journal import Journal
from ledger.values import TrancheId
from projections.reconciliation.breaks import Break
from projections.reconciliation.items import FileMark, Item
from projections.reconciliation.paper import Paper, ProofRow
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import standing_of

CASH: Final = "assets:pool:cash"
CLOSED_AT: Final = "2022-11-30"
"""The facts of a story are of 22 November."""

RESERVE: Final = TrancheId("reserve")
"""Whom income goes to that is no lender's."""

FILE: Final = FileMark("statement.csv", "f" * 64, "csv", 2, {"count": "2"})


def a_paper(journal: Journal, *breaks: Break, position: int | None = None, **said: Any) -> Paper:
    """A paper of the cash of the pool in November; it may say anything else."""
    nothing: tuple[Any, ...] = ()
    made = Paper(
        subject=f"account:{CASH}",
        level="transactions",
        standing=standing_of(journal, position),
        opened_at="2022-11-21",
        closed_at=CLOSED_AT,
        files=(FILE,),
        rules=Rules(),
        decimals={"USD": 6},
        previous="",
        proof=(unexplained(0),),
        summary=nothing,
        breaks=breaks,
        resolved=nothing,
        continued=nothing,
        matched=nothing,
        matched_sha256="",
        suggestions=nothing,
        proposals=nothing,
        traces=nothing,
        appendix=nothing,
    )
    return made._replace(**said)


def unexplained(amount: int) -> ProofRow:
    """The last line of a proof."""
    return ProofRow("USD", "proof", "unexplained", 0, amount)


def a_break(class_: Any, *ours: Item, theirs: tuple[Item, ...] = (), party: Any = "ours", **said: Any) -> Break:
    """A break of these movements."""
    effect = sum(item.amount for item in ours) - sum(line.amount for line in theirs)
    made = Break("0123456789ab", class_, "USD", effect, party, "rule", "line 7 says so", ours=ours, theirs=theirs)
    return made._replace(**said)


def a_line(amount: int, **said: Any) -> Item:
    """A line of the statement, the seventh, of 23 November."""
    made = Item(7, "DE89370400440532013000", "USD", "2022-11-23", amount, id="1" * 16)
    return made._replace(**said)
