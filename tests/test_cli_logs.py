"""Logs of a contract on the command line: what is asked for, what is told, and what is refused without a trace."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from threading import Thread
from typing import Any, Final

import pytest

from cli.exits import Exit
from tests.command_line import (
    PATIENCE,
    Run,
    begun,
    bytes_of,
    called,
    environment,
    held_to_permissions,
    interrupted,
    run,
)
from tests.evm_chain import (
    A_LOAN,
    A_MARKET,
    ALICE,
    BOB,
    COLLATERAL_TOKEN,
    LOAN_TOKEN,
    MARKET,
    OTHER_MARKET,
    SHARE,
    STRANGER,
    Json,
    Said,
    accrue_interest,
    block,
    borrow,
    create_market,
    enable_irm,
    hashed,
    lines_of,
    liquidate,
    place,
    removed,
    repay,
    set_fee,
    set_fee_recipient,
    supply,
    unknown,
    withdraw,
)
from tests.node import SAMPLE

OTHER_TOKEN: Final = "0x" + "20" * 20
USDC: Final[Json] = {"address": LOAN_TOKEN, "symbol": "USDC", "decimals": 6}
WETH: Final[Json] = {"address": COLLATERAL_TOKEN, "symbol": "WETH", "decimals": 18}
MORE: Final = block(102, supply(assets=50, shares=50 * SHARE), repay(assets=100, shares=100 * SHARE))
"""What may follow `A_LOAN`."""
OF_A_LOAN: Final = (
    "asset-registered 2, collateral-posted 1, deposited 1, loan-drawn 1, loan-originated 1, pool-opened 1"
)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECOUP_DB", raising=False)
    monkeypatch.delenv("RECOUP_BY", raising=False)


@pytest.fixture
def book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """`book.db`, with a market, a lender and a loan."""
    assert imported(capsys, A_LOAN).code == Exit.CLEAN
    return tmp_path / "book.db"


def imported(capsys: pytest.CaptureFixture[str], logs: Iterable[object], *options: str, book: str = "book.db") -> Run:
    """Write logs to a file, one a line, and import it."""
    return imported_text(capsys, b"".join(lines_of(logs)), *options, book=book)


def imported_text(
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    *options: str,
    name: str = "logs.jsonl",
    book: str = "book.db",
) -> Run:
    """Write a file of logs, and import it."""
    Path(name).write_bytes(content)
    return called(capsys, "--db", book, "import", "--source", "morpho-blue", *options, name)


def listing(*tokens: object, name: str = "tokens.json") -> tuple[str, str]:
    """Write a token list. Gives the option that names it."""
    Path(name).write_text(json.dumps({"name": "tokens", "tokens": tokens}), encoding="utf-8")
    return "--assets", name


def said(done: Run) -> list[str]:
    """What a command said, a line each, without the name of the file."""
    return [one.removeprefix("recoup: ").removeprefix("logs.jsonl: ") for one in done.err.splitlines()]


def events(capsys: pytest.CaptureFixture[str], kind: str = "", book: str = "book.db") -> list[Json]:
    """The events of a book, or those of one type, in order."""
    rows = called(capsys, "--db", book, "events", "-O", "jsonl").out.splitlines()
    found: list[Json] = [json.loads(row)["event"] for row in rows]
    return [event for event in found if not kind or event["type"] == kind]


def assets(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, int, str]]:
    """The assets of a book: each with its decimals and what it refers to."""
    found = events(capsys, "asset-registered")
    return [(event["asset"], event["decimals"], event["reference"]) for event in found]


def proof(capsys: pytest.CaptureFixture[str], book: str = "book.db") -> list[str]:
    """The digests of all event bytes and of all balances."""
    done = called(capsys, "--db", book, "replay")
    assert done.code == Exit.CLEAN
    return done.out.splitlines()[-2:]


def sample() -> list[bytes]:
    """The logs of the sample, one a line."""
    return gzip.decompress(SAMPLE.read_bytes()).splitlines(keepends=True)


# What is asked for.

MISTAKEN: Final = {
    "an unknown protocol": (("--source", "aave"), "'aave' is not one of 'recoup', 'morpho-blue'"),
    "no protocol at all": (("--source",), "Option '--source' requires an argument"),
    "tokens of facts": (("--assets", "tokens.json"), "--assets and --chain-id go with the --source of a protocol"),
    "a chain of facts": (("--chain-id", "1"), "--assets and --chain-id go with the --source of a protocol"),
    "tokens of facts, by name": (
        ("--source", "recoup", "--assets", "tokens.json"),
        "--assets and --chain-id go with the --source of a protocol",
    ),
    "no chain": (("--source", "morpho-blue", "--chain-id", "0"), "0 is not in the range 1<=x<=9223372036854775807"),
    "a chain in words": (("--source", "morpho-blue", "--chain-id", "mainnet"), "'mainnet' is not a valid integer"),
    "a missing list": (("--source", "morpho-blue", "--assets", "nowhere.json"), "nowhere.json is not there"),
    "a folder for a list": (("--source", "morpho-blue", "--assets", "."), ". is a directory"),
}


@pytest.mark.parametrize(("options", "saying"), MISTAKEN.values(), ids=MISTAKEN)
def test_a_mistake_of_usage_is_told_and_makes_no_book(
    options: tuple[str, ...], saying: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listing(USDC, WETH)
    (tmp_path / "logs.jsonl").write_bytes(b"".join(lines_of(A_LOAN)))
    refused = called(capsys, "--db", "book.db", "import", "logs.jsonl", *options)
    assert refused.code == Exit.USAGE
    assert saying in refused.err
    assert not (tmp_path / "book.db").exists()


@pytest.mark.parametrize(
    ("name", "saying"), [("nowhere.jsonl", "nowhere.jsonl is not there"), (".", ". is a directory")]
)
def test_a_file_of_logs_that_is_none_is_a_mistake_of_usage(
    name: str, saying: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = called(capsys, "--db", "book.db", "import", "--source", "morpho-blue", name)
    assert refused.code == Exit.USAGE
    assert saying in refused.err
    assert not (tmp_path / "book.db").exists()


def test_a_list_that_may_not_be_read_is_a_mistake_of_usage(tmp_path: Path) -> None:
    asked = ["--db", "book.db", "import", "--source", "morpho-blue", *listing(USDC, WETH), "logs.jsonl"]
    Path("tokens.json").chmod(0)
    Path("logs.jsonl").write_bytes(b"".join(lines_of(A_LOAN)))
    refused = run(asked, tmp_path, before=held_to_permissions)
    assert refused.code == Exit.USAGE
    assert "tokens.json" in refused.err
    assert "Traceback" not in refused.err
    assert not (tmp_path / "book.db").exists()


def test_the_help_tells_of_protocols_and_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    shown = called(capsys, "import", "--help").out
    assert "[recoup|morpho-blue]" in shown
    assert "--assets FILE" in shown
    assert "--chain-id N" in shown


# What is told of an import.


def test_an_import_tells_how_many_entries_were_recorded_and_how_many_logs_there_were(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = imported(capsys, A_LOAN)
    assert (done.code, done.out) == (Exit.CLEAN, "")
    assert said(done) == ["created book.db", "7 recorded, 0 already recorded", "4 logs"]


def test_the_same_logs_again_add_nothing(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    again = imported(capsys, A_LOAN)
    assert again.code == Exit.CLEAN
    assert said(again) == ["0 recorded, 4 already recorded", "4 logs"]
    assert bytes_of(book) == before


def test_a_further_file_goes_on_where_the_last_ended(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    further = imported(capsys, MORE)
    in_one = imported(capsys, [*A_LOAN, *MORE], book="one.db")
    assert book.exists()
    assert said(further) == ["2 recorded, 0 already recorded", "2 logs"]
    assert said(in_one) == ["created one.db", "9 recorded, 0 already recorded", "6 logs"]
    assert proof(capsys) == proof(capsys, "one.db")


def test_a_file_that_overlaps_the_last_adds_what_is_new(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    further = imported(capsys, [*A_LOAN[2:], *MORE])
    in_one = imported(capsys, [*A_LOAN, *MORE], book="one.db")
    assert book.exists()
    assert said(further) == ["2 recorded, 2 already recorded", "4 logs"]
    assert in_one.code == Exit.CLEAN
    assert proof(capsys) == proof(capsys, "one.db")


def test_several_files_are_imported_in_their_order_each_with_its_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "1.jsonl").write_bytes(b"".join(lines_of(A_LOAN)))
    (tmp_path / "2.jsonl").write_bytes(b"".join(lines_of(MORE)))
    done = called(capsys, "--db", "book.db", "import", "--source", "morpho-blue", "1.jsonl", "2.jsonl", "1.jsonl")
    assert done.code == Exit.CLEAN
    assert said(done) == [
        "created book.db",
        "1.jsonl: 7 recorded, 0 already recorded",
        "1.jsonl: 4 logs",
        "2.jsonl: 2 recorded, 0 already recorded",
        "2.jsonl: 2 logs",
        "1.jsonl: 0 recorded, 4 already recorded",
        "1.jsonl: 4 logs",
    ]


def test_of_several_files_a_refused_one_leaves_those_before_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "1.jsonl").write_bytes(b"".join(lines_of(A_LOAN)))
    (tmp_path / "2.jsonl").write_bytes(b"".join(lines_of([*MORE, *block(103, supply(assets=1, shares=1))[1:], "x"])))
    (tmp_path / "3.jsonl").write_bytes(b"".join(lines_of(MORE)))
    refused = called(capsys, "--db", "book.db", "import", "--source", "morpho-blue", "1.jsonl", "2.jsonl", "3.jsonl")
    assert refused.code == Exit.REFUSED
    assert "recoup: 1.jsonl: 7 recorded, 0 already recorded\n" in refused.err
    assert "2.jsonl: line 3: " in refused.err
    assert "3.jsonl" not in refused.err
    assert len(events(capsys)) == 7


def test_order_and_repeats_within_a_file_do_not_matter(capsys: pytest.CaptureFixture[str]) -> None:
    shuffled = imported(capsys, [*MORE[::-1], *A_LOAN[::-1], *MORE, A_LOAN[1]], book="shuffled.db")
    plain = imported(capsys, [*A_LOAN, *MORE])
    assert plain.code == Exit.CLEAN
    assert said(shuffled) == ["created shuffled.db", "9 recorded, 3 already recorded", "9 logs"]
    assert proof(capsys, "shuffled.db") == proof(capsys)


def test_logs_of_a_reorganised_chain_are_withdrawn_and_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    lost = block(102, supply(assets=50, shares=50 * SHARE), accrue_interest(interest=3), fork="lost")
    done = imported(capsys, [*A_LOAN, *lost, *removed(lost[::-1]), *MORE])
    stayed = imported(capsys, [*A_LOAN, *MORE], book="stayed.db")
    assert done.code == stayed.code == Exit.CLEAN
    assert said(done) == ["created book.db", "13 recorded, 0 already recorded", "10 logs; 2 withdrawn"]
    reasons = {one["reason"] for one in events(capsys, "entry-reversed")}
    assert reasons == {f"block 102 ({lost[0]['blockHash']}) left the chain"}
    assert proof(capsys)[-1] == proof(capsys, "stayed.db")[-1]


def test_events_that_make_no_entry_and_those_that_are_not_known_are_counted_by_name_and_topic(
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = Said((hashed("Paused(address)"),), "0x")
    done = imported(capsys, [*block(99, enable_irm(), unknown, other, enable_irm(), unknown), *A_LOAN])
    counts = ", ".join(sorted([f"{unknown.topics[0]} 2", f"{other.topics[0]} 1"]))
    assert done.code == Exit.CLEAN
    assert said(done)[1:] == [
        "7 recorded, 0 already recorded",
        "9 logs; without entries: EnableIrm 2",
        f"logs of events that are not known, left out: {counts}",
    ]


def test_a_file_of_unknown_events_alone_ends_clean_and_records_nothing(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    done = imported(capsys, block(102, unknown))
    assert done.code == Exit.CLEAN
    assert said(done) == [
        "0 recorded, 0 already recorded",
        "1 logs",
        f"logs of events that are not known, left out: {unknown.topics[0]} 1",
    ]
    assert bytes_of(book) == before


def test_a_file_of_logs_that_make_no_entry_ends_clean(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    done = imported(capsys, block(102, enable_irm()))
    assert done.code == Exit.CLEAN
    assert said(done) == ["0 recorded, 0 already recorded", "1 logs; without entries: EnableIrm 1"]
    assert bytes_of(book) == before


def test_an_answer_without_logs_ends_clean(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    done = imported(capsys, [{"jsonrpc": "2.0", "id": 1, "result": []}])
    assert done.code == Exit.CLEAN
    assert said(done) == ["0 recorded, 0 already recorded", "0 logs"]
    assert bytes_of(book) == before


def test_a_setting_alone_before_the_first_market_is_refused_for_it_would_be_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    alone = imported(capsys, block(99, enable_irm(), set_fee_recipient()))
    assert alone.code == Exit.REFUSED
    assert "logs.jsonl: SetFeeRecipient 1 before the first pool: import it together with that pool" in alone.err
    assert events(capsys) == []


def test_a_setting_is_kept_for_the_first_market_of_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    done = imported(capsys, [*block(99, set_fee_recipient(ALICE)), *A_MARKET])
    assert done.code == Exit.CLEAN
    assert said(done)[1:] == ["3 recorded, 0 already recorded", "2 logs; kept for the first pool: SetFeeRecipient 1"]
    assert [pool["fee_recipient"] for pool in events(capsys, "pool-opened")] == [ALICE]


def test_a_setting_from_before_the_first_market_that_was_left_out_is_refused(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    refused = imported(capsys, [*block(99, set_fee_recipient()), *A_LOAN])
    assert refused.code == Exit.REFUSED
    assert bytes_of(book) == before


# Trying.


def test_a_dry_run_says_how_many_entries_of_each_type_there_would_be_and_makes_no_book(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = imported(capsys, A_LOAN, "--dry-run", *listing(USDC, WETH))
    assert (tried.code, tried.out) == (Exit.CLEAN, "")
    assert said(tried) == [f"7 would be recorded ({OF_A_LOAN}), 0 already recorded", "4 logs"]
    assert {path.name for path in tmp_path.iterdir()} == {"logs.jsonl", "tokens.json"}


def test_a_dry_run_goes_on_from_the_book_and_leaves_it_as_it_is(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    tried = imported(capsys, [*A_LOAN, *MORE, *block(103, unknown)], "--dry-run")
    assert tried.code == Exit.CLEAN
    assert said(tried) == [
        "2 would be recorded (deposited 1, repaid 1), 4 already recorded",
        "7 logs",
        f"logs of events that are not known, left out: {unknown.topics[0]} 1",
    ]
    assert bytes_of(book) == before


def test_a_dry_run_takes_each_file_after_those_before_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "1.jsonl").write_bytes(b"".join(lines_of(A_LOAN)))
    (tmp_path / "2.jsonl").write_bytes(b"".join(lines_of(MORE)))
    tried = called(
        capsys, "--db", "book.db", "import", "--dry-run", "--source", "morpho-blue", "1.jsonl", "2.jsonl", "1.jsonl"
    )
    assert tried.code == Exit.CLEAN
    assert said(tried)[::2] == [
        f"1.jsonl: 7 would be recorded ({OF_A_LOAN}), 0 already recorded",
        "2.jsonl: 2 would be recorded (deposited 1, repaid 1), 0 already recorded",
        "1.jsonl: 0 would be recorded, 4 already recorded",
    ]
    assert not (tmp_path / "book.db").exists()


def test_a_dry_run_refuses_what_a_real_one_would(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    wrong = block(102, withdraw(assets=1001, shares=1001 * SHARE))
    tried = imported(capsys, wrong, "--dry-run")
    assert tried.code == Exit.REFUSED
    assert tried == imported(capsys, wrong)
    assert bytes_of(book) == before


# Tokens.

FLAWED: Final[dict[str, tuple[object, str]]] = {
    "no list": (42, "must be a JSON object"),
    "no tokens": ({"name": "tokens"}, "tokens: is missing"),
    "tokens that are no list": ({"tokens": {}}, "tokens: must be a JSON array, not {}"),
    "no token": ([USDC, 7], "1: must be a JSON object"),
    "no address": ([{"symbol": "USDC", "decimals": 6}], "0.address: is missing"),
    "an address that is none": (
        {"tokens": [USDC | {"address": "0x10"}]},
        'tokens.0.address: has a character or a form that is not allowed there, not "0x10"',
    ),
    "an address that is a number": ([USDC | {"address": 16}], "0.address: must be a JSON string, not 16"),
    "no symbol": ([{"address": LOAN_TOKEN, "decimals": 6}], "0.symbol: is missing"),
    "no decimals": ([USDC, {"address": COLLATERAL_TOKEN, "symbol": "WETH"}], "1.decimals: is missing"),
    "decimals as text": ([USDC | {"decimals": "6"}], '0.decimals: must be a JSON integer, not "6"'),
    "half a decimal": ([USDC | {"decimals": 6.5}], "0.decimals: must be a JSON integer, not 6.5"),
    "fewer than no decimals": (
        [USDC | {"decimals": -1}],
        "0.decimals: input should be greater than or equal to 0, not -1",
    ),
    "more decimals than a contract can tell": (
        [USDC | {"decimals": 256}],
        "0.decimals: input should be less than or equal to 255, not 256",
    ),
    "a chain as text": ([USDC | {"chainId": "1"}], '0.chainId: must be a JSON integer, not "1"'),
}


@pytest.mark.parametrize(("listed", "saying"), FLAWED.values(), ids=FLAWED)
def test_a_flawed_list_is_refused_with_the_entry_the_field_and_the_value_and_makes_no_book(
    listed: object, saying: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tokens.json").write_text(json.dumps(listed))
    refused = imported(capsys, A_LOAN, "--assets", "tokens.json")
    assert refused == Run(Exit.REFUSED, "", f"recoup: tokens.json: {saying}\n")
    assert not (tmp_path / "book.db").exists()


@pytest.mark.parametrize("symbol", ["USD Coin", "USD₮", "usd:c", "U" * 129, "US\x1b[2JD"])
def test_a_symbol_that_cannot_name_an_asset_is_refused_where_it_is_needed(
    symbol: str, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = imported(capsys, A_LOAN, *listing(WETH, USDC | {"symbol": symbol}))
    assert refused.code == Exit.REFUSED
    assert f"{place(A_LOAN[0], 1)}: has token {LOAN_TOKEN}, whose symbol in the token list, " in refused.err
    assert "cannot name an asset" in refused.err
    assert "\x1b" not in refused.err


def test_a_symbol_that_cannot_name_an_asset_does_no_harm_where_no_market_has_its_token(
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = {"address": f"0x{'99' * 20}", "symbol": "$WIF", "decimals": 6}
    assert imported(capsys, A_LOAN, *listing(USDC, WETH, other)).code == Exit.CLEAN


NO_LISTS: Final = {
    "nothing": (b"", "not a JSON object"),
    "no JSON": (b"symbol,decimals\n", "not a JSON object"),
    "cut short": (json.dumps([USDC, WETH]).encode()[:-9], "not a JSON object"),
    "not UTF-8": (json.dumps([USDC]).encode().replace(b"USDC", b"US\xff"), "not UTF-8 at byte"),
}


@pytest.mark.parametrize(("content", "saying"), NO_LISTS.values(), ids=NO_LISTS)
def test_a_file_that_is_no_list_is_refused(
    content: bytes, saying: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tokens.json").write_bytes(content)
    refused = imported(capsys, A_LOAN, "--assets", "tokens.json")
    assert refused.code == Exit.REFUSED
    assert refused.err.startswith(f"recoup: tokens.json: {saying}")
    assert not (tmp_path / "book.db").exists()


def test_all_flaws_of_a_list_are_told_in_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    refused = imported(capsys, A_LOAN, *listing(USDC | {"address": 1, "decimals": -1}, {"symbol": ""}))
    assert refused.code == Exit.REFUSED
    assert [line.split(": ")[-2] for line in refused.err.splitlines()] == [
        "tokens.0.address",
        "tokens.0.decimals",
        "tokens.1.address",
        "tokens.1.symbol",
        "tokens.1.decimals",
    ]


def test_a_token_that_is_described_twice_in_two_ways_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = imported(capsys, A_LOAN, *listing(USDC, WETH, USDC | {"decimals": 18}))
    assert refused.code == Exit.REFUSED
    assert f"tokens.json: {LOAN_TOKEN} is described twice, as USDC with 6 decimals and USDC with 18" in refused.err
    assert not (tmp_path / "book.db").exists()


def test_a_token_that_is_described_twice_alike_in_whatever_case_is_one_token(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lettered = WETH | {"address": f"0x{COLLATERAL_TOKEN[2:].upper()}"}
    mixed = WETH | {"address": f"0xC0c0{COLLATERAL_TOKEN[6:]}"}
    assert imported(capsys, A_LOAN, *listing(USDC, lettered, mixed, USDC)).code == Exit.CLEAN
    assert assets(capsys) == [("USDC", 6, LOAN_TOKEN), ("WETH", 18, COLLATERAL_TOKEN)]


def test_two_tokens_of_a_market_with_one_symbol_are_refused(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    further = block(102, create_market(OTHER_MARKET, loan_token=OTHER_TOKEN, collateral_token=STRANGER))
    listed = listing(USDC | {"address": OTHER_TOKEN}, USDC | {"address": STRANGER})
    refused = imported(capsys, further, *listed)
    assert refused.code == Exit.REFUSED
    assert f"logs.jsonl: {place(further[0], 1)}: " in refused.err
    assert "asset USDC is registered already" in refused.err
    assert bytes_of(book) == before


def test_a_token_with_the_symbol_of_one_in_the_book_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, A_LOAN, *listing(USDC, WETH))
    further = block(102, create_market(OTHER_MARKET, loan_token=OTHER_TOKEN))
    refused = imported(capsys, further, *listing(USDC | {"address": OTHER_TOKEN}))
    assert refused.code == Exit.REFUSED
    assert "asset USDC is registered already" in refused.err
    assert len(events(capsys)) == 7


def test_a_plain_array_of_tokens_says_the_same_as_a_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "array.json").write_text(json.dumps([WETH, USDC]))
    of_array = imported(capsys, A_LOAN, "--assets", "array.json", book="array.db")
    of_list = imported(capsys, A_LOAN, *listing(USDC, WETH))
    assert of_array.code == of_list.code == Exit.CLEAN
    assert assets(capsys) == [("USDC", 6, LOAN_TOKEN), ("WETH", 18, COLLATERAL_TOKEN)]
    assert proof(capsys, "array.db") == proof(capsys)


def test_a_list_may_be_packed_and_written_over_several_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.dumps({"name": "tokens", "version": {"major": 1}, "tokens": [USDC, WETH]}, indent=2)
    (tmp_path / "tokens.json.gz").write_bytes(gzip.compress(content.encode()))
    assert imported(capsys, A_LOAN, "--assets", "tokens.json.gz").code == Exit.CLEAN
    assert assets(capsys) == [("USDC", 6, LOAN_TOKEN), ("WETH", 18, COLLATERAL_TOKEN)]


def test_a_packed_list_that_is_damaged_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tokens.json.gz").write_bytes(gzip.compress(json.dumps([USDC, WETH]).encode())[:-9])
    refused = imported(capsys, A_LOAN, "--assets", "tokens.json.gz")
    assert refused.code == Exit.REFUSED
    assert refused.err.startswith("recoup: tokens.json.gz: not a whole gzip file")
    assert not (tmp_path / "book.db").exists()


def test_without_a_list_an_asset_is_called_by_its_address_and_has_no_decimals(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert book.exists()
    assert assets(capsys) == [(LOAN_TOKEN, 0, LOAN_TOKEN), (COLLATERAL_TOKEN, 0, COLLATERAL_TOKEN)]


def test_a_token_that_the_list_does_not_have_is_called_by_its_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(capsys, A_LOAN, *listing(USDC)).code == Exit.CLEAN
    assert assets(capsys) == [("USDC", 6, LOAN_TOKEN), (COLLATERAL_TOKEN, 0, COLLATERAL_TOKEN)]


def test_a_list_that_comes_later_names_new_tokens_and_leaves_the_known_ones_as_they_are(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = {"address": OTHER_TOKEN, "symbol": "DAI", "decimals": 18}
    further = block(102, create_market(OTHER_MARKET, loan_token=OTHER_TOKEN))
    done = imported(capsys, further, *listing(USDC, WETH, new))
    opened = [(pool["asset"], pool["collateral"][0]["asset"]) for pool in events(capsys, "pool-opened")]
    assert book.exists()
    assert done.code == Exit.CLEAN
    assert assets(capsys)[2:] == [("DAI", 18, OTHER_TOKEN)]
    assert opened == [(LOAN_TOKEN, COLLATERAL_TOKEN), ("DAI", COLLATERAL_TOKEN)]


def test_amounts_are_shown_in_the_units_of_the_token(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, A_LOAN, *listing(USDC, WETH))
    shown = called(capsys, "--db", "book.db", "pools")
    assert shown.code == Exit.CLEAN
    assert "0.0004" in shown.out
    assert "0.0006" in shown.out


# The chain.


def test_a_chain_chooses_its_tokens_of_a_list_for_several(capsys: pytest.CaptureFixture[str]) -> None:
    listed = listing(
        USDC | {"chainId": 1, "decimals": 18}, USDC | {"chainId": 8453}, WETH | {"chainId": 1}, WETH | {"chainId": 10}
    )
    assert imported(capsys, A_LOAN, *listed, "--chain-id", "8453").code == Exit.CLEAN
    assert assets(capsys) == [("USDC", 6, LOAN_TOKEN), (COLLATERAL_TOKEN, 0, COLLATERAL_TOKEN)]


def test_a_token_without_a_chain_is_taken_for_every_chain(capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(capsys, A_LOAN, *listing(USDC, WETH | {"chainId": 1}), "--chain-id", "1").code == Exit.CLEAN
    assert assets(capsys) == [("USDC", 6, LOAN_TOKEN), ("WETH", 18, COLLATERAL_TOKEN)]


def test_a_list_for_several_chains_that_differ_is_refused_where_no_chain_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused = imported(capsys, A_LOAN, *listing(USDC | {"chainId": 1, "decimals": 18}, USDC | {"chainId": 8453}))
    assert refused.code == Exit.REFUSED
    assert f"{LOAN_TOKEN} is described twice" in refused.err


def test_the_chain_stands_in_the_evidence_of_every_entry(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, A_LOAN, "--chain-id", "8453")
    imported(capsys, A_LOAN, book="unnamed.db")
    assert {event["evidence"]["chain_id"] for event in events(capsys)} == {8453}
    assert all("chain_id" not in event["evidence"] for event in events(capsys, book="unnamed.db"))


def test_logs_of_another_chain_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, A_LOAN, "--chain-id", "8453")
    refused = imported(capsys, MORE, "--chain-id", "10")
    assert refused.code == Exit.REFUSED
    assert f"logs.jsonl: {place(MORE[0], 1)}: is of chain 10" in refused.err
    assert "8453" in refused.err
    assert len(events(capsys)) == 7


# Where logs come from.


def test_a_node_s_answer_an_array_of_answers_and_a_packed_file_are_the_same_logs(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [{"jsonrpc": "2.0", "id": 1, "result": A_LOAN[:2]}, {"jsonrpc": "2.0", "id": 2, "result": A_LOAN[2:]}]
    packed = gzip.compress(b"".join(lines_of(A_LOAN)))
    of_answer = imported(capsys, [{"jsonrpc": "2.0", "id": 1, "result": A_LOAN}], book="answer.db")
    of_answers = imported(capsys, [answers], book="answers.db")
    of_array = imported(capsys, [A_LOAN], book="array.db")
    of_packed = imported_text(capsys, packed, name="logs.jsonl.gz", book="packed.db")
    assert book.exists()
    assert of_answer.code == of_answers.code == of_array.code == of_packed.code == Exit.CLEAN
    assert proof(capsys, "answer.db") == proof(capsys, "answers.db") == proof(capsys)
    assert proof(capsys, "array.db") == proof(capsys, "packed.db") == proof(capsys)


def test_standard_input_is_read_for_a_dash(book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--db", "piped.db", "import", "--source", "morpho-blue", "-"]
    done = run(asked, tmp_path, b"".join(lines_of(A_LOAN[::-1])))
    again = run(asked, tmp_path, b"".join(lines_of(A_LOAN)))
    assert book.exists()
    assert said(done) == ["created piped.db", "-: 7 recorded, 0 already recorded", "-: 4 logs"]
    assert said(again) == ["-: 0 recorded, 4 already recorded", "-: 4 logs"]
    assert proof(capsys, "piped.db") == proof(capsys)


def test_logs_from_a_pipe_that_has_a_name_are_all_read(
    book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--db", "piped.db", "import", "--source", "morpho-blue", "/dev/stdin"]
    done = run(asked, tmp_path, b"".join(lines_of(A_LOAN)))
    assert book.exists()
    assert said(done)[1] == "/dev/stdin: 7 recorded, 0 already recorded"
    assert proof(capsys, "piped.db") == proof(capsys)


def test_an_answer_whose_error_is_null_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert imported(capsys, [{"jsonrpc": "2.0", "id": 1, "error": None, "result": A_LOAN}]).code == Exit.CLEAN


def test_standard_input_is_refused_like_a_file(book: Path, tmp_path: Path) -> None:
    before = bytes_of(book)
    refused = run(["--db", book.name, "import", "--source", "morpho-blue", "-"], tmp_path, b"hello\n")
    assert refused.code == Exit.REFUSED
    assert refused.err.startswith("recoup: -: line 1: not a JSON object")
    assert bytes_of(book) == before


@pytest.mark.parametrize(
    ("content", "saying"),
    [(gzip.compress(b"x")[:-3], "not a whole gzip file"), (b"plain", "not a whole gzip file")],
    ids=["cut short", "not packed"],
)
def test_a_damaged_packed_file_is_refused(
    content: bytes, saying: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    refused = imported_text(capsys, content, name="logs.jsonl.gz")
    assert refused.code == Exit.REFUSED
    assert refused.err.startswith(f"recoup: logs.jsonl.gz: {saying}")
    assert bytes_of(book) == before


# What is refused.

NEXT: Final = block(102, supply(assets=50, shares=50 * SHARE))[0]
HUGE: Final = 2**256 - 1
WRONG: Final[dict[str, tuple[Json, str]]] = {
    "of another contract": (NEXT | {"address": STRANGER}, f"is of contract {STRANGER}, and this book follows "),
    "of an unknown market": (
        block(102, supply(assets=1, shares=1, market=OTHER_MARKET))[0],
        f"no pool {OTHER_MARKET} was opened",
    ),
    "without topics": (NEXT | {"topics": []}, "topics: "),
    "with a topic too few": (NEXT | {"topics": NEXT["topics"][:-1]}, "topics: Supply has 4, not 3"),
    "with a topic too many": (NEXT | {"topics": [*NEXT["topics"], MARKET]}, "topics: "),
    "with data cut short": (NEXT | {"data": NEXT["data"][:-2]}, "data: Supply has 64 bytes, not 63"),
    "with half a byte": (NEXT | {"data": NEXT["data"][:-1]}, "data: has a character or a form that is not allowed"),
    "with data too long": (NEXT | {"data": f"{NEXT['data']}00"}, "data: Supply has 64 bytes, not 65"),
    "with something before an address": (
        NEXT | {"topics": [*NEXT["topics"][:-1], "0x01" + NEXT["topics"][-1][4:]]},
        "onBehalf: is no address",
    ),
    "without a time": ({key: NEXT[key] for key in NEXT if key != "blockTimestamp"}, "blockTimestamp: is missing"),
    "with a time beyond the calendar": (
        NEXT | {"blockTimestamp": "0xffffffffffff"},
        "blockTimestamp: must be the time of a block",
    ),
    "that is older than the last": (
        block(101, supply(assets=1, shares=1), first=1, fork="other")[0],
        "and recorded is",
    ),
    "of a block of the same height": (
        block(101, supply(assets=1, shares=1), first=2, fork="other")[0],
        f"recorded is {A_LOAN[-1]['blockHash']}, not withdrawn",
    ),
    "that is recorded with other data": (A_LOAN[1] | {"data": NEXT["data"]}, "is recorded with other content"),
    "that is withdrawn and was never recorded": (NEXT | {"removed": True}, "is withdrawn, but was never recorded"),
    "that is withdrawn while newer ones stand": (
        A_LOAN[1] | {"removed": True},
        "is withdrawn while block 101, log 2 stands",
    ),
    "of more than a lender has": (
        block(102, withdraw(assets=1001, shares=1001 * SHARE))[0],
        "law 3, no account leaves its normal side",
    ),
    "of more than is in the pool": (block(102, borrow(assets=401, shares=401 * SHARE))[0], "law 3, "),
    "of a fee above all interest": (
        block(102, set_fee(10**18 + 1))[0],
        "SetFee cannot be booked: reserve_factor_wad: ",
    ),
    "of all that 256 bits can hold": (block(102, borrow(assets=HUGE, shares=HUGE))[0], "law 3, "),
    "of more collateral than is held": (
        block(102, liquidate(repaid=(10, 10 * SHARE), seized=51))[0],
        f"is sold, loan {BOB} holds 50",
    ),
    "that is withdrawn, or not, or so": (NEXT | {"removed": "false"}, 'removed: must be true or false, not "false"'),
}


@pytest.mark.parametrize(("log", "saying"), WRONG.values(), ids=WRONG)
def test_a_wrong_log_is_refused_with_its_place_on_the_chain_and_nothing_of_its_file_is_recorded(
    log: Json, saying: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    refused = imported(capsys, [A_LOAN[0], log])
    (told,) = refused.err.splitlines()
    assert (refused.code, refused.out) == (Exit.REFUSED, "")
    assert told.startswith(f"recoup: logs.jsonl: {place(log, 2)}: ")
    assert saying in told
    assert bytes_of(book) == before


def test_a_repayment_of_more_than_a_unit_above_all_debt_is_refused(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    assert imported(capsys, block(102, repay(assets=602, shares=600 * SHARE))).code == Exit.REFUSED
    assert imported(capsys, block(102, liquidate(repaid=(602, 600 * SHARE), seized=1))).code == Exit.REFUSED
    assert bytes_of(book) == before


def test_logs_before_and_after_a_wrong_one_are_not_recorded(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    wrong = block(103, withdraw(assets=1051, shares=1051 * SHARE))
    refused = imported(capsys, [*MORE, *wrong, *block(104, supply(assets=1, shares=SHARE))])
    assert refused.code == Exit.REFUSED
    assert f"logs.jsonl: {place(wrong[0], 3)}: " in refused.err
    assert bytes_of(book) == before


@pytest.mark.parametrize("chunk", [(), ("--chunk", "1")], ids=["at once", "in chunks"])
def test_the_first_breach_of_law_stops_a_file_and_malformed_logs_after_it_are_still_told(
    chunk: tuple[str, ...], book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    unlawful = [block(number, withdraw(assets=1001, shares=1001 * SHARE))[0] for number in (102, 103)]
    malformed = block(104, supply(assets=1, shares=1))[0] | {"data": "0x", "blockTimestamp": "0x65"}
    refused = imported(capsys, [*unlawful, malformed, malformed | {"topics": 1, "address": "0x1"}], *chunk)
    first, second, third, fourth = refused.err.splitlines()
    assert refused.code == Exit.REFUSED
    assert first.startswith(f"recoup: logs.jsonl: {place(unlawful[0], 1)}: ")
    assert second == f"logs.jsonl: {place(malformed, 3)}: data: Supply has 64 bytes, not 0"
    assert third.startswith(f"logs.jsonl: {place(malformed, 4)}: address: ")
    assert fourth.startswith(f"logs.jsonl: {place(malformed, 4)}: topics: ")
    assert bytes_of(book) == before


NOT_LOGS: Final = {
    "an error of the node": (
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"more than 10000 results"}}',
        'line 1: error: the node answered with an error, {"code": -32005, "message": "more than 10000 results"}',
    ),
    "an error that would clear the terminal": (
        b'{"jsonrpc":"2.0","id":1,"error":"\\u001b[2J"}',
        'line 1: error: the node answered with an error, "\\u001b[2J"',
    ),
    "an answer without logs": (b'{"jsonrpc":"2.0","id":1,"result":null}', "line 1: must be a JSON object"),
    "an answer cut short": (b'{"jsonrpc":"2.0","id":1,"result":[{"addr', "line 1: not a JSON object (EOF "),
    "an answer over several lines": (
        json.dumps({"jsonrpc": "2.0", "result": A_LOAN}, indent=2).encode(),
        "line 1: begins a JSON text of several lines; a log, or a whole answer, stands on one: `jq -c .` writes it",
    ),
    "a web page": (b"<html>\n", "line 1: not a JSON object (expected value at column 1)\n"),
    "a number": (b"42\n", "line 1: must be a JSON object"),
    "bytes that are not UTF-8": (b"\xff\n", "line 1: not UTF-8 at byte 1\n"),
    "facts": (
        b'{"type":"fund-opened","at":"2022-11-22T13:31:23Z","fund":"f","asset":"USD"}\n',
        "line 1: address: is missing\n",
    ),
}


@pytest.mark.parametrize(("content", "saying"), NOT_LOGS.values(), ids=NOT_LOGS)
def test_a_file_that_holds_no_logs_is_refused(
    content: bytes, saying: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    refused = imported_text(capsys, content)
    assert refused.code == Exit.REFUSED
    assert refused.err.startswith(f"recoup: logs.jsonl: {saying}")
    assert "\x1b" not in refused.err
    assert bytes_of(book) == before


@pytest.mark.parametrize("value", [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000], ids=["open", "closed"])
@pytest.mark.parametrize("around", [(b"", b""), (b'{"jsonrpc":"2.0","result":[', b"]}"), (b'{"address":', b"}")])
def test_json_of_any_depth_is_refused(
    value: bytes, around: tuple[bytes, bytes], book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    refused = imported_text(capsys, value.join(around))
    assert refused.code == Exit.REFUSED
    assert refused.err.startswith("recoup: logs.jsonl: line 1: ")
    assert bytes_of(book) == before


def test_a_log_that_is_read_as_a_fact_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("logs.jsonl").write_bytes(b"".join(lines_of(A_LOAN)))
    refused = called(capsys, "--db", "book.db", "import", "logs.jsonl")
    assert refused.code == Exit.REFUSED
    assert "logs.jsonl: line 1: type: is missing" in refused.err


HOSTILE: Final[tuple[Any, ...]] = (
    None,
    True,
    -1,
    1.5,
    10**400,
    "",
    "0x",
    "0X1",
    "-0x1",
    "0x-1",
    " 0x1",
    "0x1\n",
    "0x" + "f" * 100,
    "\u0000\u001b[2J\ud800",
    "x" * 10_000,
    [],
    ["0x"],
    {},
    {"0x": []},
)


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(
    "field",
    ["address", "topics", "data", "blockNumber", "blockHash", "blockTimestamp", "transactionHash", "logIndex"],
)
def test_whatever_stands_in_a_field_a_log_is_refused_without_disturbing_anyone(
    field: str, value: object, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    refused = imported(capsys, [NEXT | {field: value}])
    assert refused.code == Exit.REFUSED
    assert "logs.jsonl: line 1" in refused.err
    assert "internal error" not in refused.err
    assert "\x1b" not in refused.err
    assert max(map(len, refused.err.splitlines())) < 500
    assert bytes_of(book) == before


def test_what_a_node_adds_to_a_log_is_passed_over(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = imported(capsys, [log | {"chainId": "0x1", "more": {"a": [1, None]}} for log in A_LOAN])
    assert book.exists()
    assert said(done) == ["0 recorded, 4 already recorded", "4 logs"]


# Chunks.


def test_chunks_record_the_same_as_one_transaction(capsys: pytest.CaptureFixture[str]) -> None:
    whole = imported_text(capsys, SAMPLE.read_bytes(), name="logs.jsonl.gz", book="whole.db")
    chunked = imported_text(capsys, SAMPLE.read_bytes(), "--chunk", "7", name="logs.jsonl.gz", book="chunked.db")
    assert whole.code == Exit.CLEAN
    assert chunked.err == whole.err.replace("whole.db", "chunked.db")
    assert proof(capsys, "chunked.db") == proof(capsys, "whole.db")


def test_the_chunks_before_a_refused_one_stay_and_running_again_resumes_to_the_same_bytes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs = sample()
    cut_short = lines_of([json.loads(logs[100]) | {"data": "0x"}])
    refused = imported_text(capsys, b"".join([*logs[:100], *cut_short, *logs[101:]]), "--chunk", "40")
    kept = len(events(capsys))
    resumed = imported_text(capsys, b"".join(logs), "--chunk", "40")
    assert imported_text(capsys, b"".join(logs), book="whole.db").code == Exit.CLEAN
    assert refused.code == Exit.REFUSED
    assert "logs.jsonl: line 101, block " in refused.err
    assert f"logs.jsonl: {kept} facts of the chunks before are recorded" in refused.err
    assert 0 < kept < 100
    assert resumed.code == Exit.CLEAN
    assert proof(capsys) == proof(capsys, "whole.db")


# Being interrupted.


def test_an_import_that_is_interrupted_while_it_waits_for_logs_records_nothing(book: Path, tmp_path: Path) -> None:
    before = bytes_of(book)
    with begun(["--db", book.name, "import", "--source", "morpho-blue", "-"], tmp_path) as process:
        assert process.stdin is not None
        process.stdin.write(b"".join(lines_of(MORE * 500)))  # more than a pipe holds, so it is reading
        process.stdin.flush()
        code = interrupted(process)
        _, told = process.communicate()
    assert code == Exit.INTERRUPTED
    assert told.decode().strip() == "recoup: interrupted"
    assert bytes_of(book) == before


INTERRUPTED_WRITING_OUT: Final = """
import sys
import cli.import_, ledger.journal.sqlite, ledger.sources.evm.feed, ledger.sources.morpho_blue
from cli.main import main

seen = 0

def interrupt(frame, event, _):
    global seen
    seen += event == "call" and frame.f_code.co_name == "canonical"
    if seen == 100:
        sys.setprofile(None)
        raise KeyboardInterrupt

sys.setprofile(interrupt)
main(sys.argv[1:])
"""
"""A program that is interrupted when it writes out its hundredth event."""


@pytest.mark.parametrize(("chunk", "kept"), [((), 0), (("--chunk", "20"), 84)], ids=["at once", "in chunks"])
def test_an_import_that_is_interrupted_keeps_only_whole_chunks_and_running_again_resumes(
    chunk: tuple[str, ...], kept: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("logs.jsonl").write_bytes(b"".join(sample()))
    asked = ["--db", "book.db", "import", "--source", "morpho-blue", *chunk, "logs.jsonl"]
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WRITING_OUT, *asked],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
        env=environment(),
    )
    recorded = len(events(capsys))
    resumed = called(capsys, *asked)
    assert imported_text(capsys, b"".join(sample()), book="whole.db").code == Exit.CLEAN
    assert done.returncode == Exit.INTERRUPTED
    assert done.stderr.decode().split() == ["recoup:", "created", "book.db", "recoup:", "interrupted"]
    assert recorded == kept
    assert resumed.code == Exit.CLEAN
    assert proof(capsys) == proof(capsys, "whole.db")


def test_what_comes_through_a_pipe_of_any_name_is_read_whole(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = Thread(target=(tmp_path / "pipe").write_bytes, args=(b"".join(lines_of(A_LOAN)),))
    writer.start()
    done = run(["--db", "book.db", "import", "--source", "morpho-blue", "pipe"], tmp_path)
    writer.join()
    assert done.code == Exit.CLEAN
    assert "recoup: pipe: 7 recorded, 0 already recorded" in done.err


def test_standard_input_is_read_once(tmp_path: Path) -> None:
    refused = run(["--db", "book.db", "import", "--source", "morpho-blue", "-", "-"], tmp_path)
    assert refused.code == Exit.USAGE
    assert "standard input can be read once" in refused.err


def test_standard_input_cannot_be_both_the_list_and_the_logs(tmp_path: Path) -> None:
    asked = ["--db", "book.db", "import", "--source", "morpho-blue", "--assets", "-", "-"]
    refused = run(asked, tmp_path, b"[]")
    assert refused.code == Exit.USAGE
    assert not (tmp_path / "book.db").exists()


def test_a_setting_that_the_first_market_was_opened_with_is_recorded_already(
    capsys: pytest.CaptureFixture[str],
) -> None:
    setting = block(99, set_fee_recipient())
    assert imported(capsys, [*setting, *A_LOAN]).code == Exit.CLEAN
    assert imported(capsys, setting).code == Exit.CLEAN
