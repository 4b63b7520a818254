"""What is written about reconciliation is so: every class of break has its line, and the program runs."""

import re
from pathlib import Path
from typing import Final

from projections.reconciliation.breaks import CLASSES
from projections.reconciliation.sources.profile import FIELDS

TEXT: Final = (Path(__file__).parents[1] / "projections" / "reconciliation" / "README.md").read_text(encoding="utf-8")
"""The README of reconciliation."""


def test_every_class_has_its_line() -> None:
    assert re.findall(r"^\| `([^`]+)` \|", TEXT, re.MULTILINE) == list(CLASSES)


def test_the_program_runs() -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    exec(compile(program, "README.md", "exec"), {})  # noqa: S102  (our own example)


def test_every_field_of_a_profile_is_named() -> None:
    (fields,) = re.findall(r"^    (date \| .*?)\n\n", TEXT, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"[a-z_]+", fields)) == set(FIELDS)
