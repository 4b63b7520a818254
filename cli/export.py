"""The verb `export`: its kinds, each imported only when it is called."""

from importlib import import_module
from typing import Final

import click

KINDS: Final = {
    "journal": ("cli.exports", "The journal for hledger, ledger or beancount."),
    "general-ledger": ("cli.exports", "The general ledger as CSV, under the names of the Audit Data Standards."),
    "events": ("cli.exports", "The facts as they are stored, for another book."),
    "balances": ("cli.exports", "The balances of all accounts, for another program."),
    "workbook": ("cli.workbook", "Reports as the sheets of one XLSX file."),
}
"""What there is to export: the module that has it, and what it is in a few words."""


class Kinds(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """All kinds, in the order of the help."""
        return list(KINDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """A kind of export, by its name."""
        if cmd_name not in KINDS:
            return None
        command = getattr(import_module(KINDS[cmd_name][0]), f"{cmd_name.replace('-', '_')}_")
        if not isinstance(command, click.Command):
            raise TypeError(f"{KINDS[cmd_name][0]} has no command for {cmd_name}")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The kinds, without importing any."""
        with formatter.section("Kinds"):
            formatter.write_dl([(name, purpose) for name, (_, purpose) in KINDS.items()])


@click.group("export", cls=Kinds)
def export_() -> None:
    """Write the book for other programs: the journal, the general ledger, the facts, the balances, a workbook.

    What an export cannot say exactly is refused by name, and nothing is written.
    """
