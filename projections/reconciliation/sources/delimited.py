"""Rows of a delimited text file, such as CSV, in whichever dialect a profile declares."""

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Protocol

from projections.reconciliation.items import SourceRefused
from projections.reconciliation.sources.headings import picked
from projections.reconciliation.sources.profile import Profile
from projections.reconciliation.sources.raw import Raw


class _Reader(Protocol):
    """What the library's reader of rows is."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def delimited(content: bytes, name: str, profile: Profile, problems: list[str]) -> Iterator[Raw]:
    """The rows of a file below its header, and in `problems` what is wrong with each line that is none.

    Empty lines, and those that begin as a comment does, are passed over; fields are stripped of space around them.
    Raises `SourceRefused` for what is no text in the encoding, or has not the columns.
    """
    lines = _lines(content, name, profile.encoding)
    above = sum(1 for _ in islice(lines, profile.skip_before))
    rows = csv.reader(
        lines,
        delimiter=profile.delimiter,
        quotechar=profile.quote or None,
        quoting=csv.QUOTE_MINIMAL if profile.quote else csv.QUOTE_NONE,
        strict=True,
    )
    try:
        header = _header(rows, profile.comment) if profile.header else None
        above += sum(1 for _ in islice(lines, profile.skip_after))
        yield from _rows(rows, name, profile, header, above, problems)
    except csv.Error as error:
        problems.append(f"line {above + 1}: {_told(error)}")


def _lines(content: bytes, name: str, encoding: str) -> Iterator[str]:
    """The lines of the text, streamed. That all of it is text is known before the first."""
    # A byte order mark is no part of the first heading.
    is_utf_8 = codecs.lookup(encoding).name == "utf-8"
    try:
        text = content.decode("utf-8-sig" if is_utf_8 else encoding)
        # Other encodings are not all read in pieces, nor is what they give always text.
        content = content if is_utf_8 else text.encode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start : error.start + 1].hex()
        raise SourceRefused(name, (f"line {line}: is not {encoding.upper()}: byte 0x{byte}",)) from None
    except UnicodeError as error:
        raise SourceRefused(name, (f"is not {encoding.upper()}: {error}",)) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SourceRefused(name, (f"line {line}: has a NUL character, which no text has",))
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")


def _header(rows: _Reader, comment: str) -> list[str]:
    for row in rows:
        if any(row) and not (comment and row[0].startswith(comment)):
            return [heading.strip() for heading in row]
    return []


def _rows(
    rows: _Reader, name: str, profile: Profile, header: list[str] | None, above: int, problems: list[str]
) -> Iterator[Raw]:
    columns = None if header is None else picked(name, profile, header, len(header))
    comment, place = profile.comment, above + rows.line_num
    while True:
        first = place + 1
        try:
            row = next(rows)
        except csv.Error as error:
            problems.append(f"line {first}: {_told(error)}")
            return
        except StopIteration:
            return
        place = above + rows.line_num
        if not any(row):
            continue
        if comment and row[0].startswith(comment):
            if place != first:
                problems.append(f"line {first}: a comment that ends in line {place}: a quote in it is not closed")
            continue
        columns = columns or picked(name, profile, None, len(row))
        if len(row) != columns.width and not _is_padded(row, columns.width):
            problems.append(f"line {first}: has {len(row)} fields, not {columns.width}")
            continue
        yield Raw(first, columns.of(row))


def _told(error: csv.Error) -> str:
    """What is wrong with a row that begins well."""
    words = str(error)
    return "a quote that is opened in it is not closed" if words == "unexpected end of data" else words


def _is_padded(row: list[str], width: int) -> bool:
    return len(row) > width and not any(row[width:])
