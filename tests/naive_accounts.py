"""The accounts of the naive books: one dictionary of balances, and what is read from it.

As plain as the books that keep them, and as far from the ledger: charters are the facts that opened pools and funds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

Fact = dict[str, Any]
Key = tuple[str, str, str]


class NaiveAccounts:
    """Balances, debit positive, by account and commodity. `opened` are the facts among which charters are found."""

    def __init__(self, opened: Iterable[Fact]) -> None:
        opened = list(opened)
        self.pools = {fact["pool"]: fact for fact in opened if fact["type"] == "pool-opened"}
        self.fund_assets = {fact["fund"]: fact["asset"] for fact in opened if fact["type"] == "fund-opened"}
        self.balances: dict[tuple[str, str], int] = defaultdict(int)

    def move(self, commodity: str, debit: str, credit: str, amount: int) -> None:
        if amount:
            self.balances[debit, commodity] += amount
            self.balances[credit, commodity] -= amount

    def balance(self, account: str, commodity: str) -> int:
        return self.balances.get((account, commodity), 0)

    def under(self, beginning: str, pool: str, *, ending: str = "") -> int:
        """The sum of a pool's accounts in its asset whose names begin and end so."""
        return sum(
            amount
            for (account, commodity), amount in self.balances.items()
            if commodity == self.asset(pool) and account.startswith(beginning) and account.endswith(ending)
        )

    # Charters.

    def asset(self, pool: str) -> str:
        return str(self.pools[pool]["asset"])

    def is_pooled(self, pool: str) -> bool:
        return bool(self.pools[pool]["debt"] == "pooled")

    def tranches(self, pool: str) -> list[str]:
        return ["lenders", *self.pools[pool].get("tranches", ())]

    # Tranches, and what their shares are worth.

    def claims(self, pool: str, tranche: str) -> int:
        return -self.balance(f"liabilities:{pool}:claims:{tranche}", self.asset(pool))

    def issued(self, pool: str, tranche: str) -> int:
        return -self.balance(f"register:{pool}:{tranche}", f"shares:{pool}:{tranche}")

    def shares(self, key: Key) -> int:
        pool, tranche, lender = key
        return self.balance(f"register:{pool}:{tranche}:{lender}", f"shares:{pool}:{tranche}")

    def holders(self, pool: str, tranche: str) -> dict[str, int]:
        """Who holds shares of a tranche, and how many."""
        register = f"register:{pool}:{tranche}:"
        return {
            account.removeprefix(register): shares
            for (account, commodity), shares in self.balances.items()
            if shares and commodity == f"shares:{pool}:{tranche}" and account.startswith(register)
        }

    def _price(self, pool: str, tranche: str) -> tuple[int, int]:
        """Claims and the shares they are for: of one share with a rate scale, else of all, virtual ones included."""
        claims, issued, charter = self.claims(pool, tranche), self.issued(pool, tranche), self.pools[pool]
        scale = amount_of(charter, "rate_scale")
        if scale:
            return (claims * scale // issued, scale) if issued else (0, 0)
        return claims + amount_of(charter, "virtual_assets"), issued + amount_of(charter, "virtual_shares")

    def worth(self, key: Key, shares: int | None = None) -> int:
        """A lender's balance, or what some of its shares are worth."""
        numerator, denominator = self._price(*key[:2])
        counted = self.shares(key) if shares is None else shares
        return counted * numerator // denominator if denominator else 0

    def share_price(self, pool: str, tranche: str) -> int | None:
        numerator, denominator = self._price(pool, tranche)
        return 10**18 * numerator // denominator if denominator else None

    # Loans.

    def debt_account(self, fact: Fact, part: str, loan: str | None = None) -> str:
        """The account of a loan's principal or interest, performing or (with a case) in default."""
        pool, of = fact["pool"], loan or fact["loan"]
        if self.is_pooled(pool):
            return f"assets:{pool}:loans"
        return f"assets:{pool}:{'defaulted' if 'case' in fact else 'loans'}:{of}:{part}"

    def booked(self, pool: str, loan: str, part: str) -> int:
        """The principal or interest of a loan that is kept by itself."""
        states = ("loans", "defaulted")
        return sum(self.balance(f"assets:{pool}:{state}:{loan}:{part}", self.asset(pool)) for state in states)

    def debt_shares(self, pool: str, loan: str) -> int:
        return self.balance(f"register:{pool}:debt:{loan}", f"debt:{pool}")

    def pooled_debt(self, pool: str, loan: str) -> int:
        """What the debt shares of a loan are worth, rounded up."""
        charter, shares = self.pools[pool], self.debt_shares(pool, loan)
        owed = self.balance(f"assets:{pool}:loans", self.asset(pool)) + amount_of(charter, "virtual_assets")
        issued = -self.balance(f"register:{pool}:debt", f"debt:{pool}") + amount_of(charter, "virtual_shares")
        return -(-shares * owed // issued) if issued and shares else 0


def amount_of(fact: Fact, field: str) -> int:
    """An amount of a fact; 0 where it is left out."""
    return int(fact.get(field, "0"))


def purse(fact: Fact) -> str:
    """The pool's cash, or the claims of the lender who is paid or pays in shares."""
    pool = fact["pool"]
    return f"liabilities:{pool}:claims:{fact.get('tranche', 'lenders')}" if "lender" in fact else f"assets:{pool}:cash"


def split(amount: int, shares: dict[str, int]) -> dict[str, int]:
    """An exact split: unit after unit to whom the rounding down has kept most from, the first by name among equals."""
    total = sum(shares.values())
    parts = {holder: amount * held // total for holder, held in shares.items()}
    kept = {holder: amount * held - parts[holder] * total for holder, held in shares.items()}
    for _ in range(amount - sum(parts.values())):
        first = min(kept, key=lambda holder: (-kept[holder], holder))
        parts[first] += 1
        kept[first] = -1
    return parts


def instant(at: str) -> int:
    """Nanoseconds since the first day, of canonical text such as `2022-11-22T13:31:23.5Z`."""
    whole = datetime.fromisoformat(f"{at[:19]}+00:00") - datetime.fromisoformat("0001-01-01T00:00:00+00:00")
    return whole // timedelta(seconds=1) * 10**9 + int(at[20:-1].ljust(9, "0"))


def not_later(facts: Iterable[Fact], as_of: str) -> Iterator[Fact]:
    """The facts that count by then."""
    return (fact for fact in facts if instant(fact["at"]) <= instant(as_of))


def lasting(facts: Iterable[Fact]) -> Iterator[Fact]:
    """The facts without those that others among them reverse, and without these reversals."""
    facts = list(facts)
    reversed_ = {fact["of"] for fact in facts if fact["type"] == "entry-reversed"}
    return (fact for fact in facts if fact["type"] != "entry-reversed" and fact["id"] not in reversed_)


def late(facts: list[Fact], as_of: str) -> int:
    """How many facts count by then that stand after one that does not."""
    counted = [instant(fact["at"]) <= instant(as_of) for fact in facts]
    return sum(counts and not all(counted[:place]) for place, counts in enumerate(counted))
