"""What a command costs: CPU time and peak memory of its process, as the operating system counts them.

The memory of a process begins with its parent's at the fork, so the parent imports nothing of ours and stays small.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]

TIMEOUT: Final = 1_200
"""The seconds that a command may take before it is given up."""

PYTHON: Final = (sys.executable, "-c")
RECOUP: Final = (*PYTHON, "from cli.main import main; main()")
"""The command line, started as its installed script starts it."""

WORK: Final = (sys.executable, "-m", "tests.benchmarks.work")
"""A piece of work of our own in a cold process."""


class Cost(NamedTuple):
    """CPU seconds, user and system together; the most memory held, in bytes; what the command said."""

    seconds: float
    memory: int
    said: str


def cost(command: Sequence[str], *, quiet: bool = False) -> Cost:
    """Run a command in a process of its own, at most `TIMEOUT` seconds; with `quiet` its output is thrown away.

    Raises `CalledProcessError` where it fails, `TimeoutExpired` where it is given up.
    """
    out = subprocess.DEVNULL if quiet else subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL)
    timer = threading.Timer(TIMEOUT, process.kill)
    timer.start()
    try:
        said = process.stdout.read().decode() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        given_up = timer.finished.is_set()
    finally:
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    if given_up:
        raise subprocess.TimeoutExpired(command, TIMEOUT)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    kilobyte = 1 if sys.platform == "darwin" else 1024
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * kilobyte, said)
