"""The page of a period or a case as one HTML file."""

from projections.page.file import file_of
from projections.page.text import Page


def html(page: Page) -> str:
    """The file's text: the same for the same page. All that comes from a book is escaped."""
    return file_of(
        "projections.page/page.html.j2",
        styles=["projections.page/page.css"],
        scripts=["projections.page/page.js"],
        page=page,
    )
