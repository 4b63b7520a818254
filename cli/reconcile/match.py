"""The step `match` of a reconciliation: a person says that movements of both sides are the same, or takes that back."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from cli.amounts import in_units
from cli.places import existing
from cli.reconcile.group import Reconciling
from cli.reconcile.options import named_among, paper_asked, say
from cli.reconcile.subject import Subject, subject_of
from cli.recording import name_of, now, recorder
from ledger.errors import CommandRefused

if TYPE_CHECKING:
    from projections.reconciliation.items import Item
    from projections.reconciliation.paper import Paper


class _Chosen(NamedTuple):
    """The movements of each side that someone says are the same."""

    ours: "tuple[Item, ...]"
    theirs: "tuple[Item, ...]"


@click.command("match")
@click.argument("subject", metavar="SUBJECT")
@click.option("--ours", multiple=True, metavar="ID", help="An entry of ours that is open; the begin of its id does.")
@click.option("--theirs", multiple=True, metavar="ID", help="A line of theirs that is open, by its identity.")
@click.option("--suggestion", type=click.IntRange(min=1), metavar="N", help="All of suggestion N of the last paper.")
@click.option("--undo", type=click.IntRange(min=1), multiple=True, metavar="N", help="Take confirmation N back.")
@click.option("--because", metavar="TEXT", help="Why they are the same.")
@recorder
@click.pass_obj
def match_(
    at: Reconciling,
    /,
    subject: str,
    ours: tuple[str, ...],
    theirs: tuple[str, ...],
    suggestion: int | None,
    undo: tuple[int, ...],
    because: str | None,
    by: str | None,
) -> None:
    """Confirm that entries of ours and lines of theirs are the same; it counts from the next run on.

    Their sums have to be equal. What can be named is open in the last paper, as `recoup reconcile breaks` shows it.
    """
    if because is not None and not because.isprintable():
        raise click.UsageError(f"--because {because!r} is no line of text")
    if sum((bool(ours or theirs), suggestion is not None, bool(undo))) != 1:
        raise click.UsageError("one of these at a time: --ours with --theirs, --suggestion, --undo")
    of, who = subject_of(subject), name_of(by)
    papers = at.papers(existing(at.settings))
    paper = paper_asked(papers, of, None).paper
    if of.level == "balances":
        raise click.UsageError(f"{of.name} compares balances: there are no movements to match")
    if undo:
        with papers.writing(at=now(), by=who) as writing:
            for number in undo:
                writing.undo(of.name, number, reason=because or "")
        for number in undo:
            say(f"confirmation {number} of {of.name} is taken back; recoup reconcile run {of.name} goes on without it")
        return
    chosen = _suggested(paper, suggestion) if suggestion is not None else _named(paper, ours, theirs)
    _require_equal(paper, chosen)
    reason = because or (paper.suggestions[suggestion - 1].rule if suggestion is not None else "")
    if not reason:
        raise click.UsageError("--because TEXT says why they are the same")
    from projections.reconciliation.paper import Confirmed

    at_now, ids = now(), [tuple(item.id for item in side) for side in chosen]
    with papers.writing(at=at_now, by=who) as writing:
        number = writing.confirm(of.name, Confirmed(ids[0], ids[1], who, at_now, reason))
    say(_becomes(paper, chosen, number, of))


def _suggested(paper: "Paper", number: int) -> _Chosen:
    if number > len(paper.suggestions):
        raise click.UsageError(f"no suggestion {number} in the last paper of {paper.subject}: {len(paper.suggestions)}")
    one = paper.suggestions[number - 1]
    return _Chosen(one.ours, one.theirs)


def _named(paper: "Paper", ours: Sequence[str], theirs: Sequence[str]) -> _Chosen:
    """The movements of these names, which are open."""
    if not ours or not theirs:
        raise click.UsageError("--ours and --theirs name what is the same: at least one movement of each side")
    return _Chosen(
        _of_side(ours, (item for one in paper.breaks for item in one.ours), "no open entry of ours is so called:"),
        _of_side(theirs, (item for one in paper.breaks for item in one.theirs), "no open line of theirs is so called:"),
    )


def _of_side(names: Sequence[str], items: "Iterable[Item]", what: str) -> "tuple[Item, ...]":
    """The movements of these names. One that is named twice is meant twice."""
    open_, taken, found = list(items), Counter[str](), []
    for name in names:
        called = named_among(name, [item.id for item in open_], what)
        same = [item for item in open_ if item.id == called]
        if taken[called] == len(same):
            raise click.UsageError(f"{called} is named {taken[called] + 1} times, and there {len(same)} times")
        found.append(same[taken[called]])
        taken[called] += 1
    return tuple(found)


def _require_equal(paper: "Paper", chosen: _Chosen) -> None:
    """Refuse sides that do not sum to the same, naming the difference."""
    commodities = sorted({item.commodity for side in chosen for item in side})
    for commodity in commodities:
        ours, theirs = (sum(item.amount for item in side if item.commodity == commodity) for side in chosen)
        if ours != theirs:
            shown = [in_units(amount, paper.decimals.get(commodity, 0)) for amount in (ours, theirs, ours - theirs)]
            raise CommandRefused(
                f"{paper.subject}: ours are {shown[0]} {commodity}, theirs {shown[1]}: they differ by {shown[2]}, "
                "and what is the same sums to the same"
            )


def _becomes(paper: "Paper", chosen: _Chosen, number: int, subject: Subject) -> str:
    """What a confirmation does to the breaks at the next run."""
    ids = {item.id for side in chosen for item in side}
    settled = [one.id for one in paper.breaks if all(item.id in ids for item in (*one.ours, *one.theirs))]
    sides = f"{len(chosen.ours)} of ours and {len(chosen.theirs)} of theirs"
    breaks = f"; break{'' if len(settled) == 1 else 's'} {', '.join(settled)} will be resolved" if settled else ""
    return (
        f"confirmation {number}: {sides} are the same{breaks} at the next run: recoup reconcile run {subject.name} "
        f"(--undo {number} takes it back)"
    )
