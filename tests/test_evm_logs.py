"""Logs of contracts: what a file of them may look like, what a log may be, their order, and how events are decoded."""

import gzip
import json
import random
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import InputRefused, Malformed
from ledger.sources.evm import order
from ledger.sources.evm.declared import Declared, Undecodable, declared
from ledger.sources.evm.logs import Log, parsed
from ledger.sources.evm.order import Survey, ordered, survey
from ledger.sources.evm.reading import LINE_MAX, found, logs
from ledger.sources.evm.tokens import Token, tokens
from ledger.sources.morpho_blue import PROTOCOL
from ledger.values import Timestamp
from tests.evm_chain import (
    A_LOAN,
    A_MARKET,
    ALICE,
    BOB,
    CALLER,
    CONTRACT,
    EVENTS,
    LOAN_TOKEN,
    MARKET,
    Json,
    Said,
    accrue_interest,
    block,
    create_market,
    lines_of,
    liquidate,
    place,
    removed,
    said,
    set_fee_recipient,
    supply,
    topic,
    withdraw,
)

DATA: Final = Path(__file__).parent / "data" / "morpho-blue"
MISSING: Final = "is missing"
FORM: Final = "has a character or a form that is not allowed there"
LOG: Final[Json] = block(101, supply(assets=1000, shares=10**9))[0]
PLACE: Final = place(LOG, 1)
DIRTY: Final = "0x" + "00" * 11 + "01" + ALICE[2:]
"""An address with something before it in its word."""


def read(*lines: bytes) -> list[Log | Malformed]:
    """All that a source gives."""
    return list(logs(lines))


def one(log: Json) -> Log:
    """A log of a line that has no flaw."""
    (read_log,) = read(json.dumps(log).encode())
    assert isinstance(read_log, Log)
    return read_log


def flaws(log: Json | bytes) -> list[str]:
    """What is wrong with the log of a line."""
    line = log if isinstance(log, bytes) else json.dumps(log).encode()
    found_flaws = read(line)
    assert all(isinstance(flaw, Malformed) for flaw in found_flaws)
    return [str(flaw) for flaw in found_flaws]


def places(read_logs: Iterable[Log | Malformed]) -> list[tuple[int, int]]:
    """Block and index of logs without flaws."""
    return [(log.block, log.log_index) for log in read_logs if isinstance(log, Log)]


def without(log: Json, *names: str) -> Json:
    return {name: value for name, value in log.items() if name not in names}


# What stands on a line.


def test_a_log_stands_on_a_line() -> None:
    assert read(*lines_of(A_LOAN)) == [one(log)._replace(line=line) for line, log in enumerate(A_LOAN, 1)]


@pytest.mark.parametrize(
    "answer",
    [
        A_LOAN,
        {"jsonrpc": "2.0", "id": 1, "result": A_LOAN},
        {"id": 1, "jsonrpc": "2.0", "result": A_LOAN},
        {"result": A_LOAN, "id": None, "jsonrpc": "2.0"},
        [{"jsonrpc": "2.0", "id": 1, "result": A_LOAN[:2]}, {"jsonrpc": "2.0", "id": 2, "result": A_LOAN[2:]}],
        [A_LOAN[:1], A_LOAN[1:]],
    ],
    ids=["an array", "an answer", "an answer, its id first", "an answer, its result first", "a batch", "arrays"],
)
def test_the_logs_of_a_whole_answer_stand_on_one_line(answer: object) -> None:
    assert read(json.dumps(answer).encode()) == [one(log) for log in A_LOAN]


def test_answer_after_answer_may_follow_each_other() -> None:
    answers = [json.dumps({"jsonrpc": "2.0", "id": 1, "result": [log]}).encode() + b"\n" for log in A_LOAN]

    assert read(*answers) == [one(log)._replace(line=line) for line, log in enumerate(A_LOAN, 1)]


@pytest.mark.parametrize("empty", [b"[]", b'{"jsonrpc":"2.0","id":1,"result":[]}', b"[[], []]", b"", b"\n", b" \t\r\n"])
def test_no_logs_are_no_flaw(empty: bytes) -> None:
    assert read(empty) == []


def test_empty_lines_are_passed_over_and_counted() -> None:
    (line,) = lines_of([LOG])

    assert read(b"\n", b"  \r\n", line) == [one(LOG)._replace(line=3)]


def test_lines_may_end_as_on_windows() -> None:
    (line,) = lines_of([LOG])

    assert read(line.replace(b"\n", b"\r\n")) == [one(LOG)]


def test_a_byte_order_mark_is_refused_by_its_name() -> None:
    (line,) = lines_of([LOG])
    words = "begins with a byte order mark, which JSON Lines do not have"

    assert flaws(b"\xef\xbb\xbf" + line) == [f"{PLACE}: {words}"]
    assert flaws(b"\xef\xbb\xbf[" + line.strip() + b"]") == [f"line 1: {words}"]


def test_an_answer_that_is_an_error_is_refused_with_what_the_node_says() -> None:
    error = {"code": -32005, "message": "query returned more than 10000 results"}

    assert flaws({"jsonrpc": "2.0", "id": 1, "error": error}) == [
        f"line 1: error: the node answered with an error, {json.dumps(error)}"
    ]


def test_one_error_among_a_batch_is_refused_though_the_others_are_read() -> None:
    batch = [{"jsonrpc": "2.0", "id": 1, "result": [LOG]}, {"jsonrpc": "2.0", "id": 2, "error": "busy"}]

    assert read(json.dumps(batch).encode()) == [
        one(LOG),
        Malformed(1, "error", 'the node answered with an error, "busy"', ""),
    ]


def test_json_over_several_lines_is_refused_once_and_told_how_to_write_it() -> None:
    words = (
        "line 1: begins a JSON text of several lines; a log, or a whole answer, stands on one: `jq -c .` writes it so"
    )

    assert [str(flaw) for flaw in read(*json.dumps(A_LOAN, indent=2).encode().splitlines(keepends=True))] == [words]
    assert [str(flaw) for flaw in read(*json.dumps(LOG, indent=2).encode().splitlines(keepends=True))] == [words]


@pytest.mark.parametrize("other", [b"5", b"null", b'"0x"', b"true", b"1.5", b"[5]", b"[null]", b"[[[]]]", b"[[[[5]]]]"])
def test_json_that_is_no_log_is_refused(other: bytes) -> None:
    assert flaws(other) == ["line 1: must be a JSON object"]


@pytest.mark.parametrize("answer", [b'{"jsonrpc":"2.0","id":1,"result":null}', b'{"id":1,"result":"0x"}'])
def test_an_answer_to_another_question_is_refused(answer: bytes) -> None:
    assert flaws(answer) == ["line 1: must be a JSON object"]


@pytest.mark.parametrize("broken", [b"{", b"[{]", b'{"address":', b"nonsense", b"{}{}", b"[NaN]", b'["\\ud800"]'])
def test_what_is_no_json_is_refused(broken: bytes) -> None:
    assert all(flaw.startswith("line 1: ") for flaw in flaws(broken))


def test_what_is_no_text_is_refused_with_its_byte() -> None:
    assert flaws(b'{"address":"\xff"}') == ["line 1: not UTF-8 at byte 13"]


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"id":', b'{"result":['])
def test_json_nested_without_end_is_refused(opening: bytes) -> None:
    assert flaws(opening * 100_000) != []


@pytest.mark.parametrize("digits", [4_000, 5_000])
@pytest.mark.parametrize("around", [b"[%b]", b'{"blockNumber":%b}', b"%b"])
def test_a_number_of_thousands_of_digits_is_refused(around: bytes, digits: int) -> None:
    assert flaws(around % (b"1" * digits)) != []


def test_a_line_beyond_the_bound_is_refused_and_the_next_is_read() -> None:
    (line,) = lines_of([LOG])

    assert read(b"1" * (LINE_MAX + 1), line) == [
        Malformed(1, "", f"longer than {LINE_MAX} bytes", ""),
        one(LOG)._replace(line=2),
    ]


def test_a_long_hexadecimal_text_that_never_ends_is_refused_without_ado() -> None:
    """In time that grows with the line: were it with its square, this would take an hour."""
    assert len(flaws(b'{"data":"0x' + b"A" * 1_000_000)) == 1


def test_all_flaws_of_all_lines_are_told() -> None:
    lines = [json.dumps(without(LOG, "data", "topics")).encode(), *lines_of([LOG]), b"nonsense"]

    assert [(flaw.line, flaw.field) for flaw in read(*lines) if isinstance(flaw, Malformed)] == [
        (1, "topics"),
        (1, "data"),
        (3, ""),
    ]


# What a log is.


def test_a_log_is_read_with_all_that_the_books_need_of_it() -> None:
    assert one(LOG) == Log(
        line=1,
        address=CONTRACT,
        topics=(topic("Supply"), MARKET, f"0x{'00' * 12}{CALLER[2:]}", f"0x{'00' * 12}{ALICE[2:]}"),
        data=f"0x{1000:064x}{10**9:064x}",
        block=101,
        block_hash=LOG["blockHash"],
        at=Timestamp("2023-07-22T04:46:52Z"),
        tx=LOG["transactionHash"],
        log_index=0,
        removed=False,
    )


def test_hexadecimal_text_may_be_in_upper_case() -> None:
    shouted = {name: _upper(value) for name, value in LOG.items()}

    assert shouted != LOG
    assert one(shouted) == one(LOG)
    assert one(shouted).id == one(LOG).id
    assert one(shouted).evidence(1) == one(LOG).evidence(1)


def _upper(value: Any) -> Any:
    """Hexadecimal digits in upper case; the prefix stays."""
    if isinstance(value, list):
        return [_upper(part) for part in value]
    return f"0x{value[2:].upper()}" if isinstance(value, str) else value


def test_an_address_may_carry_its_checksum() -> None:
    checksummed = LOG | {"address": "0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb"}

    assert one(checksummed).address == "0xbbbbbbbbbb9cc5e90e3b3af64bdaf62c37eeffcb"


def test_fields_that_nodes_add_are_passed_over() -> None:
    assert one({"type": "mined", **LOG, "l1BlockNumber": "0x1", "extra": [{"deep": None}]}) == one(LOG)


def test_a_log_without_removed_stands() -> None:
    assert one(without(LOG, "removed")) == one(LOG)


@pytest.mark.parametrize(
    "name", ["address", "topics", "data", "blockNumber", "blockHash", "blockTimestamp", "transactionHash", "logIndex"]
)
def test_a_log_without_one_of_its_fields_is_refused_by_its_name(name: str) -> None:
    (flaw,) = flaws(without(LOG, name))

    assert flaw.endswith(f": {name}: {MISSING}")


def test_a_log_of_a_pending_block_is_refused_with_every_field_that_has_no_value() -> None:
    pending = LOG | {"blockNumber": None, "blockHash": None, "blockTimestamp": None, "logIndex": None}
    where = f"line 1, block null, transaction {LOG['transactionHash']}, log null"

    assert flaws(pending) == [
        f"{where}: {name}: must be a JSON string, not null"
        for name in ("blockNumber", "blockHash", "blockTimestamp", "logIndex")
    ]


@pytest.mark.parametrize("value", ["true", "false", 1, 0, None, "0x1", []])
def test_whether_a_log_was_removed_is_true_or_false(value: object) -> None:
    (flaw,) = flaws(LOG | {"removed": value})

    assert flaw == f"{PLACE}: removed: must be true or false, not {json.dumps(value)}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("address", CONTRACT[2:]),
        ("address", CONTRACT[:-2]),
        ("address", CONTRACT + "00"),
        ("address", f"0X{CONTRACT[2:]}"),
        ("address", f"{CONTRACT}\n"),
        ("address", "0x" + "g1" * 20),
        ("address", "0x" + "\N{ARABIC-INDIC DIGIT ONE}" * 40),
        ("data", "0x0"),
        ("data", ""),
        ("data", "0x0g"),
        ("data", "0x00 "),
        ("blockHash", "0x" + "00" * 31),
        ("transactionHash", "0x" + "00" * 33),
        ("blockNumber", "101"),
        ("blockNumber", "0x"),
        ("blockNumber", "-0x1"),
        ("blockNumber", "0x" + "f" * 16),
        ("blockTimestamp", "-0x1"),
        ("blockTimestamp", "0x-1"),
        ("logIndex", "0x1_0"),
        ("logIndex", " 0x1"),
    ],
)
def test_a_text_that_is_not_the_hexadecimal_of_its_field_is_refused_with_it(name: str, value: str) -> None:
    (flaw,) = flaws(LOG | {name: value})

    assert flaw.startswith("line 1, block ")
    assert flaw.endswith(f": {name}: {FORM}, not {json.dumps(value, ensure_ascii=False)}")


@pytest.mark.parametrize("name", ["blockNumber", "logIndex", "blockTimestamp", "data", "address"])
@pytest.mark.parametrize("value", [101, 1.5, True, ["0x1"], {"0x1": 1}])
def test_a_value_that_is_no_text_is_refused(name: str, value: object) -> None:
    (flaw,) = flaws(LOG | {name: value})

    assert f": {name}: must be a JSON string, not " in flaw


@pytest.mark.parametrize("value", [None, "0x", 5, {}])
def test_topics_are_a_list(value: object) -> None:
    (flaw,) = flaws(LOG | {"topics": value})

    assert flaw.startswith(f"{PLACE}: topics: ")


def test_a_topic_that_is_no_word_is_refused_with_its_place_in_the_list() -> None:
    (flaw,) = flaws(LOG | {"topics": [*LOG["topics"][:3], "0x1"]})

    assert flaw == f'{PLACE}: topics.3: {FORM}, not "0x1"'


def test_a_log_has_no_more_topics_than_the_machine_can_write() -> None:
    (flaw,) = flaws(LOG | {"topics": [*LOG["topics"], LOG["topics"][1]]})

    assert flaw.startswith(f"{PLACE}: topics: ")


@pytest.mark.parametrize("value", ["0x3afff44180", "0x" + "f" * 15])
def test_a_time_beyond_the_calendar_is_refused(value: str) -> None:
    (flaw,) = flaws(LOG | {"blockTimestamp": value})

    assert flaw == f'{PLACE}: blockTimestamp: must be the time of a block, not "{value}"'


def test_a_block_without_a_time_is_refused() -> None:
    """Nodes that do not know it send 0."""
    assert flaws(LOG | {"blockTimestamp": "0x0"})[0].endswith('blockTimestamp: must be the time of a block, not "0x0"')


def test_times_reach_from_the_first_second_to_the_last_of_the_calendar() -> None:
    assert one(LOG | {"blockTimestamp": "0x1"}).at == "1970-01-01T00:00:01Z"
    assert one(LOG | {"blockTimestamp": "0x3afff4417f"}).at == "9999-12-31T23:59:59Z"


@pytest.mark.parametrize("name", ["data", "address", "logIndex", "removed"])
def test_a_field_that_stands_twice_in_one_log_is_refused(name: str) -> None:
    """JSON readers would take one of the two in silence, and not all the same one."""
    (line,) = lines_of([LOG])
    twice = line.replace(b"{", b'{"%b": %b, ' % (name.encode(), json.dumps(LOG[name]).encode()), 1)

    assert len(flaws(twice)) == 1
    assert f"{name}: stands twice in one object" in flaws(twice)[0]


def test_the_evidence_of_a_log_changes_with_all_that_it_says_and_where() -> None:
    others = [
        LOG | {"address": ALICE},
        LOG | {"topics": LOG["topics"][::-1]},
        LOG | {"data": LOG["data"].replace("3e8", "3e9")},
        LOG | {"blockNumber": "0x66"},
        LOG | {"blockHash": "0x" + "00" * 32},
        LOG | {"transactionHash": "0x" + "00" * 32},
        LOG | {"logIndex": "0x1"},
    ]

    evidences = [one(log).evidence(1).__dict__ for log in [LOG, *others]] + [one(LOG).evidence(2).__dict__]

    assert all(evidences.count(evidence) == 1 for evidence in evidences)


def test_the_id_of_a_log_names_contract_block_hash_and_index() -> None:
    assert one(LOG).id == f"{CONTRACT}/101/{LOG['blockHash'][2:18]}/0"


# Their order.


def in_order(lines: Iterable[bytes]) -> list[Log | Malformed]:
    """The logs of lines as they count."""
    kept = list(lines)
    return list(ordered(lambda: kept, survey(lambda: kept)))


def test_logs_count_by_block_and_index_whatever_order_they_came_in() -> None:
    chain = [*block(9, *(supply(assets=1, shares=1) for _ in range(12))), *block(10, create_market()), *A_LOAN]

    for number in range(5):
        shuffled = random.Random(number).sample(chain, len(chain))  # noqa: S311  (a shuffle that can be repeated)
        assert places(in_order(lines_of(shuffled))) == places(read(*lines_of(chain)))


def test_a_log_keeps_the_number_of_its_line_when_it_is_sorted() -> None:
    assert [log.line for log in in_order(lines_of(A_LOAN[::-1]))] == [4, 3, 2, 1]


def test_repeats_count_in_the_order_of_their_lines() -> None:
    assert [log.line for log in in_order(lines_of([A_LOAN[2], A_LOAN[0], A_LOAN[2]]))] == [2, 1, 3]


@pytest.mark.parametrize("run", [1, 2, 3, 7, 100])
def test_sorted_runs_are_merged_whatever_their_length(run: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "RUN", run)
    chain = [log for number in range(90, 110) for log in block(number, supply(assets=1, shares=1), create_market())]
    shuffled = random.Random(run).sample(chain, len(chain))  # noqa: S311  (a shuffle that can be repeated)

    assert places(in_order(lines_of([*shuffled, *shuffled[:7]]))) == sorted(
        places(read(*lines_of(chain + shuffled[:7])))
    )


@pytest.mark.parametrize("run", [1, 2, 100])
def test_flaws_are_told_with_their_lines_when_logs_are_sorted(run: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "RUN", run)
    lines = [b"nonsense", *lines_of(A_LOAN[::-1]), json.dumps(without(LOG, "data")).encode(), b"1" * (LINE_MAX + 1)]

    told = in_order(lines)

    assert [flaw.line for flaw in told if isinstance(flaw, Malformed)] == [1, 6, 7]
    assert places(told) == places(read(*lines_of(A_LOAN)))


def test_a_file_that_withdraws_logs_is_read_in_its_own_order() -> None:
    lines = lines_of([*A_LOAN[::-1], *removed(A_LOAN[:1])])

    assert survey(lambda: lines) == Survey(withdraws=True, in_order=False)
    assert [log.line for log in in_order(lines)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "form",
    [
        '"removed":true',
        '"removed" : true',
        '"removed":\ttrue',
        '"removed":' + " " * 40 + "true",
        '"rem\\u006fved":true',
    ],
)
def test_a_withdrawal_is_seen_in_whatever_form_its_json_is(form: str) -> None:
    lines = [json.dumps(LOG).replace('"removed": false', form).encode()]

    assert one(json.loads(lines[0])).removed
    assert survey(lambda: lines).withdraws


@pytest.mark.parametrize("before", ['"note":"removed",', '"then":true,', '"extra":{"removed":false},'])
def test_what_a_node_adds_is_not_taken_for_a_withdrawal_or_in_its_place(before: str) -> None:
    withdrawing = [json.dumps(log).replace("{", "{" + before, 1).encode() for log in removed([LOG])]
    standing = [json.dumps(without(LOG, "removed")).replace("{", "{" + before, 1).encode()]

    assert survey(lambda: withdrawing).withdraws
    assert not survey(lambda: standing).withdraws


@pytest.mark.parametrize("space", ["", " ", "\t", " " * 40])
def test_logs_are_put_in_order_in_whatever_form_their_json_is(space: str) -> None:
    lines = [json.dumps(log, separators=(",", f":{space}")).encode() for log in A_LOAN[::-1]]

    assert places(in_order(lines)) == places(read(*lines_of(A_LOAN)))


def test_logs_are_put_in_order_by_their_own_block_and_not_by_one_that_a_node_adds() -> None:
    added = [{"origin": {"blockNumber": "0x1", "logIndex": "0x1"}, **log} for log in A_LOAN[::-1]]

    assert places(in_order(lines_of(added))) == places(read(*lines_of(A_LOAN)))


def test_the_logs_of_one_array_are_sorted_too() -> None:
    assert places(in_order([json.dumps(A_LOAN[::-1]).encode()])) == places(read(*lines_of(A_LOAN)))


@given(
    st.lists(st.tuples(st.integers(0, 2**60 - 1), st.integers(0, 2**60 - 1)), max_size=12),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12),
)
def test_any_logs_come_in_the_order_of_their_blocks_and_indexes(
    far: list[tuple[int, int]], near: list[tuple[int, int]]
) -> None:
    lines = lines_of(LOG | {"blockNumber": hex(number), "logIndex": hex(index)} for number, index in far + near)

    assert places(in_order(lines)) == sorted(far + near)


def test_memory_does_not_grow_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "RUN", 500)

    once, fourfold = _peak_of_sorting(2_000), _peak_of_sorting(8_000)

    assert fourfold < 1.5 * once


def _peak_of_sorting(number: int) -> int:
    """The most memory, in bytes, that sorting so many logs takes, which come newest first."""
    (line,) = lines_of([LOG])

    def lines() -> Iterator[bytes]:
        for height in range(number, 0, -1):
            yield line.replace(b'"0x65"', b'"0x%x"' % height)

    tracemalloc.start()
    try:
        blocks = sum(log.block for log in ordered(lines, survey(lines)) if isinstance(log, Log))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert blocks == number * (number + 1) // 2
    return peak


# How events are decoded.


TOPICS: Final = {
    "AccrueInterest": "0x9d9bd501d0657d7dfe415f779a620a62b78bc508ddc0891fbbd8b7ac0f8fce87",
    "Borrow": "0x570954540bed6b1304a87dfe815a5eda4a648f7097a16240dcd85c9b5fd42a43",
    "CreateMarket": "0xac4b2400f169220b0c0afdde7a0b32e775ba727ea1cb30b35f935cdaab8683ac",
    "EnableIrm": "0x590e04cdebeccba40f566186b9746ad295a4cd358ea4fefaaea6ce79630d96c0",
    "EnableLltv": "0x297b80e7a896fad470c630f6575072d609bde997260ff3db851939405ec29139",
    "FlashLoan": "0xc76f1b4fe4396ac07a9fa55a415d4ca430e72651d37d3401f3bed7cb13fc4f12",
    "IncrementNonce": "0xa58af1a0c70dba0c7aa60d1a1a147ebd61000d1690a968828ac718bca927f2c7",
    "Liquidate": "0xa4946ede45d0c6f06a0f5ce92c9ad3b4751452d2fe0e25010783bcab57a67e41",
    "Repay": "0x52acb05cebbd3cd39715469f22afbf5a17496295ef3bc9bb5944056c63ccaa09",
    "SetAuthorization": "0xd5e969f01efe921d3f766bdebad25f0a05e3f237311f56482bf132d0326309c0",
    "SetFee": "0x139d6f58e9a127229667c8e3b36e88890a66cfc8ab1024ddc513e189e125b75b",
    "SetFeeRecipient": "0x2e979f80fe4d43055c584cf4a8467c55875ea36728fc37176c05acd784eb7a73",
    "SetOwner": "0x167d3e9c1016ab80e58802ca9da10ce5c6a0f4debc46a2e7a2cd9e56899a4fb5",
    "Supply": "0xedf8870433c83823eb071d3df1caa8d008f12f6440918c20d75a3602cda30fe0",
    "SupplyCollateral": "0xa3b9472a1399e17e123f3c2e6586c23e504184d504de59cdaa2b375e880c6184",
    "Withdraw": "0xa56fc0ad5702ec05ce63666221f796fb62437c32db1aa1aa075fc6484cf58fbf",
    "WithdrawCollateral": "0xe80ebd7cc9223d7382aab2e0d1d6155c65651f83d53c8b9b06901d167e321142",
}
"""The first topic of every event of the contract."""


def test_every_event_of_the_contract_is_known_by_its_first_topic() -> None:
    assert {event.name: first for first, event in PROTOCOL.events.items()} == TOPICS


def test_the_first_topic_of_an_event_is_the_hash_of_its_signature() -> None:
    transfer = declared("Transfer(address indexed from, address indexed to, uint256 value)")

    assert transfer.topic == "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"


def test_every_log_of_the_real_contract_is_of_an_event_that_is_known() -> None:
    with gzip.open(DATA / "logs.jsonl.gz") as lines:
        seen = {log["topics"][0] for log in map(json.loads, lines)}

    assert seen == set(TOPICS.values()) - {TOPICS["IncrementNonce"]}


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_what_is_a_topic_and_what_is_data_is_as_the_contract_declares(name: str) -> None:
    indexed, in_data, _ = EVENTS[name]
    event = PROTOCOL.events[topic(name)]

    assert event.indexed == indexed
    assert len(event.in_data) == len(",".join(in_data).split(",")) * bool(in_data)


def test_what_declares_no_event_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="Transfer declares no event"):
        declared("Transfer")


def event_of(event: Said) -> Declared:
    return PROTOCOL.events[event.topics[0]]


def arguments(event: Said, **changed: Any) -> list[str | int | bool]:
    """The arguments of an event, of whose log some fields are changed."""
    return event_of(event).arguments(one(block(101, event)[0] | changed))


def undecodable(event: Said, **changed: Any) -> tuple[str, str, str]:
    """How the log of an event is refused: field, message and value."""
    with pytest.raises(Undecodable) as refused:
        arguments(event, **changed)
    return refused.value.field, refused.value.message, refused.value.value


def test_arguments_come_in_the_order_of_the_declaration_wherever_they_stand() -> None:
    assert arguments(withdraw(assets=7, shares=8)) == [MARKET, CALLER, ALICE, "0x" + "ca" * 20, 7, 8]


def test_a_struct_is_taken_apart_into_its_members() -> None:
    assert arguments(create_market(lltv=5)) == [
        MARKET,
        LOAN_TOKEN,
        "0x" + "c0" * 20,
        "0x" + "0a" * 20,
        "0x" + "1a" * 20,
        5,
    ]


@pytest.mark.parametrize("amount", [0, 1, 2**128, 2**255, 2**256 - 1])
def test_an_amount_is_decoded_at_any_size(amount: int) -> None:
    assert arguments(supply(assets=amount, shares=amount))[-2:] == [amount, amount]


@pytest.mark.parametrize(("value", "meant"), [(0, False), (1, True)])
def test_a_truth_value_is_decoded(value: int, meant: bool) -> None:  # noqa: FBT001  (a parameter of the test)
    event = said("SetAuthorization", [CALLER, ALICE, BOB], [bool(value)])

    assert arguments(event) == [CALLER, ALICE, BOB, meant]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_log_with_too_few_topics_is_refused(count: int) -> None:
    event = supply(assets=1, shares=1)

    assert undecodable(event, topics=event.topics[:count]) == ("topics", "Supply has 4", f"{count}")


def test_a_log_with_too_many_topics_is_refused() -> None:
    event = accrue_interest(interest=1)

    assert undecodable(event, topics=[*event.topics, MARKET]) == ("topics", "AccrueInterest has 2", "3")


@pytest.mark.parametrize("length", [0, 1, 31, 32, 63, 65, 96])
def test_data_too_short_or_too_long_is_refused(length: int) -> None:
    assert undecodable(supply(assets=1, shares=1), data="0x" + "00" * length) == (
        "data",
        "Supply has 64 bytes",
        f"{length}",
    )


def test_data_where_an_event_has_none_is_refused() -> None:
    assert undecodable(set_fee_recipient(), data="0x" + "00" * 32) == ("data", "SetFeeRecipient has 0 bytes", "32")


@pytest.mark.parametrize(("position", "name"), [(2, "caller"), (3, "borrower")])
def test_a_topic_that_is_no_address_is_refused_by_the_name_of_its_parameter(position: int, name: str) -> None:
    event = liquidate(repaid=(1, 1), seized=1)
    dirty = [DIRTY if place_ == position else word for place_, word in enumerate(event.topics)]

    field, message, _ = undecodable(event, topics=dirty)

    assert (field, message) == (name, "is no address")


def test_data_that_is_no_address_is_refused_by_the_name_of_its_parameter() -> None:
    event = withdraw(assets=1, shares=1)

    field, message, _ = undecodable(event, data=DIRTY + event.data[66:])

    assert (field, message) == ("caller", "is no address")


@pytest.mark.parametrize(("word", "name"), [(0, "loanToken"), (1, "collateralToken"), (2, "oracle"), (3, "irm")])
def test_a_member_of_a_struct_that_is_no_address_is_refused_by_its_name(word: int, name: str) -> None:
    event = create_market()
    start = 2 + 64 * word
    dirty = event.data[:start] + DIRTY[2:] + event.data[start + 64 :]

    field, message, _ = undecodable(event, data=dirty)

    assert (field, message) == (name, "is no address")


@pytest.mark.parametrize("value", [2, 256, 2**255])
def test_a_truth_value_is_nothing_but_0_and_1(value: int) -> None:
    event = said("SetAuthorization", [CALLER, ALICE, BOB], [True])

    field, message, _ = undecodable(event, data=f"0x{value:064x}")

    assert (field, message) == ("newIsAuthorized", "is no bool")


# What a token list says.


USDC: Final = {"address": LOAN_TOKEN, "symbol": "USDC", "decimals": 6}


def listed(content: object, *, chain_id: int | None = None) -> dict[str, Token]:
    return tokens(json.dumps(content).encode(), source="tokens.json", chain_id=chain_id)


def list_refused(content: object, *, chain_id: int | None = None) -> tuple[str, ...]:
    with pytest.raises(InputRefused) as refused:
        listed(content, chain_id=chain_id)
    return refused.value.problems


@pytest.mark.parametrize("content", [[USDC], {"name": "Ours", "tokens": [USDC | {"chainId": 1, "logoURI": "ipfs://"}]}])
def test_tokens_stand_in_an_array_or_in_a_token_list(content: object) -> None:
    (token,) = listed(content).values()

    assert (token.address, token.symbol, token.decimals) == (LOAN_TOKEN, "USDC", 6)


def test_a_token_is_found_by_its_address_in_lower_case() -> None:
    assert listed([USDC | {"address": "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"}]).keys() == {
        "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
    }


def test_of_a_list_for_several_chains_those_of_the_chain_asked_for_count() -> None:
    several = [USDC | {"chainId": 1}, USDC | {"chainId": 10, "symbol": "USDC.e", "decimals": 8}]

    assert [token.symbol for token in listed(several, chain_id=10).values()] == ["USDC.e"]
    assert listed(several, chain_id=137) == {}


def test_a_token_described_twice_alike_counts_once() -> None:
    assert len(listed([USDC, USDC | {"address": LOAN_TOKEN.upper().replace("X", "x")}])) == 1


@pytest.mark.parametrize("other", [{"decimals": 18}, {"symbol": "USDT"}])
def test_a_token_described_twice_in_different_ways_is_refused(other: Json) -> None:
    (problem,) = list_refused([USDC, USDC | other])

    assert problem.startswith(f"{LOAN_TOKEN} is described twice, as USDC with 6 decimals and ")


def test_every_flaw_of_a_token_list_is_told() -> None:
    assert list_refused([USDC | {"decimals": "6"}, USDC | {"address": "0x"}]) != ()
    assert len(list_refused([USDC | {"decimals": "6"}, USDC | {"address": "0x"}])) == 2


@pytest.mark.parametrize("content", [{}, {"tokens": {}}, 5, None, "x", [[]], [{}], [USDC | {"decimals": 256}]])
def test_what_is_no_token_list_is_refused(content: object) -> None:
    assert list_refused(content) != ()


def test_a_list_that_is_no_json_is_refused() -> None:
    with pytest.raises(InputRefused):
        tokens(b"nonsense", source="tokens.json", chain_id=None)


# The parts together.


def test_a_flaw_of_a_line_says_where_on_the_chain_it_is_as_far_as_the_line_says() -> None:
    assert flaws(without(LOG, "transactionHash", "data"))[0].startswith("line 1, block 101, log 0: ")
    assert flaws(without(LOG, "blockNumber"))[0].startswith(f"line 1, transaction {LOG['transactionHash']}, log 0: ")


def test_what_a_line_says_of_its_place_is_shown_in_one_line_and_not_at_length() -> None:
    (flaw,) = flaws(LOG | {"blockNumber": "x\n" * 1000})

    assert "\n" not in flaw
    assert len(flaw) < 500


def test_found_gives_each_log_with_its_line() -> None:
    lines = [json.dumps(A_MARKET).encode(), *lines_of(A_LOAN)]

    assert [item[0] for item in found(lines) if not isinstance(item, Malformed)] == [1, 2, 3, 4, 5]


def test_a_log_parsed_alone_is_the_log_of_its_line() -> None:
    (line,) = lines_of([LOG])

    assert parsed(7, line) == one(LOG)._replace(line=7)


@pytest.mark.parametrize(
    "declaration", ["Paid(address who, bytes why)", "Paid(uint256[] amounts)", "Paid(string indexed name)", "Paid"]
)
def test_an_event_with_a_parameter_of_more_than_a_word_cannot_be_declared(declaration: str) -> None:
    with pytest.raises(ValueError, match="Paid"):
        declared(declaration)
