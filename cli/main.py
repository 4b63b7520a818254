"""The command `recoup`: its verbs in groups, each imported only when it is called, and the outermost frame."""

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Final, NamedTuple

import click


class Verb(NamedTuple):
    """Where a verb stands in the help, what it is for in a few words, and the module that has it."""

    group: str
    module: str
    purpose: str


VERBS: Final[dict[str, Verb]] = {
    "demo": Verb("Start", "cli.demo", "Replay a real default: Aave's CRV loss of November 2022."),
    "init": Verb("Start", "cli.init", "Create an empty book."),
    "completion": Verb("Start", "cli.describe", "Print the completion script of a shell."),
    "record": Verb("Record", "cli.record", "Record a command or a fact, or a file of both, and show what it becomes."),
    "import": Verb("Record", "cli.import_", "Record the facts of files, or those that follow from a protocol's logs."),
    "refresh": Verb("Record", "cli.refresh", "Bring the projections in SQL up to the journal."),
    "lenders": Verb("Report", "cli.lenders", "What each lender is owed, and how it came to that."),
    "funds": Verb("Report", "cli.reports", "What each insurance fund holds."),
    "deficits": Verb("Report", "cli.reports", "The register of bad debt: every case, and who bore what."),
    "loans": Verb("Report", "cli.reports", "What each loan owes, and the collateral held for it."),
    "pools": Verb("Report", "cli.reports", "Each pool's balance sheet."),
    "case": Verb("Report", "cli.reports", "One case as a waterfall, step by step."),
    "entitlements": Verb("Report", "cli.entitlements", "Who bore a case, and what of it each is due and was paid."),
    "statement": Verb("Report", "cli.statement", "The account of one lender or loan: opening, movements, closing."),
    "rollforward": Verb("Report", "cli.rollforward", "Lenders, funds, deficits or loans from opening to closing."),
    "aging": Verb("Report", "cli.reports", "Open deficits by age."),
    "recovery": Verb("Report", "cli.reports", "What was recovered of each default, how soon, at what price."),
    "risk": Verb("Report", "cli.reports", "Loans and pools at the prices observed: loan to value, health, cover."),
    "trial-balance": Verb("Report", "cli.reports", "Debits and credits of every account."),
    "register": Verb("Report", "cli.reports", "Every posting, with the balance after it."),
    "events": Verb("Report", "cli.reports", "The entries of the journal."),
    "explain": Verb("Report", "cli.explain", "Open a number: the entries that made it, down to loan, sale and draw."),
    "diff": Verb("Report", "cli.diff", "A report at two points, row by row, with the entries between that changed it."),
    "what-if": Verb("Report", "cli.what_if", "The same book under other terms, side by side."),
    "replay": Verb("Check", "cli.check", "Fold the journal again under every law, and prove the trial balance."),
    "reconcile": Verb(
        "Check", "cli.reconcile.group", "Hold the book against what others say: statements, a chain, another book."
    ),
    "report": Verb(
        "Export", "cli.page", "A page for a period or a case: charts, who bore what, tables; one HTML file."
    ),
    "export": Verb(
        "Export", "cli.export", "The journal for other accounting tools, the facts, the balances, a workbook."
    ),
    "schema": Verb("Export", "cli.describe", "The form of a command, an event or a report, as JSON Schema."),
}
GROUPS: Final = ("Start", "Record", "Report", "Check", "Export")


class Verbs(click.Group):
    """A group whose verbs are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """All verbs, in the order of the help."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """A verb, by the name it is called."""
        verb = VERBS.get(cmd_name)
        if verb is None:
            return None
        command = getattr(import_module(verb.module), f"{cmd_name.replace('-', '_')}_")
        if not isinstance(command, click.Command):
            raise TypeError(f"{verb.module} has no command for {cmd_name}")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The verbs by group, without importing any."""
        for group in GROUPS:
            with formatter.section(group):
                formatter.write_dl([(name, verb.purpose) for name, verb in VERBS.items() if verb.group == group])


class Settings(NamedTuple):
    """What stands before the verb."""

    db: str
    wait: int
    debug: bool
    views: str | None = None


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--db", default="recoup.db", envvar="RECOUP_DB", show_default=True, metavar="PATH", help="The book.")
@click.option(
    "--wait",
    type=click.IntRange(min=0),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another writer.",
)
@click.option(
    "--views",
    envvar="RECOUP_VIEWS",
    metavar="URL",
    help="The projections in SQL, by default BOOK.views beside the book.",
)
@click.option("--debug", is_flag=True, help="Show a traceback where Recoup fails.")
@click.version_option(package_name="recoup", prog_name="recoup")
@click.pass_context
def recoup(ctx: click.Context, *, db: str, wait: int, views: str | None, debug: bool) -> None:
    """Recoup, the debt-recovery ledger: who lost how much in a default, why, and what the fund paid.

    A book is one file. Amounts are exact, to the last unit.
    """
    ctx.obj = Settings(db, wait, debug, views)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code. A traceback is shown only on request."""
    asked = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _prepare_streams()
        code = run(asked, debug="--debug" in asked)
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _prepare_streams() -> None:
    """Text is UTF-8 whatever the locale; who reads only the beginning of a report ends it in silence."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115  (stays open to the end)
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def run(arguments: Sequence[str], *, debug: bool) -> int:  # noqa: PLR0911  (one way out for each kind of end)
    """Run the command line and give its exit code."""
    from cli.exits import Exit, exit_of
    from ledger.errors import LedgerError

    try:
        code = recoup.main(args=list(arguments), prog_name="recoup", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return _say("interrupted", Exit.INTERRUPTED)
    except click.ClickException as error:
        error.show(sys.stderr)
        return Exit.USAGE
    except Exception as error:  # noqa: BLE001  (the outermost frame: no traceback reaches a user unasked)
        if _was_interrupted(error):
            return _say("interrupted", Exit.INTERRUPTED)
        if debug:
            traceback.print_exc()
        if isinstance(error, LedgerError):
            return _say(str(error), exit_of(error))
        if isinstance(error, OSError):
            return _world_failed(error)
        return _say(f"internal error: {type(error).__name__}: {error}; --debug shows where", Exit.INTERNAL)
    return code if isinstance(code, int) else Exit.CLEAN


def _was_interrupted(error: Exception) -> bool:
    """Whether an interrupt came while a library was at work, which tells it in an error of its own."""
    return "KeyboardInterrupt" in str(error)


def _world_failed(error: OSError) -> int:
    """A file that fails. Where it has no name it is standard output, on which nothing more is then tried."""
    from cli.exits import Exit

    if error.filename is None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return _say(f"{error.filename or 'standard output'}: {error.strerror}", Exit.CONFLICT)


def _say(message: str, code: int) -> int:
    """Say why a command ended, without anything in it that would disturb the terminal."""
    from cli.amounts import printable_lines

    click.echo(printable_lines(f"recoup: {message}"), err=True)
    return code


if __name__ == "__main__":
    main()
