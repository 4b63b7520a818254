"""The chart of accounts, read from the other end: what a name says, on which side it stands, and what is no account."""

import pytest

from ledger.chart import Family, Part, Side, is_issued, owner, part_of, side_of
from ledger.errors import UnknownName
from ledger.values import LENDERS, Account, CaseId, Commodity, FundId, LoanId, PartyId, PoolId, TrancheId
from tests.story import FUND, JUNIOR, POOL, asset_registered, fund_opened, pool_opened, told

POOLED, INDEXED = PoolId("pooled"), PoolId("indexed")
L, C, NAME = LoanId("loan"), CaseId("case"), PartyId("one")
USD, ETH = Commodity("USD"), Commodity("ETH")
SHARES, JUNIOR_SHARES = Commodity("shares:pool:lenders"), Commodity("shares:pool:junior")
DEBT, FUND_SHARES = Commodity("debt:pooled"), Commodity("shares:fund")

CHARTERS = told(
    asset_registered(),
    fund_opened(),
    pool_opened(tranches=(JUNIOR,)),
    pool_opened(pool=POOLED, debt="pooled"),
    pool_opened(pool=INDEXED, debt="indexed"),
).books.charters

CHART: list[tuple[str, Commodity, Part, Side, Family]] = [
    ("assets:pool:cash", USD, Part(POOL, "cash", USD), "debit", "money"),
    ("assets:pool:loans:loan:principal", USD, Part(POOL, "loans-principal", USD, loan=L), "debit", "money"),
    ("assets:pool:loans:loan:interest", USD, Part(POOL, "loans-interest", USD, loan=L), "debit", "money"),
    ("assets:pool:defaulted:loan:principal", USD, Part(POOL, "defaulted-principal", USD, loan=L), "debit", "money"),
    ("assets:pool:defaulted:loan:interest", USD, Part(POOL, "defaulted-interest", USD, loan=L), "debit", "money"),
    ("assets:indexed:loans:loan:interest", USD, Part(INDEXED, "loans-interest", USD, loan=L), "debit", "money"),
    ("assets:indexed:interest", USD, Part(INDEXED, "interest", USD), "debit", "money"),
    ("assets:pooled:loans", USD, Part(POOLED, "loans", USD), "debit", "money"),
    ("assets:pool:allowance:loan", USD, Part(POOL, "allowance", USD, loan=L), "credit", "money"),
    ("equity:pool:unrealized", USD, Part(POOL, "unrealized", USD), "debit", "money"),
    ("assets:pool:deficit:case", USD, Part(POOL, "deficit", USD, case=C), "debit", "money"),
    ("assets:pool:collateral:loan", ETH, Part(POOL, "collateral", None, loan=L), "debit", "collateral"),
    ("assets:pool:collateral:loan", USD, Part(POOL, "collateral", None, loan=L), "debit", "collateral"),
    ("assets:pool:collateral:loan", SHARES, Part(POOL, "collateral", None, loan=L), "debit", "collateral"),
    ("liabilities:pool:collateral:loan", ETH, Part(POOL, "collateral", None, loan=L), "credit", "collateral"),
    ("liabilities:pool:collateral:loan", SHARES, Part(POOL, "collateral", None, loan=L), "credit", "collateral"),
    ("liabilities:pool:claims:lenders", USD, Part(POOL, "claims", USD, tranche=LENDERS), "credit", "money"),
    ("liabilities:pool:claims:junior", USD, Part(POOL, "claims", USD, tranche=JUNIOR), "credit", "money"),
    ("liabilities:pool:surplus:loan", USD, Part(POOL, "surplus", USD, loan=L), "credit", "money"),
    ("liabilities:pool:recoveries:case", USD, Part(POOL, "recoveries", USD, case=C), "credit", "money"),
    ("liabilities:pool:restitution:case", USD, Part(POOL, "restitution", USD, case=C), "credit", "money"),
    ("equity:pool:reserve", USD, Part(POOL, "reserve", USD), "credit", "money"),
    ("equity:pool:rounding", USD, Part(POOL, "rounding", USD), "either", "money"),
    ("assets:fund:cash", USD, Part(FUND, "fund-cash", USD), "debit", "money"),
    ("equity:fund:fund", USD, Part(FUND, "fund-capital", USD), "credit", "money"),
    ("register:pool:lenders", SHARES, Part(POOL, "register", SHARES, tranche=LENDERS), "credit", "shares"),
    (
        "register:pool:lenders:one",
        SHARES,
        Part(POOL, "register", SHARES, tranche=LENDERS, holder=NAME),
        "debit",
        "shares",
    ),
    ("register:pool:junior", JUNIOR_SHARES, Part(POOL, "register", JUNIOR_SHARES, tranche=JUNIOR), "credit", "shares"),
    ("register:pooled:debt", DEBT, Part(POOLED, "debt", DEBT), "credit", "shares"),
    ("register:pooled:debt:loan", DEBT, Part(POOLED, "debt", DEBT, loan=L), "debit", "shares"),
    ("register:fund", FUND_SHARES, Part(FUND, "fund-register", FUND_SHARES), "credit", "shares"),
    ("register:fund:one", FUND_SHARES, Part(FUND, "fund-register", FUND_SHARES, holder=NAME), "debit", "shares"),
]
"""Every row of the chart: an account, what it may count, what its name says, its side, and what it balances with."""


# What a name says.


@pytest.mark.parametrize(("account", "commodity", "part", "side", "family"), CHART)
def test_every_account_of_the_chart_is_known(
    account: str, commodity: Commodity, part: Part, side: Side, family: Family
) -> None:
    found = part_of(Account(account), commodity, CHARTERS)

    assert (found, found.family) == (part, family)
    assert side_of(Account(account), commodity) == side


@pytest.mark.parametrize(
    "account",
    [
        "assets:pool",
        "assets:pool:cash:loan",
        "assets:pool:loans",
        "assets:pool:loans:loan",
        "assets:pool:loans:loan:fees",
        "assets:pool:loans:loan:principal:more",
        "assets:pool:defaulted:loan",
        "assets:pool:interest",
        "assets:pool:allowance",
        "assets:pool:deficit",
        "assets:pool:collateral",
        "assets:pool:reserve",
        "assets:pool:claims:lenders",
        "assets:pool:surplus:loan",
        "liabilities:pool:cash",
        "liabilities:pool:claims",
        "liabilities:pool:claims:senior",
        "liabilities:pool:claims:lenders:one",
        "liabilities:pool:deficit:case",
        "liabilities:pool:allowance:loan",
        "equity:pool:cash",
        "equity:pool:fund",
        "equity:pool:reserve:more",
        "income:pool:interest",
        "register:pool",
        "register:pool:senior",
        "register:pool:lenders:one:two",
        "register:pool:debt",
        "register:pool:debt:loan",
        "assets:pooled:interest",
        "assets:pooled:loans:loan:principal",
        "assets:pooled:defaulted:loan:interest",
        "register:pooled:debt:loan:more",
        "register:indexed:debt:loan",
        "assets:indexed:loans",
        "assets:fund:deficit:case",
        "assets:fund:loans:loan:principal",
        "assets:fund:fund",
        "liabilities:fund:fund",
        "equity:fund:cash",
        "equity:fund:reserve",
        "register:fund:one:two",
        "assets:nobody:cash",
        "equity:nobody:fund",
        "register:nobody",
        "assets",
        "",
    ],
)
def test_what_is_not_in_the_chart_is_no_account(account: str) -> None:
    with pytest.raises(UnknownName, match=f"no account {account} is in the chart of accounts of this book"):
        part_of(Account(account), USD, CHARTERS)


@pytest.mark.parametrize(
    ("account", "commodity", "kept_in"),
    [
        ("assets:pool:cash", "ETH", "USD"),
        ("assets:pool:cash", "shares:pool:lenders", "USD"),
        ("equity:fund:fund", "shares:fund", "USD"),
        ("register:pool:lenders", "USD", "shares:pool:lenders"),
        ("register:pool:lenders:one", "shares:pool:junior", "shares:pool:lenders"),
        ("register:pool:lenders:one", "shares:other:lenders", "shares:pool:lenders"),
        ("register:pooled:debt:loan", "shares:pooled:debt", "debt:pooled"),
        ("register:pooled:lenders", "debt:pooled", "shares:pooled:lenders"),
        ("register:fund:one", "USD", "shares:fund"),
    ],
)
def test_an_account_counts_only_what_it_is_kept_in(account: str, commodity: str, kept_in: str) -> None:
    with pytest.raises(UnknownName, match=f"account {account} is kept in {kept_in}, not in {commodity}"):
        part_of(Account(account), Commodity(commodity), CHARTERS)


# Names that read like the chart's own words.

WORDS = [
    *("cash", "loans", "principal", "interest", "defaulted", "allowance", "collateral", "claims", "deficit", "surplus"),
    *("recoveries", "restitution", "reserve", "rounding", "unrealized", "debt", "lenders", "pool", "fund", "register"),
]


@pytest.mark.parametrize("word", WORDS)
def test_a_loan_may_be_called_like_any_word_of_the_chart(word: str) -> None:
    loan = LoanId(word)

    found = [
        part_of(Account(account), commodity, CHARTERS)
        for account, commodity in (
            (f"assets:pool:loans:{word}:principal", USD),
            (f"assets:pool:defaulted:{word}:interest", USD),
            (f"assets:pool:allowance:{word}", USD),
            (f"assets:pool:collateral:{word}", ETH),
            (f"liabilities:pool:surplus:{word}", USD),
            (f"register:pooled:debt:{word}", DEBT),
        )
    ]

    assert [part.loan for part in found] == [loan] * 6
    assert [part.holds for part in found] == [
        *("loans-principal", "defaulted-interest", "allowance", "collateral", "surplus", "debt")
    ]


@pytest.mark.parametrize("word", WORDS)
def test_the_side_of_an_account_does_not_follow_from_what_its_loan_is_called(word: str) -> None:
    sides = [
        side_of(Account(account), commodity)
        for account, commodity in (
            (f"assets:pool:loans:{word}:principal", USD),
            (f"assets:pool:defaulted:{word}:interest", USD),
            (f"assets:pool:allowance:{word}", USD),
            (f"assets:pool:deficit:{word}", USD),
            (f"assets:pool:collateral:{word}", ETH),
            (f"liabilities:pool:collateral:{word}", ETH),
            (f"liabilities:pool:surplus:{word}", USD),
            (f"register:pooled:debt:{word}", DEBT),
            (f"register:pool:lenders:{word}", SHARES),
            (f"register:fund:{word}", FUND_SHARES),
        )
    ]

    assert sides == [
        *("debit", "debit", "credit", "debit", "debit", "credit", "credit"),
        *("debit", "debit", "debit"),
    ]


@pytest.mark.parametrize("word", [word for word in WORDS if word not in ("debt", "lenders")])
def test_a_tranche_may_be_called_like_any_word_of_the_chart_but_debt(word: str) -> None:
    shares, tranche = Commodity(f"shares:pool:{word}"), TrancheId(word)
    charters = told(asset_registered(), pool_opened(tranches=(tranche,))).books.charters
    issued, holder = Account(f"register:pool:{word}"), Account(f"register:pool:{word}:one")

    assert part_of(Account(f"liabilities:pool:claims:{word}"), USD, charters) == Part(
        POOL, "claims", USD, tranche=tranche
    )
    assert part_of(issued, shares, charters) == Part(POOL, "register", shares, tranche=tranche)
    assert part_of(holder, shares, charters) == Part(POOL, "register", shares, tranche=tranche, holder=NAME)
    assert (side_of(issued, shares), side_of(holder, shares)) == ("credit", "debit")


@pytest.mark.parametrize("word", [*WORDS, "assets", "liabilities", "equity", "shares"])
def test_a_pool_and_a_fund_may_be_called_like_any_word_of_the_chart(word: str) -> None:
    of_pool = told(asset_registered(), pool_opened(pool=PoolId(word), debt="pooled")).books.charters
    of_fund = told(asset_registered(), fund_opened(fund=FundId(word))).books.charters
    cash, debt = Account(f"assets:{word}:cash"), Commodity(f"debt:{word}")

    assert part_of(cash, USD, of_pool) == Part(PoolId(word), "cash", USD)
    assert part_of(cash, USD, of_fund) == Part(FundId(word), "fund-cash", USD)
    assert part_of(Account(f"register:{word}:debt"), debt, of_pool) == Part(PoolId(word), "debt", debt)
    assert side_of(Account(f"register:{word}:debt"), debt) == "credit"
    assert side_of(Account(f"register:{word}"), Commodity(f"shares:{word}")) == "credit"


# Shares issued, and whose account it is.


@pytest.mark.parametrize(
    ("account", "commodity", "issued"),
    [
        ("register:pool:lenders", "shares:pool:lenders", True),
        ("register:fund", "shares:fund", True),
        ("register:pooled:debt", "debt:pooled", True),
        ("register:pool:lenders:one", "shares:pool:lenders", False),
        ("register:pool:lenders", "shares:pool:junior", False),
        ("register:pool:lenders", "USD", False),
        ("register:fund:one", "shares:fund", False),
        ("register:pooled:debt:loan", "debt:pooled", False),
        ("register:other:debt", "debt:pooled", False),
        ("register:pooled:debt", "debt:pool", False),
        ("assets:pool:collateral:loan", "shares:pool:lenders", False),
        ("liabilities:pool:collateral:loan", "shares:pool:lenders", False),
    ],
)
def test_of_a_register_one_account_is_that_of_the_shares_issued(account: str, commodity: str, issued: bool) -> None:  # noqa: FBT001  (a column of the table)
    assert is_issued(Account(account), Commodity(commodity)) == issued


@pytest.mark.parametrize("account", [row[0] for row in CHART if ":pool:" in row[0]])
def test_an_account_is_owned_by_the_second_part_of_its_name(account: str) -> None:
    assert owner(Account(account)) == "pool"


def test_the_account_of_a_fund_s_shares_is_the_fund_s() -> None:
    assert owner(Account("register:fund")) == "fund"
