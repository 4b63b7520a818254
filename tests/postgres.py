"""A PostgreSQL server of the tests' own, in a temporary folder that holds its data and the one socket it listens on.

It is started from the programs of this machine, whether or not another server runs, and ends with the tests.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple

PATIENCE: Final = 60
"""Seconds that a server may take to answer, and to end."""

_USER: Final = "recoup"
_PORT: Final = "5432"
_DEBIAN: Final = Path("/usr/lib/postgresql")
_SOMEBODY: Final = ("postgres", "nobody")
"""Whom the server runs as where the tests run as the superuser, which it refuses: the first that there is."""

_UNSAFE: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal")
"""What survives no crash of the machine, and is quick."""

_UNTIL_LET_GO: Final = 'exec 3<&0; "$@" & server=$!; (cat; kill -INT $server) <&3 & wait $server'
"""Runs the server until this process closes the pipe, which it does by ending too, in whatever way it ends."""


class PostgresMissing(Exception):
    """There are no programs of PostgreSQL on this machine."""


class Postgres(NamedTuple):
    """A server that answers: the folder of its socket, and the numbers that its further databases are named by."""

    folder: Path
    numbers: Iterator[int]

    @contextmanager
    def database(self) -> Iterator[str]:
        """While there is a new and empty database: its URL, for SQLAlchemy."""
        name = f"test_{next(self.numbers)}"
        self._execute(f"CREATE DATABASE {name}")
        try:
            yield f"postgresql+psycopg://{_USER}@/{name}?host={self.folder}&port={_PORT}"
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def answers(self) -> bool:
        """Whether it takes connections now."""
        from psycopg import OperationalError

        with suppress(OperationalError), closing(self._connection()):
            return True
        return False

    def _execute(self, statement: str) -> None:
        with closing(self._connection()) as connection:
            connection.execute(statement.encode())

    def _connection(self) -> Any:
        from psycopg import connect

        return connect(host=str(self.folder), port=_PORT, user=_USER, dbname="postgres", autocommit=True)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """While a server runs: the server. Raises `PostgresMissing` where it is not installed."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="recoup-"))
    try:
        as_somebody = _as_somebody(folder)
        data = folder / "data"
        cluster = [str(programs / "initdb"), "--auth=trust", f"--username={_USER}", "--no-sync", "--no-instructions"]
        _run([*cluster, "--locale=C.UTF-8", "--encoding=UTF8", f"--pgdata={data}"], as_somebody)
        with _served(programs / "postgres", data, as_somebody) as process:
            server = Postgres(folder, count(1))
            _wait(server, process)
            yield server
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    """The folder of the newest server that is installed."""
    versions = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    for initdb in (*versions, *([Path(on_path).resolve()] if on_path else [])):
        if (initdb.parent / "postgres").exists():
            return initdb.parent
    raise PostgresMissing(f"PostgreSQL is not installed: no initdb on the PATH, nor in {_DEBIAN}")


def _as_somebody(folder: Path) -> dict[str, Any]:
    """How a program of the server is run: in its folder, which it owns, and by somebody it does not refuse."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    if os.geteuid() != 0:
        return {"cwd": folder, "env": kept}
    known = {user.pw_name: user for user in pwd.getpwall()}
    somebody = next(known[name] for name in _SOMEBODY if name in known)
    os.chown(folder, somebody.pw_uid, somebody.pw_gid)
    user = {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": ()}
    return {"cwd": folder, "env": kept | {"HOME": str(folder)}, **user}


def _run(command: list[str], as_somebody: dict[str, Any]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE, **as_somebody)
    if done.returncode:
        raise OSError(f"{command[0]} ended with {done.returncode}: {done.stderr}")


@contextmanager
def _served(program: Path, data: Path, as_somebody: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """While a server runs over a cluster: the process that will end it. The server says what it does in a file."""
    settings = [f"--{setting}" for setting in (*_UNSAFE, "max_wal_senders=0", f"port={_PORT}")]
    listens = ["--listen_addresses=", f"--unix_socket_directories={data.parent}"]
    command = ["sh", "-c", _UNTIL_LET_GO, "sh", str(program), "-D", str(data), *settings, *listens]
    with (data.parent / "log").open("wb") as log:
        pipe = subprocess.PIPE
        process: subprocess.Popen[bytes] = subprocess.Popen(
            command, stdin=pipe, stdout=log, stderr=log, start_new_session=True, **as_somebody
        )
    try:
        yield process
    finally:
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait(server: Postgres, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers."""
    patience = time.monotonic() + PATIENCE
    while not server.answers():
        if process.poll() is not None or time.monotonic() > patience:
            raise OSError(f"the server does not answer: {(server.folder / 'log').read_text(encoding='utf-8')}")
        time.sleep(0.02)
