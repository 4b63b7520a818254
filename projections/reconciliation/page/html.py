"""The page of a paper as one HTML file, in the look of all pages."""

from typing import Final

from projections.page.file import file_of
from projections.reconciliation.page.text import PaperPage

_LOOK: Final = "font: 7pt sans-serif; color: #566072"
_NUMBER: Final = f'@bottom-right {{ {_LOOK}; content: counter(page) " of " counter(pages) }}'


def html(page: PaperPage) -> str:
    """The file's text: the same for the same paper. All that comes from a book or a statement is escaped.

    Every sheet of paper that it is printed on bears the report's SHA-256 and its number.
    """
    feet = f'@bottom-left {{ {_LOOK}; content: "report {page.report}" }} {_NUMBER}'
    return file_of(
        "projections.reconciliation.page/paper.html.j2",
        styles=["projections.page/page.css", "projections.reconciliation.page/paper.css"],
        scripts=["projections.page/page.js", "projections.reconciliation.page/paper.js"],
        style=f"@page {{ {feet} }}\n@page broad {{ {feet} }}\n",
        page=page,
    )
