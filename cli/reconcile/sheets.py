"""The tables of a paper, in the columns that people read: for the terminal, the workbook and the page alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Final, NamedTuple

from cli.amounts import printable
from cli.columns import Column
from cli.reconcile.words import (
    PARTIES,
    fact_text,
    key_of,
    moment,
    movement,
    positions,
    totals_of,
    units_below_each_other,
)
from projections.reconciliation.breaks import Break, Suggestion
from projections.reconciliation.items import Item
from projections.reconciliation.paper import Paper, ProofRow, SummaryRow

if TYPE_CHECKING:
    from projections.reconciliation.signing.signing import SignOff

STEPS: Final = ("prepared", "reviewed", "signed")
"""The steps of a sign-off, in order."""

MOVEMENTS_MAX: Final = 12
"""So many movements of a side stand in a cell; the sheet of movements has all of them."""

Decimals = Mapping[str, int]


class Side(NamedTuple):
    """A movement of a break or of a suggestion: of what it is one, and on which side it stands."""

    of: str
    side: str
    item: Item


def text(name: str, cells: Iterable[object], *, wrapped: bool = False) -> Column:
    """A column of text."""
    return Column(name, [printable(str(cell)) for cell in cells], wrapped=wrapped)


def count(name: str, cells: Iterable[int]) -> Column:
    """A column of numbers of things."""
    return Column(name, [f"{cell:,}" for cell in cells], numeric=True)


def amounts(name: str, values: Iterable[tuple[int, str]], decimals: Decimals) -> Column:
    """A column of amounts, each with its commodity, in units."""
    return Column(name, units_below_each_other(list(values), decimals), numeric=True)


def amounts_in(name: str, of: Sequence[tuple[int, str]], decimals: Decimals) -> list[Column]:
    """A column of amounts, and one of their commodities where there are several."""
    names = [commodity for _, commodity in of]
    if len({*names}) == 1:
        return [amounts(f"{name}, {printable(names[0])}", of, decimals)]
    return [amounts(name, of, decimals), text("commodity", names)]


def proof(paper: Paper) -> list[Column]:
    """The proof of balance, line by line."""
    rows = paper.proof
    return [
        text("commodity", (row.commodity for row in rows)),
        text("side", (row.side for row in rows)),
        text("line", (row.line for row in rows)),
        count("breaks", (row.number for row in rows)),
        amounts("amount", ((row.amount, row.commodity) for row in rows), paper.decimals),
    ]


def is_balance(row: ProofRow) -> bool:
    """Whether a line of the proof is a balance, or what is left between two: not what a side has to settle."""
    return row.side == "proof" or "balance per" in row.line


def summary(paper: Paper, *, totals: bool = False) -> list[Column]:
    """Open breaks by class and age; with the sums of each commodity where they are asked for."""
    rows = list(paper.summary)
    told: list[tuple[str, str]] = [(row.class_, PARTIES[row.party]) for row in rows]
    if totals:
        sums = [_sum([row for row in rows if row.commodity == of]) for of in sorted({row.commodity for row in rows})]
        rows, told = [*rows, *sums], [*told, *(("total", "") for _ in sums)]
    return [
        text("class", (name for name, _ in told)),
        text("who acts", (acts for _, acts in told)),
        text("bucket", (row.bucket for row in rows)),
        text("commodity", (row.commodity for row in rows)),
        count("breaks", (row.number for row in rows)),
        count("material", (row.material for row in rows)),
        amounts("effect", ((row.effect, row.commodity) for row in rows), paper.decimals),
    ]


def _sum(rows: Sequence[SummaryRow]) -> SummaryRow:
    number, effect, material = (sum(of) for of in zip(*(row[4:] for row in rows), strict=True))
    return rows[0]._replace(bucket="", number=number, effect=effect, material=material)


def breaks(of: Sequence[Break], decimals: Decimals) -> list[Column]:
    """Breaks, a line for each."""
    return [
        text("break", (one.id for one in of)),
        text("class", (one.class_ for one in of)),
        text("who acts", (PARTIES[one.party] for one in of)),
        amounts("effect", ((one.effect, one.commodity) for one in of), decimals),
        text("commodity", (one.commodity for one in of)),
        count("age_days", (one.age_days for one in of)),
        text("bucket", (one.bucket for one in of)),
        text("since", (moment(one.since) for one in of)),
        text("first_seen", (moment(one.first_seen) for one in of)),
        text("material", ("yes" if one.material else "no" for one in of)),
        text("row", (key_of(one) for one in of)),
        text("ours", (listed(one.ours, "ours", decimals) for one in of)),
        text("theirs", (listed(one.theirs, "theirs", decimals) for one in of)),
        text("entries", (positions(one.trace) for one in of)),
        text("rule", (one.rule for one in of)),
        text("evidence", (one.evidence for one in of)),
    ]


def listed(of: Sequence[Item], side: str, decimals: Decimals) -> str:
    """Movements of a side, one after the other."""
    told = [movement(item, side, decimals).line() for item in of[:MOVEMENTS_MAX]]
    told += [f"and {len(of) - MOVEMENTS_MAX:,} more"] if len(of) > MOVEMENTS_MAX else []
    return "; ".join(told)


def movements(paper: Paper) -> list[Side]:
    """All movements of breaks and of suggestions."""
    named: list[tuple[str, Break | Suggestion]] = [(f"break {one.id}", one) for one in paper.breaks]
    named += [(f"resolved {one.id}", one) for one in paper.resolved]
    named += [(f"suggestion {number}", one) for number, one in enumerate(paper.suggestions, start=1)]
    return [
        Side(name, side, item)
        for name, one in named
        for side, items in (("ours", one.ours), ("theirs", one.theirs))
        for item in items
    ]


def movement_columns(of: Sequence[Side], decimals: Decimals) -> list[Column]:
    """Movements with all that is said of them."""
    names = ("id", "chain", "end_to_end", "reference", "group", "kind", "status", "reverses", "counterparty", "text")
    return [
        text("of", (one.of for one in of)),
        text("side", (one.side for one in of)),
        Column("place", [str(one.item.place) for one in of], numeric=True),
        text("account", (one.item.account for one in of)),
        text("at", (one.item.at for one in of)),
        amounts("amount", ((one.item.amount, one.item.commodity) for one in of), decimals),
        text("commodity", (one.item.commodity for one in of)),
        amounts("fee", ((one.item.fee, one.item.commodity) for one in of), decimals),
        *(text(name, (getattr(one.item, name) for one in of)) for name in names),
    ]


def continued(paper: Paper) -> list[Column]:
    """The roll-forward of breaks."""
    rows = paper.continued

    def amount(name: str) -> Column:
        return amounts(name, ((getattr(row, name), row.commodity) for row in rows), paper.decimals)

    def number(name: str) -> Column:
        return count(f"{name}_breaks", (getattr(row, f"{name}_count") for row in rows))

    return [
        text("class", (row.class_ for row in rows)),
        text("commodity", (row.commodity for row in rows)),
        *(one(name) for name in ("opening", "new") for one in (number, amount)),
        amount("changed"),
        *(one(name) for name in ("resolved", "closing") for one in (number, amount)),
    ]


def suggestions(paper: Paper) -> list[Column]:
    """Matches that someone has to confirm, numbered from 1."""
    rows = paper.suggestions
    return [
        count("number", range(1, len(rows) + 1)),
        amounts("amount", ((one.amount, one.commodity) for one in rows), paper.decimals),
        text("commodity", (one.commodity for one in rows)),
        text("ours", (listed(one.ours, "ours", paper.decimals) for one in rows)),
        text("theirs", (listed(one.theirs, "theirs", paper.decimals) for one in rows)),
        text("rule", (one.rule for one in rows)),
    ]


def proposals(paper: Paper) -> list[Column]:
    """Proposed entries, a line for each fact."""
    rows = [(one, fact) for one in paper.proposals for fact in one.facts or ({},)]
    return [
        text("break", (one.of for one, _ in rows)),
        text("type", (fact.get("type", "") for _, fact in rows)),
        text("id", (fact.get("id", "") for _, fact in rows)),
        text("at", (fact.get("at", "") for _, fact in rows)),
        text("reason", (one.reason for one, _ in rows), wrapped=True),
        text("refused", (one.refused for one, _ in rows), wrapped=True),
        text("fact", (fact_text(fact) if fact else "" for _, fact in rows), wrapped=True),
    ]


def traces(paper: Paper) -> list[Column]:
    """Where two balances part."""
    rows = paper.traces
    return [
        text("of", (one.of for one in rows)),
        amounts("difference", ((one.difference, one.commodity) for one in rows), paper.decimals),
        text("commodity", (one.commodity for one in rows)),
        text("last_agreed", (moment(one.agreed_at) or "never" for one in rows)),
        text("parted_on", (moment(one.parted_on) for one in rows)),
        text("entries_that_make_it", (positions(one.entries) for one in rows), wrapped=True),
    ]


def matched(paper: Paper) -> list[Column]:
    """How much was matched by which key."""
    rows = paper.matched
    return [
        text("key", (row.key for row in rows)),
        text("commodity", (row.commodity for row in rows)),
        *(count(name, (getattr(row, name) for row in rows)) for name in ("matches", "ours", "theirs")),
        amounts("amount", ((row.amount, row.commodity) for row in rows), paper.decimals),
    ]


def appendix(paper: Paper) -> list[Column]:
    """The entries that the paper names."""
    rows = paper.appendix
    return [
        Column("position", [str(row.position) for row in rows], numeric=True),
        *(text(name, (getattr(row, name) for row in rows)) for name in ("at", "type", "id", "account")),
        amounts("amount", ((row.amount, row.commodity) for row in rows), paper.decimals),
        text("commodity", (row.commodity for row in rows)),
        text("cited_by", (", ".join(row.cited_by) for row in rows), wrapped=True),
    ]


def files(paper: Paper) -> list[Column]:
    """The files of the other side."""
    rows = paper.files
    return [
        text("file", (mark.name for mark in rows)),
        text("kind", (mark.kind for mark in rows)),
        count("rows", (mark.rows for mark in rows)),
        text("control_totals", (", ".join(totals_of(mark, paper)) for mark in rows)),
        text("sha256", (mark.sha256 for mark in rows)),
    ]


def rules(paper: Paper) -> list[Column]:
    """The rules by which the sides were compared; amounts in base units, as they were declared."""
    values = {one.name: getattr(paper.rules, one.name) for one in fields(paper.rules)}
    told = {name: ", ".join(value) if isinstance(value, tuple) else str(value) for name, value in values.items()}
    return [text("rule", (name.replace("_", " ") for name in told)), text("value", told.values())]


def steps(sign_off: "SignOff | None") -> list[Column]:
    """The steps of the sign-off, those that are missing with nothing beside them."""
    taken = {one.step: one for one in sign_off.steps} if sign_off else {}
    rows = [taken.get(step) for step in STEPS]
    return [
        text("step", STEPS),
        text("person", (row.person if row else "" for row in rows)),
        text("recorded_at", (moment(row.recorded_at) if row else "" for row in rows)),
        text("recorded_by", (row.recorded_by or "" if row else "" for row in rows)),
        Column("position", [str(row.position) if row else "" for row in rows], numeric=True),
    ]


def stale(sign_off: "SignOff | None", paper: Paper) -> list[Column]:
    """Entries that were recorded since the paper was made, and by how much they change it."""
    rows = sign_off.stale if sign_off else ()
    return [
        Column("position", [str(row.position) for row in rows], numeric=True),
        *(text(name, (getattr(row, name) for row in rows)) for name in ("id", "type", "account")),
        *amounts_in("amount", [(row.amount, row.commodity) for row in rows], paper.decimals),
    ]
