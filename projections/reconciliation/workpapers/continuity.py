"""How what the other side says has to follow what it said before: later, from where that ended, with what that had."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from projections.reconciliation.items import Snapshot, Statement
from projections.reconciliation.standing import day_number, moment_key


class Span(NamedTuple):
    """What a statement or a snapshot is of: from when to when, and with which balances (base units; a snapshot: none).

    A snapshot has a moment, a block or both, and an account and a commodity in name only.
    """

    name: str
    account: str
    commodity: str
    opened_at: str
    opening: int | None
    closed_at: str
    closing: int | None
    block: int | None = None

    def order(self) -> tuple[str, str, int, str, str]:
        """Statements of one account one after the other; snapshots by block where they have one."""
        block = -1 if self.block is None else self.block
        return (self.account, self.commodity, block, moment_key(self.closed_at), moment_key(self.opened_at))

    def when(self) -> str:
        """Until when it goes, in words."""
        return f"block {self.block}" if self.block is not None and not self.closed_at else self.closed_at


def span_of(said: Statement | Snapshot) -> Span:
    """The span of what the other side said."""
    if isinstance(said, Snapshot):
        return Span(said.file.name, "", "", "", None, said.at, None, said.block)
    name, account, commodity = said.file.name, said.account, said.commodity
    return Span(name, account, commodity, said.opened_at, said.opening, said.closed_at, said.closing)


def breaches(spans: Iterable[Span], before: Iterable[Span]) -> Iterator[str]:
    """What keeps spans from following those of the period before, each with the name of the file; nothing if they do.

    Where an account is stated again it goes on from its last closing; and what all of them open with, in one commodity,
    is what all of them closed with.
    """
    new, old = sorted(spans, key=Span.order), sorted(before, key=Span.order)
    yield from (
        f"{span.name}: begins at {span.opened_at}, after it ends at {span.closed_at}"
        for span in new
        if span.closed_at and moment_key(span.opened_at) > moment_key(span.closed_at)
    )
    last = {(span.account, span.commodity): span for span in old}
    broken = False
    for account, chain in groupby(new, key=lambda span: (span.account, span.commodity)):
        at = last.get(account)
        for span in chain:
            found = tuple(_apart(at, span)) if at else ()
            broken = broken or bool(found)
            yield from found
            at = span
    if old and not broken:
        yield from _totals(new, old, [*last.values()])


def gaps(spans: Iterable[Span], before: Iterable[Span]) -> Iterator[str]:
    """Where whole days are in no span: between those of the period before and these, and among these.

    A statement may date its opening by the day before it or by its first day.
    """
    last = {(span.account, span.commodity): (span,) for span in sorted(before, key=Span.order)}
    chains = groupby(sorted(spans, key=Span.order), key=lambda span: (span.account, span.commodity))
    for account, chain in chains:
        for one, following in pairwise((*last.get(account, ()), *chain)):
            if following.opened_at and day_number(following.opened_at) - day_number(one.closed_at) > 1:
                yield f"nothing is stated between {one.closed_at} and {following.opened_at}"


def _apart(one: Span, following: Span) -> Iterator[str]:
    """What keeps a span from following another one of the same account."""
    name = following.name
    if _is_not_later(one, following):
        yield f"{name}: ends at {following.when()}, not after {one.name}, which ends at {one.when()}"
    elif following.opened_at and moment_key(following.opened_at) < moment_key(one.closed_at):
        yield (
            f"{name}: overlaps {one.name}: it begins at {following.opened_at}, and that one ends only at "
            f"{one.closed_at}"
        )
    if following.opening != one.closing:
        yield (
            f"{name}: does not continue {one.name}: it opens with {following.opening}, and that one closed with "
            f"{one.closing} (base units of {following.commodity})"
        )


def _is_not_later(one: Span, following: Span) -> bool:
    if one.block is not None and following.block is not None:
        return following.block <= one.block
    if not one.closed_at or not following.closed_at:
        return False
    return moment_key(following.closed_at) <= moment_key(one.closed_at)


def _totals(new: Sequence[Span], old: Sequence[Span], closed: Sequence[Span]) -> Iterator[str]:
    """Where an account is new or left out: what has to be made up for by the others."""
    opened = [next(chain) for _, chain in groupby(new, key=lambda span: (span.account, span.commodity))]
    for commodity in sorted({span.commodity for span in (*new, *old)}):
        opening = sum(span.opening or 0 for span in opened if span.commodity == commodity)
        closing = sum(span.closing or 0 for span in closed if span.commodity == commodity)
        if opening != closing:
            here, there = _names(new, commodity), _names(old, commodity)
            yield (
                f"{here}: open with {opening} together, and {there} closed with {closing} (base units of {commodity}); "
                "an account of before is left out, or another is new"
            )


def _names(spans: Sequence[Span], commodity: str) -> str:
    of = [span for span in spans if span.commodity == commodity]
    names = dict.fromkeys(f"{span.name} ({span.account})" if span.account else span.name for span in of)
    return ", ".join(names) or "nothing"
