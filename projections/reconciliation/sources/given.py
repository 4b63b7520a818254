"""A file of the other side, in whichever form it is given: decided by its content, never by its name."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from projections.reconciliation.items import FileMark, Snapshot, SourceRefused, Statement
from projections.reconciliation.sources.profile import Format, Kind, Profile
from projections.reconciliation.sources.raw import Raw
from projections.reconciliation.sources.wanted import Wanted

_ZIP: Final = b"PK\x03\x04"
_ELSE: Final = (
    (b"\xd0\xcf\x11\xe0", "is a workbook of the old form (.xls): save it as .xlsx"),
    (b"%PDF", "is a PDF, which is made for eyes: ask for CSV, XLSX, JSON Lines or camt.053"),
    (b"\x1f\x8b", "is compressed (gzip): unpack it"),
)
_JSON: Final = re.compile(rb'\s*(?:\{|\[\s*[\]\[{"\d-])')
_BOMS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read(
    content: bytes, name: str, wanted: Wanted | None, profile: Profile | None
) -> tuple[Statement, ...] | tuple[Snapshot, ...]:
    """What a file states: a workbook, ISO 20022 camt.053, JSON Lines, or delimited text.

    Without a profile the columns bear our own field names, and a file is a statement where an account is `wanted`, and
    a snapshot where it is not. Raises `SourceRefused` with every flaw of the file.
    """
    if not content.strip():
        raise SourceRefused(name, ("is empty",))
    if words := next((words for magic, words in _ELSE if content.startswith(magic)), None):
        raise SourceRefused(name, (words,))
    if _is_xml(content):
        from projections.reconciliation.sources.camt053 import read_camt053

        return read_camt053(content, name, _needed(name, wanted))
    profile = profile or default_profile("snapshot" if wanted is None else "statement")
    form = _form(content)
    if profile.format not in {None, form}:
        raise SourceRefused(name, (f"is {form} by its content, and the profile says {profile.format}",))
    problems: list[str] = []
    rows = _rows(form, content, name, profile, problems)
    mark = FileMark(name, sha256(content).hexdigest(), form, 0, {})
    if profile.kind == "snapshot":
        return _snapshots(rows, profile, mark, wanted, problems)
    from projections.reconciliation.sources.statements import statements_of

    return statements_of(rows, profile, _needed(name, wanted), mark, problems)


def default_profile(kind: Kind) -> Profile:
    """What holds where no profile is given: headings that are our field names, amounts in base units."""
    return Profile(kind=kind)


def _needed(name: str, wanted: Wanted | None) -> Wanted:
    if wanted is None:
        raise SourceRefused(name, ("is a statement: which asset it is in has to be said",))
    return wanted


def _is_xml(content: bytes) -> bool:
    beginning = content[:64]
    for bom in _BOMS:
        beginning = beginning.removeprefix(bom)
    return beginning.replace(b"\0", b"").lstrip()[:1] == b"<"


def _form(content: bytes) -> Format:
    if content.startswith(_ZIP):
        return "xlsx"
    return "jsonl" if _JSON.match(content.removeprefix(_BOMS[0])) else "csv"


def _rows(form: Format, content: bytes, name: str, profile: Profile, problems: list[str]) -> Iterator[Raw]:
    match form:
        case "xlsx":
            from projections.reconciliation.sources.workbook import workbook

            return workbook(content, name, profile, problems)
        case "jsonl":
            from projections.reconciliation.sources.json_rows import json_rows

            return json_rows(content, name, profile, problems)
        case "csv":
            from projections.reconciliation.sources.delimited import delimited

            return delimited(content, name, profile, problems)


def _snapshots(
    rows: Iterator[Raw], profile: Profile, mark: FileMark, wanted: Wanted | None, problems: list[str]
) -> tuple[Snapshot, ...]:
    from projections.reconciliation.sources.snapshot_rows import in_base_units
    from projections.reconciliation.sources.snapshots import snapshots_of

    told = [*in_base_units(rows, profile, wanted, problems)]
    if problems:
        raise SourceRefused(mark.name, tuple(problems))
    return snapshots_of(told, mark._replace(rows=len(told)), wanted)
