"""Text that a spreadsheet would take for a formula, made plain text. It stands alone because every export needs it."""

import re
from typing import Final

_LEADING: Final = r"[\s\"'\ufeff]*"
"""What a spreadsheet may pass over, or take off, before it looks at the first character."""

_FORMULA: Final = re.compile(rf"{_LEADING}[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""Beginnings that OWASP names under "CSV Injection", with their full-width variants."""


def neutral(text: str) -> str:
    """A cell's text that no spreadsheet takes for a formula: an apostrophe stands before it where it could be one.

    Different texts stay different: what begins with apostrophes before a formula gets one more. Only text goes through
    here; a number keeps its sign.
    """
    return f"'{text}" if _FORMULA.match(text) else text
