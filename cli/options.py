"""Options that several verbs share: the point a report is asked for, what it is limited to, its form and its file."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import click

from ledger.values import Timestamp, timestamp
from projections.reading import Asked

Verb = TypeVar("Verb", bound=Callable[..., Any])

FORMATS: Final = ("table", "csv", "json", "jsonl", "xlsx")
HEADED: Final = frozenset({"table", "json", "xlsx"})
"""The forms that say where a report stands before its rows."""


class Moment(click.ParamType[Timestamp]):
    """An instant in RFC 3339, or a bare date: the end of that day, UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Timestamp:  # noqa: ANN401
        """The canonical instant."""
        text = f"{value}T23:59:59.999999999Z" if len(str(value)) == len("2022-11-30") else str(value)
        try:
            return timestamp(text)
        except ValueError as error:
            self.fail(f"{value!r}: {error}, or a date such as 2022-11-30", param, ctx)


class Form(NamedTuple):
    """In which form a report is written, and where: standard output where no file is named."""

    format: str
    file: Path | None


def point(verb: Verb) -> Verb:
    """The options that say at which point a report is asked for: `as_of`, `known_at`, `position`."""
    for option in (
        click.option("--position", type=click.IntRange(min=0), metavar="N", help="As of position N of the journal."),
        click.option("--known-at", type=Moment(), metavar="TIME", help="With what was recorded by then."),
        click.option("--as-of", type=Moment(), metavar="TIME", help="With what was effective by then, inclusive."),
    ):
        verb = option(verb)
    return verb


def form(verb: Verb) -> Verb:
    """The options that say how and where a report is written: `output_format`, `output_file`."""
    for option in (
        click.option("-o", "--output-file", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file."),
        click.option(
            "-O",
            "--output-format",
            type=click.Choice(FORMATS),
            help="By default as the file ends, or table. Names in csv that a spreadsheet would take for a formula, "
            "such as @x, stand there as '@x.",
        ),
    ):
        verb = option(verb)
    return verb


def limited_to(*kinds: str) -> Callable[[Verb], Verb]:
    """Options such as `--pool NAME`, which limit a report to what they name."""

    def add(verb: Verb) -> Verb:
        for kind in reversed(kinds):
            verb = click.option(f"--{kind}", metavar="NAME", help=f"Only this {kind}.")(verb)
        return verb

    return add


def asked(options: dict[str, Any]) -> Asked:
    """The point asked for, taken out of a verb's options."""
    return Asked(options.pop("as_of"), options.pop("known_at"), options.pop("position"))


def asked_form(options: dict[str, Any]) -> Form:
    """The form asked for, taken out of a verb's options: by name, else by the file's ending, else a table."""
    name, file = options.pop("output_format"), options.pop("output_file")
    ending = file.suffix.removeprefix(".") if file else ""
    to = Form(name or (ending if ending in FORMATS else "table"), file)
    if to.format == "xlsx":
        require_workbook(file)
    return to


def require_workbook(file: Path | None) -> None:
    """Refuse a workbook where XlsxWriter is missing, or on a terminal, before anything is read for it."""
    from projections.exports.workbook import can_be_written

    if not can_be_written():
        raise click.UsageError("a workbook needs XlsxWriter: pip install 'recoup[xlsx]'")
    if file is None and sys.stdout.isatty():
        raise click.UsageError("a workbook is not for a terminal; -o FILE.xlsx names a file")


def named(options: dict[str, Any]) -> dict[str, str]:
    """What is left of a verb's options: the limits that were given."""
    return {kind: name for kind, name in options.items() if name is not None}
