"""The verb `refresh`, which brings the projections in SQL up to the journal."""

import time
from typing import Final

import click

from cli.main import Settings
from cli.places import existing
from cli.progress import undisturbed, watched
from cli.views import database_of
from projections.store.refresh import NAMES, Done, Runner

POLLED: Final = 1
"""Seconds between two looks at the journal."""


@click.command("refresh")
@click.argument("names", metavar="[NAME]…", nargs=-1, type=click.Choice(NAMES))
@click.option("--rebuild", is_flag=True, help="Fold them anew from the first entry.")
@click.option("--follow", is_flag=True, help="Go on whenever the journal has grown, until interrupted.")
@click.pass_obj
def refresh_(settings: Settings, /, *, names: tuple[str, ...], rebuild: bool, follow: bool) -> None:
    """Bring the projections in SQL up to the journal: all of them, or those that are named.

    They are tables in BOOK.views, or in the SQLite or PostgreSQL database of --views. A report of the present is read
    from them where they are at the journal's head. They can be deleted: nothing is lost.
    """
    journal = existing(settings)
    database = database_of(settings, journal)
    runner, asked = Runner(database, journal), names or NAMES
    where = database.shown if settings.views else f"{settings.db}.views"
    with undisturbed():
        done = _refreshed(runner, asked, rebuild=rebuild)
        _tell(done, where)
        while follow:
            time.sleep(POLLED)
            if journal.head().position > done[0].position:
                done = _refreshed(runner, asked)
                _tell(done, where)


def _refreshed(runner: Runner, names: tuple[str, ...], *, rebuild: bool = False) -> list[Done]:
    return runner.refresh(
        tuple(dict.fromkeys(names)),
        rebuild=rebuild,
        watch=lambda entries, total: watched(entries, total=total, doing="refresh"),
    )


def _tell(done: list[Done], where: str) -> None:
    """Say how far each projection was brought: those that went the same way in one line."""
    ways: dict[tuple[int, int], list[str]] = {}
    for one in done:
        ways.setdefault((one.began_at, one.position), []).append(one.name)
    for (began_at, position), names in ways.items():
        way = f"at position {position}" if began_at == position else f"from position {began_at} to {position}"
        click.echo(f"recoup: {where}: {', '.join(names)}: {way}", err=True)
