"""The facts of a journal as they are stored, one a line: what `recoup import --exported` reads."""

from typing import TextIO

from projections.reading import Selection, Watch


def write_facts(selection: Selection, out: TextIO, watch: Watch = iter) -> int:
    """Write the canonical event of every entry shown, in the order of positions. Gives how many there are.

    Recorded times and by whom are no part of a fact: they are of the book that it is recorded in.
    """
    number = 0
    for entry in selection.entries(watch):
        out.write(f"{entry.content.decode()}\n")
        number += 1
    return number
