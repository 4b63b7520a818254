"""Every vector has a test that names it."""

import re
from pathlib import Path

import pytest

from tests.conftest import SHARED

VECTORS = SHARED / "vectors"


@pytest.mark.skipif(not VECTORS.exists(), reason="the protocols' vectors are not part of the project")
def test_every_vector_is_told_by_a_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py")))

    assert set(re.findall(r'"([a-z0-9]+-\d\d-[a-z0-9-]+)"', tests)) == {path.stem for path in VECTORS.glob("*.json")}
