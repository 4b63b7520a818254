"""A report at every moment beside what is stated there: what is equal, what is not, and from which moment to which."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from ledger.journal import Journal
from projections.reading import Watch
from projections.reconciliation.balances.accrual import accruals, with_accrued, without_nobody
from projections.reconciliation.balances.covered import Covered, covered_rows
from projections.reconciliation.balances.moments import Counting
from projections.reconciliation.balances.numbers import Pair, pairs
from projections.reconciliation.balances.reading import Folds, Row, made, stops
from projections.reconciliation.balances.stated import Name, Stated, Subject
from projections.reconciliation.paper import CoveredRow, MatchedRow
from projections.reports import Folded

Sums: TypeAlias = "Counter[tuple[str, str]]"
"""Sums by field and commodity."""


class Compared(NamedTuple):
    """What came of the comparison, moment by moment.

    `covered` is what is compared at each, `last` the same of the last as rows, `apart` the numbers that are not equal.
    `ours` and `theirs` are the sums at the last moment, by what is proven; `matched` tells how many numbers are equal,
    but for those of 0, and `matched_sha256` is of the list of them. `proven` says under which name a number is summed,
    by its field and commodity.
    """

    covered: tuple[Covered, ...]
    last: tuple[CoveredRow, ...]
    apart: tuple[dict[Name, Pair], ...]
    ours: dict[str, int]
    theirs: dict[str, int]
    matched: tuple[MatchedRow, ...]
    matched_sha256: str
    proven: dict[tuple[str, str], str]


class Run(NamedTuple):
    """A number that is apart from the moment `began` to `moment`, with no moment in between at which it is equal.

    `pair` is of `moment`; `agreed` is the last moment before at which it is equal, `again` the first after. `opposite`
    are other numbers of the field and commodity that are off by the opposite there, two at most.
    """

    pair: Pair
    moment: int
    began: int
    agreed: int | None
    again: int | None
    opposite: tuple[str, ...]


def compared(journal: Journal, counting: Counting, subject: Subject, watch: Watch) -> Compared:
    """Compare the numbers of every moment. Raises `SourceRefused` for what is stated in no way that can be compared."""
    stated = tuple(Stated(subject, moment) for moment in counting.moments)
    last = len(stated) - 1
    apart: list[dict[Name, Pair]] = [{} for _ in stated]
    sums: tuple[Sums, Sums] = (Counter(), Counter())
    equal: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    met: set[tuple[str, str]] = set()
    digest = sha256()
    for moment, rows in _readings(journal, counting, subject, watch):
        for pair in pairs(stated[moment], rows, counting.charters):
            of = pair.name.field, pair.commodity
            met.add(of)
            if moment == last:
                sums[0][of] += pair.ours or 0
                sums[1][of] += pair.theirs or 0
            if pair.apart:
                apart[moment][pair.name] = pair
            elif pair.theirs:
                tally = equal["equal" if moment == last else "equal before", *of]
                tally[0] += 1
                tally[1] += pair.theirs
                said = [counting.moments[moment].told(), pair.name.field, pair.name.keys, str(pair.theirs)]
                digest.update(json.dumps(said, ensure_ascii=False).encode() + b"\n")
    proven = _proven(met)
    matched = (
        MatchedRow(key, proven[field, commodity], number, number, number, total)
        for (key, field, commodity), (number, total) in sorted(equal.items())
    )
    ours, theirs = ({proven[of]: total for of, total in sorted(side.items())} for side in sums)
    covered = [tuple(covered_rows(one)) for one in stated]
    return Compared(
        tuple(map(Covered, covered)),
        covered[-1],
        tuple(apart),
        ours,
        theirs,
        tuple(matched),
        digest.hexdigest(),
        proven,
    )


def _proven(met: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Under which name numbers are summed: their commodity, and their field beside it where several fields share it.

    What was ever deposited and what a balance is make no sum together.
    """
    fields = Counter(commodity for _, commodity in met)
    return {
        (field, commodity): commodity if fields[commodity] == 1 else f"{commodity} {field}"
        for field, commodity in sorted(met)
    }


def runs_of(found: Compared) -> list[Run]:
    """The numbers that are apart, each from the moment at which it parted to the last before it is equal again."""
    at: dict[Name, list[int]] = defaultdict(list)
    for moment, apart in enumerate(found.apart):
        for name in apart:
            at[name].append(moment)
    alike = [_alike(apart.values()) for apart in found.apart]
    last = len(found.apart)
    return [
        Run(
            pair=found.apart[moments[-1]][name],
            moment=moments[-1],
            began=moments[0],
            agreed=_agreed(found, name, range(moments[0] - 1, -1, -1)),
            again=_agreed(found, name, range(moments[-1] + 1, last)),
            opposite=_opposite(found.apart[moments[-1]][name], alike[moments[-1]]),
        )
        for name in sorted(at)
        for moments in _unbroken(found, name, at[name])
    ]


def _readings(
    journal: Journal, counting: Counting, subject: Subject, watch: Watch
) -> Iterator[tuple[int, Iterator[Row]]]:
    """The rows of the report at every moment, with what had accrued then."""
    moments = counting.moments
    accrued = [accruals(moment, counting.charters) for moment in moments]
    if not isinstance(subject.report.make, Folded):
        for number, events in enumerate(accrued):
            yield number, without_nobody(made(subject.report, journal, counting, number, events, watch))
        return
    for course in counting.courses():
        folds = Folds(subject.report, counting.charters, with_accounts=False)
        for number, stopped in stops(journal, counting, course, folds, watch):
            events = accrued[number]
            standing = with_accrued(stopped, events, counting.position) if events else stopped
            yield number, without_nobody(standing.rows(moments[number].at))


def _unbroken(found: Compared, name: Name, moments: Sequence[int]) -> Iterator[list[int]]:
    """The moments at which a number is apart, cut where it is equal in between."""
    run = [moments[0]]
    for moment in moments[1:]:
        if _agreed(found, name, range(run[-1] + 1, moment)) is not None:
            yield run
            run = []
        run.append(moment)
    yield run


def _agreed(found: Compared, name: Name, moments: Iterable[int]) -> int | None:
    """The first of some moments at which a number is compared and equal."""
    equal = (one for one in moments if name not in found.apart[one])
    return next((one for one in equal if found.covered[one].has(name)), None)


_Alike = dict[tuple[str, str, int], list[Pair]]
"""Numbers by field, commodity and by how much they are apart."""


def _alike(apart: Iterable[Pair]) -> _Alike:
    found: _Alike = defaultdict(list)
    for pair in apart:
        found[pair.name.field, pair.commodity, pair.apart].append(pair)
    return found


def _opposite(pair: Pair, alike: _Alike) -> tuple[str, ...]:
    others = alike.get((pair.name.field, pair.commodity, -pair.apart), [])
    return tuple(f"{other.name.told()}: {other.apart:+}" for other in others[:2])
