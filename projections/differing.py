"""Rows held against each other: what names a row, which rows differ, and in which fields."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple

from projections.reports import Report
from projections.rows import measures

Row = tuple[Any, ...]

Key = tuple[Any, ...]
"""What names a row: its report's keys, and behind them how many rows of the same name came before it."""


Value = int | str | None

_NOTHING: Final = frozenset({None, 0, ""})


Rows = dict[Key, Row]


class Pair(NamedTuple):
    """A row at two points; None where it is not there."""

    key: Key
    before: Row | None
    after: Row | None


class Field(NamedTuple):
    """A field that is not the same in two rows; of a mapping, one of its names."""

    name: str
    before: Value
    after: Value

    def says_something(self) -> bool:
        """Whether it is anything but zero or empty in one of the rows."""
        return not _NOTHING.issuperset((self.before, self.after))


def by_key(report: Report, rows: Iterable[Row]) -> Rows:
    """Rows by what names them. Only in a report of lines, such as `register`, may a second one have the same name."""
    found: Rows = {}
    again: Counter[Key] = Counter()
    for row in rows:
        key = tuple(getattr(row, field) for field in report.keys)
        if (*key, 0) in found:
            again[key] += 1
        found[*key, again[key]] = row
    return found


def differing(before: Mapping[Key, Row], after: Mapping[Key, Row]) -> Iterator[Pair]:
    """The rows that differ, in the order of their report; one that is gone stands where it stood."""
    for key in in_order(before, after):
        pair = Pair(key, before.get(key), after.get(key))
        if pair.before != pair.after:
            yield pair


def differing_lines(report: Report, before: Iterable[Row], after: Iterable[Row]) -> Iterator[Pair]:
    """The same of a report that is read through in order of position, entry by entry."""
    lines = merge(_by_entry(before, 0), _by_entry(after, 1), key=itemgetter(0, 1))
    for _, entry in groupby(lines, itemgetter(0)):
        sides = {side: rows for _, side, rows in entry}
        yield from differing(*(by_key(report, sides.get(side, ())) for side in (0, 1)))


def _by_entry(rows: Iterable[Row], side: int) -> Iterator[tuple[int, int, list[Row]]]:
    return ((position, side, list(lines)) for position, lines in groupby(rows, attrgetter("position")))


def in_order(before: Mapping[Key, Row], after: Mapping[Key, Row]) -> Iterator[Key]:
    """The keys of both, in the order of the second; one that only the first has follows what it followed there."""
    gone: dict[Key | None, list[Key]] = defaultdict(list)
    last: Key | None = None
    for key in before:
        if key in after:
            last = key
        else:
            gone[last].append(key)
    yield from gone[None]
    for key in after:
        yield key
        yield from gone[key]


def fields_of(report: Report, pair: Pair) -> list[Field]:
    """The fields in which a row differs. Of one that is there at one point only, those that say something, if any do.

    What a mapping does not hold is nothing, 0; what a row that is not there would say is None.
    """
    before, after = (_fields(report, row) for row in pair[1:])
    if pair.before is not None and pair.after is not None:
        both = [Field(name, before.get(name, 0), after.get(name, 0)) for name in {**before, **after}]
        return [field for field in both if field.before != field.after]
    found = [Field(name, before.get(name), after.get(name)) for name in before or after]
    told = [field for field in found if field[1:] != (None, None)]
    return [field for field in told if field.says_something()] or told


def _fields(report: Report, row: Row | None) -> dict[str, Value]:
    """What a row says beside its name, by field; a mapping of amounts by each of its names, other content as text."""
    found: dict[str, Value] = {}
    if row is not None:
        for (name, measure), value in zip(measures(report.row_type).items(), row, strict=True):
            if name in report.keys:
                continue
            if measure is not None and isinstance(value, Mapping):
                found.update({f"{name}.{part}": amount for part, amount in value.items()})
            else:
                found[name] = (
                    json.dumps(value, ensure_ascii=False, separators=(",", ":"))
                    if isinstance(value, Mapping)
                    else value
                )
    return found
