"""The step `sign` of a reconciliation: a paper is prepared, reviewed by someone else, and signed."""

from typing import TYPE_CHECKING, Final

import click

from cli.places import existing, kept
from cli.reconcile.group import Reconciling
from cli.reconcile.options import paper_asked, say
from cli.reconcile.subject import subject_of
from cli.recording import name_of, now, recorder

if TYPE_CHECKING:
    from projections.reconciliation.signing.signing import Step

STEPS: Final = ("prepare", "review", "sign")
"""The steps, in order."""


@click.command("sign")
@click.argument("subject", metavar="SUBJECT")
@click.option("--step", type=click.Choice(STEPS), required=True, help="Which of the three, in this order.")
@click.option("--person", required=True, metavar="NAME", help="Who takes the step; another one reviews than prepared.")
@click.option("--paper", metavar="SHA256", help="Another paper than the last one; its first digits do.")
@click.option("--at", "effective", metavar="TIME", help="When it takes effect, in RFC 3339. Default: now.")
@recorder
@click.pass_obj
def sign_(
    at: Reconciling,
    /,
    subject: str,
    step: "Step",
    person: str,
    paper: str | None,
    effective: str | None,
    by: str | None,
) -> None:
    """Take a step of the sign-off: an entry in the book, bound to the paper, the files and where the journal stood.

    A paper in which something is unexplained cannot be signed. What is recorded for the same accounts later makes a
    sign-off stale, as `recoup reconcile show` tells by the names of the entries.
    """
    from projections.reconciliation.signing.signing import sign

    who, of = name_of(by), subject_of(subject)
    journal = existing(at.settings)
    found = paper_asked(at.papers(journal), of, paper)
    done = sign(kept(journal), found.paper, step, person=person, clock=now, recorded_by=who, at=effective)
    say(f"{of.name}: {done.step} by {person}, paper {done.report}, entry {done.position}")
