"""The order in which logs count: by block and index, whatever order they came in, in bounded memory.

A file that withdraws logs is read in its own order, for sorting would destroy what it tells.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from heapq import merge
from itertools import islice
from tempfile import TemporaryFile
from typing import Final, NamedTuple

from ledger.errors import Malformed
from ledger.sources.evm.logs import Log, parsed
from ledger.sources.evm.reading import Found, found, logs

RUN: Final = 20_000
"""At most so many logs are sorted in memory at once; the sorted runs wait in temporary files."""

RUN_BYTES: Final = 32 << 20
"""And at most logs of so many bytes, or one."""

_KEY: Final = 15
"""Hexadecimal digits of a block, an index and a line in the key that is sorted by."""

Lines = Callable[[], Iterable[bytes]]
"""Reads a source from its beginning, each time it is called."""


_HEX: Final = re.compile(rb"[0-9a-fA-F]+")


class Survey(NamedTuple):
    """What a source looks like as a whole: whether it withdraws logs, and whether it is in order already."""

    withdraws: bool
    in_order: bool


def survey(lines: Lines) -> Survey:
    """Look through a source once, before anything of it is decided: only for what tells its order."""
    withdraws, in_order, before = False, True, (-1, -1)
    for one in found(lines()):
        log = None if isinstance(one, Malformed) else _glance(one[1]) or _looked_at(*one)
        if log is not None:
            removed, block, index = log
            withdraws = withdraws or removed
            in_order, before = in_order and before <= (block, index), (block, index)
    return Survey(withdraws, in_order)


def _glance(content: bytes) -> tuple[bool, int, int] | None:
    """Whether a log is removed, its block and its index, where it is written as nodes write it; else None."""
    block, index = _after(content, b'"blockNumber":"0x'), _after(content, b'"logIndex":"0x')
    if block and index and b'"removed":false' in content and b"\\" not in content and content.count(b"{") == 1:
        return False, int(block, 16), int(index, 16)
    return None


def _after(content: bytes, name: bytes) -> bytes:
    """The hexadecimal digits after a name; nothing where there are none, or more than a quantity has."""
    start = content.find(name) + len(name)
    digits = content[start : content.find(b'"', start)] if start >= len(name) else b""
    return digits if len(digits) <= _KEY and _HEX.fullmatch(digits) else b""


def _looked_at(number: int, content: bytes) -> tuple[bool, int, int] | None:
    """The same of a log in another form, read as a whole; None of one that is flawed, which is refused later."""
    log = parsed(number, content)
    return None if isinstance(log, list) else (log.removed, log.block, log.log_index)


def ordered(lines: Lines, seen: Survey) -> Iterator[Log | Malformed]:
    """The logs of a source in the order in which they count, with every flaw."""
    if seen.withdraws or seen.in_order:
        return logs(lines())
    return _by_place(lines())


def _by_place(lines: Iterable[bytes]) -> Iterator[Log | Malformed]:
    """The logs by block, index and line: sorted runs, merged. Flaws come first."""
    feed = found(lines)
    with ExitStack() as stack:
        runs = []
        while keyed := _next_run(feed):
            yield from (one for one in keyed if isinstance(one, Malformed))
            run = stack.enter_context(TemporaryFile())
            run.writelines(sorted(one for one in keyed if isinstance(one, bytes)))
            run.seek(0)
            runs.append(run)
        for line in merge(*runs):
            log = parsed(int(line[2 * _KEY : 3 * _KEY], 16), line[3 * _KEY :])
            yield from log if isinstance(log, list) else (log,)


def _next_run(feed: Iterator[Found | Malformed]) -> list[bytes | Malformed]:
    """The keyed lines of the next logs, as many as are sorted at once."""
    keyed: list[bytes | Malformed] = []
    size = 0
    for one in islice(feed, RUN):
        keyed += _keyed(one)
        size += 0 if isinstance(one, Malformed) else len(one[1])
        if size >= RUN_BYTES:
            break
    return keyed


def _keyed(one: Found | Malformed) -> list[bytes] | list[Malformed]:
    """A line that sorts by block, index and line, and ends in the log itself; or its flaws."""
    if isinstance(one, Malformed):
        return [one]
    number, content = one
    log = parsed(number, content)
    if isinstance(log, list):
        return log
    return [b"%0*x%0*x%0*x%b\n" % (_KEY, log.block, _KEY, log.log_index, _KEY, number, content)]
