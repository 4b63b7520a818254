"""The journal for `ledger` and `hledger`, read back by the real programs: balances equal to the unit."""

import re
import shutil
import subprocess
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings

from ledger.errors import ExportRefused
from ledger.events import AnyEvent
from ledger.journal import Journal
from ledger.journal.sqlite import SqliteJournal
from ledger.values import AMOUNT_MAX, Account, AssetId, Commodity, EventId, PartyId, PoolId, Timestamp
from projections.exports.hledger import Program, write_text
from projections.exports.text import read_account, written_account
from projections.reading import Asked, Selection
from tests.command_line import demo_book, desk_book
from tests.command_line import recorded as facts_recorded
from tests.histories import History, histories, recorded, rows_of
from tests.plain_text import Balances, Decimals, told_by_hledger, told_by_ledger
from tests.readme import README
from tests.story import (
    Story,
    asset_registered,
    balance_asserted,
    deposited,
    entry_reversed,
    pool_opened,
    posted,
    withdrawn,
)
from tests.three_pools import three_pools

ALL: Final[frozenset[str]] = frozenset()
NOW: Final = Asked()
SHARES: Final = Commodity("shares:pool:lenders")
TOLD: Final[dict[Program, Callable[[Path, Decimals], Balances]]] = {
    "hledger": told_by_hledger,
    "ledger": told_by_ledger,
}
READ_BY: Final = [
    pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed"))
    for name in TOLD
]
"""The programs that are installed."""


def text_of(journal: Journal, program: Program, asked: Asked = NOW, owners: frozenset[str] = ALL) -> str:
    out = StringIO()
    write_text(program, journal.name, Selection(journal, asked), owners, out)
    return out.getvalue()


def booked(journal: Journal, asked: Asked = NOW, **limits: str) -> Balances:
    """The trial balance, debit positive, without what is at zero."""
    rows = rows_of("trial-balance", journal, asked, **limits)
    balances = {(row["account"], row["commodity"]): row["debit"] - row["credit"] for row in rows}
    return {key: balance for key, balance in balances.items() if balance}


def decimals_of(journal: Journal) -> Decimals:
    selection = Selection(journal, Asked())
    selection.read_through()
    return selection.charters.assets


def read_back(
    journal: Journal, program: Program, folder: Path, asked: Asked = NOW, owners: frozenset[str] = ALL
) -> Balances:
    """The balances that a program finds in the text for it."""
    file = folder / f"journal.{program}"
    file.write_text(text_of(journal, program, asked, owners), encoding="utf-8")
    return TOLD[program](file, decimals_of(journal))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("texts")


def journal_of(*facts: AnyEvent) -> Journal:
    """A journal of facts that are lawful in this order."""
    return recorded(Story().then(*facts).facts)


# Read back.


@pytest.mark.parametrize("program", READ_BY)
@pytest.mark.parametrize("made", [demo_book, desk_book])
def test_a_program_finds_the_balances_of_a_book(made: Callable[[Path], Path], program: Program, tmp_path: Path) -> None:
    journal = SqliteJournal.open(made(tmp_path), patience=1)
    assert booked(journal)
    assert read_back(journal, program, tmp_path) == booked(journal)


@pytest.mark.parametrize("program", READ_BY)
def test_a_program_finds_the_balances_of_the_desk_that_the_readme_shows(program: Program, tmp_path: Path) -> None:
    (shown,) = re.findall(r"Save this as `desk\.jsonl`:\n\n```jsonl?\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    journal = SqliteJournal.open(
        facts_recorded(tmp_path / "desk.db", shown.encode().splitlines(keepends=True)), patience=1
    )
    assert read_back(journal, program, tmp_path) == booked(journal)
    assert "500000.00 EUR" in text_of(journal, program)


def test_an_account_reads_back_as_it_was_written() -> None:
    issued, holder = Account("register:pool:lenders"), Account("register:pool:lenders:issued")
    shown = [written_account(account, SHARES) for account in (issued, holder)]
    assert len(set(shown)) == 2
    assert [read_account(account) for account in shown] == [issued, holder]


@pytest.mark.parametrize("program", READ_BY)
def test_a_program_finds_the_balances_of_pools_in_every_debt_mode(program: Program, tmp_path: Path) -> None:
    journal = recorded(three_pools().facts)
    assert read_back(journal, program, tmp_path) == booked(journal)


@pytest.mark.parametrize("program", READ_BY)
def test_a_program_finds_the_balances_of_random_histories(program: Program, folder: Path) -> None:
    @settings(settings.get_profile("histories"), max_examples=8)
    @given(histories())
    def holds(history: History) -> None:
        journal = recorded(history)
        assert read_back(journal, program, folder) == booked(journal)

    holds()


@pytest.mark.parametrize("program", READ_BY)
@pytest.mark.parametrize("decimals", [0, 6, 18, 77, 253])
def test_a_program_keeps_every_digit_of_the_largest_amounts(decimals: int, program: Program, tmp_path: Path) -> None:
    journal = journal_of(
        asset_registered(decimals=decimals),
        pool_opened(),
        deposited(assets=AMOUNT_MAX, shares=AMOUNT_MAX),
        deposited(assets=AMOUNT_MAX - 1, shares=1),
        withdrawn(assets=3, shares=1),
    )
    found = read_back(journal, program, tmp_path)
    assert found["assets:pool:cash", "USD"] == 2 * AMOUNT_MAX - 4
    assert found == booked(journal)


@pytest.mark.parametrize("program", READ_BY)
def test_a_program_reads_every_name_as_it_is(program: Program, tmp_path: Path) -> None:
    journal = journal_of(*(fact for name in NAMES for fact in named(name)))
    assert read_back(journal, program, tmp_path) == booked(journal)
    assert len(booked(journal)) == 4 * len(NAMES)


NAMES: Final = (
    *("#2", "-", "--", "-1", "+1", "@x", "@", ".", "..", "/", "/1", "_", "1", "1.5", "1e5", "0x00ff", "A", "a", "A.B"),
    *("s", "m", "h", "d", "and", "or", "not", "true", "false", "if", "expr", "EUR", "eur", "EUR.1", "P", "D", "Y"),
    *("issued", "2022-11-22", "2022/11/22", "x" * 128),
)
"""Names of which some would be a number, a date, a word, a time or a mark if they stood by themselves."""


def named(name: str) -> tuple[AnyEvent, ...]:
    """An asset, a pool in it and a deposit, all of this name."""
    asset, pool = AssetId(name), PoolId(name)
    return (
        asset_registered(id=EventId(f"a{name}"[:128]), asset=asset, decimals=3),
        pool_opened(id=EventId(f"p{name}"[:128]), pool=pool, asset=asset),
        deposited(id=EventId(name), pool=pool, lender=PartyId(name), assets=3_600_001, shares=60),
    )


@pytest.mark.parametrize("program", READ_BY)
def test_the_text_at_a_point_has_the_balances_of_that_point(program: Program, tmp_path: Path) -> None:
    journal = SqliteJournal.open(desk_book(tmp_path), patience=1)
    for asked in (
        Asked(as_of=Timestamp("2022-11-11T00:00:00Z")),
        Asked(known_at=Timestamp("2022-12-01T10:00:00Z")),
        Asked(position=9),
    ):
        assert read_back(journal, program, tmp_path, asked) == booked(journal, asked) != booked(journal)


@pytest.mark.parametrize("program", READ_BY)
def test_the_text_of_one_owner_has_its_balances_and_no_others(program: Program, tmp_path: Path) -> None:
    journal = recorded(three_pools().facts)
    for kind, owner in (("pool", "pool"), ("fund", "fund")):
        found = read_back(journal, program, tmp_path, owners=frozenset({owner}))
        assert found == booked(journal, NOW, **{kind: owner}) != {}


@pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed")
def test_the_strict_checks_of_hledger_pass(tmp_path: Path) -> None:
    file = tmp_path / "strict.journal"
    file.write_text(text_of(recorded(three_pools().facts), "hledger"), encoding="utf-8")
    done = subprocess.run(["hledger", "-f", str(file), "check", "--strict"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(shutil.which("ledger") is None, reason="ledger is not installed")
def test_ledger_reads_the_text_where_nothing_may_be_undeclared(tmp_path: Path) -> None:
    journal, file = recorded(three_pools().facts), tmp_path / "pedantic.ledger"
    file.write_text(text_of(journal, "ledger"), encoding="utf-8")
    assert told_by_ledger(file, decimals_of(journal), "--pedantic") == booked(journal)


# What it looks like.


def test_a_transaction_says_what_its_entry_is(tmp_path: Path) -> None:
    text = text_of(SqliteJournal.open(desk_book(tmp_path), patience=1), "hledger")
    (shown,) = re.findall(r"^2022-11-13 .*\n(?: {4}.*\n)+", text, re.MULTILINE)
    assert re.sub(r"[0-9a-f]{64}", "ID", shown) == SOCIALIZED


SOCIALIZED: Final = """\
2022-11-13 (16) bad-debt-socialized ID
    ; id: ID
    ; at: 2022-11-13T23:59:59.999999999Z
    ; pool: alpha
    ; case: C1
    ; recorded_at: 2022-12-01T09:00:00Z
    ; recorded_by: treasury
    liabilities:alpha:claims:lenders  250.00 EUR
    assets:alpha:deficit:C1  -250.00 EUR
"""


def test_a_commodity_and_an_account_are_declared_before_their_first_use() -> None:
    text = text_of(journal_of(asset_registered(), pool_opened(), deposited(assets=7, shares=5)), "hledger")
    assert text.count("account ") == 4
    assert text.index("commodity USD\n    format 1,000.000000 USD\n") < text.index("0.000007 USD")
    assert text.index('commodity "shares:pool:lenders"\n') < text.index('5 "shares:pool:lenders"')


def test_entries_without_postings_are_comments_and_counted() -> None:
    cash = Account("assets:pool:cash")
    journal = journal_of(
        asset_registered(),
        pool_opened(),
        deposited(assets=7, shares=5),
        balance_asserted(account=cash, commodity=Commodity("USD"), amount=7),
        balance_asserted(account=Account("register:pool:lenders"), commodity=SHARES, amount=5),
    )
    text = text_of(journal, "ledger")
    assert "; 2022-11-22 (4) balance-asserted fact-4: assets:pool:cash stands at 0.000007 USD\n" in text
    assert "fact-5: register:pool:lenders:~issued stands at 5 shares:pool:lenders credit\n" in text
    assert text.endswith("; through position 5: 1 entries, and 4 without postings in comments\n")


def test_what_was_reversed_stands_there_with_its_reversal() -> None:
    story = Story().then(asset_registered(), pool_opened(), deposited(assets=7, shares=5))
    undone = posted(
        ("register:pool:lenders:lender", -5, SHARES),
        ("register:pool:lenders", 5, SHARES),
        ("assets:pool:cash", -7),
        ("liabilities:pool:claims:lenders", 7),
    )
    text = text_of(recorded(story.then(entry_reversed(of=EventId("fact-3"), postings=undone)).facts), "hledger")
    assert re.findall(r"^2022-11-22 \((\d)\) (\S+)", text, re.MULTILINE) == [
        ("3", "deposited"),
        ("4", "entry-reversed"),
    ]
    assert "    ; reverses: fact-3\n" in text
    assert "    ; reason: entered twice\n" in text


@pytest.mark.parametrize("program", READ_BY)
@pytest.mark.parametrize(
    "memo",
    [
        "of [2020-01-01] or [=2020-01-01]",
        "date:nothing, date2:never, a:b",
        "first line\n2020-01-01 second\n  assets:x  1 EUR\n",
        "\x00\x1b[31m\u2028\u202e",
        "; ; key:: 1 + nothing",
        "Payee: someone",
        ":tag: @ 5 EUR = 7 EUR",
        "\udcff".encode("utf-8", "surrogatepass").decode("utf-8", "replace") + " ünïcode 漢字",
    ],
)
def test_a_memo_changes_neither_dates_nor_balances(memo: str, program: Program, tmp_path: Path) -> None:
    journal = journal_of(asset_registered(), pool_opened(), deposited(assets=7, shares=5, memo=memo))
    assert read_back(journal, program, tmp_path) == booked(journal)
    listed = subprocess.run(
        [program, "-f", str(tmp_path / f"journal.{program}"), "register", "cash"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert re.match(r"(2022|22)-(11|Nov)-22 deposited fact-3", listed)


# What is refused.


def test_ledger_gets_no_date_before_the_year_1400() -> None:
    early = Timestamp("1399-12-31T00:00:00Z")
    journal = journal_of(asset_registered(), pool_opened(), deposited(at=early, assets=7, shares=5))
    with pytest.raises(
        ExportRefused, match=r"entry 3, fact-3: ledger reads no date before the year 1400, as 1399-12-31"
    ):
        text_of(journal, "ledger")
    assert "1399-12-31 (3) deposited" in text_of(journal, "hledger")


def test_ledger_gets_no_number_of_more_than_255_characters() -> None:
    journal = journal_of(asset_registered(decimals=254), pool_opened(), deposited(assets=7, shares=5))
    with pytest.raises(ExportRefused, match=r"entry 3, fact-3: ledger reads no number .* USD in assets:pool:cash is"):
        text_of(journal, "ledger")


@pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed")
def test_hledger_reads_the_most_decimals_that_an_asset_may_have(tmp_path: Path) -> None:
    journal = journal_of(asset_registered(decimals=255), pool_opened(), deposited(assets=AMOUNT_MAX, shares=5))
    assert read_back(journal, "hledger", tmp_path) == booked(journal)
