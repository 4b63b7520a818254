"""Progress of long work, on a terminal only; and the peace that long work needs from the garbage collector."""

import gc
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

Item = TypeVar("Item")


def watched(items: Iterable[Item], *, total: int, doing: str) -> Iterable[Item]:
    """Items, with a progress bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, doing, total=total, console=Console(stderr=True), transient=True)


@contextmanager
def opened(path: Path, *, doing: str) -> Iterator[IO[bytes]]:
    """A file to read, with a progress bar by bytes on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        with path.open("rb") as file:
            yield file
        return
    from rich.console import Console
    from rich.progress import open as open_with_progress

    with open_with_progress(path, "rb", description=doing, console=Console(stderr=True), transient=True) as file:
        yield file


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without garbage collection: a fold makes no cycles, and looking for them costs a fifth of its time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
