"""Rows of a sheet of a workbook (XLSX), as text, and only where a cell holds exactly what it shows.

A workbook stores numbers in binary, of which 15 significant digits are sure: a number with more is refused.
"""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import repeat
from numbers import Real
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from ledger.errors import AskedAmiss
from projections.reconciliation.items import SourceRefused
from projections.reconciliation.sources.headings import Picked, picked
from projections.reconciliation.sources.profile import Profile
from projections.reconciliation.sources.raw import Raw

UNPACKED_MAX: Final = 1 << 29
"""How many bytes all parts of a workbook may unpack to: a bound on memory, above a million short lines."""

_PARTS_MAX: Final = 10_000
_ROWS_MAX: Final = 1 << 20
_COLUMNS_MAX: Final = 1 << 14
_SURE_DIGITS: Final = 15
_CHUNK: Final = 1 << 20
_PROLOGUE: Final = 1 << 12
_LINE: Final = "\n"
_ERRORS: Final = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[ />]")
_DAMAGED: Final = (
    *(zipfile.BadZipFile, zlib.error, ParseError, EOFError, OSError, NotImplementedError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError, RuntimeError, OverflowError),
)
"""What the readers of zip, XML and sheets raise on a damaged file: they have no error of their own."""

_Row = Sequence[Any]


def workbook(content: bytes, name: str, profile: Profile, problems: list[str]) -> Iterator[Raw]:
    """The rows of a sheet below its header, and in `problems` each cell that is not exactly what it shows.

    Dates become text as the profile writes dates, numbers as it writes numbers. Empty rows, and those that begin as a
    comment does, are passed over. Raises `SourceRefused` for what is no workbook, has not the sheet or the columns, or
    would unpack to more than `UNPACKED_MAX` bytes; `AskedAmiss` where the reader of workbooks is not installed.
    """
    columns, begun = None, profile.skip_before
    if not profile.header:
        columns, begun = picked(name, profile, None, _COLUMNS_MAX), profile.skip_before + profile.skip_after
    for place, row, formulas in _cells(content, name, profile.sheet):
        if place <= begun or all(value in {None, ""} for value in (*row, *formulas)):
            continue
        if profile.comment and str(row[0]).startswith(profile.comment):
            continue
        if columns is None:
            headings = ["" if value is None else str(value).strip() for value in row]
            columns, begun = picked(name, profile, headings, len(headings)), place + profile.skip_after
            continue
        fields = _fields(place, row, formulas, columns, profile, problems)
        if len(fields) == len(columns.names):
            yield Raw(place, fields)
    if columns is None:
        raise SourceRefused(name, ("has no header",))


def _fields(
    place: int, row: _Row, formulas: _Row, columns: Picked, profile: Profile, problems: list[str]
) -> dict[str, str]:
    fields = {}
    for field, at in zip(columns.names, columns.places, strict=True):
        value = row[at] if at < len(row) else None
        try:
            if value is None and at < len(formulas) and formulas[at] is not None:
                raise ValueError("is a formula without a value: calculate the workbook and save it")  # noqa: TRY301
            fields[field] = _text(value, profile)
        except ValueError as error:
            problems.append(f"line {place}: {field}: {error}")
    return fields


def _text(value: object, profile: Profile) -> str:
    """What a cell holds, as the profile would write it. Raises `ValueError` for what is not exact."""
    match value:
        case None:
            return ""
        case str():
            if value in _ERRORS:
                raise ValueError(f"is the error {value}")
            return value.strip()
        case bool():
            return str(value).lower()
        case date():
            return _date(value, profile)
        case Real():
            return _number(value).replace(".", profile.decimal_mark)
        case _:
            return str(value)


def _date(value: date, profile: Profile) -> str:
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001  (a cell has no zone)
    if profile.dates:
        return (moment.replace(tzinfo=UTC) if "%z" in profile.dates else moment).strftime(profile.dates)
    text = moment.isoformat()
    return text.removesuffix("T00:00:00") if text.endswith("T00:00:00") else text + (profile.offset or "Z")


def _number(value: Real) -> str:
    """The shortest digits that are this number, without an exponent."""
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    if not (whole + fraction).isdigit():
        raise ValueError(f"is no number: {value!r}")
    digits, point = whole + fraction, len(whole) + int(exponent or "0")
    if len(digits.strip("0")) > _SURE_DIGITS:
        raise ValueError(f"has more than {_SURE_DIGITS} significant digits, which no workbook keeps: store it as text")
    digits = digits.ljust(point, "0") if point > 0 else digits.rjust(len(digits) - point + 1, "0")
    point = max(point, 1)
    fraction = digits[point:].rstrip("0")
    return ("-" if mantissa.startswith("-") else "") + digits[:point] + (f".{fraction}" if fraction else "")


def _cells(content: bytes, name: str, sheet: str) -> Iterator[tuple[int, _Row, _Row]]:
    """The rows of a sheet with their numbers: the values of the cells, and the formulas where there are any."""
    try:
        # With it openpyxl reads XML by a reader that refuses entities.
        import defusedxml  # noqa: F401
        from openpyxl import load_workbook
    except ImportError:
        raise AskedAmiss("a workbook is read with: pip install 'recoup[statements]'") from None
    with warnings.catch_warnings():
        # Of styles, extensions and print settings, which tell nothing of the cells.
        warnings.simplefilter("ignore")
        try:
            has_formulas = _unpacks(content, name)
            values = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            rows = _sheet(values.worksheets, name, sheet)
            formulas: Iterator[_Row] = repeat(())
            if has_formulas:
                written = load_workbook(io.BytesIO(content), read_only=True)
                formulas = _sheet(written.worksheets, name, sheet)
            for place, (row, beside) in enumerate(zip(rows, formulas, strict=False), 1):
                if place > _ROWS_MAX:
                    raise SourceRefused(name, (f"has more than {_ROWS_MAX} rows",))  # noqa: TRY301
                yield place, row, beside
        except SourceRefused:
            raise
        except _DAMAGED as error:
            raise SourceRefused(name, (f"is a damaged workbook: {f'{error}'.partition(_LINE)[0]}",)) from None


def _sheet(sheets: Sequence[Any], name: str, wanted: str) -> Iterator[_Row]:
    titles = ", ".join(f"`{one.title}`" for one in sheets)
    found = [one for one in sheets if one.title == wanted] if wanted else list(sheets)
    if len(found) != 1:
        said = f"there is no sheet `{wanted}`" if wanted else "which sheet is meant has to be said"
        raise SourceRefused(name, (f"sheet: {said}: the workbook has {titles}",))
    # A sheet may state a smaller extent than it has, and cells beyond it would be lost.
    found[0].reset_dimensions()
    return iter(found[0].iter_rows(values_only=True))


def _unpacks(content: bytes, name: str) -> bool:
    """Whether the workbook has formulas. Raises `SourceRefused` where it is too large unpacked.

    The sizes that a zip file states are those that its reader keeps to.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        if size > UNPACKED_MAX or len(parts) > _PARTS_MAX:
            words = f"unpacks to {size} bytes in {len(parts)} parts, more than {UNPACKED_MAX} in {_PARTS_MAX}"
            raise SourceRefused(name, (words,))
        if typed := [part.filename for part in parts if _has_dtd(archive, part)]:
            raise SourceRefused(name, (f"{typed[0]}: declares a document type (DTD), which no workbook does",))
        return any(_has_formula(archive, part) for part in parts if "worksheets/" in part.filename)


def _has_dtd(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether XML begins with what entities are declared in. The XML reader refuses those too, wherever they stand."""
    if not part.filename.endswith((".xml", ".rels")):
        return False
    with archive.open(part) as file:
        return b"<!DOCTYPE" in file.read(_PROLOGUE).replace(b"\0", b"")


def _has_formula(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    before = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            if _FORMULA.search(before + chunk):
                return True
            before = chunk[-64:]
    return False
