"""A workbook of sheets for a spreadsheet (XLSX): columns of exact text in, numbers where a spreadsheet keeps them.

It knows neither reports nor assets: what it is given is text as a table shows it, and it changes no digit of it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from ledger.values import Timestamp
from projections.exports.formulas import neutral

if TYPE_CHECKING:
    import xlsxwriter  # type: ignore[import-untyped]  # it comes without types

SHEET_ROWS: Final = 1_048_575
"""How many rows a sheet of the format holds below its header."""

CELL_LENGTH: Final = 32_767
"""How many characters a cell of the format holds."""

SHEET_COLUMNS: Final = 16_384
"""How many columns a sheet of the format holds."""

DIGITS: Final = 15
"""So many significant digits come back from an IEEE double, which is what a number in a spreadsheet is."""

ABOUT: Final = "about"

_UNDATED: Final = datetime(1980, 1, 1, tzinfo=UTC)
_WIDTH_MAX: Final = 60
_FILTER_WIDTH: Final = 3
"""What the button of a filter takes of a header, in characters."""

_NOTE: Final = (
    "Amounts are in units of their asset. A number in a spreadsheet holds 15 digits. A column whose amounts, or their "
    "sum, have more is text: exact to the last digit."
)


class TooLarge(ValueError):
    """What a workbook has no place for; the words say what it is, and where it stands."""


class Column(NamedTuple):
    """A column: its heading, and its cells as text; those of a `numeric` one are decimal, thousands apart by commas."""

    heading: str
    cells: Sequence[str]
    numeric: bool

    def is_exact(self) -> bool:
        """Whether the digits of a spreadsheet's number hold every cell, and the sum of all, to the last decimal."""
        fractions = [cell.partition(".")[2] for cell in self.cells]
        places = max(map(len, fractions), default=0)
        scaled = (
            int(cell.partition(".")[0].replace(",", "").lstrip("-") + fraction.ljust(places, "0"))
            for cell, fraction in zip(self.cells, fractions, strict=True)
            if cell
        )
        return sum(scaled) < 10**DIGITS

    def width(self) -> int:
        """How wide the column is shown, in characters."""
        return min(max(len(self.heading) + _FILTER_WIDTH, *map(len, self.cells), 0) + 1, _WIDTH_MAX)


class Sheet(NamedTuple):
    """A sheet: its name, and columns of one length."""

    name: str
    columns: Sequence[Column]

    def rows(self) -> int:
        """How many rows it has below its header."""
        return len(self.columns[0].cells) if self.columns else 0


def workbook(
    about: Sequence[tuple[str, str]], sheets: Sequence[Sheet], *, created: Timestamp | None, rows_max: int = SHEET_ROWS
) -> bytes:
    """The bytes of a workbook: a first sheet that says what it is about, and then each sheet, its header frozen.

    A sheet of more than `rows_max` rows goes on in a further one. A column that is not exact as numbers is text. Text
    is never a formula or a link, whatever it begins with, and no character of it is changed for that. The same
    arguments give the same bytes; `created` is the time that the file names as its own. Needs XlsxWriter. Raises
    `TooLarge` for a cell or a sheet beyond what the format holds.
    """
    import xlsxwriter

    for sheet in sheets:
        _require_room(sheet)
    content = BytesIO()
    exact = [[column.numeric and column.is_exact() for column in sheet.columns] for sheet in sheets]
    with xlsxwriter.Workbook(content, {"constant_memory": True}) as book:
        book.set_properties({"created": _instant(created)})
        first = _Written(book, ABOUT)
        for sheet, exactly in zip(sheets, exact, strict=True):
            for name, part in _parts(sheet, rows_max):
                _Written(book, name).fill(part, exactly)
        first.tell([*about, ("amounts", _NOTE), *map(_of_sheet, sheets, exact)])
    return content.getvalue()


def can_be_written() -> bool:
    """Whether XlsxWriter is there."""
    try:
        import xlsxwriter  # noqa: F401  (whether it can be imported is the question)
    except ImportError:
        return False
    return True


class _Exact(Fraction):
    """A number that stands in the file digit by digit as it is told.

    XlsxWriter formats the nearest double of any other to 16 digits, where 9.95 becomes 9.949999999999999.
    """

    __slots__ = ("_told",)
    _told: str

    def __new__(cls, told: str) -> Self:
        self = super().__new__(cls, told)
        self._told = told
        return self

    def __format__(self, _: str) -> str:
        return self._told


class _Written:
    """A sheet as it is written, row by row from the top."""

    def __init__(self, book: "xlsxwriter.Workbook", name: str) -> None:
        self._book = book
        self._sheet = book.add_worksheet(name)
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}

    def fill(self, sheet: Sheet, exact: Sequence[bool]) -> None:
        """A frozen header with a filter, and the rows under it."""
        columns = sheet.columns
        for number, column in enumerate(columns):
            self._sheet.set_column(number, number, column.width())
            self._text(0, number, column.heading, bold=True, bottom=1, align="right" if column.numeric else "left")
        for row in range(sheet.rows()):
            for number, (column, is_exact) in enumerate(zip(columns, exact, strict=True)):
                cell = column.cells[row]
                if cell and is_exact:
                    self._number(row + 1, number, cell)
                elif cell:
                    self._text(row + 1, number, cell, align="right" if column.numeric else "left")
        self._sheet.freeze_panes(1, 0)
        self._sheet.repeat_rows(0)
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)
        if columns:
            self._sheet.autofilter(0, 0, sheet.rows(), len(columns) - 1)
            self._sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{SHEET_ROWS + 1}"})

    def tell(self, lines: Sequence[tuple[str, str]]) -> None:
        """What a sheet is about: a name and what it says, line by line."""
        for number, width in enumerate((24, 110)):
            self._sheet.set_column(number, number, width)
        for row, (name, said) in enumerate(lines):
            self._text(row, 0, name, bold=True, valign="top")
            self._text(row, 1, said, text_wrap=True, valign="top")

    def _number(self, row: int, column: int, told: str) -> None:
        places = len(told.partition(".")[2])
        form = ("#,##0" if "," in told else "0") + ("." + "0" * places if places else "")
        self._sheet.write_number(row, column, _Exact(told.replace(",", "")), self._format(num_format=form))

    def _text(self, row: int, column: int, text: str, **look: object) -> None:
        """Text as it is. What could be a formula is marked as text, as where a person types an apostrophe before it."""
        marked = {"quote_prefix": True} if neutral(text) != text else {}
        self._sheet.write_string(row, column, text, self._format(num_format="@", **marked, **look))

    def _format(self, **look: object) -> Any:  # noqa: ANN401  (the library's own)
        key = tuple(look.items())
        if key not in self._formats:
            self._formats[key] = self._book.add_format(dict(look))
        return self._formats[key]


def _of_sheet(sheet: Sheet, exact: Sequence[bool]) -> tuple[str, str]:
    """What is said of a sheet: how many rows it has, and which of its amounts are text."""
    texts = [column.heading for column, is_exact in zip(sheet.columns, exact, strict=True) if column.numeric > is_exact]
    rows = f"{sheet.rows():,} row{'' if sheet.rows() == 1 else 's'}"
    return f"sheet {sheet.name}", f"{rows}; as text: {', '.join(texts)}" if texts else rows


def _parts(sheet: Sheet, rows_max: int) -> Iterator[tuple[str, Sheet]]:
    """A sheet, in as many parts as it takes, and the name of each."""
    for number, start in enumerate(range(0, max(sheet.rows(), 1), rows_max), start=1):
        cut = [column._replace(cells=column.cells[start : start + rows_max]) for column in sheet.columns]
        yield sheet.name if number == 1 else f"{sheet.name} {number}", sheet._replace(columns=cut)


def _require_room(sheet: Sheet) -> None:
    if len(sheet.columns) > SHEET_COLUMNS:
        raise TooLarge(
            f"{sheet.name} has {len(sheet.columns):,} columns; a sheet of a workbook holds {SHEET_COLUMNS:,}"
        )
    for column in sheet.columns:
        for row, cell in enumerate(column.cells, start=1):
            if len(cell) * 2 > CELL_LENGTH and (length := len(cell.encode("utf-16-le")) // 2) > CELL_LENGTH:
                where = f"{column.heading} of row {row:,} of {sheet.name}"
                raise TooLarge(f"{where} has {length:,} characters; a cell of a workbook holds {CELL_LENGTH:,}")


def _instant(created: Timestamp | None) -> datetime:
    return _UNDATED if created is None else datetime.fromisoformat(created[: len("2022-11-30T00:00:00")] + "+00:00")
