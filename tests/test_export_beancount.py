"""The journal for beancount, read back by its own loader; names that stay apart; and no digit lost unsaid."""

import re
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from beancount import loader
from beancount.core import account as accounts
from beancount.core.amount import CURRENCY_RE
from beancount.core.data import Transaction
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.errors import ExportRefused
from ledger.events import AnyEvent
from ledger.journal import Journal
from ledger.journal.sqlite import SqliteJournal
from ledger.values import Account, AssetId, Commodity, EventId, PartyId, PoolId, Timestamp, TrancheId
from projections.exports.beancount import beancount_account, beancount_commodity, write_text
from projections.reading import Asked, Selection
from tests.command_line import demo_book, desk_book
from tests.histories import History, histories, recorded, rows_of, written
from tests.plain_text import Balances, told_by_beancount
from tests.story import (
    AT,
    Story,
    adjustment_posted,
    asset_registered,
    deposited,
    income_received,
    loan_originated,
    pool_opened,
    posted,
    withdrawn,
)
from tests.three_pools import three_pools

NOW: Final = Asked()
SHARES: Final = Commodity("shares:pool:lenders")
EARLIER: Final = Timestamp("2022-11-20T00:00:00Z")
DIGITS: Final = 10**28
"""The least amount of 29 digits."""
HALF: Final = 6 * 10**27
"""An amount of 28 digits, of which two have 29."""


def text_of(journal: Journal, asked: Asked = NOW, owners: frozenset[str] = frozenset()) -> str:
    out = StringIO()
    write_text(journal.name, journal, asked, owners, out)
    return out.getvalue()


def booked(journal: Journal, asked: Asked = NOW, **limits: str) -> Balances:
    """The trial balance, debit positive, without what is at zero."""
    rows = rows_of("trial-balance", journal, asked, **limits)
    balances = {(row["account"], row["commodity"]): row["debit"] - row["credit"] for row in rows}
    return {key: balance for key, balance in balances.items() if balance}


def read_back(journal: Journal, folder: Path, asked: Asked = NOW, owners: frozenset[str] = frozenset()) -> Balances:
    """The balances that beancount finds in the text for it, without an error."""
    file = folder / "journal.beancount"
    file.write_text(text_of(journal, asked, owners), encoding="utf-8")
    selection = Selection(journal, NOW)
    selection.read_through()
    commodities = {commodity for _, commodity in booked(journal)}
    return told_by_beancount(file, selection.charters.assets, commodities)


def journal_of(*facts: AnyEvent) -> Journal:
    """A journal of facts that are lawful in this order."""
    return recorded(Story().then(*facts).facts)


def opened(*facts: AnyEvent) -> Journal:
    """A pool, and then any facts, lawful or not."""
    all_ = (asset_registered(), pool_opened(), *facts)
    return written(Story().then(*all_[:2]).facts + [_numbered(fact, place) for place, fact in enumerate(facts, 3)])


def _numbered(fact: AnyEvent, place: int) -> AnyEvent:
    return type(fact)(**{**vars(fact), "id": EventId(f"fact-{place}")})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("texts")


# Read back.


@pytest.mark.parametrize("made", [demo_book, desk_book])
def test_beancount_finds_the_balances_of_a_book(made: Callable[[Path], Path], tmp_path: Path) -> None:
    journal = SqliteJournal.open(made(tmp_path), patience=1)
    assert read_back(journal, tmp_path) == booked(journal) != {}


def test_beancount_finds_the_balances_of_pools_in_every_debt_mode(tmp_path: Path) -> None:
    journal = recorded(three_pools().facts)
    assert read_back(journal, tmp_path) == booked(journal)


@settings(settings.get_profile("histories"), max_examples=10)
@given(histories())
def test_beancount_finds_the_balances_of_random_histories(folder: Path, history: History) -> None:
    journal = recorded(history)
    try:
        found = read_back(journal, folder)
    except ExportRefused:
        assume(False)  # noqa: FBT003  (hypothesis takes it so)
    else:
        assert found == booked(journal)


def test_the_text_at_a_point_and_of_one_owner_has_its_balances_and_no_others(tmp_path: Path) -> None:
    journal = SqliteJournal.open(desk_book(tmp_path), patience=1)
    asked = Asked(as_of=Timestamp("2022-11-11T00:00:00Z"))
    assert read_back(journal, tmp_path, asked) == booked(journal, asked) != booked(journal)
    assert read_back(journal, tmp_path, owners=frozenset({"alpha"})) == booked(journal, pool="alpha") != {}


def test_an_account_is_opened_at_its_earliest_date_also_where_a_late_fact_has_it(tmp_path: Path) -> None:
    late = deposited(at=EARLIER, assets=7, shares=5)
    journal = journal_of(asset_registered(), pool_opened(), deposited(assets=7, shares=5), late)
    assert "2022-11-20 open Assets:Pool:Cash\n" in text_of(journal)
    assert read_back(journal, tmp_path) == booked(journal)


def test_a_transaction_keeps_the_words_of_its_entry() -> None:
    memo = 'said "so" \\n [2020-01-01]\nand \x00 more'
    entries, errors, _ = loader.load_string(
        text_of(journal_of(asset_registered(), pool_opened(), deposited(assets=7, shares=5, memo=memo)))
    )
    (shown,) = [entry for entry in entries if isinstance(entry, Transaction)]
    assert errors == []
    assert shown.narration == "deposited fact-3"
    assert shown.meta["memo"] == 'said "so" \\n [2020-01-01] and \N{REPLACEMENT CHARACTER} more'
    assert (shown.meta["position"], shown.meta["id"], shown.meta["pool"], shown.meta["at"]) == (3, "fact-3", "pool", AT)


# Names.

NAMES: Final = st.from_regex(r"[A-Za-z0-9._/@+#-]{1,128}", fullmatch=True)
CODE: Final = re.compile(r"--([0-9A-F]{2})")


def component_read(written_: str) -> str:
    """The name that a part of an account is written for."""
    if written_.endswith("--X"):
        return decoded(written_.removeprefix("X").removesuffix("--X"))
    if written_.endswith("--U"):
        return decoded(written_.removesuffix("--U"))
    return decoded(written_[0].lower() + written_[1:])


def decoded(written_: str) -> str:
    return CODE.sub(lambda found: chr(int(found[1], 16)), written_)


UNMARKED: Final = {"0": ".", "1": "/", "2": "@", "3": "+", "4": "#", "5": ".", "6": "-", "7": "_"}


def commodity_read(written_: str) -> str:
    """The commodity that is written so."""
    if not written_.startswith("X'"):
        return written_
    parts = re.findall(r"'([A-Z])|'(\d)|(.)", written_[2:])
    return "".join(
        capital or UNMARKED.get(mark, "") or small.lower().replace(".", ":") for capital, mark, small in parts
    )


@given(NAMES)
def test_the_name_of_an_account_can_be_read_back_so_no_two_become_one(name: str) -> None:
    shown = beancount_account(Account(f"assets:{name}:loans:{name}:principal"), Commodity("USD"))
    assert accounts.is_valid(shown)
    root, pool, loans, loan, principal = shown.split(":")
    assert (root, loans, principal) == ("Assets", "Loans", "Principal")
    assert component_read(pool) == component_read(loan) == name


@given(st.one_of(NAMES, st.builds("shares:{}:{}".format, NAMES, NAMES), st.builds("debt:{}".format, NAMES)))
def test_a_commodity_can_be_read_back_so_no_two_become_one(name: str) -> None:
    shown = beancount_commodity(Commodity(name))
    assert re.fullmatch(CURRENCY_RE, shown)
    assert commodity_read(shown) == name


@pytest.mark.parametrize(
    ("account", "commodity", "shown"),
    [
        ("assets:desk:cash", "EUR", "Assets:Desk:Cash"),
        ("assets:Desk:loans:H-17:interest", "EUR", "Assets:Desk--U:Loans:H-17--U:Interest"),
        ("liabilities:desk:surplus:#2", "EUR", "Liabilities:Desk:Surplus:X--232--X"),
        ("register:desk:lenders", "shares:desk:lenders", "Equity:Register:Desk:Lenders:Issued--R"),
        ("register:desk:lenders:issued", "shares:desk:lenders", "Equity:Register:Desk:Lenders:Issued"),
        ("register:desk:debt", "debt:desk", "Equity:Register:Desk:Debt:Issued--R"),
        ("register:cushion", "shares:cushion", "Equity:Register:Cushion:Issued--R"),
        ("equity:register:reserve", "EUR", "Equity:Register:Reserve"),
    ],
)
def test_an_account_is_written_so_for_beancount(account: str, commodity: str, shown: str) -> None:
    assert beancount_account(Account(account), Commodity(commodity)) == shown


@pytest.mark.parametrize(
    ("commodity", "shown"),
    [
        ("EUR", "EUR"),
        ("eur", "X'EUR"),
        ("stETH", "X'ST'E'T'H"),
        ("shares:desk:lenders", "X'SHARES.DESK.LENDERS"),
        ("TRUE", "X''T'R'U'E"),
        ("A-", "X''A'6"),
    ],
)
def test_a_commodity_is_written_so_for_beancount(commodity: str, shown: str) -> None:
    assert beancount_commodity(Commodity(commodity)) == shown


def test_beancount_reads_every_name(tmp_path: Path) -> None:
    names = (
        "#2",
        "-",
        "--",
        "-1",
        "@x",
        ".",
        "/1",
        "_",
        "1.5",
        "0x00ff",
        "A",
        "a",
        "A.B",
        "TRUE",
        "NULL",
        "register",
        "X",
    )
    journal = journal_of(*(fact for name in names for fact in named(name)))
    assert read_back(journal, tmp_path) == booked(journal)
    assert len(booked(journal)) == 4 * len(names)


def named(name: str) -> Iterable[AnyEvent]:
    """An asset, a pool in it and a deposit, all of this name."""
    asset, pool = AssetId(name), PoolId(name)
    yield asset_registered(id=EventId(f"a{name}"), asset=asset, decimals=3)
    yield pool_opened(id=EventId(f"p{name}"), pool=pool, asset=asset)
    yield deposited(id=EventId(name), pool=pool, lender=PartyId(name), assets=3_600_001, shares=60)


# What is refused.


def refusal(journal: Journal) -> str:
    """Why nothing was written of a journal."""
    out = StringIO()
    with pytest.raises(ExportRefused) as caught:
        write_text(journal.name, journal, NOW, frozenset(), out)
    assert out.getvalue() == ""
    return str(caught.value)


def test_an_amount_of_28_digits_is_kept(tmp_path: Path) -> None:
    journal = journal_of(asset_registered(), pool_opened(), deposited(assets=DIGITS - 1, shares=5))
    assert read_back(journal, tmp_path) == booked(journal)


def test_an_amount_of_more_than_28_digits_is_refused_by_name() -> None:
    assert refusal(opened(deposited(assets=DIGITS, shares=5))) == (
        "entry 3, fact-3: assets:pool:cash is posted 10000000000000000000000.000000 USD, "
        "more than the 28 digits that beancount keeps"
    )


def test_a_balance_of_more_than_28_digits_is_refused_by_name() -> None:
    assert refusal(opened(deposited(assets=HALF, shares=5), deposited(assets=HALF, shares=5))) == (
        "entry 4, fact-4: the balance of assets:pool:cash can come to 12000000000000000000000.000000 USD, "
        "more than the 28 digits that beancount keeps"
    )


def test_a_balance_of_all_accounts_below_one_is_refused_too() -> None:
    lent = loan_originated(principal=HALF)
    assert refusal(
        opened(deposited(assets=HALF, shares=5), lent, income_received(amount=HALF, to=TrancheId("reserve")))
    ) == (
        "entry 5, fact-5: the balance of Assets:Pool can come to 12000000000000000000000.000000 USD, "
        "more than the 28 digits that beancount keeps"
    )


def test_a_balance_that_only_the_order_of_dates_makes_too_large_is_refused() -> None:
    paid_in, paid_out = deposited(assets=HALF, shares=5), withdrawn(assets=HALF, shares=5)
    refused = refusal(opened(paid_in, paid_out, deposited(at=EARLIER, assets=HALF, shares=5)))
    assert refused.startswith("entry 5, fact-5: the balance of assets:pool:cash can come to 12000000000000000000000.0")


def test_a_balance_that_keeps_to_28_digits_however_much_goes_in_and_out_is_kept(tmp_path: Path) -> None:
    paid_in, paid_out = deposited(assets=HALF, shares=5), withdrawn(assets=HALF, shares=5)
    assert read_back(opened(paid_in, paid_out, paid_in, paid_out, paid_in), tmp_path)["assets:pool:cash", "USD"] == HALF


def test_the_sum_of_the_lines_of_one_entry_is_refused_too() -> None:
    free = posted(
        ("assets:pool:cash", HALF),
        ("assets:pool:loans:a:principal", HALF),
        ("liabilities:pool:claims:lenders", -HALF),
        ("liabilities:pool:surplus:a", -HALF),
    )
    assert refusal(opened(adjustment_posted(pool=PoolId("pool"), postings=free))) == (
        "entry 3, fact-3: its postings up to that of assets:pool:loans:a:principal add up to "
        "12000000000000000000000.000000 USD, more than the 28 digits that beancount keeps"
    )


def test_a_number_of_more_than_255_characters_is_refused() -> None:
    journal = journal_of(asset_registered(decimals=254), pool_opened(), deposited(assets=7, shares=5))
    assert refusal(journal).startswith("entry 3, fact-3: beancount reads no number of more than 255 characters")
