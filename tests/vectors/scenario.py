"""A scenario of a real protocol: its numbers, and how the reports of a book are held against them.

given = scenario("morpho-01-bad-debt-single")
after = Reading(*facts)
given.is_met_by({"cash_after": after.pool()["cash"]}, beside={"liquidationIncentiveFactor": "pricing"})
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

import pytest

from ledger.commands import AnyCommand, Command, decide
from ledger.events import AnyEvent
from ledger.values import LENDERS, EventId
from tests.conftest import SHARED
from tests.histories import NOW, Row, recorded, rows_of
from tests.story import CASE, FUND, LENDER, LOAN, POOL, USD, Story

VECTORS: Final = SHARED / "vectors"

Numbers = dict[str, Any]
"""Integers (and a few words) by their path, such as `lenders.SupplierA.claim_after` or `flops.0.after_dent.sin`."""


class Scenario(NamedTuple):
    """What a protocol was given, and what it made of it."""

    params: Numbers
    initial: Numbers
    steps: Numbers
    expected: Numbers

    def is_met_by(self, figures: Numbers, *, beside: Mapping[str, str]) -> None:
        """Hold that the figures are exactly those expected, and that nothing is left out in silence.

        `beside` names the others, by path or pattern, with the reason why they are none of the books' business.
        """
        assert figures == {path: self.expected[path] for path in figures}
        left = set(self.expected) - set(figures)
        assert {path for path in left if not any(fnmatchcase(path, pattern) for pattern in beside)} == set()
        assert {pattern for pattern in beside if not any(fnmatchcase(path, pattern) for path in left)} == set()
        assert {path for path in figures if any(fnmatchcase(path, pattern) for pattern in beside)} == set()


def scenario(name: str) -> Scenario:
    """A scenario by its id; the test is skipped where the scenarios are absent."""
    if not VECTORS.is_dir():
        pytest.skip(f"the scenarios of real protocols are not at {VECTORS}")
    content = json.loads((VECTORS / f"{name}.json").read_bytes())
    return Scenario(*(dict(_flat(content[part], "")) for part in Scenario._fields))


def _flat(content: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every leaf with its path; decimal text as the integer it is."""
    if isinstance(content, dict):
        parts = list(content.items())
    elif isinstance(content, list):
        parts = list(enumerate(content))
    else:
        is_number = isinstance(content, str) and re.fullmatch(r"-?[0-9]+", content)
        yield path, int(content) if is_number else content
        return
    for name, part in parts:
        yield from _flat(part, f"{path}.{name}" if path else str(name))


def done(*steps: AnyEvent | AnyCommand) -> tuple[AnyEvent, ...]:
    """What is recorded where facts are told and commands decided, one after the other."""
    story = Story()
    for number, step in enumerate(steps, 1):
        if isinstance(step, Command):
            story.then(*decide(replace(step, id=EventId(f"command-{number}")), story.books))
        else:
            story.then(step)
    return tuple(story.facts)


class Reading:
    """The reports of a book in which these facts were recorded: one row of each, or one figure."""

    def __init__(self, *facts: AnyEvent) -> None:
        self._journal = recorded(facts)

    def pool(self, pool: str = POOL) -> Row:
        return self._only("pools", pool=pool)

    def claims(self, pool: str = POOL) -> int:
        """What the pool owes `lenders`."""
        return int(self.pool(pool)["claims"][LENDERS])

    def lender(self, lender: str = LENDER, pool: str = POOL, tranche: str = LENDERS) -> Row:
        rows = rows_of("lenders", self._journal, pool=pool, lender=lender)
        (row,) = [row for row in rows if row["tranche"] == tranche]
        return row

    def loan(self, loan: str = LOAN, pool: str = POOL) -> Row:
        return self._only("loans", pool=pool, loan=loan)

    def debt_of(self, borrower: str, pool: str = POOL) -> int:
        """What all loans of a borrower owe; nothing where there are none."""
        return sum(row["debt"] for row in rows_of("loans", self._journal, pool=pool) if row["borrower"] == borrower)

    def deficit(self, case: str = CASE) -> Row:
        return self._only("deficits", case=case)

    def fund(self, fund: str = FUND) -> Row:
        return self._only("funds", fund=fund)

    def step(self, event: str, case: str = CASE) -> Row:
        """The one step of a case by an event of this name."""
        (row,) = [row for row in rows_of("case", self._journal, case=case) if row["event"] == event]
        return row

    def balance(self, account: str, commodity: str = USD) -> int:
        """The balance of an account, whichever side it stands on."""
        rows = rows_of("trial-balance", self._journal)
        return sum(
            row["debit"] + row["credit"] for row in rows if (row["account"], row["commodity"]) == (account, commodity)
        )

    def shares(self, lender: str, pool: str = POOL, tranche: str = LENDERS) -> int:
        """The shares of a lender; none where it never had any."""
        return self.balance(f"register:{pool}:{tranche}:{lender}", f"shares:{pool}:{tranche}")

    def issued(self, pool: str = POOL, tranche: str = LENDERS) -> int:
        """The shares issued of a tranche."""
        return self.balance(f"register:{pool}:{tranche}", f"shares:{pool}:{tranche}")

    def debt_shares(self, loan: str | None = None, pool: str = POOL) -> int:
        """The debt shares that a loan owes, or all loans."""
        return self.balance(f"register:{pool}:debt" if loan is None else f"register:{pool}:debt:{loan}", f"debt:{pool}")

    def collateral(self, asset: str, loan: str = LOAN, pool: str = POOL) -> int:
        """How much of an asset is held for a loan."""
        return int(self.loan(loan, pool)["collateral"][asset])

    def _only(self, report: str, **named: str) -> Row:
        (row,) = rows_of(report, self._journal, NOW, **named)
        return row
