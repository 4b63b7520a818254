"""The verb `reconcile`: its steps, each imported only when it is called, and where the working papers are."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

if TYPE_CHECKING:
    from cli.main import Settings
    from ledger.journal.sqlite import SqliteJournal
    from projections.reconciliation.workpapers import WorkingPapers

STEPS: Final = {
    "run": ("cli.reconcile.run", "Read what the other side says, compare, and keep the paper."),
    "show": ("cli.reconcile.show", "The last paper of a subject, or all subjects and where each stands."),
    "breaks": ("cli.reconcile.show", "The open breaks, or those that were resolved."),
    "match": ("cli.reconcile.match", "Say that movements of both sides are the same, or take that back."),
    "propose": ("cli.reconcile.propose", "The entries that would settle the breaks that are ours, as JSON Lines."),
    "sign": ("cli.reconcile.sign", "Prepare, review or sign a paper."),
    "export": ("cli.reconcile.show", "The paper as a page, a workbook, CSV or JSON."),
}
"""The steps of a reconciliation, in order: the module that has each, and what it is in a few words."""


class Reconciling(NamedTuple):
    """What stands before the verb, and where the working papers are: beside the book where no place is named."""

    settings: "Settings"
    place: Path | None

    def papers(self, journal: "SqliteJournal") -> "WorkingPapers":
        """The working papers of a book. Raises `UsageError` for a place where no file can be."""
        from projections.reconciliation.workpapers import WorkingPapers, path_beside

        path = self.place or path_beside(journal.path)
        if path.is_dir():
            raise click.UsageError(f"{path} is a directory, not a file of working papers")
        if not path.parent.is_dir():
            raise click.UsageError(f"{path.parent} is not there, so no working papers can be in it")
        return WorkingPapers(path, journal, patience=self.settings.wait)


class Steps(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """All steps, in the order in which they are taken."""
        return list(STEPS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """A step, by its name."""
        if cmd_name not in STEPS:
            return None
        command = getattr(import_module(STEPS[cmd_name][0]), f"{cmd_name}_")
        if not isinstance(command, click.Command):
            raise TypeError(f"{STEPS[cmd_name][0]} has no command for {cmd_name}")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The steps, without importing any."""
        with formatter.section("Steps"):
            formatter.write_dl([(name, purpose) for name, (_, purpose) in STEPS.items()])


@click.group("reconcile", cls=Steps)
@click.option(
    "--workpapers",
    "place",
    type=click.Path(path_type=Path),
    envvar="RECOUP_WORKPAPERS",
    metavar="PATH",
    help="The working papers: statements as read, papers, confirmations. Default: BOOK.workpapers beside the book.",
)
@click.pass_context
def reconcile_(ctx: click.Context, /, place: Path | None) -> None:
    """Hold the book against what others say: statements of an account, a chain, another book.

    SUBJECT is `account:NAME[,NAME...]`, whose entries are matched with the lines of a statement, or REPORT[:FIELD],
    such as `lenders:balance` or `trial-balance`, whose numbers are compared with a snapshot. Breaks that are open end
    it with exit code 1.
    """
    ctx.obj = Reconciling(ctx.obj, place)
