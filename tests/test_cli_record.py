"""The verb `record`: commands and facts, one by one or in a file, what is shown of them, and what is refused."""

import json
import re
import shlex
from pathlib import Path
from typing import Final

import pytest

from cli.exits import Exit
from ledger.commands import COMMANDS
from tests.command_line import (
    COMMANDED,
    OPENING,
    Json,
    Run,
    bytes_of,
    called,
    document,
    environment,
    recorded,
    run,
)
from tests.command_line import fact as line

AT: Final = "2025-03-01T00:00:00Z"
DEPOSIT: Final = ("record", "deposit", "pool=alpha", "lender=alice", "assets=150000", "--id", "D", "--at", AT)


@pytest.fixture(autouse=True)
def _without_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RECOUP_DB", raising=False)
    monkeypatch.setenv("RECOUP_BY", "treasury")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return recorded(tmp_path / "recoup.db", OPENING)


def rows(capsys: pytest.CaptureFixture[str], book: Path, report: str) -> list[Json]:
    read: list[Json] = document(capsys, book, report)["rows"]
    return read


# Every command.


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("story") / "story.db", OPENING)


@pytest.mark.parametrize("words", COMMANDED.splitlines())
def test_every_command_is_recorded(words: str, story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "--db", str(story), "record", *shlex.split(words), "--at", AT)
    assert (done.code, done.err) == (Exit.CLEAN, "")
    assert "recorded in story.db\n" in done.out


def test_the_story_has_every_command() -> None:
    assert {words.split()[0] for words in COMMANDED.splitlines()} == set(COMMANDS)


def test_the_story_replays(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "--db", str(story), "replay")
    assert done.code == Exit.CLEAN
    assert "every law holds" in done.out


# The receipt.


@pytest.mark.usefixtures("book")
def test_a_receipt_is_a_journal_entry_in_units(capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, *DEPOSIT)
    assert (done.code, done.err) == (Exit.CLEAN, "")
    assert [row.rstrip() for row in done.out.splitlines()] == [
        "D, recorded in recoup.db",
        "position  type       account                             debit   credit  commodity",
        "─" * 93,
        "       6  deposited  register:alpha:lenders:alice      150,000           shares:alpha:lenders",
        "                     register:alpha:lenders                     150,000  shares:alpha:lenders",
        "                     assets:alpha:cash                   1,500           EUR",
        "                     liabilities:alpha:claims:lenders             1,500  EUR",
    ]


@pytest.mark.usefixtures("book")
def test_a_fact_without_postings_has_a_receipt_too(capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "record", "fund-opened", "fund=spare", "asset=EUR", "id=F")
    assert (done.code, done.err) == (Exit.CLEAN, "")
    assert [row.rstrip() for row in done.out.splitlines()[1::2]] == ["position  type", "       6  fund-opened"]


@pytest.mark.usefixtures("book")
def test_a_receipt_in_json_has_amounts_as_text_in_base_units(capsys: pytest.CaptureFixture[str]) -> None:
    shown = json.loads(called(capsys, *DEPOSIT, "-O", "json").out)
    (entry,) = shown["entries"]
    assert (shown["schema"], shown["book"], shown["id"]) == ("recoup.receipt/1", "recoup.db", "D")
    assert (shown["already"], shown["rehearsed"], shown["changes"]) == (False, False, [])
    assert (entry["position"], entry["event"]["shares"]) == (6, "150000")
    assert {"account": "assets:alpha:cash", "commodity": "EUR", "amount": "150000"} in entry["postings"]
    assert {"account": "liabilities:alpha:claims:lenders", "commodity": "EUR", "amount": "-150000"} in entry["postings"]


def with_a_loss(capsys: pytest.CaptureFixture[str]) -> None:
    """A loan of 1,000.00 in default, and a fund of 40.00."""
    for words in (
        "contribute fund=cushion contributor=sponsor amount=4000",
        "deposit pool=alpha lender=alice assets=150000",
        "originate-loan pool=alpha loan=L1 borrower=carol principal=100000",
        "declare-default pool=alpha loan=L1 case=C1 reason=unpaid",
    ):
        assert called(capsys, "record", *words.split(), "--at", AT).code == Exit.CLEAN


RESOLVE: Final = ("record", "resolve-shortfall", "pool=alpha", "case=C1", "--id", "R", "--at", AT)


@pytest.mark.usefixtures("book")
def test_a_receipt_says_who_bears_what_and_what_stays_open(capsys: pytest.CaptureFixture[str]) -> None:
    with_a_loss(capsys)
    _, told = called(capsys, *RESOLVE).out.split("\nWho bears it\n")
    assert [row.split() for row in told.splitlines()] == [
        ["case", "borne", "by", "amount", "asset"],
        ["─" * 33],
        ["C1", "fund", "cushion", "40", "EUR"],
        ["C1", "open", "960", "EUR"],
    ]


@pytest.mark.usefixtures("book")
def test_a_receipt_in_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    with_a_loss(capsys)
    shown = json.loads(called(capsys, *RESOLVE, "-O", "json").out)
    assert [entry["event"]["id"] for entry in shown["entries"]] == ["R", "R/2"]
    assert [(one["source"], one["name"], one["amount"], one["paid"]) for one in shown["borne"]] == [
        ("fund", "cushion", "4000", "4000")
    ]
    assert shown["open"] == [{"pool": "alpha", "case": "C1", "amount": "96000"}]


@pytest.mark.usefixtures("book")
def test_what_a_fund_of_another_asset_pays_is_said_in_that_asset(capsys: pytest.CaptureFixture[str]) -> None:
    with_a_loss(capsys)
    for words in (
        "fund-opened fund=vault asset=WETH",
        "fund-contributed fund=vault contributor=sponsor amount=3000000000000000000",
        "shortfall-recognized pool=alpha loan=L1 case=C1 principal=100000",
    ):
        assert called(capsys, "record", *words.split(), "--at", AT).code == Exit.CLEAN
    drawn = "fund-drawn fund=vault pool=alpha case=C1 amount=50000 paid=1500000000000000000 override=agreed"
    done = called(capsys, "record", *drawn.split(), "--at", AT)
    assert re.search(r"C1 +fund vault +500 +EUR +1\.5 WETH *\nC1 +open +500 +EUR", done.out)


# Ids and times.


def test_the_same_again_adds_nothing_and_shows_the_old_receipt(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = called(capsys, *DEPOSIT)
    before = bytes_of(book)
    again = called(capsys, *DEPOSIT)
    assert (again.code, again.out) == (Exit.CLEAN, first.out)
    assert again.err == "recoup: deposit D is already recorded, at position 6\n"
    assert bytes_of(book) == before


@pytest.mark.parametrize("words", ["deposit pool=alpha lender=alice assets=7", "fund-opened fund=spare asset=EUR"])
def test_the_same_again_at_no_time_of_its_own_adds_nothing(
    words: str, book: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.record.now", lambda: "2025-05-05T05:05:05Z")
    assert called(capsys, "record", *words.split(), "id=K").err == ""
    monkeypatch.setattr("cli.record.now", lambda: "2025-06-06T06:06:06Z")
    assert "K is already recorded, at position 6" in called(capsys, "record", *words.split(), "id=K").err
    assert rows(capsys, book, "events")[-1]["at"] == "2025-05-05T05:05:05Z"


def test_an_id_that_something_else_has_is_refused(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    called(capsys, *DEPOSIT)
    before = bytes_of(book)
    other = called(capsys, "record", "deposit", "pool=alpha", "lender=alice", "assets=1", "id=D")
    assert (other.code, other.out) == (Exit.REFUSED, "")
    assert other.err == "recoup: id D is recorded at position 6 with other content\n"
    assert bytes_of(book) == before


def test_without_an_id_each_is_another_under_a_fresh_one(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("record", "deposit", "pool=alpha", "lender=alice", "assets=7", f"at={AT}")
    said = [called(capsys, *words).out.partition(",")[0] for _ in range(2)]
    entries = rows(capsys, book, "events")[-2:]
    assert [entry["id"] for entry in entries] == said
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in said)
    assert said[0] != said[1]
    assert [entry["recorded_by"] for entry in entries] == ["treasury", "treasury"]


def test_who_records_can_be_said(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    called(capsys, *DEPOSIT, "--by", "night shift")
    assert rows(capsys, book, "events")[-1]["recorded_by"] == "night shift"


# Values.


def test_lists_and_objects_are_json_and_names_may_stand_between_commas(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = called(
        capsys,
        "record",
        "pool-opened",
        "pool=beta",
        "asset=EUR",
        "debt=pooled",
        "tranches=junior,mezzanine",
        "proceeds_order=principal,interest",
        'waterfall=[{"layer":"tranche","tranche":"junior"},{"layer":"socialize"}]',
        'evidence={"block":7}',
    )
    assert (done.code, done.err) == (Exit.CLEAN, "")
    event = rows(capsys, book, "events")[-1]["event"]
    assert event["tranches"] == ["junior", "mezzanine"]
    assert event["proceeds_order"] == ["principal", "interest"]
    assert event["waterfall"] == [{"layer": "tranche", "tranche": "junior"}, {"layer": "socialize"}]
    assert event["evidence"] == {"block": 7}


def test_names_may_stand_in_a_json_array(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened = 'pool-opened pool=beta asset=EUR debt=pooled waterfall=[] tranches=["junior"]'
    assert called(capsys, "record", *shlex.split(opened, posix=False)).code == Exit.CLEAN
    assert rows(capsys, book, "events")[-1]["event"]["tranches"] == ["junior"]


WRONG: Final = {
    "an unknown key": ("deposit lendr=alice", 'deposit: lendr: is not a field here, and holds "alice"'),
    "a missing field": ("deposit lender=alice", "deposit: pool: is missing"),
    "an amount": ("deposit assets=1.5", "deposit: assets: an amount is a decimal string of an integer from 0"),
    "the value of an amount": ("deposit assets=-3", ', not "-3"'),
    "a time": ("deposit at=noon", "deposit: at: an instant is RFC 3339 with an offset"),
    "a name": ("deposit pool=a:b", 'deposit: pool: has a character or a form that is not allowed there, not "a:b"'),
    "an integer": ("asset-registered decimals=two", 'asset-registered: decimals: must be a JSON integer, not "two"'),
    "a truth": ("accrue-interest in_default=yes", 'accrue-interest: in_default: must be true or false, not "yes"'),
    "an array": ("pool-opened waterfall=hold", 'pool-opened: waterfall: must be a JSON array, not "hold"'),
    "an object": ("deposit evidence=7", "deposit: evidence: must be a JSON object, not 7"),
    "a choice": (
        "pool-opened debt=loose",
        "pool-opened: debt: input should be 'bilateral', 'pooled' or 'indexed', not",
    ),
    "a key twice within a value": (
        'deposit evidence={"block":1,"block":2}',
        "deposit: block: stands twice in one object",
    ),
    "two that exclude each other": (
        "withdraw pool=alpha lender=alice assets=1 shares=1",
        "withdraw: assets or shares say how much is withdrawn: exactly one of them is given\n",
    ),
    "the type": ("deposit type=withdraw", 'deposit: type: stands first, as the name of the command or fact, not "'),
    "the cause": ("deposited cause=K", 'deposited: cause: is written by the ledger itself, not "K"'),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_value_is_refused_with_its_field_and_makes_no_book(
    wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, message = WRONG[wrong]
    done = called(capsys, "record", *words.split())
    assert (done.code, done.out) == (Exit.REFUSED, "")
    assert message in done.err.replace("recoup: ", "")
    assert list(tmp_path.iterdir()) == []


def test_every_flaw_is_told_in_one_run(capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "record", "deposit", "assets=x", "colour=red", "at=noon")
    fields = [row.removeprefix("recoup: ").split(": ")[1] for row in done.err.splitlines()]
    assert sorted(fields) == ["assets", "at", "colour", "lender", "pool"]


CALLED_WRONG: Final = {
    "no command": ((), "nothing to record: name a COMMAND"),
    "an unknown command": (("depositt",), "no command or fact is called depositt; there is deposit, deposited"),
    "a command like no other": (("qqqq",), "no command or fact is called qqqq; recoup record --help lists them"),
    "no equals sign": (("deposit", "alice"), "'alice' is not of the form key=value"),
    "no key": (("deposit", "=alice"), "'=alice' is not of the form key=value"),
    "a key twice": (("deposit", "pool=a", "pool=b"), "pool is given twice"),
    "an id twice": (("deposit", "id=a", "--id", "a"), "id is given twice"),
    "a file and a command": (("deposit", "--file", "x"), "--file goes with --by, --dry-run and -O"),
    "a file in units": (("--file", "x", "--units"), "--file goes with --by, --dry-run and -O"),
    "a file that is not there": (("--file", "nowhere.jsonl"), "nowhere.jsonl is not there"),
    "a nameless recorder": (("deposit", "--by", "a\nb"), "is no name to record by"),
    "text that is none": (("deposit", "pool=\udcff"), "pool is not UTF-8"),
}


@pytest.mark.parametrize("wrong", CALLED_WRONG)
def test_a_wrong_call_is_told_and_makes_no_book(wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words, message = CALLED_WRONG[wrong]
    done = called(capsys, "record", *words)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert message in done.err
    assert list(tmp_path.iterdir()) == []


REFUSED: Final = {
    "a pool that is not there": (
        "deposit pool=beta lender=alice assets=1",
        "law 2, what is named exists: no pool beta",
    ),
    "shares that are worth nothing": ("withdraw pool=alpha lender=alice assets=1", "1 cannot be taken for them"),
    "more than there is": ("reserve-withdrawn pool=alpha amount=1", "law 3, no account leaves its normal side"),
    "a share without a price": (
        "withdraw-from-fund fund=cushion contributor=x shares=1",
        "fund cushion has no shares out",
    ),
    "an id that is too long": (f"deposit pool=alpha lender=a assets=1 id={'x' * 121}", "an id of 1 to 120 characters"),
}


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
@pytest.mark.parametrize("refused", REFUSED)
def test_a_refusal_says_why_and_records_nothing(
    refused: str, dry_run: tuple[str, ...], book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, message = REFUSED[refused]
    before = bytes_of(book)
    done = called(capsys, "record", *words.split(), *dry_run)
    assert (done.code, done.out) == (Exit.REFUSED, "")
    assert message in done.err
    assert bytes_of(book) == before


# Units.


@pytest.mark.parametrize(
    ("text", "base_units"), [("1500", "150000"), ("1500.5", "150050"), ("0.05", "5"), ("0", "0"), ("12.00", "1200")]
)
def test_an_amount_in_units_is_exact(
    text: str, base_units: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = called(capsys, "record", "deposit", "pool=alpha", "lender=alice", f"assets={text}", "--units")
    assert (done.code, done.err) == (Exit.CLEAN, "")
    assert rows(capsys, book, "events")[-1]["event"]["assets"] == base_units


INEXACT: Final = {
    "1.005": "deposit: assets: 1.005 has more decimals than EUR's 2",
    "1.500": "deposit: assets: 1.500 has more decimals than EUR's 2",
    "1,500": "deposit: assets: 1,500 has separators between its digits, which are not read",
    "1 500.00": "deposit: assets: 1 500.00 has separators between its digits, which are not read",
    "1_500": "deposit: assets: 1_500 has separators between its digits, which are not read",
    "-1": "deposit: assets: '-1' is no amount in units",
    "1.": "deposit: assets: '1.' is no amount in units",
    ".5": "deposit: assets: '.5' is no amount in units",
    "1e3": "deposit: assets: '1e3' is no amount in units",
    "007": "deposit: assets: '007' is no amount in units",
    "\N{ARABIC-INDIC DIGIT ONE}": "deposit: assets: '\N{ARABIC-INDIC DIGIT ONE}' is no amount in units",
    "9" * 5000: "deposit: assets: an amount is a decimal string of an integer from 0 to 2^256 - 1",
}


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("text", INEXACT, ids=lambda text: str(text)[:10])
def test_an_amount_that_is_not_exact_in_units_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "record", "deposit", "pool=alpha", "lender=alice", f"assets={text}", "--units")
    assert done.code == Exit.REFUSED
    assert done.err.startswith(f"recoup: {INEXACT[text]}")


def test_units_are_those_of_the_asset_that_a_field_is_counted_in(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (
        "contribute fund=cushion contributor=sponsor amount=50",
        "deposit pool=alpha lender=alice assets=100",
        "originate-loan pool=alpha loan=L1 borrower=carol principal=10 rate=7",
        "post-collateral pool=alpha loan=L1 asset=WETH quantity=0.25",
        "post-collateral pool=alpha loan=L1 asset=COIN quantity=3",
        "withdraw pool=alpha lender=alice shares=100",
    ):
        assert called(capsys, "record", *words.split(), "--units").code == Exit.CLEAN
    events = [row["event"] for row in rows(capsys, book, "events")[-6:]]
    assert [events[0]["amount"], events[1]["assets"]] == ["5000", "10000"]
    assert [events[2]["principal"], events[2]["rate"]] == ["1000", "7"]
    assert [events[3]["quantity"], events[4]["quantity"]] == ["250000000000000000", "3"]
    assert [events[5]["shares"], events[5]["assets"]] == ["100", "100"]


def test_a_quantity_of_shares_has_no_decimals(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    called(capsys, *DEPOSIT)
    called(capsys, "record", "originate-loan", "pool=alpha", "loan=L1", "borrower=alice", "principal=0")
    words = ("record", "post-collateral", "pool=alpha", "loan=L1", "asset=shares:alpha:lenders", "--units")
    assert "has more decimals than shares:alpha:lenders's 0" in called(capsys, *words, "quantity=1.5").err
    assert called(capsys, *words, "quantity=15").code == Exit.CLEAN
    assert rows(capsys, book, "events")[-1]["event"]["quantity"] == "15"


@pytest.mark.usefixtures("book")
def test_units_of_a_pool_that_is_not_named_or_not_there_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    unnamed = called(capsys, "record", "deposit", "lender=alice", "assets=1", "--units")
    unknown = called(capsys, "record", "deposit", "pool=beta", "lender=alice", "assets=1", "--units")
    assert (unnamed.code, unknown.code) == (Exit.REFUSED, Exit.REFUSED)
    assert "deposit: assets: is in units of an asset, and pool is missing" in unnamed.err
    assert "no pool beta was opened" in unknown.err


@pytest.mark.usefixtures("book")
def test_units_are_not_for_facts(capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "record", "fund-contributed", "fund=cushion", "contributor=x", "amount=1", "--units")
    assert done.code == Exit.USAGE
    assert "fund-contributed is a fact, recorded as it is, in base units" in done.err


def test_units_need_a_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "record", "deposit", "pool=alpha", "lender=alice", "assets=1", "--units")
    assert done.code == Exit.USAGE
    assert list(tmp_path.iterdir()) == []


# Rehearsals.


def test_a_dry_run_shows_what_would_be_and_changes_nothing(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    tried = called(capsys, *DEPOSIT, "--dry-run")
    assert bytes_of(book) == before
    assert (tried.code, tried.err) == (Exit.CLEAN, "")
    receipt, *changes = tried.out.split("\nWhat changes in ")
    marked = receipt.replace("would be recorded", "recorded").replace("(6)", " 6 ")
    really = called(capsys, *DEPOSIT).out
    assert re.sub(" +", " ", marked) == re.sub(" +", " ", really)
    assert receipt.startswith("D, would be recorded in recoup.db\n")
    assert [change.partition("\n")[0] for change in changes] == ["lenders", "pools"]


@pytest.mark.usefixtures("book")
def test_a_dry_run_shows_the_rows_that_change_before_and_after_and_only_what_differs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with_a_loss(capsys)
    tried = called(capsys, *RESOLVE, "--dry-run").out
    changes = {part.partition("\n")[0]: part.split("\n")[1:] for part in tried.split("\nWhat changes in ")[1:]}
    assert list(changes) == ["funds", "deficits", "loans", "pools"]
    assert [row.split() for row in changes["deficits"] if row] == [
        ["pool", "loan", "case", "asset", "when", "in", "default", "recognized", "fund", "open"],
        ["─" * 68],
        ["alpha", "L1", "C1", "EUR", "before", "1,000", "0", "0", "0"],
        ["after", "0", "1,000", "40", "960"],
    ]


@pytest.mark.usefixtures("book")
def test_a_dry_run_in_json_has_the_changes_of_each_report(capsys: pytest.CaptureFixture[str]) -> None:
    with_a_loss(capsys)
    shown = json.loads(called(capsys, *RESOLVE, "--dry-run", "-O", "json").out)
    assert (shown["rehearsed"], shown["open"][0]["amount"]) == (True, "96000")
    (funds,) = [change for change in shown["changes"] if change["report"] == "funds"]
    assert funds == {
        "report": "funds",
        "row": {"fund": "cushion", "asset": "EUR"},
        "before": {"balance": "4000", "drawn": "0"},
        "after": {"balance": "0", "drawn": "4000"},
    }


@pytest.mark.usefixtures("book")
def test_a_row_that_comes_is_a_change_from_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    shown = json.loads(called(capsys, *DEPOSIT, "--dry-run", "-O", "json").out)
    (lender,) = [change for change in shown["changes"] if change["report"] == "lenders"]
    assert lender["before"] is None
    assert (lender["row"]["lender"], lender["after"]["balance"]) == ("alice", "150000")


@pytest.mark.usefixtures("book")
def test_a_deficit_that_only_ages_is_no_change(capsys: pytest.CaptureFixture[str]) -> None:
    with_a_loss(capsys)
    called(capsys, *RESOLVE)
    later = ("record", "price-observed", "asset=EUR", "quote=EUR", "price=1", "scale=0", "at=2026-03-01T00:00:00Z")
    assert called(capsys, *later, "--dry-run").out.endswith("\nno report changes\n")


@pytest.mark.usefixtures("book")
def test_a_dry_run_of_a_reversal_shows_that_both_count_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    called(capsys, *DEPOSIT)
    undone = ("record", "reverse-entry", "of=D", "reason=twice", "--dry-run", "-O", "json")
    changes = json.loads(called(capsys, *undone).out)["changes"]
    (lender,) = [change for change in changes if change["report"] == "lenders"]
    assert lender["before"]["deposited"] == "150000"
    assert lender["after"] is None


@pytest.mark.usefixtures("book")
def test_a_dry_run_of_what_is_recorded_already_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    really = called(capsys, *DEPOSIT)
    tried = called(capsys, *DEPOSIT, "--dry-run")
    assert tried.out == f"{really.out}\nno report changes\n"
    assert "already recorded" in tried.err


def test_a_missing_book_is_made_and_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "record", "asset-registered", "asset=EUR", "decimals=2")
    assert (done.code, done.err) == (Exit.CLEAN, "recoup: created recoup.db\n")
    assert (tmp_path / "recoup.db").exists()


def test_a_dry_run_makes_no_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "record", "asset-registered", "asset=EUR", "decimals=2", "--dry-run")
    assert (done.code, done.err) == (Exit.CLEAN, "")
    assert "(1)  asset-registered" in done.out
    assert list(tmp_path.iterdir()) == []


# Files.

MIXED: Final = [
    line("deposit", AT, pool="alpha", lender="alice", assets="150000"),
    line("fund-contributed", AT, fund="cushion", contributor="sponsor", amount="4000"),
    b"\n",
    line("originate-loan", AT, id="O", pool="alpha", loan="L1", borrower="carol", principal="100000"),
    line("declare-default", AT, pool="alpha", loan="L1", case="C1", reason="unpaid"),
    line("resolve-shortfall", AT, id="R", pool="alpha", case="C1"),
]
"""Commands with a fact between them, each decided beside those before it."""


AN_AMOUNT: Final = (
    "an amount is a decimal string of an integer from 0 to 2^256 - 1, without sign, point or leading zero"
)


def recorded_file(capsys: pytest.CaptureFixture[str], lines: list[bytes], *options: str) -> Run:
    Path("commands.jsonl").write_bytes(b"".join(lines))
    return called(capsys, "record", "--file", "commands.jsonl", *options)


def test_commands_and_facts_of_a_file_are_recorded(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = recorded_file(capsys, MIXED)
    assert (done.code, done.out) == (Exit.CLEAN, "")
    assert done.err == (
        "recoup: commands.jsonl: 6 entries recorded (deposited 1, fund-contributed 1, fund-drawn 1, loan-defaulted 1, "
        "loan-originated 1, shortfall-recognized 1), 0 already recorded\n"
    )
    assert rows(capsys, book, "deficits")[0]["open"] == "96000"
    assert [row["id"] for row in rows(capsys, book, "events")[-2:]] == ["R", "R/2"]


def test_a_file_recorded_again_adds_nothing(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded_file(capsys, MIXED)
    before = bytes_of(book)
    again = recorded_file(capsys, MIXED)
    assert again.err == "recoup: commands.jsonl: 0 entries recorded, 5 already recorded\n"
    assert bytes_of(book) == before


@pytest.mark.usefixtures("book")
def test_a_file_goes_on_where_an_earlier_one_ended(capsys: pytest.CaptureFixture[str]) -> None:
    recorded_file(capsys, MIXED[:4])
    further = recorded_file(capsys, MIXED)
    assert "3 entries recorded (" in further.err
    assert further.err.endswith("), 3 already recorded\n")


@pytest.mark.usefixtures("book")
def test_a_command_under_an_id_of_a_file_is_the_same_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    recorded_file(capsys, MIXED)
    assert "resolve-shortfall R is already recorded" in called(capsys, *RESOLVE).err


def test_lines_without_ids_get_the_hash_of_their_text_and_equal_ones_a_number(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded_file(capsys, [MIXED[0], MIXED[0], MIXED[1], MIXED[1]])
    first, second, third, fourth = [row["id"] for row in rows(capsys, book, "events")[-4:]]
    assert (second, fourth) == (f"{first}#2", f"{third}#2")
    assert re.fullmatch("[0-9a-f]{64}", first)
    assert re.fullmatch("[0-9a-f]{64}", third)


BROKEN: Final = {
    "a law": (
        line("transfer-shares", AT, pool="alpha", sender="bob", receiver="alice", shares="1"),
        "line 6: shares-transferred ",
        "law 3",
    ),
    "what cannot be worked out": (
        line("withdraw-from-fund", AT, fund="cushion", contributor="x", shares="1"),
        "line 6: withdraw-from-fund ",
        "an amount says what is withdrawn",
    ),
    "an id of another command": (
        line("deposit", AT, id="O", pool="alpha", lender="alice", assets="1"),
        "line 6: id O is recorded with other content",
        "",
    ),
    "an id of a further fact": (
        line("deposit", AT, id="R/2", pool="alpha", lender="alice", assets="1"),
        "line 7: id R/2 is recorded already, and a further fact of this command would have it",
        "",
    ),
}


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
@pytest.mark.parametrize("broken", BROKEN)
def test_the_first_refusal_stops_a_file_of_which_nothing_is_recorded(
    broken: str, dry_run: tuple[str, ...], book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong, told, further = BROKEN[broken]
    before = bytes_of(book)
    lines = [*MIXED[:5], wrong, MIXED[5], line("deposit", AT, pool="nowhere", lender="alice", assets="1")]
    done = recorded_file(capsys, lines, *dry_run)
    assert (done.code, done.out) == (Exit.REFUSED, "")
    assert done.err.startswith(f"recoup: commands.jsonl: {told}")
    assert further in done.err
    assert done.err.count("\n") == 1
    assert bytes_of(book) == before


def test_a_file_whose_further_fact_would_have_an_id_recorded_before_is_refused(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded_file(capsys, [line("deposit", AT, id="R/2", pool="alpha", lender="alice", assets="1")])
    before = bytes_of(book)
    refused = recorded_file(capsys, MIXED)
    assert refused.code == Exit.REFUSED
    assert refused.err == "recoup: commands.jsonl: line 6: id R/2 is recorded with other content\n"
    assert bytes_of(book) == before


def test_every_malformed_line_is_told_with_line_field_and_value(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = bytes_of(book)
    done = recorded_file(
        capsys,
        [
            MIXED[0],
            line("depositt", AT),
            line("deposit", AT, pool="alpha", lender="alice", assets=1.5),
            b'{"type":"deposit","at":"2025-03-01T00:00:00Z","pool":"a","pool":"a","lender":"b","assets":"1"}\n',
            line("deposited", AT, pool="alpha", lender="alice", assets="1", shares="1", cause="K"),
            line("deposit", AT, pool="alpha", lender="alice", assets="1", command="x"),
            b"nonsense\n",
        ],
    )
    assert done.code == Exit.REFUSED
    assert [row.removeprefix("recoup: ").removeprefix("commands.jsonl: ") for row in done.err.splitlines()] == [
        'line 2: type: no command or event is called that, not "depositt"',
        f"line 3: assets: {AN_AMOUNT}, not 1.5",
        "line 4: pool: stands twice in one object",
        'line 5: cause: is written by the ledger itself: only exported facts may say it, not "K"',
        'line 6: command: is not a field here, and holds "x"',
        "line 7: not a JSON object (expected ident at column 2)",
    ]
    assert bytes_of(book) == before


@pytest.mark.usefixtures("book")
def test_a_file_in_json_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    shown = json.loads(recorded_file(capsys, MIXED, "-O", "json").out)
    assert (shown["schema"], shown["file"]) == ("recoup.recorded/1", "commands.jsonl")
    assert (shown["recorded"], shown["already"], shown["rehearsed"]) == (6, 0, False)
    assert shown["by_type"]["fund-drawn"] == 1


def test_a_dry_run_of_a_file_shows_what_changes_and_changes_nothing(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = bytes_of(book)
    tried = recorded_file(capsys, MIXED, "--dry-run")
    assert bytes_of(book) == before
    assert "commands.jsonl: 6 entries would be recorded (deposited 1, " in tried.err
    entries, _, bearers = tried.out.partition("\nWho bears it\n")
    assert re.findall(r"^ *\((\d+)\)  ([a-z-]+)", entries, re.MULTILINE)[-1][1] == "fund-drawn"
    assert "fund cushion" in bearers
    assert re.findall(r"What changes in (\w+)", tried.out) == ["lenders", "funds", "deficits", "loans", "pools"]
    shown = json.loads(recorded_file(capsys, MIXED, "--dry-run", "-O", "json").out)
    assert [entry["event"]["type"] for entry in shown["entries"]].count("fund-drawn") == 1
    assert len(shown["entries"]) == shown["recorded"] == 6


@pytest.mark.usefixtures("book")
def test_commands_may_come_from_standard_input(tmp_path: Path) -> None:
    done = run(["record", "--file", "-"], tmp_path, b"".join(MIXED))
    assert done.code == Exit.CLEAN
    assert "-: 6 entries recorded" in done.err


@pytest.mark.usefixtures("book")
def test_a_file_of_nothing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    done = recorded_file(capsys, [b"\n"])
    assert (done.code, done.err) == (Exit.REFUSED, "recoup: commands.jsonl: holds no commands and no facts\n")


def test_a_file_makes_a_missing_book(capsys: pytest.CaptureFixture[str]) -> None:
    done = recorded_file(capsys, [*OPENING, *MIXED])
    assert done.err.startswith("recoup: created recoup.db\nrecoup: commands.jsonl: 11 entries recorded")


# Help and completion.


def test_the_help_lists_every_command_and_fact(capsys: pytest.CaptureFixture[str]) -> None:
    shown = called(capsys, "record", "--help").out
    sections = re.findall(r"^(\w+):\n((?: {2}.*\n)+)", shown, re.MULTILINE)
    listed = [name for _, lines in sections for name in re.findall(r"^ {2}([a-z][a-z-]*)  ", lines, re.MULTILINE)]
    assert sorted(listed) == sorted(COMMANDS)
    assert "Facts, recorded as they are:\n  asset-registered, pool-opened, fund-opened, terms-changed," in shown


def test_commands_are_completed(tmp_path: Path) -> None:
    asked = {"COMP_WORDS": "recoup record dep", "COMP_CWORD": "2", "_RECOUP_COMPLETE": "bash_complete"}
    done = run([], tmp_path, env=environment(asked))
    assert [row.split(",")[1] for row in done.out.splitlines()] == ["deposit", "deposited"]
