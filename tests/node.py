"""A node of an Ethereum chain, as far as the README needs one: it answers `eth_getLogs` out of a file of logs.

python -m tests.node        # the sample of Morpho Blue, at http://127.0.0.1:8545 until it is interrupted
"""

import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

Json = dict[str, Any]

SAMPLE: Final = Path(__file__).parent / "data" / "morpho-blue" / "logs.jsonl.gz"
"""What the contract of Morpho Blue logged when it was run for made-up users."""

HOST: Final = "127.0.0.1"
_USUAL_PORT: Final = 8545
_PARSE_ERROR, _METHOD_NOT_FOUND, _INVALID_PARAMS = -32700, -32601, -32602
_FILTER: Final = frozenset({"address", "fromBlock", "toBlock"})


class Refused(Exception):
    """A request that the node cannot answer: the code and the message of JSON-RPC 2.0."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.error: Json = {"code": code, "message": message}


@contextmanager
def node(logs: Path = SAMPLE, port: int = 0) -> Iterator[str]:
    """While a node answers out of a file, on this machine only: its URL. Without a port it takes a free one."""
    server = _server(logs, port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield _url(server)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answer(request: bytes, logs: Sequence[Json]) -> bytes:
    """The answer to one request of JSON-RPC 2.0, on one line."""
    number: object = None
    try:
        asked = _parsed(request)
        number = asked.get("id")
        told: Json = {"result": _found(asked, logs)}
    except Refused as refused:
        told = {"error": refused.error}
    return json.dumps({"jsonrpc": "2.0", "id": number} | told, separators=(",", ":")).encode()


def _parsed(request: bytes) -> Json:
    try:
        asked = json.loads(request)
    except ValueError:
        asked = None
    if not isinstance(asked, dict):
        raise Refused(_PARSE_ERROR, "parse error")
    return asked


def _found(asked: Json, logs: Sequence[Json]) -> list[Json]:
    """The logs of one address, or of one of several, from one block to another, both inclusive."""
    if asked.get("method") != "eth_getLogs":
        raise Refused(_METHOD_NOT_FOUND, f"the method {asked.get('method')} is not available")
    match asked.get("params"):
        case [dict() as wanted] if wanted.keys() <= _FILTER:
            first, last = (_block(wanted.get(end, "latest"), logs) for end in ("fromBlock", "toBlock"))
            addresses = _addresses(wanted.get("address"))
        case _:
            raise Refused(_INVALID_PARAMS, f"the one filter of eth_getLogs has {', '.join(sorted(_FILTER))} here")
    return [
        log
        for log in logs
        if first <= int(log["blockNumber"], 16) <= last and (addresses is None or log["address"] in addresses)
    ]


def _block(named: object, logs: Sequence[Json]) -> int:
    if named == "earliest":
        return 0
    if named == "latest":
        return max(int(log["blockNumber"], 16) for log in logs)
    if isinstance(named, str) and named.startswith("0x"):
        with suppress(ValueError):
            return int(named, 16)
    raise Refused(_INVALID_PARAMS, f"{named!r} is no block")


def _addresses(named: object) -> set[str] | None:
    """The addresses asked for, in lower case; None where all are."""
    if named is None:
        return None
    return {str(one).lower() for one in (named if isinstance(named, list) else [named])}


def _server(logs: Path, port: int) -> ThreadingHTTPServer:
    with gzip.open(logs) as lines:
        known = [json.loads(line) for line in lines]

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = answer(self.rfile.read(int(self.headers.get("Content-Length", 0))), known)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing of a request."""

    return ThreadingHTTPServer((HOST, port), Answers)


def _url(server: ThreadingHTTPServer) -> str:
    return f"http://{HOST}:{server.server_port}"


def main() -> None:
    """Serve the sample at the port that nodes usually have, until interrupted."""
    server = _server(SAMPLE, _USUAL_PORT)
    sys.stderr.write(f"eth_getLogs of {SAMPLE.name} at {_url(server)}\n")
    with server, suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
