"""The verb `init`, which makes a book."""

import click

from cli.main import Settings
from cli.places import made, tried


@click.command("init")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.pass_obj
def init_(settings: Settings, /, *, dry_run: bool) -> None:
    """Create an empty book; a book that is there stays as it is."""
    if dry_run:
        click.echo(f"recoup: {settings.db}, entries it would hold: {tried(settings).head().position}", err=True)
        return
    click.echo(f"recoup: {settings.db}, entries it holds: {made(settings).head().position}", err=True)
