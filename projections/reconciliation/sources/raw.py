"""Rows as a file has them: each with its place, its fields still text."""

from typing import NamedTuple


class Raw(NamedTuple):
    """A row of a file, by the names that a profile gives its columns. `place` is its line, from 1; nothing is empty
    text, and stands for what the file leaves out.
    """

    place: int
    fields: dict[str, str]
