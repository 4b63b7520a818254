"""A page as a browser opens it: its DOM once its script ran, what the console said, and pictures of it.

Chromium runs without a window, in a new profile, without a network: it is told to reach no host at all.
"""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import pytest

CHROMIUM: Final = which("chromium") or which("chromium-browser") or which("google-chrome") or which("chrome")
PATIENCE: Final = 120
"""Seconds after which the browser counts as hung."""

needs_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")

_OPTIONS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    *("--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--v=0"),
)
_CONSOLE: Final = re.compile(r"(?:INFO|WARNING|ERROR):CONSOLE[:(]\d+\)?\] (.*)")


class Opened(NamedTuple):
    """A page as it stands once its script ran, and the lines that the console shows."""

    dom: str
    console: tuple[str, ...]


def opened(page: Path, *, width: int = 1440) -> Opened:
    """Open a page."""
    done = _run(["--dump-dom", f"--window-size={width},1000", page.resolve().as_uri()])
    return Opened(done.stdout, tuple(_CONSOLE.findall(done.stderr)))


def pictured(page: Path, to: Path, *, width: int, height: int) -> Path:
    """A picture of a page, as PNG."""
    _run([f"--screenshot={to.resolve()}", f"--window-size={width},{height}", page.resolve().as_uri()])
    return to


def printed(page: Path, to: Path) -> Path:
    """A page as it is printed, as PDF."""
    _run([f"--print-to-pdf={to.resolve()}", "--no-pdf-header-footer", page.resolve().as_uri()])
    return to


def _run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run the browser to its end; it is ended where it hangs."""
    with TemporaryDirectory() as profile:
        return subprocess.run(
            [CHROMIUM or "chromium", *_OPTIONS, f"--user-data-dir={profile}", *arguments],
            capture_output=True,
            check=True,
            text=True,
            timeout=PATIENCE,
        )
