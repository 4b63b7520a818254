"""The statements of a period as one: they follow each other and the paper before, from one opening to one closing."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from projections.reconciliation.items import FileMark, Item, SourceRefused, Statement
from projections.reconciliation.matching.sides import named
from projections.reconciliation.paper import Paper
from projections.reconciliation.proof import stated_in
from projections.reconciliation.standing import moment_key


class Period(NamedTuple):
    """What the other side says from one moment to another. Balances are in base units, of all its accounts together.

    `lines` are booked, also those that the paper before left open; what is `pending` is in no balance. Each line tells
    by its `file` which of the `files` it stands in.
    """

    statements: tuple[Statement, ...]
    files: tuple[FileMark, ...]
    opened_at: str
    opening: int
    closed_at: str
    closing: int
    lines: tuple[Item, ...]
    pending: tuple[Item, ...]


def period_of(statements: Sequence[Statement], previous: Paper | None) -> Period:
    """The statements as one, in order of time and whatever order they come in, with the open lines of the paper before.

    Statements of one account are consecutive: each opens with what the one before closed with. Those of several
    accounts close together. Raises `SourceRefused` where that is not so, or where the paper before is not continued.
    """
    if not statements:
        raise SourceRefused("no statement", ("there is nothing to reconcile with",))
    ordered = sorted(statements, key=_order)
    chains = [list(chain) for _, chain in groupby(ordered, key=lambda one: one.account)]
    if problems := tuple(_problems(chains, previous)):
        raise SourceRefused(ordered[0].file.name, problems)
    files = tuple(dict.fromkeys(one.file.sha256 for one in ordered))
    marks = {one.file.sha256: one.file for one in ordered}
    carried = [line for one in previous.breaks for line in one.theirs] if previous is not None else []
    lines = _told_apart([line for one in ordered for line in _placed(one, files.index(one.file.sha256))], carried)
    return Period(
        statements=tuple(ordered),
        files=tuple(marks[sha256] for sha256 in files),
        opened_at=previous.closed_at if previous is not None else ordered[0].opened_at,
        opening=sum(chain[0].opening for chain in chains),
        closed_at=ordered[-1].closed_at,
        closing=sum(chain[-1].closing for chain in chains),
        lines=tuple(line for line in (*carried, *lines) if line.status == "booked"),
        pending=tuple(named(sorted(line for line in lines if line.status == "pending"))),
    )


def identified(period: Period, lines: Sequence[Item]) -> Period:
    """The same period, in which these of its lines, open in a paper, have the identity that they have there."""
    known = {line.id for line in period.lines if line.id}
    of = {(line.file, line.place): line for line in lines if line.status == "booked" and line.id not in known}
    named_lines = (line if line.id else of.get((line.file, line.place), line) for line in period.lines)
    return period._replace(lines=tuple(named_lines))


def _order(statement: Statement) -> tuple[str, str, str, str]:
    return statement.account, moment_key(statement.closed_at), moment_key(statement.opened_at), statement.file.sha256


def _placed(statement: Statement, file: int) -> Sequence[Item]:
    if file == 0:
        return statement.items
    return [line._replace(file=file) for line in statement.items]


def _told_apart(lines: Sequence[Item], carried: Sequence[Item]) -> Sequence[Item]:
    """The lines, of which one that says what a carried line says has an identity of its own."""
    known = {(line.at, line.amount) for line in carried}
    alike = {index for index, line in enumerate(lines) if (line.at, line.amount) in known} if known else set()
    if not alike:
        return lines
    ordered = sorted(alike, key=lambda index: (lines[index].file, lines[index].place))
    names = named([*(line for line in carried if line.status == "booked"), *(lines[index] for index in ordered)])
    of = dict(zip(ordered, names[-len(ordered) :], strict=True))
    return [of.get(index, line) for index, line in enumerate(lines)]


def _problems(chains: Sequence[Sequence[Statement]], previous: Paper | None) -> Iterator[str]:
    commodities = sorted({one.commodity for chain in chains for one in chain})
    if len(commodities) > 1:
        yield f"the statements are in {' and '.join(commodities)}, and a paper is of one commodity"
        return
    for chain in chains:
        for one, following in pairwise(chain):
            yield from _between(one, following)
    closings = sorted({chain[-1].closed_at for chain in chains})
    if len({moment_key(at) for at in closings}) > 1:
        yield f"the accounts do not close together, but at {' and '.join(closings)}"
    if previous is not None:
        yield from _continued(chains, previous)


def _between(one: Statement, following: Statement) -> Iterator[str]:
    names = f"{following.file.name} of {following.account}"
    if following.opening != one.closing:
        yield (
            f"{names} opens with {following.opening} {following.commodity}, "
            f"but {one.file.name} before it closes with {one.closing} (base units)"
        )
    if following.opened_at and moment_key(following.opened_at) < moment_key(one.closed_at):
        yield f"{names} opens at {following.opened_at}, but {one.file.name} before it closes at {one.closed_at}"


def _continued(chains: Sequence[Sequence[Statement]], previous: Paper) -> Iterator[str]:
    first = [chain[0] for chain in chains]
    commodity = first[0].commodity
    stated, opening = stated_in(previous, commodity), sum(one.opening for one in first)
    if stated is None:
        yield f"is in {commodity}, and the paper before, of {previous.closed_at}, is not"
    elif stated != opening:
        yield (
            f"opens with {opening} {commodity}, but the statement before, of {previous.closed_at}, "
            f"closes with {stated} (base units)"
        )
    for chain in chains:
        opened_at, closed_at = chain[0].opened_at, chain[-1].closed_at
        if opened_at and moment_key(opened_at) < moment_key(previous.closed_at):
            yield f"opens at {opened_at}, but the statement before closes only at {previous.closed_at}"
        if moment_key(closed_at) <= moment_key(previous.closed_at):
            yield f"closes at {closed_at}, and the statement before at {previous.closed_at}"
