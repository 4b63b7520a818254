"""The step `run` of a reconciliation: what the other side says is read and compared, and the paper is kept."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from cli.exits import Exit
from cli.options import Form
from cli.places import existing
from cli.progress import undisturbed, watched
from cli.reconcile.given import Given, asset_of, profile_from, said_in
from cli.reconcile.group import Reconciling
from cli.reconcile.options import BaseUnits, DayOrInstant, asked_form, paper_form, say, to_terminal
from cli.reconcile.subject import Subject, charters_of, commodity_of, decimals_of, subject_of
from cli.recording import name_of, now, recorder
from cli.views import Views, kept_of
from ledger.journal import Entry, Journal

if TYPE_CHECKING:
    from projections.reconciliation.breaks import Match
    from projections.reconciliation.items import Snapshot, Statement
    from projections.reconciliation.paper import Paper
    from projections.reconciliation.rules import Rules
    from projections.reconciliation.sources.profile import Profile
    from projections.reconciliation.sources.wanted import Wanted
    from projections.reconciliation.workpapers import WorkingPapers

_DAYS: Final = click.IntRange(min=0, max=36_500)
"""As many as rules may have."""

RULES: Final = {
    "day_tolerance": (_DAYS, "DAYS", "Days that two movements may be apart which are the same."),
    "amount_tolerance": (BaseUnits(), "AMOUNT", "Base units that they may be apart."),
    "transit_days": (_DAYS, "DAYS", "How long a movement of ours may be under way."),
    "cutoff_days": (_DAYS, "DAYS", "How far beyond the closing the other half is looked for."),
    "fee_max": (BaseUnits(), "AMOUNT", "Up to so many base units less are a fee, also where none is stated."),
    "precision": (BaseUnits(), "AMOUNT", "The unit in which the other side rounds, in base units."),
    "material": (BaseUnits(), "AMOUNT", "From so many base units on a break is material."),
}
"""The rules that are given as options: how each is read, and what it says."""

_STATED: Final = ("opening", "closing", "opened_at", "closed_at", "account")


class Compared(NamedTuple):
    """What a run came to: the paper and what was matched, with what the other side said, if that is new."""

    paper: "Paper"
    matches: "tuple[Match, ...]"
    said: "tuple[Statement | Snapshot, ...]"


def _rule_options(verb: Any) -> Any:  # noqa: ANN401  (a function that click wraps)
    for name, (kind, metavar, meaning) in reversed(RULES.items()):
        told = f"{meaning} Default: as in the last paper of the subject."
        verb = click.option(f"--{name.replace('_', '-')}", name, type=kind, metavar=metavar, help=told)(verb)
    return verb


def _stated_options(verb: Any) -> Any:  # noqa: ANN401  (likewise)
    for option in (
        click.option(
            "--closed-at", type=DayOrInstant(), metavar="TIME", help="Until when a file is that does not say it."
        ),
        click.option("--opened-at", type=DayOrInstant(), metavar="TIME", help="From when it is."),
        click.option(
            "--closing", type=BaseUnits(signed=True), metavar="AMOUNT", help="With what it closes, in base units."
        ),
        click.option(
            "--opening", type=BaseUnits(signed=True), metavar="AMOUNT", help="With what it opens, in base units."
        ),
        click.option(
            "--commodity",
            metavar="NAME",
            help="What the accounts are kept in, or whole units are of, where it is not told.",
        ),
        click.option(
            "--account", metavar="NAME", help="The account as the other side calls it, where a file has several."
        ),
        click.option(
            "--profile", type=click.Path(path_type=Path), metavar="FILE", help="How the files are written, in TOML."
        ),
    ):
        verb = option(verb)
    return verb


@click.command("run")
@click.argument("subject", metavar="SUBJECT")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE...]")
@_stated_options
@_rule_options
@recorder
@click.option("--dry-run", is_flag=True, help="Show the paper, and keep nothing.")
@paper_form
@click.pass_obj
def run_(
    at: Reconciling,
    /,
    subject: str,
    files: tuple[Path, ...],
    by: str | None,
    *,
    dry_run: bool,
    **options: Any,  # noqa: ANN401  (click hands the options over)
) -> int:
    """Read what the other side says, compare, and keep the paper; without a FILE, again what it said last.

    A file is known by its SHA-256: the same one again is refused, and so is a statement that does not begin where the
    one before ended. A FILE that is a book is compared as one. Rules that are given once hold for the next runs too.
    """
    to, who, of = asked_form(options.pop("output_format"), options.pop("output_file")), name_of(by), subject_of(subject)
    journal = existing(at.settings)
    papers, views = at.papers(journal), Views(kept_of(at.settings, journal), journal)
    with undisturbed():
        found = _Run(of, views, papers, options).compared(files)
        if not dry_run:
            with papers.writing(at=now(), by=who) as writing:
                if found.said:
                    writing.add(found.said, of.name)
                writing.keep(found.paper, found.matches)
        _show(found.paper, journal, to)
    if not dry_run:
        if to_terminal(to):
            click.echo()
        say(_how_to_go_on(found.paper), err=not to_terminal(to))
    return Exit.FINDINGS if found.paper.breaks else Exit.CLEAN


class _Run:
    """One run: of a subject, on a book, with its working papers, as the options say."""

    def __init__(self, subject: Subject, views: Views, papers: "WorkingPapers", options: dict[str, Any]) -> None:
        self._subject = subject
        self._views = views
        self._journal = views.journal
        self._papers = papers
        self._options = options

    def compared(self, files: tuple[Path, ...]) -> Compared:
        """The paper of what files say, or of what was said last.

        Raises `InputRefused` for files that are not to be relied on, `UsageError` where there is nothing to compare.
        """
        name, last = self._subject.name, self._papers.latest(self._subject.name)
        profile = profile_from(self._options["profile"], self._subject)
        rules = self._rules(profile, last and last.paper.rules)
        if files:
            said = self._said(files, profile, last.paper.closed_at if last else "")
            for gap in self._papers.require_addable(said, name):
                say(gap)
            previous = last
        else:
            self._refuse_stated()
            said, previous = self._papers.statements(name), self._papers.before(name)
            if not said:
                raise click.UsageError(f"{name} was never reconciled: name a FILE of what the other side says")
        paper, matches = self._paper(said, rules, previous and previous.paper)
        if last is not None and not files and self._says_the_same(last.paper, paper):
            paper = last.paper
        return Compared(paper, matches, said if files else ())

    def _says_the_same(self, last: "Paper", paper: "Paper") -> bool:
        """Whether nothing has come to the book since the last paper but what is not of it, such as its sign-off."""
        from projections.reconciliation.signing.signing import sign_off_of

        return paper._replace(standing=last.standing) == last and not sign_off_of(self._journal, last).stale

    def _rules(self, profile: "Profile | None", last: "Rules | None") -> "Rules":
        """The rules: those of the last paper, over them what the profile states, and over these the options."""
        from projections.reconciliation.rules import Rules

        stated = {name: value for name in RULES if (value := self._options[name]) is not None}
        if "precision" in stated and not stated["precision"]:
            raise click.UsageError("--precision is a unit, 1 or more base units")
        of_profile = {name: getattr(profile.rules, name) for name in profile.stated_rules} if profile else {}
        return replace(last or Rules(), **{**of_profile, **stated})

    def _said(
        self, files: tuple[Path, ...], profile: "Profile | None", since: str
    ) -> "tuple[Statement | Snapshot, ...]":
        if len(files) > 1 and any(self._options[name] is not None for name in _STATED[:-1]):
            raise click.UsageError("--opening, --closing, --opened-at and --closed-at are of one FILE, not of several")
        given = Given(self._subject, self._wanted(profile), profile, since, self._journal)
        return said_in(files, given, lambda name, digest: self._papers.require_new(self._subject.name, name, digest))

    def _wanted(self, profile: "Profile | None") -> "Wanted | None":
        """What is wanted of a file: of a report, whose rows say the rest, a moment, and what whole units are of."""
        from projections.reconciliation.sources.wanted import Wanted

        opened_at, closed_at = self._options["opened_at"] or "", self._options["closed_at"] or ""
        if not self._subject.accounts:
            in_units = profile is not None and profile.unit == "units"
            for name in ("opening", "closing", "opened_at", "account", *(() if in_units else ("commodity",))):
                if self._options[name] is not None:
                    raise click.UsageError(
                        f"--{name.replace('_', '-')} is of an account, and not of {self._subject.name}"
                    )
            asset = asset_of(self._options["commodity"], self._journal) if in_units else ("", 0)
            return Wanted(None, *asset, closed_at=closed_at) if in_units or closed_at else None
        charters = charters_of(self._subject, self._journal)
        commodity = commodity_of(self._subject, self._options["commodity"], charters, self._journal)
        stated = self._options["opening"], self._options["closing"]
        return Wanted(
            self._options["account"], commodity, decimals_of(commodity, charters), *stated, opened_at, closed_at
        )

    def _refuse_stated(self) -> None:
        for name in _STATED:
            if self._options[name] is not None:
                raise click.UsageError(f"--{name.replace('_', '-')} goes with a FILE")

    def _paper(
        self, said: "tuple[Statement | Snapshot, ...]", rules: "Rules", previous: "Paper | None"
    ) -> "tuple[Paper, tuple[Match, ...]]":
        """The paper of one level or the other, with what was matched."""
        from projections.reconciliation.items import Snapshot, Statement

        total = self._journal.head().position
        name = self._subject.name

        def watch(entries: Iterable[Entry]) -> Iterable[Entry]:
            return watched(entries, total=total, doing="reconcile")

        statements = tuple(one for one in said if isinstance(one, Statement))
        snapshots = tuple(one for one in said if isinstance(one, Snapshot))
        if self._subject.accounts:
            from projections.reconciliation.movements.transactions import reconcile_account

            confirmed = self._papers.confirmed(name)
            paper, found = reconcile_account(self._journal, name, statements, rules, previous, confirmed, watch=watch)
            return paper, found.matches
        from projections.reconciliation.balances.balances import reconcile_balances

        select = self._views.selection
        return reconcile_balances(select, self._journal, name, snapshots, rules, previous, watch=watch), ()


def _show(paper: "Paper", journal: Journal, to: Form) -> None:
    from cli.reconcile.paper import write_paper
    from projections.reconciliation.signing.signing import sign_off_of

    write_paper(paper, sign_off_of(journal, paper), to)


def _how_to_go_on(paper: "Paper") -> str:
    """What to do next, with the command for it."""
    subject = paper.subject
    if not paper.breaks:
        return f"no break is open: recoup reconcile sign {subject} --step prepare --person NAME"
    told = [f"{len(paper.breaks):,} {'break is' if len(paper.breaks) == 1 else 'breaks are'} open"]
    ready = sum(not one.refused and not one.is_guess for one in paper.proposals)
    guesses = sum(not one.refused and one.is_guess for one in paper.proposals)
    refused = sum(bool(one.refused and one.facts) for one in paper.proposals)
    awaited = sum(not one.facts for one in paper.proposals)
    if paper.suggestions:
        told.append(f"recoup reconcile match {subject} --suggestion N confirms one of {len(paper.suggestions):,}")
    if ready or guesses:
        more = f", with --guesses for {guesses:,} more" if guesses else ""
        told.append(
            f"recoup reconcile propose {subject} -o FILE.jsonl writes entries for {ready:,}{more}, "
            f"recoup record --file FILE.jsonl records them, and recoup reconcile run {subject} compares again"
        )
    if refused:
        told.append(f"what is proposed for {refused:,} is refused by the book as it stands")
    if awaited:
        told.append(f"{awaited:,} may be the same as what the other side has open: recoup reconcile match says so")
    if len(told) == 1:
        told.append("the other side or time has to settle what is not ours")
    return "; ".join(told)
