"""The step `propose` of a reconciliation: the entries that would settle what is ours to fix, ready to be recorded."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.exits import Exit
from cli.output import opened
from cli.places import existing
from cli.reconcile.group import Reconciling
from cli.reconcile.options import named_among, paper_asked, say
from cli.reconcile.subject import subject_of

if TYPE_CHECKING:
    from projections.reconciliation.paper import Paper


@click.command("propose")
@click.argument("subject", metavar="SUBJECT")
@click.argument("breaks", nargs=-1, metavar="[BREAK...]")
@click.option(
    "-o", "--output-file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write to a file."
)
@click.option("--guesses", is_flag=True, help="Write also those of breaks whose class or cause is a guess.")
@click.option("--paper", metavar="SHA256", help="Of another paper than the last one; its first digits do.")
@click.pass_obj
def propose_(
    at: Reconciling,
    /,
    subject: str,
    breaks: tuple[str, ...],
    output_file: Path | None,
    *,
    guesses: bool,
    paper: str | None,
) -> int:
    """Write the entries that would settle breaks that are ours, as JSON Lines: `recoup record --file` records them.

    Without a BREAK it is of all that is certain: a guess has to be looked at, and is written where it is asked for.
    What the books would not admit as they stand is not written, and said with the reason.
    """
    found = paper_asked(at.papers(existing(at.settings)), subject_of(subject), paper).paper
    wanted = {named_among(name, [one.id for one in found.breaks], "break") for name in breaks}
    proposals = [one for one in found.proposals if not wanted or one.of in wanted]
    admitted = [one for one in proposals if not one.refused]
    ready = [one for one in admitted if guesses or wanted or not one.is_guess]
    with opened(output_file) as out:
        out.writelines(f"{_line(fact)}\n" for one in ready for fact in one.facts)
    for one in proposals:
        if one.refused:
            how = "refused" if one.facts else "nothing is proposed"
            say(f"break {one.of}: {one.reason}: {how}: {one.refused}")
    if left_out := len(admitted) - len(ready):
        say(f"{left_out} {'is a guess' if left_out == 1 else 'are guesses'}, left out: --guesses or BREAK asks for it")
    nothing = _without(found, wanted)
    for told in nothing:
        say(told)
    facts = sum(len(one.facts) for one in ready)
    say(
        f"{facts} {'entry' if facts == 1 else 'entries'} for {len(ready)} of {len(found.breaks)} open breaks"
        + (f"; recoup record --file {output_file} records them" if output_file is not None and facts else "")
    )
    return Exit.FINDINGS if len(ready) < len(proposals) or nothing else Exit.CLEAN


def _without(paper: "Paper", wanted: set[str]) -> list[str]:
    """Why nothing is proposed for breaks that were asked for."""
    proposed = {one.of for one in paper.proposals}
    return [
        f"break {one.id}, {one.class_}: nothing is proposed; {_WHO[one.party]}"
        for one in paper.breaks
        if one.id in wanted and one.id not in proposed
    ]


_WHO = {
    "ours": "no entry that would settle it was found",
    "theirs": "the other side has to settle it",
    "nobody": "nobody has to act",
    "unknown": "what it comes from is not known",
}


def _line(fact: object) -> str:
    return json.dumps(fact, ensure_ascii=False, separators=(",", ":"))
