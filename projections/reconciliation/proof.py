"""The proof of balance: what either side states, what it has to settle by class, and that both are equal then."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, Literal

from projections.aging import BUCKETS, OLDEST
from projections.reconciliation.breaks import CLASSES, Break, Party
from projections.reconciliation.paper import UNEXPLAINED, Paper, ProofRow, SummaryRow

PER_STATEMENT: Final = "balance per statement"
PER_BOOK: Final = "balance per book"
ADJUSTED_STATEMENT: Final = "adjusted balance per statement"
ADJUSTED_BOOK: Final = "adjusted balance per book"

_TO_STATEMENT: Final[tuple[Party, ...]] = ("theirs", "nobody")
_TO_BOOK: Final[tuple[Party, ...]] = ("ours",)
_PARTIES: Final[tuple[Party, ...]] = ("ours", "theirs", "nobody", "unknown")
_RANK: Final = {name: rank for rank, name in enumerate(CLASSES)}
_BUCKET_RANK: Final = {name: rank for rank, name in enumerate((*(name for _, name in BUCKETS), OLDEST))}


def proof_of(ours: Mapping[str, int], theirs: Mapping[str, int], breaks: Sequence[Break]) -> tuple[ProofRow, ...]:
    """The proof of every commodity, from the balances of both sides (base units, by commodity) and all open breaks.

    To the balance of the statement comes what they settle or nobody has to, from the balance of the book goes what we
    settle: a line a class, none where there is no break. What is left between the two is `unexplained`; its number is
    that of the breaks of which nobody knows who has to settle them.
    """
    commodities = sorted({*ours, *theirs, *(one.commodity for one in breaks)})
    return tuple(
        row
        for commodity in commodities
        for row in _proof(
            commodity,
            ours.get(commodity, 0),
            theirs.get(commodity, 0),
            [one for one in breaks if one.commodity == commodity],
        )
    )


def _proof(commodity: str, ours: int, theirs: int, breaks: Sequence[Break]) -> Iterator[ProofRow]:
    statement = tuple(_lines(commodity, "statement", [one for one in breaks if one.party in _TO_STATEMENT], sign=1))
    book = tuple(_lines(commodity, "book", [one for one in breaks if one.party in _TO_BOOK], sign=-1))
    adjusted_statement = theirs + sum(row.amount for row in statement)
    adjusted_book = ours + sum(row.amount for row in book)
    unknown = sum(one.party not in (*_TO_STATEMENT, *_TO_BOOK) for one in breaks)
    yield ProofRow(commodity, "statement", PER_STATEMENT, 0, theirs)
    yield from statement
    yield ProofRow(commodity, "statement", ADJUSTED_STATEMENT, 0, adjusted_statement)
    yield ProofRow(commodity, "book", PER_BOOK, 0, ours)
    yield from book
    yield ProofRow(commodity, "book", ADJUSTED_BOOK, 0, adjusted_book)
    yield ProofRow(commodity, "proof", UNEXPLAINED, unknown, adjusted_book - adjusted_statement)


def _lines(
    commodity: str, side: Literal["statement", "book"], breaks: Iterable[Break], *, sign: int
) -> Iterator[ProofRow]:
    for class_, alike in groupby(sorted(breaks, key=lambda one: _RANK[one.class_]), key=lambda one: one.class_):
        effects = [sign * one.effect for one in alike]
        yield ProofRow(commodity, side, class_, len(effects), sum(effects))


def summary_of(breaks: Iterable[Break]) -> tuple[SummaryRow, ...]:
    """Open breaks by class, by who has to settle them, by age and by commodity; in this order of a commodity."""
    ordered = sorted(breaks, key=_summarized)
    return tuple(_summary(list(alike)) for _, alike in groupby(ordered, key=_summarized))


def _summarized(one: Break) -> tuple[str, int, int, int]:
    return one.commodity, _RANK[one.class_], _PARTIES.index(one.party), _BUCKET_RANK.get(one.bucket, -1)


def _summary(alike: Sequence[Break]) -> SummaryRow:
    one = alike[0]
    return SummaryRow(
        class_=one.class_,
        party=one.party,
        bucket=one.bucket,
        commodity=one.commodity,
        number=len(alike),
        effect=sum(each.effect for each in alike),
        material=sum(each.material for each in alike),
    )


def stated_in(paper: Paper, commodity: str) -> int | None:
    """The balance of the other side at the closing of a paper, in base units; None where it proves no such balance."""
    return next((row.amount for row in paper.proof if (row.commodity, row.line) == (commodity, PER_STATEMENT)), None)
