"""What is compared, and what a snapshot states of it: each number by the field and the row that it is of.

A snapshot names a row by some of the report's key fields. What it leaves out is compared, as 0, where it names
something of the same field and of the same pool (of an account, the pool or fund it belongs to); all of the field is,
where it names nothing by pool. Another book states all of the report, also the fields of which it has no row.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ledger.chart import owner
from ledger.errors import AskedAmiss
from ledger.values import Account
from projections.reconciliation.balances.moments import Moment
from projections.reconciliation.items import Held, Snapshot, SourceRefused
from projections.reconciliation.sources.other_book import BOOK, numbers_in
from projections.reports import REPORTS, Report
from projections.rows import Wad, measures, plain_type

Values = tuple[str, ...]


class Name(NamedTuple):
    """By what a number is known: a field of a report, and the key fields of a row with what they say."""

    field: str
    keys: tuple[tuple[str, str], ...]

    def told(self) -> str:
        """The name in words."""
        return " ".join((self.field, "of", ", ".join(f"{name} {value}" for name, value in self.keys)))


class Subject(NamedTuple):
    """What is compared: a report, and one of its fields with all its parts, or all that a snapshot states."""

    report: Report
    field: str

    def takes(self, held: Held) -> bool:
        """Whether a balance of a snapshot is compared."""
        return self.field in ("", held.field, held.field.partition(".")[0])

    def told(self) -> str:
        """The subject as it is asked for."""
        return f"{self.report.name}:{self.field}" if self.field else self.report.name


def subject_of(text: str) -> Subject:
    """The subject `REPORT` or `REPORT:FIELD`.

    Raises `AskedAmiss` for a report that is not there, or that is not of numbers by name, and for a field it lacks.
    """
    name, _, field = text.partition(":")
    report = REPORTS.get(name)
    fit = sorted(one.name for one in REPORTS.values() if not one.needs and not one.streams)
    if report is None or name not in fit:
        raise AskedAmiss(f"{name or 'nothing'} is no report whose balances are compared: {', '.join(fit)} are")
    if field and (problem := _field_problem(report, field)):
        raise AskedAmiss(problem)
    return Subject(report, field)


def _field_problem(report: Report, field: str) -> str | None:
    base, _, part = field.partition(".")
    hints = measures(report.row_type)
    if base not in hints or base in report.keys:
        numbers = ", ".join(name for name in hints if name not in report.keys)
        return f"the report {report.name} has no field {field}; it has {numbers}"
    kind, _ = plain_type(report.row_type, base)
    if kind is str or (part and kind is not dict):
        return f"{field} of the report {report.name} is no number"
    return None


def _parts_problem(report: Report, field: str) -> str | None:
    """Ratios make no sum: of those that a field holds by name, one is named."""
    if measures(report.row_type).get(field) is Wad and plain_type(report.row_type, field)[0] is dict:
        return f"{field} of the report {report.name} holds ratios by name: name one, such as {field}.NAME"
    return None


Shape = tuple[str, tuple[str, ...]]
"""A field, and by which key fields its rows are named."""


class Stated:
    """What the snapshots of a moment state of a subject, by field and by the key fields that name its rows.

    `by_parts` are fields that hold numbers by name, of which each is stated that either side has. Raises
    `SourceRefused` where nothing is stated of the subject.
    """

    def __init__(self, subject: Subject, moment: Moment) -> None:
        self.subject = subject
        self.by_shape: dict[Shape, dict[Values, tuple[Held, Snapshot]]] = {}
        self.by_parts: set[str] = set()
        self._scopes: dict[str, set[str] | None] = {}
        for snapshot in moment.snapshots:
            problems = [problem for held in snapshot.held for problem in self._take(held, snapshot)]
            if problems:
                raise SourceRefused(snapshot.file.name, tuple(problems))
            if snapshot.file.kind == BOOK:
                self._take_all()
        if not self.by_shape and not self.by_parts:
            problem = f"at {moment.told()} it states nothing of {subject.told()}"
            raise SourceRefused(moment.snapshots[0].file.name, (problem,))

    def take_parts(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Take each part that rows have of the fields `by_parts` for stated."""
        names = {(field, part) for row in rows for field in self.by_parts for part in getattr(row, field)}
        for field, part in names:
            self._take_whole(f"{field}.{part}")

    def covers(self, field: str, of: str) -> bool:
        """Whether what is not stated of a pool or fund is 0 to the other side."""
        scope = self.scope(field)
        return scope is None or of in scope

    def scope(self, field: str) -> set[str] | None:
        """The pools and funds of which what is not stated is 0 in a field; None for all."""
        return self._scopes.get(field, set())

    def _take_all(self) -> None:
        """Every field of the subject is stated in every row."""
        asked, _, part = self.subject.field.partition(".")
        for name in numbers_in(self.subject.report):
            if asked in ("", name):
                if plain_type(self.subject.report.row_type, name)[0] is dict and not part:
                    self.by_parts.add(name)
                else:
                    self._take_whole(self.subject.field or name)
        for field in {field for field, _ in self.by_shape}:
            self._take_whole(field)

    def _take_whole(self, field: str) -> None:
        self.by_shape.setdefault((field, self.subject.report.keys), {})
        self._scopes[field] = None

    def _take(self, held: Held, snapshot: Snapshot) -> Iterator[str]:
        if not self.subject.takes(held):
            return
        report = self.subject.report
        said = dict(held.keys)
        problem = _field_problem(report, held.field) or _parts_problem(report, held.field)
        unknown = sorted(set(said) - set(report.keys))
        if problem or unknown or not said or len(said) < len(held.keys):
            yield f"line {held.place}: " + (
                problem
                or (f"{', '.join(unknown)} names no row of the report {report.name}" if unknown else "")
                or ("a key is told twice" if said else "it names no row")
            )
            return
        names = tuple(name for name in report.keys if name in said)
        values = tuple(said[name] for name in names)
        stated = self.by_shape.setdefault((held.field, names), {})
        if values in stated:
            before, its = stated[values]
            said_of = f"{held.field} of {', '.join(values)}"
            yield f"line {held.place}: {said_of} is stated before, in line {before.place} of {its.file.name}"
            return
        stated[values] = held, snapshot
        self._widen(held.field, owner_of(said))

    def _widen(self, field: str, of: str | None) -> None:
        scope = self._scopes.setdefault(field, set())
        if of is None:
            self._scopes[field] = None
        elif scope is not None:
            scope.add(of)


def owner_of(said: Mapping[str, str]) -> str | None:
    """The pool, or the pool or fund of an account; None where a row is named by neither."""
    if "account" in said:
        return owner(Account(said["account"])) if ":" in said["account"] else said["account"]
    return said.get("pool")


def owner_of_row(report: Report, values: Values) -> str:
    """The pool of a row, or the pool or fund of its account; of any other row what its first key says."""
    return owner_of(dict(zip(report.keys, values, strict=True))) or values[0]


def owner_of_name(name: Name) -> str:
    """The same of a row as a snapshot names it."""
    return owner_of(dict(name.keys)) or name.keys[0][1]
