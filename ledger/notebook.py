"""How a state looks in a notebook: a small table, its name in the first column, what it is in the second."""

from collections.abc import Iterable, Mapping
from html import escape


def table_of(title: str, rows: Iterable[tuple[str, object]]) -> str:
    """A table in HTML, with everything in it escaped. A mapping is written as its parts, one under the other."""
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{cell(value)}</td></tr>" for name, value in rows)
    return f"<table><caption>{escape(title)}</caption>{cells}</table>"


def cell(value: object) -> str:
    """A value in HTML, escaped: amounts with their thousands apart, the parts of a mapping one under the other."""
    if isinstance(value, Mapping):
        return "<br>".join(f"{escape(str(name))} {cell(part)}" for name, part in value.items())
    if isinstance(value, tuple):
        parts = value._asdict() if hasattr(value, "_asdict") else None
        return "<br>".join(map(cell, value)) if parts is None else cell(parts)
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else escape(str(value))
