"""Files to read from: as they are, unpacked, or standard input; each can be read again from its beginning."""

import gzip
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, cast

import click

from cli.progress import opened
from ledger.errors import InputRefused
from ledger.sources.json_lines import lines


class Source:
    """The lines of one file: of standard input for `-`, unpacked for `.gz`. A line above `longest` bytes is cut off."""

    def __init__(self, path: Path, *, longest: int) -> None:
        self.path = path
        self.name = str(path)
        self._longest = longest

    def require_readable(self) -> None:
        """Refuse, as a mistake in the call, what cannot be read at all."""
        if self._is_standard_input:
            if sys.stdin is None:
                raise click.UsageError("standard input is closed")
            return
        if self.path.is_dir():
            raise click.UsageError(f"{self.path} is a directory, not a file")
        if not os.access(self.path, os.R_OK):
            raise click.UsageError(f"{self.path} {'may not be read' if self.path.exists() else 'is not there'}")

    def lines(self) -> Iterator[bytes]:
        """The lines, from the first, read as they are taken. Raises `InputRefused` where a packed file is damaged."""
        try:
            with self._opened() as content:
                yield from lines(content, self._longest)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputRefused(self.name, (f"not a whole gzip file: {error}",)) from error

    @property
    def _is_standard_input(self) -> bool:
        return self.path == Path("-")

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        if self._is_standard_input:
            yield sys.stdin.buffer
            return
        with opened(self.path, doing=self.path.name) as content:
            if self.path.suffix.lower() == ".gz":
                with gzip.GzipFile(fileobj=content) as unpacked:
                    yield cast("IO[bytes]", unpacked)
            else:
                yield content


class Kept(Source):
    """The same, to be read more than once: what comes from a pipe is kept in a temporary file meanwhile."""

    def __init__(self, path: Path, *, longest: int) -> None:
        super().__init__(path, longest=longest)
        self._copy: IO[bytes] | None = None

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        if self.path.is_file() and not self._is_standard_input:
            with super()._opened() as content:
                yield content
            return
        if self._copy is None:
            self._copy = cast("IO[bytes]", TemporaryFile())  # noqa: SIM115  (stays to the end)
            with super()._opened() as content:
                copyfileobj(content, self._copy)
        self._copy.seek(0)
        yield self._copy
