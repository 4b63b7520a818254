"""The verb `import`: files become entries, all of a file or nothing of it."""

from collections import Counter
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cli.files import Kept, Source
from cli.main import Settings
from cli.places import kept, made, tried
from cli.progress import undisturbed
from cli.recording import name_of, now, recorder
from ledger.book import Book, Recording, Told
from ledger.errors import InputRefused
from ledger.sources import PROTOCOLS
from ledger.sources.json_lines import LINE_MAX, facts

if TYPE_CHECKING:
    from ledger.sources.evm.feed import Tally

OURS: Final = "recoup"
"""The source that `import` reads unless told otherwise: facts in the form of the catalogue."""

NAMED_MAX: Final = 50
"""So many names are said of what was counted: there are fewer types of events."""

Reading = tuple[Source, Iterable[Told], "Tally | None"]
"""A file, what it tells, and the count of its logs where it holds logs."""


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True), metavar="FILE...")
@click.option(
    "--source",
    type=click.Choice([OURS, *PROTOCOLS]),
    default=OURS,
    show_default=True,
    help="What the files hold: facts, or the logs of a protocol's contract as eth_getLogs gives them.",
)
@click.option(
    "--assets",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Symbols and decimals of tokens, which logs do not carry: a token list, or a JSON array of its tokens.",
)
@click.option(
    "--chain-id", type=click.IntRange(1, 2**63 - 1), metavar="N", help="The chain of the logs, for the evidence."
)
@recorder
@click.option(
    "--exported",
    is_flag=True,
    help="The files are from `recoup export events`: also take what a ledger wrote, the commands that were asked.",
)
@click.option("--chunk", type=click.IntRange(min=1), metavar="LINES", help="Commit after every so many facts or logs.")
@click.option("--dry-run", is_flag=True, help="Check everything, say what would be recorded, and record nothing.")
@click.pass_obj
def import_(
    settings: Settings,
    /,
    files: tuple[Path, ...],
    source: str,
    assets: Path | None,
    chain_id: int | None,
    by: str | None,
    chunk: int | None,
    *,
    exported: bool,
    dry_run: bool,
) -> None:
    """Record the facts of files of JSON Lines (also `.gz`, or `-`): all of a file, or nothing of it.

    With --source the files hold the logs of a protocol's contract, one to a line or as a node answers eth_getLogs, in
    any order; what follows from them is recorded. Again adds nothing, and a further file goes on where the last ended.
    """
    if source == OURS and (assets is not None or chain_id is not None):
        raise click.UsageError("--assets and --chain-id go with the --source of a protocol")
    if source != OURS and exported:
        raise click.UsageError("--exported goes with facts, not with the --source of a protocol")
    read = _facts(exported=exported) if source == OURS else _logs(source, assets, chain_id)
    who = name_of(by)
    if [*files, assets].count(Path("-")) > 1:
        raise click.UsageError("standard input can be read once")
    readings = [read(file) for file in files]
    for file, _, _ in readings:
        file.require_readable()
    if dry_run:
        book, verb = Book(tried(settings)), "would be recorded"
        done = book.rehearse(((file.name, told) for file, told, _ in readings), clock=now, recorded_by=who)
    else:
        book, verb = kept(made(settings)), "recorded"
        done = (
            (file.name, book.record(told, source=file.name, clock=now, recorded_by=who, chunk=chunk))
            for file, told, _ in readings
        )
    with undisturbed():
        for (name, receipt), (_, _, tally) in zip(done, readings, strict=True):
            _report(name, receipt, tally, verb, by_type=dry_run)


def _facts(*, exported: bool) -> Callable[[Path], Reading]:
    """How a file of facts is read."""

    def read(path: Path) -> Reading:
        source = Source(path, longest=LINE_MAX)
        return source, facts(source.lines(), exported=exported), None

    return read


def _logs(name: str, assets: Path | None, chain_id: int | None) -> Callable[[Path], Reading]:
    """How a file of a protocol's logs is read."""
    from ledger.sources.evm.feed import Feed
    from ledger.sources.evm.reading import LINE_MAX as LONGEST
    from ledger.sources.evm.tokens import tokens

    protocol = import_module(PROTOCOLS[name]).PROTOCOL
    listed = {}
    if assets is not None:
        list_file = Source(assets, longest=LONGEST)
        list_file.require_readable()
        listed = tokens(b"".join(list_file.lines()), source=list_file.name, chain_id=chain_id)

    def read(path: Path) -> Reading:
        source = Kept(path, longest=LONGEST)
        feed = Feed(protocol, source.lines, tokens=listed, chain_id=chain_id)
        return source, feed, feed.tally

    return read


def _report(name: str, receipt: Recording, tally: "Tally | None", verb: str, *, by_type: bool) -> None:
    """Say what was done of a file. Raises `InputRefused` where it holds nothing."""
    nothing = receipt == Recording(0, 0)
    if tally is None and nothing:
        raise InputRefused(name, ("holds no facts",))
    if tally is not None and nothing and tally.kept:
        raise InputRefused(name, (f"{_counted(tally.kept)} before the first pool: import it together with that pool",))
    types = f" ({_counted(receipt.by_type)})" if by_type and receipt.by_type else ""
    _say(f"{name}: {receipt.recorded} {verb}{types}, {receipt.already} already recorded")
    if tally is not None:
        _report_logs(name, tally)


def _report_logs(name: str, tally: "Tally") -> None:
    parts = [f"{tally.logs} logs"]
    parts += [f"{tally.withdrawn} withdrawn"] if tally.withdrawn else []
    parts += [f"{tally.returned} came again after that, and count as repeats"] if tally.returned else []
    parts += [f"kept for the first pool: {_counted(tally.kept)}"] if tally.kept else []
    parts += [f"without entries: {_counted(tally.silent)}"] if tally.silent else []
    _say(f"{name}: {'; '.join(parts)}")
    if tally.unknown:
        _say(f"{name}: logs of events that are not known, left out: {_counted(tally.unknown)}")


def _counted(counts: Counter[str]) -> str:
    """What was counted, by name; of very much the first."""
    named = [f"{name} {number}" for name, number in sorted(counts.items())[:NAMED_MAX]]
    further = len(counts) - len(named)
    return ", ".join(named) + (f" and {further} others" if further else "")


def _say(text: str) -> None:
    from cli.amounts import printable_lines

    click.echo(printable_lines(f"recoup: {text}"), err=True)
