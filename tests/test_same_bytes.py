"""The same book gives the same bytes: whatever the time zone, the locale and the Python that makes its reports."""

import subprocess
import sys
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from tests.command_line import PATIENCE, environment, recorded
from tests.three_pools import LATER_CASE, three_pools

REPORTS: Final = (
    *("lenders", "funds", "deficits", "loans", "pools", f"case {LATER_CASE}", "case case-pooled", "trial-balance"),
    *("register", "register --lender other-lender", "events"),
)
FORMS: Final = ("csv", "json", "table")
POINTS: Final = (
    *("", "--as-of 2022-11-24", "--as-of 2022-11-25T07:30:00.25+01:00", "--as-of 2022-12-02"),
    *("--known-at 2022-12-01T09:00:00Z", "--position 70"),
)
"""Now; before a late deposit counts, and just when it does; once a reversal counts; before it is known; midway."""

ASKED: Final = (
    *(f"{report} {point} -O {form}" for report, point, form in product(REPORTS, POINTS, FORMS)),
    *(f"{report} -O jsonl" for report in REPORTS),
    *(f"replay {position} -O {form}" for position, form in product(("", "--position 70"), FORMS)),
)

DIGEST: Final = "977852e95d031989bf93cb27298b7ad78d4a5fa27f717c5bf9083d196e975e4d"
"""The SHA-256 of all that is asked, one after the other."""

ANSWER: Final = """
import sys
from cli.main import main

for asked in sys.stdin.read().splitlines():
    try:
        main(["--db", "everything.db", *asked.split()])
    except SystemExit as ended:
        print(asked, ended.code)
"""
"""Answers each line of standard input with a report, as the command does, and with its exit code."""

SURROUNDINGS: Final[dict[str, dict[str, str]]] = {
    "none": {},
    "New York, German": {"TZ": "America/New_York", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"},
    "Kiritimati, Turkish": {"TZ": "Pacific/Kiritimati", "LANG": "tr_TR.UTF-8", "LANGUAGE": "tr"},
    "a zone by rule, ASCII": {"TZ": "XST-13:45", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
"""What may be set around a command, by what it is: time zones a day apart, locales with other marks and capitals."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the book of everything: all but its last entries recorded on 1 December, those two days later."""
    folder = tmp_path_factory.mktemp("same")
    lines = [event.canonical() for event in three_pools().facts]
    recorded(folder / "everything.db", lines[:-5], at="2022-12-01T09:00:00Z")
    recorded(folder / "everything.db", lines[-5:], at="2022-12-03T09:00:00.5Z")
    return folder


def answers(folder: Path, surroundings: dict[str, str]) -> bytes:
    """All that is asked, answered by a process in these surroundings."""
    done = subprocess.run(
        [sys.executable, "-c", ANSWER],
        cwd=folder,
        input="\n".join(ASKED).encode(),
        capture_output=True,
        check=True,
        timeout=PATIENCE,
        env=environment(surroundings),
    )
    return done.stdout


@pytest.mark.parametrize("surroundings", SURROUNDINGS.values(), ids=SURROUNDINGS)
def test_every_report_in_every_form_is_the_same_to_the_byte(folder: Path, surroundings: dict[str, str]) -> None:
    assert sha256(answers(folder, surroundings)).hexdigest() == DIGEST
