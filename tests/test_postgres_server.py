"""The server that tests of PostgreSQL stand on: its databases are new, and it ends with whoever started it."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from tests import postgres as programs
from tests.postgres import PATIENCE, Postgres, PostgresMissing, postgres

STARTED = """
import time
from tests.postgres import postgres

with postgres() as server:
    print(server.folder, flush=True)
    time.sleep(600)
"""


def engine(url: str) -> Engine:
    return create_engine(url, poolclass=NullPool)


def started() -> subprocess.Popen[str]:
    """A process with a server; its coverage is not measured, for a measurement that is killed leaves a broken file."""
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command, root = [sys.executable, "-c", STARTED], Path(__file__).parents[1]
    return subprocess.Popen(command, cwd=root, env=unmeasured, stdout=subprocess.PIPE, text=True)


def ends(server: Postgres) -> bool:
    """Whether a server ends in time: it no longer answers, and has put its papers away."""
    patience = time.monotonic() + PATIENCE
    papers = server.folder / "data" / "postmaster.pid"
    while (server.answers() or papers.exists()) and time.monotonic() < patience:
        time.sleep(0.02)
    return not server.answers() and not papers.exists()


def test_each_database_is_new_and_empty(postgres_server: Postgres, postgres_url: str) -> None:
    with engine(postgres_url).begin() as connection:
        connection.execute(text("CREATE TABLE kept (amount numeric)"))

    with postgres_server.database() as another:
        assert inspect(engine(another)).get_table_names() == []
    assert inspect(engine(postgres_url)).get_table_names() == ["kept"]


def test_a_database_goes_also_where_somebody_is_still_connected(postgres_server: Postgres) -> None:
    with postgres_server.database() as url:
        left = engine(url).connect()

    with closing(left), pytest.raises(OperationalError, match="terminating connection"):
        left.execute(text("SELECT 1"))


@pytest.mark.usefixtures("postgres_server")
def test_a_server_that_is_no_longer_needed_leaves_nothing() -> None:
    with postgres() as server:
        assert server.answers()

    assert not server.answers()
    assert not server.folder.exists()


@pytest.mark.usefixtures("postgres_server")
def test_a_server_ends_with_the_process_that_started_it_also_where_that_is_killed() -> None:
    with started() as process:
        assert process.stdout is not None
        server = Postgres(Path(process.stdout.readline().strip()), iter(()))
        assert server.answers()

        process.kill()

    assert ends(server)
    shutil.rmtree(server.folder, ignore_errors=True)


def test_where_it_is_not_installed_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs, "_DEBIAN", tmp_path)

    with pytest.raises(PostgresMissing, match="not installed"), postgres():
        pass
