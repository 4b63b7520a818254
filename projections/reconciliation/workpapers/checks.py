"""What keeps a file from being added: it is known already, or does not continue what the other side said before."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from ledger.errors import InputRefused
from projections.reconciliation.sources.other_book import BOOK as ANOTHER_BOOK
from projections.reconciliation.workpapers.continuity import Span, breaches, gaps, span_of
from projections.reconciliation.workpapers.rows import Said, span_of_row
from projections.reconciliation.workpapers.tables import STATEMENTS


def require_addable(connection: Connection | None, said: Sequence[Said], subject: str) -> tuple[str, ...]:
    """Refuse what cannot be the next period of a subject. Gives what is not stated in between, in words.

    Raises `InputRefused` with every reason.
    Without a connection there is nothing yet that it would have to continue.
    """
    known = () if connection is None else _known(connection, said, subject)
    before = [] if connection is None else _last(connection, subject)
    problems = tuple(dict.fromkeys((*known, *breaches(map(span_of, said), before))))
    if problems:
        raise InputRefused(subject, problems)
    return tuple(gaps(map(span_of, said), before))


def known_as(subject: str, digests: Collection[str]) -> Select[Any]:
    """The files of these SHA-256 that a subject was reconciled with."""
    return select(STATEMENTS).where(STATEMENTS.c.subject == subject, STATEMENTS.c.sha256.in_(digests))


def told_known(row: Row[Any]) -> str:
    """Of a file that is known: as what, and since when."""
    return (
        f"this file is known (sha256 {row.sha256}): {row.subject} was reconciled with it as {row.name} at "
        f"{row.added_at}, by {row.added_by}"
    )


def period_of(connection: Connection, subject: str) -> int:
    """The number of the last period of a subject, 0 before the first."""
    asked = select(func.coalesce(func.max(STATEMENTS.c.period), 0)).where(STATEMENTS.c.subject == subject)
    return int(connection.execute(asked).scalar_one())


def _known(connection: Connection, said: Sequence[Said], subject: str) -> Iterator[str]:
    """Of the files that are known: those of the subject, and of others where an account of theirs is the same.

    Another book is the same file as long as nothing is recorded in it: it says something new of a later closing.
    """
    of = STATEMENTS.c
    closings = {one.file.sha256: span_of(one).closed_at for one in said if one.file.kind == ANOTHER_BOOK}
    names = {one.file.sha256: one.file.name for one in said}
    accounts = {(one.file.sha256, span.account, span.commodity) for one in said if (span := span_of(one)).commodity}
    for row in connection.execute(select(STATEMENTS).where(of.sha256.in_(names)).order_by(of.number)):
        if closings.get(row.sha256, row.closed_at) != row.closed_at:
            continue
        if row.subject == subject or (row.sha256, row.account, row.commodity) in accounts:
            yield f"{names[row.sha256]}: {told_known(row)}"


def _last(connection: Connection, subject: str) -> list[Span]:
    of = STATEMENTS.c
    asked = select(STATEMENTS).where(of.subject == subject, of.period == period_of(connection, subject))
    return [span_of_row(row) for row in connection.execute(asked)]
