"""What `pip install` installs: every file that stands beside the code, and no test."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]
ROOMS = ("ledger", "projections", "cli")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of all files in the wheel."""
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    with ZipFile(wheel) as files:
        return set(files.namelist())


def test_the_package_holds_every_file_that_stands_beside_the_code(packed: set[str]) -> None:
    files = {path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()}
    kept = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}

    assert kept - packed == set()
    assert {"cli/samples/depeg-2026.jsonl", "projections/page/page.html.j2", "ledger/py.typed"} <= packed


def test_the_package_holds_nothing_else(packed: set[str]) -> None:
    (about,) = {name.split("/")[0] for name in packed} - {*ROOMS}

    assert about.endswith(".dist-info")
