"""What the verbs that record share: the clock, fresh ids, and who records."""

from collections.abc import Callable
from datetime import UTC, datetime
from getpass import getuser
from typing import Any, TypeVar
from uuid import uuid4

import click

from ledger.values import EventId, Timestamp, timestamp

Verb = TypeVar("Verb", bound=Callable[..., Any])


def recorder(verb: Verb) -> Verb:
    """The option that says who records: `by`."""
    return click.option(
        "--by", default=None, metavar="NAME", envvar="RECOUP_BY", help="Who records it, or who is logged in."
    )(verb)


def name_of(by: str | None) -> str:
    """Who records. Raises `UsageError` for what is no name."""
    who = by or _logged_in()
    if not who.isprintable():
        raise click.UsageError(f"{who!r} is no name to record by")
    return who


def now() -> Timestamp:
    """The clock, in whole seconds."""
    return timestamp(datetime.now(UTC).isoformat(timespec="seconds"))


def fresh_id() -> EventId:
    """An id that nothing else has."""
    return EventId(uuid4().hex)


def _logged_in() -> str:
    """Who is logged in, where the machine knows."""
    try:
        return getuser()
    except (KeyError, OSError):
        return "unknown"
