"""A log as a node gives it: one object of `eth_getLogs`, in the form of the Ethereum execution API."""

import json
import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, Final, NamedTuple

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from ledger.errors import Malformed
from ledger.events.envelope import Evidence
from ledger.sources.evm.ids import first_id
from ledger.sources.flaws import flaw, named_twice, shown
from ledger.values import EventId, Timestamp

_Address = Annotated[str, Field(strict=True, pattern=r"^0x[0-9a-f]{40}$")]
_Word = Annotated[str, Field(strict=True, pattern=r"^0x[0-9a-f]{64}$")]
_Bytes = Annotated[str, Field(strict=True, pattern=r"^0x(?:[0-9a-f]{2})*$")]
_Quantity = Annotated[str, Field(strict=True, pattern=r"^0x[0-9a-f]{1,15}$")]


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class _Given:
    """The fields that are read, under their names there; nodes add others."""

    address: _Address
    topics: Annotated[tuple[_Word, ...], Field(max_length=4)]
    data: _Bytes
    blockNumber: _Quantity  # noqa: N815  (the API's own name, as are the others)
    blockHash: _Word  # noqa: N815
    blockTimestamp: _Quantity  # noqa: N815
    transactionHash: _Word  # noqa: N815
    logIndex: _Quantity  # noqa: N815
    transactionIndex: _Quantity | None = None  # noqa: N815
    removed: Annotated[bool, Field(strict=True)] = False


_read: Final = TypeAdapter(_Given).validate_json
_FIELDS: Final = fields(_Given)
_HEX: Final = re.compile(rb'"0x[0-9a-fA-F]*"')
_QUANTITY_MAX: Final = 17
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Log(NamedTuple):
    """What a contract said in a transaction. Hexadecimal text is in lower case.

    `line` is where it stands in its source, `at` the time of its block; `log_index` counts the logs of the whole block;
    `removed` says that the block left the chain.
    """

    line: int
    address: str
    topics: tuple[str, ...]
    data: str
    block: int
    block_hash: str
    at: Timestamp
    tx: str
    log_index: int
    removed: bool

    @property
    def id(self) -> EventId:
        """The id of the first fact that follows from it."""
        return first_id(self.address, self.block, self.block_hash, self.log_index)

    @property
    def within(self) -> str:
        """Where it stands on the chain, for people."""
        return f"block {self.block}, transaction {self.tx}, log {self.log_index}"

    def place(self) -> str:
        """Where it stands in its source, and on the chain."""
        return f"line {self.line}, {self.within}"

    def evidence(self, chain_id: int | None) -> Evidence:
        """Where it can be looked up. `document` is the SHA-256 of the log itself: its address, topics and data."""
        content = bytes.fromhex("".join((self.address, *self.topics, self.data)).replace("0x", ""))
        return Evidence(
            chain_id=chain_id,
            block=self.block,
            block_hash=self.block_hash,
            tx=self.tx,
            log_index=self.log_index,
            document=sha256(content).hexdigest(),
        )


def parsed(number: int, content: bytes) -> Log | list[Malformed]:
    """The log that stands on a line as one JSON object, or every flaw of it."""
    try:
        given = _read(content)
    except ValidationError as error:
        lowered = _HEX.sub(lambda word: word.group().lower(), content)
        if lowered != content:
            return parsed(number, lowered)
        within = _within(content)
        details = error.errors(include_url=False, include_context=False)
        return [flaw(number, content, detail, ".".join(map(str, detail["loc"])), within) for detail in details]
    if twice := _named_twice(content, given):
        return [Malformed(number, twice, "stands twice in one object", "", _within(content))]
    try:
        at = _time(int(given.blockTimestamp, 16))
    except (OverflowError, ValueError):
        value = shown(given.blockTimestamp)
        return [Malformed(number, "blockTimestamp", "must be the time of a block", value, _within(content))]
    return Log(
        number,
        given.address,
        given.topics,
        given.data,
        int(given.blockNumber, 16),
        given.blockHash,
        at,
        given.transactionHash,
        int(given.logIndex, 16),
        given.removed,
    )


def _named_twice(content: bytes, given: _Given) -> str | None:
    """A field that stands twice. Where all fields are there, and as many names, none does."""
    is_usual = given.transactionIndex is not None and b'"removed":' in content and b"\\" not in content
    if is_usual and content.count(b'":') == len(_FIELDS):
        return None
    try:
        return named_twice(content)
    except (ValueError, RecursionError):
        return "a field"  # of some depth, or a number of some length, that no log has


@lru_cache(maxsize=1024)
def _time(seconds: int) -> Timestamp:
    """The time of a block, which its logs share. Raises `ValueError` for 0, which nodes send that do not know it."""
    if not seconds:
        raise ValueError("no time")
    return Timestamp((_EPOCH + timedelta(seconds=seconds)).isoformat()[: len("1970-01-01T00:00:00")] + "Z")


def _within(content: bytes) -> str:
    """Where a log that is not well formed says that it stands on the chain, as far as it can be read."""
    try:
        found: Any = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    named = (("block", "blockNumber"), ("transaction", "transactionHash"), ("log", "logIndex"))
    return ", ".join(f"{name} {_number(found[key])}" for name, key in named if key in found)


def _number(value: object) -> str:
    """A quantity as a decimal number, where it is one; anything else as it stands."""
    try:
        return (
            str(int(value, 16)) if isinstance(value, str) and len(value) <= _QUANTITY_MAX else shown(value).strip('"')
        )
    except ValueError:
        return shown(value)
