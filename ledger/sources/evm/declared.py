"""The events that a contract declares, and how a log of one is decoded: by `eth-abi`, word by word."""

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from io import BytesIO
from typing import Any, Final, NamedTuple, cast

from Crypto.Hash import keccak
from eth_abi.exceptions import DecodingError
from eth_abi.registry import registry

from ledger.events import AnyEvent
from ledger.sources.evm.logs import Log

Draft = Callable[..., AnyEvent]
"""An event that lacks only what every event of its log has alike: `at`, `id` and `evidence`."""

Argument = str | int | bool
"""Of an event, decoded: an address or bytes as `0x…` in lower case, a number as it is."""

_WORD: Final = 64
"""Hexadecimal digits of the 32 bytes in which the ABI keeps every value of fixed size."""

_PREFIX: Final = len("0x")

_DECLARATION: Final = re.compile(r"(\w+)\((.*)\)")
_PARAMETER: Final = re.compile(r"(\w+)(?: (indexed))? (\w+)")
_WORDS: Final = re.compile(r"[\w,()]*")

_Decoder = Callable[[BytesIO], Argument]


class Undecodable(Exception):
    """A log that is not of the form its event declares: which part of it, why, and what stood there."""

    def __init__(self, field: str, message: str, value: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.value = value


class Parameter(NamedTuple):
    """One parameter of an event: its name, its ABI type, and whether it is a topic."""

    name: str
    kind: str
    indexed: bool


class Declared(NamedTuple):
    """An event of a contract. `facts` says what follows from one, and is None where nothing ever does.

    An event with a `setting` may come before the first pool is open: it is kept, and handed on; `setting` tells whether
    that pool's opening shows the arguments. `indexed` are the ABI types of the
    topics, `in_data` the decoders of the data, `order` where each argument is found among the two.
    """

    name: str
    topic: str
    parameters: tuple[Parameter, ...]
    indexed: tuple[str, ...]
    in_data: tuple[_Decoder, ...]
    order: tuple[int, ...]
    facts: Callable[..., Iterable[Draft]] | None
    setting: Callable[..., bool] | None

    def arguments(self, log: Log) -> list[Argument]:
        """The arguments of a log, in the order of the declaration. Raises `Undecodable`."""
        topics, length = log.topics[1:], len(log.data) - _PREFIX
        if len(topics) != len(self.indexed):
            raise Undecodable("topics", f"{self.name} has {1 + len(self.indexed)}", f"{len(log.topics)}")
        if length != _WORD * len(self.in_data):
            raise Undecodable("data", f"{self.name} has {_WORD // 2 * len(self.in_data)} bytes", f"{length // 2}")
        found: list[Argument] = []
        data = BytesIO(bytes.fromhex(log.data[_PREFIX:]))
        try:
            found.extend(map(_in_topic, self.indexed, topics))
            found.extend(decode(data) for decode in self.in_data)
        except DecodingError as error:
            parameter = self.parameters[self.order.index(len(found))]
            raise Undecodable(parameter.name, f"is no {parameter.kind}", str(error)) from error
        return [found[place] for place in self.order]


def declared(
    declaration: str,
    facts: Callable[..., Iterable[Draft]] | None = None,
    *,
    setting: Callable[..., bool] | None = None,
) -> Declared:
    """An event as Solidity declares it: `Supply(bytes32 indexed id, address indexed caller, uint256 assets)`.

    A struct, which stands in brackets, is taken apart into its members. The first topic is the Keccak-256 of the
    signature (Contract ABI Specification, Events). Raises `ValueError` for anything else, and for a parameter of a type
    that does not take exactly one word, such as `bytes` or `uint256[]`.
    """
    found = _DECLARATION.fullmatch(declaration)
    if found is None:
        raise ValueError(f"{declaration} declares no event")
    name, inside = found.groups()
    parameters = tuple(Parameter(called, kind, bool(indexed)) for kind, indexed, called in _PARAMETER.findall(inside))
    types = _PARAMETER.sub(r"\1", inside).replace(", ", ",")
    if not _WORDS.fullmatch(types) or {"bytes", "string"} & {parameter.kind for parameter in parameters}:
        raise ValueError(f"{declaration} has a parameter that does not take one word")
    places = sorted(range(len(parameters)), key=lambda place: not parameters[place].indexed)
    return Declared(
        name=name,
        topic=f"0x{keccak.new(data=f'{name}({types})'.encode(), digest_bits=256).hexdigest()}",
        parameters=parameters,
        indexed=tuple(parameter.kind for parameter in parameters if parameter.indexed),
        in_data=tuple(_decoder(parameter.kind) for parameter in parameters if not parameter.indexed),
        order=tuple(places.index(place) for place in range(len(parameters))),
        facts=facts,
        setting=setting,
    )


@cache
def _decoder(kind: str) -> _Decoder:
    """The library's decoder of a type; bytes are given as text."""
    decode = cast("Callable[[BytesIO], Any]", registry.get_decoder(kind))
    return (lambda data: f"0x{decode(data).hex()}") if kind.startswith("bytes") else decode


@lru_cache(maxsize=1 << 14)
def _in_topic(kind: str, topic: str) -> Argument:
    """The value in a topic: markets and addresses, which come again and again."""
    return _decoder(kind)(BytesIO(bytes.fromhex(topic[_PREFIX:])))
