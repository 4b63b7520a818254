"""The page as text: sections of key figures, charts and tables, as the template takes them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

BROAD: Final = 12
"""A table of more columns than that does not go on upright paper."""


class Figure(NamedTuple):
    """A key figure: its amount in units, with what it counts, and a word on it."""

    label: str
    amount: str
    unit: str
    note: str = ""

    @property
    def whole(self) -> str:
        """The amount up to its point."""
        return self.amount.partition(".")[0]

    @property
    def fraction(self) -> str:
        """The rest of it, with the point."""
        return self.amount.removeprefix(self.whole)


class Heading(NamedTuple):
    """The head of a column: whether its cells are numbers."""

    text: str
    numeric: bool = False


class Table(NamedTuple):
    """A table: its cells as text, row by row; `foot` are its sums; `turned` has a line for each column."""

    title: str
    headings: Sequence[Heading]
    rows: Sequence[Sequence[str]]
    foot: Sequence[Sequence[str]] = ()
    notes: Sequence[str] = ()
    turned: bool = False


class Chart(NamedTuple):
    """A chart as SVG, for a desk and for a telephone; its title, what it says in words, and its amounts in full."""

    title: str
    told: str
    wide: str
    narrow: str
    table: Table | None = None


class Section(NamedTuple):
    """A section under its title, with a sentence that says what it shows."""

    name: str
    title: str
    lead: str = ""
    figures: Sequence[Figure] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()

    @property
    def broad(self) -> bool:
        """Whether it is printed on paper laid across."""
        return any(len(table.headings) > BROAD and not table.turned for table in self.tables)


class Page(NamedTuple):
    """The whole page: `told` says in order what it is of and where it stands."""

    title: str
    subtitle: str
    told: Sequence[tuple[str, str]]
    sections: Sequence[Section]
