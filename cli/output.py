"""A report on its way out: as a table, CSV, JSON, JSON Lines or a workbook, to standard output or a file."""

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

import click

from cli.options import Form
from ledger.accounts import Charters
from ledger.values import Json
from projections.exports.formulas import neutral
from projections.rows import amounts_as_text, json_row, measures

_DATABASE: Final = b"SQLite format 3\0"
_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Sheet(NamedTuple):
    """What is written: rows of one type, what stands before them in JSON, and the charters that tell decimals."""

    row_type: type[tuple[Any, ...]]
    rows: Iterable[tuple[Any, ...]]
    head: Json
    charters: Charters


def write(sheet: Sheet, form: Form) -> None:
    """Write a sheet in the form asked for."""
    with opened(form.file) as out:
        match form.format:
            case "csv":
                _write_csv(sheet.row_type, sheet.rows, out)
            case "json":
                _write_json(sheet.head, sheet.rows, out)
            case "jsonl":
                out.writelines(f"{_compact(json_row(row))}\n" for row in sheet.rows)
            case "xlsx":
                from cli.workbook import workbook_of

                out.buffer.write(workbook_of([sheet]))
            case _:
                from cli.tables import print_table

                print_table(list(sheet.rows), sheet.row_type, sheet.charters, sheet.head, out)


@contextmanager
def opened(file: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears only once it is whole."""
    if file is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        target = _target(file)
        if target.exists() and not target.is_file():
            with target.open("w", encoding="utf-8", newline="") as out:
                yield out
            return
        _refuse_database(target, file)
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        try:
            with partial.open("w", encoding="utf-8", newline="") as out:
                yield out
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except FileNotFoundError as error:
        raise click.UsageError(f"{file}: {error.strerror}") from None
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(file)) from error


def _target(file: Path) -> Path:
    """What a file name leads to. Of a link to itself Python says so up to 3.12, and leaves it as it is from 3.13 on."""
    try:
        target = file.resolve()
        if not target.is_symlink():
            return target
    except RuntimeError:
        pass
    raise click.UsageError(f"{file} is a link that leads to itself")


def _refuse_database(target: Path, file: Path) -> None:
    """A report never takes the place of a book, nor of the files that SQLite keeps beside one."""
    beside = target.name.removesuffix("-wal").removesuffix("-shm").removesuffix("-journal")
    for kept in {target, target.with_name(beside)}:
        if kept.is_file():
            with kept.open("rb") as content:
                if content.read(len(_DATABASE)) == _DATABASE:
                    raise click.UsageError(f"{file} is a database, or belongs to one; a report does not replace it")


def _write_csv(row_type: type[tuple[Any, ...]], rows: Iterable[tuple[Any, ...]], out: TextIO) -> None:
    """Amounts as they are; a text that a spreadsheet would take for a formula, such as the id `@x`, as `'@x`."""
    writer = csv.writer(out, lineterminator="\n")
    fields = measures(row_type)
    writer.writerow(fields)
    writer.writerows(map(_cell, row, fields.values()) for row in rows)


def _cell(value: Any, measure: object) -> str | int | None:  # noqa: ANN401  (a field of any row)
    if isinstance(value, str):
        return neutral(value)
    if value is None or isinstance(value, int):
        return value
    return _compact(amounts_as_text(value) if measure else value)


def _write_json(head: Json, rows: Iterable[tuple[Any, ...]], out: TextIO) -> None:
    out.write(_compact(head)[:-1] + ',"rows":[')
    out.writelines((",\n" if number else "\n") + _compact(json_row(row)) for number, row in enumerate(rows))
    out.write("\n]}\n")


def _compact(content: object) -> str:
    return _COMPACT.encode(content)
