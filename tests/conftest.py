"""What holds for every test: under CI nothing is skipped in silence. And the server that some of them share."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import Postgres, PostgresMissing, postgres

# A run in the background of a script ignores interrupts, and what it starts does too; tests interrupt what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# CI draws the same examples at every run of the same code, so that a failure can be repeated; elsewhere they differ.
settings.register_profile("recoup", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("recoup")

SHARED = Path(__file__).parents[2] / "shared"
"""Raw data that is not part of the project; tests that need it are skipped where it is absent."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure under CI, save where it is the raw data that is absent."""
    report = yield
    if report.skipped and os.environ.get("CI") and SHARED.exists() and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped under CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL server; each process that runs tests has its own."""
    try:
        with postgres() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """The URL of a new and empty database in PostgreSQL."""
    with postgres_server.database() as url:
        yield url
