"""The page of a paper in words and units: the proof, the lines to sign on, and what stands behind them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from cli.amounts import printable
from cli.columns import Column
from cli.reconcile import sheets
from cli.reconcile.words import (
    PARTIES,
    key_of,
    moment,
    movement,
    period_of,
    plain,
    positions,
    subject_of,
    totals_of,
    units_below_each_other,
    verdict_of,
)
from ledger.values import Json
from projections.page.text import Heading, Table
from projections.reconciliation.breaks import Break
from projections.reconciliation.document import hash_of
from projections.reconciliation.items import Item
from projections.reconciliation.page.text import Line, PaperPage, Part, Proof, Step
from projections.reconciliation.paper import Paper, ProofRow

if TYPE_CHECKING:
    from projections.reconciliation.signing.signing import SignOff

FOLDED_FROM: Final = 50
"""From so many rows on a section is folded until someone opens or prints it."""

Decimals = Mapping[str, int]


def page_of(paper: Paper, sign_off: "SignOff | None") -> PaperPage:
    """The page of a paper and of its sign-off, as far as that has come."""
    stale = sheets.stale(sign_off, paper) if sign_off and sign_off.stale else None
    return PaperPage(
        report=hash_of(paper),
        title=f"Reconciliation of {subject_of(paper)}",
        subtitle=printable(f"{paper.standing.book}, {period_of(paper)}"),
        told=[(name, printable(said)) for name, said in _told(paper)],
        verdict=verdict_of(paper),
        proved=paper.may_be_signed(),
        stale=_table("", stale) if stale else None,
        proofs=list(_proofs(paper)),
        bound=[(name, printable(said)) for name, said in _bound(paper)],
        steps=list(_steps(sign_off)),
        parts=[part for part in _parts(paper) if part.tables or part.name == "breaks"],
    )


def _told(paper: Paper) -> Iterator[tuple[str, str]]:
    if paper.opened_at:
        yield "after", moment(paper.opened_at)
    yield "closing", moment(paper.closed_at)
    yield "compared by", paper.level
    yield "position", str(paper.standing.position)
    yield "open breaks", f"{len(paper.breaks):,}"
    if paper.previous or paper.resolved:
        yield "resolved", f"{len(paper.resolved):,}"
    yield "matched", f"{sum(row.matches for row in paper.matched):,}"
    if paper.suggestions:
        yield "suggestions", f"{len(paper.suggestions):,}"


def _bound(paper: Paper) -> Iterator[tuple[str, str]]:
    """What a signature is bound to: the report, the book up to its last entry, the files."""
    stands = paper.standing
    yield "report", f"SHA-256 {hash_of(paper)}"
    yield "book", f"{stands.book}, position {stands.position}, through {stands.through}"
    yield "its last entry", f"SHA-256 {stands.head}"
    for mark in paper.files:
        yield "file", f"{mark.name}, SHA-256 {mark.sha256}"
    yield "list of matches", f"SHA-256 {paper.matched_sha256}"
    yield "report before", f"SHA-256 {paper.previous}" if paper.previous else "none: this is the first"


def _steps(sign_off: "SignOff | None") -> Iterator[Step]:
    taken = {one.step: one for one in sign_off.steps} if sign_off else {}
    for name in sheets.STEPS:
        if found := taken.get(name):
            by = f", recorded by {found.recorded_by}" if found.recorded_by else ""
            note = f"{moment(found.recorded_at)}, position {found.position}{by}"
            yield Step(name, printable(found.person), printable(note))
        else:
            yield Step(name, "", "name and date")


def _proofs(paper: Paper) -> Iterator[Proof]:
    for commodity in dict.fromkeys(row.commodity for row in paper.proof):
        rows = [row for row in paper.proof if row.commodity == commodity]
        cells = units_below_each_other([(row.amount, commodity) for row in rows], paper.decimals)
        lines = [_line(row, cell) for row, cell in zip(rows, cells, strict=True)]
        of = {
            side: [line for row, line in zip(rows, lines, strict=True) if row.side == side]
            for side in ("statement", "book", "proof")
        }
        (unexplained,) = of["proof"]
        proved = commodity not in paper.unexplained()
        yield Proof(printable(commodity), of["statement"], of["book"], unexplained.amount, proved)


def _line(row: ProofRow, cell: str) -> Line:
    if sheets.is_balance(row):
        return Line(row.line.capitalize(), "", cell, is_balance=True)
    return Line(row.line, f"{row.number:,} break{'' if row.number == 1 else 's'}", cell, is_balance=False)


def _parts(paper: Paper) -> Iterator[Part]:
    decimals = paper.decimals
    rows, foot = sheets.summary(paper), sheets.summary(paper, totals=True)
    lead = "What each makes our balance larger than theirs."
    yield _part("summary", "Open breaks by class and age", lead, rows, foot, broad=False)
    lead = "Each with its rule and what shows it." if paper.breaks else "No break is open."
    yield _breaks_part("breaks", "Open breaks", lead, paper.breaks, decimals)
    lead = "Open in the paper before, and no more."
    yield _breaks_part("resolved", "Resolved breaks", lead, paper.resolved, decimals)
    lead = "The breaks of the paper before, and how they came to those of this one."
    yield _part("roll-forward", "Roll-forward of breaks", lead, sheets.continued(paper))
    lead = "They sum to the same and may belong together: nothing is matched until someone confirms it."
    yield _part("suggestions", "Suggested matches", lead, _suggestions(paper))
    lead = (
        "What would settle the breaks that are ours; amounts in base units. Nothing of it is recorded; a guess says so."
    )
    yield _part("proposals", "Proposed entries", lead, _proposals(paper))
    lead = "When both sides last agreed, and the smallest set of entries since then that makes the difference."
    yield _part("traces", "Where the balances part", lead, sheets.traces(paper))
    lead = "What is the same on both sides, by what it is known by."
    yield _part("matched", "Matched", lead, sheets.matched(paper))
    lead = "Every entry that a break, a suggestion or a trace names."
    yield _part("appendix", "Appendix: entries", lead, sheets.appendix(paper))
    lead = "What the other side said. A file is known by its SHA-256."
    lead += "" if len(paper.decimals) == 1 else " Its control totals are in base units."
    yield _part("files", "Files", lead, _files(paper))
    lead = "By which rules both sides were compared; amounts in base units."
    yield _part("rules", "Rules", lead, sheets.rules(paper))


def _part(
    name: str,
    title: str,
    lead: str,
    columns: Sequence[Column],
    with_totals: Sequence[Column] | None = None,
    *,
    broad: bool = True,
) -> Part:
    number = len(columns[0].cells)
    tables = [_table("", columns, with_totals)] if number else []
    return Part(name, title, lead, tables, broad=broad, folded=number >= FOLDED_FROM)


def _table(title: str, columns: Sequence[Column], with_totals: Sequence[Column] | None = None) -> Table:
    """A table of columns, without those that say nothing; what the totals have more is its foot."""
    found = with_totals or columns
    kept = [one for one in found if not one.is_zero()]
    rows = list(zip(*(one.cells for one in kept), strict=True))
    number = len(columns[0].cells)
    return Table(title, [Heading(one.heading, one.numeric) for one in kept], rows[:number], foot=rows[number:])


def _breaks_part(name: str, title: str, lead: str, of: Sequence[Break], decimals: Decimals) -> Part:
    """Breaks as a person reads them: a cell says what belongs together, in lines."""
    columns = [
        _lines("break", [[one.class_, PARTIES[one.party], one.id] for one in of]),
        *sheets.amounts_in("effect", [(one.effect, one.commodity) for one in of], decimals),
        sheets.count("days", (one.age_days for one in of)),
        _lines("since", [_since(one) for one in of]),
        _lines("why", [_why(one) for one in of]),
        _lines("ours", [_movements(one.ours, "ours", decimals) for one in of]),
        _lines("theirs", [_movements(one.theirs, "theirs", decimals) for one in of]),
    ]
    return _part(name, title, lead, columns)


def _since(one: Break) -> list[str]:
    told = [moment(one.since), f"{one.bucket} days" if one.bucket else ""]
    told += [f"first seen {moment(one.first_seen)}"] if one.first_seen else []
    return [*told, "" if one.material else "not material"]


def _why(one: Break) -> list[str]:
    trace = f"entr{'y' if len(one.trace) == 1 else 'ies'} {positions(one.trace)}" if one.trace else ""
    return [key_of(one), one.rule, one.evidence, trace]


def _movements(of: Sequence[Item], side: str, decimals: Decimals) -> list[str]:
    """Each movement in two lines: its day and amount, and what it is called."""
    told = []
    for item in of:
        one = movement(item, side, decimals)
        told += [f"{one.day}: {one.amount}", ", ".join(part for part in (one.name, one.place, one.said) if part)]
    return told


def _lines(name: str, cells: Sequence[Sequence[str]]) -> Column:
    """A column whose cells are lines of text; empty ones are left out."""
    return Column(name, ["\n".join(printable(line) for line in cell if line) for cell in cells])


def _suggestions(paper: Paper) -> list[Column]:
    of, decimals = paper.suggestions, paper.decimals
    return [
        sheets.count("number", range(1, len(of) + 1)),
        *sheets.amounts_in("amount", [(one.amount, one.commodity) for one in of], decimals),
        _lines("ours", [_movements(one.ours, "ours", decimals) for one in of]),
        _lines("theirs", [_movements(one.theirs, "theirs", decimals) for one in of]),
        sheets.text("rule", (one.rule for one in of)),
    ]


def _proposals(paper: Paper) -> list[Column]:
    of = paper.proposals
    refused = [f"refused as it stands: {one.refused}" if one.refused and one.facts else one.refused for one in of]
    return [
        _lines("break", [[one.of] for one in of]),
        _lines("why", [[one.reason, no] for one, no in zip(of, refused, strict=True)]),
        _lines("entries", [[line for fact in one.facts for line in (*_fact_lines(fact), " ")][:-1] for one in of]),
    ]


def _fact_lines(fact: Json) -> list[str]:
    """A fact, a line for each of its fields, and for each part of a field of several."""
    told = []
    for name, value in fact.items():
        if isinstance(value, list):
            told += [f"{name}:", *(f"  {_part_of(part)}" for part in value)]
        else:
            told.append(f"{name}: {plain(value)}")
    return told


def _part_of(part: object) -> str:
    """A part of a fact; of a posting its account, and its amount in base units with its commodity."""
    match part:
        case {"account": account, "commodity": commodity, "amount": amount, **rest} if not rest:
            return f"{account}: {amount} {commodity}"
        case _:
            return plain(part)


def _files(paper: Paper) -> list[Column]:
    *named, _, digest = sheets.files(paper)
    return [*named, _lines("control_totals", [totals_of(mark, paper) for mark in paper.files]), digest]
