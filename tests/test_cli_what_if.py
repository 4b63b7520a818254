"""The verb `what-if`: two courses side by side, what became impossible, and what is refused."""

import json
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Final

import pytest

from cli.exits import Exit
from tests.command_line import FIRST, KEYS, SECOND, Json, Run, bytes_of, called, demo_book, desk_book, fact, recorded

SOCIALIZE: Final = '[{"layer": "socialize"}]'


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book of a desk: a loss of 300.00, of which the fund bore 50.00 and the lenders 250.00."""
    return desk_book(tmp_path_factory.mktemp("desk"))


def asked(capsys: pytest.CaptureFixture[str], book: Path, *arguments: str, waterfall: str | None = None) -> Run:
    """The verb, with a waterfall from a file where one is given."""
    if waterfall is not None:
        file = book.with_name("waterfall.json")
        file.write_text(waterfall, encoding="utf-8")
        arguments = ("--waterfall", str(file), *arguments)
    return called(capsys, "--db", str(book), "what-if", *arguments)


def rows(done: Run) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """The amounts of each row, by report, name and column."""
    found: Iterable[Json] = map(json.loads, done.out.splitlines())
    return {
        (row["report"], row["name"], row["column"]): (
            int(row["recorded"]),
            int(row["what_if"]),
            int(row["difference"]),
        )
        for row in found
    }


def test_both_outcomes_stand_side_by_side(capsys: pytest.CaptureFixture[str], desk: Path) -> None:
    done = asked(capsys, desk, "--fund", "cushion=30000", "-O", "jsonl")
    assert (done.code, done.err) == (Exit.CLEAN, "")
    assert rows(done) == {
        ("lenders", "alice", "balance"): (45000, 60000, 15000),
        ("lenders", "alice", "losses"): (15000, 0, -15000),
        ("lenders", "bob", "balance"): (30000, 40000, 10000),
        ("lenders", "bob", "losses"): (10000, 0, -10000),
        ("funds", "cushion", "drawn"): (5000, 30000, 25000),
        ("deficits", "C1", "fund"): (5000, 30000, 25000),
        ("deficits", "C1", "socialized"): (25000, 0, -25000),
    }


def test_only_what_differs_is_shown_unless_all_is_asked_for(capsys: pytest.CaptureFixture[str], desk: Path) -> None:
    assert asked(capsys, desk).out.endswith("\nno rows\n")
    everything = rows(asked(capsys, desk, "--all", "-O", "jsonl"))
    assert everything["deficits", "C1", "socialized"] == (25000, 25000, 0)
    assert {row[2] for row in everything.values()} == {0}


def test_a_table_shows_units_and_what_it_is_of(capsys: pytest.CaptureFixture[str], desk: Path) -> None:
    caption, heading, _, first, *_ = asked(capsys, desk, "--fund", "cushion=30000").out.splitlines()
    assert caption == "what if of desk.db, position 18, as of 2022-11-14T00:00:00Z"
    assert " ".join(heading.split()) == KEYS["what-if"].replace("what_if", "what if")
    assert " ".join(first.split()) == "lenders alpha lenders alice EUR balance 450 600 150"


def test_each_form_has_the_same_keys(capsys: pytest.CaptureFixture[str], desk: Path) -> None:
    in_csv = asked(capsys, desk, "--fund", "cushion=0", "-O", "csv").out.splitlines()
    document = json.loads(asked(capsys, desk, "--fund", "cushion=0", "-O", "json").out)
    assert in_csv[0].split(",") == list(document["rows"][0]) == KEYS["what-if"].split()
    assert [line.split(",") for line in in_csv[1:]] == [list(row.values()) for row in document["rows"]]
    assert (document["schema"], document["position"], document["impossible"]) == ("recoup.what-if/1", 18, [])


def test_a_document_is_as_its_schema_says(capsys: pytest.CaptureFixture[str], desk: Path) -> None:
    document = json.loads(asked(capsys, desk, "-O", "json", waterfall='[{"layer": "hold"}]').out)
    schema = json.loads(called(capsys, "schema", "recoup.what-if/1").out)
    assert list(document) == schema["required"]
    assert list(document["rows"][0]) == schema["properties"]["rows"]["items"]["required"]


def test_the_book_stays_as_it_was(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    book = desk_book(tmp_path)
    before = bytes_of(book)
    asked(capsys, book, waterfall=SOCIALIZE)
    assert bytes_of(book) == before


def test_what_becomes_impossible_is_told_and_is_a_finding(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    book = recorded(
        desk_book(tmp_path),
        [
            fact(
                "balance-asserted",
                "2022-12-01T00:00:00Z",
                id="held",
                account="assets:cushion:cash",
                commodity="EUR",
                amount="0",
            )
        ],
        at="2022-12-03T09:00:00Z",
    )
    done = asked(capsys, book, "-O", "json", waterfall=SOCIALIZE)
    assert done.code == Exit.FINDINGS
    assert done.err.startswith("recoup: entry 19, held: balance-asserted is left out: law 10, ")
    (impossible,) = json.loads(done.out)["impossible"]
    assert (impossible["position"], impossible["id"], impossible["outcome"]) == (19, "held", "left out")


def test_the_demo_without_the_treasury_is_a_what_if(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = rows(asked(capsys, demo_book(tmp_path), "-O", "jsonl", waterfall=SOCIALIZE))
    lost = 2_651_906_535070429580704380
    assert found["lenders", "suppliers", "losses"] == (0, lost, lost)
    assert found["funds", "aave-treasury", "drawn"] == (lost, 0, -lost)


def in_ten_thousands(cents: Iterable[int]) -> int:
    """Dollars by the ten thousand, to the nearest."""
    return (sum(cents) + 500_000) // 1_000_000


def test_the_depeg_is_shown_under_both_of_its_methods(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    samples = files("cli").joinpath("samples")
    told = samples.joinpath("depeg-2026.jsonl").read_bytes().splitlines(keepends=True)
    book = recorded(tmp_path / "depeg.db", told, at="2026-05-01T00:00:00Z")
    found = rows(asked(capsys, book, "--waterfall", str(samples / "depeg-2026-one-side.json"), "-O", "jsonl"))
    markets = ("rseth-ethereum", "rseth-mantle", "rseth-arbitrum", "rseth-base", "rseth-ink")
    bad_debt = [found["deficits", market, "socialized"] for market in markets]
    assert in_ten_thousands(before for before, _, _ in bad_debt) == 123_70
    assert in_ten_thousands(after for _, after, _ in bad_debt) == 230_10
    same = asked(capsys, book, "--waterfall", str(samples / "depeg-2026-all-holders.json"), "-O", "jsonl")
    assert (same.code, same.out, same.err) == (Exit.CLEAN, "", "")


@pytest.mark.parametrize(
    ("content", "saying"),
    [
        ('{"alpha": [{"layer": "socialise"}]}', "waterfall.json: alpha.0: Input tag 'socialise'"),
        ('[{"layer": "fund"}]', "waterfall.json: 0.fund.fund: Field required"),
        ("[", "waterfall.json: Invalid JSON"),
        ("", "waterfall.json: Invalid JSON"),
        ('[{"layer": "fund", "fund": "none"}]', "the waterfall names a fund none, and this book has none of that name"),
        ('{"gamma": []}', "no pool gamma in this book"),
    ],
)
def test_a_waterfall_that_is_none_is_refused_as_usage(
    content: str, saying: str, capsys: pytest.CaptureFixture[str], desk: Path
) -> None:
    done = asked(capsys, desk, waterfall=content)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert saying in done.err


@pytest.mark.parametrize(
    ("arguments", "saying"),
    [
        (("--fund", "cushion"), "'cushion': a fund is told as NAME=AMOUNT, in base units of its asset"),
        (("--fund", "cushion=1.5"), "'cushion=1.5': a fund is told as"),
        (("--fund", "cushion=-1"), "'cushion=-1': a fund is told as"),
        (("--fund", 'cushion="'), "a fund is told as"),
        (("--fund", "=1"), "'=1': a fund is told as"),
        (("--fund", "cushion=1", "--fund", "cushion=2"), "fund cushion is told twice"),
        (("--fund", "none=1"), "no fund none in this book"),
        (("--recovery", "sometimes"), "'sometimes' is not one of 'reverse-waterfall', 'bearers'"),
        (("--recovery", "reserve", "--pool", "gamma"), "no pool gamma in this book"),
        (("--waterfall", "missing.json"), "missing.json is not there"),
    ],
)
def test_what_is_asked_amiss_is_refused_as_usage(
    arguments: tuple[str, ...], saying: str, capsys: pytest.CaptureFixture[str], desk: Path
) -> None:
    done = asked(capsys, desk, *arguments)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert saying in done.err


def test_a_pool_limits_the_other_terms(capsys: pytest.CaptureFixture[str], desk: Path) -> None:
    assert rows(asked(capsys, desk, "--pool", "beta", "-O", "jsonl", waterfall=SOCIALIZE)) == {}
    assert rows(asked(capsys, desk, "--pool", "alpha", "-O", "jsonl", waterfall=SOCIALIZE)) != {}


def test_each_pool_may_have_a_waterfall_of_its_own(capsys: pytest.CaptureFixture[str], desk: Path) -> None:
    own = '{"alpha": [{"layer": "fund", "fund": "cushion", "cap": "100"}, {"layer": "socialize"}], "beta": []}'
    found = rows(asked(capsys, desk, "-O", "jsonl", waterfall=own))
    assert found["deficits", "C1", "fund"] == (5000, 100, -4900)


def test_the_policy_of_recoveries_may_be_another(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    recovery = [
        fact("recovery-received", FIRST, pool="alpha", case="C1", amount="100"),
        fact("recovery-allocated", SECOND, pool="alpha", case="C1", parts=[{"to": "tranche", "amount": "100"}]),
    ]
    book = recorded(desk_book(tmp_path), recovery, at="2022-12-03T09:00:00Z")
    found = rows(asked(capsys, book, "--recovery", "reserve", "-O", "jsonl"))
    assert found["lenders", "alice", "recoveries"] == (60, 0, -60)
