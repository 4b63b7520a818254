"""What the README shows is what happens."""

import re
from pathlib import Path

from tests.readme import README, examples

TEXT = README.read_text(encoding="utf-8")


def test_every_command_prints_what_the_readme_shows(tmp_path: Path) -> None:
    found = list(examples(TEXT, tmp_path))
    assert len(found) >= 6
    assert [example.printed for example in found] == [example.shown for example in found]


def test_the_example_of_the_library_runs() -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    exec(compile(program, "README.md", "exec"), {})  # noqa: S102  (our own example)


def test_the_two_command_lines_stand_on_the_first_screen() -> None:
    first_screen = TEXT.splitlines()[:20]
    assert "    python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/recoup demo" in first_screen
    assert any(line.endswith("-m tests.check") and "'.[dev]'" in line for line in first_screen)


def test_every_link_to_a_file_leads_somewhere() -> None:
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in target]
    assert targets
    assert [target for target in targets if not (README.parent / target).exists()] == []
