"""What the stories share: a trial balance and a report in plain numbers, and what holds whatever is told.

    assert trial_balance(story) == {"USD": {"assets:pool:cash": 400, "liabilities:pool:claims:lenders": -400}}
    assert rows(story, "lenders") == {"pool lenders lender": {"shares": 400, "balance": 400, "deposited": 400}}
    assert steps(story) == [("loan-defaulted", "exposure", None, 0, 600)]
    holds_together(story)

An amount of zero is left out, so that what is compared is whole and yet short. A story may be read as of a time.
"""

from collections import Counter
from typing import Final

from ledger.audit import replay
from ledger.journal import Journal
from ledger.values import Timestamp
from projections.reading import Asked
from projections.reports import REPORTS
from projections.rows import measures
from tests.histories import Row, recorded, rows_of
from tests.story import CASE, Story, picture

NAMED_BY: Final = {
    "lenders": ("pool", "tranche", "lender"),
    "funds": ("fund",),
    "deficits": ("pool", "loan", "case"),
    "loans": ("pool", "loan"),
    "pools": ("pool",),
}


def trial_balance(story: Story, as_of: str | None = None) -> dict[str, dict[str, int]]:
    """The accounts that are not at zero, by commodity: debit positive, credit negative."""
    return _trial_balance(recorded(story.facts), _asked(as_of))


def _trial_balance(journal: Journal, asked: Asked) -> dict[str, dict[str, int]]:
    balances: dict[str, dict[str, int]] = {}
    for row in rows_of("trial-balance", journal, asked):
        if amount := row["debit"] - row["credit"]:
            balances.setdefault(row["commodity"], {})[row["account"]] = amount
    return balances


def rows(story: Story, report: str, as_of: str | None = None) -> dict[str, Row]:
    """The rows of a report, each by what it is of, without its asset and what is at zero."""
    key, found = NAMED_BY[report], rows_of(report, recorded(story.facts), _asked(as_of))
    measured = measures(REPORTS[report].row_type)
    return {
        " ".join(row[name] for name in key): {
            name: value
            for name, value in row.items()
            if name not in (*key, "asset") and not (measured[name] and value == 0)
        }
        for row in found
    }


def steps(story: Story, case: str = CASE, as_of: str | None = None) -> list[tuple[str, str, int | None, int, int]]:
    """The steps of a case: the event, the source, what it had, what it bore, and what remained after it."""
    found = rows_of("case", recorded(story.facts), _asked(as_of), case=case)
    return [(row["event"], row["source"], row["available"], row["borne"], row["remaining"]) for row in found]


def _asked(as_of: str | None) -> Asked:
    return Asked(as_of=None if as_of is None else Timestamp(as_of))


# What holds whatever is told.


def holds_together(story: Story) -> None:
    """At every position the reports keep their identities and agree with each other; and a replay finds the same."""
    journal = recorded(story.facts)
    for position in range(len(story.facts) + 1):
        _holds_together(journal, Asked(position=position))
    replayed = replay(journal, through=None, watch=iter)
    assert replayed.entries == len(story.facts)
    assert picture(replayed.books) == picture(story.books)


def _holds_together(journal: Journal, asked: Asked) -> None:
    balances = _trial_balance(journal, asked)
    for commodity, accounts in balances.items():
        assert sum(accounts.values()) == 0, commodity
    _deficits_tie(journal, asked, balances)
    _lenders_tie(journal, asked, balances)
    _funds_tie(journal, asked, balances)
    _pools_tie(journal, asked, balances)


def _deficits_tie(journal: Journal, asked: Asked, balances: dict[str, dict[str, int]]) -> None:
    """Both identities of a case; its deficit is that of its account, and its waterfall ends where its row does."""
    for row in rows_of("deficits", journal, asked):
        paid_off = row["proceeds"] - row["costs"] - row["other"] + row["guaranteed"] + row["repaid"]
        left = row["transferred"] + row["cured"] + row["recognized"] + row["in_default"]
        assert row["exposure"] + row["added"] + row["adjusted_in_default"] == paid_off + left, row
        by_others = row["fund"] + row["covered"] + row["recapitalized"] + row["redistributed"] + row["recovered"]
        by_pool = row["reserve"] + row["tranches"] + row["socialized"]
        assert row["recognized"] + row["adjusted_open"] == by_others + by_pool + row["open"], row
        accounts = balances.get(row["asset"], {})
        assert row["open"] == accounts.get(f"assets:{row['pool']}:deficit:{row['case']}", 0), row
        last = rows_of("case", journal, asked, case=row["case"])[-1]
        assert last["remaining"] == row["in_default"] + row["open"], row


def _lenders_tie(journal: Journal, asked: Asked, balances: dict[str, dict[str, int]]) -> None:
    """What makes a lender's balance, and the shares of all of a tranche, which are those it issued."""
    issued: Counter[tuple[str, str]] = Counter()
    for row in rows_of("lenders", journal, asked):
        moved = row["deposited"] - row["withdrawn"] + row["transferred"]
        changed = row["earned"] - row["losses"] - row["covered"] + row["recoveries"]
        assert row["balance"] == moved + changed, row
        issued[row["pool"], row["tranche"]] += row["shares"]
    for (pool, tranche), shares in issued.items():
        assert shares == -balances.get(f"shares:{pool}:{tranche}", {}).get(f"register:{pool}:{tranche}", 0), tranche


def _funds_tie(journal: Journal, asked: Asked, balances: dict[str, dict[str, int]]) -> None:
    """What makes a fund's balance, which is its cash and its capital."""
    for row in rows_of("funds", journal, asked):
        came = row["contributed"] + row["reimbursed"] + row["adjusted"]
        assert row["balance"] == came - row["withdrawn"] - row["drawn"], row
        accounts = balances.get(row["asset"], {})
        assert accounts.get(f"assets:{row['fund']}:cash", 0) == row["balance"], row
        assert accounts.get(f"equity:{row['fund']}:fund", 0) == -row["balance"], row


def _pools_tie(journal: Journal, asked: Asked, balances: dict[str, dict[str, int]]) -> None:
    """The balance sheet of a pool; the deficits and the loans in it are those of the other reports."""
    cases, loans = rows_of("deficits", journal, asked), rows_of("loans", journal, asked)
    for row in rows_of("pools", journal, asked):
        lent = row["loans"] + row["interest"] + row["defaulted"]
        owed = sum(row["claims"].values()) + row["surplus"] + row["recoveries"] + row["restitution"]
        capital = row["reserve"] + row["rounding"] - row["unrealized"]
        assert row["cash"] + lent + row["deficit"] - row["allowance"] == owed + capital, row
        of_pool = [case for case in cases if case["pool"] == row["pool"]]
        assert row["deficit"] == sum(case["open"] for case in of_pool), row
        kept_apart = [loan for loan in loans if loan["pool"] == row["pool"] and loan["principal"] is not None]
        if kept_apart:
            unallocated = balances.get(row["asset"], {}).get(f"assets:{row['pool']}:interest", 0)
            assert lent == unallocated + sum(loan["principal"] + loan["interest"] for loan in kept_apart), row
            assert row["defaulted"] == sum(case["in_default"] for case in of_pool), row
