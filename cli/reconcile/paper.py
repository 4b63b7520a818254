"""The paper of a reconciliation on its way out: on the terminal, as JSON, CSV, a workbook or one page of HTML."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, TextIO

import click

from cli.amounts import printable, width_of
from cli.columns import Column
from cli.options import Form
from cli.output import Sheet, opened, write
from cli.reconcile import sheets
from cli.reconcile.rows import BreakRow, row_of
from cli.reconcile.words import (
    PARTIES,
    age_of,
    effect_of,
    fact_text,
    key_of,
    movement,
    period_of,
    positions,
    subject_of,
    totals_of,
    units,
    units_below_each_other,
    verdict_of,
)
from cli.tables import print_columns
from projections.reconciliation.breaks import Break
from projections.reconciliation.items import Item
from projections.reconciliation.paper import Paper, ProofRow

if TYPE_CHECKING:
    from projections.reconciliation.signing.signing import SignOff

BLOCKS_MAX: Final = 100
"""Up to so many breaks are told one by one; more stand in a table, a line for each."""

_NAMES: Final = 10
"""How wide the names before what is told of a break are."""


def write_paper(paper: Paper, sign_off: "SignOff | None", form: Form) -> None:
    """Write a paper in the form asked for; JSON is the document that is signed, byte for byte."""
    match form.format:
        case "json":
            from projections.reconciliation.document import document_of

            _write_bytes(document_of(paper), form)
        case "csv":
            from ledger.accounts import no_charters

            rows = (row_of(paper.subject, one) for one in paper.breaks)
            write(Sheet(BreakRow, rows, {}, no_charters()), form)
        case "xlsx":
            _write_bytes(_workbook(paper, sign_off), form)
        case "html":
            text = _page(paper, sign_off)
            with opened(form.file) as out:
                out.write(text)
        case _:
            with opened(form.file) as out:
                print_paper(paper, sign_off, out)


def print_paper(paper: Paper, sign_off: "SignOff | None", out: TextIO) -> None:
    """Print a paper for people: the proof of balance first. What is empty is left out."""
    _print_caption(paper, sign_off, out)
    for commodity in dict.fromkeys(row.commodity for row in paper.proof):
        _print_proof(commodity, [row for row in paper.proof if row.commodity == commodity], paper.decimals, out)
    _print_table("open breaks by class and age", sheets.summary(paper, totals=True), out)
    for title, of in (("open breaks", paper.breaks), ("resolved since the paper before", paper.resolved)):
        if of:
            _print_title(f"{title}: {len(of):,}", out)
            print_breaks(of, paper.decimals, out)
    _print_table("breaks from the paper before to this one", sheets.continued(paper), out)
    _print_suggestions(paper, out)
    _print_proposals(paper, out)
    _print_table("where the balances part", sheets.traces(paper), out)
    _print_table("matched", sheets.matched(paper), out)
    if sign_off and sign_off.steps:
        _print_table("sign-off", [one for one in sheets.steps(sign_off) if not one.is_zero()], out)


def print_breaks(breaks: Sequence[Break], decimals: Mapping[str, int], out: TextIO) -> None:
    """Print breaks for people: each with its rule, its evidence and its movements, or a line for each of many."""
    if not breaks:
        out.write("no breaks\n")
    elif len(breaks) > BLOCKS_MAX:
        print_columns(sheets.breaks(breaks, decimals), out)
    else:
        out.write("\n".join(_block(one, decimals) for one in breaks))


def _write_bytes(content: bytes, form: Form) -> None:
    with opened(form.file) as out:
        out.flush()
        out.buffer.write(content)


def _print_caption(paper: Paper, sign_off: "SignOff | None", out: TextIO) -> None:
    from projections.reconciliation.document import hash_of

    stands = paper.standing
    out.write(f"reconciliation of {subject_of(paper)}, {period_of(paper)}\n")
    out.write(f"{verdict_of(paper)}\n")
    told = [("book", f"{stands.book}, position {stands.position}, through {stands.through}")]
    told += [("", f"head {stands.head}")]
    for mark in paper.files:
        told += [("file", f"{mark.name}, {mark.kind}, {mark.rows:,} row{'' if mark.rows == 1 else 's'}")]
        told += [("", ", ".join(totals_of(mark, paper)))] if mark.totals else []
        told += [("", f"sha256 {mark.sha256}")]
    told += [("previous", paper.previous)] if paper.previous else []
    told += [("report", hash_of(paper))]
    out.writelines(f"{name:<{_NAMES}}{printable(said)}\n" for name, said in told)
    if sign_off and sign_off.stale:
        number = len(sign_off.stale)
        noun = "entry was" if number == 1 else "entries were"
        _print_title(f"STALE: {number:,} {noun} recorded for this account since", out)
        print_columns(sheets.stale(sign_off, paper), out)


def _print_proof(commodity: str, rows: Sequence[ProofRow], decimals: Mapping[str, int], out: TextIO) -> None:
    """The proof of one commodity: of each side its balance, what it has to settle, its balance then."""
    cells = units_below_each_other([(row.amount, commodity) for row in rows], decimals)
    labels = [row.line if sheets.is_balance(row) else f"  {row.line}" for row in rows]
    counts = ["" if sheets.is_balance(row) else f"{row.number:,}" for row in rows]
    title = printable(f"proof of balance, {commodity}")
    wide = [max(map(width_of, column)) for column in ([title, *labels], ["breaks", *counts], ["amount", *cells])]
    out.write(f"\n{title:<{wide[0]}}  {'breaks':>{wide[1]}}  {'amount':>{wide[2]}}\n")
    rule = "─" * (sum(wide) + 4)
    side = ""
    for row, label, count, cell in zip(rows, labels, counts, cells, strict=True):
        if row.side != side:
            out.write(f"{rule}\n")
        elif row.line.startswith("adjusted"):
            out.write(f"{'':{wide[0] + wide[1] + 4}}{'─' * wide[2]}\n")
        side = row.side
        out.write(f"{label:<{wide[0]}}  {count:>{wide[1]}}  {cell:>{wide[2]}}\n")
    out.write(f"{rule}\n")


def _print_title(title: str, out: TextIO) -> None:
    out.write(f"\n{title}\n{'─' * width_of(title)}\n")


def _print_table(title: str, columns: Sequence[Column], out: TextIO) -> None:
    if columns[0].cells:
        _print_title(title, out)
        print_columns(columns, out)


def _block(one: Break, decimals: Mapping[str, int]) -> str:
    """A break as a few lines that are read from top to bottom."""
    told = [
        ("effect", effect_of(one, decimals) + ("" if one.material else ", not material")),
        ("age", age_of(one)),
        ("row", key_of(one)),
        ("rule", printable(one.rule)),
        ("evidence", printable(one.evidence)),
        *_sides(one.ours, one.theirs, decimals),
        ("entries", positions(one.trace)),
    ]
    return f"{one.id}  {one.class_}: {PARTIES[one.party]}\n{_told(told)}"


def _sides(ours: Sequence[Item], theirs: Sequence[Item], decimals: Mapping[str, int]) -> list[tuple[str, str]]:
    """The movements of both sides, a line for each, their amounts one below the other."""
    most = sheets.MOVEMENTS_MAX
    of = [("ours", item) for item in ours[:most]] + [("theirs", item) for item in theirs[:most]]
    rows = [movement(item, side, decimals) for side, item in of]
    wide = [max((width_of(row[at]) for row in rows), default=0) for at in range(4)]
    told = []
    for (side, _), row in zip(of, rows, strict=True):
        name = row.name + " " * (wide[2] - width_of(row.name))
        line = f"{row.day:<{wide[0]}}  {row.place:<{wide[1]}}  {name}  {row.amount:>{wide[3]}}  {row.said}"
        told.append((side, line.rstrip()))
    for side, items in (("ours", ours), ("theirs", theirs)):
        told += [(side, f"and {len(items) - most:,} more")] if len(items) > most else []
    return sorted(told, key=lambda one: one[0])


def _told(lines: Sequence[tuple[str, str]]) -> str:
    """Names and what is said under them, without what is empty; a name is not said twice in a row."""
    said, before = [], ""
    for name, text in lines:
        if text:
            said.append(f"  {'' if name == before else name:<{_NAMES}}{text}\n")
            before = name
    return "".join(said)


def _print_suggestions(paper: Paper, out: TextIO) -> None:
    if paper.suggestions:
        _print_title(f"suggestions, to be confirmed: {len(paper.suggestions):,}", out)
    for number, one in enumerate(paper.suggestions, start=1):
        amount = units(one.amount, one.commodity, paper.decimals)
        told = [("rule", printable(one.rule)), *_sides(one.ours, one.theirs, paper.decimals)]
        out.write(f"{number}  {amount} {printable(one.commodity)}\n{_told(told)}")


def _print_proposals(paper: Paper, out: TextIO) -> None:
    if paper.proposals:
        _print_title(f"proposed entries, as `recoup record --file` takes them: {len(paper.proposals):,}", out)
    for one in paper.proposals:
        told = [("reason", printable(one.reason)), ("refused", printable(one.refused))]
        out.write(f"break {one.of}\n{_told(told)}")
        out.writelines(f"  {fact_text(fact)}\n" for fact in one.facts)


def _workbook(paper: Paper, sign_off: "SignOff | None") -> bytes:
    from cli.reconcile.workbook import workbook_of

    return workbook_of(paper, sign_off)


def _page(paper: Paper, sign_off: "SignOff | None") -> str:
    if not find_spec("jinja2"):
        raise click.UsageError("a page needs jinja2: pip install 'recoup[html]'")
    from cli.reconcile.page_text import page_of
    from projections.reconciliation.page.html import html

    return html(page_of(paper, sign_off))
