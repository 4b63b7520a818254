"""The prose beside the commands says what the code does."""

import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Final, get_args

import pytest

import ledger.commands
from ledger.commands import COMMANDS
from ledger.events import CATALOGUE
from ledger.terms import RecoveryPolicy
from ledger.waterfall import Layer

TEXT: Final = (Path(ledger.commands.__file__).parent / "README.md").read_text(encoding="utf-8")
ROWS: Final = dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", TEXT, re.MULTILINE))
ENVELOPE: Final = {"type", "at", "id", "occurred_at", "evidence", "override", "memo"}


def test_the_commands_stand_in_the_order_of_the_desk() -> None:
    assert [name for name in ROWS if name in COMMANDS] == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_fields_of_a_command_are_those_of_the_code(name: str) -> None:
    own = [field for field in fields(COMMANDS[name]) if field.name not in ENVELOPE]
    written = ", ".join(field.name if field.default is MISSING else f"[{field.name}]" for field in own)
    assert ROWS[name].split(" | ")[0] == written


@pytest.mark.parametrize("name", COMMANDS)
def test_the_facts_that_follow_are_events(name: str) -> None:
    named = set(re.findall(r"`([a-z-]+)`", ROWS[name].split(" | ", 1)[1]))
    assert named & CATALOGUE.keys()
    assert {one for one in named if "-" in one} - CATALOGUE.keys() <= COMMANDS.keys()


def test_every_layer_and_every_policy_is_told() -> None:
    layers = {layer.__dataclass_fields__["layer"].type for layer in get_args(get_args(Layer)[0])}
    assert {name for layer in layers for name in get_args(layer)} <= ROWS.keys()
    assert set(get_args(RecoveryPolicy)) <= ROWS.keys()
