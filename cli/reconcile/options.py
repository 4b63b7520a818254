"""Options that the steps of a reconciliation share: in which form a paper is written, and which paper is meant."""

import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from cli.options import Form, require_workbook
from cli.reconcile.subject import Subject, near
from ledger.values import AMOUNT_MAX, timestamp

if TYPE_CHECKING:
    from projections.reconciliation.workpapers import WorkingPapers
    from projections.reconciliation.workpapers.rows import KeptPaper

Verb = TypeVar("Verb", bound=Callable[..., Any])

FORMS: Final = ("table", "json", "csv", "xlsx", "html")
"""The forms of a paper."""

_TOLD: Final = 5
"""So many of the subjects there are are told where none is near the one that is asked for."""

_DAY: Final = len("2022-11-30")


class BaseUnits(click.ParamType[int]):
    """An amount in base units: an integer, with a sign where it may be negative."""

    name = "amount"

    def __init__(self, *, signed: bool = False) -> None:
        self._signed = signed

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401
        """The amount."""
        if isinstance(value, int):
            return value
        text = str(value)
        digits = text.removeprefix("-") if self._signed else text
        if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(AMOUNT_MAX)):
            self.fail(f"{text!r} is no amount in base units, such as 1250", param, ctx)
        if (amount := int(digits)) > AMOUNT_MAX:
            self.fail(f"{text} is above 2^256 - 1", param, ctx)
        return -amount if text.startswith("-") else amount


class DayOrInstant(click.ParamType[str]):
    """A day, which stands for its end in UTC, or an instant in RFC 3339."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401
        """The day as it is, the instant in canonical form."""
        text = str(value)
        try:
            return date.fromisoformat(text).isoformat() if len(text) == _DAY else timestamp(text)
        except ValueError as error:
            self.fail(f"{text!r}: {error}", param, ctx)


def paper_form(verb: Verb) -> Verb:
    """The options that say how and where a paper is written: `output_format`, `output_file`."""
    for option in (
        click.option("-o", "--output-file", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file."),
        click.option(
            "-O", "--output-format", type=click.Choice(FORMS), help="By default as the file ends, or a table."
        ),
    ):
        verb = option(verb)
    return verb


def asked_form(name: str | None, file: Path | None) -> Form:
    """The form asked for: by name, else by the file's ending, else a table."""
    ending = file.suffix.removeprefix(".").lower() if file else ""
    to = Form(name or (ending if ending in FORMS else "table"), file)
    if to.format == "xlsx":
        require_workbook(file)
    return to


def paper_asked(papers: "WorkingPapers", subject: Subject, digest: str | None) -> "KeptPaper":
    """The last paper of a subject, or the one of a SHA-256. Raises `UsageError` where there is none."""
    found = papers.latest(subject.name) if digest is None else papers.paper(digest.lower())
    if found is None:
        known = papers.subjects()
        told = near(subject.name, known) or (f"; what was: {', '.join(known[:_TOLD])}" if known else "")
        raise click.UsageError(f"{subject.name} was never reconciled{told}")
    if found.paper.subject != subject.name:
        raise click.UsageError(f"paper {found.sha256} is of {found.paper.subject}, not of {subject.name}")
    return found


def named_among(name: str, ids: Sequence[str], what: str) -> str:
    """The one id that is so called, or begins so. Raises `UsageError` for none, with what is near, and for several."""
    if name in ids:
        return name
    found = sorted({one for one in ids if one.startswith(name)}) if name else []
    if len(found) == 1:
        return found[0]
    told = f"several begin so: {', '.join(found)}" if found else f"there is none{near(name, ids)}"
    raise click.UsageError(f"{what} {name}: {told}")


def to_terminal(form: Form) -> bool:
    """Whether a paper is read at once, by people."""
    return form.format == "table" and form.file is None


def say(text: str, *, err: bool = True) -> None:
    """Say what was done, or what to do."""
    from cli.amounts import printable_lines

    click.echo(printable_lines(f"recoup: {text}" if err else text), file=sys.stderr if err else sys.stdout)
