"""The books once more, as plainly as they can be kept: the witness that the property tests call.

It is written from the specification alone and shares no code with the ledger. A fact is a JSON object, a balance an
entry of a dictionary, and a loss is worked out lender by lender. It is slow, and meant to be obviously right.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

Fact = dict[str, Any]
Row = dict[str, Any]
Key = tuple[str, str, str]

DAY = 86_400 * 10**9
SETTING_UP = {"asset-registered", "pool-opened", "fund-opened", "price-observed"}

LENDER_COLUMNS = ("deposited", "withdrawn", "transferred", "losses", "covered")
FUND_COLUMNS = ("contributed", "withdrawn", "drawn")
CASE_COLUMNS = (
    *("exposure", "added", "proceeds", "costs", "other", "repaid", "cured"),
    *("recognized", "fund", "tranches", "recapitalized", "socialized"),
)


class NaiveBooks:
    """The books of some facts. `opened` are the facts among which charters are looked up, all of the book's."""

    def __init__(self, facts: Iterable[Fact], opened: Iterable[Fact]) -> None:
        opened = list(opened)
        self._pools = {fact["pool"]: fact for fact in opened if fact["type"] == "pool-opened"}
        self._fund_assets = {fact["fund"]: fact["asset"] for fact in opened if fact["type"] == "fund-opened"}
        self.balances: dict[tuple[str, str], int] = defaultdict(int)
        self._lenders: dict[Key, dict[str, int]] = {}
        self._funds: dict[str, dict[str, int]] = {}
        self._loans: dict[tuple[str, str], dict[str, Any]] = {}
        self._cases: dict[str, dict[str, Any]] = {}
        self._shown_pools: set[str] = set()
        self._latest = -1
        for fact in facts:
            self._latest = max(self._latest, instant(fact["at"]))
            if fact["type"] == "pool-opened":
                self._shown_pools.add(fact["pool"])
            elif fact["type"] == "fund-opened":
                self._fund(fact["fund"])
            elif fact["type"] not in SETTING_UP:
                getattr(self, "_" + fact["type"].replace("-", "_"))(fact)

    # The reports.

    def lenders(self) -> list[Row]:
        """The report `lenders`."""
        return [self._lender_row(key) for key in sorted(self._lenders)]

    def _lender_row(self, key: Key) -> Row:
        pool, tranche, lender = key
        columns, balance = self._lenders[key], self._worth(key)
        gained = columns["deposited"] - columns["withdrawn"] + columns["transferred"]
        lost = columns["losses"] + columns["covered"]
        return {
            "pool": pool,
            "tranche": tranche,
            "lender": lender,
            "asset": self._asset(pool),
            "shares": self._shares(key),
            "balance": balance,
            **columns,
            "earned": balance - gained + lost,
            "recoveries": 0,
            "restitution": 0,
        }

    def funds(self) -> list[Row]:
        """The report `funds`."""
        return [
            {
                "fund": fund,
                "asset": self._fund_assets[fund],
                "balance": self._balance(f"assets:{fund}:cash", self._fund_assets[fund]),
                **columns,
                "reimbursed": 0,
            }
            for fund, columns in sorted(self._funds.items())
        ]

    def deficits(self, as_of: str | None = None) -> list[Row]:
        """The report `deficits`, aged to a time, else to the latest one."""
        aged_to = self._latest if as_of is None else instant(as_of)
        rows = [self._case_row(case, columns, aged_to) for case, columns in self._cases.items()]
        return sorted(rows, key=lambda row: (row["pool"], row["loan"], row["case"]))

    def _case_row(self, case: str, columns: dict[str, Any], aged_to: int) -> Row:
        removed = columns["proceeds"] - columns["costs"] - columns["other"]
        removed += columns["repaid"] + columns["cured"] + columns["recognized"]
        in_default = columns["exposure"] + columns["added"] - removed
        still_open = self._balance(f"assets:{columns['pool']}:deficit:{case}", self._asset(columns["pool"]))
        days = (aged_to - instant(columns["opened_at"])) // DAY
        absent = ("guaranteed", "transferred", "reserve", "covered", "redistributed", "recovered", "restored")
        return {
            "case": case,
            "asset": self._asset(columns["pool"]),
            **columns,
            **dict.fromkeys(absent, 0),
            "in_default": in_default,
            "open": still_open,
            "age_days": days if in_default or still_open else None,
        }

    def loans(self) -> list[Row]:
        """The report `loans`."""
        return [self._loan_row(pool, loan) for pool, loan in sorted(self._loans)]

    def _loan_row(self, pool: str, loan: str) -> Row:
        known, asset = self._loans[pool, loan], self._asset(pool)
        principal, interest = (
            sum(self._balance(f"assets:{pool}:{state}:{loan}:{part}", asset) for state in ("loans", "defaulted"))
            for part in ("principal", "interest")
        )
        collateral = {held: self._balance(f"assets:{pool}:collateral:{loan}", held) for held in known["collateral"]}
        settled = "closed" if known["closed"] else "repaid" if known["owed"] else "undrawn"
        performing = "performing" if principal or interest else settled
        return {
            "pool": pool,
            "loan": loan,
            "borrower": known["borrower"],
            "asset": asset,
            "status": "in-default" if known["case"] else performing,
            "principal": principal,
            "interest": interest,
            "debt": principal + interest,
            "collateral": dict(sorted(collateral.items())),
        }

    def pools(self) -> list[Row]:
        """The report `pools`."""
        return [self._pool_row(pool) for pool in sorted(self._shown_pools)]

    def _pool_row(self, pool: str) -> Row:
        tranches = ["lenders", *self._pools[pool].get("tranches", ())]
        return {
            "pool": pool,
            "asset": self._asset(pool),
            "cash": self._under(f"assets:{pool}:cash", pool),
            "loans": self._under(f"assets:{pool}:loans:", pool, ending=":principal"),
            "interest": self._under(f"assets:{pool}:loans:", pool, ending=":interest"),
            "defaulted": self._under(f"assets:{pool}:defaulted:", pool),
            "deficit": self._under(f"assets:{pool}:deficit:", pool),
            "allowance": 0,
            "claims": {tranche: self._claims(pool, tranche) for tranche in tranches},
            "reserve": -self._under(f"equity:{pool}:reserve", pool),
            "rounding": -self._under(f"equity:{pool}:rounding", pool),
            "surplus": -self._under(f"liabilities:{pool}:surplus:", pool),
            "recoveries": -self._under(f"liabilities:{pool}:recoveries:", pool),
            "restitution": 0,
            "unrealized": 0,
            "share_price": {tranche: self._share_price(pool, tranche) for tranche in tranches},
        }

    def trial_balance(self) -> list[Row]:
        """The report `trial-balance`."""
        return [
            {"account": account, "commodity": commodity, "debit": max(amount, 0), "credit": max(-amount, 0)}
            for (account, commodity), amount in sorted(self.balances.items())
        ]

    # What is looked up.

    def _asset(self, pool: str) -> str:
        return str(self._pools[pool]["asset"])

    def _balance(self, account: str, commodity: str) -> int:
        return self.balances.get((account, commodity), 0)

    def _under(self, beginning: str, pool: str, *, ending: str = "") -> int:
        return sum(
            amount
            for (account, commodity), amount in self.balances.items()
            if commodity == self._asset(pool) and account.startswith(beginning) and account.endswith(ending)
        )

    def _claims(self, pool: str, tranche: str) -> int:
        return -self._balance(f"liabilities:{pool}:claims:{tranche}", self._asset(pool))

    def _issued(self, pool: str, tranche: str) -> int:
        return -self._balance(f"register:{pool}:{tranche}", f"shares:{pool}:{tranche}")

    def _shares(self, key: Key) -> int:
        pool, tranche, lender = key
        return self._balance(f"register:{pool}:{tranche}:{lender}", f"shares:{pool}:{tranche}")

    def _price(self, pool: str, tranche: str) -> tuple[int, int]:
        """Claims and the shares they are for: of one share with a rate scale, else of all, virtual ones included."""
        claims, issued, charter = self._claims(pool, tranche), self._issued(pool, tranche), self._pools[pool]
        scale = amount_of(charter, "rate_scale")
        if scale:
            return (claims * scale // issued, scale) if issued else (0, 0)
        return claims + amount_of(charter, "virtual_assets"), issued + amount_of(charter, "virtual_shares")

    def _worth(self, key: Key, shares: int | None = None) -> int:
        """A lender's balance, or what some of its shares are worth."""
        numerator, denominator = self._price(*key[:2])
        counted = self._shares(key) if shares is None else shares
        return counted * numerator // denominator if denominator else 0

    def _share_price(self, pool: str, tranche: str) -> int | None:
        numerator, denominator = self._price(pool, tranche)
        return 10**18 * numerator // denominator if denominator else None

    # What is kept.

    def _move(self, commodity: str, debit: str, credit: str, amount: int) -> None:
        if amount:
            self.balances[debit, commodity] += amount
            self.balances[credit, commodity] -= amount

    def _fund(self, fund: str) -> dict[str, int]:
        return self._funds.setdefault(fund, dict.fromkeys(FUND_COLUMNS, 0))

    def _lender(self, fact: Fact, role: str = "lender") -> dict[str, int]:
        key = (fact["pool"], fact.get("tranche", "lenders"), fact[role])
        return self._lenders.setdefault(key, dict.fromkeys(LENDER_COLUMNS, 0))

    def _loan(self, fact: Fact) -> dict[str, Any]:
        new: dict[str, Any] = {"borrower": "", "case": None, "closed": False, "owed": False, "collateral": set()}
        return self._loans.setdefault((fact["pool"], fact["loan"]), new)

    def _owe(self, fact: Fact, amount: int) -> None:
        """Note that a loan owes more; what its last case left is then past."""
        loan = self._loan(fact)
        if amount:
            loan["owed"], loan["closed"] = True, False

    def _add_to_case(self, fact: Fact, **columns: int) -> None:
        """Add to the columns of the case that a fact names, if it names one, and one whose default is known."""
        for column, amount in columns.items():
            if fact.get("case") in self._cases:
                self._cases[fact["case"]][column] += amount

    def _register(self, fact: Fact, shares: int, role: str = "lender", tranche: str | None = None) -> None:
        """Issue shares to a lender; negative, burn them."""
        pool, of = fact["pool"], tranche or fact.get("tranche", "lenders")
        self._move(f"shares:{pool}:{of}", f"register:{pool}:{of}:{fact[role]}", f"register:{pool}:{of}", shares)

    def _purse(self, fact: Fact) -> str:
        """The pool's cash, or the claims of the lender who is paid or pays in shares."""
        pool = fact["pool"]
        return (
            f"liabilities:{pool}:claims:{fact.get('tranche', 'lenders')}" if "lender" in fact else f"assets:{pool}:cash"
        )

    def _debt(self, fact: Fact, part: str) -> str:
        """The account of a loan's principal or interest, performing or (with a case) in default."""
        return f"assets:{fact['pool']}:{'defaulted' if 'case' in fact else 'loans'}:{fact['loan']}:{part}"

    # Lending.

    def _deposited(self, fact: Fact) -> None:
        assets = amount_of(fact, "assets")
        self._lender(fact)["deposited"] += assets
        self._register(fact, amount_of(fact, "shares"))
        claims = f"liabilities:{fact['pool']}:claims:{fact.get('tranche', 'lenders')}"
        self._move(self._asset(fact["pool"]), f"assets:{fact['pool']}:cash", claims, assets)

    def _withdrawn(self, fact: Fact) -> None:
        assets = amount_of(fact, "assets")
        self._lender(fact)["withdrawn"] += assets
        self._register(fact, -amount_of(fact, "shares"))
        claims = f"liabilities:{fact['pool']}:claims:{fact.get('tranche', 'lenders')}"
        self._move(self._asset(fact["pool"]), claims, f"assets:{fact['pool']}:cash", assets)

    def _shares_transferred(self, fact: Fact) -> None:
        pool, tranche, shares = fact["pool"], fact.get("tranche", "lenders"), amount_of(fact, "shares")
        value = self._worth((pool, tranche, fact["sender"]), shares)
        self._lender(fact, "sender")["transferred"] -= value
        self._lender(fact, "receiver")["transferred"] += value
        register = f"register:{pool}:{tranche}"
        receiver, sender = f"{register}:{fact['receiver']}", f"{register}:{fact['sender']}"
        self._move(f"shares:{pool}:{tranche}", receiver, sender, shares)

    def _loan_originated(self, fact: Fact) -> None:
        self._loan(fact)["borrower"] = fact["borrower"]
        self._loan_drawn(fact)

    def _loan_drawn(self, fact: Fact) -> None:
        principal = amount_of(fact, "principal")
        self._owe(fact, principal)
        if "lender" in fact:
            self._lender(fact)["deposited"] += principal
            self._register(fact, amount_of(fact, "shares"))
        self._move(self._asset(fact["pool"]), self._debt(fact, "principal"), self._purse(fact), principal)
        self._add_to_case(fact, added=principal)

    def _interest_accrued(self, fact: Fact) -> None:
        pool, asset, due = fact["pool"], self._asset(fact["pool"]), self._debt(fact, "interest")
        interest, reserve = amount_of(fact, "interest"), amount_of(fact, "reserve")
        self._owe(fact, interest)
        if "fee_recipient" in fact:
            self._lender({"pool": pool, "lender": fact["fee_recipient"]})
            self._register(fact, amount_of(fact, "fee_shares"), role="fee_recipient", tranche="lenders")
        self._move(asset, due, f"equity:{pool}:reserve", reserve)
        for part in fact.get("allocation") or [{"tranche": "lenders", "amount": str(interest - reserve)}]:
            self._move(asset, due, f"liabilities:{pool}:claims:{part['tranche']}", int(part["amount"]))
        self._add_to_case(fact, added=interest)

    def _repaid(self, fact: Fact) -> None:
        principal, interest = amount_of(fact, "principal"), amount_of(fact, "interest")
        self._loan(fact)
        self._receive(fact, amount_of(fact, "rounding") + principal + interest)
        self._add_to_case(fact, repaid=principal + interest)

    def _receive(self, fact: Fact, paid: int) -> None:
        """The parts of a payment on a loan, in cash or from a lender's claims."""
        pool, purse = fact["pool"], self._purse(fact)
        if "lender" in fact:
            self._lender(fact)["withdrawn"] += paid
            self._register(fact, -amount_of(fact, "shares"))
        for account, part in (
            (self._debt(fact, "principal"), "principal"),
            (self._debt(fact, "interest"), "interest"),
            (f"equity:{pool}:reserve", "penalty"),
            (f"liabilities:{pool}:recoveries:{fact.get('case')}", "recovery"),
            (f"liabilities:{pool}:surplus:{fact['loan']}", "surplus"),
            (f"equity:{pool}:rounding", "rounding"),
        ):
            self._move(self._asset(pool), purse, account, amount_of(fact, part))

    def _collateral_posted(self, fact: Fact) -> None:
        self._hold(fact, amount_of(fact, "quantity"))

    def _collateral_released(self, fact: Fact) -> None:
        self._hold(fact, -amount_of(fact, "quantity"))

    def _hold(self, fact: Fact, quantity: int) -> None:
        self._loan(fact)["collateral"].add(fact["asset"])
        account = f"{fact['pool']}:collateral:{fact['loan']}"
        self._move(fact["asset"], f"assets:{account}", f"liabilities:{account}", quantity)

    # Default and sale.

    def _loan_defaulted(self, fact: Fact) -> None:
        principal, interest = amount_of(fact, "principal"), amount_of(fact, "interest")
        self._loan(fact)["case"] = fact["case"]
        named = {"pool": fact["pool"], "loan": fact["loan"], "opened_at": fact["at"]}
        self._cases[fact["case"]] = named | dict.fromkeys(CASE_COLUMNS, 0) | {"exposure": principal + interest}
        self._set_apart(fact, principal, interest)

    def _set_apart(self, fact: Fact, principal: int, interest: int) -> None:
        """Move what a loan owes from performing to in default; negative, back."""
        for part, amount in (("principal", principal), ("interest", interest)):
            of = f"{fact['loan']}:{part}"
            defaulted, performing = f"assets:{fact['pool']}:defaulted:{of}", f"assets:{fact['pool']}:loans:{of}"
            self._move(self._asset(fact["pool"]), defaulted, performing, amount)

    def _collateral_sold(self, fact: Fact) -> None:
        proceeds, costs = amount_of(fact, "proceeds"), amount_of(fact, "costs")
        self._hold(fact, -amount_of(fact, "quantity"))
        self._receive(fact, proceeds - costs)
        other = sum(amount_of(fact, part) for part in ("penalty", "recovery", "surplus", "rounding"))
        self._add_to_case(fact, proceeds=proceeds, costs=costs, other=other)

    def _surplus_returned(self, fact: Fact) -> None:
        pool = fact["pool"]
        surplus, cash = f"liabilities:{pool}:surplus:{fact['loan']}", f"assets:{pool}:cash"
        self._move(self._asset(pool), surplus, cash, amount_of(fact, "amount"))

    def _loan_cured(self, fact: Fact) -> None:
        principal, interest = amount_of(fact, "principal"), amount_of(fact, "interest")
        self._end(fact)
        self._set_apart(fact, -principal, -interest)
        self._add_to_case(fact, cured=principal + interest)

    def _end(self, fact: Fact) -> None:
        """End a case: the loan is no longer in default, unless it is under another case by now."""
        loan = self._loan(fact)
        if loan["case"] == fact["case"]:
            loan["case"] = None

    # Shortfall and waterfall.

    def _shortfall_recognized(self, fact: Fact) -> None:
        pool, recognized = fact["pool"], 0
        self._loan(fact)
        for part in ("principal", "interest"):
            amount = amount_of(fact, part)
            self._move(self._asset(pool), f"assets:{pool}:deficit:{fact['case']}", self._debt(fact, part), amount)
            recognized += amount
        self._add_to_case(fact, recognized=recognized)

    def _fund_drawn(self, fact: Fact) -> None:
        fund, amount = fact["fund"], amount_of(fact, "amount")
        paid = int(fact.get("paid", amount))
        self._fund(fund)["drawn"] += paid
        self._move(self._fund_assets[fund], f"equity:{fund}:fund", f"assets:{fund}:cash", paid)
        self._bear(fact, amount)
        self._add_to_case(fact, fund=amount)

    def _deficit_recapitalized(self, fact: Fact) -> None:
        amount = amount_of(fact, "amount")
        self._bear(fact, amount)
        self._add_to_case(fact, recapitalized=amount)

    def _bear(self, fact: Fact, amount: int) -> None:
        """A deficit is borne, in cash or from a lender's claims."""
        if "lender" in fact:
            self._lender(fact)["covered"] += amount
            self._register(fact, -amount_of(fact, "shares"))
        deficit = f"assets:{fact['pool']}:deficit:{fact['case']}"
        self._move(self._asset(fact["pool"]), self._purse(fact), deficit, amount)

    def _bad_debt_socialized(self, fact: Fact) -> None:
        pool, tranche, amount = fact["pool"], fact["tranche"], amount_of(fact, "amount")
        bearers = [key for key in self._lenders if key[:2] == (pool, tranche)]
        before = {key: self._worth(key) for key in bearers}
        deficit = f"assets:{pool}:deficit:{fact['case']}"
        self._move(self._asset(pool), f"liabilities:{pool}:claims:{tranche}", deficit, amount)
        for key in bearers:
            self._lenders[key]["losses"] += before[key] - self._worth(key)
        self._add_to_case(fact, **{"socialized" if tranche == "lenders" else "tranches": amount})

    def _case_closed(self, fact: Fact) -> None:
        loan = self._loan(fact)
        loan["closed"] = loan["closed"] or loan["case"] == fact["case"]
        self._end(fact)

    # The fund.

    def _fund_contributed(self, fact: Fact) -> None:
        self._fund(fact["fund"])["contributed"] += amount_of(fact, "amount")
        self._add_to_fund(fact, amount_of(fact, "amount"), amount_of(fact, "shares"))

    def _fund_withdrawn(self, fact: Fact) -> None:
        self._fund(fact["fund"])["withdrawn"] += amount_of(fact, "amount")
        self._add_to_fund(fact, -amount_of(fact, "amount"), -amount_of(fact, "shares"))

    def _add_to_fund(self, fact: Fact, amount: int, shares: int) -> None:
        fund = fact["fund"]
        self._move(f"shares:{fund}", f"register:{fund}:{fact['contributor']}", f"register:{fund}", shares)
        self._move(self._fund_assets[fund], f"assets:{fund}:cash", f"equity:{fund}:fund", amount)


def amount_of(fact: Fact, field: str) -> int:
    """An amount of a fact; 0 where it is left out."""
    return int(fact.get(field, "0"))


def instant(at: str) -> int:
    """Nanoseconds since the first day, of canonical text such as `2022-11-22T13:31:23.5Z`."""
    whole = datetime.fromisoformat(f"{at[:19]}+00:00") - datetime.fromisoformat("0001-01-01T00:00:00+00:00")
    return whole // timedelta(seconds=1) * 10**9 + int(at[20:-1].ljust(9, "0"))


def not_later(facts: Iterable[Fact], as_of: str) -> Iterator[Fact]:
    """The facts that count by then."""
    return (fact for fact in facts if instant(fact["at"]) <= instant(as_of))


def late(facts: list[Fact], as_of: str) -> int:
    """How many facts count by then that stand after one that does not."""
    counted = [instant(fact["at"]) <= instant(as_of) for fact in facts]
    return sum(counts and not all(counted[:place]) for place, counts in enumerate(counted))
