"""Raw logs of a Morpho Blue contract, made up block by block as `eth_getLogs` would give them, and a way into a book.

    chain = [*A_MARKET, *block(103, supply(assets=500, shares=500 * SHARE), borrow(assets=100, shares=100 * SHARE))]
    imported(journal, chain).receipt

An event is said by a function named after it; whoever is not named is one of the constants below. Amounts have no
defaults. The parameters of the events stand here a second time, taken from the contract's interface, so that a mistake
in the reading of them is not made here as well.
"""

import json
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import pytest
from Crypto.Hash import keccak
from eth_abi.abi import encode

from ledger.book import Book, Recording
from ledger.errors import InputRefused
from ledger.events import AnyEvent
from ledger.journal import Entry, Journal
from ledger.sources.evm.feed import Feed, Tally
from ledger.sources.evm.tokens import Tokens
from ledger.sources.morpho_blue import PROTOCOL
from ledger.values import Account, Commodity, Timestamp

Json = dict[str, Any]

CONTRACT: Final = "0x" + "b1" * 20
STRANGER: Final = "0x" + "66" * 20
"""A contract that no book here follows."""
LOAN_TOKEN, COLLATERAL_TOKEN = "0x" + "10" * 20, "0x" + "c0" * 20
ORACLE, IRM = "0x" + "0a" * 20, "0x" + "1a" * 20
ALICE, BOB, CAROL = "0x" + "a1" * 20, "0x" + "b0" * 20, "0x" + "ca" * 20
CALLER: Final = "0x" + "ee" * 20
"""Who sends the transaction: never the one on whose behalf it is."""
FEE_RECIPIENT: Final = "0x" + "fe" * 20
NOBODY: Final = "0x" + "00" * 20
MARKET, OTHER_MARKET = "0x" + "d1" * 32, "0x" + "d2" * 32
LLTV: Final = 86 * 10**16
SHARE: Final = 10**6
"""Shares for one unit, of a market in which nothing was earned or lost."""

_GENESIS: Final = 1_690_000_000
_BLOCK_SECONDS: Final = 12
_MARKET_PARAMETERS: Final = "(address,address,address,address,uint256)"

EVENTS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...], str]]] = {
    # name: (indexed types, types in data, order in the signature)
    "CreateMarket": (("bytes32",), (_MARKET_PARAMETERS,), f"bytes32,{_MARKET_PARAMETERS}"),
    "SetFeeRecipient": (("address",), (), "address"),
    "SetFee": (("bytes32",), ("uint256",), "bytes32,uint256"),
    "AccrueInterest": (("bytes32",), ("uint256",) * 3, "bytes32,uint256,uint256,uint256"),
    "Supply": (("bytes32", "address", "address"), ("uint256",) * 2, "bytes32,address,address,uint256,uint256"),
    "Withdraw": (
        ("bytes32", "address", "address"),
        ("address", "uint256", "uint256"),
        "bytes32,address,address,address,uint256,uint256",
    ),
    "Borrow": (
        ("bytes32", "address", "address"),
        ("address", "uint256", "uint256"),
        "bytes32,address,address,address,uint256,uint256",
    ),
    "Repay": (("bytes32", "address", "address"), ("uint256",) * 2, "bytes32,address,address,uint256,uint256"),
    "SupplyCollateral": (("bytes32", "address", "address"), ("uint256",), "bytes32,address,address,uint256"),
    "WithdrawCollateral": (
        ("bytes32", "address", "address"),
        ("address", "uint256"),
        "bytes32,address,address,address,uint256",
    ),
    "Liquidate": (
        ("bytes32", "address", "address"),
        ("uint256",) * 5,
        "bytes32,address,address,uint256,uint256,uint256,uint256,uint256",
    ),
    "FlashLoan": (("address", "address"), ("uint256",), "address,address,uint256"),
    "SetAuthorization": (("address",) * 3, ("bool",), "address,address,address,bool"),
    "IncrementNonce": (("address", "address"), ("uint256",), "address,address,uint256"),
    "EnableIrm": (("address",), (), "address"),
    "EnableLltv": ((), ("uint256",), "uint256"),
    "SetOwner": (("address",), (), "address"),
}


class Said(NamedTuple):
    """What a contract said, before it has a place on the chain."""

    topics: tuple[str, ...]
    data: str


def hashed(text: str) -> str:
    """The Keccak-256 of a text."""
    return f"0x{keccak.new(data=text.encode(), digest_bits=256).hexdigest()}"


def topic(event: str) -> str:
    """The first topic of an event."""
    return hashed(f"{event}({EVENTS[event][2]})")


def said(event: str, indexed: Sequence[object] = (), data: Sequence[object] = ()) -> Said:
    """An event with its arguments: those that are topics, and those in the data."""
    topic_types, data_types, _ = EVENTS[event]
    topics = [f"0x{encode([kind], [_plain(value)]).hex()}" for kind, value in zip(topic_types, indexed, strict=True)]
    encoded = encode(data_types, [_plain(value) for value in data])
    return Said((topic(event), *topics), f"0x{encoded.hex()}")


def _plain(value: object) -> object:
    """A 32-byte word as bytes; an address stays text, as the encoder takes it."""
    return bytes.fromhex(value[2:]) if isinstance(value, str) and len(value) == 2 + 64 else value


def create_market(
    market: str = MARKET,
    *,
    loan_token: str = LOAN_TOKEN,
    collateral_token: str = COLLATERAL_TOKEN,
    lltv: int = LLTV,
) -> Said:
    return said("CreateMarket", [market], [(loan_token, collateral_token, ORACLE, IRM, lltv)])


def set_fee_recipient(recipient: str = FEE_RECIPIENT) -> Said:
    return said("SetFeeRecipient", [recipient])


def set_fee(fee: int, *, market: str = MARKET) -> Said:
    return said("SetFee", [market], [fee])


def accrue_interest(*, interest: int, fee_shares: int = 0, market: str = MARKET) -> Said:
    return said("AccrueInterest", [market], [10**9, interest, fee_shares])


def supply(*, assets: int, shares: int, on_behalf: str = ALICE, market: str = MARKET) -> Said:
    return said("Supply", [market, CALLER, on_behalf], [assets, shares])


def withdraw(*, assets: int, shares: int, on_behalf: str = ALICE, market: str = MARKET) -> Said:
    return said("Withdraw", [market, on_behalf, CAROL], [CALLER, assets, shares])


def borrow(*, assets: int, shares: int, on_behalf: str = BOB, market: str = MARKET) -> Said:
    return said("Borrow", [market, on_behalf, CAROL], [CALLER, assets, shares])


def repay(*, assets: int, shares: int, on_behalf: str = BOB, market: str = MARKET) -> Said:
    return said("Repay", [market, CALLER, on_behalf], [assets, shares])


def supply_collateral(*, assets: int, on_behalf: str = BOB, market: str = MARKET) -> Said:
    return said("SupplyCollateral", [market, CALLER, on_behalf], [assets])


def withdraw_collateral(*, assets: int, on_behalf: str = BOB, market: str = MARKET) -> Said:
    return said("WithdrawCollateral", [market, on_behalf, CAROL], [CALLER, assets])


def liquidate(
    *,
    repaid: tuple[int, int],
    seized: int,
    bad_debt: tuple[int, int] = (0, 0),
    borrower: str = BOB,
    market: str = MARKET,
) -> Said:
    """`repaid` and `bad_debt` are assets and shares."""
    return said("Liquidate", [market, CALLER, borrower], [*repaid, seized, *bad_debt])


enable_irm: Final = partial(said, "EnableIrm", [IRM])
unknown: Final = Said((hashed("Upgraded(address)"),), "0x")
"""Of an event that the protocol does not declare."""


def block(number: int, *events: Said, fork: str = "", first: int = 0, address: str = CONTRACT) -> list[Json]:
    """The logs of one block, each of its own transaction. `fork` tells apart the blocks of one height."""
    return [
        {
            "address": address,
            "topics": list(event.topics),
            "data": event.data,
            "blockNumber": hex(number),
            "blockHash": hashed(f"block {number} {fork}"),
            "blockTimestamp": hex(_GENESIS + _BLOCK_SECONDS * number),
            "transactionHash": hashed(f"transaction {index} of {number} {fork}"),
            "transactionIndex": hex(index),
            "logIndex": hex(index),
            "removed": False,
        }
        for index, event in enumerate(events, first)
    ]


def removed(logs: Iterable[Json]) -> list[Json]:
    """The same logs as a node tells that their block left the chain, in the order given."""
    return [log | {"removed": True} for log in logs]


def lines_of(logs: Iterable[object]) -> list[bytes]:
    """A log a line."""
    return [json.dumps(log).encode() + b"\n" for log in logs]


A_MARKET: Final = block(100, create_market())
"""A market is created."""

A_LOAN: Final = [
    *A_MARKET,
    *block(
        101,
        supply(assets=1000, shares=1000 * SHARE),
        supply_collateral(assets=50),
        borrow(assets=600, shares=600 * SHARE),
    ),
]
"""Alice supplies 1000 to it, of which Bob borrows 600 against collateral of 50."""

A_YEAR: Final = [
    *block(99, set_fee_recipient(), enable_irm(), unknown),
    *block(100, create_market()),
    *block(
        101,
        supply(assets=1000, shares=1000 * SHARE),
        supply_collateral(assets=50),
        borrow(assets=600, shares=600 * SHARE),
    ),
    *block(102, create_market(OTHER_MARKET), supply(assets=500, shares=500 * SHARE, market=OTHER_MARKET)),
    *block(103, set_fee(10**17), accrue_interest(interest=60, fee_shares=5 * SHARE), unknown),
    *block(104, withdraw(assets=100, shares=95 * SHARE), set_fee_recipient(CAROL)),
    *block(105, accrue_interest(interest=0), repay(assets=110, shares=100 * SHARE)),
    *block(106, supply_collateral(assets=7, on_behalf=ALICE, market=OTHER_MARKET), enable_irm()),
    *block(107, liquidate(repaid=(220, 200 * SHARE), seized=20)),
    *block(108, liquidate(repaid=(100, 90 * SHARE), seized=30, bad_debt=(230, 210 * SHARE))),
    *block(109, withdraw_collateral(assets=7, on_behalf=ALICE, market=OTHER_MARKET)),
]
"""A little of everything, in two markets: fees, repayments, a liquidation that leaves debt, and one with bad debt."""

NOON: Final = Timestamp("2024-01-01T12:00:00Z")


class Import(NamedTuple):
    """What an import did."""

    receipt: Recording
    tally: Tally


def feed(lines: Iterable[bytes], *, chain_id: int | None = None, listed: Tokens | None = None) -> Feed:
    """The logs on these lines, on their way into a book."""
    kept = list(lines)
    return Feed(PROTOCOL, lambda: kept, tokens=listed or {}, chain_id=chain_id)


def imported(
    journal: Journal,
    logs: Iterable[Json] = (),
    *,
    lines: Iterable[bytes] | None = None,
    chain_id: int | None = None,
    listed: Tokens | None = None,
    chunk: int | None = None,
) -> Import:
    """Import logs, or lines, into the book of a journal."""
    read = feed(lines_of(logs) if lines is None else lines, chain_id=chain_id, listed=listed)
    receipt = Book(journal).record(read, source="logs", clock=lambda: NOON, recorded_by="desk", chunk=chunk)
    return Import(receipt, read.tally)


def refusal(
    journal: Journal, logs: Iterable[Json] = (), *, lines: Iterable[bytes] | None = None, chain_id: int | None = None
) -> tuple[str, ...]:
    """The problems for which an import is refused. Holds that no entry of the journal is added or changed by it."""
    before = stored(journal)
    with pytest.raises(InputRefused) as refused:
        imported(journal, logs, lines=lines, chain_id=chain_id)
    assert stored(journal) == before
    return refused.value.problems


def place(log: Json, line: int) -> str:
    """How a refusal names a log on a line."""
    number, index = int(log["blockNumber"], 16), int(log["logIndex"], 16)
    return f"line {line}, block {number}, transaction {log['transactionHash']}, log {index}"


def stored(journal: Journal) -> list[Entry]:
    """The entries of a journal, with all that is stored of each."""
    return list(journal.read())


def contents(journal: Journal) -> list[bytes]:
    """The canonical bytes of its events."""
    return [entry.content for entry in journal.read()]


def events(journal: Journal) -> list[AnyEvent]:
    """Its events."""
    return [entry.event() for entry in journal.read()]


def folded(journal: Journal) -> Book:
    """Its book, with the books folded under every law."""
    book = Book(journal)
    book.catch_up(journal.read())
    return book


def balances(journal: Journal) -> dict[tuple[Account, Commodity], int]:
    """Every balance that is not zero, debit positive."""
    held = folded(journal).books.sums.commodities()
    return {(account, commodity): amount for commodity, accounts in held for account, amount in accounts}
