"""Which numbers were compared at a moment, told in a paper so that of every number it is known whether it was."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final

from ledger.accounts import Charters
from ledger.values import PoolId
from projections.reconciliation.balances.stated import Name, Stated, Subject, owner_of_name
from projections.reconciliation.paper import CoveredRow, Paper

Keys = tuple[tuple[str, str], ...]

ANY_PART: Final = "."
"""Ends a field that stands for each of its parts."""


def covered_rows(stated: Stated) -> Iterator[CoveredRow]:
    """What is compared of each field, in order of field; first of those of which each part is, whatever its name."""
    for field in sorted(stated.by_parts):
        yield CoveredRow(f"{field}{ANY_PART}", stated.subject.report.keys, whole=True, owners=())
    for field, shapes in groupby(sorted(stated.by_shape), key=itemgetter(0)):
        *others, (_, keys) = shapes
        scope = stated.scope(field)
        names = ((of, values) for _, of in others for values in stated.by_shape[field, of])
        totals = ((keys, values) for values in stated.by_shape[field, keys] if "" in values)
        yield CoveredRow(
            field=field,
            keys=keys,
            whole=scope is None,
            owners=tuple(sorted(scope or ())),
            named=tuple(sorted(tuple(zip(of, values, strict=True)) for of, values in (*names, *totals))),
        )


class Covered:
    """The numbers that are compared, by what rows say of them."""

    def __init__(self, rows: Iterable[CoveredRow]) -> None:
        self._fields = {row.field: (row, frozenset(row.owners), frozenset(row.named)) for row in rows}

    def has(self, name: Name) -> bool:
        """Whether a number is compared, and with all of its rows."""
        of = self._of(name.field)
        if of is None:
            return False
        row, owners, named = of
        return name.keys in named or (
            tuple(key for key, _ in name.keys) == row.keys
            and all(value for _, value in name.keys)
            and (row.whole or owner_of_name(name) in owners)
            and not any(_may_share(name.keys, other) for other in row.named)
        )

    def name_of(self, field: str, keys: Keys) -> Name | None:
        """The number that a row is part of, by all keys of the row; None where it is not compared.

        A row that is a total, which leaves a key empty, is only compared with the same.
        """
        of = self._of(field)
        if of is None:
            return None
        (row, owners, named), said = of, dict(keys)
        if "" in said.values():
            return Name(field, keys) if keys in named else None
        for shape in dict.fromkeys(tuple(key for key, _ in other) for other in row.named):
            if (name := tuple((key, said[key]) for key in shape)) in named:
                return Name(field, name)
        is_compared = row.whole or owner_of_name(Name(field, keys)) in owners
        return Name(field, tuple((key, said[key]) for key in row.keys)) if is_compared else None

    def fields(self, parts: Iterable[str]) -> list[str]:
        """The fields that are compared, with those of some parts of fields of which each is."""
        every = [field for field in self._fields if not field.endswith(ANY_PART)]
        return [*every, *(part for part in parts if part not in self._fields and self._of(part))]

    def _of(self, field: str) -> tuple[CoveredRow, frozenset[str], frozenset[Keys]] | None:
        return self._fields.get(field) or self._fields.get(f"{field.partition('.')[0]}{ANY_PART}")


def _may_share(one: Keys, other: Keys) -> bool:
    """Whether two names can be of one row: they agree in the fields that both tell, and neither is of a total."""
    said = dict(one)
    return all(value and said.get(key, value) == value for key, value in other)


class Before:
    """The paper before, and which numbers it holds for equal: compared at its closing, and in no break open then."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self._covered = Covered(paper.covered)
        self._open = {frozenset((one.key or {}).items()) for one in paper.breaks}

    def has(self, subject: Subject, name: Name, charters: Charters) -> bool:
        """Whether both sides agreed on a number at that closing, with or without its tranche where there is one."""
        is_open = frozenset(key_of(subject, name, charters).items()) in self._open
        return not is_open and any(map(self._covered.has, _ways(subject, name, charters)))


def key_of(subject: Subject, name: Name, charters: Charters) -> dict[str, str]:
    """By what a number is known from paper to paper: the report, the field, and the fields that name the row.

    The tranche of a pool that has just one is told in any case.
    """
    (*_, fullest) = _ways(subject, name, charters)
    return {"report": subject.report.name, "field": name.field, **dict(fullest.keys)}


def _ways(subject: Subject, name: Name, charters: Charters) -> Iterator[Name]:
    """The ways in which a number can be named, the fullest last: a pool's only tranche is told or left out."""
    said = dict(name.keys)
    pool = charters.pools.get(PoolId(said.get("pool", "")))
    only = [*pool.tranches] if pool is not None and "tranche" in subject.report.keys else []
    if len(only) != 1 or said.get("tranche", only[0]) != only[0]:
        yield name
        return
    for told in ({}, {"tranche": only[0]}):
        keys = {key: value for key, value in said.items() if key != "tranche"} | told
        yield Name(name.field, tuple((key, keys[key]) for key in subject.report.keys if key in keys))
