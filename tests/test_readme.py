"""What the README shows is what happens."""

import json
import re
import socket
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from tests.node import SAMPLE, answer, node
from tests.readme import COMMAND, README, examples

TEXT: Final = README.read_text(encoding="utf-8")
FROM_A_CHAIN: Final = TEXT[TEXT.index("## From a chain's logs") : TEXT.index("## In other tools")]


def test_every_command_prints_what_the_readme_shows(tmp_path: Path) -> None:
    found = list(examples(TEXT, tmp_path))
    assert len(found) >= 9
    assert [example.printed for example in found if not example.holds()] == []


def test_from_a_node_to_the_register_of_bad_debt_it_takes_three_commands_also_without_curl(tmp_path: Path) -> None:
    fetched, imported, register = examples(FROM_A_CHAIN, tmp_path, path=str(COMMAND.parent))
    assert fetched.command.startswith("curl ")
    assert (tmp_path / "logs.json").exists()
    assert imported.printed == imported.shown
    assert register.printed == register.shown


def test_the_example_of_the_library_runs() -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    exec(compile(program, "README.md", "exec"), {})  # noqa: S102  (our own example)


def test_the_two_command_lines_stand_on_the_first_screen() -> None:
    first_screen = TEXT.splitlines()[:20]
    assert "    python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/recoup demo" in first_screen
    assert any(line.endswith("-m tests.check") and "'.[dev]'" in line for line in first_screen)


def test_every_link_to_a_file_leads_somewhere() -> None:
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in target]
    assert targets
    assert [target for target in targets if not (README.parent / target).exists()] == []


# The node that answers the examples.

HERE, ELSEWHERE = "0x" + "aa" * 20, "0x" + "bb" * 20
LOGS: Final = [
    {"address": HERE, "blockNumber": "0x9", "logIndex": "0x0"},
    {"address": ELSEWHERE, "blockNumber": "0xa", "logIndex": "0x0"},
    {"address": HERE, "blockNumber": "0xa", "logIndex": "0x1"},
    {"address": HERE, "blockNumber": "0xb", "logIndex": "0x0"},
]


def answered(*params: object, method: str = "eth_getLogs") -> dict[str, Any]:
    """What the node answers to a request."""
    content = json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
    told: dict[str, Any] = json.loads(answer(content.encode(), LOGS))
    return told


WANTED: Final = {
    "of a contract, up to the newest": ({"address": HERE, "fromBlock": "0xa", "toBlock": "latest"}, [2, 3]),
    "of a contract, in capitals": ({"address": HERE.upper().replace("X", "x"), "fromBlock": "earliest"}, [0, 2, 3]),
    "of several contracts": ({"address": [HERE, ELSEWHERE], "fromBlock": "0xa", "toBlock": "0xa"}, [1, 2]),
    "of every contract": ({"fromBlock": "0x0", "toBlock": "0x9"}, [0]),
    "of the newest block": ({}, [3]),
    "of no block": ({"fromBlock": "0xb", "toBlock": "0x9"}, []),
}


@pytest.mark.parametrize(("wanted", "found"), WANTED.values(), ids=WANTED)
def test_the_node_answers_with_the_logs_that_are_asked_for(wanted: dict[str, Any], found: list[int]) -> None:
    assert answered(wanted) == {"jsonrpc": "2.0", "id": 7, "result": [LOGS[place] for place in found]}


def test_the_node_answers_what_it_cannot_do_with_an_error() -> None:
    assert answered({"topics": []})["error"]["code"] == -32602
    assert answered({"fromBlock": "nine"})["error"]["code"] == -32602
    assert answered(method="eth_call")["error"] == {"code": -32601, "message": "the method eth_call is not available"}
    assert json.loads(answer(b"hello", LOGS))["error"] == {"code": -32700, "message": "parse error"}


def test_the_node_is_on_this_machine_and_gone_when_it_is_no_longer_needed() -> None:
    with node(SAMPLE) as url:
        place = urlsplit(url)
        socket.create_connection((place.hostname, place.port), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((place.hostname, place.port), timeout=5)
    assert place.hostname == "127.0.0.1"
