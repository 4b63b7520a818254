"""From the lines of a file to the logs on them: a log a line, or a node's whole answer on one."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from ledger.errors import Malformed
from ledger.sources.evm.logs import Log, parsed
from ledger.sources.flaws import shown

_ANSWER: Final = re.compile(rb'\{\s*"(?:jsonrpc|id|result|error)"')
"""How an answer begins, whose fields stand in any order; a log has none of them."""

LINE_MAX: Final = 64 << 20
"""The longest line that is read, in bytes: a node's answer to one `eth_getLogs` is bounded by the node far below."""

Found = tuple[int, bytes]
"""The number of a line, and the JSON of one log that stands on it."""


def found(lines: Iterable[bytes]) -> Iterator[Found | Malformed]:
    """The logs on the lines, each as JSON; empty lines are passed over.

    A line is a log, an array of logs, an answer of a node (JSON-RPC 2.0) with such an array as its `result`, or an
    array of such answers.
    """
    for number, line in enumerate(lines, 1):
        content = line.strip(b" \t\r\n")
        if len(content) > LINE_MAX:
            yield Malformed(number, "", f"longer than {LINE_MAX} bytes", "")
        elif content in (b"[", b"{"):
            words = (
                "begins a JSON text of several lines; a log, or a whole answer, stands on one: `jq -c .` writes it so"
            )
            yield Malformed(number, "", words, "")
            return
        elif content.startswith(b"[") or _ANSWER.match(content):
            yield from _inside(number, content)
        elif content:
            yield number, content


def logs(lines: Iterable[bytes]) -> Iterator[Log | Malformed]:
    """The logs on the lines, in their order, with every flaw of those that are not well formed."""
    for one in found(lines):
        if isinstance(one, Malformed):
            yield one
        else:
            log = parsed(*one)
            yield from log if isinstance(log, list) else (log,)


def _inside(number: int, content: bytes) -> Iterator[Found | Malformed]:
    try:
        answer: Any = json.loads(content)
    except (ValueError, RecursionError):
        yield number, content  # which tells what is wrong with it
        return
    for part in answer if isinstance(answer, list) else (answer,):
        yield from _of_one(number, part)


def _of_one(number: int, part: Any) -> Iterator[Found | Malformed]:  # noqa: ANN401  (JSON)
    """The logs of one answer, or the one log that it is."""
    result = part.get("result", part) if isinstance(part, dict) else part
    if isinstance(part, dict) and part.get("error") is not None:
        yield Malformed(number, "error", f"the node answered with an error, {shown(part['error'])}", "")
        return
    for log in result if isinstance(result, list) else (result,):
        yield number, json.dumps(log).encode()
