"""The verb `explain`: a tree for people, nested in JSON, one row a node elsewhere; and what it refuses."""

import csv
import io
import json
from pathlib import Path
from typing import Final

import pytest

from cli.exits import Exit
from tests.command_line import (
    CASE,
    KEYS,
    SECOND,
    Json,
    Run,
    called,
    demo_book,
    desk_book,
    document,
    fact,
    on_terminal,
    recorded,
)

ROW: Final = "path,depth,relation,what,amount,commodity,position,type,id,at,cause,hidden"
CASES: Final = f"deficit:{CASE}"

BOB: Final = """\
explain of desk.db, position 18, as of 2022-11-14T00:00:00Z
300 EUR  balance of lender bob in tranche lenders of pool alpha
├──  400  deposited
│   └── 400  deposited  position 8, 2022-11-02T00:00:00Z, lender bob
├── -100  losses
│   └── -100  case C1
│       ├── -100  bad-debt-socialized  position 16, 2022-11-13T23:59:59.999999999Z, tranche lenders
│       │   ├── -400  worth before
│       │   ├──  300  worth after
│       │   ├── because  40,000 shares  held
│       │   ├── because 100,000 shares  issued in all
│       │   ├── because   1,000  claims of tranche lenders
│       │   └── because    -250  taken from tranche lenders
│       └── because 0  open deficit of case C1
│           ├──  300  recognized
│           │   ├──  500  exposure
│           │   │   ├── 500  loan-defaulted  position 12, 2022-11-10T12:00:00Z, loan L1; unpaid
│           │   │   └── because 500  what loan L1 of pool alpha owed at default
│           │   │       └── 500  loan-originated  position 10, 2022-11-03T00:00:00Z, loan L1
│           │   ├── -200  repaid
│           │   │   └── -200  repaid  position 13, 2022-11-11T00:00:00Z, loan L1
│           │   └── because 300  recognized in
│           │       └── 300  shortfall-recognized  position 14, 2022-11-12T00:00:00Z, loan L1
│           ├──  -50  fund
│           │   └── -50  fund-drawn  position 15, 2022-11-12T00:00:00.5Z, fund cushion
│           │       └── because 300  open before it
│           └── -250  socialized
│               └── -250  bad-debt-socialized  position 16, 2022-11-13T23:59:59.999999999Z, tranche lenders
│                   └── because 250  open before it
├── because  40,000 shares  held
├── because 100,000 shares  issued in all
└── because     750  claims of tranche lenders
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_book(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return desk_book(tmp_path_factory.mktemp("desk"))


def shown(capsys: pytest.CaptureFixture[str], book: Path, *arguments: str) -> str:
    """What is printed of a number."""
    done = called(capsys, "--db", str(book), "explain", *arguments)
    assert (done.code, done.err) == (Exit.CLEAN, "")
    return done.out


def sums(node: Json) -> bool:
    """Whether the parts of a node and of all below it sum to it, in JSON."""
    below = [*node["parts"], *node["because"]]
    added = sum(int(part["amount"]) for part in node["parts"])
    return (not node["parts"] or added == int(node["amount"])) and all(map(sums, below))


def test_a_loss_is_opened_to_loan_draw_and_share(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, desk, "lender:bob", "--pool", "alpha") == BOB


def test_a_number_of_hundreds_of_entries_is_folded_and_no_amount_is_dropped(
    demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few, all_ = shown(capsys, demo, CASES), shown(capsys, demo, CASES, "--all")
    assert few.count("collateral-sold") == 9
    assert "-88,791,717.114883260838276262  further  376 entries\n" in few
    assert "-89,544,317.443850891849582027  proceeds\n" in few
    assert "because 63,605,103.124042 USDC  sold for it\n" in few
    assert all_.count("collateral-sold") == 385
    assert "further" not in all_


def test_other_forms_than_a_table_have_every_entry(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = document(capsys, demo, "explain", CASES)
    assert (whole["schema"], whole["ref"], whole["position"]) == ("recoup.explain/1", CASES, 538)
    (root,) = whole["rows"]
    assert list(root) == KEYS["explain"].split()
    assert (root["amount"], root["commodity"], sums(root)) == ("0", "CRV", True)
    assert json.dumps(root).count('"collateral-sold", "id"') == 385


def test_rows_have_their_depth_and_path(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, desk, "fund:cushion", "-O", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert text.splitlines()[0] == ROW
    assert [(row["path"], row["depth"], row["relation"], row["what"], row["amount"]) for row in rows[:5]] == [
        ("0", "0", "root", "balance of fund cushion", "0"),
        ("0.0", "1", "part", "contributed", "5000"),
        ("0.0.0", "2", "part", "fund-contributed", "5000"),
        ("0.1", "1", "part", "drawn", "-5000"),
        ("0.1.0", "2", "part", "case C1", "-5000"),
    ]
    assert (rows[6]["path"], rows[6]["what"], rows[6]["amount"]) == ("0.1.0.0.b0", "held before it", "5000")
    assert (rows[7]["path"], rows[7]["relation"], rows[7]["what"]) == ("0.1.0.b0", "because", "open deficit of case C1")
    lines = [json.loads(line) for line in shown(capsys, desk, "fund:cushion", "-O", "jsonl").splitlines()]
    assert [line["path"] for line in lines] == [row["path"] for row in rows]


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_a_tree_is_cut_at_the_depth_that_is_asked_for(
    form: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(capsys, desk, "fund:cushion", "--depth", "1", "-O", form)
    assert "contributed" in text
    assert "fund-contributed" not in text


def test_a_number_is_opened_as_it_stood_at_a_point(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, known, at_last = (
        document(capsys, desk, "explain", "deficit:C1", *point.split())["rows"][0]["amount"]
        for point in ("--as-of 2022-11-12T00:00:00Z", "--known-at 2022-12-01", "--position 15")
    )
    assert (before, known, at_last) == ("30000", "0", "25000")


def test_an_account_is_opened_with_its_sign(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, desk, "account:liabilities:alpha:claims:lenders")
    assert "-750 EUR  balance of liabilities:alpha:claims:lenders, debit positive\n" in text


def test_a_narrow_terminal_breaks_no_amount(demo: Path) -> None:
    code, sent = on_terminal(["--db", demo.name, "explain", CASES], demo.parent, columns=40)
    assert code == Exit.CLEAN
    assert "-89,544,317.443850891849582027" in sent
    assert "-88,791,717.114883260838276262" in sent


def test_a_tree_is_coloured_on_a_terminal_only(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, sent = on_terminal(["--db", desk.name, "explain", "fund:cushion"], desk.parent, columns=120)
    assert "\x1b[1m" in sent
    assert "\x1b" not in shown(capsys, desk, "fund:cushion")


def test_a_long_tree_is_written_in_the_same_lines_as_a_short_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opening = [
        fact("asset-registered", SECOND, asset="EUR", decimals=2),
        fact("fund-opened", SECOND, fund="cushion", asset="EUR"),
    ]
    paid = [
        fact("fund-contributed", SECOND, fund="cushion", contributor="a", amount="100", id=f"p{n}") for n in range(1100)
    ]
    long = shown(capsys, recorded(tmp_path / "long.db", [*opening, *paid]), "fund:cushion", "--all").splitlines()
    short = shown(capsys, recorded(tmp_path / "short.db", [*opening, *paid[:3]]), "fund:cushion", "--all").splitlines()
    assert (len(long), len(short)) == (1103, 6)
    assert long[1:5] == [line.replace("3 EUR", "1,100 EUR").replace("─ 3  con", "─ 1,100  con") for line in short[1:5]]
    assert long[-1] == short[-1].replace("position 5", "position 1102")


@pytest.mark.parametrize(
    ("asked", "saying"),
    [
        ("lender", "lender is none of lender:NAME, fund:NAME, deficit:NAME, account:NAME"),
        ("lender:", "lender: is none of lender:NAME"),
        ("loan:L1", "loan:L1 is none of lender:NAME"),
        ("fund:cushion --pool alpha", "--pool and --tranche tell lenders apart, fund:cushion is none"),
        ("lender:bob --commodity EUR", "--commodity tells apart what an account holds, lender:bob is none"),
        ("lender:bob", "lender bob is in several tranches: there are --pool alpha --tranche lenders, --pool beta"),
        ("lender:bobby", "no lender bobby in this book at that point; near it are bob"),
        ("deficit:C2", "no case C2 in this book at that point; there are C1"),
        ("account:assets:alpha:money", "no account assets:alpha:money in this book at that point; near it are assets:"),
        ("fund:cushion --position 1", "no fund cushion in this book at that point"),
        ("fund:cushion -O yaml", "'yaml' is not one of"),
    ],
)
def test_what_cannot_be_explained_is_refused_with_what_there_is(
    asked: str, saying: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused: Run = called(capsys, "--db", str(desk), "explain", *asked.split())
    assert (refused.code, refused.out) == (Exit.USAGE, "")
    assert saying in refused.err


def test_the_document_is_what_its_schema_describes(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads(called(capsys, "schema", "recoup.explain/1").out)
    made = document(capsys, desk, "explain", "deficit:C1")
    assert sorted(schema["required"]) == sorted(made)
    assert list(schema["properties"]["rows"]["items"]["properties"]) == KEYS["explain"].split()
    assert schema["properties"]["rows"]["items"]["properties"]["parts"] == {"type": "array"}
