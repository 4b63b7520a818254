"""What `export` writes as text: the journal, the general ledger, the facts, the balances."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, Final, TextIO, TypeVar

import click

from cli.main import Settings
from cli.options import Form, asked, limited_to, named, point
from cli.output import Sheet, opened, write
from cli.places import existing
from cli.progress import undisturbed, watched
from cli.reports import require_known
from cli.views import views_of
from ledger.journal import Entry, Journal
from projections.balances import BalancesFold
from projections.exports.balances import BalanceRow, balance_rows
from projections.reading import Asked, Selection, Watch, fold
from projections.rows import head

Verb = TypeVar("Verb", bound=Callable[..., Any])

PROGRAMS: Final = ("hledger", "ledger", "beancount")
FILES: Final = ("gl-detail", "trial-balance", "chart-of-accounts")
FORMATS: Final = ("csv", "json", "jsonl")


def _to_file(verb: Verb) -> Verb:
    """The option that says where an export is written: `output_file`."""
    option = click.option(
        "-o", "--output-file", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file."
    )
    return option(verb)


@click.command("journal")
@click.option(
    "-O",
    "--output-format",
    "program",
    type=click.Choice(PROGRAMS),
    help="The program that is to read it. By default as the file ends (.ledger, .beancount), or hledger.",
)
@_to_file
@limited_to("pool", "fund")
@point
@click.pass_obj
def journal_(settings: Settings, /, program: str | None, output_file: Path | None, **options: Any) -> None:  # noqa: ANN401
    """Write the journal for hledger, ledger or beancount: a transaction for each entry, a line for each posting.

    Amounts are exact, in units of their asset. What was reversed stands there with its reversal; entries without
    postings, such as asserted balances, are comments. What a program could not read, or not exactly, is refused by
    name: for beancount, which keeps 28 digits, any amount or sum of more; for ledger a date before the year 1400; for
    both a number of more than 255 characters.
    """
    chosen = program or _program_of(output_file)
    journal, asked_point, limits = existing(settings), asked(options), named(options)
    at, owners = _fixed(journal, asked_point), _owners(journal, asked_point, limits)
    with undisturbed(), (_whole if chosen == "ledger" else opened)(output_file) as out:
        if chosen == "beancount":
            from projections.exports import beancount

            tally = beancount.write_text(journal.name, journal, at, owners, out, _watch(journal, "export"))
        else:
            from projections.exports import hledger

            to: hledger.Program = "ledger" if chosen == "ledger" else "hledger"
            tally = hledger.write_text(to, journal.name, Selection(journal, at), owners, out, _watch(journal, "export"))
    _say(f"{tally.posted} entries for {chosen}, and {tally.unposted} without postings as comments", output_file)


@click.command("general-ledger")
@click.option(
    "--file",
    "kind",
    type=click.Choice(FILES),
    default=FILES[0],
    show_default=True,
    help="Which file of the standard: every posting, the balances, or what the accounts are.",
)
@_to_file
@limited_to("pool", "fund")
@point
@click.pass_obj
def general_ledger_(settings: Settings, /, kind: str, output_file: Path | None, **options: Any) -> None:  # noqa: ANN401
    """Write the general ledger as CSV under the names of the AICPA's Audit Data Standards (General Ledger, July 2015).

    Amounts are exact, in units of their commodity, shares without decimals. The fiscal year is the calendar's, a period
    one of its months; the trial balance is of the month that the point asked for is in, up to there, and begins with
    the balances at the end of the month before. A text that a spreadsheet would take for a formula has an apostrophe
    before it.
    """
    from projections.exports import general_ledger

    journal, asked_point, limits = existing(settings), asked(options), named(options)
    owners = _owners(journal, asked_point, limits)
    selection, watch = Selection(journal, _fixed(journal, asked_point)), _watch(journal, "export")
    with undisturbed(), opened(output_file) as out:
        if kind == "trial-balance":
            general_ledger.write_trial_balance(selection, owners, out, watch)
        elif kind == "chart-of-accounts":
            general_ledger.write_chart(selection, owners, out, watch)
        else:
            tally = general_ledger.write_detail(selection, owners, out, watch)
            _say(f"{tally.posted} entries, and {tally.unposted} without postings left out", output_file)


@click.command("events")
@_to_file
@point
@click.pass_obj
def events_(settings: Settings, /, output_file: Path | None, **options: Any) -> None:  # noqa: ANN401
    """Write the facts as JSON Lines, each as it is stored: `recoup import --exported` makes the same book of them.

    The commands that were asked are among them, so that `replay --audit` checks them there too. When a fact was
    recorded, and by whom, is of each book. With --position it is the book as it then stood; with --as-of facts may be
    missing that others need.
    """
    from projections.exports.facts import write_facts

    journal, asked_point = existing(settings), asked(options)
    with undisturbed(), opened(output_file) as out:
        number = write_facts(Selection(journal, _fixed(journal, asked_point)), out, _watch(journal, "export"))
    _say(f"{number} facts", output_file)


@click.command("balances")
@click.option("-O", "--output-format", type=click.Choice(FORMATS), help="By default as the file ends, or csv.")
@_to_file
@limited_to("pool", "fund")
@point
@click.pass_obj
def balances_(
    settings: Settings,
    /,
    output_format: str | None,
    output_file: Path | None,
    **options: Any,  # noqa: ANN401
) -> None:
    """Write the balance of every account, debit positive, in base units, each account taken apart into its names."""
    views, asked_point, limits = views_of(settings), asked(options), named(options)
    ending = output_file.suffix.removeprefix(".") if output_file else ""
    to = Form(output_format or (ending if ending in FORMATS else "csv"), output_file)
    selection = views.selection(asked_point)
    balances = BalancesFold(selection.charters)
    with undisturbed():
        shown = fold(selection, [balances], _watch(views.journal, "balances"))
        require_known(limits, selection.charters)
        rows = balance_rows(balances, selection.charters, frozenset(limits.values()))
        write(Sheet(BalanceRow, rows, head("balances", views.journal.name, shown), selection.charters), to)


def _program_of(file: Path | None) -> str:
    """The program that a file is for, by its ending."""
    ending = file.suffix.removeprefix(".") if file else ""
    return ending if ending in PROGRAMS else PROGRAMS[0]


def _fixed(journal: Journal, at: Asked) -> Asked:
    """The point asked for, at the position at which the journal stands now, whoever writes meanwhile."""
    position = journal.head().position
    return at._replace(position=position if at.position is None else min(at.position, position))


def _owners(journal: Journal, at: Asked, limits: dict[str, str]) -> frozenset[str]:
    """The pools and funds that an export is limited to. One that was never opened is a slip of the pen."""
    if limits:
        survey = Selection(journal, at)
        survey.read_through()
        require_known(limits, survey.charters)
    return frozenset(limits.values())


def _watch(journal: Journal, doing: str) -> Watch:
    total = journal.head().position

    def watch(entries: Iterable[Entry]) -> Iterable[Entry]:
        return watched(entries, total=total, doing=doing)

    return watch


@contextmanager
def _whole(file: Path | None) -> Iterator[TextIO]:
    """What is written to a file, standard output or a pipe, appears only when it is whole: it may yet be refused."""
    if file is not None and (file.is_file() or not file.exists()):
        with opened(file) as out:
            yield out
        return
    with TemporaryFile("w+", encoding="utf-8", newline="") as kept:
        yield kept
        kept.seek(0)
        with opened(file) as out:
            copyfileobj(kept, out)


def _say(told: str, file: Path | None) -> None:
    """Say on standard error what was written."""
    click.echo(f"recoup: {file}: {told}" if file else f"recoup: {told}", err=True)
