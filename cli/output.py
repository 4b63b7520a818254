"""A report on its way out: as a table, CSV, JSON or JSON Lines, to standard output or a file."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from cli.options import Form
from ledger.accounts import Charters
from ledger.values import Json
from projections.rows import json_row, measures


class Sheet(NamedTuple):
    """What is written: rows of one type, what stands before them in JSON, and the charters that tell decimals."""

    row_type: type[tuple[Any, ...]]
    rows: Iterable[tuple[Any, ...]]
    head: Json
    charters: Charters


def write(sheet: Sheet, form: Form) -> int:
    """Write a sheet in the form asked for. Gives the number of its rows."""
    counted = _Counted(sheet.rows)
    with _opened(form.file) as out:
        match form.format:
            case "csv":
                _write_csv(sheet.row_type, counted, out)
            case "json":
                _write_json(sheet.head, counted, out)
            case "jsonl":
                out.writelines(f"{_compact(json_row(row))}\n" for row in counted)
            case _:
                from cli.tables import print_table

                print_table(list(counted), sheet.row_type, sheet.charters, out)
    return counted.number


class _Counted:
    """Rows, counted as they pass."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self.number = 0
        self._rows = rows

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for row in self._rows:
            self.number += 1
            yield row


@contextmanager
def _opened(file: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears only once it is whole."""
    if file is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    partial = file.with_name(f".{file.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as out:
            yield out
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _write_csv(row_type: type[tuple[Any, ...]], rows: Iterable[tuple[Any, ...]], out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(measures(row_type))
    for row in rows:
        writer.writerow([_compact(value) if isinstance(value, dict) else value for value in json_row(row).values()])


def _write_json(head: Json, rows: Iterable[tuple[Any, ...]], out: TextIO) -> None:
    out.write(_compact(head)[:-1] + ',"rows":[')
    out.writelines((",\n" if number else "\n") + _compact(json_row(row)) for number, row in enumerate(rows))
    out.write("\n]}\n")


def _compact(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
